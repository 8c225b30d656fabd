"""What a cell counts and what a number of the prose counts: euros, hours, persons or things."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell
from rlpipeline.printed_report.model import Line, Table
from rlpipeline.printed_report.statements import Statement

PEOPLE = frozenset(
    labels.stem(word)
    for word in (
        *("jeunes", "personnes", "usagers", "garçons", "filles", "élèves", "enfants", "adolescents"),
        *("collégiens", "lycéens", "mineurs", "majeurs", "femmes", "hommes"),
    )
)
PLACES = frozenset(
    labels.stem(word) for word in ("communes", "quartiers", "villes", "villages", "cantons", "départements")
)
MEASURES = frozenset({"euros", "etp", "heures", "%", "k€"})
ALIASES = {"€": "euro", "euros": "euro", "habit": "popul", "etp": "etp"}


def head(label: str) -> str:
    """The part of a label that names it: without parentheses, the first of two lines unless that is « Sous-total »."""
    parts = labels.PARTS.split(label.partition("(")[0])
    return parts[-1] if labels.SUBTOTAL.match(labels.fold(parts[0])) else parts[0]


def _names_a_kind(heads: Sequence[str], unit: str) -> bool:
    """Whether labels name in the singular what the sentence counts: they are a kind of person, not a thing counted."""
    words = [word for head_words in heads for word in re.findall(r"[^\W\d_]+", labels.fold(head_words))]
    named = [word for word in words if labels.same_stem(unit, labels.stem(word))]
    return bool(named) and not any(word.endswith(("s", "x")) for word in named)


def scale(table: Table, place: tuple[Line, Line], statement: Statement) -> int:
    """How many euros a figure of the table is worth, where the sentence speaks of euros."""
    words = labels.fold(" ".join([table.title, table.corner, *(line.label for line in place), table.cell(*place).unit]))
    return 1000 if statement.unit in {"€", "euro"} and re.search(r"\bmilliers\b|k€|keuros", words) else 1


def measured(table: Table, row: Line, column: Line, cell: Cell, statement: Statement) -> bool:
    """Whether a share of persons would be taken of a table of euros or hours."""
    return statement.unit in PEOPLE and _measure(table, (row, column), cell) in MEASURES


def _measure(table: Table, place: tuple[Line, Line], cell: Cell) -> str:
    own = labels.fold(" ".join([cell.unit, *(line.label for line in place)]))
    whole = labels.fold(" ".join([table.declared.unite, table.title or table.corner]))
    other = any(labels.counts_other(line.label) or labels.unit(line.label) in labels.PEOPLE for line in place)
    return _measure_in(own) or ("" if other else _measure_in(whole))


def _measure_in(words: str) -> str:
    if re.search(r"\bpopulation\b|\bhabitants?\b", words):
        return "habitants"
    return next(
        (
            unit
            for unit, mark in (("euros", "€"), ("euros", "euro"), ("etp", "etp"), ("heures", "heure"))
            if mark in words
        ),
        "",
    )


def same_unit(table: Table, place: tuple[Line, Line], cell: Cell, statement: Statement) -> bool:
    """Whether a cell counts what the number of a sentence counts."""
    unit = ALIASES.get(statement.unit, statement.unit)
    measure = _measure(table, place, cell)
    if unit == "popul":
        return measure == "habitants"
    if unit in {"euro", "etp", "heur"}:
        return measure.startswith(unit)
    if measure or not unit:
        return not measure
    return _same_thing(table, place, (cell, unit), statement)


def _same_thing(table: Table, place: tuple[Line, Line], counted: tuple[Cell, str], statement: Statement) -> bool:
    """Whether the labels name what a sentence counts, where neither is a measure."""
    cell, unit = counted
    heads = [head(line.label) for line in place]
    own = labels.stems(" ".join([*heads, cell.unit]))
    others = {labels.stem(named) for text in heads if (named := labels.unit(text))}
    if any(labels.same_stem(unit, word) for word in own):
        if statement.value >= 2 and unit not in PEOPLE and (unit in PLACES or _names_a_kind(heads, unit)):
            return False  # « deux collèges » are no pupils of the line « Collège »
        return unit in PEOPLE or not others or any(labels.same_stem(unit, word) for word in others)
    if unit in PEOPLE:
        return not (others - PEOPLE) and not any(labels.counts_other(line.label) for line in place)
    return any(labels.same_stem(unit, word) for word in labels.stems(table.subject)) and not others

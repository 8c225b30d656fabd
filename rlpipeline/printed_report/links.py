"""Which cell of which table a number of the prose speaks of, and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell, shown
from rlpipeline.printed_report.compositions import partition
from rlpipeline.printed_report.counted import PLACES, head, measured, same_unit, scale
from rlpipeline.printed_report.dates import MONTHS
from rlpipeline.printed_report.model import Line, Report, Table
from rlpipeline.printed_report.statements import Statement, compared, period

ANYONE = frozenset(labels.stem(word) for word in labels.PEOPLE)
"""Nouns that tell no line from another."""
GENERIC = frozenset({"autr", "diver", "indicateur"})
"""Stems that name nothing by themselves."""
COUNTERS = frozenset(labels.stems("équipe association éducateurs passe compte atteint augmente diminue élève contre"))
"""Who counts and how much it grows, which tells nothing of what is counted."""
LEAST = 0.3
"""Coverage of a label below which a sentence does not name it."""
APART = 0.15
"""How much better than the others a label must be named to be the one meant."""
NAMED = 0.6
"""Coverage of a label from which a sentence speaks of it rather than of the total."""
SMALLER = re.compile(r"\b(?:quartiers?|qpv|cites?|residences?|secteurs?|hameaux?|bourgs?|arrondissements?|ilots?)\b")
"""A place within a commune, whose figures are not the commune's."""
OF_THEIRS = re.compile(
    r"^\s*(?:de (?:sa|son|ses|leurs?|celui|(?:ceux|celles?)(?! que nous| suivi| accomp))\b|d'entre (?:eux|elles)\b)"
)
"""« 49 % de sa population », « la moitié de ceux de la commune »: a share of what no table's total is."""
ANSWERS = re.compile(r"^\s*(?:de (?:toutes les |l'ensemble des )?|des |du total des )(?:reponses|citations|mentions)\b")
"""« 15 % des réponses »: several a person."""
SHARE_OF = re.compile(r"\s*(?:des?|du|de la|de l')\s*((?:[^\W\d_]+\s?){1,2})")
PUBLIC = frozenset(labels.stems("public ensemble effectif groupe cohorte ceux celles suivis accompagnés rencontrés"))
OTHERS = re.compile(r"\b(?:autres?|divers\w*)\b")
PERIODS = re.compile(
    r"\b(?:semestre|trimestre|printemps|automne|hiver|commenc\w+ l'annee|(?:en |au )?debut (?:d'|de l')annee|"
    + "|".join(MONTHS)
    + r")\b"
)
"""A part of the year, whose figure is not the year's."""
COMPARING = re.compile(
    r"\bcontre\b|\bprecedent|\ban(?:nee)?s? (?:plus tot|passee?|dernier|d'avant)|\bde (?:plus|moins)\b"
)
"""A sentence that speaks of two years and names one at most."""
COUNTS = 0.2
"""What a line is worth that begins with the noun counted, beside another that the sentence names too."""
FEW = 10
"""Value below which a number without noun is of anything."""
HALF = 0.5
"""Coverage of the label of a share from which a sentence speaks of it, « 12 % sont au chômage »."""
NEAR = 40
"""Characters after a number within which a place is its own."""
FREE = 0.4
"""Strength of an axis that needs no naming: its total, or its only line."""


@dataclass(frozen=True)
class Link:
    """A value that a table gives for what a sentence states.

    Parameters
    ----------
    table, row, column
        The cell.
    value
        What it gives: its number, or its share of a total.
    arithmetic
        How the value is got, written out.
    strength
        0 (nothing named) to about 3 (row, column and subject named, table beside the sentence).
    sure
        Whether the sentence names one row and one column and no other.
    """

    table: Table
    row: Line
    column: Line
    value: float
    arithmetic: str
    strength: float
    sure: bool


def links(report: Report, statement: Statement) -> Iterator[Link]:
    """All that the tables give for a statement."""
    for table in report.tables:
        if statement.moving:
            yield from _moments(table, statement)
            continue
        if statement.difference or statement.trend:
            yield from _changes(table, statement)
        if not of_the_year(report, table, statement):
            continue
        rows, columns = _named(table, table.rows, statement), _named(table, table.columns, statement)
        free_rows, free_columns = _free(table, table.rows, rows), _free(table, table.columns, columns)
        for row, row_weight, row_sure in (*rows, *free_rows):
            for column, column_weight, column_sure in (*columns, *free_columns):
                unnamed = not (rows or columns) and not _about(table, statement)
                if unnamed or _of_another_year(row.years | column.years, statement):
                    continue
                values = _value(table, row, column, statement)
                if values:
                    strength = row_weight + column_weight + _context(table, (row, column), statement)
                    sure = row_sure and column_sure and _explained(report, table, (row, column), statement)
                    for value, arithmetic in values:
                        yield Link(table, row, column, value, arithmetic, strength, sure)


def _changes(table: Table, statement: Statement) -> Iterator[Link]:
    """How much a named line moved from the year before, or the one told, to that of the report."""
    for view in (table, table.transposed):
        by_year = {min(column.years): column for column in view.columns if len(column.years) == 1 and column.adds}
        last = statement.year or max(by_year, default=0)
        first = min(statement.years - {last}, default=last - 1)
        for row, weight, sure in _named(view, view.rows, statement) if {first, last} <= by_year.keys() else ():
            old, new = (view.cell(row, by_year[year]).value for year in (first, last))
            if new is None or not old or (statement.relative and not statement.trend):
                continue
            value, printed = abs(new - old), f"{shown(new)} - {shown(old)} = {shown(new - old)}"
            if statement.relative:
                value = 100 * value / old
                printed = f"({shown(new)} - {shown(old)}) / {shown(old)} = {shown(100 * (new - old) / old, 1)} %"
            place = (by_year[last], row) if view.turned else (row, by_year[last])
            yield Link(table, *place, value, printed, weight + FREE + _context(table, place, statement), sure)


def _moments(table: Table, statement: Statement) -> Iterator[Link]:
    """The figures of a named line in each year, that of the end or of the start of the change the strongest."""
    last = not re.search(r"\bde $", labels.fold(statement.sentence.text[: statement.number.start]) + " ")
    for view in (table, table.transposed):
        years = sorted((column for column in view.columns if column.years and column.role == "poste"), key=_first_year)
        for row, weight, sure in _named(view, view.rows, statement) if len(years) > 1 else ():
            meant = years[-1 if last else -2]
            for column in years:
                cell, place = view.cell(row, column), (column, row) if view.turned else (row, column)
                if cell.value is not None and same_unit(table, place, cell, statement) and not statement.relative:
                    strength = weight + FREE + _context(table, place, statement) - (0.0 if column == meant else 0.1)
                    yield Link(table, *place, cell.value, cell.text, strength, sure)


def _first_year(line: Line) -> int:
    return min(line.years)


def _of_another_year(named: frozenset[int], statement: Statement) -> bool:
    """Whether lines name years, none of which is that of the sentence, or of the report where it names none."""
    wanted = statement.years or {statement.year} - {None}
    return bool(named and wanted) and not named & wanted and not COMPARING.search(labels.fold(statement.sentence.text))


_Named = tuple[Line, float, bool]


def _named(table: Table, lines: Sequence[Line], statement: Statement) -> list[_Named]:
    """Lines whose label the sentence names, each with its weight and whether it is clearly the one."""
    weighed = [
        (line, _weight(line, statement))
        for line in lines
        if line.role in {"poste", "dont", "part", "moyenne", "evolution", "distincts", "sous_total"}
    ]
    means = [pair for pair in weighed if pair[0].role == "moyenne"]
    if statement.average and not statement.relative and any(weight >= LEAST for _, weight in means):
        weighed = means
    shares = [pair for pair in weighed if pair[0].role == "part"]
    if statement.relative and any(weight >= LEAST for _, weight in shares):
        weighed = [pair for pair in weighed if pair[0].role != "poste" or pair[0].years]
    folded = labels.fold(statement.sentence.text[: compared(statement.sentence.text, statement.number)])
    alone = [
        line
        for line, _ in weighed
        if line.adds and not line.years and label_stems(line.label) and spelt(line, folded) >= 0
    ]
    best = max((weight for line, weight in weighed if line not in alone), default=0.0)
    if len(alone) == 1 and best < NAMED and (statement.unit or statement.relative or statement.value >= FEW):
        weighed = [(line, max(weight, 1.1) if line == alone[0] else weight) for line, weight in weighed]
    named = sorted(((line, weight) for line, weight in weighed if weight >= LEAST), key=lambda pair: -pair[1])
    if not named:
        return []
    best = named[0][1]
    close = [line for line, weight in named if best - weight < APART]
    return [(line, weight, len(close) == 1 and line == close[0]) for line, weight in named]


def _weight(line: Line, statement: Statement) -> float:
    if OTHERS.match(labels.fold(line.label)) and not OTHERS.search(labels.fold(statement.sentence.text)):
        return 0.0  # « Les charges s'élèvent à » is not the line « Autres charges »
    year = labels.year(line.label)
    if year:
        if statement.years:
            return 1.0 if year in statement.years else 0.0
        return FREE + 0.2 if year == statement.year else FREE
    words = label_stems(line.label)
    if not words or statement.beside.intersection(words):
        return 0.0  # « trois chantiers et deux séjours »: neither is the line « Séjours et chantiers »
    counts = labels.same_stem(words[0], statement.unit) and statement.unit not in ANYONE
    bonus = 0.1 * min(len(words) - 1, 2) + (COUNTS if counts else 0.0)
    pronoun = 0.7 if statement.pronoun else 0.4
    weighted_stems = ((1.0, statement.clause), (0.7, statement.whole), (pronoun, statement.wide))
    return max(
        factor * coverage + (bonus if coverage == 1 else 0)
        for factor, stems in weighted_stems
        for coverage in [_coverage(words, stems)]
    )


def label_stems(label: str) -> tuple[str, ...]:
    """Stems by which a sentence would name a line: an age band is one, a long label its first words."""
    if labels.is_age(label):
        return (labels.canonical(label),)
    words = dict.fromkeys(labels.stems(head(label)))
    stems = tuple(word for word in words if word not in GENERIC and not labels.year(word))[:5]
    return () if set(stems) <= ANYONE else stems


def _coverage(words: Sequence[str], stems: Sequence[str]) -> float:
    return sum(any(labels.same_stem(word, other) for other in stems) for word in words) / max(len(words), 1)


def named(line: Line, stems: Sequence[str]) -> bool:
    """Whether words say the whole label of a line."""
    words = label_stems(line.label)
    return bool(words) and _coverage(words, stems) == 1


def spelt(line: Line, folded: str) -> int:
    """Where a folded text spells out the label of a line, -1 where it does not."""
    words = re.escape(labels.fold(head(line.label)))
    match = re.search(rf"(?<![\w-]){words}(?![\w-])", folded)
    return match.start() if match else -1


def _free(table: Table, lines: Sequence[Line], named: list[_Named]) -> list[_Named]:
    """Lines that need no naming: the total, the only line of figures; sure only if no other is named."""
    total = table.total if lines is table.rows else table.transposed.total
    figures = {
        role: [line for line in lines if line.role == role and _has_figures(table, line, lines is table.rows)]
        for role in ("poste", "part")
    }
    plain = [line for line in figures["poste"] if set(labels.stems(head(line.label))) <= ANYONE]
    alone = len(figures["poste"]) == 1 and not any(line.role == "moyenne" for line in lines)
    posts = figures["poste"] if alone else plain if len(plain) == 1 else []
    free = ([total] if total else posts) + (figures["part"] if len(figures["part"]) == 1 else [])
    return [(line, FREE, not any(weight > NAMED + 1e-9 for _, weight, _ in named)) for line in free]


def _has_figures(table: Table, line: Line, is_row: bool) -> bool:
    cells = table.cells[line.index] if is_row else tuple(row[line.index] for row in table.cells)
    return any(cell.value is not None for cell in cells)


def of_the_year(report: Report, table: Table, statement: Statement) -> bool:
    """Whether a table may hold a figure of the year that the sentence tells."""
    if statement.period and period(f"{table.title} {table.corner}") != statement.period:
        return False
    if not statement.years:
        return True
    stems = set(labels.stems(table.title))
    for line in (*table.rows, *table.columns):
        stems |= set(labels.stems(line.label))
    table_years = {int(stem) for stem in stems if labels.year(stem)}
    own = table.declared.annee or report.relations.annee
    return (
        bool(statement.years & table_years)
        or (own is not None and own in statement.years)
        or (not table_years and own is None)
    )


def _about(table: Table, statement: Statement, other_words: Iterable[str] = ()) -> bool:
    """Whether a sentence speaks of all that a table counts: its subject, and known words, cover the clause."""
    subject = (*labels.stems(table.subject), *other_words)
    own = [word for word in statement.clause if not word.isdigit()]
    clause = own if own or not statement.inherited else statement.whole  # « 143 jeunes suivis, contre 127 en 2024 »
    words = [word for word in clause if not word.isdigit() and word not in COUNTERS]
    covered = [word for word in words if any(labels.same_stem(word, other) for other in subject)]
    return len(set(covered)) >= 2 and len(covered) * 4 >= len(words) * 3


def _context(table: Table, place: tuple[Line, Line], statement: Statement) -> float:
    """What the place of the table and its subject add to a link."""
    near = 0.0
    if statement.sentence.table == table.name:
        near = 0.4
    elif statement.sentence.section and table.section and statement.sentence.section[-1] == table.section[-1]:
        near = 0.3
    own_stems = (*labels.stems(table.subject), *(word for line in place for word in label_stems(line.label)))
    words = [word for word in statement.clause if not word.isdigit()]
    explained = sum(any(labels.same_stem(word, other) for other in own_stems) for word in words) / max(len(words), 2)
    return near + 0.6 * explained


def _explained(report: Report, table: Table, place: tuple[Line, Line], statement: Statement) -> bool:
    """Whether the lines account for the ages and durations of the clause, and a share is not beside a change."""
    if statement.relative and statement.near_trend and not statement.trend:
        return False
    if of_a_part(table, place, statement) or _of_another_number(table, place, statement):
        return False
    line_words = {word for line in place for word in (*label_stems(line.label), *labels.stems(line.label))} | set(
        labels.stems(table.title)
    )
    line_words |= {
        labels.canonical(match[0].strip()) for line in place for match in labels.AGE.finditer(labels.fold(line.label))
    }
    bounds = {word for word in statement.clause if word.startswith("age ") or (word.isdigit() and len(word) < 3)}
    whole = any(ANYONE & set(labels.stems(line.label)) for line in place)
    if whole and not statement.relative and not _about(table, statement, line_words):
        return False  # « Douze jeunes suivis vivent en foyer »: some of them
    names = statement.names & report.label_stems
    return bounds <= line_words and names <= line_words | set(labels.stems(table.subject))


def of_a_part(table: Table, lines: Sequence[Line], statement: Statement) -> bool:
    """Whether a number is of a part of what lines count: a period, a place of the commune, « des leurs »."""
    after = labels.fold(statement.sentence.text[statement.number.end :])
    theirs = statement.relative and OF_THEIRS.match(after)
    period = PERIODS.search(_own_words(statement)) and not _names_period(lines)
    return bool(theirs or period) or _within(table, lines, statement)


def _own_words(statement: Statement) -> str:
    """The words about a number: those before it, then to the next number or mark."""
    text, number = statement.sentence.text, statement.number
    if statement.inherited:
        return labels.fold(text)  # « 63 séances au second semestre, contre 58 au premier »
    return labels.fold(text[: number.start] + re.split(r"[,;:.]|\d", text[number.end :])[0])


def _names_period(place: Sequence[Line]) -> bool:
    return any(PERIODS.search(labels.fold(line.label)) for line in place)


def _within(table: Table, place: Sequence[Line], statement: Statement) -> bool:
    """Whether a sentence speaks of a part of a commune, and the lines of none."""
    before = statement.sentence.before if statement.pronoun else ""
    words = labels.fold(f"{before} {statement.sentence.text[: statement.number.end + NEAR]}")
    lines = labels.fold(" ".join([table.subject, *(line.label for line in place)]))
    return bool(SMALLER.search(words)) and not SMALLER.search(lines)


def _of_another_number(table: Table, place: tuple[Line, Line], statement: Statement) -> bool:
    """Whether another number of the sentence is that of the cell, whose line the clause does not name."""
    value = table.cell(*place).value
    theirs = value in statement.others and not any(named(line, statement.clause) for line in place)
    return theirs and not statement.relative


def _value(table: Table, row: Line, column: Line, statement: Statement) -> list[tuple[float, str]]:
    """What a cell gives for a statement: its number for a count, its share for a percentage."""
    cell, roles = table.cell(row, column), {row.role, column.role}
    if cell.value is None:
        return []
    share = cell.unit == "%" or "part" in roles or ("evolution" in roles and "%" in row.label + column.label)
    if "evolution" in roles:
        change = statement.near_trend if statement.relative else statement.difference
        return [(abs(cell.value), cell.text)] if change and share == statement.relative else []
    mean = statement.average and not statement.relative
    if (statement.trend and statement.relative) or statement.difference or (mean and "moyenne" not in roles):
        return []
    if statement.relative:
        return _shares(table, (row, column), cell, statement)
    worth = scale(table, (row, column), statement)
    return [(worth * cell.value, cell.text)] if not share and same_unit(table, (row, column), cell, statement) else []


def _shares(table: Table, place: tuple[Line, Line], cell: Cell, statement: Statement) -> list[tuple[float, str]]:
    """The share that a cell prints, or those of the wholes that it may be a part of."""
    value, printed = cell.value or 0.0, cell.unit == "%" or any(line.role == "part" for line in place)
    after = labels.fold(statement.sentence.text[statement.number.end :])
    if table.several_answers and ANSWERS.match(after):
        added = [table.cell(line, place[1]).value or 0.0 for line in table.rows if line.adds]
        return [_divided(value, sum(added))] if not printed and any(added) else []
    meant = any(_coverage(label_stems(line.label), statement.whole) >= HALF for line in place if line.role == "part")
    if _of_others(table, after) and cell.share is None and not meant:
        return []
    if printed:
        return [(value, cell.text)]
    shares = [(cell.share, cell.text)] if cell.share is not None else []
    wholes = [] if measured(table, *place, cell, statement) else _wholes(table, *place)
    return shares + [_divided(value, whole) for whole in wholes if whole > value]


def _divided(part: float, whole: float) -> tuple[float, str]:
    """A share and its division, written out."""
    return 100 * part / whole, f"{shown(part)} / {shown(whole)} = {shown(100 * part / whole, 1)} %"


def _of_others(table: Table, after: str) -> bool:
    """Whether a share is told to be taken of what a table does not count: « 33 % de la population »."""
    share_of = SHARE_OF.match(after)
    words = set(labels.stems(share_of[1])) - ANYONE - PUBLIC if share_of else set()
    return bool(words & PLACES) or (
        bool(words) and not any(labels.same_stem(word, other) for word in words for other in table.stems)
    )


def _wholes(table: Table, row: Line, column: Line) -> list[float]:
    """Totals that a cell may be a share of: that of its column, then of its row, then the line that it is part of.

    Lines without a printed total are added only where they cannot overlap: ages, or the two sexes. Those of several
    answers a person have no total that a share could be of.
    """
    wholes = []
    for view, line, across in ((table, row, column), (table.transposed, column, row)):
        if line.role == "dont":
            before = [other for other in view.rows[: line.index] if other.role == "poste"]
            wholes += [view.cell(other, across).value or 0.0 for other in before[-1:]]
        if view.several_answers:
            continue
        total = view.total
        years = any(labels.year(other.label) for other in (*view.rows, *view.columns))
        if line == total or (years and total is None) or any(labels.year(other.label) for other in view.rows):
            continue
        printed = view.cell(total, across).value if total else None
        parts = tuple(other for other in view.rows if other.adds)
        added = sum(view.cell(other, across).value or 0.0 for other in parts) if partition(parts) else 0.0
        wholes.append(printed if printed else added)
    return [whole for whole in dict.fromkeys(wholes) if whole]

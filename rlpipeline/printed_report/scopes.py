"""The scope of the figures of tables and prose: territory, year, population, denominator, as their words tell them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.finding import Scope
from rlpipeline.printed_report.links import ANYONE, COUNTERS, Link
from rlpipeline.printed_report.model import Line, Table
from rlpipeline.printed_report.statements import Statement

NARROWED = re.compile(r"\b(?:hors|sauf|sans|seuls?|seulement|uniquement|parmi|connue?s?|renseignee?s?|au moins)\b")
"""Words by which a label leaves a part out."""
REFERRING = re.compile(r"\b(?:ces?|cette|ceux|celles?|leurs?|eux|elles|dont|parmi|autres?)\b")
"""Words by which a sentence speaks of those of another."""
MOMENT = re.compile(
    r"\ben cours\b|\b1er janvier|\b31 decembre|\ben fin\b|\bdebut\b|\bdans l'annee\b|\bsemestre|\btrimestre"
    r"|\bmois\b|\bentree|\bsortie|\bnouve"
)
"""Stocks and flows, and parts of the year: other figures of the same persons."""
SHARE_OF = re.compile(r"\s*(?:des?|du|de la)\s+((?:[^\W\d_]+\s?){1,3})")
NEUTRAL = frozenset(
    {
        *ANYONE,
        *COUNTERS,
        *labels.stems(
            "accueille reçoit représente réunit suit concerne compte comptent comptabilise totalise touche regroupe"
            " enregistre dénombre recense établit élève porte précédent précédente suivante dernier dernière"
        ),
    }
)


def of_lines(table: Table, lines: Sequence[Line]) -> Scope:
    """Scope of the sum of lines: that of the table, save what their labels narrow."""
    years = frozenset[int]().union(*(line.years for line in lines))
    narrowed = frozenset(word for line in lines for word in NARROWED.findall(labels.fold(line.label)))
    return Scope(year=years, population=None if table.several_answers else narrowed)


def of_table(table: Table) -> Scope:
    """Scope of all that a table counts: its population as declared, or as the title says it."""
    population = frozenset({table.declared.population}) if table.declared.population else counted_by(table)
    return Scope(year=table.own_years or None, population=population or None)


def counted_by(table: Table) -> frozenset[str]:
    """Stems of what the title says that the table counts."""
    title = labels.fold(table.title or table.corner)
    return frozenset(labels.stems(re.split(r"[,(:]|\b(?:par|selon|suivant)\b|\ben (?:19|20)\d\d", title)[0]))


def unexplained(statement: Statement, link: Link) -> frozenset[str]:
    """Words of the whole sentence about a number that are none of the table's."""
    return _lacking({*statement.clause, *statement.whole} - NEUTRAL - {statement.unit}, tuple(link.table.stems))


def of_number_and_cell(statement: Statement, link: Link) -> tuple[Scope, Scope]:
    """Scopes of a number of the prose and of the figure held against it: of their words, those that the other lacks."""
    table, sentence = link.table, statement.sentence
    lines = (link.row, link.column)
    printed = (*labels.stems(table.subject), *(word for line in lines for word in labels.stems(line.label)))
    sentence_words = (*statement.whole, *statement.wide, statement.unit)
    referring = REFERRING.search(labels.fold(sentence.text))
    year = frozenset({statement.year}) if statement.year else None
    first = Scope(
        territory=_lacking(statement.names, printed),
        year=_dated(statement.years or year, sentence.text),
        population=None if referring else _lacking({*statement.clause, *statement.whole} - NEUTRAL, printed),
        denominator=_denominator(statement, printed),
    )
    names = labels.stems(" ".join(re.findall(r"(?<!^)\b[A-ZÉÈ][\w-]+", table.title)))
    second = Scope(
        territory=_lacking(names, sentence_words),
        year=_dated(
            link.row.years | link.column.years or table.own_years or year, f"{link.row.label} {link.column.label}"
        ),
        population=_lacking(
            NARROWED.findall(labels.fold(f"{table.title} {link.row.label} {link.column.label}")), sentence_words
        ),
    )
    return first, second


def _dated(years: frozenset[int] | None, text: str) -> frozenset[int | str] | None:
    """Years, with the moments or the periods of the year that a text names."""
    return years | frozenset(MOMENT.findall(labels.fold(text))) if years else None


def _lacking(words: Iterable[str], others: Sequence[str]) -> frozenset[str]:
    """Words that are not among the others, numbers left out."""
    return frozenset(
        word for word in words if not word.isdigit() and not any(labels.same_stem(word, other) for other in others)
    )


def _denominator(statement: Statement, printed: Sequence[str]) -> frozenset[str] | None:
    """What a share is told to be taken of, less what the table says of itself; ``None`` where it is not told."""
    if not statement.relative:
        return frozenset()
    after = labels.fold(statement.sentence.text[statement.number.end :])
    share_of = SHARE_OF.match(after)
    return _lacking(set(labels.stems(share_of[1])) - ANYONE, printed) if share_of else None

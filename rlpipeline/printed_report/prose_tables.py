"""Numbers of the prose that a table refutes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.combined import combined, spelt_lines
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.links import Link, label_stems, links, named, spelt
from rlpipeline.printed_report.model import Line, Report, Sentence, Table
from rlpipeline.printed_report.scopes import NARROWED, of_number_and_cell, unexplained
from rlpipeline.printed_report.statements import Statement, statements
from rlpipeline.printed_report.unmatched import printed_somewhere, unmatched
from rlpipeline.prose.french_numbers import find_numbers

CERTAIN, PROBABLE = 1.9, 1.45
"""Strength of a link from which a number is refuted, certainly or likely."""
WITNESS = 0.9
"""Strength from which a table that gives the number stated is enough to say nothing."""
OUTSPOKEN = 1.2
"""How much more strongly than a witness a table may be named before the witness agrees by chance."""

EXTREME = re.compile(
    r"\bplus (?P<which>age|jeune)e?s?\b(?: \w+)? (?:a|ont|avait|avaient)(?: (?:seulement|deja|a peine))? $"
)
SIGNS = {"plus": 1, "moins": -1}
YOUNGEST = 5
"""Least age that a band of ages starts or ends at: below, it is one of durations."""
SINCE = re.compile(r"\bdepuis\b|\btoujours\b|\bencore\b|\bdes l[ea']|\bplus d'un an\b")
"""Words by which a number is of those among them who have lasted."""
WHILE = re.compile(
    r"\b(?:depuis|toujours|encore|deja|pendant|durant|lorsque|quand|avant|apres|des l[ea']|chez|plus d'un|moins d'un)\b"
)
"""Words by which a sentence may narrow down whom it counts, or when."""
PART = 0.8
"""What a number is of a figure at most where it may be of a part of it."""
MOST_UNEXPLAINED = 1
"""Words of a sentence that are no words of the table, beyond which a smaller number may be of a part."""
GROUPED = re.compile(r"plus de|moins de|au moins|et plus|et moins|entre|\d a (?=\d)|ou plus|ensemble")
"""Words by which a sentence groups lines that follow one another."""
SURE_SUM = 20
"""Value from which lines that add up to it do so by chance too rarely."""


def check_prose_against_tables(report: Report) -> Iterator[Finding]:
    """Tell the numbers of the prose that the table they speak of refutes."""
    yield from _ages(report)
    stated = tuple(statements(report))
    counts = Counter((statement.unit, statement.value) for statement in stated)
    repeated = frozenset(pair for pair, times in counts.items() if times > 1)
    for statement in stated:
        refuting = _refuting(report, statement)
        if refuting:
            yield _finding(report, statement, refuting)
        else:
            yield from unmatched(report, statement, repeated)


def _refuting(report: Report, statement: Statement) -> Link | None:
    """The figure that a number surely speaks of and is not, unless another that it may speak of bears it out."""
    heard = tuple(links(report, statement))
    best = max(_meant(statement, heard), key=lambda link: link.strength, default=None)
    if best is None:
        return None
    weakest = max(WITNESS, best.strength - OUTSPOKEN)
    sign = SIGNS.get(statement.approximate, 0) if statement.number.kind == "fraction" else 0
    borne_out = any(_agrees(link, best, statement) for link in heard if link.strength >= weakest)
    if borne_out or (best.value - statement.value) * sign > 0:
        return None
    together = combined(statement, best)
    if together is not None:
        return next((link for link in together if not statement.agrees(link.value)), None)
    smaller = not statement.relative and statement.value < PART * best.value
    if smaller and (
        SINCE.search(labels.fold(statement.sentence.text)) or len(unexplained(statement, best)) > MOST_UNEXPLAINED
    ):
        return None  # « 11 jeunes suivis ont été emmenés à la mer »: a part of them
    chance = _bounds(statement, best) or (not statement.relative and statement.value >= SURE_SUM)
    added = chance and not statement.moving and _partial_sum(best, statement)
    return None if added else best


def _meant(statement: Statement, heard: Sequence[Link]) -> list[Link]:
    """The links that a number surely speaks of: of the table beside, else of the lines that its sentence spells out."""
    folded = labels.fold(statement.sentence.text)
    strong = [link for link in heard if link.strength >= PROBABLE]
    sure = [link for link in strong if link.sure]
    beside = [link for link in sure if link.table.name == statement.sentence.table]
    speaking = [link for link in sure if any(spelt(line, folded) >= 0 for line in _own_lines(link))]
    several = [link for link in strong if any(len(lines) > 1 for lines in _spelt_beside(link, folded))]
    silent = not any(spelt(line, folded) >= 0 for link in heard for line in _own_lines(link))
    named = {link.table.name for link in several} - {link.table.name for link in speaking}
    if named and not statement.others:
        speaking = []  # « A et B : 147 jeunes suivis » speaks of the lines A and B
    return beside or speaking or several or (sure if silent else [])


def _spelt_beside(link: Link, folded: str) -> Iterator[list[Line]]:
    """The lines that a text spells out on an axis of a link where its own line is one of them."""
    for table, line in ((link.table, link.row), (link.table.transposed, link.column)):
        lines = spelt_lines(table, folded)
        if line in lines:
            yield lines


def _own_lines(link: Link) -> tuple[Line, ...]:
    """The lines of a link that a sentence may spell out: neither years nor totals."""
    return tuple(line for line in (link.row, link.column) if line.adds and not line.years and label_stems(line.label))


def _ages(report: Report) -> Iterator[Finding]:
    """The oldest or the youngest person of the prose, out of the age bands of every table."""
    bands = [band for table in report.tables for lines in (table.rows, table.columns) for band in _bands(lines)]
    least = None if not bands or any(low is None for low, _ in bands) else min(low or 0 for low, _ in bands)
    most = None if not bands or any(high is None for _, high in bands) else max(high or 0 for _, high in bands)
    for sentence in report.sentences:
        for number in find_numbers(sentence.text):
            match = EXTREME.search(labels.fold(sentence.text[: number.start]) + " ")
            if not match or number.value is None or not labels.fold(sentence.text[number.start :]).find(" an") > 0:
                continue
            old = match["which"] == "age"
            bound = most if old else least
            if bound is not None and (number.value > bound if old else number.value < bound):
                yield _out_of_bands(sentence, number.words, bound, old)


def _bands(lines: Sequence[Line]) -> list[tuple[int | None, int | None]]:
    """First and last ages of the bands of an axis, ``None`` where one is open; no bands of durations."""
    bounds = [match.groups() for line in lines if (match := re.fullmatch(r"age (\d*)-(\d*)", line.key))]
    bands = [(int(low) if low else None, int(high) if high else None) for low, high in bounds]
    first = min((bound for band in bands for bound in band if bound is not None), default=0)
    return bands if len(bands) > 1 and first >= YOUNGEST else []


def _out_of_bands(sentence: Sentence, words: str, bound: int, old: bool) -> Finding:
    limit = f"{bound} ans au {'plus' if old else 'moins'}"
    bands = "les classes d'âge de tous les tableaux"
    message = f"Le texte dit « {sentence.text} » ; {bands} donnent {limit} ({words} ans ici)."
    return finding_at(sentence.at(f"{words} ans"), "prose_tableau", judge(False), message, f"{bands} : {limit}", limit)


def _agrees(link: Link, best: Link, statement: Statement) -> bool:
    """Whether a figure is the one stated, and not that of the row of another number of the sentence: two swapped."""
    swapped = (
        link.table.name == best.table.name
        and link.row != best.row
        and bool(statement.others)
        and named(best.row, statement.clause)
        and named(link.row, labels.stems(statement.sentence.text))
        and not named(link.row, statement.clause)
    )
    return statement.agrees(link.value) and not swapped


def _bounds(statement: Statement, link: Link) -> bool:
    """Whether the sentence groups lines: « plus de 3 ans », « 11 à 14 ans »."""
    folded = labels.fold(statement.sentence.text)
    label = labels.fold(f" {link.row.label} {link.column.label} ")
    if statement.relative and statement.approximate:
        return False  # « plus de la moitié » bounds the part, not what is counted
    return any(words not in label for words in GROUPED.findall(folded))


def _partial_sum(link: Link, statement: Statement) -> bool:
    """Whether lines that follow one another, the one named among them, add up to the number stated."""
    for table, row, column in ((link.table, link.row, link.column), (link.table.transposed, link.column, link.row)):
        if any(statement.agrees(value) for value in _runs(table, row, column, statement.relative)):
            return True
    return False


def _runs(table: Table, row: Line, column: Line, relative: bool) -> Iterator[float]:
    lines = [line for line in table.rows if line.adds]
    values = [table.cell(line, column).value or 0.0 for line in lines]
    whole = sum(values)
    own = next((place for place, line in enumerate(lines) if line == row), None)
    for start in range(len(values)):
        for end in range(start + 2, len(values) + 1):
            added = sum(values[start:end])
            if own is None or start <= own < end:
                yield 100 * added / whole if relative and whole else added


def _names_nothing_else(report: Report, statement: Statement, link: Link) -> bool:
    """Whether a sentence spells out no line of any table but those of a link, and leaves nothing out."""
    folded = labels.fold(statement.sentence.text)
    own = {line.key for line in (link.row, link.column)}
    lines = (line for table in report.tables for line in (*table.rows, *table.columns))
    others = (
        line for line in lines if line.adds and not line.years and line.key not in own and label_stems(line.label)
    )
    return not (NARROWED.search(folded) or WHILE.search(folded)) and not any(
        spelt(line, folded) >= 0 for line in others
    )


def _finding(report: Report, statement: Statement, link: Link) -> Finding:
    sentence, number = statement.sentence, statement.number
    printed = f"{number.words} {number.unit}".strip() if number.kind == "nombre" else number.words
    computed = f"{shown(link.value, max(statement.decimals, 1))} %" if statement.relative else shown(link.value)
    where = link.table.place(link.row, link.column)
    division = f" ({link.arithmetic})" if "=" in link.arithmetic else ""
    message = f"Le texte dit « {sentence.text} » ; {where} ({link.table.name}) donne {computed}{division}."
    calcul = f"{link.arithmetic} ({where}, {link.table.path})"
    proved = link.strength >= CERTAIN and not statement.average and _names_nothing_else(report, statement, link)
    proved = proved and not printed_somewhere(report, statement)
    certitude = judge(proved, *of_number_and_cell(statement, link))
    return finding_at(sentence.at(printed), "prose_tableau", certitude, message, calcul, computed)

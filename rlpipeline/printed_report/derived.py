"""Lines that come of others: changes, differences, means, ratios, stocks and flows, as most of the table bears out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell, shown
from rlpipeline.printed_report.compositions import TOTALS, composition
from rlpipeline.printed_report.finding import Certitude, Finding, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table
from rlpipeline.printed_report.percentages import Share, explanation

RATIO = re.compile(r"^(?P<above>.+?) (?:par|pour) (?P<times>1 ?000|100)?(?P<below>(?: ?[a-z].*)?)$")
RATE = re.compile(r"\bpour (?:1 ?000|100)\b")
PERIOD = re.compile(r"\b(?:semestre|trimestre|quadrimestre)\b")
WHOLE_YEAR = re.compile(r"^(?:annee|total annuel|ensemble de l'annee)\b")
ADDED = frozenset({"poste", "total"})


@dataclass(frozen=True)
class Derived:
    """A printed cell against what its row gives.

    Parameters
    ----------
    row, cell
        Where it stands and what is printed.
    value
        What the row gives, not rounded.
    slack
        What the rounding of the figures that it comes of may change.
    arithmetic
        How it is got, written out, without its result.
    rounding
        Another rounding than to the nearest that explains it, ``""`` if none.
    """

    row: Line
    cell: Cell
    value: float
    slack: float
    arithmetic: str
    rounding: str = ""

    @property
    def fits(self) -> bool:
        """Whether the printed value is the one computed, to its last digit and to the rounding of its terms."""
        allowed = 0.5 * float(10**-self.cell.decimals) + self.slack + 1e-6
        return abs((self.cell.value or 0.0) - self.value) <= allowed


Reading = tuple[Derived, ...]
Formula = Callable[[Line, Cell, Sequence[Cell]], Derived | None]


def check_derived(report: Report) -> Iterator[Finding]:
    """Check the columns, then the rows, of changes, differences, means and ratios."""
    for table in report.tables:
        for view in (table, table.transposed):
            for column in view.columns:
                if column.role in {"evolution", "moyenne"} or WHOLE_YEAR.match(labels.fold(column.label)):
                    yield from _column(view, column)


def _column(table: Table, column: Line) -> Iterator[Finding]:
    """The rows that refute the reading which most of them bear out."""
    readings = [reading for reading in _readings(table, column) if reading]
    best = max(readings, key=lambda reading: (_fitting(reading), -len(reading)), default=())
    fewest = 1 if column.role == "evolution" else 2
    if _fitting(best) < fewest or _fitting(best) * 2 < len(best):
        return
    for derived in best:
        if not derived.fits:
            certain = not derived.rounding and (_fitting(best) > 1 or "%" in derived.cell.unit + column.label)
            yield _finding(table, column, derived, judge(certain))


def _fitting(reading: Reading) -> int:
    return sum(derived.fits for derived in reading)


def _readings(table: Table, column: Line) -> Iterator[Reading]:
    if column.role == "moyenne":
        yield from _ratios(table, column)
    for years in _same_thing_by_year(table) if column.role in {"evolution", "moyenne"} else ():
        if column.role == "moyenne":
            yield _each(table, column, years, _mean)
            continue
        named = [year for year in years if year.years <= column.years]
        pair = named[:2] if len(named) > 1 else years[-2:]
        relative = "%" in column.label or any(table.cell(row, column).unit == "%" for row in table.rows)
        yield _each(table, column, pair, _change if relative else _difference)
    if WHOLE_YEAR.match(labels.fold(column.label)) and column.role == "poste":
        yield _each(table, column, _periods(table, column), _sum)
    if column.role == "evolution":
        yield from _planned_and_done(table, column)
    if column.role == "moyenne" and labels.fold(column.label).startswith("moyenne"):
        yield _each(table, column, [other for other in table.columns[: column.index] if other.role == "poste"], _mean)


def _planned_and_done(table: Table, column: Line) -> Iterator[Reading]:
    """« Prévu », « Réalisé », « Écart »: two columns side by side, neither of which is named by a year."""
    plain = [other for other in table.columns[: column.index] if other.role == "poste" and not other.years]
    for first, second in pairwise(plain):
        for pair in ([first, second], [second, first]):
            readings = (_each(table, column, pair, formula) for formula in (_difference, _change))
            yield from (reading for reading in readings if _fitting(reading) > 1)


def _same_thing_by_year(table: Table) -> Iterator[list[Line]]:
    """Columns whose labels differ by their year alone, in order."""
    groups: dict[frozenset[str], list[Line]] = defaultdict(list)
    for column in table.columns:
        if len(column.years) == 1 and column.role in {*ADDED, "part"}:
            groups[frozenset(labels.stems(column.label)) - {str(year) for year in column.years}].append(column)
    for group in groups.values():
        if len(group) > 1:
            yield sorted(group, key=lambda column: min(column.years))


def _each(table: Table, column: Line, terms: Sequence[Line], formula: Formula) -> Reading:
    """A formula on the terms of every row that has them all."""
    derived = []
    for row in table.rows:
        cell, values = table.cell(row, column), [table.cell(row, term) for term in terms]
        if (row.role in TOTALS and _refuted(table, row, terms)) or (formula is _sum and row.role != "poste"):
            continue  # the total is told by itself; persons counted once add up to nothing
        if len(values) > 1 and cell.value is not None and all(value.value is not None for value in values):
            result = formula(row, cell, values)
            derived += [result] if result else []
    return tuple(derived)


def _refuted(table: Table, total: Line, terms: Sequence[Line]) -> bool:
    """Whether the lines of a total refute one of the terms."""
    reading = composition(table, total)
    sums = reading.checked if reading else ()
    return any(entry.column in terms and not entry.fits and not entry.rounded for entry in sums)


def _half(cell: Cell) -> float:
    """Half a unit of the last digit of a rounded value; a whole number and a number of minutes are exact."""
    return 0.5 * 10**-cell.decimals if cell.decimals and cell.unit != "heures" else 0.0


def _change(row: Line, cell: Cell, terms: Sequence[Cell]) -> Derived | None:
    old, new = terms[0].value or 0.0, terms[1].value or 0.0
    if not old:
        return None
    share = Share(cell.value or 0.0, cell.decimals, new - old, old)
    arithmetic = f"({terms[1].text} - {terms[0].text}) / {terms[0].text}"
    return Derived(row, cell, share.exact, 0.0, arithmetic, "" if share.fits else explanation(share))


def _difference(row: Line, cell: Cell, terms: Sequence[Cell]) -> Derived | None:
    value = (terms[1].value or 0.0) - (terms[0].value or 0.0)
    slack = _half(terms[0]) + _half(terms[1])
    return Derived(row, cell, value, slack, f"{terms[1].text} - {terms[0].text}")


def _periods(table: Table, year: Line) -> list[Line]:
    """The semesters or quarters just before the column of their year."""
    return [column for column in table.columns[: year.index] if PERIOD.search(labels.fold(column.label))]


def _sum(row: Line, cell: Cell, terms: Sequence[Cell]) -> Derived | None:
    value = sum(term.value or 0.0 for term in terms)
    return Derived(row, cell, value, sum(_half(term) for term in terms), " + ".join(term.text for term in terms))


def _mean(row: Line, cell: Cell, terms: Sequence[Cell]) -> Derived | None:
    value = sum(term.value or 0.0 for term in terms) / len(terms)
    arithmetic = f"({' + '.join(term.text for term in terms)}) / {len(terms)}"
    return Derived(row, cell, value, max(_half(term) for term in terms), arithmetic)


def _ratio(times: int, row: Line, cell: Cell, terms: Sequence[Cell]) -> Derived | None:
    above, below = terms[0].value or 0.0, terms[1].value or 0.0
    if not below:
        return None
    slack = times * (_half(terms[0]) + above / below * _half(terms[1])) / below
    factor = f" × {shown(times)}" if times > 1 else ""
    return Derived(row, cell, times * above / below, slack, f"{terms[0].text} / {terms[1].text}{factor}")


def _ratios(table: Table, column: Line) -> Iterator[Reading]:
    """« Présences par séance »: one column divided by another, each named by the label."""
    match = RATIO.match(labels.fold(column.label))
    if not match:
        return
    times = int((match["times"] or "1").replace(" ", ""))
    others = [other for other in table.columns if other != column and other.role in ADDED]
    below = [other for other in others if not match["below"] or _named(match["below"], other)]
    above = [other for other in others if _named(match["above"], other)] or others
    for numerator in above:
        for denominator in below:
            if numerator != denominator:
                yield _each(table, column, [numerator, denominator], partial(_ratio, times))


def _named(words: str, line: Line) -> bool:
    """Whether words of a label name another line."""
    stems, own = labels.stems(words), labels.stems(line.label)
    return bool(own) and any(labels.same_stem(own[0], word) for word in stems)


def _finding(table: Table, column: Line, derived: Derived, certitude: Certitude) -> Finding:
    cell = derived.cell
    decimals = None if cell.unit == "heures" else max(cell.decimals, 1 if column.role == "moyenne" else 0)
    unit = f" {cell.unit}" if cell.unit else ""
    calcul = f"{derived.arithmetic} = {shown(derived.value, decimals)}{unit}, imprimé {cell.text}"
    rate = bool(RATE.search(labels.fold(column.label)))
    relative = rate or (column.role == "evolution" and (cell.unit == "%" or "%" in column.label))
    change = relative and not rate
    what = "L'évolution n'est pas celle des deux années" if change else f"« {column.label} » ne vient pas de sa ligne"
    total = "total_colonne" if table.turned else "total_ligne"
    kind = "pourcentage" if relative else total
    message = f"{what} : {calcul}{f' ; {derived.rounding} possible' if derived.rounding else ''}."
    computed = f"{shown(derived.value, decimals)}{unit}"
    return finding_at(table.at(derived.row, column), kind, certitude, message, calcul, computed)


FLOW = re.compile(r"\b(?:entre|arriv|admi|nouveau|nouvel|sorti|depart|fins? d)")
START = re.compile(r"\b(?:1er janvier|debut)\b")
END = re.compile(r"\b(?:31 decembre|fin)\b")
BALANCES = ((1, 1), (1, -1), (1, 1, -1))
"""Signs by which lines give the one after them: arrived, gone, arrived and gone."""
FEWEST, FEWEST_APART = 2, 4
"""Columns that must bear a balance out, of lines that follow one another and of others."""
MOST_LINES = 12
"""Lines of an axis beyond which those that do not follow one another are left alone."""


def check_flows(report: Report) -> Iterator[Finding]:
    """Check the balances that all columns bear out but one, and the start of a year against the end before."""
    for table in report.tables:
        for view in (table, table.transposed):
            for signs in BALANCES:
                rows = [row for row in view.rows if row.role in {"poste", "total"}]
                count = len(signs) + 1
                for lines in combinations(rows, count) if len(rows) <= MOST_LINES else ():
                    yield from _balance(view, lines, signs)
            yield from _next_day(view)


def _balance(table: Table, lines: tuple[Line, ...], signs: tuple[int, ...]) -> Iterator[Finding]:
    if not any(FLOW.search(labels.fold(line.label)) for line in lines) or lines[-1].role == "total":
        return
    wrong, fitting = [], 0
    for column in table.columns:
        values = [table.cell(line, column).value for line in lines]
        if any(value is None for value in values) or column.role == "evolution":
            continue
        *terms, result = (value or 0.0 for value in values)
        if abs(sum(sign * term for sign, term in zip(signs, terms, strict=True)) - result) < 1e-6:
            fitting += 1
        else:
            wrong.append(column)
    apart = lines[-1].index - lines[0].index >= len(lines)
    if fitting >= (FEWEST_APART if apart else FEWEST) and len(wrong) <= (fitting // 2 if apart else 1):
        for column in wrong:
            yield _unbalanced(table, lines, signs, column)


def _unbalanced(table: Table, lines: tuple[Line, ...], signs: tuple[int, ...], column: Line) -> Finding:
    *terms, result = (table.cell(line, column) for line in lines)
    value = sum(sign * (term.value or 0.0) for sign, term in zip(signs, terms, strict=True))
    rest = "".join(f" {'+' if sign > 0 else '-'} {term.text}" for sign, term in zip(signs[1:], terms[1:], strict=True))
    calcul = f"{terms[0].text}{rest} = {shown(value)}, imprimé {result.text}"
    names = ", ".join(f"« {line.label} »" for line in lines)
    kind = "total_ligne" if table.turned else "total_colonne"
    message = f"{names} ne se suivent pas comme dans les autres colonnes : {calcul}."
    return finding_at(table.at(lines[-1], column), kind, judge(False), message, calcul, value)


def _next_day(table: Table) -> Iterator[Finding]:
    """What a year starts with against what the year before ends with."""
    start = next((row for row in table.rows if START.search(labels.fold(row.label))), None)
    end = next((row for row in table.rows if END.search(labels.fold(row.label)) and row != start), None)
    years = [column for column in table.columns if labels.year(column.label)]
    pairs = [(old, new) for old, new in pairwise(years) if (labels.year(old.label) or 0) + 1 == labels.year(new.label)]
    if start is None or end is None:
        return
    for old, new in pairs:
        before, after = table.cell(end, old), table.cell(start, new)
        if before.value is not None and after.value is not None and before.value != after.value:
            calcul = f"{after.text} au début de {new.label}, {before.text} à la fin de {old.label}"
            message = f"« {start.label} » de {new.label} n'est pas « {end.label} » de {old.label} : {calcul}."
            yield finding_at(table.at(start, new), "marge", judge(False), message, calcul, before.text)

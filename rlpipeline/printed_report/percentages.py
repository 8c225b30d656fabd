"""Printed percentages against the counts beside them: which denominator and which rounding explain them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.finding import Finding, Scope, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table
from rlpipeline.printed_report.scopes import of_lines

HEADER_WHOLE = re.compile(
    r"\bn ?= ?(\d+(?: \d{3})*)|(?:%|\bpart|\bpourcentage)\s*(?:des|de|sur|parmi)(?: l[ea]s?)? (\d+(?: \d{3})*)(?! ?ans)"
)
"""The whole that the header of a column of shares names: « (n = 104) », « % des 143 jeunes »."""
ENOUGH = 3
"""Lines that must bear a denominator out for it to be that of their column."""
COUNTS = frozenset({"poste", "total", "dont", "sous_total"})


@dataclass(frozen=True)
class Claim:
    """A share column read as count / denominator, row by row."""

    column: Line
    denominator: str
    shares: tuple[tuple[Line, Share], ...]

    @property
    def fitting(self) -> int:
        """Number of rows that agree."""
        return sum(share.fits for _, share in self.shares)


def check_percentages(report: Report) -> Iterator[Finding]:
    """Check every column and every row of percentages, and the shares printed beside counts."""
    for table in report.tables:
        done: set[int] = set()
        for view in (table, table.transposed):
            for column in view.columns:
                claim = _explained(view, column)
                if claim:
                    done |= {id(view.cell(row, column)) for row, _ in claim.shares}
                    yield from _wrong(report, view, column, claim)
                    yield from _total_share(view, column, claim)
                elif _is_share(view, column):
                    yield from _sum_of_shares(view, column, done)
        yield from _inside(table)


def _is_share(table: Table, column: Line) -> bool:
    cells = [table.cell(row, column) for row in table.rows]
    values = [cell for cell in cells if cell.value is not None]
    marked = sum(cell.unit == "%" for cell in values)
    return len(values) > 1 and (column.role == "part" or marked * 2 > len(values)) and column.role != "evolution"


def _explained(table: Table, column: Line) -> Claim | None:
    """The count and the denominator that explain most of a share column."""
    if not _is_share(table, column):
        return None
    claims = [claim for claim in _claims(table, column) if claim.shares]
    best = max(claims, key=lambda claim: (claim.fitting, -abs(claim.column.index - column.index)), default=None)
    if best is None or best.fitting < 2 or best.fitting * 3 < len(best.shares) * 2 - 1:
        return None
    return best


def _claims(table: Table, column: Line) -> Iterator[Claim]:
    for counts in table.columns:
        if counts == column or counts.role not in COUNTS or _is_share(table, counts):
            continue
        posts = [row for row in table.rows if row.role not in {"texte"}]
        printed = table.cell(table.total, counts).value if table.total else None
        added = sum(table.cell(row, counts).value or 0.0 for row in posts if row.adds)
        match = HEADER_WHOLE.search(labels.fold(column.label))
        header = float((match[1] or match[2]).replace(" ", "")) if match else None
        for name, whole in (("somme des lignes", added), ("total imprimé", printed), ("le n de l'en-tête", header)):
            if whole:
                yield _claim(table, column, counts, name, {row.index: whole for row in posts})
        for base in table.columns:
            if base not in (column, counts) and base.role in COUNTS and not _is_share(table, base):
                yield _claim(
                    table,
                    column,
                    counts,
                    f"« {base.label} »",
                    {row.index: table.cell(row, base).value for row in posts},
                )


def _claim(table: Table, column: Line, counts: Line, name: str, wholes: dict[int, float | None]) -> Claim:
    shares = []
    for row in table.rows:
        part, count, whole = table.cell(row, column), table.cell(row, counts), wholes.get(row.index)
        if part.value is not None and count.value is not None and whole and row.role not in {"total", "part"}:
            shares.append((row, Share(part.value, part.decimals, count.value, whole)))
    return Claim(counts, name, tuple(shares))


def _wrong(report: Report, table: Table, column: Line, claim: Claim) -> Iterator[Finding]:
    shares = tuple(share for _, share in claim.shares)
    for row, share in claim.shares:
        if share.fits:
            continue
        rounding = explanation(share, shares)
        if rounding == "plus fort reste" and _says_largest_remainder(report):
            continue
        other = "" if rounding else _other_denominator(report, table, claim, share)
        remark = f" ; {rounding} l'expliquerait" if rounding else f" ; {other}" if other else ""
        proved = not rounding and claim.fitting >= ENOUGH
        yield _finding(table, (row, column), share, (claim.denominator, remark), proved)


def _says_largest_remainder(report: Report) -> bool:
    """Whether the report tells its reader that its shares are rounded so that they add up to 100."""
    return any(re.search(r"\bplus forts? restes?\b", labels.fold(sentence.text)) for sentence in report.sentences)


def _total_share(table: Table, column: Line, claim: Claim) -> Iterator[Finding]:
    """A total of shares that is neither the share of the total nor the sum of the rounded shares."""
    total = table.total
    cell = table.cell(total, column) if total else None
    if total is None or cell is None or cell.value is None:
        return
    wholes = {share.whole for _, share in claim.shares}
    added = sum(share.printed for row, share in claim.shares if row.adds)
    exact = sum(share.count for row, share in claim.shares if row.adds) * 100 / max(wholes)
    margin = 0.5 * 10**-cell.decimals * max(len(claim.shares), 2) + 1e-9
    if len(wholes) == 1 and abs(cell.value - added) > margin and abs(cell.value - exact) > margin:
        calcul = f"{' + '.join(shown(share.printed) for row, share in claim.shares if row.adds)} = {shown(added)}"
        message = f"Le total des parts n'est ni leur somme ni la part du total : {calcul}, imprimé {cell.text}."
        yield finding_at(table.at(total, column), "pourcentage", judge(True), message, calcul, shown(exact, 1))


def _finding(table: Table, place: tuple[Line, Line], share: Share, words: tuple[str, str], proved: bool) -> Finding:
    denominator, why = words
    calcul = f"{share.arithmetic}, imprimé {table.cell(*place).text}"
    message = f"Le pourcentage n'est pas celui des autres lignes (sur {denominator}) : {calcul}{why}."
    certitude = judge(proved, replace(of_lines(table, [place[0]]), year=frozenset()), Scope())
    return finding_at(table.at(*place), "pourcentage", certitude, message, calcul, share.computed)


def _other_denominator(report: Report, table: Table, claim: Claim, share: Share) -> str:
    """The printed total of another table on which the percentage would be right."""
    for other in report.tables:
        for row in other.rows:
            for cell in other.cells[row.index] if row.role == "total" and other.name != table.name else ():
                whole = cell.value
                if whole and whole > share.count and Share(share.printed, share.decimals, share.count, whole).fits:
                    division = f"{shown(share.count)} / {shown(whole)}"
                    return f"{division} le donnerait, {shown(whole)} étant un total de « {other.heading} »"
    return ""


def _sum_of_shares(table: Table, column: Line, done: set[int]) -> Iterator[Finding]:
    """Shares without counts that are said to add up to 100 and do not, rounding apart."""
    total = table.total
    parts = [table.cell(row, column) for row in table.rows if row.adds]
    if (
        total is None
        or table.several_answers
        or any(cell.value is None and cell.text for cell in parts)
        or len(parts) < 3
    ):
        return
    printed = table.cell(total, column)
    values = [cell.value for cell in parts if cell.value is not None]
    if (
        any(id(cell) in done for cell in parts)
        or printed.value is None
        or abs(printed.value - 100) > 1
        or len(values) < 3
    ):
        return
    decimals = max(cell.decimals for cell in parts)
    if abs(sum(values) - 100) > max(0.5 * len(values) * 10**-decimals, 0.1) + 1e-9:
        calcul = f"{' + '.join(shown(value) for value in values)} = {shown(sum(values))}, imprimé {printed.text}"
        message = f"Les parts ne font pas 100 %, même en tenant compte des arrondis : {calcul}."
        certitude = judge(True, of_lines(table, [total]), of_lines(table, [row for row in table.rows if row.adds]))
        yield finding_at(table.at(total, column), "pourcentage", certitude, message, calcul, sum(values))


def _inside(table: Table) -> Iterator[Finding]:
    """Shares printed in the cell of their count: « 42 (37 %) »."""
    best: list[tuple[Line, Line, Share]] = []
    name = ""
    for denominator, shares in _inside_readings(table):
        if sum(share.fits for *_, share in shares) > sum(share.fits for *_, share in best):
            best, name = shares, denominator
    fitting = sum(share.fits for *_, share in best)
    if fitting < 2 or fitting * 3 < len(best) * 2 - 1:
        return
    for row, column, share in best:
        if not share.fits:
            rounding = explanation(share)
            remark = f" ; {rounding} l'expliquerait" if rounding else ""
            yield _finding(table, (row, column), share, (name, remark), not rounding and fitting >= ENOUGH)


def _inside_readings(table: Table) -> Iterator[tuple[str, list[tuple[Line, Line, Share]]]]:
    cells = [(row, column, table.cell(row, column)) for row in table.rows for column in table.columns]
    shares = [(row, column, cell) for row, column, cell in cells if cell.share is not None and cell.value is not None]
    total_row, total_column = table.total, table.transposed.total
    for name in ("le total de la colonne", "le total de la ligne", "le total du tableau"):
        readings = []
        for row, column, cell in shares:
            down = name != "le total de la ligne"
            lines = (
                row if name == "le total de la ligne" else total_row,
                total_column if "colonne" not in name else column,
            )
            whole = _total(table, *lines, down=down)
            if whole and row != total_row:
                readings.append((row, column, Share(cell.share or 0.0, cell.share_decimals, cell.value or 0.0, whole)))
        yield name, readings


def _total(table: Table, row: Line | None, column: Line | None, down: bool) -> float:
    if row and column:
        return table.cell(row, column).value or 0.0
    if down and column:
        return sum(table.cell(line, column).value or 0.0 for line in table.rows if line.adds)
    if not down and row:
        return sum(table.cell(row, line).value or 0.0 for line in table.columns if line.adds)
    return 0.0


@dataclass(frozen=True)
class Share:
    """A printed percentage against its count and its denominator."""

    printed: float
    decimals: int
    count: float
    whole: float

    @property
    def exact(self) -> float:
        """The percentage, not rounded."""
        return 100 * self.count / self.whole if self.whole else math.nan

    @property
    def step(self) -> float:
        """One unit of the last printed digit."""
        return float(10**-self.decimals)

    @property
    def fits(self) -> bool:
        """Whether it is rounded to the nearest."""
        return abs(self.printed - self.exact) <= self.step / 2 + 1e-6

    @property
    def computed(self) -> str:
        """The percentage rounded to the nearest, to as many digits as are printed, at least one."""
        return f"{shown(self.exact, self.decimals)} %"

    @property
    def arithmetic(self) -> str:
        """The division, written out."""
        return f"{shown(self.count)} / {shown(self.whole)} = {shown(self.exact, max(self.decimals, 1))} %"


def explanation(share: Share, shares: Sequence[Share] = ()) -> str:
    """Name the rounding that explains a percentage that is not rounded to the nearest, ``""`` if none does.

    Parameters
    ----------
    share
        The percentage.
    shares
        All those of its column, itself included, for the rounding that makes them add up to 100.
    """
    if abs(share.printed - math.floor(share.exact / share.step) * share.step) < 1e-6:
        return "troncature"
    if abs(share.printed - math.ceil(share.exact / share.step) * share.step) < 1e-6:
        total = sum(entry.printed for entry in shares)
        return "plus fort reste" if abs(total - 100) < 1e-6 else "arrondi par excès"
    if share.decimals and abs(share.printed - round(share.exact)) < 1e-6:
        return "arrondi à l'unité"
    return ""

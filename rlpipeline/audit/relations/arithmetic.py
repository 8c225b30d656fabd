"""Totals, sub-totals and families of any table, from the kinds of its lines and columns alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.relations.amounts import agree, amount_of, sum_written
from rlpipeline.audit.relations.grids import Grid, path_of
from rlpipeline.audit.relations.tested import Tested
from rlpipeline.published.links import Links, Table
from rlpipeline.published.model import Figure, FigureKey, Label

RATES = frozenset({"%", "‰", "note", "points", "ans", "mois"})
"""Units that do not add up; parts of a whole do, where the table declares them."""
UNDECLARED = Table("", persons=False, service=False, additive=False, apart=frozenset(), residents=False)
GROUPS = frozenset({"famille", "sous_total"})


def check_totals(grid: Grid, links: Links) -> Iterator[Tested]:
    """Test every total of a table against what it adds up.

    Notes
    -----
    The order says what a total adds up. A year before may have lines that its table no longer has, whose place is lost:
    its totals are then left.
    """
    if grid.misplaced:
        return
    table = links.tables.get(grid.id, UNDECLARED)
    for column in grid.columns:
        if column.code not in table.weekly:
            yield from _check_column(grid, column, table)
    totals = [index for index, column in enumerate(grid.columns) if column.kind == "total"]
    for index in totals:
        for line in grid.lines:
            keys = [grid.key(line.code, column.code) for column in grid.columns[:index] if column.kind != "total"]
            yield from _check(grid, "total_ligne", grid.key(line.code, grid.columns[index].code), keys, table)


def _check_column(grid: Grid, column: Label, table: Table) -> Iterator[Tested]:
    present = [line for line in grid.lines if (line.code, column.code) in grid.cells]
    for check, line, parts in summed_lines(present):
        of_distinct = line.code == table.total and "reunion" in (table.totals.get(column.code), table.totals.get(""))
        if not of_distinct:
            keys = [grid.key(part.code, column.code) for part in parts]
            yield from _check(grid, check, grid.key(line.code, column.code), keys, table)


def summed_lines(lines: Sequence[Label]) -> Iterator[tuple[str, Label, Sequence[Label]]]:
    """The lines that add up others: a family those after it, a sub-total those before it, a total all those before.

    Returns
    -------
    Iterator
        Check, line, lines that it adds up. A group without lines of its own counts in the total as one.
    """
    start = 0
    for index, line in enumerate(lines):
        if line.kind == "total":
            yield "total_colonne", line, _leaves(lines[start:index])
            start = index + 1
        elif line.kind in GROUPS:
            own = _members(lines[start:], index - start)
            if own:
                yield "sous_total", line, own


def _members(lines: Sequence[Label], index: int) -> Sequence[Label]:
    """Lines of a group: those after a family, those before a sub-total, up to the next group or total."""
    after = lines[index].kind == "famille"
    own: list[Label] = []
    for line in lines[index + 1 :] if after else reversed(lines[:index]):
        if line.kind in GROUPS or line.kind == "total":
            break
        own.append(line)
    return own if after else own[::-1]


def _leaves(lines: Sequence[Label]) -> list[Label]:
    groups = (index for index, line in enumerate(lines) if line.kind in GROUPS)
    alone = {index for index in groups if not _members(lines, index)}
    return [line for index, line in enumerate(lines) if line.kind not in GROUPS or index in alone]


def _check(grid: Grid, check: str, key: FigureKey, parts: Sequence[FigureKey], table: Table) -> Iterator[Tested]:
    """Test one total; what has another unit (families beside persons) is no part of it."""
    total = grid.cells.get((key.ligne, key.colonne))
    if total is None or not adds_up(total, table):
        return
    found = [figure for part in parts if (figure := grid.cells.get((part.ligne, part.colonne)))]
    terms = [amount_of(figure) for figure in found if figure.unite == total.unite]
    if not terms or (table.own_total and any(term.value is None for term in terms)):
        return
    if agree(amount_of(total), terms):
        yield Tested(check)
        return
    yield Tested(check, _wrong(check, grid, total, sum_written(terms)))


def adds_up(total: Figure, table: Table) -> bool:
    """Whether figures of this unit add up: rates do not, unless they are known to be parts of one whole."""
    return total.unite not in RATES or total.key.colonne in table.parts


def _wrong(check: str, grid: Grid, total: Figure, expected: str) -> Finding:
    key = total.key
    what = {
        "total_ligne": f"Le total de la ligne {key.ligne} n'est pas la somme de ses colonnes",
        "total_colonne": f"Le total de la colonne {key.colonne} n'est pas la somme de ses lignes",
        "sous_total": f"La ligne {key.ligne}, colonne {key.colonne}, n'est pas la somme des lignes qu'elle regroupe",
    }[check]
    return Finding(
        check=check,
        message=f"{what} dans {grid}.",
        first=total.place,
        first_value=str(amount_of(total)),
        second=total.place,
        second_value=expected,
        blocking=True,
        key=f"{check}:{path_of(key)}",
    )

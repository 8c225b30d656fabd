"""Relations between tables, tested for every territory and year that has both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.relations.amounts import ROUNDED, TOLERANCE, Amount, added, amount_of, sum_written
from rlpipeline.audit.relations.declared import Declared
from rlpipeline.audit.relations.grids import SERVICE, Grid, Grids, path_of, place_of
from rlpipeline.audit.relations.tested import Tested
from rlpipeline.published.links import Cells, Each, Link, Table
from rlpipeline.published.model import FigureKey

Codes = Mapping[Each, str]
NOT_PUBLISHED = Amount(None, "masque")


def check_comparisons(grids: Grids, declared: Declared) -> Iterator[Tested]:
    """Test every relation that is known between our tables of one territory."""
    yield from _test((link for link in declared.links.all if not link.crosses), grids, declared)
    for table in declared.links.tables.values():
        for column, total in table.totals.items():
            for grid in grids.of(table.id) if total == "reunion" else ():
                for one in (column,) if column else [label.code for label in grid.columns]:
                    yield from _check_union(table, one, grid)


def check_crossing(grids: Grids, declared: Declared) -> Iterator[Tested]:
    """Test the relations between tables of several territories."""
    yield from _test((link for link in declared.links.all if link.crosses), grids, declared)


def _test(links: Iterable[Link], grids: Grids, declared: Declared) -> Iterator[Tested]:
    for link in links:
        for grid in grids.of(link.left[0].table):
            if grid.territory == SERVICE or not link.service:
                yield from _check(link, grid, grids, declared)


def _check(link: Link, grid: Grid, grids: Grids, declared: Declared) -> Iterator[Tested]:
    for codes in _each(link, grid, grids):
        left = _keys(link.left, grid, codes)
        right = _keys(link.right, grid, codes)
        if all(_published(key, grids) for key in (*left, *right)):
            yield from _compare(link, (left, right), grids, declared)


def _each(link: Link, grid: Grid, grids: Grids) -> Iterator[Codes]:
    """Every choice of codes for the axes; equal sides have the codes of both, else those of the part are enough."""
    sides = link.left + (link.right if link.sign == "=" else ())
    codes: dict[Each, dict[str, None]] = {}
    for cells in sides:
        there = grids.find(cells.table, grid.year - cells.before, grid.territory)
        for place, labels in ((cells.line, there and there.lines), (cells.column, there and there.columns)):
            if isinstance(place, Each):
                found = (label.code for label in labels or () if label.code not in place.save)
                codes.setdefault(place, {}).update(dict.fromkeys(found))
    for choice in product(*codes.values()):
        yield dict(zip(codes, choice, strict=True))


def _keys(side: Sequence[Cells], grid: Grid, codes: Codes) -> list[FigureKey]:
    return [
        FigureKey(
            cells.table,
            grid.year - cells.before,
            codes[cells.territory] if cells.territory else grid.territory,
            codes[cells.line] if isinstance(cells.line, Each) else cells.line,
            codes[cells.column] if isinstance(cells.column, Each) else cells.column,
        )
        for cells in side
    ]


def _published(key: FigureKey, grids: Grids) -> bool:
    return grids.find(key.indicateur, key.annee, key.territoire) is not None


def _amount(key: FigureKey, grids: Grids, declared: Declared) -> Amount:
    grid = grids.find(key.indicateur, key.annee, key.territoire)
    figure = grid.cells.get((key.ligne, key.colonne)) if grid else None
    return NOT_PUBLISHED if figure is None and declared.shared else amount_of(figure)


def _compare(
    link: Link, sides: tuple[Sequence[FigureKey], Sequence[FigureKey]], grids: Grids, declared: Declared
) -> Iterator[Tested]:
    terms = [[_amount(key, grids, declared) for key in side] for side in sides]
    left, right = added(terms[0]), added(terms[1])
    usable = {"ok", ROUNDED, "partiel"} if link.partial else {"ok", ROUNDED}
    if right.state not in usable or left.state not in usable:
        return
    if _holds(link, left, right):
        yield Tested(link.check)
        return
    key, other = sides[0][0], sides[1][0]
    grid, against = grids.find(*key[:3]), grids.find(*other[:3])
    blocking = link.holds == "toujours" or (link.holds == "dans_les_dates" and declared.within_dates)
    finding = Finding(
        check=link.check,
        message=f"{_broken(link)} : {link.why}. {grid} et {against}.",
        first=place_of(key, grid.cells.get((key.ligne, key.colonne)) if grid else None),
        first_value=sum_written(terms[0]),
        second=place_of(other, against.cells.get((other.ligne, other.colonne)) if against else None),
        second_value=sum_written(terms[1]),
        blocking=blocking,
        key=f"{link.check}:{path_of(key)}:{link.name}",
    )
    yield Tested(link.check, finding)


def _holds(link: Link, left: Amount, right: Amount) -> bool:
    """Test two sums, given how far rounding may have moved each."""
    one, other, slack = left.value or 0.0, right.value or 0.0, left.slack + right.slack
    if link.sign == "=":
        return abs(one - other) <= slack + TOLERANCE
    if link.sign == "zéro":
        return bool(slack) or (one == 0) == (other == 0)
    return one <= other + slack + TOLERANCE


def _broken(link: Link) -> str:
    return {
        "=": "Deux totaux diffèrent",
        "<=": "Une partie dépasse son ensemble",
        "zéro": "L'un est nul et l'autre non",
    }[link.sign]


def _check_union(table: Table, of: str, grid: Grid) -> Iterator[Tested]:
    """A count of distinct persons is at least each line and at most their sum."""
    total = grid.cells.get((table.total, of))
    every = [figure for (line, column), figure in grid.cells.items() if column == of and line != table.total]
    lines = [figure for figure in every if figure.valeur is not None]
    hidden = any(figure.etat == NOT_PUBLISHED.state for figure in every)
    if total is None or total.valeur is None or not lines:
        return
    terms = [amount_of(line) for line in lines]
    most = max(lines, key=lambda line: (line.valeur or 0) - line.marge)
    too_small = total.valeur + total.marge < (most.valeur or 0) - most.marge
    most_of_all = added(terms)
    if not too_small and (hidden or total.valeur - total.marge <= (most_of_all.value or 0) + most_of_all.slack):
        yield Tested("cohorte")
        return
    why = "est plus petite que l'une d'elles" if too_small else "dépasse leur somme"
    finding = Finding(
        check="cohorte",
        message=f"La ligne {table.total}, qui compte une fois chaque jeune des autres lignes, {why} dans {grid}.",
        first=total.place,
        first_value=str(amount_of(total)),
        second=most.place,
        second_value=str(amount_of(most)) if too_small else sum_written(terms),
        blocking=True,
        key=f"cohorte:{path_of(total.key)}:lignes",
    )
    yield Tested("cohorte", finding)

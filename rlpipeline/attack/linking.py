"""How the tables hang together: the same young people in several tables, territories, years."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from rlpipeline.attack.counting import at_most, equal, none_without, shown_means_counted, within
from rlpipeline.attack.dictionary import UNITED, united
from rlpipeline.attack.statements import (
    HORS,
    SANS_COMMUNE,
    SERVICE,
    SUM,
    TOTAL,
    Document,
    Key,
    Knowledge,
    Place,
    Relation,
)
from rlpipeline.attack.tables import Published, Table, published
from rlpipeline.published.links import Cells, Each, Link

YEARS = "stock_flux"
"""Check of the links between years, which hold up to each age."""
Rule = Callable[[Published, Knowledge], Iterator[Relation]]


def relations(documents: Sequence[Document], knowledge: Knowledge) -> list[Relation]:
    """State everything that holds between the figures of the publications, each statement once."""
    together = published(documents, knowledge.links, knowledge.familles)
    apart = [published([document], knowledge.links, knowledge.familles) for document in documents]
    stated = [one for alone in apart for one in _of_one(alone, knowledge)]
    across: tuple[Rule, ...] = (_between_tables, _through_the_years)
    stated += [one for rule in across for one in rule(together, knowledge)]
    stated += [one for alone in apart for one in _wider_classes(together, alone)]
    return [*{(one.terms, one.low, one.high): one for one in stated}.values()]


def _of_one(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """State what the tables of one publication add up to: another may show other classes."""
    for table in known.tables.values():
        for one in within(table, known):
            yield one if table.whole else _some_of_it(one)
        if table.whole and knowledge.shown_means_counted:
            yield from shown_means_counted(table, known.links.rare)
    yield from _territories(known, knowledge)


def _some_of_it(relation: Relation) -> Relation:
    """Weaken a sum of which parts may be missing: they add up to the whole at most."""
    return replace(relation, high=math.inf) if relation.low == relation.high == 0 else relation


def nobody(known: Published) -> frozenset[Key]:
    """List the figures that are zero by definition: young people without any residence."""
    return frozenset(
        key
        for (indicator, _, territory), table in known.tables.items()
        if territory == SANS_COMMUNE and _of_residents(known, indicator)
        for key in table.keys
    )


def _of_residents(known: Published, indicator: str) -> bool:
    """Say whether a table is about young people, who live in a commune or in none of the service's."""
    return indicator in known.links.tables and known.links.tables[indicator].residents


def _territories(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """The service is the sum of its communes, of those who live outside and of what has no commune."""
    for indicator in (id for id, table in knowledge.links.tables.items() if table.persons and table.additive):
        for year in known.years:
            parts = [(indicator, year, territory) for territory in (*knowledge.communes, HORS, SANS_COMMUNE)]
            yield from _one_territory_less(known, (indicator, year, SERVICE), parts)


def _one_territory_less(known: Published, whole: Place, parts: list[Place]) -> Iterator[Relation]:
    tables = {place: table for place in (whole, *parts) if (table := known.tables.get(place)) and table.whole}
    service, present = tables.get(whole), [tables[part] for part in parts if part in tables]
    if service is None or not present:
        return
    missing = [part for part in parts if part not in tables and not _empty_by_nature(known, part)]
    yield from _cell_by_cell(known, service, present, missing)


def _cell_by_cell(known: Published, service: Table, present: list[Table], missing: list[Place]) -> Iterator[Relation]:
    """Add the territories cell by cell; what one of them does not publish is a figure to find.

    Notes
    -----
    An action is of one territory, the only one to show it.
    """
    words, declared = "les territoires font le service", known.links.tables[service.place[0]]
    apart, rare = declared.of_actions, known.links.rare
    cells = dict.fromkeys((key.ligne, key.colonne) for table in (service, *present) for key in sorted(table.keys))
    for line, column in cells:
        if column in declared.apart:
            continue
        key = service.at(line, column)
        counted = [part for table in present if (part := table.at(line, column))]
        known_parts = [part for part in counted if part not in known.without_number]
        if key in known.without_number or not known_parts or (key is None and not {line, column} & rare):
            continue
        silent = [table.place for table in present if table.at(line, column) is None]
        if key is None:
            yield from (Relation(((part, 1.0),), 0, 0, words) for part in known_parts)
        elif column.startswith(SUM):
            yield from equal(key, [*known_parts, *(None for _ in (*silent, *missing))], words)
        else:
            others = [*missing, *silent] if not {line, column} & rare else missing
            yield from equal(key, [*known_parts, *(Key(*place, line, column) for place in others if not apart)], words)


def _empty_by_nature(known: Published, place: Place) -> bool:
    return place[2] == SANS_COMMUNE and _of_residents(known, place[0])


def _between_tables(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """The same young people in several tables, and those that are some of others."""
    for place, table in known.tables.items():
        for link in (one for one in known.links.all if one.check != YEARS and one.left[0].table == place[0]):
            if link.holds == "toujours" or (link.holds == "dans_les_dates" and knowledge.followed_only):
                yield from _linked(link, table, known, knowledge)


def _linked(link: Link, table: Table, known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    part = link.left[0]
    for line in _codes(part.line, table.lines, link, knowledge):
        for column in _codes(part.column, table.columns, link, knowledge):
            key, codes = table.at(line, column), {part.line: line, part.column: column}
            if key is not None and not _follows(link, key, known):
                yield from _one_link(link, key, codes, known)


def _follows(link: Link, key: Key, known: Published) -> bool:
    """Say whether a line is some of a total that the link is about as well."""
    table, elsewhere = known.links.tables[key.indicateur], link.right[0].table != key.indicateur
    return elsewhere and table.totals.get(key.colonne) == "reunion" and key.ligne != table.total


def _codes(axis: str | Each, codes: Sequence[str], link: Link, knowledge: Knowledge) -> Sequence[str]:
    """List the codes of a line or a column of a link, among those that a table shows."""
    if isinstance(axis, str):
        return (axis,)
    of_territory = axis in [cells.territory for cells in link.right]
    wanted = {*knowledge.communes, HORS} if of_territory else {*codes} - {*axis.save}
    return [code for code in codes if code in wanted]


def _one_link(link: Link, key: Key, codes: Mapping[str | Each, str], known: Published) -> Iterator[Relation]:
    others = [_address(cells, key, codes) for cells in link.right]
    if link.sign == "=":  # the other side may not be published
        yield from equal(key, others, link.why)
    elif link.sign == "zéro":
        yield from none_without(known.at(others[0].place, others[0].ligne, others[0].colonne), key, link.why)
    elif len(others) == 1:
        yield from at_most(key, [known.at(others[0].place, others[0].ligne, others[0].colonne)], link.why)
    else:
        lines, columns = frozenset(one.ligne for one in others), frozenset(one.colonne for one in others)
        yield from at_most(key, _cells(known, others[0].place, lines, columns), link.why)


def _address(cells: Cells, key: Key, codes: Mapping[str | Each, str]) -> Key:
    territory = codes[cells.territory] if cells.territory else key.territoire
    line, column = (codes[axis] if isinstance(axis, Each) else axis for axis in (cells.line, cells.column))
    return Key(cells.table, key.annee, territory, line, column)


def _cells(known: Published, place: Place, lines: frozenset[str], columns: frozenset[str]) -> list[Key | None]:
    """List the cells that make up some lines and columns, united in wider classes or not; a None where none do."""
    table = known.tables.get(place)
    if table is None:
        return [None]
    chosen = [_making_up(codes, wanted) for codes, wanted in ((table.lines, lines), (table.columns, columns))]
    return [table.at(line, column) for line in chosen[0] for column in chosen[1]] or [None]


def _making_up(codes: Sequence[str], wanted: frozenset[str]) -> list[str]:
    """Choose classes that unite all of some codes, each once; none where there are none that do."""
    chosen, left = [], frozenset().union(*(united(code) for code in wanted))
    for code in sorted(codes, key=lambda code: -len(united(code))):
        if united(code) <= left:
            chosen.append(code)
            left -= united(code)
    return [] if left else chosen


def _through_the_years(known: Published, knowledge: Knowledge) -> Iterator[Relation]:
    """Stock and flow: who has been followed for a year or more was followed the year before, and no older."""
    for link in known.links.all:
        if link.check == YEARS and link.right[0].table != link.left[0].table:
            for year in known.years:
                yield from _as_declared(link, year, known)
                yield from _of_year(link, year, known)


def _as_declared(link: Link, year: int, known: Published) -> Iterator[Relation]:
    """State a link between years of the whole service, of figures alone."""
    sides = []
    for side in (link.left, link.right):
        place = (side[0].table, year - side[0].before, SERVICE)
        axes = ({cells.line for cells in side}, {cells.column for cells in side})
        codes = [frozenset(code for code in axis if isinstance(code, str)) for axis in axes]
        sides.append(_cells(known, place, *codes) if [len(one) for one in axes] == [*map(len, codes)] else [None])
    terms = [(key, factor) for side, factor in zip(sides, (1.0, -1.0), strict=True) for key in side if key]
    if None not in {*sides[0], *sides[1]}:
        yield Relation(tuple(terms), -math.inf, 0, link.why, lasting=False)


def _of_year(link: Link, year: int, known: Published) -> Iterator[Relation]:
    name, everyone = link.left[0].table, link.right[0].table
    years = known.links.seniority.get(known.links.tables[name].lines, {})
    long, longest = (frozenset(code for code, least in years.items() if least >= most) for most in (1, 2))
    now, before = (name, year, SERVICE), (name, year - 1, SERVICE)

    def followed(year: int, ages: frozenset[str]) -> list[Key | None]:
        return _cells(known, (everyone, year, SERVICE), ages, frozenset({TOTAL}))

    for ages in _up_to_each_age(known, name):
        pairs = [
            (long, followed(year - 1, ages), f"depuis un an ou plus : ils l'étaient en {year - 1}"),
            (longest, _cells(known, before, long, ages), f"depuis deux ans : ils l'étaient avant {year}"),
            (longest, followed(year - 2, ages), f"depuis deux ans : ils l'étaient avant {year}"),
        ]
        for lines, more, words in pairs:
            less = _cells(known, now, lines, ages)
            if None not in {*less, *more}:
                terms = [(key, 1.0) for key in less if key] + [(key, -1.0) for key in more if key]
                yield Relation(tuple(terms), -math.inf, 0, f"accompagnés {words}", lasting=False)


def _up_to_each_age(known: Published, name: str) -> Iterator[frozenset[str]]:
    """Give all ages together, then the youngest up to each: a year before, nobody was older."""
    yield frozenset({TOTAL})
    ages = known.links.codes["age"] if known.links.tables[name].columns == "age" else ()
    yield from (frozenset(ages[:count]) for count in range(1, len(ages)))


def _wider_classes(known: Published, alone: Published) -> Iterator[Relation]:
    """A class is the sum of those of another release that it unites, and of what that release does not show.

    Parameters
    ----------
    alone
        That other release; its tables share each young person out once.
    """
    for place, table in known.tables.items():
        other = alone.tables.get(place)
        if other is None:
            continue
        for wide, narrow in _united(table.lines, other.lines):
            for column in table.columns:
                yield from _sum_of(known, Key(*place, wide, column), narrow, line=True)
        for wide, narrow in _united(table.columns, other.columns):
            for line in table.lines:
                yield from _sum_of(known, Key(*place, line, wide), narrow, line=False)


def _united(codes: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Pair each wider class with the narrower ones that it holds."""
    for wide in (code for code in codes if UNITED in code):
        narrow = [code for code in others if united(code) < united(wide)]
        if narrow:
            yield wide, narrow


def _sum_of(known: Published, whole: Key, narrow: Sequence[str], *, line: bool) -> Iterator[Relation]:
    """Add classes and what remains of a wider one: a figure to find, unless it is of those who are rarely counted."""

    def cell(code: str) -> Key:
        return whole._replace(ligne=code) if line else whole._replace(colonne=code)

    wide = whole.ligne if line else whole.colonne
    shown = {code: cell(code) for code in narrow if known.at(whole.place, *cell(code)[3:])}
    if not shown or known.at(whole.place, whole.ligne, whole.colonne) is None:
        return
    left = united(wide).difference(*(united(code) for code in shown))
    rest = UNITED.join(code for code in wide.split(UNITED) if code in left)
    others = [] if left <= known.links.rare else [cell(rest)]
    yield from equal(whole, [*shown.values(), *others], "une classe est la somme de celles qu'elle réunit")

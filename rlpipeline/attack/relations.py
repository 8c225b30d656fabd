"""How the tables hang together: what each adds up to, the same young people in several tables, territories, years."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rlpipeline.attack.statements import (
    FAMILLES,
    HORS,
    NOUVEAUX,
    SANS_COMMUNE,
    SIZES,
    SUM,
    TOTAL,
    UNITED,
    Document,
    Key,
    Knowledge,
    Place,
    Relation,
)
from rlpipeline.attack.tables import Table, Tables, covers, tables_of, united
from rlpipeline.published.links import Cells, Each, Link
from rlpipeline.published.model import SERVICE

ACROSS = {"sexe": "le total est celui des sexes", "age": "le total est celui des âges"}
MANY = 100_000.0
"""More than any figure counts: turns « none of these, hence none of those » into a relation."""
YEARS = "stock_flux"
"""Check of the links between years, which hold up to each age."""
Rule = Callable[[Tables, Knowledge], Iterator[Relation]]


def equal(whole: Key | None, parts: Iterable[Key | None], words: str) -> Iterator[Relation]:
    """Say that a figure is the sum of others, or more where some of them, None, are not published."""
    listed = tuple(parts)
    counted = tuple(part for part in listed if part is not None)
    if whole is not None and counted:
        most = 0.0 if len(counted) == len(listed) else math.inf
        yield Relation(((whole, 1.0), *((part, -1.0) for part in counted)), 0, most, words)


def at_most(less: Key | None, more: Sequence[Key | None], words: str) -> Iterator[Relation]:
    """Say that a figure is at most the sum of others; nothing where there is none, or one is not published."""
    if less is not None and more and all(key is not None for key in more):
        terms = ((less, 1.0), *((key, -1.0) for key in more if key is not None))
        yield Relation(terms, -math.inf, 0, words)


def none_without(counted: Key | None, condition: Key | None, words: str) -> Iterator[Relation]:
    """Say that a figure is zero where another is."""
    if counted is not None and condition is not None:
        yield Relation(((counted, 1.0), (condition, -MANY)), -math.inf, 0, words)


def within(table: Table, tables: Tables) -> Iterator[Relation]:
    """State what holds inside one table, by what it crosses."""
    declared = tables.links.tables.get(table.place[0])
    if declared is None:
        return
    if declared.of_actions:
        yield from _actions(table, tables)
    elif declared.columns:
        yield from _across(table, ACROSS.get(declared.columns, "le total est celui des colonnes"))
    for column, total in declared.totals.items():
        if total == "familles":
            yield from _issues(table, tables)
        elif total == "reunion":
            for one in [column] if column else table.columns:
                yield from _distinct(table, declared.total, one)
        else:
            yield from _added(table, [column] if column else table.columns)


def shown_means_counted(table: Table, rare: frozenset[str]) -> Iterator[Relation]:
    """State that a rare line or column is shown only because someone is counted there."""
    for code in sorted(rare & {*table.columns}):
        margin = table.at(TOTAL, code)
        keys = (margin,) if margin else table.all_at([(line, code) for line in table.lines])
        yield Relation(tuple((key, 1.0) for key in keys), 1, math.inf, f"la colonne {code} n'est montrée que si besoin")
    for code in sorted(rare & {*table.lines}):
        if key := table.at(code, TOTAL):
            yield Relation(((key, 1.0),), 1, math.inf, f"la ligne {code} n'est montrée que si besoin")


def _across(table: Table, words: str) -> Iterator[Relation]:
    parts = [column for column in table.columns if column not in {TOTAL, NOUVEAUX}]
    for line in table.lines:
        yield from equal(table.at(line, TOTAL), [table.at(line, part) for part in parts], words)
        yield from at_most(table.at(line, NOUVEAUX), [table.at(line, TOTAL)], "les nouveaux sont parmi le total")


def _added(table: Table, columns: Sequence[str]) -> Iterator[Relation]:
    lines = [line for line in table.lines if line != TOTAL]
    for column in columns:
        parts = [table.at(line, column) for line in lines]
        yield from equal(table.at(TOTAL, column), parts, "le total est celui des lignes")


def _issues(table: Table, tables: Tables) -> Iterator[Relation]:
    """Add issues to families and families to the total; a joined line is the sum of the families that it unites."""
    families = tables.families
    lines = [line for line in table.lines if line != TOTAL]
    heads = [line for line in lines if united(line) <= families.keys()]
    covered = covers(heads, frozenset(families))
    for column in table.columns:
        for head in heads:
            codes = frozenset(code for family in united(head) for one in families[family] for code in united(one))
            inside = [line for line in lines if line not in heads and united(line) <= codes]
            cells = [table.at(line, column) for line in inside]
            missing = [] if covers(inside, codes) else [None]
            yield from equal(
                table.at(head, column), [*cells, *missing], "une famille est la somme de ses problématiques"
            )
        cells = [table.at(head, column) for head in heads]
        missing = [] if covered else [None]
        yield from equal(table.at(TOTAL, column), [*cells, *missing], "le total est celui des lignes")


def _distinct(table: Table, total: str, column: str) -> Iterator[Relation]:
    """Each line counts some of those whom the total counts once each."""
    whole = table.at(total, column)
    parts = [key for line in table.lines if line != total and (key := table.at(line, column))]
    for key in parts:
        yield from at_most(key, [whole], "les jeunes d'une ligne sont parmi ceux du total")
    yield from at_most(whole, parts, "le total, qui compte chacun une fois, ne dépasse pas la somme des lignes")


def _actions(table: Table, tables: Tables) -> Iterator[Relation]:
    publics = [line for line in table.lines if line not in {TOTAL, FAMILLES, *SIZES}]
    columns = [column for column in table.columns if not column.startswith(SUM)]
    for column in columns:
        parts = [key for line in publics if (key := table.at(line, column)) and key not in tables.without_number]
        if table.at(TOTAL, column) not in tables.without_number:
            yield from equal(table.at(TOTAL, column), parts, "le total est celui des publics, sans les familles")
    for line in (*publics, TOTAL, FAMILLES):
        yield from _added_actions(table, line, tables)


def _added_actions(table: Table, line: str, tables: Tables) -> Iterator[Relation]:
    """State what the participants of all the actions add up to, in one unit."""
    for added in (key for key in table.keys if key.ligne == line and key.colonne.startswith(SUM)):
        unit = added.colonne.removeprefix(SUM)
        cells = [key for column in table.columns if (key := table.at(line, column))]
        parts = [key for key in cells if tables.units.get(key) == unit and key not in tables.without_number]
        yield from equal(added, parts, "la somme est celle des actions")


def relations(documents: Sequence[Document], knowledge: Knowledge) -> list[Relation]:
    """State everything that holds between the figures of the publications, each statement once."""
    together = tables_of(documents, knowledge.links, knowledge.familles)
    apart = [tables_of([document], knowledge.links, knowledge.familles) for document in documents]
    stated = [one for alone in apart for one in _of_one(alone, knowledge)]
    across: tuple[Rule, ...] = (_between_tables, _through_the_years)
    stated += [one for rule in across for one in rule(together, knowledge)]
    stated += [one for alone in apart for one in _wider_classes(together, alone)]
    return [*{(one.terms, one.low, one.high): one for one in stated}.values()]


def _of_one(tables: Tables, knowledge: Knowledge) -> Iterator[Relation]:
    """State what the tables of one publication add up to: another may show other classes."""
    for table in tables.tables.values():
        for one in within(table, tables):
            yield one if table.complete else _some_of_it(one)
        if table.complete and knowledge.shown_means_counted:
            yield from shown_means_counted(table, tables.links.rare)
    yield from _territories(tables, knowledge)


def _some_of_it(relation: Relation) -> Relation:
    """Weaken a sum of which parts may be missing: they add up to the whole at most."""
    return replace(relation, high=math.inf) if relation.low == relation.high == 0 else relation


def nobody(tables: Tables) -> frozenset[Key]:
    """List the figures that are zero by definition: young people without any residence."""
    return frozenset(
        key
        for (indicator, _, territory), table in tables.tables.items()
        if territory == SANS_COMMUNE and _of_residents(tables, indicator)
        for key in table.keys
    )


def _of_residents(tables: Tables, indicator: str) -> bool:
    """Say whether a table is about young people, who live in a commune or in none of the service's."""
    return indicator in tables.links.tables and tables.links.tables[indicator].residents


def _territories(tables: Tables, knowledge: Knowledge) -> Iterator[Relation]:
    """The service is the sum of its communes, of those who live outside and of what has no commune."""
    for indicator in (id for id, table in knowledge.links.tables.items() if table.persons and table.additive):
        for year in tables.years:
            parts = [(indicator, year, territory) for territory in (*knowledge.communes, HORS, SANS_COMMUNE)]
            yield from _one_territory_less(tables, (indicator, year, SERVICE), parts)


def _one_territory_less(published: Tables, whole: Place, parts: list[Place]) -> Iterator[Relation]:
    complete = {place: table for place in (whole, *parts) if (table := published.tables.get(place)) and table.complete}
    service, present = complete.get(whole), [complete[part] for part in parts if part in complete]
    if service is None or not present:
        return
    missing = [part for part in parts if part not in complete and not _empty_by_nature(published, part)]
    yield from _cell_by_cell(published, service, present, missing)


def _cell_by_cell(tables: Tables, service: Table, present: list[Table], missing: list[Place]) -> Iterator[Relation]:
    """Add the territories cell by cell; what one of them does not publish is a figure to find.

    Notes
    -----
    An action is of one territory, the only one to show it.
    """
    words, declared = "les territoires font le service", tables.links.tables[service.place[0]]
    apart, rare = declared.of_actions, tables.links.rare
    cells: dict[tuple[str, str], dict[Place, Key]] = {}
    for table in (service, *present):
        for part in sorted(table.keys):
            cells.setdefault((part.ligne, part.colonne), {})[table.place] = part
    for (line, column), counted in cells.items():
        if column in declared.apart:
            continue
        key = counted.pop(service.place, None)
        numbered = [part for part in counted.values() if part not in tables.without_number]
        if key in tables.without_number or not numbered or (key is None and not {line, column} & rare):
            continue
        alone = apart and not column.startswith(SUM)
        silent = [] if alone else [table.place for table in present if table.place not in counted]
        if key is None:
            yield from (Relation(((part, 1.0),), 0, 0, words) for part in numbered)
        elif column.startswith(SUM):
            yield from equal(key, [*numbered, *(None for _ in (*silent, *missing))], words)
        else:
            others = [*missing, *silent] if not {line, column} & rare else missing
            yield from equal(key, [*numbered, *(Key(*place, line, column) for place in others if not alone)], words)


def _empty_by_nature(tables: Tables, place: Place) -> bool:
    return place[2] == SANS_COMMUNE and _of_residents(tables, place[0])


def _between_tables(tables: Tables, knowledge: Knowledge) -> Iterator[Relation]:
    """The same young people in several tables, and those that are some of others."""
    for place, table in tables.tables.items():
        for link in (one for one in tables.links.all if one.check != YEARS and one.left[0].table == place[0]):
            if link.holds == "toujours" or (link.holds == "dans_les_dates" and knowledge.followed_only):
                yield from _linked(link, table, tables, knowledge)


def _linked(link: Link, table: Table, tables: Tables, knowledge: Knowledge) -> Iterator[Relation]:
    part = link.left[0]
    for line in _codes(part.line, table.lines, link, knowledge):
        for column in _codes(part.column, table.columns, link, knowledge):
            key, codes = table.at(line, column), {part.line: line, part.column: column}
            if key is not None and not _follows(link, key, tables):
                yield from _one_link(link, key, codes, tables)


def _follows(link: Link, key: Key, tables: Tables) -> bool:
    """Say whether a line is some of a total that the link is about as well."""
    table, elsewhere = tables.links.tables[key.indicateur], link.right[0].table != key.indicateur
    return elsewhere and table.totals.get(key.colonne) == "reunion" and key.ligne != table.total


def _codes(axis: str | Each, codes: Sequence[str], link: Link, knowledge: Knowledge) -> Sequence[str]:
    """List the codes of a line or a column of a link, among those that a table shows."""
    if isinstance(axis, str):
        return (axis,)
    of_territory = axis in [cells.territory for cells in link.right]
    wanted = {*knowledge.communes, HORS} if of_territory else {*codes} - {*axis.save}
    return [code for code in codes if code in wanted]


def _one_link(link: Link, key: Key, codes: Mapping[str | Each, str], tables: Tables) -> Iterator[Relation]:
    others = [_address(cells, key, codes) for cells in link.right]
    if len(link.left) > 1:
        beside = [_address(cells, key, codes) for cells in link.left]
        sides = [[tables.at(one.place, one.ligne, one.colonne) for one in side] for side in (beside, others)]
        yield from _sums(sides[0], sides[1], link)
    elif link.sign == "=":  # the other side may not be published
        yield from equal(key, others, link.why)
    elif link.sign == "zéro":
        yield from none_without(tables.at(others[0].place, others[0].ligne, others[0].colonne), key, link.why)
    elif len(others) == 1:
        yield from at_most(key, [tables.at(others[0].place, others[0].ligne, others[0].colonne)], link.why)
    else:
        lines, columns = frozenset(one.ligne for one in others), frozenset(one.colonne for one in others)
        yield from at_most(key, _cells(tables, others[0].place, lines, columns), link.why)


def _sums(left: Sequence[Key | None], right: Sequence[Key | None], link: Link) -> Iterator[Relation]:
    """State that a sum is another, or is part of it; what is not published of one is zero or more."""
    terms = [(key, 1.0) for key in left if key] + [(key, -1.0) for key in right if key]
    most = 0.0 if None not in right else math.inf
    least = 0.0 if link.sign == "=" and None not in left else -math.inf
    yield Relation(tuple(terms), least, most, link.why)


def _address(cells: Cells, key: Key, codes: Mapping[str | Each, str]) -> Key:
    territory = codes[cells.territory] if cells.territory else key.territoire
    line, column = (codes[axis] if isinstance(axis, Each) else axis for axis in (cells.line, cells.column))
    return Key(cells.table, key.annee, territory, line, column)


def _cells(tables: Tables, place: Place, lines: frozenset[str], columns: frozenset[str]) -> list[Key | None]:
    """List the cells that make up some lines and columns, united in wider classes or not; a None where none do."""
    table = tables.tables.get(place)
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


def _through_the_years(tables: Tables, knowledge: Knowledge) -> Iterator[Relation]:
    """Stock and flow: who has been followed for a year or more was followed the year before, and no older."""
    for link in tables.links.all:
        if link.check == YEARS and link.right[0].table != link.left[0].table:
            for year in tables.years:
                yield from _as_declared(link, year, tables)
                yield from _of_year(link, year, tables)


def _as_declared(link: Link, year: int, tables: Tables) -> Iterator[Relation]:
    """State a link between years of the whole service, of figures alone."""
    sides = []
    for side in (link.left, link.right):
        place = (side[0].table, year - side[0].before, SERVICE)
        axes = ({cells.line for cells in side}, {cells.column for cells in side})
        codes = [frozenset(code for code in axis if isinstance(code, str)) for axis in axes]
        sides.append(_cells(tables, place, *codes) if [len(one) for one in axes] == [*map(len, codes)] else [None])
    terms = [(key, factor) for side, factor in zip(sides, (1.0, -1.0), strict=True) for key in side if key]
    if None not in {*sides[0], *sides[1]}:
        yield Relation(tuple(terms), -math.inf, 0, link.why, lasting=False)


def _of_year(link: Link, year: int, tables: Tables) -> Iterator[Relation]:
    name, everyone = link.left[0].table, link.right[0].table
    years = tables.links.seniority.get(tables.links.tables[name].lines, {})
    long, longest = (frozenset(code for code, least in years.items() if least >= most) for most in (1, 2))
    now, before = (name, year, SERVICE), (name, year - 1, SERVICE)

    def followed(year: int, ages: frozenset[str]) -> list[Key | None]:
        return _cells(tables, (everyone, year, SERVICE), ages, frozenset({TOTAL}))

    for ages in _up_to_each_age(tables, name):
        pairs = [
            (long, followed(year - 1, ages), f"depuis un an ou plus : ils l'étaient en {year - 1}"),
            (longest, _cells(tables, before, long, ages), f"depuis deux ans : ils l'étaient avant {year}"),
            (longest, followed(year - 2, ages), f"depuis deux ans : ils l'étaient avant {year}"),
        ]
        for lines, more, words in pairs:
            less = _cells(tables, now, lines, ages)
            if None not in {*less, *more}:
                terms = [(key, 1.0) for key in less if key] + [(key, -1.0) for key in more if key]
                yield Relation(tuple(terms), -math.inf, 0, f"accompagnés {words}", lasting=False)


def _up_to_each_age(tables: Tables, name: str) -> Iterator[frozenset[str]]:
    """Give all ages together, then the youngest up to each: a year before, nobody was older."""
    yield frozenset({TOTAL})
    ages = tables.links.codes["age"] if tables.links.tables[name].columns == "age" else ()
    yield from (frozenset(ages[:count]) for count in range(1, len(ages)))


def _wider_classes(tables: Tables, alone: Tables) -> Iterator[Relation]:
    """A class is the sum of those of another release that it unites, and of what that release does not show.

    Parameters
    ----------
    alone
        That other release; its tables share each young person out once.
    """
    for place, table in tables.tables.items():
        other = alone.tables.get(place)
        if other is None:
            continue
        for wide, narrow in _united(table.lines, other.lines):
            for column in table.columns:
                yield from _sum_of(tables, Key(*place, wide, column), narrow, line=True)
        for wide, narrow in _united(table.columns, other.columns):
            for line in table.lines:
                yield from _sum_of(tables, Key(*place, line, wide), narrow, line=False)


def _united(codes: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Pair each wider class with the narrower ones that it holds."""
    for wide in (code for code in codes if UNITED in code):
        narrow = [code for code in others if united(code) < united(wide)]
        if narrow:
            yield wide, narrow


def _sum_of(tables: Tables, whole: Key, narrow: Sequence[str], *, line: bool) -> Iterator[Relation]:
    """Add classes and what remains of a wider one: a figure to find, unless it is of those who are rarely counted."""

    def cell(code: str) -> Key:
        return whole._replace(ligne=code) if line else whole._replace(colonne=code)

    wide = whole.ligne if line else whole.colonne
    shown = {code: cell(code) for code in narrow if tables.at(whole.place, *cell(code)[3:])}
    if not shown or tables.at(whole.place, whole.ligne, whole.colonne) is None:
        return
    left = united(wide).difference(*(united(code) for code in shown))
    rest = UNITED.join(code for code in wide.split(UNITED) if code in left)
    others = [] if left <= tables.links.rare else [cell(rest)]
    yield from equal(whole, [*shown.values(), *others], "une classe est la somme de celles qu'elle réunit")

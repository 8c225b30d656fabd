"""What the declarations say of the tables, for ``datapackage.json``: what each crosses, and what links them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from rlpipeline.declared import Cells, Each, Holds, Link, written
from rlpipeline.figures.crossing import Crossing, Measure
from rlpipeline.figures.declaration import Declarations, Indicator
from rlpipeline.figures.labels import NOUVEAUX, TOTAL, UNIT_WORDS
from rlpipeline.figures.populations import Population
from rlpipeline.figures.scope import SERVICE, Scope
from rlpipeline.figures.variables import Variable
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service

Described = dict[str, Any]


def declarations(
    indicators: Mapping[str, Indicator], service: Service, cells: Mapping[str, str] = MappingProxyType({})
) -> Declarations:
    """Say of tables all that a store of figures carries.

    Parameters
    ----------
    cells
        Cell of the service's notebooks that declares a table, where one does.
    """
    nobody, scope = _no_records(), Scope(2000, SERVICE, service)
    words = {id: (one.row_labels(nobody, scope), one.column_labels(nobody, scope)) for id, one in indicators.items()}
    return Declarations(indicators, structure(indicators, service), words, cells)


def to_share(shared: Mapping[str, Indicator], package: Mapping[str, Indicator], service: Service) -> Declarations:
    """Say of the tables that the edition to share is made from all that its store carries.

    What links them is said of all the tables of the package, those that the service has not included: whoever attacks
    knows them.
    """
    said = structure(package, service)
    titled = {id: {"titre": one.title, "definition": one.definition} for id, one in shared.items()}
    tables = [{**table, **titled.get(table["id"], {})} for table in said["tableaux"]]
    return replace(declarations(shared, service), linked={**said, "tableaux": tables})


def _no_records() -> Records:
    frames = {table.name: pd.DataFrame({name: [] for name in table.dtypes}).astype(table.dtypes) for table in TABLES}
    return Records(frames, frozenset())


def structure(indicators: Mapping[str, Indicator], service: Service) -> Described:
    """Describe tables as values for JSON.

    Returns
    -------
    ``variables``, ``tableaux`` and ``liens``. docs/figure-store.md describes each.
    """
    crossings = (one.crossing for one in indicators.values() if one.crossing)
    used = {one.id: one for crossing in crossings for one in crossing.variables}
    return {
        "variables": {id: _variable(one, service) for id, one in used.items()},
        "tableaux": [described(one) for one in indicators.values()],
        "liens": [written(one) for one in links(indicators, service)],
    }


def _variable(variable: Variable, service: Service) -> Described:
    codes = variable.codes(service) if variable.codes else ()
    families = variable.families(service) if variable.families else {}
    return {
        "titre": variable.title,
        "codes": [*codes] or [code for family in families.values() for code in family],
        **({"rares": [variable.rare]} if variable.rare else {}),
        **({"familles": {family: [*codes] for family, codes in families.items()}} if families else {}),
        **({"anciennete": dict(variable.seniority)} if variable.seniority else {}),
    }


def described(indicator: Indicator) -> Described:
    """Describe one table: what it counts, crosses and adds up to."""
    crossing = indicator.crossing
    usual = {
        "id": indicator.id,
        "titre": indicator.title,
        "definition": indicator.definition,
        "territoires": "service" if indicator.scope == "service" else "tous",
        "personnes": indicator.protected,
        "additif": indicator.additive,
        "non_additives": sorted(indicator.not_additive),
        "soldes": sorted(indicator.balances),
        "residents": crossing.population.of_persons if crossing else "jeunes" in indicator.tables,
        "population": crossing.population.id if crossing else None,
    }
    if crossing is None:
        totals = (TOTAL if indicator.distinct else None, None)
        named: list[Described | None] = [
            {"variable": axis, "total": total} if axis else None
            for axis, total in zip(indicator.axes, totals, strict=True)
        ]
        if named[0] and indicator.groups:
            named[0]["sous_totaux"] = [*indicator.groups]
        once = [
            {"code": column, "unite": "jeunes", "compte": "jeunes_distincts", "total": "reunion"}
            for column in indicator.distinct
        ]
        return {**usual, "lignes": named[0], "colonnes": named[1], "mesures": once, "parts": dict(indicator.parts)}
    columns = {"variable": crossing.columns.id, "total": TOTAL} if crossing.columns else None
    return {
        **usual,
        "lignes": {
            "variable": crossing.lines.id,
            "total": crossing.total or None,
            "total_propre": bool(crossing.lines.table),
        },
        "colonnes": columns,
        "mesures": [_measure(crossing, one) for one in crossing.measures],
        "parts": _derived_from(crossing, "part"),
        "par_semaine": _derived_from(crossing, "par_semaine"),
        **({"dont": {NOUVEAUX: TOTAL}} if crossing.newcomers else {}),
    }


def _measure(crossing: Crossing, measure: Measure) -> Described:
    """Say what a measure counts, and what its total line is: the sum of lines or families, or the persons of any."""
    apart = measure.counts == "jeunes_distincts" and not crossing.lines.one_each
    total = "reunion" if apart else "familles" if crossing.lines.families else "somme"
    return {
        "code": measure.code or None,
        "unite": measure.unit,
        "compte": measure.counts,
        "total": total if crossing.total and not measure.derived else None,
    }


def _derived_from(crossing: Crossing, counts: str) -> dict[str, str]:
    """Give the columns made from that before them, with it."""
    pairs = zip(crossing.measures, crossing.measures[1:], strict=False)
    return {after.code: before.code for before, after in pairs if after.counts == counts}


@dataclass(frozen=True)
class _Counted:
    """One measure of a crossing: figures that a link may be about."""

    id: str
    crossing: Crossing
    measure: Measure
    service: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables whose totals the table shows: those of an axis need the total of the other."""
        lines, columns = self.crossing.lines, self.crossing.columns
        return (lines.id, *((columns.id,) if columns and self.crossing.total else ()))

    @property
    def adds_up(self) -> bool:
        """Whether its lines add up to its total."""
        return bool(self.crossing.total) and (self.measure.counts != "jeunes_distincts" or self.crossing.lines.one_each)

    @property
    def column(self) -> str:
        """Code of the column of all."""
        return TOTAL if self.crossing.columns else self.measure.code

    def shares(self, variable: Variable) -> bool:
        """Say whether a variable, or the families of one of its own, is that of its lines or of its columns."""
        lines = self.crossing.lines
        return variable in self.crossing.variables or bool(variable.column == lines.family_column)

    def cells(self, shared: Sequence[Variable], *, every_line: bool = False) -> Cells:
        """Give the cells of the codes of some variables, in the total of the others.

        Parameters
        ----------
        every_line
            Whether to give each line, where that of the lines is none of them.
        """
        lines, columns = self.crossing.lines, self.crossing.columns
        of_lines = next((one for one in shared if one == lines or one.column == lines.family_column), None)
        line: str | Each = Each(of_lines.id) if of_lines else self.crossing.total
        if of_lines is None and every_line:
            line = Each(lines.id)
        if columns is None or columns not in shared:
            return Cells(self.id, line, self.column)
        save = (NOUVEAUX,) if self.crossing.newcomers else ()
        return Cells(self.id, line, Each(columns.id, save))


def links(indicators: Mapping[str, Indicator], service: Service) -> list[Link]:
    """List what links the figures of tables: same totals, parts of others, years; and what is declared beside.

    What is declared beside holds of our tables alone, and of the cells that they still have.
    """
    from rlpipeline.figures.cells import package_tables  # noqa: PLC0415 - whose links are made here

    ours = [one.crossing for one in package_tables().values() if one.crossing]
    known = {(crossing.population.id, variable.id) for crossing in ours for variable in crossing.variables}
    counted: list[_Counted] = []
    for one in indicators.values():
        if one.crossing is None or not _counts_all(one.crossing, known):
            continue
        for measure in one.crossing.measures:
            if not measure.derived:
                counted.append(_Counted(one.id, one.crossing, measure, one.scope == "service"))
    derived = (*_same_totals(counted), *_newcomers(counted), *_parts(counted), *_through_the_years(counted))
    totals = {one.id: one.crossing.total for one in counted}
    beside = (link for one in indicators.values() for link in one.links)
    return [
        *(_evened(link, totals) for link in derived),
        *(link for link in beside if _stands(link, indicators, service)),
    ]


def _counts_all(crossing: Crossing, known: Set[tuple[str, str]]) -> bool:
    """Say whether each row of the population has a code: of who has none, a table counts fewer than another."""
    population = crossing.population.id
    return all(one.rare or one.column == "territoire" or (population, one.id) in known for one in crossing.variables)


def _stands(link: Link, indicators: Mapping[str, Indicator], service: Service) -> bool:
    return all(_has(indicators.get(cells.table), cells, service) for cells in (*link.left, *link.right))


def _has(table: Indicator | None, cells: Cells, service: Service) -> bool:
    """Say whether a table is ours, and has the cells that a link is about."""
    if table is None or table.own:
        return False
    if table.crossing is None:
        return True
    crossing, axes = table.crossing, (cells.line, cells.column)
    known = zip(axes, (crossing.lines, crossing.columns), crossing.codes(service), strict=True)
    return all(
        (codes is None or axis in codes) if isinstance(axis, str) else bool(variable and axis.variable == variable.id)
        for axis, variable, codes in known
    )


def _evened(link: Link, totals: Mapping[str, str]) -> Link:
    """Save the same codes of a variable on both sides: newcomers, and totals that do not have the same code."""
    saved: dict[str, dict[str, None]] = {}
    ends: list[dict[str, set[str]]] = [{}, {}]
    for side, of_side in zip((link.left, link.right), ends, strict=True):
        for cells in side:
            for axis, total in ((cells.line, totals[cells.table]), (cells.column, TOTAL)):
                if isinstance(axis, Each):
                    saved.setdefault(axis.variable, {}).update(dict.fromkeys(axis.save))
                    of_side.setdefault(axis.variable, set()).add(total)
    for variable in ends[0].keys() & ends[1].keys():
        left, right = (of_side[variable] for of_side in ends)
        unlike = left ^ right if link.sign == "=" else left - right  # the codes of a part are those of the left side
        saved[variable] |= dict.fromkeys(sorted(unlike - {""}))

    def even(axis: str | Each) -> str | Each:
        return axis if isinstance(axis, str) else Each(axis.variable, tuple(saved[axis.variable]))

    sides = [
        tuple(replace(cells, line=even(cells.line), column=even(cells.column)) for cells in side)
        for side in (link.left, link.right)
    ]
    return replace(link, left=sides[0], right=sides[1])


def _alike(one: _Counted, other: _Counted) -> bool:
    """Say whether two tables count the same population alike."""
    same = one.crossing.population == other.crossing.population
    return same and (one.measure.counts, one.measure.of) == (other.measure.counts, other.measure.of)


def _same_totals(counted: Sequence[_Counted]) -> Iterator[Link]:
    """Link the totals that several tables give alike, each with the first that does; a commune's line, its portrait."""
    for rank, one in enumerate(counted):
        before = [other for other in counted[:rank] if _alike(one, other)]
        why = f"ces tableaux comptent les mêmes {_short(one.crossing.population)}"
        linked = False
        for variable in one.crossing.variables:
            first = next((other for other in before if variable.id in other.variables), None)
            if first and variable.id in one.variables:
                linked = linked or one.crossing.total == first.crossing.total == TOTAL
                yield Link("marge", first.id, (one.cells([variable]),), "=", (first.cells([variable]),), why)
        of_all = next((other for other in before if other.crossing.total), None)
        if of_all and one.crossing.total and not linked:
            yield Link("marge", of_all.id, (one.cells([]),), "=", (of_all.cells([]),), why)
    for one in counted:
        yield from _portraits(one, [other for other in counted if other.id != one.id and _alike(one, other)])


def _portraits(one: _Counted, others: Sequence[_Counted]) -> Iterator[Link]:
    lines, columns = one.crossing.lines, one.crossing.columns
    if lines.column != "territoire" or one.adds_up is False:
        return
    shared = [columns] if columns else []
    of_place = next((x for x in others if not x.service and all(y.id in x.variables for y in shared)), None)
    if of_place:
        territory = Each(lines.id, (one.crossing.total,))
        mine = one.cells([lines, *shared])
        theirs = of_place.cells(shared)
        yield Link(
            "marge",
            "portrait",
            (Cells(mine.table, territory, mine.column),),
            "=",
            (Cells(theirs.table, theirs.line, theirs.column, territory=territory),),
            "la ligne d'une commune est le total de son portrait",
            service=True,
        )


def _newcomers(counted: Sequence[_Counted]) -> Iterator[Link]:
    for one in counted:
        if one.crossing.newcomers:
            line = Each(one.crossing.lines.id)
            new, whole = Cells(one.id, line, NOUVEAUX), Cells(one.id, line, TOTAL)
            yield Link("cohorte", "nouveaux", (new,), "<=", (whole,), "les nouveaux font partie du total")


def _parts(counted: Sequence[_Counted]) -> Iterator[Link]:
    """Link each table with that of the things its persons have, then with that of the population it is part of."""
    stated: list[tuple[str, str, frozenset[str]]] = []
    for one in counted:
        population = one.crossing.population
        if one.measure.counts == "jeunes_distincts":
            things = [other for other in counted if other.crossing.population == population]
            yield from _things(one, [other for other in things if other.measure.counts == "lignes"])
        wholes = _wholes(one, counted)
        if not wholes:
            continue
        whole = max(wholes, key=lambda other: len(_shared(one, other)))
        shared = _shared(one, whole)
        name = (population.id, whole.id, frozenset(variable.id for variable in shared))
        if one.adds_up:
            # Its total is that of another table of the population, which is linked already.
            if any(name[:2] == other[:2] and name[2] <= other[2] for other in stated):
                continue
            stated.append(name)
        parts, all_of = one.cells(shared, every_line=True), whole.cells(shared)
        why = population.because or f"les {_short(population)} font partie des {_short(whole.crossing.population)}"
        holds: Holds = "toujours" if population.within else "dans_les_dates"
        partial = one.measure.counts == "somme"
        yield Link("cohorte", whole.id, (parts,), "<=", (all_of,), why, holds, partial=partial)


def _wholes(part: _Counted, counted: Sequence[_Counted]) -> list[_Counted]:
    """List the tables of the nearest population that that of a table is within, counted alike."""
    if part.measure.counts == "lignes":  # someone may have several
        return []
    population = part.crossing.population
    whole = population.within or population.supposed_within
    while whole:
        tables = [other for other in counted if other.crossing.population == whole and other.crossing.total]
        measure = (part.measure.counts, part.measure.of)
        tables = [other for other in tables if (other.measure.counts, other.measure.of) == measure]
        if tables:
            return tables
        whole = whole.within
    return []


def _things(persons: _Counted, tables: Sequence[_Counted]) -> Iterator[Link]:
    """Hold persons against what is theirs: each has one at least, and each is someone's."""
    best = max(tables, key=lambda other: len(_shared(persons, other)), default=None)
    if best is None:
        return
    shared = _shared(persons, best)
    if len(shared) < len(persons.crossing.variables) and not persons.crossing.total:
        return
    left, right = (persons.cells(shared),), (best.cells(shared),)
    things = UNIT_WORDS.get(best.measure.unit, best.measure.unit)
    of_things = f"d'{things}" if things[0] in "aeiouyéh" else f"de {things}"
    yield Link("cohorte", best.id, left, "<=", right, f"il n'y a pas plus de jeunes concernés que {of_things}")
    yield Link("cohorte", f"{best.id}_nulles", left, "zéro", right, f"des {things} concernent toujours des jeunes")


def _shared(one: _Counted, other: _Counted) -> list[Variable]:
    """List the variables that two tables show the codes of, which the other shows in the total of its own others."""
    common = [variable for variable in one.crossing.variables if other.shares(variable)]
    if len(common) == len(other.crossing.variables) or other.crossing.total:
        return common
    return [variable for variable in common if variable == other.crossing.lines]


def _through_the_years(counted: Sequence[_Counted]) -> Iterator[Link]:
    """Say how long those who are new have been there, and who was there the year before."""
    for one in counted:
        years, columns = one.crossing.lines.seniority, one.crossing.columns
        same = [other for other in counted if other.id != one.id and _alike(one, other)]
        if not years or not same:
            continue
        fresh, long, longest = ([code for code in years if years[code] >= least] for least in (0, 1, 2))
        for other in same:
            if columns and other.crossing.newcomers and other.crossing.lines == columns:
                line = Each(columns.id)
                recent = tuple(Cells(one.id, code, line) for code in fresh if code not in long)
                why = "qui est nouveau dans l'année l'est depuis moins d'un an"
                yield Link("cohorte", one.id, (Cells(other.id, line, NOUVEAUX),), "<=", recent, why)
        everyone = Cells(same[0].id, same[0].crossing.total, same[0].column, before=1)
        yield Link(
            "stock_flux",
            "annee_precedente",
            tuple(Cells(one.id, code, one.column) for code in long),
            "<=",
            (everyone,),
            "qui est là depuis un an ou plus l'était déjà l'année précédente",
            service=True,
        )
        yield Link(
            "stock_flux",
            f"{one.id}_precedentes",
            tuple(Cells(one.id, code, one.column) for code in longest),
            "<=",
            tuple(Cells(one.id, code, one.column, before=1) for code in long),
            "qui est là depuis deux ans ou plus l'était depuis un an ou plus l'année précédente",
            service=True,
        )


def _short(population: Population) -> str:
    return population.title.partition(" (")[0]

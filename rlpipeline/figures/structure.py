"""What the declarations say of the tables, for ``datapackage.json``: what each crosses, and what links them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from rlpipeline.declared import Cells, Each, Holds, Link, stated, written
from rlpipeline.figures.crossing import Crossing, Measure
from rlpipeline.figures.declaration import SERVICE, Declarations, Indicator, Scope
from rlpipeline.figures.labels import NOUVEAUX, TOTAL, UNIT_WORDS
from rlpipeline.figures.populations import Population
from rlpipeline.figures.variables import Variable
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import TABLES, empty_frame
from rlpipeline.settings.models import Service

Described = dict[str, Any]


def declarations(
    indicators: Mapping[str, Indicator], service: Service, cells: Mapping[str, str] = MappingProxyType({})
) -> Declarations:
    """Say of tables all that a store of figures carries; ``cells`` are those of the service's that declare some."""
    nobody, scope = _no_records(), Scope(2000, SERVICE, service)
    words = {id: (of.row_labels(nobody, scope), of.column_labels(nobody, scope)) for id, of in indicators.items()}
    return Declarations(indicators, structure(indicators, service), words, cells)


def to_share(shared: Mapping[str, Indicator], package: Mapping[str, Indicator], service: Service) -> Declarations:
    """Say of the tables that the edition to share is made from all that its store carries.

    What links them is said of all the tables of the package, those that the service has not included: whoever attacks
    knows them.
    """
    said = structure(package, service)
    titled = {id: {"titre": of.title, "definition": of.definition} for id, of in shared.items()}
    tables = [{**table, **titled.get(table["id"], {})} for table in said["tableaux"]]
    return replace(declarations(shared, service), linked={**said, "tableaux": tables})


@cache
def _no_records() -> Records:
    return Records({table.name: empty_frame(table) for table in TABLES}, frozenset())


def structure(indicators: Mapping[str, Indicator], service: Service) -> Described:
    """Describe tables as values for JSON: ``variables``, ``tableaux``, ``liens``; docs/figure-store.md has each."""
    crossings = (of.crossing for of in indicators.values() if of.crossing)
    used = {variable.id: variable for crossing in crossings for variable in crossing.variables}
    return {
        "variables": {id: _variable(variable, service) for id, variable in used.items()},
        "tableaux": [_table(of) for of in indicators.values()],
        "liens": [written(link) for link in links(indicators, service)],
    }


def _variable(variable: Variable, service: Service) -> Described:
    codes = variable.codes(service) if variable.codes else ()
    families = variable.families(service) if variable.families else {}
    return {
        "titre": variable.title,
        "codes": [*codes] or [code for family in families.values() for code in family],
        **({"rares": [variable.rare]} if variable.rare else {}),
        **({"familles": {family: [*of_family] for family, of_family in families.items()}} if families else {}),
        **({"anciennete": dict(variable.seniority)} if variable.seniority else {}),
    }


def _table(indicator: Indicator) -> Described:
    crossing, (line, column) = indicator.crossing, indicator.axes
    said: Described = {
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
        "parts": {},
    }
    if crossing is None:
        lines = {"variable": line, "total": TOTAL if indicator.distinct else None}
        groups = {"sous_totaux": [*indicator.groups]} if indicator.groups else {}
        once = {"unite": "jeunes", "compte": "jeunes_distincts", "total": "reunion"}
        return {
            **said,
            "lignes": {**lines, **groups} if line else None,
            "colonnes": {"variable": column, "total": None} if column else None,
            "mesures": [{"code": code, **once} for code in indicator.distinct],
        }
    pairs = [*zip(crossing.measures, crossing.measures[1:], strict=False)]
    derived = {
        name: {after.code: before.code for before, after in pairs if after.counts == counts}
        for name, counts in (("parts", "part"), ("par_semaine", "par_semaine"))
    }
    return {
        **said,
        "lignes": {
            "variable": crossing.lines.id,
            "total": crossing.total or None,
            "total_propre": bool(crossing.lines.table),
        },
        "colonnes": {"variable": crossing.columns.id, "total": TOTAL} if crossing.columns else None,
        "mesures": [_measure(crossing, measure) for measure in crossing.measures],
        **derived,
        **({"dont": {NOUVEAUX: TOTAL}} if crossing.newcomers else {}),
    }


def _measure(crossing: Crossing, measure: Measure) -> Described:
    apart = measure.counts == "jeunes_distincts" and not crossing.lines.one_each
    total = "reunion" if apart else "familles" if crossing.lines.families else "somme"
    told = total if crossing.total and not measure.derived else None
    return {"code": measure.code or None, "unite": measure.unit, "compte": measure.counts, "total": told}


class _Counted(NamedTuple):
    """One measure of a crossing: figures that a link may be about."""

    id: str
    crossing: Crossing
    measure: Measure
    service: bool

    @property
    def population(self) -> Population:
        return self.crossing.population

    @property
    def totalled(self) -> tuple[str, ...]:
        """Variables whose totals the table shows: those of an axis need the total of the other."""
        lines, columns = self.crossing.lines, self.crossing.columns
        return (lines.id, *((columns.id,) if columns and self.crossing.total else ()))

    @property
    def adds_up(self) -> bool:
        """Whether its lines add up to its total."""
        return bool(self.crossing.total) and (self.measure.counts != "jeunes_distincts" or self.crossing.lines.one_each)

    @property
    def counts(self) -> tuple[str, str]:
        return self.measure.counts, self.measure.of

    def is_alike(self, other: _Counted) -> bool:
        return self.population == other.population and self.counts == other.counts

    def of_lines(self, variable: Variable) -> bool:
        """Say whether a variable is that of its lines, or of their families."""
        return variable == self.crossing.lines or variable.column == self.crossing.lines.family_column

    def cells(self, shared: Sequence[Variable], *, every_line: bool = False) -> Cells:
        """Give the cells of the codes of some variables, in the total of the others, or each line of the lines'."""
        lines, columns = self.crossing.lines, self.crossing.columns
        of_lines = next((variable for variable in shared if self.of_lines(variable)), lines if every_line else None)
        line: str | Each = Each(of_lines.id) if of_lines else self.crossing.total
        if columns is None or columns not in shared:
            return Cells(self.id, line, TOTAL if columns else self.measure.code)
        return Cells(self.id, line, Each(columns.id, (NOUVEAUX,) if self.crossing.newcomers else ()))

    def shared(self, other: _Counted) -> list[Variable]:
        """List the variables that two tables show the codes of, the other in the total of its own others."""
        theirs = other.crossing
        common = [of for of in self.crossing.variables if of in theirs.variables or other.of_lines(of)]
        if len(common) == len(theirs.variables) or theirs.total:
            return common
        return [variable for variable in common if variable == theirs.lines]


def links(indicators: Mapping[str, Indicator], service: Service) -> list[Link]:
    """List what links the figures of tables: same totals, parts of others, years; and what is declared beside.

    What is declared beside holds of our tables alone, and of the cells that they still have.
    """
    from rlpipeline.figures.cells import package_tables  # noqa: PLC0415 - whose links are made here

    ours = [of.crossing for of in package_tables().values() if of.crossing]
    known = {(crossing.population.id, variable.id) for crossing in ours for variable in crossing.variables}
    counted = [
        _Counted(of.id, of.crossing, measure, of.scope == "service")
        for of in indicators.values()
        if of.crossing and _counts_all(of.crossing, known)
        for measure in of.crossing.measures
        if not measure.derived
    ]
    totals = {of.id: of.crossing.total for of in counted}
    derived = (*_same_totals(counted), *_newcomers(counted), *_parts(counted), *_through_the_years(counted))
    beside = [link for of in indicators.values() for link in of.links if _stands(link, indicators, service)]
    return [*(_evened(link, totals) for link in derived), *beside]


def _counts_all(crossing: Crossing, known: Set[tuple[str, str]]) -> bool:
    """Say whether each row of the population has a code: of who has none, a table counts fewer than another."""
    population = crossing.population.id
    return all(of.rare or of.column == "territoire" or (population, of.id) in known for of in crossing.variables)


def _stands(link: Link, indicators: Mapping[str, Indicator], service: Service) -> bool:
    """Say whether the tables of a link are ours, and have the cells that it is about."""

    def has(table: Indicator | None, cells: Cells) -> bool:
        if table is None or table.own or table.crossing is None:
            return table is not None and not table.own
        variables, codes = (table.crossing.lines, table.crossing.columns), table.crossing.codes(service)
        return all(
            (known is None or axis in known) if isinstance(axis, str) else bool(of and axis.variable == of.id)
            for axis, of, known in zip((cells.line, cells.column), variables, codes, strict=True)
        )

    return all(has(indicators.get(cells.table), cells) for cells in (*link.left, *link.right))


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
        return Each(axis.variable, tuple(saved[axis.variable])) if isinstance(axis, Each) else axis

    def evened(side: Sequence[Cells]) -> tuple[Cells, ...]:
        return tuple(replace(of, line=even(of.line), column=even(of.column)) for of in side)

    return replace(link, left=evened(link.left), right=evened(link.right))


def _same_totals(counted: Sequence[_Counted]) -> Iterator[Link]:
    """Link the totals that several tables give alike, each with the first that does; a commune's line, its portrait."""
    for rank, table in enumerate(counted):
        before, total = [other for other in counted[:rank] if table.is_alike(other)], table.crossing.total
        why, linked = f"ces tableaux comptent les mêmes {_short(table.population)}", False
        for variable in table.crossing.variables:
            first = next((other for other in before if variable.id in other.totalled), None)
            if first and variable.id in table.totalled:
                linked = linked or total == first.crossing.total == TOTAL
                yield Link("marge", first.id, (table.cells([variable]),), "=", (first.cells([variable]),), why)
        of_all = next((other for other in before if other.crossing.total), None)
        if of_all and total and not linked:
            yield Link("marge", of_all.id, (table.cells([]),), "=", (of_all.cells([]),), why)
    for table in counted:
        lines, shared = table.crossing.lines, [*filter(None, [table.crossing.columns])]
        if lines.column != "territoire" or not table.adds_up:
            continue
        others = (other for other in counted if other.id != table.id and table.is_alike(other) and not other.service)
        portrait = next((other for other in others if all(of.id in other.totalled for of in shared)), None)
        if portrait:
            territory = Each(lines.id, (table.crossing.total,))
            mine = replace(table.cells([lines, *shared]), line=territory)
            theirs = replace(portrait.cells(shared), territory=territory)
            why = "la ligne d'une commune est le total de son portrait"
            yield Link("marge", "portrait", (mine,), "=", (theirs,), why, service=True)


def _newcomers(counted: Sequence[_Counted]) -> Iterator[Link]:
    for table in counted:
        if table.crossing.newcomers:
            line = f"{table.id}(*{table.crossing.lines.id}"
            said = f"cohorte nouveaux: {line}, nouveaux) <= {line}, total)"
            yield stated(said, "les nouveaux font partie du total")


def _parts(counted: Sequence[_Counted]) -> Iterator[Link]:
    """Link each table with that of the things its persons have, then with that of the population it is part of."""
    linked: list[tuple[str, str, frozenset[str]]] = []
    for table in counted:
        population = table.population
        if table.measure.counts == "jeunes_distincts":
            things = [of for of in counted if of.population == population and of.measure.counts == "lignes"]
            yield from _things(table, things)
        wholes = _wholes(table, counted)
        if not wholes:
            continue
        whole = max(wholes, key=lambda other: len(table.shared(other)))
        shared = table.shared(whole)
        name = (population.id, whole.id, frozenset(variable.id for variable in shared))
        if table.adds_up:
            # Its total is that of another table of the population, which is linked already.
            if any(name[:2] == other[:2] and name[2] <= other[2] for other in linked):
                continue
            linked.append(name)
        why = population.because or f"les {_short(population)} font partie des {_short(whole.population)}"
        sides = (table.cells(shared, every_line=True),), (whole.cells(shared),)
        holds: Holds = "toujours" if population.within else "dans_les_dates"
        partial = table.measure.counts == "somme"
        yield Link("cohorte", whole.id, sides[0], "<=", sides[1], why, holds, partial)


def _wholes(part: _Counted, counted: Sequence[_Counted]) -> list[_Counted]:
    """List the tables of the nearest population that that of a table is within, counted alike."""
    whole = part.population.within or part.population.supposed_within
    while whole and part.measure.counts != "lignes":  # of which someone may have several
        tables = [of for of in counted if of.population == whole and of.crossing.total and of.counts == part.counts]
        if tables:
            return tables
        whole = whole.within
    return []


def _things(persons: _Counted, tables: Sequence[_Counted]) -> Iterator[Link]:
    """Hold persons against what is theirs: each has one at least, and each is someone's."""
    best = max(tables, key=lambda other: len(persons.shared(other)), default=None)
    if best is None:
        return
    shared = persons.shared(best)
    if len(shared) < len(persons.crossing.variables) and not persons.crossing.total:
        return
    left, right = (persons.cells(shared),), (best.cells(shared),)
    things = UNIT_WORDS.get(best.measure.unit, best.measure.unit)
    of_things = f"d'{things}" if things[0] in "aeiouyéh" else f"de {things}"
    yield Link("cohorte", best.id, left, "<=", right, f"il n'y a pas plus de jeunes concernés que {of_things}")
    yield Link("cohorte", f"{best.id}_nulles", left, "zéro", right, f"des {things} concernent toujours des jeunes")


def _through_the_years(counted: Sequence[_Counted]) -> Iterator[Link]:
    """Say how long those who are new have been there, and who was there the year before."""
    for table in counted:
        years, columns = table.crossing.lines.seniority, table.crossing.columns
        same = [other for other in counted if other.id != table.id and table.is_alike(other)]
        if not years or not same:
            continue

        def added(least: int, most: int, column: str, before: str = "", table: _Counted = table) -> str:
            codes = [code for code, there in table.crossing.lines.seniority.items() if least <= there < most]
            return " + ".join(f"{table.id}({code}, {column}){before}" for code in codes)

        column = TOTAL if columns else table.measure.code
        for other in same:
            if columns and other.crossing.newcomers and other.crossing.lines == columns:
                said = f"{other.id}(*{columns.id}, nouveaux) <= {added(0, 1, f'*{columns.id}')}"
                why = "qui est nouveau dans l'année l'est depuis moins d'un an"
                yield stated(f"cohorte {table.id}: {said}", why)
        left = tuple(Cells(table.id, code, column) for code, there in years.items() if there >= 1)
        why = "qui est là depuis un an ou plus l'était déjà l'année précédente"
        everyone = replace(same[0].cells([]), before=1)
        yield Link("stock_flux", "annee_precedente", left, "<=", (everyone,), why, service=True)
        said = f"{added(2, 99, column)} <= {added(1, 99, column, '@avant')}"
        why = "qui est là depuis deux ans ou plus l'était depuis un an ou plus l'année précédente"
        yield stated(f"stock_flux {table.id}_precedentes service: {said}", why)


def _short(population: Population) -> str:
    return population.title.partition(" (")[0]

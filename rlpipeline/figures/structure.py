"""What the declarations say of the tables, for ``datapackage.json``: what each crosses, and what links them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from rlpipeline.declared import written
from rlpipeline.figures.crossing import Crossing, Measure
from rlpipeline.figures.declaration import SERVICE, Declarations, Indicator, Scope
from rlpipeline.figures.labels import NOUVEAUX, TOTAL
from rlpipeline.figures.linked import links
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

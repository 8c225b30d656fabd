"""What the declarations say of the tables, for ``datapackage.json``: what each crosses, what adds up or is the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rlpipeline.figures.crossing import Crossing, Measure
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.labels import NOUVEAUX, TOTAL
from rlpipeline.figures.population import Population
from rlpipeline.figures.variables import Variable
from rlpipeline.settings.models import Service

Described = dict[str, Any]


def structure(indicators: Mapping[str, Indicator], service: Service) -> Described:
    """Describe tables as values for JSON.

    Returns
    -------
    ``variables``, ``tableaux``, ``marges`` (tables whose totals by a variable are the same numbers) and ``inclusions``
    (populations whose young people are all of another). docs/guide.md describes each.
    """
    crossings = {one.id: one.crossing for one in indicators.values() if one.crossing}
    used = {one.id: one for crossing in crossings.values() for one in crossing.variables}
    return {
        "variables": {id: _variable(one, service) for id, one in used.items()},
        "tableaux": [_table(one) for one in indicators.values()],
        "marges": [*_margins(crossings)],
        "inclusions": [*_inclusions(crossings.values())],
    }


def _variable(variable: Variable, service: Service) -> Described:
    codes = variable.codes(service) if variable.codes else ()
    families = variable.families(service) if variable.families else {}
    return {
        "titre": variable.title,
        "codes": [*codes] or [code for family in families.values() for code in family],
        **({"rares": [variable.rare]} if variable.rare else {}),
        **({"familles": {family: [*codes] for family, codes in families.items()}} if families else {}),
    }


def _table(indicator: Indicator) -> Described:
    crossing = indicator.crossing
    described = {
        "id": indicator.id,
        "titre": indicator.title,
        "territoires": "service" if indicator.scope == "service" else "tous",
        "personnes": indicator.protected,
        "additif": indicator.additive,
        "population": crossing.population.id if crossing else None,
    }
    if crossing is None:
        return described
    columns = {"variable": crossing.columns.id, "total": TOTAL} if crossing.columns else None
    return {
        **described,
        "lignes": {"variable": crossing.lines.id, "total": crossing.total or None},
        "colonnes": columns,
        "mesures": [_measure(crossing, one) for one in crossing.measures],
        **({"dont": {NOUVEAUX: TOTAL}} if crossing.newcomers else {}),
    }


def _measure(crossing: Crossing, measure: Measure) -> Described:
    """Say what a measure counts, and what its total line is: the sum of the lines, or of the persons of any line."""
    apart = measure.counts == "jeunes_distincts" and not crossing.lines.one_each
    total = "reunion" if apart else "somme"
    return {
        "code": measure.code or None,
        "unite": measure.unit,
        "compte": measure.counts,
        "additif": measure.additive,
        "total": total if crossing.total and not measure.derived else None,
    }


def _margins(crossings: Mapping[str, Crossing]) -> Iterator[Described]:
    """List what several tables give alike: the same population counted alike by the same variable, or in all."""
    groups: dict[tuple[str, str, str | None], dict[str, str]] = {}
    for id, crossing in crossings.items():
        for measure in crossing.measures:
            for variable, axis in _axes(crossing):
                key = (crossing.population.id, measure.counts, variable)
                groups.setdefault(key, {})[id] = axis
    for (population, counts, variable), tables in groups.items():
        if len(tables) > 1:
            yield {"population": population, "compte": counts, "variable": variable, "tableaux": tables}


def _axes(crossing: Crossing) -> Iterator[tuple[str | None, str]]:
    """Give the variables of which a table shows the totals, and where; None for the total of all."""
    yield crossing.lines.id, "lignes"
    if crossing.total:
        yield None, "total"
        if crossing.columns:
            yield crossing.columns.id, "colonnes"


def _inclusions(crossings: Iterable[Crossing]) -> Iterator[Described]:
    """List which populations are part of which; ``toujours`` is false where rows outside their dates may break it."""
    populations: dict[str, Population] = {one.population.id: one.population for one in crossings}
    for one in populations.values():
        for whole, always in ((one.within, True), (one.supposed_within, False)):
            if whole:
                yield {"population": one.id, "dans": whole.id, "toujours": always}

"""Many made-up services counted together: one source whose communes are each a service, with a portrait of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import pandas as pd

from rlpipeline.display.comparability import Comparability
from rlpipeline.figures import SERVICE, FromRecords, Scope, find_indicator, territories
from rlpipeline.figures.entered import entered
from rlpipeline.figures.tables import CSV_COLUMNS
from rlpipeline.report import Report
from rlpipeline.settings.models import Commune, ReportSettings, Settings
from rlpipeline.settings.models import Service as ServiceSettings
from tests.display.services_over_years import YEAR, Service
from tests.figures.factory import make_records


@dataclass(frozen=True)
class CountedTogether(FromRecords):
    """Figures counted for every territory at once, as a build counts them, without the words around them."""

    _by_place: dict[tuple[str, int], Mapping[str, pd.DataFrame]] = field(default_factory=dict)

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the figures of a table for a territory."""
        crossing = find_indicator(indicator, self.indicators).crossing
        if crossing is None:
            return super().figures(indicator, scope)
        key = (indicator, scope.year)
        if key not in self._by_place:
            whole = replace(scope, territory=SERVICE)
            places = [SERVICE, *territories(scope.service)]
            counted = crossing.count(entered(self.records, whole), whole, places)
            named = counted.assign(indicateur=indicator, annee=scope.year)[[*CSV_COLUMNS]]
            self._by_place[key] = dict(iter(named.groupby("territoire", sort=False)))
        return self._by_place[key][scope.territory]


def codes(number: int) -> list[str]:
    """INSEE codes that no commune has."""
    return [f"{20000 + rank}" for rank in range(number)]


def portraits(services: Mapping[str, Service]) -> Iterator[tuple[Service, Report]]:
    """Count services, by the code of their commune; give each with its report."""
    names = Service().tables
    records = make_records(**{name: [*chain(*(one.tables[name] for one in services.values()))] for name in names})
    communes = tuple(Commune(code=code, nom=f"Commune {code}") for code in services)
    service = ServiceSettings(nom="Essais", departement="62", communes=communes)
    settings = Settings(service=service, report=ReportSettings(), year=YEAR, directory=Path("params"))
    source = CountedTogether(records)
    for code, made in services.items():
        yield made, Report(source, settings, Scope(YEAR, code, service), Comparability(YEAR))

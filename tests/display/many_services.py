"""Reports of made-up services: many counted together, the communes of one source; or one in the edition to share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pandas as pd

from rlpipeline.display.subjects import SUBJECTS
from rlpipeline.figures import SERVICE, Scope, TableData, territories
from rlpipeline.figures.cells import package_tables
from rlpipeline.figures.declaration import entered
from rlpipeline.figures.notebook import Counts, count_table
from rlpipeline.figures.store import CSV_COLUMNS, Store, write_store
from rlpipeline.protection.releases import last_released, public_rules
from rlpipeline.protection.shared_tables import shared_store
from rlpipeline.report import Report
from rlpipeline.settings.models import Commune, ReportSettings, Settings
from rlpipeline.settings.models import Service as ServiceSettings
from tests.declared import INDICATORS, declared
from tests.display.services_over_years import YEAR, Service
from tests.figures.factory import CARVIN, make_records
from tests.figures.stored import source_of
from tests.protection.made import protect, release_of


class CountedTogether(Counts):
    """Figures counted as a build counts them, without the words around them."""

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the figures of a table for a territory."""
        crossing = self.indicators[indicator].crossing
        if crossing is None:
            return super().figures(indicator, scope)
        whole, places = replace(scope, territory=SERVICE), [SERVICE, *territories(scope.service)]

        def counted() -> dict[str, pd.DataFrame]:
            figures = crossing.count(entered(self.records, whole), whole, places)
            named = figures.assign(indicateur=indicator, annee=scope.year)[[*CSV_COLUMNS]]
            return {str(place): of for place, of in named.groupby("territoire", sort=False)}

        return self.records.once(("together", indicator, scope.year), counted)[scope.territory]


def codes(number: int) -> list[str]:
    """Give as many INSEE codes, which no commune has."""
    return [f"{20000 + rank}" for rank in range(number)]


def portraits(services: Mapping[str, Service]) -> Iterator[tuple[Service, Report]]:
    """Count services, by the code of their commune; give each with its report."""
    names = Service().tables
    records = make_records(**{name: [*chain(*(one.tables[name] for one in services.values()))] for name in names})
    communes = tuple(Commune(code=code, nom=f"Commune {code}") for code in services)
    service = ServiceSettings(nom="Essais", departement="62", communes=communes)
    settings = Settings(service=service, report=ReportSettings(), year=YEAR, directory=Path("params"))
    source = CountedTogether(records, service, (YEAR,), dict(package_tables()))
    for code, made in services.items():
        yield made, Report(source, settings, Scope(YEAR, code, service))


TABLES = ("mouvements", *dict.fromkeys(one.path[0] for one in SUBJECTS))
"""What findings read."""


def shared_report(made: Service, folder: Path, *, first: bool = False) -> Report:
    """Protect both years of a service of one commune, the former as released; give its report in the edition to share.

    Parameters
    ----------
    folder
        Where the protected figures are written, an empty one.
    first
        Whether the former year was never released.
    """
    commune = Commune(code=CARVIN, nom="Carvin")
    service = ServiceSettings(nom="Essai", departement="62", communes=(commune,))
    source, released = source_of(made.records), ()
    for year in (YEAR,) if first else (YEAR - 1, YEAR):
        scope = Scope(year, SERVICE, service)
        tables = {(id, place): data for id in TABLES for place, data in _counted(id, source, scope).items()}
        exact = {key: data.figures for key, data in tables.items()}
        protected = protect(exact, service.diffusion, service, released)
        if year < YEAR:
            rules = public_rules(protected.figures, service.diffusion, protected.classes)
            released = (release_of(f"{year}-01", f"{YEAR}-03-01", protected.figures, rules),)
    former, links = last_released(released), declared(service).links
    shown, marked = shared_store(protected, tables, links, former, {}, lambda id, year: True)
    write_store(folder, shown, declared(service), marked)
    settings = Settings(
        service=service, report=ReportSettings(), year=YEAR, directory=Path("params"), edition="diffusion"
    )
    return Report(Store(folder), settings, Scope(YEAR, SERVICE, service))


def _counted(id: str, source: Store, scope: Scope) -> Mapping[str, TableData]:
    return count_table(INDICATORS[id], source.records_counted(), scope)

"""The tables of the report, as the notebook of counts of the package declares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import pandas as pd

from rlpipeline.figures import SERVICE, Declarations, Scope, TableData
from rlpipeline.figures.cells import DeclaredTables, package_tables
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.notebook import bound, count_table, marked
from rlpipeline.figures.session import session
from rlpipeline.figures.structure import declarations
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

INDICATORS = bound(package_tables())
LOOKS = {id: of.spec.look for id, of in INDICATORS.items()}
CHARTS = {id: look.chart for id, look in LOOKS.items() if look.chart}
NOT_KEPT = {"origine_contact", "qpv", "temps_creneau", "objectifs"}
"""Tables of what the service of the example neither keeps nor declares."""


def declared(service: Service) -> Declarations:
    """What is said of the tables of a service, said once."""
    return _declared(service.model_dump_json())


@cache
def _declared(service: str) -> Declarations:
    return declarations(INDICATORS, Service.model_validate_json(service))


def figures(id: str | CountedTable, records: Records, scope: Scope) -> pd.DataFrame:
    """Figures of a table, by its name."""
    return table_data(id, records, scope).figures


def table_data(id: str | CountedTable, records: Records, scope: Scope) -> TableData:
    """A table with the words around its figures, by its name."""
    there, whole = (
        replace(INDICATORS[id] if isinstance(id, str) else id, when=None),
        replace(scope, territory=SERVICE),
    )
    key = ("table", id if isinstance(id, str) else repr(there), scope.year, repr(scope.service))
    return records.once(key, lambda: count_table(there, records, whole))[scope.territory]


def own(*declaring: Callable[[], object]) -> Mapping[str, CountedTable]:
    """Tables of the service's own, as the cells of its notebook declare them."""
    reading = DeclaredTables("mes_indicateurs.ipynb", "Un essai.")
    former = session.read_by(reading)
    try:
        for cell in declaring:
            cell()
        return {id: marked(table) for id, table in reading.tables.items()}
    finally:
        session.read_by(former)

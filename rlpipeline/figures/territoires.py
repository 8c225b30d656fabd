"""III.2: the socio-economic values of the territories, as their sources give them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import Indicator
from rlpipeline.figures.labels import PRINTED_NAMES, SOCIO_ECONOMIQUES, in_printed_order, natural_key
from rlpipeline.figures.scope import HORS, SANS_COMMUNE, Scope
from rlpipeline.figures.tidy import NC, OK, tidy
from rlpipeline.figures.words import texts
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

TYPES = ("epci", "qpv", "commune")


def socio_economique(records: Records, scope: Scope) -> pd.DataFrame:
    """Set the latest value of each indicator side by side for the territories of the scope."""
    latest = latest_values(records, scope)
    lines, columns = _lines(latest), _columns(latest, scope.service)
    cells = latest.set_index(["indicateur", "territoire"])
    grid = pd.MultiIndex.from_product([lines, columns])
    values = cells["valeur"].reindex(grid).to_numpy().reshape(len(lines), len(columns))
    units = latest.drop_duplicates("indicateur").set_index("indicateur")["unite"].reindex(lines).to_numpy(dtype=object)
    given = cells["unite"].reindex(grid).to_numpy(dtype=object).reshape(values.shape)
    unit = np.where(pd.isna(given), units[:, np.newaxis], given)
    return tidy(lines, columns, values, unit, np.where(np.isnan(values), NC, OK).astype(object))


def vintages(records: Records, scope: Scope) -> pd.DataFrame:
    """Write the vintage and the source of each value."""
    latest = latest_values(records, scope)
    words = latest["millesime"].astype("str") + ", " + latest["source"]
    return texts(latest["indicateur"], latest["territoire"], words)


def latest_values(records: Records, scope: Scope) -> pd.DataFrame:
    """Keep the latest vintage not after the year, known or not, for the territories of the scope.

    Returns
    -------
    Rows and columns of the table ``territoires``, one row per territory and indicator.
    """

    def latest() -> pd.DataFrame:
        values = records["territoires"]
        there = values[values_in_scope(values, scope)]
        ordered = there.sort_values(["territoire", "indicateur", "millesime"])
        return ordered.drop_duplicates(["territoire", "indicateur"], keep="last").reset_index(drop=True)

    return records.once(("latest_values", scope.year, *sorted(own_places(scope))), latest)


def values_in_scope(values: pd.DataFrame, scope: Scope) -> pd.Series[bool]:
    """Say which rows of ``territoires`` are about the scope's territories and not after its year."""
    return (values["millesime"] <= scope.year) & _belongs(values["territoire"], values["type"], scope)


def _belongs(codes: pd.Series[str], types: pd.Series[str], scope: Scope) -> pd.Series[bool]:
    """Say which territories a scope shows: all of them; for a commune the EPCI, its QPV and itself."""
    if scope.is_service:
        return pd.Series(True, index=codes.index)
    if scope.territory in (HORS, SANS_COMMUNE):
        return pd.Series(False, index=codes.index)
    return (types == "epci") | codes.isin(own_places(scope))


def own_places(scope: Scope) -> set[str]:
    """Codes of the territories that a commune's portrait shows beside its EPCI: its QPV and itself."""
    return {scope.territory, *(qpv.code for qpv in scope.service.qpv if qpv.commune == scope.territory)}


def _lines(latest: pd.DataFrame) -> list[str]:
    """List the indicators in the order of the printed report, then the others in natural order."""
    return in_printed_order(latest["indicateur"].unique(), SOCIO_ECONOMIQUES)


def _columns(latest: pd.DataFrame, service: Service) -> list[str]:
    """List the territories with values: EPCI, QPV, communes, each in the order of the settings, then by code."""
    settled = [*_names(service)]
    rank = {code: position for position, code in enumerate(settled)}
    pairs = latest[["type", "territoire"]].drop_duplicates("territoire").itertuples(index=False)
    return [
        code
        for _, code in sorted(
            pairs, key=lambda pair: (TYPES.index(pair[0]), rank.get(pair[1], len(rank)), natural_key(pair[1]))
        )
    ]


def _names(service: Service) -> dict[str, str]:
    epci = {service.epci.code: service.epci.nom} if service.epci else {}
    qpv = {district.code: district.nom for district in service.qpv}
    return epci | qpv | {commune.code: commune.nom for commune in service.communes}


def _column_labels(records: Records, scope: Scope) -> dict[str, str]:
    latest = latest_values(records, scope)
    return dict(zip(latest["territoire"], latest["libelle"], strict=True)) | _names(scope.service)


def _row_labels(records: Records, scope: Scope) -> dict[str, str]:
    return {name: PRINTED_NAMES.get(name, name) for name in latest_values(records, scope)["indicateur"]}


def _span(records: Records, scope: Scope) -> str:
    years = latest_values(records, scope)["millesime"]
    if years.empty:
        return ""
    first, last = int(years.min()), int(years.max())
    return f"de {first} à {last}" if first < last else str(first)


SOCIO_ECONOMIQUE = partial(
    Indicator,
    unit="selon l'indicateur",
    source="donnée avec chaque valeur",
    tables=("territoires",),
    scope="both",
    additive=False,
    protected=False,
    compute=socio_economique,
    row_labels=_row_labels,
    column_labels=_column_labels,
    texts=vintages,
    filter="pour chaque valeur, dernier millésime qui n'est pas postérieur à {annee}, {territoires}",
    used=lambda records, scope: {"territoires": len(latest_values(records, scope))},
    vintages=_span,
)

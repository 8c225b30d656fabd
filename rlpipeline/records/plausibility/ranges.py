"""Dates, ages, years and numbers out of any likely range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pandas as pd

from rlpipeline.params import Service
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rows import ACCEPTING, of_each, of_row, places
from rlpipeline.records.schema_columns import OUTSIDE

OLDEST, LONGEST = 30, 30
"""Age at first contact, and years before the extraction, in completed years."""
MARGIN = pd.DateOffset(years=1)
"""How far after the extraction an end of follow-up may be planned."""
COUNTED: Mapping[str, tuple[str, ...]] = {
    "participations": ("nombre",),
    "instances": ("participations",),
    "reseaux": ("jeunes", "journees", "heures"),
    "actions": ("seances", "jours", "nb_partenaires"),
    "personnel": ("etp",),
}
FEWEST, OVER_MEDIAN, OVER_MOST, LARGE_SHARE = 5, 20, 10, 0.05
"""A number is too large, among so many, beyond so many medians and 95th percentiles of the others, if few are."""
FEWEST_OUTSIDE = 10


def unlikely_ages(jeunes: ParsedTable) -> Iterator[Finding]:
    """Young people born after their first contact, or older than thirty then."""
    if not {"date_naissance", "premier_contact"} <= jeunes.columns.keys():
        return
    birth, first = jeunes.frame["date_naissance"], jeunes.frame["premier_contact"]
    ages = _ages(jeunes.frame)
    later = (birth > first).to_numpy() | (ages < 0)
    message = f"Naissance après le premier contact ; corriger l'une des deux dates, {ACCEPTING}."
    yield from of_each(jeunes, "P301", places(later), "date_naissance", message)
    for row in places((ages > OLDEST) & ~later):
        age = f"{int(ages[row])} ans au premier contact ({first[row]:%d/%m/%Y})"
        message = f"{age} ; corriger l'une des deux dates, {ACCEPTING}."
        yield of_row(jeunes, "P301", row, "date_naissance", message)


def _ages(frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Completed years at first contact; the fewest possible from a year of birth alone, NaN from none."""
    birth, first = frame["date_naissance"], frame["premier_contact"]
    born = frame["annee_naissance"].to_numpy("float64", na_value=np.nan)
    years = first.dt.year.to_numpy("float64") - born
    day = first.dt.month * 100 + first.dt.day
    early = (day < birth.dt.month * 100 + birth.dt.day).to_numpy()
    alone = (birth.isna() & (years > OLDEST)).to_numpy()
    ages: np.ndarray[tuple[int], np.dtype[np.float64]] = years - (early | alone)
    return ages


def unlikely_dates(item: ParsedTable, extraction: date | None, latest: int) -> Iterator[Finding]:
    """Days after the extraction, or more than thirty years before it."""
    until = None if extraction is None else pd.Timestamp(extraction)
    since = (until or pd.Timestamp(latest, 12, 31)) - pd.DateOffset(years=LONGEST)
    for column in item.table.columns:
        if column.kind != "date" or column.name not in item.columns:
            continue
        days = item.frame[column.name]
        if until is not None:
            limit = until + MARGIN if column.name == "date_fin" else until
            message = (
                f"Date postérieure à l'extraction des données ({until:%d/%m/%Y}) ; la corriger, ou mettre à jour "
                f"donnees_arretees_au dans rapport.yml, {ACCEPTING}."
            )
            yield from of_each(item, "P302", places(days > limit), column.name, message)
        message = f"Date de plus de {LONGEST} ans ; la corriger, {ACCEPTING}."
        yield from of_each(item, "P303", places(days < since), column.name, message)


def unlikely_years(item: ParsedTable, extraction: date | None, latest: int) -> Iterator[Finding]:
    """Years after those that the dated rows support, or more than thirty years before."""
    for column in item.table.columns:
        if column.kind != "year" or column.name not in item.columns:
            continue
        years = item.frame[column.name]
        vintage = column.name != "annee"
        bound = max(latest, extraction.year if extraction else latest + 1) if vintage else latest
        message = (
            f"Année au-delà des lignes datées des autres tables, qui vont jusqu'en {latest} ; la corriger, {ACCEPTING}."
        )
        yield from of_each(item, "P308", places(years > bound), column.name, message)
        if not vintage:
            message = f"Année de plus de {LONGEST} ans avant {latest} ; la corriger, {ACCEPTING}."
            yield from of_each(item, "P308", places((years > 0) & (years < latest - LONGEST)), column.name, message)


def far_out(item: ParsedTable) -> Iterator[Finding]:
    """Numbers far above all others of their column."""
    for name in COUNTED.get(item.table.name, ()):
        if name not in item.columns:
            continue
        numbers = item.frame[name]
        usual = numbers[numbers > 0]
        if len(usual) < FEWEST:
            continue
        others = usual[usual <= OVER_MEDIAN * usual.median()]
        limit = max(OVER_MEDIAN * usual.median(), OVER_MOST * others.quantile(0.95))
        rows = places(numbers > limit)
        if len(rows) <= max(1.0, LARGE_SHARE * len(usual)):
            message = (
                f"Nombre très au-dessus des autres de cette colonne (le plus souvent {usual.median():g}, "
                f"rarement plus de {others.quantile(0.95):g}) ; le corriger, {ACCEPTING}."
            )
            yield from of_each(item, "P307", rows, name, message)


def mostly_outside(item: ParsedTable, service: Service) -> Iterator[Finding]:
    """Tables most of whose rows are in communes that are not the service's: a wrong list, or postal codes."""
    if "commune" not in item.columns:
        return
    communes = item.frame["commune"].dropna()
    outside = communes[~communes.isin(service.commune_codes)]
    if len(communes) < FEWEST_OUTSIDE or 2 * len(outside) <= len(communes):
        return
    codes = outside.value_counts().index[:3]
    listed = ", ".join(OUTSIDE if code == OUTSIDE else str(code) for code in codes)
    message = (
        f"{len(outside)} lignes sur {len(communes)} sont hors des communes du service ({listed}…) et n'entrent dans "
        f"les chiffres d'aucune ; vérifier les codes, et les communes de service.yml, {ACCEPTING}."
    )
    yield finding("P210", item.table.name, message, colonne="commune")

"""Dates, ages, years, numbers and hours of a day out of any likely range."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rows import ACCEPTING, french, key_of, of_each, of_row, of_rows, places
from rlpipeline.records.schema import Column
from rlpipeline.records.schema_columns import OUTSIDE
from rlpipeline.settings.models import Service

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
APART, FEW = 5, 2
"""A year so far before all others, of so few rows, is a slip: a table that goes far back has more of them."""
ROUNDED = 0.0101
_PERCENT = r"^\W*(?:%|pourcent|pour cent)"
_CHANGE = r"[ée]volution|variation|croissance|progression|hausse|baisse|solde|[ée]cart"
_THOUSANDS = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"
OF_A_DAY, WORKED = 24, 16
OF_A_MONTH = 250
"""No sum of a month is larger."""
HABIT = 5
"""Fewest days of an educator, and fewest long days, that make a habit."""
MANY = 20
"""Long days of a service that are no longer slips one by one."""


def unlikely_ages(jeunes: ParsedTable) -> Iterator[Finding]:
    """Young people born after their first contact, or older than thirty then."""
    if not {"date_naissance", "premier_contact"} <= jeunes.columns.keys():
        return
    birth, first = jeunes.frame["date_naissance"], jeunes.frame["premier_contact"]
    ages = _ages(jeunes.frame)
    later = (birth > first).to_numpy() | (ages < 0)
    message = f"Naissance après le premier contact ; corriger l'une des deux dates, {ACCEPTING}."
    yield from of_each(jeunes, "P301", places(later), "date_naissance", message)
    message = f"Plus de {OLDEST} ans au premier contact ; corriger l'une des deux dates, {ACCEPTING}."
    yield from of_each(jeunes, "P301", places((ages > OLDEST) & ~later), "date_naissance", message)


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
    if until is None and not latest:
        return
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


def unlikely_years(
    item: ParsedTable, extraction: date | None, latest: int, alone: Collection[int]
) -> Iterator[Finding]:
    """Years after those that the dated rows support, more than thirty years before, or ``alone``, far from all."""
    if not latest:
        return
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
            old = (years > 0) & (years < latest - LONGEST)
            yield from of_each(item, "P308", places(old), column.name, message)
            message = f"Année de {APART} ans au moins avant toute autre des données ; la corriger, {ACCEPTING}."
            yield from of_each(item, "P308", places(years.isin([*alone]) & ~old), column.name, message)


def years_alone(parsed: Mapping[str, ParsedTable]) -> set[int]:
    """The years of a row or two that are many years before all the others."""
    rows: Counter[int] = Counter()
    for item in parsed.values():
        for column in item.table.columns:
            if column.name == "annee" and column.name in item.columns:
                rows.update(_counted(item.frame["annee"]))
            elif column.kind == "date" and column.name != "premier_contact":
                rows.update(_counted(item.frame[column.name].dt.year))
    years = sorted(rows)
    return {year for year, after in pairwise(years) if after - year >= APART and rows[year] <= FEW}


def _counted(years: pd.Series) -> dict[int, int]:
    usable = years[years > 0].astype("int64")
    distinct, rows = np.unique(usable.to_numpy(), return_counts=True)
    return dict(zip(distinct.tolist(), rows.tolist(), strict=True))


def unlike_parts(personnel: ParsedTable) -> Iterator[Finding]:
    """Posts whose paid parts are more than the post."""
    parts = personnel.frame[["etp_departement", "etp_communes"]].sum(axis=1)
    more = places(parts > personnel.frame["etp"] + ROUNDED)
    message = (
        "Les parts du poste (etp_departement et etp_communes) font plus que son etp ; corriger l'un des trois, "
        f"{ACCEPTING}."
    )
    yield from of_each(personnel, "P309", more, "etp", message)


def unlike_percentages(territoires: ParsedTable) -> Iterator[Finding]:
    """Parts of a whole below 0 % or above 100 %; a change may be so."""
    frame = territoires.frame
    parts = frame["unite"].str.contains(_PERCENT, case=False) & ~frame["indicateur"].str.contains(_CHANGE, case=False)
    wrong = parts.fillna(False).astype(bool) & ~frame["valeur"].fillna(0).between(0, 100)
    message = f"Pourcentage qui n'est pas entre 0 et 100 ; corriger la valeur ou l'unité, {ACCEPTING}."
    yield from of_each(territoires, "P310", places(wrong), "valeur", message)


def thousands_after_a_point(financements: ParsedTable) -> Iterator[Finding]:
    """Amounts such as « 107.750 »: three decimals are no euros, but thousands."""
    if "montant_eur" not in financements.columns:
        return
    cells = financements.columns["montant_eur"].cells
    asked = pc.fill_null(pc.match_substring_regex(cells.values, _THOUSANDS), False).to_numpy(zero_copy_only=False)
    message = (
        "Montant à trois décimales, compté comme un nombre d'euros plus petit que mille ; les milliers ne se séparent "
        f"pas par un point : écrire 107750 ou 107 750, {ACCEPTING}."
    )
    yield from of_each(financements, "P311", places(cells.per_row(asked)), "montant_eur", message)


def far_out(item: ParsedTable) -> Iterator[Finding]:
    """Numbers far above all others of their column."""
    for name in COUNTED.get(item.table.name, ()):
        if name not in item.columns:
            continue
        numbers, column = item.frame[name], item.table.column(name)
        usual = numbers[numbers > 0]
        if len(usual) < FEWEST:
            continue
        others = usual[usual <= OVER_MEDIAN * usual.median()]
        limit = max(OVER_MEDIAN * usual.median(), OVER_MOST * others.quantile(0.95))
        rows = places(numbers > limit)
        if len(rows) <= max(1.0, LARGE_SHARE * len(usual)):
            message = (
                f"Nombre très au-dessus des autres de cette colonne (le plus souvent {_like(usual.median(), column)}, "
                f"rarement plus de {_like(float(others.quantile(0.95)), column)}) ; le corriger, {ACCEPTING}."
            )
            yield from of_each(item, "P307", rows, name, message)


def _like(number: float, column: Column) -> str:
    """The number as its column counts: no part of a person."""
    return french(math.ceil(number) if column.whole else number)


def mostly_outside(item: ParsedTable, service: Service) -> Iterator[Finding]:
    """Tables most of whose rows are in communes that are not the service's: a wrong list, or postal codes."""
    if "commune" not in item.columns:
        return
    communes = item.frame["commune"].dropna()
    outside = communes[~communes.isin(service.commune_codes)]
    if len(communes) < FEWEST_OUTSIDE or 2 * len(outside) <= len(communes):
        return
    codes = [str(code) for code in outside.value_counts().index if code != OUTSIDE]
    written_ = f"{OUTSIDE}, " * bool((outside == OUTSIDE).any()) + ", ".join(codes[:3]) + "…" * (len(codes) > 3)
    todo = "vérifier les codes, et les communes de service.yml" if codes else "écrire la commune des lignes qui en ont"
    message = (
        f"{len(outside)} lignes sur {len(communes)} sont hors des communes du service ({written_.removesuffix(', ')}) "
        f"et n'entrent dans les chiffres d'aucune ; {todo}, {ACCEPTING}."
    )
    yield finding("P210", item.table.name, message, colonne="commune")


def unlikely_hours(temps: ParsedTable) -> Iterator[Finding]:
    """Lines beyond a day, days of an educator beyond 16 h; who enters sums is told once."""
    if not {"date", "educateur", "heures"} <= temps.columns.keys():
        return
    frame = temps.frame[["date", "educateur", "heures"]]
    days = frame.groupby(["date", "educateur"])["heures"].transform("sum")
    summed = _enters_sums(frame.assign(total=days)) & (days > WORKED)
    if summed.any():
        yield _entered_as_sums(temps, frame, summed)
    long = (frame["heures"] > OF_A_DAY) & (~summed | (frame["heures"] > OF_A_MONTH))
    for row in places(long):
        message = f"Plus de {OF_A_DAY} heures sur une seule ligne ; corriger le nombre, {ACCEPTING}."
        yield of_row(temps, "P304", row, "heures", message)
    long_days = frame[long].groupby(["date", "educateur"]).size()
    worked = (days > WORKED) & ~summed
    for day, rows in frame[worked].groupby(["date", "educateur"]).groups.items():
        if day not in long_days.index:
            yield _long_day(temps, [int(row) for row in rows], float(days[rows[0]]))


def _enters_sums(entries: pd.DataFrame) -> pd.Series:
    """Say of each entry whether its educator, or the whole service, enters sums of weeks or months."""
    by_day = entries.groupby(["educateur", "date"])["total"].first() > WORKED
    of_educator = by_day.groupby("educateur").agg(["sum", "mean"])
    habit = (of_educator["sum"] >= HABIT) & (of_educator["mean"] > 0.5)
    whole = by_day.sum() > MANY and 2 * (of_educator["sum"] >= HABIT).sum() > len(of_educator)
    return pd.Series(True, index=entries.index) if whole else entries["educateur"].map(habit).fillna(False).astype(bool)


def _entered_as_sums(temps: ParsedTable, frame: pd.DataFrame, summed: pd.Series) -> Finding:
    educators = frame.loc[summed, "educateur"].nunique()
    who = "un éducateur" if educators == 1 else f"{educators} éducateurs"
    message = (
        f"Le plus souvent, {who} dépasse{'' if educators == 1 else 'nt'} {WORKED} heures en un jour : sans doute des "
        f"sommes de semaines ou de mois, comptées à la date écrite ; entrer une ligne par jour, {ACCEPTING}."
    )
    return of_rows(temps, "P306", places(summed), "heures", message)


def _long_day(temps: ParsedTable, rows: list[int], hours: float) -> Finding:
    entered = temps.frame["heures"].to_numpy()
    counted = sorted((row for row in rows if entered[row] > 0), key=lambda row: -entered[row])
    listed = " + ".join(f"{french(float(entered[row]))} (ligne {int(temps.lines[row])})" for row in counted)
    message = (
        f"{french(hours)} heures pour un éducateur en un seul jour : {listed} ; corriger une date ou un nombre de ces "
        f"lignes, {ACCEPTING}."
    )
    one = of_rows(temps, "P305", counted, "heures", message)
    return replace(one, valeur=french(hours), cle=key_of(temps, min(rows)))

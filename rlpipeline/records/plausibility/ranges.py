"""Dates, ages, years, parts and percentages out of any likely range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rules import Told, Whole, rule
from rlpipeline.records.schema_columns import OUTSIDE

OLDEST, LONGEST = 30, 30
"""Age at first contact, and years before the extraction, in completed years."""
MARGIN = pd.DateOffset(years=1)
"""How far after the extraction an end of follow-up may be planned."""
FEWEST_OUTSIDE = 10
APART, FEW = 5, 2
"""A year so far before all others, of so few rows, is a slip: a table that goes far back has more of them."""
ROUNDED = 0.0101
_PERCENT = r"^\W*(?:%|pourcent|pour cent)"
_CHANGE = r"[ée]volution|variation|croissance|progression|hausse|baisse|solde|[ée]cart"
_THOUSANDS = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"


@rule("P301", "jeunes", "date_naissance")
def ages_at_first_contact(jeunes: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Born after the first contact, or more than thirty then: completed years, the fewest from a year alone."""
    birth, first = jeunes.frame["date_naissance"], jeunes.frame["premier_contact"]
    years = first.dt.year - jeunes.frame["annee_naissance"].astype("Float64")
    before = first.dt.month * 100 + first.dt.day < birth.dt.month * 100 + birth.dt.day
    ages = years - (before | (birth.isna() & (years > OLDEST).fillna(False)))
    later = ((birth > first) | (ages < 0)).fillna(False)
    old = (ages > OLDEST).fillna(False) & ~later
    yield Told(later, "Naissance après le premier contact ; corriger l'une des deux dates")
    yield Told(old, f"Plus de {OLDEST} ans au premier contact ; corriger l'une des deux dates")


@rule("P302")
def after_the_extraction(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Days after the extraction; a follow-up may be planned to end a year later."""
    if whole.extraction is None:
        return
    until = pd.Timestamp(whole.extraction)
    for name in _dates(item):
        limit = until + MARGIN if name == "date_fin" else until
        sentence = (
            f"Date postérieure à l'extraction des données ({until:%d/%m/%Y}) ; la corriger, ou mettre à jour "
            "donnees_arretees_au dans rapport.yml"
        )
        yield Told(item.frame[name] > limit, sentence, name)


@rule("P303")
def of_another_time(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Days more than thirty years before the extraction."""
    if whole.extraction or whole.latest:
        since = pd.Timestamp(whole.extraction or pd.Timestamp(whole.latest, 12, 31)) - pd.DateOffset(years=LONGEST)
        for name in _dates(item):
            yield Told(item.frame[name] < since, f"Date de plus de {LONGEST} ans ; la corriger", name)


def _dates(item: ParsedTable) -> list[str]:
    return [column.name for column in item.table.columns if column.kind == "date" and column.name in item.columns]


@rule("P308")
def years_out_of_range(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Years after those that the dated rows support, more than thirty years before, or far from all others."""
    if not whole.latest:
        return
    beyond = f"Année au-delà des lignes datées des autres tables, qui vont jusqu'en {whole.latest} ; la corriger"
    if "millesime" in item.columns:
        last = max(whole.latest, whole.extraction.year if whole.extraction else whole.latest + 1)
        yield Told(item.frame["millesime"] > last, beyond, "millesime")
    if "annee" in item.columns:
        years = item.frame["annee"]
        old = (years > 0) & (years < whole.latest - LONGEST)
        yield Told(years > whole.latest, beyond, "annee")
        yield Told(old, f"Année de plus de {LONGEST} ans avant {whole.latest} ; la corriger", "annee")
        alone = years.isin([*whole.alone]) & ~old
        yield Told(alone, f"Année de {APART} ans au moins avant toute autre des données ; la corriger", "annee")


def years_alone(parsed: Mapping[str, ParsedTable]) -> frozenset[int]:
    """The years of a row or two that are many years before all the others."""
    rows: Counter[int] = Counter()
    for item in parsed.values():
        years = [
            item.frame[name].dt.year.fillna(0).astype("int64") for name in _dates(item) if name != "premier_contact"
        ]
        for column in [*years, *([item.frame["annee"]] if "annee" in item.columns else [])]:
            distinct, times = np.unique(column[column > 0], return_counts=True)
            rows.update(dict(zip(distinct.tolist(), times.tolist(), strict=True)))
    return frozenset(year for year, after in pairwise(sorted(rows)) if after - year >= APART and rows[year] <= FEW)


@rule("P309", "personnel", "etp")
def parts_of_a_post(personnel: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Posts whose paid parts are more than the post."""
    parts = personnel.frame[["etp_departement", "etp_communes"]].sum(axis=1)
    sentence = "Les parts du poste (etp_departement et etp_communes) font plus que son etp ; corriger l'un des trois"
    yield Told(parts > personnel.frame["etp"] + ROUNDED, sentence)


@rule("P310", "territoires", "valeur")
def percentages(territoires: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Parts of a whole below 0 % or above 100 %; a change may be so."""
    frame = territoires.frame
    parts = frame["unite"].str.contains(_PERCENT, case=False) & ~frame["indicateur"].str.contains(_CHANGE, case=False)
    wrong = parts.fillna(False).astype(bool) & ~frame["valeur"].fillna(0).between(0, 100)
    yield Told(wrong, "Pourcentage qui n'est pas entre 0 et 100 ; corriger la valeur ou l'unité")


@rule("P311", "financements", "montant_eur")
def thousands_after_a_point(financements: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Amounts such as « 107.750 »: three decimals are no euros, but thousands."""
    cells = financements.columns["montant_eur"].cells
    asked = pc.fill_null(pc.match_substring_regex(cells.values, _THOUSANDS), False).to_numpy(zero_copy_only=False)
    sentence = (
        "Montant à trois décimales, compté comme un nombre d'euros plus petit que mille ; les milliers ne se séparent "
        "pas par un point : écrire 107750 ou 107 750"
    )
    yield Told(cells.per_row(asked), sentence)


@rule("P210", column="commune")
def mostly_outside(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Tables most of whose rows are in communes that are not the service's: a wrong list, or postal codes."""
    communes = item.frame["commune"].dropna()
    outside = communes[~communes.isin(whole.service.commune_codes)]
    if len(communes) < FEWEST_OUTSIDE or 2 * len(outside) <= len(communes):
        return
    codes = [str(code) for code in outside.value_counts().index if code != OUTSIDE]
    listed = [OUTSIDE] * bool((outside == OUTSIDE).any()) + [", ".join(codes[:3]) + "…" * (len(codes) > 3)]
    todo = "vérifier les codes, et les communes de service.yml" if codes else "écrire la commune des lignes qui en ont"
    sentence = (
        f"{len(outside)} lignes sur {len(communes)} sont hors des communes du service "
        f"({', '.join(filter(None, listed))}) et n'entrent dans les chiffres d'aucune ; {todo}"
    )
    yield Told((), sentence, together=True)

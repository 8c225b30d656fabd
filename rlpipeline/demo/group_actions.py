"""Group actions and who took part: as printed in 2023, as plausible in the other years and communes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rlpipeline.demo.margins import AGES, PRINTED_YEAR, data_table
from rlpipeline.demo.reconcile import Reconciliation
from rlpipeline.demo.territory import Territory

Rng = np.random.Generator
PUBLICS = (*AGES, "familles")
COUNTED = ("seances", "jours", "nb_partenaires")
SHORT = {"developpement_social_local": "DSL", "parentalite": "PAR", "partenariale": "PART", "action_collective": "COL"}


def printed_actions(rng: Rng, reconciled: Reconciliation, years: tuple[int, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Actions and participations of the four communes.

    Returns
    -------
    The tables ``actions`` and ``participations`` of the records; a number that is not communicated is missing.
    In 2023 the counts are the reconciled ones; in other years, something near them.
    """
    base = data_table("actions")
    numbers = _printed_numbers(reconciled)
    parts = [_year_of(rng, base, numbers, year) for year in years]
    return _stacked(parts)


def fictitious_actions(rng: Rng, territory: Territory, years: tuple[int, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Actions and participations of made-up communes: a few kinds a commune and year."""
    base = data_table("actions_fictives")
    return _stacked([part for year in years for part in _drawn(rng, base, territory, year)])


def _printed_numbers(reconciled: Reconciliation) -> pd.DataFrame:
    """Counts of 2023, one row an action (its id without the year), one column a public; missing where ``nc``."""
    of_action = f"A{PRINTED_YEAR}-"
    cells = [
        (column.removeprefix(of_action), public, number)
        for (_, public, column), number in reconciled.cells.items()
        if column.startswith(of_action)
    ]
    long = pd.DataFrame(cells, columns=["action", "public", "nombre"])
    return long.pivot_table(index="action", columns="public", values="nombre").reindex(columns=list(PUBLICS))


def _year_of(rng: Rng, base: pd.DataFrame, numbers: pd.DataFrame, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    exact = year == PRINTED_YEAR
    drawn = base if exact else base[rng.random(len(base)) < 0.88]
    counts = numbers.reindex(drawn["id"]).to_numpy(dtype=np.float64)
    factor = np.ones(len(drawn)) if exact else rng.uniform(0.7, 1.25, len(drawn))
    ids = [f"A{year}-{action}" for action in drawn["id"]]
    actions = drawn.drop(columns="id").assign(id_action=ids, annee=year)
    for column in COUNTED:
        values = pd.to_numeric(actions[column]).to_numpy(dtype=np.float64)
        actions[column] = values if exact else np.maximum(np.rint(values * factor), np.minimum(values, 1))
    return actions, _participations(ids, np.rint(counts * factor[:, None]))


def _drawn(
    rng: Rng, base: pd.DataFrame, territory: Territory, year: int
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    shares = base["categorie"].map({"action_collective": 0.6}).fillna(0.25).to_numpy()
    means = base[list(PUBLICS)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    for code in territory.codes:
        chosen = np.flatnonzero(rng.random(len(base)) < shares)
        rows = base.iloc[chosen]
        ids = [f"A{year}-{code}-{SHORT[c]}{i + 1}" for i, c in enumerate(rows["categorie"])]
        actions = rows[["categorie", "libelle", "unite"]].assign(id_action=ids, annee=year, commune=code)
        actions["seances"] = pd.to_numeric(rows["seances"]).to_numpy()
        is_dsl = (rows["categorie"] == "developpement_social_local").to_numpy()
        actions["nb_partenaires"] = np.where(is_dsl, rng.integers(3, 17, len(rows)), np.nan)
        actions["financements"] = np.where(is_dsl, "PV/Bailleurs", "")
        yield actions, _participations(ids, np.rint(means[chosen] * rng.uniform(0.3, 1.4, (len(rows), 1))))


def _participations(ids: list[str], counts: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id_action": np.repeat(np.array(ids, dtype=object), len(PUBLICS)),
            "public": np.tile(np.array(PUBLICS, dtype=object), len(ids)),
            "nombre": counts.ravel(),
        }
    )


def _stacked(parts: list[tuple[pd.DataFrame, pd.DataFrame]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    actions, participations = zip(*parts, strict=True)
    return pd.concat(actions, ignore_index=True), pd.concat(participations, ignore_index=True)

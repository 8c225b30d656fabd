"""Figures to protect, made by hand or counted on random records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.attack import Attacked, attack
from rlpipeline.figures import CSV_COLUMNS, SERVICE
from rlpipeline.links import Classes
from rlpipeline.protection import protection
from rlpipeline.protection.classes import classes_of, regroup, shared_cells
from rlpipeline.protection.releases import Protected, Release
from rlpipeline.protection.rounding import knowledge
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Disclosure, Service
from tests.declared import INDICATORS, declared
from tests.figures.random_records import random_records
from tests.figures.stored import count_year

YEAR = 2023
AGES = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
Exact = dict[tuple[str, str], pd.DataFrame]


def exact_of(
    records: Records, service: Service, year: int = YEAR, only: frozenset[str] = frozenset()
) -> Exact:
    """Every figure of a year, or those of a few indicators."""
    asked = {id: one for id, one in INDICATORS.items() if not only or id in only}
    return {
        of: counted.figures for of, counted in count_year(records, year, service, asked).items()
    }


_RANDOM: dict[tuple[int, int, str], Exact] = {}


def random_exact(seed: int, persons: int, service: Service) -> Exact:
    """Figures of random records, counted once: not to be changed."""
    key = (seed, persons, service.model_dump_json())
    if key not in _RANDOM:
        _RANDOM[key] = exact_of(random_records(seed, persons), service)
    return _RANDOM[key]


def frame(
    indicator: str, territory: str, table: Mapping[str, Mapping[str, float]], unit: str = "jeunes"
) -> pd.DataFrame:
    """Figures of one table from ``{line: {column: number}}``; NaN is not communicated."""
    rows = [
        (indicator, YEAR, territory, line, column, number, unit, "nc" if np.isnan(number) else "ok")
        for line, columns in table.items()
        for column, number in columns.items()
    ]
    return pd.DataFrame(rows, columns=list(CSV_COLUMNS)).astype({"valeur": "float64"})


def sexed(
    indicator: str, territory: str, girls: tuple[int, ...], boys: tuple[int, ...]
) -> pd.DataFrame:
    """A table by age and sex, nobody new, from the numbers of each age."""
    lines = {
        age: {"F": f, "G": g, "total": f + g, "nouveaux": 0}
        for age, f, g in zip(AGES, girls, boys, strict=True)
    }
    columns = ("F", "G", "total", "nouveaux")
    total = {column: sum(line[column] for line in lines.values()) for column in columns}
    return frame(indicator, territory, {**lines, "total": total})


def by_territory(parts: Mapping[str, pd.DataFrame]) -> Exact:
    """One indicator for its territories and their sum."""
    indicator = next(iter(parts.values()))["indicateur"].iloc[0]
    whole = (
        pd.concat(parts.values())
        .groupby(["ligne", "colonne"], sort=False, as_index=False)["valeur"]
        .sum()
    )
    first = next(iter(parts.values())).drop(columns="valeur").assign(territoire=SERVICE)
    service = first.merge(whole, on=["ligne", "colonne"])[list(CSV_COLUMNS)]
    return {(indicator, SERVICE): service} | {
        (indicator, place): part for place, part in parts.items()
    }


def values(
    protected: Protected, indicator: str, territory: str = SERVICE
) -> dict[tuple[str, str], float]:
    """Numbers of a table as published, NaN where withdrawn."""
    of_table = protected.figures.query("indicateur == @indicator and territoire == @territory")
    return {
        (line, column): value
        for line, column, value in of_table[["ligne", "colonne", "valeur"]].itertuples(index=False)
    }


def protect(
    exact: Exact, settings: Disclosure, service: Service, released: Sequence[Release]
) -> Protected:
    """Protect figures, of tables as they are declared."""
    return protection.protect(exact, settings, service, released, declared(service))


def attacked(protected: Protected, service: Service, released: Sequence[Release]) -> Attacked:
    """Attack figures about to be shared beside those released, as ``share`` does."""
    known = knowledge(service, declared(service).links, protected.followed_only)
    return attack([*released, protected], known)


def release_of(name: str, shared: str, figures: pd.DataFrame, rules: Mapping[str, Any]) -> Release:
    """Make a release of the ledger, as it is read."""
    path = Path(f"{name}.csv")
    return Release(
        name, figures, rules["classes"], released=True, path=path, shared=shared, rules=rules
    )


def edition_of(exact: Exact, service: Service, settings: Disclosure) -> pd.DataFrame:
    """The exact figures of what is shared, in its classes."""
    of, every = declared(service), pd.concat(exact.values(), ignore_index=True)
    return regroup(shared_cells(every, settings, service, of), classes(service, settings), of.links)


def classes(service: Service, settings: Disclosure) -> Classes:
    """Wider classes of the edition to share."""
    return classes_of(settings, service)

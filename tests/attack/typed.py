"""Small publications typed by hand: a number, « ≈5 » for a rounded one, « ≈5/10 » to another base, None for a mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from rlpipeline.attack import Attacked, Failure, Knowledge, PublishedFigures, attack
from rlpipeline.declared import FigureKey
from rlpipeline.figures.structure import structure
from tests.declared import INDICATORS
from tests.figures.factory import SERVICE as SETTINGS

COMMUNES = {commune.code: commune.nom for commune in SETTINGS.communes}
KNOWN = Knowledge(COMMUNES, links=structure(INDICATORS, SETTINGS))
KEY = ["indicateur", "annee", "territoire", "ligne", "colonne"]
Typed = float | str | None
Lines = Mapping[str, Sequence[Typed]]
Classes = Mapping[str, Mapping[str, Sequence[str]]]


def typed(
    indicator: str,
    columns: Sequence[str],
    lines: Lines,
    territory: str = "service",
    year: int = 2023,
    unit: str = "jeunes",
) -> pd.DataFrame:
    """Write a table as the store has it."""
    rows = [
        (indicator, year, territory, line, column, *_said(value, unit))
        for line, values in lines.items()
        for column, value in zip(columns, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=[*KEY, "valeur", "unite", "etat", "base"]).astype(
        {"valeur": "float64"}
    )


def _said(value: Typed, unit: str) -> tuple[float | None, str, str, int]:
    """Give the number, the unit, the state and the base of a cell."""
    if isinstance(value, str):
        number, _, base = value.removeprefix("≈").partition("/")
        return float(number), unit, "arrondi", int(base or 5)
    return value, unit, "masque" if value is None else "ok", 0


def publication(
    *tables: pd.DataFrame,
    name: str = "essai",
    classes: Classes | None = None,
    released: bool = False,
) -> PublishedFigures:
    """Put tables together."""
    return PublishedFigures(name, pd.concat(tables, ignore_index=True), classes or {}, released)


def attacked(*tables: pd.DataFrame, known: Knowledge = KNOWN) -> Attacked:
    """Attack tables as one publication."""
    return attack([publication(*tables)], known)


def after(*publications: PublishedFigures, known: Knowledge = KNOWN) -> Attacked:
    """Attack the last of some publications, the others being released."""
    former = [
        replace(one, released=True, name=f"{rank}") for rank, one in enumerate(publications[:-1])
    ]
    return attack([*former, publications[-1]], known)


def found(result: Attacked, key: FigureKey) -> Failure:
    """Give what was found of one figure."""
    return next(failure for failure in result.failures if failure.about == (key,))


def interval(result: Attacked, key: FigureKey) -> tuple[float, float]:
    """Give where one figure was found to lie."""
    failure = found(result, key)
    return failure.least, failure.greatest

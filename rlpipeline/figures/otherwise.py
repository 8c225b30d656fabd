"""What a service counts in its own way: a function of its notebook in the place of ours, and what it may give.

Protection knows persons by the unit of a figure: a figure has a unit that ours has there, whatever counts it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from rlpipeline.errors import UsageError
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tables import COUNTED_OTHERWISE
from rlpipeline.figures.tidy import FIGURE_COLUMNS, NC, OK, PARTIEL, VIDE, WITHOUT_VALUE
from rlpipeline.records.frames import Records

Compute = Callable[[Records, Scope], pd.DataFrame]
KEY = ["ligne", "colonne"]
COUNTED_STATES = (OK, PARTIEL, NC, VIDE)


def counted_otherwise(indicator: Indicator, compute: Compute, ours: pd.DataFrame) -> Indicator:
    """Give an indicator that a function of the service counts.

    Parameters
    ----------
    ours
        Its figures as we count them, of every year and territory.

    Returns
    -------
    One that says so under its table. It raises UsageError where the function gives what is no table of figures, or a
    unit that ours does not have there.
    """

    def checked(records: Records, scope: Scope) -> pd.DataFrame:
        where = f'calcul.indicator("{indicator.id}", …), {scope.territory}, {scope.year}'
        figures = _figures(compute(records, scope), where)
        _check_units(figures, ours, where)
        return figures

    def notes(records: Records, scope: Scope) -> tuple[str, ...]:
        return (*indicator.notes(records, scope), COUNTED_OTHERWISE)

    return replace(indicator, compute=checked, crossing=None, notes=notes)


def _figures(given: object, where: str) -> pd.DataFrame:
    """Check what the function gives, but for its units, and type it as our figures."""
    columns = ", ".join(FIGURE_COLUMNS)
    if not isinstance(given, pd.DataFrame):
        raise _wrong("La fonction ne rend pas un tableau pandas.", where, columns, type(given).__name__)
    missing = [name for name in FIGURE_COLUMNS if name not in given.columns]
    if missing:
        raise _wrong("Il manque des colonnes aux chiffres.", where, columns, f"sans {', '.join(missing)}")
    words = given[["ligne", "colonne", "unite", "etat"]]
    if words.isna().to_numpy().any():
        raise _wrong("Un chiffre n'a pas de ligne, de colonne, d'unité ou d'état.", where, "aucune case vide")
    if not words["etat"].isin(COUNTED_STATES).all():
        raise _wrong("Un état n'existe pas.", where, ", ".join(COUNTED_STATES))
    typed = words.astype("str").assign(valeur=_values(given, where))
    if typed.duplicated(KEY).any():
        raise _wrong("Une même case est donnée deux fois.", where, "un chiffre par ligne et colonne")
    return typed[[*FIGURE_COLUMNS]].reset_index(drop=True)


def _values(given: pd.DataFrame, where: str) -> pd.Series[float]:
    try:
        values = pd.to_numeric(given["valeur"]).astype("Float64").astype("float64")
    except (TypeError, ValueError) as error:
        raise _wrong("Une valeur n'est pas un nombre.", where, "des nombres dans valeur") from error
    with_value = ~given["etat"].isin(WITHOUT_VALUE)
    if not np.isfinite(values[with_value]).all():
        raise _wrong("Un chiffre n'a pas de valeur.", where, f"un nombre, ou l'état {NC} ou {VIDE}")
    return values.where(with_value)


def _check_units(figures: pd.DataFrame, ours: pd.DataFrame, where: str) -> None:
    """Refuse a unit that ours does not give to the line and to the column; to the table, where it has neither."""
    units = frozenset(ours["unite"])
    of_lines, of_columns = (ours.groupby(axis)["unite"].agg(frozenset).to_dict() for axis in KEY)
    for line, column, unit in figures[[*KEY, "unite"]].itertuples(index=False):
        offered = of_lines.get(line, units) & of_columns.get(column, units)
        if unit not in offered:
            raise _wrong(
                "Un chiffre n'a pas l'unité de son tableau : la protection ne saurait pas ce qu'il compte.",
                where,
                ", ".join(sorted(offered)) or "aucun chiffre : le tableau n'en a pas à cette place",
            )


def _wrong(what: str, where: str, expected: str, got: str | None = None) -> UsageError:
    return UsageError(what, where=where, expected=expected, got=got, todo="corriger la fonction qui compte")

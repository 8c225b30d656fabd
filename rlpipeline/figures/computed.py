"""Tables that are no crossing and that a cell makes: by a function of its own, or of two figures of other tables."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.figures.declaration import Frames, Indicator, labelled
from rlpipeline.figures.labels import UNIT_WORDS, label_of
from rlpipeline.figures.scope import SERVICE, Scope
from rlpipeline.figures.tidy import FIGURE_COLUMNS, NC, OK, PARTIEL, VIDE, WITHOUT_VALUE, tidy
from rlpipeline.records.frames import Records, years

KEY = ["ligne", "colonne"]
COUNTED_STATES = (OK, PARTIEL, NC, VIDE)
Address = tuple[str, str, str]
"""Indicator, line and column of a figure."""
RATIO = "rapport"
"""Line of the one figure of a ratio; its column is ``valeur``."""


def computed(compute: Frames, unit: str, words: Mapping[str, str]) -> partial[Indicator]:
    """Count a table by a function of the service's: ligne, colonne, valeur, and unite and etat where it gives them."""

    def checked(records: Records, scope: Scope) -> pd.DataFrame:
        return _checked(compute(records, scope), unit, f"{scope.territory}, {scope.year}")

    return partial(
        Indicator,
        unit=UNIT_WORDS.get(unit, unit),
        source="données du service, comptées à sa façon",
        tables=(),
        scope="both",
        additive=False,
        protected=True,
        compute=checked,
        row_labels=labelled(words),
        column_labels=labelled(words),
    )


def _checked(given: Any, unit: str, where: str) -> pd.DataFrame:
    needed = ", ".join((*KEY, "valeur"))
    if not isinstance(given, pd.DataFrame):
        raise _wrong("La fonction qui compte ne rend pas un tableau pandas.", where, needed, type(given).__name__)
    if missing := [name for name in (*KEY, "valeur") if name not in given]:
        raise _wrong("Il manque des colonnes aux chiffres.", where, needed, f"sans {', '.join(missing)}")
    if "unite" not in given and not unit:
        raise _wrong("Les chiffres n'ont pas d'unité.", where, 'unit="jeunes" dans table(…), ou une colonne unite')
    figures = given.assign(**{name: usual for name, usual in (("unite", unit), ("etat", OK)) if name not in given})
    words = figures[[*KEY, "unite", "etat"]]
    if words.isna().to_numpy().any():
        raise _wrong("Un chiffre n'a pas de ligne, de colonne, d'unité ou d'état.", where, "aucune case vide")
    if not words["etat"].isin(COUNTED_STATES).all():
        raise _wrong("Un état n'existe pas.", where, ", ".join(COUNTED_STATES))
    try:
        values = pd.to_numeric(figures["valeur"]).astype("Float64").astype("float64")
    except (TypeError, ValueError) as error:
        raise _wrong("Une valeur n'est pas un nombre.", where, "des nombres dans valeur") from error
    with_value = ~words["etat"].isin(WITHOUT_VALUE)
    if not np.isfinite(values[with_value]).all():
        raise _wrong("Un chiffre n'a pas de valeur.", where, f"un nombre, ou l'état {NC} ou {VIDE}")
    typed = words.astype("str").assign(valeur=values.where(with_value))
    if typed.duplicated(KEY).any():
        raise _wrong("Une même case est donnée deux fois.", where, "un chiffre par ligne et colonne")
    return typed[[*FIGURE_COLUMNS]].reset_index(drop=True)


def _wrong(what: str, where: str, expected: str, got: str | None = None) -> SettingsError:
    return SettingsError(what, where=where, expected=expected, got=got, todo="corriger la fonction qui compte")


def ratio(of: Address, on: Address, unit: str = "%", decimals: int = 2) -> partial[Indicator]:
    """Count what one figure is of another.

    Parameters
    ----------
    of, on
        The figure divided and the one that divides: indicator, line, column.
    unit
        ``%`` (times 100), or the unit of the quotient, as ``heures par jeune``.
    """

    def from_others(others: Mapping[str, Indicator]) -> Mapping[str, Any]:
        what = f"rapport de {of} à {on}"
        parts = [table_at(address, others, what) for address in (of, on)]

        def compute(records: Records, scope: Scope) -> pd.DataFrame:
            figures = [figure_at(address, others, records, scope, what) for address in (of, on)]
            value, state = _divided(*figures)
            factor = 100 if unit == "%" else 1
            return tidy((RATIO,), ("valeur",), [[round(factor * value, decimals)]], unit, state)

        def used(records: Records, scope: Scope) -> dict[str, int]:
            return {table: number for part in parts for table, number in part.used(records, scope).items()}

        named = [
            f"{part.title} ({', '.join(dict.fromkeys(label_of(code) for code in address[1:]))})"
            for part, address in zip(parts, (of, on), strict=True)
        ]
        return {
            "definition": f"{named[0]}, rapporté à : {named[1]}.",
            "denominator": named[1],
            "source": " ; ".join(dict.fromkeys(part.source for part in parts)),
            "tables": tuple(dict.fromkeys(table for part in parts for table in part.tables)),
            "scope": "service" if "service" in {part.scope for part in parts} else "both",
            "protected": any(part.protected for part in parts),
            "filter": " ; ".join(dict.fromkeys(part.filter for part in parts)),
            "compute": compute,
            "used": used,
        }

    return partial(
        Indicator,
        from_others=from_others,
        unit=UNIT_WORDS.get(unit, unit),
        source="",
        tables=(),
        scope="both",
        additive=False,
        protected=True,
        compute=lambda records, scope: tidy((RATIO,), ("valeur",), [[np.nan]], unit, NC),
        row_labels=labelled({RATIO: "Rapport"}),
        column_labels=labelled({"valeur": "Valeur"}),
    )


def _divided(of: pd.Series[Any], on: pd.Series[Any]) -> tuple[float, str]:
    """Divide; ``vide`` where there is nothing to divide by, ``partiel`` where either is."""
    states = {of["etat"], on["etat"]}
    if states & {*WITHOUT_VALUE}:
        return np.nan, NC if NC in states else VIDE
    if on["valeur"] == 0:
        return np.nan, VIDE
    return of["valeur"] / on["valeur"], PARTIEL if PARTIEL in states else OK


def table_at(address: Address, others: Mapping[str, Indicator], what: str) -> Indicator:
    """Give the table of a figure; SettingsError, which says who asks, where the address is none or has no table."""
    if isinstance(address, str) or len(address) != 3:
        expected = "(indicateur, ligne, colonne), comme (« clotures », « total », « nombre »)"
        raise SettingsError("Un chiffre se donne par trois noms.", what, expected, repr(address))
    if address[0] not in others:
        near = difflib.get_close_matches(address[0], others, 1, 0)
        raise _unknown(what, f"un tableau du rapport, comme {near[0] if near else 'accompagnes'}", address[0])
    return others[address[0]]


def figure_at(
    address: Address, others: Mapping[str, Indicator], records: Records, scope: Scope, what: str
) -> pd.Series[Any]:
    """Give a figure of a table: valeur, unite, etat.

    Returns
    -------
    Zero for a code that a crossing shows only where something is counted; ``nc`` where another year alone has it.

    Raises
    ------
    SettingsError
        There is no such table, or it has that line or column in no year; ``what`` is who asks.
    """
    indicator, (_, line, column) = table_at(address, others, what), address
    known = indicator.crossing.codes(scope.service) if indicator.crossing else (None, None)
    for name, codes, code in zip(("lignes", "colonnes"), known, (line, column), strict=True):
        if codes is not None and code not in codes:
            raise _unknown(what, f"{name} : {', '.join(codes)}", "/".join(address))
    for year in dict.fromkeys([scope.year, *years(records)]):
        place = scope.territory if year == scope.year else SERVICE
        figures = indicator.compute(records, replace(scope, year=year, territory=place))
        cell = figures[(figures["ligne"] == line) & (figures["colonne"] == column)]
        if len(cell) and year == scope.year:
            return cell.iloc[0]
        if indicator.crossing:
            return pd.Series({"valeur": 0.0, "unite": indicator.crossing.measures[0].unit, "etat": OK})
        if len(cell) or (figures["etat"] == NC).all():
            return pd.Series({"valeur": np.nan, "unite": _unit(cell, figures), "etat": NC})
    lines, columns = (", ".join(dict.fromkeys(figures[axis])) for axis in KEY)
    raise _unknown(what, f"une ligne ({lines}) et une colonne ({columns})", f"{line}, {column}")


def _unit(cell: pd.DataFrame, figures: pd.DataFrame) -> str:
    units = [*cell["unite"], *figures["unite"], ""]
    return str(units[0])


def _unknown(what: str, expected: str, got: str) -> SettingsError:
    todo = "donner un chiffre du rapport, comme [clotures, total, nombre]"
    return SettingsError("Ce chiffre n'existe pas.", where=what, expected=expected, got=got, todo=todo)

"""Tables that are no crossing and that a cell makes: by a function of its own, or of figures of other tables."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.figures.declaration import WOULD_BE_EXACT, Frames, Indicator, labelled
from rlpipeline.figures.labels import UNIT_WORDS, label_of
from rlpipeline.figures.scope import SERVICE, Scope
from rlpipeline.figures.tidy import FIGURE_COLUMNS, NC, OK, PARTIEL, VIDE, WITHOUT_VALUE, no_figures, tidy
from rlpipeline.records.frames import Records, years

KEY = ["ligne", "colonne"]
Address = tuple[str, str, str]
"""Indicator, line and column of a figure."""
RATIO = "rapport"
"""Line of the one figure of a ratio; its column is ``valeur``."""
UNKNOWN: dict[str, Any] = {"valeur": np.nan, "etat": NC}
RESULTS = {"cible": "Objectif", "atteint": "Résultat"}


def computed(compute: Frames, unit: str, words: Mapping[str, str]) -> partial[Indicator]:
    """Count a table by a function of the service's: ligne, colonne, valeur, and unite and etat where it gives them."""

    def checked(records: Records, scope: Scope) -> pd.DataFrame:
        return _checked(compute(records, scope), unit, f"{scope.territory}, {scope.year}")

    return partial(
        Indicator,
        unit=UNIT_WORDS.get(unit, unit),
        source="données du service, comptées à sa façon",
        protected=True,
        compute=checked,
        row_labels=labelled(words),
        column_labels=labelled(words),
    )


def _checked(given: Any, unit: str, where: str) -> pd.DataFrame:
    def check(fine: bool, what: str, expected: str, got: str | None = None) -> None:
        if not fine:
            raise SettingsError(what, where, expected, got, "corriger la fonction qui compte")

    needed = [*KEY, "valeur"]
    named, kind = ", ".join(needed), type(given).__name__
    check(kind == "DataFrame", "La fonction qui compte ne rend pas un tableau pandas.", named, kind)
    missing = [name for name in needed if name not in given]
    check(not missing, "Il manque des colonnes aux chiffres.", named, f"sans {', '.join(missing)}")
    has_unit = bool(unit) or "unite" in given
    check(has_unit, "Les chiffres n'ont pas d'unité.", 'unit="jeunes" dans table(…), ou une colonne unite')
    figures = given.assign(**{name: usual for name, usual in (("unite", unit), ("etat", OK)) if name not in given})
    words, states = figures[[*KEY, "unite", "etat"]], (OK, PARTIEL, NC, VIDE)
    what = "Un chiffre n'a pas de ligne, de colonne, d'unité ou d'état."
    check(not words.isna().to_numpy().any(), what, "aucune case vide")
    check(words["etat"].isin(states).all(), "Un état n'existe pas.", ", ".join(states))
    values = pd.to_numeric(figures["valeur"], errors="coerce").astype("Float64").astype("float64")
    numbers = values.notna() | figures["valeur"].isna()
    check(numbers.all(), "Une valeur n'est pas un nombre.", "des nombres dans valeur")
    with_value = ~words["etat"].isin(WITHOUT_VALUE)
    known = np.isfinite(values[with_value]).all()
    check(known, "Un chiffre n'a pas de valeur.", f"un nombre, ou l'état {NC} ou {VIDE}")
    typed: pd.DataFrame = words.astype("str").assign(valeur=values.where(with_value))
    once = not typed.duplicated(KEY).any()
    check(once, "Une même case est donnée deux fois.", "un chiffre par ligne et colonne")
    return typed[[*FIGURE_COLUMNS]].reset_index(drop=True)


def ratio(of: Address, on: Address, unit: str = "%", decimals: int = 2) -> partial[Indicator]:
    """Count what one figure is of another, each an indicator, a line and a column.

    ``unit`` is ``%`` (times 100), or that of the quotient, as ``heures par jeune``.
    """

    def from_others(others: Mapping[str, Indicator]) -> Mapping[str, Any]:
        what = f"rapport de {of} à {on}"
        parts = [table_at(address, others, what) for address in (of, on)]

        def compute(records: Records, scope: Scope) -> pd.DataFrame:
            figures = [figure_at(address, others, records, scope, what) for address in (of, on)]
            value, state = _divided(*figures)
            return tidy((RATIO,), ("valeur",), [[round((100 if unit == "%" else 1) * value, decimals)]], unit, state)

        def once(field: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(getattr(part, field) for part in parts))

        named = [
            f"{part.title} ({', '.join(dict.fromkeys(label_of(code) for code in address[1:]))})"
            for part, address in zip(parts, (of, on), strict=True)
        ]
        return {
            "definition": f"{named[0]}, rapporté à : {named[1]}.",
            "denominator": named[1],
            "source": " ; ".join(once("source")),
            "tables": tuple(dict.fromkeys(table for part in parts for table in part.tables)),
            "scope": "service" if "service" in once("scope") else "both",
            "protected": any(once("protected")),
            "filter": " ; ".join(once("filter")),
            "compute": compute,
            "used": lambda records, scope: _used(parts, records, scope),
        }

    return partial(
        Indicator,
        from_others=from_others,
        unit=UNIT_WORDS.get(unit, unit),
        source="",
        protected=True,
        compute=lambda records, scope: tidy((RATIO,), ("valeur",), [[np.nan]], unit, NC),
        row_labels=labelled({RATIO: "Rapport"}),
        column_labels=labelled({"valeur": "Valeur"}),
    )


def _used(tables: Sequence[Indicator], records: Records, scope: Scope) -> dict[str, int]:
    return {name: number for table in tables for name, number in table.used(records, scope).items()}


def _divided(of: pd.Series[Any], on: pd.Series[Any]) -> tuple[float, str]:
    """Divide; ``vide`` where there is nothing to divide by, ``partiel`` where either is."""
    states = {of["etat"], on["etat"]}
    if states & {*WITHOUT_VALUE}:
        return np.nan, NC if NC in states else VIDE
    if on["valeur"] == 0:
        return np.nan, VIDE
    return of["valeur"] / on["valeur"], PARTIEL if PARTIEL in states else OK


def objectives(others: Mapping[str, Indicator]) -> Mapping[str, Any]:
    """Set each objective of the convention beside the figure that it is about, of other tables."""

    def compute(records: Records, scope: Scope) -> pd.DataFrame:
        listed, whole = scope.service.objectifs, replace(scope, territory=SERVICE)
        if not listed:
            return no_figures()
        what = "service.yml, objectifs, « {} »"
        reached = [figure_at(goal.chiffre, others, records, whole, what.format(goal.texte)) for goal in listed]
        values = [[goal.cible, cell["valeur"]] for goal, cell in zip(listed, reached, strict=True)]
        units = np.array([[cell["unite"]] * 2 for cell in reached], dtype=object)
        states = np.array([[OK, cell["etat"]] for cell in reached], dtype=object)
        return tidy([str(number) for number, _ in enumerate(listed, start=1)], [*RESULTS], values, units, states)

    def used(records: Records, scope: Scope) -> dict[str, int]:
        tables = [others[goal.chiffre[0]] for goal in scope.service.objectifs]
        return _used(tables, records, scope) or {"suivis": 0}

    return {"compute": compute, "used": used}


OBJECTIFS = partial(
    Indicator,
    from_others=objectives,
    not_shared=WOULD_BE_EXACT,
    unit="selon l'objectif",
    source="paramètres du service ; le tableau de chaque chiffre",
    scope="service",
    protected=True,
    compute=lambda records, scope: no_figures(),
    row_labels=lambda records, scope: {str(rank): goal.texte for rank, goal in enumerate(scope.service.objectifs, 1)},
    column_labels=labelled(RESULTS),
    filter="celles du tableau de chaque chiffre, en {annee}",
    when=lambda records, service: bool(service.objectifs),
)


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

    Zero for a code that a crossing shows only where something is counted; ``nc`` where the records do not tell, or
    another year alone has it.
    SettingsError where there is no such table, or it has that line or column in no year; ``what`` is who asks.
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
            figure = {"valeur": 0.0, "etat": OK} if indicator.crossing.knows(records, scope) else UNKNOWN
            return pd.Series({**figure, "unite": indicator.crossing.measures[0].unit})
        if len(cell) or (figures["etat"] == NC).all():
            units = [*cell["unite"], *figures["unite"], ""]
            return pd.Series({**UNKNOWN, "unite": str(units[0])})
    lines, columns = (", ".join(dict.fromkeys(figures[axis])) for axis in KEY)
    raise _unknown(what, f"une ligne ({lines}) et une colonne ({columns})", f"{line}, {column}")


def _unknown(what: str, expected: str, got: str) -> SettingsError:
    todo = "donner un chiffre du rapport, comme [clotures, total, nombre]"
    return SettingsError("Ce chiffre n'existe pas.", where=what, expected=expected, got=got, todo=todo)

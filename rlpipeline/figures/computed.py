"""Tables that are no crossing and that a cell makes: by a function of its own, or of figures of other tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.errors import SettingsError, nearest
from rlpipeline.figures.declaration import SERVICE, WOULD_BE_EXACT, Frames, Indicator, Scope, labelled
from rlpipeline.figures.labels import UNIT_WORDS, label_of
from rlpipeline.figures.tidy import FIGURE_COLUMNS, NC, OK, PARTIEL, VIDE, WITHOUT_VALUE, no_figures, tidy
from rlpipeline.records.frames import Records, years

KEY = ["ligne", "colonne"]
NEEDED = (*KEY, "valeur")
Address = tuple[str, str, str]
"""Indicator, line and column of a figure."""
Others = Mapping[str, Indicator]
RATIO = "rapport"
"""Line of the one figure of a ratio; its column is ``valeur``."""
RESULTS = {"cible": "Objectif", "atteint": "Résultat"}


def computed(compute: Frames, unit: str, words: Mapping[str, str]) -> partial[Indicator]:
    """Count a table by a function of the service's: ligne, colonne, valeur, and unite and etat where it gives them."""
    return partial(
        Indicator,
        unit=UNIT_WORDS.get(unit, unit),
        source="données du service, comptées à sa façon",
        protected=True,
        compute=lambda records, scope: _checked(compute(records, scope), unit, f"{scope.territory}, {scope.year}"),
        row_labels=labelled(words),
        column_labels=labelled(words),
    )


def _checked(given: Any, unit: str, where: str) -> pd.DataFrame:
    def check(fine: Any, what: str, expected: str, got: str | None = None) -> None:
        if not fine:
            raise SettingsError(what, where, expected, got, "corriger la fonction qui compte")

    named, kind, states = ", ".join(NEEDED), type(given).__name__, (OK, PARTIEL, NC, VIDE)
    check(kind == "DataFrame", "La fonction qui compte ne rend pas un tableau pandas.", named, kind)
    missing = ", ".join(name for name in NEEDED if name not in given)
    check(not missing, "Il manque des colonnes aux chiffres.", named, f"sans {missing}")
    has_unit, usual = unit or "unite" in given, {"unite": unit, "etat": OK}
    check(has_unit, "Les chiffres n'ont pas d'unité.", 'unit="jeunes" dans table(…), ou une colonne unite')
    figures = given.assign(**{name: usual[name] for name in usual if name not in given})
    words, what = figures[[*KEY, *usual]], "Un chiffre n'a pas de ligne, de colonne, d'unité ou d'état."
    check(not words.isna().to_numpy().any(), what, "aucune case vide")
    check(words["etat"].isin(states).all(), "Un état n'existe pas.", ", ".join(states))
    values = pd.to_numeric(figures["valeur"], errors="coerce").astype("Float64").astype("float64")
    are_numbers = (values.notna() | figures["valeur"].isna()).all()
    check(are_numbers, "Une valeur n'est pas un nombre.", "des nombres dans valeur")
    with_value = ~words["etat"].isin(WITHOUT_VALUE)
    are_known = np.isfinite(values[with_value]).all()
    check(are_known, "Un chiffre n'a pas de valeur.", f"un nombre, ou l'état {NC} ou {VIDE}")
    typed: pd.DataFrame = words.astype("str").assign(valeur=values.where(with_value))
    check(not typed.duplicated(KEY).any(), "Une même case est donnée deux fois.", "un chiffre par ligne et colonne")
    return typed[[*FIGURE_COLUMNS]].reset_index(drop=True)


def ratio(of: Address, on: Address, unit: str = "%", decimals: int = 2) -> partial[Indicator]:
    """Count what one figure is of another, each an indicator, a line and a column.

    ``unit`` is ``%`` (times 100), or that of the quotient, as ``heures par jeune``.
    """
    what = f"rapport de {of} à {on}"

    def from_others(others: Others) -> Mapping[str, Any]:
        parts = [_table_at(address, others, what) for address in (of, on)]

        def compute(records: Records, scope: Scope) -> pd.DataFrame:
            value, state = _divided(*(_figure_at(address, others, records, scope, what) for address in (of, on)))
            return tidy((RATIO,), ("valeur",), [[round((100 if unit == "%" else 1) * value, decimals)]], unit, state)

        once = {name: [*dict.fromkeys(getattr(part, name) for part in parts)] for name in ("source", "scope", "filter")}
        codes = [", ".join(dict.fromkeys(label_of(code) for code in address[1:])) for address in (of, on)]
        named = [f"{part.title} ({words})" for part, words in zip(parts, codes, strict=True)]
        return {
            "definition": f"{named[0]}, rapporté à : {named[1]}.",
            "denominator": named[1],
            "source": " ; ".join(once["source"]),
            "tables": tuple(dict.fromkeys(table for part in parts for table in part.tables)),
            "scope": "service" if "service" in once["scope"] else "both",
            "protected": any(part.protected for part in parts),
            "filter": " ; ".join(once["filter"]),
            "compute": compute,
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


def _divided(of: pd.Series[Any], on: pd.Series[Any]) -> tuple[float, str]:
    """Divide; ``vide`` where there is nothing to divide by, ``partiel`` where either is."""
    states = {of["etat"], on["etat"]}
    if states & {*WITHOUT_VALUE}:
        return np.nan, NC if NC in states else VIDE
    if on["valeur"] == 0:
        return np.nan, VIDE
    return of["valeur"] / on["valeur"], PARTIEL if PARTIEL in states else OK


def _objectives(others: Others) -> Mapping[str, Any]:
    def compute(records: Records, scope: Scope) -> pd.DataFrame:
        listed, what = scope.service.objectifs, "service.yml, objectifs, « {} »"
        if not listed:
            return no_figures()
        whole = Scope(scope.year, SERVICE, scope.service)
        reached = [_figure_at(goal.chiffre, others, records, whole, what.format(goal.texte)) for goal in listed]
        values = [[goal.cible, cell["valeur"]] for goal, cell in zip(listed, reached, strict=True)]
        units = np.array([[cell["unite"]] * 2 for cell in reached], dtype=object)
        states = np.array([[OK, cell["etat"]] for cell in reached], dtype=object)
        lines = [str(number) for number, _ in enumerate(listed, start=1)]
        return tidy(lines, [*RESULTS], values, units, states)

    return {"compute": compute}


OBJECTIFS = partial(
    Indicator,
    from_others=_objectives,
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


def _table_at(address: Address, others: Others, what: str) -> Indicator:
    if isinstance(address, str) or len(address) != 3:
        expected = "(indicateur, ligne, colonne), comme (« clotures », « total », « nombre »)"
        raise SettingsError("Un chiffre se donne par trois noms.", what, expected, repr(address))
    if address[0] not in others:
        raise _unknown(what, f"un tableau du rapport, comme {nearest(address[0], others)}", address[0])
    return others[address[0]]


def _figure_at(address: Address, others: Others, records: Records, scope: Scope, what: str) -> pd.Series[Any]:
    """Give a figure: valeur, unite, etat; SettingsError where there is no such table, or its line in no year.

    Zero for a code that a crossing shows only where something is counted; ``nc`` where the records do not tell, or
    another year alone has it.
    """
    indicator, (_, line, column) = _table_at(address, others, what), address
    crossing, zero = indicator.crossing, {"valeur": 0.0, "etat": OK}
    unknown = {"valeur": np.nan, "etat": NC}
    known = crossing.codes(scope.service) if crossing else (None, None)
    for name, codes, code in zip(("lignes", "colonnes"), known, (line, column), strict=True):
        if codes is not None and code not in codes:
            raise _unknown(what, f"{name} : {', '.join(codes)}", "/".join(address))
    for year in dict.fromkeys([scope.year, *years(records)]):
        whole = scope if year == scope.year else Scope(year, SERVICE, scope.service)
        figures = indicator.compute(records, whole)
        cell = figures[(figures["ligne"] == line) & (figures["colonne"] == column)]
        if len(cell) and year == scope.year:
            return cell.iloc[0]
        if crossing:
            said = zero if crossing.knows(records, scope) else unknown
            return pd.Series({**said, "unite": crossing.measures[0].unit})
        if len(cell) or (figures["etat"] == NC).all():
            return pd.Series({**unknown, "unite": str([*cell["unite"], *figures["unite"], ""][0])})
    lines, columns = (", ".join(dict.fromkeys(figures[axis])) for axis in KEY)
    raise _unknown(what, f"une ligne ({lines}) et une colonne ({columns})", f"{line}, {column}")


def _unknown(what: str, expected: str, got: str) -> SettingsError:
    todo = "donner un chiffre du rapport, comme [clotures, total, nombre]"
    return SettingsError("Ce chiffre n'existe pas.", where=what, expected=expected, got=got, todo=todo)

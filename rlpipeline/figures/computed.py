"""Tables that are no crossing and that a cell makes: by a function of its own, or of figures of other tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.declared import TableSpec
from rlpipeline.errors import SettingsError, nearest
from rlpipeline.figures.crossing import CountedTable, Crossing
from rlpipeline.figures.declaration import SERVICE, WOULD_BE_EXACT, Frames, Scope, labelled
from rlpipeline.figures.labels import UNIT_WORDS, label_of
from rlpipeline.figures.tidy import FIGURE_COLUMNS, no_figures, tidy
from rlpipeline.records.frames import Records, years
from rlpipeline.states import NC, OK, PARTIEL, VIDE, WITHOUT_VALUE

KEY = ["ligne", "colonne"]
STATES = (OK, PARTIEL, NC, VIDE)
"""States that a function may give its figures."""
Address = tuple[str, str, str]
"""Indicator, line and column of a figure."""
Others = Mapping[str, CountedTable]
RATIO = "rapport"
"""Line of the one figure of a ratio; its column is ``valeur``."""
RESULTS = {"cible": "Objectif", "atteint": "Résultat"}


def computed(compute: Frames, unit: str, words: Mapping[str, str]) -> CountedTable:
    """Count a table by a function of the service's: ligne, colonne, valeur, and unite and etat where it gives them."""

    def figures(records: Records, scope: Scope) -> pd.DataFrame:
        return _checked(compute(records, scope), unit, f"{scope.territory}, {scope.year}")

    named = UNIT_WORDS.get(unit, unit)
    source = "données du service, comptées à sa façon"
    spec = TableSpec(unit=named, source=source, persons=True)
    labels = labelled(words)
    return CountedTable(spec=spec, compute=figures, row_labels=labels, column_labels=labels)


def _checked(given: Any, unit: str, where: str) -> pd.DataFrame:
    """Type what a function of the service's gives; SettingsError where it is no table of figures."""

    def wrong(what: str, expected: str, got: str | None = None) -> SettingsError:
        return SettingsError(what, where, expected, got, "corriger la fonction qui compte")

    needed = (*KEY, "valeur") if unit else (*KEY, "valeur", "unite")
    missing = [name for name in needed if name not in getattr(given, "columns", ())]
    if missing:
        expected = f"un tableau pandas : {', '.join(needed)}"
        without = f"sans {', '.join(missing)}"
        raise wrong("Il manque des colonnes aux chiffres.", expected, without)
    usual = {"unite": unit, "etat": OK}
    figures = given.assign(**{name: usual[name] for name in usual if name not in given})
    is_named = figures[[*KEY, "unite"]].notna().to_numpy().all()
    if not is_named or not figures["etat"].isin(STATES).all():
        what = "Un chiffre n'a pas de ligne, de colonne ou d'unité, ou un état qui n'existe pas."
        raise wrong(what, f"aucune case vide ; états : {', '.join(STATES)}")
    values, are_numbers = _numbers(figures["valeur"])
    has_value = ~figures["etat"].isin(WITHOUT_VALUE)
    if not are_numbers or not np.isfinite(values[has_value]).all():
        what = "Un chiffre n'a pas de valeur, ou elle n'est pas un nombre."
        raise wrong(what, f"un nombre, ou l'état {NC} ou {VIDE}")
    texts = figures[[*KEY, *usual]].astype("str")
    typed: pd.DataFrame = texts.assign(valeur=values.where(has_value))
    if typed.duplicated(KEY).any():
        raise wrong("Une même case est donnée deux fois.", "un chiffre par ligne et colonne")
    return typed[[*FIGURE_COLUMNS]].reset_index(drop=True)


def _numbers(given: pd.Series[Any]) -> tuple[pd.Series[float], bool]:
    """Give values as numbers, NaN where one is missing; whether all others were numbers."""
    values = pd.to_numeric(given, errors="coerce").astype("Float64").astype("float64")
    is_number = values.notna() | given.isna()
    return values, bool(is_number.all())


def ratio(of: Address, on: Address, unit: str = "%", decimals: int = 2) -> CountedTable:
    """Count what one figure is of another, each an indicator, a line and a column.

    ``unit`` is ``%`` (times 100), or that of the quotient, as ``heures par jeune``. It is ``vide`` where there is
    nothing to divide by, ``partiel`` where either is.
    """
    what = f"rapport de {of} à {on}"
    times = 100 if unit == "%" else 1

    def divided(others: Others, records: Records, scope: Scope) -> pd.DataFrame:
        """Le premier chiffre divisé par le second, de la même année et du même territoire."""
        above = _figure_at(of, others, records, scope, what)
        below = _figure_at(on, others, records, scope, what)
        state = _state_of_quotient(above, below)
        value = np.nan
        if state not in WITHOUT_VALUE:
            value = round(times * above["valeur"] / below["valeur"], decimals)
        return tidy((RATIO,), ("valeur",), [[value]], unit, state)

    def worked_out(table: CountedTable, others: Others) -> CountedTable:
        above = _table_at(of, others, what).spec
        below = _table_at(on, others, what).spec
        tables = dict.fromkeys((*above.tables, *below.tables))
        sources = dict.fromkeys((above.source, below.source))
        declared = table.declared(
            denominator=_named(below, on),
            source=" ; ".join(sources),
            tables=(*tables,),
            residents="jeunes" in tables,
            scope=SERVICE if SERVICE in (above.scope, below.scope) else "tous",
        )
        return replace(declared, compute=partial(divided, others))

    return CountedTable(
        spec=TableSpec(unit=UNIT_WORDS.get(unit, unit), persons=True),
        from_others=worked_out,
        row_labels=labelled({RATIO: "Rapport"}),
        column_labels=labelled({"valeur": "Valeur"}),
    )


def _state_of_quotient(above: pd.Series[Any], below: pd.Series[Any]) -> str:
    """Give the worse state of two figures; ``vide`` where there is nothing to divide by."""
    states = {above["etat"], below["etat"]}
    if not below["valeur"]:
        states.add(VIDE)
    return next((state for state in (NC, VIDE, PARTIEL) if state in states), OK)


def _named(table: TableSpec, address: Address) -> str:
    """Name a figure: its table, its line, its column."""
    codes = dict.fromkeys(map(label_of, address[1:]))
    return f"{table.title} ({', '.join(codes)})"


def _reached(others: Others, records: Records, scope: Scope) -> pd.DataFrame:
    """Chaque objectif des paramètres, et le chiffre du rapport dont il parle."""
    goals = scope.service.objectifs
    if not goals:
        return no_figures()
    values = list[list[float]]()
    units = list[list[str]]()
    states = list[list[str]]()
    for goal in goals:
        what = f"service.yml, objectifs, « {goal.texte} »"
        figure = _figure_at(goal.chiffre, others, records, scope, what)
        values.append([goal.cible, figure["valeur"]])
        units.append([figure["unite"]])
        states.append([OK, figure["etat"]])
    ranks = [*_goals(records, scope)]
    of_goals = np.array(units, object)
    return tidy(ranks, [*RESULTS], values, of_goals, np.array(states, object))


def _goals(records: Records, scope: Scope) -> Mapping[str, str]:
    """Name the objectives, by their rank."""
    goals = enumerate(scope.service.objectifs, start=1)
    return {str(rank): goal.texte for rank, goal in goals}


OBJECTIFS = CountedTable(
    spec=TableSpec(
        unit="selon l'objectif",
        source="paramètres du service ; le tableau de chaque chiffre",
        scope="service",
        persons=True,
        not_shared=WOULD_BE_EXACT,
    ),
    from_others=lambda table, others: replace(table, compute=partial(_reached, others)),
    row_labels=_goals,
    column_labels=labelled(RESULTS),
    when=lambda records, service: bool(service.objectifs),
)


def _table_at(address: Address, others: Others, what: str) -> CountedTable:
    """Look up the table of a figure; SettingsError: the address is none, or there is no such table."""
    if isinstance(address, str) or len(address) != 3:
        expected = "(indicateur, ligne, colonne), comme (« clotures », « total », « nombre »)"
        raise SettingsError("Un chiffre se donne par trois noms.", what, expected, repr(address))
    if address[0] not in others:
        raise _unknown(what, f"un tableau du rapport, comme {nearest(address[0], others)}", address)
    return others[address[0]]


def _figure_at(
    address: Address, others: Others, records: Records, scope: Scope, what: str
) -> pd.Series[Any]:
    """Look up a figure: its valeur, etat and unite. SettingsError: the table has no such line or column anywhere."""
    table = _table_at(address, others, what)
    figures = table.compute(records, scope)
    cell = _cells_at(figures, address)
    if len(cell):
        return cell.iloc[0]
    if table.crossing:
        return _unshown(table.crossing, address, records, scope, what)
    for other in _everywhere(table, figures, records, scope):
        there = _cells_at(other, address)
        if len(there) or (other["etat"] == NC).all():
            unit = [*there["unite"], *other["unite"], ""][0]
            return pd.Series({"valeur": np.nan, "etat": NC, "unite": unit})
    lines, columns = (", ".join(dict.fromkeys(figures[axis])) for axis in KEY)
    raise _unknown(what, f"une ligne ({lines}) et une colonne ({columns})", address)


def _cells_at(figures: pd.DataFrame, address: Address) -> pd.DataFrame:
    """Give the cell of a table that an address names; none where it does not show it."""
    _, line, column = address
    of_line = figures[figures["ligne"] == line]
    return of_line[of_line["colonne"] == column]


def _everywhere(
    table: CountedTable, figures: pd.DataFrame, records: Records, scope: Scope
) -> Iterator[pd.DataFrame]:
    """Give figures that have been counted, then those of the whole service in each year."""
    yield figures
    for year in years(records):
        yield table.compute(records, Scope(year, SERVICE, scope.service))


def _unshown(
    crossing: Crossing, address: Address, records: Records, scope: Scope, what: str
) -> pd.Series[Any]:
    """Give a figure that a crossing does not show: zero, for a code that it shows only where something is counted."""
    axes = zip(("lignes", "colonnes"), crossing.codes(scope.service), address[1:], strict=True)
    for side, codes, code in axes:
        if codes is not None and code not in codes:
            raise _unknown(what, f"{side} : {', '.join(codes)}", address)
    unit = crossing.measures[0].unit
    if crossing.knows(records, scope):
        return pd.Series({"valeur": 0.0, "etat": OK, "unite": unit})
    return pd.Series({"valeur": np.nan, "etat": NC, "unite": unit})


def _unknown(what: str, expected: str, address: Sequence[str]) -> SettingsError:
    todo = "donner un chiffre du rapport, comme [clotures, total, nombre]"
    return SettingsError("Ce chiffre n'existe pas.", what, expected, ", ".join(address), todo)

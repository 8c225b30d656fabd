"""Tables that are no crossing and that a cell makes: by a function of its own, or of figures of other tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.errors import SettingsError, nearest
from rlpipeline.figures.crossing import Indicator
from rlpipeline.figures.declaration import SERVICE, WOULD_BE_EXACT, Frames, Scope, labelled
from rlpipeline.figures.labels import UNIT_WORDS, label_of
from rlpipeline.figures.tidy import FIGURE_COLUMNS, no_figures, tidy
from rlpipeline.records.frames import Records, years
from rlpipeline.states import NC, OK, PARTIEL, VIDE, WITHOUT_VALUE

KEY = ["ligne", "colonne"]
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
        compute=lambda records, scope: _checked(
            compute(records, scope), unit, f"{scope.territory}, {scope.year}"
        ),
        row_labels=labelled(words),
        column_labels=labelled(words),
    )


def _checked(given: Any, unit: str, where: str) -> pd.DataFrame:
    def check(fine: Any, what: str, expected: str, got: str | None = None) -> None:
        if not fine:
            raise SettingsError(what, where, expected, got, "corriger la fonction qui compte")

    needed = (*KEY, "valeur", *(() if unit else ("unite",)))
    missing = [name for name in needed if name not in getattr(given, "columns", ())]
    what = "Il manque des colonnes aux chiffres."
    check(
        not missing, what, f"un tableau pandas : {', '.join(needed)}", f"sans {', '.join(missing)}"
    )
    usual, states = {"unite": unit, "etat": OK}, (OK, PARTIEL, NC, VIDE)
    figures = given.assign(**{name: usual[name] for name in usual if name not in given})
    fine = figures[[*KEY, "unite"]].notna().to_numpy().all() and figures["etat"].isin(states).all()
    what = "Un chiffre n'a pas de ligne, de colonne ou d'unité, ou un état qui n'existe pas."
    check(fine, what, f"aucune case vide ; états : {', '.join(states)}")
    values = pd.to_numeric(figures["valeur"], errors="coerce").astype("Float64").astype("float64")
    with_value = ~figures["etat"].isin(WITHOUT_VALUE)
    fine = (values.notna() | figures["valeur"].isna()).all() and np.isfinite(
        values[with_value]
    ).all()
    check(
        fine,
        "Un chiffre n'a pas de valeur, ou elle n'est pas un nombre.",
        f"un nombre, ou l'état {NC} ou {VIDE}",
    )
    typed: pd.DataFrame = (
        figures[[*KEY, *usual]].astype("str").assign(valeur=values.where(with_value))
    )
    check(
        not typed.duplicated(KEY).any(),
        "Une même case est donnée deux fois.",
        "un chiffre par ligne et colonne",
    )
    return typed[[*FIGURE_COLUMNS]].reset_index(drop=True)


def ratio(of: Address, on: Address, unit: str = "%", decimals: int = 2) -> partial[Indicator]:
    """Count what one figure is of another, each an indicator, a line and a column.

    ``unit`` is ``%`` (times 100), or that of the quotient, as ``heures par jeune``. It is ``vide`` where there is
    nothing to divide by, ``partiel`` where either is.
    """
    what = f"rapport de {of} à {on}"

    def from_others(others: Others) -> Mapping[str, Any]:
        parts = [_table_at(address, others, what) for address in (of, on)]

        def compute(records: Records, scope: Scope) -> pd.DataFrame:
            above, below = (
                _figure_at(address, others, records, scope, what) for address in (of, on)
            )
            states = [above["etat"], below["etat"], *([] if below["valeur"] else [VIDE])]
            state = next((state for state in (NC, VIDE, PARTIEL) if state in states), OK)
            value = np.nan if state in WITHOUT_VALUE else above["valeur"] / below["valeur"]
            return tidy(
                (RATIO,),
                ("valeur",),
                [[round((100 if unit == "%" else 1) * value, decimals)]],
                unit,
                state,
            )

        codes = [", ".join(dict.fromkeys(map(label_of, address[1:]))) for address in (of, on)]
        named = [f"{part.title} ({words})" for part, words in zip(parts, codes, strict=True)]
        return {
            "definition": f"{named[0]}, rapporté à : {named[1]}.",
            "denominator": named[1],
            "source": " ; ".join(dict.fromkeys(part.source for part in parts)),
            "tables": tuple(dict.fromkeys(table for part in parts for table in part.tables)),
            "scope": "service" if "service" in {part.scope for part in parts} else "both",
            "compute": compute,
        }

    return partial(
        Indicator,
        from_others=from_others,
        unit=UNIT_WORDS.get(unit, unit),
        source="",
        protected=True,
        row_labels=labelled({RATIO: "Rapport"}),
        column_labels=labelled({"valeur": "Valeur"}),
    )


def _reached(others: Others, records: Records, scope: Scope) -> pd.DataFrame:
    listed, what = scope.service.objectifs, "service.yml, objectifs, « {} »"
    if not listed:
        return no_figures()
    reached = [
        _figure_at(goal.chiffre, others, records, scope, what.format(goal.texte)) for goal in listed
    ]
    values = [[goal.cible, cell["valeur"]] for goal, cell in zip(listed, reached, strict=True)]
    units = np.array([[cell["unite"]] * 2 for cell in reached], dtype=object)
    states = np.array([[OK, cell["etat"]] for cell in reached], dtype=object)
    return tidy(
        [str(rank) for rank, _ in enumerate(listed, start=1)], [*RESULTS], values, units, states
    )


OBJECTIFS = partial(
    Indicator,
    from_others=lambda others: {"compute": partial(_reached, others)},
    not_shared=WOULD_BE_EXACT,
    unit="selon l'objectif",
    source="paramètres du service ; le tableau de chaque chiffre",
    scope="service",
    protected=True,
    row_labels=lambda records, scope: {
        str(rank): goal.texte for rank, goal in enumerate(scope.service.objectifs, 1)
    },
    column_labels=labelled(RESULTS),
    when=lambda records, service: bool(service.objectifs),
)


def _table_at(address: Address, others: Others, what: str) -> Indicator:
    if isinstance(address, str) or len(address) != 3:
        expected = "(indicateur, ligne, colonne), comme (« clotures », « total », « nombre »)"
        raise SettingsError("Un chiffre se donne par trois noms.", what, expected, repr(address))
    if address[0] not in others:
        raise _unknown(what, f"un tableau du rapport, comme {nearest(address[0], others)}", address)
    return others[address[0]]


def _figure_at(
    address: Address, others: Others, records: Records, scope: Scope, what: str
) -> pd.Series[Any]:
    indicator, (_, line, column) = _table_at(address, others, what), address
    figures = indicator.compute(records, scope)
    cell = figures[(figures["ligne"] == line) & (figures["colonne"] == column)]
    if len(cell):
        return cell.iloc[0]
    if crossing := indicator.crossing:
        for name, codes, code in zip(
            ("lignes", "colonnes"), crossing.codes(scope.service), address[1:], strict=True
        ):
            if codes is not None and code not in codes:
                raise _unknown(what, f"{name} : {', '.join(codes)}", address)
        # a code that is shown only where something is counted
        value, state = (0.0, OK) if crossing.knows(records, scope) else (np.nan, NC)
        return pd.Series({"valeur": value, "etat": state, "unite": crossing.measures[0].unit})
    every = [
        indicator.compute(records, Scope(year, SERVICE, scope.service)) for year in years(records)
    ]
    for other in (figures, *every):
        there = other[(other["ligne"] == line) & (other["colonne"] == column)]
        if len(there) or (other["etat"] == NC).all():
            unit = [*there["unite"], *other["unite"], ""][0]
            return pd.Series({"valeur": np.nan, "etat": NC, "unite": unit})
    lines, columns = (", ".join(dict.fromkeys(figures[axis])) for axis in KEY)
    raise _unknown(what, f"une ligne ({lines}) et une colonne ({columns})", address)


def _unknown(what: str, expected: str, address: Address) -> SettingsError:
    todo = "donner un chiffre du rapport, comme [clotures, total, nombre]"
    return SettingsError("Ce chiffre n'existe pas.", what, expected, ", ".join(address), todo)

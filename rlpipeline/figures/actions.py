"""V.4: group actions and those who took part in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import Indicator, labelled
from rlpipeline.figures.labels import (
    ACTION_NUMBERS,
    ACTION_WORDS,
    FAMILLES,
    PUBLICS,
    TOTAL,
    UNITES_D_ACTION,
    natural_key,
)
from rlpipeline.figures.population import things
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.sums import Sums, stacked, sums
from rlpipeline.figures.tidy import NC, OK, Objects, tidy
from rlpipeline.figures.words import texts
from rlpipeline.records.frames import Records

LINES = (*PUBLICS, TOTAL, *ACTION_NUMBERS)
NUMBER_UNITS = {"seances": "seances", "jours": "jours", "nb_partenaires": "partenaires"}


def action_figures(category: str, records: Records, scope: Scope) -> pd.DataFrame:
    """Give the participants of each action by public, their total without families, and its size."""
    actions = list_actions(category, records, scope)
    columns = actions["id_action"].tolist()
    table = stacked(_participants(actions, records, scope), _sizes(actions))
    return tidy(LINES, columns, table.values, _units(actions), table.states)


def list_actions(category: str, records: Records, scope: Scope) -> pd.DataFrame:
    """List the actions of a category, a year and a territory.

    Returns
    -------
    Rows and columns of the table ``actions``, in natural order of their ids.
    """

    def chosen() -> pd.DataFrame:
        actions = things(records, "actions", scope)
        of_category = actions[actions["categorie"] == category]
        return of_category.sort_values("id_action", key=lambda ids: ids.map(natural_key), ignore_index=True)

    return records.once(("list_actions", category, scope.year, scope.territory, scope.service.commune_codes), chosen)


def _participants(actions: pd.DataFrame, records: Records, scope: Scope) -> Sums:
    """Give publics, total × actions: a public without a row is 0 where another has a number, else ``nc``."""
    every = records.once(("every action",), lambda: pd.Index(records["actions"]["id_action"]))
    zero = "participations" in scope.service.annee_vide
    added = records.once(("participants", zero), lambda: _added(records, every.tolist(), zero))
    places = every.get_indexer(pd.Index(actions["id_action"]))
    return Sums(added.values[:, places], added.states[:, places])


def _written(records: Records) -> Mapping[str, int]:
    """Count the rows of participation of each action that has any."""
    return records.once(("rows of participation",), lambda: Counter(records["participations"]["id_action"]))


def _added(records: Records, ids: list[str], zero: bool) -> Sums:
    """Add those of every action of the records; one without a row is 0 where ``zero`` says so."""
    if "participations" not in records.present:
        shape = (len(PUBLICS) + 1, len(ids))
        return Sums(np.full(shape, np.nan), np.full(shape, NC, dtype=object))
    rows = records["participations"]
    public = rows["public"]
    chosen = [rows[public == code] for code in PUBLICS] + [rows[public != FAMILLES]]
    added = [sums(some[["nombre"]], some["id_action"], ids) for some in chosen]
    table = stacked(*(Sums(each.values.T, each.states.T) for each in added))
    known = np.isin(ids, rows.loc[rows["nombre"].notna(), "id_action"].unique())
    return table if zero else Sums(table.values, np.where(known, table.states, NC))


def _sizes(actions: pd.DataFrame) -> Sums:
    """Give sessions, days, number of partners × actions."""
    values = actions[list(ACTION_NUMBERS)].to_numpy("float64").T
    return Sums(values, np.where(np.isnan(values), NC, OK).astype(object))


def _units(actions: pd.DataFrame) -> Objects:
    """Give the unit of each figure: the action's own for persons, families and sizes in theirs."""
    own = actions["unite"].to_numpy(dtype=object)
    others = {FAMILLES: "familles", **NUMBER_UNITS}
    return np.vstack([np.full(len(own), others[line], dtype=object) if line in others else own for line in LINES])


def _texts(category: str, records: Records, scope: Scope) -> pd.DataFrame:
    """Write what each action counts, its partners and its funding."""
    actions = list_actions(category, records, scope)
    words = actions.assign(unite=actions["unite"].map(UNITES_D_ACTION))
    columns = np.tile(actions["id_action"].to_numpy(dtype=object), len(ACTION_WORDS))
    written = pd.concat([words[line] for line in ACTION_WORDS])
    return texts(np.repeat(list(ACTION_WORDS), len(actions)), columns, written)


def _names(category: str, records: Records, scope: Scope) -> dict[str, str]:
    actions = list_actions(category, records, scope)
    return dict(zip(actions["id_action"], actions["libelle"], strict=True))


def _used(category: str, records: Records, scope: Scope) -> dict[str, int]:
    actions = list_actions(category, records, scope)
    written = _written(records)
    return {"actions": len(actions), "participations": sum(written.get(id, 0) for id in actions["id_action"])}


def _counted(category: str, what: str) -> partial[Indicator]:
    return partial(
        Indicator,
        unit="personnes ou présences ; familles, séances, jours, partenaires",
        source="données du service (actions et participations)",
        tables=("actions", "participations"),
        scope="both",
        additive=True,
        protected=True,
        compute=partial(action_figures, category),
        row_labels=labelled({TOTAL: "Participants, sans les familles"}),
        column_labels=partial(_names, category),
        texts=partial(_texts, category),
        text_rows=tuple(ACTION_WORDS),
        filter=f"{what} de {{annee}}, {{lieu}}",
        used=partial(_used, category),
        axes=("public", "action"),
    )


ACTIONS = _counted("action_collective", "actions collectives")
DEVELOPPEMENT_SOCIAL_LOCAL = _counted("developpement_social_local", "actions de développement social local")
PARENTALITE = _counted("parentalite", "actions de parentalité")
ACTIONS_PARTENARIALES = _counted("partenariale", "actions partenariales")

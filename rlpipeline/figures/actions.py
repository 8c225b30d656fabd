"""V.3 and V.4: who took part in group actions, and why requests were refused."""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.characters import natural_key
from rlpipeline.declared import Axis, TableSpec
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.declaration import FEW_PERSONS, Scope, labelled
from rlpipeline.figures.labels import ACTION_NUMBERS, ACTION_WORDS, FAMILLES, TOTAL, label_of
from rlpipeline.figures.populations import things, yearly
from rlpipeline.figures.tidy import Sums, no_figures, no_texts, sums, texts, tidy, unlike_codes
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import PUBLICS, UNITES_D_ACTION
from rlpipeline.states import NC, OK

LINES = (*PUBLICS, TOTAL, *ACTION_NUMBERS)
UNITS = {
    FAMILLES: "familles",
    "seances": "seances",
    "jours": "jours",
    "nb_partenaires": "partenaires",
}
"""Of the lines that are not in the unit of the action."""
REFUSED, NO_REASON, OTHER_REASONS, MOST_REASONS = "refusee", "sans_motif", "autres_motifs", 8
"""Code of a refusal; of those without a reason, and with one of the least given; reasons that have a line."""


@yearly
def _actions(records: Records, scope: Scope, category: str) -> pd.DataFrame:
    actions = things(records, scope, "actions")
    of_category = actions[actions["categorie"] == category]
    return of_category.sort_values(
        "id_action", key=lambda ids: ids.map(natural_key), ignore_index=True
    )


def _figures(category: str, records: Records, scope: Scope) -> pd.DataFrame:
    """Les participations, additionnées par action et par public ; puis ce que l'action dit d'elle."""
    actions = _actions(records, scope, category)
    if actions.empty:
        return no_figures()
    every = records.once(("every action",), lambda: pd.Index(records["actions"]["id_action"]))
    zero = "participations" in scope.service.annee_vide
    added = records.once(("participants", zero), lambda: _participants(records, [*every], zero))
    places = every.get_indexer(pd.Index(actions["id_action"]))
    sizes = actions[[*ACTION_NUMBERS]].to_numpy("float64").T
    states = np.vstack([added.states[:, places], np.where(np.isnan(sizes), NC, OK)])
    own = actions["unite"].to_numpy(dtype=object)
    units = np.vstack(
        [np.full(len(own), UNITS[line], dtype=object) if line in UNITS else own for line in LINES]
    )
    return tidy(
        LINES,
        actions["id_action"].tolist(),
        np.vstack([added.values[:, places], sizes]),
        units,
        states,
    )


def _participants(records: Records, ids: list[str], zero: bool) -> Sums:
    if "participations" not in records.present:
        shape = (len(PUBLICS) + 1, len(ids))
        return Sums(np.full(shape, np.nan), np.full(shape, NC, dtype=object))
    rows = records["participations"]
    chosen = [rows[rows["public"] == code] for code in PUBLICS] + [rows[rows["public"] != FAMILLES]]
    added = [sums(some[["nombre"]], ids, some["id_action"]) for some in chosen]
    states = np.vstack([each.states.T for each in added])
    # A public without a row is 0 where another has a number.
    known = np.isin(ids, rows.loc[rows["nombre"].notna(), "id_action"].unique()) | zero
    return Sums(np.vstack([each.values.T for each in added]), np.where(known, states, NC))


def _texts(category: str, records: Records, scope: Scope) -> pd.DataFrame:
    actions = _actions(records, scope, category)
    if actions.empty:
        return no_texts()
    words = actions.assign(unite=actions["unite"].map(UNITES_D_ACTION))
    columns = np.tile(actions["id_action"].to_numpy(dtype=object), len(ACTION_WORDS))
    return texts(
        np.repeat([*ACTION_WORDS], len(actions)),
        columns,
        pd.concat([words[line] for line in ACTION_WORDS]),
    )


def _names(category: str, records: Records, scope: Scope) -> dict[str, str]:
    actions = _actions(records, scope, category)
    return dict(zip(actions["id_action"], actions["libelle"], strict=True))


def _counted(category: str) -> CountedTable:
    return CountedTable(
        spec=TableSpec(
            unit="personnes ou présences ; familles, séances, jours, partenaires",
            source="données du service (actions et participations)",
            tables=("actions", "participations"),
            additive=True,
            persons=True,
            lines=Axis(variable="public"),
            columns=Axis(variable="action"),
        ),
        compute=partial(_figures, category),
        row_labels=labelled({TOTAL: "Participants, sans les familles"}),
        column_labels=partial(_names, category),
        texts=partial(_texts, category),
        text_rows=tuple(ACTION_WORDS),
    )


ACTIONS = _counted("action_collective")
DEVELOPPEMENT_SOCIAL_LOCAL = _counted("developpement_social_local")
PARENTALITE = _counted("parentalite")
ACTIONS_PARTENARIALES = _counted("partenariale")


def _refusals(records: Records, scope: Scope) -> pd.DataFrame:
    """Les demandes refusées, comptées par motif, du plus fréquent au moins fréquent."""
    if "demandes" not in records.present:
        return tidy((TOTAL,), ("nombre",), np.nan, "demandes", NC)
    reasons, last = _reasons(records, scope), (OTHER_REASONS, NO_REASON)
    counts = Counter(reasons)
    order = sorted(
        counts, key=lambda reason: (reason in last, -counts[reason], natural_key(reason))
    )
    values = [[counts[reason]] for reason in order]
    return tidy((*order, TOTAL), ("nombre",), [*values, [len(reasons)]], "demandes")


def _reasons(records: Records, scope: Scope) -> pd.Series[str]:
    requests = things(records, scope, "demandes")
    given = requests.loc[requests["suite"] == REFUSED, "motif"].str.strip().astype("str")
    given = given.mask(given.isna() | (given == ""), NO_REASON)
    first = given.groupby(given.str.casefold()).transform("first")
    named = unlike_codes(first, (TOTAL, OTHER_REASONS)).mask(first == NO_REASON, NO_REASON)
    counts = named[named != NO_REASON].value_counts()
    kept = sorted(counts.index, key=lambda reason: (-counts[reason], natural_key(reason)))
    return (
        named
        if len(kept) <= MOST_REASONS
        else named.mask(named.isin(kept[MOST_REASONS - 1 :]), OTHER_REASONS)
    )


def _reason_words(records: Records, scope: Scope) -> dict[str, str]:
    own = (
        {reason: reason for reason in _reasons(records, scope)}
        if "demandes" in records.present
        else {}
    )
    return {
        **own,
        NO_REASON: "Motif non noté",
        OTHER_REASONS: "Autres motifs",
        TOTAL: label_of(TOTAL),
    }


MOTIFS_REFUS = CountedTable(
    spec=TableSpec(
        unit="demandes",
        source="données du service (demandes)",
        tables=("demandes",),
        persons=True,
        not_shared=FEW_PERSONS,
    ),
    compute=_refusals,
    row_labels=_reason_words,
)

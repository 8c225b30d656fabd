"""V.3 and V.4: who took part in group actions, and why requests were refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.characters import natural_key
from rlpipeline.declared import Axis, TableSpec
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.declaration import FEW_PERSONS, Scope, labelled
from rlpipeline.figures.labels import ACTION_NUMBERS, ACTION_WORDS, FAMILLES, TOTAL, label_of
from rlpipeline.figures.populations import things, yearly
from rlpipeline.figures.tidy import (
    Objects,
    Sums,
    in_natural_order,
    no_figures,
    no_texts,
    sums,
    texts,
    tidy,
    unlike_codes,
)
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
    """List the actions of a year and category, by their codes."""
    actions = things(records, scope, "actions")
    of_category = actions[actions["categorie"] == category]
    return in_natural_order(of_category, "id_action")


def _figures(category: str, records: Records, scope: Scope) -> pd.DataFrame:
    """Les participations, additionnées par action et par public ; puis ce que l'action dit d'elle."""
    actions = _actions(records, scope, category)
    if actions.empty:
        return no_figures()
    every = _every_action(records)
    codes = actions["id_action"].tolist()
    zero = "participations" in scope.service.annee_vide
    key = ("participants", zero)
    added = records.once(key, lambda: _participants(records, [*every], zero))
    columns = every.get_indexer(pd.Index(codes))
    sizes = actions[[*ACTION_NUMBERS]].to_numpy("float64").T
    known = np.where(np.isnan(sizes), NC, OK)
    values = np.vstack([added.values[:, columns], sizes])
    states = np.vstack([added.states[:, columns], known])
    return tidy(LINES, codes, values, _units(actions["unite"]), states)


def _every_action(records: Records) -> pd.Index[str]:
    """List the codes of all actions."""
    return records.once(("every action",), lambda: pd.Index(records["actions"]["id_action"]))


def _units(of_actions: pd.Series[str]) -> Objects:
    """Give the unit of each cell: that of its line, else that of its action."""
    own = of_actions.to_numpy(dtype=object)
    units = np.tile(own, (len(LINES), 1))
    for line, unit in UNITS.items():
        units[LINES.index(line)] = unit
    return units


def _participants(records: Records, ids: list[str], zero: bool) -> Sums:
    """Add those who took part by public, and all but families, in each of some actions.

    Parameters
    ----------
    zero
        Whether nobody took part where nothing is written, by the settings.
    """
    shape = (len(PUBLICS) + 1, len(ids))
    values = np.full(shape, np.nan)
    states = np.full(shape, NC, dtype=object)
    if "participations" not in records.present:
        return Sums(values, states)
    rows = records["participations"]
    chosen = [rows[rows["public"] == code] for code in PUBLICS]
    chosen.append(rows[rows["public"] != FAMILLES])
    for line, some in enumerate(chosen):
        added = sums(some[["nombre"]], ids, some["id_action"])
        values[line] = added.values[:, 0]
        states[line] = added.states[:, 0]
    # A public without a row is 0 where another has a number.
    numbered = rows.loc[rows["nombre"].notna(), "id_action"]
    is_known = np.isin(ids, numbered) | zero
    return Sums(values, np.where(is_known, states, NC))


def _texts(category: str, records: Records, scope: Scope) -> pd.DataFrame:
    """Write what each action says of itself in words."""
    actions = _actions(records, scope, category)
    if actions.empty:
        return no_texts()
    worded = actions.assign(unite=actions["unite"].map(UNITES_D_ACTION))
    by_line = worded.melt("id_action", [*ACTION_WORDS])
    return texts(by_line["variable"], by_line["id_action"], by_line["value"])


def _names(category: str, records: Records, scope: Scope) -> dict[str, str]:
    """Name the actions."""
    actions = _actions(records, scope, category)
    return dict(zip(actions["id_action"], actions["libelle"], strict=True))


SPEC = TableSpec(
    unit="personnes ou présences ; familles, séances, jours, partenaires",
    source="données du service (actions et participations)",
    tables=("actions", "participations"),
    additive=True,
    persons=True,
    lines=Axis(variable="public"),
    columns=Axis(variable="action"),
)
PARTICIPANTS = labelled({TOTAL: "Participants, sans les familles"})


def _counted(category: str) -> CountedTable:
    """Make the table of the actions of a category."""
    return CountedTable(
        spec=SPEC,
        compute=partial(_figures, category),
        row_labels=PARTICIPANTS,
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
    reasons = _reasons(records, scope)
    last = (OTHER_REASONS, NO_REASON)
    counts = Counter(reasons)
    lines = sorted(_by_frequency(counts), key=lambda reason: reason in last)
    lines.append(TOTAL)
    counts[TOTAL] = len(reasons)
    values = [[counts[line]] for line in lines]
    return tidy(lines, ("nombre",), values, "demandes")


def _by_frequency(counts: Mapping[str, int]) -> list[str]:
    """Order reasons, the most frequent first, then as a reader would look for them."""
    return sorted(counts, key=lambda reason: (-counts[reason], natural_key(reason)))


def _reasons(records: Records, scope: Scope) -> pd.Series[str]:
    """Give the reason of each request refused, as first written; beyond some, the least given have one name."""
    requests = things(records, scope, "demandes")
    refused = requests[requests["suite"] == REFUSED]
    written = refused["motif"].str.strip().astype("str").fillna("")
    given = written.mask(written == "", NO_REASON)
    first = given.groupby(given.str.casefold()).transform("first")
    named = unlike_codes(first, (TOTAL, OTHER_REASONS))
    kept = _by_frequency(Counter(named[named != NO_REASON]))
    if len(kept) <= MOST_REASONS:
        return named
    rarest = kept[MOST_REASONS - 1 :]
    return named.mask(named.isin(rarest), OTHER_REASONS)


def _reason_words(records: Records, scope: Scope) -> dict[str, str]:
    """Name the lines: reasons are their own words."""
    words = {
        NO_REASON: "Motif non noté",
        OTHER_REASONS: "Autres motifs",
        TOTAL: label_of(TOTAL),
    }
    if "demandes" not in records.present:
        return words
    own = {reason: reason for reason in _reasons(records, scope)}
    return {**own, **words}


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

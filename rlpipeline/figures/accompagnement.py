"""V.3: the individual follow-ups: how long, how they end, where they lead, what was asked, what lasts."""

from __future__ import annotations

from functools import partial

import pandas as pd

from rlpipeline.declared import Cells, Link
from rlpipeline.figures.declaration import FEW_PERSONS, Indicator
from rlpipeline.figures.labels import TOTAL, label_of, natural_key
from rlpipeline.figures.population import (
    located,
)
from rlpipeline.figures.populations import referrals
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tidy import not_communicated, tidy
from rlpipeline.figures.words import line_texts, unlike_codes
from rlpipeline.records.frames import Records


def orientation_partners(records: Records, scope: Scope) -> pd.DataFrame:
    """List the partners of each domain, without numbers: those are in the figures."""
    noted = referrals(records, scope)
    named = noted.assign(partenaires=noted["partenaire"])
    return line_texts(named, named["domaine"], ("partenaires",))


REFUSED, NO_REASON, OTHER_REASONS, MOST_REASONS = "refusee", "sans_motif", "autres_motifs", 8
"""Code of a refusal; of those without a reason, and with one of the least given; reasons that have a line."""


def refusals(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the refused requests of the year by reason, in the service's words, the most given first."""
    if "demandes" not in records.present:
        return not_communicated((TOTAL,), ("nombre",), "demandes")
    reasons = _reasons(records, scope)
    counts = reasons.value_counts(sort=False)
    order = sorted(counts.index, key=lambda one: (one in _LAST, -counts[one], natural_key(one)))
    return tidy((*order, TOTAL), ("nombre",), [[counts[one]] for one in order] + [[len(reasons)]], "demandes")


_LAST = {OTHER_REASONS, NO_REASON}


def _reasons(records: Records, scope: Scope) -> pd.Series[str]:
    """Reason of each refused request: case does not tell two apart, and the least given are one."""
    requests = located(records, "demandes", scope)
    given = requests.loc[requests["suite"] == REFUSED, "motif"].str.strip().astype("str")
    given = given.mask(given.isna() | (given == ""), NO_REASON)
    first = given.groupby(given.str.casefold()).transform("first")
    named = unlike_codes(first, (TOTAL, OTHER_REASONS)).mask(first == NO_REASON, NO_REASON)
    counts = named[named != NO_REASON].value_counts()
    kept = sorted(counts.index, key=lambda one: (-counts[one], natural_key(one)))
    if len(kept) <= MOST_REASONS:
        return named
    return named.mask(named.isin(kept[MOST_REASONS - 1 :]), OTHER_REASONS)


def _reason_words(records: Records, scope: Scope) -> dict[str, str]:
    own = {one: one for one in _reasons(records, scope)} if "demandes" in records.present else {}
    return {**own, NO_REASON: "Motif non noté", OTHER_REASONS: "Autres motifs", TOTAL: label_of(TOTAL)}


MOTIFS_REFUS = partial(
    Indicator,
    unit="demandes",
    source="données du service (demandes)",
    tables=("demandes",),
    scope="both",
    additive=False,
    protected=True,
    compute=refusals,
    row_labels=_reason_words,
    filter="demandes refusées datées de {annee}, {lieu}",
    used=lambda records, scope: {"demandes": len(_reasons(records, scope))},
    not_shared=FEW_PERSONS,
    links=(
        Link(
            "cohorte",
            "motifs_refus",
            (Cells("motifs_refus", TOTAL, "nombre"),),
            "=",
            (Cells("demandes", REFUSED, TOTAL),),
            "ces tableaux comptent les mêmes demandes refusées",
        ),
    ),
)

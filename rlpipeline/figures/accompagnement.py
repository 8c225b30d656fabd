"""V.3: the individual follow-ups: how long, how they end, where they lead, what was asked, what lasts."""

from __future__ import annotations

import pandas as pd

from rlpipeline.declared import Cells, Link
from rlpipeline.figures.crossing import Crossing, crossed, persons, rows
from rlpipeline.figures.indicator import FEW_PERSONS, Indicator, Look
from rlpipeline.figures.labels import MOTIFS, TOTAL, label_of, natural_key
from rlpipeline.figures.population import (
    ACCOMPANIED,
    FOLLOWED,
    Population,
    completed_months,
    follow_ups,
    in_year,
    located,
    paei,
    with_persons,
)
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tidy import not_communicated, tidy
from rlpipeline.figures.variables import AGE, DURATION, FIELD, OUTCOME, REASON, STATUS
from rlpipeline.figures.words import line_texts, unlike_codes
from rlpipeline.records.frames import Records

ALERT_MONTHS = 6
ALERT_COLUMNS = ("educateur", "statut", "id_suivi", "id_jeune", "commune", "date_debut", "mois")


def orientation_partners(records: Records, scope: Scope) -> pd.DataFrame:
    """List the partners of each domain, without numbers: those are in the figures."""
    noted = referrals(records, scope)
    named = noted.assign(partenaires=noted["partenaire"])
    return line_texts(named, named["domaine"], ("partenaires",))


def alerts(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups open on 31 December and begun at least six completed months before.

    Returns
    -------
    One row per follow-up, by educator: educateur (missing where none is noted), statut, id_suivi, id_jeune, commune
    (of residence; ``hors`` outside the service's), date_debut, mois (completed, int64).
    """
    suivis = follow_ups(records, scope)
    still_open = suivis["date_fin"].isna() | (suivis["date_fin"] > scope.last_day)
    # Negative for a follow-up that begins after the year.
    months = completed_months(suivis["date_debut"], pd.Series(scope.last_day, index=suivis.index)).astype("int64")
    lasting = suivis.assign(mois=months, commune=suivis["territoire"])[still_open & (months >= ALERT_MONTHS)]
    ordered = lasting.sort_values(["educateur", "statut", "date_debut", "id_suivi"], na_position="last")
    return ordered[list(ALERT_COLUMNS)].reset_index(drop=True)


def lasting(records: Records, scope: Scope) -> pd.DataFrame:
    """List the same follow-ups with their young people."""
    return with_persons(alerts(records, scope), records, scope)


def ended(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI ended in the year, those that changed status left out."""
    plans = paei(records, scope)
    of_year = plans[in_year(plans["date_fin"], scope.year) & plans["motif_cloture"].isin([*MOTIFS])]
    return with_persons(of_year, records, scope)


def referrals(records: Records, scope: Scope) -> pd.DataFrame:
    """List the referrals dated in the year and noted in a PAEI."""
    noted = records["orientations"]
    of_year = noted.loc[in_year(noted["date"], scope.year), ["id_suivi", "domaine", "partenaire"]]
    return with_persons(of_year.merge(paei(records, scope)[["id_suivi", "id_jeune"]], on="id_suivi"), records, scope)


ENDED = Population(
    id="sorties",
    title="PAEI terminés dans l'année",
    table="suivis",
    needs=("jeunes", "suivis"),
    rows=ended,
    filter="suivis PAEI terminés en {annee}, changements de statut exclus, {residents}",
    source="données du service (suivis et jeunes)",
    within=ACCOMPANIED,
)
REFERRALS = Population(
    id="orientations",
    title="orientations de l'année notées dans un PAEI",
    table="orientations",
    needs=("jeunes", "suivis", "orientations"),
    rows=referrals,
    filter="orientations datées de {annee} et notées dans un PAEI, {residents}",
    source="données du service (orientations, suivis et jeunes)",
    supposed_within=ACCOMPANIED,
    because="un jeune orienté est accompagné",
)
REQUESTS = Population(
    id="demandes",
    title="demandes d'accompagnement individuel de l'année",
    table="demandes",
    needs=("demandes",),
    rows=lambda records, scope: located(records, "demandes", scope),
    filter="demandes datées de {annee}, {lieu}",
    source="données du service (demandes)",
)
LASTING = Population(
    id="suivis_a_reexaminer",
    title="suivis en cours au 31 décembre depuis six mois ou plus",
    table="suivis",
    needs=("jeunes", "suivis"),
    rows=lasting,
    filter=(
        "suivis de tout statut, en cours au 31 décembre {annee} et commencés depuis six mois révolus ou plus, "
        "{residents}"
    ),
    source="données du service (suivis et jeunes)",
    within=FOLLOWED,
)

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


INDICATORS = (
    crossed(
        Crossing(population=ACCOMPANIED, lines=DURATION, columns=AGE, measures=(persons(),)),
        id="durees",
        look=Look(
            tab="Durées d’accompagnement", chart="bars", drawn="Durée d'accompagnement", in_order=True, one_scale=True
        ),
        title="Durée d'accompagnement, par âge",
        section="V.3",
        definition=(
            "Jeunes accompagnés selon les mois révolus entre le premier jour de leur PAEI et sa fin, ou le 31 "
            "décembre si elle vient après. Un jeune qui a eu plusieurs PAEI actifs dans l'année compte une "
            "fois, avec le plus long. Âge en années révolues au 31 décembre."
        ),
        denominator="Jeunes accompagnés dans l'année",
        source="données du service (suivis et jeunes)",
    ),
    crossed(
        Crossing(population=ENDED, lines=REASON, measures=(rows("accompagnements", "nombre"),)),
        id="clotures",
        look=Look(tab="Clôtures", chart="bars"),
        title="Sorties en fin d'accompagnement, par motif",
        section="V.3",
        definition=(
            "PAEI terminés dans l'année, par motif de clôture. Un changement de statut n'est pas une sortie "
            "et n'est pas compté."
        ),
    ),
    crossed(
        Crossing(population=REFERRALS, lines=FIELD, measures=(rows("orientations", "nombre"), persons("jeunes"))),
        id="orientations",
        look=Look(tab="Orientations"),
        shares_words=False,  # the partner of one referral
        title="Orientations vers un ou des partenaires",
        section="V.3",
        definition=(
            "Orientations vers un partenaire notées dans un PAEI et datées de l'année, et jeunes distincts "
            "concernés. Un jeune peut être orienté dans plusieurs domaines : le total des jeunes compte "
            "chacun une fois."
        ),
        texts=orientation_partners,
        text_columns=("partenaires",),
    ),
    crossed(
        Crossing(population=REQUESTS, lines=OUTCOME, columns=AGE, measures=(rows("demandes"),)),
        id="demandes",
        look=Look(
            tab="Demandes",
            chart="bars",
            drawn="Demandes d'accompagnement individuel, selon la suite donnée",
            in_order=True,
        ),
        title="Demandes d'accompagnement individuel, selon la suite donnée et l'âge",
        section="V.3",
        definition=(
            "Demandes d'accompagnement individuel reçues dans l'année, selon la suite donnée, y compris "
            "celles qui ont dû être refusées. Une demande relève de la commune qui y est notée ; sans tranche "
            "d'âge, elle est d'âge inconnu."
        ),
    ),
    Indicator(
        id="motifs_refus",
        look=Look(tab="Motifs de refus"),
        title="Demandes refusées, selon le motif noté",
        section="V.3",
        definition=(
            "Demandes de l'année qui ont dû être refusées, selon leur motif, dans les mots du service. Au-delà de "
            f"{MOST_REASONS} motifs, les moins fréquents sont réunis."
        ),
        unit="demandes",
        source=REQUESTS.source,
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
    ),
    crossed(
        Crossing(population=LASTING, lines=STATUS, measures=(rows("suivis", "nombre"),)),
        id="alertes",
        look=Look(tab="Suivis à réexaminer"),
        not_shared=FEW_PERSONS,
        title="Suivis à réexaminer : même statut depuis six mois ou plus",
        section="V.3",
        definition=(
            "Suivis, de tout statut, en cours au 31 décembre (actifs ce jour-là sans se terminer ce jour-là) et "
            "commencés depuis au moins six mois révolus."
        ),
    ),
)

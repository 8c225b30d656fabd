"""V.3: the individual follow-ups: how long, how they end, where they lead, what was asked, what lasts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rlpipeline.figures.indicator import Indicator, labelled
from rlpipeline.figures.labels import (
    AGE_INCONNU,
    AGES,
    DOMAINES,
    DUREES,
    MOTIFS,
    STATUTS,
    SUITES,
    TOTAL,
)
from rlpipeline.figures.population import (
    about_people,
    accompanied,
    cohort_used,
    completed_months,
    follow_ups,
    in_year,
    paei,
)
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.things import things
from rlpipeline.figures.tidy import by_age, cross_counts, not_communicated, tidy, with_total_line
from rlpipeline.figures.words import line_texts
from rlpipeline.records.frames import Records

ALERT_MONTHS = 6
ALERT_COLUMNS = ("educateur", "statut", "id_suivi", "id_jeune", "commune", "date_debut", "mois")


def durees(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the *jeunes accompagnés* by the completed months of their longest PAEI active in the year."""
    cohort = accompanied(records, scope)
    months = cohort["mois"]
    classes = np.select([months < 6, months < 12, months < 24], list(DUREES)[:3], list(DUREES)[3])
    lines = pd.Series(classes, index=cohort.index, dtype="str")
    return by_age(lines, cohort["tranche_age"], tuple(DUREES), "jeunes")


def clotures(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the PAEI ended in the year by reason; a change of status is no exit."""
    ended = _ended(records, scope)
    return tidy((*MOTIFS, TOTAL), ("nombre",), _counts(ended["motif_cloture"], tuple(MOTIFS)), "accompagnements")


def orientations(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the referrals of the year noted in PAEI, and the distinct young people referred, by domain."""
    lines = (*DOMAINES, TOTAL)
    units = ("orientations", "jeunes")
    if "orientations" not in records.present:
        return not_communicated(lines, ("nombre", "jeunes"), units)
    noted = _referrals(records, scope)
    number = _counts(noted["domaine"], tuple(DOMAINES))
    persons = _counts(noted.drop_duplicates(["id_jeune", "domaine"])["domaine"], tuple(DOMAINES))
    persons[-1] = noted["id_jeune"].nunique()
    return tidy(lines, ("nombre", "jeunes"), np.hstack([number, persons]), units)


def orientation_partners(records: Records, scope: Scope) -> pd.DataFrame:
    """List the partners of each domain, without numbers: those are in the figures."""
    noted = _referrals(records, scope)
    named = noted.assign(partenaires=noted["partenaire"])
    return line_texts(named, named["domaine"], ("partenaires",))


def demandes(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the requests for individual follow-up made in the year by what followed and age."""
    if "demandes" not in records.present:
        return not_communicated((*SUITES, TOTAL), (*AGES, TOTAL), "demandes")
    there = _requests(records, scope)
    return by_age(there["suite"], there["tranche_age"].fillna(AGE_INCONNU), tuple(SUITES), "demandes")


def alertes(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the follow-ups that have kept one status for six completed months or more on 31 December."""
    return tidy((*STATUTS, TOTAL), ("nombre",), _counts(alerts(records, scope)["statut"], tuple(STATUTS)), "suivis")


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


def _ended(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI ended in the year, those that changed status left out."""
    plans = paei(records, scope)
    return plans[in_year(plans["date_fin"], scope.year) & plans["motif_cloture"].isin([*MOTIFS])]


def _ended_used(records: Records, scope: Scope) -> dict[str, int]:
    ended = _ended(records, scope)
    return {"suivis": len(ended), **about_people(records, scope, ended)}


def _requests(records: Records, scope: Scope) -> pd.DataFrame:
    """List the requests of the year."""
    return things(records["demandes"], scope)


def _alerts_used(records: Records, scope: Scope) -> dict[str, int]:
    listed = alerts(records, scope)
    return {"suivis": len(listed), **about_people(records, scope, listed)}


def _referrals_used(records: Records, scope: Scope) -> dict[str, int]:
    noted = _referrals(records, scope)
    return {
        "orientations": len(noted),
        "suivis": int(noted["id_suivi"].nunique()),
        **about_people(records, scope, noted),
    }


def _referrals(records: Records, scope: Scope) -> pd.DataFrame:
    """List the referrals dated in the year and noted in a PAEI: id_jeune, domaine, partenaire."""
    noted = records["orientations"]
    of_year = noted.loc[in_year(noted["date"], scope.year), ["id_suivi", "domaine", "partenaire"]]
    return of_year.merge(paei(records, scope)[["id_suivi", "id_jeune"]], on="id_suivi")


def _counts(codes: pd.Series[str], lines: tuple[str, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Count rows by code, their total last: one column."""
    one = pd.Series("nombre", index=codes.index, dtype="str")
    return with_total_line(cross_counts(codes, one, lines, ("nombre",)))


INDICATORS = (
    Indicator(
        id="durees",
        title="Durée d'accompagnement, par âge",
        section="V.3",
        definition=(
            "Jeunes accompagnés selon les mois révolus entre le premier jour de leur PAEI et sa fin, ou le 31 "
            "décembre si elle vient après. Un jeune qui a eu plusieurs PAEI actifs dans l'année compte une "
            "fois, avec le plus long. Âge en années révolues au 31 décembre."
        ),
        unit="jeunes",
        denominator="Jeunes accompagnés dans l'année",
        source="données du service (suivis et jeunes)",
        tables=("jeunes", "suivis"),
        scope="both",
        additive=True,
        protected=True,
        compute=durees,
        filter="suivis PAEI actifs en {annee}, {residents}",
        used=cohort_used,
    ),
    Indicator(
        id="clotures",
        title="Sorties en fin d'accompagnement, par motif",
        section="V.3",
        definition=(
            "PAEI terminés dans l'année, par motif de clôture. Un changement de statut n'est pas une sortie "
            "et n'est pas compté."
        ),
        unit="accompagnements",
        source="données du service (suivis et jeunes)",
        tables=("jeunes", "suivis"),
        scope="both",
        additive=True,
        protected=True,
        compute=clotures,
        row_labels=labelled(MOTIFS),
        filter="suivis PAEI terminés en {annee}, changements de statut exclus, {residents}",
        used=_ended_used,
    ),
    Indicator(
        id="orientations",
        title="Réorientations vers un ou des partenaires",
        section="V.3",
        definition=(
            "Orientations vers un partenaire notées dans un PAEI et datées de l'année, et jeunes distincts "
            "concernés. Un jeune peut être orienté dans plusieurs domaines : le total des jeunes compte "
            "chacun une fois."
        ),
        unit="orientations, jeunes",
        source="données du service (orientations, suivis et jeunes)",
        tables=("jeunes", "suivis", "orientations"),
        scope="both",
        additive=True,
        protected=True,
        compute=orientations,
        row_labels=labelled(DOMAINES),
        texts=orientation_partners,
        text_columns=("partenaires",),
        filter="orientations datées de {annee} et notées dans un PAEI, {residents}",
        used=_referrals_used,
    ),
    Indicator(
        id="demandes",
        title="Demandes d'accompagnement individuel, selon la suite donnée et l'âge",
        section="V.3",
        definition=(
            "Demandes d'accompagnement individuel reçues dans l'année, selon la suite donnée, y compris "
            "celles qui ont dû être refusées. Une demande relève de la commune qui y est notée ; sans tranche "
            "d'âge, elle est d'âge inconnu."
        ),
        unit="demandes",
        source="données du service (demandes)",
        tables=("demandes",),
        scope="both",
        additive=True,
        protected=True,
        compute=demandes,
        filter="demandes datées de {annee}, {lieu}",
        used=lambda records, scope: {"demandes": len(_requests(records, scope))},
    ),
    Indicator(
        id="alertes",
        title="Suivis à réexaminer : même statut depuis six mois ou plus",
        section="V.3",
        definition=(
            "Suivis, de tout statut, ouverts au 31 décembre (actifs ce jour-là et non terminés ce jour-là) et "
            "commencés depuis au moins six mois révolus."
        ),
        unit="suivis",
        source="données du service (suivis et jeunes)",
        tables=("jeunes", "suivis"),
        scope="both",
        additive=True,
        protected=True,
        compute=alertes,
        filter=(
            "suivis de tout statut, ouverts au 31 décembre {annee} et commencés depuis six mois révolus ou plus, "
            "{residents}"
        ),
        used=_alerts_used,
    ),
)

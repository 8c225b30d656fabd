"""V.1: the young people met in street work and in social presence."""

from __future__ import annotations

import pandas as pd

from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.labels import AGES, NOUVEAUX, SEXES, TOTAL
from rlpipeline.figures.population import about_people, follow_ups, in_year, people
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tidy import by_age_and_sex, not_communicated
from rlpipeline.records.frames import Records, among


def travail_de_rue(records: Records, scope: Scope) -> pd.DataFrame:
    """Count distinct young people with a follow-up of any status active in the year."""
    population = people(records, scope)
    return by_age_and_sex(population[population["suivi_actif"]], "contact_nouveau")


def presence_sociale(records: Records, scope: Scope) -> pd.DataFrame:
    """Count distinct young people met in social presence in the year, wherever they were met."""
    if "presences" not in records.present:
        return not_communicated((*AGES, TOTAL), (*SEXES, TOTAL, NOUVEAUX), "jeunes")
    presences = records["presences"]
    met = presences.loc[in_year(presences["date"], scope.year), "id_jeune"]
    population = people(records, scope)
    return by_age_and_sex(population[among(population["id_jeune"], met)], "contact_nouveau")


def _followed_used(records: Records, scope: Scope) -> dict[str, int]:
    suivis = follow_ups(records, scope)
    kept = suivis[suivis["actif"]]
    return {"suivis": len(kept), **about_people(records, scope, kept)}


def _met_used(records: Records, scope: Scope) -> dict[str, int]:
    presences = records["presences"]
    of_year = presences[in_year(presences["date"], scope.year)]
    kept = of_year[among(of_year["id_jeune"], people(records, scope)["id_jeune"])]
    return {"presences": len(kept), **about_people(records, scope, kept)}


INDICATORS = (
    Indicator(
        id="travail_de_rue",
        title="Jeunes rencontrés en travail de rue, par sexe et âge",
        section="V.1",
        definition=(
            "Jeunes distincts ayant au moins un suivi actif dans l'année, quel que soit son statut : accompagnement "
            "éducatif individuel (PAEI), accompagnement ponctuel (ASEP) ou accroche, la prise de contact qui peut "
            "mener à un accompagnement. Ce n'est pas la somme des rencontres. Nouveaux : premier contact dans l'année. "
            "Âge en années révolues au 31 décembre. Commune : celle de résidence au 31 décembre."
        ),
        unit="jeunes",
        source="données du service (jeunes, suivis et situations)",
        tables=("jeunes", "suivis"),
        scope="both",
        additive=True,
        protected=True,
        compute=travail_de_rue,
        filter="suivis actifs en {annee}, de tout statut, {residents}",
        used=_followed_used,
    ),
    Indicator(
        id="presence_sociale",
        title="Jeunes rencontrés en présence sociale, par sexe et âge",
        section="V.1",
        definition=(
            "Jeunes distincts rencontrés au moins une fois en présence sociale dans l'année, quel que soit le "
            "lieu de la rencontre ; chacun compte une fois, dans sa commune de résidence au 31 décembre. "
            "Nouveaux : premier contact dans l'année. Âge en années révolues au 31 décembre."
        ),
        unit="jeunes",
        source="données du service (jeunes, présences et situations)",
        tables=("jeunes", "presences"),
        scope="both",
        additive=True,
        protected=True,
        compute=presence_sociale,
        filter="présences datées de {annee}, {residents}",
        used=_met_used,
    ),
)

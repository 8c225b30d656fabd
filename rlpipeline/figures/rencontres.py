"""V.1: the young people met in street work and in social presence."""

from __future__ import annotations

import pandas as pd

from rlpipeline.figures.crossing import Crossing, crossed, persons
from rlpipeline.figures.indicator import Look
from rlpipeline.figures.population import FOLLOWED, Population, in_year, with_persons
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.variables import AGE, SEX
from rlpipeline.records.frames import Records


def met(records: Records, scope: Scope) -> pd.DataFrame:
    """List the meetings in social presence in the year, wherever they were, with the young people who live there."""
    presences = records["presences"]
    return with_persons(presences[in_year(presences["date"], scope.year)], records, scope)


MET = Population(
    id="jeunes_rencontres",
    title="jeunes rencontrés en présence sociale dans l'année",
    table="presences",
    needs=("jeunes", "presences"),
    rows=met,
    filter="présences datées de {annee}, {residents}",
    source="données du service (jeunes, présences et situations)",
)

INDICATORS = (
    crossed(
        Crossing(population=FOLLOWED, lines=AGE, columns=SEX, measures=(persons(),), newcomers="contact_nouveau"),
        id="travail_de_rue",
        look=Look(
            tab="Travail de rue",
            chart="pyramid",
            drawn="Jeunes rencontrés en travail de rue, par âge",
            in_order=True,
            one_scale=True,
        ),
        title="Jeunes rencontrés en travail de rue, par sexe et âge",
        section="V.1",
        definition=(
            "Jeunes distincts ayant au moins un suivi actif dans l'année, quel que soit son statut : projet "
            "d'accompagnement éducatif individualisé (PAEI), accompagnement ponctuel (ASEP) ou accroche, la prise de "
            "contact qui peut mener à un accompagnement. Ce n'est pas la somme des rencontres. Nouveaux : premier "
            "contact dans l'année. Âge en années révolues au 31 décembre. Commune : celle de résidence au 31 décembre."
        ),
    ),
    crossed(
        Crossing(population=MET, lines=AGE, columns=SEX, measures=(persons(),), newcomers="contact_nouveau"),
        id="presence_sociale",
        look=Look(
            tab="Présence sociale",
            chart="pyramid",
            drawn="Jeunes rencontrés en présence sociale, par âge",
            in_order=True,
            one_scale=True,
        ),
        title="Jeunes rencontrés en présence sociale, par sexe et âge",
        section="V.1",
        definition=(
            "Jeunes distincts rencontrés au moins une fois en présence sociale dans l'année, quel que soit le "
            "lieu de la rencontre ; chacun compte une fois, dans sa commune de résidence au 31 décembre. "
            "Nouveaux : premier contact dans l'année. Âge en années révolues au 31 décembre."
        ),
    ),
)

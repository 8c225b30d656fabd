"""V.2: the young people followed individually (PAEI): who they are, their issues, the other services."""

from __future__ import annotations

import pandas as pd

from rlpipeline.figures.crossing import Crossing, crossed, noted, persons, rows
from rlpipeline.figures.indicator import FEW_PERSONS, Look
from rlpipeline.figures.labels import AU_MOINS_UN, TOTAL
from rlpipeline.figures.population import ACCOMPANIED, Population, paei, with_persons
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.variables import (
    ADULT,
    AGE,
    CONTACT,
    FAMILY,
    ISSUE,
    ORIGIN,
    PARTNER,
    PRIORITY,
    RESIDENCE,
    SEX,
    SITUATION,
)
from rlpipeline.records.frames import Records


def issues(records: Records, scope: Scope) -> pd.DataFrame:
    """List the issues noted in PAEI in the year, with their famille and their young people."""
    noted = records["problematiques"]
    of_year = noted.loc[noted["annee"] == scope.year, ["id_suivi", "problematique"]]
    family_of = {code.code: family.code for family in scope.service.problematiques for code in family.codes}
    placed = of_year.assign(famille=of_year["problematique"].map(family_of).astype("str"))
    return with_persons(placed.merge(paei(records, scope)[["id_suivi", "id_jeune"]], on="id_suivi"), records, scope)


def shared(records: Records, scope: Scope) -> pd.DataFrame:
    """List the other services noted in the year for the *jeunes accompagnés*."""
    noted = records["co_accompagnements"]
    of_year = with_persons(noted[noted["annee"] == scope.year], records, scope)
    return of_year[of_year["accompagne"]]


ISSUES = Population(
    id="problematiques",
    title="problématiques notées pour l'année dans un PAEI",
    table="problematiques",
    needs=("jeunes", "suivis", "problematiques"),
    rows=issues,
    filter="problématiques notées pour {annee} dans un PAEI, {residents}",
    source="données du service (problématiques, suivis et jeunes)",
    supposed_within=ACCOMPANIED,
    because="un jeune concerné par une problématique est accompagné",
)
SHARED = Population(
    id="co_accompagnements",
    title="autres services notés pour l'année, pour les jeunes accompagnés",
    table="co_accompagnements",
    needs=("jeunes", "suivis", "co_accompagnements"),
    rows=shared,
    filter="autres services notés pour {annee}, pour les jeunes ayant un PAEI actif dans l'année, {residents}",
    source="données du service (co-accompagnements, suivis et jeunes)",
    within=ACCOMPANIED,
    because="un jeune suivi avec un autre service est accompagné",
)

_COHORT = "Jeunes accompagnés : jeunes distincts ayant au moins un PAEI actif dans l'année."
_AGE = "Âge en années révolues au 31 décembre."
_DENOMINATOR = "Jeunes accompagnés dans l'année"

INDICATORS = (
    crossed(
        Crossing(population=ACCOMPANIED, lines=AGE, columns=SEX, measures=(persons(),), newcomers="nouveau"),
        id="accompagnes",
        look=Look(
            tab="Jeunes accompagnés",
            chart="pyramid",
            drawn="Jeunes accompagnés, par âge",
            in_order=True,
            one_scale=True,
            slopes=True,
        ),
        title="Jeunes accompagnés, par sexe et âge",
        section="V.2",
        definition=f"{_COHORT} Nouveaux : jeunes dont le premier PAEI a commencé dans l'année. {_AGE}",
    ),
    crossed(
        Crossing(population=ACCOMPANIED, lines=SITUATION, columns=AGE, measures=(persons(),)),
        id="situations",
        look=Look(tab="Situations", chart="bars", drawn="Situation des jeunes accompagnés"),
        title="Situation des jeunes accompagnés, par âge",
        section="V.2",
        definition=(
            f"{_COHORT} Situation notée pour l'année ; un jeune sans situation notée est « non renseigné », et "
            f"le total reste celui des jeunes accompagnés. {_AGE}"
        ),
        denominator=_DENOMINATOR,
    ),
    crossed(
        Crossing(population=ACCOMPANIED, lines=RESIDENCE, columns=AGE, measures=(persons(),)),
        id="communes",
        look=Look(
            tab="Communes de résidence",
            chart="panels",
            drawn="Commune de résidence des jeunes accompagnés",
            slopes=True,
            by_place=True,
        ),
        title="Commune de résidence des jeunes accompagnés, par âge",
        section="V.2",
        definition=(
            f"{_COHORT} Commune de résidence au 31 décembre de l'année ; hors : commune qui n'est pas de "
            f"celles du service. {_AGE}"
        ),
        denominator=_DENOMINATOR,
        scope="service",
    ),
    crossed(
        Crossing(population=ACCOMPANIED, lines=ADULT, columns=SEX, measures=(persons(),)),
        id="moins_de_18",
        look=Look(tab="Mineurs et majeurs"),
        not_shared="avec les tranches d'âge, il dirait combien de jeunes ont un âge précis",
        title="Jeunes accompagnés mineurs et majeurs, par sexe",
        section="V.2",
        definition=f"{_COHORT} {_AGE}",
        denominator=_DENOMINATOR,
    ),
    crossed(
        Crossing(population=ACCOMPANIED, lines=CONTACT, measures=(persons(TOTAL),)),
        id="anciennete_contact",
        look=Look(tab="Ancienneté du contact"),
        title="Jeunes accompagnés, selon l'ancienneté du premier contact",
        section="V.2",
        definition=(
            f"{_COHORT} Mois révolus entre le premier contact avec le service et le 31 décembre, que le jeune ait été "
            "suivi sans interruption ou non."
        ),
        denominator=_DENOMINATOR,
    ),
    crossed(
        Crossing(population=ACCOMPANIED, lines=ORIGIN, measures=(persons(TOTAL),)),
        id="origine_contact",
        look=Look(tab="Origine du contact"),
        not_shared=FEW_PERSONS,
        title="Jeunes accompagnés, selon l'origine du premier contact",
        section="V.2",
        definition=f"{_COHORT} Comment le premier contact avec le service s'est fait.",
        denominator=_DENOMINATOR,
        when=noted("jeunes", "origine"),
    ),
    crossed(
        Crossing(population=ACCOMPANIED, lines=PRIORITY, measures=(persons(TOTAL),)),
        id="qpv",
        look=Look(tab="Quartiers prioritaires"),
        not_shared=FEW_PERSONS,
        title="Jeunes accompagnés vivant en quartier prioritaire",
        section="V.2",
        definition=f"{_COHORT} Résidence en quartier prioritaire de la politique de la ville, notée par le service.",
        denominator=_DENOMINATOR,
        when=noted("jeunes", "qpv"),
    ),
    crossed(
        Crossing(population=ISSUES, lines=ISSUE, columns=AGE, measures=(rows("problematiques_relevees"),)),
        id="problematiques",
        look=Look(
            tab="Problématiques",
            chart="heat",
            drawn="Familles de problématiques à l'origine de l'accompagnement",
            one_scale=True,
        ),
        title="Problématiques à l'origine de l'accompagnement, par âge",
        section="V.2",
        definition=(
            "Problématiques notées pour l'année dans un PAEI ; un jeune peut en avoir plusieurs, et une même "
            "problématique peut être notée plusieurs fois. Une famille est la somme de ses problématiques. "
            f"{_AGE}"
        ),
    ),
    crossed(
        Crossing(population=ISSUES, lines=FAMILY, columns=AGE, measures=(persons(),), total=""),
        id="problematiques_jeunes",
        look=Look(tab="Jeunes par problématique"),
        title="Jeunes concernés par chaque famille de problématiques, par âge",
        section="V.2",
        definition=(
            "Jeunes distincts ayant au moins une problématique de la famille notée pour l'année dans un PAEI. "
            "Un jeune peut relever de plusieurs familles : elles ne s'additionnent pas, et il n'y a pas de "
            f"total. {_AGE}"
        ),
        denominator=_DENOMINATOR,
    ),
    crossed(
        Crossing(population=SHARED, lines=PARTNER, measures=(persons("jeunes"),), total=AU_MOINS_UN),
        id="co_accompagnements",
        look=Look(tab="Co-accompagnements", chart="bars"),
        title="Autres services intervenant auprès des jeunes accompagnés ou de leur famille",
        section="V.2",
        definition=(
            "Jeunes accompagnés distincts suivis dans l'année avec chaque autre service. Un jeune peut en "
            "avoir plusieurs : la dernière ligne compte une fois chaque jeune qui en a au moins un."
        ),
        denominator=_DENOMINATOR,
    ),
)

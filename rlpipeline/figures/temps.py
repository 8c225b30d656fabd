"""V: the hours of the team, by activity and on social networks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rlpipeline.figures.crossing import Crossing, Measure, crossed
from rlpipeline.figures.population import Population
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.sums import Sums, parts_of_whole
from rlpipeline.figures.things import located
from rlpipeline.figures.variables import ACTIVITY
from rlpipeline.records.frames import Records


def weeks_of(scope: Scope) -> float:
    """Give the number of weeks of the year: its days divided by seven."""
    return ((scope.last_day - scope.first_day).days + 1) / 7


def hours(records: Records, scope: Scope) -> pd.DataFrame:
    """List the entries of the year."""
    return located(records, "temps", scope)


def online(records: Records, scope: Scope) -> pd.DataFrame:
    """List the entries of the year made on social networks."""
    entries = hours(records, scope)
    return entries[entries["en_ligne"].astype(bool)]


def _weekly(amounts: Sums, scope: Scope) -> Sums:
    return Sums(np.round(amounts.values / weeks_of(scope), 2), amounts.states)


def _of_the_service_itself(records: Records, scope: Scope) -> tuple[str, ...]:
    """Say in a commune's table that other hours exist, whose zeros would read as no presence at all."""
    told = "Les heures saisies sans commune, celles du service lui-même, ne sont comptées que dans son rapport."
    return (told,) if scope.territory in scope.service.commune_codes and "temps" in records.present else ()


HOURS = Population(
    id="temps",
    title="heures saisies dans l'année",
    table="temps",
    needs=("temps",),
    rows=hours,
    filter="saisies datées de {annee}, {lieu}",
    source="données du service (temps de travail)",
    notes=_of_the_service_itself,
)
ONLINE = Population(
    id="temps_en_ligne",
    title="heures de l'année saisies comme faites en ligne",
    table="temps",
    needs=("temps",),
    rows=online,
    filter="saisies datées de {annee} et faites en ligne, {lieu}",
    source="données du service (temps de travail)",
    within=HOURS,
    because="le temps passé en ligne fait partie du temps de travail",
    notes=_of_the_service_itself,
)
_HOURS = Measure(code="heures", unit="heures", counts="somme", of="heures")
_PART = Measure(code="part", unit="%", counts="part", derived=lambda amounts, scope: parts_of_whole(amounts))
_WEEKLY = Measure(code="heures_par_semaine", unit="heures", counts="par_semaine", derived=_weekly)

INDICATORS = (
    crossed(
        Crossing(population=HOURS, lines=ACTIVITY, measures=(_HOURS, _PART)),
        id="temps_activite",
        title="Temps de travail par activité",
        section="V",
        definition=(
            "Heures saisies dans l'année, par activité, et part de chacune dans le total. Les parts ont deux "
            "décimales et leur somme fait 100 (plus fort reste). Une saisie sans durée n'est pas communiquée "
            ": la somme des autres est un total partiel. Une saisie sans commune est du temps du service "
            "lui-même, compté dans les seuls chiffres d'ensemble."
        ),
        denominator="Total des heures saisies dans l'année sur le territoire",
    ),
    crossed(
        Crossing(population=ONLINE, lines=ACTIVITY, measures=(_HOURS, _WEEKLY)),
        id="temps_en_ligne",
        title="Temps passé en ligne, sur les réseaux sociaux",
        section="V.1",
        definition=(
            "Heures saisies comme faites en ligne, par activité. Heures par semaine : heures de l'année "
            "divisées par le nombre de semaines de l'année (ses jours divisés par 7), à deux décimales."
        ),
        denominator="Semaines de l'année",
    ),
)

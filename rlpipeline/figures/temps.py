"""V: the hours of the team, by activity and on social networks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rlpipeline.figures.indicator import Indicator, labelled
from rlpipeline.figures.labels import ACTIVITES, TOTAL
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.sums import Sums, beside, parts_of_whole, stacked, sums, total_of
from rlpipeline.figures.things import things
from rlpipeline.figures.tidy import not_communicated, tidy
from rlpipeline.records.frames import Records

LINES = (*ACTIVITES, TOTAL)


def temps_activite(records: Records, scope: Scope) -> pd.DataFrame:
    """Add the hours of the year by activity, and give the part of each."""
    columns, units = ("heures", "part"), ("heures", "%")
    if "temps" not in records.present:
        return not_communicated(LINES, columns, units)
    hours = _hours(things(records["temps"], scope))
    table = beside(hours, parts_of_whole(hours))
    return tidy(LINES, columns, table.values, units, table.states)


def temps_en_ligne(records: Records, scope: Scope) -> pd.DataFrame:
    """Add the hours on social networks by activity, for the year and for a week of it."""
    columns = ("heures", "heures_par_semaine")
    if "temps" not in records.present:
        return not_communicated(LINES, columns, "heures")
    hours = _hours(_online(records, scope))
    weekly = Sums(np.round(hours.values / weeks_of(scope), 2), hours.states)
    table = beside(hours, weekly)
    return tidy(LINES, columns, table.values, "heures", table.states)


def weeks_of(scope: Scope) -> float:
    """Give the number of weeks of the year: its days divided by seven."""
    return ((scope.last_day - scope.first_day).days + 1) / 7


def _online(records: Records, scope: Scope) -> pd.DataFrame:
    entries = things(records["temps"], scope)
    return entries[entries["en_ligne"].astype(bool)]


def _of_the_service_itself(records: Records, scope: Scope) -> tuple[str, ...]:
    """Say in a commune's table that other hours exist, whose zeros would read as no presence at all."""
    told = "Les heures saisies sans commune, celles du service lui-même, ne sont comptées que dans son rapport."
    return (told,) if scope.territory in scope.service.commune_codes and "temps" in records.present else ()


def _hours(entries: pd.DataFrame) -> Sums:
    """Add the hours by activity, then all of them: one column."""
    return stacked(sums(entries[["heures"]], entries["activite"], tuple(ACTIVITES)), total_of(entries[["heures"]]))


INDICATORS = (
    Indicator(
        id="temps_activite",
        title="Temps de travail par activité",
        section="V",
        definition=(
            "Heures saisies dans l'année, par activité, et part de chacune dans le total. Les parts ont deux "
            "décimales et leur somme fait 100 (plus fort reste). Une saisie sans durée n'est pas communiquée "
            ": la somme des autres est un total partiel. Une saisie sans commune est du temps du service "
            "lui-même, compté dans les seuls chiffres d'ensemble."
        ),
        unit="heures, %",
        denominator="Total des heures saisies dans l'année sur le territoire",
        source="données du service (temps de travail)",
        tables=("temps",),
        scope="both",
        additive=True,
        not_additive=frozenset({"part"}),
        protected=False,
        compute=temps_activite,
        notes=_of_the_service_itself,
        row_labels=labelled(ACTIVITES),
        filter="saisies datées de {annee}, {lieu}",
        used=lambda records, scope: {"temps": len(things(records["temps"], scope))},
    ),
    Indicator(
        id="temps_en_ligne",
        title="Temps passé en ligne, sur les réseaux sociaux",
        section="V.1",
        definition=(
            "Heures saisies comme faites en ligne, par activité. Heures par semaine : heures de l'année "
            "divisées par le nombre de semaines de l'année (ses jours divisés par 7), à deux décimales."
        ),
        unit="heures",
        denominator="Semaines de l'année",
        source="données du service (temps de travail)",
        tables=("temps",),
        scope="both",
        additive=True,
        not_additive=frozenset({"heures_par_semaine"}),
        protected=False,
        compute=temps_en_ligne,
        notes=_of_the_service_itself,
        row_labels=labelled(ACTIVITES),
        filter="saisies datées de {annee} et faites en ligne, {lieu}",
        used=lambda records, scope: {"temps": len(_online(records, scope))},
    ),
)

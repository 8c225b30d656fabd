"""V: the hours of the team, by activity and on social networks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rlpipeline.declared import Cells, Link
from rlpipeline.figures.crossing import Crossing, Measure, crossed, noted
from rlpipeline.figures.indicator import FEW_PERSONS, Indicator, Look, labelled
from rlpipeline.figures.labels import NON_RENSEIGNE, TOTAL, natural_key
from rlpipeline.figures.population import Population, active_plans, located
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.sums import Sums, parts_of_whole, stacked, sums, total_of
from rlpipeline.figures.tidy import NC, OK, tidy
from rlpipeline.figures.variables import ACTIVITY, TIME_OF_DAY
from rlpipeline.figures.words import unlike_codes
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
    note = "Les heures saisies sans commune, celles du service lui-même, ne sont comptées que dans son rapport."
    return (note,) if scope.territory in scope.service.commune_codes and "temps" in records.present else ()


def par_educateur(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the young people followed by each educator, and add the hours; the total counts each of them once."""
    plans, entries = active_plans(records, scope), hours(records, scope)
    followed = plans.assign(educateur=_names(plans["educateur"])).drop_duplicates(["educateur", "id_jeune"])
    worked = entries.assign(educateur=_names(entries["educateur"]))
    codes = sorted({*followed["educateur"], *worked["educateur"]} - {NON_RENSEIGNE}, key=natural_key)
    rare = [NON_RENSEIGNE] if NON_RENSEIGNE in {*followed["educateur"], *worked["educateur"]} else []
    lines = [*codes, *rare]
    persons = followed["educateur"].value_counts().reindex(lines, fill_value=0).to_list()
    persons.append(plans["id_jeune"].nunique())
    time = stacked(sums(worked[["heures"]], worked["educateur"], lines), total_of(worked[["heures"]]))
    states = time.states[:, 0] if "temps" in records.present else np.full(len(persons), NC, dtype=object)
    return tidy(
        [*lines, TOTAL],
        ("jeunes", "heures"),
        np.column_stack([persons, time.values[:, 0]]),
        ("jeunes", "heures"),
        np.column_stack([np.full(len(persons), OK, dtype=object), states]),
    )


def _same(column: str, whole: Cells, why: str) -> Link:
    return Link("cohorte", whole.table, (Cells("par_educateur", TOTAL, column),), "=", (whole,), why)


def _names(educators: pd.Series[str]) -> pd.Series[str]:
    return unlike_codes(educators, (TOTAL, NON_RENSEIGNE)).fillna(NON_RENSEIGNE)


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
        look=Look(tab="Temps par activité", chart="whole"),
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
        Crossing(population=HOURS, lines=TIME_OF_DAY, measures=(_HOURS, _PART)),
        id="temps_creneau",
        look=Look(tab="Temps par créneau"),
        title="Temps de travail par créneau",
        section="V",
        definition=(
            "Heures saisies dans l'année, selon le moment de la journée ou de la semaine, et part de chacun dans le "
            "total. Les parts ont deux décimales et leur somme fait 100 (plus fort reste)."
        ),
        denominator="Total des heures saisies dans l'année sur le territoire",
        when=noted("temps", "creneau"),
    ),
    Indicator(
        id="par_educateur",
        look=Look(tab="Par éducateur"),
        not_shared=FEW_PERSONS,
        title="Jeunes accompagnés et heures, par éducateur",
        section="V",
        definition=(
            "Jeunes distincts ayant dans l'année un PAEI actif noté au code de l'éducateur, et heures qu'il a saisies. "
            "Un jeune suivi par deux éducateurs compte pour chacun : le total compte chaque jeune une fois. Les jeunes "
            "sont de leur commune de résidence, les heures de celle où elles ont été passées."
        ),
        unit="jeunes, heures",
        source="données du service (suivis, jeunes et temps de travail)",
        tables=("jeunes", "suivis", "temps"),
        scope="both",
        additive=True,
        protected=True,
        compute=par_educateur,
        row_labels=labelled({}),
        filter="suivis PAEI actifs en {annee}, {residents}, et saisies datées de {annee}, {lieu}",
        used=lambda records, scope: {
            "suivis": len(active_plans(records, scope)),
            "temps": len(hours(records, scope)),
        },
        when=noted("suivis", "educateur"),
        axes=("educateur", ""),
        distinct=("jeunes",),
        links=(
            _same("jeunes", Cells("accompagnes", TOTAL, TOTAL), "ces tableaux comptent les mêmes jeunes accompagnés"),
            _same("heures", Cells("temps_activite", TOTAL, "heures"), "ces tableaux comptent les mêmes heures"),
        ),
    ),
    crossed(
        Crossing(population=ONLINE, lines=ACTIVITY, measures=(_HOURS, _WEEKLY)),
        id="temps_en_ligne",
        look=Look(tab="Temps en ligne"),
        title="Temps passé en ligne, sur les réseaux sociaux",
        section="V.1",
        definition=(
            "Heures saisies comme faites en ligne, par activité. Heures par semaine : heures de l'année "
            "divisées par le nombre de semaines de l'année (ses jours divisés par 7), à deux décimales."
        ),
        denominator="Semaines de l'année",
    ),
)

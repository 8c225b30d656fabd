"""V: the hours of the team, by activity and on social networks."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.declared import Cells, Link
from rlpipeline.figures.crossing import Measure, noted
from rlpipeline.figures.declaration import FEW_PERSONS, Indicator, labelled
from rlpipeline.figures.labels import NON_RENSEIGNE, TOTAL, natural_key
from rlpipeline.figures.population import active_plans
from rlpipeline.figures.populations import hours
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.sums import Sums, parts_of_whole, stacked, sums, total_of
from rlpipeline.figures.tidy import NC, OK, tidy
from rlpipeline.figures.words import unlike_codes
from rlpipeline.records.frames import Records


def weeks_of(scope: Scope) -> float:
    """Give the number of weeks of the year: its days divided by seven."""
    return ((scope.last_day - scope.first_day).days + 1) / 7


def _weekly(amounts: Sums, scope: Scope) -> Sums:
    return Sums(np.round(amounts.values / weeks_of(scope), 2), amounts.states)


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


total_hours = Measure(code="heures", unit="heures", counts="somme", of="heures")
part = Measure(code="part", unit="%", counts="part", derived=lambda amounts, scope: parts_of_whole(amounts))
weekly = Measure(code="heures_par_semaine", unit="heures", counts="par_semaine", derived=_weekly)

PAR_EDUCATEUR = partial(
    Indicator,
    not_shared=FEW_PERSONS,
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
)

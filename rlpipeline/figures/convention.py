"""V.2 and VII: what a funder compares: communes beside one another, and the objectives beside what was reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.declared import Cells, Each, Link
from rlpipeline.figures.computed import figure_at
from rlpipeline.figures.declaration import WOULD_BE_EXACT, Indicator, labelled
from rlpipeline.figures.labels import LABELS, SOCIO_ECONOMIQUES, TOTAL
from rlpipeline.figures.population import people
from rlpipeline.figures.populations import hours
from rlpipeline.figures.scope import SANS_COMMUNE, SERVICE, Scope
from rlpipeline.figures.sums import sums
from rlpipeline.figures.territoires import latest_values
from rlpipeline.figures.tidy import NC, OK, VIDE, no_figures, tidy
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

POPULATION = SOCIO_ECONOMIQUES[0]
RATES = {
    "habitants": "Habitants",
    "accompagnes": "Accompagnés pour mille",
    "travail_de_rue": "Rencontrés en travail de rue pour mille",
    "heures": "Heures",
}
_PLACES = Each("commune", (TOTAL,))
_OF_COMMUNES = (
    *(
        Link(
            "taux",
            column,
            (Cells("taux_communes", _PLACES, column),),
            "pour_mille",
            (Cells(column, TOTAL, TOTAL, territory=_PLACES), Cells("taux_communes", _PLACES, "habitants")),
            "un taux est le nombre de jeunes de la commune pour mille de ses habitants",
            service=True,
        )
        for column in ("accompagnes", "travail_de_rue")
    ),
    Link(
        "marge",
        "heures_communes",
        (Cells("taux_communes", _PLACES, "heures"),),
        "=",
        (Cells("temps_activite", TOTAL, "heures", territory=_PLACES),),
        "les heures d'une commune sont le total de son temps de travail",
        service=True,
    ),
)
RESULTS = {"cible": "Objectif", "atteint": "Résultat"}


def taux_communes(records: Records, scope: Scope) -> pd.DataFrame:
    """Divide young people by the inhabitants of each commune whose population is given; set its hours beside.

    The hours of no commune have a line of their own, where there are some.
    """
    codes = scope.service.commune_codes
    inhabitants = _inhabitants(records, scope).reindex(codes).to_numpy("float64")
    everyone = people(records, scope)
    columns = [inhabitants]
    for flag in ("accompagne", "suivi_actif"):
        counts = everyone.loc[everyone[flag], "territoire"].value_counts().reindex(codes, fill_value=0)
        columns.append(np.round(1000 * counts.to_numpy("float64") / inhabitants, 1))
    values = np.column_stack([*columns, np.full(len(codes), np.nan)])
    states = np.where(np.isnan(values), NC, OK).astype(object)
    lines = [*codes]
    if "temps" in records.present:
        entries = hours(records, scope)
        time = sums(entries[["heures"]], entries["territoire"], [*codes, SANS_COMMUNE])
        values[:, -1], states[:, -1] = time.values[:-1, 0], time.states[:-1, 0]
        if time.values[-1, 0] > 0:
            lines.append(SANS_COMMUNE)
            values = np.vstack([values, [np.nan, np.nan, np.nan, time.values[-1, 0]]])
            states = np.vstack([states, [VIDE, VIDE, VIDE, time.states[-1, 0]]])
    units = np.array(["habitants", "‰", "‰", "heures"], dtype=object)
    return tidy(lines, [*RATES], values, units, states)


def _inhabitants(records: Records, scope: Scope) -> pd.Series[float]:
    latest = latest_values(records, scope)
    of_communes = latest[(latest["type"] == "commune") & (latest["indicateur"] == POPULATION) & (latest["valeur"] > 0)]
    return of_communes.set_index("territoire")["valeur"]


def _population_is_given(records: Records, service: Service) -> bool:
    values = records["territoires"]
    there = values["territoire"].isin(service.commune_codes) & (values["indicateur"] == POPULATION)
    return bool((there & (values["valeur"] > 0)).any())


def objectives(others: Mapping[str, Indicator]) -> Mapping[str, Any]:
    """Set each objective of the convention beside the figure that it is about, of other tables."""

    def compute(records: Records, scope: Scope) -> pd.DataFrame:
        listed = scope.service.objectifs
        if not listed:
            return no_figures()
        whole = replace(scope, territory=SERVICE)
        reached = [
            figure_at(one.chiffre, others, records, whole, f"service.yml, objectifs, « {one.texte} »") for one in listed
        ]
        values = [[one.cible, cell["valeur"]] for one, cell in zip(listed, reached, strict=True)]
        units = np.array([[cell["unite"]] * 2 for cell in reached], dtype=object)
        states = np.array([[OK, cell["etat"]] for cell in reached], dtype=object)
        return tidy([str(number) for number, _ in enumerate(listed, start=1)], [*RESULTS], values, units, states)

    def used(records: Records, scope: Scope) -> dict[str, int]:
        counted = [others[one.chiffre[0]].used(records, scope) for one in scope.service.objectifs]
        return {table: number for rows in counted for table, number in rows.items()} or {"suivis": 0}

    return {"compute": compute, "used": used}


OBJECTIFS = partial(
    Indicator,
    from_others=objectives,
    not_shared=WOULD_BE_EXACT,
    unit="selon l'objectif",
    source="paramètres du service ; le tableau de chaque chiffre",
    tables=(),
    scope="service",
    additive=False,
    protected=True,
    compute=lambda records, scope: no_figures(),
    row_labels=lambda records, scope: {
        str(number): one.texte for number, one in enumerate(scope.service.objectifs, start=1)
    },
    column_labels=labelled(RESULTS),
    filter="celles du tableau de chaque chiffre, en {annee}",
    when=lambda records, service: bool(service.objectifs),
)
TAUX_COMMUNES = partial(
    Indicator,
    unit="pour 1 000 habitants, heures",
    source="données du service (jeunes, suivis, temps de travail et territoires)",
    tables=("jeunes", "suivis", "territoires"),
    scope="service",
    additive=False,
    protected=False,
    compute=taux_communes,
    links=_OF_COMMUNES,
    row_labels=lambda records, scope: {**LABELS, **{one.code: one.nom for one in scope.service.communes}},
    column_labels=labelled(RATES),
    filter="suivis actifs en {annee}, {residents}, et population de chaque commune",
    used=lambda records, scope: {
        "suivis": int(people(records, scope)["suivi_actif"].sum()),
        "territoires": len(_inhabitants(records, scope)),
    },
    when=_population_is_given,
)

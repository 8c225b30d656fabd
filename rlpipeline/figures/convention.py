"""V.2 and VII: what a funder compares: communes beside one another, and the objectives beside what was reached."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.declared import Cells, Each, Link
from rlpipeline.errors import SettingsError
from rlpipeline.figures.indicator import WOULD_BE_EXACT, Indicator, Look, labelled
from rlpipeline.figures.labels import LABELS, SOCIO_ECONOMIQUES, TOTAL
from rlpipeline.figures.population import people
from rlpipeline.figures.scope import SANS_COMMUNE, SERVICE, Scope
from rlpipeline.figures.sums import sums
from rlpipeline.figures.temps import hours
from rlpipeline.figures.territoires import latest_values
from rlpipeline.figures.tidy import NC, OK, VIDE, no_figures, tidy
from rlpipeline.records.frames import Records, years
from rlpipeline.settings.models import Objective, Service

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


def objectives(others: Mapping[str, Indicator]) -> Indicator:
    """Declare the table of the objectives of the convention.

    Parameters
    ----------
    others
        The indicators whose figures an objective may be about.
    """

    def compute(records: Records, scope: Scope) -> pd.DataFrame:
        """Set each target beside the figure that it is about."""
        listed = scope.service.objectifs
        if not listed:
            return no_figures()
        reached = [_reached(one, others, records, scope) for one in listed]
        values = [[one.cible, cell["valeur"]] for one, cell in zip(listed, reached, strict=True)]
        units = np.array([[cell["unite"]] * 2 for cell in reached], dtype=object)
        states = np.array([[OK, cell["etat"]] for cell in reached], dtype=object)
        return tidy([str(number) for number, _ in enumerate(listed, start=1)], [*RESULTS], values, units, states)

    def used(records: Records, scope: Scope) -> dict[str, int]:
        counted = [others[one.chiffre[0]].used(records, scope) for one in scope.service.objectifs]
        return {table: number for one in counted for table, number in one.items()} or {"suivis": 0}

    return Indicator(
        id="objectifs",
        look=Look(tab="Objectifs"),
        not_shared=WOULD_BE_EXACT,
        title="Objectifs de la convention",
        section="VII",
        definition=(
            "Objectifs de la convention, déclarés par le service (service.yml, objectifs), et le chiffre du rapport "
            "dont chacun parle, tel qu'il est dans son propre tableau."
        ),
        unit="selon l'objectif",
        source="paramètres du service ; le tableau de chaque chiffre",
        tables=(),
        scope="service",
        additive=False,
        protected=True,
        compute=compute,
        row_labels=lambda records, scope: {
            str(number): one.texte for number, one in enumerate(scope.service.objectifs, start=1)
        },
        column_labels=labelled(RESULTS),
        filter="celles du tableau de chaque chiffre, en {annee}",
        used=used,
        when=lambda records, service: bool(service.objectifs),
    )


def _reached(one: Objective, others: Mapping[str, Indicator], records: Records, scope: Scope) -> pd.Series[Any]:
    """Give the figure of an objective; ``nc`` where the table has it in another year only.

    Raises
    ------
    SettingsError
        There is no such table, or it has that line or column in no year.
    """
    id, line, column = one.chiffre
    if id not in others:
        raise _unknown(one, f"un tableau du rapport, comme {difflib.get_close_matches(id, others, 1, 0)[0]}", id)
    indicator = others[id]
    for year in dict.fromkeys([scope.year, *years(records)]):
        figures = indicator.compute(records, replace(scope, year=year, territory=SERVICE))
        cell = figures[(figures["ligne"] == line) & (figures["colonne"] == column)]
        if len(cell) and year == scope.year:
            return cell.iloc[0]
        if len(cell):
            return pd.Series({"valeur": np.nan, "unite": cell["unite"].iloc[0], "etat": NC})
    lines, columns = (", ".join(dict.fromkeys(figures[axis])) for axis in ("ligne", "colonne"))
    raise _unknown(one, f"une ligne ({lines}) et une colonne ({columns})", f"{line}, {column}")


def _unknown(one: Objective, expected: str, got: str) -> SettingsError:
    return SettingsError(
        "Un objectif parle d'un chiffre qui n'existe pas.",
        where=f"service.yml, objectifs, « {one.texte} »",
        expected=expected,
        got=got,
        todo="corriger chiffre, comme chiffre: [clotures, total, nombre]",
    )


INDICATORS = (
    Indicator(
        id="taux_communes",
        look=Look(tab="Communes comparées", summary="accompagnes"),
        title="Communes comparées : jeunes pour 1 000 habitants, heures de travail éducatif",
        section="V.2",
        definition=(
            "Pour chaque commune dont la population est donnée (dernier millésime qui n'est pas postérieur à l'année "
            "du rapport) : jeunes accompagnés, et jeunes rencontrés en travail de rue, qui y résident, pour 1 000 "
            "habitants de tout âge, à une décimale ; heures de travail éducatif de l'année, et celles qui ne sont "
            "d'aucune commune."
        ),
        denominator="Population globale de la commune",
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
    ),
)

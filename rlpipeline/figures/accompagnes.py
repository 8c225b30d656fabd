"""V.2: the young people followed individually (PAEI): who they are, their issues, the other services."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rlpipeline.figures.indicator import Indicator, Kind, labelled
from rlpipeline.figures.labels import (
    AGES,
    AU_MOINS_UN,
    NON_RENSEIGNEE,
    PARTENAIRES,
    SITUATIONS,
    TOTAL,
    label_of,
)
from rlpipeline.figures.population import about_people, accompanied, cohort_used, paei
from rlpipeline.figures.scope import HORS, Scope
from rlpipeline.figures.tidy import ages_shown, by_age, by_age_and_sex, cross_counts, not_communicated, shown, tidy
from rlpipeline.records.frames import Records, among


def accompagnes(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the *jeunes accompagnés* by age and sex."""
    return by_age_and_sex(accompanied(records, scope), "nouveau")


def situations(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the *jeunes accompagnés* by situation and age; the total is the cohort."""
    cohort = accompanied(records, scope)
    if "situations" not in records.present:
        return _situations_not_given(cohort)
    situation = cohort["situation"].fillna(NON_RENSEIGNEE)
    codes = shown(tuple(SITUATIONS), situation, NON_RENSEIGNEE)
    return by_age(situation, cohort["tranche_age"], codes, "jeunes")


def _situations_not_given(cohort: pd.DataFrame) -> pd.DataFrame:
    """Give every situation ``nc``; how many the young people are is known all the same."""
    everyone = pd.Series(TOTAL, index=cohort.index, dtype="str")
    total = by_age(everyone, cohort["tranche_age"], (TOTAL,), "jeunes", total=False)
    columns = tuple(total["colonne"])
    return pd.concat([not_communicated(tuple(SITUATIONS), columns, "jeunes"), total], ignore_index=True)


def communes(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the *jeunes accompagnés* by commune of residence and age."""
    cohort = accompanied(records, scope)
    codes = (*scope.service.commune_codes, HORS)
    return by_age(cohort["territoire"], cohort["tranche_age"], codes, "jeunes")


def problematiques(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the issues noted in PAEI in the year by family, code and age; a family is the sum of its codes."""
    lines = (*_issue_lines(scope), TOTAL)
    if "problematiques" not in records.present:
        return not_communicated(lines, (*AGES, TOTAL), "problematiques_relevees")
    noted = _issues(records, scope)
    ages = ages_shown(noted["tranche_age"])
    by_code = cross_counts(noted["problematique"], noted["tranche_age"], _issue_lines(scope), ages)
    by_family = cross_counts(noted["famille"], noted["tranche_age"], _issue_lines(scope), ages)
    counts = np.vstack([by_code + by_family, by_code.sum(axis=0)])
    return tidy(lines, (*ages, TOTAL), np.column_stack([counts, counts.sum(axis=1)]), "problematiques_relevees")


def problematiques_jeunes(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the distinct young people with at least one issue of each family, by age."""
    families = tuple(family.code for family in scope.service.problematiques)
    if "problematiques" not in records.present:
        return not_communicated(families, (*AGES, TOTAL), "jeunes")
    concerned = _issues(records, scope).drop_duplicates(["id_jeune", "famille"])
    return by_age(concerned["famille"], concerned["tranche_age"], families, "jeunes", total=False)


def _issue_lines(scope: Scope) -> tuple[str, ...]:
    """List each family followed by its codes, in report order."""
    return tuple(
        line for family in scope.service.problematiques for line in (family.code, *(code.code for code in family.codes))
    )


def _issues(records: Records, scope: Scope) -> pd.DataFrame:
    """List the issues noted in PAEI in the year: id_jeune, tranche_age, problematique, famille."""
    noted = records["problematiques"]
    of_year = noted.loc[noted["annee"] == scope.year, ["id_suivi", "problematique"]]
    family_of = {code.code: family.code for family in scope.service.problematiques for code in family.codes}
    plans = paei(records, scope)[["id_suivi", "id_jeune", "tranche_age"]]
    return of_year.merge(plans, on="id_suivi").assign(
        famille=lambda frame: frame["problematique"].map(family_of).astype("str")
    )


def _issue_kinds(scope: Scope) -> dict[str, Kind]:
    return {family.code: "famille" for family in scope.service.problematiques}


def _issue_labels(records: Records, scope: Scope) -> dict[str, str]:
    families = scope.service.problematiques
    words = {family.code: family.libelle for family in families}
    return words | {code.code: code.libelle for family in families for code in family.codes} | {TOTAL: label_of(TOTAL)}


def _commune_labels(records: Records, scope: Scope) -> dict[str, str]:
    words = {commune.code: commune.nom for commune in scope.service.communes}
    return words | {code: label_of(code) for code in (HORS, TOTAL)}


def co_accompagnements(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the *jeunes accompagnés* followed in the year with each other service, and with at least one."""
    lines = (*PARTENAIRES, AU_MOINS_UN)
    if "co_accompagnements" not in records.present:
        return not_communicated(lines, ("jeunes",), "jeunes")
    of_year = _shared(records, scope)
    partners = of_year.drop_duplicates(["id_jeune", "partenaire"])["partenaire"]
    counts = partners.value_counts().reindex(list(PARTENAIRES), fill_value=0)
    values = np.append(counts.to_numpy("float64"), of_year["id_jeune"].nunique())
    return tidy(lines, ("jeunes",), values[:, np.newaxis], "jeunes")


def _shared(records: Records, scope: Scope) -> pd.DataFrame:
    """List the rows of the year about the cohort."""
    shared = records["co_accompagnements"]
    cohort = accompanied(records, scope)["id_jeune"]
    return shared[(shared["annee"] == scope.year) & among(shared["id_jeune"], cohort)]


def _issues_used(records: Records, scope: Scope) -> dict[str, int]:
    noted = _issues(records, scope)
    return {
        "problematiques": len(noted),
        "suivis": int(noted["id_suivi"].nunique()),
        **about_people(records, scope, noted),
    }


def _shared_used(records: Records, scope: Scope) -> dict[str, int]:
    return {"co_accompagnements": len(_shared(records, scope)), **cohort_used(records, scope)}


_COHORT = "Jeunes accompagnés : jeunes distincts ayant au moins un PAEI actif dans l'année."
_AGE = "Âge en années révolues au 31 décembre."
_FILTER = "suivis PAEI actifs en {annee}, {residents}"
_DENOMINATOR = "Jeunes accompagnés dans l'année"

INDICATORS = (
    Indicator(
        id="accompagnes",
        title="Jeunes accompagnés, par sexe et âge",
        section="V.2",
        definition=f"{_COHORT} Nouveaux : jeunes dont le premier PAEI a commencé dans l'année. {_AGE}",
        unit="jeunes",
        source="données du service (jeunes, suivis et situations)",
        tables=("jeunes", "suivis"),
        scope="both",
        additive=True,
        protected=True,
        compute=accompagnes,
        filter=_FILTER,
        used=cohort_used,
    ),
    Indicator(
        id="situations",
        title="Situation des jeunes accompagnés, par âge",
        section="V.2",
        definition=(
            f"{_COHORT} Situation notée pour l'année ; un jeune sans situation notée est « non renseigné », et "
            f"le total reste celui des jeunes accompagnés. {_AGE}"
        ),
        unit="jeunes",
        denominator=_DENOMINATOR,
        source="données du service (jeunes, suivis et situations)",
        tables=("jeunes", "suivis", "situations"),
        scope="both",
        additive=True,
        protected=True,
        compute=situations,
        row_labels=labelled(SITUATIONS),
        filter=_FILTER,
        used=cohort_used,
    ),
    Indicator(
        id="communes",
        title="Commune de résidence des jeunes accompagnés, par âge",
        section="V.2",
        definition=(
            f"{_COHORT} Commune de résidence au 31 décembre de l'année ; hors : commune qui n'est pas de "
            f"celles du service. {_AGE}"
        ),
        unit="jeunes",
        denominator=_DENOMINATOR,
        source="données du service (jeunes, suivis et situations)",
        tables=("jeunes", "suivis"),
        scope="service",
        additive=False,
        protected=True,
        compute=communes,
        row_labels=_commune_labels,
        filter=_FILTER,
        used=cohort_used,
    ),
    Indicator(
        id="problematiques",
        title="Problématiques à l'origine de l'accompagnement, par âge",
        section="V.2",
        definition=(
            "Problématiques notées pour l'année dans un PAEI ; un jeune peut en avoir plusieurs, et une même "
            "problématique peut être notée plusieurs fois. Une famille est la somme de ses problématiques. "
            f"{_AGE}"
        ),
        unit="problématiques relevées",
        source="données du service (problématiques, suivis et jeunes)",
        tables=("jeunes", "suivis", "problematiques"),
        scope="both",
        additive=True,
        protected=True,
        compute=problematiques,
        row_labels=_issue_labels,
        row_kinds=_issue_kinds,
        filter="problématiques notées pour {annee} dans un PAEI, {residents}",
        used=_issues_used,
    ),
    Indicator(
        id="problematiques_jeunes",
        title="Jeunes concernés par chaque famille de problématiques, par âge",
        section="V.2",
        definition=(
            "Jeunes distincts ayant au moins une problématique de la famille notée pour l'année dans un PAEI. "
            "Un jeune peut relever de plusieurs familles : elles ne s'additionnent pas, et il n'y a pas de "
            f"total. {_AGE}"
        ),
        unit="jeunes",
        denominator=_DENOMINATOR,
        source="données du service (problématiques, suivis et jeunes)",
        tables=("jeunes", "suivis", "problematiques"),
        scope="both",
        additive=True,
        protected=True,
        compute=problematiques_jeunes,
        row_labels=_issue_labels,
        filter="problématiques notées pour {annee} dans un PAEI, {residents}",
        used=_issues_used,
    ),
    Indicator(
        id="co_accompagnements",
        title="Autres services intervenant auprès des jeunes accompagnés ou de leur famille",
        section="V.2",
        definition=(
            "Jeunes accompagnés distincts suivis dans l'année avec chaque autre service. Un jeune peut en "
            "avoir plusieurs : la dernière ligne compte une fois chaque jeune qui en a au moins un."
        ),
        unit="jeunes",
        denominator=_DENOMINATOR,
        source="données du service (co-accompagnements, suivis et jeunes)",
        tables=("jeunes", "suivis", "co_accompagnements"),
        scope="both",
        additive=True,
        protected=True,
        compute=co_accompagnements,
        row_labels=labelled(PARTENAIRES),
        row_kinds=lambda scope: {AU_MOINS_UN: "total"},
        filter="autres services notés pour {annee}, pour les jeunes ayant un PAEI actif dans l'année, {residents}",
        used=_shared_used,
    ),
)

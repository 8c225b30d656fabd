"""Whom and what the tables count: the populations that a table is declared of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd

from rlpipeline.declared import Link, stated
from rlpipeline.figures.declaration import FEW_PERSONS, Frames
from rlpipeline.figures.population import (
    active_plans,
    cohort,
    ended,
    followed,
    is_recorded,
    issues,
    lasting,
    lines_of,
    met,
    other_services,
    referrals,
    things,
)
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.variables import GONE
from rlpipeline.records.frames import Records


@dataclass(frozen=True, kw_only=True)
class Population:
    """What tables count the rows of: those of a scope, with ``territoire``, and ``id_jeune`` where they are of persons.

    Without its ``table`` of the records nothing is known; it ``needs`` others beside. Its young people are all of those
    it is ``within``, or save where a row lies outside of the dates of its follow-up (``supposed_within``), ``because``
    of a reason in French, without a full stop. ``unit`` is what a row is, where it is no young person, ``newcomers``
    the column that says who is new. ``links`` are those of its tables beside what follows from what they cross.
    """

    id: str
    title: str
    table: str
    needs: tuple[str, ...]
    rows: Frames
    filter: str
    source: str
    within: Population | None = None
    supposed_within: Population | None = None
    because: str = ""
    notes: Callable[[Records, Scope], tuple[str, ...]] = field(default=lambda records, scope: ())
    countable: Callable[[Records, Scope], bool] = field(default=lambda records, scope: True)
    unit: str = ""
    newcomers: str = ""
    not_shared: str = ""
    links: tuple[Link, ...] = ()

    @property
    def of_persons(self) -> bool:
        """Whether its rows are about young people."""
        return "jeunes" in self.needs

    def evidence(self, records: Records, scope: Scope) -> dict[str, pd.Series[str]]:
        """Give the territory of each row of the records that it is made of, by table."""
        rows = self.rows(records, scope)
        counted = {self.table: rows["territoire"]}
        if self.within and self.within.table != self.table:
            return counted | self.within.evidence(records, scope)
        if "id_suivi" in rows and self.table != "suivis":
            counted["suivis"] = rows.drop_duplicates("id_suivi")["territoire"]
        if self.of_persons:
            persons = rows.drop_duplicates("id_jeune")[["id_jeune", "territoire"]]
            noted = records["situations"]
            of_year = noted.loc[noted["annee"] == scope.year, ["id_jeune"]]
            counted |= {"jeunes": persons["territoire"], "situations": of_year.merge(persons)["territoire"]}
        return counted

    def used(self, records: Records, scope: Scope) -> dict[str, int]:
        """Count the rows of the records that it is made of, by table."""
        return {table: len(rows) for table, rows in self.evidence(records, scope).items()}


def gone(records: Records, scope: Scope) -> pd.DataFrame:
    """List those of the cohort who are followed no more."""
    everyone = cohort(records, scope)
    return everyone[everyone["apres"] == GONE]


def hours(records: Records, scope: Scope) -> pd.DataFrame:
    """List the entries of the year."""
    return things(records, "temps", scope)


def online(records: Records, scope: Scope) -> pd.DataFrame:
    """List the entries of the year made on social networks."""
    entries = hours(records, scope)
    return entries[entries["en_ligne"].astype(bool)]


def requests(records: Records, scope: Scope) -> pd.DataFrame:
    """List the requests of the year."""
    return things(records, "demandes", scope)


def both_years(records: Records, scope: Scope) -> bool:
    """Say whether situations were noted in the year and in the year before."""
    return all(is_recorded(records, "situations", one) for one in (scope, replace(scope, year=scope.year - 1)))


def of_the_service_itself(records: Records, scope: Scope) -> tuple[str, ...]:
    """Say in a commune's table that other hours exist, whose zeros would read as no presence at all."""
    note = "Les heures saisies sans commune, celles du service lui-même, ne sont comptées que dans son rapport."
    return (note,) if scope.territory in scope.service.commune_codes and "temps" in records.present else ()


suivis = Population(
    newcomers="contact_nouveau",
    id="jeunes_suivis",
    title="jeunes suivis (suivi actif dans l'année, de tout statut)",
    table="suivis",
    needs=("jeunes", "suivis"),
    rows=followed,
    filter="suivis actifs en {annee}, de tout statut, {residents}",
    source="données du service (jeunes, suivis et situations)",
)
accompagnes = Population(
    newcomers="nouveau",
    id="jeunes_accompagnes",
    title="jeunes accompagnés (PAEI actif dans l'année)",
    table="suivis",
    needs=("jeunes", "suivis"),
    rows=active_plans,
    filter="suivis PAEI actifs en {annee}, {residents}",
    source="données du service (jeunes, suivis et situations)",
    within=suivis,
    because="un jeune accompagné a un suivi actif, il compte en travail de rue",
)
rencontres = Population(
    newcomers="contact_nouveau",
    id="jeunes_rencontres",
    title="jeunes rencontrés en présence sociale dans l'année",
    table="presences",
    needs=("jeunes", "presences"),
    rows=met,
    filter="présences datées de {annee}, {residents}",
    source="données du service (jeunes, présences et situations)",
)
problematiques = Population(
    unit="problematiques_relevees",
    id="problematiques",
    title="problématiques notées pour l'année dans un PAEI",
    table="problematiques",
    needs=("jeunes", "suivis", "problematiques"),
    rows=issues,
    filter="problématiques notées pour {annee} dans un PAEI, {residents}",
    source="données du service (problématiques, suivis et jeunes)",
    supposed_within=accompagnes,
    because="un jeune concerné par une problématique est accompagné",
)
co_accompagnements = Population(
    id="co_accompagnements",
    title="autres services notés pour l'année, pour les jeunes accompagnés",
    table="co_accompagnements",
    needs=("jeunes", "suivis", "co_accompagnements"),
    rows=other_services,
    filter="autres services notés pour {annee}, pour les jeunes ayant un PAEI actif dans l'année, {residents}",
    source="données du service (co-accompagnements, suivis et jeunes)",
    within=accompagnes,
    because="un jeune suivi avec un autre service est accompagné",
)
sorties = Population(
    unit="accompagnements",
    id="sorties",
    title="PAEI terminés dans l'année",
    table="suivis",
    needs=("jeunes", "suivis"),
    rows=ended,
    filter="suivis PAEI terminés en {annee}, changements de statut exclus, {residents}",
    source="données du service (suivis et jeunes)",
    within=accompagnes,
)
orientations = Population(
    unit="orientations",
    id="orientations",
    title="orientations de l'année notées dans un PAEI",
    table="orientations",
    needs=("jeunes", "suivis", "orientations"),
    rows=referrals,
    filter="orientations datées de {annee} et notées dans un PAEI, {residents}",
    source="données du service (orientations, suivis et jeunes)",
    supposed_within=accompagnes,
    because="un jeune orienté est accompagné",
)
demandes = Population(
    unit="demandes",
    id="demandes",
    title="demandes d'accompagnement individuel de l'année",
    table="demandes",
    needs=("demandes",),
    rows=requests,
    filter="demandes datées de {annee}, {lieu}",
    source="données du service (demandes)",
)
suivis_a_reexaminer = Population(
    unit="suivis",
    not_shared=FEW_PERSONS,
    id="suivis_a_reexaminer",
    title="suivis en cours au 31 décembre depuis six mois ou plus",
    table="suivis",
    needs=("jeunes", "suivis"),
    rows=lasting,
    filter=(
        "suivis de tout statut, en cours au 31 décembre {annee} et commencés depuis six mois révolus ou plus, "
        "{residents}"
    ),
    source="données du service (suivis et jeunes)",
    within=suivis,
)
accompagnes_avant = Population(
    not_shared="d'une année à l'autre, il dirait ce qu'est devenu tel ou tel jeune",
    id="accompagnes_annee_precedente",
    title="jeunes accompagnés l'année précédente",
    table="situations",
    needs=("jeunes", "suivis", "situations"),
    rows=cohort,
    filter="jeunes ayant un PAEI actif en {avant}, {residents}, et leur situation en {annee}",
    source="données du service (jeunes, suivis et situations)",
    notes=lambda records, scope: ("En lignes, la situation d'il y a un an ; en colonnes, celle de cette année.",),
    countable=both_years,
)
plus_suivis = Population(
    not_shared=FEW_PERSONS,
    links=(
        stated(
            "cohorte",
            "devenir",
            f"plus_suivis(total, total) = devenir(total, {GONE})",
            "ces tableaux comptent les mêmes jeunes plus suivis",
        ),
    ),
    id="plus_suivis",
    title="jeunes accompagnés l'année précédente et plus suivis",
    table="suivis",
    needs=("jeunes", "suivis"),
    rows=gone,
    filter="jeunes ayant un PAEI actif en {avant} et aucun en {annee}, {residents}",
    source="données du service (jeunes et suivis)",
)
heures = Population(
    id="temps",
    title="heures saisies dans l'année",
    table="temps",
    needs=("temps",),
    rows=hours,
    filter="saisies datées de {annee}, {lieu}",
    source="données du service (temps de travail)",
    notes=of_the_service_itself,
)
en_ligne = Population(
    id="temps_en_ligne",
    title="heures de l'année saisies comme faites en ligne",
    table="temps",
    needs=("temps",),
    rows=online,
    filter="saisies datées de {annee} et faites en ligne, {lieu}",
    source="données du service (temps de travail)",
    within=heures,
    because="le temps passé en ligne fait partie du temps de travail",
    notes=of_the_service_itself,
)
financements = Population(
    id="financements",
    title="financements de l'année",
    table="financements",
    needs=("financements",),
    rows=partial(lines_of, "financements", "financeur"),
    filter="financements de {annee}",
    source="données du service (financements)",
)
reseaux = Population(
    id="reseaux",
    title="réseaux et conventions de l'année",
    table="reseaux",
    needs=("reseaux",),
    rows=partial(lines_of, "reseaux", "nom", qualifier="objet"),
    filter="réseaux et conventions de {annee}",
    source="données du service (réseaux)",
)
instances = Population(
    id="instances",
    title="réunions des instances territoriales de l'année",
    table="instances",
    needs=("instances",),
    rows=partial(lines_of, "instances", "instance"),
    filter="instances de {annee}",
    source="données du service (instances)",
)

"""Whom and what the tables count: the populations that a table is declared of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from rlpipeline.figures.declaration import FEW_PERSONS, Frames, Scope
from rlpipeline.figures.labels import MOTIFS
from rlpipeline.figures.population import (
    cohort,
    follow_ups,
    in_year,
    is_recorded,
    lasting,
    lines_of,
    of_year,
    paei,
    things,
    with_persons,
    yearly,
)
from rlpipeline.figures.variables import GONE
from rlpipeline.records.frames import Records


@dataclass(frozen=True, kw_only=True)
class Population:
    """What tables count the rows of: those of a scope, with ``territoire``, and ``id_jeune`` where they are of persons.

    It ``needs`` tables of the records; without the last, nothing is known. ``unit`` is what a row is, where it is no
    young person, ``newcomers`` the column that says who is new.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    rows: Frames
    filter: str
    source: str
    notes: Callable[[Records, Scope], tuple[str, ...]] = field(default=lambda records, scope: ())
    countable: Callable[[Records, Scope], bool] = field(default=lambda records, scope: True)
    unit: str = ""
    newcomers: str = ""
    not_shared: str = ""

    @property
    def table(self) -> str:
        """The table of the records without which nothing is known: the last that it needs."""
        return self.needs[-1]

    @property
    def of_persons(self) -> bool:
        """Whether its rows are about young people."""
        return "jeunes" in self.needs


def _active(rows: Frames) -> Frames:
    @yearly
    def active(records: Records, scope: Scope) -> pd.DataFrame:
        suivis = rows(records, scope)
        return with_persons(suivis[suivis["actif"]], records, scope)

    return active


@yearly
def _ended(records: Records, scope: Scope) -> pd.DataFrame:
    plans = paei(records, scope)
    exits = in_year(plans["date_fin"], scope.year) & plans["motif_cloture"].isin([*MOTIFS])
    return with_persons(plans[exits], records, scope)


def _noted(table: str, columns: Sequence[str]) -> Frames:
    """Make what lists the rows of the year noted in a PAEI, with their young people and the ``famille`` of issues."""

    @yearly
    def noted(records: Records, scope: Scope) -> pd.DataFrame:
        rows = of_year(records, scope, table)[["id_suivi", *columns]].rename(columns={"partenaire": "partenaires"})
        if "problematique" in rows:
            family_of = {code.code: family.code for family in scope.service.problematiques for code in family.codes}
            rows = rows.assign(famille=rows["problematique"].map(family_of).astype("str"))
        return with_persons(rows.merge(paei(records, scope)[["id_suivi", "id_jeune"]], on="id_suivi"), records, scope)

    return noted


@yearly
def _other_services(records: Records, scope: Scope) -> pd.DataFrame:
    noted = with_persons(of_year(records, scope, "co_accompagnements"), records, scope)
    return noted[noted["accompagne"]]


@yearly
def _online(records: Records, scope: Scope) -> pd.DataFrame:
    entries = things(records, scope, "temps")
    return entries[entries["en_ligne"].astype(bool)]


@yearly
def _gone(records: Records, scope: Scope) -> pd.DataFrame:
    everyone = cohort(records, scope)
    return everyone[everyone["apres"] == GONE]


def _of_the_service_itself(records: Records, scope: Scope) -> tuple[str, ...]:
    note = "Les heures saisies sans commune, celles du service lui-même, ne sont comptées que dans son rapport."
    return (note,) if scope.territory in scope.service.commune_codes and "temps" in records.present else ()


suivis = Population(
    newcomers="contact_nouveau",
    id="jeunes_suivis",
    title="jeunes suivis (suivi actif dans l'année, de tout statut)",
    needs=("jeunes", "suivis"),
    rows=_active(follow_ups),
    filter="suivis actifs en {annee}, de tout statut, {residents}",
    source="données du service (jeunes, suivis et situations)",
)
accompagnes = Population(
    newcomers="nouveau",
    id="jeunes_accompagnes",
    title="jeunes accompagnés (PAEI actif dans l'année)",
    needs=("jeunes", "suivis"),
    rows=_active(paei),
    filter="suivis PAEI actifs en {annee}, {residents}",
    source="données du service (jeunes, suivis et situations)",
)
rencontres = Population(
    newcomers="contact_nouveau",
    id="jeunes_rencontres",
    title="jeunes rencontrés en présence sociale dans l'année",
    needs=("jeunes", "presences"),
    rows=yearly(lambda records, scope: with_persons(of_year(records, scope, "presences"), records, scope)),
    filter="présences datées de {annee}, {residents}",
    source="données du service (jeunes, présences et situations)",
)
problematiques = Population(
    unit="problematiques_relevees",
    id="problematiques",
    title="problématiques notées pour l'année dans un PAEI",
    needs=("jeunes", "suivis", "problematiques"),
    rows=_noted("problematiques", ("problematique",)),
    filter="problématiques notées pour {annee} dans un PAEI, {residents}",
    source="données du service (problématiques, suivis et jeunes)",
)
co_accompagnements = Population(
    id="co_accompagnements",
    title="autres services notés pour l'année, pour les jeunes accompagnés",
    needs=("jeunes", "suivis", "co_accompagnements"),
    rows=_other_services,
    filter="autres services notés pour {annee}, pour les jeunes ayant un PAEI actif dans l'année, {residents}",
    source="données du service (co-accompagnements, suivis et jeunes)",
)
sorties = Population(
    unit="accompagnements",
    id="sorties",
    title="PAEI terminés dans l'année",
    needs=("jeunes", "suivis"),
    rows=_ended,
    filter="suivis PAEI terminés en {annee}, changements de statut exclus, {residents}",
    source="données du service (suivis et jeunes)",
)
orientations = Population(
    unit="orientations",
    id="orientations",
    title="orientations de l'année notées dans un PAEI",
    needs=("jeunes", "suivis", "orientations"),
    rows=_noted("orientations", ("domaine", "partenaire")),
    filter="orientations datées de {annee} et notées dans un PAEI, {residents}",
    source="données du service (orientations, suivis et jeunes)",
)
demandes = Population(
    unit="demandes",
    id="demandes",
    title="demandes d'accompagnement individuel de l'année",
    needs=("demandes",),
    rows=lambda records, scope: things(records, scope, "demandes"),
    filter="demandes datées de {annee}, {lieu}",
    source="données du service (demandes)",
)
suivis_a_reexaminer = Population(
    unit="suivis",
    not_shared=FEW_PERSONS,
    id="suivis_a_reexaminer",
    title="suivis en cours au 31 décembre depuis six mois ou plus",
    needs=("jeunes", "suivis"),
    rows=lasting,
    filter=(
        "suivis de tout statut, en cours au 31 décembre {annee} et commencés depuis six mois révolus ou plus, "
        "{residents}"
    ),
    source="données du service (suivis et jeunes)",
)
accompagnes_avant = Population(
    not_shared="d'une année à l'autre, il dirait ce qu'est devenu tel ou tel jeune",
    id="accompagnes_annee_precedente",
    title="jeunes accompagnés l'année précédente",
    needs=("jeunes", "suivis", "situations"),
    rows=cohort,
    filter="jeunes ayant un PAEI actif en {avant}, {residents}, et leur situation en {annee}",
    source="données du service (jeunes, suivis et situations)",
    notes=lambda records, scope: ("En lignes, la situation d'il y a un an ; en colonnes, celle de cette année.",),
    countable=lambda records, scope: all(is_recorded(records, "situations", of) for of in (scope, scope.before)),
)
plus_suivis = Population(
    not_shared=FEW_PERSONS,
    id="plus_suivis",
    title="jeunes accompagnés l'année précédente et plus suivis",
    needs=("jeunes", "suivis"),
    rows=_gone,
    filter="jeunes ayant un PAEI actif en {avant} et aucun en {annee}, {residents}",
    source="données du service (jeunes et suivis)",
)
heures = Population(
    id="temps",
    title="heures saisies dans l'année",
    needs=("temps",),
    rows=lambda records, scope: things(records, scope, "temps"),
    filter="saisies datées de {annee}, {lieu}",
    source="données du service (temps de travail)",
    notes=_of_the_service_itself,
)
en_ligne = Population(
    id="temps_en_ligne",
    title="heures de l'année saisies comme faites en ligne",
    needs=("temps",),
    rows=_online,
    filter="saisies datées de {annee} et faites en ligne, {lieu}",
    source="données du service (temps de travail)",
    notes=_of_the_service_itself,
)
financements = Population(
    id="financements",
    title="financements de l'année",
    needs=("financements",),
    rows=lambda records, scope: lines_of(records, scope, "financements", "financeur"),
    filter="financements de {annee}",
    source="données du service (financements)",
)
reseaux = Population(
    id="reseaux",
    title="réseaux et conventions de l'année",
    needs=("reseaux",),
    rows=lambda records, scope: lines_of(records, scope, "reseaux", "nom", "objet"),
    filter="réseaux et conventions de {annee}",
    source="données du service (réseaux)",
)
instances = Population(
    id="instances",
    title="réunions des instances territoriales de l'année",
    needs=("instances",),
    rows=lambda records, scope: lines_of(records, scope, "instances", "instance"),
    filter="instances de {annee}",
    source="données du service (instances)",
)

"""Whom and what the tables count: the populations that a table is declared of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from rlpipeline.figures import population
from rlpipeline.figures.declaration import FEW_PERSONS, Frames, Scope
from rlpipeline.figures.labels import MOTIFS, TABLE_WORDS
from rlpipeline.figures.population import cohort, follow_ups, in_year, is_recorded, of_year, paei, with_persons, yearly
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
    source: str = ""
    notes: Callable[[Records, Scope], tuple[str, ...]] = field(default=lambda records, scope: ())
    countable: Callable[[Records, Scope], bool] = field(default=lambda records, scope: True)
    unit: str = ""
    newcomers: str = ""
    not_shared: str = ""

    def __post_init__(self) -> None:
        """Say where its rows are from: the tables that it needs, the last first."""
        *first, last = (TABLE_WORDS.get(table, table) for table in reversed(self.needs))
        named = f"{', '.join(first)} et {last}" if first else last
        object.__setattr__(self, "source", self.source or f"données du service ({named})")

    @property
    def table(self) -> str:
        """The table of the records without which nothing is known: the last that it needs."""
        return self.needs[-1]

    @property
    def of_persons(self) -> bool:
        """Whether its rows are about young people."""
        return "jeunes" in self.needs


def _kept(rows: Frames, kept: Callable[[pd.DataFrame, Scope], pd.Series[bool]], *, joined: bool = True) -> Frames:
    @yearly
    def listed(records: Records, scope: Scope) -> pd.DataFrame:
        every = rows(records, scope)
        some = every[kept(every, scope)]
        return with_persons(some, records, scope) if joined else some

    return listed


def _noted(table: str, columns: Sequence[str]) -> Frames:
    @yearly
    def noted(records: Records, scope: Scope) -> pd.DataFrame:
        rows = of_year(records, scope, table)[["id_suivi", *columns]].rename(columns={"partenaire": "partenaires"})
        if "problematique" in rows:
            family_of = {code.code: family.code for family in scope.service.problematiques for code in family.codes}
            rows = rows.assign(famille=rows["problematique"].map(family_of).astype("str"))
        return with_persons(rows.merge(paei(records, scope)[["id_suivi", "id_jeune"]], on="id_suivi"), records, scope)

    return noted


def _met(table: str) -> Frames:
    return yearly(lambda records, scope: with_persons(of_year(records, scope, table), records, scope))


def _of(table: str) -> Frames:
    return lambda records, scope: population.things(records, scope, table)


def _named(table: str, column: str, qualifier: str = "") -> Frames:
    return lambda records, scope: population.lines_of(records, scope, table, column, qualifier)


def _of_the_service_itself(records: Records, scope: Scope) -> tuple[str, ...]:
    note = "Les heures saisies sans commune, celles du service lui-même, ne sont comptées que dans son rapport."
    return (note,) if scope.territory in scope.service.commune_codes and "temps" in records.present else ()


suivis = Population(
    newcomers="contact_nouveau",
    id="jeunes_suivis",
    title="jeunes suivis (suivi actif dans l'année, de tout statut)",
    needs=("jeunes", "suivis"),
    rows=_kept(follow_ups, lambda rows, scope: rows["actif"]),
    source="données du service (jeunes, suivis et situations)",
)
accompagnes = Population(
    newcomers="nouveau",
    id="jeunes_accompagnes",
    title="jeunes accompagnés (PAEI actif dans l'année)",
    needs=("jeunes", "suivis"),
    rows=_kept(paei, lambda rows, scope: rows["actif"]),
    source="données du service (jeunes, suivis et situations)",
)
rencontres = Population(
    newcomers="contact_nouveau",
    id="jeunes_rencontres",
    title="jeunes rencontrés en présence sociale dans l'année",
    needs=("jeunes", "presences"),
    rows=_met("presences"),
    source="données du service (jeunes, présences et situations)",
)
problematiques = Population(
    unit="problematiques_relevees",
    id="problematiques",
    title="problématiques notées pour l'année dans un PAEI",
    needs=("jeunes", "suivis", "problematiques"),
    rows=_noted("problematiques", ("problematique",)),
)
co_accompagnements = Population(
    id="co_accompagnements",
    title="autres services notés pour l'année, pour les jeunes accompagnés",
    needs=("jeunes", "suivis", "co_accompagnements"),
    rows=_kept(_met("co_accompagnements"), lambda rows, scope: rows["accompagne"], joined=False),
)
sorties = Population(
    unit="accompagnements",
    id="sorties",
    title="PAEI terminés dans l'année",
    needs=("jeunes", "suivis"),
    rows=_kept(paei, lambda rows, scope: in_year(rows["date_fin"], scope.year) & rows["motif_cloture"].isin([*MOTIFS])),
)
orientations = Population(
    unit="orientations",
    id="orientations",
    title="orientations de l'année notées dans un PAEI",
    needs=("jeunes", "suivis", "orientations"),
    rows=_noted("orientations", ("domaine", "partenaire")),
)
demandes = Population(
    unit="demandes",
    id="demandes",
    title="demandes d'accompagnement individuel de l'année",
    needs=("demandes",),
    rows=_of("demandes"),
)
suivis_a_reexaminer = Population(
    unit="suivis",
    not_shared=FEW_PERSONS,
    id="suivis_a_reexaminer",
    title="suivis en cours au 31 décembre depuis six mois ou plus",
    needs=("jeunes", "suivis"),
    rows=population.lasting,
)
accompagnes_avant = Population(
    not_shared="d'une année à l'autre, il dirait ce qu'est devenu tel ou tel jeune",
    id="accompagnes_annee_precedente",
    title="jeunes accompagnés l'année précédente",
    needs=("jeunes", "suivis", "situations"),
    rows=cohort,
    source="données du service (jeunes, suivis et situations)",
    notes=lambda records, scope: ("En lignes, la situation d'il y a un an ; en colonnes, celle de cette année.",),
    countable=lambda records, scope: all(is_recorded(records, "situations", of) for of in (scope, scope.before)),
)
plus_suivis = Population(
    not_shared=FEW_PERSONS,
    id="plus_suivis",
    title="jeunes accompagnés l'année précédente et plus suivis",
    needs=("jeunes", "suivis"),
    rows=_kept(cohort, lambda rows, scope: rows["apres"] == GONE, joined=False),
    source="données du service (jeunes et suivis)",
)
heures = Population(
    id="temps", title="heures saisies dans l'année", needs=("temps",), rows=_of("temps"), notes=_of_the_service_itself
)
en_ligne = Population(
    id="temps_en_ligne",
    title="heures de l'année saisies comme faites en ligne",
    needs=("temps",),
    rows=_kept(_of("temps"), lambda rows, scope: rows["en_ligne"].astype(bool), joined=False),
    notes=_of_the_service_itself,
)
financements = Population(
    id="financements",
    title="financements de l'année",
    needs=("financements",),
    rows=_named("financements", "financeur"),
)
reseaux = Population(
    id="reseaux", title="réseaux et conventions de l'année", needs=("reseaux",), rows=_named("reseaux", "nom", "objet")
)
instances = Population(
    id="instances",
    title="réunions des instances territoriales de l'année",
    needs=("instances",),
    rows=_named("instances", "instance"),
)

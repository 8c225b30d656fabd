"""Whom and what the tables count: the rows of a year, and the populations that a table is declared of.

The rows are young people, their follow-ups, what is noted of them, things of a commune: made once per records and year
for the whole service, with their ``territoire``; a scope only filters them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import (
    FEW_PERSONS,
    HORS,
    SANS_COMMUNE,
    SERVICE,
    Frames,
    Scope,
    in_year,
    is_recorded,
)
from rlpipeline.figures.labels import (
    AGE_INCONNU,
    AGES,
    ANCIENNETES,
    DUREES,
    MAJORITE,
    MOTIFS,
    NON_RENSEIGNEE,
    TABLE_WORDS,
    TOTAL,
)
from rlpipeline.figures.tidy import GONE, bands, qualified, unlike_codes
from rlpipeline.records.frames import Records, among

PAEI = "PAEI"
ALERT_MONTHS = 6
AGE_FIRSTS, DURATION_FIRSTS, CONTACT_FIRSTS, ADULT_FIRSTS = (
    (11, 15, 19, 22),
    (6, 12, 24),
    (12, 24, 60),
    (18,),
)
"""First age or month of each class but the lowest."""


def yearly(make: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Make the rows of a year once, for the whole service; a territory's are those of its ``territoire``."""

    @wraps(make)
    def rows(records: Records, scope: Scope, *named: str) -> pd.DataFrame:
        def parted() -> tuple[pd.DataFrame, dict[Any, Any]]:
            made = make(
                records, scope if scope.is_service else replace(scope, territory=SERVICE), *named
            )
            return made, dict(
                made.groupby(made["territoire"].to_numpy(dtype=object), sort=False).indices
            )

        every, parts = records.once((make, scope.year, scope.service.commune_codes, *named), parted)
        return (
            every.copy(deep=False)
            if scope.is_service
            else every.iloc[parts.get(scope.territory, [])]
        )

    return rows


def of_year(records: Records, scope: Scope, table: str) -> pd.DataFrame:
    """Keep the rows of a year of a table, which has ``date`` or else ``annee``."""
    rows = records[table]
    return rows[
        in_year(rows["date"], scope.year) if "date" in rows else rows["annee"] == scope.year
    ]


@yearly
def things(records: Records, scope: Scope, table: str) -> pd.DataFrame:
    """Keep the same of a table about things, of the commune that they name; ``sans_commune`` without one."""
    rows = of_year(records, scope, table)
    return rows.assign(
        territoire=_territory(rows["commune"], scope).mask(rows["commune"].isna(), SANS_COMMUNE)
    )


def lines_of(
    records: Records, scope: Scope, table: str, column: str, qualifier: str = ""
) -> pd.DataFrame:
    """Keep the same, with the ``ligne`` that each row counts for, a name, and the ``libelle`` of this.

    A name that is no ``total``; or, with a qualifier, one that has it beside it where it comes twice.
    """
    rows = of_year(records, scope, table).reset_index(drop=True)
    names = rows[column] if qualifier else unlike_codes(rows[column], (TOTAL,))
    lines = qualified(names, rows[qualifier]) if qualifier else names
    return rows.assign(
        ligne=lines, libelle=names, territoire=pd.Series(SERVICE, index=rows.index, dtype="str")
    )


def completed_months(
    start: pd.Series[pd.Timestamp], end: pd.Series[pd.Timestamp]
) -> pd.Series[int]:
    """Count completed months, like an age (1 January to 31 December: 11; 31 August to 28 February: 6)."""
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    monthly_day = start.dt.day.clip(upper=end.dt.days_in_month)
    return months - (end.dt.day < monthly_day).astype("int32")


def _territory(commune: pd.Series[str], scope: Scope) -> pd.Series[str]:
    return commune.where(commune.isin(scope.service.commune_codes), HORS)


@yearly
def residents(records: Records, scope: Scope) -> pd.DataFrame:
    """List the young people where they live on 31 December, with what classes them whatever is counted.

    The age is the year less the year of birth. Who is first met later is known for less than a year.
    """
    jeunes, situations = (
        records["jeunes"],
        of_year(records, scope, "situations").set_index("id_jeune"),
    )
    noted = situations[["situation", "commune"]].reindex(jeunes["id_jeune"]).reset_index(drop=True)
    age = scope.year - jeunes["annee_naissance"].astype("float64")
    months = completed_months(
        jeunes["premier_contact"], pd.Series(scope.last_day, index=jeunes.index)
    )
    return jeunes[["id_jeune", "sexe", "quartier", "origine", "qpv"]].assign(
        age=age,
        tranche_age=bands(age, AGE_FIRSTS, AGES, AGE_INCONNU),
        territoire=_territory(noted["commune"].fillna(jeunes["commune"]), scope),
        situation=noted["situation"],
        contact_nouveau=in_year(jeunes["premier_contact"], scope.year),
        anciennete=bands(months, CONTACT_FIRSTS, ANCIENNETES, [*ANCIENNETES][-1]),
        majorite=bands(age, ADULT_FIRSTS, MAJORITE, AGE_INCONNU),
    )


@yearly
def follow_ups(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups of any status and date, with tranche_age and territoire of the young person.

    ``actif`` says whether one has an active day in the year; its own first and last days are active.
    """
    suivis = records["suivis"].merge(
        residents(records, scope)[["id_jeune", "tranche_age", "territoire"]], on="id_jeune"
    )
    going_on = suivis["date_fin"].isna() | (suivis["date_fin"] >= scope.first_day)
    return suivis.assign(actif=(suivis["date_debut"] <= scope.last_day) & going_on)


@yearly
def paei(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI among :func:`follow_ups`, active in the year or not."""
    suivis = follow_ups(records, scope)
    return suivis[suivis["statut"] == PAEI]


@yearly
def open_plans(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI open on 31 December: active on it and not ended on it."""
    plans = paei(records, scope)
    begun = plans["date_debut"] <= scope.last_day
    return plans[begun & (plans["date_fin"].isna() | (plans["date_fin"] > scope.last_day))]


@yearly
def people(records: Records, scope: Scope) -> pd.DataFrame:
    """List :func:`residents` with what follows from their follow-ups.

    suivi_actif (any status), accompagne (PAEI active in the year), nouveau (first PAEI began in the year), mois
    (completed months of the longest PAEI active in the year, missing without one), duree (their class).
    """
    known, suivis, plans = (
        residents(records, scope),
        follow_ups(records, scope),
        paei(records, scope),
    )
    ids, of_year = known["id_jeune"], plans[plans["actif"]]
    end = of_year["date_fin"].where(of_year["date_fin"] <= scope.last_day, scope.last_day)
    longest = completed_months(of_year["date_debut"], end).groupby(of_year["id_jeune"]).max()
    months = longest.reindex(ids).reset_index(drop=True)
    first_plan = plans.groupby("id_jeune")["date_debut"].min().reindex(ids).reset_index(drop=True)
    return known.assign(
        suivi_actif=among(ids, suivis.loc[suivis["actif"], "id_jeune"]),
        accompagne=among(ids, of_year["id_jeune"]),
        nouveau=in_year(first_plan, scope.year),
        mois=months,
        duree=bands(months, DURATION_FIRSTS, DUREES, np.nan),
    )


def with_persons(rows: pd.DataFrame, records: Records, scope: Scope) -> pd.DataFrame:
    """Join rows that have ``id_jeune`` with the young people that they are about, whose columns take their place."""
    persons = people(records, scope)
    own = [column for column in rows if column == "id_jeune" or column not in persons]
    return rows[own].merge(persons, on="id_jeune")


@yearly
def lasting(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups open on 31 December and begun at least six completed months before, by educator."""
    suivis = follow_ups(records, scope)
    still_open = suivis["date_fin"].isna() | (suivis["date_fin"] > scope.last_day)
    # Negative for a follow-up that begins after the year.
    months = completed_months(
        suivis["date_debut"], pd.Series(scope.last_day, index=suivis.index)
    ).astype("int64")
    rows = suivis.assign(months=months, commune=suivis["territoire"])[
        still_open & (months >= ALERT_MONTHS)
    ]
    ordered = rows.sort_values(
        ["educateur", "statut", "date_debut", "id_suivi"], na_position="last"
    )
    return with_persons(ordered, records, scope)


def alerts(records: Records, scope: Scope) -> pd.DataFrame:
    """Give the same as listed: educateur, statut, id_suivi, id_jeune, commune, date_debut, mois (completed)."""
    columns = ["educateur", "statut", "id_suivi", "id_jeune", "commune", "date_debut", "months"]
    return (
        lasting(records, scope)[columns].rename(columns={"months": "mois"}).reset_index(drop=True)
    )


@yearly
def cohort(records: Records, scope: Scope) -> pd.DataFrame:
    """List those accompanied the year before, where they lived then: the columns of :func:`people` of that year.

    Beside them: groupe (of their situation then), apres (that of the year, or ``plus_suivi``), motif_cloture (last
    reason for which a PAEI ended, of those alone).
    """
    group_of = {
        code: group.code for group in scope.service.situations_groupees for code in group.situations
    }
    then = people(records, scope.before)
    then = then[then["accompagne"]].reset_index(drop=True)
    after = (
        people(records, scope)
        .set_index("id_jeune")
        .reindex(then["id_jeune"])
        .reset_index(drop=True)
    )
    plans = paei(records, scope)
    ended = plans[plans["date_fin"] < scope.first_day].sort_values(["date_fin", "id_suivi"])
    reasons = ended.drop_duplicates("id_jeune", keep="last").set_index("id_jeune")["motif_cloture"]
    followed = after["accompagne"].astype(bool)
    return then.assign(
        groupe=then["situation"].map(group_of).astype("str"),
        apres=after["situation"]
        .map(group_of)
        .astype("str")
        .fillna(NON_RENSEIGNEE)
        .where(followed, GONE),
        motif_cloture=reasons.reindex(then["id_jeune"]).reset_index(drop=True).where(~followed),
    )


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


def _kept(
    rows: Frames, kept: Callable[[pd.DataFrame, Scope], pd.Series[bool]], *, joined: bool = True
) -> Frames:
    @yearly
    def listed(records: Records, scope: Scope) -> pd.DataFrame:
        every = rows(records, scope)
        some = every[kept(every, scope)]
        return with_persons(some, records, scope) if joined else some

    return listed


def _noted(table: str, columns: Sequence[str]) -> Frames:
    @yearly
    def noted(records: Records, scope: Scope) -> pd.DataFrame:
        rows = of_year(records, scope, table)[["id_suivi", *columns]].rename(
            columns={"partenaire": "partenaires"}
        )
        if "problematique" in rows:
            family_of = {
                code.code: family.code
                for family in scope.service.problematiques
                for code in family.codes
            }
            rows = rows.assign(famille=rows["problematique"].map(family_of).astype("str"))
        return with_persons(
            rows.merge(paei(records, scope)[["id_suivi", "id_jeune"]], on="id_suivi"),
            records,
            scope,
        )

    return noted


def _met(table: str) -> Frames:
    return yearly(
        lambda records, scope: with_persons(of_year(records, scope, table), records, scope)
    )


def _of(table: str) -> Frames:
    return lambda records, scope: things(records, scope, table)


def _named(table: str, column: str, qualifier: str = "") -> Frames:
    return lambda records, scope: lines_of(records, scope, table, column, qualifier)


def _of_the_service_itself(records: Records, scope: Scope) -> tuple[str, ...]:
    note = "Les heures saisies sans commune, celles du service lui-même, ne sont comptées que dans son rapport."
    return (
        (note,)
        if scope.territory in scope.service.commune_codes and "temps" in records.present
        else ()
    )


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
    rows=_kept(
        paei,
        lambda rows, scope: (
            in_year(rows["date_fin"], scope.year) & rows["motif_cloture"].isin([*MOTIFS])
        ),
    ),
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
    rows=lasting,
)
accompagnes_avant = Population(
    not_shared="d'une année à l'autre, il dirait ce qu'est devenu tel ou tel jeune",
    id="accompagnes_annee_precedente",
    title="jeunes accompagnés l'année précédente",
    needs=("jeunes", "suivis", "situations"),
    rows=cohort,
    source="données du service (jeunes, suivis et situations)",
    notes=lambda records, scope: (
        "En lignes, la situation d'il y a un an ; en colonnes, celle de cette année.",
    ),
    countable=lambda records, scope: all(
        is_recorded(records, "situations", of) for of in (scope, scope.before)
    ),
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
    id="temps",
    title="heures saisies dans l'année",
    needs=("temps",),
    rows=_of("temps"),
    notes=_of_the_service_itself,
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
    id="reseaux",
    title="réseaux et conventions de l'année",
    needs=("reseaux",),
    rows=_named("reseaux", "nom", "objet"),
)
instances = Population(
    id="instances",
    title="réunions des instances territoriales de l'année",
    needs=("instances",),
    rows=_named("instances", "instance"),
)

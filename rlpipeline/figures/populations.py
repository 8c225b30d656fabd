"""Whom and what the tables count: the rows of a year, and the populations that a table is declared of.

The rows are young people, their follow-ups, what is noted of them, things of a commune: made once per records and year
for the whole service, with their ``territoire``; a scope only filters them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from rlpipeline import french
from rlpipeline.characters import natural_key
from rlpipeline.errors import UsageError
from rlpipeline.figures.conditions import Filtered
from rlpipeline.figures.declaration import (
    FEW_PERSONS,
    HORS,
    SANS_COMMUNE,
    SERVICE,
    Frames,
    Scope,
    entered,
    in_year,
    is_recorded,
)
from rlpipeline.figures.labels import (
    AGE_FIRSTS,
    AGE_INCONNU,
    ANCIENNETES,
    DUREES,
    MAJORITE,
    MOTIFS,
    NON_RENSEIGNEE,
    TABLE_WORDS,
    TOTAL,
    UNIT_WORDS,
)
from rlpipeline.figures.session import session
from rlpipeline.figures.tidy import GONE, bands, qualified, unlike_codes
from rlpipeline.records.frames import Records, among

PAEI = "PAEI"
UNSHOWN = frozenset({"id_jeune", "id_suivi", "id_action", "educateur", "date_naissance"})
"""Columns of rows that tell who somebody is: a population that shows itself leaves them out."""
CODE = re.compile(r"\w+")
"""A value that is written in a condition; all else is a name, or words of somebody."""
ALERT_MONTHS = 6
DURATION_FIRSTS, CONTACT_FIRSTS, ADULT_FIRSTS = (6, 12, 24), (12, 24, 60), (18,)
OLDER_FIRSTS = tuple(AGE_FIRSTS.values())[1:]
"""First month, or age, of each class but the lowest."""
LONGEST_KNOWN = [*ANCIENNETES][-1]
"""Class of who was met on a day that nobody noted."""


def yearly(make: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Make the rows of a year once, for the whole service; a territory's are those of its ``territoire``."""

    @wraps(make)
    def rows(records: Records, scope: Scope, *named: str) -> pd.DataFrame:
        def parted() -> tuple[pd.DataFrame, Mapping[Any, Any]]:
            made = make(records, scope.whole, *named)
            places = made["territoire"].to_numpy(dtype=object)
            return made, made.groupby(places, sort=False).indices

        key = (make, scope.year, scope.service.commune_codes, *named)
        every, parts = records.once(key, parted)
        if scope.is_service:
            return every.copy(deep=False)
        there: pd.DataFrame = every.iloc[parts.get(scope.territory, [])]
        return there

    return rows


def of_year(records: Records, scope: Scope, table: str) -> pd.DataFrame:
    """Keep the rows of a year of a table, which has ``date`` or else ``annee``."""
    rows = records[table]
    if "date" in rows:
        return rows[in_year(rows["date"], scope.year)]
    return rows[rows["annee"] == scope.year]


@yearly
def things(records: Records, scope: Scope, table: str) -> pd.DataFrame:
    """Keep the same of a table about things, of the commune that they name; ``sans_commune`` without one."""
    rows = of_year(records, scope, table)
    commune = rows["commune"]
    place = _territory(commune, scope).mask(commune.isna(), SANS_COMMUNE)
    return rows.assign(territoire=place)


def lines_of(
    records: Records, scope: Scope, table: str, column: str, qualifier: str = ""
) -> pd.DataFrame:
    """Keep the same, with the ``ligne`` that each row counts for, a name, and the ``libelle`` of this.

    A name that is no ``total``; or, with a qualifier, one that has it beside it where it comes twice.
    """
    rows = of_year(records, scope, table).reset_index(drop=True)
    names = rows[column] if qualifier else unlike_codes(rows[column], (TOTAL,))
    lines = qualified(names, rows[qualifier]) if qualifier else names
    everywhere = pd.Series(SERVICE, index=rows.index, dtype="str")
    return rows.assign(ligne=lines, libelle=names, territoire=everywhere)


def completed_months(
    start: pd.Series[pd.Timestamp], end: pd.Series[pd.Timestamp]
) -> pd.Series[int]:
    """Count completed months, like an age (1 January to 31 December: 11; 31 August to 28 February: 6)."""
    begun = start.dt
    ended = end.dt
    months = (ended.year - begun.year) * 12 + ended.month - begun.month
    monthly_day = begun.day.clip(upper=ended.days_in_month)
    return months - (ended.day < monthly_day).astype("int32")


def _territory(commune: pd.Series[str], scope: Scope) -> pd.Series[str]:
    """Give the territory of each commune: itself where it is the service's, else ``hors``."""
    return commune.where(commune.isin(scope.service.commune_codes), HORS)


@yearly
def residents(records: Records, scope: Scope) -> pd.DataFrame:
    """List the young people where they live on 31 December, with what classes them whatever is counted.

    The age is the year less the year of birth. Who is first met later is known for less than a year.
    """
    jeunes = records["jeunes"]
    situations = of_year(records, scope, "situations").set_index("id_jeune")
    noted = situations.reindex(jeunes["id_jeune"]).reset_index(drop=True)
    contact = jeunes["premier_contact"]
    commune = noted["commune"].fillna(jeunes["commune"])
    age = scope.year - jeunes["annee_naissance"].astype("float64")
    known_for = completed_months(contact, pd.Series(scope.last_day, index=jeunes.index))
    rows = jeunes[["id_jeune", "sexe", "quartier", "origine", "qpv"]].assign(age=age)
    rows["tranche_age"] = bands(age, OLDER_FIRSTS, AGE_FIRSTS, AGE_INCONNU)
    rows["territoire"] = _territory(commune, scope)
    rows["situation"] = noted["situation"]
    rows["contact_nouveau"] = in_year(contact, scope.year)
    rows["anciennete"] = bands(known_for, CONTACT_FIRSTS, ANCIENNETES, LONGEST_KNOWN)
    rows["majorite"] = bands(age, ADULT_FIRSTS, MAJORITE, AGE_INCONNU)
    return rows


@yearly
def follow_ups(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups of any status and date, with the territoire of the young person.

    ``actif`` says whether one has an active day in the year; its own first and last days are active.
    """
    places = residents(records, scope)[["id_jeune", "territoire"]]
    suivis = records["suivis"].merge(places, on="id_jeune")
    has_begun = suivis["date_debut"] <= scope.last_day
    has_ended = suivis["date_fin"] < scope.first_day
    return suivis.assign(actif=has_begun & ~has_ended)


@yearly
def paei(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI among :func:`follow_ups`, active in the year or not."""
    suivis = follow_ups(records, scope)
    return suivis[suivis["statut"] == PAEI]


@yearly
def open_plans(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI open on 31 December: active on it and not ended on it."""
    plans = paei(records, scope)
    has_begun = plans["date_debut"] <= scope.last_day
    has_ended = plans["date_fin"] <= scope.last_day
    return plans[has_begun & ~has_ended]


@yearly
def people(records: Records, scope: Scope) -> pd.DataFrame:
    """List :func:`residents` with what follows from their follow-ups.

    suivi_actif (any status), accompagne (PAEI active in the year), nouveau (first PAEI began in the year), mois
    (completed months of the longest PAEI active in the year, missing without one), duree (their class).
    """
    known = residents(records, scope)
    suivis = follow_ups(records, scope)
    plans = paei(records, scope)
    ids = known["id_jeune"]
    going_on = plans[plans["actif"]]
    first_days = plans.groupby("id_jeune")["date_debut"].min()
    is_over = going_on["date_fin"] <= scope.last_day
    end = going_on["date_fin"].where(is_over, scope.last_day)
    lasted = completed_months(going_on["date_debut"], end).groupby(going_on["id_jeune"])
    months = _each(lasted.max(), ids)
    known["suivi_actif"] = among(ids, suivis.loc[suivis["actif"], "id_jeune"])
    known["accompagne"] = among(ids, going_on["id_jeune"])
    known["nouveau"] = in_year(_each(first_days, ids), scope.year)
    known["mois"] = months
    known["duree"] = bands(months, DURATION_FIRSTS, DUREES, np.nan)
    return known


def _each(of_persons: pd.Series[Any], ids: pd.Series[str]) -> pd.Series[Any]:
    """Give what is known of each young person, missing where nothing is."""
    return of_persons.reindex(ids).reset_index(drop=True)


def with_persons(rows: pd.DataFrame, records: Records, scope: Scope) -> pd.DataFrame:
    """Join rows that have ``id_jeune`` with the young people that they are about, whose columns take their place."""
    persons = people(records, scope)
    own = [column for column in rows if column == "id_jeune" or column not in persons]
    return rows[own].merge(persons, on="id_jeune")


@yearly
def lasting(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups open on 31 December and begun at least six completed months before, by educator."""
    suivis = follow_ups(records, scope)
    last_day = pd.Series(scope.last_day, index=suivis.index)
    # Negative for a follow-up that begins after the year.
    months = completed_months(suivis["date_debut"], last_day).astype("int64")
    is_open = ~(suivis["date_fin"] <= scope.last_day)
    rows = suivis.assign(months=months, commune=suivis["territoire"])
    rows = rows[is_open & (months >= ALERT_MONTHS)]
    order = ["educateur", "statut", "date_debut", "id_suivi"]
    return with_persons(rows.sort_values(order, na_position="last"), records, scope)


def alerts(records: Records, scope: Scope) -> pd.DataFrame:
    """Give the same as listed: educateur, statut, id_suivi, id_jeune, commune, date_debut, mois (completed)."""
    columns = ["educateur", "statut", "id_suivi", "id_jeune", "commune", "date_debut", "months"]
    listed = lasting(records, scope)[columns].reset_index(drop=True)
    return listed.rename(columns={"months": "mois"})


@yearly
def cohort(records: Records, scope: Scope) -> pd.DataFrame:
    """List those accompanied the year before, where they lived then: the columns of :func:`people` of that year.

    Beside them: groupe (of their situation then), apres (that of the year, or ``plus_suivi``), motif_cloture (last
    reason for which a PAEI ended, of those alone).
    """
    groups = scope.service.situations_groupees
    group_of = {code: group.code for group in groups for code in group.situations}
    then = people(records, scope.before)
    then = then[then["accompagne"]].reset_index(drop=True)
    ids = then["id_jeune"]
    everyone = people(records, scope).set_index("id_jeune")
    now = everyone.reindex(ids).reset_index(drop=True)
    is_followed = now["accompagne"].astype(bool)
    after = now["situation"].map(group_of).astype("str")
    reasons = _each(_last_reasons(records, scope), ids)
    then["groupe"] = then["situation"].map(group_of).astype("str")
    then["apres"] = after.fillna(NON_RENSEIGNEE).where(is_followed, GONE)
    then["motif_cloture"] = reasons.where(~is_followed)
    return then


def _last_reasons(records: Records, scope: Scope) -> pd.Series[str]:
    """Give the reason for which the last PAEI of each young person ended, before the year."""
    plans = paei(records, scope)
    ended = plans[plans["date_fin"] < scope.first_day]
    in_order = ended.sort_values(["date_fin", "id_suivi"])
    last = in_order.drop_duplicates("id_jeune", keep="last")
    reasons: pd.Series[str] = last.set_index("id_jeune")["motif_cloture"]
    return reasons


@dataclass(frozen=True, kw_only=True, repr=False)
class Population:
    """What tables count the rows of: those of a scope, with ``territoire``, and ``id_jeune`` where they are of persons.

    In a notebook it shows itself, ``population.rows(2023)`` gives its rows, ``population.where("sexe == 'F'")`` another
    population.

    Parameters
    ----------
    id, title
        Its name, and what it is in French.
    needs
        Tables of the records that it is made from; without the last, nothing is known.
    listed
        What lists its rows of a scope.
    source
        Where the rows are from, in French; said of ``needs`` where it is not given.
    notes, countable
        Remarks under its tables; whether a scope can be counted at all.
    unit
        What a row is, where it is no young person.
    newcomers
        The column that says who is new; empty without one.
    not_shared
        Why its tables are left out of the edition to share; empty where they are not.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    listed: Frames
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
    def unit_of_rows(self) -> str:
        """What a row is."""
        return self.unit or ("suivis" if self.table == "suivis" else self.id)

    @property
    def word_of_rows(self) -> str:
        """What its rows are called where they are shown."""
        unit = self.unit or ("suivis" if self.table == "suivis" else "lignes")
        word = UNIT_WORDS.get(unit, unit)
        return f"{word[0].upper()}{word[1:]}"

    @property
    def of_persons(self) -> bool:
        """Whether its rows are about young people."""
        return "jeunes" in self.needs

    def where(self, condition: str) -> Population:
        """Give the population of the rows that a condition keeps.

        Parameters
        ----------
        condition
            As :meth:`pandas.DataFrame.query` reads it: ``"sexe == 'F' and age >= 16"``. It is read
            when rows are counted: a column that there is not is an error then.
        """
        if not isinstance(condition, str):
            raise UsageError(
                "Une condition est un texte, entre guillemets.",
                expected=".where(\"sexe == 'F'\")",
                got=str(condition),
                todo="mettre la condition entre guillemets, et ses textes entre apostrophes",
            )
        kept = Filtered(self.listed, condition)
        id = f"{self.id}, {condition}"
        title = f"{self.title}, {condition}"
        return replace(self, id=id, title=title, listed=kept, notes=self._notes_with(kept))

    def _notes_with(self, kept: Filtered) -> Callable[[Records, Scope], tuple[str, ...]]:
        """Make what gives the notes of a population of which some rows are kept."""
        return lambda records, scope: (*self.notes(records, scope), *kept.notes(records, scope))

    def rows(self, year: int | None = None, territory: str = SERVICE) -> pd.DataFrame:
        """Give its rows, one a young person, a follow-up or whatever it counts, with their columns.

        Parameters
        ----------
        year
            That of the report, if none is given.
        territory
            The INSEE code or the name of a commune, ``service``, ``hors`` or ``sans_commune``.

        Raises
        ------
        UsageError
            There is no such year or territory, or the condition of the population cannot be read.
        """
        opened = session.counting()
        chosen = opened.reported if year is None else year
        if not isinstance(chosen, int):
            raise UsageError("Une année est un nombre.", expected=".rows(2023)", got=repr(year))
        named = {commune.nom: commune.code for commune in opened.service.communes}
        scope = Scope(chosen, named.get(territory, territory), opened.service)
        rows = self.listed(entered(opened.records, scope), scope)
        return rows.copy()

    def __len__(self) -> int:
        """Count the rows of the year of the report."""
        return len(self.rows())

    def __bool__(self) -> bool:
        """Be true without opening any record."""
        return True

    def __getitem__(self, condition: object) -> Population:
        """Say how a population is filtered; it is no table of pandas. Raises UsageError."""
        raise UsageError(
            f"Une population ne se filtre pas entre crochets : « {self.title} ».",
            expected=".where(\"sexe == 'F'\"), qui en fait une autre population",
            todo="pour en avoir les lignes : .rows(2023)",
        )

    def __repr__(self) -> str:
        """Say what is counted: all that JupyterLab has to show under an error of a condition."""
        return self.title

    def _repr_html_(self) -> str:
        """Show what is counted, how much of it there is each year, its columns and their values; no row."""
        opened = session.counting()
        by_year = {year: self.rows(year) for year in sorted(opened.years)}
        counted = {year: len(rows) for year, rows in by_year.items()}
        sizes = pd.DataFrame({self.word_of_rows: counted})
        if self.of_persons:
            sizes["Jeunes distincts"] = [rows["id_jeune"].nunique() for rows in by_year.values()]
        rows = self.rows()
        values = {name: values_of(rows[name]) for name in rows if name not in UNSHOWN}
        columns = pd.DataFrame({f"valeurs en {opened.reported}": values})
        with pd.option_context("display.max_colwidth", None):
            tables = f"{sizes.to_html(border=0)}{columns.to_html(border=0)}"
        return f"<p><strong>{escape(self.title)}</strong></p>{tables}"


def values_of(column: pd.Series[Any]) -> str:
    """Write in French which values a column has: codes, the bounds of numbers and dates, how many names.

    Taken apart from those of the other columns, none tells who somebody is.
    """
    known = column.dropna()
    if known.empty:
        return "aucune"
    if is_datetime64_any_dtype(known):
        return f"du {known.min():%Y-%m-%d} au {known.max():%Y-%m-%d}"
    if is_numeric_dtype(known) and not is_bool_dtype(known):
        return f"de {known.min():g} à {known.max():g}"
    values = sorted({*map(str, known)}, key=natural_key)
    if all(map(CODE.fullmatch, values)):
        return ", ".join(values)
    return f"{len(values)} {french.agree(len(values), 'nom', 'noms')}"


def _kept(
    rows: Frames, kept: Callable[[pd.DataFrame, Scope], pd.Series[bool]], *, joined: bool = True
) -> Frames:
    """Make what lists some of the rows that another lists.

    Parameters
    ----------
    rows
        What lists all of them.
    kept
        Which of its rows are kept, by their columns and the scope of the whole service.
    joined
        Whether the columns of the young people are to be added: not where the rows have them
        already, nor where they are about nobody.
    """

    @yearly
    def listed(records: Records, scope: Scope) -> pd.DataFrame:
        every = rows(records, scope)
        some = every[kept(every, scope)]
        return with_persons(some, records, scope) if joined else some

    return listed


def _noted(table: str, columns: Sequence[str]) -> Frames:
    """Make what lists what a table notes on the PAEI in the year, with the family of an issue."""

    @yearly
    def noted(records: Records, scope: Scope) -> pd.DataFrame:
        rows = of_year(records, scope, table)[["id_suivi", *columns]]
        rows = rows.rename(columns={"partenaire": "partenaires"})
        if "problematique" in rows:
            families = rows["problematique"].map(scope.service.family_of)
            rows = rows.assign(famille=families.astype("str"))
        plans = paei(records, scope)[["id_suivi", "id_jeune"]]
        return with_persons(rows.merge(plans, on="id_suivi"), records, scope)

    return noted


def _met(table: str) -> Frames:
    """Make what lists the rows of the year of a table about young people."""

    @yearly
    def met(records: Records, scope: Scope) -> pd.DataFrame:
        return with_persons(of_year(records, scope, table), records, scope)

    return met


def _of(table: str) -> Frames:
    """Make what lists the rows of the year of a table about things."""
    return lambda records, scope: things(records, scope, table)


def _named(table: str, column: str, qualifier: str = "") -> Frames:
    """Make what lists the rows of the year of a table, each a line of its own name."""
    return lambda records, scope: lines_of(records, scope, table, column, qualifier)


def _of_the_service_itself(records: Records, scope: Scope) -> tuple[str, ...]:
    """Say under the table of a commune which hours are not in it."""
    if scope.territory not in scope.service.commune_codes or "temps" not in records.present:
        return ()
    return (
        "Les heures saisies sans commune, celles du service lui-même, ne sont comptées que dans "
        "son rapport.",
    )


suivis = Population(
    newcomers="contact_nouveau",
    id="jeunes_suivis",
    title="jeunes suivis (suivi actif dans l'année, de tout statut)",
    needs=("jeunes", "suivis"),
    listed=_kept(follow_ups, lambda rows, scope: rows["actif"]),
    source="données du service (jeunes, suivis et situations)",
)
accompagnes = Population(
    newcomers="nouveau",
    id="jeunes_accompagnes",
    title="jeunes accompagnés (PAEI actif dans l'année)",
    needs=("jeunes", "suivis"),
    listed=_kept(paei, lambda rows, scope: rows["actif"]),
    source="données du service (jeunes, suivis et situations)",
)
rencontres = Population(
    newcomers="contact_nouveau",
    id="jeunes_rencontres",
    title="jeunes rencontrés en présence sociale dans l'année",
    needs=("jeunes", "presences"),
    listed=_met("presences"),
    source="données du service (jeunes, présences et situations)",
)
problematiques = Population(
    unit="problematiques_relevees",
    id="problematiques",
    title="problématiques notées pour l'année dans un PAEI",
    needs=("jeunes", "suivis", "problematiques"),
    listed=_noted("problematiques", ("problematique",)),
)
co_accompagnements = Population(
    id="co_accompagnements",
    title="autres services notés pour l'année, pour les jeunes accompagnés",
    needs=("jeunes", "suivis", "co_accompagnements"),
    listed=_kept(_met("co_accompagnements"), lambda rows, scope: rows["accompagne"], joined=False),
)
sorties = Population(
    unit="accompagnements",
    id="sorties",
    title="PAEI terminés dans l'année",
    needs=("jeunes", "suivis"),
    listed=_kept(
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
    listed=_noted("orientations", ("domaine", "partenaire")),
)
demandes = Population(
    unit="demandes",
    id="demandes",
    title="demandes d'accompagnement individuel de l'année",
    needs=("demandes",),
    listed=_of("demandes"),
)
suivis_a_reexaminer = Population(
    unit="suivis",
    not_shared=FEW_PERSONS,
    id="suivis_a_reexaminer",
    title="suivis en cours au 31 décembre depuis six mois ou plus",
    needs=("jeunes", "suivis"),
    listed=lasting,
)
accompagnes_avant = Population(
    not_shared="d'une année à l'autre, il dirait ce qu'est devenu tel ou tel jeune",
    id="accompagnes_annee_precedente",
    title="jeunes accompagnés l'année précédente",
    needs=("jeunes", "suivis", "situations"),
    listed=cohort,
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
    title="jeunes accompagnés l'année précédente et plus cette année",
    needs=("jeunes", "suivis"),
    listed=_kept(cohort, lambda rows, scope: rows["apres"] == GONE, joined=False),
    source="données du service (jeunes et suivis)",
)
heures = Population(
    id="temps",
    title="heures saisies dans l'année",
    needs=("temps",),
    listed=_of("temps"),
    notes=_of_the_service_itself,
)
en_ligne = Population(
    id="temps_en_ligne",
    title="heures de l'année saisies comme faites en ligne",
    needs=("temps",),
    listed=_kept(_of("temps"), lambda rows, scope: rows["en_ligne"].astype(bool), joined=False),
    notes=_of_the_service_itself,
)
financements = Population(
    id="financements",
    title="financements de l'année",
    needs=("financements",),
    listed=_named("financements", "financeur"),
)
reseaux = Population(
    id="reseaux",
    title="réseaux et conventions de l'année",
    needs=("reseaux",),
    listed=_named("reseaux", "nom", "objet"),
)
instances = Population(
    id="instances",
    title="réunions des instances territoriales de l'année",
    needs=("instances",),
    listed=_named("instances", "instance"),
)

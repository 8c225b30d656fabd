"""Days, ages, hours out of any likely range, and rows about one person that contradict each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from rlpipeline.records.rules.rule import USAGE, Told, Whole, french, no_chance, rule, years_of
from rlpipeline.records.schema import OUTSIDE, Mask
from rlpipeline.records.table import Table

OLDEST, LONGEST = 30, 30
"""Age at first contact, and years before the extraction, in completed years."""
MARGIN = pd.DateOffset(years=1)
"""How far after the extraction an end of follow-up may be planned."""
FEWEST_OUTSIDE = 10
YEARS_APART, FEW_ROWS = 5, 2
"""A year so far before all others, of so few rows, is a slip: a table that goes far back has more of them."""
ROUNDED = 0.0101
_PERCENT = r"^\W*(?:%|pourcent|pour cent)"
_CHANGE = r"[ée]volution|variation|croissance|progression|hausse|baisse|solde|[ée]cart"
_THOUSANDS = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"


@rule("P301", "jeunes", "date_naissance")
def ages_at_first_contact(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """Born after the first contact, or more than thirty then: completed years, the fewest from a year alone."""
    birth, first = jeunes.frame["date_naissance"], jeunes.frame["premier_contact"]
    years = first.dt.year - jeunes.frame["annee_naissance"].astype("Float64")
    before = first.dt.month * 100 + first.dt.day < birth.dt.month * 100 + birth.dt.day
    ages = years - (before | (birth.isna() & (years > OLDEST).fillna(False)))
    later = ((birth > first) | (ages < 0)).fillna(False)
    old = (ages > OLDEST).fillna(False) & ~later
    yield Told(later, "Naissance après le premier contact ; corriger l'une des deux dates")
    yield Told(old, f"Plus de {OLDEST} ans au premier contact ; corriger l'une des deux dates")


@rule("P302")
def after_the_extraction(table: Table, whole: Whole) -> Iterator[Told]:
    """Days after the extraction; a follow-up may be planned to end a year later."""
    if whole.extraction is None:
        return
    until = pd.Timestamp(whole.extraction)
    for name in table.columns("date"):
        limit = until + MARGIN if name == "date_fin" else until
        sentence = (
            f"Date postérieure à l'extraction des données ({until:%d/%m/%Y}) ; la corriger, ou mettre à jour "
            "donnees_arretees_au dans rapport.yml"
        )
        yield Told(table.frame[name] > limit, sentence, name)


@rule("P303")
def of_another_time(table: Table, whole: Whole) -> Iterator[Told]:
    """Days more than thirty years before the extraction."""
    if whole.extraction or whole.latest:
        since = pd.Timestamp(whole.extraction or pd.Timestamp(whole.latest, 12, 31)) - pd.DateOffset(years=LONGEST)
        for name in table.columns("date"):
            yield Told(table.frame[name] < since, f"Date de plus de {LONGEST} ans ; la corriger", name)


@rule("P308")
def years_out_of_range(table: Table, whole: Whole) -> Iterator[Told]:
    """Years after those that the dated rows support, more than thirty years before, or far from all others."""
    if not whole.latest:
        return
    beyond = f"Année au-delà des lignes datées des autres tables, qui vont jusqu'en {whole.latest} ; la corriger"
    if "millesime" in table.texts:
        last = max(whole.latest, whole.extraction.year if whole.extraction else whole.latest + 1)
        yield Told(table.frame["millesime"] > last, beyond, "millesime")
    if "annee" in table.texts:
        years = table.frame["annee"]
        old = (years > 0) & (years < whole.latest - LONGEST)
        yield Told(years > whole.latest, beyond, "annee")
        yield Told(old, f"Année de plus de {LONGEST} ans avant {whole.latest} ; la corriger", "annee")
        alone = years.isin([*whole.alone]) & ~old
        yield Told(alone, f"Année de {YEARS_APART} ans au moins avant toute autre des données ; la corriger", "annee")


def years_alone(tables: Mapping[str, Table]) -> frozenset[int]:
    """The years of a row or two that are many years before all the others."""
    rows: Counter[int] = Counter()
    for table in tables.values():
        days = [name for name in table.columns("date") if name != "premier_contact"]
        years = [table.frame[name].dt.year.fillna(0).astype("int64") for name in days]
        for column in [*years, *(table.frame[name] for name in table.columns("year") if name == "annee")]:
            distinct, times = np.unique(column[column > 0], return_counts=True)
            rows.update(dict(zip(distinct.tolist(), times.tolist(), strict=True)))
    return frozenset(
        year for year, after in pairwise(sorted(rows)) if after - year >= YEARS_APART and rows[year] <= FEW_ROWS
    )


@rule("P309", "personnel", "etp")
def parts_of_a_post(personnel: Table, whole: Whole) -> Iterator[Told]:
    """Posts whose paid parts are more than the post."""
    parts = personnel.frame[["etp_departement", "etp_communes"]].sum(axis=1)
    sentence = "Les parts du poste (etp_departement et etp_communes) font plus que son etp ; corriger l'un des trois"
    yield Told(parts > personnel.frame["etp"] + ROUNDED, sentence)


@rule("P310", "territoires", "valeur")
def percentages(territoires: Table, whole: Whole) -> Iterator[Told]:
    """Parts of a whole below 0 % or above 100 %; a change may be so."""
    frame = territoires.frame
    parts = frame["unite"].str.contains(_PERCENT, case=False) & ~frame["indicateur"].str.contains(_CHANGE, case=False)
    wrong = parts.fillna(False).astype(bool) & ~frame["valeur"].fillna(0).between(0, 100)
    yield Told(wrong, "Pourcentage qui n'est pas entre 0 et 100 ; corriger la valeur ou l'unité")


@rule("P311", "financements", "montant_eur")
def thousands_after_a_point(financements: Table, whole: Whole) -> Iterator[Told]:
    """Amounts such as « 107.750 »: three decimals are no euros, but thousands."""
    cells = financements.texts["montant_eur"]
    sentence = (
        "Montant à trois décimales, compté comme un nombre d'euros plus petit que mille ; les milliers ne se séparent "
        "pas par un point : écrire 107750 ou 107 750"
    )
    yield Told(cells.rows_with(cells.matching(_THOUSANDS)), sentence)


@rule("P210", column="commune")
def mostly_outside(table: Table, whole: Whole) -> Iterator[Told]:
    """Tables most of whose rows are in communes that are not the service's: a wrong list, or postal codes."""
    communes = table.frame["commune"].dropna()
    outside = communes[~communes.isin(whole.service.commune_codes)]
    if len(communes) < FEWEST_OUTSIDE or 2 * len(outside) <= len(communes):
        return
    codes = [str(code) for code in outside.value_counts().index if code != OUTSIDE]
    listed = [OUTSIDE] * bool((outside == OUTSIDE).any()) + [", ".join(codes[:3]) + "…" * (len(codes) > 3)]
    todo = "vérifier les codes, et les communes de service.yml" if codes else "écrire la commune des lignes qui en ont"
    sentence = (
        f"{len(outside)} lignes sur {len(communes)} sont hors des communes du service "
        f"({', '.join(filter(None, listed))}) et n'entrent dans les chiffres d'aucune ; {todo}"
    )
    yield Told((), sentence, together=True)


OF_A_DAY, WORKED = 24, 16
OF_A_MONTH = 250
"""No sum of a month is larger."""
HABIT = 5
"""Fewest days of an educator, and fewest long days, that make a habit."""
FEWEST = 5
SPREAD, APART = 0.25, np.log(4)
"""Standard deviation of the logarithm of usual hours, at least; how far another unit is, at least."""
MANY = 20
"""Long days of a service that are no longer slips one by one."""


def _summed(frame: pd.DataFrame) -> pd.Series:
    """Rows of long days of who enters sums of weeks or months: an educator, or the whole service."""
    days = frame.groupby(["educateur", "date"])["heures"].sum() > WORKED
    of_educator = days.groupby("educateur").agg(["sum", "mean"])
    often = of_educator["sum"] >= HABIT
    whole = days.sum() > MANY and 2 * often.sum() > len(often)
    who = often.index if whole else often.index[often & (of_educator["mean"] > 0.5)]
    return frame["educateur"].isin(who) & (_worked(frame) > WORKED)


def _worked(frame: pd.DataFrame) -> pd.Series:
    hours: pd.Series = frame.groupby(["educateur", "date"])["heures"].transform("sum")
    return hours


@rule("P306", "temps", "heures")
def entered_as_sums(temps: Table, whole: Whole) -> Iterator[Told]:
    """Who enters sums, or minutes, told once."""
    summed = _summed(temps.frame)
    educators = temps.frame.loc[summed, "educateur"].nunique()
    who = "un éducateur dépasse" if educators == 1 else f"{educators} éducateurs dépassent"
    sentence = (
        f"Le plus souvent, {who} {WORKED} heures en un jour : sans doute des minutes, ou des sommes de semaines ou de "
        "mois, comptées à la date écrite ; entrer des heures, une ligne par jour"
    )
    if educators:
        yield Told(summed, sentence, together=True)


@rule("P304", "temps", "heures")
def long_lines(temps: Table, whole: Whole) -> Iterator[Told]:
    """Lines beyond a day."""
    yield Told(_long(temps.frame), f"Plus de {OF_A_DAY} heures sur une seule ligne ; corriger le nombre")


def _long(frame: pd.DataFrame) -> pd.Series:
    return (frame["heures"] > OF_A_DAY) & (~_summed(frame) | (frame["heures"] > OF_A_MONTH))


@rule("P305", "temps", "heures")
def long_days(temps: Table, whole: Whole) -> Iterator[Told]:
    """Days of an educator beyond 16 h, where no line alone is beyond 24."""
    frame = temps.frame
    of_long_lines = _long(frame).groupby([frame["educateur"], frame["date"]]).transform("any")
    asked = (_worked(frame) > WORKED) & ~_summed(frame) & ~of_long_lines.fillna(False).astype(bool)
    entered = frame["heures"].to_numpy()
    for _, rows in frame[asked & (frame["heures"] > 0)].groupby(["educateur", "date"]).groups.items():
        counted = sorted((int(row) for row in rows), key=lambda row: -entered[row])
        listed = " + ".join(f"{french(entered[row])} (ligne {int(temps.lines[row])})" for row in counted)
        hours = french(float(np.nansum(entered[counted])))
        sentence = (
            f"{hours} heures pour un éducateur en un seul jour : {listed} ; corriger une date ou un nombre de ces "
            "lignes"
        )
        yield Told(counted, sentence, value=hours, together=True, keyed=True)


@rule("P307", "temps", "heures")
def hours_of_another_unit(temps: Table, whole: Whole) -> Iterator[Told]:
    """Usual hours of an educator's or an activity's year, or of a month, far from those of the others: another unit."""
    frame, year = temps.frame, temps.frame["date"].dt.strftime(" en %Y")
    logs = np.log(frame["heures"].where(frame["heures"] > 0))
    groups = (frame["educateur"] + year, frame["activite"] + year, frame["date"].dt.strftime("%m/%Y"))
    for group in groups:
        usual = logs.groupby(group).agg(["median", "size"])
        usual = usual[usual["size"] >= FEWEST]
        apart = (usual["median"] - usual["median"].median()).abs()
        spread = max(SPREAD, float(apart.quantile(0.75)) / 1.15) if len(apart) > 2 else np.inf
        for name in apart.index[(apart > APART) & ((apart / spread) ** 2 / 2 > no_chance(len(apart)))]:
            sentence = f"Les heures de {name} ne sont pas de l'ordre des autres : des minutes, des jours ? les corriger"
            yield Told(group == name, sentence, value=str(name), together=True)


OPEN = pd.Timestamp.max.as_unit("us")
ISOLATED, LEAVE = 2, 3
"""Days worked after an absence that are no return; how many times longer than any before an absence is a departure."""
MONTH, FEW_DAYS = 30, 10
"""Days that temper the rate of who worked little, and fewest days that make a rate."""
Days = np.ndarray[tuple[int], np.dtype[np.int64]]
MOVED = "changement_territoire"


@rule("P401", "suivis", "date_debut")
def overlapping(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups that begin before an earlier one of the same young person and status has ended."""
    usable = suivis.readable("id_jeune", "statut", "date_debut")
    if "date_fin" in suivis.texts:
        usable &= ~suivis.texts["date_fin"].unread
    usable &= ~(suivis.frame["date_fin"] < suivis.frame["date_debut"]).to_numpy()
    who = ["id_jeune", "statut"]
    rows = suivis.frame[usable & suivis.frame.duplicated(who, keep=False)].sort_values([*who, "date_debut", "date_fin"])
    same = [rows[name] for name in who]
    ends = rows["date_fin"].fillna(OPEN).groupby(same).cummax().groupby(same).shift()
    wrong = rows[rows["date_debut"] < ends]
    for statut, of_statut in wrong.groupby("statut"):
        sentence = (
            f"Ce suivi ({statut}) commence avant la fin d'un autre du même statut et du même jeune ; terminer le "
            "premier, ou corriger les dates"
        )
        yield Told(sorted(of_statut.index), sentence)


@rule("P403", "suivis", "date_debut")
def too_early(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups begun before the birth of the young person, or, where there is no other, before the first contact."""
    if "jeunes" not in whole.tables:
        return
    jeunes = whole.tables["jeunes"]
    people = jeunes.frame.loc[jeunes.readable("id_jeune"), ["id_jeune", "date_naissance", "premier_contact"]]
    people = people[~(people["date_naissance"] > people["premier_contact"])].drop_duplicates("id_jeune")
    rows = suivis.frame.loc[suivis.readable("id_jeune", "date_debut"), ["id_jeune", "date_debut"]]
    rows = rows.join(people.set_index("id_jeune"), on="id_jeune", how="inner")
    unborn = rows["date_debut"] < rows["date_naissance"]
    unmet = (rows["date_debut"] < rows["premier_contact"]) & ~rows["id_jeune"].duplicated(keep=False) & ~unborn
    for mask, what in ((unborn, "la naissance du jeune"), (unmet, "le premier contact avec le jeune")):
        yield Told(sorted(rows.index[mask]), f"Ce suivi commence avant {what} ; corriger l'une des deux dates")


@rule("P406", "presences", "id_jeune")
def in_two_communes(presences: Table, whole: Whole) -> Iterator[Told]:
    """A young person met in two communes on one day, unless it is the usage."""
    rows = presences.frame.loc[presences.readable("date", "commune", "id_jeune"), ["date", "commune", "id_jeune"]]
    rows = rows[rows["commune"].isin(whole.service.commune_codes)]
    days = rows.groupby(["id_jeune", "date"])["commune"].nunique()
    apart = rows.join(days.rename("places"), on=["id_jeune", "date"])["places"] > 1
    if (days > 1).sum() <= max(1, USAGE * len(days)):
        for _, same in rows[apart].groupby(["id_jeune", "date"]).groups.items():
            sentence = "Le même jeune dans deux communes le même jour ; corriger une commune, une date ou l'identifiant"
            yield Told(sorted(same), sentence, "commune", together=True, keyed=True)


@rule("P407", column="id_jeune")
def after_leaving(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows of a year after all follow-ups of the young person ended, unless it is the usage.

    Notes
    -----
    Who comes to a drop-in, or is followed again, needs no follow-up: there, only who left the territory is told.
    """
    if "suivis" not in whole.tables or table.name in ("jeunes", "suivis"):
        return
    suivis = whole.tables["suivis"].frame
    last = suivis.assign(end=suivis["date_fin"].fillna(OPEN)).sort_values("end").groupby("id_jeune").last()
    if table.name == "presences":
        last = last[last["motif_cloture"] == MOVED]
    years = years_of(table, whole.tables)
    after = (years > table.frame["id_jeune"].map(last["end"].dt.year).astype("float64")) & (years > 0)
    if after.sum() <= max(1, USAGE * len(after)):
        sentence = "Après l'année où le dernier suivi du jeune a pris fin ; corriger l'année, l'identifiant ou le suivi"
        yield Told(after, sentence, "date" if "date" in table.texts else "annee")


def _rate(days: Days) -> float:
    """Days worked in a day, tempered by a month more for who has few."""
    return float((len(days) - 1) / (days[-1] - days[0] + MONTH))


def _days_of(temps: Table) -> dict[str, Days]:
    """The distinct days of each educator, as numbers."""
    rows = temps.frame.loc[temps.readable("date", "educateur"), ["educateur", "date"]]
    numbered = rows.assign(day=rows["date"].to_numpy("M8[D]").astype("int64"))
    return {str(who): np.unique(days.to_numpy()) for who, days in numbered.groupby("educateur")["day"]}


@rule("P408", "temps", "educateur")
def educators_who_left(temps: Table, whole: Whole) -> Iterator[Told]:
    """A day or two of an educator long after the others, and long before the end of the table.

    Notes
    -----
    Long is what the educator's own rate of days does not give by chance, and three times any absence before.
    """
    everyone = _days_of(temps)
    end = max((days[-1] for days in everyone.values()), default=0)
    for who, days in everyone.items():
        for left in range(max(FEW_DAYS, len(days) - ISOLATED), len(days)):
            before = days[:left]
            gaps = np.diff(before)
            absent, silent = days[left] - before[-1], end - days[-1]
            if absent > LEAVE * gaps.max() and _rate(before) * min(absent, silent) > no_chance(len(everyone)):
                worked = temps.frame["date"].to_numpy("M8[D]").astype("int64") >= days[left]
                sentence = (
                    "Cet éducateur n'a plus de temps depuis longtemps avant ce jour, ni après ; corriger la date ou "
                    "l'éducateur"
                )
                yield Told(worked & (temps.frame["educateur"] == who).to_numpy(), sentence, "date")
                break


@rule("P408", "suivis", "educateur")
def begun_by_who_left(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups begun after the last day worked of their educator, so long that it is no chance."""
    if "temps" not in whole.tables:
        return
    everyone = _days_of(whole.tables["temps"])
    end = max((days[-1] for days in everyone.values()), default=0)
    begun = suivis.frame["date_debut"].to_numpy("M8[D]").astype("int64")
    mask: Mask = np.zeros(len(begun), dtype=bool)
    for who, days in everyone.items():
        absence = LEAVE * np.diff(days).max(initial=1)
        late = (begun > days[-1] + absence) & (begun <= end) & suivis.readable("date_debut")
        if len(days) > FEW_DAYS and _rate(days) * (end - days[-1]) > no_chance(len(everyone)):
            mask |= late & (suivis.frame["educateur"] == who).to_numpy(bool)
    sentence = "Suivi commencé longtemps après le dernier jour de temps de son éducateur ; corriger l'un ou l'autre"
    if mask.sum() <= max(1, USAGE * len(mask)):
        yield Told(mask, sentence)

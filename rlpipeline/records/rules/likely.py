"""Days, ages, hours out of any likely range, and rows about one person that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from rlpipeline.records.rules import USAGE, Told, Whole, french, no_chance, referred, rule
from rlpipeline.records.table import Table
from rlpipeline.records.tables import OUTSIDE, Mask

OLDEST = LONGEST = 30  # age at first contact, and years before the extraction, in completed years
MARGIN = pd.DateOffset(years=1)  # how far after the extraction an end of follow-up may be planned
FEWEST_OUTSIDE = 10
YEARS_APART, FEW_ROWS = 5, 2
"""A year so far before all others, of so few rows, is a slip: a table that goes far back has more of them."""
ROUNDED = 0.0101
_PERCENT = r"^\W*(?:%|pourcent|pour cent)"
_CHANGE = r"[ée]volution|variation|croissance|progression|hausse|baisse|solde|[ée]cart"
_THOUSANDS = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"


@rule("P301", "jeunes", "date_naissance")
def _ages_at_first_contact(jeunes: Table, whole: Whole) -> Iterator[Told]:
    birth, first = jeunes.frame["date_naissance"], jeunes.frame["premier_contact"]
    years = first.dt.year - jeunes.frame["annee_naissance"].astype("Float64")
    before = first.dt.month * 100 + first.dt.day < birth.dt.month * 100 + birth.dt.day
    ages = years - (before | (birth.isna() & (years > OLDEST).fillna(False)))  # the fewest from a year alone
    later = ((birth > first) | (ages < 0)).fillna(False)
    yield Told(later, "P301 later")
    yield Told((ages > OLDEST).fillna(False) & ~later, "P301 old", {"age": OLDEST})


@rule("P302")
def _of_another_time(table: Table, whole: Whole) -> Iterator[Told]:
    until = pd.Timestamp(whole.extraction or pd.Timestamp(whole.latest or 1, 12, 31))
    for name in table.columns("date"):
        limit = until + MARGIN if name == "date_fin" else until
        if whole.extraction:
            yield Told(table.frame[name] > limit, "P302", {"until": until}, name)
        if whole.extraction or whole.latest:
            since = until - pd.DateOffset(years=LONGEST)
            yield Told(table.frame[name] < since, "P303", {"years": LONGEST}, name)


@rule("P308")
def _years_out_of_range(table: Table, whole: Whole) -> Iterator[Told]:
    words = {"latest": whole.latest, "years": LONGEST}
    if whole.latest and "millesime" in table.texts:
        last = max(whole.latest, whole.extraction.year if whole.extraction else whole.latest + 1)
        yield Told(table.frame["millesime"] > last, "P308 beyond", words, "millesime")
    if whole.latest and "annee" in table.texts:
        years = table.frame["annee"]
        old = (years > 0) & (years < whole.latest - LONGEST)
        yield Told(years > whole.latest, "P308 beyond", words, "annee")
        yield Told(old, "P308 old", words, "annee")
        every = whole.once("years", lambda: _years(whole))
        far = [year for year, after in pairwise(every.index) if after - year >= YEARS_APART and every[year] <= FEW_ROWS]
        yield Told(years.isin(far) & ~old, "P308 alone", {"years": YEARS_APART}, "annee")


def _years(whole: Whole) -> pd.Series:
    columns = [
        table.frame[name].dt.year if table.contract.column(name).kind == "date" else table.frame[name]
        for table in whole.tables.values()
        for name in table.columns("date", "year")
        if name not in ("premier_contact", "millesime")
    ]
    every = pd.concat(columns)
    counts: pd.Series = every[every > 0].value_counts().sort_index()
    return counts


@rule("P309", "personnel", "etp")
def _parts_of_a_post(personnel: Table, whole: Whole) -> Iterator[Told]:
    parts = personnel.frame[["etp_departement", "etp_communes"]].sum(axis=1)
    yield Told(parts > personnel.frame["etp"] + ROUNDED, "P309")


@rule("P310", "territoires", "valeur")
def _percentages(territoires: Table, whole: Whole) -> Iterator[Told]:
    frame = territoires.frame
    parts = frame["unite"].str.contains(_PERCENT, case=False) & ~frame["indicateur"].str.contains(_CHANGE, case=False)
    yield Told(parts.fillna(False).astype(bool) & ~frame["valeur"].fillna(0).between(0, 100), "P310")


@rule("P311", "financements", "montant_eur")
def _thousands_after_a_point(financements: Table, whole: Whole) -> Iterator[Told]:
    cells = financements.texts["montant_eur"]
    yield Told(cells.rows_with(cells.matching(_THOUSANDS)), "P311")


@rule("P210", column="commune")
def _mostly_outside(table: Table, whole: Whole) -> Iterator[Told]:
    communes = table.frame["commune"].dropna()
    outside = communes[~communes.isin(whole.service.commune_codes)]
    if len(communes) < FEWEST_OUTSIDE or 2 * len(outside) <= len(communes):
        return
    codes = [str(code) for code in outside.value_counts().index if code != OUTSIDE]
    listed = [*([OUTSIDE] if (outside == OUTSIDE).any() else []), ", ".join(codes[:3]) + "…" * (len(codes) > 3)]
    todo = "vérifier les codes, et les communes de service.yml" if codes else "écrire la commune des lignes qui en ont"
    words = {"outside": len(outside), "rows": len(communes), "listed": ", ".join(filter(None, listed)), "todo": todo}
    yield Told((), "P210", words, together=True)


OF_A_DAY, WORKED = 24, 16
OF_A_MONTH = 250  # no sum of a month is larger
HABIT, FEWEST = 5, 5
"""Fewest days of an educator, and fewest long days, that make a habit; fewest rows of which hours are usual."""
SPREAD, APART = 0.25, np.log(4)
"""Standard deviation of the logarithm of usual hours, at least; how far another unit is, at least."""
MANY = 20  # long days of a service that are no longer slips one by one


@rule("P304", "temps", "heures")
def _long_days(temps: Table, whole: Whole) -> Iterator[Told]:
    """Lines beyond a day (P304); days of an educator beyond 16 h, where no line alone is beyond 24 (P305); who enters
    sums of weeks or months, or minutes, an educator or the whole service, told once (P306)."""
    frame, hours, day = temps.frame, temps.frame["heures"], ["educateur", "date"]
    long_days = frame.groupby(day)["heures"].sum() > WORKED
    of_educator = long_days.groupby("educateur").agg(["sum", "mean"])
    often = of_educator["sum"] >= HABIT
    everyone = long_days.sum() > MANY and 2 * often.sum() > len(often)
    who = often.index if everyone else often.index[often & (of_educator["mean"] > 0.5)]
    worked = frame.groupby(day)["heures"].transform("sum")
    sums = frame["educateur"].isin(who) & (worked > WORKED)
    alone = (hours > OF_A_DAY) & (~sums | (hours > OF_A_MONTH))
    yield Told(alone, "P304", {"hours": OF_A_DAY})
    educators = frame.loc[sums, "educateur"].nunique()
    words = {"who": "un éducateur dépasse" if educators == 1 else f"{educators} éducateurs dépassent", "hours": WORKED}
    if educators:
        yield Told(sums, "P306", words, together=True)
    of_long_lines = alone.groupby([frame[name] for name in day]).transform("any").fillna(False).astype(bool)
    asked = (worked > WORKED) & ~sums & ~of_long_lines & (hours > 0)
    for _, rows in frame[asked].groupby(day):
        counted = rows.sort_values("heures", ascending=False, kind="stable")["heures"]
        lines = zip(counted, temps.lines[counted.index], strict=True)
        listed = " + ".join(f"{french(number)} (ligne {line})" for number, line in lines)
        total = french(float(counted.sum()))
        yield Told([*rows.index], "P305", {"total": total, "listed": listed}, value=total, together=True, keyed=True)


@rule("P307", "temps", "heures")
def _hours_of_another_unit(temps: Table, whole: Whole) -> Iterator[Told]:
    """Usual hours of an educator's or an activity's year, or of a month, far from those of the others: another unit."""
    frame, year = temps.frame, temps.frame["date"].dt.strftime(" en %Y")
    logs = np.log(frame["heures"].where(frame["heures"] > 0))
    for group in (frame["educateur"] + year, frame["activite"] + year, frame["date"].dt.strftime("%m/%Y")):
        usual = logs.groupby(group).agg(["median", "size"])
        usual = usual.loc[usual["size"] >= FEWEST, "median"]
        apart = (usual - usual.median()).abs()
        spread = max(SPREAD, float(apart.quantile(0.75)) / 1.15) if len(apart) > 2 else np.inf
        for name in apart.index[(apart > APART) & ((apart / spread) ** 2 / 2 > no_chance(len(apart)))]:
            yield Told(group == name, "P307 hours", {"name": name}, value=str(name), together=True)


OPEN = pd.Timestamp.max.as_unit("us")
ISOLATED, LEAVE = 2, 3
"""Days worked after an absence that are no return; how many times longer than any before an absence is a departure."""
MONTH, FEW_DAYS = 30, 10  # days that temper the rate of who worked little, and fewest days that make a rate
Days = np.ndarray[tuple[int], np.dtype[np.int64]]
MOVED = "changement_territoire"


def _is_rare(mask: Mask | pd.Series[bool]) -> bool:
    return bool(mask.sum() <= max(1, USAGE * len(mask)))


@rule("P401", "suivis", "date_debut")
def _overlapping(suivis: Table, whole: Whole) -> Iterator[Told]:
    usable = suivis.readable("id_jeune", "statut", "date_debut") & ~suivis.unread("date_fin")
    usable &= ~(suivis.frame["date_fin"] < suivis.frame["date_debut"]).to_numpy()
    who = ["id_jeune", "statut"]
    rows = suivis.frame[usable & suivis.frame.duplicated(who, keep=False)].sort_values([*who, "date_debut", "date_fin"])
    same = [rows[name] for name in who]
    ends = rows["date_fin"].fillna(OPEN).groupby(same).cummax().groupby(same).shift()
    yield Told([*rows.index[rows["date_debut"] < ends]], "P401", {"statut": suivis.frame["statut"]})


@rule("P403", "suivis", "date_debut")
def _too_early(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups begun before the birth of the young person, or, where there is no other, before the first contact."""
    if "jeunes" not in whole.tables:
        return
    people = whole.tables["jeunes"].frame[whole.tables["jeunes"].readable("id_jeune")]
    people = people[~(people["date_naissance"] > people["premier_contact"])]
    who, begun, asked = suivis.frame["id_jeune"], suivis.frame["date_debut"], suivis.readable("id_jeune", "date_debut")
    known = referred(people, "id_jeune", who, ["date_naissance", "premier_contact"])
    unborn = asked & (begun < known["date_naissance"])
    unmet = asked & (begun < known["premier_contact"]) & ~unborn & ~who.where(asked).duplicated(keep=False)
    for mask, what in ((unborn, "la naissance du jeune"), (unmet, "le premier contact avec le jeune")):
        yield Told(mask, "P403", {"what": what})


@rule("P406", "presences", "id_jeune")
def _in_two_communes(presences: Table, whole: Whole) -> Iterator[Told]:
    rows = presences.frame[presences.readable("date", "commune", "id_jeune")]
    days = rows[rows["commune"].isin(whole.service.commune_codes)].groupby(["id_jeune", "date"])
    apart = days["commune"].nunique() > 1
    for day in apart.index[apart] if _is_rare(apart) else ():
        yield Told(sorted(days.groups[day]), "P406", column="commune", together=True, keyed=True)


@rule("P407", column="id_jeune")
def _after_leaving(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows of a year after all follow-ups of the young person ended, unless it is the usage. Who comes to a drop-in, or
    is followed again, needs no follow-up: there, only who left the territory is told."""
    if "suivis" not in whole.tables or table.name in ("jeunes", "suivis"):
        return
    suivis = whole.tables["suivis"].frame
    last = suivis.assign(end=suivis["date_fin"].fillna(OPEN)).sort_values("end").groupby("id_jeune").last()
    if table.name == "presences":
        last = last[last["motif_cloture"] == MOVED]
    ends = referred(last.reset_index(), "id_jeune", table.frame["id_jeune"], ["end"])["end"].dt.year
    years = whole.rows(table)["year"]
    after = (years > ends) & (years > 0)
    if _is_rare(after):
        yield Told(after, "P407", column="date" if "date" in table.texts else "annee")


def _numbered(days: pd.Series) -> Days:
    return days.to_numpy("M8[D]").astype("int64")


def _rate(days: Days) -> float:
    return float((len(days) - 1) / (days[-1] - days[0] + MONTH))


def _days_of(temps: Table | None) -> tuple[dict[str, Days], int]:
    rows = temps.frame[temps.readable("date", "educateur")].groupby("educateur")["date"] if temps else ()
    everyone = {str(who): np.unique(_numbered(days)) for who, days in rows}
    return everyone, max((int(days[-1]) for days in everyone.values()), default=0)


@rule("P408", "temps", "educateur")
def _educators_who_left(temps: Table, whole: Whole) -> Iterator[Told]:
    """A day or two of an educator long after the others, and long before the end of the table. Long is what the
    educator's own rate of days does not give by chance, and three times any absence before."""
    everyone, end = whole.once("days worked", lambda: _days_of(temps))
    for who, days in everyone.items():
        for left in range(max(FEW_DAYS, len(days) - ISOLATED), len(days)):
            before, absent, silent = days[:left], days[left] - days[left - 1], end - days[-1]
            long = absent > LEAVE * np.diff(before).max()
            if long and _rate(before) * min(absent, silent) > no_chance(len(everyone)):
                worked = _numbered(temps.frame["date"]) >= days[left]
                yield Told(worked & (temps.frame["educateur"] == who), "P408", column="date")
                break


@rule("P408", "suivis", "educateur")
def _begun_by_who_left(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups begun after the last day worked of their educator, so long that it is no chance."""
    everyone, end = whole.once("days worked", lambda: _days_of(whole.tables.get("temps")))
    begun, mask = _numbered(suivis.frame["date_debut"]), np.zeros(len(suivis.lines), dtype=bool)
    for who, days in everyone.items():
        absence = LEAVE * np.diff(days).max(initial=1)
        late = (begun > days[-1] + absence) & (begun <= end) & suivis.readable("date_debut")
        if len(days) > FEW_DAYS and _rate(days) * (end - days[-1]) > no_chance(len(everyone)):
            mask |= late & (suivis.frame["educateur"] == who).to_numpy(bool)
    if _is_rare(mask):
        yield Told(mask, "P408 begun")

"""Days, ages, hours out of any likely range, and rows about one person that contradict each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from rlpipeline.records.frames import places_among
from rlpipeline.records.rules.rule import USAGE, Told, Whole, french, no_chance, rule
from rlpipeline.records.table import Table
from rlpipeline.records.tables import OUTSIDE, Mask

OLDEST = LONGEST = 30
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
    yield Told(later, "P301 later")
    yield Told((ages > OLDEST).fillna(False) & ~later, "P301 old", {"age": OLDEST})


@rule("P302")
def of_another_time(table: Table, whole: Whole) -> Iterator[Told]:
    """Days after the extraction, or a year after for a planned end (P302); days of thirty years before it (P303)."""
    until = pd.Timestamp(whole.extraction or pd.Timestamp(whole.latest or 1, 12, 31))
    for name in table.columns("date"):
        limit = until + MARGIN if name == "date_fin" else until
        if whole.extraction:
            yield Told(table.frame[name] > limit, "P302", {"until": until}, name)
        if whole.extraction or whole.latest:
            since = until - pd.DateOffset(years=LONGEST)
            yield Told(table.frame[name] < since, "P303", {"years": LONGEST}, name)


@rule("P308")
def years_out_of_range(table: Table, whole: Whole) -> Iterator[Told]:
    """Years after those that the dated rows support, more than thirty years before, or far from all others."""
    words = {"latest": whole.latest, "years": LONGEST}
    if whole.latest and "millesime" in table.texts:
        last = max(whole.latest, whole.extraction.year if whole.extraction else whole.latest + 1)
        yield Told(table.frame["millesime"] > last, "P308 beyond", words, "millesime")
    if whole.latest and "annee" in table.texts:
        years = table.frame["annee"]
        old = (years > 0) & (years < whole.latest - LONGEST)
        yield Told(years > whole.latest, "P308 beyond", words, "annee")
        yield Told(old, "P308 old", words, "annee")
        alone = years.isin(whole.once("alone", lambda: _years_alone(whole))) & ~old
        yield Told(alone, "P308 alone", {"years": YEARS_APART}, "annee")


def _years_alone(whole: Whole) -> list[int]:
    rows: Counter[int] = Counter()
    for table in whole.tables.values():
        days = [table.frame[name].dt.year for name in table.columns("date") if name != "premier_contact"]
        for column in [*days, *(table.frame[name] for name in table.columns("year") if name == "annee")]:
            rows.update({int(year): int(times) for year, times in column[column > 0].value_counts().items()})
    return [year for year, after in pairwise(sorted(rows)) if after - year >= YEARS_APART and rows[year] <= FEW_ROWS]


@rule("P309", "personnel", "etp")
def parts_of_a_post(personnel: Table, whole: Whole) -> Iterator[Told]:
    """Posts whose paid parts are more than the post."""
    parts = personnel.frame[["etp_departement", "etp_communes"]].sum(axis=1)
    yield Told(parts > personnel.frame["etp"] + ROUNDED, "P309")


@rule("P310", "territoires", "valeur")
def percentages(territoires: Table, whole: Whole) -> Iterator[Told]:
    """Parts of a whole below 0 % or above 100 %; a change may be so."""
    frame = territoires.frame
    parts = frame["unite"].str.contains(_PERCENT, case=False) & ~frame["indicateur"].str.contains(_CHANGE, case=False)
    wrong = parts.fillna(False).astype(bool) & ~frame["valeur"].fillna(0).between(0, 100)
    yield Told(wrong, "P310")


@rule("P311", "financements", "montant_eur")
def thousands_after_a_point(financements: Table, whole: Whole) -> Iterator[Told]:
    """Amounts such as « 107.750 »: three decimals are no euros, but thousands."""
    cells = financements.texts["montant_eur"]
    yield Told(cells.rows_with(cells.matching(_THOUSANDS)), "P311")


@rule("P210", column="commune")
def mostly_outside(table: Table, whole: Whole) -> Iterator[Told]:
    """Tables most of whose rows are in communes that are not the service's: a wrong list, or postal codes."""
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
OF_A_MONTH = 250
"""No sum of a month is larger."""
HABIT = 5
"""Fewest days of an educator, and fewest long days, that make a habit."""
FEWEST = 5
SPREAD, APART = 0.25, np.log(4)
"""Standard deviation of the logarithm of usual hours, at least; how far another unit is, at least."""
MANY = 20
"""Long days of a service that are no longer slips one by one."""


def _hours(temps: Table) -> pd.DataFrame:
    frame, day = temps.frame, ["educateur", "date"]
    long_days = frame.groupby(day)["heures"].sum() > WORKED
    of_educator = long_days.groupby("educateur").agg(["sum", "mean"])
    often = of_educator["sum"] >= HABIT
    everyone = long_days.sum() > MANY and 2 * often.sum() > len(often)
    who = often.index if everyone else often.index[often & (of_educator["mean"] > 0.5)]
    worked = frame.groupby(day)["heures"].transform("sum")
    sums = frame["educateur"].isin(who) & (worked > WORKED)
    alone = (frame["heures"] > OF_A_DAY) & (~sums | (frame["heures"] > OF_A_MONTH))
    return frame.assign(worked=worked, sums=sums, long=alone)


@rule("P304", "temps", "heures")
def long_days(temps: Table, whole: Whole) -> Iterator[Told]:
    """Lines beyond a day (P304); days of an educator beyond 16 h, where no line alone is beyond 24 (P305); who enters
    sums of weeks or months, or minutes, an educator or the whole service, told once (P306).
    """
    hours = _hours(temps)
    yield Told(hours["long"], "P304", {"hours": OF_A_DAY})
    educators = hours.loc[hours["sums"], "educateur"].nunique()
    who = "un éducateur dépasse" if educators == 1 else f"{educators} éducateurs dépassent"
    if educators:
        yield Told(hours["sums"], "P306", {"who": who, "hours": WORKED}, together=True)
    of_long_lines = hours.groupby(["educateur", "date"])["long"].transform("any").fillna(False).astype(bool)
    asked = (hours["worked"] > WORKED) & ~hours["sums"] & ~of_long_lines & (hours["heures"] > 0)
    for _, day in hours[asked].groupby(["educateur", "date"]):
        counted = day.sort_values("heures", ascending=False, kind="stable")["heures"]
        lines = zip(counted, temps.lines[counted.index], strict=True)
        listed = " + ".join(f"{french(number)} (ligne {line})" for number, line in lines)
        total = french(float(counted.sum()))
        words = {"total": total, "listed": listed}
        yield Told([*counted.index], "P305", words, value=total, together=True, keyed=True)


@rule("P307", "temps", "heures")
def hours_of_another_unit(temps: Table, whole: Whole) -> Iterator[Told]:
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
MONTH, FEW_DAYS = 30, 10
"""Days that temper the rate of who worked little, and fewest days that make a rate."""
Days = np.ndarray[tuple[int], np.dtype[np.int64]]
MOVED = "changement_territoire"


def _is_rare(mask: Mask | pd.Series[bool]) -> bool:
    return bool(mask.sum() <= max(1, USAGE * len(mask)))


@rule("P401", "suivis", "date_debut")
def overlapping(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups that begin before an earlier one of the same young person and status has ended."""
    usable = suivis.readable("id_jeune", "statut", "date_debut") & ~suivis.unread("date_fin")
    usable &= ~(suivis.frame["date_fin"] < suivis.frame["date_debut"]).to_numpy()
    who = ["id_jeune", "statut"]
    rows = suivis.frame[usable & suivis.frame.duplicated(who, keep=False)].sort_values([*who, "date_debut", "date_fin"])
    same = [rows[name] for name in who]
    ends = rows["date_fin"].fillna(OPEN).groupby(same).cummax().groupby(same).shift()
    for statut, wrong in rows[rows["date_debut"] < ends].groupby("statut"):
        yield Told(sorted(wrong.index), "P401", {"statut": statut})


@rule("P403", "suivis", "date_debut")
def too_early(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups begun before the birth of the young person, or, where there is no other, before the first contact."""
    jeunes = whole.tables.get("jeunes")
    if jeunes is None:
        return
    people = jeunes.frame.loc[jeunes.readable("id_jeune"), ["id_jeune", "date_naissance", "premier_contact"]]
    people = people[~(people["date_naissance"] > people["premier_contact"])].drop_duplicates("id_jeune")
    rows = suivis.frame.loc[suivis.readable("id_jeune", "date_debut"), ["id_jeune", "date_debut"]]
    rows = rows.join(people.set_index("id_jeune"), on="id_jeune", how="inner")
    unborn = rows["date_debut"] < rows["date_naissance"]
    unmet = (rows["date_debut"] < rows["premier_contact"]) & ~rows["id_jeune"].duplicated(keep=False) & ~unborn
    for mask, what in ((unborn, "la naissance du jeune"), (unmet, "le premier contact avec le jeune")):
        yield Told(sorted(rows.index[mask]), "P403", {"what": what})


@rule("P406", "presences", "id_jeune")
def in_two_communes(presences: Table, whole: Whole) -> Iterator[Told]:
    """A young person met in two communes on one day, unless it is the usage."""
    rows = presences.frame[presences.readable("date", "commune", "id_jeune")]
    days = rows[rows["commune"].isin(whole.service.commune_codes)].groupby(["id_jeune", "date"])
    apart = days["commune"].nunique() > 1
    for day in apart.index[apart] if _is_rare(apart) else ():
        yield Told(sorted(days.groups[day]), "P406", column="commune", together=True, keyed=True)


@rule("P407", column="id_jeune")
def after_leaving(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows of a year after all follow-ups of the young person ended, unless it is the usage.

    Who comes to a drop-in, or is followed again, needs no follow-up: there, only who left the territory is told.
    """
    if "suivis" not in whole.tables or table.name in ("jeunes", "suivis"):
        return
    suivis = whole.tables["suivis"].frame
    followed = suivis.assign(end=suivis["date_fin"].fillna(OPEN)).sort_values("end").groupby("id_jeune")
    last = followed[["end", "motif_cloture"]].last()
    if table.name == "presences":
        last = last[last["motif_cloture"] == MOVED]
    years, places = whole.rows(table)["year"], places_among(table.frame["id_jeune"], last.index)
    ends = np.append(last["end"].dt.year, np.inf)  # who has none is at -1
    after = (years > ends[places]) & (years > 0)
    if _is_rare(after):
        yield Told(after, "P407", column="date" if "date" in table.texts else "annee")


def _numbered(days: pd.Series) -> Days:
    return days.to_numpy("M8[D]").astype("int64")


def _rate(days: Days) -> float:
    return float((len(days) - 1) / (days[-1] - days[0] + MONTH))


def _days_of(temps: Table | None) -> tuple[dict[str, Days], int]:
    if temps is None:
        return {}, 0
    rows = temps.frame[temps.readable("date", "educateur")].groupby("educateur")["date"]
    everyone = {str(who): np.unique(_numbered(days)) for who, days in rows}
    return everyone, max((int(days[-1]) for days in everyone.values()), default=0)


@rule("P408", "temps", "educateur")
def educators_who_left(temps: Table, whole: Whole) -> Iterator[Told]:
    """A day or two of an educator long after the others, and long before the end of the table.

    Long is what the educator's own rate of days does not give by chance, and three times any absence before.
    """
    everyone, end = _days_of(temps)
    for who, days in everyone.items():
        for left in range(max(FEW_DAYS, len(days) - ISOLATED), len(days)):
            before = days[:left]
            absent, silent = days[left] - before[-1], end - days[-1]
            if absent > LEAVE * np.diff(before).max() and _rate(before) * min(absent, silent) > no_chance(
                len(everyone)
            ):
                worked = _numbered(temps.frame["date"]) >= days[left]
                mask = worked & (temps.frame["educateur"] == who).to_numpy()
                yield Told(mask, "P408", column="date")
                break


@rule("P408", "suivis", "educateur")
def begun_by_who_left(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups begun after the last day worked of their educator, so long that it is no chance."""
    everyone, end = _days_of(whole.tables.get("temps"))
    begun, mask = _numbered(suivis.frame["date_debut"]), np.zeros(len(suivis.lines), dtype=bool)
    for who, days in everyone.items():
        absence = LEAVE * np.diff(days).max(initial=1)
        late = (begun > days[-1] + absence) & (begun <= end) & suivis.readable("date_debut")
        if len(days) > FEW_DAYS and _rate(days) * (end - days[-1]) > no_chance(len(everyone)):
            mask |= late & (suivis.frame["educateur"] == who).to_numpy(bool)
    if _is_rare(mask):
        yield Told(mask, "P408 begun")

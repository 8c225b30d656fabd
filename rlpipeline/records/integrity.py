"""What no cell says alone: what is not there, totals among the rows, keys, references; days,
ages, hours unlikely."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.frames import (
    DATED_TABLES,
    Records,
    among,
    entered_years,
    lacks,
    tables_by_year,
)
from rlpipeline.records.names import WORDS, words_in
from rlpipeline.records.table import (
    ASKED,
    HABITS,
    USAGE,
    Table,
    Told,
    Whole,
    beyond_rate,
    no_chance,
    referred,
    rows_in,
    rule,
    share_of,
    together,
)
from rlpipeline.records.tables import OUTSIDE, TABLES, Kind, said, written
from rlpipeline.settings.models import Service

MAX_BROKEN = 10  # rows that refer to nothing and are told by their values, even where they are most of the rows
_PROSE = frozenset(
    {"commentaire", "motif", "source", "unite", "modalites", "financements", "partenaires"}
)
"""Columns that label nothing."""
_LABELS: tuple[Kind, ...] = (
    "identifier",
    "text",
    "code",
    "commune",
    "territory",
    "date",
    "birth",
    "year",
)
# RE2: only the texts that it lets through are looked at one by one.
_PERHAPS = r"(?i)t\W*o\W*t|ensemble|cumul|somme|r[ée]cap|^\W*ens\.|^\W*s\W{1,3}t(?:\W|$)"
_SHORTENED = re.compile(r"^\W*(?:s\W{1,3}t(?!\w)|ens\.)", re.IGNORECASE)
_SPACED = re.compile(r"^(?:\w )+\w$")
_PART = re.compile(
    r" (?:dont|hors|(?:y|non) compris|avec|sans) .*$"
)  # of a total, in any words: « Total dont CPOM »
_HEAD = re.compile(
    r"^(?:(?:au|le|grand|montant|nombre|budget|cout|general|sous|ss|s|st) )*"
    r"(?:(?:sous|ss)?(?:total|totaux|totale)|tot|cumul|recap(?:itulatif|itulation)?)((?: .*)?)$"
    r"|^(?:l )?ensemble((?: (?:du|de|des) .*)?)$"
)
_SUM = re.compile(
    r"^(?:la )?sommes?((?: .*)?)$"
)  # the department as well as the sum: the numbers tell
_OF_TOTALS = frozenset(f"{WORDS['between_totals']} {WORDS['of_totals']}".split())
OLDEST = LONGEST = 30  # age at first contact, and years before the extraction, in completed years
YOUNGEST = 4  # age at first contact: of 45,000 young people of 228 right services, the least is 5
MARGIN = pd.DateOffset(years=1)  # how far after the extraction an end of follow-up may be planned
FEWEST_OUTSIDE, MOST_LISTED = 10, 4
YEARS_APART, FEW_ROWS = 5, 2
"""A year so far before all others, of so few rows, is a slip: a table that goes far back has
more of them."""
ROUNDED, PARTS = 0.0101, ["etp_departement", "etp_communes"]
DAY = ["educateur", "date"]
OF_A_DAY, WORKED, OF_A_MONTH = 24, 16, 250  # no sum of a month is larger
HABIT, MANY = 5, 20  # fewest long days that make a habit; long days that are no slips any more
ISOLATED, LEAVES, LONG_LEAVE = 2, 3, 122
"""Days worked after an absence that are no return; how many times longer than any before an
absence is a departure, and of how many days at least."""
MONTH, FEW_DAYS = (
    30,
    10,
)  # days that temper the rate of who worked little, and fewest days that make a rate
OPEN = pd.Timestamp.max.as_unit("us")
MINUTES, FEWEST_TIMES = (0.15, 0.3, 0.45), 10
"""What quarters of an hour become where minutes are written as decimals, and times that show it,
at least."""
SELDOM = 0.1
FEWEST_ENDED, LEAVE, HALF_A_YEAR = 5, 60, 183
"""Follow-ups ended on one day, at least; days in which somebody comes to take leave; days after
an end that are seen."""
_PERCENT = r"^\W*(?:%|pourcent|pour cent)"
_CHANGE = r"[ée]volution|variation|croissance|progression|hausse|baisse|solde|[ée]cart"
_THOUSANDS = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"


def absent(records: Records, service: Service, latest: int) -> Iterator[Finding]:
    """Tables that the source does not have, or that lack years up to the latest, unless the
    settings say it is true. A year of one table alone is a slip, as an ``annee`` of 2062, and
    not a year that the others lack."""
    yield from _tables_absent(records)
    number = tables_by_year(records)
    years = [year for year in sorted(number) if number[year] > 1 and year <= latest]
    for name in DATED_TABLES:
        missing = [str(year) for year in years if lacks(records, name, year)]
        is_kept = name in records.present and name not in service.annee_vide
        if is_kept and missing:
            yield _years_absent(records, name, ", ".join(missing))


def _tables_absent(records: Records) -> Iterator[Finding]:
    """Tables that the source does not have."""
    for table in TABLES:
        if table.name not in records.present:
            code = "E001" if table.required else "I001"
            yield finding(code, table.name, note=table.note, table=table.name)


def _years_absent(records: Records, name: str, without: str) -> Finding:
    """What is said of the years that a table lacks: information, where chance leaves one out."""
    had = ", ".join(map(str, entered_years(records.frames, name)))
    if had and _has_few_rows(records, name):
        return finding("I004", name, valeur=without, without=without, table=name)
    why = said("P501 had", had=had) if had else said(f"P501 {name}")
    return finding("P501", name, valeur=without, without=without, why=why, table=name)


def _has_few_rows(records: Records, name: str) -> bool:
    """Whether chance leaves a year without a row, by how many a year of the table has."""
    years = entered_years(records.frames, name)
    return len(records.frames[name]) / len(years) <= no_chance(1, ASKED)


@rule("E201")
def _duplicate_keys(table: Table, whole: Whole) -> Iterator[Told]:
    key = list(table.contract.key)
    if not key or not table.frame.duplicated(key).any():
        return
    rows = table.frame.loc[table.readable(*key), key]
    for _, same in rows[rows.duplicated(keep=False)].groupby(key):
        for row in same.index[1:]:
            shown = ", ".join(str(table.shown(name, row)) for name in key)
            words = {"line": table.lines[same.index[0]]}
            yield Told([row], "E201", words, ", ".join(key), shown)


@rule("E202")
def _broken_references(table: Table, whole: Whole) -> Iterator[Told]:
    for reference in table.contract.references:
        name, target = reference.column, whole.tables.get(reference.table)
        words: dict[str, object] = {
            "there": reference.table,
            "target": reference.target,
            "table": table.name,
        }
        if name not in table.texts or not len(table.lines):
            continue
        if reference.table not in whole.present:
            yield Told((), "E202 absent", words, name, together=True)
        if target is None or reference.target not in target.texts:
            continue
        # What stands on a line that could not be cut exists too.
        cells, lost = table.texts[name], pa.array(sorted(target.lost), pa.large_string())
        targets = pa.chunked_array([target.texts[reference.target].values, lost])
        readable = table.readable(name)
        is_found = pc.is_in(cells.values, value_set=targets).to_numpy(zero_copy_only=False)
        broken = readable & ~is_found[cells.rows]
        words |= {"count": int(broken.sum()), "every": int(readable.sum())}
        if (
            not len(target.lines) or MAX_BROKEN < broken.sum() > readable.sum() / 2
        ):  # it is empty, or of other years
            yield Told(broken, "E202 most", words, name, value="", together=True)
        else:
            yield Told(broken, "E202", words, name)


@rule("E203", "suivis", "date_fin")
def _ends_before_starts(suivis: Table, whole: Whole) -> Iterator[Told]:
    starts, ends = suivis.frame["date_debut"], suivis.frame["date_fin"]
    yield Told(
        suivis.readable("date_debut", "date_fin") & (ends < starts), "E203", {"start": starts}
    )


@rule("E204", "suivis", "motif_cloture")
def _missing_reasons(suivis: Table, whole: Whole) -> Iterator[Told]:
    ended = suivis.readable("statut", "date_fin") & (suivis.frame["statut"] == "PAEI")
    codes = ", ".join(suivis.contract.column("motif_cloture").codes)
    yield Told(ended & suivis.texts["motif_cloture"].missing, "E204", {"codes": codes})


@rule("A201", "orientations", "date")
@rule("A201", "problematiques", "annee")
def _outside_follow_up(table: Table, whole: Whole) -> Iterator[Told]:
    column, suivis = "date" if table.name == "orientations" else "annee", whole.tables.get("suivis")
    if suivis is None:
        return
    known = suivis.frame[suivis.readable("id_suivi", "date_debut") & ~suivis.unread("date_fin")]
    span = referred(known, "id_suivi", table.frame["id_suivi"], ["date_debut", "date_fin"])
    start, end, when = span["date_debut"], span["date_fin"], table.frame[column]
    first, last = (start, end) if column == "date" else (start.dt.year, end.dt.year)
    wrong = table.readable("id_suivi", column) & ((when < first) | (when > last))
    first_day, last_day = (day.dt.strftime("%d/%m/%Y") for day in (start, end))
    span = ("du " + first_day + " au " + last_day).fillna("depuis le " + first_day)
    yield Told(wrong, "A201", {"span": span}, column)


@rule("I003", "actions", "libelle")
def _blank_actions(actions: Table, whole: Whole) -> Iterator[Told]:
    publics = whole.tables.get("participations")
    if (
        publics is None
        or "participations" in whole.service.annee_vide
        or "nombre" not in publics.texts
    ):
        return
    entered = (
        publics.ranked | ~publics.texts["nombre"].missing
    )  # a number of a database has no other way to be NC
    years = entered_years(
        {"actions": actions.frame, "participations": publics.frame}, "participations"
    )
    without = ~among(actions.frame["id_action"], publics.frame.loc[entered, "id_action"])
    without &= actions.frame["annee"].isin(years).to_numpy()
    if without.any():
        yield Told(without, "I003", {"count": int(without.sum())}, together=True)


def without_totals(table: Table, service: Service) -> Table:
    """The table without the rows whose label is a total, each an error; nothing else is said of
    these rows."""
    labels: dict[int, str] = {}
    for name in table.columns(*_LABELS):
        if name not in _PROSE:
            labels = dict.fromkeys(_rows_of_totals(table, name, service), name) | labels
    if not labels:
        return table
    left = np.ones(len(table.lines), dtype=bool)
    left[list(labels)] = False
    totals = set(table.lines[~left].tolist())
    others = [item for item in table.findings if item.ligne not in totals]
    errors = [table.at(row, "E205", name) for row, name in sorted(labels.items())]
    return replace(table.only(left), findings=(*others, *errors))


def _rows_of_totals(table: Table, name: str, service: Service) -> list[int]:
    """Rows whose label in a column is a total; a sum, only where it is that of the others."""
    cells = table.texts[name]
    texts = {at: cells.values[at].as_py() for at in cells.matching(_PERHAPS)}
    if not texts:
        return []
    names = _words_of_totals(table, name, service)
    totals = [at for at, text in texts.items() if is_total(text, names)]
    sums = [at for at, text in texts.items() if is_total(text, names, _SUM)]
    found = rows_in(cells.rows_with(totals))
    numbers = table.columns("number")
    if not numbers or table.name not in HABITS["summed"]:
        return found
    rows = rows_in(cells.rows_with(sums))
    return found + [row for row in rows if _is_sum(table.frame, row, numbers)]


def _words_of_totals(table: Table, name: str, service: Service) -> frozenset[str]:
    """The words of what a total may be of: the table, its column, its codes, the communes."""
    texts = [table.contract.label, name]
    for column in table.contract.columns:
        texts += column.codes
    for commune in service.communes:
        texts += [commune.nom, commune.code]
    words: list[str] = []
    for text in texts:
        words += words_in(text)
    return frozenset(words)


def _is_sum(frame: pd.DataFrame, row: int, numbers: list[str]) -> bool:
    """Whether the numbers of a row that has some are the sums of the other rows of its year."""
    is_other = (frame["annee"] == frame["annee"][row]) & (frame.index != row)
    others, own = frame.loc[is_other, numbers], frame.loc[row, numbers].astype("float64")
    is_close = np.isclose(own, others.sum(), rtol=1e-9, atol=1e-6)
    are_sums = (is_close | own.isna()).all() and own.notna().any()
    return len(others) > 1 and bool(are_sums)


def is_total(
    text: str, names: frozenset[str] = frozenset(), heads: re.Pattern[str] = _HEAD
) -> bool:
    """Whether a label is a total as a whole: « S/total éducatif », « TOTAL GÉNÉRAL : », and not
    « TotalEnergies ». ``names`` are words, as ``words_in`` writes them, of what a total may be
    of."""
    plain = " ".join(words_in(_SHORTENED.sub("total ", text)))
    head = heads.match(plain.replace(" ", "") if _SPACED.match(plain) else plain)
    if head is None:
        return False
    words = _PART.sub("", head[head.lastindex or 0]).split()
    of_totals = _OF_TOTALS | names
    return all(word.isdigit() or len(word) == 1 or word in of_totals for word in words)


@rule("P301", "jeunes", "date_naissance")
def _ages_at_first_contact(jeunes: Table, whole: Whole) -> Iterator[Told]:
    birth, first = jeunes.frame["date_naissance"], jeunes.frame["premier_contact"]
    years = first.dt.year - jeunes.frame["annee_naissance"].astype("Float64")
    before = first.dt.month * 100 + first.dt.day < birth.dt.month * 100 + birth.dt.day
    ages = years - (
        before | (birth.isna() & (years > OLDEST).fillna(False))
    )  # the fewest from a year alone
    later = ((birth > first) | (ages < 0)).fillna(False)
    yield Told(later, "P301 later")
    yield Told((ages > OLDEST).fillna(False) & ~later, "P301 old", {"age": OLDEST})
    yield Told((ages < YOUNGEST).fillna(False) & ~later, "P301 young", {"age": YOUNGEST})


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
        last = whole.latest + 1
        if whole.extraction:
            last = max(whole.latest, whole.extraction.year)
        yield Told(table.frame["millesime"] > last, "P308 beyond", words, "millesime")
    if whole.latest and "annee" in table.texts:
        years = table.frame["annee"]
        old = (years > 0) & (years < whole.latest - LONGEST)
        yield Told(years > whole.latest, "P308 beyond", words, "annee")
        yield Told(old, "P308 old", words, "annee")
        gaps = (
            (year, after - year)
            for year, after in pairwise(sorted(whole.years))
            if whole.years[year] == 1
        )
        far = [year for year, gap in gaps if gap >= YEARS_APART]
        few = years.map(years.value_counts()) <= FEW_ROWS
        yield Told(years.isin(far) & few & ~old, "P308 alone", {"years": YEARS_APART}, "annee")


@rule("P309", "personnel", "etp")
def _parts_of_a_post(personnel: Table, whole: Whole) -> Iterator[Told]:
    """Shares of a post that are more than the post: one alone, else their sum."""
    most = personnel.frame["etp"] + ROUNDED
    left = personnel.frame[PARTS].sum(axis=1) > most
    for name in PARTS:
        alone = (personnel.frame[name] > most).fillna(False)
        yield Told(alone & left, "P309", column=name)
        left &= ~alone
    yield Told(left, "P309")


@rule("P310", "territoires", "valeur")
def _percentages(territoires: Table, whole: Whole) -> Iterator[Told]:
    """Percentages beyond 0 and 100, but those of a change."""
    frame = territoires.frame
    is_percent = frame["unite"].str.contains(_PERCENT, case=False)
    is_change = frame["indicateur"].str.contains(_CHANGE, case=False)
    is_part = (is_percent & ~is_change).fillna(False).astype(bool)
    is_within = frame["valeur"].fillna(0).between(0, 100)
    yield Told(is_part & ~is_within, "P310")


@rule("P311", "financements", "montant_eur")
def _thousands_after_a_point(financements: Table, whole: Whole) -> Iterator[Told]:
    cells = financements.texts["montant_eur"]
    yield Told(cells.rows_with(cells.matching(_THOUSANDS)), "P311")


@rule("Q210", column="commune")
def _mostly_outside(table: Table, whole: Whole) -> Iterator[Told]:
    communes = table.frame["commune"].dropna()
    outside = communes[~communes.isin(whole.service.commune_codes)]
    if len(communes) < FEWEST_OUTSIDE or 2 * len(outside) <= len(communes):
        return
    codes = [str(code) for code in outside.value_counts().index]
    listed = ", ".join(codes[:MOST_LISTED]) + "…" * (len(codes) > MOST_LISTED)
    checked = "vérifier les codes, et les communes de service.yml"
    todo = "écrire la commune des lignes qui en ont" if codes == [OUTSIDE] else checked
    words = {"outside": len(outside), "rows": len(communes), "listed": listed, "todo": todo}
    yield Told((), "Q210", words, together=True)


@rule("P304", "temps", "heures")
def _long_days(temps: Table, whole: Whole) -> Iterator[Told]:
    """Lines beyond a day (P304); days of an educator beyond 16 h (Q305), or a day (P305), where
    no line alone is; educators who enter minutes (P306), or sums of weeks or months (I002), told once."""
    frame, hours = temps.frame, temps.frame["heures"]
    by_day = frame.groupby(DAY)["heures"]
    worked, longest = by_day.transform("sum"), by_day.transform("max")
    sums = frame["educateur"].isin(_who_enter_sums(frame))
    is_long = sums & (worked > WORKED)
    month = [frame["educateur"], frame["date"].dt.to_period("M")]
    of_month = hours.groupby(month).transform("sum")
    usual = of_month.groupby(frame["educateur"]).transform("median")
    minutes = is_long & (usual > OF_A_MONTH)
    too_long = (hours > OF_A_DAY) & (~is_long | (hours > OF_A_MONTH))
    yield Told(too_long, "P304", {"hours": OF_A_DAY})
    yield from _told_once(frame, minutes, "P306")
    yield from _told_once(frame, is_long & ~minutes, "I002")
    full = (of_month > OF_A_MONTH) & ~minutes & (hours > 0) & (hours <= OF_A_MONTH)
    for (name, at), rows in frame[full].groupby(month):
        total, when = written(float(rows["heures"].sum())), f"{at:%m/%Y}"
        words = {"name": name, "month": when, "total": total}
        yield together([*rows.index], "P305 month", f"{name} {when}", **words)
    asked = (worked > WORKED) & ~sums & (longest <= OF_A_DAY) & (hours > 0)
    for _, rows in frame[asked].groupby(DAY):
        of_day = float(rows["heures"].sum())
        sentence, total = "P305" if of_day > OF_A_DAY else "Q305", written(of_day)
        yield replace(together([*rows.index], sentence, total, total=total), keyed=True)


def _told_once(frame: pd.DataFrame, rows: pd.Series, sentence: str) -> Iterator[Told]:
    """What educators do by habit."""
    educators = frame.loc[rows, "educateur"].nunique()
    who = "un éducateur dépasse" if educators == 1 else f"{educators} éducateurs dépassent"
    if educators:
        yield together(rows, sentence, who=who, hours=WORKED)


def _who_enter_sums(frame: pd.DataFrame) -> set[str]:
    """Educators whose long days are a habit; all of them where it is that of most; where it is
    of some, those who enter one day a week too."""
    by_day = frame.groupby(DAY)["heures"].sum()
    long_days = by_day > WORKED
    of_educator = long_days.groupby("educateur").agg(["sum", "mean"])
    often = of_educator["sum"] >= HABIT
    if long_days.sum() > MANY and 2 * often.sum() > len(often):
        return {*of_educator.index}
    who = {*of_educator.index[often & (of_educator["mean"] > 0.5)]}
    days = by_day.reset_index().dropna()
    weeks = days.groupby(["educateur", days["date"].dt.to_period("W")]).size()
    usual = weeks.groupby("educateur").median()
    return who | {*usual.index[usual <= 1]} if who else who


@rule("P401", "suivis", "date_debut")
def _overlapping(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups that begin before another of the same young person and status has ended."""
    frame, who = suivis.frame, ["id_jeune", "statut"]
    usable = suivis.readable(*who, "date_debut") & ~suivis.unread("date_fin")
    usable &= ~(frame["date_fin"] < frame["date_debut"]).to_numpy()
    several = frame[usable & frame.duplicated(who, keep=False)]
    rows = several.sort_values([*who, "date_debut", "date_fin"])
    same = [rows[name] for name in who]
    ends = rows["date_fin"].fillna(OPEN).groupby(same).cummax().groupby(same).shift()
    early = rows.index[rows["date_debut"] < ends]
    yield Told([*early], "P401", {"statut": frame["statut"]})


@rule("Q407", column="id_jeune")
def _after_leaving(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows of a year after all follow-ups of the young person ended, unless it is the usage. Who
    comes to a drop-in needs no follow-up."""
    if "suivis" not in whole.tables or table.name in ("jeunes", "suivis", "presences"):
        return
    suivis = whole.tables["suivis"].frame
    last = suivis.assign(end=suivis["date_fin"].fillna(OPEN)).groupby("id_jeune")["end"].max()
    ends = referred(last.reset_index(), "id_jeune", table.frame["id_jeune"], ["end"])["end"].dt.year
    years = whole.rows(table)["year"]
    after = (years > ends) & (years > 0)
    if after.sum() <= max(1, USAGE * len(after)):
        yield Told(after, "Q407", column="date" if "date" in table.texts else "annee")


@rule("Q408", "temps", "educateur")
def _educators_who_left(temps: Table, whole: Whole) -> Iterator[Told]:
    """A day or two of an educator long after the others, and long before the end of the table.
    Long is what the educator's own rate of days does not give by chance, and three times any
    absence before."""
    rows = temps.frame[temps.readable("date", "educateur")]
    worked = rows["date"].dt.as_unit("s").astype("int64") // 86_400
    everyone = worked.groupby(rows["educateur"])
    for _, own in everyone:
        days = np.unique(own)
        for left in range(max(FEW_DAYS, len(days) - ISOLATED), len(days)):
            before, absent = days[:left], days[left] - days[left - 1]
            rate = (left - 1) / (before[-1] - before[0] + MONTH)
            nats = rate * min(absent, worked.max() - days[-1])
            is_gone = absent > max(LONG_LEAVE, LEAVES * np.diff(before).max())
            if is_gone and nats > no_chance(len(everyone)):
                late = own.index[own >= days[left]]
                yield Told([*late], "Q408", column="date")
                break


@rule("P316", "situations", "situation")
def _schooling_and_age(situations: Table, whole: Whole) -> Iterator[Told]:
    """Situations that nobody has at this age, counted on 31 December."""
    if "jeunes" not in whole.tables:
        return
    rows, jeunes = situations.frame, whole.tables["jeunes"].frame
    born = referred(jeunes, "id_jeune", rows["id_jeune"], ["annee_naissance"])["annee_naissance"]
    age = rows["annee"].where(rows["annee"] > 0) - born.astype("Float64")
    limits = rows["situation"].map(HABITS["ages"])
    least, most = (limits.str[place].astype("Float64") for place in (0, 1))
    wrong = ((age < least) | (age > most)).fillna(False).astype(bool)
    yield Told(wrong, "P316", {"age": age.fillna(0).astype(int)})


@rule("P410", "suivis", "date_debut")
@rule("P410", "presences", "date")
def _before_first_contact(table: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups and meetings from before the first contact: told one by one where they are few."""
    if "jeunes" not in whole.tables:
        return
    column = "date" if table.name == "presences" else "date_debut"
    jeunes = whole.tables["jeunes"].frame
    first = referred(jeunes, "id_jeune", table.frame["id_jeune"], ["premier_contact"])
    early = table.frame[column] < first["premier_contact"]
    words = {"count": int(early.sum()), "every": len(early)}
    if early.sum() > max(1, USAGE * len(early)):
        yield Told(early, "P410 most", words, column, value="", together=True)
    else:
        yield Told(early, "P410", {}, column)


@rule("P319", "temps", "heures")
def _minutes_as_decimals(temps: Table, whole: Whole) -> Iterator[Told]:
    """Hours of an educator that, from some day on, have no other decimals than quarters of an
    hour written as minutes: 1,30 for 1 h 30. Told once where it is so of most."""
    is_known = temps.frame[["date", "heures"]].notna().all(axis=1)
    rows = temps.frame[is_known]
    found = {name: _written_as_minutes(own) for name, own in rows.groupby("educateur")}
    found = {name: times for name, times in found.items() if len(times)}
    every = len(found) > max(1, rows["educateur"].nunique() / 2)
    groups = {f"{len(found)} éducateurs": pd.concat([*found.values()])} if every else found
    for name, times in groups.items():
        words = {"name": name, "first": times.min()}
        yield together([*times.index], "P319", str(name), **words)


def _written_as_minutes(rows: pd.DataFrame) -> pd.Series:
    """The dates of the times of an educator that are written as hours and minutes, none where
    others are beside."""
    parts = (rows["heures"] % 1).round(3)
    is_minutes = parts.isin(MINUTES)
    dates = rows["date"][is_minutes]
    if len(dates) < FEWEST_TIMES:
        return dates.head(0)
    first = dates.quantile(SELDOM, interpolation="lower")
    span = rows["date"].between(first, dates.max())
    others = (span & (parts > 0) & ~is_minutes).sum()
    dates = dates[dates >= first]
    are_all = parts[dates.index].nunique() == len(MINUTES)
    return dates if are_all and others <= USAGE * len(dates) else dates.head(0)


@rule("Q329", "suivis", "educateur")
def _ended_together_and_met_again(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups of an educator that end on one day, of young people who are met or followed
    again, as those of other days are not: closed as a whole, at a departure."""
    frame = suivis.frame
    ended = frame[frame["date_fin"].notna() & (frame["motif_cloture"] != "changement_statut")]
    again = _met_again(ended, whole)
    of_day = [ended["date_fin"], ended["educateur"]]
    counts = again.groupby(of_day).agg(["sum", "size"])
    large = counts[counts["size"] >= FEWEST_ENDED]
    for (day, name), met, size in large.itertuples():
        rate = share_of(again.sum() - met, len(again) - size)
        nats = beyond_rate(int(met), int(size), float(rate))
        if nats > no_chance(len(large), ASKED):
            mask = (frame["date_fin"] == day) & (frame["educateur"] == name)
            words = {"name": name, "day": day, "count": size, "met": met}
            yield together(mask, "Q329", f"{name} {day:%d/%m/%Y}", "date_fin", **words)


def _met_again(ended: pd.DataFrame, whole: Whole) -> pd.Series:
    """Whether the young person of each ended follow-up is followed again in the half year after,
    or still met when it is no more to take leave."""
    columns = {"suivis": ("date_debut", 0), "presences": ("date", LEAVE)}
    again = pd.Series(False, ended.index)
    ends = ended[["id_jeune", "date_fin"]].reset_index()
    for name, (column, since) in columns.items():
        if name in whole.tables:
            rows = whole.tables[name].frame[["id_jeune", column]]
            both = ends.merge(rows, on="id_jeune")
            after = (both[column] - both["date_fin"]).dt.days
            is_soon = after.between(since + 1, HALF_A_YEAR)
            again |= again.index.isin(both.loc[is_soon, "index"])
    return again

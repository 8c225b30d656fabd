"""What is there once more under another date, year or name: months, years, actions, young
people."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.findings import plural
from rlpipeline.records.frames import among
from rlpipeline.records.names import WORDS, identity, words_in
from rlpipeline.records.table import (
    ASKED,
    HABITS,
    USAGE,
    Table,
    Told,
    Whole,
    beyond_count,
    beyond_rate,
    compared,
    counted,
    no_chance,
    referred,
    rule,
    share_of,
    together,
)
from rlpipeline.records.tables import FAMILLES, Mask

SHIFTS = (1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 35, 364, 365)
"""Days by which a month is found again: the next ones, the same weekday, the year after."""
FEWEST_REPEATS = 4  # times that are the same as the one before, at least
COPIED = 0.4
"""A month beside its copy of the week after has so many rows that are found again; of the day
after, half."""
APART = 2  # times the largest share of another month: a timetable repeats
FEWEST_ROWS, FEWEST_MONTHS = 10, 3
"""Rows of a month that is judged, and months of the educator that it is judged by, at least."""
FEWEST_PEOPLE, NEARLY_ALL = 12, 0.9
STAYS, SAME_NUMBERS, MOST_BLOCKS, OFTEN = 0.75, 0.4, 0.9, 1e-4
"""How often somebody has the same situation the year after (of 15 or more in 84 right services,
0.83 at most), and an action the same number; share of the other years that are held against one;
level: a copied year is no rare mistake."""
LEAST_TOTAL, OVER, FEWEST_SUMS = 4, 0.25, 3
"""Sum of the other publics, at least; what a total may have beside it; actions of a block that
are sums, at least."""
FEWEST_NUMBERS, ONE_IN = 3, 1_000
"""Numbers that two actions share, at least; how seldom two actions of a service do by chance."""
FEWEST_PAIRS, TWINS, UNEVEN = 2, 0.01, 1.6
"""Pairs, at least, for one may be twins; how many young people have a twin who is known too; how
many times more pairs there are than if births were even over the years."""
SPANS = ("Q", "M")  # of a year, that may be imported twice
FEWEST_COPIES = 5  # rows of a time that are there twice, at least
MARCH = 3
HALF, MOST = 0.5, 0.8
"""Rows of a month that are found again a month later: of others at most, of a pasted one."""
LONG, LONGEST, LONG_WORD = 10, 200, 5
"""Letters of names that are compared, at least and at most, and of the word that differs, at
least."""
ACRONYM = re.compile(r"[A-Z]{2,6}")
RARE = 10  # A slip of the pen is so many times rarer than the name
Counts = npt.NDArray[np.int64]


@rule("Q505", "temps", "date")
def _months_found_again(temps: Table, whole: Whole) -> Iterator[Told]:
    """Months of an educator, much of which is found again some days later, unlike her other
    months."""
    rows = temps.frame[temps.readable("date", "educateur")]
    if rows.empty:
        return
    educator, names = pd.factorize(rows["educateur"])
    times = 12 * rows["date"].dt.year + rows["date"].dt.month - 1
    pairs = np.column_stack([educator, times])
    months, month = np.unique(pairs, axis=0, return_inverse=True)
    sizes = np.bincount(month)
    told = np.zeros(len(sizes), dtype=bool)
    for days in SHIFTS:
        again = _found_again(rows, [*temps.texts], days)
        copied = np.bincount(month, again).astype(np.int64)
        for place in _apart_from_others(months, copied, sizes):
            if told[place]:
                continue
            told[place] = True
            (of, at), found = months[place], again & (month == place)
            value = f"{names[of]} {at % 12 + 1:02}/{at // 12}"
            words = {"name": names[of], "days": days}
            yield together([*rows.index[found]], "Q505", value, **words)


@rule("Q505", "temps", "date")
def _weeks_repeated(temps: Table, whole: Whole) -> Iterator[Told]:
    """Days or weeks of an educator that are all the same, entry by entry, for longer than chance
    gives: a week pulled down."""
    rows = temps.frame[temps.readable("date", "educateur", "heures")]
    entries = rows[["activite", "commune", "heures"]].astype("str")
    entry = pd.util.hash_pandas_object(entries, index=False)
    for period, noun in (("W", "semaines"), ("D", "jours")):
        times = rows["date"].dt.to_period(period).rename("time")
        sums = entry.groupby([rows["educateur"], times]).sum().reset_index(name="entry")
        run = _longest_repeat(sums)
        if run is not None:
            name = sums["educateur"].iloc[run[0]]
            first, last = sums["time"].iloc[[run[0], run[-1]]]
            mask = (rows["educateur"] == name) & times.between(first, last)
            words = {"name": name, "count": len(run), "noun": noun, "first": first.start_time}
            yield together([*rows.index[mask]], "Q505 same", name, **words)
            return


def _longest_repeat(sums: pd.DataFrame) -> list[int] | None:
    """The longest run of one educator's times that are equal, where the others seldom are, hers
    neither: a timetable repeats."""
    entries = sums[["educateur", "entry"]]
    repeats = (entries == entries.shift()).all(axis=1)
    run = (~repeats).cumsum()
    runs = repeats.groupby(run).sum()
    if not len(runs) or runs.max() < FEWEST_REPEATS:
        return None
    length = int(runs.max())
    start = int(np.flatnonzero(run == runs.idxmax())[0])
    own = repeats[sums["educateur"] == sums["educateur"].iloc[start]]
    usual = max(share_of(of.sum() - length, len(of) - length) for of in (repeats, own))
    if -length * np.log(usual) <= no_chance(len(sums)):
        return None
    return list(range(start, start + length + 1))


def _found_again(rows: pd.DataFrame, columns: list[str], days: int) -> Mask:
    """Whether each row has an equal so many days before."""
    others = [name for name in columns if name != "date"]
    entry = rows.groupby(others, dropna=False).ngroup()
    day = rows["date"].to_numpy("datetime64[D]").astype(np.int64)
    width = day.max() - day.min() + max(SHIFTS) + 1
    key = entry.to_numpy() * width + day - day.min()
    return np.isin(key - days, key)


def _apart_from_others(months: Counts, copied: Counts, sizes: Counts) -> Iterator[int]:
    """Months, each of an educator, of which many more rows were found again than of the other
    months of the educator, or of anyone where these are few. The months beside are left out: the
    copy may run into them."""
    educators, times = months.T
    large = sizes >= FEWEST_ROWS
    for place in np.flatnonzero(large & (copied >= np.maximum(COPIED * sizes, FEWEST_ROWS))):
        others = large & (np.abs(times - times[place]) > 1)
        own = others & (educators == educators[place])
        others = own if own.sum() >= FEWEST_MONTHS else others
        if not others.any():
            continue
        usual = share_of(copied[others].sum(), sizes[others].sum())
        most = (copied[others] / sizes[others]).max()
        nats = beyond_rate(int(copied[place]), int(sizes[place]), float(usual))
        is_apart = copied[place] >= APART * most * sizes[place]
        if is_apart and nats > no_chance(len(sizes) * len(SHIFTS)):
            yield int(place)


@rule("Q506")
def _years_found_again(table: Table, whole: Whole) -> Iterator[Told]:
    """Years in which those who were there the year before have nearly all the same values; of
    actions, the years of a commune."""
    if table.name not in HABITS["again"]:
        return
    who, what = HABITS["again"][table.name]
    rows = whole.rows(table)
    if not {*who, what} <= {*rows}:
        return
    known = rows[rows["year"] > 0].dropna(subset=[*who, what])
    pairs = _with_year_before(known, who, what)
    of_block = ["year", "place"] if "place" in who else ["year"]
    blocks = pairs.groupby(of_block)["same"].agg(["sum", "size"]).reset_index()
    for block in blocks.to_dict("records"):
        own = pd.Series(block)[of_block]
        others = blocks[(blocks[of_block] != own).any(axis=1)]
        rate = _usual_share(others, SAME_NUMBERS if table.columns("number") else 0.0)
        is_copied = block["size"] >= FEWEST_PEOPLE and block["sum"] >= NEARLY_ALL * block["size"]
        nats = beyond_rate(block["sum"], block["size"], rate)
        if is_copied and nats > no_chance(len(blocks), OFTEN):
            of = pairs["same"] & (pairs[of_block] == own).all(axis=1)
            year = int(block["year"])
            words = {"year": year, "same": block["sum"], "people": block["size"]}
            value = " ".join(str(block[name]) for name in of_block)
            yield together([*of.index[of]], "Q506", value, what, **words)


def _usual_share(blocks: pd.DataFrame, least: float) -> float:
    """The share of those who keep their values in most of these blocks; what is known of other
    services where there is none."""
    shares = share_of(blocks["sum"], blocks["size"])
    return max(least, float(shares.quantile(MOST_BLOCKS))) if len(blocks) else STAYS


def _with_year_before(rows: pd.DataFrame, who: list[str], what: str) -> pd.DataFrame:
    """The rows of those who were there the year before, and whether they have the ``same``
    value; the index is kept. Where somebody has several rows in a year, the first is compared."""
    now = rows[["year", *dict.fromkeys([*who, "place"]), what]]
    before = now.drop_duplicates([*who, "year"])[[*who, "year", what]]
    years = sorted(rows["year"].unique())
    following = dict(pairwise(years))
    before["year"] = before["year"].map(following)
    before = before.dropna(subset=["year"])
    rows = now.reset_index()
    both = rows.merge(before, on=[*who, "year"], suffixes=("", "_before"))
    return both.assign(same=both[what] == both[f"{what}_before"]).set_index("index")


def participants(actions: pd.Series, whole: Whole) -> pd.DataFrame:
    """The numbers of each public at these actions, a column a public, missing where nothing is
    written."""
    table = whole.tables.get("participations")
    if table is None or table.frame.empty:
        return pd.DataFrame(index=actions.index)
    rows = table.frame[among(table.frame["id_action"], actions)]
    by_action = rows.pivot_table("nombre", "id_action", "public", "sum", min_count=1)
    return by_action.reindex(actions).set_axis(actions.index)


@rule("Q507", "actions", "libelle")
def _actions_under_two_names(actions: Table, whole: Whole) -> Iterator[Told]:
    """Actions of a year, commune and category that have every number in common. A number of 12
    is another's by chance once in 13."""
    kept = [name for name in ("seances", "jours") if name in actions.texts]
    numbers = actions.frame[kept].join(participants(actions.frame["id_action"], whole))
    of_one_kind = actions.frame[["annee", "commune", "categorie"]]
    alike = pd.concat([of_one_kind, numbers], axis=1)
    first = alike.duplicated(keep=False) & ~alike.duplicated()
    again = alike.duplicated()
    pairs = of_one_kind.groupby([*of_one_kind], dropna=False).size()
    positive = numbers.where(numbers > 0)
    nats = np.log1p(positive).sum(axis=1)
    every_pair = float((pairs * (pairs - 1) / 2).sum())
    chance = np.log(ONE_IN * max(every_pair, 1))
    told = again & (positive.count(axis=1) >= FEWEST_NUMBERS) & (nats > chance)
    keys = [alike[name] for name in alike]
    for _, same in actions.frame[told | first].groupby(keys, dropna=False):
        rows = [row for row in same.index if told[row]]
        if rows:
            words = {"other": actions.frame["libelle"][same.index[0]]}
            yield Told(rows, "Q507", words)


@rule("Q603", "jeunes", "date_naissance")
def _people_under_two_names(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """Young people born on one day, of one sex and commune: whose follow-ups begin on one day,
    or who are more than chance and twins give."""
    born = ["date_naissance", "sexe", "commune"]
    people = jeunes.frame.loc[jeunes.frame["date_naissance"].notna(), ["id_jeune", *born]]
    day = people["date_naissance"].dt.strftime("%d/%m")
    people = people[~day.isin(HABITS["unknown_days"])]
    alike = people[people.duplicated(born, keep=False)]
    pairs = len(alike) - alike.drop_duplicates(born).shape[0]
    expected = _pairs_by_chance(people, born) + TWINS * len(people)
    if beyond_count(pairs, expected) > no_chance(1, ASKED):
        persons = alike["id_jeune"]
    else:
        persons, pairs = _followed_alike(people, born, whole)
    if pairs >= FEWEST_PAIRS:
        mask = among(jeunes.frame["id_jeune"], persons)
        yield Told(
            mask, "Q603", {"pairs": pairs}, "id_jeune", value=f"{pairs} paires", together=True
        )


def _pairs_by_chance(people: pd.DataFrame, born: list[str]) -> float:
    """How many pairs of one sex and commune are expected to be born on one day."""
    if len(people) < 2:
        return 0.0
    days = people["date_naissance"]
    sizes = people.groupby(born[1:]).size()
    pairs = float((sizes * (sizes - 1) / 2).sum())
    span = max(int((days.max() - days.min()).days), 1)
    return pairs * UNEVEN / span


def _followed_alike(people: pd.DataFrame, born: list[str], whole: Whole) -> tuple[pd.Series, int]:
    """Those born alike whose follow-ups begin on one day, and how many pairs they are."""
    if "suivis" not in whole.tables:
        return people["id_jeune"].head(0), 0
    begun = ["statut", "date_debut"]
    both = whole.tables["suivis"].frame[["id_jeune", *begun]].merge(people, on="id_jeune")
    both = both.drop_duplicates(["id_jeune", *born, *begun])
    twice = both[both.duplicated([*born, *begun], keep=False)]
    return twice["id_jeune"], len(twice.drop_duplicates(born))


@rule("Q513", "participations", "nombre")
def _sums_among_publics(participations: Table, whole: Whole) -> Iterator[Told]:
    """A public whose number is the sum of the others, or holds it, at most actions of a year, or
    of one kind in a commune, as at no others: a total taken for a public."""
    if "actions" not in whole.tables:
        return
    rows, actions = whole.rows(participations), whole.tables["actions"].frame
    kind = referred(actions, "id_action", rows["id_action"], ["categorie"])["categorie"]
    of = ["id_action", "year", "place", "kind"]
    numbers = rows.assign(kind=kind).pivot_table("nombre", of, "public", "sum").fillna(0)
    for public in numbers.columns:
        blocks = (_sums_of_blocks(numbers, public, of[1 : 1 + depth]) for depth in (1, 2, 3))
        summed = next((actions for actions in blocks if len(actions)), None)
        if summed is not None:
            mask = rows["id_action"].isin(summed) & (rows["public"] == public)
            words = {"public": public, "count": len(summed)}
            yield together(mask, "Q513", str(public), **words)


def _sums_of_blocks(numbers: pd.DataFrame, public: str, of_block: list[str]) -> pd.Index:
    """The actions where this public is the sum of the others, of the blocks where most are so."""
    others = numbers.drop(columns=[name for name in numbers if name in (public, FAMILLES)])
    total = others.sum(axis=1)
    has_several = (others > 0).sum(axis=1) > 1
    is_asked = has_several & (total >= LEAST_TOTAL) & (numbers[public] > 0)
    is_sum = is_asked & numbers[public].between(total, total * (1 + OVER) + 1)
    every = pd.DataFrame({"sums": is_sum, "size": is_asked})
    blocks = every.groupby(of_block).transform("sum").astype(int)
    rest = every.sum() - blocks
    rates = share_of(rest["sums"], rest["size"])
    tries = every.groupby(of_block).ngroups
    are_most = 2 * blocks["sums"] >= blocks["size"]
    asked = is_sum & are_most & (blocks["sums"] >= FEWEST_SUMS)
    of_rows = zip(blocks["sums"], blocks["size"].clip(lower=1), rates, strict=True)
    nats = np.array([beyond_rate(*of_row) for of_row in of_rows])
    told = asked.to_numpy() & (nats > no_chance(tries, ASKED))
    return numbers.index.get_level_values("id_action")[told]


def entered_twice(table: Table, whole: Whole) -> Mask:
    """Rows that repeat an earlier one, of whom a year of such a table ordinarily has none, or
    few."""
    frame, (share, fewest) = table.frame, HABITS["twice"].get(table.name, (2, 0))
    if table.name == "actions":
        frame = frame.join(participants(frame["id_action"], whole))
    compared = [column for column in frame.columns if (column,) != table.contract.key]
    again: Mask = frame.duplicated(compared).to_numpy(bool)
    for column in table.texts:  # what could not be read may differ
        again = again & ~table.unread(column)
    if not again.any():
        return again
    copies = pd.DataFrame({"again": again, "alike": frame.duplicated(compared, keep=False)})
    years = whole.rows(table)["year"]
    by_year = copies.groupby(years)
    often = by_year["alike"].transform("mean") >= float(share)
    told = often & (by_year["again"].transform("sum") >= int(fewest))
    times = [years]
    if "date" in table.texts:
        times += [frame["date"].dt.to_period(span) for span in SPANS]
    for time in times:
        told |= _more_than_in_others(copies["again"], time)
    return np.asarray(again & told, dtype=bool)


def _more_than_in_others(again: pd.Series, times: pd.Series) -> pd.Series:
    """Whether each row is of a time with far more copies than any other: imported twice."""
    counts = counted(again, times)
    told = []
    for time in compared(counts):
        nats = time.nats_beyond(max(USAGE, time.most))
        if time.count >= FEWEST_COPIES and nats > no_chance(len(counts)):
            told.append(time.name)
    return times.isin(told)


@rule("P504", column="date")
def _pasted_from_the_month_before(table: Table, whole: Whole) -> Iterator[Told]:
    """Months whose rows are nearly all those of the one before, on the same days, where others'
    are not."""
    day = table.frame["date"].dt
    month = 12 * day.year.fillna(0) + day.month.fillna(0)
    again = _again_a_month_later(table.frame[[*table.texts]].assign(date=day.day), month)
    counts = counted(again, month)
    counts = counts[counts.index.isin(counts.index + 1)]
    if table.name == "temps":  # a timetable repeats, and March may have the weekdays of February
        counts = counts[counts.index % 12 != MARCH]
    for pasted in compared(counts):
        if pasted.count < MOST * pasted.size or pasted.most > HALF:
            continue
        if pasted.nats_beyond(pasted.most) > no_chance(len(counts)):
            yield together(again & (month == pasted.name), "P504")


def _again_a_month_later(rows: pd.DataFrame, month: pd.Series) -> pd.Series:
    """Whether each row has an equal in the month before its own."""
    alike = rows.groupby(list(rows), dropna=False, sort=False).ngroup() + len(rows) * month
    return (alike - len(rows)).isin(alike)


@dataclass(frozen=True)
class Name:
    """A name as it is written in so many ``rows`` of these ``years``, and what stands ``beside``
    it: its domain, its field."""

    text: str
    rows: int
    years: frozenset[int]
    beside: frozenset[str]


@rule("P402")
def _several_spellings(table: Table, whole: Whole) -> Iterator[Told]:
    """Names of one thing, in one table or two, that are written in several ways."""
    for columns in HABITS["names"]:
        there = [place for place in columns if _is_there(place, whole)]
        for _, column, within in (place for place in there if place[0] == table.name):
            spellings = whole.once(str(columns), partial(_spellings, whole, there))
            for context, name, other in spellings:
                mask = table.frame[column] == name.text
                if within:
                    mask &= table.frame[within].astype("str") == context
                if mask.any():
                    words = {"other": other.text, "rows": plural(other.rows, "ligne")}
                    yield together(mask, "P402", None, column, **words)


def _is_there(place: tuple[str, str, str], whole: Whole) -> bool:
    """Whether the source has a table, and that column of it."""
    table, column, _ = place
    return table in whole.tables and column in whole.tables[table].texts


def _spellings(whole: Whole, columns: list[tuple[str, str, str]]) -> list[tuple[str, Name, Name]]:
    """The names of these columns that are written in several ways: the context within which a name
    is one thing, the spelling, the better one."""
    found = defaultdict[tuple[str, str], list[tuple[int, str]]](list)
    for place in columns:
        for context, text, year, beside in _names_of(whole, *place):
            if isinstance(context, str) and isinstance(text, str):
                found[context, text].append((year, beside))
    names = defaultdict[str, list[Name]](list)
    for (context, text), rows in found.items():
        years = frozenset(year for year, _ in rows)
        domains = frozenset(domain for _, domain in rows)
        names[context].append(Name(text, len(rows), years, domains))
    return [(context, *pair) for context, of in names.items() for pair in _spelt_twice(of)]


def _names_of(
    whole: Whole, table: str, column: str, within: str
) -> Iterator[tuple[str, str, int, str]]:
    """Of each row of a table: the context of a name, the name, its year, what stands beside it."""
    frame = whole.tables[table].frame
    asked = (within, column, "annee", HABITS["beside"].get(table, ""))
    cells = [frame[name].tolist() if name in frame else [""] * len(frame) for name in asked]
    return zip(*cells, strict=True)


def _acronyms(names: list[Name]) -> Iterator[tuple[Name, Name]]:
    """Each acronym with the name whose initials it is, of one domain, in one year: two names of one
    thing."""
    whole_names = defaultdict[str, list[Name]](list)
    for name in names:
        whole_names[_initials(name.text)].append(name)
    for short in (name for name in names if ACRONYM.fullmatch(name.text)):
        for full in whole_names["".join(words_in(short.text))]:
            if short.years & full.years and _is_alike_beside(short, full):
                yield short, full


def _initials(text: str) -> str:
    """The initials of the words of a name, without little ones; nothing where it has one word."""
    little = WORDS["between_totals"].split()
    words = [word for word in words_in(text) if word not in little]
    return "".join(word[0] for word in words if len(words) > 1)


def _is_alike_beside(one: Name, other: Name) -> bool:
    """Whether two names have a domain, a field in common."""
    return bool((one.beside & other.beside) - {""})


def _spelt_twice(names: list[Name]) -> Iterator[tuple[Name, Name]]:
    """Each spelling of a name that has a better one, and that one: written otherwise, or a slip
    of the pen away."""
    alike = defaultdict[str, list[Name]](list)
    for name in names:
        alike[identity(name.text) or name.text].append(name)
    for same in alike.values():
        main, *others = sorted(same, key=_rank)
        yield from ((other, main) for other in others)
    yield from _acronyms(names)
    for pair in _a_letter_apart(names):
        rare, frequent = sorted(pair, key=lambda name: (name.rows, name.text))
        if _is_slip(rare, frequent):
            yield rare, frequent


def _rank(name: Name) -> tuple[int, bool, int, str]:
    """The frequent spelling first; of equals the one that is not all capitals or small letters,
    then the shorter."""
    is_flat = name.text in (name.text.lower(), name.text.upper())
    return -name.rows, is_flat, len(name.text), name.text


def _a_letter_apart(names: list[Name]) -> Iterable[tuple[Name, Name]]:
    """Pairs of names that differ by a letter of one word."""
    near = defaultdict[tuple[str, ...], list[Name]](list)
    for name in names:
        for key in _keys_without_a_letter(name.text):
            near[key].append(name)
    return dict.fromkeys(pair for same in near.values() for pair in combinations(same, 2))


def _keys_without_a_letter(text: str) -> Iterator[tuple[str, ...]]:
    """The words of a name, each long one in turn whole or without one of its letters."""
    words = words_in(text)
    if not LONG <= len(" ".join(words)) <= LONGEST:
        return
    for place, word in enumerate(words):
        if len(word) < LONG_WORD or word.isdigit():
            continue
        for cut in {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}:
            yield (*words[:place], "", cut, *words[place + 1 :])


def _is_slip(rare: Name, frequent: Name) -> bool:
    """Whether a name is another's slip of the pen: it is far rarer, or stands for it in other
    years; and differs by more than an ending."""
    elsewhere = not rare.years & frequent.years and _is_alike_beside(rare, frequent)
    if not elsewhere and rare.rows * RARE > frequent.rows:
        return False
    stems = [[word.rstrip("esx") for word in words_in(name.text)] for name in (rare, frequent)]
    return identity(rare.text) != identity(frequent.text) and stems[0] != stems[1]

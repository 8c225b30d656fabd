"""What stands twice: rows, pasted blocks and years, people under two identifiers, names written in several ways."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from rlpipeline.records.findings import plural
from rlpipeline.records.frames import among
from rlpipeline.records.names import identity, words_in
from rlpipeline.records.rules import HABITS, Told, Whole, beyond_rate, no_chance, rule
from rlpipeline.records.table import Table
from rlpipeline.records.tables import Mask

SHARE, FEWEST, MOST = 1 / 3, 4, 0.8
COINCIDENCES, OF_AN_AGE = 1e-2, 730
"""Pairs of people alike in everything that chance gives in the whole table, at most, for a pair to be told;
and the days of birth among whom is met together, in a class: two years."""


def shown(table: Table) -> str:
    """The column that a finding about a whole row shows."""
    return str(HABITS["shown"].get(table.name, table.contract.column_names[1]))


def entered_twice(table: Table, whole: Whole) -> Mask:
    """Rows that repeat an earlier one beyond what chance gives."""
    name, frame = table.name, table.frame
    compared = [column for column in frame.columns if (column,) != table.contract.key]
    again: Mask = frame.duplicated(compared).to_numpy(bool)
    for column in table.texts:  # what could not be read may differ
        again = again & ~table.unread(column)
    if name in HABITS["never_alike"] or not again.any():
        return again
    alike = frame.duplicated(compared, keep=False)
    by_year = pd.DataFrame({"again": again, "alike": alike}).groupby(whole.rows(table)["year"])
    copies = by_year["again"].transform("sum")
    told = pd.Series(False, frame.index)
    if name in HABITS["whole_years"]:
        told = by_year["alike"].transform("all") & (copies >= int(HABITS["whole_years"][name]))
    elif name in HABITS["mostly"]:
        told = (by_year["again"].transform("mean") > SHARE) & (copies >= FEWEST)
        if len(table.contract.key) == 1:
            told |= _too_alike(table, frame[compared]) & ~_other_lives(table, frame[alike], compared, whole)
        else:
            told |= _in_months(frame, again)
            first = pd.Series(frame.index).groupby([frame[name] for name in compared], dropna=False).transform("first")
            offset = np.where(again, frame.index - first, 0)  # pasted in a block, they are as far from what they repeat
            runs = np.cumsum(np.r_[True, offset[1:] != offset[:-1]])
            lengths = np.bincount(runs)[runs]
            told |= (-np.log(again.mean()) * lengths > no_chance(len(again))) & (offset >= lengths)
    return again & told.to_numpy(bool)


def _too_alike(table: Table, frame: pd.DataFrame) -> pd.Series:
    day = str(HABITS["shown"][table.name])
    alike = {name: float((frame[name].value_counts(normalize=True, dropna=False) ** 2).sum()) for name in frame}
    others: pd.Series = frame[day].map(frame[day].value_counts()) - 1
    by_chance = others.sum() / 2 * np.prod([*alike.values()]) / alike[day]
    pairs = others * (others + 1) / 2 / OF_AN_AGE
    seldom = pd.Series(by_chance < COINCIDENCES, frame.index)
    return seldom & (pairs < COINCIDENCES) if table.name == "jeunes" else seldom


def _other_lives(table: Table, alike: pd.DataFrame, compared: list[str], whole: Whole) -> pd.Series:
    twins = pd.Series(False, table.frame.index)
    if table.name == "jeunes" and "suivis" in whole.tables:
        suivis = whole.tables["suivis"].frame
        suivis = suivis[among(suivis["id_jeune"], alike["id_jeune"])]
        lasted = suivis["date_fin"].fillna(suivis["date_debut"]) - suivis["date_debut"]
        lives = {who: frozenset(days) for who, days in lasted.groupby(suivis["id_jeune"])}
        own = alike["id_jeune"].map(lives).dropna()
        first = alike.groupby(compared, dropna=False)["id_jeune"].transform("first").map(lives)[own.index]
        twins[own.index] = (own != first) & first.notna()
    return twins


def _in_months(frame: pd.DataFrame, again: Mask) -> pd.Series:
    months = frame["date"].dt.to_period("M")
    by_month = pd.Series(again).groupby(months).agg(["sum", "size"])
    beyond = []
    for month, copies, rows in by_month.itertuples():
        rate = (again.sum() - copies + 1) / (len(again) - rows + 2)
        if copies >= FEWEST and beyond_rate(copies, rows, rate) > no_chance(len(by_month)):
            beyond.append(month)
    told: pd.Series = months.isin(beyond)
    return told


@rule("P404", "actions", "libelle")
def _actions_twice(actions: Table, whole: Whole) -> Iterator[Told]:
    names = ["annee", "commune", "categorie", "titre", *(name for name in HABITS["compared"] if name in actions.texts)]
    titles = {text: identity(text) for text in actions.frame["libelle"].dropna().unique()}
    frame = actions.frame.assign(titre=actions.frame["libelle"].map(titles))
    alike = frame[frame["titre"].notna() & frame.duplicated(names, keep=False)]
    publics: dict[str, frozenset[tuple[str, float]]] = {}
    if "participations" in whole.tables:
        entered = whole.tables["participations"].frame.fillna({"nombre": -1})
        for action, rows in entered[entered["id_action"].isin(alike["id_action"])].groupby("id_action"):
            publics[str(action)] = frozenset(zip(rows["public"], rows["nombre"], strict=True))
    for _, group in alike.groupby(names, dropna=False):
        numbered = [(int(str(row)), publics.get(action)) for row, action in group["id_action"].items()]
        for place, (row, own) in enumerate(numbered):
            earlier = ((first, other) for first, other in numbered[:place] if own == other or None in (own, other))
            for first, other in [*earlier][:1]:
                compared = "publics" if own == other else "publics saisis pour l'une seule"
                yield Told([row], "P404", {"line": int(actions.lines[first]), "compared": compared})


@rule("P504")
def _pasted_from_the_period_before(table: Table, whole: Whole) -> Iterator[Told]:
    """Years, or months by their days, whose rows are nearly all those of the one before, where others' are not."""
    names = [column.name for column in table.contract.columns if column.name in table.texts]
    when = next((name for name in ("annee", "date") if name in names), None)
    if when is None:
        return
    if when == "annee":
        period, rest = table.frame["annee"], table.frame[[name for name in names if name not in ("annee", "id_action")]]
    else:
        day = table.frame["date"].dt
        period, rest = 12 * day.year.fillna(0) + day.month.fillna(0), table.frame[names].assign(date=day.day)
    alike = rest.groupby(list(rest), dropna=False, sort=False).ngroup() + len(rest) * period
    again = (alike - len(rest)).isin(alike)
    counts = again.groupby(period).agg(["sum", "size"])
    counts = counts[[before - 1 in counts.index for before in counts.index]]
    for pasted, copied, rows in counts.itertuples():
        others = counts.drop(index=pasted)
        rate = float(((others["sum"] + 1) / (others["size"] + 2)).max()) if len(others) else 1.0
        if copied >= MOST * rows and rate <= 0.5 and beyond_rate(copied, rows, rate) > no_chance(len(counts)):
            yield Told(again & (period == pasted), "P504", column=when, together=True)


LONG, LONG_WORD = 10, 5
LONGEST = 200  # of a text longer than any name, every way to leave a letter out would fill the memory
RARE = 10  # A slip of the pen is so many times rarer than the name


class Name(NamedTuple):
    """One spelling within its context: how often it stands, in which years, with what beside it."""

    text: str
    rows: int
    years: frozenset[int]
    beside: frozenset[str]


@rule("P402")
def _several_spellings(table: Table, whole: Whole) -> Iterator[Told]:
    for columns in HABITS["names"]:
        there = [said for said in columns if said[0] in whole.tables and said[1] in whole.tables[said[0]].texts]
        for _, column, within in (said for said in there if said[0] == table.name):
            for context, names in whole.once(str(columns), partial(_names, whole, there)).items():
                for name, other in [*_written_otherwise(names), *_misspelt(names)]:
                    mask = table.frame[column] == name.text
                    if within:
                        mask &= table.frame[within].astype("str") == context
                    words = {"other": other.text, "rows": plural(other.rows, "ligne")}
                    if mask.any():
                        yield Told(mask, "P402", words, column, together=True)


def _names(whole: Whole, columns: list[tuple[str, str, str]]) -> Mapping[str, dict[str, Name]]:
    parts = []
    for table, column, within in columns:
        frame, blank = whole.tables[table].frame, pd.Series("", whole.tables[table].frame.index)
        cells = {"context": frame.get(within, blank).astype("str"), "text": frame[column]}
        beside = frame.get(HABITS["beside"].get(table, ""), blank)
        parts.append(pd.DataFrame({**cells, "year": frame.get("annee", 0), "beside": beside}).dropna(subset="text"))
    contexts: dict[str, dict[str, Name]] = defaultdict(dict)
    for (context, text), rows in pd.concat(parts).groupby(["context", "text"], sort=False):
        years, beside = (frozenset(rows[name].unique()) - {0, ""} for name in ("year", "beside"))
        contexts[str(context)][str(text)] = Name(str(text), len(rows), years, beside)
    return contexts


def _written_otherwise(names: Mapping[str, Name]) -> Iterator[tuple[Name, Name]]:
    alike: dict[str, list[Name]] = defaultdict(list)
    for name in names.values():
        alike[identity(name.text) or name.text].append(name)
    for same in alike.values():
        # The frequent spelling first; of equals the one that is not all capitals or small letters, then the shorter.
        keys = {
            (-name.rows, name.text in (name.text.lower(), name.text.upper()), len(name.text), name.text): name
            for name in same
        }
        main, *others = (keys[key] for key in sorted(keys))
        yield from ((other, main) for other in others)


def _misspelt(names: Mapping[str, Name]) -> Iterator[tuple[Name, Name]]:
    near: dict[str, list[str]] = defaultdict(list)
    for text in names:
        plain = " ".join(words_in(text))
        if LONG <= len(plain) <= LONGEST:
            for cut in {plain, *(plain[:place] + plain[place + 1 :] for place in range(len(plain)))}:
                near[cut].append(text)
    pairs = {tuple(sorted(pair)) for same in near.values() for pair in combinations(same, 2)}
    for pair in sorted(pairs):
        rare, frequent = sorted((names[text] for text in pair), key=lambda name: (name.rows, name.text))
        if identity(rare.text) != identity(frequent.text) and _is_slip(rare, frequent):
            yield rare, frequent


def _is_slip(rare: Name, frequent: Name) -> bool:
    words, others = words_in(rare.text), words_in(frequent.text)
    apart = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    if len(words) != len(others) or len(apart) != 1 or any(word.isdigit() for word in apart[0]):
        return False
    if min(map(len, apart[0])) < LONG_WORD or apart[0][0].rstrip("esx") == apart[0][1].rstrip("esx"):
        return False
    if rare.years or frequent.years:
        return not rare.years & frequent.years and bool(rare.beside & frequent.beside)
    return rare.rows * RARE <= frequent.rows

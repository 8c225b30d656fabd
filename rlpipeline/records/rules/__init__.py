"""A rule gives the rows at fault and a sentence; lines, keys, what is shown and how to accept it are done here."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.records.findings import Finding, finding, of_lines
from rlpipeline.records.frames import Memory, places_among
from rlpipeline.records.labels import said
from rlpipeline.records.table import Table, rows_in
from rlpipeline.records.tables import Mask
from rlpipeline.settings.models import Service
from rlpipeline.settings.strict_yaml import packaged

LEVEL = 1e-5  # chance that a rule wrongly says something of one column; of a hundred, of one service in a thousand
USAGE = 0.05  # what more than one row in twenty does is a usage of the service, no slip
ACCEPTED = ", ou l'accepter dans plausibilite.yml"
HABITS: Mapping[str, Any] = packaged("records/rules/habits.yml")  # what rules know of each table
YEAR = {"jeunes": "premier_contact", "suivis": "date_debut", "territoires": "millesime"}
"""The column of a row's year, where it is neither ``annee`` nor ``date``."""


@dataclass(frozen=True)
class Whole(Memory):
    """All that rules judge: the tables that could be read, the names of all that the source has, the settings.
    ``extraction`` is its day, if known; ``latest`` the latest year; ``years`` count the tables with rows of each."""

    tables: Mapping[str, Table]
    present: frozenset[str]
    service: Service
    extraction: date | None
    latest: int
    years: Mapping[int, int]

    def rows(self, table: Table) -> pd.DataFrame:
        """The rows of a table with their ``year``, 0 where there is none, and their ``place``, of what they refer to
        where they have none; ``home`` is the place of that. Participations have the title of their action."""
        return self.once(table.name, lambda: self._rows(table))

    def _rows(self, table: Table) -> pd.DataFrame:
        frame, own = table.frame, YEAR.get(table.name, "annee" if "annee" in table.frame else "date")
        more = pd.DataFrame({"year": 0, "place": pd.Series(dtype="str")}, frame.index)
        for reference in table.contract.references:
            target = self.tables.get(reference.table)
            if target is not None and len(target.frame):
                known = self.rows(target)
                names = [name for name in ("year", "place", "libelle") if name in known]
                more = referred(known, reference.target, frame[reference.column], names)
        more["home"] = more["place"]
        if own in frame:
            more["year"] = frame[own].dt.year if frame[own].dtype.kind == "M" else frame[own]
        if "commune" in frame:
            more["place"] = frame["commune"].fillna(more["place"])
        more["year"] = more["year"].fillna(0).astype("int64")
        return frame.assign(**more)

    def first_year(self, table: Table) -> int:
        """The first year kept whole: of people, who stay in the tables for long, that of the tables of what is done."""
        kept = [other for name, other in self.tables.items() if name not in YEAR] if table.name in YEAR else [table]
        years = [self.rows(other)["year"].to_numpy() for other in kept]
        return min((int(year[year > 0].min()) for year in years if (year > 0).any()), default=0)


def referred(rows: pd.DataFrame, key: str, values: pd.Series, names: list[str]) -> pd.DataFrame:
    """Columns of the first row whose key is each of these values, missing where there is none; index of the values."""
    places = places_among(values, rows[key])
    found = rows[names].iloc[places.clip(0)] if len(rows) else rows[names].reindex(values.index)
    return found.set_axis(values.index).where(pd.Series(places >= 0, values.index))


@dataclass(frozen=True)
class Told:
    """Rows of a table, and the sentence that says what is wrong and what to do; words that are a series are the row's.
    ``column`` and ``value`` are what is shown, where it is not the column of the rule and its cell. Rows ``together``
    are one finding, of the table where there is none, accepted by its value; where ``keyed``, by the first's key."""

    rows: Mask | pd.Series | Sequence[int]
    sentence: str
    words: Mapping[str, object] = field(default_factory=dict)
    column: str = ""
    value: str | None = None
    together: bool = False
    keyed: bool = False


Judge = Callable[[Table, Whole], Iterator[Told]]
RULES: list[tuple[str, str, str, Judge]] = []


def rule(code: str, table: str = "", column: str = "") -> Callable[[Judge], Judge]:
    """Declare a rule of a table, or of each, that is asked where the table has the column."""

    def declared(judge: Judge) -> Judge:
        RULES.append((code, table, column, judge))
        return judge

    return declared


def judged(whole: Whole, kinds: str) -> Iterator[Finding]:
    """What every rule says whose code begins with one of the letters."""
    for code, name, column, judge in RULES:
        for table in whole.tables.values() if code[0] in kinds else ():
            if name in ("", table.name) and (not column or column in table.texts):
                yield from findings_of(table, judge(table, whole), column)


def findings_of(table: Table, every: Iterable[Told], column: str) -> Iterator[Finding]:
    """One finding a row, or one of all of them; what is implausible has its key, and says that it may be accepted."""
    key = table.contract.key
    for told in every:
        shown_in, may_be = told.column or column, told.sentence.startswith("P")
        rows = rows_in(told.rows) if isinstance(told.rows, np.ndarray | pd.Series) else [int(row) for row in told.rows]
        for group in [rows] if told.together else [[row] for row in rows]:
            words = {name: word[group[0]] if isinstance(word, pd.Series) else word for name, word in told.words.items()}
            message = f"{said(told.sentence, **words)}{ACCEPTED if may_be else ''}."
            given = told.value is not None or not group
            shown = (told.value or None) if given else table.shown(shown_in, min(group))
            item = finding(told.sentence, table.name, None, shown_in, shown, message)
            item = of_lines(item, table.lines[group].tolist())
            if may_be and (told.keyed or not told.together):
                cells = {name: table.shown(name, min(group)) for name in key or table.texts}
                full = ", ".join(f"{name} = {text}" for name, text in cells.items() if text)
                item = replace(item, cle=str(cells[key[0]]) if len(key) == 1 else full)
            yield item


def no_chance(times: float) -> float:
    """Nats (−log of a chance) that the best of so many comparisons reaches by chance less often than ``LEVEL``."""
    return math.log(max(times, 1) / LEVEL)


def beyond_rate(count: int, among: int, rate: float) -> float:
    """Nats of so many or more of ``among``, each with the chance ``rate``: Chernoff's bound of a binomial tail."""
    share = count / among
    if share <= rate:
        return 0.0
    rest = (1 - share) * math.log((1 - share) / (1 - rate)) if share < 1 else 0.0
    return among * (share * math.log(share / rate) + rest)

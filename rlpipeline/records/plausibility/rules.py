"""A rule of plausibility says which rows and why; lines, keys, what is shown and how to accept it are done here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from rlpipeline.records.findings import Finding, finding, of_lines
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.parsing import written
from rlpipeline.records.raw import Mask
from rlpipeline.settings.models import Service

LEVEL = 1e-5
"""Chance that a rule wrongly says something of one column; of a hundred, of one service in a thousand."""
USAGE = 0.05
"""What more than one row in twenty does is a usage of the service, no slip."""
YEAR = {"jeunes": "premier_contact", "suivis": "date_debut", "territoires": "millesime"}
"""The column of a row's year, where it is neither ``annee`` nor ``date``."""

SAME: Mapping[str, tuple[str, ...]] = {
    "actions": ("libelle",),
    "participations": ("libelle", "public"),
    "personnel": ("categorie", "poste"),
    "financements": ("financeur", "objet"),
    "reseaux": ("nom", "objet"),
    "instances": ("instance",),
    "territoires": ("territoire", "indicateur"),
}
"""What is one thing from year to year."""


@dataclass(frozen=True)
class Whole:
    """All that rules judge.

    Parameters
    ----------
    parsed
        The tables that could be read, without rows entered twice.
    extraction
        Its day, None where it is unknown.
    latest, alone
        The latest year of the records, and those of a row or two far before all others.
    """

    parsed: Mapping[str, ParsedTable]
    service: Service
    extraction: date | None
    latest: int
    alone: frozenset[int]


@dataclass(frozen=True)
class Told:
    """Rows of a table and what is said of them.

    Parameters
    ----------
    rows
        A mask, or positions.
    sentence
        What is wrong and what to do, without its full stop.
    column, value
        What is shown, where it is not the column of the rule and its cell.
    together
        One finding of all the rows, or of the table where there is none, accepted by its value.
    keyed
        Of rows together, whether the first is accepted by its key.
    """

    rows: Mask | pd.Series[bool] | Sequence[int]
    sentence: str
    column: str = ""
    value: str | None = None
    together: bool = False
    keyed: bool = False


Judge = Callable[[ParsedTable, Whole], Iterator[Told]]
RULES: list[tuple[str, str, str, Judge]] = []


def rule(code: str, table: str = "", column: str = "") -> Callable[[Judge], Judge]:
    """Declare a rule of a table, or of each, that is asked where the table has the column."""

    def declared(judge: Judge) -> Judge:
        RULES.append((code, table, column, judge))
        return judge

    return declared


def judged(whole: Whole) -> Iterator[Finding]:
    """What every rule says."""
    for code, table, column, judge in RULES:
        for item in whole.parsed.values():
            if table in ("", item.table.name) and (not column or column in item.columns):
                for told in judge(item, whole):
                    yield from findings_of(item, code, told, column)


def findings_of(item: ParsedTable, code: str, told: Told, column: str) -> Iterator[Finding]:
    """One finding a row, or one of all of them."""
    column = told.column or column
    rows = places(told.rows) if isinstance(told.rows, np.ndarray | pd.Series) else [int(row) for row in told.rows]
    message = f"{told.sentence}, ou l'accepter dans plausibilite.yml."
    for group in [rows] if told.together else [[row] for row in rows]:
        shown = told.value if told.value is not None or not group else item.shown(column, min(group))
        one = of_lines(
            finding(code, item.table.name, message, None, column, shown), (int(item.lines[row]) for row in group)
        )
        yield replace(one, cle=key_of(item, min(group))) if told.keyed or not told.together else one


def key_of(item: ParsedTable, row: int) -> str:
    """What tells a row from the others in ``plausibilite.yml``: its key, else all that it holds."""
    key = item.table.key
    if len(key) == 1:
        return str(item.shown(key[0], row))
    cells = {name: item.shown(name, row) for name in key or item.columns}
    return ", ".join(f"{name} = {text}" for name, text in cells.items() if text)


def french(number: float) -> str:
    """« 115,4 », without zeros that tell nothing."""
    return written(round(number, 2))


def places(mask: object) -> list[int]:
    """Positions where a mask is true."""
    return [int(row) for row in np.flatnonzero(np.asarray(mask, dtype=bool))]


def years_of(item: ParsedTable, parsed: Mapping[str, ParsedTable]) -> pd.Series:
    """The year of each row, or of its action; 0 where there is none."""
    name = YEAR.get(item.table.name, "annee" if "annee" in item.frame else "date")
    if name not in item.frame:
        return _of_target(item, parsed, years_of).fillna(0).astype("int64")
    column = item.frame[name]
    years: pd.Series = column if column.dtype == "int64" else column.dt.year.fillna(0).astype("int64")
    return years


def first_year(item: ParsedTable, parsed: Mapping[str, ParsedTable]) -> int:
    """The first year kept whole: of people, who stay in the tables for long, that of the tables of what is done."""
    kept = [other for name, other in parsed.items() if name not in YEAR] if item.table.name in YEAR else [item]
    years = [years_of(other, parsed) for other in kept]
    return min((int(year[year > 0].min()) for year in years if (year > 0).any()), default=0)


def with_actions(item: ParsedTable, parsed: Mapping[str, ParsedTable]) -> pd.DataFrame:
    """The rows of a table, those of participations with the title of their action."""
    if item.table.name != "participations" or "actions" not in parsed:
        return item.frame
    actions = parsed["actions"].frame.drop_duplicates("id_action").set_index("id_action")
    return item.frame.join(actions[["libelle"]], on="id_action")


def communes_of(item: ParsedTable, parsed: Mapping[str, ParsedTable]) -> pd.Series:
    """The commune of each row: its own, else that of its young person or of its action."""
    own = item.frame["commune"] if "commune" in item.frame else pd.Series(pd.NA, item.frame.index, dtype="str")
    return own.fillna(_of_target(item, parsed, communes_of).astype(own.dtype)) if item.table.references else own


def _of_target(
    item: ParsedTable,
    parsed: Mapping[str, ParsedTable],
    asked: Callable[[ParsedTable, Mapping[str, ParsedTable]], pd.Series],
) -> pd.Series:
    """What is asked of the row that each row refers to."""
    (reference,) = item.table.references
    target = parsed.get(reference.table)
    if target is None or target.frame.empty:
        return pd.Series(np.nan, item.frame.index)
    known = pd.Series(asked(target, parsed).to_numpy(), target.frame[reference.target])
    return item.frame[reference.column].map(known[~known.index.duplicated()])


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


def beyond_mean(count: int, mean: float) -> float:
    """Nats of so many or more where they are ``mean`` on average and one at least: a geometric, the widest such law."""
    return (count - 1) * -math.log1p(-1 / max(mean, 1.1))

"""A rule says which rows and why; lines, keys, what is shown and how to accept it are done here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from rlpipeline.records.cells import rows_in
from rlpipeline.records.findings import Finding, finding, of_lines
from rlpipeline.records.parsing import written
from rlpipeline.records.schema import Mask
from rlpipeline.records.table import Table
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
    """All that rules judge: the tables that could be read, the names of all that the source has, the settings.

    ``extraction`` is its day, None where it is unknown; ``latest`` the latest year of the records, and ``alone`` those
    of a row or two far before all others.
    """

    tables: Mapping[str, Table]
    present: frozenset[str]
    service: Service
    extraction: date | None
    latest: int
    alone: frozenset[int]


@dataclass(frozen=True)
class Told:
    """Rows of a table, a mask or positions, and what is wrong and what to do, without its full stop.

    ``column`` and ``value`` are what is shown, where it is not the column of the rule and its cell. Rows ``together``
    are one finding, of the table where there is none, accepted by its value; where it is ``keyed``, by the key of the
    first.
    """

    rows: Mask | pd.Series[bool] | Sequence[int]
    sentence: str
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
                for told in judge(table, whole):
                    yield from findings_of(table, code, told, column)


def findings_of(table: Table, code: str, told: Told, column: str) -> Iterator[Finding]:
    """One finding a row, or one of all of them; what is implausible has its key, and says that it may be accepted."""
    column, may_be = told.column or column, code.startswith("P")
    rows = rows_in(told.rows) if isinstance(told.rows, np.ndarray | pd.Series) else [int(row) for row in told.rows]
    message = f"{told.sentence}, ou l'accepter dans plausibilite.yml." if may_be else f"{told.sentence}."
    for group in [rows] if told.together else [[row] for row in rows]:
        given = told.value is not None or not group
        shown = (told.value or None) if given else table.shown(column, min(group))
        item = finding(code, table.name, message, None, column, shown)
        key = key_of(table, min(group)) if may_be and (told.keyed or not told.together) else None
        yield replace(of_lines(item, (int(table.lines[row]) for row in group)), cle=key)


def key_of(table: Table, row: int) -> str:
    """What tells a row from the others in ``plausibilite.yml``: its key, else all that it holds."""
    key = table.contract.key
    if len(key) == 1:
        return str(table.shown(key[0], row))
    cells = {name: table.shown(name, row) for name in key or table.texts}
    return ", ".join(f"{name} = {text}" for name, text in cells.items() if text)


def french(number: float) -> str:
    """« 115,4 », without zeros that tell nothing."""
    return written(round(number, 2))


def years_of(table: Table, tables: Mapping[str, Table]) -> pd.Series:
    """The year of each row, or of its action; 0 where there is none."""
    name = YEAR.get(table.name, "annee" if "annee" in table.frame else "date")
    if name not in table.frame:
        return _of_target(table, tables, years_of).fillna(0).astype("int64")
    column = table.frame[name]
    years: pd.Series = column if column.dtype == "int64" else column.dt.year.fillna(0).astype("int64")
    return years


def first_year(table: Table, tables: Mapping[str, Table]) -> int:
    """The first year kept whole: of people, who stay in the tables for long, that of the tables of what is done."""
    kept = [other for name, other in tables.items() if name not in YEAR] if table.name in YEAR else [table]
    years = [years_of(other, tables) for other in kept]
    return min((int(year[year > 0].min()) for year in years if (year > 0).any()), default=0)


def with_actions(table: Table, tables: Mapping[str, Table]) -> pd.DataFrame:
    """The rows of a table, those of participations with the title of their action."""
    if table.name != "participations" or "actions" not in tables:
        return table.frame
    actions = tables["actions"].frame.drop_duplicates("id_action").set_index("id_action")
    return table.frame.join(actions[["libelle"]], on="id_action")


def communes_of(table: Table, tables: Mapping[str, Table]) -> pd.Series:
    """The commune of each row: its own, else that of its young person or of its action."""
    own = table.frame["commune"] if "commune" in table.frame else pd.Series(pd.NA, table.frame.index, dtype="str")
    return own.fillna(_of_target(table, tables, communes_of).astype(own.dtype)) if table.contract.references else own


def _of_target(
    table: Table, tables: Mapping[str, Table], asked: Callable[[Table, Mapping[str, Table]], pd.Series]
) -> pd.Series:
    """What is asked of the row that each row refers to."""
    (reference,) = table.contract.references
    target = tables.get(reference.table)
    if target is None or target.frame.empty:
        return pd.Series(np.nan, table.frame.index)
    known = pd.Series(asked(target, tables).to_numpy(), target.frame[reference.target])
    return table.frame[reference.column].map(known[~known.index.duplicated()])


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

"""A table as its source holds it, then read; the rules that judge it. A rule gives the rows at
fault and a sentence: lines, keys, what is shown and how to accept it are done here."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.findings import Finding, finding, of_lines
from rlpipeline.records.frames import Memory, places_among
from rlpipeline.records.tables import Contract, Kind, Lines, Mask, Unread, said
from rlpipeline.settings.models import Service
from rlpipeline.settings.strict_yaml import packaged

LEVEL = 1e-5  # chance that a rule wrongly says something of one column; of a hundred, of one service in a thousand
ASKED = 1e-3  # the same of a question, which accuses nobody
USAGE = 0.05  # what more than one row in twenty does is a usage of the service, no slip
ACCEPTED = {
    "P": ", ou l'accepter dans plausibilite.yml",
    "Q": " ; sinon y répondre, une fois, dans plausibilite.yml",
}
"""How a finding of what is implausible, and a question, may be answered."""
HABITS: Mapping[str, Any] = packaged("records/habits.yml")  # what rules know of each table
YEAR = {"jeunes": "premier_contact", "suivis": "date_debut", "territoires": "millesime"}
"""The column of a row's year, where it is neither ``annee`` nor ``date``."""


@dataclass(frozen=True)
class Raw:
    """A table as its source holds it, before anything is understood: headers as written, and the
    texts under each. ``lines`` are as seen in the source, ranks in a database, where
    ``header_line`` is None. ``numbers`` are the rows where the source holds a number, by
    position of a column; ``damaged`` the line and column position of the cells that already have
    a finding; ``lost`` every text of the rows that could not be cut."""

    name: str
    header: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    lines: Lines
    header_line: int | None = 1
    numbers: Mapping[int, Mask] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    damaged: frozenset[tuple[int, int]] = frozenset()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Cells:
    """A column of text as distinct values, trimmed and composed, null for an empty cell; each
    row has its position. ``wrong`` are the positions of the values that could not be read, and
    why."""

    values: pa.LargeStringArray
    rows: npt.NDArray[np.int32]
    wrong: Mapping[int, Unread]

    @property
    def missing(self) -> Mask:
        """Whether each row is empty."""
        return mask_of(pc.is_null(self.values))[self.rows]

    def rows_with(self, positions: Iterable[int]) -> Mask:
        """Whether each row holds one of these values."""
        by_value = np.zeros(len(self.values), dtype=bool)
        by_value[list(positions)] = True
        return by_value[self.rows]

    def matching(self, pattern: str) -> list[int]:
        """Positions of the values that a pattern (RE2) is found in."""
        return rows_in(mask_of(pc.match_substring_regex(self.values, pattern)))


def mask_of(values: pa.BooleanArray) -> Mask:
    """A mask of Arrow as one of numpy, False where it is null."""
    mask: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False)
    return mask


def rows_in(mask: object) -> list[int]:
    """Positions where a mask is true."""
    return [int(row) for row in np.flatnonzero(np.asarray(mask, dtype=bool))]


@dataclass(frozen=True)
class Table:
    """A table whose cells have been read: columns and dtypes of the contract, rows in the order
    of the source. ``texts`` are the columns that the source holds, as they are written there;
    ``lines`` those of the rows, ``ranked`` in a database; ``lost`` texts are of rows that could
    not be cut; ``findings`` are those of its headers and cells."""

    contract: Contract
    frame: pd.DataFrame
    texts: Mapping[str, Cells]
    lines: Lines
    lost: frozenset[str] = frozenset()
    ranked: bool = False
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """Its name in the contract."""
        return self.contract.name

    def columns(self, *kinds: Kind) -> list[str]:
        """The columns of some kinds that the source holds, in the order of the contract."""
        return [
            column.name
            for column in self.contract.columns
            if column.kind in kinds and column.name in self.texts
        ]

    def shown(self, name: str, row: int) -> str | None:
        """The text of a cell."""
        cells = self.texts.get(name)
        text: str | None = cells.values[int(cells.rows[row])].as_py() if cells else None
        return text

    def record(self, line: int) -> str:
        """What tells the row of that line from the others: its key, else its first columns."""
        row = int(np.searchsorted(self.lines, line))
        names = self.contract.key or self.contract.column_names[:3]
        return ", ".join(f"{name} = {self.shown(name, row) or 'vide'}" for name in names)

    def only(self, mask: Mask) -> "Table":
        """The table with the rows of the mask alone."""
        texts = {name: replace(cells, rows=cells.rows[mask]) for name, cells in self.texts.items()}
        frame = self.frame[mask].reset_index(drop=True)
        return replace(self, frame=frame, lines=self.lines[mask], texts=texts)

    def unread(self, name: str) -> Mask:
        """Rows where the column holds something that could not be read."""
        cells = self.texts.get(name)
        return cells.rows_with(cells.wrong) if cells else np.zeros(len(self.lines), dtype=bool)

    def readable(self, *names: str) -> Mask:
        """Rows where all these columns hold something that was read."""
        mask = np.full(len(self.lines), self.texts.keys() >= {*names})
        for cells in (self.texts[name] for name in names if name in self.texts):
            mask &= ~cells.rows_with(cells.wrong) & ~cells.missing
        return mask

    def at(self, row: int, name: str, column: str, **words: Any) -> Finding:
        """A finding of a row, with what its cell shows in the column."""
        return finding(
            name, self.name, int(self.lines[row]), column, self.shown(column, row), **words
        )


@dataclass(frozen=True)
class Whole(Memory):
    """All that rules judge: the tables that could be read, the names of all that the source has,
    the settings. ``extraction`` is its day, if known; ``latest`` the latest year; ``years``
    count the tables with rows of each."""

    tables: Mapping[str, Table]
    present: frozenset[str]
    service: Service
    extraction: date | None
    latest: int
    years: Mapping[int, int]

    def rows(self, table: Table) -> pd.DataFrame:
        """The rows of a table with their ``year``, 0 where there is none, their ``day`` and their
        ``place``, of what they refer to where they have none; ``home`` is the place of that. Participations
        have the title of their action."""
        return self.once(table.name, lambda: self._rows(table))

    def _rows(self, table: Table) -> pd.DataFrame:
        frame = table.frame
        more = self._referred_rows(table)
        more["home"] = more["place"]
        column = YEAR.get(table.name, "annee" if "annee" in frame else "date")
        more["day"] = pd.Series(pd.NaT, frame.index, dtype="datetime64[us]")
        if column in frame:
            when = frame[column]
            is_day = when.dtype.kind == "M"
            more["year"] = when.dt.year if is_day else when
            more["day"] = when if is_day else more["day"]
        if "commune" in frame:
            more["place"] = frame["commune"].fillna(more["place"])
        more["year"] = more["year"].fillna(0).astype("int64")
        return frame.assign(**more)

    def _referred_rows(self, table: Table) -> pd.DataFrame:
        """The year, the place, the title of what each row refers to."""
        more = pd.DataFrame({"year": 0, "place": pd.Series(dtype="str")}, table.frame.index)
        for reference in table.contract.references:
            target = self.tables.get(reference.table)
            if target is not None and len(target.frame):
                known = self.rows(target)
                names = [name for name in ("year", "place", "libelle") if name in known]
                keys = table.frame[reference.column]
                more = referred(known, reference.target, keys, names)
        return more

    def first_year(self, table: Table) -> int:
        """The first year kept whole: of people, who stay in the tables for long, that of the
        tables of what is done."""
        kept = [table]
        if table.name in YEAR:
            kept = [other for name, other in self.tables.items() if name not in YEAR]
        years = [self.rows(other)["year"] for other in kept]
        firsts = [int(year[year > 0].min()) for year in years if (year > 0).any()]
        return min(firsts, default=0)


def referred(rows: pd.DataFrame, key: str, values: pd.Series, names: list[str]) -> pd.DataFrame:
    """Columns of the first row whose key is each of these values, missing where there is none;
    index of the values."""
    places = places_among(values, rows[key])
    return rows[names].reset_index(drop=True).reindex(places).set_axis(values.index)


@dataclass(frozen=True)
class Told:
    """Rows of a table, and the sentence that says what is wrong and what to do; words that are a
    series are the row's. ``column`` and ``value`` are what is shown, where it is not the column
    of the rule and its cell. Rows ``together`` are one finding, of the table where there is
    none, accepted by its value; where ``keyed``, by the first's key."""

    rows: Mask | pd.Series | Sequence[int]
    sentence: str
    words: Mapping[str, object] = field(default_factory=dict)
    column: str = ""
    value: str | None = None
    together: bool = False
    keyed: bool = False


def together(
    rows: Mask | pd.Series | Sequence[int],
    sentence: str,
    shown: str | None = None,
    column: str = "",
    /,
    **words: object,
) -> Told:
    """Rows that are one finding, accepted by what is ``shown``: the cell of the first, where it is
    None; of the table, where there are none."""
    return Told(rows, sentence, words, column, shown, together=True)


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
    """One finding a row, or one of all of them; what is implausible has its key, and says that
    it may be accepted."""
    for told in every:
        rows = _positions(told.rows)
        groups = [rows] if told.together else [[row] for row in rows]
        for group in groups:
            yield _finding_of(table, told, group, told.column or column)


def _positions(rows: Mask | pd.Series | Sequence[int]) -> list[int]:
    """Rows by their position, given so or as a mask."""
    if isinstance(rows, np.ndarray | pd.Series):
        return rows_in(rows)
    return [int(row) for row in rows]


def _finding_of(table: Table, told: Told, rows: list[int], column: str) -> Finding:
    """What is told of these rows; of none, it is of the table."""
    answer = ACCEPTED.get(told.sentence[0], "")
    shown = told.value or None
    if rows and told.value is None:
        shown = table.shown(column, min(rows))
    message = f"{said(told.sentence, **_words_of(told, rows))}{answer}."
    item = finding(told.sentence, table.name, None, column, shown, message)
    item = of_lines(item, table.lines[rows].tolist())
    if answer and (told.keyed or not told.together):
        return replace(item, cle=_key_of(table, min(rows)))
    return item


def _words_of(told: Told, rows: list[int]) -> dict[str, object]:
    """The words of a sentence, those that are a series by the first row."""
    return {
        name: word[rows[0]] if isinstance(word, pd.Series) else word
        for name, word in told.words.items()
    }


def _key_of(table: Table, row: int) -> str:
    """What tells a row from the others: its key, else all its cells."""
    key = table.contract.key
    cells = {name: table.shown(name, row) for name in key or table.texts}
    if len(key) == 1:
        return str(cells[key[0]])
    return ", ".join(f"{name} = {text}" for name, text in cells.items() if text)


@dataclass(frozen=True)
class Group:
    """Rows of one time, place or person: how many have something (``count``) of how many
    (``size``); and the ``shares`` that have it in the other groups, none quite 0 or 1."""

    name: Any
    count: int
    size: int
    shares: pd.Series

    @property
    def least(self) -> float:
        """The least share of another group; 0 where there is none."""
        return float(self.shares.min()) if len(self.shares) else 0.0

    @property
    def most(self) -> float:
        """The largest share of another group; 1 where there is none."""
        return float(self.shares.max()) if len(self.shares) else 1.0

    def nats_beyond(self, rate: float) -> float:
        """Nats of so many or more, were the rate this."""
        return beyond_rate(self.count, self.size, rate)


def counted(has: pd.Series, by: Any) -> pd.DataFrame:
    """How many rows of each group have something (``sum``), of how many (``size``)."""
    return has.groupby(by).agg(["sum", "size"])


def compared(counts: pd.DataFrame) -> Iterator[Group]:
    """Each group, as ``counted``, beside the others."""
    shares = share_of(counts["sum"], counts["size"])
    for name, count, size in counts.itertuples():
        yield Group(name, int(count), int(size), shares.drop(index=name))


def share_of(count: Any, size: Any) -> Any:
    """The share of rows that have something, never quite 0 or 1: little is known of few (Laplace's
    rule of succession). Numbers, or series of them."""
    return (count + 1) / (size + 2)


def no_chance(times: float, level: float = LEVEL) -> float:
    """Nats (−log of a chance) that the best of so many comparisons reaches by chance less often
    than the level."""
    return math.log(max(times, 1) / level)


def beyond_count(count: int, expected: float) -> float:
    """Nats of so many or more where so many are expected: Chernoff's bound of Poisson's law."""
    if count <= expected:
        return 0.0
    return count * math.log(count / max(expected, 1e-9)) - count + expected


def beyond_rate(count: int, among: int, rate: float) -> float:
    """Nats of so many or more of ``among``, each with the chance ``rate``: Chernoff's bound of a
    binomial tail."""
    share = count / among
    if share <= rate:
        return 0.0
    rest = (1 - share) * math.log((1 - share) / (1 - rate)) if share < 1 else 0.0
    return among * (share * math.log(share / rate) + rest)

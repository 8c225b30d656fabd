"""The figure store: every table of every year and territory, counted once and opened by all the rest.

Exact and protected figures have this one form; docs/figure-store.md describes the files.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline import reads
from rlpipeline.errors import UsageError
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.own import Declaration, from_written, with_own
from rlpipeline.figures.registry import REGISTRY, find_indicator
from rlpipeline.figures.scope import HORS, SANS_COMMUNE, Scope
from rlpipeline.figures.source import Source
from rlpipeline.figures.tables import CSV_COLUMNS, Col, Row, TableData, check_concerns
from rlpipeline.records import Records
from rlpipeline.records.frames import Silenced
from rlpipeline.records.store import read_store

FORMAT = 4
MARKER, DIGESTS, ALERTS = "chiffres.json", "empreintes.json", "alertes.json"
RECORDS = "records"
"""Folder of the records, beside that of the exact figures."""
FIGURE_COLUMNS = (*CSV_COLUMNS, "base")
TEXT: Any = pd.Series(dtype="str").dtype
FIGURE_TYPES: dict[str, Any] = dict.fromkeys(CSV_COLUMNS, TEXT) | {
    "annee": "int64",
    "valeur": "float64",
    "base": "int64",
}
TEXT_COLUMNS = ("ligne", "colonne", "texte")
COUNTED, RELEASED = "calculé", "diffusé"
"""Where the figures of a year come from: counted from the records, or released for that year before."""
ABSENT = "absent"
YEARS, PLACES, SILENCED, OWN, ALERT_LIST = "annees", "actions", "acceptees", "siens", "alertes-"
"""Names of the lists that are opened beside the tables; ``ALERT_LIST`` is followed by a year."""

Key = tuple[str, int, str]
"""Indicator, year, territory."""


@dataclass(frozen=True)
class StoreFacts:
    """What a store answers beside its tables.

    Parameters
    ----------
    exact
        Whether the figures are exact; else they are protected.
    years
        Years of which figures are known.
    recorded
        Indicator and year where the service kept what the table is counted from: its zeros are then counts.
    origins
        Where the figures of each year come from: ``COUNTED`` or ``RELEASED``.
    rows_counted
        Rows counted of each table of the records, None for one that is absent.
    vintages
        Of which years the values of a table are.
    places
        Territory of each action, by its code.
    alerts
        Follow-ups to look at again, by year of report.
    silenced
        What was implausible in the records and is accepted.
    within_dates
        Years in which every issue and referral belongs to a PAEI active in the year.
    own
        Declarations of the service's own indicators, as values for JSON.
    """

    exact: bool
    years: frozenset[int]
    recorded: frozenset[tuple[str, int]]
    origins: Mapping[int, str]
    rows_counted: Mapping[Key, Mapping[str, int | None]] = field(default_factory=dict)
    vintages: Mapping[Key, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    alerts: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    silenced: tuple[Silenced, ...] = ()
    within_dates: frozenset[int] = frozenset()
    own: tuple[Mapping[str, object], ...] = ()


def write_store(directory: Path, tables: Mapping[Key, TableData], facts: StoreFacts) -> None:
    """Write tables in a folder that its owner alone can open, the same bytes for the same content.

    Parameters
    ----------
    directory
        Made if needed; its marker is written last.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for year, of_year in _by(1, tables).items():
        folder = directory / str(year)
        folder.mkdir(exist_ok=True)
        digests: dict[str, dict[str, str]] = {}
        for territory, of_place in _by(2, of_year).items():
            written = {key[0]: _json(_written(data, facts.vintages.get(key, ""))) for key, data in of_place.items()}
            rows = {key[0]: [*map(list, facts.rows_counted.get(key, {}).items())] for key in of_place}
            (folder / f"{territory}.json").write_text(_place_written(written, rows), encoding="utf-8")
            digests[territory] = {id: _digest(table, (id, year) in facts.recorded) for id, table in written.items()}
        (folder / DIGESTS).write_text(_json(digests), encoding="utf-8")
    for year, listed in facts.alerts.items():
        (directory / str(year) / ALERTS).write_text(_json(_alerts_written(listed)), encoding="utf-8")
    (directory / MARKER).write_text(_json(_marker(facts)), encoding="utf-8")


def is_figure_store(directory: Path) -> bool:
    """Whether a folder is a store of figures."""
    return (directory / MARKER).is_file()


@dataclass(frozen=True)
class _Place:
    """What the store has of a territory in a year: rows counted, and tables as they are written, by indicator.

    A table is parsed when it is opened: who opens a few of each of a thousand communes holds no more.
    """

    rows: Mapping[str, Any]
    written: Mapping[str, str]

    def table(self, indicator: str) -> Mapping[str, Any]:
        """Give a table; nothing where there is none."""
        content: dict[str, Any] = json.loads(self.written.get(indicator, "{}"))
        return content


@dataclass(frozen=True)
class FigureStore(Source):
    """Figures of a folder, opened without any record; each thing opened is noted.

    Raises
    ------
    UsageError
        The folder is no store of figures of this version.
    """

    directory: Path

    def __post_init__(self) -> None:
        """Refuse what is no store."""
        valid = is_figure_store(self.directory) and self._marker.get("format") == FORMAT
        if not valid:
            raise UsageError(
                "Ce dossier n'est pas un dossier de chiffres.",
                where=str(self.directory),
                expected="le dossier de chiffres que prépare « rlpipeline build »",
                todo="lancer « rlpipeline build », ou ouvrir les données elles-mêmes",
            )

    @property
    def is_exact(self) -> bool:
        """Whether its figures are exact."""
        return bool(self._marker["exact"])

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """The registry, then the service's own; each table opened is noted by itself."""
        return with_own(self.declared)

    @property
    def declared(self) -> tuple[Declaration, ...]:
        """Declarations of the service's own indicators."""
        return from_written(self._marker["own"])

    @property
    def years(self) -> frozenset[int]:
        """Years of which figures are known."""
        reads.note(reads.LIST, YEARS)
        return frozenset(self._marker["years"])

    @property
    def silenced(self) -> tuple[Silenced, ...]:
        """What was implausible in the records and is accepted."""
        reads.note(reads.LIST, SILENCED)
        return tuple(Silenced(**one) for one in self._marker["silenced"])

    def records_counted(self) -> Records:
        """Read the records that the figures were counted from, beside them.

        Raises
        ------
        UsageError
            The figures are protected.
        DataError
            The records are not there any more.
        """
        if not self.is_exact:
            raise UsageError("L'édition à diffuser n'ouvre aucune donnée.", todo="ne montrer que des chiffres protégés")
        return read_store(self.directory.with_name(RECORDS))

    def within_dates(self, year: int) -> bool:
        """Say whether every issue and referral of a year belongs to a PAEI active in it."""
        return year in self._marker["within_dates"]

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether the service kept in the year what a table is counted from."""
        reads.note(reads.FIGURES, indicator, str(scope.year), scope.territory)
        return [indicator, scope.year] in self._marker["recorded"]

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the figures of a table, columns of ``indicateurs.csv`` and, where they are protected, ``base``.

        Returns
        -------
        No row for a table that another year does not have, and in a protected store for one of nowhere else: beside
        one commune alone, it would tell what is the commune's own.

        Raises
        ------
        UsageError
            As :meth:`table`, for a year that was counted.
        """
        data = self.opened(indicator, scope)
        if data is not None:
            return data.figures
        elsewhere = not self.is_exact and scope.territory in (HORS, SANS_COMMUNE)
        if elsewhere or self._marker["origins"].get(str(scope.year)) != COUNTED:
            return _frame([], FIGURE_COLUMNS if not self.is_exact else CSV_COLUMNS)
        raise self.absent(indicator, scope)

    def written_figures(self, indicator: str, scope: Scope) -> Sequence[Sequence[Any]]:
        """Give the figures of a table as they are written, rows of ``FIGURE_COLUMNS``; none where it has no table."""
        rows: Sequence[Sequence[Any]] = self._content(indicator, scope).get("figures", ())
        return rows

    def written_names(self, indicator: str, scope: Scope) -> Sequence[tuple[str, str]]:
        """Give the code and the words of each line and column of a table; none where it has no table."""
        content = self._content(indicator, scope)
        return [(code, words) for code, words, _ in (*content.get("rows", ()), *content.get("columns", ()))]

    def vintages(self, indicator: str, scope: Scope) -> str:
        """Say of which years the values are."""
        reads.note(reads.ROWS, indicator, str(scope.year), scope.territory)  # the annex does not show the figures
        return str(self._content(indicator, scope).get("vintages", ""))

    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        """Give the number of rows counted; nothing where the figures are protected."""
        reads.note(reads.ROWS, indicator, str(scope.year), scope.territory)
        return dict(self._place(scope.year, scope.territory).rows.get(indicator, []))

    def territories_of_actions(self, communes: tuple[str, ...]) -> Mapping[str, str]:
        """Give the territory of each action."""
        reads.note(reads.LIST, PLACES)
        return dict(self._marker["places"])

    def alerts(self, scope: Scope) -> pd.DataFrame | None:
        """List the follow-ups to look at again, columns as ``figures.alerts``; None where the figures are protected."""
        if not self.is_exact:
            return None
        reads.note(reads.LIST, f"{ALERT_LIST}{scope.year}")
        listed = json.loads((self.directory / str(scope.year) / ALERTS).read_text(encoding="utf-8"))
        frame = pd.DataFrame(listed["rows"], columns=listed["columns"])
        types = dict.fromkeys(frame.columns, "str") | {"date_debut": "datetime64[us]", "mois": "int64"}
        return frame.astype(types)

    def digest(self, indicator: str, year: int, territory: str) -> str:
        """Digest of a table, of its words and of whether it was recorded; ``absent`` where there is none."""
        return self._digests(year).get(territory, {}).get(indicator, ABSENT)

    def digest_of(self, read: reads.Read) -> str:
        """Digest of what was noted of a store: a table, the rows counted for it, a list; ``absent`` where none is."""
        kind, name, *where = read
        if kind == reads.FIGURES:
            return self.digest(name, int(where[0]), where[1])
        if kind == reads.ROWS:
            place = self._place(int(where[0]), where[1])
            return _digest([place.rows.get(name, []), place.table(name).get("vintages", "")])
        lists = {
            YEARS: [self._marker["years"], self._marker["origins"]],
            PLACES: self._marker["places"],
            SILENCED: self._marker["silenced"],
            OWN: self._marker["own"],
        }
        if name in lists:
            return _digest(lists[name])
        return _file_digest(self.directory / name.removeprefix(ALERT_LIST) / ALERTS)

    @cached_property
    def _marker(self) -> Mapping[str, Any]:
        marker: dict[str, Any] = json.loads((self.directory / MARKER).read_text(encoding="utf-8"))
        return marker

    @cached_property
    def _places(self) -> dict[tuple[int, str], _Place]:
        return {}

    @cached_property
    def _tables(self) -> dict[Key, TableData]:
        return {}

    @cached_property
    def _digested(self) -> dict[int, Mapping[str, Mapping[str, str]]]:
        return {}

    def _place(self, year: int, territory: str) -> _Place:
        if (year, territory) not in self._places:
            self._places[year, territory] = _read_place(self.directory / str(year) / f"{territory}.json")
        return self._places[year, territory]

    def _digests(self, year: int) -> Mapping[str, Mapping[str, str]]:
        if year not in self._digested:
            self._digested[year] = _read(self.directory / str(year) / DIGESTS)
        return self._digested[year]

    def opened(self, indicator: str, scope: Scope) -> TableData | None:
        """Open a table once; None where the store does not have it. Raises UsageError where it exists nowhere."""
        key = (indicator, scope.year, scope.territory)
        reads.note(reads.FIGURES, indicator, str(scope.year), scope.territory)
        if key in self._tables:
            return self._tables[key]
        content = self._content(indicator, scope)
        if not content:
            check_concerns(find_indicator(indicator, self.indicators), scope)
            return None
        self._tables[key] = _table(content, self.is_exact)
        return self._tables[key]

    def absent(self, indicator: str, scope: Scope) -> UsageError:
        """Say that it does not have a table, or that the edition to share has none of the service's own."""
        if self.is_exact or indicator in REGISTRY:
            return super().absent(indicator, scope)
        return UsageError(
            "Un indicateur propre au service n'est que dans l'édition interne.",
            where=f"{indicator} ({scope.territory}, {scope.year})",
            todo="ne pas l'ouvrir dans l'édition à diffuser",
        )

    def _content(self, indicator: str, scope: Scope) -> Mapping[str, Any]:
        """Give a table as it is written; nothing where the store does not have it."""
        return self._place(scope.year, scope.territory).table(indicator)


def _by(part: int, tables: Mapping[Key, TableData]) -> Mapping[Any, dict[Key, TableData]]:
    """Group tables by one part of their key, in order."""
    groups: dict[Any, dict[Key, TableData]] = {}
    for key, data in tables.items():
        groups.setdefault(key[part], {})[key] = data
    return groups


def _marker(facts: StoreFacts) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "exact": facts.exact,
        "years": sorted(facts.years),
        "recorded": sorted([*one] for one in facts.recorded),
        "origins": {str(year): origin for year, origin in facts.origins.items()},
        "places": dict(facts.places),
        "silenced": [asdict(one) for one in facts.silenced],
        "within_dates": sorted(facts.within_dates),
        "own": [*facts.own],
    }


def _alerts_written(listed: pd.DataFrame) -> dict[str, Any]:
    dated = listed.assign(date_debut=listed["date_debut"].dt.strftime("%Y-%m-%d"))
    return {"columns": [*listed.columns], "rows": rows_of(dated, listed.columns)}


def _place_written(tables: Mapping[str, str], rows: Mapping[str, Any]) -> str:
    """Give the file of a territory, whose tables are written already: a line each, which is read by itself."""
    listed = ",\n".join(f"{json.dumps(id)}:{table}" for id, table in sorted(tables.items()))
    return f'{{"rows":{_json(rows)},\n"tables":{{\n{listed}\n}}}}\n'


def _read_place(path: Path) -> _Place:
    """Read what ``_place_written`` wrote; nothing where there is no file."""
    if not path.is_file():
        return _Place({}, {})
    first, _, *lines, _, _ = path.read_text(encoding="utf-8").split("\n")
    rows = json.loads(first.removesuffix(",") + "}")["rows"]
    tables = (line.removesuffix(",").split(":", 1) for line in lines if line)
    return _Place(rows, {json.loads(id): table for id, table in tables})


_WORDS = ("id", "title", "section", "unit", "definition", "source", "denominator", "year", "territory")


def _written(data: TableData, vintages: str) -> dict[str, Any]:
    return {
        **{name: getattr(data, name) for name in _WORDS},
        "rows": [[row.code, row.label, row.kind] for row in data.rows],
        "columns": [[column.code, column.label, column.kind] for column in data.columns],
        "figures": rows_of(data.figures, FIGURE_COLUMNS),
        "texts": rows_of(data.texts, TEXT_COLUMNS),
        "notes": [*data.notes],
        "vintages": vintages,
    }


def _table(content: Mapping[str, Any], exact: bool) -> TableData:
    return TableData(
        **{name: content[name] for name in _WORDS},
        rows=tuple(Row(*row) for row in content["rows"]),
        columns=tuple(Col(*column) for column in content["columns"]),
        figures=_frame(content["figures"], CSV_COLUMNS if exact else FIGURE_COLUMNS),
        texts=_texts(content["texts"]),
        notes=tuple(content["notes"]),
    )


def _frame(rows: list[list[Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Give rows of ``FIGURE_COLUMNS`` as a frame of some of them; typed a column at a time, five times sooner."""
    values = dict(zip(FIGURE_COLUMNS, zip(*rows, strict=True), strict=True)) if rows else {}
    return pd.DataFrame({name: pd.array([*values.get(name, ())], FIGURE_TYPES[name]) for name in columns}, copy=False)


def _texts(rows: list[list[str]]) -> pd.DataFrame:
    values = dict(zip(TEXT_COLUMNS, zip(*rows, strict=True), strict=True)) if rows else {}
    return pd.DataFrame({name: pd.array([*values.get(name, ())], TEXT) for name in TEXT_COLUMNS}, copy=False)


def rows_of(frame: pd.DataFrame, columns: Iterable[str]) -> list[list[Any]]:
    """Give some columns of the rows as values for JSON, None where missing; 0 in a column that there is not."""
    if frame.empty:
        return []
    values = (_values(frame[name]) if name in frame else [0] * len(frame) for name in columns)
    return [list(row) for row in zip(*values, strict=True)]


def _values(column: pd.Series[Any]) -> list[Any]:
    return [None if isinstance(value, float) and math.isnan(value) else value for value in column.tolist()]


def _read(path: Path) -> Mapping[str, Any]:
    """Read a file of the store; nothing where there is none."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _digest(*parts: Any) -> str:
    """Digest of values, or of what is written of them."""
    written = "\n".join(part if isinstance(part, str) else _json(part) for part in parts)
    return hashlib.sha256(written.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ABSENT

"""The figures of a year as one frame, of which every file of figures is made: CSV and Parquet here."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rlpipeline.characters import guarded
from rlpipeline.observations import Observation, compare
from rlpipeline.states import ARRONDI, UNCERTAIN

FIGURES, PARQUET = "indicateurs.csv", "figures.parquet"
SERVICE, APART = "service", ("hors", "sans_commune")
TOTAL = "total"
KEY = ["indicateur", "annee", "territoire", "ligne", "colonne"]
COLUMNS = (*KEY, "valeur", "unite", "etat")
WORDS = ("tableau", "nom_territoire", "libelle_ligne", "libelle_colonne")
TOTALS = ("ligne_totale", "colonne_totale")
BEFORE = ("valeur_precedente", "etat_precedent", "origine", "ecart", "comparable", "raison")
"""What the year before had, whether both compare; null where the table does not show that year."""
TYPES: Mapping[str, Any] = {
    **{name: pa.string() for name in (*COLUMNS, *WORDS)},
    "annee": pa.int32(),
    "valeur": pa.float64(),
    **dict.fromkeys(TOTALS, pa.bool_()),
    **dict.fromkeys(BEFORE, pa.string()),
    **dict.fromkeys(("valeur_precedente", "ecart"), pa.float64()),
    "comparable": pa.bool_(),
}
"""Columns of ``figures.parquet``."""
ROWS = 1_000
"""Lines of a group of ``figures.parquet``."""
OTHER_NAMES = {
    SERVICE: "Ensemble du service",
    "hors": "Hors du territoire",
    "sans_commune": "Sans commune",
}
Cell = tuple[str, str]
"""Line and column."""


class Label(NamedTuple):
    """A line or a column: its code, how it reads, and its kind."""

    code: str
    label: str
    kind: str = ""


@dataclass
class Table:
    """What is said of a table, whatever the territory: its words, its lines and columns, the texts of each territory.

    ``tab`` names its sheet, by default the beginning of its title; ``withheld``: the edition has not the table, only a
    sentence that says so.
    """

    id: str
    title: str
    definition: str
    source: str
    unit: str
    tab: str = ""
    withheld: bool = False
    lines: dict[str, Label] = field(default_factory=dict)
    columns: dict[str, Label] = field(default_factory=dict)
    texts: dict[str, dict[Cell, str]] = field(default_factory=dict)

    def add(self, other: Table) -> None:
        """Add what another territory has; a line or a column reads as the first that has it."""
        self.lines = {**self.lines, **other.lines, **self.lines}
        self.columns = {**self.columns, **other.columns, **self.columns}
        self.texts |= other.texts


@dataclass(frozen=True)
class Figures:
    """Every figure that the report shows, a row each, and what is said of the tables, in the report's order.

    ``frame`` has the columns of ``figures.parquet``, then ``base`` and ``base_precedente`` (what a rounded figure is a
    multiple of), ``unite_precedente`` and ``rupture`` (why the years do not compare, whatever the figure): by table,
    year (latest first), territory (service, communes, hors, sans_commune), then as the table has them; at the end what
    only the year before had, without a state. ``names``: territory code to its name.
    """

    frame: pd.DataFrame
    tables: Mapping[str, Table]
    names: Mapping[str, str]

    @property
    def bases(self) -> list[int]:
        """What the rounded figures are multiples of."""
        rounded = self.frame["base"][(self.frame["etat"] == ARRONDI) & (self.frame["base"] > 1)]
        return sorted({*rounded.astype(int).tolist()})


def figures_of(
    now: pd.DataFrame, then: pd.DataFrame, tables: Mapping[str, Table], names: Mapping[str, str]
) -> Figures:
    """Set the figures of the year beside those of the year before, with their words.

    ``now``: the columns of ``indicateurs.csv``, ``base``, and ``compare``: whether the table shows the year before;
    ``then``: likewise of that year, under the year that they are beside, with ``origine`` and ``rupture``; ``names``:
    code of each commune to its name, in the order of the report.
    """
    places = [SERVICE, *names, *APART]
    names = {**OTHER_NAMES, **names}
    rank, place = _ranks(now["indicateur"], tables), _ranks(now["territoire"], places)
    now = now.iloc[np.lexsort((place, -now["annee"].to_numpy(), rank))]
    former = then.rename(columns={"valeur": "valeur_precedente", "etat": "etat_precedent"})
    former = former.rename(columns={"unite": "unite_precedente", "base": "base_precedente"})
    both = now.merge(former, on=KEY, how="left")
    known = (
        former[KEY].merge(now[KEY], on=KEY, how="left", indicator=True)["_merge"].to_numpy()
        == "both"
    )
    gone = former.assign(unite=former["unite_precedente"], compare=True)[~known]
    gone = gone.iloc[np.argsort(_ranks(gone["indicateur"], tables), kind="stable")]
    frame = pd.concat([both, gone], ignore_index=True).astype(
        {"base": "Int64", "base_precedente": "Int64"}
    )
    words: dict[tuple[str, str], Label] = {}
    for id, table in tables.items():
        words |= {
            (id, label.code): label for label in (*table.lines.values(), *table.columns.values())
        }
    read = distinct({address: label.label for address, label in words.items()})
    frame["tableau"] = [tables[id].title for id in frame["indicateur"]]
    frame["nom_territoire"] = frame["territoire"].map(names)
    for axis in ("ligne", "colonne"):
        addresses = [*zip(frame["indicateur"], frame[axis], strict=True)]
        frame[f"libelle_{axis}"] = [read.get(address, address[1]) for address in addresses]
        kinds = (words[address].kind if address in words else "" for address in addresses)
        frame[f"{axis}_totale"] = [TOTAL in pair for pair in zip(frame[axis], kinds, strict=True)]
    return Figures(
        _compared(frame)[[*TYPES, "base", "base_precedente", "unite_precedente", "rupture"]],
        tables,
        names,
    )


def _ranks(codes: pd.Series[str], order: Iterable[str]) -> np.ndarray[Any, np.dtype[np.intp]]:
    return pd.Index([*order]).get_indexer(pd.Index(codes))


def _compared(frame: pd.DataFrame) -> pd.DataFrame:
    """Add, where the table shows the year before, the difference, whether both compare, and else why."""
    changes = [*map(compare, _observed(frame), _observed(frame, "_precedente", "_precedent"))]
    reason = pd.Series(
        [change.why(year) for change, year in zip(changes, frame["annee"], strict=True)],
        frame.index,
        dtype="object",
    )
    unmeasured = pd.Series([change.reason in {"", UNCERTAIN} for change in changes], frame.index)
    broken = frame["rupture"].fillna("")
    reason = reason.mask(unmeasured & (broken != ""), broken)
    beside, alike = frame["compare"].astype(bool), reason == ""
    moved = pd.Series([change.value for change in changes], frame.index, dtype="float64")
    return frame.assign(
        raison=reason.where(beside, None),
        comparable=alike.astype("boolean").where(beside),
        ecart=moved.where(beside & alike),
    )


def _observed(frame: pd.DataFrame, year: str = "", state: str = "") -> Iterator[Observation | None]:
    """Give the figures of the rows, of a year by the end of its columns' names; None where a row has none."""
    names = f"valeur{year}", f"unite{year}", f"base{year}", f"etat{state}"
    for value, unit, base, known in zip(*(frame[name] for name in names), strict=True):
        rounded_to = float(base) if known == ARRONDI else 0.0
        yield None if pd.isna(known) else Observation(value, unit, known, rounded_to)


def distinct(labels: Mapping[tuple[str, str], str]) -> Mapping[tuple[str, str], str]:
    """Words of each line and column by (table, code); those that read alike in a table are followed by their code."""
    times = Counter((table, words) for (table, _), words in labels.items())
    return {
        (table, code): words if times[table, words] == 1 else f"{words} ({code})"
        for (table, code), words in labels.items()
    }


def write_figures(figures: Figures, directory: Path, said: str = "") -> None:
    """Write ``indicateurs.csv`` (UTF-8, comma, decimal point, integers without decimals) and ``figures.parquet``.

    ``said``: what is to be read of a whole file, if anything: the header of one more column, or metadata ``mention``.
    """
    counted = figures.frame[figures.frame["etat"].notna()]
    write_csv(directory / FIGURES, COLUMNS, records(counted[[*COLUMNS]]), said)
    schema = pa.schema(list(TYPES.items()), metadata={"mention": said} if said else None)
    columns = {name: pa.array(figures.frame[name], TYPES[name], from_pandas=True) for name in TYPES}
    # Opened here: by itself, Arrow writes the path in UTF-8, whatever the system names files in.
    with (directory / PARQUET).open("wb") as stream:
        pq.write_table(pa.table(columns, schema=schema), stream, row_group_size=ROWS)


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Give the rows as named tuples of plain values, None where there is none."""
    return iter(frame.astype(object).where(frame.notna(), None).itertuples(index=False))


def write_csv(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[str | int | float | None]],
    notice: str = "",
) -> None:
    """Write rows as UTF-8 with commas, the same bytes on every machine; no text is a formula.

    ``notice``: what is to be read of the whole file, if anything: the header of one more column, which is empty. The
    columns before it, their types and the rows stay what they are to whoever reads them by name or by place; a line
    before the header, or one more row, would be taken for the header or for a figure.
    """
    more, empty = ([notice], [""]) if notice else ([], [])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([guarded(name) for name in (*header, *more)])
        writer.writerows([*map(_cell, row), *empty] for row in rows)


def _cell(value: str | int | float | None) -> str:
    if isinstance(value, float):  # the shortest writing that reads back as the same number
        return str(int(value)) if value.is_integer() else repr(value)
    return guarded(value) if isinstance(value, str) else "" if value is None else str(value)

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
FORMER = {
    "valeur": "valeur_precedente",
    "etat": "etat_precedent",
    "unite": "unite_precedente",
    "base": "base_precedente",
}
"""Columns of the year before, as they are called beside the year."""
NOT_WRITTEN = ("base", "base_precedente", "unite_precedente", "rupture")
"""Columns of the frame that no file has."""
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

    @property
    def labels(self) -> Mapping[str, Label]:
        """Lines and columns by their codes."""
        return distinct([*self.lines.values(), *self.columns.values()])

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
        bases = self.frame.loc[self.frame["etat"] == ARRONDI, "base"]
        return sorted({int(base) for base in bases if base > 1})


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
    table, place = _ranks(now["indicateur"], tables), _ranks(now["territoire"], places)
    latest_first = -now["annee"].to_numpy()
    now = now.iloc[np.lexsort((place, latest_first, table))]
    frame = _beside_former(now, then.rename(columns=FORMER), tables)
    frame["tableau"] = [tables[id].title for id in frame["indicateur"]]
    frame["nom_territoire"] = frame["territoire"].map(names)
    for axis in ("ligne", "colonne"):
        labels = [*_labels(frame, axis, tables)]
        frame[f"libelle_{axis}"] = [label.label for label in labels]
        frame[f"{axis}_totale"] = [TOTAL in (label.code, label.kind) for label in labels]
    frame = _compared(frame)
    return Figures(frame[[*TYPES, *NOT_WRITTEN]], tables, names)


def _ranks(codes: pd.Series[str], order: Iterable[str]) -> np.ndarray[Any, np.dtype[np.intp]]:
    return pd.Index([*order]).get_indexer(pd.Index(codes))


def _beside_former(now: pd.DataFrame, former: pd.DataFrame, tables: Iterable[str]) -> pd.DataFrame:
    """Set figures beside those of the year before; at the end, by table, what the year before alone has."""
    is_known = former.set_index(KEY).index.isin(now.set_index(KEY).index)
    gone = former[~is_known].assign(compare=True)
    gone["unite"] = gone["unite_precedente"]
    gone = gone.iloc[np.argsort(_ranks(gone["indicateur"], tables), kind="stable")]
    both = now.merge(former, on=KEY, how="left")
    frame = pd.concat([both, gone], ignore_index=True)
    return frame.astype({"base": "Int64", "base_precedente": "Int64"})


def _labels(frame: pd.DataFrame, axis: str, tables: Mapping[str, Table]) -> Iterator[Label]:
    """Give the lines or the columns of figures; one that its table does not declare reads as its code."""
    of_table = {id: table.labels for id, table in tables.items()}
    for id, code in zip(frame["indicateur"], frame[axis], strict=True):
        yield of_table[id].get(code) or Label(code, code)


def _compared(frame: pd.DataFrame) -> pd.DataFrame:
    """Add, where the table shows the year before, the difference, whether both compare, and else why."""
    rows = frame.fillna({"rupture": ""}).itertuples(index=False)
    changes = [*map(_change, rows)]
    reason = pd.Series([why for why, _ in changes], frame.index, dtype="object")
    moved = pd.Series([value for _, value in changes], frame.index, dtype="float64")
    comparable = (reason == "").astype("boolean").where(reason.notna())
    return frame.assign(raison=reason, comparable=comparable, ecart=moved)


def _change(row: Any) -> tuple[str | None, float | None]:
    """Say why a figure has no change since the year before, « » where it has one, and by how much it moved.

    None where the table does not show the year before.
    """
    if not row.compare:
        return None, None
    change = compare(observed(row), observed(row, "_precedente", "_precedent"))
    if row.rupture and change.reason in {"", UNCERTAIN}:
        return row.rupture, None
    return change.why(row.annee), change.value


def observed(row: Any, year: str = "", state: str = "") -> Observation | None:
    """Give the figure of a row, of a year by the end of its columns' names; None where it has none."""
    known = getattr(row, f"etat{state}")
    if pd.isna(known):
        return None
    value, unit, base = (getattr(row, name + year) for name in ("valeur", "unite", "base"))
    rounded_to = float(base) if known == ARRONDI else 0.0
    return Observation(value, unit, known, rounded_to, row.colonne)


def distinct(labels: Iterable[Label]) -> dict[str, Label]:
    """Lines or columns by their codes; those that read alike are followed by their code."""
    by_code = {label.code: label for label in labels}
    times = Counter(label.label for label in by_code.values())
    for code, label in by_code.items():
        if times[label.label] > 1:
            by_code[code] = label._replace(label=f"{label.label} ({code})")
    return by_code


def write_figures(figures: Figures, directory: Path, said: str = "") -> None:
    """Write ``indicateurs.csv`` (UTF-8, comma, decimal point, integers without decimals) and ``figures.parquet``.

    ``said``: what is to be read of a whole file, if anything: the header of one more column, or metadata ``mention``.
    """
    frame = figures.frame
    counted = frame.loc[frame["etat"].notna(), [*COLUMNS]]
    write_csv(directory / FIGURES, COLUMNS, records(counted), said)
    metadata = {"mention": said} if said else None
    schema = pa.schema([*TYPES.items()], metadata=metadata)
    columns = {name: pa.array(frame[name], kind, from_pandas=True) for name, kind in TYPES.items()}
    # Opened here: by itself, Arrow writes the path in UTF-8, whatever the system names files in.
    with (directory / PARQUET).open("wb") as stream:
        pq.write_table(pa.table(columns, schema=schema), stream, row_group_size=ROWS)


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Give the rows as named tuples of plain values, None where there is none."""
    plain = frame.astype(object).where(frame.notna(), None)
    return iter(plain.itertuples(index=False))


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
    names, empty = ([*header, notice], [""]) if notice else (header, [])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(map(guarded, names))
        writer.writerows([*map(_cell, row), *empty] for row in rows)


def _cell(value: str | int | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)  # of a float, the shortest writing that reads back as the same number

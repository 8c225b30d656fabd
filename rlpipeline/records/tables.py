"""The contract of the records: every table, its columns, keys and references, in the order of ``tables.yml``; the
French words of their codes, of which a cell may hold either (``labels.yml``), and of findings (``sentences.yml``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from rlpipeline.settings.strict_yaml import packaged

Kind = Literal[
    "identifier", "text", "code", "commune", "territory", "date", "birth", "year", "number", "flag"
]
"""What a column holds: it decides how its cells are read and the dtype of its frame column."""
Lines = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
OUTSIDE = "hors"
FIRST_YEAR, LAST_YEAR = 1900, 2100
# A service's tables are small: what Arrow spares on millions of texts, it costs many times over in calls on a few.
pd.set_option("mode.string_storage", "python")
TEXT = pd.StringDtype(na_value=np.nan)
_DAY = np.dtype("datetime64[us]")
_DTYPES: Mapping[str, np.dtype | ExtensionDtype] = {
    "date": _DAY,
    "birth": _DAY,
    "year": np.dtype("int64"),
    "number": np.dtype("float64"),
    "flag": np.dtype("bool"),
}
_BOUNDS = {
    "count": (0, 1_000_000),
    "amount": (0, 10_000),
    "figure": (-10_000_000_000, 10_000_000_000),
    "mark": (1, 5),
}
"""Beyond which no count, no hours, days or posts of one row, no other number can be true."""
LABELS: Mapping[str, Mapping[str, str]] = packaged("records/labels.yml")
"""Name of a list of codes to the French words of each."""
FAMILLES = "familles"
AGES, PUBLICS, SITUATIONS = LABELS["ages"], LABELS["publics"], LABELS["situations"]
PARTENAIRES, DOMAINES, SUITES = LABELS["partenaires"], LABELS["domaines"], LABELS["suites"]
ORIGINES, CRENEAUX, ACTIVITES = LABELS["origines"], LABELS["creneaux"], LABELS["activites"]
STATUTS, CATEGORIES, UNITES_D_ACTION = (
    LABELS["statuts"],
    LABELS["categories"],
    LABELS["unites_d_action"],
)
OUI_NON = FLAGS = LABELS["oui_non"]
MOTIFS_DE_CLOTURE = LABELS["motifs_de_cloture"]
MOTIFS = {code: words for code, words in MOTIFS_DE_CLOTURE.items() if code != "changement_statut"}
"""Reasons that are an exit."""
SENTENCES: Mapping[str, str] = packaged("records/sentences.yml")
"""Code of a finding, and a word where it has several, to what is wrong and what to do."""


@dataclass(frozen=True)
class Column:
    """One column of a table. It must exist where it is ``required``, and its cells may be empty where it is
    ``nullable``; an empty cell of a number is « nc » and is always allowed. ``words`` are the codes allowed, with their
    French words, empty where the settings decide; ``note`` says what to write, ``example`` what a cell may hold.
    What ``moves`` is of the day of the export; a number ``of_persons`` counts some."""

    name: str
    kind: Kind
    required: bool = False
    nullable: bool = True
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    note: str = ""
    example: str = ""
    moves: bool = False
    of_persons: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes allowed, in the order of the contract."""
        return tuple(self.words)


@dataclass(frozen=True)
class Reference:
    """A column whose values must exist in the key of another table."""

    column: str
    table: str
    target: str


@dataclass(frozen=True)
class Contract:
    """One table of the records; nothing in one ``about_young_people`` may identify a person."""

    name: str
    label: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    required: bool = False
    about_young_people: bool = False
    note: str = ""
    unshared: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """Headers of the source, in the order of the contract."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def dtypes(self) -> dict[str, np.dtype | ExtensionDtype]:
        """Columns of the frame and their dtypes: those of the contract, and the year of a birth date."""
        dtypes = {column.name: _DTYPES.get(column.kind, TEXT) for column in self.columns}
        births = [column.name for column in self.columns if column.kind == "birth"]
        return dtypes | {birth_year_name(name): pd.Int64Dtype() for name in births}


def birth_year_name(column: str) -> str:
    """Name of the frame column that holds the year of a birth, known from a date or from a year alone."""
    return column.replace("date_", "annee_")


@cache
def empty_frame(table: Contract) -> pd.DataFrame:
    """A frame without rows that has every column of the table, made once: not to be changed."""
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in table.dtypes.items()})


def sorted_frame(frame: pd.DataFrame, table: Contract) -> pd.DataFrame:
    """The rows in the order of the table's key (else of all columns), so that the order of the source never matters."""
    order = list(table.key) or list(frame.columns)
    if frame.duplicated(order).any():
        order += [name for name in frame.columns if name not in order]
    return frame.sort_values(order, ignore_index=True, kind="stable")


def _column(name: str, says: Mapping[str, Any]) -> Column:
    """A column, as tables.yml says it."""
    kind = says["kind"]
    cells = says.get("cells", "")
    words = LABELS.get(says.get("words", ""), {})
    low, high = _BOUNDS.get(kind, (None, None))
    return Column(
        name,
        "number" if kind in _BOUNDS else kind,
        required=bool(cells),
        nullable=cells != "all",
        words=words,
        minimum=low,
        maximum=high,
        whole=kind == "count",
        note=says.get("note", ""),
        example=says.get("example", ""),
        moves="moves" in says,
        of_persons="counts" in says,
    )


def _contract(name: str, says: Mapping[str, Any]) -> Contract:
    """A table, as tables.yml says it."""
    columns = [_column(column, of_column) for column, of_column in says["columns"].items()]
    referred = says.get("refers_to", {}).items()
    references = [Reference(column, table, column) for column, table in referred]
    return Contract(
        name,
        says["label"],
        tuple(columns),
        key=says.get("key", ()),
        references=tuple(references),
        required="required" in says,
        about_young_people="about_young_people" in says,
        note=says["note"],
        unshared=says.get("unshared", ()),
    )


TABLES: tuple[Contract, ...] = tuple(
    _contract(*item) for item in packaged("records/tables.yml").items()
)
TABLE_NAMES: tuple[str, ...] = tuple(table.name for table in TABLES)


def table_named(name: str) -> Contract:
    """The table of the contract that has that name."""
    return next(table for table in TABLES if table.name == name)


def said(name: str, /, **words: object) -> str:
    """One of ``SENTENCES`` with these words in their places."""
    return SENTENCES[name].format(**words)


def written(bound: float) -> str:
    """A number as it is written in French, without decimals that tell nothing: « 10 000 », « 115,4 »."""
    return f"{round(bound, 2):,.10g}".replace(",", "\u202f").replace(".", ",")


@dataclass(frozen=True)
class Unread:
    """A cell that could not be read: its finding's code and message."""

    code: str
    message: str

    @classmethod
    def of(cls, name: str, /, **words: object) -> "Unread":
        """Why, by the name of a sentence."""
        return cls(name[:4], said(name, **words))

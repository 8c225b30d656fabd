"""What executed notebooks carry beside their HTML: tables, figures, texts and files, the one source of figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nbformat import NotebookNode

from rlpipeline.errors import NotebookError

TABLE = "application/vnd.rlpipeline.table+json"
FIGURE = "application/vnd.rlpipeline.figure+json"
TEXT = "application/vnd.rlpipeline.text+json"
FILE = "application/vnd.rlpipeline.file+json"
ROUNDED = "arrondi"
FILE_NAME = re.compile(r"^[a-z0-9_-]+\.csv$")

B = TypeVar("B")


@dataclass(frozen=True)
class Label:
    """A row or a column: its code, and how it reads."""

    code: str
    label: str
    kind: str


@dataclass(frozen=True)
class FigureRow:
    """One figure, with the columns of ``indicateurs.csv``; ``valeur`` is None where it is nc, masque or vide.

    ``base``: what a rounded ``valeur`` is a multiple of; 0 where it is exact.
    """

    indicateur: str
    annee: int
    territoire: str
    ligne: str
    colonne: str
    valeur: int | float | None
    unite: str
    etat: str
    base: int = 0

    @property
    def slack(self) -> int:
        """Most by which the exact figure may differ."""
        return self.base - 1 if self.etat == ROUNDED else 0

    @property
    def key(self) -> tuple[str, int, str, str, str]:
        """What two figures that must agree have in common."""
        return self.indicateur, self.annee, self.territoire, self.ligne, self.colonne


@dataclass(frozen=True)
class FormerRow:
    """A figure of the year before: counted (``calculé``) or printed then (``publié``), and why it is not comparable."""

    figure: FigureRow
    origin: str
    comparable: bool
    reason: str


@dataclass(frozen=True)
class TableBundle:
    """One table as a notebook showed it; ``texts`` are (ligne, colonne, texte).

    ``withheld``: the edition has not the table, only a sentence that says so; ``tab``: name of its sheet; by default
    the beginning of its title.
    """

    id: str
    title: str
    definition: str
    source: str
    unit: str
    territory: str
    year: int
    rows: tuple[Label, ...]
    columns: tuple[Label, ...]
    figures: tuple[FigureRow, ...]
    texts: tuple[tuple[str, str, str], ...]
    former: tuple[FormerRow, ...] = ()
    withheld: bool = False
    tab: str = ""


@dataclass(frozen=True)
class FigureBundle:
    """One chart: its table's id and its alternative text."""

    id: str
    alt: str


@dataclass(frozen=True)
class TextBundle:
    """One section written by the service: ``ok``, or ``a_rediger``."""

    name: str
    state: str


@dataclass(frozen=True)
class FileBundle:
    """A file published beside the report."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


@dataclass(frozen=True)
class Bundles:
    """Everything that the notebooks carry, in the order of the notebooks and of their cells."""

    tables: tuple[TableBundle, ...]
    figures: tuple[FigureBundle, ...]
    texts: tuple[TextBundle, ...]
    files: tuple[FileBundle, ...]


def bundles_of(notebooks: Iterable[tuple[Path, NotebookNode]]) -> Bundles:
    """Take the bundles of executed notebooks that were read, in the order given.

    Raises NotebookError: a bundle does not have the form agreed with what shows it.
    """
    bundles: list[tuple[str, Any]] = []
    for path, notebook in notebooks:
        for cell in notebook.cells:
            bundles += [(kind, _read(kind, value, path, cell.id)) for kind, value in _carried(cell)]

    def of(kind: str, _: type[B]) -> tuple[B, ...]:
        return tuple(bundle for other, bundle in bundles if other == kind)

    return Bundles(of(TABLE, TableBundle), of(FIGURE, FigureBundle), of(TEXT, TextBundle), of(FILE, FileBundle))


def _carried(cell: NotebookNode) -> Iterable[tuple[str, Any]]:
    """Kind and content of each bundle of a cell; a table of several parts gives a list of them."""
    for output in cell.get("outputs", ()):
        for kind in READERS:
            value = output.get("data", {}).get(kind)
            for item in value if isinstance(value, list) else [value] if value is not None else []:
                yield kind, item


def _read(kind: str, value: Mapping[str, Any], path: Path, cell_id: str) -> Any:
    try:
        return READERS[kind](value)
    except (KeyError, TypeError, ValueError) as error:
        raise NotebookError(
            "Un notebook porte un résultat mal formé.",
            where=f"{path.parent.name}/{path.name}, cellule « {cell_id} »",
            expected=f"un contenu {kind}",
            got=f"{type(error).__name__} ({error})" if isinstance(error, KeyError) else type(error).__name__,
        ) from error


def _table(value: Mapping[str, Any]) -> TableBundle:
    return TableBundle(
        **{name: str(value[name] or "") for name in ("id", "title", "definition", "source", "unit")},
        territory=str(value["territory"]),
        year=int(value["year"]),
        rows=_labels(value["rows"]),
        columns=_labels(value["columns"]),
        figures=tuple(_figure_row(row) for row in value["figures"]),
        texts=tuple((str(text["ligne"]), str(text["colonne"]), str(text["texte"])) for text in value["texts"]),
        former=tuple(_former_row(row) for row in value.get("former", ())),
        withheld=bool(value.get("reserve")),
        tab=str(value.get("onglet") or ""),
    )


def _labels(values: Iterable[Mapping[str, Any]]) -> tuple[Label, ...]:
    return tuple(Label(str(value["code"]), str(value["label"]), str(value.get("kind") or "")) for value in values)


def _figure_row(row: Mapping[str, Any]) -> FigureRow:
    number = row["valeur"]
    if isinstance(number, bool) or not isinstance(number, int | float | None):
        raise ValueError("valeur")
    words = {name: str(row[name]) for name in ("indicateur", "territoire", "ligne", "colonne", "etat")}
    base = int(row.get("base") or 0)
    return FigureRow(annee=int(row["annee"]), valeur=number, unite=str(row["unite"] or ""), base=base, **words)


def _former_row(row: Mapping[str, Any]) -> FormerRow:
    if not isinstance(row["comparable"], bool):
        raise ValueError("comparable")
    return FormerRow(_figure_row(row), str(row["origine"]), row["comparable"], str(row["raison"] or ""))


def _chart(value: Mapping[str, Any]) -> FigureBundle:
    return FigureBundle(str(value["id"]), str(value["alt"]))


def _text(value: Mapping[str, Any]) -> TextBundle:
    return TextBundle(str(value["name"]), str(value["etat"]))


def _file(value: Mapping[str, Any]) -> FileBundle:
    name = str(value["name"])
    if not FILE_NAME.match(name):  # a notebook chooses a name, never a place
        raise ValueError("name")
    columns = tuple(str(column) for column in value["columns"])
    return FileBundle(name, columns, tuple(_file_row(row, columns) for row in value["rows"]))


def _file_row(row: Mapping[str, Any] | Sequence[Any], columns: Sequence[str]) -> tuple[Any, ...]:
    cells = tuple(row[column] for column in columns) if isinstance(row, Mapping) else tuple(row)
    if len(cells) != len(columns):
        raise ValueError("rows")
    return cells


READERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    TABLE: _table,
    FIGURE: _chart,
    TEXT: _text,
    FILE: _file,
}

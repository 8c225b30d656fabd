"""Published figures as tables again: lines × columns, each with the kind that its notebook gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from rlpipeline.audit.findings import Place
from rlpipeline.published.model import Bundle, Figure, FigureKey, Label

SERVICE, TOTAL = "service", "total"
FILE = "indicateurs.csv"
KNOWN = frozenset({"ok", "partiel", "arrondi"})


@dataclass(frozen=True)
class Grid:
    """The figures of a table for a year and a territory.

    Parameters
    ----------
    lines, columns
        Those that have figures, in the order of the table.
    cells
        Figures by (ligne, colonne).
    misplaced
        Whether some lines or columns are none of the table's, so that the order is not known.
    """

    id: str
    year: int
    territory: str
    title: str
    lines: tuple[Label, ...]
    columns: tuple[Label, ...]
    cells: Mapping[tuple[str, str], Figure]
    misplaced: bool

    def key(self, line: str, column: str) -> FigureKey:
        """Address of a cell of the table, whether it has a figure or not."""
        return FigureKey(self.id, self.year, self.territory, line, column)

    def __str__(self) -> str:
        return f"« {self.title} » ({self.territory}, {self.year})"


@dataclass(frozen=True)
class Grids:
    """Every table published, by (id, year, territory)."""

    all: Mapping[tuple[str, int, str], Grid]
    shown: frozenset[tuple[str, str]]
    """(id, territory) of the tables that a chapter showed, with or without lines."""

    def find(self, id: str, year: int, territory: str) -> Grid | None:
        """A table, None where it is not published."""
        return self.all.get((id, year, territory))

    def of(self, id: str) -> Iterator[Grid]:
        """The table for each year and territory."""
        yield from (grid for grid in self.all.values() if grid.id == id)

    def __iter__(self) -> Iterator[Grid]:
        return iter(self.all.values())


def make_grids(figures: Mapping[FigureKey, Figure], tables: Sequence[Bundle]) -> Grids:
    """Put the figures back into tables, with the kinds of lines and columns that the notebooks carry.

    Parameters
    ----------
    figures
        In the order of ``indicateurs.csv``, which is that of the tables.
    tables
        The tables as shown. Figures of a territory without a page go with the table of the service.
    """
    shown = {(table.id, table.territoire): table for table in reversed(tables)}
    parts: dict[tuple[str, int, str], list[Figure]] = {}
    for key, figure in figures.items():
        parts.setdefault((key.indicateur, key.annee, key.territoire), []).append(figure)
    grids = {
        name: _grid(some, shown.get((name[0], name[2])) or shown.get((name[0], SERVICE)))
        for name, some in parts.items()
    }
    return Grids(grids, frozenset(shown))


def _grid(figures: Sequence[Figure], table: Bundle | None) -> Grid:
    key = figures[0].key
    rows, columns = (table.rows, table.columns) if table else ((), ())
    lines = _labels((figure.key.ligne for figure in figures), rows)
    across = _labels((figure.key.colonne for figure in figures), columns)
    strangers = _codes(lines) - _codes(rows) | _codes(across) - _codes(columns)
    return Grid(
        id=key.indicateur,
        year=key.annee,
        territory=key.territoire,
        title=table.title if table else key.indicateur,
        lines=lines,
        columns=across,
        cells={(figure.key.ligne, figure.key.colonne): figure for figure in figures},
        misplaced=table is not None and table.annee != key.annee and bool(strangers),
    )


def _codes(labels: Iterable[Label]) -> set[str]:
    return {label.code for label in labels}


def _labels(codes: Iterable[str], declared: Sequence[Label]) -> tuple[Label, ...]:
    known = {label.code: label for label in declared}
    return tuple(known.get(code) or _unnamed(code) for code in dict.fromkeys(codes))


def _unnamed(code: str) -> Label:
    return Label(code, code, TOTAL if code == TOTAL else "")


def path_of(key: FigureKey) -> str:
    """``id/year/territory/line/column``, a slash inside a name written %2F, as the texts write references."""
    return "/".join(str(part).replace("%", "%25").replace("/", quote("/", safe="")) for part in key)


def place_of(key: FigureKey, figure: Figure | None = None) -> Place:
    """Where a figure stands; where it should stand if it is absent."""
    if figure is not None:
        return figure.place
    where = f"{key.indicateur} {key.annee} ({key.territoire}), ligne {key.ligne}, colonne {key.colonne}"
    return Place(FILE, where)

"""The files that all territories share, cut by territory, so that one part of a publication can be read by itself."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rlpipeline.errors import ReconciliationError
from rlpipeline.published.csv_files import (
    EVOLUTIONS,
    EXCEL,
    FIGURES,
    CutFile,
    cut_file,
    figure_of,
    read_rows,
)
from rlpipeline.published.dictionary import Dictionary, read_dictionary
from rlpipeline.published.figures import Rows
from rlpipeline.published.model import Figure
from rlpipeline.published.model import Rows as Lines
from rlpipeline.published.parts import SERVICE, Places, territory_of
from rlpipeline.published.workbook import CODE, CONTENTS, HEADER, OwnRows, read_sheets, rows_below

WORKBOOK = "tableaux.xlsx"
Packed = Mapping[str, bytes]
"""Rows of each sheet after their place, as compressed JSON: a hundredth of what they take in memory."""


@dataclass(frozen=True)
class Cut:
    """What the common files of a publication say, by territory.

    Parameters
    ----------
    pages, notebooks
        Paths in the publication, by part.
    figures, former
        Where the lines of ``indicateurs.csv`` and ``evolutions.csv`` lie.
    heads
        First rows of each sheet of the workbook; all of them for the contents.
    below, lengths
        The other rows of the sheets, by part, and how many each sheet has in all.
    files
        The other CSV files, by name.
    dictionary
        How far rounded figures may be from the exact ones.
    """

    directory: Path
    year: int
    places: Places
    pages: Mapping[str, Sequence[str]]
    notebooks: Mapping[str, Sequence[str]]
    figures: CutFile
    former: CutFile
    heads: Mapping[str, Lines]
    below: Mapping[str, Packed]
    lengths: Mapping[str, int]
    files: Mapping[str, Lines]
    dictionary: Dictionary

    @cached_property
    def territories(self) -> tuple[str, ...]:
        """Those that the files have figures of."""
        return tuple(dict.fromkeys([*self.figures.territories, *self.former.territories]))

    @cached_property
    def indicators(self) -> frozenset[str]:
        """Those that have figures of the year, or a sheet."""
        return frozenset(self.heads).union(*map(self.figures.indicators, self.figures.territories))

    def owned(self, place: str) -> tuple[str, ...]:
        """The territories whose figures are a part's."""
        return (place, *self._strangers) if place == SERVICE else (place,)

    @cached_property
    def _strangers(self) -> tuple[str, ...]:
        """The territories that have no part of their own."""
        return tuple(one for one in self.territories if one != SERVICE and self.places.owner(one) == SERVICE)

    def figures_of(self, territory: str) -> Iterator[Figure]:
        """Figures of a territory, in the order of the file."""
        for id in self.figures.indicators(territory):
            yield from self.table(territory, id)

    def table(self, territory: str, id: str) -> Iterator[Figure]:
        """Figures of one table of a territory, in the order of the file."""
        for row in self.figures.lines(territory, id):
            yield self.dictionary.with_margin(figure_of(dict(zip(self.figures.header, row, strict=True))))

    def rows(self, territory: str, id: str) -> Rows:
        """All that the files say of one table of a territory."""
        lines = (self.former.header, *self.former.lines(territory, id))
        return Rows((*self.table(territory, id),), tuple(self.dictionary.former(lines)))

    def evolutions_of(self, place: str) -> Lines:
        """Lines of ``evolutions.csv`` about a part, its header first."""
        cut = ((territory, id) for territory in self.owned(place) for id in self.former.indicators(territory))
        rows = (row for name in cut for row in self.former.lines(*name))
        return (tuple(self.former.header), *rows)

    def sheets_of(self, place: str) -> Mapping[str, Lines]:
        """Rows of the workbook about a part, at their places."""
        sheets: dict[str, Lines] = {}
        for name, head in self.heads.items():
            own = self._below(place, name)
            if len(head) > HEADER and (own or place == SERVICE):
                sheets[name] = OwnRows(head, own, self.lengths[name]) if self.lengths[name] > len(head) else head
        return sheets

    def mark(self, territory: str, id: str) -> str:
        """Digest of what the files say of one table of a territory."""
        told = [file.lines(territory, id) for file in (self.figures, self.former)]
        return hashlib.sha256((json.dumps(told) + repr(self.dictionary)).encode()).hexdigest()

    def marks(self, place: str) -> str:
        """Digest of all that the common files say of a part: neither where in the files, nor what of the others."""
        files = (self.figures, self.former)
        own = [
            (one, [[(id, file.lines(one, id)) for id in file.indicators(one)] for file in files])
            for one in self.owned(place)
        ]
        rows = {name: [*self._below(place, name).values()] for name in self.below.get(place, ())}
        heads = {name: head for name, head in self.heads.items() if name in rows or place == SERVICE}
        told = (self.year, [file.header for file in files], own, rows, heads, self.dictionary)
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def _below(self, place: str, name: str) -> Mapping[int, tuple[object, ...]]:
        packed = self.below.get(place, {}).get(name)
        return {index: tuple(row) for index, row in json.loads(zlib.decompress(packed))} if packed else {}


def cut_publication(directory: Path, year: int) -> Cut:
    """Read the common files of a publication.

    Raises
    ------
    ReconciliationError
        A file that every publication has is absent or cannot be read.
    """
    with readable(directory):
        return _cut(directory, year)


@contextmanager
def readable(directory: Path) -> Iterator[None]:
    """Tell what cannot be read as a publication that is refused."""
    try:
        yield
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise ReconciliationError(
            "La publication ne se relit pas : rien n'est publié.",
            where=str(directory),
            expected="les pages, notebooks, classeur et fichiers CSV d'une année",
            got=f"{type(error).__name__} ({error})",
        ) from error


def _cut(directory: Path, year: int) -> Cut:
    pages = [path.relative_to(directory).as_posix() for path in page_paths(directory)]
    folders = (path for path in directory.glob("notebooks/*") if not path.name.startswith("."))  # JupyterLab's copies
    notebooks = sorted(path.relative_to(directory).as_posix() for one in folders for path in one.glob("*.ipynb"))
    places = Places.of([*pages, *notebooks])
    figures, evolutions = cut_file(directory / FIGURES), directory / EVOLUTIONS
    former = cut_file(evolutions) if evolutions.is_file() else CutFile(evolutions, (), {})
    heads, below, lengths = _sheets(directory / WORKBOOK, places)
    return Cut(
        directory=directory,
        year=year,
        places=places,
        pages=_by_place(pages),
        notebooks=_by_place(notebooks),
        figures=figures,
        former=former,
        heads=heads,
        below=below,
        lengths=lengths,
        files={
            path.name: tuple(read_rows(path))
            for path in sorted(directory.glob("*.csv"))
            if path.name not in (FIGURES, EVOLUTIONS, EXCEL)
        },
        dictionary=read_dictionary(directory),
    )


def page_paths(directory: Path) -> Iterator[Path]:
    """The pages that people read, the service's first."""
    yield from sorted(path for path in directory.glob("*.html") if path.name != "audit.html")
    yield from sorted(directory.glob("communes/*.html"))


def _by_place(files: Sequence[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for file in files:
        found.setdefault(territory_of(file), []).append(file)
    return found


def _sheets(path: Path, places: Places) -> tuple[dict[str, Lines], Mapping[str, Packed], dict[str, int]]:
    """First rows of each sheet, the others by part (the service's where no territory is told), and how many rows."""
    heads: dict[str, Lines] = {}
    below: dict[str, dict[str, bytes]] = {}
    lengths: dict[str, int] = {}
    for name, rows in read_sheets(path) if path.is_file() else ():
        header = [str(word) for word in rows[HEADER]] if len(rows) > HEADER else []
        heads[name], lengths[name] = rows if name == CONTENTS else rows[: HEADER + 1], len(rows)
        own: dict[str, list[tuple[int, tuple[object, ...]]]] = {}
        for index, row in rows_below(rows) if name != CONTENTS else ():
            place = places.owner(str(row[header.index(CODE)])) if CODE in header else SERVICE
            own.setdefault(place, []).append((index, row))
        for place, found in own.items():
            below.setdefault(place, {})[name] = zlib.compress(json.dumps(found).encode(), 1)
    return heads, below, lengths

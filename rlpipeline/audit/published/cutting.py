"""The files that all territories share, cut by territory, so that one part of a publication can be read by itself."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.audit.findings import Place
from rlpipeline.audit.published.evolutions import FILE as EVOLUTIONS
from rlpipeline.audit.published.evolutions import former_of
from rlpipeline.audit.published.figures import Rows
from rlpipeline.audit.published.model import Figure, FigureKey
from rlpipeline.audit.published.model import Rows as Lines
from rlpipeline.audit.published.notebooks import where_of
from rlpipeline.audit.published.parts import SERVICE, Places, territory_of
from rlpipeline.audit.published.workbook import CODE, HEADER, read_sheets
from rlpipeline.errors import ReconciliationError
from rlpipeline.spreadsheet_text import unguarded

FIGURES, WORKBOOK = "indicateurs.csv", "tableaux.xlsx"
Packed = Mapping[str, Mapping[str, str]]
"""Lines of a file by territory and indicator, as JSON: a hundredth of what figures take in memory."""
Sparse = Mapping[str, Mapping[int, Sequence[object]]]
"""Lines of each sheet by their place."""


@dataclass(frozen=True)
class Cut:
    """What the common files of a publication say, by territory.

    Parameters
    ----------
    pages, notebooks
        Paths in the publication, by part.
    figures, former
        Lines of ``indicateurs.csv`` and ``evolutions.csv``.
    heads
        First lines of each sheet of the workbook, all of them for one that is not cut.
    lines, lengths
        Lines of the sheets by part, and how many each sheet has.
    files
        The other CSV files, by name.
    """

    directory: Path
    year: int
    places: Places
    pages: Mapping[str, Sequence[str]]
    notebooks: Mapping[str, Sequence[str]]
    headers: Mapping[str, Sequence[str]]
    figures: Packed
    former: Packed
    heads: Mapping[str, Lines]
    lines: Mapping[str, Sparse]
    lengths: Mapping[str, int]
    files: Mapping[str, Lines]

    def owned(self, place: str) -> tuple[str, ...]:
        """The territories whose figures are a part's."""
        every = dict.fromkeys([place, *self.figures, *self.former])
        return tuple(territory for territory in every if self.places.owner(territory) == place)

    def figures_of(self, territory: str) -> Iterator[Figure]:
        """Figures of a territory, in the order of the file."""
        for id in self.figures.get(territory, {}):
            yield from self._figures(territory, id)

    def rows(self, territory: str, id: str) -> Rows:
        """All that the files say of one table of a territory."""
        former = former_of((self.headers[EVOLUTIONS], *_unpacked(self.former, territory, id)))
        return Rows((*self._figures(territory, id),), (*former,))

    def evolutions_of(self, place: str) -> Lines:
        """Lines of ``evolutions.csv`` about a part, its header first."""
        cut = ((territory, id) for territory in self.owned(place) for id in self.former.get(territory, ()))
        rows = (row for name in cut for row in _unpacked(self.former, *name))
        return (tuple(self.headers[EVOLUTIONS]), *(tuple(row) for row in rows))

    def sheets_of(self, place: str) -> Mapping[str, Lines]:
        """Lines of the workbook about a part, at their places: those of other parts are empty."""
        found = self.lines.get(place, {})
        sheets = {}
        for name, head in self.heads.items():
            own, rest = found.get(name, {}), range(len(head), self.lengths[name])
            if len(head) > HEADER and (own or place == SERVICE):
                sheets[name] = (*head, *(tuple(own.get(index, ())) for index in rest))
        return sheets

    def mark(self, territory: str, id: str) -> str:
        """Digest of what the files say of one table of a territory."""
        told = [packed.get(territory, {}).get(id, "") for packed in (self.figures, self.former)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def marks(self, place: str) -> str:
        """Digest of all that the common files say of a part: neither where in the files, nor what of the others."""
        own = [(one, self.figures.get(one), self.former.get(one)) for one in self.owned(place)]
        lines = {name: [*rows.values()] for name, rows in self.lines.get(place, {}).items()}
        heads = {name: rows for name, rows in self.heads.items() if name in lines or place == SERVICE}
        told = (self.year, self.headers, own, lines, heads)
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def _figures(self, territory: str, id: str) -> Iterator[Figure]:
        for row in _unpacked(self.figures, territory, id):
            yield _figure(dict(zip(self.headers[FIGURES], row, strict=True)))


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
    notebooks = sorted(path.relative_to(directory).as_posix() for path in directory.glob("notebooks/*/*.ipynb"))
    places = Places.of([*pages, *notebooks])
    tables = {FIGURES: _packed(directory / FIGURES), EVOLUTIONS: ((), {})}
    if (directory / EVOLUTIONS).is_file():
        tables[EVOLUTIONS] = _packed(directory / EVOLUTIONS)
    heads, lines, lengths = _sheets(directory / WORKBOOK, places)
    return Cut(
        directory=directory,
        year=year,
        places=places,
        pages=_by_place(pages),
        notebooks=_by_place(notebooks),
        headers={name: header for name, (header, _) in tables.items()},
        figures=tables[FIGURES][1],
        former=tables[EVOLUTIONS][1],
        heads=heads,
        lines=lines,
        lengths=lengths,
        files={path.name: read_rows(path) for path in sorted(directory.glob("*.csv")) if path.name not in tables},
    )


def page_paths(directory: Path) -> Iterator[Path]:
    """The pages that people read, the service's first."""
    yield from sorted(path for path in directory.glob("*.html") if path.name != "audit.html")
    yield from sorted(directory.glob("communes/*.html"))


def read_rows(path: Path) -> Lines:
    """Every line of a CSV file, its header first."""
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(tuple(unguarded(cell) for cell in row) for row in csv.reader(stream))


def read_figures(path: Path) -> Iterator[Figure]:
    """Every figure of ``indicateurs.csv``."""
    header, *rows = read_rows(path)
    yield from (_figure(dict(zip(map(str, header), map(str, row), strict=True))) for row in rows)


def _figure(row: Mapping[str, str]) -> Figure:
    names = (row[name] for name in ("territoire", "ligne", "colonne"))
    key = FigureKey(row["indicateur"], int(row["annee"]), *names)
    value = float(row["valeur"]) if row["valeur"] else None
    return Figure(key, value, row["unite"], row["etat"], Place(FIGURES, where_of(key)))


def _by_place(files: Sequence[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for file in files:
        found.setdefault(territory_of(file), []).append(file)
    return found


def _packed(path: Path) -> tuple[Sequence[str], Packed]:
    """Header of a file, and its lines."""
    found: dict[str, dict[str, list[str]]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        indicator, territory = header.index("indicateur"), header.index("territoire")
        for row in rows:
            cells = [unguarded(cell) for cell in row]
            found.setdefault(cells[territory], {}).setdefault(cells[indicator], []).append(json.dumps(cells))
    return header, {name: {id: f"[{','.join(of)}]" for id, of in ids.items()} for name, ids in found.items()}


def _unpacked(packed: Packed, territory: str, id: str) -> Sequence[Sequence[str]]:
    rows: list[list[str]] = json.loads(packed.get(territory, {}).get(id, "[]"))
    return rows


def _sheets(path: Path, places: Places) -> tuple[dict[str, Lines], Mapping[str, Sparse], dict[str, int]]:
    heads: dict[str, Lines] = {}
    lines: dict[str, dict[str, dict[int, Sequence[object]]]] = {}
    lengths: dict[str, int] = {}
    for name, rows in read_sheets(path) if path.is_file() else ():
        header = [str(word) for word in rows[HEADER]] if len(rows) > HEADER else []
        cut = CODE in header
        heads[name], lengths[name] = rows[: HEADER + 1] if cut else rows, len(rows)
        for index, row in enumerate(rows[HEADER + 1 :] if cut else (), start=HEADER + 1):
            own = lines.setdefault(places.owner(str(row[header.index(CODE)])), {})
            own.setdefault(name, {})[index] = row
    return heads, lines, lengths

"""Published figures as tables again: amounts that may not be known, lines and columns with their kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from rlpipeline.published import Place
from rlpipeline.published.figures import FIGURES
from rlpipeline.published.model import ROUNDED, SERVICE, Bundle, Figure, FigureKey, Label

TOLERANCE = 1e-5
"""Sums are published with six decimals at most; ten of them rounded differ by less."""
STATES = {"nc": "non communiqué", "masque": "masqué", "vide": "sans objet"}
LISTED = 12
"""Beyond, a sum tells how many terms it has."""
TOTAL = "total"


@dataclass(frozen=True)
class Amount:
    """A number and its state; None where there is no number.

    Parameters
    ----------
    slack
        Most by which the exact number may differ, where it is rounded.
    """

    value: float | None
    state: str
    slack: float = 0.0

    def __str__(self) -> str:
        return written(self.value, self.state)


ZERO = Amount(0.0, "ok")


def amount_of(figure: Figure | None) -> Amount:
    """The amount of a figure; a cell that a table does not show is a known zero (a rare age, a rare sex)."""
    return ZERO if figure is None else Amount(figure.valeur, figure.etat, figure.marge)


class Terms:
    """Amounts added one after the other, of which few are kept."""

    def __init__(self, parts: Iterable[Amount] = ()) -> None:
        self.count = 0
        self.first: list[Amount] = []
        self.states: set[str] = set()
        self.slack = 0.0
        self._known = 0.0
        for part in parts:
            self.add(part)

    def add(self, part: Amount) -> None:
        """Take one more."""
        self.count += 1
        self.states.add(part.state)
        self.slack += part.slack
        if len(self.first) < LISTED:
            self.first.append(part)
        if part.value is not None and part.state != "vide":
            self._known += part.value

    def total(self) -> Amount:
        """The sum of what is known.

        Returns
        -------
        Amount
            ``masque`` where a part is, ``nc`` where none is known, ``partiel`` where some are not, else ``arrondi``
            where one is. What has no meaning (``vide``) does not count, and a sum of nothing else is ``vide``.
        """
        meant = self.states - {"vide"}
        if "masque" in meant:
            return Amount(None, "masque")
        if self.count and not meant:
            return Amount(None, "vide")
        if meant == {"nc"}:
            return Amount(None, "nc")
        state = "partiel" if meant & {"nc", "partiel"} else ROUNDED if ROUNDED in meant else "ok"
        return Amount(round(self._known, 6), state, self.slack)

    def agree(self, total: Amount) -> bool:
        """Whether a total may be the sum of these parts, given what is known of each.

        Notes
        -----
        A total counts records, and its lines may show a zero where there is no record: it may be ``nc`` where the known
        parts are all 0 and another is not known.
        """
        expected = self.total()
        if "masque" in (total.state, expected.state):
            return True
        if ROUNDED in self.states | {total.state}:
            return self._near(total, expected)
        if expected.state == "vide":
            return total.state == "vide" or not total.value
        if total.state == "nc" and not expected.value and "nc" in self.states:
            return "partiel" not in self.states
        return total.state == expected.state and same(total.value, expected.value)

    def _near(self, total: Amount, expected: Amount) -> bool:
        """Whether rounding explains a difference: that of parts and total together."""
        if total.value is None or expected.value is None:
            return True
        return abs(total.value - expected.value) <= total.slack + self.slack + TOLERANCE

    def __str__(self) -> str:
        total = str(self.total())
        if self.count < 2 or self.count > LISTED:
            return f"{total} (somme de {self.count} termes)" if self.count > LISTED else total
        return f"{' + '.join(str(part) for part in self.first)} = {total}"


def same(one: float | None, other: float | None) -> bool:
    """Whether two numbers are equal but for binary noise; None equals None."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


def written(value: float | None, state: str = "ok") -> str:
    """« 1 234,5 », « 35 (partiel) », « non communiqué »."""
    if value is None:
        return STATES.get(state, state)
    integer, _, decimals = f"{round(value, 6):,.6f}".partition(".")
    decimals = decimals.rstrip("0")
    number = integer.replace(",", "\u202f") + (f",{decimals}" if decimals else "")
    return f"{number} ({state})" if state in {"partiel", ROUNDED} else number


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
    by_code = {label.code: label for label in declared}
    return tuple(by_code.get(code) or _unnamed(code) for code in dict.fromkeys(codes))


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
    return Place(FIGURES, where)

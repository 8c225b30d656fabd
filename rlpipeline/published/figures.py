"""The figures of one part of a publication, and those of the other parts for whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.published.model import Figure, FigureKey, FormerFigure

Table = tuple[str, int, str]
"""Indicator, year, territory."""


@dataclass(frozen=True)
class Rows:
    """What the common files say of one table of a territory: its figures, and those of the year before."""

    figures: Sequence[Figure] = ()
    former: Sequence[FormerFigure] = ()


Elsewhere = Callable[[str, str], Rows | None]
"""From a territory and an indicator to its rows; None where the part has them itself."""


Find = Callable[[FigureKey], Figure | None]
"""From a key to its figure."""


class Figures(Mapping[FigureKey, Figure]):
    """Figures of a part by key; one of another part is looked for where it is asked by its key, and noted.

    Parameters
    ----------
    own
        Those of the part, which alone are listed.
    """

    def __init__(self, own: Mapping[FigureKey, Figure], elsewhere: Elsewhere) -> None:
        self._own, self._look = own, elsewhere
        self._tables: dict[Table, list[Figure]] = {}
        for key, figure in own.items():
            self._tables.setdefault(key[:3], []).append(figure)
        self._found: dict[tuple[str, str], Rows | None] = {}

    @property
    def looked_at(self) -> tuple[tuple[str, str], ...]:
        """Territory and indicator of the tables of other parts that were looked at."""
        return tuple(name for name, rows in self._found.items() if rows is not None)

    def elsewhere(self, territory: str, indicator: str) -> Rows | None:
        """The rows of another part's table; None where it is the part's own."""
        name = (territory, indicator)
        if name not in self._found:
            self._found[name] = self._look(*name)
        return self._found[name]

    def table(self, name: Table) -> Sequence[Figure]:
        """The figures of a table."""
        if name in self._tables:
            return self._tables[name]
        rows = self.elsewhere(name[2], name[0])
        return [figure for figure in rows.figures if figure.key[:3] == name] if rows else ()

    def __getitem__(self, key: FigureKey) -> Figure:
        """Give a figure of the part, or of another."""
        if key in self._own:
            return self._own[key]
        rows = self.elsewhere(key.territoire, key.indicateur)
        found = [figure for figure in rows.figures if figure.key == key] if rows else []
        if not found:
            raise KeyError(key)
        return found[-1]

    def __iter__(self) -> Iterator[FigureKey]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


def adding(find: Find) -> Find:
    """Find too the sum of several lines, ``moins_11+11_14``, that a text quotes as one figure.

    Returns
    -------
    One that gives None where a line is not known; ``incertain`` is the state of a sum of rounded figures.
    """

    def found(key: FigureKey) -> Figure | None:
        figure = find(key)
        if figure is not None or "+" not in key.ligne:
            return figure
        parts = [find(key._replace(ligne=line)) for line in key.ligne.split("+")]
        every = [part for part in parts if part is not None]
        return _added(key, every) if len(every) == len(parts) else None

    return found


def _added(key: FigureKey, parts: Sequence[Figure]) -> Figure:
    states = ["incertain" if part.etat == "arrondi" else part.etat for part in parts]
    state = next((one for one in ("masque", "nc", "incertain", "partiel", "vide") if one in states), "ok")
    values = [part.valeur for part in parts if part.valeur is not None]
    known = state in {"ok", "partiel"}
    return Figure(key, sum(values) if known else None, parts[0].unite, state, parts[0].place)


def in_table(figures: Mapping[FigureKey, Figure], name: Table) -> Sequence[Figure]:
    """The figures of one table."""
    if isinstance(figures, Figures):
        return figures.table(name)
    return [figure for key, figure in figures.items() if key[:3] == name]


def elsewhere(figures: Mapping[FigureKey, Figure], key: FigureKey) -> Rows | None:
    """The rows of another part's table; None where there is no other part that has it."""
    return figures.elsewhere(key.territoire, key.indicateur) if isinstance(figures, Figures) else None


def asked_of(figures: Mapping[FigureKey, Figure]) -> tuple[tuple[str, str], ...]:
    """Territory and indicator of the tables of other parts that were looked at."""
    return figures.looked_at if isinstance(figures, Figures) else ()

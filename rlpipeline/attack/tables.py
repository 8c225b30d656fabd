"""What is published, as tables of lines and columns, and what the intruder takes each figure for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.attack.dictionary import UNITED, united
from rlpipeline.attack.statements import SUM, Document, Key, Place
from rlpipeline.published.links import Links

Families = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """The lines and columns of one table, in order; ``whole`` where every cell of it is published."""

    place: Place
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    keys: frozenset[Key]
    whole: bool

    def at(self, line: str, column: str) -> Key | None:
        """Address of a cell; None where the table does not have it."""
        key = Key(*self.place, line, column)
        return key if key in self.keys else None

    def all_at(self, cells: Sequence[tuple[str, str]]) -> tuple[Key, ...]:
        """Addresses of those of the cells that the table has."""
        return tuple(key for line, column in cells if (key := self.at(line, column)) is not None)


@dataclass(frozen=True)
class Published:
    """Every table of every publication."""

    tables: Mapping[Place, Table]
    families: Families
    units: Mapping[Key, str]
    without_number: frozenset[Key]
    """Not communicated or not applicable: such a cell counts for nothing in a sum."""
    links: Links

    def at(self, place: Place, line: str, column: str) -> Key | None:
        """Address of a cell; None where it is not published."""
        table = self.tables.get(place)
        return table.at(line, column) if table else None

    @property
    def years(self) -> tuple[int, ...]:
        """Years of which something is published."""
        return tuple(sorted({year for _, year, _ in self.tables}))


def published(documents: Sequence[Document], links: Links, families: Families | None = None) -> Published:
    """Put together what several publications hold; the order of lines and columns is that of the first.

    Parameters
    ----------
    families
        Families of issues that are known beside those that the pages show.
    """
    lines: dict[Place, dict[str, None]] = {}
    columns: dict[Place, dict[str, None]] = {}
    keys: dict[Place, set[Key]] = {}
    numbered: set[Key] = set()
    for figure in (figure for document in documents for figure in document.figures):
        key, place = figure.key, figure.key.place
        if figure.state not in {"nc", "vide"}:
            numbered.add(key)
        if not key.colonne.startswith(SUM):
            lines.setdefault(place, {}).setdefault(key.ligne)
            columns.setdefault(place, {}).setdefault(key.colonne)
        keys.setdefault(place, set()).add(key)
    whole = {place for document in documents for place in document.whole}
    tables = {
        place: Table(place, tuple(lines[place]), tuple(columns[place]), frozenset(keys[place]), place in whole)
        for place in lines
    }
    return Published(
        tables,
        _families(documents, families or {}),
        {key: unit for document in documents for key, unit in document.units.items()},
        frozenset(key for place in keys.values() for key in place if key not in numbered),
        links,
    )


def _families(documents: Sequence[Document], families: Families) -> Families:
    """List the families with their codes; a joined line has those that it unites."""
    shown = next((document.families for document in reversed(documents) if document.families), {})
    joined: dict[str, tuple[str, ...]] = {part: () for family in shown for part in united(family)}
    return joined | dict(families) | {family: codes for family, codes in shown.items() if UNITED not in family}

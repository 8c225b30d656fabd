"""What is published, as tables of lines and columns; wider classes spelled out as the codes that they unite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rlpipeline.attack.statements import SUM, UNITED, Document, Key, Place, Relation
from rlpipeline.published.dictionary import Classes
from rlpipeline.published.links import Links

SUBJECTS = frozenset({"famille", "problematique"})
"""Axes of wider classes that are lines of one variable."""
Families = Mapping[str, tuple[str, ...]]
_Spell = Callable[[str, str, bool], str]


def united(code: str) -> frozenset[str]:
    """List the codes that a class unites; a code that unites none stands for itself."""
    return frozenset(code.split(UNITED))


def covers(codes: Iterable[str], wanted: frozenset[str]) -> bool:
    """Say whether classes unite all of some codes."""
    return wanted == frozenset().union(*(united(code) for code in codes))


def spelled(classes: Classes, links: Links, indicator: str, code: str, *, line: bool) -> str:
    """Write the code of a wider class as the codes that it unites; another code as it is."""
    for axis, of_axis in classes.items():
        if code in of_axis and _has(links, indicator, axis, line):
            return UNITED.join(of_axis[code])
    return code


def _has(links: Links, indicator: str, axis: str, line: bool) -> bool:
    """Say whether the lines, or the columns, of a table are classes of an axis."""
    table = links.tables.get(indicator)
    if table is None:
        return False
    if table.of_actions:
        return line and axis == "age"
    own = table.lines if line else table.columns
    return axis == own or {axis, own} <= SUBJECTS


@dataclass(frozen=True)
class Table:
    """The lines and columns of one table, in order; ``complete`` where every cell of it is published."""

    place: Place
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    keys: frozenset[Key]
    complete: bool

    def at(self, line: str, column: str) -> Key | None:
        """Address of a cell; None where the table does not have it."""
        key = Key(*self.place, line, column)
        return key if key in self.keys else None

    def all_at(self, cells: Sequence[tuple[str, str]]) -> tuple[Key, ...]:
        """Addresses of those of the cells that the table has."""
        return tuple(key for line, column in cells if (key := self.at(line, column)) is not None)


@dataclass(frozen=True)
class Tables:
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


def tables_of(documents: Sequence[Document], links: Links, families: Families | None = None) -> Tables:
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
    complete = {place for document in documents for place in document.complete}
    tables = {
        place: Table(place, tuple(lines[place]), tuple(columns[place]), frozenset(keys[place]), place in complete)
        for place in lines
    }
    return Tables(
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


def spelled_out(document: Document, links: Links) -> Document:
    """Write the code of each wider class as the codes that it unites, joined by ``_ou_``."""
    if not document.dictionary.classes:
        return document
    spell = _spelling(document, links)
    return replace(
        document,
        figures=tuple(replace(one, key=_spelled_key(one.key, spell)) for one in document.figures),
        relations=tuple(_relation(one, spell) for one in document.relations),
        units={_spelled_key(key, spell): unit for key, unit in document.units.items()},
        labels={(name, _either(name, code, spell)): words for (name, code), words in document.labels.items()},
        families={
            spell("problematiques", family, True): tuple(spell("problematiques", code, True) for code in codes)
            for family, codes in document.families.items()
        },
    )


def published_keys(documents: Sequence[Document], links: Links) -> Mapping[Key, Key]:
    """Give the published key of each figure that was spelled out; that of the latest release."""
    keys: dict[Key, Key] = {}
    for document in documents:
        if document.dictionary.classes:
            spell = _spelling(document, links)
            keys |= {_spelled_key(figure.key, spell): figure.key for figure in document.figures}
    return keys


def _spelling(document: Document, links: Links) -> _Spell:
    @cache
    def spell(indicator: str, code: str, line: bool) -> str:
        return spelled(document.dictionary.classes, links, indicator, code, line=line)

    return spell


def _spelled_key(key: Key, spell: _Spell) -> Key:
    line, column = spell(key.indicateur, key.ligne, True), spell(key.indicateur, key.colonne, False)
    return key if (line, column) == key[3:] else key._replace(ligne=line, colonne=column)


def _relation(relation: Relation, spell: _Spell) -> Relation:
    return replace(relation, terms=tuple((_spelled_key(key, spell), factor) for key, factor in relation.terms))


def _either(indicator: str, code: str, spell: _Spell) -> str:
    own = spell(indicator, code, True)
    return spell(indicator, code, False) if own == code else own

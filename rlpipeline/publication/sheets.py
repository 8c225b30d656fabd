"""The tables of several notebooks put together, one sheet a table: what the workbook will write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rlpipeline.publication.bundles import Bundles, FigureRow, Label, TableBundle

Content: TypeAlias = "FigureRow | str | None"

FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
OTHER_NAMES = {"service": "Ensemble du service", "hors": "Hors du territoire", "sans_commune": "Sans commune"}


@dataclass(frozen=True)
class SheetRow:
    """A row of a table for one territory and year."""

    territory: str
    code: str
    year: int
    label: str
    kind: str
    cells: tuple[Content, ...]


@dataclass(frozen=True)
class Sheet:
    """One table for every territory."""

    name: str
    title: str
    section: str
    unit: str
    definition: str
    source: str
    headers: tuple[str, ...]
    rows: tuple[SheetRow, ...]

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """What is said under the title."""
        return ("Unité", self.unit), ("Définition", self.definition), ("Source", self.source)

    @property
    def several_years(self) -> bool:
        """Whether the rows are of more than one year."""
        return len({row.year for row in self.rows}) > 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the columns in characters."""
        label = max((len(row.label) for row in self.rows), default=10)
        lead = (24, 14, *([8] if self.several_years else []), min(max(label + 2, 14), 60))
        return (*lead, *(min(max(len(header) + 2, 12), 28) for header in self.headers))


def make_sheets(bundles: Bundles, figures: Sequence[FigureRow], names: Mapping[str, str]) -> tuple[Sheet, ...]:
    """One sheet a table id, in report order.

    Parameters
    ----------
    figures
        Every figure once, in report order.
    names
        Territory code to its name.
    """
    taken = {"sommaire"}
    grouped: dict[str, list[TableBundle]] = {}
    for table in bundles.tables:
        grouped.setdefault(table.id, []).append(table)
    return tuple(_sheet(tables, figures, {**OTHER_NAMES, **names}, taken) for tables in grouped.values())


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that a spreadsheet accepts, unlike those taken already (whatever the case), which it joins."""
    base = FORBIDDEN.sub(" ", wanted).strip()[:LONGEST_NAME] or "Tableau"
    name, count = base, 1
    while name.lower() in taken:
        count += 1
        name = f"{base[: LONGEST_NAME - len(str(count)) - 1]} {count}"
    taken.add(name.lower())
    return name


def _sheet(
    tables: Sequence[TableBundle], figures: Sequence[FigureRow], names: Mapping[str, str], taken: set[str]
) -> Sheet:
    first = tables[0]
    own = tuple(figure for figure in figures if figure.indicateur == first.id)
    texts = {(t.territory, line, column): text for t in tables for line, column, text in t.texts}
    columns = _labels((t.columns for t in tables), dict.fromkeys(f.colonne for f in own))
    return Sheet(
        name=sheet_name(first.id, taken),
        title=first.title,
        section=first.section,
        unit=first.unit,
        definition=first.definition,
        source=first.source,
        headers=tuple(_headers(columns)),
        rows=tuple(_rows(tables, own, texts, columns, names)),
    )


def _labels(declared: Iterable[Iterable[Label]], used: Iterable[str]) -> tuple[Label, ...]:
    """Rows or columns of every bundle, once each, then the codes that only figures have."""
    labels: dict[str, Label] = {}
    for several in declared:
        for label in several:
            labels.setdefault(label.code, label)
    for code in used:
        labels.setdefault(code, Label(code, code, ""))
    return tuple(labels.values())


def _headers(columns: Sequence[Label]) -> Iterator[str]:
    """Labels of the columns; those that read alike (« Sorties » of several communes) are told apart by their code."""
    labels = [column.label for column in columns]
    for column in columns:
        yield column.label if labels.count(column.label) == 1 else f"{column.label} ({column.code})"


def told_apart(labels: Mapping[tuple[str, str], str]) -> Mapping[tuple[str, str], str]:
    """Words of each line and column by (table, code); those that read alike in a table are followed by their code."""
    times = Counter((table, words) for (table, _), words in labels.items())
    return {
        (table, code): words if times[table, words] == 1 else f"{words} ({code})"
        for (table, code), words in labels.items()
    }


def _rows(
    tables: Sequence[TableBundle],
    figures: Sequence[FigureRow],
    texts: Mapping[tuple[str, str, str], str],
    columns: Sequence[Label],
    names: Mapping[str, str],
) -> Iterator[SheetRow]:
    labels = _labels((table.rows for table in tables), dict.fromkeys(figure.ligne for figure in figures))
    cells = {(f.territoire, f.annee, f.ligne, f.colonne): f for f in figures}
    latest = max((figure.annee for figure in figures), default=0)
    places = [*dict.fromkeys((f.territoire, f.annee) for f in figures)]
    places += [(territory, latest) for territory in dict.fromkeys(key[0] for key in texts)]
    for territory, year in dict.fromkeys(places):
        for label in labels:
            contents = tuple(
                cells.get((territory, year, label.code, column.code))
                or (texts.get((territory, label.code, column.code)) if year == latest else None)
                for column in columns
            )
            if any(content is not None for content in contents):
                yield SheetRow(names.get(territory, territory), territory, year, label.label, label.kind, contents)

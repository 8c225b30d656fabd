"""A printed report as the checks see it: tables with labelled axes, prose in sections, declared relations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableRelations(_Strict):
    """What is known of one table."""

    unite: str = ""
    population: str = ""
    plusieurs_reponses: bool = False
    annee: int | None = None
    total: str = ""


class Composite(_Strict):
    """A line whose value lies between those of its members: « table/ligne » or « table/colonne »."""

    ensemble: str
    membres: tuple[str, ...]


class Relations(_Strict):
    """The whole of ``relations.yml``."""

    annee: int | None = None
    titre: str = ""
    tableaux: dict[str, TableRelations] = {}
    memes_populations: tuple[tuple[str, ...], ...] = ()
    composites: tuple[Composite, ...] = ()
    populations: str = ""


@dataclass(frozen=True)
class Population:
    """A known population: code and name of a territory, vintage, inhabitants."""

    code: str
    name: str
    vintage: int
    inhabitants: float


@dataclass(frozen=True)
class Spot:
    """Where something is printed, and what: file, line in it (0: the whole file), place in words, text."""

    path: str
    line: int
    place: str
    text: str


@dataclass(frozen=True)
class Line:
    """A row or a column: its label as printed, its place, its role (see ``labels.role``) and its unit."""

    label: str
    index: int
    role: str = "poste"
    unit: str = ""

    @property
    def key(self) -> str:
        """Name under which other tables know it."""
        return labels.canonical(self.label)

    @property
    def years(self) -> frozenset[int]:
        """Years that its label names."""
        return labels.years(self.label)

    @property
    def adds(self) -> bool:
        """Whether its values may be added to those of the other lines."""
        return self.role == "poste"


@dataclass(frozen=True)
class Table:
    """A table as printed.

    Parameters
    ----------
    name, path
        Stem of the file; file relative to the folder audited.
    title, corner
        First line if it was alone; first cell of the header.
    section, notes
        Headings of the prose above the place of the table; text between it and the next heading or table.
    rows, columns
        Labels in order.
    cells
        One tuple a row.
    declared
        What ``relations.yml`` says of it.
    turned
        Whether rows and columns were exchanged for a check that works on rows only.
    """

    name: str
    path: str
    title: str
    corner: str
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: tuple[tuple[Cell, ...], ...]
    declared: TableRelations = field(default_factory=TableRelations)
    turned: bool = False
    section: tuple[str, ...] = ()
    notes: str = ""

    @cached_property
    def transposed(self) -> Table:
        """The same table, rows and columns exchanged."""
        cells = tuple(zip(*self.cells, strict=True)) if self.cells else ()
        return replace(self, rows=self.columns, columns=self.rows, cells=cells, turned=not self.turned)

    def cell(self, row: Line, column: Line) -> Cell:
        """The cell where a row and a column cross."""
        return self.cells[row.index][column.index]

    def at(self, row: Line | None, column: Line | None, text: str | None = None, line: int | None = None) -> Spot:
        """The spot of a cell, of a row or of a column; the text and the line may be others than its own."""
        cell = self.cell(row, column) if row and column else Cell("")
        if row and not column and self.columns and not self.turned:
            cell = Cell("", line=self.cells[row.index][0].line)
        printed, where = cell.text if text is None else text, cell.line if line is None else line
        return Spot(self.path, where, self.place(row, column), printed)

    def place(self, row: Line | None = None, column: Line | None = None) -> str:
        """The place in words, rows first whatever the orientation."""
        if self.turned:
            row, column = column, row
        parts = [f"tableau « {self.heading} »"]
        if row is not None:
            parts.append(f"ligne « {row.label} »" if row.label else f"ligne {row.index + 1}")
        if column is not None:
            parts.append(f"colonne « {column.label} »" if column.label else f"colonne {column.index + 1}")
        return ", ".join(parts)

    @cached_property
    def total(self) -> Line | None:
        """The total row: the last one that names no year, since « Total 2022 » beside it is of another year."""
        totals = [row for row in self.rows if row.role == "total"]
        plain = [row for row in totals if not row.years]
        return next(reversed(plain or totals), None)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of all its words: title, headings above it, labels."""
        texts = [self.subject, *(line.label for line in (*self.rows, *self.columns))]
        return frozenset(word for text in texts for word in labels.stems(text))

    @property
    def own_years(self) -> frozenset[int]:
        """The year that the whole table is of, as declared or as its title says."""
        return frozenset({self.declared.annee}) if self.declared.annee else labels.years(f"{self.title} {self.corner}")

    @property
    def heading(self) -> str:
        """What a reader calls the table: its title, else a long corner, else the heading above it, else its file."""
        corner = self.corner if len(self.corner.split()) > 2 else ""
        return self.title or corner or (self.section[-1] if self.section else self.name)

    @property
    def subject(self) -> str:
        """All that says what the table is about."""
        return " ".join([self.title, self.corner, *self.section[-2:], self.name.replace("_", " "), self.declared.unite])

    @property
    def several_answers(self) -> bool:
        """Whether one person may be counted in several lines, as declared or as the title or a note says."""
        text = f"{self.title} {self.corner} {self.notes}"
        return self.declared.plusieurs_reponses or bool(labels.SEVERAL.search(labels.fold(text)))


@dataclass(frozen=True)
class Block:
    """A heading (level above 0), a paragraph, an item of a list (``item``) or the place of a table (``table``)."""

    text: str
    line: int
    level: int = 0
    item: bool = False
    table: str = ""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the prose, with the headings above it."""

    text: str
    line: int
    path: str
    section: tuple[str, ...]
    before: str = ""
    table: str = ""

    @property
    def place(self) -> str:
        """Section in words."""
        return f"section « {self.section[-1]} »" if self.section else "texte"

    def at(self, text: str) -> Spot:
        """The spot of a part of the sentence."""
        return Spot(self.path, self.line, self.place, text)


@dataclass(frozen=True)
class Document:
    """A file of prose."""

    path: str
    blocks: tuple[Block, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Report:
    """All that was printed, and what was declared about it."""

    tables: tuple[Table, ...]
    documents: tuple[Document, ...]
    relations: Relations = field(default_factory=Relations)
    populations: tuple[Population, ...] = ()

    @cached_property
    def year(self) -> int | None:
        """The year reported on, as declared or as the first heading says it."""
        headings = [block.text for document in self.documents for block in document.blocks if block.level == 1]
        titled = [text for text in headings if re.search(r"\brapport\b", labels.fold(text))]
        years = set(re.findall(r"\b(20\d\d)\b(?!\s*[-–])", " ".join(titled[:1])))
        return self.relations.annee or (int(years.pop()) if len(years) == 1 else None)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Sentences of all the prose."""
        return tuple(sentence for document in self.documents for sentence in document.sentences)

    @cached_property
    def label_stems(self) -> frozenset[str]:
        """Stems of the labels of all the tables."""
        lines = (line for table in self.tables for line in (*table.rows, *table.columns))
        return frozenset(word for line in lines for word in labels.stems(line.label))

    @cached_property
    def by_name(self) -> dict[str, Table]:
        """Tables by the stem of their file."""
        return {table.name: table for table in self.tables}

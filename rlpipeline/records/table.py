"""A table read: its typed frame, its texts and lines, and a finding for each header and cell that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from rlpipeline.records import communes, schema
from rlpipeline.records.cells import Cells, cleaned, rows_in, typed
from rlpipeline.records.findings import Finding, finding, renamed
from rlpipeline.records.names import nearest, simplified
from rlpipeline.records.personal import code_is_a_name, personal_header, personal_values
from rlpipeline.records.schema import Column, Lines, Mask, empty_frame
from rlpipeline.records.sources import Raw
from rlpipeline.settings.models import Service

MAX_RENAMED = 12


@dataclass(frozen=True)
class Table:
    """A table whose cells have been read: columns and dtypes of the contract, rows in the order of the source.

    ``texts`` are the columns of the contract that the source holds, as they are written there; ``lines`` those of the
    rows, ``ranked`` in a database, where nobody sees them. ``lost`` texts are of rows that could not be cut: their
    values are known, if not where they stand. ``findings`` are those of this table alone, cell by cell.
    """

    contract: schema.Table
    frame: pd.DataFrame
    texts: Mapping[str, Cells]
    lines: Lines
    lost: frozenset[str] = frozenset()
    ranked: bool = False
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """Its name in the contract."""
        return self.contract.name

    def columns(self, *kinds: schema.Kind) -> list[str]:
        """The columns of some kinds that the source holds, in the order of the contract."""
        return [column.name for column in self.contract.columns if column.kind in kinds and column.name in self.texts]

    def shown(self, name: str, row: int) -> str | None:
        """The text of a cell."""
        return self.texts[name].text(row) if name in self.texts else None

    def record(self, line: int) -> str:
        """What tells the row of that line from the others: its key, else its first columns."""
        row = int(np.searchsorted(self.lines, line))
        names = self.contract.key or self.contract.column_names[:3]
        return ", ".join(f"{name} = {self.shown(name, row) or 'vide'}" for name in names)

    def only(self, mask: Mask) -> Table:
        """The table with the rows of the mask alone."""
        texts = {name: cells.only(mask) for name, cells in self.texts.items()}
        return replace(self, frame=self.frame[mask].reset_index(drop=True), lines=self.lines[mask], texts=texts)

    def readable(self, *names: str) -> Mask:
        """Rows where all these columns hold something that was read."""
        mask = np.ones(len(self.lines), dtype=bool)
        for name in names:
            cells = self.texts.get(name)
            mask = mask & ~cells.unread & ~cells.missing if cells else np.zeros_like(mask)
        return mask

    def at(self, row: int, code: str, message: str, column: str, cells: Cells | None = None) -> Finding:
        """A finding of a row, with what its cell shows in the column."""
        shown = cells.text(row) if cells else self.shown(column, row)
        return finding(code, self.name, message, int(self.lines[row]), column, shown)


def read_table(raw: Raw, contract: schema.Table, service: Service) -> Table:
    """Read every cell of a table; rows that are empty from end to end are skipped."""
    cells = [cleaned(column) for column in raw.columns]
    blank = np.ones(len(raw.lines), dtype=bool)
    for column in cells:
        blank &= column.missing
    cells = [column.only(~blank) for column in cells]
    places, unknown, findings = match_headers(contract, raw, [not column.missing.all() for column in cells])
    series: dict[str, pd.Series] = {}
    texts: dict[str, Cells] = {}
    for name, place in places.items():
        texts[name], read = typed(contract.column(name), cells[place], service)
        series |= read
    table = Table(contract, _frame(contract, series, int((~blank).sum())), texts, raw.lines[~blank], raw.lost)
    for name, place in places.items():
        damaged = {line for line, column in raw.damaged if column == place}
        numbers = raw.numbers[place][~blank] if place in raw.numbers else np.zeros(len(table.lines), dtype=bool)
        findings += _of_cells(table, contract.column(name), damaged, numbers, service)
    if contract.about_young_people:
        kinds = {place: contract.column(name).kind for name, place in places.items()} | dict.fromkeys(unknown, "text")
        for place in (place for place, kind in kinds.items() if kind in ("text", "identifier")):
            findings += _personal(table, raw.header[place], cells[place], kinds[place] == "identifier")
    if "educateur" in places:
        findings += _educators_named(table, texts["educateur"])
    return replace(table, ranked=raw.header_line is None, findings=tuple(findings))


def _frame(contract: schema.Table, read: Mapping[str, pd.Series], rows: int) -> pd.DataFrame:
    """The frame of the contract: absent columns hold missing values, False for a yes-or-no, 0 for a year."""
    blank = empty_frame(contract).reindex(range(rows))
    fillers = {name: 0 for name, dtype in contract.dtypes.items() if str(dtype) in ("bool", "int64")}
    data = {name: read.get(name, blank[name].fillna(0) if name in fillers else blank[name]) for name in contract.dtypes}
    return pd.DataFrame(data, index=pd.RangeIndex(rows)).astype(contract.dtypes)


def match_headers(
    contract: schema.Table, raw: Raw, filled: Sequence[bool]
) -> tuple[dict[str, int], list[int], list[Finding]]:
    """Match headers with the columns of the contract: the position of each, those of unknown ones, and what was found.

    An unknown column whose header already speaks of a person is a finding, and not looked into.
    """
    name, line = contract.name, raw.header_line
    places: dict[str, int] = {}
    unknown: list[int] = []
    findings: list[Finding] = []
    # A header written exactly comes before one that only looks like it.
    for place in sorted(range(len(raw.header)), key=lambda rank: raw.header[rank] not in contract.column_names):
        written = raw.header[place]
        column = simplified(written)
        if column in places:
            message = f"L'en-tête « {column} » est présent deux fois ; renommer ou retirer l'une des deux colonnes."
            findings.append(finding("E008", name, message, line, column, written))
        elif column in contract.column_names:
            places[column] = place
            findings += [renamed(name, written, column, "L'en-tête", line)] if written != column else []
        elif column and (like := personal_header(written)) and contract.about_young_people:
            message = f"La colonne semble contenir {like} ; la retirer : cette table parle de jeunes."
            findings.append(finding("E301", name, message, line, written))
        elif column:
            unknown.append(place)
        elif filled[place]:
            message = f"La colonne n° {place + 1} contient des valeurs mais n'a pas d'en-tête ; la nommer ou la vider."
            findings.append(finding("E008", name, message, line))
    for missing in (one for one in contract.columns if one.required and one.name not in places):
        message = f"Colonne obligatoire absente ({missing.note}) ; l'ajouter avec l'en-tête « {missing.name} »."
        findings.append(finding("E002", name, message, line, missing.name))
    if unknown:
        written_there = [raw.header[place] for place in unknown]
        findings.append(finding("A002", name, _unknown(contract, written_there), line, ", ".join(written_there)))
    return places, unknown, findings


def _unknown(contract: schema.Table, written: Sequence[str]) -> str:
    near = {name: nearest(name, contract.column_names) for name in written}
    renaming = [f"renommer « {name} » en « {meant} »" for name, meant in near.items() if meant]
    hints = [*renaming[:MAX_RENAMED], *(["…"] if len(renaming) > MAX_RENAMED else [])]
    if len(written) == 1:
        hint = f"la {hints[0]} s'il s'agit de cette colonne" if hints else "la retirer si elle ne sert à rien"
        return f"Colonne inconnue, elle n'est pas lue ; {hint}."
    hint = f" ; {', '.join(hints)} s'il s'agit de ces colonnes" if hints else ""
    return f"{len(written)} colonnes inconnues, non lues{hint} ; retirer celles qui ne servent à rien."


def _of_cells(table: Table, column: Column, damaged: set[int], numbers: Mask, service: Service) -> Iterator[Finding]:
    """What is wrong in a column: cells unread or empty, codes that a spreadsheet made numbers of, other communes."""
    name, cells = column.name, table.texts[column.name]
    for row in rows_in(cells.unread):
        unread = cells.wrong[int(cells.rows[row])]
        yield table.at(row, unread.code, unread.message[0].upper() + unread.message[1:], name)
    if not column.nullable and column.kind != "number":  # an empty cell of a number is « nc », required or not
        for row in rows_in(cells.missing & ~np.isin(table.lines, list(damaged))):
            yield table.at(row, "E105", f"Cellule vide ; attendu : {column.note} ; la remplir.", name)
    if column.kind in ("commune", "territory"):
        floated = numbers | cells.rows_with(cells.matching(r"^\d+\.0+$"))
        for row in rows_in(floated & table.readable(name)):
            message = "Code enregistré comme un nombre, gardé comme code ; mettre la colonne au format texte."
            yield table.at(row, "A101", message, name)
        codes = table.frame[name]
        doubts = {code: doubt for code in codes.dropna().unique() if (doubt := communes.doubtful(code, service))}
        for row in rows_in(codes.isin(list(doubts))):
            yield table.at(row, "P211", doubts[codes[row]], name)


def _personal(table: Table, header: str, cells: Cells, identifier: bool) -> Iterator[Finding]:
    """Values that seem to identify someone."""
    labels = personal_values(cells.values, identifier)
    for row in rows_in(cells.rows_with(labels)):
        label = labels[int(cells.rows[row])]
        message = f"La valeur ressemble à {label} ; la remplacer par un pseudonyme ou la retirer."
        yield table.at(row, "E302", message, header, cells)


def _educators_named(table: Table, cells: Cells) -> Iterator[Finding]:
    named = [place for place, text in enumerate(cells.values.to_pylist()) if code_is_a_name(text or "")]
    for row in rows_in(cells.rows_with(named)):
        message = "La valeur ressemble à un prénom ; écrire le code de l'éducateur (EDU-01), jamais son nom."
        yield table.at(row, "E302", message, "educateur")

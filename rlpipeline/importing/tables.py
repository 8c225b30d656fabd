"""A table of an export as the workbook says it: its headers, its lines and what is none, where its columns go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row
from rlpipeline.importing.sources import Place, heading_of
from rlpipeline.importing.vocabulary import Said, Target, text
from rlpipeline.records.parsing import text_of
from rlpipeline.records.tabular import Sheet
from rlpipeline.settings.models import Service

FILE_NAME, SHEET_NAME, HEADING = "(nom du fichier)", "(nom de la feuille)", "(titre) "
CONSTANT = "(partout la même valeur)"
BELOW = "sous la dernière ligne"
LINES = (a.HEADERS, a.FIRST, a.LAST)
_LINES = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


class Use(NamedTuple):
    """A column that goes somewhere, by its place among the headers (-1: no column holds it).

    A ``common`` column fills every row that a line gives to its table, another the row of its ``slot``: rank and
    sayings of its header, or its place where a ``sign`` parts the answers of a cell. A ``ticked`` one only says whether
    there is a row. ``kind`` is that of its cells, ``label`` what the sheet of words calls it.
    """

    row: Row
    place: int
    target: Target
    said: Said
    ticked: bool
    kind: str
    label: str
    sign: str
    slot: object
    common: bool = False

    def parts(self, cell: object) -> Sequence[object]:
        """The different answers that a cell holds; the cell itself where nothing parts them, or it is empty."""
        parts = dict.fromkeys(map(text, (text_of(cell) or "").split(self.sign))) if self.sign else {}
        return [part for part in parts if part] or [cell]


@dataclass
class Table:
    """A table of an export, as its row of « Tableaux » says it.

    Tables of the same headers share their ``columns``, rows of « Colonnes » with their places among the headers (-1:
    no column holds what they say). ``aside`` is every row of the sheet that holds something and is no line, with the
    reason, once the lines are read.
    """

    row: Row
    sheet: Sheet
    service: Service
    columns: list[tuple[Row, int]] = field(default_factory=list)
    aside: dict[int, str] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        """Name of the file, with that of the sheet."""
        return f"{self.row['fichier']}, feuille « {self.sheet.name} »" if self.sheet.name else self.row["fichier"]

    @property
    def label(self) -> str:
        """What the account calls it."""
        return f"tableau {self.row['tableau']}"

    @property
    def kind(self) -> str:
        """What a line is; « rien » as long as nobody says it."""
        return self.row.one_of(a.KIND, v.KINDS) or v.NOTHING

    @property
    def year(self) -> int | None:
        """The year that stands for the whole table."""
        return int(self.row[a.YEAR]) if re.fullmatch(r"(?:19|20)\d\d", self.row[a.YEAR]) else None

    @property
    def commune(self) -> str:
        """The name or the code of the commune that stands for the whole table."""
        return "" if self.row[a.COMMUNE] in (a.A_COLUMN, a.A_HEADING, a.NOWHERE) else self.row[a.COMMUNE]

    @cached_property
    def place(self) -> Place:
        """Where it stands; DataError where these answers cannot be followed."""
        lines: list[tuple[int, int]] = []
        for name in LINES:
            match = _LINES.fullmatch(self.row[name])
            if not match or int(match[1]) < 1 or (match[2] and name != a.HEADERS):
                raise self.row.refusal(name, "numéro")
            lines.append((int(match[1]), int(match[2] or match[1])))
        place = Place(lines[0], lines[1][0], lines[2][0])
        if not place.headers[0] <= place.headers[1] < place.first <= place.last:
            raise self.row.refusal(a.FIRST, "ordre")
        return place

    @cached_property
    def grid_headers(self) -> list[str]:
        """Header of each column of the grid, two rows joined by « / »."""
        first, last = self.place.headers
        rows = [self.sheet_row(number) for number in range(first, last + 1)]
        names, above = [], ""
        for column in range(max((len(row) for row in self.sheet.rows[first - 1 : self.place.last]), default=0)):
            parts = [text(row[column]) if column < len(row) else "" for row in rows]
            if len(parts) > 1:  # a group's name stands above its first column alone
                above = parts[0] or (above if parts[-1] else "")
                parts[0] = above
            names.append(" / ".join(dict.fromkeys(filter(None, parts))))
        return names

    @cached_property
    def headings(self) -> Mapping[int, Mapping[str, object]]:
        """Row of each heading to what it says, those above the headers first."""
        first, last = self.place.headers
        width = sum(bool(text(cell)) for cell in self.sheet_row(last))
        rows = [*range(1, first), *range(self.place.first, self.place.last + 1)]
        return {number: pairs for number in rows if (pairs := heading_of(self.sheet_row(number), width))}

    @cached_property
    def headers(self) -> list[str]:
        """The headers of the grid, then what headings say, the name of the file and that of the sheet."""
        said = dict.fromkeys(HEADING + label for pairs in self.headings.values() for label in pairs)
        return [*self.grid_headers, *(said if self.row[a.TITLED].casefold() == "oui" else ()), FILE_NAME, SHEET_NAME]

    @cached_property
    def lines(self) -> Mapping[int, Sequence[object]]:
        """Number in the sheet of each line to its cells, by header."""
        first, last = self.place.headers
        width, left_out = len(self.grid_headers), self._left_out()
        header = [text(cell) for cell in self.sheet_row(last)]
        said: dict[str, object] = {}
        below, lines = False, {}
        for number, row in enumerate(self.sheet.rows, 1):
            written = [text(cell) for cell in row]
            cells = [*row, *([None] * (width - len(row)))][:width]
            cells += [said.get(name.removeprefix(HEADING)) for name in self.headers[width:-2]]
            if first <= number <= last or not any(written):
                continue
            if number in self.headings and len(self.headers) > width + 2:
                said = {**({} if below else said), **self.headings[number]}  # another block begins
                below, self.aside[number] = False, "titre"
            elif not self.place.first <= number <= self.place.last:
                self.aside[number] = BELOW if number > self.place.last else "au-dessus"
            elif written[: len(header)] == header:
                self.aside[number] = "en-têtes répétés"
            elif why := [f"écartée : {name} = {sign}" for place, name, sign in left_out if _is(cells[place], sign)]:
                self.aside[number] = why[0]
            else:
                file = self.row["fichier"].rpartition(".")[0]
                below, lines[number] = True, [*cells, file, self.sheet.name]
        return lines

    def _left_out(self) -> list[tuple[int, str, str]]:
        headers = [unaccented(header) for header in self.headers[:-2]]
        found = []
        for part in filter(None, map(str.strip, self.row[a.OUT].split(";"))):
            name, mark, pattern = (piece.strip() for piece in part.partition("="))
            if not mark:
                raise self.row.refusal(a.OUT, "lignes à écarter")
            if unaccented(name) not in headers:
                raise self.row.refusal(a.OUT, "autre en-tête", en_tete=name)
            found.append((headers.index(unaccented(name)), name, pattern))
        return found

    def sheet_row(self, number: int) -> list[object]:
        """The cells of a row of the sheet."""
        return self.sheet.rows[number - 1] if number <= len(self.sheet.rows) else []

    def target(self, row: Row) -> Target | None:
        """Where a column goes, None where it is left or not answered; DataError where it cannot go there."""
        target = v.targets().get(row.one_of(a.TARGET, [v.LEFT, *v.targets()]))
        if target and target not in v.targets_of_kind(self.kind):
            raise row.refusal(a.TARGET, "ne va pas là", genre=self.kind)
        if target and row[a.SEPARATOR] not in ("", a.NO_SIGN) and not target.is_several:
            raise row.refusal(a.SEPARATOR, "plusieurs par case", cible=target.label)
        return target

    def uses(self) -> list[Use]:
        """The columns that go somewhere; DataError where what a header says means nothing there."""
        told: list[tuple[Row, int, Target, Said]] = []
        for row, place in self.columns:
            if target := self.target(row):
                whole = Said(0, ((target.column, row[a.SAID]),))  # what no column holds is said as it is
                said = whole if place < 0 else v.said(row[a.SAID], target, self.service, self.year)
                if said is None:
                    raise row.refusal(a.SAID, "en-tête")
                told.append((row, place, target, said))
        counted = {target for _, _, target, said in told if said.rank}  # where one is the second, others are the first
        uses = []
        for row, place, target, said in told:
            ticked = place >= 0 and target.column in dict(said.values)
            sign = {a.LINE_BREAK: "\n", a.NO_SIGN: ""}.get(row[a.SEPARATOR], row[a.SEPARATOR])
            ranked = said._replace(rank=said.rank or int(target in counted))
            slot = place if sign and target.table != v.OF_LINE else ranked
            kind, label = ("code", target.label + v.TICKED) if ticked else (target.kind, target.label)
            uses.append(Use(row, place, target, ranked, ticked, kind, label, sign, slot))
        several = {use.target.table for use in uses if use.place >= 0 and use.slot != Said()}
        return [use._replace(common=use.slot == Said() and use.target.table in several) for use in uses]

    def read_lines(self, uses: Sequence[Use]) -> Iterator[tuple[int, list[object]]]:
        """Number and cells of each line, once for each person that a cell names.

        Empty cells hold what stands above where the answers say so, beside the first such column only where that is
        empty too.
        """
        places = sorted(use.place for use in uses if use.place >= 0 and use.row[a.EMPTY] == a.ABOVE)
        who = next((use for use in uses if use.target.names_a_person and use.sign), None)
        above: dict[int, object] = {}
        for number, cells in self.lines.items():
            row = list(cells)
            begins = bool(places) and bool(text(row[places[0]]))
            for place in places:
                if text(row[place]) or begins:
                    above[place] = row[place]
                else:
                    row[place] = above.get(place)
            for name in who.parts(row[who.place]) if who else [None]:
                yield number, [name if who and who.place == place else cell for place, cell in enumerate(row)]


def _is(cell: object, pattern: str) -> bool:
    return fnmatchcase(unaccented(text(cell)), unaccented(pattern))

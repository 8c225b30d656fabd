"""``correspondance.xlsx`` as rows of answers: its sheets and columns, its words, and reading them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rlpipeline.errors import DataError
from rlpipeline.importing.cells import text
from rlpipeline.importing.reading import sheets_of

FILE = "correspondance.xlsx"
TABLES, COLUMNS, WORDS, PEOPLE, ACCOUNT = "Tableaux", "Colonnes", "Mots", "Personnes et actions", "Compte"
KIND, YEAR, COMMUNE, TITLED, OUT = "une ligne est…", "année", "commune", "titres au-dessus", "lignes à écarter"
HEADERS, FIRST, LAST = "ligne des en-têtes", "première ligne", "dernière ligne"
TARGET, SAID, SEPARATOR, ORDER, UNIT, EMPTY = (
    *("va dans", "l'en-tête dit", "séparateur", "jour et mois", "unité", "vide veut dire"),
)
WORD, MEANING = "mot", "veut dire"
SAME, KEEP = "le même ou deux", "garder"
SEEN, PROPOSED = "vu", "proposé"
A_COLUMN, A_HEADING, NOWHERE = "une colonne", "un titre au-dessus des lignes", "sans objet"
NOTED, ZERO, ABOVE = "rien n'est noté", "zéro", "comme au-dessus"
BLANK, LEAVE_LINE, EMPTY_CELL = "laisser vide", "écarter la ligne", "(case vide)"
ONE, TWO = "le même", "deux"
KEEP_FIRST, KEEP_LAST = "la première valeur", "la dernière valeur"
SHEETS: Mapping[str, tuple[str, ...]] = {
    TABLES: (
        *("tableau", "fichier", "feuille", "colonnes", HEADERS, FIRST, LAST, KIND, YEAR, COMMUNE, TITLED, OUT, SEEN),
        *("à savoir", PROPOSED, "chemin"),
    ),
    COLUMNS: (
        *("colonnes", "colonne", "en-tête", "exemples", "remplie", "différents"),
        *(TARGET, SAID, SEPARATOR, ORDER, UNIT, EMPTY, SEEN, "à savoir", PROPOSED),
    ),
    WORDS: (TARGET, WORD, "fois", "où", MEANING, "à savoir", PROPOSED),
    PEOPLE: ("qui ou quoi", "ce qui diffère", "où", SAME, KEEP, "empreinte"),
    ACCOUNT: (
        *("table", "ce qui est compté", "dans l'export", "dans les données", "écart"),
        *("pourquoi, ligne par ligne", SEEN),
    ),
}  # fmt: skip
"""Sheet to its columns."""


@dataclass
class Row:
    """A row of a sheet of the workbook: what stands under each header.

    Parameters
    ----------
    line
        Its number in the sheet; 0 where it is not written yet.
    wanted
        The headers whose cells must be filled before anything is read: they are yellow.
    """

    sheet: str
    cells: dict[str, str]
    line: int = 0
    wanted: list[str] = field(default_factory=list)

    def __getitem__(self, header: str) -> str:
        return self.cells.get(header, "")

    def want(self, *headers: str) -> None:
        """Ask for an answer in a cell that is empty."""
        self.wanted += [header for header in headers if not self[header] and header not in self.wanted]

    def place(self, header: str) -> str:
        """Sheet and cell, as a person looks for them."""
        from openpyxl.utils import get_column_letter  # noqa: PLC0415

        return f"feuille « {self.sheet} », cellule {get_column_letter(SHEETS[self.sheet].index(header) + 1)}{self.line}"

    def refusal(self, header: str, what: str, todo: str, expected: str | None = None) -> DataError:
        """The error of an answer that cannot be followed."""
        got = f"« {self[header]} »" if self[header] else "une cellule vide"
        return DataError(what, where=f"{FILE}, {self.place(header)}", expected=expected, got=got, todo=todo)


@dataclass
class Correspondence:
    """All the answers: rows by sheet."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SHEETS})

    def __getitem__(self, sheet: str) -> list[Row]:
        return self.rows[sheet]

    @property
    def unanswered(self) -> list[tuple[Row, str]]:
        """The cells that are yellow, in the order of the sheets."""
        return [(row, header) for name in SHEETS for row in self.rows[name] for header in row.wanted]


def read_correspondence(path: Path) -> Correspondence:
    """Read the workbook as a person left it; sheets that are not ours are let alone.

    Raises
    ------
    DataError
        A sheet or a column of it is missing.
    """
    sheets = {sheet.name: sheet.rows for sheet in sheets_of(path)}
    found = Correspondence()
    for name, headers in SHEETS.items():
        grid = [[text(cell) for cell in row] for row in sheets.get(name, ())]
        start = next((number for number, row in enumerate(grid) if row[: len(headers[:2])] == list(headers[:2])), None)
        if start is None:
            raise DataError(
                f"La feuille « {name} » manque, ou ses en-têtes ont changé.",
                where=str(path),
                expected=", ".join(headers[:2]),
                todo=f"la remettre, ou retirer {FILE} et recommencer l'import",
            )
        places = {header: grid[start].index(header) for header in headers if header in grid[start]}
        for number, row in enumerate(grid[start + 1 :], start + 2):
            cells = {header: row[place] for header, place in places.items() if place < len(row) and row[place]}
            if cells:
                found.rows[name].append(Row(name, cells, number))
    return found


def one_of(row: Row, header: str, allowed: Iterable[str]) -> str:
    """The answer of a cell that holds one of a few words, whatever its case; empty where the cell is.

    Raises
    ------
    DataError
        It holds something else.
    """
    words = {word.casefold(): word for word in allowed}
    answer = row[header].casefold()
    if answer and answer not in words:
        raise row.refusal(
            header, "Cette réponse n'est pas dans la liste.", "choisir dans la liste", shown(list(words.values()))
        )
    return words.get(answer, "")


def shown(words: Sequence[str], most: int = 8) -> str:
    """A list as a sentence shows it."""
    return ", ".join(words[:most]) + (f"… ({len(words)} en tout)" if len(words) > most else "")

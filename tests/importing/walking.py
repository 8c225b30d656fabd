"""A service that imports, as a person does: the command, then the workbook opened and answered cell by cell."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from rlpipeline.cli import main
from rlpipeline.importing import FILE, answers
from rlpipeline.importing import vocabulary as v
from rlpipeline.settings.project import project_file

SETTINGS = (
    'nom: SPS\ndepartement: "62"\ncommunes:\n'
    '  - {code: "62215", nom: Carvin}\n  - {code: "62637", nom: Oignies}\n'
)
Grid = Sequence[Sequence[object]]
SHEETS = {
    kind.title: tuple(question.header for question in kind.questions().values())
    for kind in answers.SHEETS
}
"""Sheet to its headers, as a person reads them."""
TABLES, COLUMNS, WORDS, PEOPLE, ACCOUNT = SHEETS
HEADERS, FIRST, LAST = "ligne des en-têtes", "première ligne", "dernière ligne"
KIND, YEAR, COMMUNE, SEEN = "une ligne est…", "année", "commune", "vu"
HEADER, TARGET, SAID = "en-tête", "va dans", "l'en-tête dit"
ORDER, UNIT, EMPTY = "jour et mois", "unité", "vide veut dire"
WORD, MEANING = "mot", "veut dire"
TABLE, COUNTED, WHY = "table", "ce qui est compté", "pourquoi, ligne par ligne"
SAME, KEEP = "le même ou deux", "garder"
A_COLUMN, NOWHERE, BLANK = str(v.WhereRead.COLUMN), str(v.WhereRead.NOWHERE), str(v.Meaning.BLANK)
NOTED, ZERO, TWO = str(v.Blank.NOTED), str(v.Blank.ZERO), str(v.Same.TWO)


def service(root: Path, settings: str = SETTINGS) -> Path:
    """Write the folder of a service."""
    (root / "params").mkdir()
    (root / "params/service.yml").write_text(settings, encoding="utf-8")
    (root / "rlpipeline.yml").write_text(project_file("source"), encoding="utf-8")
    return root


def table(root: Path, name: str, folder: str = "source") -> list[dict[str, str]]:
    """Read a table as import wrote it."""
    with (root / folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def export(root: Path, grid: Grid, name: str = "export.xlsx", sheet: str = "Feuil1") -> str:
    """Write rows as a workbook, or as CSV."""
    if name.endswith(".csv"):
        with (root / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(grid)
        return name
    book = openpyxl.load_workbook(root / name) if (root / name).exists() else openpyxl.Workbook()
    if not (root / name).exists():
        book.remove(book.active)
    page = book.create_sheet(sheet)
    for row in grid:
        page.append(list(row))
    book.save(root / name)
    return name


class Answers:
    """The workbook in a person's hands; ``save`` puts it back."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        self.book = openpyxl.load_workbook(self.path)

    def rows(self, sheet: str) -> list[dict[str, str]]:
        """The rows of a sheet, « n » being their numbers."""
        page = self.book[sheet]
        start = next(row for row in range(1, 9) if page.cell(row, 1).value == SHEETS[sheet][0])
        found = []
        for number in range(start + 1, page.max_row + 1):
            cells = [page.cell(number, place + 1).value for place in range(len(SHEETS[sheet]))]
            if any(cells):
                found.append(
                    {"n": str(number)}
                    | {h: str(c or "") for h, c in zip(SHEETS[sheet], cells, strict=True)}
                )
        return found

    def put(self, sheet: str, row: Mapping[str, str], header: str, answer: str) -> None:
        """Type in a cell."""
        self.book[sheet].cell(int(row["n"]), SHEETS[sheet].index(header) + 1).value = answer

    def answer(self, sheet: str, where: Mapping[str, str], answers: Mapping[str, str]) -> int:
        """Type the same answers in every row that says so; how many there are."""
        rows = [
            row
            for row in self.rows(sheet)
            if all(row[header] == text for header, text in where.items())
        ]
        for row in rows:
            for header, answer in answers.items():
                self.put(sheet, row, header, answer)
        return len(rows)

    def yellow(self) -> list[tuple[str, str]]:
        """The cells that are yellow as long as they are empty: sheet and cell."""
        return [
            (page.title, str(cell))
            for page in self.book
            for cells in page.conditional_formatting
            for cell in cells.cells.ranges
            if page[str(cell)].value in (None, "")
        ]

    def accept(self) -> None:
        """Do what somebody in a hurry does: « oui » wherever it is asked whether a row was seen, nothing else."""
        for sheet, cell in self.yellow():
            row = self.book[sheet][cell]
            if sheet in (TABLES, COLUMNS, ACCOUNT) and row.column == SHEETS[sheet].index(SEEN) + 1:
                row.value = "oui"

    def answer_as(self, kept: answers.Answers) -> None:
        """Type what is in another workbook: in yellow cells, and over proposals that are wrong."""
        yellow = {*self.yellow()}
        now = answers.read_answers(self.path)
        letters = {(row.file, row.sheet): row.group for row in kept.tables if row.kind != "rien"}
        of_kept = {row.group: letters.get((row.file, row.sheet), "") for row in now.tables}
        for (kind, rows), (_, others) in zip(now.sheets(), kept.sheets(), strict=True):
            known: dict[object, list[answers.AnswerRow]] = {}
            for other in others:
                known.setdefault(_what(other, {}), []).append(other)
            for row in rows:
                same = known.get(_what(row, of_kept), [])
                other = same[0] if same else row
                del same[: len(same) > 1]  # the next one of the same name
                for name in kind.questions():
                    answer, cell = getattr(other, name), self.cell(row, name)
                    if (kind.title, cell.coordinate) in yellow:
                        cell.value = "oui" if name == "seen" else answer or BLANK_OF[kind]
                    elif name in CORRECTED:
                        cell.value = answer or None

    def cell(self, row: answers.AnswerRow, name: str) -> Any:
        """The cell of an answer."""
        return self.book[row.title].cell(row.line, row.rank(name) + 1)

    def save(self) -> None:
        """Save the workbook."""
        self.book.save(self.path)


CORRECTED = ("kind", "year", "commune", "left_out", "headers", "first", "last")
CORRECTED += ("target", "header_says", "lookup", "meaning")
"""What is corrected though it is not asked."""
BLANK_OF = dict.fromkeys(answers.SHEETS, "") | {answers.WordRow: BLANK}
"""What is typed where the other workbook says nothing."""


def _what(row: answers.AnswerRow, letters: Mapping[str, str]) -> object:
    """What a row of a workbook is about; ``letters`` are those of another one."""
    match row:
        case answers.TableRow():
            return row.file, row.sheet
        case answers.ColumnRow():
            return letters.get(row.group, row.group), row.header
        case answers.WordRow():
            return row.key
        case answers.PersonRow():
            return row.digest
    return row


def accept(root: Path) -> None:
    """Open the workbook, accept, save."""
    answers = Answers(root)
    answers.accept()
    answers.save()


def bring_in(
    root: Path, file: str, replies: Mapping[tuple[str, str, str], Mapping[str, str]], turns: int = 6
) -> int:
    """Import a file, answering as one goes; give the code of the last command, which is not ``--valider``. ``replies``
    are sheet, header and text of a row to what is typed in it."""
    main(["import", file])
    code, before = 2, None
    for _ in range(turns):
        paper = Answers(root)
        now = [paper.rows(sheet) for sheet in SHEETS]
        if now == before or (
            code != 2 and not paper.yellow()
        ):  # the same answers would be given again
            break
        before = now
        for (sheet, header, text), typed in replies.items():
            paper.answer(sheet, {header: text}, typed)
        paper.accept()
        paper.save()
        code = main(["import"])
    return code

"""Exports unlike one another come in by declared answers; nothing is merged, blank or misread in silence.

Each case of ``cases/`` is an export, what is answered in the workbook, and all that comes of it; README.md tells how
one is written.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from rlpipeline.cli import main
from tests.importing import walking as a
from tests.importing.walking import SETTINGS, Answers, bring_in, export, service, table

Step = dict[str, Any]
FOLDER = Path(__file__).parent / "cases"
NAMED_BY = {
    a.TABLES: "tableau",
    a.COLUMNS: a.HEADER,
    a.WORDS: a.WORD,
    a.PEOPLE: "qui ou quoi",
    a.ACCOUNT: a.COUNTED,
}
"""Sheet to the header of what a row is about."""
ANSWERED_IN = {
    a.TABLES: a.KIND,
    a.COLUMNS: a.TARGET,
    a.WORDS: a.MEANING,
    a.PEOPLE: a.SAME,
    a.ACCOUNT: a.SEEN,
}
"""Sheet to the header that is meant where none is named."""
DRAWN = {"id_jeune", "id_suivi", "id_action", "educateur"}
"""Columns of codes that the import draws: A, B, C… in their order here."""
FILE, DRAFT, TURNS = "export.xlsx", "brouillon-import", 6
yaml.add_constructor("!time", lambda _, node: time.fromisoformat(node.value), yaml.SafeLoader)


def cases() -> Iterator[Any]:
    """Give each case, and each of its variants: the same but for what the last step has of its own."""
    for path in sorted(FOLDER.glob("*.yml")):
        for case in yaml.safe_load(path.read_text("utf-8")):
            for number, variant in enumerate(case.get("variants", [{}])):
                steps = [case, *case.get("then", ())]
                steps[-1] = laid_over(steps[-1], variant)
                yield pytest.param(steps, id=f"{path.stem}: {case['case']} [{number}]")


def laid_over(before: Step, after: Step) -> Step:
    """Lay answers and expectations over those before."""
    both = {key for key in after if isinstance(before.get(key), dict) and key != "sheets"}
    return before | after | {key: laid_over(before[key], after[key]) for key in both}


@pytest.mark.parametrize("steps", [*cases()])
def test_a_case(
    steps: list[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    service(tmp_path, SETTINGS + steps[0].get("service", ""))
    replies: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for step in steps:
        lay_sheets(step, tmp_path)
        for where, typed in answers_of(step):
            replies[where] |= typed
        before = written(tmp_path)
        end = walked(step, tmp_path, replies)
        said = "".join(capsys.readouterr())
        assert end == step["ends"], said
        assert end == "comes in" or written(tmp_path) == before
        assert end != "refused" or step is not steps[0] or not (tmp_path / DRAFT).exists()
        assert not [text for text in step.get("says", ()) if text not in said], said
        assert not {f"{name}.csv" for name in step.get("without", ())} & {*written(tmp_path)}
        assert tables_of(step, tmp_path) == texts(step.get("tables", {}))
        compare_workbook(step, Answers(tmp_path))


def lay_sheets(step: Step, root: Path) -> None:
    """Write the sheets of ``export.xlsx``, or files, that a step has; merge, hide and strike in its first sheet."""
    for name, rows in step.get("sheets", {}).items():
        (root / name).parent.mkdir(exist_ok=True)
        if name.endswith((".csv", ".xlsx")):
            export(root, rows, name)
        else:
            export(root, rows, FILE, name)
    if not {"merged", "hidden", "struck"} & {*step}:
        return
    book = openpyxl.load_workbook(root / FILE)
    page = book.worksheets[0]
    for cells in step.get("merged", ()):
        page.merge_cells(cells)
    for number in step.get("hidden", ()):
        page.row_dimensions[number].hidden = True
    for cell in step.get("struck", ()):
        page[cell].font = openpyxl.styles.Font(strike=True)
    book.save(root / FILE)


def answers_of(step: Step) -> Iterator[tuple[tuple[str, str, str], dict[str, str]]]:
    """Give what is typed: sheet, header and text of the rows, then header to answer."""
    for sheet, rows in step.get("answers", {}).items():
        for named, answers in rows.items():
            header, _, text = str(named).rpartition(" = ")
            typed = answers if isinstance(answers, dict) else {ANSWERED_IN[sheet]: answers}
            yield (
                (sheet, header or NAMED_BY[sheet], text),
                {key: str(answer) for key, answer in typed.items()},
            )


def walked(step: Step, root: Path, replies: Any) -> str:
    """Import, answer as often as it takes (or in so many ``turns``) and say how that ends."""
    file, turns = step.get("import", FILE), step.get("turns", TURNS)
    code = bring_in(root, file, replies, turns) if turns else main(["import", file])
    if code == 3:
        return "refused"
    if step["ends"] == "draft":
        return "draft" if code == 0 else "asked"
    is_stopped = main(["import", "--valider"]) == 3
    assert is_stopped or code == 0, "what is asked may not be passed over"
    return "asked" if code else "stopped" if is_stopped else "comes in"


def written(root: Path) -> dict[str, str]:
    """Read the tables of the service."""
    return {path.name: path.read_text("utf-8") for path in (root / "source").glob("*.csv")}


def tables_of(step: Step, root: Path) -> dict[str, list[str]]:
    """Read what a step expects of each table (of the draft, until it is accepted), written as there."""
    codes: dict[str, dict[str, str]] = defaultdict(lambda: {"": ""})
    folder, found = "source" if step["ends"] == "comes in" else DRAFT, {}
    for name, (header, *_) in step.get("tables", {}).items():
        is_there = (root / folder / f"{name}.csv").exists()
        rows = table(root, name, folder) if is_there else []
        educators = [row.get("educateur", "") for row in rows]
        assert educators == [code.upper() for code in educators], "a name, and no code nor initials"
        for row in rows:
            for column in DRAWN & {*row}:
                row[column] = codes[column].setdefault(row[column], chr(64 + len(codes[column])))
        columns = header.split(",")
        found[name] = [header, *(",".join(row[column] for column in columns) for row in rows)]
    return found


def texts(tables: dict[str, list[object]]) -> dict[str, list[str]]:
    """Write the cells of a column alone, which YAML reads as numbers and dates, as texts."""
    return {name: [str(row) for row in rows] for name, rows in tables.items()}


def compare_workbook(step: Step, answers: Answers) -> None:
    """Compare sheets of the workbook: what is asked, whole sheets, rows that are there, and those that are not."""
    for sheet, expected in step.get("asks", {}).items():
        cells = sorted(asked(answers, sheet))
        assert len(cells) == len(expected), cells
        assert all(map(reads, cells, sorted(map(str, expected)))), cells
    for sheet, expected in step.get("lists", {}).items():
        rows = answers.rows(sheet)
        assert len(rows) == len(expected)
        assert all(map(agrees, rows, expected)), rows
    for sheet, expected in step.get("shows", {}).items():
        rows = answers.rows(sheet)
        assert not [cells for cells in expected if not any(agrees(row, cells) for row in rows)]
    for sheet, expected in step.get("hides", {}).items():
        rows = answers.rows(sheet)
        assert not [cells for cells in expected if any(agrees(row, cells) for row in rows)]


def asked(answers: Answers, sheet: str) -> set[str]:
    """Give the cells that wait for an answer: what the row is about, then the header where that is another."""
    rows = {row["n"]: row for row in answers.rows(sheet)}
    found = set()
    for page, cell in answers.yellow():
        letters, line = openpyxl.utils.cell.coordinate_from_string(cell)
        header = a.SHEETS[page][openpyxl.utils.column_index_from_string(letters) - 1]
        if page == sheet:
            named = rows[str(line)][NAMED_BY[sheet]]
            found.add(named if header == ANSWERED_IN[sheet] else f"{named} : {header}")
    return found


def agrees(row: dict[str, str], cells: dict[str, object]) -> bool:
    """Tell whether a row has these cells."""
    return all(reads(row[header], text) for header, text in cells.items())


def reads(cell: str, expected: object) -> bool:
    """Tell whether a cell reads so; « … » is any text."""
    pattern = re.escape(str(expected)).replace("…", ".*")
    return re.fullmatch(pattern, cell, re.DOTALL) is not None

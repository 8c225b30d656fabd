"""Twelve exports unlike one another, each with its filled workbook, come in to the cell.

Slow: all but four of them.
"""

import csv
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from rlpipeline.cli import main
from rlpipeline.importing.answers import read_answers
from rlpipeline.importing.people import KEY, Pseudonyms
from rlpipeline.importing.vocabulary import identifier_key
from rlpipeline.records.communes import by_code
from rlpipeline.records.tables import table_named
from tests.importing import walking as a
from tests.importing.walking import Answers, service, table

LAYOUTS = Path(__file__).parent / "layouts"
SAID = yaml.safe_load((LAYOUTS / "layouts.yml").read_text(encoding="utf-8"))
RENAMED = ("id_jeune", "id_suivi", "id_action", "educateur")
ONLY_NUMBER = {"temps": "heures", "financements": "montant_eur"}
"""Tables in which a row whose only number is empty is the same as no row."""
Row = tuple[str, ...]


@pytest.fixture
def layout(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    name = request.param
    communes = [by_code()[code] for code in SAID[name]["communes"]]
    listed = "".join(f'  - {{code: "{one.code}", nom: "{one.name}"}}\n' for one in communes)
    service(tmp_path, f'nom: SPS\ndepartement: "{communes[0].departement}"\ncommunes:\n{listed}')
    (tmp_path / KEY).write_text("0" * 64, encoding="ascii")
    shutil.copytree(LAYOUTS / name / "files", tmp_path / "export")
    shutil.copy(LAYOUTS / name / a.FILE, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


LAYOUT_NAMES = [
    pytest.param(name, marks=pytest.mark.slow) if rank % 3 else name
    for rank, name in enumerate(SAID)
]
OPENINGS = 3


@pytest.mark.parametrize("layout", LAYOUT_NAMES, indirect=True)
def test_every_cell_is_right_and_the_account_is_even(
    layout: Path, request: pytest.FixtureRequest
) -> None:
    assert main(["import", "export"]) == 0
    answers = Answers(layout)
    assert not answers.yellow()
    assert [row["écart"] for row in answers.rows(a.ACCOUNT) if row["écart"] not in ("", "0")] == []
    assert main(["import", "--valider"]) == 0
    assert_true(layout, request.node.callspec.params["layout"])


@pytest.mark.parametrize("layout", LAYOUT_NAMES, indirect=True)
def test_three_openings_of_the_workbook_are_enough(
    layout: Path, request: pytest.FixtureRequest
) -> None:
    kept = read_answers(layout / a.FILE)
    (layout / a.FILE).unlink()
    main(["import", "export"])
    for _ in range(OPENINGS):
        answers = Answers(layout)
        answers.answer_as(kept)
        answers.save()
        main(["import"])
    assert main(["import", "--valider"]) == 0
    assert_true(layout, request.node.callspec.params["layout"])


def assert_true(root: Path, name: str) -> None:
    """Every table is that of the truth, whatever the pseudonyms."""
    folder = LAYOUTS / name / "truth"
    written = {path.stem: table(root, path.stem) for path in (root / "source").glob("*.csv")}
    truth = {path.stem: rows_of(path) for path in folder.glob("*.csv")}
    assert set(written) == set(truth)
    names: dict[tuple[str, str], str] = {}
    for table_name in sorted(truth, key=lambda table: (table != "jeunes", table != "suivis")):
        columns = list(truth[table_name][0])
        both = (written[table_name], truth[table_name])
        ours, theirs = (plain(table_name, rows, columns) for rows in both)
        assert renamed(ours, theirs, columns, names) == Counter(theirs)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def plain(name: str, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> list[Row]:
    """Rows to compare: numbers are one way, case and spaces at the ends mean nothing."""
    found = []
    for row in rows:
        cells = {column: (row[column] or "").strip() for column in columns}
        for column in columns:
            if table_named(name).column(column).kind == "number" and cells[column]:
                cells[column] = f"{float(cells[column]):g}"
            elif column not in RENAMED:
                cells[column] = cells[column].casefold()
        if cells.get(ONLY_NUMBER.get(name, ""), "0"):
            found.append(tuple(cells.values()))
    return found


def renamed(
    ours: Sequence[Row],
    theirs: Sequence[Row],
    columns: Sequence[str],
    names: dict[tuple[str, str], str],
) -> Counter[Row]:
    """Our rows with the identifiers of the truth: made of its own, else known by a row that nothing else says alike."""
    ranks = [rank for rank, column in enumerate(columns) if column in RENAMED]
    made = Pseudonyms(bytes(32))
    for rank in ranks:
        for text in {row[rank] for row in theirs}:
            names[columns[rank], made.young(text)] = names[
                columns[rank], made.of("S", identifier_key(text))
            ] = text
    for hidden in (ranks, [rank for rank in ranks if columns[rank] != "id_jeune"]):
        known = [
            [
                names.get((columns[r], cell), cell) if r in ranks else cell
                for r, cell in enumerate(row)
            ]
            for row in ours
        ]
        mine, wanted = (
            by_rest(
                [
                    tuple(cell for rank, cell in enumerate(row) if rank not in hidden)
                    for row in shown
                ],
                rows,
            )
            for shown, rows in ((known, ours), (theirs, theirs))
        )
        for rest, rows in mine.items():
            if len(rows) == len(wanted.get(rest, ())) == 1:
                new = {(columns[r], rows[0][r]): wanted[rest][0][r] for r in hidden}
                names |= {key: text for key, text in new.items() if key not in names}
    return Counter(
        tuple(
            names.get((columns[r], cell), cell) if r in ranks else cell
            for r, cell in enumerate(row)
        )
        for row in ours
    )


def by_rest(rests: Sequence[Row], rows: Sequence[Row]) -> dict[Row, list[Row]]:
    found: dict[Row, list[Row]] = defaultdict(list)
    for rest, row in zip(rests, rows, strict=True):
        found[rest].append(row)
    return found

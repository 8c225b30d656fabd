"""Every figure shown, by its address, in the demonstration: what a wrong one is told as."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlpipeline.checks.addresses import (
    ABSENT,
    DATA,
    DRAWN,
    FILES,
    MOVED,
    NAMED,
    NO_SHEET,
    QUOTED,
    SHEET,
    SHOWN,
    UNPLACED,
    check_addresses,
)
from rlpipeline.checks.audit import Context
from rlpipeline.checks.model import Discrepancy, examine
from rlpipeline.checks.published import read_publication, readable
from rlpipeline.checks.relations import check_names
from rlpipeline.checks.shown_values import read_cells, read_shown
from rlpipeline.checks.workbook_cells import read_entries
from rlpipeline.errors import ReconciliationError
from tests.conftest import YEAR


def findings(directory: Path, asked: Context) -> tuple[Discrepancy, ...]:
    tests = check_addresses(read_publication(directory, YEAR), asked.former)
    return tuple(test for test in tests if isinstance(test, Discrepancy))


def test_the_demonstration_says_what_its_figures_say(demonstration: Path, asked: Context) -> None:
    assert findings(demonstration, asked) == ()


def test_every_figure_has_an_address_in_the_file_and_the_workbook(demonstration: Path) -> None:
    publication = read_publication(demonstration, YEAR)
    with (demonstration / "indicateurs.csv").open(encoding="utf-8", newline="") as stream:
        assert len(publication.figures) == len(list(csv.DictReader(stream)))
    assert {entry.key for entry in read_entries(publication)} >= publication.figures.keys()
    cells = read_cells(publication.page("rapport.html"), "rapport.html")
    assert {read_shown(cell.words).etat for cell in cells if cell.kind == "tableau"} == {
        "ok",
        "partiel",
        "nc",
        "vide",
    }


REPORT, FILE = "rapport.html", "indicateurs.csv"
BEFORE_ROW = '<tr data-ligne="moins_11">'
OF_PAGES = [
    (REPORT, '<td class="num rl-col-total">', '<td class="num rl-col-total">9', SHOWN, "9"),
    (REPORT, '<tr data-ligne="plus_21">', '<tr data-ligne="plus_22">', ABSENT, ""),
    (REPORT, BEFORE_ROW, f'<tr><td class="num">41</td></tr>{BEFORE_ROW}', UNPLACED, "41"),
    (REPORT, '<td class="rl-ecart">+', '<td class="rl-ecart">+777', MOVED, "+777"),
    (
        REPORT,
        '<td class="num" data-ligne="15_18" data-colonne="F">',
        '<td class="num" data-ligne="15_18" data-colonne="F">888',
        DATA,
        "888",
    ),
    (REPORT, 'data-fonction="chiffre">', 'data-fonction="chiffre">999', QUOTED, "999"),
    (
        REPORT,
        '<tr data-ligne="11_14"><th scope="row">11 à 14 ans<',
        '<tr data-ligne="11_14"><th scope="row">11 à 15 ans<',
        NAMED,
        "11 à 15 ans",
    ),
    (REPORT, ">Total<", ">Totaux de 3<", NAMED, "Totaux de 3"),
    ("notebooks/service/05*.ipynb", '"valeur": 69', '"valeur": 68', DRAWN, "68"),
]
OF_FILES = [
    (
        FILE,
        "accompagnes,2023,service,11_14,total,69",
        "accompagnes,2023,service,11_14,total,68",
        FILES,
        "valeur 69",
    ),
    (FILE, "durees,2023,service,total,total,", "durees,2023,service,total,total,9", SHEET, ""),
    (FILE, "accompagnes,2023,service,11_14,F", "accompagnes,2023,service,11_14,Z", NO_SHEET, ""),
]


@pytest.mark.parametrize("changes", [OF_PAGES, OF_FILES], ids=["pages", "files"])
def test_what_is_changed_is_told(
    demonstration: Path,
    asked: Context,
    tmp_path: Path,
    changes: list[tuple[str, str, str, str, str]],
) -> None:
    copy = shutil.copytree(demonstration, tmp_path / "copie")
    for name, old, new, *_ in changes:
        (path,) = copy.glob(name)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = findings(copy, asked)
    for *_, message, value in changes:
        assert [
            of
            for of in told
            if of.message == message and of.first_value.startswith(value) and of.blocking
        ], message


def test_what_cannot_be_read_is_refused(
    demonstration: Path, asked: Context, tmp_path: Path
) -> None:
    with pytest.raises(ReconciliationError, match="aucun fichier"):
        read_publication(tmp_path, YEAR)
    copy = shutil.copytree(demonstration, tmp_path / "copie")
    next(copy.glob("notebooks/service/*.ipynb")).write_text("{}", encoding="utf-8")
    with pytest.raises(ReconciliationError, match="ne se relit pas"), readable(copy):
        findings(copy, asked)


def test_a_change_is_that_of_the_figures(
    demonstration: Path, asked: Context, tmp_path: Path
) -> None:
    path = shutil.copytree(demonstration, tmp_path / "copie") / "figures.parquet"
    rows = pq.read_table(path).to_pylist()
    changed = next(row for row in rows if row["ecart"] == 16)
    changed["ecart"] = 17.0
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(path)), path)
    (found,) = findings(path.parent, asked)
    assert (found.message, found.first_value) == (MOVED, "17")
    assert found.first.where.endswith(f"ligne {changed['ligne']}, colonne {changed['colonne']}")


def test_a_name_is_the_one_that_the_store_gives(
    demonstration: Path, asked: Context, tmp_path: Path
) -> None:
    copy = shutil.copytree(demonstration, tmp_path / "copie") / "figures.parquet"
    table = pq.read_table(copy)
    names = [
        name.replace("11 à 14", "12 à 14") for name in table.column("libelle_ligne").to_pylist()
    ]
    place = table.column_names.index("libelle_ligne")
    pq.write_table(table.set_column(place, "libelle_ligne", [names]), copy)
    assert asked.names
    found, counts = examine(check_names(read_publication(copy.parent, YEAR), asked.names))
    assert counts["recalcul"] > 100
    assert "recalcul:accompagnes/11_14:nom" in {finding.key for finding in found}
    assert {finding.first_value for finding in found} == {"12 à 14 ans"}

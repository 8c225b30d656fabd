"""Every figure shown, by its address, in the demonstration: what a wrong one is told as."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
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
from rlpipeline.checks.findings import Finding, examine
from rlpipeline.checks.page import read_cells, read_shown
from rlpipeline.checks.reading import read_publication, readable
from rlpipeline.checks.relations import check_names
from rlpipeline.checks.workbook import read_entries
from rlpipeline.errors import ReconciliationError
from tests.conftest import YEAR

Change = Callable[[Path, str, str], tuple[Finding, ...]]


def findings(directory: Path, asked: Context) -> tuple[Finding, ...]:
    tests = check_addresses(read_publication(directory, YEAR), asked.former)
    return tuple(test for test in tests if isinstance(test, Finding))


@pytest.fixture
def change(demonstration: Path, asked: Context, tmp_path: Path) -> Change:
    """Replaces words of a file of the demonstration; gives what is told."""

    def changed(name: str, old: str, new: str) -> tuple[Finding, ...]:
        copy = shutil.copytree(demonstration, tmp_path / "copie")
        (path,) = copy.glob(name)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return findings(copy, asked)

    return changed  # type: ignore[return-value]


def test_the_demonstration_says_what_its_figures_say(demonstration: Path, asked: Context) -> None:
    assert findings(demonstration, asked) == ()


def test_every_figure_has_an_address_in_the_file_and_the_workbook(demonstration: Path) -> None:
    publication = read_publication(demonstration, YEAR)
    with (demonstration / "indicateurs.csv").open(encoding="utf-8", newline="") as stream:
        assert len(publication.figures) == len(list(csv.DictReader(stream)))
    assert {entry.key for entry in read_entries(publication)} >= publication.figures.keys()
    cells = read_cells(publication.page("rapport.html"), "rapport.html")
    assert {read_shown(cell.words).etat for cell in cells if cell.kind == "tableau"} == {"ok", "partiel", "nc", "vide"}


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("rapport.html", '<td class="num rl-col-total">', '<td class="num rl-col-total">9', SHOWN),
        ("rapport.html", '<tr data-ligne="moins_11">', '<tr data-ligne="moins_12">', ABSENT),
        (
            "rapport.html",
            '<tr data-ligne="moins_11">',
            '<tr><td class="num">41</td></tr><tr data-ligne="moins_11">',
            UNPLACED,
        ),
        ("rapport.html", '<td class="rl-ecart">+', '<td class="rl-ecart">+1', MOVED),
        ("rapport.html", 'data-ligne="amelioration_situation">', 'data-ligne="amelioration_situation">1', DATA),
        ("rapport.html", 'data-territoire="service">1', 'data-territoire="service">2', QUOTED),
        ("notebooks/service/05*.ipynb", '"valeur": 69', '"valeur": 68', DRAWN),
        (
            "indicateurs.csv",
            "accompagnes,2023,service,11_14,total,69",
            "accompagnes,2023,service,11_14,total,68",
            FILES,
        ),
        (
            "indicateurs.csv",
            "accompagnes,2023,service,11_14,total,69",
            "accompagnes,2023,service,11_14,total,68",
            SHEET,
        ),
        ("indicateurs.csv", "accompagnes,2023,service,11_14,F", "accompagnes,2023,service,11_14,Z", NO_SHEET),
    ],
)
def test_what_is_changed_is_told(change: Change, name: str, old: str, new: str, told: str) -> None:
    found = [one for one in change(name, old, new) if one.message == told]  # type: ignore[arg-type]
    assert found and all(one.blocking for one in found)


def test_what_cannot_be_read_is_refused(demonstration: Path, asked: Context, tmp_path: Path) -> None:
    with pytest.raises(ReconciliationError, match="aucun fichier"):
        read_publication(tmp_path, YEAR)
    copy = shutil.copytree(demonstration, tmp_path / "copie")
    next(copy.glob("notebooks/service/*.ipynb")).write_text("{}", encoding="utf-8")
    with pytest.raises(ReconciliationError, match="ne se relit pas"), readable(copy):
        findings(copy, asked)


def test_a_change_is_that_of_the_figures(demonstration: Path, asked: Context, tmp_path: Path) -> None:
    path = shutil.copytree(demonstration, tmp_path / "copie") / "figures.parquet"
    rows = pq.read_table(path).to_pylist()
    changed = next(row for row in rows if row["ecart"] == 16)
    changed["ecart"] = 17.0
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(path)), path)
    (found,) = findings(path.parent, asked)
    assert (found.message, found.first_value) == (MOVED, "17")
    assert found.first.where.endswith(f"ligne {changed['ligne']}, colonne {changed['colonne']}")


def test_a_name_is_the_one_that_the_store_gives(demonstration: Path, asked: Context, tmp_path: Path) -> None:
    copy = shutil.copytree(demonstration, tmp_path / "copie") / "figures.parquet"
    table = pq.read_table(copy)
    names = [name.replace("11 à 14", "12 à 14") for name in table.column("libelle_ligne").to_pylist()]
    place = table.column_names.index("libelle_ligne")
    pq.write_table(table.set_column(place, "libelle_ligne", [names]), copy)
    assert asked.names
    found, counts = examine(check_names(read_publication(copy.parent, YEAR), asked.names))
    assert counts["recalcul"] > 100
    assert "recalcul:accompagnes/11_14:nom" in {finding.key for finding in found}
    assert {finding.first_value for finding in found} == {"12 à 14 ans"}


@pytest.mark.parametrize(("old", "new"), [(">11 à 14 ans<", ">11 à 15 ans<"), (">Total<", ">Totaux de 3<")])
def test_a_heading_is_the_name_of_its_line_or_column(change: Change, old: str, new: str) -> None:
    (found,) = change("rapport.html", old, new)
    assert (found.check, found.message, found.first_value) == ("page", NAMED, new.strip("<>"))

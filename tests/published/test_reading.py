"""A publication read from its folder, a part after the other."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from rlpipeline.errors import ReconciliationError
from rlpipeline.published import Cut, Publication, cut_publication, read_part
from rlpipeline.published.numbers import read_shown
from tests.conftest import YEAR

Parts = Mapping[str, Publication]


def test_every_figure_of_the_csv_is_read_once(parts: Parts, demonstration: Path) -> None:
    with (demonstration / "indicateurs.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    figures = [figure for part in parts.values() for figure in part.csv]
    assert len({figure.key for figure in figures}) == len(figures) == len(rows)
    assert {figure.etat for figure in figures if figure.valeur is None} == {"nc", "vide"}
    assert {figure.key for figure in figures} == {key for part in parts.values() for key in part.figures}


def test_the_workbook_has_every_figure_under_the_same_key(parts: Parts) -> None:
    for part in parts.values():
        assert {cell.key for cell in part.cells if cell.kind == "classeur"} == set(part.figures)


def test_pages_and_notebooks_are_those_of_the_folder(parts: Parts, demonstration: Path) -> None:
    notebooks = {path.relative_to(demonstration).as_posix() for path in demonstration.glob("notebooks/*/*.ipynb")}
    portraits = {path.relative_to(demonstration).as_posix() for path in demonstration.glob("communes/*.html")}
    assert {file for part in parts.values() for file in part.notebooks} == notebooks
    assert {file for part in parts.values() for file in part.pages} == {
        "rapport.html",
        "rapport-diapos.html",
        *portraits,
    }
    for place, part in parts.items():
        assert {notebook.territoire for notebook in part.notebooks.values()} == {place}


MARKED = "\N{NO-BREAK SPACE}●"


def test_no_cell_of_a_table_is_unreadable(parts: Parts) -> None:
    """A change has no number where nothing moved, or where there is no figure; or it has a mark beside it."""
    unreadable = [cell for part in parts.values() for cell in part.cells if cell.etat == "illisible"]
    assert {cell.kind for cell in unreadable} == {"écart"}
    marked = [words.removesuffix(MARKED) for cell in unreadable if (words := cell.words).endswith(MARKED)]
    assert marked and all(read_shown(words).etat != "illisible" for words in marked)
    assert {cell.words for cell in unreadable if not cell.words.endswith(MARKED)} == {"", "="}


def test_a_publication_without_figures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReconciliationError, match="ne se relit pas"):
        cut_publication(tmp_path, YEAR)


def test_a_broken_notebook_is_refused(cut: Cut, demonstration: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(demonstration, tmp_path / "copie")
    next(copy.glob("notebooks/service/*.ipynb")).write_text("{}", encoding="utf-8")
    with pytest.raises(ReconciliationError, match="ne se relit pas"):
        read_part(cut_publication(copy, YEAR), cut.places.all[0])

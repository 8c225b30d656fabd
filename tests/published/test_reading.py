"""A whole publication read from its folder."""

from __future__ import annotations

import csv
import shutil
import time
from pathlib import Path

import pytest

from rlpipeline.errors import ReconciliationError
from rlpipeline.published import Publication, read_publication


def test_every_figure_of_the_csv_is_read(publication: Publication, demonstration: Path) -> None:
    with (demonstration / "indicateurs.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(publication.figures) == len(publication.csv) == len(rows)
    assert {figure.etat for figure in publication.csv if figure.valeur is None} == {"nc", "vide"}


def test_the_year_is_that_of_the_notebooks(publication: Publication) -> None:
    assert publication.year == 2023
    assert {bundle.annee for bundle in publication.bundles} == {2023}


def test_the_workbook_has_every_figure_under_the_same_key(publication: Publication) -> None:
    assert {cell.key for cell in publication.cells if cell.kind == "classeur"} == set(publication.figures)


def test_pages_and_notebooks_are_those_of_the_folder(publication: Publication, demonstration: Path) -> None:
    notebooks = {path.relative_to(demonstration).as_posix() for path in demonstration.glob("notebooks/*/*.ipynb")}
    portraits = {path.relative_to(demonstration).as_posix() for path in demonstration.glob("communes/*.html")}
    assert set(publication.notebooks) == notebooks
    assert set(publication.pages) == {"rapport.html", *portraits}
    assert next(iter(publication.notebooks.values())).territoire == "service"


def test_no_cell_of_a_table_is_unreadable(publication: Publication) -> None:
    assert [cell for cell in publication.cells if cell.etat == "illisible"] == []


def test_reading_is_quick(demonstration: Path) -> None:
    start = time.process_time()
    read_publication(demonstration)
    assert time.process_time() - start < 1.5


def test_a_publication_without_figures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReconciliationError, match="ne se relit pas"):
        read_publication(tmp_path)


def test_a_broken_notebook_is_refused(demonstration: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(demonstration, tmp_path / "copie")
    next(copy.glob("notebooks/service/*.ipynb")).write_text("{}", encoding="utf-8")
    with pytest.raises(ReconciliationError, match="ne se relit pas"):
        read_publication(copy)

"""Sheets that have a row for each column of their table are read and checked like the others.

Slow: every number of the sheets is changed, which alone shows a column that is not read.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from rlpipeline.attack.reading import read_publication as read_document
from rlpipeline.attack.statements import Figure
from rlpipeline.attack.workbook import of_workbook as of_sheets
from rlpipeline.audit.examination import Context
from rlpipeline.publication import sheets
from rlpipeline.publication.gathered import gathering
from rlpipeline.publication.page import stamp
from rlpipeline.publication.workbook import write_workbook
from rlpipeline.published import FigureKey, Publication, cut_publication, read_part
from rlpipeline.published.workbook import lead_of
from rlpipeline.settings.models import load_settings
from tests.audit.conftest import Parts
from tests.audit.test_mutation import STRIDE, Workshop, batches, clone, goes_unnoticed, told_survivor
from tests.conftest import ROOT
from tests.publication.factory import collect_bundles

YEAR = 2023
WORKBOOK = "tableaux.xlsx"
Writing = Callable[[Path], None]


@pytest.fixture(scope="module")
def write(demonstration: Path) -> Writing:
    """Writes the workbook of the demonstration again."""
    settings = load_settings(ROOT / "params", YEAR)
    service = settings.service
    places = ("service", *service.commune_codes)
    notebooks = (path for place in places for path in sorted(demonstration.glob(f"notebooks/{place}/*.ipynb")))
    tables = collect_bundles(notebooks).tables

    def written(path: Path) -> None:
        with gathering() as gathered:
            gathered.add(tables)
            names = {commune.code: commune.nom for commune in service.communes}
            of = f"{service.nom}, {YEAR}"
            write_workbook(gathered, path, names, stamp(settings, "interne"), of)

    return written


@pytest.fixture(scope="module")
def turned(demonstration: Path, write: Writing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The publication, its workbook with every table turned that has more columns than lines."""
    directory = clone(demonstration, tmp_path_factory.mktemp("turned"))
    (directory / WORKBOOK).unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "MOST_COLUMNS", 0)
        write(directory / WORKBOOK)
    return directory


@pytest.fixture(scope="module")
def workshop(turned: Path, asked: Context, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(turned, tmp_path_factory.mktemp("mutants"), asked)


def of_workbook(publication: Publication) -> dict[FigureKey, tuple[float | None, str]]:
    return {cell.key: (cell.valeur, cell.etat) for cell in publication.cells if cell.kind == "classeur"}


def test_the_workbook_of_the_demonstration_is_not_turned(demonstration: Path, write: Writing, tmp_path: Path) -> None:
    write(tmp_path / WORKBOOK)
    assert (tmp_path / WORKBOOK).read_bytes() == (demonstration / WORKBOOK).read_bytes()


def test_turned_sheets_say_the_same(turned: Path, parts: Parts) -> None:
    cut = cut_publication(turned, YEAR)
    names = {name for name, rows in cut.heads.items() if lead_of(rows)[2]}
    assert names >= {"actions", "durees"}
    assert names < parts["service"].sheets.keys()
    for place in ("service", "62215"):
        assert of_workbook(read_part(cut, place)) == of_workbook(parts[place])


def test_the_attack_reads_turned_sheets_alike(demonstration: Path, turned: Path, asked: Context) -> None:
    links = asked.declared.links
    labels = read_document(demonstration, links).labels
    by_line, by_column = (
        {
            (one.key, one.state, one.value)
            for one in of_sheets(place / WORKBOOK, YEAR, labels, links.persons)
            if isinstance(one, Figure) and one.key.annee == YEAR  # turned, it has no column of the year before
        }
        for place in (demonstration, turned)
    )
    assert by_column == by_line
    assert {key.indicateur for key, *_ in by_column} >= {"actions", "durees"}


@pytest.mark.slow
def test_numbers_of_turned_sheets_changed_together_are_noticed(workshop: Workshop) -> None:
    assert workshop.findings({}) == []
    workshop.contents = {path: content for path, content in workshop.contents.items() if path.name == WORKBOOK}
    half = islice(batches(workshop), 0, None, STRIDE)  # the others stand on the same rows
    left = [one for _, batch in half for one in workshop.survivors(batch)]
    alive = [(path, change) for path, change in left if goes_unnoticed(workshop, path, [change])]
    assert [told_survivor(path, workshop.contents[path], change) for path, change in alive] == []

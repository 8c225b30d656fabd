"""Sheets that have a row for each column of their table are read like the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.publication import sheets
from rlpipeline.publication.gathered import gathering
from rlpipeline.publication.page import stamp
from rlpipeline.publication.workbook import write_workbook
from rlpipeline.published import FigureKey, Publication, cut_publication, read_part
from rlpipeline.published.workbook import lead_of
from rlpipeline.settings.models import load_settings
from tests.audit.conftest import Parts
from tests.audit.test_mutation import clone
from tests.conftest import ROOT, YEAR
from tests.publication.factory import collect_bundles

WORKBOOK = "tableaux.xlsx"


@pytest.fixture
def turned(demonstration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The publication, its workbook with every table turned that has more columns than lines."""
    settings = load_settings(ROOT / "params", YEAR)
    service = settings.service
    places = ("service", *service.commune_codes)
    notebooks = (path for place in places for path in sorted(demonstration.glob(f"notebooks/{place}/*.ipynb")))
    directory = clone(demonstration, tmp_path)
    (directory / WORKBOOK).unlink()
    monkeypatch.setattr(sheets, "MOST_COLUMNS", 0)
    with gathering() as gathered:
        gathered.add(collect_bundles(notebooks).tables)
        names = {commune.code: commune.nom for commune in service.communes}
        of = f"{service.nom}, {YEAR}"
        write_workbook(gathered, directory / WORKBOOK, names, stamp(settings, "interne"), of)
    return directory


def of_workbook(publication: Publication) -> dict[FigureKey, tuple[float | None, str]]:
    return {cell.key: (cell.valeur, cell.etat) for cell in publication.cells if cell.kind == "classeur"}


def test_turned_sheets_say_the_same(turned: Path, parts: Parts) -> None:
    cut = cut_publication(turned, YEAR)
    names = {name for name, rows in cut.heads.items() if lead_of(rows)[2]}
    assert names >= {"actions", "durees"}
    assert names < parts["service"].sheets.keys()
    for place in ("service", "62215"):
        assert of_workbook(read_part(cut, place)) == of_workbook(parts[place])

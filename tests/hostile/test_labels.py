"""Names in the records: read, counted, shown, and published in every form.

Slow: each name in every form that is published, which alone shows a form that does not escape it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
import pytest

from rlpipeline.characters import UNSEEN, unguarded
from rlpipeline.checks.published import read_publication
from rlpipeline.display import charts, tables
from rlpipeline.display.layout import Layout
from rlpipeline.figures import Scope
from rlpipeline.pipeline.reconciliation import gather
from rlpipeline.publication.exporter import ShownTable
from rlpipeline.publication.figures import write_csv as write_file
from rlpipeline.publication.figures import write_figures
from rlpipeline.publication.workbook import write_workbook
from rlpipeline.records.frames import Records
from rlpipeline.records.store import load
from rlpipeline.settings.models import ReportSettings, Service, Settings
from tests.declared import INDICATORS, table_data
from tests.figures.stored import stored
from tests.hostile.corpus import cases
from tests.hostile.published import harmless, page
from tests.hostile.watching import Watched
from tests.publication.factory import NO_LINKS, shown
from tests.records.conftest import service as settings
from tests.records.sample import sample
from tests.records.writers import write_csv, write_xlsx

pytestmark = pytest.mark.slow

LABELS = cases("labels")
TEXTS = {
    "personnel": ("poste", "precision"),
    "financements": ("financeur", "objet"),
    "reseaux": ("nom", "objet", "modalites", "formalise"),
    "instances": ("instance", "champ"),
    "partenaires": ("nom", "domaine"),
    "actions": ("libelle", "partenaires", "financements"),
    "diagnostics": ("quartier", "indicateur"),
}
"""Columns whose words are printed, by table."""
SHOWN = (*(name for name in TEXTS if name != "actions"), "actions", "actions_partenariales")
CHARTED = [name for name in SHOWN if INDICATORS[name].spec.look.chart]
LIVE = re.compile(r"^[\s\"]*[=+\-@]")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
service = settings


@dataclass(frozen=True)
class Named:
    """What the records became that hold some names everywhere."""

    directory: Path
    page: Path
    names: Sequence[str]
    cells: Sequence[tuple[str, str]]


def seen(name: str) -> str:
    """What is left of a name: no mark that nobody sees, one way to compose accents."""
    return unicodedata.normalize("NFC", re.sub(f"[{UNSEEN}]", "", name)).strip()


def alike(label: str) -> bool:
    """Whether a workbook holds a name as a CSV file does: neither an apostrophe for the spreadsheet, nor a tab."""
    return not label.startswith("'=") and not re.search(r"[\t\u2028]", label)


DRAWN = [LABELS[name] for name in ("mathtext", "script", "tres_long")]
"""Names that are put in charts too."""
ALIKE = [label for label in LABELS.values() if alike(label) and label not in DRAWN]
AGAIN = [label for rank, label in enumerate(ALIKE) if seen(label) in map(seen, ALIKE[:rank])]
TOGETHER = {
    "drawn": DRAWN,
    "alike": [label for label in ALIKE if label not in AGAIN],
    "CSV alone": [label for label in LABELS.values() if not alike(label)],
}
"""Names are read some at a time; those that look the same as another are read as that one, as the last test shows."""


def records_named(names: Sequence[str], place: Path, service: Service) -> Records:
    """The sample, with each name in every column that is printed; read from CSV as from a workbook."""
    sheets = sample(*TEXTS, "participations")
    for table, columns in TEXTS.items():
        header, *rows = sheets[table]
        if table == "diagnostics":
            rows = rows[:1]  # both would have one key
        sheets[table] = [header]
        for rank, name in enumerate(names):
            for row in map(list, rows):
                for column in columns:
                    row[header.index(column)] = name
                if table == "actions":
                    row[0] = f"{row[0]}{rank or ''}"
                sheets[table].append(row)
    read, findings = load(write_csv(sheets, place / "source"), service)
    assert not [finding for finding in findings if finding.gravite == "erreur"], findings
    if all(map(alike, names)):
        again, _ = load(write_xlsx(sheets, place / "source.xlsx"), service)
        assert [frame.equals(again[table]) for table, frame in read.frames.items()] == [True] * len(
            read.frames
        )
    return read


@pytest.fixture(params=TOGETHER)
def named(request: pytest.FixtureRequest, tmp_path: Path, service: Service) -> Named:
    records = records_named(TOGETHER[request.param], tmp_path, service)
    names = [
        unguarded(label) for label in TOGETHER[request.param]
    ]  # what a CSV file says with an apostrophe before it
    cells = []
    for id in SHOWN:
        layout = Layout(table_data(id, records, Scope(2023, "service", service)))
        cells.append(
            shown({"text/html": tables.to_html(layout), tables.MIME: tables.bundle(layout.data)})
        )
        if id in CHARTED and request.param == "drawn":
            drawn = charts.chart(layout)
            cells.append(shown({"text/html": charts.shown(layout, drawn).html if drawn else ""}))
    alerts = {
        "name": "alertes.csv",
        "columns": ["educateur", "nombre"],
        "rows": [[name, -3] for name in names],
    }
    write_file(tmp_path / alerts["name"], alerts["columns"], alerts["rows"])
    out = tmp_path / "notebooks" / "service"
    out.mkdir(parents=True)
    made = page(out, *cells)
    year = Settings(
        service=service, report=ReportSettings(), year=2023, directory=tmp_path / "params"
    )
    of_service = [ShownTable(id, 2023, "service") for id in SHOWN]
    figures = gather(stored(records, service, tmp_path / "store", 2023), year, of_service)
    write_figures(figures, tmp_path)
    (tmp_path / "datapackage.json").write_text(NO_LINKS, encoding="utf-8")
    write_workbook(
        replace(figures, names={**figures.names, "62215": " ".join(names)}),
        tmp_path / "tableaux.xlsx",
    )
    cells_read = figures.frame[figures.frame["etat"].notna()][["ligne", "colonne"]].itertuples(
        index=False, name=None
    )
    return Named(tmp_path, made, [seen(name) for name in names], [*cells_read])


def cells_of(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from (cell for row in csv.reader(stream) for cell in row)


def test_a_name_is_only_words(named: Named, chromium: Watched) -> None:
    told = " ".join(harmless(chromium, named.page).split())
    assert [name for name in named.names if " ".join(name.split())[:40] not in told] == []
    _no_formula_in_csv(named)
    _no_formula_in_the_workbook(named)
    publication = read_publication(named.directory, 2023)
    assert [key[3:] for key in publication.figures] == named.cells


def _no_formula_in_csv(named: Named) -> None:
    """Also where a French spreadsheet cuts the file at semicolons, tabs and ends of line."""
    for path in named.directory.glob("*.csv"):
        cells = [cell.removeprefix("\ufeff") for cell in cells_of(path)]
        parts = [part for cell in cells for part in re.split(r"[;\t\r\n]", cell)]
        assert not [part for part in parts if LIVE.match(part) and not NUMBER.fullmatch(part)], (
            path.name
        )
    lines = {unguarded(cell) for cell in cells_of(named.directory / "indicateurs.csv")}
    assert [
        name for name in named.names if not any(line.startswith(name[:40]) for line in lines)
    ] == []
    assert "-3" in cells_of(named.directory / "alertes.csv")


def _no_formula_in_the_workbook(named: Named) -> None:
    book = openpyxl.load_workbook(named.directory / "tableaux.xlsx")
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str)
    ]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell.value for cell in cells if LIVE.match(cell.value) and not cell.quotePrefix]
    values = [cell.value for cell in cells]
    assert [
        name
        for name in named.names
        if not any(name.replace("\r\n", "\n")[:40] in one for one in values)
    ] == []


def test_names_that_differ_by_what_nobody_sees_are_one(tmp_path: Path, service: Service) -> None:
    sheets = sample()
    twins = (
        "Résidence",
        "Re\u0301sidence",
        "Rési\u200bdence",
        "\u202aRésidence\u202c",
        "Ré\u00adsidence",
    )
    sheets["financements"] = [
        sheets["financements"][0],
        *(["2023", name, "10", ""] for name in (*twins, *AGAIN)),
    ]
    records, _ = load(write_csv(sheets, tmp_path / "source"), service)
    data = table_data("financements", records, Scope(2023, "service", service))
    assert [row.label for row in data.rows] == ["Résidence", "Ville", "Total"]
    assert (
        data.figures.query("ligne == 'Résidence' and colonne == 'montant_eur'")["valeur"].item()
        == 50
    )

"""What the workbook lets someone type reads back without a finding, and what does not read is refused while typing.

Slow: a whole workbook for each of the rarer questions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from rlpipeline.records.reading import reader, words_of
from rlpipeline.records.store import check, load
from rlpipeline.records.tables import TABLES, Unread, table_named
from rlpipeline.records.tabular import text_of
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry_workbook import (
    EXAMPLE_ROW,
    FIRST_ROW,
    HEADER_ROW,
    LONGEST_MESSAGE,
    ColumnPlace,
    places,
)
from tests.spreadsheets.typed import type_in, typed_records
from tests.spreadsheets.validating import Validations


@pytest.fixture(scope="module")
def book(workbook: Path) -> openpyxl.Workbook:
    """The workbook filled by someone."""
    book = openpyxl.load_workbook(workbook)
    for name, rows in typed_records().items():
        type_in(book[name], rows)
    return book


@pytest.fixture(scope="module")
def filled(book: openpyxl.Workbook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rempli") / "saisie.xlsx"
    book.save(path)
    return path


@contextmanager
def typed(book: openpyxl.Workbook, place: ColumnPlace, value: object) -> Iterator[None]:
    """The first cell of a column holds this for a while."""
    cell = book[place.table.name][place.first]
    before, cell.value = cell.value, value
    try:
        yield
    finally:
        cell.value = before


def test_what_is_typed_passes_the_validations_and_reads_back_without_a_finding(
    book: openpyxl.Workbook, filled: Path, service: Service
) -> None:
    validations = Validations(book)
    refusals = {
        (name, cell.coordinate): refusal
        for name in typed_records()
        for row in book[name].iter_rows(min_row=FIRST_ROW)
        for cell in row
        if (refusal := validations.refusal(name, cell.coordinate)) is not None
    }
    assert {place: said for place, said in refusals.items() if said[0] != "warning"} == {}
    assert {str(book[sheet][cell].value) for sheet, cell in refusals} <= {"246200299", "QP062044"}
    records, findings = load(str(filled), service)
    assert findings == []
    assert {name: len(records[name]) for name in typed_records()} == {
        name: len(rows) for name, rows in typed_records().items()
    }


WRONG: dict[tuple[str, str], list[object]] = {
    ("jeunes", "sexe"): ["X", "f"],
    ("jeunes", "date_naissance"): ["31/04/2008", "12/31/2008", "17/05/08", "208", "en mai"],
    ("jeunes", "premier_contact"): ["bientôt", 200_000],
    ("situations", "annee"): [23, 2023.5],
    ("problematiques", "problematique"): ["sociales"],
    ("temps", "heures"): ["2h30", -1],
    ("temps", "en_ligne"): ["peut-être"],
    ("actions", "seances"): [1.5],
    ("diagnostics", "note"): [6],
    ("suivis", "date_fin"): [date(2021, 1, 1)],
}
QUESTIONED: dict[tuple[str, str], list[object]] = {
    ("suivis", "id_jeune"): ["J-999"],
    ("jeunes", "commune"): ["Libercourt"],
    ("jeunes", "id_jeune"): ["J2"],
}


@pytest.mark.parametrize(("at", "values"), [*WRONG.items(), *QUESTIONED.items()])
def test_what_would_be_a_finding_is_refused_or_questioned(
    at: tuple[str, str], values: list[object], book: openpyxl.Workbook
) -> None:
    place = ColumnPlace(table_named(at[0]), table_named(at[0]).column(at[1]))
    for value in values:
        with typed(book, place, value):
            refusal = Validations(book).refusal(at[0], place.first)
        assert refusal is not None, value
        assert refusal[0] == ("warning" if at in QUESTIONED else "stop")


@pytest.mark.parametrize("kind", ["birth", "year", "number", "flag", "code"])
def test_what_the_validation_accepts_the_reader_reads(
    kind: str, book: openpyxl.Workbook, service: Service
) -> None:
    validations = Validations(book)
    values: list[object] = [
        "1900",
        "2100",
        "2101",
        "29/02/2008",
        "29/02/2007",
        "01/01/1900",
        "00/05/2008",
        "NC",
        "nc",
    ]
    values += [
        0,
        1,
        1.5,
        6,
        -3,
        1e300,
        1899,
        2024,
        2024.0,
        "Oui",
        "OUI",
        "15 à 18 ans",
        "Santé",
        "15_18",
        "1e3",
        " ",
    ]
    accepted = 0
    for place in (
        place for table in TABLES for place in places(table) if place.column.kind == kind
    ):
        read = reader(place.column, service)
        assert read is not None
        for value in values:
            with typed(book, place, value):
                refusal = validations.refusal(place.table.name, place.first)
            if refusal is None:
                accepted += 1
                assert not isinstance(read(text_of(value) or ""), Unread), (place, value)
    assert accepted


def test_every_column_is_explained_and_every_code_proposed(
    book: openpyxl.Workbook, service: Service
) -> None:
    validations = Validations(book)
    for table in TABLES:
        page = book[table.name]
        for place in places(table):
            header = page.cell(HEADER_ROW, place.number)
            assert header.value == place.column.name
            assert header.comment.text.casefold().startswith(place.column.note.casefold())
            assert page.cell(EXAMPLE_ROW, place.number).value
            if place.column.kind == "code":
                lists = [one for one in page.data_validations.dataValidation if place.first in one]
                words = list(words_of(place.column, service).values())
                assert [validations.listed(one.formula1) for one in lists] == [words]
        for validation in page.data_validations.dataValidation:
            assert len(validation.error) <= LONGEST_MESSAGE
            assert len(validation.prompt or "") <= LONGEST_MESSAGE
            assert len(validation.formula1) <= LONGEST_MESSAGE


@pytest.mark.slow
def test_an_example_reads_like_data_typed_in_its_place(
    service: Service, workbook: Path, tmp_path: Path
) -> None:
    """Examples are texts as one types them; together they are records without an error."""
    book = openpyxl.load_workbook(workbook)
    for table in TABLES:
        page = book[table.name]
        for place in places(table):
            page[place.first].value = page.cell(EXAMPLE_ROW, place.number).value
    path = tmp_path / "exemples.xlsx"
    book.save(path)
    assert [item for item in check(str(path), service) if item.is_error] == []

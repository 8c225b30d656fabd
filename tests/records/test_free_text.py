"""What free text says of few persons: every column of it, with its lines, and what a service accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.errors import DisclosureError
from rlpipeline.records import check, load
from rlpipeline.records.expected import Expected
from rlpipeline.records.findings import Finding
from rlpipeline.records.free_text import COLUMNS, UNSHARED, refuse_persons
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.acceptances import Plausible
from rlpipeline.settings.models import Service
from tests.hostile.test_canaries import PRINTED
from tests.prose.labels_table import TELLING
from tests.records.sample import Sheets, sample
from tests.records.writers import write_csv


def planted(cells: list[tuple[str, str, str]]) -> Sheets:
    """Each cell on a row of its own, like the last of its table."""
    tables = sample()
    for table, column, text in cells:
        header, *_, last = tables[table]
        tables[table].append([text if name == column else cell for name, cell in zip(header, last, strict=True)])
    return tables


def of_persons(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.code in {"P601", "P602"}]


def test_every_telling_cell_is_found_at_its_place(tmp_path: Path, service: Service) -> None:
    lengths = {name: len(rows) for name, rows in sample().items()}
    lengths["actions"] += 1  # the title of an action takes two lines
    expected = set()
    for table, column, text in TELLING:
        lengths[table] += 1
        expected.add((table, lengths[table], column, text))
    found = of_persons(check(write_csv(planted([*TELLING]), tmp_path), service))
    assert {(one.table, one.ligne, one.colonne, one.valeur) for one in found} == expected
    assert all(one.gravite == "avertissement" for one in found)


def test_every_column_of_text_is_read(tmp_path: Path, service: Service) -> None:
    text = "Une jeune de 16 ans"
    cells = [(table, column, text) for table, columns in COLUMNS.items() for column in columns]
    found = of_persons(check(write_csv(planted(cells), tmp_path), service))
    assert {(one.table, one.colonne) for one in found} == {(table, column) for table, column, _ in cells}
    of_contract = {(table.name, column.name) for table in TABLES for column in table.columns if column.kind == "text"}
    assert {(table, column) for table, column, _ in cells} == of_contract >= {("territoires", "unite")}


def test_the_columns_that_are_not_shared_are_those_whose_canaries_are_not_printed() -> None:
    columns = {(table, column) for table, names in COLUMNS.items() for column in names}
    assert columns - UNSHARED == PRINTED["diffusion"] & columns


def refused(source: str, service: Service, expected: Expected | None = None, year: int = 2023) -> None:
    records, findings = load(source, service, expected)
    refuse_persons(of_persons(findings), records.frames, year)


def test_the_edition_to_share_is_refused_until_each_is_accepted(tmp_path: Path, service: Service) -> None:
    cells = [("reseaux", "nom", "Stage de Yanis"), ("actions", "libelle", "Séjour de 3 jeunes")]
    source = write_csv(planted(cells), tmp_path)
    with pytest.raises(DisclosureError) as caught:
        refused(source, service)
    message = str(caught.value)
    assert "table reseaux, ligne" in message and "table actions, ligne" in message and "colonne libelle" in message
    assert "Yanis" not in message and "3 jeunes" not in message
    network = Plausible(code="P601", table="reseaux", colonne="nom", valeur="Stage de Yanis", raison="nom public")
    with pytest.raises(DisclosureError) as left:
        refused(source, service, Expected((network,)))
    assert "table actions" in str(left.value) and "table reseaux" not in str(left.value)
    group = Plausible(code="P602", table="actions", valeur="Séjour de 3 jeunes", raison="effectif du groupe")
    assert of_persons(check(source, service, Expected((network, group)))) == []


@pytest.mark.parametrize(("year", "stops"), [(2022, False), (2023, True), (2024, True), (2025, False)])
def test_only_the_year_of_the_report_and_the_one_before_stop_it(
    year: int, stops: bool, tmp_path: Path, service: Service
) -> None:
    long = "Stage de Yanis, " + "accueilli à la journée dans les services techniques de la ville, " * 2
    tables = planted([("reseaux", "objet", long)])
    assert tables["reseaux"][-1][0] == "2023"
    source = write_csv(tables, tmp_path)
    if stops:
        with pytest.raises(DisclosureError, match="colonne objet"):
            refused(source, service, year=year)
    else:
        refused(source, service, year=year)


def test_what_has_no_year_stops_every_report(tmp_path: Path, service: Service) -> None:
    source = write_csv(planted([("territoires", "source", "Enquête de Yanis")]), tmp_path)
    with pytest.raises(DisclosureError, match="table territoires"):
        refused(source, service, year=2030)

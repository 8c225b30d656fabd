"""The figures typed, with their words: what is written, and what the audit says of a change."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlpipeline.checks.addresses import check_addresses
from rlpipeline.checks.findings import Finding
from rlpipeline.checks.reading import read_publication
from rlpipeline.publication.figures import PARQUET, write_figures
from tests.publication.factory import NO_LINKS, bundle, figures

SERVICE = bundle(
    "durees",
    {
        ("moins_6", "total"): (25, "arrondi", 5),
        ("moins_6", "part"): 16.78,
        ("total", "total"): (0, "arrondi", 5),
        ("total", "part"): "nc",
    },
)
COMMUNE = bundle("durees", {("moins_6", "total"): -3, ("total", "part"): "vide"}, territory="62637")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    write_figures(figures(SERVICE, COMMUNE), tmp_path, "Inventé")
    (tmp_path / "datapackage.json").write_text(NO_LINKS, encoding="utf-8")
    return tmp_path


def findings(directory: Path) -> list[str]:
    told = [test for test in check_addresses(read_publication(directory, 2023)) if isinstance(test, Finding)]
    return [f"{found.first.where} : {found.first_value} / {found.second_value}" for found in told]


def test_the_same_figures_typed(directory: Path) -> None:
    table = pq.read_table(directory / PARQUET)
    assert table.schema.metadata == {b"mention": "Inventé".encode()}
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert rows[0] == (
        *("durees", 2023, "service", "moins_6", "total", 25.0, "jeunes", "arrondi"),
        *("Table durees", "Ensemble du service", "Moins_6", "Total", False, True),
        *[None] * 6,
    )
    assert [row[5] for row in rows] == [25.0, 16.78, 0.0, None, -3.0, None]
    assert findings(directory) == []


@pytest.mark.parametrize(
    ("column", "now", "told"),
    [
        ("valeur", 26.0, "ligne moins_6, colonne total : valeur 26 / 25"),
        ("annee", 2022, "annee 2022 / 2023"),
        ("etat", "ok", "etat ok / arrondi"),
    ],
)
def test_what_is_changed_in_the_typed_file_is_found(directory: Path, column: str, now: object, told: str) -> None:
    table = pq.read_table(directory / PARQUET)
    rows = table.to_pylist()
    rows[0][column] = now
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), directory / PARQUET)
    (found,) = findings(directory)
    assert told in found


def test_a_line_less_in_the_typed_file_is_found(directory: Path) -> None:
    table = pq.read_table(directory / PARQUET)
    pq.write_table(table.slice(0, 5), directory / PARQUET)
    assert len(findings(directory)) == 1

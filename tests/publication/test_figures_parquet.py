"""The figures typed, with their words: what is written, and what the audit says of a change."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlpipeline.audit.copies.files import check_files
from rlpipeline.publication.csv_files import write_indicators_csv
from rlpipeline.publication.figures_parquet import write_figures_parquet
from rlpipeline.published import Bundle, Label, Place
from tests.audit.words.files import Named, check_words_of_files
from tests.publication.factory import bundle, collect_bundles, gathered, table, write

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
ROWS = (Label("moins_6", "Moins_6", ""), Label("total", "Total", "total"))
COLUMNS = (Label("total", "Total", "total"), Label("part", "Part", "part"))
TABLE = Bundle(
    "durees", "service", 2023, "Table durees", "", "", "", "", ROWS, COLUMNS, (), (), (), Place("05.ipynb", "")
)
NAMED = Named({"durees": TABLE}, {"durees": (ROWS, COLUMNS)}, {"62637": ["Portrait", "Oignies"]})
PARQUET = "figures.parquet"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    bundles = collect_bundles([write(tmp_path / "05.ipynb", table(SERVICE), table(COMMUNE))])
    with gathered(bundles) as found:
        write_indicators_csv(found.figures(), tmp_path / "indicateurs.csv")
        write_figures_parquet(found, tmp_path / PARQUET, {"62637": "Oignies"}, "Inventé")
    return tmp_path


def findings(directory: Path) -> list[str]:
    found = [*check_files(directory), *check_words_of_files(directory, NAMED)]
    return [f"{told.first.where} : {told.first_value} / {told.second_value}" for told in found]


def test_the_same_figures_typed(directory: Path) -> None:
    table = pq.read_table(directory / PARQUET)
    assert table.schema.metadata == {b"mention": "Inventé".encode()}
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert rows[0] == (
        *("durees", 2023, "service", "moins_6", "total", 25.0, "jeunes", "arrondi"),
        *("Table durees", "Ensemble du service", "Moins_6", "Total", False, True),
    )
    assert [row[5] for row in rows] == [25.0, 16.78, 0.0, None, -3.0, None]
    assert findings(directory) == []


@pytest.mark.parametrize(
    ("column", "now", "told"),
    [
        ("valeur", 26.0, "ligne moins_6, colonne total : valeur 26 / 25"),
        ("annee", 2022, "annee 2022 / 2023"),
        ("etat", "ok", "etat ok / arrondi"),
        ("libelle_ligne", "Moins_7", "libelle_ligne Moins_7 / Moins_6"),
        ("nom_territoire", "Oignies", "nom_territoire Oignies / Ensemble du service"),
        ("tableau", "Table 2", "tableau Table 2 / Table durees"),
        ("ligne_totale", True, "ligne_totale True / False"),
        ("colonne_totale", False, "colonne_totale False / True"),
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

"""The figures in words, for a French spreadsheet and typed: what is written, and what the audit says of a change."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlpipeline.audit.copies.files import check_files
from rlpipeline.errors import ReconciliationError
from rlpipeline.publication.csv_files import write_indicators_csv
from rlpipeline.publication.excel_csv import write_excel_csv
from rlpipeline.publication.figures_parquet import write_figures_parquet
from rlpipeline.published import Bundle, Label, Place
from rlpipeline.published.dictionary import Dictionary
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
HEADER = (
    "Tableau;Territoire;Année;Ligne;Colonne;Valeur;Unité;État;Code du tableau;Code du territoire;Code de la ligne;"
    "Code de la colonne"
)
LINES = [
    "Table durees;Ensemble du service;2023;Moins_6;Total;25;jeunes;arrondi, à 4 près;durees;service;moins_6;total",
    "Table durees;Ensemble du service;2023;Moins_6;Part;16,78;jeunes;exact;durees;service;moins_6;part",
    "Table durees;Ensemble du service;2023;Total;Total;0;jeunes;arrondi, de 0 à 4;durees;service;total;total",
    "Table durees;Ensemble du service;2023;Total;Part;;jeunes;non communiqué;durees;service;total;part",
    "Table durees;Oignies;2023;Moins_6;Total;-3;jeunes;exact;durees;62637;moins_6;total",
    "Table durees;Oignies;2023;Total;Part;;jeunes;sans objet;durees;62637;total;part",
]
ROWS = (Label("moins_6", "Moins_6", ""), Label("total", "Total", "total"))
COLUMNS = (Label("total", "Total", "total"), Label("part", "Part", "part"))
TABLE = Bundle(
    "durees", "service", 2023, "Table durees", "", "", "", "", ROWS, COLUMNS, (), (), (), Place("05.ipynb", "")
)
NAMED = Named({"durees": TABLE}, {"durees": (ROWS, COLUMNS)}, {"62637": ["Portrait", "Oignies"]})
FILE, PARQUET = "indicateurs-excel.csv", "figures.parquet"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    bundles = collect_bundles([write(tmp_path / "05.ipynb", table(SERVICE), table(COMMUNE))])
    with gathered(bundles) as found:
        write_indicators_csv(found.figures(), tmp_path / "indicateurs.csv")
        write_excel_csv(found, tmp_path / "indicateurs-excel.csv", {"62637": "Oignies"}, "Inventé")
        write_figures_parquet(found, tmp_path / PARQUET, {"62637": "Oignies"}, "Inventé")
    return tmp_path


def findings(directory: Path) -> list[str]:
    found = [*check_files(directory, Dictionary(base=5)), *check_words_of_files(directory, NAMED)]
    return [f"{one.first.where} : {one.first_value} / {one.second_value}" for one in found]


def test_every_figure_in_words(directory: Path) -> None:
    lines = [f"{HEADER};Inventé", *(f"{line};" for line in LINES)]
    assert (directory / FILE).read_bytes().decode("utf-8") == "\ufeff" + "".join(f"{line}\r\n" for line in lines)
    assert findings(directory) == []


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("16,78", "16,79", "ligne moins_6, colonne part : Valeur 16,79 / 16,78"),
        ("à 4 près", "à 3 près", "État arrondi, à 3 près / arrondi, à 4 près"),
        ("de 0 à 4", "de 0 à 9", "État arrondi, de 0 à 9"),
        ("exact;durees;62637", "partiel;durees;62637", "État partiel / exact"),
        ("Oignies;2023", "Oignies;2022", "Année 2022 / 2023"),
        ("Oignies", "Carvin", "Carvin / Portrait Oignies"),
        ("Ensemble du service", "Oignies", "Territoire Oignies / Ensemble du service"),
        ("Moins_6", "Moins_7", "Ligne Moins_7 / Moins_6"),
        (";Part;", ";Total;", "Colonne Total / Part"),
        ("Table durees", "Table 2", "Tableau Table 2 / Table durees"),
        (";62637;", ";62215;", "Code du territoire 62215 / 62637"),
    ],
)
def test_what_is_changed_is_found_at_its_place(directory: Path, was: str, now: str, told: str) -> None:
    text = (directory / FILE).read_text(encoding="utf-8-sig")
    (directory / FILE).write_text(text.replace(was, now, 1), encoding="utf-8-sig")
    (found,) = findings(directory)
    assert told in found


def test_the_same_figures_typed(directory: Path) -> None:
    table = pq.read_table(directory / PARQUET)
    assert table.schema.metadata == {b"mention": "Inventé".encode()}
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert rows[0] == (
        *("durees", 2023, "service", "moins_6", "total", 25.0, "jeunes", "arrondi"),
        *("Table durees", "Ensemble du service", "Moins_6", "Total", False, True),
    )
    assert [row[5] for row in rows] == [25.0, 16.78, 0.0, None, -3.0, None]


@pytest.mark.parametrize(
    ("column", "now", "told"),
    [
        ("valeur", 26.0, "ligne moins_6, colonne total : valeur 26 / 25"),
        ("valeur", None, "valeur  / 25"),
        ("annee", 2022, "annee 2022 / 2023"),
        ("etat", "ok", "etat ok / arrondi"),
        ("ligne", "total", "ligne total / moins_6"),
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


def test_a_line_less_or_more_is_found(directory: Path) -> None:
    lines = (directory / FILE).read_text(encoding="utf-8-sig").splitlines()
    for changed in (lines[:-1], [*lines, lines[-1]]):
        (directory / FILE).write_text("\n".join(changed), encoding="utf-8-sig")
        (found,) = findings(directory)
        assert "ligne " in found


def test_what_is_no_table_is_refused(directory: Path) -> None:
    (directory / FILE).write_text(f"{HEADER}\nTable;Oignies\n", encoding="utf-8-sig")
    with pytest.raises(ReconciliationError):
        findings(directory)

"""The files of figures: what is written in CSV and Parquet, and beside the year before; what the audit says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlpipeline.checks.addresses import check_addresses
from rlpipeline.checks.model import Discrepancy
from rlpipeline.checks.published import read_publication
from rlpipeline.publication.figures import BEFORE, PARQUET, write_figures
from rlpipeline.publication.workbook import write_workbook
from tests.publication.factory import NO_LINKS, bundle, figures

SERVICE = bundle(
    "durees",
    {
        ("moins_6", "total"): 3,
        ("moins_6", "part"): 16.78,
        ("total", "total"): (5.0, "partiel"),
        ("total", "part"): "nc",
    },
)
COMMUNE = bundle("durees", {("moins_6", "total"): 0, ("total", "part"): "vide"}, territory="62637")


def written(tmp_path: Path, *contents: dict[str, Any]) -> list[str]:
    write_figures(figures(*contents), tmp_path)
    return (tmp_path / "indicateurs.csv").read_bytes().decode().splitlines()


def test_every_figure_exactly(tmp_path: Path) -> None:
    assert written(tmp_path, COMMUNE, SERVICE) == [
        "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat",
        "durees,2023,service,moins_6,total,3,jeunes,ok",
        "durees,2023,service,moins_6,part,16.78,jeunes,ok",
        "durees,2023,service,total,total,5,jeunes,partiel",
        "durees,2023,service,total,part,,jeunes,nc",
        "durees,2023,62637,moins_6,total,0,jeunes,ok",
        "durees,2023,62637,total,part,,jeunes,vide",
    ]


def test_territories_follow_the_report(tmp_path: Path) -> None:
    places = ("sans_commune", "62637", "hors", "service", "62215")
    _, *lines = written(
        tmp_path, *(bundle("x", {("a", "b"): 1}, territory=place) for place in places)
    )
    assert [line.split(",")[2] for line in lines] == [
        "service",
        "62637",
        "62215",
        "hors",
        "sans_commune",
    ]


TYPED = bundle(
    "durees",
    {
        ("moins_6", "total"): (25, "arrondi", 5),
        ("moins_6", "part"): 16.78,
        ("total", "total"): (0, "arrondi", 5),
        ("total", "part"): "nc",
    },
)
TYPED_OF_COMMUNE = bundle(
    "durees", {("moins_6", "total"): -3, ("total", "part"): "vide"}, territory="62637"
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    write_figures(figures(TYPED, TYPED_OF_COMMUNE), tmp_path, "Inventé")
    (tmp_path / "datapackage.json").write_text(NO_LINKS, encoding="utf-8")
    return tmp_path


def findings(directory: Path) -> list[str]:
    told = [
        test
        for test in check_addresses(read_publication(directory, 2023))
        if isinstance(test, Discrepancy)
    ]
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


def test_another_state_and_a_line_less_in_the_typed_file_are_found(directory: Path) -> None:
    table = pq.read_table(directory / PARQUET)
    rows = table.to_pylist()
    rows[0]["etat"] = "ok"
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), directory / PARQUET)
    (found,) = findings(directory)
    assert "etat ok / arrondi" in found
    pq.write_table(table.slice(0, 5), directory / PARQUET)
    assert len(findings(directory)) == 1


NOW = {
    ("moins_6", "total"): 3,
    ("moins_6", "part"): 16.78,
    ("total", "total"): (5, "partiel"),
    ("total", "part"): "nc",
    ("nouvelle", "total"): 2,
}
THEN = {
    ("moins_6", "total"): 4,
    ("moins_6", "part"): 16.7,
    ("total", "total"): 6,
    ("total", "part"): 100,
    ("ancienne", "total"): 9,
}


def former(
    values: dict[tuple[str, str], Any], reason: str = "", origin: str = "calculé", **changes: Any
) -> list[Any]:
    """The list ``former`` of a table, for the year before that of the factory."""
    told = {"annee": 2022, "origine": origin, "rupture": reason, **changes}
    return [{**row, **told} for row in bundle("durees", values)["figures"]]


def rows(tmp_path: Path, *contents: dict[str, Any]) -> list[dict[str, Any]]:
    write_figures(figures(*contents), tmp_path)
    return list(pq.read_table(tmp_path / "figures.parquet").to_pylist())


def test_every_cell_of_either_year(tmp_path: Path) -> None:
    told = rows(
        tmp_path,
        bundle("durees", NOW, former=former(THEN)),
        bundle("seul", {("moins_6", "total"): 1}),
    )
    assert [
        tuple(row[name] for name in ("ligne", "annee", "valeur", "unite", "etat", *BEFORE))
        for row in told
    ] == [
        ("moins_6", 2023, 3, "jeunes", "ok", 4, "ok", "calculé", -1, True, ""),
        ("moins_6", 2023, 16.78, "jeunes", "ok", 16.7, "ok", "calculé", 0.08, True, ""),
        (
            "total",
            2023,
            5,
            "jeunes",
            "partiel",
            6,
            "ok",
            "calculé",
            None,
            False,
            "total partiel en 2023",
        ),
        (
            "total",
            2023,
            None,
            "jeunes",
            "nc",
            100,
            "ok",
            "calculé",
            None,
            False,
            "non communiqué en 2023",
        ),
        ("nouvelle", 2023, 2, "jeunes", "ok", None, None, None, None, False, "absent en 2022"),
        ("moins_6", 2023, 1, "jeunes", "ok", *[None] * len(BEFORE)),
        ("ancienne", 2023, None, "jeunes", None, 9, "ok", "calculé", None, False, "absent en 2023"),
    ]


def test_the_workbook_has_the_service_s_evolutions_last(tmp_path: Path) -> None:
    service = bundle("durees", NOW, former=former(THEN))
    own = [{**row, "territoire": "62637"} for row in former(THEN)]
    write_workbook(
        figures(service, bundle("durees", NOW, territory="62637", former=own)), tmp_path / "t.xlsx"
    )
    workbook = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert workbook.sheetnames == ["Sommaire", "Table durees", "Évolutions"]
    page = workbook["Évolutions"]
    lines = [[cell.value for cell in row] for row in page.iter_rows(min_row=4)]
    assert lines[0] == [
        "Tableau", "Ligne", "Colonne", "2023", "2022", "Écart", "Unité", "Origine", "Comparable", "Raison",
    ]  # fmt: skip
    assert lines[1][:9] == [
        "Table durees",
        "Moins_6",
        "Total",
        3,
        4,
        -1,
        "jeunes",
        "calculé",
        "oui",
    ]
    assert lines[4][:6] == ["Table durees", "Total", "Part", "nc", 100, None]
    assert lines[6][:6] == ["Table durees", "ancienne", "Total", None, 9, None]
    assert len(lines) == 1 + len({*NOW, *THEN})


@pytest.mark.parametrize(
    ("reason", "headers"),
    [
        ("", ["TOTAL", "2022\u00a0: TOTAL", "Écart depuis 2022\u00a0: TOTAL"]),
        ("changement de source", ["TOTAL", "2022, non comparable\u00a0: TOTAL"]),
    ],
)
def test_a_sheet_says_where_the_year_before_is_not_comparable(
    tmp_path: Path, reason: str, headers: list[str]
) -> None:
    columns = [{"code": "total", "label": "TOTAL", "kind": ""}]
    then = former({("moins_6", "total"): 4}, reason=reason)
    durees = bundle("durees", {("moins_6", "total"): 3}, columns=columns, former=then)
    write_workbook(figures(durees), tmp_path / "t.xlsx")
    page = openpyxl.load_workbook(tmp_path / "t.xlsx")["Table durees"]
    assert [cell.value for cell in page[4]][3:] == headers


def test_a_figure_of_another_unit_than_the_year_before_stands_alone_on_its_sheet(
    tmp_path: Path,
) -> None:
    then = former({("a", "total"): 4, ("b", "total"): 5})
    then[1]["unite"] = "heures"
    now = {("a", "total"): 3, ("b", "total"): 7}
    write_workbook(figures(bundle("durees", now, former=then)), tmp_path / "t.xlsx")
    page = openpyxl.load_workbook(tmp_path / "t.xlsx")["Table durees"]
    lines = [[cell.value for cell in row][3:] for row in page.iter_rows(min_row=5)]
    assert lines == [[3, 4, -1], [7, None, None]]
    assert page["F5"].number_format == "+#,##0;\u2212#,##0;#,##0"


def test_rounded_figures_have_no_difference_and_compare_only_beyond_their_rounding(
    tmp_path: Path,
) -> None:
    now = {
        ("a", "total"): (25, "arrondi", 5),
        ("b", "total"): (40, "arrondi", 5),
        ("c", "total"): (10, "arrondi", 5),
    }
    then = {
        ("a", "total"): (20, "arrondi", 5),
        ("b", "total"): (30, "arrondi", 5),
        ("c", "total"): 15,
    }
    told = rows(tmp_path, bundle("durees", now, former=former(then)))
    assert [(row["ecart"], row["comparable"], row["raison"]) for row in told] == [
        (None, False, "évolution non mesurable à ce niveau d'arrondi"),
        (None, True, ""),
        (None, False, "évolution non mesurable à ce niveau d'arrondi"),
    ]
    assert [row["etat"] for row in told] == ["arrondi"] * 3

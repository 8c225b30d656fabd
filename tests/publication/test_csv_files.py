from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlpipeline.errors import NotebookError
from rlpipeline.execution.notebook import read_notebook
from rlpipeline.publication.exporter import TABLE_SHOWN as TABLE
from rlpipeline.publication.exporter import File, ShownTable, carried_by
from rlpipeline.publication.figures import write_csv, write_figures
from tests.publication.factory import bundle, figures, shown, table, write

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


def carried(path: Path) -> tuple[list[ShownTable], list[File]]:
    return carried_by([(path, read_notebook(path))])


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
    _, *lines = written(tmp_path, *(bundle("x", {("a", "b"): 1}, territory=place) for place in places))
    assert [line.split(",")[2] for line in lines] == ["service", "62637", "62215", "hors", "sans_commune"]


def test_files_beside_the_report(tmp_path: Path) -> None:
    content = {"name": "alertes.csv", "columns": ["educateur", "mois"], "rows": [{"educateur": "E1", "mois": 7.0}]}
    path = write(tmp_path / "05.ipynb", shown({"application/vnd.rlpipeline.file+json": content}))
    (file,) = carried(path)[1]
    write_csv(tmp_path / file.name, file.columns, file.rows)
    assert (tmp_path / "alertes.csv").read_text(encoding="utf-8") == "educateur,mois\nE1,7\n"
    assert file == ("alertes.csv", ("educateur", "mois"), (("E1", 7.0),))


@pytest.mark.parametrize(
    "content",
    [
        {"name": "../a.csv", "columns": [], "rows": []},
        {"name": "a.html", "columns": [], "rows": []},
        {"name": "a.csv", "columns": ["x"], "rows": [["1", "2"]]},
        {"name": "a.csv", "columns": ["x"]},
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, content: dict[str, Any]) -> None:
    path = write(tmp_path / "05.ipynb", shown({"application/vnd.rlpipeline.file+json": content}))
    with pytest.raises(NotebookError, match="mal formé"):
        carried(path)


def test_what_is_shown_is_told_in_order(tmp_path: Path) -> None:
    several = shown({TABLE: [{"id": "durees", "year": 2023, "territory": place} for place in ("service", "62637")]})
    assert carried(write(tmp_path / "05.ipynb", several, table(SERVICE)))[0] == [
        ("durees", 2023, "service"),
        ("durees", 2023, "62637"),
        ("durees", 2023, "service"),
    ]


def test_a_malformed_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="mal formé") as caught:
        carried(write(tmp_path / "05.ipynb", shown({TABLE: {"id": "durees"}})))
    assert caught.value.where is not None
    assert caught.value.where.endswith("05.ipynb, cellule « c0 »")

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlpipeline.errors import NotebookError, ReconciliationError
from rlpipeline.publication.bundles import TABLE, FigureRow, FileBundle
from rlpipeline.publication.csv_files import write_file, write_indicators_csv
from tests.publication.factory import bundle, collect_bundles, figure, gathered, shown, table, write

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


def figures_of(tmp_path: Path, *contents: dict[str, Any]) -> list[FigureRow]:
    bundles = collect_bundles([write(tmp_path / "05.ipynb", *(table(content) for content in contents))])
    return [*gathered(bundles).figures()]


def test_every_figure_exactly(tmp_path: Path) -> None:
    write_indicators_csv(figures_of(tmp_path, COMMUNE, SERVICE), tmp_path / "indicateurs.csv")
    assert (tmp_path / "indicateurs.csv").read_bytes().decode() == (
        "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat\n"
        "durees,2023,service,moins_6,total,3,jeunes,ok\n"
        "durees,2023,service,moins_6,part,16.78,jeunes,ok\n"
        "durees,2023,service,total,total,5,jeunes,partiel\n"
        "durees,2023,service,total,part,,jeunes,nc\n"
        "durees,2023,62637,moins_6,total,0,jeunes,ok\n"
        "durees,2023,62637,total,part,,jeunes,vide\n"
    )


@pytest.mark.parametrize("other", [4, (3, "partiel"), "nc"])
def test_two_values_for_one_figure_stop_everything(tmp_path: Path, other: Any) -> None:
    with pytest.raises(ReconciliationError) as caught:
        figures_of(tmp_path, SERVICE, bundle("durees", {("moins_6", "total"): other}))
    assert caught.value.where == "indicateur durees, 2023, territoire service, ligne moins_6, colonne total"
    assert caught.value.exit_code == 3


def test_territories_follow_the_report(tmp_path: Path) -> None:
    places = ("sans_commune", "62637", "hors", "service", "62215")
    figures = figures_of(tmp_path, *(bundle("x", {("a", "b"): 1}, territory=place) for place in places))
    order = [figure.territoire for figure in figures]
    assert order == ["service", "62637", "62215", "hors", "sans_commune"]


def test_files_beside_the_report(tmp_path: Path) -> None:
    content = {"name": "alertes.csv", "columns": ["educateur", "mois"], "rows": [{"educateur": "E1", "mois": 7.0}]}
    path = write(tmp_path / "05.ipynb", shown({"application/vnd.rlpipeline.file+json": content}))
    (file,) = collect_bundles([path]).files
    write_file(file, tmp_path)
    assert (tmp_path / "alertes.csv").read_text(encoding="utf-8") == "educateur,mois\nE1,7\n"
    assert file == FileBundle("alertes.csv", ("educateur", "mois"), (("E1", 7.0),))


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
        collect_bundles([path])


@pytest.mark.parametrize("change", [{"figures": [{"ligne": "a"}]}, {"rows": None}, {"columns": [{"code": "a"}]}])
def test_a_malformed_table_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(NotebookError, match="mal formé") as caught:
        collect_bundles([write(tmp_path / "05.ipynb", shown({TABLE: {**SERVICE, **change}}))])
    assert caught.value.where is not None
    assert caught.value.where.endswith("05.ipynb, cellule « c0 »")


def test_every_kind_is_collected_in_order(tmp_path: Path) -> None:
    text = shown({"application/vnd.rlpipeline.text+json": {"name": "edito", "etat": "a_rediger"}})
    several = shown({"application/vnd.rlpipeline.table+json": [SERVICE, COMMUNE]})
    bundles = collect_bundles([write(tmp_path / "05.ipynb", text, figure("Mot."), several)])
    assert [(bundle.name, bundle.state) for bundle in bundles.texts] == [("edito", "a_rediger")]
    assert [(bundle.id, bundle.alt) for bundle in bundles.figures] == [("accompagnes", "Mot.")]
    assert [bundle.territory for bundle in bundles.tables] == ["service", "62637"]

"""The data package describes the files beside it, as who opens them without us needs it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from rlpipeline.figures.structure import structure
from rlpipeline.protection.releases import LEDGER_COLUMNS, public_rules, with_bases
from rlpipeline.publication.figures import KEY, write_figures
from rlpipeline.publication.page import marked
from rlpipeline.publication.publish import STATES as DESCRIBED
from rlpipeline.publication.publish import write_datapackage
from rlpipeline.settings.models import Disclosure, load_settings
from rlpipeline.states import STATES
from tests.declared import INDICATORS
from tests.publication.factory import figures

TYPES = {"string", "number", "integer", "year", "boolean"}
RULES = {"base": 5, "autres": []}


def frame(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Figures from indicator, territory, line, column, value, state, base."""
    told = [
        (i, 2023, t, line, c, value, "jeunes", state, base)
        for i, t, line, c, value, state, base in rows
    ]
    return pd.DataFrame(told, columns=list(LEDGER_COLUMNS))


@pytest.fixture(params=["interne", "diffusion"])
def package(request: pytest.FixtureRequest, root: Path, tmp_path: Path) -> dict:
    rounding = RULES if request.param == "diffusion" else None
    settings = load_settings(root / "params", 2023).model_copy(update={"edition": request.param})
    said = marked("", settings.service.demonstration)
    write_figures(of_year := figures(), tmp_path, said)
    write_datapackage(
        tmp_path, settings, of_year, rounding, structure(INDICATORS, settings.service).described()
    )
    content = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    assert ("arrondi" in content) == (request.param == "diffusion")
    return {"content": content, "folder": tmp_path}


def test_it_is_a_data_package_of_the_files_beside_it(package: dict) -> None:
    content, folder = package["content"], package["folder"]
    assert re.fullmatch(r"[a-z0-9._-]+", content["name"])
    files = {path.name for path in folder.iterdir()} - {"datapackage.json"}
    assert files == {one["path"] for one in content["resources"]}
    for resource in content["resources"]:
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert header(folder / resource["path"], resource) == [*fields]
        assert {field["type"] for field in fields.values()} <= TYPES
        assert all(field["description"] for field in fields.values())
        assert (
            "0 avec l'état « arrondi » veut dire : de 0 à la base moins 1"
            in fields["valeur"]["description"]
        )
        assert set(resource["schema"]["primaryKey"]) <= set(fields)
        assert len(resource["schema"]["primaryKey"]) == len(KEY)


def header(path: Path, resource: dict) -> list[str]:
    if path.suffix == ".parquet":
        return [*pq.read_schema(path).names]
    assert (resource["type"], resource["format"], resource["encoding"]) == ("table", "csv", "utf-8")
    with path.open(encoding="utf-8-sig") as stream:
        return next(csv.reader(stream))


def test_every_state_of_a_figure_is_described() -> None:
    assert set(DESCRIBED) == set(STATES)


@pytest.mark.parametrize(
    "rounded",
    [
        frame(("problematiques", "62215", "sante_justice", "total", 10, "arrondi", 10)),
        frame(
            ("problematiques", "62215", "sante_justice", "total", 10, "arrondi", 10),
            ("problematiques", "62215", "sante_justice", "F", 10, "arrondi", 10),
            ("problematiques", "62215", "logement", "total", 10, "arrondi", 5),
            ("problematiques", "62215", "sante_justice", "G", 0, "masque", 0),
            ("problematiques", "service", "sante_justice", "total", 30, "ok", 0),
        ),
        frame(
            ("problematiques", "62215", "sante_justice", "total", 10, "arrondi", 10),
            ("problematiques", "62215", "sante_justice", "F", 5, "arrondi", 5),
        ),
    ],
)
def test_the_base_of_every_figure_is_found_again(rounded: pd.DataFrame) -> None:
    rules = json.loads(json.dumps(public_rules(rounded, Disclosure(), {})))
    again = with_bases(rounded.drop(columns="base"), rules)
    assert again["base"].tolist() == rounded["base"].tolist()


def test_a_line_is_told_once_where_all_of_it_has_its_base() -> None:
    rounded = frame(
        ("problematiques", "62215", "sante_justice", "total", 10, "arrondi", 10),
        ("problematiques", "62215", "sante_justice", "F", 10, "arrondi", 10),
    )
    told = {
        "indicateur": "problematiques",
        "territoire": "62215",
        "ligne": "sante_justice",
        "base": 10,
    }
    assert public_rules(rounded, Disclosure(), {})["autres"] == [told]

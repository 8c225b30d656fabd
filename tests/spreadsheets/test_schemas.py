"""The schemas accept what the programme accepts, and say it in French."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from rlpipeline.records.tables import TABLES
from rlpipeline.spreadsheets.schemas import schemas

SCHEMAS = {name: json.loads(content) for name, content in schemas().items()}


def values(path: Path) -> Any:
    """What a file says, its dates as the JSON of an editor has them."""
    found = yaml.safe_load(path.read_text("utf-8"))
    return json.loads(json.dumps(found, default=date.isoformat))


def refusals(name: str, settings: Any) -> list[str]:
    Draft202012Validator.check_schema(SCHEMAS[name])
    return [error.message for error in Draft202012Validator(SCHEMAS[name]).iter_errors(settings)]


def test_the_settings_of_the_example_are_accepted(root: Path) -> None:
    assert refusals("rlpipeline.json", values(root / "rlpipeline.yml")) == []
    assert refusals("service.json", values(root / "params/service.yml")) == []
    for report in root.glob("params/*/rapport.yml"):
        assert refusals("rapport.json", values(report)) == []


def test_what_the_programme_refuses_is_refused() -> None:
    service = {"nom": "S", "departement": "62", "communes": [{"code": "2215", "nom": "Carvin"}]}
    wrong = {
        "rlpipeline.json": {"sources": "x"},
        "rapport.json": {"statut": "validé"},
        "service.json": service,
    }
    assert [name for name, settings in wrong.items() if not refusals(name, settings)] == []


def test_the_records_of_the_example_are_as_their_schema_says(root: Path) -> None:
    tables = {one["name"]: one for one in SCHEMAS["donnees.json"]["resources"]}
    assert [*tables] == [table.name for table in TABLES]
    for table in TABLES:
        fields = {field["name"]: field for field in tables[table.name]["schema"]["fields"]}
        with (root / "data/exemple" / tables[table.name]["path"]).open(
            encoding="utf-8", newline=""
        ) as stream:
            for row in csv.DictReader(stream):
                assert set(row) <= set(fields)
                for name, value in row.items():
                    constraints = fields[name].get("constraints", {})
                    assert value or not constraints.get("required"), (table.name, name)
                    assert not value or value in constraints.get("enum", [value]), (
                        table.name,
                        name,
                    )


def test_the_documentation_has_them_as_they_are_written(root: Path) -> None:
    assert {
        path.name: path.read_text("utf-8") for path in (root / "docs/schemas").iterdir()
    } == schemas()

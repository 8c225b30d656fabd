"""What the settings and the records may hold, for editors (JSON Schema) and for vendors of software (Table Schema)."""

import json
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rlpipeline.records.tables import TABLES, Column, Contract
from rlpipeline.settings.models import Places, ReportSettings, Service
from rlpipeline.settings.project import WORDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
FOLDER = ".schemas"  # where the schemas are in a service's folder: editors find them there, no report reads them
RLPIPELINE = "rlpipeline"
MODELS: Mapping[str, type[BaseModel]] = {
    RLPIPELINE: Places,
    "service": Service,
    "rapport": ReportSettings,
}
RECORDS = "donnees"
_KEY = re.compile(r"^#?(\w+):")
_TYPES = {"date": "date", "year": "year", "number": "number", "flag": "boolean"}


def schemas() -> Mapping[str, str]:
    """Content of each schema by the name of its file. ``rlpipeline.json``, ``service.json``, ``rapport.json`` are JSON
    Schemas of the settings; ``donnees.json`` is a Data Package 2.0, whose resources have the Table Schema of each table
    of the records."""
    records: dict[str, Any] = {
        "$schema": PROFILE,
        "name": "donnees-prevention-specialisee",
        "title": "Les données d'un service de prévention spécialisée, telles que rlpipeline les lit",
        "resources": [_resource(table) for table in TABLES],
    }
    every = {name: _settings(name, model) for name, model in MODELS.items()} | {RECORDS: records}
    return {
        f"{name}.json": json.dumps(one, ensure_ascii=False, indent=1) + "\n"
        for name, one in every.items()
    }


def write_schemas(directory: Path) -> tuple[Path, ...]:
    """Write every schema in a folder; OSError where it cannot be written."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in schemas().items():
        paths.append(directory / name)
        paths[-1].write_text(content, encoding="utf-8", newline="\n")
    return tuple(paths)


def _settings(name: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = _for_editors(model.model_json_schema())
    words = WORDS if name == RLPIPELINE else _explained(name)
    for key, one in schema["properties"].items():
        if key in words:
            one["description"] = words[key]
    return {"$schema": DIALECT, **schema, "title": f"{name}.yml"}


def _for_editors(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_for_editors(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        schema = {**schema, "type": ["string", "number"]}
    apart = {"title", "description"}
    return {
        key: {name: _for_editors(value) for name, value in one.items()}
        if key in ("properties", "$defs")
        else _for_editors(one)
        for key, one in schema.items()
        if key not in apart or not isinstance(one, str)
    }


def _explained(name: str) -> Mapping[str, str]:
    source = resources.files("rlpipeline.spreadsheets").joinpath("data", f"{name}.modele.yml")
    words: dict[str, str] = {}
    above: list[str] = []
    for line in re.sub(r"{{ \w+ }}", "ANNÉE", source.read_text(encoding="utf-8")).splitlines():
        key = _KEY.match(line)
        if key:
            words[key[1]] = " ".join(above)
        above = [*above, line[2:]] if line.startswith("# ") and not key else []
    return {key: one for key, one in words.items() if one}


def _resource(table: Contract) -> dict[str, Any]:
    references = [
        {"fields": [item.column], "reference": {"resource": item.table, "fields": [item.target]}}
        for item in table.references
    ]
    schema = {
        "fields": [_field(column) for column in table.columns],
        "fieldsMatch": "superset",
        "missingValues": ["", "NC"],
        "primaryKey": [*table.key],
        "foreignKeys": references,
    }
    file = {
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
    }
    named = {"name": table.name, "type": "table", "title": table.label, "description": table.note}
    return {**named, **file, "obligatoire": table.required, "schema": _without_nothing(schema)}


def _field(column: Column) -> dict[str, Any]:
    constraints = {
        "minimum": column.minimum,
        "maximum": column.maximum,
        "required": None if column.nullable else True,
        "enum": [*column.codes],
        "pattern": r"\d{4}(-\d{2}-\d{2})?" if column.kind == "birth" else None,
    }
    field = {
        "name": column.name,
        "type": "integer" if column.whole else _TYPES.get(column.kind, "string"),
        "description": column.note,
        **({"trueValues": ["oui"], "falseValues": ["non"]} if column.kind == "flag" else {}),
        "categories": [{"value": code, "label": words} for code, words in column.words.items()],
        "constraints": _without_nothing(constraints),
    }
    return {**_without_nothing(field), "obligatoire": column.required}


def _without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in values.items() if value is not None and value not in ([], {})
    }

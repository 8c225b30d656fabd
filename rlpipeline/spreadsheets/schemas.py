"""What the settings and the records may hold, for editors (JSON Schema) and for vendors of software (Table Schema)."""

import json
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rlpipeline.records.tables import TABLES, Column, Contract, Reference
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
    every = {name: _settings(name, model) for name, model in MODELS.items()}
    every[RECORDS] = records
    return {f"{name}.json": _written(schema) for name, schema in every.items()}


def _written(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def write_schemas(directory: Path) -> tuple[Path, ...]:
    """Write every schema in a folder; OSError where it cannot be written."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in schemas().items():
        paths.append(directory / name)
        paths[-1].write_text(content, encoding="utf-8", newline="\n")
    return tuple(paths)


def _settings(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a file of settings, each key with what it is for."""
    schema = _for_editors(model.model_json_schema())
    words = WORDS if name == RLPIPELINE else _explained(name)
    for key, described in schema["properties"].items():
        if key in words:
            described["description"] = words[key]
    return {"$schema": DIALECT, **schema, "title": f"{name}.yml"}


def _for_editors(schema: Any) -> Any:
    """A schema without titles; a text may be written as a number, as YAML reads it."""
    if isinstance(schema, list):
        return [_for_editors(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    is_text = schema.get("type") == "string"
    if is_text and not {"enum", "const", "format"} & schema.keys():
        schema = {**schema, "type": ["string", "number"]}
    kept = {key: part for key, part in schema.items() if not _is_title(key, part)}
    for key, part in kept.items():
        is_named = key in ("properties", "$defs")
        kept[key] = _each_for_editors(part) if is_named else _for_editors(part)
    return kept


def _is_title(key: str, part: object) -> bool:
    """Whether a part of a schema is what the library says of it."""
    return key in ("title", "description") and isinstance(part, str)


def _each_for_editors(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _for_editors(part) for name, part in parts.items()}


def _explained(name: str) -> Mapping[str, str]:
    """Each key of a file of settings to the lines that explain it in the file that ``new`` writes."""
    source = resources.files("rlpipeline.spreadsheets").joinpath("data", f"{name}.modele.yml")
    text = re.sub(r"{{ \w+ }}", "ANNÉE", source.read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    above: list[str] = []
    for line in text.splitlines():
        key = _KEY.match(line)
        if key:
            words[key[1]] = " ".join(above)
        is_text = line.startswith("# ") and not key
        above = [*above, line[2:]] if is_text else []
    return {key: explained for key, explained in words.items() if explained}


def _resource(table: Contract) -> dict[str, Any]:
    """A table of the records as a resource of a data package."""
    resource: dict[str, Any] = {"name": table.name, "type": "table", "title": table.label}
    resource["description"] = table.note
    resource |= {"path": f"{table.name}.csv", "format": "csv", "mediatype": "text/csv"}
    resource |= {"encoding": "utf-8", "obligatoire": table.required}
    resource["schema"] = _without_nothing(_schema_of(table))
    return resource


def _schema_of(table: Contract) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [*map(_field, table.columns)], "fieldsMatch": "superset"}
    schema["missingValues"] = ["", "NC"]
    schema["primaryKey"] = [*table.key]
    schema["foreignKeys"] = [*map(_foreign_key, table.references)]
    return schema


def _foreign_key(reference: Reference) -> dict[str, Any]:
    target = {"resource": reference.table, "fields": [reference.target]}
    return {"fields": [reference.column], "reference": target}


def _field(column: Column) -> dict[str, Any]:
    """A column as a field of a Table Schema."""
    kind = "integer" if column.whole else _TYPES.get(column.kind, "string")
    field: dict[str, Any] = {"name": column.name, "type": kind, "description": column.note}
    if column.kind == "flag":
        field |= {"trueValues": ["oui"], "falseValues": ["non"]}
    words = column.words.items()
    field["categories"] = [{"value": code, "label": label} for code, label in words]
    field["constraints"] = _without_nothing(_constraints(column))
    return {**_without_nothing(field), "obligatoire": column.required}


def _constraints(column: Column) -> dict[str, Any]:
    bounds: dict[str, Any] = {"minimum": column.minimum, "maximum": column.maximum}
    bounds["required"] = None if column.nullable else True
    bounds["enum"] = [*column.codes]
    bounds["pattern"] = r"\d{4}(-\d{2}-\d{2})?" if column.kind == "birth" else None
    return bounds


def _without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if not _is_nothing(value)}


def _is_nothing(value: object) -> bool:
    return value is None or value in ([], {})

"""``datapackage.json``: what the CSV files hold, column by column, for who opens them without us (Data Package 2.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlpipeline.publication.figures import COLUMNS, FIGURES, KEY, PARQUET, TYPES, Figures
from rlpipeline.publication.page import marked
from rlpipeline.settings.models import Settings
from rlpipeline.settings.strict_yaml import packaged

NAME = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
WORDS: Mapping[str, Any] = packaged("publication/datapackage.yml")
STATES: Mapping[str, str] = WORDS["etats"]
KINDS = {"string": "string", "double": "number", "bool": "boolean", "int32": "integer"}
"""Types of Data Package, by those of Arrow."""


def write_datapackage(
    directory: Path,
    settings: Settings,
    figures: Figures,
    rounding: Mapping[str, Any] | None,
    tables: Mapping[str, Any],
) -> Path:
    """Describe the CSV files of figures; give the file.

    ``rounding``: what is published of the rounding, the thresholds and the wider classes; None in the edition
    ``interne``; ``tables``: what the tables cross and what links them (:func:`rlpipeline.figures.structure.structure`).
    """
    columns = [_field(name, "year") for name in COLUMNS]
    if notice := marked("", settings.service.demonstration):
        always = "Toujours vide : son nom dit ce qu'il faut savoir du fichier"
        columns.append({"name": notice, "type": "string", "description": always})
    title = settings.report.titre or f"Rapport d'activité {settings.year}"
    package = {
        "$schema": PROFILE,
        "name": f"rapport-activite-{settings.year}-{settings.edition}",
        "title": f"{title}, {settings.service.nom}",
        "description": "Tous les chiffres du rapport, un par ligne, et ceux de l'année précédente en regard.",
        "resources": [
            _resource(FIGURES, "Chiffres du rapport", "text/csv", columns),
            _resource(
                PARQUET,
                "Chiffres du rapport, avec leurs mots et l'année précédente ; sans état : ce qu'elle seule avait",
                "application/vnd.apache.parquet",
                [*map(_field, TYPES)],
            ),
        ],
        **tables,
        "libelles": _labels(figures),
        **({"arrondi": dict(rounding)} if rounding is not None else {}),
    }
    path = directory / NAME
    path.write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return path


def _labels(figures: Figures) -> list[dict[str, Any]]:
    labels: dict[tuple[str, str, str], dict[str, Any]] = {}
    for axis in ("ligne", "colonne"):
        columns = ["indicateur", axis, f"libelle_{axis}", f"{axis}_totale"]
        of_year = figures.frame.loc[figures.frame["etat"].notna(), columns].drop_duplicates(columns[:2])
        for table, code, words, total in of_year.itertuples(index=False):
            said = {"libelle": words, **({"total": True} if total else {})}
            labels[table, axis, code] = {"tableau": table, "axe": axis, "code": code, **said}
    return [labels[key] for key in sorted(labels)]


def _resource(path: str, title: str, mediatype: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    name, _, kind = path.partition(".")
    schema = {"fields": fields, "primaryKey": [*KEY]}
    resource = {"name": name, "type": "table", "title": title, "path": path, "format": kind, "mediatype": mediatype}
    if kind == "csv":
        return {**resource, "encoding": "utf-8", "schema": {**schema, "missingValues": [""]}}
    return {**resource, "schema": schema}


def _field(name: str, year: str = "integer") -> dict[str, Any]:
    states = f"État du nombre : {' ; '.join(f'{state} : {meaning}' for state, meaning in STATES.items())}"
    meaning = WORDS["colonnes"][name].format(zero=WORDS["zero"], etats=states)
    enum = {"constraints": {"enum": [*STATES]}} if name.startswith("etat") else {}
    kind = year if name == "annee" else KINDS[str(TYPES[name])]
    return {"name": name, "type": kind, "description": meaning, **enum}

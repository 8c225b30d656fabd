"""``datapackage.json``: what the CSV files hold, column by column, for who opens them without us (Data Package 2.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlpipeline.publication.figures import COLUMNS, FIGURES, KEY, PARQUET, TYPES, Figures
from rlpipeline.publication.page import marked
from rlpipeline.settings.models import Settings

NAME = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
STATES = {
    "ok": "nombre exact",
    "arrondi": "multiple d'une base, à moins d'une base du nombre exact (voir « arrondi »)",
    "partiel": "somme de ce qui est communiqué seulement",
    "nc": "non communiqué, sans nombre",
    "vide": "sans objet, sans nombre",
    "masque": "non diffusé, sans nombre",
}
ROUNDED_ZERO = "0 avec l'état « arrondi » veut dire : de 0 à la base moins 1, et non zéro"
STATE = f"État du nombre : {' ; '.join(f'{state} : {meaning}' for state, meaning in STATES.items())}"
FIELDS = {
    "indicateur": ("string", "Code du tableau"),
    "annee": ("year", "Année comptée"),
    "territoire": (
        "string",
        "« service », code INSEE d'une commune, « hors » du territoire, ou « sans_commune »",
    ),
    "ligne": ("string", "Code de la ligne du tableau ; « total » pour toutes"),
    "colonne": ("string", "Code de la colonne du tableau ; « total » pour toutes"),
    "valeur": ("number", f"Le nombre ; vide où l'état n'en a pas ; {ROUNDED_ZERO}"),
    "unite": ("string", "Ce qui est compté, ou l'unité de mesure"),
    "etat": ("string", STATE),
    "tableau": ("string", "Titre du tableau"),
    "nom_territoire": ("string", "Nom du territoire"),
    "libelle_ligne": ("string", "Ce que dit la ligne"),
    "libelle_colonne": ("string", "Ce que dit la colonne"),
    "ligne_totale": ("boolean", "Si la ligne est un total"),
    "colonne_totale": ("boolean", "Si la colonne est un total"),
    "valeur_precedente": ("number", f"Le nombre de l'année précédente ; vide où l'état n'en a pas ; {ROUNDED_ZERO}"),
    "etat_precedent": ("string", f"{STATE}, l'année précédente"),
    "origine": ("string", "D'où vient le nombre de l'année précédente : « calculé » ou « publié »"),
    "ecart": ("number", "Valeur moins valeur précédente, où les deux sont exactes et comparables"),
    "comparable": ("boolean", "Si les deux années sont comparables ; vide où le tableau n'a pas d'année précédente"),
    "raison": ("string", "Pourquoi les deux années ne sont pas comparables"),
}
"""Type and meaning of each column; in ``figures.parquet``, a line without a state is of the year before alone."""


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
    said = marked("", settings.service.demonstration)
    always = "Toujours vide : son nom dit ce qu'il faut savoir du fichier"
    notice = [{"name": said, "type": "string", "description": always}] if said else []
    title = settings.report.titre or f"Rapport d'activité {settings.year}"
    package = {
        "$schema": PROFILE,
        "name": f"rapport-activite-{settings.year}-{settings.edition}",
        "title": f"{title}, {settings.service.nom}",
        "description": "Tous les chiffres du rapport, un par ligne, et ceux de l'année précédente en regard.",
        "resources": [
            _resource(FIGURES, "Chiffres du rapport", "text/csv", [*map(_field, COLUMNS), *notice]),
            _resource(
                PARQUET,
                "Chiffres du rapport, avec leurs mots et l'année précédente ; sans état : ce qu'elle seule avait",
                "application/vnd.apache.parquet",
                [_field(name, "integer" if name == "annee" else "") for name in TYPES],
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


def _field(name: str, type: str = "") -> dict[str, Any]:
    usual, meaning = FIELDS[name]
    states = {"constraints": {"enum": [*STATES]}} if name.startswith("etat") else {}
    return {"name": name, "type": type or usual, "description": meaning, **states}

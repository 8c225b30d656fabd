"""``datapackage.json``: what the CSV files hold, column by column, for who opens them without us (Data Package 2.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rlpipeline.publication import evolutions, excel_csv, figures
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
KEY = ("indicateur", "annee", "territoire", "ligne", "colonne")
CODES = {
    "indicateur": "Code du tableau",
    "territoire": "« service », code INSEE d'une commune, « hors » (hors du territoire) ou « sans_commune »",
    "ligne": "Code de la ligne du tableau ; « total » pour toutes",
    "colonne": "Code de la colonne du tableau ; « total » pour toutes",
    "unite": "Ce qui est compté, ou l'unité de mesure",
}
ROUNDED_ZERO = "0 avec l'état « arrondi » veut dire : de 0 à la base moins 1, et non zéro"
NUMBERS = {
    "valeur": f"Le nombre ; vide où l'état n'en a pas ; {ROUNDED_ZERO}",
    "valeur_precedente": f"Le nombre de l'année précédente ; vide où l'état n'en a pas ; {ROUNDED_ZERO}",
    "ecart": "Valeur moins valeur précédente, où les deux sont exactes et comparables ; vide où l'une est arrondie",
}
YEARS = {"annee": "Année comptée", "annee_precedente": "Année à laquelle elle est comparée"}
OTHERS = {
    "origine": "D'où vient le nombre de l'année précédente : « calculé » ou « publié »",
    "raison": "Pourquoi les deux années ne sont pas comparables",
}


def write_datapackage(
    directory: Path,
    settings: Settings,
    edition: str,
    rounding: Mapping[str, Any] | None,
    tables: Mapping[str, Any],
) -> Path:
    """Describe the CSV files of figures; give the file.

    Parameters
    ----------
    rounding
        What is published of the rounding, the thresholds and the wider classes; None in the edition ``interne``.
    tables
        What the tables cross and what links them (:func:`rlpipeline.figures.structure.structure`).
    """
    title = settings.report.titre or f"Rapport d'activité {settings.year}"
    package = {
        "$schema": PROFILE,
        "name": f"rapport-activite-{settings.year}-{edition}",
        "title": f"{title}, {settings.service.nom}",
        "description": "Tous les chiffres du rapport, un par ligne, et ceux de l'année précédente en regard.",
        "resources": [
            _resource("indicateurs", "Chiffres du rapport", figures.COLUMNS),
            _resource("evolutions", "Chiffres comparés à l'année précédente", evolutions.COLUMNS),
            _spreadsheet(),
        ],
        **tables,
        **({"arrondi": dict(rounding)} if rounding is not None else {}),
    }
    path = directory / NAME
    path.write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return path


def _resource(name: str, title: str, columns: Sequence[str]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "table",
        "title": title,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(column) for column in columns],
            "primaryKey": [*KEY],
            "missingValues": [""],
        },
    }


def _spreadsheet() -> dict[str, Any]:
    """The same figures in words, which a French spreadsheet opens as they are."""
    described = {
        "Valeur": f"{NUMBERS['valeur']} ; virgule décimale",
        "Année": YEARS["annee"],
        "État": "Ce que vaut le nombre : « exact », « arrondi » et de combien au plus, ou pourquoi il n'y en a pas",
    }
    types = {"Valeur": {"type": "number", "decimalChar": ","}, "Année": {"type": "year"}}
    codes = dict(zip(excel_csv.CODES, CODES.values(), strict=False))
    meanings = {**codes, **described}
    fields = [
        {"name": name, **types.get(name, {"type": "string"}), "description": meanings.get(name, f"{name}, en clair")}
        for name in excel_csv.COLUMNS
    ]
    return {
        "name": "indicateurs-excel",
        "type": "table",
        "title": "Chiffres du rapport, en clair, pour tableur",
        "path": "indicateurs-excel.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ";", "lineTerminator": "\r\n"},
        "schema": {"fields": fields, "primaryKey": ["Année", *excel_csv.CODES], "missingValues": [""]},
    }


def _field(name: str) -> dict[str, Any]:
    if name in YEARS:
        return {"name": name, "type": "year", "description": YEARS[name]}
    if name in NUMBERS:
        return {"name": name, "type": "number", "description": NUMBERS[name]}
    if name in ("etat", "etat_precedent"):
        words = " ; ".join(f"{state} : {meaning}" for state, meaning in STATES.items())
        described = {"description": f"État du nombre : {words}", "constraints": {"enum": [*STATES]}}
        return {"name": name, "type": "string", **described}
    if name == "comparable":
        described = {
            "description": "Si les deux années sont comparables",
            "trueValues": ["oui"],
            "falseValues": ["non"],
        }
        return {"name": name, "type": "boolean", **described}
    return {"name": name, "type": "string", "description": {**CODES, **OTHERS}[name]}

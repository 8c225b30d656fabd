"""``datapackage.json``: what the CSV files hold, column by column, for who opens them without us (Data Package 2.0)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rlpipeline.publication import csv_files, evolutions, figures_parquet
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
    said = marked("", settings.service.demonstration)
    title = settings.report.titre or f"Rapport d'activité {settings.year}"
    package = {
        "$schema": PROFILE,
        "name": f"rapport-activite-{settings.year}-{edition}",
        "title": f"{title}, {settings.service.nom}",
        "description": "Tous les chiffres du rapport, un par ligne, et ceux de l'année précédente en regard.",
        "resources": [
            _resource("indicateurs", "Chiffres du rapport", csv_files.COLUMNS, said),
            _resource("evolutions", "Chiffres comparés à l'année précédente", evolutions.COLUMNS, said),
            _parquet(),
        ],
        **tables,
        "libelles": _labels(directory / figures_parquet.NAME),
        **({"arrondi": dict(rounding)} if rounding is not None else {}),
    }
    path = directory / NAME
    path.write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return path


def _labels(path: Path) -> list[dict[str, Any]]:
    """Words of each line and column of each table, and whether it is a total, as ``figures.parquet`` has them."""
    labels: dict[tuple[str, str, str], dict[str, Any]] = {}
    axes = {
        axis: (axis, f"libelle_{axis}", total)
        for axis, total in zip(("ligne", "colonne"), figures_parquet.TOTALS, strict=True)
    }
    with path.open("rb") as stream:
        read = pq.read_table(stream, columns=["indicateur", *chain.from_iterable(axes.values())])
    for axis, (_, _, total) in axes.items():
        for one in read.group_by(["indicateur", *axes[axis]]).aggregate([]).to_pylist():
            key = (one["indicateur"], axis, one[axis])
            words = {"libelle": one[f"libelle_{axis}"], **({"total": True} if one[total] else {})}
            labels[key] = {**dict(zip(("tableau", "axe", "code"), key, strict=True)), **words}
    return [labels[key] for key in sorted(labels)]


def _resource(name: str, title: str, columns: Sequence[str], said: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "table",
        "title": title,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [*(_field(column) for column in columns), *_said(said)],
            "primaryKey": [*KEY],
            "missingValues": [""],
        },
    }


def _parquet() -> dict[str, Any]:
    """The same figures, typed, with their words."""
    described = {
        "tableau": "Titre du tableau",
        "nom_territoire": "Nom du territoire",
        "libelle_ligne": "Ce que dit la ligne",
        "libelle_colonne": "Ce que dit la colonne",
    }
    totals = {"ligne_totale": "Si la ligne est un total", "colonne_totale": "Si la colonne est un total"}
    fields = [_field(name) for name in csv_files.COLUMNS]
    fields += [{"name": name, "type": "string", "description": words} for name, words in described.items()]
    fields += [{"name": name, "type": "boolean", "description": words} for name, words in totals.items()]
    for field in fields:
        if field["name"] in YEARS:
            field["type"] = "integer"
    return {
        "name": "figures",
        "type": "table",
        "title": "Chiffres du rapport, avec leurs mots",
        "path": figures_parquet.NAME,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": {"fields": fields, "primaryKey": [*KEY]},
    }


def _said(said: str) -> list[dict[str, Any]]:
    """The column that says by its name alone which edition it is, or that records are invented."""
    return (
        [{"name": said, "type": "string", "description": "Toujours vide : son nom dit ce qu'il faut savoir du fichier"}]
        if said
        else []
    )


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

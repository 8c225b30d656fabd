"""The communes' outlines that the service supplies as GeoJSON, read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlpipeline.errors import SettingsError
from rlpipeline.settings.models import Settings

CODES = ("code", "insee", "code_insee", "insee_com", "codgeo", "com_code", "code_commune")
"""Names that files give to the INSEE code of a commune, in lower case."""
FEWEST_POINTS = 3
Point = tuple[float, float]
Ring = tuple[Point, ...]
EXPECTED = "un fichier GeoJSON : une FeatureCollection de Polygon ou MultiPolygon, une commune par Feature"


@dataclass(frozen=True)
class Outline:
    """One commune: its INSEE code (empty where the file gives none) and its rings."""

    code: str
    rings: tuple[Ring, ...]


def outlines_of(settings: Settings) -> tuple[Outline, ...]:
    """Read the outlines that ``carte`` names; none where the settings name none.

    Raises
    ------
    SettingsError
        The file is elsewhere, missing, no GeoJSON of polygons, or lacks a commune of the service.
    """
    name = settings.service.carte
    if name is None:
        return ()
    path = _inside(settings.directory, name)
    outlines = tuple(_outlines(path, _features(path)))
    codes = {outline.code for outline in outlines}
    missing = [commune for commune in settings.service.communes if commune.code not in codes]
    if missing:
        names = ", ".join(f"{commune.code} ({commune.nom})" for commune in missing[:3])
        raise _wrong(path, "La carte n'a pas toutes les communes du service.", f"il manque {names}", _codes_expected())
    return outlines


def _codes_expected() -> str:
    return f"le code INSEE de chaque commune dans une propriété {', '.join(CODES)}"


def _inside(directory: Path, name: str) -> Path:
    path = directory / name
    if not path.resolve().is_relative_to(directory.resolve()) or Path(name).is_absolute():
        raise SettingsError(
            "La carte doit être dans le dossier des paramètres.", str(directory / "service.yml"), got=f"carte: {name!r}"
        )
    if not path.is_file():
        raise SettingsError(
            "Le fichier de la carte est introuvable.",
            str(directory / "service.yml"),
            expected=f"un fichier {name} dans le dossier des paramètres",
            todo="corriger la clé carte, ou l'enlever",
        )
    return path


def _features(path: Path) -> Sequence[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _wrong(path, "Le fichier de la carte n'est pas du JSON.") from error
    features = content.get("features") if isinstance(content, Mapping) else None
    if not isinstance(content, Mapping) or content.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise _wrong(path, "Le fichier de la carte n'est pas une FeatureCollection.")
    return features


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _outlines(path: Path, features: Sequence[Any]) -> Iterator[Outline]:
    for number, feature in enumerate(features, start=1):
        try:
            yield Outline(_code(feature["properties"] or {}), tuple(_rings(feature["geometry"])))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError) as error:
            raise _wrong(path, f"Le contour numéro {number} de la carte ne se lit pas.") from error


def _code(properties: Mapping[str, Any]) -> str:
    by_name = {str(name).lower(): value for name, value in properties.items()}
    return next((by_name[name] for name in CODES if isinstance(by_name.get(name), str)), "")


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}[kind]
    for polygon in polygons:
        for ring in polygon:
            points = tuple(_point(point) for point in ring)
            if len(points) < FEWEST_POINTS:
                raise ValueError("a ring has fewer than three points")
            yield points


def _point(point: Sequence[Any]) -> Point:
    x, y = (float(number) for number in point[:2] if isinstance(number, int | float) and not isinstance(number, bool))
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) < 1e8 and abs(y) < 1e8):
        raise ValueError("a coordinate is no number of a map")
    return x, y


def _wrong(path: Path, what: str, got: str | None = None, expected: str = EXPECTED) -> SettingsError:
    return SettingsError(what, str(path), expected, got, "corriger le fichier, ou enlever la clé carte de service.yml")

"""``index.html`` of the output folder: every report of every year, commune and edition, for the service alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from rlpipeline.execution.install import DIFFUSION, INDEX, MANIFEST, YEAR, write_whole
from rlpipeline.publication.appearance import look_of
from rlpipeline.publication.datapackage import NAME as DATAPACKAGE
from rlpipeline.publication.figures import FIGURES, PARQUET
from rlpipeline.publication.page import filled, marked
from rlpipeline.publication.printing import pdf_path, poster_path
from rlpipeline.publication.publish import PORTRAITS, REPORT, WORKBOOK
from rlpipeline.publication.slides import SLIDES
from rlpipeline.publication.wording import by_letter, french_date
from rlpipeline.settings.models import Service

MARK = "Index interne du service — ne pas diffuser"
NAMES = {"interne": "Édition interne", DIFFUSION: "Édition à diffuser"}
FILES = {
    "rapport.pdf": "rapport (PDF)",
    SLIDES: "diapositives",
    "audit.html": "contrôles",
    WORKBOOK: "tableaux (classeur)",
    FIGURES: "chiffres (CSV)",
    PARQUET: "chiffres et leurs mots (Parquet)",
    DATAPACKAGE: "description des fichiers (JSON)",
}
STYLES = ("rapport/rapport.css", "partage/partage.css", "interne/interne.css")
Links: TypeAlias = Mapping[str, str]
"""Address by the words that lead to it."""
Manifest: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Published:
    """One edition of a year.

    ``state``: what may be known of it before it is opened: validated or not, older than the other edition;
    ``portraits``: each portrait, page and print, by INSEE code.
    """

    name: str
    title: str
    report: str
    state: tuple[str, ...]
    files: Links
    portraits: Mapping[str, Links]


def write_internal_index(out: Path, service: Service, params: Path) -> Path:
    """Write the index over all that lies in the output folder, whole or not at all; what cannot be read is left out.

    ``params``: folder of the settings, where the logo is. Raises OSError: the folder refuses; the former index is
    untouched; SettingsError: as ``look_of``.
    """
    mark, look = marked(MARK, service.demonstration), look_of(service, params)
    years = []
    for folder in sorted((path for path in out.iterdir() if YEAR.match(path.name)), reverse=True):
        places = {"interne": folder, DIFFUSION: folder / DIFFUSION}
        manifests = {name: manifest for name, place in places.items() if (manifest := _manifest(place))}
        older = _is_older([*manifests.values()])
        editions = [_published(out, places[name], name, manifests[name], older) for name in manifests]
        if editions:
            years.append({"year": folder.name, "editions": editions, "groups": [*_groups(editions, service)]})
    return write_whole(
        out / INDEX,
        filled("interne/index.html.j2", STYLES, service=service.nom, years=years, mark=mark, look=look),
    )


def _manifest(directory: Path) -> Manifest:
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        return manifest if isinstance(manifest["fichiers"], dict) and isinstance(manifest["parametres"], dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _published(out: Path, directory: Path, name: str, manifest: Manifest, older: bool) -> Published:
    base, files, parameters = directory.relative_to(out), manifest["fichiers"], manifest["parametres"]

    def links(words: Mapping[str, str]) -> Links:
        return {words[file]: quote((base / file).as_posix()) for file in words if file in files}

    pages = [Path(file) for file in files if file.startswith(f"{PORTRAITS}/") and file.endswith(".html")]
    return Published(
        NAMES[name],
        title=str(parameters.get("titre") or f"Rapport d'activité {parameters.get('annee', '')}".strip()),
        report=quote((base / REPORT).as_posix()),
        state=tuple(_state(parameters, older and name == DIFFUSION)),
        files=links(FILES),
        portraits={
            page.name.partition("-")[0]: links(
                {page.as_posix(): "portrait", pdf_path(page).as_posix(): "PDF", poster_path(page).as_posix(): "affiche"}
            )
            for page in pages
        },
    )


def _state(parameters: Mapping[str, Any], older: bool) -> Iterator[str]:
    try:
        validated = french_date(date.fromisoformat(str(parameters.get("date_validation"))))
    except ValueError:
        validated = ""
    if parameters.get("statut") == "valide":
        yield f"validé le {validated}" if validated else "validé"
    else:
        yield "brouillon, non validé"
    if older:
        yield "d'autres paramètres que l'édition interne : à refaire"


def _is_older(manifests: Sequence[Manifest]) -> bool:
    told = [{**manifest["parametres"], "edition": None} for manifest in manifests]
    read = [manifest.get("entrees", {}).get("parametres") for manifest in manifests]
    # the edition to share may be made without reading them
    return len(manifests) == 2 and (told[0] != told[1] or (all(read) and read[0] != read[1]))


def _groups(editions: Sequence[Published], service: Service) -> Iterator[tuple[str, Sequence[tuple[str, list[Links]]]]]:
    names = {commune.code: commune.nom for commune in service.communes}
    made = {code for edition in editions for code in edition.portraits}
    codes = [*(code for code in names if code in made), *sorted(made.difference(names))]
    places = [(names.get(code, code), [edition.portraits.get(code, {}) for edition in editions]) for code in codes]
    return by_letter(places, lambda place: place[0])

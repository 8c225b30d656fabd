"""``index.html`` of the output folder: every report of every year, commune and edition, for the service alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rlpipeline.execution.install import write_whole
from rlpipeline.execution.places import DIFFUSION, INDEX, MANIFEST, YEAR
from rlpipeline.page_templates import page_environment, typographic
from rlpipeline.publication.appearance import look_of
from rlpipeline.publication.datapackage import NAME as DATAPACKAGE
from rlpipeline.publication.figures import FIGURES, PARQUET
from rlpipeline.publication.page import TEMPLATES, csp_hash, css_string, marked
from rlpipeline.publication.printing import pdf_path, poster_path
from rlpipeline.publication.publish import PORTRAITS, REPORT, WORKBOOK
from rlpipeline.publication.slides import SLIDES
from rlpipeline.publication.wording import MOST_TOGETHER, by_letter, french_date
from rlpipeline.settings.models import Service

MARK = "Index interne du service — ne pas diffuser"
INTERNE = TEMPLATES.parent / "interne"
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


@dataclass(frozen=True)
class Link:
    """A file and the words that lead to it."""

    href: str
    words: str


@dataclass(frozen=True)
class Published:
    """One edition of a year.

    ``state``: what may be known of it before it is opened: validated or not, older than the other edition;
    ``portraits``: each portrait, page and print, by INSEE code.
    """

    name: str
    report: Link
    state: tuple[str, ...]
    files: tuple[Link, ...]
    portraits: Mapping[str, tuple[Link, ...]]


@dataclass(frozen=True)
class Place:
    """A commune, and its portrait in each edition; nothing where it was not made."""

    name: str
    portraits: tuple[tuple[Link, ...], ...]


@dataclass(frozen=True)
class Group:
    """Communes shown together; ``letter`` is empty where all are."""

    letter: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Year:
    """Everything published of one year."""

    year: int
    editions: tuple[Published, ...]
    groups: tuple[Group, ...]


def write_internal_index(out: Path, service: Service, params: Path) -> Path:
    """Write the index over all that lies in the output folder, whole or not at all.

    ``params``: folder of the settings, where the logo is. Raises OSError: the folder refuses; the former index is
    untouched; SettingsError: as ``look_of``.
    """
    environment = page_environment(INTERNE)
    environment.filters.update(css_string=css_string, csp_hash=csp_hash)
    styles = (TEMPLATES / "rapport.css", TEMPLATES.parent / "partage" / "partage.css", INTERNE / "interne.css")
    css = "\n".join(path.read_text(encoding="utf-8") for path in styles)
    years = tuple(read_years(out, service))
    mark = marked(MARK, service.demonstration)
    look = look_of(service, params)
    template = environment.get_template("index.html.j2")
    html = typographic(template.render(service=service.nom, years=years, mark=mark, css=css, look=look))
    return write_whole(out / INDEX, html)


def read_years(out: Path, service: Service) -> Iterator[Year]:
    """Read what the manifests of the output folder say, the latest year first; what cannot be read is left out."""
    for folder in sorted((path for path in out.iterdir() if YEAR.match(path.name)), reverse=True):
        manifests = {name: _manifest(place) for name, place in _places(folder).items()}
        editions = tuple(
            _published(out, _places(folder)[name], name, manifests) for name, one in manifests.items() if one
        )
        if editions:
            yield Year(int(folder.name), editions, tuple(_groups(editions, service)))


def _places(folder: Path) -> Mapping[str, Path]:
    return {"interne": folder, DIFFUSION: folder / DIFFUSION}


def _manifest(directory: Path) -> Mapping[str, Any]:
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        return manifest if isinstance(manifest["fichiers"], dict) and isinstance(manifest["parametres"], dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _published(out: Path, directory: Path, name: str, manifests: Mapping[str, Mapping[str, Any]]) -> Published:
    manifest = manifests[name]
    files = manifest["fichiers"]
    prefix = "" if name == "interne" else f"{DIFFUSION}/"
    own = [one for one in files if name != "interne" or not one.startswith(f"{DIFFUSION}/")]
    base = quote(directory.relative_to(out).as_posix())
    parameters = manifest["parametres"]
    title = str(parameters.get("titre") or f"Rapport d'activité {parameters.get('annee', '')}".strip())
    return Published(
        name=NAMES[name],
        report=Link(f"{base}/{REPORT}", title),
        state=tuple(_state(parameters, bool(prefix) and _is_older(manifests))),
        files=tuple(Link(f"{base}/{quote(file)}", words) for file, words in FILES.items() if file in files),
        portraits=_portraits(base, own),
    )


def _portraits(base: str, files: Sequence[str]) -> Mapping[str, tuple[Link, ...]]:
    """Link each commune's page, and its print where one was made."""
    pages = [one for one in files if one.startswith(f"{PORTRAITS}/") and one.endswith(".html")]
    prints = ((pdf_path, "PDF"), (poster_path, "affiche"))
    both = {
        page: [(page, "portrait"), *((print_of(Path(page)).as_posix(), words) for print_of, words in prints)]
        for page in pages
    }
    return {
        page.rpartition("/")[2].partition("-")[0]: tuple(
            Link(f"{base}/{quote(file)}", words) for file, words in both[page] if file in files
        )
        for page in pages
    }


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


def _is_older(manifests: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether both editions were made from different settings, as far as both tell theirs."""
    settings = [
        {**one["parametres"], "edition": None, "fichiers": one.get("entrees", {}).get("parametres")}
        for one in manifests.values()
        if one
    ]
    if not all(one["fichiers"] for one in settings):  # the edition to share is made without reading them
        settings = [{**one, "fichiers": None} for one in settings]
    return len(settings) == 2 and settings[0] != settings[1]


def _groups(editions: Sequence[Published], service: Service) -> Iterator[Group]:
    names = {commune.code: commune.nom for commune in service.communes}
    with_portrait = {code: None for edition in editions for code in edition.portraits}
    codes = [*(code for code in names if code in with_portrait), *(code for code in with_portrait if code not in names)]
    places = [
        Place(names.get(code, code), tuple(edition.portraits.get(code, ()) for edition in editions)) for code in codes
    ]
    if len(places) <= MOST_TOGETHER:
        yield from [Group("", tuple(places))] if places else []
        return
    for letter, group in by_letter(places, lambda place: place.name):
        yield Group(letter, group)

"""Two indexes: of every report of every year, for the service alone, and of what is shared, for everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from markupsafe import Markup

from rlpipeline import french
from rlpipeline.execution.output_folder import DIFFUSION, INDEX, MANIFEST, YEAR, write_whole
from rlpipeline.french import by_letter
from rlpipeline.page_templates import SERVICE_ROLE
from rlpipeline.publication.exporter import SLIDES
from rlpipeline.publication.figures import FIGURES, PARQUET
from rlpipeline.publication.page import (
    MARKS,
    OURS,
    PORTRAITS,
    REPORT,
    PageStyle,
    filled,
    look_of,
    marked,
)
from rlpipeline.publication.printing import pdf_path, poster_path
from rlpipeline.publication.publish import DATAPACKAGE, SUMS, WORKBOOK
from rlpipeline.publication.tree import page_of
from rlpipeline.settings.models import Service
from rlpipeline.table_view import TableCell, TableGroup, TableLine, TableView, text_cell

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
LINK = Markup('<a href="{}">{}<span class="rl-sr">{}</span></a>')
Links: TypeAlias = Mapping[str, str]
"""Address by the words that lead to it."""
Manifest: TypeAlias = Mapping[str, Any]
Edition: TypeAlias = Mapping[str, Any]
"""One edition of a year, as the template has it; ``portraits``: each portrait, page and print, by INSEE code."""


def write_internal_index(out: Path, service: Service, params: Path) -> Path:
    """Write the index over all that lies in the output folder, whole or not at all; what cannot be read is left out.

    ``params``: folder of the settings, where the logo is. Raises OSError: the folder refuses; the former index is
    untouched; SettingsError: as ``look_of``.
    """
    mark, look = marked(MARK, service.demonstration), look_of(service, params)
    years = []
    for folder in sorted((path for path in out.iterdir() if YEAR.match(path.name)), reverse=True):
        places = {"interne": folder, DIFFUSION: folder / DIFFUSION}
        manifests = {
            name: manifest for name, place in places.items() if (manifest := _manifest(place))
        }
        older = _is_older([*manifests.values()])
        editions = [
            _published(out, places[name], name, manifests[name], older) for name in manifests
        ]
        if editions:
            years.append(
                {
                    "year": folder.name,
                    "editions": editions,
                    "groups": [*_groups(folder.name, editions, service)],
                }
            )
    return write_whole(
        out / INDEX,
        filled(
            "interne/index.html.j2", STYLES, service=service.nom, years=years, mark=mark, look=look
        ),
    )


def _manifest(directory: Path) -> Manifest:
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        return (
            manifest
            if isinstance(manifest["fichiers"], dict) and isinstance(manifest["parametres"], dict)
            else {}
        )
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _published(out: Path, directory: Path, name: str, manifest: Manifest, older: bool) -> Edition:
    base, files, parameters = (
        directory.relative_to(out),
        manifest["fichiers"],
        manifest["parametres"],
    )

    def links(words: Mapping[str, str]) -> Links:
        return {words[file]: quote((base / file).as_posix()) for file in words if file in files}

    pages = [
        Path(file) for file in files if file.startswith(f"{PORTRAITS}/") and file.endswith(".html")
    ]
    return {
        "name": NAMES[name],
        "title": str(
            parameters.get("titre") or f"Rapport d'activité {parameters.get('annee', '')}".strip()
        ),
        "report": quote((base / REPORT).as_posix()),
        "state": tuple(_state(parameters, older and name == DIFFUSION)),
        "files": links(FILES),
        "portraits": {
            page.name.partition("-")[0]: links(
                {
                    page.as_posix(): "portrait",
                    pdf_path(page).as_posix(): "PDF",
                    poster_path(page).as_posix(): "affiche",
                }
            )
            for page in pages
        },
    }


def _state(parameters: Mapping[str, Any], older: bool) -> Iterator[str]:
    try:
        validated = french.day(date.fromisoformat(str(parameters.get("date_validation"))))
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


def _groups(
    year: str, editions: Sequence[Edition], service: Service
) -> Iterator[tuple[str, str, TableView]]:
    """Give the portraits, by letter where they are many: the letter, who is under it, a table of links."""
    names = {commune.code: commune.nom for commune in service.communes}
    made = {code for edition in editions for code in edition["portraits"]}
    codes = [*(code for code in names if code in made), *sorted(made.difference(names))]
    for letter, some in by_letter(codes, lambda code: names.get(code, code)):
        places = {code: names.get(code, code) for code in some}
        caption = f"Portraits {year}, {letter}" if letter else f"Portraits {year}"
        yield letter, _extent([*places.values()]), _portraits(caption, year, editions, places)


def _extent(names: Sequence[str]) -> str:
    first = names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}"
    return f"{first} ({len(names)})"


def _portraits(
    caption: str, year: str, editions: Sequence[Edition], places: Mapping[str, str]
) -> TableView:
    """Lay out the links to portraits, a line a commune, a column an edition."""
    head = [text_cell("Commune", scope="col")]
    head += [text_cell(edition["name"], scope="col") for edition in editions]
    lines = []
    for code, name in places.items():
        links = [_linked(name, year, edition, code) for edition in editions]
        lines.append(TableLine([text_cell(name, scope="row"), *links]))
    return TableView(caption, head, [TableGroup(lines)], kind="rl-table index-table")


def _linked(name: str, year: str, edition: Edition, code: str) -> TableCell:
    """Give the links to a portrait and its prints, which a screen reader tells from those of other portraits."""
    of = f" {name} {year}, {edition['name'].lower()}"
    links = [
        LINK.format(href, words, of) for words, href in edition["portraits"].get(code, {}).items()
    ]
    if not links:
        return text_cell("non fait")
    return TableCell("", Markup(" · ").join(links))


@dataclass(frozen=True)
class PackageLink:
    """A file of the package and the words that lead to it.

    ``weight``: how large it is: « 196 ko »; ``beside``: the same in other forms: its PDF, its poster, its slides;
    ``said``: the sentence that it begins with.
    """

    href: str
    words: str
    weight: str = ""
    beside: tuple[PackageLink, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class SharedYear:
    """One year of the index.

    ``title``: title of the year's report; ``draft``: whether the report is not validated yet; ``report``: None where
    all that was shared of the year was recalled; ``portraits``: in report order; ``recalled``: what is said of each
    version that was recalled; ``dated``: when its numbers of persons were released.
    """

    year: int
    title: str = ""
    draft: bool = False
    report: PackageLink | None = None
    portraits: tuple[PackageLink, ...] = ()
    data: tuple[PackageLink, ...] = ()
    recalled: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, Sequence[PackageLink]], ...]:
        """The portraits by first letter, where they are too many for one list."""
        return tuple(by_letter(self.portraits, lambda link: link.words))

    dated: str = ""


def write_index(
    directory: Path, service: Service, years: Sequence[SharedYear], look: PageStyle = OURS
) -> None:
    """Write ``index.html``: all shared years, the latest first, with their communes; no script, nothing asked for."""
    reached = service.contact
    styles = ["rapport/rapport.css", "partage/partage.css"]
    if any(letter for year in years for letter, _ in year.groups):
        styles.append("partage/lettres.css")
    page = filled(
        "partage/index.html.j2",
        styles,
        service=service.nom,
        role=SERVICE_ROLE,
        contact=" · ".join(
            filter(None, (reached.adresse, reached.telephone, reached.courriel, reached.site))
        ),
        years=sorted(years, key=lambda shared: shared.year, reverse=True),
        mark=marked(MARKS["diffusion"], service.demonstration),
        look=look,
        sums=SUMS,
    )
    (directory / INDEX).write_text(page, encoding="utf-8", newline="\n")


def headline_of(page: str) -> str:
    """The sentence that a page begins with: its year in one line; empty where it has none."""
    said = page_of(page).find(".//meta[@name='description']")
    return "" if said is None else " ".join(said.get("content", "").split())

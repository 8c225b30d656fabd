"""Two indexes: of every report of every year, for the service alone, and of what is shared, for everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
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
    joined,
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


@dataclass(frozen=True)
class Edition:
    """One edition of a year, as the template has it.

    Parameters
    ----------
    kind
        ``interne`` or ``diffusion``.
    folder
        Where it lies, from the index.
    manifest
        What its build wrote of it.
    is_older
        Whether it was made with other settings than the edition ``interne``.
    """

    kind: str
    folder: Path
    manifest: Manifest
    is_older: bool = False

    @property
    def name(self) -> str:
        """How the index calls it."""
        return NAMES[self.kind]

    @property
    def title(self) -> str:
        """Title of its report."""
        asked = self.manifest["parametres"]
        usual = f"Rapport d'activité {asked.get('annee', '')}".strip()
        return str(asked.get("titre") or usual)

    @property
    def report(self) -> str:
        """Address of its report."""
        return self._address(REPORT)

    @property
    def files(self) -> Links:
        """The files that the index leads to."""
        return self._links(FILES)

    @property
    def state(self) -> Iterator[str]:
        """Say whether it is validated, and whether it is to be made again."""
        asked = self.manifest["parametres"]
        try:
            validated = french.day(date.fromisoformat(str(asked.get("date_validation"))))
        except ValueError:
            validated = ""
        if asked.get("statut") != "valide":
            yield "brouillon, non validé"
        else:
            yield f"validé le {validated}" if validated else "validé"
        if self.is_older:
            yield "d'autres paramètres que l'édition interne : à refaire"

    @cached_property
    def portraits(self) -> Mapping[str, Links]:
        """The links to each portrait and its prints, by INSEE code."""
        pages = [
            Path(file)
            for file in self.manifest["fichiers"]
            if fnmatchcase(file, f"{PORTRAITS}/*.html")
        ]
        return {page.name.partition("-")[0]: self._links(_forms(page)) for page in pages}

    def _links(self, words: Mapping[str, str]) -> Links:
        """Give the addresses of the files that were made, by the words that lead to each."""
        made = (file for file in words if file in self.manifest["fichiers"])
        return {words[file]: self._address(file) for file in made}

    def _address(self, file: str) -> str:
        return quote((self.folder / file).as_posix())


def _forms(page: Path) -> Mapping[str, str]:
    """Give the words that lead to a portrait and its prints, by their paths."""
    prints = {pdf_path(page).as_posix(): "PDF", poster_path(page).as_posix(): "affiche"}
    return {page.as_posix(): "portrait", **prints}


def write_internal_index(out: Path, service: Service, params: Path) -> Path:
    """Write the index over all that lies in the output folder, whole or not at all; what cannot be read is left out.

    ``params``: folder of the settings, where the logo is. Raises OSError: the folder refuses; the former index is
    untouched; SettingsError: as ``look_of``.
    """
    mark, look = marked(MARK, service.demonstration), look_of(service, params)
    years = []
    folders = (path.name for path in out.iterdir() if YEAR.match(path.name))
    for year in sorted(folders, reverse=True):
        if editions := _editions(out, year):
            groups = [*_groups(year, editions, service)]
            years.append({"year": year, "editions": editions, "groups": groups})
    values = {"service": service.nom, "years": years, "mark": mark, "look": look}
    return write_whole(out / INDEX, filled("interne/index.html.j2", STYLES, **values))


def _editions(out: Path, year: str) -> list[Edition]:
    """List the finished editions of a year."""
    folders = {"interne": Path(year), DIFFUSION: Path(year, DIFFUSION)}
    manifests = {kind: _manifest(out / folder) for kind, folder in folders.items()}
    is_older = _is_older(*manifests.values())
    editions = []
    for kind, manifest in manifests.items():
        if manifest:
            of_shared = is_older and kind == DIFFUSION
            editions.append(Edition(kind, folders[kind], manifest, of_shared))
    return editions


def _manifest(directory: Path) -> Manifest:
    """Read what the build of an edition wrote of it; empty where there is none to be read."""
    try:
        manifest: Manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        parts = manifest["fichiers"], manifest["parametres"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return manifest if all(isinstance(part, dict) for part in parts) else {}


def _is_older(internal: Manifest, shared: Manifest) -> bool:
    """Whether the edition to share was made with other settings than the other; unknown where one is missing."""
    if not (internal and shared):
        return False
    asked = [{**manifest["parametres"], "edition": None} for manifest in (internal, shared)]
    if asked[0] != asked[1]:
        return True
    read = [_settings_read(manifest) for manifest in (internal, shared)]
    # the edition to share may be made without reading them
    return all(read) and read[0] != read[1]


def _settings_read(manifest: Manifest) -> Any:
    """Give the digests of the settings that an edition was made from, where its manifest has them."""
    return manifest.get("entrees", {}).get("parametres")


def _groups(
    year: str, editions: Sequence[Edition], service: Service
) -> Iterator[tuple[str, str, TableView]]:
    """Give the portraits, by letter where they are many: the letter, who is under it, a table of links."""
    made = {code for edition in editions for code in edition.portraits}
    known = [commune.code for commune in service.communes if commune.code in made]
    codes = [*known, *sorted(made.difference(known))]
    names = {code: code for code in codes}
    names |= service.commune_names
    for letter, some in by_letter(codes, names.__getitem__):
        places = {code: names[code] for code in some}
        caption = f"Portraits {year}, {letter}" if letter else f"Portraits {year}"
        yield letter, _extent([*places.values()]), _portraits(caption, year, editions, places)


def _extent(names: Sequence[str]) -> str:
    first = names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}"
    return f"{first} ({len(names)})"


def _portraits(
    caption: str, year: str, editions: Sequence[Edition], places: Mapping[str, str]
) -> TableView:
    """Lay out the links to portraits, a line a commune, a column an edition."""
    columns = ["Commune", *(edition.name for edition in editions)]
    head = [text_cell(column, scope="col") for column in columns]
    lines = []
    for code, name in places.items():
        links = [_linked(name, year, edition, code) for edition in editions]
        lines.append(TableLine([text_cell(name, scope="row"), *links]))
    return TableView(caption, head, [TableGroup(lines)], kind="rl-table index-table")


def _linked(name: str, year: str, edition: Edition, code: str) -> TableCell:
    """Give the links to a portrait and its prints, which a screen reader tells from those of other portraits."""
    of = f" {name} {year}, {edition.name.lower()}"
    forms = edition.portraits.get(code, {})
    links = [LINK.format(href, words, of) for words, href in forms.items()]
    return TableCell("", Markup(" · ").join(links)) if links else text_cell("non fait")


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
    dated: str = ""

    @property
    def groups(self) -> tuple[tuple[str, Sequence[PackageLink]], ...]:
        """The portraits by first letter, where they are too many for one list."""
        return tuple(by_letter(self.portraits, lambda link: link.words))


def write_index(
    directory: Path, service: Service, years: Sequence[SharedYear], look: PageStyle = OURS
) -> None:
    """Write ``index.html``: all shared years, the latest first, with their communes; no script, nothing asked for."""
    styles = ["rapport/rapport.css", "partage/partage.css"]
    if any(letter for year in years for letter, _ in year.groups):
        styles.append("partage/lettres.css")
    contact = service.contact
    reached = contact.adresse, contact.telephone, contact.courriel, contact.site
    page = filled(
        "partage/index.html.j2",
        styles,
        service=service.nom,
        role=SERVICE_ROLE,
        contact=joined(*reached),
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

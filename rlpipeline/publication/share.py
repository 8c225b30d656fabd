"""The package to share: pages and data of every year, an index over them, checksums, one zip.

Executed notebooks stay out, since they show code and what it wrote, and so does the manifest, which lists what the
figures were made from: neither tells the reader anything more.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import html

from rlpipeline.errors import ReconciliationError
from rlpipeline.execution.memory import sha256
from rlpipeline.page_templates import SERVICE_ROLE
from rlpipeline.publication.appearance import OURS, Look
from rlpipeline.publication.page import MARKS, filled, marked
from rlpipeline.publication.wording import by_letter
from rlpipeline.settings.models import Service

INDEX = "index.html"
SUMS = "SHA256SUMS"
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
FILE_MODE = 0o100644


@dataclass(frozen=True)
class Link:
    """A file of the package and the words that lead to it.

    ``weight``: how large it is: « 196 ko »; ``beside``: the same in other forms: its PDF, its poster, its slides;
    ``said``: the sentence that it begins with.
    """

    href: str
    words: str
    weight: str = ""
    beside: tuple[Link, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class SharedYear:
    """One year of the index.

    ``title``: title of the year's report; ``draft``: whether the report is not validated yet; ``report``: None where
    all that was shared of the year was recalled; ``portraits``: in report order; ``recalled``: what is said of each
    version that was recalled.
    """

    year: int
    title: str = ""
    draft: bool = False
    report: Link | None = None
    portraits: tuple[Link, ...] = ()
    data: tuple[Link, ...] = ()
    recalled: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, Sequence[Link]], ...]:
        """The portraits by first letter, where they are too many for one list."""
        return tuple(by_letter(self.portraits, lambda link: link.words))


def write_index(directory: Path, service: Service, years: Sequence[SharedYear], look: Look = OURS) -> None:
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
        contact=" · ".join(filter(None, (reached.adresse, reached.telephone, reached.courriel, reached.site))),
        years=sorted(years, key=lambda shared: shared.year, reverse=True),
        mark=marked(MARKS["diffusion"], service.demonstration),
        look=look,
        sums=SUMS,
    )
    (directory / INDEX).write_text(page, encoding="utf-8", newline="\n")


def headline_of(page: str) -> str:
    """The sentence that a page begins with: its year in one line; empty where it has none."""
    said = html.document_fromstring(page).xpath("//*[contains(concat(' ', @class, ' '), ' rl-une ')]")
    seen = said[0].xpath(".//text()[not(ancestor::a)]") if said else ()  # a link to a definition is for who listens
    return " ".join("".join(seen).split())


def tree(directory: Path) -> list[str]:
    """List every file below a directory, by its path in it."""
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def write_sums(directory: Path) -> None:
    """Write in a package what ``sha256sum --check`` reads: a line a file, but for the list itself."""
    sums = "".join(f"{sha256(directory / name)}  {name}\n" for name in tree(directory) if name != SUMS)
    (directory / SUMS).write_text(sums, encoding="utf-8", newline="\n")


def check_sums(directory: Path, year: int) -> None:
    """See that a year of a package is as it was shared.

    Raises ReconciliationError: a file is missing, added or changed.
    """
    sums = directory / SUMS
    shared = sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else ()
    here = {f"{sha256(directory / str(year) / name)}  {year}/{name}" for name in tree(directory / str(year))}
    if here != {line for line in shared if line.partition("  ")[2].startswith(f"{year}/")}:
        raise ReconciliationError(
            f"L'année {year}, partagée avant, a été modifiée depuis.",
            where=str(directory / str(year)),
            expected=f"les fichiers dont {SUMS} donne l'empreinte",
            todo=f"la partager de nouveau en l'ajoutant après --year, ou supprimer le dossier {directory.name}",
        )


def write_zip(directory: Path, path: Path, name: str) -> None:
    """Write a directory as a zip whose bytes depend on its files alone.

    ``name``: folder that everything is in once unpacked.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in tree(directory):
            info = zipfile.ZipInfo(f"{name}/{file}", ZIP_EPOCH)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, FILE_MODE << 16
            archive.writestr(info, (directory / file).read_bytes())

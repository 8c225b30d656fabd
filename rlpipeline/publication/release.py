"""What leaves the service: a finished edition taken whole, the package to share, a sealed copy for one reader.

Executed notebooks stay out of the package, since they show code and what it wrote, and so does the manifest, which
lists what the figures were made from: neither tells the reader anything more.
"""

from __future__ import annotations

import html
import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyzipper
from openpyxl import load_workbook
from openpyxl.styles import Alignment, Font

from rlpipeline.errors import ReconciliationError, UsageError
from rlpipeline.execution.memory import sha256
from rlpipeline.execution.output_folder import MANIFEST
from rlpipeline.page_templates import typographic
from rlpipeline.publication.exporter import SLIDES
from rlpipeline.publication.figures import FIGURES, PARQUET, SERVICE
from rlpipeline.publication.page import IN_PUBLIC, MARKS, csp_hash, css_string, page_path
from rlpipeline.publication.printing import pdf_path, poster_path
from rlpipeline.publication.publish import DATAPACKAGE, SUMS, WORKBOOK
from rlpipeline.settings.models import Settings

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
FILE_MODE, SEALED_MODE = 0o100644, 0o100600
UNIX = 3
"""System of a file in a zip, which says how its mode is read."""
DATA = (SLIDES, FIGURES, PARQUET, DATAPACKAGE, WORKBOOK)
AUDIT = "audit.json"
MADE_FROM = ("donnees", "parametres")
"""What an edition is made from, in its manifest: records and settings."""
AGAIN = "refaire l'année avec « rlpipeline build »"
LEAST_CHARACTERS = 12
COPY = "Exemplaire"
LONGEST_HEADER = 250


@dataclass(frozen=True)
class Finished:
    """One edition of a year, as its manifest tells it.

    ``files``: SHA-256 of each file by its path in ``directory``; ``records``, ``settings``: SHA-256 of what it was made
    from.
    """

    directory: Path
    digest: str
    files: Mapping[str, str]
    records: Mapping[str, str]
    settings: Mapping[str, str]

    def take(self, names: Iterable[str], target: Path) -> None:
        """Copy files that are still as they were made. Raises ReconciliationError: one is missing or was changed."""
        for name in names:
            source, copy = self.directory / name, target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not source.is_file():
                raise ReconciliationError(
                    "Un fichier publié a disparu.", where=str(source), todo=AGAIN
                )
            shutil.copyfile(source, copy)
            if sha256(copy) != self.files[name]:
                raise ReconciliationError(
                    "Un fichier publié a été modifié après sa fabrication.",
                    where=str(source),
                    expected="le fichier dont manifest.json donne l'empreinte",
                    todo=AGAIN,
                )


def read_finished(directory: Path, edition: str) -> Finished:
    """Read the manifest of an edition. Raises UsageError: there is none, or it is another edition's."""
    path = directory / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        made = manifest["parametres"]["edition"]
        parts = manifest["fichiers"], *(manifest["entrees"][name] for name in MADE_FROM)
        finished = Finished(directory, sha256(path), *map(dict, parts))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"L'édition {edition} de cette année n'est pas faite, ou pas jusqu'au bout.",
            where=str(directory),
            expected=f"un dossier publié, avec son {MANIFEST}",
            todo=f"{AGAIN}, ou indiquer le dossier des publications avec --out",
        ) from error
    if made != edition:
        raise UsageError(
            "Ce dossier est celui d'une autre édition.", str(directory), edition, str(made), AGAIN
        )
    return finished


def pages(settings: Settings, finished: Finished) -> Mapping[str, str]:
    """List the report and every portrait.

    Gives paths in the edition by territory: ``service``, then the communes; no commune where no portrait is asked for,
    or where the service has but one and the edition has no portrait apart from its report. Raises UsageError: the
    report or a portrait was not made.
    """
    codes = () if settings.report.portrait == () else settings.service.commune_codes
    paths = {place: page_path(settings, place).as_posix() for place in (SERVICE, *codes)}
    if len(codes) == 1 and paths[codes[0]] not in finished.files:
        del paths[codes[0]]
    missing = [name for name in (*paths.values(), *DATA) if name not in finished.files]
    if missing:
        raise UsageError(
            f"L'année {settings.year} est incomplète : elle n'est pas partagée.",
            where=str(finished.directory),
            got=f"il manque {', '.join(missing)}",
            todo=f"{AGAIN}, sans --commune",
        )
    return paths


def printed_pages(files: Mapping[str, str], finished: Finished) -> tuple[str, ...]:
    """List the PDF of those pages, and of their posters, that have one."""
    paths = []
    for page in map(Path, files.values()):
        paths += [pdf_path(page).as_posix(), poster_path(page).as_posix()]
    return tuple(path for path in paths if path in finished.files)


def check_audit(internal: Finished) -> None:
    """See that the audit of the edition ``interne`` lets the year be published.

    Raises ReconciliationError: it found something that blocks, or there is no audit to be trusted.
    """
    path = internal.directory / AUDIT
    try:
        intact = sha256(path) == internal.files[AUDIT]
        audit = json.loads(path.read_text(encoding="utf-8")) if intact else {}
        accepted = audit.get("publiable") is True
    except (OSError, ValueError, KeyError, AttributeError):
        intact, accepted = False, False
    if not accepted:
        raise ReconciliationError(
            "L'audit de cette année n'est pas bon : elle n'est pas partagée.",
            where=str(path),
            expected="un audit fait avec la publication, sans écart qui bloque",
            got="des écarts qui bloquent" if intact else "pas d'audit, ou modifié depuis",
            todo=f"ouvrir audit.html, corriger, puis {AGAIN}",
        )


def tree(directory: Path) -> list[str]:
    """List every file below a directory, by its path in it."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return sorted(path.relative_to(directory).as_posix() for path in files)


def write_sums(directory: Path) -> None:
    """Write in a package what ``sha256sum --check`` reads: a line a file, but for the list itself."""
    names = [name for name in tree(directory) if name != SUMS]
    sums = "".join(_sum(directory, name) for name in names)
    (directory / SUMS).write_text(sums, encoding="utf-8", newline="\n")


def _sum(directory: Path, name: str) -> str:
    """Write the line of a file of a package."""
    return f"{sha256(directory / name)}  {name}\n"


def check_sums(directory: Path, year: int) -> None:
    """See that a year of a package is as it was shared.

    Raises ReconciliationError: a file is missing, added or changed.
    """
    sums, folder = directory / SUMS, directory / str(year)
    listed = sums.read_text(encoding="utf-8").splitlines(keepends=True) if sums.is_file() else ()
    shared = {line for line in listed if line.partition("  ")[2].startswith(f"{year}/")}
    if shared != {_sum(directory, f"{year}/{name}") for name in tree(folder)}:
        raise ReconciliationError(
            f"L'année {year}, partagée avant, a été modifiée depuis.",
            where=str(folder),
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
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = UNIX
            info.external_attr = FILE_MODE << 16
            archive.writestr(info, (directory / file).read_bytes())


def mark_of(recipient: str) -> str:
    """What every page of a copy says."""
    return f"Exemplaire remis à {recipient}, édition interne, ne pas diffuser"


def marked_page(page: str, mark: str) -> str:
    """Put another mark on a page, on its screenful and on each printed page.

    Raises UsageError: the page does not bear the mark of the edition ``interne``.
    """
    former = MARKS["interne"]
    style = page.partition("<style>")[2].partition("</style>")[0]
    printed, renewing = (css_string(words)[:-1] for words in (former, mark))  # more may be after it
    if html.escape(former, quote=False) not in page or printed not in style:
        raise UsageError(
            "Une page ne porte pas la mention de l'édition interne.",
            todo="refaire « rlpipeline build »",
        )
    renewed = style.replace(printed, renewing)
    marked = page.replace(style, renewed).replace(csp_hash(style), csp_hash(renewed))
    on_walls = typographic(IN_PUBLIC["interne"])
    shown = html.escape(mark, quote=False)
    for words in (former, on_walls):
        marked = marked.replace(html.escape(words, quote=False), shown)
    return marked


def marked_workbook(workbook: bytes, mark: str) -> bytes:
    """Put a first sheet that says whose copy it is, and the same words at the top of each printed sheet."""
    book = load_workbook(io.BytesIO(workbook))
    page = book.create_sheet(COPY, 0)
    said = page.cell(1, 1, mark)
    said.font = Font(bold=True, size=14)
    said.alignment = Alignment(wrap_text=True, vertical="top")
    page.column_dimensions["A"].width = 80
    book.active = 0
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is page
        sheet.oddHeader.center.text = mark.replace("&", "&&")[:LONGEST_HEADER]
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def check_password(password: str) -> None:
    """Refuse a password that is too easily found, or that two programs could encode each in its way.

    Raises UsageError: it is too short, or not made of plain characters. The message does not give it.
    """
    short = len(password) < LEAST_CHARACTERS
    is_plain = password.isascii() and password.isprintable()
    if short or not is_plain:
        wrong = "est trop court" if short else "ne s'ouvrirait pas avec tous les logiciels"
        expected = f"au moins {LEAST_CHARACTERS} caractères, sans accent"
        raise UsageError(f"Ce mot de passe {wrong} : rien n'est écrit.", expected=expected)


def seal(files: Mapping[str, bytes], path: Path, password: str) -> None:
    """Write files in a zip that only the password opens (AES, 256 bits); their names remain readable.

    Raises UsageError: the password is refused.
    """
    check_password(password)
    with pyzipper.AESZipFile(path, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        archive.setpassword(password.encode("ascii"))
        # Version 2 of the format leaves out the checksum of the clear text, from which a small file can be guessed.
        archive.setencryption(pyzipper.WZ_AES, nbits=256, force_wz_aes_version=2)
        for name, content in sorted(files.items()):
            info = archive.zipinfo_cls(name, ZIP_EPOCH)
            info.compress_type = pyzipper.ZIP_DEFLATED
            info.create_system = UNIX
            info.external_attr = SEALED_MODE << 16
            archive.writestr(info, content)

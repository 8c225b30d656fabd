"""A finished edition taken from its folder: nothing missing, nothing changed since it was made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlpipeline.errors import ReconciliationError, UsageError
from rlpipeline.execution.install import MANIFEST as NAME
from rlpipeline.execution.memory import sha256
from rlpipeline.publication.datapackage import NAME as DATAPACKAGE
from rlpipeline.publication.figures import FIGURES, PARQUET, SERVICE
from rlpipeline.publication.printing import pdf_path, poster_path
from rlpipeline.publication.publish import WORKBOOK, page_path
from rlpipeline.publication.slides import SLIDES
from rlpipeline.settings.models import Settings

DATA = (SLIDES, FIGURES, PARQUET, DATAPACKAGE, WORKBOOK)
AUDIT = "audit.json"
AGAIN = "refaire l'année avec « rlpipeline build »"


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
                raise ReconciliationError("Un fichier publié a disparu.", where=str(source), todo=AGAIN)
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
    path = directory / NAME
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        of = manifest["parametres"]["edition"]
        inputs = manifest["entrees"]
        finished = Finished(
            directory, sha256(path), dict(manifest["fichiers"]), dict(inputs["donnees"]), dict(inputs["parametres"])
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"L'édition {edition} de cette année n'est pas faite, ou pas jusqu'au bout.",
            where=str(directory),
            expected=f"un dossier publié, avec son {NAME}",
            todo=f"{AGAIN}, ou indiquer le dossier des publications avec --out",
        ) from error
    if of != edition:
        raise UsageError("Ce dossier est celui d'une autre édition.", str(directory), edition, str(of), AGAIN)
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
    pages = [Path(page) for page in files.values()]
    paths = (print_of(page).as_posix() for page in pages for print_of in (pdf_path, poster_path))
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

"""A sealed copy of the exact figures for a reader who is entitled to them."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.characters import UNSEEN, guarded
from rlpipeline.checks.reading import published_years
from rlpipeline.errors import UsageError
from rlpipeline.execution.install import disk_errors_in_french, refuse_another, write_whole
from rlpipeline.execution.memory import sha256
from rlpipeline.execution.places import LEDGER
from rlpipeline.execution.progress import now
from rlpipeline.pipeline.share import listed
from rlpipeline.publication.complete import DATA, check_audit, pages, printed_pages, read_finished
from rlpipeline.publication.printing import PrintingError, printed, sheets_of
from rlpipeline.publication.publish import WORKBOOK
from rlpipeline.publication.sealed import check_password, mark_of, marked_page, marked_workbook, seal
from rlpipeline.publication.slides import SLIDES
from rlpipeline.publication.wording import french_date, short, slug
from rlpipeline.records import tabular
from rlpipeline.records.parsing import text_of
from rlpipeline.settings.models import Settings, load_service, load_settings

REMISES, LOG = "remises", "remises.csv"
"""Folder of the ledger, and file in it, with who was given a copy of the exact figures."""
LOG_COLUMNS = ("date", "pour", "annees", "archive", "sha256")
LONGEST_NAME = 80
NAME = re.compile(rf"[^\x00-\x1f\x7f-\x9f{UNSEEN}]+")


@dataclass(frozen=True)
class HandedOver:
    """The sealed copy of a reader. ``lacking``: why it holds no PDF though the publication does."""

    archive: Path
    log: Path
    drafts: tuple[int, ...]
    lacking: str = ""

    def summary(self) -> str:
        """Where the copy is, and how to send it, in French."""
        lines = [
            f"Exemplaire scellé : {self.archive}",
            "  donner le mot de passe par une autre voie (téléphone, courrier), jamais avec le fichier",
            *(f"  attention, le rapport {year} est un brouillon, non validé" for year in self.drafts),
            *([f"  attention, {self.lacking}"] if self.lacking else []),
            f"  noté dans {self.log}",
        ]
        return "\n".join(lines)


def hand_over(
    out: Path, params: Path, recipient: str, ask: Callable[[str], str], years: Sequence[int] = ()
) -> HandedOver:
    """Seal a copy of the exact figures, marked with its reader's name, and note it.

    ``recipient``: who may read it; ``ask``: asks for the password, given the words of the question, without showing
    what is typed; ``years``: all the published ones when empty. Raises UsageError: the name or the password is refused,
    the folder is another service's, or a year is not made or incomplete; ReconciliationError: the audit of a year
    stands against it, or a file was changed since it was made; ToolError: the disk refuses.
    """
    if not recipient.strip() or len(recipient) > LONGEST_NAME or not NAME.fullmatch(recipient):
        raise UsageError(
            "Ce nom ne peut pas être porté sur un exemplaire.", expected=f"de 1 à {LONGEST_NAME} caractères visibles"
        )
    mark, service = mark_of(recipient), load_service(params)
    refuse_another(out, service)
    every = [load_settings(params, year) for year in sorted(set(years)) or published_years(out)]
    numbers = [settings.year for settings in every]
    with disk_errors_in_french(out):
        files, prints = dict[str, bytes](), set[str]()
        for settings in every:
            of_year, printed_there = _copy(out, settings, mark)
            files |= {f"{settings.year}/{name}": content for name, content in of_year.items()}
            prints |= {f"{settings.year}/{name}" for name in printed_there}
        marked, lacking = _print(files, prints)
        day = french_date(now().date())
        read_me = f"{mark}\nRemis le {day} par {service.nom}.\nContient {listed(numbers)}.\n"
        files |= {**marked, "LISEZ-MOI.txt": read_me.encode("utf-8")}
        password = _asked(ask)
        today = f"{now():%Y-%m-%d}"
        path = out / f"remise-{short(slug(recipient))}-{today}.zip"
        numbered = (path.with_name(f"{path.stem}-{n}{path.suffix}") for n in range(2, 1000))
        archive = next(free for free in (path, *numbered) if not free.exists())  # none handed over is replaced
        fresh = archive.with_name(f".{archive.name}-nouveau")
        try:
            seal(files, fresh, password)
            row = (today, recipient, " ".join(map(str, numbers)), archive.name, sha256(fresh))
            log = _log(params / LEDGER / REMISES / LOG, row)  # before the copy exists: none goes unnoted
            fresh.replace(archive)
        finally:
            fresh.unlink(missing_ok=True)
    drafts = tuple(settings.year for settings in every if settings.report.statut != "valide")
    return HandedOver(archive, log, drafts, lacking)


def handed_over(ledger: Path) -> list[dict[str, str]]:
    """The copies noted in a ledger, oldest first; columns ``LOG_COLUMNS``."""
    log = ledger / REMISES / LOG
    header, *lines = (tabular.sheets_of(log)[0].rows if log.is_file() else []) or [[]]
    texts = ([text_of(cell) or "" for cell in line] + [""] * len(header) for line in lines if any(line))
    return [dict(zip(map(str, header), line, strict=False)) for line in texts]


def _copy(out: Path, settings: Settings, mark: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Give the files of a year's copy, and those that are printed anew; the rest is the service's own business."""
    internal = read_finished(out / str(settings.year), "interne")
    check_audit(internal)
    pages_of_year = pages(settings, internal)
    files = {}
    with tempfile.TemporaryDirectory(prefix=".remise-", dir=out) as place:
        internal.take((*pages_of_year.values(), *DATA), Path(place))
        for name in (*pages_of_year.values(), *DATA):
            files[name] = (Path(place) / name).read_bytes()
            if name in {*pages_of_year.values(), SLIDES}:
                files[name] = marked_page(files[name].decode("utf-8"), mark).encode("utf-8")
            elif name == WORKBOOK:
                files[name] = marked_workbook(files[name], mark)
    return files, printed_pages(pages_of_year, internal)


def _print(files: Mapping[str, bytes], names: Set[str]) -> tuple[dict[str, bytes], str]:
    """Print the marked pages anew, so that every sheet bears the reader's name; say why where that cannot be done."""
    pages = {Path(name): content.decode("utf-8") for name, content in files.items() if name.endswith(".html")}
    sheets = {name: html for page, content in pages.items() for name, html in sheets_of(page, content).items()}
    try:
        return printed({name: html for name, html in sheets.items() if name in names}), ""
    except PrintingError as error:
        return {}, error.what


def _asked(ask: Callable[[str], str]) -> str:
    """Ask for the password, again where it cannot do; the third time, that is the end."""
    wrong = ""
    for times in range(3):
        password = ask(f"{wrong}Mot de passe de l'exemplaire (12 caractères au moins, sans accent) : ")
        try:
            check_password(password)
            if ask("Le même, encore une fois : ") == password:
                break
            raise UsageError("Les deux mots de passe diffèrent : rien n'est écrit.", todo="recommencer")
        except UsageError as error:
            if times == 2:
                raise
            wrong = f"{error.what.partition(' : ')[0]}. "
    return password


def _log(path: Path, row: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    if not path.exists():
        writer.writerow(LOG_COLUMNS)
    writer.writerow([guarded(cell) for cell in row])
    former = path.read_text(encoding="utf-8") if path.exists() else ""
    return write_whole(path, former + line.getvalue(), 0o644)

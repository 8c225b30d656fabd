"""The edition to share leaves the service: attacked first, with all that left before, then packed and noted."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rlpipeline.audit.folders import published_years
from rlpipeline.disclosure.attack import Attacked, Knowledge, attack
from rlpipeline.disclosure.classes import classes_of
from rlpipeline.disclosure.releases import LEDGER_COLUMNS
from rlpipeline.disclosure.unknowns import Cell
from rlpipeline.errors import DisclosureError, SettingsError, UsageError
from rlpipeline.execution.install import DIFFUSION, disk_errors_told, staged
from rlpipeline.execution.lock import only_build
from rlpipeline.params import Service, Settings, load_service, load_settings
from rlpipeline.publication.complete import AGAIN, DATA, Finished, check_audit, pages, printed_pages, read_finished
from rlpipeline.publication.figures import COLUMNS
from rlpipeline.publication.printing import SUFFIX
from rlpipeline.publication.publish import EVOLUTIONS, FIGURES, REPORT, WORKBOOK
from rlpipeline.publication.share import SUMS, Link, SharedYear, check_sums, write_index, write_sums, write_zip
from rlpipeline.shared_edition import LEDGER, Secret, read_secret, secret_path
from rlpipeline.spreadsheet_text import unguarded

PARTAGE = "partage"
FIRST = 3
"""Figures found by the attack that the error explains."""
WORDS = {WORKBOOK: "Tableaux (classeur)", FIGURES: "Chiffres (CSV)", EVOLUTIONS: "Évolutions (CSV)"}


@dataclass(frozen=True)
class Shared:
    """What was packed.

    Parameters
    ----------
    drafts
        Years whose report is not validated.
    entries
        Files added to the ledger.
    attacked
        What the attack, which found nothing, could not read or had to leave out.
    """

    directory: Path
    archive: Path
    years: tuple[int, ...]
    drafts: tuple[int, ...]
    entries: tuple[Path, ...]
    attacked: Attacked

    @property
    def protected(self) -> str:
        """How many protected figures were attacked, as it is written in French."""
        return f"{len(self.attacked.cells):,}".replace(",", "\u202f")

    def summary(self) -> str:
        """What may be sent, and what was noted, in French."""
        lines = [
            f"Partage prêt, {listed(self.years)} : {self.directory / 'index.html'}",
            f"  tout en un fichier : {self.archive}",
            f"  attaque : {self.protected} chiffres protégés, aucun retrouvé",
            *(f"  attention, non lu par l'attaque : {one}" for one in self.attacked.unread),
            *(f"  attention, laissé de côté par l'attaque : {one}" for one in self.attacked.set_aside),
            *(f"  attention, le rapport {year} est un brouillon, non validé" for year in self.drafts),
            *(f"  registre : {path} (à conserver avec les paramètres)" for path in self.entries),
        ]
        return "\n".join(lines if self.entries else [*lines, "  registre : inchangé"])


@dataclass(frozen=True)
class _Ready:
    """A year that may be packed once the attack has passed."""

    settings: Settings
    finished: Finished
    pages: Mapping[str, str]
    secret: Secret

    @property
    def year(self) -> int:
        return self.settings.year


def share(out: Path, params: Path, years: Sequence[int] = ()) -> Shared:
    """Pack the edition to share, after an attack on it together with all that was released before.

    Parameters
    ----------
    years
        All those that have an edition to share when empty; years shared before stay in the package.

    Raises
    ------
    UsageError
        A year is not made, incomplete, or older than its edition ``interne``.
    ReconciliationError
        The audit of a year stands against it, or a file was changed since it was made.
    DisclosureError
        The attack finds a figure that should be protected; nothing is written.
    ToolError
        The disk refuses.
    """
    service = load_service(params)
    ready = [_ready(out, load_settings(params, year)) for year in sorted(set(years)) or _diffusions(out)]
    target = out / PARTAGE
    with disk_errors_told(target), only_build(target):
        with staged(target) as staging:
            former = _keep_former(target, staging, [one.year for one in ready])
            for one in ready:
                names = (*one.pages.values(), *printed_pages(one.pages, one.finished), *DATA)
                one.finished.take(names, staging / str(one.year))
            attacked = _attacked(staging, params, service, ready)
            every = sorted([*former, *(one.year for one in ready)])
            write_index(staging, service.nom, [_indexed(staging, load_settings(params, year)) for year in every])
            write_sums(staging)
            archive = _zipped(staging, out)
        entries = [_noted(one, target, params / LEDGER) for one in ready]
    drafts = tuple(one.year for one in ready if one.settings.report.statut != "valide")
    return Shared(target, archive, tuple(every), drafts, tuple(path for path in entries if path), attacked)


def _diffusions(out: Path) -> list[int]:
    years = [year for year in published_years(out) if (out / str(year) / DIFFUSION).is_dir()]
    if not years:
        raise UsageError(
            "Aucune édition à diffuser.", where=str(out), todo="la faire d'abord avec « rlpipeline build »"
        )
    return years


def _ready(out: Path, settings: Settings) -> _Ready:
    """See that a year is whole, audited, and of one piece with its edition ``interne``."""
    internal = read_finished(out / str(settings.year), "interne")
    finished = read_finished(out / str(settings.year) / DIFFUSION, DIFFUSION)
    check_audit(internal)
    found = pages(settings, finished)
    secret = read_secret(secret_path(out, settings.year))
    made = finished.digest, internal.records, internal.settings
    same = made == (secret.edition, secret.records, secret.settings)
    if not same:
        raise UsageError(
            f"Les éditions interne et à diffuser de {settings.year} ne viennent pas des mêmes données et paramètres.",
            where=str(finished.directory),
            todo=AGAIN,
        )
    return _Ready(settings, finished, found, secret)


def _keep_former(target: Path, staging: Path, renewed: Sequence[int]) -> list[int]:
    """Take over the years shared before that are not shared anew, as they were."""
    known = published_years(target) if (target / SUMS).is_file() else ()
    former = [year for year in known if year not in renewed]
    for year in former:
        check_sums(target, year)
        for source in (path for path in (target / str(year)).rglob("*") if path.is_file()):
            copy = staging / source.relative_to(target)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    return former


def _attacked(staging: Path, params: Path, service: Service, ready: Sequence[_Ready]) -> Attacked:
    """Attack what is going to be released, and all that was.

    Raises
    ------
    DisclosureError
        A figure that should be protected is found, or figures contradict each other.
    """
    known = replace(knowledge(service), followed_only=all(one.secret.followed_only for one in ready))
    with _releases(params / LEDGER) as released:
        fresh = sorted(path for path in staging.iterdir() if path.is_dir())
        found = attack([*released, *fresh], known, len(released))
    if not found.passed:
        raise _refusal(found)
    return found


def knowledge(service: Service) -> Knowledge:
    """Tell the attack the rules that the report prints."""
    rules = service.diffusion
    wider = {code: one.codes for named in classes_of(rules, service).values() for code, one in named.items()}
    names = {commune.code: commune.nom for commune in service.communes}
    return Knowledge(
        names,
        rules.seuil,
        rules.seuil_sensible,
        rules.sensibles,
        rules.base,
        wider,
        shown_means_counted=False,
        rounded_in_report=True,
        familles={family.code: tuple(code.code for code in family.codes) for family in service.problematiques},
    )


@contextmanager
def _releases(ledger: Path) -> Iterator[list[Path]]:
    """Lay the ledger out as publications, oldest first, for the time of the attack."""
    with tempfile.TemporaryDirectory(prefix="rlpipeline-") as place:
        released = []
        for path in sorted(ledger.glob("*.csv")) if ledger.is_dir() else []:
            folder = Path(place) / path.stem
            folder.mkdir()
            (folder / FIGURES).write_bytes(path.read_bytes())
            released.append(folder)
        yield released


def _refusal(found: Attacked) -> DisclosureError:
    told = [f"    {one}" for one in found.failures[:FIRST]]
    more = len(found.failures) - FIRST
    rest = [f"    et {more} autre{'s' if more > 1 else ''}"] if more > 0 else []
    return DisclosureError(
        f"L'attaque retrouve {len(found.failures)} chiffre(s) qui doivent être protégés : rien n'est partagé."
        if found.failures
        else "L'attaque ne peut pas conclure : rien n'est partagé.",
        where="\n".join(["", *told, *rest]) if told else None,
        got=found.contradiction or None,
        todo=f"{AGAIN} ; si cela demeure, élargir les classes (service.yml, diffusion, regroupements)",
    )


def _indexed(staging: Path, settings: Settings) -> SharedYear:
    year, service = settings.year, settings.service
    title = settings.report.titre or f"Rapport d'activité {year}"
    portraits = []
    for commune in service.communes:
        found = sorted((staging / str(year) / "communes").glob(f"{commune.code}-*.html"))
        portraits += [_link(staging, path, commune.nom) for path in found]
    data = tuple(Link(f"{year}/{name}", words) for name, words in WORDS.items())
    draft = settings.report.statut != "valide"
    return SharedYear(year, title, draft, _link(staging, staging / str(year) / REPORT, title), tuple(portraits), data)


def _link(staging: Path, page: Path, words: str) -> Link:
    pdf = page.with_suffix(SUFFIX)
    printed = pdf.relative_to(staging).as_posix() if pdf.is_file() else None
    return Link(page.relative_to(staging).as_posix(), words, printed)


def _zipped(staging: Path, out: Path) -> Path:
    """Put the zip in place; what it replaces is untouched until it is whole."""
    archive = out / f"{PARTAGE}.zip"
    fresh = out / f".{PARTAGE}.zip-nouveau"
    write_zip(staging, fresh, PARTAGE)
    return fresh.replace(archive)


def _noted(one: _Ready, target: Path, ledger: Path) -> Path | None:
    """Add a release to the ledger; None where it is the last one of its year again."""
    content = ledger_rows(target / str(one.year) / FIGURES, one.secret.primary)
    former = sorted(ledger.glob(f"{one.year}-[0-9][0-9].csv"))
    if former and former[-1].read_text(encoding="utf-8") == content:
        return None
    last = int(former[-1].stem.rpartition("-")[2]) if former else 0
    if last == 99:
        raise SettingsError("Le registre est plein pour cette année.", where=str(ledger), expected="99 diffusions")
    ledger.mkdir(parents=True, exist_ok=True)
    path = ledger / f"{one.year}-{last + 1:02d}.csv"
    _write_new(path, content)
    return path


def ledger_rows(figures: Path, primary: Mapping[Cell, int]) -> str:
    """Write the entry of a release: its figures, each with whether it is masked for being small."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(LEDGER_COLUMNS)
    with figures.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            cells = [unguarded(row[name]) for name in COLUMNS]  # as they are protected, not as a spreadsheet needs them
            key = (cells[0], int(cells[1]), *cells[2:5])
            writer.writerow([*cells, "oui" if key in primary else "non"])
    return target.getvalue()


def _write_new(path: Path, content: str) -> None:
    """Write a file that must not exist yet, whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        path.hardlink_to(name)  # fails where the name is taken
    finally:
        with suppress(OSError):
            Path(name).unlink()


def listed(years: Sequence[int]) -> str:
    """Name years: « années 2022, 2023 »."""
    return f"année{'s' if len(years) > 1 else ''} {', '.join(str(year) for year in years)}"

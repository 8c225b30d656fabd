"""What leaves the service: the edition to share, attacked first with all that left before; sealed exact copies."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rlpipeline import french
from rlpipeline.attack import Attacked, PublishedFigures, attack
from rlpipeline.characters import UNSEEN, guarded
from rlpipeline.checks.published import published_years
from rlpipeline.errors import DisclosureError, UsageError, first_of
from rlpipeline.execution.memory import sha256
from rlpipeline.execution.output_folder import (
    DIFFUSION,
    LEDGER,
    disk_errors_in_french,
    now,
    refuse_other_service,
    secret_path,
    shared_years,
    write_whole,
)
from rlpipeline.figures.cells import our_links
from rlpipeline.french import short, slug
from rlpipeline.pipeline.proofreading import Passage, Secret, read_proofread, read_secret
from rlpipeline.pipeline.shared_package import (
    Entry,
    Package,
    entry_of,
    keep_digests,
    mark_recalled,
    note,
    recalled_release,
    standing_years,
)
from rlpipeline.protection.releases import Release, read_releases, says_the_same
from rlpipeline.protection.rounding import knowledge
from rlpipeline.publication.exporter import SLIDES
from rlpipeline.publication.printing import PrintedPage, PrintingError, printed, sheets_of
from rlpipeline.publication.publish import SUMS, WORKBOOK
from rlpipeline.publication.release import (
    AGAIN,
    DATA,
    Finished,
    check_audit,
    check_password,
    mark_of,
    marked_page,
    marked_workbook,
    pages,
    printed_pages,
    read_finished,
    seal,
)
from rlpipeline.records import sources
from rlpipeline.records.tabular import text_of
from rlpipeline.settings.models import Settings, load_service, load_settings

FIRST, FIRST_UNREAD = 3, 8
"""Figures found by the attack, and passages that nobody read, that an error names."""
REMISES, LOG = "remises", "remises.csv"
"""Folder of the ledger, and file in it, with who was given a copy of the exact figures."""
LOG_COLUMNS = ("date", "pour", "annees", "archive", "sha256")
LONGEST_NAME = 80
CORRECTED = "  attention, corrigé depuis, laissé de côté"
LOST = "  attention, déjà dans les diffusions antérieures"
DRAFT = "  attention, le rapport {} est un brouillon, non validé"
NAME = re.compile(rf"[^\x00-\x1f\x7f-\x9f{UNSEEN}]+")


@dataclass(frozen=True)
class Shared:
    """What was packed.

    ``drafts``: years whose report is not validated; ``alone``: years that are compared with nothing, since the year
    before was not shared when they were made; ``entries``: files added to the ledger; ``attacked``: what the attack,
    which found nothing, had to set aside; ``again``: of years released before, what the service alone is told.
    """

    directory: Path
    archive: Path
    years: tuple[int, ...]
    drafts: tuple[int, ...]
    alone: tuple[int, ...]
    entries: tuple[Path, ...]
    attacked: Attacked
    again: Mapping[int, str]

    @property
    def protected(self) -> str:
        """How many protected figures were attacked, as it is written in French."""
        return f"{self.attacked.judged:,}".replace(",", "\u202f")

    def summary(self) -> str:
        """What may be sent, and what was noted, in French."""
        attacked = self.attacked
        lines = [
            f"Partage prêt, {listed(self.years)} : {self.directory / 'index.html'}",
            f"  tout en un fichier : {self.archive}",
            f"  contrôle : {self.protected} chiffres protégés, aucun ne peut être retrouvé",
        ]
        lines += [f"{CORRECTED} : {row}" for row in attacked.withdrawn]
        lines += [f"{LOST} : {failure}" for failure in attacked.lost]
        lines += [DRAFT.format(year) for year in self.drafts]
        lines += [f"  {_advice(year, shared=year - 1 in self.years)}" for year in self.alone]
        lines += [f"  {year} : {said}" for year, said in self.again.items()]
        lines += [f"  registre : {path} (à conserver avec les paramètres)" for path in self.entries]
        if not self.entries:
            lines.append("  registre : inchangé")
        return "\n".join(lines)


@dataclass(frozen=True)
class Recalled:
    """What was taken back.

    ``release``: as the ledger has it now; ``years``: what is left in the package; None where there is no package.
    """

    release: Release
    years: tuple[int, ...] | None

    def summary(self) -> str:
        """What was done, and what is left to do, in French."""
        name, year = self.release.name, self.release.year
        left = "aucun partage n'est préparé dans ce dossier"
        if self.years is not None:
            left = "partage : plus aucun rapport"
        if self.years:
            left = f"reste au partage : {listed(self.years)}"
        lines = [
            f"Diffusion {name} retirée ; l'index du partage le dit, et la date.",
            f"  {left}",
            "  la retirer aussi de là où elle a été mise (site, messages, clés USB)",
            "  elle reste au registre, puisque d'autres l'ont : ce qui sortira ensuite est contrôlé avec elle",
            f"  pour la remplacer : corriger, « rlpipeline build », puis « rlpipeline share --year {year} »",
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class _Ready:
    """A year that may be packed once the attack has passed."""

    settings: Settings
    finished: Finished
    pages: Mapping[str, str]
    secret: Secret

    def put_in(self, folder: Path) -> None:
        """Copy what is shared of it."""
        prints = printed_pages(self.pages, self.finished)
        self.finished.take((*self.pages.values(), *prints, *DATA), folder)


def share(
    out: Path,
    params: Path,
    years: Sequence[int] = (),
    allow_drafts: Callable[[Sequence[int]], object] | None = None,
) -> Shared:
    """Pack the edition to share, after an attack on it together with all that was released before.

    ``years``: when empty, all those that have an edition to share, but those whose last release was recalled; years
    shared before stay in the package; ``allow_drafts``: told of the years whose report is not validated before
    anything is packed, raises where they are not to be shared. Raises UsageError: the folder is another service's; a
    year is not made, incomplete, or older than its edition ``interne``; the ledger knows nothing of a year shared
    before; ReconciliationError: the audit of a year stands against it, or a file was changed since it was made;
    DisclosureError: nobody has read a text, or the attack finds a figure that should be protected; nothing is written;
    ToolError: the disk refuses.
    """
    package = Package.of(out, params)
    released = standing_years(read_releases(package.ledger))
    asked = sorted(set(years)) or _diffusions(package, released)
    ready = {year: _ready(out, load_settings(params, year)) for year in asked}
    for year, of_year in ready.items():
        _refuse_unread(year, of_year.secret.passages, params)
    drafts = _drafts([of_year.settings for of_year in ready.values()])
    if drafts and allow_drafts:
        allow_drafts(drafts)
    with package.renewed([*ready]) as staging:
        attacked = _attacked_in(staging, package, ready)
        noted = [_noted(package, staging, of_year) for of_year in ready.values()]
    return Shared(
        package.target,
        package.archive,
        package.years,
        drafts,
        tuple(year for year in ready if year - 1 not in released),
        tuple(filter(None, noted)),
        attacked,
        _said_of_reprises(ready),
    )


def _drafts(every: Sequence[Settings]) -> tuple[int, ...]:
    """List the years whose report is not validated."""
    return tuple(settings.year for settings in every if settings.report.statut != "valide")


def _attacked_in(staging: Path, package: Package, ready: Mapping[int, _Ready]) -> Attacked:
    """Put the years in the package that is made, and attack it. Raises as :func:`share`."""
    for year, of_year in ready.items():
        of_year.put_in(staging / str(year))
    entries = {year: entry_of(staging / str(year)) for year in ready}
    for year, (figures, _) in entries.items():
        _refuse_other(year, figures, package, ready[year].finished.directory)
    return _attacked(package, entries, ready)


def _noted(package: Package, staging: Path, ready: _Ready) -> Path | None:
    """Note a release in the ledger; None where it is there as it is."""
    year = ready.settings.year
    keep_digests(package.ledger, year, ready.secret.empreintes)
    return note(package.ledger, year, staging / str(year))


def _said_of_reprises(ready: Mapping[int, _Ready]) -> dict[int, str]:
    """What the service alone is told of years that were released before."""
    reprises = {year: of_year.secret.reprise for year, of_year in ready.items()}
    return {year: reprise.said(year) for year, reprise in reprises.items() if reprise}


def recall(out: Path, params: Path, which: str) -> Recalled:
    """Take a release back: noted in the ledger, said by the index, out of the package where it is the last of its year.

    ``which``: a year, for its last release, or a release: 2023, 2023-01. Raises UsageError: there is no such release,
    or the ledger knows nothing of a year shared before; ReconciliationError: another year of the package was changed
    since it was shared; ToolError: the disk refuses.
    """
    package = Package.of(out, params)
    package.standing()
    release = mark_recalled(recalled_release(package.ledger, which))
    if not (package.target / SUMS).is_file():
        return Recalled(release, None)
    with package.renewed([]):
        pass
    return Recalled(release, package.years)


def _advice(year: int, *, shared: bool) -> str:
    before = year - 1
    if shared:
        return (
            f"conseil : {before} n'était pas partagé quand {year} a été fait, {year} n'y est donc comparé à rien. "
            f"Refaire {year} : build --year {year}, puis share --year {year}"
        )
    return (
        f"conseil : {before} n'a pas été partagé, {year} n'y est donc comparé à rien. Si le service a des données de "
        f"{before} : build --year {before}, share --year {before}, puis build et share de {year}"
    )


def _diffusions(package: Package, stands: Mapping[int, bool]) -> list[int]:
    """List the years that have an edition to share, but those recalled: who shares them again says so."""
    made = shared_years(package.out)
    if not made:
        todo = "la faire d'abord avec « rlpipeline build »"
        raise UsageError("Aucune édition à diffuser.", where=str(package.out), todo=todo)
    years = [year for year in made if stands.get(year, True)]
    if not years:
        raise UsageError(
            "La dernière diffusion de chaque année faite est retirée : rien n'est partagé.",
            where=str(package.ledger),
            todo="corriger, refaire l'année avec « rlpipeline build », puis la nommer avec --year",
        )
    return years


def _ready(out: Path, settings: Settings) -> _Ready:
    """See that a year is whole, audited, and of one piece with its edition ``interne``."""
    internal = read_finished(out / str(settings.year), "interne")
    finished = read_finished(out / str(settings.year) / DIFFUSION, DIFFUSION)
    check_audit(internal)
    site_pages = pages(settings, finished)
    secret = read_secret(secret_path(out, settings.year))
    dependencies = finished.digest, internal.records, internal.settings
    same = dependencies == (secret.edition, secret.donnees, secret.parametres)
    if not same:
        raise UsageError(
            f"Les éditions interne et à diffuser de {settings.year} ne viennent pas des mêmes données et paramètres.",
            where=str(finished.directory),
            todo=AGAIN,
        )
    return _Ready(settings, finished, site_pages, secret)


def _refuse_unread(year: int, passages: Sequence[Passage], params: Path) -> None:
    """Refuse a year of which nobody has read a passage, or which prints one that its reader left out."""
    proofread = read_proofread(params, year)

    def refuse(refused: Sequence[Passage], what: str, todo: str) -> None:
        if refused:
            places = [passage.place(params, year) for passage in refused]
            raise DisclosureError(what, first_of(places, FIRST_UNREAD), todo=todo)

    refuse(
        proofread.unread(passages),
        f"Personne n'a lu tout ce que le rapport {year} imprime : rien n'est partagé.",
        f"lire chaque passage avec « rlpipeline relire --year {year} --par NOM »",
    )
    refuse(
        proofread.still_printed(passages),
        f"Le rapport {year} imprime encore ce qui n'est pas à diffuser : rien n'est partagé.",
        AGAIN,
    )


def _refuse_other(year: int, figures: pd.DataFrame, package: Package, made: Path) -> None:
    """Refuse an edition made before the year was released by someone else: its figures about persons are others."""
    before = [release for release in read_releases(package.ledger) if release.year == year]
    if before and not says_the_same(before[-1].figures, figures, our_links(package.service)):
        raise UsageError(
            f"L'édition à diffuser de {year} n'a pas les chiffres de jeunes déjà diffusés de cette année.",
            where=str(made),
            expected=f"ceux de {before[-1].path}, ou « masqué »",
            todo=AGAIN,
        )


def _attacked(
    package: Package, entries: Mapping[int, Entry], ready: Mapping[int, _Ready]
) -> Attacked:
    """Attack what is going to be released, and all that was.

    Raises DisclosureError: a figure that should be protected is found, or figures contradict each other.
    """
    fresh = [
        PublishedFigures(str(year), figures, rules["classes"])
        for year, (figures, rules) in entries.items()
    ]
    followed_only = all(of.secret.suivis_seuls for of in ready.values())
    known = knowledge(package.service, our_links(package.service), followed_only)
    attacked = attack([*read_releases(package.ledger), *fresh], known)
    if attacked.passed:
        return attacked
    what = "On ne sait pas si les chiffres protégés peuvent être retrouvés : rien n'est partagé."
    if attacked.failures:
        what = "Des chiffres protégés peuvent être retrouvés : rien n'est partagé."
    raise DisclosureError(
        what,
        where=first_of((*attacked.failures, *attacked.unread, *attacked.undecided), FIRST),
        got=attacked.contradiction or None,
        todo=f"{AGAIN} ; si cela demeure, élargir les classes (« rlpipeline classes » en propose)",
    )


def listed(years: Sequence[int]) -> str:
    """Name years: « années 2022, 2023 »."""
    return f"année{'s' if len(years) > 1 else ''} {', '.join(str(year) for year in years)}"


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
            *map(DRAFT.format, self.drafts),
        ]
        if self.lacking:
            lines.append(f"  attention, {self.lacking}")
        return "\n".join([*lines, f"  noté dans {self.log}"])


def hand_over(
    out: Path, params: Path, recipient: str, ask: Callable[[str], str], years: Sequence[int] = ()
) -> HandedOver:
    """Seal a copy of the exact figures, marked with its reader's name, and note it.

    Parameters
    ----------
    recipient
        Who may read it.
    ask
        Asks for the password, given the words of the question, without showing what is typed.
    years
        All the published ones when empty.

    Raises
    ------
    UsageError
        The name or the password is refused, the folder is another service's, or a year is not made or incomplete.
    ReconciliationError
        The audit of a year stands against it, or a file was changed since it was made.
    ToolError
        The disk refuses.
    """
    if not recipient.strip() or len(recipient) > LONGEST_NAME or not NAME.fullmatch(recipient):
        raise UsageError(
            "Ce nom ne peut pas être porté sur un exemplaire.",
            expected=f"de 1 à {LONGEST_NAME} caractères visibles",
        )
    mark, service = mark_of(recipient), load_service(params)
    refuse_other_service(out, service)
    every = [load_settings(params, year) for year in sorted(set(years)) or published_years(out)]
    numbers = [settings.year for settings in every]
    with disk_errors_in_french(out):
        files, lacking = _printed_anew([_copy(out, settings, mark) for settings in every])
        day = french.day(now().date())
        read_me = f"{mark}\nRemis le {day} par {service.nom}.\nContient {listed(numbers)}.\n"
        files["LISEZ-MOI.txt"] = read_me.encode("utf-8")
        password = _asked(ask)
        archive = _free_name(out, recipient)
        fresh = archive.with_name(f".{archive.name}-nouveau")
        try:
            seal(files, fresh, password)
            years_told = " ".join(map(str, numbers))
            row = (f"{now():%Y-%m-%d}", recipient, years_told, archive.name, sha256(fresh))
            # Before the copy exists: none goes unnoted.
            log = _log(params / LEDGER / REMISES / LOG, row)
            fresh.replace(archive)
        finally:
            fresh.unlink(missing_ok=True)
    return HandedOver(archive, log, _drafts(every), lacking)


def _free_name(out: Path, recipient: str) -> Path:
    """Give the path of today's copy for a reader: none that was handed over is replaced."""
    path = out / f"remise-{short(slug(recipient))}-{now():%Y-%m-%d}.zip"
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, 1000))
    return next(free for free in (path, *numbered) if not free.exists())


def _printed_anew(copies: Sequence[_Copy]) -> tuple[dict[str, bytes], str]:
    """Give the files of the years, every sheet printed with its reader's name, or why it is not."""
    files, sheets = dict[str, bytes](), dict[str, PrintedPage]()
    for copy in copies:
        files |= copy.files
        for name, content in copy.files.items():
            if name.endswith(".html"):
                sheets |= sheets_of(Path(name), content.decode("utf-8"))
    prints = {name for copy in copies for name in copy.prints}
    try:
        files |= printed({name: sheet for name, sheet in sheets.items() if name in prints})
    except PrintingError as error:
        return files, error.what
    return files, ""


def handed_over(ledger: Path) -> list[dict[str, str]]:
    """The copies noted in a ledger, oldest first; columns ``LOG_COLUMNS``."""
    log = ledger / REMISES / LOG
    rows = sources.sheets_of(log)[0].rows if log.is_file() else []
    header, *lines = rows or [[]]
    padding = [""] * len(header)
    texts = ([text_of(cell) or "" for cell in line] + padding for line in lines if any(line))
    return [dict(zip(map(str, header), line, strict=False)) for line in texts]


@dataclass(frozen=True)
class _Copy:
    """A year's copy: contents of its files, and names of those that are printed anew, as they are in the copy."""

    files: Mapping[str, bytes]
    prints: tuple[str, ...]


def _copy(out: Path, settings: Settings, mark: str) -> _Copy:
    """Give the files of a year's copy, marked; the rest is the service's own business."""
    internal = read_finished(out / str(settings.year), "interne")
    check_audit(internal)
    pages_of_year = pages(settings, internal)
    marked_pages, files = {*pages_of_year.values(), SLIDES}, dict[str, bytes]()
    with tempfile.TemporaryDirectory(prefix=".remise-", dir=out) as place:
        names = (*pages_of_year.values(), *DATA)
        internal.take(names, Path(place))
        for name in names:
            content = (Path(place) / name).read_bytes()
            if name in marked_pages:
                content = marked_page(content.decode("utf-8"), mark).encode("utf-8")
            elif name == WORKBOOK:
                content = marked_workbook(content, mark)
            files[f"{settings.year}/{name}"] = content
    prints = printed_pages(pages_of_year, internal)
    return _Copy(files, tuple(f"{settings.year}/{name}" for name in prints))


def _asked(ask: Callable[[str], str]) -> str:
    """Ask for the password, again where it cannot do; the third time, that is the end."""
    wrong = ""
    for times in range(3):
        password = ask(
            f"{wrong}Mot de passe de l'exemplaire (12 caractères au moins, sans accent) : "
        )
        try:
            check_password(password)
            if ask("Le même, encore une fois : ") == password:
                break
            raise UsageError(
                "Les deux mots de passe diffèrent : rien n'est écrit.", todo="recommencer"
            )
        except UsageError as error:
            if times == 2:
                raise
            wrong = f"{error.what.partition(' : ')[0]}. "
    return password


def _log(path: Path, row: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    former = path.read_text(encoding="utf-8") if path.exists() else f"{','.join(LOG_COLUMNS)}\n"
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(guarded, row))
    return write_whole(path, former + line.getvalue(), 0o644)

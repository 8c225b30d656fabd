"""A build, from the records to the publication: what is read and counted once, then four steps an edition.

First ``open_build`` reads, checks and counts. Then each edition of each year becomes, in turn,

- ``Prepared``: a private folder has what its chapters open: the settings, and the figures, exact or protected;
- ``Executed``: its chapters ran, or stand as a former build executed them;
- ``Staged``: all that is to be published lies beside its place, checked, while its pages are printed;
- ``Published``: its prints are there too, all of it is in place at once, and the next build finds what it may take.

The pages of an edition are printed while the chapters of the next run (``_editions``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rlpipeline.checks.audit import PAGE, Audit
from rlpipeline.checks.audit import summary as summary_of
from rlpipeline.display.laid_out import common_scales, write_scales
from rlpipeline.display.lookup import check_comparability
from rlpipeline.display.year_findings import check as check_findings
from rlpipeline.errors import RlpipelineError, ToolError
from rlpipeline.execution.chapters import Chapters, ChapterSources
from rlpipeline.execution.memory import (
    COUNTS_ENTRY,
    STATE,
    BuildInputs,
    BuildRequest,
    Edition,
    EditionState,
    Inputs,
    Notice,
    digest_of,
    hashes,
    published_files,
    summary,
)
from rlpipeline.execution.outcome import (
    Outcome,
    failed_outcomes,
    failure_report,
    refresh_kept_failures,
)
from rlpipeline.execution.output_folder import (
    claim,
    disk_errors_in_french,
    memory_of,
    only_build_of,
    open_staging,
    put_in_place,
    recover,
    refuse_other_service,
    repair,
    without_texts,
)
from rlpipeline.execution.plan import Workspace, check_communes, check_tasks, open_workspace
from rlpipeline.execution.progress import LongCellTeller, Progress
from rlpipeline.execution.runner import run_tasks
from rlpipeline.figures.store import TO_SHARE, Store, contents_served
from rlpipeline.pictures import check_pictures
from rlpipeline.pipeline.inputs import (
    FIGURE_FILES,
    JUDGEMENT_ENTRY,
    PAGE_LIBRARY,
    PROTECTION,
    Counted,
    LastRead,
    OpenBuild,
    ReadRecords,
    Wanted,
    open_counts,
    packed,
    tasks_of,
    unpack,
)
from rlpipeline.pipeline.proofreading import read_proofread
from rlpipeline.pipeline.reconciliation import audit_year, gather, reconcile, reconcile_shared
from rlpipeline.processes import CHAPTER_PROGRAM, Workers, warm_up
from rlpipeline.publication.exporter import SLIDES, ShownTable, check_owners
from rlpipeline.publication.index import write_internal_index
from rlpipeline.publication.page import look_of
from rlpipeline.publication.printing import (
    Printing,
    PrintingError,
    poster_path,
    presses,
    print_entry,
)
from rlpipeline.publication.publish import (
    FILES_FOR_PEOPLE,
    NOTEBOOKS,
    Means,
    page_entry,
    publish_figures,
    write_datapackage,
    write_manifest,
    write_pages,
)
from rlpipeline.records.frames import latest_of, latest_year, refuse_without_records
from rlpipeline.settings.models import Settings, load_service, load_settings

if TYPE_CHECKING:
    from rlpipeline.pipeline.shared_edition import Protection

__all__ = ["BuildRequest", "LastRead", "Published", "audit_year", "build_years"]


@dataclass(frozen=True)
class Prepared:
    """An edition whose chapters may run.

    Parameters
    ----------
    workspace
        A private folder with all that they open.
    settings
        Those that they read: in the workspace, of the edition.
    chapters
        Those that former builds executed.
    protection
        How the figures were protected; None in the edition ``interne``.
    """

    wanted: Wanted
    workspace: Workspace
    settings: Settings
    chapters: Chapters
    protection: Protection | None

    @property
    def figures(self) -> Path:
        """The store that what is published is held against: of exact figures, not the one that chapters could alter."""
        return self.workspace.figures if self.protection else self.wanted.build.counted.figures


@dataclass(frozen=True)
class Executed:
    """An edition whose chapters ran to their end; ``outcomes`` in the order of the tasks."""

    prepared: Prepared
    outcomes: tuple[Outcome, ...]

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        return self.prepared.wanted


@dataclass(frozen=True)
class Staged:
    """An edition that is ready, but for its prints.

    Parameters
    ----------
    folder
        What is to be published.
    files
        The files that people open, by their path in it.
    prints
        Those that are under way.
    audit
        What was checked; None in the edition to share.
    """

    executed: Executed
    folder: Path
    files: tuple[Path, ...]
    prints: Printing
    audit: Audit | None

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        return self.executed.wanted


@dataclass(frozen=True)
class Published:
    """What was published of one edition of one year.

    Parameters
    ----------
    files
        The files that people open, by their path in ``directory``.
    audit
        What was checked before; None in the edition to share.
    """

    year: int
    edition: Edition
    directory: Path
    files: tuple[Path, ...]
    outcomes: tuple[Outcome, ...]
    audit: Audit | None = None

    @property
    def findings(self) -> tuple[Notice, ...]:
        """What is said of the check to a program."""
        findings = self.audit.findings if self.audit else ()
        return tuple(
            Notice(found.check, found.message, found.key, found.blocking) for found in findings
        )

    @property
    def audit_words(self) -> str:
        """What is said of the check to a person."""
        return summary_of(self.audit) if self.audit else ""

    def summary(self) -> str:
        """What was made and where, in French."""
        return summary(self.year, self.edition, self.directory, self.files, self.audit_words)


def build_years(
    request: BuildRequest, years: Sequence[int] = (), read: LastRead | None = None
) -> Iterator[Published]:
    """Build the years asked for, one after the other.

    Parameters
    ----------
    years
        The latest of the records when empty.
    read
        What a former build of this process read, taken again where it would be the same.

    Raises
    ------
    SettingsError, UsageError, DataError
        Settings, request or records are wrong: nothing has run, or, of what was released before, the edition to share
        alone is refused.
    ToolError
        Another build of the same year is under way, or the disk refuses.
    NotebookError
        A chapter of a year failed, whose former publication is untouched while the others are made.
    ReconciliationError, DisclosureError
        What was going to be published contradicts itself, or could let a young person be recognised: likewise.
    """
    refusals = Refusals()
    with open_build(request, years, read, ahead=True) as build:
        for settings in build.settings_of_years:
            check_comparability(settings, Store(build.counted.figures).declared.tables)
        for published in _editions(build, refusals):
            with disk_errors_in_french(request.out):
                claim(request.out, build.settings_of_years[0].service)
                write_internal_index(
                    request.out, build.settings_of_years[0].service, request.params
                )
            yield published
    refusals.tell(request.params)


@contextmanager
def open_build(
    request: BuildRequest,
    years: Sequence[int] = (),
    last: LastRead | None = None,
    *,
    ahead: bool = False,
) -> Iterator[OpenBuild]:
    """Read and check all that a build is made from, be alone with its years, and count.

    Parameters
    ----------
    years
        The latest of the records when empty.
    last
        What a former build of this process read.
    ahead
        Whether libraries load before they are needed, while a processor has nothing else to do.

    Raises
    ------
    SettingsError, UsageError, DataError, NotebookError, ToolError
        As ``build_years``.
    """
    inputs = BuildInputs(request)
    _take_digests(inputs)
    service = load_service(request.params)
    refuse_other_service(request.out, service)
    communes = check_communes(service, request.communes or service.commune_codes)
    request = replace(request, communes=communes)
    with ExitStack() as held:
        print_processes = held.enter_context(presses(request.jobs))
        page_processes = held.enter_context(Workers(PAGE_LIBRARY, request.jobs))
        if ahead and request.runs_here and "://" not in request.source:
            warm_up(CHAPTER_PROGRAM)  # while the records are read
        read = (last or LastRead()).of(request, service, inputs)
        years = _years_of(request, read, years)
        _take_digests(inputs, years)
        settings_of_years = tuple(load_settings(request.params, year) for year in years)
        look_of(service, request.params)  # its errors come before anything runs
        for settings in settings_of_years:
            _check(request, settings)
        for year in years:
            held.enter_context(_alone_with(request, year))
        early = print_processes if ahead and request.pdf else None
        figures = held.enter_context(open_counts(request, read.records, inputs, years, early))
        yield OpenBuild(
            request, settings_of_years, inputs, read, figures, page_processes, print_processes
        )


def _take_digests(inputs: BuildInputs, years: Sequence[int] = ()) -> None:
    """Take digests before anything is read: what changes afterwards is for the next build."""
    with suppress(OSError):  # who reads them says what is wrong
        _ = (inputs.notebooks, inputs.source)
        for year in years:
            for edition in inputs.request.editions:
                inputs.of(year, edition)


def _years_of(request: BuildRequest, read: ReadRecords, years: Sequence[int]) -> tuple[int, ...]:
    """Give the years asked for, each of which has records, or the latest."""
    for year in years:
        refuse_without_records(year, read.records, request.source)
    return tuple(years) or (latest_year(read.records, read.extraction),)


def _check(request: BuildRequest, settings: Settings) -> None:
    """See that what a year is made from can be used, before anything runs."""
    check_pictures(settings)
    check_findings(settings)
    read_proofread(request.params, settings.year)
    for edition in request.editions:
        check_tasks(tasks_of(request, settings, edition))


@contextmanager
def _alone_with(request: BuildRequest, year: int) -> Iterator[None]:
    """Be the only build of a year, without its memory where all is to be made again."""
    with ExitStack() as held:
        with disk_errors_in_french(request.out / str(year)):
            held.enter_context(only_build_of(request.out, year))
        for edition in ("interne", "diffusion") if request.force else ():
            shutil.rmtree(memory_of(request.out, year, edition), ignore_errors=True)
        yield


def _editions(build: OpenBuild, refusals: Refusals) -> Iterator[Published]:
    """Make editions one after the other, each printed while the chapters of the next run.

    It is in place before the next is staged: one edition of a year is in the folder of the other.
    """
    attempt = refusals.attempt
    staged_earlier: Staged | None = None
    with ExitStack() as under_way:
        for wanted in (
            *build.editions,
            None,
        ):  # nothing runs any more while the last one is printed
            if wanted:
                under_way.enter_context(wanted.folders)
            executed = attempt(execute, attempt(prepare, wanted))
            published = attempt(publish, staged_earlier)
            if published:
                yield published
            staged_earlier = attempt(stage, executed)


def prepare(wanted: Wanted) -> Prepared:
    """Give the chapters of an edition what they open. Raises DisclosureError: figures cannot be protected."""
    request, settings, edition = wanted.request, wanted.settings, wanted.edition
    recover(wanted.target)
    place = open_workspace(request.out, request.params, wanted.year, edition, request.cell_minutes)
    workspace = wanted.folders.enter_context(place)
    protection = None
    if edition == "interne":
        _copy_exact(wanted.build.counted, workspace)
    else:
        from rlpipeline.pipeline.shared_edition import protect_edition  # noqa: PLC0415 - solvers

        protection = protect_edition(wanted, workspace)
        settings = protection.settings
    scales = common_scales(Store(workspace.figures), settings.service, wanted.year)
    write_scales(scales, workspace.root)
    read = settings.model_copy(update={"directory": workspace.params, "edition": edition})
    now = ChapterSources(workspace.root, contents_served)
    chapters = Chapters(wanted.memory, workspace, wanted.names, now)
    return Prepared(wanted, workspace, read, chapters, protection)


def execute(prepared: Prepared) -> Executed:
    """Run the chapters that do not stand. Raises ChaptersError: some failed, and are kept."""
    wanted, chapters = prepared.wanted, prepared.chapters
    request, names = wanted.request, wanted.names
    long_cells = LongCellTeller(request.terminal, names, request.on_long_cell)
    progress = Progress(request.terminal, names, long_cells)
    outcomes = {task: outcome for task in wanted.tasks if (outcome := chapters.take(task))}
    if outcomes:
        progress.resumes(len(outcomes))
    left = [task for task in wanted.tasks if task not in outcomes]
    if left:
        ran = run_tasks(
            left,
            prepared.workspace,
            request.jobs,
            progress,
            request.chapter_executor,
            chapters.keep,
        )
        outcomes |= {outcome.task: outcome for outcome in ran}
    in_order = [outcomes[task] for task in wanted.tasks]
    kept = refresh_kept_failures(in_order, prepared.workspace, wanted.failures_folder)
    if failed_outcomes(kept):
        raise ChaptersError(kept)
    return Executed(prepared, kept)


def stage(executed: Executed) -> Staged:
    """Write all that is to be published beside its place, check it, and have its pages printed.

    Raises
    ------
    ReconciliationError
        What was written contradicts itself.
    DisclosureError
        It shows what was not protected.
    """
    prepared, wanted = executed.prepared, executed.wanted
    check_owners(executed.outcomes)
    wanted.folders.callback(repair, wanted.target)
    folder = open_staging(wanted.target)
    prints = wanted.folders.enter_context(
        Printing(folder, wanted.memory, wanted.build.print_processes)
    )
    # Of a draft the audit still marks what was typed by hand.
    is_marked = not prepared.protection and prepared.settings.report.statut != "valide"
    wanted.tell("mise en pages")
    pages, shown = _write_pages(
        executed, folder, prints if wanted.request.pdf and not is_marked else None
    )
    files = (*pages, Path(SLIDES), *_write_figures(prepared, folder, shown))
    wanted.tell("vérification")
    audit = _checked(prepared, folder)
    if wanted.request.pdf:
        wanted.tell("impression en PDF")
        for page in pages if is_marked else ():
            prints.add(page)
    return Staged(executed, folder, files, prints, audit)


def publish(staged: Staged) -> Published:
    """Put an edition in place, once it is printed, and leave the next build what it may take."""
    wanted, prepared, outcomes = staged.wanted, staged.executed.prepared, staged.executed.outcomes
    files = (*staged.files, *_printed(staged))
    write_manifest(staged.folder, prepared.workspace, outcomes, _parameters(prepared))
    put_in_place(staged.folder, wanted.target, private=wanted.edition == "interne")
    if prepared.protection:
        from rlpipeline.pipeline.shared_edition import keep_secret  # noqa: PLC0415 - solvers

        declared = Store(prepared.figures).declared
        keep_secret(wanted, prepared.settings, prepared.protection, outcomes, declared)
    if staged.audit:
        files = (*files, Path(PAGE))
    published = Published(wanted.year, wanted.edition, wanted.target, files, outcomes, staged.audit)
    _remember(prepared, published)
    wanted.folders.close()
    return published


class ChaptersError(Exception):
    """Chapters of an edition failed."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


class _OfEdition(Protocol):
    """What each step takes and gives is of an edition that was asked for."""

    @property
    def wanted(self) -> Wanted: ...


Given = TypeVar("Given", bound="Wanted | _OfEdition")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Refusals:
    """What is not published, told once all the rest is: chapters that failed, and why an edition is refused.

    A step is attempted: what refuses one edition stops no other.
    """

    failed: list[Outcome] = field(default_factory=list)
    refused: list[RlpipelineError] = field(default_factory=list)

    def attempt(self, step: Callable[[Given], Made], given: Given | None) -> Made | None:
        """Take a step of an edition; None where it cannot be taken, or the one before was not.

        Raises
        ------
        ToolError
            The disk refuses: nothing else is tried.
        """
        if given is None:
            return None
        wanted = given if isinstance(given, Wanted) else given.wanted
        try:
            with disk_errors_in_french(wanted.target):
                return step(given)
        except ChaptersError as error:
            self.failed.extend(error.outcomes)
        except ToolError:
            raise
        except RlpipelineError as error:
            self.refused.append(error)
        wanted.folders.close()
        return None

    def tell(self, params: Path) -> None:
        """Raise what prevented publication, failed chapters first."""
        if self.failed:
            raise failure_report(self.failed, params)
        if self.refused:
            raise self.refused[0]


@dataclass(frozen=True)
class Verdict:
    """One chapter of one territory, and the inputs that changed since it was executed; nothing where it stands."""

    year: int
    edition: str
    territory: str
    name: str
    chapter: str
    changes: tuple[str, ...] = ()


def why_years(request: BuildRequest, years: Sequence[int] = ()) -> Iterator[Verdict]:
    """Say of every task of the years and editions asked for whether it stands. Raises as ``build_years``."""
    with open_build(request, years) as build:
        for wanted in build.editions:
            with wanted.folders:
                chapters = prepare(wanted).chapters
                for task in wanted.tasks:
                    name = wanted.names.get(task.territory, task.territory)
                    place = (wanted.year, wanted.edition, task.territory, name, task.chapter)
                    yield Verdict(*place, chapters.changes(task))


def _copy_exact(counted: Counted, workspace: Workspace) -> None:
    """Copy the exact figures: a chapter that writes there alters its own edition, which the audit then contradicts."""
    apart = shutil.ignore_patterns(TO_SHARE)
    shutil.copytree(counted.figures, workspace.figures, ignore=apart)
    shutil.copytree(counted.records, workspace.records)


def _write_pages(
    executed: Executed, folder: Path, prints: Printing | None
) -> tuple[list[Path], list[ShownTable]]:
    """Write the pages, and have each printed as soon as it is there; give them, and the tables that they show."""
    prepared, wanted = executed.prepared, executed.wanted
    chapters: dict[str, list[Path]] = {}
    for outcome in executed.outcomes:
        chapters.setdefault(outcome.task.territory, []).append(outcome.notebook)
    means, workers = Means(wanted.memory, wanted.request.pdf), wanted.build.page_processes
    pages, shown = list[Path](), list[ShownTable]()
    settings, edition = prepared.settings, wanted.edition
    for page in write_pages(folder, settings, chapters, edition, means, workers):
        pages.append(page.path)
        shown += page.tables
        if prints:
            prints.add(page.path)
    if wanted.request.on_pages:
        wanted.request.on_pages(wanted.year, wanted.edition, folder)
    return pages, shown


def _write_figures(
    prepared: Prepared, folder: Path, shown: Sequence[ShownTable]
) -> tuple[Path, ...]:
    """Write the files of the figures that pages show, those of the memory where they are the same.

    Gives those that people open.
    """
    memory, made_from = prepared.wanted.memory, _files_made_from(prepared, shown)
    content = memory.get(FIGURE_FILES, made_from)
    if content is not None:
        unpack(content, folder)
        return FILES_FOR_PEOPLE
    settings = prepared.settings
    figures = gather(prepared.figures, settings, shown, prepared.wanted.build.page_processes)
    publish_figures(folder, settings, figures)
    linked = Store(prepared.figures).declared.linked
    dictionary = write_datapackage(folder, settings, figures, _rounding(prepared), linked)
    written = [*(folder / name for name in FILES_FOR_PEOPLE), dictionary]
    memory.put(FIGURE_FILES, made_from, packed(folder, *written))
    return FILES_FOR_PEOPLE


def _files_made_from(prepared: Prepared, shown: Sequence[ShownTable]) -> Inputs:
    """Digest of each thing that the files of figures are made from: no text of the service is in them."""
    settings = prepared.settings
    files = without_texts(hashes(settings.directory))
    values = settings.model_dump(mode="json", exclude={"directory"})
    return {
        "chiffres": digest_of(hashes(prepared.figures)),
        "paramètres": digest_of(files),
        "réglages": digest_of(values),
        "arrondi": digest_of(_rounding(prepared)),
        "tableaux montrés": digest_of(shown),
    }


def _rounding(prepared: Prepared) -> Mapping[str, Any] | None:
    """Give what is published of the rounding; None where all is exact."""
    return prepared.protection.rules if prepared.protection else None


def _checked(prepared: Prepared, folder: Path) -> Audit | None:
    """Check what was written; of the edition ``interne`` the audit goes with it, and how its figures were counted."""
    if prepared.protection:
        reconcile_shared(folder, prepared.settings, prepared.figures)
        return None
    audit = reconcile(folder, prepared.settings, prepared.figures, prepared.wanted.failures_folder)
    notebook = prepared.wanted.build.counted.notebook
    shutil.copyfile(notebook, folder / NOTEBOOKS / notebook.name)
    return audit


def _printed(staged: Staged) -> tuple[Path, ...]:
    """Wait for the prints; none, which is told, where the machine cannot print."""
    try:
        return staged.prints.wait()
    except PrintingError as error:
        staged.wanted.request.terminal.write(f"{error.what}\n")
        return ()


def _parameters(prepared: Prepared) -> dict[str, object]:
    """Give what was asked for, as the manifest has it."""
    report, wanted = prepared.settings.report, prepared.wanted
    validated = report.date_validation
    return {
        "annee": wanted.year,
        "edition": wanted.edition,
        "communes": list(wanted.request.communes),
        "titre": report.titre,
        "statut": report.statut,
        "date_validation": validated.isoformat() if validated else None,
    }


def _remember(prepared: Prepared, published: Published) -> None:
    """Leave to the next build what this one was made from and published; no more than it needs."""
    wanted = prepared.wanted
    build, request, year = wanted.build, wanted.request, wanted.year
    wanted.memory.prune(_entries(wanted, published.files))
    build.read.keep_judgement(wanted.memory)
    inputs = build.inputs.of(year, wanted.edition)
    outside_states = prepared.chapters.outside_states(wanted.tasks)
    if inputs is None or outside_states is None:  # nobody can tell what it was made from
        return
    if inputs != BuildInputs(build.inputs.request).of(year, wanted.edition):  # changed meanwhile
        return
    is_printed = any(page.suffix == ".pdf" for page in published.files)
    if is_printed != request.pdf:  # what the machine lacked may be there next time
        return
    is_latest = latest_of(build.read.records, build.read.extraction) == year
    state = EditionState(
        year,
        wanted.edition,
        is_latest,
        outside_states,
        published_files(request.out, year, wanted.edition),
        [page.as_posix() for page in published.files],
        build.read.warnings,
        published.audit_words,
        published.findings,
    )
    content = json.dumps(asdict(state), ensure_ascii=False).encode()
    wanted.memory.put(STATE, inputs, content)


def _entries(wanted: Wanted, files: Sequence[Path]) -> set[str]:
    """Name what the next build may take: the counts are with the exact figures of the latest year."""
    entries = {PROTECTION, FIGURE_FILES, JUDGEMENT_ENTRY}
    if wanted.edition == "interne" and wanted.year == wanted.build.counted.year:
        entries.add(COUNTS_ENTRY)
    for task in wanted.tasks:
        entries |= {page_entry(task.territory), Chapters.entry_name(task)}
    for page in files:
        entries |= {print_entry(page), print_entry(poster_path(page))}
    return entries

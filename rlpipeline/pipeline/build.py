"""From the records to the publication: the one place where both layers meet."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rlpipeline.checks.audit import PAGE, Audit
from rlpipeline.checks.audit import summary as summary_of
from rlpipeline.display.lookup import check_comparability
from rlpipeline.display.year_findings import check as check_findings
from rlpipeline.errors import DisclosureError, ReconciliationError, RlpipelineError
from rlpipeline.execution.install import (
    claim,
    disk_errors_in_french,
    memory_of,
    only_build_of,
    publication,
    recover,
    refuse_another,
    staged,
    without_texts,
)
from rlpipeline.execution.memory import BuildInputs, BuildRequest, Edition, Notice, hashes, summary
from rlpipeline.execution.outcome import (
    Outcome,
    failure_report,
    failures,
    keep_failures,
    write_manifest,
)
from rlpipeline.execution.plan import check_communes, check_tasks
from rlpipeline.figures.store import Store
from rlpipeline.pictures import check_pictures
from rlpipeline.pipeline.edition import (
    EditionBuild,
    OpenBuild,
    ReadRecords,
    counting,
    open_edition,
    tasks_of,
)
from rlpipeline.pipeline.proofreading import read_proofread
from rlpipeline.pipeline.reconciliation import audit_year, gather, reconcile, reconcile_shared
from rlpipeline.processes import CELLS, Workers, warm_up
from rlpipeline.publication.exporter import check_owners
from rlpipeline.publication.index import write_internal_index
from rlpipeline.publication.page import look_of, page_path
from rlpipeline.publication.printing import Printing, PrintingError, presses
from rlpipeline.publication.publish import (
    NOTEBOOKS,
    Means,
    publish,
    publish_figures,
    write_datapackage,
)
from rlpipeline.records.frames import free_cells, latest_year, refuse_without_records
from rlpipeline.records.store import is_store, load, open_records, read_expected
from rlpipeline.settings.models import Service, Settings, load_service, load_settings

__all__ = ["BuildRequest", "BuildResult", "audit_year", "build_years"]


@dataclass(frozen=True)
class BuildResult:
    """What was published of one edition of one year.

    ``files``: the files that people open, by their path in ``directory``; ``audit``: what was checked before; None
    where a chapter failed, and in the edition to share.
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
) -> Iterator[BuildResult]:
    """Build the years asked for, one after the other; the latest of the records when none is.

    ``read``: what a former build of this process read, taken again where it would be the same. Raises SettingsError,
    UsageError, DataError: settings, request or records are wrong, nothing has run; ToolError: another build of the same
    year is under way, or the disk refuses; NotebookError: a chapter of a year failed, whose former publication is
    untouched while the other years are made; ReconciliationError, DisclosureError: what was going to be published of a
    year contradicts itself, or could let a young person be recognised: likewise.
    """
    failed: list[Outcome] = []
    refused: list[RlpipelineError] = []
    with (
        presses(request.jobs) as printers,
        Workers("rlpipeline.publication.publish", request.jobs) as workers,
        opened(request, years, read, printers) as build,
    ):
        for settings in build.every:
            check_comparability(settings, Store(build.counted.figures).declared.tables)
        editions = (
            _build(build, settings, edition, workers, printers)
            for settings, edition in build.wanted
        )
        for result in _overlapping(editions):
            if isinstance(result, RlpipelineError):
                refused.append(result)
            elif failures(result.outcomes):
                failed += result.outcomes
            else:
                with disk_errors_in_french(request.out):
                    claim(request.out, build.every[0].service)
                    write_internal_index(request.out, build.every[0].service, request.params)
                yield result
    if failed:
        raise failure_report(failed, request.params)
    if refused:
        raise refused[0]


@contextmanager
def opened(
    request: BuildRequest,
    years: Sequence[int],
    last: LastRead | None = None,
    printers: Workers | None = None,
) -> Iterator[OpenBuild]:
    """Read and check all that a build is made from, be alone with its years, and count. Raises as ``build_years``."""
    inputs = BuildInputs(request)
    with suppress(OSError):  # who reads them says what is wrong
        _ = (
            inputs.notebooks,
            inputs.source,
        )  # before any is read: what changes afterwards is for the next build
    service = load_service(request.params)
    refuse_another(request.out, service)
    request = replace(
        request, communes=check_communes(service, request.communes or service.commune_codes)
    )
    if printers and request.here and "://" not in request.source:
        warm_up(CELLS)  # the libraries of the chapters load while the records are read
    read = (last or LastRead()).of(request, service, inputs)
    for year in years:
        refuse_without_records(year, read.records, request.source)
    years = years or (latest_year(read.records, read.extraction),)
    with suppress(OSError):
        _ = [inputs.of(year, edition) for year in years for edition in request.editions]
    every = tuple(load_settings(request.params, year) for year in years)
    look_of(service, request.params)  # its errors come before anything runs
    for settings in every:
        check_pictures(settings)
        check_findings(settings)
        read_proofread(request.params, settings.year)
        for edition in request.editions:
            check_tasks(tasks_of(request, settings, edition))
    with ExitStack() as held:
        for settings in every:
            with disk_errors_in_french(request.out / str(settings.year)):
                held.enter_context(only_build_of(request.out, settings.year))
            for edition in ("interne", "diffusion") if request.force else ():
                shutil.rmtree(memory_of(request.out, settings.year, edition), ignore_errors=True)
        counted = counting(request, read.records, inputs, years, printers)
        yield OpenBuild(request, every, inputs, read, held.enter_context(counted))


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
    with opened(request, years) as build:
        for settings, edition in build.wanted:
            with open_edition(build, settings, edition) as current:
                for task in current.tasks:
                    name = current.names.get(task.territory, task.territory)
                    changes = current.chapters.changes(task)
                    yield Verdict(
                        settings.year, edition, task.territory, name, task.chapter, changes
                    )


class LastRead:
    """The records that the last build of this process read, for the next: most saves are of a text."""

    def __init__(self) -> None:
        self._made_from: object = None
        self._read: ReadRecords | None = None

    def of(self, request: BuildRequest, service: Service, inputs: BuildInputs) -> ReadRecords:
        """Give the records as they are now, read unless nothing that they are made from changed."""
        made_from = None
        with suppress(OSError):  # who reads them says what is wrong
            made_from = inputs.source and (
                request.source,
                inputs.source,
                without_texts(hashes(request.params)),
            )
        if self._read is None or made_from is None or made_from != self._made_from:
            self._read, self._made_from = self._read_source(request, service), made_from
        request.terminal.write(self._read.warnings)
        return self._read

    def _read_source(self, request: BuildRequest, service: Service) -> ReadRecords:
        expected = read_expected(request.params)
        if is_store(Path(request.source)):
            stored = open_records(request.source, service)
            return ReadRecords(
                replace(stored, cells=tuple(free_cells(stored.frames))), expected.extraction
            )
        records, findings = load(request.source, service, expected)
        if any(finding.is_error for finding in findings):
            open_records(request.source, service)  # raises, naming the first places
        plural = "s" if len(findings) > 1 else ""
        warnings = (
            f"Données : {len(findings)} avertissement{plural} (« check » les explique)\n"
            if findings
            else ""
        )
        return ReadRecords(records, expected.extraction, warnings)


EditionSteps = Generator[BuildResult | RlpipelineError | None, None, None]
"""An edition that is made: a pause once its chapters have run, another while it is printed, and what comes of it."""


def _overlapping(editions: Iterable[EditionSteps]) -> Iterator[BuildResult | RlpipelineError]:
    """Make editions one after the other, each printed while the chapters of the next run.

    It is in place before the next is published: one edition of a year is in the folder of the other.
    """
    with ExitStack() as under_way:
        printed: Iterator[BuildResult | RlpipelineError | None] = iter(())
        for edition in editions:
            under_way.enter_context(closing(edition))
            executed = next(edition, None)
            yield from filter(None, printed)
            yield from filter(None, (executed, next(edition, None)))
            printed = edition
        yield from filter(None, printed)


def _build(
    build: OpenBuild, settings: Settings, edition: Edition, workers: Workers, printers: Workers
) -> EditionSteps:
    target = publication(build.request.out, settings.year, edition)
    try:
        with disk_errors_in_french(target):
            recover(target)
            with open_edition(build, settings, edition) as current:
                outcomes = keep_failures(current.run(), current.workspace, current.failures)
                if failures(outcomes):
                    yield BuildResult(settings.year, edition, target, (), outcomes)
                    return
                yield None
                files, audit = yield from _publish(current, outcomes, workers, printers)
                if edition == "diffusion":
                    current.keep_secret(outcomes)
                files = (*files, Path(PAGE)) if audit else files
                result = BuildResult(settings.year, edition, target, files, outcomes, audit)
                current.remember(
                    [file.as_posix() for file in files], result.audit_words, result.findings
                )
                yield result
    except (ReconciliationError, DisclosureError) as error:
        yield error


def _publish(
    current: EditionBuild, outcomes: Sequence[Outcome], workers: Workers, printers: Workers
) -> Generator[None, None, tuple[tuple[Path, ...], Audit | None]]:
    """Publish, once all of it was checked; the pages are printed meanwhile."""
    audit, request, settings = None, current.request, current.as_begun
    check_owners(outcomes)
    with (
        staged(current.target, private=current.edition == "interne") as staging,
        Printing(staging, current.memory, printers) as printing,
    ):
        current.tell("mise en pages")
        chapters: dict[str, list[Path]] = {}
        for outcome in outcomes:
            chapters.setdefault(outcome.task.territory, []).append(outcome.notebook)
        prints = printing if request.pdf else None
        marked = current.edition == "interne" and settings.report.statut != "valide"  # by the audit
        last = page_path(settings, [*chapters][-1])

        def written(page: Path) -> None:
            if prints and not marked:
                prints.add(page)
            if request.preview and page == last:
                request.preview(settings.year, current.edition, staging)

        means = Means(current.memory, workers, request.pdf)
        pages, shown = publish(staging, settings, chapters, current.edition, means, written)
        # The exact ones are not those that chapters could write to.
        store = (
            current.counted.figures if current.edition == "interne" else current.workspace.figures
        )
        figures = gather(store, settings, shown, workers)
        files = (*pages, *publish_figures(staging, settings, figures))
        tables = Store(store).declared.linked
        write_datapackage(staging, settings, figures, current.rules, tables)
        current.tell("vérification")
        if current.edition == "diffusion":
            reconcile_shared(staging, settings, current.workspace.figures)
        else:
            audit = reconcile(staging, settings, current.counted.figures, current.failures)
            shutil.copyfile(
                current.counted.notebook, staging / NOTEBOOKS / current.counted.notebook.name
            )
        if prints:
            current.tell("impression en PDF")
            for page in files[: len(chapters)] if marked else ():
                prints.add(page)
        yield
        try:
            files += printing.wait()
        except PrintingError as error:  # the machine cannot print
            request.terminal.write(f"{error.what}\n")
        write_manifest(staging, current.workspace, outcomes, current.parameters)
    return files, audit

"""From the records to the publication: the one place where both layers meet."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rlpipeline.checks.audit import PAGE, Audit
from rlpipeline.checks.audit import summary as summary_of
from rlpipeline.display.comparability import check_comparability
from rlpipeline.display.photographs import check_pictures
from rlpipeline.display.year_findings import check as check_findings
from rlpipeline.errors import DisclosureError, ReconciliationError, RlpipelineError
from rlpipeline.execution.code import sha256
from rlpipeline.execution.forks import warm_up
from rlpipeline.execution.install import disk_errors_in_french, keep_failures, recover, staged
from rlpipeline.execution.manifest import DURATIONS, NAME, Run, describe, without_texts, write_manifest
from rlpipeline.execution.outcome import Outcome, failure_report, failures
from rlpipeline.execution.parameters import check_tasks
from rlpipeline.execution.plan import Edition, check_communes
from rlpipeline.execution.service_folder import claim, refuse_another
from rlpipeline.execution.unchanged import Inputs, Notice, State, publication, summary
from rlpipeline.execution.workspace import only_build_of
from rlpipeline.figures.store import Store
from rlpipeline.pipeline.counting import Counted, counting
from rlpipeline.pipeline.edition import BuildRequest, EditionBuild, ReadRecords, open_edition, tasks_of
from rlpipeline.pipeline.proofreading import read_proofread
from rlpipeline.pipeline.reconciliation import audit_year, reconcile
from rlpipeline.pipeline.shared_reconciliation import reconcile_shared
from rlpipeline.publication.appearance import look_of
from rlpipeline.publication.datapackage import write_datapackage
from rlpipeline.publication.index import write_internal_index
from rlpipeline.publication.ownership import check_owners
from rlpipeline.publication.printing import Presses, Printing, PrintingError
from rlpipeline.publication.publish import NOTEBOOKS, Means, page_path, publish
from rlpipeline.records import load, open_records, read_expected
from rlpipeline.records.frames import free_cells, refuse_without_records
from rlpipeline.records.store import is_store
from rlpipeline.settings.models import Service, Settings, load_service, load_settings

if TYPE_CHECKING:
    from rlpipeline.pipeline.shared_edition import Facts

__all__ = ["BuildRequest", "BuildResult", "audit_year", "build", "build_years"]


@dataclass(frozen=True)
class BuildResult:
    """What was published of one edition of one year.

    Parameters
    ----------
    files
        The files that people open, by their path in ``directory``.
    outcomes
        None where all that was published stands.
    audit
        What was checked before; None where a chapter failed, in the edition to share, and where all stands.
    audit_words, findings
        What is said of the check, to a person and to a program.
    """

    year: int
    edition: Edition
    directory: Path
    files: tuple[Path, ...]
    outcomes: tuple[Outcome, ...]
    audit: Audit | None = None
    audit_words: str = ""
    findings: tuple[Notice, ...] = ()

    def summary(self) -> str:
        """What was made and where, in French."""
        return summary(self.year, self.edition, self.directory, self.files, self.audit_words)


def build_years(
    request: BuildRequest, years: Sequence[int] = (), read: LastRead | None = None
) -> Iterator[BuildResult]:
    """Build the years asked for, one after the other; the latest of the records when none is.

    Parameters
    ----------
    read
        What a former build of this process read, taken again where it would be the same.

    Raises
    ------
    SettingsError, UsageError, DataError
        Settings, request or records are wrong; nothing has run.
    ToolError
        Another build of the same year is under way, or the disk is full or refuses to be written.
    NotebookError
        A chapter of a year failed; that year's former publication is untouched, the other years are made.
    ReconciliationError, DisclosureError
        What was going to be published of a year contradicts itself, or could let a young person be recognised; the
        former publication of that edition is untouched, the other years are made.
    """
    inputs = inputs_of(request)
    service = load_service(request.params)
    refuse_another(request.out, service)
    request = replace(request, communes=check_communes(service, request.communes))
    if "://" not in request.source:  # the libraries of the chapters load while the records are read
        warm_up()
    records = (read or LastRead()).of(request, service, inputs)
    for year in years:
        refuse_without_records(year, records.records, request.source)
    every = [load_settings(request.params, year) for year in years or (records.latest,)]
    look_of(service, request.params)  # its errors come before anything runs
    for settings in every:
        check_pictures(settings)
        check_findings(settings)
        read_proofread(request.params, settings.year)
    wanted = [(settings, edition) for settings in every for edition in request.editions]
    for settings, edition in wanted:
        check_tasks(tasks_of(request, settings, edition))
    failed: list[Outcome] = []
    refused: list[RlpipelineError] = []
    with (
        _only_build_of(request.out, every),
        Presses(request.jobs) as presses,
        counting(request, records, [settings.year for settings in every], presses.begin) as counted,
    ):
        for settings in every:
            check_comparability(settings, Store(counted.figures).declared.tables)
        makings = (_build(request, *one, records, counted, presses) for one in wanted)
        for result in _overlapping(makings):
            if isinstance(result, RlpipelineError):
                refused.append(result)
            elif failures(result.outcomes):
                failed += result.outcomes
            else:
                with disk_errors_in_french(request.out):
                    claim(request.out, service)
                    write_internal_index(request.out, service, request.params)
                yield result
    if failed:
        raise failure_report(failed, request.params)
    if refused:
        raise refused[0]


def build(request: BuildRequest, year: int | None = None) -> BuildResult:
    """Build the first edition asked for of one year; the latest of the records when None. Raises as ``build_years``."""
    return next(iter(build_years(request, () if year is None else (year,))))


def inputs_of(request: BuildRequest) -> Inputs:
    """Take the digests of all inputs before any is read: what changes afterwards is for the next build."""
    inputs = Inputs(request.asked)
    with suppress(OSError):  # who reads them says what is wrong
        _ = inputs.code, inputs.settings, inputs.notebooks, inputs.source
    return inputs


class LastRead:
    """The records that the last build of this process read, for the next: most saves are of a text."""

    def __init__(self) -> None:
        self._made_from: object = None
        self._read: ReadRecords | None = None

    def of(self, request: BuildRequest, service: Service, inputs: Inputs) -> ReadRecords:
        """Give the records as they are now, read unless nothing that they are made from changed."""
        made_from = None
        with suppress(OSError):  # who reads them says what is wrong
            made_from = inputs.source and (request.source, inputs.source, without_texts(inputs.settings))
        if self._read is None or made_from is None or made_from != self._made_from:
            self._read = read_source(request, service, inputs)
            self._made_from = made_from
        elif self._read.warnings:
            request.terminal.write(self._read.warnings)
        return replace(self._read, inputs=inputs)


def read_source(request: BuildRequest, service: Service, inputs: Inputs) -> ReadRecords:
    """Read the source once for every year; warnings are counted on the stream, errors stop."""
    expected = read_expected(request.params)
    if is_store(Path(request.source)):
        stored = open_records(request.source, service)
        cells = tuple(free_cells(stored.frames))
        return ReadRecords(replace(stored, cells=cells), inputs, expected.extraction)
    records, findings = load(request.source, service, expected)
    if any(finding.is_error for finding in findings):
        open_records(request.source, service)  # raises, naming the first places
    if not findings:
        return ReadRecords(records, inputs, expected.extraction)
    plural = "s" if len(findings) > 1 else ""
    warnings = f"Données : {len(findings)} avertissement{plural} (« check » les explique)\n"
    request.terminal.write(warnings)
    return ReadRecords(records, inputs, expected.extraction, warnings)


@contextmanager
def _only_build_of(out: Path, every: Sequence[Settings]) -> Iterator[None]:
    with ExitStack() as locks:
        for settings in every:
            with disk_errors_in_french(out / str(settings.year)):
                locks.enter_context(only_build_of(out, settings.year))
        yield


Making = Generator[BuildResult | RlpipelineError | None, None, None]
"""An edition that is made: a pause once its chapters have run, another while it is printed, and what comes of it."""


def _overlapping(makings: Iterable[Making]) -> Iterator[BuildResult | RlpipelineError]:
    """Make editions one after the other, each printed while the chapters of the next run.

    It is in place before the next is published: one edition of a year is in the folder of the other.
    """
    with ExitStack() as under_way:
        printed: Iterator[BuildResult | RlpipelineError | None] = iter(())
        for making in makings:
            under_way.enter_context(closing(making))
            executed = next(making, None)
            yield from filter(None, printed)
            yield from filter(None, (executed, next(making, None)))
            printed = making
        yield from filter(None, printed)


def _build(
    request: BuildRequest, settings: Settings, edition: Edition, read: ReadRecords, counted: Counted, presses: Presses
) -> Making:
    target = publication(request.out, settings.year, edition)
    try:
        with disk_errors_in_french(target):
            recover(target)
            with open_edition(request, settings, edition, read, counted) as current:
                yield from _make(current, presses)
    except (ReconciliationError, DisclosureError) as error:
        yield error


def _make(current: EditionBuild, presses: Presses) -> Making:
    settings, edition, target = current.settings, current.edition, current.target
    facts = current.set_up()
    outcomes = keep_failures(current.run(), current.workspace, current.failures)
    if failures(outcomes):
        yield BuildResult(settings.year, edition, target, (), outcomes)
        return
    yield None
    stands = _standing(current, outcomes)
    if stands is not None:
        if facts:
            current.keep_secret(facts)
        current.remember(stands.pages, stands.audit, stands.findings)
        pages = tuple(map(Path, stands.pages))
        yield BuildResult(settings.year, edition, target, pages, outcomes, None, stands.audit, stands.findings)
        return
    files, audit = yield from _publish(current, outcomes, facts, presses)
    if facts:
        current.keep_secret(facts)
    pages, audit_words = ((*files, Path(PAGE)), summary_of(audit)) if audit else (files, "")
    findings = tuple(Notice(one.check, one.message, one.key, one.blocking) for one in audit.findings) if audit else ()
    current.remember(tuple(page.as_posix() for page in pages), audit_words, findings)
    yield BuildResult(settings.year, edition, target, pages, outcomes, audit, audit_words, findings)


def _publish(
    current: EditionBuild, outcomes: Sequence[Outcome], facts: Facts | None, presses: Presses
) -> Generator[None, None, tuple[tuple[Path, ...], Audit | None]]:
    """Publish, once all of it was checked; the pages are printed meanwhile."""
    audit = None
    check_owners(outcomes)
    with (
        staged(current.target, private=current.edition == "interne") as staging,
        Printing(staging, current.cache, presses) as printing,
    ):
        chapters = _by_territory(outcomes)
        current.tell("mise en pages")
        means = Means(current.cache, current.request.jobs, current.request.pdf, current.target)
        prints = printing if current.request.pdf else None
        marked = current.edition == "interne" and current.settings.report.statut != "valide"  # by the audit
        last = page_path(current.settings, [*chapters][-1])

        def written(page: Path) -> None:
            if prints and not marked:
                prints.add(page)
            if current.request.preview and page == last:
                current.request.preview(current.settings.year, current.edition, staging)

        files = publish(staging, current.as_begun, chapters, current.edition, means, written)
        tables = Store(current.workspace.figures).declared.linked
        write_datapackage(staging, current.settings, current.edition, facts.rules if facts else None, tables)
        current.tell("vérification")
        if current.edition == "diffusion":
            reconcile_shared(staging, current.as_begun, current.workspace.figures)
        else:
            audit = reconcile(staging, current.as_begun, current.counted.figures, current.failures)
            shutil.copyfile(current.counted.notebook, staging / NOTEBOOKS / current.counted.notebook.name)
        if prints:
            current.tell("impression en PDF")
            for page in files[: len(chapters)] if marked else ():
                prints.add(page)
        yield
        files += _printed(current, printing)
        run = Run(current.workspace, outcomes, current.parameters)
        write_manifest(describe(run, staging), staging)
    return files, audit


def _printed(current: EditionBuild, printing: Printing) -> tuple[Path, ...]:
    """Wait for what is printed; where the machine cannot print, say so and go on without."""
    try:
        return printing.wait()
    except PrintingError as error:
        current.request.terminal.write(f"{error.what}\n")
        return ()


def _standing(current: EditionBuild, outcomes: Sequence[Outcome]) -> State | None:
    """The last build's state, where publishing again what it published would give the same bytes.

    Notes
    -----
    All that a publication is made of is in its manifest, by digest, or in our code: the notebooks executed, the records
    and the settings that check them.
    """
    state = current.standing()
    if state is None or any(outcome.ran for outcome in outcomes):
        return None
    manifest = json.loads((current.target / NAME).read_text(encoding="utf-8"))
    again = describe(Run(current.workspace, outcomes, current.parameters), current.target)
    for values in (manifest, again):
        del values[DURATIONS]
    same = json.loads(json.dumps(again)) == manifest and _notebooks_are(current, outcomes)
    return state if same else None


def _notebooks_are(current: EditionBuild, outcomes: Sequence[Outcome]) -> bool:
    """Whether the notebooks published are those executed."""
    executed = {current.target / NOTEBOOKS / one.task.territory / one.notebook.name: one.notebook for one in outcomes}
    if current.edition == "interne":
        executed[current.target / NOTEBOOKS / current.counted.notebook.name] = current.counted.notebook
    return all(place.is_file() and sha256(place) == sha256(path) for place, path in executed.items())


def _by_territory(outcomes: Sequence[Outcome]) -> Mapping[str, list[Path]]:
    chapters: dict[str, list[Path]] = {}
    for outcome in outcomes:
        chapters.setdefault(outcome.task.territory, []).append(outcome.notebook)
    return chapters

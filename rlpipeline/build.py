"""From the records to the publication: the one place where both layers meet."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from rlpipeline.audit.report import PAGE, Audit
from rlpipeline.errors import DataError, ReconciliationError
from rlpipeline.execution.install import FAILURES, disk_errors_told, keep_failures, recover, staged
from rlpipeline.execution.kernels.provisioner import KERNEL, warm_up
from rlpipeline.execution.lock import only_build
from rlpipeline.execution.manifest import Run, describe, write_manifest
from rlpipeline.execution.outcome import Outcome, failure_report, failures
from rlpipeline.execution.plan import SERVICE, Edition, check_communes, plan_tasks
from rlpipeline.execution.progress import progress_on
from rlpipeline.execution.resume import Keeping, Kept
from rlpipeline.execution.runner import Running, run_tasks
from rlpipeline.execution.workspace import Workspace, open_workspace
from rlpipeline.params import Service, Settings, load_service, load_settings
from rlpipeline.publication.publish import publish
from rlpipeline.reconciliation import audit_year, reconcile
from rlpipeline.records import Records, latest_year, load, open_records, write_store
from rlpipeline.records.store import is_store

__all__ = ["BuildRequest", "BuildResult", "audit_year", "build", "build_years"]


@dataclass(frozen=True)
class BuildRequest:
    """What is asked for.

    Parameters
    ----------
    communes
        INSEE codes of the portraits to make; all of them when empty. The service's report is always made.
    jobs
        Chapters run at the same time; two a processor when None.
    force
        Run every chapter, even those that an interrupted build had already executed.
    stream
        Where progress is told; the standard error when None.
    """

    source: str
    params: Path
    out: Path
    notebooks: Path
    communes: tuple[str, ...] = ()
    edition: Edition = "interne"
    jobs: int | None = None
    stream: TextIO | None = None
    force: bool = False
    running: Running = field(default_factory=Running)


@dataclass(frozen=True)
class BuildResult:
    """What was published for one year.

    Parameters
    ----------
    files
        The files that people open, by their path in ``directory``.
    audit
        What was checked before; None where a chapter failed.
    """

    year: int
    directory: Path
    files: tuple[Path, ...]
    outcomes: tuple[Outcome, ...]
    audit: Audit | None = None

    def summary(self) -> str:
        """What was made and where, in French."""
        lines = [f"Rapport {self.year} publié dans {self.directory}"]
        lines += [f"  {self.directory / name}" for name in self.files]
        return "\n".join([*lines, *([self.audit.summary()] if self.audit else [])])


def build_years(request: BuildRequest, years: Sequence[int] = ()) -> Iterator[BuildResult]:
    """Build the years asked for, one after the other; the latest of the records when none is.

    Raises
    ------
    SettingsError, UsageError, DataError
        Settings, request or records are wrong; nothing has run.
    ToolError
        Another build of the same year is under way, or the disk is full or refuses to be written.
    NotebookError
        A chapter of a year failed; that year's former publication is untouched, the other years are made.
    ReconciliationError
        What was going to be published of a year contradicts itself; its former publication is untouched, the other
        years are made.
    """
    service = load_service(request.params)
    check_communes(service, request.communes)
    if request.running.kernel == KERNEL:
        warm_up()
    records = _read(request, service)
    every = [load_settings(request.params, year) for year in years or (_latest(records),)]
    for settings in every:
        plan_tasks(settings, request.notebooks, _communes(request, service), request.edition)
    failed: list[Outcome] = []
    refused: list[ReconciliationError] = []
    for settings in every:
        try:
            result = _build(request, settings, records)
        except ReconciliationError as error:
            refused.append(error)
            continue
        if failures(result.outcomes):
            failed += result.outcomes
        else:
            yield result
    if failed:
        raise failure_report(failed)
    if refused:
        raise refused[0]


def build(request: BuildRequest, year: int | None = None) -> BuildResult:
    """Build one year; the latest of the records when None. Raises as ``build_years``."""
    return next(iter(build_years(request, () if year is None else (year,))))


def _read(request: BuildRequest, service: Service) -> Records:
    """Read the source once for every year; warnings are counted on the stream, errors stop."""
    if is_store(Path(request.source)):
        return open_records(request.source, service)
    records, findings = load(request.source, service)
    if any(finding.is_error for finding in findings):
        return open_records(request.source, service)  # raises, naming the first places
    if findings:
        plural = "s" if len(findings) > 1 else ""
        stream = request.stream or sys.stderr
        stream.write(f"Données : {len(findings)} avertissement{plural} (« rlpipeline check » les explique)\n")
    return records


def _build(request: BuildRequest, settings: Settings, records: Records) -> BuildResult:
    target = request.out / str(settings.year)
    with disk_errors_told(target), only_build(target):
        recover(target)
        with open_workspace(request.out, request.params, settings.year) as workspace:
            return _build_in(workspace, request, settings, records)


def _build_in(workspace: Workspace, request: BuildRequest, settings: Settings, records: Records) -> BuildResult:
    write_store(records, workspace.records)
    target = request.out / str(settings.year)
    kept = Kept(target, workspace, request.running.kernel)
    outcomes = _run(request, settings, workspace, kept)
    outcomes = keep_failures(outcomes, workspace, request.out / FAILURES / str(settings.year))
    if failures(outcomes):
        return BuildResult(settings.year, target, (), outcomes)
    with staged(target) as staging:
        files = publish(staging, settings, _by_territory(outcomes), request.edition)
        as_begun = settings.model_copy(update={"directory": workspace.params})
        audit = reconcile(staging, as_begun, records, request.out / FAILURES / str(settings.year))
        run = Run(workspace, outcomes, _parameters(request, settings))
        write_manifest(describe(run, staging), staging)
    kept.forget()
    return BuildResult(settings.year, target, (*files, Path(PAGE)), outcomes, audit)


def _run(request: BuildRequest, settings: Settings, workspace: Workspace, kept: Kept) -> tuple[Outcome, ...]:
    """Run what an interrupted build left to run; every outcome, in the order of the tasks."""
    service = settings.service
    tasks = plan_tasks(settings, request.notebooks, _communes(request, service), request.edition)
    names = {SERVICE: "Service", **{commune.code: commune.nom for commune in service.communes}}
    progress = Keeping(kept, progress_on(request.stream or sys.stderr, names))
    kept.prepare(tasks, request.force)
    outcomes = {task: outcome for task in tasks if (outcome := kept.take(task))}
    if outcomes:
        progress.resumes(len(outcomes))
    left = [task for task in tasks if task not in outcomes]
    ran = run_tasks(left, workspace, request.jobs, progress, request.running)
    outcomes |= {outcome.task: outcome for outcome in ran}
    return tuple(outcomes[task] for task in tasks)


def _communes(request: BuildRequest, service: Service) -> tuple[str, ...]:
    return request.communes or service.commune_codes


def _latest(records: Records) -> int:
    year = latest_year(records)
    if year is None:
        raise DataError(
            "Les données ne parlent d'aucune année.",
            expected="au moins une ligne datée",
            todo="compléter les données, ou demander une année avec --year",
        )
    return year


def _by_territory(outcomes: Sequence[Outcome]) -> Mapping[str, list[Path]]:
    chapters: dict[str, list[Path]] = {}
    for outcome in outcomes:
        chapters.setdefault(outcome.task.territory, []).append(outcome.notebook)
    return chapters


def _parameters(request: BuildRequest, settings: Settings) -> dict[str, object]:
    return {
        "annee": settings.year,
        "edition": request.edition,
        "communes": list(check_communes(settings.service, _communes(request, settings.service))),
    }

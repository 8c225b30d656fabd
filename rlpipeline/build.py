"""From the records to the publication: the one place where both layers meet."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from rlpipeline import shared_edition
from rlpipeline.audit.report import PAGE, Audit
from rlpipeline.disclosure.protection import Protected
from rlpipeline.disclosure.source import FromProtected
from rlpipeline.errors import DataError, DisclosureError, ReconciliationError, RlpipelineError
from rlpipeline.execution.install import DIFFUSION, FAILURES, disk_errors_told, keep_failures, recover, staged
from rlpipeline.execution.kernels.provisioner import KERNEL, warm_up
from rlpipeline.execution.lock import only_build
from rlpipeline.execution.manifest import NAME, Run, describe, sha256, write_manifest
from rlpipeline.execution.outcome import Outcome, failure_report, failures
from rlpipeline.execution.plan import SERVICE, Edition, Task, check_communes, plan_tasks
from rlpipeline.execution.progress import progress_on
from rlpipeline.execution.resume import Keeping, Kept
from rlpipeline.execution.runner import Running, run_tasks
from rlpipeline.execution.workspace import Workspace, open_workspace
from rlpipeline.params import Service, Settings, load_service, load_settings
from rlpipeline.publication.publish import publish
from rlpipeline.reconciliation import audit_year, reconcile
from rlpipeline.records import Records, latest_year, load, open_records, write_store
from rlpipeline.records.store import is_store
from rlpipeline.shared_reconciliation import reconcile_shared

__all__ = ["BuildRequest", "BuildResult", "audit_year", "build", "build_years"]


@dataclass(frozen=True)
class BuildRequest:
    """What is asked for.

    Parameters
    ----------
    communes
        INSEE codes of the portraits to make; all of them when empty. The service's report is always made.
    editions
        What to make: exact figures (``interne``), figures to share (``diffusion``).
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
    editions: tuple[Edition, ...] = ("interne",)
    jobs: int | None = None
    stream: TextIO | None = None
    force: bool = False
    running: Running = field(default_factory=Running)


@dataclass(frozen=True)
class BuildResult:
    """What was published of one edition of one year.

    Parameters
    ----------
    files
        The files that people open, by their path in ``directory``.
    audit
        What was checked before; None where a chapter failed.
    """

    year: int
    edition: Edition
    directory: Path
    files: tuple[Path, ...]
    outcomes: tuple[Outcome, ...]
    audit: Audit | None = None

    def summary(self) -> str:
        """What was made and where, in French."""
        lines = [f"Rapport {self.year}, édition {self.edition}, publié dans {self.directory}"]
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
    ReconciliationError, DisclosureError
        What was going to be published of a year contradicts itself, or could let a young person be recognised; the
        former publication of that edition is untouched, the other years are made.
    """
    service = load_service(request.params)
    check_communes(service, request.communes)
    if request.running.kernel == KERNEL:
        warm_up()
    records = _read(request, service)
    every = [load_settings(request.params, year) for year in years or (_latest(records),)]
    wanted = [(settings, edition) for settings in every for edition in request.editions]
    for settings, edition in wanted:
        _tasks(request, settings, edition)
    failed: list[Outcome] = []
    refused: list[RlpipelineError] = []
    for settings, edition in wanted:
        try:
            result = _build(request, settings, edition, records)
        except (ReconciliationError, DisclosureError) as error:
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
    """Build the first edition asked for of one year; the latest of the records when None. Raises as ``build_years``."""
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


def _build(request: BuildRequest, settings: Settings, edition: Edition, records: Records) -> BuildResult:
    year = request.out / str(settings.year)
    target = year / DIFFUSION if edition == "diffusion" else year
    with disk_errors_told(target), only_build(year):
        recover(target)
        with open_workspace(request.out, request.params, settings.year, edition) as workspace:
            making = _Making(request, settings, edition, target, workspace)
            return _make(making, records)


@dataclass(frozen=True)
class _Making:
    """One edition of one year while it is made."""

    request: BuildRequest
    settings: Settings
    edition: Edition
    target: Path
    workspace: Workspace

    @property
    def failures(self) -> Path:
        """Where what prevents publication is kept."""
        return self.request.out / FAILURES / self.target.relative_to(self.request.out)

    @property
    def kept(self) -> Kept:
        """Chapters that an interrupted build of this edition executed."""
        year = self.request.out / str(self.settings.year)
        beside = year if self.edition == "interne" else year.with_name(f"{year.name}-{self.edition}")
        return Kept(beside, self.workspace, self.request.running.kernel)

    def keep_secret(self, records: Records, protected: Protected) -> None:
        """Keep beside the edition put in place what « rlpipeline share » must know and nobody else."""
        digests = shared_edition.records_digests(records, self.workspace.root)
        secret = shared_edition.Secret(sha256(self.target / NAME), digests, protected.primary)
        shared_edition.keep_secret(secret, shared_edition.secret_path(self.request.out, self.settings.year))


def _make(making: _Making, records: Records) -> BuildResult:
    settings, workspace, target = making.settings, making.workspace, making.target
    as_begun = settings.model_copy(update={"directory": workspace.params})
    protected = None
    if making.edition == "diffusion":
        protected = shared_edition.prepare(records, settings, workspace.records)
    else:
        write_store(records, workspace.records)
    kept = making.kept
    outcomes = keep_failures(_run(making, kept), workspace, making.failures)
    if failures(outcomes):
        return BuildResult(settings.year, making.edition, target, (), outcomes)
    with staged(target) as staging:
        files = publish(staging, settings, _by_territory(outcomes), making.edition)
        if making.edition == "diffusion":
            audit = None
            reconcile_shared(staging, as_begun, FromProtected(workspace.records))
        else:
            audit = reconcile(staging, as_begun, records, making.failures)
        run = Run(workspace, outcomes, _parameters(making))
        write_manifest(describe(run, staging), staging)
    if protected:
        making.keep_secret(records, protected)
    kept.forget()
    pages = (*files, Path(PAGE)) if audit else files
    return BuildResult(settings.year, making.edition, target, pages, outcomes, audit)


def _tasks(request: BuildRequest, settings: Settings, edition: Edition) -> tuple[Task, ...]:
    """List what has to run; where there is one commune, the edition to share has no portrait beside its report."""
    alone = edition == "diffusion" and len(settings.service.communes) == 1
    communes = () if alone else _communes(request, settings.service)
    return plan_tasks(settings, request.notebooks, communes, edition)


def _run(making: _Making, kept: Kept) -> tuple[Outcome, ...]:
    """Run what an interrupted build left to run; every outcome, in the order of the tasks."""
    request = making.request
    tasks = _tasks(request, making.settings, making.edition)
    names = {SERVICE: "Service", **{commune.code: commune.nom for commune in making.settings.service.communes}}
    progress = Keeping(kept, progress_on(request.stream or sys.stderr, names))
    kept.prepare(tasks, request.force)
    outcomes = {task: outcome for task in tasks if (outcome := kept.take(task))}
    if outcomes:
        progress.resumes(len(outcomes))
    left = [task for task in tasks if task not in outcomes]
    ran = run_tasks(left, making.workspace, request.jobs, progress, request.running)
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


def _parameters(making: _Making) -> dict[str, object]:
    service = making.settings.service
    return {
        "annee": making.settings.year,
        "edition": making.edition,
        "communes": list(check_communes(service, _communes(making.request, service))),
    }

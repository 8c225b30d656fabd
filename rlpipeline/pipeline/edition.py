"""One edition of one year while it is made: its inputs in a workspace, what stands of the last build, what runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rlpipeline.display.scales import write_scales
from rlpipeline.execution.code import sha256
from rlpipeline.execution.freshness import Now
from rlpipeline.execution.install import DIFFUSION, FAILURES
from rlpipeline.execution.manifest import NAME, hashes
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import SERVICE, Edition, Task, check_communes, plan_tasks
from rlpipeline.execution.progress import progress_on
from rlpipeline.execution.resume import Keeping, Kept, write_whole
from rlpipeline.execution.runner import Running, run_tasks
from rlpipeline.execution.unchanged import (
    STATE,
    Asked,
    Inputs,
    State,
    Told,
    is_intact,
    marks_of,
    memory,
    publication,
    read_state,
    state_data,
)
from rlpipeline.execution.workspace import Workspace, open_workspace
from rlpipeline.figures.slices import write_slices
from rlpipeline.pipeline.evidence import Evidence
from rlpipeline.pipeline.remembered_checks import RememberedChecks
from rlpipeline.publication.remembered import RememberedPages
from rlpipeline.records import Finding, Records, latest_year, write_store
from rlpipeline.records.frames import latest_of
from rlpipeline.settings.models import Service, Settings, keep_validated

if TYPE_CHECKING:
    from rlpipeline.pipeline.shared_edition import Facts


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
        Run every chapter, even those that stand as a former build executed them.
    pdf
        Print the pages as PDF too.
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
    pdf: bool = False
    running: Running = field(default_factory=Running)

    @property
    def told_on(self) -> TextIO:
        """Where progress is told."""
        return self.stream or sys.stderr

    @property
    def asked(self) -> Asked:
        """What the result depends on; the years are told apart."""
        return Asked(self.source, self.params, self.out, self.notebooks, (), self.communes, self.editions, self.pdf)


@dataclass(frozen=True)
class Making:
    """One edition of one year while it is made.

    Parameters
    ----------
    inputs
        Digests of the inputs as they were before anything was read.
    warnings
        What was said of the records.
    latest
        The latest year of the records; 0 where they hold none.
    """

    request: BuildRequest
    settings: Settings
    edition: Edition
    records: Records
    workspace: Workspace
    inputs: Inputs
    warnings: str
    latest: int

    @property
    def target(self) -> Path:
        """The folder of the publication."""
        return publication(self.request.out, self.settings.year, self.edition)

    @property
    def failures(self) -> Path:
        """Where what prevents publication is kept."""
        return self.request.out / FAILURES / self.target.relative_to(self.request.out)

    @property
    def memory(self) -> Path:
        """The private folder of what this build leaves to the next."""
        return memory(self.request.out, self.settings.year, self.edition)

    @property
    def as_begun(self) -> Settings:
        """The settings, whose texts are those of the workspace."""
        return self.settings.model_copy(update={"directory": self.workspace.params})

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of the territories, by code."""
        return {SERVICE: "Service", **{commune.code: commune.nom for commune in self.settings.service.communes}}

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What the edition is made of."""
        return tasks_of(self.request, self.settings, self.edition)

    @cached_property
    def evidence(self) -> Evidence:
        """What each thing that a notebook can read is now."""
        return Evidence(self.records, self.settings, self.workspace)

    @cached_property
    def kept(self) -> Kept:
        """What the last build of this edition executed."""
        now = Now(self.inputs.code, self.evidence.digest, self.request.running.kernel, self.names)
        return Kept(self.memory, self.workspace, now)

    @cached_property
    def pages(self) -> RememberedPages:
        """The pages of the last build."""
        return RememberedPages(self.memory / "pages", self.inputs.code)

    @cached_property
    def checks(self) -> RememberedChecks:
        """What the last build checked of each territory."""
        evidence, jobs = self.evidence, self.request.jobs
        directory = self.memory / "controles"
        return RememberedChecks(directory, self.inputs.code, evidence.counted, evidence.settings_but_texts, jobs)

    @property
    def parameters(self) -> dict[str, object]:
        """What was asked for, as the manifest has it."""
        service, report = self.settings.service, self.settings.report
        return {
            "annee": self.settings.year,
            "edition": self.edition,
            "communes": list(check_communes(service, communes_of(self.request, service))),
            "titre": report.titre,
            "statut": report.statut,
            "date_validation": report.date_validation.isoformat() if report.date_validation else None,
        }

    def tell(self, stage: str) -> None:
        """Say what begins: in a large service each stage takes minutes."""
        self.request.told_on.write(f"{self.settings.year} ({self.edition}) : {stage}\n")
        self.request.told_on.flush()

    def set_up(self) -> Facts | None:
        """Write what the notebooks open: the records, or the protected figures; give what goes with these."""
        self.kept.prepare(self.request.force)
        keep_validated(self.settings, self.workspace.params)
        if self.edition == "interne":
            write_store(self.records, self.workspace.records)
            write_slices(self.records, self.settings.service, self.settings.year, self.workspace.records)
            return None
        from rlpipeline.pipeline import protection_memory, shared_edition  # noqa: PLC0415 - solvers, this edition alone

        begin = partial(self.tell, "protection des chiffres")
        remembered = protection_memory.Remembered(self.memory, self.inputs.code, begin)
        self.tell("comptage des chiffres")
        made = shared_edition.prepare(self.records, self.settings, self.workspace.records, remembered.protect)
        return shared_edition.facts_of(made, self.settings, self.workspace.records)

    def run(self) -> tuple[Outcome, ...]:
        """Run what does not stand; every outcome, in the order of the tasks."""
        request = self.request
        progress = Keeping(self.kept, progress_on(request.told_on, self.names))
        outcomes = {task: outcome for task in self.tasks if (outcome := self.kept.take(task))}
        if outcomes:
            progress.resumes(len(outcomes))
        left = [task for task in self.tasks if task not in outcomes]
        if left:
            write_scales(self.evidence.scales, self.workspace.root)
            ran = run_tasks(left, self.workspace, request.jobs, progress, request.running)
            outcomes |= {outcome.task: outcome for outcome in ran}
        return tuple(outcomes[task] for task in self.tasks)

    def standing(self) -> State | None:
        """The state of the last build, if what it published is whole; what it was made from is not looked at."""
        state = read_state(self.memory)
        whole = state and state.communes == self.request.communes and is_intact(state, self.request.out)
        return state if whole else None

    def remember(self, pages: tuple[str, ...], audit: str, findings: tuple[Told, ...] = ()) -> None:
        """Leave to the next build what this one was made from and published; no more than it needs."""
        self.kept.prune(self.tasks)
        out, year = self.request.out, self.settings.year
        state = State(
            year=year,
            edition=self.edition,
            latest=self.latest == year,
            communes=self.request.communes,
            inputs=self.inputs.of(year, self.edition),
            files=marks_of(out, year, self.edition),
            pages=pages,
            warnings=self.warnings,
            audit=audit,
            findings=findings,
            tasks=tuple((task.territory, task.chapter) for task in self.tasks),
            names=self.names,
        )
        now = Inputs(self.request.asked)
        printed = any(page.endswith(".pdf") for page in pages)  # else what the machine lacked may be there next time
        unchanged = state.inputs == now.of(year, self.edition)  # while it was read
        if unchanged and printed == self.request.pdf and self.kept.within_reach(self.tasks):
            write_whole(self.memory / STATE, state_data(state))
        else:
            (self.memory / STATE).unlink(missing_ok=True)

    def keep_secret(self, facts: Facts) -> None:
        """Keep beside the edition put in place what « rlpipeline share » must know and nobody else."""
        from rlpipeline.pipeline import shared_edition  # noqa: PLC0415 - as above

        digests = shared_edition.records_digests(self.records, self.workspace.root)
        inputs = digests, hashes(self.workspace.params)
        edition = sha256(self.target / NAME)
        secret = shared_edition.Secret(edition, *inputs, facts.followed_only)
        shared_edition.keep_secret(secret, shared_edition.secret_path(self.request.out, self.settings.year))


@dataclass(frozen=True)
class Read:
    """The records, once read for every year.

    Parameters
    ----------
    extraction
        Day of the extraction, None where it is unknown.
    free_texts
        What their free text tells of few persons.
    """

    records: Records
    inputs: Inputs
    extraction: date | None = None
    warnings: str = ""
    free_texts: tuple[Finding, ...] = ()

    @property
    def latest(self) -> int:
        """The latest year of the records. Raises as ``latest_year``."""
        return latest_year(self.records, self.extraction)


@contextmanager
def making(request: BuildRequest, settings: Settings, edition: Edition, read: Read) -> Iterator[Making]:
    """Make one edition of a year in a workspace of its own, gone afterwards. Raises as ``open_workspace``."""
    with open_workspace(request.out, request.params, settings.year, edition) as workspace:
        latest = latest_of(read.records, read.extraction)
        yield Making(request, settings, edition, read.records, workspace, read.inputs, read.warnings, latest)


def tasks_of(request: BuildRequest, settings: Settings, edition: Edition) -> tuple[Task, ...]:
    """List what has to run; where there is one commune, the edition to share has no portrait beside its report."""
    alone = edition == DIFFUSION and len(settings.service.communes) == 1
    communes = () if alone else communes_of(request, settings.service)
    return plan_tasks(settings, request.notebooks, communes, edition)


def communes_of(request: BuildRequest, service: Service) -> tuple[str, ...]:
    """The communes whose portraits are made."""
    return request.communes or service.commune_codes

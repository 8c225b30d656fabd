"""One edition of one year while it is made: its inputs in a workspace, what stands of the last build, what runs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rlpipeline.display.scales import write_scales
from rlpipeline.execution.cache import COUNTS, PROTECTION, Cache
from rlpipeline.execution.chapters import Chapters, entry_name
from rlpipeline.execution.code import sha256
from rlpipeline.execution.manifest import NAME, hashes, origins
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import SERVICE, Edition, Task, check_communes, plan_tasks
from rlpipeline.execution.progress import progress_on
from rlpipeline.execution.runner import Running, run_tasks
from rlpipeline.execution.unchanged import (
    DIFFUSION,
    FAILURES,
    STATE,
    Asked,
    Inputs,
    Notice,
    State,
    is_intact,
    last_state,
    leave,
    marks_of,
    memory,
    publication,
)
from rlpipeline.execution.workspace import Workspace, open_workspace
from rlpipeline.figures.store import Store
from rlpipeline.pipeline.counting import Counted
from rlpipeline.pipeline.evidence import Evidence
from rlpipeline.pipeline.proofreading import CELL, Passage, left_out_names, passages_of, read_proofread
from rlpipeline.publication.printing import print_entry
from rlpipeline.publication.publish import FIGURES_ENTRY, page_entry
from rlpipeline.records import Records, latest_year
from rlpipeline.records.frames import FreeCell, latest_of
from rlpipeline.settings.models import Service, Settings

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
    ours
        Take the chapters of rlpipeline where ``notebooks`` has none of their name.
    stream
        Where progress is told; the standard error when None.
    preview
        Told of the year, the edition and the folder of its pages as soon as they are written, before they are checked.
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
    ours: bool = False
    running: Running = field(default_factory=Running)
    preview: Callable[[int, Edition, Path], object] | None = None

    @property
    def terminal(self) -> TextIO:
        """Where progress is told."""
        return self.stream or sys.stderr

    @property
    def asked(self) -> Asked:
        """What the result depends on; the years are told apart."""
        places = (self.source, self.params, self.out, self.notebooks)
        return Asked(*places, (), self.communes, self.editions, self.pdf, self.ours)


@dataclass(frozen=True)
class EditionBuild:
    """One edition of one year while it is made.

    Parameters
    ----------
    counted
        What the build counted.
    inputs
        Digests of the inputs as they were before anything was read.
    warnings
        What was said of the records.
    latest
        The latest year of the records; 0 where they hold none.
    cells
        Their free texts.
    """

    request: BuildRequest
    settings: Settings
    edition: Edition
    counted: Counted
    workspace: Workspace
    inputs: Inputs
    warnings: str
    latest: int
    cells: tuple[FreeCell, ...] = ()

    @property
    def target(self) -> Path:
        """The folder of the publication."""
        return publication(self.request.out, self.settings.year, self.edition)

    @property
    def failures(self) -> Path:
        """Where what prevents publication is kept."""
        return self.request.out / FAILURES / self.target.relative_to(self.request.out)

    @cached_property
    def cache(self) -> Cache:
        """What the last build made, and what this one leaves to the next."""
        return Cache(memory(self.request.out, self.settings.year, self.edition), self.inputs.code)

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
        return Evidence(self.settings, self.workspace, self.inputs.notebooks)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """What the edition to share prints that somebody typed."""
        settings = self.as_begun.model_copy(update={"edition": DIFFUSION})
        notebooks = [task.notebook for task in self.tasks]
        return passages_of(settings, self.cells, notebooks, read_proofread(self.request.params, settings.year))

    @cached_property
    def settings_digests(self) -> Mapping[str, str]:
        """Digest of each file of the settings, before a text is left out of the edition to share."""
        return hashes(self.workspace.params)

    @cached_property
    def chapters(self) -> Chapters:
        """The chapters that were executed."""
        return Chapters(self.cache, self.workspace, self.evidence.digest, self.names)

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
        self.request.terminal.write(f"{self.settings.year} ({self.edition}) : {stage}\n")
        self.request.terminal.flush()

    def set_up(self) -> Facts | None:
        """Give the notebooks the figures to open: exact or protected; give what goes with the latter."""
        self.cache.prepare(self.request.force)
        if self.edition == "interne":
            # Copied: a chapter that writes there alters its own edition alone, which the audit then contradicts.
            shutil.copytree(self.counted.figures, self.workspace.figures)
            shutil.copytree(self.counted.records, self.workspace.records)
            return None
        from rlpipeline.pipeline import cached_protection, shared_edition  # noqa: PLC0415 - solvers, this edition alone

        _ = self.passages, self.settings_digests
        texts = self.workspace.params / str(self.settings.year) / "textes"
        for name in left_out_names(self.passages):
            for path in (texts / f"{name}.md", texts / DIFFUSION / f"{name}.md"):
                path.unlink(missing_ok=True)
        left_out = frozenset(one.text for one in self.passages if one.left_out and one.kind == CELL)
        begin = partial(self.tell, "protection des chiffres")
        cached = cached_protection.CachedProtection(self.cache, begin)
        exact = Store(self.counted.figures)
        shared = shared_edition.prepare(exact, self.settings, self.workspace.figures, cached.protect, left_out)
        return shared_edition.facts_of(shared, self.settings, self.workspace.figures)

    def run(self) -> tuple[Outcome, ...]:
        """Run what does not stand; every outcome, in the order of the tasks."""
        request = self.request
        progress = progress_on(request.terminal, self.names)
        outcomes = {task: outcome for task in self.tasks if (outcome := self.chapters.take(task))}
        if outcomes:
            progress.resumes(len(outcomes))
        left = [task for task in self.tasks if task not in outcomes]
        if left:
            write_scales(self.evidence.scales, self.workspace.root)
            ran = run_tasks(left, self.workspace, request.jobs, progress, request.running, self.chapters)
            outcomes |= {outcome.task: outcome for outcome in ran}
        return tuple(outcomes[task] for task in self.tasks)

    def standing(self) -> State | None:
        """The state of the last build, if what it published is whole; what it was made from is not looked at."""
        state = last_state(self.cache, self.request.pdf)
        whole = state and state.communes == self.request.communes and is_intact(state, self.request.out)
        return state if whole else None

    def remember(self, pages: tuple[str, ...], audit: str, findings: tuple[Notice, ...] = ()) -> None:
        """Leave to the next build what this one was made from and published; no more than it needs."""
        self.cache.prune(self._used(pages))
        out, year = self.request.out, self.settings.year
        dependencies = self.inputs.of(year, self.edition)
        unchanged = dependencies == Inputs(self.request.asked).of(year, self.edition)  # while it was read
        printed = any(page.endswith(".pdf") for page in pages)  # else what the machine lacked may be there next time
        if dependencies is None or not unchanged or printed != self.request.pdf:
            self.cache.forget(STATE)
            return
        state = State(
            year=year,
            edition=self.edition,
            latest=self.latest == year,
            communes=self.request.communes,
            files=marks_of(out, year, self.edition),
            pages=pages,
            warnings=self.warnings,
            audit=audit,
            findings=findings,
            tasks=tuple((task.territory, task.chapter) for task in self.tasks),
            names=self.names,
        )
        leave(state, dependencies, self.cache)

    def _used(self, pages: tuple[str, ...]) -> set[str]:
        """Names of the entries that a build of this edition uses."""
        territories = {task.territory for task in self.tasks}
        counts = {COUNTS} if self.counted.cache.directory == self.cache.directory else set[str]()
        names = counts | {
            STATE,
            PROTECTION,
            FIGURES_ENTRY,
            *map(entry_name, self.tasks),
            *(print_entry(page) for page in pages),
        }
        return names | {page_entry(place) for place in territories}

    def keep_secret(self, facts: Facts) -> None:
        """Keep beside the edition in place what « rlpipeline share » must know and nobody else; say what is unread."""
        from rlpipeline.pipeline import shared_edition  # noqa: PLC0415 - as above

        year = self.settings.year
        inputs = origins(self.counted.records, self.counted.figures / str(year)), self.settings_digests
        edition = sha256(self.target / NAME)
        secret = shared_edition.Secret(edition, *inputs, facts.followed_only, self.passages)
        shared_edition.keep_secret(secret, shared_edition.secret_path(self.request.out, year))
        unread = len(read_proofread(self.request.params, year).unread(self.passages))
        if unread:
            plural = "s" if unread > 1 else ""
            read = f"Relecture {year} : {unread} passage{plural} à lire avant de diffuser (« rlpipeline relire »)\n"
            self.request.terminal.write(read)


@dataclass(frozen=True)
class ReadRecords:
    """The records, once read for every year.

    Parameters
    ----------
    extraction
        Day of the extraction, None where it is unknown.
    """

    records: Records
    inputs: Inputs
    extraction: date | None = None
    warnings: str = ""

    @property
    def latest(self) -> int:
        """The latest year of the records. Raises as ``latest_year``."""
        return latest_year(self.records, self.extraction)


@contextmanager
def open_edition(
    request: BuildRequest, settings: Settings, edition: Edition, read: ReadRecords, counted: Counted
) -> Iterator[EditionBuild]:
    """Make one edition of a year in a workspace of its own, gone afterwards. Raises as ``open_workspace``."""
    with open_workspace(request.out, request.params, settings.year, edition) as workspace:
        latest = latest_of(read.records, read.extraction)
        known = read.inputs, read.warnings, latest, read.records.cells
        yield EditionBuild(request, settings, edition, counted, workspace, *known)


def tasks_of(request: BuildRequest, settings: Settings, edition: Edition) -> tuple[Task, ...]:
    """List what has to run; where there is one commune, the edition to share has no portrait beside its report."""
    alone = edition == DIFFUSION and len(settings.service.communes) == 1
    communes = () if alone else communes_of(request, settings.service)
    return plan_tasks(settings, request.notebooks, communes, edition, request.ours)


def communes_of(request: BuildRequest, service: Service) -> tuple[str, ...]:
    """The communes whose portraits are made."""
    return request.communes or service.commune_codes

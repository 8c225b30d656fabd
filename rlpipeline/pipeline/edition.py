"""One edition of one year while it is made: its inputs in a workspace, what stands of the last build, what runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from rlpipeline.display.laid_out import common_scales, write_scales
from rlpipeline.execution.chapters import Chapters
from rlpipeline.execution.install import write_whole
from rlpipeline.execution.memory import COUNTS, digest_of, hashes, sha256
from rlpipeline.execution.outcome import Outcome, origins
from rlpipeline.execution.places import DIFFUSION, LEDGER, MANIFEST, TEXTS, failures_of, publication, secret_path
from rlpipeline.execution.plan import SERVICE, Task, Workspace, open_workspace, plan_tasks
from rlpipeline.execution.progress import Progress
from rlpipeline.execution.request import STATE, BuildInputs, BuildRequest, Edition, Notice, State, published_files
from rlpipeline.execution.runner import run_tasks
from rlpipeline.figures.store import TO_SHARE, Store
from rlpipeline.pipeline.counting import Counted, packed, unpack
from rlpipeline.pipeline.proofreading import CELL, TEXT, Passage, Secret, passages_of, read_proofread
from rlpipeline.publication.printing import poster_path, print_entry
from rlpipeline.publication.publish import page_entry
from rlpipeline.records import Records
from rlpipeline.records.frames import latest_of
from rlpipeline.settings.models import Settings

PROTECTION = "protection"
"""Name of the entry of all the protected figures."""


@dataclass(frozen=True)
class ReadRecords:
    """The records, once read for every year.

    ``extraction``: day of the extraction, None where it is unknown; ``warnings``: what was said of them.
    """

    records: Records
    extraction: date | None = None
    warnings: str = ""


@dataclass(frozen=True)
class OpenBuild:
    """What was asked for and read, settled and checked, whose years nobody else builds; and what was counted.

    ``every``: the settings of each year; ``inputs``: digests of all that it is made from, as it was before it was read.
    """

    request: BuildRequest
    every: tuple[Settings, ...]
    inputs: BuildInputs
    read: ReadRecords
    counted: Counted

    @property
    def wanted(self) -> list[tuple[Settings, Edition]]:
        """Each year and edition."""
        return [(settings, edition) for settings in self.every for edition in self.request.editions]


class EditionBuild:
    """One edition of one year while it is made.

    ``rules``: what is published of the protection, None in the edition ``interne``; ``passages``: what the edition to
    share prints that somebody typed; ``settings_digests``: digest of each file of the settings, before a text is left
    out; ``followed_only``: as :class:`Secret` has it.
    """

    rules: Mapping[str, Any] | None = None
    passages: tuple[Passage, ...]
    settings_digests: Mapping[str, str]
    followed_only: bool

    def __init__(self, build: OpenBuild, settings: Settings, edition: Edition, workspace: Workspace) -> None:
        self.settings, self.edition, self.workspace = settings, edition, workspace
        self.request, self.read, self.inputs, self.counted = build.request, build.read, build.inputs, build.counted
        request = self.request
        self.target = publication(request.out, settings.year, edition)
        self.failures = failures_of(request.out, settings.year, edition)
        self.memory = request.memory(settings.year, edition)
        self.tasks = tasks_of(request, settings, edition)
        self.names = {SERVICE: "Service", **{commune.code: commune.nom for commune in settings.service.communes}}

    @property
    def as_begun(self) -> Settings:
        """The settings of the edition, whose texts are those of the workspace."""
        return self.settings.model_copy(update={"directory": self.workspace.params, "edition": self.edition})

    @cached_property
    def chapters(self) -> Chapters:
        """The chapters that were executed, once the notebooks have the figures to open."""
        return Chapters(self.memory, self.workspace, self.inputs.notebooks, self.names)

    @property
    def parameters(self) -> dict[str, object]:
        """What was asked for, as the manifest has it."""
        report = self.settings.report
        return {
            "annee": self.settings.year,
            "edition": self.edition,
            "communes": list(self.request.communes),
            "titre": report.titre,
            "statut": report.statut,
            "date_validation": report.date_validation.isoformat() if report.date_validation else None,
        }

    def tell(self, stage: str) -> None:
        """Say what begins: in a large service each stage takes minutes."""
        self.request.terminal.write(f"{self.settings.year} ({self.edition}) : {stage}\n")
        self.request.terminal.flush()

    def set_up(self) -> None:
        """Give the notebooks the figures to open: exact or protected."""
        workspace, settings = self.workspace, self.settings
        if self.edition == "interne":
            # Copied: a chapter that writes there alters its own edition alone, which the audit then contradicts.
            shutil.copytree(self.counted.figures, workspace.figures, ignore=shutil.ignore_patterns(TO_SHARE))
            shutil.copytree(self.counted.records, workspace.records)
        else:
            self._protect()
        write_scales(common_scales(Store(workspace.figures), settings.service, settings.year), workspace.root)

    def _protect(self) -> None:
        from rlpipeline.pipeline.shared_edition import RULES, prepare  # noqa: PLC0415 - solvers, here alone

        workspace, settings = self.workspace, self.settings
        self.settings_digests = hashes(workspace.params)
        proofread = read_proofread(self.request.params, settings.year)
        notebooks = [task.notebook for task in self.tasks]
        self.passages = passages_of(self.as_begun, self.read.records.cells, notebooks, proofread)
        made_from = {
            "chiffres": digest_of(hashes(self.counted.figures)),
            "service": digest_of(settings.service.model_dump(mode="json")),
            "remises": digest_of(hashes(self.request.params / LEDGER)),
        }
        texts = workspace.params / str(settings.year) / TEXTS
        without = [passage for passage in self.passages if passage.left_out]
        for name in (Path(passage.where).name for passage in without if passage.kind == TEXT):
            for path in (texts / name, texts / DIFFUSION / name):
                path.unlink(missing_ok=True)
        left_out = frozenset(passage.text for passage in without if passage.kind == CELL)

        def make() -> bytes:
            self.tell("protection des chiffres")
            followed_only = prepare(Store(self.counted.figures), settings, workspace.figures, left_out)
            return json.dumps(followed_only).encode() + b"\n" + packed(workspace.root, workspace.figures)

        content = self.memory.memo(PROTECTION, {**made_from, "passages": digest_of(sorted(left_out))}, make)
        followed_only, _, figures = content.partition(b"\n")
        if not workspace.figures.is_dir():
            unpack(figures, workspace.root)
        self.followed_only = json.loads(followed_only)
        self.rules = json.loads((workspace.figures / RULES).read_text(encoding="utf-8"))  # before a chapter may write

    def run(self) -> tuple[Outcome, ...]:
        """Run what does not stand; every outcome, in the order of the tasks."""
        request, chapters = self.request, self.chapters
        progress = Progress(request.terminal, self.names)
        outcomes = {task: outcome for task in self.tasks if (outcome := chapters.take(task))}
        if outcomes:
            progress.resumes(len(outcomes))
        left = [task for task in self.tasks if task not in outcomes]
        if left:
            ran = run_tasks(left, self.workspace, request.jobs, progress, request.workers, chapters.keep)
            outcomes |= {outcome.task: outcome for outcome in ran}
        return tuple(outcomes[task] for task in self.tasks)

    def remember(self, pages: Sequence[str], audit: str, findings: Sequence[Notice]) -> None:
        """Leave to the next build what this one was made from and published; no more than it needs."""
        counts = {COUNTS} if self.settings.year == self.counted.year and self.edition == "interne" else set[str]()
        territories = {page_entry(task.territory) for task in self.tasks}
        chapters = {Chapters.entry_name(task) for task in self.tasks}
        prints = {print_entry(name) for page in map(Path, pages) for name in (page, poster_path(page))}
        self.memory.prune({*counts, PROTECTION, *territories, *chapters, *prints})
        out, year = self.request.out, self.settings.year
        inputs = self.inputs.of(year, self.edition)
        unchanged = inputs == BuildInputs(self.inputs.request).of(year, self.edition)  # while it was made
        printed = any(page.endswith(".pdf") for page in pages)  # else what the machine lacked may be there next time
        if inputs and unchanged and printed == self.request.pdf:
            latest = latest_of(self.read.records, self.read.extraction) == year
            files = published_files(out, year, self.edition)
            state = State(year, self.edition, latest, files, pages, self.read.warnings, audit, findings)
            self.memory.put(STATE, inputs, json.dumps(asdict(state), ensure_ascii=False).encode())

    def keep_secret(self) -> None:
        """Keep beside the edition in place what « rlpipeline share » must know and nobody else; say what is unread."""
        year = self.settings.year
        secret = Secret(
            edition=sha256(self.target / MANIFEST),
            donnees=origins(self.counted.records, self.counted.figures / str(year)),
            parametres=self.settings_digests,
            suivis_seuls=self.followed_only,
            passages=self.passages,
        )
        write_whole(secret_path(self.request.out, year), secret.model_dump_json(indent=1))
        unread = len(read_proofread(self.request.params, year).unread(self.passages))
        if unread:
            plural = "s" if unread > 1 else ""
            read = f"Relecture {year} : {unread} passage{plural} à lire avant de diffuser (« rlpipeline relire »)\n"
            self.request.terminal.write(read)


@contextmanager
def open_edition(build: OpenBuild, settings: Settings, edition: Edition) -> Iterator[EditionBuild]:
    """Make one edition of a year in a workspace of its own, gone afterwards. Raises as ``open_workspace``."""
    with open_workspace(build.request.out, build.request.params, settings.year, edition) as workspace:
        yield EditionBuild(build, settings, edition, workspace)


def tasks_of(request: BuildRequest, settings: Settings, edition: Edition) -> tuple[Task, ...]:
    """List what has to run; where there is one commune, the edition to share has no portrait beside its report."""
    alone = edition == DIFFUSION and len(settings.service.communes) == 1
    return plan_tasks(settings, request.notebooks, () if alone else request.communes, edition, request.ours)

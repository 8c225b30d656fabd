"""Figures counted once a build, then one edition of a year while it is made: its inputs, what stands, what runs."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlpipeline.display.laid_out import common_scales, write_scales
from rlpipeline.errors import NotebookError
from rlpipeline.execution.chapters import Chapters
from rlpipeline.execution.install import (
    DIFFUSION,
    LEDGER,
    MANIFEST,
    TEXTS,
    counting_failures,
    disk_errors_in_french,
    failures_of,
    publication,
    secret_path,
    without_texts,
    write_whole,
)
from rlpipeline.execution.long_cells import LongCellTeller
from rlpipeline.execution.memory import (
    COUNTS,
    STATE,
    BuildInputs,
    BuildRequest,
    Edition,
    Notice,
    State,
    digest_of,
    hashes,
    published_files,
    sha256,
)
from rlpipeline.execution.notebook import read_notebook, write_private
from rlpipeline.execution.outcome import (
    Outcome,
    Progress,
    failure_report,
    failures,
    keep_failures,
    origins,
)
from rlpipeline.execution.plan import (
    SERVICE,
    CountingTask,
    Task,
    Workspace,
    open_workspace,
    plan_counting,
    plan_tasks,
)
from rlpipeline.execution.runner import run_tasks
from rlpipeline.figures.cells import changes, differences
from rlpipeline.figures.declaration import HORS, declaring_cells
from rlpipeline.figures.store import TO_SHARE, Store, is_figure_store
from rlpipeline.importing.people import read_key
from rlpipeline.our_notebooks import COUNTING, OWN_INDICATORS
from rlpipeline.pipeline.passages import may_be_left_out, passages_of
from rlpipeline.pipeline.proofreading import (
    CELL,
    TEXT,
    Passage,
    Reprise,
    Secret,
    read_proofread,
    root_of,
)
from rlpipeline.publication.printing import Presses, poster_path, print_entry
from rlpipeline.publication.publish import page_entry
from rlpipeline.records.frames import Records, latest_of
from rlpipeline.records.store import write_store
from rlpipeline.settings.models import Service, Settings

if TYPE_CHECKING:
    from rlpipeline.protection.again import Again

PROTECTION = "protection"
"""Name of the entry of all the protected figures."""


@dataclass(frozen=True)
class Counted:
    """What a build counted.

    ``records``, ``figures``: stores of the records and of the exact figures, gone when the build ends; ``notebook``:
    the notebook of counts, executed; ``year``: the latest year asked for, the memory of whose exact edition has the
    counts.
    """

    records: Path
    figures: Path
    notebook: Path
    year: int


@contextmanager
def counting(
    request: BuildRequest,
    records: Records,
    inputs: BuildInputs,
    years: Sequence[int],
    presses: Presses | None,
) -> Iterator[Counted]:
    """Count the figures of the years asked for, and of those that the records speak of.

    ``presses``: begun where figures are counted whose pages will be printed. Raises NotebookError: the notebook
    failed, or wrote no figures, and is kept; SettingsError: two cells of a notebook declare one table; ToolError: the
    disk refuses.
    """
    task = plan_counting(request.notebooks, years)
    own = [request.notebooks / f"{name}.ipynb" for name in (COUNTING, OWN_INDICATORS)]
    for notebook in filter(Path.is_file, (task.notebook, own[1])):
        declaring_cells(
            notebook
        )  # a table in two cells of one notebook is told before anything runs
    with (
        disk_errors_in_french(request.out),
        open_workspace(
            request.out, request.params, task.year, cell_minutes=request.cell_minutes
        ) as workspace,
    ):
        write_store(records, workspace.records)
        for notebook in filter(Path.is_file, own):  # cells are named by where they are
            shutil.copy2(notebook, workspace.root / notebook.name)
        executed = workspace.executed(task)

        beside = {
            name: inputs.notebooks[name] for name in inputs.notebooks if not name.endswith(".ipynb")
        }
        own_words = workspace.root / f"{OWN_INDICATORS}.ipynb"
        counted_by = [
            beside,
            inputs.notebooks[task.notebook.name],
            own_words.is_file() and sha256(own_words),
        ]
        made_from = {  # no text of the service is in it, nor a chapter
            "données": digest_of(hashes(workspace.records)),
            "paramètres": digest_of(without_texts(hashes(workspace.params))),
            "notebooks": digest_of(counted_by),
            "années": digest_of(task.years),
        }
        memory = request.memory(task.year, "interne")
        content = memory.get(COUNTS, made_from)
        if content is not None:
            keep_failures((), workspace, counting_failures(request.out, task.year))
            unpack(content, workspace.root)
        else:
            if request.pdf and presses:
                presses.begin()  # counting takes one processor
            ran = _run(request, task, workspace)
            if ran.digest == inputs.notebooks[task.notebook.name]:  # else it was saved meanwhile
                memory.put(COUNTS, made_from, packed(workspace.root, workspace.figures, executed))
        yield Counted(workspace.records, workspace.figures, executed, task.year)


def _run(request: BuildRequest, task: CountingTask, workspace: Workspace) -> Outcome:
    request.terminal.write(
        "".join(f"{line}\n" for line in [*differences(request.notebooks), "comptage des chiffres"])
    )
    request.terminal.flush()
    progress = Progress(StringIO(), {}, LongCellTeller(request.terminal, {}, request.notice))
    ran = run_tasks([task], workspace, progress=progress, workers=request.workers)
    outcomes = keep_failures(ran, workspace, counting_failures(request.out, task.year))
    if failures(outcomes):
        raise failure_report(outcomes, request.params)
    if not is_figure_store(workspace.figures):
        raise NotebookError(
            "Le notebook qui compte n'a écrit aucun chiffre : rien n'est publié.",
            where=str(task.notebook),
            expected="calcul.write(target) dans sa dernière cellule",
        )
    for line in changes(Store(workspace.figures).declared.tables):
        request.terminal.write(f"{line}\n")
    counted = read_notebook(workspace.executed(task))
    for (
        cell
    ) in counted.cells:  # how everything was counted stays: its figures are published once checked
        if cell.cell_type == "code":
            cell.outputs = []
    write_private(workspace.executed(task), counted)
    return outcomes[0]


def packed(root: Path, *paths: Path) -> bytes:
    """Every file of some folders below a root, as one content of the memory: a thousand communes have 270 MB."""
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=1) as archive:
        for path in paths:
            archive.add(path, path.relative_to(root).as_posix())
    return content.getvalue()


def unpack(content: bytes, root: Path) -> None:
    """Write again what was packed."""
    with tarfile.open(fileobj=BytesIO(content)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and later
        archive.extractall(root)


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

    ``rules``: what is published of the protection, None in the edition ``interne``; ``passages``: texts and cells of
    the records that the edition to share prints, or does without; ``settings_digests``: digest of each file of the
    settings, before a text is left out; ``followed_only``: as :class:`Secret` has it; ``digests``: of those counted,
    where the year was never released; ``again``: how it is published again.
    """

    rules: Mapping[str, Any] | None = None
    passages: tuple[Passage, ...]
    settings_digests: Mapping[str, str]
    followed_only: bool
    digests: str = ""
    again: Again | None = None
    reprise: Reprise | None = None

    def __init__(
        self, build: OpenBuild, settings: Settings, edition: Edition, workspace: Workspace
    ) -> None:
        self.settings, self.edition, self.workspace = settings, edition, workspace
        self.request, self.read, self.inputs, self.counted = (
            build.request,
            build.read,
            build.inputs,
            build.counted,
        )
        request = self.request
        self.target = publication(request.out, settings.year, edition)
        self.failures = failures_of(request.out, settings.year, edition)
        self.memory = request.memory(settings.year, edition)
        self.tasks = tasks_of(request, settings, edition)
        self.names = {
            SERVICE: "Service",
            **{commune.code: commune.nom for commune in settings.service.communes},
        }

    @property
    def as_begun(self) -> Settings:
        """The settings of the edition, whose texts are those of the workspace."""
        return self.settings.model_copy(
            update={"directory": self.workspace.params, "edition": self.edition}
        )

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
            "date_validation": report.date_validation.isoformat()
            if report.date_validation
            else None,
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
            shutil.copytree(
                self.counted.figures, workspace.figures, ignore=shutil.ignore_patterns(TO_SHARE)
            )
            shutil.copytree(self.counted.records, workspace.records)
        else:
            self._protect()
        write_scales(
            common_scales(Store(workspace.figures), settings.service, settings.year), workspace.root
        )

    def _protect(self) -> None:
        from rlpipeline.pipeline.shared_edition import RULES, prepare  # noqa: PLC0415 - solvers, here alone

        workspace, settings = self.workspace, self.settings
        self.settings_digests = hashes(workspace.params)
        proofread = read_proofread(self.request.params, settings.year)
        self.passages = may_be_left_out(self.as_begun, self.read.records.cells, proofread)
        self._release_again()
        settings, again = self.settings, self.again
        made_from = {
            "chiffres": digest_of(hashes(self.counted.figures)),
            "service": digest_of(settings.service.model_dump(mode="json")),
            "remises": digest_of(hashes(self.request.params / LEDGER)),
            "retirés": digest_of(sorted(again.withdrawn) if again else ()),
        }
        texts = workspace.params / str(settings.year) / TEXTS
        without = [passage for passage in self.passages if passage.left_out]
        for name in (Path(passage.where).name for passage in without if passage.kind == TEXT):
            for path in (texts / name, texts / DIFFUSION / name):
                path.unlink(missing_ok=True)
        left_out = frozenset(passage.cell for passage in without if passage.kind == CELL)

        def make() -> bytes:
            self.tell("protection des chiffres")
            followed_only = prepare(
                Store(self.counted.figures), settings, workspace.figures, left_out, again
            )
            return (
                json.dumps(followed_only).encode()
                + b"\n"
                + packed(workspace.root, workspace.figures)
            )

        content = self.memory.memo(
            PROTECTION, {**made_from, "passages": digest_of(sorted(left_out))}, make
        )
        followed_only, _, figures = content.partition(b"\n")
        if not workspace.figures.is_dir():
            unpack(figures, workspace.root)
        self.followed_only = json.loads(followed_only)
        self.rules = json.loads(
            (workspace.figures / RULES).read_text(encoding="utf-8")
        )  # before a chapter may write

    def _release_again(self) -> None:
        """Find how a year released before is published: under the rules of its release, which chapters open too."""
        from rlpipeline.pipeline import differing  # noqa: PLC0415 - solvers, here alone
        from rlpipeline.protection.again import rules_of  # noqa: PLC0415
        from rlpipeline.protection.releases import read_releases  # noqa: PLC0415

        year, service = self.settings.year, self.settings.service
        ledger, params = self.request.params / LEDGER, self.request.params
        released, key = read_releases(ledger), read_key(root_of(params))
        persons = differing.persons_of(self.read.records, year, service)
        self.again = differing.again_of(released, ledger, year, persons, service, key)
        if self.again is None:
            key = key or read_proofread(params, year, create=True).key
            self.digests = differing.digested(persons, year, key or b"").written()
            return
        self.reprise = reprise_of(self.again, service)
        self.tell(self.reprise.said(year))
        rules = rules_of(self.again.release, service)
        if rules != service.diffusion:
            ruled = service.model_copy(update={"diffusion": rules})
            self.settings = self.settings.model_copy(update={"service": ruled})
            written = ruled.model_dump_json(exclude_none=True)  # JSON is YAML
            (self.workspace.params / "service.yml").write_text(written, encoding="utf-8")

    def run(self) -> tuple[Outcome, ...]:
        """Run what does not stand; every outcome, in the order of the tasks."""
        request, chapters = self.request, self.chapters
        long_cells = LongCellTeller(request.terminal, self.names, request.notice)
        progress = Progress(request.terminal, self.names, long_cells)
        outcomes = {task: outcome for task in self.tasks if (outcome := chapters.take(task))}
        if outcomes:
            progress.resumes(len(outcomes))
        left = [task for task in self.tasks if task not in outcomes]
        if left:
            ran = run_tasks(
                left, self.workspace, request.jobs, progress, request.workers, chapters.keep
            )
            outcomes |= {outcome.task: outcome for outcome in ran}
        return tuple(outcomes[task] for task in self.tasks)

    def remember(self, pages: Sequence[str], audit: str, findings: Sequence[Notice]) -> None:
        """Leave to the next build what this one was made from and published; no more than it needs."""
        counts = (
            {COUNTS}
            if self.settings.year == self.counted.year and self.edition == "interne"
            else set[str]()
        )
        territories = {page_entry(task.territory) for task in self.tasks}
        chapters = {Chapters.entry_name(task) for task in self.tasks}
        prints = {
            print_entry(name) for page in map(Path, pages) for name in (page, poster_path(page))
        }
        self.memory.prune({*counts, PROTECTION, *territories, *chapters, *prints})
        out, year = self.request.out, self.settings.year
        inputs = self.inputs.of(year, self.edition)
        unchanged = inputs == BuildInputs(self.inputs.request).of(
            year, self.edition
        )  # while it was made
        printed = any(
            page.endswith(".pdf") for page in pages
        )  # else what the machine lacked may be there next time
        if inputs and unchanged and printed == self.request.pdf:
            latest = latest_of(self.read.records, self.read.extraction) == year
            files = published_files(out, year, self.edition)
            state = State(
                year, self.edition, latest, files, pages, self.read.warnings, audit, findings
            )
            self.memory.put(STATE, inputs, json.dumps(asdict(state), ensure_ascii=False).encode())

    def keep_secret(self, outcomes: Sequence[Outcome]) -> None:
        """Keep beside the edition in place what « rlpipeline share » must know and nobody else; say what is unread."""
        year = self.settings.year
        passages = passages_of(
            self.as_begun, self.passages, outcomes, Store(self.workspace.figures).declared
        )
        secret = Secret(
            edition=sha256(self.target / MANIFEST),
            donnees=origins(self.counted.records, self.counted.figures / str(year)),
            parametres=self.settings_digests,
            suivis_seuls=self.followed_only,
            passages=passages,
            empreintes=self.digests,
            reprise=self.reprise,
        )
        write_whole(secret_path(self.request.out, year), secret.model_dump_json(indent=1))
        unread = len(read_proofread(self.request.params, year).unread(passages))
        if unread:
            plural = "s" if unread > 1 else ""
            read = f"Relecture {year} : {unread} passage{plural} à lire avant de diffuser (« rlpipeline relire »)\n"
            self.request.terminal.write(read)


@contextmanager
def open_edition(build: OpenBuild, settings: Settings, edition: Edition) -> Iterator[EditionBuild]:
    """Make one edition of a year in a workspace of its own, gone afterwards. Raises as ``open_workspace``."""
    request = build.request
    with open_workspace(
        request.out, request.params, settings.year, edition, request.cell_minutes
    ) as workspace:
        current = EditionBuild(build, settings, edition, workspace)
        current.set_up()
        yield current


def reprise_of(again: Again, service: Service) -> Reprise:
    """Say how a year is published again, in names of territories."""
    names = {SERVICE: "l'ensemble du service", HORS: "les autres communes"}
    names |= {commune.code: commune.nom for commune in service.communes}
    order = [place for place in names if place in again.withdrawn]
    return Reprise(
        diffusee=date.fromisoformat(again.release.shared),
        seuil=int(again.release.rules["seuil"]),
        changes=again.differing,
        retires=tuple(names[place] for place in order),
    )


def tasks_of(request: BuildRequest, settings: Settings, edition: Edition) -> tuple[Task, ...]:
    """List what has to run; where there is one commune, the edition to share has no portrait beside its report."""
    alone = edition == DIFFUSION and len(settings.service.communes) == 1
    return plan_tasks(
        settings, request.notebooks, () if alone else request.communes, edition, request.ours
    )

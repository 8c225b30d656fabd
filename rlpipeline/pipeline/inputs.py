"""What a build is made from: the records as they are read, the figures as they are counted, what is asked for."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from io import BytesIO, StringIO
from itertools import product
from pathlib import Path
from typing import Any

from rlpipeline.errors import NotebookError
from rlpipeline.execution.memory import (
    COUNTS_ENTRY,
    BuildInputs,
    BuildRequest,
    Edition,
    Inputs,
    Memory,
    digest_of,
    hashes,
    sha256,
    years_left,
)
from rlpipeline.execution.notebook_files import read_notebook, write_private
from rlpipeline.execution.outcome import (
    Outcome,
    failed_outcomes,
    failure_report,
    refresh_kept_failures,
)
from rlpipeline.execution.output_folder import (
    DIFFUSION,
    counting_failures,
    disk_errors_in_french,
    failures_of,
    publication,
    without_texts,
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
from rlpipeline.execution.progress import LongCellTeller, Progress
from rlpipeline.execution.runner import run_tasks
from rlpipeline.figures.cells import changes, differences
from rlpipeline.figures.declaration import declaring_cells
from rlpipeline.figures.store import Store, is_figure_store
from rlpipeline.our_notebooks import COUNTING, OWN_INDICATORS
from rlpipeline.processes import Workers
from rlpipeline.records.findings import Finding, plural, tally
from rlpipeline.records.frames import Records, Silenced, free_cells
from rlpipeline.records.store import is_store, load, open_records, read_expected, write_store
from rlpipeline.settings.models import Service, Settings

JUDGEMENT_ENTRY = "constats"
"""Name of the entry of what rules say of the records."""
PROTECTION = "protection"
"""Name of the entry of all the protected figures."""
FIGURE_FILES = "fichiers-de-chiffres"
"""Name of the entry of the files of figures, and of the dictionary of them."""
PAGE_LIBRARY = "rlpipeline.publication.publish"
"""What the processes have loaded that write pages and gather figures."""


@dataclass(frozen=True)
class ReadRecords:
    """The records, once read for every year.

    Parameters
    ----------
    extraction
        Day of the extraction, None where it is unknown.
    warnings
        What was said of them.
    judged_from
        What they were judged from; None where it cannot be told.
    """

    records: Records
    extraction: date | None = None
    warnings: str = ""
    judged_from: Inputs | None = None

    def keep_judgement(self, memory: Memory) -> None:
        """Leave what rules said to the next build: numbers and reasons, nothing of anybody."""
        if self.judged_from:
            said = {"warnings": self.warnings, "silenced": [*map(asdict, self.records.silenced)]}
            memory.put(JUDGEMENT_ENTRY, self.judged_from, json.dumps(said).encode())


@dataclass(frozen=True)
class Counted:
    """What a build counted.

    Parameters
    ----------
    records, figures
        Stores of the records and of the exact figures, gone when the build ends.
    notebook
        The notebook of counts, executed.
    year
        The latest year asked for, the memory of whose exact edition has the counts.
    """

    records: Path
    figures: Path
    notebook: Path
    year: int


@dataclass(frozen=True)
class OpenBuild:
    """What was asked for, read, checked and counted, whose years nobody else builds.

    Parameters
    ----------
    settings_of_years
        The settings of each year.
    inputs
        Digests of all that it is made from, as it was before it was read.
    page_processes, print_processes
        Processes that write pages and gather figures, and those that print.
    """

    request: BuildRequest
    settings_of_years: tuple[Settings, ...]
    inputs: BuildInputs
    read: ReadRecords
    counted: Counted
    page_processes: Workers
    print_processes: Workers

    @property
    def editions(self) -> list[Wanted]:
        """Each edition of each year."""
        return [
            Wanted(self, settings, edition)
            for settings in self.settings_of_years
            for edition in self.request.editions
        ]


@dataclass(frozen=True)
class Wanted:
    """An edition of a year that is asked for.

    Parameters
    ----------
    settings
        Those of its year.
    folders
        What it is made in, gone once it is published or given up.
    """

    build: OpenBuild
    settings: Settings
    edition: Edition
    folders: ExitStack = field(default_factory=ExitStack)

    @property
    def request(self) -> BuildRequest:
        """What the build was asked for."""
        return self.build.request

    @property
    def year(self) -> int:
        """Its year."""
        return self.settings.year

    @property
    def target(self) -> Path:
        """Where it is published."""
        return publication(self.request.out, self.year, self.edition)

    @property
    def failures_folder(self) -> Path:
        """Where what prevents its publication is kept."""
        return failures_of(self.request.out, self.year, self.edition)

    @property
    def memory(self) -> Memory:
        """What former builds of it made."""
        return self.request.memory(self.year, self.edition)

    @property
    def names(self) -> Mapping[str, str]:
        """Names of its territories, by code."""
        communes = self.settings.service.commune_names
        return {SERVICE: "Service", **communes}

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What has to run."""
        return tasks_of(self.request, self.settings, self.edition)

    def tell(self, stage: str) -> None:
        """Say what begins: in a large service each stage takes minutes."""
        self.request.terminal.write(f"{self.year} ({self.edition}) : {stage}\n")
        self.request.terminal.flush()


def tasks_of(request: BuildRequest, settings: Settings, edition: Edition) -> tuple[Task, ...]:
    """List what has to run; where there is one commune, the edition to share has no portrait beside its report."""
    alone = edition == DIFFUSION and len(settings.service.communes) == 1
    communes = () if alone else request.communes
    return plan_tasks(settings, request.notebooks, communes, edition, request.ours)


class LastRead:
    """The records that the last build of this process read, for the next: most saves are of a text."""

    def __init__(self) -> None:
        self._made_from: object = None
        self._read: ReadRecords | None = None

    def of(self, request: BuildRequest, service: Service, inputs: BuildInputs) -> ReadRecords:
        """Give the records as they are now, read unless nothing that they are made from changed."""
        made_from: Inputs | None = None
        with suppress(OSError):  # who reads them says what is wrong
            if inputs.source:
                settings = digest_of(without_texts(hashes(request.params)))
                made_from = {"données": inputs.source, "paramètres": settings}
        where = request.source, made_from
        if self._read is None or made_from is None or where != self._made_from:
            self._read, self._made_from = _read_source(request, service, made_from), where
        request.terminal.write(self._read.warnings)
        return self._read


def _read_source(
    request: BuildRequest, service: Service, judged_from: Inputs | None
) -> ReadRecords:
    """Read the records; what is only doubtful is told, and stops nothing."""
    expected = read_expected(request.params)
    if is_store(Path(request.source)):
        stored = open_records(request.source, service)
        cells = tuple(free_cells(stored.frames))
        return ReadRecords(replace(stored, cells=cells), expected.extraction)
    judgement = _former_judgement(request, judged_from) if judged_from else None
    records, findings = load(request.source, service, expected, plausible=judgement is None)
    if any(finding.is_error for finding in findings):
        open_records(request.source, service)  # raises, naming the first places
    if judgement is None:
        return ReadRecords(records, expected.extraction, _warnings(findings), judged_from)
    silenced = tuple(Silenced(**accepted) for accepted in judgement["silenced"])
    records = replace(records, silenced=silenced)
    return ReadRecords(records, expected.extraction, judgement["warnings"], judged_from)


def _former_judgement(request: BuildRequest, judged_from: Inputs) -> dict[str, Any] | None:
    """Give what rules said of the same records in the last build; None where nobody kept it."""
    if request.force:
        return None
    for year, edition in product(years_left(request.out), request.editions):
        content = request.memory(year, edition).get(JUDGEMENT_ENTRY, judged_from)
        if content:
            return dict(json.loads(content))
    return None


def _warnings(findings: Sequence[Finding]) -> str:
    """Say how many findings of each kind there are; nothing where there is none."""
    if not findings:
        return ""
    counts = ", ".join(plural(number, noun) for noun, number in tally(findings).items())
    return f"Données : {counts} (« check » les explique)\n"


@contextmanager
def open_counts(
    request: BuildRequest,
    records: Records,
    inputs: BuildInputs,
    years: Sequence[int],
    printers: Workers | None,
) -> Iterator[Counted]:
    """Count the figures of the years asked for, and of those that the records speak of.

    Parameters
    ----------
    printers
        Begun where figures are counted: counting takes one processor.

    Raises
    ------
    NotebookError
        The notebook failed, or wrote no figures, and is kept.
    SettingsError
        Two cells of a notebook declare one table.
    ToolError
        The disk refuses.
    """
    task = plan_counting(request.notebooks, years)
    own = [request.notebooks / f"{name}.ipynb" for name in (COUNTING, OWN_INDICATORS)]
    for notebook in filter(Path.is_file, (task.notebook, own[1])):
        declaring_cells(notebook)  # a table in two cells is told before anything runs
    minutes = request.cell_minutes
    with (
        disk_errors_in_french(request.out),
        open_workspace(request.out, request.params, task.year, cell_minutes=minutes) as workspace,
    ):
        write_store(records, workspace.records)
        for notebook in filter(Path.is_file, own):  # cells are named by where they are
            shutil.copy2(notebook, workspace.root / notebook.name)
        memory, made_from = request.memory(task.year, "interne"), _inputs(task, workspace, inputs)
        executed = workspace.executed(task)
        content = memory.get(COUNTS_ENTRY, made_from)
        if content is not None:
            refresh_kept_failures((), workspace, counting_failures(request.out, task.year))
            unpack(content, workspace.root)
        else:
            if printers:
                printers.begin()
            ran = _count(request, task, workspace)
            if ran.digest == inputs.notebooks[task.notebook.name]:  # else it was saved meanwhile
                memory.put(
                    COUNTS_ENTRY, made_from, packed(workspace.root, workspace.figures, executed)
                )
        yield Counted(workspace.records, workspace.figures, executed, task.year)


def _inputs(task: CountingTask, workspace: Workspace, inputs: BuildInputs) -> Inputs:
    """Digest of each thing that figures are counted from: no text of the service is in it, nor a chapter."""
    own_indicators = workspace.root / f"{OWN_INDICATORS}.ipynb"
    digests = inputs.notebooks.items()
    counted_by = [
        {name: digest for name, digest in digests if not name.endswith(".ipynb")},
        inputs.notebooks[task.notebook.name],
        own_indicators.is_file() and sha256(own_indicators),
    ]
    return {
        "données": digest_of(hashes(workspace.records)),
        "paramètres": digest_of(without_texts(hashes(workspace.params))),
        "notebooks": digest_of(counted_by),
        "années": digest_of(task.years),
    }


def _count(request: BuildRequest, task: CountingTask, workspace: Workspace) -> Outcome:
    """Run the notebook that counts, and keep of it how everything was counted."""
    lines = [*differences(request.notebooks), "comptage des chiffres"]
    request.terminal.write("".join(f"{line}\n" for line in lines))
    request.terminal.flush()
    progress = Progress(StringIO(), {}, LongCellTeller(request.terminal, {}, request.on_long_cell))
    ran = run_tasks([task], workspace, progress=progress, workers=request.chapter_executor)
    outcomes = refresh_kept_failures(ran, workspace, counting_failures(request.out, task.year))
    if failed_outcomes(outcomes):
        raise failure_report(outcomes, request.params)
    if not is_figure_store(workspace.figures):
        raise NotebookError(
            "Le notebook qui compte n'a écrit aucun chiffre : rien n'est publié.",
            where=str(task.notebook),
            expected="calcul.write(target) dans sa dernière cellule",
        )
    for line in changes(Store(workspace.figures).declared.tables):
        request.terminal.write(f"{line}\n")
    _without_outputs(workspace.executed(task))
    return outcomes[0]


def _without_outputs(path: Path) -> None:
    """Take away what an executed notebook shows: its figures are published once checked."""
    notebook = read_notebook(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    write_private(path, notebook)


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

"""The figures of a build, counted once by the notebook of counts, before any chapter of any year and edition."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from rlpipeline.errors import NotebookError
from rlpipeline.execution.install import disk_errors_in_french
from rlpipeline.execution.memory import COUNTS, Inputs, digest_of, hashes, sha256
from rlpipeline.execution.notebook import read_notebook, write_private
from rlpipeline.execution.outcome import Outcome, failure_report, failures, keep_failures
from rlpipeline.execution.places import counting_failures, without_texts
from rlpipeline.execution.plan import CountingTask, Workspace, open_workspace, plan_counting
from rlpipeline.execution.request import BuildInputs, BuildRequest
from rlpipeline.execution.runner import run_tasks
from rlpipeline.figures.cells import changes, differences
from rlpipeline.figures.store import Store, is_figure_store
from rlpipeline.our_notebooks import COUNTING, OWN_INDICATORS, declaring_cells
from rlpipeline.publication.printing import Presses
from rlpipeline.records import Records, write_store


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
        declaring_cells(notebook)  # a table in two cells of one notebook is told before anything runs
    with disk_errors_in_french(request.out), open_workspace(request.out, request.params, task.year) as workspace:
        write_store(records, workspace.records)
        for notebook in filter(Path.is_file, own):  # cells are named by where they are
            shutil.copy2(notebook, workspace.root / notebook.name)
        executed = workspace.executed(task)

        memory, made_from = request.memory(task.year, "interne"), _made_from(task, workspace, inputs)
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


def _made_from(task: CountingTask, workspace: Workspace, inputs: BuildInputs) -> Inputs:
    """What the counts are made from: no text of the service is, nor a chapter."""
    beside = {name: inputs.notebooks[name] for name in inputs.notebooks if not name.endswith(".ipynb")}
    own = workspace.root / f"{OWN_INDICATORS}.ipynb"
    return {
        "données": digest_of(hashes(workspace.records)),
        "paramètres": digest_of(without_texts(hashes(workspace.params))),
        "notebooks": digest_of([beside, inputs.notebooks[task.notebook.name], own.is_file() and sha256(own)]),
        "années": digest_of(task.years),
    }


def _run(request: BuildRequest, task: CountingTask, workspace: Workspace) -> Outcome:
    request.terminal.write("".join(f"{line}\n" for line in [*differences(request.notebooks), "comptage des chiffres"]))
    request.terminal.flush()
    ran = run_tasks([task], workspace, workers=request.workers)
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
    for cell in counted.cells:  # how everything was counted stays: its figures are published once checked
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

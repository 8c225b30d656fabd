"""The figures of a build, counted once by the notebook of counts, before any chapter of any year and edition.

They are taken as the last build counted them where the records, the settings, the notebooks and our code are the same.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from rlpipeline.errors import NotebookError, UsageError
from rlpipeline.execution.cache import COUNTS, Cache, Dependencies, digest_of
from rlpipeline.execution.chapters import keeps_to_counts, keeps_to_declarations
from rlpipeline.execution.code import sha256
from rlpipeline.execution.install import disk_errors_in_french, keep_failures
from rlpipeline.execution.manifest import hashes, without_texts
from rlpipeline.execution.notebook import read_notebook, write_private
from rlpipeline.execution.outcome import failure_report, failures
from rlpipeline.execution.plan import CountingTask, plan_counting
from rlpipeline.execution.runner import run_tasks
from rlpipeline.execution.unchanged import Inputs, counting_failures, memory
from rlpipeline.execution.workspace import Workspace, open_counting
from rlpipeline.figures.cells import COUNTS as COUNTING
from rlpipeline.figures.cells import OWN, changes, declaring_cells, differences
from rlpipeline.figures.store import Store, is_figure_store
from rlpipeline.records import write_store

if TYPE_CHECKING:
    from rlpipeline.pipeline.edition import BuildRequest, ReadRecords


@dataclass(frozen=True)
class Counted:
    """What a build counted.

    Parameters
    ----------
    records, figures
        Stores of the records and of the exact figures, gone when the build ends.
    notebook
        The notebook of counts, executed.
    cache
        The memory that has them for the next build: that of the exact edition of the latest year.
    """

    records: Path
    figures: Path
    notebook: Path
    cache: Cache


@contextmanager
def counting(
    request: BuildRequest, read: ReadRecords, years: Sequence[int], print_soon: Callable[[], None] = lambda: None
) -> Iterator[Counted]:
    """Count the figures of the years asked for, and of those that the records speak of.

    Parameters
    ----------
    print_soon
        Called where figures are counted whose pages will be printed.

    Raises
    ------
    NotebookError
        The notebook failed, or wrote no figures; it is kept with the chapters that fail.
    SettingsError
        A table is declared in two cells of a notebook.
    ToolError
        The disk is full or refuses to be written.
    """
    task, own = plan_counting(request.notebooks, years), request.notebooks / OWN
    for notebook in filter(Path.is_file, (task.notebook, own)):
        declaring_cells(notebook)  # a table in two cells of one notebook is told before anything runs
    with disk_errors_in_french(request.out), open_counting(request.out, request.params, task.year) as workspace:
        write_store(read.records, workspace.records)
        for notebook in (request.notebooks / COUNTING, own):  # cells are named by where they are
            if notebook.is_file():
                shutil.copy2(notebook, workspace.root / notebook.name)
        cache = Cache(memory(request.out, task.year, "interne"), read.inputs.code)
        dependencies = _dependencies(task, own, workspace, read.inputs)
        content = None if request.force else cache.get(COUNTS, dependencies)
        if content is None:
            if request.pdf:
                print_soon()  # counting takes one processor
            _run(request, task, workspace)
            with suppress(FileNotFoundError):  # a build of the year, begun meanwhile, took it for a killed one's
                cache.put(COUNTS, dependencies, _packed(workspace, task))
        else:
            keep_failures((), workspace, counting_failures(request.out, task.year))
            _unpack(content, workspace)
        yield Counted(workspace.records, workspace.figures, workspace.executed(task), cache)


def _dependencies(task: CountingTask, own: Path, workspace: Workspace, inputs: Inputs) -> Dependencies:
    """What the counts are made from: no text of the service is, nor more than ``service.yml`` where we count."""
    settings, ours = hashes(workspace.params), _counts_our_way(task.notebook, own)
    read = {"service.yml": settings["service.yml"]} if ours else without_texts(settings)
    beside = (sha256(own) if own.is_file() else "") if ours else inputs.notebooks
    return {
        ("donnees",): digest_of(hashes(workspace.records)),
        ("parametres",): digest_of(read),
        ("notebooks",): digest_of([sha256(task.notebook), beside]),
        ("annees",): digest_of(task.years),
    }


def _counts_our_way(notebook: Path, own: Path) -> bool:
    """Whether no cell, counting or declaring, can open anything else; who runs a damaged notebook says so."""
    try:
        declares = not own.is_file() or keeps_to_declarations(read_notebook(own))
        return declares and keeps_to_counts(read_notebook(notebook))
    except UsageError:
        return False


def _run(request: BuildRequest, task: CountingTask, workspace: Workspace) -> None:
    request.terminal.write("".join(f"{line}\n" for line in [*differences(request.notebooks), "comptage des chiffres"]))
    request.terminal.flush()
    ran = run_tasks([task], workspace, running=request.running)
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
    _forget_outputs(workspace.executed(task))


def _forget_outputs(notebook: Path) -> None:
    """Leave how everything was counted: its figures are published once checked, and nothing checks them here."""
    counted = read_notebook(notebook)
    for cell in counted.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    write_private(notebook, counted)


def _packed(workspace: Workspace, task: CountingTask) -> bytes:
    """Every file of the figures, and the notebook executed; a file at a time: a thousand communes have 270 MB."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for path in (workspace.figures, workspace.executed(task)):
            archive.add(path, path.relative_to(workspace.root).as_posix())
    return packed.getvalue()


def _unpack(content: bytes, workspace: Workspace) -> None:
    with tarfile.open(fileobj=BytesIO(content)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and later
        archive.extractall(workspace.root)

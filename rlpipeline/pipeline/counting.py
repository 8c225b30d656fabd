"""The figures of a build, counted once by the notebook of counts, before any chapter of any year and edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rlpipeline.errors import NotebookError
from rlpipeline.execution.install import FAILURES, disk_errors_told, keep_failures
from rlpipeline.execution.outcome import failure_report, failures
from rlpipeline.execution.plan import COUNTING, plan_counting
from rlpipeline.execution.runner import run_tasks
from rlpipeline.execution.workspace import open_counting
from rlpipeline.figures.store import is_figure_store
from rlpipeline.records import Records, write_store

if TYPE_CHECKING:
    from rlpipeline.pipeline.edition import BuildRequest


@dataclass(frozen=True)
class Counted:
    """What a build counted.

    Parameters
    ----------
    records, figures
        Stores of the records and of the exact figures, gone when the build ends.
    notebook
        The notebook of counts, executed.
    """

    records: Path
    figures: Path
    notebook: Path


@contextmanager
def counting(request: BuildRequest, records: Records, years: Sequence[int]) -> Iterator[Counted]:
    """Count the figures of the years asked for, and of those that the records speak of.

    Raises
    ------
    NotebookError
        The notebook failed, or wrote no figures; it is kept with the chapters that fail.
    ToolError
        The disk is full or refuses to be written.
    """
    task = plan_counting(request.notebooks, years)
    with disk_errors_told(request.out), open_counting(request.out, request.params, task.year) as workspace:
        write_store(records, workspace.records)
        request.told_on.write("comptage des chiffres\n")
        request.told_on.flush()
        ran = run_tasks([task], workspace, running=request.running)
        outcomes = keep_failures(ran, workspace, request.out / FAILURES / COUNTING)
        if failures(outcomes):
            raise failure_report(outcomes)
        if not is_figure_store(workspace.figures):
            raise NotebookError(
                "Le notebook qui compte n'a écrit aucun chiffre : rien n'est publié.",
                where=str(task.notebook),
                expected="calcul.write(target) dans sa dernière cellule",
            )
        yield Counted(workspace.records, workspace.figures, outcomes[0].notebook)

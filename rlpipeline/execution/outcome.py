"""What became of a task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rlpipeline.errors import NotebookError
from rlpipeline.execution.plan import CountingTask, Task
from rlpipeline.reads import Read

NO_CELL = "aucune, le notebook n'a pas commencé"


@dataclass(frozen=True)
class Failure:
    """Why a chapter did not run to its end.

    Parameters
    ----------
    cell_id
        The cell it stopped at; None where no cell is to blame (its process did not start).
    reason
        What happened and what to do, in French, without any value of the records.
    kept
        The notebook as it was when it stopped.
    """

    cell_id: str | None
    reason: str
    notebook_copy: Path


@dataclass(frozen=True)
class Trace:
    """What one run of a notebook was made from: its own SHA-256, as it was read, and all that it read."""

    notebook: str
    reads: tuple[Read, ...]


@dataclass(frozen=True)
class Outcome:
    """The end of one task: ``ok`` where every cell ran, else ``echec`` with its failure.

    Parameters
    ----------
    trace
        What the notebook was made from, until its end was told (a thousand communes make thousands of them); None where
        it did not tell.
    ran
        Whether it ran; else it was taken as a former build made it.
    """

    task: Task
    state: Literal["ok", "echec"]
    notebook: Path
    error: Failure | None
    seconds: float
    trace: Trace | None = None
    ran: bool = False


def failures(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes that block publication."""
    return tuple(outcome for outcome in outcomes if outcome.state != "ok")


def failure_report(outcomes: Iterable[Outcome], params: Path) -> NotebookError:
    """One error that tells every chapter that failed.

    Parameters
    ----------
    params
        The settings as they were named: a chapter knows its copy of them alone.
    """
    failed = failures(outcomes)
    count = len(failed)
    editions = dict.fromkeys(f"{one.task.year} ({one.task.edition})" for one in failed)
    counting = any(isinstance(one.task, CountingTask) for one in failed)  # then no edition is made
    nothing = "rien n'est publié" if counting else f"rien n'est publié de {', '.join(editions)}"
    return NotebookError(
        f"{count} chapitre{'s' if count > 1 else ''} en échec : {nothing}, la publication précédente reste en place.",
        where="".join(f"\n{line}" for outcome in failed for line in _lines(outcome, params)),
        todo="ouvrir le notebook conservé (il peut citer des données : ne pas le transmettre), corriger, relancer",
    )


def _lines(outcome: Outcome, params: Path) -> Iterable[str]:
    task, error = outcome.task, outcome.error
    if error is not None:
        yield f"    {task.notebook} (territoire {task.territory}, année {task.year})"
        yield f"      cellule : {error.cell_id or NO_CELL}"
        reason = error.reason.replace("où : params/", f"où : {params.as_posix()}/")
        yield "      raison : " + reason.replace("\n", "\n      ")
        yield f"      conservé : {error.notebook_copy}"

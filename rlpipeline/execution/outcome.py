"""What became of a task, told in French: what happened and what to do, never a value of the records."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rlpipeline import errors
from rlpipeline.errors import NotebookError
from rlpipeline.execution.plan import CountingTask, Task

NO_CELL = "aucune, le notebook n'a pas commencé"
OUR_ERRORS = frozenset(
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.RlpipelineError)
)
"""Their messages are written by us, in French, and carry no value of the records."""
RIGHTS = "les droits sur ce dossier ou sur un de ses fichiers sont insuffisants"
PLACE = "un fichier occupe la place d'un dossier"
DISK_REFUSALS = {
    errno.ENOSPC: "le disque est plein",
    getattr(errno, "EDQUOT", -1): "le quota de place sur le disque est atteint",
    errno.EROFS: "ce dossier est en lecture seule",
    errno.EEXIST: PLACE,
    errno.ENOTDIR: PLACE,
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EIO: "le disque ne répond pas correctement",
}
REASONS = {
    "SystemExit": "la cellule a arrêté le notebook (sys.exit) ; enlever cet arrêt",
    "KeyboardInterrupt": "l'exécution a été interrompue ; relancer",
    "MemoryError": "la mémoire a manqué ; fermer d'autres programmes ou réduire --jobs",
    "ModuleNotFoundError": "une bibliothèque Python manque ; l'installer dans l'environnement du projet",
    "ImportError": "une bibliothèque Python ne se charge pas ; réinstaller l'environnement du projet",
    "SyntaxError": "la cellule n'est pas du Python correct ; l'ouvrir dans JupyterLab pour la corriger",
    "NameError": "la cellule utilise un nom qui n'existe pas ; vérifier l'ordre et l'orthographe",
}
LATE = "la cellule dépasse la durée permise ; chercher une boucle sans fin, ou allonger la limite"
DEATHS = "mémoire épuisée, os._exit ou arrêt forcé"
DIED = f"le processus du chapitre s'est arrêté deux fois de suite ({DEATHS}) ; réduire --jobs, puis relancer"
NOT_STARTED = "le processus du chapitre n'a pas démarré ; voir le journal conservé à côté du notebook, puis relancer"
NOT_RUN = "la cellule n'a pas été exécutée ; vérifier ses étiquettes et la cellule qui la précède"


@dataclass(frozen=True)
class Failure:
    """Why a chapter did not run to its end.

    ``cell_id``: the cell it stopped at; None where its process did not start; ``reason``: what happened and what to do,
    in French, without any value of the records; ``notebook_copy``: the notebook as it was when it stopped.
    """

    cell_id: str | None
    reason: str
    notebook_copy: Path


@dataclass(frozen=True)
class Outcome:
    """The end of one task: ``ok`` where every cell ran, else ``echec`` with its failure.

    ``ran``: whether it ran; else it was taken as a former build made it; ``digest``: SHA-256 of the notebook that ran,
    as it was read.
    """

    task: Task
    state: Literal["ok", "echec"]
    notebook: Path
    error: Failure | None
    seconds: float
    ran: bool = False
    digest: str = ""


def failures(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes that block publication."""
    return tuple(outcome for outcome in outcomes if outcome.state != "ok")


def failure_report(outcomes: Iterable[Outcome], params: Path) -> NotebookError:
    """One error that tells every chapter that failed; ``params`` are the settings as they were named."""
    failed = failures(outcomes)
    count = len(failed)
    editions = dict.fromkeys(f"{outcome.task.year} ({outcome.task.edition})" for outcome in failed)
    counting = any(isinstance(outcome.task, CountingTask) for outcome in failed)  # then no edition is made
    nothing = "rien n'est publié" if counting else f"rien n'est publié de {', '.join(editions)}"
    return NotebookError(
        f"{count} chapitre{'s' if count > 1 else ''} en échec : {nothing}, la publication précédente reste en place.",
        where="".join(f"\n{line}" for outcome in failed for line in _lines(outcome, params)),
        todo="ouvrir le notebook conservé (il peut citer des données : ne pas le transmettre), corriger, relancer",
    )


def _lines(outcome: Outcome, params: Path) -> Iterator[str]:
    task, error = outcome.task, outcome.error
    if error is not None:
        yield f"    {task.notebook} (territoire {task.territory}, année {task.year})"
        yield f"      cellule : {error.cell_id or NO_CELL}"
        reason = error.reason.replace("où : params/", f"où : {params.as_posix()}/")
        yield "      raison : " + reason.replace("\n", "\n      ")
        yield f"      conservé : {error.notebook_copy}"


def reason_of(ename: str, evalue: str) -> str:
    """Why a cell raised."""
    if ename in OUR_ERRORS:
        return evalue
    if ename in REASONS:
        return f"{REASONS[ename]} ({ename})"
    where = "est dans le notebook conservé"
    return f"erreur Python {ename} dans la cellule ; son message, qui peut citer des données, {where}"


def reason_outside(ename: str) -> str:
    """Why a thread or a task that a cell began failed."""
    return (
        f"un fil d'exécution (thread) ou une tâche asyncio a échoué ({ename}) pendant cette cellule ou avant elle ; "
        "l'attendre, le corriger ou l'enlever"
    )


def of_disk(error: OSError) -> str:
    """Why the system refused a file, without its path."""
    return DISK_REFUSALS.get(error.errno or 0) or error.strerror or type(error).__name__

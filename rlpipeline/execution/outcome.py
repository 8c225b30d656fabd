"""What becomes of tasks: told in French as they end, never with a value of the records, and in ``manifest.json``."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rlpipeline import errors
from rlpipeline.errors import NotebookError
from rlpipeline.execution.plan import CountingTask, Task, Workspace
from rlpipeline.python_errors import advice_of

NO_CELL = "aucune, le notebook n'a pas commencé"
REASONS = {
    "SystemExit": "la cellule a arrêté le notebook (sys.exit) ; enlever cet arrêt",
    "KeyboardInterrupt": "l'exécution a été interrompue ; relancer",
    "MemoryError": "la mémoire a manqué ; fermer d'autres programmes ou réduire --jobs",
    "ModuleNotFoundError": "une bibliothèque Python manque ; l'installer dans l'environnement du projet",
    "ImportError": "une bibliothèque Python ne se charge pas ; réinstaller l'environnement du projet",
    "SyntaxError": "la cellule n'est pas du Python correct ; l'ouvrir dans JupyterLab pour la corriger",
    "NameError": "la cellule utilise un nom qui n'existe pas ; vérifier l'ordre et l'orthographe",
}
LATE = (
    "la cellule dépasse la durée permise ({} min) ; chercher une boucle sans fin, ou l'allonger : "
    "« limite_cellule », en minutes, dans rlpipeline.yml"
)
LATE_NOTEBOOK = (
    "le chapitre entier dépasse la durée permise ({} min, {} fois celle d'une cellule) ; l'alléger, ou l'allonger : "
    "« limite_cellule », en minutes, dans rlpipeline.yml"
)
DEATHS = "mémoire épuisée, os._exit ou arrêt forcé"
DIED = f"le processus du chapitre s'est arrêté deux fois de suite ({DEATHS}) ; réduire --jobs, puis relancer"
NOT_STARTED = "le processus du chapitre n'a pas démarré ; voir le journal conservé à côté du notebook, puis relancer"
OUTSIDE = (
    "un fil d'exécution (thread) ou une tâche asyncio a échoué ({}) pendant cette cellule ou avant elle ; "
    "l'attendre, le corriger ou l'enlever"
)
UNEXPECTED = (
    "erreur inattendue de l'exécution ({}) ; relancer ; si elle persiste, la signaler avec le journal conservé à "
    "côté du notebook"
)
NOT_RUN = "la cellule n'a pas été exécutée ; vérifier ses étiquettes et la cellule qui la précède"


@dataclass(frozen=True)
class Outcome:
    """The end of one task.

    ``notebook``: executed; as far as it ran, where it failed; ``reason``: what happened and what to do, in French,
    without any value of the records; nothing where every cell ran; ``cell_id``: the cell that it stopped at; None where
    its process did not start; ``digest``: SHA-256 of the notebook that ran, as it was read; nothing where it was taken
    as a former build made it; ``cell``: what names the cell that it stopped at to a person.
    """

    task: Task
    notebook: Path
    seconds: float = 0.0
    reason: str = ""
    cell_id: str | None = None
    digest: str = ""
    cell: str = ""

    @property
    def state(self) -> str:
        """``ok`` or ``echec``."""
        return "echec" if self.reason else "ok"


def failed_outcomes(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes that block publication."""
    return tuple(outcome for outcome in outcomes if outcome.reason)


def refresh_kept_failures(
    outcomes: Sequence[Outcome], workspace: Workspace, directory: Path
) -> tuple[Outcome, ...]:
    """Copy the notebooks that failed, and their logs, where the analyst alone reads them, in place of earlier ones.

    Gives the same outcomes, whose failures name the kept notebook.
    """
    shutil.rmtree(directory, ignore_errors=True)
    if failed_outcomes(outcomes):
        workspace.failures_folder.chmod(0o700)  # tracebacks can quote records
        shutil.copytree(workspace.failures_folder, directory, dirs_exist_ok=True)
    return tuple(
        replace(
            outcome, notebook=directory / outcome.notebook.relative_to(workspace.failures_folder)
        )
        if outcome.reason
        else outcome
        for outcome in outcomes
    )


def failure_report(outcomes: Iterable[Outcome], params: Path) -> NotebookError:
    """One error that tells every chapter that failed; ``params`` are the settings as they were named."""
    failed = failed_outcomes(outcomes)
    count = len(failed)
    editions = dict.fromkeys(f"{outcome.task.year} ({outcome.task.edition})" for outcome in failed)
    nothing = f"rien n'est publié de {', '.join(editions)}"
    if any(isinstance(outcome.task, CountingTask) for outcome in failed):  # then no edition is made
        nothing = "rien n'est publié"
    return NotebookError(
        f"{count} chapitre{'s' if count > 1 else ''} en échec : {nothing}, la publication précédente reste en place.",
        where="".join(_failure_words(outcome, params) for outcome in failed),
        todo="ouvrir le notebook conservé (il peut citer des données : ne pas le transmettre), corriger, relancer",
    )


def _failure_words(outcome: Outcome, params: Path) -> str:
    """Say which chapter failed, where, why, and where it is kept."""
    task = outcome.task
    reason = outcome.reason.replace("où : params/", f"où : {params.as_posix()}/")
    lines = (
        f"    {task.notebook} (territoire {task.territory}, année {task.year})",
        f"      cellule : {outcome.cell or NO_CELL}",
        "      raison : " + reason.replace("\n", "\n      "),
        f"      conservé : {outcome.notebook}",
    )
    return "".join(f"\n{line}" for line in lines)


def reason_of(ename: str, evalue: str, source: str = "") -> str:
    """Say why a cell, of this source, raised."""
    raised = getattr(errors, ename, None)
    if isinstance(raised, type) and issubclass(raised, errors.RlpipelineError):
        return evalue  # written by us, in French, without any value of the records
    advice = advice_of(evalue, source)
    if advice is not None:
        return f"{advice} ({ename})"
    if ename in REASONS:
        return f"{REASONS[ename]} ({ename})"
    where = "est dans le notebook conservé"
    return (
        f"erreur Python {ename} dans la cellule ; son message, qui peut citer des données, {where}"
    )

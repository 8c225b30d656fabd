"""Failures told in French: what happened and what to do, never a value of the records."""

from __future__ import annotations

import errno

from rlpipeline import errors
from rlpipeline.execution.engine import DiedError, LateError, Problem

# Their messages are written by us, in French, and carry no value of the records.
OUR_ERRORS = frozenset(
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.RlpipelineError)
)
DISK_REFUSALS = {
    errno.ENOSPC: "le disque est plein",
    getattr(errno, "EDQUOT", -1): "le quota de place sur le disque est atteint",
    errno.EROFS: "ce dossier est en lecture seule",
    errno.EEXIST: "un fichier occupe la place d'un dossier",
    errno.ENOTDIR: "un fichier occupe la place d'un dossier",
    errno.EACCES: "les droits sur ce dossier ou sur un de ses fichiers sont insuffisants",
    errno.EPERM: "les droits sur ce dossier ou sur un de ses fichiers sont insuffisants",
    errno.EIO: "le disque ne répond pas correctement",
}
REASONS_OF = {
    "SystemExit": "la cellule a arrêté le notebook (sys.exit) ; enlever cet arrêt",
    "KeyboardInterrupt": "l'exécution a été interrompue ; relancer",
    "MemoryError": "la mémoire a manqué ; fermer d'autres programmes ou réduire --jobs",
    "ModuleNotFoundError": "une bibliothèque Python manque ; l'installer dans l'environnement du projet",
    "ImportError": "une bibliothèque Python ne se charge pas ; réinstaller l'environnement du projet",
    "SyntaxError": "la cellule n'est pas du Python correct ; l'ouvrir dans JupyterLab pour la corriger",
    "NameError": "la cellule utilise un nom qui n'existe pas ; vérifier l'ordre et l'orthographe",
}


def of_problem(problem: Problem) -> str:
    """Why a notebook whose run ended did not succeed."""
    if problem.kind == "error":
        return _of_error(problem.ename, problem.evalue)
    if problem.kind == "thread":
        kind = f" ({problem.ename})" if problem.ename else ""
        return f"un fil d'exécution (thread) a échoué pendant cette cellule{kind} ; corriger ou enlever ce fil"
    if problem.kind == "task":
        return (
            f"une tâche asyncio lancée par cette cellule a échoué ({problem.ename}) ; l'attendre avec await, "
            "la corriger ou l'enlever"
        )
    return "la cellule n'a pas été exécutée ; vérifier ses étiquettes et la cellule qui la précède"


def of_exception(error: BaseException, cell_id: str | None) -> str:
    """Why a run did not end: its process died, was too slow, or never started."""
    if cell_id is None:
        return "le noyau n'a pas démarré ; voir le journal conservé à côté du notebook, puis relancer"
    if isinstance(error, LateError):
        return "la cellule dépasse la durée permise ; chercher une boucle sans fin, ou allonger la limite"
    if isinstance(error, DiedError):
        return (
            "le noyau s'est arrêté deux fois de suite (mémoire épuisée, os._exit ou arrêt forcé) ; réduire --jobs, "
            "puis relancer"
        )
    return (
        f"erreur inattendue de l'exécution ({type(error).__name__}) ; relancer ; si elle persiste, la signaler avec le "
        "journal conservé à côté du notebook"
    )


def of_disk(error: OSError) -> str:
    """Why the system refused a file, without its path."""
    reason = DISK_REFUSALS.get(error.errno or 0)
    return reason or error.strerror or type(error).__name__


def _of_error(ename: str, evalue: str) -> str:
    if ename in OUR_ERRORS:
        return evalue
    reason = REASONS_OF.get(ename)
    if reason:
        return f"{reason} ({ename})"
    return (
        f"erreur Python {ename} dans la cellule ; son message, qui peut citer des données, est dans le notebook "
        "conservé"
    )

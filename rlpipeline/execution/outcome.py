"""What becomes of tasks: told in French as they end, never with a value of the records, and in ``manifest.json``."""

from __future__ import annotations

import json
import platform
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from rlpipeline import errors
from rlpipeline.errors import NotebookError
from rlpipeline.execution.install import MANIFEST
from rlpipeline.execution.long_cells import ERASE_LINE, LongCellTeller
from rlpipeline.execution.memory import digest_of, hashes, sha256
from rlpipeline.execution.plan import CountingTask, Task, Workspace
from rlpipeline.python_errors import advice_of

PACKAGES = (
    "rlpipeline", "ipython", "jinja2", "markdown-it-py", "matplotlib", "nbconvert", "nbformat", "nh3",
    "numpy", "openpyxl", "pandas", "papermill", "pyarrow", "seaborn", "weasyprint",
)  # fmt: skip
FIGURES = "chiffres"
"""What the figures counted of the year are called beside the tables of the records."""
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


class Progress:
    """How chapters come along, as suits the stream.

    ``names``: territory to the name that is shown; ``long_cells``: tells which cells take long.
    """

    def __init__(
        self,
        stream: TextIO,
        names: Mapping[str, str],
        long_cells: LongCellTeller | None = None,
    ) -> None:
        self.long_cells = long_cells or LongCellTeller(stream, names)
        self._stream, self._names, self._live = stream, names, stream.isatty()
        self._total = self._done = self._failed = 0
        self._last = "exécution des chapitres…"

    def resumes(self, count: int) -> None:
        """Say how many chapters stand as a former build executed them."""
        plural = "s" if count > 1 else ""
        self._write(f"Reprise : {count} chapitre{plural} déjà exécuté{plural} la fois précédente\n")

    def begins(self, total: int, jobs: int) -> None:
        """Say how many chapters are about to run, so many at a time."""
        self._total, self._jobs, self._begun = total, jobs, time.monotonic()
        if not self._live:
            self._write(f"{total} chapitre{'s' if total > 1 else ''} à exécuter\n")
        self.ticks()

    def ticks(self) -> None:
        """Say that time goes by, on a terminal: first what counts, since a narrow one cuts the end."""
        if self._live:
            text = f"{self._counter} {' · '.join([*self._state(), self._last])}"
            width = shutil.get_terminal_size().columns - 1
            self._write(ERASE_LINE + (text if len(text) <= width else text[: width - 1] + "…"))

    def ends(self) -> None:
        """Say that nothing more will come."""
        if self._live:
            self._write(ERASE_LINE)

    def finished(self, outcome: Outcome) -> None:
        """Say how one chapter ended, and what is left; failures stay above the living line."""
        self._done += 1
        self._failed += bool(outcome.reason)
        task, seconds = outcome.task, f"{outcome.seconds:.1f}".replace(".", ",")
        state = f"{'ÉCHEC' if outcome.reason else 'terminé'} ({seconds} s)"
        name = self._names.get(task.territory, task.territory)
        self._last = f"{task.year} · {name} · {task.chapter} : {state}"
        emit = getattr(self._stream, "emit", None)
        if emit:  # what is told goes to a program
            emit("tache", self._last, **self._event(outcome))
        elif not self._live:
            self._write(" · ".join([f"{self._counter} {self._last}", *self._state()]) + "\n")
        elif outcome.reason:
            self._write(f"{ERASE_LINE}{self._counter} {self._last}\n")
        self.ticks()

    def _event(self, outcome: Outcome) -> dict[str, object]:
        """What a program is told of the end of a chapter, beside the sentence."""
        task = outcome.task
        event: dict[str, object] = {
            "annee": task.year,
            "edition": task.edition,
            "territoire": task.territory,
            "chapitre": task.chapter,
            "etat": outcome.state,
            "secondes": round(outcome.seconds, 3),
            "faites": self._done,
            "total": self._total,
        }
        if outcome.reason:
            event |= {"cellule": outcome.cell_id, "raison": outcome.reason}
        return event

    @property
    def _counter(self) -> str:
        return f"[{self._done:{len(str(self._total))}}/{self._total}]"

    def _state(self) -> list[str]:
        left = self._total - self._done
        parts = [f"{min(self._jobs, left)} en cours"] if left else []
        if self._failed:
            parts.append(f"{self._failed} en échec")
        if left and self._done:
            seconds = (time.monotonic() - self._begun) / self._done * left
            parts.append(f"reste environ {_duration(seconds)}")
        return parts

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _duration(seconds: float) -> str:
    """Say how long something will take: « 12 s », « 3 min », « 1 h 05 »."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d}"


def failures(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes that block publication."""
    return tuple(outcome for outcome in outcomes if outcome.reason)


def keep_failures(
    outcomes: Sequence[Outcome], workspace: Workspace, directory: Path
) -> tuple[Outcome, ...]:
    """Copy the notebooks that failed, and their logs, where the analyst alone reads them, in place of earlier ones.

    Gives the same outcomes, whose failures name the kept notebook.
    """
    shutil.rmtree(directory, ignore_errors=True)
    if failures(outcomes):
        workspace.failures.chmod(0o700)  # tracebacks can quote records
        shutil.copytree(workspace.failures, directory, dirs_exist_ok=True)
    return tuple(
        replace(outcome, notebook=directory / outcome.notebook.relative_to(workspace.failures))
        if outcome.reason
        else outcome
        for outcome in outcomes
    )


def failure_report(outcomes: Iterable[Outcome], params: Path) -> NotebookError:
    """One error that tells every chapter that failed; ``params`` are the settings as they were named."""
    failed = failures(outcomes)
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


def write_manifest(
    directory: Path,
    workspace: Workspace,
    outcomes: Sequence[Outcome],
    parameters: Mapping[str, Any],
) -> None:
    """Write the manifest of what lies in a folder beside it.

    Only ``durees`` may differ between two runs of the same inputs and versions. In the edition to share, no digest of
    the settings: it would confirm a guess of what a text not shared says. ``parameters``: what was asked for, without
    any path of the machine nor the source's address.
    """
    versions = {name: version(name) for name in PACKAGES}
    files = hashes(directory).items()
    manifest = {
        "parametres": dict(parameters),
        "versions": {"python": platform.python_version(), **versions},
        "entrees": _inputs(workspace, outcomes, int(parameters["annee"])),
        "taches": [_ended(outcome) for outcome in outcomes],
        "fichiers": {name: digest for name, digest in files if Path(name).name != MANIFEST},
        "durees": {_place(outcome): round(outcome.seconds, 3) for outcome in outcomes},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _inputs(workspace: Workspace, outcomes: Sequence[Outcome], year: int) -> dict[str, Any]:
    """Digests of what an edition of a year was made from, as its manifest has them."""
    notebooks = {outcome.task.notebook.name: outcome.task.notebook for outcome in outcomes}
    records, settings = hashes(workspace.figures), dict[str, str]()
    if workspace.edition != "diffusion":
        records = origins(workspace.records, workspace.figures / str(year))
        settings = hashes(workspace.params)
    digests = {name: sha256(path) for name, path in sorted(notebooks.items())}
    return {"donnees": records, "parametres": settings, "notebooks": digests}


def _ended(outcome: Outcome) -> dict[str, Any]:
    """How a task ended, as the manifest has it."""
    task = outcome.task
    return {
        "chapitre": task.chapter,
        "territoire": task.territory,
        "annee": task.year,
        "etat": outcome.state,
    }


def _place(outcome: Outcome) -> str:
    """Name a task by its territory and chapter."""
    return f"{outcome.task.territory}/{outcome.task.chapter}"


def origins(records: Path, counted: Path) -> dict[str, str]:
    """SHA-256 of each table of the records, and of the figures counted from them: what counts may be changed too.

    ``counted``: folder of the year in the store of exact figures.
    """
    tables = {name.removesuffix(".parquet"): digest for name, digest in hashes(records).items()}
    figures = hashes(counted)
    return {**tables, FIGURES: digest_of(figures)} if figures else tables

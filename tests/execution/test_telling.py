"""Progress, errors and reasons as the user reads them."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from rlpipeline.execution import reasons
from rlpipeline.execution.clock import Stopwatch
from rlpipeline.execution.guard import Problem
from rlpipeline.execution.outcome import Failure, Outcome, failure_report, failures
from rlpipeline.execution.progress import ERASE_LINE, Lines, LiveLine, progress_on
from tests.execution.made_up import task

WELL = Outcome(task(Path("nb/01_edito.ipynb")), "ok", Path("a.ipynb"), None, 2.14)
FAILED = Outcome(
    task(Path("nb/05_activite.ipynb"), "62215"),
    "echec",
    Path("k"),
    Failure("durees", "le noyau\n  où : params/2023/textes/a.md", Path("k")),
    1.0,
)


class Watch(Stopwatch):
    """A hundred seconds went by."""

    @property
    def seconds(self) -> float:
        return 100.0


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_lines() -> None:
    stream = StringIO()
    progress = Lines(stream, {"62215": "Carvin"}, Watch)
    progress.resumes(2)
    progress.begins(3, 2)
    progress.ticks()
    progress.finished(WELL)
    progress.finished(FAILED)
    progress.finished(WELL)
    progress.ends()
    assert stream.getvalue().splitlines() == [
        "Reprise : 2 chapitres déjà exécutés la fois précédente",
        "3 chapitres à exécuter",
        "[1/3] 2023 · Service · 01_edito : terminé (2,1 s) · 2 en cours · reste environ 3 min",
        "[2/3] 2023 · Carvin · 05_activite : ÉCHEC (1,0 s) · 1 en cours · 1 en échec · reste environ 50 s",
        "[3/3] 2023 · Service · 01_edito : terminé (2,1 s) · 1 en échec",
    ]


def test_a_terminal_gets_one_line_that_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    progress = LiveLine(stream, {"62215": "Carvin"}, Watch)
    progress.begins(2, 4)
    progress.finished(FAILED)
    progress.ticks()
    progress.finished(WELL)
    progress.ends()
    shown = stream.getvalue().split(ERASE_LINE)
    assert shown[1] == "[0/2] 2 en cours · exécution des chapitres…"
    assert shown[2] == "[1/2] 2023 · Carvin · 05_activite : ÉCHEC (1,0 s)\n"
    assert shown[3] == "[1/2] 1 en cours · 1 en échec · reste environ 2 min · 2023…"
    assert shown[4] == shown[3]
    assert shown[5].startswith("[2/2] 1 en échec · 2023 · Service · 01_edito : terminé")
    assert all(len(line.rstrip("\n")) <= 59 for line in shown)
    assert shown[-1] == ""


def test_the_stream_decides() -> None:
    assert isinstance(progress_on(Terminal(), {}), LiveLine)
    assert not isinstance(progress_on(StringIO(), {}), LiveLine)
    assert isinstance(progress_on(StringIO(), {}), Lines)


def test_the_error_names_every_failure() -> None:
    unstarted = Outcome(task(Path("nb/07_x.ipynb")), "echec", Path("q"), Failure(None, "autre", Path("q")), 1.0)
    error = failure_report([WELL, FAILED, unstarted], Path("reglages"))
    assert error.exit_code == 1
    assert str(error).startswith("2 chapitres en échec : rien n'est publié de 2023 (interne), ")
    for words in (
        "05_activite.ipynb (territoire 62215, année 2023)",
        "cellule : durees",
        "raison : le noyau",
        "où : reglages/2023/textes/a.md",
        "conservé : k",
        "cellule : aucune, le notebook n'a pas commencé",
    ):
        assert words in str(error)
    assert "01_edito" not in str(error)
    assert failures([WELL, FAILED]) == (FAILED,)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Problem("error", "c", "MemoryError", "x"), "la mémoire a manqué"),
        (Problem("error", "c", "DataError", "La table jeunes manque."), "La table jeunes manque."),
        (Problem("error", "c", "TypeError", "Dupont"), "erreur Python TypeError dans la cellule"),
        (Problem("thread", "c"), "fil d'exécution"),
        (Problem("task", "c", "ValueError"), "une tâche asyncio lancée par cette cellule a échoué (ValueError)"),
        (Problem("not_run", "c"), "n'a pas été exécutée"),
        (Problem("no_sentinel", "c"), "n'a pas été atteinte"),
    ],
)
def test_reasons_of_problems(problem: Problem, words: str) -> None:
    assert words in reasons.of_problem(problem)
    assert "Dupont" not in reasons.of_problem(problem)


@pytest.mark.parametrize(
    ("error", "cell_id", "words"),
    [
        (DeadKernelError("Kernel died"), "c", "le noyau s'est arrêté"),
        (CellTimeoutError("Dupont"), "c", "dépasse la durée permise"),
        (RuntimeError("Kernel died before replying"), None, "le noyau n'a pas démarré"),
        (OSError("Dupont"), "c", "erreur inattendue de l'exécution (OSError)"),
    ],
)
def test_reasons_of_exceptions(error: Exception, cell_id: str | None, words: str) -> None:
    assert words in reasons.of_exception(error, cell_id)
    assert "Dupont" not in reasons.of_exception(error, cell_id)

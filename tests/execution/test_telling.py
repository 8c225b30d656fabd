"""Progress, errors and reasons as the user reads them."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.progress import ERASE_LINE, Progress
from tests.execution.made_up import task

WELL = Outcome(task(Path("nb/01_edito.ipynb")), Path("a.ipynb"), 2.14)
FAILED = Outcome(
    task(Path("nb/05_activite.ipynb"), "62215"),
    Path("k"),
    1.0,
    "le noyau",
)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_lines() -> None:
    stream = StringIO()
    progress = Progress(stream, {"62215": "Carvin", "service": "Service"})
    progress.resumes(2)
    progress.begins(3, 2)
    progress._begun -= 100
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
    progress = Progress(stream, {"62215": "Carvin", "service": "Service"})
    progress.begins(2, 4)
    progress._begun -= 100
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

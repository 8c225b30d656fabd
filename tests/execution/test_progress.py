"""Cells that take long are told to who waits, and named when somebody stops the build."""

from __future__ import annotations

import json
import threading
import time
from io import StringIO
from pathlib import Path

import pytest

from rlpipeline.execution import progress, runner
from rlpipeline.execution.plan import Workspace
from rlpipeline.execution.progress import LongCellNote, LongCellTeller, Progress, note_path
from tests.execution.made_up import task, write_chapter
from tests.waiting import eventually

WORDS = "cellule de code n° 2 (« while True: pass »)"


def noted(logs: Path, seconds: float) -> None:
    path = note_path(logs, "62215", "20_essai")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cell": WORDS, "begun": time.time() - seconds}), encoding="utf-8")


def test_a_cell_is_told_once_it_takes_long_then_each_time_twice_as_long(tmp_path: Path) -> None:
    stream, notices = StringIO(), list[str]()
    teller = LongCellTeller(stream, {"62215": "Carvin"}, notices.append)
    noted(tmp_path, 29)
    teller.look(tmp_path)
    assert not stream.getvalue()
    noted(tmp_path, 31)
    teller.look(tmp_path)
    teller.look(tmp_path)
    assert notices == [f"Carvin · 20_essai · {WORDS} tourne depuis 31 s"]
    assert stream.getvalue() == f"{notices[0]}\n"


def test_one_that_ended_is_told_no_more(tmp_path: Path) -> None:
    note = LongCellNote(note_path(tmp_path, "service", "20_essai"))
    note.path.parent.mkdir()
    note.follow(WORDS, 3.0)
    assert not note.path.exists()
    note.follow(WORDS, 31.0)
    assert [cell.cell for cell in progress.long_cells(tmp_path)] == [WORDS]
    note.follow("cellule de code n° 3", 0.0)
    assert not [*progress.long_cells(tmp_path)]


def test_an_endless_cell_is_named_while_it_runs_and_when_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "NOTED_SECONDS", 0.2)
    monkeypatch.setattr(progress, "TOLD_SECONDS", 0.5)
    stream = StringIO()
    workspace = Workspace(tmp_path / "travail")
    workspace.root.mkdir()
    chapter = write_chapter(tmp_path / "20_essai.ipynb", ["1", "# attendre\nwhile True: pass"])

    class Interrupting(Progress):
        """Presses Ctrl-C once the cell was told."""

        def ticks(self) -> None:
            if "tourne depuis" in stream.getvalue():
                raise KeyboardInterrupt

    telling = Interrupting(StringIO(), {}, LongCellTeller(stream, {"service": "Service"}))
    with pytest.raises(KeyboardInterrupt):
        runner.run_tasks([task(chapter)], workspace, 1, telling)
    shown = "while True: pass »)"
    told, interrupted = stream.getvalue().splitlines()
    assert told.startswith("Service · 20_essai · cellule de code n° ") and shown in told
    assert (
        interrupted.startswith("Interrompu pendant : Service · 20_essai") and shown in interrupted
    )
    assert eventually(lambda: not [*workspace.logs.glob("*/*.cellule")])
    assert eventually(
        lambda: "chapter-watch" not in {thread.name for thread in threading.enumerate()}
    )


def test_a_cell_may_run_as_long_as_the_project_says(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "travail", cell_minutes=1 / 60)
    workspace.root.mkdir()
    chapter = write_chapter(tmp_path / "20_essai.ipynb", ["import time\ntime.sleep(30)"])
    [outcome] = runner.run_tasks([task(chapter)], workspace, 1)
    assert "limite_cellule" in outcome.reason and "rlpipeline.yml" in outcome.reason
    assert "import time time.sleep(30)" in outcome.cell
    assert outcome.seconds < 20


def test_a_notebook_of_many_cells_has_a_limit_too(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "travail", cell_minutes=2 / 60)
    workspace.root.mkdir()
    cells = ["import time\ntime.sleep(1.3)"] * 9
    [outcome] = runner.run_tasks(
        [task(write_chapter(tmp_path / "20_essai.ipynb", cells))], workspace, 1
    )
    assert outcome.reason.startswith("le chapitre entier dépasse la durée permise (0.1 min, 3 fois")

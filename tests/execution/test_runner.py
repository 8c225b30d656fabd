"""Chapters run side by side: every way of ending, in one run."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from rlpipeline.errors import UsageError
from rlpipeline.execution import runner
from rlpipeline.execution.notebook_files import NOTE, scrubbed
from rlpipeline.execution.plan import Workspace
from rlpipeline.execution.runner import ChapterRun, StoppedError, run_tasks
from tests.conftest import FORKED
from tests.execution.conftest import Ended
from tests.execution.made_up import CHAPTERS, task, write_chapter

FAILED = {
    "02_erreur": ("c1", "erreur Python KeyError"),
    "03_exit": ("c0", "sys.exit"),
    "04_exit_zero": ("c1", "sys.exit"),
    "05_os_exit": ("c1", "le processus du chapitre s'est arrêté deux fois de suite"),
    "06_fil": ("c0", "un fil d'exécution (thread) ou une tâche asyncio a échoué (ValueError)"),
    "07_fil_tardif": ("c0", "un fil d'exécution (thread)"),
    "08_tue": ("c1", "le processus du chapitre s'est arrêté deux fois de suite"),
    "09_lent": ("c0", "dépasse la durée permise"),
    "10_permis": ("c0", "erreur Python ZeroDivisionError"),
    "11_saute": ("c0", "n'a pas été exécutée"),
    "12_muet": ("c0", "le processus du chapitre s'est arrêté deux fois de suite"),
    "13_notre_erreur": ("c0", "Le texte edito cite un chiffre inconnu."),
    "15_tache": (
        "c2",
        "une tâche asyncio a échoué (ValueError) pendant cette cellule ou avant elle",
    ),
    "16_tache_tardive": (
        "c1",
        "une tâche asyncio a échoué (ValueError) pendant cette cellule ou avant elle",
    ),
    "18_rappel": ("c0", "une tâche asyncio a échoué (ValueError)"),
    "19_fige": ("c1", "dépasse la durée permise"),
}
WELL = {"01_bien", "14_bien_aussi", "17_tache_rattrapee"}


@pytest.mark.parametrize("name", FAILED)
def test_what_does_not_run_to_its_end_fails_and_says_where(ended: Ended, name: str) -> None:
    outcome = ended.outcomes[name]
    cell_id, reason = FAILED[name]
    assert outcome.state == "echec"
    assert outcome.cell_id == cell_id
    assert reason in outcome.reason


def test_the_others_finish(ended: Ended) -> None:
    assert {name for name, outcome in ended.outcomes.items() if outcome.state == "ok"} == WELL
    assert ended.order == tuple(CHAPTERS)


def test_reasons_and_progress_carry_no_value_of_the_records(ended: Ended) -> None:
    told = ended.told + "".join(outcome.reason for outcome in ended.outcomes.values())
    assert "Dupont" not in told


def test_a_failed_notebook_is_kept_with_its_traceback_and_a_notice(ended: Ended) -> None:
    path = ended.outcomes["02_erreur"].notebook
    kept = nbformat.read(path, as_version=4)
    assert kept.cells[0].id == "rlpipeline-echec"
    assert "Ce chapitre a échoué" in kept.cells[0].source
    failed = next(cell for cell in kept.cells if cell.id == "c1")
    assert failed.outputs[0].ename == "KeyError"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_killed_chapter_leaves_what_was_run_before(ended: Ended) -> None:
    cells = {
        cell.id: cell
        for cell in nbformat.read(ended.outcomes["08_tue"].notebook, as_version=4).cells
    }
    assert cells["c0"].outputs[0].data["text/plain"] == "1"


def test_parameters_are_injected_and_the_workspace_is_the_working_directory(ended: Ended) -> None:
    cells = {
        cell.id: cell
        for cell in nbformat.read(ended.outcomes["01_bien"].notebook, as_version=4).cells
    }
    shown = cells["c0"].outputs[0].data["text/plain"]
    assert shown == "(2023, None, 'interne', 'figures', 'params')"
    assert (ended.workspace.root / "lu.txt").is_file()


def test_the_executed_notebook_holds_nothing_of_this_run(ended: Ended) -> None:
    notebook = nbformat.read(ended.outcomes["01_bien"].notebook, as_version=4)
    assert [cell.id for cell in notebook.cells] == [
        "titre",
        "parametres",
        "injected-parameters",
        "c0",
        "c1",
        "c2",
    ]
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2, 3, 4, 5]
    assert notebook.metadata == {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    text = ended.outcomes["01_bien"].notebook.read_text(encoding="utf-8")
    for trace in ("papermill", str(ended.workspace.root), sys.prefix, "0x7"):
        assert trace not in text


def test_the_same_notebook_gives_the_same_bytes_elsewhere(ended: Ended, tmp_path: Path) -> None:
    again = Workspace(tmp_path)
    moved = write_chapter(tmp_path / "ailleurs" / "01_bien.ipynb", CHAPTERS["01_bien"])
    (outcome,) = run_tasks([task(moved)], again)
    assert outcome.notebook.read_bytes() == ended.outcomes["01_bien"].notebook.read_bytes()


def test_no_chapter_starts_when_a_parameter_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a chapter started")

    monkeypatch.setattr(runner.papermill, "execute_notebook", started)
    good = write_chapter(tmp_path / "01_bien.ipynb", ["1"])
    bad = write_chapter(tmp_path / "02_mal.ipynb", ["1"], parameters="annee = 2023")
    with pytest.raises(UsageError, match="year"):
        run_tasks([task(good), task(bad)], Workspace(tmp_path))


def test_a_chapter_that_cannot_start_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise RuntimeError("it died before its first cell")

    monkeypatch.setattr(runner.papermill, "execute_notebook", die)
    (outcome,) = run_tasks(
        [task(write_chapter(tmp_path / "01_bien.ipynb", ["1"]))], Workspace(tmp_path)
    )
    assert outcome.cell_id is None
    assert outcome.reason.startswith("le processus du chapitre n'a pas démarré")
    assert outcome.notebook.is_file()


def test_once_interrupted_no_chapter_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def interrupt(*_: object, run: ChapterRun, **__: object) -> None:
        started.append("x")
        run.stop_flag.begin()

    monkeypatch.setattr(runner.papermill, "execute_notebook", interrupt)
    with pytest.raises(StoppedError):
        run_tasks([task(write_chapter(tmp_path / "01_a.ipynb", ["1"]))], Workspace(tmp_path))
    assert started == ["x"]


@FORKED
@pytest.mark.usefixtures("light_server")
def test_the_death_of_the_server_that_forks_chapters_costs_one_more_run(tmp_path: Path) -> None:
    kill = "import os, signal, time\nfrom pathlib import Path\nif not Path('vu').exists():\n    Path('vu').touch()\n"
    kill += "    os.kill(os.getppid(), signal.SIGKILL)\n    time.sleep(30)"
    tasks = [task(write_chapter(tmp_path / f"0{n}_a.ipynb", ["1", kill, "3"])) for n in (1, 2)]
    for outcome in run_tasks(tasks, Workspace(tmp_path), 2):
        assert outcome.state == "ok"
        cells = nbformat.read(outcome.notebook, as_version=4).cells
        assert [cell.execution_count for cell in cells if cell.cell_type == "code"] == [
            1,
            2,
            3,
            4,
            5,
        ]


def test_a_note_stays_in_the_notebook_that_was_opened(tmp_path: Path) -> None:
    cells = [v4.new_markdown_cell("Dit"), v4.new_markdown_cell("Tu", metadata={"tags": [NOTE]})]
    executed = scrubbed(v4.new_notebook(cells=cells), tmp_path)
    assert [cell.source for cell in executed.cells] == ["Dit"]

"""Chapters run side by side: every way of ending, in one run.

Slow: the parent of the kernels dies, which costs another with its libraries.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rlpipeline import reads
from rlpipeline.errors import UsageError
from rlpipeline.execution import engine, runner
from rlpipeline.execution.cache import Cache
from rlpipeline.execution.chapters import Former
from rlpipeline.execution.code import code_now
from rlpipeline.execution.engine import Limits, StoppedError
from rlpipeline.execution.kernels.parent import KERNEL
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.runner import Running, run_task, run_tasks
from rlpipeline.execution.workspace import Workspace
from tests.execution.conftest import Ended
from tests.execution.made_up import CHAPTERS, task, write_chapter

FAILED = {
    "02_erreur": ("c1", "erreur Python KeyError"),
    "03_exit": ("c0", "sys.exit"),
    "04_exit_zero": ("c1", "sys.exit"),
    "05_os_exit": ("c1", "le noyau s'est arrêté deux fois de suite"),
    "06_fil": ("c0", "fil d'exécution (thread) a échoué pendant cette cellule (ValueError)"),
    "07_fil_tardif": ("c0", "fil d'exécution (thread)"),
    "08_tue": ("c1", "le noyau s'est arrêté deux fois de suite"),
    "09_lent": ("c0", "dépasse la durée permise"),
    "10_permis": ("c0", "erreur Python ZeroDivisionError"),
    "11_saute": ("c0", "n'a pas été exécutée"),
    "12_sans_mot": ("c0", "la fin du notebook n'a pas été atteinte"),
    "13_notre_erreur": ("c0", "Le texte edito cite un chiffre inconnu."),
    "15_tache": ("c1", "une tâche asyncio lancée par cette cellule a échoué (ValueError)"),
    "16_tache_tardive": ("c0", "une tâche asyncio lancée par cette cellule a échoué (ValueError)"),
    "18_rappel": ("c0", "une tâche asyncio lancée par cette cellule a échoué (ValueError)"),
    "19_fige": ("c1", "dépasse la durée permise"),
}
WELL = {"01_bien", "14_bien_aussi", "17_tache_rattrapee"}


@pytest.mark.parametrize("name", FAILED)
def test_what_does_not_run_to_its_end_fails_and_says_where(ended: Ended, name: str) -> None:
    outcome = ended.outcomes[name]
    cell_id, reason = FAILED[name]
    assert outcome.state == "echec"
    assert outcome.error is not None
    assert outcome.error.cell_id == cell_id
    assert reason in outcome.error.reason


def test_the_others_finish(ended: Ended) -> None:
    assert {name for name, outcome in ended.outcomes.items() if outcome.state == "ok"} == WELL
    assert ended.order == tuple(CHAPTERS)


def test_reasons_and_progress_carry_no_value_of_the_records(ended: Ended) -> None:
    told = ended.told + "".join(outcome.error.reason for outcome in ended.outcomes.values() if outcome.error)
    assert "Dupont" not in told


def test_a_failed_notebook_is_kept_with_its_traceback_and_a_notice(ended: Ended) -> None:
    error = ended.outcomes["02_erreur"].error
    assert error is not None
    kept = nbformat.read(error.notebook_copy, as_version=4)
    assert kept.cells[0].id == "rlpipeline-echec"
    assert "Ce chapitre a échoué" in kept.cells[0].source
    failed = next(cell for cell in kept.cells if cell.id == "c1")
    assert failed.outputs[0].ename == "KeyError"
    assert error.notebook_copy.stat().st_mode & 0o777 == 0o600


def test_a_killed_kernel_leaves_what_was_run_before(ended: Ended) -> None:
    error = ended.outcomes["08_tue"].error
    assert error is not None
    cells = {cell.id: cell for cell in nbformat.read(error.notebook_copy, as_version=4).cells}
    assert cells["c0"].outputs[0].data["text/plain"] == "1"


def test_parameters_are_injected_and_the_workspace_is_the_working_directory(ended: Ended) -> None:
    cells = {cell.id: cell for cell in nbformat.read(ended.outcomes["01_bien"].notebook, as_version=4).cells}
    shown = cells["c0"].outputs[0].data["text/plain"]
    assert shown == "(2023, None, 'interne', 'figures', 'params')"
    assert (ended.workspace.root / "lu.txt").is_file()


def test_the_executed_notebook_holds_nothing_of_this_run(ended: Ended) -> None:
    notebook = nbformat.read(ended.outcomes["01_bien"].notebook, as_version=4)
    assert [cell.id for cell in notebook.cells] == ["titre", "parametres", "injected-parameters", "c0", "c1", "c2"]
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2, 3, 4, 5]
    assert notebook.metadata == {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    text = ended.outcomes["01_bien"].notebook.read_text(encoding="utf-8")
    for trace in ("papermill", "rlpipeline-garde", str(ended.workspace.root), sys.prefix, "0x7"):
        assert trace not in text


def test_the_same_notebook_gives_the_same_bytes_elsewhere(ended: Ended, tmp_path: Path) -> None:
    again = Workspace(tmp_path)
    moved = write_chapter(tmp_path / "ailleurs" / "01_bien.ipynb", CHAPTERS["01_bien"])
    (outcome,) = run_tasks([task(moved)], again)
    assert outcome.notebook.read_bytes() == ended.outcomes["01_bien"].notebook.read_bytes()


def test_the_kernels_tell_what_they_read(ended: Ended) -> None:
    written = ended.outcomes["01_bien"].trace
    assert written is not None
    assert set(written.reads) == {(reads.EVERYTHING,)}  # it opens a file, to write in it
    assert all(outcome.trace is None for outcome in ended.outcomes.values() if outcome.state != "ok")
    assert "lectures" not in ended.outcomes["01_bien"].notebook.read_text(encoding="utf-8")


def test_progress_tells_every_chapter(ended: Ended) -> None:
    lines = ended.told.splitlines()
    assert lines[0] == "19 chapitres à exécuter"
    assert len(lines) == 20
    assert lines[-1].startswith("[19/19] 2023 · Service · ")
    assert any("02_erreur : ÉCHEC (" in line for line in lines)
    assert any("14_bien_aussi : terminé (" in line for line in lines)


def test_no_kernel_starts_when_a_parameter_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a kernel started")

    monkeypatch.setattr(runner.papermill, "execute_notebook", started)
    good = write_chapter(tmp_path / "01_bien.ipynb", ["1"])
    bad = write_chapter(tmp_path / "02_mal.ipynb", ["1"], parameters="annee = 2023")
    with pytest.raises(UsageError, match="year"):
        run_tasks([task(good), task(bad)], Workspace(tmp_path))


def test_a_kernel_that_cannot_start_is_tried_three_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def die(notebook: object, output: object, **options: object) -> None:
        tries.append("x")
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(runner.papermill, "execute_notebook", die)
    (outcome,) = run_tasks([task(write_chapter(tmp_path / "01_bien.ipynb", ["1"]))], Workspace(tmp_path))
    assert len(tries) == 3
    assert outcome.error is not None
    assert outcome.error.cell_id is None
    assert outcome.error.reason.startswith("le noyau n'a pas démarré")
    assert outcome.error.notebook_copy.is_file()


def test_a_missing_kernel_is_told_at_once(tmp_path: Path) -> None:
    path = write_chapter(tmp_path / "01_bien.ipynb", ["1"])
    (outcome,) = run_tasks([task(path)], Workspace(tmp_path), running=Running(kernel="python3-inconnu"))
    assert outcome.error is not None
    assert "n'est pas installé" in outcome.error.reason


def test_the_executor_can_be_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def executor(workers: int) -> ThreadPoolExecutor:
        asked.append(workers)
        return ThreadPoolExecutor(workers)

    monkeypatch.setattr(runner, "run_task", lambda chapter, *_: Outcome(chapter, "ok", chapter.notebook, None, 1.0))
    tasks = [task(write_chapter(tmp_path / f"0{n}_a.ipynb", ["1"])) for n in (1, 2, 3)]
    ended = run_tasks(tasks, Workspace(tmp_path), 8, running=Running(executor=executor))
    assert [outcome.task.chapter for outcome in ended] == ["01_a", "02_a", "03_a"]
    assert asked == [3]


def test_an_interruption_kills_the_kernels_and_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[Path] = []

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run_task", interrupted)
    monkeypatch.setattr(engine.RUNNING, "kill", killed.append)
    with pytest.raises(KeyboardInterrupt):
        run_tasks([task(write_chapter(tmp_path / "01_a.ipynb", ["1"]))], Workspace(tmp_path))
    assert killed == [tmp_path]


def test_once_interrupted_no_kernel_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def interrupt(*_: object, **__: object) -> None:
        started.append("x")
        engine.RUNNING.kill(tmp_path)
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(runner.papermill, "execute_notebook", interrupt)
    with pytest.raises(StoppedError):
        run_tasks([task(write_chapter(tmp_path / "01_a.ipynb", ["1"]))], Workspace(tmp_path))
    assert started == ["x"]


def test_once_interrupted_a_kernel_being_started_runs_no_cell(tmp_path: Path) -> None:
    run, other = (engine.KernelRun(tmp_path / name, Path(), Limits()) for name in ("un", "deux"))
    engine.RUNNING.kill(run.directory)
    with pytest.raises(StoppedError):
        run.cell_begins(nbformat.v4.new_code_cell("1"), 0)
    other.cell_begins(nbformat.v4.new_code_cell("1", id="c"), 0)
    assert other.cell_id == "c"


def test_a_notebook_whose_kernel_was_killed_once_runs_again_from_its_start(tmp_path: Path) -> None:
    once = "import os\nfrom pathlib import Path\nif not Path('vu').exists():\n    Path('vu').touch()\n    os._exit(1)"
    (outcome,) = run_tasks([task(write_chapter(tmp_path / "01_a.ipynb", ["1", once, "3"]))], Workspace(tmp_path))
    assert outcome.state == "ok"
    cells = nbformat.read(outcome.notebook, as_version=4).cells
    assert [cell.execution_count for cell in cells if cell.cell_type == "code"] == [1, 2, 3, 4, 5]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")
def test_the_death_of_the_parent_of_the_kernels_costs_one_more_run(tmp_path: Path) -> None:
    kill = "import os, signal, time\nfrom pathlib import Path\nif not Path('vu').exists():\n    Path('vu').touch()\n"
    kill += "    os.kill(os.getppid(), signal.SIGKILL)\n    time.sleep(30)"
    tasks = [task(write_chapter(tmp_path / f"0{n}_a.ipynb", ["1", kill, "3"])) for n in (1, 2)]
    assert [outcome.state for outcome in run_tasks(tasks, Workspace(tmp_path), 2)] == ["ok", "ok"]


def test_a_full_disk_is_no_fault_of_the_chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runner.papermill, "execute_notebook", full)
    with pytest.raises(OSError, match="No space left"):
        run_tasks([task(write_chapter(tmp_path / "01_a.ipynb", ["1"]))], Workspace(tmp_path))


def test_what_nobody_expected_leaves_its_traceback_to_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, run: engine.KernelRun, **__: object) -> None:
        run.cell_id = "c0"
        raise RuntimeError("une panne")

    monkeypatch.setattr(runner.papermill, "execute_notebook", broken)
    workspace = Workspace(tmp_path)
    (outcome,) = run_tasks([task(write_chapter(tmp_path / "01_a.ipynb", ["1"]))], workspace)
    assert outcome.error is not None
    assert "journal" in outcome.error.reason
    assert "RuntimeError: une panne" in workspace.log(outcome.task).read_text(encoding="utf-8")


def test_kernels_get_no_password() -> None:
    given = engine.kernel_environment({"PGPASSWORD": "x", "RLPIPELINE_DB_PASSWORD": "y", "PATH": "/bin"})
    assert not {"PGPASSWORD", "RLPIPELINE_DB_PASSWORD"} & set(given)
    assert given["PATH"] == "/bin"
    assert given["PYTHONHASHSEED"] == "0"


def test_the_time_left_to_a_cell_stays_within_the_notebook() -> None:
    class Stopped:
        seconds = 95.0

    run = engine.KernelRun(Path(), Path(), Limits(cell_seconds=10, notebook_seconds=100), watch=Stopped())  # type: ignore[arg-type]
    assert run.seconds_left(nbformat.v4.new_code_cell("1")) == 5.0


def test_of_a_former_chapter_the_cells_asked_for_run_in_a_report_opened_anew(tmp_path: Path) -> None:
    opening = (
        "import time, types\nreport = types.SimpleNamespace(table=lambda: time.time_ns(), text=lambda: time.time_ns())"
    )
    chapter = task(write_chapter(tmp_path / "01_edito.ipynb", [opening, "report.table()", "report.text()"]))
    workspace = Workspace(tmp_path)
    whole = run_task(chapter, workspace, Limits(), KERNEL)
    assert whole.trace is not None
    cache = Cache(tmp_path / "memoire", code_now())
    cache.put("chapitre", {}, whole.notebook.read_bytes())
    former = Former(cache, "chapitre", frozenset({"c2"}), whole.trace)
    (before, after) = (
        _by_cell(whole.notebook),
        _by_cell(run_task(chapter, workspace, Limits(), KERNEL, former).notebook),
    )
    assert before.pop("c2") != (changed := after.pop("c2"))
    assert changed["outputs"][0]["execution_count"] == changed["execution_count"]
    assert after == before


def _by_cell(notebook: Path) -> dict[str, Any]:
    return {cell.id: cell for cell in nbformat.read(notebook, as_version=4).cells}

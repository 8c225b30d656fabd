from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from rlpipeline import processes
from rlpipeline.errors import DataError, ReconciliationError, ToolError
from rlpipeline.processes import AHEAD, FEW, each_territory, uninterrupted
from tests.waiting import alive, eventually

MANY = tuple(range(FEW + 9))


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)


def where(factor: int, number: int) -> tuple[int, int]:
    return factor * number, os.getpid()


def noted(folder: Path, number: int) -> int:
    (folder / str(number)).touch()
    return number


def refusing(numbers: frozenset[int], number: int) -> int:
    if number in numbers:
        raise ReconciliationError(f"Refus {number}.", where="là", got="ceci", todo="cela")
    return number


def killed(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return number


def waiting(folder: str, _number: int) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(600)


def test_results_come_in_the_order_of_the_territories_from_other_processes() -> None:
    found = list(each_territory(partial(where, 10), MANY))
    assert [value for value, _ in found] == [10 * number for number in MANY]
    processes = {process for _, process in found}
    assert os.getpid() not in processes and 1 <= len(processes) <= 2


@pytest.mark.parametrize(("numbers", "jobs"), [(MANY[:FEW], None), (MANY, 1), ((), None)])
def test_few_territories_or_one_job_need_no_process(
    numbers: tuple[int, ...], jobs: int | None
) -> None:
    assert list(each_territory(partial(where, 1), numbers, jobs)) == [
        (number, os.getpid()) for number in numbers
    ]


def test_the_first_error_in_the_order_of_the_territories_comes_back_whole() -> None:
    given = []
    with pytest.raises(ReconciliationError) as caught:
        given += each_territory(partial(refusing, frozenset({2, 5})), MANY)
    error = caught.value
    assert (error.what, error.where, error.expected, error.got, error.todo) == (
        "Refus 2.",
        "là",
        None,
        "ceci",
        "cela",
    )
    assert not isinstance(error, DataError) and error.exit_code == 3


def test_nothing_runs_far_ahead_of_what_is_taken(tmp_path: Path) -> None:
    results = each_territory(partial(noted, tmp_path), tuple(range(100)))
    assert [*tmp_path.iterdir()] == []
    assert next(results) == 0
    results.close()
    assert 1 <= len([*tmp_path.iterdir()]) <= 2 * AHEAD


def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    lines = (
        "import os",
        "os.cpu_count = lambda: 2",
        "from rlpipeline.processes import each_territory",
    )
    script.write_text(
        "\n".join([*lines, "print(list(each_territory(abs, range(-9, 0))))"]), encoding="utf-8"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(processes.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=environment, check=False
    )
    assert (done.stdout, done.stderr) == ("[9, 8, 7, 6, 5, 4, 3, 2, 1]\n", "")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.parametrize("sent", ["SIGKILL", "SIGINT"])
def test_no_process_outlives_a_build_that_is_ended(tmp_path: Path, sent: str) -> None:
    lines = (
        "import os, time",
        "os.cpu_count = lambda: 2",
        "from rlpipeline.processes import each_territory",
    )
    begin = "from functools import partial; from tests.test_processes import waiting"
    ask = f"next(each_territory(partial(waiting, {str(tmp_path)!r}), range(9)))"
    root = str(Path(processes.__file__).parents[1])
    build = subprocess.Popen(
        ["env", "--default-signal=INT", sys.executable, "-c", "\n".join([*lines, begin, ask])],
        env=os.environ | {"PYTHONPATH": root},
        cwd=root,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert eventually(lambda: len([*tmp_path.iterdir()]) == 2)
        build.send_signal(signal.Signals[sent])
        build.wait(60)
    finally:
        build.kill()
        build.wait()
    assert eventually(lambda: not any(alive(int(path.name)) for path in tmp_path.iterdir()))


def test_a_process_that_is_killed_is_told_in_french() -> None:
    with pytest.raises(ToolError, match="arrêté avant la fin"):
        list(each_territory(killed, MANY))


def test_what_asks_to_end_waits_for_what_is_begun() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        done.append("removed")
    assert done == ["removed"]
    with pytest.raises(KeyboardInterrupt):  # as before
        signal.raise_signal(signal.SIGINT)

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from rlpipeline import operating_system, processes
from rlpipeline.errors import DataError, ReconciliationError
from rlpipeline.processes import AHEAD, FEW, EndedError, Server, Workers, uninterrupted
from tests.conftest import FORKED, ROOT
from tests.waiting import alive, eventually

MANY = tuple(range(FEW + 9))
HERE = "tests.test_processes"
BOTH = pytest.mark.parametrize("forked", [pytest.param(True, marks=FORKED), False])


@pytest.fixture(scope="module", params=[pytest.param(True, marks=FORKED), False])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    """Two processes, forked from a server of the test's own, or started anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setattr(operating_system, "FORKS", request.param)
        patch.setattr(processes.os, "cpu_count", lambda: 2)
        patch.setattr(Server, "_running", {})
        with Workers(HERE) as workers:
            yield workers


def where(factor: int, number: int) -> tuple[int, int]:
    return factor * number, os.getpid()


def noted(folder: Path, number: int) -> int:
    (folder / str(number)).touch()
    return number


def refusing(numbers: frozenset[int], number: int) -> int:
    if number in numbers:
        raise ReconciliationError(f"Refus {number}.", where="là", got="ceci", todo="cela")
    return number


def killed(folder: Path, times: int, number: int) -> int:
    """Die so many times, of one number."""
    deaths = len([*folder.iterdir()])
    if number == 3 and deaths < times:
        (folder / str(deaths)).touch()
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return number


def waiting(folder: str, _number: int) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(600)


def printing(number: int) -> int:
    print(number)  # noqa: T201 - on purpose
    return number


def here(_number: int) -> str:
    return os.getcwd()  # noqa: PTH109


def parents(_number: int) -> tuple[int, int]:
    """The process that this one was forked from, and that it was forked from itself."""
    stat = Path(f"/proc/{os.getppid()}/stat").read_text(encoding="utf-8")
    return os.getppid(), int(stat.rpartition(")")[2].split()[1])


def test_results_come_in_the_order_of_the_things_from_other_processes(workers: Workers) -> None:
    found = list(workers.each(partial(where, 10), MANY))
    assert [value for value, _ in found] == [10 * number for number in MANY]
    pids = {process for _, process in found}
    assert os.getpid() not in pids and 1 <= len(pids) <= 2
    assert {process for _, process in workers.each(partial(where, 1), MANY)} <= pids


@pytest.mark.parametrize(("numbers", "jobs"), [(MANY[:FEW], None), (MANY, 1), ((), None)])
def test_few_things_or_one_job_need_no_process(numbers: tuple[int, ...], jobs: int | None) -> None:
    with Workers(HERE, jobs) as workers:
        done = list(workers.each(partial(where, 1), numbers))
    assert done == [(number, os.getpid()) for number in numbers]


def test_the_first_error_in_the_order_of_the_things_comes_back_whole(workers: Workers) -> None:
    with pytest.raises(ReconciliationError) as caught:
        list(workers.each(partial(refusing, frozenset({2, 5})), MANY))
    error = caught.value
    assert (error.what, error.where, error.expected, error.got, error.todo) == (
        "Refus 2.",
        "là",
        None,
        "ceci",
        "cela",
    )
    assert not isinstance(error, DataError) and error.exit_code == 3


def test_nothing_runs_far_ahead_of_what_is_taken(workers: Workers, tmp_path: Path) -> None:
    results = workers.each(partial(noted, tmp_path), tuple(range(100)))
    assert [*tmp_path.iterdir()] == []
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    workers.submit(partial(where, 1), 0).result()
    assert 1 <= len([*tmp_path.iterdir()]) <= 2 * AHEAD


def test_what_is_printed_is_no_answer(workers: Workers) -> None:
    assert workers.submit(printing, 7).result() == 7


def test_they_work_where_their_owner_is(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workers.submit(here, 0).result() == str(Path.cwd())
    monkeypatch.chdir(tmp_path)
    with Workers(HERE) as others:
        assert others.submit(here, 0).result() == str(tmp_path)


def test_a_process_that_is_killed_costs_one_more_run_then_is_told(
    workers: Workers, tmp_path: Path
) -> None:
    assert list(workers.each(partial(killed, tmp_path, 1), MANY)) == [*MANY]
    with pytest.raises(EndedError, match="arrêté avant la fin"):
        list(workers.each(partial(killed, tmp_path, 3), MANY))
    assert list(workers.each(partial(killed, tmp_path, 0), MANY)) == [*MANY]


@FORKED
@pytest.mark.parametrize("workers", [True], indirect=True)
def test_a_second_library_is_loaded_by_a_fork_whose_death_takes_nothing_else(
    workers: Workers,
) -> None:
    first, _ = workers.submit(parents, 0).result()
    with Workers("rlpipeline.french") as others:
        second, origin = others.submit(parents, 0).result()
        assert (second != first, origin) == (True, first)
        assert len([*Path(f"/proc/{second}/task").iterdir()]) == 1
        os.kill(second, signal.SIGKILL)
        assert eventually(lambda: not alive(second))
        third, origin = others.submit(parents, 0).result()
        assert (third != second, origin) == (True, first)
        assert workers.submit(parents, 0).result()[0] == first


@FORKED
@pytest.mark.parametrize("workers", [True], indirect=True)
def test_a_first_server_that_dies_takes_all_along_and_all_begins_anew(workers: Workers) -> None:
    first, _ = workers.submit(parents, 0).result()
    with Workers("rlpipeline.french") as others:
        former = others.submit(parents, 0).result()
        assert former[1] == first
        idle = {pid for _, pid in others.each(partial(where, 1), MANY)}
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: not any(map(alive, (*former, *idle))))
        renewed = others.submit(parents, 0).result()
        assert not {*former} & {*renewed}
        assert workers.submit(where, 2).exception()  # an argument is missing: told, and no death
        assert workers.submit(partial(where, 2), 3).result()[0] == 6


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.parametrize("sent", ["SIGKILL", "SIGINT"])
@BOTH
def test_no_process_outlives_a_build_that_is_ended(tmp_path: Path, sent: str, forked: bool) -> None:
    lines = (
        "import os, time",
        "os.cpu_count = lambda: 2",
        "from functools import partial",
        "from rlpipeline import operating_system, processes",
        "from tests.test_processes import waiting",
        f"operating_system.FORKS = {forked}",
        "with processes.Workers('rlpipeline.french') as workers:",
        f"    next(workers.each(partial(waiting, {str(tmp_path)!r}), range(9)))",
    )
    build = subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
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


def test_what_asks_to_end_waits_for_what_is_begun() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        done.append("removed")
    assert done == ["removed"]
    with pytest.raises(KeyboardInterrupt):  # as before
        signal.raise_signal(signal.SIGINT)

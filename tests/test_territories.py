from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from rlpipeline import territories
from rlpipeline.errors import DataError, ReconciliationError, ToolError
from rlpipeline.territories import AHEAD, FEW, each_territory

MANY = tuple(range(FEW + 9))


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(territories.os, "cpu_count", lambda: 2)


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


def test_results_come_in_the_order_of_the_territories_from_other_processes() -> None:
    found = list(each_territory(partial(where, 10), MANY))
    assert [value for value, _ in found] == [10 * number for number in MANY]
    processes = {process for _, process in found}
    assert os.getpid() not in processes and 1 <= len(processes) <= 2


@pytest.mark.parametrize(("numbers", "jobs"), [(MANY[:FEW], None), (MANY, 1), ((), None)])
def test_few_territories_or_one_job_need_no_process(numbers: tuple[int, ...], jobs: int | None) -> None:
    assert list(each_territory(partial(where, 1), numbers, jobs)) == [(number, os.getpid()) for number in numbers]


def test_the_first_error_in_the_order_of_the_territories_comes_back_whole() -> None:
    given = []
    with pytest.raises(ReconciliationError) as caught:
        given += each_territory(partial(refusing, frozenset({2, 5})), MANY)
    error = caught.value
    assert (error.what, error.where, error.expected, error.got, error.todo) == ("Refus 2.", "là", None, "ceci", "cela")
    assert not isinstance(error, DataError) and error.exit_code == 3


def test_nothing_runs_far_ahead_of_what_is_taken(tmp_path: Path) -> None:
    results = each_territory(partial(noted, tmp_path), tuple(range(100)))
    assert [*tmp_path.iterdir()] == []
    assert next(results) == 0
    results.close()
    assert 1 <= len([*tmp_path.iterdir()]) <= 2 * AHEAD


def test_a_process_that_is_killed_is_told_in_french() -> None:
    with pytest.raises(ToolError, match="arrêté avant la fin"):
        list(each_territory(killed, MANY))

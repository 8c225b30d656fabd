"""Chapters' processes: none lost, none left behind, none that takes another along."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rlpipeline.processes import CHAPTER_PROGRAM, Process, Server, warm_up
from tests.conftest import FORKED
from tests.waiting import alive, eventually

pytestmark = FORKED
SLEEP = "import time; time.sleep(600)"


@contextmanager
def chapter(place: Path, *sources: str) -> Iterator[tuple[Process, Iterator[dict[str, Any]]]]:
    """A chapter under way, and what it tells."""
    cells = [(f"c{rank}", source) for rank, source in enumerate(sources)]
    request = {
        "cells": cells,
        "shows_values": True,
        "directory": str(place),
        "log": str(place / "log"),
    }
    child = Process(CHAPTER_PROGRAM)
    child.send(json.dumps(request).encode() + b"\n")
    try:
        yield child, map(json.loads, child.lines())
    finally:
        child.close()


def values(events: Iterator[dict[str, Any]]) -> Iterator[str]:
    """The values that the cells give, as they are told."""
    return (
        event["output"]["data"]["text/plain"]
        for event in events
        if "data" in event.get("output", {})
    )


def ended(events: Iterator[dict[str, Any]]) -> bool:
    """Whether it ran to its end, once it is dead."""
    return any("end" in event for event in events)


def test_a_chapter_has_the_libraries_loaded_and_its_own_directory(tmp_path: Path) -> None:
    with chapter(tmp_path, "import os, sys; 'pandas' in sys.modules", "os.getcwd()") as (_, events):
        assert list(values(events)) == ["True", repr(str(tmp_path))]


def test_the_server_that_forks_has_one_thread_even_of_its_libraries(tmp_path: Path) -> None:
    with chapter(tmp_path, "1") as (_, events):
        assert ended(events)
    assert len(list(Path(f"/proc/{server_of_chapters()}/task").iterdir())) == 1


def server_of_chapters() -> int:
    """The process that chapters are forked from."""
    process = Server.running(CHAPTER_PROGRAM).process
    assert process is not None
    return process.pid


@pytest.mark.usefixtures("light_server")
def test_a_chapter_runs_whose_server_was_forked_from_another(tmp_path: Path) -> None:
    warm_up("rlpipeline.french")
    with chapter(tmp_path, "__import__('sys').stdin.read()") as (_, events):
        assert list(values(events)) == ["''"]


@pytest.mark.usefixtures("light_server")
def test_passwords_stay_out_of_chapters_and_of_their_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PGPASSWORD", "RLPIPELINE_DB_PASSWORD"):
        monkeypatch.setenv(name, "secret-de-test")
    around = eventually(Path(f"/proc/{server_of_chapters()}/environ").read_bytes)
    assert b"secret-de-test" not in around
    assert b"PYTHONHASHSEED=0" in around


def test_chapters_share_nothing(tmp_path: Path) -> None:
    """Neither what one changes, nor chance, nor a descriptor of another."""
    descriptors = "len(__import__('os').listdir('/proc/self/fd'))"
    probe = "import numpy, pandas; new = not hasattr(pandas, 'probe'); pandas.probe = 1; new"
    sources = (descriptors, probe, "numpy.random.random()")
    with chapter(tmp_path, SLEEP) as (_, waiting):
        next(waiting)
        told = []
        for _ in range(2):
            with chapter(tmp_path, *sources) as (_, events):
                told.append(list(values(events)))
    (first, second) = told
    assert first[:2] == second[:2]
    assert first[1] == "True"
    assert first[2] != second[2]
    with chapter(tmp_path, descriptors) as (_, events):
        assert list(values(events)) == first[:1]


@pytest.mark.parametrize("ending", ["killed", "exits", "ends"])
def test_what_a_chapter_started_ends_with_it(tmp_path: Path, ending: str) -> None:
    last = {"killed": SLEEP, "exits": "import os; os._exit(3)", "ends": "1"}[ending]
    with chapter(tmp_path, "__import__('subprocess').Popen(['sleep', '600']).pid", last) as (
        child,
        events,
    ):
        started = int(next(values(events)))
        if ending == "killed":
            child.kill()
        assert ended(events) == (ending == "ends")
    assert eventually(lambda: not alive(started))


@pytest.mark.usefixtures("light_server")
def test_a_dead_server_takes_its_chapters_and_the_next_start_has_a_new_one(tmp_path: Path) -> None:
    with chapter(tmp_path, "__import__('os').getpid()", SLEEP) as (_, events):
        pid = int(next(values(events)))
        os.kill(server_of_chapters(), signal.SIGKILL)
        assert not ended(events)
        assert eventually(lambda: not alive(pid))
    with chapter(tmp_path, "1") as (_, events):
        assert ended(events)


@pytest.mark.usefixtures("light_server")
def test_no_process_outlives_a_killed_owner(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import json
        from rlpipeline import processes
        from rlpipeline.processes import CHAPTER_PROGRAM, Process, Server
        processes.SERVER = "tests.survival.light_parent"
        cells = [("c0", "__import__('os').getpid()"), ("c1", {SLEEP!r})]
        places = {{"directory": {str(tmp_path)!r}, "log": {str(tmp_path / "log")!r}}}
        request = {{"cells": cells, "shows_values": True, **places}}
        child = Process(CHAPTER_PROGRAM)
        child.send(json.dumps(request).encode() + b"\\n")
        for event in map(json.loads, child.lines()):
            if "output" in event:
                server = Server.running(CHAPTER_PROGRAM).process.pid
                print(event["output"]["data"]["text/plain"], server, flush=True)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        begun = time.monotonic()
        owner.kill()
    assert eventually(lambda: not any(alive(pid) for pid in pids))
    assert time.monotonic() - begun < 10

"""A process with everything loaded that forks a build a request, for the tests to kill.

Each object read starts a build (its folder and its marker, in JSON, one a line); the line written back is its pid. A
number asks for the exit status of the build of that pid.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
from pathlib import Path

from rlpipeline import cli, processes
from rlpipeline.pipeline import build, shared_edition  # noqa: F401 - loaded before the forks

MARKER = "RLPIPELINE_SURVIVAL"


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if isinstance(request, int):
            answer(os.waitstatus_to_exitcode(os.waitpid(request, 0)[1]))
        elif pid := os.fork():
            answer(pid)
        else:
            become_a_build(**request)


def answer(number: int) -> None:
    os.write(1, f"{number}\n".encode())


def become_a_build(place: str, marker: str, editions: list[str]) -> None:
    os.setsid()
    os.environ[MARKER] = marker
    processes.SERVER = "tests.survival.light_parent"
    log = os.open(Path(place, "journal.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    status = 1
    try:
        status = cli.main(arguments(Path(place), *editions))
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        os._exit(status)


def arguments(place: Path, *editions: str) -> list[str]:
    folders = {
        "--source": "source",
        "--params": "params",
        "--out": "outputs",
        "--notebooks": "notebooks",
    }
    return [
        "build",
        *(
            word
            for edition in editions or ("interne",)
            if edition != "both"
            for word in ("--edition", edition)
        ),
        "--jobs",
        "2",
        "--sans-pdf",
        *(word for option, name in folders.items() for word in (option, str(place / name))),
    ]


if __name__ == "__main__":
    main()

"""Waiting for what a busy machine is slow to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
SECONDS = 60


def eventually(call: Callable[[], T], seconds: float = SECONDS) -> T:
    """What a call gives once it gives something, or what it gave last."""
    deadline = time.monotonic() + seconds
    while not (found := call()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def alive(pid: int) -> bool:
    """Whether a process runs: it is neither gone nor ended, only to be waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:  # it ended while its state was read, maybe
        return False

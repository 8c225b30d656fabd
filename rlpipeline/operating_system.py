"""What Linux, macOS and Windows do each in their own way: every such difference of the package is here.

Each function says what it does where the system cannot. ``RLPIPELINE_SANS_FORK=1`` has Linux start its processes as the
others do: whatever runs elsewhere can be tried there (docs/DEVELOPING.md).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

WINDOWS = sys.platform == "win32"
FORKS = sys.platform == "linux" and not os.environ.get("RLPIPELINE_SANS_FORK")
"""Whether a process is forked from a server; elsewhere each is started anew, and loads its libraries."""
REMOVES_OPEN_FILES = not WINDOWS
"""Whether a file that is open can lose its name: it goes with the process that has it."""
PYTHON = "py" if WINDOWS else "python3"
"""How Python is called in a terminal."""
PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of <fcntl.h> and <linux/fs.h>
LOCKED_BYTE = 1 << 20
"""Windows locks bytes, which nobody else can then read: one far beyond the holder's name."""


def lock(descriptor: int) -> None:
    """Lock an open file for this process alone, until it is closed.

    Raises
    ------
    BlockingIOError, PermissionError
        Another process has it.
    OSError
        Its disk knows no locks.
    """
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        os.lseek(descriptor, LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def sync_directory(directory: Path) -> None:
    """Have the names of a folder on the disk; Windows opens no folder, and writes them by itself."""
    if WINDOWS:
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def exchange(first: Path, second: Path) -> bool:
    """Exchange two names at once, so that neither is ever absent; False where it cannot be done: Linux alone can."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    names = AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second)
    return renameat2 is not None and renameat2(*names, RENAME_EXCHANGE) == 0


def kill_group(pid: int) -> None:
    """End a process and the group that it leads; alone while it leads none yet, or where there are none."""
    for send in (getattr(os, "killpg", os.kill), os.kill):
        with contextlib.suppress(OSError):
            send(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def die_with_parent() -> None:
    """Have this process killed once the one that it was forked from is dead, on Linux, where processes are forked."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def signal_main_thread(signum: int) -> None:
    """Send this process a signal from one of its threads, and wake the main one, which on Windows hears it later."""
    if WINDOWS:
        signal.raise_signal(signum)
    else:
        os.kill(os.getpid(), signum)

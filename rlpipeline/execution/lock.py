"""One build of a publication at a time: a lock that the system releases when its process dies, however it dies."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rlpipeline.errors import ToolError
from rlpipeline.execution.clock import now
from rlpipeline.execution.places import lock_path
from rlpipeline.processes import uninterrupted

LOCKED_BYTE = 1 << 20
"""Windows locks bytes, which nobody else can then read: one far beyond the holder's name."""


@contextmanager
def only_build(target: Path) -> Iterator[None]:
    """Be the only build of ``target`` until the block ends.

    Raises ToolError: another process builds it (the message says which), or the folder knows no locks.
    Raises OSError: the folder cannot be written to.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = lock_path(target)
    descriptor = _acquire(path)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, _holder().encode())
        yield
    finally:
        with uninterrupted():
            with suppress(OSError):  # removed while held, so that it is never another's that is removed
                path.unlink()
            os.close(descriptor)


def _acquire(path: Path) -> int:
    where = str(path.parent)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(descriptor)
            # The former holder may have removed it between opening and locking.
            if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except (BlockingIOError, PermissionError) as error:
            holder = os.read(descriptor, 1000).decode(errors="replace")
            os.close(descriptor)
            raise ToolError(
                "Le même rapport est déjà en cours de calcul.",
                where=where,
                got=holder or "un autre processus",
                todo="attendre la fin de ce calcul ou l'arrêter (Ctrl-C), ou choisir un autre dossier avec --out",
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise ToolError(
                "Ce dossier ne permet pas d'empêcher deux calculs à la fois.",
                where=where,
                got=error.strerror,
                todo="choisir avec --out un dossier du disque de cette machine",
            ) from error
        os.close(descriptor)


def _lock(descriptor: int) -> None:
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


def _holder() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        user = "?"
    return f"{user}, machine {socket.gethostname()}, processus {os.getpid()}, depuis le {now():%d/%m/%Y à %H:%M}"

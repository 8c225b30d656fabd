"""A SQLite file opened so that neither it nor its folder changes."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

STEPS = 100_000
"""Steps of SQLite between two looks at the clock."""

_JOURNALS = ("-wal", "-journal")
_WAL_MARK = b"\x02\x02"


@contextmanager
def sqlite_uri(path: Path) -> Iterator[str]:
    """The URI by which to open the file, for as long as the context lasts.

    Notes
    -----
    A journal left beside the file holds changes that reading would write into it: file and journal are then
    copied to a private folder, and the copy is read. Without one, a file in WAL mode is opened as immutable, for
    SQLite would otherwise create two files beside it.
    """
    journals = [journal for journal in _JOURNALS if _holds_something(_beside(path, journal))]
    if not journals:
        with path.open("rb") as stream:
            wal = stream.read(20)[18:20] == _WAL_MARK
        yield f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if wal else ''}"
        return
    with tempfile.TemporaryDirectory(prefix="rlpipeline-") as folder:
        copy = Path(folder) / "copy.sqlite"
        shutil.copyfile(path, copy)
        for journal in journals:
            shutil.copyfile(_beside(path, journal), _beside(copy, journal))
        yield f"file:{quote(str(copy))}"


def _beside(path: Path, journal: str) -> Path:
    return path.with_name(path.name + journal)


def _holds_something(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def sqlite_connection(uri: str) -> sqlite3.Connection:
    """A connection whose texts are always text: a byte that is not UTF-8 becomes U+FFFD."""
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    return connection


def stop_after(connection: sqlite3.Connection, deadline: float | None) -> None:
    """Stop at a moment of the monotonic clock the query that is under way; at none where it is None."""
    connection.set_progress_handler(None if deadline is None else lambda: time.monotonic() > deadline, STEPS)

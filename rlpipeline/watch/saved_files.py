"""Files whose saving changes the report: records, settings, texts, chapters."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from watchfiles import Change, watch

from rlpipeline.execution.unchanged import LEDGER

PASSING = ("~$", ".", "#")
"""How the files begin that spreadsheets and editors keep beside the one that is open."""
UNFINISHED = ("~", ".tmp", ".swp", ".bak", "-wal", "-shm", "-journal")
GROUPED_MS = 1_600
QUIET_MS = 150
"""A save is often several writes: they count once when this much time goes by without another."""


@dataclass(frozen=True)
class WatchedPlaces:
    """Where the service keeps what the report is made of.

    Parameters
    ----------
    source
        Folder, workbook or database file of the records; None for a database server, which tells no save.
    """

    source: Path | None
    params: Path
    notebooks: Path

    @classmethod
    def of(cls, source: str, params: Path, notebooks: Path) -> WatchedPlaces:
        """Take a source as the command line names it."""
        path = source.removeprefix("sqlite:///")
        return cls(None if "://" in path else Path(path).resolve(), params.resolve(), notebooks.resolve())

    def folders(self) -> tuple[Path, ...]:
        """List the folders to watch, each alone: a home folder around a workbook is not gone through."""
        folders = [self.params, *self._inside_params(), self.notebooks]
        if self.source is not None:
            folders.append(self.source if self.source.is_dir() else self.source.parent)
        return tuple(dict.fromkeys(folder for folder in folders if folder.is_dir()))

    def _inside_params(self) -> Iterable[Path]:
        folders = sorted(path for path in self.params.rglob("*") if path.is_dir())
        inside = ((path, path.relative_to(self.params).parts) for path in folders)
        return [path for path, parts in inside if parts[0] != LEDGER and not any(part[0] == "." for part in parts)]

    def counts(self, path: Path) -> bool:
        """Say whether the report may change when this file is saved, or goes."""
        if path.name.startswith(PASSING) or path.name.endswith(UNFINISHED):
            return False
        if self.source is not None and (path == self.source or self._is_record(path)):
            return True
        if path.parent == self.notebooks:
            return path.suffix == ".ipynb"
        return path.is_relative_to(self.params) and path.relative_to(self.params).parts[0] != LEDGER

    def _is_record(self, path: Path) -> bool:
        return self.source is not None and self.source.is_dir() and path.parent == self.source


class Saves:
    """The saves of files that count, one after the other, heard by a thread of its own until the block ends."""

    def __init__(self, places: WatchedPlaces) -> None:
        self._places = places
        self._heard: queue.Queue[frozenset[Path]] = queue.Queue()
        self._folders: tuple[Path, ...] = ()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Saves:
        self._listen()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def next(self) -> Sequence[Path]:
        """Wait for the next save, and give every file saved since the last one told, by name."""
        saved = set(self._heard.get())
        with suppress(queue.Empty):
            while True:
                saved |= self._heard.get_nowait()
        if self._places.folders() != self._folders:  # a folder of texts has just been made
            self._end()
            self._listen()
        return sorted(saved)

    def _listen(self) -> None:
        self._folders, self._stop = self._places.folders(), threading.Event()
        listening = threading.Event()
        arguments = (self._folders, self._stop, listening)
        self._thread = threading.Thread(target=self._hear, args=arguments, name="saves", daemon=True)
        self._thread.start()
        listening.wait()

    def _hear(self, folders: Sequence[Path], stop: threading.Event, listening: threading.Event) -> None:
        try:
            for changes in watch(
                *folders,
                watch_filter=self._filter,
                debounce=GROUPED_MS,
                step=QUIET_MS,
                rust_timeout=QUIET_MS,
                yield_on_timeout=True,
                stop_event=stop,
                recursive=False,
            ):
                listening.set()
                if changes:
                    self._heard.put(frozenset(Path(path) for _, path in changes))
        finally:
            listening.set()

    def _filter(self, change: Change, path: str) -> bool:
        return self._places.counts(Path(path))

    def _end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()


def saved_words(saved: Sequence[Path], places: Mapping[Path, str]) -> str:
    """Name what was saved in one line: the first file as the analyst knows it, and how many others."""
    first = saved[0]
    place_name = next((name for place, name in places.items() if first.is_relative_to(place)), "")
    root = next((place for place in places if first.is_relative_to(place)), first.parent)
    shown = (Path(place_name) / first.relative_to(root)).as_posix()
    others = len(saved) - 1
    return shown if not others else f"{shown} et {others} autre{'s' if others > 1 else ''}"

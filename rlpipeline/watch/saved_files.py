"""Files whose saving changes the report: records, settings, texts, chapters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchfiles import watch

from rlpipeline.execution.places import LEDGER

PASSING = ("~$", ".", "#")
"""How the files begin that spreadsheets and editors keep beside the one that is open."""
UNFINISHED = ("~", ".tmp", ".swp", ".bak", "-wal", "-shm", "-journal")
GROUPED_MS = 1_600
QUIET_MS = 150
"""A save is often several writes: they count once when this much time goes by without another."""


@dataclass(frozen=True)
class WatchedPlaces:
    """Where the service keeps what the report is made of.

    ``source``: folder, workbook or database file of the records; None for a database server, which tells no save.
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
        every = sorted(path for path in self.params.rglob("*") if path.is_dir())
        inside = ((path, path.relative_to(self.params).parts) for path in every)
        shown = [path for path, parts in inside if parts[0] != LEDGER and not any(part[0] == "." for part in parts)]
        folders = [self.params, *shown, self.notebooks]
        if self.source is not None:
            folders.append(self.source if self.source.is_dir() else self.source.parent)
        return tuple(dict.fromkeys(folder for folder in folders if folder.is_dir()))

    def counts(self, path: Path) -> bool:
        """Say whether the report may change when this file is saved, or goes."""
        if path.name.startswith(PASSING) or path.name.endswith(UNFINISHED):
            return False
        if self.source is not None and self.source in (path, path.parent):  # a file in a file is none
            return True
        if path.parent == self.notebooks:
            return path.name != "__pycache__"  # a chapter may read or import what stands beside it
        return path.is_relative_to(self.params) and path.relative_to(self.params).parts[0] != LEDGER


def saves(places: WatchedPlaces) -> Iterator[Sequence[Path]]:
    """Give every file that counts of each save, by name; first nothing, once the folders are watched.

    What is saved while the caller is busy is given next.
    """
    first, saved = True, set[Path]()
    while True:  # again where a folder has just been made: it is watched before what is in it is read
        folders = places.folders()
        for changes in watch(
            *folders,
            watch_filter=lambda _, path: places.counts(Path(path)),
            debounce=GROUPED_MS,
            step=QUIET_MS,
            rust_timeout=QUIET_MS,
            yield_on_timeout=True,
            recursive=False,
        ):
            if first:
                first = False
                yield ()
            saved |= {Path(path) for _, path in changes}
            if changes and places.folders() != folders:
                break
            if saved:
                yield sorted(saved)
                saved = set()


def saved_words(saved: Sequence[Path], places: Mapping[Path, str]) -> str:
    """Name what was saved in one line: the first file as the analyst knows it, and how many others."""
    first, others = saved[0], len(saved) - 1
    named = (Path(name) / first.relative_to(place) for place, name in places.items() if first.is_relative_to(place))
    shown = next(named, Path(first.name)).as_posix()
    return shown if not others else f"{shown} et {others} autre{'s' if others > 1 else ''}"

"""The one memory of builds: what was made is given again where all that it was made from is the same.

An entry has a name, the digest of each thing that it was made from, and its content. The things are listed by who made
it, absences included (in the literature, a *verifying trace*): a later build compares each with what it is now, so
that a record corrected without moving a figure makes nothing again (*early cutoff*). Standard library alone: a build
that has nothing to do must not wait for the libraries that it would do it with.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlpipeline.execution.code import Code

Thing = tuple[str, ...]
"""Something that an entry was made from: its kind, then what tells it from others of its kind."""
Dependencies = Mapping[Thing, str]
"""Digest of each thing that an entry was made from, or a word for its absence."""
PARTIAL = ".partiel"
COUNTS, PROTECTION = "calcul", "protection"
"""Names of the entries of all the figures, exact and protected."""


@dataclass(frozen=True)
class Entry:
    """What was made, and the digest of each thing that it was made from."""

    dependencies: Dependencies
    content: bytes

    def changes(self, digest: Callable[[Thing], str]) -> tuple[Thing, ...]:
        """Name the things whose digest is now another."""
        return tuple(thing for thing, was in self.dependencies.items() if digest(thing) != was)


@dataclass(frozen=True)
class Cache:
    """A private folder of entries, one file each; it goes to other processes.

    Parameters
    ----------
    directory
        Hidden, beside the publication: executed notebooks show exact figures, the owner alone can read them.
    code
        Our code and its libraries, which every entry is made from. Nothing is kept once they were touched.
    """

    directory: Path
    code: Code

    def prepare(self, force: bool = False) -> None:
        """Make the folder, and remove what a killed build left half-written; all but the counts with ``force``."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.directory.chmod(0o700)
        if force:
            self.prune({COUNTS})  # which this build has just counted again
        for path in self.directory.glob(f"*{PARTIAL}"):
            path.unlink(missing_ok=True)

    def entry(self, name: str) -> Entry | None:
        """Give an entry as it was put; None where there is none, or it is damaged or another's."""
        try:
            seal, header, content = (self.directory / name).read_bytes().split(b"\n", 2)
        except (OSError, ValueError):
            return None
        if seal != _seal(name, header, content):
            return None
        return Entry({tuple(thing): digest for thing, digest in json.loads(header)}, content)

    def get(self, name: str, dependencies: Dependencies) -> bytes | None:
        """Give the content of an entry that was made from the same; None where there is none."""
        entry = self.entry(name)
        return entry.content if entry and entry.dependencies == {**dependencies, **self.code.digests} else None

    def put(self, name: str, dependencies: Dependencies, content: bytes) -> None:
        """Write an entry for its owner alone, whole or not at all, on the disk before its name is."""
        if not self.code.still():
            return
        self.directory.mkdir(mode=0o700, exist_ok=True)
        header = json.dumps([*({**dependencies, **self.code.digests}).items()], ensure_ascii=False).encode()
        partial = self.directory / f"{name}-{os.getpid()}{PARTIAL}"  # another build of the year may count meanwhile
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(b"\n".join([_seal(name, header, content), header, content]))
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(self.directory / name)
        except BaseException:  # the disk is full: leave it what room there is
            partial.unlink(missing_ok=True)
            raise

    def forget(self, name: str) -> None:
        """Keep nothing under a name."""
        (self.directory / name).unlink(missing_ok=True)

    def prune(self, names: Collection[str]) -> None:
        """Remove every entry but these."""
        for path in self.directory.iterdir():
            if path.name in names:
                continue
            if path.is_dir():  # of a former version
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)  # another build of the year may count meanwhile


def digest_of(values: Any) -> str:
    """SHA-256 of values that JSON can write, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=list).encode()).hexdigest()


def _seal(name: str, header: bytes, content: bytes) -> bytes:
    """Seal an entry with its name: neither a damaged one nor one put in the place of another stands."""
    return hashlib.sha256(b"\n".join([name.encode(), header, content])).hexdigest().encode()

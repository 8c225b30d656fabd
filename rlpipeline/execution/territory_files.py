"""What a build leaves of each territory to the next, one file each: taken again only if it is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.execution.code import Code
from rlpipeline.execution.resume import make_private, write_whole


@dataclass(frozen=True)
class TerritoryFiles:
    """Files that their owner alone can read: they have exact figures in the edition ``interne``.

    Parameters
    ----------
    suffix
        Of their names, which are the territories'.
    """

    directory: Path
    suffix: str
    code: Code

    def read(self, place: str) -> bytes | None:
        """What was kept of a territory; None where nothing was, or it is damaged."""
        path = self._path(place)
        seal, _, content = path.read_bytes().partition(b"\n") if path.is_file() else (b"", b"", b"")
        return content if seal == _seal(content) else None

    def write(self, place: str, content: bytes) -> None:
        """Keep something of a territory, unless our own code was changed meanwhile."""
        if self.code.still():
            make_private(self.directory)
            write_whole(self._path(place), _seal(content) + b"\n" + content)

    def forget(self, place: str) -> None:
        """Keep nothing of a territory."""
        self._path(place).unlink(missing_ok=True)

    def prune(self, places: Iterable[str]) -> None:
        """Remove the files of every territory but these."""
        used = {self._path(place) for place in places}
        for path in self.directory.glob("*"):
            if path not in used:
                path.unlink()

    def _path(self, place: str) -> Path:
        return self.directory / f"{place}{self.suffix}"


def _seal(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()

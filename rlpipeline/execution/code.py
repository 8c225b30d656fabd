"""What our own code and its libraries are at this moment, told without importing any of them."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
INSTALLED = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info$")
CODE, LIBRARIES = ("code",), ("bibliotheques",)


@dataclass(frozen=True)
class Code:
    """Our package and what is installed, as they were when this was made.

    Parameters
    ----------
    package
        Digest of every file of the package.
    libraries
        Digest of the distributions' versions and of Python's.
    stamps
        Time and size of each file, to see that it was touched.
    """

    package: str
    libraries: str
    stamps: Mapping[str, tuple[int, int]]

    @property
    def digests(self) -> Mapping[tuple[str, ...], str]:
        """Both digests, as things that an entry of the cache is made from."""
        return {CODE: self.package, LIBRARIES: self.libraries}

    @cached_property
    def digest(self) -> str:
        """Digest of everything."""
        return _digest([self.package, self.libraries])

    def still(self) -> bool:
        """Whether no file of the package was touched since."""
        return self.stamps == _stamps()


def code_now() -> Code:
    """Read every file of the package, and the names of what is installed."""
    stamps = _stamps()
    files = [(name, sha256(PACKAGE / name)) for name in stamps]
    return Code(_digest(files), _digest([platform.python_version(), sys.version, *sorted(_versions().items())]), stamps)


def normalised(name: str) -> str:
    """The name of a distribution, however it is written."""
    return re.sub(r"[-_.]+", "-", name).lower()


def beside_or_inside(folder: str) -> Path:
    """A folder of ours that is no Python: inside the package where that is installed, beside it in its repository."""
    return PACKAGE / folder if (PACKAGE / folder).is_dir() else PACKAGE.parent / folder


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _versions() -> dict[str, str]:
    """Versions installed, as the names of their folders tell; the first in ``sys.path`` counts."""
    versions: dict[str, str] = {}
    for place in sys.path:
        if Path(place).is_dir():
            for path in sorted(Path(place).iterdir()):
                match = INSTALLED.match(path.name)
                if match:
                    versions.setdefault(normalised(match["name"]), match["version"])
    return versions


def _stamps() -> dict[str, tuple[int, int]]:
    return {name: (status.st_mtime_ns, status.st_size) for name, status in _files_in(str(PACKAGE), "")}


def _files_in(folder: str, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    """Files of the package by their path in it; made of plain strings, since each entry of the cache asks for them."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if not entry.is_dir():
            yield prefix + entry.name, entry.stat()
        elif entry.name != "__pycache__":
            yield from _files_in(entry.path, f"{prefix}{entry.name}/")


def _digest(values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()

"""The one memory of builds: what was made is given again where all that it was made from is the same.

An entry has a name, the digest of each thing that it was made from, under the words that a person reads of it, and its
content. It loads little: a build that has nothing to do must not wait for what it would do it with.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rlpipeline.execution.install import CHECKPOINTS, files_in, write_whole
from rlpipeline.our_notebooks import PACKAGE

INSTALLED = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info$")
COUNTS = "calcul"
"""Name of the entry of all the exact figures."""
Inputs = Mapping[str, str]
"""Digest of each thing that an entry was made from, by what it is called in French."""


@dataclass(frozen=True)
class Memory:
    """A private folder of entries, a file each; it goes to other processes.

    ``directory``: hidden, beside the publication: executed notebooks show exact figures, the owner alone can read them;
    ``code``: digests of our code and its libraries, which every entry is made from.
    """

    directory: Path
    code: Inputs

    def memo(self, name: str, inputs: Inputs, make: Callable[[], bytes]) -> bytes:
        """Give what was made under a name from the same inputs, or make it and keep it."""
        content = self.get(name, inputs)
        if content is None:
            content = make()
            self.put(name, inputs, content)
        return content

    def get(self, name: str, inputs: Inputs) -> bytes | None:
        """Give the content of an entry that was made from the same; None where there is none."""
        entry = self.entry(name)
        return entry[1] if entry and entry[0] == {**inputs, **self.code} else None

    def changes(self, name: str, inputs: Inputs) -> tuple[str, ...] | None:
        """Name the inputs that are not those of an entry, absent ones included; None where there is no entry."""
        entry, now = self.entry(name), {**inputs, **self.code}
        return None if entry is None else tuple(key for key in {**entry[0], **now} if entry[0].get(key) != now.get(key))

    def entry(self, name: str) -> tuple[Inputs, bytes] | None:
        """Give the inputs and the content of an entry; None where there is none, or it is damaged or another's."""
        try:
            seal, header, content = (self.directory / name).read_bytes().split(b"\n", 2)
        except (OSError, ValueError):
            return None
        return (json.loads(header), content) if seal == _seal(name, header, content) else None

    def put(self, name: str, inputs: Inputs, content: bytes) -> None:
        """Write an entry for its owner alone, whole or not at all."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        header = json.dumps({**inputs, **self.code}, ensure_ascii=False).encode()
        write_whole(self.directory / name, b"\n".join([_seal(name, header, content), header, content]), durable=False)

    def prune(self, names: Collection[str]) -> None:
        """Remove every entry but these, and what a killed build left half-written."""
        for path in self.directory.glob("*"):
            if path.is_dir():  # of a former version
                shutil.rmtree(path)
            elif path.name not in names:
                path.unlink(missing_ok=True)


def _seal(name: str, header: bytes, content: bytes) -> bytes:
    """Seal an entry with its name: neither a damaged one nor one put in the place of another stands."""
    return hashlib.sha256(b"\n".join([name.encode(), header, content])).hexdigest().encode()


def digest_of(values: Any) -> str:
    """SHA-256 of values that JSON can write, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=list).encode()).hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hashes(directory: Path, apart: Collection[str] = (CHECKPOINTS,)) -> dict[str, str]:
    """SHA-256 of every file below a directory, by its path in it, but in folders of these names."""
    return {name: sha256(directory / name) for name in sorted(files_in(directory, apart))}


@cache
def code_now() -> Inputs:
    """Digests of every file of our package and of what is installed, told without importing any of it."""
    libraries: dict[str, str] = {}
    for place in filter(Path.is_dir, map(Path, sys.path)):  # the first in sys.path counts
        for match in filter(None, (INSTALLED.match(path.name) for path in sorted(place.iterdir()))):
            libraries.setdefault(re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"])
    return {
        "code de rlpipeline": digest_of(hashes(PACKAGE, ("__pycache__",))),
        "versions de Python ou de ses bibliothèques": digest_of([platform.python_version(), sys.version, libraries]),
    }

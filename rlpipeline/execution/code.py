"""What our own code and its libraries are at this moment, told without importing any of them."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
INSTALLED = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info$")
SHAPING = frozenset(
    {
        "execution/engine.py", "execution/guard.py", "execution/kernels/application.py",
        "execution/kernels/forkserver.py", "execution/kernels/parent.py", "execution/kernels/provisioner.py",
        "execution/notebook.py", "execution/plan.py", "execution/runner.py", "execution/scrub.py", "pictures.py",
        "reads.py",
    }
)  # fmt: skip
"""Files that shape every executed notebook, beside those its kernel loads."""


@dataclass(frozen=True)
class Code:
    """Our source files and the versions installed, as they were when this was made.

    Parameters
    ----------
    sources
        SHA-256 of each file of the package, by its path in it.
    versions
        Version of each distribution, by its normalised name.
    """

    sources: Mapping[str, str]
    versions: Mapping[str, str]
    python: str
    stamps: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Digest of everything."""
        told = repr((sorted(self.sources.items()), sorted(self.versions.items()), self.python, sys.version))
        return hashlib.sha256(told.encode()).hexdigest()

    def still(self) -> bool:
        """Whether no source file was touched since."""
        return self.stamps == _stamps()

    def of_modules(self, modules: Iterable[str]) -> dict[str, str]:
        """SHA-256 of the files of these modules, of the data of these packages, and of what shapes every notebook."""
        names = {name for module in modules for name in self._files_of(module)}
        return {name: self.sources[name] for name in sorted(names | (SHAPING & self.sources.keys()))}

    def of_packages(self, packages: Iterable[str]) -> dict[str, str]:
        """Versions of the distributions that these top-level packages come from."""
        names = {normalised(name) for package in packages for name in self._distributions.get(package, ())}
        return {name: self.versions[name] for name in sorted(names & self.versions.keys())}

    def _files_of(self, module: str) -> Iterator[str]:
        path = module.replace(".", "/").partition("/")[2]
        if f"{path}.py" in self.sources:
            yield f"{path}.py"
        folder = f"{path}/" if path else ""
        if f"{folder}__init__.py" in self.sources:
            yield f"{folder}__init__.py"
            yield from (name for name in self._data if self._data[name] == folder)

    @cached_property
    def _distributions(self) -> Mapping[str, list[str]]:
        from importlib.metadata import packages_distributions  # noqa: PLC0415 - costly, and needed only after a run

        return packages_distributions()

    @cached_property
    def _data(self) -> Mapping[str, str]:
        """Files that are no modules, each with the innermost package that holds it."""
        packages = {name.removesuffix("__init__.py") for name in self.sources if name.endswith("__init__.py")}
        found = {}
        for name in self.sources:
            if not name.endswith(".py"):
                parts = name.split("/")[:-1]
                folders = ("".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts), -1, -1))
                found[name] = next(folder for folder in folders if folder in packages)
        return found


def code_now() -> Code:
    """Read every source file of the package, and the names of what is installed."""
    stamps = _stamps()
    return Code({name: sha256(PACKAGE / name) for name in stamps}, _versions(), platform.python_version(), stamps)


def normalised(name: str) -> str:
    """The name of a distribution, however it is written."""
    return re.sub(r"[-_.]+", "-", name).lower()


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _versions() -> dict[str, str]:
    """Versions installed, as the names of their folders tell; the first in ``sys.path`` counts."""
    found: dict[str, str] = {}
    for place in sys.path:
        if Path(place).is_dir():
            for path in sorted(Path(place).iterdir()):
                match = INSTALLED.match(path.name)
                if match:
                    found.setdefault(normalised(match["name"]), match["version"])
    return found


def _stamps() -> dict[str, tuple[int, int]]:
    return {name: (status.st_mtime_ns, status.st_size) for name, status in _package_files()}


def _package_files() -> Iterator[tuple[str, os.stat_result]]:
    for place, folders, names in os.walk(PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            path = Path(place, name)
            yield path.relative_to(PACKAGE).as_posix(), path.stat()

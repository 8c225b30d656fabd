"""The folder where anything may be tried: copies of the chapters, out of version control and out of the report."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.execution.notebook import has_tag, read_notebook, write_private

FOLDER = "explorer"
WELCOME = "accueil.ipynb"
COPIES = ".copies.json"
"""Digest of each copy as it was made: one that still has it was not touched, and may be made again."""

DEFAULT = re.compile(r"""(?P<start>(?P<name>\w+)(?:: \w+)? = )(?:None|"[^"]*"|'[^']*')(?P<rest>.*)""")
"""A parameter that is a text: its name and type, and what stands after its default."""


@dataclass(frozen=True)
class Copied:
    """What became of the copies.

    Parameters
    ----------
    edited
        Copies that the analyst changed, and that are older than their chapter or have another source.
    """

    folder: Path
    edited: tuple[str, ...] = ()


def copy_chapters(notebooks: Mapping[str, Path], folder: Path, source: str, params: str, out: str) -> Copied:
    """Copy every notebook, with the service's source, settings and outputs as defaults; what the analyst changed stays.

    Parameters
    ----------
    notebooks
        Those to copy, by the name of the copy.
    source, params, out
        As the command line names them, from the folder that holds the copies.
    """
    folder.mkdir(exist_ok=True)
    record = folder / COPIES
    digests: dict[str, str] = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    places = {"source": source, "params": params, "out": out}
    defaults = {name: path_from(folder, place) for name, place in places.items()}
    edited = []
    for name, path in sorted(notebooks.items()):
        copy = folder / name
        origin = _digest(path) + json.dumps(defaults, sort_keys=True)
        former, _, former_origin = digests.get(name, "").partition(" ")
        if copy.is_file() and _digest(copy) != former:
            edited += [name] if former_origin != origin else []
            continue
        write_with_defaults(path, copy, defaults)
        digests[name] = f"{_digest(copy)} {origin}"
    record.write_text(json.dumps(digests, indent=1), encoding="utf-8")
    return Copied(folder, tuple(edited))


def write_with_defaults(path: Path, target: Path, defaults: Mapping[str, str]) -> None:
    """Copy a notebook with other defaults for some parameters, each on its own line of the parameters cell."""
    notebook = read_notebook(path)
    for cell in notebook.cells:
        if has_tag(cell, "parameters"):
            cell.source = "\n".join(_line(line, defaults) for line in cell.source.splitlines())
    write_private(target, notebook)


def path_from(folder: Path, place: str) -> str:
    """Give a path as a notebook of the folder says it; the address of a database stays as it is."""
    if "://" in place or Path(place).is_absolute():
        return place
    return Path(os.path.relpath(place, folder)).as_posix()


def _line(line: str, defaults: Mapping[str, str]) -> str:
    default = DEFAULT.match(line)
    if default is None or default["name"] not in defaults:
        return line
    return f"{default['start']}{json.dumps(defaults[default['name']], ensure_ascii=False)}{default['rest']}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

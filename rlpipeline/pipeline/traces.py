"""Where rows of the records lie beside the source: what commands wrote of them, and the service's own copies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from rlpipeline.errors import RlpipelineError
from rlpipeline.execution.places import DRAFTS, PRIVATE
from rlpipeline.importing.bringing import COPIES, DRAFT
from rlpipeline.publication.publish import NOTEBOOKS, WORKBOOK
from rlpipeline.records.names import simplified
from rlpipeline.records.sources import Raw, read_source
from rlpipeline.records.tables import TABLE_NAMES
from rlpipeline.records.tabular import SQLITE_SUFFIXES, WORKBOOK_SUFFIXES
from rlpipeline.settings.project import Project
from rlpipeline.spreadsheets.findings import is_findings_workbook

ABOUT_PERSONS = (NOTEBOOKS, "alertes.csv")
"""What a publication of the edition interne has that is about one person, or may be."""


@dataclass(frozen=True)
class Traces:
    """What holds rows about a young person, the source apart.

    ``ours``: what commands wrote: copies made before writing, lists of findings, drafts of commands that were killed;
    ``others``: the service's own copies and exports; ``unread``: what looks like records and cannot be read.
    """

    ours: tuple[Path, ...]
    others: tuple[Path, ...]
    unread: tuple[Path, ...]


def traces_of(project: Project, is_about: Callable[[Mapping[str, Raw]], bool]) -> Traces:
    """Look for a young person in the folder of the service and in that of its publications.

    ``is_about``: whether the tables of a source have rows about the young person.
    """
    ours, others, unread = dict[Path, None](), dict[Path, None](), list[Path]()
    for top in dict.fromkeys((project.root.resolve(), project.out.resolve())):
        for place in _sources(top):
            if place == Path(project.source).resolve():
                continue
            if place.suffix.lower() == ".xlsx" and is_findings_workbook(place):
                ours[place] = None
                continue
            tables = _tables(place)
            if tables is None:
                unread.append(place)
            elif is_about(tables):
                written = _written_by_us(place, top)
                (ours if written else others)[written or place] = None
    return Traces(tuple(ours), tuple(others), tuple(unread))


def kept_for_builds(out: Path) -> Iterator[Path]:
    """Give what builds remember, and what publications say of one person."""
    for pattern in (*PRIVATE, *(f"[0-9][0-9][0-9][0-9]/{name}" for name in (*ABOUT_PERSONS, *DRAFTS))):
        yield from sorted(out.glob(pattern))


def _sources(top: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            if path.suffix.lower() in (*WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES) and name != WORKBOOK and name[0] != "~":
                yield path
        if any(name.lower().endswith(".csv") and simplified(Path(name).stem) in TABLE_NAMES for name in names):
            yield Path(folder)


def _tables(place: Path) -> Mapping[str, Raw] | None:
    """None where what is there cannot be opened."""
    try:
        raw = read_source(str(place))
    except RlpipelineError:
        return None
    return None if raw.closed else raw.tables


def _written_by_us(place: Path, top: Path) -> Path | None:
    """What to remove where a command of ours wrote it; None where it is the service's own."""
    for path in (place, *place.parents):
        if path == top:
            break
        if path.parent == top / COPIES or path == top / DRAFT or any(fnmatch(path.name, pattern) for pattern in DRAFTS):
            return path
    return None

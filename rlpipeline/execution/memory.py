"""What a build is asked for, what it remembers, and whether its publication still is what it would make.

The one memory of builds gives again what was made where all that it was made from is the same: an entry has a name, the
digest of each thing that it was made from, under the words that a person reads of it, and its content. All this loads
little: a build that has nothing to do must not wait for what it would do it with.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal, TextIO, TypeAlias

from rlpipeline.execution.output_folder import (
    CHECKPOINTS,
    DIFFUSION,
    DRAFTS,
    INDEX,
    LEDGER,
    MEMORY,
    PROOFREADING,
    WORKING,
    counting_failures,
    failures_of,
    files_in,
    lock_path,
    memory_of,
    publication,
    secret_path,
    settings_files,
    write_whole,
)
from rlpipeline.our_notebooks import PACKAGE, counting_notebook, every_notebook
from rlpipeline.settings.project import CELL_MINUTES

INSTALLED = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info$")
COUNTS_ENTRY = "calcul"
"""Name of the entry of all the exact figures."""
Inputs = Mapping[str, str]
"""Digest of each thing that an entry was made from, by what it is called in French."""
Edition: TypeAlias = Literal["interne", "diffusion"]
STATE = "publication"
"""Name of the entry of what was published."""
BESIDE = ("-wal", "-journal", "-shm")
"""Files that a SQLite database has beside it while it is written."""
LIST = "/"
"""End of a path of which the list of names is meant."""
ABSENT, FOLDER, SPECIAL = "absent", "dossier", "autre"
"""States of a path where there is no file."""
CACHES = frozenset({CHECKPOINTS, "__pycache__"})
"""What tools leave in a folder, which says nothing of it."""
MOST_NAMED = 40
"""Files of one kind in one folder that are named one by one."""


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

    def differences(self, made_from: Inputs, inputs: Inputs) -> tuple[str, ...]:
        """Name the inputs that are not those that an entry was made from, absent ones included."""
        now = {**inputs, **self.code}
        return tuple(name for name in {**made_from, **now} if made_from.get(name) != now.get(name))

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
        write_whole(
            self.directory / name,
            b"\n".join([_seal(name, header, content), header, content]),
            durable=False,
        )

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


def state_of(name: str, root: Path) -> str:
    """Give the digest of a file, or of the names in a folder (``LIST``); else what is there, or ``ABSENT``.

    Parameters
    ----------
    name
        Path, whole or below the root; it ends with ``LIST`` where the names in a folder are meant.
    """
    path = root / name
    try:
        if name.endswith(LIST):
            return digest_of(sorted({entry.name for entry in path.iterdir()} - CACHES))
        if path.is_dir():
            return FOLDER
        if path.is_file():
            return sha256(path)
        return SPECIAL if path.exists() else ABSENT
    except (OSError, ValueError):
        return ABSENT


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
        "versions de Python ou de ses bibliothèques": digest_of(
            [platform.python_version(), sys.version, libraries]
        ),
    }


@dataclass(frozen=True)
class BuildRequest:
    """What is asked for.

    ``communes``: names or INSEE codes of the portraits to make; all of them when empty. The service's report is always
    made; ``editions``: what to make: exact figures (``interne``), figures to share (``diffusion``); ``jobs``: chapters
    run at the same time; two a processor when None; ``force``: take nothing from the memory; ``pdf``: print the pages
    as PDF too; ``ours``: take the chapters of rlpipeline where ``notebooks`` has none of their name; ``stream``: where
    progress is told; the standard error when None; ``chapter_executor``: makes what chapters are submitted to, for so
    many at a time; ``on_pages``: told of the year, the edition and the folder of its pages as soon as they are written,
    before they are checked; ``on_long_cell``: told in French of each cell that takes long; ``cell_minutes``: how long
    one may.
    """

    source: str
    params: Path
    out: Path
    notebooks: Path
    communes: tuple[str, ...] = ()
    editions: tuple[Edition, ...] = ("interne",)
    jobs: int | None = None
    stream: TextIO | None = None
    force: bool = False
    pdf: bool = False
    ours: bool = False
    chapter_executor: Callable[[int], Executor] = ThreadPoolExecutor
    on_pages: Callable[[int, Edition, Path], object] | None = None
    on_long_cell: Callable[[str], object] | None = None
    cell_minutes: float = CELL_MINUTES

    @property
    def terminal(self) -> TextIO:
        """Where progress is told."""
        return self.stream or sys.stderr

    @property
    def runs_here(self) -> bool:
        """Whether chapters run on this machine."""
        return self.chapter_executor is ThreadPoolExecutor

    def memory(self, year: int, edition: str) -> Memory:
        """The memory of one edition of a year."""
        return Memory(memory_of(self.out, year, edition), code_now())


class BuildInputs:
    """Digests of all inputs of builds, each taken once: what changes afterwards is for the next build."""

    def __init__(self, request: BuildRequest) -> None:
        self.request = request
        self._of: dict[tuple[int, str], Inputs] = {}

    @cached_property
    def source(self) -> str | None:
        """Digest of the source; None where its content cannot be told without opening it (a database's address)."""
        if "://" in self.request.source:
            return None
        path = Path(self.request.source)
        places = [path, *(Path(f"{path}{end}") for end in BESIDE)]
        if path.is_dir():
            places = [*path.iterdir()]
        files = {file.name: sha256(file) for file in places if file.is_file()}
        return digest_of(files) if files else None

    @cached_property
    def notebooks(self) -> Mapping[str, str]:
        """Digest of each notebook, of what counts, and of the files that stand beside them for them to read."""
        folder = self.request.notebooks
        files = {counting_notebook(folder), *every_notebook(folder, self.request.ours).values()}
        if folder.is_dir():
            files |= {path for path in folder.iterdir() if not path.name.startswith(".")}
        return {path.name: sha256(path) for path in files if path.is_file()}

    def of(self, year: int, edition: str) -> Inputs | None:
        """All that one edition of a year is made from; None where the source cannot be told."""
        if self.source is None:
            return None
        if (year, edition) not in self._of:
            self._of[year, edition] = {
                "données": self.source,
                "paramètres": digest_of(self._settings(year, edition)),
                "notebooks": digest_of(self.notebooks),
                "communes": digest_of(self.request.communes),
                "PDF": str(self.request.pdf),
            }
        return self._of[year, edition]

    def _settings(self, year: int, edition: str) -> dict[str, str]:
        """Digest of each file of settings that an edition depends on, by its path in their folder."""
        params = self.request.params
        files = [params / name for name in settings_files(params, year)]
        if edition == DIFFUSION:  # what was shared and who has read what
            files += [*(params / LEDGER).rglob("*"), params / str(year) / PROOFREADING]
        present = filter(Path.is_file, files)
        return {path.relative_to(params).as_posix(): sha256(path) for path in present}


@dataclass(frozen=True)
class Notice:
    """A finding of the check of the figures, as far as a program is told of it."""

    check: str
    message: str
    key: str
    blocking: bool


@dataclass(frozen=True)
class EditionState:
    """One edition of one year as its last build left it.

    ``latest``: whether the year was the latest of the records; ``outside_states``: state of each file that chapters
    asked for of themselves, by its path; ``files``: digest of every file published, and of what is kept beside it, by
    its path in the folder of publications; ``pages``: the files that people open, by their path in the publication;
    ``warnings``, ``audit``, ``findings``: what was said of the records and of the check of the figures.
    """

    year: int
    edition: str
    latest: bool
    outside_states: Mapping[str, str]
    files: Mapping[str, str]
    pages: Sequence[str]
    warnings: str
    audit: str
    findings: Sequence[Notice]

    def stands(self, out: Path) -> bool:
        """Whether what was published is there as it was, and chapters would find the same elsewhere."""
        asked = self.outside_states.items()
        return self.files == published_files(out, self.year, self.edition) and all(
            state_of(name, out) == state for name, state in asked
        )

    def summary(self, out: Path) -> str:
        """What is published and where, in French."""
        directory = publication(out, self.year, self.edition)
        return summary(self.year, self.edition, directory, self.pages, self.audit)


def summary(year: int, edition: str, directory: Path, pages: Sequence[object], audit: str) -> str:
    """What was made and where, in French; files of a kind and folder are counted where they are many."""
    lines = [f"Rapport {year}, édition {edition}, publié dans {directory}"]
    paths = [Path(str(page)) for page in pages]
    kinds = Counter((path.parent, path.suffix) for path in paths)
    for path in paths:
        count = kinds[path.parent, path.suffix]
        if count <= MOST_NAMED:
            lines.append(f"  {directory / path}")
            continue
        folder = f"  {directory / path.parent} : {count} fichiers {path.suffix}"
        if folder not in lines:
            lines.append(folder)
    if audit:
        lines.append(audit)
    return "\n".join(lines)


def published_files(out: Path, year: int, edition: str) -> dict[str, str]:
    """Digest of every file of an edition, and of what is kept beside it, by its path in the folder of publications."""
    target = publication(out, year, edition)
    apart = (CHECKPOINTS,) if edition == DIFFUSION else (CHECKPOINTS, DIFFUSION)
    files = [target / name for name in files_in(target, apart)]
    beside = [path for path in (secret_path(out, year),) if edition == DIFFUSION and path.is_file()]
    return {path.relative_to(out).as_posix(): sha256(path) for path in (*files, *beside)}


def unchanged_editions(
    request: BuildRequest, years: Sequence[int] = ()
) -> tuple[EditionState, ...] | None:
    """What is published, where a build of what is asked would make the same; None where there is something to do.

    Anything doubtful (a file that cannot be read, the rest of a killed build, another build under way) is something to
    do: the build itself says what.
    """
    try:
        states = [*_standing(request, years)]
        is_indexed = (request.out / INDEX).is_file()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    wanted = len(request.editions) * (len({*years}) or 1)
    return tuple(states) if is_indexed and len(states) == wanted else None


def _standing(request: BuildRequest, years: Sequence[int]) -> Iterator[EditionState]:
    """Give the state of each edition asked for that stands: the latest, where no year is asked for."""
    inputs = BuildInputs(request)
    for year, edition in product(dict.fromkeys(years) or years_left(request.out), request.editions):
        state = _state_left(inputs, year, edition)
        if state and (years or state.latest) and state.stands(request.out):
            yield state


def years_left(out: Path) -> list[int]:
    """List the years of which a build left a state, oldest first."""
    left = out.glob(f".[0-9][0-9][0-9][0-9]*{MEMORY}/{STATE}")
    return sorted({int(path.parent.name[1:5]) for path in left})


def _state_left(inputs: BuildInputs, year: int, edition: Edition) -> EditionState | None:
    """What the last build of an edition left, made from the same and put in place whole; else None."""
    made_from = inputs.of(year, edition)
    if made_from is None or _is_unfinished(inputs.request.out, year, edition):
        return None
    content = inputs.request.memory(year, edition).get(STATE, made_from)
    if content is None:
        return None
    values = json.loads(content)
    findings = [Notice(**finding) for finding in values["findings"]]
    return EditionState(**{**values, "findings": findings})


def _is_unfinished(out: Path, year: int, edition: str) -> bool:
    """Whether a build of the year is under way, was killed, or left what prevented it."""
    target = publication(out, year, edition)
    drafts = (draft.replace("*", target.name, 1) for draft in DRAFTS)
    if any(any(target.parent.glob(draft)) for draft in drafts):
        return True
    if any(out.glob(f"{WORKING}{year}-*")):
        return True
    failed = counting_failures(out, year), failures_of(out, year, edition)
    return any(mark.exists() for mark in (lock_path(out / str(year)), *failed))

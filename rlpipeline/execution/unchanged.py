"""Whether a publication still is what a build would make: told from files alone, before anything is loaded.

The state of the last build is an entry of its cache: what its publication was, made from the source, the settings, the
notebooks, our code and the versions installed. Standard library alone: a build that has nothing to do must not wait for
the libraries that it would do it with.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from rlpipeline.execution.cache import Cache, Dependencies, digest_of
from rlpipeline.execution.code import Code, beside_or_inside, code_now, sha256

STATE = "etat"
"""Name of the state's entry in the cache."""
SOURCE, PDF = ("source",), ("pdf",)
MEMORY = "-memoire"
DIFFUSION = "diffusion"
"""Published inside the year's directory, by another command: it outlives a new internal edition."""
CHECKPOINTS = ".ipynb_checkpoints"
"""What JupyterLab leaves beside a file that is saved there: no part of a publication."""
FAILURES = "echecs"
WORKING, COUNTING_IN = ".travail-", ".calcul-"
"""How the private folders begin in which a year is made, and a build counted; a killed build leaves them."""
DRAFTS = (".*-nouveau*", ".*-ancien-*")
"""Names that anything has while it is written beside its place; a killed command leaves them, wherever that was."""
PRIVATE = (FAILURES, f".*{MEMORY}", f"{WORKING}*", f"{COUNTING_IN}*", ".remise-*", ".*-diffusion-origine.json", *DRAFTS)
"""What builds leave for themselves alone in the folder of publications, or leave there when they are killed."""
OURS = beside_or_inside("notebooks")
"""The notebooks of rlpipeline."""
COUNTING = "calcul"
"""The notebook that counts, run before the chapters."""
LEDGER = "diffusions"
"""Written by « rlpipeline share », read by nobody who writes the report."""
PROOFREADING = "relecture.yml"
"""Who has read what of the edition to share of a year: written by « rlpipeline relire », published nowhere."""
PRINTED = "publie.csv"
"""What a report of a year printed, shown beside the figures of the year after."""
INDEX = "index.html"
"""The index of the output folder, which any build writes."""
YEAR = re.compile(r"^\d{4}$")
BESIDE = ("-wal", "-journal", "-shm")
"""Files that a SQLite database has beside it while it is written."""

MOST_NAMED = 40
"""Files of one kind in one folder that are named one by one."""


@dataclass(frozen=True)
class Asked:
    """What a build is asked for, as far as its result depends on it.

    Parameters
    ----------
    years
        The latest of the records when empty.
    communes
        All of them when empty.
    pdf
        Whether the pages are printed too.
    ours
        Whether the chapters of rlpipeline are taken where the folder of notebooks has none of their name.
    """

    source: str
    params: Path
    out: Path
    notebooks: Path
    years: tuple[int, ...]
    communes: tuple[str, ...]
    editions: tuple[str, ...]
    pdf: bool = False
    ours: bool = False


@dataclass(frozen=True)
class Notice:
    """A finding of the check of the figures, as far as a program is told of it."""

    check: str
    message: str
    key: str
    blocking: bool


@dataclass(frozen=True)
class State:
    """One edition of one year as its last build left it.

    Parameters
    ----------
    latest
        Whether the year was the latest of the records.
    files
        Digest and marks of every file published, by its path in the folder of publications.
    pages
        The files that people open, by their path in the publication.
    warnings, audit, findings
        What was said of the records and of the check of the figures.
    tasks
        Territory and chapter of each task.
    names
        Names of the territories, by code.
    """

    year: int
    edition: str
    latest: bool
    communes: tuple[str, ...]
    files: Mapping[str, tuple[str, tuple[int, ...]]]
    pages: tuple[str, ...]
    warnings: str
    audit: str
    findings: tuple[Notice, ...]
    tasks: tuple[tuple[str, str], ...]
    names: Mapping[str, str]

    def summary(self, out: Path) -> str:
        """What is published and where, in French."""
        return summary(self.year, self.edition, publication(out, self.year, self.edition), self.pages, self.audit)


def summary(year: int, edition: str, directory: Path, pages: Sequence[object], audit: str) -> str:
    """What was made and where, in French."""
    lines = [f"Rapport {year}, édition {edition}, publié dans {directory}"]
    lines += [f"  {name}" for name in _named(directory, [Path(str(page)) for page in pages])]
    return "\n".join([*lines, *([audit] if audit else [])])


def _named(directory: Path, pages: Sequence[Path]) -> Iterator[str]:
    """Name each file; of many of one kind in one folder, the folder and how many they are."""
    kinds = Counter((page.parent, page.suffix) for page in pages)
    grouped = set[tuple[Path, str]]()
    for page in pages:
        kind = page.parent, page.suffix
        if kinds[kind] <= MOST_NAMED:
            yield str(directory / page)
        elif kind not in grouped:
            grouped.add(kind)
            yield f"{directory / page.parent} : {kinds[kind]} fichiers {page.suffix}"


def publication(out: Path, year: int, edition: str) -> Path:
    """The folder of one edition of a year."""
    return out / str(year) / DIFFUSION if edition == DIFFUSION else out / str(year)


def memory(out: Path, year: int, edition: str) -> Path:
    """The private folder of what the last build of an edition of a year leaves to the next."""
    middle = f"-{DIFFUSION}" if edition == DIFFUSION else ""
    return out / f".{year}{middle}{MEMORY}"


def every_notebook(notebooks: Path, ours: bool) -> Mapping[str, Path]:
    """The notebooks of a folder by their name, and those of rlpipeline of another name where they are asked for."""
    folders = (OURS, notebooks) if ours else (notebooks,)
    return {path.name: path for folder in folders for path in sorted(folder.glob("*.ipynb"))}


def counting_notebook(notebooks: Path) -> Path:
    """The notebook that counts: the service's own where there is one beside its chapters, else ours."""
    own = notebooks / f"{COUNTING}.ipynb"
    return own if own.is_file() else OURS / own.name


def counting_failures(out: Path, year: int) -> Path:
    """Where the notebook of counts is kept that failed in a build whose latest year is this one."""
    return out / FAILURES / f"{COUNTING}-{year}"


@dataclass(frozen=True)
class Inputs:
    """The inputs of builds at this moment, each digest taken once."""

    asked: Asked

    @cached_property
    def code(self) -> Code:
        """Our code and its libraries."""
        return code_now()

    @cached_property
    def source(self) -> str | None:
        """Digest of the source; None where its content cannot be told without opening it (a database's address)."""
        if "://" in self.asked.source:
            return None
        path = Path(self.asked.source)
        if path.is_dir():
            files = sorted(one for one in path.iterdir() if one.is_file())
        else:
            files = [one for one in (path, *(Path(f"{path}{end}") for end in BESIDE)) if one.is_file()]
        return digest_of({one.name: sha256(one) for one in files}) if files else None

    @cached_property
    def notebooks(self) -> str:
        """Digest of the chapters, of what counts, and of the files that stand beside them for them to read."""
        folder = self.asked.notebooks
        beside = (path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else ()
        files = {*beside, counting_notebook(folder), *every_notebook(folder, self.asked.ours).values()}
        return digest_of({path.name: sha256(path) for path in files if path.is_file()})

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """Digest of each file of the settings, of every year."""
        return {name: sha256(self.asked.params / name) for name in _every_setting(self.asked.params)}

    def of(self, year: int, edition: str) -> Dependencies | None:
        """Everything that one edition of a year is made from, beside our code; None where the source cannot be told."""
        if self.source is None:
            return None
        ledger, read = (f"{LEDGER}/", f"{year}/{PROOFREADING}") if edition == DIFFUSION else ("\0", "\0")
        settings = {
            name: self.settings[name]
            for name in self.settings
            if _is_of(name, year) or name.startswith(ledger) or name == read
        }
        return {
            SOURCE: self.source,
            ("parametres",): digest_of(settings),
            ("notebooks",): self.notebooks,
            ("communes",): digest_of(self.asked.communes),
            PDF: str(self.asked.pdf),
        }


def settings_files(params: Path, year: int) -> Iterator[str]:
    """The settings that one year's report depends on: all but hidden files and what other years do not print.

    Returns
    -------
    Paths in the folder of settings, with slashes, in order.
    """
    return (name for name in _every_setting(params) if _is_of(name, year))


def _every_setting(params: Path) -> Iterator[str]:
    for place, folders, names in os.walk(params):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield (Path(place, name).relative_to(params)).as_posix()


def _is_of(name: str, year: int) -> bool:
    """Whether a year's report depends on a file of the settings."""
    folder, _, rest = name.partition("/")
    if YEAR.match(folder) and rest and folder != str(year):
        return rest == PRINTED
    if rest == PROOFREADING:
        return False
    return folder != LEDGER or not rest


def standing(asked: Asked) -> tuple[State, ...] | None:
    """What is published, where a build of what is asked would make the same; None where there is something to do.

    Notes
    -----
    Anything doubtful (a file that cannot be read, the rest of a killed build, another build under way) is something to
    do: the build itself says what.
    """
    try:
        return _standing(asked)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _standing(asked: Asked) -> tuple[State, ...] | None:
    inputs = Inputs(asked)
    if inputs.source is None or not (asked.out / INDEX).is_file():
        return None
    years = asked.years or _latest(inputs)
    states = [_standing_state(inputs, year, edition) for year in years for edition in asked.editions]
    whole = tuple(state for state in states if state)
    return whole if len(whole) == len(states) and states else None


def _latest(inputs: Inputs) -> tuple[int, ...]:
    """The latest year of the records, if a build of the same source has found it."""
    years = set()
    for path in inputs.asked.out.glob(f".*{MEMORY}/{STATE}"):
        entry = Cache(path.parent, inputs.code).entry(STATE)
        if entry and entry.dependencies[SOURCE] == inputs.source:
            state = _read(entry.content)
            years |= {state.year} if state.latest else set()
    return tuple(years) if len(years) == 1 else ()


def _standing_state(inputs: Inputs, year: int, edition: str) -> State | None:
    """The state of an edition made from the same inputs, where nothing touched what it published."""
    out, target, dependencies = inputs.asked.out, publication(inputs.asked.out, year, edition), inputs.of(year, edition)
    content = Cache(memory(out, year, edition), inputs.code).get(STATE, dependencies) if dependencies else None
    if content is None:
        return None
    rests = [*out.glob(f".{year}-verrou"), *out.glob(f"{WORKING}{year}-*"), *out.glob(f"{COUNTING_IN}*")]
    rests += [path for kind in ("ancien", "nouveau") for path in target.parent.glob(f".{target.name}-{kind}-*")]
    state = _read(content)
    failed = [counting_failures(out, year), out / FAILURES / target.relative_to(out)]
    return state if not rests and not any(map(Path.exists, failed)) and is_intact(state, out) else None


def is_intact(state: State, out: Path) -> bool:
    """Whether what is published is what the build left there, no file more or less."""
    return {*state.files} == {*published_files(out, state.year, state.edition)} and all(
        _same(out / name, *marks) for name, marks in state.files.items()
    )


def published_files(out: Path, year: int, edition: str) -> Iterator[str]:
    """Every file of an edition, and of what is kept beside it, by its path in the folder of publications."""
    target = publication(out, year, edition)
    for place, folders, names in os.walk(target):
        apart = {CHECKPOINTS} if edition == DIFFUSION or Path(place) != target else {CHECKPOINTS, DIFFUSION}
        folders[:] = [name for name in folders if name not in apart]
        yield from (Path(place, name).relative_to(out).as_posix() for name in names)
    secret = out / f".{year}-diffusion-origine.json"
    if edition == DIFFUSION and secret.is_file():
        yield secret.name


def marks_of(out: Path, year: int, edition: str) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Digest and marks of every file published, to know it again."""
    return {name: (sha256(out / name), _marks(out / name)) for name in published_files(out, year, edition)}


def _same(path: Path, digest: str, marks: Sequence[int]) -> bool:
    """Whether a file is as it was: untouched by the system's account, or of the same content."""
    return _marks(path) == tuple(marks) or sha256(path) == digest


def _marks(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def last_state(cache: Cache, pdf: bool) -> State | None:
    """The state that the last build left, by the same code and printed alike; whatever else it was made from."""
    entry = cache.entry(STATE)
    same = {**cache.code.digests, PDF: str(pdf)}
    return _read(entry.content) if entry and same.items() <= entry.dependencies.items() else None


def leave(state: State, dependencies: Dependencies, cache: Cache) -> None:
    """Leave the state of a build to the next."""
    cache.put(STATE, dependencies, json.dumps(asdict(state), ensure_ascii=False).encode())


def _read(content: bytes) -> State:
    values = json.loads(content)
    values["files"] = {name: (digest, tuple(marks)) for name, (digest, marks) in values["files"].items()}
    for name in ("communes", "pages"):
        values[name] = tuple(values[name])
    values["findings"] = tuple(Notice(**one) for one in values["findings"])
    values["tasks"] = tuple((territory, chapter) for territory, chapter in values["tasks"])
    return State(**values)

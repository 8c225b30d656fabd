"""The draft of an import, then its tables in the place of those of the service, a copy of the former ones first."""

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from rlpipeline.characters import guarded
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.importing import FILE as WORKBOOK
from rlpipeline.importing import counted, refusal
from rlpipeline.importing.pseudonyms import FORGOTTEN, KEY
from rlpipeline.records import Records, load
from rlpipeline.records.parsing import text_of
from rlpipeline.records.sources import is_database
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.records.tabular import sheets_of
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import FILE, Project
from rlpipeline.spreadsheets.conversion import export_source

FOLDER = "source"
COPIES = "copies"
DRAFT = "brouillon-import"
PRIVATE = (f"/{FOLDER}/", f"/{COPIES}/", f"/{DRAFT}/", f"/{KEY}", f"/{FORGOTTEN}", f"/{WORKBOOK}", "/outputs/")
Row = dict[str, str]


def refuse_database(project: Project) -> None:
    """See that the records are files: UsageError where they are a database, which no import replaces."""
    if "://" in project.source or is_database(project.source):
        raise refusal(UsageError, "une base", project.root / FILE)


def write_draft(tables: Mapping[str, Sequence[Row]], root: Path) -> Path:
    """Write the tables aside, readable by their owner alone; ``jeunes`` and ``suivis`` may be missing there."""
    folder = root / DRAFT
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, rows in tables.items():
        path, columns = folder / f"{name}.csv", table_named(name).column_names
        path.touch(mode=0o600)
        frame = pd.DataFrame(rows, columns=columns, dtype=object).fillna("").map(guarded)
        frame.to_csv(path, index=False, lineterminator="\n")
    return folder


def install(project: Project, service: Service, now: datetime) -> list[str]:
    """Put the tables of the draft in the place of those of the service; what was done, in French. DataError where the
    workbook that the project reads holds errors, which would be lost; ToolError where the system refuses."""
    source, folder, draft, copy = Path(project.source), _folder(project), project.root / DRAFT, None
    try:
        before, drafted = standing(project, service), load(str(draft), service, plausible=False)[0]
        places = [place for place in dict.fromkeys((source, folder, project.root / WORKBOOK)) if place.exists()]
        if {source, folder} & {*places}:
            copy = copied(project.root, places, now)
        typed = before and [name for name in TABLE_NAMES if len(before[name])]
        if typed and not folder.is_dir():
            export_source(str(source), str(folder), service)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        written = sorted(draft.iterdir(), key=lambda path: TABLE_NAMES.index(path.stem))
        for path in written:
            path.replace(folder / path.name)
        draft.rmdir()
        if source.resolve() != folder.resolve():
            path, line = project.root / FILE, f"source: {FOLDER}"
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            changed, times = re.subn(r"(?m)^source:.*$", line, text, count=1)
            path.write_text(changed if times else f"{text}{line}\n", encoding="utf-8")
    except OSError as error:
        raise refusal(ToolError, "pas écrit", error.filename, error.strerror) from error
    said = [f"Écrit dans {folder} :"]
    for name in (path.stem for path in written):
        former = len(before[name]) if before else 0
        said.append(counted("  {table} : {n} ligne{s}, {avant} avant", len(drafted[name]), table=name, avant=former))
    unchanged = ", ".join(name for name in typed or () if name not in {path.stem for path in written})
    said += [f"Inchangées : {unchanged}."] if unchanged else []
    return said + ([f"L'ancien contenu est copié dans {copy}."] if copy else [])


def _folder(project: Project) -> Path:
    source = Path(project.source)
    return project.root / FOLDER if source.is_file() or not source.exists() else source


def standing(project: Project, service: Service) -> Records | None:
    """The records that an import would replace; None where there are none."""
    source, folder = Path(project.source), _folder(project)
    place = folder if folder.is_dir() else source
    there = place.is_file() or any(path.suffix.lower() == ".csv" for path in place.glob("*"))
    return load(str(place), service, plausible=False)[0] if there else None


def read_rows(path: Path) -> list[Row]:
    """The rows of a table as we wrote it, or as a spreadsheet kept it since."""
    header, *lines = sheets_of(path)[0].rows or [[]]
    names = [str(name) for name in header]
    texts = ([text_of(cell) or "" for cell in line] + [""] * len(names) for line in lines if any(line))
    return [dict(zip(names, line, strict=False)) for line in texts]


def copied(root: Path, places: Sequence[Path], now: datetime) -> Path:
    """Copy files before they change, and give the folder of the copy, readable by its owner alone."""
    name = now.strftime("%Y-%m-%d-%Hh%Mm%Ss")
    copy, rank = root / COPIES / name, 2
    while copy.exists():
        copy = copy.with_name(f"{name}-{rank}")
        rank += 1
    (root / COPIES).mkdir(mode=0o700, exist_ok=True)
    copy.mkdir(mode=0o700)
    for place in map(Path.resolve, places):  # « . » has no name
        if place.is_file():
            shutil.copy2(place, copy / place.name)
        else:
            (copy / place.name).mkdir()
            for path in place.glob("*.[cC][sS][vV]"):
                shutil.copy2(path, copy / place.name)
    return copy


def keep_out_of_git(root: Path) -> None:
    """Have git ignore what is private."""
    path = root / ".gitignore"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if missing := [line for line in PRIVATE if line not in lines]:
        path.write_text("\n".join([*lines, *missing, ""]), encoding="utf-8")

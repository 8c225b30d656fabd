"""The draft of an import, then its tables in the place of those of the service, a copy of the former ones first."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from rlpipeline.characters import guarded
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.importing import FILE as WORKBOOK
from rlpipeline.importing import refusal
from rlpipeline.importing.pseudonyms import FORGOTTEN, KEY
from rlpipeline.records.checking import load
from rlpipeline.records.frames import Records
from rlpipeline.records.parsing import text_of
from rlpipeline.records.sources import is_database
from rlpipeline.records.store import refuse_errors
from rlpipeline.records.tables import TABLE_NAMES, birth_year_name, table_named
from rlpipeline.records.tabular import sheets_of
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import FILE, Project

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
    _write_tables(tables, folder)
    return folder


def install(tables: Mapping[str, Sequence[Row]], project: Project, service: Service, now: datetime) -> list[str]:
    """Put tables in the place of those of the service, all at once; what was done, in French.

    DataError where the workbook that the project reads holds errors, for what is typed there would be lost; ToolError
    where the system refuses.
    """
    source, folder = _places(project)
    copy = None
    try:
        former = _former(folder, source, service)
        places = [place for place in dict.fromkeys((source, folder, project.root / WORKBOOK)) if place.exists()]
        if {source, folder} & {*places}:
            copy = copied(project.root, places, now)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        with tempfile.TemporaryDirectory(prefix=".import-nouveau-", dir=folder) as workshop:
            _write_tables({**former, **tables}, Path(workshop))
            for path in Path(workshop).iterdir():
                path.replace(folder / path.name)
        if source.resolve() != folder.resolve():
            _point_to(project.root)
    except OSError as error:
        raise refusal(ToolError, "pas écrit", error.filename, error.strerror) from error
    said = [f"Écrit dans {folder} :"]
    said += [f"  {name} : {len(rows)} lignes, {len(former.get(name, ()))} avant" for name, rows in tables.items()]
    unchanged = ", ".join(name for name in former if name not in tables)
    said += [f"Inchangées : {unchanged}."] if unchanged else []
    return said + ([f"L'ancien contenu est copié dans {copy}."] if copy else [])


def _places(project: Project) -> tuple[Path, Path]:
    """Where the records are, and the folder of the tables that an import writes."""
    source = Path(project.source)
    return source, project.root / FOLDER if source.is_file() or not source.exists() else source


def standing(project: Project, service: Service) -> dict[str, list[Row]]:
    """The rows that an import would replace, by table, as the records read them."""
    source, folder = _places(project)
    place = folder if folder.is_dir() else source
    if not (place.is_file() or any(place.glob("*.csv"))):
        return {}
    records, _ = load(str(place), service)
    return {name: rows_of(records, name) for name in TABLE_NAMES}


def _former(folder: Path, source: Path, service: Service) -> dict[str, list[Row]]:
    """The rows that were there: those of the folder, else what is typed in the workbook, by table."""
    if folder.is_dir():
        found = {name: read_rows(folder / f"{name}.csv") for name in TABLE_NAMES if (folder / f"{name}.csv").is_file()}
        return {name: rows for name, rows in found.items() if rows}
    if not source.is_file():
        return {}
    records, findings = load(str(source), service)
    typed = {name: rows for name in TABLE_NAMES if (rows := rows_of(records, name))}
    if typed:
        refuse_errors(findings)
    return typed


def rows_of(records: Records, name: str) -> list[Row]:
    """The rows of a table as a CSV file holds them; a birth known by its year alone is that year."""
    frame, columns = records[name], dict[str, list[str]]()
    for column in table_named(name).columns:
        values = frame[column.name].astype(object)
        if column.kind == "birth":
            values = values.where(values.notna(), frame[birth_year_name(column.name)].astype(object))
        columns[column.name] = ["" if pd.isna(value) else text_of(value) or "" for value in values]
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def read_rows(path: Path) -> list[Row]:
    """The rows of a table as import wrote it, or as a spreadsheet kept it since."""
    header, *lines = sheets_of(path)[0].rows or [[]]
    names = [str(name) for name in header]
    texts = ([text_of(cell) or "" for cell in line] + [""] * len(names) for line in lines if any(line))
    return [dict(zip(names, line, strict=False)) for line in texts]


def _write_tables(tables: Mapping[str, Sequence[Row]], folder: Path) -> None:
    for name, rows in tables.items():
        columns = table_named(name).column_names
        path = folder / f"{name}.csv"
        path.touch(mode=0o600)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([guarded(row.get(column, "")) for column in columns] for row in rows)


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
        if place.is_dir():
            shutil.copytree(place, copy / place.name, ignore=_no_tables)
        else:
            shutil.copy2(place, copy / place.name)
    return copy


def _no_tables(folder: str, names: list[str]) -> set[str]:
    """What stands beside the tables is not written: in « source: . » it is the whole project, with its copies."""
    return {name for name in names if not name.lower().endswith(".csv")}


def keep_out_of_git(root: Path) -> None:
    """Have git ignore what is private."""
    path = root / ".gitignore"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if missing := [line for line in PRIVATE if line not in lines]:
        path.write_text("\n".join([*lines, *missing, ""]), encoding="utf-8")


def _point_to(root: Path) -> None:
    """Let the project file say where the records are now; its other lines stay as they are."""
    path = root / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    others = [line for line in lines if not line.startswith("source:")]
    place = next((rank for rank, line in enumerate(lines) if line.startswith("source:")), len(others))
    others.insert(place, f"source: {FOLDER}")
    path.write_text("\n".join([*others, ""]), encoding="utf-8")

"""The draft of an import, then its tables in the place of those of the service, a copy of the former ones first."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from rlpipeline.characters import guarded, unguarded
from rlpipeline.errors import DataError, ToolError, UsageError
from rlpipeline.importing.answers import FILE as WORKBOOK
from rlpipeline.importing.pseudonyms import FORGOTTEN, KEY
from rlpipeline.records.checking import load
from rlpipeline.records.schema import birth_year_name
from rlpipeline.records.sources import is_database
from rlpipeline.records.store import refuse_errors
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.records.tabular import IN_UTF_16, decoded
from rlpipeline.records.values import text_of
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import FILE, Project

FOLDER = "source"
COPIES = "copies"
DRAFT = "brouillon-import"
PRIVATE = (f"/{FOLDER}/", f"/{COPIES}/", f"/{DRAFT}/", f"/{KEY}", f"/{FORGOTTEN}", f"/{WORKBOOK}", "/outputs/")
Row = dict[str, str]


@dataclass(frozen=True)
class Written:
    """What an import wrote.

    Parameters
    ----------
    folder, copy
        Where the tables are, and the copy of the former ones; None where there was nothing.
    came, went
        Table name to the rows that are new, and that are there no more.
    unchanged
        Tables of the former source that the exports do not fill: they stay.
    """

    folder: Path
    copy: Path | None
    came: Mapping[str, int] = field(default_factory=dict)
    went: Mapping[str, int] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()


def refuse_database(project: Project) -> None:
    """See that the records are files.

    Raises
    ------
    UsageError
        They are a database, which no import replaces.
    """
    if "://" in project.source or is_database(project.source):
        raise UsageError(
            "Les données de ce service sont dans une base : un import n'y écrit pas.",
            where=str(project.root / FILE),
            expected=f"source: {FOLDER}",
            todo=f"écrire « source: {FOLDER} » dans {FILE}, ou travailler dans un autre dossier (rlpipeline new) ; "
            "puis « rlpipeline export-source » porte les tables dans la base",
        )


def write_draft(tables: Mapping[str, Sequence[Row]], root: Path) -> Path:
    """Write the tables aside, readable by their owner alone; ``jeunes`` and ``suivis`` may be missing there."""
    folder = root / DRAFT
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    _write_tables(tables, folder)
    keep_out_of_git(root)
    return folder


def install(tables: Mapping[str, Sequence[Row]], project: Project, service: Service, now: datetime) -> Written:
    """Put tables in the place of those of the service, which take their places once all are written.

    Raises
    ------
    DataError
        The workbook that the project reads holds errors: what is typed there would be lost.
    ToolError
        The system refuses to write.
    """
    source = Path(project.source)
    folder = project.root / FOLDER if source.is_file() or not source.exists() else source
    try:
        former = _former(folder, source, service)
        places = [place for place in dict.fromkeys((source, folder, project.root / WORKBOOK)) if place.exists()]
        copy = copied(project.root, places, now) if {source, folder} & {*places} else None
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        with tempfile.TemporaryDirectory(prefix=".import-nouveau-", dir=folder) as workshop:
            _write_tables({**former, **tables}, Path(workshop))
            for path in Path(workshop).iterdir():
                path.replace(folder / path.name)
        keep_out_of_git(project.root)
        if source.resolve() != folder.resolve():
            _point_to(project.root)
    except OSError as error:
        raise ToolError(
            "L'import ne peut pas être écrit.", error.filename, got=error.strerror, todo="vérifier ce dossier"
        ) from error
    old = {name: _counted(name, former.get(name, ())) for name in tables}
    new = {name: _counted(name, rows) for name, rows in tables.items()}
    came = {name: (new[name] - old[name]).total() for name in tables}
    went = {name: (old[name] - new[name]).total() for name in tables}
    return Written(folder, copy, came, went, tuple(name for name in former if name not in tables))


def _counted(name: str, rows: Sequence[Row]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(row.get(column, "") for column in table_named(name).column_names) for row in rows)


def _former(folder: Path, source: Path, service: Service) -> dict[str, list[Row]]:
    """The rows that were there: those of the folder, else what is typed in the workbook, by table."""
    if folder.is_dir():
        found = {name: read_rows(folder / f"{name}.csv") for name in TABLE_NAMES if (folder / f"{name}.csv").is_file()}
        return {name: rows for name, rows in found.items() if rows}
    if not source.is_file():
        return {}
    records, findings = load(str(source), service)
    typed = {name: _texts(name, records[name]) for name in TABLE_NAMES if len(records[name])}
    if typed:
        refuse_errors(findings)
    return typed


def _texts(name: str, frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame as a CSV file holds them; a birth known by its year alone is that year."""
    columns: dict[str, list[str]] = {}
    for column in table_named(name).columns:
        values = frame[column.name].astype(object)
        if column.kind == "birth":
            values = values.where(values.notna(), frame[birth_year_name(column.name)].astype(object))
        columns[column.name] = [_text(value) for value in values]
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _text(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return text_of(value.to_pydatetime() if isinstance(value, pd.Timestamp) else value) or ""


def read_rows(path: Path) -> list[Row]:
    """Give the rows of a table as import wrote it, or as a spreadsheet kept it since.

    Raises
    ------
    DataError
        Its encoding is not one of those read.
    """
    read = decoded(path.read_bytes())
    if read.wide:
        raise DataError(IN_UTF_16, where=str(path))
    text = read.text
    start = text.partition("\n")[0]
    separator = ";" if start.count(";") > start.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    return [{name: unguarded(value or "") for name, value in row.items() if name} for row in reader]


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
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    missing = [line for line in PRIVATE if line not in text.splitlines()]
    if missing:
        path.write_text("\n".join([*text.splitlines(), *missing, ""]), encoding="utf-8")


def _point_to(root: Path) -> None:
    """Let the project file say where the records are now; its other lines stay as they are."""
    path = root / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    others = [line for line in lines if not line.startswith("source:")]
    place = next((rank for rank, line in enumerate(lines) if line.startswith("source:")), len(others))
    others.insert(place, f"source: {FOLDER}")
    path.write_text("\n".join([*others, ""]), encoding="utf-8")

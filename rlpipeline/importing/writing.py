"""The tables put in the project's folder, a copy of the former ones first, and what came and went."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rlpipeline.characters import guarded, unguarded
from rlpipeline.errors import DataError, ToolError, UsageError
from rlpipeline.execution.install import write_whole
from rlpipeline.importing.filled import Filled, Row
from rlpipeline.importing.pseudonyms import KEY
from rlpipeline.importing.rules import FILE as RULES
from rlpipeline.records.checking import load
from rlpipeline.records.csv_source import decoded
from rlpipeline.records.sources import is_database
from rlpipeline.records.store import refuse_errors
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import FILE, Project
from rlpipeline.spreadsheets.conversion import rows_by_table, write_folder
from rlpipeline.spreadsheets.looks import Value

FOLDER = "source"
COPIES = "copies"
PRIVATE = (f"/{FOLDER}/", f"/{COPIES}/", f"/{KEY}", "/outputs/")


@dataclass(frozen=True)
class Written:
    """What an import wrote.

    Parameters
    ----------
    folder, copy
        Where the tables are, and the copy of the former ones; None where there was nothing.
    moved
        The project file says another place now.
    came, went
        Table name to the rows that are new, and that are there no more.
    persons_came, persons_went
        Young people.
    unchanged
        Tables of the former source that the exports do not fill: they stay.
    """

    folder: Path
    copy: Path | None
    moved: bool
    came: Mapping[str, int] = field(default_factory=dict)
    went: Mapping[str, int] = field(default_factory=dict)
    persons_came: int = 0
    persons_went: int = 0
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


def write(filled: Filled, project: Project, service: Service, rules: str, now: datetime) -> Written:
    """Write the tables and ``import.yml``, which take their places once all are written.

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
        places = [place for place in dict.fromkeys((source, folder, project.root / RULES)) if place.exists()]
        copy = copied(project.root, places, now) if places else None
        tables = {**former, **filled.tables}
        _put(tables, folder)
        write_whole(project.root / RULES, rules)
        _keep_out_of_git(project.root)
        moved = source.resolve() != folder.resolve() and _point_to(project.root)
    except OSError as error:
        raise ToolError(
            "L'import ne peut pas être écrit.", error.filename, got=error.strerror, todo="vérifier ce dossier"
        ) from error
    return _compared(
        Written(folder, copy, moved, unchanged=tuple(name for name in former if name not in filled.tables)),
        former,
        filled,
    )


def _former(folder: Path, source: Path, service: Service) -> dict[str, list[Row]]:
    """The rows that were there: those of the folder, else what is typed in the workbook, by table."""
    if folder.is_dir():
        tables = {name: read_rows(folder / f"{name}.csv") for name in TABLE_NAMES if (folder / f"{name}.csv").is_file()}
        return {name: rows for name, rows in tables.items() if rows}
    if not source.is_file():
        return {}
    records, findings = load(str(source), service)
    typed = {name: rows for name, rows in rows_by_table(records).items() if rows}
    if not typed:
        return {}
    refuse_errors(findings)
    return {
        name: [dict(zip(table_named(name).column_names, map(_written, row), strict=True)) for row in rows]
        for name, rows in typed.items()
    }


def _written(value: object) -> str:
    return "" if value is None else str(value)


def read_rows(path: Path) -> list[Row]:
    """Give the rows of a table as import wrote it, or as a spreadsheet kept it since.

    Raises
    ------
    DataError
        Its encoding is not one of those read.
    """
    text = decoded(path.read_bytes(), path.stem)
    if text.value is None:
        raise DataError(text.findings[0].message, where=str(path))
    start = text.value.partition("\n")[0]
    separator = ";" if start.count(";") > start.count(",") else ","
    reader = csv.DictReader(io.StringIO(text.value, newline=""), delimiter=separator)
    return [{name: unguarded(value or "") for name, value in row.items() if name} for row in reader]


def copy_name(now: datetime) -> str:
    """Name the folder of a copy after the moment."""
    return now.strftime("%Y-%m-%d-%Hh%Mm%Ss")


def copied(root: Path, places: Sequence[Path], now: datetime) -> Path:
    """Copy files before they change, and give the folder of the copy, readable by its owner alone."""
    copy = root / COPIES / copy_name(now)
    rank = 2
    while copy.exists():
        copy = copy.with_name(f"{copy_name(now)}-{rank}")
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


def _put(tables: Mapping[str, Sequence[Row]], folder: Path) -> None:
    """Write the tables aside, then let each take its name in the folder: the user may stand in it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with tempfile.TemporaryDirectory(prefix=".import-nouveau-", dir=folder) as workshop:
        draft = Path(workshop) / "new"
        write_folder({name: [_cells(name, row) for row in rows] for name, rows in tables.items()}, draft)
        for path in draft.iterdir():
            path.chmod(0o600)
            path.replace(folder / path.name)


def _cells(name: str, row: Row) -> list[Value]:
    return [row.get(column, "") for column in table_named(name).column_names]


def _keep_out_of_git(root: Path) -> None:
    path = root / ".gitignore"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    missing = [line for line in PRIVATE if line not in text.splitlines()]
    if missing:
        path.write_text("\n".join([*text.splitlines(), *missing, ""]), encoding="utf-8")


def _point_to(root: Path) -> bool:
    """Let the project file say where the records are now; its other lines stay as they are."""
    path = root / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    others = [line for line in lines if not line.startswith("source:")]
    place = next((rank for rank, line in enumerate(lines) if line.startswith("source:")), len(others))
    others.insert(place, f"source: {FOLDER}")
    path.write_text("\n".join([*others, ""]), encoding="utf-8")
    return True


def _compared(written: Written, former: Mapping[str, Sequence[Row]], filled: Filled) -> Written:
    """What came and went in the tables that the exports fill."""
    came, went = {}, {}
    for name, rows in filled.tables.items():
        old, new = _lines(name, former.get(name, ())), _lines(name, rows)
        came[name], went[name] = len(new) - _common(new, old), len(old) - _common(new, old)
    old_ids = {row.get("id_jeune", "") for row in former.get("jeunes", ())}
    new_ids = (
        {row.get("id_jeune", "") for row in filled.tables.get("jeunes", ())} if "jeunes" in filled.tables else old_ids
    )
    return Written(
        written.folder,
        written.copy,
        written.moved,
        came,
        went,
        len(new_ids - old_ids),
        len(old_ids - new_ids),
        written.unchanged,
    )


def _lines(name: str, rows: Iterable[Row]) -> list[str]:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(
        [guarded(str(cell)) for cell in _cells(name, row)] for row in rows
    )
    return stream.getvalue().splitlines()


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return (Counter(one) & Counter(other)).total()

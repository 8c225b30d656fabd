"""``export-source``: any source turned into another kind, written aside, read back, and only then put in its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from rlpipeline.characters import guarded
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records.findings import Finding
from rlpipeline.records.frames import Records, years
from rlpipeline.records.sources import is_database
from rlpipeline.records.store import Expected, load, refuse_errors
from rlpipeline.records.tables import TABLE_NAMES, TABLES, Column, birth_year_name, table_named
from rlpipeline.records.tabular import SQLITE_SUFFIXES, WORKBOOK_SUFFIXES, text_of
from rlpipeline.settings.acceptances import Plausible
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.new_service import placed

if TYPE_CHECKING:
    import sqlalchemy as sa

    from rlpipeline.spreadsheets.looks import Value

Rows = dict[
    str, list[list["Value"]]
]  # table name to its rows, in the order of the contract's columns
WRITTEN = (".xlsx", *SQLITE_SUFFIXES)
NC, BLANK_ACTION = "NC", "P502"
_LEFT_OUT = ("A001", "A002", "A006")  # findings about what is not read, hence not written


@dataclass(frozen=True)
class Exported:
    """What was written: the number of rows by table; and what the source holds that no table of the contract has."""

    rows: Mapping[str, int]
    left_out: tuple[Finding, ...]

    def summary(self, target: str) -> str:
        """One line, then what was left out."""
        lines = [
            f"{target} : {len(self.rows)} tables, {sum(self.rows.values())} lignes, relues à l'identique."
        ]
        if self.left_out:
            lines += ["Non repris, car le rapport ne s'en sert pas :"]
        for item in self.left_out:
            where = ", colonne ".join(filter(None, (item.table, item.colonne)))
            lines.append(f"  {where or item.valeur}")
        return "\n".join(lines)


def export_source(source: str, target: str, service: Service, force: bool = False) -> Exported:
    """Turn a source into another kind.

    Raises
    ------
    DataError
        The source holds errors.
    UsageError
        The target is of no known kind, is the source itself, or exists and ``force`` is false.
    ToolError
        The system or the database refuses, or what was written does not read back the same.
    """
    _refuse_itself(source, target)
    path = _path_of(target)
    if path:
        _refuse_target(path, force)
    records, findings = load(source, service)
    refuse_errors(findings)
    is_blank = any(item.code == BLANK_ACTION for item in findings)
    rows = rows_by_table(records, _blank_actions(source, records, service) if is_blank else ())
    if path is None:
        _to_database(rows, target, force)
        _compare(records, target, service)
    else:
        with placed(path, "La destination ne peut pas être écrite.") as draft:
            _write(rows, draft, records, service)
            _compare(records, str(draft), service)
    left_out = tuple(item for item in findings if item.code in _LEFT_OUT)
    return Exported({name: len(lines) for name, lines in rows.items()}, left_out)


def _refuse_itself(source: str, target: str) -> None:
    are_paths = "://" not in source + target
    if source == target or (are_paths and Path(source).resolve() == Path(target).resolve()):
        raise UsageError(
            "La destination est la source elle-même.", todo="donner un autre nom avec --to"
        )


def _path_of(target: str) -> Path | None:
    """Give the file or folder that a target is; None for the address of a database."""
    name = target.removeprefix("sqlite:///")
    if "://" in name:
        return None
    path = Path(name)
    if target.startswith("sqlite:") and path.suffix.lower() not in SQLITE_SUFFIXES:
        raise UsageError(
            "Le nom d'une base SQLite finit par .sqlite ou .db.", target, todo="corriger --to"
        )
    return path


def _blank_actions(source: str, records: Records, service: Service) -> frozenset[str]:
    """List the actions of which nobody entered the participants: the finding accepted of each tells it."""
    every = (
        Plausible(code=BLANK_ACTION, cle=action, raison=action)
        for action in records["actions"]["id_action"]
    )
    expected, _ = load(source, service, Expected(tuple(every)))
    return frozenset(item.raison for item in expected.silenced)


def _write(rows: Rows, draft: Path, records: Records, service: Service) -> None:
    if draft.suffix.lower() == ".xlsx":
        from rlpipeline.spreadsheets.entry_workbook import entry_workbook  # noqa: PLC0415 - this kind alone

        last = max(years(records), default=2000)
        draft.write_bytes(entry_workbook(service, last, rows))
    elif is_database(str(draft)):
        _to_database(rows, str(draft), force=False)
    else:
        write_folder(rows, draft)


def rows_by_table(records: Records, blank: Collection[str] = ()) -> Rows:
    """Rows of every table of the source.

    A number that is not known is NC in the columns that a table must have, an empty cell in the others, and where
    nobody entered the participants of an action, whose ``id_action`` is in ``blank``.
    """
    rows: Rows = {}
    for table in (table for table in TABLES if table.name in records.present):
        frame = records[table.name]
        columns = [_values(frame, column) for column in table.columns]
        rows[table.name] = [list(row) for row in zip(*columns, strict=True)]
    for row in rows.get("participations", ()):
        if row[-1] == NC and row[0] in blank:
            row[-1] = None
    return rows


def _values(frame: pd.DataFrame, column: Column) -> Iterator[Value]:
    """Give the cells of a column as one writes them."""
    if column.kind == "birth":
        years = frame[birth_year_name(column.name)]
        yield from map(_birth, frame[column.name], years)
        return
    unknown = NC if column.kind == "number" and column.required else None
    write = _WRITTEN.get(column.kind, str)
    for value in frame[column.name]:
        yield unknown if pd.isna(value) else write(value)


def _birth(day: pd.Timestamp, year: object) -> Value:
    """Write a day of birth, else its year."""
    if not pd.isna(day):
        return day.date()
    return None if pd.isna(year) else str(year)


def _number(value: float) -> Value:
    """Write a whole number without its decimal, where nothing is lost."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else float(value)


_WRITTEN: Mapping[str, Callable[[Any], Value]] = {
    "date": lambda day: day.date(),
    "flag": lambda is_so: "oui" if is_so else "non",
    "year": int,
    "number": _number,
}


def _refuse_target(target: Path, force: bool) -> None:
    """Refuse a target that is of no kind that can be written, holds something else, or exists."""
    kind = target.suffix.lower()
    if kind in WORKBOOK_SUFFIXES and kind not in WRITTEN:
        raise UsageError(
            "Cette sorte de classeur se lit, mais ne s'écrit pas.", str(target), "un classeur .xlsx"
        )
    is_folder = target.is_dir()
    if kind and kind not in WRITTEN and not is_folder:
        expected = (
            "un classeur .xlsx, un fichier .sqlite, un dossier, ou une adresse postgresql://…"
        )
        raise UsageError(
            "Ce n'est pas une sorte de source.", str(target), expected, todo="corriger --to"
        )
    if is_folder:
        _refuse_others(target)
    is_there = any(target.iterdir()) if is_folder else target.is_file()
    if is_there and not force:
        raise UsageError(
            "La destination existe déjà ; rien n'y est écrit.",
            where=str(target),
            todo="donner un autre nom, ou ajouter --force pour la remplacer",
        )


def _refuse_others(folder: Path) -> None:
    """Refuse a folder that holds anything but tables."""
    tables = {folder / f"{name}.csv" for name in TABLE_NAMES}
    inside = sorted(folder.iterdir())
    others = [path.name for path in inside if path not in tables or not path.is_file()]
    if others or folder.suffix.lower() in WRITTEN:
        raise UsageError(
            "Ce dossier contient autre chose que des tables ; rien n'y est écrit.",
            where=str(folder),
            got=", ".join(others[:5]) or None,
            todo="choisir un dossier vide ou nouveau",
        )


def write_folder(rows: Rows, folder: Path) -> None:
    """Write ``<table>.csv`` for every table: UTF-8, commas, ISO dates, decimal points, no text that is a formula."""
    folder.mkdir()
    for name, lines in rows.items():
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table_named(name).column_names)
        writer.writerows(
            [guarded(value) if isinstance(value, str) else text_of(value) or "" for value in line]
            for line in lines
        )
        (folder / f"{name}.csv").write_bytes(stream.getvalue().encode())


def _compare(records: Records, target: str, service: Service) -> None:
    again, findings = load(target, service, plausible=False)
    differ = [table.name for table in TABLES if not again[table.name].equals(records[table.name])]
    if any(item.is_error for item in findings) or again.present != records.present or differ:
        raise ToolError(
            "Ce qui a été écrit ne se relit pas à l'identique : la destination n'est pas à utiliser.",
            where=", ".join(differ) or None,
            todo="essayer une autre sorte de destination, et signaler ce défaut",
        )


def _to_database(rows: Rows, target: str, force: bool) -> None:
    """Write every table in a database, in the place of those of the same names where ``force``, all or nothing."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from rlpipeline.records.database import database_url, engine_of  # noqa: PLC0415

    url = database_url(target, to_write=True) if "://" in target else database_url(target)
    engine = engine_of(url)
    try:
        with engine.begin() as connection:
            _drop_former(connection, force)
            metadata = _metadata(rows)
            metadata.create_all(connection)
            for created in metadata.sorted_tables:
                if stored := [*_stored_rows(created.name, rows)]:
                    connection.execute(created.insert(), stored)
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or type(error).__name__).strip()
        first = cause.partition("\n")[0]
        raise ToolError(
            "La base refuse l'écriture ; rien n'y a changé.",
            where=url.render_as_string(hide_password=True),
            got=first.replace(str(url.password), "***") if url.password else first,
            todo="vérifier l'adresse, le mot de passe (RLPIPELINE_DB_PASSWORD) et le droit de créer des tables",
        ) from None
    finally:
        engine.dispose()


def _drop_former(connection: sa.Connection, force: bool) -> None:
    """Drop the tables of our names; UsageError where there are some and ``force`` is false."""
    import sqlalchemy as sa  # noqa: PLC0415

    there = [name for name in TABLE_NAMES if sa.inspect(connection).has_table(name)]
    if there and not force:
        raise UsageError(
            "La base contient déjà des tables de ce nom ; rien n'y est écrit.",
            got=", ".join(there),
            todo="choisir une autre base ou un autre schéma, ou ajouter --force pour les remplacer",
        )
    former = sa.MetaData()
    former.reflect(connection, only=there)
    former.drop_all(connection)


def _metadata(rows: Rows) -> sa.MetaData:
    """Describe the tables, with their keys and references."""
    import sqlalchemy as sa  # noqa: PLC0415

    types = {"date": sa.Date, "year": sa.Integer, "number": sa.Double, "flag": sa.Boolean}
    metadata = sa.MetaData()
    for table in map(table_named, rows):
        described: list[sa.Column[object] | sa.ForeignKeyConstraint] = []
        for column in table.columns:
            kind: sa.types.TypeEngine[Any] = types.get(column.kind, sa.Text)()
            is_key, may_be_empty = (
                column.name in table.key,
                column.nullable or column.kind == "number",
            )
            described.append(
                sa.Column(
                    column.name,
                    kind,
                    primary_key=is_key,
                    nullable=may_be_empty,
                    autoincrement=False,
                )
            )
        for item in table.references:
            if item.table in rows:
                target = f"{item.table}.{item.target}"
                described.append(sa.ForeignKeyConstraint([item.column], [target]))
        sa.Table(table.name, metadata, *described)
    return metadata


def _stored_rows(name: str, rows: Rows) -> Iterator[dict[str, object]]:
    columns = table_named(name).columns
    for row in rows[name]:
        cells = zip(columns, row, strict=True)
        yield {column.name: _stored(column, value) for column, value in cells}


def _stored(column: Column, value: Value) -> object:
    if column.kind == "flag":
        return value == "oui"
    if column.kind == "number" and value == NC:
        return None
    # A column that holds years too is text.
    return value.isoformat() if column.kind != "date" and isinstance(value, date) else value

"""``export-source``: any source turned into another kind, written aside, read back, and only then put in its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

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
            lines.append(
                f"  {', colonne '.join(filter(None, (item.table, item.colonne))) or item.valeur}"
            )
        return "\n".join(lines)


def export_source(source: str, target: str, service: Service, force: bool = False) -> Exported:
    """Turn a source into another kind. DataError: the source holds errors. UsageError: the target is of no known kind,
    is the source itself, or exists and ``force`` is false. ToolError: the system or the database refuses, or what was
    written does not read back the same."""
    if source == target or (
        "://" not in source + target and Path(source).resolve() == Path(target).resolve()
    ):
        raise UsageError(
            "La destination est la source elle-même.", todo="donner un autre nom avec --to"
        )
    path = (
        Path(target.removeprefix("sqlite:///"))
        if "://" not in target or target.startswith("sqlite:///")
        else None
    )
    if path:
        if target.startswith("sqlite:") and path.suffix.lower() not in SQLITE_SUFFIXES:
            raise UsageError(
                "Le nom d'une base SQLite finit par .sqlite ou .db.", target, todo="corriger --to"
            )
        _refuse_target(path, force)
    records, findings = load(source, service)
    refuse_errors(findings)
    blank: frozenset[str] = frozenset()
    if any(item.code == BLANK_ACTION for item in findings):  # which actions, one by one
        every = (
            Plausible(code=BLANK_ACTION, cle=action, raison=action)
            for action in records["actions"]["id_action"]
        )
        blank = frozenset(
            item.raison for item in load(source, service, Expected(tuple(every)))[0].silenced
        )
    rows = rows_by_table(records, blank)
    if path:
        with placed(path, "La destination ne peut pas être écrite.") as draft:
            if draft.suffix.lower() == ".xlsx":
                from rlpipeline.spreadsheets.entry_workbook import entry_workbook  # noqa: PLC0415 - this kind alone

                draft.write_bytes(entry_workbook(service, (years(records) or (2000,))[-1], rows))
            elif is_database(str(draft)):
                _to_database(rows, str(draft), force=False)
            else:
                write_folder(rows, draft)
            _compare(records, str(draft), service)
    else:
        _to_database(rows, target, force)
        _compare(records, target, service)
    left_out = tuple(item for item in findings if item.code in _LEFT_OUT)
    return Exported({name: len(lines) for name, lines in rows.items()}, left_out)


def rows_by_table(records: Records, blank: Collection[str] = ()) -> Rows:
    """Rows of every table of the source. A number that is not known is NC in the columns that a table must have, an
    empty cell in the others, and where nobody entered the participants of an action, whose ``id_action`` is in
    ``blank``."""
    rows: Rows = {}
    for table in (table for table in TABLES if table.name in records.present):
        columns = [_values(records[table.name], column) for column in table.columns]
        rows[table.name] = [list(row) for row in zip(*columns, strict=True)]
    for row in rows.get("participations", ()):
        row[-1] = None if row[-1] == NC and row[0] in blank else row[-1]
    return rows


def _values(frame: pd.DataFrame, column: Column) -> Iterator[Value]:
    if column.kind == "birth":
        years = frame[birth_year_name(column.name)]
        for day, year in zip(frame[column.name], years, strict=True):
            yield day.date() if not pd.isna(day) else None if pd.isna(year) else str(year)
        return
    for value in frame[column.name]:
        if pd.isna(value):
            yield NC if column.kind == "number" and column.required else None
        elif column.kind == "date":
            yield value.date()
        elif column.kind == "flag":
            yield "oui" if value else "non"
        elif column.kind == "year":
            yield int(value)
        elif column.kind == "number":  # a whole number without its decimal, where nothing is lost
            yield int(value) if value.is_integer() and abs(value) < 2**53 else float(value)
        else:
            yield str(value)


def _refuse_target(target: Path, force: bool) -> None:
    kind = target.suffix.lower()
    if kind in WORKBOOK_SUFFIXES and kind not in WRITTEN:
        raise UsageError(
            "Cette sorte de classeur se lit, mais ne s'écrit pas.", str(target), "un classeur .xlsx"
        )
    if kind and kind not in WRITTEN and not target.is_dir():
        expected = (
            "un classeur .xlsx, un fichier .sqlite, un dossier, ou une adresse postgresql://…"
        )
        raise UsageError(
            "Ce n'est pas une sorte de source.", str(target), expected, todo="corriger --to"
        )
    if target.is_dir():
        tables = {target / f"{name}.csv" for name in TABLE_NAMES}
        others = sorted(
            path.name for path in target.iterdir() if path not in tables or not path.is_file()
        )
        if kind in WRITTEN or others:
            raise UsageError(
                "Ce dossier contient autre chose que des tables ; rien n'y est écrit.",
                where=str(target),
                got=", ".join(others[:5]) or None,
                todo="choisir un dossier vide ou nouveau",
            )
    if (target.is_file() or (target.is_dir() and any(target.iterdir()))) and not force:
        raise UsageError(
            "La destination existe déjà ; rien n'y est écrit.",
            where=str(target),
            todo="donner un autre nom, ou ajouter --force pour la remplacer",
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
    import sqlalchemy as sa  # noqa: PLC0415 - this kind alone
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from rlpipeline.records.database import database_url, engine_of  # noqa: PLC0415

    types = {"date": sa.Date, "year": sa.Integer, "number": sa.Double, "flag": sa.Boolean}
    url, metadata = (
        database_url(target, to_write=True) if "://" in target else database_url(target),
        sa.MetaData(),
    )
    for table in map(table_named, rows):
        columns: list[sa.Column[object] | sa.ForeignKeyConstraint] = []
        for column in table.columns:
            kind, may_be_empty = (
                types.get(column.kind, sa.Text)(),
                column.nullable or column.kind == "number",
            )
            is_key = column.name in table.key
            columns.append(
                sa.Column(
                    column.name,
                    kind,
                    primary_key=is_key,
                    nullable=may_be_empty,
                    autoincrement=False,
                )
            )
        known = [item for item in table.references if item.table in rows]
        columns += [
            sa.ForeignKeyConstraint([item.column], [f"{item.table}.{item.target}"])
            for item in known
        ]
        sa.Table(table.name, metadata, *columns)
    engine = engine_of(url)
    try:
        with engine.begin() as connection:
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
            metadata.create_all(connection)
            for created in metadata.sorted_tables:
                own = table_named(created.name).columns
                stored = [
                    {
                        column.name: _stored(column, value)
                        for column, value in zip(own, row, strict=True)
                    }
                    for row in rows[created.name]
                ]
                if stored:
                    connection.execute(created.insert(), stored)
    except SQLAlchemyError as error:
        cause = (
            str(getattr(error, "orig", None) or type(error).__name__)
            .strip()
            .split("\n", maxsplit=1)[0]
        )
        raise ToolError(
            "La base refuse l'écriture ; rien n'y a changé.",
            where=url.render_as_string(hide_password=True),
            got=cause.replace(str(url.password), "***") if url.password else cause,
            todo="vérifier l'adresse, le mot de passe (RLPIPELINE_DB_PASSWORD) et le droit de créer des tables",
        ) from None
    finally:
        engine.dispose()


def _stored(column: Column, value: Value) -> object:
    if column.kind == "flag":
        return value == "oui"
    if column.kind == "number" and value == NC:
        return None
    # A column that holds years too is text.
    return value.isoformat() if column.kind != "date" and isinstance(value, date) else value

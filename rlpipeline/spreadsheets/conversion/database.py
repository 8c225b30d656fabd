"""A database: a table a table, with its key and its references, all of it in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeEngine

from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records.schema import Column, Kind, Table
from rlpipeline.records.tables import TABLES, table_named
from rlpipeline.spreadsheets.conversion.rows import Rows

_TYPES: Mapping[Kind, type[TypeEngine[Any]]] = {
    "date": sa.Date,
    "year": sa.Integer,
    "number": sa.Double,
    "flag": sa.Boolean,
}


def write_database(rows: Mapping[str, Rows], url: URL, force: bool) -> None:
    """Create the tables and fill them; either all of them are there or nothing changed.

    Raises
    ------
    UsageError
        One of the tables exists and ``force`` is false.
    ToolError
        The database does not answer, or refuses.
    """
    metadata = sa.MetaData()
    for name in rows:
        _table(table_named(name), metadata, frozenset(rows))
    engine = sa.create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            _make_room(connection, force)
            metadata.create_all(connection)
            for table in metadata.sorted_tables:
                _fill(connection, table, rows[table.name])
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or type(error).__name__).strip().split("\n", maxsplit=1)[0]
        raise ToolError(
            "La base refuse l'écriture ; rien n'y a changé.",
            where=url.render_as_string(hide_password=True),
            got=cause.replace(str(url.password), "***") if url.password else cause,
            todo="vérifier l'adresse, le mot de passe (RLPIPELINE_DB_PASSWORD) et le droit de créer des tables",
        ) from None
    finally:
        engine.dispose()


def _make_room(connection: Connection, force: bool) -> None:
    """Drop the tables of a former export, where that is asked."""
    inspector = sa.inspect(connection)
    there = [table.name for table in TABLES if inspector.has_table(table.name)]
    if there and not force:
        raise UsageError(
            "La base contient déjà des tables de ce nom ; rien n'y est écrit.",
            got=", ".join(there),
            todo="choisir une autre base ou un autre schéma, ou ajouter --force pour les remplacer",
        )
    former = sa.MetaData()
    former.reflect(connection, only=there)
    former.drop_all(connection)


def _table(table: Table, metadata: sa.MetaData, present: frozenset[str]) -> sa.Table:
    references = [
        sa.ForeignKeyConstraint([item.column], [f"{item.table}.{item.target}"])
        for item in table.references
        if item.table in present
    ]
    return sa.Table(table.name, metadata, *(_column(column, table) for column in table.columns), *references)


def _column(column: Column, table: Table) -> sa.Column[object]:
    kind = _TYPES.get(column.kind, sa.Text)
    empty = column.nullable or column.kind == "number"
    return sa.Column(column.name, kind(), primary_key=column.name in table.key, nullable=empty, autoincrement=False)


def _fill(connection: Connection, table: sa.Table, rows: Rows) -> None:
    if not rows:
        return
    columns = table_named(table.name).columns
    records = (zip(columns, row, strict=True) for row in rows)
    connection.execute(table.insert(), [{one.name: _stored(one, value) for one, value in record} for record in records])


def _stored(column: Column, value: object) -> object:
    if column.kind == "flag":
        return value == "oui"
    if column.kind not in _TYPES and isinstance(value, date):  # a column that holds years too is text
        return value.isoformat()
    return value

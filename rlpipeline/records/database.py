"""A database (SQLite, PostgreSQL, MySQL, DuckDB): opened read only, each table read as text in the order of its key."""

from __future__ import annotations

import getpass
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from rlpipeline.errors import ToolError, UsageError, with_extra
from rlpipeline.records.addresses import database_url
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.names import match_tables, simplified
from rlpipeline.records.parsing import written
from rlpipeline.records.raw import Lines, Mask, RawSource, RawTable, ReadTable
from rlpipeline.records.schema import Table
from rlpipeline.records.sqlite_file import sqlite_connection, sqlite_uri, stop_after
from rlpipeline.records.tables import table_named
from rlpipeline.records.values import number_mask, text_array

ROWS_AT_ONCE = 50_000
CONNECT_SECONDS = 20
MAX_SECONDS, MAX_ROWS = 60, 2_000_000
"""What reading one table may cost: a view may be written so that it never ends."""

_QUERY_CANCELED = "57014"
_INTERRUPTED = "interrupted"
_DAYS_AS_TEXT = ("date", "timestamp", "timestamptz")
_FLAGS = {0: "non", 1: "oui"}


def read_database(source: str) -> RawSource:
    """Read every table or view that bears the name of a table.

    Raises
    ------
    UsageError
        The address is wrong, or there is no such file.
    ToolError
        The database does not answer, or refuses the password.
    """
    url = database_url(source)
    if url.drivername != "sqlite":
        with (_postgresql if url.drivername.startswith("postgresql") else _other)(url) as connection:
            return _read(connection)
    path = Path(url.database or "")
    if not path.is_file():
        raise UsageError("La base SQLite est introuvable.", where=str(path), todo="corriger --source")
    try:
        with _sqlite(path) as connection:
            return _read(connection)
    except DBAPIError:
        message = (
            "Le fichier n'est pas une base SQLite, ou il est abîmé ou verrouillé par un autre programme ; le vérifier."
        )
        return RawSource(findings=(finding("E010", "", message, valeur=path.name),))


@contextmanager
def _sqlite(path: Path) -> Iterator[Connection]:
    with sqlite_uri(path) as uri:
        engine = sa.create_engine("sqlite://", creator=lambda: sqlite_connection(uri), poolclass=NullPool)
        with engine.connect() as connection:
            yield connection


@contextmanager
def _postgresql(url: URL) -> Iterator[Connection]:
    """One read-only transaction for the whole source, so that its tables agree with each other."""
    connection = _connected(url)
    try:
        driver = connection.connection.driver_connection
        _load_days_as_text(driver)
        connection.execute(sa.text("SET LOCAL TIME ZONE 'Europe/Paris'"))
        connection.execute(sa.text("SET LOCAL datestyle TO ISO"))
        yield connection
    except SQLAlchemyError as error:
        raise _unanswered(url, error) from None
    finally:
        connection.close()
        connection.engine.dispose()


@contextmanager
def _other(url: URL) -> Iterator[Connection]:
    """A database that sqlalchemy reads where its driver is installed."""
    try:
        engine = sa.create_engine(url, poolclass=NullPool, connect_args={"read_only": True} if _is_duckdb(url) else {})
        with engine.connect() as connection:
            if not _is_duckdb(url):
                connection.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))
                connection.rollback()
            yield connection
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        driver, extra = ("duckdb-engine", "duckdb") if _is_duckdb(url) else ("pymysql", "mysql")
        raise ToolError(
            f"Le pilote de cette base, {driver}, n'est pas installé.",
            got=str(error),
            todo=f"pip install {driver}, ou {with_extra(extra)}",
        ) from None
    except SQLAlchemyError as error:
        raise _unanswered(url, error) from None


def _is_duckdb(url: URL) -> bool:
    return url.drivername == "duckdb"


def _connected(url: URL) -> Connection:
    """A connection; the password is asked where the server wants one and somebody is there to type it."""
    try:
        return _open(url)
    except DBAPIError as error:
        if url.password or "password" not in str(error.orig) or not sys.stdin.isatty():
            raise _unanswered(url, error) from None
    typed = url.set(password=getpass.getpass(f"Mot de passe de {url.username or 'la base'} : "))
    try:
        return _open(typed)
    except DBAPIError as error:
        raise _unanswered(typed, error) from None


def _open(url: URL) -> Connection:
    engine = sa.create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS})
    return engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _load_days_as_text(driver: Any) -> None:
    """Days stay as PostgreSQL writes them: « infinity » and years beyond 9999 have no Python date."""
    from psycopg.types.string import TextLoader  # noqa: PLC0415 - only a source in PostgreSQL needs the driver

    for name in _DAYS_AS_TEXT:
        driver.adapters.register_loader(name, TextLoader)


def _unanswered(url: URL, error: SQLAlchemyError) -> ToolError:
    """The error without the password, whatever the driver repeats."""
    cause = str(getattr(error, "orig", None) or type(error).__name__).strip().split("\n", maxsplit=1)[0]
    if url.password:
        cause = cause.replace(str(url.password), "***")
    return ToolError(
        "La base de données ne répond pas, ou refuse la lecture.",
        where=url.render_as_string(hide_password=True),
        got=cause,
        todo="vérifier l'adresse, le réseau et le mot de passe (variable RLPIPELINE_DB_PASSWORD)",
    )


def _read(connection: Connection) -> RawSource:
    inspector = sa.inspect(connection)
    views = [*inspector.get_view_names(), *_materialized(inspector)]
    matched = match_tables([*inspector.get_table_names(), *views], "la table")
    findings: list[Finding] = [*matched.findings]
    tables: dict[str, RawTable] = {}
    for table, name in matched.names.items():
        read = _read_table(connection, name, table_named(table))
        findings += read.findings
        if read.table is not None:
            tables[table] = read.table
    return RawSource(tables, frozenset(matched.names), tuple(findings))


def _materialized(inspector: sa.Inspector) -> list[str]:
    return inspector.get_materialized_view_names() if inspector.dialect.name == "postgresql" else []


def _read_table(connection: Connection, name: str, table: Table) -> ReadTable:
    """One table; a refusal concerns it alone, so the savepoint keeps the transaction usable."""
    query = sa.select(sa.text("*")).select_from(sa.table(name))
    deadline = time.monotonic() + MAX_SECONDS
    try:
        with (
            nullcontext() if connection.dialect.name == "duckdb" else connection.begin_nested(),  # which has none
            _limited(connection, deadline),
            connection.execute(query, execution_options={"stream_results": True}) as result,
        ):
            return ReadTable(_raw_table(result, table, deadline))
    except _TooCostlyError:
        return ReadTable(None, (_too_costly(table),))
    except DBAPIError as error:
        if _was_stopped(error):
            return ReadTable(None, (_too_costly(table),))
        if connection.dialect.name == "sqlite":
            raise
        message = "La base refuse la lecture de cette table ; demander le droit de la lire (SELECT)."
        return ReadTable(None, (finding("E010", table.name, message),))


class _TooCostlyError(Exception):
    """A table has more rows, or takes more time, than any service's."""


@contextmanager
def _limited(connection: Connection, deadline: float) -> Iterator[None]:
    """The database itself stops a query that gives nothing for too long, where it can."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"SET LOCAL statement_timeout = '{MAX_SECONDS}s'"))
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    stop_after(driver, deadline)
    try:
        yield
    finally:
        stop_after(driver, None)


def _was_stopped(error: DBAPIError) -> bool:
    cause = error.orig
    return str(cause) == _INTERRUPTED or getattr(cause, "sqlstate", None) == _QUERY_CANCELED


def _too_costly(table: Table) -> Finding:
    message = (
        f"La lecture a été arrêtée : plus de {written(MAX_ROWS)} lignes, ou plus de {MAX_SECONDS} s ; corriger une vue "
        "qui ne finit pas, découper une table aussi longue."
    )
    return finding("E014", table.name, message)


@dataclass
class _Pieces:
    """The chunks of one column while its table is read."""

    texts: list[pa.Array] = field(default_factory=list)
    numbers: list[Mask] = field(default_factory=list)

    def add(self, cells: Sequence[object], flag: bool) -> None:
        if flag:
            # SQLite has no yes-or-no of its own: it keeps 1 and 0.
            cells = [_FLAGS.get(cell, cell) if isinstance(cell, int) else cell for cell in cells]
        self.texts += text_array(cells).chunks
        self.numbers.append(number_mask(cells))


def _raw_table(result: sa.CursorResult[Any], table: Table, deadline: float) -> RawTable:
    header = tuple(map(str, result.keys()))
    flags = {column.name for column in table.columns if column.kind == "flag"}
    pieces = [_Pieces() for _ in header]
    for rank, rows in enumerate(result.partitions(ROWS_AT_ONCE)):
        if rank * ROWS_AT_ONCE + len(rows) > MAX_ROWS or time.monotonic() > deadline:
            raise _TooCostlyError
        for name, piece, cells in zip(header, pieces, zip(*rows, strict=True), strict=True):
            piece.add(cells, simplified(name) in flags)
    texts = [pa.chunked_array(piece.texts, pa.large_string()) for piece in pieces]
    order = _order(header, texts, table)
    columns = tuple(text.take(pa.array(order)) for text in texts)
    numbers = {position: np.concatenate(piece.numbers)[order] for position, piece in enumerate(pieces) if piece.numbers}
    lines = np.arange(1, len(order) + 1, dtype=np.int64)
    return RawTable(
        table.name, header, columns, lines, None, {key: mask for key, mask in numbers.items() if mask.any()}
    )


def _order(header: Sequence[str], texts: Sequence[pa.ChunkedArray], table: Table) -> Lines:
    """Rows by key, then by every column: a database has no order of its own, and a rank must mean something."""
    names = [simplified(name) for name in header]
    ranked = sorted(range(len(header)), key=lambda index: (names[index] not in table.key, index))
    if not ranked:
        return np.empty(0, np.int64)
    frame = pa.table({str(index): texts[index] for index in ranked})
    order = pc.sort_indices(frame, sort_keys=[(str(index), "ascending") for index in ranked])
    ranks: Lines = order.to_numpy().astype(np.int64)
    return ranks

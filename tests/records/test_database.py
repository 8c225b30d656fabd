"""A database as a source."""

import sqlite3
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records import database
from rlpipeline.records.database import PASSWORD_VARIABLES, database_url, engine_of, reading
from rlpipeline.records.store import check, load
from rlpipeline.settings.models import Service
from tests.records.conftest import write_postgresql
from tests.records.sample import sample
from tests.records.writers import write_sqlite


def test_a_view_is_a_table_and_another_schema_is_not_read(
    schema: tuple[sa.Engine, str], service: Service
) -> None:
    engine, source = schema
    write_postgresql(sample(), engine)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE temps RENAME TO saisies"))
        connection.execute(sa.text("CREATE VIEW temps AS SELECT * FROM saisies"))
        connection.execute(sa.text("ALTER TABLE presences RENAME TO rencontres"))
        connection.execute(
            sa.text("CREATE MATERIALIZED VIEW presences AS SELECT * FROM rencontres")
        )
    records, findings = load(source, service)
    assert [(item.code, item.table) for item in findings] == [
        ("A001", "rencontres"),
        ("A001", "saisies"),
    ]
    assert len(records["temps"]) == 3
    assert len(records["presences"]) == 2


def test_a_table_that_may_not_be_read_does_not_hide_the_others(
    schema: tuple[sa.Engine, str], service: Service
) -> None:
    engine, source = schema
    tables = sample()
    tables["jeunes"].append(["J4", "X", "", "62215", "", "2023-01-01"])
    write_postgresql(tables, engine)
    name = source.rpartition("%3D")[2]
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE ROLE lecteur_{name} LOGIN"))
        connection.execute(sa.text(f"GRANT USAGE ON SCHEMA {name} TO lecteur_{name}"))
        connection.execute(
            sa.text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO lecteur_{name}")
        )
        connection.execute(sa.text(f"REVOKE SELECT ON actions FROM lecteur_{name}"))
    found = [
        (item.code, item.table)
        for item in check(source.replace("postgres:", f"lecteur_{name}:", 1), service)
    ]
    assert found == [("E103", "jeunes"), ("E010", "actions")]


def test_the_transaction_can_write_nothing(schema: tuple[sa.Engine, str]) -> None:
    engine, source = schema
    write_postgresql(sample(), engine)
    with (
        pytest.raises(ToolError, match="read-only"),
        reading(source) as connection,
    ):
        connection.execute(sa.text("DELETE FROM temps"))
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM temps")).scalar() == 3


def test_every_table_is_read_at_the_same_moment(schema: tuple[sa.Engine, str]) -> None:
    engine, source = schema
    write_postgresql(sample(), engine)
    with reading(source) as connection:
        connection.execute(sa.text("SELECT count(*) FROM temps"))
        with engine.begin() as writing:
            writing.execute(sa.text("DELETE FROM jeunes"))
        assert connection.execute(sa.text("SELECT count(*) FROM jeunes")).scalar() == 3


@pytest.mark.slow
def test_the_rank_of_a_record_does_not_depend_on_the_order_of_writing(
    tmp_path: Path, service: Service
) -> None:
    tables = sample()
    tables["suivis"][2][2] = "X"
    (one,) = check(write_sqlite(tables, tmp_path / "a.sqlite"), service)
    tables["suivis"][1:] = reversed(tables["suivis"][1:])
    (two,) = check(write_sqlite(tables, tmp_path / "b.sqlite"), service)
    assert one == two
    assert one.ligne == 2
    assert one.message.endswith("Enregistrement : id_suivi = S2.")


@pytest.mark.parametrize(
    "shape", ["postgresql://u:s3cr3t@127.0.0.1:1/b", "postgresql://u@127.0.0.1:1/b"]
)
def test_a_server_that_does_not_answer(
    shape: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RLPIPELINE_DB_PASSWORD", "s3cr3t")
    with pytest.raises(ToolError) as caught:
        check(shape, service)
    assert caught.value.exit_code == 5
    assert "127.0.0.1" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_wrong_password_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str | None] = []

    def refused(url: sa.URL, **_: object) -> None:
        tried.append(url.password)
        raise sa.exc.OperationalError(
            "", None, Exception(f"fe_sendauth: no password supplied ({url.password})")
        )

    monkeypatch.setattr(database.sa, "create_engine", refused)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(database.getpass, "getpass", lambda _: "s3cr3t-faux")
    for source in ("postgresql://u@h/b", "postgresql://u:s3cr3t-faux@h/b"):
        with pytest.raises(ToolError) as caught:
            database._connected(database_url(source))
        assert "s3cr3t-faux" not in str(caught.value)
    assert tried == [None, "s3cr3t-faux", "s3cr3t-faux"]


def folder_state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_changes_left_in_a_journal_are_read_and_left_there(
    tmp_path: Path, service: Service
) -> None:
    path = tmp_path / "source.sqlite"
    write_sqlite(sample(), path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("UPDATE jeunes SET sexe = 'X' WHERE id_jeune = 'J1'")
    connection.commit()
    assert (tmp_path / "source.sqlite-wal").stat().st_size > 0
    before = folder_state(tmp_path)
    (item,) = check(str(path), service)
    assert (item.code, item.valeur) == ("E103", "X")
    assert folder_state(tmp_path) == before
    connection.close()


def test_bytes_that_are_no_text(tmp_path: Path, service: Service) -> None:
    path = tmp_path / "source.sqlite"
    write_sqlite(sample(), path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE partenaires SET nom = x'ff00ff'")
        connection.execute("UPDATE instances SET champ = CAST(x'6361e9' AS TEXT)")
    connection.close()
    found = [(item.code, item.table, item.colonne) for item in check(str(path), service)]
    assert found == [("E109", "instances", "champ"), ("E109", "partenaires", "nom")]


def test_a_driver_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with (
        pytest.raises(ToolError, match="pip install pymysql"),
        reading("mysql://service@serveur/suivi"),
    ):
        pass


@pytest.fixture
def no_password_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PASSWORD_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_password_around")
def test_the_password_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "autre")
    assert database_url("postgresql://u@h/b").password == "autre"
    monkeypatch.setenv("RLPIPELINE_DB_PASSWORD", "s3cr3t/é")
    assert database_url("postgresql://u@h/b").password == "s3cr3t/é"
    assert database_url("postgresql://u:donné@h/b").password == "donné"


@pytest.mark.parametrize(
    "source", ["postgresql://u:s3cr3t@h/b", "postgresql://u@h/b?password=s3cr3t&sslmode=require"]
)
def test_the_password_does_not_show(source: str) -> None:
    url = database_url(source)
    assert url.password == "s3cr3t"
    assert "s3cr3t" not in str(url)
    assert "s3cr3t" not in repr(url)


@pytest.mark.parametrize(
    "source",
    [
        "oracle://u:s3cr3t@h/b",
        "postgresql://u:s3cr3t@h",
        "postgresql://u:s3cr3t@h:port/b",
        "sqlite://",
    ],
)
def test_an_address_that_is_not_read_is_not_repeated(source: str) -> None:
    with pytest.raises(UsageError) as caught:
        database_url(source)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("scheme", "module", "extra"),
    [("postgresql", "psycopg", "postgres"), ("mysql", "pymysql", "mysql")],
)
def test_a_driver_that_is_missing_is_named_with_the_option_that_has_it(
    scheme: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    url = database_url(f"{scheme}://educateur@localhost/base")
    with pytest.raises(ToolError) as raised:
        engine_of(url)
    assert module in raised.value.what
    assert f"[{extra}]" in str(raised.value.todo)

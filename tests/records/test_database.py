"""A database as a source."""

import os
import sqlite3
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from rlpipeline.errors import ToolError
from rlpipeline.records import check, database, load
from rlpipeline.records.database import PASSWORD_VARIABLES, database_url, reading
from rlpipeline.settings.models import Service
from tests.records.conftest import write_postgresql
from tests.records.sample import Sheets, sample
from tests.records.writers import write_csv, write_sqlite

TYPED = {
    "jeunes": {"commune": sa.Text, "premier_contact": sa.Date},
    "suivis": {"date_debut": sa.Date, "date_fin": sa.Date},
    "situations": {"annee": sa.Integer},
    "orientations": {"date": sa.DateTime(timezone=True)},
    "presences": {"date": sa.DateTime},
    "temps": {"heures": sa.Numeric(6, 2), "en_ligne": sa.Boolean},
    "participations": {"nombre": sa.Integer},
    "personnel": {"etp": sa.Float, "etp_departement": sa.Numeric(4, 3), "etp_communes": sa.REAL},
    "diagnostics": {"note": sa.Float, "annee": sa.SmallInteger},
}


def typed_sample() -> Sheets:
    """The sample with values a database can hold under a type."""
    tables = sample()
    tables["jeunes"][2][5] = "2023-03-01"
    tables["temps"][1:] = [["2023-01-09", "EDU-01", "62215", "travail_de_rue", "2.5", "oui"]]
    tables["participations"][1:] = [["A1", "11_14", "12"], ["A2", "plus_21", ""]]
    tables["personnel"][1][3:6] = ["1", "0.8", "0.2"]
    tables["diagnostics"][2][4] = "3.5"
    return tables


def python_value(text: str, kind: object) -> object:
    if text == "":
        return None
    if kind in (sa.Date, sa.DateTime) or isinstance(kind, sa.DateTime):
        return date.fromisoformat(text)
    if kind is sa.Boolean:
        return text == "oui"
    return text if kind is sa.Text else float(text)


def write_typed(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for name, (header, *rows) in typed_sample().items():
            kinds = [TYPED.get(name, {}).get(str(column), sa.Text) for column in header]
            columns = [sa.Column(str(column), kind) for column, kind in zip(header, kinds, strict=True)]
            table = sa.Table(name, sa.MetaData(), *columns)
            table.create(connection)
            values = [[python_value(str(cell), kind) for cell, kind in zip(row, kinds, strict=True)] for row in rows]
            connection.execute(table.insert(), [dict(zip(map(str, header), row, strict=True)) for row in values])


def test_columns_of_every_type_give_the_same_frames(
    schema: tuple[sa.Engine, str], tmp_path: Path, service: Service
) -> None:
    engine, source = schema
    write_typed(engine)
    expected, _ = load(write_csv(typed_sample(), tmp_path / "source"), service)
    records, findings = load(source, service)
    assert findings == []
    for name in typed_sample():
        pd.testing.assert_frame_equal(records[name], expected[name])


def test_a_view_is_a_table_and_another_schema_is_not_read(schema: tuple[sa.Engine, str], service: Service) -> None:
    engine, source = schema
    write_postgresql(sample(), engine)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE temps RENAME TO saisies"))
        connection.execute(sa.text("CREATE VIEW temps AS SELECT * FROM saisies"))
        connection.execute(sa.text("ALTER TABLE presences RENAME TO rencontres"))
        connection.execute(sa.text("CREATE MATERIALIZED VIEW presences AS SELECT * FROM rencontres"))
    records, findings = load(source, service)
    assert [(item.code, item.table) for item in findings] == [("A001", "rencontres"), ("A001", "saisies")]
    assert len(records["temps"]) == 3
    assert len(records["presences"]) == 2


def test_a_table_that_may_not_be_read_does_not_hide_the_others(schema: tuple[sa.Engine, str], service: Service) -> None:
    engine, source = schema
    tables = sample()
    tables["jeunes"].append(["J4", "X", "", "62215", "", "2023-01-01"])
    write_postgresql(tables, engine)
    name = source.rpartition("%3D")[2]
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE ROLE lecteur_{name} LOGIN"))
        connection.execute(sa.text(f"GRANT USAGE ON SCHEMA {name} TO lecteur_{name}"))
        connection.execute(sa.text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO lecteur_{name}"))
        connection.execute(sa.text(f"REVOKE SELECT ON actions FROM lecteur_{name}"))
    found = [(item.code, item.table) for item in check(source.replace("postgres:", f"lecteur_{name}:", 1), service)]
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


def test_the_rank_of_a_record_does_not_depend_on_the_order_of_writing(tmp_path: Path, service: Service) -> None:
    tables = sample()
    tables["suivis"][2][2] = "X"
    (one,) = check(write_sqlite(tables, tmp_path / "a.sqlite"), service)
    tables["suivis"][1:] = reversed(tables["suivis"][1:])
    (two,) = check(write_sqlite(tables, tmp_path / "b.sqlite"), service)
    assert one == two
    assert one.ligne == 2
    assert one.message.endswith("Enregistrement : id_suivi = S2.")


@pytest.mark.parametrize("shape", ["postgresql://u:s3cr3t@127.0.0.1:1/b", "postgresql://u@127.0.0.1:1/b"])
def test_a_server_that_does_not_answer(shape: str, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLPIPELINE_DB_PASSWORD", "s3cr3t")
    with pytest.raises(ToolError) as caught:
        check(shape, service)
    assert caught.value.exit_code == 5
    assert "127.0.0.1" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__


class RefusalError(Exception):
    """What a driver says, which may repeat what it was given."""


def refusing(message: str) -> sa.exc.OperationalError:
    return sa.exc.OperationalError("", None, RefusalError(message))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The passwords tried on a server that wants the right one."""
    tried: list[str | None] = []

    def open_(url: sa.URL) -> str:
        tried.append(url.password)
        if url.password != "juste":
            raise refusing(f"fe_sendauth: no password supplied ({url.password})")
        return "connection"

    for name in PASSWORD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(database, "_open", open_)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    return tried


def test_a_wrong_password_does_not_show(opened: list[str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.getpass, "getpass", lambda _: "s3cr3t-faux")
    for source in ("postgresql://u@h/b", "postgresql://u:s3cr3t-faux@h/b"):
        with pytest.raises(ToolError) as caught:
            database._connected(database_url(source))
        assert "s3cr3t-faux" not in str(caught.value)
    assert opened == [None, "s3cr3t-faux", "s3cr3t-faux"]


def folder_state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_changes_left_in_a_journal_are_read_and_left_there(tmp_path: Path, service: Service) -> None:
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


def test_a_file_in_wal_mode_gets_no_companion(tmp_path: Path, service: Service) -> None:
    path = tmp_path / "source.sqlite"
    write_sqlite(sample(), path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    assert path.read_bytes()[18:20] == b"\x02\x02"
    assert check(str(path), service) == []
    assert os.listdir(tmp_path) == ["source.sqlite"]  # noqa: PTH208


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
    with pytest.raises(ToolError, match="pip install pymysql"), reading("mysql://service@serveur/suivi"):
        pass

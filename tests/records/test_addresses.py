import pytest

from rlpipeline.errors import UsageError
from rlpipeline.records.addresses import PASSWORD_VARIABLES, database_url
from rlpipeline.records.sources import is_database

SECRET = "s3cr3t/é"


@pytest.fixture(autouse=True)
def no_password_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PASSWORD_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("sqlite:///a.sqlite", True),
        ("postgresql://h/b", True),
        ("dossier/a.sqlite", True),
        ("a.DB", True),
        ("dossier", False),
        ("a.xlsx", False),
    ],
)
def test_what_is_a_database(source: str, answer: bool) -> None:
    assert is_database(source) is answer


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql(scheme: str) -> None:
    assert database_url(f"{scheme}://h/b").drivername == "postgresql+psycopg"


def test_the_password_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "autre")
    assert database_url("postgresql://u@h/b").password == "autre"
    monkeypatch.setenv("RLPIPELINE_DB_PASSWORD", SECRET)
    assert database_url("postgresql://u@h/b").password == SECRET
    assert database_url("postgresql://u:donné@h/b").password == "donné"


def test_without_a_password() -> None:
    assert database_url("postgresql://u@h/b").password is None


@pytest.mark.parametrize("source", ["postgresql://u:s3cr3t@h/b", "postgresql://u@h/b?password=s3cr3t&sslmode=require"])
def test_the_password_does_not_show(source: str) -> None:
    url = database_url(source)
    assert url.password == "s3cr3t"
    assert "s3cr3t" not in str(url)
    assert "s3cr3t" not in repr(url)


@pytest.mark.parametrize(
    "source", ["oracle://u:s3cr3t@h/b", "postgresql://u:s3cr3t@h", "postgresql://u:s3cr3t@h:port/b", "sqlite://"]
)
def test_an_address_that_is_not_read_is_not_repeated(source: str) -> None:
    with pytest.raises(UsageError) as caught:
        database_url(source)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_path_of_a_sqlite_file() -> None:
    assert database_url("dossier/a.sqlite").database == "dossier/a.sqlite"
    assert database_url("sqlite:////tmp/a.sqlite").database == "/tmp/a.sqlite"

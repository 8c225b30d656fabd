import pytest

from rlpipeline.errors import UsageError
from rlpipeline.records.database import PASSWORD_VARIABLES, database_url

SECRET = "s3cr3t/é"


@pytest.fixture(autouse=True)
def no_password_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PASSWORD_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_the_password_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "autre")
    assert database_url("postgresql://u@h/b").password == "autre"
    monkeypatch.setenv("RLPIPELINE_DB_PASSWORD", SECRET)
    assert database_url("postgresql://u@h/b").password == SECRET
    assert database_url("postgresql://u:donné@h/b").password == "donné"


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

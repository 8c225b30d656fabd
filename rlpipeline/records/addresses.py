"""The address of a database, and its password, which never shows."""

from __future__ import annotations

import os

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from rlpipeline.errors import UsageError

PASSWORD_VARIABLES = ("RLPIPELINE_DB_PASSWORD", "PGPASSWORD")
_SCHEMES = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
    "mysql": "mysql+pymysql",
    "mysql+pymysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "duckdb": "duckdb",
}
WRITTEN = ("sqlite", "postgresql+psycopg")
"""Databases where what is written stands whole or not at all."""
OF_FILES = ("sqlite", "duckdb")


def database_url(source: str, to_write: bool = False) -> URL:
    """The address with its password, taken from the environment where the address has none.

    Parameters
    ----------
    to_write
        Whether records will be written there.

    Returns
    -------
    URL
        Its text hides the password. The variables are read in the order of ``PASSWORD_VARIABLES``.

    Raises
    ------
    UsageError
        The address cannot be read, or it is of another kind of database; its text is not repeated.
    """
    if "://" not in source:
        return URL.create("sqlite", database=source)
    url = _parsed(source)
    scheme = _SCHEMES.get(url.drivername)
    if scheme is None or not url.database or (to_write and scheme not in WRITTEN):
        raise _unknown_address(to_write)
    if scheme in OF_FILES:
        return url
    # A password among the options would show in the text of the address.
    given = url.query.get("password")
    password = url.password or (given if isinstance(given, str) else None) or _password_around()
    return url.difference_update_query(["password"]).set(drivername=scheme, password=password)


def _parsed(source: str) -> URL:
    try:
        return make_url(source)
    except (ArgumentError, ValueError):
        # Not chained: the original error may repeat the address, and the password in it.
        raise _unknown_address() from None


def _unknown_address(to_write: bool = False) -> UsageError:
    read_only = "" if to_write else ", mysql://utilisateur@hôte/base, duckdb:///chemin/base.duckdb"
    return UsageError(
        "Rien ne s'écrit à cette adresse." if to_write else "L'adresse de la base de données n'est pas reconnue.",
        expected=f"sqlite:///chemin/base.sqlite, postgresql://utilisateur@hôte/base{read_only}",
        todo="corriger --source ; le mot de passe se donne par la variable d'environnement RLPIPELINE_DB_PASSWORD",
    )


def _password_around() -> str | None:
    return next((os.environ[name] for name in PASSWORD_VARIABLES if os.environ.get(name)), None)

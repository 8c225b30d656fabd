"""The kinds of source: a folder of CSV files, a workbook, a database."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records.csv_source import read_folder
from rlpipeline.records.raw import RawSource

SQLITE_SUFFIXES = (".sqlite", ".sqlite3", ".db")
WORKBOOK_SUFFIXES = (".xlsx", ".ods")
_EXPECTED = (
    "un dossier de fichiers .csv, un classeur .xlsx ou .ods, un fichier SQLite (.sqlite, .db), "
    "ou une adresse sqlite:///…, postgresql://…, mysql://… ou duckdb:///…"
)
_TODO = {
    ".xls": "dans Excel, l'enregistrer au format .xlsx",
    ".txt": "l'enregistrer en .csv, dans le dossier des données",
    ".csv": "donner le dossier qui contient ce fichier",
}


def is_database(source: str) -> bool:
    """Whether the source is a database: an address with a scheme, or the path of a SQLite file."""
    return "://" in source or Path(source).suffix.lower() in SQLITE_SUFFIXES


def read_source(source: str) -> RawSource:
    """Read a source of any kind, without ever writing to it.

    Raises
    ------
    UsageError
        There is nothing there, or it is of another kind.
    ToolError
        The database does not answer, or the system refuses the file.
    """
    try:
        return _read(source)
    except OSError as error:
        raise ToolError(
            "Le système refuse la lecture de la source.",
            where=error.filename,
            got=error.strerror,
            todo="vérifier que ce compte a le droit de la lire, et que le disque répond",
        ) from error


def _read(source: str) -> RawSource:
    # Each kind imports its own drivers: who reads a folder does not wait for those of a database.
    if is_database(source):
        from rlpipeline.records.database import read_database  # noqa: PLC0415

        return read_database(source)
    path = Path(source)
    if path.is_dir():
        return read_folder(path)
    if path.is_file() and path.suffix.lower() in WORKBOOK_SUFFIXES:
        from rlpipeline.records.workbook import read_workbook  # noqa: PLC0415

        return read_workbook(path)
    what = "Ce fichier n'est pas une source de données." if path.exists() else "La source est introuvable."
    raise UsageError(what, where=source, expected=_EXPECTED, todo=_TODO.get(path.suffix.lower(), "corriger --source"))

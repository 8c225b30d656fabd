"""``export-source``: the target is written aside, read back, compared, and only then put in its place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records.checking import load
from rlpipeline.records.findings import Finding
from rlpipeline.records.frames import Records, years
from rlpipeline.records.sources import SQLITE_SUFFIXES, WORKBOOK_SUFFIXES, is_database
from rlpipeline.records.store import refuse_errors
from rlpipeline.records.tables import TABLE_NAMES, TABLES
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.conversion.rows import Rows, rows_by_table

_EXPECTED = "un classeur .xlsx ou .ods, un fichier .sqlite, un dossier, ou une adresse postgresql://…"
_LEFT_OUT = ("A001", "A002", "A006")
"""Findings about what is not read, hence not written."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Parameters
    ----------
    rows
        Table name to its number of rows.
    left_out
        What the source holds that no table of the contract has.
    """

    rows: Mapping[str, int]
    left_out: tuple[Finding, ...]

    def summary(self, target: str) -> str:
        """One line, then what was left out."""
        count = sum(self.rows.values())
        lines = [f"{target} : {len(self.rows)} tables, {count} lignes, relues à l'identique."]
        if self.left_out:
            lines += ["Non repris, car le rapport ne s'en sert pas :"]
            lines += [f"  {_place(item)}" for item in self.left_out]
        return "\n".join(lines)


def export_source(source: str, target: str, service: Service, force: bool = False) -> Exported:
    """Turn a source into another kind.

    Raises
    ------
    DataError
        The source holds errors: what cannot be read cannot be written.
    UsageError
        The target is of no known kind, is the source itself, or exists and ``force`` is false.
    ToolError
        The system or the database refuses, or what was written does not read back as it was.
    """
    _refuse_itself(source, target)
    records, findings = load(source, service)
    refuse_errors(findings)
    rows = rows_by_table(records)
    if "://" not in target or target.startswith("sqlite:///"):
        _to_file(records, rows, _path(target), service, force)
    else:
        _to_server(rows, target, force)
        _compare(records, target, service)
    left_out = tuple(item for item in findings if item.code in _LEFT_OUT)
    return Exported({name: len(lines) for name, lines in rows.items()}, left_out)


def _place(item: Finding) -> str:
    column = f", colonne {item.colonne}" if item.colonne else ""
    return f"{item.table}{column}" if item.table else str(item.valeur)


def _path(target: str) -> Path:
    path = Path(target.removeprefix("sqlite:///"))
    if target.startswith("sqlite:") and path.suffix.lower() not in SQLITE_SUFFIXES:
        raise UsageError("Le nom d'une base SQLite finit par .sqlite ou .db.", target, todo="corriger --to")
    return path


def _refuse_itself(source: str, target: str) -> None:
    same = source == target or ("://" not in source + target and Path(source).resolve() == Path(target).resolve())
    if same:
        raise UsageError("La destination est la source elle-même.", todo="donner un autre nom avec --to")


def _to_server(rows: Mapping[str, Rows], target: str, force: bool) -> None:
    from rlpipeline.records.addresses import database_url  # noqa: PLC0415
    from rlpipeline.spreadsheets.conversion.database import write_database  # noqa: PLC0415

    write_database(rows, database_url(target, to_write=True), force)


def _to_file(records: Records, rows: Mapping[str, Rows], target: Path, service: Service, force: bool) -> None:
    _refuse_target(target, force)
    try:
        with _draft_beside(target) as draft:
            _write(records, rows, draft, service)
            _compare(records, str(draft), service)
            _put(draft, target)
    except OSError as error:
        raise ToolError(
            "La destination ne peut pas être écrite.", str(target), got=error.strerror, todo="choisir un autre endroit"
        ) from error


def _refuse_target(target: Path, force: bool) -> None:
    """Refuse a kind that is not written, and what must not be lost."""
    if target.suffix and target.suffix.lower() not in (*WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES) and not target.is_dir():
        raise UsageError("Ce n'est pas une sorte de source.", str(target), _EXPECTED, todo="corriger --to")
    if target.is_dir():
        others = sorted(path.name for path in target.iterdir() if not _is_table(path))
        if target.suffix.lower() in (*WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES) or others:
            raise UsageError(
                "Ce dossier contient autre chose que des tables ; rien n'y est écrit.",
                where=str(target),
                got=", ".join(others[:5]) or None,
                todo="choisir un dossier vide ou nouveau",
            )
    if (target.is_file() or (target.is_dir() and any(target.iterdir()))) and not force:
        raise UsageError(
            "La destination existe déjà ; rien n'y est écrit.",
            where=str(target),
            todo="donner un autre nom, ou ajouter --force pour la remplacer",
        )


def _is_table(path: Path) -> bool:
    return path.is_file() and path.suffix == ".csv" and path.stem in TABLE_NAMES


@contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """A place beside the target, of the same kind, so that it can take its name in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-nouveau-", dir=target.parent) as workshop:
        yield Path(workshop) / f"nouveau{target.suffix}"


def _write(records: Records, rows: Mapping[str, Rows], draft: Path, service: Service) -> None:
    # Each kind imports its own libraries.
    if draft.suffix.lower() == ".xlsx":
        from rlpipeline.spreadsheets.entry.workbook_file import entry_workbook  # noqa: PLC0415

        draft.write_bytes(entry_workbook(service, (years(records) or (2000,))[-1], rows))
    elif draft.suffix.lower() == ".ods":
        from rlpipeline.spreadsheets.conversion.ods import write_ods  # noqa: PLC0415

        write_ods(rows, draft)
    elif is_database(str(draft)):
        from rlpipeline.records.addresses import database_url  # noqa: PLC0415
        from rlpipeline.spreadsheets.conversion.database import write_database  # noqa: PLC0415

        write_database(rows, database_url(str(draft)), force=False)
    else:
        from rlpipeline.spreadsheets.conversion.csv_folder import write_folder  # noqa: PLC0415

        write_folder(rows, draft)


def _compare(records: Records, target: str, service: Service) -> None:
    """Read back what was written: frame by frame, it is what was read."""
    again, findings = load(target, service)
    same = again.present == records.present and all(again[one.name].equals(records[one.name]) for one in TABLES)
    if any(item.is_error for item in findings) or not same:
        differ = [one.name for one in TABLES if not again[one.name].equals(records[one.name])]
        raise ToolError(
            "Ce qui a été écrit ne se relit pas à l'identique : la destination n'est pas à utiliser.",
            where=", ".join(differ) or None,
            todo="essayer une autre sorte de destination, et signaler ce défaut",
        )


def _put(draft: Path, target: Path) -> None:
    """Give the draft the name of the target; a former folder steps aside first."""
    if target.is_dir():
        former = draft.with_name("ancien")
        target.rename(former)
        draft.rename(target)
        shutil.rmtree(former)
    else:
        draft.replace(target)

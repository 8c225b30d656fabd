"""The store: records read once, kept in Parquet for the notebooks to open quickly."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

import pandas as pd

from rlpipeline.errors import DataError, UsageError
from rlpipeline.records.checking import Expected, load
from rlpipeline.records.findings import Finding, where
from rlpipeline.records.frames import Records, Silenced
from rlpipeline.records.tables import TABLE_NAMES, TABLES, Contract, table_named
from rlpipeline.settings.models import Service

MARKER = "records.json"
FORMAT = 2
SHOWN = 5  # errors that a refusal to open names by their place; the check lists them all


def open_records(source: str, service: Service, expected: Expected | None = None) -> Records:
    """Open a store already written, or read a source. DataError: the source holds errors, or the store is damaged.
    UsageError: there is no such source."""
    if is_store(Path(source)):
        return read_store(Path(source))
    records, findings = load(source, service, expected)
    refuse_errors(findings)
    return records


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Go no further with records that hold errors: a DataError with the places of the first, never a value."""
    errors = [where(item) for item in findings if item.is_error]
    if errors:
        rest = [f"… et {len(errors) - SHOWN} de plus"] if len(errors) > SHOWN else []
        raise DataError(
            f"Les données contiennent {len(errors)} erreur{'s' if len(errors) > 1 else ''}.",
            expected="des données sans erreur",
            got="\n    ".join(["", *errors[:SHOWN], *rest]),
            todo="lancer « rlpipeline check » pour en lire la liste et les explications, puis corriger la source",
        )


def is_store(path: Path) -> bool:
    """Whether the directory was written by ``write_store``."""
    return (path / MARKER).is_file()


def write_store(records: Records, directory: Path) -> None:
    """Write one Parquet file a table, for its owner alone, all at once; UsageError where something else is there."""
    if directory.exists() and not is_store(directory) and any(directory.iterdir()):
        raise UsageError(
            "Ce dossier contient autre chose que des données préparées.",
            where=str(directory),
            todo="choisir un dossier vide ou nouveau",
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    # mkdtemp makes directories of mode 0700; beside the target, so that the final rename is atomic.
    workshop = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    new = workshop / "new"
    try:
        new.mkdir(mode=0o700)
        for table in TABLES:
            with private_file(_table_path(new, table.name)) as stream:
                _conforming(records[table.name], table).to_parquet(stream, engine="pyarrow", index=False)
        silenced = [asdict(accepted) for accepted in records.silenced]
        marker = {"format": FORMAT, "present": sorted(records.present), "silenced": silenced}
        with private_file(new / MARKER) as stream:
            stream.write(json.dumps(marker, indent=1).encode())
        if directory.exists():
            directory.rename(workshop / "old")
        new.rename(directory)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _conforming(frame: pd.DataFrame, table: Contract) -> pd.DataFrame:
    if frame.dtypes.to_dict() != table.dtypes:
        raise DataError(
            "Une table n'a pas la forme du contrat.",
            where=f"table {table.name}",
            expected=", ".join(f"{name} ({dtype})" for name, dtype in table.dtypes.items()),
            got=", ".join(f"{name} ({dtype})" for name, dtype in frame.dtypes.items()),
        )
    return frame


def read_store(directory: Path) -> Records:
    """The records of a store, each table read when it is asked for; DataError where it is damaged or of old."""
    with _damage_reported(directory):
        marker = json.loads((directory / MARKER).read_text(encoding="utf-8"))
        if marker["format"] != FORMAT or not all(_table_path(directory, name).is_file() for name in TABLE_NAMES):
            raise ValueError(directory)
        silenced = tuple(Silenced(**accepted) for accepted in marker["silenced"])
        return Records(_Files(directory), frozenset(marker["present"]), silenced)


class _Files(Mapping[str, pd.DataFrame]):
    """The tables of a store, each read once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            table = table_named(name)
            with _damage_reported(self._directory):
                frame = pd.read_parquet(_table_path(self._directory, name), engine="pyarrow")
                self._read[name] = _conforming(frame.astype(table.dtypes)[list(table.dtypes)], table)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLE_NAMES)

    def __len__(self) -> int:
        return len(TABLE_NAMES)


@contextmanager
def _damage_reported(directory: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "Les données préparées sont incomplètes ou d'une autre version.",
            where=str(directory),
            todo="relancer avec --force",
        ) from error


def private_file(path: Path) -> IO[bytes]:
    """Open a new file that its owner alone can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _table_path(directory: Path, name: str) -> Path:
    return directory / f"{name}.parquet"

"""The ledger of releases written: an entry a release, its recall, and every release as a publication to be attacked."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline.characters import unguarded
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.clock import now
from rlpipeline.protection.releases import Release, list_releases, with_bases, written
from rlpipeline.publication.csv_files import COLUMNS
from rlpipeline.publication.datapackage import NAME as DATAPACKAGE
from rlpipeline.publication.publish import FIGURES

ROUNDING = "arrondi"
MOST = 99


@contextmanager
def as_publications(ledger: Path) -> Iterator[list[Path]]:
    """Lay the releases out as the files that others have, oldest first, for the time of the attack."""
    with tempfile.TemporaryDirectory(prefix="rlpipeline-") as place:
        folders = []
        for one in list_releases(ledger):
            folder = Path(place) / one.name
            folder.mkdir()
            (folder / FIGURES).write_bytes(one.path.read_bytes())
            if one.rules is not None:
                (folder / DATAPACKAGE).write_text(json.dumps({ROUNDING: one.rules}), encoding="utf-8")
            folders.append(folder)
        yield folders


def note(ledger: Path, year: int, package: Path) -> Path | None:
    """Add a release to the ledger; give its file, None where the last one of its year stands and is the same.

    Parameters
    ----------
    package
        Folder of the year in what is shared.

    Raises
    ------
    SettingsError
        The year has as many releases as a ledger holds.
    """
    content, rules = entry_of(package)
    former = [one for one in list_releases(ledger) if one.year == year]
    if former and not former[-1].recalled and _same(former[-1], content, rules):
        return None
    number = max((int(one.name[5:]) for one in former), default=0) + 1
    if number > MOST:
        raise SettingsError("Le registre est plein pour cette année.", where=str(ledger), expected=f"{MOST} diffusions")
    ledger.mkdir(parents=True, exist_ok=True)
    path = ledger / f"{year}-{number:02d}.csv"
    _write_beside(path, {"partagee": _today(), ROUNDING: rules})
    _write_new(path, content)
    return path


def entry_of(package: Path) -> tuple[str, Mapping[str, Any]]:
    """Give a release as the ledger has it: its figures, and the rules published with them."""
    rules = json.loads((package / DATAPACKAGE).read_text(encoding="utf-8"))[ROUNDING]
    with (package / FIGURES).open(encoding="utf-8", newline="") as stream:
        rows = [[unguarded(row[name]) for name in COLUMNS] for row in csv.DictReader(stream)]
    figures = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    numbers = figures.assign(annee=figures["annee"].astype("int64"), valeur=pd.to_numeric(figures["valeur"]))
    return written(with_bases(numbers, rules)), rules


def recalled_release(ledger: Path, which: str) -> Release:
    """Find the release to recall: the last one of a year (2023), or one by its name (2023-01).

    Raises
    ------
    UsageError
        There is no such release.
    """
    every = list_releases(ledger)
    matching = [one for one in every if which in (one.name, str(one.year))]
    if not matching:
        raise UsageError(
            "Cette diffusion n'est pas au registre." if every else "Rien n'a encore été diffusé.",
            where=str(ledger),
            got=which,
            expected=", ".join(one.name for one in every),
            todo="donner l'une de celles-ci" if every else "préparer d'abord une diffusion avec « rlpipeline share »",
        )
    return matching[-1]


def mark_recalled(release: Release) -> Release:
    """Note that a release is recalled, once; others have it, so its figures stay in the ledger."""
    if release.recalled:
        return release
    today = _today()
    rules = {} if release.rules is None else {ROUNDING: dict(release.rules)}
    _write_beside(release.path, {"partagee": release.shared, "retiree": today, **rules})
    return replace(release, recalled=today)


def standing_years(releases: Sequence[Release]) -> Mapping[int, bool]:
    """Say for each year released whether its last release stands."""
    return {one.year: not one.recalled for one in releases}


def _same(release: Release, content: str, rules: Mapping[str, Any]) -> bool:
    return release.rules == rules and release.path.read_text(encoding="utf-8") == content


def _today() -> str:
    return f"{now():%Y-%m-%d}"


def _write_beside(path: Path, content: Mapping[str, Any]) -> None:
    """Write what stands beside a release, whole or not at all."""
    beside = path.with_suffix(".json")
    fresh = beside.with_name(f".{beside.name}-nouveau")
    fresh.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    fresh.replace(beside)


def _write_new(path: Path, content: str) -> None:
    """Write a file that must not exist yet, whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        path.hardlink_to(name)  # fails where the name is taken
    finally:
        with suppress(OSError):
            Path(name).unlink()

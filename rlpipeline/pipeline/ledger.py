"""The ledger of releases written: an entry a release, and its recall."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline.characters import unguarded
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.clock import now
from rlpipeline.execution.install import disk_errors_in_french, sync_directory, write_whole
from rlpipeline.execution.lock import only_build
from rlpipeline.protection.releases import Release, read_releases, with_bases, written
from rlpipeline.publication.datapackage import NAME as DATAPACKAGE
from rlpipeline.publication.figures import COLUMNS, FIGURES

ROUNDING = "arrondi"
MOST = 99


def note(ledger: Path, year: int, package: Path) -> Path | None:
    """Add a release to the ledger; give its file, None where the last one of its year stands and is the same.

    ``package``: folder of the year in what is going to be shared: nothing takes its place before its entry is on the
    disk. Raises SettingsError: the year has as many releases as a ledger holds; ToolError: the disk refuses, or another
    process notes a release of the year.
    """
    figures, rules = entry_of(package)
    content = written(figures)
    if _stands(_releases_of(year, ledger), content, rules):
        return None
    with disk_errors_in_french(ledger), only_build(ledger / str(year)):
        number = max((int(release.name[5:]) for release in _releases_of(year, ledger)), default=0) + 1
        if number > MOST:
            raise SettingsError(
                "Le registre est plein pour cette année.", where=str(ledger), expected=f"{MOST} diffusions"
            )
        path = ledger / f"{year}-{number:02d}.csv"
        _write_beside(path, {"partagee": _today(), ROUNDING: rules})
        write_whole(path, content, 0o644)
        sync_directory(ledger.parent)
    return path


def entry_of(package: Path) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Give a release as the ledger has it: its figures with their bases, and the rules published with them."""
    rules = json.loads((package / DATAPACKAGE).read_text(encoding="utf-8"))[ROUNDING]
    with (package / FIGURES).open(encoding="utf-8", newline="") as stream:
        rows = [[unguarded(row[name]) for name in COLUMNS] for row in csv.DictReader(stream)]
    figures = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    numbers = figures.assign(annee=figures["annee"].astype("int64"), valeur=pd.to_numeric(figures["valeur"]))
    return with_bases(numbers, rules), rules


def recalled_release(ledger: Path, which: str) -> Release:
    """Find the release to recall: the last one of a year (2023), or one by its name (2023-01).

    Raises UsageError: there is no such release.
    """
    every = read_releases(ledger)
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
    with disk_errors_in_french(release.path.parent):
        _write_beside(release.path, {"partagee": release.shared, "retiree": today, ROUNDING: dict(release.rules)})
    return replace(release, recalled=today)


def standing_years(releases: Sequence[Release]) -> Mapping[int, bool]:
    """Say for each year released whether its last release stands."""
    return {one.year: not one.recalled for one in releases}


def _releases_of(year: int, ledger: Path) -> list[Release]:
    return [release for release in read_releases(ledger) if release.year == year]


def _stands(releases: Sequence[Release], content: str, rules: Mapping[str, Any]) -> bool:
    """Whether the last of a year's releases is these figures with these rules, and was not recalled."""
    return any(
        not last.recalled and last.rules == rules and last.path.read_text(encoding="utf-8") == content
        for last in releases[-1:]
    )


def _today() -> str:
    return f"{now():%Y-%m-%d}"


def _write_beside(path: Path, content: Mapping[str, Any]) -> None:
    write_whole(path.with_suffix(".json"), json.dumps(content, ensure_ascii=False, indent=1) + "\n", 0o644)

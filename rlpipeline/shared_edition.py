"""The edition to share set up: every figure of the year protected together, and all that its notebooks may open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from rlpipeline.disclosure.protected_store import write_protected
from rlpipeline.disclosure.protection import Protected, protect
from rlpipeline.disclosure.releases import read_releases
from rlpipeline.disclosure.source import RELEASED
from rlpipeline.indicators import REGISTRY, SERVICE, Scope, TableData, table_data, territories
from rlpipeline.params import Settings
from rlpipeline.records import Records

LEDGER = "diffusions"
"""Folder of the settings with what was released, one file a release, written by « rlpipeline share » alone."""


def prepare(records: Records, settings: Settings, directory: Path) -> Protected:
    """Protect the figures of every territory, whichever are rendered, and write them for the notebooks.

    Parameters
    ----------
    directory
        Folder of the protected figures: all that the notebooks of this edition find, beside the settings.

    Raises
    ------
    DisclosureError
        A figure cannot be protected.
    SettingsError
        The thresholds, the wider classes or the ledger break their contract.
    """
    tables = dict(_tables(records, settings))
    ledger = settings.directory / LEDGER
    exact = {key: data.figures for key, data in tables.items()}
    protected = protect(exact, settings.service.diffusion, settings.service, read_releases(ledger))
    write_protected(protected, tables, directory)
    if ledger.is_dir():
        shutil.copytree(ledger, directory / RELEASED)
    return protected


def _tables(records: Records, settings: Settings) -> Iterator[tuple[tuple[str, str], TableData]]:
    for territory in (SERVICE, *territories(settings.service)):
        scope = Scope(settings.year, territory, settings.service)
        for id, indicator in REGISTRY.items():
            if indicator.concerns(scope):
                yield (id, territory), table_data(id, records, scope)

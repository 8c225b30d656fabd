"""The ledger is read as it was written; the last release of a cell counts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.disclosure.releases import LEDGER_COLUMNS, Releases, read_releases
from rlpipeline.disclosure.unknowns import Cell
from rlpipeline.errors import SettingsError

CELL = Cell("accompagnes", 2022, "service", "total", "total")


def _write(path: Path, value: str, state: str) -> None:
    row = [*CELL, value, "jeunes", state, "non"]
    pd.DataFrame([row], columns=list(LEDGER_COLUMNS)).to_csv(path, index=False)


def test_a_service_that_released_nothing(tmp_path: Path) -> None:
    for releases in (Releases.none(), read_releases(tmp_path / "absent"), read_releases(tmp_path)):
        assert releases.numbers(2022) == {}
        assert releases.masks(2022) == frozenset()


def test_the_last_release_counts(tmp_path: Path) -> None:
    _write(tmp_path / "2023-02-01.csv", "110", "ok")
    _write(tmp_path / "2023-03-01.csv", "115", "ok")
    releases = read_releases(tmp_path)
    assert releases.numbers(2022) == {CELL: 115.0}
    assert releases.numbers(2021) == {}
    _write(tmp_path / "2023-04-01.csv", "", "masque")
    again = read_releases(tmp_path)
    assert again.numbers(2022) == {}
    assert again.masks(2022) == {CELL}


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="registre"):
        read_releases(tmp_path)

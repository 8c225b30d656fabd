"""The ledger is read as it was written; the last release of a cell counts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.disclosure.releases import LEDGER_COLUMNS, Releases, read_releases
from rlpipeline.disclosure.unknowns import Cell
from rlpipeline.display.published import read_printed
from rlpipeline.errors import SettingsError
from rlpipeline.indicators import CSV_COLUMNS
from rlpipeline.params import load_settings
from rlpipeline.shared_edition import copy_without_flags
from tests.disclosure.finished import settings_of
from tests.indicators.factory import SERVICE as SETTINGS

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


def test_notebooks_are_not_told_which_masks_hide_a_small_number(tmp_path: Path) -> None:
    frame = pd.DataFrame([[*CELL, "", "jeunes", "masque", flag] for flag in ("oui", "non")], columns=[*LEDGER_COLUMNS])
    for name, rows in (("2022-01", frame.iloc[:1]), ("2022-02", frame.iloc[1:])):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
        copy_without_flags(tmp_path / f"{name}.csv", tmp_path / "copies" / f"{name}.csv")
    copies = [path.read_bytes() for path in sorted((tmp_path / "copies").iterdir())]
    assert copies[0] == copies[1]
    assert read_releases(tmp_path / "copies").masks(2022) == {CELL}


def test_what_a_report_printed_of_persons_is_not_in_the_edition_to_share(tmp_path: Path) -> None:
    exact = load_settings(settings_of(SETTINGS, tmp_path / "params", 2023), 2023)
    rows = ["accompagnes,2022,service,total,total,3,jeunes,ok", "temps_activite,2022,service,total,heures,9,heures,ok"]
    exact.published_path(2022).parent.mkdir()
    exact.published_path(2022).write_text("\n".join([",".join(CSV_COLUMNS), *rows]), encoding="utf-8")
    shared = exact.model_copy(update={"edition": "diffusion"})
    assert read_printed(exact, 2022)["valeur"].tolist() == [3, 9]
    assert read_printed(shared, 2022)["valeur"].tolist() == [9]

"""The ledger is read as it was written; the last release of a cell counts, and what a former one rounded is rounded."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.display.printed_before import read_printed
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS
from rlpipeline.protection.releases import (
    FORMER_COLUMNS,
    LEDGER_COLUMNS,
    Releases,
    list_releases,
    read_releases,
    written,
)
from rlpipeline.published.model import FigureKey
from rlpipeline.settings.models import load_settings
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection.finished import settings_of

CELL = FigureKey("accompagnes", 2022, "service", "total", "total")


def _write(path: Path, value: str, state: str, base: int = 0) -> None:
    row = [*CELL, value, "jeunes", state, base]
    pd.DataFrame([row], columns=list(LEDGER_COLUMNS)).to_csv(path, index=False)


def _beside(path: Path, **content: object) -> None:
    path.with_suffix(".json").write_text(json.dumps(content), encoding="utf-8")


def _last(releases: Releases, year: int) -> dict[FigureKey, tuple[str, str]]:
    """State and number of the last released figure of each cell of a year."""
    of_year = releases.last[releases.last["annee"] == year]
    return {FigureKey(*row[:5]): (row[7], f"{row[5]:g}") for row in of_year.itertuples(index=False)}


def test_a_service_that_released_nothing(tmp_path: Path) -> None:
    for releases in (Releases(), read_releases(tmp_path / "absent"), read_releases(tmp_path)):
        assert releases.last.empty


def test_the_last_release_counts(tmp_path: Path) -> None:
    _write(tmp_path / "2022-01.csv", "110", "ok")
    _write(tmp_path / "2022-02.csv", "115", "arrondi", 5)
    releases = read_releases(tmp_path)
    assert _last(releases, 2022) == {CELL: ("arrondi", "115")}
    assert _last(releases, 2021) == {}
    assert releases.last["base"].tolist() == [5]
    _write(tmp_path / "2022-03.csv", "", "masque")
    assert _last(read_releases(tmp_path), 2022) == {CELL: ("masque", "nan")}


def test_a_correction_of_a_year_is_later_than_the_next_year_if_it_was_shared_later(tmp_path: Path) -> None:
    for name, day in (("2022-01", "2023-03-01"), ("2023-01", "2024-03-01"), ("2022-02", "2024-05-01")):
        _write(tmp_path / f"{name}.csv", name[-1], "ok")
        _beside(tmp_path / f"{name}.csv", partagee=day)
    assert [one.name for one in list_releases(tmp_path)] == ["2022-01", "2023-01", "2022-02"]
    assert _last(read_releases(tmp_path), 2022) == {CELL: ("ok", "2")}


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="registre"):
        read_releases(tmp_path)
    (tmp_path / "notes.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"notes\.json"):
        list_releases(tmp_path)


def _former(tmp_path: Path, *rows: tuple[str, str, str, str, str, str]) -> pd.DataFrame:
    """Read a former release: indicator, territory, line, column, value, state."""
    lines = [
        [indicator, 2022, place, line, column, value, "jeunes", state, "non"]
        for indicator, place, line, column, value, state in rows
    ]
    pd.DataFrame(lines, columns=list(FORMER_COLUMNS)).to_csv(tmp_path / "2022-01.csv", index=False)
    return read_releases(tmp_path).figures


def test_what_a_former_release_rounded_without_saying_so_is_rounded(tmp_path: Path) -> None:
    told = _former(
        tmp_path,
        ("accompagnes", "service", "total", "total", "60", "ok"),
        ("accompagnes", "62215", "total", "total", "20", "ok"),
        ("accompagnes", "62215", "total", "F", "", "masque"),
        ("communes", "service", "62215", "total", "20", "ok"),
        ("communes", "service", "total", "total", "60", "ok"),
        ("temps_activite", "62215", "total", "heures", "20", "ok"),
    ).astype({"etat": "str"})
    assert told["etat"].tolist() == ["ok", "arrondi", "masque", "arrondi", "ok", "ok"]
    assert told["base"].tolist() == [0, 5, 0, 5, 0, 0]


def test_a_former_release_of_one_commune_rounded_nothing(tmp_path: Path) -> None:
    told = _former(
        tmp_path,
        ("accompagnes", "service", "total", "total", "20", "ok"),
        ("communes", "service", "62215", "total", "20", "ok"),
    )
    assert told["etat"].tolist() == ["ok", "ok"]


def test_what_was_recalled_does_not_stand(tmp_path: Path) -> None:
    lines = [[*CELL, "", "jeunes", "masque", "oui"]]
    pd.DataFrame(lines, columns=list(FORMER_COLUMNS)).to_csv(tmp_path / "2022-01.csv", index=False)
    _write(tmp_path / "2022-02.csv", "7", "ok")
    _beside(tmp_path / "2022-02.csv", partagee="2023-01-01", retiree="2023-01-02")
    ledger = read_releases(tmp_path)
    assert _last(ledger.standing, 2022) == {CELL: ("masque", "nan")}
    assert _last(ledger, 2022) == {CELL: ("ok", "7")}  # who has it knows it


def test_figures_are_written_as_they_are_read(tmp_path: Path) -> None:
    _write(tmp_path / "2022-01.csv", "0.5", "ok")
    _write(tmp_path / "2022-02.csv", "115", "arrondi", 5)
    _write(tmp_path / "2022-03.csv", "", "masque")
    for one in list_releases(tmp_path):
        assert written(one.figures) == one.path.read_text(encoding="utf-8")


def test_what_a_report_printed_of_persons_is_not_in_the_edition_to_share(tmp_path: Path) -> None:
    exact = load_settings(settings_of(SETTINGS, tmp_path / "params", 2023), 2023)
    rows = ["accompagnes,2022,service,total,total,3,jeunes,ok", "temps_activite,2022,service,total,heures,9,heures,ok"]
    exact.published_path(2022).parent.mkdir()
    exact.published_path(2022).write_text("\n".join([",".join(CSV_COLUMNS), *rows]), encoding="utf-8")
    shared = exact.model_copy(update={"edition": "diffusion"})
    assert read_printed(exact, 2022)["valeur"].tolist() == [3, 9]
    assert read_printed(shared, 2022)["valeur"].tolist() == [9]

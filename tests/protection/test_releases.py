"""The ledger is read as it was written; the last release of a cell counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.declared import FigureKey
from rlpipeline.display.lookup import read_printed
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS
from rlpipeline.protection.releases import (
    LEDGER_COLUMNS,
    Release,
    last_released,
    read_releases,
    written,
)
from rlpipeline.settings.models import load_settings
from tests.declared import declared
from tests.figures.factory import SERVICE as SETTINGS

CELL = FigureKey("accompagnes", 2022, "service", "total", "total")


def _write(path: Path, value: str, state: str, base: int = 0, **content: object) -> None:
    row = [*CELL, value, "jeunes", state, base]
    pd.DataFrame([row], columns=list(LEDGER_COLUMNS)).to_csv(path, index=False)
    said = {"partagee": "2023-01-01", "arrondi": {"classes": {}}, **content}
    path.with_suffix(".json").write_text(json.dumps(said), encoding="utf-8")


def _last(releases: Sequence[Release], year: int) -> dict[FigureKey, tuple[str, str]]:
    """State and number of the last released figure of each cell of a year."""
    of_year = last_released(releases)[last_released(releases)["annee"] == year]
    return {FigureKey(*row[:5]): (row[7], f"{row[5]:g}") for row in of_year.itertuples(index=False)}


def test_a_service_that_released_nothing(tmp_path: Path) -> None:
    for releases in (read_releases(tmp_path / "absent"), read_releases(tmp_path)):
        assert last_released(releases).empty


def test_the_last_release_counts(tmp_path: Path) -> None:
    _write(tmp_path / "2022-01.csv", "110", "ok")
    _write(tmp_path / "2022-02.csv", "115", "arrondi", 5)
    releases = read_releases(tmp_path)
    assert _last(releases, 2022) == {CELL: ("arrondi", "115")}
    assert _last(releases, 2021) == {}
    assert last_released(releases)["base"].tolist() == [5]
    _write(tmp_path / "2022-03.csv", "", "masque")
    assert _last(read_releases(tmp_path), 2022) == {CELL: ("masque", "nan")}


def test_a_correction_of_a_year_is_later_than_the_next_year_if_it_was_shared_later(
    tmp_path: Path,
) -> None:
    for name, day in (
        ("2022-01", "2023-03-01"),
        ("2023-01", "2024-03-01"),
        ("2022-02", "2024-05-01"),
    ):
        _write(tmp_path / f"{name}.csv", name[-1], "ok", partagee=day)
    assert [one.name for one in read_releases(tmp_path)] == ["2022-01", "2023-01", "2022-02"]
    assert _last(read_releases(tmp_path), 2022) == {CELL: ("ok", "2")}


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "notes.csv", "7", "ok")
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="registre"):
        read_releases(tmp_path)
    (tmp_path / "notes.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"notes\.json"):
        read_releases(tmp_path)


def test_a_release_whose_rules_are_lost_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "2022-01.csv", "7", "ok")
    (tmp_path / "2022-01.json").unlink()
    with pytest.raises(SettingsError, match=r"2022-01\.json"):
        read_releases(tmp_path)


def test_what_was_recalled_does_not_stand(tmp_path: Path) -> None:
    _write(tmp_path / "2022-01.csv", "", "masque")
    _write(tmp_path / "2022-02.csv", "7", "ok", retiree="2023-01-02")
    ledger = read_releases(tmp_path)
    assert _last([one for one in ledger if not one.recalled], 2022) == {CELL: ("masque", "nan")}
    assert _last(ledger, 2022) == {CELL: ("ok", "7")}  # who has it knows it


def test_figures_are_written_as_they_are_read(tmp_path: Path) -> None:
    _write(tmp_path / "2022-01.csv", "0.5", "ok")
    _write(tmp_path / "2022-02.csv", "115", "arrondi", 5)
    _write(tmp_path / "2022-03.csv", "", "masque")
    for one in read_releases(tmp_path):
        assert written(one.figures) == one.path.read_text(encoding="utf-8")


def test_what_a_report_printed_of_persons_is_not_in_the_edition_to_share(tmp_path: Path) -> None:
    params = tmp_path / "params"
    (params / "2023").mkdir(parents=True)
    (params / "service.yml").write_text(
        SETTINGS.model_dump_json(exclude_none=True), encoding="utf-8"
    )
    (params / "2023" / "rapport.yml").write_text("chapitres: [05_activite]\n", encoding="utf-8")
    exact = load_settings(params, 2023)
    rows = [
        "accompagnes,2022,service,total,total,3,jeunes,ok",
        "temps_activite,2022,service,total,heures,9,heures,ok",
    ]
    exact.published_path(2022).parent.mkdir()
    exact.published_path(2022).write_text(
        "\n".join([",".join(CSV_COLUMNS), *rows]), encoding="utf-8"
    )
    shared = exact.model_copy(update={"edition": "diffusion"})
    assert read_printed(exact, 2022, declared(exact.service))["valeur"].tolist() == [3, 9]
    assert read_printed(shared, 2022, declared(exact.service))["valeur"].tolist() == [9]

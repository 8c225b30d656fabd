"""The protected tables are read back whole, and hold nothing of the exact edition's figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE, TableData, table_data
from rlpipeline.protection.figure_store import read_table, write_protected
from rlpipeline.protection.protection import Protected, protect
from rlpipeline.protection.releases import Releases
from rlpipeline.settings.models import Disclosure
from tests.figures.factory import CARVIN, OIGNIES, scope
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records

NAMES = ("accompagnes", "travail_de_rue", "orientations", "temps_activite")
OF_THE_SERVICE = ("partenaires", "communes", "alertes")
Tables = dict[tuple[str, str], TableData]


@pytest.fixture(scope="module")
def made() -> tuple[Protected, Tables]:
    records = random_records(1, persons=60)
    places = (SERVICE, CARVIN, OIGNIES, "hors", "sans_commune")
    tables = {
        (name, place): table_data(name, records, scope(place))
        for name in (*NAMES, *OF_THE_SERVICE)
        for place in places
        if place == SERVICE or name not in OF_THE_SERVICE
    }
    exact = {key: data.figures for key, data in tables.items()}
    return protect(exact, Disclosure(), SETTINGS, Releases.none()), tables


def test_tables_are_read_back_with_protected_figures(made: tuple[Protected, Tables], tmp_path: Path) -> None:
    protected, tables = made
    write_protected(protected, tables, tmp_path)
    for (name, place), data in tables.items():
        found = read_table(tmp_path, name, place)
        wanted = protected.figures.query("indicateur == @name and territoire == @place").reset_index(drop=True)
        pd.testing.assert_frame_equal(found.figures, wanted, check_dtype=False)
        assert found.figures.dtypes.to_dict() == data.figures.dtypes.to_dict() | {"base": np.dtype("int64")}
        assert (found.title, found.year, found.territory) == (data.title, data.year, data.territory)
        shown = {row.code for row in found.rows}
        assert set(found.figures["ligne"]) <= shown and set(found.texts["ligne"]) <= shown


def test_a_table_left_out_says_why_and_shows_nothing(made: tuple[Protected, Tables], tmp_path: Path) -> None:
    protected, tables = made
    write_protected(protected, tables, tmp_path)
    found = read_table(tmp_path, "alertes", SERVICE)
    assert found.figures.empty and not found.rows
    assert found.notes[0].startswith("Ce tableau n'est pas diffusé : ")


def test_same_content_same_bytes(made: tuple[Protected, Tables], tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_protected(*made, tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == len(made[1])
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)


def test_a_table_that_is_not_shared_is_refused(made: tuple[Protected, Tables], tmp_path: Path) -> None:
    write_protected(*made, tmp_path)
    with pytest.raises(UsageError, match="diffuser"):
        read_table(tmp_path, "reseaux", SERVICE)

"""The figures of the tables that a report shows, taken from the store."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.figures import Scope, Store
from rlpipeline.pipeline.reconciliation import gather
from rlpipeline.processes import Workers
from rlpipeline.publication.exporter import ShownTable
from rlpipeline.settings.models import Settings, load_settings

SHOWN = [ShownTable(id, 2023, "service") for id in ("communes", "actions", "accompagnes")]
SHOWN += [ShownTable(id, 2023, "62637") for id in ("accompagnes", "actions")]


@pytest.fixture(scope="module")
def settings(root: Path) -> Settings:
    return load_settings(root / "params", 2023)


@pytest.fixture(scope="module")
def frame(store: Path, settings: Settings) -> pd.DataFrame:
    return gather(store, settings, SHOWN).frame


def test_what_others_gather_is_the_same(
    store: Path, settings: Settings, frame: pd.DataFrame, several_workers: Workers
) -> None:
    pd.testing.assert_frame_equal(gather(store, settings, SHOWN, several_workers).frame, frame)


@pytest.mark.parametrize("territory", ["service", "62637"])
def test_each_figure_is_that_of_the_store_beside_its_year_before(
    store: Path, settings: Settings, frame: pd.DataFrame, territory: str
) -> None:
    own = frame[
        (frame["indicateur"] == "accompagnes") & (frame["territoire"] == territory)
    ].set_index(["ligne", "colonne"])
    for year, column in ((2023, "valeur"), (2022, "valeur_precedente")):
        counted = Store(store).figures("accompagnes", Scope(year, territory, settings.service))
        expected = counted.set_index(["ligne", "colonne"])["valeur"]
        assert not expected.empty
        assert own[column].reindex(expected.index).tolist() == expected.tolist()


def test_tables_are_in_the_order_shown_and_territories_without_a_page_with_the_service(
    frame: pd.DataFrame,
) -> None:
    now = frame[frame["etat"].notna()]
    assert [*now["indicateur"].unique()] == ["communes", "actions", "accompagnes"]
    of_table = now[now["indicateur"] == "accompagnes"]
    assert [*of_table["territoire"].unique()] == ["service", "62637", "hors", "sans_commune"]
    assert {*now[now["indicateur"] == "communes"]["territoire"]} == {"service"}


def test_each_action_is_told_for_the_service_and_once_for_its_territory(
    frame: pd.DataFrame,
) -> None:
    actions = frame[(frame["indicateur"] == "actions") & frame["etat"].notna()]
    assert not actions.duplicated(["territoire", "ligne", "colonne"]).any()
    times = actions.groupby(["ligne", "colonne"])["territoire"].agg(list)
    assert all(places[0] == "service" and len(places) == 2 for places in times)

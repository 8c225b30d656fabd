"""Time entries add up to the hours of each activity."""

import numpy as np
import pandas as pd
import pytest

from rlpipeline.demo.activity import printed_hours, time_entries
from rlpipeline.demo.margins import printed_margins
from rlpipeline.demo.territory import fictitious_territory, printed_territory

HOURS = printed_hours(printed_margins())


def entries(years: tuple[int, ...]) -> pd.DataFrame:
    return time_entries(np.random.Generator(np.random.PCG64(8)), printed_territory(), years, HOURS)


def test_printed_hours_come_back_exactly() -> None:
    assert entries((2023,)).groupby("activite")["heures"].sum().to_dict() == HOURS


def test_other_years_are_near_and_different() -> None:
    frame = entries((2022, 2023))
    totals = frame.groupby([frame["date"].dt.year, "activite"])["heures"].sum()
    for activity, hours in HOURS.items():
        assert totals[2022, activity] == pytest.approx(hours, rel=0.1)
    assert totals[2022].sum() != totals[2023].sum()


def test_an_entry_is_a_working_day_s_length_at_most() -> None:
    hours = entries((2023,))["heures"]
    assert hours.min() >= 0.5
    assert hours.max() <= 11
    assert (hours * 2 == (hours * 2).round()).all()


def test_one_hour_a_week_is_online() -> None:
    frame = entries((2023,))
    online = frame[frame["en_ligne"]]
    assert online["heures"].sum() == 52
    assert online["date"].dt.isocalendar()["week"].nunique() == 52


def test_formation_is_the_service_s_own() -> None:
    frame = entries((2023,))
    assert set(frame.loc[frame["activite"] == "formation", "commune"]) == {""}
    assert set(frame.loc[frame["activite"] == "travail_de_rue", "commune"]) == {"", *printed_territory().codes}


def test_one_entry_is_not_communicated_but_in_2023() -> None:
    frame = entries((2022, 2023))
    missing = frame[frame["heures"].isna()]
    assert list(missing["date"].dt.year) == [2022]
    assert not entries((2023,))["heures"].isna().any()


def test_a_single_commune_has_its_hours() -> None:
    rng = np.random.Generator(np.random.PCG64(8))
    frame = time_entries(rng, fictitious_territory(1, 4), (2023,), HOURS)
    assert frame["heures"].sum() == pytest.approx(sum(HOURS.values()) / 4, rel=0.1)

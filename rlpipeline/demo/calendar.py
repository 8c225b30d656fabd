"""Dates of the demonstration: whole arrays of days, and completed months counted as the contract says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[Any]

NEVER = np.datetime64("NaT", "D")
ONE_DAY = np.timedelta64(1, "D")


def first_day(year: int) -> np.datetime64:
    """1 January of the year."""
    return np.datetime64(f"{year:04d}-01-01", "D")


def last_day(year: int) -> np.datetime64:
    """31 December of the year."""
    return np.datetime64(f"{year:04d}-12-31", "D")


def years_of(days: Days) -> Ints:
    """Calendar year of each day."""
    return np.asarray(days, "M8[Y]").astype(np.int64) + 1970


def days_in_years(rng: np.random.Generator, years: Ints) -> Days:
    """A random day in each year."""
    starts = np.asarray(years - 1970).astype("M8[Y]").astype("M8[D]")
    return np.asarray(starts + rng.integers(0, 365, len(years)).astype("m8[D]"))


def working_days(year: int) -> Days:
    """Days of the year from Monday to Saturday, 1 January left out."""
    days = np.arange(first_day(year) + ONE_DAY, last_day(year) + ONE_DAY, dtype="M8[D]")
    return days[np.is_busday(days, weekmask="1111110")]


def iso(days: Days) -> Texts:
    """ISO text of each day, empty where there is none."""
    text = np.datetime_as_string(np.asarray(days, "M8[D]")).astype(object)
    return np.where(np.isnat(days), "", text)

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
ONE_MONTH = np.timedelta64(1, "M")


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


def completed_months(start: Days, end: Days) -> Ints:
    """Months completed from date to date; a day that the last month lacks is its last day."""
    start, end = np.asarray(start, "M8[D]"), np.asarray(end, "M8[D]")
    first, last = start.astype("M8[M]"), end.astype("M8[M]")
    length = ((last + ONE_MONTH).astype("M8[D]") - last.astype("M8[D]")).astype(np.int64)
    wanted = np.minimum((start - first.astype("M8[D]")).astype(np.int64) + 1, length)
    reached = (end - last.astype("M8[D]")).astype(np.int64) + 1 >= wanted
    return np.asarray((last - first).astype(np.int64) - np.where(reached, 0, 1))


def minus_months(days: Days, months: Ints) -> Days:
    """The same day some months before, or the last day of a shorter month."""
    days = np.asarray(days, "M8[D]")
    month = days.astype("M8[M]")
    offset = (days - month.astype("M8[D]")).astype(np.int64)
    target = month - np.asarray(months).astype("m8[M]")
    length = ((target + ONE_MONTH).astype("M8[D]") - target.astype("M8[D]")).astype(np.int64)
    return np.asarray(target.astype("M8[D]") + np.minimum(offset, length - 1).astype("m8[D]"))


def iso(days: Days) -> Texts:
    """ISO text of each day, empty where there is none."""
    text = np.datetime_as_string(np.asarray(days, "M8[D]")).astype(object)
    return np.where(np.isnat(days), "", text)

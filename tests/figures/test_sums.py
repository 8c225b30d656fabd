from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.figures.sums import Sums, largest_remainder, parts_of_whole, stacked, sums, total_of

NAN = np.nan


def added(numbers: list[float], lines: list[str], codes: tuple[str, ...]) -> dict[str, tuple[float, str]]:
    found = sums(pd.DataFrame({"n": numbers}, dtype="float64"), pd.Series(lines, dtype="str"), codes)
    return dict(zip(codes, zip(found.values[:, 0], found.states[:, 0], strict=True), strict=True))


def test_a_sum_says_what_it_knows() -> None:
    found = added(
        [1, NAN, 2, NAN, NAN, 0], ["all", "none", "some", "some", "none", "zero"], ("all", "some", "none", "no")
    )
    assert found == {"all": (1, "ok"), "some": (2, "partiel"), "none": (0, "nc"), "no": (0, "ok")}


def test_decimals_do_not_leave_binary_noise() -> None:
    assert sum([1, 1, 0.72, 0.72]) != 3.44
    assert added([1, 1, 0.72, 0.72], ["a"] * 4, ("a",)) == {"a": (3.44, "ok")}


def test_several_columns_are_added_apart() -> None:
    found = total_of(pd.DataFrame({"a": [1.0, 2.0], "b": [NAN, 5.0], "c": [NAN, NAN]}))
    assert found.values.tolist() == [[3, 5, 0]]
    assert found.states.tolist() == [["ok", "partiel", "nc"]]


@given(st.lists(st.one_of(st.none(), st.integers(0, 1000))))
def test_the_state_of_a_sum_tells_how_much_of_it_is_known(numbers: list[int | None]) -> None:
    known = [number for number in numbers if number is not None]
    value, state = added([NAN if n is None else n for n in numbers], ["a"] * len(numbers), ("a",))["a"]
    assert value == sum(known)
    assert (state == "ok") == (len(known) == len(numbers))
    assert (state == "nc") == (bool(numbers) and not known)


def whole(numbers: list[float], states: list[str], total: tuple[float, str]) -> Sums:
    lines = Sums(np.array(numbers, dtype="float64")[:, np.newaxis], np.array(states, dtype=object)[:, np.newaxis])
    return stacked(lines, Sums(np.array([[total[0]]]), np.array([[total[1]]], dtype=object)))


def parts(numbers: list[float], states: list[str], total: tuple[float, str]) -> list[tuple[float, str]]:
    found = parts_of_whole(whole(numbers, states, total))
    return list(zip(found.values[:, 0].tolist(), found.states[:, 0].tolist(), strict=True))


def test_parts_of_the_hours_printed_in_2023() -> None:
    hours = [1303, 101, 1055.5, 2740.5, 217.5, 1586.5, 760]
    found = parts(hours, ["ok"] * 7, (sum(hours), "ok"))
    assert [value for value, _ in found] == [16.78, 1.30, 13.60, 35.30, 2.80, 20.43, 9.79, 100]
    assert {state for _, state in found} == {"ok"}


@pytest.mark.parametrize(
    ("amounts", "shares"),
    [
        ([1, 1, 1], [33.34, 33.33, 33.33]),
        ([1, 1, 1, 1, 1, 1], [16.67, 16.67, 16.67, 16.67, 16.66, 16.66]),
        ([2, 1], [66.67, 33.33]),
        ([5], [100]),
        ([0, 7], [0, 100]),
        ([-1, 3], [-50, 150]),
    ],
)
def test_what_rounding_leaves_goes_to_the_largest_remainders_then_to_the_first(
    amounts: list[float], shares: list[float]
) -> None:
    assert largest_remainder(np.array(amounts, dtype="float64")).tolist() == shares


@given(st.lists(st.integers(0, 10**7), min_size=1).filter(any))
def test_shares_add_up_to_100_and_each_is_a_hundredth_away_at_most(quarter_hours: list[int]) -> None:
    amounts = np.array(quarter_hours) / 4
    shares = largest_remainder(amounts)
    assert sum(round(share * 100) for share in shares) == 10_000
    assert np.all(np.abs(shares - 100 * amounts / amounts.sum()) < 0.010001)
    assert np.all(shares[amounts == 0] == 0)

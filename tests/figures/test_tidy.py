"""Sums of what is known, shares, and the words of the records that a table prints."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.characters import natural_key
from rlpipeline.figures.tidy import largest_remainder, line_texts, qualified, sums, unlike_codes

NAN = np.nan


def added(
    numbers: list[float], lines: list[str], codes: tuple[str, ...]
) -> dict[str, tuple[float, str]]:
    found = sums(
        pd.DataFrame({"n": numbers}, dtype="float64"), codes, pd.Series(lines, dtype="str")
    )
    return dict(zip(codes, zip(found.values[:, 0], found.states[:, 0], strict=True), strict=True))


def test_a_sum_says_what_it_knows() -> None:
    lines = ["all", "none", "some", "some", "none", "zero"]
    found = added([1, NAN, 2, NAN, NAN, 0], lines, ("all", "some", "none", "no"))
    assert found == {"all": (1, "ok"), "some": (2, "partiel"), "none": (0, "nc"), "no": (0, "ok")}


def test_decimals_do_not_leave_binary_noise() -> None:
    assert sum([1, 1, 0.72, 0.72]) != 3.44
    assert added([1, 1, 0.72, 0.72], ["a"] * 4, ("a",)) == {"a": (3.44, "ok")}


@given(st.lists(st.one_of(st.none(), st.integers(0, 1000))))
def test_the_state_of_a_sum_tells_how_much_of_it_is_known(numbers: list[int | None]) -> None:
    known = [number for number in numbers if number is not None]
    value, state = added([NAN if n is None else n for n in numbers], ["a"] * len(numbers), ("a",))[
        "a"
    ]
    assert value == sum(known)
    assert (state == "ok") == (len(known) == len(numbers))
    assert (state == "nc") == (bool(numbers) and not known)


@pytest.mark.parametrize(
    ("amounts", "shares"),
    [
        ([1, 1, 1], [33.34, 33.33, 33.33]),
        ([0, 7], [0, 100]),
        ([-1, 3], [-50, 150]),
    ],
)
def test_what_rounding_leaves_goes_to_the_largest_remainders_then_to_the_first(
    amounts: list[float], shares: list[float]
) -> None:
    assert largest_remainder(np.array(amounts, dtype="float64")).tolist() == shares


@given(st.lists(st.integers(0, 10**7), min_size=1).filter(any))
def test_shares_add_up_to_100_and_each_is_a_hundredth_away_at_most(
    quarter_hours: list[int],
) -> None:
    amounts = np.array(quarter_hours) / 4
    shares = largest_remainder(amounts)
    assert sum(round(share * 100) for share in shares) == 10_000
    assert np.all(np.abs(shares - 100 * amounts / amounts.sum()) < 0.010001)
    assert np.all(shares[amounts == 0] == 0)


def series(*values: str | None) -> pd.Series[str]:
    return pd.Series(values, dtype="str")


def test_words_of_one_line_are_put_together_once_each_in_natural_order() -> None:
    rows = pd.DataFrame(
        {
            "mots": series("PRE", "Écoute", "PRE", None, "CAJ"),
            "nom": series("a", "a", "a", "a", "b"),
        }
    )
    found = line_texts(rows, "nom", ("mots",))
    assert found.values.tolist() == [["a", "mots", "Écoute ; PRE"], ["b", "mots", "CAJ"]]


def test_names_are_told_apart() -> None:
    found = qualified(series("MDS", "Collèges", "Collèges"), series("x", "y", "z"))
    assert found.tolist() == ["MDS", "Collèges/y", "Collèges/z"]
    assert unlike_codes(series("total", "Total", "CAF"), ("total",)).tolist() == [
        "total (nom)",
        "Total",
        "CAF",
    ]


def test_names_are_ordered_as_a_reader_does_and_never_tie() -> None:
    names = ["École", "zoo", "Action 10", "action 2", "éveil", "Avion"]
    assert sorted(names, key=natural_key) == [
        "action 2",
        "Action 10",
        "Avion",
        "École",
        "éveil",
        "zoo",
    ]
    assert len({natural_key(name) for name in ("Ecole", "École", "A1", "a1", "A01")}) == 5

from __future__ import annotations

import pandas as pd

from rlpipeline.figures.labels import natural_key
from rlpipeline.figures.words import joined, qualified, unlike_codes


def series(*values: str | None) -> pd.Series[str]:
    return pd.Series(values, dtype="str")


def test_words_of_one_line_are_put_together_once_each_in_natural_order() -> None:
    found = joined(series("PRE", "Écoute", "PRE", None, "CAJ"), series("a", "a", "a", "a", "b"))
    assert found.to_dict() == {"a": "Écoute ; PRE", "b": "CAJ"}


def test_a_name_that_comes_twice_is_qualified() -> None:
    found = qualified(series("MDS", "Collèges", "Collèges"), series("x", "y", "z"))
    assert found.tolist() == ["MDS", "Collèges/y", "Collèges/z"]


def test_names_are_ordered_as_a_reader_does() -> None:
    names = ["École", "zoo", "Action 10", "action 2", "éveil", "Avion"]
    assert sorted(names, key=natural_key) == ["action 2", "Action 10", "Avion", "École", "éveil", "zoo"]


def test_two_names_never_tie() -> None:
    assert natural_key("Ecole") != natural_key("École")
    assert natural_key("A1") != natural_key("a1")
    assert natural_key("A01") != natural_key("A1")


def test_a_name_that_is_a_code_is_told_apart_and_the_others_are_kept() -> None:
    assert unlike_codes(series("total", "Total", "CAF"), ("total",)).tolist() == ["total (nom)", "Total", "CAF"]

from __future__ import annotations

import pandas as pd

from rlpipeline.figures.labels import label_of, natural_key
from rlpipeline.figures.words import joined, line_texts, qualified, texts, unlike_codes


def series(*values: str | None) -> pd.Series[str]:
    return pd.Series(values, dtype="str")


def test_empty_words_are_left_out() -> None:
    found = texts(["a", "b", "c"], ["x", "x", "x"], ["oui", None, ""])
    assert found.to_dict("records") == [{"ligne": "a", "colonne": "x", "texte": "oui"}]
    assert found.dtypes.map(str).tolist() == ["str"] * 3


def test_words_of_one_line_are_put_together_once_each_in_natural_order() -> None:
    found = joined(series("PRE", "Écoute", "PRE", None, "CAJ"), series("a", "a", "a", "a", "b"))
    assert found.to_dict() == {"a": "Écoute ; PRE", "b": "CAJ"}


def test_texts_come_column_by_column() -> None:
    frame = pd.DataFrame({"objet": series("o1", "o2"), "champ": series(None, "c2")})
    found = line_texts(frame, series("l1", "l2"), ("objet", "champ"))
    assert found.values.tolist() == [["l1", "objet", "o1"], ["l2", "objet", "o2"], ["l2", "champ", "c2"]]


def test_a_table_without_words_has_no_text() -> None:
    frame = pd.DataFrame({"objet": series(None)})
    assert line_texts(frame, series("l1"), ("objet",)).empty
    assert line_texts(frame[:0], series(), ("objet",)).empty


def test_a_name_that_comes_twice_is_qualified() -> None:
    found = qualified(series("MDS", "Collèges", "Collèges"), series("x", "y", "z"))
    assert found.tolist() == ["MDS", "Collèges/y", "Collèges/z"]


def test_a_name_that_is_a_code_of_the_table_is_qualified() -> None:
    assert qualified(series("total", "autre"), series("x", "y"), ("total",)).tolist() == ["total/x", "autre"]


def test_names_are_ordered_as_a_reader_does() -> None:
    names = ["École", "zoo", "Action 10", "action 2", "éveil", "Avion"]
    assert sorted(names, key=natural_key) == ["action 2", "Action 10", "Avion", "École", "éveil", "zoo"]


def test_two_names_never_tie() -> None:
    assert natural_key("Ecole") != natural_key("École")
    assert natural_key("A1") != natural_key("a1")
    assert natural_key("A01") != natural_key("A1")


def test_a_code_without_words_is_made_readable_and_a_name_is_kept() -> None:
    assert label_of("11_14") == "11 à 14 ans"
    assert label_of("sentiment_de_securite") == "Sentiment de securite"
    assert label_of("CISPD CAHC") == "CISPD CAHC"
    assert label_of("formation", {"formation": "En formation"}) == "En formation"


def test_a_name_that_is_a_code_is_told_apart_and_the_others_are_kept() -> None:
    assert unlike_codes(series("total", "Total", "CAF"), ("total",)).tolist() == ["total (nom)", "Total", "CAF"]

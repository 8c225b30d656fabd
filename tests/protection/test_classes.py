"""Wider classes: named by the settings, the same for every year, and those that hold whatever the settings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.figures import SERVICE
from rlpipeline.protection.classes import (
    classes_of,
    regroup,
    wider_classes,
    with_classes_of,
    words_of,
    words_of_classes,
)
from rlpipeline.settings.models import Disclosure, WiderClass
from tests.declared import declared, table_data
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.factory import scope
from tests.figures.random_records import random_records
from tests.protection.made import edition_of, frame, random_exact, sexed

AGES = Disclosure(
    classes={
        "age": {
            "jeunes": ("moins_11", "11_14"),
            "grands": WiderClass(codes=("19_21", "plus_21"), libelle="Grands"),
        }
    }
)
CLASSES, LINKS = classes_of(AGES, SETTINGS), declared(SETTINGS).links


def _table(data: pd.DataFrame) -> dict[tuple[str, str], float]:
    return {
        (line, column): value
        for line, column, value in data[["ligne", "colonne", "valeur"]].itertuples(index=False)
    }


def test_ages_are_joined_and_everything_adds_up_as_before() -> None:
    found = _table(
        regroup(
            sexed("accompagnes", SERVICE, (1, 2, 3, 4, 5), (10, 20, 30, 40, 50)), CLASSES, LINKS
        )
    )
    assert found["jeunes", "F"] == 1 + 2
    assert found["grands", "total"] == 4 + 5 + 40 + 50
    assert found["15_18", "G_ou_NR"] == 30
    assert found["total", "total"] == sum(range(1, 6)) + sum(range(10, 60, 10))
    assert ("moins_11", "F") not in found


def test_every_table_keeps_its_sum_and_its_order() -> None:
    exact = random_exact(6, 30, SETTINGS)
    before = pd.concat(exact.values(), ignore_index=True)
    after = regroup(before, CLASSES, LINKS)
    assert not {"moins_11", "plus_21", "NR", "age_inconnu"} & {*after["ligne"], *after["colonne"]}
    tables = ["indicateur", "territoire"]
    pd.testing.assert_series_equal(
        before.groupby(tables)["valeur"].sum(), after.groupby(tables)["valeur"].sum()
    )
    assert list(after["indicateur"].unique()) == list(before["indicateur"].unique())
    assert after.dtypes.to_dict() == before.dtypes.to_dict()


def test_a_class_half_known_is_partial() -> None:
    lines = {
        "moins_11": {"A1": 3.0},
        "11_14": {"A1": np.nan},
        "19_21": {"A1": np.nan},
        "plus_21": {"A1": np.nan},
    }
    found = regroup(frame("actions", SERVICE, lines, "personnes"), CLASSES, LINKS).set_index(
        "ligne"
    )
    assert found["etat"].to_dict() == {"jeunes": "partiel", "grands": "nc"}
    assert found.loc["jeunes", "valeur"] == 3
    assert np.isnan(found.loc["grands", "valeur"])


def test_who_has_no_age_and_no_sex_is_counted_with_others() -> None:
    assert CLASSES["age"]["grands"] == ("19_21", "plus_21", "age_inconnu")
    usual, words = classes_of(Disclosure(), SETTINGS), words_of_classes(Disclosure(), SETTINGS)
    assert usual["age"] == {"plus_21_ou_age_inconnu": ("plus_21", "age_inconnu")}
    assert words["plus_21_ou_age_inconnu"] == "Plus de 21 ans (ou inconnu)"
    assert words["G_ou_NR"] == "Garçons (ou non renseigné)"
    assert "plus_21" not in wider_classes("actions", usual, LINKS)
    assert wider_classes("demandes", usual, LINKS)["age_inconnu"] == "plus_21_ou_age_inconnu"


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ({"taille": {"a": ("F", "G")}}, "regrouper"),
        ({"age": {"a": ("11_14", "15_17")}}, "15_17"),
        ({"age": {"a": ("11_14", "15_18"), "b": ("15_18", "19_21")}}, "15_18"),
        ({"age": {"11_14": ("11_14", "15_18")}}, "11_14"),
        ({"problematique": {"a": ("logement", "freins_mobilite")}}, "famille"),
    ],
)
def test_a_class_that_cannot_be_is_refused(
    classes: dict[str, dict[str, tuple[str, ...]]], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        classes_of(Disclosure(classes=classes), SETTINGS)


def test_a_family_that_does_not_exist_is_not_sensitive() -> None:
    with pytest.raises(SettingsError, match="famille"):
        classes_of(Disclosure(sensibles=("santé",)), SETTINGS)


@pytest.mark.parametrize(
    "name", ["accompagnes", "situations", "durees", "actions", "problematiques", "orientations"]
)
def test_tables_keep_their_words_and_no_others(name: str) -> None:
    data = table_data(name, random_records(1), scope())
    figures = edition_of({(name, SERVICE): data.figures}, SETTINGS, AGES)
    shown = with_classes_of(
        data, figures, wider_classes(name, CLASSES, LINKS), words_of_classes(AGES, SETTINGS)
    )
    assert {row.code for row in shown.rows if row.kind != "note"} == set(figures["ligne"])
    assert {col.code for col in shown.columns if col.kind != "texte"} == set(figures["colonne"])
    assert set(shown.texts["ligne"]) <= {row.code for row in shown.rows}
    labels = {one.code: one.label for one in (*shown.rows, *shown.columns)}
    assert labels.get("jeunes", "Moins de 15 ans") in {"Moins de 15 ans", "Jeunes"}
    assert labels.get("sante_justice", "Santé et justice") == "Santé et justice"


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (("15_18", "19_21", "plus_21"), "15 ans et plus"),
        (("moins_11", "11_14"), "Moins de 15 ans"),
        (("11_14", "15_18"), "11 à 18 ans"),
        (("moins_11", "11_14", "15_18", "19_21", "plus_21"), "Tous les âges"),
        (("moins_11", "15_18"), "Moins de 11 ans ou 15 à 18 ans"),
        (("college", "lycee_general"), "Collège ou Lycée d'enseignement général"),
    ],
)
def test_a_wider_class_is_named_as_a_range_where_it_is_one(
    codes: tuple[str, ...], words: str
) -> None:
    assert words_of(codes, SETTINGS) == words

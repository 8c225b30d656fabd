"""A year released before: figures about persons are those of the ledger, or a territory has none; the rest follows."""

from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.declared import FigureKey
from rlpipeline.figures import SERVICE
from rlpipeline.protection.again import Again, _worded, published_again, rules_of
from rlpipeline.protection.classes import KEY
from rlpipeline.protection.releases import Protected, Release, public_rules
from rlpipeline.settings.models import Disclosure, Service, WiderClass
from tests.declared import declared
from tests.figures.factory import CARVIN, OIGNIES
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection.made import Exact, by_territory, frame, protect, release_of, sexed

RULES = Disclosure()
STREET = {
    CARVIN: sexed("travail_de_rue", CARVIN, (12, 17, 8, 6, 9), (13, 11, 12, 8, 14)),
    OIGNIES: sexed("travail_de_rue", OIGNIES, (7, 12, 8, 22, 9), (18, 6, 23, 8, 11)),
}
CORRECTED = STREET | {
    CARVIN: sexed("travail_de_rue", CARVIN, (12, 17, 8, 6, 9), (13, 11, 12, 8, 15))
}


def _action(seances: int) -> Exact:
    lines = {"11_14": 12, "15_18": 11, "19_21": 14, "plus_21": 11, "total": 48}
    persons = frame("actions", SERVICE, {line: {"A1": n} for line, n in lines.items()}, "personnes")
    size = frame("actions", SERVICE, {"seances": {"A1": seances}}, "seances")
    return {("actions", SERVICE): pd.concat([persons, size], ignore_index=True)}


def _release(protected: Protected, rules: Disclosure = RULES) -> Release:
    told = public_rules(protected.figures, rules, protected.classes, protected.narrow)
    return release_of("2023-01", "2024-01-01", protected.figures, told)


def _again(exact: Exact, again: Again, service: Service = SETTINGS) -> Protected:
    rules = rules_of(again.release, service)
    return published_again(exact, again, rules, service, declared(service))


def test_figures_about_persons_are_read_from_the_ledger() -> None:
    first = protect(by_territory(STREET), RULES, SETTINGS, ())
    again = _again(by_territory(CORRECTED), Again(_release(first), 1))
    pd.testing.assert_frame_equal(again.figures, first.figures)


def test_what_counts_no_persons_follows_the_records() -> None:
    first = protect(_action(7), RULES, SETTINGS, ())
    figures = _again(_action(9), Again(_release(first), 0)).figures.set_index(KEY)
    before = first.figures.set_index(KEY)
    seances = FigureKey("actions", 2023, SERVICE, "seances", "A1")
    assert (before.loc[seances, "valeur"], figures.loc[seances, "valeur"]) == (7, 9)
    pd.testing.assert_frame_equal(figures.drop(seances), before.drop(seances))


def test_a_territory_withdraws_all_or_nothing() -> None:
    first = protect(by_territory(STREET), RULES, SETTINGS, ())
    withdrawn = frozenset({SERVICE, CARVIN})
    figures = _again(by_territory(CORRECTED), Again(_release(first), 5, withdrawn)).figures
    gone = figures["territoire"].isin(withdrawn)
    assert gone.any() and figures.loc[gone, "etat"].eq("masque").all()
    assert figures.loc[gone, "valeur"].isna().all() and figures.loc[gone, "base"].eq(0).all()
    rest = first.figures[~first.figures["territoire"].isin(withdrawn)]
    assert len(rest)
    pd.testing.assert_frame_equal(figures[~gone], rest)


def test_a_table_that_was_not_released_is_left_out_and_says_why() -> None:
    first = protect(by_territory(STREET), RULES, SETTINGS, ())
    street = by_territory(STREET)
    new = {("accompagnes", SERVICE): sexed("accompagnes", SERVICE, (9,) * 5, (9,) * 5)}
    again = _again(street | new, Again(_release(first), 0))
    pd.testing.assert_frame_equal(again.figures, first.figures)
    assert "diffusé" in again.left_out["accompagnes", SERVICE]


@pytest.mark.parametrize("seuil", [5, 8])
def test_thresholds_and_classes_of_the_release_stay(seuil: int) -> None:
    ages = {"moins_15_ans": ("moins_11", "11_14")}
    then = Disclosure(seuil=seuil, classes={"age": ages})
    first = protect(by_territory(STREET), then, SETTINGS, ())
    rules = rules_of(_release(first, then), SETTINGS)
    assert rules.seuil == seuil and "moins_15_ans" in rules.classes["age"]
    again = _again(by_territory(STREET), Again(_release(first, then), 0))
    assert again.classes == first.classes
    pd.testing.assert_frame_equal(again.figures, first.figures)
    assert rules_of(_release(protect(by_territory(STREET), RULES, SETTINGS, ())), SETTINGS) == RULES


def test_classes_are_those_of_the_release_in_the_words_of_the_settings() -> None:
    worded = WiderClass(codes=("19_21", "plus_21"), libelle="Dix-neuf ans et plus")
    settings = Disclosure(classes={"age": {"plus_19": worded, "moins_15": ("moins_11", "11_14")}})
    assert _worded({"plus_19": worded.codes}, settings, "age") == {"plus_19": worded}

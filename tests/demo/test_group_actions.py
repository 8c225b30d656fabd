"""Group actions of the four communes and of made-up ones."""

import numpy as np
import pandas as pd
import pytest

from rlpipeline.demo.group_actions import PUBLICS, fictitious_actions, printed_actions
from rlpipeline.demo.reconcile import Reconciliation
from rlpipeline.demo.territory import fictitious_territory


@pytest.fixture(scope="module")
def printed(found: Reconciliation) -> tuple[pd.DataFrame, pd.DataFrame]:
    return printed_actions(np.random.Generator(np.random.PCG64(2)), found, (2022, 2023))


def test_identifiers_are_stable_and_unique(printed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    ids = printed[0]["id_action"]
    assert ids.is_unique
    assert {"A2023-OIG-1", "A2023-DSL-2", "A2023-PAR-4", "A2023-PART-10"} <= set(ids)
    assert (printed[0]["annee"] == 2023).sum() == 36


def test_every_action_has_every_public(printed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    actions, participations = printed
    assert len(participations) == len(actions) * len(PUBLICS)
    assert not participations.duplicated(["id_action", "public"]).any()


def test_what_is_not_communicated_is_missing_everywhere(printed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    unknown = printed[1].groupby("id_action")["nombre"].agg(lambda n: n.isna().all())
    of_2023 = [name for name in unknown.index[unknown] if name.startswith("A2023")]
    assert of_2023 == [f"A2023-PART-{n}" for n in (10, 5, 6, 7, 8, 9)]


def test_another_year_has_other_numbers(printed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    numbers = printed[1].set_index(["id_action", "public"])["nombre"]
    outing = numbers.loc["A2022-OIG-4"], numbers.loc["A2023-OIG-4"]
    assert outing[1]["11_14"] == 225
    assert outing[0]["11_14"] != 225
    assert (outing[0].dropna() >= 0).all()


def test_made_up_communes_have_their_actions() -> None:
    territory = fictitious_territory(9, seed=4)
    actions, participations = fictitious_actions(np.random.Generator(np.random.PCG64(2)), territory, (2020, 2021))
    assert actions["id_action"].is_unique
    assert set(actions["commune"]) == set(territory.codes)
    assert set(actions["categorie"]) == {
        "action_collective",
        "developpement_social_local",
        "parentalite",
        "partenariale",
    }
    assert participations["nombre"].isna().any()

"""Follow-ups in stock and flow."""

import numpy as np
import pandas as pd
import pytest

from rlpipeline.demo.population import Population, active_in, band_codes, simulate


@pytest.fixture(scope="module")
def population() -> Population:
    return simulate(np.random.Generator(np.random.PCG64(3)), ("62215", "62250"), 2020, 2023)


def test_age_bands() -> None:
    ages = np.array([6, 10, 11, 14, 15, 18, 19, 21, 22, 40])
    expected = "moins_11 moins_11 11_14 11_14 15_18 15_18 19_21 19_21 plus_21 plus_21"
    assert list(band_codes(ages)) == expected.split()


def test_no_follow_up_ends_before_it_begins(population: Population) -> None:
    ended = population.suivis.dropna(subset="fin")
    assert (ended["fin"] >= ended["debut"]).all()
    assert population.suivis["debut"].max() <= pd.Timestamp("2023-12-31")
    assert ended["fin"].max() <= pd.Timestamp("2023-12-31")


def test_a_motive_is_given_exactly_where_a_paei_ended(population: Population) -> None:
    ended_paei = (population.suivis["statut"] == "PAEI") & population.suivis["fin"].notna()
    assert ((population.suivis["motif"] != "") == ended_paei).all()


def test_first_contact_comes_before_every_follow_up(population: Population) -> None:
    contact = population.jeunes["premier_contact"].loc[population.suivis["personne"]].to_numpy()
    assert (contact <= population.suivis["debut"].to_numpy()).all()


def test_follow_ups_span_years(population: Population) -> None:
    both = active_in(population.suivis, 2021) & active_in(population.suivis, 2022)
    assert both.sum() > 20
    assert (active_in(population.suivis, 2022) & ~active_in(population.suivis, 2021)).sum() > 20


def test_some_come_back_and_some_change_status(population: Population) -> None:
    paei = population.suivis[population.suivis["statut"] == "PAEI"]
    assert paei["personne"].duplicated().any()
    changed = paei[paei["motif"] == "changement_statut"]
    later = changed.merge(population.suivis, on="personne")
    next_day = later["debut_y"] == later["fin_x"] + pd.Timedelta(days=1)
    assert set(later.loc[next_day, "statut_y"]) == {"ASEP"}

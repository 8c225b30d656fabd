"""A whole year protected: random services, releases and corrections.

Slow: whole random services; another order, other processes, for what is left to chance.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rlpipeline.attack import Attacked, Failure
from rlpipeline.declared import FigureKey
from rlpipeline.errors import DisclosureError
from rlpipeline.figures import PROTECTED_UNITS, SERVICE
from rlpipeline.protection.class_proposal import propose
from rlpipeline.protection.classes import KEY
from rlpipeline.protection.releases import Protected
from rlpipeline.records.store import open_records
from rlpipeline.settings.models import Disclosure, Service, load_settings
from tests.declared import INDICATORS, declared
from tests.figures.factory import CARVIN, OIGNIES
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records
from tests.protection.made import (
    YEAR,
    Exact,
    by_territory,
    edition_of,
    exact_of,
    frame,
    protect,
    random_exact,
    sexed,
    values,
)

ROOT = Path(__file__).resolve().parents[2]
FULL = Service(nom="Service", departement="62", communes=SETTINGS.communes)
ONE = Service(nom="Service", departement="62", communes=SETTINGS.communes[:1])
ONLY = frozenset({"accompagnes", "durees", "problematiques_jeunes"})
PROTECTED = frozenset(name for name, one in INDICATORS.items() if one.spec.persons)
RULES = Disclosure()


@lru_cache
def _random(seed: int) -> tuple[Exact, Protected]:
    exact = random_exact(seed, 60, FULL)
    return exact, protect(exact, RULES, FULL, ())


def beside_exact(exact: pd.DataFrame, protected: Protected) -> pd.DataFrame:
    """Figures about persons, published and exact, and the error."""
    both = protected.figures.merge(exact, on=KEY, suffixes=("", "_exact"), validate="one_to_one")
    persons = (
        both["indicateur"].isin(PROTECTED)
        & both["unite"].isin(PROTECTED_UNITS)
        & both["valeur_exact"].notna()
    )
    return both[persons].assign(erreur=(both["valeur"] - both["valeur_exact"]).abs())


@pytest.mark.slow
def test_a_sum_of_exact_figures_is_exact() -> None:
    figures = _random(12)[1].figures
    table = figures[
        (figures["indicateur"] == "anciennete_contact") & (figures["territoire"] == SERVICE)
    ]
    states = table[table["colonne"] == "total"].set_index("ligne")["etat"].to_dict()
    assert states.pop("total") == "ok"
    assert set(states.values()) == {"ok"}


@pytest.mark.slow
def test_no_number_of_persons_below_its_threshold_is_published_exactly() -> None:
    shown = _random(12)[1].figures
    persons = (
        shown["indicateur"].isin(PROTECTED)
        & shown["unite"].isin(PROTECTED_UNITS)
        & shown["base"].eq(0)
    )
    least = np.where(shown["ligne"] == "sante_justice", RULES.seuil_sensible, RULES.seuil)
    assert not (persons & shown["valeur"].gt(0) & shown["valeur"].lt(least)).any()


@pytest.mark.slow
def test_figures_are_exact_or_near_multiples_of_their_base_and_say_so() -> None:
    exact, protected = _random(12)
    both = beside_exact(edition_of(exact, FULL, RULES), protected)
    rounded = both["base"] > 0
    assert (both.loc[rounded, "etat"] == "arrondi").all() and rounded.any()
    assert (both.loc[~rounded, "erreur"] == 0).all()
    assert (both.loc[~rounded, "etat"] == both.loc[~rounded, "etat_exact"]).all()
    assert (both["erreur"] < both["base"].clip(lower=1)).all()
    assert (both["valeur"] % both["base"].clip(lower=1) == 0)[rounded].all()


def test_in_a_rounded_table_every_crossed_cell_is_rounded() -> None:
    girls, boys = (20, 17, 18, 16, 3), (13, 11, 12, 18, 14)
    exact = {("travail_de_rue", SERVICE): sexed("travail_de_rue", SERVICE, girls, boys)}
    figures = protect(exact, RULES, ONE, ()).figures
    inner = figures[figures["ligne"].ne("total") & figures["colonne"].isin({"F", "G_ou_NR"})]
    assert inner["etat"].eq("arrondi").all()
    newcomers = figures["colonne"] == "nouveaux"
    margins = figures[(figures["ligne"].eq("total") | figures["colonne"].eq("total")) & ~newcomers]
    assert margins["etat"].eq("ok").all()


def test_a_table_without_a_small_cell_is_exact_and_its_zeros_too() -> None:
    exact = {
        ("travail_de_rue", SERVICE): sexed(
            "travail_de_rue", SERVICE, (0, 5, 9, 9, 9), (5, 5, 9, 9, 9)
        )
    }
    protected = protect(exact, RULES, ONE, ())
    assert protected.figures["etat"].eq("ok").all()
    assert values(protected, "travail_de_rue")["moins_11", "F"] == 0


def test_a_year_of_which_nothing_was_counted_is_shared_as_it_is() -> None:
    nothing = frame("accompagnes", SERVICE, {"total": {"total": np.nan}})
    assert protect({}, RULES, SETTINGS, ()).figures.empty
    assert protect({("accompagnes", SERVICE): nothing}, RULES, SETTINGS, ()).figures[
        "etat"
    ].tolist() == ["nc"]


def test_the_attack_is_obeyed_its_cure_rounded_then_the_table_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = {
        CARVIN: sexed("travail_de_rue", CARVIN, (12, 17, 8, 6, 9), (13, 11, 12, 8, 14)),
        OIGNIES: sexed("travail_de_rue", OIGNIES, (7, 12, 8, 22, 9), (18, 6, 23, 8, 11)),
    }
    unsafe, cure = (
        FigureKey("travail_de_rue", 2023, SERVICE, line, "total") for line in ("11_14", "15_18")
    )

    def protected_when(found: Callable[[pd.DataFrame], tuple[Failure, ...]]) -> Protected:
        judge = "rlpipeline.protection.protection.attack"
        monkeypatch.setattr(
            judge, lambda publications, *_: Attacked(1, found(publications[-1].figures))
        )
        return protect(by_territory(parts), RULES, SETTINGS, ())

    def once(figures: pd.DataFrame) -> tuple[Failure, ...]:
        of_cure = figures.query(
            "ligne == '15_18' and colonne == 'total' and territoire == 'service'"
        )
        return (
            ()
            if of_cure["etat"].eq("arrondi").all()
            else (Failure((unsafe,), "arrondi", 1, 2, "", (cure,)),)
        )

    def while_there(figures: pd.DataFrame) -> tuple[Failure, ...]:
        there = figures["territoire"].eq(SERVICE).any()
        return (Failure((unsafe,), "arrondi", 1, 2, ""),) if there else ()

    def of_both(figures: pd.DataFrame) -> tuple[Failure, ...]:
        there = figures["territoire"].eq(CARVIN).any()
        places = (unsafe, unsafe._replace(territoire=CARVIN)) if there else ()
        return tuple(Failure((key,), "arrondi", 1, 2, "") for key in places)

    cured = protected_when(once)
    assert cured.loops == 1 and not cured.left_out
    left = protected_when(while_there)
    assert [*left.left_out] == [("travail_de_rue", SERVICE)]
    assert [*protected_when(of_both).left_out] == [("travail_de_rue", CARVIN)]
    with pytest.raises(DisclosureError, match="protégés"):
        protected_when(lambda figures: (Failure((unsafe,), "arrondi", 1, 2, ""),))


@pytest.mark.slow
def test_what_is_rounded_for_others_is_exact_again_where_the_attack_allows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact, few = _random(12)[0], _random(12)[1].figures
    monkeypatch.setattr("rlpipeline.protection.protection.MOST_REFINED", 0)
    every = protect(exact, RULES, FULL, ()).figures
    rounded, before = few["etat"].eq("arrondi"), every["etat"].eq("arrondi")
    assert rounded.sum() < before.sum() and not (rounded & ~before).any()


def test_what_alone_is_small_among_crossed_cells_is_less_than_five() -> None:
    girls, boys = (20, 17, 18, 16, 25), (3, 21, 12, 18, 24)
    table = {("travail_de_rue", SERVICE): sexed("travail_de_rue", SERVICE, girls, boys)}
    assert values(protect(table, RULES, ONE, ()), "travail_de_rue")["moins_11", "G_ou_NR"] == 0


def test_what_alone_is_small_in_an_action_is_less_than_five_never_about_five() -> None:
    lines = {"11_14": 4, "15_18": 12, "19_21": 14, "plus_21": 11, "total": 41}
    table = frame("actions", SERVICE, {line: {"A1": n} for line, n in lines.items()}, "personnes")
    shown = values(protect({("actions", SERVICE): table}, RULES, ONE, ()), "actions")
    assert shown["11_14", "A1"] == 0 and shown["total", "A1"] == 41


@pytest.mark.slow
def test_a_service_of_sixty_keeps_two_thirds_of_its_margins_in_the_classes_proposed() -> None:
    """What one issue gives away is cured among issues; the young people followed were rounded for it."""
    folder = ROOT / "tests/cases/services/petit_2"
    service = load_settings(folder / "params", YEAR).service
    records = open_records(str(folder / "source"), service)
    years = [exact_of(records, service, year, PROTECTED) for year in (YEAR - 1, YEAR)]
    whole = [{key: figures for key, figures in year.items() if key[1] == SERVICE} for year in years]
    classes = {
        one.axis: one.classes
        for one in propose(whole, service.diffusion, service, declared(service))
    }
    rules = service.diffusion.model_copy(update={"classes": classes})
    figures = protect(years[-1], rules, service, ()).figures
    own = figures[figures["territoire"].eq(SERVICE) & figures["unite"].isin(PROTECTED_UNITS)]
    margins = own[own["colonne"].isin(("total", "nombre")) & own["indicateur"].isin(PROTECTED)]
    assert margins["etat"].ne("arrondi").mean() >= 0.65
    cohort = own[
        own["indicateur"].eq("accompagnes") & own["ligne"].eq("total") & own["colonne"].eq("total")
    ]
    assert cohort["etat"].tolist() == ["ok"]


@pytest.mark.slow
def test_a_margin_below_its_threshold_is_less_than_five_never_about_five() -> None:
    both = beside_exact(edition_of(_random(12)[0], FULL, RULES), _random(12)[1])
    small = (
        both["territoire"].eq(SERVICE)
        & both["colonne"].eq("total")
        & both["valeur_exact"].between(1, 4)
    )
    small &= both["indicateur"].isin(["situations", "durees", "clotures"]) & both["base"].eq(5)
    assert small.any()
    assert both.loc[small, "valeur"].eq(0).all()


def test_what_is_left_of_the_cohort_is_protected_by_rounding_the_lesser_figure() -> None:
    table = sexed("accompagnes", SERVICE, (9, 9, 9, 9, 9), (9, 9, 9, 9, 9))
    fresh = table["colonne"].eq("nouveaux") & table["ligne"].isin(["total", "11_14"])
    exact = {("accompagnes", SERVICE): table.assign(valeur=table["valeur"].mask(fresh, 16.0))}
    shown = protect(exact, RULES, ONE, ()).figures.set_index(["ligne", "colonne"])["etat"]
    assert shown["11_14", "total"] == shown["total", "total"] == "ok"
    assert shown["11_14", "nouveaux"] == "arrondi"


@pytest.mark.slow
def test_those_of_a_family_without_an_issue_are_protected_by_rounding() -> None:
    issues = {"sociales": 130, "autonomie_loisirs": 89, "logement": 41, "total": 130}
    tables = {"problematiques": issues, "problematiques_jeunes": {"sociales": 90}}
    units = {"problematiques": "problematiques_relevees", "problematiques_jeunes": "jeunes"}
    exact = {
        (id, SERVICE): frame(
            id, SERVICE, {line: {"total": number} for line, number in lines.items()}, units[id]
        )
        for id, lines in tables.items()
    }
    protected = protect(exact, RULES, SETTINGS, ())
    shown = [
        values(protected, id) == {(line, "total"): tables[id][line] for line in tables[id]}
        for id in tables
    ]
    assert (
        sorted(shown) == [False, True] and not protected.narrow
    )  # one table is exact, one figure of the other is not


@pytest.mark.slow
def test_the_order_of_what_is_given_does_not_matter() -> None:
    exact = exact_of(random_records(4, persons=30), SETTINGS, only=ONLY)
    protected = protect(exact, RULES, SETTINGS, ())
    shuffled = {
        key: exact[key].sample(frac=1, random_state=2) for key in sorted(exact, reverse=True)
    }
    again = protect(shuffled, RULES, SETTINGS, ())
    pd.testing.assert_frame_equal(
        again.figures.sort_values(KEY, ignore_index=True),
        protected.figures.sort_values(KEY, ignore_index=True),
    )


@pytest.mark.slow
def test_neither_the_hash_seed_nor_the_number_of_threads_matters() -> None:
    program = (
        "import sys; from tests.protection.test_protection import ONLY, SETTINGS; from tests.protection.made import *;"
        "from rlpipeline.settings.models import Disclosure; from tests.figures.random_records import random_records;"
        "exact = exact_of(random_records(3, persons=30), SETTINGS, only=ONLY);"
        "sys.stdout.write(protect(exact, Disclosure(), SETTINGS, ()).figures.to_csv())"
    )
    around = {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command, env = [sys.executable, "-c", program], os.environ | around
    told = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, check=True, text=True
    ).stdout
    protected = protect(
        exact_of(random_records(3, persons=30), SETTINGS, only=ONLY), RULES, SETTINGS, ()
    )
    assert (protected.figures["base"] > 0).sum() > 50
    assert told == protected.figures.to_csv()

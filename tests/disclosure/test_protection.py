"""A whole year protected: random services, and the awkward ones."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rlpipeline.disclosure import protection
from rlpipeline.disclosure.needs import Proof, State
from rlpipeline.disclosure.protection import MOST_ROUNDS, Protected, protect
from rlpipeline.disclosure.releases import LEDGER_COLUMNS, Releases
from rlpipeline.disclosure.worlds import Published
from rlpipeline.errors import DisclosureError
from rlpipeline.indicators import CSV_COLUMNS, PROTECTED_UNITS, REGISTRY, SERVICE
from rlpipeline.params import Disclosure, Service, load_settings
from rlpipeline.records import open_records
from tests.disclosure.made import YEAR, Exact, Reader, assert_open, by_territory, exact_of, sexed, values
from tests.indicators.factory import CARVIN, OIGNIES
from tests.indicators.factory import SERVICE as SETTINGS
from tests.indicators.random_records import random_records

ROOT = Path(__file__).resolve().parents[2]
ONE = Service(nom="Service", departement="62", communes=SETTINGS.communes[:1])
ONLY = frozenset({"accompagnes", "durees", "problematiques_jeunes"})
KEY = list(CSV_COLUMNS[:5])


@lru_cache
def _random(seed: int) -> tuple[Exact, Protected]:
    exact = exact_of(random_records(seed, persons=60), SETTINGS)
    return exact, protect(exact, Disclosure(), SETTINGS, Releases.none())


def _sample(cells: frozenset[object] | set[object], count: int) -> list[object]:
    ordered = sorted(cells)
    return ordered[:: max(1, len(ordered) // count)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_what_a_reader_can_infer_stays_wide(seed: int) -> None:
    exact, protected = _random(seed)
    assert len(protected.primary) > 20
    reader = Reader(exact, protected, SETTINGS)
    cells = [*_sample(set(protected.primary), 20), *_sample(protected.masked, 10), *_sample(protected.rounded, 20)]
    assert_open(reader, protected, cells)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_of_the_edition_is_exact_masked_or_rounded(seed: int) -> None:
    exact, protected = _random(seed)
    before = pd.concat(exact.values()).set_index(KEY)
    after = protected.figures.set_index(KEY)
    assert not after.index.duplicated().any()
    both = before.merge(after, left_index=True, right_index=True, suffixes=("_exact", ""))
    assert len(both) == len(before)
    masked, rounded = (
        pd.Series(both.index.isin(one), index=both.index) for one in (protected.masked, protected.rounded)
    )
    assert both.loc[masked, "valeur"].isna().all() and (both.loc[masked, "etat"] == "masque").all()
    assert ((both.loc[rounded, "valeur"] - both.loc[rounded, "valeur_exact"]).abs() < Disclosure().base).all()
    same = both[~masked & ~rounded]
    pd.testing.assert_series_equal(same["valeur"], same["valeur_exact"], check_names=False)
    assert (both.loc[~masked, "etat"] == both.loc[~masked, "etat_exact"]).all()


def test_no_small_number_of_persons_of_the_service_is_shown() -> None:
    for seed in (1, 2):
        shown = _random(seed)[1].figures
        persons = shown["indicateur"].map(lambda name: REGISTRY[name].protected) & shown["unite"].isin(PROTECTED_UNITS)
        assert not (persons & shown["valeur"].gt(0) & shown["valeur"].lt(Disclosure().seuil)).any()


def test_the_order_of_what_is_given_does_not_matter() -> None:
    exact, protected = _random(1)
    shuffled = {key: exact[key].sample(frac=1, random_state=2) for key in sorted(exact, reverse=True)}
    again = protect(shuffled, Disclosure(), SETTINGS, Releases.none())
    assert again.masked == protected.masked
    pd.testing.assert_frame_equal(
        again.figures.sort_values(KEY, ignore_index=True), protected.figures.sort_values(KEY, ignore_index=True)
    )


@pytest.mark.slow
def test_neither_the_hash_seed_nor_the_number_of_threads_matters() -> None:
    program = (
        "import sys; from tests.disclosure.test_protection import ONLY, SETTINGS; from tests.disclosure.made import *;"
        "from rlpipeline.disclosure.protection import protect; from rlpipeline.disclosure.releases import Releases;"
        "from rlpipeline.params import Disclosure; from tests.indicators.random_records import random_records;"
        "exact = exact_of(random_records(3, persons=30), SETTINGS, only=ONLY);"
        "protected = protect(exact, Disclosure(), SETTINGS, Releases.none());"
        "assert protected.primary and len(protected.masked) > len(protected.primary) and protected.rounded;"
        "sys.stdout.write(protected.figures.to_csv() + repr([*protected.primary.items()]))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=os.environ
            | {"PYTHONHASHSEED": seed}
            | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads),
            capture_output=True,
            check=True,
        ).stdout
        for seed, threads in (("1", "1"), ("2", "2"))
    ]
    assert told[0] == told[1]


def test_what_was_released_is_released_again() -> None:
    exact, protected = _random(1)
    ledger = protected.figures.assign(primaire=False)[list(LEDGER_COLUMNS)]
    again = protect(exact, Disclosure(), SETTINGS, Releases(ledger))
    pd.testing.assert_frame_equal(again.figures, protected.figures)


def test_a_corrected_figure_leaves_the_others_as_they_were_released() -> None:
    parts = {
        CARVIN: sexed("travail_de_rue", CARVIN, (12, 17, 8, 6, 9), (13, 11, 12, 8, 14)),
        OIGNIES: sexed("travail_de_rue", OIGNIES, (7, 12, 8, 22, 9), (18, 6, 23, 8, 11)),
    }
    first = protect(by_territory(parts), Disclosure(), SETTINGS, Releases.none())
    corrected = parts | {CARVIN: sexed("travail_de_rue", CARVIN, (12, 17, 8, 6, 9), (13, 11, 12, 8, 15))}
    released = Releases(first.figures.assign(primaire=False))
    second = protect(by_territory(corrected), Disclosure(), SETTINGS, released)
    old, new = values(first, "travail_de_rue", OIGNIES), values(second, "travail_de_rue", OIGNIES)
    assert old == new
    boys = ("plus_21", "G")
    assert abs(values(second, "travail_de_rue", CARVIN)[boys] - 15) < Disclosure().base


@pytest.mark.parametrize(("searches", "protected"), [(2 + MOST_ROUNDS, True), (3 + MOST_ROUNDS, False)])
def test_the_last_search_counts_too(monkeypatch: pytest.MonkeyPatch, searches: int, protected: bool) -> None:
    """Figures that no search opens before the last one are protected; after it, the edition is refused."""
    made: list[None] = []
    closed = np.array([True])
    state = State(Published(~closed, closed, ~closed, closed), Proof(np.zeros(1), np.ones(1)))
    monkeypatch.setattr(protection, "suppress", lambda *_: made.append(None) or state)
    monkeypatch.setattr(protection, "replace", lambda it, **_: it)
    monkeypatch.setattr(protection, "with_zeros", lambda task, _: task)
    monkeypatch.setattr(protection, "without_zeros", lambda task, _: task)
    monkeypatch.setattr(protection, "_around", lambda *_: ~closed)
    monkeypatch.setattr(protection, "_closed", lambda *_: closed & (len(made) < searches))
    task = SimpleNamespace(price=np.ones(1), needs=SimpleNamespace(values=np.ones(1)))
    with nullcontext() if protected else pytest.raises(DisclosureError):
        protection._suppressed(task, state.published, ~closed, map)
    assert len(made) == 2 + MOST_ROUNDS


def test_a_service_of_one_commune_has_no_portrait() -> None:
    parts = {CARVIN: sexed("travail_de_rue", CARVIN, (2, 17, 8, 6, 9), (13, 11, 12, 8, 14))}
    exact = by_territory(parts)
    protected = protect(exact, Disclosure(), ONE, Releases.none())
    assert set(protected.figures["territoire"]) == {SERVICE}
    assert not protected.rounded
    assert_open(
        Reader({("travail_de_rue", SERVICE): exact["travail_de_rue", SERVICE]}, protected, ONE),
        protected,
        [*protected.masked],
    )
    assert np.isnan(values(protected, "travail_de_rue")["moins_11", "F"])


def test_where_there_is_one_commune_nothing_is_rounded() -> None:
    """Its line of the table of communes, and its actions, are the service's: exact, or masked."""
    exact = exact_of(random_records(1, persons=60), ONE)
    protected = protect(exact, Disclosure(), ONE, Releases.none())
    assert not protected.rounded and not protected.base
    shown = values(protected, "communes")
    before = exact["communes", SERVICE].set_index(["ligne", "colonne"])["valeur"]
    assert any(line == CARVIN and number > 0 for (line, _), number in shown.items())
    assert all(np.isnan(number) or number == before[cell] for cell, number in shown.items())


def test_tables_without_a_figure_are_left_as_they_are() -> None:
    empty = sexed("travail_de_rue", SERVICE, (0,) * 5, (0,) * 5).iloc[:0]
    exact = {("travail_de_rue", SERVICE): empty, ("partenaires", SERVICE): empty.assign(indicateur="partenaires")}
    protected = protect(exact, Disclosure(), SETTINGS, Releases.none())
    assert protected.figures.empty and not protected.masked and not protected.base
    assert list(protected.figures.columns) == list(CSV_COLUMNS)


def test_partial_and_not_communicated_figures_keep_their_state() -> None:
    exact, protected = _random(2)
    before = pd.concat(exact.values()).set_index(KEY)["etat"]
    after = protected.figures.set_index(KEY)["etat"].reindex(before.index)
    assert (after[before == "nc"] == "nc").all() and (before == "nc").any()
    partial = after[before == "partiel"]
    assert set(partial) <= {"partiel", "masque"} and len(partial)


def test_wider_classes_mask_less() -> None:
    ages = {"age": (("moins_11", "11_14", "15_18"), ("19_21", "plus_21"))}
    exact = exact_of(random_records(1, persons=60), SETTINGS, only=frozenset({"accompagnes", "travail_de_rue"}))
    shares = [
        len(one.masked) / len(one.figures)
        for one in (
            protect(exact, settings, SETTINGS, Releases.none())
            for settings in (Disclosure(), Disclosure(regroupements=ages))
        )
    ]
    assert shares[1] < shares[0]


@pytest.mark.slow
@pytest.mark.parametrize("year", [2023])
def test_the_demonstration(year: int) -> None:
    settings = load_settings(ROOT / "params", year)
    exact = exact_of(open_records(str(ROOT / "data/exemple"), settings.service), settings.service, year)
    protected = protect(exact, settings.service.diffusion, settings.service, Releases.none())
    reader = Reader(exact, protected, settings.service)
    assert_open(reader, protected, [*_sample(set(protected.primary), 25), *_sample(protected.rounded, 25)])
    shown = pd.Series([cell.annee for cell in protected.rounded])
    assert (shown == YEAR).all()

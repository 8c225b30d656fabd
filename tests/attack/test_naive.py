"""The attack breaks every protection that only seems to protect, on a made-up service and on random records.

Slow: integer programmes on what others publish: they alone show an attack that bounds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.attack import Attacked, PublishedFigures, attack
from rlpipeline.declared import FigureKey
from rlpipeline.records.store import open_records
from rlpipeline.settings.models import load_service
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection import naive
from tests.protection.naive import SEEDS, SMALL_CELLS, Exact, service_of

pytestmark = pytest.mark.slow
Protection = Callable[[Exact], Sequence[pd.DataFrame]]
PROTECTIONS: dict[str, Protection] = {
    "hidden": lambda exact: [naive.hide_small(exact)],
    "each table apart": lambda exact: [naive.each_table_apart(exact)],
    "rounded anew": lambda exact: [
        naive.rounded_anew(exact, release) for release in range(naive.ROUNDINGS)
    ],
    "without a portrait": lambda exact: [naive.without_a_portrait(exact)],
    "independent portraits": lambda exact: [naive.independent_portraits(exact)],
    "to the nearest": lambda exact: [naive.to_the_nearest(exact)],
}


SOME = "accompagnes travail_de_rue presence_sociale durees situations problematiques problematiques_jeunes communes"
"""Tables of the random services that are attacked: all of them, in a whole service."""


@cache
def _random(seed: int) -> Exact:
    return naive.count(service_of(seed), SETTINGS, 2023)


def _some(seed: int) -> Exact:
    exact = _random(seed)
    of_some = exact.figures["indicateur"].isin(SOME.split())
    return replace(exact, figures=exact.figures[of_some].reset_index(drop=True))


def _attacked(exact: Exact, frames: Sequence[pd.DataFrame]) -> Attacked:
    return attack(
        [PublishedFigures(f"{rank}", frame, {}) for rank, frame in enumerate(frames)],
        exact.knowledge,
    )


def _assert_broken(exact: Exact, frames: Sequence[pd.DataFrame]) -> Attacked:
    """Some small figures are found; nothing is found that is not so, but by who assumes the nearest multiple."""
    assert len(exact.primary) >= SMALL_CELLS
    result = _attacked(exact, frames)
    assert not result.contradiction
    found = [one for one in result.failures if one.kind == "arrondi"]
    assert any(one.about[0] in exact.primary for one in found)
    assert not result.passed
    return result


def test_a_whole_service_with_small_cells_hidden(root: Path) -> None:
    """The commonest of them, on every table that a real service fills: exact figures come back."""
    folder = root / "tests/cases/services/bourg"
    service = load_service(folder / "params")
    exact = naive.count(open_records(str(folder / "source"), service), service, 2023)
    result = _assert_broken(exact, [naive.hide_small(exact)])
    truth = {
        FigureKey(*row[:5]): row[5]
        for row in exact.figures[[*naive.KEY, "valeur"]].itertuples(index=False)
    }
    found = [one for one in result.failures if one.kind == "arrondi" and one.about[0] in truth]
    assert all(
        one.least <= truth[one.about[0]] <= one.greatest for one in found
    )  # nothing is rounded: no guess
    assert any(one.least == one.greatest > 0 and one.about[0] in exact.primary for one in found)


@pytest.mark.parametrize(
    ("name", "seed"), [(name, SEEDS[rank % 3]) for rank, name in enumerate(PROTECTIONS)]
)
def test_random_services(name: str, seed: int) -> None:
    _assert_broken(_some(seed), PROTECTIONS[name](_some(seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_counted_contradicts_no_row(seed: int) -> None:
    exact = _random(seed)
    result = _attacked(exact, [exact.figures.assign(base=0)])
    assert not result.contradiction
    assert not result.withdrawn

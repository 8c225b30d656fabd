"""The attack breaks every protection that only seems to protect, on demonstration and on random records.

Slow: integer programmes on what others publish: they alone show an attack that bounds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from rlpipeline.attack import Attacked, Key, attack
from rlpipeline.records import open_records
from rlpipeline.settings.models import load_service
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection import naive
from tests.protection.naive import Exact
from tests.protection.services import SEEDS, SMALL_CELLS, service_of

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Counted:
    """A service: what was counted in a year and in the year before."""

    now: Exact
    then: Exact

    @property
    def primary(self) -> dict[Key, int]:
        return {**self.now.primary, **self.then.primary}

    @property
    def truth(self) -> dict[Key, float]:
        frames = (self.now.figures, self.then.figures)
        return {Key(*row[:5]): row[5] for one in frames for row in one[[*naive.KEY, "valeur"]].itertuples(index=False)}


def _hidden(counted: Counted, directory: Path) -> Sequence[Path]:
    return [naive.publish(naive.hide_small(counted.now), directory / "1", counted.now.service)]


def _apart(counted: Counted, directory: Path) -> Sequence[Path]:
    return [naive.publish(naive.each_table_apart(counted.now), directory / "1", counted.now.service)]


def _rounded_anew(counted: Counted, directory: Path) -> Sequence[Path]:
    releases = range(naive.ROUNDINGS)
    frames = [naive.rounded_anew(counted.now, release) for release in releases]
    return [
        naive.publish(frame, directory / str(release), counted.now.service)
        for release, frame in zip(releases, frames, strict=True)
    ]


def _without_a_portrait(counted: Counted, directory: Path) -> Sequence[Path]:
    return [naive.publish(naive.without_a_portrait(counted.now), directory / "1", counted.now.service)]


def _with_last_year(counted: Counted, directory: Path) -> Sequence[Path]:
    service, moved = counted.now.service, naive.with_last_year(counted.now, counted.then)
    then = naive.publish(naive.each_table_apart(counted.then), directory / "1", service)
    return [then, naive.publish(naive.each_table_apart(counted.now), directory / "2", service, evolutions=moved)]


def _percentages(counted: Counted, directory: Path) -> Sequence[Path]:
    prose = naive.percentages(counted.now)
    return [naive.publish(naive.each_table_apart(counted.now), directory / "1", counted.now.service, prose)]


def _independent_portraits(counted: Counted, directory: Path) -> Sequence[Path]:
    return [naive.publish(naive.independent_portraits(counted.now), directory / "1", counted.now.service)]


def _to_the_nearest(counted: Counted, directory: Path) -> Sequence[Path]:
    path = naive.publish(naive.to_the_nearest(counted.now), directory / "1", counted.now.service)
    naive.declare(path, counted.now.service, arrondi={"base": 5, "largeur": 2})
    return [path]


def _rounded_with_percentages(counted: Counted, directory: Path) -> Sequence[Path]:
    prose = naive.percentages(counted.now)
    return [naive.publish(naive.all_rounded(counted.now), directory / "1", counted.now.service, prose)]


PROTECTIONS = (
    _hidden,
    _apart,
    _rounded_anew,
    _without_a_portrait,
    _with_last_year,
    _percentages,
    _independent_portraits,
    _to_the_nearest,
    _rounded_with_percentages,
)
Protection = Callable[[Counted, Path], Sequence[Path]]


@cache
def _random(seed: int) -> Counted:
    records = service_of(seed)
    return Counted(naive.count(records, SETTINGS, 2023), naive.count(records, SETTINGS, 2022))


def _assert_broken(protection: Protection, counted: Counted, directory: Path) -> Attacked:
    """Some small figures are found; nothing is found that is not so."""
    assert len(counted.now.primary) >= SMALL_CELLS
    result = attack(protection(counted, directory), counted.now.knowledge)
    assert not result.contradiction
    assert not result.left_out
    wrong = [failure for failure in result.failures if failure.bounds.rule.kind != "publié"]
    found = [failure.bounds for failure in wrong]
    truth, small = counted.truth, counted.primary
    assert all(one.least <= truth[one.key] <= one.greatest for one in found if one.key in truth)
    assert any(one.key in small for one in found)
    assert all(failure.chain and failure.used for failure in wrong[:5])
    return result


def test_the_demonstration_with_small_cells_hidden(root: Path, tmp_path: Path) -> None:
    """The commonest of them, on every table that a real service fills: exact figures come back."""
    service = load_service(root / "params")
    records = open_records(str(root / "data" / "exemple"), service)
    example = Counted(naive.count(records, service, 2023), naive.count(records, service, 2022))
    result = _assert_broken(_hidden, example, tmp_path)
    exact = [one for one in result.failures if one.bounds.least == one.bounds.greatest > 0]
    assert any(one.bounds.key in example.primary for one in exact)


@pytest.mark.parametrize(("protection", "seed"), [(one, SEEDS[rank % 3]) for rank, one in enumerate(PROTECTIONS)])
def test_random_services(protection: Protection, seed: int, tmp_path: Path) -> None:
    _assert_broken(protection, _random(seed), tmp_path)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_what_was_counted_contradicts_no_relation(seed: int, tmp_path: Path) -> None:
    counted = _random(seed)
    paths = [naive.publish(one.figures, tmp_path / str(rank), SETTINGS) for rank, one in enumerate(_both(counted))]
    result = attack(paths, counted.now.knowledge)
    assert not result.contradiction
    assert not result.left_out
    assert {failure.bounds.rule.kind for failure in result.failures} == {"publié"}


def _both(counted: Counted) -> tuple[Exact, Exact]:
    return counted.then, counted.now

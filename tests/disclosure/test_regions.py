"""A part of a system is the system: what is a world of one is a world of the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from rlpipeline import processes
from rlpipeline.disclosure import regions, suppression
from rlpipeline.disclosure.moves import Moves, MovesByGroup
from rlpipeline.disclosure.narrowing import zeros
from rlpipeline.disclosure.needs import Needs, Proof, State, Suppression
from rlpipeline.disclosure.opening import open_with_masks
from rlpipeline.disclosure.protection import protect
from rlpipeline.disclosure.relations import Relations, relations
from rlpipeline.disclosure.releases import Releases
from rlpipeline.disclosure.unknowns import Registry, register
from rlpipeline.disclosure.worlds import Published, System, reachable
from rlpipeline.indicators import SERVICE
from rlpipeline.params import Disclosure
from tests.disclosure.made import Reader, assert_open, by_territory, exact_of, sexed
from tests.indicators.factory import CARVIN, OIGNIES
from tests.indicators.factory import SERVICE as SETTINGS
from tests.indicators.random_records import random_records

WIDTH = 4


@pytest.fixture(scope="module")
def linked() -> tuple[Registry, System, Published]:
    exact = exact_of(random_records(5, persons=60), SETTINGS)
    registry = register(exact)
    values, shown = registry.values, ~registry.of_service
    system = System(values, relations(exact, registry, SETTINGS, {}), values == np.round(values))
    down = np.where(shown, np.maximum(0, np.floor(values / 5) * 5 - WIDTH), values)
    up = np.where(shown, np.ceil(values / 5) * 5 + WIDTH, values)
    return registry, system, Published(down, up, np.zeros(len(values), dtype=bool), shown)


def in_small_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WHOLE", "RICH", "OTHERS"):
        monkeypatch.setattr(regions, name, 1)


def test_a_move_in_a_part_is_a_world_of_the_whole(linked: tuple[Registry, System, Published]) -> None:
    registry, system, published = linked
    kept = np.array([one.territory in (SERVICE, CARVIN, OIGNIES) for one in registry.unknowns])
    places = np.flatnonzero(kept)
    inner = published.at(places)
    part = system.part(places)
    moves, found = Moves(part, inner), 0
    for place in range(0, len(places), 7):
        world = moves.toward(place, part.values[place] + 1, np.inf)
        if world is not None and part.is_world(world, inner):
            whole = system.values.copy()
            whole[places] = world
            assert world[place] > part.values[place]
            assert system.is_world(whole, published)
            found += 1
    assert found > 5


def test_only_the_moves_of_a_zero_leave_its_group(linked: tuple[Registry, System, Published]) -> None:
    registry, system, published = linked
    measures = [one.measure for one in registry.unknowns]
    group_of = np.unique(measures, return_inverse=True)[1].astype(np.intp)
    moves, left = MovesByGroup(system, published, group_of), 0
    for place in np.flatnonzero(published.low < published.high)[::5]:
        world = moves.of(place).toward(int(place), system.values[place] + 1, np.inf)
        if world is not None:
            outside = group_of[np.flatnonzero(world != system.values)] != group_of[place]
            assert not outside.any() or system.values[place] == 0
            left += outside.any()
    assert left > 3


def test_a_world_that_breaks_a_row_of_the_whole_is_none_of_the_part(linked: tuple[Registry, System, Published]) -> None:
    registry, system, published = linked
    places = np.flatnonzero([one.territory == CARVIN for one in registry.unknowns])
    inner = published.at(places)
    part = system.part(places)
    assert part.is_world(part.values, inner)
    for place in np.flatnonzero(inner.low < inner.high)[::9]:
        moved = part.values.copy()
        moved[place] += 1
        whole = system.values.copy()
        whole[places] = moved
        assert part.is_world(moved, inner) == system.is_world(whole, published)


def test_what_is_deduced_to_be_zero_can_be_nothing_else(linked: tuple[Registry, System, Published]) -> None:
    _, system, published = linked
    nothing = published.rounded & (system.values == 0)
    plain = zeros(system.relations, published.low, published.high)
    assert (plain & nothing).any() and (~plain & nothing).any()
    assert not (plain & reachable(system, published, nothing)).any()


def region_of(had: dict[int, float], families: list[int]) -> set[int]:
    """Territories of the region for the service's own figure, of which forty communes have so many."""
    numbers, none = np.arange(41), np.zeros(41, dtype=np.intp)
    values = np.array([sum(had.values()), *(had.get(one, 0.0) for one in range(1, 41))])
    rounded = numbers > 0
    published = Published(np.maximum(0, values - WIDTH) * rounded, values + WIDTH * rounded, ~rounded, rounded)
    needs = Needs(values, np.full(41, 5.0), float(WIDTH), np.zeros(41, dtype=bool))
    links = Relations(csr_array((0, 41)), csr_array((0, 41)), np.zeros(0), ())
    system = System(values, links, np.ones(41, dtype=bool))
    family_of = np.array(families, dtype=np.intp)
    task = Suppression(system, needs, np.ones(41), (none, none, none), numbers, family_of, none, none)
    places, batch = regions.region_around(task, State(published, Proof(values, values)), 0, np.array([0]), 0)
    assert batch.tolist() == [0]
    return set(task.territory_of[places].tolist())


@pytest.mark.parametrize(
    ("had", "taken"),
    [
        ({31: 2.0, 35: 1.0}, {31, 35, *range(1, regions.WHOLE - 1)}),
        (dict.fromkeys(range(20, 40), 0.5), set(range(20, 40))),
        (dict.fromkeys(range(20, 40), 9.0), {20, 21, 22, 23}),
    ],
    ids=["few have some", "many have little", "many have much"],
)
def test_a_region_holds_no_more_territories_than_have_some(had: dict[int, float], taken: set[int]) -> None:
    """Whatever is to be given, territories that have none of the figure cannot give it: a few of them are enough."""
    assert region_of(had, families=[0] * 41) == {0} | taken


def test_a_figure_of_the_service_alone_has_the_service_for_its_region() -> None:
    assert region_of({1: 4.0}, families=[0, *range(1, 41)]) == {0}


def test_a_service_cut_in_regions_is_protected_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_regions(monkeypatch)
    parts = {
        CARVIN: sexed("travail_de_rue", CARVIN, (2, 17, 8, 6, 9), (13, 11, 12, 3, 14)),
        OIGNIES: sexed("travail_de_rue", OIGNIES, (1, 12, 0, 22, 9), (18, 6, 23, 1, 11)),
    }
    exact = by_territory(parts)
    protected = protect(exact, Disclosure(), SETTINGS, Releases.none())
    assert protected.primary and protected.rounded
    assert_open(Reader(exact, protected, SETTINGS), protected, sorted(protected.masked | protected.rounded))


def test_several_processes_protect_as_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_regions(monkeypatch)
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)
    exact = exact_of(random_records(5, persons=60), SETTINGS)
    waves: list[int] = []
    monkeypatch.setattr(suppression, "wave", lambda *asked: _noted(waves, regions.wave(*asked)))
    alone, together = (protect(exact, Disclosure(), SETTINGS, Releases.none(), jobs) for jobs in (1, 2))
    assert max(waves) > 1 and alone.masked
    pd.testing.assert_frame_equal(alone.figures, together.figures)
    assert vars(alone) | {"figures": None} == vars(together) | {"figures": None}


def _noted(
    lengths: list[int], wave: list[tuple[regions.Places, regions.Places]]
) -> list[tuple[regions.Places, regions.Places]]:
    lengths.append(len(wave))
    return wave


@pytest.mark.parametrize(("territories", "masked"), [(regions.MANY, 0), (regions.MANY + 1, 2)])
def test_of_many_territories_none_is_opened_by_a_figure_of_all_where_another_territory_s_would_do(
    territories: int, masked: int
) -> None:
    """One of 1 (masked) and one of 8 add up to the service's 9: the cheaper of these two is masked too."""
    values, none, numbers = np.array([9.0, 1.0, 8.0]), np.zeros(3, dtype=np.intp), np.arange(3)
    links = Relations(csr_array(np.array([[-1.0, 1.0, 1.0]])), csr_array((0, 3)), np.zeros(0), ())
    needs = Needs(values, np.full(3, 5.0), float(WIDTH), np.zeros(3, dtype=bool))
    published = Published(values, values, np.zeros(3, dtype=bool), np.zeros(3, dtype=bool)).masking([1], values)
    factor = regions.service_factor(territories)
    system, price = System(values, links, np.ones(3, dtype=bool)), np.array([1.0, 1.0, 2.0])
    task = Suppression(system, needs, price, (none, none, none), numbers, none, none, none, factor)
    opened = open_with_masks(task, State(published, Proof(values, values)), 1, (True, False))
    assert opened is not None
    assert np.flatnonzero(opened.published.masked & ~published.masked).tolist() == [masked]

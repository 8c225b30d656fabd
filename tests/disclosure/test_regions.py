"""A part of a system is the system: what is a world of one is a world of the other."""

from __future__ import annotations

import numpy as np
import pytest

from rlpipeline.disclosure import regions
from rlpipeline.disclosure.moves import Moves, MovesByGroup
from rlpipeline.disclosure.narrowing import zeros
from rlpipeline.disclosure.protection import protect
from rlpipeline.disclosure.relations import relations
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


def test_a_service_cut_in_regions_is_protected_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "WHOLE", 1)
    monkeypatch.setattr(regions, "RICH", 1)
    monkeypatch.setattr(regions, "OTHERS", 1)
    parts = {
        CARVIN: sexed("travail_de_rue", CARVIN, (2, 17, 8, 6, 9), (13, 11, 12, 3, 14)),
        OIGNIES: sexed("travail_de_rue", OIGNIES, (1, 12, 0, 22, 9), (18, 6, 23, 1, 11)),
    }
    exact = by_territory(parts)
    protected = protect(exact, Disclosure(), SETTINGS, Releases.none())
    assert protected.primary and protected.rounded
    assert_open(Reader(exact, protected, SETTINGS), protected, sorted(protected.masked | protected.rounded))

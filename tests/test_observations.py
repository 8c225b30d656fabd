"""The one rule of a change, over every pair of states and bases, and that every place which tells one follows it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pandas as pd
import pytest

from rlpipeline.checks.model import Figure, is_too_near
from rlpipeline.declared import FigureKey
from rlpipeline.display import layout, phrases
from rlpipeline.display.lookup import Former
from rlpipeline.observations import APART, Comparison, Observation, compare
from rlpipeline.publication.figures import KEY, Label, Table, figures_of
from rlpipeline.states import (
    ABSENT,
    ARRONDI,
    CHANGES,
    OK,
    PARTIEL,
    STATES,
    UNCERTAIN,
    WITHOUT_VALUE,
    WORDS,
)
from tests.display.samples import NAN

BASES = (5, 10)


def observations() -> Iterator[Observation]:
    """Exact and rounded counts of either base, and a figure of each other state."""
    for number in (0, 1, 4, 5, 17, 20, 25, 40, 60):
        yield Observation(number, "jeunes", OK)
    for base in BASES:
        for number in range(0, 61, base):
            yield Observation(number, "jeunes", ARRONDI, base)
    yield Observation(35, "jeunes", PARTIEL)
    for state in WITHOUT_VALUE:
        yield Observation(NAN, "jeunes", state)


PAIRS = [*product(observations(), repeat=2)]


def possible(figure: Observation) -> range:
    """Every exact count that a figure may stand for."""
    value, slack = round(figure.value), round(figure.slack)
    return range(max(value - slack, 0), value + slack + 1)


def test_a_difference_is_a_number_between_two_exact_figures_alone() -> None:
    for now, before in PAIRS:
        compared = compare(now, before)
        both_exact = now.state == before.state == OK
        assert (compared.value is not None) == both_exact
        if both_exact:
            assert compared.value == now.value - before.value


def test_a_direction_is_true_of_every_pair_of_exact_figures_and_told_as_soon_as_two_bases_apart() -> (
    None
):
    told = 0
    for now, before in PAIRS:
        if not {now.state, before.state} <= {OK, ARRONDI}:
            assert compare(now, before).direction is None
            continue
        direction = compare(now, before).direction
        base = max(now.base, before.base)
        far = not base or abs(now.value - before.value) >= APART * base
        assert (direction is not None) == far
        if direction is None:
            continue
        told += 1
        for exact, former in product(possible(now), possible(before)):
            assert (exact > former) - (exact < former) == direction
    assert told > 300


def test_a_change_is_told_or_has_a_reason_and_turns_with_the_years() -> None:
    for now, before in PAIRS:
        compared, turned = compare(now, before), compare(before, now)
        assert compared.is_told == (compared.reason == "") == (compared.why(2023) == "")
        if compared.is_told:
            assert turned.direction == -(compared.direction or 0)
        else:
            assert not turned.is_told
        assert (compared.reason == UNCERTAIN) == (
            not compared.is_told and {now.state, before.state} <= {OK, ARRONDI}
        )


def test_what_is_not_there_or_in_another_unit_is_not_compared() -> None:
    seven = Observation(7, "jeunes", OK)
    assert compare(seven, None).why(2023) == "absent en 2022"
    assert compare(None, seven).why(2023) == "absent en 2023"
    assert compare(None, None).reason == ABSENT
    hours = Observation(7, "heures", OK)
    assert compare(seven, hours).why(2023) == "changement d'unité, heures en 2022"
    assert compare(seven, Observation(0, "", OK)).value == 7
    of_unknown_base = Observation(25, "jeunes", ARRONDI)
    assert compare(of_unknown_base, seven).reason == UNCERTAIN


@pytest.fixture(scope="module")
def filed() -> pd.DataFrame:
    """The row of ``figures.parquet`` of each pair."""
    named = Table("t", "T", "", "", "", lines={"a": Label("a", "A")})
    keys = [("t", 2023, "service", str(rank), "total") for rank in range(len(PAIRS))]
    columns = [*KEY, "valeur", "unite", "etat", "base"]
    sides = [
        pd.DataFrame(
            [
                (*key, of.value, of.unit, of.state, int(of.base))
                for key, of in zip(keys, figures, strict=True)
            ],
            columns=columns,
        )
        for figures in zip(*PAIRS, strict=True)
    ]
    now, then = sides[0].assign(compare=True), sides[1].assign(origine="calculé", rupture="")
    return figures_of(now, then, {"t": named}, {}).frame


def test_table_sentence_file_and_audit_say_the_same(filed: pd.DataFrame) -> None:
    rows = filed.set_index("ligne")
    key = FigureKey("t", 2023, "service", "a", "total")
    for rank, (now, before) in enumerate(PAIRS):
        compared, row = compare(now, before), rows.loc[str(rank)]
        assert bool(row["comparable"]) == compared.is_told
        assert row["raison"] == compared.why(2023)
        number = row["ecart"]
        assert (None if pd.isna(number) else number) == compared.value
        assert direction_in(layout.change(now, before)) == compared.direction
        moved = phrases.movement_of(compared, now.unit)
        assert moved.is_number == compared.is_told
        for words in (
            phrases.trend(moved, before),
            phrases.evolution(moved, before, "nombre"),
            phrases.times(moved, now, before),
        ):
            assert says_no_more(words, compared), (now, before, words)
        read = [
            Figure(key, of.value, of.unit, of.state, "", max(of.base - 1, 0))
            for of in (now, before)
        ]
        if {now.state, before.state} <= {OK, ARRONDI}:
            assert is_too_near(*read) != compared.is_told


def direction_in(words: str) -> int | None:
    """Read the direction that a cell of changes says; None of an empty one."""
    if not words:
        return None
    if words.startswith(("+", CHANGES["hausse"])):
        return 1
    return 0 if words == CHANGES["egal"] else -1


def says_no_more(words: str, compared: Comparison) -> bool:
    """Whether a sentence tells no direction that may not be told, nor a number of rounded figures."""
    has_number = any(letter.isdigit() for letter in words)
    if not compared.is_told:
        return "évolution" in words and not has_number
    if compared.value is None:
        up = any(word in words for word in ("hausse", "plus"))
        return up == (compared.direction == 1) and not has_number
    return "évolution" not in words


def test_every_state_has_its_words_and_each_cell_is_read_back_as_its_state() -> None:
    assert {*WORDS} == {*STATES, UNCERTAIN}
    cells = [WORDS[state].cell for state in WITHOUT_VALUE]
    assert len({*cells}) == len(cells) and all(cells)
    assert all(WORDS[state].meaning for state in STATES)


def test_a_year_before_in_another_table_is_no_zero() -> None:
    empty = pd.DataFrame(columns=["ligne", "colonne", "valeur", "unite", "etat"])
    absent = Former(2022, empty).at("a", "total")
    assert compare(Observation(3, "jeunes", OK), absent).reason == absent.state

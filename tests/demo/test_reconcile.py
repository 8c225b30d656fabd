"""The integer programme: what agrees is kept, what contradicts deviates as little as can be.

Slow: a second integer programme, which alone shows that the first was the best.
"""

import pytest

from rlpipeline.demo.margins import Margin, printed_margins
from rlpipeline.demo.reconcile import LINKED, Reconciliation, reconcile


def table(*cells: tuple[str, str, float], name: str = "essai") -> list[Margin]:
    return [Margin(name, ligne, colonne, valeur, True) for ligne, colonne, valeur in cells]


def test_margins_that_agree_are_met() -> None:
    found = reconcile(table(("a", "F", 3), ("a", "G", 4), ("a", "total", 7)))
    assert found.deviating == ()
    assert found.value("essai", "a", "total") == 7
    assert found.value("essai", "b", "total") == 0


def test_a_wrong_total_is_what_deviates() -> None:
    found = reconcile(table(("a", "F", 3), ("a", "G", 4), ("a", "total", 9)))
    assert found.deviating == (("essai", "a", "total"),)
    assert found.value("essai", "a", "total") == 7
    assert found.printed[("essai", "a", "total")] == 9


def test_families_and_newcomers_are_never_part_of_a_total() -> None:
    cells = (("moins_11", "A", 3), ("familles", "A", 5), ("total", "A", 3))
    assert reconcile(table(*cells)).deviating == ()


def test_a_cell_that_explains_two_wrong_totals_deviates_alone() -> None:
    cells = (("a", "F", 2), ("a", "G", 4), ("b", "F", 1), ("b", "G", 1))
    totals = (("a", "total", 7), ("total", "F", 4), ("b", "total", 2), ("total", "G", 5), ("total", "total", 9))
    assert reconcile(table(*cells, *totals)).deviating == (("essai", "a", "F"),)


@pytest.mark.slow
def test_the_next_best_answer_is_no_better(found: Reconciliation) -> None:
    """Within the tables of the young people, forbidding the answer gives as many deviations at the least."""
    cohort = [m for m in printed_margins() if m.tableau in LINKED]
    first = [key for key in found.deviating if key[0] in LINKED]
    other = list(reconcile(cohort, first).deviating)
    assert len(first) == 10
    assert set(other) != set(first)
    assert len(other) >= len(first)
    assert blanks_moved(found, other) > blanks_moved(found, first)


def blanks_moved(found: Reconciliation, keys: list[tuple[str, str, str]]) -> int:
    """Totals cost nothing, a printed number 1, a blank 2."""
    printed = {m.key: 0 if m.is_total else 1 if m.imprime else 2 for m in printed_margins()}
    return sum(printed[key] for key in keys)


@pytest.mark.parametrize("age", ["moins_11", "11_14", "15_18", "19_21", "plus_21"])
def test_the_situations_add_up_to_the_cohort(found: Reconciliation, age: str) -> None:
    lines = {key[1] for key in found.cells if key[0] == "situations"} - {"total"}
    counted = sum(found.value("situations", line, age) for line in lines)
    assert counted == found.value("accompagnes", age, "total") == found.value("communes", "total", age)


def test_newcomers_fit_in_the_durations_below_a_year(found: Reconciliation) -> None:
    for age in ("moins_11", "11_14", "15_18", "19_21", "plus_21"):
        recent = found.value("durees", "moins_6_mois", age) + found.value("durees", "6_11_mois", age)
        assert found.value("accompagnes", age, "nouveaux") <= recent

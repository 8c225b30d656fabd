"""What ``rlpipeline classes`` proposes: the least grouping that keeps most figures, and what can be pasted.

Slow: classes of a whole service, for what is printed.
"""

from __future__ import annotations

import pytest

from rlpipeline.figures import SERVICE
from rlpipeline.protection.class_proposal import in_words, propose
from rlpipeline.protection.classes import classes_of
from rlpipeline.settings.models import Disclosure, Service
from rlpipeline.settings.strict_yaml import parse
from tests.declared import declared
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records
from tests.protection.made import exact_of, frame, sexed

FULL = Service(nom="Service", departement="62", communes=SETTINGS.communes)


def _motives(**counts: int) -> dict[tuple[str, str], object]:
    lines = {line: {"nombre": float(number)} for line, number in counts.items()}
    total = {"total": {"nombre": float(sum(counts.values()))}}
    return {
        ("clotures", SERVICE): frame("clotures", SERVICE, {**lines, **total}, "accompagnements")
    }


def test_small_motives_are_joined_and_with_the_next_where_they_are_still_small() -> None:
    year = _motives(
        orientation=2,
        difficulte_mobilisation=20,
        changement_territoire=1,
        amelioration_situation=30,
    )
    (found,) = propose([year], Disclosure(), FULL, declared(FULL))
    assert (found.axis, [one.codes for one in found.classes.values()]) == (
        "motif",
        [("orientation", "difficulte_mobilisation", "changement_territoire")],
    )
    assert found.after.rounded < found.before.rounded


def test_nothing_is_proposed_where_every_margin_is_large_enough() -> None:
    year = _motives(
        orientation=20,
        difficulte_mobilisation=20,
        changement_territoire=10,
        amelioration_situation=30,
    )
    year[("travail_de_rue", SERVICE)] = sexed("travail_de_rue", SERVICE, (9,) * 5, (9,) * 5)
    assert propose([year], Disclosure(), FULL, declared(FULL)) == ()
    assert "aucune classe" in in_words((), [2023], FULL)


def test_neighbouring_ages_are_joined_where_more_is_exact_then() -> None:
    year = {
        ("travail_de_rue", SERVICE): sexed(
            "travail_de_rue", SERVICE, (9, 30, 20, 3, 3), (9, 30, 20, 4, 1)
        )
    }
    (found,) = propose([year], Disclosure(), FULL, declared(FULL))
    assert found.axis == "age"
    (joined,) = found.classes.values()
    assert joined.codes == ("19_21", "plus_21", "age_inconnu")
    assert found.after.exact > found.before.exact


@pytest.mark.slow
def test_what_is_printed_is_read_as_settings() -> None:
    exact = exact_of(
        random_records(3, persons=30), FULL, only=frozenset({"situations", "clotures"})
    )
    whole = {key: figures for key, figures in exact.items() if key[1] == SERVICE}
    proposals = propose([whole], Disclosure(), FULL, declared(FULL))
    text = in_words(proposals, [2023], FULL)
    pasted = parse(text[text.index("diffusion:") :])["diffusion"]
    read = classes_of(Disclosure.model_validate(pasted, strict=False), FULL)
    assert proposals
    for one in proposals:
        for code, wider in one.classes.items():
            assert set(wider.codes) <= set(read[one.axis][code])

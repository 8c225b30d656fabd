"""Made-up communes: well-formed codes, different names, none for real."""

import re

import pytest

from rlpipeline.demo.territory import MAX_COMMUNES, fictitious_territory, printed_territory
from rlpipeline.errors import UsageError


@pytest.fixture(scope="module")
def widest() -> list[tuple[str, str]]:
    return list(fictitious_territory(MAX_COMMUNES, seed=1).communes)


def test_codes_are_well_formed_and_different(widest: list[tuple[str, str]]) -> None:
    codes = [code for code, _ in widest]
    assert len(set(codes)) == MAX_COMMUNES
    assert all(re.fullmatch(r"(\d{2}|2[AB])\d{3}", code) for code in codes)


def test_codes_show_a_leading_zero_and_a_letter(widest: list[tuple[str, str]]) -> None:
    starts = {code[:2] for code, _ in widest}
    assert starts == {"01", "03", "2A"}
    assert not [code for code, _ in widest if code[:2] == "01" and int(code) < 1458]


def test_names_are_different_and_awkward(widest: list[tuple[str, str]]) -> None:
    names = [name for _, name in widest]
    assert len(set(names)) == MAX_COMMUNES
    for awkward in ("'", "-", " ", "œ", "É", "Ÿ", "ê"):
        assert any(awkward in name for name in names), awkward


@pytest.mark.parametrize("count", [0, MAX_COMMUNES + 1])
def test_too_few_or_too_many_communes_are_refused(count: int) -> None:
    with pytest.raises(UsageError, match="communes"):
        fictitious_territory(count, seed=1)


def test_every_commune_has_neighbourhoods_and_a_place(widest: list[tuple[str, str]]) -> None:
    for territory in (printed_territory(), fictitious_territory(30, seed=1)):
        assert set(territory.quartiers) == set(territory.lieux) == set(territory.codes)
        assert all(len(set(names)) == len(names) >= 2 for names in territory.quartiers.values())


def test_another_seed_gives_other_names() -> None:
    assert fictitious_territory(3, seed=1).communes != fictitious_territory(3, seed=2).communes

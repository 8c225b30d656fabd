"""After a release: corrections, other years, territories or classes. Never a dead end, never an exact difference.

Slow: they alone share years in turn, with a ledger that grows; three years are in ``tests/attack``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rlpipeline.demo import write_demo
from rlpipeline.figures import PROTECTED_UNITS
from rlpipeline.pipeline.differing import digests_path
from rlpipeline.pipeline.shared_package import mark_recalled
from rlpipeline.protection.releases import read_releases
from rlpipeline.settings.models import load_service
from tests.protection.life import Life, Released, Row, another_situation, changed_exactly
from tests.records.planted import moved, write_tables

pytestmark = pytest.mark.slow
YEARS = (2022, 2023)
alone = pytest.mark.parametrize("years_shared", [1], indirect=True)
with_two_communes = pytest.mark.parametrize("years_shared", [2], indirect=True)
"""What is long is tried where communes are several, what is essential also where figures are smallest."""


@pytest.fixture(scope="module", params=[1, 2])
def years_shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A service, of one commune or of two, that has shared its years in turn."""
    place = tmp_path_factory.mktemp("vie")
    write_demo(place, communes=request.param, years=YEARS, seed=7)
    # A made-up commune that leaves the settings would be an error: its code is no commune's.
    write_tables(moved(place), place / "source")
    life = Life(place)
    for year in YEARS:
        assert shared(life.share(year)).attacked.withdrawn == ()
    return life


@pytest.fixture
def life(years_shared: Life, tmp_path: Path) -> Life:
    """A copy that a test may change."""
    return years_shared.again(tmp_path / "vie")


def shared(released: Released) -> Released:
    """See that a release goes out, safely, without a release having to be forgotten."""
    assert released.attacked.passed, [
        *map(str, released.attacked.failures[:3]),
        released.attacked.contradiction,
    ]
    assert released.attacked.judged
    return released


def test_years_in_turn_hide_nothing(years_shared: Life) -> None:
    every = read_releases(years_shared.ledger)
    assert {release.name[4:] for release in every} == {"-01"}
    assert not any(one.figures["etat"].eq("masque").any() for one in every)
    assert changed_exactly(years_shared.ledger).empty


@alone
def test_a_year_shared_again_is_the_same(life: Life) -> None:
    for year in YEARS:
        assert shared(life.share(year)).entry is None


def another_commune(rows: list[Row]) -> list[Row]:
    """Someone lives in another commune; elsewhere where there is one."""
    last, others = (
        rows[-1],
        [row["commune"] for row in rows if row["commune"] != rows[-1]["commune"]],
    )
    return [*rows[:-1], {**last, "commune": others[0] if others else "59001"}]


def another_sex_and_age(rows: list[Row]) -> list[Row]:
    """Someone is of the other sex, and three years older."""
    last = rows[-1]
    older = str(int(last["date_naissance"][:4]) - 3) + last["date_naissance"][4:]
    return [
        *rows[:-1],
        {**last, "sexe": "F" if last["sexe"] == "G" else "G", "date_naissance": older},
    ]


def another_closing(rows: list[Row]) -> Iterator[Row]:
    """A follow-up of 2023 that had not ended did."""
    left = next(
        row for row in reversed(rows) if not row["date_fin"] and row["date_debut"] < "2023-07"
    )
    ended = {
        "date_fin": "2023-12-20",
        "motif_cloture": next(row["motif_cloture"] for row in rows if row["date_fin"]),
    }
    yield from ({**row, **ended} if row is left else row for row in rows)


def one_less(rows: list[Row]) -> list[Row]:
    return rows[:-1]


@alone
def test_a_person_corrected_changes_nothing(life: Life) -> None:
    share_corrected(life, jeunes=another_sex_and_age)


@with_two_communes
def test_two_tables_corrected_change_nothing(life: Life) -> None:
    share_corrected(life, suivis=another_closing, demandes=one_less)


def share_corrected(life: Life, **corrections: Callable[[list[Row]], Iterable[Row]]) -> None:
    """The year is as released, and no entry is added: the ledger does not grow by a correction."""
    for table, correction in corrections.items():
        life.change(table, correction)
    again = shared(life.share(2023))
    assert again.again and again.again.differing == len(corrections)
    assert again.entry is None


@with_two_communes
def test_corrections_of_every_year_are_shared_and_taken_back(life: Life) -> None:
    before = (life.folder / "source/jeunes.csv").read_bytes()
    for change in (another_commune, another_sex_and_age):
        life.change("jeunes", change)
    for year in YEARS:
        assert shared(life.share(year)).entry is None
    (life.folder / "source/jeunes.csv").write_bytes(before)
    for year in YEARS:
        assert shared(life.share(year)).entry is None


@with_two_communes
def test_many_corrected_withdraw_their_territories_for_good(life: Life) -> None:
    """Of a commune all is withdrawn, of the other nothing; the year after is shared all the same."""
    before = (life.folder / "source/jeunes.csv").read_bytes()
    commune = load_service(life.params).commune_codes[0]
    life.change("jeunes", lambda rows: of_nobody_knows_which_sex(rows, commune))
    again = shared(life.share(2022))
    assert again.again and again.again.withdrawn == {"service", commune}
    figures = again.protected.figures
    persons = figures[figures["unite"].isin(PROTECTED_UNITS) & figures["etat"].ne("nc")]
    states = persons.groupby("territoire")["etat"].agg(frozenset)
    assert states["service"] == states[commune] == {"masque"}
    assert not any(
        "masque" in states[place] for place in states.index.difference(["service", commune])
    )
    assert shared(life.share(2023)).again
    (life.folder / "source/jeunes.csv").write_bytes(before)
    assert shared(life.share(2022)).entry is None


def of_nobody_knows_which_sex(rows: list[Row], commune: str) -> Iterator[Row]:
    for row in rows:
        yield {**row, "sexe": "NR"} if row["commune"] == commune else row


@alone
def test_a_recalled_release_stays_as_released(life: Life) -> None:
    mark_recalled(read_releases(life.ledger)[-1])
    life.change("situations", another_situation)
    again = shared(life.share(2023))
    assert again.entry is not None
    assert changed_exactly(life.ledger).empty


@alone
def test_a_release_without_digests_stays_as_released(life: Life) -> None:
    digests_path(life.ledger, 2023).unlink()
    life.change("jeunes", lambda rows: [{**row, "sexe": "NR"} for row in rows])
    again = shared(life.share(2023))
    assert again.again and again.again.differing is None and again.entry is None


def another_class(content: dict[str, Any]) -> None:
    """Ages are two, where the settings had others; sensitive subjects are one family less."""
    ages = {"moins_15_ans": ["moins_11", "11_14"], "15_ans_et_plus": ["15_18", "19_21", "plus_21"]}
    content["diffusion"] = {"classes": {"age": ages}, "raison": "essai"}


def another_commune_of_the_service(content: dict[str, Any]) -> None:
    gone = content["communes"].pop()["code"]
    content["communes"].append({"code": "59350", "nom": "Lille"})
    content["qpv"] = [one for one in content.get("qpv", []) if one["commune"] != gone]


@with_two_communes
@pytest.mark.parametrize("change", [another_class, another_commune_of_the_service])
def test_settings_changed_are_shared_and_taken_back(
    life: Life, change: Callable[[dict[str, Any]], None]
) -> None:
    before = (life.params / "service.yml").read_bytes()
    life.decide(change)
    shared(life.share(2023))
    (life.params / "service.yml").write_bytes(before)
    shared(life.share(2023))
    assert changed_exactly(life.ledger).empty

"""After a release: corrections, other years, another territory, other classes. Never a dead end or an exact difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rlpipeline.demo import write_demo
from rlpipeline.disclosure.releases import list_releases
from rlpipeline.ledger import mark_recalled
from tests.disclosure.life import Life, Released, Row, changed_exactly

YEARS = (2021, 2022, 2023)


@pytest.fixture(scope="module", params=["demonstration", "three communes", "one commune"])
def three_years(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A service that has shared three years in turn."""
    place = tmp_path_factory.mktemp("vie")
    if request.param == "demonstration":
        life = Life.copied(root / "data/exemple", root / "params", place)
    else:
        write_demo(place, communes=3 if "three" in request.param else 1, years=YEARS, seed=7)
        life = Life(place)
    for year in YEARS:
        shared(life.share(year))
    return life


@pytest.fixture
def life(three_years: Life, tmp_path: Path) -> Life:
    """A copy that a test may change."""
    return three_years.again(tmp_path / "vie")


def shared(released: Released) -> Released:
    """See that a release goes out, safely, without a release having to be forgotten."""
    assert released.attacked.passed, [*map(str, released.attacked.failures[:3]), released.attacked.contradiction]
    assert released.attacked.cells
    return released


def test_three_years_in_turn_hide_nothing(three_years: Life) -> None:
    every = list_releases(three_years.ledger)
    assert [one.name for one in every] == [f"{year}-01" for year in YEARS]
    assert not any(one.figures["etat"].eq("masque").any() for one in every)
    assert changed_exactly(three_years.ledger).empty


def test_a_year_shared_again_is_the_same(life: Life) -> None:
    for year in YEARS:
        assert shared(life.share(year)).entry is None


def another_situation(rows: list[Row]) -> Iterator[Row]:
    """One young person of 2023 is at work, not at school."""
    first = next(row for row in rows if row["annee"] == "2023" and row["situation"] == "college")
    yield from ({**row, "situation": "activite_professionnelle"} if row is first else row for row in rows)


def another_sex(rows: list[Row]) -> Iterator[Row]:
    """The last girl met is a boy."""
    last = next(row for row in reversed(rows) if row["sexe"] == "F")
    yield from ({**row, "sexe": "G"} if row is last else row for row in rows)


def another_age(rows: list[Row]) -> Iterator[Row]:
    """Someone was born three years earlier."""
    last = rows[-1]
    older = str(int(last["date_naissance"][:4]) - 3) + last["date_naissance"][4:]
    yield from (*rows[:-1], {**last, "date_naissance": older})


def another_commune(rows: list[Row]) -> Iterator[Row]:
    """Someone lives in another commune, or elsewhere where there is one."""
    last, others = rows[-1], [row["commune"] for row in rows if row["commune"] != rows[-1]["commune"]]
    yield from (*rows[:-1], {**last, "commune": others[0] if others else "59001"})


def another_closing(rows: list[Row]) -> Iterator[Row]:
    """A follow-up of 2023 that had not ended did."""
    left = next(row for row in reversed(rows) if not row["date_fin"] and row["date_debut"] < "2023-07")
    ended = {"date_fin": "2023-12-20", "motif_cloture": next(row["motif_cloture"] for row in rows if row["date_fin"])}
    yield from ({**row, **ended} if row is left else row for row in rows)


def one_request_less(rows: list[Row]) -> list[Row]:
    return rows[:-1]


CORRECTIONS = {
    "situation": ("situations", another_situation),
    "sex": ("jeunes", another_sex),
    "age": ("jeunes", another_age),
    "commune": ("jeunes", another_commune),
    "closing": ("suivis", another_closing),
    "request": ("demandes", one_request_less),
}


@pytest.mark.parametrize("kind", CORRECTIONS)
def test_one_record_corrected_is_shared_again(life: Life, kind: str) -> None:
    table, change = CORRECTIONS[kind]
    life.change(table, change)
    again = [shared(life.share(year)) for year in YEARS]
    assert changed_exactly(life.ledger).empty
    withdrawn = sum(len(one.protected.corrected) for one in again)
    assert any(one.entry for one in again) or not withdrawn


def test_a_correction_taken_back_is_shared_again(life: Life) -> None:
    before = (life.folder / "source/situations.csv").read_bytes()
    life.change("situations", another_situation)
    shared(life.share(2023))
    (life.folder / "source/situations.csv").write_bytes(before)
    shared(life.share(2023))
    assert changed_exactly(life.ledger).empty


def test_a_recalled_release_is_made_again(life: Life) -> None:
    mark_recalled(list_releases(life.ledger)[-1])
    life.change("situations", another_situation)
    assert shared(life.share(2023)).entry is not None
    assert changed_exactly(life.ledger).empty


Change = Callable[[Life], None]


def wider_ages(life: Life) -> None:
    """Two ages where there were three."""
    service = life.params / "service.yml"
    lines = [line for line in service.read_text("utf-8").splitlines() if not line.startswith("diffusion")]
    kept = [line for line in lines if not line.startswith("  classes") and "regroupements" not in line]
    ages = '{moins_15_ans: ["moins_11", "11_14"], 15_ans_et_plus: ["15_18", "19_21", "plus_21"]}'
    head = [line for line in kept if not line.startswith(("  raison", "    "))]
    service.write_text("\n".join([*head, f"diffusion: {{classes: {{age: {ages}}}, raison: essai}}", ""]), "utf-8")

"""Nothing false and nothing silly on the pages of many services, in both editions: what ``page_reader`` reads for.

One commune without a year before, one with; slow: three communes, random services, twelve communes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.random_services import write_service
from rlpipeline.demo import write_demo
from tests.display.page_reader import READINGS, Fragment, Page, pages_of, read

YEAR = 2023
SERVICES = Path(__file__).parents[1] / "cases" / "services"


def all_wrong(folder: Path) -> list[str]:
    return [wrong for page in pages_of(folder, YEAR) for wrong in read(page)]


def test_a_service_of_one_commune_over_two_years() -> None:
    assert not all_wrong(SERVICES / "bourg")


def test_a_first_year_of_one_commune(tmp_path: Path) -> None:
    write_demo(tmp_path, 1, (YEAR,), 11)
    assert not all_wrong(tmp_path)


@pytest.mark.slow
def test_three_communes() -> None:
    assert not all_wrong(SERVICES / "vallee")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 9])
def test_a_random_service(tmp_path: Path, seed: int) -> None:
    service = write_service(tmp_path, seed)
    assert not all_wrong(tmp_path), service


@pytest.mark.slow
def test_twelve_communes(tmp_path: Path) -> None:
    write_demo(tmp_path, 12, (YEAR - 1, YEAR), 12)
    assert not all_wrong(tmp_path)


@pytest.fixture(scope="module")
def shared() -> Page:
    """The service's page in the edition to share."""
    return next(page for page in pages_of(SERVICES / "bourg", YEAR) if page.is_shared)


def note(words: str) -> str:
    return f'<p class="rl-note">{words}</p>'


def quote(words: str, path: str, function: str = "chiffre", **more: str) -> str:
    options = "".join(f' data-{name}="{value}"' for name, value in more.items())
    return (
        f'<span class="rl-chiffre" data-ref="{path}" data-territoire="service" data-annee="{YEAR}" '
        f'data-fonction="{function}"{options}>{words}</span>'
    )


CELL = (
    '<table data-tableau="{0}" data-territoire="service" data-annee="2023"><thead><tr><td></td>'
    '<th data-colonne="{2}">Total</th></tr></thead><tbody><tr data-ligne="{1}"><th>Total</th>'
    '<td class="num">{3}</td></tr></tbody></table>'
)
FOLLOWED = "accompagnes/total/total"
HEADLINE = '<p class="rl-une">{0} jeunes</p><ul class="rl-constats"><li>{0} jeunes</li></ul>'
PLANTED = {
    "wrong_reasons": (
        "figure",
        "accompagnes",
        "<p>Jeunes : rien à compter, donc pas de graphique.</p>",
    ),
    "masked_words": ("text", "", "<p>Les filles sont un nombre masqué des jeunes.</p>"),
    "contractions": ("territory", "", "<p>Commune de Le Portel</p>"),
    "idle_legends": (
        "table",
        "accompagnes",
        f"<table><td>12</td></table>{note('nc : non communiqué.')}",
    ),
    "repeated_headline": ("findings", "", HEADLINE.format(quote("98", FOLLOWED))),
    "two_precisions": (
        "table",
        "temps_activite",
        CELL.format("temps_activite", "formation", "part", "55,00\u00a0%")
        + quote("55\u00a0%", "temps_activite/formation/part"),
    ),
    "odd_zeros": ("essentials", "", "<p>0\u00a0% par rapport à 2022</p>"),
    "disagreements": (
        "table",
        "situations",
        CELL.format("situations", "total", "ecart:total", "≈\u00a0+11"),
    ),
}


def test_every_reading_has_its_planted_fault() -> None:
    assert {reading.__name__ for reading in READINGS} == {*PLANTED}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_read(shared: Page, name: str) -> None:
    reading = next(reading for reading in READINGS if reading.__name__ == name)
    planted = replace(shared, fragments=(Fragment(*PLANTED[name]),))
    assert [*reading(planted)]
    assert not [*reading(shared)]

"""From the values of two years to findings that stop a validated report."""

from __future__ import annotations

import pytest

from rlpipeline.audit.prose.evolutions import evolution_between_years
from rlpipeline.audit.prose.findings import prose_findings
from rlpipeline.audit.prose.scan import scan_page
from tests.audit.prose.pages import prose

VALUES = {
    ("t", "l0", "c", 2022): (100.0, "jeunes"), ("t", "l0", "c", 2023): (114.0, "jeunes"),
    ("t", "total", "c", 2022): (200.0, "jeunes"), ("t", "total", "c", 2023): (300.0, "jeunes"),
    ("t", "taux", "c", 2022): (10.0, "%"), ("t", "taux", "c", 2023): (12.5, "%"),
    ("t", "rien", "c", 2022): (0.0, "jeunes"), ("t", "rien", "c", 2023): (3.0, "jeunes"),
    ("a/b", "l", "c", 2021): (50.0, "h"), ("a/b", "l", "c", 2023): (25.0, "h"),
}  # fmt: skip


def value_of(indicator: str, line: str, column: str, territory: str, year: int) -> tuple[float, str] | None:
    return VALUES.get((indicator, line, column, year)) if territory == "service" else None


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"data-ref": "t/l0/c"}, 14.0),
        ({"data-ref": "t/taux/c"}, 2.5),
        ({"data-ref": "t/l0/c", "data-fonction": "part"}, 38.0 - 50.0),
        ({"data-ref": "t/l0/c", "data-fonction": "part", "data-sur": "t/l0/c"}, 0.0),
        ({"data-ref": "a%2Fb/l/c", "data-depuis": "2021"}, -50.0),
        ({"data-ref": "a%2Fb/l/c"}, None),
        ({"data-ref": "t/rien/c"}, None),
        ({"data-ref": "t/l0/c", "data-territoire": "62215"}, None),
        ({"data-ref": "annee"}, None),
    ],
)
def test_the_evolution_of_a_figure_is_that_of_its_values(reference: dict[str, str], expected: float | None) -> None:
    evolution = evolution_between_years(value_of)({"data-annee": "2023", **reference})
    assert evolution == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("blocking", [True, False])
def test_findings_name_the_text_the_words_and_what_to_write(blocking: bool) -> None:
    page = prose("Le nombre est en baisse ([[114 jeunes]]), dont 12 nouveaux.", "accompagnes")
    number, trend = prose_findings(
        scan_page(page, evolution_between_years(value_of)), "rapport.html", blocking=blocking
    )
    assert (number.check, trend.check) == ("chiffre_non_lie", "tendance_contredite")
    assert number.blocking is trend.blocking is blocking
    assert str(number.first) == "rapport.html, texte accompagnes"
    assert 'fixe("12", ' in number.message
    assert (trend.first_value, trend.second_value) == ("en baisse", "en hausse (+14,0\u00a0%)")
    assert trend.key == "tendance_contredite:accompagnes/le-nombre-est-en-baisse-114/en baisse"


def test_a_page_without_anything_typed_gives_no_finding() -> None:
    assert prose_findings(scan_page(prose("[[114 jeunes]] en 2023.")), "rapport.html", blocking=True) == ()

"""Cells of a page, and their words read as a number or a state, without the code that wrote them.

What a whole page shows is in ``test_addresses.py``.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.checks.shown_values import AddressedCell, ReadValue, parse, read_cells, read_shown
from rlpipeline.display.cells import number_of
from rlpipeline.observations import Observation

HEAD = (
    '<thead><tr><td></td><th data-colonne="nom">Nom</th><th class="num" data-colonne="F">Filles</th>'
    '<th class="num" data-colonne="F" data-annee="2022">2022</th></tr></thead>'
)


def table(body: str) -> str:
    attributes = 'data-tableau="t" data-territoire="service" data-annee="2023"'
    line = f'<tr data-ligne="a"><th>A</th>{body}</tr>'
    return f"<table {attributes}><caption>T</caption>{HEAD}<tbody>{line}</tbody></table>"


def cells(body: str) -> list[AddressedCell]:
    return [
        cell for cell in read_cells(parse(table(body)), "rapport.html") if cell.kind != "libellé"
    ]


def test_a_cell_over_two_columns_moves_the_next() -> None:
    (cell,) = cells('<td colspan="2"></td><td class="num">5</td>')
    assert cell.key.annee == 2022


def test_details_are_the_year_before_or_words() -> None:
    body = (
        '<td></td><td class="num">2<span class="rl-detail">{}</span></td><td class="rl-avant"></td>'
    )
    former = cells(body.format("2022\u00a0: 3,5"))
    assert [(cell.key.annee, cell.words) for cell in former] == [(2023, "2"), (2022, "3,5")]
    assert [cell.key.annee for cell in cells(body.format("2021, INSEE"))] == [2023]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("0", ReadValue(0.0, "ok")),
        ("1\u202f234", ReadValue(1234.0, "ok")),
        ("1\u202f055,5", ReadValue(1055.5, "ok")),
        ("16,78\u00a0%", ReadValue(16.78, "ok", "%")),
        ("548\u202f650,50\u00a0€*", ReadValue(548650.5, "partiel", "€")),
        ("35*", ReadValue(35.0, "partiel")),
        ("1\u202f303\u00a0h (16,78\u00a0%)", ReadValue(1303.0, "ok", "h", "(16,78\u00a0%)")),
        ("−3", ReadValue(-3.0, "ok")),
        ("≈\u00a01\u202f025", ReadValue(1025.0, "arrondi")),
        ("moins de 5", ReadValue(0.0, "arrondi", below=5)),
        ("moins de 5 %", ReadValue(None, "illisible")),
        ("nc", ReadValue(None, "nc")),
        ("–", ReadValue(None, "vide")),
        ("masqué", ReadValue(None, "masque")),
        ("4 Mesures", ReadValue(None, "illisible")),
        ("", ReadValue(None, "illisible")),
        ("1\u202f23", ReadValue(None, "illisible")),
    ],
)
def test_each_form(words: str, expected: ReadValue) -> None:
    assert read_shown(words) == expected


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", "%", "euros"]))
def test_what_the_report_writes_is_read_back(cents: int, unit: str) -> None:
    value = cents / 100
    assert read_shown(number_of(Observation(value, unit, "ok"))).valeur == pytest.approx(
        value, abs=0.005
    )

"""How far the figure of a bound span moved."""

from __future__ import annotations

import pytest

from rlpipeline.audit.prose.references import movement_by
from rlpipeline.published.model import Figure, FigureKey, Place


def figure(year: int, line: str, value: float | None, unit: str = "jeunes", state: str = "ok") -> Figure:
    return Figure(FigureKey("t", year, "service", line, "n"), value, unit, state, Place("", ""))


FIGURES = {
    one.key: one
    for one in (
        figure(2023, "a/b", 30), figure(2022, "a/b", 40), figure(2021, "a/b", 20),
        figure(2023, "total", 60), figure(2022, "total", 50),
        figure(2023, "taux", 12.5, "%"), figure(2022, "taux", 10, "%"),
        figure(2023, "né", 5), figure(2022, "né", 0),
        figure(2023, "su", 5), figure(2022, "su", 4, state="partiel"),
    )
}  # fmt: skip


def span(line: str, **more: str) -> dict[str, str]:
    names = {f"data-{name}": value for name, value in more.items()}
    return {"data-ref": f"t/{line}/n", "data-territoire": "service", "data-annee": "2023", **names}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (span("a%2Fb"), -25.0),
        (span("a%2Fb", depuis="2021"), 50.0),
        (span("a%2Fb", sur="t/total/n"), -30.0),  # half of them, from four out of five
        (span("taux"), 2.5),
        (span("né"), None),
        (span("su"), None),
        (span("absent"), None),
        (span("a%2Fb", depuis="2019"), None),
        (span("a%2Fb", comparable="non"), None),
        ({"data-fonction": "annee"}, None),
    ],
)
def test_percent_of_the_former_value_or_points(attributes: dict[str, str], expected: float | None) -> None:
    found = movement_by(FIGURES.get)(attributes)
    assert found == (expected if expected is None else pytest.approx(expected))

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from rlpipeline.display.by_commune import former_of, published, split

from rlpipeline.display.years import Former
from rlpipeline.figures import Col, Row, TableData
from tests.conftest import Opened
from tests.display.samples import Value, figures, table

TERRITORY_OF = {"A1": "62637", "A2": "62215", "A3": "62637", "A4": "sans_commune"}
ORDER = ("62215", "62637", "62250", "hors", "sans_commune")


@pytest.mark.parametrize("place", ["62215", None])
def test_what_is_said_of_all_communes_stands_apart_and_says_so(opened: Opened, place: str | None) -> None:
    shown = opened(commune=place).table("actions")
    assert shown is not None
    page = BeautifulSoup(shown.html, "html.parser")
    apart = [note.get_text() for note in page.select(".rl-ensemble .rl-note strong")]
    assert apart == ([] if place else ["Actions collectives, ensemble du service, toutes communes"])
    assert "Actions collectives, Carvin" in [note.get_text() for note in page.select("p.rl-note strong")]


def actions() -> TableData:
    rows = (Row("total", "Total", "total"), Row("partenaires", "Partenaires", "note"))
    columns = tuple(Col(code, f"Action {code}") for code in TERRITORY_OF)
    cells: dict[tuple[str, str], Value] = {("total", code): index for index, code in enumerate(TERRITORY_OF)}
    return table(rows, columns, figures(cells), {("partenaires", "A2"): "UFOLEP"}, notes=("Une remarque.",))


def test_each_action_is_in_the_table_of_its_territory() -> None:
    parts = {part.territory: part for part in split(actions(), TERRITORY_OF, ORDER)}
    assert tuple(parts) == ORDER
    assert {code: [column.code for column in part.columns] for code, part in parts.items()} == {
        "62215": ["A2"],
        "62637": ["A1", "A3"],
        "62250": [],
        "hors": [],
        "sans_commune": ["A4"],
    }
    assert parts["62637"].figures["valeur"].tolist() == [0, 2]
    assert set(parts["62637"].figures["territoire"]) == {"62637"}


def test_lines_of_words_stay_where_there_are_words() -> None:
    parts = {part.territory: part for part in split(actions(), TERRITORY_OF, ORDER)}
    assert [row.code for row in parts["62215"].rows] == ["total", "partenaires"]
    assert [row.code for row in parts["62637"].rows] == ["total"]
    assert all(part.notes == () for part in parts.values())


def test_a_table_without_action_gives_a_table_per_territory() -> None:
    empty = table((), (), figures({}))
    assert [part.territory for part in split(empty, {}, ORDER)] == list(ORDER)


def test_every_figure_is_published_for_the_service_and_for_its_territory() -> None:
    found = published(actions().figures, TERRITORY_OF, ORDER)
    assert found["territoire"].tolist() == ["service"] * 4 + ["62215", "62637", "62637", "sans_commune"]
    assert found["colonne"].tolist() == ["A1", "A2", "A3", "A4", "A2", "A1", "A3", "A4"]


def test_the_year_before_of_a_territory_is_that_of_its_actions() -> None:
    whole = Former(2022, figures({("total", "A1"): 5, ("total", "A2"): 7, ("total", "A3"): 9}, year=2022), reason="x")
    own = former_of(whole, TERRITORY_OF, "62637")
    assert own is not None
    assert own.figures["valeur"].tolist() == [5, 9]
    assert set(own.figures["territoire"]) == {"62637"}
    assert (own.year, own.reason) == (2022, "x")
    assert former_of(whole, TERRITORY_OF, "62250") is None
    assert former_of(None, TERRITORY_OF, "62637") is None

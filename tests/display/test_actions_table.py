"""The table of actions: what is not added."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from rlpipeline.display.actions import Actions
from rlpipeline.display.layout import Layout
from rlpipeline.display.lookup import Former
from rlpipeline.figures import Col, Row
from tests.display.samples import Rounded, Value, figures, table

ROWS = [
    *(Row(code, code) for code in ("moins_11", "11_14", "15_18", "seances")),
    Row("total", "Participants", "total"),
    *(Row(code, code, "note") for code in ("unite", "partenaires")),
]


def page_of(cells: dict[tuple[str, str], Value]) -> BeautifulSoup:
    known = {(row.code, f"A{rank}"): rank for row in ROWS[:5] for rank in (1, 2, 3)}
    words = {("partenaires", "A2"): "UFOLEP", **{("unite", f"A{rank}"): "personnes" for rank in (1, 2, 3)}}
    columns = [Col(f"A{rank}", f"Action {rank}") for rank in (1, 2, 3)]
    data = table(ROWS, columns, figures({**known, **cells}, id="actions"), words, id="actions")
    before = Former(2022, figures({("total", "B2"): 7}, year=2022, id="actions"))
    places = {"62637": ("Oignies", [columns[0], columns[2]]), "62215": ("Carvin", [columns[1]])}
    return BeautifulSoup(Actions(Layout(data, before=before), places, {"A2": "B2"}).to_html(), "html.parser")


@pytest.mark.parametrize(("value", "shown"), [(Rounded(5), False), ("nc", True)])
def test_rounded_figures_are_not_added(value: Value, shown: bool) -> None:
    page = page_of({("moins_11", "A1"): value})
    assert ("Moins de 15 ans" in page.select("thead")[0].get_text()) is shown
    assert not shown or page.select_one('[data-ligne="moins_11+11_14"][data-colonne="A1"]').get_text() == "nc"  # type: ignore[union-attr]

from __future__ import annotations

from rlpipeline.display import table_text
from rlpipeline.display.tables import Layout
from rlpipeline.display.years import Former
from rlpipeline.figures import Col, Row
from tests.display.samples import figures, table
from tests.display.test_tables import LAYOUT


def test_a_table_without_line_is_a_sentence() -> None:
    assert table_text.to_text(Layout(table((), (), figures({})))) == "Jeunes\u00a0: rien de noté pour 2023."


def test_plain_text_is_aligned() -> None:
    assert table_text.to_text(LAYOUT).splitlines() == [
        "Jeunes",
        "                       Filles   Total",
        "Moins de 11 ans         1\u202f303       0",
        "Collèges & lycées <1>      nc       –",
        "Total                     35*  masqué",
    ]


def test_the_year_before_is_left_to_the_page() -> None:
    data = table((Row("total", "Total", "total"),), (Col("total", "Total", "total"),), figures({("total", "total"): 1}))
    before = Former(2022, figures({("total", "total"): 40}, year=2022))
    assert table_text.to_text(Layout(data, "", before)) == table_text.to_text(Layout(data))

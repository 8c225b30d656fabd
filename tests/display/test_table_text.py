from __future__ import annotations

from rlpipeline.display import table_text
from tests.display.test_tables import LAYOUT


def test_plain_text_is_aligned() -> None:
    assert table_text.to_text(LAYOUT).splitlines() == [
        "Jeunes",
        "                       Filles   Total",
        "Moins de 11 ans         1\u202f303       0",
        "Collèges & lycées <1>      nc       –",
        "Total                     35*  masqué",
    ]

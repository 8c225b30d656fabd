from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from rlpipeline.display import annexes
from rlpipeline.display.annexes import Origin
from rlpipeline.figures import Indicator, Scope, Store
from tests.declared import INDICATORS
from tests.figures.factory import CARVIN, LENS, SERVICE, jeune, make_records, scope, suivi
from tests.figures.stored import counts_of, source_of

RECORDS = make_records(
    absent=("situations",),
    jeunes=[jeune("J1", commune=CARVIN), jeune("J2", commune=CARVIN), jeune("J3", commune=LENS)],
    suivis=[suivi("S1", "J1"), suivi("S2", "J1"), suivi("S3", "J3")],
)

SOURCE = source_of(RECORDS)


class Shared(Store):
    """A source that does not say how many rows it counted."""

    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        return {}


def card(indicator: Indicator, territory: str = "service", **changes: Any) -> str:
    return annexes.cards([indicator], replace(Origin(SOURCE, scope(territory), date(2024, 1, 31)), **changes))


def test_what_leaves_the_service_does_not_say_how_many() -> None:
    one = INDICATORS["accompagnes"]
    assert "Lignes comptées" not in card(one, source=Shared(Path(), counts_of(RECORDS, SERVICE)))
    assert "Lignes retenues" in card(one, source=Shared(Path(), counts_of(RECORDS, SERVICE)))

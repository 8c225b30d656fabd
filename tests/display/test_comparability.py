from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.display.cells import Figure
from rlpipeline.display.lookup import CALCULE, PUBLIE, check_comparability, incomparable
from rlpipeline.display.prose import Prose
from rlpipeline.errors import SettingsError
from rlpipeline.settings.models import ReportSettings, Rupture, Settings
from tests.declared import INDICATORS
from tests.figures.factory import SERVICE

RUPTURES = (
    Rupture(indicateurs=("accompagnes", "durees"), nature="definition", raison="les accroches ne comptent plus"),
    Rupture(indicateurs=("communes",), nature="perimetre", raison="une commune de plus.", annee=2022),
)
PRINTED = "changement de source, chiffre publié dans le rapport imprimé de 2022, non recalculé."
SETTINGS = Settings(
    service=SERVICE,
    report=ReportSettings(ruptures=RUPTURES, publies_comparables=("clotures",)),
    year=2023,
    directory=Path("params"),
)


@pytest.mark.parametrize(
    ("indicator", "since", "origin", "reason"),
    [
        ("accompagnes", 2021, CALCULE, "changement de définition, les accroches ne comptent plus."),
        ("communes", 2022, CALCULE, ""),
        ("communes", 2021, CALCULE, "changement de périmètre, une commune de plus."),
        ("situations", 2022, CALCULE, ""),
        ("situations", 2022, PUBLIE, PRINTED),
        ("clotures", 2022, PUBLIE, ""),
    ],
)
def test_why_a_year_is_not_comparable(indicator: str, since: int, origin: str, reason: str) -> None:
    assert incomparable(SETTINGS, indicator, since, origin) == reason


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"ruptures": (Rupture(indicateurs=("acompagnes",), nature="source", raison="x"),)}, "ruptures.0.indicateurs"),
        ({"publies_comparables": ("acompagnes",)}, "publies_comparables"),
    ],
)
def test_an_unknown_indicator_is_refused_with_the_nearest(wrong: dict[str, object], where: str) -> None:
    report = SETTINGS.report.model_copy(update=wrong)
    with pytest.raises(SettingsError) as raised:
        check_comparability(SETTINGS.model_copy(update={"report": report}), INDICATORS)
    assert raised.value.where == f"{Path('params/2023/rapport.yml')}, {where}"
    assert (raised.value.got, raised.value.todo) == ("acompagnes", "écrire accompagnes, s'il s'agit de lui")


def test_a_share_is_comparable_where_its_whole_is_too() -> None:
    asked: set[str] = set()

    def comparable(indicator: str, since: int, territory: str) -> bool:
        asked.add(indicator)
        return indicator != "situations"

    prose = Prose(lambda of: Figure(110.0, "jeunes", "ok"), 2023, "service", comparable)
    said = prose.tendance("accompagnes", "total", "total", sur=("situations", "total", "total"))
    assert said.words == "non comparable à 2022"
    assert "situations" in asked

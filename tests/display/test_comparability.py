from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.display.cells import Figure, Reference
from rlpipeline.display.lookup import CALCULE, PUBLIE, check_comparability, incomparable
from rlpipeline.display.prose import Prose
from rlpipeline.errors import SettingsError
from rlpipeline.settings.models import ReportSettings, Rupture, Settings, load_settings
from tests.declared import INDICATORS
from tests.figures.factory import SERVICE

RUPTURES = (
    Rupture(indicateurs=("accompagnes", "durees"), nature="definition", raison="les accroches ne comptent plus"),
    Rupture(indicateurs=("communes",), nature="perimetre", raison="une commune de plus.", annee=2022),
)
SETTINGS = Settings(
    service=SERVICE,
    report=ReportSettings(ruptures=RUPTURES, publies_comparables=("clotures",)),
    year=2023,
    directory=Path("params"),
)


@pytest.mark.parametrize(
    ("indicator", "since", "origin", "reason"),
    [
        ("accompagnes", 2022, CALCULE, "changement de définition, les accroches ne comptent plus."),
        ("accompagnes", 2021, CALCULE, "changement de définition, les accroches ne comptent plus."),
        ("communes", 2022, CALCULE, ""),
        ("communes", 2021, CALCULE, "changement de périmètre, une commune de plus."),
        ("situations", 2022, CALCULE, ""),
        (
            "situations",
            2022,
            PUBLIE,
            "changement de source, chiffre publié dans le rapport imprimé de 2022, non recalculé.",
        ),
        ("clotures", 2022, PUBLIE, ""),
    ],
)
def test_why_a_year_is_not_comparable(indicator: str, since: int, origin: str, reason: str) -> None:
    assert incomparable(SETTINGS, indicator, since, origin) == reason


def settings_with(root: Path, report: str) -> Path:
    (root / "2023").mkdir()
    (root / "service.yml").write_text('nom: "S"\ndepartement: "01"\ncommunes: [{code: "01004", nom: "A"}]\n', "utf-8")
    (root / "2023" / "rapport.yml").write_text(report, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("report", "where"),
    [
        (
            'ruptures: [{indicateurs: [durees, acompagnes], nature: source, raison: "x"}]\n',
            "ruptures.0.indicateurs",
        ),
        ("publies_comparables: [acompagnes]\n", "publies_comparables"),
    ],
)
def test_an_unknown_indicator_is_refused_with_the_nearest(tmp_path: Path, report: str, where: str) -> None:
    with pytest.raises(SettingsError) as raised:
        check_comparability(load_settings(settings_with(tmp_path, report), 2023), INDICATORS)
    assert raised.value.where == f"{tmp_path / '2023' / 'rapport.yml'}, {where}"
    assert (raised.value.got, raised.value.todo) == ("acompagnes", "écrire accompagnes, s'il s'agit de lui")


def prose(comparable: bool) -> Prose:
    def lookup(reference: Reference) -> Figure:
        return Figure(110.0 if reference.year == 2023 else 100.0, "jeunes", "ok")

    return Prose(lookup, 2023, "service", lambda indicator, since, territory: comparable)


def test_a_share_is_comparable_where_its_whole_is_too() -> None:
    asked: set[str] = set()

    def comparable(indicator: str, since: int, territory: str) -> bool:
        asked.add(indicator)
        return indicator != "situations"

    share = replace(prose(True), comparable=comparable).functions["tendance"]
    said = share("accompagnes", "total", "total", sur=("situations", "total", "total"))
    assert said.words == "non comparable à 2022"
    assert "situations" in asked

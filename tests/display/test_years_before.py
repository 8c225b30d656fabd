"""The years before: as they were printed, and whether they are comparable."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.display.lookup import (
    CALCULE,
    PUBLIE,
    check_comparability,
    incomparable,
    read_published,
)
from rlpipeline.display.prose import Prose
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS
from rlpipeline.observations import Observation
from rlpipeline.settings.models import ReportSettings, Rupture, Settings
from tests.declared import INDICATORS, declared
from tests.figures.factory import SERVICE

HEADER = "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat"
LINE = "accompagnes,2022,service,total,total,98,jeunes,ok"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "publie.csv"


def test_the_figures_of_a_printed_report(path: Path) -> None:
    none = read_published(path, 2022, declared(SERVICE))
    assert none.empty and list(none.columns) == list(CSV_COLUMNS)
    path.write_text(
        f"{HEADER}\n{LINE}\n\naccompagnes,2022,62637,total,total,,jeunes,nc\n", encoding="utf-8"
    )
    found = read_published(path, 2022, declared(SERVICE))
    assert found["territoire"].tolist() == ["service", "62637"]
    assert found["valeur"].fillna(-1).tolist() == [98.0, -1]
    assert found["annee"].tolist() == [2022, 2022]


def test_what_a_spreadsheet_saves_is_read_as_in_the_records(path: Path) -> None:
    line = "temps_activite;2022;service;total;heures;7\u202f629,5;heures;ok"
    path.write_text(f"\ufeff{HEADER.replace(',', ';')}\r\n{line}\r\n", encoding="utf-8", newline="")
    assert read_published(path, 2022, declared(SERVICE))["valeur"].tolist() == [7629.5]
    path.write_bytes(f"{HEADER}\n{LINE.replace('total,98', 'été,98')}\n".encode("cp1252"))
    assert read_published(path, 2022, declared(SERVICE))["colonne"].tolist() == ["été"]


@pytest.mark.parametrize(
    ("text", "line", "what", "got"),
    [
        ("", 1, "colonnes", ""),
        (HEADER.replace(",etat", ""), 1, "colonnes", "unite"),
        (f"{HEADER}\n{LINE}\n{LINE}", 3, "deux fois", "déjà à la ligne 2"),
        (
            f"{HEADER}\n{LINE.replace('accompagnes', 'acompagnes')}",
            2,
            "Indicateur inconnu",
            "acompagnes",
        ),
        (f"{HEADER}\n{LINE.replace('2022', '2021')}", 2, "autre année", "2021"),
        (f"{HEADER}\n{LINE.replace(',ok', ',sûr')}", 2, "État inconnu", "sûr"),
        (f"{HEADER}\n{LINE.replace('98', '98 environ')}", 2, "pas un nombre", "98 environ"),
        (f"{HEADER}\n{LINE.replace('98', '')}", 2, "pas un nombre", "rien"),
        (f"{HEADER}\n{LINE.replace('98', 'nan')}", 2, "pas un nombre", "nan"),
        (f"{HEADER}\n{LINE.replace('jeunes', '')}", 2, "unite est vide", "rien"),
        (f"{HEADER}\n{LINE},de trop", 2, "nombre de cellules", "9"),
    ],
)
def test_a_wrong_line_is_told_with_its_place(
    path: Path, text: str, line: int, what: str, got: str
) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=what) as raised:
        read_published(path, 2022, declared(SERVICE))
    assert raised.value.where == f"{path}, ligne {line}"
    assert got in (raised.value.got or "")
    assert (
        what != "Indicateur inconnu"
        or raised.value.expected == "le plus proche est « accompagnes »"
    )


RUPTURES = (
    Rupture(
        indicateurs=("accompagnes", "durees"),
        nature="definition",
        raison="les accroches ne comptent plus",
    ),
    Rupture(
        indicateurs=("communes",), nature="perimetre", raison="une commune de plus.", annee=2022
    ),
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
        (
            {"ruptures": (Rupture(indicateurs=("acompagnes",), nature="source", raison="x"),)},
            "ruptures.0.indicateurs",
        ),
        ({"publies_comparables": ("acompagnes",)}, "publies_comparables"),
    ],
)
def test_an_unknown_indicator_is_refused_with_the_nearest(
    wrong: dict[str, object], where: str
) -> None:
    report = SETTINGS.report.model_copy(update=wrong)
    with pytest.raises(SettingsError) as raised:
        check_comparability(SETTINGS.model_copy(update={"report": report}), INDICATORS)
    assert raised.value.where == f"{Path('params/2023/rapport.yml')}, {where}"
    assert (raised.value.got, raised.value.todo) == (
        "acompagnes",
        "écrire accompagnes, s'il s'agit de lui",
    )


def test_a_share_is_comparable_where_its_whole_is_too() -> None:
    asked: set[str] = set()

    def comparable(indicator: str, since: int, territory: str) -> bool:
        asked.add(indicator)
        return indicator != "situations"

    prose = Prose(lambda of: Observation(110.0, "jeunes", "ok"), 2023, "service", comparable)
    said = prose.tendance("accompagnes", "total", "total", sur=("situations", "total", "total"))
    assert said.words == "non comparable à 2022"
    assert "situations" in asked

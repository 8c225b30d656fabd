from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rlpipeline.display import cards
from rlpipeline.display.cards import Origin
from rlpipeline.figures import REGISTRY, Indicator, Scope
from rlpipeline.figures.calculation import Calculation
from tests.figures.factory import CARVIN, LENS, SERVICE, jeune, make_records, scope, suivi
from tests.figures.stored import source_of

each_indicator = pytest.mark.parametrize("indicator", REGISTRY.values(), ids=lambda indicator: indicator.id)
RECORDS = make_records(
    absent=("situations",),
    jeunes=[jeune("J1", commune=CARVIN), jeune("J2", commune=CARVIN), jeune("J3", commune=LENS)],
    suivis=[suivi("S1", "J1"), suivi("S2", "J1"), suivi("S3", "J3")],
)

SOURCE = source_of(RECORDS)


class Shared(Calculation):
    """A source that does not say how many rows it counted."""

    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        return {}


def card(indicator: Indicator, territory: str = "service", **changes: Any) -> str:
    return cards.to_html([indicator], replace(Origin(SOURCE, scope(territory), date(2024, 1, 31)), **changes))


def test_a_card_says_everything_of_its_table() -> None:
    one = REGISTRY["accompagnes"]
    assert card(one, CARVIN).replace("\u00a0", " ") == (
        f'<dl><div class="rl-fiche" data-fiche="accompagnes"><dt>{one.title}</dt>'
        f"<dd>{one.definition} Unité : jeunes. Source : {one.source}.</dd>"
        "<dd>Lignes retenues : suivis PAEI actifs en 2023, jeunes résidant à Carvin au 31 décembre. Lignes comptées : "
        "2 (suivis), 1 (jeunes), table non fournie (situations). Données arrêtées au 31 janvier 2024.</dd></div></dl>"
    )


def test_what_leaves_the_service_does_not_say_how_many() -> None:
    one = REGISTRY["accompagnes"]
    assert "Lignes comptées" not in card(one, source=Shared(RECORDS, SERVICE, ()))
    assert "Lignes retenues" in card(one, source=Shared(RECORDS, SERVICE, ()))


def test_a_date_that_is_not_known_is_not_said() -> None:
    assert "arrêtées" not in card(REGISTRY["accompagnes"], until=None)


def test_the_denominator_is_said() -> None:
    one = REGISTRY["durees"]
    assert f"Rapporté à : {one.denominator}." in card(one).replace("\u00a0", " ")


def test_the_words_of_a_declaration_are_no_markup() -> None:
    assert "<b>" not in card(replace(REGISTRY["accompagnes"], title="<b>", definition="<b>."))


@pytest.mark.parametrize(
    ("name", "territory"),
    [(one.id, place) for one in REGISTRY.values() for place in ("service", CARVIN) if one.concerns(scope(place))],
)
def test_each_table_has_a_sentence_on_its_rows(name: str, territory: str) -> None:
    indicator = REGISTRY[name]
    words = cards.lines_counted(indicator, Origin(SOURCE, scope(territory)))
    assert "2023" in words
    assert not re.search(r"[{}]|  |[.,]$", words)
    assert ("Carvin" in words) is (territory == CARVIN)


def test_the_vintages_of_values_are_said() -> None:
    given = [
        {"territoire": CARVIN, "libelle": "Carvin", "type": "commune", "indicateur": name, "millesime": year,
         "valeur": 1.0, "unite": "%", "source": "INSEE"}
        for name, year in (("a", 2013), ("b", 2021), ("b", 2020), ("c", 2024))
    ]  # fmt: skip
    told = card(REGISTRY["socio_economique"], source=source_of(make_records(territoires=given))).replace("\u00a0", " ")
    assert "Millésimes : de 2013 à 2021." in told
    assert "2 (territoires)" in told
    assert "Millésimes" not in card(REGISTRY["socio_economique"], source=source_of(make_records()))

from __future__ import annotations

from dataclasses import replace

import pytest

from rlpipeline.figures import LABELS, REGISTRY, Indicator
from rlpipeline.figures.registry import by_id
from rlpipeline.records.tables import TABLES

WITHOUT_PERSONS = {
    "socio_economique",
    "personnel",
    "financements",
    "temps_activite",
    "temps_creneau",
    "temps_en_ligne",
    "taux_communes",
    "instances",
    "partenaires",
    "diagnostics",
}
each_indicator = pytest.mark.parametrize("indicator", REGISTRY.values(), ids=lambda indicator: indicator.id)


def test_those_that_count_persons_are_protected() -> None:
    assert {key for key, one in REGISTRY.items() if not one.protected} == WITHOUT_PERSONS


@each_indicator
def test_each_tells_what_it_is(indicator: Indicator) -> None:
    assert indicator.title and indicator.source
    assert indicator.definition.endswith(".")
    assert "  " not in indicator.definition
    assert set(indicator.tables) <= {table.name for table in TABLES}


def test_two_indicators_cannot_share_an_id() -> None:
    one = REGISTRY["accompagnes"]
    with pytest.raises(ValueError, match="accompagnes"):
        by_id([one, REGISTRY["durees"], replace(one, title="autre")])


def test_every_coded_value_of_the_records_has_french_words() -> None:
    codes = {
        code
        for table in TABLES
        for column in table.columns
        if (table.name, column.name) not in {("jeunes", "sexe"), ("actions", "categorie"), ("territoires", "type")}
        for code in column.codes
    } - {"changement_statut", "personnes", "presences"}
    assert codes <= set(LABELS)
    assert {"PAEI", "ase", "chomage_rsa", "familles", "en_attente"} <= codes

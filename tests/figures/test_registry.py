from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from rlpipeline.errors import UsageError
from rlpipeline.figures import LABELS, REGISTRY, Indicator, Scope, find_indicator, registry, table_data
from rlpipeline.figures.population import people
from rlpipeline.figures.registry import by_id
from rlpipeline.figures.tidy import tidy
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import TABLES
from tests.figures.factory import CARVIN, jeune, make_records, scope

SECTIONS = {
    "socio_economique": "III.2",
    "personnel": "IV.1",
    "financements": "IV.4",
    "temps_activite": "V",
    "temps_en_ligne": "V.1",
    "travail_de_rue": "V.1",
    "presence_sociale": "V.1",
    "accompagnes": "V.2",
    "situations": "V.2",
    "communes": "V.2",
    "problematiques": "V.2",
    "problematiques_jeunes": "V.2",
    "co_accompagnements": "V.2",
    "durees": "V.3",
    "clotures": "V.3",
    "orientations": "V.3",
    "demandes": "V.3",
    "alertes": "V.3",
    "actions": "V.4",
    "developpement_social_local": "V.4",
    "parentalite": "V.4",
    "actions_partenariales": "V.4",
    "reseaux": "VI",
    "instances": "VI",
    "partenaires": "VI",
    "diagnostics": "annexe",
}
FOR_THE_SERVICE_ALONE = {"personnel", "financements", "communes", "reseaux", "instances", "partenaires"}
WITHOUT_PERSONS = {
    "socio_economique",
    "personnel",
    "financements",
    "temps_activite",
    "temps_en_ligne",
    "instances",
    "partenaires",
    "diagnostics",
}
each_indicator = pytest.mark.parametrize("indicator", REGISTRY.values(), ids=lambda indicator: indicator.id)


def test_every_table_of_the_report_is_there_in_its_order_and_section() -> None:
    known = [(key, one.section) for key, one in REGISTRY.items() if key in SECTIONS]
    assert known == list(SECTIONS.items())


def test_each_is_declared_for_the_territories_it_means_something_for() -> None:
    assert {key for key in SECTIONS if REGISTRY[key].scope == "service"} == FOR_THE_SERVICE_ALONE
    assert REGISTRY["communes"].concerns(scope())
    assert not REGISTRY["communes"].concerns(scope(CARVIN))
    assert REGISTRY["accompagnes"].concerns(scope(CARVIN))


def test_those_that_count_persons_are_protected() -> None:
    assert {key for key in SECTIONS if not REGISTRY[key].protected} == WITHOUT_PERSONS


@each_indicator
def test_each_tells_what_it_is(indicator: Indicator) -> None:
    assert indicator.title and indicator.source
    assert indicator.definition.endswith(".")
    assert "  " not in indicator.definition
    assert set(indicator.tables) <= {table.name for table in TABLES}


def test_one_declaration_is_enough_to_add_an_indicator(monkeypatch: pytest.MonkeyPatch) -> None:
    def girls(records: Records, scope: Scope) -> pd.DataFrame:
        count = (people(records, scope)["sexe"] == "F").sum()
        return tidy(("total",), ("nombre",), [[count]], "jeunes")

    added = replace(REGISTRY["alertes"], id="filles", title="Filles connues", compute=girls)
    monkeypatch.setattr(registry, "REGISTRY", by_id([*REGISTRY.values(), added]))
    table = table_data("filles", make_records(jeunes=[jeune("J1"), jeune("J2", sexe="G")]), scope())
    assert (table.title, table.rows[0].label, table.columns[0].label) == ("Filles connues", "Total", "Nombre")
    assert table.figures[["indicateur", "annee", "territoire", "valeur", "etat"]].values.tolist() == [
        ["filles", 2023, "service", 1, "ok"]
    ]


def test_two_indicators_cannot_share_an_id() -> None:
    one = REGISTRY["accompagnes"]
    with pytest.raises(ValueError, match="accompagnes"):
        by_id([one, REGISTRY["durees"], replace(one, title="autre")])


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        find_indicator("accompagne")
    assert "le plus proche est « accompagnes »" in str(caught.value)
    assert caught.value.exit_code == 2


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


def test_labels_follow_the_printed_report() -> None:
    assert [LABELS[code] for code in ("moins_11", "11_14", "15_18", "19_21", "plus_21")] == [
        "Moins de 11 ans",
        "11 à 14 ans",
        "15 à 18 ans",
        "19 à 21 ans",
        "Plus de 21 ans",
    ]
    assert (LABELS["F"], LABELS["G"], LABELS["nouveaux"]) == ("Filles", "Garçons", "Dont nouveaux")


def test_no_source_shows_the_name_of_a_file() -> None:
    assert not [one.source for one in REGISTRY.values() if "_" in one.source or "Table" in one.source]

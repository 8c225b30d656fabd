"""Every indicator on the demonstration records."""

from __future__ import annotations

from rlpipeline.figures import REGISTRY, SERVICE, Scope, figures, table_data
from rlpipeline.records import Records
from rlpipeline.settings.models import Service


def test_every_table_has_figures_words_and_no_note_of_an_absent_table(records: Records, service: Service) -> None:
    for indicator in (id for id, one in REGISTRY.items() if one.exists(records, service)):
        table = table_data(indicator, records, Scope(2021, SERVICE, service))
        assert table.rows, indicator
        assert not any("n'est pas fournie" in note for note in table.notes), indicator


def test_figures_of_the_printed_report(records: Records, service: Service) -> None:
    whole = Scope(2023, SERVICE, service)
    people = figures("accompagnes", records, whole).set_index(["ligne", "colonne"])["valeur"]
    assert people["total"].to_dict() == {"F": 50, "G": 64, "total": 114, "nouveaux": 51}
    hours = figures("temps_activite", records, whole).set_index(["ligne", "colonne"])["valeur"]
    assert hours["accompagnement_individuel"].to_dict() == {"heures": 1055.5, "part": 13.60}
    assert figures("clotures", records, whole)["valeur"].iloc[-1] == 77

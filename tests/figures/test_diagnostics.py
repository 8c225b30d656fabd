from __future__ import annotations

from dataclasses import replace
from typing import Any

from rlpipeline.figures import figures, table_data
from tests.figures.factory import CARVIN, LENS, OIGNIES, cells, make_records, scope


def note(commune: str, quartier: str, indicateur: str, note: float | None, annee: int = 2023, **more: Any) -> Any:
    return {"annee": annee, "commune": commune, "quartier": quartier, "indicateur": indicateur, "note": note, **more}


RECORDS = make_records(
    diagnostics=[
        note(OIGNIES, "Justice", "Propreté", 2, commentaire="Dépôts"),
        note(CARVIN, "Cité 10", "Propreté", 4),
        note(CARVIN, "Cité 9", "Propreté", None),
        note(CARVIN, "Cité 9", "Lien social", 3),
        note(CARVIN, "Cité 9", "Propreté", 1, 2022),
        note(LENS, "Gare", "Propreté", 5, 2022),
    ]
)


def test_notes_are_by_neighbourhood_and_indicator() -> None:
    assert cells("diagnostics", RECORDS) == {
        (f"{CARVIN}/Cité 9", "Lien social"): 3,
        (f"{CARVIN}/Cité 9", "Propreté"): "nc",
        (f"{CARVIN}/Cité 10", "Lien social"): "vide",
        (f"{CARVIN}/Cité 10", "Propreté"): 4,
        (f"{OIGNIES}/Justice", "Lien social"): "vide",
        (f"{OIGNIES}/Justice", "Propreté"): 2,
        (f"{LENS}/Gare", "Lien social"): "vide",
        (f"{LENS}/Gare", "Propreté"): "vide",
    }
    assert list(dict.fromkeys(code for code, _ in cells("diagnostics", RECORDS))) == [
        f"{CARVIN}/Cité 9",
        f"{CARVIN}/Cité 10",
        f"{OIGNIES}/Justice",
        f"{LENS}/Gare",
    ]


def test_the_note_of_the_year_before_is_the_same_line_under_its_own_year() -> None:
    found = figures("diagnostics", RECORDS, scope())
    before = found[found["annee"] == 2022]
    assert before[["ligne", "colonne", "valeur"]].values.tolist() == [
        [f"{CARVIN}/Cité 9", "Propreté", 1],
        [f"{LENS}/Gare", "Propreté", 5],
    ]
    assert before["indicateur"].unique().tolist() == ["diagnostics"]


def test_a_commune_has_its_own_neighbourhoods() -> None:
    assert list(cells("diagnostics", RECORDS, OIGNIES)) == [(f"{OIGNIES}/Justice", "Propreté")]
    assert list(cells("diagnostics", RECORDS, "hors", 2022)) == [(f"{LENS}/Gare", "Propreté")]


def test_neighbourhoods_are_named_with_their_commune_and_comments_are_told() -> None:
    table = table_data("diagnostics", RECORDS, scope())
    assert [row.label for row in table.rows] == [
        "Carvin – Cité 9",
        "Carvin – Cité 10",
        "Oignies – Justice",
        f"{LENS} – Gare",
    ]
    assert table.texts.values.tolist() == [[f"{OIGNIES}/Justice", "Propreté", "Dépôts"]]
    assert set(table.current["annee"]) == {2023}


def test_what_the_notes_mean_is_said_where_the_service_says_it() -> None:
    asked = scope()
    told = replace(asked, service=asked.service.model_copy(update={"echelle_diagnostics": "1, mal, à 5, bien."}))
    assert table_data("diagnostics", RECORDS, asked).notes == ()
    assert table_data("diagnostics", RECORDS, told).notes == ("Échelle des notes : 1, mal, à 5, bien.",)

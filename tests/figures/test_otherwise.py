"""Tables that the service counts in its own way: what its function may give, and what follows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rlpipeline.errors import UsageError
from rlpipeline.figures import REGISTRY, Scope
from rlpipeline.figures.calculation import Calculation
from rlpipeline.figures.own import Ratio
from rlpipeline.figures.store import FigureStore
from rlpipeline.figures.tables import COUNTED_OTHERWISE, is_about_source
from rlpipeline.records import Records
from tests.figures.factory import CARVIN, OIGNIES, jeune, make_records, scope, suivi
from tests.figures.factory import SERVICE as SETTINGS

RECORDS = make_records(
    jeunes=[jeune("J1"), jeune("J2"), jeune("J3", sexe="G", commune=OIGNIES)],
    suivis=[suivi(f"S{number}", f"J{number}") for number in (1, 2, 3)],
    personnel=[{"annee": 2023, "categorie": "educatif", "poste": "Moniteur", "etp": 2.0}],
)
GIRLS = Ratio(
    id="part_des_filles",
    title="Part des filles",
    of=("accompagnes", "total", "F"),
    on=("accompagnes", "total", "total"),
)


def calculation(*declared: Ratio) -> Calculation:
    return Calculation(RECORDS, SETTINGS, (2023,), declared)


def ours(records: Records, of: Scope) -> pd.DataFrame:
    return REGISTRY["accompagnes"].compute(records, of)


def without_j2(records: Records, of: Scope) -> pd.DataFrame:
    plans = records["suivis"]
    return ours(records.with_table("suivis", plans[plans["id_jeune"] != "J2"]), of)


@pytest.mark.parametrize("unit", ["jeune", "jeunes accompagnés", "seances", "heures"])
def test_persons_are_counted_in_the_unit_that_protects_them(unit: str) -> None:
    with pytest.raises(UsageError, match=r"(?s)l'unité.*service, 2023.*attendu : jeunes"):
        calculation().indicator("accompagnes", lambda records, of: ours(records, of).assign(unite=unit))


def test_in_a_table_of_several_units_a_line_keeps_its_own() -> None:
    actions = [
        {"id_action": "A1", "annee": 2023, "intitule": "Foot", "commune": CARVIN, "type": "developpement_social_local"}
    ]
    records = make_records(
        jeunes=[jeune("J1")],
        suivis=[suivi("S1", "J1")],
        orientations=[{"id_suivi": "S1", "date": "2023-03-01", "domaine": "sante"}],
        actions=actions,
    )
    counted = Calculation(records, SETTINGS, (2023,))
    units = {*counted.indicator("orientations")["unite"]}
    assert units == {"jeunes", "orientations"}
    column = REGISTRY["orientations"].compute(records, scope())["colonne"].iloc[0]

    def compute(records: Records, of: Scope) -> pd.DataFrame:
        figures = REGISTRY["orientations"].compute(records, of)
        (other,) = units - {*figures.loc[figures["colonne"] == column, "unite"]}
        return figures.assign(unite=other)

    with pytest.raises(UsageError, match="l'unité"):
        counted.indicator("orientations", compute)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda figures: figures.drop(columns="etat"), "Il manque des colonnes"),
        (lambda figures: pd.concat([figures, figures]), "donnée deux fois"),
        (lambda figures: figures.assign(etat="exact"), "Un état n'existe pas"),
        (lambda figures: figures.assign(etat="masque"), "Un état n'existe pas"),
        (lambda figures: figures.assign(ligne=None), "Un chiffre n'a pas de ligne"),
        (lambda figures: figures.assign(valeur="beaucoup"), "n'est pas un nombre"),
        (lambda figures: figures.assign(valeur=pd.NA), "n'a pas de valeur"),
        (lambda figures: figures.assign(valeur=float("inf")), "n'a pas de valeur"),
        (lambda figures: figures["valeur"].sum(), "ne rend pas un tableau"),
    ],
)
def test_what_is_no_table_of_figures_is_told_in_its_cell(change: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        calculation().indicator("accompagnes", lambda records, of: change(ours(records, of)))
    assert 'calcul.indicator("accompagnes", …), service, 2023' in str(caught.value)


def test_a_ratio_is_of_the_figures_that_the_service_counts() -> None:
    counted = calculation(GIRLS)
    figures = counted.indicator("accompagnes", without_j2).query("territoire == 'service' and ligne == 'total'")
    total, girls = (figures.query("colonne == @one")["valeur"].item() for one in ("total", "F"))
    assert (
        total < REGISTRY["accompagnes"].compute(RECORDS, scope()).query("ligne == colonne == 'total'")["valeur"].item()
    )
    ratio = counted.own().query("territoire == 'service'")["valeur"].item()
    assert ratio == 100 * girls / total


def test_a_table_is_not_counted_otherwise_after_the_ratios() -> None:
    counted = calculation(GIRLS)
    counted.own()
    with pytest.raises(UsageError, match=r"(?s)après « part_des_filles ».*calcul.own"):
        counted.indicator("accompagnes", without_j2)


def not_known(records: Records, of: Scope) -> pd.DataFrame:
    figures = REGISTRY["travail_de_rue"].compute(records, of)
    return figures.astype({"valeur": object}).assign(valeur=pd.NA, etat="nc")


def test_the_table_says_who_counted_it_and_no_row_of_our_counting(tmp_path: Path) -> None:
    counted = calculation()
    counted.indicator("accompagnes", without_j2)
    assert counted.indicator("travail_de_rue", not_known)["valeur"].isna().all()
    counted.write(str(tmp_path))
    store = FigureStore(tmp_path)
    assert {*store.figures("travail_de_rue", scope())["etat"]} == {"nc"}
    assert store.table("accompagnes", scope()).notes[-1] == COUNTED_OTHERWISE
    assert is_about_source(COUNTED_OTHERWISE)
    assert not store.rows_counted("accompagnes", scope())
    assert store.rows_counted("situations", scope())
    assert COUNTED_OTHERWISE not in store.table("situations", scope()).notes

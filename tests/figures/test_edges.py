"""Edges of what is counted that no whole service shows: each holds one comparison, filter or year."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from rlpipeline.figures.declaration import is_recorded
from rlpipeline.figures.notebook import ratio, table
from rlpipeline.figures.populations import accompagnes, cohort, sorties
from rlpipeline.figures.variables import sexe, situation
from tests.declared import own
from tests.figures.factory import (
    CARVIN,
    OIGNIES,
    SERVICE,
    cells,
    jeune,
    make_records,
    population,
    scope,
    suivi,
)
from tests.figures.stored import counts_of, source_of

WHOLE = scope()


def test_the_last_reason_is_that_of_who_is_followed_no_more() -> None:
    """Three were accompanied in 2022: one still is, after a PAEI that had ended; two are not, one after two PAEI."""
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2"), jeune("J3")],
        suivis=[
            suivi("S1", "J1", "2020-01-01", "2021-03-01"),
            suivi("S2", "J1", "2022-01-01"),
            suivi("S3", "J2", "2021-01-01", "2022-02-01", motif="orientation"),
            suivi("S4", "J2", "2022-03-01", "2022-12-31", motif="changement_territoire"),
            suivi("S5", "J3", "2022-03-01", "2022-06-30", motif="changement_statut"),
        ],
    )
    reasons = cohort(records, scope()).set_index("id_jeune")["motif_cloture"]
    assert pd.isna(reasons["J1"])
    assert reasons[["J2", "J3"]].tolist() == ["changement_territoire", "changement_statut"]


def test_a_change_of_status_is_no_exit() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2")],
        suivis=[
            suivi("S1", "J1", fin="2023-06-30", motif="changement_statut"),
            suivi("S2", "J2", fin="2023-12-31"),
        ],
    )
    assert sorties.listed(records, scope())["id_suivi"].tolist() == ["S2"]


@pytest.mark.parametrize(("noted", "state"), [((2022, 2023), 1), ((2023,), "nc"), ((2022,), "nc")])
def test_what_became_of_them_is_known_by_the_situations_of_both_years(
    noted: tuple[int, ...], state: object
) -> None:
    records = make_records(
        jeunes=[jeune("J1")],
        suivis=[suivi("S1", "J1", "2022-02-01", "2022-06-01")],
        situations=[{"id_jeune": "J1", "annee": year, "situation": "college"} for year in noted],
    )
    assert cells("devenir", records)["total", "plus_suivi"] == state


def test_a_total_is_known_where_the_codes_of_its_columns_are_not() -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")], absent=["situations"])
    added = own(lambda: table("essai", "E", population=accompagnes, lines=sexe, columns=situation))
    figures = source_of(records, added).figures("essai", scope())
    girls = figures[figures["ligne"] == "F"].set_index("colonne")
    assert girls.loc["total", ["valeur", "etat"]].tolist() == [1, "ok"]
    assert {*girls.drop(index="total")["etat"]} == {"nc"}


def test_who_is_met_first_and_not_followed_is_in_no_month() -> None:
    records = make_records(
        jeunes=[jeune("J1", contact="2023-05-10"), jeune("J2", contact="2023-06-10")],
        suivis=[suivi("S1", "J1", "2023-05-20", statut="ASEP")],
    )
    counted = cells("nouveaux_par_mois", records)
    assert counted["05", "travail_de_rue"] == 1
    assert counted["total", "travail_de_rue"] == 1
    assert counted["total", "accompagnes"] == 0


def test_a_commune_without_inhabitants_has_no_rate() -> None:
    records = make_records(
        jeunes=[jeune("J1")],
        suivis=[suivi("S1", "J1")],
        territoires=[population(CARVIN, 0), population(OIGNIES, 2000)],
    )
    counted = cells("taux_communes", records)
    assert counted[CARVIN, "accompagnes"] == "nc"
    assert counted[OIGNIES, "accompagnes"] == 0


def test_notes_that_were_not_entered_are_missing_where_there_were_some() -> None:
    """Without any assessment of the year, a district that had notes is not communicated, another is empty."""
    note = {"annee": 2022, "commune": CARVIN, "indicateur": "A", "note": 3.0}
    other = {**note, "quartier": "Justice", "indicateur": "B"}
    records = make_records(diagnostics=[{**note, "quartier": "Centre"}, other])
    counted = cells("diagnostics", records)
    assert counted[f"{CARVIN}/Centre", "A"] == "nc"
    assert counted[f"{CARVIN}/Centre", "B"] == "vide"


@pytest.mark.parametrize(("reasons", "lines"), [(8, 8), (9, 8)])
def test_eight_reasons_have_a_line_and_the_ninth_joins_the_others(reasons: int, lines: int) -> None:
    refused = {"commune": CARVIN, "date": "2023-03-01", "suite": "refusee"}
    written = [f"Motif {number}" for number in range(reasons) for _ in range(reasons - number)]
    records = make_records(demandes=[{**refused, "motif": motif} for motif in written])
    counted = cells("motifs_refus", records)
    assert len(counted) == lines + 1
    assert (("autres_motifs", "nombre") in counted) is (reasons > 8)
    assert counted["total", "nombre"] == len(written)


def test_a_table_that_the_settings_say_is_empty_counts_zero() -> None:
    asked = {"commune": CARVIN, "date": "2022-03-01", "suite": "acceptee", "tranche_age": "11_14"}
    records = make_records(demandes=[asked])
    for kept_empty, total in ((("demandes",), (0, "ok")), ((), (None, "nc"))):
        service = SERVICE.model_copy(update={"annee_vide": kept_empty})
        counts = source_of(records, service=service)
        assert counts.is_recorded("demandes", replace(WHOLE, service=service)) is bool(kept_empty)
        figures = counts.figures("demandes", WHOLE).set_index(["ligne", "colonne"])
        value, state = figures.loc[("total", "total"), ["valeur", "etat"]]
        assert (None if pd.isna(value) else value, state) == total


def test_a_follow_up_is_of_the_year_by_its_dates_or_by_what_is_noted_on_it() -> None:
    begun_later = suivi("S1", "J1", "2024-02-01")
    issue = {"id_suivi": "S1", "annee": 2023, "problematique": "logement"}
    met = {"id_jeune": "J1", "date": "2023-03-01"}
    young = [jeune("J1")]
    alone = make_records(jeunes=young, suivis=[begun_later])
    noted = make_records(jeunes=young, suivis=[begun_later], problematiques=[issue])
    seen = make_records(jeunes=young, suivis=[begun_later], presences=[met])
    of = ("suivis", "jeunes")
    assert [is_recorded(alone, table, WHOLE) for table in of] == [False, False]
    assert [is_recorded(noted, table, WHOLE) for table in of] == [True, True]
    assert [is_recorded(seen, table, WHOLE) for table in of] == [False, True]


def test_a_ratio_with_a_table_of_the_whole_service_is_of_the_whole_service() -> None:
    hours = ("personnel", "total", "etp")
    persons = ("accompagnes", "total", "total")
    both = [(hours, persons, "service"), (persons, hours, "service"), (persons, persons, "tous")]
    for of, on, expected in both:
        added = own(partial(table, "r", "R", count=ratio(of, on, "jeunes")))
        assert source_of(make_records(), added).indicators["r"].spec.scope == expected


def test_assessments_are_known_by_the_notes_of_the_year_or_of_the_one_before() -> None:
    note = {"commune": CARVIN, "quartier": "Centre", "indicateur": "A", "note": 3.0}
    records = make_records(diagnostics=[{**note, "annee": 2022}])
    known = [
        is_recorded(records, "diagnostics", scope(year=year)) for year in (2021, 2022, 2023, 2024)
    ]
    assert known == [False, True, True, False]


def test_the_year_before_has_the_lines_of_the_year() -> None:
    """A district last assessed two years ago is in no table of the year, not even beside it."""
    note = {"commune": CARVIN, "indicateur": "A", "note": 3.0}
    years = (("Ancien", 2021), ("Centre", 2022), ("Justice", 2023))
    rows = [{**note, "quartier": name, "annee": year} for name, year in years]
    found = source_of(make_records(diagnostics=rows)).figures("diagnostics", WHOLE)
    before = found[found["annee"] == 2022]
    assert before["ligne"].tolist() == [f"{CARVIN}/Centre"]
    assert {*found["ligne"]} == {f"{CARVIN}/Centre", f"{CARVIN}/Justice"}


def test_a_year_is_within_dates_where_nothing_is_noted_on_a_plan_that_was_not_active() -> None:
    issue = {"annee": 2023, "problematique": "logement"}
    referral = {"date": "2023-04-01", "domaine": "sante"}
    plans = [suivi("S1", "J1", "2022-02-01", "2022-12-31"), suivi("S2", "J1")]
    for of, within in (("S1", False), ("S2", True)):
        for noted in ({"problematiques": [issue]}, {"orientations": [referral]}):
            rows = {
                name: [{**row, "id_suivi": of} for row in those] for name, those in noted.items()
            }
            records = make_records(jeunes=[jeune("J1")], suivis=plans, **rows)
            assert counts_of(records, SERVICE, 2023).within_dates(2023) is within

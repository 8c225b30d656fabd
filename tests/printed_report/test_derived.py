from __future__ import annotations

import pytest

CHARGES = (
    "Charges\nNature;2023;2024;Écart;Évolution\nAchats;200;220;+20;+10,0 %\nLoyers;100;120;{};{}\n"
    "Salaires;400;500;+100;+25,0 %\n"
)


@pytest.mark.parametrize(
    ("gap", "change", "said"),
    [
        ("+20", "+20,0 %", []),
        ("+30", "+20,0 %", [("total_ligne", "certain")]),
        ("+20", "+22,0 %", [("pourcentage", "certain")]),
        ("+20", "-20,0 %", [("pourcentage", "certain")]),
    ],
)
def test_a_difference_and_a_change_come_of_their_two_years(kinds, gap: str, change: str, said: list) -> None:
    assert kinds(t__csv=CHARGES.format(gap, change)) == said


def test_years_within_longer_labels_are_years_too(kinds) -> None:
    table = (
        "Pays\nCommune;Population 2017;Population 2022;Évolution 2017-2022\nA;100;110;+10,0 %\n"
        "B;200;190;+5,0 %\nC;50;51;+2,0 %\n"
    )
    assert kinds(t__csv=table) == [("pourcentage", "certain")]


def test_a_gap_of_rounded_shares_may_be_that_of_the_shares_before_rounding(kinds) -> None:
    table = (
        "Situations\nSituation;% 2023;% 2024;Écart\nCollège;37,0;39,1;+2,0\nLycée;21,0;18,4;-2,6\n"
        "Emploi;42,0;42,5;+0,5\n"
    )
    assert kinds(t__csv=table) == []


def test_hours_are_subtracted_beyond_a_thousand(kinds) -> None:
    table = (
        "Temps\nActivité;2023;2024;Écart\nRue;1 512 h 30;1 624 h 00;+111 h 30\n"
        "Écrits;640 h 00;702 h 15;+52 h 15\nTrajets;1 010 h 30;1 000 h 00;−10 h 30\n"
    )
    assert kinds(t__csv=table) == [("total_ligne", "certain")]


def test_a_mean_of_years_that_other_rows_bear_out(kinds) -> None:
    table = (
        "Fins\nMotif;2022;2023;2024;Moyenne\nAtteint;13;14;15;14,0\nRelais;5;6;4;5,3\nDépart;3;2;4;3,0\n"
        "Autre;1;1;4;2,0\n"
    )
    assert kinds(t__csv=table) == [("total_ligne", "certain")]


def test_a_ratio_named_by_its_two_columns(kinds) -> None:
    table = "Arrêts\nArrêt;Séances;Présences;Présences par séance\nA;10;90;9,0\nB;20;100;5,0\nC;10;75;7,0\nD;4;10;2,5\n"
    assert kinds(t__csv=table) == [("total_ligne", "certain")]


def test_the_ratio_of_a_wrong_total_is_told_once(kinds) -> None:
    table = (
        "Arrêts\nArrêt;Séances;Présences;Présences par séance\nA;10;90;9,0\nB;20;100;5,0\nC;10;75;7,5\n"
        "Total;40;256;6,6\n"
    )
    assert kinds(t__csv=table) == [("total_colonne", "certain")]


def test_a_gap_between_what_was_planned_and_what_was_done(kinds) -> None:
    table = "Budget\nPoste;Prévu;Réalisé;Écart\nAchats;200;220;20\nLoyers;100;120;25\nSalaires;400;500;100\n"
    assert kinds(t__csv=table) == [("total_ligne", "certain")]


MOVEMENTS = (
    "Mouvements\nJeunes;2022;2023;2024\nPrésents au 1er janvier;47;51;{}\nEntrés;29;30;33\n"
    "Accompagnés;76;81;87\nSortis;25;27;29\nPrésents au 31 décembre;51;54;58\n"
)


def test_stocks_and_flows_that_hold_are_not_told(kinds) -> None:
    assert kinds(t__csv=MOVEMENTS.format(54)) == []


def test_a_stock_that_its_flows_and_the_year_before_refute(kinds) -> None:
    assert kinds(t__csv=MOVEMENTS.format(45)) == [("total_colonne", "probable"), ("marge", "probable")]


def test_euros_among_thousands_of_euros(kinds) -> None:
    table = (
        "Produits, en k€\nFinanceur;2022;2023;2024\nÉtat;14,0;12,0;15,0\nCAF;18,4;19,6;20 700\n"
        "Ville;6,1;5,4;5,0\nTotal;38,5;37,0;40,7\n"
    )
    assert kinds(t__csv=table) == [("unites_melangees", "certain")]


def test_a_row_with_a_unit_of_its_own_is_no_mixture(kinds) -> None:
    table = (
        "Rapports\nIndicateur;2023;2024\nSéances;172;180\nTemps par jeune;87 h 27;85 h 03\n"
        "Sorties;12;14\nVisites;20;31\n"
    )
    assert kinds(t__csv=table) == []


def test_weeks_are_added_by_nobody(kinds) -> None:
    table = "Chantiers\nIntitulé;Semaine;Jeunes\nHaies;8;6\nLavoir;16;5\nAbribus;28;7\nTotal;;18\n"
    assert kinds(t__csv=table) == []

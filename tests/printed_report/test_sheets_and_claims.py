from __future__ import annotations

import pytest

TEAMS = {"Nord": (12, 9), "Sud": (15, 7), "Est": (20, 11), "Ouest": (8, 6)}


def sheets(wrong: int) -> dict[str, str]:
    gathered = "Les équipes en 2024\nÉquipe,Entrées,Sorties\n"
    files = {}
    for team, (arrived, gone) in TEAMS.items():
        gathered += f"{team},{arrived},{gone}\n"
        printed = arrived + (wrong if team == "Est" else 0)
        files[f"{team}.csv"] = (
            f"Équipe {team} : l'année 2024\nIndicateur,1er semestre 2024,2e semestre 2024,Année 2024\n"
            f"Entrées,{printed - 3},3,{printed}\nSorties,{gone - 2},2,{gone}\nVisites,2,3,5\n"
        )
    return files | {"z.csv": gathered}


def test_sheets_are_held_against_the_table_that_brings_them_together(audit) -> None:
    assert audit(sheets(0)) == ()
    (finding,) = audit(sheets(2))
    assert (finding.controle, finding.certitude) == ("marge", "certain")
    assert (finding.fichier, finding.imprime, finding.calcule) == ("Est.csv", "22", "20")


def test_semesters_make_their_year_but_for_persons_counted_once(kinds) -> None:
    table = (
        "Équipe\nIndicateur;1er semestre 2024;2e semestre 2024;Année 2024\nSéances;96;88;184\nHeures;288;264;{}\n"
        "Contacts;1 148;1 027;2 175\nJeunes différents;214;198;287\nEn cours en fin de période;67;64;64\n"
    )
    assert kinds(t__csv=table.format(552)) == []
    assert kinds(t__csv=table.format(525)) == [("total_ligne", "certain")]


def test_years_are_compared_in_their_order_whatever_that_of_the_columns(kinds) -> None:
    table = (
        "Relais\nQui;Année 2024;Année 2023;Écart 2024-2023;Évolution (%)\n"
        "A;84;71;+13;+18,3\nB;58;52;+6;+11,5\nC;31;24;+7;{}\n"
    )
    assert kinds(t__csv=table.format("+29,2")) == []
    assert kinds(t__csv=table.format("+22,6")) == [("pourcentage", "certain")]


def test_a_rate_a_thousand(kinds) -> None:
    table = (
        "Taux\nQuartier;Habitants;Jeunes suivis;Suivis pour 1 000\nNord;3 120;102;32,7\nSud;2 140;79;{}\n"
        "Est;2 815;92;32,7\n"
    )
    assert kinds(t__csv=table.format("36,9")) == []
    assert kinds(t__csv=table.format("3,7")) == [("pourcentage", "certain")]


def test_the_youngest_is_not_older_than_the_oldest(kinds) -> None:
    table = "Chantiers\nChantier;Jeunes;Âge du plus jeune;Âge du plus âgé\nA;5;{};{}\nB;6;16;19\nTotal;11;;\n"
    assert kinds(t__csv=table.format(18, 22)) == []
    assert kinds(t__csv=table.format(22, 18)) == [("cohorte", "certain")]


TABLE = "Les équipes\nÉquipe;Contacts;Séances;Écart\nLes Forges;900;40;-87\nLa Plaine;800;52;+12\n"


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("La Plaine compte le plus grand nombre de contacts.", True),
        ("Les Forges comptent le plus grand nombre de contacts.", False),
        ("Cette année, les forges progressent nettement.", True),
        ("Cette année, les forges reculent un peu.", False),
        ("Cette année, les forges ne reculent pas.", False),
        ("Un mardi de novembre, 17 heures, devant les Forges.", False),
        ("Pour 1 000 habitants, 30,5 ont eu des contacts.", False),
        ("Les contacts passent de 284 à 298.", False),
        ("Au second semestre, les Forges ont eu 300 contacts.", False),
    ],
)
def test_what_the_prose_says_of_the_table_beside_it(audit, sentence: str, wrong: bool) -> None:
    found = audit({"t.csv": TABLE, "p.md": f"# Rapport\n\n[tableau : t.csv]\n\n{sentence}\n"})
    assert [entry.controle for entry in found if entry.fichier == "p.md"] == (["prose_tableau"] if wrong else [])


def test_persons_counted_once_are_still_girls_or_boys(kinds) -> None:
    table = (
        "Jeunes différents rencontrés\nÂge;Filles;Garçons;Ensemble\n"
        "A;18;27;45\nB;7;{};23\nC;31;47;78\nTotal;56;90;146\n"
    )
    assert kinds(t__csv=table.format(16)) == []
    assert ("total_ligne", "certain") in kinds(t__csv=table.format(61))


def test_a_total_without_the_unknown_is_still_a_sum(kinds) -> None:
    table = "Collèges\nCollège;Permanences;Élèves\nA;34;221\nB;30;n. c.\nC;12;68\nTotal (hors n. c.);76;{}\n"
    assert kinds(t__csv=table.format(289)) == []
    assert kinds(t__csv=table.format(298)) == [("total_colonne", "probable")]

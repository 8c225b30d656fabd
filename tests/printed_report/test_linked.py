"""What a number of the prose is not held against, and what it still is."""

from __future__ import annotations

import pytest

ANSWERS = (
    "Difficultés (plusieurs réponses par jeune)\nDifficulté;Jeunes\nMobilité;63\nFamille;46\nScolarité;43\nTotal;152\n"
)
TERRITORY = (
    "Le territoire\nIndicateur;Carville;Ensemble\nHabitants;6 842;24 993\nLogements sociaux (%);33,1;20,0\n"
    "Habitants en ville (%);93,2;61,0\n"
)
SITUATION = "Situation\nSituation;2023;2024\nCollège;30;34\nLycée;17;16\nEmploi;40;37\nTotal;87;87\n"


def refuted(audit, table: str, sentence: str) -> list[str]:
    files = {"t.csv": table, "p.md": f"# Rapport 2024\n\n{sentence}\n", "relations.yml": "annee: 2024\n"}
    return [entry.certitude for entry in audit(files) if entry.controle == "prose_tableau"]


def test_a_share_of_persons_is_not_divided_by_a_sum_of_answers(audit) -> None:
    assert refuted(audit, ANSWERS, "La mobilité gêne 72 % des jeunes.") == []


def test_a_share_of_its_population_is_of_no_column(audit) -> None:
    assert refuted(audit, TERRITORY, "À Carville, 49 % de sa population est habitante de la ville.") == []


def test_a_neighbourhood_is_not_its_commune(audit) -> None:
    sentence = "À Carville, le quartier des Ifs compte 91,2 % de logements sociaux."
    assert refuted(audit, TERRITORY, sentence) == []


def test_the_commune_itself_is_held_against_its_figure(audit) -> None:
    assert refuted(audit, TERRITORY, "Carville compte 91,2 % de logements sociaux.") == ["certain"]


def test_two_figures_swapped_in_a_sentence_are_no_witnesses(audit) -> None:
    assert len(refuted(audit, SITUATION, "On compte 16 collégiens et 34 lycéens.")) == 2
    assert refuted(audit, SITUATION, "On compte 34 collégiens et 16 lycéens.") == []


def test_a_school_year_is_no_calendar_year(audit) -> None:
    assert refuted(audit, SITUATION, "Pendant l'année scolaire 2023-2024, 40 lycéens sont venus.") == []


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Sur 87 jeunes, 39 sont des filles, soit 48,4 %.", "pourcentage"),
        ("Sur 87 jeunes, 39 sont des filles, soit 44,8 %.", ""),
        ("L'équipe a vu 90 jeunes contre 60 en 2023, soit une hausse de 60 %.", "pourcentage"),
        ("L'équipe a vu 90 jeunes contre 60 en 2023, soit une hausse de 50 %.", ""),
        ("Le service suit 87 jeunes : 39 filles et 46 garçons.", "prose_prose"),
        ("Le service suit 87 jeunes : 39 filles et 48 garçons.", ""),
        ("Le camion a tourné soixante-quatre semaines dans l'année.", "dates"),
        ("Le camion a tourné quarante-quatre semaines dans l'année.", ""),
        ("Le local ouvre neuf jours par semaine.", "dates"),
    ],
)
def test_numbers_of_one_sentence_and_of_the_calendar(audit, sentence: str, kind: str) -> None:
    assert {entry.controle for entry in audit({"p.md": f"# Rapport\n\n{sentence}\n"})} == ({kind} if kind else set())


def test_a_day_that_no_calendar_has_is_told_in_a_table(kinds) -> None:
    table = "Instances\nInstance;Réunions;Dernière\nComité;2;31/11/2024\nConseil;4;12/12/2024\n"
    assert kinds(t__csv=table) == [("dates", "certain")]


def test_the_oldest_is_within_the_age_bands_of_the_tables(kinds) -> None:
    table = "Âges\nÂge;Jeunes\n10-15 ans;40\n16-25 ans;47\n"
    assert kinds(t__csv=table, p__md="# Rapport\n\nLe plus âgé a 31 ans.\n") == [("prose_tableau", "probable")]
    assert kinds(t__csv=table, p__md="# Rapport\n\nLe plus âgé a 25 ans.\n") == []


def test_a_year_of_birth_told_twice(kinds) -> None:
    text = (
        "# Rapport\n\nLe service est né en 1998 d'une idée simple.\n\n"
        "Depuis sa création, en {}, il va vers les jeunes.\n"
    )
    assert kinds(p__md=text.format(1989)) == [("prose_prose", "probable")]
    assert kinds(p__md=text.format(1998)) == []


def test_how_often_told_twice(kinds) -> None:
    text = (
        "# Rapport\n\nLe local de Carville ouvre trois après-midi par semaine.\n\n"
        "Le local de Carville, ouvert {} après-midi par semaine, change.\n"
    )
    assert kinds(p__md=text.format("deux")) == [("prose_prose", "probable")]
    assert kinds(p__md=text.format("trois")) == []

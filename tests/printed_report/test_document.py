"""The report as a document: annexes, sections, labels, sentences, dates."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Audit = Callable[..., tuple]
Kinds = Callable[..., list[tuple[str, str]]]


def test_an_announced_annex_that_is_absent_is_told(kinds: Kinds) -> None:
    text = (
        "# Rapport\n\nLa liste figure en annexe 2. Une autre est en annexe 1.\n\n# Annexes\n\n"
        "## Annexe 1\n\nLa voici.\n"
    )
    assert kinds(p__md=text) == [("annexe_absente", "certain")]


def test_annexes_that_are_there_raise_nothing(kinds: Kinds) -> None:
    text = "# Rapport\n\nLa liste figure en annexe A.\n\n# Annexes\n\n## Annexe A : liste\n\nLa voici.\n"
    assert kinds(p__md=text) == []


def test_something_annexed_to_a_report_without_annexes_is_told(kinds: Kinds) -> None:
    assert kinds(p__md="# Rapport\n\nLes diagnostics sont annexés à ce rapport.\n") == [("annexe_absente", "certain")]


def test_a_heading_that_nothing_follows_is_told(audit: Audit) -> None:
    (found,) = audit({"p.md": "# Rapport\n\n## Un\n\n## Deux\n\nDu texte est ici.\n"})
    assert (found.controle, found.ligne) == ("section_vide", 3)


def test_a_heading_before_its_sub_headings_is_not_empty(kinds: Kinds) -> None:
    assert kinds(p__md="# Rapport\n\n## Un\n\n### Un un\n\nDu texte est ici.\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nombre de permanences :\n\n## Suite\n\nDu texte est ici.", [("libelle_orphelin", "certain")]),
        ("Nombre de permanences : deux.\n\n## Suite\n\nDu texte est ici.", []),
        ("Les objectifs sont :\n\n- ouvrir ;\n- fermer.", []),
        ("ACTION « Fête du port »\n\n## Suite\n\nDu texte est ici.", [("libelle_orphelin", "probable")]),
    ],
)
def test_a_label_that_nothing_follows_is_told(kinds: Kinds, text: str, expected: list) -> None:
    assert kinds(p__md=f"# Rapport\n\n{text}\n") == expected


def test_values_without_label_beside_a_label_without_values_are_told(audit: Audit) -> None:
    table = "Problème,11-14 ans,15-17 ans\nLogement,3,4\n,5,9\nMobilité,,\nSanté,2,2\n"
    (found,) = audit({"t.csv": table})
    assert (found.controle, "Mobilité" in found.lieu) == ("libelle_orphelin", True)


def test_a_blank_column_is_told_unless_optional(kinds: Kinds) -> None:
    table = "Poste,{},ETP,Heures\nA,,1,35\nB,,2,70\nC,,1,35\nTotal,,4,140\n"
    assert kinds(t__csv=table.format("Dont ville")) == [("libelle_orphelin", "probable")]
    assert kinds(t__csv=table.format("Précisions éventuelles")) == []


@pytest.mark.parametrize(
    "text",
    [
        "Les partenaires ont tous été sollicités pour",
        "Le service alerte ses financeurs sur les frais de déplacement et",
        "Le service suit les jeunes, les familles,",
    ],
)
def test_a_paragraph_that_stops_short_is_certain(kinds: Kinds, text: str) -> None:
    assert kinds(p__md=f"# Rapport\n\n{text}\n") == [("phrase_inachevee", "certain")]


def test_a_sentence_without_verb_is_likely_unfinished(kinds: Kinds) -> None:
    text = "Le temps passé sur les réseaux par l'ensemble de l'équipe en 2023."
    assert kinds(p__md=f"# Rapport\n\n{text}\n") == [("phrase_inachevee", "probable")]


@pytest.mark.parametrize(
    "text",
    [
        "Le nouveau projet de service couvre la période 2022-2026.",
        "Les articles L121-2 et L221-1 du code de l'action sociale en fixent les missions.",
        "La convention lie l'association, le Département et les communes jusqu'en 2024.",
        "Le service siège au conseil local de sécurité et au comité des financeurs.",
        "Les actions sont décrites dans les pages qui suivent, « PDC Habitat,... ».",
        "De plus en plus de demandes des collèges.",
    ],
)
def test_a_finished_sentence_raises_nothing(kinds: Kinds, text: str) -> None:
    assert kinds(p__md=f"# Rapport\n\n{text}\n") == []


def test_a_cell_that_stops_on_a_comma_is_told(kinds: Kinds) -> None:
    table = 'Partenaire,Raison\nALFA,"Projets, fêtes,"\nMDA,"Projets,..."\n'
    assert kinds(t__csv=table) == [("phrase_inachevee", "certain")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'action s'est déroulée du 26 août au 11 juillet 2022.", "certain"),
        ("Le séjour a eu lieu du 21 au 18 avril 2022.", "certain"),
        ("Le séjour a eu lieu du 18 au 21 avril 2022.", ""),
        ("La réunion s'est tenue le 31 juin 2022.", "certain"),
        ("La réunion s'est tenue le lundi 12 mars 2022.", "certain"),
        ("La réunion s'est tenue le samedi 12 mars 2022.", ""),
        ("Le projet couvre la période 2026-2022.", "certain"),
        ("L'accueil est ouvert de 17h à 9h30.", "certain"),
        ("Les éducateurs passent de 20h à 1h.", ""),
        ("L'année scolaire va de septembre à juin.", ""),
        ("Le rapport a été validé le 18 avril 2023. Le projet est en ligne depuis mai 2023.", "certain"),
        ("Le rapport a été validé le 18 avril 2023. Un bilan sera fait en mai 2023.", ""),
        ("Le rapport a été validé le 14 mars 2022.", "probable"),
    ],
)
def test_dates_that_cannot_be_are_told(kinds: Kinds, text: str, expected: str) -> None:
    found = kinds(p__md=f"# Bilan\n\n{text}\n", relations__yml="annee: 2022\n")
    assert found == ([("dates", expected)] if expected else [])


def test_a_row_that_ends_before_it_starts_is_told(audit: Audit) -> None:
    table = "Chantier,Début,Fin,Jeunes\nA,12/02/2024,16/02/2024,6\nB,15/04/2024,09/04/2024,5\n"
    (found,) = audit({"t.csv": table})
    assert (found.controle, found.ligne) == ("dates", 3)

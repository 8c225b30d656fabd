"""Exports unlike one another come in by declared answers; nothing is merged, blank or misread in silence."""

import re
import zipfile
from datetime import date, time
from pathlib import Path

import openpyxl
import pytest

from rlpipeline.cli import main
from rlpipeline.importing.answers import SHEETS
from rlpipeline.importing.people import name_key, near_pairs
from rlpipeline.importing.tables import heading_of, marks_of
from rlpipeline.importing.vocabulary import TARGET_OF, Codes, Manner, Unit, read_day, read_value
from rlpipeline.settings.models import load_service
from tests.importing import walking as a
from tests.importing.walking import SETTINGS, Answers, accept, bring_in, export, service, table

FILE, DRAFT, LEFT = "export.xlsx", "brouillon-import", "ne pas reprendre"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return service(tmp_path)


def yellow(root: Path) -> set[tuple[str, str, str]]:
    """The cells that are yellow: sheet, header, line."""
    answers, found = Answers(root), set()
    for sheet, cell in answers.yellow():
        letters, line = openpyxl.utils.cell.coordinate_from_string(cell)
        rank = openpyxl.utils.column_index_from_string(letters)
        found.add((sheet, a.SHEETS[sheet][rank - 1], str(line)))
    return found


def column(header: str, target: str, **more: str) -> tuple[tuple[str, str, str], dict[str, str]]:
    named = {
        "dit": a.SAID,
        "vide": a.EMPTY,
        "ordre": a.ORDER,
        "unite": a.UNIT,
        "signe": a.SEPARATOR,
        "aussi": a.ALSO,
    }
    return (a.COLUMNS, "en-tête", header), {
        a.TARGET: target,
        **{named[key]: text for key, text in more.items()},
    }


def typed(
    *answers: tuple[tuple[str, str, str], dict[str, str]],
) -> dict[tuple[str, str, str], dict[str, str]]:
    return dict(answers)


def tables(
    kind: str, year: str = "2024", commune: str = "sans objet"
) -> tuple[tuple[str, str, str], dict[str, str]]:
    return (a.TABLES, "tableau", "1"), {a.KIND: kind, a.YEAR: year, a.COMMUNE: commune}


def validated(root: Path, file: str, said: dict[tuple[str, str, str], dict[str, str]]) -> None:
    assert bring_in(root, file, said) == 0
    assert main(["import", "--valider"]) == 0


def test_an_attendance_list_in_blocks_comes_in_with_the_day_of_its_headings(root: Path) -> None:
    grid = [
        ["FEUILLE DE PRÉSENCE"],
        ["Date : 05/03/2024   Lieu : MJC  Thème :"],
        ["Nom", "Prénom", "Âge"],
        ["DURAND", "Léa", 14],
        ["MARTIN", "Karim", 15],
        [],
        ["Date : 19/03/2024", "", "Lieu : Gymnase"],
        ["Nom", "Prénom", "Âge"],
        ["DURAND", "Léa", 14],
        ["Mercredi 20 mars 2024", "", "Lieu : Gymnase"],
        ["PETIT", "Jade", 13],
        ["Date : 26/03/2024"],
        [],
        ["Nom", "Prénom", "Classe"],
        ["PETIT", "Jade", "4e"],
    ]
    said = typed(
        tables("une rencontre", "une colonne", "Carvin"),
        (
            (a.TABLES, "tableau", "2"),
            {a.KIND: "une rencontre", a.YEAR: "une colonne", a.COMMUNE: "Oignies"},
        ),
        column("(titre) Date", "présences — date de la rencontre", vide="rien n'est noté"),
        column("(titre) jour", "présences — date de la rencontre", vide="rien n'est noté"),
        column("(titre) Lieu", "présences — lieu de la rencontre"),
        column("Âge", "ne pas reprendre"),
        column("Classe", "ne pas reprendre"),
    )
    validated(root, export(root, grid), said)
    rows = table(root, "presences")
    assert [(row["date"], row["lieu"], row["commune"]) for row in rows] == [
        ("2024-03-05", "MJC", "62215"),
        ("2024-03-05", "MJC", "62215"),
        ("2024-03-19", "Gymnase", "62215"),
        ("2024-03-20", "Gymnase", "62215"),
        ("2024-03-26", "", "62637"),
    ]
    assert rows[0]["id_jeune"] == rows[2]["id_jeune"] != rows[1]["id_jeune"]


TIMES = [
    ["Date", "Éducateur", "Commune", "Rue (h)", "dont soirée", "Réunions (min)", "Total"],
    ["02/01/2024", "Karim Delourme", "Carvin", "2h30", 1, 90, 5],
    ["13/01/2024", "Karim Delourme", "Oignies", "1:45", None, None, 1.75],
    ["14/01/2024", "Solène Maurin", None, None, None, 30, 0.5],
]


def test_a_time_sheet_of_two_kinds_of_hours_keeps_every_minute(root: Path) -> None:
    said = typed(
        tables("du temps", "une colonne", "une colonne"),
        column("Rue (h)", "temps — heures", dit="Travail de rue", unite="h", vide=a.NOTED),
        column(
            "dont soirée", "temps — heures", dit="Travail de rue ; Soirée", unite="h", vide=a.NOTED
        ),
        column(
            "Réunions (min)", "temps — heures", dit="Actions et réunions partenariales", unite="min"
        ),
        column("Total", "ne pas reprendre"),
    )
    validated(root, export(root, TIMES), said)
    street, evening, meeting = (
        ("travail_de_rue", ""),
        ("travail_de_rue", "soiree"),
        ("partenariat", ""),
    )
    hours = [(street, "2.5"), (evening, "1"), (meeting, "1.5"), (street, "1.75"), (meeting, "0.5")]
    assert [
        ((row["activite"], row["creneau"]), row["heures"]) for row in table(root, "temps")
    ] == hours


def test_columns_that_count_are_proposed_as_follow_ups(root: Path) -> None:
    header = [
        "Nom",
        "Prénom",
        "Sexe",
        "Né le",
        "Suivi 1",
        "Début 1",
        "Suivi 2",
        "Début 2",
        "Référent 1",
        "Référent 2",
    ]
    file = export(
        root, [header, ["DURAND", "Léa", "F", 2008, *["PAEI", "13/01/2024"] * 2, "K", "S"]]
    )
    bring_in(root, file, typed(tables("un jeune et son suivi")), turns=1)
    answers = Answers(root)
    assert answers.rows(a.TABLES)[0]["à savoir"].startswith("Nom, Prénom, Sexe")
    said = {row[a.HEADER]: (row[a.TARGET], row[a.SAID]) for row in answers.rows(a.COLUMNS)}
    assert said["Suivi 2"] == ("suivis — statut du suivi", "n° 2")
    assert said["Début 1"] == ("suivis — premier jour du suivi", "n° 1")


def test_a_header_is_proposed_as_a_commune_of_the_service_alone(root: Path) -> None:
    grid = [["Date", "Éducateur", "Rue", "Mer", "Carvin"], ["13/01/2024", "KD", 2, 1, 3]]
    bring_in(root, export(root, grid), typed(tables("du temps", "une colonne")), turns=1)
    said = {row[a.HEADER]: row[a.SAID] for row in Answers(root).rows(a.COLUMNS)}
    assert (said["Rue"], said["Mer"], said["Carvin"]) == ("", "", "Carvin")


@pytest.mark.parametrize(
    ("grid", "answers", "refusal"),
    [
        (
            [
                ["Date", "Éducateur", "Heure de début"],
                ["02/01/2024", "KD", "9h30"],
                ["13/01/2024", "SM", "14h"],
            ],
            [column("Heure de début", "temps — heures", dit="Travail de rue", unite="h")],
            "Une heure de début ou de fin n'est pas une durée",
        ),
        (
            [["Date", "Éducateur", "Quoi", "Durée"], ["02/01/2024", "KD", "Rue, écrits", 2]],
            [column("Quoi", "temps — activité", signe=",")],
            "Une case ne peut pas donner plusieurs fois « temps — activité »",
        ),
        (
            [
                ["Date", "Éducateur", "Activité", "Autre"],
                ["02/01/2024", "KD", "Travail de rue", "Formation"],
            ],
            [column("Autre", "temps — activité")],
            "Deux colonnes vont au même endroit",
        ),
        (
            [
                ["Date", "Éducateur", "Commune", "Carvin", "Oignies"],
                ["02/01/2024", "KD", "Oignies", 2, 1],
            ],
            [
                column("Carvin", "temps — heures", dit="Carvin", unite="h"),
                column("Oignies", "temps — heures", dit="Oignies", unite="h"),
            ],
            "« n° 1 » et « n° 2 » gardent les deux",
        ),
        (
            [["Date", "Éducateur", "Rue (h)"], ["02/01/2024", "KD", "matinée"]],
            [
                column("Rue (h)", "temps — heures", dit="Travail de rue", unite="h"),
                ((a.WORDS, a.WORD, "matinée"), {a.MEANING: "beaucoup"}),
            ],
            "Cette réponse n'est pas comprise",
        ),
    ],
)
def test_an_answer_that_cannot_be_followed_is_refused(
    root: Path,
    grid: list[list[object]],
    answers: list[tuple[tuple[str, str, str], dict[str, str]]],
    refusal: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = typed(tables("du temps", "une colonne"), *answers)
    assert bring_in(root, export(root, grid), said) == 3
    assert refusal in capsys.readouterr().err
    assert not (root / "brouillon-import").exists()


def test_a_cell_that_nobody_can_read_is_what_the_workbook_says(root: Path) -> None:
    grid = [
        ["Date", "Éducateur", "En ligne", "Rue"],
        ["30/02/2024", "KD", "Oui", "matinée"],
        ["13/01/2024", "KD", "Non", 2],
        ["14/01/2024", "KD", "Non", "férié"],
    ]
    said = typed(
        tables("du temps", "une colonne"),
        column("Rue", "temps — heures", dit="Travail de rue ; Soirée", unite="h"),
    )
    said |= {
        (a.WORDS, a.WORD, "30/02/2024"): {a.MEANING: "29/02/2024"},
        (a.WORDS, a.WORD, "matinée"): {a.MEANING: "3,5"},
        (a.WORDS, a.WORD, "férié"): {a.MEANING: "écarter la ligne"},
    }
    validated(root, export(root, grid), said)
    rows = [
        (row["date"], row["activite"], row["creneau"], row["heures"])
        for row in table(root, "temps")
    ]
    told = ("travail_de_rue", "soiree")
    assert rows == [("2024-02-29", *told, "3.5"), ("2024-01-13", *told, "2")]


YOUNG = ["Prénom", "Sexe", "Né en", "Commune", "Premier contact"]


def test_two_girls_of_one_first_name_are_asked_about_and_stay_two(root: Path) -> None:
    grid = [
        YOUNG,
        ["Sarah B.", "F", 2009, "Carvin", "15/03/2024"],
        ["Sarah B.", "F", 2011, "Oignies", "16/03/2024"],
    ]
    file = export(root, grid)
    export(root, [["Date", "Prénom", "Lieu"], ["16/03/2024", "Sarah B.", "MJC"]], sheet="Présences")
    said = typed(
        tables("un jeune", "sans objet", "une colonne"),
        column("Prénom", "le jeune — nom et prénom"),
    )
    said[a.TABLES, "tableau", "2"] = {
        a.KIND: "une rencontre",
        a.YEAR: "une colonne",
        a.COMMUNE: "Carvin",
    }
    assert bring_in(root, file, said) == 2
    asked = Answers(root).rows(a.PEOPLE)
    assert [row["ce qui diffère"] for row in asked] == ["date de naissance : 2009, 2011"]
    said[a.PEOPLE, "qui ou quoi", "Sarah B."] = {a.SAME: "deux"}
    validated(root, "export.xlsx", said)
    assert [row["date_naissance"] for row in table(root, "jeunes")] == ["2009", "2011"]
    assert not (root / "source/presences.csv").exists()  # who of the two was there, nobody knows


def test_a_number_that_lost_its_zeros_is_asked_about(root: Path) -> None:
    (root / "T").mkdir()
    for name, number in (("2023.csv", "08"), ("2024.csv", "8")):
        export(
            root / "T",
            [["N° dossier", *YOUNG[1:]], [number, "F", 2009, "Carvin", "15/03/2023"]],
            name,
        )
    said = typed(tables("un jeune", "sans objet", "une colonne"))
    said[a.TABLES, "tableau", "2"] = said[a.TABLES, "tableau", "1"]
    said[a.PEOPLE, "qui ou quoi", "08 / 8"] = {a.SAME: "le même"}
    validated(root, "T", said)
    assert len(table(root, "jeunes")) == 1


def test_a_place_is_a_commune_an_intercommunal_body_or_a_neighbourhood(root: Path) -> None:
    districts = 'epci: {code: "246200299", nom: CAHC}\nqpv: [{code: QP062044, nom: Le Parc, commune: "62215"}]\n'
    (root / "params/service.yml").write_text(SETTINGS + districts, encoding="utf-8")
    header = ["Territoire", "Nom", "Type", "Indicateur", "Valeur", "Unité", "Millésime", "Source"]
    named = {"Nom": "territoires — nom du territoire", "Type": "territoires — nature du territoire"}
    said = typed(
        tables("un indicateur", "sans objet"), *(column(*words) for words in named.items())
    )
    places = {
        "CAHC": "EPCI",
        "Le Parc": "QPV",
        "62033": "commune",
        "62215": "commune",
        "200067106": "EPCI",
    }
    rows = [
        [place, place, kind, "Population", 1200, "habitants", 2021, "Insee"]
        for place, kind in places.items()
    ]
    validated(root, export(root, [header, *rows]), said)
    assert [row["territoire"] for row in table(root, "territoires")] == [
        "246200299",
        "QP062044",
        *list(places)[2:],
    ]


ACTIONS = [
    ["Titre", "Commune", "11-14 ans", "15-18 ans"],
    ["Chantier éducatif", "Carvin", 4, 6],
    ["Chantier éducatif", "Oignies", None, 3],
]


@pytest.mark.parametrize(
    ("same", "vide", "young"),
    [
        ("deux", a.NOTED, ["4", "6", "", "3"]),
        ("le même", a.NOTED, ["NC", "9"]),
        ("le même", a.ZERO, ["4", "9"]),
    ],
)
def test_two_actions_of_one_title_are_what_a_person_says(
    root: Path, same: str, vide: str, young: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = typed(
        tables("une action", "2024", "une colonne"),
        column("11-14 ans", "participations — nombre", dit="11 à 14 ans", vide=vide),
        column("15-18 ans", "participations — nombre", dit="15 à 18 ans"),
        column("Titre", "actions — titre de l'action", dit="Action collective ; personnes"),
        (
            (a.PEOPLE, "qui ou quoi", "Chantier éducatif 2024"),
            {a.SAME: same, a.KEEP: "laisser vide"},
        ),
    )
    validated(root, export(root, ACTIONS), said)
    assert [row["categorie"] for row in table(root, "actions")] == ["action_collective"] * (
        1 + (same == "deux")
    )
    assert [row["nombre"] for row in table(root, "participations")] == young
    assert ("somme laissée NC : nombre" in capsys.readouterr().out) == ("NC" in young)


@pytest.mark.parametrize(
    ("column_of_sessions", "sessions"), [(False, ["2", "1"]), (True, ["7", ""])]
)
def test_sessions_are_counted_or_added_and_so_is_their_public(
    root: Path, column_of_sessions: bool, sessions: list[str]
) -> None:
    grid = [
        ["Titre", "Date", "Présents", "Séances"],
        ["Foot", "15/03/2024", 6, 4],
        ["Foot", "16/03/2024", 4, 3],
        ["Cuisine", "17/03/2024", 5, "3 à 4"],
    ]
    said = typed(
        tables("une séance", "une colonne", "Carvin"),
        column("Date", "l'année"),
        column("Présents", "participations — nombre", dit="11 à 14 ans"),
        column(
            "Séances", "actions — nombre de séances" if column_of_sessions else "ne pas reprendre"
        ),
        ((a.WORDS, a.WORD, "3 à 4"), {a.MEANING: "laisser vide"}),
        column("Titre", "actions — titre de l'action", dit="Action collective ; présences"),
    )
    validated(root, export(root, grid), said)
    assert [(row["libelle"], row["annee"]) for row in table(root, "actions")] == [
        ("Foot", "2024"),
        ("Cuisine", "2024"),
    ]
    assert [row["seances"] for row in table(root, "actions")] == sessions
    assert [row["nombre"] for row in table(root, "participations")] == ["10", "5"]


def test_an_age_is_asked_once_for_the_column(root: Path) -> None:
    grid = [
        ["Date", "Commune", "Âge", "Suite"],
        ["15/03/2024", "Carvin", 11, "Acceptée"],
        ["16/03/2024", "Carvin", 22, "Refusée"],
    ]
    said = typed(
        tables("une demande", "une colonne", "une colonne"),
        column("Âge", "demandes — tranche d'âge"),
    )
    assert bring_in(root, export(root, grid), said) == 2
    assert not any(row["mot"] == "11" for row in Answers(root).rows(a.WORDS) if row[a.MEANING])
    said |= typed(column("Âge", "demandes — tranche d'âge", unite="âge"))
    validated(root, "export.xlsx", said)
    assert [row["tranche_age"] for row in table(root, "demandes")] == ["11_14", "plus_21"]


@pytest.mark.parametrize(
    "grid",
    [
        TIMES,
        ACTIONS,
        [
            YOUNG,
            ["Sarah", "Female", 11, "Ailleurs", "03/04/2024"],
            ["Sarah", "F", 2011, "Carvin", "04/05/2024"],
        ],
        [
            ["Entrée", "École", "Sexe", "Prénom"],
            ["Carvin", "Oignies", "Female", "Léa"],
            ["Oignies", "Carvin", "F", "Jade"],
        ],
        [
            ["Date", "Nom", "lui a fait signe", "Heures"],
            ["15/03/2024", "A B", "x", 2],
            ["16/03/2024", "C D", "", 3],
        ],
    ],
)
def test_who_accepts_every_proposal_is_stopped(
    root: Path, grid: list[list[object]], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["import", export(root, grid)])
    for _ in range(4):
        accept(root)
        code = main(["import"])
    assert code == 2
    assert "cellule" in capsys.readouterr().out
    assert main(["import", "--valider"]) == 3
    assert not (root / "source").exists()


def test_a_day_without_its_month_is_never_one_date_for_all(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = [["Mois", "Jour", "Jeune"], ["Janvier", 5, "Kenza D."], ["Février", 5, "Rémi B."]]
    said = typed(
        tables("une rencontre", "2024", "Carvin"),
        column("Mois", "ne pas reprendre"),
        column("Jour", "présences — date de la rencontre"),
        ((a.WORDS, a.WORD, "5"), {a.MEANING: "05/01/2024"}),
    )
    assert bring_in(root, export(root, grid), said) == 3
    assert "« 5 » est un jour sans mois ni année" in capsys.readouterr().err
    said[a.WORDS, a.WORD, "5"] = {a.MEANING: "laisser vide"}
    assert bring_in(root, "export.xlsx", said) == 0


def test_an_import_that_takes_nothing_is_refused_and_columns_left_are_told(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = [["Titre", "Commune", "Notes"], ["Boxe", "Carvin", "vu"], ["Foot", "Carvin", None]]
    said = typed(tables("une action", "2024", "une colonne"), column("Notes", "ne pas reprendre"))
    assert bring_in(root, export(root, grid), said) == 0
    assert "case que les données demandent, vide : catégorie de l'action" in capsys.readouterr().out
    told = {row[a.COUNTED]: row[a.WHY] for row in Answers(root).rows(a.ACCOUNT)}
    assert told["cases de colonnes non reprises (feuille « Colonnes »)"] == "tableau 1, « Notes »"
    said |= typed(tables("rien", "sans objet"))
    assert bring_in(root, "export.xlsx", said) == 0
    assert main(["import", "--valider"]) == 3
    assert "Rien n'est pris dans ces fichiers" in capsys.readouterr().err
    assert not (root / "source").exists()


def test_an_educator_spelt_in_two_ways_is_asked_about(root: Path) -> None:
    names = (
        "Karim Belkacem",
        "Karim B.",
        "KB",
        "M. Maurin",
        "Solène Maurin",
        "M. Petit",
        "Mme Petit",
    )
    times = [["Date", "Éducateur", "Commune", "Activité", "Heures"]]
    times += [
        [f"{15 + rank}/01/2024", name, "Carvin", "Travail de rue", 2]
        for rank, name in enumerate(names)
    ]
    said = typed(
        tables("du temps", "une colonne", "une colonne"),
        column("Heures", "temps — heures", unite="h"),
    )
    assert bring_in(root, export(root, times), said) == 2
    pairs = [row["qui ou quoi"] for row in Answers(root).rows(a.PEOPLE)]
    assert pairs == [
        "Karim B. / Karim Belkacem",
        "Karim B. / KB",
        "Karim Belkacem / KB",
        "M. Maurin / Solène Maurin",
        "M. Petit",
    ]
    said |= {(a.PEOPLE, "qui ou quoi", pair): {a.SAME: "le même"} for pair in pairs[:4]}
    said[a.PEOPLE, "qui ou quoi", "M. Petit"] = {a.SAME: "deux"}
    validated(root, "export.xlsx", said)
    codes = [row["educateur"] for row in table(root, "temps")]
    assert codes[0] == codes[1] == codes[2]
    assert codes[3] == codes[4]
    assert not any("Maurin" in code for code in codes)
    assert len({*codes}) == 4


def test_who_is_merged_and_enters_nothing_is_counted_once(root: Path) -> None:
    grid = [
        ["Nom", "Sexe", date(2024, 3, 15)],
        ["Karim Belkacem", "G", None],
        ["Karim B.", "G", "x"],
    ]
    said = typed(
        tables("une rencontre", "une colonne", "Carvin"), column("Sexe", "ne pas reprendre")
    )
    said[a.PEOPLE, a.SAME, ""] = {a.SAME: "le même"}
    assert bring_in(root, export(root, grid), said) == 0
    counts = {row[a.COUNTED]: row["écart"] for row in Answers(root).rows(a.ACCOUNT)}
    assert counts["jeunes différents"] == "0"


def test_first_names_that_cannot_meet_numbers_are_told_with_what_to_do(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(
        root,
        [["N° dossier", *YOUNG], ["D1", "Léa", "F", 2009, "Carvin", "15/03/2023"]],
        sheet="Dossiers",
    )
    file = export(
        root, [["Date", "Prénom", "Lieu"], ["16/03/2024", "Léa B.", "MJC"]], sheet="Présences"
    )
    said = typed(tables("un jeune", "sans objet", "une colonne"))
    said[a.TABLES, "tableau", "2"] = {
        a.KIND: "une rencontre",
        a.YEAR: "une colonne",
        a.COMMUNE: "Carvin",
    }
    assert bring_in(root, file, said, turns=2) == 0
    told = "1 jeune sans numéro, quand d'autres lignes en portent un"
    assert told in capsys.readouterr().out
    assert main(["import", "--valider"]) == 3
    (row,) = (row for row in Answers(root).rows(a.ACCOUNT) if told in row[a.COUNTED])
    assert "ajouter leur numéro de dossier" in row[a.COUNTED]
    accept(root)
    assert main(["import", "--valider"]) == 0
    assert not (root / "source/presences.csv").exists()  # of whom nothing is known
    (row,) = (row for row in Answers(root).rows(a.ACCOUNT) if "ne décrit" in row[a.COUNTED])
    assert row["vu"] == "oui"


def test_blocks_one_below_the_other_are_each_a_table_with_its_own_headers(root: Path) -> None:
    grid: list[list[object]] = [["Présences 2024"]]
    for days, names in (((4, 11, 18), "AB"), ((6, 13), "CDE")):
        grid += [
            [],
            ["Action :", f"Atelier {days[0]}"],
            ["Prénom", "Sexe", *(date(2024, 3, day) for day in days)],
        ]
        grid += [[f"{name}. Durand", "F", *("x" for _ in days)] for name in names]
        grid += [["Présents", None, *(len(names) for _ in days)]]
    said = typed(
        *(
            ((a.TABLES, "tableau", table), {a.KIND: "une rencontre", a.YEAR: a.NOWHERE})
            for table in "12"
        )
    )
    bring_in(root, export(root, grid), said, turns=1)
    places = [
        tuple(row[name] for name in (a.HEADERS, a.FIRST, a.LAST))
        for row in Answers(root).rows(a.TABLES)
    ]
    assert places == [("4", "5", "6"), ("10", "11", "13")]
    assert [row[a.HEADER] for row in Answers(root).rows(a.COLUMNS)].count("(titre) Action") == 2


@pytest.mark.parametrize(
    "over",
    [
        [[]],
        [[], ["Actions menées"]],
        [[], ["Actions"], []],
        [["Date : 03/04/2024", None, "Lieu : MJC"]],
    ],
)
def test_another_list_lower_in_the_sheet_is_another_table(
    root: Path, over: list[list[object]]
) -> None:
    persons = [
        ["Nom", "Commune", "Âge"],
        ["DURAND Léa", "Carvin", 14],
        ["PETIT Jade", "Oignies", 15],
    ]
    file = export(
        root, [*persons, *over, ["Action", "Public", "Commune"], ["Foot", "11-14 ans", "Carvin"]]
    )
    main(["import", file])
    places = [
        tuple(row[name] for name in (a.HEADERS, a.FIRST, a.LAST))
        for row in Answers(root).rows(a.TABLES)
    ]
    assert places == [("1", "2", "3"), tuple(str(len(over) + number) for number in (4, 5, 5))]


def test_what_reads_in_two_ways_or_not_at_all_is_asked(root: Path) -> None:
    grid = [
        ["Année", "Financeur", "Montant", "Objet"],
        [2024, "CAF", "1,234", "Postes"],
        [2024, "Ville", "500", None],
    ]
    file = export(root, grid)
    export(root, [["Appels"], ["Léa"], ["Karim"]], sheet="Divers")
    export(
        root,
        [["Date", "Éducateur", "Activité", "Durée"], ["15/03/2024", "KD", "Formation", 90]],
        sheet="Temps",
    )
    book = openpyxl.load_workbook(root / file)
    book["Feuil1"].merge_cells("D2:D3")
    book.save(root / file)
    said = typed(
        tables("un financement", "une colonne"),
        column("Montant", "financements — montant en euros"),
    )
    said[a.TABLES, "tableau", "3"] = {
        a.KIND: "du temps",
        a.YEAR: "une colonne",
        a.COMMUNE: "Carvin",
    }
    assert bring_in(root, file, said) == 2
    assert {
        (a.TABLES, a.HEADERS, "6"),
        (a.TABLES, a.KIND, "6"),
        (a.COLUMNS, a.UNIT, "14"),
        (a.COLUMNS, a.EMPTY, "8"),
        (a.WORDS, a.MEANING, "5"),
    } == {cell for cell in yellow(root) if cell[1] not in (a.FIRST, a.LAST)}


def test_what_only_a_person_knows_is_asked_in_a_cell(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = [
        "N° jeune",
        "Type de suivi",
        "Début",
        "Problématique",
        "Remarques",
        "Note",
        "Suite",
        "Autre",
    ]
    grid = [header, ["D1", "PAEI", "15/03/2023", "Justice | Santé", "a", "b", "c", "d"]]
    said = typed(
        tables("un suivi", "une colonne"), column("Problématique", "problématiques — problématique")
    )
    assert bring_in(root, export(root, grid), said, turns=1) == 2
    asked = {(sheet, cell.rstrip("0123456789")) for sheet, cell in Answers(root).yellow()}
    year, sign = (
        openpyxl.utils.get_column_letter(a.SHEETS[s].index(h) + 1) for s, h in YEAR_AND_SIGN
    )
    assert {(a.TABLES, year), (a.COLUMNS, sign)} <= asked
    out = capsys.readouterr().out
    assert f"{len(Answers(root).yellow())} réponses à donner" in out
    assert re.search(r"… et \d+ autres? cases? jaunes?", out)


YEAR_AND_SIGN = ((a.TABLES, a.YEAR), (a.COLUMNS, a.SEPARATOR))


def test_a_reason_without_an_end_is_told(root: Path) -> None:
    header = ["N° dossier", "Type de suivi", "Début", "Fin", "Motif"]
    grid = [header, ["D1", "PAEI", "15/03/2023", "31/12/2099", "Orientation"]]
    said = typed(tables("un suivi"), ((a.WORDS, a.WORD, "31/12/2099"), {a.MEANING: a.BLANK}))
    assert bring_in(root, export(root, grid), said) == 0
    told = [row for row in Answers(root).rows(a.ACCOUNT) if "pas de dernier jour" in row[a.COUNTED]]
    assert [row[a.WHY][-7:] for row in told] == ["ligne 2"]


def test_what_is_to_be_read_waits_in_the_account(root: Path) -> None:
    header = ["Date", "Prénom", "Lieu", "Problématique"]
    file = export(root, [header, *(["15/03/2024", "Inès", "MJC", "Justice"] for _ in range(2))])
    times = [
        ["Date", "Éducateur", "Activité", "Durée"],
        ["15/03/2024", "Karim D. et Solène M.", "Formation", "2h"],
    ]
    export(root, [*times, ["Total", None, None, "mot " * 30]], sheet="Temps ")
    said = typed(
        tables("une rencontre", "une colonne", "Carvin"),
        column("Problématique", "ne pas reprendre"),
        (
            (a.COLUMNS, "en-tête", "Éducateur"),
            {a.TARGET: "temps — éducateur", "à plusieurs": "un seul nom"},
        ),
    )
    said[a.TABLES, "tableau", "2"] = {
        a.KIND: "du temps",
        a.YEAR: "une colonne",
        a.COMMUNE: "Carvin",
    }
    assert bring_in(root, file, said, turns=1) == 0
    seen = openpyxl.utils.get_column_letter(a.SHEETS[a.ACCOUNT].index(a.SEEN) + 1)
    yellow = {cell.removeprefix(seen) for _, cell in Answers(root).yellow()}
    asked = [row[a.COUNTED] for row in Answers(root).rows(a.ACCOUNT) if row["n"] in yellow]
    assert len(asked) == 4
    assert any(what.startswith("P405") for what in asked)
    assert any("un même nom deux fois dans une liste" in what for what in asked)
    assert any("plusieurs éducateurs dans une case" in what for what in asked)
    assert main(["import", "--valider"]) == 3
    accept(root)
    assert main(["import", "--valider"]) == 0


def test_titles_that_a_number_or_a_date_parts_are_not_asked_about() -> None:
    titles = ["Séjour n°4 2024", "Séjour n°9 2024", "Sortie du 3 mars", "Sortie du 12 mai"]
    assert list(near_pairs([name_key(title) for title in titles])) == []
    assert list(near_pairs(["foot", "foot en salle", "kd", "kd ml"])) == []
    assert list(near_pairs([name_key("Atelier cuisine 1"), name_key("Atelier cuisines 1")]))


def test_one_row_a_contact_is_one_follow_up_and_a_postal_code_is_asked(root: Path) -> None:
    rows = [
        ["D1", "F", "62220", "PAEI", "15/03/2024", "", "1h30"],
        ["D1", "F", "62220", "PAEI", "15/03/2024", "KD", 2],
    ]
    header = ["N° dossier", "Sexe", "Ville", "Type de suivi", "Début", "Référent", "Durée"]
    other = ["D1", "F", "Carvin", "PAEI", "15/03/2024", "SM", time(0, 45)]
    said = typed(
        tables("un jeune et son suivi", "sans objet", "une colonne"),
        column("Durée", "ne pas reprendre"),
    )
    assert bring_in(root, export(root, [header, *rows, other]), said, turns=1) == 2
    (asked,) = (row for row in Answers(root).rows(a.WORDS) if row[a.WORD] == "62220")
    assert asked[a.MEANING] == ""
    said[a.WORDS, a.WORD, "62220"] = {a.MEANING: "Carvin"}
    assert bring_in(root, "export.xlsx", said) == 0
    account = Answers(root).rows(a.ACCOUNT)
    told = {row[a.COUNTED]: row["dans l'export"] for row in account}
    assert any("« Durée », somme 4,25 (3 fois)" in row[a.WHY] for row in account)
    assert [
        told[f"n'entre pas : une autre ligne {why}"] for why in ("la donne déjà", "dit autre chose")
    ] == ["1", "1"]
    assert main(["import", "--valider"]) == 0
    assert (
        len({row["educateur"] for row in table(root, "suivis")} - {""})
        == len(table(root, "suivis"))
        == 1
    )


def test_every_file_is_listed_and_a_line_is_read_once(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = [["Date", "Éducateur", "Activité", "Durée"], ["15/01/2024", "KD", "Formation", "2h"]]
    (root / "T1").mkdir()
    (root / "T1/vieux.xls").write_text("", encoding="utf-8")
    export(root / "T1", [["seul"], ["mot"]], "sans.csv")
    export(root / "T1", grid)
    main(["import", "T1"])
    answers = Answers(root)
    assert [row["fichier"] for row in answers.rows(a.TABLES)] == [
        "export.xlsx",
        "sans.csv",
        "vieux.xls",
    ]
    answers.answer(a.TABLES, {a.HEADERS: ""}, {a.KIND: "rien"})
    answers.save()
    said = {
        (a.TABLES, "tableau", "1"): {a.KIND: "du temps", a.YEAR: a.A_COLUMN, a.COMMUNE: a.NOWHERE}
    }
    assert bring_in(root, "T1", said) == 0
    (row,) = (row for row in Answers(root).rows(a.ACCOUNT) if "dont rien n'est" in row[a.COUNTED])
    assert row["dans l'export"] == "2"
    assert main(["import", "--valider"]) == 0
    answers = Answers(root)
    for header, text in answers.rows(a.TABLES)[0].items():
        if header != "n":
            answers.put(a.TABLES, {"n": "8"}, header, text)  # its row, copied
    answers.save()
    capsys.readouterr()
    assert main(["import"]) == 3
    assert "tout y compterait deux fois" in capsys.readouterr().err


def test_a_heading_in_one_cell_says_each_of_its_pairs() -> None:
    cells = (
        "Date : 3 avril 2024 Lieu : MJC",
        "Date : 03/04/2024Lieu : MJC",
        "Lieu : MJC Heure de fin : 14h30",
    )
    date_and_place, joined, place_and_hour = (heading_of([cell], 5) for cell in cells)
    assert date_and_place == {"Date": "3 avril 2024", "Lieu": "MJC"}
    assert joined == {"Date": "03/04/2024", "Lieu": "MJC"}
    assert place_and_hour == {"Lieu": "MJC", "Heure de fin": "14h30"}
    assert heading_of(["Thème : Foot : finale"], 5) == {"Thème": "Foot : finale"}


def test_a_day_among_other_words_has_its_whole_year() -> None:
    assert read_day("le 03/04/2024, MJC", Manner(within=True)) == date(2024, 4, 3)
    assert not any(
        read_day(words, Manner(year=2000, within=True))
        for words in ("du 03/04-05/04", "le 2024-04-03 à 14h")
    )


HOURS = {
    "2": ("120 min", "2h"),
    "1.5": ("1,5 h",),
    "0.5": ("30'",),
    "NC": ("NC",),
    None: ("1h60", "-2", "20 %"),
}


def test_hours_are_read_however_they_are_written_or_asked() -> None:
    for read, words in HOURS.items():
        assert {
            read_value(word, TARGET_OF["temps", "heures"], Manner(unit=Unit.HOURS))
            for word in words
        } == {read}
    assert read_value(90, TARGET_OF["temps", "heures"], Manner(unit=Unit.MINUTES)) == "1.5"


DAY = date(2024, 3, 5)
DAYS = [
    "5 mars 24",
    "mar. 05/03/24",
    "le 5 mars 2024",
    "05/03/2024 à 14h-16h30",
    20240305,
    "5-mar-24",
]
DAYS += ["2024-03-05T14:30:00.000Z", "March 5th, 2024", "mardi 5 mars 2024", "05.03.2024 14:30"]


@pytest.mark.parametrize("written", DAYS)
def test_a_day_that_everybody_reads_is_read(written: object) -> None:
    assert read_day(written, Manner()) == DAY


@pytest.mark.parametrize(
    "written", ["mars 2024", "31/02/2024", "5 mars 12 jeunes", "12 h", 20241305]
)
def test_what_is_no_day_is_not_read_as_one(written: object) -> None:
    assert read_day(written, Manner()) is None


@pytest.mark.parametrize(
    ("column", "word", "code"),
    [
        (("jeunes", "commune"), "62220 Carvin", "62215"),
        (("jeunes", "commune"), "CARVIN (62220)", "62215"),
        (("jeunes", "commune"), "Lille cedex 9", "59350"),
        (("jeunes", "commune"), "59000 Carvin", None),
        (("jeunes", "commune"), "Paris 12", "75112"),
        (("jeunes", "sexe"), "Féminin", "F"),
        (("jeunes", "sexe"), "M", "G"),
        (("jeunes", "sexe"), "autre", None),
        (("temps", "en_ligne"), "Yes", "oui"),
    ],
)
def test_a_word_that_everybody_reads_is_proposed(
    root: Path, column: tuple[str, str], word: str, code: str | None
) -> None:
    assert Codes(load_service(root / "params")).code(TARGET_OF[column], word) == code


def test_a_day_to_come_or_long_ago_is_asked_and_nothing_is_no_word(root: Path) -> None:
    days = ["31/12/2099", "01/01/1900", "NULL", "#N/A", "15/03/2024"]
    header = ["N° dossier", "Type de suivi", "Début", "Fin"]
    rows = [[f"D{rank}", "PAEI", "13/02/2024", day] for rank, day in enumerate(days)]
    said = typed(tables("un suivi", "une colonne"), column("Fin", "suivis — dernier jour du suivi"))
    assert bring_in(root, export(root, [header, *rows]), said) == 2
    asked = {row[a.WORD] for row in Answers(root).rows(a.WORDS) if not row[a.MEANING]}
    assert asked == {"31/12/2099", "01/01/1900"}
    said[a.WORDS, a.WORD, "31/12/2099"] = {a.MEANING: "31/12/2099"}
    said[a.WORDS, a.WORD, "01/01/1900"] = {a.MEANING: "laisser vide"}
    assert bring_in(root, "export.xlsx", said) == 0
    lines = (root / "brouillon-import/suivis.csv").read_text(encoding="utf-8")
    assert lines.count("2099-12-31") == 1
    assert "1900" not in lines


HOURS_HEADER = ["Date", "Éducateur", "Activité", "Heures"]
JANUARY: list[list[object]] = [[f"{day:02}/01/2024", "KD", "Formation", 2] for day in (13, 14, 15)]
IN_HOURS = column("Heures", "temps — heures", unite="h")


def months(root: Path, *sheets: str) -> str:
    for sheet in sheets:
        export(root, [HOURS_HEADER, *JANUARY], sheet=sheet)
    return "export.xlsx"


def each_table(*numbers: str, **more: str) -> dict[tuple[str, str, str], dict[str, str]]:
    said = {a.KIND: "du temps", a.YEAR: "une colonne", a.COMMUNE: "Carvin", **more}
    return {(a.TABLES, "tableau", number): dict(said) for number in numbers}


@pytest.mark.parametrize(("answer", "times"), [("les reprendre", 2), ("les écarter", 1)])
def test_a_copied_sheet_is_asked_about(root: Path, answer: str, times: int) -> None:
    file = months(root, "Janvier", "Janvier (2)")
    said = each_table("1", "2") | typed(IN_HOURS)
    assert bring_in(root, file, said) == 2
    assert (a.TABLES, "lignes déjà lues", "6") in yellow(root)
    said[a.TABLES, "tableau", "2"]["lignes déjà lues"] = answer
    validated(root, file, said)
    assert len(table(root, "temps")) == 3 * times


def test_one_of_two_sheets_of_equal_headers_may_be_nothing(root: Path) -> None:
    file = months(root, "Modèle", "Janvier")
    said = each_table("2") | typed(IN_HOURS)
    said[a.TABLES, "tableau", "1"] = {a.KIND: "rien"}
    validated(root, file, said)
    assert len(table(root, "temps")) == 3


def hide_and_strike(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    page.row_dimensions[3].hidden = True
    page["D4"].font = openpyxl.styles.Font(strike=True)
    book.save(path)


@pytest.mark.parametrize(
    ("hidden", "struck"),
    [("reprendre", "reprendre"), ("écarter", "reprendre"), ("écarter", "écarter")],
)
def test_lines_hidden_or_struck_out_are_asked_about(root: Path, hidden: str, struck: str) -> None:
    file = months(root, "Janvier")
    hide_and_strike(root / file)
    said = each_table("1") | typed(IN_HOURS)
    assert bring_in(root, file, said) == 2
    (row,) = Answers(root).rows(a.TABLES)
    assert row["à savoir"].startswith("1 ligne masquée : 3 ; 1 ligne barrée : 4")
    said[a.TABLES, "tableau", "1"]["lignes masquées"] = f"les {hidden}"
    said[a.TABLES, "tableau", "1"]["lignes barrées"] = f"les {struck}"
    validated(root, file, said)
    assert len(table(root, "temps")) == 1 + [hidden, struck].count("reprendre")


def test_hidden_and_struck_rows_of_an_ods_are_known(tmp_path: Path) -> None:
    style = '<style:style style:name="s"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    cell = '<table:table-cell table:style-name="{}"><text:p>x</text:p></table:table-cell>'
    row = "<table:table-row{}>{}</table:table-row>"
    rows = (
        row.format(' table:number-rows-repeated="2"', cell.format("a")),
        row.format(' table:visibility="filter"', cell.format("a")),
        row.format("", cell.format("s")),
        row.format(' table:visibility="collapse" table:number-rows-repeated="1000000"', ""),
    )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "style", "text", "table")
    )
    xml = f'<office:document-content{spaces}>{style}<table:table table:name="T">{"".join(rows)}'
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("content.xml", f"{xml}</table:table></office:document-content>")
    marks = marks_of(tmp_path / "t.ods")["T"]
    assert [marks.get(number) for number in range(1, 6)] == [
        None,
        None,
        "masquée",
        "barrée",
        "masquée",
    ]


def test_an_error_of_the_draft_stops_it_with_its_place_in_the_export(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    young = ["N° dossier", "Sexe", "Né en", "Commune", "Premier contact"]
    file = export(root, [young, ["D1", "F", 2009, "Carvin", "15/03/2023"]], sheet="Jeunes")
    header = ["N° dossier", "Type de suivi", "Début", "Fin", "Motif"]
    rows = [["D1", "PAEI", "15/03/2023", "14/03/2023", "Orientation"]]
    rows += [["D2", "PAEI", "16/03/2023", "", ""]]  # deleted from the software
    export(root, [header, *rows], sheet="Suivis")
    said = typed(tables("un jeune", "sans objet", "une colonne"))
    said[a.TABLES, "tableau", "2"] = {a.KIND: "un suivi", a.YEAR: a.NOWHERE}
    said |= typed(column("Début", "suivis — premier jour du suivi"))
    assert bring_in(root, file, said) == 0
    assert main(["import", "--valider"]) == 3
    assert "E203" in capsys.readouterr().err
    errors = [row for row in Answers(root).rows(a.ACCOUNT) if row["écart"] not in ("", "0")]
    assert [(row[a.COUNTED][:4], row[a.WHY][-7:]) for row in errors] == [
        ("E203", "ligne 2"),
    ]
    (row,) = (row for row in Answers(root).rows(a.ACCOUNT) if "ne décrit" in row[a.COUNTED])
    assert row[a.WHY].endswith("ligne 3")
    assert not (root / "source").exists()


def test_a_draft_is_judged_beside_the_tables_that_stay(root: Path) -> None:
    young = ["N° dossier", "Sexe", "Né en", "Commune", "Premier contact"]
    people = [[f"D{rank}", "F", 2009, "Carvin", "15/03/2023"] for rank in (1, 2)]
    said = typed(tables("un jeune", "sans objet", "une colonne"))
    validated(root, export(root, [young, *people], "jeunes.xlsx"), said)
    header = ["N° dossier", "Type de suivi", "Début"]
    rows = [[f"D{rank}", "PAEI", "15/03/2023"] for rank in (1, 2)]
    follow_ups = typed(tables("un suivi", "sans objet", "sans objet"))
    validated(root, export(root, [header, *rows], "suivis.xlsx"), follow_ups)
    assert bring_in(root, export(root, [young, people[0]], "moins.xlsx"), said) == 0
    accept(root)
    assert main(["import", "--valider"]) == 3  # a follow-up that stays is of nobody
    assert len(table(root, "jeunes")) == 2


@pytest.mark.parametrize(
    ("total", "told", "code"), [(6, "retrouvés", 0), (8, "qui ne sont pas ceux", 3)]
)
def test_the_totals_of_an_export_are_held_against_its_lines(
    root: Path, total: int, told: str, code: int
) -> None:
    unnamed = [None, None, "somme", 4]  # a line that is left out is in no total
    said = each_table("1") | typed(IN_HOURS)
    said[a.WORDS, a.WORD, "somme"] = {a.MEANING: "écarter la ligne"}
    grid = [HOURS_HEADER, *JANUARY[:2], unnamed, JANUARY[2], ["Total", None, None, total]]
    said |= typed(column("Date", "temps — date", vide=a.NOTED))
    said |= typed(column("Éducateur", "temps — éducateur", vide=a.NOTED))
    file = export(root, [*grid, ["* saisie provisoire"]])
    assert bring_in(root, file, said) == 0
    assert [row[a.LAST] for row in Answers(root).rows(a.TABLES)] == ["5"]
    rows = [row for row in Answers(root).rows(a.ACCOUNT) if "totaux" in row[a.COUNTED]]
    assert len(rows) == 1
    assert told in rows[0][a.COUNTED]
    answers = Answers(root)
    answers.answer(a.ACCOUNT, {a.TABLE: "tableau 1"}, {a.SEEN: ""})
    for row in answers.rows(a.ACCOUNT):
        if "sous la dernière ligne" in row[a.COUNTED]:
            answers.put(a.ACCOUNT, row, a.SEEN, "oui")
    answers.save()
    assert main(["import", "--valider"]) == code


def test_a_total_may_be_of_the_lines_since_the_one_before(root: Path) -> None:
    totals = [["Sous-total", None, None, hours] for hours in (4, 2)]
    grid = [HOURS_HEADER, *JANUARY[:2], totals[0], JANUARY[2], totals[1]]
    file = export(root, [*grid, ["Total", None, None, 6]])
    assert bring_in(root, file, each_table("1") | typed(IN_HOURS)) == 0
    told = [row for row in Answers(root).rows(a.ACCOUNT) if "totaux" in row[a.COUNTED]]
    assert [(row[a.COUNTED][-9:], row["dans l'export"]) for row in told] == [("retrouvés", "3")]


def test_one_row_of_two_tables_is_to_be_read(root: Path) -> None:
    file = export(root, [HOURS_HEADER, *JANUARY])
    export(root, [["Jour", *HOURS_HEADER[1:]], JANUARY[0]], sheet="Récapitulatif")
    said = each_table("1", "2") | typed(IN_HOURS, column("Jour", "temps — date"))
    assert bring_in(root, file, said) == 0
    account = Answers(root).rows(a.ACCOUNT)
    (row,) = (row for row in account if "vient de deux tableaux" in row[a.COUNTED])
    assert "« Récapitulatif » ligne 2 et " in row[a.WHY]
    assert row[a.SEEN] == "oui"  # was asked


def test_the_account_stays_without_what_names_persons(root: Path) -> None:
    grid = [*TIMES, ["relu par Karim Delourme", None, None, None, None, None, None]]
    said = typed(
        tables("du temps", "une colonne", "une colonne"),
        column("Rue (h)", "temps — heures", dit="Travail de rue", unite="h", vide=a.NOTED),
        column("dont soirée", "ne pas reprendre"),
        column("Réunions (min)", "ne pas reprendre"),
        column("Total", "ne pas reprendre"),
    )
    validated(root, export(root, grid), said)
    account = Answers(root).rows(a.ACCOUNT)
    assert any(row[a.COUNTED].startswith("cases de colonnes non reprises") for row in account)
    assert any("sous la dernière ligne" in row[a.COUNTED] for row in account)
    assert not any("Delourme" in text for row in account for text in row.values())


def test_a_sign_that_is_a_word_parts_no_word_that_holds_it(root: Path) -> None:
    grid = [
        ["N° suivi", "Date", "Structure"],
        ["S1", "15/03/2024", "Projet jeune et Mission locale"],
        ["S2", "16/03/2024", "Bétharram"],
    ]
    said = typed(
        tables("une orientation", "sans objet"),
        column("N° suivi", "le suivi — numéro"),
        column("Date", "orientations — date"),
        column("Structure", "orientations — nom du partenaire", signe=" et "),
    )
    validated(root, export(root, grid), said)
    partners = [row["partenaire"] for row in table(root, "orientations")]
    assert partners == ["Projet jeune", "Mission locale", "Bétharram"]


def test_what_stands_above_is_not_taken_over_a_heading(root: Path) -> None:
    grid = [
        ["Date : 05/03/2024"],
        ["Lieu", "Nom", "Sexe"],
        ["MJC", "DURAND Léa", "F"],
        [None, "MARTIN Karim", "G"],
        ["Date : 19/03/2024"],
        [None, "PETIT Jade", "F"],
        ["Gymnase", "DURAND Léa", "F"],
    ]
    said = typed(
        tables("une rencontre", "une colonne", "Carvin"),
        column("(titre) Date", "présences — date de la rencontre"),
        column("Lieu", "présences — lieu de la rencontre", vide="comme au-dessus"),
        column("Nom", "le jeune — nom et prénom"),
    )
    validated(root, export(root, grid), said)
    places = [(row["date"], row["lieu"]) for row in table(root, "presences")]
    assert places == [
        ("2024-03-05", "MJC"),
        ("2024-03-05", "MJC"),
        ("2024-03-19", ""),
        ("2024-03-19", "Gymnase"),
    ]


def test_one_column_fills_several_places(root: Path) -> None:
    grid = [["Horodateur", "N° jeune", "Sexe", "Lieu"], ["15/03/2024", "D1", "F", "Carvin"]]
    said = typed(
        tables("une rencontre", "une colonne", "une colonne"),
        column("Horodateur", DAY_OF_MEETING, aussi="jeunes — date du premier contact"),
        column(
            "Lieu",
            "présences — lieu de la rencontre",
            aussi="présences — commune de la rencontre ; jeunes — commune de résidence",
        ),
    )
    validated(root, export(root, grid), said)
    (meeting,), (young,) = table(root, "presences"), table(root, "jeunes")
    assert [meeting[name] for name in ("date", "lieu", "commune")] == [
        "2024-03-15",
        "Carvin",
        "62215",
    ]
    assert [young["premier_contact"], young["commune"]] == ["2024-03-15", "62215"]


DAY_OF_MEETING = "présences — date de la rencontre"


def test_one_word_says_several_facts(root: Path) -> None:
    grid = [
        ["Date", "Éducateur", "Activité", "Durée"],
        ["15/03/2024", "KD", "Maraude numérique", "2h"],
        ["16/03/2024", "KD", "Formation", "1h"],
    ]
    said = typed(tables("du temps", "une colonne", "Carvin"))
    word = (a.WORDS, a.WORD, "Maraude numérique")
    said[word] = {a.MEANING: "Travail de rue ; marrant"}
    assert bring_in(root, export(root, grid), said) == 3
    said[word] = {a.MEANING: "Travail de rue ; en ligne"}
    validated(root, "export.xlsx", said)
    assert [(row["activite"], row["en_ligne"]) for row in table(root, "temps")] == [
        ("travail_de_rue", "oui"),
        ("formation", ""),
    ]


def test_a_table_beside_gives_the_words_of_codes(root: Path) -> None:
    grid = [
        ["Date", "Éducateur", "activite_id", "Durée"],
        ["15/03/2024", "KD", "1", "2h"],
        ["16/03/2024", "KD", "2.0", "1h"],
        ["17/03/2024", "KD", 9, "1h"],
    ]
    export(root, grid, sheet="Temps")
    words = [["id", "libellé"], [1, "Travail de rue"], [2, "Formation"], [3, "Réunions"]]
    file = export(root, words, sheet="Activités")
    said = typed(
        tables("du temps", "une colonne", "Carvin"),
        column("activite_id", "temps — activité"),
        ((a.WORDS, a.WORD, "9"), {a.MEANING: a.BLANK}),
    )
    assert bring_in(root, file, said, turns=1) == 2
    answers = Answers(root)
    assert answers.rows(a.TABLES)[1][a.KIND] == "rien"
    assert "activite_id" in answers.rows(a.TABLES)[1]["à savoir"]
    (codes,) = (row for row in answers.rows(a.COLUMNS) if row[a.HEADER] == "activite_id")
    assert codes["codes lus dans"] == "export.xlsx, feuille « Activités »"
    assert [row[a.WORD] for row in answers.rows(a.WORDS) if not row[a.MEANING]] == ["9"]
    validated(root, file, said)
    activities = [row["activite"] for row in table(root, "temps")]
    assert activities == ["travail_de_rue", "formation", ""]


LISTED_DOWN = ["Nom", "Sexe", "Date de naissance", "Commune"]


@pytest.mark.parametrize(
    ("grid", "is_told"),
    [
        (
            [["", "DURAND Léa", "Karim B.", "Jade"], ["Sexe", "F", "G", "F"], ["Âge", 14, 15, 13]],
            True,
        ),
        ([["Fiche du jeune", "DURAND"], *([fact, "x"] for fact in LISTED_DOWN)], True),
        (
            [["Date", "Saint-Denis", "Avril", "Saint-Martin", "Sainte-Anne"], [2024, 1, 2, 3, 4]],
            False,
        ),
        ([["Nom", "Sexe", "Commune"], ["Léa", "F", "Carvin"], ["Karim", "G", "Carvin"]], False),
    ],
)
def test_persons_in_columns_are_told_with_how_to_turn_the_sheet(
    root: Path, grid: list[list[object]], is_told: bool
) -> None:
    main(["import", export(root, grid)])
    (row,) = Answers(root).rows(a.TABLES)
    assert ("en colonnes" in row["à savoir"]) == is_told


@pytest.mark.parametrize(("between", "is_told"), [(None, True), ("Notes", False)])
def test_tables_side_by_side_are_told(root: Path, between: str | None, is_told: bool) -> None:
    header = ["Titre", "Commune", between, "Date", "Éducateur"]
    main(["import", export(root, [header, ["Foot", "Carvin", None, "15/03/2024", "KD"]])])
    (row,) = Answers(root).rows(a.TABLES)
    assert ("côte à côte" in row["à savoir"]) == is_told


def test_a_cell_merged_across_the_lines_says_something_of_those_below(root: Path) -> None:
    header = ["Titre", "Catégorie", "Notes", "11-14 ans"]
    rows = [
        ["CARVIN"],
        ["Foot", *MANY_BOYS],
        ["OIGNIES"],
        ["Boxe", *MANY_BOYS],
        ["Judo", *MANY_BOYS],
    ]
    file = export(root, [["Année : 2024"], header, *rows])
    book = openpyxl.load_workbook(root / file)
    for cells in ("A3:D3", "A5:D5", "B6:B7"):
        book.active.merge_cells(cells)
    book.save(root / file)
    said = typed(
        tables("une action", "une colonne", "une colonne"),
        column("Titre", "actions — titre de l'action", dit="présences"),
        column("Catégorie", "actions — catégorie de l'action", vide="comme au-dessus"),
        column("(titre) section", "actions — commune"),
        column("(titre) Année", "l'année"),
        column("Notes", "ne pas reprendre"),
        column("11-14 ans", "participations — nombre", dit="11 à 14 ans"),
    )
    validated(root, file, said)
    places = [(row["libelle"], row["annee"], row["commune"]) for row in table(root, "actions")]
    assert places == [
        ("Foot", "2024", "62215"),
        ("Boxe", "2024", "62637"),
        ("Judo", "2024", "62637"),
    ]
    assert {row["categorie"] for row in table(root, "actions")} == {"action_collective"}


MANY_BOYS = ["Action collective", "vu", 12]


MONTHS_OF_CONTACT = ["mars 2022", "avril 2022", "mai 2022", "juin 2022", "03/2021", "vers Noël"]


def months_of_contact(root: Path) -> tuple[str, dict[tuple[str, str, str], dict[str, str]]]:
    rows = [[f"D{n}", "F", 2009, "Carvin", when] for n, when in enumerate(MONTHS_OF_CONTACT)]
    file = export(root, [["N° dossier", *YOUNG[1:]], *rows])
    said = typed(tables("un jeune", "sans objet", "une colonne"))
    for word in ("03/2021", "vers Noël"):
        said[a.WORDS, a.WORD, word] = {a.MEANING: a.BLANK}
    return file, said


def test_what_nobody_can_read_is_asked_by_its_form(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, said = months_of_contact(root)
    assert bring_in(root, file, said) == 2
    asked = {row[a.WORD]: row["fois"] for row in Answers(root).rows(a.WORDS) if row["à savoir"]}
    assert asked == {"(de forme) mois 9999": "4", "03/2021": "1", "vers Noël": "1"}
    form = (a.WORDS, a.WORD, "(de forme) mois 9999")
    said[form] = {a.MEANING: "15/03/2022"}  # one day for all of them
    assert bring_in(root, file, said) == 3
    assert "Cette réponse n'est pas dans la liste" in capsys.readouterr().err
    said[form] = {a.MEANING: "le premier jour"}
    assert bring_in(root, file, said) == 0
    accept(root)
    assert main(["import", "--valider"]) == 0
    days = [row["premier_contact"] for row in table(root, "jeunes")]
    assert days == ["2022-03-01", "2022-04-01", "2022-05-01", "2022-06-01", "", ""]
    assert main(["import", file]) == 0  # as answered


def test_words_of_one_form_are_asked_one_by_one_where_that_is_answered(root: Path) -> None:
    file, said = months_of_contact(root)
    said[a.WORDS, a.WORD, "(de forme) mois 9999"] = {a.MEANING: "mot par mot"}
    assert bring_in(root, file, said) == 2
    asked = {row[a.WORD] for row in Answers(root).rows(a.WORDS) if not row[a.MEANING]}
    assert asked == {*MONTHS_OF_CONTACT[:4]}


def test_columns_are_shown_at_the_first_opening(root: Path) -> None:
    main(["import", export(root, [HOURS_HEADER, *JANUARY])])
    said = {row[a.HEADER]: row[a.TARGET] for row in Answers(root).rows(a.COLUMNS)}
    assert said["Date"] == "temps — date"
    assert said["Heures"] == "temps — heures"


def test_the_help_of_a_question_is_read_beside_its_cells(root: Path) -> None:
    main(["import", export(root, TIMES)])
    book = openpyxl.load_workbook(root / a.FILE)
    for kind in SHEETS:
        for name, asked in kind.questions().items():
            cell = book[kind.title].cell(5, kind.rank(name) + 1).coordinate
            rules = book[kind.title].data_validations.dataValidation
            helps = [rule.prompt for rule in rules if cell in rule.sqref and rule.showInputMessage]
            assert helps == ([asked.help] if asked.help else [])


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (["13/12/2023", "03/04/2024"], "jour/mois"),
        (["12/13/2023", "03/04/2024"], ""),
        (["12/13/2023", "13/12/2023"], ""),
        (["03/04/2024", "04/03/2024"], ""),
    ],
)
def test_a_month_that_is_first_is_asked(root: Path, days: list[str], order: str) -> None:
    rows = [[day, "KD", "Formation", "2h"] for day in days]
    said = typed(tables("du temps", "une colonne", "Carvin"))
    bring_in(root, export(root, [HOURS_HEADER, *rows]), said, turns=2)
    row = Answers(root).rows(a.COLUMNS)[0]
    assert row[a.ORDER] == order
    assert ((a.COLUMNS, a.ORDER, "5") in yellow(root)) == (not order)


def test_what_was_proposed_for_another_kind_of_line_is_proposed_again(root: Path) -> None:
    grid = [["Date", "Qui", "Commune", "Où"], ["15/03/2024", "Léa D.", "Carvin", "MJC"]]
    main(["import", export(root, grid)])
    before = {row[a.HEADER]: row[a.TARGET] for row in Answers(root).rows(a.COLUMNS)}
    assert before["Commune"] == "demandes — commune concernée"
    answers = Answers(root)
    answers.answer(*typed_at("1"), {a.KIND: "une rencontre", a.YEAR: "2024", a.COMMUNE: a.A_COLUMN})
    answers.answer(a.COLUMNS, {a.HEADER: "Où"}, {a.TARGET: "ne pas reprendre"})
    answers.accept()  # what is seen of the proposals for another kind, too
    answers.save()
    main(["import"])
    rows = {row[a.HEADER]: row for row in Answers(root).rows(a.COLUMNS)}
    assert rows["Commune"][a.TARGET] == "présences — commune de la rencontre"
    assert rows["Commune"][a.SEEN] == ""
    assert rows["Où"][a.TARGET] == "ne pas reprendre"


def typed_at(number: str) -> tuple[str, dict[str, str]]:
    return a.TABLES, {"tableau": number}


DAYS = [
    ["Jour", "Éducateur", "Ville", "Nature", "Durée"],
    ["04/03/2024", "Karim D.", "Carvin", "Travail de rue", 2],
    ["05/03/2024", "Solène M.", "Oignies", "Congés", 7],
    [None, "Karim D.", None, "Formation", 1],
    ["06/03/2023", "Karim D.", "Carvin", "Formation", 3],
]
OF_DAYS = (
    tables("du temps", "2024", "une colonne"),
    column("Jour", "temps — date", vide="comme au-dessus", ordre="jour/mois"),
    column("Ville", "temps — commune", vide="comme au-dessus"),
    column("Nature", "temps — activité"),
    column("Durée", "temps — heures", unite="h"),
    ((a.WORDS, a.WORD, "06/03/2023"), {a.MEANING: "06/03/2024"}),
)


def test_what_is_above_is_known_though_its_line_is_left_out(root: Path) -> None:
    said = typed(*OF_DAYS)
    said[a.TABLES, "tableau", "1"]["lignes à écarter"] = "Nature = Congés"
    validated(root, export(root, DAYS), said)
    rows = [(row["date"], row["commune"]) for row in table(root, "temps")]
    assert rows == [("2024-03-04", "62215"), ("2024-03-05", "62637"), ("2024-03-06", "62215")]


def test_lines_are_left_out_by_their_numbers(root: Path) -> None:
    said = typed(*OF_DAYS)
    said[a.TABLES, "tableau", "1"]["lignes à écarter"] = "Nature = Congés ; lignes 2, 4-5"
    bring_in(root, export(root, DAYS), said)
    assert table_of_draft(root, "temps") == []
    said[a.TABLES, "tableau", "1"]["lignes à écarter"] = "Nature = Congés ; ligne 2"
    validated(root, "export.xlsx", said)
    assert [row["heures"] for row in table(root, "temps")] == ["1", "3"]


def table_of_draft(root: Path, name: str) -> list[str]:
    path = root / "brouillon-import" / f"{name}.csv"
    return path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []


def test_a_cell_is_as_above_only_where_those_before_it_are(root: Path) -> None:
    grid = [
        ["Ville", "Nom", "Quartier", "Suivi", "Début"],
        ["Carvin", "DURAND Léa", "La Plaine", "PAEI", "04/03/2024"],
        [None, None, None, "ASEP", "05/06/2024"],
        [None, "PETIT Jade", None, "PAEI", "07/03/2024"],
    ]
    up = "comme au-dessus"
    said = typed(
        tables("un jeune et son suivi", "2024", "une colonne"),
        column("Ville", "jeunes — commune de résidence", vide=up),
        column("Nom", "le jeune — nom et prénom", vide=up),
        column("Quartier", "jeunes — quartier de résidence", vide=up),
        column("Suivi", "suivis — statut du suivi"),
        column("Début", "suivis — premier jour du suivi", ordre="jour/mois"),
    )
    validated(root, export(root, grid), said)
    assert [(row["commune"], row["quartier"]) for row in table(root, "jeunes")] == [
        ("62215", "La Plaine"),
        ("62215", ""),
    ]


def test_an_empty_cell_is_zero_or_what_another_column_says(root: Path) -> None:
    grid = [["Titre", "Type", "Envoyé", "Le", "11-14 ans"], ["Foot", "Collectif", 2024, None, None]]
    said = typed(
        tables("une action", "une colonne", "Carvin"),
        column("Titre", "actions — titre de l'action"),
        column("Type", "actions — catégorie de l'action", dit="personnes"),
        column("Envoyé", "ne pas reprendre"),
        column("Le", "l'année", vide="envoyé"),
        column("11-14 ans", "participations — nombre", dit="11-14 ans", vide=a.ZERO),
        ((a.WORDS, a.WORD, "Collectif"), {a.MEANING: "Action collective"}),
    )
    validated(root, export(root, grid), said)
    (action,) = table(root, "actions")
    assert (action["annee"], action["unite"]) == ("2024", "personnes")
    assert [row["nombre"] for row in table(root, "participations")] == ["0"]


def test_an_initial_is_no_title(root: Path) -> None:
    assert name_key("Sarah M.") != name_key("Sarah")
    assert name_key("M. Perret") == name_key("Perret")
    assert name_key("Mme", "Vial") == "mme vial"


def test_a_line_added_by_hand_says_that_two_names_are_one(root: Path) -> None:
    grid = [["Date", "Éducateur", "Activité", "Durée"]]
    grid += [
        [f"0{day}/03/2024", name, "Formation", "2h"] for day, name in ((4, "AD"), (5, "Assia"))
    ]
    said = typed(
        tables("du temps", "une colonne", "Carvin"),
        column("Date", "temps — date", ordre="jour/mois"),
        column("Durée", "temps — heures", unite="h", vide=a.NOTED),
    )
    bring_in(root, export(root, grid), said)
    assert len({line.split(",")[1] for line in table_of_draft(root, "temps")}) == 2
    type_pair(root, "AD / Asia")
    assert main(["import"]) == 3  # no such name
    type_pair(root, "AD / Assia")
    assert main(["import", "--valider"]) == 0
    assert len({row["educateur"] for row in table(root, "temps")}) == 1
    assert main(["import", "export.xlsx"]) == 0  # names are forgotten, the answer is not
    assert len({line.split(",")[1] for line in table_of_draft(root, "temps")}) == 1


def type_pair(root: Path, names: str) -> None:
    answers = Answers(root)
    answers.put(a.PEOPLE, {"n": "5"}, "qui ou quoi", names)
    answers.put(a.PEOPLE, {"n": "5"}, a.SAME, "le même")
    answers.save()


def test_days_below_the_name_of_their_month_are_read(root: Path) -> None:
    grid = [
        ["Jour", "Commune", "Âge", "Réponse"],
        ["MARS 2024"],
        [14, "Carvin", 15, "Acceptée"],
        ["le 31", "Carvin", "12 ans", "Refusée"],
        ["AVRIL 2024"],
        ["1er", "Oignies", 0, "Refusée"],
    ]
    said = typed(
        tables("une demande", "2024", "une colonne"),
        column("Jour", "demandes — date"),
        column("Commune", "demandes — commune concernée"),
        column("Âge", "demandes — tranche d'âge", unite="âge"),
        column("Réponse", "demandes — suite donnée"),
        column("(titre) section", "le mois"),
        ((a.WORDS, a.WORD, "0"), {a.MEANING: a.BLANK}),
    )
    validated(root, export(root, grid), said)
    assert [(row["date"], row["tranche_age"]) for row in table(root, "demandes")] == [
        ("2024-03-14", "15_18"),
        ("2024-03-31", "11_14"),
        ("2024-04-01", ""),
    ]


def test_a_week_is_dated_by_the_day_that_it_begins(root: Path) -> None:
    assert str(read_day("semaine du 6 janvier", Manner(year=2025))) == "2025-01-06"
    assert str(read_day("sem. du 1er sept. 2024", Manner())) == "2024-09-01"


def test_days_far_behind_the_last_are_asked(root: Path) -> None:
    grid: list[list[object]] = [["Date", "Éducateur", "Activité", "Durée"]]
    grid += [[date(2024, 1 + day // 28, 1 + day % 28), "KB", "Formation", 1] for day in range(120)]
    grid += [[date(2024, 12, 1), "KB", "Formation", 5]]
    said = typed(
        tables("du temps", "une colonne", "Carvin"),
        column("Date", "temps — date", ordre="jour/mois"),
        column("Durée", "temps — heures", unite="h", vide=a.NOTED),
    )
    assert bring_in(root, export(root, grid), said) == 2
    (word,) = (row for row in Answers(root).rows(a.WORDS) if row[a.WORD] == "2024-12-01")
    assert "dernières dates" in word["à savoir"]
    said[a.WORDS, a.WORD, "2024-12-01"] = {a.MEANING: "01/12/2024"}
    validated(root, "export.xlsx", said)
    assert table(root, "temps")[-1]["date"] == "2024-12-01"


def test_persons_and_educators_in_columns_are_read(root: Path) -> None:
    export(
        root,
        [
            ["LISTE"],
            ["Nom", "Léa D.", "Jade P."],
            ["ville", "Carvin", "Oignies"],
            ["sexe", "F", "F"],
            ["1er contact", "04/01/2024", "05/01/2024"],
            ["Lieu : MJC"],
            ["04/03/2024", 1, "abs"],
            ["05/03/2024", 2, "x"],
        ],
        sheet="Accueil",
    )
    hours = [["Date", "Ville", "Awa", "Karim"], ["04/03/2024", "Carvin", 2, "1h30"]]
    file = export(root, hours, sheet="Rue")
    main(["import", file])
    answers = Answers(root)
    for header, text in (("fichier", file), ("feuille", "Accueil"), (a.HEADERS, "A")):
        answers.put(a.TABLES, {"n": "7"}, header, text)
    for header, text in ((a.FIRST, "B"), (a.LAST, "C")):
        answers.put(a.TABLES, {"n": "7"}, header, text)
    answers.save()
    who, rue = "le jeune — nom et prénom", "Travail de rue"
    said = typed(
        ((a.COLUMNS, a.HEADER, "Nom"), {a.TARGET: "présences — date de la rencontre"}),
        *(column(name, who, dit=name) for name in ("Léa D.", "Jade P.")),
        column("(titre) Lieu", "présences — lieu de la rencontre"),
        *(
            column(name, "temps — heures", dit=f"éducateur = {name} ; {rue}", unite="h")
            for name in ("Awa", "Karim")
        ),
        column("Ville", "temps — commune"),
        *(((a.WORDS, a.WORD, word), {a.MEANING: "Oui"}) for word in "1x"),
        ((a.WORDS, a.WORD, "2"), {a.MEANING: "oui, deux fois"}),
        ((a.WORDS, a.WORD, "abs"), {a.MEANING: "Non"}),
    )
    said[a.TABLES, "tableau", "1"] = {
        a.KIND: "une rencontre",
        a.YEAR: "2024",
        a.COMMUNE: "Carvin",
        a.HEADERS: "2",
        a.FIRST: "7",
        a.LAST: "8",
    }
    said[a.TABLES, "tableau", "2"] = {a.KIND: "un jeune", a.YEAR: "2024", a.COMMUNE: "une colonne"}
    said[a.TABLES, "tableau", "3"] = {a.KIND: "du temps", a.YEAR: "2024", a.COMMUNE: "une colonne"}
    said |= {(a.COLUMNS, "colonne", "2"): {a.TARGET: who}}
    said |= {(a.COLUMNS, "colonne", "3"): {a.TARGET: "jeunes — commune de résidence"}}
    said |= {(a.COLUMNS, "colonne", day): {a.TARGET: "ne pas reprendre"} for day in "78"}
    said |= {
        (a.COLUMNS, a.HEADER, text): {a.ORDER: "jour/mois"} for text in ("1er contact", "Date")
    }
    said[a.COLUMNS, a.HEADER, "Nom"][a.ORDER] = "jour/mois"
    said |= typed(column("Date", "temps — date", ordre="jour/mois"))
    bring_in(root, file, said, turns=8)
    assert main(["import", "--valider"]) == 0
    days = [(row["date"], row["lieu"], row["id_jeune"]) for row in table(root, "presences")]
    lea, jade = (row["id_jeune"] for row in table(root, "jeunes"))
    assert days == [
        ("2024-03-04", "MJC", lea),
        ("2024-03-05", "MJC", lea),
        ("2024-03-05", "MJC", lea),
        ("2024-03-05", "MJC", jade),
    ]
    assert [(row["educateur"][:3], row["heures"]) for row in table(root, "temps")] == [
        ("EDU", "2"),
        ("EDU", "1.5"),
    ]


def test_the_commune_of_a_list_of_meetings_is_not_where_young_people_live(root: Path) -> None:
    grid = [
        ["Date", "Nom", "Sexe", "Premier contact"],
        ["14/03/2024", "DURAND Léa", "F", "13/02/2024"],
    ]
    said = typed(
        tables("une rencontre", "2024", "Carvin"),
        column("Date", "présences — date de la rencontre"),
        column("Nom", "le jeune — nom et prénom"),
        column("Sexe", "jeunes — sexe"),
        column("Premier contact", "jeunes — date du premier contact"),
    )
    validated(root, export(root, grid), said)
    assert [row["commune"] for row in table(root, "presences")] == ["62215"]
    assert [row["commune"] for row in table(root, "jeunes")] == [""]


def test_titles_in_capitals_say_the_commune_of_those_below(root: Path) -> None:
    grid = [
        ["Nom", "Prénom", "Sexe", "Ville", "Premier contact"],
        ["CARVIN (62220)"],
        ["Durand", "Léa", "F", None, "13/02/2024"],
        ["Petit", "Jade", "F", "62590 Oignies", "14/02/2024"],
        ["OIGNIES"],
        ["Martin", "Karim", "M", None, "15/02/2024"],
    ]
    said = typed(
        tables("un jeune", "2024", "une colonne"),
        column("Ville", "jeunes — commune de résidence", vide="(titre) section"),
        column("(titre) section", "ne pas reprendre"),
        column("Sexe", "jeunes — sexe"),
    )
    assert bring_in(root, export(root, grid), said) == 0
    told = [row[a.COUNTED] for row in Answers(root).rows(a.ACCOUNT) if row["n"] in seen_in(root)]
    assert any("un titre" in what for what in told)
    assert main(["import", "--valider"]) == 0
    communes = [row["commune"] for row in table(root, "jeunes")]
    assert communes == ["62215", "62637", "62637"]


def seen_in(root: Path) -> set[str]:
    """The lines of the account that somebody read."""
    return {row["n"] for row in Answers(root).rows(a.ACCOUNT) if row[a.SEEN]}


def test_two_columns_of_one_public_are_no_sum_and_a_tick_of_two_meanings_no_proposal(
    root: Path,
) -> None:
    grid = [
        ["Titre", "Participants", None, "Passages", None],
        [None, "11-14 ans", "15-18 ans", "11-14 ans", "15-18 ans"],
        ["Foot", 3, 4, 30, 40],
    ]
    main(["import", export(root, grid)])
    young = [["Nom", "Prénom", "F", "Collège", "Début du suivi"], ["Durand", "Léa", "x", "x", None]]
    main(["import", export(root, young, sheet="Jeunes")])
    said = typed(tables("une action", "2024", "Carvin"))
    said[a.TABLES, "tableau", "2"] = {a.KIND: "un jeune et son suivi", a.YEAR: "2024"}
    bring_in(root, "export.xlsx", said, turns=1)
    proposed = {row[a.HEADER]: row[a.TARGET] for row in Answers(root).rows(a.COLUMNS)}
    assert proposed["Participants / 15-18 ans"] == "participations — nombre"
    assert proposed["Passages / 15-18 ans"] == proposed["Collège"] == ""
    assert proposed["F"] == "jeunes — sexe"


def test_late_days_left_blank_by_their_form_are_the_only_ones(root: Path) -> None:
    grid: list[list[object]] = [["Date", "Éducateur", "Activité", "Durée"]]
    ranks = [(year, day) for year in (2022, 2023) for day in range(300)]
    days = [date(year, 1 + day // 28, 1 + day % 28) for year, day in ranks]
    days += [date(2025, month, 1) for month in range(3, 12)]
    grid += [[f"{day:%d/%m/%Y}", "KB", "Formation", "1h"] for day in days]
    said = typed(
        tables("du temps", "une colonne", "Carvin"),
        column("Date", "temps — date", ordre="jour/mois"),
        ((a.WORDS, a.WORD, "(de forme) 9/9/9999"), {a.MEANING: a.BLANK}),
    )
    validated(root, export(root, grid), said)
    written = [row["date"] for row in table(root, "temps")]
    assert (len(written), written.count("")) == (609, 9)


LINKS = {
    "Liens": [
        ["EVT_ID", "USA_ID"],
        ["50020.0", "7"],
        [50020, 8],
        [50021, 7],
        [50022, 8],
        [50023, 7],
    ],
    "Evenements": [
        ["RANG", "EVT_ID", "JOUR", "SALLE", "ETAT"],
        [50021, 50020, "2024-03-04", "S1", "R"],
        [50022, 50021, "2024-03-05", "S2", "R"],
        [50023, 50022, "2024-03-06", "S2", "A"],
        [50024, 50024, "2024-03-07", "S1", "R"],
    ],
    "Salles": [
        ["SALLE", "VILLE", "NOM", "M2"],
        ["S1", "Carvin", "Local", 40],
        ["S2", "Oignies", "Gymnase", 300],
    ],
}


def test_a_table_is_joined_by_the_number_of_another_and_that_to_a_third(root: Path) -> None:
    for sheet, grid in LINKS.items():
        export(root, grid, sheet=sheet)
    event, room = "EVT_ID → JOUR", "EVT_ID → SALLE"
    lookup = "codes lus dans"
    said = typed(
        tables("une rencontre", "une colonne", "une colonne"),
        ((a.TABLES, "tableau", "2"), {a.KIND: "rien", "lignes à écarter": "ETAT = A"}),
        ((a.TABLES, "tableau", "3"), {a.KIND: "rien"}),
        column("USA_ID", "le jeune — numéro ou code"),
        (
            (a.COLUMNS, "en-tête", "EVT_ID"),
            {a.TARGET: LEFT, lookup: f"{FILE}, feuille « Evenements »"},
        ),
        column(event, "présences — date de la rencontre"),
        ((a.COLUMNS, "en-tête", room), {a.TARGET: LEFT, lookup: f"{FILE}, feuille « Salles »"}),
        column(f"{room} → VILLE", "présences — commune de la rencontre"),
        column(f"{room} → NOM", "présences — lieu de la rencontre"),
        *(column(name, LEFT) for name in (f"{room} → M2", "EVT_ID → RANG", "EVT_ID → ETAT")),
        ((a.WORDS, a.WORD, "(case vide)"), {a.MEANING: a.BLANK}),
    )
    assert bring_in(root, FILE, said) == 0
    account = {row[a.COUNTED]: row[a.WHY] for row in Answers(root).rows(a.ACCOUNT)}
    left = next(why for what, why in account.items() if "avec sa ligne de" in what)
    assert "ligne 5" in left
    nowhere = next(why for what, why in account.items() if "ne remplit aucune table" in what)
    assert "ligne 6" in nowhere
    rows = [(row["date"], row["lieu"], row["commune"]) for row in table(root, "presences", DRAFT)]
    assert rows == [
        ("2024-03-04", "Local", "62215"),
        ("2024-03-04", "Local", "62215"),
        ("2024-03-05", "Gymnase", "62637"),
    ]


def test_columns_of_another_table_are_offered_where_a_column_has_its_numbers(root: Path) -> None:
    for sheet, grid in LINKS.items():
        export(root, grid, sheet=sheet)
    main(["import", FILE])
    rows = Answers(root).rows(a.COLUMNS)
    offered = {row[a.HEADER] for row in rows if "Evenements" in row["à savoir"]}
    assert offered == {"EVT_ID"}


@pytest.mark.parametrize(
    ("key", "sheet", "is_proposed"),
    [("STA_ID", "R_1", True), ("CODE", "R_STATUT", True), ("CODE", "R_1", False)],
)
def test_the_words_of_codes_are_proposed_by_their_header_or_the_name_of_their_sheet(
    root: Path, key: str, sheet: str, is_proposed: bool
) -> None:
    export(root, [["MES_ID", "STA_ID"], *([n, 1 + n % 2] for n in range(6))], sheet="T_MESURE")
    export(root, [[key, "LIB"], [1, "PAEI"], [2, "ASEP"]], sheet=sheet)
    main(["import", FILE])
    rows = Answers(root).rows(a.COLUMNS)
    row = next(row for row in rows if row[a.HEADER] == "STA_ID")
    assert row["codes lus dans"] == (f"{FILE}, feuille « {sheet} »" if is_proposed else "")


def test_a_table_that_has_no_numbers_cannot_be_joined(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(root, LINKS["Liens"], sheet="Liens")
    export(root, [["EVT_ID", "A", "B", "C"], [1, 2, 3, 4], [1, 2, 3, 4]], sheet="Autre")
    lookup = {a.TARGET: LEFT, "codes lus dans": f"{FILE}, feuille « Autre »"}
    said = typed(
        tables("une rencontre", "une colonne", "Carvin"),
        ((a.COLUMNS, "en-tête", "EVT_ID"), lookup),
    )
    assert bring_in(root, FILE, said) == 3
    assert "chaque ligne a un numéro" in capsys.readouterr().err

"""What is implausible is told, row by row, with what accepts it; what only looks so is not."""

import re
from datetime import date
from pathlib import Path

import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.records.findings import Finding
from rlpipeline.records.frames import latest_year
from rlpipeline.records.integrity import is_total
from rlpipeline.records.store import Expected, check, load, open_records, read_expected, write_store
from rlpipeline.settings.acceptances import Plausible
from rlpipeline.settings.models import Service
from tests.records.conftest import Write
from tests.records.sample import Sheets, sample

EXTRACTION = Expected(extraction=date(2024, 1, 31))


def doubts(items: list[Finding]) -> list[tuple[str, str, int | None, str | None]]:
    return [(item.code, item.table, item.ligne, item.cle) for item in items if item.code[0] == "P"]


def told(
    tables: Sheets, write: Write, service: Service
) -> list[tuple[str, str, int | None, str | None]]:
    return doubts(check(write(tables), service, EXTRACTION))


TOTALS = (
    "Total | TOTAL |  total :  | Sous-total | S/total | s/T | Ensemble | TOTAL GÉNÉRAL | Total éducatif | Total 2023 | "
    "Montant total | T O T A L | Totaux | Total (€) | Total Carvin | Grand total | Ensemble du service | "
    "Total direction administration | = Total = | S.-T. | S-T éducatif | Ens. | Total dont CPOM | Récapitulatif | "
    "Sous total 1 | Total général (hors valorisation) | Total, y compris les dons"
)
NO_TOTALS = (
    "TotalEnergies | Total Énergies | Ensemble pour demain | Grand Ensemble | Somme | Ensemble scolaire | ST | ENS | "
    "Totale réussite | Vivre ensemble | Quartier total | Tous ensemble | Total Carvin | Département de la Somme | "
    "Sète | ENS de Lyon | Total Énergies dont CPOM | Récapitulons ensemble"
)


def test_labels_that_are_totals_and_that_are_none() -> None:
    names = frozenset({"carvin", "direction", "administration"})
    assert [label for label in TOTALS.split(" | ") if not is_total(label, names)] == []
    assert [label for label in NO_TOTALS.split(" | ") if is_total(label)] == []


def test_a_total_is_an_error_and_is_never_counted(write: Write, service: Service) -> None:
    tables = sample()
    tables["financements"].append(["2023", "Total", "1 043,50", ""])
    tables["demandes"].append(["2023-12-31", "Total", "", "", "", ""])
    records, items = load(write(tables), service)
    assert [(item.code, item.table, item.ligne, item.colonne, item.valeur) for item in items] == [
        ("E205", "demandes", 4, "commune", "Total"),
        ("E205", "financements", 4, "financeur", "Total"),
    ]
    assert records["financements"]["montant_eur"].sum() == 1055.5 - 12
    assert len(records["demandes"]) == 2


def test_ages_at_first_contact(write: Write, service: Service) -> None:
    tables = sample("jeunes")
    births = "2007-01-31 2023-04-02 1992-04-01 1993-04-01 1992 1991"  # of who is first met on 1 April 2023
    tables["jeunes"] += [
        [f"K{birth}", "F", birth, "hors", "", "2023-04-01"] for birth in births.split()
    ]
    lines = [
        item.lignes for item in check(write(tables), service, EXTRACTION) if item.code == "P301"
    ]
    assert lines == [(6,), (7, 10)]


def test_one_year_of_one_table_is_not_the_latest(write: Write, service: Service) -> None:
    tables = sample("financements", "instances")
    tables["financements"][1][0] = "2062"
    records, items = load(write(tables), service)
    assert latest_year(records) == 2023
    assert doubts(items)[0][:3] == ("P308", "financements", 2)
    # Two tables make a year, unless the extraction came before it.
    tables["instances"][1][0] = "2062"
    records, _ = load(write(tables), service)
    assert latest_year(records) == 2062
    assert latest_year(records, EXTRACTION.extraction) == 2023


def test_the_latest_year_of_one_dated_table(write: Write, service: Service) -> None:
    tables = {name: rows[:1] for name, rows in sample().items()} | {
        "financements": sample()["financements"]
    }
    assert latest_year(load(write(tables), service)[0]) == 2023


def test_names_that_only_look_alike(write: Write, service: Service) -> None:
    tables = sample("temps", "partenaires")
    for name in ("EDU-10", "EDU-1-1", "EDU-11", "EDU-12"):
        tables["temps"].append(["2023-05-02", name, "", "formation", "2", ""])
    tables["partenaires"] += [
        ["2023", "Collège Jean Moulin", "insertion"], ["2023", "Collège Jean Moulins", "insertion"],
        ["2023", "Résidence Mozart", "insertion"], ["2023", "Résidence Mosart", "insertion"],
        ["2023", "Secteur 1 nord de la ville", "insertion"], ["2022", "Secteur 2 nord de la ville", "insertion"],
    ]  # fmt: skip
    assert told(tables, write, service) == []


def test_a_slip_of_the_pen_in_a_long_name(write: Write, service: Service) -> None:
    tables = sample("partenaires")
    tables["partenaires"].append(["2022", "Mission localle", "insertion"])
    assert told(tables, write, service) == [("P402", "partenaires", 2, None)]


def old() -> Sheets:
    tables = sample("jeunes")
    tables["jeunes"][3][2] = "1980"
    tables["jeunes"][2][2] = "1981"
    return tables


def test_what_is_accepted_is_not_told_and_is_counted(write: Write, service: Service) -> None:
    source = write(old())
    one = Plausible(code="P301", table="jeunes", cle="J3", raison="Un parent.")
    records, items = load(source, service, Expected((one,), None))
    assert doubts(items) == [("P301", "jeunes", 3, "J2")]
    assert [(found.code, found.raison, found.lignes) for found in records.silenced] == [
        ("P301", "Un parent.", 1)
    ]
    records, items = load(
        source, service, Expected((Plausible(code="P301", raison="Tous vus."),), None)
    )
    assert doubts(items) == []
    assert [found.lignes for found in records.silenced] == [2]


def test_a_question_is_answered_once(write: Write, service: Service) -> None:
    tables = sample("jeunes")
    for rank in range(50):
        day, month = f"{rank % 28 + 1:02}", rank % 4 + 1
        met, begun, ended = (f"2023-{later:02}-{day}" for later in (month, month + 3, month + 6))
        tables["jeunes"].append([f"K{rank}", "F", "2008", "62215", f"Secteur {rank}", met])
        tables["suivis"].append([f"T{rank}", f"K{rank}", "ASEP", begun, ended, "", ""])
    tables["jeunes"] = [row for row in tables["jeunes"] if row[1] != "G"]
    tables["suivis"] = [row for row in tables["suivis"] if row[1] != "J2"]
    source = write(tables)
    (item,) = [item for item in check(source, service, EXTRACTION) if item.code == "Q602"]
    assert (item.gravite, item.valeur) == ("question", "F")
    answer = Plausible(code="Q602", valeur="F", raison="Un service pour les filles.")
    records, items = load(source, service, Expected((answer,), EXTRACTION.extraction))
    assert "Q602" not in {item.code for item in items}
    assert [found.raison for found in records.silenced] == ["Un service pour les filles."]


def test_the_store_keeps_what_is_accepted(write: Write, service: Service, tmp_path: Path) -> None:
    expected = Expected((Plausible(code="P301", raison="Tous vus."),), None)
    records = open_records(write(old()), service, expected)
    write_store(records, tmp_path / "store")
    assert open_records(str(tmp_path / "store"), service).silenced == records.silenced != ()


def settings(folder: Path, **reports: str) -> Path:
    for year, text in reports.items():
        (folder / year[1:]).mkdir()
        (folder / year[1:] / "rapport.yml").write_text(text, encoding="utf-8")
    (folder / "service.yml").write_text(
        'nom: "S"\ndepartement: "62"\ncommunes: [{code: "62215", nom: "Carvin"}]\n',
        encoding="utf-8",
    )
    return folder


def test_the_extraction_is_the_latest_of_the_settings(tmp_path: Path) -> None:
    params = settings(
        tmp_path,
        _2022="donnees_arretees_au: 2023-02-01\n",
        _2023="donnees_arretees_au: 2024-01-31\n",
    )
    assert read_expected(params).extraction == date(2024, 1, 31)


def test_a_year_under_way_has_no_extraction_yet(tmp_path: Path) -> None:
    params = settings(
        tmp_path, _2022="donnees_arretees_au: 2023-02-01\n", _2023="statut: brouillon\n"
    )
    assert read_expected(params).extraction is None
    assert read_expected(params).or_today().extraction == date.today()


def test_two_equal_posts_are_ordinary_and_a_whole_year_of_them_is_not(
    write: Write, service: Service
) -> None:
    tables = sample("personnel")
    tables["personnel"].append(["2023", "direction_administration", "Directrice", "1", "", "", ""])
    tables["personnel"].append(list(tables["personnel"][1]))
    assert told(tables, write, service) == []
    tables["personnel"].append(list(tables["personnel"][2]))
    assert [one[:3] for one in told(tables, write, service)] == [("P405", "personnel", 4)]


def test_one_copy_is_accepted_by_its_key(write: Write, service: Service) -> None:
    tables = sample("financements")
    tables["financements"] += [list(tables["financements"][1]), list(tables["financements"][2])]
    (found,) = [item for item in check(write(tables), service, EXTRACTION) if item.code[0] == "P"]
    assert found.lignes == (4, 5)
    assert "annee = 2023, financeur = Ville, montant_eur = -12, objet = trop perçu" in found.message
    one = Plausible(code="P405", table="financements", cle=found.cle, raison="Deux versements.")
    assert [
        item.lignes
        for item in check(write(tables), service, Expected((one,)))
        if item.code[0] == "P"
    ] == [(5,)]


def test_somme_is_a_total_where_its_number_is_a_sum(write: Write, service: Service) -> None:
    tables = sample()
    tables["financements"].append(["2023", "Somme", "1043,5", ""])
    assert [item.code for item in check(write(tables), service, EXTRACTION)] == ["E205"]
    tables["financements"][-1][2] = "900"  # the département
    assert check(write(tables), service, EXTRACTION) == []


def test_young_people_too_old_are_one_finding_accepted_one_by_one(
    write: Write, service: Service
) -> None:
    (found,) = [item for item in check(write(old()), service, EXTRACTION) if item.code == "P301"]
    assert (found.lignes, found.cle, found.valeur) == ((3, 4), "J2", None)
    assert "J3" in found.message


def test_what_is_accepted_of_a_row_accepts_nothing_worse(write: Write, service: Service) -> None:
    tables = sample("temps")
    tables["temps"].append(["2023-03-01", "EDU-01", "", "formation", "25", ""])
    (found,) = [item for item in check(write(tables), service, EXTRACTION) if item.code[0] == "P"]
    one = Plausible(
        code="P304", table="temps", valeur=found.valeur, cle=found.cle, raison="Un séjour."
    )
    assert doubts(check(write(tables), service, Expected((one,)))) == []
    tables["temps"].append(["2023-03-01", "EDU-01", "", "partenariat", "125", ""])
    assert [item[:3] for item in doubts(check(write(tables), service, Expected((one,))))] == [
        ("P304", "temps", 6)
    ]


def test_numbers_of_persons_are_whole_in_messages(write: Write, service: Service) -> None:
    tables = sample("actions", "participations")
    for number, publics in enumerate((12, 8, 31, 9, 40, 2023)):
        tables["actions"].append(
            [f"B{number}", "2023", "", "partenariale", f"Forum {number}", *[""] * 5, "personnes"]
        )
        tables["participations"].append([f"B{number}", "11_14", str(publics)])
    tables["participations"][3][2] = "13"
    (found,) = [item for item in check(write(tables), service, EXTRACTION) if item.code == "Q307"]
    assert all(number.isdigit() for number in re.findall(r"\d[\d.,]*(?<![.,])", found.message))


NEAREST = {
    "celle que « check » affiche": {"code": "P999"},
    'table: "jeunes"': {"code": "P301", "table": "jeune"},
    'colonne: "date_naissance"': {"code": "P301", "table": "jeunes", "colonne": "naissance"},
    'cle: "J2"': {"code": "P301", "table": "jeunes", "cle": "J-2"},
    'valeur: "1981"': {"code": "P301", "table": "jeunes", "cle": "J2", "valeur": "1918"},
}


def test_a_useless_acceptance_says_what_is_nearest(write: Write, service: Service) -> None:
    useless = tuple(Plausible(**asked, raison="Vu.") for asked in NEAREST.values())
    said = " ".join(
        item.message
        for item in check(write(old()), service, Expected(useless))
        if item.code == "P000"
    )
    assert [near for near in NEAREST if near not in said] == []


def test_an_acceptance_written_twice_says_so(write: Write, service: Service) -> None:
    both = tuple(Plausible(code="P301", raison=why) for why in ("Tous vus.", "Tous revus."))
    items = check(write(old()), service, Expected(both))
    assert ["deux fois" in item.message for item in items if item.code == "P000"] == [True]


WRONG = {
    "{code: p304, raison: Vu}": "P304",
    "{code: P304, ligne: 5, raison: Vu}": "cle",
    "{code: P301, raison: ' '}": "raison",
}


@pytest.mark.parametrize(("line", "word"), WRONG.items())
def test_an_acceptance_is_refused_in_plain_words(line: str, word: str, tmp_path: Path) -> None:
    (settings(tmp_path) / "plausibilite.yml").write_text(
        f"acceptes:\n  - {line}\n", encoding="utf-8"
    )
    with pytest.raises(SettingsError, match=word) as caught:
        read_expected(tmp_path)
    assert "modèle" not in str(caught.value)
    assert "\\d" not in str(caught.value)


NAMES = "Sophie | Martin Sophie | karim | Léa-2"
CODES = "LEA | EDU-7 | Équipe Saint-Martin | SM | Éducateur Martin 2 | Saint-Martin"


def test_an_educator_by_a_given_name(write: Write, service: Service) -> None:
    tables = sample("temps")
    for number, name in enumerate([*NAMES.split(" | "), *CODES.split(" | ")]):
        tables["temps"].append(["2023-01-09", name, "", "formation", "1", ""])
        tables["suivis"].append([f"T{number}", "J1", "ASEP", "2023-01-09", "2023-01-09", "", name])
    found = {
        (item.code, item.table, item.valeur)
        for item in check(write(tables), service)
        if item.code[0] == "E"
    }
    assert found == {
        ("E302", table, name) for table in ("suivis", "temps") for name in NAMES.split(" | ")
    }


def test_what_is_not_read_says_what_to_write(write: Write, service: Service) -> None:
    tables = sample("jeunes")
    tables["jeunes"][1][1:4] = ["Femme", "2008", "Sans domicile"]
    (sex, place) = (item.message for item in check(write(tables), service) if item.code == "E103")
    assert "F (Fille), G (Garçon)" in f"{sex}{place}"
    assert "écrire hors" in f"{sex}{place}"

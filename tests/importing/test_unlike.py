"""Exports unlike one another come in by declared answers; nothing is merged, blank or misread in silence."""

import zipfile
from datetime import date
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
from tests.importing.walking import Answers, bring_in, export, service, table

DRAFT = "brouillon-import"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return service(tmp_path)


def column(header: str, target: str, **more: str) -> tuple[tuple[str, str, str], dict[str, str]]:
    named = {
        "dit": a.SAID,
        "vide": a.EMPTY,
        "ordre": a.ORDER,
        "unite": a.UNIT,
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


def test_titles_that_a_number_or_a_date_parts_are_not_asked_about() -> None:
    titles = ["Séjour n°4 2024", "Séjour n°9 2024", "Sortie du 3 mars", "Sortie du 12 mai"]
    assert list(near_pairs([name_key(title) for title in titles])) == []
    assert list(near_pairs(["foot", "foot en salle", "kd", "kd ml"])) == []
    assert list(near_pairs([name_key("Atelier cuisine 1"), name_key("Atelier cuisines 1")]))


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


HOURS_HEADER = ["Date", "Éducateur", "Activité", "Heures"]


JANUARY: list[list[object]] = [[f"{day:02}/01/2024", "KD", "Formation", 2] for day in (13, 14, 15)]


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


def test_the_help_of_a_question_is_read_beside_its_cells(root: Path) -> None:
    main(["import", export(root, [HOURS_HEADER, *JANUARY])])
    book = openpyxl.load_workbook(root / a.FILE)
    for kind in SHEETS:
        for name, asked in kind.questions().items():
            cell = book[kind.title].cell(5, kind.rank(name) + 1).coordinate
            rules = book[kind.title].data_validations.dataValidation
            helps = [rule.prompt for rule in rules if cell in rule.sqref and rule.showInputMessage]
            assert helps == ([asked.help] if asked.help else [])


def table_of_draft(root: Path, name: str) -> list[str]:
    path = root / "brouillon-import" / f"{name}.csv"
    return path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []


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

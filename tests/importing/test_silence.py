"""A cell is never changed unseen: what it says more than its value is told, what may be meant otherwise is asked."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.characters import unaccented
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import ColumnRow, TableRow, WordRow
from rlpipeline.importing.reading import Column, Table, read
from rlpipeline.importing.tables import Grid, Place
from rlpipeline.records.tabular import Sheet
from rlpipeline.settings.models import Service, load_service
from tests.importing import walking as a
from tests.importing.test_unlike import DRAFT, FILE, LEFT, column, tables, typed
from tests.importing.walking import Answers, bring_in, export, service, table

FIXED, TOGETHER = "partout le même", "à plusieurs"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return service(tmp_path)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return load_service(service(tmp_path_factory.mktemp("service")) / "params")


def account(root: Path) -> dict[str, dict[str, str]]:
    return {row[a.COUNTED]: row for row in Answers(root).rows(a.ACCOUNT)}


# What is the same for a whole table.

LIST = [["Local Drouot – qui est venu"], ["Date", "Nom et prénom"], ["2024-03-05", "Léa D."]]
LIST += [["2024-03-12", "Karim B."]]
MEETINGS = (
    tables("une rencontre", "une colonne", "Carvin"),
    column("Date", "présences — date de la rencontre"),
    column("Nom et prénom", "le jeune — nom et prénom"),
)


def test_a_title_above_a_table_is_offered_as_its_place(root: Path) -> None:
    file = export(root, LIST)
    assert bring_in(root, file, typed(*MEETINGS)) == 2
    row = Answers(root).rows(a.TABLES)[0]
    assert row[FIXED] == "" and "Local Drouot" in row["à savoir"]
    names = Answers(root).book.defined_names
    page, cells = names[row["choix"]].attr_text.split("!")
    offered = [cell.value for (cell,) in Answers(root).book[page][cells.replace("$", "")]]
    assert offered[0] == "lieu de la rencontre = Local Drouot" and offered[-1] == "rien"
    said = ((a.TABLES, "tableau", "1"), {FIXED: offered[0]})
    assert bring_in(root, file, typed(*MEETINGS, said)) == 0
    assert {row["lieu"] for row in table(root, "presences", DRAFT)} == {"Local Drouot"}


def test_a_date_and_an_educator_may_be_the_same_everywhere(root: Path) -> None:
    file = export(root, [["Activité", "Commune", "Heures"], ["Formation", "Carvin", 2]])
    fixed = {FIXED: "date = 05/03/2024 ; éducateur = Awa"}
    said = typed(
        ((a.TABLES, "tableau", "1"), {a.KIND: "du temps", **fixed}),
        ((a.TABLES, "feuille", "Feuil1"), {a.YEAR: "2024", a.COMMUNE: "une colonne"}),
        column("Heures", "temps — heures", unite="h"),
    )
    assert bring_in(root, file, said) == 0
    row = table(root, "temps", DRAFT)[0]
    assert row["date"] == "2024-03-05" and row["educateur"].startswith("EDU-")
    assert not any(row["écart"] not in ("", "0") for row in account(root).values())


def test_what_is_no_data_of_a_table_is_refused(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ((a.TABLES, "tableau", "1"), {FIXED: "lieux = Local Drouot"})
    assert bring_in(root, export(root, LIST), typed(*MEETINGS, said)) == 3
    assert "lieu de la rencontre = Local" in capsys.readouterr().err


# Several educators in a cell.

SHEET = [["Date", "Éducateur", "Commune", "Activité", "Heures"]]
SHEET += [["2024-03-05", "Awa", "Carvin", "Formation", 3]]
SHEET += [["2024-03-06", "Awa / Karim", "Carvin", "Formation", 2]]
SHEET += [["2024-03-07", "Karim et Solène", "Carvin", "Formation", "1h30"]]
SHEET += [["Total", None, None, None, 10]]


@pytest.mark.parametrize(
    ("answer", "educators", "hours"),
    [
        (v.Together.EACH, 3, ["3", "2", "2", "1.5", "1.5"]),
        (v.Together.SHARED, 3, ["3", "1", "1", "0.75", "0.75"]),
        (v.Together.ONE, 3, ["3", "2", "1.5"]),
    ],
)
def test_several_educators_have_the_hours_each_or_share_them(
    root: Path, answer: str, educators: int, hours: Sequence[str]
) -> None:
    said = typed(
        tables("du temps", "une colonne", "une colonne"),
        column("Heures", "temps — heures", unite="h", vide=a.NOTED),
        ((a.COLUMNS, "en-tête", "Éducateur"), {a.TARGET: "temps — éducateur", TOGETHER: answer}),
        ((a.PEOPLE, "ce qui diffère", "noms presque pareils"), {a.SAME: a.TWO}),
    )
    bring_in(root, export(root, SHEET), said)
    rows = table(root, "temps", DRAFT)
    assert [row["heures"] for row in rows] == list(hours)
    assert len({row["educateur"] for row in rows}) == educators
    total = account(root)["total : heures"]
    whole = sum(map(float, hours))
    assert total["dans l'export"] == "6,5" and total["dans les données"] == f"{whole:g}".replace(
        ".", ","
    )
    assert total["écart"] == "0"
    found = "totaux de l'export, retrouvés" in account(root)
    assert found == (answer == v.Together.EACH)


def test_hours_that_are_shared_may_be_unknown_or_typed(root: Path) -> None:
    grid = [["Date", "Éducateur", "Activité", "Heures"]]
    grid += [["2024-03-06", "Awa + Karim", "Formation", hours] for hours in ("nc", "matinée", 1)]
    said = typed(
        tables("du temps", "une colonne", "Carvin"),
        column("Heures", "temps — heures", unite="h"),
        (
            (a.COLUMNS, "en-tête", "Éducateur"),
            {a.TARGET: "temps — éducateur", TOGETHER: v.Together.SHARED},
        ),
        ((a.WORDS, a.WORD, "matinée"), {a.MEANING: "3"}),
    )
    bring_in(root, export(root, grid), said)
    hours = [row["heures"] for row in table(root, "temps", DRAFT)]
    assert hours == ["NC", "NC", "1.5", "1.5", "0.5", "0.5"]
    assert not any(row["écart"] not in ("", "0") for row in account(root).values())


# An empty count.


@pytest.mark.parametrize(
    ("blank", "numbers"), [("rien", ["6", "5"]), (a.NOTED, ["6", "", "", "5"])]
)
def test_an_empty_count_is_asked_and_may_be_nothing(
    root: Path, blank: str, numbers: Sequence[str]
) -> None:
    grid = [["Titre", "Commune", "11-14 ans", "15-18 ans"], ["Foot", "Carvin", 6, None]]
    grid += [["Judo", "Oignies", None, 5]]
    said = dict(
        typed(
            tables("une action", "2024", "une colonne"),
            column("11-14 ans", "participations — nombre", dit="11 à 14 ans", vide=blank),
            column("15-18 ans", "participations — nombre", dit="15 à 18 ans", vide=blank),
        )
    )
    bring_in(
        root,
        export(root, grid),
        {key: {k: t for k, t in typed_.items() if k != a.EMPTY} for key, typed_ in said.items()},
    )
    waiting = {
        Answers(root).rows(a.COLUMNS)[int(cell[1:]) - 5][a.HEADER]
        for sheet, cell in Answers(root).yellow()
        if sheet == a.COLUMNS
    }
    assert waiting == {"11-14 ans"}  # which holds for headers of its form
    bring_in(root, FILE, said)
    assert [row["nombre"] for row in table(root, "participations", DRAFT)] == numbers


# A cell that says two things, or more than what is taken.


@pytest.mark.parametrize(
    "cell", ["Local Drouot, Carvin", "Carvin (Local Drouot)", "Carvin – Local Drouot"]
)
def test_a_place_and_its_commune_are_parted_in_either_order(root: Path, cell: str) -> None:
    grid = [["Date", "Nom et prénom", "Où"], ["2024-03-05", "Léa D.", cell]]
    said = typed(
        tables("une rencontre", "une colonne", "une colonne"),
        column(
            "Où", "présences — lieu de la rencontre", aussi="présences — commune de la rencontre"
        ),
    )
    assert bring_in(root, export(root, grid), said) == 0
    row = table(root, "presences", DRAFT)[0]
    assert (row["lieu"], row["commune"]) == ("Local Drouot", "62215")
    assert not [what for what in account(root) if "une partie de la case" in what]


def test_what_a_cell_says_more_than_its_commune_is_told_until_it_is_taken(root: Path) -> None:
    grid = [["N°", "Sexe", "Vit à"], [1, "F", "Carvin (Tabellionne)"], [2, "G", "Carvin"]]
    kind = tables("un jeune", "sans objet", "une colonne")
    where = column("Vit à", "jeunes — commune de résidence")
    assert bring_in(root, export(root, grid), typed(kind, where)) == 0
    told = next(row for what, row in account(root).items() if "une partie de la case" in what)
    assert "« Carvin (Tabellionne) » (1 fois)" in told[a.WHY] and told[a.SEEN] == "oui"
    also = column("Vit à", "jeunes — commune de résidence", aussi="jeunes — quartier de résidence")
    assert bring_in(root, FILE, typed(kind, also)) == 0
    assert [row["quartier"] for row in table(root, "jeunes", DRAFT)] == ["Tabellionne", ""]
    assert not [what for what in account(root) if "une partie de la case" in what]


PLACES = st.text("abdéfilnort' -", min_size=3, max_size=12).map(str.strip).filter(v.is_filled)


@given(PLACES, st.sampled_from(["{} ({})", "{}, {}", "{} – {}", "{}/{}"]), st.booleans())
def test_no_word_of_a_place_is_lost(
    settings: Service, place: str, form: str, is_first: bool
) -> None:
    codes = v.Codes(settings)
    text = form.format(*(("Carvin", place) if is_first else (place, "Carvin")))
    commune, where = (v.TARGET_OF["presences", name] for name in ("commune", "lieu"))
    if codes.code(commune, text) != "62215":
        return
    values = [(commune, "62215"), (where, codes.without_commune(where, v.plain_text(text)))]
    assert codes.unsaid(text, values) == ""
    words = codes.unsaid(text, values[:1])
    assert words or not [word for word in v.label_key(place).split() if len(word) > 2]


def test_hours_of_a_day_are_told_by_their_form_alone(root: Path) -> None:
    grid = [["Date", "Nom et prénom"]]
    grid += [[f"2024-03-{day:02} {day % 9 + 10}:30", f"Léa {day}"] for day in range(1, 20)]
    assert bring_in(root, export(root, grid), typed(*MEETINGS)) == 0
    told = [row[a.WHY] for what, row in account(root).items() if "une partie de la case" in what]
    assert len(told) == 1 and "(19 fois)" in told[0]


def test_a_year_that_the_time_stamp_of_its_line_contradicts_is_asked(root: Path) -> None:
    header = ["Horodateur", "Jour", "Nom et prénom"]
    lines = [
        [f"2024/03/{day:02} 9:56:15 PM UTC+1", f"{day:02}/03/2024", f"Léa {day}"]
        for day in range(1, 21)
    ]
    lines[5][1] = "06/03/2023"
    said = typed(
        tables("une rencontre", "une colonne", "Carvin"),
        column("Horodateur", LEFT),
        column("Jour", "présences — date de la rencontre"),
    )
    assert bring_in(root, export(root, [header, *lines]), said) == 2
    asked = [row[a.WORD] for row in Answers(root).rows(a.WORDS)]
    assert asked == ["06/03/2023"]
    answered = ((a.WORDS, a.WORD, "06/03/2023"), {a.MEANING: "06/03/2024"})
    assert bring_in(root, FILE, said | typed(answered)) == 0
    assert [row["date"] for row in table(root, "presences", DRAFT)][5] == "2024-03-06"


# Every answer that is offered is followed.

WORDS = ["mars 24", "oct 24", "mars 2024", "mai 31", "été 2023", "12 j", "CP", "1,234", "31", "(x)"]
WORDS += ["Dreux – Bâtes", "99/99/2024", "?", "0", "3 mars"]
KINDS_OF_TARGET = [(kind, target) for kind in v.KINDS for target in v.targets_of_kind(kind)]


def one_column(settings: Service, kind: str, target: v.Target, words: Sequence[str]) -> Table:
    """A table of one column whose cells are these words."""
    row = TableRow("1", "f.csv", headers="1", first="2", last="9", kind=kind, year="2024")
    grid = Grid(
        row, Sheet("", [["X"], *([word] for word in words)]), Place(1, 1, 2, 1 + len(words)), {}
    )
    return Table(
        grid, [Column(ColumnRow(header="X", target=target.label), 0)], v.Codes(settings), kind
    )


@given(
    st.sampled_from(KINDS_OF_TARGET),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    st.data(),
)
def test_every_answer_that_is_offered_is_followed(
    settings: Service, place: tuple[str, v.Target], words: list[str], data: st.DataObject
) -> None:
    kind, target = place
    tables_ = [one_column(settings, kind, target, words)]
    asked = [*read(tables_, v.Codes(settings), []).words.values()]
    if not asked:
        return
    row: WordRow = data.draw(st.sampled_from(asked))
    row.meaning = data.draw(st.sampled_from([*row.offers]))
    again = read(tables_, v.Codes(settings), asked)
    others = [other for other in again.words.values() if other.key != row.key and not other.meaning]
    assert row.meaning == v.Meaning.ONE_BY_ONE or len(others) < len(asked)


def test_columns_of_one_form_are_asked_about_once(root: Path) -> None:
    header = ["Éducateur", "Commune", "Activité", "S1", "S2", "S3", "Trajets"]
    lines = [
        ["Awa", "Carvin", "Formation", 7, 3, None, 1],
        [None, "Oignies", "Formation", 2, 5, 6, 2],
    ]
    said = dict(
        typed(
            ((a.TABLES, "feuille", "Feuil1"), {a.KIND: "du temps", a.COMMUNE: "une colonne"}),
            ((a.TABLES, "tableau", "1"), {a.YEAR: "2024"}),
            column("Éducateur", "temps — éducateur", vide="comme au-dessus"),
            *(column(f"S{n}", "temps — heures", dit=f"0{n}/01/2024") for n in (1, 2, 3)),
            column("Trajets", "temps — heures", dit="04/01/2024"),
        )
    )
    assert bring_in(root, export(root, [header, *lines]), said) == 2
    answers = Answers(root)
    rows = {row["n"]: row[a.HEADER] for row in answers.rows(a.COLUMNS)}
    asked = {
        rows[cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
        for sheet, cell in answers.yellow()
        if sheet == a.COLUMNS
    }
    assert asked == {"S1", "Trajets"}
    said |= typed(
        column("S1", "temps — heures", dit="01/01/2024", unite="h", vide="rien"),
        column("Trajets", "temps — heures", dit="04/01/2024", unite="min", vide="rien"),
    )
    assert bring_in(root, FILE, said) == 0
    units = {row[a.HEADER]: row[a.UNIT] for row in Answers(root).rows(a.COLUMNS)}
    assert [units[name] for name in ("S1", "S2", "S3", "Trajets")] == ["h", "h", "h", "min"]
    total = sum(float(row["heures"]) for row in table(root, "temps", DRAFT))
    assert total == pytest.approx(7 + 3 + 2 + 5 + 6 + 3 / 60, abs=1e-3)


def test_the_first_day_of_a_month_whose_year_has_two_digits_is_accounted_for(root: Path) -> None:
    grid = [
        ["N°", "Statut", "Début"],
        *([n, "PAEI", f"{month} 24"] for n, month in enumerate(("oct", "mars", "nov"), 1)),
    ]
    said = typed(
        tables("un suivi", "sans objet", "sans objet"),
        ((a.WORDS, a.WORD, "(de forme) mois 9"), {a.MEANING: "le premier jour"}),
    )
    bring_in(root, export(root, grid), said)
    days = [row["date_debut"] for row in table(root, "suivis", DRAFT)]
    assert days == ["2024-10-01", "2024-03-01", "2024-11-01"]
    assert not any(row["écart"] not in ("", "0") for row in account(root).values())


def test_a_week_that_is_out_of_order_is_asked_and_the_same_elsewhere_is_not(root: Path) -> None:
    weeks = [
        "30 décembre",
        *(f"{day} {month}" for month in ("janvier", "mars", "mai") for day in (6, 13, 20, 27)),
    ]
    weeks += [f"{day} {month}" for month in ("février", "avril") for day in (3, 10, 17, 24)]
    weeks.sort(
        key=lambda week: v.MONTHS[unaccented(week.split()[1])] % 12 * 100 + int(week.split()[0])
    )
    grid: list[list[object]] = [["Semaine", "Nom et prénom"]]
    grid += [[f"semaine du {week}", f"Léa {rank}"] for rank, week in enumerate(weeks)]
    said = typed(
        tables("une rencontre", "2025", "Carvin"),
        column("Semaine", "présences — date de la rencontre"),
    )
    assert bring_in(root, export(root, grid), said) == 2
    assert [row[a.WORD] for row in Answers(root).rows(a.WORDS)] == ["semaine du 30 décembre"]
    said |= typed(((a.WORDS, a.WORD, "semaine du 30 décembre"), {a.MEANING: "30/12/2024"}))
    assert bring_in(root, FILE, said) == 0
    days = [row["date"] for row in table(root, "presences", DRAFT)]
    assert days == sorted(days) and days[0] == "2024-12-30"


@pytest.mark.parametrize(("unit", "is_told"), [("h", True), ("min", False)])
def test_minutes_that_are_taken_for_hours_are_told(root: Path, unit: str, is_told: bool) -> None:
    grid = [["Date", "Éducateur", "Activité", "Durée"]]
    grid += [
        [f"2024-03-{day:02}", "Awa", "Formation", minutes]
        for day, minutes in enumerate((90, 120, 45, 20), 1)
    ]
    said = typed(
        tables("du temps", "une colonne", "Carvin"), column("Durée", "temps — heures", unite=unit)
    )
    bring_in(root, export(root, grid), said)
    assert any("des minutes ?" in what for what in account(root)) == is_told

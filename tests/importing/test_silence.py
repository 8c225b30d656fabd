"""A cell is never changed unseen: what it says more than its value is told, what may be meant otherwise is asked."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import ColumnRow, TableRow, WordRow
from rlpipeline.importing.reading import AnsweredColumn, AnsweredTable, read
from rlpipeline.importing.tables import LocatedTable, TablePlace
from rlpipeline.records.tabular import Sheet
from rlpipeline.settings.models import Service, load_service
from tests.importing import walking as a
from tests.importing.test_unlike import DRAFT, column, tables, typed
from tests.importing.walking import Answers, bring_in, export, service, table

FIXED = "partout le même"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return service(tmp_path)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return load_service(service(tmp_path_factory.mktemp("service")) / "params")


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


# Every answer that is offered is followed.

WORDS = ["mars 24", "oct 24", "mars 2024", "mai 31", "été 2023", "12 j", "CP", "1,234", "31", "(x)"]
WORDS += ["Dreux – Bâtes", "99/99/2024", "?", "0", "3 mars"]
KINDS_OF_TARGET = [(kind, target) for kind in v.KINDS for target in v.targets_of_kind(kind)]


def one_column(
    settings: Service, kind: str, target: v.Target, words: Sequence[str]
) -> AnsweredTable:
    """A table of one column whose cells are these words."""
    row = TableRow("1", "f.csv", headers="1", first="2", last="9", kind=kind, year="2024")
    grid = LocatedTable(
        row,
        Sheet("", [["X"], *([word] for word in words)]),
        TablePlace(1, 1, 2, 1 + len(words)),
        {},
    )
    return AnsweredTable(
        grid,
        [AnsweredColumn(ColumnRow(header="X", target=target.label), 0)],
        v.Codes(settings),
        kind,
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

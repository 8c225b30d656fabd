import math

import pytest

from rlpipeline.records.labels import words_of
from rlpipeline.records.parsing import Unread, read_code, read_number
from rlpipeline.records.tables import TABLES, Column
from rlpipeline.settings.models import Commune, Service

ANY = Column("montant_eur", "number")
COUNT = Column("nombre", "number", minimum=0, whole=True)
NOTE = Column("note", "number", minimum=1, maximum=5)
NUMBERS = [column for table in TABLES for column in table.columns if column.kind == "number"]
SPACES = [" ", "\u00a0", "\u202f", "\u2009", "\u2007"]


@pytest.mark.parametrize("space", SPACES)
def test_any_kind_of_space_parts_the_thousands(space: str) -> None:
    assert read_number(f"1{space}234{space}567,25", ANY) == 1234567.25


@pytest.mark.parametrize(
    ("text", "value"), [("1055.5", 1055.5), ("1055,5", 1055.5), ("-12", -12), ("−12", -12), ("+3", 3), ("007", 7)]
)
def test_decimals_follow_a_point_or_a_comma(text: str, value: float) -> None:
    assert read_number(text, ANY) == value


@pytest.mark.parametrize("text", ["NC", "nc", "Nc"])
def test_nc_is_a_number_nobody_gave(text: str) -> None:
    value = read_number(text, COUNT)
    assert isinstance(value, float)
    assert math.isnan(value)


def test_minus_zero_is_zero() -> None:
    value = read_number("-0", ANY)
    assert isinstance(value, float)
    assert math.copysign(1, value) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.055,5", "milliers"),
        ("1,055.5", "milliers"),
        ("12 €", "sans son unité"),
        ("12 %", "sans son unité"),
        *((text, "1,5 pour 1 h 30") for text in ("2h30", "2 h", "7h", "3,5 h", "1h05", "7 H", "2 heures", "45 min")),
        ("1:30", "1,5 pour 1 h 30"),
        ("12 34", "nombre attendu"),
        ("1e3", "nombre attendu"),
        ("nan", "nombre attendu"),
        ("inf", "nombre attendu"),
        ("٣", "nombre attendu"),
        ("douze", "nombre attendu"),
    ],
)
def test_what_is_no_number_says_why(text: str, said: str) -> None:
    read = read_number(text, ANY)
    assert isinstance(read, Unread)
    assert read.code == "E101"
    assert said in read.message


@pytest.mark.parametrize(
    ("text", "column"),
    [("-1", COUNT), ("1,5", COUNT), ("0", NOTE), ("5,5", NOTE), ("9" * 400, ANY)]
    + [(str(maximum + 1), column) for column in NUMBERS if (maximum := int(column.maximum or 0))]
    + [("9" * 20, column) for column in NUMBERS],
)
def test_bounds(text: str, column: Column) -> None:
    read = read_number(text, column)
    assert isinstance(read, Unread)
    assert read.code == "E106"


def test_every_code_is_read_by_its_words_and_by_itself_whatever_the_case() -> None:
    service = Service(nom="Essai", departement="62", communes=(Commune(code="62215", nom="Carvin"),))
    for column in (column for table in TABLES for column in table.columns if column.kind == "code"):
        words = words_of(column, service)
        assert words
        for code, label in words.items():
            assert {read_code(text, words) for text in (code, code.upper(), label, label.lower())} == {code}


def test_words_of_several_codes_list_them() -> None:
    words = {"autres_sante": "Santé : Autres", "autres_justice": "Justice : Autres"}
    read = read_code("autres", words)
    assert isinstance(read, Unread)
    assert "« autres_sante » (Santé : Autres), « autres_justice » (Justice : Autres)" in read.message
    assert read_code("Santé : autres", words) == read_code("autres_sante", words) == "autres_sante"


@pytest.mark.parametrize("family", ["sociales", "Questions sociales"])
def test_nc_and_a_family_are_no_code(family: str) -> None:
    nc = read_code("NC", {"logement": "Logement"})
    several = read_code(family, {"logement": "Logement"}, {"sociales": "Questions sociales"})
    assert isinstance(nc, Unread)
    assert "NC ne s'écrit que dans une colonne de nombres" in nc.message
    assert isinstance(several, Unread)
    assert "est une famille" in several.message

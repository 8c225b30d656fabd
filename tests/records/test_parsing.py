import math

import pytest

from rlpipeline.records.dates import Unread
from rlpipeline.records.parsing import read_code, read_commune, read_flag, read_number, read_territory
from rlpipeline.records.schema import Column

ANY = Column("montant_eur", "number")
COUNT = Column("nombre", "number", minimum=0, whole=True)
NOTE = Column("note", "number", minimum=1, maximum=5)
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
        ("2h30", "1,5 pour 1 h 30"),
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
    ("text", "column"), [("-1", COUNT), ("1,5", COUNT), ("0", NOTE), ("5,5", NOTE), ("9" * 400, ANY)]
)
def test_bounds(text: str, column: Column) -> None:
    read = read_number(text, column)
    assert isinstance(read, Unread)
    assert read.code == "E106"


@pytest.mark.parametrize(("text", "value"), [("oui", True), ("OUI", True), ("Non", False)])
def test_yes_or_no(text: str, value: bool) -> None:
    assert read_flag(text) is value


@pytest.mark.parametrize("text", ["1", "vrai", "o"])
def test_neither_yes_nor_no(text: str) -> None:
    assert isinstance(read_flag(text), Unread)


def test_codes_are_exact_and_the_nearest_is_named() -> None:
    assert read_code("PAEI", ("PAEI", "ASEP")) == "PAEI"
    for text in ("paei", "PEAI"):
        read = read_code(text, ("PAEI", "ASEP"))
        assert isinstance(read, Unread)
        assert read.code == "E103"
        assert "le plus proche est « PAEI »" in read.message


def test_nc_and_a_family_are_no_code() -> None:
    nc = read_code("NC", ("logement",))
    family = read_code("sociales", ("logement",), ("sociales",))
    assert isinstance(nc, Unread)
    assert "NC ne s'écrit que dans une colonne de nombres" in nc.message
    assert isinstance(family, Unread)
    assert "est une famille" in family.message


def test_a_long_list_of_codes_is_not_spelt_out() -> None:
    codes = tuple(f"code_{number}" for number in range(40))
    read = read_code("logement", codes)
    assert isinstance(read, Unread)
    assert "code_39" not in read.message


@pytest.mark.parametrize("text", ["62215", "01004", "2A004", "2B033", "97411", "99351", "hors"])
def test_an_insee_code_is_kept(text: str) -> None:
    assert read_commune(text) == text


def test_a_code_made_decimal_is_the_code() -> None:
    assert read_commune("62215.0") == "62215"
    assert read_territory("246200299.0") == "246200299"


@pytest.mark.parametrize("read", [read_commune, read_territory])
@pytest.mark.parametrize("text", ["1004", "1004.0"])
def test_a_lost_zero_names_both_readings(read: object, text: str) -> None:
    unread = read(text)  # type: ignore[operator]
    assert isinstance(unread, Unread)
    assert unread.code == "E104"
    assert "« 01004 »" in unread.message
    assert "« 10040 » à « 10049 »" in unread.message


@pytest.mark.parametrize(
    "text", ["Carvin", "622150", "00123", "96001", "2a004", "Hors", "NC", "62 215", "004", "62215.5"]
)
def test_what_is_no_commune(text: str) -> None:
    unread = read_commune(text)
    assert isinstance(unread, Unread)
    assert unread.code == "E103"


@pytest.mark.parametrize("text", ["62215", "246200299", "QP062044", "QN06201M"])
def test_a_territory_is_a_commune_an_epci_or_a_neighbourhood(text: str) -> None:
    assert read_territory(text) == text


@pytest.mark.parametrize("text", ["hors", "24620029", "QX062044", "Carvin"])
def test_what_is_no_territory(text: str) -> None:
    assert isinstance(read_territory(text), Unread)

from datetime import date

import pytest

from rlpipeline.records.parsing import Unread, read_birth, read_date, read_year


@pytest.mark.parametrize(
    "text", ["2023-05-07", "07/05/2023", "7/5/2023", "2023-5-7", "2023-05-07 00:00:00", "2023-05-07T12:30:00.5+02:00"]
)
def test_a_day_is_read_day_first(text: str) -> None:
    assert read_date(text) == date(2023, 5, 7)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("2023-17-05", "E102", "17/05/2023"),
        ("05/17/2023", "E102", "17/05/2023"),
        ("31/13/2023", "E102", "le mois 13 n'existe pas"),
        ("04/31/2023", "E102", "le mois 31 n'existe pas"),
        ("31/04/2023", "E102", "va du 1 au 30"),
        ("29/02/2023", "E102", "va du 1 au 28"),
        ("00/05/2023", "E102", "le jour 0"),
        ("01/00/2023", "E102", "le mois 0"),
        ("01/01/0202", "E102", "0202"),
        ("17/05/23", "E101", "deux chiffres"),
        ("2023", "E101", "année seule"),
        ("45063", "E101", "17/05/2023"),
        ("45063.5", "E101", "17/05/2023"),
        ("17.05.2023", "E101", "le jour d'abord"),
        ("NC", "E101", "le jour d'abord"),
        ("17/05/2023 matin", "E101", "le jour d'abord"),
        ("١٧/٠٥/٢٠٢٣", "E101", "le jour d'abord"),
    ],
)
def test_what_is_no_day_says_why(text: str, code: str, said: str) -> None:
    read = read_date(text)
    assert isinstance(read, Unread)
    assert read.code == code
    assert said in read.message


def test_a_swap_is_not_suggested_where_it_would_give_no_day() -> None:
    read = read_date("2023-31-02")
    assert isinstance(read, Unread)
    assert "inversés" not in read.message


@pytest.mark.parametrize(("text", "value"), [("2008", 2008), ("2008.0", 2008), ("17/05/2008", date(2008, 5, 17))])
def test_a_birth_is_a_day_or_a_year(text: str, value: object) -> None:
    assert read_birth(text) == value


@pytest.mark.parametrize("text", ["08", "1899", "2101", "20x3", "2023.5"])
def test_what_is_no_year(text: str) -> None:
    assert isinstance(read_year(text), Unread)

"""One cell: dates, numbers, codes as they are typed, and why what is none of them is not read."""

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from rlpipeline.records.reading import (
    read_birth,
    read_code,
    read_date,
    read_number,
    read_year,
    words_of,
)
from rlpipeline.records.tables import TABLES, Column, Unread
from rlpipeline.records.tabular import text_of
from rlpipeline.settings.models import Commune, Service

ANY = Column("montant_eur", "number")
COUNT = Column("nombre", "number", minimum=0, whole=True)
NOTE = Column("note", "number", minimum=1, maximum=5)
NUMBERS = [column for table in TABLES for column in table.columns if column.kind == "number"]
DAYS = "2023-05-07|07/05/2023|7/5/2023|2023-5-7|2023-05-07 00:00:00|2023-05-07T12:30:00.5+02:00"
NO_DAYS = {
    "E102 17/05/2023": "2023-17-05|05/17/2023",
    "E102 le mois 13 n'existe pas": "31/13/2023",
    "E102 le mois 31 n'existe pas": "04/31/2023",
    "E102 va du 1 au 30": "31/04/2023",
    "E102 va du 1 au 28": "29/02/2023",
    "E102 le jour 0": "00/05/2023",
    "E102 le mois 0": "01/00/2023",
    "E102 0202": "01/01/0202",
    "E101 deux chiffres": "17/05/23",
    "E101 année seule": "2023",
    "E101 17/05/2023": "45063|45063.5",
    "E101 le jour d'abord": "17.05.2023|NC|17/05/2023 matin|١٧/٠٥/٢٠٢٣",
}
NO_NUMBERS = {
    "E101 milliers": "1.055,5|1,055.5",
    "E101 sans son unité": "12 €|12 %",
    "E101 1,5 pour 1 h 30": "2h30|2 h|7h|3,5 h|1h05|7 H|2 heures|45 min|1:30",
    "E101 nombre attendu": "12 34|1e3|nan|inf|٣|douze",
}


def why(read: object) -> str:
    assert isinstance(read, Unread), read
    return f"{read.code} {read.message}"


def test_a_day_is_read_day_first() -> None:
    assert {text: read_date(text) for text in DAYS.split("|")} == dict.fromkeys(
        DAYS.split("|"), date(2023, 5, 7)
    )


@pytest.mark.parametrize(("said", "texts"), [*NO_DAYS.items(), *NO_NUMBERS.items()])
def test_what_is_no_day_and_no_number_says_why(said: str, texts: str) -> None:
    for text in texts.split("|"):
        told = why(read_date(text) if said in NO_DAYS else read_number(text, ANY))
        assert told.startswith(said[:4]) and said[5:] in told, (text, told)


def test_a_swap_is_not_suggested_where_it_would_give_no_day() -> None:
    assert "inversés" not in why(read_date("2023-31-02"))


def test_a_birth_is_a_day_or_a_year() -> None:
    assert [read_birth(text) for text in ("2008", "2008.0", "17/05/2008")] == [
        2008,
        2008,
        date(2008, 5, 17),
    ]
    assert all(
        isinstance(read_year(text), Unread) for text in ("08", "1899", "2101", "20x3", "2023.5")
    )


def test_numbers_as_they_are_typed() -> None:
    texts = {"1055.5": 1055.5, "1055,5": 1055.5, "-12": -12, "−12": -12, "+3": 3, "007": 7}
    texts |= {
        f"1{space}234{space}567,25": 1234567.25
        for space in (" ", "\u00a0", "\u202f", "\u2009", "\u2007")
    }
    assert {text: read_number(text, ANY) for text in texts} == texts
    assert all(math.isnan(float(str(read_number(text, COUNT)))) for text in ("NC", "nc", "Nc"))
    assert math.copysign(1, float(str(read_number("-0", ANY)))) == 1


@pytest.mark.parametrize(
    ("text", "column"),
    [("-1", COUNT), ("1,5", COUNT), ("0", NOTE), ("5,5", NOTE), ("9" * 400, ANY)]
    + [(str(maximum + 1), column) for column in NUMBERS if (maximum := int(column.maximum or 0))]
    + [("9" * 20, column) for column in NUMBERS],
)
def test_bounds(text: str, column: Column) -> None:
    assert why(read_number(text, column)).startswith("E106")


def test_every_code_is_read_by_its_words_and_by_itself_whatever_the_case() -> None:
    service = Service(
        nom="Essai", departement="62", communes=(Commune(code="62215", nom="Carvin"),)
    )
    for column in (column for table in TABLES for column in table.columns if column.kind == "code"):
        words = words_of(column, service)
        assert words
        for code, label in words.items():
            assert {
                read_code(text, words) for text in (code, code.upper(), label, label.lower())
            } == {code}


def test_words_of_several_codes_a_family_and_nc_are_no_code() -> None:
    words = {"autres_sante": "Santé : Autres", "autres_justice": "Justice : Autres"}
    assert "« autres_sante » (Santé : Autres), « autres_justice » (Justice : Autres)" in why(
        read_code("autres", words)
    )
    assert read_code("Santé : autres", words) == read_code("autres_sante", words) == "autres_sante"
    assert "NC ne s'écrit que dans une colonne de nombres" in why(
        read_code("NC", {"logement": "Logement"})
    )
    for family in ("sociales", "Questions sociales"):
        told = why(read_code(family, {"logement": "Logement"}, {"sociales": "Questions sociales"}))
        assert "est une famille" in told


def test_what_a_workbook_or_a_database_holds_is_a_text() -> None:
    held = {
        Decimal("2.50"): "2.5",
        Decimal("1E+3"): "1000",
        0.8: "0.8",
        1e16: "10000000000000000",
        12: "12",
    }
    held |= {
        True: "oui",
        b"\xff": "\ufffd",
        timedelta(hours=26, minutes=30): "26:30",
        time(1, 30): "01:30:00",
    }
    held |= {
        date(2023, 1, 9): "2023-01-09",
        datetime(2023, 1, 9): "2023-01-09",
        datetime(2023, 1, 9, 14): "2023-01-09 14:00:00",
    }
    assert {cell: text_of(cell) for cell in held} == held
    assert text_of("") is text_of(None) is None

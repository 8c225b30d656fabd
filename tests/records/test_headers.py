import pytest

from rlpipeline.records.headers import Headers, match_headers
from rlpipeline.records.tables import table_named

HEADER = ("date", "commune", "lieu", "id_jeune")


def matched(*header: str, filled: tuple[bool, ...] | None = None) -> Headers:
    return match_headers(table_named("presences"), header, filled or (True,) * len(header), 1)


def codes(headers: Headers) -> list[tuple[str, str | None]]:
    return [(item.code, item.colonne) for item in headers.findings]


def test_headers_of_the_contract_in_any_order() -> None:
    headers = matched(*reversed(HEADER))
    assert headers.positions == {"id_jeune": 0, "lieu": 1, "commune": 2, "date": 3}
    assert headers.findings == ()


@pytest.mark.parametrize(
    "written", [" id_jeune", "ID_Jeune", "id_jeune\u00a0", "\ufeffid_jeune", "id jeune", "id-jeune"]
)
def test_a_header_written_otherwise_is_read_and_said(written: str) -> None:
    headers = matched("date", "commune", written)
    assert headers.positions["id_jeune"] == 2
    assert codes(headers) == [("A004", "id_jeune")]


def test_a_repeated_header_keeps_the_exact_one() -> None:
    headers = matched("Date", *HEADER)
    assert headers.positions["date"] == 1
    assert codes(headers) == [("E008", "date")]


def test_a_column_without_a_header() -> None:
    assert codes(matched(*HEADER, "", filled=(True,) * 4 + (False,))) == []
    assert codes(matched(*HEADER, "", filled=(True,) * 5)) == [("E008", None)]


def test_a_missing_column_is_an_error_only_where_it_is_required() -> None:
    assert codes(matched("date", "id_jeune")) == [("E002", "commune")]


def test_an_unknown_column_is_a_warning_that_names_the_nearest() -> None:
    headers = matched(*HEADER, "communes")
    (item,) = headers.findings
    assert (item.code, item.colonne) == ("A002", "communes")
    assert "« commune »" in item.message
    assert headers.unknown == (4,)


def test_a_column_of_personal_data_is_an_error_where_the_table_is_about_young_people() -> None:
    assert codes(matched(*HEADER, "Nom")) == [("E301", "Nom")]
    other = match_headers(table_named("partenaires"), ("annee", "nom", "domaine", "telephone"), (True,) * 4, 1)
    assert codes(other) == [("A002", "telephone")]


def test_several_unknown_columns_are_one_warning() -> None:
    (item,) = matched(*HEADER, "communes", "x", "Nom", "y").findings[1:]
    assert (item.code, item.colonne) == ("A002", "communes, x, y")
    assert "3 colonnes inconnues" in item.message
    assert "renommer « communes » en « commune »" in item.message

from __future__ import annotations

import pytest

from rlpipeline.printed_report.cells import read_cell, shown, sum_shown


@pytest.mark.parametrize(
    ("printed", "value", "unit"),
    [
        ("1 234", 1234, ""),
        ("1\u202f234,5", 1234.5, ""),
        ("16.78 %", 16.78, "%"),
        ("9.79%", 9.79, "%"),
        ("1303 h", 1303, "heures"),
        ("4,5 ETP", 4.5, "etp"),
        ("1 h 30", 1.5, "heures"),
        ("+7,4 %", 7.4, "%"),
        ("-3,0 %", -3.0, "%"),
        ("2,3 k€", 2.3, "k€"),
        ("12 jeunes", 12, "jeunes"),
    ],
)
def test_a_number_is_read_with_its_unit(printed: str, value: float, unit: str) -> None:
    cell = read_cell(printed)
    assert (cell.value, cell.unit, cell.mark) == (value, unit, "")


@pytest.mark.parametrize("printed", ["NC", "n. c.", "nd", "–", "-", "non communiqué", "?", "…"])
def test_a_mark_of_absence_is_no_value_and_no_blank(printed: str) -> None:
    cell = read_cell(printed)
    assert cell.value is None
    assert cell.mark == printed
    assert not cell.empty


@pytest.mark.parametrize(
    "printed", ["9 jeunes sur 56h + 2 jours de camp", "12/03/2023", "11-14 ans", "PRE : 3", "3 jeunes (ME et ES)"]
)
def test_a_cell_of_more_than_a_number_is_words(printed: str) -> None:
    assert read_cell(printed).words


@pytest.mark.parametrize("printed", ["42 (37 %)", "42 (soit 37 %)", "42 / 37 %", "42 – 37 %"])
def test_a_share_beside_its_count_is_read(printed: str) -> None:
    cell = read_cell(printed)
    assert (cell.value, cell.share) == (42, 37)


def test_a_blank_is_empty_and_nothing_else() -> None:
    cell = read_cell("  ")
    assert cell.empty
    assert not cell.mark
    assert not cell.words


def test_numbers_are_written_as_a_french_report_prints_them() -> None:
    assert shown(1234567.5) == "1 234 567,5"
    assert shown(12.0) == "12"
    assert shown(12, 1) == "12,0"


def test_a_sum_is_written_out_without_its_zeros() -> None:
    assert sum_shown((24, 0, 31, 12)) == "24 + 31 + 12 = 67"
    assert sum_shown((0, 0)) == "0 = 0"

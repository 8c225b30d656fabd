import pandas as pd
import pytest

from rlpipeline.errors import DataError
from rlpipeline.records import Records, latest_year, load, years
from rlpipeline.records.frames import among
from rlpipeline.records.schema import empty_frame
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service
from tests.records.conftest import Write
from tests.records.sample import sample


def test_years_are_those_of_the_yearly_tables(write: Write, service: Service) -> None:
    records, _ = load(write(sample()), service)
    assert years(records) == (2022, 2023)
    assert latest_year(records) == 2023


def test_without_yearly_tables_years_are_those_of_the_dates(write: Write, service: Service) -> None:
    tables = {name: rows for name, rows in sample().items() if name in ("jeunes", "suivis")}
    tables["suivis"].append(["S9", "J1", "ASEP", "2019-01-01", "", "", ""])
    records, _ = load(write(tables), service)
    assert years(records) == (2019, 2022, 2023)


def test_records_without_a_year() -> None:
    records = Records({table.name: empty_frame(table) for table in TABLES}, frozenset())
    assert years(records) == ()
    with pytest.raises(DataError, match="--year"):
        latest_year(records)


def test_texts_are_found_among_others() -> None:
    values = pd.Series(["b", None, "a", "é"], index=[3, 1, 4, 2], dtype="str")
    others = pd.concat([pd.Series(["é", "z"], dtype="str"), pd.Series(["b", "b", None], dtype="str")])
    assert among(values, others).to_dict() == {3: True, 1: False, 4: False, 2: True}
    assert among(values, others.iloc[:0]).to_list() == [False] * 4
    assert among(values.iloc[:0], others).empty

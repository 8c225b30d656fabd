"""Whatever the cells hold, every kind of source gives the same frames and the same findings.

Slow: the same cells in every other kind of source, where a reader alone may change one.
"""

import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlpipeline.records import TABLES, load
from rlpipeline.settings.models import Service
from tests.records.sample import Sheets, sample
from tests.records.writers import write_csv, write_ods, write_sqlite, write_xlsx

# No control character: a workbook cannot hold them. No « _x000D_ », which Excel reads as a control character.
_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufffd\ufffe\uffff_")
_TEXT = st.text(_LETTERS, max_size=12) | st.sampled_from(
    ["=1+1", '"', "a;b,c", "l'été\nau bord", "#", "NC", " x ", "-", "1e5"]
)
_DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
_DAY_TEXT = _DAYS.map(lambda day: f"{day:%d/%m/%Y}") | _DAYS.map(date.isoformat)
_NUMBERS = st.one_of(
    st.just(""),
    st.just("NC"),
    st.integers(0, 10**6).map(str),
    st.floats(0, 1e6).map(lambda value: f"{value:.3f}".replace(".", ",")),
    st.integers(0, 999_999_999).map(lambda value: f"{value:,}".replace(",", "\u202f")),
)


@st.composite
def tables(draw: st.DrawFn) -> Sheets:
    drawn = {name: rows for name, rows in sample().items() if name in ("jeunes", "suivis", "temps", "financements")}
    rows = draw(st.lists(st.tuples(_TEXT, _DAY_TEXT, _NUMBERS, _TEXT), max_size=4))
    drawn["jeunes"] += [[f"K{n}", "F", day, "62215", text, "2023-01-01"] for n, (text, day, _, _) in enumerate(rows)]
    drawn["temps"] += [[day, text, "", "formation", number, ""] for text, day, number, _ in rows]
    drawn["financements"] += [["2023", text, number, other] for text, _, number, other in rows]
    return drawn


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables=tables())
def test_kinds_agree(tables: Sheets, service: Service) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected, said = load(write_csv(tables, folder / "source"), service)
        for source in (
            write_csv(tables, folder / "french", ";", "utf-8-sig"),
            write_xlsx(tables, folder / "source.xlsx"),
            write_ods(tables, folder / "source.ods"),
            write_sqlite(tables, folder / "source.sqlite"),
        ):
            records, findings = load(source, service)
            assert sorted(_kind(item) for item in findings) == sorted(_kind(item) for item in said), source
            for table in TABLES:
                pd.testing.assert_frame_equal(records[table.name], expected[table.name])


def _kind(item: object) -> tuple[str, str, str, str]:
    return item.code, item.table, str(item.colonne), str(item.valeur)  # type: ignore[attr-defined]

"""The list of follow-ups to look at again and its table."""

from __future__ import annotations

import pytest

from rlpipeline.checks.findings import examine
from rlpipeline.checks.model import Figure
from rlpipeline.checks.relations import check_list
from rlpipeline.declared import FigureKey

HEADER = ("educateur", "statut", "id_suivi", "commune")
ROWS = (("E1", "PAEI", "S1", "62215"), ("E1", "PAEI", "S2", "hors"), ("E2", "ASEP", "S3", "62215"))
COUNTS = {
    ("service", "PAEI"): 2.0, ("service", "ASEP"): 1.0, ("service", "total"): 3.0,
    ("62215", "PAEI"): 1.0, ("62215", "ASEP"): 1.0, ("62215", "total"): 2.0,
    ("62637", "PAEI"): 0.0, ("62637", "ASEP"): 0.0, ("62637", "total"): 0.0,
}  # fmt: skip


def keys_found(rows: tuple[tuple[str, ...], ...] = ROWS, **changed: float) -> list[str]:
    values = {**COUNTS, **{("service", line): value for line, value in changed.items()}}
    keys = {FigureKey("alertes", 2023, place, line, "nombre"): value for (place, line), value in values.items()}
    figures = {key: Figure(key, value, "suivis", "ok", "") for key, value in keys.items()}
    lines = dict(zip(HEADER, zip(*rows, strict=True), strict=True))
    return [finding.key for finding in examine(check_list(lines, figures, 2023))[0]]


def test_a_list_as_long_as_its_table_is_right_even_where_a_territory_has_no_table() -> None:
    assert keys_found() == []


@pytest.mark.parametrize("line", ["PAEI", "total"])
def test_a_wrong_number_is_told(line: str) -> None:
    assert keys_found(**{line: 9.0}) == [f"marge:alertes/2023/service/{line}/nombre:liste"]


def test_a_status_that_the_table_lacks_is_told() -> None:
    assert "marge:alertes/2023/service/ACCROCHE/nombre:liste" in keys_found((*ROWS, ("E", "ACCROCHE", "S4", "hors")))

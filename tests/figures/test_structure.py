"""What links tables is stated of cells that there are, and is read back as it was written."""

from __future__ import annotations

import json

import pytest

from rlpipeline.declared import Each, FigureKey, read_links
from rlpipeline.figures import SERVICE, Scope
from rlpipeline.figures.structure import links, structure
from rlpipeline.links import Tables, constraints
from tests.declared import INDICATORS, figures
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records

DECLARED = structure(INDICATORS, SETTINGS)


def test_what_is_written_is_read_back() -> None:
    assert read_links(json.loads(json.dumps(DECLARED.described()))).all == tuple(
        links(INDICATORS, SETTINGS)
    )


def test_every_link_names_tables_lines_and_columns_that_there_are() -> None:
    records, scope = random_records(5, persons=60), Scope(2023, SERVICE, SETTINGS)
    for link in links(INDICATORS, SETTINGS):
        for cells in (*link.left, *link.right):
            counted = figures(cells.table, records, scope)
            for code, column in ((cells.line, "ligne"), (cells.column, "colonne")):
                assert isinstance(code, Each) or code in set(counted[column]) or counted.empty, (
                    link.name,
                    cells,
                )


@pytest.mark.parametrize("additive", [True, False])
def test_a_table_whose_territories_do_not_add_up_is_declared_so(additive: bool) -> None:
    """Whoever moves leaves one commune and enters another."""
    declared = {**INDICATORS, "accompagnes": INDICATORS["accompagnes"].declared(additive=additive)}
    links_of_all = structure(declared, SETTINGS)
    keys = [
        FigureKey("accompagnes", 2023, place, "total", "total")
        for place in ("service", "62215", "hors")
    ]
    stated = constraints(Tables(links_of_all, dict.fromkeys(keys, True)), ["62215"])
    sums = [row for row in stated if {key for key, _ in row.terms} == {*keys}]
    assert bool(sums) == additive

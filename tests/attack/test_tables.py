"""What is told of the tables about persons is what the registry counts."""

from __future__ import annotations

from rlpipeline.figures import HORS, REGISTRY, SERVICE, Scope, figures, territories
from rlpipeline.published.relations import COHORTS, MARGINS, TABLES, Each
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records


def test_every_table_about_persons_is_told() -> None:
    assert {one.id for one in REGISTRY.values() if one.protected} == set(TABLES)


def test_tables_cross_what_is_told_of_them() -> None:
    """Tables that share a variable share its codes, whichever axis it is on."""
    records, scope = random_records(5, persons=60), Scope(2023, SERVICE, SETTINGS)
    codes: dict[str, set[str]] = {}
    for name, table in TABLES.items():
        counted = figures(name, records, scope)
        assert not table.unit or set(counted["unite"]) - {"jeunes"} <= {table.unit}, name
        if table.totals and table.total != "total":
            assert table.total in set(counted["ligne"])
        for variable, axis in ((table.lines, "ligne"), (table.columns, "colonne")):
            if variable in {"age", "sexe", "commune"}:
                codes.setdefault(variable, set()).update(counted[axis])
    assert codes["sexe"] == {"F", "G", "NR", "total", "nouveaux"}
    assert codes["commune"] == {*(one for one in territories(SETTINGS) if one != "sans_commune"), "total"} >= {HORS}
    assert codes["age"] == {*figures("accompagnes", records, scope)["ligne"]}


def test_what_links_tables_names_tables_and_columns_that_there_are() -> None:
    records, scope = random_records(5, persons=60), Scope(2023, SERVICE, SETTINGS)
    for relation in (*MARGINS, *COHORTS):
        for cells in (*relation.left, *relation.right):
            counted = figures(cells.table, records, scope)
            for code, axis in ((cells.line, "ligne"), (cells.column, "colonne")):
                assert isinstance(code, Each) or code in set(counted[axis]), (relation.name, cells)

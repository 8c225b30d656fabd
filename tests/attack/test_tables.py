"""What is told of the tables about persons is what the registry counts."""

from __future__ import annotations

from rlpipeline.figures import HORS, REGISTRY, SERVICE, Scope, figures, territories
from rlpipeline.figures.structure import structure
from rlpipeline.published.relations import COHORTS, MARGINS, TABLES, Each
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records


def test_every_table_about_persons_is_told() -> None:
    assert {one.id for one in REGISTRY.values() if one.protected} == set(TABLES)


def test_what_each_crosses_is_what_its_declaration_publishes() -> None:
    described = structure(REGISTRY, SETTINGS)
    for one in described["tableaux"]:
        if not one["personnes"] or one["population"] is None:
            continue
        told, families = TABLES[one["id"]], "familles" in described["variables"][one["lignes"]["variable"]]
        totals = {measure["code"] or "": measure["total"] for measure in one["mesures"] if measure["total"]}
        named = {"somme": "familles" if families else "somme", "reunion": "réunion"}
        assert told.totals == {code: named[total] for code, total in totals.items()}, one["id"]
        assert told.columns == (one["colonnes"]["variable"] if one["colonnes"] else ""), one["id"]
        assert told.lines == one["lignes"]["variable"].replace("famille", "problematique"), one["id"]
        assert (told.unit, told.newcomers) == (one["mesures"][0]["unite"], "dont" in one), one["id"]
    same = next({*margin["tableaux"]} for margin in described["marges"] if margin["variable"] == "age")
    assert {relation.left[0].table for relation in MARGINS} | {"accompagnes"} == same


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

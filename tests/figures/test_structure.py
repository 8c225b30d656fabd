"""What links tables is stated of cells that there are, and is read back as it was written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rlpipeline.declared import Each, FigureKey, Link, read_links
from rlpipeline.figures import SERVICE, Scope
from rlpipeline.figures.structure import links, structure
from rlpipeline.links import Tables, rows
from tests.declared import INDICATORS, figures
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records

DECLARED = structure(INDICATORS, SETTINGS)


def side(cells: Any) -> tuple[str, ...]:
    return tuple(f"{one.table}({axis(one.line)}, {axis(one.column)})" for one in cells)


def axis(one: str | Each) -> str:
    return one if isinstance(one, str) else f"*{one.variable}"


def said(link: Link) -> str:
    return f"{' + '.join(side(link.left))} {link.sign} {' + '.join(side(link.right))}"


def test_what_is_written_is_read_back() -> None:
    assert read_links(json.loads(json.dumps(DECLARED))).all == tuple(links(INDICATORS, SETTINGS))


def test_every_link_names_tables_lines_and_columns_that_there_are() -> None:
    records, scope = random_records(5, persons=60), Scope(2023, SERVICE, SETTINGS)
    for link in links(INDICATORS, SETTINGS):
        for cells in (*link.left, *link.right):
            counted = figures(cells.table, records, scope)
            for code, column in ((cells.line, "ligne"), (cells.column, "colonne")):
                assert isinstance(code, Each) or code in set(counted[column]) or counted.empty, (link.name, cells)


@pytest.mark.parametrize(
    "expected",
    [
        "situations(total, *age) = accompagnes(*age, total)",
        "communes(*commune, *age) = accompagnes(*age, total)",
        "accompagnes(*age, nouveaux) <= accompagnes(*age, total)",
        "accompagnes(*age, *sexe) <= travail_de_rue(*age, *sexe)",
        "accompagnes(*age, nouveaux) <= durees(moins_6_mois, *age) + durees(6_11_mois, *age)",
        "problematiques_jeunes(*famille, *age) <= problematiques(*famille, *age)",
        "problematiques_jeunes(*famille, *age) zéro problematiques(*famille, *age)",
        "problematiques_jeunes(*famille, *age) <= accompagnes(*age, total)",
        "orientations(*domaine, jeunes) <= orientations(*domaine, nombre)",
        "co_accompagnements(*partenaire, jeunes) <= accompagnes(total, total)",
        "temps_en_ligne(*activite, heures) <= temps_activite(*activite, heures)",
        "durees(24_mois_plus, total) <= durees(12_23_mois, total) + durees(24_mois_plus, total)",
        "personnel(*poste, etp_departement) + personnel(*poste, etp_communes) <= personnel(*poste, etp)",
    ],
)
def test_links_of_every_kind(expected: str) -> None:
    assert expected in [said(link) for link in links(INDICATORS, SETTINGS)]


@pytest.mark.parametrize("additive", [True, False])
def test_a_table_whose_territories_do_not_add_up_is_declared_so(additive: bool) -> None:
    """Whoever moves leaves one commune and enters another."""
    declared = {**INDICATORS, "accompagnes": replace(INDICATORS["accompagnes"], additive=additive)}
    links_of_all = read_links(structure(declared, SETTINGS))
    keys = [FigureKey("accompagnes", 2023, place, "total", "total") for place in ("service", "62215", "hors")]
    stated = rows(Tables(links_of_all, dict.fromkeys(keys, True)), ["62215"])
    sums = [row for row in stated if {key for key, _ in row.terms} == {*keys}]
    assert bool(sums) == additive

"""A service of many communes: the page shows the largest."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from rlpipeline.declared import Axis, Look
from rlpipeline.demo import write_demo
from rlpipeline.display.laid_out import largest
from rlpipeline.display.layout import MOST_COMMUNES, NOTHING, LeftOut, names, of_others, some
from rlpipeline.figures import Col, Row
from rlpipeline.report import Report, open_report
from rlpipeline.settings.models import Commune, Service
from tests.display.samples import figures, table


def service(communes: int) -> Service:
    listed = tuple(Commune(code=f"01{number:03}", nom=f"C{number}") for number in range(communes))
    return Service(nom="Service", departement="01", communes=listed)


def followed(totals: dict[str, float | str]) -> pd.DataFrame:
    cells = {(code, "total"): value for code, value in totals.items()}
    return figures({**cells, **{(code, "11_14"): 99 for code in totals}}, id="communes")


def test_a_dozen_communes_are_all_shown_of_many_the_largest_whatever_is_not_known() -> None:
    few, many = service(MOST_COMMUNES), service(14)
    assert largest(followed({}), few) == few.commune_codes
    data = table(
        [Row(code, code) for code in few.commune_codes],
        [Col("total", "Total")],
        figures({}),
        id="communes",
    )
    assert of_others(data, few, few.commune_codes, dict) == NOTHING
    totals: dict[str, float | str] = {code: rank for rank, code in enumerate(many.commune_codes)}
    assert largest(followed(totals | {"01013": "nc"}), many) == many.commune_codes[1:13]


def test_names_beyond_a_dozen_are_counted() -> None:
    words = [f"C{number}" for number in range(13)]
    assert names(words[:2]) == "C0 et C1"
    assert names(words) == "13 communes"
    assert some(words, NOTHING).endswith("C11 et C12")
    left = LeftOut(rows=frozenset({"C12"}), note="")
    assert some(words, left).endswith("C11 et 1 autre")
    assert some([*words, "C13"], left).endswith("C11 et 2 autres")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    place = tmp_path_factory.mktemp("nombreuses")
    write_demo(place, 14, (2023,), 7)
    return open_report(str(place / "source"), str(place / "params"), 2023)


@pytest.mark.parametrize("id", ["communes", "diagnostics", "socio_economique", "actions"])
def test_the_page_shows_a_dozen_communes(report: Report, id: str) -> None:
    left = report._laid.layout(id, report.scope).left_out
    html = str(report.table(id).html)
    assert left.rows | left.columns
    assert not (left.rows | left.columns) & set(
        re.findall(r'data-(?:ligne|colonne)="([^"]+)"', html)
    )
    assert "Les 12 communes" in html


def test_the_communes_of_the_cover_are_counted_and_folded(report: Report) -> None:
    assert "<dd>14 communes</dd>" in str(report.identity().html)
    assert "<summary>14 communes</summary>" in str(report.territory().html)


@pytest.mark.parametrize(("id", "left"), [("actions", {"b"}), ("parentalite", set[str]())])
def test_few_actions_are_cut_by_commune_where_the_report_shows_one_table_a_commune(
    id: str, left: set[str]
) -> None:
    few, many = [Col("a", "A"), Col("b", "B")], service(14)
    data = table([Row("11_14", "11 à 14 ans")], few, figures({}), id=id)
    data = replace(
        data, spec=replace(data.spec, look=Look(by_place=True), lines=Axis(variable="public"))
    )
    places = {"a": "01000", "b": "01013"}
    assert of_others(data, many, many.commune_codes[:12], lambda: places).columns == left

"""The table that ``docs/protection.md`` works out: every number there is computed here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rlpipeline.attack import Knowledge
from rlpipeline.attack.publications import CROSSED, MARGIN
from rlpipeline.attack.system import FAR, Box
from rlpipeline.declared import (
    Axis,
    CellRange,
    FigureKey,
    Link,
    Links,
    Measure,
    TableSpec,
    VariableSpec,
)
from rlpipeline.protection.protection import Year
from rlpipeline.protection.releases import Protected
from rlpipeline.protection.rounding import boxes

PAGE = Path(__file__).resolve().parents[2] / "docs/protection.md"
MET, FOLLOWED = "met", "followed"
COUNTED = {
    "11–14": {"girls": 3, "boys": 9, "total": 12},
    "15–18": {"girls": 14, "boys": 16, "total": 30},
    "total": {"girls": 17, "boys": 25, "total": 42},
}
KEYS = [
    FigureKey(MET, 2023, "service", line, column) for line in COUNTED for column in COUNTED[line]
]
PART = FigureKey(FOLLOWED, 2023, "service", "total", "total")
COLUMNS = [*FigureKey._fields, "valeur", "unite", "etat"]


def _table(id: str, lines: str = "", columns: str = "") -> TableSpec:
    """Declare a table of young people, for the whole service alone."""
    measure = Measure(unit="jeunes", counts="lignes", total="somme" if lines else "")
    return TableSpec(
        id=id,
        persons=True,
        scope="service",
        lines=Axis(variable=lines, total="total"),
        columns=Axis(variable=columns),
        measures=(measure,),
    )


def _links() -> Links:
    """Who is followed was met."""
    part, whole = (CellRange(id, "total", "total") for id in (FOLLOWED, MET))
    link = Link(
        "cohorte", MET, (part,), "<=", (whole,), "followed are met", "toujours", False, False
    )
    variables = {
        "age": VariableSpec(codes=("11–14", "15–18")),
        "sex": VariableSpec(codes=("girls", "boys")),
    }
    tables = {MET: _table(MET, "age", "sex"), FOLLOWED: _table(FOLLOWED)}
    return Links(variables, tables, (link,))


def _rule(key: FigureKey) -> str:
    return MARGIN if "total" in (key.ligne, key.colonne) else CROSSED


@pytest.fixture
def year() -> Year:
    rows = [(*key, float(COUNTED[key.ligne][key.colonne]), "jeunes", "ok") for key in KEYS]
    figures = pd.DataFrame([*rows, (*PART, 39.0, "jeunes", "ok")], columns=COLUMNS).assign(base=0)
    draft = Protected("draft", figures, {}, words={}, left_out={}, followed_only=True)
    return Year.beside(draft, Knowledge({}, _links(), rule=_rule), ())


def test_the_page_says_what_the_code_computes(year: Year) -> None:
    page = PAGE.read_text("utf-8")
    state, published = year.round(year.start())
    protected = year.written(state, published)
    assert year.attacked(protected).passed
    within = year.system.narrowed(boxes(year._task(state), published))
    cells = dict(zip((*KEYS, PART), _told(year, protected, within), strict=True))
    for line in COUNTED:
        told = " | ".join(cells[key] for key in KEYS if key.ligne == line)
        assert f"\n| {line} | {told} |\n" in page
    [slack] = year.system.rests
    before = _interval(year.system.narrowed(_by_rule(year)), slack)
    after = _interval(within, slack)
    assert f"Followed: {cells[PART]}. Met and not followed: {before}, once" in page
    assert f"rounded {after}.\n" in page


def _told(year: Year, protected: Protected, within: Box) -> Iterator[str]:
    """Give of each figure what is counted, what is shown, what is known; the number alone where it is exact."""
    figures = protected.figures[["valeur", "base"]].itertuples(index=False)
    for place, (number, base) in zip(year.places, figures, strict=True):
        shown = f"≈ {number:g}" if number else "less than 5"
        known = f"{year.values[place]:g} → {shown}: {_interval(within, place)}"
        yield known if base else f"{number:g}"


def _by_rule(year: Year) -> Box:
    """What the rules alone publish exactly, before anything is rounded to protect another."""
    exact = year.start().exact
    anywhere = Box(year.system.low, np.full(year.system.size, FAR))
    return Box(year.values, year.values).where(exact, anywhere)


def _interval(within: Box, place: int) -> str:
    low, high = (end[place] for end in within)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"

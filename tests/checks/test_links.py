"""A publication says what links its tables, or is not audited."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlpipeline.checks.model import Discrepancy, Figure
from rlpipeline.checks.published import Dictionary, read_dictionary
from rlpipeline.checks.relations import Declared, check_dictionary, check_relations
from rlpipeline.declared import FigureKey, read_links
from rlpipeline.errors import ReconciliationError
from rlpipeline.figures import CSV_COLUMNS
from rlpipeline.figures.structure import structure
from tests.declared import INDICATORS
from tests.figures.factory import CARVIN, OIGNIES, SERVICE

DECLARED = structure(INDICATORS, SERVICE).described()
Altered = dict[str, Any]
COUNTS = {"F": 20, "G": 30, "total": 50}


def _without(name: str) -> Callable[[Altered], object]:
    return lambda content: content.pop(name)


def _first(**changed: object) -> Callable[[Altered], object]:
    return lambda content: content["liens"][0].update(changed)


def _table(content: Altered) -> Altered:
    """Give what is declared of the table that the publication has."""
    return next(one for one in content["tableaux"] if one["id"] == "accompagnes")


UNREADABLE = {
    "older": _without("liens"),
    "no tables": _without("tableaux"),
    "no variables": _without("variables"),
    "sign": _first(signe="≥"),
    "one side": _first(droite=[]),
    "stranger": lambda content: content["tableaux"].remove(_table(content)),
    "no unit": lambda content: _table(content)["mesures"][0].pop("unite"),
}


@pytest.fixture
def publication(tmp_path: Path) -> Path:
    """One table of a year."""
    cells = "".join(
        f"accompagnes,2023,service,total,{of},{count},jeunes,ok\n" for of, count in COUNTS.items()
    )
    (tmp_path / "indicateurs.csv").write_text(f"{','.join(CSV_COLUMNS)}\n{cells}", encoding="utf-8")
    (tmp_path / "datapackage.json").write_text(json.dumps(DECLARED), encoding="utf-8")
    return tmp_path


def _refused(publication: Path) -> None:
    with pytest.raises(ReconciliationError, match="ce qui lie ses tableaux") as refused:
        read_dictionary(publication)
    assert refused.value.got and "rlpipeline build" in (refused.value.todo or "")


def _alter(publication: Path, change: Callable[[Altered], object]) -> None:
    path = publication / "datapackage.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("content", [None, "{", "null"])
def test_no_dictionary_or_one_of_somebody_else_is_refused(
    publication: Path, content: str | None
) -> None:
    path = publication / "datapackage.json"
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    _refused(publication)


@pytest.mark.parametrize("change", UNREADABLE.values(), ids=UNREADABLE)
def test_one_that_is_older_or_damaged_is_refused(
    publication: Path, change: Callable[[Altered], object]
) -> None:
    _alter(publication, change)
    _refused(publication)


FORGED = {
    "link": lambda content: content["liens"].pop(0),
    "additive": lambda content: _table(content).update(additif=False),
    "rare": lambda content: content["variables"]["age"].update(rares=[]),
    "more": lambda content: content["liens"].append({**content["liens"][0], "signe": "<="}),
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_one_that_says_something_else_is_named(
    publication: Path, change: Callable[[Altered], object]
) -> None:
    assert not _findings(read_dictionary(publication))
    _alter(publication, change)
    findings = _findings(read_dictionary(publication))
    assert findings and all(one.blocking and one.check == "dictionnaire" for one in findings)


def _findings(said: Dictionary, *tables: str) -> list[Discrepancy]:
    declared = Declared(2023, links=said.links, expected=DECLARED)
    return [
        test
        for test in check_dictionary(tables, said.declared, declared)
        if isinstance(test, Discrepancy)
    ]


def test_a_table_that_is_not_declared_is_named(publication: Path) -> None:
    findings = _findings(read_dictionary(publication), "accompagnes", "inconnu")
    assert [finding.key for finding in findings] == ["dictionnaire:non_declare:inconnu"]


def test_a_withdrawn_part_counts_for_what_it_may_be() -> None:
    """Twenty are six, eight, and a figure corrected after its release."""
    parts = {
        "service": (20.0, "arrondi"),
        CARVIN: (6.0, "ok"),
        OIGNIES: (None, "masque"),
        "hors": (8.0, "ok"),
    }
    keys = {
        FigureKey("situations", 2023, place, "total", "total"): said
        for place, said in parts.items()
    }
    figures = {
        key: Figure(
            key, value, "jeunes", state, "indicateurs.csv", 4.0 if state == "arrondi" else 0.0
        )
        for key, (value, state) in keys.items()
    }
    declared = Declared(2023, (CARVIN, OIGNIES), read_links(DECLARED), shared=True)
    assert not [
        one for one in check_relations(figures, {}, declared) if isinstance(one, Discrepancy)
    ]

"""What a sentence says without a link is held against the lines of the tables that it names."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from urllib.parse import unquote

import pytest

from rlpipeline.audit.prose.scan import Contradicted, scan_page
from rlpipeline.audit.prose.typed import highlight
from tests.audit.prose.named_table import (
    ACTIONS,
    ALREADY,
    FALSE,
    FALSE_ALARMS,
    MISSED,
    NETWORKS,
    NOTED,
    TRUE,
)
from tests.audit.prose.pages import prose


def table(id: str, headings: Mapping[str, str], lines: Mapping[str, list[str]]) -> str:
    columns = "".join(f'<th class="num" data-colonne="{code}">{words}</th>' for code, words in headings.items())
    rows = "".join(
        f'<tr data-ligne="{line}"><th>{line}</th>{"".join(f"<td class=num>{cell}</td>" for cell in cells)}</tr>'
        for line, cells in lines.items()
    )
    return (
        f'<table class="rl-table" data-annee="2023" data-tableau="{id}" data-territoire="service">'
        f"<thead><tr><td></td>{columns}</tr></thead><tbody>{rows}</tbody></table>"
    )


TABLES = (
    table("problematiques", {"total": "Total"}, {name: [str(now)] for name, (_, now) in NOTED.items()})
    + table("reseaux", {"jeunes": "Jeunes"}, {name: [str(now)] for name, (_, now) in NETWORKS.items()})
    + table("actions", {f"A{rank}": name for rank, name in enumerate(ACTIONS)}, {"total": ["7"] * len(ACTIONS)})
)


def evolution_of(attributes: Mapping[str, str]) -> float | None:
    line = unquote(attributes["data-ref"].split("/")[1])
    then, now = {**NOTED, **NETWORKS}.get(line, (0, 0))
    return 100 * (now - then) / then if then else None


def names_of(indicator: str, territory: str, year: int) -> frozenset[str]:
    assert (territory, year) == ("service", 2022)
    networks = {name for name, (then, _) in NETWORKS.items() if then}
    return frozenset({"actions": {*ALREADY, "Total"}, "reseaux": networks}.get(indicator, ()))


def contradicted(sentence: str) -> tuple[Contradicted, ...]:
    return scan_page(TABLES + prose(sentence), evolution_of, names_of).contradicted


def test_false_sentences_are_contradicted_and_true_ones_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    missed = {sentence for sentence in FALSE if not contradicted(sentence)}
    alarms = {sentence for sentence in TRUE if contradicted(sentence)}
    with capsys.disabled():
        sys.stdout.write(f"\nPhrases sans lien : {len(missed)} manquée(s) sur {len(FALSE)}, {len(alarms)} ")
        sys.stdout.write(f"fausse(s) alerte(s) sur {len(TRUE)}\n")
    assert (missed, alarms) == (MISSED, FALSE_ALARMS)


def test_the_finding_says_which_figure_contradicts_it_and_the_draft_shows_it() -> None:
    page = TABLES + prose("Nous avons eu davantage de sollicitations en lien avec le harcèlement.")
    (found,) = scan_page(page, evolution_of, names_of).contradicted
    assert (found.announced, found.shown, found.figure) == ("hausse", "baisse", "Harcèlement : 10")
    assert '<mark class="rl-non-lie" title="contredit par « Harcèlement : 10 », en baisse' in highlight(page, [found])


def test_without_the_year_before_nothing_is_said_of_age() -> None:
    page = TABLES + prose("L'action Artistreet, proposée depuis trois ans, s'arrête.")
    assert scan_page(page, lambda attributes: None, lambda *of: frozenset()).contradicted == ()


def test_a_figure_linked_to_a_thing_says_that_it_is_not_new() -> None:
    linked = prose("Ces accueils sont effectifs depuis juin 2023 : [[9 jeunes]].").replace(
        "t/l0/c", "reseaux/MDS/jeunes"
    )
    assert [found.figure for found in scan_page(TABLES + linked, evolution_of, names_of).contradicted] == ["MDS : 9"]

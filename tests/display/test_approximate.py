"""Rounded figures in sentences: « environ 25 », « moins de 5 », what is too small to be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.display import approximate
from rlpipeline.display.bound import Cell
from rlpipeline.display.comparability import Comparability
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.prose import Prose
from rlpipeline.display.text import to_html, without_tags
from rlpipeline.indicators import FromRecords, Scope
from rlpipeline.params import load_settings
from rlpipeline.records import open_records

ROOT = Path(__file__).parents[2]
NOW = {"nul": 0.0, "cinq": 5.0, "trente": 30.0, "cent": 100.0, "total": 120.0}
THEN = {"nul": 15.0, "cinq": 10.0, "trente": 30.0, "cent": 50.0, "total": 60.0}
PROSE = Prose(lambda of: Cell((NOW if of.year == 2023 else THEN)[of.ligne], "jeunes", "ok", 4.0), 2023, "62215")


def shown(expression: str) -> str:
    return without_tags(to_html(f"Mot {{{{ {expression} }}}}", Path("x.md"), PROSE)).removeprefix("Mot ")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('chiffre("a", "trente", "b")', "environ 30"),
        ('chiffre("a", "nul", "b")', "moins de 5"),
        ('accord(chiffre("a", "cinq", "b"), "jeune", "jeunes")', "environ 5\u00a0jeunes"),
        ('accord(chiffre("a", "nul", "b"), "jeune", "jeunes")', "moins de 5\u00a0jeunes"),
        ('accord(chiffre("a", "nul", "b"), "jeune", "jeunes", nombre=False)', "jeunes"),
        ('part("a", "trente", "b")', "environ 25\u00a0%"),
        ('part("a", "nul", "b")', "une très faible part"),
        ('accord(part("a", "nul", "b"), "garçon", "garçons")', "une très faible part de garçons"),
        ('evolution("a", "cent", "b")', "environ +100\u00a0%"),
        ('evolution("a", "cent", "b", forme="nombre")', "environ +50"),
        ('evolution("a", "cinq", "b")', "évolution incertaine"),
        ('evolution("a", "cinq", "b", sinon="rien de sûr")', "rien de sûr"),
        ('tendance("a", "cent", "b")', "en hausse"),
        ('tendance("a", "nul", "b")', "en baisse"),
        ('tendance("a", "trente", "b")', "d'évolution incertaine"),
    ],
)
def test_words_of_a_rounded_figure(expression: str, words: str) -> None:
    assert shown(expression) == words


def test_only_the_figures_of_one_territory_in_the_edition_to_share_are_rounded() -> None:
    settings = load_settings(ROOT / "params", 2023)
    assert approximate.slack_of(settings)("accompagnes", "62215", "total", "jeunes") == 0
    slack = approximate.slack_of(settings.model_copy(update={"edition": "diffusion"}))
    reach = settings.service.diffusion.base - 1
    assert slack("accompagnes", "62215", "total", "jeunes") == reach
    assert slack("accompagnes", "service", "total", "jeunes") == 0
    assert slack("communes", "service", "62215", "jeunes") == reach
    assert slack("communes", "service", "total", "jeunes") == 0
    assert slack("actions", "service", "total", "personnes") == reach
    assert slack("actions", "service", "seances", "seances") == 0
    assert slack("temps_activite", "62215", "total", "heures") == 0


@pytest.mark.parametrize(
    ("id", "territory", "reach"),
    [
        ("situations", "62215", 4),
        ("situations", "service", 0),
        ("communes", "service", 4),
        ("temps_activite", "62215", 0),
    ],
)
def test_a_table_knows_what_its_zeros_may_stand_for(id: str, territory: str, reach: float) -> None:
    settings = load_settings(ROOT / "params", 2023).model_copy(update={"edition": "diffusion"})
    source = FromRecords(open_records(str(ROOT / "data" / "exemple"), settings.service))
    scope = Scope(2023, territory, settings.service)
    assert LaidOut(source, settings, scope, Comparability(2023)).layout(id, scope).reach == reach

"""What the checks take from a publication beside its figures by address: bases, sums of a line in one unit."""

from types import SimpleNamespace

from rlpipeline.checks.addresses import Sources
from rlpipeline.checks.model import Figure
from rlpipeline.checks.published import _other_base
from rlpipeline.declared import FigureKey

LINE = {"indicateur": "problematiques", "territoire": "service", "ligne": "sante", "base": 10}


def test_the_base_of_one_figure_is_not_that_of_its_line() -> None:
    where = ("problematiques", "service", "sante")
    assert _other_base(LINE) == (where, 10)
    assert _other_base({**LINE, "annee": 2023, "colonne": "G"}) == ((*where, 2023, "G"), 10)


def test_a_sum_adds_the_figures_of_one_line_in_one_unit() -> None:
    key = FigureKey("actions", 2023, "service", "sport", "jeunes")
    figures = [
        Figure(key._replace(colonne="F"), 3.0, "jeunes", "ok", ""),
        Figure(key._replace(colonne="G"), 4.0, "jeunes", "ok", ""),
        Figure(key._replace(colonne="seances"), 50.0, "seances", "ok", ""),
        Figure(key._replace(ligne="culture"), 600.0, "jeunes", "ok", ""),
    ]
    added = Sources(SimpleNamespace(tables={key.place: figures})).added(key)
    assert added is not None
    assert added.valeur == 7.0

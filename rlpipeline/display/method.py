"""The method annex: rules, states and words, then the definition of every table."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

from rlpipeline.display import acronyms, cards, text
from rlpipeline.display.cards import Origin
from rlpipeline.indicators import Indicator


def to_html(indicators: Iterable[Indicator], origin: Origin) -> str:
    """Write the method: general rules, acronyms, then one card per table of the report."""
    rules = resources.files("rlpipeline.display").joinpath("methode.md").read_text(encoding="utf-8")
    sigles = acronyms.to_html(origin.scope.service.sigles)
    told = f"{text.markdown_to_html(rules)}<h4>Sigles</h4>{sigles}<h4>Définition de chaque tableau</h4>"
    return told + cards.to_html(indicators, origin)

"""The method annex: rules, states and words, then the definition of every table."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib import resources

from rlpipeline.display import french, text
from rlpipeline.indicators import Indicator


def to_html(indicators: Iterable[Indicator]) -> str:
    """Write the method: general rules, then one term per table of the report."""
    rules = resources.files("rlpipeline.display").joinpath("methode.md").read_text(encoding="utf-8")
    terms = "".join(_definition(indicator) for indicator in indicators)
    return f"{text.markdown_to_html(rules)}<h4>Définition de chaque tableau</h4><dl>{terms}</dl>"


def _definition(indicator: Indicator) -> str:
    told = [
        indicator.definition,
        f"Unité : {indicator.unit}." if indicator.unit else "",
        f"Rapporté à : {indicator.denominator}." if indicator.denominator else "",
        f"Source : {indicator.source}.",
    ]
    words = escape(" ".join(word for word in told if word), quote=False)
    return f"<dt>{escape(indicator.title, quote=False)}</dt><dd>{french.spaced(words)}</dd>"


def alerts_notice(number: int) -> tuple[str, str]:
    """Say how many follow-ups are listed in ``alertes.csv``, in HTML and in plain text."""
    if number == 0:
        words = "Aucun suivi n'est à réexaminer."
        return f'<p class="rl-vide">{words}</p>', words
    listed = french.count(number, "suivi est à réexaminer", "suivis sont à réexaminer")
    words = f"{listed}{french.NBSP}; leur liste par éducateur est dans le fichier alertes.csv, réservé au service."
    return f'<p class="rl-note">{words}</p>', words

"""The method annex: rules, states and words, then the definition of every table."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

from rlpipeline.display import acronyms, cards, french, text
from rlpipeline.display.cards import Origin
from rlpipeline.display.french import NBSP
from rlpipeline.indicators import Indicator

ON_SCREEN = (
    '<p class="rl-ecran">Chaque chiffre de la page mène à la fiche de son tableau'
    f"{NBSP}: le toucher, ou cliquer dessus. Le titre d'un tableau y mène aussi, au clavier. "
    f"Le bouton «{NBSP}Précédent{NBSP}» du navigateur ramène au chiffre.</p>"
)
"""What paper leaves out."""


def to_html(indicators: Iterable[Indicator], origin: Origin, reach: float = 0) -> str:
    """Write the method: general rules, acronyms, then one card per table of the report.

    Parameters
    ----------
    reach
        Most that rounding may move a number of persons of one territory.
    """
    rules = (
        resources.files("rlpipeline.display")
        .joinpath("methode.md")
        .read_text(encoding="utf-8")
        .format(zero=_zero(reach))
    )
    sigles = acronyms.to_html(origin.scope.service.sigles)
    told = f"{text.markdown_to_html(rules)}<h4>Sigles</h4>{sigles}<h4>Définition de chaque tableau</h4>{ON_SCREEN}"
    return told + cards.to_html(indicators, origin)


def _zero(reach: float) -> str:
    """Say what a zero means."""
    if not reach:
        return "zéro compté"
    return (
        "zéro compté, sauf pour les nombres que cette édition arrondit (jeunes, personnes, suivis, demandes, "
        f"orientations et problématiques d'une seule commune) : 0 y veut dire de 0 à {french.number(reach)}"
    )

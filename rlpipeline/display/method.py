"""The method annex: rules, states and words, then the definition of every table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import resources

from rlpipeline.display import acronyms, cards, text
from rlpipeline.display.approximate import from_zero, reach_of
from rlpipeline.display.cards import Origin
from rlpipeline.display.french import NBSP
from rlpipeline.indicators import Indicator, label_of
from rlpipeline.params import Disclosure, Settings

ON_SCREEN = (
    '<p class="rl-ecran">Chaque chiffre de la page mène à la fiche de son tableau'
    f"{NBSP}: le toucher, ou cliquer dessus. Le titre d'un tableau y mène aussi, au clavier. "
    f"Le bouton «{NBSP}Précédent{NBSP}» du navigateur ramène au chiffre.</p>"
)
"""What paper leaves out."""


def to_html(indicators: Iterable[Indicator], origin: Origin, settings: Settings) -> str:
    """Write the method: general rules, what the edition to share hides, acronyms, then one card per table."""
    rules = resources.files("rlpipeline.display").joinpath("methode.md").read_text(encoding="utf-8")
    told = text.markdown_to_html("\n".join([rules.rstrip("\n"), *_states(settings)]))
    sigles = acronyms.to_html(origin.scope.service.sigles)
    definitions = cards.to_html(indicators, origin)
    return f"{told}<h4>Sigles</h4>{sigles}<h4>Définition de chaque tableau</h4>{ON_SCREEN}{definitions}"


def _states(settings: Settings) -> Iterator[str]:
    """Go on with what a cell may say: what a zero means, what is masked, what is rounded."""
    reach = reach_of(settings)
    zero = f"zéro compté ; dans un nombre arrondi, {from_zero(reach)}" if reach else "zéro compté"
    yield f"- **0** : {zero}."
    if settings.edition == "diffusion":
        yield _masking(settings.service.diffusion)
    if reach:
        yield _rounding(settings.service.diffusion)


def _masking(settings: Disclosure) -> str:
    sensitive = " et ".join(f"« {label_of(code)} »" for code in settings.sensibles)
    more = f" (de 1 à {settings.seuil_sensible - 1} pour les problématiques {sensitive})" if sensitive else ""
    return (
        f"- **masqué** : nombre de 1 à {settings.seuil - 1} qui pourrait faire reconnaître une personne{more}, "
        "ou nombre, petit ou grand, dont un tel nombre se déduirait par soustraction."
    )


def _rounding(settings: Disclosure) -> str:
    return (
        "- **Arrondis** : les nombres de jeunes, de personnes, de suivis, de demandes, d'orientations et de "
        "problématiques d'une seule commune (portraits, lignes des communes, actions) sont arrondis ensemble à un "
        f"multiple de {settings.base}, à moins de {settings.base} du nombre exact. Les présences, les familles et les "
        "heures ne sont pas arrondies. Les tableaux arrondis s'additionnent, sauf là où un nombre est masqué, et leur "
        "somme peut s'écarter du nombre exact de l'ensemble du service."
    )

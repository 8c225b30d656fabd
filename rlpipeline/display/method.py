"""The method annex: rules, states and words, then the definition of every table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import resources

from rlpipeline.display import acronyms, cards, markup, text
from rlpipeline.display.approximate import FEWEST_IN_PERCENT, FEWEST_IN_WORDS, STEP
from rlpipeline.display.cards import Origin
from rlpipeline.display.french import NBSP
from rlpipeline.display.phrases import UNMEASURED
from rlpipeline.figures import Declared, label_of
from rlpipeline.settings.models import Disclosure, Settings

ON_SCREEN = (
    "<p class=\"rl-ecran\">Le titre d'un tableau ou d'un graphique mène à sa fiche, et le nom d'une fiche y ramène.</p>"
)
"""What paper leaves out."""
ELSEWHERE = (
    "<p>Les règles de comptage et la définition de chaque tableau sont dans le rapport du service, en annexe"
    f'<span class="rl-ecran">{NBSP}: le titre d\'un tableau y mène</span>.</p>'
)


def to_html(indicators: Iterable[Declared], origin: Origin, settings: Settings) -> str:
    """Write what cells may say, what is rounded, acronyms; in the service's report, the rules and a card a table too.

    A portrait leaves the rules and the cards to the report, which says the same of all.
    """
    parts = [text.markdown_to_html("\n".join([_packaged("cases.md"), *_states(settings)]))]
    if settings.edition == "diffusion":
        rounding = text.markdown_to_html("\n".join(_rounding(settings.service.diffusion)))
        parts.append(markup.folded("Chiffres exacts, chiffres arrondis", rounding))
    sigles = acronyms.to_html(origin.scope.service.sigles)
    if not origin.scope.is_service:
        return "".join([*parts, ELSEWHERE, sigles])
    rules = markup.folded("Règles de comptage", text.markdown_to_html(_packaged("methode.md")))
    definitions = markup.folded("Définition de chaque tableau", ON_SCREEN + cards.to_html(indicators, origin))
    return "".join([*parts, rules, sigles, definitions])


def _packaged(name: str) -> str:
    return resources.files("rlpipeline.display").joinpath(name).read_text(encoding="utf-8").rstrip("\n")


def _states(settings: Settings) -> Iterator[str]:
    """Go on with what a cell may say: what a zero means; in the edition to share, what a rounded number is."""
    yield "- **0** : zéro compté."
    if settings.edition == "diffusion":
        base = settings.service.diffusion.base
        yield (
            f"- **≈** : nombre arrondi à un multiple de {base}, à moins de {base} du nombre exact ; "
            f"**moins de {base}** : de 0 à {base - 1}, zéro compris. Entre deux "
            "années, un écart qui n'est pas écrit ne se mesure pas : l'arrondi peut suffire à l'expliquer."
        )
        yield "- **masqué** : nombre qui n'est pas diffusé, ou qui a été retiré ou corrigé depuis une diffusion."


def _rounding(settings: Disclosure) -> Iterator[str]:
    base, sensitive = settings.base, " et ".join(f"« {label_of(code)} »" for code in settings.sensibles)
    yield (
        "- **Pourquoi.** Un petit nombre de jeunes peut en faire reconnaître un, et un nombre exact peut se retrouver "
        "par soustraction. Les totaux restent exacts partout où c'est possible, et le détail est arrondi."
    )
    yield (
        f"- **Ce qui est exact.** Les totaux de l'ensemble du service qui atteignent {settings.seuil} ; dans chaque "
        "commune, les jeunes accompagnés, ceux du travail de rue et les participants des actions, au total ; ce qui ne "
        "compte pas des personnes (heures, euros, séances…), et les familles venues à une action, dont rien d'autre "
        "n'est compté. Un nombre sans le signe ≈ est exact."
    )
    yield (
        "- **Ce qui est arrondi.** Dans un tableau arrondi, toutes les cases du détail le sont, grandes ou petites : "
        "le signe ≈ ne trahit donc pas un petit nombre. Un même nombre est arrondi partout de la même façon, y compris "
        "d'une diffusion à l'autre. La somme de cases arrondies peut différer du total exact : c'est le total qui est "
        "juste."
    )
    yield (
        "- **Classes.** Certaines classes sont réunies, les mêmes toutes les années. Un jeune d'âge inconnu est compté "
        "avec les plus âgés, un jeune dont le sexe n'est pas renseigné avec les garçons."
    )
    if sensitive:
        yield (
            f"- **Sujets sensibles.** Les problématiques {sensitive} sont comptées ensemble, sans leur détail. Là où "
            f"elles sont arrondies, elles le sont à un multiple de {2 * base} (« moins de {2 * base} » : de 0 à "
            f"{2 * base - 1})."
        )
    yield from _said(base)


def _said(base: int) -> Iterator[str]:
    """Say what texts and charts make of rounded numbers."""
    percents, words = FEWEST_IN_PERCENT * base, FEWEST_IN_WORDS * base
    yield (
        "- **Pourcentages.** La part d'un nombre arrondi n'est donnée en pourcentage que sur un total exact d'au moins "
        f"{percents} (« environ 30 % », à un multiple de {STEP}). De {words} à {percents - 1}, elle est "
        "en mots (« environ un tiers ») ; en dessous, elle n'est pas donnée."
    )
    yield (
        "- **Évolutions.** Une hausse ou une baisse n'est annoncée qu'entre deux nombres exacts, ou si l'écart dépasse "
        f"ce que les arrondis peuvent expliquer (au moins {2 * base} entre deux arrondis à un multiple de {base}). "
        f"Sinon, l'évolution est « {UNMEASURED} », ou passée sous silence."
    )
    yield (
        "- **Graphiques.** Ils sont tracés d'après les valeurs arrondies et le disent ; un contour en tirets s'arrête "
        "à la plus grande valeur possible."
    )

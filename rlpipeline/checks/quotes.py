"""What a figure bound in a text says, held against the figures that it names: number, state, share, direction."""

from __future__ import annotations

from collections.abc import Callable

from rlpipeline.checks.model import Figure, rounded
from rlpipeline.checks.page import Quote, first_number, reference_of
from rlpipeline.declared import ROUNDED, FigureKey

Find = Callable[[FigureKey], Figure | None]
STEADY_PERCENT, STEADY_POINTS = 5, 1
"""A figure that moved by less, in percent of its former value or in points, is stable."""
NEAR, NEAR_FRACTION = 2.5, 0.1
"""How far from a share its nearest multiple of 5 % may be, and a fraction in words."""
UNKNOWN = frozenset({"nc", "vide", "masque", "incertain"})
FRACTIONS = {
    "un dixième": 0.1,
    "un cinquième": 0.2,
    "un quart": 0.25,
    "un tiers": 1 / 3,
    "deux cinquièmes": 0.4,
    "la moitié": 0.5,
    "trois cinquièmes": 0.6,
    "deux tiers": 2 / 3,
    "trois quarts": 0.75,
    "neuf dixièmes": 0.9,
}
DIRECTIONS = {"stable": 0, "stables": 0, "en hausse": 1, "en baisse": -1, "plus": 1, "moins": -1, "autant": 0}


def key_of(quote: Quote, path: tuple[str, str, str] | None = None) -> FigureKey:
    """Give the address of the figure that a text quotes."""
    id, line, column = path or quote.ref
    return FigureKey(id, quote.annee, quote.territoire, line, column)


def says(quote: Quote, figure: Figure, find: Find) -> bool:
    """Whether a quoted figure says what the figures say; what needs one that is not known is right."""
    options = quote.options
    if options.get("nombre") == "sans" or (figure.valeur is None and "sinon" in options):
        return True
    if quote.function in {"chiffre", "avant", "somme"}:
        return _says_figure(quote, figure)
    whole = find(key_of(quote, reference_of(options["sur"]))) if "sur" in options else None
    if quote.function == "part":
        return whole is None or _says_part(quote, figure, whole)
    if options.get("comparable") == "non":
        return "non comparable" in quote.words or not options.keys().isdisjoint({"accord", "sinon"})
    since = int(options.get("depuis", quote.annee - 1))
    then = find(figure.key._replace(annee=since))
    if then is not None and "sur" in options:
        former = find(whole.key._replace(annee=since)) if whole else None
        if whole is None or former is None:
            return True
        figure, then = share(figure, whole), share(then, former)
    return then is None or _says_moved(quote, figure, then)


def _says_figure(quote: Quote, figure: Figure) -> bool:
    number, words = first_number(quote.words), quote.words.lower()
    if figure.valeur is None or figure.etat in UNKNOWN:
        return number is None
    if figure.marge and not figure.valeur:
        return "moins de" in words and number == figure.marge + 1
    exact = number == rounded(figure.valeur, int(quote.options.get("decimales", "2")))
    partial = figure.etat != "partiel" or "au moins" in words or "*" in words
    about = not figure.marge or "environ" in words or "environ" in quote.options or "≈" in words
    return exact and partial and about and ("%" in words) == (figure.unite == "%")


def share(part: Figure, whole: Figure) -> Figure:
    """Give a percentage, known where both are, and the whole not zero; of a rounded part, exact and of eight bases."""
    states = {part.etat, whole.etat} - {"ok", ROUNDED}
    if states or part.valeur is None or not whole.valeur or whole.marge:
        return Figure(part.key, None, "%", "nc", part.file)
    if part.marge and whole.valeur < 8 * (part.marge + 1):
        return Figure(part.key, None, "%", "incertain", part.file)
    # Multiplied before it is divided: 100 / 67.1 * 67.1 falls short of 100.
    return Figure(part.key, 100 * part.valeur / whole.valeur, "%", "ok", part.file, 100 * part.marge / whole.valeur)


def _says_part(quote: Quote, part: Figure, whole: Figure) -> bool:
    of, number, words = share(part, whole), first_number(quote.words), quote.words.lower()
    if of.valeur is None:
        return number is None
    least, most = of.valeur - of.marge, of.valeur + of.marge
    if of.marge and number is None:
        said = next((fraction for name, fraction in FRACTIONS.items() if name in words), None)
        return said is None or abs(100 * said - of.valeur) <= 100 * NEAR_FRACTION
    if number is None:
        return False
    if "moins de" in words or "plus de" in words:
        edge = number - most if "moins de" in words else least - number
        return -1e-9 <= edge <= (10 if of.marge else 100) and (not of.marge or number % 5 == 0)
    if of.marge:
        return number % 5 == 0 and abs(number - of.valeur) <= NEAR + 1e-9
    return number == rounded(of.valeur, int(quote.options.get("decimales", "0")))


def _says_moved(quote: Quote, now: Figure, then: Figure) -> bool:
    number, words = first_number(quote.words), quote.words.strip()
    states, margin = {now.etat, then.etat} - {"ok", ROUNDED}, now.marge + then.marge
    if states or now.valeur is None or then.valeur is None or 0 < margin >= abs(now.valeur - then.valeur):
        return number is None
    moved, before = now.valeur - then.valeur, then.valeur
    if quote.function == "evolution" and not margin:
        return number == _difference(quote, now.unite, moved, before)
    direction = (moved > 0) - (moved < 0)
    if quote.function == "evolution":
        return number is None and ("hausse" if direction > 0 else "baisse") in words
    if quote.function == "sens" and direction:
        return words == quote.options.get("hausse" if direction > 0 else "baisse", words)
    if quote.function != "fois" and not margin:
        direction = direction_of(now, then)
    return direction_said(words) == direction


def direction_said(words: str) -> int | None:
    """Give the direction that words say, « en hausse », « les jeunes sont stables »; None where they say none."""
    return DIRECTIONS.get(words, DIRECTIONS.get(words.rpartition(" ")[2]))


def direction_of(now: Figure, then: Figure) -> int:
    """Give the direction in which a number moved from another, 0 where both are nearly the same."""
    moved, before = (now.valeur or 0.0) - (then.valeur or 0.0), abs(then.valeur or 0.0)
    steady = STEADY_POINTS if now.unite == "%" else before * STEADY_PERCENT / 100
    return 0 if not moved or abs(moved) < steady else 1 if moved > 0 else -1


def _difference(quote: Quote, unit: str, moved: float, before: float) -> float:
    if unit == "%":
        return rounded(moved, 1)
    is_number = quote.options.get("forme") == "nombre" or before == 0
    return rounded(moved, 2) if is_number else rounded(100 * moved / before, 0)

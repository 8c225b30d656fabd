"""Figures quoted in the prose, worked out anew from the published ones by the rules that the report states."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from rlpipeline.audit.copies.figures import BothYears, Former
from rlpipeline.audit.copies.wording import (
    FIXED,
    HARD,
    SHORT,
    SUFFIXES,
    UNKNOWN,
    disagreement,
    words,
    write_aloud,
    write_below,
    write_figure,
    write_number,
    write_signed,
)
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Figure, FigureKey, Publication, Quote
from rlpipeline.published.figures import adding
from rlpipeline.published.model import ROUNDED, Figures
from rlpipeline.published.numbers import first_number

ABOUT, LITTLE, MOST, UNCERTAIN = "environ", "une faible part", "presque la totalité", "incertain"
"""What is said of rounded figures, of a small share and of nearly all; the state of what they are too coarse for."""
UNMEASURED = "non mesurable à ce niveau d'arrondi"
FRACTIONS = {
    0.0: LITTLE, 10.0: "un dixième", 20.0: "un cinquième", 25.0: "un quart", 100 / 3: "un tiers",
    40.0: "deux cinquièmes", 50.0: "la moitié", 60.0: "trois cinquièmes", 200 / 3: "deux tiers",
    75.0: "trois quarts", 90.0: "neuf dixièmes", 100.0: MOST,
}  # fmt: skip
"""Shares of small wholes, in percent."""
COUNTS = dict(enumerate(["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"]))
SAYING = frozenset({"environ", "quelque", "quelques", "presque", "approximativement"})
SAYING_BEFORE = (
    "près de",
    "près d",
    "à peu près",
    "autour de",
    "alentours de",
    "l ordre de",
    "autour d",
    "alentours d",
    "l ordre d",
)
NOTED = frozenset({"avant", "somme"})
"""Functions of the notes of tables."""
STEADY_PERCENT, STEADY_POINTS = 5, 1
WRONG = "Un chiffre lié d'un texte ne dit pas ce que disent les chiffres."
UNPUBLISHED = "Un texte cite un chiffre qui n'est publié nulle part."


@dataclass(frozen=True)
class Source:
    """Where quoted figures are looked up."""

    figures: Figures
    former: Former
    rare: frozenset[str]

    def find(self, key: FigureKey) -> Figure | None:
        """The figure published, else the one given, or a sum of them; zero for a rare line of a table published."""
        return adding(self._find)(key)

    def _find(self, key: FigureKey) -> Figure | None:
        figure = self.figures.get(key) or self.former(key)
        if figure is None and self.rare & {key.ligne, key.colonne}:
            return self._zero(key)
        return figure

    def _zero(self, key: FigureKey) -> Figure | None:
        same = next(iter(self.figures.table(key[:3])), None)
        return None if same is None else Figure(key, 0.0, same.unite, "ok", same.place)


def check_quotes(publication: Publication, former: Former, *, counted: bool = True) -> Iterator[Finding]:
    """Hold every bound figure against what its function gives; what needs an unknown year is left out.

    Parameters
    ----------
    counted
        Whether ``former`` has every figure that was counted: what it does not have is then published nowhere.
    """
    figures = BothYears.of(publication, counted=counted)
    source = Source(publication.figures, former, publication.rare)
    for quote in publication.quotes:
        if quote.function in NOTED:
            yield from _check_noted(quote, figures, former)
            continue
        if quote.function == "annee":
            yield from _compare(quote, str(publication.year + int(quote.options.get("decalage", "0"))), None)
        elif quote.function != "fixe":
            key = _key(quote, quote.ref)
            if figures.knows((key.indicateur, publication.year, key.territoire)) or source.find(key):
                yield from _check_bound(quote, source)


def _check_noted(quote: Quote, figures: BothYears, former: Former) -> Iterator[Finding]:
    """A figure of a year before, or a sum over actions, in the note of a table or in a key figure's card."""
    key = _key(quote, quote.ref)
    figure = (figures.find(key) or former(key)) if quote.function == "avant" else figures.added(key)
    if figure is None:
        return
    expected = words([write_aloud(write_figure(figure)) if quote.function == "avant" else _sum_words(figure)])
    if words([quote.words])[: len(expected)] != expected:
        yield disagreement("texte", WRONG, (quote.place, quote.words), (figure.place, " ".join(expected)))


def _sum_words(figure: Figure) -> str:
    if figure.valeur is None:
        return SHORT[figure.etat]
    number = write_number(figure.valeur)
    return f"au moins {number}" if figure.etat == "partiel" else number


def _check_bound(quote: Quote, source: Source) -> Iterator[Finding]:
    key = _key(quote, quote.ref)
    figure = source.find(key)
    if figure is None:
        yield disagreement("texte", UNPUBLISHED, (quote.place, quote.words), (None, "/".join(quote.ref)))
        return
    expected = expected_words(quote, figure, source)
    if expected is not None:
        yield from _compare(quote, _said_once(quote, expected), figure)


def _said_once(quote: Quote, expected: str) -> str:
    """Leave « environ » out where the author's own words say it, just before the figure or just after."""
    if quote.options.get("environ") != "dit" or not expected.startswith(f"{ABOUT} "):
        return expected
    before, after = (" ".join(words([text])).lower() for text in quote.around)
    near = [*before.split()[-1:], *after.split()[:3]]
    said = SAYING & set(near) or before.endswith(SAYING_BEFORE)
    return expected.removeprefix(f"{ABOUT} ") if said else expected


def _compare(quote: Quote, expected: str, figure: Figure | None) -> Iterator[Finding]:
    if words([quote.words]) not in (words([expected]), words([expected[:1].upper() + expected[1:]])):
        place = figure.place if figure else None
        yield disagreement("texte", WRONG, (quote.place, quote.words), (place, expected))


def _key(quote: Quote, ref: tuple[str, ...]) -> FigureKey:
    return FigureKey(ref[0], quote.annee, quote.territoire, ref[1], ref[2])


def expected_words(quote: Quote, figure: Figure, source: Source) -> str | None:
    """Words that the function gives; None where a figure that it needs is not known to the audit."""
    if quote.function == "chiffre":
        return _agreed(quote, figure, _figure_words(figure, quote.options.get("decimales")))
    if quote.options.get("comparable") == "non":
        return _agreed(quote, replace(figure, valeur=None), f"non comparable à {quote.options.get('depuis')}")
    whole = source.find(_key(quote, _whole(quote))) if "sur" in quote.options else None
    if quote.function == "part":
        return None if whole is None else _part_agreed(quote, figure, whole)
    years = _years(quote, (figure, whole), source)
    if years is None:
        return None
    return _agreed(quote, _moved(*years), _moved_words(quote, *years))


def _moved_words(quote: Quote, now: Figure, then: Figure) -> str:
    if quote.function == "tendance":
        return _trend(now, then, "pluriel" in quote.options)
    if quote.function == "fois":
        return _times(now, then)
    return _sense(now, then, quote.options) if quote.function == "sens" else _evolution(now, then, quote.options)


def _years(quote: Quote, now: tuple[Figure, Figure | None], source: Source) -> tuple[Figure, Figure] | None:
    """The figure and the former one, their shares where it is a share that moved; None where one is not known."""
    year = int(quote.options.get("depuis", quote.annee - 1))
    figure, whole = now
    since = source.find(figure.key._replace(annee=year))
    if since is None or "sur" not in quote.options:
        return None if since is None else (figure, since)
    former = None if whole is None else source.find(whole.key._replace(annee=year))
    return None if whole is None or former is None else (_share(figure, whole), _share(since, former))


def _whole(quote: Quote) -> tuple[str, ...]:
    parts = tuple(unquote(part) for part in quote.options["sur"].split("/"))
    return parts if len(parts) == 3 else ("", "", "")


def _figure_words(figure: Figure, decimals: str | None) -> str:
    if figure.valeur is None:
        why = UNMEASURED if figure.etat == UNCERTAIN else UNKNOWN.get(figure.etat, figure.etat)
        return f"un {'taux' if figure.unite == '%' else 'nombre'} {why}"
    places = FIXED if figure.unite in SUFFIXES else None
    text = write_number(figure.valeur, places if decimals is None else int(decimals)) + SUFFIXES.get(figure.unite, "")
    if figure.marge:
        text = f"{ABOUT} {text}" if figure.valeur else write_below(figure)
    return f"au moins {text}" if figure.etat == "partiel" else text


def _part_agreed(quote: Quote, part: Figure, whole: Figure) -> str:
    share = _share(part, whole)
    if share.valeur is not None and share.marge:
        return _agreed(quote, share, _rounded_part(part.valeur or 0.0, whole.valeur or 0.0, part.marge))
    return _agreed(quote, share, _part_words(share, int(quote.options.get("decimales", "0"))))


def _share(part: Figure, whole: Figure) -> Figure:
    """The percentage, known only where both figures are wholly known and the whole is not zero.

    That of a rounded figure is known where its whole is exact and has eight bases at least.
    """
    states = {part.etat, whole.etat}
    worst = next((state for state in ("masque", "nc", "partiel", "vide") if state in states), "ok")
    if worst != "ok" or part.valeur is None or (not whole.valeur and not whole.marge):
        state = {"partiel": "nc", "ok": "vide"}.get(worst, worst)
        return replace(part, valeur=None, unite="%", etat=state, marge=0.0)
    if whole.marge or (part.marge and (whole.valeur or 0.0) < 8 * (part.marge + 1)):
        return replace(part, valeur=None, unite="%", etat=UNCERTAIN, marge=0.0)
    # Multiplied before it is divided: 100 / 67.1 * 67.1 falls short of 100.
    of = whole.valeur or 1.0
    return replace(part, valeur=100 * part.valeur / of, unite="%", etat="ok", marge=100 * part.marge / of)


def _rounded_part(part: float, whole: float, margin: float) -> str:
    """To the nearest 5 % where the whole has sixteen bases, else the nearest fraction in words."""
    if whole < 16 * (margin + 1):
        fraction = FRACTIONS[min(FRACTIONS, key=lambda share: abs(share - 100 * part / whole))]
        return fraction if fraction in (LITTLE, MOST) else f"{ABOUT} {fraction}"
    nearest = 5 * math.floor(20 * part / whole + 0.5)
    if nearest <= 0:
        return f"moins de {5 * math.floor(20 * (part + margin) / whole) + 5}{HARD}%"
    if nearest >= 100:
        return f"plus de {5 * math.ceil(20 * (part - margin) / whole) - 5}{HARD}%"
    return f"{ABOUT} {nearest}{HARD}%"


def _part_words(share: Figure, decimals: int) -> str:
    if share.valeur is None:
        return f"une part {_feminine(share.etat)}"
    step = 10.0**-decimals
    if 0 < share.valeur < step / 2:
        return f"moins de {write_number(step, decimals)}{HARD}%"
    if 100 - step / 2 <= share.valeur < 100:
        return f"plus de {write_number(100 - step, decimals)}{HARD}%"
    return f"{write_number(share.valeur, decimals)}{HARD}%"


def _feminine(state: str) -> str:
    if state == UNCERTAIN:
        return UNMEASURED
    return UNKNOWN[state] if state == "vide" else f"{UNKNOWN[state]}e"


def _unknown(now: Figure, then: Figure) -> str:
    """Why two figures cannot be compared; empty where they can."""
    states = {now.etat, then.etat}
    if "masque" in states:
        return "évolution masquée"
    if UNCERTAIN in states:
        return f"évolution {UNMEASURED}"
    if states - {"ok", ROUNDED} or now.valeur is None or then.valeur is None:
        return "évolution inconnue"
    margin = now.marge + then.marge
    return f"évolution {UNMEASURED}" if margin and abs(now.valeur - then.valeur) <= margin else ""


def _steady(unit: str, before: float) -> float:
    return STEADY_POINTS if unit == "%" else abs(before) * STEADY_PERCENT / 100


def _moved(now: Figure, then: Figure) -> Figure:
    """The difference, as a figure: unknown where one of the two is."""
    if _unknown(now, then):
        return replace(now, valeur=None, etat="nc")
    return replace(now, valeur=(now.valeur or 0.0) - (then.valeur or 0.0), marge=now.marge + then.marge)


def _evolution(now: Figure, then: Figure, options: Mapping[str, str]) -> str:
    if unknown := _unknown(now, then):
        return unknown
    before = then.valeur or 0.0
    difference = (now.valeur or 0.0) - before
    if now.marge + then.marge:
        return "une hausse" if difference > 0 else "une baisse"
    return _difference(now.unite, difference, before, options)


def _difference(unit: str, difference: float, before: float, options: Mapping[str, str]) -> str:
    if unit == "%":
        points = write_signed(difference, 1)
        return f"{points} {'points' if abs(first_number(points) or 0) >= 2 else 'point'}"
    if options.get("forme") == "nombre" or before == 0:
        return write_signed(difference)
    return f"{write_signed(100 * difference / before, 0)}{HARD}%"


def _trend(now: Figure, then: Figure, plural: bool) -> str:
    if unknown := _unknown(now, then):
        return f"d'{unknown}"
    before = then.valeur or 0.0
    difference = (now.valeur or 0.0) - before
    exact = not now.marge + then.marge
    if exact and (difference == 0 or abs(difference) < _steady(now.unite, before)):
        return "stables" if plural else "stable"
    return "en hausse" if difference > 0 else "en baisse"


def _sense(now: Figure, then: Figure, options: Mapping[str, str]) -> str:
    """The author's words for the direction; those of a trend where there is none."""
    difference = (now.valeur or 0.0) - (then.valeur or 0.0)
    if _unknown(now, then) or not difference:
        return _trend(now, then, plural=False)
    return options.get("hausse", "") if difference > 0 else options.get("baisse", "")


def _times(now: Figure, then: Figure) -> str:
    """« deux fois plus » up to two and a half, « près de » it from 1.9 on; « plus » alone below, or rounded."""
    if unknown := _unknown(now, then):
        return f"d'{unknown}"
    first, last = then.valeur or 0.0, now.valeur or 0.0
    if first == last:
        return "autant"
    direction = "plus" if last > first else "moins"
    ratio = max(first, last) / min(first, last) if min(first, last) > 0 else 0.0
    number = min(math.floor(round(ratio + 0.1, 9)), 10)
    if now.marge + then.marge or number < 2:
        return direction
    degree = "près de " if ratio < number else "plus de " if ratio >= number + 0.5 else ""
    return f"{degree}{COUNTS[number]} fois {direction}"


def _agreed(quote: Quote, figure: Figure, said: str) -> str:
    """The words with the noun that agrees, plural from two on; the author's own where the figure is unknown."""
    if "accord" not in quote.options:
        return _or(quote, said, figure)
    singular, _, plural = quote.options["accord"].partition("|")
    shown = first_number(said)
    number = figure.valeur if shown is None and (figure.valeur or not figure.marge) else shown
    agreed = singular if number is not None and abs(number) < 2 else plural
    if quote.options.get("nombre") == "sans":
        return agreed
    if figure.valeur is None:
        alone = quote.function == "evolution" or "sinon" in quote.options
        return _or(quote, said, figure) if alone else f"{said} {_of(plural)}"
    if quote.function == "evolution" and figure.marge:
        return said
    if said in (LITTLE, MOST):
        return f"{said} {_of(plural)}"
    return f"{said}{HARD}{agreed}"


def _or(quote: Quote, said: str, figure: Figure) -> str:
    return quote.options.get("sinon", said) if figure.valeur is None else said


def _of(plural: str) -> str:
    if plural.lower().startswith(("de ", "du ", "des ", "d'", "d’")):
        return plural
    return f"d'{plural}" if plural[:1].lower() in "aàâäeéèêëiîïoôöuùûühyœæ" else f"de {plural}"

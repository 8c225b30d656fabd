"""What a sentence says moved (« en hausse », « a diminué »), or is new or old (« menée depuis trois ans »).

Only what is stated counts: intentions (« pour augmenter »), the future and the infinitive announce nothing about the
figures of the year; « hausse le ton », « estime de soi en baisse », « un logement stable » are about no figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rlpipeline.prose.number_kinds import MONTH
from rlpipeline.prose.number_words import NUMBER

Direction = Literal["hausse", "baisse", "stable", "nouveau", "ancien"]
"""« nouveau » and « ancien »: what a thing is, not what a figure did."""
_HOW = (
    r"(?:(?:très|plus|fortement|légèrement|nettement|sensiblement|encore|beaucoup|un peu|également|aussi|bien"
    r"|quasi(?:ment)?|presque)\s+)*"
)
_SIZE = (
    r"(?:(?:très\s+)?(?:forte|légère|nette|constante|importante|sensible|faible|petite|grande|réelle|nouvelle"
    r"|certaine)\s+)?"
)
_HAVE = rf"(?:a|ont)\s+(?:pas\s+|plus\s+|guère\s+)?{_HOW}"
_BE = rf"(?:est|sont|reste|restent|demeure|demeurent|(?:a|ont)\s+été)\s+{_HOW}"
_YEAR_BEFORE = (
    r"(?:l['’]an(?:née)?\b|l['’]exercice|celle|celui|ceux|20\d\d|(?:deux|trois|\d)\s+(?:dernières\s+)?années"
    r"|années|¤)"
)
_COUNTED = (
    r"(?:jeunes?|familles?|personnes?|enfants?|filles?|garçons?|parents?|demandes?|sollicitations?"
    r"|accompagnements?|actions?"
    r"|séances?|sorties?|heures?|partenaires?|participants?|contacts?|rencontres?|mesures?|collégiens?"
    r"|élèves?|situations?)"
)
_SOUGHT = (
    r"(?:demandeu(?:r|se)s?|en\s+demande|sollicitée?s?|fréquentée?s?|fréquente?s?|concernée?s?|touchée?s?|orientée?s?"
    r"|accueillie?s?|présente?s?)\b"
)
_OF = r"(?=\s+(?:\w+\s+)?(?:de|du|des)\b|\s+(?:\w+\s+)?d['’]|\s*[.,;:(])"
_FORMS: tuple[tuple[Direction, str], ...] = (
    ("hausse", rf"en\s+{_SIZE}(?:hausse|augmentation|progression|croissance)"),
    ("hausse", rf"\b(?:hausse|augmentation|progression|croissance){_OF}"),
    ("hausse", rf"\baugmente(?:nt)?\b|{_HAVE}augmenté\b|\bs['’]accro(?:ît|it|issent)\b"),
    ("hausse", rf"\b(?:s['’]est|se sont)\s+{_HOW}accrue?s?\b"),
    ("hausse", rf"\bprogresse(?:nt)?\b|{_HAVE}progressé\b|\bcroît\b|\bexplose(?:nt)?\b|{_HAVE}(?:explosé|bondi|crû)\b"),
    ("hausse", rf"{_HAVE}(?:plus que\s+|presque\s+)?(?:doublé|triplé|quadruplé)\b|\b(?:double|triple)nt\b"),
    ("hausse", rf"\b(?:{NUMBER}\s+fois\s+)?plus\s+nombreu(?:x|ses)\b|\b{NUMBER}\s+fois\s+plus\b(?:\s+(?:de|d['’]))?"),
    ("hausse", rf"\bplus\s+(?:élevée?s?|fréquente?s?|importante?s?)\s+(?:que\s+|qu['’](?:en\s+)?){_YEAR_BEFORE}"),
    ("hausse", rf"\b(?:davantage|plus)\s+(?:de\s+|d['’]){_COUNTED}\s+(?:que\s+|qu['’](?:en\s+)?){_YEAR_BEFORE}"),
    ("hausse", rf"\bde\s+plus\s+qu(?:e\s+|['’](?:en\s+)?){_YEAR_BEFORE}"),
    ("hausse", rf"\b(?:davantage|plus)\s+qu(?:e\s+|['’](?:en\s+)?){_YEAR_BEFORE}"),
    ("hausse", rf"\bdavantage\s+(?:de\s+|d['’]){_COUNTED}"),
    ("hausse", rf"\bde\s+plus\s+en\s+plus\s+(?:nombreu(?:x|ses)|(?:de\s+|d['’]){_COUNTED})"),
    ("hausse", rf"\bde\s+plus\s+en\s+plus\s+{_SOUGHT}|\bdavantage\s+{_SOUGHT}"),
    ("hausse", rf"\bsupérieure?s?\s+(?:à|aux?)\s+{_YEAR_BEFORE}"),
    ("baisse", rf"en\s+{_SIZE}(?:baisse|diminution|recul|régression|chute)"),
    ("baisse", rf"\b(?:baisse|diminution|chute|recul|régression){_OF}"),
    ("baisse", r"\b(?:baisse|diminue|recule|chute|régresse)(?:nt)?\b"),
    ("baisse", rf"{_HAVE}(?:baissé|diminué|reculé|chuté|régressé)\b|\bdécroît\b"),
    ("baisse", rf"\b(?:{NUMBER}\s+fois\s+)?moins\s+nombreu(?:x|ses)\b"),
    ("baisse", rf"\b(?:{NUMBER}\s+fois|moitié)\s+moins\b(?:\s+(?:de|d['’]))?"),
    ("baisse", rf"\bmoins\s+(?:élevée?s?|fréquente?s?|importante?s?)\s+(?:que\s+|qu['’](?:en\s+)?){_YEAR_BEFORE}"),
    ("baisse", rf"\bmoins\s+(?:de\s+|d['’]){_COUNTED}\s+(?:que\s+|qu['’](?:en\s+)?){_YEAR_BEFORE}"),
    ("baisse", rf"\bde\s+moins\s+qu(?:e\s+|['’](?:en\s+)?){_YEAR_BEFORE}"),
    ("baisse", rf"\bmoins\s+qu(?:e\s+|['’](?:en\s+)?){_YEAR_BEFORE}|\binférieure?s?\s+(?:à|aux?)\s+{_YEAR_BEFORE}"),
    ("baisse", rf"\bde\s+moins\s+en\s+moins\s+(?:nombreu(?:x|ses)|(?:de\s+|d['’]){_COUNTED})"),
    ("baisse", rf"\bde\s+moins\s+en\s+moins\s+{_SOUGHT}"),
    ("stable", r"\bstables?\b|\bstabilité\b|\bse\s+(?:stabilise|maintien)(?:nt|nent|t)?\b"),
    ("stable", r"\b(?:s['’]est|se sont)\s+(?:stabilisée?s?|maintenue?s?)\b"),
    ("stable", rf"{_BE}(?:constant|identique|inchangé|équivalent|similaire|comparable)e?s?\b"),
)  # fmt: skip
_MOOD = re.compile(
    r"\s+(?:(?:pas|plus|\w+ment)\s+)?(?:(?:de\s+la|de\s+l['’]|de|du|des|d['’]|le|la|les|l['’]|leurs?|son|sa|ses|notre|nos|une?)\s*)?"
    r"(?:ton|voix|estime|moral|motivation|confiance|autonomie|attention|vigilance|concentration|pouvoir"
    r"|capacités?|compétences?"
    r"|chances|qualité|image|garde|bras|tête|yeux|pression|risques?|visibilité|lisibilité|connaissances?"
    r"|énergie|épaules|rideau"
    r"|forces?|exigences?|implications?|bien-être|niveau)\b",
    re.IGNORECASE,
)
_STEADY_THINGS = re.compile(
    r"\b(?:logements?|emplois?|situations?|cadres?|équipes?|couples?|foyers?|relations?|liens?|revenus?"
    r"|repères?|hébergements?"
    r"|environnements?|santé|contrats?|vie|familles?|solutions?|ressources?|partenariats?|adultes?"
    r"|référents?|humeur|dispositifs?)"
    r"(?:\s+\w+)?\s*(?:(?:plus|très|assez|est|sont|reste|restent|et)\s+)*$",
    re.IGNORECASE,
)
_MOOD_BEFORE = re.compile(
    r"\b(?:estime de soi|moral|motivation|confiance|autonomie|attention|fatigue|bien-être|niveau scolaire|résultats)"
    r"(?:\s+(?:du|des?|de la|de l['’])?\s*\w+)?\s+(?:(?:est|sont|a|ont|reste)\s+)?$",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"(?:\b(?:nombre|taux|parts?|proportion|chiffres?|effectifs?|volume|total|moyenne|pourcentage"
    r"|fréquentation|demandes?"
    r"|accompagnements?|sollicitations?|heures|temps|file active|tendance|durée|participation"
    r"|orientations?|séances?|sorties?|rencontres?"
    r"|contacts?|mesures?|exclusions?|participants?|heures?|clôtures?|ils|elles"
    r"|celui|celle)\b|¤)",
    re.IGNORECASE,
)
INTENTION = re.compile(
    r"\b(?:sans\s+(?:\w+\s+)?|pour\s+(?:une?\s+|l['’]\s*|la\s+)?(?:\w+\s+)?"
    r"|(?:afin|objectif|vis(?:e|ent|ons|er)|souhait\w*|permettr\w*|évit\w+|prévoi\w+|espér\w+|craint|craignons|sera|seront|aura|auront|si"
    r"|devr\w+|pourr\w+|peut|peuvent|risque\w*|limiter|prévenir)\b[^.;,:]{0,25})$",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:n(?:e\s+|['’])[^.;,:]{0,25}(?:pas|plus|guère|jamais)\b[^.;,:]{0,12}"
    r"|(?:pas d['’e]\s?|aucune?|ni)\s*(?:\w+\s+)?)$",
    re.IGNORECASE,
)
_VERB_NEGATED = re.compile(r"\bn(?:e\s+|['’])(?:\w+\s+)?$", re.IGNORECASE)
_NOT_AFTER = re.compile(r"\s+(?:pas|plus|guère|jamais)\b", re.IGNORECASE)
_NEEDS_MEASURE = re.compile(
    r"progress|recul|chute|stab|maintien|maintenu|constant|identique|équivalent|similaire|comparable", re.IGNORECASE
)
_CLAUSE = re.compile(r"[;:]|,\s|\b(?:mais|tandis que|alors que|puis|car|donc)\b")
_THING = (
    r"(?:convention(?:nement)?s?|partenariats?|actions?|dispositifs?|projets?|ateliers?|réseaux?|accords?|accueils?"
    r"|séjours?|chantiers?|permanences?|instances?|financeurs?|financements?)"
)
_BEGUN = (
    r"(?:effecti(?:f|ve)s?|créée?s?|lancée?s?|signée?s?|ouverte?s?|mise?s? en place|débutée?s?|commencée?s?|proposée?s?"
    r"|menée?s?|existent?|organisée?s?|conduite?s?|reconduite?s?|portée?s?|animée?s?)"
)
_NEW = re.compile(rf"\b(?:nouve(?:au|l|lle)s?\s+{_THING}|{_THING}\s+nouve(?:au|lle)s?)\b", re.IGNORECASE)
_SINCE = re.compile(
    rf"\b{_BEGUN}\s+(?:depuis|en|à partir de)\s+(?:la\s+rentrée\s+|{MONTH}\s+)?(?P<year>20\d\d)\b", re.IGNORECASE
)
_LASTING = re.compile(
    rf"\b{_BEGUN}\s+(?:\w+\s+)?depuis\s+(?:plus\s+de\s+)?(?:{NUMBER}\s+(?:ans|années)|plusieurs\s+années)\b",
    re.IGNORECASE,
)
_FUTURE = re.compile(r"[^.;:]{0,40}\b\w{3,}[eid]r(?:a|ont)\b")


@dataclass(frozen=True)
class Trend:
    """Words that announce how a figure moved; ``negated``: they say that it did not."""

    start: int
    end: int
    words: str
    direction: Direction
    negated: bool


def find_trends(sentence: str) -> tuple[Trend, ...]:
    """Find what a sentence says of the movement of a figure, in its order; the longest words where two overlap."""
    matches = [(match, direction) for direction, pattern in _compiled() for match in pattern.finditer(sentence)]
    longest: list[tuple[re.Match[str], Direction]] = []
    for match, direction in sorted(matches, key=lambda each: (each[0].start() - each[0].end(), each[0].start())):
        if not any(match.start() < other.end() and other.start() < match.end() for other, _ in longest):
            longest.append((match, direction))
    return tuple(
        Trend(match.start(), match.end(), match.group(), direction, _is_negated(sentence, match))
        for match, direction in sorted(longest, key=lambda each: each[0].start())
        if _is_about_a_figure(sentence, match)
    )


_PATTERNS: list[tuple[Direction, re.Pattern[str]]] = []


def _compiled() -> list[tuple[Direction, re.Pattern[str]]]:
    if not _PATTERNS:
        _PATTERNS.extend((direction, re.compile(form, re.IGNORECASE)) for direction, form in _FORMS)
    return _PATTERNS


def _is_about_a_figure(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[: match.start()]
    if _MOOD.match(sentence, match.end()) or _MOOD_BEFORE.search(before) or INTENTION.search(before):
        return False
    if not _NEEDS_MEASURE.search(match.group()):
        return True
    clauses = [cut.end() for cut in _CLAUSE.finditer(before)]
    clause = sentence[clauses[-1] if clauses else 0 : match.end()]
    return bool(_MEASURE.search(clause)) and not _STEADY_THINGS.search(before)


def _is_negated(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[max(0, match.start() - 45) : match.start()]
    if re.search(r"\b(?:pas|guère)\b", match.group()):
        return True
    verb = _VERB_NEGATED.search(before) and _NOT_AFTER.match(sentence, match.end())
    return bool(verb or _NEGATED.search(before))


def find_claims(sentence: str, year: int) -> Iterator[Trend]:
    """Find what a sentence says began in a year, or was there before it.

    Yields
    ------
    Trend
        Its direction is « nouveau » or « ancien ».
    """
    for match in _NEW.finditer(sentence):
        if not INTENTION.search(sentence[: match.start()]) and not _FUTURE.match(sentence, match.end()):
            yield Trend(*match.span(), match.group(), "nouveau", False)
    for match in _SINCE.finditer(sentence):
        began = int(match.group("year"))
        if began <= year:
            yield Trend(*match.span(), match.group(), "nouveau" if began == year else "ancien", False)
    for match in _LASTING.finditer(sentence):
        yield Trend(*match.span(), match.group(), "ancien", False)

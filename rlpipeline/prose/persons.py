"""What a page to share says of few young people: small numbers of them, sentences about one."""

# ruff: noqa: E501 - a pattern is read whole
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.prose.blocks import Block, Figure
from rlpipeline.prose.french_numbers import Number, find_numbers
from rlpipeline.prose.given_names import given_names
from rlpipeline.prose.labels import one_in_label, without_titles
from rlpipeline.prose.one_person import THINGS, one_person
from rlpipeline.prose.sentences import sentences

UnitOf = Callable[[Mapping[str, str]], str]
"""Gives the unit of a bound figure, given the data-* of its span; empty where it is not known."""
PERSON_UNITS = frozenset(
    {"jeunes", "accompagnements", "orientations", "demandes", "suivis", "problematiques_relevees", "personnes"}
)
"""Units of the bound figures that count persons, or what was noted of one."""

_PERSON = re.compile(
    r"(?:jeunes?|filles?|garçons?|mineure?s?|majeure?s|adolescente?s?|ados?|enfants?|élèves?|écoli(?:er|ère)s?"
    r"|collégien(?:ne)?s?|lycéen(?:ne)?s?|étudiante?s?|apprenti(?:e)?s?|stagiaires?|participante?s?|personnes?|frères?|sœurs?|jumeaux"
    r"|jumelles|fratries?|familles?|mères?|pères?|mamans?|papas?|parents?|bénéficiaires?|usag(?:er|ère)s?|victimes?|décrocheu(?:r|se)s?"
    r"|accompagnée?s|suivie?s|orientée?s|accueillie?s|déscolarisée?s|exclue?s|placée?s|hospitalisée?s|incarcérée?s"
    r"|nouveaux|nouvelles|hommes?|femmes?|individus?)",
    re.IGNORECASE,
)
_ACT = re.compile(
    r"(?:accompagnements?|suivis?|orientations?|réorientations?|demandes?|problématiques?|PAEI|ASEP|TIG|clôtures?|signalements?"
    r"|placements?|hospitalisations?|incarcérations?|exclusions?|naissances?|grossesses?|décès|tentatives?)",
    re.IGNORECASE,
)
_ACT_OF_SEVERAL_WORDS = re.compile(
    r"\s*(?:nouvelles? |autres? )?(?:mesures? d(?:e |['’])(?:réparation|responsabilisation|exclusion|placement|assistance|AEMO)"
    r"|fins? d['’]accompagnement|informations? préoccupantes?|sorties? du dispositif|situations? (?:de|d['’]) ?(?:rupture|danger|errance"
    r"|jeune|prostitution|handicap|violence|harcèlement|décrochage|déscolarisation|addiction))",
    re.IGNORECASE,
)
_NO_ACT = re.compile(
    r"\s*(?:stratégiques?|politiques?|principales?|majeures?|de subvention|de financement|d['’]agrément|du projet|de travail"
    r"|d['’](?:éducat|internet|local)|budgétaires?|éducatives? majeures?)",
    re.IGNORECASE,
)
_STAFF = re.compile(
    r"[^.;:!?]{0,40}\b(?:équipe|salariée?s?|bénévoles?|éducat(?:eur|rice)s?|professionnel(?:le)?s?|du conseil|intervenante?s?|animat\w+"
    r"|gardiens?|référente?s?|ETP|à temps)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s*(?:à|ou|et|-|–)\s*", re.IGNORECASE)
_GROUP = re.compile(
    r"\s*(?:d['’]entre (?:eux|elles)|parmi (?:eux|elles)|d['’](?:eux|elles)|(?:de|parmi) (?:ces|nos|les|leurs) |des )\s*",
    re.IGNORECASE,
)
_AMONG_THEM = re.compile(r"\s*(?:d['’]entre|parmi|sur) (?:eux|elles)\b[ ,]*|\s*d['’](?:eux|elles)\b", re.IGNORECASE)
_THEY_ARE = re.compile(
    r"\b(?:ils|elles) (?:ne )?(?:sont|étaient|furent|n['’]étaient|seront)(?: plus)?(?: que)? $", re.IGNORECASE
)
_UNDER = re.compile(r"\b(?:moins de|moins d['’])\s*$", re.IGNORECASE)
_FILLER = re.compile(
    r"[\s*_¤]*(?:(?:très|plus|autres?|nouve(?:aux|lles?)|anciens?|anciennes?|jeunes|petite?s|grande?s|seule?s?|des|de|ces|nos|d['’]) ?)*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PREDICATE = re.compile(
    r"\s*(?:[),.;:]|$|en |sont |ont |étaient |avaient |n['’]ont |qui |attendent |tout au plus|seulement|à avoir |à être |âgée?s |de \d|pour |se |s['’]|par |issu|au |à |ayant|vivent|d['’]|résid)",
    re.IGNORECASE,
)
_SPEAKS_OF_PERSONS = re.compile(
    r"\b(?:jeunes?|filles?|garçons?|mineure?s?|adolescente?s?|élèves|collégien(?:ne)?s|lycéen(?:ne)?s|familles|enfants|participante?s"
    r"|accompagnements?|suivis|orientations?|demandes|accompagné)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"(?<![\w’'-])(?:un|une) (?:nouvelle |nouveau |seule? |autre )?(?:demande d['’]accompagnement|demande a |orientation a |exclusion a |incarcération"
    r"|hospitalisation a |grossesse |naissance |TIG a |suivi a |accompagnement a |(?:couple|duo|trio|binôme|groupe) de (?:deux |trois |2 |3 )?(?:jeunes|filles"
    r"|garçons|frères|sœurs|copains|copines))",
    re.IGNORECASE,
)
_HANDFUL = re.compile(r"\b(?:une )?poignée (?:de |d['’])(?:ces |nos |très )?[^\W\d_]+", re.IGNORECASE)
_LARGE_GROUP = re.compile(r"groupe de (?:jeunes|filles|garçons)", re.IGNORECASE)
FEW = "un nombre de personnes plus petit que"
_SKIPPED = frozenset({"part", "tendance", "evolution", "fois", "sens", "annee"})


@dataclass(frozen=True)
class Few:
    """What a text says of few persons.

    Parameters
    ----------
    texte, chapitre
        As :class:`~rlpipeline.audit.prose.scan.Unbound` has them.
    words
        The words that stop.
    reason
        Why, one French clause.
    sentence
        The sentence, as a reader sees it.
    """

    texte: str
    chapitre: str
    words: str
    reason: str
    sentence: str


def scan_persons(
    blocks: Sequence[Block], threshold: int, unit_of: UnitOf | None = None, names: frozenset[str] = frozenset()
) -> tuple[Few, ...]:
    """Read what was typed in a page to share, and the figures bound in it: what tells of fewer persons than the threshold.

    Parameters
    ----------
    threshold
        Least number of persons that may be told; none at all (zero) may be.
    names
        Given names, in lower case without accents.
    """
    terms = _Terms(threshold, unit_of or _no_unit, names)
    reasons = (few for block in blocks for few in _in_reasons(block, terms))
    return (*(few for block in blocks for few in _in_block(block, terms)), *reasons)


def scan_label(text: str, threshold: int, names: frozenset[str] = frozenset()) -> tuple[tuple[str, str], ...]:
    """Read a cell of the records: what it tells of fewer persons than the threshold.

    Returns
    -------
    The words that stop and why, in French, once each.
    """
    block = Block("", "", without_titles(text), (), ())
    passages = [(few.words, few.reason) for few in _in_block(block, _Terms(threshold, _no_unit, names))]
    return tuple(dict.fromkeys([*passages, *one_in_label(block.text)]))


@dataclass(frozen=True)
class _Terms:
    threshold: int
    unit_of: UnitOf
    names: frozenset[str]


def _in_reasons(block: Block, terms: _Terms) -> Iterator[Few]:
    """Read the reasons of the numbers typed with ``fixe``, which the page holds."""
    for figure in block.figures:
        reason = figure.attributes.get("data-raison", "")
        for words, why in scan_label(reason, terms.threshold, terms.names):
            yield Few(block.texte, block.chapitre, words, why, reason)


def _no_unit(attributes: Mapping[str, str]) -> str:
    return ""


def _in_block(block: Block, terms: _Terms) -> Iterator[Few]:
    text = block.text
    numbers = [number for number in find_numbers(text) if number.kind == "nombre"]
    for start, end in sentences(text):
        here = [number for number in numbers if start <= number.start < end]
        passages = [
            *_numbers(block, (start, end), here, terms),
            *one_person(text[start:end], text[:start]),
            *given_names(text[start:end], terms.names),
        ]
        sentence = " ".join(text[start:end].split())
        yield from (
            Few(block.texte, block.chapitre, " ".join(words.split()), reason, sentence) for words, reason in passages
        )


def _numbers(block: Block, bounds: tuple[int, int], numbers: list[Number], terms: _Terms) -> Iterator[tuple[str, str]]:
    start, end = bounds
    sentence, before = block.text[start:end], block.text[:start]
    reason = f"{FEW} {terms.threshold}"
    for number in numbers:
        figure = next((one for one in block.figures if one.start <= number.start < one.end), None)
        under = figure is None and bool(_UNDER.search(sentence[: number.start - start]))
        if number.value is None or not 0 < number.value < terms.threshold + under:
            continue
        if figure is not None and figure.attributes.get("data-fonction") in _SKIPPED:
            continue
        place = number.start - start, number.end - start
        if (
            _counts_persons(sentence, *place)
            or _of_them(sentence, place, before)
            or _bound_to_persons(figure, terms.unit_of)
        ):
            yield _shown(sentence, number.start - start, number.end - start), reason
    for handful in _HANDFUL.finditer(sentence):
        if _PERSON.fullmatch(re.split(r"[ '’]", handful.group())[-1]):
            yield handful.group(), reason
    for article in _ARTICLE.finditer(sentence):
        if not _LARGE_GROUP.search(article.group()):
            yield article.group(), reason


def _of_them(sentence: str, place: tuple[int, int], before: str) -> bool:
    """Say whether a number is that of some of « eux », where nothing says that these are things."""
    announced = _AMONG_THEM.search(sentence[: place[0]]) or _THEY_ARE.search(sentence[: place[0]])
    among = _AMONG_THEM.match(sentence, place[1]) or (announced and _PREDICATE.match(sentence, place[1]))
    if not among or _measures(sentence, *place):
        return False
    near = sentence if _SPEAKS_OF_PERSONS.search(sentence) or THINGS.search(sentence) else before
    return not THINGS.search(near) or bool(_SPEAKS_OF_PERSONS.search(near))


def _bound_to_persons(figure: Figure | None, unit_of: UnitOf) -> bool:
    return figure is not None and figure.bound and unit_of(figure.attributes) in PERSON_UNITS


def _shown(sentence: str, start: int, end: int) -> str:
    following = _WORD.search(sentence, end)
    return sentence[start : following.end() if following and following.start() - end < 4 else end]


def _counts_persons(sentence: str, start: int, end: int) -> bool:
    """Say whether what follows a number, or the sentence where nothing does, is about persons."""
    if (upper := _RANGE.match(sentence, end)) and (other := _number_at(sentence, upper.end())):
        end = other
    if _ACT_OF_SEVERAL_WORDS.match(sentence, end):
        return True
    filler = _FILLER.match(sentence, end)
    place = filler.end() if filler else end
    noun = _WORD.match(sentence, place)
    if "jeunes" in sentence[end:place].lower():
        return True
    if noun and _PERSON.fullmatch(noun.group()):
        return not _STAFF.match(sentence, noun.end())
    if noun and _ACT.fullmatch(noun.group()):
        return not _NO_ACT.match(sentence, noun.end())
    alone = _GROUP.match(sentence, end) or _PREDICATE.match(sentence, end) or _PREDICATE.match(sentence, place)
    return bool(
        alone and _SPEAKS_OF_PERSONS.search(sentence[:start] + sentence[end:]) and not _measures(sentence, start, end)
    )


def _number_at(sentence: str, place: int) -> int | None:
    return next(
        (number.end + place for number in find_numbers(sentence[place : place + 20]) if number.start == 0), None
    )


_MEASURE = re.compile(r"\s*(?:ans?|mois|fois|heures?|jours?|km|€|%|/|séances?)", re.IGNORECASE)
_CALLED = re.compile(
    r"\b(?:n°|numéro|action|atelier|activité|réseau|article|annexe|page|tableau|chapitre|niveau|phase|lot|axe|objectif|rue|classe|quartier|secteur)\s*$",
    re.IGNORECASE,
)


def _measures(sentence: str, start: int, end: int) -> bool:
    return bool(_MEASURE.match(sentence, end) or _CALLED.search(sentence[:start]))

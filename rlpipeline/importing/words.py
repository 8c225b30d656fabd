"""How exports name tables, columns and codes: the words of ``synonymes.yml``, and how near a header is to them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from rlpipeline.records.labels import codes_by_label, label_key
from rlpipeline.records.tables import TABLES
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.communes import plain

Words = tuple[str, ...]
Place = tuple[str, str]
"""A table and its column; ``personne`` and what names a person; ``ignoree`` and why a column has no place."""

PERSON, IGNORED = "personne", "ignoree"
SHORTEST_PREFIX = 3
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý])")
_FROM, _TO = re.compile(r"\s(?:du|depuis(?: le)?)\s*$", re.IGNORECASE), re.compile(r"\sau\s*$", re.IGNORECASE)
_ALONE = {"du": "debut", "depuis": "debut", "au": "fin", "jusqu'au": "fin"}
_ELIDED = re.compile(r"\b(?:[dlnsjc]|qu)['’]", re.IGNORECASE)
_ON_A_DAY = re.compile(
    r"\s(?:au|le|du)?\s*31\s*(?:/12|décembre|dec\.?)(?:[/ ]\d{2,4})?|\s(?:en|année)\s20\d\d", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:c['’]est )?(?:une?|le|la|les|des|l['’]|aux?|[aà](?: la| l['’])?|est|en) ?", re.IGNORECASE)
_CODE = re.compile(r"[\dA-Z]{1,4}")
_PARTS = re.compile(r"\s+[-–—]\s+|\s*[:=|]\s*")
_BRACKETS = re.compile(r"\([^)]*\)")
_KEYS = frozenset(("identifiant", "code", "cle"))
_BETWEEN_WORDS = frozenset(
    ("mes", "nos", "ses", "leurs", "par", "pour", "avec", "chez", "sur", "tous", "toutes", "une")
)
_EIGHT = re.compile(r"(DT|DA|CD|NU|NO|LB|LI|NB|MT|ID|HR)([A-Z]{3,8})")
_MARKED = re.compile(r"^_*[cz]_(?=[^\W\d_]{3})")
_MARKS = str.maketrans({"°": "o ", "º": "o ", "€": " euros "})
_INTERCHANGED = re.compile(r"\((?:e|s|es|ne|trice)\)|·e\b", re.IGNORECASE)


@cache
def synonyms() -> Mapping[str, Any]:
    """Read ``synonymes.yml``."""
    text = resources.files("rlpipeline.importing").joinpath("synonymes.yml").read_text(encoding="utf-8")
    read: Mapping[str, Any] = strict_yaml.parse(text)
    return read


@cache
def telling_words(text: str) -> Words:
    """Give the words of a header: no case, accent, plural or little word, abbreviations written out."""
    if text.strip().casefold() in _ALONE:
        return (_ALONE[text.strip().casefold()],)
    spaced = _INTERCHANGED.sub("", _CAMEL.sub(" ", _of_old_systems(text)).translate(_MARKS))
    spaced = _ELIDED.sub(" ", spaced)
    spaced = _TO.sub(" fin", _FROM.sub(" début", spaced))
    words = re.findall(r"[a-z]+|\d+(?:er|re|ere|eme|e)?", plain(spaced.replace("_", " ")).lower())
    long = synonyms()["abreviations"]
    return tuple(label_key(" ".join(long.get(word, word) for word in words)).lower().split())


def _of_old_systems(text: str) -> str:
    """« DTNAIUSA » in the words that it cuts short, « DT NAI USA »; « c_Age » without the mark of what is computed."""
    name = _EIGHT.fullmatch(text)
    if not name:
        return _MARKED.sub("", text)
    return " ".join([name[1], *re.findall(r"[A-Z]{1,3}", name[2])])


@cache
def _names() -> Mapping[Words, tuple[Place, ...]]:
    """Every way of naming a column, to the columns that it may name."""
    names: dict[Words, dict[Place, None]] = {}
    for place, texts in _named_places():
        for text in texts:
            names.setdefault(telling_words(text), {})[place] = None
    names.pop((), None)
    return {words: tuple(places) for words, places in names.items()}


def _named_places() -> Iterator[tuple[Place, Iterable[str]]]:
    read = synonyms()
    for table, columns in read["colonnes"].items():
        for column, texts in columns.items():
            yield (table, column), texts
    for table in TABLES:
        for column in table.columns:
            if column.name != "id_jeune":
                yield (table.name, column.name), [column.name]
    for what, texts in read["personne"].items():
        yield (PERSON, what), texts
    for reason, texts in read["ignorees"].items():
        yield (IGNORED, reason), texts


@cache
def likeness(header: str) -> Mapping[Place, float]:
    """How near a header is to the names of each column, from 0 to 1; columns that are far are left out."""
    own = telling_words(header)
    forms = {own: 1.0, telling_words(_BRACKETS.sub(" ", header)): 0.98, telling_words(_ON_A_DAY.sub(" ", header)): 0.95}
    forms.setdefault(tuple(word for word in own if word not in _KEYS), 0.95)  # the key of a thing, for the thing
    scores: dict[Place, float] = {}
    for form, weight in forms.items():
        for words, places in _names().items():
            score = weight * _near(form, words)
            if score >= 0.4:
                for place in places:
                    scores[place] = max(scores.get(place, 0.0), score if place[0] != IGNORED else 0.9 * score)
    if header.rstrip().endswith(("?", "…", "...", ":")):  # a question says the same in more words
        asked = ((places, words) for words, places in _names().items() if len(words) > 1 and {*words} <= {*own})
        scores |= {place: max(scores.get(place, 0.0), 0.85) for places, _ in asked for place in places}
    return scores


def _near(own: Words, words: Words) -> float:
    """1 for the same words; less where some are more, missing, or cut short."""
    if own == words or sorted(own) == sorted(words):
        return 1.0
    left = list(words)
    common = 0.0
    for word in own:
        match = next((other for other in left if other == word), None)
        match = match or next((other for other in left if other[0] == word[0] and _cut_short(word, other)), None)
        if match is not None:
            left.remove(match)
            common += 1.0 if match == word else 0.9
    if not common:
        return 0.0
    if not left and len(own) == len(words):
        return common / len(words)
    if not left:  # all the words of the name, and others
        weight = 0.9 if len(words) > 1 else 0.75
        return max(0.0, weight * common / len(words) - 0.1 * (len(own) - len(words)))
    if common >= 0.9 * len(own):  # a shorter name
        return 0.35 + 0.5 * common / len(words)
    return 0.55 * 2 * common / (len(own) + len(words))


def _cut_short(one: str, other: str) -> bool:
    """« dom » or « logt », for « domaine » and « logement »; a word of its own is not another one's beginning."""
    short, long = sorted((one, other), key=len)
    if len(short) < SHORTEST_PREFIX or (len(short) < 6 and short in _whole_words()):
        return False
    return long.startswith(short) or (
        len(long) > len(short) + 2 and long.startswith(short[:-1]) and long[-1] == short[-1]
    )


def own_word(stem: str, others: Iterable[str]) -> str:
    """Give the one word of a file's name that is neither of exports in general nor of other files: whose it is."""
    elsewhere = {word for other in others for word in re.findall(r"[^\W\d_]+", other)}
    own = {word for word in re.findall(r"[^\W\d_]{4,}", stem) if is_a_name(word) and word not in elsewhere}
    return own.pop() if len(own) == 1 else ""


def is_a_name(word: str) -> bool:
    """Whether a word is rather the name of somebody than one of those that exports use."""
    return word[0].isupper() and word.casefold() not in _BETWEEN_WORDS and not {*telling_words(word)} & _whole_words()


@cache
def _whole_words() -> frozenset[str]:
    return frozenset(word for words in _names() for word in words)


def is_cancelled(text: str) -> bool:
    """Whether a cell says that its row does not count."""
    return value_key(text) in {value_key(word) for word in synonyms()["lignes_annulees"]}


def is_header(cell: str) -> bool:
    """Whether a cell says what stands under it."""
    return cell.strip().casefold() not in _ALONE and max(likeness(cell).values(), default=0.0) >= 0.8


def tables_named(text: str) -> Mapping[str, float]:
    """How near the name of a sheet, of a file or a title is to the names of each table."""
    own = telling_words(text)
    scores: dict[str, float] = {}
    for table, texts in synonyms()["tables"].items():
        for name in (table, *texts):
            words = telling_words(name)
            if words and set(words) <= set(own):
                scores[table] = max(scores.get(table, 0.0), 0.6 + 0.4 * len(words) / len(own))
    return scores


VOCABULARIES: Mapping[Place, str] = {
    ("jeunes", "sexe"): "sexe",
    ("jeunes", "origine"): "origine_jeune",
    ("jeunes", "qpv"): "oui_non",
    ("suivis", "statut"): "statut",
    ("suivis", "motif_cloture"): "motif_cloture",
    ("situations", "situation"): "situation",
    ("problematiques", "problematique"): "problematique",
    ("orientations", "domaine"): "domaine",
    ("co_accompagnements", "partenaire"): "partenaire",
    ("temps", "activite"): "activite",
    ("temps", "creneau"): "creneau",
    ("temps", "en_ligne"): "oui_non",
    ("actions", "categorie"): "categorie_action",
    ("actions", "unite"): "unite",
    ("participations", "public"): "age",
    ("demandes", "tranche_age"): "age",
    ("demandes", "suite"): "suite",
    ("personnel", "categorie"): "categorie_poste",
    ("territoires", "type"): "type",
}
"""The words of ``valeurs`` that a column may hold."""


@dataclass(frozen=True)
class Meaning:
    """The code that a word means.

    Parameters
    ----------
    code
        The code, None where the word is not known.
    nearest
        The code that it most likely means, where it is not certain.
    """

    code: str | None
    nearest: str | None = None


@cache
def _vocabulary(place: Place, codes: tuple[tuple[str, str], ...]) -> Mapping[str, tuple[str, ...]]:
    """Words as ``value_key`` gives them to the codes that they mean: those of the contract, then the synonyms."""
    contract = {key: means for key, means in codes_by_label(dict(codes)).items() if key}
    groups = [VOCABULARIES.get(place, "")]
    groups += ["public"] if place == ("participations", "public") else []
    read = synonyms()["valeurs"]
    more: dict[str, dict[str, None]] = {}
    for code, texts in ((code, texts) for group in groups for code, texts in read.get(group, {}).items()):
        if code in dict(codes):
            for text in texts:
                more.setdefault(value_key(text), {})[code] = None
    return {**{key: tuple(means) for key, means in more.items()}, **contract}


def value_key(text: str) -> str:
    """Give the key by which words are looked up: that of labels; where it has none, the text itself."""
    simple = text.strip().casefold()
    marked = bool(re.search(r"[<>+]|^-\s?\d", simple))
    key = label_key(_INTERCHANGED.sub("", text))
    return simple.replace(" ", "") if marked or not key else key


def meaning(text: str, place: Place, codes: Mapping[str, str], nearest: bool = True) -> Meaning:
    """Give the code that a cell means in a column.

    Parameters
    ----------
    codes
        Code to its French words, for every code of the column.
    nearest
        Whether to look for the likeliest code of a word that is not known.
    """
    if text in codes:
        return Meaning(text)
    vocabulary = _vocabulary(place, tuple(codes.items()))
    codes_meant = vocabulary.get(value_key(text), ())
    of_flag = VOCABULARIES.get(place) == "oui_non" and text in ("0", "1")
    if len(codes_meant) == 1 and (of_flag or not re.fullmatch(r"\d", text)):
        return Meaning(codes_meant[0])
    bare = vocabulary.get(value_key(_ARTICLE.sub("", text)), ())
    if not codes_meant and len(bare) == 1:
        return Meaning(bare[0])
    parts = {part: vocabulary.get(value_key(part), ()) for part in _PARTS.split(text)}
    both = {*parts.values()} - {()}
    if not codes_meant and len(both) == 1 and len(*both) == 1:
        code = both.pop()[0]  # of « P - PAEI »; « Lycéen - voie professionnelle » says more than its first word
        return Meaning(code) if all(of or _CODE.fullmatch(part) for part, of in parts.items()) else Meaning(None, code)
    if codes_meant or not nearest:
        return Meaning(None, codes_meant[0] if codes_meant else None)
    return Meaning(None, _nearest(text, vocabulary, codes))


def _nearest(text: str, vocabulary: Mapping[str, tuple[str, ...]], labels: Mapping[str, str]) -> str | None:
    """The one code whose words begin with the letters of the text, share most with it or are spelt most like it."""
    letters = "".join(re.findall(r"[A-Z]", text)) if text.isupper() and len(text) <= 4 else ""
    initialled = [code for code, label in labels.items() if letters and letters in (_initials(label), code[:1].upper())]
    if initialled:
        return initialled[0] if len(initialled) == 1 else None
    within = _codes_within(text, vocabulary)
    if within:
        return within.pop() if len(within) == 1 else None
    own, sure = telling_words(text), {key: codes[0] for key, codes in vocabulary.items() if len(codes) == 1}
    best, nearest = 0.44, None
    for key, code in sure.items():
        score = _near(own, tuple(key.lower().split()))
        if score > best:
            best, nearest = score, code
    spelt = difflib.get_close_matches(value_key(text), list(sure), 1, 0.8)
    return sure[spelt[0]] if spelt and best < 0.8 else nearest


def code_in(header: str, place: Place, codes: Mapping[str, str]) -> str | None:
    """Give the code that a header is, its words cut short or not; None where it is none, or several."""
    bare = _BRACKETS.sub(" ", header).strip()
    code = meaning(header, place, codes, nearest=False).code or meaning(bare, place, codes, nearest=False).code
    if code:
        return code
    own = telling_words(header)
    vocabulary = _vocabulary(place, tuple(codes.items()))
    near = {
        code
        for key, of in vocabulary.items()
        for code in of
        if _near(own, tuple(key.lower().split())) >= 0.85 and len(of) == 1
    }
    return near.pop() if len(near) == 1 else None


def code_within(header: str, place: Place, codes: Mapping[str, str]) -> str | None:
    """Give the code whose words a longer header holds: « Suivi aussi par l'ASE »."""
    within = _codes_within(header, _vocabulary(place, tuple(codes.items())))
    return within.pop() if len(within) == 1 else None


def _codes_within(text: str, vocabulary: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The codes whose words a longer text holds; words within longer ones that it holds too say nothing more."""
    own = {*telling_words(text)}
    held = {frozenset(key.lower().split()): codes for key, codes in vocabulary.items() if len(codes) == 1}
    held = {words: codes for words, codes in held.items() if words <= own and len("".join(words)) > 2}
    return {codes[0] for words, codes in held.items() if not any(words < others for others in held)}


def _initials(label: str) -> str:
    return "".join(word[0] for word in label_key(label).split())

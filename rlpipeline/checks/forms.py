"""Forms of French (``forms.yml``, ``persons.yml``): sentences, numbers, movements, what makes one think of a person.

The last sorts and marks what somebody reads, and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import accumulate, chain, pairwise
from typing import Any, NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.settings.strict_yaml import packaged

BEFORE = 60
"""Characters before a number that may say what it is."""
NEGATED_WITHIN = 45
Extent = tuple[int, int]
"""Where something begins and ends in a text."""
ARTICLES = frozenset({"un", "une", "cent", "cents", "vingts"})
"""Words that are no number by themselves."""
_END = re.compile(r"(?<=[.!?…])[\s»\")]*\s(?=[\s«\"“(]*[A-ZÀ-Ý\d¤–-])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:art|pp?|n|av|bd|M|MM|Mme|cf|ex|env|réf|[LRD]|St|Dr|janv|févr|avr|juil|sept|oct|nov|déc))\.\s*$"
)
_QUOTED = re.compile(r"«[^«»\n]{1,70}»|“[^“”\n]{1,70}”|\"[^\"\n]{1,70}\"")
_CAPITAL = re.compile(r"(?<![\w’'-])[A-ZÀ-Ý][a-zà-ÿ]+(?![\w-])")
_ALWAYS = {
    "une adresse ou un téléphone": re.compile(
        r"[^\s@]+@[^\s@]+\.[a-z]{2,}|(?<!\d)0[1-9](?:[ .-]?\d\d){4}(?!\d)", re.IGNORECASE
    ),
    "un nom": re.compile(r"\b(?:MM?\.|Mmes?|Mlle|Monsieur|Madame|Mademoiselle) [A-ZÀ-Ý][\w'.-]*"),
    "une initiale": re.compile(r"(?<![\w.’'-])[A-Z]\.(?: ?[A-Z]\.)?(?=,| [a-zà-ÿ]|\s*$)"),
}
_SURNAME = re.compile(r"[ \u00a0-](?:d['’]|de )?[A-ZÀ-Ý](?!\.)")
_NOT = re.compile(r"\b(?:pas|guère)\b")
_VERB_DENIED = re.compile(r"\bn(?:e\s+|’)(?:\w+\s+)?$", re.IGNORECASE)
_PIECE = re.compile(r"\{([A-Z_]+)\}")
_CLAUSE = re.compile(r"[;:]|,\s|\b(?:mais|tandis que|alors que|puis|car|donc)\b")


class Span(NamedTuple):
    """Words that are a number, or say how a figure moved (hausse, baisse, stable) or of a thing (nouveau, ancien)."""

    start: int
    end: int
    words: str
    direction: str = ""
    negated: bool = False


@cache
def forms() -> dict[str, Any]:
    """Read the forms once, each written out of its pieces."""
    read = dict(packaged("checks/forms.yml"))
    pieces: Mapping[str, str] = read.pop("morceaux")
    return {name: _written_out(form, pieces) for name, form in read.items()}


def _written_out(form: Any, pieces: Mapping[str, str]) -> Any:
    """Put pieces in the place of their names, in a form or in all those of a list."""
    if isinstance(form, tuple):
        return [_written_out(each, pieces) for each in form]
    if isinstance(form, dict):
        return {name: _written_out(each, pieces) for name, each in form.items()}
    while _PIECE.search(form):
        form = _PIECE.sub(lambda name: pieces[name[1]], form)
    return form


_compiled = partial(re.compile, flags=re.IGNORECASE)
"""Compile a form, letters of either case."""


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Give one of the forms."""
    return _compiled(forms()[name])


class _Form(NamedTuple):
    """What a number may look like; what is to be right before it, and what may not be."""

    number: re.Pattern[str]
    after: re.Pattern[str] | None
    save: re.Pattern[str] | None

    def spans(self, text: str) -> Iterator[Extent]:
        """Find it: the group ``n`` is the number, where there is one."""
        group = "n" if "n" in self.number.groupindex else 0
        for match in self.number.finditer(text):
            start, end = match.span(0 if match[group] is None else group)
            first = max(0, match.start() - BEFORE)
            before = text[first : match.start()]
            if end > start and self._may_follow(before):
                yield start, end

    def _may_follow(self, before: str) -> bool:
        if self.save and self.save.search(before):
            return False
        return self.after is None or bool(self.after.search(before))


@cache
def _listed(name: str) -> Sequence[_Form]:
    listed = list[_Form]()
    for form in forms()[name]:
        entry = {"motif": form} if isinstance(form, str) else form
        listed.append(_form(**entry))
    return listed


def _form(motif: str, avant: str = "", sauf: str = "") -> _Form:
    after = _compiled(avant) if avant else None
    save = _compiled(sauf) if sauf else None
    return _Form(re.compile(motif), after, save)


def _spans(name: str, text: str) -> list[Extent]:
    return [*chain.from_iterable(form.spans(text) for form in _listed(name))]


def typed_numbers(text: str) -> list[Span]:
    """Find the numbers of a text that count something, in digits or in words, in order.

    Dates, years, articles of law, ages, hours, addresses, telephones, levels, ranks and names count nothing.
    """
    plain = text.replace("'", "’")
    if not re.search(forms()["peut"], plain):
        return []
    found = sorted(_counting(plain))
    if not found:
        return []
    names = [match.span() for match in _QUOTED.finditer(text) if _is_name(match[0])]
    numbers = list[Span]()
    for start, end in found:
        if not any(low < start < high for low, high in names):
            numbers.append(Span(start, end, text[start:end]))
    return numbers


def _counting(text: str) -> Iterator[Extent]:
    """Find what counts, where nothing that counts nothing stands: the kind that is sought first has the place."""
    counts = _spans("comptes", text)
    numbers = list[Extent]()
    for start, end in _spans("nombres", text):
        if text[start:end].lower() not in ARTICLES:
            numbers.append((start, end))
    if not counts and not numbers:
        return
    permitted = _spans("permis", text)
    ranks = _spans("rangs", text)
    covered = bytearray(len(text))
    for spans, counts_something in (
        (permitted, False),
        (counts, True),
        (ranks, False),
        (numbers, True),
    ):
        for start, end in spans:
            if any(covered[start:end]):
                continue
            covered[start:end] = b"\1" * (end - start)
            if counts_something:
                yield start, end


def _is_name(quoted: str) -> bool:
    """Whether what is between guillemets is a name, of which a number is a part."""
    return not re.fullmatch(forms()["effectif"], quoted)


def sentences(text: str) -> list[Extent]:
    """Give the places of the sentences of a text: they cover it whole, in order."""
    cuts = [0]
    for end in _END.finditer(text):
        before = text[: end.start() + 1]
        if not _ABBREVIATION.search(before):
            cuts.append(end.end())
    return [(start, end) for start, end in pairwise([*cuts, len(text)]) if start < end]


def trends(sentence: str) -> list[Span]:
    """Find what a sentence says of the movement of a figure, in order; the longest words where two overlap.

    Intentions, the future and moods announce nothing about the figures of the year.
    """
    sentence = sentence.replace("'", "’")
    longest: list[tuple[re.Match[str], str]] = []
    for match, direction in sorted(_moving(sentence), key=_longest_first):
        if not any(_overlap(match, other) for other, _ in longest):
            longest.append((match, direction))
    found = list[Span]()
    for match, direction in longest:
        if _is_about_a_figure(sentence, match):
            negated = _is_negated(sentence, match)
            found.append(Span(*match.span(), match[0], direction, negated))
    return sorted(found)


def _moving(sentence: str) -> Iterator[tuple[re.Match[str], str]]:
    """Find the words of every form, with the direction that they say."""
    for direction, of_direction in _directions().items():
        for form in of_direction:
            for match in form.finditer(sentence):
                yield match, direction


def _longest_first(found: tuple[re.Match[str], str]) -> tuple[int, int]:
    start, end = found[0].span()
    return start - end, start


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


@cache
def _directions() -> Mapping[str, Sequence[re.Pattern[str]]]:
    listed = forms()["tendances"].items()
    return {direction: [*map(_compiled, of_direction)] for direction, of_direction in listed}


def _is_about_a_figure(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[: match.start()]
    if pattern("humeur_apres").match(sentence, match.end()):
        return False
    if pattern("humeur_avant").search(before) or pattern("intention").search(before):
        return False
    if not pattern("demande_une_mesure").search(match[0]):
        return True
    if pattern("choses_stables").search(before):
        return False
    clause = _CLAUSE.split(before)[-1] + match[0]
    return bool(pattern("mesure").search(clause))


def _is_negated(sentence: str, match: re.Match[str]) -> bool:
    first = max(0, match.start() - NEGATED_WITHIN)
    before = sentence[first : match.start()]
    if _NOT.search(match[0]) or pattern("nie_avant").search(before):
        return True
    if not _VERB_DENIED.search(before):
        return False
    return bool(pattern("nie_apres").match(sentence, match.end()))


def claims(sentence: str, year: int) -> Iterator[Span]:
    """Find what a sentence says began in a year (nouveau), or was there before it (ancien)."""
    sentence = sentence.replace("'", "’")
    for match in pattern("nouveau").finditer(sentence):
        intended = pattern("intention").search(sentence[: match.start()])
        if not intended and not pattern("futur").match(sentence, match.end()):
            yield Span(*match.span(), match[0], "nouveau")
    for match in pattern("depuis").finditer(sentence):
        since = int(match["annee"])
        if since <= year:
            yield Span(*match.span(), match[0], "nouveau" if since == year else "ancien")
    for match in pattern("ancien").finditer(sentence):
        yield Span(*match.span(), match[0], "ancien")


def suspicions(text: str, threshold: int, names: frozenset[str] = frozenset()) -> list[Span]:
    """Find what makes one think of a person, in order, none inside another, each with why, in French, for words.

    Fewer persons than ``threshold`` are few; ``names`` are given names, in lower case without accents.
    """
    plain = re.sub(r"\s", " ", text).replace("’", "'")
    every: list[Span] = []
    for start, end in sentences(plain):
        for found in _in_sentence(plain[start:end], threshold, names):
            every.append(found._replace(start=start + found.start, end=start + found.end))
    every.sort()
    ends = [0, *accumulate((found.end for found in every), max)]
    return [found for found, end in zip(every, ends, strict=False) if found.start >= end]


def _in_sentence(sentence: str, threshold: int, names: frozenset[str]) -> Iterator[Span]:
    forms = _of_persons()
    found = {**_ALWAYS, "un âge": forms["ages"]}
    if not forms["general"].search(sentence):
        found["ce qui arrive à quelqu'un"] = forms["circonstances"]
        found["une seule personne"] = forms["une_personne"]
    for why, form in found.items():
        for match in form.finditer(sentence):
            yield Span(*match.span(), why)
    numbers: Mapping[str, str] = packaged("checks/persons.yml")["nombres"]
    for match in forms["plusieurs_personnes"].finditer(sentence):
        number = match["number"].lower()
        if 0 < int(numbers.get(number, number)) < threshold:
            yield Span(*match.span(), "un petit nombre de personnes")
    for match in _CAPITAL.finditer(sentence):
        if unaccented(match[0]) in names and not _is_of_a_place(sentence, match):
            yield Span(*match.span(), "un prénom")


def _is_of_a_place(sentence: str, match: re.Match[str]) -> bool:
    """Whether a given name is that of a place or of a family: « collège Jean », « Jean Jaurès »."""
    before = sentence[: match.start()]
    after = sentence[match.end() :]
    return bool(_of_persons()["lieux"].search(before) or _SURNAME.match(after))


@cache
def _of_persons() -> Mapping[str, re.Pattern[str]]:
    words = {name: _any(listed) for name, listed in packaged("checks/persons.yml").items()}
    some = r"(?:(?:très|autres?|petite?s?|jeunes?|nouve\w+|ancien\w*) ){0,2}"
    forms = {
        "une_personne": rf"{words['articles']} ?{some}{words['une_personne']}",
        "plusieurs_personnes": rf"(?P<number>\d+|{words['nombres']}) {some}{words['plusieurs_personnes']}",
        "circonstances": words["circonstances"],
        "general": words["general"],
        "ages": rf"(?:\d|1\d|2\d|{words['ages']}) ans(?! (?:et|ou) (?:plus|moins)| d['e])",
        "lieux": rf"{words['lieux']}\s+(?:[a-zà-ÿ']+\s+)?$",
    }
    alone = {name: rf"(?<![\w-]){form}(?![\w-])" for name, form in forms.items()}
    return {name: _compiled(form) for name, form in alone.items()}


def _any(words: Iterable[str]) -> str:
    """Write a form of any of some words, the longest first; a star leaves their end free."""
    longest = sorted(words, key=len, reverse=True)
    written = (re.escape(word).replace(r"\*", r"\w*") for word in longest)
    return f"(?:{'|'.join(written)})"

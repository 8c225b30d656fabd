"""Forms of French (``forms.yml``, ``persons.yml``): sentences, numbers, movements, what makes one think of a person.

The last sorts and marks what somebody reads, and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.settings.strict_yaml import packaged

BEFORE = 60
"""Characters before a number that may say what it is."""
NEGATED_WITHIN = 45
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


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Give one of the forms, letters of either case."""
    return re.compile(forms()[name], re.IGNORECASE)


class _Form(NamedTuple):
    """What a number may look like; what is to be right before it, and what may not be."""

    number: re.Pattern[str]
    after: re.Pattern[str] | None
    save: re.Pattern[str] | None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Find it: the group ``n`` is the number, where there is one."""
        group = "n" if "n" in self.number.groupindex else 0
        for match in self.number.finditer(text):
            start, end = match.span(0 if match[group] is None else group)
            if end > start and self._may_follow(
                text[max(0, match.start() - BEFORE) : match.start()]
            ):
                yield start, end

    def _may_follow(self, before: str) -> bool:
        is_asked = self.after is None or self.after.search(before)
        return bool(is_asked) and not (self.save and self.save.search(before))


@cache
def _listed(name: str) -> Sequence[_Form]:
    entries = ({"motif": form} if isinstance(form, str) else form for form in forms()[name])
    return [_form(**entry) for entry in entries]


def _form(motif: str, avant: str = "", sauf: str = "") -> _Form:
    after, save = (re.compile(of, re.IGNORECASE) if of else None for of in (avant, sauf))
    return _Form(re.compile(motif), after, save)


def _spans(name: str, text: str) -> list[tuple[int, int]]:
    return [span for form in _listed(name) for span in form.spans(text)]


def typed_numbers(text: str) -> list[Span]:
    """Find the numbers of a text that count something, in digits or in words, in order.

    Dates, years, articles of law, ages, hours, addresses, telephones, levels, ranks and names count nothing.
    """
    plain = text.replace("'", "’")
    if not re.search(forms()["peut"], plain):
        return []
    found = [*_counting(plain)]
    named = (
        [match.span() for match in _QUOTED.finditer(text) if _is_name(match[0])] if found else []
    )
    return [
        Span(start, end, text[start:end])
        for start, end in sorted(found)
        if not any(low < start < high for low, high in named)
    ]


def _counting(text: str) -> Iterator[tuple[int, int]]:
    """Find what counts, where nothing that counts nothing stands: the kind that is sought first has the place."""
    counts = _spans("comptes", text)
    numbers = [
        span for span in _spans("nombres", text) if text[slice(*span)].lower() not in ARTICLES
    ]
    if not counts and not numbers:
        return
    covered = bytearray(len(text))
    for spans, counting in (
        (_spans("permis", text), False),
        (counts, True),
        (_spans("rangs", text), False),
        (numbers, True),
    ):
        for start, end in spans:
            if not any(covered[start:end]):
                covered[start:end] = b"\1" * (end - start)
                yield from [(start, end)] if counting else ()


def _is_name(quoted: str) -> bool:
    """Whether what is between guillemets is a name, of which a number is a part."""
    return not re.fullmatch(forms()["effectif"], quoted)


def sentences(text: str) -> list[tuple[int, int]]:
    """Give the places of the sentences of a text: they cover it whole, in order."""
    ends = (match for match in _END.finditer(text))
    cuts = [end.end() for end in ends if not _ABBREVIATION.search(text[: end.start() + 1])]
    return [(start, end) for start, end in pairwise([0, *cuts, len(text)]) if start < end]


def trends(sentence: str) -> list[Span]:
    """Find what a sentence says of the movement of a figure, in order; the longest words where two overlap.

    Intentions, the future and moods announce nothing about the figures of the year.
    """
    sentence = sentence.replace("'", "’")
    longest: list[tuple[re.Match[str], str]] = []
    for match, direction in sorted(_moving(sentence), key=_longest_first):
        if not any(_overlap(match, other) for other, _ in longest):
            longest.append((match, direction))
    return sorted(
        Span(*match.span(), match[0], direction, _is_negated(sentence, match))
        for match, direction in longest
        if _is_about_a_figure(sentence, match)
    )


def _moving(sentence: str) -> Iterator[tuple[re.Match[str], str]]:
    """Find the words of every form, with the direction that they say."""
    for direction, of_direction in _directions().items():
        for form in of_direction:
            yield from ((match, direction) for match in form.finditer(sentence))


def _longest_first(found: tuple[re.Match[str], str]) -> tuple[int, int]:
    start, end = found[0].span()
    return start - end, start


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


@cache
def _directions() -> Mapping[str, Sequence[re.Pattern[str]]]:
    listed = forms()["tendances"].items()
    return {direction: [re.compile(form, re.IGNORECASE) for form in of] for direction, of in listed}


def _is_about_a_figure(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[: match.start()]
    if pattern("humeur_apres").match(sentence, match.end()):
        return False
    if pattern("humeur_avant").search(before) or pattern("intention").search(before):
        return False
    if not pattern("demande_une_mesure").search(match[0]):
        return True
    clause = _CLAUSE.split(before)[-1] + match[0]
    return bool(pattern("mesure").search(clause)) and not pattern("choses_stables").search(before)


def _is_negated(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[max(0, match.start() - NEGATED_WITHIN) : match.start()]
    if _NOT.search(match[0]) or pattern("nie_avant").search(before):
        return True
    return bool(_VERB_DENIED.search(before) and pattern("nie_apres").match(sentence, match.end()))


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
        yield from (Span(*match.span(), why) for match in form.finditer(sentence))
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
    return {
        name: re.compile(rf"(?<![\w-]){form}(?![\w-])", re.IGNORECASE)
        for name, form in forms.items()
    }


def _any(words: Iterable[str]) -> str:
    """Write a form of any of some words, the longest first; a star leaves their end free."""
    longest = sorted(words, key=len, reverse=True)
    written = (re.escape(word).replace(r"\*", r"\w*") for word in longest)
    return f"(?:{'|'.join(written)})"

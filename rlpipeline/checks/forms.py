"""Forms of French (``forms.yml``, ``persons.yml``): sentences, numbers, movements, what makes one think of a person.

The last sorts and marks what somebody reads, and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
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
    read: Mapping[str, Any] = packaged("checks/forms.yml")
    pieces: Mapping[str, str] = read["morceaux"]

    def written(form: Any) -> Any:
        if isinstance(form, tuple):
            return [written(each) for each in form]
        if isinstance(form, dict):
            return {name: written(each) for name, each in form.items()}
        while found := re.search(r"\{([A-Z_]+)\}", form):
            form = form.replace(found[0], pieces[found[1]])
        return form

    return {name: written(form) for name, form in read.items() if form is not pieces}


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Give one of the forms, letters of either case."""
    return re.compile(forms()[name], re.IGNORECASE)


def _spans(name: str, text: str) -> list[tuple[int, int]]:
    spans = []
    for form, after, save in _listed(name):
        for match in form.finditer(text):
            start, end = match.span(
                "n" if match.re.groupindex.get("n") and match["n"] is not None else 0
            )
            before = text[max(0, match.start() - BEFORE) : match.start()]
            if end > start and after.search(before) and not (save and save.search(before)):
                spans.append((start, end))
    return spans


@cache
def _listed(name: str) -> Sequence[tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str] | None]]:
    entries = [{"motif": form} if isinstance(form, str) else form for form in forms()[name]]
    return [
        (
            re.compile(entry["motif"]),
            re.compile(entry.get("avant", ""), re.IGNORECASE),
            re.compile(entry["sauf"], re.IGNORECASE) if "sauf" in entry else None,
        )
        for entry in entries
    ]


def typed_numbers(text: str) -> list[Span]:
    """Find the numbers of a text that count something, in digits or in words, in order.

    Dates, years, articles of law, ages, hours, addresses, telephones, levels, ranks and names count nothing.
    """
    plain = text.replace("'", "’")
    if not re.search(forms()["peut"], plain):
        return []
    counting = {name: _spans(name, plain) for name in ("comptes", "nombres")}
    counting["nombres"] = [
        span for span in counting["nombres"] if plain[slice(*span)].lower() not in ARTICLES
    ]
    if not any(counting.values()):
        return []
    covered = bytearray(len(plain))
    numbers: list[Span] = []
    for name in ("permis", "comptes", "rangs", "nombres"):
        for start, end in counting[name] if name in counting else _spans(name, plain):
            if not any(covered[start:end]):
                covered[start:end] = b"\1" * (end - start)
                numbers += [Span(start, end, text[start:end])] if name in counting else []
    named = [
        match.span()
        for match in _QUOTED.finditer(text)
        if not re.fullmatch(forms()["effectif"], match[0])
    ]
    return sorted(
        number for number in numbers if not any(start < number.start < end for start, end in named)
    )


def sentences(text: str) -> list[tuple[int, int]]:
    """Give the places of the sentences of a text: they cover it whole, in order."""
    cuts = [
        match.end()
        for match in _END.finditer(text)
        if not _ABBREVIATION.search(text[: match.start() + 1])
    ]
    return [(start, end) for start, end in pairwise([0, *cuts, len(text)]) if start < end]


def trends(sentence: str) -> list[Span]:
    """Find what a sentence says of the movement of a figure, in order; the longest words where two overlap.

    Intentions, the future and moods announce nothing about the figures of the year.
    """
    sentence = sentence.replace("'", "’")
    matches = [
        (match, direction)
        for direction, listed in _directions()
        for form in listed
        for match in form.finditer(sentence)
    ]
    longest: list[tuple[re.Match[str], str]] = []
    for match, direction in sorted(
        matches, key=lambda each: (each[0].start() - each[0].end(), each[0].start())
    ):
        if not any(
            match.start() < other.end() and other.start() < match.end() for other, _ in longest
        ):
            longest.append((match, direction))
    return sorted(
        Span(*match.span(), match[0], direction, _is_negated(sentence, match))
        for match, direction in longest
        if _is_about_a_figure(sentence, match)
    )


@cache
def _directions() -> Sequence[tuple[str, list[re.Pattern[str]]]]:
    listed = forms()["tendances"].items()
    return [
        (direction, [re.compile(form, re.IGNORECASE) for form in of]) for direction, of in listed
    ]


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
    verb = re.search(r"\bn(?:e\s+|’)(?:\w+\s+)?$", before, re.IGNORECASE)
    negated = verb and pattern("nie_apres").match(sentence, match.end())
    return bool(
        re.search(r"\b(?:pas|guère)\b", match[0]) or negated or pattern("nie_avant").search(before)
    )


def claims(sentence: str, year: int) -> Iterator[Span]:
    """Find what a sentence says began in a year (nouveau), or was there before it (ancien)."""
    sentence = sentence.replace("'", "’")
    for match in pattern("nouveau").finditer(sentence):
        intended = pattern("intention").search(sentence[: match.start()])
        if not intended and not pattern("futur").match(sentence, match.end()):
            yield Span(*match.span(), match[0], "nouveau")
    for match in pattern("depuis").finditer(sentence):
        if int(match["annee"]) <= year:
            yield Span(
                *match.span(), match[0], "nouveau" if int(match["annee"]) == year else "ancien"
            )
    for match in pattern("ancien").finditer(sentence):
        yield Span(*match.span(), match[0], "ancien")


def suspicions(text: str, threshold: int, names: frozenset[str] = frozenset()) -> list[Span]:
    """Find what makes one think of a person, in order, none inside another, each with why, in French, for words.

    Fewer persons than ``threshold`` are few; ``names`` are given names, in lower case without accents.
    """
    plain = re.sub(r"[\s\u00a0\u202f]", " ", text).replace("’", "'")
    every = sorted(
        found._replace(start=start + found.start, end=start + found.end)
        for start, end in sentences(plain)
        for found in _in_sentence(plain[start:end], threshold, names)
    )
    return [
        found
        for rank, found in enumerate(every)
        if all(found.start >= before.end for before in every[:rank])
    ]


def _in_sentence(sentence: str, threshold: int, names: frozenset[str]) -> Iterator[Span]:
    forms = _of_persons()
    found = {**_ALWAYS, "un âge": forms["ages"]}
    if not forms["general"].search(sentence):
        found |= {
            "ce qui arrive à quelqu'un": forms["circonstances"],
            "une seule personne": forms["une_personne"],
        }
    for why, form in found.items():
        yield from (Span(*match.span(), why) for match in form.finditer(sentence))
    numbers: Mapping[str, str] = packaged("checks/persons.yml")["nombres"]
    for match in forms["plusieurs_personnes"].finditer(sentence):
        number = match["number"].lower()
        if 0 < int(numbers.get(number, number)) < threshold:
            yield Span(*match.span(), "un petit nombre de personnes")
    for match in _CAPITAL.finditer(sentence):
        before, after = sentence[: match.start()], sentence[match.end() :]
        if (
            unaccented(match[0]) in names
            and not forms["lieux"].search(before)
            and not _SURNAME.match(after)
        ):
            yield Span(*match.span(), "un prénom")


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
    written = (
        re.escape(word).replace(r"\*", r"\w*") for word in sorted(words, key=len, reverse=True)
    )
    return f"(?:{'|'.join(written)})"

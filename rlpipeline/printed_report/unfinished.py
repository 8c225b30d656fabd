"""Sentences that stop before their end, or that lack a main verb."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import simplemma

from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.labels import fold
from rlpipeline.printed_report.model import Document, Report, Spot, Table
from rlpipeline.printed_report.prose import cut

LANGUAGE = "fr"
LINKING = frozenset({
    "a", "au", "aux", "avec", "car", "ce", "ces", "cette", "chez", "comme", "contre", "dans", "de", "depuis",
    "des", "donc", "dont", "du", "elle", "en", "entre", "et", "grace", "la", "le", "les", "leur", "leurs", "lors",
    "mais", "ne", "notamment", "nous", "ou", "par", "pendant", "pour", "que", "qui", "sa", "sans", "se", "selon",
    "ses", "si", "son", "sous", "sur", "un", "une", "vers", "d", "l", "qu",
})  # fmt: skip
"""Words on which no French sentence ends."""
OPENING = re.compile(r"^(?:l[ea]s? |l'|dans l[ea]s? |dans un|par |pour |afin |avec |en vue |grace |malgre |face )")
BEFORE_A_NOUN = frozenset({
    "le", "la", "les", "l", "un", "une", "des", "de", "d", "du", "au", "aux", "ce", "cet", "cette", "ces", "son",
    "sa", "ses", "leur", "leurs", "notre", "nos", "votre", "vos", "par", "sur", "sous", "sans", "pour", "avec",
    "chaque", "quelques", "plusieurs", "tout", "toute", "toutes", "certains", "certaines", "nouvelle", "autre",
    "deux", "trois", "quatre",
})  # fmt: skip
AUXILIARIES = frozenset({
    "est", "sont", "etait", "etaient", "sera", "seront", "serait", "fut", "furent", "a", "ont", "avait",
    "avaient", "aura", "auront", "aurait", "avons", "avez", "ai", "va", "vont", "peut", "peuvent", "doit",
    "doivent", "fait", "font", "faut", "reste", "demeure", "devrait", "devraient", "pourra", "pourront", "soit",
    "soient",
})  # fmt: skip
VERBS = frozenset(
    {"court", "courent", "part", "partent", "sert", "servent", "suit", "suivent", "vit", "vivent", "tend", "dit"}
)
"""Conjugated verbs that a dictionary takes for nouns."""
LAST_ITEM = re.compile(r"^(?:l[ea]s? |l'|son ).* et l[ea'](?:s )?")
FUTURE = re.compile(r"[eiu]r(?:a|ont|ait|aient)$")
ITEM = re.compile(r"(?:et )?(?:l[ea]s? |l'|un |une |des |du |quelques )")
FEWEST_WORDS = 8
"""Words below which a sentence without verb is a label."""


def check_sentences(report: Report) -> Iterator[Finding]:
    """Tell unfinished sentences of the prose and unfinished cells of the tables."""
    for document in report.documents:
        yield from _paragraphs(document)
    for sentence in report.sentences:
        if _verbless(sentence.text):
            yield _finding(sentence.at(sentence.text), "La phrase n'a pas de verbe principal", proved=False)
    for table in report.tables:
        yield from _cells(table)


def _paragraphs(document: Document) -> Iterator[Finding]:
    for block, following in zip(document.blocks, [*document.blocks[1:], None], strict=True):
        text = block.text.rstrip(" *_")
        listed = block.item and following is not None and following.item
        if block.level or block.table or not text or listed:
            continue  # the items of a list may end with a comma, or with « et »
        last = cut(text)[-1]
        words = last.split()
        word = (re.findall(r"[^\W_]+", fold(text)) or [""])[-1]
        spot = Spot(document.path, block.line, "texte", last)
        ends = not block.item and (following is None or following.level > 0 or bool(following.table))
        if text[-1] == ",":
            yield _finding(spot, "La phrase s'arrête sur une virgule", proved=ends)
        elif word in LINKING and text[-1].isalpha() and len(words) > 2:
            yield _finding(spot, f"La phrase s'arrête sur « {word} »", proved=ends and len(words) >= FEWEST_WORDS - 2)
        elif text[-1].isalnum() and not block.item and len(words) >= FEWEST_WORDS and len(cut(text)) > 1:
            yield _finding(spot, "La phrase s'arrête sans point", proved=False)


def _finding(spot: Spot, why: str, proved: bool) -> Finding:
    return finding_at(spot, "phrase_inachevee", judge(proved), f"{why} : « {spot.text} ».")


def _cells(table: Table) -> Iterator[Finding]:
    for row in table.rows:
        spots = [table.at(row, None, row.label), *(table.at(row, column) for column in table.columns)]
        for spot in spots:
            if spot.text.endswith(",") and len(spot.text) > 3:
                yield _finding(spot, "Le texte s'arrête sur une virgule", proved=True)


def _verbless(sentence: str) -> bool:
    """Whether a sentence that opens like a full one has no conjugated verb."""
    words = re.findall(r"[^\W\d_]+", sentence.lower().split(" car ")[0])
    if (
        not sentence.endswith((".", "!"))
        or len(words) < FEWEST_WORDS
        or not OPENING.match(fold(sentence))
        or ":" in sentence
        or _enumerates(sentence)
        or {"ne", "n"} & set(words)
    ):
        return False
    return not any(_conjugated(word, before) for before, word in zip(["", *words], words, strict=False))


def _enumerates(sentence: str) -> bool:
    """Whether a sentence only lists things: « La Caf, la Mission locale, la MJC et les mairies. »."""
    pieces = [fold(piece).strip() for piece in sentence.split(",")]
    return (len(pieces) > 3 and all(ITEM.match(piece) for piece in pieces)) or bool(LAST_ITEM.search(pieces[-1]))


@lru_cache(maxsize=20_000)
def _conjugated(word: str, before: str) -> bool:
    """Whether a word may be a conjugated verb, given the word before it."""
    if fold(word) in AUXILIARIES | VERBS:
        return fold(before) not in BEFORE_A_NOUN or fold(before) == "l"
    if len(word) < 3 or word in LINKING or (fold(before) in BEFORE_A_NOUN and before != "l"):
        return False
    if FUTURE.search(fold(word)):
        return True
    lemma = simplemma.lemmatize(word, lang=LANGUAGE)
    infinitive = lemma != word and lemma.endswith(("er", "ir", "re", "oir"))
    if infinitive and not word.endswith(("ant", "é", "ée", "és", "ées")):
        return True
    stems = (word, "é".join(word.rsplit("è", 1)))
    return before != "l" and word.endswith("e") and any(simplemma.is_known(f"{stem}r", lang=LANGUAGE) for stem in stems)

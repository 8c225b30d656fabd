"""Sentences that stop before their end, or that lack a main verb."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import simplemma

from rlpipeline.printed_report.finding import Certitude, Finding
from rlpipeline.printed_report.labels import fold
from rlpipeline.printed_report.model import Document, Report, Table
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
ITEM = re.compile(r"(?:et )?(?:l[ea]s? |l'|un |une |des |du |quelques )")
FEWEST_WORDS = 8
"""Words below which a sentence without verb is a label."""

Where = tuple[str, int, str]
"""File, line, place in words."""


def check_sentences(report: Report) -> Iterator[Finding]:
    """Tell unfinished sentences of the prose and unfinished cells of the tables."""
    for document in report.documents:
        yield from _paragraphs(document)
    for sentence in report.sentences:
        if _verbless(sentence.text):
            yield _finding(
                (sentence.path, sentence.line, sentence.place),
                sentence.text,
                "La phrase n'a pas de verbe principal",
                "probable",
            )
    for table in report.tables:
        yield from _cells(table)


def _paragraphs(document: Document) -> Iterator[Finding]:
    for block in document.blocks:
        text = block.text.rstrip(" *_")
        if block.level or block.table or not text:
            continue
        last = cut(text)[-1]
        word = re.findall(r"[^\W\d_]+", fold(text))[-1:]
        if text[-1] == ",":
            yield _finding((document.path, block.line, "texte"), last, "La phrase s'arrête sur une virgule", "certain")
        elif word and word[0] in LINKING and text[-1].isalpha() and len(last.split()) > 2:
            yield _finding(
                (document.path, block.line, "texte"), last, f"La phrase s'arrête sur « {word[0]} »", "certain"
            )
        elif text[-1].isalnum() and not block.item and len(last.split()) >= FEWEST_WORDS and len(cut(text)) > 1:
            yield _finding((document.path, block.line, "texte"), last, "La phrase s'arrête sans point", "probable")


def _finding(where: Where, text: str, why: str, certitude: Certitude) -> Finding:
    path, line, place = where
    return Finding("phrase_inachevee", certitude, path, line, place, text, "", "", f"{why} : « {text} ».")


def _cells(table: Table) -> Iterator[Finding]:
    for row in table.rows:
        texts = [
            (row.label, table.place(row)),
            *((table.cell(row, column).text, table.place(row, column)) for column in table.columns),
        ]
        for text, place in texts:
            if text.endswith(",") and len(text) > 3:
                line = table.cells[row.index][0].line if table.columns else 0
                yield _finding((table.path, line, place), text, "Le texte s'arrête sur une virgule", "certain")


def _verbless(sentence: str) -> bool:
    """Whether a sentence that opens like a full one has no conjugated verb."""
    words = re.findall(r"[^\W\d_]+", sentence.lower().split(" car ")[0])
    if (
        not sentence.endswith((".", "!"))
        or len(words) < FEWEST_WORDS
        or not OPENING.match(fold(sentence))
        or ":" in sentence
        or _enumerates(sentence)
    ):
        return False
    return not any(_conjugated(word, before) for before, word in zip(["", *words], words, strict=False))


def _enumerates(sentence: str) -> bool:
    """Whether a sentence only lists things: « La Caf, la Mission locale, la MJC et les mairies. »."""
    pieces = [fold(piece).strip() for piece in sentence.split(",")]
    return len(pieces) > 3 and all(ITEM.match(piece) for piece in pieces)


@lru_cache(maxsize=20_000)
def _conjugated(word: str, before: str) -> bool:
    """Whether a word may be a conjugated verb, given the word before it."""
    if fold(word) in AUXILIARIES | VERBS:
        return fold(before) not in BEFORE_A_NOUN or fold(before) == "l"
    if len(word) < 3 or word in LINKING or (fold(before) in BEFORE_A_NOUN and before != "l"):
        return False
    lemma = simplemma.lemmatize(word, lang=LANGUAGE)
    infinitive = lemma != word and lemma.endswith(("er", "ir", "re", "oir"))
    if infinitive and not word.endswith(("ant", "é", "ée", "és", "ées")):
        return True
    stems = (word, "é".join(word.rsplit("è", 1)))
    return before != "l" and word.endswith("e") and any(simplemma.is_known(f"{stem}r", lang=LANGUAGE) for stem in stems)

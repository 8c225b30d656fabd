"""The report as a document: annexes, sections and labels without content, sentences that stop before their end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import simplemma

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.finding import Certitude, Finding, finding_at, judge
from rlpipeline.printed_report.labels import fold
from rlpipeline.printed_report.model import Block, Document, Report, Sentence, Spot, Table
from rlpipeline.printed_report.reading import cut

NUMBERED_ANNEX = re.compile(r"\bannexes?\s+(?:n ?[°o]\s*)?(\d{1,2}|[ivx]{1,4}|[a-h])\b(?!')", re.IGNORECASE)
ANNEXED = re.compile(
    r"\bannexee?s?\b (?:a |au )|\b(?:en|dans les?|voir|cf\.?|l') ?annexes?\b|\bjoints? (?:au present|a ce) rapport"
)
IMAGE = re.compile(r"^!\[|photo|illustration|organigramme|carte\b|cartographie|plan\b|schema|logo", re.IGNORECASE)
CONTENTS = re.compile(r"table des matieres|sommaire")
INTRODUCTION = 8
"""Words from which a line that ends with a colon introduces the sub-headings after it."""
LONGEST_LABEL = 90
"""Characters beyond which a line that ends with a colon introduces something rather than names it."""


def check_annexes(report: Report) -> Iterator[Finding]:
    """Announced annexes that are nowhere."""
    headings = [block.text for document in report.documents for block in document.blocks if block.level]
    present = {match[1].lower() for text in headings for match in NUMBERED_ANNEX.finditer(text)}
    files = " ".join(labels.fold(f"{path} ".replace("_", " ")) for path in [d.path for d in report.documents])
    named = any(labels.fold(text).startswith("annexe") for text in headings) or "annexe" in files
    for sentence in report.sentences:
        numbers = [match[1].lower() for match in NUMBERED_ANNEX.finditer(sentence.text)]
        for number in numbers:
            if number not in present:
                yield _annex(sentence, f"annexe {number}", judge(True))
        if not numbers and (match := ANNEXED.search(labels.fold(sentence.text))):
            held = _held(report, sentence.text) if named else False
            if not held:
                words = [word.strip(".,;:") for word in sentence.text.split()]
                quoted = next((word for word in words if re.search(r"annex|joint", labels.fold(word))), match[0])
                yield _annex(sentence, quoted, judge(not named))


def _held(report: Report, announced: str) -> bool:
    """Whether the annexes speak of what a sentence announces."""
    wanted = set(labels.stems(announced)) - set(
        labels.stems("annexe annexé rapport activité également jeunes complément commune envoyés")
    )
    texts: list[str] = []
    for document in report.documents:
        inside = False
        for block in document.blocks:
            if block.level:
                inside = labels.fold(block.text).startswith("annexe") or (inside and block.level > 1)
            if inside:
                texts.append(block.text)
    return bool(wanted & set(labels.stems(" ".join(texts))))


def _annex(sentence: Sentence, announced: str, certitude: Certitude) -> Finding:
    message = f"Annexe annoncée et absente du rapport : « {sentence.text} »."
    return finding_at(sentence.at(announced), "annexe_absente", certitude, message)


def check_sections(report: Report) -> Iterator[Finding]:
    """Headings that nothing follows."""
    for document in report.documents:
        blocks = document.blocks
        for index, block in enumerate(blocks):
            if not block.level or (index == 0 and len(blocks) == 1 and len(report.documents) == 1):
                continue
            following = blocks[index + 1] if index + 1 < len(blocks) else None
            if (following is None or 0 < following.level <= block.level) and not IMAGE.search(labels.fold(block.text)):
                message = f"La section « {block.text} » n'a que son titre."
                spot = Spot(document.path, block.line, f"section « {block.text} »", block.text)
                yield finding_at(spot, "section_vide", judge(True), message)


def check_labels(report: Report) -> Iterator[Finding]:
    """Labels with nothing after them: in the prose, in the tables."""
    for document in report.documents:
        yield from _in_prose(report, document)
    for table in report.tables:
        yield from _rows(table)
        yield from _columns(table)
        yield from _blank_row(table)


def _in_prose(report: Report, document: Document) -> Iterator[Finding]:
    level = 1
    for index, block in enumerate(document.blocks):
        following = document.blocks[index + 1] if index + 1 < len(document.blocks) else None
        level = block.level or level
        introduces = following is not None and following.level > level and len(block.text.split()) >= INTRODUCTION
        ends = following is None or (following.level > 0 and not introduces)
        if block.level or block.table or len(block.text) > LONGEST_LABEL:
            continue
        if block.text.endswith(":") and ends:
            yield _orphan(document.path, block, f"Libellé que rien ne suit : « {block.text} ».", judge(True))
        elif _unknown_caption(report, document, block) and (ends or (following is not None and following.table)):
            message = f"Intitulé que rien ne suit et que ne nomme aucun tableau : « {block.text} »."
            yield _orphan(document.path, block, message, judge(False))


def _unknown_caption(report: Report, document: Document, block: Block) -> bool:
    """Whether a line is only the name of an action that no table and no other text names."""
    match = re.fullmatch(r"(?:ACTION|Action)\s*:?\s*«\s*(.+?)\s*»", block.text)
    if not match:
        return False
    wanted = set(labels.stems(match[1]))
    tables = [line.label for table in report.tables for line in (*table.rows, *table.columns)]
    texts = [other.text for other in document.blocks if other is not block and other.level]
    return not any(len(wanted & set(labels.stems(text))) * 2 > len(wanted) for text in (*tables, *texts))


def _orphan(path: str, block: Block, message: str, certitude: Certitude) -> Finding:
    return finding_at(Spot(path, block.line, "texte", block.text), "libelle_orphelin", certitude, message)


def _rows(table: Table) -> Iterator[Finding]:
    """A row of values without label next to a label without values."""
    for row in table.rows:
        values = [cell.text for cell in table.cells[row.index] if cell.value is not None]
        if row.label or len(values) < 2:
            continue
        beside = [other for other in table.rows if abs(other.index - row.index) == 1 and other.label]
        near = [other for other in beside if all(cell.empty for cell in table.cells[other.index])]
        if len([other for other in table.rows if other.label]) < 2:
            continue
        remark = f" ; « {near[0].label} », juste à côté, n'a pas de valeur" if near else ""
        printed = " ; ".join(values)
        message = f"Une ligne de valeurs ({printed}) n'a pas de libellé{remark}."
        place, line = (near[0] if near else row, None), table.cells[row.index][0].line
        yield finding_at(table.at(*place, text=printed, line=line), "libelle_orphelin", judge(False), message, "")


def _blank_row(table: Table) -> Iterator[Finding]:
    """The one row without any value of a table whose others are full, or that writes its zeros."""
    rows = [row for row in table.rows if row.role == "poste" and row.label]
    blank = [row for row in rows if all(cell.empty for cell in table.cells[row.index])]
    zeros = any(cell.value == 0 for row in table.cells for cell in row)
    subtotals = sum(row.role == "sous_total" for row in table.rows)
    others = [row for row in rows if row not in blank]
    full = all(not cell.empty for row in others for cell in table.cells[row.index])
    if (
        len(blank) == 1
        and blank[0] != rows[0]
        and not blank[0].label.endswith(":")
        and len(rows) > 3
        and ((zeros and not subtotals) or (full and len(table.columns) > 1 and subtotals != 1))
    ):
        message = f"La ligne « {blank[0].label} » n'a aucune valeur, alors que les autres lignes en ont partout."
        yield finding_at(table.at(blank[0], None), "libelle_orphelin", judge(False), message, "")


def _columns(table: Table) -> Iterator[Finding]:
    """Columns announced and wholly blank in a table of figures."""
    figures = sum(cell.value is not None for row in table.cells for cell in row)
    for column in table.columns:
        blank = all(row[column.index].empty for row in table.cells)
        announced = column.label and "eventuel" not in labels.fold(column.label)
        if blank and announced and figures > 4 and len(table.rows) > 2:
            message = f"La colonne « {column.label} » est annoncée et entièrement blanche."
            yield finding_at(table.at(None, column), "libelle_orphelin", judge(False), message, "")


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
            yield _unfinished(sentence.at(sentence.text), "La phrase n'a pas de verbe principal", proved=False)
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
            yield _unfinished(spot, "La phrase s'arrête sur une virgule", proved=ends)
        elif word in LINKING and text[-1].isalpha() and len(words) > 2:
            yield _unfinished(
                spot, f"La phrase s'arrête sur « {word} »", proved=ends and len(words) >= FEWEST_WORDS - 2
            )
        elif text[-1].isalnum() and not block.item and len(words) >= FEWEST_WORDS and len(cut(text)) > 1:
            yield _unfinished(spot, "La phrase s'arrête sans point", proved=False)


def _unfinished(spot: Spot, why: str, proved: bool) -> Finding:
    return finding_at(spot, "phrase_inachevee", judge(proved), f"{why} : « {spot.text} ».")


def _cells(table: Table) -> Iterator[Finding]:
    for row in table.rows:
        spots = [table.at(row, None, row.label), *(table.at(row, column) for column in table.columns)]
        for spot in spots:
            if spot.text.endswith(",") and len(spot.text) > 3:
                yield _unfinished(spot, "Le texte s'arrête sur une virgule", proved=True)


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

"""Prose as printed: Markdown cut into headings, paragraphs, items and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.printed_report.model import Block, Document, Sentence

HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
ITEM = re.compile(r"^\s*(?:[-*+•➤✓]|\d+[.)])\s+(.*)$")
TABLE = re.compile(r"^\[tableau\s*:\s*([^\]]+?)\s*\]$", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?…])[»\"”)]?\s+(?=[«\"“(]?\s?[A-ZÀÂÇÉÈÊÎÔÛ0-9])")
ABBREVIATION = re.compile(
    r"(?:\b(?:M|Mme|MM|Dr|art|Art|L|R|D|cf|Cf|p|n|St|Ste|av|bd|etc|env|max|min|ex|Rés)\.|\b[A-Z]\.|^\d+\.)$"
)


def read_document(text: str, path: str) -> Document:
    """Cut a Markdown text into blocks and sentences."""
    blocks = tuple(_blocks(text))
    return Document(path, blocks, tuple(_sentences(blocks, path)))


def _blocks(text: str) -> Iterator[Block]:
    pending: list[str] = []
    start = 0
    item = False
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        plain = re.sub("[\u00a0\u202f\u2009]", " ", line).strip()
        heading, table, listed = HEADING.match(plain), TABLE.match(plain), ITEM.match(plain)
        if pending and (not plain or heading or table or listed):
            yield Block(_plain(" ".join(pending)), start, item=item)
            pending = []
        if heading:
            yield Block(_plain(heading[2]), number, level=len(heading[1]))
        elif table:
            yield Block(plain, number, table=table[1].removesuffix(".csv"))
        elif plain:
            item = bool(listed) if not pending else item
            start = start if pending else number
            pending.append(listed[1] if listed else plain)


def _plain(text: str) -> str:
    """Without the marks of Markdown: emphasis, links, quotation."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text.removeprefix("> "))
    return re.sub(r"(\*\*|__|\*(?=\S)|(?<=\S)\*|`)", "", text).strip()


def placed(document: Document) -> Iterator[tuple[Block, tuple[str, ...]]]:
    """Places of tables, each with the headings above it."""
    headings: list[Block] = []
    for block in document.blocks:
        if block.level:
            headings = [*(above for above in headings if above.level < block.level), block]
        elif block.table:
            yield block, tuple(heading.text for heading in headings)


def _sentences(blocks: tuple[Block, ...], path: str) -> Iterator[Sentence]:
    headings: list[Block] = []
    table = ""
    for block in blocks:
        if block.level:
            headings = [*(above for above in headings if above.level < block.level), block]
            table = ""
        elif block.table:
            table = block.table
        else:
            section = tuple(heading.text for heading in headings)
            before = ""
            for sentence in cut(block.text):
                yield Sentence(sentence, block.line, path, section, before, table)
                before = sentence


def cut(paragraph: str) -> tuple[str, ...]:
    """Cut a paragraph into sentences; an abbreviation ends none."""
    sentences: list[str] = []
    for piece in SENTENCE_END.split(paragraph):
        if sentences and ABBREVIATION.search(sentences[-1]):
            sentences[-1] = f"{sentences[-1]} {piece}"
        else:
            sentences.append(piece.strip())
    return tuple(sentence for sentence in sentences if sentence)

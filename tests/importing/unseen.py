"""The made-up layouts as if never seen, measured by ``python -m benchmarks.importing --synonyms 0.5``.

Layouts that were read while the import was mended say that they are covered, no more. So part of the words of
``synonymes.yml`` is taken away, headers and words of cells are given names that nothing knows, and columns another
order, at random; the author answers what is asked. Cells wrong in silence are counted by table, column and kind.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from rlpipeline.importing import words
from rlpipeline.importing.asking import Import
from rlpipeline.importing.blocks import Block
from rlpipeline.importing.reading import Read
from tests.importing.measuring import Layout, Measured

MEMORIES = (words.telling_words, words._names, words.likeness, words._whole_words, words._vocabulary)
SYLLABLES = ("zou", "vek", "rab", "dul", "mig", "fos", "tyr", "gax")


@dataclass(frozen=True)
class Unseen:
    """What is changed: parts, from 0 to 1, of the synonyms, of the headers, and of the words whose code is said."""

    seed: int
    synonyms: float = 0.0
    headers: float = 0.0
    values: float = 0.0
    shuffled: bool = False


@contextmanager
def without_synonyms(part: float, seed: int) -> Iterator[None]:
    """Take part of the words of ``synonymes.yml`` away."""
    read: dict[str, Any] = words.synonyms()  # type: ignore[assignment]
    former, draw = dict(read), random.Random(seed)
    read.update({name: _fewer(read[name], part, draw) for name in read if name != "abreviations"})
    _forget()
    try:
        yield
    finally:
        read.update(former)
        _forget()


def _forget() -> None:
    for memory in MEMORIES:
        memory.cache_clear()


def _fewer(node: Any, part: float, draw: random.Random) -> Any:
    if isinstance(node, Mapping):
        return {name: _fewer(child, part, draw) for name, child in node.items()}
    return [text for text in node if draw.random() >= part]


class UnseenLayout(Layout):
    """A layout whose headers and words its author would not have written so."""

    def __init__(self, name: str, unseen: Unseen) -> None:
        super().__init__(name)
        self.unseen, self.draw = unseen, random.Random(f"{unseen.seed} {name}")
        self.headers: dict[str, str] = {}
        self.words: dict[str, str] = {}

    def opened(self) -> Import:
        under_way = super().opened()
        blocks = tuple(self._changed(block) for block in under_way.read.blocks)
        return replace(under_way, read=Read(blocks, under_way.read.unread))

    def described(self, block: str, header: str) -> Mapping[str, Any] | None:
        return super().described(block, self.original(header))

    def original(self, header: str) -> str:
        return self.headers.get(header, header)

    def _meaning(self, place: str, word: str) -> str:
        return super()._meaning(place, self.words.get(word, word))

    @cached_property
    def coded(self) -> Mapping[str, str]:
        """The words of which the author gives the code, with what they become."""
        columns = [column for sheet in self.truth_columns["sheets"] for column in sheet["columns"]]
        said = ((str(text), code) for column in columns for text, code in column.get("values", {}).items())
        met = sorted({text for text, code in said if isinstance(code, str) and code})
        return {text: self._name() for text in met if text.strip() and self.draw.random() < self.unseen.values}

    def _changed(self, block: Block) -> Block:
        named = [h for h in block.header if self._is_named(block.name, h)]
        new = {h: self._name() for h in named if self.draw.random() < self.unseen.headers}
        new = {h: next((n for n, old in self.headers.items() if old == h), name) for h, name in new.items()}
        self.headers |= {name: h for h, name in new.items()}
        places = list(range(len(block.header)))
        if self.unseen.shuffled:
            self.draw.shuffle(places)
        coded = {place for place, header in enumerate(block.header) if self._is_coded(block.name, header)}
        self.words |= {name: text for text, name in self.coded.items()}
        rows = tuple(
            tuple(self.coded.get(row[place], row[place]) if place in coded else row[place] for place in places)
            for row in block.rows
        )
        return replace(block, header=tuple(new.get(block.header[p], block.header[p]) for p in places), rows=rows)

    def _is_coded(self, block: str, header: str) -> bool:
        """Whether the words under a header may be others: not the keys of a table."""
        described = Layout.described(self, block, header) or {}
        return "values" in described and "through" not in described.get("rule", {})

    def _is_named(self, block: str, header: str) -> bool:
        """Whether a header may be another word: not what says a part of what is under it, nor the key of a table."""
        described = Layout.described(self, block, header) or {}
        said = {"when_ticked", "group", "through"} & {*described.get("rule", {})} or described.get("lookup")
        said = said or any("." in name for name in described.get("rule", {}))
        return not re.search(r"\d", header) and not said

    def _name(self) -> str:
        return "".join(self.draw.choice(SYLLABLES) for _ in range(3)).capitalize()


def measured(name: str, unseen: Unseen) -> Measured:
    """How one layout goes, at first sight."""
    with without_synonyms(unseen.synonyms, unseen.seed):
        return UnseenLayout(name, unseen).measure()


def kinds(silent: Iterable[str]) -> Counter[str]:
    """Silent cells by table and column, and whether they are empty, wrong, or a whole row."""
    counts: Counter[str] = Counter()
    for text in silent:
        place, _, rest = text.partition(": ")
        how = rest.split(" where ")[0] if " where the truth" in rest else " ".join(rest.split()[:2])
        kind = how if " where the truth" not in rest else "empty" if how == "''" else "wrong"
        counts[f"{place if '.' in place or ' ' not in place else 'unreadable'} {kind}"] += 1
    return counts

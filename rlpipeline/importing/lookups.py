"""Tables of reference of a database: the keys of other tables are replaced by the words that they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rlpipeline.importing.blocks import Block
from rlpipeline.importing.fitting import KEYS, SURE
from rlpipeline.importing.words import likeness, telling_words

MOST_COLUMNS = 3
DIFFERENT = 0.8
"""Share of the words of a table of reference that are different, at least."""
_PREFIX = re.compile(r"^(?:r|t|ref|tbl|tab|table|liste?|lst|dic|nomenclature)_", re.IGNORECASE)


@dataclass(frozen=True)
class Lookup:
    """A table of reference.

    Parameters
    ----------
    block
        Where it stands.
    key, label
        Its columns: what other tables hold, and the words that it stands for.
    group
        The name of the list, where one table holds several.
    """

    block: Block
    key: str
    label: str
    group: str = ""

    @property
    def is_coded(self) -> bool:
        """Whether its keys are letters, which are nothing but codes."""
        return all(re.fullmatch(r"[A-Za-z]{1,6}", text) for text in self.block.column(self.key))

    @property
    def name(self) -> str:
        """Name of the sheet, or of the file without its ending."""
        return self.block.sheet or self.block.file.rpartition(".")[0]

    def names(self, header: str) -> bool:
        """Whether another table's header is that of this one's key: ``id_sit``, or ``commune_id`` of ``commune``."""
        if header.casefold() == self.key.casefold() and (len(telling_words(header)) > 1 or self.is_coded):
            return True
        if self.group:
            return re.sub(r"^(?:id|code|cod|cd|fk)_?", "", header.casefold()) == self.group.casefold()
        bare = re.sub(r"^(?:id|code|cod|fk)_?|_?(?:id|code|cod|fk)$", "", header.casefold())
        own = _PREFIX.sub("", self.name.casefold())
        return bool(bare) and bare.strip("_") != header.casefold() and _alike(telling_words(bare), telling_words(own))


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names are the same, but for words cut short."""
    return len(one) == len(other) and all(
        a[:3] == b[:3] and (a.startswith(b) or b.startswith(a)) for a, b in zip(one, other, strict=True)
    )


def with_words(blocks: Sequence[Block]) -> tuple[list[Block], dict[str, dict[str, str]]]:
    """Replace keys by words; what names young people, follow-ups or the rows of another table is no key.

    Returns
    -------
    tuple
        The tables that hold records; and, by name of a table and header, how the column is read: « par commune.csv ».
    """
    lookups = [one for block in blocks for one in _lookups(block)]
    keys = {one.key.casefold() for one in lookups}
    own = {h.casefold() for block in blocks for h in block.header if h.casefold() in keys and _is_own(h, block)}
    used: dict[tuple[str, int], Lookup] = {}
    through: dict[str, dict[str, str]] = {}
    read = []
    for block in blocks:
        for header in block.header:
            for one in lookups if not (header.casefold() in own or _names_somebody(header)) else ():
                if one.block.name != block.name and one.names(header) and _keys(block.column(header), one):
                    block = _replaced(block, header, one)  # noqa: PLW2901
                    used[one.block.place] = one
                    through.setdefault(block.name, {})[header] = f"par {one.block.name}"
                    break
        read.append(block)
    left = [block for block in read if block.place not in used]
    for one in used.values():
        through[one.block.name] = dict.fromkeys(one.block.header, "table de référence")
    return left, through


def _names_somebody(header: str) -> bool:
    """Whether a column names a young person or a follow-up, rather than a word of a list."""
    return any(likeness(header).get(place, 0.0) >= SURE for place in KEYS[:2])


def _is_own(header: str, block: Block) -> bool:
    """Whether a column has another text in each row of more than a list, which are about what it names."""
    texts = block.column(header)
    return reference_table(block) is None and len(texts) > 1 and all(texts) and len({*texts}) == len(texts)


def _lookups(block: Block) -> Iterator[Lookup]:
    """A table of reference, or each of those that one table holds: the name of a list, a key, and words."""
    several = list(_lists(block)) if len(block.header) == MOST_COLUMNS else []
    one = reference_table(block)
    yield from several or ([one] if one else [])


def _lists(block: Block) -> Iterator[Lookup]:
    named, key, label = block.header
    lists = dict.fromkeys(block.column(named))
    for group in lists if 2 * len(lists) <= len(block.rows) else ():
        rows = tuple(row for row in block.rows if row[0] == group)
        if group and len({row[1] for row in rows}) == len(rows) and any(_is_word(row[2]) for row in rows):
            yield Lookup(replace(block, rows=rows, lines=tuple(range(len(rows)))), key, label, group)


def reference_table(block: Block) -> Lookup | None:
    """Give a key, all of them different, and its words; None where a table is not just that."""
    if not 2 <= len(block.header) <= MOST_COLUMNS or not block.rows:
        return None
    keys = [
        h for h in block.header if len({*block.column(h)}) == len(block.rows) and all(map(_is_key, block.column(h)))
    ]
    labels = [h for h in block.header if h not in keys and _names_each(block.column(h))]
    if not labels:
        labels = [h for h in keys[1:] if any(len(text) > 3 for text in block.column(h))]
    return Lookup(block, keys[0], labels[0]) if keys and labels else None


def _names_each(words: Sequence[str]) -> bool:
    """Whether words may be those of keys: hardly two the same, else they say something of what has the keys."""
    return all(words) and any(map(_is_word, words)) and len({*words}) >= DIFFERENT * len(words)


def _is_key(text: str) -> bool:
    return bool(re.fullmatch(r"\d{1,6}|[A-Za-z]{1,6}\d{0,4}", text))


def _is_word(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{3}", text))


def _keys(values: Sequence[str], one: Lookup) -> bool:
    keys = {_key(text) for text in one.block.column(one.key)}
    filled = {_key(text) for text in values if text}
    return bool(filled) and len(filled & keys) >= 0.8 * len(filled)


def _key(text: str) -> str:
    return re.sub(r"\.0+$", "", text).casefold()


def _replaced(block: Block, header: str, one: Lookup) -> Block:
    words = dict(zip(map(_key, one.block.column(one.key)), one.block.column(one.label), strict=True))
    place = block.header.index(header)
    rows = (tuple(_cells(row, place, words)) for row in block.rows)
    return replace(block, rows=tuple(rows), through=(*block.through, (header, _PREFIX.sub("", one.group or one.name))))


def _cells(row: tuple[str, ...], place: int, words: dict[str, str]) -> Iterator[str]:
    for rank, text in enumerate(row):
        yield words.get(_key(text), text) if rank == place else text

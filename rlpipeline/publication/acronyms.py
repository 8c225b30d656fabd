"""Acronyms explained where the document first uses them, from the table that it has of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from rlpipeline.publication.links import is_within

TABLE = "rl-sigles"
"""Class of what holds the table."""
CLASS = "rl-sigle"
NESTED = "rl-sigle-crochets"
"""Added where the acronym stands in parentheses: its meaning is then in square brackets on paper."""
ELSEWHERE = ("h1", "h2", "h3", "h4", "h5", "h6", "th", "summary", "a", "abbr", "code", "pre", "dt")
"""Elements in which nothing is explained: their words are names, repeated by contents and headers."""
BOUND = frozenset({"rl-chiffre", "rl-fixe", "rl-avant", "rl-somme", "rl-sr", "num"})
BLOCKS = ("p", "li", "dd", "td", "caption", "figcaption", "div")


def explain_acronyms(soups: Iterable[BeautifulSoup]) -> None:
    """Give each acronym of the table its meaning at its first use in the running text, in place.

    What is folded comes after what is seen. A block that says the meaning in full explains the acronym by itself. Those
    that the document does not use leave the table, and an empty table leaves the document.
    """
    chapters = list(soups)
    holders = [holder for soup in chapters for holder in soup.select(f".{TABLE}")]
    _drop_unused(chapters, holders)
    left = dict(_meanings(holders))
    for folded in (False, True):
        for soup in chapters:
            if not left:
                return
            pattern = _pattern(left)
            nodes = [text for text in _texts(soup) if pattern.search(text) and _is_running_text(text)]
            for node in nodes:
                if is_within(node, ("details",)) == folded:
                    _explain(soup, node, left)


def _texts(tag: Tag) -> Iterator[NavigableString]:
    """Give the texts of an element; ``find_all`` tells them far more slowly."""
    return (node for node in tag.descendants if isinstance(node, NavigableString))


def _drop_unused(soups: Sequence[BeautifulSoup], holders: Sequence[Tag]) -> None:
    listed = {id(text) for holder in holders for text in _texts(holder)}
    words = " ".join(text for soup in soups for text in _texts(soup) if id(text) not in listed)
    for holder in holders:
        for row in holder.select("tbody tr"):
            if isinstance(row.th, Tag) and not _pattern([row.th.get_text(strip=True)]).search(words):
                row.decompose()
        if not holder.select("tbody tr"):
            holder.decompose()


def _meanings(holders: Iterable[Tag]) -> Iterator[tuple[str, str]]:
    for holder in holders:
        for row in holder.select("tbody tr"):
            name, meaning = row.find("th"), row.find("td")
            if name is not None and meaning is not None and name.get_text(strip=True):
                yield name.get_text(strip=True), " ".join(meaning.get_text().split())


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])")


def _is_running_text(node: NavigableString) -> bool:
    if type(node) is not NavigableString:
        return False
    parents = [parent for parent in node.parents if isinstance(parent, Tag)]
    classes = {name for parent in parents for name in parent.get_attribute_list("class")}
    return not (classes & {*BOUND, TABLE}) and not any(parent.name in ELSEWHERE for parent in parents)


def _explain(soup: BeautifulSoup, node: NavigableString, left: dict[str, str]) -> None:
    """Put marks around the acronyms of one text that are met for the first time."""
    block = node.find_parent(BLOCKS)
    words_of_block = " ".join(block.get_text().split()).casefold() if isinstance(block, Tag) else ""
    rest = str(node)
    parts: list[NavigableString | Tag] = []
    while left and (match := _pattern(left).search(rest)):
        meaning = left.pop(match[0])
        if meaning.split(",")[0].casefold() in words_of_block:
            parts.append(NavigableString(rest[: match.end()]))
        else:
            before = rest[: match.start()]
            nested = _opens_parenthesis(node, str(node)[: len(str(node)) - len(rest)] + before)
            parts += [NavigableString(before), _marked(soup, match[0], meaning, nested)]
        rest = rest[match.end() :]
    if parts:
        node.replace_with(*parts, NavigableString(rest))


def _opens_parenthesis(node: NavigableString, before: str) -> bool:
    """Say whether a parenthesis is still open after the words of a block before a text, and some of the text's own."""
    block = node.find_parent(BLOCKS)
    earlier = takewhile(lambda text: text is not node, _texts(block) if isinstance(block, Tag) else ())
    words = "".join([*map(str, earlier), before])
    return words.count("(") > words.count(")")


def _marked(soup: BeautifulSoup, name: str, meaning: str, nested: bool) -> Tag:
    attributes: Mapping[str, str] = {"class": f"{CLASS} {NESTED}" if nested else CLASS, "title": meaning}
    mark = soup.new_tag("abbr", attrs=dict(attributes))
    mark.string = name
    return mark

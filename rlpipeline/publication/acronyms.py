"""Acronyms explained where the document first uses them, from the table that it has of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
    listed = {id(text) for holder in holders for text in _texts(holder)}
    words = " ".join(text for soup in chapters for text in _texts(soup) if id(text) not in listed)
    left: dict[str, str] = {}
    for holder in holders:
        for row in holder.select("tbody tr"):
            name = row.th.get_text(strip=True) if row.th else ""
            if name and not _pattern([name]).search(words):
                row.decompose()
            elif name and row.td:
                left[name] = " ".join(row.td.get_text().split())
        if not holder.select("tbody tr"):
            holder.decompose()
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
    block = node.find_parent(BLOCKS) or soup.new_tag("p")
    words_of_block = " ".join(block.get_text().split()).casefold()
    before = "".join(takewhile(lambda text: text is not node, _texts(block)))
    rest = str(node)
    parts: list[NavigableString | Tag] = []
    while left and (match := _pattern(left).search(rest)):
        meaning, start = left.pop(match[0]), rest[: match.start()]
        before += start
        if meaning.split(",")[0].casefold() in words_of_block:
            parts.append(NavigableString(rest[: match.end()]))
        else:
            nested = before.count("(") > before.count(")")  # in a parenthesis that is still open
            mark = soup.new_tag("abbr", attrs={"class": f"{CLASS} {NESTED}" if nested else CLASS, "title": meaning})
            mark.string = match[0]
            parts += [NavigableString(start), mark]
        before += match[0]
        rest = rest[match.end() :]
    if parts:
        node.replace_with(*parts, NavigableString(rest))

"""What a reader is led to: from a part of the report to its definitions and back; what an acronym means.

The card of a table is in the method annex of the service's report, to which portraits lead too. Each part has one link
to the cards of its tables, which follow one another there. An acronym is explained where the document first uses it,
from the table that it has of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from lxml.html import HtmlElement

from rlpipeline.publication.tree import (
    TextPlace,
    drop,
    has_class_within,
    is_within,
    made,
    texts,
    words_of,
)

CARD = "data-fiche"
PREFIX, TABLE = "fiche-", "tableau-"
DEFINITIONS = "Définitions"
LINK = "rl-definitions rl-ecran"
"""Classes of the link of a part, which the screen alone has."""
PART = "h3"
"""Heading of a part of a chapter."""


@dataclass(frozen=True)
class Cards:
    """Tables that have a card, and the page that holds the cards; empty for the page itself."""

    names: Collection[str] = ()
    page: str = ""

    def address(self, name: str) -> str:
        """Where the card of a table is; empty where it has none."""
        return f"{self.page}#{PREFIX}{name}" if name in self.names else ""


NO_CARDS = Cards()


def name_tables(trees: Iterable[HtmlElement]) -> frozenset[str]:
    """Give the first chart or table of each name its id, in place. Gives their names."""
    named: set[str] = set()
    for tree in trees:
        for shown in tree.iter("figure", "table"):
            name = _table_of(shown)
            if name and name not in named:
                shown.set("id", TABLE + name)
                named.add(name)
    return frozenset(named)


def _table_of(shown: HtmlElement) -> str:
    return shown.get("data-graphique") or shown.get("data-tableau") or ""


def take_cards(trees: Iterable[HtmlElement]) -> list[str]:
    """Give the cards their id, in place; of two with one name, the first has it. Gives their names."""
    names: list[str] = []
    for tree in trees:
        for card in tree.iterfind(f".//*[@{CARD}]"):
            name = card.attrib.pop(CARD)
            if name not in names:
                card.set("id", PREFIX + name)
                names.append(name)
    return names


def link_sections(tree: HtmlElement, title: str, cards: Cards) -> None:
    """End each part of a chapter, or a chapter without parts, with a link to its definitions, in place."""
    parts: list[list[HtmlElement]] = [[]]
    for element in tree:
        if element.tag == PART:
            parts.append([])
        parts[-1].append(element)
    for part in parts:
        shown = [_table_of(each) for element in part for each in element.iter("figure", "table")]
        addresses = filter(None, map(cards.address, shown))
        if address := next(addresses, ""):
            of = words_of(part[0]) if part[0].tag == PART else title
            part[-1].addnext(_definitions(address, of))


def _definitions(address: str, title: str) -> HtmlElement:
    """Make the link of a part, which a screen reader tells from those of others by the title of the part."""
    paragraph, link = made("p", classes=LINK), made("a", DEFINITIONS, href=address)
    link.append(made("span", f" : {title}", classes="rl-sr"))
    paragraph.append(link)
    return paragraph


def lead_to_tables(tree: HtmlElement, tables: Collection[str]) -> None:
    """Make each card lead back to its table, where the page shows it, in place."""
    for card in tree.find_class("rl-fiche"):
        name, title = (card.get("id") or "").removeprefix(PREFIX), card.find("dt")
        if name not in tables or title is None:
            continue
        link = made("a", title.text or "", href=f"#{TABLE}{name}")
        link.extend(list(title))
        title.text = None
        title.append(link)


ACRONYMS = "rl-sigles"
"""Class of what holds the table."""
ACRONYM = "rl-sigle"
NESTED = "rl-sigle-crochets"
"""Added where the acronym stands in parentheses: its meaning is then in square brackets on paper."""
ELSEWHERE = (
    "h1", "h2", "h3", "h4", "h5", "h6", "th", "summary", "a", "abbr", "code", "pre", "dt", "svg",
)  # fmt: skip
"""Elements in which nothing is explained: their words are names, repeated by contents and headers."""
APART = (ACRONYMS, "rl-chiffre", "rl-fixe", "rl-avant", "rl-somme", "rl-sr", "num")
HOLDERS = ("p", "li", "dd", "td", "caption", "figcaption", "div")


def explain_acronyms(trees: Sequence[HtmlElement]) -> None:
    """Give each acronym of the table its meaning at its first use in the running text, in place.

    What is folded comes after what is seen. A block that says the meaning in full explains the acronym by itself. Those
    that the document does not use leave the table, and an empty table leaves the document.
    """
    left = _acronyms_used(trees)
    for folded in (False, True):
        for tree in trees:
            pattern = _one_of(left)
            using = [place for place in texts(tree) if pattern.search(place.text)]
            for place in using if left else ():
                if is_within(place.holder, "details") == folded:
                    _explain_in(place, left)


def _acronyms_used(trees: Sequence[HtmlElement]) -> dict[str, str]:
    """Give the meaning of each acronym that the document uses; the others leave the table, in place."""
    holders = [holder for tree in trees for holder in tree.find_class(ACRONYMS)]
    words = _words_beside(trees, holders)
    used: dict[str, str] = {}
    for row in [row for holder in holders for row in holder.iterfind(".//tbody/tr")]:
        name, meaning = map(words_of, row)
        if _one_of([name]).search(words):
            used[name] = meaning
        else:
            row.drop_tree()
    drop([holder for holder in holders if holder.find(".//tbody/tr") is None])
    return used


def _words_beside(trees: Sequence[HtmlElement], holders: Iterable[HtmlElement]) -> str:
    """Give the words of a document, but those of the tables that explain acronyms."""
    explaining = {element for holder in holders for element in holder.iter()}
    places = chain.from_iterable(map(texts, trees))
    return " ".join(place.text for place in places if place.holder not in explaining)


def _one_of(names: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])")


def _is_running_text(place: TextPlace) -> bool:
    holder = place.holder
    if holder is None or is_within(holder, *ELSEWHERE):
        return False
    return not any(has_class_within(holder, name) for name in APART)


def _explain_in(place: TextPlace, left: dict[str, str]) -> None:
    """Explain the acronyms that some words use, one after the other, each once."""
    begun = 0
    while left and (match := _one_of(left).search(place.text, begun)):
        if not _is_running_text(place):
            return
        name, meaning = match[0], left.pop(match[0])
        block = _block_of(place)
        if meaning.split(",")[0].casefold() in words_of(block).casefold():
            begun = match.end()
            continue
        before, after = place.text[: match.start()], place.text[match.end() :]
        said = _said_before(block, place) + before
        is_nested = said.count("(") > said.count(")")  # in a parenthesis that is still open
        classes = f"{ACRONYM} {NESTED}" if is_nested else ACRONYM
        place = place.insert(before, made("abbr", name, classes=classes, title=meaning), after)
        begun = 0


def _block_of(place: TextPlace) -> HtmlElement:
    """Give the block that words stand in."""
    holder = place.holder
    assert holder is not None  # they are of the running text
    around: Iterator[HtmlElement] = (each for each in (holder, *holder.iterancestors()))
    return next((each for each in around if each.tag in HOLDERS), holder)


def _said_before(block: HtmlElement, place: TextPlace) -> str:
    """Give what a block says before some words."""
    said = ""
    for other in texts(block):
        if other == place:
            break
        said += other.text
    return said

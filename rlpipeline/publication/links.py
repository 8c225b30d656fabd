"""What a reader is led to: from a table, a chart or a sentence to a definition and back; what an acronym means.

The card of a table is in the method annex of the service's report, to which portraits lead too. A table and a chart
have one link, their caption, and a sentence one that shows where it has the focus. An acronym is explained where the
document first uses it, from the table that it has of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import takewhile
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

CARD = "data-fiche"
PREFIX, TABLE = "fiche-", "tableau-"
NAMED = "rl-sr rl-definition"
"""Classes of a link from a sentence: unseen until it has the focus, and no word of the sentence."""
DEFINITION = "Définition\u00a0: "
BLOCKS = ("p", "li", "dd", "blockquote", "figcaption", *(f"h{level}" for level in range(1, 7)))
"""What a sentence stands in."""
IN_NOTES = ("avant", "somme")
"""Functions of the figures that a note under a table tells."""
_IN_NOTEBOOK = re.compile(rb'data-fiche=\\"([^"\\]+)\\">(?:<dt>((?:[^<"\\]|\\.)*))?')
_FIRST_SENTENCE = re.compile(r"^.+?(?:\.(?=\s|$)|$)", re.DOTALL)


@dataclass(frozen=True)
class Cards:
    """Tables that have a card, with their title, and the page that holds them; empty for the page itself."""

    titles: Mapping[str, str] = field(default_factory=dict)
    page: str = ""

    def address(self, name: str) -> str:
        """Where the card of a table is; empty where it has none."""
        return f"{self.page}#{PREFIX}{name}" if name in self.titles else ""


NO_CARDS = Cards()


def cards_of(notebooks: Iterable[bytes]) -> Mapping[str, str]:
    """Titles, by name, of the cards that executed notebooks, as they are in their files, hold."""
    found = (pair for notebook in notebooks for pair in _IN_NOTEBOOK.findall(notebook))
    return {name.decode(): unescape(json.loads(b'"%b"' % title)) for name, title in sorted(found)}


def name_tables(soups: Iterable[BeautifulSoup]) -> frozenset[str]:
    """Give the first chart or table of each name its id, in place. Gives their names."""
    named: set[str] = set()
    for soup in soups:
        for shown in tags_in(soup, "figure", "table"):
            name = str(shown.get("data-graphique") or shown.get("data-tableau") or "")
            if name and name not in named:
                shown["id"] = TABLE + name
                named.add(name)
    return frozenset(named)


def take_cards(soup: BeautifulSoup, earlier: Iterable[str]) -> Mapping[str, str]:
    """Give the cards of a chapter their id, in place; of two with one name, the first has it.

    ``earlier``: names of the cards of the chapters before. Gives titles of the cards of the chapter by name, without
    the earlier ones.
    """
    cards: dict[str, str] = {}
    for card in soup.find_all(True, attrs={CARD: True}):
        name = str(card[CARD])
        del card[CARD]
        if name not in {*earlier, *cards}:
            card["id"] = PREFIX + name
            cards[name] = card.dt.get_text() if isinstance(card.dt, Tag) else ""
    return cards


def link_figures(soup: BeautifulSoup, cards: Cards, tables: frozenset[str] = frozenset()) -> None:
    """Make tables, charts and sentences lead to the definition of their table, and it to the table, in place.

    ``tables``: tables that the page shows, with an id.
    """
    for table in soup.find_all("table"):
        figure = table.find_parent("figure")  # whose data it holds
        name = str(
            table.get("data-tableau") or (figure.get("data-graphique", "") if figure else "")
        )
        caption = table.find("caption")
        if isinstance(caption, Tag) and (
            link := _wrap(soup, caption.contents, cards.address(name))
        ):
            table["aria-label"] = caption.get_text(" ", strip=True)
            link["aria-label"] = f"{DEFINITION}{table['aria-label']}"
    for figure in soup.find_all("figure", attrs={"data-graphique": True}):
        legend = figure.find("figcaption")
        if isinstance(legend, Tag):
            _link_legend(soup, figure, legend, cards.address(str(figure["data-graphique"])))
    for span in soup.find_all("span", attrs={"data-ref": True}):
        name = unquote(str(span["data-ref"]).split("/", 1)[0])
        if cards.address(name):
            _link_sentence(soup, span, cards.address(name), cards.titles[name])
    for card in soup.find_all(id=re.compile(f"^{PREFIX}")):
        name = str(card["id"]).removeprefix(PREFIX)
        if name in tables and isinstance(card.dt, Tag):
            _wrap(soup, card.dt.contents, f"#{TABLE}{name}")


def tags_in(tag: Tag, *names: str) -> list[Tag]:
    """Give the elements of these names inside another; ``find_all`` tells those of several names far more slowly."""
    return [node for node in tag.descendants if isinstance(node, Tag) and node.name in names]


def is_within(node: PageElement, names: Sequence[str]) -> bool:
    """Whether a node is inside an element of one of these names; ``find_parent`` tells it far more slowly."""
    return any(parent.name in names for parent in node.parents)


def _link_legend(soup: BeautifulSoup, figure: Tag, legend: Tag, address: str) -> None:
    first = next(
        (one for one in legend.contents if isinstance(one, NavigableString)), None
    )  # after what it says
    sentence = _FIRST_SENTENCE.match(first) if first is not None else None
    if first is not None and sentence:
        named, rest = NavigableString(sentence[0]), NavigableString(first[sentence.end() :])
        first.replace_with(named, rest)
        if link := _wrap(soup, [named], address):
            figure["aria-label"] = sentence[0].strip().removesuffix(".")
            link["aria-label"] = f"{DEFINITION}{figure['aria-label']}"


def _link_sentence(soup: BeautifulSoup, figure: Tag, address: str, title: str) -> None:
    # the caption leads cells and notes to the same card, and lists name headings
    if figure.get("data-fonction") in IN_NOTES or is_within(figure, ("td", "th", "a")):
        return
    if any(parent.get("role") == "heading" for parent in figure.parents) or not figure.get_text(
        strip=True
    ):
        return
    around = [parent for parent in figure.parents if parent.name in BLOCKS]
    if around and not any(PREFIX in str(one["href"]) for one in around[-1]("a")):
        link = soup.new_tag("a", attrs={"class": NAMED, "href": address})
        link.string = f"{DEFINITION}{title}"
        around[-1].extend([" ", link])


def _wrap(soup: BeautifulSoup, parts: Sequence[PageElement], address: str) -> Tag | None:
    inside = [*parts]
    if not address or not inside or not any(part.get_text(strip=True) for part in inside):
        return None
    if is_within(inside[0], ("a",)) or any(
        isinstance(part, Tag) and (part.name == "a" or part.a) for part in inside
    ):
        return None
    link = soup.new_tag("a", attrs={"href": address})
    inside[0].insert_before(link)
    link.extend(inside)
    return link


ACRONYMS = "rl-sigles"
"""Class of what holds the table."""
ACRONYM = "rl-sigle"
NESTED = "rl-sigle-crochets"
"""Added where the acronym stands in parentheses: its meaning is then in square brackets on paper."""
ELSEWHERE = (
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "th",
    "summary",
    "a",
    "abbr",
    "code",
    "pre",
    "dt",
    "svg",
)
"""Elements in which nothing is explained: their words are names, repeated by contents and headers, or drawn."""
APART = frozenset({"rl-chiffre", "rl-fixe", "rl-avant", "rl-somme", "rl-sr", "num"})
HOLDERS = ("p", "li", "dd", "td", "caption", "figcaption", "div")


def explain_acronyms(soups: Iterable[BeautifulSoup]) -> None:
    """Give each acronym of the table its meaning at its first use in the running text, in place.

    What is folded comes after what is seen. A block that says the meaning in full explains the acronym by itself. Those
    that the document does not use leave the table, and an empty table leaves the document.
    """
    chapters = list(soups)
    holders = [holder for soup in chapters for holder in soup.select(f".{ACRONYMS}")]
    listed = {id(text) for holder in holders for text in _texts(holder)}
    words = " ".join(text for soup in chapters for text in _texts(soup) if id(text) not in listed)
    left: dict[str, str] = {}
    for holder in holders:
        for row in holder.select("tbody tr"):
            name = row.th.get_text(strip=True) if row.th else ""
            if name and not _one_of([name]).search(words):
                row.decompose()
            elif name and row.td:
                left[name] = " ".join(row.td.get_text().split())
        if not holder.select("tbody tr"):
            holder.decompose()
    for folded in (False, True):
        for soup in chapters:
            if not left:
                return
            pattern = _one_of(left)
            nodes = [
                text for text in _texts(soup) if pattern.search(text) and _is_running_text(text)
            ]
            for node in nodes:
                if is_within(node, ("details",)) == folded:
                    _explain_in(soup, node, left)


def _texts(tag: Tag) -> Iterator[NavigableString]:
    """Give the texts of an element; ``find_all`` tells them far more slowly."""
    return (node for node in tag.descendants if isinstance(node, NavigableString))


def _one_of(names: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])")


def _is_running_text(node: NavigableString) -> bool:
    if type(node) is not NavigableString:
        return False
    parents = [parent for parent in node.parents if isinstance(parent, Tag)]
    classes = {name for parent in parents for name in parent.get_attribute_list("class")}
    return not (classes & {*APART, ACRONYMS}) and not any(
        parent.name in ELSEWHERE for parent in parents
    )


def _explain_in(soup: BeautifulSoup, node: NavigableString, left: dict[str, str]) -> None:
    block = node.find_parent(HOLDERS) or soup.new_tag("p")
    words_of_block = " ".join(block.get_text().split()).casefold()
    before = "".join(takewhile(lambda text: text is not node, _texts(block)))
    rest = str(node)
    parts: list[NavigableString | Tag] = []
    while left and (match := _one_of(left).search(rest)):
        meaning, start = left.pop(match[0]), rest[: match.start()]
        before += start
        if meaning.split(",")[0].casefold() in words_of_block:
            parts.append(NavigableString(rest[: match.end()]))
        else:
            nested = before.count("(") > before.count(")")  # in a parenthesis that is still open
            mark = soup.new_tag(
                "abbr",
                attrs={"class": f"{ACRONYM} {NESTED}" if nested else ACRONYM, "title": meaning},
            )
            mark.string = match[0]
            parts += [NavigableString(start), mark]
        before += match[0]
        rest = rest[match.end() :]
    if parts:
        node.replace_with(*parts, NavigableString(rest))

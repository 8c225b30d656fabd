"""Figures that lead to the card of their table in the method annex, where the document has one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

CARD = "data-fiche"
PREFIX = "fiche-"
WORDS_BELOW = "rl-detail"
IN_NOTES = ("avant", "somme")
"""Functions of the figures that a note under a table tells."""
_FIRST_SENTENCE = re.compile(r"^.+?(?:\.(?=\s|$)|$)", re.DOTALL)


def take_cards(soup: BeautifulSoup, earlier: Iterable[str]) -> tuple[str, ...]:
    """Give the cards of a chapter their id, in place; of two with one name, the first has it.

    Parameters
    ----------
    earlier
        Names of the cards of the chapters before.

    Returns
    -------
    Names of the cards of the chapter, without the earlier ones.
    """
    cards: list[str] = []
    for card in soup.find_all(True, attrs={CARD: True}):
        name = str(card[CARD])
        del card[CARD]
        if name not in {*earlier, *cards}:
            card["id"] = PREFIX + name
            cards.append(name)
    return tuple(cards)


def link_figures(soup: BeautifulSoup, cards: frozenset[str]) -> None:
    """Make every figure whose table has a card lead to it, in place.

    Captions, legends and figures quoted in texts are reached with the keyboard. The cells of tables and the notes under
    them are not: a thousand stops would bury the rest of the page, and the caption leads to the same card.
    """
    for table in soup.find_all("table", attrs={"data-tableau": True}):
        if table["data-tableau"] in cards:
            _link_table(soup, table, str(table["data-tableau"]))
    for figure in soup.find_all("figure", attrs={"data-graphique": True}):
        legend = figure.find("figcaption")
        if figure["data-graphique"] in cards and isinstance(legend, Tag):
            _link_legend(soup, legend, str(figure["data-graphique"]))
    for span in soup.find_all("span", attrs={"data-ref": True}):
        name = unquote(str(span["data-ref"]).split("/", 1)[0])
        if name in cards:
            _wrap(soup, span.contents, name, in_tab_order=span.get("data-fonction") not in IN_NOTES)


def is_within(node: PageElement, names: Sequence[str]) -> bool:
    """Whether a node is inside an element of one of these names; ``find_parent`` tells it far more slowly."""
    return any(parent.name in names for parent in node.parents)


def _link_table(soup: BeautifulSoup, table: Tag, name: str) -> None:
    caption = table.find("caption")
    if isinstance(caption, Tag):
        _wrap(soup, caption.contents, name)
    for cell in table.find_all("td", class_="num"):
        if not {"texte", "vide"} & set(cell.get_attribute_list("class")):
            _wrap(soup, _above_details(cell), name, in_tab_order=False)


def _above_details(cell: Tag) -> list[PageElement]:
    """What a cell shows before the words or the year that stand below."""
    details = [child for child in cell.children if isinstance(child, Tag) and child.get("class") == [WORDS_BELOW]]
    return cell.contents[: cell.index(details[0])] if details else cell.contents


def _link_legend(soup: BeautifulSoup, legend: Tag, name: str) -> None:
    """Link the first sentence of a legend, which names the table."""
    first = next((one for one in legend.contents if isinstance(one, NavigableString)), None)  # after what it says
    sentence = _FIRST_SENTENCE.match(first) if first is not None else None
    if first is not None and sentence:
        named, rest = NavigableString(sentence[0]), NavigableString(first[sentence.end() :])
        first.replace_with(named, rest)
        _wrap(soup, [named], name)


def _wrap(soup: BeautifulSoup, parts: Sequence[PageElement], name: str, in_tab_order: bool = True) -> None:
    """Put neighbours inside one link; what is in a link, has one or has no words stays as it is."""
    inside = [*parts]
    if not inside or not any(part.get_text(strip=True) for part in inside):
        return
    if is_within(inside[0], ("a",)) or any(isinstance(part, Tag) and (part.name == "a" or part.a) for part in inside):
        return
    link = soup.new_tag("a", attrs={"href": f"#{PREFIX}{name}"} | ({} if in_tab_order else {"tabindex": "-1"}))
    inside[0].insert_before(link)
    link.extend(inside)

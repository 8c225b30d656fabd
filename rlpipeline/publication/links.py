"""Figures that lead to the definition of their table, and definitions that lead back to the table.

The card of a table is in the method annex of the service's report. A portrait has none: its tables lead to the
report's, and the figures of its sentences to its own tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

CARD = "data-fiche"
PREFIX, TABLE = "fiche-", "tableau-"
WORDS_BELOW = "rl-detail"
IN_NOTES = ("avant", "somme")
"""Functions of the figures that a note under a table tells."""
_IN_NOTEBOOK = re.compile(rb'data-fiche=\\"([^"\\]+)\\"')
_FIRST_SENTENCE = re.compile(r"^.+?(?:\.(?=\s|$)|$)", re.DOTALL)


@dataclass(frozen=True)
class Cards:
    """Tables that have a card, and the page that holds them; empty for the page itself."""

    names: tuple[str, ...] = ()
    page: str = ""

    def address(self, name: str) -> str:
        """Where the card of a table is; empty where it has none."""
        return f"{self.page}#{PREFIX}{name}" if name in self.names else ""


NO_CARDS = Cards()


def cards_of(notebooks: Iterable[bytes]) -> tuple[str, ...]:
    """Names of the cards that executed notebooks, as they are in their files, hold."""
    return tuple(sorted({name.decode() for notebook in notebooks for name in _IN_NOTEBOOK.findall(notebook)}))


def name_tables(soups: Iterable[BeautifulSoup]) -> frozenset[str]:
    """Give the first chart or table of each name its id, in place.

    Returns
    -------
    Their names.
    """
    named: set[str] = set()
    for soup in soups:
        for shown in soup.find_all(["figure", "table"]):
            name = str(shown.get("data-graphique") or shown.get("data-tableau") or "")
            if name and name not in named:
                shown["id"] = TABLE + name
                named.add(name)
    return frozenset(named)


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


def link_figures(soup: BeautifulSoup, cards: Cards, tables: frozenset[str] = frozenset()) -> None:
    """Make every figure lead to the definition of its table, and every definition to the table, in place.

    Captions, legends and figures quoted in texts are reached with the keyboard. The cells of tables and the notes under
    them are not: a thousand stops would bury the rest of the page, and the caption leads to the same card.

    Parameters
    ----------
    cards
        Where the cards are. On another page than this one, a sentence leads to the table of this page first.
    tables
        Tables that the page shows, with an id.
    """
    for table in soup.find_all("table"):
        name = str(table.get("data-tableau") or _charted(table))
        _link_table(soup, table, cards.address(name))
    for figure in soup.find_all("figure", attrs={"data-graphique": True}):
        legend = figure.find("figcaption")
        if isinstance(legend, Tag):
            _link_legend(soup, legend, cards.address(str(figure["data-graphique"])))
    for span in soup.find_all("span", attrs={"data-ref": True}):
        name = unquote(str(span["data-ref"]).split("/", 1)[0])
        nearest = f"#{TABLE}{name}" if cards.page and name in tables else cards.address(name)
        _wrap(soup, span.contents, nearest, in_tab_order=span.get("data-fonction") not in IN_NOTES)
    for card in soup.find_all(id=re.compile(f"^{PREFIX}")):
        name = str(card["id"]).removeprefix(PREFIX)
        if name in tables and isinstance(card.dt, Tag):
            _wrap(soup, card.dt.contents, f"#{TABLE}{name}")


def _charted(table: Tag) -> str:
    """Name of the chart whose data a table holds; empty where it is of none."""
    figure = next((parent for parent in table.parents if parent.name == "figure"), None)
    return str(figure.get("data-graphique", "")) if figure else ""


def is_within(node: PageElement, names: Sequence[str]) -> bool:
    """Whether a node is inside an element of one of these names; ``find_parent`` tells it far more slowly."""
    return any(parent.name in names for parent in node.parents)


def _link_table(soup: BeautifulSoup, table: Tag, address: str) -> None:
    caption = table.find("caption")
    if isinstance(caption, Tag):
        _wrap(soup, caption.contents, address)
    for cell in table.find_all("td", class_=["num", "rl-ecart"]):
        if not {"texte", "vide"} & set(cell.get_attribute_list("class")):
            _wrap(soup, _above_details(cell), address, in_tab_order=False)


def _above_details(cell: Tag) -> list[PageElement]:
    """What a cell shows before the words or the year that stand below."""
    details = [child for child in cell.children if isinstance(child, Tag) and child.get("class") == [WORDS_BELOW]]
    return cell.contents[: cell.index(details[0])] if details else cell.contents


def _link_legend(soup: BeautifulSoup, legend: Tag, address: str) -> None:
    """Link the first sentence of a legend, which names the table."""
    first = next((one for one in legend.contents if isinstance(one, NavigableString)), None)  # after what it says
    sentence = _FIRST_SENTENCE.match(first) if first is not None else None
    if first is not None and sentence:
        named, rest = NavigableString(sentence[0]), NavigableString(first[sentence.end() :])
        first.replace_with(named, rest)
        _wrap(soup, [named], address)


def _wrap(soup: BeautifulSoup, parts: Sequence[PageElement], address: str, in_tab_order: bool = True) -> None:
    """Put neighbours inside one link; what is in a link, has one, has no words or leads nowhere stays as it is."""
    inside = [*parts]
    if not address or not inside or not any(part.get_text(strip=True) for part in inside):
        return
    if is_within(inside[0], ("a",)) or any(isinstance(part, Tag) and (part.name == "a" or part.a) for part in inside):
        return
    link = soup.new_tag("a", attrs={"href": address} | ({} if in_tab_order else {"tabindex": "-1"}))
    inside[0].insert_before(link)
    link.extend(inside)

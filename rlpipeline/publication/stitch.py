"""Chapters made into one document: one scale of headings, numbers as in the printed report, unique stable ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

from rlpipeline.french import roman, short, slug
from rlpipeline.publication.links import (
    NO_CARDS,
    PREFIX,
    TABLE,
    Cards,
    explain_acronyms,
    is_within,
    link_figures,
    name_tables,
    tags_in,
    take_cards,
)

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
CHAPTER_LEVEL, SECTION_LEVEL, DEEPEST = 2, 3, 6
PROSE, FOLDED = "rl-text", "rl-plie"
HALF = "moitie"
SCREEN = "rl-ecran"
RESERVED = "rl-reserve"
WRAP = "rl-table-wrap"
"""What holds a table, and lets it be scrolled across where it is wider than the page."""
SCROLLED = {"tabindex": "0", "role": "group", "aria-label": "Tableau"}
"""Attributes by which a keyboard reaches a table whose width nobody knows."""
WIDE_TABLE, LONG_TABLE, LONG_TEXT = 46, 20, 130
"""Signs in a line, and lines, beyond which a table asks for the width of the page; words beyond which a text does."""
OF_THE_REPORT = frozenset({"carte", "methode", "territoire"})
"""Texts of a portrait that paper leaves to the service's report, or to the poster."""


@dataclass(frozen=True)
class Fragment:
    """One chapter's sanitised HTML, as its notebook orders it.

    ``name``: name of the notebook, its title when it has none; ``first_page``: whether it stands on the first page,
    beside the cover.
    """

    name: str
    html: str
    numbered: bool = True
    first_page: bool = False


@dataclass(frozen=True)
class Section:
    """An entry of the contents below a chapter."""

    id: str
    number: str
    title: str
    on_paper: bool = True


@dataclass(frozen=True)
class Chapter:
    """A chapter ready for the page; ``html`` starts below its title."""

    id: str
    number: str
    title: str
    html: str
    sections: tuple[Section, ...]
    first_page: bool = False
    on_paper: bool = True


@dataclass
class Ids:
    """Ids given so far in the page; those of the page's own frame are taken."""

    given: set[str] = field(
        default_factory=lambda: {"haut", "contenu", "sommaire", "sommaire-replie"}
    )

    def new(self, *titles: str) -> str:
        """An id made of the titles, with a number when it is taken."""
        wanted = "-".join(short(slug(title)) for title in titles)
        free, count = wanted, 1
        while free in self.given:
            count += 1
            free = f"{wanted}-{count}"
        self.given.add(free)
        return free


def stitch(
    fragments: Iterable[Fragment], first: int = 1, portrait: bool = False, report: Cards = NO_CARDS
) -> tuple[Chapter, ...]:
    """The chapters that have content, numbered I, II… and their sections 1, 2…; « sans numéro » stays so.

    ``first``: number of the first numbered chapter; ``portrait``: whether the page is a commune's: paper leaves there
    to the report what the report says; ``report``: the cards of the service's report, for a page that has none.
    """
    soups = [(fragment, BeautifulSoup(fragment.html, "html.parser")) for fragment in fragments]
    _list_reserved([soup for _, soup in soups])
    read = []
    for fragment, soup in soups:
        drop_empty_headings(soup)
        heading = next((heading for heading in soup.find_all("h1") if not _is_prose(heading)), None)
        title = heading.extract().get_text(" ", strip=True) if heading else ""
        if _has_content(soup):
            read.append((fragment, title or fragment.name, soup))
    ids, cards = Ids(), dict[str, str]()
    for _, _, soup in read:
        cards |= take_cards(soup, cards)
    # a chart of the first page is a glance at a table that a chapter shows
    tables = name_tables(soup for _, _, soup in sorted(read, key=lambda entry: entry[0].first_page))
    ids.given.update((PREFIX + card for card in cards), (TABLE + table for table in tables))
    chapters, count = [], first - 1
    for fragment, title, soup in read:
        count += fragment.numbered
        number = roman(count) if fragment.numbered else ""
        chapter = Chapter(ids.new(title), number, title, "", (), fragment.first_page)
        chapters.append(_laid_out(chapter, soup, ids, portrait))
    explain_acronyms(soup for _, _, soup in read)
    for _, _, soup in read:
        _drop_dead_links(soup, ids)
        link_figures(soup, Cards(cards) if cards else report, tables)
    return tuple(
        replace(chapter, html=str(soup).strip())
        for chapter, (_, _, soup) in zip(chapters, read, strict=True)
    )


def _list_reserved(soups: Sequence[BeautifulSoup]) -> None:
    sentences = [
        text.extract() for soup in soups for text in soup.find_all("p") if _is_of(RESERVED, text)
    ]
    if not sentences:
        return
    last = next((soup for soup in reversed(soups) if _has_content(soup)), soups[-1])
    heading = last.new_tag("h2", attrs={"class": RESERVED})
    items = last.new_tag("ul", attrs={"class": f"{RESERVED} rl-vide"})
    heading.string = "Tableaux réservés au service"
    for sentence in sentences:
        sentence.name, sentence["class"] = "li", "rl-vide"
        items.append(sentence)
    last.extend([heading, items])


def drop_empty_headings(soup: BeautifulSoup) -> None:
    """Take away, in place, the headings that nothing follows before one of their own level or above."""
    highest = 0  # level of the highest heading before the next piece of content
    for level, heading in reversed([*_tokens(soup)]):
        if heading is None:
            highest = DEEPEST + 1
        else:
            if level >= highest:
                heading.decompose()
            highest = min(level, highest)


def _tokens(soup: BeautifulSoup) -> Iterator[tuple[int, Tag | None]]:
    """Headings with their level, and (0, None) for each piece of content, in document order."""
    for node in soup.descendants:
        if isinstance(node, Tag):
            if node.name in HEADINGS:
                level = int(node.name[1])
                yield (max(level, SECTION_LEVEL) if _is_prose(node) else level), node
            elif node.name == "img":
                yield 0, None
        elif isinstance(node, NavigableString) and node.strip() and not is_within(node, HEADINGS):
            yield 0, None


def _is_prose(heading: Tag) -> bool:
    return _is_of(PROSE, *heading.parents)


def _is_of(name: str, *tags: Tag | None) -> bool:
    return any(name in tag.get_attribute_list("class") for tag in tags if tag)


def _has_content(soup: BeautifulSoup) -> bool:
    return any(heading is None for _, heading in _tokens(soup))


def _laid_out(chapter: Chapter, soup: BeautifulSoup, ids: Ids, portrait: bool) -> Chapter:
    sections = [*_sections(soup, chapter, ids)]
    for table in soup.find_all("table"):
        _make_readable(soup, table)
    on_paper = chapter.first_page or _lay_in_blocks(soup, portrait)
    headings = soup.find_all(f"h{SECTION_LEVEL}")
    left = {heading["id"] for heading in headings if _is_of(SCREEN, heading, heading.parent)}
    listed = tuple(replace(section, on_paper=section.id not in left) for section in sections)
    return replace(chapter, sections=listed, on_paper=on_paper)


def _sections(soup: BeautifulSoup, chapter: Chapter, ids: Ids) -> Iterator[Section]:
    previous, count = CHAPTER_LEVEL, 0
    for heading in tags_in(soup, *HEADINGS):
        least = SECTION_LEVEL + 1 if _is_prose(heading) else SECTION_LEVEL
        previous = min(max(int(heading.name[1]) + 1, least), previous + 1, DEEPEST)
        heading.name = f"h{previous}"
        title = heading.get_text(" ", strip=True)
        heading["id"] = ids.new(chapter.title, title)
        if previous == SECTION_LEVEL:
            count += 1
            number = f"{count}." if chapter.number else ""
            if number:
                mark = soup.new_tag("span", attrs={"class": "rl-numero"})
                mark.string = number
                heading.insert(0, mark, " ")
            yield Section(str(heading["id"]), number, title)


def _lay_in_blocks(soup: BeautifulSoup, portrait: bool) -> bool:
    """Gather each heading with what stands below it, in place, halves of a page in pairs; whether any is printed."""
    blocks = [_Block([], portrait)]
    for child in [*soup.children]:
        if isinstance(child, Tag) and child.name in HEADINGS:
            blocks.append(_Block([], portrait))
        blocks[-1].parts.append(child.extract())
    pairs: Tag | None = None
    for at, block in enumerate(blocks):
        if (
            not block.has_content
        ):  # of blocks that follow; for the screen alone where paper has none of them
            pairs = None
            below = takewhile(lambda other: other.level > block.level, blocks[at + 1 :])  # noqa: B023 - used here
            if not any(other.on_paper for other in below):
                for heading in block.parts:
                    if isinstance(heading, Tag):
                        heading["class"] = SCREEN
            soup.extend(block.parts)
            continue
        printed = "" if block.on_paper else f" {SCREEN}"
        holder = soup.new_tag("div", attrs={"class": f"rl-bloc rl-{block.shape}{printed}"})
        if block.shape != HALF:
            pairs = None
        elif pairs is None or block.level == SECTION_LEVEL:
            pairs = soup.new_tag("div", attrs={"class": "rl-blocs"})
            soup.append(pairs)
        (soup if pairs is None else pairs).append(holder)
        holder.extend(block.parts)
    return any(block.on_paper for block in blocks)


@dataclass(eq=False)
class _Block:
    """A heading and what stands below it, up to the next."""

    parts: list[PageElement]
    portrait: bool

    @cached_property
    def on_paper(self) -> bool:
        """Whether paper has more of it than its heading: what is folded is in the workbook."""
        return any(self._is_printed(part) for part in self.parts)

    def _is_printed(self, part: PageElement) -> bool:
        if not isinstance(part, Tag) or part.name in HEADINGS:
            return bool(part.get_text(strip=True)) and not isinstance(part, Tag)
        classes = {*part.get_attribute_list("class")}
        if self.portrait and (part.get("data-texte") in OF_THE_REPORT or "rl-vide" in classes):
            return False
        return not {"rl-tableau", "rl-constat"} & classes and not (
            self.portrait and "rl-note" in classes
        )

    @property
    def level(self) -> int:
        first = self.parts[0] if self.parts else None
        return int(first.name[1]) if isinstance(first, Tag) and first.name in HEADINGS else 0

    @property
    def has_content(self) -> bool:
        below = [
            part for part in self.parts if not (isinstance(part, Tag) and part.name in HEADINGS)
        ]
        pictures = any(isinstance(part, Tag) and (part.name == "img" or part.img) for part in below)
        return pictures or any(part.get_text(strip=True) for part in below)

    @cached_property
    def shape(self) -> str:
        """« large »: across the page; « colonnes »: across it, pictures beside texts; « moitie »: half of it."""
        parts = [part for part in self.parts if isinstance(part, Tag)]
        seen = [part for part in parts if part.name != "details"]
        tables = [
            table
            for part in seen
            for table in ([part] if part.name == "table" else part.find_all("table"))
        ]
        open_tables = [table for table in tables if table.find_parent("details") is None]
        lines = sum(len(table.find_all("tr")) for table in open_tables)
        if lines > LONG_TABLE or any(_asks_for_width(table) for table in open_tables):
            return "large"
        drawings = sum(part.name == "figure" for part in seen)
        texts = sum(
            len(part.get_text(" ").split())
            for part in seen
            if PROSE in part.get_attribute_list("class")
        )
        several = drawings > 1 and not self.portrait  # where paper has the first alone
        if several or (drawings and texts > LONG_TEXT):
            return "colonnes"
        is_text = texts > 0 and not drawings and not open_tables
        unfolds = any(FOLDED in part.get_attribute_list("class") for part in parts)
        return "large" if texts > LONG_TEXT or is_text or unfolds else HALF


def _asks_for_width(table: Tag) -> bool:
    for cell in table.find_all("td"):
        is_figure = {"num", "rl-ecart", "rl-avant"} & set(cell.get_attribute_list("class"))
        if not is_figure and cell.get_text(strip=True):
            return True
    return sum(_widths(table).values()) > WIDE_TABLE


def _widths(table: Tag) -> dict[int, int]:
    widths: dict[int, int] = {}
    for line in table.find_all("tr"):
        for index, cell in enumerate(tags_in(line, "td", "th")):
            longest = max(
                map(len, cell.get_text(" ", strip=True).split(" "))
            )  # not at no-break spaces
            widths[index] = max(longest + 2, widths.get(index, 0))
    return widths


def _make_readable(soup: BeautifulSoup, table: Tag) -> None:
    """Give a table that a cell shows by itself the looks and the scopes of ours."""
    if table.find_parent(class_=WRAP) is not None:
        return
    classes = {*table.get_attribute_list("class")} - {None, "dataframe"}
    table["class"] = " ".join(sorted({*classes, "rl-table"}))
    for header in table.find_all("th"):
        if not header.get("scope"):
            header["scope"] = "col" if is_within(header, ("thead",)) else "row"
    table.wrap(soup.new_tag("div", attrs={"class": WRAP, **SCROLLED}))


def _drop_dead_links(soup: BeautifulSoup, ids: Ids) -> None:
    for link in soup.find_all("a"):
        target = str(link.get("href", ""))
        if not target or (target.startswith("#") and target[1:] not in ids.given):
            link.unwrap()
        elif target.startswith("#"):
            del link["rel"]

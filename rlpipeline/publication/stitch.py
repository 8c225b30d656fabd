"""Chapters made into one document: one scale of headings, numbers as in the printed report, unique stable ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

from rlpipeline.publication.acronyms import explain_acronyms
from rlpipeline.publication.links import (
    NO_CARDS,
    PREFIX,
    TABLE,
    Cards,
    is_within,
    link_figures,
    name_tables,
    tags_in,
    take_cards,
)
from rlpipeline.publication.wording import roman, short, slug

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
CHAPTER_LEVEL = 2
SECTION_LEVEL = 3
PROSE, FOLDED = "rl-text", "rl-plie"
HALF = "moitie"
SCREEN = "rl-ecran"
RESERVED = "rl-reserve"
WIDE_TABLE, LONG_TABLE, LONG_TEXT = 46, 20, 130
"""Signs in a line, and lines, beyond which a table asks for the width of the page; words beyond which a text does."""
OF_THE_REPORT = frozenset({"carte", "methode", "territoire"})
"""Texts of a portrait that paper leaves to the service's report, or to the poster."""
SIGNS_OF_PHONE, SIGNS_OF_COLUMN = 50, 10
"""Signs in a line, and for each column, beyond which a table is wider than a telephone: columns of ages are narrow."""


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

    given: set[str] = field(default_factory=lambda: {"haut", "contenu", "sommaire", "sommaire-replie"})

    def new(self, *titles: str) -> str:
        """An id made of the titles, with a number when it is taken."""
        wanted = "-".join(short(slug(title)) for title in titles)
        free, count = wanted, 1
        while free in self.given:
            count += 1
            free = f"{wanted}-{count}"
        self.given.add(free)
        return free


@dataclass(frozen=True)
class _Draft:
    """A chapter while the ids of the others are not known yet."""

    id: str
    number: str
    title: str
    soup: BeautifulSoup
    sections: tuple[Section, ...]
    first_page: bool
    on_paper: bool


def stitch(
    fragments: Iterable[Fragment], first: int = 1, portrait: bool = False, report: Cards = NO_CARDS
) -> tuple[Chapter, ...]:
    """The chapters that have content, numbered I, II… and their sections 1, 2…; « sans numéro » stays so.

    ``first``: number of the first numbered chapter; ``portrait``: whether the page is a commune's: paper leaves there
    to the report what the report says; ``report``: the cards of the service's report, for a page that has none.
    """
    soups = [(fragment, BeautifulSoup(fragment.html, "html.parser")) for fragment in fragments]
    _list_reserved([soup for _, soup in soups])
    read = [entry for fragment, soup in soups if (entry := _read(fragment, soup))]
    ids, drafts, cards, count = Ids(), [], dict[str, str](), first - 1
    for _, _, soup in read:
        cards |= take_cards(soup, cards)
    ids.given.update(PREFIX + card for card in cards)
    # a chart of the first page is a glance at a table that a chapter shows
    tables = name_tables(soup for _, _, soup in sorted(read, key=lambda entry: entry[0].first_page))
    ids.given.update(TABLE + table for table in tables)
    for fragment, title, soup in read:
        count += fragment.numbered
        drafts.append(
            _draft(fragment, soup, (title or fragment.name, roman(count) if fragment.numbered else ""), ids, portrait)
        )
    explain_acronyms(draft.soup for draft in drafts)
    for draft in drafts:
        _drop_dead_links(draft.soup, ids)
        link_figures(draft.soup, Cards(cards) if cards else report, tables)
    return tuple(
        Chapter(d.id, d.number, d.title, str(d.soup).strip(), d.sections, d.first_page, d.on_paper) for d in drafts
    )


def _list_reserved(soups: Sequence[BeautifulSoup]) -> None:
    """Move to the end, in one list, the sentences that say why the edition has not a table."""
    sentences = [text.extract() for soup in soups for text in soup.find_all("p") if _is_of(RESERVED, text)]
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


def _read(fragment: Fragment, soup: BeautifulSoup) -> tuple[Fragment, str, BeautifulSoup] | None:
    """Give a chapter's title and what is below it; None where nothing is."""
    drop_empty_headings(soup)
    title = _take_title(soup)
    return (fragment, title, soup) if _has_content(soup) else None


def drop_empty_headings(soup: BeautifulSoup) -> None:
    """Take away, in place, the headings that nothing follows before one of their own level or above."""
    tokens = list(_tokens(soup))
    for index, (level, heading) in enumerate(tokens):
        if heading is not None and not _is_followed(level, tokens[index + 1 :]):
            heading.decompose()


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


def _is_followed(level: int, following: Sequence[tuple[int, Tag | None]]) -> bool:
    for other, heading in following:
        if heading is None:
            return True
        if other <= level:
            return False
    return False


def _take_title(soup: BeautifulSoup) -> str:
    """Text of the first h1, taken out of the chapter; empty when there is none."""
    title = next((heading for heading in soup.find_all("h1") if not _is_prose(heading)), None)
    return title.extract().get_text(" ", strip=True) if title else ""


def _is_prose(heading: Tag) -> bool:
    """Whether the heading stands in a text written by the service, below the report's own headings."""
    return _is_of(PROSE, *heading.parents)


def _is_of(name: str, *tags: Tag | None) -> bool:
    return any(name in tag.get_attribute_list("class") for tag in tags if tag)


def _has_content(soup: BeautifulSoup) -> bool:
    return any(heading is None for _, heading in _tokens(soup))


def _draft(fragment: Fragment, soup: BeautifulSoup, named: tuple[str, str], ids: Ids, portrait: bool) -> _Draft:
    title, number = named
    chapter_id = ids.new(title)
    _shift_headings(soup)
    sections = tuple(_sections(soup, title, bool(number), ids))
    for table in soup.find_all("table"):
        _make_readable(soup, table)
    on_paper = fragment.first_page or _lay_in_blocks(soup, portrait)
    headings = soup.find_all(f"h{SECTION_LEVEL}")
    left = {heading["id"] for heading in headings if _is_of(SCREEN, heading, heading.parent)}
    listed = tuple(replace(section, on_paper=section.id not in left) for section in sections)
    return _Draft(chapter_id, number, title, soup, listed, fragment.first_page, on_paper)


def _shift_headings(soup: BeautifulSoup) -> None:
    """Put every heading below the chapter's, without skipping a level; those of the prose below the sections."""
    previous = CHAPTER_LEVEL
    for heading in tags_in(soup, *HEADINGS):
        wanted = max(int(heading.name[1]) + 1, SECTION_LEVEL)
        if _is_prose(heading):
            wanted = max(wanted, SECTION_LEVEL + 1)
        previous = min(wanted, previous + 1, 6)
        heading.name = f"h{previous}"


def _sections(soup: BeautifulSoup, chapter: str, numbered: bool, ids: Ids) -> Iterator[Section]:
    """Give every heading its id, and the sections their number; a text's heading is one where none stands above it."""
    count = 0
    for heading in tags_in(soup, *HEADINGS):
        title = heading.get_text(" ", strip=True)
        heading["id"] = ids.new(chapter, title)
        if heading.name != f"h{SECTION_LEVEL}":
            continue
        count += 1
        number = f"{count}." if numbered else ""
        if numbered:
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
        if not block.has_content:
            pairs = None
            _append_heading(soup, block, blocks[at + 1 :])
        elif block.shape != HALF:
            pairs = None
            soup.append(_holder(soup, block))
        else:
            if pairs is None or block.level == SECTION_LEVEL:
                pairs = soup.new_tag("div", attrs={"class": "rl-blocs"})
                soup.append(pairs)
            pairs.append(_holder(soup, block))
    return any(block.on_paper for block in blocks)


def _append_heading(soup: BeautifulSoup, block: _Block, following: Sequence[_Block]) -> None:
    """Write the heading of blocks that follow, for the screen alone where paper has none of them."""
    below = takewhile(lambda other: other.level > block.level, following)
    if not any(other.on_paper for other in below):
        for heading in block.parts:
            if isinstance(heading, Tag):
                heading["class"] = SCREEN
    soup.extend(block.parts)


def _holder(soup: BeautifulSoup, block: _Block) -> Tag:
    printed = "" if block.on_paper else f" {SCREEN}"
    holder = soup.new_tag("div", attrs={"class": f"rl-bloc rl-{block.shape}{printed}"})
    holder.extend(block.parts)
    return holder


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
        return not {"rl-tableau", "rl-constat"} & classes and not (self.portrait and "rl-note" in classes)

    @property
    def level(self) -> int:
        """Of its heading; 0 without one."""
        first = self.parts[0] if self.parts else None
        return int(first.name[1]) if isinstance(first, Tag) and first.name in HEADINGS else 0

    @property
    def has_content(self) -> bool:
        return any(not (isinstance(part, Tag) and part.name in HEADINGS) and _words(part) for part in self.parts)

    @property
    def shape(self) -> str:
        """« large »: across the page; « colonnes »: across it, pictures beside texts; « moitie »: half of it."""
        parts = [part for part in self.parts if isinstance(part, Tag)]
        seen = [part for part in parts if part.name != "details"]
        tables = [table for part in seen for table in ([part] if part.name == "table" else part.find_all("table"))]
        open_tables = [table for table in tables if table.find_parent("details") is None]
        lines = sum(len(table.find_all("tr")) for table in open_tables)
        if lines > LONG_TABLE or any(_asks_for_width(table) for table in open_tables):
            return "large"
        drawings = sum(part.name == "figure" for part in seen)
        texts = sum(len(part.get_text(" ").split()) for part in seen if PROSE in part.get_attribute_list("class"))
        several = drawings > 1 and not self.portrait  # where paper has the first alone
        if several or (drawings and texts > LONG_TEXT):
            return "colonnes"
        is_text = texts > 0 and not drawings and not open_tables
        unfolds = any(FOLDED in part.get_attribute_list("class") for part in parts)
        return "large" if texts > LONG_TEXT or is_text or unfolds else HALF


def _words(part: PageElement) -> bool:
    return bool(part.get_text(strip=True)) or (isinstance(part, Tag) and (part.name == "img" or bool(part.img)))


def _asks_for_width(table: Tag) -> bool:
    """Whether its columns are words, or need more signs than half a page holds."""
    for cell in table.find_all("td"):
        is_figure = {"num", "rl-ecart", "rl-avant"} & set(cell.get_attribute_list("class"))
        if not is_figure and cell.get_text(strip=True):
            return True
    return sum(_widths(table).values()) > WIDE_TABLE


def _widths(table: Tag) -> dict[int, int]:
    """Signs that each column needs: its longest word, and the margins."""
    widths: dict[int, int] = {}
    for line in table.find_all("tr"):
        for index, cell in enumerate(tags_in(line, "td", "th")):
            longest = max(map(len, cell.get_text(" ", strip=True).split(" ")))  # not at no-break spaces
            widths[index] = max(longest + 2, widths.get(index, 0))
    return widths


def _make_readable(soup: BeautifulSoup, table: Tag) -> None:
    """Scope the headers of a table, and let a wide one scroll within a region of its own."""
    classes = {name for name in table.get_attribute_list("class") if name not in (None, "dataframe")}
    table["class"] = " ".join(sorted({*classes, "rl-table"}))
    for header in table.find_all("th"):
        if not header.get("scope"):
            header["scope"] = "col" if is_within(header, ("thead",)) else "row"
    widths = _widths(table)
    if sum(widths.values()) > max(SIGNS_OF_PHONE, SIGNS_OF_COLUMN * len(widths)):
        _name_cells(table)
    if table.find_parent(class_="rl-table-wrap") is None:
        caption = table.find("caption")
        label = caption.get_text(" ", strip=True) if isinstance(caption, Tag) else _label_nearby(table)
        wrap = {"class": "rl-table-wrap", "tabindex": "0", "role": "region", "aria-label": label}
        table.wrap(soup.new_tag("div", attrs=wrap))


def _name_cells(table: Tag) -> None:
    """Let a telephone write a line of the table under its name, each figure after the header of its column."""
    heads = table.select("thead > tr")
    if len(heads) != 1:
        return
    table["class"] = f"{table['class']} rl-lignes"
    columns = [cell.get_text(" ", strip=True) for cell in heads[0].find_all(["th", "td"])]
    for line in table.select("tbody > tr"):
        for column, cell in zip(columns, tags_in(line, "th", "td"), strict=False):
            if cell.name == "td" and column:
                cell["data-colonne-nom"] = column


def _label_nearby(table: Tag) -> str:
    """What a table without caption is about: its figure's caption, else the heading above."""
    figure = table.find_parent("figure")
    caption = figure.find("figcaption") if figure else None
    if isinstance(caption, Tag):
        return "Données : " + caption.get_text(" ", strip=True).split(".", 1)[0]
    heading = table.find_previous(HEADINGS)
    return "Tableau : " + heading.get_text(" ", strip=True) if isinstance(heading, Tag) else "Tableau"


def _drop_dead_links(soup: BeautifulSoup, ids: Ids) -> None:
    """Turn into plain text the links to a place that the document does not have."""
    for link in soup.find_all("a"):
        target = str(link.get("href", ""))
        if not target or (target.startswith("#") and target[1:] not in ids.given):
            link.unwrap()
        elif target.startswith("#"):
            del link["rel"]

"""Chapters made into one document: one scale of headings, numbers as in the printed report, unique stable ids.

A chapter is a tree, worked on in place and written once: what is left without content goes, headings are numbered,
blocks gathered, links drawn (``links.py``), acronyms explained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lxml.html import HtmlElement

from rlpipeline.french import roman, short, slug
from rlpipeline.publication.definitions import (
    NO_CARDS,
    PREFIX,
    TABLE,
    Cards,
    explain_acronyms,
    lead_to_tables,
    link_sections,
    name_tables,
    take_cards,
)
from rlpipeline.publication.tree import (
    HEADINGS,
    has_class_within,
    has_content,
    inside,
    is_within,
    made,
    pieces,
    typeset,
    words_of,
)

CHAPTER_LEVEL, SECTION_LEVEL, DEEPEST = 2, 3, 6
PROSE, RESERVED, BLOCK, BLOCKS = "rl-text", "rl-reserve", "rl-bloc", "rl-blocs"
WRAP = "rl-table-wrap"
"""What holds a table, and lets it be scrolled across where it is wider than the page."""
SCROLLED = {"tabindex": "0", "role": "group", "aria-label": "Tableau"}
"""Attributes by which a keyboard reaches a table whose width nobody knows."""
LISTED = "Tableaux réservés au service"
"""Title of the list of what the edition to share has not."""


@dataclass(frozen=True)
class Fragment:
    """One chapter's tree, as its notebook orders it.

    Parameters
    ----------
    name
        Name of the notebook, then its title where it has one.
    first_page
        Whether it stands on the first page, beside the cover.
    """

    name: str
    tree: HtmlElement
    numbered: bool = True
    first_page: bool = False


@dataclass(frozen=True)
class Section:
    """An entry of the contents below a chapter."""

    id: str
    number: str
    title: str


@dataclass(frozen=True)
class Chapter:
    """A chapter ready for the page; ``html`` starts below its title."""

    id: str
    number: str
    title: str
    html: str
    sections: tuple[Section, ...]
    first_page: bool = False


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
    fragments: Sequence[Fragment], first: int = 1, report: Cards = NO_CARDS
) -> tuple[Chapter, ...]:
    """The chapters that have content, numbered I, II… and their sections 1, 2…; « sans numéro » stays so.

    Parameters
    ----------
    first
        Number of the first numbered chapter.
    report
        The cards of the service's report, for a page that has none.
    """
    _list_reserved([fragment.tree for fragment in fragments])
    titled = [*_with_content(fragments)]
    trees = [fragment.tree for fragment in titled]
    ids = Ids()
    cards = take_cards(trees)
    # a chart of the first page is a glance at a table that a chapter shows
    in_order = sorted(titled, key=lambda fragment: fragment.first_page)
    tables = name_tables(fragment.tree for fragment in in_order)
    ids.given.update((PREFIX + card for card in cards), (TABLE + table for table in tables))
    chapters = [*_numbered(titled, first, ids)]
    explain_acronyms(trees)
    for fragment in titled:
        _drop_dead_links(fragment.tree, ids)
        link_sections(fragment.tree, fragment.name, Cards(cards) if cards else report)
        lead_to_tables(fragment.tree, tables)
        typeset(fragment.tree)
    written = zip(chapters, map(inside, trees), strict=True)
    return tuple(replace(chapter, html=html) for chapter, html in written)


def _list_reserved(trees: Sequence[HtmlElement]) -> None:
    """Move the sentences that say why the edition has not a table to a list at the end, in place."""
    sentences = [text for tree in trees for text in tree.iter("p") if RESERVED in text.classes]
    if not sentences:
        return
    items = made("ul", classes=f"{RESERVED} rl-vide")
    for sentence in sentences:
        item = made("li", classes="rl-vide")
        item.text = sentence.text
        item.extend(list(sentence))
        items.append(item)
        sentence.drop_tree()
    last = next((tree for tree in reversed(trees) if has_content(tree)), trees[-1])
    last.extend([made("h2", LISTED, classes=RESERVED), items])


def _with_content(fragments: Iterable[Fragment]) -> Iterator[Fragment]:
    """Give the chapters that show something by their titles, which leave their trees as empty headings do."""
    for fragment in fragments:
        drop_empty_headings(fragment.tree)
        headings = (title for title in fragment.tree.iter("h1") if not _is_prose(title))
        heading = next(headings, None)
        title = words_of(heading) if heading is not None else ""
        if heading is not None:
            heading.drop_tree()
        if has_content(fragment.tree):
            yield replace(fragment, name=title or fragment.name)


def drop_empty_headings(tree: HtmlElement) -> None:
    """Take away, in place, the headings that nothing follows before one of their own level or above."""
    highest = 0  # level of the highest heading before the next piece of content
    for heading in reversed([*pieces(tree)]):
        if heading is None:
            highest = DEEPEST + 1
            continue
        level = _level(heading)
        if level >= highest:
            heading.drop_tree()
        highest = min(level, highest)


def _level(heading: HtmlElement) -> int:
    level = int(heading.tag[1])
    return max(level, SECTION_LEVEL) if _is_prose(heading) else level


def _is_prose(heading: HtmlElement) -> bool:
    return has_class_within(heading, PROSE)


def _numbered(titled: Iterable[Fragment], first: int, ids: Ids) -> Iterator[Chapter]:
    """Number chapters and their sections, and gather what stands below each heading, in place."""
    count = first - 1
    for fragment in titled:
        count += fragment.numbered
        number = roman(count) if fragment.numbered else ""
        id = ids.new(fragment.name)
        sections = tuple(_sections(fragment, ids))
        for table in [*fragment.tree.iter("table")]:
            _make_readable(table)
        if not fragment.first_page:
            _gather(fragment.tree)
        yield Chapter(id, number, fragment.name, "", sections, fragment.first_page)


def _sections(chapter: Fragment, ids: Ids) -> Iterator[Section]:
    """Put headings on one scale, give each its id, and number those that begin a section."""
    previous, count = CHAPTER_LEVEL, 0
    for heading in [*chapter.tree.iter(*HEADINGS)]:
        is_prose = _is_prose(heading)
        least = SECTION_LEVEL + is_prose
        previous = min(max(int(heading.tag[1]) + 1, least), previous + 1, DEEPEST)
        heading.tag = f"h{previous}"
        title = words_of(heading)
        heading.set("id", ids.new(chapter.name, title))
        if previous != SECTION_LEVEL or is_prose:
            continue
        count += 1
        number = f"{count}." if chapter.numbered else ""
        if number:
            mark = made("span", number, classes="rl-numero")
            mark.tail = f" {heading.text or ''}"
            heading.text = None
            heading.insert(0, mark)
        yield Section(heading.get("id"), number, title)


def _gather(tree: HtmlElement) -> None:
    """Gather each heading with what stands below it, in place; where each block goes, the style says."""
    blocks = made("div", classes=BLOCKS)
    block = made("div", classes=BLOCK)
    whole = [element for element in tree if isinstance(element.tag, str)]
    tree.text = None
    for element in whole:
        element.tail = None
        if element.tag == f"h{SECTION_LEVEL}":
            tree.extend([blocks, element])
            blocks, block = made("div", classes=BLOCKS), made("div", classes=BLOCK)
            continue
        if element.tag in HEADINGS:
            block = made("div", classes=BLOCK)
        if block.getparent() is None:
            blocks.append(block)
        block.append(element)
    tree.append(blocks)
    for empty in [row for row in tree.find_class(BLOCKS) if not len(row)]:
        empty.drop_tree()


def _make_readable(table: HtmlElement) -> None:
    """Give a table that a cell shows by itself the looks and the scopes of ours."""
    if has_class_within(table, WRAP):
        return
    table.classes.discard("dataframe")
    table.classes.add("rl-table")
    for header in table.iter("th"):
        if not header.get("scope"):
            header.set("scope", "col" if is_within(header, "thead") else "row")
    wrap = made("div", classes=WRAP, **SCROLLED)
    table.addprevious(wrap)
    wrap.tail, table.tail = table.tail, None
    wrap.append(table)


def _drop_dead_links(tree: HtmlElement, ids: Ids) -> None:
    for link in [*tree.iter("a")]:
        target = link.get("href") or ""
        if not target or (target.startswith("#") and target[1:] not in ids.given):
            link.drop_tag()
        elif target.startswith("#"):
            link.attrib.pop("rel", None)

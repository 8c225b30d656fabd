"""A finished page laid out on paper by WeasyPrint.

The page is taken as it is: nothing is counted or added, and left out are the links that paper cannot follow. What
stands in two columns is set in them here, for balancing columns takes WeasyPrint up to fifteen layouts of what they
hold. Imported by the printing processes alone (``press.py``): WeasyPrint needs libraries of the system that a machine
may lack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import weasyprint
from lxml.html import HtmlElement, HTMLParser, document_fromstring, tostring
from lxml.html.builder import E
from weasyprint import svg
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from rlpipeline.publication.paper_tags import finish, metadata

STYLES = tuple(Path(__file__).parent / "templates" / "rapport" / name for name in ("pdf.css", "affiche-papier.css"))
SCHEME = "police:"
FONTS = {
    "SourceSans": ("font_source_sans_pro", "files"),
    "SourceSerif": ("font_source_serif_pro", "files"),
    "DejaVu": ("matplotlib", "mpl-data", "fonts", "ttf"),
}
"""Where each family of pdf.css comes from: packages, so that paper is the same on every machine."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
UNSEEN = (
    ".//details[@class='rl-tableau']",
    ".//figure//details",
    ".//nav[@class='sommaire sommaire-etroit']",
    ".//footer[@class='pied']",
)
"""What pages have for the screen alone."""
SCREEN = "rl-ecran"
"""Class of what the screen alone has too, wherever it stands."""
IN_PORTRAIT = ("rl-plie", "rl-vide", "rl-carte")
"""Classes of what the paper of a portrait leaves to the report."""
LONG = 24
"""Lines from which a table may go on over the page; a shorter one goes whole to the next."""
ROW, TEXT = 1500, 2600
"""Characters that stand side by side in one row of two columns, about, and beyond which a text of the service has
columns that go on from sheet to sheet."""
EVEN, UNEVEN = 0.08, 0.4
"""Part of a row that one of its columns may be longer than the other where the row ends; of a text, at most."""
SHORT = 400
"""Characters of a text that one column may hold."""
OF_BLOCK = 90
"""Characters that the space around a block is worth."""
FEW_LINES = 10
"""Lines of a folded table from which it is parted between columns."""
ANY_LENGTH = ("rl-plie", "sommaire-large")
"""Classes of what is set in rows however long it is: its parts are read one by one."""
PARTED = frozenset({"rl-text", "sommaire-liste"})
"""Classes of what may be parted between columns, as a list may."""
OF_ONE_COLUMN = frozenset({"fiche", "territoire", "carte"})
"""Texts that have no columns."""


def pdf_of(html: str, identifier: str) -> bytes:
    """Lay a page out; the same page gives the same bytes.

    Gives a tagged PDF, in French, titled, without date, path or signature.
    """
    root = document_fromstring(html, parser=HTMLParser(huge_tree=True))
    titles = {one.get("id", ""): _words(one) for one in root.iterfind(".//*[@id]")}
    _prepare(root)
    styles = [*_own_styles(root), *(path.read_text(encoding="utf-8") for path in STYLES)]
    page = tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")
    document = weasyprint.HTML(string=page, url_fetcher=_fetcher()).render(
        font_config=_fonts(), stylesheets=[*map(_stylesheet, styles)]
    )
    document.metadata.generate_rdf_metadata = metadata(document.metadata.title)
    pdf: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1", pdf_identifier=identifier, finisher=lambda _, written: finish(written, titles)
    )
    return pdf


class _Fetcher(URLFetcher):  # type: ignore[misc]
    """Gives our fonts and what the page itself holds: nothing else of the machine or of the network."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url.startswith(SCHEME):
            return URLFetcherResponse(url, _font(url.removeprefix(SCHEME)), {"Content-Type": "font/ttf"})
        return super().fetch(url, headers)


def _font(name: str) -> bytes:
    package, *folders = next(place for start, place in FONTS.items() if name.startswith(start))
    found = find_spec(package)  # not imported: matplotlib takes half as long as a page
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0], *folders, f"{name}.ttf").read_bytes()


def _fetcher() -> URLFetcher:
    return _Fetcher(allowed_protocols=("data",))


@cache
def _fonts() -> FontConfiguration:
    """The fonts, set up once for all pages."""
    return FontConfiguration()


@cache
def _stylesheet(text: str) -> weasyprint.CSS:
    """Rules, read once for all pages that have them."""
    return weasyprint.CSS(string=text, url_fetcher=_fetcher(), font_config=_fonts())


def _own_styles(root: HtmlElement) -> list[str]:
    """Take the styles of a page out of it."""
    styles = root.findall(".//style")
    for style in styles:
        style.drop_tree()
    return [style.text or "" for style in styles]


def _prepare(root: HtmlElement) -> None:
    """Leave out what is not printed, and the links that paper cannot follow, set columns, tell long tables, in place.

    What is not printed is emptied: WeasyPrint would give each of its elements a style, which is more than half of all.
    """
    for one in [one for unseen in UNSEEN for one in root.iterfind(unseen)]:
        for child in list(one):
            one.remove(child)
    left = [SCREEN, *(IN_PORTRAIT if root.find_class("portrait") else ())]
    for one in [one for name in left for one in root.find_class(name)]:
        one.drop_tree()  # what stands after it is then the first of its column
    for folded in root.find_class("rl-plie"):
        for summary in folded.findall("summary") if folded.find("div[@data-texte]") is not None else ():
            folded.remove(summary)  # « Lire le texte »
    _drop_cards(root)
    _drop_links(root)
    _raise_headings(root)
    for holder in [one for name in (*ANY_LENGTH, "rl-textes", "rl-text") for one in root.find_class(name)]:
        if _has_columns(holder):
            _set_in_columns(holder)
    _set_maps_beside(root)
    for table in root.iter("table"):
        if sum(1 for _ in table.iter("tr")) > LONG:
            table.set("class", f"{table.get('class', '')} rl-longue")


def _set_maps_beside(root: HtmlElement) -> None:
    """Put a map beside the table that it goes with, in place."""
    for map_ in [*root.iterfind(".//div[@data-texte='carte']")]:
        block = map_.getparent()
        tables = block.findall("div[@class='rl-table-wrap']")
        if tables:
            beside = [one for one in tables[0].itersiblings() if one is not map_]
            frame = E.DIV({"class": "rl-blocs rl-carte-papier"})
            tables[0].addprevious(frame)
            frame.extend([E.DIV(tables[0], *beside, {"class": "rl-pile"}), E.DIV(map_, {"class": "rl-pile"})])


def _drop_links(root: HtmlElement) -> None:
    """Leave the links of sentences to definitions out, and make words of those to what paper has not."""
    places = {f"#{one.get('id')}" for one in root.iterfind(".//*[@id]")}
    for link in [*root.iter("a")]:
        if "rl-definition" in link.classes:
            link.drop_tree()
        elif not _is_followed(link, places):
            link.tag = "span"
            link.attrib.clear()


def _drop_cards(root: HtmlElement) -> None:
    """Leave out the definitions of tables that paper neither shows nor quotes."""
    shown = {one.get(name) for name in ("data-tableau", "data-graphique") for one in root.iterfind(f".//*[@{name}]")}
    quoted = {unquote(one.get("data-ref", "")).partition("/")[0] for one in root.iterfind(".//span[@data-ref]")}
    for card in root.find_class("rl-fiche"):
        if card.get("id", "").partition("-")[2] not in shown | quoted:
            card.drop_tree()


def _is_followed(link: HtmlElement, places: Set[str]) -> bool:
    """Whether paper keeps a link: to what the paper or the web has."""
    target = link.get("href", "")
    return target in places or "://" in target or target.startswith("mailto:")


def _set_in_columns(holder: HtmlElement) -> None:
    """Set what stands in columns in rows of two cells of about one height, in place.

    A text that is long, or one paragraph of which is most of it, keeps its columns.
    """
    content = [one for one in holder if one.tag not in {"summary", "h2"}]
    pieces = [*_pieces(content, ())]
    if not pieces or _has_loose_words(holder) or not ({*holder.classes} & {*ANY_LENGTH} or _is_short(pieces)):
        return
    rows = [*_rows(pieces)] if "rl-plie" in holder.classes else [pieces]
    for one in content:
        holder.remove(one)
    holder.classes.add("rl-rangs")
    holder.extend(map(_side_by_side, rows))


def _has_columns(holder: HtmlElement) -> bool:
    if {*holder.classes} & {*ANY_LENGTH, "rl-textes"}:
        return True
    parent = holder.getparent()
    is_across = parent is not None and "rl-bloc" in parent.classes and "rl-moitie" not in parent.classes
    return is_across and holder.get("data-texte") not in OF_ONE_COLUMN and not holder.find_class("rl-plie")


@dataclass(frozen=True)
class _Piece:
    """What goes whole into one column: blocks, a heading with the first below it, and the lists that they stand in."""

    blocks: Sequence[HtmlElement]
    around: tuple[HtmlElement, ...]

    @property
    def length(self) -> int:
        return sum(len(one.text_content()) + OF_BLOCK for one in self.blocks)


def _is_short(pieces: Sequence[_Piece]) -> bool:
    """Whether a text fits one row whose columns are about even, or no column can part it."""
    total, longest = sum(piece.length for piece in pieces), _cut(pieces)[0]
    is_uneven = total > SHORT and 2 * longest - total > UNEVEN * total
    return total <= TEXT and not (is_uneven and any(piece.blocks[-1].tag == "p" for piece in pieces))


def _has_loose_words(element: HtmlElement) -> bool:
    return bool("".join([element.text or "", *(child.tail or "" for child in element)]).strip())


def _is_parted(block: HtmlElement) -> bool:
    """Whether a block is a list of others, which may stand in two columns."""
    is_list = block.tag == "ul" or PARTED & {*block.classes} or (block.tag == "dl" and block.find("div") is not None)
    return bool(is_list) and not _has_loose_words(block)


def _pieces(blocks: Iterable[HtmlElement], around: tuple[HtmlElement, ...]) -> Iterator[_Piece]:
    headings: list[HtmlElement] = []
    for block in blocks:
        if block.tag in HEADINGS:
            headings.append(block)
        elif _is_parted(block):
            if headings:
                yield _Piece(headings, around)
                headings = []
            yield from _pieces(block, (*around, block))
        else:
            for part in _halves(block):
                yield _Piece([*headings, part], around)
                headings = []
    if headings:
        yield _Piece(headings, around)


def _halves(block: HtmlElement) -> Sequence[HtmlElement]:
    """Part a long table into two, the second with an empty caption."""
    rows = block.findall("table/tbody/tr")
    if len(rows) < FEW_LINES:
        return [block]
    other = deepcopy(block)
    for at, (row, same) in enumerate(zip(rows, other.findall("table/tbody/tr"), strict=True)):
        left = row if at >= len(rows) / 2 else same
        left.getparent().remove(left)
    for caption in other.findall("table/caption"):
        caption.clear()
        caption.text = "\u00a0"  # both heads on one line
    return [block, other]


def _rows(pieces: Iterable[_Piece]) -> Iterator[Sequence[_Piece]]:
    """Gather pieces into rows, which end where both columns are about even, or are long."""
    row: list[_Piece] = []
    for piece in pieces:
        row.append(piece)
        total, longest = sum(one.length for one in row), _cut(row)[0]
        if total > ROW and (2 * longest - total < EVEN * total or total > 2 * ROW):
            yield row
            row = []
    if row:
        yield row


def _cut(row: Sequence[_Piece]) -> tuple[int, int]:
    """Length of the longer column, and pieces of the first, where both are as even as they may be."""
    lengths = [piece.length for piece in row]
    return min((max(sum(lengths[:at]), sum(lengths[at:])), at) for at in range(1, len(row) + 1))


def _side_by_side(row: Sequence[_Piece]) -> HtmlElement:
    if len(row) == 1 and "rl-table-wrap" in row[0].blocks[-1].classes:
        return _column(row, "")  # a table alone has the whole width
    cut = _cut(row)[1]
    return E.DIV(*(_column(part) for part in (row[:cut], row[cut:])), {"class": "rl-blocs"})


def _column(pieces: Sequence[_Piece], name: str = "rl-pile") -> HtmlElement:
    column = E.DIV({"class": name})
    for around, same in groupby(pieces, key=lambda piece: piece.around):
        holder = column
        for one in around:
            copy = E(one.tag, {name: value for name, value in one.attrib.items() if name != "id"})
            holder.append(copy)
            holder = copy
        holder.extend(block for piece in same for block in piece.blocks)
    return column


def _raise_headings(root: HtmlElement) -> None:
    """Put headings below a section's on its level: columns that pass from sheet to sheet may part it from them."""
    for level in (4, 5, 6):
        for heading in [*root.iter(f"h{level}")]:
            heading.tag = f"h{level - 1}"
            heading.set("class", f"{heading.get('class', '')} rl-titre{level}".strip())


def _words(element: HtmlElement) -> str:
    """What a place is called: the words of a heading, or the name on a card."""
    heading = element if element.tag in HEADINGS else element.find(".//dt")
    return " ".join("".join(heading.itertext() if heading is not None else ()).split())


_DRAWN: dict[str, list[bytes]] = {}
"""What a PDF has for each letter of the pictures."""
_draw_path = svg.TAGS["path"]


def _path(picture: Any, node: Any, font_size: float) -> None:
    """Draw a path; WeasyPrint would read a letter's again at each of its places, a third of a portrait's time."""
    data, stream = node.get("d", ""), picture.stream.stream
    if node.get("id") is None:
        _draw_path(picture, node, font_size)
    elif data in _DRAWN:
        stream.extend(_DRAWN[data])
    else:
        begun = len(stream)
        _draw_path(picture, node, font_size)
        _DRAWN[data] = stream[begun:]


svg.TAGS["path"] = _path

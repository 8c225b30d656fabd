"""A finished page laid out on paper by WeasyPrint.

The page is taken as it is: nothing is counted, added or hidden here but the links in the cells of tables, of which
there are two thousand. Imported by the printing processes alone (``press.py``): WeasyPrint needs libraries of the
system that a machine may lack.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import weasyprint
from lxml.html import HtmlElement, HTMLParser, document_fromstring, tostring
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
LONG = 24
"""Lines from which a table may go on over the page; a shorter one goes whole to the next."""
SHORT = 300
"""Characters of a paragraph that has too few lines to be parted between columns."""


def pdf_of(html: str, identifier: str) -> bytes:
    """Lay a page out; the same page gives the same bytes.

    Returns
    -------
    A tagged PDF, in French, titled, without date, path or signature.
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
    """Take the links out of the cells, tell long tables, in place.

    What is not printed is emptied: WeasyPrint would give each of its elements a style, which is more than half of all.
    """
    for unseen in UNSEEN:
        for one in root.iterfind(unseen):
            for child in list(one):
                one.remove(child)
    for holder in root.iterfind(".//figure"):
        for wide, narrow in zip(holder.findall("img"), holder.findall("img[@hidden]"), strict=False):
            wide.attrib.update({name: narrow.attrib[name] for name in ("src", "width", "height")})
            holder.remove(narrow)
    _drop_cards(root)
    places = {f"#{one.get('id')}" for one in root.iterfind(".//*[@id]")}
    for link in [*root.iter("a")]:
        if not _is_followed(link, places):
            link.tag = "span"
            link.attrib.clear()
    for holder in root.find_class("rl-text") + root.find_class("rl-plie"):
        if _is_whole(holder):
            holder.classes.add("rl-entier")
    _raise_headings(root)
    for table in root.iter("table"):
        if sum(1 for _ in table.iter("tr")) > LONG:
            table.set("class", f"{table.get('class', '')} rl-longue")


def _drop_cards(root: HtmlElement) -> None:
    """Leave out the definitions of tables that paper neither shows nor quotes."""
    shown = {one.get(name) for name in ("data-tableau", "data-graphique") for one in root.iterfind(f".//*[@{name}]")}
    quoted = {unquote(one.get("data-ref", "")).partition("/")[0] for one in root.iterfind(".//span[@data-ref]")}
    for card in root.find_class("rl-fiche"):
        if card.get("id", "").partition("-")[2] not in shown | quoted:
            card.drop_tree()


def _is_followed(link: HtmlElement, places: Set[str]) -> bool:
    """Whether paper keeps a link: not of a cell, nor of the notes under tables, to what the paper or the web has."""
    target = link.get("href", "")
    return link.get("tabindex") != "-1" and (target in places or "://" in target or target.startswith("mailto:"))


def _is_whole(holder: HtmlElement) -> bool:
    """Whether all that something holds stays in one column: WeasyPrint would find so a pixel of height at a time."""
    blocks = [one for one in holder if one.tag != "summary"]
    if len(blocks) != 1:
        return False
    (block,) = blocks
    if block.tag == "div" and "rl-text" in block.classes:
        return _is_whole(block)
    return block.tag == "figure" or "rl-table-wrap" in block.classes or len(block.text_content()) < SHORT


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

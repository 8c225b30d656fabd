"""A finished page laid out on paper by WeasyPrint, its tags put right where they differ from PDF/UA.

The page is taken as it is: nothing is counted or added, and left out are the links that paper cannot follow. Imported
by the printing processes alone (``printing.py``): WeasyPrint needs libraries of the system that a machine may lack.
Tags are pydyf's objects, before they are written: a dictionary refers to another by ``b"12 0 R"``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

import pydyf
import weasyprint
from lxml.html import HtmlElement, tostring
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from rlpipeline.publication.definitions import PREFIX
from rlpipeline.publication.stitch import drop_empty_headings
from rlpipeline.publication.tree import HEADINGS, drop, has_content, page_of, words_of

STYLES = tuple(
    Path(__file__).parent / "templates" / "rapport" / name
    for name in ("pdf.css", "affiche-papier.css")
)
SCHEME = "police:"
FONTS = {
    "SourceSans": ("font_source_sans_pro", "files"),
    "SourceSerif": ("font_source_serif_pro", "files"),
    "DejaVu": ("matplotlib", "mpl-data", "fonts", "ttf"),
}
"""Where each family of pdf.css comes from: packages, so that paper is the same on every machine."""
UNSEEN = ("evitement", "rl-tableau", "sommaire-etroit", "pied", "rl-ecran")
"""Classes of what pages have for the screen alone."""
IN_PORTRAIT = ("rl-plie", "rl-vide", "rl-carte")
TEXTS_OF_REPORT = ("carte", "methode", "territoire")
"""Classes and texts of what the paper of a portrait leaves to the report, or to the poster."""
GLANCES, NOTES = ("rl-constat",), ("rl-note",)
"""Classes of what is not printed alone: what is found of a table; in a portrait, its notes."""
LONG = 24
"""Lines from which a table may go on over the page; a shorter one goes whole to the next."""


def pdf_of(html: str, identifier: str, *, alone: bool = False) -> bytes:
    """Lay a page out, or its poster ``alone``; the same page gives the same bytes.

    Gives a tagged PDF, in French, titled, without date, path or signature.
    """
    root = page_of(html)
    _place_poster(root, alone)
    titles = {element.get("id", ""): _words(element) for element in root.iterfind(".//*[@id]")}
    _prepare(root)
    styles = [style.text or "" for style in root.iter("style")]
    for style in root.findall(".//style"):
        style.drop_tree()
    styles += [path.read_text(encoding="utf-8") for path in STYLES]
    page = tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")
    sheets = [*map(_stylesheet, styles)]
    source = weasyprint.HTML(string=page, url_fetcher=_FETCHER)
    document = source.render(font_config=_FONTS, stylesheets=sheets)
    metadata = XMP.format(title=escape(document.metadata.title or "")).encode()
    document.metadata.generate_rdf_metadata = lambda *_: metadata

    def finish(_: object, written: pydyf.PDF) -> None:
        _finish(written, titles)

    pdf: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1", pdf_identifier=identifier, finisher=finish
    )
    return pdf


class _Fetcher(URLFetcher):  # type: ignore[misc]
    """Gives our fonts and what the page itself holds: nothing else of the machine or of the network."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith(SCHEME):
            return super().fetch(url, headers)
        name = url.removeprefix(SCHEME)
        family = next(family for family in FONTS if name.startswith(family))
        package, *folders = FONTS[family]
        found = find_spec(package)  # not imported: matplotlib takes half as long as a page
        assert found is not None
        assert found.submodule_search_locations is not None
        folder = Path(found.submodule_search_locations[0], *folders)
        font = (folder / f"{name}.ttf").read_bytes()
        return URLFetcherResponse(url, font, {"Content-Type": "font/ttf"})


_FETCHER = _Fetcher(allowed_protocols=("data",))
_FONTS = FontConfiguration()
"""Set up once for all pages."""


@cache
def _stylesheet(text: str) -> weasyprint.CSS:
    return weasyprint.CSS(string=text, url_fetcher=_FETCHER, font_config=_FONTS)


def _place_poster(root: HtmlElement, alone: bool) -> None:
    """Put the poster of a page before all else, on a sheet of its own, in place; ``alone``, keep nothing but it."""
    body = root.find("body")
    for sheet in root.find_class("rl-affiche-feuille"):
        holder = sheet.getparent()
        if alone:
            body.clear()
            name = sheet.find_class("rl-affiche-titre")[0]
            name.tag = "h1"
            root.find(".//title").text = f"Affiche\u00a0: {name.text_content()}"
        else:
            holder.drop_tree()
        body.insert(0, sheet)


def _prepare(root: HtmlElement) -> None:
    """Take away what paper does not have, and fit the rest to it, in place."""
    is_portrait = bool(root.find_class("portrait"))
    drop(_unseen(root, is_portrait))  # laid out, it would take more than half of the time
    for folded in root.find_class("rl-plie"):
        if folded.find("div[@data-texte]") is not None:
            folded.find("summary").drop_tree()  # « Lire le texte »
    _drop_cards(root)
    _drop_what_is_left(root, (*GLANCES, *(NOTES if is_portrait else ())))
    _fit_links(root)
    _raise_headings(root)
    _mark_long(root)


def _unseen(root: HtmlElement, is_portrait: bool) -> list[HtmlElement]:
    """List what paper does not show, and what a portrait leaves to the report."""
    names = (*UNSEEN, *IN_PORTRAIT) if is_portrait else UNSEEN
    unseen = list(root.iterfind(".//figure//details"))
    for name in names:
        unseen += root.find_class(name)
    for name in TEXTS_OF_REPORT if is_portrait else ():
        unseen += root.iterfind(f".//*[@data-texte='{name}']")
    return unseen


def _mark_long(root: HtmlElement) -> None:
    """Call tables long that go on from sheet to sheet."""
    for table in root.iter("table"):
        if len(list(table.iter("tr"))) > LONG:
            table.classes.add("rl-longue")


def _drop_cards(root: HtmlElement) -> None:
    """Take away the definitions of tables that paper neither shows nor quotes."""
    shown = _named(root, "data-tableau") | _named(root, "data-graphique")
    shown |= {quoted.partition("/")[0] for quoted in _named(root, "data-ref")}
    kept = {PREFIX + unquote(name) for name in shown}
    for card in root.find_class("rl-fiche"):
        if card.get("id") not in kept:
            card.drop_tree()


def _named(root: HtmlElement, attribute: str) -> set[str]:
    """Give the values of an attribute, wherever it stands."""
    return {element.get(attribute) for element in root.iterfind(f".//*[@{attribute}]")}


def _drop_what_is_left(root: HtmlElement, glances: Sequence[str]) -> None:
    """Take away blocks, headings, chapters and entries of the contents of which paper has nothing, in place."""
    for block in root.find_class("rl-bloc"):
        if all(_is_no_content(element, glances) for element in block):
            block.drop_tree()
    for chapter in root.find_class("chapitre"):
        drop_empty_headings(chapter)
        if not has_content(chapter):
            chapter.drop_tree()
    there = _places(root)
    for entry in [*root.iterfind(".//nav//li")]:
        if entry.find("a").get("href") not in there:
            entry.drop_tree()


def _places(root: HtmlElement) -> set[str]:
    """Give the addresses that links inside the page may have."""
    return {f"#{id}" for id in _named(root, "id")}


def _is_no_content(element: HtmlElement, glances: Sequence[str]) -> bool:
    return element.tag in HEADINGS or not element.classes.isdisjoint(glances)


def _fit_links(root: HtmlElement) -> None:
    """Keep the links that paper can follow."""
    places = _places(root)
    for link in [*root.iter("a")]:
        target = link.get("href", "")
        if not (target in places or "://" in target or target.startswith("mailto:")):
            link.tag = "span"
            link.attrib.clear()


def _raise_headings(root: HtmlElement) -> None:
    """Put headings on the level of a section's: columns that pass from sheet to sheet may part them from it."""
    for level in (4, 5, 6):
        for heading in [*root.iter(f"h{level}")]:
            heading.tag = f"h{level - 1}"
            heading.classes.add(f"rl-titre{level}")


def _words(element: HtmlElement) -> str:
    """Give the words by which a link calls the place that it leads to."""
    heading = element if element.tag in HEADINGS else element.find(".//dt")
    return "" if heading is None else words_of(heading)


Element = dict[str, Any]
XMP = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>fr</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
</rdf:RDF>"""
PRINTED = 4
"""Flag of an annotation that stays when the page is printed, as PDF/UA asks."""
BANNER = ["/Artifact", pydyf.Dictionary({"Type": "/Pagination"}), b"BDC"]


def _finish(pdf: pydyf.PDF, titles: Mapping[str, str]) -> None:
    """Put the tags of a PDF right, in place. ``titles``: words of the places that links lead to, by id."""
    pdf.info.pop("Producer", None)
    tree = _Tree(pdf)
    for element in tree.below(tree.document):
        if element["S"] == "/L":
            tree.unnest(element)
        elif element["S"] == "/Link":
            tree.join(element)
        elif element["S"] == "/TH":
            tree.give_scope(element)
    for annotation in _of_type(pdf, "/Annot"):
        annotation["F"] = PRINTED
        if "Dest" in annotation and (words := titles.get(annotation["Dest"].string)):
            annotation["Contents"] = pydyf.String(f"Aller à : {words}")
    tree.set_apart()


class _Tree:
    """The tags of a PDF, and which of them owns each piece of its pages."""

    def __init__(self, pdf: pydyf.PDF) -> None:
        self._pdf = pdf
        root = self.at(pdf.catalog["StructTreeRoot"])
        self.document: Element = self.at(root["K"][0])
        self._mapping = self.at(root["ParentTree"])

    def below(self, element: Element) -> Iterator[Element]:
        for kid in [*element["K"]]:
            if isinstance(kid, bytes) and _is(child := self.at(kid), "/StructElem"):
                yield child
                yield from self.below(child)

    def unnest(self, element: Element) -> None:
        """Make of a list of groups (``dl > div``) groups that hold each a list, which PDF knows."""
        groups = [child for child in map(self.at, element["K"]) if child["S"] == "/Div"]
        if groups:
            element["S"] = "/Div"
        for group in groups:
            group["S"] = "/L"

    def join(self, link: Element) -> None:
        """Make one link of the boxes inside it, each of which has an annotation of its own."""
        for part in self.below(link):
            for kid in [*filter(self._is_object, part["K"])]:
                annotation = self.at(kid)["Obj"]
                part["K"].remove(kid)
                self.at(part["Pg"])["Annots"].remove(annotation)
                place = self._mapping["Nums"].index(self.at(annotation)["StructParent"])
                del self._mapping["Nums"][place : place + 2]
            if part["S"] == "/Link":
                part["S"] = "/Span"

    def set_apart(self) -> None:
        """Tell running headers from the text, in the midst of which a screen reader could say them."""
        shown = {element.number for element in self.below(self.document)}  # type: ignore[attr-defined]
        places, tags = self._mapping["Nums"][::2], self._mapping["Nums"][1::2]
        owners = dict(zip(places, tags, strict=True))
        for page in _of_type(self._pdf, "/Page"):
            owned = owners[page["StructParents"]]
            apart = [rank for rank, tag in enumerate(owned) if _number(tag) not in shown]
            stream = self.at(page["Contents"]).stream
            for place, item in enumerate(stream):
                if isinstance(item, pydyf.Dictionary) and item.get("MCID") in apart:
                    stream[place - 1 : place + 2] = BANNER
            for rank in apart:
                owned[rank] = "null"

    def give_scope(self, header: Element) -> None:
        """Say of a header cell whether it heads a column or a row."""
        group = self.at(self.at(header["P"])["P"])
        scope = "/Column" if group["S"] == "/THead" else "/Row"
        header.setdefault("A", pydyf.Dictionary({"O": "/Table"}))["Scope"] = scope

    def _is_object(self, kid: bytes | int) -> bool:
        """Whether it refers to a thing that is no text, as an annotation is."""
        return isinstance(kid, bytes) and _is(self.at(kid), "/OBJR")

    def at(self, reference: bytes) -> Any:
        return self._pdf.objects[_number(reference)]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])


def _of_type(pdf: pydyf.PDF, kind: str) -> Iterator[Any]:
    return (thing for thing in pdf.objects if _is(thing, kind))


def _is(thing: Any, kind: str) -> bool:
    return isinstance(thing, pydyf.Dictionary) and thing.get("Type") == kind

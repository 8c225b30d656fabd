"""A finished page laid out on paper by WeasyPrint, its tags put right where they differ from PDF/UA.

The page is taken as it is: nothing is counted or added, and left out are the links that paper cannot follow. Imported
by the printing processes alone (``printing.py``): WeasyPrint needs libraries of the system that a machine may lack.
Tags are pydyf's objects, before they are written: a dictionary refers to another by ``b"12 0 R"``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

import pydyf
import weasyprint
from lxml.html import HtmlElement, HTMLParser, document_fromstring, tostring
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

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


def pdf_of(html: str, identifier: str) -> bytes:
    """Lay a page out; the same page gives the same bytes.

    Gives a tagged PDF, in French, titled, without date, path or signature.
    """
    root = document_fromstring(html, parser=HTMLParser(huge_tree=True))
    titles = {element.get("id", ""): _words(element) for element in root.iterfind(".//*[@id]")}
    _prepare(root)
    styles = [style.text or "" for style in root.iter("style")]
    for style in root.findall(".//style"):
        style.drop_tree()
    styles += [path.read_text(encoding="utf-8") for path in STYLES]
    page = tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")
    document = weasyprint.HTML(string=page, url_fetcher=_FETCHER).render(
        font_config=_FONTS, stylesheets=[*map(_stylesheet, styles)]
    )
    said = XMP.format(title=escape(document.metadata.title or "")).encode()
    document.metadata.generate_rdf_metadata = lambda *_: said
    pdf: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=identifier,
        finisher=lambda _, written: _finish(written, titles),
    )
    return pdf


class _Fetcher(URLFetcher):  # type: ignore[misc]
    """Gives our fonts and what the page itself holds: nothing else of the machine or of the network."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith(SCHEME):
            return super().fetch(url, headers)
        name = url.removeprefix(SCHEME)
        package, *folders = next(place for start, place in FONTS.items() if name.startswith(start))
        found = find_spec(package)  # not imported: matplotlib takes half as long as a page
        assert found is not None
        assert found.submodule_search_locations is not None
        font = Path(found.submodule_search_locations[0], *folders, f"{name}.ttf").read_bytes()
        return URLFetcherResponse(url, font, {"Content-Type": "font/ttf"})


_FETCHER = _Fetcher(allowed_protocols=("data",))
_FONTS = FontConfiguration()
"""Set up once for all pages."""


@cache
def _stylesheet(text: str) -> weasyprint.CSS:
    return weasyprint.CSS(string=text, url_fetcher=_FETCHER, font_config=_FONTS)


def _prepare(root: HtmlElement) -> None:
    # emptied: WeasyPrint would give each element of what is not printed a style, which is more than half of all
    for element in [element for unseen in UNSEEN for element in root.iterfind(unseen)]:
        for child in list(element):
            element.remove(child)
    left = [SCREEN, *(IN_PORTRAIT if root.find_class("portrait") else ())]
    for element in [element for name in left for element in root.find_class(name)]:
        element.drop_tree()  # what stands after it is then the first of its column
    for folded in root.find_class("rl-plie"):
        for summary in (
            folded.findall("summary") if folded.find("div[@data-texte]") is not None else ()
        ):
            folded.remove(summary)  # « Lire le texte »
    _rewrite(root)
    for table in root.iter("table"):
        if sum(1 for _ in table.iter("tr")) > LONG:
            table.set("class", f"{table.get('class', '')} rl-longue")


def _rewrite(root: HtmlElement) -> None:
    shown = {
        tag.get(name)
        for name in ("data-tableau", "data-graphique")
        for tag in root.iterfind(f".//*[@{name}]")
    }
    shown |= {
        unquote(span.get("data-ref", "")).partition("/")[0]
        for span in root.iterfind(".//span[@data-ref]")
    }
    for card in root.find_class(
        "rl-fiche"
    ):  # definitions of tables that paper neither shows nor quotes
        if card.get("id", "").partition("-")[2] not in shown:
            card.drop_tree()
    places = {f"#{element.get('id')}" for element in root.iterfind(".//*[@id]")}
    for link in [*root.iter("a")]:
        target = link.get("href", "")
        if "rl-definition" in link.classes:
            link.drop_tree()
        elif not (target in places or "://" in target or target.startswith("mailto:")):
            link.tag = "span"
            link.attrib.clear()
    for level in (
        4,
        5,
        6,
    ):  # on the level of a section's: columns that pass from sheet to sheet may part them from it
        for heading in [*root.iter(f"h{level}")]:
            heading.tag = f"h{level - 1}"
            heading.set("class", f"{heading.get('class', '')} rl-titre{level}".strip())


def _words(element: HtmlElement) -> str:
    heading = element if element.tag in HEADINGS else element.find(".//dt")
    return " ".join("".join(heading.itertext() if heading is not None else ()).split())


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
            of = "/Column" if tree.at(tree.at(element["P"])["P"])["S"] == "/THead" else "/Row"
            element.setdefault("A", pydyf.Dictionary({"O": "/Table"}))["Scope"] = of
    for annotation in (thing for thing in pdf.objects if _is(thing, "/Annot")):
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
        groups = [child for kid in element["K"] if (child := self.at(kid))["S"] == "/Div"]
        if groups:
            element["S"] = "/Div"
        for group in groups:
            group["S"] = "/L"

    def join(self, link: Element) -> None:
        """Make one link of the boxes inside it, each of which has an annotation of its own."""
        for part in self.below(link):
            for kid in [
                kid for kid in part["K"] if isinstance(kid, bytes) and _is(self.at(kid), "/OBJR")
            ]:
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
        owners = dict(zip(self._mapping["Nums"][::2], self._mapping["Nums"][1::2], strict=True))
        for page in (thing for thing in self._pdf.objects if _is(thing, "/Page")):
            owned = owners[page["StructParents"]]
            apart = {
                place for place, reference in enumerate(owned) if _number(reference) not in shown
            }
            stream = self.at(page["Contents"]).stream
            for place, item in enumerate(stream):
                if isinstance(item, pydyf.Dictionary) and item.get("MCID") in apart:
                    stream[place - 1 : place + 2] = BANNER
            for place in apart:
                owned[place] = "null"

    def at(self, reference: bytes) -> Any:
        return self._pdf.objects[_number(reference)]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])


def _is(thing: Any, kind: str) -> bool:
    return isinstance(thing, pydyf.Dictionary) and thing.get("Type") == kind

"""The tags of a PDF put right where WeasyPrint's differ from PDF/UA, and nothing in it that tells who made it.

Works on pydyf's objects before they are written: a dictionary refers to another by ``b"12 0 R"``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

import pydyf

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


def metadata(title: str | None) -> Callable[..., bytes]:
    """What the document says of itself: its title and language, and the standard that its tags follow."""
    written = XMP.format(title=escape(title or "")).encode()
    return lambda *_: written


def finish(pdf: pydyf.PDF, titles: Mapping[str, str]) -> None:
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
        """Every element under one, in reading order."""
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
            for kid in [kid for kid in part["K"] if isinstance(kid, bytes) and _is(self.at(kid), "/OBJR")]:
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
            apart = {place for place, reference in enumerate(owned) if _number(reference) not in shown}
            stream = self.at(page["Contents"]).stream
            for place, item in enumerate(stream):
                if isinstance(item, pydyf.Dictionary) and item.get("MCID") in apart:
                    stream[place - 1 : place + 2] = BANNER
            for place in apart:
                owned[place] = "null"

    def at(self, reference: bytes) -> Any:
        """What a reference is to."""
        return self._pdf.objects[_number(reference)]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])


def _is(thing: Any, kind: str) -> bool:
    return isinstance(thing, pydyf.Dictionary) and thing.get("Type") == kind

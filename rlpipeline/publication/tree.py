"""HTML as a tree: a fragment read once, worked on in place, written once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lxml.etree import iterwalk
from lxml.html import (
    Element,
    HtmlElement,
    HTMLParser,
    document_fromstring,
    fragment_fromstring,
    tostring,
)

from rlpipeline.page_templates import typographic

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
AS_TYPED = frozenset({"code", "pre", "style"})
SPOKEN = ("alt", "aria-label", "title")
"""Attributes that are words."""
UNPRINTED = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
)
"""Characters that no page may hold."""
NO_ALT = "Image sans description"


class TextPlace(NamedTuple):
    """Where words stand: at the beginning of an element, or after it."""

    element: HtmlElement
    after: bool

    @property
    def text(self) -> str:
        """The words themselves."""
        return (self.element.tail if self.after else self.element.text) or ""

    @property
    def holder(self) -> HtmlElement | None:
        """The element that they stand in."""
        return self.element.getparent() if self.after else self.element

    def put(self, text: str) -> None:
        """Write other words in their place."""
        if self.after:
            self.element.tail = text
        else:
            self.element.text = text

    def insert(self, before: str, element: HtmlElement, text: str) -> TextPlace:
        """Write words, an element and words in their place; give where the last ones stand."""
        self.put(before)
        if self.after:
            self.element.addnext(element)
        else:
            self.element.insert(0, element)
        element.tail = text
        return TextPlace(element, after=True)


def parsed(html: str) -> HtmlElement:
    """Read a clean fragment; each picture has a description."""
    seen = html.translate(UNPRINTED)
    root = fragment_fromstring(seen, create_parent="div", parser=HTMLParser(huge_tree=True))
    for image in root.iter("img"):
        if image.get("alt") is None:
            image.set("alt", NO_ALT)
    return root


def page_of(html: str) -> HtmlElement:
    """Read a finished page."""
    return document_fromstring(html, parser=HTMLParser(huge_tree=True))


def made(tag: str, words: str = "", **attributes: str) -> HtmlElement:
    """Make an element that holds words; ``classes`` are its classes."""
    named = {name.replace("classes", "class"): value for name, value in attributes.items()}
    element = Element(tag, named)
    element.text = words or None
    return element


def drop(elements: Iterable[HtmlElement]) -> None:
    """Take elements away, in place; what stands after each stays."""
    for element in elements:
        if element.getparent() is not None:
            element.drop_tree()


def words_of(element: HtmlElement) -> str:
    """Words of an element, on one line."""
    return " ".join("".join(element.itertext()).split())


def texts(root: HtmlElement) -> Iterator[TextPlace]:
    """Give where words stand inside an element, in the order in which they are read."""
    for event, element in iterwalk(root, events=("start", "end", "comment")):
        is_after = event != "start"
        if not (is_after and element is root):
            yield TextPlace(element, after=is_after)


def is_within(element: HtmlElement | None, *tags: str) -> bool:
    """Whether an element is of one of these names, or stands in one."""
    return element is not None and any(
        each.tag in tags for each in (element, *element.iterancestors())
    )


def has_class_within(element: HtmlElement, name: str) -> bool:
    """Whether an element or what it stands in has a class."""
    return any(name in each.classes for each in (element, *element.iterancestors()))


def has_content(root: HtmlElement) -> bool:
    """Whether an element shows more than headings: words or a picture."""
    return any(heading is None for heading in pieces(root))


def pieces(root: HtmlElement) -> Iterator[HtmlElement | None]:
    """Give headings, and None for each piece of content, in the order in which they are read."""
    for element in root.iter():
        if element.tag in HEADINGS:
            yield element
        elif element.tag in ("img", "svg") or (element.text or "").strip():
            yield from () if is_within(element, *HEADINGS) else (None,)
        if (element.tail or "").strip() and element is not root:
            yield from () if is_within(element.getparent(), *HEADINGS) else (None,)


def typeset(root: HtmlElement) -> None:
    """Write apostrophes and no-break spaces as a French printer does, code apart, in place."""
    for place in texts(root):
        if place.text and not is_within(place.holder, *AS_TYPED):
            place.put(typographic(place.text))
    for name in SPOKEN:
        for element in root.iterfind(f".//*[@{name}]"):
            element.set(name, typographic(element.get(name)))


def inside(root: HtmlElement) -> str:
    """Write what an element holds as HTML."""
    parts = [tostring(element, encoding="unicode") for element in root]
    return "".join([escaped(root.text or ""), *parts]).strip()


def escaped(words: str) -> str:
    """Write words as HTML."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

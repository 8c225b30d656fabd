"""HTML as a tree, without its pictures, and the words that somebody reads in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html as lxml_html
from lxml.html import HtmlElement

__all__ = ["HtmlElement", "classes", "parse", "shown_words", "text_of", "without_images"]
_IMAGE = re.compile(r"data:image/[a-z+]+;base64,([A-Za-z0-9+/=\s]+)")
# fmt: off
_APART = frozenset({
    "abbr", "address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol",
    "p", "pre", "section", "span", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})
# fmt: on
"""Elements whose words do not go on from those before; a span holds a figure, a detail or a number of its own."""
_UNSEEN = frozenset({"script", "style", "head"})


def without_images(html: str) -> str:
    """Take pictures away: a page is read ten times faster."""
    return _IMAGE.sub("", html)


def parse(html: str) -> HtmlElement:
    """Read a fragment or a page as a tree."""
    if "<html" in html[:1000].lower():
        return lxml_html.document_fromstring(html)
    return lxml_html.fragment_fromstring(html, create_parent="div")


def shown_words(element: HtmlElement) -> str:
    """Words of a cell, without its details nor what is for a screen reader alone."""
    return "".join(_shown(element)).strip()


def _shown(element: HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if not {"rl-detail", "rl-sr"} & classes(child):
            yield from _shown(child)
        yield child.tail or ""


def classes(element: HtmlElement) -> set[str]:
    """Classes of an element."""
    return set((element.get("class") or "").split())


def text_of(element: HtmlElement) -> str:
    """Every word of an element, those of its parts kept apart, spaces folded."""
    return " ".join(" ".join(_pieces(element)).split())


def _pieces(element: HtmlElement) -> Iterator[str]:
    """Texts of an element in order; words that go on from one element to the next (``<em>``) come as one."""
    gathered: list[str] = []
    for text, apart in _walk(element):
        if apart and gathered:
            yield "".join(gathered)
            gathered = []
        gathered.append(text)
    yield "".join(gathered)


def _walk(element: HtmlElement) -> Iterator[tuple[str, bool]]:
    if not isinstance(element.tag, str) or element.tag in _UNSEEN:
        return
    apart = element.tag in _APART
    yield element.text or "", apart
    for child in element:
        yield from _walk(child)
        yield child.tail or "", isinstance(child.tag, str) and child.tag in _APART
    if apart:
        yield "", True

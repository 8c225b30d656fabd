"""HTML as a tree, without its pictures, and the words that somebody reads or hears in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from lxml import html as lxml_html
from lxml.html import HtmlElement
from markdown_it import MarkdownIt

__all__ = [
    "HtmlElement",
    "classes",
    "parse",
    "pieces",
    "rendered",
    "shown_words",
    "text_of",
    "tree_of",
    "unmarked",
    "without_images",
    "written",
]
_IMAGE = re.compile(r"data:image/[a-z+]+;base64,([A-Za-z0-9+/=\s]+)")
MARK = re.compile(r'<mark class="rl-[a-z-]+"[^>]*>(.*?)(?:<span class="rl-sr">[^<]*</span>)?</mark>', re.DOTALL)
"""What a draft has around words typed by hand."""
# fmt: off
_APART = frozenset({
    "abbr", "address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol",
    "p", "pre", "section", "span", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})
# fmt: on
"""Elements whose words do not go on from those before; a span holds a figure, a detail or a number of its own."""
_UNSEEN = frozenset({"script", "style", "head"})
SPOKEN = ("alt", "title")
ACRONYM = "rl-sigle"


def without_images(html: str) -> str:
    """Put a digest in the place of each picture: a page is read ten times faster, and pictures still compare."""
    return _IMAGE.sub(lambda match: f"image:{_digest(match[1])}", html)


def rendered(markdown: str) -> str:
    """Markdown as HTML: CommonMark and tables, neither raw HTML nor pictures."""
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(markdown))


def unmarked(html: str) -> str:
    """Take away the marks put in a draft around what was typed by hand: they are no words of the report."""
    return MARK.sub(r"\1", html)


def _digest(encoded: str) -> str:
    return hashlib.sha256("".join(encoded.split()).encode()).hexdigest()[:16]


def parse(html: str) -> HtmlElement:
    """Read a fragment or a page as a tree."""
    if "<html" in html[:1000].lower():
        return lxml_html.document_fromstring(html)
    return lxml_html.fragment_fromstring(html, create_parent="div")


@lru_cache(maxsize=512)
def tree_of(html: str) -> HtmlElement:
    """Read a fragment or a page as a tree, which several checks share and none changes, until they let go of it."""
    return parse(html)


def written(element: HtmlElement) -> str:
    """Write an element as HTML, without what follows it."""
    return str(lxml_html.tostring(element, encoding="unicode", with_tail=False))


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
    return " ".join(" ".join(pieces(element)).split())


def pieces(element: HtmlElement, spoken: bool = False, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    """Texts of an element in order.

    Parameters
    ----------
    spoken
        Whether alternative texts, titles, digests of pictures and addresses of links are among them.
    skip
        Classes of the elements left out.

    Returns
    -------
    Pieces; words that go on from one element to the next (``<em>``) come as one.
    """
    gathered: list[str] = []
    for text, apart in _walk(element, spoken, skip):
        if apart and gathered:
            yield "".join(gathered)
            gathered = []
        gathered.append(text)
    if gathered:
        yield "".join(gathered)


def _walk(element: HtmlElement, spoken: bool, skip: frozenset[str]) -> Iterator[tuple[str, bool]]:
    if not isinstance(element.tag, str) or element.tag in _UNSEEN or skip & classes(element):
        return
    apart = element.tag in _APART
    if spoken:
        yield from ((words, True) for words in _spoken(element))
    yield element.text or "", apart
    for child in element:
        yield from _walk(child, spoken, skip)
        yield child.tail or "", isinstance(child.tag, str) and child.tag in _APART
    if apart:
        yield "", True


def _spoken(element: HtmlElement) -> Iterator[str]:
    if ACRONYM not in classes(element):  # the page explains at its first use what the annex defines
        yield from (element.get(name) for name in SPOKEN if element.get(name))
    source, target = element.get("src") or "", element.get("href") or ""
    if source:
        yield source
    if target.lower().startswith(("http:", "https:", "mailto:")):
        yield unquote(target)

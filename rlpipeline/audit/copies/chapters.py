"""The chapters of a page against the notebooks that they come from, word for word, pictures included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rlpipeline.audit.copies.telling import disagreement, worded
from rlpipeline.audit.copies.words import words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.published import Notebook, Publication
from rlpipeline.published.markup import HtmlElement, classes, pieces, rendered, text_of, tree_of
from rlpipeline.published.parts import territory_of

NUMBERS = frozenset({"rl-numero"})
"""Numbers of chapters and sections: the page's own, checked with its contents."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
REPORT, SLIDES = "rapport.html", "rapport-diapos.html"
MESSAGE = "La page ne dit pas ce que dit le chapitre exécuté."
LONE = "Un chapitre de la page ne vient d'aucun notebook."
UNUSED = "Un notebook a un contenu que la page n'a pas."


@dataclass(frozen=True)
class _Part:
    """A heading, or content until the next; ``level`` is 0 for content."""

    level: int
    words: tuple[str, ...]


def check_chapters(publication: Publication) -> Iterator[Finding]:
    """Hold each page against its notebooks, chapter by chapter."""
    for file, html in publication.pages.items():
        if file == SLIDES:
            continue
        territory = territory_of(file)
        notebooks = [one for one in publication.notebooks.values() if one.territoire == territory]
        yield from _check_page(file, tree_of(html), notebooks)


def _check_page(file: str, page: HtmlElement, notebooks: Sequence[Notebook]) -> Iterator[Finding]:
    left = {notebook.file: _notebook_words(notebook) for notebook in notebooks}
    left = {name: (title, found) for name, (title, found) in left.items() if found}
    for section in page.iter("section"):
        if "chapitre" not in classes(section):
            continue
        title, found = _section_words(section)
        name = next((name for name, (other, _) in left.items() if other == title), None) or _next(left)
        if name is None:
            yield disagreement("page", LONE, (Place(file, f"chapitre {title}"), title), (None, ""))
            continue
        other, expected = left.pop(name)
        stem = name.rpartition("/")[2].removesuffix(".ipynb")
        heading = expected if other else [*words([stem]), *expected]
        yield from worded("page", MESSAGE, (Place(file, f"chapitre {title}"), found), (Place(name, ""), heading))
    for name, (title, expected) in left.items():
        told = " ".join(expected[:8])
        yield disagreement("page", UNUSED, (Place(name, f"chapitre {title}"), told), (Place(file, ""), ""))


def _next(left: dict[str, tuple[str, list[str]]]) -> str | None:
    return next(iter(left), None)


def _section_words(section: HtmlElement) -> tuple[str, list[str]]:
    """Title of a chapter, and all its words, title first."""
    title = next(section.iter("h2"), None)
    told = " ".join(" ".join(pieces(title, skip=NUMBERS)).split()) if title is not None else ""
    return told, words(pieces(section, spoken=True, skip=NUMBERS))


def _notebook_words(notebook: Notebook) -> tuple[str, list[str]]:
    """Title of a notebook, and the words of what it shows, title first; empty where it shows nothing."""
    html = "".join(notebook_html(notebook))
    if not html.strip():
        return "", []
    root = tree_of(html)
    title = next((heading for heading in root.iter("h1") if not _in_prose(heading)), None)
    parts = list(_parts(root, title))
    kept = [part for index, part in enumerate(parts) if not part.level or _is_followed(parts, index)]
    if not any(not part.level for part in kept):
        return "", []
    told = text_of(title) if title is not None else ""
    return told, [*words([told]), *(word for part in kept for word in part.words)]


def notebook_html(notebook: Notebook) -> Iterator[str]:
    """What each cell shows, code left out."""
    for cell in notebook.cells:
        if cell.kind == "markdown":
            yield f"<div>{rendered(cell.source)}</div>"
        for output in cell.outputs:
            yield f"<div>{output.html}</div>" if output.html else f"<pre>{_escaped(output.plain)}</pre>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _parts(root: HtmlElement, title: HtmlElement | None) -> Iterator[_Part]:
    """Headings and what stands between them, in order; the title is left out."""
    for block in root:
        for child in [block] if block.tag in {*HEADINGS, "pre"} else block:
            yield from _blocks(child, title)


def _blocks(element: HtmlElement, title: HtmlElement | None) -> Iterator[_Part]:
    if element is title:
        return
    if element.tag in HEADINGS:
        level = int(element.tag[1])
        yield _Part(max(level, 3) if _in_prose(element) else level, tuple(words(pieces(element, spoken=True))))
    elif any(True for _ in element.iter(*HEADINGS)):
        for child in element:
            yield from _blocks(child, title)
    else:
        found = tuple(words(pieces(element, spoken=True)))
        if found:
            yield _Part(0, found)


def _is_followed(parts: Sequence[_Part], index: int) -> bool:
    """Whether something stands below a heading, before one of its level or above."""
    for part in parts[index + 1 :]:
        if not part.level:
            return True
        if part.level <= parts[index].level:
            return False
    return False


def _in_prose(heading: HtmlElement) -> bool:
    return any("rl-text" in classes(parent) for parent in heading.iterancestors("div"))

"""Chapters of the pages against their notebooks, word for word; within a notebook, each output against its copies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.audit.copies.wording import disagreement, worded, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Notebook, Place, Publication
from rlpipeline.published.markup import HtmlElement, classes, pieces, rendered, text_of, tree_of
from rlpipeline.published.model import Output
from rlpipeline.published.reading import territory_of
from tests.audit.words.texts import ACRONYMS, LINKS

NUMBERS = frozenset({"rl-numero"})
"""Numbers of chapters and sections: the page's own, checked with its contents."""
RESERVED = "rl-reserve"
"""Sentences that say why a table is not shared, which the page gathers in one list at its end, under a heading."""
APART = NUMBERS | ACRONYMS | LINKS | {RESERVED}
"""What is held against something else than the words of a chapter."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
REPORT, SLIDES = "rapport.html", "rapport-diapos.html"
CHAPTER = "La page ne dit pas ce que dit le chapitre exécuté."
LONE = "Un chapitre de la page ne vient d'aucun notebook."
UNUSED = "Un notebook a un contenu que la page n'a pas."
PLAIN = "Le texte brut d'une cellule ne dit pas ce que dit son HTML."
ALT = "Le texte qui remplace un graphique n'est pas le même partout."


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
        page = tree_of(html)
        yield from _check_page(file, page, notebooks)
        yield from _check_reserved(file, page, notebooks)


def _check_reserved(file: str, page: HtmlElement, notebooks: Sequence[Notebook]) -> Iterator[Finding]:
    """Hold the list of the tables that are not shared against what the chapters say of each, in their order."""
    listed = [word for one in page.iter("ul") if RESERVED in classes(one) for word in words(pieces(one))]
    trees = [tree_of(html) for notebook in notebooks for html in ["".join(notebook_html(notebook))] if html.strip()]
    said = [word for root in trees for one in root.iter("p") if RESERVED in classes(one) for word in words(pieces(one))]
    yield from worded(
        "page", CHAPTER, (Place(file, "tableaux réservés au service"), listed), (Place("notebooks", ""), said)
    )


def _check_page(file: str, page: HtmlElement, notebooks: Sequence[Notebook]) -> Iterator[Finding]:
    left = {notebook.file: _notebook_words(notebook) for notebook in notebooks}
    left = {name: (title, shown) for name, (title, shown) in left.items() if shown}
    for section in page.iter("section"):
        if "chapitre" not in classes(section):
            continue
        title, shown = _section_words(section)
        name = next((name for name, (other, _) in left.items() if other == title), None) or _next(left)
        if name is None:
            yield disagreement("page", LONE, (Place(file, f"chapitre {title}"), title), (None, ""))
            continue
        other, expected = left.pop(name)
        stem = name.rpartition("/")[2].removesuffix(".ipynb")
        heading = expected if other else [*words([stem]), *expected]
        yield from worded("page", CHAPTER, (Place(file, f"chapitre {title}"), shown), (Place(name, ""), heading))
    for name, (title, expected) in left.items():
        beginning = " ".join(expected[:8])
        yield disagreement("page", UNUSED, (Place(name, f"chapitre {title}"), beginning), (Place(file, ""), ""))


def _next(left: dict[str, tuple[str, list[str]]]) -> str | None:
    return next(iter(left), None)


def _section_words(section: HtmlElement) -> tuple[str, list[str]]:
    """Title of a chapter, and all its words, title first."""
    title = next(section.iter("h2"), None)
    heading = " ".join(" ".join(pieces(title, skip=NUMBERS)).split()) if title is not None else ""
    return heading, words(pieces(section, spoken=True, skip=APART))


def _notebook_words(notebook: Notebook) -> tuple[str, list[str]]:
    """Title of a notebook, and the words of what it shows, title first; empty where it shows nothing."""
    html = "".join(notebook_html(notebook))
    if not html.strip():
        return "", []
    root = tree_of(html)
    title = next((heading for heading in root.iter("h1") if not _in_prose(heading)), None)
    parts = list(_parts(root, title))
    followed = [part for index, part in enumerate(parts) if not part.level or _is_followed(parts, index)]
    if not any(not part.level for part in followed):
        return "", []
    heading = text_of(title) if title is not None else ""
    return heading, [*words([heading]), *(word for part in followed for word in part.words)]


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
    if element is title or RESERVED in classes(element):
        return
    if element.tag in HEADINGS:
        level = int(element.tag[1])
        yield _Part(max(level, 3) if _in_prose(element) else level, _chapter_words(element))
    elif any(True for _ in element.iter(*HEADINGS)):
        for child in element:
            yield from _blocks(child, title)
    else:
        content = _chapter_words(element)
        if content:
            yield _Part(0, content)


def _chapter_words(element: HtmlElement) -> tuple[str, ...]:
    return tuple(words(pieces(element, spoken=True, skip=ACRONYMS)))


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


def check_outputs(publication: Publication) -> Iterator[Finding]:
    """Check the cells of every notebook: plain text, alternative texts."""
    for notebook in publication.notebooks.values():
        for cell in notebook.cells:
            for output in cell.outputs:
                place = Place(notebook.file, f"cellule {cell.id}")
                yield from _check_plain(output, place)
                for bundle in (bundle for kind, bundle in output.bundles if kind == "figure"):
                    yield from _check_chart(bundle, output, place)


def _check_plain(output: Output, place: Place) -> Iterator[Finding]:
    """Words and texts read alike; a table's plain text is checked with its bundle."""
    kinds = {kind for kind, _ in output.bundles}
    if not output.html or not kinds & {"text", "file"}:
        return
    shown = words([tree_of(output.html).text_content()])
    yield from worded("notebook", PLAIN, (_plain_text(place), words([output.plain])), (place, shown))


def plain_of(output: Output, kind: str) -> str:
    """Plain text of a chart, or of the table folded under it, which follows a blank line; else all of it."""
    if not {"figure", "table"} <= {one for one, _ in output.bundles}:
        return output.plain
    chart, _, table = output.plain.partition("\n\n")
    return chart if kind == "figure" else table


def _plain_text(place: Place) -> Place:
    return Place(place.file, f"{place.where}, texte brut")


def _check_chart(bundle: Mapping[str, object], output: Output, place: Place) -> Iterator[Finding]:
    """The picture's words in the HTML, in the bundle and in the plain text; a sentence where nothing is drawn."""
    image = next(tree_of(output.html).iter("img"), None) if output.html else None
    shown = words([image.get("alt") or ""]) if image is not None else words(pieces(tree_of(output.html)))
    carried = Place(place.file, f"{place.where}, résultat")
    yield from worded("notebook", ALT, (carried, words([str(bundle.get("alt", ""))])), (place, shown))
    yield from worded("notebook", ALT, (_plain_text(place), words([plain_of(output, "figure")])), (place, shown))

"""Names given to tables for a screen reader, in pages and notebooks."""

from __future__ import annotations

from collections.abc import Iterator

from rlpipeline.audit.copies.telling import worded
from rlpipeline.audit.copies.words import words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.published import Publication
from rlpipeline.published.markup import HtmlElement, text_of, tree_of

MESSAGE = "Ce qu'un lecteur d'écran dit d'un tableau n'est pas ce que le tableau dit."
LINKING = frozenset({"et"})


def check_spoken(publication: Publication) -> Iterator[Finding]:
    """Hold the name of each table against its caption, its figure's caption, its header or the heading above."""
    for file, html in publication.pages.items():
        yield from _check(file, tree_of(html))
    for notebook in publication.notebooks.values():
        for output in (output for cell in notebook.cells for output in cell.outputs):
            if output.html:
                yield from _check(notebook.file, tree_of(output.html))


def _check(file: str, root: HtmlElement) -> Iterator[Finding]:
    for wrap in root.iter("div"):
        label = wrap.get("aria-label")
        if label is None:
            continue
        told = _told(label)
        names = [name for name in map(_told, _names(wrap)) if name]
        if names and told not in names:
            near = max(names, key=lambda name: len(set(name) & set(told)))
            place = Place(file, f"tableau « {label} », nom pour un lecteur d'écran")
            yield from worded("page", MESSAGE, (place, told), (Place(file, "tableau"), near))


def _told(text: str) -> list[str]:
    """Words of a name, those that only link left out."""
    return [word for word in words([text]) if word not in LINKING]


def _names(wrap: HtmlElement) -> Iterator[str]:
    """Names that the table may have, with what the page puts before them."""
    figure = next(wrap.iterancestors("figure"), None)
    for caption in [] if figure is None else figure.iter("figcaption"):
        yield "Données : " + text_of(caption).split(".", 1)[0]
    for caption in wrap.iter("caption"):
        yield text_of(caption)
    headers = [text_of(header) for head in wrap.iter("thead") for header in head.iter("th")]
    yield f"Tableau : {' '.join(headers)}"
    above = wrap.xpath("(preceding::h1|preceding::h2|preceding::h3|preceding::h4|preceding::h5|preceding::h6)[last()]")
    yield from (f"Tableau : {text_of(heading)}" for heading in above)
    yield "Tableau"

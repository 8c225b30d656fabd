"""The slides against the notebooks that their cells come from, and against the report's own page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlpipeline.audit.copies.wording import disagreement, numbers, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Notebook, Place, Publication
from rlpipeline.published.markup import HtmlElement, classes, pieces, text_of, tree_of
from tests.audit.words.chapters import REPORT, SLIDES, notebook_html

OF_NO_CHAPTER = "Une diapositive ne dit pas ce que dit un chapitre exécuté."
AROUND = "Une diapositive dit un nombre que la page du rapport ne dit pas."
TURNS = frozenset({"diapo-suite"})
"""Links from a slide to the next, which say nothing of the year."""
OWN = frozenset({"diapo-titre", "diapo-liens"})
"""The first slide and the last, made of the cover and the foot of the report."""


def check_slides(publication: Publication) -> Iterator[Finding]:
    """Hold each block of a slide against what one cell of a chapter shows, word for word, pictures included."""
    if SLIDES not in publication.pages:
        return
    page = tree_of(publication.pages[SLIDES])
    said = [_joined(_notebook_words(one)) for one in publication.notebooks.values()]
    for slide in page.iter("section"):
        if OWN & classes(slide):
            continue
        place = Place(SLIDES, str(slide.get("aria-label")))
        for block in slide:
            spoken = [] if TURNS & classes(block) else words(pieces(block, spoken=True))
            if not any(_joined(spoken) in one for one in said):
                yield disagreement("page", OF_NO_CHAPTER, (place, " ".join(spoken)), (None, ""))
    yield from _check_around(page, publication)


def _check_around(page: HtmlElement, publication: Publication) -> Iterator[Finding]:
    """Every number of the title, of the first and last slides is the year, or one of the report's title or foot."""
    report = tree_of(publication.pages[REPORT]) if REPORT in publication.pages else None
    of_report = (
        {str(publication.year)}.union(*(_numbers(part) for part in _frame(report))) if report is not None else set()
    )
    title = {number for one in report.iter("title") for number in _numbers(one)} if report is not None else set()
    for rank, part in enumerate(_frame(page), start=1):
        place = Place(SLIDES, "titre de fenêtre" if part.tag == "title" else f"titre et liens, {rank}")
        said = " ".join(text_of(part).split())
        for number in _numbers(part):
            if number not in (title if part.tag == "title" else of_report):
                yield disagreement("page", AROUND, (place, f"{number} : {said}"), (Place(REPORT, ""), ""))


def _frame(page: HtmlElement) -> Iterator[HtmlElement]:
    for one in page.iter("title", "aside", "header", "footer", "section"):
        if one.tag != "section" or OWN & classes(one):
            yield one


def _numbers(element: HtmlElement) -> Sequence[str]:
    return numbers(words(pieces(element)))


def _notebook_words(notebook: Notebook) -> Sequence[str]:
    html = "".join(notebook_html(notebook))
    return words(pieces(tree_of(html), spoken=True)) if html.strip() else ()


def _joined(said: Sequence[str]) -> str:
    """Words as one string in which those of a block stand together or not at all."""
    return "\0".join(["", *said, ""]) if said else ""

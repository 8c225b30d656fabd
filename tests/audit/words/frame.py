"""What a page says around its chapters: cover, contents, numbers of chapters and sections, running titles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.audit.copies.wording import disagreement, numbers, worded, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Place, Publication, Text
from rlpipeline.published.figures import FIGURES
from rlpipeline.published.markup import HtmlElement, classes, pieces, text_of, tree_of
from tests.audit.words.chapters import NUMBERS, REPORT

CONTENTS = "Le sommaire n'annonce pas les titres de la page."
NUMBERING = "Les numéros des chapitres ou des sections ne se suivent pas."
COVER = "Ce que dit la couverture n'est pas ce que dit le rapport."
RUNNING = "Un titre répété sur la page n'est pas celui de la couverture."
FOOT = "Le bas de la page dit un nombre que rien n'annonce."
CARD = "fiche"
Identity = tuple[Place, Mapping[str, list[str]]]
"""Where the service's identity card is, and what it says by term."""
NO_CARD: Identity = (Place("", ""), {})
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_CSS = re.compile(r'@top-(?P<side>left|right) \{ content: "(?P<text>[^"]*)"')
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6}) ")


@dataclass(frozen=True)
class Cover:
    """What a page's cover says: facts by term, words of its heading, words of its report's name."""

    file: str
    facts: Mapping[str, list[str]]
    heading: list[str]
    report: list[str]


def check_frames(publication: Publication) -> Iterator[Finding]:
    """Check every page's frame, each by itself."""
    pages = {file: tree_of(html) for file, html in publication.pages.items()}
    for file, page in pages.items():
        yield from _check_numbers(file, page)
        yield from _check_contents(file, page)
        yield from _check_running(file, page, publication.pages[file])
        yield from _check_foot(file, page)


def _titles(page: HtmlElement) -> Iterator[tuple[HtmlElement, HtmlElement | None, str]]:
    """Titles of chapters and sections, their mark, and the number that it should be: I, II… and 1., 2.…"""
    chapter = section = 0
    for heading in page.iter("h2", "h3"):
        if heading.get("id") == "sommaire":
            continue
        mark = next((span for span in heading.iter("span") if "rl-numero" in classes(span)), None)
        if heading.tag == "h2":
            section, chapter = 0, chapter + (mark is not None)
        else:
            section += 1
        wanted = _roman(chapter) if heading.tag == "h2" else f"{section}."
        yield heading, mark, wanted if mark is not None else ""


def _check_numbers(file: str, page: HtmlElement) -> Iterator[Finding]:
    for heading, mark, wanted in _titles(page):
        if mark is not None and text_of(mark) != wanted:
            place = Place(file, f"titre « {text_of(heading)} »")
            yield disagreement("page", NUMBERING, (place, text_of(mark)), (None, wanted))


def _roman(number: int) -> str:
    letters = ""
    for value, numeral in _ROMAN:
        letters += numeral * (number // value)
        number %= value
    return letters


def _check_contents(file: str, page: HtmlElement) -> Iterator[Finding]:
    """Each of the two lists of contents has the titles of the chapters and sections, with their numbers."""
    titles: list[str] = []
    for heading, _, number in _titles(page):
        titles += words([number, *pieces(heading, skip=NUMBERS)])
    for index, nav in enumerate(page.iter("nav"), start=1):
        entries = [word for link in nav.iter("a") for word in _words(link)]
        place, other = Place(file, f"sommaire {index}"), Place(file, "titres des chapitres et des sections")
        yield from worded("page", CONTENTS, (place, entries), (other, titles))


def _words(element: HtmlElement) -> list[str]:
    return words(pieces(element))


def _check_running(file: str, page: HtmlElement, html: str) -> Iterator[Finding]:
    """The window's title, with the service where the report's does not name it, and those of paper, are the cover's."""
    cover = _cover(page)
    if cover is None:
        return
    service, heading, report = (_named(cover, name) for name in ("couverture-service", "h1", "couverture-rapport"))
    place = Place(file, "couverture")
    title = next(page.iter("title"), None)
    window = words([title.text or ""]) if title is not None else []
    named = " ".join(service).casefold() in " ".join(report or heading).casefold()
    expected = [*heading, *report, *([] if named else service)]
    yield from worded("page", RUNNING, (Place(file, "titre de la fenêtre"), window), (place, expected))
    for logo in cover.iter("img"):
        yield from worded("page", RUNNING, (Place(file, "logo"), words([logo.get("alt") or ""])), (place, service))
    printed = {match["side"]: words([_decoded(match["text"])]) for match in _CSS.finditer(html)}
    mention = next((_words(block) for block in page.iter("aside") if "mention" in classes(block)), [])
    sides: tuple[tuple[str, Sequence[str]], ...] = (("right", [*heading, *report]), ("left", mention))
    for side, wanted in sides:
        if side in printed:
            name = Place(file, f"titre imprimé sur chaque page ({side})")
            yield from worded("page", RUNNING, (name, printed[side]), (place, wanted))


def _decoded(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _cover(page: HtmlElement) -> HtmlElement | None:
    return next((header for header in page.iter("header") if "couverture" in classes(header)), None)


def _named(cover: HtmlElement, name: str) -> list[str]:
    """Words of the heading, or of the line of a class."""
    elements = (one for one in cover.iter() if one.tag == name or name in classes(one))
    return [word for one in elements for word in _words(one)]


def _facts(root: HtmlElement) -> Mapping[str, list[str]]:
    """Terms of a list and what is said of them."""
    terms = (term for term in root.iter("dt") if term.getnext() is not None)
    return {text_of(term): words([text_of(term.getnext())]) for term in terms}


def covers_of(publication: Publication) -> Iterator[Cover]:
    """Read the cover of each page."""
    for file, html in publication.pages.items():
        page = tree_of(html)
        cover = _cover(page)
        if cover is not None:
            facts = next((one for one in page.iter("dl") if "couverture-faits" in classes(one)), cover)
            yield Cover(file, _facts(facts), _named(cover, "h1"), _named(cover, "couverture-rapport"))


def check_covers(covers: Sequence[Cover], year: int, identity: Identity) -> Iterator[Finding]:
    """Hold the covers against one another, and against the service's identity card."""
    report = next((cover for cover in covers if cover.file == REPORT), None)
    card, facts = identity
    for cover in covers:
        place = Place(cover.file, "couverture")
        yield from _same(place, "Année", cover.facts, ([str(year)], Place(FIGURES, "")))
        for term in ("Données arrêtées au", "Département"):
            yield from _same(place, term, cover.facts, (facts.get(term), card))
        for number in numbers(cover.facts.get("Statut", [])):
            if facts and number not in facts.get("Validation", []):
                yield disagreement("page", COVER, (place, number), (card, "Validation"))
        if report is not None and cover is not report:
            heading = Place(REPORT, "couverture"), report.heading
            yield from worded("page", COVER, (place, cover.report), heading)


def _same(
    place: Place, term: str, facts: Mapping[str, list[str]], expected: tuple[list[str] | None, Place]
) -> Iterator[Finding]:
    wanted, other = expected
    if term in facts and wanted is not None and facts[term] != wanted:
        fact = Place(place.file, f"{place.where}, {term}")
        yield disagreement("page", COVER, (fact, " ".join(facts[term])), (other, " ".join(wanted)))


def identity_of(texts: Sequence[Text]) -> Identity | None:
    """What the notebooks' identity card says; None where there is none."""
    cards = [text for text in texts if text.name == CARD and text.place.file.endswith(".ipynb")]
    return (cards[0].place, _facts(tree_of(cards[0].html))) if cards else None


def _check_foot(file: str, page: HtmlElement) -> Iterator[Finding]:
    for foot in page.iter("footer"):
        links = [(link.get("href") or "", numbers(_words(link))) for link in foot.iter("a")]
        announced = [number for href, written in links for number in written if number in href]  # « Paris 12e »
        for number in numbers(_words(foot)):
            if number not in announced:
                yield disagreement("page", FOOT, (Place(file, "bas de la page"), number), (None, ""))
    for element in page.iter("p", "a"):
        if {"mention", "evitement"} & classes(element):
            for number in numbers(_words(element)):
                yield disagreement("page", FOOT, (Place(file, "mention"), number), (None, ""))

"""What a page says around its chapters: cover, contents, numbers of chapters and sections, running titles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rlpipeline.audit.copies.chapters import NUMBERS, REPORT
from rlpipeline.audit.copies.telling import disagreement, worded
from rlpipeline.audit.copies.words import numbers, words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.published import Publication, Text
from rlpipeline.audit.published.markup import HtmlElement, classes, parse, pieces, text_of

CONTENTS = "Le sommaire n'annonce pas les titres de la page."
NUMBERING = "Les numéros des chapitres ou des sections ne se suivent pas."
COVER = "Ce que dit la couverture n'est pas ce que dit le rapport."
RUNNING = "Un titre répété sur la page n'est pas celui de la couverture."
FOOT = "Le bas de la page dit un nombre que rien n'annonce."
CARD = "fiche"
Identity = tuple[Place, Mapping[str, list[str]]]
"""Where the service's identity card is, and what it says by term."""
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_CSS = re.compile(r'@top-(?P<side>left|right) \{ content: "(?P<text>[^"]*)"')
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6}) ")


def check_frames(publication: Publication) -> Iterator[Finding]:
    """Check every page's frame; the covers are held against one another and against the chapters."""
    pages = {file: parse(html) for file, html in publication.pages.items()}
    for file, page in pages.items():
        yield from _check_numbers(file, page)
        yield from _check_contents(file, page)
        yield from _check_running(file, page, publication.pages[file])
        yield from _check_foot(file, page)
    yield from _check_covers(pages, publication.year, _identity(publication.texts))


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
    """The window's title and the titles printed on every page are those of the cover."""
    cover = _cover(page)
    if cover is None:
        return
    service, heading, report = (_named(cover, name) for name in ("couverture-service", "h1", "couverture-rapport"))
    place = Place(file, "couverture")
    title = next(page.iter("title"), None)
    told = words([title.text or ""]) if title is not None else []
    expected = [*heading, *report, *service]
    yield from worded("page", RUNNING, (Place(file, "titre de la fenêtre"), told), (place, expected))
    printed = {match["side"]: words([_decoded(match["text"])]) for match in _CSS.finditer(html)}
    mention = next((_words(aside) for aside in page.iter("aside") if "mention" in classes(aside)), [])
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
    found = (one for one in cover.iter() if one.tag == name or name in classes(one))
    return [word for one in found for word in _words(one)]


def _facts(root: HtmlElement) -> Mapping[str, list[str]]:
    """Terms of a list and what is said of them."""
    terms = (term for term in root.iter("dt") if term.getnext() is not None)
    return {text_of(term): words([text_of(term.getnext())]) for term in terms}


def _check_covers(pages: Mapping[str, HtmlElement], year: int, identity: Identity) -> Iterator[Finding]:
    report = pages.get(REPORT)
    report_cover = None if report is None else _cover(report)
    card, known = identity
    for file, page in pages.items():
        cover, place = _cover(page), Place(file, "couverture")
        if cover is None:
            continue
        facts = _facts(cover)
        yield from _same(place, "Année", facts, ([str(year)], Place("indicateurs.csv", "")))
        for term in ("Données arrêtées au", "Département"):
            yield from _same(place, term, facts, (known.get(term), card))
        for number in numbers(facts.get("Statut", [])):
            if known and number not in known.get("Validation", []):
                yield disagreement("page", COVER, (place, number), (card, "Validation"))
        if report_cover is not None and file != REPORT:
            told = (place, _named(cover, "couverture-rapport"))
            yield from worded("page", COVER, told, (Place(REPORT, "couverture"), _named(report_cover, "h1")))


def _same(
    place: Place, term: str, facts: Mapping[str, list[str]], expected: tuple[list[str] | None, Place]
) -> Iterator[Finding]:
    wanted, other = expected
    if term in facts and wanted is not None and facts[term] != wanted:
        told = Place(place.file, f"{place.where}, {term}")
        yield disagreement("page", COVER, (told, " ".join(facts[term])), (other, " ".join(wanted)))


def _identity(texts: Sequence[Text]) -> Identity:
    """What the notebooks' identity card says, empty where there is none."""
    cards = [text for text in texts if text.name == CARD and text.place.file.endswith(".ipynb")]
    return (cards[0].place, _facts(parse(cards[0].html))) if cards else (Place("", ""), {})


def _check_foot(file: str, page: HtmlElement) -> Iterator[Finding]:
    for foot in page.iter("footer"):
        for number in numbers(_words(foot)):
            yield disagreement("page", FOOT, (Place(file, "bas de la page"), number), (None, ""))
    for element in page.iter("p", "a"):
        if {"mention", "evitement"} & classes(element):
            for number in numbers(_words(element)):
                yield disagreement("page", FOOT, (Place(file, "mention"), number), (None, ""))

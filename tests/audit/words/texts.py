"""The method annex, acronyms and links to definitions, against the pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rlpipeline.audit.copies.wording import worded, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Place, Publication
from rlpipeline.published.markup import HtmlElement, classes, pieces, text_of, tree_of
from rlpipeline.published.reading import territory_of

ANNEX = "methode"
ACRONYMS, LINKS = frozenset({"rl-sigles"}), frozenset({"rl-definition"})
"""Classes of what pages alone have, or have in part: acronyms, and links from sentences to definitions."""
LINK = "Un lien nomme une définition autrement qu'elle ne se nomme."
ACRONYM = "Un sigle est expliqué autrement que dans la table des sigles."
DEFINITION = "La méthode ne définit pas un tableau comme le tableau se définit."


@dataclass(frozen=True)
class Defined:
    """What an annex says of a table: its title, the text, the words."""

    title: str
    place: Place
    words_said: tuple[str, ...]


def check_annex(publication: Publication) -> Iterator[Finding]:
    """Hold the definition, unit, denominator and source of each table against the annex of every document."""
    tables: dict[str, list[Bundle]] = {}
    for bundle in publication.bundles:
        tables.setdefault(_titled(bundle), []).append(bundle)
    for defined in definitions(publication):
        for bundle in tables.get(defined.title, ()):
            yield from check_definition(defined, bundle)


def definitions(publication: Publication) -> Iterator[Defined]:
    """Read what the annex of each page says of each table."""
    for text in publication.texts:
        if text.name == ANNEX and text.place.file in publication.pages:
            for term in tree_of(text.html).iter("dt"):
                title, words_said = " ".join(words([text_of(term)])), words([text_of(term.getnext())])
                yield Defined(title, text.place, tuple(words_said))


def undefined(publication: Publication) -> Iterator[Defined]:
    """Give what the annex says of tables that are none of the part's."""
    own = {_titled(bundle) for bundle in publication.bundles}
    return (defined for defined in definitions(publication) if defined.title not in own)


def check_definition(defined: Defined, bundle: Bundle) -> Iterator[Finding]:
    """Hold what the annex says of a table against the table."""
    if defined.title == _titled(bundle):
        place = Place(defined.place.file, f"{defined.place.where}, {bundle.title}")
        yield from worded("notebook", DEFINITION, (bundle.place, _expected(bundle)), (place, [*defined.words_said]))


def _titled(bundle: Bundle) -> str:
    return " ".join(words([bundle.title]))


def check_acronyms(publication: Publication) -> Iterator[Finding]:
    """Hold the acronyms of each page against those that its chapters explain: at the first use, and in its table.

    The table of a page has those that the page uses, and no other.
    """
    with_table = {text.place.file for text in publication.texts if text.name == ANNEX}
    for file, html in publication.pages.items():
        page = tree_of(html)
        table_of_acronyms = _acronyms(page)
        if file in with_table:
            yield from _check_used(file, page, table_of_acronyms, _explained(publication, file))
        for mark in page.iter("abbr"):
            if "rl-sigle" in classes(mark):
                name = text_of(mark)
                place, table = Place(file, f"sigle {name}"), Place(file, "table des sigles")
                words_said = words([mark.get("title") or ""])
                yield from worded("page", ACRONYM, (place, words_said), (table, table_of_acronyms.get(name, [])))


def _acronyms(root: HtmlElement) -> Mapping[str, list[str]]:
    holders = (one for one in root.iter("details") if ACRONYMS & classes(one))
    rows = (row for holder in holders for row in holder.iter("tr"))
    return {text_of(row[0]): words([text_of(row[1])]) for row in rows if row[0].get("scope") == "row"}


def _explained(publication: Publication, file: str) -> Mapping[str, list[str]]:
    """Acronyms that the chapters of a page explain."""
    chapters = (one for one in publication.notebooks.values() if one.territoire == territory_of(file))
    shown = (output.html for chapter in chapters for cell in chapter.cells for output in cell.outputs)
    return {name: said for html in shown if html for name, said in _acronyms(tree_of(html)).items()}


def _check_used(
    file: str, page: HtmlElement, listed: Mapping[str, list[str]], explained: Mapping[str, list[str]]
) -> Iterator[Finding]:
    chapters = (one for one in page.iter("section") if "chapitre" in classes(one))
    parts = (part for chapter in chapters for part in chapter if part.tag != "h2")  # titles are the frame's
    shown = " ".join(text for part in parts for text in pieces(part, skip=ACRONYMS | LINKS))
    used = {*re.findall(r"[\w&.-]+", shown)}
    for name in {**explained, **listed}:
        expected = explained.get(name, []) if name in used else []
        place, chapter = Place(file, f"table des sigles, {name}"), Place(file, "sigles employés")
        yield from worded("page", ACRONYM, (place, listed.get(name, [])), (chapter, expected))


@dataclass(frozen=True)
class NamedLink:
    """A link from a sentence to a definition: the page and the card that it leads to, the words of its name."""

    place: Place
    page: str
    card: str
    words_said: tuple[str, ...]


def named_links(publication: Publication) -> Iterator[NamedLink]:
    """Read the links from sentences to definitions, which may be in another part."""
    for file, html in publication.pages.items():
        for link in (one for one in tree_of(html).iter("a") if LINKS & classes(one)):
            name, _, card = (link.get("href") or "").partition("#")
            page = posixpath.normpath(posixpath.join(posixpath.dirname(file), name)) if name else file
            yield NamedLink(Place(file, f"lien vers {card}"), page, card, tuple(words([text_of(link)])))


def titles_of_cards(publication: Publication) -> Mapping[str, tuple[str, ...]]:
    """Words of the title of each card, by its address: « rapport.html#fiche-durees »."""
    return {
        f"{file}#{term.getparent().get('id')}": tuple(words([text_of(term)]))
        for file, html in publication.pages.items()
        for term in tree_of(html).iter("dt")
        if term.getparent().get("id")
    }


def check_named_links(links: Iterable[NamedLink], titles: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Hold the name of each link from a sentence to a definition against the card that it leads to."""
    for link in links:
        expected = [*words(["Définition"]), *titles.get(f"{link.page}#{link.card}", ())]
        card = Place(link.page, f"fiche {link.card}")
        yield from worded("page", LINK, (link.place, link.words_said), (card, expected))


def _expected(bundle: Bundle) -> list[str]:
    words_said = [
        bundle.definition,
        f"Unité : {bundle.unit}" if bundle.unit else "",
        f"Rapporté à : {bundle.denominator}" if bundle.denominator else "",
        f"Source : {bundle.source}",
    ]
    return words(words_said)

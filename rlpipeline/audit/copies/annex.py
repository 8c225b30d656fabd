"""The method annex: what it says of a table is what the table says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rlpipeline.audit.copies.telling import worded
from rlpipeline.audit.copies.words import words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.published import Bundle, Publication
from rlpipeline.published.markup import classes, text_of, tree_of

NAME = "methode"
ACRONYM = "Un sigle est expliqué autrement que dans la table des sigles."
MESSAGE = "La méthode ne définit pas un tableau comme le tableau se définit."


@dataclass(frozen=True)
class Defined:
    """What an annex says of a table: its title, the text, the words."""

    title: str
    place: Place
    told: tuple[str, ...]


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
        if text.name == NAME and text.place.file in publication.pages:
            for term in tree_of(text.html).iter("dt"):
                title, told = " ".join(words([text_of(term)])), words([text_of(term.getnext())])
                yield Defined(title, text.place, tuple(told))


def undefined(publication: Publication) -> Iterator[Defined]:
    """Give what the annex says of tables that are none of the part's."""
    own = {_titled(bundle) for bundle in publication.bundles}
    return (defined for defined in definitions(publication) if defined.title not in own)


def check_definition(defined: Defined, bundle: Bundle) -> Iterator[Finding]:
    """Hold what the annex says of a table against the table."""
    if defined.title == _titled(bundle):
        place = Place(defined.place.file, f"{defined.place.where}, {bundle.title}")
        yield from worded("notebook", MESSAGE, (bundle.place, _expected(bundle)), (place, [*defined.told]))


def _titled(bundle: Bundle) -> str:
    return " ".join(words([bundle.title]))


def check_acronyms(publication: Publication) -> Iterator[Finding]:
    """Hold what each page says of an acronym at its first use against its table of acronyms."""
    for file, html in publication.pages.items():
        page = tree_of(html)
        rows = [row for table in page.iter("table") if "rl-sigles" in classes(table) for row in table.iter("tr")]
        known = {text_of(row[0]): words([text_of(row[1])]) for row in rows if len(row) > 1}
        for mark in page.iter("abbr"):
            if "rl-sigle" in classes(mark):
                name = text_of(mark)
                place, table = Place(file, f"sigle {name}"), Place(file, "table des sigles")
                told = words([mark.get("title") or ""])
                yield from worded("page", ACRONYM, (place, told), (table, known.get(name, [])))


def _expected(bundle: Bundle) -> list[str]:
    told = [
        bundle.definition,
        f"Unité : {bundle.unit}" if bundle.unit else "",
        f"Rapporté à : {bundle.denominator}" if bundle.denominator else "",
        f"Source : {bundle.source}",
    ]
    return words(told)

"""The method annex: what it says of a table is what the table says of itself."""

from __future__ import annotations

from collections.abc import Iterator

from rlpipeline.audit.copies.telling import worded
from rlpipeline.audit.copies.words import words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.published import Bundle, Publication
from rlpipeline.audit.published.markup import classes, parse, text_of

NAME = "methode"
ACRONYM = "Un sigle est expliqué autrement que dans la table des sigles."
MESSAGE = "La méthode ne définit pas un tableau comme le tableau se définit."


def check_annex(publication: Publication) -> Iterator[Finding]:
    """Hold the definition, unit, denominator and source of each table against the annex of every document."""
    tables: dict[str, list[Bundle]] = {}
    for bundle in publication.bundles:
        tables.setdefault(" ".join(words([bundle.title])), []).append(bundle)
    for text in publication.texts:
        if text.name != NAME or text.place.file not in publication.pages:
            continue
        for term in parse(text.html).iter("dt"):
            for bundle in tables.get(" ".join(words([text_of(term)])), ()):
                place = Place(text.place.file, f"{text.place.where}, {bundle.title}")
                told = words([text_of(term.getnext())])
                yield from worded("notebook", MESSAGE, (bundle.place, _expected(bundle)), (place, told))


def check_acronyms(publication: Publication) -> Iterator[Finding]:
    """Hold what each page says of an acronym at its first use against its table of acronyms."""
    for file, html in publication.pages.items():
        page = parse(html)
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

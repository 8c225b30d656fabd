"""The method annex: what it says of a table is what the table says of itself."""

from __future__ import annotations

from collections.abc import Iterator

from rlpipeline.audit.copies.telling import worded
from rlpipeline.audit.copies.words import words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.published import Bundle, Publication
from rlpipeline.audit.published.markup import parse, text_of

NAME = "methode"
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


def _expected(bundle: Bundle) -> list[str]:
    told = [
        bundle.definition,
        f"Unité : {bundle.unit}" if bundle.unit else "",
        f"Rapporté à : {bundle.denominator}" if bundle.denominator else "",
        f"Source : {bundle.source}",
    ]
    return words(told)

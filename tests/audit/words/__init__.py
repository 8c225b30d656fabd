"""The words around the figures of a publication: captions, notes, alternative texts, frames, slides, method, names.

A build does not check them, since nothing that a service writes can make them wrong: the tests do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rlpipeline.audit.copies.figures import BothYears
from rlpipeline.audit.copies.parts import without_figures
from rlpipeline.audit.examination import Context, PartChecks, check_publication_part, gather
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Cut, Publication
from rlpipeline.published.model import Label
from rlpipeline.published.reading import read_part, territory_of
from rlpipeline.published.workbook import CONTENTS, tabs_of
from tests.audit.words.chapters import REPORT, check_chapters, check_outputs
from tests.audit.words.charts import check_alternative_texts
from tests.audit.words.files import Named, check_words_of_files
from tests.audit.words.frame import NO_CARD, Cover, Identity, check_covers, check_frames, covers_of, identity_of
from tests.audit.words.slides import check_slides
from tests.audit.words.tables import Alike, check_spoken, check_tables
from tests.audit.words.texts import (
    Defined,
    NamedLink,
    check_acronyms,
    check_annex,
    check_definition,
    check_named_links,
    named_links,
    titles_of_cards,
    undefined,
)
from tests.audit.words.workbook import check_contents, check_heads, check_signature, check_workbook_words


@dataclass(frozen=True)
class Checked:
    """What was found in one part, in its figures as a build does and in its words, and what it tells the others."""

    figures: PartChecks
    findings: tuple[Finding, ...]
    tables: tuple[Bundle, ...]
    undefined: tuple[Defined, ...]
    links: tuple[NamedLink, ...]
    cards: Mapping[str, tuple[str, ...]]
    covers: tuple[Cover, ...]
    identity: Identity | None


def check_place(cut: Cut, asked: Context, place: str) -> Checked:
    """Check the part of a territory."""
    return check_whole_part(read_part(cut, place), cut, asked)


def check_whole_part(part: Publication, cut: Cut, asked: Context) -> Checked:
    """Check a part that was read, its words first: the other check tells all that was looked at."""
    found = tuple(dict.fromkeys(_of_part(part, asked)))
    told = (tuple(undefined(part)), tuple(named_links(part)), titles_of_cards(part), tuple(covers_of(part)))
    tables, identity = tuple(map(without_figures, part.bundles)), identity_of(part.texts)
    return Checked(check_publication_part(part, cut, asked), found, tables, *told, identity)


def _of_part(part: Publication, asked: Context) -> Iterator[Finding]:
    known = asked.former is not None
    figures = BothYears.of(part, *([asked.former] if asked.former else []), counted=known)
    yield from check_workbook_words(part)
    yield from check_alternative_texts(part, figures)
    yield from check_tables(part)
    yield from check_annex(part)
    yield from check_acronyms(part)
    yield from check_outputs(part)
    yield from check_chapters(part)
    yield from check_slides(part)
    yield from check_frames(part)
    yield from check_spoken(part)


def findings_of(cut: Cut, parts: Iterable[Checked], asked: Context) -> tuple[Finding, ...]:
    """What the copies of figures, then the words around them, say of one another; the service's part comes first."""
    every = [*parts]
    of_figures = gather(cut, (part.figures for part in every), asked).copies
    within = (finding for part in every for finding in part.findings)
    return tuple(dict.fromkeys([*of_figures, *within, *_between(cut, every)]))


def _between(cut: Cut, every: list[Checked]) -> Iterator[Finding]:
    alike, heads = Alike(), dict[str, tuple[set[Label], set[Label]]]()
    for part in every:
        yield from alike.check(part.tables)
        for bundle in part.tables:
            for labels, own in zip(
                heads.setdefault(bundle.id, (set(), set())), (bundle.rows, bundle.columns), strict=True
            ):
                labels.update(own)
    contents = cut.heads.get(CONTENTS, ())
    tabs = tabs_of(contents)
    for name, rows in cut.heads.items():
        if name in alike.first:
            yield from check_heads(tabs.get(name, name), rows, alike.first[name], heads[name])
        if name != CONTENTS:
            yield from check_signature(tabs.get(name, name), rows, contents, cut.year)
    yield from check_contents(contents, alike.first, cut.year)
    for defined in (one for part in every for one in part.undefined):
        for bundle in alike.first.values():
            yield from check_definition(defined, bundle)
    cards = {address: title for part in every for address, title in part.cards.items()}
    yield from check_named_links([link for part in every for link in part.links], cards)
    covers = [cover for part in every for cover in part.covers]
    yield from check_covers(covers, cut.year, next((part.identity for part in every if part.identity), NO_CARD))
    places = {territory_of(cover.file): cover.heading for cover in covers if cover.file != REPORT}
    yield from check_words_of_files(cut.directory, Named(alike.first, heads, places))

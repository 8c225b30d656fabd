"""The checks of one part of a publication by itself, then of what only the whole can answer for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rlpipeline.audit.copies.figures import Former
from rlpipeline.audit.copies.files import check_files
from rlpipeline.audit.copies.parts import Across, PartSummary, check_part, summary_of
from rlpipeline.audit.findings import Finding, Tested, examine
from rlpipeline.audit.prose.references import movement_by
from rlpipeline.audit.prose.scan import NamesOf, PageScan
from rlpipeline.audit.prose.typed import Scans, scan_pages
from rlpipeline.audit.relations import (
    LIST,
    Declared,
    Recount,
    check_dictionary,
    check_list,
    check_recount,
    check_relations,
)
from rlpipeline.published import Figure, FigureKey, Publication
from rlpipeline.published.figures import named_rows
from rlpipeline.published.markup import tree_of
from rlpipeline.published.reading import Cut, read_part

COUNTED = "calculé"
"""Origin of the figures counted from the records."""


@dataclass(frozen=True)
class Context:
    """What one territory's check is told beside the publication.

    Parameters
    ----------
    former
        Gives figures that are not published, of other years above all; those of the year before where None. It goes to
        other processes.
    texts
        Markdown of the service's texts, by name.
    before
        Whether the figures of the year before are held against one another too.
    names
        Gives what the lines and columns of a table are called in another year. It goes to other processes.
    """

    declared: Declared
    former: Former | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    before: bool = True
    names: NamesOf | None = None


@dataclass(frozen=True)
class PartChecks:
    """What came of it: small, whatever the number of territories.

    Parameters
    ----------
    copies
        Findings.
    counts
        Tests made, by check.
    scans
        What was typed by hand in each page.
    summary
        What the others need to know.
    tables
        Territory and indicator of the tables of other parts that were looked at.
    former
        Figures of other parts that were asked for and are not published, as they were given.
    texts
        Names of the texts shown.
    borrowed
        Whether the service's notebooks were looked at.
    """

    copies: tuple[Finding, ...]
    counts: Mapping[str, int]
    scans: Scans
    summary: PartSummary
    tables: tuple[tuple[str, str], ...]
    former: tuple[tuple[FigureKey, Figure | None], ...]
    texts: tuple[str, ...]
    borrowed: bool

    @property
    def blocking(self) -> bool:
        """Whether something was found that may prevent publication."""
        return any(finding.blocking for finding in self.copies)


def check_territory(cut: Cut, context: Context, place: str) -> PartChecks:
    """Check the part of a publication that is one territory's.

    Raises
    ------
    ReconciliationError
        It cannot be read.
    """
    return check_publication_part(read_part(cut, place), cut, context)


def check_publication_part(part: Publication, cut: Cut, context: Context) -> PartChecks:
    """As :func:`check_territory`, of a part that was read."""
    former = _Former(part, cut, context.former)
    try:
        return _check(part, context, former)
    finally:
        tree_of.cache_clear()


class _Former:
    """Figures that are not published, those of other parts noted."""

    def __init__(self, part: Publication, cut: Cut, given: Former | None) -> None:
        self._part, self._cut = part, cut
        self._given = given or self._before
        self._own = {} if given else {one.figure.key: one.figure for one in cut.former_of(part.territory)}
        self.noted: dict[FigureKey, Figure | None] = {}

    def __call__(self, key: FigureKey) -> Figure | None:
        figure = self._given(key)
        if self._cut.places.owner(key.territoire) != self._part.territory:
            self.noted[key] = figure
        return figure

    def _before(self, key: FigureKey) -> Figure | None:
        """The figure of the year before, as the publication has it."""
        if self._cut.places.owner(key.territoire) == self._part.territory:
            return self._own.get(key)
        return former_elsewhere(self._cut, key)


def former_elsewhere(cut: Cut, key: FigureKey) -> Figure | None:
    """The figure of the year before of any territory, as the publication has it; None where it is of the year."""
    rows = cut.rows(key.territoire, key.indicateur)
    if any(figure.key == key for figure in rows.figures):
        return None
    return next((one.figure for one in reversed(rows.former) if one.figure.key == key), None)


def _check(part: Publication, context: Context, former: _Former) -> PartChecks:
    copies = check_part(part, former, context.texts, counted=context.former is not None)
    moved = movement_by(lambda key: part.figures.get(key) or former(key))
    scans = scan_pages(part.directory, part.pages, moved, context.names)
    summary = summary_of(part)
    named = {*(text.name for text in part.texts), *(quote.texte for quote in part.quotes)}
    return PartChecks(
        copies=tuple(copies),
        counts=_counts_of_copies(part),
        scans=scans,
        summary=summary,
        tables=part.figures.looked_at,
        former=tuple(former.noted.items()),
        texts=tuple(sorted(named)),
        borrowed=bool(part.borrowed),
    )


def _counts_of_copies(publication: Publication) -> Mapping[str, int]:
    """Occurrences of figures that were held against the others, by the check that tells of them."""
    kinds = [cell.kind for cell in publication.cells]
    return {
        "csv": len(publication.csv),
        "notebook": sum(len(bundle.figures) for bundle in publication.bundles),
        "page": kinds.count("tableau"),
        "graphique": kinds.count("graphique"),
        "classeur": kinds.count("classeur"),
        "texte": len(publication.quotes),
    }


@dataclass(frozen=True)
class Results:
    """All that was found in a publication: between its figures, then of their copies.

    Parameters
    ----------
    scans
        What was typed by hand, told apart.
    """

    relations: tuple[Finding, ...]
    copies: tuple[Finding, ...]
    scans: Scans
    counts: Mapping[str, int]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of the figures and of their copies."""
        return (*self.relations, *self.copies)


def gather(cut: Cut, parts: Iterable[PartChecks], context: Context, recount: Recount | None = None) -> Results:
    """Put together what was checked of each part, and check what is between them.

    Parameters
    ----------
    parts
        In the order of ``cut.places``.
    recount
        Counts an indicator again from the records; without it nothing is recounted.
    """
    copies: list[Finding] = []
    counts: Counter[str] = Counter()
    scans: dict[str, PageScan] = {}
    across = Across()
    for part in parts:
        copies += part.copies
        counts.update(part.counts)
        scans |= part.scans
        across.add(part.summary)
    relations = examine(_relations(cut, context, recount, {id: table.title for id, table in across.tables.items()}))
    counts.update(relations.counts)
    copies += (*across.check(cut.files), *check_files(cut.directory))
    return Results(relations.findings, tuple(dict.fromkeys(copies)), scans, counts)


def _relations(cut: Cut, context: Context, recount: Recount | None, titles: Mapping[str, str]) -> Iterator[Tested]:
    declared = context.declared
    figures = {figure.key: figure for territory in cut.figures.territories for figure in cut.figures_of(territory)}
    yield from check_dictionary({key.indicateur for key in figures}, cut.dictionary.declared, declared)
    yield from check_list([*named_rows(cut.files.get(LIST, ()))], figures, cut.year)
    yield from check_recount(figures, recount, declared) if recount else ()
    former = (one.figure for place in cut.places.all for one in cut.former_of(place) if one.origine == COUNTED)
    before = {figure.key: figure for figure in former if figure.key not in figures} if context.before else {}
    yield from check_relations({**figures, **before}, titles, declared)

"""The checks of one part of a publication by itself, then of what only the whole can answer for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rlpipeline.audit.arithmetic import (
    Additivity,
    Declared,
    Recompute,
    Units,
    check_crossing,
    check_dictionary,
    check_own,
    check_units,
    former_figures,
)
from rlpipeline.audit.arithmetic.between import COUNTED
from rlpipeline.audit.arithmetic.recount import FILE as LIST
from rlpipeline.audit.arithmetic.recount import TABLE, check_list, check_recount
from rlpipeline.audit.arithmetic.tables import make_grids
from rlpipeline.audit.copies.figures import Former
from rlpipeline.audit.copies.files import check_files
from rlpipeline.audit.copies.parts import Across, PartSummary, check_part, summary_of
from rlpipeline.audit.findings import Examination, Finding, Tested, examine
from rlpipeline.audit.prose.references import movement_by
from rlpipeline.audit.prose.scan import NamesOf, PageScan
from rlpipeline.audit.prose.typed import Scans, scan_pages
from rlpipeline.published import Figure, FigureKey, Publication
from rlpipeline.published.markup import tree_of
from rlpipeline.published.model import SERVICE
from rlpipeline.published.reading import Cut, read_part


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
    relations, copies
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

    relations: tuple[Finding, ...]
    copies: tuple[Finding, ...]
    counts: Mapping[str, int]
    units: Units
    scans: Scans
    summary: PartSummary
    tables: tuple[tuple[str, str], ...]
    former: tuple[tuple[FigureKey, Figure | None], ...]
    texts: tuple[str, ...]
    borrowed: bool

    @property
    def blocking(self) -> bool:
        """Whether something was found that may prevent publication."""
        return any(finding.blocking for finding in (*self.relations, *self.copies))


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
        self._own = {} if given else former_figures(part, printed=True)
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
    figures = {**part.figures, **(former_figures(part) if context.before else {})}
    examined, units = check_own(figures, (*part.bundles, *part.borrowed), context.declared)
    copies = check_part(part, former, context.texts, counted=context.former is not None)
    moved = movement_by(lambda key: part.figures.get(key) or former(key))
    scans = scan_pages(part.directory, part.pages, moved, context.names)
    summary = summary_of(part)
    named = {*(text.name for text in part.texts), *(quote.texte for quote in part.quotes)}
    return PartChecks(
        relations=examined.findings,
        copies=tuple(copies),
        counts={**examined.counts, **_counts_of_copies(part)},
        units=units,
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
    """All that was found in a publication.

    Parameters
    ----------
    relations, listed, recounted, copies
        Findings, by what was held against what.
    """

    relations: tuple[Finding, ...]
    listed: tuple[Finding, ...]
    recounted: tuple[Finding, ...]
    copies: tuple[Finding, ...]
    scans: Scans
    counts: Mapping[str, int]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of the figures and of their copies; what was typed by hand is told apart."""
        return (*self.relations, *self.listed, *self.recounted, *self.copies)


def gather(cut: Cut, parts: Iterable[PartChecks], context: Context, recompute: Recompute | None = None) -> Results:
    """Put together what was checked of each part, and check what is between them.

    Parameters
    ----------
    parts
        In the order of ``cut.places``.
    recompute
        Counts an indicator again from the records; without it nothing is recounted.
    """
    gathered = _Gathered()
    for part in parts:
        gathered.add(part)
    between = examine(_between(cut, gathered, context))
    listed = examine(check_list(cut.files.get(LIST), _figures_of(cut, TABLE), cut.year))
    recounted = examine(_recounted(cut, recompute, context.declared)) if recompute else Examination((), {})
    counts, across = gathered.counts, gathered.across
    between_files = (*across.check(cut.files), *check_files(cut.directory))
    for examination in (between, listed, recounted):
        counts.update(examination.counts)
    return Results(
        relations=(*gathered.relations, *between.findings),
        listed=listed.findings,
        recounted=recounted.findings,
        copies=tuple(dict.fromkeys([*gathered.copies, *between_files])),
        scans=gathered.scans,
        counts=counts,
    )


class _Gathered:
    """What the parts give, added up."""

    def __init__(self) -> None:
        self.relations: list[Finding] = []
        self.copies: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.units = Units()
        self.scans: dict[str, PageScan] = {}
        self.across = Across()
        self.shown: set[tuple[str, str]] = set()

    def add(self, part: PartChecks) -> None:
        """Take one."""
        self.relations += part.relations
        self.copies += part.copies
        self.counts.update(part.counts)
        self.units += part.units
        self.scans |= part.scans
        self.across.add(part.summary)
        self.shown |= {(table.id, table.territoire) for table in part.summary.tables}


def _between(cut: Cut, gathered: _Gathered, context: Context) -> Iterator[Tested]:
    declared = context.declared
    tables = gathered.across.tables
    yield from check_dictionary(cut, declared)
    yield from check_units(gathered.units)
    yield from check_crossing(make_grids(_crossing(cut, context), [*tables.values()]), declared)
    additivity = Additivity(declared, cut.figures_of(SERVICE))
    for territory in declared.territories:
        additivity.add(cut.figures_of(territory))
    yield from additivity.check(frozenset(gathered.shown), {id: table.title for id, table in tables.items()})


def _crossing(cut: Cut, context: Context) -> Mapping[FigureKey, Figure]:
    """Figures of the tables that are held against those of another territory."""
    former: dict[FigureKey, Figure] = {}
    figures: dict[FigureKey, Figure] = {}
    for territory in cut.territories:
        for id in sorted(context.declared.links.between_territories):
            rows = cut.rows(territory, id)
            figures |= {figure.key: figure for figure in rows.figures}
            former |= {one.figure.key: one.figure for one in rows.former if context.before and one.origine == COUNTED}
    return figures | {key: figure for key, figure in former.items() if key not in figures}


def _figures_of(cut: Cut, id: str) -> Mapping[FigureKey, Figure]:
    return {figure.key: figure for territory in cut.figures.territories for figure in cut.table(territory, id)}


def _recounted(cut: Cut, recompute: Recompute, declared: Declared) -> Iterator[Tested]:
    for territory in cut.figures.territories:
        ids = (id for id in cut.figures.indicators(territory) if declared.recounted(id))
        figures = {figure.key: figure for id in ids for figure in cut.table(territory, id)}
        yield from check_recount(figures, recompute, declared)

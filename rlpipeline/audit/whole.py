"""What only the whole publication can answer for, each territory's part coming after the other and let go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rlpipeline.audit.copies.across import Across
from rlpipeline.audit.copies.files import check_files
from rlpipeline.audit.findings import Finding
from rlpipeline.audit.prose.scan import PageScan
from rlpipeline.audit.relations import (
    Additivity,
    Declared,
    Examination,
    Recompute,
    Units,
    check_crossing,
    check_dictionary,
    check_units,
)
from rlpipeline.audit.relations.former import COUNTED
from rlpipeline.audit.relations.grids import SERVICE, make_grids
from rlpipeline.audit.relations.listed import FILE as LIST
from rlpipeline.audit.relations.listed import TABLE, check_list
from rlpipeline.audit.relations.recomputed import check_recount
from rlpipeline.audit.relations.tested import Tested, examine
from rlpipeline.audit.territory import Asked, Checked
from rlpipeline.audit.typed import Scanned
from rlpipeline.published import Figure, FigureKey
from rlpipeline.published.cutting import Cut
from rlpipeline.published.model import Rows


@dataclass(frozen=True)
class Found:
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
    scanned: Scanned
    counts: Mapping[str, int]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of the figures and of their copies; what was typed by hand is told apart."""
        return (*self.relations, *self.listed, *self.recounted, *self.copies)


def gather(cut: Cut, parts: Iterable[Checked], asked: Asked, recompute: Recompute | None = None) -> Found:
    """Put together what was checked of each part, and check what is between them.

    Parameters
    ----------
    parts
        In the order of ``cut.places``.
    recompute
        Counts an indicator again from the records; without it nothing is recounted.
    """
    gathered = _Gathered(cut.heads)
    for part in parts:
        gathered.add(part)
    between = examine(_between(cut, gathered, asked))
    listed = examine(check_list(cut.files.get(LIST), _figures_of(cut, TABLE), cut.year))
    recounted = examine(_recounted(cut, recompute, asked.declared)) if recompute else Examination((), {})
    counts, across = gathered.counts, gathered.across
    between_files = (*across.check(cut.year, cut.files), *check_files(cut.directory, across.named, cut.dictionary))
    for examination in (between, listed, recounted):
        counts.update(examination.counts)
    return Found(
        relations=(*gathered.relations, *between.findings),
        listed=listed.findings,
        recounted=recounted.findings,
        copies=tuple(dict.fromkeys([*gathered.copies, *between_files])),
        scanned=Scanned(gathered.scans),
        counts=counts,
    )


class _Gathered:
    """What the parts give, added up."""

    def __init__(self, sheets: Mapping[str, Rows]) -> None:
        self.relations: list[Finding] = []
        self.copies: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.units = Units()
        self.scans: dict[str, PageScan] = {}
        self.across = Across(sheets)
        self.shown: set[tuple[str, str]] = set()

    def add(self, part: Checked) -> None:
        """Take one."""
        self.relations += part.relations
        self.copies += part.copies
        self.counts.update(part.counts)
        self.units += part.units
        self.scans |= part.scans
        self.across.add(part.told)
        self.shown |= {(table.id, table.territoire) for table in part.told.tables}


def _between(cut: Cut, gathered: _Gathered, asked: Asked) -> Iterator[Tested]:
    declared = asked.declared
    tables = gathered.across.tables
    yield from check_dictionary(cut, declared)
    yield from check_units(gathered.units)
    yield from check_crossing(make_grids(_crossing(cut, asked), [*tables.values()]), declared)
    additivity = Additivity(declared, cut.figures_of(SERVICE))
    for territory in declared.territories:
        additivity.add(cut.figures_of(territory))
    yield from additivity.check(frozenset(gathered.shown), {id: table.title for id, table in tables.items()})


def _crossing(cut: Cut, asked: Asked) -> Mapping[FigureKey, Figure]:
    """Figures of the tables that are held against those of another territory."""
    former: dict[FigureKey, Figure] = {}
    found: dict[FigureKey, Figure] = {}
    for territory in cut.territories:
        for id in sorted(asked.declared.links.between_territories):
            rows = cut.rows(territory, id)
            found |= {figure.key: figure for figure in rows.figures}
            former |= {one.figure.key: one.figure for one in rows.former if asked.before and one.origine == COUNTED}
    return found | {key: figure for key, figure in former.items() if key not in found}


def _figures_of(cut: Cut, id: str) -> Mapping[FigureKey, Figure]:
    return {figure.key: figure for territory in cut.figures.territories for figure in cut.table(territory, id)}


def _recounted(cut: Cut, recompute: Recompute, declared: Declared) -> Iterator[Tested]:
    for territory in cut.figures.territories:
        ids = (id for id in cut.figures.indicators(territory) if declared.recounted(id))
        figures = {figure.key: figure for id in ids for figure in cut.table(territory, id)}
        yield from check_recount(figures, recompute, declared)

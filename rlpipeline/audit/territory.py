"""What is checked of one territory by itself, and the little that the whole publication needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlpipeline.audit.copies import Former, check_part
from rlpipeline.audit.copies.across import Told, told_of
from rlpipeline.audit.findings import Finding
from rlpipeline.audit.movements import movement_by
from rlpipeline.audit.prose.scan import NamesOf, PageScan
from rlpipeline.audit.relations import Declared, Units, check_own, former_figures
from rlpipeline.audit.typed import scan_pages
from rlpipeline.published import Figure, FigureKey, Publication
from rlpipeline.published.figures import asked_of
from rlpipeline.published.markup import tree_of
from rlpipeline.published.reading import Cut, read_part


@dataclass(frozen=True)
class Asked:
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
class Checked:
    """What came of it: small, whatever the number of territories.

    Parameters
    ----------
    relations, copies
        Findings.
    counts
        Tests made, by check.
    scans
        What was typed by hand in each page.
    told
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
    scans: Mapping[str, PageScan]
    told: Told
    tables: tuple[tuple[str, str], ...]
    former: tuple[tuple[FigureKey, Figure | None], ...]
    texts: tuple[str, ...]
    borrowed: bool

    @property
    def blocking(self) -> bool:
        """Whether something was found that may prevent publication."""
        return any(finding.blocking for finding in (*self.relations, *self.copies))


def check_territory(cut: Cut, asked: Asked, place: str) -> Checked:
    """Check the part of a publication that is one territory's.

    Raises
    ------
    ReconciliationError
        It cannot be read.
    """
    return check_publication_part(read_part(cut, place), cut, asked)


def check_publication_part(part: Publication, cut: Cut, asked: Asked) -> Checked:
    """As :func:`check_territory`, of a part that was read."""
    former = _Former(part, cut, asked.former)
    try:
        return _check(part, asked, former)
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
        found = self._given(key)
        if self._cut.places.owner(key.territoire) != self._part.territory:
            self.noted[key] = found
        return found

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


def _check(part: Publication, asked: Asked, former: _Former) -> Checked:
    figures = {**part.figures, **(former_figures(part) if asked.before else {})}
    related, units = check_own(figures, (*part.bundles, *part.borrowed), asked.declared)
    copies = check_part(part, former, asked.texts)
    moved = movement_by(lambda key: part.figures.get(key) or former(key))
    scans = scan_pages(part.directory, part.pages, moved, asked.names)
    told = told_of(part)
    named = {*(text.name for text in part.texts), *(quote.texte for quote in part.quotes)}
    return Checked(
        relations=related.findings,
        copies=tuple(copies),
        counts={**related.counts, **_copies(part)},
        units=units,
        scans=scans.pages,
        told=told,
        tables=asked_of(part.figures),
        former=tuple(former.noted.items()),
        texts=tuple(sorted(named)),
        borrowed=bool(part.borrowed),
    )


def _copies(publication: Publication) -> Mapping[str, int]:
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

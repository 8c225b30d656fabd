"""One part of a publication held against itself, then the parts against one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

from rlpipeline.audit.copies.charts import check_charts
from rlpipeline.audit.copies.evolutions import check_evolutions
from rlpipeline.audit.copies.figures import (
    BothYears,
    Former,
    Line,
    check_cells,
    check_csv,
    check_workbook,
    line_of,
    not_carried,
    not_shown,
    shown_keys,
    uncarried,
)
from rlpipeline.audit.copies.notebooks import Carried, check_file, check_outputs, files_of
from rlpipeline.audit.copies.quotes import check_quotes
from rlpipeline.audit.copies.texts import check_sources
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Figure, FigureKey, Publication
from rlpipeline.published.model import Rows


@dataclass(frozen=True)
class PartSummary:
    """What one part tells the others; nothing of it grows with their number.

    Parameters
    ----------
    tables
        Its tables without their figures: words and names of lines and columns.
    carried, shown
        Figures that its notebooks carry, or its pages show, and that are none of its own.
    uncarried, unshown
        Figures of its own that its notebooks do not carry, or its pages do not show and do not say that they leave out.
    lines
        Cells that its pages show, whatever the territory; ``places`` are their territories.
    omitted
        Indicator and code of the lines and columns that a table of many communes says that it leaves out.
    """

    tables: tuple[Bundle, ...]
    carried: frozenset[FigureKey]
    uncarried: tuple[tuple[Figure, str], ...]
    shown: frozenset[FigureKey]
    unshown: tuple[Figure, ...]
    lines: frozenset[Line]
    places: frozenset[str]
    omitted: frozenset[tuple[str, str]]
    files: tuple[Carried, ...]


def summary_of(publication: Publication) -> PartSummary:
    """Gather what a part tells the others."""
    own = frozenset(publication.figures)
    omitted = frozenset((bundle.id, code) for bundle in publication.bundles for code in bundle.omis)
    shown = shown_keys(publication)
    carried = {figure.key for bundle in publication.bundles for figure in bundle.figures}
    return PartSummary(
        tables=tuple(without_figures(bundle) for bundle in publication.bundles),
        carried=frozenset(carried - own),
        uncarried=tuple(uncarried(publication)),
        shown=frozenset(shown - own),
        unshown=tuple(
            figure
            for key, figure in publication.figures.items()
            if figure.valeur is not None and key not in shown and not _omits(omitted, key)
        ),
        lines=frozenset(map(line_of, shown)),
        places=frozenset(key.territoire for key in shown),
        omitted=omitted,
        files=tuple(files_of(publication)),
    )


def without_figures(bundle: Bundle) -> Bundle:
    """A table's words alone."""
    return replace(bundle, figures=(), former=(), texts=(), notes=())


class Across:
    """The checks that need every part, which come one after the other and are not kept."""

    def __init__(self) -> None:
        self.tables: dict[str, Bundle] = {}
        """The first table of each name."""
        self._carried: set[FigureKey] = set()
        self._shown: set[FigureKey] = set()
        self._uncarried: list[tuple[Figure, str]] = []
        self._unshown: list[Figure] = []
        self._lines: set[Line] = set()
        self._places: set[str] = set()
        self._omitted: set[tuple[str, str]] = set()
        self._files: list[Carried] = []

    def add(self, part: PartSummary) -> None:
        """Take what a part tells; the service's comes first."""
        for bundle in part.tables:
            self.tables.setdefault(bundle.id, bundle)
        self._carried |= part.carried
        self._uncarried += part.uncarried
        self._shown |= part.shown
        self._unshown += part.unshown
        self._lines |= part.lines
        self._places |= part.places
        self._omitted |= part.omitted
        self._files += part.files

    def check(self, files: Mapping[str, Rows]) -> Iterator[Finding]:
        """Hold the parts against one another."""
        yield from (not_carried(figure, file) for figure, file in self._uncarried if figure.key not in self._carried)
        yield from (not_shown(figure) for figure in self._unshown if self._is_missing(figure))
        for carried in self._files:
            yield from check_file(carried, files.get(carried.name, ()))

    def _is_missing(self, figure: Figure) -> bool:
        key = figure.key
        shown = key in self._shown or line_of(key) in self._lines
        return key.territoire in self._places and not shown and not _omits(self._omitted, key)


def _omits(omitted: Set[tuple[str, str]], key: FigureKey) -> bool:
    """Whether the line or the column of a figure is left out."""
    return not omitted.isdisjoint([(key.indicateur, key.ligne), (key.indicateur, key.colonne)])


def check_part(part: Publication, former: Former, texts: Mapping[str, str], *, counted: bool) -> list[Finding]:
    """Check that every occurrence of a figure agrees with all the others of its part.

    Parameters
    ----------
    former
        Gives figures that are not published, of other years above all; None where one is not known. What needs one
        is then left out.
    counted
        Whether ``former`` has every figure that was counted.
    texts
        Markdown of the service's texts by name; those not given are held against the notebooks alone.

    Returns
    -------
    Findings, each once.
    """
    return list(dict.fromkeys(_check_all(part, former, texts, counted)))


def _check_all(publication: Publication, former: Former, texts: Mapping[str, str], counted: bool) -> Iterator[Finding]:
    yield from check_csv(publication)
    yield from check_cells(publication)
    yield from check_evolutions(publication)
    yield from check_workbook(publication)
    figures = BothYears.of(publication, former, counted=counted)
    yield from check_charts(publication, figures)
    yield from check_outputs(publication, figures)
    yield from check_quotes(publication, former, counted=counted)
    yield from check_sources(publication, texts)

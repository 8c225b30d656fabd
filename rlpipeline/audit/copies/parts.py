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
from rlpipeline.audit.copies.files import Named
from rlpipeline.audit.copies.frame import NO_CARD, Cover, Identity, check_covers, check_frames, covers_of, identity_of
from rlpipeline.audit.copies.notebooks import REPORT, Carried, check_chapters, check_file, check_outputs, files_of
from rlpipeline.audit.copies.quotes import check_quotes
from rlpipeline.audit.copies.slides import check_slides
from rlpipeline.audit.copies.tables import Alike, check_spoken, check_tables
from rlpipeline.audit.copies.texts import (
    Defined,
    NamedLink,
    check_acronyms,
    check_annex,
    check_definition,
    check_named_links,
    check_sources,
    named_links,
    titles_of_cards,
    undefined,
)
from rlpipeline.audit.copies.workbook import (
    check_contents,
    check_heads,
    check_signature,
    check_workbook_words,
)
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Figure, FigureKey, Publication
from rlpipeline.published.model import Label, Rows
from rlpipeline.published.reading import territory_of
from rlpipeline.published.workbook import CONTENTS, tabs_of


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
    undefined: tuple[Defined, ...]
    links: tuple[NamedLink, ...]
    cards: Mapping[str, tuple[str, ...]]
    covers: tuple[Cover, ...]
    identity: Identity | None
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
        undefined=tuple(undefined(publication)),
        links=tuple(named_links(publication)),
        cards=titles_of_cards(publication),
        covers=tuple(covers_of(publication)),
        identity=identity_of(publication.texts),
        files=tuple(files_of(publication)),
    )


def without_figures(bundle: Bundle) -> Bundle:
    """A table's words alone."""
    return replace(bundle, figures=(), former=(), texts=(), notes=())


class Across:
    """The checks that need every part, which come one after the other and are not kept.

    Parameters
    ----------
    sheets
        The first lines of the workbook's sheets, all those of its contents.
    """

    def __init__(self, sheets: Mapping[str, Rows]) -> None:
        self._sheets = sheets
        self._alike = Alike()
        self._heads: dict[str, tuple[set[Label], set[Label]]] = {}
        self._carried: set[FigureKey] = set()
        self._shown: set[FigureKey] = set()
        self._uncarried: list[tuple[Figure, str]] = []
        self._unshown: list[Figure] = []
        self._lines: set[Line] = set()
        self._places: set[str] = set()
        self._omitted: set[tuple[str, str]] = set()
        self._undefined: list[Defined] = []
        self._links: list[NamedLink] = []
        self._cards: dict[str, tuple[str, ...]] = {}
        self._covers: list[Cover] = []
        self._identity: Identity | None = None
        self._files: list[Carried] = []
        self._findings: list[Finding] = []

    @property
    def tables(self) -> Mapping[str, Bundle]:
        """The first table of each name."""
        return self._alike.first

    def add(self, part: PartSummary) -> None:
        """Take what a part tells; the service's comes first."""
        self._findings += self._alike.check(part.tables)
        for bundle in part.tables:
            lines, columns = self._heads.setdefault(bundle.id, (set(), set()))
            lines.update(bundle.rows)
            columns.update(bundle.columns)
        self._carried |= part.carried
        self._uncarried += part.uncarried
        self._shown |= part.shown
        self._unshown += part.unshown
        self._lines |= part.lines
        self._places |= part.places
        self._omitted |= part.omitted
        self._undefined += part.undefined
        self._links += part.links
        self._cards |= part.cards
        self._covers += part.covers
        self._identity = self._identity or part.identity
        self._files += part.files

    @property
    def named(self) -> Named:
        """What the publication calls its tables, their lines and columns, and the communes."""
        places = {territory_of(cover.file): cover.heading for cover in self._covers if cover.file != REPORT}
        return Named(self.tables, self._heads, places)

    def check(self, year: int, files: Mapping[str, Rows]) -> Iterator[Finding]:
        """Hold the parts against one another."""
        yield from (not_carried(figure, file) for figure, file in self._uncarried if figure.key not in self._carried)
        yield from (not_shown(figure) for figure in self._unshown if self._is_missing(figure))
        contents = self._sheets.get(CONTENTS, ())
        tabs = tabs_of(contents)
        for name, rows in self._sheets.items():
            if name in self.tables:
                yield from check_heads(tabs.get(name, name), rows, self.tables[name], self._heads[name])
            if name != CONTENTS:
                yield from check_signature(tabs.get(name, name), rows, contents, year)
        yield from check_contents(contents, self.tables, year)
        yield from self._findings
        for defined in self._undefined:
            for bundle in self.tables.values():
                yield from check_definition(defined, bundle)
        yield from check_named_links(self._links, self._cards)
        for carried in self._files:
            yield from check_file(carried, files.get(carried.name, ()))
        yield from check_covers(self._covers, year, self._identity or NO_CARD)

    def _is_missing(self, figure: Figure) -> bool:
        key = figure.key
        shown = key in self._shown or line_of(key) in self._lines
        return key.territoire in self._places and not shown and not _omits(self._omitted, key)


def _omits(omitted: Set[tuple[str, str]], key: FigureKey) -> bool:
    """Whether the line or the column of a figure is left out."""
    return not omitted.isdisjoint([(key.indicateur, key.ligne), (key.indicateur, key.colonne)])


def check_part(part: Publication, former: Former, texts: Mapping[str, str], *, counted: bool) -> list[Finding]:
    """Check that every occurrence of a figure, and every word around it, agrees with all the others of its part.

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
    yield from check_workbook_words(publication)
    figures = BothYears.of(publication, former, counted=counted)
    yield from check_charts(publication, figures)
    yield from check_tables(publication)
    yield from check_annex(publication)
    yield from check_acronyms(publication)
    yield from check_outputs(publication, figures)
    yield from check_chapters(publication)
    yield from check_slides(publication)
    yield from check_frames(publication)
    yield from check_spoken(publication)
    yield from check_quotes(publication, former, counted=counted)
    yield from check_sources(publication, texts)

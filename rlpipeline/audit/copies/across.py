"""What the parts of a publication tell one another: copies that only all of them together can answer for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

from rlpipeline.audit.copies.annex import Defined, check_definition, undefined
from rlpipeline.audit.copies.chapters import REPORT
from rlpipeline.audit.copies.figures import Line, line_of, not_carried, not_shown, shown_keys, uncarried
from rlpipeline.audit.copies.files import Named
from rlpipeline.audit.copies.frame import NO_CARD, Cover, Identity, check_covers, covers_of, identity_of
from rlpipeline.audit.copies.outputs import Carried, check_file, files_of
from rlpipeline.audit.copies.tables import Alike
from rlpipeline.audit.copies.workbook import check_contents, check_heads, check_sections
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Figure, FigureKey, Publication
from rlpipeline.published.model import Label, Rows
from rlpipeline.published.parts import territory_of
from rlpipeline.published.workbook import CONTENTS


@dataclass(frozen=True)
class Told:
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
    covers: tuple[Cover, ...]
    identity: Identity | None
    files: tuple[Carried, ...]


def told_of(publication: Publication) -> Told:
    """Gather what a part tells the others."""
    own = frozenset(publication.figures)
    omitted = frozenset((bundle.id, code) for bundle in publication.bundles for code in bundle.omis)
    shown = shown_keys(publication)
    carried = {figure.key for bundle in publication.bundles for figure in bundle.figures}
    return Told(
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
        self._covers: list[Cover] = []
        self._identity: Identity | None = None
        self._files: list[Carried] = []
        self._findings: list[Finding] = []

    @property
    def tables(self) -> Mapping[str, Bundle]:
        """The first table of each name."""
        return self._alike.first

    def add(self, told: Told) -> None:
        """Take what a part tells; the service's comes first."""
        self._findings += self._alike.check(told.tables)
        self._findings += check_sections(self._sheets.get(CONTENTS, ()), told.tables)
        for bundle in told.tables:
            lines, columns = self._heads.setdefault(bundle.id, (set(), set()))
            lines.update(bundle.rows)
            columns.update(bundle.columns)
        self._carried |= told.carried
        self._uncarried += told.uncarried
        self._shown |= told.shown
        self._unshown += told.unshown
        self._lines |= told.lines
        self._places |= told.places
        self._omitted |= told.omitted
        self._undefined += told.undefined
        self._covers += told.covers
        self._identity = self._identity or told.identity
        self._files += told.files

    @property
    def named(self) -> Named:
        """What the publication calls its tables, their lines and columns, and the communes."""
        places = {territory_of(cover.file): cover.heading for cover in self._covers if cover.file != REPORT}
        return Named(self.tables, self._heads, places)

    def check(self, year: int, files: Mapping[str, Rows]) -> Iterator[Finding]:
        """Hold the parts against one another."""
        yield from (not_carried(figure, file) for figure, file in self._uncarried if figure.key not in self._carried)
        yield from (not_shown(figure) for figure in self._unshown if self._is_missing(figure))
        for name, rows in self._sheets.items():
            if name in self.tables:
                yield from check_heads(name, rows, self.tables[name], self._heads[name])
        yield from check_contents(self._sheets.get(CONTENTS, ()), self.tables)
        yield from self._findings
        for defined in self._undefined:
            for bundle in self.tables.values():
                yield from check_definition(defined, bundle)
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

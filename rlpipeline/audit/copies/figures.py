"""Each figure in all its copies: CSV, tables that the notebooks carry, pages, workbook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rlpipeline.audit.copies.wording import disagreement, write_change, write_figure
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Cell, Figure, FigureKey, FormerFigure, Place, Publication
from rlpipeline.published.figures import FIGURES, adding
from rlpipeline.published.model import ROUNDED, Figures

PRINTED = "publié"
Line = tuple[str, int, str, str]
"""Indicator, year, line, column."""
Former = Callable[[FigureKey], Figure | None]
"""Gives a figure that the publication does not have: of another year, or of a table that is not shown."""
UNSHOWN = "Un chiffre publié n'est sur aucune page."
ABSENT = "Un chiffre montré n'est pas dans le fichier des chiffres."


def nothing(key: FigureKey) -> None:
    """Say that no figure is there beside those published."""


@dataclass(frozen=True)
class BothYears:
    """Figures of the year and of the year before, wherever the publication carries them.

    Parameters
    ----------
    of_year
        Those of ``indicateurs.csv``.
    former
        Those of the year before that the notebooks carry.
    tables
        The same, by table, year and territory.
    rare
        As :class:`~rlpipeline.published.Publication` has it.
    unpublished
        Gives the figures of tables that no chapter of the report shows, which a chart may draw.
    counted
        Whether ``unpublished`` has every figure that was counted; else a table that no chapter shows is not known.
    """

    of_year: Figures
    former: Mapping[FigureKey, FormerFigure]
    tables: Mapping[tuple[str, int, str], Sequence[Figure]]
    rare: frozenset[str]
    unpublished: Former = nothing
    counted: bool = True

    @classmethod
    def of(cls, publication: Publication, unpublished: Former = nothing, *, counted: bool = True) -> BothYears:
        """Gather the figures of a publication."""
        before = (one for bundle in publication.bundles for one in bundle.former)
        gathered = cls._gathered(publication.figures, before, publication.rare)
        return replace(gathered, unpublished=unpublished, counted=counted)

    def knows(self, table: tuple[str, int, str]) -> bool:
        """Say whether the figures of a table, year and territory would be found."""
        return self.counted or bool(self.of_year.table(table))

    @classmethod
    def _gathered(cls, of_year: Figures, before: Iterable[FormerFigure], rare: frozenset[str]) -> BothYears:
        former: dict[FigureKey, FormerFigure] = {}
        for one in before:
            former.setdefault(one.figure.key, one)
        tables: dict[tuple[str, int, str], list[Figure]] = {}
        for figure in (*of_year.values(), *(one.figure for one in former.values())):
            tables.setdefault(figure.key[:3], []).append(figure)
        return cls(of_year, former, tables, rare)

    def _elsewhere(self, key: FigureKey) -> BothYears | None:
        """The figures of another part's table."""
        other = self.of_year.elsewhere(key.territoire, key.indicateur)
        if not other:
            return None
        return self._gathered(Figures({figure.key: figure for figure in other.figures}), other.former, self.rare)

    def find(self, key: FigureKey) -> Figure | None:
        """Give a figure; what a table of the year before did not count is not applicable, zero for a rare code."""
        other = self._elsewhere(key)
        if other is not None:
            return other.find(key)
        if key in self.of_year:
            return self.of_year[key]
        if key[:3] not in self.tables:
            return self.unpublished(key)
        return self.former[key].figure if key in self.former else self._uncounted(key)

    def _uncounted(self, key: FigureKey) -> Figure | None:
        same = self.tables.get(key[:3], ())
        first = self.former.get(same[0].key) if same else None
        if first is None:
            return None
        if first.origine == PRINTED:
            return Figure(key, None, "", "nc", first.figure.place)
        if {key.ligne, key.colonne} & self.rare:
            return Figure(key, 0.0, "", "ok", first.figure.place)
        return Figure(key, None, "", "vide", first.figure.place)

    def added(self, key: FigureKey) -> Figure | None:
        """Give the sum over the columns of a line of the figures in one unit, which is the column of the key.

        Returns
        -------
        None where the table is not known; ``partiel`` where some are not known.
        """
        other = self._elsewhere(key)
        if other is not None:
            return other.added(key)
        table = self.tables.get(key[:3])
        if table is None:
            return None
        same = [figure for figure in table if (figure.key.ligne, figure.unite) == (key.ligne, key.colonne)]
        if not same:
            return None
        states = {figure.etat for figure in same}
        values = [figure.valeur for figure in same if figure.valeur is not None]
        state = next(iter(states)) if len(states) == 1 else "partiel"
        return Figure(key, sum(values) if values else None, key.colonne, state, same[0].place)


def check_csv(publication: Publication) -> Iterator[Finding]:
    """Hold the notebooks' tables against the CSV file; no figure comes twice in either."""
    bases = _bases(publication)
    for bundle in publication.bundles:
        own = Counter(figure.key for figure in bundle.figures)
        for figure in bundle.figures:
            yield from _same_figure("notebook", figure, publication.figures.get(figure.key))
            if own[figure.key] > 1:
                yield _missing("notebook", figure, "Un chiffre est deux fois dans un tableau.")
        for one in bundle.former:
            yield from (*_state(one.figure), *_check_base(one.figure, bases))
    counts = Counter(figure.key for figure in publication.csv)
    for figure in publication.csv:
        if counts[figure.key] > 1:
            yield _missing("csv", figure, "Un chiffre est deux fois dans le fichier.")
        yield from _state(figure)


def uncarried(publication: Publication) -> Iterator[tuple[Figure, str]]:
    """Give the figures of the CSV file that no table of the part has, each with the notebook of its table."""
    carried = {figure.key: figure for bundle in publication.bundles for figure in bundle.figures}
    tables = {bundle_key(figure.key): figure.place.file for figure in carried.values()}
    for figure in publication.csv:
        if figure.key not in carried:
            yield figure, tables.get(bundle_key(figure.key), "")


def not_carried(figure: Figure, file: str) -> Finding:
    """Say that a figure of the CSV file is in no table at all."""
    message = "Un chiffre du fichier n'est dans aucun tableau des chapitres."
    return disagreement("csv", message, (figure.place, _written(figure)), (Place(file, "") if file else None, ""))


def bundle_key(key: FigureKey) -> tuple[str, str]:
    """Table and territory."""
    return key.indicateur, key.territoire


def _same_figure(check: str, figure: Figure, published: Figure | None) -> Iterator[Finding]:
    if published is None:
        yield disagreement(check, ABSENT, (figure.place, _written(figure)), (Place(FIGURES, ""), ""))
    elif _exactly(figure) != _exactly(published):
        message = "Le tableau d'un chapitre et le fichier des chiffres diffèrent."
        yield disagreement(check, message, (figure.place, _written(figure)), (published.place, _written(published)))


def _exactly(figure: Figure) -> tuple[object, ...]:
    return figure.valeur, figure.unite, figure.etat, figure.marge


def _missing(check: str, figure: Figure, message: str) -> Finding:
    return disagreement(check, message, (figure.place, _written(figure)), (None, ""))


def _state(figure: Figure) -> Iterator[Finding]:
    """A number where the state has one, none where it has none."""
    if (figure.valeur is not None) != (figure.etat in {"ok", "partiel", ROUNDED}):
        message = "Une valeur ne va pas avec son état."
        yield disagreement("unite", message, (figure.place, _written(figure)), (None, figure.etat))
    if figure.etat == ROUNDED and figure.valeur is not None and figure.valeur % (figure.marge + 1):
        message = "Un nombre arrondi n'est pas un multiple de sa base."
        yield disagreement("unite", message, (figure.place, _written(figure)), (None, f"{figure.marge + 1:.12g}"))


def _bases(publication: Publication) -> frozenset[float]:
    """Bases of the year before: that of most of its figures, and that of sensitive subjects, twice as large."""
    former = (one.figure for bundle in publication.bundles for one in bundle.former)
    bases = Counter(figure.marge + 1 for figure in former if figure.etat == ROUNDED)
    return frozenset(base * times for base, _ in bases.most_common(1) for times in (0.5, 1, 2))


def _check_base(figure: Figure, bases: frozenset[float]) -> Iterator[Finding]:
    """A figure of the year before has a base that other figures have."""
    if figure.etat == ROUNDED and figure.marge + 1 not in bases:
        message = "Un nombre arrondi de l'année précédente a une base que rien d'autre n'a."
        yield disagreement("notebook", message, (figure.place, _written(figure)), (None, ""))


def _written(figure: Figure) -> str:
    if figure.valeur is None:
        return figure.etat
    star = "*" if figure.etat == "partiel" else ""
    number = f"{figure.valeur:.12g}{star} {figure.unite}".strip()
    return f"≈ {number}, base {figure.marge + 1:.12g}" if figure.etat == ROUNDED else number


def check_cells(publication: Publication) -> Iterator[Finding]:
    """Hold every cell of a table, in pages and notebooks, against the figures of the year and of the year before."""
    figures = BothYears.of(publication)
    find = adding(figures.find)
    for cell in publication.cells:
        if cell.kind == "tableau":
            yield from _same_words(cell, find(cell.key))
        elif cell.kind == "écart":
            yield from _same_change(cell, figures)


def _same_words(cell: Cell, figure: Figure | None) -> Iterator[Finding]:
    check = "notebook" if cell.place.file.endswith(".ipynb") else "page"
    if figure is None:
        yield disagreement(check, ABSENT, (cell.place, cell.words), (Place(FIGURES, ""), ""))
        return
    words = write_figure(figure, cell.decimales or 0)
    if _folded(cell.words) != _folded(words):
        message = "Un chiffre montré n'est pas celui du fichier des chiffres."
        yield disagreement(check, message, (cell.place, cell.words), (figure.place, words))


def _same_change(cell: Cell, figures: BothYears) -> Iterator[Finding]:
    """What moved beside the year before is the difference of both years, or nothing where none can be told."""
    now, then = figures.find(cell.key), figures.find(cell.key._replace(annee=cell.key.annee - 1))
    expected = write_change(now, then) if now and then else ""
    if _folded(cell.words) != _folded(expected):
        message = "L'écart avec l'année précédente n'est pas celui des chiffres."
        yield disagreement("page", message, (cell.place, cell.words), (now.place if now else None, expected))


def _folded(words: str) -> str:
    return " ".join(re.sub(r"[\u202f\u00a0]", " ", words).split())


def shown_keys(publication: Publication) -> set[FigureKey]:
    """Give the figures that the tables of the pages show, or the sentence in the place of a table of one figure."""
    cells = (cell for cell in publication.cells if cell.kind == "tableau" and cell.place.file in publication.pages)
    alone = (one for one in publication.quotes if not one.texte and one.function == "chiffre" and all(one.ref))
    quoted = {FigureKey(one.ref[0], one.annee, one.territoire, *one.ref[1:]) for one in alone}
    return {cell.key for cell in cells} | quoted


def line_of(key: FigureKey) -> Line:
    """Give the cell of a figure, whatever its territory."""
    return key.indicateur, key.annee, key.ligne, key.colonne


def not_shown(figure: Figure) -> Finding:
    """Say that no page shows a figure."""
    return _missing("page", figure, UNSHOWN)


def check_workbook(publication: Publication) -> Iterator[Finding]:
    """Hold the workbook against the CSV file, both ways; it has the exact numbers."""
    shown: set[FigureKey] = set()
    for cell in publication.cells:
        if cell.kind != "classeur":
            continue
        shown.add(cell.key)
        figure = publication.figures.get(cell.key)
        if figure is None:
            yield disagreement("classeur", ABSENT, (cell.place, cell.words), (Place(FIGURES, ""), ""))
        elif not _same_value(cell, figure):
            message = "Le classeur et le fichier des chiffres diffèrent."
            yield disagreement("classeur", message, (cell.place, cell.words), (figure.place, _written(figure)))
    for key, figure in publication.figures.items():
        if key not in shown:
            yield _missing("classeur", figure, "Un chiffre publié n'est pas dans le classeur.")


def _same_value(cell: Cell, figure: Figure) -> bool:
    if cell.valeur is None or figure.valeur is None:
        return cell.valeur is figure.valeur and cell.etat == figure.etat
    if ROUNDED in (cell.etat, figure.etat):
        return _folded(cell.words) == _folded(write_figure(figure))
    return abs(cell.valeur - figure.valeur) <= 1e-9 * max(1.0, abs(figure.valeur))

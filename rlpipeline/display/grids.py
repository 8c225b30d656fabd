"""What a chart shows of a table: lines and classes in their order, the words of each figure, title, remarks."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, product, takewhile
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from rlpipeline import french
from rlpipeline.display import cells
from rlpipeline.display.layout import MOST_COMMUNES, NOT_SHARED, Layout, some, summary
from rlpipeline.display.lookup import Former
from rlpipeline.display.phrases import is_in_percent, to_step
from rlpipeline.figures import Col, Row, label_of
from rlpipeline.figures.labels import AU_MOINS_UN, TOTAL
from rlpipeline.observations import Observation, compare, share_of
from rlpipeline.states import (
    ALIKE,
    CHANGES,
    LISTS,
    MASQUE,
    NC,
    NOT_ENTERED,
    OK,
    PARTIEL,
    REASONS,
    SIGN,
    TOO_SMALL,
    UNCERTAIN,
    VIDE,
    WORDS,
    ZERO,
)

LETTERS = 26
"""Letters of a line of the labels beside a chart."""
MOST_BARS = 15
"""Lines of bars, of which the largest are drawn."""
RATE = MappingProxyType(
    {
        "accompagnes": "Jeunes accompagnés pour 1\u202f000 habitants",
        "heures": "Heures par jeune accompagné",
    }
)
"""Columns of the rates of communes, and what the dots of each tell."""
OF_ALL_HOURS = (
    "Heures par jeune accompagné : toutes celles passées dans la commune (rue, actions et partenariats compris), "
    "divisées par le nombre de jeunes accompagnés."
)
"""What the hours for each young person are not: time spent with each."""
BLANK = "Case vide : la part n'est pas connue, ou ne se dit pas à ce niveau d'arrondi."
"""What a cell without words is."""
WHOLE = 10
"""Number from which on no decimals are written of hours for each young person."""
FEWEST_IN_PER_CENT = 10
"""Young people of whom a part is written in per cent, and hours for each of them are drawn."""
FEWEST_IN_A_PART = 5
"""Young people of fewer of whom no part is told: their number stands alone, uncoloured."""
BARS = "bars"
"""The kind that draws any table of numbers, and what another kind cannot."""
SEXES = (Col("F", "Filles"), Col("G", "Garçons"))
ZEROS_LEFT_OUT = "Les lignes à zéro sont omises."
ZEROS_LEFT_OUT_OF_BOTH = "Les lignes à zéro les deux années sont omises."
OF_FAMILIES = "Familles de problématiques à l'origine de l'accompagnement, par âge"
SUM_OF_ROUNDED = "Parts arrondies : leur somme peut différer du total écrit au bout."
OF_ACTIONS = "Participants aux actions collectives, par âge"
PUBLICS = MappingProxyType(
    {
        "personnes": (
            "Personnes, somme des actions",
            "Une personne venue à plusieurs actions est comptée à chacune.",
        ),
        "presences": (
            "Présences, somme des séances",
            "Une personne venue à plusieurs séances compte autant de présences.",
        ),
    }
)
"""Units in which actions count participants: title, and what is counted several times."""
_OR_UNKNOWN = re.compile(r" \(ou (?:inconnu|non renseigné)e?\)$")
Key = tuple[str, str]
Numbers = Sequence[Sequence[float]]
At = Callable[[str, str], Observation]
"""What gives a figure by line and column."""


@dataclass(frozen=True)
class Grid:
    """Figures of lines × columns and the words of each: a chart has its picture, its data and its words from it.

    Parameters
    ----------
    largest
        Figure that the chart has room for; its own where one is larger.
    ends
        Total of each line, in words, where there is one.
    is_of_years
        Whether its columns are the year and the one before.
    before
        Figures of the year before, of which an outline is drawn.
    story
        Codes of the lines that stand out.
    shares, signs
        Parts that the figures are of their classes, in per cent, which are drawn in their place; the words of each.
    each, each_before
        Numbers of a line that dots stand at, and of the year before.
    called
        What each of these numbers is.
    """

    rows: Sequence[Row]
    columns: Sequence[Col]
    figures: Sequence[Sequence[Observation]]
    words: Sequence[Sequence[str]]
    largest: float = 0
    ends: Sequence[str] = ()
    is_of_years: bool = False
    before: Sequence[Sequence[Observation]] = ()
    story: frozenset[str] = frozenset()
    shares: Sequence[Sequence[Observation]] = ()
    signs: Sequence[Sequence[str]] = ()
    each: Sequence[Sequence[float]] = ()
    each_before: Sequence[Sequence[float]] = ()
    called: Sequence[str] = ()

    @cached_property
    def lengths(self) -> npt.NDArray[np.float64]:
        """What each figure is drawn as, lines × columns; 0 where there is no number."""
        return lengths_of(self.figures)

    @property
    def every(self) -> list[Observation]:
        """The figures, line by line."""
        return [figure for line in self.figures for figure in line]

    @property
    def every_word(self) -> list[str]:
        """The words of the figures, line by line."""
        return [words for line in self.words for words in line]

    @property
    def places(self) -> range:
        """Ranks of the lines, which are where they stand in a chart."""
        return range(len(self.rows))

    @property
    def labels(self) -> list[str]:
        """Names of the lines, cut to fit beside the chart."""
        return [wrapped(_short(row.label)) for row in self.rows]

    @property
    def names(self) -> list[str]:
        """Names of the columns in a picture."""
        return [_short(column.label) for column in self.columns]

    def column(self, place: int) -> Grid:
        """Give one column, as a grid."""
        columns = [self.columns[place]]
        figures = [[line[place]] for line in self.figures]
        words = [[line[place]] for line in self.words]
        return replace(self, columns=columns, figures=figures, words=words)


def lengths_of(figures: Sequence[Sequence[Observation]]) -> npt.NDArray[np.float64]:
    """Give what each figure is drawn as, lines × columns; 0 where there is no number."""
    return np.nan_to_num([[figure.drawn for figure in line] for line in figures])


def _short(label: str) -> str:
    """Name a class in a picture, where « (ou inconnu) » has no room: the table beside says it."""
    return _OR_UNKNOWN.sub("", label)


def wrapped(label: str, letters: int = LETTERS) -> str:
    """Cut a label into lines of so many letters."""
    return textwrap.fill(label, letters)


@dataclass(frozen=True)
class Content:
    """What a chart shows.

    Parameters
    ----------
    total
        What the lines add up to, in words.
    kind
        The kind that it must be drawn as; empty for the one that was asked.
    years
        Year of each column; empty where all are of the chart's own.
    summed
        (ligne, colonne) of the figures that its own are sums of.
    """

    title: str
    grid: Grid
    remarks: tuple[str, ...] = ()
    total: str = ""
    kind: str = ""
    years: tuple[int, ...] = ()
    summed: tuple[Key, ...] = ()

    @property
    def keys(self) -> tuple[Key, ...]:
        """(ligne, colonne) of the figures drawn."""
        grid = self.grid
        own = [(row.code, column.code) for row in grid.rows for column in grid.columns]
        return self.summed or tuple(dict.fromkeys(own))

    def remarked(self, *remarks: str) -> Content:
        """Add remarks."""
        return replace(self, remarks=(*self.remarks, *remarks))


Shows = Content | str
"""What a chart shows, or the sentence that stands for it."""


def classes(layout: Layout) -> list[Col]:
    """List the columns that the lines are crossed with: those before the total, or all where they have one unit."""
    columns = [column for column in layout.data.columns if column.kind != "texte"]
    if _has_total(layout):
        return [*takewhile(lambda column: column.kind != "total", columns)]
    units = {figure.unit for figure in layout.figures.values()}
    return columns if len(units) == 1 else []


def _has_total(layout: Layout) -> bool:
    """Whether a column is the total of others."""
    return any(column.kind == "total" for column in layout.data.columns)


def is_summed(layout: Layout) -> bool:
    """Whether a column sums the table up."""
    return bool(summary(layout.data))


def is_crossed(layout: Layout) -> bool:
    """Whether the lines are crossed with classes."""
    return len(classes(layout)) > 1


def is_added(layout: Layout) -> bool:
    """Whether the classes of a line add up to its total."""
    return _has_total(layout) and is_crossed(layout)


def is_by_sex(layout: Layout) -> bool:
    """Whether girls and boys are apart."""
    return {sex.code for sex in SEXES} <= {column.code for column in classes(layout)}


def is_in_order(layout: Layout) -> bool:
    """Whether the lines are steps that follow each other, summed up by a column."""
    return layout.is_scale and is_summed(layout)


def is_of_rates(layout: Layout) -> bool:
    """Whether the lines are communes with the young people of 1,000 inhabitants, and with hours."""
    return {*RATE} <= {column.code for column in layout.data.columns}


def lines(layout: Layout) -> Shows:
    """Take the lines as bars: names by size without the zeros, steps of a scale as they are."""
    if layout.data.id == "actions":
        return _participants(layout)
    content = _of_one_column(_Column(layout, is_ranked=not layout.is_scale))
    if isinstance(content, str):
        return content
    return replace(_beside_before(layout, content), kind=BARS)


def steps(layout: Layout) -> Shows:
    """Take the lines in their order, by each column where all count the same."""
    grid = _crossed(layout, _drawn_rows(layout)) if is_crossed(layout) else None
    if grid is None or _has_total(layout) or not all(figure.is_number for figure in grid.every):
        return _of_one_column(_Column(layout, is_ranked=False))
    return _of_cells(layout, grid)


def rates(layout: Layout) -> Shows:
    """Take the young people of 1,000 inhabitants of each commune, and the hours for each of them.

    The year before is beside them where it is compared. Rates alone where hours or young people are not known exactly.
    """
    of_rate = layout.column(next(iter(RATE)), _drawn_rows(layout))
    rows = [row for row, figure in of_rate.items() if figure.is_number]
    each = _hours_each(layout, rows, layout.at, layout.data.year)
    before = layout.compared
    if not each:
        return lines(layout)
    former = _hours_each(layout, rows, before.at, before.year) if before else ()
    title = _caption(layout)
    if before and former:
        title += _in_brackets("en gris", before.year)
    columns = [Col(code, _label(layout, code)) for code in RATE]
    signs = [[*map(_hours_words, numbers)] for numbers in each]
    grid = _grid(rows, columns, _cells(rows, RATE, layout.at))
    grid = replace(grid, each=each, each_before=former, signs=signs, story=layout.story)
    return Content(title, replace(grid, called=[*RATE.values()]), remarks=(OF_ALL_HOURS,))


def _hours_words(number: float) -> str:
    """Write a rate, with a decimal where it is small."""
    return french.number(number, 0 if number >= WHOLE else 1)


def _hours_each(layout: Layout, rows: Sequence[Row], at: At, year: int) -> Numbers:
    """Give the rate of each commune and the hours for each young person, from the figures of a year.

    Nothing where one is not known exactly, or is of so few that one more would change it.
    """
    each = list[Sequence[float]]()
    figures = _cells(rows, RATE, at)
    for row, (rate, hours) in zip(rows, figures, strict=True):
        whole = layout.wholes.get((year, row.code))
        if whole is None or {rate.state, hours.state, whole.state} != {OK}:
            return ()
        if whole.value < FEWEST_IN_PER_CENT:
            return ()
        each.append((rate.value, hours.value / whole.value))
    return each


@dataclass(frozen=True)
class _Column:
    """The column that sums a table up, and which of its lines are drawn.

    Parameters
    ----------
    is_ranked
        Whether its lines go by size, without the zeros; else they stay as they are.
    """

    layout: Layout
    is_ranked: bool

    @property
    def code(self) -> str:
        """Code of the column."""
        return summary(self.layout.data)

    @property
    def title(self) -> str:
        """Say what is drawn, of which place and year."""
        return _caption(self.layout, self.layout.data.spec.look.drawn)

    @cached_property
    def figures(self) -> Mapping[Row, Observation]:
        """The figure of each line that has one."""
        return self.layout.column(self.code, _drawn_rows(self.layout))

    @cached_property
    def drawn(self) -> list[Row]:
        """The lines that have a number, of the ranked ones those that count."""
        numbers = [row for row, figure in self.figures.items() if figure.is_number]
        if not self.is_ranked:
            return numbers
        counted = filter(self._counts, numbers)
        return sorted(counted, key=lambda row: -self.figures[row].value)

    def _counts(self, row: Row) -> bool:
        """Whether a line counts something, or did the year before."""
        before = self.layout.compared
        has_fallen = before is not None and before.at(row.code, self.code).drawn > 0
        return has_fallen or not self.figures[row].is_nothing

    @property
    def most(self) -> int:
        """Lines that are drawn at most: of communes as many as the table shows."""
        return MOST_COMMUNES if self.layout.left_out.rows else MOST_BARS

    def grid(self) -> Grid:
        """Give the lines that are drawn."""
        layout, rows = self.layout, self.drawn[: self.most]
        figures = [[self.figures[row]] for row in rows]
        words = [[_words(layout, row, self.figures[row])] for row in rows]
        column = Col(self.code, _label(layout, self.code))
        return Grid(rows, [column], figures, words, layout.scale, story=layout.story)

    def remarks(self) -> Iterator[str]:
        """Name the lines that are not drawn."""
        for state in (NC, MASQUE):
            names = [row.label for row, figure in self.figures.items() if figure.state == state]
            if names:
                yield f"{LISTS[state]} : {some(names, self.layout.left_out)}."
        zeros = {row for row, figure in self.figures.items() if figure.is_nothing}
        if self.is_ranked and not zeros <= {*self.drawn}:
            yield ZEROS_LEFT_OUT_OF_BOTH if zeros & {*self.drawn} else ZEROS_LEFT_OUT
        for note in self.layout.data.notes:
            if note.endswith(NOT_SHARED):
                yield note
        yield from _cut(len(self.drawn), self.most)


def _of_one_column(column: _Column) -> Shows:
    """Take the lines of the column that sums a table up."""
    layout, title = column.layout, column.title
    if why := _why_none(layout, title, [*column.figures.values()]):
        return why
    if len(column.drawn) == 1 and layout.data.spec.look.by_place:
        return f"{title} : une seule ligne, donc pas de graphique."
    total = _total(layout, column.code)
    return Content(title, column.grid(), tuple(column.remarks()), total)


def by_sex(layout: Layout) -> Shows:
    """Take a population by age, girls and boys apart; by age alone where the two are not crossed."""
    rows = [row for row in layout.data.rows if row.code != TOTAL]
    grid, title = _crossed(layout, rows, SEXES), _caption(layout)
    if grid is None:
        return lines(layout)
    if why := _why_none(layout, title, grid.every):
        return why
    unknown = layout.figures.get((TOTAL, "NR"))
    remarks: tuple[str, ...] = ()
    if unknown is not None and unknown.value > 0:
        young = french.count(unknown.value, "jeune", "jeunes")
        remarks = (f"Sans {young} dont le sexe n'est pas renseigné.",)
    former = _former(layout, grid)
    grid = replace(grid, largest=layout.scale, before=former, story=layout.story)
    if grid.before and layout.before:
        title += _in_brackets("contour", layout.before.year)
    return Content(title, grid, remarks, _total(layout, TOTAL))


def _former(layout: Layout, grid: Grid) -> Sequence[Sequence[Observation]]:
    """Give the year before of each figure; none where one of them is not compared."""
    before = layout.compared
    if before is None:
        return ()
    codes = [column.code for column in grid.columns]
    then = _cells(grid.rows, codes, before.at)
    pairs = zip(grid.every, chain.from_iterable(then), strict=True)
    return then if all(compare(*pair).is_told for pair in pairs) else ()


@dataclass(frozen=True)
class _Pair:
    """The figure of a line, and that of the year before."""

    row: Row
    now: Observation
    then: Observation

    @property
    def why_alone(self) -> str:
        """Say why the year before is not drawn; nothing where it is."""
        compared = compare(self.now, self.then)
        if compared.reason == UNCERTAIN:
            return CHANGES[UNCERTAIN]
        return "" if compared.is_told else "inconnu"

    @property
    def drawn(self) -> tuple[Observation, Observation]:
        """Give both figures; the year before has no number where it may not be compared: no bar without its words."""
        if self.why_alone:
            return self.now, replace(self.then, value=math.nan, state=NC)
        return self.now, self.then


def _beside_before(layout: Layout, content: Content) -> Content:
    """Set the figures of the year before beside those of one column, where the two are compared."""
    grid, before = content.grid, layout.compared
    if before is None:
        return content
    [code] = [column.code for column in grid.columns]
    then = [before.at(row.code, code) for row in grid.rows]
    pairs = [*map(_Pair, grid.rows, grid.every, then)]
    if all(pair.why_alone for pair in pairs):
        return content
    if all(pair.now.value == pair.then.value for pair in pairs):
        return content.remarked(f"Mêmes nombres qu'en {before.year}.")
    title = content.title + _in_brackets("en gris", before.year)
    years = layout.data.year, before.year
    both = _of_years(layout, grid, pairs, years)
    shown = replace(content, title=title, grid=both, years=years)
    others = _undrawn_before(layout, before, code)
    return shown.remarked(*_alone(layout, pairs, before.year), *others)


def _undrawn_before(layout: Layout, before: Former, code: str) -> Iterator[str]:
    """Say what the year before counted on lines that this year has not: its bars add up to less than its total."""
    lines = {row.code for row in layout.data.rows}
    others = []
    for (line, column), figure in before.by_cell.items():
        if column == code and line not in lines and figure.drawn > 0:
            name = before.names.get(line) or label_of(line)
            others.append(f"{name} ({cells.plain(figure)})")
    if others:
        yield f"En {before.year} aussi : {french.listing(others)}."


def _of_years(layout: Layout, grid: Grid, pairs: Sequence[_Pair], years: tuple[int, int]) -> Grid:
    """Give a column of the year and one of the year before in the place of the one of a grid."""
    columns = [replace(grid.columns[0], label=str(year)) for year in years]
    figures = [pair.drawn for pair in pairs]
    former = [_former_words(layout, pair, years[1]) for pair in pairs]
    words = [*map(list, zip(grid.every_word, former, strict=True))]
    return replace(grid, columns=columns, figures=figures, words=words, is_of_years=True)


def _former_words(layout: Layout, pair: _Pair, year: int) -> str:
    """Write the figure of the year before, where it is drawn."""
    if pair.why_alone:
        return ""
    return cells.plain(pair.then) + _of_whole(layout, pair.row, year)


def _alone(layout: Layout, pairs: Sequence[_Pair], year: int) -> Iterator[str]:
    """Name the lines whose year before is not drawn, by the reason."""
    reasons = dict.fromkeys(pair.why_alone for pair in pairs if pair.why_alone)
    for why in reasons:
        names = [pair.row.label for pair in pairs if pair.why_alone == why]
        yield f"Sans {year} ({why}) : {some(names, layout.left_out)}."


def crossed(layout: Layout) -> Shows:
    """Take the cells of lines × classes, as parts where what they are parts of is known."""
    rows = _drawn_rows(layout)
    grid = _crossed(layout, rows[:MOST_BARS])
    if grid is None:
        return _lines_alone(layout)
    if layout.data.spec.look.share_of:
        return _parts(layout, rows)
    grid = replace(grid, largest=layout.scale)
    return _of_cells(layout, grid, *_cut(len(rows), MOST_BARS))


def _parts(layout: Layout, rows: Sequence[Row]) -> Shows:
    """Take the cells as parts of each class, the line that counts most first."""
    totals, columns = layout.column(TOTAL, rows), classes(layout)
    counted = [row for row, total in totals.items() if not total.is_nothing]
    counted.sort(key=lambda row: -totals[row].drawn)
    grid, wholes = _crossed(layout, counted), _known_wholes(layout, columns)
    if grid is None or len(wholes) < len(columns):
        return _lines_alone(layout)
    shares = [[*map(_part, line, wholes)] for line in grid.figures]
    signs = [[*map(_sign, line, wholes)] for line in grid.figures]
    named = [*map(_of_so_many, columns, wholes)]
    grid = replace(grid, columns=named, shares=shares, signs=signs)
    content = _of_cells(layout, grid)
    if isinstance(content, str):
        return content
    content = replace(content, title=f"{content.title}{french.NBSP}: part des jeunes de cet âge")
    return content.remarked(BLANK) if "" in chain.from_iterable(signs) else content


def _part(part: Observation, whole: Observation) -> Observation:
    """Give the part that a figure is of a whole; not that of a few."""
    if whole.value < FEWEST_IN_A_PART:
        return Observation(math.nan, "%", NC)
    share = share_of(part, whole)
    if share.is_rounded and not is_in_percent(part, whole.value):  # a sentence has words for it
        return Observation(math.nan, "%", UNCERTAIN)
    return share


def _known_wholes(layout: Layout, columns: Sequence[Col]) -> list[Observation]:
    """List what classes are parts of, where it is known exactly; nothing where all of them are of few."""
    year = layout.data.year
    wholes = [layout.wholes.get((year, column.code)) for column in columns]
    known = [whole for whole in wholes if whole and whole.state == OK]
    are_few = all(whole.value < FEWEST_IN_PER_CENT for whole in known)
    return [] if are_few else known


def _of_so_many(column: Col, whole: Observation) -> Col:
    """Name a class with the number of its young people."""
    label = f"{_short(column.label)} (sur{french.NBSP}{cells.plain(whole)})"
    return replace(column, label=label)


def _sign(part: Observation, whole: Observation) -> str:
    """Write a share: in per cent where the whole is large enough, else « 7 sur 8 »; nothing where it is unknown."""
    if whole.value < FEWEST_IN_A_PART:
        return cells.plain(part)
    share = _part(part, whole)
    if not share.is_number:
        return ""
    if whole.value < FEWEST_IN_PER_CENT:
        return f"{cells.plain(part)} sur {cells.plain(whole)}"
    if not share.is_rounded:
        return f"{share.value:.0f}{french.NBSP}%"
    return f"{SIGN}{to_step(share.value)}{french.NBSP}%"


def grouped(layout: Layout) -> Shows:
    """Take the classes of each line, without the lines at zero."""
    rows = _drawn_rows(layout)
    whole = _crossed(layout, rows)
    if whole is None:
        return _lines_alone(layout)
    by_row = zip(rows, whole.figures, strict=True)
    counted = [row for row, line in by_row if not all(figure.is_nothing for figure in line)]
    counted = rows if layout.is_scale else counted
    grid = _crossed(layout, counted[:MOST_BARS]) or whole
    zeros = [ZEROS_LEFT_OUT] if len(counted) < len(rows) else []
    return _of_cells(layout, grid, *zeros, *_cut(len(counted), MOST_BARS))


def stacked(layout: Layout) -> Shows:
    """Take the classes of each line as parts of its total."""
    content = grouped(layout)
    if isinstance(content, str) or content.kind:
        return content
    if not content.grid.ends:
        return _lines_alone(layout)
    is_rounded = any(figure.is_rounded for figure in content.grid.every)
    return content.remarked(SUM_OF_ROUNDED) if is_rounded else content


def _lines_alone(layout: Layout) -> Shows:
    """Take the lines of a table whose cells are not all there: what portraits share is the scale of its cells."""
    return lines(replace(layout, scale=0))


def _of_cells(layout: Layout, grid: Grid, *remarks: str) -> Shows:
    """Give cells their title; the sentence that stands for them where they would show nothing."""
    has_families = any(row.kind == "famille" for row in grid.rows)
    title = _caption(layout, OF_FAMILIES if has_families else "")
    if why := _why_none(layout, title, grid.every):
        return why
    return Content(title, grid, remarks, _total(layout, TOTAL))


def _participants(layout: Layout) -> Shows:
    """Take who takes part in the actions, persons and attendances apart, for they are never added."""
    title, counted = _caption(layout, OF_ACTIONS), _counted(layout)
    if any(figure.is_rounded for figure in counted.values()):
        return f"{title}. Pas de graphique : le détail par âge est arrondi action par action."
    publics = {line for line, _ in counted}
    rows = [row for row in layout.data.rows if row.code in publics]
    sums = _sums(counted, rows)
    if not sums:
        nobody = f"{title} : aucun participant compté."
        return _why_none(layout, title, [*counted.values()]) or nobody
    columns = [Col(unit, PUBLICS[unit][0]) for unit in sums]
    figures = [*zip(*sums.values(), strict=True)]
    grid = _grid(rows, columns, figures)
    remarks = tuple(PUBLICS[unit][1] for unit in sums)
    keys = tuple(key for key, figure in counted.items() if figure.unit in sums)
    return Content(title, grid, remarks, kind=BARS, summed=keys)


def _counted(layout: Layout) -> Mapping[Key, Observation]:
    """Give the figures of a table of actions that count participants of a public."""
    in_units = {key: figure for key, figure in layout.figures.items() if figure.unit in PUBLICS}
    return {key: figure for key, figure in in_units.items() if key[0] != TOTAL}


def _sums(
    counted: Mapping[Key, Observation], rows: Sequence[Row]
) -> Mapping[str, Sequence[Observation]]:
    """Add up the figures of each line by unit, of those that count somebody."""
    sums = {}
    for unit in PUBLICS:
        of_unit = [_sum_of(counted, row, unit) for row in rows]
        if any(figure.value > 0 for figure in of_unit):
            sums[unit] = of_unit
    return sums


def _sum_of(counted: Mapping[Key, Observation], row: Row, unit: str) -> Observation:
    """Add up the figures of a line in one unit; nothing is known of the sum where one of them is masked."""
    of_line = [figure for (line, _), figure in counted.items() if line == row.code]
    figures = [figure for figure in of_line if figure.unit == unit]
    states = {figure.state for figure in figures}
    if MASQUE in states:
        return Observation(math.nan, unit, MASQUE, column=TOTAL)
    numbers = [figure.value for figure in figures if figure.is_number]
    state = OK if states <= {OK} else PARTIEL
    return Observation(sum(numbers), unit, state, column=TOTAL)


def _drawn_rows(layout: Layout) -> list[Row]:
    """List the families where there are any, else the lines that count no other line again."""
    rows = layout.data.rows
    families = [row for row in rows if row.kind == "famille"]
    if families:
        return families
    once = [row for row in rows if row.code == AU_MOINS_UN and layout.wholes]
    body = [row for row in rows if row.kind == "corps"]
    others = [row for row in body if row.code not in {TOTAL, AU_MOINS_UN}]
    return [*once, *others]


def _words(layout: Layout, row: Row, figure: Observation) -> str:
    """Write a figure with its hours, and its part of the whole where the table has it."""
    if not figure.is_number:
        return ""
    unit = f"{french.NBSP}h" if figure.unit == "heures" else ""
    part = layout.figures.get((row.code, "part"))
    share = f" ({cells.plain(part)})" if part and part.state == OK else ""
    return f"{cells.plain(figure)}{unit}{share}{_of_whole(layout, row, layout.data.year)}"


def _of_whole(layout: Layout, row: Row, year: int) -> str:
    """« sur 114 », of the line of those counted once, where what they are a part of is known exactly."""
    whole = layout.wholes.get((year, TOTAL))
    if row.code != AU_MOINS_UN or whole is None or whole.state != OK:
        return ""
    return f" sur {cells.plain(whole)}"


def _grid(
    rows: Sequence[Row], columns: Sequence[Col], figures: Sequence[Sequence[Observation]]
) -> Grid:
    words = [[*map(cells.plain, line)] for line in figures]
    return Grid(rows, columns, figures, words)


def _cells(rows: Iterable[Row], columns: Iterable[str], at: At) -> list[list[Observation]]:
    """Give the figures of lines × columns, those of the year or of the one before."""
    return [[at(row.code, column) for column in columns] for row in rows]


def _crossed(layout: Layout, rows: Sequence[Row], columns: Sequence[Col] = ()) -> Grid | None:
    """Give the cells of lines × classes; None where there is none, or where the table has not all of them."""
    columns = columns or classes(layout)
    codes = [column.code for column in columns]
    places = {*product([row.code for row in rows], codes)}
    if not places or not places <= layout.figures.keys():
        return None
    grid = _grid(rows, columns, _cells(rows, codes, layout.at))
    ends = [*map(cells.plain, layout.column(TOTAL, rows).values())]
    return replace(grid, ends=ends) if len(ends) == len(rows) else grid


def _why_none(layout: Layout, title: str, figures: Sequence[Observation]) -> str:
    """Say why a chart of some figures is not drawn; nothing where it is."""
    why = _reason(layout, figures)
    if not why:
        return ""
    if why == ALIKE:
        return f"{title}. Pas de graphique : {REASONS[ALIKE]}."
    if why in WORDS:
        return f"{title} : {WORDS[why].no_chart}, donc pas de graphique."
    reason = REASONS[why].format(annee=layout.data.year)
    return f"{title} : {reason}, donc pas de graphique."


def _reason(layout: Layout, figures: Sequence[Observation]) -> str:
    """Give the state or the reason for which a chart of some figures would be empty; nothing where it would not.

    A table that has a total and none of what makes it is not shared in more detail; one that has nothing was not
    entered: nobody says of either that there is nothing to count.
    """
    if not layout.figures:
        return NOT_ENTERED
    every = layout.figures.values()
    if not figures and any(figure.is_nonzero for figure in every):
        return MASQUE
    return _in_common(figures or [*every])


def _in_common(figures: Sequence[Observation]) -> str:
    """Give what keeps figures from being told apart: zeros, or all as small, or as unknown; nothing where they are."""
    drawn = [figure for figure in figures if not figure.is_nothing]
    if not drawn:
        return ZERO
    if any(figure.is_number and not figure.is_below for figure in drawn):
        return ALIKE if all(map(_is_one_base, drawn)) else ""
    states = {figure.state for figure in drawn}
    return next((state for state in (NC, MASQUE, VIDE) if state in states), TOO_SMALL)


def _is_one_base(figure: Observation) -> bool:
    """Whether a figure is rounded to its base, or below it: all of them are as long."""
    return figure.is_rounded and figure.value in {0, figure.base}


def _cut(many: int, most: int) -> list[str]:
    """Say that the first lines alone are drawn, where there are more."""
    return [f"Les {most} premières lignes sur {many}."] if many > most else []


def _in_brackets(look: str, year: int) -> str:
    """Say in a title how the year before is drawn: « (en gris : 2022) »."""
    return f" ({look}{french.NBSP}: {year})"


def _caption(layout: Layout, drawn: str = "") -> str:
    """Say what is drawn, which is all that its table tells unless said otherwise, of which place and year."""
    title = layout.data.spec.title
    caption = layout.caption.replace(title, drawn, 1) if drawn else layout.caption
    return f"{caption}, {layout.data.year}"


def _total(layout: Layout, column: str) -> str:
    """Write the total of a column as it is read aloud; empty where it is unknown."""
    total = layout.figures.get((TOTAL, column))
    return cells.spoken(total) if total is not None and total.is_number else ""


def _label(layout: Layout, code: str) -> str:
    return next(column.label for column in layout.data.columns if column.code == code)

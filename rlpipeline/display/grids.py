"""What a chart shows of a table: lines and classes in their order, the words of each figure, title, remarks."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from rlpipeline import french
from rlpipeline.display import cells
from rlpipeline.display.layout import MOST_COMMUNES, NOT_SHARED, Layout, some, summary
from rlpipeline.display.lookup import Former
from rlpipeline.figures import Col, Row, label_of
from rlpipeline.figures.labels import AU_MOINS_UN, TOTAL
from rlpipeline.observations import Observation, compare, share_of
from rlpipeline.states import (
    ALIKE,
    ARRONDI,
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


@dataclass(frozen=True)
class Grid:
    """Figures of lines × columns and the words of each: a chart has its picture, its data and its words from it.

    ``largest``: figure that the chart has room for; its own where one is larger; ``ends``: total of each line, in
    words, where there is one; ``is_of_years``: whether its columns are the year and the one before; ``before``: figures
    of the year before, of which an outline is drawn; ``story``: lines that stand out; ``shares``: parts that the
    figures are of their classes, in per cent, which are drawn in their place, by ``signs``;
    ``each``, ``each_before``: numbers of a line that dots stand at, and of the year before, each of them ``called`` so.
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
        return np.nan_to_num([[figure.drawn for figure in line] for line in self.figures])

    @property
    def every(self) -> list[Observation]:
        """The figures, line by line."""
        return [figure for line in self.figures for figure in line]

    @property
    def every_word(self) -> list[str]:
        """The words of the figures, line by line."""
        return [words for line in self.words for words in line]

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
        figures = [[line[place]] for line in self.figures]
        words = [[line[place]] for line in self.words]
        return replace(self, columns=[self.columns[place]], figures=figures, words=words)


def _short(label: str) -> str:
    """Name a class in a picture, where « (ou inconnu) » has no room: the table beside says it."""
    return _OR_UNKNOWN.sub("", label)


def wrapped(label: str, letters: int = LETTERS) -> str:
    """Cut a label into lines of so many letters."""
    return textwrap.fill(label, letters)


@dataclass(frozen=True)
class Content:
    """What a chart shows.

    ``kind``: the kind that it must be drawn as; empty for the one that was asked; ``total``: what the lines add up to,
    in words; ``years``: year of each column; empty where all are of the chart's own; ``summed``: (ligne, colonne) of
    the figures that its own are sums of.
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


Shows = Content | str
"""What a chart shows, or the sentence that stands for it."""


def classes(layout: Layout) -> list[Col]:
    """List the columns that the lines are crossed with: those before the total, or all where they have one unit."""
    columns = [column for column in layout.data.columns if column.kind != "texte"]
    totals = [rank for rank, column in enumerate(columns) if column.kind == "total"]
    if totals:
        return columns[: totals[0]]
    return columns if len({figure.unit for figure in layout.figures.values()}) == 1 else []


def is_summed(layout: Layout) -> bool:
    """Whether a column sums the table up."""
    return bool(summary(layout.data))


def is_crossed(layout: Layout) -> bool:
    """Whether the lines are crossed with classes."""
    return len(classes(layout)) > 1


def is_added(layout: Layout) -> bool:
    """Whether the classes of a line add up to its total."""
    has_total = any(column.kind == "total" for column in layout.data.columns)
    return has_total and is_crossed(layout)


def is_by_sex(layout: Layout) -> bool:
    """Whether girls and boys are apart."""
    return {sex.code for sex in SEXES} <= {column.code for column in classes(layout)}


def is_in_order(layout: Layout) -> bool:
    """Whether the lines are steps that follow each other, summed up by a column."""
    return layout.is_scale and is_summed(layout)


def is_of_rates(layout: Layout) -> bool:
    """Whether the lines are communes with the young people of 1,000 inhabitants, and with hours."""
    return {*RATE} <= {column.code for column in layout.data.columns}


def lines(layout: Layout) -> Content | str:
    """Take the lines as bars: names by size without the zeros, steps of a scale as they are."""
    if layout.data.id == "actions":
        return _publics(layout)
    content = _of_one_column(layout, not layout.is_scale)
    if isinstance(content, str):
        return content
    return replace(_beside_before(layout, content), kind=BARS)


def steps(layout: Layout) -> Content | str:
    """Take the lines in their order, by each column where all count the same."""
    grid = _crossed(layout, _drawn_rows(layout)) if is_crossed(layout) else None
    has_total = any(column.kind == "total" for column in layout.data.columns)
    if grid is None or has_total or not all(figure.is_number for figure in grid.every):
        return _of_one_column(layout, False)
    return _of_cells(layout, grid, ())


def rates(layout: Layout) -> Content | str:
    """Take the young people of 1,000 inhabitants of each commune, and the hours for each of them.

    The year before is beside them where it is compared. Rates alone where hours or young people are not known exactly.
    """
    key = next(iter(RATE))
    figure_of = {row: layout.figures.get((row.code, key)) for row in _drawn_rows(layout)}
    rows = [row for row, figure in figure_of.items() if figure and figure.is_number]
    now = [[layout.figures[row.code, column] for column in RATE] for row in rows]
    each = _hours_each(layout, rows, now, layout.data.year)
    if not each:
        return lines(layout)
    title, before = f"{layout.caption}, {layout.data.year}", layout.before
    former: Sequence[Sequence[float]] = ()
    if before and not before.reason:
        then = [[before.at(row.code, column) for column in RATE] for row in rows]
        former = _hours_each(layout, rows, then, before.year)
        title += f" (en gris{french.NBSP}: {before.year})" if former else ""
    columns = [Col(column, _label(layout, column)) for column in RATE]
    signs = [[french.number(value, 0 if value >= WHOLE else 1) for value in line] for line in each]
    grid = replace(_grid(rows, columns, now), each=each, each_before=former, signs=signs)
    return Content(title, replace(grid, called=[*RATE.values()], story=layout.story))


def _hours_each(
    layout: Layout, rows: Sequence[Row], figures: Sequence[Sequence[Observation]], year: int
) -> Sequence[Sequence[float]]:
    """Give the rate of each commune and the hours for each young person.

    Nothing where one is not known exactly, or is of so few that one more would change it.
    """
    each = list[Sequence[float]]()
    for row, (rate, hours) in zip(rows, figures, strict=True):
        whole = layout.wholes.get((year, row.code))
        if whole is None or {rate.state, hours.state, whole.state} != {OK}:
            return ()
        if whole.value < FEWEST_IN_PER_CENT:
            return ()
        each.append((rate.value, hours.value / whole.value))
    return each


def _of_one_column(layout: Layout, is_ranked: bool) -> Content | str:
    """Take the lines that have a number by the column that sums them up, by size where they are ranked."""
    code, look = summary(layout.data), layout.data.spec.look
    title, figures = _caption(layout, look.drawn), _figures_of(layout)
    if why := _why_none(layout, title, [*figures.values()]):
        return why
    before = layout.before if layout.before and not layout.before.reason else None
    fallen = {row for row in figures if before and before.at(row.code, code).drawn > 0}
    drawn = _numbers(figures, is_ranked, fallen)
    most = MOST_COMMUNES if layout.left_out.rows else MOST_BARS  # as many as the table shows
    if len(drawn) == 1 and layout.data.spec.look.by_place:
        return f"{title} : une seule ligne, donc pas de graphique."
    shown = drawn[:most]
    left_out = {row for row, figure in figures.items() if figure.is_nothing}.difference(drawn)
    zeros = (
        ZEROS_LEFT_OUT_OF_BOTH if any(figures[row].is_nothing for row in drawn) else ZEROS_LEFT_OUT
    )
    remarks = (
        *_unknown(layout, figures),
        *([zeros] if is_ranked and left_out else []),
        *(note for note in layout.data.notes if note.endswith(NOT_SHARED)),
        *_cut(len(drawn), most),
    )
    column = Col(code, _label(layout, code))
    words = [[_words(layout, row, figures[row])] for row in shown]
    shown_figures = [[figures[row]] for row in shown]
    grid = Grid(shown, [column], shown_figures, words, layout.scale, story=layout.story)
    return Content(title, grid, remarks, _total(layout, code))


def _figures_of(layout: Layout) -> dict[Row, Observation]:
    """Give the figure of each line, of the column that sums the table up."""
    code = summary(layout.data)
    rows = [row for row in _drawn_rows(layout) if (row.code, code) in layout.figures]
    return {row: layout.figures[row.code, code] for row in rows}


def _numbers(
    figures: Mapping[Row, Observation], is_ranked: bool, fallen: Collection[Row]
) -> list[Row]:
    """List the lines that have a number; the ranked ones by size, without the zeros but those ``fallen`` to it."""
    numbers = [row for row, figure in figures.items() if figure.is_number]
    if not is_ranked:
        return numbers
    counted = [row for row in numbers if row in fallen or not figures[row].is_nothing]
    return sorted(counted, key=lambda row: -figures[row].value)


def _unknown(layout: Layout, figures: Mapping[Row, Observation]) -> list[str]:
    """Name the lines that have no number, by the reason."""
    remarks = []
    for state in (NC, MASQUE):
        names = [row.label for row, figure in figures.items() if figure.state == state]
        if names:
            remarks.append(f"{LISTS[state]} : {some(names, layout.left_out)}.")
    return remarks


def by_sex(layout: Layout) -> Content | str:
    """Take a population by age, girls and boys apart; by age alone where the two are not crossed."""
    rows = [row for row in layout.data.rows if row.code != TOTAL]
    grid, title = _crossed(layout, rows, SEXES), _caption(layout)
    if grid is None:
        return lines(layout)
    if why := _why_none(layout, title, grid.every):
        return why
    unknown, remarks = layout.figures.get((TOTAL, "NR")), []
    if unknown is not None and unknown.value > 0:
        young = french.count(unknown.value, "jeune", "jeunes")
        remarks.append(f"Sans {young} dont le sexe n'est pas renseigné.")
    grid = replace(grid, largest=layout.scale, before=_former(layout, grid), story=layout.story)
    if grid.before and layout.before:
        title += f" (contour{french.NBSP}: {layout.before.year})"
    return Content(title, grid, tuple(remarks), _total(layout, TOTAL))


def _former(layout: Layout, grid: Grid) -> Sequence[Sequence[Observation]]:
    """Give the year before of each figure; none where one of them is not compared."""
    before = layout.before
    if before is None or before.reason:
        return ()
    then = [[before.at(row.code, column.code) for column in grid.columns] for row in grid.rows]
    every = zip(grid.every, (figure for line in then for figure in line), strict=True)
    return then if all(compare(*pair).is_told for pair in every) else ()


def _beside_before(layout: Layout, content: Content) -> Content:
    """Set the figures of the year before beside those of one column, where the two are compared."""
    grid, before = content.grid, layout.before
    if before is None or before.reason:
        return content
    code = grid.columns[0].code
    then = [before.at(row.code, code) for row in grid.rows]
    pairs = [*zip((line[0] for line in grid.figures), then, strict=True)]
    undrawn = [_why_not_beside(*pair) for pair in pairs]
    if all(undrawn):
        return content
    if all(now.value == last.value for now, last in pairs):
        alike = f"Mêmes nombres qu'en {before.year}."
        return replace(content, remarks=(*content.remarks, alike))
    years = layout.data.year, before.year
    columns = [Col(code, str(year)) for year in years]
    former = [
        "" if why else f"{cells.plain(figure)}{_of_whole(layout, row, before.year)}"
        for row, why, figure in zip(grid.rows, undrawn, then, strict=True)
    ]
    words = [[*line, last] for line, last in zip(grid.words, former, strict=True)]
    shown = replace(grid, columns=columns, figures=pairs, words=words, is_of_years=True)
    return replace(
        content,
        title=f"{content.title} (en gris{french.NBSP}: {before.year})",
        grid=shown,
        remarks=(
            *content.remarks,
            *_named_by(layout, grid.rows, undrawn, before.year),
            *_undrawn_before(layout, before, code),
        ),
        years=years,
    )


def _undrawn_before(layout: Layout, before: Former, code: str) -> Iterator[str]:
    """Say what the year before counted on lines that this year has not: its bars add up to less than its total."""
    lines = {row.code for row in layout.data.rows}
    others = [
        f"{before.names.get(line) or label_of(line)} ({cells.plain(figure)})"
        for (line, column), figure in before.by_cell.items()
        if column == code and line not in lines and figure.drawn > 0
    ]
    if others:
        yield f"En {before.year} aussi : {french.listing(others)}."


def _why_not_beside(now: Observation, then: Observation) -> str:
    """Say why the year before of a line is not drawn; nothing where it is."""
    compared = compare(now, then)
    if compared.reason == UNCERTAIN:
        return CHANGES[UNCERTAIN]
    return "" if compared.is_told else "inconnu"


def _named_by(
    layout: Layout, rows: Sequence[Row], reasons: Sequence[str], year: int
) -> Iterator[str]:
    """Name the lines whose year before is not drawn, by the reason."""
    for why in dict.fromkeys(filter(None, reasons)):
        of_it = [row.label for row, reason in zip(rows, reasons, strict=True) if reason == why]
        yield f"Sans {year} ({why}) : {some(of_it, layout.left_out)}."


def crossed(layout: Layout) -> Content | str:
    """Take the cells of lines × classes, as parts where what they are parts of is known."""
    rows = _drawn_rows(layout)
    grid = _crossed(layout, rows[:MOST_BARS])
    if grid is None:
        return _lines_alone(layout)
    if layout.data.spec.look.share_of:
        return _parts(layout, rows)
    scaled = replace(grid, largest=layout.scale)
    return _of_cells(layout, scaled, _cut(len(rows), MOST_BARS))


def _parts(layout: Layout, rows: Sequence[Row]) -> Content | str:
    """Take the cells as parts of each class, the line that counts most first."""
    year = layout.data.year
    totals = {row: layout.figures.get((row.code, TOTAL)) for row in rows}
    counted = [row for row, total in totals.items() if total and not total.is_nothing]
    counted.sort(key=lambda row: -layout.figures[row.code, TOTAL].drawn)
    grid = _crossed(layout, counted)
    columns = classes(layout)
    wholes = [layout.wholes.get((year, column.code)) for column in columns]
    known = [whole for whole in wholes if whole and whole.state == OK]
    is_large = any(whole.value >= FEWEST_IN_PER_CENT for whole in known)
    if grid is None or len(known) < len(columns) or not is_large:
        return _lines_alone(layout)
    shares = [
        [_part(part, whole) for part, whole in zip(line, known, strict=True)]
        for line in grid.figures
    ]
    named = [
        replace(column, label=f"{_short(column.label)} (sur{french.NBSP}{cells.plain(whole)})")
        for column, whole in zip(columns, known, strict=True)
    ]
    signs = [
        [_sign(*cell) for cell in zip(line, parts, known, strict=True)]
        for line, parts in zip(shares, grid.figures, strict=True)
    ]
    grid = replace(grid, columns=named, shares=shares, signs=signs)
    content = _of_cells(layout, grid, ())
    if isinstance(content, str):
        return content
    return replace(content, title=f"{content.title}{french.NBSP}: part des jeunes de cet âge")


def _part(part: Observation, whole: Observation) -> Observation:
    """Give the part that a figure is of a whole; not that of a few."""
    if whole.value < FEWEST_IN_A_PART:
        return Observation(math.nan, "%", NC)
    return share_of(part, whole)


def grouped(layout: Layout) -> Content | str:
    """Take the classes of each line, without the lines at zero."""
    rows = _drawn_rows(layout)
    if _crossed(layout, rows) is None:
        return _lines_alone(layout)
    counted = rows if layout.is_scale else [row for row in rows if not _is_empty(layout, row)]
    grid = _crossed(layout, counted[:MOST_BARS] or rows)
    assert grid is not None, "the table has every cell"
    zeros = [ZEROS_LEFT_OUT] if len(counted) < len(rows) else []
    return _of_cells(layout, grid, [*zeros, *_cut(len(counted), MOST_BARS)])


def stacked(layout: Layout) -> Content | str:
    """Take the classes of each line as parts of its total."""
    content = grouped(layout)
    if isinstance(content, str) or content.kind:
        return content
    if not content.grid.ends:
        return _lines_alone(layout)
    is_rounded = any(figure.state == ARRONDI for figure in content.grid.every)
    more = (SUM_OF_ROUNDED,) if is_rounded else ()
    return replace(content, remarks=(*content.remarks, *more))


def _sign(share: Observation, part: Observation, whole: Observation) -> str:
    """Write a share: in per cent where the whole is large enough, else « 7 sur 8 »; nothing where it is unknown."""
    if whole.value < FEWEST_IN_A_PART:
        return cells.plain(part)
    if not share.is_number:
        return ""
    if whole.value < FEWEST_IN_PER_CENT:
        return f"{cells.plain(part)} sur {cells.plain(whole)}"
    about = SIGN if share.is_rounded else ""
    return f"{about}{share.value:.0f}{french.NBSP}%"


def _lines_alone(layout: Layout) -> Content | str:
    """Take the lines of a table whose cells are not all there: what portraits share is the scale of its cells."""
    return lines(replace(layout, scale=0))


def _is_empty(layout: Layout, row: Row) -> bool:
    """Whether every class of a line is zero."""
    return all(layout.figures[row.code, of.code].is_nothing for of in classes(layout))


def _of_cells(layout: Layout, grid: Grid, remarks: Sequence[str]) -> Content | str:
    """Give cells their title; the sentence that stands for them where they would show nothing."""
    has_families = any(row.kind == "famille" for row in grid.rows)
    title = _caption(layout, OF_FAMILIES if has_families else "")
    if why := _why_none(layout, title, grid.every):
        return why
    return Content(title, grid, tuple(remarks), _total(layout, TOTAL))


def _publics(layout: Layout) -> Content | str:
    """Take who takes part in the actions, persons and attendances apart, for they are never added."""
    title = _caption(layout, OF_ACTIONS)
    counted = {
        key: figure
        for key, figure in layout.figures.items()
        if figure.unit in PUBLICS and key[0] != TOTAL
    }
    if any(figure.state == ARRONDI for figure in counted.values()):
        return f"{title}. Pas de graphique : le détail par âge est arrondi action par action."
    codes = {line for line, _ in counted}
    rows = [row for row in layout.data.rows if row.code in codes]
    sums = {unit: [_sum_of(counted, row, unit) for row in rows] for unit in PUBLICS}
    units = [unit for unit in PUBLICS if any(figure.value > 0 for figure in sums[unit])]
    if not units:
        nobody = f"{title} : aucun participant compté."
        return _why_none(layout, title, [*counted.values()]) or nobody
    columns = [Col(unit, PUBLICS[unit][0]) for unit in units]
    grid = _grid(rows, columns, [*zip(*(sums[unit] for unit in units), strict=True)])
    remarks = tuple(PUBLICS[unit][1] for unit in units)
    keys = tuple(key for key, figure in counted.items() if figure.unit in units)
    return Content(title, grid, remarks, kind=BARS, summed=keys)


def _sum_of(counted: Mapping[Key, Observation], row: Row, unit: str) -> Observation:
    """Add up the figures of a line in one unit; nothing is known of the sum where one of them is masked."""
    of_line = [figure for (line, _), figure in counted.items() if line == row.code]
    figures = [figure for figure in of_line if figure.unit == unit]
    states = {figure.state for figure in figures}
    if MASQUE in states:
        return Observation(math.nan, unit, MASQUE, column=TOTAL)
    numbers = [figure.value for figure in figures if figure.state in {OK, PARTIEL}]
    return Observation(sum(numbers), unit, OK if states <= {OK} else PARTIEL, column=TOTAL)


def _drawn_rows(layout: Layout) -> list[Row]:
    """List the families where there are any, else the lines that count no other line again."""
    families = [row for row in layout.data.rows if row.kind == "famille"]
    body = [
        row
        for row in layout.data.rows
        if row.kind == "corps" and row.code not in {TOTAL, AU_MOINS_UN}
    ]
    once = [row for row in layout.data.rows if row.code == AU_MOINS_UN and layout.wholes]
    return families or [*once, *body]


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
    return Grid(rows, columns, figures, [[*map(cells.plain, line)] for line in figures])


def _crossed(layout: Layout, rows: Sequence[Row], columns: Sequence[Col] = ()) -> Grid | None:
    """Give the cells of lines × classes; None where there is none, or where the table has not all of them."""
    columns = columns or classes(layout)
    keys = [[(row.code, column.code) for column in columns] for row in rows]
    every = {key for line in keys for key in line}
    if not every or not every <= layout.figures.keys():
        return None
    figures = [[layout.figures[key] for key in line] for line in keys]
    totals = [layout.figures.get((row.code, TOTAL)) for row in rows]
    known = [cells.plain(total) for total in totals if total]
    ends = known if len(known) == len(rows) else []
    return replace(_grid(rows, columns, figures), ends=ends)


def _why_none(layout: Layout, title: str, figures: Sequence[Observation]) -> str:
    """Say why a chart of some figures is not drawn; nothing where it is."""
    why = _reason(layout, figures)
    if why in {"", ALIKE}:
        return f"{title}. Pas de graphique : {REASONS[ALIKE]}." if why else ""
    words = WORDS[why].no_chart if why in WORDS else REASONS[why].format(annee=layout.data.year)
    return f"{title} : {words}, donc pas de graphique."


def _reason(layout: Layout, figures: Sequence[Observation]) -> str:
    """Give the state or the reason for which a chart of some figures would be empty; nothing where it would not.

    A table that has a total and none of what makes it is not shared in more detail; one that has nothing was not
    entered: nobody says of either that there is nothing to count.
    """
    if not layout.figures:
        return NOT_ENTERED
    if not figures:
        figures = [*layout.figures.values()]
        if any(figure.is_number and not figure.is_nothing for figure in figures):
            return MASQUE
    drawn = [figure for figure in figures if not figure.is_nothing]
    if any(figure.is_number and not figure.is_below for figure in drawn):
        alike = all(figure.is_rounded and figure.value in {0, figure.base} for figure in drawn)
        return ALIKE if alike else ""
    states = {figure.state for figure in drawn}
    unknown = next((state for state in (NC, MASQUE, VIDE) if state in states), "")
    return unknown or (TOO_SMALL if drawn else ZERO)


def _cut(many: int, most: int) -> list[str]:
    """Say that the first lines alone are drawn, where there are more."""
    return [f"Les {most} premières lignes sur {many}."] if many > most else []


def _titled(layout: Layout, drawn: str = "") -> str:
    """Say what is drawn, which is all that its table tells unless said otherwise, with the place where there is one."""
    return layout.caption.replace(layout.data.spec.title, drawn, 1) if drawn else layout.caption


def _caption(layout: Layout, drawn: str = "") -> str:
    return f"{_titled(layout, drawn)}, {layout.data.year}"


def _total(layout: Layout, column: str) -> str:
    """Write the total of a column as it is read aloud; empty where it is unknown."""
    total = layout.figures.get((TOTAL, column))
    return cells.spoken(total) if total is not None and total.is_number else ""


def _label(layout: Layout, code: str) -> str:
    return next(column.label for column in layout.data.columns if column.code == code)

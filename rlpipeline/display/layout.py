"""A table laid out for the page: its figures, the year before, and what the page leaves out.

Left out are communes beyond a dozen (``indicateurs.csv`` and ``tableaux.xlsx`` have every figure),
lines and columns that a cell does not ask for, and those that are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, takewhile
from types import MappingProxyType
from typing import TypeVar

from rlpipeline import french
from rlpipeline.display import cells, phrases, subjects
from rlpipeline.display.lookup import Former
from rlpipeline.figures import Col, Row, TableData
from rlpipeline.figures.labels import AGES, TOTAL
from rlpipeline.observations import Observation, compare
from rlpipeline.protection.classes import LEFT_OUT
from rlpipeline.settings.models import Service
from rlpipeline.states import CHANGES, LISTS, MASQUE, NC, REASONS, VIDE, WORDS, ZERO

MOST_COMMUNES = 12
"""Communes beside one another; up to as many, all are shown."""
BY_COMMUNE = "actions"
"""Table that is cut by commune: one a commune that is shown."""
EMPTY = MappingProxyType({ZERO: "rl-a-zero", NC: "rl-sans-donnee", MASQUE: "rl-sans-donnee"})
"""States that all figures of a line may have in common, which is then left out; class of the note that names it."""
FEWEST = 2
"""Lines that stay, or the table would say less than its notes."""
OF_MANY = (
    "Les {} communes où le plus de jeunes sont accompagnés, sur {} ; les autres sont aussi dans tableaux.xlsx et "
    "indicateurs.csv, et chacune a son portrait."
)
"""Note of a table that leaves communes out."""
NOT_SHARED = LISTS["non_diffuse"]
"""End of the note that names the lines which the edition to share has not."""
MARK = "●"
"""Of a change that chance hardly explains."""
Side = TypeVar("Side", Row, Col)


@dataclass(frozen=True)
class LeftOut:
    """Lines and columns that the page does not show, by code, and the sentences that say so; ``asked``, by a cell."""

    rows: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    note: str = ""
    asked: str = ""

    def and_also(self, rows: Iterable[Row], columns: Iterable[Col], asked: str = "") -> LeftOut:
        """Leave out some more."""
        left_rows = self.rows.union(row.code for row in rows)
        left_columns = self.columns.union(column.code for column in columns)
        return replace(self, rows=left_rows, columns=left_columns, asked=asked or self.asked)


NOTHING = LeftOut()


@dataclass(frozen=True)
class Layout:
    """A table, the place it is about (« Oignies », empty for the whole service), and its year before.

    Parameters
    ----------
    scale
        Largest figure that its chart has room for, where charts of several places share a scale.
    left_out
        Lines and columns that the page does not show; the files have them.
    empty
        HTML that names those of them that are empty, or says that the whole table is.
    colour
        The service's, for its chart; empty for ours.
    story
        Codes of the lines that its chart brings out.
    wholes
        What its columns or lines are parts of, by year and code.
    """

    data: TableData
    place: str = ""
    before: Former | None = None
    scale: float = 0
    left_out: LeftOut = NOTHING
    empty: str = ""
    colour: str = ""
    story: frozenset[str] = frozenset()
    wholes: Mapping[tuple[int, str], Observation] = field(default_factory=dict)

    @property
    def caption(self) -> str:
        """Title, with the place where there is one."""
        title = self.data.spec.title
        return f"{title} – {self.place}" if self.place else title

    @property
    def is_shared(self) -> bool:
        """Whether the edition has the table; where it has not, the first note says why."""
        return not (self.data.notes and self.data.notes[0].startswith(LEFT_OUT))

    @property
    def is_scale(self) -> bool:
        """Whether the lines are steps of a scale, whose order says something."""
        lines = {row.code for row in self.data.rows}
        return self.data.spec.look.in_order or not lines.isdisjoint(AGES)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The lines that the page shows."""
        return tuple(row for row in self.data.rows if row.code not in self.left_out.rows)

    @cached_property
    def columns(self) -> tuple[Col, ...]:
        """The columns that the page shows."""
        left_out = self.left_out.columns
        return tuple(column for column in self.data.columns if column.code not in left_out)

    @cached_property
    def figures(self) -> Mapping[tuple[str, str], Observation]:
        """Figures of the year by (ligne, colonne)."""
        return cells.figures_by_cell(self.data.current)

    def at(self, line: str, column: str) -> Observation:
        """Give a figure of the year that the table has."""
        return self.figures[line, column]

    def column(self, code: str, rows: Iterable[Row]) -> Mapping[Row, Observation]:
        """Give the figure of each of some lines that has one in a column."""
        has_one = [row for row in rows if (row.code, code) in self.figures]
        return {row: self.figures[row.code, code] for row in has_one}

    @property
    def compared(self) -> Former | None:
        """The year before, where it is known and may be compared."""
        return self.before if self.before and not self.before.reason else None

    @cached_property
    def former(self) -> Mapping[tuple[str, str], Observation]:
        """Figures of the year before to be written in the same cells, empty for the tables that do not do so."""
        if self.before is not None and self.data.spec.look.side_by_side:
            return self.before.by_cell
        figures = self.data.figures
        return cells.figures_by_cell(figures[figures["annee"] == self.data.year - 1])

    @cached_property
    def summary(self) -> str:
        """Code of the column that the year before stands after; empty where it has no column."""
        if self.before is None or self.before.figures.empty:
            return ""
        return summary(self.data, self.columns)

    @cached_property
    def _decimals(self) -> Mapping[tuple[str, str], int]:
        decimals: dict[tuple[str, str], int] = {}
        before = self.before.by_cell.items() if self.before and self.summary else ()
        every = chain(self.figures.items(), self.former.items(), before)
        for (line, column), figure in every:
            along = self._along(line, column), figure.unit
            decimals[along] = max(decimals.get(along, 0), cells.decimals_of(figure))
        return decimals

    def _along(self, line: str, column: str) -> str:
        """Give the column whose numbers are written alike, or the line where columns are equals."""
        return line if self.data.spec.look.side_by_side else column

    def decimals(self, line: str, figure: Observation) -> int:
        """Decimals of the longest number of its unit: in its column, or in its line where columns are equals."""
        along = self._along(line, figure.column)
        return self._decimals.get((along, figure.unit), 0)

    @cached_property
    def changes(self) -> Mapping[str, str]:
        """Words of what moved since the year before in the column that sums the table up, by line; empty where none."""
        before, code = self.compared, self.summary
        if before is None or not code:
            return {}
        figures = self.column(code, self.data.rows).items()
        moved = {row.code: change(now, before.at(row.code, code)) for row, now in figures}
        return moved if any(moved.values()) else {}

    @cached_property
    def texts(self) -> Mapping[tuple[str, str], str]:
        """Words by (ligne, colonne)."""
        texts = self.data.texts
        places = zip(texts["ligne"], texts["colonne"], strict=True)
        return dict(zip(places, texts["texte"], strict=True))


def summary(data: TableData, columns: Sequence[Col] | None = None) -> str:
    """Give the code of the column that sums a table up: its total, else its first number; empty where none does."""
    if data.spec.side_by_side:
        return ""
    if data.spec.look.summary:
        return data.spec.look.summary
    columns = data.columns if columns is None else columns
    first = {column.kind: column.code for column in reversed(columns)}
    return first.get("total") or first.get("nombre", "")


def change(now: Observation, then: Observation) -> str:
    """Write how a figure moved since the year before, « +40 ● » where it is more than chance.

    « +16 », « −2 », « = » of exact figures; of rounded ones a direction alone, « en hausse »; empty where nothing may
    be told, and of percentages, whose change is no count.
    """
    compared = compare(now, then)
    if now.unit == "%" or not compared.is_told:
        return ""
    if compared.value is None:
        words = phrases.direction(compared.direction or 0)
    elif compared.value:
        words = french.signed(compared.value)
    else:
        words = CHANGES["egal"]
    return f"{words}{french.NBSP}{MARK}" if _is_unlikely(now, then) else words


def _is_unlikely(now: Observation, then: Observation) -> bool:
    """Whether chance hardly explains a change of two counts, taken as near to each other as rounding allows."""
    if now.unit not in subjects.COUNTED or min(now.value, then.value) < 0:
        return False  # moves into a commune less those out may be below zero
    former, own = (then.value, then.slack), (now.value, now.slack)
    counts = subjects.nearest(former, own)
    return subjects.of_counts(*counts) < subjects.UNLIKELY


def some(words: Sequence[str], left: LeftOut) -> str:
    """List names; where a table leaves communes out, a dozen at most and how many others."""
    if left == NOTHING or len(words) <= MOST_COMMUNES:
        return french.listing(words)
    first = ", ".join(words[:MOST_COMMUNES])
    others = len(words) - MOST_COMMUNES
    return f"{first} et {french.number(others)} {french.agree(others, 'autre', 'autres')}"


def names(words: Sequence[str]) -> str:
    """List names; beyond a dozen, say how many communes they are."""
    if len(words) <= MOST_COMMUNES:
        return french.listing(words)
    return f"{french.number(len(words))} communes"


def of_others(
    data: TableData,
    service: Service,
    shown: tuple[str, ...],
    places: Callable[[], Mapping[str, str]],
) -> LeftOut:
    """Say what the page leaves out of a table of the service: what is of other communes than those to show.

    ``places`` gives the territory of each action.
    """
    others = {*service.commune_codes} - {*shown}
    if not others or not data.spec.look.by_place:
        return NOTHING
    commune_of = _commune_of(data, service, places)
    is_cut = data.id == BY_COMMUNE
    rows = _of_places(data.rows, commune_of, others, is_cut)
    columns = _of_places(data.columns, commune_of, others, is_cut)
    note = OF_MANY.format(len(shown), french.number(len(service.communes)))
    return LeftOut(rows, columns, note) if rows or columns else NOTHING


def _commune_of(
    data: TableData, service: Service, places: Callable[[], Mapping[str, str]]
) -> Callable[[str], str]:
    """Give what tells the commune of a line or a column by its code; a commune is its own."""
    if data.id == "diagnostics":
        return lambda code: code.partition("/")[0]
    commune_of: Mapping[str, str] = {}
    if data.spec.of_actions:
        commune_of = places()
    elif data.id == "socio_economique":
        commune_of = {district.code: district.commune for district in service.qpv}
    return lambda code: commune_of.get(code, code)


def _of_places(
    sides: Sequence[Row | Col],
    commune_of: Callable[[str], str],
    others: Collection[str],
    is_cut: bool,
) -> frozenset[str]:
    """Give the codes that are of other communes; none of a few, nor where all are, unless the table is cut by place."""
    left = frozenset(side.code for side in sides if commune_of(side.code) in others)
    is_short = len(sides) <= MOST_COMMUNES or len(left) == len(sides)
    return frozenset() if is_short and not is_cut else left


def asked(layout: Layout, lines: Sequence[str], columns: Sequence[str]) -> Layout:
    """Put the lines and columns of some codes first, in that order, and leave the others out; all, of no code."""
    data = layout.data
    rows, other_rows = _in_order(data.rows, lines)
    shown, other_columns = _in_order(data.columns, columns)
    counted = _counts(data.rows, other_rows) or _counts(data.columns, other_columns)
    note = _note_of_asked(other_rows, other_columns, counted)
    left = replace(layout.left_out, asked="").and_also(other_rows, other_columns, note)
    every_row, every_column = (*rows, *other_rows), (*shown, *other_columns)
    data = replace(data, rows=every_row, columns=every_column)
    return replace(layout, data=data, left_out=left)


def _note_of_asked(rows: Sequence[Row], columns: Sequence[Col], is_counted: bool) -> str:
    """Say that a table has lines or columns which are not shown; nothing where it has none."""
    hidden = {"lignes": rows, "colonnes": columns}
    sides = french.listing([side for side, left in hidden.items() if left])
    if not sides:
        return ""
    others = "les autres, que les totaux comptent aussi," if is_counted else "les autres"
    return f"Ce tableau ne montre pas toutes ses {sides} : {others} sont dans tableaux.xlsx et indicateurs.csv."


def _in_order(every: Sequence[Side], codes: Sequence[str]) -> tuple[list[Side], list[Side]]:
    """Give the sides of some codes, in that order, then the others; every one first where none has such a code."""
    by_code = {side.code: side for side in every}
    first = [by_code[code] for code in dict.fromkeys(codes) if code in by_code]
    if not first:
        return list(every), []
    return first, [side for side in every if side not in first]


def _counts(every: Sequence[Row] | Sequence[Col], hidden: Sequence[Row | Col]) -> bool:
    """Say whether a total that is shown counts what is not: a family what follows it, another what precedes it."""
    is_in_family = is_after_hidden = False
    for side in every:
        is_shown = side not in hidden
        if side.kind == "famille":
            is_in_family = is_shown
        if is_shown:
            is_total = side.kind in {"total", "sous_total"}
            if is_total and is_after_hidden:
                return True
        elif side.kind not in {"note", "texte"}:
            is_after_hidden = True
            if is_in_family:
                return True
    return False


def without_empty(layout: Layout) -> Layout:
    """Leave out lines and columns that are all zero, or of which nothing is communicated: a note names them.

    What rounding brings to zero is no zero: such lines stay, in either edition.
    """
    data, before = layout.data, layout.before
    if data.spec.look.side_by_side or not layout.figures:
        return layout
    if data.spec.of_actions:
        return _actions_without_empty(layout)
    former = before.by_cell if before else {}
    common = _in_common([*layout.figures.values(), *former.values()])
    if common and not layout.left_out.rows:
        return _all_empty(layout, common)
    lines, columns = _empty_lines(layout), _empty_columns(layout)
    if not lines and not columns:
        return layout
    left = layout.left_out.and_also(lines, columns)
    return replace(layout, left_out=left, empty=_named(layout, lines, columns))


def _actions_without_empty(layout: Layout) -> Layout:
    """Leave out of a table of actions its empty lines, which are columns of the page, and actions of unknown public."""
    data, left = layout.data, layout.left_out
    actions = _alike_columns(layout).items()
    unknown = [action for action, state in actions if state == NC]
    listed = french.listing([*dict.fromkeys(action.label for action in unknown)])
    if unknown and len(unknown) == len(data.columns):
        said = f"{layout.caption} : participation {WORDS[NC].feminine} ({listed})."
        empty = cells.paragraph(said, "rl-vide rl-sans-donnee")
        return replace(layout, left_out=left.and_also(data.rows, unknown), empty=empty)
    lines = _alike_lines(layout)
    if not lines and not unknown:
        return layout
    said = f"{listed} : participation {WORDS[NC].feminine}." if unknown else ""
    empty = _named(layout, lines, {}) + cells.paragraph(said, "rl-note rl-sans-donnee")
    return replace(layout, left_out=left.and_also(lines, unknown), empty=empty)


def _all_empty(layout: Layout, state: str) -> Layout:
    """Say in a sentence what all figures of a table have in common: it shows no line."""
    data, before = layout.data, layout.before
    why = f"{WORDS[state].word} pour {data.year}" if state in WORDS else ""
    if state == ZERO:
        has_figures = before is not None and before.by_cell
        since = ", ni l'année précédente" if has_figures else ""
        why = f"{REASONS[ZERO]} en {data.year}{since}"
    empty = cells.paragraph(f"{layout.caption} : {why}.", "rl-vide")
    left = layout.left_out.and_also(data.rows, data.columns)
    return replace(layout, left_out=left, empty=empty)


def _empty_lines(layout: Layout) -> dict[Row, str]:
    """Find the lines to leave out, with what their figures have in common; none of a scale, nor of a short table."""
    rows = layout.data.rows
    empty = _alike_lines(layout)
    for family in [row for row in empty if row.kind == "famille"]:
        after = rows[rows.index(family) + 1 :]
        members = takewhile(lambda row: row.kind == "corps", after)
        if not {*members} <= {*empty}:
            del empty[family]
    too_few = len(rows) - len(empty) < FEWEST
    return {} if layout.is_scale or too_few else empty


def _empty_columns(layout: Layout) -> dict[Col, str]:
    """Find the columns to leave out: of masked figures, and of zeros beside a total that counts somebody."""
    total = layout.figures.get((TOTAL, layout.summary or TOTAL))
    has_total = any(column.kind == "total" for column in layout.data.columns)
    states = {MASQUE}
    if has_total and not (total and total.is_nothing):
        states.add(ZERO)
    empty = _alike_columns(layout)
    for column, state in [*empty.items()]:
        if state not in states or column.code == layout.summary:
            del empty[column]
    return empty


def _alike_lines(layout: Layout) -> dict[Row, str]:
    """Find the lines shown whose figures are alike, the year before included: what they have in common."""
    alike: dict[Row, str] = {}
    for row in layout.data.rows:
        if row.kind not in {"corps", "famille"} or row.code in layout.left_out.rows:
            continue
        own = [figure for (line, _), figure in layout.figures.items() if line == row.code]
        if layout.before and layout.summary:
            own.append(layout.before.at(row.code, layout.summary))
        if state := _in_common(own):
            alike[row] = state
    return alike


def _alike_columns(layout: Layout) -> dict[Col, str]:
    """Find the columns of numbers whose figures are alike: what they have in common."""
    alike: dict[Col, str] = {}
    for column in layout.data.columns:
        if column.kind == "nombre":
            own = (figure for (_, code), figure in layout.figures.items() if code == column.code)
            if state := _in_common(own):
                alike[column] = state
    return alike


def _in_common(figures: Iterable[Observation]) -> str:
    """Say what all figures have in common: zero, or nothing known of any; empty where they have numbers."""
    known = [figure for figure in figures if figure.state != VIDE]
    states = {ZERO if figure.is_nothing else figure.state for figure in known}
    return next((state for state in EMPTY if states == {state}), "")


def _named(layout: Layout, rows: Mapping[Row, str], columns: Mapping[Col, str]) -> str:
    """Name what is left out, by what it has in common; which axis, where both have the same names."""
    data = layout.data
    names_of_rows = {row.label for row in data.rows}
    both = names_of_rows.intersection(column.label for column in data.columns)
    notes = ""
    for state in EMPTY:
        of_rows = [row.label for row, its in rows.items() if its == state]
        of_columns = [column.label for column, its in columns.items() if its == state]
        in_rows = ", en ligne" if {*of_rows} & both else ""
        notes += _named_side(state, of_rows, in_rows)
        notes += _named_side(state, of_columns, ", en colonne")
    return notes


def _named_side(state: str, labels: Sequence[str], where: str) -> str:
    """Name the lines, or the columns, that have a state in common."""
    if not labels:
        return ""
    listed = french.listing([*dict.fromkeys(labels)])
    return cells.paragraph(f"{LISTS[state]}{where} : {listed}.", f"rl-note {EMPTY[state]}")

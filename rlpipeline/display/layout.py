"""A table laid out for the page: its figures, the year before, and what the page leaves out.

Left out are communes beyond a dozen (``indicateurs.csv`` and ``tableaux.xlsx`` have every figure),
lines and columns that a cell does not ask for, and those that are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile
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
FEWEST = 2
"""Lines that stay, or the table would say less than its notes."""
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
        codes = {row.code for row in rows}, {column.code for column in columns}
        return replace(
            self,
            rows=self.rows | codes[0],
            columns=self.columns | codes[1],
            asked=asked or self.asked,
        )


NOTHING = LeftOut()


@dataclass(frozen=True)
class Layout:
    """A table, the place it is about (« Oignies », empty for the whole service), and its year before.

    ``scale``: largest figure that its chart has room for, where charts of several places share a scale; ``left_out``:
    lines and columns that the page does not show; the files have them; ``empty``: HTML that names those of them that
    are empty, or says that the whole table is; ``colour``: the service's, for its chart; empty for ours; ``story``:
    lines that its chart brings out; ``wholes``: what its columns or lines are parts of, by year and code.
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
        return f"{self.data.spec.title} – {self.place}" if self.place else self.data.spec.title

    @property
    def is_shared(self) -> bool:
        """Whether the edition has the table; where it has not, the first note says why."""
        return not (self.data.notes and self.data.notes[0].startswith(LEFT_OUT))

    @property
    def is_scale(self) -> bool:
        """Whether the lines are steps of a scale, whose order says something."""
        return self.data.spec.look.in_order or any(row.code in AGES for row in self.data.rows)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The lines that the page shows."""
        return tuple(row for row in self.data.rows if row.code not in self.left_out.rows)

    @cached_property
    def columns(self) -> tuple[Col, ...]:
        """The columns that the page shows."""
        return tuple(
            column for column in self.data.columns if column.code not in self.left_out.columns
        )

    @cached_property
    def figures(self) -> Mapping[tuple[str, str], Observation]:
        """Figures of the year by (ligne, colonne)."""
        return cells.figures_by_cell(self.data.current)

    @cached_property
    def former(self) -> Mapping[tuple[str, str], Observation]:
        """Figures of the year before to be written in the same cells, empty for the tables that do not do so."""
        if self.before is not None and self.data.spec.look.side_by_side:
            return self.before.by_cell
        return cells.figures_by_cell(
            self.data.figures[self.data.figures["annee"] == self.data.year - 1]
        )

    @cached_property
    def summary(self) -> str:
        """Code of the column that the year before stands after; empty where it has no column."""
        return (
            summary(self.data, self.columns)
            if self.before is not None and not self.before.figures.empty
            else ""
        )

    @cached_property
    def _decimals(self) -> Mapping[tuple[str, str], int]:
        decimals: dict[tuple[str, str], int] = {}
        before = self.before.by_cell.items() if self.before and self.summary else ()
        for (line, column), figure in (*self.figures.items(), *self.former.items(), *before):
            along = line if self.data.spec.look.side_by_side else column
            decimals[along, figure.unit] = max(
                decimals.get((along, figure.unit), 0), cells.decimals_of(figure)
            )
        return decimals

    def decimals(self, line: str, figure: Observation) -> int:
        """Decimals of the longest number of its unit: in its column, or in its line where columns are equals."""
        return self._decimals.get(
            (line if self.data.spec.look.side_by_side else figure.column, figure.unit), 0
        )

    @cached_property
    def changes(self) -> Mapping[str, str]:
        """Words of what moved since the year before in the column that sums the table up, by line; empty where none."""
        if self.before is None or self.before.reason or not self.summary:
            return {}
        lines = [row.code for row in self.data.rows if (row.code, self.summary) in self.figures]
        moved = {
            line: change(self.figures[line, self.summary], self.before.at(line, self.summary))
            for line in lines
        }
        return moved if any(moved.values()) else {}

    @cached_property
    def texts(self) -> Mapping[tuple[str, str], str]:
        """Words by (ligne, colonne)."""
        columns = (self.data.texts[name] for name in ("ligne", "colonne", "texte"))
        return {(line, column): text for line, column, text in zip(*columns, strict=True)}


def summary(data: TableData, columns: Sequence[Col] | None = None) -> str:
    """Give the code of the column that sums a table up: its total, else its first number; empty where none does."""
    if data.spec.side_by_side:
        return ""
    if data.spec.look.summary:
        return data.spec.look.summary
    columns = data.columns if columns is None else columns
    totals = [column.code for column in columns if column.kind == "total"]
    return next(
        iter((*totals, *(column.code for column in columns if column.kind == "nombre"))), ""
    )


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
    else:
        words = french.signed(compared.value) if compared.value else CHANGES["egal"]
    return f"{words}{french.NBSP}{MARK}" if _is_unlikely(now, then) else words


def _is_unlikely(now: Observation, then: Observation) -> bool:
    """Whether chance hardly explains a change of two counts, taken as near to each other as rounding allows."""
    if now.unit not in subjects.COUNTED or min(now.value, then.value) < 0:
        return False  # moves into a commune less those out may be below zero
    counts = subjects.nearest((then.value, then.slack), (now.value, now.slack))
    return subjects.of_counts(*counts) < subjects.UNLIKELY


def some(words: Sequence[str], left: LeftOut) -> str:
    """List names; where a table leaves communes out, a dozen at most and how many others."""
    if left == NOTHING or len(words) <= MOST_COMMUNES:
        return french.listing(words)
    others = len(words) - MOST_COMMUNES
    return f"{', '.join(words[:MOST_COMMUNES])} et {french.number(others)} {'autres' if others > 1 else 'autre'}"


def names(words: Sequence[str]) -> str:
    """List names; beyond a dozen, say how many communes they are."""
    return (
        french.listing(words)
        if len(words) <= MOST_COMMUNES
        else f"{french.number(len(words))} communes"
    )


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
    districts = {district.code: district.commune for district in service.qpv}
    place_of = (
        places() if data.spec.of_actions else districts if data.id == "socio_economique" else {}
    )
    sides = list[frozenset[str]]()
    for codes in ([row.code for row in data.rows], [column.code for column in data.columns]):
        own = {
            code: code.partition("/")[0] if data.id == "diagnostics" else place_of.get(code, code)
            for code in codes
        }
        left = frozenset(code for code in codes if own[code] in others)
        few = len(codes) <= MOST_COMMUNES or len(left) == len(codes)
        sides.append(frozenset() if few and data.id != BY_COMMUNE else left)
    note = (
        f"Les {len(shown)} communes où le plus de jeunes sont accompagnés, sur "
        f"{french.number(len(service.communes))} ; les autres sont aussi dans tableaux.xlsx et indicateurs.csv, et "
        "chacune a son portrait."
    )
    return LeftOut(sides[0], sides[1], note) if any(sides) else NOTHING


def asked(layout: Layout, lines: Sequence[str], columns: Sequence[str]) -> Layout:
    """Put the lines and columns of some codes first, in that order, and leave the others out; all, of no code."""
    data = layout.data
    rows, other_rows = _in_order(data.rows, lines)
    shown, other_columns = _in_order(data.columns, columns)
    hidden = {"lignes": other_rows, "colonnes": other_columns}
    counted = _counts(data.rows, other_rows) or _counts(data.columns, other_columns)
    others = "les autres, que les totaux comptent aussi," if counted else "les autres"
    what = french.listing([side for side, left in hidden.items() if left])
    note = f"Ce tableau ne montre pas toutes ses {what} : {others} sont dans tableaux.xlsx et indicateurs.csv."
    left = replace(layout.left_out, asked="").and_also(
        other_rows, other_columns, note if what else ""
    )
    data = replace(data, rows=(*rows, *other_rows), columns=(*shown, *other_columns))
    return replace(layout, data=data, left_out=left)


def _in_order(every: Sequence[Side], codes: Sequence[str]) -> tuple[list[Side], list[Side]]:
    by_code = {side.code: side for side in every}
    first = [by_code[code] for code in dict.fromkeys(codes) if code in by_code] or list(every)
    return first, [side for side in every if side not in first]


def _counts(every: Sequence[Row] | Sequence[Col], hidden: Sequence[Row | Col]) -> bool:
    """Say whether a total that is shown counts what is not: a family what follows it, another what precedes it."""
    family, left = False, False
    for side in every:
        if side.kind == "famille":
            family = side not in hidden
        if side.kind in {"total", "sous_total"} and side not in hidden and left:
            return True
        if side in hidden and side.kind not in {"note", "texte"}:
            left = True
            if family:
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
    every = [*layout.figures.values(), *(before.by_cell.values() if before else ())]
    common = _in_common(every)
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
    states = _states_of_columns(layout)
    unknown = [action for action, state in states.items() if state == NC]
    listed = french.listing([*dict.fromkeys(action.label for action in unknown)])
    if unknown and len(unknown) == len(data.columns):
        said = f"{layout.caption} : participation {WORDS[NC].feminine} ({listed})."
        empty = cells.paragraph(said, "rl-vide rl-sans-donnee")
        return replace(layout, left_out=left.and_also(data.rows, unknown), empty=empty)
    lines = {row: state for row, state in _states_of_lines(layout).items() if state}
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
        since = ", ni l'année précédente" if before and before.by_cell else ""
        why = f"{REASONS[ZERO]} en {data.year}{since}"
    empty = cells.paragraph(f"{layout.caption} : {why}.", "rl-vide")
    return replace(layout, left_out=layout.left_out.and_also(data.rows, data.columns), empty=empty)


def _empty_lines(layout: Layout) -> dict[Row, str]:
    """Find the lines to leave out, with what their figures have in common; none of a scale, nor of a short table."""
    rows = layout.data.rows
    empty = {row: state for row, state in _states_of_lines(layout).items() if state}
    for family in [row for row in empty if row.kind == "famille"]:
        after = rows[rows.index(family) + 1 :]
        members = takewhile(lambda row: row.kind == "corps", after)
        if not {*members} <= {*empty}:
            del empty[family]
    too_few = len(rows) - len(empty) < FEWEST
    return {} if layout.is_scale or too_few else empty


def _empty_columns(layout: Layout) -> dict[Col, str]:
    """Find the columns to leave out: of masked figures, and of zeros beside a total that counts somebody."""
    states = {
        column: state
        for column, state in _states_of_columns(layout).items()
        if column.code != layout.summary
    }
    masked = {column: state for column, state in states.items() if state == MASQUE}
    total = layout.figures.get((TOTAL, layout.summary or TOTAL))
    has_total = any(column.kind == "total" for column in layout.data.columns)
    if not has_total or (total and total.is_nothing):
        return masked
    return masked | {column: state for column, state in states.items() if state == ZERO}


def _states_of_lines(layout: Layout) -> dict[Row, str]:
    """Say of each line that the page shows what its figures have in common, the year before included."""
    states: dict[Row, str] = {}
    for row in layout.data.rows:
        if row.kind not in {"corps", "famille"} or row.code in layout.left_out.rows:
            continue
        own = [figure for (line, _), figure in layout.figures.items() if line == row.code]
        if layout.before and layout.summary:
            own.append(layout.before.at(row.code, layout.summary))
        states[row] = _in_common(own)
    return states


def _states_of_columns(layout: Layout) -> dict[Col, str]:
    """Say of each column of numbers what its figures have in common."""
    states: dict[Col, str] = {}
    for column in layout.data.columns:
        if column.kind == "nombre":
            own = (figure for (_, code), figure in layout.figures.items() if code == column.code)
            states[column] = _in_common(own)
    return states


def _in_common(figures: Iterable[Observation]) -> str:
    """Say what all figures have in common: zero, or nothing known of any; empty where they have numbers."""
    known = [figure for figure in figures if figure.state != VIDE]
    states = {ZERO if figure.is_nothing else figure.state for figure in known}
    return next(iter(states)) if len(states) == 1 and states <= {ZERO, NC, MASQUE} else ""


def _named(layout: Layout, rows: Mapping[Row, str], columns: Mapping[Col, str]) -> str:
    """Name what is left out, by what it has in common; which axis, where both have the same names."""
    data = layout.data
    both = {row.label for row in data.rows} & {column.label for column in data.columns}
    notes = ""
    for state, css in ((ZERO, "rl-a-zero"), (NC, "rl-sans-donnee"), (MASQUE, "rl-sans-donnee")):
        of_rows = [row.label for row, its in rows.items() if its == state]
        of_columns = [column.label for column, its in columns.items() if its == state]
        in_rows = ", en ligne" if {*of_rows} & both else ""
        for labels, where in ((of_rows, in_rows), (of_columns, ", en colonne")):
            listed = french.listing([*dict.fromkeys(labels)])
            said = f"{LISTS[state]}{where} : {listed}." if labels else ""
            notes += cells.paragraph(said, f"rl-note {css}")
    return notes

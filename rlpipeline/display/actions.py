"""The actions of a year in one table: a line an action, those with most participants first in each commune."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import starmap
from typing import TypeAlias

from markupsafe import Markup, escape

from rlpipeline.display import cells, tables
from rlpipeline.display.cells import Shown
from rlpipeline.display.laid_out import WITHOUT_PAGE, LaidOut
from rlpipeline.display.layout import Layout
from rlpipeline.display.sections import written
from rlpipeline.figures import Col
from rlpipeline.figures.labels import ACTION_NUMBERS, FAMILLES, TOTAL
from rlpipeline.observations import Observation
from rlpipeline.states import NC, OK
from rlpipeline.table_view import (
    EMPTY,
    TableCell,
    TableGroup,
    TableLine,
    TableView,
    html_of,
    text_cell,
)

WITH_TEXTS = "actions"
"""Table after which the service's report has a text for each commune."""
YOUNG = "moins_11+11_14"
UNIT, DETAILS = "unite", ("partenaires", "financements")
"""Words of an action: what it counts; what stands under its name."""

Places: TypeAlias = Mapping[str, tuple[str, Sequence[Col]]]
"""Name and actions of each territory, in order; one without a name in a portrait."""


@dataclass(frozen=True)
class Column:
    """A column of the page: a line of the figures, or several joined by « + »; ``year`` before, 0 for the table's."""

    code: str
    label: str
    year: int = 0


@dataclass(frozen=True)
class Actions:
    """The table of the actions.

    ``same``: code of the action of the year before that has the name, place and unit of each, where there is one.
    """

    layout: Layout
    places: Places
    same: Mapping[str, str]

    def to_html(self) -> str:
        """Write the table, the one of publics folded under it, then the notes."""
        main, others = self._shown(self._main_columns()), self._shown(self._other_columns())
        if not main:
            main, others = others, []
        table = html_of(self._view(main, self.layout.caption))
        notes = tables.paragraphs(tables.notes(self.layout))
        return f"{table}{self._folded(others)}{self.layout.empty}{notes}"

    def _figure(self, code: str, action: Col) -> Observation | None:
        """Give a number of an action, where it has it."""
        return self.layout.figures.get((code, action.code))

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """Words of the lines of the figures, which are columns here."""
        return {row.code: row.label for row in self.layout.data.rows}

    @cached_property
    def _actions(self) -> list[Col]:
        return [action for _, actions in self.places.values() for action in actions]

    @cached_property
    def _often(self) -> list[str]:
        """Numbers beside the participants that half of the actions have at least."""
        codes = [code for code in (FAMILLES, *ACTION_NUMBERS) if code in self._names]
        return [code for code in codes if self._is_often(code)]

    def _is_often(self, code: str) -> bool:
        figures = [self._figure(code, action) for action in self._actions]
        said = [figure for figure in figures if figure and figure.is_number]
        return 2 * sum(not figure.is_nothing for figure in said) >= len(figures)

    def _main_columns(self) -> list[Column]:
        """Give the columns of the first table: unit, participants, the youngest, what most have, the year before."""
        names, before = self._names, self.layout.before
        columns = [Column(UNIT, names.get(UNIT, ""))]
        if TOTAL in names:
            columns.append(Column(TOTAL, names[TOTAL]))
        if self._adds_the_young:
            columns.append(Column(YOUNG, "Moins de 15 ans"))
        columns += [Column(code, names[code]) for code in self._often]
        if before and any(action.code in self.same for action in self._actions):
            columns.append(Column(TOTAL, names.get(TOTAL, ""), before.year))
        return columns

    def _other_columns(self) -> list[Column]:
        """Give those of the folded table: publics, whatever their classes of age, and numbers that few actions have."""
        said = {UNIT, TOTAL, *DETAILS, *self._often}
        columns = starmap(Column, self._names.items())
        return [column for column in columns if column.code not in said]

    @property
    def _adds_the_young(self) -> bool:
        """Whether those under fifteen are added: not in the edition to share, whose figures are mostly rounded."""
        if "base" in self.layout.data.figures:
            return False
        young = [self._parts(YOUNG, action) for action in self._actions]
        states = {age.state for ages in young for age in ages}
        return all(young) and states <= {OK, NC}

    def _shown(self, columns: Sequence[Column]) -> list[Column]:
        left = self.layout.left_out.rows
        return [column for column in columns if left.isdisjoint(column.code.split("+"))]

    def _folded(self, columns: Sequence[Column]) -> str:
        """Write the second table, folded under a name that tells it from those of other tables."""
        if not columns:
            return ""
        named = cells.hidden(f" : {self.layout.caption}")
        table = html_of(self._view(columns, f"{self.layout.caption}, en détail"))
        summary = f"<summary>Le détail de chaque action{named}</summary>"
        return f'<details class="rl-tableau">{summary}{table}</details>'

    def _parts(self, code: str, action: Col) -> list[Observation]:
        figures = [self._figure(line, action) for line in code.split("+")]
        parts = [figure for figure in figures if figure is not None]
        return parts if len(parts) == len(figures) else []

    def _view(self, columns: Sequence[Column], caption: str) -> TableView:
        groups = []
        for territory, (name, actions) in self.places.items():
            address = {"territoire": territory} if self._names_places else {}
            groups.append(TableGroup(self._lines(name, actions, columns), address))
        head = [EMPTY, *map(self._header, columns)]
        named = tables.named(self.layout.data)
        return TableView(caption, head, groups, named, "rl-table rl-actions")

    @property
    def _names_places(self) -> bool:
        names = [name for name, _ in self.places.values()]
        return len(names) > 1 or any(names)

    def _header(self, column: Column) -> TableCell:
        if column.year and self.layout.before:
            return tables.former_header(self.layout.before, Col(column.code, column.label))
        css = {UNIT: "", TOTAL: "num rl-col-total"}.get(column.code, "num")
        return text_cell(column.label, css, "col")

    def _lines(
        self, place: str, actions: Sequence[Col], columns: Sequence[Column]
    ) -> list[TableLine]:
        """Give the lines of a place, under its name where there are several: most participants first."""
        ranked = sorted(actions, key=self._participants, reverse=True)
        lines = [self._line(action, columns) for action in ranked]
        if not self._names_places:
            return lines
        title = TableCell(place, escape(place), scope="rowgroup", across=len(columns) + 1)
        return [TableLine([title], "sous-total"), *lines]

    def _participants(self, action: Col) -> float:
        total = self._figure(TOTAL, action)
        return total.value if total and total.is_number else -math.inf

    def _line(self, action: Col, columns: Sequence[Column]) -> TableLine:
        address = {"colonne": action.code}
        named = escape(action.label) + self._details(action)
        name = TableCell(action.label, named, "", "row", address)
        shown = [self._cell(column, action) for column in columns]
        return TableLine([name, *shown], address=address)

    def _details(self, action: Col) -> Markup:
        """Write who took part and paid, under the name of an action."""
        details = Markup()
        for code in DETAILS:
            said = self.layout.texts.get((code, action.code))
            if said and code not in self.layout.left_out.rows:
                details += Markup(tables.detailed(escape(said), f"rl-detail rl-{code}"))
        return details

    def _cell(self, column: Column, action: Col) -> TableCell:
        if column.code == UNIT:
            unit = self.layout.texts.get((UNIT, action.code), "")
            return text_cell(unit, ligne=UNIT, colonne=action.code)
        if column.year and self.layout.before:  # vide, of an action that the year before had not
            code = self.same.get(action.code, action.code)
            address = {"ligne": column.code, "colonne": code, "annee": column.year}
            former = self.layout.before.at(column.code, code)
            return tables.figure_cell(former, " rl-avant", address)
        parts = self._parts(column.code, action)
        if not parts:
            return EMPTY
        address = {"ligne": column.code, "colonne": action.code}
        css = " rl-col-total" if column.code == TOTAL else ""
        return tables.figure_cell(_added(parts, column.code), css, address)


def _added(parts: Sequence[Observation], code: str) -> Observation:
    """Add figures of several classes of age; not known where one of them is not."""
    if len(parts) == 1:
        return parts[0]
    unknown = [part for part in parts if part.state == NC]
    if unknown:
        return unknown[0]
    total = sum(part.value for part in parts)
    return Observation(total, parts[0].unit, OK, column=code)


def shown(laid: LaidOut, whole: Layout, page: Layout) -> Shown:
    """Show the actions of the service, commune by commune, and the text of each; or those of one commune.

    ``page`` has the lines and columns to show.
    """
    data = whole.data
    territory_of = laid.source.territories_of_actions()
    of_service = laid.scope.is_service and not whole.place
    places: Places = {data.territory: ("", page.columns)}
    if of_service:
        places = _by_place(laid, page.columns, territory_of)
    there = data.rows and any(actions for _, actions in places.values())
    html = tables.to_html(page)
    if there:
        html = Actions(page, places, _same(laid, whole, territory_of)).to_html()
    if of_service and data.id == WITH_TEXTS:
        texts = [written(laid, f"{data.id}-{territory}", territory) for territory in laid.communes]
        html += "".join(text.html for text in texts if text)
    return Shown(html, whole.caption, tables.MIME, tables.bundle(data))


def _by_place(laid: LaidOut, actions: Sequence[Col], territory_of: Mapping[str, str]) -> Places:
    """Group actions by commune, in the order of the report, then those outside and of none."""
    order = (*laid.settings.service.commune_codes, *WITHOUT_PAGE)
    grouped: dict[str, list[Col]] = {place: [] for place in order}
    for action in actions:
        place = territory_of[action.code]
        if place in grouped:
            grouped[place].append(action)
    return {place: (laid.place(place), own) for place, own in grouped.items() if own}


def _same(laid: LaidOut, whole: Layout, territory_of: Mapping[str, str]) -> dict[str, str]:
    """Find the action of the year before that has the name, the place and the unit of each, where one alone has."""
    before = whole.before
    if before is None:
        return {}

    def named(label: str, code: str, figure: Observation) -> tuple[str, str, str]:
        return label.strip().casefold(), territory_of.get(code, ""), figure.unit

    scope = replace(laid.scope, year=before.year, territory=whole.data.territory)
    former = laid.source.column_names(whole.data.id, scope)
    by_name: dict[tuple[str, str, str], list[str]] = {}
    for code, label in former.items():
        if figure := before.by_cell.get((TOTAL, code)):
            by_name.setdefault(named(label, code, figure), []).append(code)
    same = {}
    for action in whole.data.columns:
        own = whole.figures.get((TOTAL, action.code))
        if own is None:
            continue
        alike = by_name.get(named(action.label, action.code, own), [])
        if len(alike) == 1:
            same[action.code] = alike[0]
    return same

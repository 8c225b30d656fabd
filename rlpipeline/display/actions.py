"""The actions of a year in one table: a line an action, those with most participants first in each commune."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from rlpipeline.display import cells, tables
from rlpipeline.display.cells import Shown
from rlpipeline.display.laid_out import WITHOUT_PAGE, LaidOut
from rlpipeline.display.layout import Layout
from rlpipeline.display.sections import written
from rlpipeline.figures import Col
from rlpipeline.figures.labels import ACTION_NUMBERS, FAMILLES, TOTAL
from rlpipeline.observations import Observation
from rlpipeline.states import NC, OK

WITH_TEXTS = "actions"
"""Table after which the service's report has a text for each commune."""
YOUNG = "moins_11+11_14"
UNIT, DETAILS = "unite", ("partenaires", "financements")
"""Words of an action: what it counts; what stands under its name."""


@dataclass(frozen=True)
class Column:
    """A column of the page: a line of the figures, or several joined by « + »; ``year`` before, 0 for the table's."""

    code: str
    label: str
    year: int = 0


@dataclass(frozen=True)
class Actions:
    """The table of the actions.

    ``places``: name and actions of each territory, in order; one without a name in a portrait; ``same``: code of the
    action of the year before that has the name, place and unit of each, where there is one.
    """

    layout: Layout
    places: Mapping[str, tuple[str, Sequence[Col]]]
    same: Mapping[str, str]

    def to_html(self) -> str:
        """Write the table, the one of publics folded under it, then the notes."""
        layout, names = self.layout, {row.code: row.label for row in self.layout.data.rows}
        every = [action for _, actions in self.places.values() for action in actions]
        often = list[str]()  # numbers that most actions have
        for code in (code for code in (FAMILLES, *ACTION_NUMBERS) if code in names):
            figures = [layout.figures.get((code, action.code)) for action in every]
            said = [
                figure
                for figure in figures
                if figure and figure.is_number and not figure.is_nothing
            ]
            often += [code] if 2 * len(said) >= len(figures) else []
        main = [
            Column(UNIT, names.get(UNIT, "")),
            *([Column(TOTAL, names[TOTAL])] if TOTAL in names else []),
        ]
        # Those under fifteen, save of the edition to share, whose figures are not added: most are rounded.
        young = [self._parts(YOUNG, action) for action in every]
        exact = "base" not in layout.data.figures
        if exact and all(
            ages and all(figure.state in {OK, NC} for figure in ages) for ages in young
        ):
            main.append(Column(YOUNG, "Moins de 15 ans"))
        main += [Column(code, names[code]) for code in often]
        if layout.before and any(action.code in self.same for action in every):
            main.append(Column(TOTAL, names.get(TOTAL, ""), layout.before.year))
        # The publics, whatever classes of age the table has, and numbers that few actions have.
        others = [
            Column(code, names[code])
            for code in names
            if code not in {UNIT, TOTAL, *DETAILS, *often}
        ]
        main, others = (
            [column for column in columns if not {*column.code.split("+")} & layout.left_out.rows]
            for columns in (main, others)
        )
        if not main:
            main, others = others, []
        html = self._table(main, layout.caption)
        if others:
            named = cells.hidden(f" : {layout.caption}")  # tells it from those of other tables
            more = self._table(others, f"{layout.caption}, en détail")
            html += f'<details class="rl-tableau"><summary>Le détail de chaque action{named}</summary>{more}</details>'
        return html + layout.empty + tables.below(layout)

    def _parts(self, code: str, action: Col) -> list[Observation]:
        figures = [self.layout.figures.get((line, action.code)) for line in code.split("+")]
        parts = [figure for figure in figures if figure is not None]
        return parts if len(parts) == len(figures) else []

    def _table(self, columns: Sequence[Column], caption: str) -> str:
        head = bodies = ""
        for column in columns:
            css = (
                ""
                if column.code == UNIT
                else ' class="num rl-col-total"'
                if column.code == TOTAL
                else ' class="num"'
            )
            if column.year and self.layout.before:
                head += tables.former_header(self.layout.before, Col(column.code, column.label))
            else:
                head += f'<th scope="col"{css}>{escape(column.label)}</th>'
        named = len(self.places) > 1 or any(name for name, _ in self.places.values())
        for territory, (name, actions) in self.places.items():
            totals = {action: self.layout.figures.get((TOTAL, action.code)) for action in actions}
            sizes = {
                action: total.value for action, total in totals.items() if total and total.is_number
            }
            ranked = sorted(actions, key=lambda action: -sizes.get(action, -math.inf))
            lines = "".join(self._line(action, columns) for action in ranked)
            if named:
                title = f'<th scope="rowgroup" colspan="{len(columns) + 1}">{escape(name)}</th>'
                lines = f'<tr class="sous-total">{title}</tr>{lines}'
            place = cells.attributes(territoire=territory) if named else ""
            bodies += f"<tbody{place}>{lines}</tbody>"
        inside, address = (
            f"<thead><tr><td></td>{head}</tr></thead>{bodies}",
            cells.place("tableau", self.layout.data),
        )
        return cells.framed(caption, inside, "rl-table rl-actions", address)

    def _line(self, action: Col, columns: Sequence[Column]) -> str:
        details = ""
        for code in DETAILS:
            said = self.layout.texts.get((code, action.code))
            if said and code not in self.layout.left_out.rows:
                words = f"{cells.hidden(' (')}{escape(said)}{cells.hidden(')')}"
                details += f'<span class="rl-detail rl-{code}">{words}</span>'
        address = cells.attributes(colonne=action.code)
        shown = "".join(self._cell(column, action) for column in columns)
        return f'<tr{address}><th scope="row"{address}>{escape(action.label)}{details}</th>{shown}</tr>'

    def _cell(self, column: Column, action: Col) -> str:
        if column.code == UNIT:
            address = cells.attributes(ligne=UNIT, colonne=action.code)
            return f"<td{address}>{escape(self.layout.texts.get((UNIT, action.code), ''))}</td>"
        code, figure = action.code, None
        if column.year and self.layout.before:  # vide, of an action that the year before had not
            code = self.same.get(action.code, action.code)
            figure = self.layout.before.at(column.code, code)
        elif parts := self._parts(column.code, action):
            alone = (
                parts[0]
                if len(parts) == 1
                else next((part for part in parts if part.state == NC), None)
            )
            figure = alone or Observation(
                sum(part.value for part in parts), parts[0].unit, OK, column=code
            )
        if figure is None:
            return "<td></td>"
        address = cells.attributes(ligne=column.code, colonne=code, annee=column.year or None)
        css = " rl-avant" if column.year else " rl-col-total" if column.code == TOTAL else ""
        return f'<td class="{cells.css_classes(figure)}{css}"{address}>{cells.html(figure)}</td>'


def shown(laid: LaidOut, whole: Layout, page: Layout) -> Shown:
    """Show the actions of the service, commune by commune, and the text of each; or those of one commune.

    ``page`` has the lines and columns to show.
    """
    data = whole.data
    territory_of = laid.source.territories_of_actions()
    order = (*laid.settings.service.commune_codes, *WITHOUT_PAGE)
    of_service = laid.scope.is_service and not whole.place
    places: dict[str, tuple[str, Sequence[Col]]] = {data.territory: ("", page.columns)}
    if of_service:
        own = {
            place: [action for action in page.columns if territory_of[action.code] == place]
            for place in order
        }
        places = {place: (laid.place(place), actions) for place, actions in own.items() if actions}
    there = data.rows and any(actions for _, actions in places.values())
    html = (
        Actions(page, places, _same(laid, whole, territory_of)).to_html()
        if there
        else tables.to_html(page)
    )
    if of_service and data.id == WITH_TEXTS:
        texts = [written(laid, f"{data.id}-{territory}", territory) for territory in laid.communes]
        html += "".join(text.html for text in texts if text)
    return Shown(html, whole.caption, tables.MIME, tables.bundle(data))


def _same(laid: LaidOut, whole: Layout, territory_of: Mapping[str, str]) -> dict[str, str]:
    if whole.before is None:
        return {}

    def named(label: str, code: str, figure: Observation) -> tuple[str, str, str]:
        return label.strip().casefold(), territory_of.get(code, ""), figure.unit

    scope = replace(laid.scope, year=whole.before.year, territory=whole.data.territory)
    former = laid.source.column_names(whole.data.id, scope)
    by_name: dict[tuple[str, str, str], list[str]] = {}
    for (line, code), figure in whole.before.by_cell.items():
        if line == TOTAL and code in former:
            by_name.setdefault(named(former[code], code, figure), []).append(code)
    same = {}
    for action in whole.data.columns:
        own = whole.figures.get((TOTAL, action.code))
        alike = by_name.get(named(action.label, action.code, own), []) if own else []
        if len(alike) == 1:
            same[action.code] = alike[0]
    return same

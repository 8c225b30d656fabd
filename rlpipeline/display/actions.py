"""The actions of a year in one table: a line an action, those with most participants first in each commune."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

import pandas as pd

from rlpipeline.display import cells, french, markup, tables, years
from rlpipeline.display.cells import WITH_NUMBER, Figure
from rlpipeline.display.laid_out import WITHOUT_PAGE, LaidOut
from rlpipeline.display.sections import written
from rlpipeline.display.shown import Shown
from rlpipeline.display.tables import Layout
from rlpipeline.figures import Col
from rlpipeline.figures.labels import ACTION_NUMBERS, FAMILLES, TOTAL
from rlpipeline.figures.tidy import OK

WITH_TEXTS = "actions"
"""Table after which the service's report has a text for each commune."""
YOUNG = "moins_11+11_14"
UNIT, DETAILS = "unite", ("partenaires", "financements")
"""Words of an action: what it counts; what stands under its name."""


@dataclass(frozen=True)
class Column:
    """A column of the page.

    Parameters
    ----------
    code
        Line of the figures, or several joined by « + »; ``unite`` for words.
    year
        Year before; 0 for the year of the table.
    """

    code: str
    label: str
    year: int = 0


@dataclass(frozen=True)
class Actions:
    """The table of the actions.

    Parameters
    ----------
    places
        Name and actions of each territory, in order; one without a name in a portrait.
    same
        Code of the action of the year before that has the name, place and unit of each, where there is one.
    """

    layout: Layout
    places: Mapping[str, tuple[str, Sequence[Col]]]
    same: Mapping[str, str]

    def to_html(self) -> str:
        """Write the table, the one of publics folded under it, then the notes."""
        main, others = self._columns(self._main), self._columns(self._others)
        if not main:
            main, others = others, []
        named = cells.hidden(f" : {self.layout.caption}")  # tells it from those of other tables
        more = self._table(others, f"{self.layout.caption}, en détail") if others else ""
        folded = f'<details class="rl-tableau"><summary>Le détail de chaque action{named}</summary>{more}</details>'
        data = self.layout.data
        unit = f"Unité{french.NBSP}: {data.unit}."
        remarks = (*data.notes, self.layout.left_out.asked, unit)
        notes = tables.small((*tables.states_and_rounding(self.layout), *remarks))
        before = years.paragraphs(self.layout.notes)
        return f"{self._table(main, self.layout.caption)}{folded if more else ''}{self.layout.empty}{before}{notes}"

    @property
    def _actions(self) -> Iterator[Col]:
        for _, actions in self.places.values():
            yield from actions

    def _columns(self, columns: Iterable[Column]) -> list[Column]:
        """Keep what the page shows; the year before where an action has one."""
        hidden = self.layout.left_out.rows
        asked = [one for one in columns if not {*one.code.split("+")} & hidden]
        return [one for one in asked if not one.year or any(action.code in self.same for action in self._actions)]

    @property
    def _main(self) -> Iterator[Column]:
        names = {row.code: row.label for row in self.layout.data.rows}
        yield Column(UNIT, names.get(UNIT, ""))
        if TOTAL in names:
            yield Column(TOTAL, names[TOTAL])
        if self._adds_young():
            yield Column(YOUNG, "Moins de 15 ans")
        yield from (Column(code, names[code]) for code in self._numbers if not self._is_sparse(code))
        if self.layout.before is not None:
            yield Column(TOTAL, names.get(TOTAL, ""), self.layout.before.year)

    @property
    def _others(self) -> Iterator[Column]:
        """The publics, whatever classes of age the table has, and numbers that few actions have."""
        shown = {UNIT, TOTAL, *DETAILS, *(code for code in self._numbers if not self._is_sparse(code))}
        yield from (Column(row.code, row.label) for row in self.layout.data.rows if row.code not in shown)

    @property
    def _numbers(self) -> list[str]:
        lines = {row.code for row in self.layout.data.rows}
        return [code for code in (FAMILLES, *ACTION_NUMBERS) if code in lines]

    def _is_sparse(self, code: str) -> bool:
        """Whether a number is zero or not communicated for most actions."""
        figures = [self.layout.figures.get((code, action.code)) for action in self._actions]
        said = [one for one in figures if one is not None and one.etat in WITH_NUMBER and not one.is_nothing]
        return 2 * len(said) < len(figures)

    def _adds_young(self) -> bool:
        """Whether those under fifteen are shown: figures of the edition to share are not added, most being rounded."""
        if "base" in self.layout.data.figures:
            return False
        figures = [self._parts(Column(YOUNG, ""), action) for action in self._actions]
        return all(parts and all(one.etat in {OK, "nc"} for one in parts) for parts in figures)

    def _parts(self, column: Column, action: Col) -> list[Figure]:
        figures = [self.layout.figures.get((line, action.code)) for line in column.code.split("+")]
        parts = [one for one in figures if one is not None]
        return parts if len(parts) == len(figures) else []

    def _figure(self, column: Column, action: Col) -> Figure | None:
        if column.year:
            former = self.same.get(action.code, "")
            return self.layout.before.by_cell.get((column.code, former)) if self.layout.before else None
        parts = self._parts(column, action)
        if len(parts) < 2:
            return parts[0] if parts else None
        unknown = next((one for one in parts if one.etat == "nc"), None)
        return unknown or Figure(sum(one.valeur for one in parts), parts[0].unite, OK, action.code)

    def _table(self, columns: Sequence[Column], caption: str) -> str:
        heads = "".join(self._head(column) for column in columns)
        named = len(self.places) > 1 or any(name for name, _ in self.places.values())
        bodies = "".join(self._group(territory, columns, named) for territory in self.places)
        label = escape(caption)
        return (
            f'<div class="rl-table-wrap" tabindex="0" role="region" aria-label="{label}">'
            f'<table class="rl-table rl-actions"{markup.place("tableau", self.layout.data)}><caption>{label}</caption>'
            f"<thead><tr><td></td>{heads}</tr></thead>{bodies}</table></div>"
        )

    def _head(self, column: Column) -> str:
        if column.year and self.layout.before:
            return years.header(self.layout.before, Col(column.code, column.label))
        css = "" if column.code == UNIT else ' class="num rl-col-total"' if column.code == TOTAL else ' class="num"'
        return f'<th scope="col"{css}>{escape(column.label)}</th>'

    def _group(self, territory: str, columns: Sequence[Column], named: bool) -> str:
        name, actions = self.places[territory]
        ranked = sorted(actions, key=self._rank)
        lines = "".join(self._line(action, columns) for action in ranked)
        if not named:
            return f"<tbody>{lines}</tbody>"
        head = f'<tr class="sous-total"><th scope="rowgroup" colspan="{len(columns) + 1}">{escape(name)}</th></tr>'
        return f'<tbody data-territoire="{escape(territory)}">{head}{lines}</tbody>'

    def _rank(self, action: Col) -> float:
        figure = self.layout.figures.get((TOTAL, action.code))
        return math.inf if figure is None or math.isnan(figure.valeur) else -figure.valeur

    def _line(self, action: Col, columns: Sequence[Column]) -> str:
        words = [(code, self.layout.texts.get((code, action.code))) for code in DETAILS]
        details = "".join(
            f'<span class="rl-detail rl-{code}">{cells.hidden(" (")}{escape(said)}{cells.hidden(")")}</span>'
            for code, said in words
            if said and code not in self.layout.left_out.rows
        )
        address = markup.attributes(colonne=action.code)
        shown = "".join(self._cell(column, action) for column in columns)
        return f'<tr{address}><th scope="row"{address}>{escape(action.label)}{details}</th>{shown}</tr>'

    def _cell(self, column: Column, action: Col) -> str:
        if column.code == UNIT:
            address = markup.attributes(ligne=UNIT, colonne=action.code)
            return f"<td{address}>{escape(self.layout.texts.get((UNIT, action.code), ''))}</td>"
        figure, before = self._figure(column, action), " rl-avant" if column.year else ""
        if figure is None and column.year and self.layout.before:  # an action that the year before had not
            figure = self.layout.before.at(column.code, action.code)
        if figure is None:
            return "<td></td>"
        code = self.same.get(action.code, action.code) if column.year else action.code
        address = markup.attributes(ligne=column.code, colonne=code, annee=column.year or None)
        css = f"{cells.css_classes(figure)}{' rl-col-total' if column.code == TOTAL and not column.year else before}"
        return f'<td class="{css}"{address}>{cells.html(figure)}</td>'


def shown(laid: LaidOut, whole: Layout, page: Layout) -> Shown:
    """Show the actions of the service, commune by commune, and the text of each; or those of one commune.

    Parameters
    ----------
    page
        The table with the lines and columns to show.
    """
    data = whole.data
    territory_of = laid.source.territories_of_actions()
    order = (*laid.settings.service.commune_codes, *WITHOUT_PAGE)
    of_service = laid.scope.is_service and not whole.place
    figures = published(data.figures, territory_of, order) if of_service else laid.published(data.id, laid.scope)
    places = _places(laid, page, territory_of, order) if of_service else {data.territory: ("", _seen(page))}
    there = data.rows and any(actions for _, actions in places.values())
    html = Actions(page, places, _same(laid, whole, territory_of)).to_html() if there else tables.to_html(page)
    if of_service and data.id == WITH_TEXTS:
        texts = [written(laid, f"{data.id}-{territory}", territory) for territory in laid.communes]
        html += "".join(one.html for one in texts if one)
    return Shown(html, whole.caption, tables.MIME, tables.bundle(replace(page, data=data), figures))


def _same(laid: LaidOut, whole: Layout, territory_of: Mapping[str, str]) -> dict[str, str]:
    """Find each action in the year before; none where two there have one name."""
    if whole.before is None:
        return {}
    scope = replace(laid.scope, year=whole.before.year, territory=whole.data.territory)
    former = laid.source.column_names(whole.data.id, scope)
    by_name: dict[tuple[str, str, str], list[str]] = {}
    for (line, code), figure in whole.before.by_cell.items():
        if line == TOTAL and code in former:
            by_name.setdefault(_named(former[code], territory_of.get(code, ""), figure), []).append(code)
    same = {}
    for action in whole.data.columns:
        own = whole.figures.get((TOTAL, action.code))
        alike = by_name.get(_named(action.label, territory_of.get(action.code, ""), own), []) if own else []
        if len(alike) == 1:
            same[action.code] = alike[0]
    return same


def _named(label: str, territory: str, figure: Figure) -> tuple[str, str, str]:
    return label.strip().casefold(), territory, figure.unite


def _seen(page: Layout) -> list[Col]:
    return [column for column in page.data.columns if column.code not in page.left_out.columns]


def _places(
    laid: LaidOut, page: Layout, territory_of: Mapping[str, str], order: Iterable[str]
) -> dict[str, tuple[str, Sequence[Col]]]:
    """Give the actions of each territory that has some."""
    seen = _seen(page)
    own = {territory: [one for one in seen if territory_of[one.code] == territory] for territory in order}
    return {territory: (laid.place(territory), actions) for territory, actions in own.items() if actions}


def published(figures: pd.DataFrame, territory_of: Mapping[str, str], territories: Sequence[str]) -> pd.DataFrame:
    """Give the figures of the service, then those of each territory.

    Returns
    -------
    Columns of ``indicateurs.csv``; each figure twice, for the service and for the territory of its action.
    """
    own = figures.assign(territoire=figures["colonne"].map(territory_of).astype("str"))
    rank = {territory: position for position, territory in enumerate(territories)}
    ordered = own.sort_values("territoire", key=lambda names: names.map(rank), kind="stable")
    return pd.concat([figures, ordered], ignore_index=True)

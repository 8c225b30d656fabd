"""Lines and columns of a table that are all zero, or of which nothing is communicated: a note names them instead.

What rounding brings to zero is no zero: such lines stay, in either edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape

from rlpipeline.display import french
from rlpipeline.display.cells import Figure
from rlpipeline.display.plots import is_scale
from rlpipeline.display.tables import Layout
from rlpipeline.figures import Col, Row
from rlpipeline.figures.labels import TOTAL

FEWEST = 2
"""Lines that stay, or the table would say less than its notes."""


def folded(layout: Layout) -> Layout:
    """Leave empty lines and columns out of the page; of a table that is empty throughout, all of them."""
    if layout.data.of.look.side_by_side or not layout.figures:
        return layout
    if layout.data.of.of_actions:  # whatever the order of the lines, which are columns of the page
        rows = [row for row in layout.data.rows if _is_empty(layout, row)]
        actions = [one for one in layout.data.columns if one.kind == "nombre" and _is_unknown(layout, one)]
        if actions and len(actions) == len(layout.data.columns):
            return _without(layout, layout.data.rows, actions, _unknown(actions, layout.caption))
        said = _named(layout, rows, []) + _unknown(actions)
        return _without(layout, rows, actions, said) if rows or actions else layout
    alike = _alike([*layout.figures.values(), *(layout.before.by_cell.values() if layout.before else ())])
    if alike and not layout.left_out.rows:
        rows, columns = list(layout.data.rows), list(layout.data.columns)
        return _without(layout, rows, columns, f'<p class="rl-vide">{_nothing(layout, alike)}</p>')
    rows = [] if is_scale(layout) else [row for row in layout.data.rows if _is_empty(layout, row)]
    rows = [row for row in rows if row.kind != "famille" or {*_members(layout, row)} <= {*rows}]
    columns = [column for column in layout.data.columns if column.kind == "nombre" and _is_blank(layout, column)]
    if len(layout.data.rows) - len(rows) < FEWEST:
        rows = []
    if not any(column.kind == "total" for column in layout.data.columns):
        columns = []
    return _without(layout, rows, columns, _named(layout, rows, columns)) if rows or columns else layout


def _without(layout: Layout, rows: Sequence[Row], columns: Sequence[Col], said: str) -> Layout:
    left = layout.left_out
    codes = frozenset(row.code for row in rows), frozenset(column.code for column in columns)
    left = replace(left, rows=left.rows | codes[0], columns=left.columns | codes[1])
    return replace(layout, left_out=left, empty=said)


def _alike(figures: Iterable[Figure]) -> str:
    """State that all figures have: ``zero`` or ``nc``; empty where they differ, or say something."""
    states = {"zero" if figure.is_nothing else figure.etat for figure in figures if figure.etat != "vide"}
    return next(iter(states)) if len(states) == 1 and states <= {"zero", "nc"} else ""


def _nothing(layout: Layout, state: str) -> str:
    why = "non communiqué" if state == "nc" else "rien à compter"
    since = ", ni l'année précédente" if layout.before and layout.before.by_cell else ""
    year = f"pour {layout.data.year}" if state == "nc" else f"en {layout.data.year}{since}"
    return french.spaced(escape(f"{layout.caption} : {why} {year}.", quote=False))


def _of_row(layout: Layout, row: Row) -> list[Figure]:
    """Figures of a line, and the one of the year before that stands beside them."""
    own = [figure for (line, _), figure in layout.figures.items() if line == row.code]
    return [*own, layout.before.at(row.code, layout.summary)] if layout.before and layout.summary else own


def _is_empty(layout: Layout, row: Row) -> bool:
    return row.kind in {"corps", "famille"} and row.code not in layout.left_out.rows and bool(_state(layout, row))


def _state(layout: Layout, row: Row) -> str:
    return _alike(_of_row(layout, row))


def _members(layout: Layout, family: Row) -> list[Row]:
    """Lines of a family, up to the next."""
    rows = layout.data.rows[layout.data.rows.index(family) + 1 :]
    members = []
    for row in rows:
        if row.kind != "corps":
            break
        members.append(row)
    return members


def _is_unknown(layout: Layout, action: Col) -> bool:
    """Whether nothing of an action is communicated, its unit apart."""
    cells = [(row.code, action.code) for row in layout.data.rows]
    return _alike(layout.figures[cell] for cell in cells if cell in layout.figures) == "nc"


def _unknown(actions: Sequence[Col], caption: str = "") -> str:
    """Name actions of which nothing is communicated; after the caption of a table that has no other."""
    names = french.listing([*dict.fromkeys(one.label for one in actions)])
    if not names:
        return ""
    said, css = f"{names} : participation non communiquée.", "rl-note"
    if caption:
        said, css = f"{caption} : participation non communiquée ({names}).", "rl-vide"
    return f'<p class="{css} rl-sans-donnee">{french.spaced(escape(said, quote=False))}</p>'


def _is_blank(layout: Layout, column: Col) -> bool:
    own = [figure for (_, code), figure in layout.figures.items() if code == column.code]
    total = layout.figures.get(("total", layout.summary or TOTAL))
    return column.code != layout.summary and _alike(own) == "zero" and not (total and total.is_nothing)


def _named(layout: Layout, rows: Sequence[Row], columns: Sequence[Col]) -> str:
    """Name what is left out, by what it has in common; which axis, where both have the same names."""
    both = {row.label for row in layout.data.rows} & {column.label for column in layout.data.columns}
    axes = (
        ("ligne", {row.label: _state(layout, row) for row in rows}),
        ("colonne", {one.label: "zero" for one in columns}),
    )
    notes: list[str] = []
    for state, words, css in (("zero", "À zéro", "rl-a-zero"), ("nc", "Non communiqué", "rl-sans-donnee")):
        for axis, states in axes:
            names = [name for name, its in states.items() if its == state]
            where = f", en {axis}" if axis == "colonne" or {*names} & both else ""
            if names:
                sentence = french.spaced(escape(f"{words}{where} : {french.listing(names)}.", quote=False))
                notes.append(f'<p class="rl-note {css}">{sentence}</p>')
    return "".join(notes)

"""A table of the report as semantic HTML, beside the year before."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import chain, product
from typing import Any

import pandas as pd
from markupsafe import Markup

from rlpipeline import french
from rlpipeline.display import cells
from rlpipeline.display.cells import Reference
from rlpipeline.display.layout import MARK, Layout, summary
from rlpipeline.display.lookup import PUBLIE, Former
from rlpipeline.figures import Col, Row, TableData, label_of
from rlpipeline.figures.store import NO_ROW
from rlpipeline.observations import Observation
from rlpipeline.page_templates import attributes
from rlpipeline.states import (
    ABOUT,
    ARRONDI,
    AT_LEAST,
    CELLS,
    LISTS,
    NC,
    NOT_SHARED,
    OK,
    PARTIEL,
    SIGN,
    VIDE,
)
from rlpipeline.table_view import (
    EMPTY,
    TableCell,
    TableGroup,
    TableLine,
    TableView,
    html_of,
    text_cell,
)

WIDEST = 7
"""Columns beside one another; a table whose columns are independent is cut beyond."""
ROW_CLASSES: Mapping[str, str] = {
    "total": "total",
    "famille": "famille",
    "sous_total": "sous-total",
    "note": "note",
}
RESERVED = "rl-reserve"
"""Class of the sentence that says why the edition has not a table: a page lists them all at its end."""
PART_OF = "dont "
"""Beginning of the name of a line that is part of the one above."""
MIME = "application/vnd.rlpipeline.table+json"
FAMILLES = "familles"
UNITS: Mapping[str, tuple[str, str]] = {
    "personnes": ("personne", "personnes"),
    "presences": ("présence", "présences"),
    FAMILLES: ("famille", "familles"),
}
"""Units in which actions count participants; what is counted in two of them is never added."""
EVERYWHERE = "ensemble du service, toutes communes"
NOT_COMPARABLE = "≠"
LEGEND = f"{MARK} écart net, que le hasard des petits nombres n'explique guère."
OTHER = "†"
"""Mark of a number that is of another source, or of another year, than its line."""
CHANGE = "ecart:"
"""Before the code of a column: that of its change since the year before."""


def to_html(layout: Layout) -> str:
    """Write the table with its caption, scoped headers, row groups and notes.

    A wide table is cut into parts. A table without a line is a sentence. What comes from the records is escaped.
    """
    if not layout.data.rows or not layout.data.columns:
        return _why_no_table(layout) + paragraphs(former_notes(layout))
    if not layout.columns:
        said = " ".join(filter(None, (*layout.data.notes, layout.left_out.asked)))
        return layout.empty + paragraphs(former_notes(layout)) + cells.paragraph(said)
    *before, last = views(layout)
    whole = replace(last, left_out=layout.empty, notes=notes(layout))
    return "".join(map(html_of, (*before, whole)))


def _why_no_table(layout: Layout) -> str:
    """Say why a table has no line: the edition has it not, or nothing was entered."""
    data = layout.data
    if not layout.is_shared:
        return cells.paragraph(" ".join([f"{layout.caption}.", *data.notes]), f"rl-vide {RESERVED}")
    why = " ".join(data.notes) or NO_ROW.format(annee=data.year)
    return cells.paragraph(f"{layout.caption} : {why[0].lower()}{why[1:]}", "rl-vide")


def alone(layout: Layout) -> tuple[Row, Col] | None:
    """Give the line and the column of a table that the page shows one number of: a sentence says it."""
    if len(layout.rows) != 1 or len(layout.columns) != 1:
        return None
    (row,), (column,) = layout.rows, layout.columns
    figure = layout.figures.get((row.code, column.code))
    return (row, column) if figure is not None and figure.is_number else None


def views(layout: Layout) -> list[TableView]:
    """Give the table as it is shown, in several parts where it is wide."""
    parts = column_parts(layout.columns)
    shown = []
    for rank, columns in enumerate(parts, 1):
        part = f" (partie {rank} sur {len(parts)})" if len(parts) > 1 else ""
        groups = [_group(layout, rows, columns) for rows in row_groups(layout.rows)]
        headers = (_headers(layout, column) for column in columns)
        head = [_corner(layout), *chain.from_iterable(headers)]
        shown.append(TableView(layout.caption + part, head, groups, named(layout.data)))
    return shown


def _corner(layout: Layout) -> TableCell:
    """Give what stands above the lines: which year these are of, where columns are of another."""
    year, corner = layout.data.year, layout.data.spec.look.corner
    if not corner:
        return EMPTY
    return text_cell(corner.format(annee=year, avant=year - 1), "rl-coin", "col")


def named(data: TableData) -> dict[str, object]:
    """Give the attributes that say which table this is, of which territory and year."""
    return {"tableau": data.id, "territoire": data.territory, "annee": data.year}


def column_parts(columns: Sequence[Col]) -> tuple[Sequence[Col], ...]:
    """Cut wide tables into parts of about the same width; columns that add up to a total stay together."""
    if len(columns) <= WIDEST or any(column.kind == "total" for column in columns):
        return (columns,)
    width = math.ceil(len(columns) / math.ceil(len(columns) / WIDEST))
    return tuple(columns[start : start + width] for start in range(0, len(columns), width))


def row_groups(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Group the lines of a family or of a sub-total; the total stands apart."""
    group: list[Row] = []
    for row in rows:
        begins = row.kind in {"famille", "total"}
        if group and (begins or group[-1].kind in {"sous_total", "total"}):
            yield tuple(group)
            group = []
        group.append(row)
    if group:
        yield tuple(group)


def _headers(layout: Layout, column: Col) -> Iterator[TableCell]:
    """Give the header of a column, then those of the year before and of the change beside it."""
    css = "" if column.kind == "texte" else f"num{_in_total(column)}"
    yield text_cell(column.label, css, "col", colonne=column.code)
    if layout.before is None or column.code != layout.summary:
        return
    yield former_header(layout.before, column)
    if layout.changes:
        yield text_cell("Écart", "num rl-ecart", "col", colonne=CHANGE + column.code)


def former_header(former: Former, column: Col) -> TableCell:
    """Write the header of the year before: what it measures, as the column before it, the year, what is to be known."""
    words, marks = f"{column.label} {former.year}", ""
    if former.reason:
        sign = f'<abbr title="non comparable" aria-hidden="true">{NOT_COMPARABLE}</abbr>'
        marks = f"{french.NBSP}{sign}{cells.hidden(' (non comparable)')}"
    if former.origin == PUBLIE:
        marks += f'<span class="rl-marque">{PUBLIE}</span>'
    html = Markup(escape(words, quote=False) + marks)
    address = {"colonne": column.code, "annee": former.year}
    return TableCell(words, html, "num rl-avant", "col", address)


def _group(layout: Layout, rows: Iterable[Row], columns: Sequence[Col]) -> TableGroup:
    return TableGroup([_line(layout, row, columns) for row in rows])


def _line(layout: Layout, row: Row, columns: Sequence[Col]) -> TableLine:
    """Give a line: its name, the figures of the year, those of the year before and what moved."""
    common = _common_words(layout, row)
    shown = [_name(row, common)]
    for column in columns:
        shown.append(_cell(layout, row, column, common))
        if layout.before and column.code == layout.summary:
            shown += _former_cells(layout, layout.before, row)
    part = "dont" if row.label.startswith(PART_OF) else ""
    kind = ROW_CLASSES.get(row.kind, part)
    return TableLine(shown, kind, {"ligne": row.code})


def _common_words(layout: Layout, row: Row) -> str:
    """Give the words that most figures of a line have, said once beside its name: a vintage and its source."""
    keys = [(row.code, column.code) for column in layout.data.columns]
    words = [layout.texts.get(key, "") for key in keys if key in layout.figures]
    if not words or not all(words):
        return ""
    [(common, times)] = Counter(words).most_common(1)
    return common if times > 1 else ""


def _name(row: Row, common: str) -> TableCell:
    scope = "rowgroup" if row.kind == "famille" else "row"
    detail = detailed(escape(common)) if common else ""
    return TableCell(f"{row.label} {common}", Markup(escape(row.label) + detail), scope=scope)


def detailed(html: str, css: str = "rl-detail") -> str:
    """Write words that stand under others, which a screen reader says in brackets."""
    return f'<span class="{css}">{cells.hidden(" (")}{html}{cells.hidden(")")}</span>'


def _cell(layout: Layout, row: Row, column: Col, common: str) -> TableCell:
    """Give the cell of a figure: its number or state, what is said of it, the year before where it stands there."""
    key = row.code, column.code
    text, former = layout.texts.get(key, ""), _former_shown(layout, row, column)
    if key not in layout.figures and former is None:
        return text_cell(text, "" if column.kind == "texte" else "num texte")
    figure = layout.figures.get(key) or Observation(math.nan, "", VIDE, column=column.code)
    details = [] if former is None else [_year_before(layout, row, former)]
    if text and not common:
        details.append(escape(text))
    says_partial = column.code != "part" or row.kind == "total"
    decimals = layout.decimals(row.code, figure)
    html = "".join([cells.html(figure, decimals, says_partial), *map(detailed, details)])
    if figure.is_number and _is_of_other_source(text, common):
        html += OTHER_SOURCE
    words = f"{cells.plain(figure, decimals)} {text}"
    return TableCell(words, Markup(html), cells.css_classes(figure) + _in_total(column))


def _former_shown(layout: Layout, row: Row, column: Col) -> Observation | None:
    """Give the figure of the year before that stands in a cell; None where there is nothing to say of it."""
    former = layout.former.get((row.code, column.code))
    return None if former is None or former.state == VIDE else former


def _year_before(layout: Layout, row: Row, former: Observation) -> str:
    """Write the figure of the year before, after its year."""
    number = cells.html(former, layout.decimals(row.code, former))
    return f"{layout.data.year - 1}{french.NBSP}:{french.NBSP}{number}"


def _is_of_other_source(text: str, common: str) -> bool:
    """Whether what is said of a figure is not what its line says of all."""
    return bool(text and common and text != common)


OTHER_SOURCE = (
    f'<span class="rl-detail rl-autre"><span aria-hidden="true">{OTHER}</span>'
    f"{cells.hidden(' (autre source)')}</span>"
)


def _other_sources(layout: Layout) -> str:
    """Say under a table which numbers are of another source than their line, once a column."""
    of_column: dict[str, list[str]] = {}
    for row, column in product(layout.rows, layout.columns):
        key = row.code, column.code
        figure, text = layout.figures.get(key), layout.texts.get(key, "")
        common = _common_words(layout, row)
        if figure and figure.is_number and _is_of_other_source(text, common):
            of_column.setdefault(column.label, []).append(text)
    if not of_column:
        return ""
    said = [f"{name} ({french.listing(sorted(set(words)))})" for name, words in of_column.items()]
    return f"{OTHER} autre source ou autre année{french.NBSP}: {' ; '.join(said)}."


def _in_total(column: Col) -> str:
    return " rl-col-total" if column.kind == "total" else ""


def _former_cells(layout: Layout, former: Former, row: Row) -> Iterator[TableCell]:
    """Give the cell of the year before, then that of the change where the table tells it."""
    place, figure = (row.code, layout.summary), former.at(row.code, layout.summary)
    if place in layout.figures or (figure.state != VIDE and place in former.by_cell):
        yield figure_cell(figure, " rl-avant", least=layout.decimals(row.code, figure))
    else:
        yield text_cell("", "rl-avant")
    if layout.changes:
        yield _change(layout.changes.get(row.code, ""))


def figure_cell(
    figure: Observation, css: str = "", address: Mapping[str, object] | None = None, least: int = 0
) -> TableCell:
    """Give the cell of a figure that says by itself which it is, or stands in a line and a column that do."""
    html = Markup(cells.html(figure, least))
    words = cells.plain(figure, least)
    return TableCell(words, html, cells.css_classes(figure) + css, address=address or {})


def _change(words: str) -> TableCell:
    """Give the cell of what moved: « +26 ● », whose point is spoken."""
    moved, mark, _ = words.partition(f"{french.NBSP}{MARK}")
    if not mark:
        return text_cell(moved, "rl-ecart")
    point = f'<span class="rl-point" aria-hidden="true">{mark}</span>'
    html = Markup(escape(moved) + point + cells.hidden(" (écart net)"))
    return TableCell(moved, html, "rl-ecart rl-net")


def paragraphs(notes: Iterable[str]) -> str:
    """Write notes, in HTML, a paragraph each."""
    return "".join(f'<p class="rl-note">{note}</p>' for note in notes)


def notes(layout: Layout) -> list[str]:
    """Write the notes of a table: the year before, states and rounding, what it lacks, its unit."""
    said = " ".join(filter(None, _own_notes(layout)))
    own = [cells.words(said)] if said else []
    return [*former_notes(layout), *own]


def _own_notes(layout: Layout) -> Iterator[str]:
    data, shown = layout.data, [*_shown(layout)]
    yield from cells.notes(figure for _, figure in shown)
    lines = {line for line, _ in shown}
    marked = [line for line, words in layout.changes.items() if words.endswith(MARK)]
    is_sentence = alone(layout) is not None
    if not is_sentence and not lines.isdisjoint(marked):  # a sentence says no change
        yield LEGEND
    sign = f"« {ABOUT} »" if is_sentence else SIGN.strip()
    yield cells.rounding_note(shown, {row.code: row.label for row in data.rows}, sign)
    if _lacks_cells(layout):
        yield LISTS["case_vide"]
    yield _other_sources(layout)
    yield from data.notes
    yield layout.left_out.asked
    if data.spec.unit and data.rows:
        yield f"Unité : {data.spec.unit}."


def _lacks_cells(layout: Layout) -> bool:
    """Whether the edition to share has not every cell of a crossing."""
    if layout.data.spec.side_by_side or "base" not in layout.data.figures:
        return False
    lines = {line for line, _ in layout.figures}
    codes = {code for _, code in layout.figures}
    return len(layout.figures) != len(lines) * len(codes)


def _shown(layout: Layout) -> Iterator[tuple[str, Observation]]:
    """Give the figures that the table shows, each with the code of its line; the year before included."""
    before, lines = layout.before, [row.code for row in layout.rows]
    for figures in (layout.figures, layout.former):
        for cell in product(lines, [column.code for column in layout.columns]):
            if cell in figures:
                yield cell[0], figures[cell]
    if before is None or not layout.summary:
        return
    known = {*layout.figures, *before.by_cell}
    for line in lines:
        if (line, layout.summary) in known:
            yield line, before.at(line, layout.summary)


def former_notes(layout: Layout) -> list[str]:
    """Say under a table, as HTML, what its column of the year before does not: other lines, sums, reservations."""
    former = layout.before
    if former is None:
        return []
    notes = [say(layout, former) for say in (_others, _sums, _reservation)]
    return [*filter(None, notes)]


def _reservation(layout: Layout, former: Former) -> str:
    """Say what is to be known of the year before: it adds nothing, does not compare, or was printed."""
    data = layout.data
    if former.figures.empty:
        if not data.spec.look.side_by_side or data.figures.empty:
            return ""
        nothing = "les dernières valeurs connues sont du même millésime"
        return f"Pas d'évolution à montrer{french.NBSP}: {nothing} qu'en {former.year}."
    if former.reason:
        return cells.words(f"{NOT_COMPARABLE} non comparable à {former.year} : {former.reason}")
    if former.origin != PUBLIE:
        return ""
    return cells.words(f"{PUBLIE} : chiffre du rapport imprimé de {former.year}, non recalculé.")


def _others(layout: Layout, former: Former) -> str:
    """Name the lines that the year before alone had, each with its figure."""
    data, code = layout.data, summary(layout.data, layout.columns)
    shown = {row.code for row in data.rows}
    words = []
    for (line, column), figure in former.by_cell.items():
        if column == code and line not in shown and figure.is_nonzero:
            of = Reference(data.id, line, column, former.year, data.territory)
            words.append(_former_line(former, of))
    if not words:
        return ""
    has_total = any(row.kind == "total" for row in data.rows)
    where = "Le total de {} compte aussi" if has_total else "Compté aussi en {}"
    return f"{where.format(former.year)}{french.NBSP}: {french.listing(words)}."


def _former_line(former: Former, of: Reference) -> str:
    """Name a line that the year before alone had, with its figure."""
    figure = former.by_cell[of.cell]
    name = escape(former.names.get(of.ligne) or label_of(of.ligne), quote=False)
    if of.ligne in former.rare:
        name = name[:1].lower() + name[1:]
    address = cells.address(of, "avant")
    address += attributes(environ="signe" if figure.is_rounded else "")
    return f'{name} (<span class="rl-avant"{address}>{cells.html(figure)}</span>)'


def _sums(layout: Layout, former: Former) -> str:
    """Write the total of the actions of both years: each counts participants in units of its own."""
    data = layout.data
    if not data.spec.of_actions or former.figures.empty:
        return ""
    lines = []
    for year, figures in ((data.year, data.current), (former.year, former.figures)):
        sentence = _sum_of_year(figures, data.id, year, data.territory)
        if not sentence and not figures.empty:
            return ""
        lines.append(f"en {year}, {sentence or 'aucune action'}")
    mark = f" {NOT_COMPARABLE}" if former.reason else ""
    subject = escape(layout.place or EVERYWHERE, quote=False)
    return f"Total des actions, {subject}{french.NBSP}: {lines[0]}{french.NBSP}; {lines[1]}{mark}."


def _sum_of_year(figures: pd.DataFrame, id: str, year: int, territory: str) -> str:
    """Write « 345 personnes et 56 familles »: zeros only where there is nothing else.

    Rounded figures are not added: nobody could say how far the sum is from the exact one.
    """
    totals: dict[str, Observation] = {}
    unshared = []
    for unit, (_, plural) in UNITS.items():
        of_line = figures[figures["ligne"] == _line_of(unit)]
        of_unit = of_line[of_line["unite"] == unit]
        if ARRONDI in {*of_unit["etat"]}:
            unshared.append(f"nombre de {plural} {NOT_SHARED}")
        elif len(of_unit):
            totals[unit] = _total_of(of_unit, unit)
    nonzero = [unit for unit, total in totals.items() if total.value]
    parts = []
    for unit in nonzero or [*totals][:1]:
        reference = Reference(id, _line_of(unit), unit, year, territory)
        parts.append(_said_total(totals[unit], cells.address(reference, "somme")))
    if not (parts and unshared):
        return french.listing(parts)
    return f"{french.listing(parts)} ({french.listing(unshared)})"


def _line_of(unit: str) -> str:
    return FAMILLES if unit == FAMILLES else "total"


def _total_of(figures: pd.DataFrame, unit: str) -> Observation:
    """Add the figures of a unit: partial where one of them is not known, as they are where none is."""
    states = {*figures["etat"]}
    state = next(iter(states)) if len(states) == 1 else PARTIEL
    value = float(figures["valeur"].sum()) if state in {OK, PARTIEL} else math.nan
    return Observation(value, unit, state)


def _said_total(total: Observation, address: str) -> str:
    """Write « au moins 5 personnes », « personnes : nc »."""
    singular, plural = UNITS[total.unit]
    number = CELLS.get(total.state) or french.number(total.value)
    least = f"{AT_LEAST}{french.NBSP}" if total.state == PARTIEL else ""
    written = f'<span class="rl-somme"{address}>{least}{number}</span>'
    if total.state == NC:
        return f"{plural}{french.NBSP}: {written}"
    return f"{written}{french.NBSP}{french.agree(total.value, singular, plural)}"


def bundle(data: TableData) -> dict[str, Any]:
    """Say to publication which table is shown: it takes the figures of its files from the store."""
    return {"id": data.id, "territory": data.territory, "year": data.year}

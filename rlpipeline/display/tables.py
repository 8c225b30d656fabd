"""A table of the report as semantic HTML, beside the year before."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import product
from typing import Any

import pandas as pd

from rlpipeline import french
from rlpipeline.display import cells
from rlpipeline.display.cells import Reference
from rlpipeline.display.layout import MARK, Layout, summary
from rlpipeline.display.lookup import PUBLIE, Former
from rlpipeline.figures import Col, Row, TableData, label_of
from rlpipeline.figures.store import NO_ROW
from rlpipeline.observations import Observation
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
CHANGE = "ecart:"
"""Before the code of a column: that of its change since the year before."""
_TAG = re.compile(r"<[^>]*>")


def to_html(layout: Layout) -> str:
    """Write the table with its caption, scoped headers, row groups and notes.

    Gives one ``div.rl-table-wrap`` per part of the table (a wide one is cut), then its notes. A table without a line is
    a sentence. What comes from the records is escaped.
    """
    data, notes = layout.data, "".join(map(_note, former_notes(layout)))
    if not data.rows or not data.columns:
        return _why_no_table(layout) + notes
    if not layout.columns:
        said = " ".join(filter(None, (*data.notes, layout.left_out.asked)))
        return layout.empty + notes + cells.paragraph(said)
    parts = column_parts(layout.columns)
    tables = "".join(
        _part(layout, part, index, len(parts)) for index, part in enumerate(parts, start=1)
    )
    return tables + layout.empty + below(layout)


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


def below(layout: Layout) -> str:
    """Write the notes of a table: the year before, states and rounding, what it lacks, its unit."""
    data, figures = layout.data, layout.figures
    lines = {line for line, _ in figures}
    codes = {code for _, code in figures}
    crossed = (
        data.spec.side_by_side
        or "base" not in data.figures
        or len(figures) == len(lines) * len(codes)
    )
    shown = [*_shown(layout)]
    marked = {line for line, words in layout.changes.items() if words.endswith(MARK)} & {
        line for line, _ in shown
    }
    sign = f"« {ABOUT} »" if alone(layout) else SIGN.strip()  # of a sentence, of a cell
    unit = f"Unité : {data.spec.unit}." if data.spec.unit and data.rows else ""
    notes = (
        *cells.notes(figure for _, figure in shown),
        LEGEND if marked and not alone(layout) else "",  # a sentence says no change
        cells.rounding_note(shown, {row.code: row.label for row in data.rows}, sign),
        "" if crossed else LISTS["case_vide"],
        *data.notes,
        layout.left_out.asked,
        unit,
    )
    return "".join(map(_note, former_notes(layout))) + cells.paragraph(
        " ".join(filter(None, notes))
    )


def _shown(layout: Layout) -> Iterator[tuple[str, Observation]]:
    before, lines = layout.before, [row.code for row in layout.rows]
    for figures in (layout.figures, layout.former):
        for cell in product(lines, [column.code for column in layout.columns]):
            if cell in figures:
                yield cell[0], figures[cell]
    if before and layout.summary:
        known = {*layout.figures, *before.by_cell}
        yield from (
            (line, before.at(line, layout.summary))
            for line in lines
            if (line, layout.summary) in known
        )


def column_parts(columns: Sequence[Col]) -> tuple[Sequence[Col], ...]:
    """Cut wide tables into parts of about the same width; columns that add up to a total stay together."""
    if len(columns) <= WIDEST or any(column.kind == "total" for column in columns):
        return (columns,)
    width = math.ceil(len(columns) / math.ceil(len(columns) / WIDEST))
    return tuple(columns[start : start + width] for start in range(0, len(columns), width))


def _part(layout: Layout, columns: Sequence[Col], index: int, parts: int) -> str:
    head, caption = "", layout.caption + (f" (partie {index} sur {parts})" if parts > 1 else "")
    for column in columns:
        css = "" if column.kind == "texte" else f' class="num{_in_total(column)}"'
        head += f'<th scope="col"{css}{cells.attributes(colonne=column.code)}>{escape(column.label)}</th>'
        if layout.before and column.code == layout.summary:
            head += former_header(layout.before, column)
            if layout.changes:
                address = cells.attributes(colonne=CHANGE + column.code)
                head += f'<th scope="col" class="num rl-ecart"{address}>Écart</th>'
    bodies = (
        f"<tbody>{''.join(_row(layout, row, columns) for row in group)}</tbody>"
        for group in row_groups(layout.rows)
    )
    inside = f"<thead><tr><td></td>{head}</tr></thead>{''.join(bodies)}"
    return cells.framed(caption, inside, address=cells.place("tableau", layout.data))


def row_groups(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Group the lines of a family or of a sub-total; the total stands apart."""
    group: list[Row] = []
    for row in rows:
        if group and (
            row.kind in {"famille", "total"} or group[-1].kind in {"sous_total", "total"}
        ):
            yield tuple(group)
            group = []
        group.append(row)
    if group:
        yield tuple(group)


def _row(layout: Layout, row: Row, columns: Sequence[Col]) -> str:
    kind = ROW_CLASSES.get(row.kind) or ("dont" if row.label.startswith(PART_OF) else "")
    css = f' class="{kind}"' if kind else ""
    scope = "rowgroup" if row.kind == "famille" else "row"
    # Words that most figures of the line have are said once beside its name (a vintage and its source).
    keys = [(row.code, column.code) for column in layout.data.columns]
    words = [layout.texts.get(key, "") for key in keys if key in layout.figures]
    common, times = Counter(words).most_common(1)[0] if words else ("", 0)
    shared = common if times > 1 and all(words) else ""
    body = ""
    for column in columns:
        body += _cell(layout, row, column, shared)
        if layout.before and column.code == layout.summary:
            body += _former_cell(layout, layout.before, row)
    detail = _detail(escape(shared)) if shared else ""
    code = cells.attributes(ligne=row.code)
    return f'<tr{css}{code}><th scope="{scope}">{escape(row.label)}{detail}</th>{body}</tr>'


def _detail(html: str) -> str:
    return f'<span class="rl-detail">{cells.hidden(" (")}{html}{cells.hidden(")")}</span>'


def _cell(layout: Layout, row: Row, column: Col, shared: str) -> str:
    key = row.code, column.code
    figure, text, former = (
        layout.figures.get(key),
        layout.texts.get(key, ""),
        layout.former.get(key),
    )
    details = [escape(text)] if text and text != shared else []
    if former is not None and former.state != VIDE:
        number = cells.html(former, layout.decimals(row.code, former))
        details.insert(0, f"{layout.data.year - 1}{french.NBSP}:{french.NBSP}{number}")
        figure = figure or Observation(
            math.nan, "", VIDE, column=column.code
        )  # noted the year before alone
    if figure is None:
        css = "" if column.kind == "texte" else ' class="num texte"'
        return f"<td{css}>{escape(text)}</td>"
    says_partial = column.code != "part" or row.kind == "total"
    number = cells.html(figure, layout.decimals(row.code, figure), says_partial)
    return f'<td class="{cells.css_classes(figure)}{_in_total(column)}">{number}{"".join(map(_detail, details))}</td>'


def _in_total(column: Col) -> str:
    return " rl-col-total" if column.kind == "total" else ""


def former_header(former: Former, column: Col) -> str:
    """Write the header of the year before: what it measures, as the column before it, the year, what is to be known."""
    address = cells.attributes(colonne=column.code, annee=former.year)
    marks = f'<span class="rl-marque">{PUBLIE}</span>' if former.origin == PUBLIE else ""
    if former.reason:
        sign = f'<abbr title="non comparable" aria-hidden="true">{NOT_COMPARABLE}</abbr>'
        marks = f"{french.NBSP}{sign}{cells.hidden(' (non comparable)')}{marks}"
    words = f"{escape(column.label, quote=False)} {former.year}{marks}"
    return f'<th scope="col" class="num rl-avant"{address}>{words}</th>'


def _former_cell(layout: Layout, former: Former, row: Row) -> str:
    place, figure = (row.code, layout.summary), former.at(row.code, layout.summary)
    written = '<td class="rl-avant"></td>'
    if place in layout.figures or (figure.state != VIDE and place in former.by_cell):
        number = cells.html(figure, layout.decimals(row.code, figure))
        written = f'<td class="{cells.css_classes(figure)} rl-avant">{number}</td>'
    if not layout.changes:
        return written
    words = layout.changes.get(row.code, "")
    moved, mark, _ = words.partition(f"{french.NBSP}{MARK}")
    point = (
        f'<span class="rl-point" aria-hidden="true">{mark}</span>{cells.hidden(" (écart net)")}'
        if mark
        else ""
    )
    return f'{written}<td class="rl-ecart{" rl-net" if mark else ""}">{escape(moved)}{point}</td>'


def _note(words: str) -> str:
    return f'<p class="rl-note">{words}</p>'


def former_notes(layout: Layout) -> list[str]:
    """Say under a table, as HTML, what its column of the year before does not: other lines, sums, reservations."""
    former, data = layout.before, layout.data
    if former is None:
        return []
    notes = [_others(layout, former), _sums(layout, former)]
    if former.figures.empty:
        if data.spec.look.side_by_side and not data.figures.empty:
            nothing = "les dernières valeurs connues sont du même millésime"
            notes.append(f"Pas d'évolution à montrer{french.NBSP}: {nothing} qu'en {former.year}.")
    elif former.reason:
        words = f"{NOT_COMPARABLE} non comparable à {former.year} : {former.reason}"
        notes.append(cells.words(words))
    elif former.origin == PUBLIE:
        words = f"{PUBLIE} : chiffre du rapport imprimé de {former.year}, non recalculé."
        notes.append(cells.words(words))
    return [note for note in notes if note]


def _others(layout: Layout, former: Former) -> str:
    data, code = layout.data, summary(layout.data, layout.columns)
    shown, words = {row.code for row in data.rows}, []
    for (line, other), figure in former.by_cell.items():
        if other == code and line not in shown and figure.is_number and not figure.is_nothing:
            name = escape(former.names.get(line) or label_of(line), quote=False)
            name = name[:1].lower() + name[1:] if line in former.rare else name
            address = cells.address(
                Reference(data.id, line, code, former.year, data.territory), "avant"
            )
            address += cells.attributes(environ="signe" if figure.is_rounded else "")
            words.append(f'{name} (<span class="rl-avant"{address}>{cells.html(figure)}</span>)')
    has_total = any(row.kind == "total" for row in data.rows)
    where = (
        f"Le total de {former.year} compte aussi" if has_total else f"Compté aussi en {former.year}"
    )
    return f"{where}{french.NBSP}: {french.listing(words)}." if words else ""


def _sums(layout: Layout, former: Former) -> str:
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
    for unit, (_, nouns) in UNITS.items():
        of = figures[
            (figures["ligne"] == (FAMILLES if unit == FAMILLES else "total"))
            & (figures["unite"] == unit)
        ]
        states = {*of["etat"]}
        if ARRONDI in states:
            unshared.append(f"nombre de {nouns} {NOT_SHARED}")
        elif states:
            state = next(iter(states)) if len(states) == 1 else PARTIEL
            value = of["valeur"].sum() if state in {OK, PARTIEL} else math.nan
            totals[unit] = Observation(float(value), unit, state)
    parts = []
    for unit in [unit for unit in totals if totals[unit].value] or [*totals][:1]:
        total, line = totals[unit], FAMILLES if unit == FAMILLES else "total"
        number = CELLS.get(total.state) or french.number(total.value)
        least = f"{AT_LEAST}{french.NBSP}" if total.state == PARTIEL else ""
        address = cells.address(Reference(id, line, unit, year, territory), "somme")
        written = f'<span class="rl-somme"{address}>{least}{number}</span>'
        singular, plural = UNITS[unit]
        noun = f"{written}{french.NBSP}{french.agree(total.value, singular, plural)}"
        parts.append(f"{plural}{french.NBSP}: {written}" if total.state == NC else noun)
    return french.listing(parts) + (f" ({french.listing(unshared)})" if parts and unshared else "")


def bundle(data: TableData) -> dict[str, Any]:
    """Say to publication which table is shown: it takes the figures of its files from the store."""
    return {"id": data.id, "territory": data.territory, "year": data.year}

"""A table of the report as semantic HTML, and as the bundle that publication reads."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from itertools import product
from typing import Any

import pandas as pd

from rlpipeline.display import approximate, cells, french, markup, years
from rlpipeline.display.cells import Figure
from rlpipeline.display.many import NOTHING, LeftOut
from rlpipeline.display.years import Former
from rlpipeline.figures import Col, Row, TableData
from rlpipeline.figures.tables import NO_ROW
from rlpipeline.protection.shared_tables import LEFT_OUT

WIDEST = 7
"""Columns beside one another; a table whose columns are independent is cut beyond."""
ROW_CLASSES: Mapping[str, str] = {"total": "total", "famille": "famille", "sous_total": "sous-total", "note": "note"}
RESERVED = "rl-reserve"
"""Class of the sentence that says why the edition has not a table: a page lists them all at its end."""
PART_OF = "dont "
"""Beginning of the name of a line that is part of the one above."""
NOT_SHARED = " : non diffusé."
"""End of the note that names the lines which the edition to share has not."""
MIME = "application/vnd.rlpipeline.table+json"


@dataclass(frozen=True)
class Layout:
    """A table, the place it is about (« Oignies », empty for the whole service), and its year before.

    Parameters
    ----------
    scale
        Largest figure that its chart has room for, where charts of several places share a scale.
    left_out
        Lines and columns that the page does not show; the bundle has them.
    colour
        The service's, for its chart; empty for ours.
    empty
        HTML that names those of them that are empty, or says that the whole table is.
    """

    data: TableData
    place: str = ""
    before: Former | None = None
    scale: float = 0
    left_out: LeftOut = NOTHING
    empty: str = ""
    colour: str = ""

    @property
    def caption(self) -> str:
        """Title, with the place where there is one."""
        return f"{self.data.title} – {self.place}" if self.place else self.data.title

    @property
    def is_shared(self) -> bool:
        """Whether the edition has the table; where it has not, the first note says why."""
        return not (self.data.notes and self.data.notes[0].startswith(LEFT_OUT))

    @cached_property
    def figures(self) -> Mapping[tuple[str, str], Figure]:
        """Figures of the year by (ligne, colonne)."""
        return cells.figures_by_cell(self.data.current)

    @cached_property
    def former(self) -> Mapping[tuple[str, str], Figure]:
        """Figures of the year before to be written in the same cells, empty for the tables that do not do so."""
        if self.before is not None and self.data.of.look.side_by_side:
            return self.before.by_cell
        return cells.figures_by_cell(self.data.figures[self.data.figures["annee"] == self.data.year - 1])

    @cached_property
    def summary(self) -> str:
        """Code of the column that the year before stands after; empty where it has no column."""
        return years.summary(self.seen) if self.before is not None and not self.before.figures.empty else ""

    @cached_property
    def seen(self) -> TableData:
        """The table without the columns that the page does not show."""
        columns = tuple(column for column in self.data.columns if column.code not in self.left_out.columns)
        return replace(self.data, columns=columns)

    @cached_property
    def _decimals(self) -> Mapping[tuple[str, str], int]:
        """Decimals of the longest number of each unit: in a column, or in a line whose columns are equals."""
        decimals: dict[tuple[str, str], int] = {}
        before = self.before.by_cell.items() if self.before and self.summary else ()
        for (line, column), figure in (*self.figures.items(), *self.former.items(), *before):
            along = line if self.data.of.look.side_by_side else column
            decimals[along, figure.unite] = max(decimals.get((along, figure.unite), 0), cells.decimals(figure))
        return decimals

    def decimals(self, line: str, figure: Figure) -> int:
        """Decimals with which a figure is written among those of its column or line."""
        return self._decimals.get((line if self.data.of.look.side_by_side else figure.colonne, figure.unite), 0)

    @cached_property
    def changes(self) -> Mapping[str, str]:
        """Words of what moved since the year before in the column that sums the table up, by line; empty where none."""
        if self.before is None or self.before.reason or not self.summary:
            return {}
        lines = [row.code for row in self.data.rows if (row.code, self.summary) in self.figures]
        moved = {one: years.change(self.figures[one, self.summary], self.before.at(one, self.summary)) for one in lines}
        return moved if any(moved.values()) else {}

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """HTML of the notes about the year before."""
        return years.notes(self.before, self.seen, self.place)

    @cached_property
    def texts(self) -> Mapping[tuple[str, str], str]:
        """Words by (ligne, colonne)."""
        columns = (self.data.texts[name] for name in ("ligne", "colonne", "texte"))
        return {(line, column): text for line, column, text in zip(*columns, strict=True)}


def to_html(layout: Layout) -> str:
    """Write the table with its caption, scoped headers, row groups and notes.

    Returns
    -------
    One ``div.rl-table-wrap`` per part of the table (a wide one is cut), then its notes. A table without a line is a
    sentence. What comes from the records is escaped.
    """
    data = layout.data
    if not data.rows or not data.columns:
        css = "rl-vide" if layout.is_shared else f"rl-vide {RESERVED}"
        return f'<p class="{css}">{escape(nothing(layout), quote=False)}</p>{years.paragraphs(layout.notes)}'
    if not layout.seen.columns:
        return layout.empty + years.paragraphs(layout.notes) + small((*data.notes, layout.left_out.asked))
    parts = column_parts(layout.seen.columns)
    tables = "".join(_part(layout, part, index, len(parts)) for index, part in enumerate(parts, start=1))
    return tables + layout.empty + below(layout)


def alone(layout: Layout) -> tuple[Row, Col] | None:
    """Give the line and the column of a table that the page shows one number of: a sentence says it."""
    rows = [row for row in layout.data.rows if row.code not in layout.left_out.rows]
    if len(rows) != 1 or len(layout.seen.columns) != 1:
        return None
    figure = layout.figures.get((rows[0].code, layout.seen.columns[0].code))
    return (rows[0], layout.seen.columns[0]) if figure is not None and figure.etat in cells.WITH_NUMBER else None


def below(layout: Layout) -> str:
    """Write the notes of a table: the year before, states and rounding, what it lacks, its unit."""
    data, remarks = layout.data, (layout.left_out.asked, _definition(layout.data))
    notes = small((*states_and_rounding(layout), _uncrossed_note(layout), *data.notes, *remarks))
    return years.paragraphs(layout.notes) + notes


def states_and_rounding(layout: Layout) -> Iterator[str]:
    """Explain the states of the figures shown and of their year before, and how they are rounded."""
    shown = [*_shown(layout)]
    yield from cells.state_notes(figure for _, figure in shown)
    lines = {line for line, _ in shown}
    marked = any(words.endswith(years.MARK) for line, words in layout.changes.items() if line in lines)
    if marked and not alone(layout):  # a sentence says no change
        yield years.LEGEND
    yield _rounding_note(layout, shown)


def _shown(layout: Layout) -> Iterator[tuple[str, Figure]]:
    """The figures of the page, by line: in its cells, then beside them."""
    lines = [row.code for row in layout.data.rows if row.code not in layout.left_out.rows]
    for figures in (layout.figures, layout.former):
        cells_shown = product(lines, [column.code for column in layout.seen.columns])
        yield from ((cell[0], figures[cell]) for cell in cells_shown if cell in figures)
    if layout.before and layout.summary:
        known = [line for line in lines if (line, layout.summary) in {*layout.figures, *layout.before.by_cell}]
        yield from ((line, layout.before.at(line, layout.summary)) for line in known)


def nothing(layout: Layout) -> str:
    """Say in a sentence that the table has no line, and why where the notes know."""
    if not layout.is_shared:
        return french.spaced(" ".join([f"{layout.caption}.", *layout.data.notes]))
    why = " ".join(layout.data.notes) or NO_ROW.format(layout.data.year)
    return f"{layout.caption}{french.NBSP}: {why[0].lower()}{french.spaced(why[1:])}"


def column_parts(columns: Sequence[Col]) -> tuple[Sequence[Col], ...]:
    """Cut wide tables into parts of about the same width; columns that add up to a total stay together."""
    if len(columns) <= WIDEST or any(column.kind == "total" for column in columns):
        return (columns,)
    width = math.ceil(len(columns) / math.ceil(len(columns) / WIDEST))
    return tuple(columns[start : start + width] for start in range(0, len(columns), width))


def _part(layout: Layout, columns: Sequence[Col], index: int, parts: int) -> str:
    caption = layout.caption + (f" (partie {index} sur {parts})" if parts > 1 else "")
    label = escape(caption)
    rows = (row for row in layout.data.rows if row.code not in layout.left_out.rows)
    body = "".join(_group(layout, group, columns) for group in row_groups(rows))
    return (
        f'<div class="rl-table-wrap" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="rl-table"{markup.place("tableau", layout.data)}>'
        f"<caption>{label}</caption>{_head(layout, columns)}{body}</table></div>"
    )


def _rounding_note(layout: Layout, shown: Iterable[tuple[str, Figure]]) -> str:
    """Say what the rounded figures of the table and of its year before are."""
    bases: dict[int, set[str]] = {}
    zeros = set[int]()
    for line, figure in shown:
        if figure.slack and figure.is_below:
            zeros.add(figure.base)
        elif figure.slack:
            bases.setdefault(figure.base, set()).add(line)
    named = {base: [row.label for row in layout.data.rows if row.code in lines] for base, lines in bases.items()}
    return approximate.note(named, zeros)


def _uncrossed_note(layout: Layout) -> str:
    """Say why cells are empty where the lines and columns of a table are not crossed."""
    lines, columns = {line for line, _ in layout.figures}, {column for _, column in layout.figures}
    crossed = len(layout.figures) == len(lines) * len(columns) or layout.data.of.side_by_side
    return "" if crossed or "base" not in layout.data.figures else "Case vide : croisement non diffusé."


def _head(layout: Layout, columns: Sequence[Col]) -> str:
    headers = "".join(_header(layout, column) for column in years.columns_with(columns, layout.summary))
    return f"<thead><tr><td></td>{headers}</tr></thead>"


def _header(layout: Layout, column: Col | None) -> str:
    if column is None:
        summed = next(one for one in layout.data.columns if one.code == layout.summary)
        moved = years.change_header(layout.summary) if layout.changes else ""
        return years.header(layout.before, summed) + moved if layout.before else ""
    css = "" if column.kind == "texte" else f' class="num{_in_total(column)}"'
    return f'<th scope="col"{css}{markup.attributes(colonne=column.code)}>{escape(column.label)}</th>'


def row_groups(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Group the lines of a family or of a sub-total; the total stands apart."""
    group: list[Row] = []
    for row in rows:
        if group and (row.kind in {"famille", "total"} or group[-1].kind in {"sous_total", "total"}):
            yield tuple(group)
            group = []
        group.append(row)
    if group:
        yield tuple(group)


def _group(layout: Layout, rows: Sequence[Row], columns: Sequence[Col]) -> str:
    return f"<tbody>{''.join(_row(layout, row, columns) for row in rows)}</tbody>"


def _row(layout: Layout, row: Row, columns: Sequence[Col]) -> str:
    kind = ROW_CLASSES.get(row.kind) or ("dont" if row.label.startswith(PART_OF) else "")
    css = f' class="{kind}"' if kind else ""
    scope = "rowgroup" if row.kind == "famille" else "row"
    shared = _shared_words(layout, row)
    detail = _detail(escape(shared)) if shared else ""
    body = "".join(
        _cell(layout, row, column, shared) if column else _cell_before(layout, row)
        for column in years.columns_with(columns, layout.summary)
    )
    code = markup.attributes(ligne=row.code)
    return f'<tr{css}{code}><th scope="{scope}">{escape(row.label)}{detail}</th>{body}</tr>'


def _shared_words(layout: Layout, row: Row) -> str:
    """Words that most figures of the line have, said once beside its name (a vintage and its source).

    Returns
    -------
    Empty where a figure of the line has no words, or no two have the same.
    """
    keys = [(row.code, column.code) for column in layout.data.columns]
    words = [layout.texts.get(key, "") for key in keys if key in layout.figures]
    common, times = Counter(words).most_common(1)[0] if words else ("", 0)
    return common if times > 1 and all(words) else ""


def _detail(html: str) -> str:
    """Write words below those of a cell; read aloud, in parentheses."""
    return f'<span class="rl-detail">{cells.hidden(" (")}{html}{cells.hidden(")")}</span>'


def _cell(layout: Layout, row: Row, column: Col, shared: str) -> str:
    key = row.code, column.code
    figure, text = layout.figures.get(key), layout.texts.get(key, "")
    before = [*_before(layout, key)]
    if figure is None and before:  # noted the year before alone
        figure = Figure(math.nan, "", "vide", column.code)
    if figure is None:
        css = "" if column.kind == "texte" else ' class="num texte"'
        return f"<td{css}>{escape(text)}</td>"
    details = [*before, *([escape(text)] if text and text != shared else [])]
    says_partial = column.code != "part" or row.kind == "total"
    shown = cells.html(figure, layout.decimals(row.code, figure), says_partial) + "".join(
        _detail(detail) for detail in details
    )
    return f'<td class="{cells.css_classes(figure)}{_in_total(column)}">{shown}</td>'


def _in_total(column: Col) -> str:
    return " rl-col-total" if column.kind == "total" else ""


def _cell_before(layout: Layout, row: Row) -> str:
    filled = (row.code, layout.summary) in layout.figures
    moved = years.change_cell(layout.changes.get(row.code, "")) if layout.changes else ""
    if layout.before is None:
        return ""
    least = layout.decimals(row.code, layout.before.at(row.code, layout.summary))
    return years.cell(layout.before, row, layout.summary, filled, least) + moved


def _before(layout: Layout, key: tuple[str, str]) -> Iterator[str]:
    former = layout.former.get(key)
    if former is not None and former.etat != "vide":
        number = cells.html(former, layout.decimals(key[0], former))
        yield f"{layout.data.year - 1}{french.NBSP}:{french.NBSP}{number}"


def _definition(data: TableData) -> str:
    """Unit; the card that the caption leads to has definition and source."""
    return f"Unité : {data.unit}." if data.unit and data.rows else ""


def small(sentences: Iterable[str]) -> str:
    """Write sentences as the note of a table."""
    words = french.spaced(escape(" ".join(sentence for sentence in sentences if sentence), quote=False))
    return f'<p class="rl-note">{words}</p>' if words else ""


def bundle(layout: Layout, figures: pd.DataFrame) -> dict[str, Any]:
    """Give what publication reads: the table's words, and its figures for every territory that it reports.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv``: the figures shown, and those of the territories that have no page of their own.

    Returns
    -------
    Values for JSON: a figure without number has the valeur null.
    """
    data, before = layout.data, layout.before
    return {
        "id": data.id,
        "title": data.title,
        **({"onglet": data.of.look.tab} if data.of.look.tab else {}),
        "definition": data.of.definition,
        "denominator": data.of.denominator,
        "source": data.of.source,
        "unit": data.unit,
        "territory": data.territory,
        "year": data.year,
        "rows": [{"code": row.code, "label": row.label, "kind": row.kind} for row in data.rows],
        "columns": [{"code": column.code, "label": column.label, "kind": column.kind} for column in data.columns],
        "figures": cells.records(figures),
        "texts": data.texts.to_dict("records"),
        "notes": [*data.notes, *years.plain_notes(layout.notes)],
        "former": before.records() if before else [],
        **({} if layout.is_shared else {"reserve": True}),
        **({"omis": layout.left_out.to_json()} if layout.left_out != NOTHING else {}),
    }

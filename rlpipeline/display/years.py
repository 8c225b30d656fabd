"""The year before, beside a table: a column, the lines that only it had, or sums where the columns are of one year."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape, unescape
from typing import Any

import pandas as pd

from rlpipeline.display import approximate, cells, chances, french, markup
from rlpipeline.display.cells import Figure
from rlpipeline.display.comparability import CALCULE, PUBLIE
from rlpipeline.figures import Col, Row, TableData, label_of
from rlpipeline.figures.tidy import ARRONDI, OK

FAMILLES = "familles"
UNITS: Mapping[str, tuple[str, str]] = {
    "personnes": ("personne", "personnes"),
    "presences": ("présence", "présences"),
    "familles": ("famille", "familles"),
}
"""Units in which actions count participants; what is counted in two of them is never added."""
EVERYWHERE = "ensemble du service, toutes communes"
NOT_COMPARABLE = "≠"
_TAG = re.compile(r"<[^>]*>")
COLUMNS_OF_BUNDLE = ("origine", "comparable", "raison")


@dataclass(frozen=True)
class Former:
    """The figures of a table for the year before.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv``.
    origin
        ``calculé``, or ``publié`` for figures copied from a printed report.
    reason
        Why they are not comparable; empty where they are.
    names
        Words for the lines that only the year before had.
    rare
        Codes that a table shows only where someone is counted there: elsewhere they are zero.
    """

    year: int
    figures: pd.DataFrame
    origin: str = CALCULE
    reason: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    rare: frozenset[str] = frozenset()

    @cached_property
    def by_cell(self) -> Mapping[tuple[str, str], Figure]:
        """Figures by (ligne, colonne)."""
        return cells.figures_by_cell(self.figures)

    def at(self, line: str, column: str) -> Figure:
        """Give one figure; what was not counted then is not applicable, or zero for a code that is rarely shown."""
        if (line, column) in self.by_cell:
            return self.by_cell[line, column]
        if self.origin == PUBLIE:
            return Figure(math.nan, "", "nc", column)
        return Figure(0.0, "", "ok", column) if {line, column} & self.rare else Figure(math.nan, "", "vide", column)

    def records(self) -> list[dict[str, Any]]:
        """Give what publication reads: a figure a row, with its origin and whether it is comparable."""
        facts = dict(zip(COLUMNS_OF_BUNDLE, (self.origin, not self.reason, self.reason), strict=True))
        return [{**row, **facts} for row in cells.records(self.figures)]


def summary(data: TableData) -> str:
    """Choose the column that sums a table up: its total, else its first number.

    Returns
    -------
    Its code; empty where no column stands for the others.
    """
    if data.of.side_by_side:
        return ""
    if data.of.look.summary:
        return data.of.look.summary
    totals = [column.code for column in data.columns if column.kind == "total"]
    numbers = [column.code for column in data.columns if column.kind == "nombre"]
    return next(iter((*totals, *numbers)), "")


def marks(former: Former) -> str:
    """Write what is to be known of the year before, as short as can be."""
    printed = f'<span class="rl-marque">{PUBLIE}</span>' if former.origin == PUBLIE else ""
    if not former.reason:
        return printed
    sign = f'<abbr title="non comparable" aria-hidden="true">{NOT_COMPARABLE}</abbr>'
    return f"{french.NBSP}{sign}{cells.hidden(' (non comparable)')}{printed}"


def header(former: Former, column: Col) -> str:
    """Write the header of the year before: what it measures, as the column before it, then the year."""
    address = markup.attributes(colonne=column.code, annee=former.year)
    words = f"{escape(column.label, quote=False)} {former.year}{marks(former)}"
    return f'<th scope="col" class="num rl-avant"{address}>{words}</th>'


def cell(former: Former, row: Row, column: str, filled: bool, least: int = 0) -> str:
    """Write the figure of the year before; nothing on a line that has no figure in this column (``filled``).

    Parameters
    ----------
    least
        Decimals at least.
    """
    figure = former.at(row.code, column)
    if not filled and (figure.etat == "vide" or (row.code, column) not in former.by_cell):
        return '<td class="rl-avant"></td>'
    return f'<td class="{cells.css_classes(figure)} rl-avant">{cells.html(figure, least)}</td>'


MARK, SPOKEN_MARK = "●", "écart net"
LEGEND = f"{MARK} écart net, que le hasard des petits nombres n'explique guère."
CHANGE = "ecart:"
"""Before the code of a column: that of its change since the year before."""


def change(now: Figure, then: Figure) -> str:
    """Write by how much a figure moved since the year before.

    Returns
    -------
    « +16 », « −2 », « = », « ≈ +10 », « +40 ● » where it is more than chance; empty where either is not wholly known,
    or rounding could explain what moved.
    """
    if not {now.etat, then.etat} <= {OK, ARRONDI} or now.unite == "%":
        return ""
    moved, base = now.valeur - then.valeur, max(now.base, then.base)
    if base and abs(moved) < 2 * base:
        return ""
    about = f"{approximate.SIGN}" if base else ""
    mark = f"{french.NBSP}{MARK}" if _is_unlikely(now, then) else ""
    return f"{about}{french.signed(moved)}{mark}" if moved else "="


def _is_unlikely(now: Figure, then: Figure) -> bool:
    """Whether chance hardly explains a change of counts, taken as near to each other as rounding allows."""
    if now.unite not in chances.COUNTED or min(now.valeur, then.valeur) < 0:  # moves into a commune less those out
        return False
    return chances.of_counts(*chances.nearest((then.valeur, then.slack), (now.valeur, now.slack))) < chances.UNLIKELY


def change_header(column: str) -> str:
    """Write the header of the column of changes."""
    return f'<th scope="col" class="num rl-ecart"{markup.attributes(colonne=CHANGE + column)}>Écart</th>'


def change_cell(words: str) -> str:
    """Write a change, whose sign a screen reader says as a word."""
    about = " arrondi" if words.startswith(approximate.SIGN) else ""
    moved, mark, _ = words.partition(f"{french.NBSP}{MARK}")
    spoken = cells.hidden(f" ({SPOKEN_MARK})")
    sign = f'<span class="rl-point" aria-hidden="true">{mark}</span>{spoken}' if mark else ""
    return f'<td class="rl-ecart{about}{" rl-net" if mark else ""}">{cells.signed(moved)}{sign}</td>'


def notes(former: Former | None, data: TableData, place: str = "") -> tuple[str, ...]:
    """Say under a table what its column of the year before does not: other lines, sums, what is not comparable.

    Parameters
    ----------
    place
        Name of the territory; empty for the whole service.

    Returns
    -------
    HTML of each note; none where there is no year before.
    """
    if former is None:
        return ()
    every = (
        _others(former, data),
        _sums(former, data, place),
        _same(former, data),
        *_warnings(former),
    )
    return tuple(words for words in every if words)


def paragraphs(notes: Iterable[str]) -> str:
    """Write notes under one another."""
    return "".join(f'<p class="rl-note">{words}</p>' for words in notes)


def plain_notes(notes: Iterable[str]) -> list[str]:
    """Write notes without markup."""
    return [unescape(_TAG.sub("", words.replace("<br>", " "))) for words in notes]


def _warnings(former: Former) -> Iterator[str]:
    if former.figures.empty:
        return
    if former.reason:
        words = f"{NOT_COMPARABLE} non comparable à {former.year} : {former.reason}"
        yield french.spaced(escape(words, quote=False))
    elif former.origin == PUBLIE:
        words = f"{PUBLIE} : chiffre du rapport imprimé de {former.year}, non recalculé."
        yield french.spaced(escape(words, quote=False))


def _same(former: Former, data: TableData) -> str:
    """Say that a table of vintages has nothing else for the year before."""
    if not data.of.look.side_by_side or not former.figures.empty or data.figures.empty:
        return ""
    return (
        f"Pas d'évolution à montrer{french.NBSP}: les dernières valeurs connues sont du même millésime qu'en "
        f"{former.year}."
    )


def _others(former: Former, data: TableData) -> str:
    """Name the lines that only the year before had, with their figure."""
    column = summary(data)
    shown = {row.code for row in data.rows}
    others = [
        (line, figure)
        for (line, other), figure in former.by_cell.items()
        if other == column and line not in shown and figure.etat in cells.WITH_NUMBER and not figure.is_nothing
    ]
    if not others:
        return ""
    words = [f"{_name(former, line)} ({_figure(former, data, line, figure)})" for line, figure in others]
    has_total = any(row.kind == "total" for row in data.rows)
    where = f"Le total de {former.year} compte aussi" if has_total else f"Compté aussi en {former.year}"
    return f"{where}{french.NBSP}: {french.listing(words)}."


def _name(former: Former, line: str) -> str:
    name = escape(former.names.get(line) or label_of(line), quote=False)
    return name[:1].lower() + name[1:] if line in former.rare else name


def _figure(former: Former, data: TableData, line: str, figure: Figure) -> str:
    address = _address((data.id, line, figure.colonne), "avant", data.territory, former.year)
    address += markup.attributes(environ=cells.marked(figure))
    return f'<span class="rl-avant"{address}>{cells.html(figure)}</span>'


def _address(path: tuple[str, str, str], function: str, territory: str, year: int) -> str:
    ref = "/".join(part.replace("%", "%25").replace("/", "%2F") for part in path)
    return markup.attributes(ref=ref, fonction=function, territoire=territory, annee=year)


def _sums(former: Former, data: TableData, place: str) -> str:
    """Add the participants of the actions of each year, by public, in each unit apart, and name whose they are."""
    if not data.of.of_actions or former.figures.empty:
        return ""
    years = ((data.year, data.current), (former.year, former.figures))
    sums = [_sum_of_year(figures, data, year) for year, figures in years]
    if any(not sentence and not figures.empty for sentence, (_, figures) in zip(sums, years, strict=True)):
        return ""
    lines = [f"en {year}, {sentence or 'aucune action'}" for sentence, (year, _) in zip(sums, years, strict=True)]
    mark = f" {NOT_COMPARABLE}" if former.reason else ""
    subject = escape(place or EVERYWHERE, quote=False)
    sentence = f"{lines[0]}{french.NBSP}; {lines[1]}{mark}."
    return f"Total des actions, {subject}{french.NBSP}: {sentence}"


def _sum_of_year(figures: pd.DataFrame, data: TableData, year: int) -> str:
    """Write « 345 personnes et 56 familles »: zeros only where there is nothing else.

    Rounded figures are not added: nobody could say how far the sum is from the exact one.
    """
    added = {cell: figure for cell, figure in _added(figures).items() if figure.etat != ARRONDI}
    totals = {unit: (FAMILLES if unit == FAMILLES else "total", unit) for unit in UNITS}
    units = [unit for unit, cell in totals.items() if cell in added]
    shown = [unit for unit in units if added[totals[unit]].valeur] or units[:1]
    parts = [
        _with_noun(_sum(data, totals[unit], year, added[totals[unit]]), added[totals[unit]], UNITS[unit])
        for unit in shown
    ]
    unshared = french.listing([*_unshared_units(figures)])
    return french.listing(parts) + (f" ({unshared})" if parts and unshared else "")


def _unshared_units(figures: pd.DataFrame) -> Iterator[str]:
    """Say of each unit whose total is a sum of rounded figures that it is not shared."""
    rounded = {cell for cell, figure in _added(figures).items() if figure.etat == ARRONDI}
    for unit, (_, words) in UNITS.items():
        if (FAMILLES if unit == FAMILLES else "total", unit) in rounded:
            yield f"nombre de {words} non diffusé"


def _added(figures: pd.DataFrame) -> Mapping[tuple[str, str], Figure]:
    """Add the actions, by line and unit."""
    added: dict[tuple[str, str], Figure] = {}
    for line, unit, value, state in zip(*(figures[name] for name in ("ligne", "unite", "valeur", "etat")), strict=True):
        before = added.get((line, unit))
        one = Figure(float(value), unit, state, "")
        added[line, unit] = one if before is None else _plus(before, one)
    return added


def _plus(first: Figure, second: Figure) -> Figure:
    states = {first.etat, second.etat}
    if len(states) == 1:
        return Figure(first.valeur + second.valeur, first.unite, first.etat, "")
    values = [figure.valeur for figure in (first, second) if math.isfinite(figure.valeur)]
    return Figure(sum(values), first.unite, ARRONDI if ARRONDI in states else "partiel", "")


def _with_noun(written: str, total: Figure, words: tuple[str, str]) -> str:
    if total.etat == "nc":
        return f"{words[1]}{french.NBSP}: {written}"
    return f"{written}{french.NBSP}{french.agree(total.valeur, *words)}"


def _sum(data: TableData, cell: tuple[str, str], year: int, figure: Figure) -> str:
    address = _address((data.id, *cell), "somme", data.territory, year)
    number = cells.SHORT.get(figure.etat) or french.number(figure.valeur)
    least = f"au moins{french.NBSP}" if figure.etat == "partiel" else ""
    return f'<span class="rl-somme"{address}>{least}{number}</span>'


def columns_with(columns: Sequence[Col], after: str) -> Iterable[Col | None]:
    """List columns, with None where the year before stands: after the column of that code."""
    for column in columns:
        yield column
        if column.code == after:
            yield None

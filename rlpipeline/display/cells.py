"""What cells show: one figure, a number or a state without one; the fragments of a notebook, in HTML that says of what.

A figure rounded to a base differs from the exact one by less than the base: « ≈ 25 », « moins de 5 ».
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from rlpipeline import french
from rlpipeline.figures import TableData
from rlpipeline.observations import Observation
from rlpipeline.page_templates import attributes
from rlpipeline.states import (
    ABOUT,
    ARRONDI,
    CELLS,
    MASQUE,
    NC,
    OK,
    PARTIAL_MARK,
    PARTIEL,
    SIGN,
    VIDE,
    WORDS,
    below,
    below_means,
    legend,
    rounded_means,
)

TEXT_MIME = "application/vnd.rlpipeline.text+json"
FILE_MIME = "application/vnd.rlpipeline.file+json"
FINDING, SENTENCE = "constat", "phrase"
"""Roles of a fragment: a chart that says a finding, which is a slide; a sentence alone, which is none."""
PART = "part"
"""Column of the parts of a whole, which add up to 100 by their two decimals."""
EXPLAINED = (NC, PARTIEL, MASQUE)
"""States that a note explains under a table in which they occur."""


@dataclass(frozen=True)
class Reference:
    """Address of one figure; ``year`` and ``territory`` are those of the text unless it says otherwise."""

    indicator: str
    ligne: str
    colonne: str
    year: int
    territory: str

    @property
    def cell(self) -> tuple[str, str]:
        """Where it is in its table: line and column."""
        return self.ligne, self.colonne

    @property
    def sides(self) -> Mapping[str, str]:
        """The same, by the names of both in messages."""
        return {"ligne": self.ligne, "colonne": self.colonne}

    @property
    def path(self) -> str:
        """``id/ligne/colonne``, where a slash inside a name is written %2F."""
        parts = (self.indicator, self.ligne, self.colonne)
        return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def number_of(figure: Observation, least: int = 0) -> str:
    """Write the number in French, with so many decimals at least; parts of a whole have two, euros any cents."""
    if figure.unit == "%":
        return french.percent(figure.value, 2 if figure.column == PART else None)
    if figure.unit == "euros":
        cents = 0 if figure.value.is_integer() else 2
        return f"{french.number(figure.value, cents)}{french.NBSP}€"
    number = french.number(figure.value)
    short = len(number.partition(",")[2]) < least
    return french.number(figure.value, least) if short else number


def decimals_of(figure: Observation) -> int:
    """Digits that a cell shows after the comma."""
    if not figure.is_number:
        return 0
    return len(number_of(figure).partition(",")[2].rstrip(f"{french.NBSP}%€"))


def figures_by_cell(figures: pd.DataFrame) -> Mapping[tuple[str, str], Observation]:
    """Index the figures of one year and territory (columns of ``indicateurs.csv``) by ``(ligne, colonne)``."""
    no_bases = [0] * len(figures)  # of exact figures, which have no such column
    bases = figures["base"].fillna(0).astype(int) if "base" in figures else no_bases
    read = (figures[name] for name in ("ligne", "colonne", "valeur", "unite", "etat"))
    by_cell = {}
    for line, column, value, unit, state, base in zip(*read, bases, strict=True):
        by_cell[line, column] = _observed(value, unit, state, base, column)
    return by_cell


class Observations(Mapping[tuple[str, str], Observation]):
    """Figures of a table by line and column, each made of its row (``FIGURE_COLUMNS``) when it is asked for."""

    def __init__(self, rows: Mapping[tuple[str, str], Sequence[Any]]) -> None:
        self._rows = rows

    def __getitem__(self, cell: tuple[str, str]) -> Observation:
        value, unit, state, base = self._rows[cell][5:]
        return _observed(math.nan if value is None else value, unit, state, base, cell[1])

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _observed(value: float, unit: str, state: str, base: float, column: str) -> Observation:
    """Make a figure of what a store has of it: its base says how far a rounded one is known."""
    known_to = float(base) if state == ARRONDI else 0.0
    return Observation(float(value), unit, state, known_to, column)


def plain(figure: Observation, least: int = 0) -> str:
    """Write a figure without markup, with so many decimals at least."""
    if not figure.is_number:
        return CELLS[figure.state]
    if figure.is_below:
        return below(figure.base)
    number = number_of(figure, least)
    if figure.is_rounded:
        return f"{SIGN}{number}"
    return number + PARTIAL_MARK if figure.state == PARTIEL else number


def spoken(figure: Observation) -> str:
    """Write a figure without markup, as it is read aloud."""
    return aloud(plain(figure))


def aloud(words: str) -> str:
    """Write as a word the sign of what is rounded."""
    return words.replace(SIGN, f"{ABOUT} ")


def css_classes(figure: Observation) -> str:
    """Classes of the cell: ``num``, and what the page mutes or marks."""
    state = [figure.state] if figure.state != OK else []
    return " ".join(["num", *state, *(["zero"] if figure.is_nothing or figure.is_below else [])])


def html(figure: Observation, least: int = 0, says_partial: bool = True) -> str:
    """Write what a cell holds, with so many decimals at least, a state without number being spoken in full.

    ``says_partial`` has the mark of what is partial read aloud too; not on each line of parts of one partial total.
    """
    words = WORDS[figure.state]
    if figure.state == NC:
        return f'<abbr title="{words.word}">{words.cell}</abbr>'
    if figure.state == VIDE:
        return f'<span aria-hidden="true">{words.cell}</span>{hidden(words.word)}'
    if figure.state == PARTIEL:
        said = hidden(f" ({words.word})") if says_partial else ""
        mark = f'<span aria-hidden="true">{words.cell}</span>'
        return f"{number_of(figure, least)}{mark}{said}"
    return signed(plain(figure, least))


def signed(words: str) -> str:
    """Write words with the sign of what is rounded, which a screen reader says as a word."""
    number = escape(words.removeprefix(SIGN), quote=False)
    return (
        f'<span aria-hidden="true">{SIGN}</span>{hidden(f"{ABOUT} ")}{number}'
        if words.startswith(SIGN)
        else number
    )


def hidden(words: str) -> str:
    """Words for a screen reader alone; a space at an end is one that does not break, or who copies would lose it."""
    inside = words.strip(" ")
    before, _, after = (french.NBSP if space else "" for space in words.partition(inside))
    return f'<span class="rl-sr">{before}{escape(inside)}{after}</span>'


def notes(figures: Iterable[Observation]) -> list[str]:
    """Explain each state that occurs among the figures; a dash needs no words."""
    present = {figure.state for figure in figures}
    return [legend(state) for state in EXPLAINED if state in present]


def rounding_note(
    figures: Iterable[tuple[str, Observation]], names: Mapping[str, str], sign: str = SIGN.strip()
) -> str:
    """Say under figures, each with the code of its line, what the rounded ones are; empty where there is none.

    ``sign`` is what marks them there: the sign of a cell, or the word of a sentence.
    """
    lines: dict[int, set[str]] = {}
    zeros = set[int]()
    for line, figure in figures:
        if figure.is_below:
            zeros.add(int(figure.base))
        elif figure.is_rounded:
            lines.setdefault(int(figure.base), set()).add(line)
    said = [f"{sign} : {_bases_said(lines, names)}"] if lines else []
    said += [f"« {below(base)} » : {below_means(base)}" for base in sorted(zeros)]
    return f"{' ; '.join(said)}." if said else ""


def _bases_said(lines: Mapping[int, Collection[str]], names: Mapping[str, str]) -> str:
    """Say what rounded figures are; which lines have another base than the least."""
    usual, *others = sorted(lines)
    unusual = []
    for base in others:
        named = [f"« {names[code]} »" for code in names if code in lines[base]]
        unusual.append(f"de {base} pour {french.listing(named)}")
    more = f" ({', '.join(unusual)})" if unusual else ""
    return f"{rounded_means([usual])}{more}"


@dataclass(frozen=True)
class Shown:
    """A fragment of the report.

    Parameters
    ----------
    html
        Fragment without id, inline style or script.
    plain
        The same in plain text.
    mime, bundle
        Kind and content of what publication reads (JSON values).
    more
        Other contents by kind: the chart that a table stands under, whose words are before a blank line in ``plain``.
    role
        ``FINDING`` or ``SENTENCE``, empty for others.
    """

    html: str
    plain: str
    mime: str
    bundle: Mapping[str, Any]
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    role: str = ""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Give Jupyter every form at once."""
        own = {**self.bundle, "role": self.role} if self.role else {**self.bundle}
        forms = {"text/html": self.html, "text/plain": self.plain, self.mime: own}
        return {**forms, **self.more}


def words(said: str) -> str:
    """Write words in HTML, with the no-break spaces of French."""
    return french.spaced(escape(said, quote=False))


def paragraph(said: str, css: str = "rl-note") -> str:
    """Write a paragraph of words; nothing where there are none."""
    return f'<p class="{css}">{words(said)}</p>' if said else ""


def place(kind: str, data: TableData) -> str:
    """Say which table (``tableau``) or chart (``graphique``) this is, of which territory and year."""
    return attributes(**{kind: data.id}, territoire=data.territory, annee=data.year)


def address(of: Reference, function: str) -> str:
    """Say which figure this is, and what wrote it."""
    return attributes(ref=of.path, fonction=function, territoire=of.territory, annee=of.year)


def folded(summary: str, html: str, css: str = "") -> str:
    """Fold what few readers come for behind its name; on paper it is set small, in two columns."""
    classes = f"rl-plie {css}".strip()
    return f'<details class="{classes}"><summary>{escape(summary, quote=False)}</summary>\n{html}</details>'

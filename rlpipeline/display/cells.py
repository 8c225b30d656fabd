"""One cell of a table: a number, a state without number, words, or several of these."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from rlpipeline.display import approximate, french
from rlpipeline.figures.tidy import ARRONDI, MASQUE, OK, PARTIEL

SHORT: Mapping[str, str] = {"nc": "nc", "vide": "–", "masque": "masqué"}
"""What the plain text of a cell without a number says."""
PARTIAL_MARK = "*"
WITH_NUMBER = frozenset({OK, PARTIEL, ARRONDI})
"""States of the figures that have a number."""
EXPLAINED: Mapping[str, str] = {
    "nc": "nc : non communiqué.",
    "partiel": f"{PARTIAL_MARK} total partiel : somme des seules valeurs communiquées.",
    "masque": "masqué : nombre non diffusé, ou retiré ou corrigé depuis une diffusion.",
}
"""Notes under a table in which the state occurs; a dash needs none."""


@dataclass(frozen=True)
class Figure:
    """A figure of a table: ``valeur`` is NaN where ``etat`` is nc, masque or vide.

    Parameters
    ----------
    base
        What a rounded ``valeur`` is a multiple of; 0 where it is exact.
    """

    valeur: float
    unite: str
    etat: str
    colonne: str
    base: int = 0

    @property
    def number(self) -> str:
        """The number in French; parts of a whole keep their two decimals."""
        return self.written(0)

    def written(self, least: int) -> str:
        """The number in French, with so many decimals at least, those of the numbers that it stands among."""
        if self.unite == "%" and self.colonne != "part":
            return f"{self._padded(least)}{french.NBSP}%"
        fixed = self.unite in {"%", "euros"}
        return french.quantity(self.valeur, self.unite) if fixed else self._padded(least)

    def _padded(self, least: int) -> str:
        needed = french.number(self.valeur)
        return french.number(self.valeur, least) if len(needed.partition(",")[2]) < least else needed

    @property
    def slack(self) -> float:
        """Most by which the exact figure may differ."""
        return approximate.slack_of(self.etat, self.base)

    @property
    def is_below(self) -> bool:
        """Whether it is rounded to zero: « moins de 5 »."""
        return self.etat == ARRONDI and self.valeur == 0

    @property
    def drawn(self) -> float:
        """Length in a chart: a figure rounded to zero may be as large as its rounding; NaN where there is none."""
        return self.slack if self.is_below else self.valeur

    @property
    def is_nothing(self) -> bool:
        """Whether it is known to be zero."""
        return self.etat == OK and self.valeur == 0


def figures_by_cell(figures: pd.DataFrame) -> Mapping[tuple[str, str], Figure]:
    """Index the figures of one year and territory by ``(ligne, colonne)``."""
    columns = (figures[name] for name in ("ligne", "colonne", "valeur", "unite", "etat"))
    rows = zip(*columns, bases(figures), strict=True)
    return {
        (line, column): Figure(float(value), unit, state, column, base)
        for line, column, value, unit, state, base in rows
    }


def bases(figures: pd.DataFrame) -> list[int]:
    """Give what each figure is a multiple of; the exact edition has no such column."""
    return [*map(int, figures["base"].fillna(0))] if "base" in figures else [0] * len(figures)


def plain(figure: Figure, least: int = 0) -> str:
    """Write a figure without markup, with so many decimals at least."""
    if figure.etat in SHORT:
        return SHORT[figure.etat]
    number = figure.written(least)
    if figure.etat == ARRONDI:
        return approximate.below(figure.slack) if figure.is_below else f"{approximate.SIGN}{number}"
    return number + (PARTIAL_MARK if figure.etat == PARTIEL else "")


def spoken(figure: Figure) -> str:
    """Write a figure without markup, as it is read aloud."""
    return aloud(plain(figure))


def aloud(words: str) -> str:
    """Write as a word the sign of what is rounded."""
    return words.replace(approximate.SIGN, f"{approximate.ABOUT} ")


def decimals(figure: Figure) -> int:
    """Count the digits that the cell shows after the comma."""
    return len(figure.number.partition(",")[2].rstrip(f"{french.NBSP}%€")) if figure.etat in WITH_NUMBER else 0


def css_classes(figure: Figure) -> str:
    """Classes of the cell: ``num``, and what the page mutes or marks."""
    extra = figure.etat if figure.etat != OK else "zero" if figure.valeur == 0 else ""
    extra = f"{extra} zero" if figure.is_below else extra
    return f"num {extra}" if extra else "num"


def html(figure: Figure, least: int = 0, says_partial: bool = True) -> str:
    """Write what a cell holds, with so many decimals at least, a state without number being spoken in full.

    Parameters
    ----------
    says_partial
        Whether the mark of what is partial is read aloud too; not on each line of parts of one partial total.
    """
    if figure.etat == "nc":
        return f'<abbr title="{french.NOT_COMMUNICATED}">nc</abbr>'
    if figure.etat == "vide":
        return f'<span aria-hidden="true">–</span>{hidden(french.NOT_APPLICABLE)}'
    if figure.etat == "partiel":
        said = hidden(" (total partiel)") if says_partial else ""
        return f'{figure.written(least)}<span aria-hidden="true">{PARTIAL_MARK}</span>{said}'
    return SHORT[MASQUE] if figure.etat == MASQUE else signed(plain(figure, least))


def marked(figure: Figure) -> str:
    """Say of a figure outside a table that its sign tells that it is rounded."""
    return "signe" if figure.slack else ""


def css_of_words(words: str) -> str:
    """Classes of a cell that holds words written by ``plain``."""
    return "num arrondi" if words.startswith((approximate.SIGN, approximate.BELOW)) else "num"


def signed(words: str) -> str:
    """Write words with the sign of what is rounded, which a screen reader says as a word."""
    if not words.startswith(approximate.SIGN):
        return escape(words, quote=False)
    number = escape(words.removeprefix(approximate.SIGN), quote=False)
    return f'<span aria-hidden="true">{approximate.SIGN}</span>{hidden(f"{approximate.ABOUT} ")}{number}'


def hidden(words: str) -> str:
    """Words for a screen reader alone; a space at an end is one that does not break, or who copies would lose it."""
    inside = words.strip(" ")
    before, _, after = (french.NBSP if space else "" for space in words.partition(inside))
    return f'<span class="rl-sr">{before}{escape(inside)}{after}</span>'


def can_compare(now: Figure, then: Figure) -> bool:
    """Say whether two figures differ by more than their rounding, where either is rounded."""
    slack = now.slack + then.slack
    return not slack or abs(now.valeur - then.valeur) > slack


def state_notes(figures: Iterable[Figure]) -> Iterator[str]:
    """Explain each state that occurs among the figures."""
    present = {figure.etat for figure in figures}
    yield from (words for state, words in EXPLAINED.items() if state in present)


def json_value(value: float) -> int | float | None:
    """Number for JSON: whole ones as integers, NaN as null."""
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def records(figures: pd.DataFrame) -> list[dict[str, Any]]:
    """Give figures as values for JSON: one without number has the valeur null, one that is not rounded has no base."""
    rows = figures.to_dict("records")
    return [
        {str(key): _plain_value(value) for key, value in row.items() if key != "base" or row["etat"] == ARRONDI}
        for row in rows
    ]


def _plain_value(value: Any) -> Any:
    return json_value(value) if isinstance(value, float) else value

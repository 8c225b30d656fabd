"""One cell of a table: a number, a state without number, words, or several of these."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import pandas as pd

from rlpipeline.display import french

State = Literal["ok", "nc", "partiel", "masque", "vide"]
SHORT: Mapping[str, str] = {"nc": "nc", "vide": "–", "masque": "masqué"}
"""What the plain text of a cell without a number says."""
PARTIAL_MARK = "*"
EXPLAINED: Mapping[str, str] = {
    "nc": "nc : non communiqué.",
    "partiel": f"{PARTIAL_MARK} total partiel : somme des valeurs communiquées, d'autres ne le sont pas.",
    "masque": "masqué : nombre qui pourrait faire reconnaître une personne, ou dont un tel nombre se déduirait.",
}
"""Notes under a table in which the state occurs; a dash needs none."""


@dataclass(frozen=True)
class Figure:
    """A figure of a table: ``valeur`` is NaN where ``etat`` is nc, masque or vide."""

    valeur: float
    unite: str
    etat: str
    colonne: str

    @property
    def number(self) -> str:
        """The number in French; parts of a whole keep their two decimals."""
        if self.unite == "%" and self.colonne != "part":
            return f"{french.number(self.valeur)}{french.NBSP}%"
        return french.quantity(self.valeur, self.unite)


def figures_by_cell(figures: pd.DataFrame) -> Mapping[tuple[str, str], Figure]:
    """Index the figures of one year and territory by ``(ligne, colonne)``."""
    columns = (figures[name] for name in ("ligne", "colonne", "valeur", "unite", "etat"))
    rows = zip(*columns, strict=True)
    return {(line, column): Figure(float(value), unit, state, column) for line, column, value, unit, state in rows}


def plain(figure: Figure) -> str:
    """Write a figure without markup."""
    if figure.etat in SHORT:
        return SHORT[figure.etat]
    return figure.number + (PARTIAL_MARK if figure.etat == "partiel" else "")


def decimals(figure: Figure) -> int:
    """Count the digits that the cell shows after the comma."""
    return len(figure.number.partition(",")[2].rstrip(f"{french.NBSP}%€")) if figure.etat in {"ok", "partiel"} else 0


def css_classes(figure: Figure, widest: int = 0) -> str:
    """Classes of the cell: ``num``, what the page mutes or marks, and how many decimals it lacks.

    Parameters
    ----------
    widest
        Decimals of the column's longest number: the page leaves room for those that the cell lacks, so that commas
        stand under one another.
    """
    extra = figure.etat if figure.etat != "ok" else "zero" if figure.valeur == 0 else ""
    known = figure.etat in {"ok", "partiel"}
    lacking = f"rl-d{widest - decimals(figure)}" if known and widest > decimals(figure) else ""
    return " ".join(word for word in ("num", extra, lacking) if word)


def html(figure: Figure) -> str:
    """Write what a cell holds, a state without number being spoken in full."""
    if figure.etat == "nc":
        return f'<abbr title="{french.NOT_COMMUNICATED}">nc</abbr>'
    if figure.etat == "vide":
        return f'<span aria-hidden="true">–</span>{hidden(french.NOT_APPLICABLE)}'
    if figure.etat == "partiel":
        return f'{figure.number}<span aria-hidden="true">{PARTIAL_MARK}</span>{hidden(" (total partiel)")}'
    return SHORT["masque"] if figure.etat == "masque" else figure.number


def hidden(words: str) -> str:
    """Words for a screen reader alone."""
    return f'<span class="rl-sr">{escape(words)}</span>'


def state_notes(figures: pd.DataFrame) -> Iterator[str]:
    """Explain each state that occurs among the figures."""
    present = set(figures["etat"])
    yield from (words for state, words in EXPLAINED.items() if state in present)


def json_value(value: float) -> int | float | None:
    """Number for JSON: whole ones as integers, NaN as null."""
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def records(figures: pd.DataFrame) -> list[dict[str, Any]]:
    """Give figures as values for JSON, one after the other: a figure without number has the valeur null."""
    rows = figures.to_dict("records")
    return [{str(key): _plain_value(value) for key, value in row.items()} for row in rows]


def _plain_value(value: Any) -> Any:
    return json_value(value) if isinstance(value, float) else value

"""What cells show: one figure, a number or a state without one; the fragments of a notebook, in HTML that says of what.

A figure rounded to a base differs from the exact one by less than the base: « ≈ 25 », « moins de 5 ».
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from rlpipeline import french
from rlpipeline.errors import DataError
from rlpipeline.figures import TableData
from rlpipeline.figures.tidy import ARRONDI, MASQUE, OK, PARTIEL

TEXT_MIME = "application/vnd.rlpipeline.text+json"
FILE_MIME = "application/vnd.rlpipeline.file+json"
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
SIGN, ABOUT, BELOW = f"≈{french.NBSP}", "environ", "moins de "


@dataclass(frozen=True)
class Reference:
    """Address of one figure; ``year`` and ``territory`` are those of the text unless it says otherwise."""

    indicator: str
    ligne: str
    colonne: str
    year: int
    territory: str

    @property
    def path(self) -> str:
        """``id/ligne/colonne``, where a slash inside a name is written %2F."""
        parts = (self.indicator, self.ligne, self.colonne)
        return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


@dataclass(frozen=True)
class Figure:
    """One figure: ``valeur`` is NaN where ``etat`` is nc, masque or vide.

    ``slack``: most by which the exact figure may differ from ``valeur``, which is rounded; 0 where it is exact. Raises
    DataError: the state announces a number and there is none: whatever was written of it would be false.
    """

    valeur: float
    unite: str
    etat: str
    slack: float = 0.0
    colonne: str = ""

    def __post_init__(self) -> None:
        if self.is_number and not math.isfinite(self.valeur):
            raise DataError(
                "Un chiffre n'a pas de nombre alors que son état en annonce un.",
                expected="un nombre, ou l'état nc, vide ou masque",
                got=f"{self.valeur}, état {self.etat}",
            )

    @property
    def is_number(self) -> bool:
        """Whether there is a number, be it a partial total or a rounded one."""
        return self.etat in WITH_NUMBER

    @property
    def base(self) -> int:
        """What a rounded figure is a multiple of; 0 where it is exact."""
        return int(self.slack) + 1 if self.slack else 0

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

    @property
    def decimals(self) -> int:
        """Digits that a cell shows after the comma."""
        return (
            len(self.written().partition(",")[2].rstrip(f"{french.NBSP}%€"))
            if self.is_number
            else 0
        )

    def written(self, least: int = 0) -> str:
        """Write the number in French, with so many decimals at least; parts of a whole and euros keep their two."""
        if self.unite == "euros" or (self.unite == "%" and self.colonne == "part"):
            return french.quantity(self.valeur, self.unite)
        number = french.number(self.valeur)
        number = (
            french.number(self.valeur, least) if len(number.partition(",")[2]) < least else number
        )
        return f"{number}{french.NBSP}%" if self.unite == "%" else number


def figures_by_cell(figures: pd.DataFrame) -> Mapping[tuple[str, str], Figure]:
    """Index the figures of one year and territory (columns of ``indicateurs.csv``) by ``(ligne, colonne)``."""
    bases = (
        figures["base"].fillna(0).astype(int) if "base" in figures else [0] * len(figures)
    )  # exact: no such column
    rows = zip(
        *(figures[name] for name in ("ligne", "colonne", "valeur", "unite", "etat")),
        bases,
        strict=True,
    )
    return {
        (line, column): Figure(
            float(value), unit, state, base - 1.0 if state == ARRONDI else 0.0, column
        )
        for line, column, value, unit, state, base in rows
    }


def plain(figure: Figure, least: int = 0) -> str:
    """Write a figure without markup, with so many decimals at least."""
    if figure.etat in SHORT:
        return SHORT[figure.etat]
    if figure.is_below:
        return below(figure.slack)
    number = figure.written(least)
    return (
        f"{SIGN}{number}"
        if figure.etat == ARRONDI
        else number + (PARTIAL_MARK if figure.etat == PARTIEL else "")
    )


def below(slack: float) -> str:
    """Write what is known of a figure rounded to zero: « moins de 5 »."""
    return f"{BELOW}{french.number(slack + 1)}"


def spoken(figure: Figure) -> str:
    """Write a figure without markup, as it is read aloud."""
    return aloud(plain(figure))


def aloud(words: str) -> str:
    """Write as a word the sign of what is rounded."""
    return words.replace(SIGN, f"{ABOUT} ")


def css_classes(figure: Figure) -> str:
    """Classes of the cell: ``num``, and what the page mutes or marks."""
    state = [figure.etat] if figure.etat != OK else []
    return " ".join(["num", *state, *(["zero"] if figure.is_nothing or figure.is_below else [])])


def html(figure: Figure, least: int = 0, says_partial: bool = True) -> str:
    """Write what a cell holds, with so many decimals at least, a state without number being spoken in full.

    ``says_partial`` has the mark of what is partial read aloud too; not on each line of parts of one partial total.
    """
    if figure.etat == "nc":
        return f'<abbr title="{french.NOT_COMMUNICATED}">nc</abbr>'
    if figure.etat == "vide":
        return f'<span aria-hidden="true">–</span>{hidden(french.NOT_APPLICABLE)}'
    if figure.etat == "partiel":
        said = hidden(" (total partiel)") if says_partial else ""
        return f'{figure.written(least)}<span aria-hidden="true">{PARTIAL_MARK}</span>{said}'
    return SHORT[MASQUE] if figure.etat == MASQUE else signed(plain(figure, least))


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


def notes(figures: Iterable[Figure]) -> list[str]:
    """Explain each state that occurs among the figures."""
    present = {figure.etat for figure in figures}
    return [words for state, words in EXPLAINED.items() if state in present]


def rounding_note(figures: Iterable[tuple[str, Figure]], names: Mapping[str, str]) -> str:
    """Say under figures, each with the code of its line, what the rounded ones are; empty where there is none."""
    lines: dict[int, set[str]] = {}
    zeros = set[int]()
    for line, figure in figures:
        if figure.slack and figure.is_below:
            zeros.add(figure.base)
        elif figure.slack:
            lines.setdefault(figure.base, set()).add(line)
    small = [f"« moins de {base} » : de 0 à {base - 1}" for base in sorted(zeros)]
    if not lines:
        return f"{' ; '.join(small)}." if small else ""
    usual, *others = sorted(lines)
    listed = {
        base: french.listing([f"« {names[code]} »" for code in names if code in lines[base]])
        for base in others
    }
    more = (
        f" ({', '.join(f'de {base} pour {words}' for base, words in listed.items())})"
        if listed
        else ""
    )
    about = f"≈ : nombre arrondi à un multiple de {usual}, à moins de {usual} du nombre exact{more}"
    return f"{' ; '.join([about, *small])}."


@dataclass(frozen=True)
class Shown:
    """A fragment of the report.

    ``html``: fragment without id, inline style or script; ``plain``: the same in plain text; ``mime``, ``bundle``: kind
    and content of what publication reads (JSON values); ``more``: other contents by kind: the chart that a table stands
    under, whose words are before a blank line in ``plain``.
    """

    html: str
    plain: str
    mime: str
    bundle: Mapping[str, Any]
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Give Jupyter every form at once."""
        return {
            "text/html": self.html,
            "text/plain": self.plain,
            self.mime: dict(self.bundle),
            **self.more,
        }


def words(said: str) -> str:
    """Write words in HTML, with the no-break spaces of French."""
    return french.spaced(escape(said, quote=False))


def paragraph(said: str, css: str = "rl-note") -> str:
    """Write a paragraph of words; nothing where there are none."""
    return f'<p class="{css}">{words(said)}</p>' if said else ""


def framed(label: str, inside: str, css: str = "rl-table", address: str = "") -> str:
    """Write a table that can be scrolled across, its caption, and what is inside."""
    caption = escape(label)
    return (
        f'<div class="rl-table-wrap" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="{css}"{address}><caption>{caption}</caption>{inside}</table></div>'
    )


def attributes(**values: object) -> str:
    """Write ``data-…`` attributes, a space before each; those without a value are left out."""
    return "".join(
        f' data-{name}="{escape(str(value))}"'
        for name, value in values.items()
        if value not in (None, "")
    )


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

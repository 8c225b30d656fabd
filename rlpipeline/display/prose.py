"""The words that prose binds to figures: ``{{ chiffre("accompagnes", "total", "total") }}``.

Every function gives a :class:`Bound`: words to print, and the figure they come from. A figure that is not
known gives a fragment of sentence ("non communiqué"), never a blank, a zero or "nan".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import quote

from rlpipeline.display import french
from rlpipeline.errors import SettingsError

STEADY_PERCENT = 5.0
"""A figure that moved by less than this part of its former value is called stable."""
STEADY_POINTS = 1.0
"""A percentage that moved by less than this many points is called stable."""
UNKNOWN = {"nc": french.NOT_COMMUNICATED, "vide": french.NOT_APPLICABLE, "masque": french.MASKED}


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
        return "/".join(part.replace("%", "%25").replace("/", quote("/", safe="")) for part in self._parts)

    @property
    def _parts(self) -> tuple[str, str, str]:
        return self.indicator, self.ligne, self.colonne


@dataclass(frozen=True)
class Cell:
    """One figure: ``valeur`` is NaN where ``etat`` is nc, masque or vide."""

    valeur: float
    unite: str
    etat: str

    @property
    def known(self) -> bool:
        """Whether there is a number, be it a partial total."""
        return self.etat in {"ok", "partiel"}


@dataclass(frozen=True)
class Bound:
    """Words printed in a text, with what they come from.

    Parameters
    ----------
    reason
        Why the words were typed.
    how
        What else the words were made from, by name: the whole a part is of (``sur``, a path), ``depuis``, ``forme``,
        ``decimales``, ``decalage``, the words that agree (``accord``).
    """

    words: str
    function: str
    reference: Reference | None = None
    cell: Cell | None = None
    reason: str | None = None
    how: Mapping[str, object] = field(default_factory=dict)


Lookup = Callable[[Reference], Cell]
Shape = Literal["pourcentage", "nombre"]


@dataclass(frozen=True)
class Prose:
    """The functions of one text: its figures are those of ``year`` and ``territory``.

    ``lookup`` gives the figure of a reference. It raises SettingsError where the indicator, the line or the
    column does not exist, and gives the state nc for a year without records.
    """

    lookup: Lookup
    year: int
    territory: str

    @property
    def functions(self) -> Mapping[str, Callable[..., Bound]]:
        """What a text may call, by name."""
        names = ("chiffre", "part", "evolution", "tendance", "fixe", "accord", "annee")
        return {name: getattr(self, name) for name in names}

    def chiffre(
        self, id: str, ligne: str, colonne: str, territoire: str | None = None, decimales: int | None = None
    ) -> Bound:
        """Write a figure: « 114 », « 16,78 % », « au moins 35 » for a partial total."""
        reference = self._reference(id, ligne, colonne, territoire)
        cell = self.lookup(reference)
        return Bound(_words(cell, decimales), "chiffre", reference, cell, how={"decimales": decimales})

    def part(
        self,
        id: str,
        ligne: str,
        colonne: str,
        sur: tuple[str, ...] | None = None,
        territoire: str | None = None,
        decimales: int = 0,
    ) -> Bound:
        """Write a figure as a percentage of another: « 61 % ».

        ``sur`` is (ligne, colonne), or (id, ligne, colonne) of another table; by default the line ``total`` of the
        same column. The words are « non communiqué » unless both figures are wholly known.
        """
        reference = self._reference(id, ligne, colonne, territoire)
        whole = self._reference(*_denominator(id, colonne, sur), territoire)
        cell = _share(self.lookup(reference), self.lookup(whole))
        how = {"sur": whole.path, "decimales": decimales}
        return Bound(_share_words(cell, decimales), "part", reference, cell, how=how)

    def evolution(
        self,
        id: str,
        ligne: str,
        colonne: str,
        depuis: int | None = None,
        forme: Shape = "pourcentage",
        territoire: str | None = None,
    ) -> Bound:
        """Write how a figure moved since a year (by default the year before): « +12 % », « −3 »."""
        _one_of("forme", forme, ("pourcentage", "nombre"))
        reference = self._reference(id, ligne, colonne, territoire)
        now, then = self._two_years(reference, depuis)
        how = {"depuis": self._since(depuis), "forme": forme}
        return Bound(_evolution_words(now, then, forme), "evolution", reference, now, how=how)

    def tendance(
        self, id: str, ligne: str, colonne: str, depuis: int | None = None, territoire: str | None = None
    ) -> Bound:
        """Write « en hausse », « stable » or « en baisse » since a year (by default the year before).

        Stable: moved by less than 5 % of the former value, or by less than one point for a percentage.
        """
        reference = self._reference(id, ligne, colonne, territoire)
        now, then = self._two_years(reference, depuis)
        return Bound(_trend_words(now, then), "tendance", reference, now, how={"depuis": self._since(depuis)})

    def fixe(self, valeur: str, raison: str) -> Bound:
        """Write a figure that no record holds, with the reason why it is typed."""
        if not str(valeur).strip() or not str(raison).strip():
            raise SettingsError(
                "Une valeur fixe est sans valeur ou sans raison.", expected='fixe("4", "dispositif EMPS, hors service")'
            )
        return Bound(str(valeur), "fixe", reason=str(raison))

    def accord(self, n: Bound, singulier: str, pluriel: str, nombre: bool = True) -> Bound:
        """Write a figure and the words that agree with it: « 1 jeune », « 3 jeunes », « au moins 3 jeunes ».

        ``nombre=False`` leaves the figure out. A figure that is not known gives « un nombre de jeunes non communiqué ».
        """
        if not isinstance(n, Bound):
            raise SettingsError(
                "Le premier argument de accord n'est pas un chiffre lié.",
                expected='accord(chiffre("accompagnes", "total", "total"), "jeune", "jeunes")',
            )
        cell = n.cell if n.cell is not None else Cell(_typed_number(n.words), "", "ok")
        words = _agreed_words(cell, n.words, (singulier, pluriel), nombre)
        how = {**n.how, "accord": f"{singulier}|{pluriel}", "nombre": None if nombre else "sans"}
        return replace(n, words=words, cell=cell, how=how)

    def annee(self, decalage: int = 0) -> Bound:
        """Write the report's year, or one before or after it: ``annee(1)`` is the next."""
        return Bound(str(self.year + decalage), "annee", how={"annee": self.year, "decalage": decalage})

    def _reference(self, id: str, ligne: str, colonne: str, territory: str | None) -> Reference:
        return Reference(str(id), str(ligne), str(colonne), self.year, territory or self.territory)

    def _since(self, since: int | None) -> int:
        return self.year - 1 if since is None else since

    def _two_years(self, reference: Reference, since: int | None) -> tuple[Cell, Cell]:
        year = self._since(since)
        if not isinstance(year, int) or year >= self.year:
            raise SettingsError(
                "depuis n'est pas une année passée.", expected=f"une année avant {self.year}", got=str(year)
            )
        former = Reference(reference.indicator, reference.ligne, reference.colonne, year, reference.territory)
        return self.lookup(reference), self.lookup(former)


def _words(cell: Cell, decimals: int | None = None) -> str:
    if not cell.known:
        return UNKNOWN[cell.etat]
    if decimals is None:
        text = french.quantity(cell.valeur, cell.unite)
    else:
        text = french.number(cell.valeur, decimals) + {"%": f"{french.NBSP}%", "euros": f"{french.NBSP}€"}.get(
            cell.unite, ""
        )
    return f"au moins {text}" if cell.etat == "partiel" else text


def _denominator(id: str, colonne: str, sur: tuple[str, ...] | None) -> tuple[str, str, str]:
    if sur is None:
        return id, "total", colonne
    if isinstance(sur, tuple) and len(sur) == 2:
        return id, sur[0], sur[1]
    if isinstance(sur, tuple) and len(sur) == 3:
        return sur[0], sur[1], sur[2]
    raise SettingsError(
        "L'argument sur est mal formé.", expected="sur=(ligne, colonne) ou sur=(id, ligne, colonne)", got=repr(sur)
    )


def _share(part: Cell, whole: Cell) -> Cell:
    for state in ("masque", "nc", "partiel", "vide"):
        if state in {part.etat, whole.etat}:
            return Cell(math.nan, "%", "nc" if state == "partiel" else state)
    if whole.valeur == 0:
        return Cell(math.nan, "%", "vide")
    return Cell(100 * part.valeur / whole.valeur, "%", "ok")


def _share_words(cell: Cell, decimals: int) -> str:
    if not cell.known:
        return UNKNOWN[cell.etat]
    step = 10.0**-decimals
    if 0 < cell.valeur < step / 2:
        return f"moins de {french.percent(step, decimals)}"
    if 100 - step / 2 <= cell.valeur < 100:
        return f"plus de {french.percent(100 - step, decimals)}"
    return french.percent(cell.valeur, decimals)


def _evolution_words(now: Cell, then: Cell, shape: Shape) -> str:
    if "masque" in {now.etat, then.etat}:
        return "évolution masquée"
    if now.etat != "ok" or then.etat != "ok":
        return "évolution inconnue"
    difference = now.valeur - then.valeur
    if now.unite == "%":
        return f"{french.signed(difference, 1)} {french.agree(difference, 'point', 'points')}"
    if shape == "nombre" or then.valeur == 0:
        return french.signed(difference)
    return f"{french.signed(100 * difference / then.valeur, 0)}{french.NBSP}%"


def _trend_words(now: Cell, then: Cell) -> str:
    if "masque" in {now.etat, then.etat}:
        return "d'évolution masquée"
    if now.etat != "ok" or then.etat != "ok":
        return "d'évolution inconnue"
    difference = now.valeur - then.valeur
    steady = STEADY_POINTS if now.unite == "%" else abs(then.valeur) * STEADY_PERCENT / 100
    if difference == 0 or abs(difference) < steady:
        return "stable"
    return "en hausse" if difference > 0 else "en baisse"


def _agreed_words(cell: Cell, number: str, forms: tuple[str, str], with_number: bool) -> str:
    singular, plural = forms
    if not with_number:
        return french.agree(cell.valeur, singular, plural) if cell.known else plural
    if not cell.known:
        return f"un nombre {french.of(plural)} {UNKNOWN[cell.etat]}"
    return f"{number}{french.NBSP}{french.agree(cell.valeur, singular, plural)}"


def _typed_number(words: str) -> float:
    plain = (
        "".join(words.split()).replace(french.NNBSP, "").replace(french.NBSP, "").replace(",", ".").replace("−", "-")
    )
    try:
        return float(plain)
    except ValueError as error:
        raise SettingsError(
            "accord attend un nombre.", got=repr(words), expected='par exemple fixe("4", "…")'
        ) from error


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingsError(f"Valeur inconnue pour {name}.", expected=" ou ".join(known), got=repr(value))

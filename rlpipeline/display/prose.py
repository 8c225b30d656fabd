"""The words that prose binds to figures: ``{{ chiffre("accompagnes", "total", "total") }}``.

Every function gives a :class:`Bound`: words to print, and the figure they come from. A figure that is not known gives
a fragment of sentence (« un nombre non communiqué ») or the author's own words (``sinon``), never a blank or a zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from rlpipeline import french
from rlpipeline.display import phrases
from rlpipeline.display.cells import Reference
from rlpipeline.display.phrases import Shape
from rlpipeline.errors import SettingsError
from rlpipeline.observations import Observation, compare, share_of
from rlpipeline.states import NC, OK

MOST_YEARS = 200
"""Years before or after the report's beyond which an argument is a slip."""
WORDED = frozenset({"tendance", "fois", "sens"})
"""Functions whose words are those of a movement: nothing agrees with them."""
FUNCTIONS = ("chiffre", "part", "evolution", "tendance", "fois", "sens", "fixe", "accord", "annee")


@dataclass(frozen=True)
class Bound:
    """Words printed in a text, with what they come from.

    ``cell``: what the words say: the figure, the part or the movement; what agrees with the words agrees with it;
    ``reason``: why the words were typed; ``how``: what else the words were made from, by name: the whole a part is of
    (``sur``, a path), ``depuis``, ``forme``, ``decimales``, ``decalage``, ``pluriel``, the words that agree
    (``accord``), the author's own (``sinon``).
    """

    words: str
    function: str
    reference: Reference | None = None
    cell: Observation | None = None
    reason: str | None = None
    how: Mapping[str, object] = field(default_factory=dict)

    def or_words(self, sinon: str | None) -> Bound:
        """Put the author's own words in the place of those of a figure that is not known."""
        if sinon is None:
            return self
        own = _without_number("sinon", sinon)
        is_number = self.cell is not None and self.cell.is_number
        words = self.words if is_number else own
        return replace(self, words=words, how={**self.how, "sinon": own})


@dataclass(frozen=True)
class Movement:
    """How a figure, or the share that it is of another, moved since a former year.

    Parameters
    ----------
    whole
        What it is a share of, where that is what moved.
    now, then
        The figure, or the share, of the text's year and of the former one.
    """

    reference: Reference
    whole: Reference | None
    since: int
    now: Observation
    then: Observation

    @property
    def moved(self) -> Observation:
        """By how much, as a figure."""
        return phrases.movement_of(compare(self.now, self.then), self.now.unit)

    @property
    def how(self) -> Mapping[str, object]:
        """What it was made from."""
        since = {"depuis": self.since}
        return {**since, "sur": self.whole.path} if self.whole else since

    @property
    def tables(self) -> set[str]:
        """The tables that it compares: a share compares its whole too."""
        return {of.indicator for of in (self.reference, self.whole) if of}


@dataclass(frozen=True)
class Prose:
    """The functions of one text: its figures are those of ``year`` and ``territory``.

    ``lookup``: gives the figure of a reference; raises SettingsError where the indicator, the line or the column does
    not exist, and gives the state nc for a year without records; ``comparable``: whether an indicator may be compared
    with a former year, for a territory.
    """

    lookup: Callable[[Reference], Observation]
    year: int
    territory: str
    comparable: Callable[[str, int, str], bool] = lambda *_: True

    @property
    def functions(self) -> Mapping[str, Callable[..., Bound]]:
        """What a text may call, by name."""
        return {name: getattr(self, name) for name in FUNCTIONS}

    def chiffre(  # noqa: PLR0913 - an author names them
        self,
        id: str,
        ligne: str,
        colonne: str,
        territoire: str | None = None,
        decimales: int | None = None,
        *,
        decalage: int = 0,
        sinon: str | None = None,
    ) -> Bound:
        """Write a figure: « 114 », « 16,78 % », « au moins 35 » for a partial total.

        ``ligne`` may name several lines that add up, as ``"moins_11+11_14"``. ``decalage`` is -1 for the year before.
        ``sinon`` is what to write where it is not known, instead of « un nombre non communiqué ».
        """
        reference = self._reference(id, ligne, colonne, territoire, decalage)
        cell = self.lookup(reference)
        words = phrases.figure(cell, decimales)
        how = {"decimales": decimales}
        return Bound(words, "chiffre", reference, cell, how=how).or_words(sinon)

    def part(  # noqa: PLR0913 - an author names them
        self,
        id: str,
        ligne: str,
        colonne: str,
        sur: tuple[str, ...] | None = None,
        territoire: str | None = None,
        decimales: int = 0,
        *,
        decalage: int = 0,
        sinon: str | None = None,
    ) -> Bound:
        """Write a figure as a percentage of another: « 61 % ».

        ``sur`` is (ligne, colonne), or (id, ligne, colonne) of another table; by default the line ``total`` of the
        same column. The words are « une part non communiquée », or ``sinon``, unless both figures are wholly known; of
        rounded figures, « environ 30 % » or « environ un tiers », where the whole is exact and large enough.
        """
        reference = self._reference(id, ligne, colonne, territoire, decalage)
        whole = self._reference(*_denominator(id, colonne, sur), territoire, decalage)
        parts = self.lookup(reference), self.lookup(whole)
        words = phrases.share(*parts, decimales)
        how = {"sur": whole.path, "decimales": decimales}
        return Bound(words, "part", reference, share_of(*parts), how=how).or_words(sinon)

    def evolution(  # noqa: PLR0913 - an author names them
        self,
        id: str,
        ligne: str,
        colonne: str,
        depuis: int | None = None,
        forme: Shape = "pourcentage",
        territoire: str | None = None,
        *,
        sinon: str | None = None,
    ) -> Bound:
        """Write how a figure moved since a year (by default the year before): « +12 % », « −3 ».

        What moved from zero is written as a number. ``sinon`` is what to write where one of the two is not known.
        """
        if forme not in {"pourcentage", "nombre"}:
            raise SettingsError(
                "Valeur inconnue pour forme.", expected="pourcentage ou nombre", got=repr(forme)
            )
        reference = self._reference(id, ligne, colonne, territoire)
        movement = self._movement(reference, depuis)
        moved, then = movement.moved, movement.then
        words = phrases.evolution(moved, then, forme)
        shape = phrases.shape_of(moved, then, forme)
        return self._compared("evolution", words, movement, sinon, forme=shape)

    def tendance(  # noqa: PLR0913 - an author names them
        self,
        id: str,
        ligne: str,
        colonne: str,
        depuis: int | None = None,
        territoire: str | None = None,
        *,
        sur: tuple[str, ...] | None = None,
        pluriel: bool = False,
        sinon: str | None = None,
    ) -> Bound:
        """Write « en hausse », « stable » or « en baisse » since a year (by default the year before).

        Stable (« stables » with ``pluriel``): moved by less than 5 % of the former value, or by less than one point for
        a percentage. With ``sur``, as for ``part``, it is the share that moved. ``sinon`` is as for ``evolution``.
        """
        reference = self._reference(id, ligne, colonne, territoire)
        movement = self._movement(reference, depuis, sur)
        words = phrases.trend(movement.moved, movement.then, pluriel)
        agreed = "oui" if pluriel else None
        return self._compared("tendance", words, movement, sinon, pluriel=agreed)

    def fois(
        self,
        id: str,
        ligne: str,
        colonne: str,
        depuis: int | None = None,
        *,
        sinon: str | None = None,
    ) -> Bound:
        """Write how many times larger or smaller a figure is than in a year: « deux fois plus », « moins », « autant ».

        ``depuis`` and ``sinon`` are as for ``evolution``.
        """
        reference = self._reference(id, ligne, colonne, None)
        movement = self._movement(reference, depuis)
        words = phrases.times(movement.moved, movement.now, movement.then)
        return self._compared("fois", words, movement, sinon)

    def sens(  # noqa: PLR0913 - an author names them
        self,
        id: str,
        ligne: str,
        colonne: str,
        hausse: str,
        baisse: str,
        depuis: int | None = None,
        *,
        sur: tuple[str, ...] | None = None,
        sinon: str | None = None,
    ) -> Bound:
        """Write the author's words for a rise or for a fall, those that the figure has known: « un public plus jeune ».

        ``depuis``, ``sur`` and ``sinon`` are as for ``tendance``; of what did not move, it writes « stable ».
        """
        for said in (hausse, baisse):
            _without_number("hausse et baisse", said)
        reference = self._reference(id, ligne, colonne, None)
        movement = self._movement(reference, depuis, sur)
        moved = movement.moved
        if moved.is_number and moved.value:
            words = hausse if moved.value > 0 else baisse
        else:
            words = phrases.trend(moved, movement.then)
        return self._compared("sens", words, movement, sinon, hausse=hausse, baisse=baisse)

    def fixe(self, valeur: str, raison: str) -> Bound:
        """Write a figure that no record holds, with the reason why it is typed; French no-break spaces are put in."""
        if not (_is_typed(valeur) and _is_typed(raison)):
            raise SettingsError(
                "Une valeur fixe est sans valeur ou sans raison.",
                expected='fixe("4", "dispositif EMPS, hors service")',
            )
        return Bound(french.spaced(str(valeur)), "fixe", reason=str(raison))

    def accord(self, n: Bound, singulier: str, pluriel: str, nombre: bool = True) -> Bound:
        """Write a figure and the words that agree with it: « 1 jeune », « 3 jeunes », « au moins 3 jeunes ».

        ``nombre=False`` leaves the figure out. A figure that is not known gives « un nombre non communiqué de jeunes »,
        a share « une part non communiquée de jeunes », an evolution or words of one's own (``sinon``) themselves alone.
        """
        if not isinstance(n, Bound) or n.function in WORDED:
            raise SettingsError(
                "Le premier argument de accord n'est pas un chiffre lié.",
                expected='accord(chiffre("accompagnes", "total", "total"), "jeune", "jeunes")',
            )
        cell = n.cell or Observation(_typed_number(n.words), "", OK)
        how = {**n.how, "accord": f"{singulier}|{pluriel}", "nombre": None if nombre else "sans"}
        words = n.words
        if not (nombre and _stands_alone(n, cell)):
            words = phrases.agreed(cell, words, (singulier, pluriel), nombre)
        return replace(n, words=words, cell=cell, how=how)

    def annee(self, decalage: int = 0) -> Bound:
        """Write the report's year, or one before or after it: ``annee(1)`` is the next."""
        if not _is_whole(decalage, -MOST_YEARS, MOST_YEARS):
            raise SettingsError(
                "Un argument n'est pas du bon type.",
                expected="annee(1), annee(-1)…",
                got=str(decalage)[:20],
            )
        how = {"annee": self.year, "decalage": decalage}
        return Bound(str(self.year + decalage), "annee", how=how)

    def _reference(
        self, id: str, ligne: str, colonne: str, territory: str | None, shift: int = 0
    ) -> Reference:
        if not _is_whole(shift, -MOST_YEARS, 0):
            raise SettingsError(
                "decalage n'est pas un nombre d'années.", expected="0 ou -1", got=str(shift)[:20]
            )
        year, place = self.year + shift, territory or self.territory
        return Reference(str(id), str(ligne), str(colonne), year, place)

    def _movement(
        self, reference: Reference, since: int | None, of: tuple[str, ...] | None = None
    ) -> Movement:
        """Look up how a figure moved since a year, by default the one before; ``of``: its share of another."""
        year = self.year - 1 if since is None else since
        if not _is_whole(year, self.year - MOST_YEARS, self.year - 1):
            raise SettingsError(
                "depuis n'est pas une année passée.",
                expected=f"une année avant {self.year}",
                got=str(year),
            )
        whole = None
        if of is not None:
            path = _denominator(reference.indicator, reference.colonne, of)
            whole = self._reference(*path, reference.territory)
        now, then = (self._of_year(reference, whole, at) for at in (self.year, year))
        return Movement(reference, whole, year, now, then)

    def _of_year(self, reference: Reference, whole: Reference | None, year: int) -> Observation:
        """Give a figure of a year, or the share that it is of another."""
        figure = self.lookup(replace(reference, year=year))
        return share_of(figure, self.lookup(replace(whole, year=year))) if whole else figure

    def _compared(
        self, function: str, words: str, movement: Movement, sinon: str | None, **how: object
    ) -> Bound:
        """Bind the words of a movement; « non comparable à 2022 », or the author's own words, where that is so."""
        moved, since, territory = movement.moved, movement.since, movement.reference.territory
        how = {**movement.how, **how}
        bound = Bound(words, function, movement.reference, moved, how=how).or_words(sinon)
        if all(self.comparable(table, since, territory) for table in movement.tables):
            return bound
        said = str(bound.how.get("sinon") or f"non comparable à {since}")
        unknown = Observation(math.nan, moved.unit, NC)
        return replace(bound, words=said, cell=unknown, how={**bound.how, "comparable": "non"})


def _is_whole(number: object, least: int, most: int) -> bool:
    """Whether an argument is a whole number from one to another."""
    return type(number) is int and least <= number <= most


def _is_typed(value: object) -> bool:
    """Whether an argument is a number, or words that say something."""
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return is_plain and bool(str(value).strip())


def _stands_alone(bound: Bound, cell: Observation) -> bool:
    """Whether the words of a figure say no number that others could agree with."""
    if bound.function == "evolution":
        return cell.is_rounded or not cell.is_number
    return not cell.is_number and bool(bound.how.get("sinon"))


def _without_number(name: str, otherwise: str) -> str:
    words = str(otherwise).strip()
    if not words or any(map(str.isdigit, words)):  # nothing would answer for the number
        raise SettingsError(
            f"L'argument {name} est vide ou contient un nombre.",
            expected='des mots, par exemple sinon="un nombre que le logiciel ne donne pas"',
            got=repr(otherwise),
        )
    return words


def _denominator(id: str, colonne: str, sur: tuple[str, ...] | None) -> tuple[str, str, str]:
    match (id, "total", colonne) if sur is None else sur:
        case (line, column):
            return id, line, column
        case (table, line, column):
            return table, line, column
    raise SettingsError(
        "L'argument sur est mal formé.",
        expected="sur=(ligne, colonne) ou sur=(id, ligne, colonne)",
        got=repr(sur),
    )


def _typed_number(words: str) -> float:
    plain = words.replace(",", ".").replace("−", "-")
    try:
        number = float("".join(plain.split()))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SettingsError(
            "accord attend un nombre.", got=repr(words), expected='par exemple fixe("4", "…")'
        )
    return number

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
        how = {"decimales": decimales}
        return _or(
            Bound(phrases.figure(cell, decimales), "chiffre", reference, cell, how=how), sinon
        )

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
        cell, words = share_of(*parts), phrases.share(*parts, decimales)
        return _or(
            Bound(words, "part", reference, cell, how={"sur": whole.path, "decimales": decimales}),
            sinon,
        )

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
        moved, _, then, how = self._moved(reference, None, depuis)
        how["forme"] = phrases.shape_of(moved, then, forme)
        return self._compared(
            "evolution", phrases.evolution(moved, then, forme), reference, moved, how, sinon
        )

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
        moved, _, then, how = self._moved(reference, sur, depuis)
        how["pluriel"] = "oui" if pluriel else None
        return self._compared(
            "tendance", phrases.trend(moved, then, pluriel), reference, moved, how, sinon
        )

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
        moved, now, then, how = self._moved(reference, None, depuis)
        words = phrases.times(moved, now, then)
        return self._compared("fois", words, reference, moved, how, sinon)

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
        moved, _, then, how = self._moved(reference, sur, depuis)
        words = phrases.trend(moved, then) if not moved.is_number or not moved.value else ""
        words = words or (hausse if moved.value > 0 else baisse)
        return self._compared(
            "sens", words, reference, moved, how | {"hausse": hausse, "baisse": baisse}, sinon
        )

    def fixe(self, valeur: str, raison: str) -> Bound:
        """Write a figure that no record holds, with the reason why it is typed; French no-break spaces are put in."""
        typed = all(
            isinstance(word, str | int | float) and not isinstance(word, bool)
            for word in (valeur, raison)
        )
        if not typed or not str(valeur).strip() or not str(raison).strip():
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
        cell = n.cell if n.cell is not None else Observation(_typed_number(n.words), "", OK)
        how = {**n.how, "accord": f"{singulier}|{pluriel}", "nombre": None if nombre else "sans"}
        of_words = n.function == "evolution" and (cell.is_rounded or not cell.is_number)
        alone = nombre and (of_words or (not cell.is_number and n.how.get("sinon")))
        words = n.words if alone else phrases.agreed(cell, n.words, (singulier, pluriel), nombre)
        return replace(n, words=words, cell=cell, how=how)

    def annee(self, decalage: int = 0) -> Bound:
        """Write the report's year, or one before or after it: ``annee(1)`` is the next."""
        if (
            not isinstance(decalage, int)
            or isinstance(decalage, bool)
            or abs(decalage) > MOST_YEARS
        ):
            raise SettingsError(
                "Un argument n'est pas du bon type.",
                expected="annee(1), annee(-1)…",
                got=str(decalage)[:20],
            )
        return Bound(
            str(self.year + decalage), "annee", how={"annee": self.year, "decalage": decalage}
        )

    def _reference(
        self, id: str, ligne: str, colonne: str, territory: str | None, shift: int = 0
    ) -> Reference:
        if shift not in range(-MOST_YEARS, 1) or isinstance(shift, bool):
            raise SettingsError(
                "decalage n'est pas un nombre d'années.", expected="0 ou -1", got=str(shift)[:20]
            )
        return Reference(
            str(id), str(ligne), str(colonne), self.year + shift, territory or self.territory
        )

    def _moved(
        self, reference: Reference, of: tuple[str, ...] | None, since: int | None
    ) -> tuple[Observation, Observation, Observation, dict[str, object]]:
        # The movement, the figures of the year and of the one before, and what they were made from.
        year = self.year - 1 if since is None else since
        if (
            not isinstance(year, int)
            or isinstance(year, bool)
            or not self.year - MOST_YEARS <= year < self.year
        ):
            raise SettingsError(
                "depuis n'est pas une année passée.",
                expected=f"une année avant {self.year}",
                got=str(year),
            )
        now, then = self.lookup(reference), self.lookup(replace(reference, year=year))
        how: dict[str, object] = {"depuis": year}
        if of is not None:
            whole = self._reference(
                *_denominator(reference.indicator, reference.colonne, of), reference.territory
            )
            now, then = (
                share_of(part, self.lookup(replace(whole, year=at)))
                for part, at in ((now, self.year), (then, year))
            )
            how["sur"] = whole.path
        return phrases.movement_of(compare(now, then), now.unit), now, then, how

    def _compared(
        self,
        function: str,
        words: str,
        reference: Reference,
        moved: Observation,
        how: dict[str, object],
        sinon: str | None,
    ) -> Bound:
        """Bind the words of a movement; « non comparable à 2022 », or the author's own words, where that is so."""
        bound, since = _or(Bound(words, function, reference, moved, how=how), sinon), how["depuis"]
        whole = str(how.get("sur") or "").partition("/")[0]  # a part compares its whole too
        tables = {reference.indicator, whole or reference.indicator}
        if not isinstance(since, int) or all(
            self.comparable(table, since, reference.territory) for table in tables
        ):
            return bound
        said = str(bound.how.get("sinon") or f"non comparable à {since}")
        unknown = Observation(math.nan, moved.unit, NC)
        return replace(bound, words=said, cell=unknown, how={**bound.how, "comparable": "non"})


def _or(bound: Bound, otherwise: str | None) -> Bound:
    if otherwise is None:
        return bound
    words = _without_number("sinon", otherwise)
    is_number = bound.cell is not None and bound.cell.is_number
    return replace(
        bound, words=bound.words if is_number else words, how={**bound.how, "sinon": words}
    )


def _without_number(name: str, otherwise: str) -> str:
    words = str(otherwise).strip()
    if not words or any(
        letter.isdigit() for letter in words
    ):  # nothing would answer for the number
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
    bare = "".join(words.split()).replace(french.NNBSP, "").replace(french.NBSP, "")
    try:
        number = float(bare.replace(",", ".").replace("−", "-"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SettingsError(
            "accord attend un nombre.", got=repr(words), expected='par exemple fixe("4", "…")'
        )
    return number

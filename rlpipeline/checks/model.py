"""What checks read and what they say: figures with their places, amounts and their sums, findings and what is accepted.

Figures are those of a publication, whoever wrote them; amounts may not be known; a finding is two places that disagree.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from rlpipeline.declared import FigureKey
from rlpipeline.french import NNBSP
from rlpipeline.settings.acceptances import FILE, Acceptance
from rlpipeline.states import (
    ARRONDI,
    MASQUE,
    NC,
    OK,
    PARTIEL,
    UNCERTAIN,
    VIDE,
    WITHOUT_VALUE,
    WORDS,
)


@dataclass(frozen=True, order=True)
class Location:
    """Where something is read in a publication: the path of its file, and the place in it, in French."""

    file: str
    where: str

    def __str__(self) -> str:
        if self.where:
            return f"{self.file}, {self.where}"
        return self.file


@dataclass(frozen=True)
class Discrepancy:
    """Two things published that should agree and do not: two places, and what each says or should say.

    ``check`` is one of :data:`rlpipeline.settings.acceptances.CHECKS`; ``message`` one French sentence; ``second`` None
    where there is no other place; ``key`` the stable text that ``ecarts.yml`` names.
    """

    check: str
    message: str
    first: Location
    first_value: str
    second: Location | None
    second_value: str
    blocking: bool
    key: str


FIGURES = "indicateurs.csv"
OUTDATED = "ecart_perime"
"""Check of the acceptances."""
TOLERANCE = 1e-5
"""Sums are published with six decimals at most; ten of them rounded differ by less."""
LISTED = 12
"""Beyond, a sum tells how many terms it has."""


class Figure(NamedTuple):
    """A figure with its exact value, read in ``file``.

    ``valeur`` is None where ``etat`` is nc, masque or vide; ``marge`` is the most by which the exact figure may differ;
    ``pas``: what the rounding of a share makes of its base.
    """

    key: FigureKey
    valeur: float | None
    unite: str
    etat: str
    file: str
    marge: float = 0.0
    pas: float = 0.0

    @property
    def base(self) -> float:
        """What a rounded figure is a multiple of; 0 where it is exact."""
        return self.pas or (self.marge + 1 if self.marge else 0.0)

    @property
    def place(self) -> Location:
        """Where it stands, in French."""
        return Location(self.file, where_of(self.key))


class Amount(NamedTuple):
    """A number, None where there is none, its state, and by how much the exact number may differ."""

    value: float | None
    state: str
    slack: float = 0.0

    def __str__(self) -> str:
        return written(self.value, self.state)


def where_of(key: FigureKey) -> str:
    """Say in French which figure it is."""
    return f"tableau {key.indicateur} ({key.territoire}, {key.annee}), ligne {key.ligne}, colonne {key.colonne}"


def place_of(key: FigureKey, figure: Figure | None) -> Location:
    """Where a figure stands; where it should stand if it is absent."""
    if figure:
        return figure.place
    return Location(FIGURES, where_of(key))


def moved(now: Figure | None, then: Figure | None) -> float | None:
    """What moved between two figures; None where one has no number."""
    if now is None or then is None or now.valeur is None or then.valeur is None:
        return None
    return round(now.valeur - then.valeur, 6)


def is_too_near(now: Figure, then: Figure) -> bool:
    """Whether rounding keeps a change from being told: rounded figures are to be two bases apart."""
    return abs(moved(now, then) or 0.0) < 2 * max(now.base, then.base)


UNKNOWN_FIRST = (MASQUE, NC, UNCERTAIN, PARTIEL, VIDE)
"""States that a sum takes from one of its parts, the first that one has."""


def sum_of(key: FigureKey, parts: Sequence[Figure]) -> Figure:
    """Give the sum of several lines, ``moins_11+11_14``, that a text quotes; that of rounded ones is ``incertain``."""
    states = {UNCERTAIN if part.etat == ARRONDI else part.etat for part in parts}
    state = next((known for known in UNKNOWN_FIRST if known in states), OK)
    first = parts[0]
    if state not in {OK, PARTIEL}:
        return Figure(key, None, first.unite, state, first.file)
    total = sum(part.valeur for part in parts if part.valeur is not None)
    return Figure(key, total, first.unite, state, first.file)


def amount_of(figure: Figure | None) -> Amount:
    """The amount of a figure; a cell that a table does not show is a known zero (a rare age, a rare sex)."""
    if figure is None:
        return Amount(0.0, OK)
    return Amount(figure.valeur, figure.etat, figure.marge)


class Terms:
    """Amounts to add."""

    def __init__(self, parts: Iterable[Amount]) -> None:
        self.parts = [*parts]
        self.states = {part.state for part in self.parts}

    def total(self) -> Amount:
        """Add what is known; what has no meaning (``vide``) does not count."""
        state = self._state_of_total()
        if state in WITHOUT_VALUE:
            return Amount(None, state)
        meant = (part.value for part in self.parts if part.state != VIDE)
        known = sum(value for value in meant if value is not None)
        return Amount(round(known, 6), state, sum(part.slack for part in self.parts))

    def _state_of_total(self) -> str:
        """``masque`` where a part is, ``nc`` where none is known, ``partiel`` where some are not, else ``arrondi``."""
        meant = self.states - {VIDE}
        if self.parts and not meant:
            return VIDE
        if MASQUE in meant:
            return MASQUE
        if meant == {NC}:
            return NC
        if meant & {NC, PARTIEL}:
            return PARTIEL
        if ARRONDI in meant:
            return ARRONDI
        return OK

    def agree(self, total: Amount) -> bool:
        """Whether a total may be the sum of these parts, given what is known of each.

        A total counts records, and its lines may show a zero where there is no record: it may be ``nc`` where the known
        parts are all 0 and another is not known.
        """
        expected = self.total()
        if MASQUE in (total.state, expected.state):
            return True
        if ARRONDI in self.states | {total.state}:
            return is_within(total, expected)
        if expected.state == VIDE:
            return total.state == VIDE or not total.value
        if total.state == NC and NC in self.states and not expected.value:
            return PARTIEL not in self.states
        return total.state == expected.state and same(total.value, expected.value)

    def __str__(self) -> str:
        total = str(self.total())
        if len(self.parts) > LISTED:
            return f"{total} (somme de {len(self.parts)} termes)"
        if len(self.parts) > 1:
            return f"{' + '.join(map(str, self.parts))} = {total}"
        return total


def is_within(total: Amount, expected: Amount) -> bool:
    """Whether two amounts may be one number, each rounded as it is; true where one of them is not known."""
    if total.value is None or expected.value is None:
        return True
    return abs(total.value - expected.value) <= total.slack + expected.slack + TOLERANCE


def same(one: float | None, other: float | None) -> bool:
    """Whether two numbers are equal but for binary noise; None equals None."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


def written(value: float | None, state: str = OK) -> str:
    """« 1 234,5 », « 35 (partiel) », « non communiqué »."""
    if value is None:
        if state in WORDS:
            return WORDS[state].word
        return state
    grouped = f"{round(value, 6):,.6f}".rstrip("0").rstrip(".")
    number = grouped.replace(",", NNBSP).replace(".", ",")
    if state in {PARTIEL, ARRONDI}:
        return f"{number} ({state})"
    return number


def with_unit(figure: Figure) -> str:
    """Write a figure with its unit, and its base where it is rounded, as a finding says it."""
    if figure.valeur is None:
        return figure.etat
    star = "*" if figure.etat == PARTIEL else ""
    number = f"{figure.valeur:.12g}{star} {figure.unite}".strip()
    if figure.marge:
        return f"≈ {number}, base {figure.marge + 1:.12g}"
    return number


@lru_cache(maxsize=4096)
def rounded(value: float, decimals: int) -> float:
    """Round half up, from the shortest writing of the number, as what is shown is."""
    return float(
        Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    )


Test = str | Discrepancy
"""One test made: the name of its check where it passed, else what it found."""


def examine(tests: Iterable[Test]) -> tuple[tuple[Discrepancy, ...], Mapping[str, int]]:
    """Make the tests; give what failed, in their order and each once, and how many tests each check made."""
    counts = Counter[str]()
    failed = dict[Discrepancy, None]()
    for test in tests:  # a large service has a million
        if isinstance(test, str):
            counts[test] += 1
        else:
            counts[test.check] += 1
            failed[test] = None
    return tuple(failed), counts


def covers(acceptance: Acceptance, finding: Discrepancy) -> bool:
    """Whether a finding is the one accepted, with its values where they are given; spaces are alike."""
    if finding.key != acceptance.cle:
        return False
    accepted = [value.split() for value in acceptance.valeurs]
    return not accepted or accepted == [finding.first_value.split(), finding.second_value.split()]


def sort_out(
    findings: Sequence[Discrepancy], acceptances: Iterable[Acceptance]
) -> tuple[list[Discrepancy], list[tuple[Discrepancy, Acceptance]]]:
    """Part what stands, acceptances of what does not occur too, from what the service accepts, with its reason."""
    accepted: list[tuple[Discrepancy, Acceptance]] = []
    outdated: list[Discrepancy] = []
    for acceptance in acceptances:
        covered = [finding for finding in findings if covers(acceptance, finding)]
        accepted += [(finding, acceptance) for finding in covered]
        if not covered:
            outdated.append(_outdated(acceptance, findings))
    known = {finding for finding, _ in accepted}
    return [*(finding for finding in findings if finding not in known), *outdated], accepted


def _outdated(acceptance: Acceptance, findings: Sequence[Discrepancy]) -> Discrepancy:
    """Tell an acceptance of what does not occur: other values are found at its place, or nothing is."""
    cle = acceptance.cle
    keys = [finding.key for finding in findings]
    if cle in keys:
        other = findings[keys.index(cle)]
        message = (
            "Un écart accepté a d'autres valeurs que celles qui l'ont été : il n'est plus accepté."
        )
        now = f"{other.first_value} et {other.second_value}"
    else:
        near = difflib.get_close_matches(cle, keys, n=1)
        message = "Un écart accepté ne se produit pas (ou plus) : retirer cette acceptation."
        nearest = (f"le plus proche des écarts trouvés est « {key} »" for key in near)
        now = next(nearest, "aucun écart semblable")
    place = Location(FILE, f"clé « {cle} »")
    accepted = " et ".join(acceptance.valeurs) or "accepté"
    return Discrepancy(OUTDATED, message, place, accepted, None, now, False, f"{OUTDATED}:{cle}")

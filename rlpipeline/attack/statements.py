"""What a publication says: figures, and relations between figures such as percentages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rlpipeline.published.dictionary import Dictionary
from rlpipeline.published.links import Links
from rlpipeline.published.model import SERVICE, FigureKey

HORS, SANS_COMMUNE = "hors", "sans_commune"
TOTAL, NOUVEAUX = "total", "nouveaux"
FAMILLES, SIZES = "familles", ("seances", "jours", "nb_partenaires")
"""Lines of the tables of actions that count no public."""
SUM = "somme:"
"""Prefix of the column that adds the actions of a table, one per unit: nobody publishes it as a cell."""
UNITED = "_ou_"
"""What joins the codes of a wider class that has no code of its own."""
Key = FigureKey
"""Address of a figure."""
Place = tuple[str, int, str]
"""Indicator, year and territory of a table."""


@dataclass(frozen=True)
class Figure:
    """One figure as a file writes it; ``value`` is None where ``state`` has no number.

    Parameters
    ----------
    source
        Where it was read: file and place, as a director would look for it.
    base
        Base of a rounded figure where the file tells it; 0 where it does not, or where the figure is not rounded.
    """

    key: Key
    state: str
    value: float | None
    source: str
    base: int = 0


@dataclass(frozen=True)
class Relation:
    """A relation between figures, ``low ≤ Σ coefficient × figure ≤ high``.

    Parameters
    ----------
    words
        What it says, in French.
    stated
        Whether a file says so (a percentage, a difference); otherwise it follows from how things are counted.
    lasting
        Whether it holds whatever happened to the records between two releases.
    precise
        Whether it is said without « environ »: then it was made from exact numbers.
    """

    terms: tuple[tuple[Key, float], ...]
    low: float
    high: float
    words: str
    stated: bool = False
    lasting: bool = True
    precise: bool = False


@dataclass(frozen=True)
class Document:
    """Everything that one publication says.

    Parameters
    ----------
    units
        Unit of each figure, where a file gives it.
    labels
        Words printed for the code of a line or column: (indicator, code) to words.
    families
        Families of issues with their codes, as the pages show them.
    complete
        Tables (indicator, year, territory) of which every cell is there; of others only some figures are quoted.
    unread
        What was found and not understood, for the reader of the result.
    dictionary
        What ``datapackage.json`` says of rounding and classes.
    states_rounding
        Whether each rounded figure says that it is: a release of the former design left it to the rule.
    released
        Whether everybody has it already: nothing in it can be changed any more.
    """

    name: str
    figures: tuple[Figure, ...]
    relations: tuple[Relation, ...] = ()
    units: Mapping[Key, str] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: frozenset[Place] = frozenset()
    unread: tuple[str, ...] = ()
    dictionary: Dictionary = field(default_factory=Dictionary)
    states_rounding: bool = True
    released: bool = False


@dataclass(frozen=True)
class Knowledge:
    """What an intruder knows beside the figures: the rules that the report prints, and the territory.

    Parameters
    ----------
    communes
        Names of the service's communes by INSEE code.
    seuil, seuil_sensible, sensibles
        Least number that may be published; for the families and codes that are sensitive, another.
    base, base_sensible
        Base of a rounded figure whose file does not tell it, and that of the sensitive lines of a territory. In a
        release of the former design, base to which every figure of a territory is rounded; None where none is.
    familles
        Families of issues with their codes, for a publication whose pages do not show them.
    shown_means_counted
        Whether it is known that NR, age_inconnu and non_renseignee are shown only where someone is counted there.
    followed_only
        Whether issues and referrals are those of young people followed in the year: not where rows of the records lie
        outside of their follow-up's dates, and what is concluded from it may be false.
    rounded_in_report
        Whether the former report of the whole service too rounds what is of one territory: lines of ``communes``,
        actions.
    links
        What the dictionaries of the publications declare of their tables; :func:`attack` reads it there.
    """

    communes: Mapping[str, str]
    seuil: int = 5
    seuil_sensible: int = 11
    sensibles: tuple[str, ...] = ("sante", "juridiques")
    base: int | None = 5
    shown_means_counted: bool = True
    rounded_in_report: bool = False
    followed_only: bool = True
    base_sensible: int = 10
    familles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: Links = field(default_factory=Links)

    @cached_property
    def _sensitive(self) -> frozenset[str]:
        return frozenset(self.sensibles).union(*(self.familles.get(family, ()) for family in self.sensibles))

    def sensitive(self, line: str) -> bool:
        """Say whether a line, or one of those that it joins, is a family or a code of a sensitive subject."""
        return line in self._sensitive or not self._sensitive.isdisjoint(line.split(UNITED))

    def threshold(self, key: Key) -> int:
        """Least number of persons that may be published for a figure."""
        return self.seuil_sensible if self.sensitive(key.ligne) else self.seuil

    def base_of(self, figure: Figure) -> int:
        """Give the base of a figure that is said to be rounded: its own, else by the rule that the report prints."""
        sensitive = figure.key.territoire != SERVICE and self.sensitive(figure.key.ligne)
        return figure.base or (self.base_sensible if sensitive else self.base or 5)

    def rounds(self, key: Key, value: float) -> bool:
        """Say whether a number of a former release stands for a box; one commune had no portraits to round."""
        of_one = key.territoire != SERVICE or (self.rounded_in_report and self._of_one_territory(key))
        apart = of_one and len(self.communes) > 1
        return bool(self.base) and apart and value % (self.base or 1) == 0

    def _of_one_territory(self, key: Key) -> bool:
        """Say whether a figure of the whole service's report is one territory's alone."""
        by_commune = key.indicateur in self.links.having(lines="commune")
        return key.indicateur in self.links.actions or (by_commune and key.ligne != TOTAL)

"""What a publication says: figures, and relations between figures such as percentages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

SERVICE, HORS, SANS_COMMUNE = "service", "hors", "sans_commune"
TOTAL, NOUVEAUX = "total", "nouveaux"
ACTIONS = ("actions", "developpement_social_local", "parentalite", "actions_partenariales")
SUM = "somme:"
"""Prefix of the column that adds the actions of a table, one per unit: nobody publishes it as a cell."""

UNITS: Mapping[str, str] = {
    "travail_de_rue": "jeunes",
    "presence_sociale": "jeunes",
    "accompagnes": "jeunes",
    "situations": "jeunes",
    "communes": "jeunes",
    "problematiques": "problematiques_relevees",
    "problematiques_jeunes": "jeunes",
    "co_accompagnements": "jeunes",
    "durees": "jeunes",
    "clotures": "accompagnements",
    "orientations": "orientations",
    "demandes": "demandes",
    "alertes": "suivis",
    "reseaux": "",
    **dict.fromkeys(ACTIONS, ""),
}
"""Tables about persons, with the unit of their figures where it is the same for all."""
PERSONS = frozenset(
    {"jeunes", "accompagnements", "orientations", "demandes", "suivis", "problematiques_relevees", "personnes"}
)


Place = tuple[str, int, str]
"""Indicator, year and territory of a table."""


class Key(NamedTuple):
    """Address of a figure."""

    indicateur: str
    annee: int
    territoire: str
    ligne: str
    colonne: str

    @property
    def place(self) -> Place:
        """Table that holds the figure."""
        return self.indicateur, self.annee, self.territoire


@dataclass(frozen=True)
class Figure:
    """One figure as a file writes it; ``value`` is None where ``state`` has no number.

    Parameters
    ----------
    source
        Where it was read: file and place, as a director would look for it.
    """

    key: Key
    state: str
    value: float | None
    source: str


@dataclass(frozen=True)
class Relation:
    """A relation between figures, ``low ≤ Σ coefficient × figure ≤ high``.

    Parameters
    ----------
    words
        What it says, in French.
    told
        Whether a file says so (a percentage, a difference); otherwise it follows from how things are counted.
    lasting
        Whether it holds whatever happened to the records between two releases.
    """

    terms: tuple[tuple[Key, float], ...]
    low: float
    high: float
    words: str
    told: bool = False
    lasting: bool = True


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
    whole
        Tables (indicator, year, territory) of which every cell is there; of others only some figures are quoted.
    unread
        What was found and not understood, for the reader of the result.
    """

    name: str
    figures: tuple[Figure, ...]
    relations: tuple[Relation, ...] = ()
    units: Mapping[Key, str] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: frozenset[Place] = frozenset()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Knowledge:
    """What an intruder knows beside the figures: the rules that the report prints, and the territory.

    Parameters
    ----------
    communes
        Names of the service's communes by INSEE code.
    seuil, seuil_sensible, sensibles
        Least number that may be published; for the families and codes that are sensitive, another.
    base
        Base to which figures of a territory are rounded, either way; None where they are exact or masked.
    regroupements
        Wider classes: code to the codes that it unites.
    shown_means_counted
        Whether it is known that NR, age_inconnu and non_renseignee are shown only where someone is counted there.
    followed_only
        Whether issues and referrals are those of young people followed in the year: not where rows of the records lie
        outside of their follow-up's dates, and what is concluded from it may be false.
    rounded_in_report
        Whether the report of the whole service too rounds what is of one territory: lines of ``communes``, actions.
    """

    communes: Mapping[str, str]
    seuil: int = 5
    seuil_sensible: int = 11
    sensibles: tuple[str, ...] = ("sante", "juridiques")
    base: int | None = 5
    regroupements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shown_means_counted: bool = True
    rounded_in_report: bool = False
    followed_only: bool = True

    def threshold(self, key: Key, families: Mapping[str, tuple[str, ...]]) -> int:
        """Least number of persons that may be published for a figure."""
        of_sensitive = {code for family in self.sensibles for code in families.get(family, ())}
        return self.seuil_sensible if key.ligne in {*self.sensibles, *of_sensitive} else self.seuil

    def rounds(self, key: Key, value: float) -> bool:
        """Say whether a published number stands for a box; a service of one commune has no portraits to round."""
        of_one = key.territoire != SERVICE or (self.rounded_in_report and _of_one_territory(key))
        apart = of_one and len(self.communes) > 1
        return bool(self.base) and apart and value % (self.base or 1) == 0


def _of_one_territory(key: Key) -> bool:
    """Say whether a figure of the whole service's report is one territory's alone."""
    return key.indicateur in ACTIONS or (key.indicateur == "communes" and key.ligne != TOTAL)

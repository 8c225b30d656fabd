"""What a publication says of itself that its figures do not: what links its tables, which communes there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.relations.tested import Tested
from rlpipeline.published.dictionary import linked
from rlpipeline.published.links import DICTIONARY, Described, Links, differences
from rlpipeline.published.reading import Cut

HORS, SANS_COMMUNE = "hors", "sans_commune"
UNDECLARED = "non_declare"
"""In the key of a finding about a table that the dictionary does not declare."""


@dataclass(frozen=True)
class Declared:
    """What the relations need to know beside the figures.

    Parameters
    ----------
    year
        Year reported on.
    communes
        INSEE codes of the service's communes.
    links
        What the publication's dictionary declares of its tables.
    expected
        What the programme declares of them; empty where it is not known.
    within_dates
        Whether every row of the records is within the dates of its follow-up; False where it is not known.
    shared
        Whether it is the edition to share, where a cell that a table does not show is not published rather than zero.
    """

    year: int
    communes: tuple[str, ...] = ()
    links: Links = field(default_factory=Links)
    expected: Described = field(default_factory=dict)
    within_dates: bool = False
    shared: bool = False

    def of(self, cut: Cut) -> Declared:
        """Add what the dictionary of a publication declares.

        Raises
        ------
        ReconciliationError
            It declares nothing.
        """
        return replace(self, links=linked(cut.dictionary, cut.directory))

    @property
    def territories(self) -> tuple[str, ...]:
        """What the service is the sum of."""
        return (*self.communes, HORS, SANS_COMMUNE)

    @cached_property
    def additive(self) -> Mapping[str, frozenset[str]]:
        """Tables for which communes + hors + sans_commune = service, with the columns for which it does not hold."""
        return {id: table.apart for id, table in self.links.tables.items() if table.additive}

    def recounted(self, id: str) -> bool:
        """Whether some figures of an indicator may be declared not to be the sum of the territories'."""
        return id in self.links.tables and (id not in self.additive or bool(self.additive[id]))

    def recomputed(self, id: str, column: str) -> bool:
        """Whether a figure is declared not to be the sum of the territories'."""
        return id in self.links.tables and (id not in self.additive or column in self.additive[id])


def check_dictionary(cut: Cut, declared: Declared) -> Iterator[Tested]:
    """Test that the dictionary declares every table published, and all that the programme declares of ours."""
    for id in sorted({id for place in cut.figures.territories for id in cut.figures.indicators(place)}):
        if id in declared.links.tables:
            yield Tested("dictionnaire")
            continue
        # Told, not refused: a chapter of the service may show a table of its own that nothing declares.
        said = f"Le dictionnaire ne déclare pas le tableau « {id} » : rien ne le lie aux autres"
        yield _wrong(said, f"{UNDECLARED}:{id}", "non déclaré", blocking=False)
    if declared.expected:
        yield Tested("dictionnaire")
        for said in differences(cut.dictionary.declared, declared.expected):
            yield _wrong(f"Le dictionnaire n'est pas celui que le programme écrit : {said}", said, said)


def _wrong(message: str, name: str, got: str, blocking: bool = True) -> Tested:
    finding = Finding(
        check="dictionnaire",
        message=f"{message}.",
        first=Place(DICTIONARY, "rubriques « tableaux » et « liens »"),
        first_value=got,
        second=None,
        second_value="ce que « rlpipeline build » y écrit",
        blocking=blocking,
        key=f"dictionnaire:{name}",
    )
    return Tested("dictionnaire", finding)

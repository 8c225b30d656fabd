"""By what the rows of a population are told apart: age, sex, situation, neighbourhood…"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pandas as pd

from rlpipeline.figures.labels import (
    ACTIVITES,
    AGE_INCONNU,
    AGES,
    ANCIENNETES,
    CRENEAUX,
    DOMAINES,
    DUREES,
    LABELS,
    MAJORITE,
    MOTIFS,
    NON_RENSEIGNE,
    NON_RENSEIGNEE,
    ORIGINES,
    OUI_NON,
    PARTENAIRES,
    SEXES,
    SITUATIONS,
    STATUTS,
    SUITES,
    TOTAL,
    label_of,
    natural_key,
)
from rlpipeline.figures.scope import HORS
from rlpipeline.figures.words import unlike_codes
from rlpipeline.settings.models import Service

Words = Mapping[str, str]
Families = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One classification of rows.

    Parameters
    ----------
    id, title
        Name in a declaration and in ``datapackage.json``; the same in French words.
    column
        Column of the rows that holds the code.
    codes
        Codes always shown, in report order; None where they are the values that the rows have, in natural order.
    rare
        Code of the rows without a value, shown only where someone is counted there.
    words
        French words of the codes.
    table
        Table of the records without which the code of no row is known; empty for one that is always there.
    families
        Codes that each family of codes unites; a family is a line of its own, before its codes.
    family_column
        Column of the rows that holds the family.
    one_each
        Whether a young person has one code at most in a year: distinct young people then add up.
    seniority
        For how many whole years, at least, who has each code has been in the population; empty where none says it.
    """

    id: str
    title: str
    column: str
    codes: Callable[[Service], Sequence[str]] | None
    rare: str = ""
    words: Callable[[Service], Words] = lambda service: LABELS
    table: str = ""
    families: Callable[[Service], Families] | None = None
    family_column: str = ""
    one_each: bool = False
    seniority: Mapping[str, int] = field(default_factory=dict)

    def always_shown(self, service: Service) -> tuple[str, ...]:
        """List the codes that a table shows whatever is counted, each family before its codes."""
        if self.families:
            return tuple(line for family, codes in self.families(service).items() for line in (family, *codes))
        return tuple(self.codes(service)) if self.codes else ()

    def listed(self, service: Service) -> tuple[str, ...] | None:
        """List the codes that there are; None where they are the values of the rows."""
        if self.codes is None and not self.families:
            return None
        return (*self.always_shown(service), *((self.rare,) if self.rare else ()))

    def all_codes(self, service: Service, values: pd.Series[str]) -> tuple[str, ...]:
        """List the codes that rows may have: those always shown, then the values of the rows, the rare one last."""
        own = () if self.codes or self.families else sorted(set(values) - {self.rare}, key=natural_key)
        return (*self.always_shown(service), *own, *((self.rare,) if self.rare else ()))

    def values(self, rows: pd.DataFrame) -> pd.Series[str]:
        """Give the code of each row."""
        values = rows[self.column]
        if self.codes is None and not self.families:
            values = unlike_codes(values, (TOTAL, self.rare))
        return values.fillna(self.rare) if self.rare else values


def coded(id: str, title: str, column: str, words: Words, *, rare: str = "", one_each: bool = False) -> Variable:
    """Declare a variable whose codes are those of the contract of the records."""
    codes, merged = tuple(words), MappingProxyType({**LABELS, **words})
    return Variable(
        id=id,
        title=title,
        column=column,
        codes=lambda service: codes,
        rare=rare,
        words=lambda service: merged,
        one_each=one_each,
    )


def _names(service: Service) -> Words:
    return {NON_RENSEIGNE: "Non renseigné", TOTAL: label_of(TOTAL)}


def _communes(service: Service) -> Words:
    words = {commune.code: commune.nom for commune in service.communes}
    return words | {code: label_of(code) for code in (HORS, TOTAL)}


def _families(service: Service) -> Families:
    return {family.code: tuple(code.code for code in family.codes) for family in service.problematiques}


def _issues(service: Service) -> Words:
    families = service.problematiques
    words = {family.code: family.libelle for family in families}
    return words | {code.code: code.libelle for family in families for code in family.codes} | {TOTAL: label_of(TOTAL)}


AGE = coded("age", "tranche d'âge", "tranche_age", AGES, rare=AGE_INCONNU, one_each=True)
SEX = coded("sexe", "sexe", "sexe", SEXES, rare="NR", one_each=True)
SITUATION = replace(
    coded("situation", "situation", "situation", SITUATIONS, rare=NON_RENSEIGNEE, one_each=True), table="situations"
)
DURATION = replace(
    coded("duree", "durée d'accompagnement", "duree", DUREES, one_each=True),
    seniority={"moins_6_mois": 0, "6_11_mois": 0, "12_23_mois": 1, "24_mois_plus": 2},
)
RESIDENCE = Variable(
    id="commune",
    title="commune",
    column="territoire",
    codes=lambda service: (*service.commune_codes, HORS),
    words=_communes,
    one_each=True,
)
NEIGHBOURHOOD = Variable(
    id="quartier",
    title="quartier de résidence",
    column="quartier",
    codes=None,
    rare=NON_RENSEIGNE,
    words=_names,
    one_each=True,
)
ISSUE = Variable(
    id="problematique",
    title="problématique",
    column="problematique",
    codes=None,
    words=_issues,
    families=_families,
    family_column="famille",
)
FAMILY = Variable(
    id="famille",
    title="famille de problématiques",
    column="famille",
    codes=lambda s: tuple(_families(s)),
    words=_issues,
)
PARTNER = coded("partenaire", "autre service", "partenaire", PARTENAIRES)
REASON = coded("motif", "motif de sortie", "motif_cloture", MOTIFS)
FIELD = coded("domaine", "domaine du partenaire", "domaine", DOMAINES)
OUTCOME = coded("suite", "suite donnée", "suite", SUITES)
STATUS = coded("statut", "statut du suivi", "statut", STATUTS)
ACTIVITY = coded("activite", "activité", "activite", ACTIVITES)
CONTACT = coded("anciennete", "ancienneté du premier contact", "anciennete", ANCIENNETES, one_each=True)
ADULT = coded("majorite", "majorité", "majorite", MAJORITE, rare=AGE_INCONNU, one_each=True)
ORIGIN = coded("origine", "origine du premier contact", "origine", ORIGINES, rare=NON_RENSEIGNE, one_each=True)
PRIORITY = coded("qpv", "résidence en quartier prioritaire", "qpv", OUI_NON, rare=NON_RENSEIGNE, one_each=True)
TIME_OF_DAY = coded("creneau", "créneau", "creneau", CRENEAUX, rare=NON_RENSEIGNE)
OF_PERSONS = (AGE, SEX, SITUATION, RESIDENCE, NEIGHBOURHOOD)
"""Variables of young people, whatever is counted of them."""

"""By what the rows of a population are told apart: age, sex, situation, neighbourhood…"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import FEW_PERSONS
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
    MOTIFS_DE_CLOTURE,
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
GONE = "plus_suivi"
"""Code of who was accompanied the year before and is no more."""
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
    noted
        Table and column of the records that may have no value at all: the table that it is of is then not there.
    not_shared
        Why the edition to share has no table of it; empty where it may.
    seniority
        For how many whole years, at least, who has each code has been in the population; empty where none says it.
    firsts
        First age of each band but the first, of bands of one's own; the column is then an age.
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
    noted: tuple[str, str] | None = None
    not_shared: str = ""
    seniority: Mapping[str, int] = field(default_factory=dict)
    firsts: tuple[int, ...] = ()

    @property
    def of_births(self) -> bool:
        """Whether it classes the births of young people, by bands of one's own."""
        return bool(self.firsts)

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
        if self.firsts:
            bands = np.array([*band_words(self.firsts), self.rare], dtype=object)
            found = np.searchsorted(self.firsts, values.to_numpy("float64"), side="right")
            values = pd.Series(bands[np.where(values.isna(), len(bands) - 1, found)], index=rows.index, dtype="str")
        if self.codes is None and not self.families:
            values = unlike_codes(values, (TOTAL, self.rare))
        return values.fillna(self.rare) if self.rare else values


def coded(  # noqa: PLR0913 - the fields of a declaration, by name
    id: str,
    title: str,
    column: str,
    words: Words,
    *,
    rare: str = "",
    one_each: bool = False,
    noted: tuple[str, str] | None = None,
    not_shared: str = "",
) -> Variable:
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
        noted=noted,
        not_shared=not_shared,
    )


@cache
def ages(*firsts: int) -> Variable:
    """Class young people by bands of one's own, by the first age of each: ``ages(15, 18)`` has three.

    The age is that of 31 December, in completed years; who has no birth is ``age_inconnu``. Requests and participants
    are recorded by band: :data:`age_note` alone classes them.
    """
    if not firsts or [*firsts] != sorted({*firsts}):
        raise ValueError("ages(15, 18) : le premier âge de chaque tranche, du plus petit au plus grand")
    id = "_".join(("age", *map(str, firsts)))
    named = coded(id, age.title, "age", band_words(firsts), rare=AGE_INCONNU, one_each=True)
    return replace(named, firsts=firsts)


@cache
def band_words(firsts: tuple[int, ...]) -> Words:
    """Code and name bands of ages, by the first age of each but the youngest."""
    first, last = firsts[0], firsts[-1]
    between = {
        f"{low}_{high - 1}": f"{low} à {high - 1} ans" if low < high - 1 else f"{low} ans"
        for low, high in pairwise(firsts)
    }
    return {f"moins_{first}": f"Moins de {first} ans", **between, f"{last}_plus": f"{last} ans et plus"}


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


def _group_words(service: Service) -> Mapping[str, str]:
    return {**LABELS, **{group.code: group.libelle for group in service.situations_groupees}}


def _groups(service: Service) -> tuple[str, ...]:
    return tuple(group.code for group in service.situations_groupees)


age = coded("age", "tranche d'âge", "tranche_age", AGES, rare=AGE_INCONNU, one_each=True)
age_note = age
"""The bands by which the service notes who asks, and who takes part: they cannot be others."""
sexe = coded("sexe", "sexe", "sexe", SEXES, rare="NR", one_each=True)
situation = replace(
    coded("situation", "situation", "situation", SITUATIONS, rare=NON_RENSEIGNEE, one_each=True), table="situations"
)
duree = replace(
    coded("duree", "durée d'accompagnement", "duree", DUREES, one_each=True),
    seniority={"moins_6_mois": 0, "6_11_mois": 0, "12_23_mois": 1, "24_mois_plus": 2},
)
commune = Variable(
    id="commune",
    title="commune",
    column="territoire",
    codes=lambda service: (*service.commune_codes, HORS),
    words=_communes,
    one_each=True,
)
quartier = Variable(
    id="quartier",
    title="quartier de résidence",
    column="quartier",
    codes=None,
    rare=NON_RENSEIGNE,
    words=_names,
    one_each=True,
)
problematique = Variable(
    id="problematique",
    title="problématique",
    column="problematique",
    codes=None,
    words=_issues,
    families=_families,
    family_column="famille",
)
famille = Variable(
    id="famille",
    title="famille de problématiques",
    column="famille",
    codes=lambda s: tuple(_families(s)),
    words=_issues,
)
partenaire = coded("partenaire", "autre service", "partenaire", PARTENAIRES)
motif = coded("motif", "motif de sortie", "motif_cloture", MOTIFS)
domaine = coded("domaine", "domaine du partenaire", "domaine", DOMAINES)
suite = coded("suite", "suite donnée", "suite", SUITES)
statut = coded("statut", "statut du suivi", "statut", STATUTS)
activite = coded("activite", "activité", "activite", ACTIVITES)
anciennete = coded("anciennete", "ancienneté du premier contact", "anciennete", ANCIENNETES, one_each=True)
majorite = coded(
    "majorite",
    "majorité",
    "majorite",
    MAJORITE,
    rare=AGE_INCONNU,
    one_each=True,
    not_shared="avec les tranches d'âge, il dirait combien de jeunes ont un âge précis",
)
origine = coded(
    "origine",
    "origine du premier contact",
    "origine",
    ORIGINES,
    rare=NON_RENSEIGNE,
    one_each=True,
    noted=("jeunes", "origine"),
    not_shared=FEW_PERSONS,
)
qpv = coded(
    "qpv",
    "résidence en quartier prioritaire",
    "qpv",
    OUI_NON,
    rare=NON_RENSEIGNE,
    one_each=True,
    noted=("jeunes", "qpv"),
    not_shared=FEW_PERSONS,
)
creneau = coded("creneau", "créneau", "creneau", CRENEAUX, rare=NON_RENSEIGNE, noted=("temps", "creneau"))
situation_avant = Variable(
    id="groupe",
    title="groupe de situations de l'année précédente",
    column="groupe",
    codes=_groups,
    rare=NON_RENSEIGNEE,
    words=_group_words,
    one_each=True,
)
situation_apres = Variable(
    id="apres",
    title="groupe de situations de l'année",
    column="apres",
    codes=lambda service: (*_groups(service), NON_RENSEIGNEE, GONE),
    words=_group_words,
    one_each=True,
)
dernier_motif = coded(
    "dernier_motif", "motif de la dernière clôture", "motif_cloture", MOTIFS_DE_CLOTURE, one_each=True
)
OF_PERSONS = (age, sexe, situation, commune, quartier)
"""Variables of young people, whatever is counted of them."""

"""By what the rows of a population are told apart: age, sex, situation, neighbourhood…"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, pairwise
from typing import Any

import pandas as pd

from rlpipeline.characters import natural_key
from rlpipeline.errors import UsageError
from rlpipeline.figures import labels
from rlpipeline.figures.declaration import FEW_PERSONS, HORS, Words
from rlpipeline.figures.tidy import GONE, bands, unlike_codes
from rlpipeline.records import tables as of_records
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

Families = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One classification of rows, by the code that a column of theirs holds.

    ``codes`` are always shown, in report order; None where they are the values that the rows have, in natural order,
    whose words ``named`` holds, another column. ``rare`` is the code of the rows without a value, shown only where
    someone is counted there. A family of codes (``family_column``) is a line of its own, before its codes. Without the
    ``table`` of the records, the code of no row is known; where nothing is ``noted`` in a table and column, the table
    of figures is not there. ``one_each``: a young person has one code at most in a year, distinct ones then add up.
    ``firsts`` are the first ages of bands of one's own, but of the lowest; the column is then an age.
    """

    id: str
    title: str
    column: str
    codes: Callable[[Service], Sequence[str]] | None
    rare: str = ""
    words: Callable[[Service], Words] = lambda service: labels.LABELS
    table: str = ""
    families: Callable[[Service], Families] | None = None
    family_column: str = ""
    one_each: bool = False
    noted: tuple[str, str] | None = None
    not_shared: str = ""
    named: str = ""
    firsts: tuple[int, ...] = ()

    def is_unknown(self, records: Records) -> bool:
        """Say whether the records lack the table that tells the code of a row."""
        return bool(self.table) and self.table not in records.present

    def always_shown(self, service: Service) -> tuple[str, ...]:
        """List the codes that a table shows whatever is counted, each family before its codes."""
        if self.families:
            families = self.families(service).items()
            return (*chain.from_iterable((family, *codes) for family, codes in families),)
        return tuple(self.codes(service)) if self.codes else ()

    @property
    def of_names(self) -> bool:
        """Whether its codes are the values that the rows have."""
        return self.codes is None and not self.families

    def all_codes(self, service: Service, values: pd.Series[str] | None = None) -> tuple[str, ...]:
        """List the codes that rows may have: those always shown, then the values of the rows, the rare one last."""
        codes = [*self.always_shown(service)]
        if self.of_names and values is not None:
            codes += sorted({*values} - {self.rare}, key=natural_key)
        if self.rare:
            codes.append(self.rare)
        return tuple(codes)

    def values(self, rows: pd.DataFrame) -> pd.Series[str]:
        """Give the code of each row."""
        values = rows[self.column]
        if self.firsts:
            values = bands(values, self.firsts, band_words(self.firsts), self.rare)
        if self.of_names:
            values = unlike_codes(values, (labels.TOTAL, self.rare))
        return values.fillna(self.rare) if self.rare else values


def coded(
    id: str, title: str, column: str, words: Words | Callable[[Service], Words], **said: Any
) -> Variable:
    """Declare a variable whose codes are those of some words, be they the service's, with other fields of it."""
    of = words if callable(words) else lambda service: words
    fields = {"codes": lambda service: tuple(of(service)), **said}
    return Variable(
        id=id,
        title=title,
        column=column,
        words=lambda service: {**labels.LABELS, **of(service)},
        **fields,
    )


@cache
def ages(*firsts: int) -> Variable:
    """Class young people by bands of one's own, by the first age of each: ``ages(15, 18)`` has three.

    The age is that of 31 December, in completed years; who has no birth is ``age_inconnu``. Requests and participants
    are recorded by band: :data:`age_note` alone classes them.

    Raises
    ------
    UsageError
        The ages are no numbers, or do not rise.
    """
    if not firsts or not _rise(firsts):
        raise UsageError(
            "Ces tranches d'âge ne se lisent pas.",
            expected="le premier âge de chaque tranche, du plus petit au plus grand",
            got=f"ages({', '.join(map(repr, firsts))})",
            todo="ages(15, 18) fait trois tranches : moins de 15 ans, 15 à 17 ans, 18 ans et plus",
        )
    id = "_".join(("age", *map(str, firsts)))
    unknown = labels.AGE_INCONNU
    words = band_words(firsts)
    return coded(id, age.title, "age", words, rare=unknown, one_each=True, firsts=firsts)


def _rise(firsts: tuple[object, ...]) -> bool:
    """Say whether ages are numbers, each above the one before."""
    ages = [first for first in firsts if isinstance(first, int)]
    return len(ages) == len(firsts) and ages == sorted({*ages})


@cache
def band_words(firsts: tuple[int, ...]) -> Words:
    """Code and name bands of ages, by the first age of each but the youngest."""
    first, last = firsts[0], firsts[-1]
    words = {f"moins_{first}": f"Moins de {first} ans"}
    for low, after in pairwise(firsts):
        high = after - 1
        words[f"{low}_{high}"] = f"{low} à {high} ans" if low < high else f"{low} ans"
    return {**words, f"{last}_plus": f"{last} ans et plus"}


def _families(service: Service) -> Families:
    return {
        family.code: tuple(code.code for code in family.codes) for family in service.problematiques
    }


def _issues(service: Service) -> Words:
    families = service.problematiques
    of_codes = {code.code: code.libelle for family in families for code in family.codes}
    return {**{family.code: family.libelle for family in families}, **of_codes}


def _groups(service: Service) -> Words:
    return {group.code: group.libelle for group in service.situations_groupees}


NAMED: Words = {labels.TOTAL: labels.label_of(labels.TOTAL)}
age = coded(
    "age", "tranche d'âge", "tranche_age", labels.AGES, rare=labels.AGE_INCONNU, one_each=True
)
age_note = age
"""The bands by which the service notes who asks, and who takes part: they cannot be others."""
sexe = coded("sexe", "sexe", "sexe", labels.SEXES, rare="NR", one_each=True)
NOT_GIVEN = {"rare": labels.NON_RENSEIGNEE, "one_each": True}
situation = coded(
    "situation", "situation", "situation", labels.SITUATIONS, table="situations", **NOT_GIVEN
)
duree = coded("duree", "durée d'accompagnement", "duree", labels.DUREES, one_each=True)
commune = coded(
    "commune",
    "commune",
    "territoire",
    lambda service: {**{of.code: of.nom for of in service.communes}, HORS: labels.label_of(HORS)},
    one_each=True,
)
quartier = Variable(
    id="quartier",
    title="quartier de résidence",
    column="quartier",
    codes=None,
    rare=labels.NON_RENSEIGNE,
    words=lambda service: {labels.NON_RENSEIGNE: labels.label_of(labels.NON_RENSEIGNE), **NAMED},
    one_each=True,
)
financeur = Variable(
    id="financeur",
    title="financeur",
    column="ligne",
    codes=None,
    words=lambda service: NAMED,
    named="libelle",
)
reseau = replace(financeur, id="reseau", title="réseau ou convention")
instance = replace(financeur, id="instance", title="instance")
problematique = coded(
    "problematique",
    "problématique",
    "problematique",
    _issues,
    codes=None,
    families=_families,
    family_column="famille",
)
famille = coded(
    "famille",
    "famille de problématiques",
    "famille",
    _issues,
    codes=lambda service: [*_families(service)],
)
partenaire = coded("partenaire", "autre service", "partenaire", labels.PARTENAIRES)
motif = coded("motif", "motif de sortie", "motif_cloture", labels.MOTIFS)
domaine = coded("domaine", "domaine du partenaire", "domaine", of_records.DOMAINES)
suite = coded("suite", "suite donnée", "suite", labels.SUITES)
statut = coded("statut", "statut du suivi", "statut", of_records.STATUTS)
activite = coded("activite", "activité", "activite", of_records.ACTIVITES)
anciennete = coded(
    "anciennete", "ancienneté du premier contact", "anciennete", labels.ANCIENNETES, one_each=True
)
PRECISE = "avec les tranches d'âge, il dirait combien de jeunes ont un âge précis"
majorite = coded(
    "majorite",
    "majorité",
    "majorite",
    labels.MAJORITE,
    rare=labels.AGE_INCONNU,
    one_each=True,
    not_shared=PRECISE,
)
NOTED = {"rare": labels.NON_RENSEIGNE, "one_each": True, "not_shared": FEW_PERSONS}
origine = coded(
    "origine",
    "origine du premier contact",
    "origine",
    of_records.ORIGINES,
    noted=("jeunes", "origine"),
    **NOTED,
)
qpv = coded(
    "qpv",
    "résidence en quartier prioritaire",
    "qpv",
    of_records.OUI_NON,
    noted=("jeunes", "qpv"),
    **NOTED,
)
creneau = coded(
    "creneau",
    "créneau",
    "creneau",
    of_records.CRENEAUX,
    rare=labels.NON_RENSEIGNE,
    noted=("temps", "creneau"),
)
situation_avant = coded(
    "groupe", "groupe de situations de l'année précédente", "groupe", _groups, **NOT_GIVEN
)
situation_apres = coded(
    "apres",
    "groupe de situations de l'année",
    "apres",
    lambda service: {
        **_groups(service),
        **{of: labels.label_of(of) for of in (labels.NON_RENSEIGNEE, GONE)},
    },
    one_each=True,
)
dernier_motif = coded(
    "dernier_motif",
    "motif de la dernière clôture",
    "motif_cloture",
    of_records.MOTIFS_DE_CLOTURE,
    one_each=True,
)
OF_PERSONS = (age, sexe, situation, commune, quartier)
"""Variables of young people, whatever is counted of them."""

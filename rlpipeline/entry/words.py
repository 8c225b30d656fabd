"""The French words of the codes that are typed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rlpipeline.indicators import labels
from rlpipeline.params import Service
from rlpipeline.records.schema import Column

# Mappings of the report, in which the same code may mean two things: that of the column has most of its codes.
_KNOWN: tuple[Mapping[str, str], ...] = (
    labels.SITUATIONS,
    labels.PARTENAIRES,
    labels.DOMAINES,
    labels.SUITES,
    labels.STATUTS,
    labels.ACTIVITES,
    labels.CATEGORIES,
    labels.PUBLICS,
    labels.UNITES_D_ACTION,
    {**labels.SEXES, "NR": labels.COMMON["NR"]},
    {**labels.MOTIFS, "changement_statut": "Changement de statut (n'est pas une sortie)"},
    {
        "action_collective": "Action collective",
        "developpement_social_local": "Développement social local",
        "parentalite": "Parentalité",
        "partenariale": "Action partenariale, à l'initiative d'un partenaire",
    },
    {"commune": "Commune", "epci": "Intercommunalité (EPCI)", "qpv": "Quartier prioritaire (QPV)"},
)
FLAGS: Mapping[str, str] = MappingProxyType({"oui": "Oui", "non": "Non"})


def words_of(column: Column, service: Service) -> Mapping[str, str]:
    """Code to its words, for every code that a column may hold; the issues are those of the settings.

    Raises
    ------
    KeyError
        A code of the contract has no words here.
    """
    if column.kind == "flag":
        return FLAGS
    if not column.codes:
        return issues(service)
    known = max(_KNOWN, key=lambda words: len(words.keys() & set(column.codes)))
    return {code: known[code] for code in column.codes}


def issues(service: Service) -> Mapping[str, str]:
    """Code of each issue to its words, after those of its family."""
    return {
        code.code: f"{family.libelle} : {code.libelle}" for family in service.problematiques for code in family.codes
    }

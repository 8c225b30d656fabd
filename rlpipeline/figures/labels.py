"""Codes of the tables in report order, and the French words printed for them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from rlpipeline.characters import natural_key
from rlpipeline.records import tables as of_records
from rlpipeline.records.tables import AGES, FAMILLES, MOTIFS, PARTENAIRES, SITUATIONS, SUITES

__all__ = ["AGES", "FAMILLES", "MOTIFS", "PARTENAIRES", "SITUATIONS", "SUITES"]

TOTAL, NOUVEAUX, AU_MOINS_UN = "total", "nouveaux", "au_moins_un"
AGE_INCONNU, NON_RENSEIGNE, NON_RENSEIGNEE = "age_inconnu", "non_renseigne", "non_renseignee"

AGE_FIRSTS: Mapping[str, int] = dict(zip(AGES, (0, 11, 15, 19, 22), strict=True))
"""First age of each band."""
AGE_LASTS: Mapping[str, float] = {
    code: after - 1
    for code, after in zip(AGE_FIRSTS, [*AGE_FIRSTS.values(), math.inf][1:], strict=True)
}
"""Last age of each band."""
SEXES: Mapping[str, str] = {"F": "Filles", "G": "Garçons"}
DUREES: Mapping[str, str] = {
    "moins_6_mois": "Moins de 6 mois",
    "6_11_mois": "6 mois à moins d'1 an",
    "12_23_mois": "1 an à moins de 2 ans",
    "24_mois_plus": "2 ans et plus",
}
ANCIENNETES: Mapping[str, str] = {
    "contact_moins_1_an": "Depuis moins d'1 an",
    "contact_1_an": "1 an à moins de 2 ans",
    "contact_2_4_ans": "2 ans à moins de 5 ans",
    "contact_5_ans_plus": "5 ans et plus",
}
MAJORITE: Mapping[str, str] = {"moins_18": "Moins de 18 ans", "18_ans_plus": "18 ans et plus"}
FLUX: Mapping[str, str] = {
    "ouverts_1er_janvier": "En cours au 1er janvier",
    "commences": "Commencés dans l'année (+)",
    "dont_premiers": "dont premier PAEI du jeune",
    "demenagements": "Changements de commune (±) : arrivées moins départs",
    "ouverts_31_decembre": "En cours au 31 décembre",
    "plus_suivi": "Plus suivis",
}
TABLE_WORDS: Mapping[str, str] = {
    "co_accompagnements": "co-accompagnements",
    "personnel": "postes",
    "presences": "présences",
    "problematiques": "problématiques",
    "reseaux": "réseaux",
    "temps": "temps de travail",
}
"""What is said of the tables of the records whose name is no French word."""
ACTION_NUMBERS: Mapping[str, str] = {
    "seances": "Séances",
    "jours": "Jours",
    "nb_partenaires": "Nombre de partenaires",
}
ACTION_WORDS: Mapping[str, str] = {
    "unite": "Compté en",
    "partenaires": "Partenaires",
    "financements": "Financements",
}
COLONNES: Mapping[str, str] = {
    "nombre": "Nombre",
    "jeunes": "Jeunes",
    "montant_eur": "Montant",
    "part": "Part",
    "heures": "Heures",
    "heures_par_semaine": "Heures par semaine",
    "etp": "ETP",
    "etp_departement": "Dont ETP financés par le Département",
    "etp_communes": "Dont ETP financés par les communes et intercommunalités",
    "participations": "Participations",
    "journees": "Journées",
    "objet": "Objet",
    "precision": "Précisions",
    "modalites": "Modalités du travail en réseau",
    "formalise": "Formalisation",
    "champ": "Champ d'intervention",
    "domaine": "Domaine d'intervention",
    "partenaires": "Partenaires",
}
UNIT_WORDS: Mapping[str, str] = {"problematiques_relevees": "problématiques relevées"}
"""Units whose code is not how they are written."""
COMMON: Mapping[str, str] = {
    TOTAL: "Total",
    NOUVEAUX: "Dont nouveaux",
    "NR": "Sexe non renseigné",
    AGE_INCONNU: "Âge inconnu",
    NON_RENSEIGNE: "Non renseigné",
    NON_RENSEIGNEE: "Situation non renseignée",
    AU_MOINS_UN: "Jeunes co-accompagnés (au moins un partenaire)",
    "hors": "Hors des communes du service",
    "sans_commune": "Sans commune (service)",
    "service": "Ensemble du service",
}

# A few codes mean one thing in one table and another elsewhere ("formation" as an activity or as a
# situation): the tables that mean the other thing give their own words to the registry.
_FIRST = (
    FLUX,
    of_records.ORIGINES,
    of_records.CRENEAUX,
    of_records.OUI_NON,
    ANCIENNETES,
    MAJORITE,
    SITUATIONS,
)
_THEN = (
    of_records.CATEGORIES,
    of_records.DOMAINES,
    PARTENAIRES,
    COLONNES,
    ACTION_WORDS,
    ACTION_NUMBERS,
    DUREES,
)
_LAST = (
    MOTIFS,
    SUITES,
    of_records.STATUTS,
    of_records.ACTIVITES,
    of_records.PUBLICS,
    SEXES,
    COMMON,
)
LABELS: Mapping[str, str] = {
    code: label for words in _FIRST + _THEN + _LAST for code, label in words.items()
}

# Order in which the printed report gives the socio-economic indicators; others follow, in natural order.
SOCIO_ECONOMIQUES: tuple[str, ...] = (
    "Population globale",
    "Répartition par sexe et âge des moins de 25 ans",
    "Élèves scolarisés dans le second degré",
    "Taux de retard scolaire en 3ème",
    "Part des 16-25 ans non scolarisés, sans emploi",
    "Taux de chômage (15-64 ans)",
    "Taux de formation inférieure au CAP BEP",
    "Taux de ménages imposés",
    "Part de logements sociaux",
)

# What the figures of an indicator are, where its name in the records does not say it.
PRINTED_NAMES: Mapping[str, str] = {
    "Répartition par sexe et âge des moins de 25 ans": "Part des moins de 25 ans",
    "Taux de retard scolaire en 3ème": "Taux de retard scolaire en 3e",
}

# Order in which the printed report gives the posts, since a database keeps no order of rows; others follow as above.
POSTES: tuple[str, ...] = (
    "Directeur",
    "Chef de service éducatif",
    "Secrétaire",
    "Comptable",
    "Secrétaire-comptable",
    "Entretien, nettoyage",
    "Ouvrier d'entretien, maintenance",
    "Éducateur spécialisé",
    "Moniteur éducateur",
    "Éducateur sportif",
    "Assistant social",
    "Animateur",
    "Psychologue",
)


def label_of(code: str, labels: Mapping[str, str] = LABELS) -> str:
    """Give the French words for a code; one that has none is made readable (« Sentiment securite »)."""
    if code in labels:
        return labels[code]
    return (
        code.replace("_", " ").capitalize() if re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", code) else code
    )


def in_printed_order(names: Iterable[str], printed: Sequence[str]) -> list[str]:
    """Order names as the printed report does, then those that it has not in natural order."""
    rank = {name: position for position, name in enumerate(printed)}
    return sorted(names, key=lambda name: (rank.get(name, len(rank)), natural_key(name)))

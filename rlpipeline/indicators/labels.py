"""Codes of the tables in report order, and the French words printed for them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

TOTAL = "total"
AGE_INCONNU = "age_inconnu"
NON_RENSEIGNEE = "non_renseignee"
NOUVEAUX = "nouveaux"
AU_MOINS_UN = "au_moins_un"
FAMILLES = "familles"

AGES: Mapping[str, str] = MappingProxyType(
    {
        "moins_11": "Moins de 11 ans",
        "11_14": "11 à 14 ans",
        "15_18": "15 à 18 ans",
        "19_21": "19 à 21 ans",
        "plus_21": "Plus de 21 ans",
    }
)
SEXES: Mapping[str, str] = MappingProxyType({"F": "Filles", "G": "Garçons"})
SITUATIONS: Mapping[str, str] = MappingProxyType(
    {
        "ecole_primaire": "École primaire",
        "college": "Collège",
        "lycee_general": "Lycée d'enseignement général",
        "lycee_professionnel": "Lycée professionnel",
        "etudes_superieures": "Études supérieures",
        "descolarise": "Déscolarisé",
        "recherche_emploi": "En recherche d'emploi",
        "recherche_formation": "En recherche de formation",
        "formation": "En formation",
        "activite_professionnelle": "Activité professionnelle",
        "chomage_rsa": "Chômage, RSA",
    }
)
PARTENAIRES: Mapping[str, str] = MappingProxyType(
    {
        "education_nationale": "Éducation nationale",
        "sante": "Santé",
        "education_populaire": "Éducation populaire",
        "mission_locale": "Missions locales",
        "ase": "Aide sociale à l'enfance (ASE)",
        "autres": "Autres",
    }
)
DUREES: Mapping[str, str] = MappingProxyType(
    {
        "moins_6_mois": "Moins de 6 mois",
        "6_11_mois": "6 mois à moins d'1 an",
        "12_23_mois": "1 an à moins de 2 ans",
        "24_mois_plus": "2 ans et plus",
    }
)
MOTIFS: Mapping[str, str] = MappingProxyType(
    {
        "orientation": "Orientation",
        "difficulte_mobilisation": "Difficulté de mobilisation",
        "changement_territoire": "Changement de territoire",
        "amelioration_situation": "Amélioration de la situation",
    }
)
DOMAINES: Mapping[str, str] = MappingProxyType(
    {
        "sociale_educative": "Sociale et éducative",
        "medicale": "Médicale",
        "scolaire_professionnelle": "Scolaire et professionnelle",
        "juridique": "Juridique",
        "loisirs": "Loisirs",
        "autres": "Autres",
    }
)
SUITES: Mapping[str, str] = MappingProxyType(
    {
        "acceptee": "Acceptée",
        "refusee": "Refusée",
        "reorientee": "Réorientée",
        "en_attente": "En attente",
    }
)
STATUTS: Mapping[str, str] = MappingProxyType(
    {
        "PAEI": "Accompagnement individuel (PAEI)",
        "ASEP": "Accompagnement ponctuel (ASEP)",
        "ACCROCHE": "Accroche",
    }
)
ACTIVITES: Mapping[str, str] = MappingProxyType(
    {
        "travail_de_rue": "Travail de rue",
        "presence_sociale": "Présence sociale",
        "accompagnement_individuel": "Accompagnements individuels",
        "action_collective": "Actions collectives",
        "formation": "Formation",
        "ecrits_professionnels": "Écrits professionnels",
        "partenariat": "Actions et réunions partenariales",
    }
)
CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "direction_administration": "Direction, encadrement, administration",
        "services_generaux": "Services généraux",
        "educatif": "Éducatif",
        "paramedical": "Paramédical et médical",
        "autres": "Autres",
    }
)
PUBLICS: Mapping[str, str] = MappingProxyType({**AGES, FAMILLES: "Familles impliquées dans l'action"})
ACTION_NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "seances": "Séances",
        "jours": "Jours",
        "nb_partenaires": "Nombre de partenaires",
    }
)
ACTION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "unite": "Compté en",
        "partenaires": "Partenaires",
        "financements": "Financements",
    }
)
UNITES_D_ACTION: Mapping[str, str] = MappingProxyType({"personnes": "personnes", "presences": "présences"})
COLONNES: Mapping[str, str] = MappingProxyType(
    {
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
)
COMMON: Mapping[str, str] = MappingProxyType(
    {
        TOTAL: "Total",
        NOUVEAUX: "Dont nouveaux",
        "NR": "Sexe non renseigné",
        AGE_INCONNU: "Âge inconnu",
        NON_RENSEIGNEE: "Situation non renseignée",
        AU_MOINS_UN: "Jeunes co-accompagnés (au moins un partenaire)",
        "hors": "Hors des communes du service",
        "sans_commune": "Sans commune (service)",
        "service": "Ensemble du service",
    }
)

# A few codes mean one thing in one table and another elsewhere ("formation" as an activity or as a
# situation): the tables that mean the other thing give their own words to the registry.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        **SITUATIONS,
        **CATEGORIES,
        **DOMAINES,
        **PARTENAIRES,
        **COLONNES,
        **ACTION_WORDS,
        **ACTION_NUMBERS,
        **DUREES,
        **MOTIFS,
        **SUITES,
        **STATUTS,
        **ACTIVITES,
        **PUBLICS,
        **SEXES,
        **COMMON,
    }
)

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
PRINTED_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "Répartition par sexe et âge des moins de 25 ans": "Part des moins de 25 ans",
        "Taux de retard scolaire en 3ème": "Taux de retard scolaire en 3e",
    }
)

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
    """Give the French words for a code.

    Returns
    -------
    The label; for a code of the records that has none, the code itself, made readable where it is
    written as one (``sentiment_securite`` gives « Sentiment securite »).
    """
    if code in labels:
        return labels[code]
    if re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", code):
        return code.replace("_", " ").capitalize()
    return code


def in_printed_order(names: Iterable[str], printed: Sequence[str]) -> list[str]:
    """Order names as the printed report does, then those that it has not in natural order."""
    rank = {name: position for position, name in enumerate(printed)}
    return sorted(names, key=lambda name: (rank.get(name, len(rank)), natural_key(name)))


def natural_key(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Order names as a French reader does: without case or accents, numbers by their value.

    Returns
    -------
    A key for ``sorted``; the text itself comes last, so that two different names are never equal.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    parts = re.findall(r"\d+|\D+", plain)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts), text

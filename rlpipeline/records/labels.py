"""The French words of the codes of the records, each written once; a cell may hold the code or its words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from rlpipeline.records.schema import Column
from rlpipeline.settings.communes import plain
from rlpipeline.settings.models import Service

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
PUBLICS: Mapping[str, str] = MappingProxyType({**AGES, FAMILLES: "Familles impliquées dans l'action"})
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
ORIGINES: Mapping[str, str] = MappingProxyType(
    {
        "travail_de_rue": "Travail de rue",
        "presence_sociale": "Présence sociale",
        "college": "Collège",
        "famille": "Famille",
        "partenaire": "Partenaire",
        "pair": "Un autre jeune",
        "autre": "Autre",
    }
)
CRENEAUX: Mapping[str, str] = MappingProxyType(
    {"journee": "Journée", "soiree": "Soirée", "nuit": "Nuit", "week_end": "Week-end"}
)
OUI_NON: Mapping[str, str] = MappingProxyType({"oui": "Oui", "non": "Non"})
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
UNITES_D_ACTION: Mapping[str, str] = MappingProxyType({"personnes": "personnes", "presences": "présences"})
SEXES: Mapping[str, str] = MappingProxyType({"F": "Fille", "G": "Garçon", "NR": "Non renseigné"})
MOTIFS_DE_CLOTURE: Mapping[str, str] = MappingProxyType(
    {**MOTIFS, "changement_statut": "Changement de statut (n'est pas une sortie)"}
)
CATEGORIES_D_ACTION: Mapping[str, str] = MappingProxyType(
    {
        "action_collective": "Action collective",
        "developpement_social_local": "Développement social local",
        "parentalite": "Parentalité",
        "partenariale": "Action partenariale, à l'initiative d'un partenaire",
    }
)
TYPES_DE_TERRITOIRE: Mapping[str, str] = MappingProxyType(
    {"commune": "Commune", "epci": "Intercommunalité (EPCI)", "qpv": "Quartier prioritaire (QPV)"}
)
FLAGS: Mapping[str, str] = MappingProxyType({"oui": "Oui", "non": "Non"})

_LITTLE_WORDS = frozenset(["A", "AN", "ANS", "AU", "AUX", "D", "DE", "DES", "DU", "EN", "ET", "L", "LA", "LE", "LES"])
_BRACKETED = re.compile(r"\([^)]*\)")


def words_of(column: Column, service: Service) -> Mapping[str, str]:
    """Code to its words, for every code that a column may hold; the issues are those of the settings."""
    if column.kind == "flag":
        return FLAGS
    return column.words or _issues(service)


def _issues(service: Service) -> Mapping[str, str]:
    """Code of each issue to its words, after those of its family."""
    return {
        code.code: f"{family.libelle} : {code.libelle}" for family in service.problematiques for code in family.codes
    }


def codes_by_label(words: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """What a cell may hold, as ``label_key`` gives it, to the codes that it may mean."""
    by_key: dict[str, dict[str, None]] = defaultdict(dict)
    for code, label in words.items():
        for key in {label_key(code), *_keys_of_label(label)} - {""}:
            by_key[key][code] = None
    return {key: tuple(codes) for key, codes in by_key.items()}


def _keys_of_label(label: str) -> Iterator[str]:
    """The label, the same without what is in brackets, and an issue without its family."""
    for text in (label, label.rsplit(" : ", maxsplit=1)[-1]):
        yield label_key(text)
        yield label_key(_BRACKETED.sub(" ", text))


def label_key(text: str) -> str:
    """The words without case, accents, punctuation, plural or little words: « 11 à 14 ans » is « 11-14 »."""
    words = re.findall(r"[A-Z0-9]+", plain(text))
    significant = [word for word in words if word not in _LITTLE_WORDS]
    return " ".join(word.removesuffix("S") if len(word) > 3 else word for word in significant)

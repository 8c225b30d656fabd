"""What the audit of a printed report found: its checks and the form of one finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Certitude = Literal["certain", "probable"]

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "total_ligne": "totaux de lignes",
        "total_colonne": "totaux de colonnes",
        "total_absent": "totaux laissés vides",
        "marge": "marges d'une même population",
        "cohorte": "parties plus grandes que leur tout",
        "pourcentage": "pourcentages",
        "prose_tableau": "texte contredit par un tableau",
        "prose_prose": "texte contredit par le texte",
        "ligne_recopiee": "valeurs recopiées d'une autre ligne",
        "composite": "ensembles hors de l'étendue de leurs membres",
        "millesime": "millésimes",
        "regle_de_total": "règle de total qui change",
        "unites_melangees": "unités mêlées",
        "marques_melangees": "marques d'absence mêlées",
        "dates": "dates impossibles",
        "annexe_absente": "annexes annoncées et absentes",
        "section_vide": "sections vides",
        "libelle_orphelin": "libellés sans contenu",
        "phrase_inachevee": "phrases inachevées",
    }
)
"""Name of each check in French, in the order of the report."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or likely wrong, in what was printed.

    Parameters
    ----------
    controle
        Key of ``CHECKS``.
    certitude
        ``probable`` where another reading of the report exists.
    fichier, ligne
        File, relative to the folder audited, and line in it (0: the whole file).
    lieu
        The place in words: table, row, column, or section.
    imprime, calcule
        The value as printed and the one computed, as a reader would write it; empty where there is none.
    calcul
        The arithmetic, written out.
    message
        All of it in a sentence.
    """

    controle: str
    certitude: Certitude
    fichier: str
    ligne: int
    lieu: str
    imprime: str
    calcule: str
    calcul: str
    message: str

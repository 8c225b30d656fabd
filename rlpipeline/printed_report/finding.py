"""What the audit of a printed report found, and the one gate that makes a finding certain: figures of one scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from types import MappingProxyType
from typing import Literal

from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.model import Spot

Certitude = Literal["certain", "probable", "à lire"]
TO_READ: Certitude = "à lire"
"""Certainty of what only a reader can judge: a number that nothing bears out."""

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
class Scope:
    """What a figure is of, in words of the report; ``None`` where the report does not say it.

    Parameters
    ----------
    territory, population
        Stems of the words that narrow the places or the persons down, none for those of the whole report.
    year
        Years, and the moment or the part of the year.
    denominator
        Stems of what a share is taken of, none for a count.
    """

    territory: frozenset[str] | None = frozenset()
    year: frozenset[int | str] | None = frozenset()
    population: frozenset[str] | None = frozenset()
    denominator: frozenset[str] | None = frozenset()


def judge(proved: bool, *scopes: Scope) -> Certitude:
    """Certainty of a finding: the one way to ``certain``.

    Parameters
    ----------
    proved
        Whether the arithmetic leaves no other reading.
    scopes
        Those of the figures compared, all stated and all the same; none where a fact is wrong by itself (a day that
        does not exist) or where ``relations.yml`` declares what is compared.
    """
    stated = all(None not in astuple(scope) for scope in scopes)
    return "certain" if proved and stated and len(set(scopes)) <= 1 else "probable"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or likely wrong, in what was printed.

    Parameters
    ----------
    controle
        Key of ``CHECKS``.
    certitude
        ``probable`` where another reading of the report exists, ``à lire`` where nothing bears the number out.
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


def finding_at(
    spot: Spot, controle: str, certitude: Certitude, message: str, calcul: str = "", calcule: float | str = ""
) -> Finding:
    """A finding on what is printed at a spot; ``calcule`` is written as a reader would where it is a number."""
    computed = calcule if isinstance(calcule, str) else shown(calcule)
    return Finding(controle, certitude, spot.path, spot.line, spot.place, spot.text, computed, calcul, message)

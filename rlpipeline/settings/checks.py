"""The checks that a publication goes through, and the French rule that each one holds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "total_ligne": "Le total d'une ligne est la somme de ses colonnes",
        "total_colonne": "Le total d'une colonne est la somme de ses lignes",
        "sous_total": "Un sous-total, ou une famille, est la somme de ses lignes",
        "marge": "Les tableaux d'une même population ont les mêmes totaux",
        "cohorte": "Une partie ne dépasse pas l'ensemble dont elle est tirée",
        "stock_flux": "Ce que dit une année tient avec ce que dit la précédente",
        "additivite": "Communes, hors communes et sans commune s'additionnent pour donner le service",
        "recalcul": "Un chiffre de l'année est celui que l'on recompte dans les données",
        "pourcentage": "Une part ou un quotient est ce que donnent ses deux termes, arrondi comme annoncé",
        "dictionnaire": "Le dictionnaire (datapackage.json) déclare chaque tableau, et ce qui les lie",
        "unite": "Un total n'a qu'une unité, et une valeur va avec son état",
        "csv": "Le fichier indicateurs.csv contient tous les chiffres montrés",
        "notebook": "Les chapitres exécutés montrent les chiffres publiés",
        "page": "Les pages montrent les chiffres publiés",
        "graphique": "Un graphique montre les chiffres de son tableau",
        "classeur": "Le classeur montre les mêmes chiffres que la page",
        "texte": "Un chiffre lié d'un texte est celui qu'il cite",
        "chiffre_non_lie": "Un nombre écrit dans un texte est lié à un chiffre, ou dit pourquoi il ne l'est pas",
        "tendance_contredite": "Un mot de tendance n'est pas contredit par les chiffres",
        "empreinte": "Un fichier publié est resté tel que la construction l'a écrit",
        "ecart_perime": "Un écart accepté existe encore",
    }
)
"""Codes in the order of the audit's page."""

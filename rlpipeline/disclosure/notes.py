"""What the edition to share says of its own protection."""

from __future__ import annotations

from rlpipeline.indicators import label_of
from rlpipeline.params import Disclosure


def masking(settings: Disclosure) -> str:
    """Say what is masked."""
    sensitive = " et ".join(f"« {label_of(code)} »" for code in settings.sensibles)
    more = f" (de 1 à {settings.seuil_sensible - 1} pour les problématiques {sensitive})" if sensitive else ""
    return (
        f"Sont masqués les nombres de 1 à {settings.seuil - 1} qui pourraient faire reconnaître un jeune{more}, et "
        "ceux qui permettraient d'en retrouver un par soustraction ; la même marque les couvre tous."
    )


def rounding(settings: Disclosure) -> str:
    """Say what is rounded, by how much, and what is not."""
    return (
        "Les nombres de jeunes, de personnes, de suivis, de demandes, d'orientations et de problématiques d'une seule "
        "commune (portraits, lignes des communes, actions) sont arrondis ensemble à un multiple de "
        f"{settings.base}, à moins de {settings.base} du nombre exact : 0 y veut dire de 0 à {settings.base - 1}. Les "
        "présences, les familles et les heures ne sont pas arrondies. Les tableaux arrondis s'additionnent, sauf là où "
        "un nombre est masqué, et leur somme peut s'écarter du nombre exact de l'ensemble du service."
    )

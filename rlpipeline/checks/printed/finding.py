"""What the audit of a printed report found, and how it is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Literal

Certitude = Literal["certain", "probable"]
CHECKS = {
    "total_ligne": "totaux de lignes",
    "total_colonne": "totaux de colonnes",
    "total_absent": "totaux laissés vides",
    "regle_de_total": "règle de total qui change",
    "pourcentage": "pourcentages, évolutions et écarts",
    "marge": "marges d'une même population",
    "dates": "dates impossibles",
    "section_vide": "sections vides",
    "section_repetee": "passages imprimés deux fois",
}
"""Name of each check in French, in the order of the report."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or likely wrong (``probable``: another reading exists), in what was printed.

    ``controle`` is a key of ``CHECKS``; ``fichier`` and ``ligne`` where it is, ``lieu`` in words; ``imprime`` and
    ``calcule`` the value as printed and as computed, empty where there is none; ``message`` has the arithmetic.
    """

    controle: str
    certitude: Certitude
    fichier: str
    ligne: int
    lieu: str
    imprime: str
    calcule: str
    message: str


def render_json(findings: Sequence[Finding]) -> str:
    """Write the findings for a machine: a list of objects with the fields of :class:`Finding`."""
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2) + "\n"


def render_text(findings: Sequence[Finding]) -> str:
    """Write the findings for a terminal, by kind of check."""
    certain = sum(finding.certitude == "certain" for finding in findings)
    lines = [f"Constats : {len(findings)}, dont certains : {certain}." if findings else "Aucun écart relevé."]
    for controle, group in groupby(findings, key=lambda finding: finding.controle):
        lines += ["", CHECKS[controle].capitalize()]
        for finding in group:
            lines += [f"  {finding.fichier}, ligne {finding.ligne} ({finding.certitude})"]
            lines += [f"    {finding.lieu[:1].upper()}{finding.lieu[1:]} : {finding.message}"]
    return "\n".join(lines) + "\n"

"""Codes of the tables in report order, and the French words printed for them, which ``labels.yml`` has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rlpipeline.characters import natural_key
from rlpipeline.records import tables as of_records
from rlpipeline.records.tables import AGES, FAMILLES, MOTIFS, PARTENAIRES, SITUATIONS, SUITES
from rlpipeline.settings.strict_yaml import packaged

__all__ = ["AGES", "FAMILLES", "MOTIFS", "PARTENAIRES", "SITUATIONS", "SUITES"]

TOTAL, NOUVEAUX, AU_MOINS_UN = "total", "nouveaux", "au_moins_un"
READABLE = re.compile(r"[a-z]+(_[a-z0-9]+)*")
"""A code that can be read once its underscores are spaces."""
AGE_INCONNU, NON_RENSEIGNE, NON_RENSEIGNEE = "age_inconnu", "non_renseigne", "non_renseignee"

AGE_FIRSTS: Mapping[str, int] = dict(zip(AGES, (0, 11, 15, 19, 22), strict=True))
"""First age of each band."""
AGE_LASTS: Mapping[str, float] = {
    code: after - 1
    for code, after in zip(AGE_FIRSTS, [*AGE_FIRSTS.values(), math.inf][1:], strict=True)
}
"""Last age of each band."""
WORDS: Mapping[str, Any] = packaged("figures/labels.yml")
SEXES: Mapping[str, str] = WORDS["sexes"]
DUREES: Mapping[str, str] = WORDS["durees"]
ANCIENNETES: Mapping[str, str] = WORDS["anciennetes"]
MAJORITE: Mapping[str, str] = WORDS["majorite"]
TABLE_WORDS: Mapping[str, str] = WORDS["tables"]
"""What is said of the tables of the records whose name is no French word."""
ACTION_NUMBERS: Mapping[str, str] = WORDS["nombres_d_actions"]
ACTION_WORDS: Mapping[str, str] = WORDS["mots_d_actions"]
UNIT_WORDS: Mapping[str, str] = WORDS["unites"]
"""Units whose code is not how they are written."""
SOCIO_ECONOMIQUES: tuple[str, ...] = WORDS["socio_economiques"]
"""Indicators in the order of the printed report; others follow, in natural order."""
PRINTED_NAMES: Mapping[str, str] = WORDS["noms_imprimes"]
"""What the figures of an indicator are, where its name in the records does not say it."""
POSTES: tuple[str, ...] = WORDS["postes"]
"""Posts in the order of the printed report, since a database keeps none; others follow as above."""

# A few codes mean one thing in one table and another elsewhere ("formation" as an activity or as a
# situation): the last words are the usual ones, the tables that mean the other thing give their own.
LABELS: Mapping[str, str] = {
    **WORDS["flux"],
    **of_records.ORIGINES,
    **of_records.CRENEAUX,
    **of_records.OUI_NON,
    **ANCIENNETES,
    **MAJORITE,
    **SITUATIONS,
    **of_records.CATEGORIES,
    **of_records.DOMAINES,
    **PARTENAIRES,
    **WORDS["colonnes"],
    **ACTION_WORDS,
    **ACTION_NUMBERS,
    **DUREES,
    **MOTIFS,
    **SUITES,
    **of_records.STATUTS,
    **of_records.ACTIVITES,
    **of_records.PUBLICS,
    **SEXES,
    **WORDS["partout"],
}


def label_of(code: str, labels: Mapping[str, str] = LABELS) -> str:
    """Give the French words for a code; one that has none is made readable (« Sentiment securite »)."""
    if code in labels or not READABLE.fullmatch(code):
        return labels.get(code, code)
    return code.replace("_", " ").capitalize()


def in_printed_order(names: Iterable[str], printed: Sequence[str]) -> list[str]:
    """Order names as the printed report does, then those that it has not in natural order."""
    rank = {name: position for position, name in enumerate(printed)}
    others = len(rank)
    return sorted(names, key=lambda name: (rank.get(name, others), natural_key(name)))

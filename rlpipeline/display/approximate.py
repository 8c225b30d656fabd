"""Figures of the edition to share that are rounded: by how much, and how a sentence says so."""

from __future__ import annotations

import re
from collections.abc import Callable

from rlpipeline.display import french
from rlpipeline.indicators import PROTECTED_UNITS, REGISTRY, SERVICE
from rlpipeline.indicators.labels import TOTAL
from rlpipeline.params import Settings

Slack = Callable[[str, str, str, str], float]
"""Most by which the exact figure may differ, from indicator, territory, line and unit."""
OF_ONE_TERRITORY = frozenset({"actions", "developpement_social_local", "parentalite", "actions_partenariales"})
"""Tables of the whole service whose every column is one territory's."""
ABOUT = "environ"
LITTLE = "une très faible part"
_SAID_BEFORE = re.compile(
    r"(?:\benviron|\bà peu près|\bapproximativement|\bquelques?|\bpresque|\bpr[èe]s d(?:e|['’])|\bautour d(?:e|['’])"
    r"|\balentours d(?:e|['’])|\bde l['’]ordre d(?:e|['’]))\s*$",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(r"^\s*(?:[^\W\d_]+\s+){0,2}(?:environ|à peu près|approximativement)\b", re.IGNORECASE)
_FULL = ("onze", "oui", "un pour")
"""Words that begin with a vowel and take no elision."""


def reach_of(settings: Settings) -> float:
    """Give the most that rounding may move a number of persons of one territory: nothing in the edition ``interne``."""
    several = len(settings.service.communes) > 1
    return settings.service.diffusion.base - 1.0 if settings.edition == "diffusion" and several else 0.0


def slack_of(settings: Settings) -> Slack:
    """Tell how far from the exact figure each figure of an edition may be: nothing in the edition ``interne``."""
    reach = reach_of(settings)

    def slack(indicator: str, territory: str, line: str, unit: str) -> float:
        known = REGISTRY.get(indicator)
        if not reach or known is None or not known.protected or unit not in PROTECTED_UNITS:
            return 0.0
        apart = indicator in OF_ONE_TERRITORY or (indicator == "communes" and line != TOTAL)
        return reach if apart or territory != SERVICE else 0.0

    return slack


def about(words: str) -> str:
    """Write « environ 25 »."""
    return f"{ABOUT} {words}"


def below(slack: float) -> str:
    """Write what is known of a figure rounded to zero: « moins de 5 »."""
    return f"moins de {french.number(slack + 1)}"


def from_zero(reach: float) -> str:
    """Write what a zero stands for where rounding moves numbers by so much: « de 0 à 4 »."""
    return f"de 0 à {french.number(reach)}"


def without_about(words: str, before: str, after: str) -> str | None:
    """Leave « environ » out where the author says it just before or after; None where it has to stay."""
    if not words.startswith(f"{ABOUT} "):
        return None
    said = _SAID_BEFORE.search(before) or _SAID_AFTER.match(after)
    return words.removeprefix(f"{ABOUT} ") if said else None


def elides(words: str) -> bool:
    """Say whether « de » is elided before words: « d'environ 25 », « d'un nombre masqué », but « de onze »."""
    return bool(words) and words[0].lower() in french.VOWELS and not words.lower().startswith(_FULL)

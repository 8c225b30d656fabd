"""What a check found: which check, the two places, the two values."""

from __future__ import annotations

from dataclasses import dataclass

from rlpipeline.published.model import Place
from rlpipeline.settings.checks import CHECKS

__all__ = ["CHECKS", "Finding", "Place"]


@dataclass(frozen=True)
class Finding:
    """Two things published that should agree and do not.

    Parameters
    ----------
    check
        One of :data:`CHECKS`.
    message
        What is wrong, one French sentence.
    first, first_value
        A place, and what it says.
    second, second_value
        The other place, None where there is none, and what it says or should say.
    blocking
        Whether nothing is published because of it.
    key
        Stable text that ``ecarts.yml`` names: ``total_colonne:accompagnes/2023/service/total/F``.
    """

    check: str
    message: str
    first: Place
    first_value: str
    second: Place | None
    second_value: str
    blocking: bool
    key: str

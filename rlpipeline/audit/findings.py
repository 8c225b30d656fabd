"""What a check found: which check, the two places, the two values."""

from __future__ import annotations

from dataclasses import dataclass

from rlpipeline.settings.checks import CHECKS

__all__ = ["CHECKS", "Finding", "Place"]


@dataclass(frozen=True, order=True)
class Place:
    """Where something is read in a publication.

    Parameters
    ----------
    file
        Path in the publication, with slashes.
    where
        Place in the file, in French: « tableau accompagnes (service), ligne 15_18, colonne F ».
    """

    file: str
    where: str

    def __str__(self) -> str:
        return f"{self.file}, {self.where}" if self.where else self.file


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

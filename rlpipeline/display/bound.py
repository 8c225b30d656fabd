"""A figure that a text binds: its address, its value, the words printed for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from rlpipeline.errors import DataError
from rlpipeline.figures.tidy import ARRONDI, OK, PARTIEL


@dataclass(frozen=True)
class Reference:
    """Address of one figure; ``year`` and ``territory`` are those of the text unless it says otherwise."""

    indicator: str
    ligne: str
    colonne: str
    year: int
    territory: str

    @property
    def path(self) -> str:
        """``id/ligne/colonne``, where a slash inside a name is written %2F."""
        return "/".join(part.replace("%", "%25").replace("/", quote("/", safe="")) for part in self._parts)

    @property
    def _parts(self) -> tuple[str, str, str]:
        return self.indicator, self.ligne, self.colonne


@dataclass(frozen=True)
class Cell:
    """One figure: ``valeur`` is NaN where ``etat`` is nc, masque or vide.

    Parameters
    ----------
    slack
        Most by which the exact figure may differ from ``valeur``, which is rounded; 0 where it is exact.

    Raises
    ------
    DataError
        The state announces a number and there is none: whatever was written of it would be false.
    """

    valeur: float
    unite: str
    etat: str
    slack: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a figure that is said to be known and is not a number."""
        if self.is_number and not math.isfinite(self.valeur):
            raise DataError(
                "Un chiffre n'a pas de nombre alors que son état en annonce un.",
                expected="un nombre, ou l'état nc, vide ou masque",
                got=f"{self.valeur}, état {self.etat}",
            )

    @property
    def is_number(self) -> bool:
        """Whether there is a number, be it a partial total or a rounded one."""
        return self.etat in {OK, PARTIEL, ARRONDI}


@dataclass(frozen=True)
class Bound:
    """Words printed in a text, with what they come from.

    Parameters
    ----------
    cell
        What the words say: the figure, the part or the movement; what agrees with the words agrees with it.
    reason
        Why the words were typed.
    how
        What else the words were made from, by name: the whole a part is of (``sur``, a path), ``depuis``, ``forme``,
        ``decimales``, ``decalage``, ``pluriel``, the words that agree (``accord``), the author's own (``sinon``).
    """

    words: str
    function: str
    reference: Reference | None = None
    cell: Cell | None = None
    reason: str | None = None
    how: Mapping[str, object] = field(default_factory=dict)

"""What a publication holds, whoever wrote it: figures, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rlpipeline.declared import ROUNDED, FigureKey

WITH_NUMBER = frozenset({"ok", "partiel", ROUNDED})
"""States of a figure that has a number."""
STATES = {"nc": "non communiqué", "masque": "masqué", "vide": "sans objet"}
"""States of a figure that has none."""


@dataclass(frozen=True, order=True)
class Place:
    """Where something is read in a publication: the path of its file, and the place in it, in French."""

    file: str
    where: str

    def __str__(self) -> str:
        return f"{self.file}, {self.where}" if self.where else self.file


@dataclass(frozen=True)
class Figure:
    """A figure with its exact value, read in ``file``.

    ``valeur`` is None where ``etat`` is nc, masque or vide; ``marge`` is the most by which the exact figure may differ.
    """

    key: FigureKey
    valeur: float | None
    unite: str
    etat: str
    file: str
    marge: float = 0.0

    @property
    def place(self) -> Place:
        """Where it stands, in French."""
        return Place(self.file, where_of(self.key))


@dataclass(frozen=True)
class FormerFigure:
    """A figure of the year before: ``calculé``, or ``publié`` where it was printed then."""

    figure: Figure
    origine: str
    comparable: bool


def where_of(key: FigureKey) -> str:
    """Say in French which figure it is."""
    return f"tableau {key.indicateur} ({key.territoire}, {key.annee}), ligne {key.ligne}, colonne {key.colonne}"


def sum_of(key: FigureKey, parts: Sequence[Figure]) -> Figure:
    """Give the sum of several lines, ``moins_11+11_14``, that a text quotes as one figure.

    Returns
    -------
    ``incertain`` is the state of a sum of rounded figures.
    """
    states = ["incertain" if part.etat == ROUNDED else part.etat for part in parts]
    state = next((known for known in ("masque", "nc", "incertain", "partiel", "vide") if known in states), "ok")
    total = sum(part.valeur for part in parts if part.valeur is not None)
    return Figure(key, total if state in {"ok", "partiel"} else None, parts[0].unite, state, parts[0].file)

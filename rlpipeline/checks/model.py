"""What a publication holds, whoever wrote it: figures, cells, quotations, each with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rlpipeline.declared import ROUNDED, FigureKey

WITH_NUMBER = frozenset({"ok", "partiel", ROUNDED})
"""States of a figure that has a number."""
CellKind = Literal["tableau", "graphique", "écart"]
Rows = Sequence[tuple[object, ...]]
"""A sheet or a CSV file: lines of values."""


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
class Figure:
    """A figure with its exact value, from ``indicateurs.csv`` or from the bundle of a notebook.

    Parameters
    ----------
    valeur
        None where ``etat`` is nc, masque or vide.
    marge
        Most by which the exact figure may differ, where ``valeur`` is rounded.
    """

    key: FigureKey
    valeur: float | None
    unite: str
    etat: str
    place: Place
    marge: float = 0.0


@dataclass(frozen=True)
class Cell:
    """A figure as somebody reads it, in a table, beside a chart or in the workbook.

    Parameters
    ----------
    key
        Its address; of what moved since the year before, that of the figure of the year.
    words
        As shown, without what only a screen reader says.
    """

    key: FigureKey
    words: str
    place: Place
    kind: CellKind


@dataclass(frozen=True)
class Quote:
    """A figure in the prose, bound to the one it names.

    Parameters
    ----------
    function
        chiffre, part, evolution, tendance, annee; ``fixe`` for one typed with a reason; ``avant`` and ``somme`` in the
        notes of tables.
    ref
        (id, ligne, colonne); empty strings where the function names no figure.
    options
        sur, depuis, forme, decimales, accord, nombre, decalage, raison, environ: those given.
    texte
        Name of the text.
    """

    function: str
    ref: tuple[str, str, str]
    territoire: str
    annee: int
    options: Mapping[str, str]
    words: str
    texte: str
    place: Place


@dataclass(frozen=True)
class FormerFigure:
    """A figure of the year before: ``calculé``, or ``publié`` where it was printed then; why it is not comparable."""

    figure: Figure
    origine: str
    comparable: bool
    raison: str

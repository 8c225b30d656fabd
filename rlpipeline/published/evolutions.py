"""The figures of the year before, as ``evolutions.csv`` has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlpipeline.audit.findings import Place
from rlpipeline.published.model import Figure, FigureKey, FormerFigure

FILE = "evolutions.csv"


def former_of(lines: Sequence[Sequence[object]]) -> Iterator[FormerFigure]:
    """Read the figures of the year before in the lines of the file, its header first."""
    header, *rows = lines or ((),)
    for row in rows:
        cells = {str(name): str(value) for name, value in zip(header, row, strict=True)}
        if cells["origine"]:
            names = (cells[name] for name in ("territoire", "ligne", "colonne"))
            key = FigureKey(cells["indicateur"], int(cells["annee_precedente"]), *names)
            value = float(cells["valeur_precedente"]) if cells["valeur_precedente"] else None
            where = f"{key.indicateur} {key.annee} ({key.territoire}), ligne {key.ligne}, colonne {key.colonne}"
            figure = Figure(key, value, cells["unite"], cells["etat_precedent"], Place(FILE, where))
            yield FormerFigure(figure, cells["origine"], cells["comparable"] == "oui", cells["raison"])

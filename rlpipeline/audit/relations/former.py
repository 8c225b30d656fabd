"""The figures of the year before that a publication shows beside its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rlpipeline.audit.findings import Place
from rlpipeline.audit.published.model import Figure, FigureKey, Publication

FILE = "evolutions.csv"
COUNTED = "calculé"
"""Origin of the figures counted from the records."""


def former_figures(publication: Publication, printed: bool = False) -> Mapping[FigureKey, Figure]:
    """Read the figures of the year before, in the order of ``evolutions.csv``.

    Parameters
    ----------
    printed
        Whether those copied from a printed report are wanted too, which may contradict one another.
    """
    return {figure.key: figure for figure in _read(publication, printed) if figure.key not in publication.figures}


def _read(publication: Publication, printed: bool) -> Iterator[Figure]:
    header, *rows = publication.files.get(FILE, ((),))
    for row in rows:
        cells = {str(name): str(value) for name, value in zip(header, row, strict=True)}
        if cells["origine"] == COUNTED or (printed and cells["origine"]):
            names = (cells[name] for name in ("territoire", "ligne", "colonne"))
            key = FigureKey(cells["indicateur"], int(cells["annee_precedente"]), *names)
            value = float(cells["valeur_precedente"]) if cells["valeur_precedente"] else None
            where = f"{key.indicateur} {key.annee} ({key.territoire}), ligne {key.ligne}, colonne {key.colonne}"
            yield Figure(key, value, cells["unite"], cells["etat_precedent"], Place(FILE, where))

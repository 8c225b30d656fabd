"""Where what the edition to share shows comes from: the report, hence the protected figures, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rlpipeline.errors import DisclosureError
from rlpipeline.published import Figure, FigureKey, Publication

FIRST = 5
SHAREABLE = frozenset({"table", "figure", "text"})
"""What ``report`` gives: a file (the list of alerts) is for the service alone."""


def refuse_strangers(places: Sequence[str]) -> None:
    """Stop a chapter that shows something else than what ``report`` gives: a frame, a picture, a printed line.

    Raises
    ------
    DisclosureError
        Nothing says that what a cell shows was protected; the message gives the first cells.
    """
    if not places:
        return
    raise DisclosureError(
        "Des cellules montrent autre chose que des chiffres protégés : l'édition à diffuser n'est pas publiée.",
        where="\n".join(["", *(f"    {one}" for one in places[:FIRST])]),
        expected="report.table, report.figure, report.text, report.extract ou report.chart",
        todo="passer par report.extract (des lignes de report.indicator) ou report.chart (un graphique et ses lignes)",
    )


def refuse_unprotected(figures: Sequence[str]) -> None:
    """Stop a figure that is not the protected one, as where a chapter opened the records by itself.

    Raises
    ------
    DisclosureError
        A figure differs; the message gives the first.
    """
    if not figures:
        return
    places = dict.fromkeys(f"    {place}" for place in figures)
    raise DisclosureError(
        "Des chiffres de l'édition à diffuser n'ont pas été protégés : elle n'est pas publiée.",
        where="\n".join(["", *list(places)[:FIRST]]),
        todo="ouvrir le rapport comme le modèle : open_report(source, params, year, commune, edition)",
    )


def strangers(publication: Publication) -> Iterator[str]:
    """Give the cells that show something else than what ``report`` gives."""
    for notebook in publication.notebooks.values():
        for cell in notebook.cells:
            for output in cell.outputs:
                kinds = {kind for kind, _ in output.bundles}
                if (output.html or output.plain.strip()) and not (kinds and kinds <= SHAREABLE):
                    yield f"{notebook.file}, cellule {cell.id}"


def unprotected(publication: Publication, protected: Callable[[FigureKey], Figure | None]) -> Iterator[str]:
    """Give the places of the figures that are not the protected ones.

    Parameters
    ----------
    protected
        Gives a figure as the protection left it; None where it has none.
    """
    shown = (figure for bundle in publication.bundles for figure in bundle.figures)
    yield from (str(figure.place) for figure in shown if not _same(figure, protected(figure.key)))


def _same(figure: Figure, protected: Figure | None) -> bool:
    if protected is None:
        return False
    return (figure.valeur, figure.etat, figure.marge) == (protected.valeur, protected.etat, protected.marge)

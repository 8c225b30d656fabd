"""Where what the edition to share shows comes from: the report, hence the protected figures, and nowhere else."""

from __future__ import annotations

from rlpipeline.errors import DisclosureError
from rlpipeline.figures import SERVICE, Scope
from rlpipeline.figures.store import FigureStore
from rlpipeline.published.model import Figure
from rlpipeline.published.notebooks import read_outputs
from rlpipeline.published.reading import Publication, readable
from rlpipeline.settings.models import Settings

FIRST = 5
SHAREABLE = frozenset({"table", "figure", "text"})
"""What ``report`` gives: a file (the list of alerts) is for the service alone."""


def refuse_strangers(publication: Publication) -> None:
    """Stop a chapter that shows something else than what ``report`` gives: a frame, a picture, a printed line.

    Raises
    ------
    DisclosureError
        Nothing says that what a cell shows was protected; the message gives the first cells.
    """
    with readable(publication.directory):
        outputs = [one for file in publication.notebooks for one in read_outputs(publication.directory / file, file)]
    kinds = [{kind for kind, _ in output.carried} for output in outputs]
    strangers = [
        f"    {output.place}"
        for output, carried in zip(outputs, kinds, strict=True)
        if output.is_shown and not (carried and carried <= SHAREABLE)
    ]
    if strangers:
        raise DisclosureError(
            "Des cellules montrent autre chose que des chiffres protégés : l'édition à diffuser n'est pas publiée.",
            where="\n".join(["", *strangers[:FIRST]]),
            expected="report.table, report.figure, report.text, report.extract ou report.chart",
            todo="passer par report.extract (des lignes de report.indicator) ou report.chart (un graphique et ses "
            "lignes)",
        )


def refuse_unprotected(publication: Publication, settings: Settings, protected: FigureStore) -> None:
    """Stop a figure that is not the protected one, as where a chapter opened the records by itself.

    Raises
    ------
    DisclosureError
        A figure differs; the message gives the first.
    """
    alone = settings.service.commune_codes[0] if len(settings.service.commune_codes) == 1 else ""
    tables: dict[tuple[str, str], list[Figure]] = {}
    for figure in publication.figures.values():
        # With one commune, its tables are of actions, protected as the service's.
        place = SERVICE if figure.key.territoire == alone else figure.key.territoire
        tables.setdefault((figure.key.indicateur, place), []).append(figure)
    places: dict[str, None] = {}
    for (id, place), figures in tables.items():
        rows = protected.written_figures(id, Scope(settings.year, place, settings.service))
        known = {(row[1], row[3], row[4]): (row[5], row[7], max(0.0, row[8] - 1.0)) for row in rows}
        for figure in figures:
            expected = known.get((figure.key.annee, figure.key.ligne, figure.key.colonne))
            if (figure.valeur, figure.etat, figure.marge) != expected:
                places[f"    {figure.place}"] = None
    if places:
        raise DisclosureError(
            "Des chiffres de l'édition à diffuser n'ont pas été protégés : elle n'est pas publiée.",
            where="\n".join(["", *list(places)[:FIRST]]),
            todo="ouvrir le rapport comme le modèle : open_report(source, params, year, commune, edition)",
        )

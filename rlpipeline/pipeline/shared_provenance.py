"""Where what the edition to share shows comes from: the report, hence the protected figures, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlpipeline.checks.model import Figure
from rlpipeline.checks.reading import Output, Publication, figure_of, readable
from rlpipeline.errors import DisclosureError
from rlpipeline.figures import SERVICE, Scope
from rlpipeline.figures.store import Store
from rlpipeline.settings.models import Settings

FIRST = 5
SHAREABLE = frozenset({"table", "figure", "text"})
"""What ``report`` gives: a file (the list of alerts) is for the service alone."""


def read_cells(publication: Publication) -> Sequence[Output]:
    """Read what every cell of the chapters shows. Raises ReconciliationError where a notebook cannot be read."""
    with readable(publication.directory):
        return [output for file in publication.notebooks for output in publication.notebook(file).outputs]


def refuse_strangers(outputs: Sequence[Output]) -> None:
    """Stop a chapter that shows something else than what ``report`` gives: a frame, a picture, a printed line.

    Raises
    ------
    DisclosureError
        Nothing says that what a cell shows was protected; the message gives the first cells.
    """
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


def refuse_unprotected(
    outputs: Sequence[Output], publication: Publication, settings: Settings, protected: Store
) -> None:
    """Stop a figure that is not the protected one, as where a chapter opened the records by itself.

    Raises
    ------
    DisclosureError
        A figure differs; the message gives the first.
    """
    alone = settings.service.commune_codes[0] if len(settings.service.commune_codes) == 1 else ""
    known: dict[tuple[str, str], dict[tuple[int, str, str], tuple[object, ...]]] = {}
    places: dict[str, None] = {}
    written = ((str(one.place), one) for one in publication.figures.values())
    for where, figure in (*_carried(outputs), *written):
        # With one commune, its tables are of actions, protected as the service's.
        table = figure.key.indicateur, SERVICE if figure.key.territoire == alone else figure.key.territoire
        if table not in known:
            rows = protected.written_figures(table[0], Scope(settings.year, table[1], settings.service))
            known[table] = {(row[1], row[3], row[4]): (row[5], row[7], max(0.0, row[8] - 1.0)) for row in rows}
        expected = known[table].get((figure.key.annee, figure.key.ligne, figure.key.colonne))
        if (figure.valeur, figure.etat, figure.marge) != expected:
            places[f"    {where}"] = None
    if places:
        raise DisclosureError(
            "Des chiffres de l'édition à diffuser n'ont pas été protégés : elle n'est pas publiée.",
            where="\n".join(["", *list(places)[:FIRST]]),
            todo="ouvrir le rapport comme le modèle : open_report(source, params, year, commune, edition)",
        )


def _carried(outputs: Sequence[Output]) -> Iterator[tuple[str, Figure]]:
    """Give the figures of the tables that chapters show, each with its cell."""
    for output in outputs:
        tables = (value for kind, value in output.carried if kind == "table")
        rows = (row for value in tables for row in value["figures"])
        yield from ((str(output.place), figure_of(row, file=output.place.file)) for row in rows)

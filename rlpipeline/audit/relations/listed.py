"""The list of follow-ups to look at again, counted against the table that sums it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from rlpipeline.audit.findings import Finding, Place
from rlpipeline.audit.relations.amounts import amount_of, same, written
from rlpipeline.audit.relations.grids import SERVICE, TOTAL, path_of, place_of
from rlpipeline.audit.relations.tested import Tested
from rlpipeline.published.model import Figure, FigureKey, Rows

FILE, TABLE, COLUMN = "alertes.csv", "alertes", "nombre"
STATUS, COMMUNE = "statut", "commune"


def check_list(lines: Rows | None, known: Mapping[FigureKey, Figure], year: int) -> Iterator[Tested]:
    """Test each figure of the table, for the service and each territory, against the lines of the list.

    Parameters
    ----------
    lines
        The list, its header first; None where none is published.
    known
        Figures published, those of the table at least.
    """
    figures = {key: figure for key, figure in known.items() if key[:2] == (TABLE, year)}
    if not lines or not figures:
        return
    header, *rows = lines
    listed = [{str(name): str(value) for name, value in zip(header, row, strict=True)} for row in rows]
    counts = Counter(cell for row in listed for cell in _cells(row))
    for line, territory in dict.fromkeys([*((key.ligne, key.territoire) for key in figures), *counts]):
        key = FigureKey(TABLE, year, territory, line, COLUMN)
        if any(known.territoire == territory for known in figures):
            yield _check(key, figures, counts[line, territory])


def _cells(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Line and territory of each figure that a follow-up counts in."""
    for line in (row[STATUS], TOTAL):
        yield line, SERVICE
        yield line, row[COMMUNE]


def _check(key: FigureKey, figures: Mapping[FigureKey, Figure], count: int) -> Tested:
    figure = figures.get(key)
    if same(amount_of(figure).value, count):
        return Tested("marge")
    finding = Finding(
        check="marge",
        message=f"La liste des suivis à réexaminer n'a pas le nombre de lignes du tableau, ligne {key.ligne}.",
        first=place_of(key, figure),
        first_value=str(amount_of(figure)),
        second=Place(FILE, f"statut {key.ligne}, territoire {key.territoire}"),
        second_value=written(count),
        blocking=True,
        key=f"marge:{path_of(key)}:liste",
    )
    return Tested("marge", finding)

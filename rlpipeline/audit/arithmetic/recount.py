"""Figures counted again: those that do not add up from the records, follow-ups to look at again from their list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from rlpipeline.audit.arithmetic.between import Declared
from rlpipeline.audit.arithmetic.tables import TOTAL, Amount, amount_of, path_of, place_of, same, written
from rlpipeline.audit.findings import Finding, Tested
from rlpipeline.published import Place
from rlpipeline.published.model import SERVICE, Figure, FigureKey, Rows

Counted = tuple[float | None, str, str]
"""Value, unit, state."""
Recompute = Callable[[str, int, str], Mapping[tuple[str, str], Counted] | None]
"""From an indicator, a year and a territory to its figures by (ligne, colonne); None where it does not count them."""
RECORDS = "données du service"
FILE, TABLE, COLUMN = "alertes.csv", "alertes", "nombre"
STATUS, COMMUNE = "statut", "commune"


def check_recount(figures: Mapping[FigureKey, Figure], recompute: Recompute, declared: Declared) -> Iterator[Tested]:
    """Test every figure declared not additive; one that only the records give is missing from the publication."""
    tables: dict[tuple[str, int, str], dict[tuple[str, str], Figure]] = {}
    for key, figure in figures.items():
        if declared.recomputed(key.indicateur, key.colonne):
            tables.setdefault(key[:3], {})[key.ligne, key.colonne] = figure
    for (id, year, territory), published in tables.items():
        counted = recompute(id, year, territory)
        if counted is None:
            continue
        for line, column in dict.fromkeys([*published, *counted]):
            if declared.recomputed(id, column):
                key = FigureKey(id, year, territory, line, column)
                yield _check_recounted(key, published.get((line, column)), counted.get((line, column)))


def _check_recounted(key: FigureKey, figure: Figure | None, counted: Counted | None) -> Tested:
    if figure is not None and counted is not None:
        value, unit, state = counted
        if same(figure.valeur, value) and (figure.unite, figure.etat) == (unit, state):
            return Tested("recalcul")
    finding = Finding(
        check="recalcul",
        message=(
            f"Le chiffre publié n'est pas celui que l'on recompte : {key.indicateur} ({key.territoire}, {key.annee}), "
            f"ligne {key.ligne}, colonne {key.colonne}."
        ),
        first=place_of(key, figure),
        first_value=f"{amount_of(figure)} {figure.unite}" if figure else "absent",
        second=None,
        second_value=f"{Amount(counted[0], counted[2])} {counted[1]} ({RECORDS})"
        if counted
        else f"absent des {RECORDS}",
        blocking=True,
        key=f"recalcul:{path_of(key)}",
    )
    return Tested("recalcul", finding)


def check_list(lines: Rows | None, figures: Mapping[FigureKey, Figure], year: int) -> Iterator[Tested]:
    """Test each figure of the table, for the service and each territory, against the lines of the list.

    Parameters
    ----------
    lines
        The list, its header first; None where none is published.
    figures
        Those published, those of the table at least.
    """
    of_table = {key: figure for key, figure in figures.items() if key[:2] == (TABLE, year)}
    if not lines or not of_table:
        return
    header, *rows = lines
    listed = [{str(name): str(value) for name, value in zip(header, row, strict=True)} for row in rows]
    counts = Counter(cell for row in listed for cell in _cells(row))
    for line, territory in dict.fromkeys([*((key.ligne, key.territoire) for key in of_table), *counts]):
        key = FigureKey(TABLE, year, territory, line, COLUMN)
        if any(key.territoire == territory for key in of_table):
            yield _check_listed(key, of_table, counts[line, territory])


def _cells(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Line and territory of each figure that a follow-up counts in."""
    for line in (row[STATUS], TOTAL):
        yield line, SERVICE
        yield line, row[COMMUNE]


def _check_listed(key: FigureKey, figures: Mapping[FigureKey, Figure], count: int) -> Tested:
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

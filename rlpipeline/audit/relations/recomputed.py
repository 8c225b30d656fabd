"""Figures declared not to add up, against the same counted again from the records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.relations.amounts import Amount, amount_of, same
from rlpipeline.audit.relations.declared import Declared
from rlpipeline.audit.relations.grids import path_of, place_of
from rlpipeline.audit.relations.tested import Tested
from rlpipeline.published.model import Figure, FigureKey

Counted = tuple[float | None, str, str]
"""Value, unit, state."""
Recompute = Callable[[str, int, str], Mapping[tuple[str, str], Counted] | None]
"""From an indicator, a year and a territory to its figures by (ligne, colonne); None where it does not count them."""
RECORDS = "données du service"


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
                yield _check(key, published.get((line, column)), counted.get((line, column)))


def _check(key: FigureKey, figure: Figure | None, counted: Counted | None) -> Tested:
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

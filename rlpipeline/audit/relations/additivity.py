"""Communes + hors + sans_commune = service, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.published.model import Figure, FigureKey
from rlpipeline.audit.relations.amounts import TOLERANCE, Amount, added, agree, amount_of, sum_written
from rlpipeline.audit.relations.declared import Declared
from rlpipeline.audit.relations.grids import SERVICE, Grid, Grids, path_of, place_of
from rlpipeline.audit.relations.tested import Tested


def check_additivity(grids: Grids, declared: Declared) -> Iterator[Tested]:
    """Test every additive figure of the year against those of the territories.

    Notes
    -----
    Where some communes have no portrait, or a portrait without the table, the parts are only known not to exceed the
    service.
    """
    for id, apart in declared.additive.items():
        whole = grids.find(id, declared.year, SERVICE)
        parts = [grid for place in declared.territories if (grid := grids.find(id, declared.year, place))]
        if whole is None or not (parts or _complete(id, grids, declared)):
            continue
        for line, column in dict.fromkeys(cell for grid in (whole, *parts) for cell in grid.cells):
            if column not in apart:
                yield _check(whole, parts, whole.key(line, column), _complete(id, grids, declared))


def _complete(id: str, grids: Grids, declared: Declared) -> bool:
    """Whether the table was shown for every commune; the service's own carries the territories without a page."""
    return all((id, commune) in grids.shown for commune in declared.communes)


def _check(whole: Grid, parts: Sequence[Grid], key: FigureKey, complete: bool) -> Tested:
    cell = (key.ligne, key.colonne)
    figures = [figure for part in parts if (figure := part.cells.get(cell)) is not None]
    total, terms = amount_of(whole.cells.get(cell)), [amount_of(figure) for figure in figures]
    if (agree(total, terms) if terms else _nothing(total)) if complete else _within(total, terms):
        return Tested("additivite")
    return Tested("additivite", _wrong(whole, key, (total, terms), figures))


def _nothing(total: Amount) -> bool:
    """A cell that no territory shows is zero in the service, or not known."""
    return not total.value


def _within(total: Amount, terms: Sequence[Amount]) -> bool:
    known = added(terms).value
    return known is None or total.value is None or known <= total.value + TOLERANCE


def _wrong(whole: Grid, key: FigureKey, amounts: tuple[Amount, Sequence[Amount]], figures: Sequence[Figure]) -> Finding:
    total, terms = amounts
    return Finding(
        check="additivite",
        message=(
            f"Les territoires ne s'additionnent pas pour donner le service, ligne {key.ligne}, colonne {key.colonne} "
            f"de {whole}."
        ),
        first=place_of(key, whole.cells.get((key.ligne, key.colonne))),
        first_value=str(total),
        second=figures[0].place if figures else None,
        second_value=sum_written(terms) if terms else "0",
        blocking=True,
        key=f"additivite:{path_of(key)}",
    )

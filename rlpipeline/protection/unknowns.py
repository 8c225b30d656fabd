"""The registry of published numbers of persons: equal measure, population and filters are one unknown.

A cell of a table is a place where an unknown is printed. The age totals of ``accompagnes``, ``situations``, ``durees``
and ``communes`` are one and the same number, and so are a commune's line in ``communes`` and the age totals of its
portrait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.errors import DisclosureError
from rlpipeline.figures import ACTION_TABLES, CSV_COLUMNS, PROTECTED_UNITS, REGISTRY, SERVICE
from rlpipeline.figures.labels import NOUVEAUX, TOTAL
from rlpipeline.figures.structure import described, links
from rlpipeline.figures.tidy import PARTIEL, WITHOUT_VALUE
from rlpipeline.published.links import read_table
from rlpipeline.published.model import FigureKey

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Exact = Mapping[tuple[str, str], pd.DataFrame]
KEY = list(CSV_COLUMNS[:5])
TABLES = {id: read_table(described(one)) for id, one in REGISTRY.items() if one.protected}
LINKS = tuple(link for link in links(REGISTRY) if link.tables <= TABLES.keys())
"""What is declared of the tables about persons, and what links them."""
PROTECTED = frozenset(TABLES)
COHORT, PARTICIPANTS = "jeunes_accompagnes", "participants"
COHORT_TABLES = frozenset(id for link in LINKS if link.check == "marge" for id in link.tables)


class Unknown(NamedTuple):
    """What a figure counts: a measure, the territory of the persons, and what filters them."""

    measure: str
    territory: str
    filters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Registry:
    """Every unknown of a year, its value, and the cells that print it.

    Parameters
    ----------
    unknowns
        In the order of the report.
    values
        Exact value of each.
    partial
        Which are the sum of what is known only: their equations do not hold.
    cells
        Unknown (its place in ``unknowns``) of each protected cell that has a number.
    """

    unknowns: tuple[Unknown, ...]
    values: Floats
    partial: Bools
    cells: Mapping[FigureKey, int]

    @cached_property
    def index(self) -> Mapping[Unknown, int]:
        """Place of each unknown."""
        return {unknown: place for place, unknown in enumerate(self.unknowns)}


def register(figures: pd.DataFrame) -> Registry:
    """List the unknowns of a year; columns of ``indicateurs.csv``, every table and territory.

    Raises
    ------
    DisclosureError
        Two tables print different values of one unknown.
    """
    homes = homes_of_actions(figures)
    cells: dict[FigureKey, int] = {}
    index: dict[Unknown, int] = {}
    values: list[float] = []
    partial: list[bool] = []
    for cell, value, state in protected_cells(figures):
        unknown = unknown_of(cell, homes)
        place = index.setdefault(unknown, len(index))
        if place == len(values):
            values.append(value)
            partial.append(state == PARTIEL)
        elif values[place] != value:
            raise _contradiction(cell)
        cells[cell] = place
    return Registry(tuple(index), np.array(values, dtype="float64"), np.array(partial, dtype=bool), cells)


def protected_cells(figures: pd.DataFrame) -> Iterator[tuple[FigureKey, float, str]]:
    """Go through the protected cells that have a number, in an order that does not depend on that of the rows."""
    about_persons = figures["indicateur"].isin(PROTECTED) & figures["unite"].isin(PROTECTED_UNITS)
    counted = figures[about_persons & ~figures["etat"].isin(WITHOUT_VALUE)]
    columns = (counted[name].tolist() for name in (*KEY, "valeur", "etat"))
    cells = ((FigureKey(i, int(a), t, x, y), float(v), e) for i, a, t, x, y, v, e in zip(*columns, strict=True))
    yield from sorted(cells, key=lambda one: (one[0].territoire != SERVICE, one[0].territoire, one[0]))


def homes_of_actions(figures: pd.DataFrame) -> Mapping[str, str]:
    """Give the territory of each action: the one, beside the service, whose table shows it."""
    there = figures[figures["indicateur"].isin(ACTION_TABLES) & figures["territoire"].ne(SERVICE)]
    return dict(zip(there["colonne"], there["territoire"], strict=True))


def unknown_of(cell: FigureKey, homes: Mapping[str, str]) -> Unknown:
    """Say what a cell counts."""
    if cell.indicateur in ACTION_TABLES:
        filters = (("action", cell.colonne), ("public", cell.ligne))
        return Unknown(PARTICIPANTS, homes.get(cell.colonne, cell.territoire), filters)
    if cell.indicateur in COHORT_TABLES:
        return _of_cohort(cell)
    return Unknown(cell.indicateur, cell.territoire, (("ligne", cell.ligne), ("colonne", cell.colonne)))


def _of_cohort(cell: FigureKey) -> Unknown:
    line, column = cell.ligne, cell.colonne
    if cell.indicateur == "accompagnes":
        measure = f"{COHORT}_{NOUVEAUX}" if column == NOUVEAUX else COHORT
        sex = () if column in (TOTAL, NOUVEAUX) else (("sexe", column),)
        return Unknown(measure, cell.territoire, (("age", line), *sex))
    age = ("age", column)
    if line == TOTAL:
        return Unknown(COHORT, cell.territoire, (age,))
    if cell.indicateur == "communes":
        return Unknown(COHORT, line, (age,))
    return Unknown(COHORT, cell.territoire, (age, (TABLES[cell.indicateur].lines, line)))


def _contradiction(cell: FigureKey) -> DisclosureError:
    return DisclosureError(
        "Deux tableaux comptent les mêmes personnes et ne donnent pas le même nombre.",
        where=f"{cell.indicateur} ({cell.territoire}), ligne {cell.ligne}, colonne {cell.colonne}",
        expected="le nombre des autres tableaux de la même population",
        todo="lire les écarts du rapport de contrôle (audit.html) de l'édition interne",
    )

"""Protected figures with the words of their tables, as the store of the edition to share has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rlpipeline.figures import TableData
from rlpipeline.figures.store import COUNTED, FIGURE_COLUMNS, RELEASED, Key, StoreFacts
from rlpipeline.figures.words import texts
from rlpipeline.protection.classes import with_classes_of

if TYPE_CHECKING:  # who shows protected figures loads no solver
    from rlpipeline.protection.protection import Protected

NOT_SHARED = "Ce tableau n'est pas diffusé : "


def protected_tables(
    protected: Protected, tables: Mapping[tuple[str, str], TableData]
) -> Iterator[tuple[tuple[str, str], TableData]]:
    """Give tables their protected figures.

    Parameters
    ----------
    tables
        Tables of the exact edition: their words are kept, none of their figures is. A table that has no figure in the
        edition to share is not given, unless it holds words only or was left out for a reason, which is its first note.
    """
    slices = dict(list(protected.figures.groupby(["indicateur", "territoire"], sort=False)))
    reasons = {(one.indicateur, one.territoire): one.raison for one in protected.left_out}
    for key, data in tables.items():
        figures = slices.get(key, protected.figures.iloc[:0])
        reason = reasons.get(key)
        if figures.empty and not data.figures.empty and reason is None:
            continue
        shown = with_classes_of(data, figures.reset_index(drop=True), protected.classes)
        if reason is not None:
            shown = replace(shown, notes=(f"{NOT_SHARED}{reason}.", *shown.notes))
        yield key, shown


def with_released(
    shown: Mapping[tuple[str, str], TableData], released: pd.DataFrame, year: int
) -> Mapping[Key, TableData]:
    """Put beside the protected tables of a year what was released of them for other years.

    Parameters
    ----------
    released
        The last figure released of each cell, columns of the ledger.
    """
    tables = {(id, year, place): data for (id, place), data in shown.items()}
    of_others = released.loc[released["annee"] != year, list(FIGURE_COLUMNS)]
    for (id, then, place), figures in of_others.groupby(["indicateur", "annee", "territoire"], sort=False):
        data, before = shown.get((str(id), str(place))), int(str(then))
        if data is not None:
            alone, no_words = figures.reset_index(drop=True), texts((), (), ())
            tables[str(id), before, str(place)] = replace(data, year=before, figures=alone, texts=no_words, notes=())
    return tables


def shared_facts(
    tables: Mapping[Key, TableData], released: pd.DataFrame, year: int, places: Mapping[str, str]
) -> StoreFacts:
    """Say what the store of the edition to share answers beside its tables: no number of rows, no list."""
    years = frozenset(int(one) for one in released["annee"])
    recorded = frozenset((id, then) for id, then, _ in tables if then != year)
    return StoreFacts(False, years, recorded, {**dict.fromkeys(sorted(years), RELEASED), year: COUNTED}, places=places)

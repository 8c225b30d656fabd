"""Rows entered twice: alike in every column of the contract but their own identifier."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rlpipeline.records.findings import Finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rows import ACCEPTING, of_each, places
from rlpipeline.records.raw import Mask

NEVER_ALIKE = frozenset({"financements", "instances", "reseaux", "partenaires", "presences"})
"""Tables where any row like another is one too many."""
WHOLE_YEARS: Mapping[str, int] = {"personnel": 1, "problematiques": 4}
"""Tables where equal rows are ordinary, unless each row of a year has its copy; and the fewest copies then."""
MOSTLY = frozenset({"demandes", "orientations", "temps", "jeunes", "suivis"})
"""Tables where a few equal rows are ordinary, but not more than a third of a year."""
SHARE, FEWEST = 1 / 3, 4
_OF_THE_YEAR = {"jeunes": "premier_contact", "suivis": "date_debut"}
_SHOWN = {"jeunes": "premier_contact", "suivis": "date_debut", "orientations": "date", "personnel": "poste"}
"""The column that a finding shows, where it is not the second."""


def entered_twice(item: ParsedTable) -> tuple[list[Finding], ParsedTable]:
    """Find the rows that repeat an earlier one.

    Returns
    -------
    tuple
        One finding a row, and the table without these rows: what else is said of it does not count them twice.
    """
    copies = _copies(item)
    if not copies.any():
        return [], item
    column = _SHOWN.get(item.table.name, item.table.column_names[1])
    message = (
        "Ligne identique en tout à une ligne plus haut, sans doute entrée ou collée deux fois, et comptée deux fois ; "
        f"retirer la copie, {ACCEPTING}."
    )
    return list(of_each(item, "P405", places(copies), column, message)), item.only(~copies)


def _copies(item: ParsedTable) -> Mask:
    """The rows alike to an earlier one, in the years that hold more of them than chance gives."""
    name = item.table.name
    if not {name} & {*NEVER_ALIKE, *WHOLE_YEARS, *MOSTLY}:
        return np.zeros(len(item.lines), dtype=bool)
    own = item.table.key if len(item.table.key) == 1 else ()
    compared = [column for column in item.frame.columns if column not in own]
    again: Mask = item.frame.duplicated(compared).to_numpy(bool)
    for column in item.columns.values():  # what could not be read may differ
        again = again & ~column.unread
    if name in NEVER_ALIKE or not again.any():
        return again
    by_year = pd.DataFrame({"again": again, "alike": item.frame.duplicated(compared, keep=False)}).groupby(_years(item))
    copies = by_year["again"].transform("sum")
    if name in WHOLE_YEARS:
        pasted = by_year["alike"].transform("all") & (copies >= WHOLE_YEARS[name])
    else:
        pasted = (by_year["again"].transform("mean") > SHARE) & (copies >= FEWEST)
    mask: Mask = again & pasted.to_numpy(bool)
    return mask


def _years(item: ParsedTable) -> pd.Series:
    if "annee" in item.frame:
        return item.frame["annee"]
    years: pd.Series = item.frame[_OF_THE_YEAR.get(item.table.name, "date")].dt.year.fillna(0)
    return years

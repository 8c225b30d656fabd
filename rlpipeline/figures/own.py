"""The form that the cells of a service had: populations and variables by their ids, as :func:`offered` listed them."""

from __future__ import annotations

from typing import Any

from rlpipeline.figures import populations, variables
from rlpipeline.figures.notebook import offered, persons, ratio, rows, table, total_hours

__all__ = ["Ratio", "Table", "offered"]
NAMED = {
    of.id: of
    for module in (populations, variables)
    for of in vars(module).values()
    if hasattr(of, "id")
}


def Table(  # noqa: N802, PLR0913 - as it was written
    *,
    id: str,
    title: str,
    population: str,
    lines: str,
    columns: str = "",
    counts: str = "",
    definition: str = "",
) -> Any:
    """Declare a table; as ``notebook.table``, errors too."""
    of, across, code = (
        NAMED[population],
        NAMED[columns] if columns else None,
        "" if columns else "nombre",
    )
    usual = "heures" if of.table == "temps" else "jeunes_distincts" if of.of_persons else "lignes"
    measure = {"heures": total_hours, "jeunes_distincts": persons(code), "lignes": rows(code)}[
        counts or usual
    ]
    said = {"definition": definition, "population": of, "lines": NAMED[lines], "columns": across}
    return table(id, title, measures=(measure,), **said)


def Ratio(*, id: str, title: str, definition: str = "", **said: Any) -> Any:  # noqa: N802
    """Declare what one figure is of another; as ``notebook.ratio``, errors too."""
    return table(id, title, definition=definition, count=ratio(**said))

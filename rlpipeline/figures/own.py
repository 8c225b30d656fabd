"""Declarations of notebooks of the service's own in the form that they had: names, and not our vocabulary."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.figures import cells, notebook
from rlpipeline.figures.computed import Address, ratio
from rlpipeline.figures.crossing import persons, rows
from rlpipeline.figures.populations import POPULATIONS, Population
from rlpipeline.figures.tables import Seen
from rlpipeline.figures.temps import total_hours
from rlpipeline.figures.variables import OF_PERSONS, Variable


def Table(  # noqa: N802, PLR0913 - the name and the fields that notebooks have
    *,
    id: str,
    title: str,
    population: str,
    lines: str,
    columns: str = "",
    counts: Literal["", "lignes", "jeunes_distincts", "heures"] = "",
    definition: str = "",
) -> Seen | None:
    """Declare a table by the names that :func:`offered` lists; ``notebook.table`` does it by our vocabulary."""
    of = _one_of("de population", population, POPULATIONS, id)
    offered = variables(of)
    chosen = [_one_of("de variable", name, offered, id) for name in (lines, columns) if name]
    allowed = ["heures"] if of.table == "temps" else [*(["jeunes_distincts"] if of.of_persons else []), "lignes"]
    counted, code = counts or allowed[0], "" if columns else "nombre"
    if counted not in allowed:
        raise SettingsError(
            "Cette population ne se compte pas ainsi.", f"indicateur « {id} »", " ou ".join(allowed), repr(counts)
        )
    measure = total_hours if counted == "heures" else persons(code) if counted == "jeunes_distincts" else rows(code)
    return notebook.table(
        id,
        title,
        definition=definition,
        population=of,
        lines=chosen[0],
        columns=chosen[1] if columns else None,
        measures=(measure,),
    )


def Ratio(  # noqa: N802, PLR0913 - the name and the fields that notebooks have
    *, id: str, title: str, of: Address, on: Address, unit: str = "%", decimals: int = 2, definition: str = ""
) -> Seen | None:
    """Declare what one figure is of another; ``table(…, count=ratio(…))`` does it too."""
    return notebook.table(id, title, definition=definition, count=ratio(of, on, unit, decimals))


def variables(population: Population) -> Mapping[str, Variable]:
    """Give what the rows of a population may be told apart by, by name."""
    crossings = [one.crossing for one in cells.package_tables().values() if one.crossing]
    own = [variable for one in crossings if one.population is population for variable in one.variables]
    return {one.id: one for one in (*own, *(OF_PERSONS if population.of_persons else ()))}


def offered() -> pd.DataFrame:
    """List what can be declared: the populations, what each is, and its variables."""
    pd.set_option("display.max_colwidth", None)  # names cut short could not be copied
    listed = [(one.id, one.title, ", ".join(variables(one))) for one in POPULATIONS.values()]
    return pd.DataFrame(listed, columns=["population", "ce qui est compté", "variables"])


def _one_of(what: str, name: str, offered: Mapping[str, Any], id: str) -> Any:
    if name in offered:
        return offered[name]
    near = difflib.get_close_matches(name, offered, n=1, cutoff=0)
    todo = f"le nom le plus proche est « {near[0]} »" if near else None
    raise SettingsError(f"Nom inconnu {what}.", f"indicateur « {id} »", ", ".join(offered), f"{name!r}", todo)

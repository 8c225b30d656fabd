"""Which unknowns move together when a possible world is looked for: those of a table, an age, a family of issues."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rlpipeline.disclosure.inequalities import SEXED
from rlpipeline.disclosure.unknowns import COHORT, Registry, Unknown
from rlpipeline.indicators import SERVICE
from rlpipeline.indicators.labels import NOUVEAUX, TOTAL
from rlpipeline.params import Service

SERVICE_NUMBER = NO_KIN = NO_AGE = 0


def groups(registry: Registry, service: Service) -> tuple[npt.NDArray[np.intp], ...]:
    """Cut the unknowns in groups, finer then wider: one table, the tables of one population, everything."""
    family = {code.code: one.code for one in service.problematiques for code in one.codes}
    fine = [_fine(one, family) for one in registry.unknowns]
    wide = [name.split("/")[0] for name in fine]
    return _numbered(fine), _numbered(wide), np.zeros(len(fine), dtype=np.intp)


def territory_numbers(registry: Registry) -> npt.NDArray[np.intp]:
    """Number the territories, the whole service first."""
    return _numbered([SERVICE, *(one.territory for one in registry.unknowns)])[1:]


def kin_numbers(registry: Registry, service: Service) -> npt.NDArray[np.intp]:
    """Number the families of issues."""
    family = {code.code: one.code for one in service.problematiques for code in one.codes}
    lines = [
        dict(one.filters)["ligne"] if one.measure.startswith("problematiques") else "" for one in registry.unknowns
    ]
    return _numbered(["", *("" if line == TOTAL else family.get(line, line) for line in lines)])[1:]


def age_numbers(registry: Registry) -> npt.NDArray[np.intp]:
    """Number the ages."""
    return _numbered([TOTAL, *(_age(one) for one in registry.unknowns)])[1:]


def _age(unknown: Unknown) -> str:
    filters = dict(unknown.filters)
    if unknown.measure in SEXED:
        return filters["ligne"]
    by_column = unknown.measure.startswith("problematiques") or unknown.measure == "demandes"
    return filters.get("age", filters["colonne"] if by_column else TOTAL)


def same_figure_numbers(registry: Registry) -> npt.NDArray[np.intp]:
    """Number the figures, whatever the territory."""
    return _numbered([str((one.measure, one.filters)) for one in registry.unknowns])


def _numbered(names: Sequence[str]) -> npt.NDArray[np.intp]:
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], dtype=np.intp)


def _fine(unknown: Unknown, family: dict[str, str]) -> str:
    filters = dict(unknown.filters)
    if unknown.measure == f"{COHORT}_{NOUVEAUX}" or "sexe" in filters or unknown.measure == "travail_de_rue":
        return "jeunes/sexe"
    if unknown.measure == COHORT:
        return "jeunes/" + next((name for name in ("situation", "duree") if name in filters), "total")
    if unknown.measure == "problematiques":
        return "problematiques/" + family.get(filters["ligne"], "familles")
    if unknown.measure == "problematiques_jeunes":
        return "problematiques/jeunes"
    if unknown.measure == "participants":
        return "participants/" + filters["action"]
    return unknown.measure

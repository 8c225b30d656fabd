"""One scale for the same chart in every portrait, so that two communes can be laid beside each other."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from rlpipeline.errors import UsageError
from rlpipeline.figures import Declared, Scope, Store
from rlpipeline.settings.models import Service

NAME = "echelles.json"
"""File beside the source of the notebooks."""
MOST_COMMUNES = 60
"""Beyond, the largest commune would flatten the others, and each portrait has its own scale."""


def common_scales(source: Store, service: Service, year: int) -> Mapping[str, float]:
    """Find the end of the scale of each table's chart, from the largest figure that it draws over the communes.

    By table; nothing where there are too few communes or too many.
    """
    codes = service.commune_codes
    if not 1 < len(codes) <= MOST_COMMUNES:
        return {}
    scopes = [Scope(year, code, service) for code in codes]
    shared = [table for table in source.declared.tables.values() if table.look.one_scale]
    return {table.id: rounded_up(max(_largest(table, source, scope) for scope in scopes)) for table in shared}


def rounded_up(largest: float) -> float:
    """Give an end of scale at most a fifth above the largest figure, that one record more or less seldom moves.

    Each portrait would be made again, where the largest figure of one of them is the end of the scale of all.
    """
    if not largest:
        return 0.0
    power: float = 10 ** math.floor(math.log10(largest / 5))
    step = max(times * power for times in (1, 2, 5) if times * power <= largest / 5)
    return math.ceil(largest / step) * step


def _largest(of: Declared, source: Store, scope: Scope) -> float:
    try:
        figures = source.figures(of.id, scope)
    except UsageError:
        return 0.0
    lines, columns = figures["ligne"], figures["colonne"]
    drawn = (figures["annee"] == scope.year) & (lines != "total")
    by_sex = drawn & columns.isin(["F", "G"])
    if of.look.chart == "pyramid" and by_sex.any():
        drawn = by_sex
    elif of.look.chart in {"bars", "pyramid"}:
        drawn &= columns == "total"
    else:
        drawn &= lines.isin([family.code for family in scope.service.problematiques]) & (columns != "total")
    largest = figures["valeur"][drawn].max()
    return 0.0 if pd.isna(largest) else float(largest)


def write_scales(scales: Mapping[str, float], directory: Path) -> None:
    """Write the scales beside the source."""
    (directory / NAME).write_text(json.dumps(dict(scales), indent=1), encoding="utf-8")


def read_scales(source: str) -> Mapping[str, float]:
    """Read the scales that stand beside a source; none where a notebook is opened by hand."""
    path = Path(source).parent / NAME
    if "://" in source or not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    return {str(id): float(value) for id, value in json.loads(text).items()}

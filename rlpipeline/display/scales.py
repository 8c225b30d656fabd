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

    Returns
    -------
    By table; nothing where there are too few communes or too many.
    """
    codes = service.commune_codes
    if not 1 < len(codes) <= MOST_COMMUNES:
        return {}
    scopes = [Scope(year, code, service) for code in codes]
    shared = [one for one in source.declared.tables.values() if one.look.one_scale]
    return {one.id: rounded_up(max(_largest(one, source, scope) for scope in scopes)) for one in shared}


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
    drawn = figures["valeur"][_drawn(of.look.chart, figures, scope)]
    return float(drawn.max()) if drawn.notna().any() else 0.0


def _drawn(chart: str, figures: pd.DataFrame, scope: Scope) -> pd.Series[bool]:
    """Say which figures a chart draws."""
    of_year = (figures["annee"] == scope.year) & (figures["ligne"] != "total")
    if chart == "pyramid":
        by_sex = of_year & figures["colonne"].isin(["F", "G"])
        return by_sex if by_sex.any() else of_year & (figures["colonne"] == "total")
    if chart == "bars":
        return of_year & (figures["colonne"] == "total")
    families = [family.code for family in scope.service.problematiques]
    return of_year & figures["ligne"].isin(families) & (figures["colonne"] != "total")


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


def scale_of(scales: Mapping[str, float], of: Declared) -> float:
    """Give the scale of the chart of a table; 0 where it has its own."""
    return scales.get(of.id, 0.0) if of.look.one_scale else 0.0

"""One scale for the same chart in every portrait, so that two communes can be laid beside each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from rlpipeline import reads
from rlpipeline.errors import UsageError
from rlpipeline.figures import LOOKS, Scope, Source
from rlpipeline.settings.models import Service

NAME = "echelles.json"
"""File beside the source of the notebooks."""
MOST_COMMUNES = 60
"""Beyond, the largest commune would flatten the others, and each portrait has its own scale."""
CHARTS: Mapping[str, str] = {id: look.chart for id, look in LOOKS.items() if look.one_scale}
"""Kind of the charts that have one scale."""


def common_scales(source: Source, service: Service, year: int) -> Mapping[str, float]:
    """Find the largest figure that the chart of each table draws, over the communes.

    Returns
    -------
    By table; nothing where there are too few communes or too many.
    """
    codes = service.commune_codes
    if not 1 < len(codes) <= MOST_COMMUNES:
        return {}
    scopes = [Scope(year, code, service) for code in codes]
    return {id: max((_largest(id, source, scope) for scope in scopes), default=0.0) for id in CHARTS}


def _largest(id: str, source: Source, scope: Scope) -> float:
    try:
        figures = source.figures(id, scope)
    except UsageError:
        return 0.0
    drawn = figures["valeur"][_drawn(id, figures, scope)]
    return float(drawn.max()) if drawn.notna().any() else 0.0


def _drawn(id: str, figures: pd.DataFrame, scope: Scope) -> pd.Series[bool]:
    """Say which figures a chart draws."""
    of_year = (figures["annee"] == scope.year) & (figures["ligne"] != "total")
    if CHARTS[id] == "pyramid":
        by_sex = of_year & figures["colonne"].isin(["F", "G"])
        return by_sex if by_sex.any() else of_year & (figures["colonne"] == "total")
    if CHARTS[id] == "bars":
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


def scale_of(scales: Mapping[str, float], id: str) -> float:
    """Give the scale of the chart of a table; 0 where it has its own."""
    if id in CHARTS:
        reads.note(reads.SCALE, id)
    return scales.get(id, 0.0)

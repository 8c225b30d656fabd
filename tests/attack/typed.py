"""Small publications typed by hand: a number, « ≈5 » for a rounded one, or None for a mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from rlpipeline.attack import Attacked, Bounds, Key, Knowledge, attack
from rlpipeline.figures import REGISTRY
from rlpipeline.figures.structure import structure
from rlpipeline.published.links import read_links
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection import naive

COMMUNES = {commune.code: commune.nom for commune in SETTINGS.communes}
KNOWN = Knowledge(COMMUNES, base=None, sensibles=(), links=read_links(structure(REGISTRY, SETTINGS)))
Typed = float | str | None
Lines = Mapping[str, Sequence[Typed]]


def typed(
    indicator: str, columns: Sequence[str], lines: Lines, territory: str = "service", year: int = 2023
) -> pd.DataFrame:
    """Write a table as lines of ``indicateurs.csv``."""
    rows = [
        (indicator, year, territory, line, column, *_said(value))
        for line, values in lines.items()
        for column, value in zip(columns, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=[*naive.KEY, "valeur", "unite", "etat"]).astype({"valeur": "float64"})


def _said(value: Typed) -> tuple[float | None, str, str]:
    """Give the number, the unit and the state of a cell."""
    if isinstance(value, str):
        return float(value.removeprefix("≈")), "jeunes", "arrondi"
    return value, "jeunes", "masque" if value is None else "ok"


def published(
    directory: Path,
    *tables: pd.DataFrame,
    families: Sequence[str] = (),
    prose: naive.Prose = (),
    dictionary: Mapping[str, object] | None = None,
) -> Path:
    """Write tables as a publication; ``dictionary`` is what ``datapackage.json`` says of rounding."""
    frame = pd.concat(tables, ignore_index=True)
    naive.publish(frame, directory, SETTINGS)
    if dictionary is not None:
        naive.declare(directory, SETTINGS, arrondi=dictionary)
    whole = frame[frame["territoire"] == "service"]
    (directory / "rapport.html").write_text(naive.page(whole, families, prose), encoding="utf-8")
    return directory


def found(attacked: Attacked, key: Key) -> Bounds:
    """Give what was found of one figure."""
    return next(cell for cell in attacked.cells if cell.key == key)


def interval(attacked: Attacked, key: Key) -> tuple[float, float]:
    """Give where one figure was found to lie."""
    bounds = found(attacked, key)
    return bounds.least, bounds.greatest


def attacked(directory: Path, *tables: pd.DataFrame, known: Knowledge = KNOWN) -> Attacked:
    """Attack tables as a publication."""
    return attack([published(directory, *tables)], known)

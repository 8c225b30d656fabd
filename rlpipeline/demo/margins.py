"""The printed margins of 2023 and the small tables kept as data files beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from io import StringIO

import pandas as pd

AGES = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
SEXES = ("F", "G")
TOTAL = "total"
PRINTED_YEAR = 2023

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Margin:
    """One printed cell: its place and its number; ``imprime`` is False where the cell is blank and shown to be 0."""

    tableau: str
    ligne: str
    colonne: str
    valeur: float
    imprime: bool

    @property
    def key(self) -> Key:
        """Place of the cell."""
        return (self.tableau, self.ligne, self.colonne)

    @property
    def is_total(self) -> bool:
        """Whether the cell sums others of its table."""
        return TOTAL in (self.ligne, self.colonne)


def data_table(name: str) -> pd.DataFrame:
    """Read a data file of the demonstration.

    Returns
    -------
    Columns as in the file, all ``str``; a missing cell is the empty text.
    """
    text = resources.files("rlpipeline.demo").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)


def printed_margins() -> tuple[Margin, ...]:
    """Every cell of the printed report of 2023 that counts young people, families, referrals or hours."""
    rows = data_table("marges_2023").itertuples(index=False)
    return tuple(Margin(str(t), str(li), str(co), float(str(v)), p == "1") for t, li, co, p, v in rows)

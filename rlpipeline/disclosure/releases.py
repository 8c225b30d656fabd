"""The ledger: what was released before, as it was published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rlpipeline.disclosure.unknowns import Cell
from rlpipeline.errors import SettingsError
from rlpipeline.indicators import CSV_COLUMNS
from rlpipeline.indicators.tidy import MASQUE, OK

LEDGER_COLUMNS = (*CSV_COLUMNS, "primaire")


@dataclass(frozen=True)
class Releases:
    """Every figure released before; the last release of a cell counts.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv`` and ``primaire`` (whether it was masked for being small).
    """

    figures: pd.DataFrame

    @classmethod
    def none(cls) -> Releases:
        """Give the ledger of a service that has released nothing."""
        return cls(pd.DataFrame({name: pd.Series(dtype="str") for name in LEDGER_COLUMNS}))

    def numbers(self, year: int) -> Mapping[Cell, float]:
        """Give the numbers released for a year."""
        return {cell: value for cell, value, state in self._rows(year) if state == OK}

    def masks(self, year: int) -> frozenset[Cell]:
        """Give the cells released masked for a year."""
        return frozenset(cell for cell, _, state in self._rows(year) if state == MASQUE)

    def _rows(self, year: int) -> list[tuple[Cell, float, str]]:
        of_year = self.figures[self.figures["annee"].astype("int64") == year]
        last = of_year.drop_duplicates(list(CSV_COLUMNS[:5]), keep="last")
        return [
            (Cell(str(i), int(a), str(t), str(line), str(c)), float(value), str(state))
            for i, a, t, line, c, value, _, state in last[list(CSV_COLUMNS)].itertuples(index=False)
        ]


def read_releases(directory: Path) -> Releases:
    """Read the ledger, one CSV file a release, in the order of their names.

    Raises
    ------
    SettingsError
        A file is not one of the ledger.
    """
    paths = sorted(directory.glob("*.csv")) if directory.is_dir() else []
    tables = [_read(path) for path in paths]
    return Releases(pd.concat(tables, ignore_index=True)) if tables else Releases.none()


def _read(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    if set(table.columns) != set(LEDGER_COLUMNS):
        raise SettingsError(
            "Un fichier du registre des diffusions n'a pas les colonnes attendues.",
            where=str(path),
            expected=", ".join(LEDGER_COLUMNS),
            got=", ".join(table.columns),
            todo="rétablir le fichier tel que « rlpipeline share » l'a écrit",
        )
    return table.assign(
        annee=table["annee"].astype("int64"), valeur=pd.to_numeric(table["valeur"]), primaire=table["primaire"] == "oui"
    )

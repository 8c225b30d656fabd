"""The transcription of the printed report, as frames."""

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent / "reference" / "2023"
KEY = ["indicateur", "territoire", "ligne", "colonne"]


def transcription() -> pd.DataFrame:
    """Every printed cell: the key, ``imprime`` as printed, ``valeur`` (NaN where it is not a number), ``fichier``."""
    parts = [
        pd.read_csv(path, dtype=str, keep_default_na=False).assign(fichier=path.stem)
        for path in sorted(FOLDER.glob("*.csv"))
        if path.stem != "exceptions"
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(valeur=pd.to_numeric(table["valeur"]))


def exceptions() -> pd.DataFrame:
    """Cells where the printed report contradicts itself, all columns text."""
    return pd.read_csv(FOLDER / "exceptions.csv", dtype=str, keep_default_na=False)

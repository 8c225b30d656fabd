"""What made-up services are drawn around, in small files beside this module."""

from __future__ import annotations

from importlib import resources
from io import StringIO

import pandas as pd

AGES = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
COMMUNES = 4
"""Number of communes of the service whose posts, amounts and hours these files hold."""


def given_text(name: str) -> str:
    """Text of a file."""
    return resources.files("rlpipeline.demo").joinpath("data", name).read_text(encoding="utf-8")


def given_table(name: str) -> pd.DataFrame:
    """Read a CSV file: its columns, all ``str``, a missing cell the empty text."""
    return pd.read_csv(StringIO(given_text(f"{name}.csv")), dtype=str, keep_default_na=False)

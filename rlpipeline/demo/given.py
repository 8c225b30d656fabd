"""What made-up services are drawn around, in small files beside this module; their territory; days of a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from io import StringIO
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlpipeline.errors import UsageError

Array = NDArray[Any]
Rng = np.random.Generator
Tables = dict[str, pd.DataFrame]

AGES = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
COMMUNES = 4  # those of the service whose posts, amounts and hours these files hold
MAX_COMMUNES = 1_000
OUTSIDE = "hors"
NEVER = np.datetime64("NaT", "D")
# No commune has these numbers (Ain ends at 457, Allier at 321): the codes are well formed and stand for nobody.
# They show the two traps of French codes on purpose, a leading zero and a letter.
_PLAIN_CODES = (*range(1_500, 2_000), *range(3_500, 4_000))


def given_text(name: str) -> str:
    """Text of a file."""
    return resources.files("rlpipeline.demo").joinpath("data", name).read_text(encoding="utf-8")


def given_table(name: str) -> pd.DataFrame:
    """Read a CSV file: its columns, all ``str``, a missing cell the empty text."""
    return pd.read_csv(StringIO(given_text(f"{name}.csv")), dtype=str, keep_default_na=False)


def first_day(year: int) -> np.datetime64:
    """1 January of the year."""
    return np.datetime64(f"{year:04d}-01-01", "D")


def last_day(year: int) -> np.datetime64:
    """31 December of the year."""
    return np.datetime64(f"{year:04d}-12-31", "D")


def working_days(year: int) -> Array:
    """Array of the year from Monday to Saturday, 1 January left out."""
    days = np.arange(first_day(year) + np.timedelta64(1, "D"), first_day(year + 1), dtype="M8[D]")
    return days[np.is_busday(days, weekmask="1111110")]


@dataclass(frozen=True)
class Territory:
    """What the records say of a service's territory."""

    nom: str
    departement: str
    communes: tuple[tuple[str, str], ...]
    epci: tuple[str, str]
    qpv: tuple[tuple[str, str, str], ...]
    quartiers: Mapping[str, tuple[str, ...]]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the communes, in report order."""
        return tuple(code for code, _ in self.communes)

    @property
    def educators(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of the educators of each commune."""
        return {code: (f"EDU-{2 * i + 1:04d}", f"EDU-{2 * i + 2:04d}") for i, code in enumerate(self.codes)}


def fictitious_territory(count: int, seed: int) -> Territory:
    """Made-up communes with awkward names; the code of every tenth has a letter. UsageError beyond a thousand."""
    if not 1 <= count <= MAX_COMMUNES:
        raise UsageError("Nombre de communes impossible.", expected=f"de 1 à {MAX_COMMUNES}", got=str(count))
    plain = iter(_PLAIN_CODES)
    codes = [f"2A{500 + i // 10}" if i % 10 == 9 else f"{next(plain):05d}" for i in range(count)]
    given = given_table("noms").groupby("sorte")["nom"].agg(list)
    names = [shape.format(stem) for shape, stem in product(given["forme"], given["racine"])]
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(names))[:count]
    communes = tuple((code, names[i]) for code, i in zip(codes, order, strict=True))
    return Territory(
        nom="Service fictif de prévention spécialisée",
        departement="01",
        communes=communes,
        epci=("200000000", "Communauté d'agglomération fictive des Deux Vallées"),
        qpv=tuple((f"QP{code}1", f"Quartier prioritaire de {name}", code) for code, name in communes[::4]),
        quartiers={code: ("Centre", "Les Tilleuls", "L'Écluse")[: 2 + index % 2] for index, code in enumerate(codes)},
    )

"""The territory of a made-up service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from rlpipeline.demo.given import given_table
from rlpipeline.errors import UsageError

MAX_COMMUNES = 1_000
OUTSIDE = "hors"

# No commune has these numbers (Ain ends at 457, Allier at 321): the codes are well formed and stand for nobody.
# They show the two traps of French codes on purpose, a leading zero and a letter.
_PLAIN_CODES = (*range(1_500, 2_000), *range(3_500, 4_000))


@dataclass(frozen=True)
class Territory:
    """What the records say of a service's territory."""

    nom: str
    departement: str
    communes: tuple[tuple[str, str], ...]
    epci: tuple[str, str]
    qpv: tuple[tuple[str, str, str], ...]
    quartiers: Mapping[str, tuple[str, ...]]
    lieux: Mapping[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the communes, in report order."""
        return tuple(code for code, _ in self.communes)


def fictitious_territory(count: int, seed: int) -> Territory:
    """Made-up communes with well-formed codes and awkward names.

    Raises
    ------
    UsageError
        ``count`` is not between 1 and 1000.
    """
    if not 1 <= count <= MAX_COMMUNES:
        raise UsageError("Nombre de communes impossible.", expected=f"de 1 à {MAX_COMMUNES}", got=str(count))
    codes = _codes(count)
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
        lieux=dict.fromkeys(codes, "Maison de quartier"),
    )


def _codes(count: int) -> tuple[str, ...]:
    """Every tenth commune is in Corsica, for the letter in its code."""
    plain = iter(_PLAIN_CODES)
    return tuple(f"2A{500 + i // 10}" if i % 10 == 9 else f"{next(plain):05d}" for i in range(count))

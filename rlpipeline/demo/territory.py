"""The territory of the demonstration: the four communes of the printed report, or made-up ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from rlpipeline.demo.margins import data_table
from rlpipeline.errors import UsageError

MAX_COMMUNES = 1_000
PRINTED_COMMUNES = (("62215", "Carvin"), ("62250", "Courrières"), ("62907", "Libercourt"), ("62637", "Oignies"))
PRINTED_POSITIONS = {
    "62215": (50.493, 2.956), "62250": (50.458, 2.939), "62907": (50.484, 3.015), "62637": (50.469, 2.994),
}  # fmt: skip
OUTSIDE = "hors"

# No commune has these numbers (Ain ends at 457, Allier at 321): the codes are well formed and stand for nobody.
# They show the two traps of French codes on purpose, a leading zero and a letter.
_PLAIN_CODES = (*range(1_500, 2_000), *range(3_500, 4_000))
_STEMS = (
    "Aubrelle", "Brisemont", "Cœurvaux", "Dévreuil", "Épinoche", "Fauvillon", "Gréselles", "Haÿencourt", "Isoline",
    "Jonchery", "Kermadrec", "Lavrillon", "Mésanges", "Noirepierre", "Œuvrecourt", "Pâquerolles", "Querceville",
    "Ronceverte", "Sablonnet", "Trémouillac", "Urvillers", "Valombreuse", "Wasselard", "Yvernelle", "Zudecourt",
)  # fmt: skip
_SHAPES = (
    "{}", "{}-sur-Lorne", "{}-lès-Marais", "{}-l'Étang", "{}-la-Forêt", "{}-en-Bocage", "{}-aux-Bois", "{}-le-Château",
    "Saint-Éloi-{}", "Sainte-Ÿse-{}", "Le Mesnil-{}", "La Chapelle-lès-{}", "L'Hôpital-{}", "Les Essarts-{}", "Neuf-{}",
    "Vieux-{}", "{}-sous-Brume", "{}-et-Combes", "{}-d'Aval", "{}-d'Amont", "Bourg-{}", "Haut-{}", "Bas-{}",
    "{}-les-Hêtres", "{}-près-Grève", "{}-Saint-Ouën", "Val-{}", "Pont-{}", "Mont-{}", "Fort-{}", "{}-Village",
    "{}-la-Neuve", "{}-le-Sec", "Champ-{}", "Grand-{}", "Petit-{}", "{}-du-Lac", "{}-sur-Hève", "Côte-{}", "Île-{}",
)  # fmt: skip


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
    printed: bool
    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the communes, in report order."""
        return tuple(code for code, _ in self.communes)


def printed_territory() -> Territory:
    """The four communes of the printed report."""
    quartiers = data_table("quartiers").groupby("commune", sort=False)["quartier"].agg(tuple).to_dict()
    lieux = data_table("lieux").set_index("commune")["lieu"].to_dict()
    return Territory(
        nom="SPS de l'Association Rencontres & Loisirs",
        departement="62",
        communes=PRINTED_COMMUNES,
        epci=("246200299", "Communauté d'agglomération d'Hénin-Carvin"),
        qpv=(("QP062000", "Quartier prioritaire", "62250"),),
        quartiers={str(code): names for code, names in quartiers.items()},
        lieux={str(code): str(name) for code, name in lieux.items()},
        printed=True,
        positions=PRINTED_POSITIONS,
    )


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
    names = [shape.format(stem) for shape, stem in product(_SHAPES, _STEMS)]
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
        printed=False,
    )


def _codes(count: int) -> tuple[str, ...]:
    """Every tenth commune is in Corsica, for the letter in its code."""
    plain = iter(_PLAIN_CODES)
    return tuple(f"2A{500 + i // 10}" if i % 10 == 9 else f"{next(plain):05d}" for i in range(count))

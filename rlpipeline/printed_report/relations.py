"""What the optional ``relations.yml`` declares: units, populations, parts and wholes, composites, known populations."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableRelations(_Strict):
    """What is known of one table."""

    unite: str = ""
    population: str = ""
    plusieurs_reponses: bool = False
    annee: int | None = None
    total: str = ""


class Subset(_Strict):
    """A figure that cannot exceed another: « table/ligne », « table/colonne » or « table/ligne/colonne »."""

    partie: str
    tout: str


class Composite(_Strict):
    """A line whose value lies between those of its members: « table/ligne » or « table/colonne »."""

    ensemble: str
    membres: tuple[str, ...]


class Relations(_Strict):
    """The whole of ``relations.yml``."""

    annee: int | None = None
    titre: str = ""
    tableaux: dict[str, TableRelations] = {}
    memes_populations: tuple[tuple[str, ...], ...] = ()
    sous_ensembles: tuple[Subset, ...] = ()
    composites: tuple[Composite, ...] = ()
    populations: str = ""


@dataclass(frozen=True)
class Population:
    """A known population: code and name of a territory, vintage, inhabitants."""

    code: str
    name: str
    vintage: int
    inhabitants: float

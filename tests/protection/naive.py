"""Protections that seem to protect, the figures they would publish, and the services that they are broken on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rlpipeline.attack import Knowledge
from rlpipeline.declared import FigureKey as Key
from rlpipeline.figures import PROTECTED_UNITS, SERVICE
from rlpipeline.figures.structure import structure
from rlpipeline.protection.classes import STOCK
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from tests.declared import INDICATORS
from tests.figures.random_records import random_records
from tests.figures.stored import count_year

KEY = ["indicateur", "annee", "territoire", "ligne", "colonne"]
PLACE = KEY[:3]
ROUNDINGS = 8
BASE = 5
SEEDS = range(3)
"""Random services, which ours must protect."""
SMALL_CELLS = 20
"""Small figures of persons that each of them has, at least."""


@dataclass(frozen=True)
class Exact:
    """What was counted: every figure of the tables about persons, with which ones are too small."""

    figures: pd.DataFrame
    service: Service

    @property
    def primary(self) -> Mapping[Key, int]:
        """Figures under their threshold, with it."""
        small = self.figures[self.small]
        return {
            Key(*row): threshold(row[3], self.service) for row in small[KEY].itertuples(index=False)
        }

    @property
    def persons(self) -> pd.Series[bool]:
        return self.figures["unite"].isin(PROTECTED_UNITS) & self.figures["etat"].isin(
            ["ok", "partiel"]
        )

    @property
    def small(self) -> pd.Series[bool]:
        least = self.figures["ligne"].map(lambda line: threshold(line, self.service))
        return self.persons & self.figures["valeur"].between(0, least, inclusive="neither")

    @property
    def knowledge(self) -> Knowledge:
        """An intruder before figures that nobody rounds; random rows may lie outside of their follow-up's dates."""
        rules, families = self.service.diffusion, self.service.problematiques
        sensitive = {
            code.code for one in families if one.code in rules.sensibles for code in one.codes
        }
        return Knowledge(
            {commune.code: commune.nom for commune in self.service.communes},
            links=structure(INDICATORS, self.service),
            seuil=rules.seuil,
            seuil_sensible=rules.seuil_sensible,
            sensibles=frozenset({*rules.sensibles, *sensitive}),
            followed_only=False,
        )


def threshold(line: str, service: Service) -> int:
    """Least number that may be published on a line: another one for sensitive families and their codes."""
    settings = service.diffusion
    sensitive = {
        code.code
        for family in service.problematiques
        if family.code in settings.sensibles
        for code in family.codes
    }
    return settings.seuil_sensible if line in {*settings.sensibles, *sensitive} else settings.seuil


def count(records: Records, service: Service, year: int) -> Exact:
    """Count every table about persons that may be shared, for the service and its territories."""
    about_persons = {
        id: one for id, one in INDICATORS.items() if one.spec.persons and not one.spec.not_shared
    }
    counted = count_year(records, year, service, about_persons)
    every = pd.concat([table.figures for table in counted.values()], ignore_index=True)
    shared = every["indicateur"].ne("flux_paei") | every["ligne"].eq(STOCK)
    return Exact(every[shared].reset_index(drop=True), service)


def service_of(seed: int) -> Records:
    """Make the records of one of them; participants, which random records have quarters of, are whole."""
    records = random_records(seed, persons=24)
    participations = records["participations"]
    rounded = participations.assign(nombre=np.floor(participations["nombre"]))
    return replace(records, frames={**records.frames, "participations": rounded})


def masked(frame: pd.DataFrame, hidden: pd.Series[bool]) -> pd.DataFrame:
    """Put masks on some figures."""
    states = frame["etat"].astype("str").mask(hidden, "masque").astype("str")
    base = frame["base"] if "base" in frame else pd.Series(0, index=frame.index)
    return frame.assign(valeur=frame["valeur"].mask(hidden), etat=states, base=base.mask(hidden, 0))


def hide_small(exact: Exact) -> pd.DataFrame:
    """Hide 1 to k − 1, and nothing else."""
    return masked(exact.figures, exact.small)


def each_table_apart(exact: Exact) -> pd.DataFrame:
    """Hide small figures, then others of the same table until no line or column of it gives one back."""
    hidden = exact.small.to_numpy().copy()
    values = exact.figures["valeur"].to_numpy()
    persons = exact.persons.to_numpy()
    for _, table in exact.figures.groupby(PLACE, sort=False):
        _close(_sums(table, exact.service), values, hidden, persons)
    return masked(exact.figures, pd.Series(hidden, index=exact.figures.index))


def _sums(table: pd.DataFrame, service: Service) -> list[np.ndarray]:
    """List the cells of each line and column that add up: newcomers and families are sums of their own."""
    added = table[table["colonne"] != "nouveaux"]
    sums = [group.index.to_numpy() for _, group in added.groupby("ligne", sort=False)]
    families = {
        family.code: [code.code for code in family.codes] for family in service.problematiques
    }
    groups = [[*families, "total"], *([family, *codes] for family, codes in families.items())]
    if table["indicateur"].iloc[0] != "problematiques":
        groups = [[*table["ligne"].unique()]]
    for _, column in table.groupby("colonne", sort=False):
        sums += [column.index[column["ligne"].isin(group)].to_numpy() for group in groups]
    return sums


def _close(
    sums: Sequence[np.ndarray], values: np.ndarray, hidden: np.ndarray, persons: np.ndarray
) -> None:
    """Hide a second figure, the smallest but zero, in every sum that has one hidden alone."""
    changed = True
    while changed:
        changed = False
        for cells in sums:
            others = [
                cell for cell in cells if not hidden[cell] and persons[cell] and values[cell] > 0
            ]
            if hidden[cells].sum() == 1 and others:
                hidden[min(others, key=lambda cell: values[cell])] = True
                changed = True


def rounded_anew(exact: Exact, release: int) -> pd.DataFrame:
    """Round the figures of territories to base 5 either way at random, otherwise at each release; hide small ones."""
    there = exact.persons & (exact.figures["territoire"] != SERVICE)
    return masked(_rounded(exact, there, release), exact.small & ~there)


def independent_portraits(exact: Exact) -> pd.DataFrame:
    """Give the margins of the service as they are, and round each other figure by itself."""
    frame = exact.figures
    margin = (frame["ligne"] == "total") | (frame["colonne"] == "total")
    shown = (frame["territoire"] == SERVICE) & margin & ~exact.small
    return _rounded(exact, exact.persons & ~shown)


def to_the_nearest(exact: Exact) -> pd.DataFrame:
    """Round every figure by itself to the nearest multiple of the base."""
    base = exact.service.diffusion.base
    near = np.floor(exact.figures["valeur"] / base + 0.5) * base
    return _marked(exact.figures, exact.persons, near)


def _rounded(exact: Exact, where: pd.Series[bool], seed: int = 0) -> pd.DataFrame:
    """Round some figures either way at random, as likely up as they are far up, and say so."""
    base = exact.service.diffusion.base
    random = np.random.Generator(np.random.PCG64(seed))
    down = np.floor(exact.figures["valeur"] / base) * base
    up = random.random(len(exact.figures)) < (exact.figures["valeur"] - down) / base
    return _marked(exact.figures, where, down + base * up)


def _marked(frame: pd.DataFrame, where: pd.Series[bool], values: pd.Series[float]) -> pd.DataFrame:
    states = frame["etat"].mask(where, "arrondi").astype("str")
    return frame.assign(
        valeur=frame["valeur"].mask(where, values), etat=states, base=np.where(where, BASE, 0)
    )


def without_a_portrait(exact: Exact) -> pd.DataFrame:
    """Give everything but what concerns the smallest commune: the complete report minus the other portraits is that."""
    frame = exact.figures
    counted = frame[
        (frame["indicateur"] == "accompagnes")
        & (frame["ligne"] == "total")
        & (frame["colonne"] == "total")
    ]
    communes = counted[
        counted["territoire"].isin(exact.service.commune_codes) & (counted["valeur"] > 0)
    ]
    smallest = communes.sort_values("valeur")["territoire"].iloc[0]
    of_it = (frame["territoire"] == smallest) | (
        (frame["indicateur"] == "communes") & (frame["ligne"] == smallest)
    )
    return masked(frame, of_it & exact.persons)

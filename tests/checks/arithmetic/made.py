"""Publications made from records without building: every figure of the registry, and the tables around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from rlpipeline.checks.model import Discrepancy, Figure, examine
from rlpipeline.checks.relations import Counted, Declared, Recount, check_relations
from rlpipeline.declared import FigureKey
from rlpipeline.figures import SERVICE, Scope, TableData, territories
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.structure import structure
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from tests.declared import INDICATORS, table_data
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.factory import make_records
from tests.figures.random_records import Dice, random_records
from tests.figures.stored import count_year

YEAR = 2023


@dataclass(frozen=True)
class Made:
    """Figures of a service, with the titles of their tables."""

    figures: Mapping[FigureKey, Figure]
    titles: Mapping[str, str]
    declared: Declared

    def findings(self) -> tuple[Discrepancy, ...]:
        return self.examine()[0]

    def examine(self) -> tuple[tuple[Discrepancy, ...], dict[str, int]]:
        return examine(check_relations(self.figures, self.titles, self.declared))

    def with_value(self, key: FigureKey, value: float | None, state: str = "ok") -> Made:
        changed = self.figures[key]._replace(valeur=value, etat=state)
        return replace(self, figures={**self.figures, key: changed})


def made(
    records: Records,
    service: Service = SETTINGS,
    year: int = YEAR,
    within_dates: bool = False,
    own: tuple[CountedTable, ...] = (),
    counted: Mapping[tuple[str, str], TableData] | None = None,
) -> Made:
    """Every table of a year, and some more, for the service and its parts, and the service's of the year before.

    Tables that the service does not keep are there too. What was ``counted`` of the year is not counted again.
    """
    indicators = {**INDICATORS, **{one.id: one for one in own}}
    counted = count_year(records, year, service, indicators) if counted is None else counted
    scopes = [Scope(year, place, service) for place in (SERVICE, *territories(service))]
    before = Scope(year - 1, SERVICE, service)
    beside = [
        (one, of)
        for one in indicators.values()
        if (one.id, SERVICE) not in counted
        for of in scopes
    ]
    beside += [(one, before) for one in indicators.values()]
    tables = [
        *counted.values(),
        *(table_data(one, records, of) for one, of in beside if one.spec.concerns(of.territory)),
    ]
    figures = {figure.key: figure for table in tables for figure in _figures(table.current)}
    titles = {table.id: table.spec.title for table in tables}
    return Made(figures, titles, declared(service, year, within_dates, indicators))


def declared(
    service: Service = SETTINGS,
    year: int = YEAR,
    within_dates: bool = False,
    indicators: Mapping[str, CountedTable] = INDICATORS,
) -> Declared:
    return Declared(
        year,
        service.commune_codes,
        structure(indicators, service),
        within_dates=within_dates,
    )


@cache
def random_publication() -> Made:
    """What is published of random records, with posts and funding, some of them not communicated, counted once."""
    records, dice = random_records(0), Dice(0)
    means = make_records(
        personnel=[_post(dice, number) for number in range(6)],
        financements=[
            {"annee": YEAR, "financeur": f"Financeur {number}", "montant_eur": dice.number(4_000)}
            for number in range(7)
        ],
    )
    frames = {**records.frames, **{name: means[name] for name in ("personnel", "financements")}}
    return made(Records(frames, records.present))


def _post(dice: Dice, number: int) -> dict[str, object]:
    category = dice.one_of(("direction_administration", "educatif", "autres"))
    amounts = {name: dice.number(12) for name in ("etp", "etp_departement", "etp_communes")}
    return {"annee": YEAR, "categorie": category, "poste": f"Poste {number}", **amounts}


def recount(records: Records, service: Service = SETTINGS) -> Recount:
    """The callable that a build gives: an indicator counted again."""

    def counted(id: str, year: int, territory: str) -> Mapping[tuple[str, str], Counted] | None:
        if id not in INDICATORS:
            return None
        found = table_data(id, records, Scope(year, territory, service)).current
        return {(f.key.ligne, f.key.colonne): (f.valeur, f.unite, f.etat) for f in _figures(found)}

    return counted


def _figures(frame: pd.DataFrame) -> list[Figure]:
    return [
        Figure(
            FigureKey(row.indicateur, int(row.annee), row.territoire, row.ligne, row.colonne),
            None if pd.isna(row.valeur) else float(row.valeur),
            row.unite,
            row.etat,
            "indicateurs.csv",
        )
        for row in frame.itertuples(index=False)
    ]

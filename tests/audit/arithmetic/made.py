"""Publications made from records without building: every figure of the registry, and the tables around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from rlpipeline.audit.arithmetic import Additivity, Declared, Recompute, Units, check_crossing, check_own, check_units
from rlpipeline.audit.arithmetic.recount import Counted
from rlpipeline.audit.arithmetic.tables import make_grids
from rlpipeline.audit.findings import Examination, Finding, Tested, examine
from rlpipeline.figures import HORS, REGISTRY, SANS_COMMUNE, SERVICE, Scope, TableData, table_data, territories
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.structure import structure
from rlpipeline.published import Place
from rlpipeline.published.links import read_links
from rlpipeline.published.model import Bundle, Figure, FigureKey, Label
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.factory import make_records
from tests.figures.random_records import Dice, random_records
from tests.figures.stored import count_year

YEAR = 2023


@dataclass(frozen=True)
class Made:
    """Figures and tables of a service, checked a territory after the other, then between territories."""

    figures: Mapping[FigureKey, Figure]
    tables: tuple[Bundle, ...]
    declared: Declared

    def findings(self) -> tuple[Finding, ...]:
        return self.examine().findings

    def examine(self) -> Examination:
        done = [self.within(place) for place in self.places]
        units = sum((units for _, units in done), Units())
        every = [*(examination for examination, _ in done), self.between(units)]
        counts = sum((Counter(one.counts) for one in every), Counter[str]())
        return Examination(tuple(finding for one in every for finding in one.findings), counts)

    @property
    def places(self) -> tuple[str, ...]:
        """Those that have a part of the publication."""
        return (SERVICE, *self.declared.communes)

    def owner(self, territory: str) -> str:
        return territory if territory in self.places else SERVICE

    def within(self, place: str) -> tuple[Examination, Units]:
        """Check one part."""
        own = {key: figure for key, figure in self.figures.items() if self.owner(key.territoire) == place}
        return check_own(own, [one for one in self.tables if one.territoire in (place, SERVICE)], self.declared)

    def between(self, units: Units) -> Examination:
        """Check what is between the parts, whose units are told."""
        return examine(self._between(units))

    def _between(self, units: Units) -> Iterator[Tested]:
        yield from check_units(units)
        crossing = {
            key: figure
            for key, figure in self.figures.items()
            if key.indicateur in self.declared.links.between_territories
        }
        yield from check_crossing(make_grids(crossing, self.tables), self.declared)
        additivity = Additivity(self.declared, self._of(SERVICE))
        for territory in self.declared.territories:
            additivity.add(self._of(territory))
        shown = frozenset((table.id, table.territoire) for table in self.tables)
        yield from additivity.check(shown, {table.id: table.title for table in self.tables})

    def _of(self, territory: str) -> list[Figure]:
        return [figure for key, figure in self.figures.items() if key.territoire == territory]

    def with_value(self, key: FigureKey, value: float | None, state: str = "ok") -> Made:
        changed = replace(self.figures[key], valeur=value, etat=state)
        return replace(self, figures={**self.figures, key: changed})


def made(
    records: Records,
    service: Service = SETTINGS,
    year: int = YEAR,
    within_dates: bool = False,
    own: tuple[Indicator, ...] = (),
    counted: Mapping[tuple[str, str], TableData] | None = None,
) -> Made:
    """Every table of a year, and some more, for the service and its parts, and the service's of the year before.

    Tables that the service does not keep are there too. What was ``counted`` of the year is not counted again.
    """
    indicators = {**REGISTRY, **{one.id: one for one in own}}
    counted = count_year(records, year, service, indicators) if counted is None else counted
    scopes = [Scope(year, place, service) for place in (SERVICE, *territories(service))]
    before = Scope(year - 1, SERVICE, service)
    beside = [(one, of) for one in indicators.values() if (one.id, SERVICE) not in counted for of in scopes]
    beside += [(one, before) for one in indicators.values()]
    tables = [*counted.values(), *(table_data(one, records, of) for one, of in beside if one.concerns(of))]
    figures = {figure.key: figure for table in tables for figure in _figures(table.current)}
    shown = tuple(_bundle(table) for table in tables if table.territory not in (HORS, SANS_COMMUNE))
    return Made(figures, shown, declared(service, year, within_dates, indicators))


def declared(
    service: Service = SETTINGS,
    year: int = YEAR,
    within_dates: bool = False,
    indicators: Mapping[str, Indicator] = REGISTRY,
) -> Declared:
    return Declared(year, service.commune_codes, read_links(structure(indicators, service)), within_dates=within_dates)


@cache
def random_publication(seed: int) -> Made:
    """What is published of random records, counted once."""
    return made(random_service(seed))


def random_service(seed: int) -> Records:
    """Random records, with posts and funding, some of them not communicated."""
    records, dice = random_records(seed), Dice(seed)
    means = make_records(
        personnel=[_post(dice, number) for number in range(6)],
        financements=[
            {"annee": YEAR, "financeur": f"Financeur {number}", "montant_eur": dice.number(4_000)}
            for number in range(7)
        ],
    )
    return Records({**records.frames, **{name: means[name] for name in ("personnel", "financements")}}, records.present)


def _post(dice: Dice, number: int) -> dict[str, object]:
    category = dice.one_of(("direction_administration", "educatif", "autres"))
    amounts = {name: dice.number(12) for name in ("etp", "etp_departement", "etp_communes")}
    return {"annee": YEAR, "categorie": category, "poste": f"Poste {number}", **amounts}


def recount(records: Records, service: Service = SETTINGS) -> Recompute:
    """The callable that a build gives: an indicator counted again."""

    def counted(id: str, year: int, territory: str) -> Mapping[tuple[str, str], Counted] | None:
        if id not in REGISTRY:
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
            Place("indicateurs.csv", f"{row.indicateur} ({row.territoire}), ligne {row.ligne}, colonne {row.colonne}"),
        )
        for row in frame.itertuples(index=False)
    ]


def _bundle(table: TableData) -> Bundle:
    return Bundle(
        id=table.id,
        territoire=table.territory,
        annee=table.year,
        title=table.title,
        unit=table.unit,
        definition=table.definition,
        source=table.source,
        denominator=table.denominator,
        rows=tuple(Label(row.code, row.label, row.kind) for row in table.rows),
        columns=tuple(Label(column.code, column.label, column.kind) for column in table.columns),
        figures=(),
        texts=(),
        notes=(),
        place=Place("notebooks", table.id),
    )

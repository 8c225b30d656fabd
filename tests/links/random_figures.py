"""The shared figures of many random services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from rlpipeline.declared import FigureKey
from rlpipeline.figures import PROTECTED_UNITS, SERVICE
from rlpipeline.figures.structure import structure
from rlpipeline.links import Constraint, Tables, constraints, constraints_between_years
from rlpipeline.protection.classes import KEY, classes_of, regroup, shared_cells
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Disclosure, Service
from rlpipeline.states import WITHOUT_VALUE
from tests.declared import INDICATORS, declared
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records
from tests.figures.stored import count_year

YEAR = 2023
LINKS = structure(INDICATORS, SETTINGS)
OF = declared(SETTINGS)
SHARED = {id: INDICATORS[id] for id in OF.about_persons if id not in OF.not_shared}
RULES = Disclosure()
CLASSES = classes_of(RULES, SETTINGS)
Values = Mapping[FigureKey, float]


def services(count: int, first: int = 0) -> Iterator[Records]:
    """Make random services of 3 to 40 young people."""
    for seed in range(first, first + count):
        yield random_records(seed, persons=3 + seed % 38)


def counted(
    records: Records, year: int = YEAR, service: Service = SETTINGS, wholes: Sequence[str] = ()
) -> tuple[Tables, Values]:
    """Count the figures that are shared of a year, in their classes; of some territories as if each were a service."""
    tables = count_year(records, year, service, SHARED)
    every = pd.concat(
        [table.figures for table in tables.values() if len(table.figures)], ignore_index=True
    )
    apart = [every[every["territoire"].eq(code)].assign(territoire=SERVICE) for code in wholes] or [
        every
    ]
    shared = [shared_cells(figures, RULES, service, OF) for figures in apart]
    own = (
        [one.assign(territoire=code) for one, code in zip(shared, wholes, strict=True)]
        if wholes
        else shared
    )
    edition = regroup(pd.concat(own, ignore_index=True), CLASSES, OF.links)
    persons = edition[
        edition["indicateur"].isin(OF.about_persons) & edition["unite"].isin(PROTECTED_UNITS)
    ]
    columns = (persons[name].tolist() for name in (*KEY, "valeur", "etat"))
    cells, values = {}, {}
    for id, of_year, place, line, column, value, state in zip(*columns, strict=True):
        key = FigureKey(id, int(of_year), place, line, column)
        cells[key] = state not in WITHOUT_VALUE
        if cells[key]:
            values[key] = float(value)
    return Tables(LINKS, cells, CLASSES), values


def constraints_and_counts(records: Records) -> tuple[Sequence[Constraint], Values]:
    """State what holds between the shared figures of two years, and count them."""
    (tables, values), (before, former) = counted(records), counted(records, YEAR - 1)
    both = Tables(LINKS, {**before.cells, **tables.cells}, tables.classes)
    return [*constraints(tables, SETTINGS.commune_codes), *constraints_between_years(both)], {
        **former,
        **values,
    }


def always(row: Constraint) -> bool:
    """Whether a row holds in any records."""
    return not row.assumed and (row.link is None or row.link.holds == "toujours")


def is_broken(row: Constraint, values: Values) -> bool:
    """Whether figures, all of them known, do not obey a row."""
    known = all(key in values for key, _ in row.terms)
    return (
        known
        and not row.least - 1e-6
        <= sum(factor * values[key] for key, factor in row.terms)
        <= row.most + 1e-6
    )

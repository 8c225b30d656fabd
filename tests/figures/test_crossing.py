"""A table declared: what it counts, and what follows from the declaration.

Slow: the same where tables are missing, and in a service of one commune.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from rlpipeline.figures import SERVICE, Scope, TableData, territories, variables
from rlpipeline.figures.crossing import Crossing, Measure, persons, rows
from rlpipeline.figures.declaration import entered
from rlpipeline.figures.populations import Population
from rlpipeline.figures.structure import structure
from rlpipeline.figures.variables import Variable
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from tests.declared import INDICATORS
from tests.figures.factory import CARVIN, OIGNIES, make_records, scope
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records
from tests.figures.stored import count_year

Tables = Mapping[tuple[str, str], TableData]
CROSSED = [one for one in INDICATORS.values() if one.crossing]


def population(*given: Mapping[str, object]) -> Population:
    """Rows made by hand; those of a scope are kept as they are in a territory."""
    frame = pd.DataFrame([*given]).astype({"territoire": "str"})
    return Population(
        id="essai",
        title="lignes d'essai",
        needs=("jeunes", "suivis"),
        listed=lambda records, scope: (
            frame if scope.is_service else frame[frame["territoire"] == scope.territory]
        ),
    )


def row(person: str, territory: str = CARVIN, **codes: object) -> dict[str, object]:
    return {
        "id_jeune": person,
        "territoire": territory,
        "tranche_age": "11_14",
        "sexe": "F",
        **codes,
    }


def counted(
    crossing: Crossing, of: Scope | None = None, records: Records | None = None
) -> pd.DataFrame:
    return crossing.compute(records or make_records(), of or scope())


def grid(figures: pd.DataFrame) -> dict[tuple[str, str], float]:
    return {(one.ligne, one.colonne): one.valeur for one in figures.itertuples()}


def crossed(people: Population, lines: Variable, *measures: Measure, **more: Any) -> Crossing:
    return Crossing(population=people, lines=lines, measures=measures or (persons(),), **more)


def test_rare_codes_show_only_in_the_territories_where_someone_is_counted() -> None:
    people = population(row("J1", sexe="NR"), row("J2", OIGNIES, tranche_age=None))
    crossing = crossed(people, variables.age, columns=variables.sexe)
    counts = crossing.count(make_records(), scope(), (SERVICE, CARVIN, OIGNIES))
    shown = {
        place: {*of["ligne"], *of["colonne"]} & {"NR", "age_inconnu"}
        for place, of in counts.groupby("territoire")
    }
    assert shown == {SERVICE: {"NR", "age_inconnu"}, CARVIN: {"NR"}, OIGNIES: {"age_inconnu"}}
    lines = counts.loc[counts["territoire"] == CARVIN, "ligne"].unique().tolist()
    assert lines == ["moins_11", "11_14", "15_18", "19_21", "plus_21", "total"]


def test_a_family_is_the_sum_of_its_codes_or_its_distinct_persons() -> None:
    noted = (("J1", "logement"), ("J1", "autonomie_loisirs"), ("J2", "logement"))
    people = population(
        *(row(person, problematique=issue, famille="sociales") for person, issue in noted)
    )
    by_row = crossed(people, variables.problematique, rows(), columns=variables.age)
    by_person = replace(by_row, measures=(persons(),))
    assert grid(counted(by_row))["sociales", "total"] == 3
    assert (
        grid(counted(by_person))["sociales", "total"]
        == grid(counted(by_person))["total", "total"]
        == 2
    )
    assert by_row.row_kinds(SETTINGS)["sociales"] == "famille"
    assert "sociales" not in by_person.row_kinds(SETTINGS)


def test_names_of_the_records_are_lines_in_natural_order_and_never_the_total() -> None:
    names = ["Quartier 10", "Quartier 9", "total", None]
    people = population(*(row(f"J{number}", quartier=name) for number, name in enumerate(names)))
    found = counted(crossed(people, variables.quartier, columns=variables.sexe))
    assert found["ligne"].unique().tolist() == [
        "Quartier 9",
        "Quartier 10",
        "total (nom)",
        "non_renseigne",
        "total",
    ]
    assert grid(found)["total", "total"] == 4


@pytest.fixture(
    scope="module",
    params=["random", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("absent", "one"))],
)
def known(request: pytest.FixtureRequest) -> tuple[Records, Service]:
    """Records with rare codes, the same with tables missing, and of a service of one commune."""
    records = random_records(5)
    if request.param == "absent":
        records = replace(
            records,
            present=records.present - {"situations", "presences", "temps", "problematiques"},
        )
    one = SETTINGS.model_copy(update={"communes": SETTINGS.communes[:1], "qpv": SETTINGS.qpv[:1]})
    return records, one if request.param == "one" else SETTINGS


@pytest.fixture(scope="module")
def tables(known: tuple[Records, Service]) -> Tables:
    """Every table of the year, by indicator and territory."""
    records, service = known
    return count_year(records, 2023, service)


def test_a_year_counted_at_once_is_each_table_of_each_territory(
    known: tuple[Records, Service], tables: Tables
) -> None:
    records, service = known
    scopes = [Scope(2023, place, service) for place in (SERVICE, *territories(service))]
    there = [one for one in INDICATORS.values() if not one.when or one.when(records, service)]
    expected = [
        (one.id, of.territory) for one in there for of in scopes if one.spec.concerns(of.territory)
    ]
    assert [*tables] == expected
    for id, territory in expected:
        of, indicator = Scope(2023, territory, service), INDICATORS[id]
        alone = indicator.compute(entered(records, of), of)
        assert tables[id, territory].current[[*alone]].equals(alone), (id, territory)


def test_territories_add_up_to_the_service(known: tuple[Records, Service], tables: Tables) -> None:
    places = territories(known[1])
    for id, indicator in INDICATORS.items():
        found = [tables[id, place].current for place in (SERVICE, *places) if (id, place) in tables]
        if not indicator.spec.additive or len(found) < 2:
            continue
        whole, parts = (
            frame[~frame["colonne"].isin(indicator.spec.apart)]
            .groupby(["ligne", "colonne"])["valeur"]
            .sum()
            for frame in (found[0], pd.concat(found[1:]))
        )
        pd.testing.assert_series_equal(whole, parts.reindex(whole.index, fill_value=0.0), obj=id)
        assert parts.index.isin(whole.index).all(), id


def test_the_structure_says_what_the_total_line_is(
    known: tuple[Records, Service], tables: Tables
) -> None:
    declared = structure(INDICATORS, known[1])
    for id, spec in declared.tables.items():
        if (id, SERVICE) not in tables:  # what the service does not keep
            continue
        figures = tables[id, SERVICE].figures
        for measure in spec.measures:
            of_measure = figures[figures["colonne"] == (measure.code or "total")]
            column = of_measure.set_index("ligne")["valeur"]
            total, variable = spec.lines.total, declared.variables.get(spec.lines.variable)
            families = variable.families if variable else {}
            lines = column.drop(total) if total else column
            assert not (measure.derived and measure.total), id  # parts of a part are no part
            added = lines.drop([code for codes in families.values() for code in codes]).sum()
            if measure.total in ("somme", "familles") and column.notna().all():
                assert round(added, 6) == round(column[total], 6), id
            if measure.total == "reunion" and column.notna().all():
                assert lines.max() <= column[total] <= added, id


def test_every_variable_of_persons_has_one_code_a_person(known: tuple[Records, Service]) -> None:
    records, service = known
    for crossing in (
        one.crossing for one in CROSSED if one.crossing and one.crossing.population.of_persons
    ):
        found = crossing.population.listed(records, Scope(2023, SERVICE, service))
        for variable in crossing.variables:
            if variable.one_each:
                assert (found.groupby("id_jeune")[variable.column].nunique() <= 1).all(), (
                    variable.id
                )

"""A table that is declared: a population crossed with one variable or two, and what is counted in each cell.

From the declaration follow the totals, the words, what adds up over the territories, the rows used, the tables of the
records needed, and what ``datapackage.json`` says of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.figures.declaration import PLAIN, PROTECTED_UNITS, Frames, Indicator, Kind, Look, usual_labels
from rlpipeline.figures.labels import AU_MOINS_UN, NOUVEAUX, TOTAL, UNIT_WORDS
from rlpipeline.figures.populations import Population
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.sums import DECIMALS, Sums, sum_states
from rlpipeline.figures.tidy import NC, OK, WITHOUT_VALUE, Bools, Floats, Objects, not_communicated, positions
from rlpipeline.figures.variables import Variable
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

Counted = Literal["lignes", "jeunes_distincts", "somme", "part", "par_semaine"]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a cell counts.

    Parameters
    ----------
    unit
        Code of the unit, as ``indicateurs.csv`` has it.
    counts
        ``lignes``, ``jeunes_distincts`` (each once in a cell, and once in its total), ``somme`` of the column ``of``.
    code
        Code of its column, where the columns of the table are measures.
    derived
        Makes the column from that of the sums before it and the scope: a share, an amount a week. It does not add up
        over the territories.
    """

    unit: str
    counts: Counted
    code: str = ""
    of: str = ""
    derived: Callable[[Sums, Scope], Sums] | None = None


def persons(code: str = "") -> Measure:
    """Count distinct young people."""
    return Measure(unit="jeunes", counts="jeunes_distincts", code=code)


def rows(code: str = "") -> Measure:
    """Count rows, in the unit of their population."""
    return Measure(unit="", counts="lignes", code=code)


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """A population by one variable or two.

    Parameters
    ----------
    lines
        Variable of the lines.
    columns
        Variable of the columns, with their total; None where the columns are the measures.
    measures
        What is counted; one alone where ``columns`` is a variable.
    total
        Code of the total line; empty where the table has none.
    newcomers
        Whether those who are new have a column, part of the total's.
    """

    population: Population
    lines: Variable
    measures: tuple[Measure, ...]
    columns: Variable | None = None
    total: str = TOTAL
    newcomers: bool = False

    def __post_init__(self) -> None:
        """Give rows the unit of their population."""
        usual = self.population.unit or ("suivis" if self.population.table == "suivis" else self.population.id)
        units = (one if one.unit else replace(one, unit=usual) for one in self.measures)
        object.__setattr__(self, "measures", tuple(units))

    def check(self, where: str) -> None:
        """Refuse what cannot be counted so; SettingsError, whose place is ``where``."""
        population, columns = self.population, self.columns
        for variable in self.variables:
            if variable.of_births and not population.of_persons:
                raise SettingsError(
                    f"D'autres tranches d'âge se comptent d'après les naissances, non notées ici : {population.title}.",
                    where=where,
                    expected="la variable age_note, dont les tranches sont celles que note le service",
                    got=f"« {variable.title} »",
                    todo="écrire age_note dans cette cellule",
                )
        if columns == self.lines:
            raise SettingsError("Une même variable est en lignes et en colonnes.", where=where, got=self.lines.id)
        if columns and self.measures[0].counts == "jeunes_distincts" and not columns.one_each:
            raise SettingsError(
                "Un jeune peut compter plusieurs fois dans cette variable : elle va en lignes.",
                where=where,
                got=columns.id,
            )
        if columns and len(self.measures) > 1:
            raise SettingsError("Un tableau a des colonnes ou plusieurs mesures, non les deux.", where=where)
        if self.newcomers and not (columns and population.newcomers):
            raise SettingsError(
                "Les nouveaux sont une colonne à côté d'autres, d'une population qui dit qui est nouveau.",
                where=where,
                got=f"« {population.title} »",
                todo="retirer newcomers=True",
            )

    def within(self, ours: Crossing) -> bool:
        """Say whether it counts what another does, or less: without newcomers, columns, or some of the measures."""
        if (self.population, self.lines, self.total) != (ours.population, ours.lines, ours.total):
            return False
        if ours.columns and not self.columns:
            return self.measures == (replace(ours.measures[0], code=TOTAL),)
        same = self.columns == ours.columns and self.newcomers <= ours.newcomers
        return same and all(measure in ours.measures for measure in self.measures)

    def rebands(self, ours: Crossing) -> bool:
        """Say whether it counts what another does, by other bands of ages."""

        def alike(mine: Variable | None, theirs: Variable | None) -> bool:
            return mine == theirs or bool(mine and theirs and mine.of_births and theirs.id == "age")

        same = (self.population, self.total) == (ours.population, ours.total) and self.newcomers <= ours.newcomers
        return (
            same
            and self.measures == ours.measures
            and alike(self.lines, ours.lines)
            and alike(self.columns, ours.columns)
        )

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Its variables, that of the lines first."""
        return (self.lines, self.columns) if self.columns else (self.lines,)

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables of the records without which some of its figures are not communicated."""
        return tuple(dict.fromkeys([*self.population.needs, *(one.table for one in self.variables if one.table)]))

    @property
    def lasting_columns(self) -> tuple[str, ...]:
        """Columns after those of the variable: its total, the newcomers; or those of the measures."""
        if self.columns is None:
            return tuple(one.code for one in self.measures)
        return (TOTAL, NOUVEAUX) if self.newcomers else (TOTAL,)

    @property
    def several_lines(self) -> bool:
        """Whether a young person may count on several lines: the lines then do not add up."""
        return self.measures[0].counts == "jeunes_distincts" and not self.lines.one_each

    def row_kinds(self, scope: Scope) -> Mapping[str, Kind]:
        """Give the kinds of the lines that are no line of the body."""
        families = self.lines.families(scope.service) if self.lines.families and not self.several_lines else ()
        return {**dict.fromkeys(families, "famille"), **dict.fromkeys(self.total_lines, "total")}

    def codes(self, service: Service) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        """List every code of the lines and of the columns; None where they are names of the records."""
        lines = self.lines.listed(service)
        columns = self.columns.listed(service) if self.columns else ()
        return (
            None if lines is None else (*lines, *self.total_lines),
            None if columns is None else (*columns, *self.lasting_columns),
        )

    def compute(self, records: Records, scope: Scope) -> pd.DataFrame:
        """Count the table for one scope; columns of :func:`~rlpipeline.figures.tidy.tidy`."""
        return self.count(records, scope, (scope.territory,)).drop(columns="territoire")

    def count(self, records: Records, scope: Scope, places: Sequence[str]) -> pd.DataFrame:
        """Count the table for several territories at once.

        Parameters
        ----------
        places
            The scope's territory alone, or the service first, then its territories.

        Returns
        -------
        territoire, ligne, colonne, valeur, unite, etat: the figures of each territory after one another.
        """
        if self.population.table not in records.present or not self.population.countable(records, scope):
            figures = self._not_communicated(scope)
            each = pd.concat([figures] * len(places), ignore_index=True)
            return each.assign(territoire=pd.Series(np.repeat(places, len(figures)), dtype="str"))
        return figures_of(Grid.of(self, records, scope, places))

    def _not_communicated(self, scope: Scope) -> pd.DataFrame:
        lines = (*self.lines.always_shown(scope.service), *self.total_lines)
        columns = self.columns.always_shown(scope.service) if self.columns else ()
        units = [one.unit for one in self.measures] if self.columns is None else self.measures[0].unit
        return not_communicated(lines, (*columns, *self.lasting_columns), units)

    @property
    def total_lines(self) -> tuple[str, ...]:
        """The total line, where there is one."""
        return (self.total,) if self.total else ()


@dataclass(frozen=True)
class Axis:
    """Codes of the territories, the lines or the columns, and those that each row counts for.

    Parameters
    ----------
    codes
        In report order.
    counted
        Place among the codes of what each row counts for, -1 for nothing: its own code, its family, the total. A cell
        is filled by one of them alone.
    shown
        Codes shown whatever is counted; the others are where something is.
    """

    codes: tuple[str, ...]
    counted: tuple[Positions, ...]
    shown: Bools


def axis(variable: Variable, rows: pd.DataFrame, service: Service, after: Sequence[str], *, unknown: bool) -> Axis:
    """Place rows on the codes of a variable, and on those that follow them: the first is every row's, a total."""
    always = variable.always_shown(service)
    if variable.column not in rows:
        raise SettingsError(
            f"On ne sait pas compter par « {variable.title} » : cette population ne le note pas.",
            expected="une variable de cette population",
            got=variable.id,
            todo="choisir une autre variable, ou une autre population",
        )
    values = variable.values(rows)
    codes = always if unknown else variable.all_codes(service, values)
    own = np.zeros(len(rows), dtype=np.intp) if unknown else positions(values, codes)
    counted = [own]
    if variable.family_column:
        counted.append(positions(rows[variable.family_column], codes))
    if after:
        counted.append(np.where(own >= 0, len(codes), -1))
    every = (*codes, *after)
    return Axis(every, tuple(counted), np.isin(every, (*always, *after)))


@dataclass(frozen=True)
class Grid:
    """The cells of a crossing, by territory, line and column.

    Parameters
    ----------
    rows
        Rows of the population.
    not_communicated
        Lines, then columns, whose variable was not given: their cells are ``nc``.
    """

    crossing: Crossing
    scope: Scope
    rows: pd.DataFrame
    places: Axis
    lines: Axis
    columns: Axis
    not_communicated: tuple[Bools, Bools]

    @classmethod
    def of(cls, crossing: Crossing, records: Records, scope: Scope, places: Sequence[str]) -> Grid:
        """Place the rows of the population of a scope."""
        rows, service = crossing.population.rows(records, scope), scope.service
        unknown = [bool(one.table) and one.table not in records.present for one in crossing.variables]
        lines = axis(crossing.lines, rows, service, crossing.total_lines, unknown=unknown[0])
        if crossing.columns is None:
            columns, unknown = (
                Axis(("",), (np.zeros(len(rows), dtype=np.intp),), np.ones(1, dtype=bool)),
                [*unknown, False],
            )
        else:
            columns = axis(crossing.columns, rows, service, crossing.lasting_columns, unknown=unknown[1])
        if crossing.newcomers:
            new = np.where(rows[crossing.population.newcomers], len(columns.codes) - 1, -1)
            columns = replace(columns, counted=(*columns.counted, new))
        missing = [
            unknown[0] & ~np.isin(lines.codes, crossing.total_lines),
            unknown[1] & ~np.isin(columns.codes, TOTAL),
        ]
        return cls(crossing, scope, rows, _places(rows["territoire"], places), lines, columns, (missing[0], missing[1]))

    def count(self, *axes: Axis, weights: Floats | None = None, persons: bool = False) -> Floats:
        """Count rows, or distinct persons, or add weights, for each combination of the codes of some axes."""
        shape = tuple(len(one.codes) for one in axes)
        counted = np.zeros(math.prod(shape))
        person, size = self._persons if persons else (None, 0)
        for keys in product(*(one.counted for one in axes)):
            listed = np.all([key >= 0 for key in keys], axis=0)
            cell = np.ravel_multi_index([key[listed] for key in keys], shape)
            if person is not None:
                cell = pd.unique(cell * size + person[listed]) // size
            counted += np.bincount(cell, weights[listed] if weights is not None else None, minlength=len(counted))
        return counted.reshape(shape)

    @cached_property
    def _persons(self) -> tuple[Positions, int]:
        """Number the young person of each row; give how many there are."""
        numbers, persons = pd.factorize(self.rows["id_jeune"])
        return numbers, max(len(persons), 1)

    def sums(self, measure: Measure) -> tuple[Floats, Objects]:
        """Give the value and the state of each cell for a measure."""
        axes = (self.places, self.lines, self.columns)
        if measure.counts != "somme":
            values = self.count(*axes, persons=measure.counts == "jeunes_distincts")
            return values, np.full(values.shape, OK, dtype=object)
        numbers = self.rows[measure.of].to_numpy("float64", na_value=np.nan)
        communicated = self.count(*axes, weights=(~np.isnan(numbers)).astype("float64"))
        added = np.round(self.count(*axes, weights=np.nan_to_num(numbers)), DECIMALS)
        return added, sum_states(communicated, self.count(*axes))

    def cells(self) -> tuple[Floats, Objects]:
        """Give the values and the states by territory, line and column; without a variable, columns are measures."""
        measured: list[tuple[Floats, Objects]] = []
        for measure in self.crossing.measures:
            measured.append(self._derived(measure, *measured[-1]) if measure.derived else self.sums(measure))
        values, states = (np.concatenate(parts, axis=2) for parts in zip(*measured, strict=True))
        of_lines, of_columns = self.not_communicated
        states[:, of_lines] = NC
        if self.crossing.columns:
            states[:, :, of_columns] = NC
        return values, states

    def _derived(self, measure: Measure, values: Floats, states: Objects) -> tuple[Floats, Objects]:
        assert measure.derived is not None
        by_place = [measure.derived(Sums(*of_place), self.scope) for of_place in zip(values, states, strict=True)]
        return np.stack([one.values for one in by_place]), np.stack([one.states for one in by_place])

    def shown(self, codes: Axis) -> Bools:
        """Say which codes each territory shows: a rare one only where something is counted."""
        return codes.shown | (self.count(self.places, codes) > 0)


def _places(territory: pd.Series[str], places: Sequence[str]) -> Axis:
    """Place rows on the territories; all of them are the first's."""
    whole = np.zeros(len(territory), dtype=np.intp)
    counted = (whole, positions(territory, places)) if len(places) > 1 else (whole,)
    return Axis(tuple(places), counted, np.ones(len(places), dtype=bool))


def figures_of(grid: Grid) -> pd.DataFrame:
    """Write the cells shown as figures; columns of :meth:`Crossing.count`."""
    crossing = grid.crossing
    values, states = grid.cells()
    by_measure = crossing.columns is None
    columns = crossing.lasting_columns if by_measure else grid.columns.codes
    units = [one.unit for one in crossing.measures] if by_measure else [crossing.measures[0].unit] * len(columns)
    of_columns = np.ones((len(values), len(columns)), dtype=bool) if by_measure else grid.shown(grid.columns)
    place, line, column = np.nonzero(grid.shown(grid.lines)[:, :, np.newaxis] & of_columns[:, np.newaxis])
    state = states[place, line, column]
    return pd.DataFrame(
        {
            "territoire": _texts(grid.places.codes, place),
            "ligne": _texts(grid.lines.codes, line),
            "colonne": _texts(columns, column),
            "valeur": np.where(np.isin(state, WITHOUT_VALUE), np.nan, values[place, line, column]),
            "unite": _texts(units, column),
            "etat": pd.Series(state, dtype="str"),
        }
    )


def _texts(codes: Sequence[str], chosen: Positions) -> pd.Series[str]:
    return pd.Series(pd.Series([*codes], dtype="str").array.take(chosen))


def noted(table: str, column: str) -> Callable[[Records, Service], bool]:
    """Make a function that says whether an optional column of the records has any value."""
    return lambda records, service: bool(records[table][column].notna().any())


def crossed(  # noqa: PLR0913 - the fields of a declaration, by name
    crossing: Crossing,
    *,
    id: str,
    title: str,
    section: str,
    definition: str,
    denominator: str = "",
    source: str = "",
    scope: Literal["service", "both"] = "both",
    texts: Frames | None = None,
    text_columns: tuple[str, ...] = (),
    look: Look = PLAIN,
) -> Indicator:
    """Declare an indicator that is a crossing; ``source`` is its population's unless it says otherwise."""
    population, lines, columns = crossing.population, crossing.lines, crossing.columns
    units = [measure.unit for measure in crossing.measures]
    reasons = (population.not_shared, *(variable.not_shared for variable in crossing.variables))
    optional = next((variable.noted for variable in crossing.variables if variable.noted), None)
    union = {} if lines.id == "partenaire" else {AU_MOINS_UN: "Jeunes concernés (au moins une fois)"}
    return Indicator(
        id=id,
        title=title,
        section=section,
        definition=definition,
        denominator=denominator,
        source=source or population.source,
        scope=scope,
        texts=texts,
        text_columns=text_columns,
        unit=", ".join(dict.fromkeys(UNIT_WORDS.get(unit, unit) for unit in units)),
        tables=crossing.tables,
        additive=scope == "both",
        not_additive=frozenset(measure.code for measure in crossing.measures if measure.derived),
        protected=not PROTECTED_UNITS.isdisjoint(units),
        compute=crossing.compute,
        row_labels=lambda records, scope: {**lines.words(scope.service), **union},
        column_labels=usual_labels if columns is None else lambda records, scope: columns.words(scope.service),
        row_kinds=(lambda scope: {}) if union and crossing.several_lines else crossing.row_kinds,  # it is no sum
        notes=population.notes,
        filter=population.filter,
        used=population.used,
        crossing=crossing,
        links=population.links,
        when=noted(*optional) if optional else None,
        not_shared=next(filter(None, reasons), ""),
        shares_words=not text_columns,  # a word may be about one person
        look=look,
    )

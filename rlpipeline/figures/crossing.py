"""What counts a table: the crossing of a population with one variable or two, or a function of the records.

From a crossing follow the totals, the words, what adds up over the territories, the tables of the
records that it needs, and what ``datapackage.json`` says of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise, product
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from rlpipeline.declared import Axis, Measure, TableSpec, Total
from rlpipeline.errors import SettingsError
from rlpipeline.figures import tidy
from rlpipeline.figures.declaration import PROTECTED_UNITS, Frames, Kind, Labels, Scope
from rlpipeline.figures.labels import AU_MOINS_UN, LABELS, NOUVEAUX, TOTAL, UNIT_WORDS
from rlpipeline.figures.populations import Population
from rlpipeline.figures.tidy import Bools, Floats, Positions, Sums, positions
from rlpipeline.figures.variables import Variable
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from rlpipeline.states import NC, OK

Scopes = Literal["service", "tous"]


@dataclass(frozen=True, kw_only=True)
class CountedTable:
    """A table, and what counts it.

    Parameters
    ----------
    spec
        What is declared of it.
    compute
        Gives the figures of a scope, one row each, in display order.
    crossing
        What it crosses, where it crosses a population.
    from_others
        Completes it, where it is worked out of other tables, when all are declared.
    when
        Says whether it exists at all.
    row_labels, column_labels
        Words of the codes of its lines and columns.
    texts, text_columns, text_rows
        Words of the records to print in cells, in columns (before the figures) and lines (after them) of their own.
    notes
        Sentences to print under it.
    """

    spec: TableSpec
    compute: Frames = lambda records, scope: tidy.no_figures()
    crossing: Crossing | None = None
    from_others: Callable[[CountedTable, Mapping[str, CountedTable]], CountedTable] | None = None
    when: Callable[[Records, Service], bool] | None = None
    row_labels: Labels = field(default=lambda records, scope: LABELS)
    column_labels: Labels = field(default=lambda records, scope: LABELS)
    texts: Frames | None = None
    text_columns: tuple[str, ...] = ()
    text_rows: tuple[str, ...] = ()
    notes: Callable[[Records, Scope], tuple[str, ...]] = field(default=lambda records, scope: ())

    @property
    def id(self) -> str:
        """Its name in texts and files."""
        return self.spec.id

    def declared(self, **fields: Any) -> CountedTable:
        """Give the same with some fields of what is declared of it."""
        return replace(self, spec=replace(self.spec, **fields))

    def counts_as(self, ours: CountedTable) -> bool:
        """Say whether it counts what the package's table counts, or less of it, whatever words it is shown with."""
        if self.crossing and ours.crossing:
            same = (self.text_columns, self.spec.scope) == (ours.text_columns, ours.spec.scope)
            return same and self.crossing.within(ours.crossing)
        worded = {name: getattr(ours.spec, name) for name in WORDING}
        return replace(self.declared(**worded), notes=ours.notes) == ours

    def rebands(self, ours: CountedTable) -> bool:
        """Say whether it counts what the package's table counts, by other bands of ages."""
        if not (self.crossing and ours.crossing) or self.spec.scope != ours.spec.scope:
            return False
        return self.crossing.rebands(ours.crossing)


WORDING = (
    "id",
    "title",
    "section",
    "definition",
    "denominator",
    "source",
    "look",
    "own",
    "alike",
    "links",
    "optional",
)
"""What a cell may say otherwise of a table without counting anything else."""


def persons(code: str = "") -> Measure:
    """Count distinct young people."""
    return Measure(unit="jeunes", counts="jeunes_distincts", code=code)


def rows(code: str = "") -> Measure:
    """Count rows, in the unit of their population."""
    return Measure(unit="", counts="lignes", code=code)


def summed(column: str, unit: str) -> Measure:
    """Add the numbers of a column."""
    return Measure(unit=unit, counts="somme", code=column, of=column)


total_hours = summed("heures", "heures")
part = Measure(code="part", unit="%", counts="part")
weekly = Measure(code="heures_par_semaine", unit="heures", counts="par_semaine")


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """A population by one variable or two; without that of the columns, they are its measures.

    ``total`` is the code of its total line, empty where it has none; ``newcomers`` have a column, part of the total's.
    """

    population: Population
    lines: Variable
    measures: tuple[Measure, ...]
    columns: Variable | None = None
    total: str = TOTAL
    newcomers: bool = False

    def __post_init__(self) -> None:
        """Give rows the unit of their population."""
        usual = self.population.unit_of_rows
        measures = tuple(
            measure if measure.unit else replace(measure, unit=usual) for measure in self.measures
        )
        object.__setattr__(self, "measures", measures)

    def check(self, where: str) -> None:
        """Refuse what cannot be counted so; SettingsError, whose place is ``where``."""
        checks = self._wrong_bands, self._wrong_columns, self._wrong_measures, self._wrong_newcomers
        for check in checks:
            if wrong := check():
                wrong.where = where
                raise wrong

    def _wrong_bands(self) -> SettingsError | None:
        """Tell bands of one's own where a population notes no birth."""
        banded = [variable for variable in self.variables if variable.firsts]
        if not banded or self.population.of_persons:
            return None
        what = "D'autres tranches d'âge se comptent d'après les naissances, non notées ici"
        return SettingsError(
            f"{what} : {self.population.title}.",
            expected="la variable age_note, dont les tranches sont celles que note le service",
            got=f"« {banded[0].title} »",
            todo="écrire age_note dans cette cellule",
        )

    def _wrong_columns(self) -> SettingsError | None:
        """Tell columns that are those of the lines, or on which one person may count twice."""
        columns = self.columns
        if columns is None:
            return None
        if columns == self.lines:
            what = "Une même variable est en lignes et en colonnes."
            return SettingsError(what, got=self.lines.id)
        if self.measures[0].counts == "jeunes_distincts" and not columns.one_each:
            what = "Un jeune peut compter plusieurs fois dans cette variable : elle va en lignes."
            return SettingsError(what, got=columns.id)
        return None

    def _wrong_measures(self) -> SettingsError | None:
        """Tell several measures beside a variable in columns."""
        if self.columns and len(self.measures) > 1:
            return SettingsError("Un tableau a des colonnes ou plusieurs mesures, non les deux.")
        return None

    def _wrong_newcomers(self) -> SettingsError | None:
        """Tell newcomers of a population that does not say who is new, or without other columns."""
        if not self.newcomers or (self.columns and self.population.newcomers):
            return None
        return SettingsError(
            "Les nouveaux sont une colonne à côté d'autres, d'une population qui dit qui est "
            "nouveau.",
            got=f"« {self.population.title} »",
            todo="retirer newcomers=True",
        )

    def within(self, ours: Crossing) -> bool:
        """Say whether it counts what another does, or less: without newcomers, columns, or some of the measures."""
        same = self.population, self.lines, self.total
        if same != (ours.population, ours.lines, ours.total):
            return False
        if ours.columns and not self.columns:
            return self.measures == (replace(ours.measures[0], code=TOTAL),)
        if self.columns != ours.columns or self.newcomers > ours.newcomers:
            return False
        return all(measure in ours.measures for measure in self.measures)

    def rebands(self, ours: Crossing) -> bool:
        """Say whether it counts what another does, by other bands of ages."""
        same = self.population, self.total, self.measures
        if same != (ours.population, ours.total, ours.measures):
            return False
        if self.newcomers > ours.newcomers:
            return False
        axes = (self.lines, ours.lines), (self.columns, ours.columns)
        return all(_same_but_bands(mine, of_ours) for mine, of_ours in axes)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Its variables, that of the lines first."""
        return (self.lines, self.columns) if self.columns else (self.lines,)

    @property
    def title(self) -> str:
        """What it counts by what, in French."""
        named = " et ".join(variable.title for variable in self.variables)
        title = f"{self.population.title}, par {named}."
        return f"{title[0].upper()}{title[1:]}"

    @property
    def total_lines(self) -> tuple[str, ...]:
        """The total line, where there is one."""
        return (self.total,) if self.total else ()

    @property
    def lasting_columns(self) -> tuple[str, ...]:
        """Columns after those of the variable: its total, the newcomers; or those of the measures."""
        if self.columns is None:
            return tuple(measure.code for measure in self.measures)
        return (TOTAL, NOUVEAUX) if self.newcomers else (TOTAL,)

    @property
    def several_lines(self) -> bool:
        """Whether a young person may count on several lines: the lines then do not add up."""
        return self.measures[0].counts == "jeunes_distincts" and not self.lines.one_each

    @property
    def union(self) -> Mapping[str, str]:
        """What the line is called of those who are on one line at least, where it is not called so everywhere."""
        if self.lines.id == "partenaire":
            return {}
        return {AU_MOINS_UN: "Jeunes concernés (au moins une fois)"}

    def row_kinds(self, service: Service) -> Mapping[str, Kind]:
        """Give the kinds of the lines that are no line of the body."""
        kinds: dict[str, Kind] = {}
        if self.lines.families and not self.several_lines:
            kinds |= dict.fromkeys(self.lines.families(service), "famille")
        if not (self.several_lines and self.union):
            kinds |= dict.fromkeys(self.total_lines, "total")
        return kinds

    def codes(self, service: Service) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        """List every code of the lines and of the columns; None where they are names of the records."""
        lines = None if self.lines.of_names else self.line_codes(service)
        columns = None if self.columns and self.columns.of_names else self.column_codes(service)
        return lines, columns

    def line_codes(self, service: Service) -> tuple[str, ...]:
        """List the codes of the lines that do not depend on the records."""
        return (*self.lines.all_codes(service), *self.total_lines)

    def column_codes(self, service: Service) -> tuple[str, ...]:
        """List the codes of the columns that do not depend on the records."""
        codes = self.columns.all_codes(service) if self.columns else ()
        return (*codes, *self.lasting_columns)

    def compute(self, records: Records, scope: Scope) -> pd.DataFrame:
        """Count the table for one scope; columns of :func:`~rlpipeline.figures.tidy.tidy`."""
        return self.count(records, scope, (scope.territory,)).drop(columns="territoire")

    def count(self, records: Records, scope: Scope, places: Sequence[str]) -> pd.DataFrame:
        """Count several territories at once, the scope's alone or the service first: territoire, then its figures."""
        counted = self.population.listed(records, scope)
        if not self._is_counted(records, scope):
            counted = counted.iloc[:0]
        axes = self._axes(records, scope, counted, places)
        measured = self._measured(counted, axes, scope)
        self._leave_unknown(measured.states, axes, records, scope)
        return self._written(measured, axes)

    def _axes(
        self, records: Records, scope: Scope, counted: pd.DataFrame, places: Sequence[str]
    ) -> _Axes:
        """Place the rows on territories, lines and columns."""
        territories = _everywhere(places, len(counted))
        service = scope.service
        if len(places) > 1:
            own = positions(counted["territoire"], places)
            territories = territories._replace(counted=(*territories.counted, own))
        lines = _placed(self.lines, counted, service, self.total_lines, records)
        columns = _everywhere(("",), len(counted))
        if self.columns:
            columns = _placed(self.columns, counted, service, self.lasting_columns, records)
            columns = self._with_newcomers(columns, counted)
        return _Axes(territories, lines, columns)

    def _with_newcomers(self, columns: _Placed, counted: pd.DataFrame) -> _Placed:
        """Count newcomers in the last column beside."""
        if not self.newcomers:
            return columns
        is_new = counted[self.population.newcomers]
        new = np.where(is_new, len(columns.codes) - 1, -1)
        return columns._replace(counted=(*columns.counted, new))

    def _measured(self, counted: pd.DataFrame, axes: _Axes, scope: Scope) -> Sums:
        """Count each measure, side by side."""
        measured = list[Sums]()
        for measure in self.measures:
            before = measured[-1] if measured else None
            measured.append(_measure(measure, counted, axes, scope, before))
        values, states = zip(*measured, strict=True)
        return Sums(np.concatenate(values, axis=2), np.concatenate(states, axis=2))

    def _leave_unknown(
        self, states: tidy.Objects, axes: _Axes, records: Records, scope: Scope
    ) -> None:
        """Say of what the records do not tell that it is not known: all but totals, or all."""
        if not self._is_counted(records, scope):
            states[:] = NC
        if self.lines.is_unknown(records):
            states[:, ~np.isin(axes.lines.codes, self.total_lines)] = NC
        if self.columns and self.columns.is_unknown(records):
            states[:, :, ~np.isin(axes.columns.codes, TOTAL)] = NC

    def _written(self, measured: Sums, axes: _Axes) -> pd.DataFrame:
        """Write the cells that are shown, one a row: those of every table, and of rare codes where one is counted."""
        lines = axes.lines.shown | (_count((axes.places, axes.lines)) > 0)
        columns = np.ones((1, len(self.measures)), dtype=bool)
        codes = self.lasting_columns
        units = [measure.unit for measure in self.measures]
        if self.columns:
            columns = axes.columns.shown | (_count((axes.places, axes.columns)) > 0)
            codes = axes.columns.codes
            units = units * len(codes)
        shown = np.nonzero(lines[:, :, np.newaxis] & columns[:, np.newaxis])
        place, line, column = shown
        figures = tidy.figures_of(
            _named(axes.lines.codes, line),
            _named(codes, column),
            measured.values[shown],
            _named(units, column),
            measured.states[shown],
        )
        return figures.assign(territoire=_named(axes.places.codes, place))

    def _is_counted(self, records: Records, scope: Scope) -> bool:
        is_there = self.population.table in records.present
        return is_there and self.population.countable(records, scope)

    def knows(self, records: Records, scope: Scope) -> bool:
        """Say whether a code that the table does not show is counted, as none: the records have what tells it."""
        unknown = (variable.is_unknown(records) for variable in self.variables)
        return self._is_counted(records, scope) and not any(unknown)

    def row_labels(self, records: Records, scope: Scope) -> Mapping[str, str]:
        """Give the words of the lines, be they those of the rows."""
        lines = self.lines
        words = {**lines.words(scope.service), **self.union}
        if lines.named:
            counted = self.population.listed(records, scope)
            words |= dict(zip(counted[lines.column], counted[lines.named], strict=True))
        return words

    def column_labels(self, records: Records, scope: Scope) -> Mapping[str, str]:
        """Give the words of the columns."""
        return self.columns.words(scope.service) if self.columns else LABELS

    def texts(self, columns: Sequence[str], records: Records, scope: Scope) -> pd.DataFrame:
        """Give the words of some columns of the rows, as they are printed in the lines."""
        counted = self.population.listed(records, scope)
        named = counted.assign(ligne=self.lines.values(counted))
        return tidy.line_texts(named, "ligne", columns)

    def table(
        self, scope: Scopes = "tous", source: str = "", text_columns: tuple[str, ...] = ()
    ) -> CountedTable:
        """Make the table that it counts; the source is its population's unless it is given.

        Parameters
        ----------
        text_columns
            Columns of the rows, whose words are printed.
        """
        table = CountedTable(
            spec=self._spec(),
            compute=self.compute,
            crossing=self,
            when=self._when(),
            row_labels=self.row_labels,
            column_labels=self.column_labels,
            notes=self.population.notes,
        )
        table = table.declared(scope=scope, additive=scope == "tous")
        if source:
            table = table.declared(source=source)
        if not text_columns:
            return table
        shares_words = not self.population.of_persons  # a word may be about one person
        texts = partial(self.texts, text_columns)
        worded = replace(table, texts=texts, text_columns=text_columns)
        return worded.declared(shares_words=shares_words)

    def _when(self) -> Callable[[Records, Service], bool] | None:
        """Say when it exists, where it is of what a service may note or not."""
        noted = [variable.noted for variable in self.variables if variable.noted]
        return is_noted(*noted[0]) if noted else None

    def _spec(self) -> TableSpec:
        """Say what follows from it."""
        population = self.population
        lines = self.lines
        units = [measure.unit for measure in self.measures]
        named = dict.fromkeys(UNIT_WORDS.get(unit, unit) for unit in units)
        reasons = [population.not_shared, *(of.not_shared for of in self.variables)]
        columns = Axis()
        if self.columns:
            columns = Axis(variable=self.columns.id, total=TOTAL)
        counted = TableSpec(
            unit=", ".join(named),
            source=population.source,
            tables=self._tables(),
            persons=not PROTECTED_UNITS.isdisjoint(units),
            residents=population.of_persons,
            population=population.id,
            not_shared=next(filter(None, reasons), ""),
        )
        crossed = replace(
            counted,
            lines=Axis(variable=lines.id, total=self.total, own_total=bool(lines.table)),
            columns=columns,
            newcomers={NOUVEAUX: TOTAL} if self.newcomers else {},
            overlapping=self.several_lines,
        )
        return replace(crossed, **self._measured_spec())

    def _measured_spec(self) -> dict[str, Any]:
        """Say what follows from its measures: each with what its total is, and those made from the one before."""
        derived: dict[str, dict[str, str]] = {"part": {}, "par_semaine": {}}
        for before, after in pairwise(self.measures):
            if after.derived:
                derived[after.counts][after.code] = before.code
        parts, weekly = derived.values()
        measures = [replace(each, total=self._total(each), of="") for each in self.measures]
        apart = (*sorted({**parts, **weekly}),)
        return {"measures": (*measures,), "parts": parts, "weekly": weekly, "apart": apart}

    def _tables(self) -> tuple[str, ...]:
        """List the tables of the records without which nothing is known."""
        noting = (variable.table for variable in self.variables if variable.table)
        return tuple(dict.fromkeys((*self.population.needs, *noting)))

    def _total(self, measure: Measure) -> Total | Literal[""]:
        """Say what its total line is of a measure."""
        if not self.total or measure.derived:
            return ""
        if measure.counts == "jeunes_distincts" and not self.lines.one_each:
            return "reunion"
        return "familles" if self.lines.families else "somme"


def _same_but_bands(mine: Variable | None, ours: Variable | None) -> bool:
    """Say whether two variables are one, or bands of ages of one's own in the place of ours."""
    return mine == ours or bool(mine and ours and mine.firsts and ours.id == "age")


def is_noted(table: str, column: str) -> Callable[[Records, Service], bool]:
    """Make a function that says whether an optional column of the records has any value."""
    return lambda records, service: bool(records[table][column].notna().any())


class _Placed(NamedTuple):
    """Where rows count on one axis.

    ``counted`` are places among its codes, -1 for none: a row counts once in each array. ``shown`` are the codes of
    every table, the others only where someone is counted there.
    """

    codes: tuple[str, ...]
    counted: tuple[Positions, ...]
    shown: Bools


class _Axes(NamedTuple):
    """Where rows count: on which territories, lines and columns."""

    places: _Placed
    lines: _Placed
    columns: _Placed


def _everywhere(codes: Sequence[str], size: int) -> _Placed:
    """Place rows on the first of some codes, all of which are shown."""
    first = np.zeros(size, dtype=np.intp)
    return _Placed(tuple(codes), (first,), np.ones(len(codes), dtype=bool))


def _placed(
    variable: Variable,
    counted: pd.DataFrame,
    service: Service,
    after: Sequence[str],
    records: Records,
) -> _Placed:
    """Place rows on the codes of a variable, and on those that follow them: the first is every row's, a total."""
    if variable.column not in counted:
        raise SettingsError(
            f"On ne sait pas compter par « {variable.title} » : cette population ne le note pas.",
            expected="une variable de cette population",
            got=variable.id,
            todo="choisir une autre variable, ou une autre population",
        )
    values = variable.values(counted)
    always = variable.always_shown(service)
    if variable.is_unknown(records):
        codes = always
        places = [np.zeros(len(counted), dtype=np.intp)]
    else:
        codes = variable.all_codes(service, values)
        places = [positions(values, codes)]
    if variable.family_column:
        places.append(positions(counted[variable.family_column], codes))
    if after:
        is_listed = places[0] >= 0
        places.append(np.where(is_listed, len(codes), -1))
    every = (*codes, *after)
    return _Placed(every, tuple(places), np.isin(every, (*always, *after)))


def _named(codes: Sequence[str], places: Positions) -> pd.Series[str]:
    """Write codes by their places: a column of texts is made once of the few there are."""
    few = tidy.as_texts([*codes])
    return pd.Series(few.array.take(places))


def _count(
    axes: Sequence[_Placed], weights: Floats | None = None, persons: pd.Series[str] | None = None
) -> Floats:
    """Count the rows of each cell, or add their weights, or count each person once in a cell."""
    shape = tuple(len(axis.codes) for axis in axes)
    counted = np.zeros(math.prod(shape))
    person, known = (None, ()) if persons is None else pd.factorize(persons)
    for keys in product(*(axis.counted for axis in axes)):
        listed = np.all([key >= 0 for key in keys], axis=0)
        cell = np.ravel_multi_index([key[listed] for key in keys], shape)
        if person is not None:
            everyone = max(len(known), 1)
            cell = pd.unique(cell * everyone + person[listed]) // everyone
        weighed = None if weights is None else weights[listed]
        counted += np.bincount(cell, weighed, minlength=len(counted))
    return counted.reshape(shape)


def _measure(
    measure: Measure, counted: pd.DataFrame, axes: _Axes, scope: Scope, before: Sums | None
) -> Sums:
    """Count one measure in every cell: territories × lines × columns; ``before`` is that of which it is made."""
    if before and measure.counts == "part":
        by_place = zip(*before, strict=True)
        shares = [tidy.parts_of_whole(Sums(*place)) for place in by_place]
        return Sums(*map(np.stack, zip(*shares, strict=True)))
    if before and measure.counts == "par_semaine":
        weeks = scope.last_day.day_of_year / 7
        return Sums(np.round(before.values / weeks, 2), before.states)
    if measure.counts == "somme":
        return _sums(tidy.as_numbers(counted[measure.of]), axes)
    persons = counted["id_jeune"] if measure.counts == "jeunes_distincts" else None
    values = _count(axes, persons=persons)
    return Sums(values, np.full(values.shape, OK, dtype=object))


def _sums(numbers: Floats, axes: _Axes) -> Sums:
    """Add numbers of which some may not be communicated."""
    known = _count(axes, (~np.isnan(numbers)).astype("float64"))
    added = np.round(_count(axes, np.nan_to_num(numbers)), tidy.DECIMALS)
    return Sums(added, tidy.sum_states(known, _count(axes)))

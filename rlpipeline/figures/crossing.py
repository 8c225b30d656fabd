"""A table that is declared: an indicator, and the crossing of a population with one variable or two that counts it.

From the declaration follow the totals, the words, what adds up over the territories, the tables of the records that it
needs, and what ``datapackage.json`` says of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.figures import tidy
from rlpipeline.figures.declaration import PROTECTED_UNITS, Declared, Frames, Kind, Labels, Scope
from rlpipeline.figures.labels import AU_MOINS_UN, LABELS, NOUVEAUX, TOTAL, UNIT_WORDS
from rlpipeline.figures.populations import Population
from rlpipeline.figures.tidy import Bools, Floats, Positions, Sums, positions
from rlpipeline.figures.variables import Variable
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from rlpipeline.states import NC, OK, WITHOUT_VALUE


@dataclass(frozen=True, kw_only=True)
class Indicator(Declared):
    """One table: what is said of it, and what counts it.

    ``compute`` gives the figures of a scope, one row each, in display order. ``from_others`` makes some of these fields
    of all the tables, where it is worked out of them; ``when`` says whether it exists at all. ``additive``: communes +
    hors + sans_commune = service, save for the columns ``not_additive``. Columns (before the figures) and lines (after
    them) may be of words only; ``groups`` are lines that are sub-totals, ``distinct`` columns whose total counts each
    person once, ``balances`` lines that may be negative; ``links`` are those that a cell adds.
    """

    compute: Frames = lambda records, scope: tidy.no_figures()
    crossing: Crossing | None = None
    from_others: Callable[[Mapping[str, Indicator]], Mapping[str, Any]] | None = None
    when: Callable[[Records, Service], bool] | None = None
    additive: bool = False
    not_additive: frozenset[str] = frozenset()
    row_labels: Labels = field(default=lambda records, scope: LABELS)
    column_labels: Labels = field(default=lambda records, scope: LABELS)
    groups: tuple[str, ...] = ()
    texts: Frames | None = None
    text_columns: tuple[str, ...] = ()
    text_rows: tuple[str, ...] = ()
    notes: Callable[[Records, Scope], tuple[str, ...]] = field(default=lambda records, scope: ())
    distinct: tuple[str, ...] = ()
    balances: tuple[str, ...] = ()
    links: str = ""

    def __post_init__(self) -> None:
        """Say of it what follows from how it is counted."""
        object.__setattr__(self, "optional", self.when is not None)
        object.__setattr__(self, "overlapping", bool(self.crossing and self.crossing.several_lines))

    def counts_as(self, ours: Indicator) -> bool:
        """Say whether it counts what the package's table counts, or less of it, whatever words it is shown with."""
        if self.crossing and ours.crossing:
            same = (self.text_columns, self.scope) == (ours.text_columns, ours.scope)
            return same and self.crossing.within(ours.crossing)
        said = {
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
        }
        said |= {"optional", "dated", "overlapping", "notes"}
        names = [name.name for name in fields(self) if name.name not in said]
        return all(getattr(self, name) == getattr(ours, name) for name in names)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a cell counts: rows, persons (each once in a cell, and in its total), the sum of the column ``of``.

    What is made from the sums before it, a share or an amount a week, does not add up over the territories.
    """

    unit: str
    counts: Literal["lignes", "jeunes_distincts", "somme", "part", "par_semaine"]
    code: str = ""
    of: str = ""

    @property
    def derived(self) -> bool:
        """Whether it is made from the column before it."""
        return self.counts in ("part", "par_semaine")


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
        usual = self.population.unit or (
            "suivis" if self.population.table == "suivis" else self.population.id
        )
        units = (
            measure if measure.unit else replace(measure, unit=usual) for measure in self.measures
        )
        object.__setattr__(self, "measures", tuple(units))

    def check(self, where: str) -> None:
        """Refuse what cannot be counted so; SettingsError, whose place is ``where``."""
        population, columns = self.population, self.columns

        def refuse(wrong: object, what: str, *said: str | None) -> None:
            if wrong:
                raise SettingsError(what, where, *said)

        for variable in self.variables:
            what = f"D'autres tranches d'âge se comptent d'après les naissances, non notées ici : {population.title}."
            expected = "la variable age_note, dont les tranches sont celles que note le service"
            todo = "écrire age_note dans cette cellule"
            refuse(
                variable.firsts and not population.of_persons,
                what,
                expected,
                f"« {variable.title} »",
                todo,
            )
        refuse(
            columns == self.lines,
            "Une même variable est en lignes et en colonnes.",
            None,
            self.lines.id,
        )
        several = columns and self.measures[0].counts == "jeunes_distincts" and not columns.one_each
        what = "Un jeune peut compter plusieurs fois dans cette variable : elle va en lignes."
        refuse(several, what, None, columns.id if columns else None)
        both = columns and len(self.measures) > 1
        refuse(both, "Un tableau a des colonnes ou plusieurs mesures, non les deux.")
        what = "Les nouveaux sont une colonne à côté d'autres, d'une population qui dit qui est nouveau."
        alone = self.newcomers and not (columns and population.newcomers)
        refuse(alone, what, None, f"« {population.title} »", "retirer newcomers=True")

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
        sides = ((self.lines, ours.lines), (self.columns, ours.columns))
        same = (self.population, self.total, self.measures) == (
            ours.population,
            ours.total,
            ours.measures,
        )
        alike = (
            mine == other or bool(mine and other and mine.firsts and other.id == "age")
            for mine, other in sides
        )
        return same and self.newcomers <= ours.newcomers and all(alike)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Its variables, that of the lines first."""
        return (self.lines, self.columns) if self.columns else (self.lines,)

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
        return (
            {}
            if self.lines.id == "partenaire"
            else {AU_MOINS_UN: "Jeunes concernés (au moins une fois)"}
        )

    def row_kinds(self, service: Service) -> Mapping[str, Kind]:
        """Give the kinds of the lines that are no line of the body."""
        totals: dict[str, Kind] = (
            {} if self.several_lines and self.union else dict.fromkeys(self.total_lines, "total")
        )
        families = (
            self.lines.families(service) if self.lines.families and not self.several_lines else ()
        )
        return {**dict.fromkeys(families, "famille"), **totals}

    def codes(self, service: Service) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        """List every code of the lines and of the columns; None where they are names of the records."""
        lines, columns = self.lines, self.columns
        of_columns = columns.all_codes(service) if columns else ()
        return (
            None if lines.of_names else (*lines.all_codes(service), *self.total_lines),
            None if columns and columns.of_names else (*of_columns, *self.lasting_columns),
        )

    def compute(self, records: Records, scope: Scope) -> pd.DataFrame:
        """Count the table for one scope; columns of :func:`~rlpipeline.figures.tidy.tidy`."""
        return self.count(records, scope, (scope.territory,)).drop(columns="territoire")

    def count(self, records: Records, scope: Scope, places: Sequence[str]) -> pd.DataFrame:
        """Count several territories at once, the scope's alone or the service first: territoire, then its figures."""
        is_counted, missing = self._is_counted(records, scope), self._missing(records)
        counted = self.population.listed(records, scope)
        counted = counted if is_counted else counted.iloc[:0]
        here, every = np.zeros(len(counted), dtype=np.intp), np.ones(1, dtype=bool)
        lines = _Axis.of(self.lines, counted, scope.service, self.total_lines, missing[0])
        columns = _Axis(("",), (here,), every)
        if self.columns:
            columns = _Axis.of(
                self.columns, counted, scope.service, self.lasting_columns, missing[1]
            )
        if self.newcomers:
            new = np.where(counted[self.population.newcomers], len(columns.codes) - 1, -1)
            columns = columns._replace(counted=(*columns.counted, new))
        parts = (positions(counted["territoire"], places),) if len(places) > 1 else ()
        axes = _Axis(tuple(places), (here, *parts), every.repeat(len(places))), lines, columns
        measured = list[Sums]()
        for measure in self.measures:
            measured.append(_measured(measure, counted, axes, scope, measured))
        values, states = (np.concatenate(of, axis=2) for of in zip(*measured, strict=True))
        if not is_counted:
            states[:] = NC
        if missing[0]:
            states[:, ~np.isin(lines.codes, self.total_lines)] = NC
        if self.columns and missing[1]:
            states[:, :, ~np.isin(columns.codes, TOTAL)] = NC
        shown = [axis.shown | (_count((axes[0], axis)) > 0) for axis in (lines, columns)]
        codes, units = columns.codes, [self.measures[0].unit] * len(columns.codes)
        if not self.columns:
            codes, units = self.lasting_columns, [measure.unit for measure in self.measures]
            shown[1] = np.ones((len(places), len(codes)), dtype=bool)
        place, line, column = np.nonzero(shown[0][:, :, np.newaxis] & shown[1][:, np.newaxis])
        state = states[place, line, column]

        def written(names: Sequence[str], chosen: Positions) -> pd.Series[str]:
            return pd.Series(pd.Series([*names], dtype="str").array.take(chosen))

        value = np.where(np.isin(state, WITHOUT_VALUE), np.nan, values[place, line, column])
        keys = written(places, place), written(lines.codes, line), written(codes, column)
        figures = (*keys, value, written(units, column), pd.Series(state, dtype="str"))
        return pd.DataFrame(dict(zip(("territoire", *tidy.FIGURE_COLUMNS), figures, strict=True)))

    def _missing(self, records: Records) -> list[bool]:
        return [bool(of.table) and of.table not in records.present for of in self.variables]

    def _is_counted(self, records: Records, scope: Scope) -> bool:
        return self.population.table in records.present and self.population.countable(
            records, scope
        )

    def knows(self, records: Records, scope: Scope) -> bool:
        """Say whether a code that the table does not show is counted, as none: the records have what tells it."""
        return self._is_counted(records, scope) and not any(self._missing(records))

    def row_labels(self, records: Records, scope: Scope) -> Mapping[str, str]:
        """Give the words of the lines, be they those of the rows."""
        words = {**self.lines.words(scope.service), **self.union}
        if self.lines.named:
            rows = self.population.listed(records, scope)
            words |= dict(zip(rows[self.lines.column], rows[self.lines.named], strict=True))
        return words

    def texts(self, columns: Sequence[str], records: Records, scope: Scope) -> pd.DataFrame:
        """Give the words of some columns of the rows, as they are printed in the lines."""
        rows = self.population.listed(records, scope)
        return tidy.line_texts(rows.assign(ligne=self.lines.values(rows)), "ligne", columns)

    def declare(self, **said: Any) -> Indicator:
        """Make the indicator, from what is said of it in words; the source is its population's unless it is said."""
        population, columns = self.population, self.columns
        units = [measure.unit for measure in self.measures]
        reasons = (population.not_shared, *(variable.not_shared for variable in self.variables))
        needed = (
            *population.needs,
            *(variable.table for variable in self.variables if variable.table),
        )
        noted = next((variable.noted for variable in self.variables if variable.noted), None)
        return Indicator(
            **{**said, "source": said["source"] or population.source},
            unit=", ".join(dict.fromkeys(UNIT_WORDS.get(unit, unit) for unit in units)),
            tables=tuple(dict.fromkeys(needed)),
            additive=said["scope"] == "both",
            not_additive=frozenset(measure.code for measure in self.measures if measure.derived),
            protected=not PROTECTED_UNITS.isdisjoint(units),
            compute=self.compute,
            row_labels=self.row_labels,
            texts=partial(self.texts, said["text_columns"]) if said["text_columns"] else None,
            column_labels=lambda records, scope: (
                columns.words(scope.service) if columns else LABELS
            ),
            notes=population.notes,
            crossing=self,
            when=is_noted(*noted) if noted else None,
            not_shared=next(filter(None, reasons), ""),
            shares_words=not (
                said["text_columns"] and population.of_persons
            ),  # a word may be about one person
        )


def is_noted(table: str, column: str) -> Callable[[Records, Service], bool]:
    """Make a function that says whether an optional column of the records has any value."""
    return lambda records, service: bool(records[table][column].notna().any())


class _Axis(NamedTuple):
    codes: tuple[str, ...]
    counted: tuple[Positions, ...]
    shown: Bools

    @classmethod
    def of(
        cls,
        variable: Variable,
        counted: pd.DataFrame,
        service: Service,
        after: Sequence[str],
        unknown: bool,
    ) -> _Axis:
        """Place rows on the codes of a variable, and on those that follow them: the first is every row's, a total."""
        if variable.column not in counted:
            what = f"On ne sait pas compter par « {variable.title} » : cette population ne le note pas."
            todo = "choisir une autre variable, ou une autre population"
            raise SettingsError(
                what, expected="une variable de cette population", got=variable.id, todo=todo
            )
        values, always = variable.values(counted), variable.always_shown(service)
        codes = always if unknown else variable.all_codes(service, values)
        own = np.zeros(len(counted), dtype=np.intp) if unknown else positions(values, codes)
        family = (
            [positions(counted[variable.family_column], codes)] if variable.family_column else []
        )
        whole = [np.where(own >= 0, len(codes), -1)] if after else []
        every = (*codes, *after)
        return cls(every, (own, *family, *whole), np.isin(every, (*always, *after)))


def _count(
    axes: Sequence[_Axis], weights: Floats | None = None, persons: pd.Series[str] | None = None
) -> Floats:
    shape = tuple(len(axis.codes) for axis in axes)
    counted = np.zeros(math.prod(shape))
    person, known = (None, ()) if persons is None else pd.factorize(persons)
    for keys in product(*(axis.counted for axis in axes)):
        listed = np.all([key >= 0 for key in keys], axis=0)
        cell = np.ravel_multi_index([key[listed] for key in keys], shape)
        if person is not None:
            cell = pd.unique(cell * max(len(known), 1) + person[listed]) // max(len(known), 1)
        counted += np.bincount(
            cell, weights[listed] if weights is not None else None, minlength=len(counted)
        )
    return counted.reshape(shape)


def _measured(
    measure: Measure,
    counted: pd.DataFrame,
    axes: Sequence[_Axis],
    scope: Scope,
    before: Sequence[Sums],
) -> Sums:
    if measure.counts == "part":
        parts = [tidy.parts_of_whole(Sums(*cells)) for cells in zip(*before[-1], strict=True)]
        return Sums(*(np.stack(of) for of in zip(*parts, strict=True)))
    if measure.counts == "par_semaine":
        weeks = scope.last_day.day_of_year / 7
        return Sums(np.round(before[-1].values / weeks, 2), before[-1].states)
    if measure.counts == "somme":
        numbers = counted[measure.of].to_numpy("float64", na_value=np.nan)
        known, added = (
            _count(axes, (~np.isnan(numbers)).astype("float64")),
            _count(axes, np.nan_to_num(numbers)),
        )
        return Sums(np.round(added, tidy.DECIMALS), tidy.sum_states(known, _count(axes)))
    values = _count(
        axes, persons=counted["id_jeune"] if measure.counts == "jeunes_distincts" else None
    )
    return Sums(values, np.full(values.shape, OK, dtype=object))

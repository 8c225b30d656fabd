"""The tables of the records, each counted as it is asked for: all by the notebook of counts, else those shown.

What its cells call is named here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cached_property
from itertools import accumulate, pairwise, product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.declared import written
from rlpipeline.errors import UsageError, nearest
from rlpipeline.figures import cells, declaration, populations, store
from rlpipeline.figures.cells import bound, marked, offered, package_tables, table, told
from rlpipeline.figures.computed import ratio
from rlpipeline.figures.crossing import Indicator, part, persons, rows, summed, total_hours, weekly
from rlpipeline.figures.declaration import (
    SERVICE,
    Declarations,
    Kind,
    Look,
    Scope,
    entered,
    is_kept,
    places_of,
    territories,
)
from rlpipeline.figures.labels import TABLE_WORDS, TOTAL, label_of
from rlpipeline.figures.populations import follow_ups, of_year, things
from rlpipeline.figures.session import session
from rlpipeline.figures.store import (
    CSV_COLUMNS,
    TO_SHARE,
    Col,
    Row,
    Store,
    TableData,
    marker,
    write_store,
)
from rlpipeline.figures.structure import added, declarations, structure
from rlpipeline.figures.tidy import no_texts
from rlpipeline.our_notebooks import counting_notebook
from rlpipeline.records.frames import Records, latest_of, latest_year
from rlpipeline.records.frames import years as years_of
from rlpipeline.records.store import is_store, open_records, read_expected, read_store
from rlpipeline.records.tables import TABLE_NAMES
from rlpipeline.settings.models import Service, load_service, years_begun
from rlpipeline.settings.project import opened_by

__all__ = [
    "Look",
    "offered",
    "part",
    "persons",
    "ratio",
    "rows",
    "summed",
    "table",
    "total_hours",
    "weekly",
]

REDEFINED, ELSEWHERE = "Le service a redéfini ce tableau{}.", " ; celui-ci est celui de rlpipeline"
NONE: Mapping[str, Any] = MappingProxyType({})


def count_table(indicator: Indicator, records: Records, whole: Scope) -> Mapping[str, TableData]:
    """Count one table of a year for every territory, the service first: none where the table does not exist."""
    if indicator.when and not indicator.when(records, whole.service):
        return {}
    known, parts = (
        entered(records, whole),
        (replace(whole, territory=name) for name in territories(whole.service)),
    )
    places = [whole, *filter(indicator.concerns, parts)]
    names = [of.territory for of in places]
    if indicator.crossing:
        counted = indicator.crossing.count(known, whole, names)
    else:
        frames = [_computed(indicator, records, of) for of in places]
        territory = np.repeat(names, [len(frame) for frame in frames])
        counted = pd.concat(frames, ignore_index=True).assign(
            territoire=pd.Series(territory, dtype="str")
        )
    counted["indicateur"] = pd.Series(indicator.id, index=counted.index, dtype="str")
    counted["annee"] = counted["annee"] if indicator.with_previous_year else whole.year
    figures, sizes = (
        counted[[*CSV_COLUMNS]].astype({"annee": "int64"}),
        Counter(counted["territoire"]),
    )
    ends = [0, *accumulate(sizes[name] for name in names)]
    cut = (figures.iloc[begun:end].reset_index(drop=True) for begun, end in pairwise(ends))
    return {
        of.territory: _worded(indicator, part, known, of)
        for of, part in zip(places, cut, strict=True)
    }


def _computed(indicator: Indicator, records: Records, scope: Scope) -> pd.DataFrame:
    now = indicator.compute(entered(records, scope), scope)
    if not indicator.with_previous_year:
        return now
    then = indicator.compute(entered(records, scope.before), scope.before)
    cells = [pd.MultiIndex.from_frame(figures[["ligne", "colonne"]]) for figures in (now, then)]
    both = now.assign(annee=scope.year), then[cells[1].isin(cells[0])].assign(annee=scope.year - 1)
    return pd.concat(both, ignore_index=True)


def _worded(
    indicator: Indicator, computed: pd.DataFrame, records: Records, scope: Scope
) -> TableData:
    words = indicator.texts(records, scope) if indicator.texts else no_texts()
    row_words, column_words = (
        indicator.row_labels(records, scope),
        indicator.column_labels(records, scope),
    )
    kinds: dict[str, Kind] = {
        TOTAL: "total",
        **(indicator.crossing.row_kinds(scope.service) if indicator.crossing else {}),
        **dict.fromkeys(indicator.groups, "sous_total"),
        **dict.fromkeys(indicator.text_rows, "note"),
    }
    written, named = words["ligne"].tolist(), {*words["colonne"].tolist()}
    noted = [code for code in indicator.text_rows if code in written]  # after the figures
    lines = [
        *(
            code
            for code in dict.fromkeys([*computed["ligne"].tolist(), *written])
            if code not in noted
        ),
        *noted,
    ]
    of_words = [
        Col(code, label_of(code, column_words), "texte")
        for code in indicator.text_columns
        if code in named
    ]
    codes = dict.fromkeys(computed["colonne"].tolist())
    columns = [
        Col(code, label_of(code, column_words), "total" if code == TOTAL else "nombre")
        for code in codes
    ]
    return TableData(
        of=indicator,
        year=scope.year,
        territory=scope.territory,
        rows=tuple(
            Row(code, label_of(code, row_words), kinds.get(code, "corps")) for code in lines
        ),
        columns=(*of_words, *columns),
        figures=computed,
        texts=words,
        notes=_notes(indicator, bool(lines), records, scope),
    )


def _notes(indicator: Indicator, says: bool, records: Records, scope: Scope) -> tuple[str, ...]:
    lacks = list[str]()
    for needed in (name for name in indicator.tables if name not in records.present):
        named = f"a table « {TABLE_WORDS.get(needed, needed)} »"
        empty = needed in records.not_entered
        why = (
            f"Rien n'est saisi pour {scope.year} dans l{named}"
            if empty
            else f"L{named} n'est pas fournie"
        )
        lacks.append(f"{why} : {store.UNKNOWN}")
    return (
        (*lacks, *indicator.notes(records, scope))
        if lacks or says
        else (store.NO_ROW.format(annee=scope.year),)
    )


class Counts(Store):
    """Figures of records, each table counted once, for every territory, when it is first asked for.

    ``years_reported`` are those of the reports, ``ours`` the tables of the notebook of counts, of which more may be
    declared, ``added`` those of the service's notebook of indicators: one of a name of ours takes its place. ``cells``
    are those of the service's notebooks that declare tables. ``others`` are all that the service declares, where these
    are the tables of the edition to share. ``of_own_cells`` says that the cells that run are those of the service's
    notebook of indicators, whose tables take the place of ours.
    """

    def __init__(
        self,
        records: Records,
        service: Service,
        years_reported: tuple[int, ...],
        ours: dict[str, Indicator],
        added: Mapping[str, Indicator] = NONE,
        cells: Mapping[str, str] = NONE,
    ) -> None:
        self.records, self.service, self.years_reported = records, service, years_reported
        self.is_exact, self.reported = True, max(years_reported, default=0)
        self.ours, self.added, self.cells = ours, added, cells
        self.others: Mapping[str, Indicator] | None = None
        self.of_own_cells = False
        self._counted: dict[tuple[str, int], Mapping[str, TableData]] = {}
        self._tables = {}

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """Every table that is declared."""
        return bound({id: marked(table) for id, table in {**self.ours, **self.added}.items()})

    def to_share(self) -> Counts:
        """Give what the edition to share is made from: where the service has other bands alone, the package's table."""
        ours, hers = package_tables(), self.indicators
        alike = (not of.own and of.crossing == ours[id].crossing for id, of in hers.items())
        if self.others is not None or (ours.keys() == hers.keys() and all(alike)):
            return self
        cells = {**self.ours, **self.added}
        shared = {
            id: ours[id] if of.own else cells[id]
            for id, of in hers.items()
            if of.alike or not of.own
        }
        made = Counts(self.records, self.service, self.years_reported, shared, cells=self.cells)
        made.others, made._counted = (
            hers,
            {key: of for key, of in self._counted.items() if not hers[key[0]].own},
        )
        return made

    @cached_property
    def declared(self) -> Declarations:
        """What is said of them."""
        said = declarations({**(self.others or {}), **self.indicators}, self.service, self.cells)
        if self.others is None:
            return said
        # Whoever attacks knows what links all the tables of the package, those too that the service took out.
        linked = structure(bound(package_tables()), self.service)
        titled = {
            id: {"titre": of.title, "definition": of.definition}
            for id, of in self.indicators.items()
        }
        tables = [{**table, **titled.get(table["id"], {})} for table in linked["tableaux"]]
        still = {id for id, of in self.others.items() if not of.own}
        more = [
            written(link)
            for link in added(self.others, self.service)
            if {of.table for of in (*link.left, *link.right)} <= still
        ]
        return replace(
            said, linked={**linked, "tableaux": tables, "liens": [*linked["liens"], *more]}
        )

    @cached_property
    def _marker(self) -> Mapping[str, Any]:
        actions = [things(self.records, self._whole(year), "actions") for year in self._years]
        recorded = product(self.indicators, self._years)
        marked = marker(
            exact=True,
            years=years_of(self.records),
            recorded=[
                (id, year) for id, year in recorded if self.is_recorded(id, self._whole(year))
            ],
            origins=dict.fromkeys(self._years, store.COUNTED),
            places={
                id: place
                for of in actions
                for id, place in zip(of["id_action"], of["territoire"], strict=True)
            },
        )
        within = [
            year for year in sorted(self.years_reported) if self._within_dates(self._whole(year))
        ]
        return {**marked, "silenced": [*map(asdict, self.records.silenced)], "within_dates": within}

    @cached_property
    def _years(self) -> tuple[int, ...]:
        return tuple(sorted({*years_of(self.records), *self.years_reported}))

    def _whole(self, year: int) -> Scope:
        return Scope(year, SERVICE, self.service)

    def take(self, indicator: Indicator) -> TableData | None:
        """Count a table that a cell declares, and show the service's; a cell run twice replaces its own.

        None where a cell of the service's notebook takes its place, and where the service keeps nothing of it.
        """
        if self.of_own_cells:
            self.added = {**self.added, indicator.id: indicator}
        else:
            self.ours[indicator.id] = indicator
        self._forget(indicator.id)
        if indicator.id in self.added and not self.of_own_cells:
            return None
        counted = {year: self.every_place(indicator.id, year) for year in self._years}
        shown = counted[self.reported].get(SERVICE)
        return shown and replace(shown, counted=self._rows_counted(indicator))

    def _forget(self, id: str) -> None:
        """Forget what was counted of a table, and what was said of all."""
        for kept in ("indicators", "declared", "_marker"):
            self.__dict__.pop(kept, None)
        self._tables.clear()
        for key in [key for key in self._counted if key[0] == id]:
            del self._counted[key]

    def _rows_counted(self, indicator: Indicator) -> int | None:
        """Count the rows of the population of a crossing, in the year of the report; None of other tables."""
        whole = self._whole(self.reported)
        if indicator.crossing is None or not self.is_recorded(indicator.id, whole):
            return None
        return len(indicator.crossing.population.listed(entered(self.records, whole), whole))

    def own(self) -> pd.DataFrame:
        """Count the tables of the service's notebook of indicators; columns of ``indicateurs.csv``."""
        every = [self.every_place(id, year) for id in self.added for year in reversed(self._years)]
        frames = [table.figures for tables in every for table in tables.values()]
        return (
            pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*CSV_COLUMNS])
        )

    def write(self, directory: str | None) -> str:
        """Write the figures for the notebooks of the report; nothing where the notebook is run by hand, without any."""
        tables = {
            (id, year, place): data
            for id in self.indicators
            for year in reversed(self._years)
            for place, data in self.every_place(id, year).items()
        }
        said = f"{len(tables)} tableaux comptés, années {', '.join(map(str, self._years))}"
        if not directory:
            return f"{said} ; rien n'est écrit"
        listed = {year: self.alerts(self._whole(year)) for year in self.years_reported}
        write_store(Path(directory), tables, self.declared, self._marker, listed)
        if (shared := self.to_share()) is not self:
            shared.write(f"{directory}/{TO_SHARE}")
        return said

    def every_place(self, id: str, year: int) -> Mapping[str, TableData]:
        """Count a table of a year, for every territory at once."""
        if (id, year) not in self._counted:
            indicator = self.indicators[id if id in self.indicators else self.declared.find(id).id]
            try:
                counted = count_table(indicator, self.records, self._whole(year))
            except Exception as error:
                if not indicator.own:
                    raise
                what, cell = (
                    "La fonction qui compte ce tableau a échoué.",
                    self.cells.get(id, f"tableau « {id} »"),
                )
                raise told(error, what, cell, f"« {id} », {year}") from error
            self._counted[id, year] = {
                place: self._noted(id, data) for place, data in counted.items()
            }
        return self._counted[id, year]

    def _noted(self, id: str, data: TableData) -> TableData:
        ours, now = package_tables().get(id), (self.others or self.indicators)[id]
        if ours is None or (now.crossing, now.title, now.own) == (ours.crossing, ours.title, False):
            return data
        return replace(
            data,
            notes=(*data.notes, REDEFINED.format(ELSEWHERE if self.others and now.own else "")),
        )

    def _table(self, indicator: str, scope: Scope) -> TableData | None:
        return self.every_place(indicator, scope.year).get(scope.territory)

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether each table of the records that it needs has a row of the year, or none by the settings."""
        return all(
            is_kept(self.records, table, scope) for table in self.indicators[indicator].tables
        )

    def alerts(self, scope: Scope) -> pd.DataFrame:
        """List the follow-ups to look at again."""
        return populations.alerts(entered(self.records, scope), self._whole(scope.year))

    def _within_dates(self, whole: Scope) -> bool:
        plans = follow_ups(self.records, whole)
        idle = plans.loc[(plans["statut"] == populations.PAEI) & ~plans["actif"], "id_suivi"]
        noted = (
            of_year(self.records, whole, table)["id_suivi"]
            for table in declaration.ISSUES_AND_REFERRALS
        )
        return not any(ids.isin(idle).any() for ids in noted)


def records_of(figures: Store, table: str) -> pd.DataFrame:
    """Give a table of the records that figures are counted from.

    UsageError: there is none of this name, or the figures are those of the edition to share; DataError: they are gone.
    """
    if table not in TABLE_NAMES:
        todo = f"la plus proche est « {nearest(table, TABLE_NAMES)} »"
        raise UsageError(f"Table inconnue : {table!r}.", expected=", ".join(TABLE_NAMES), todo=todo)
    if not figures.is_exact:
        raise UsageError(
            "L'édition à diffuser n'ouvre aucune donnée.",
            todo="ne montrer que des chiffres protégés",
        )
    if isinstance(figures, Counts):
        return figures.records[table].copy()
    return read_store(figures.directory.with_name(store.RECORDS))[table].copy()


def open_counting(source: str, params: str, years: str | int = "") -> Counts:
    """Open the records to count them; the tables that cells declare afterwards are counted from them.

    ``source`` and ``params`` are those of the project file where they are empty; ``years`` those of the reports, as
    « 2022, 2023 », the latest by default. UsageError, SettingsError, DataError: there is no such source, years are
    written otherwise, settings or records break their contract, or a cell of the service's notebook of tables fails.
    """
    places = opened_by(source, params)
    added, at = (
        cells.read_tables(places.notebooks / cells.OWN),
        places_of(counting_notebook(places.notebooks)),
    )
    opened = _opened(places.source, places.params, years)
    counts = Counts(*opened, {}, added.tables, {**at, **added.cells})
    session.opened(counts)
    return counts


def open_store(source: str, params: Path, years: str | int, notebooks: Path) -> Counts:
    """Open the records, whose tables are counted as they are asked for; errors as :func:`open_counting`."""
    return counts_of(*_opened(source, params, years), notebooks)


def counts_of(
    records: Records, service: Service, reported: tuple[int, ...], notebooks: Path
) -> Counts:
    """Make what counts the tables that the notebooks of a service declare, or ours where it has none."""
    ours, added, at = cells.read_declared(notebooks)
    return Counts(records, service, reported, dict(ours), added.tables, at)


def _opened(
    source: str, params: Path, years: str | int
) -> tuple[Records, Service, tuple[int, ...]]:
    written = [year.strip() for year in str(years).split(",")] if years else []
    if not all(re.fullmatch(r"\d{4}", year) for year in written):
        raise UsageError(
            "Ces années ne se lisent pas.", expected='years = "2022, 2023"', got=repr(years)
        )
    service = load_service(params)
    expected = (
        None if is_store(Path(source)) else read_expected(params)
    )  # a store holds what was accepted
    records = open_records(source, service, expected)
    if written:
        return records, service, tuple(map(int, written))
    latest = latest_of(records, expected.extraction if expected else None) or max(
        years_begun(params), default=0
    )
    return records, service, (latest or latest_year(records),)  # which says what is missing


def _open_for_own_cells() -> Counts:
    """Open the records of the project for a notebook that opens none: the service's own indicators."""
    places = opened_by("", "")
    opened = _opened(places.source, places.params, "")
    counts = counts_of(*opened, places.notebooks)
    counts.of_own_cells = True
    return counts


session.opens_by(_open_for_own_cells)

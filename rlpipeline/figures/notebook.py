"""The tables of the records, each counted as it is asked for: all by the notebook of counts, else those shown.

What its cells call is named here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from itertools import accumulate, pairwise, product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.declared import Link, Look, TableSpec
from rlpipeline.errors import SettingsError, UsageError, nearest
from rlpipeline.figures import cells, declaration, populations, store
from rlpipeline.figures.cells import (
    bound,
    explained,
    marked,
    offered,
    our_links,
    package_tables,
    table,
    told,
)
from rlpipeline.figures.computed import ratio
from rlpipeline.figures.crossing import (
    CountedTable,
    part,
    persons,
    rows,
    summed,
    total_hours,
    weekly,
)
from rlpipeline.figures.declaration import (
    SERVICE,
    CodeCell,
    Declarations,
    Kind,
    Scope,
    declaring_cells,
    entered,
    is_kept,
    territories,
)
from rlpipeline.figures.labels import TABLE_WORDS, TOTAL, label_of
from rlpipeline.figures.populations import of_year, paei, things
from rlpipeline.figures.session import session
from rlpipeline.figures.store import (
    CSV_COLUMNS,
    TO_SHARE,
    Col,
    Key,
    Row,
    Store,
    TableData,
    marker,
    write_store,
)
from rlpipeline.figures.structure import added, declarations
from rlpipeline.figures.tidy import as_texts, no_texts
from rlpipeline.our_notebooks import OURS, counting_notebook
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
UNDEFINED = (
    "<p><strong>Ce tableau n'a pas de définition dans ce notebook, tel qu'il est enregistré : le "
    "rapport le refusera.</strong> Écrire en Markdown, juste au-dessus de cette cellule, qui est "
    "compté et comment ; enregistrer le notebook, puis relancer la cellule.</p>"
)
NONE: Mapping[str, Any] = MappingProxyType({})


def count_table(table: CountedTable, records: Records, whole: Scope) -> Mapping[str, TableData]:
    """Count one table of a year for every territory, the service first: none where the table does not exist."""
    if table.when and not table.when(records, whole.service):
        return {}
    known = entered(records, whole)
    parts = [name for name in territories(whole.service) if table.spec.concerns(name)]
    places = [whole, *(replace(whole, territory=name) for name in parts)]
    if table.crossing:
        counted = table.crossing.count(known, whole, [SERVICE, *parts])
    else:
        counted = _computed_everywhere(table, records, places)
    figures = _addressed(table.spec, counted, whole.year)
    cut = zip(places, _cut(figures, [SERVICE, *parts]), strict=True)
    return {place.territory: _worded(table, there, known, place) for place, there in cut}


def _computed_everywhere(
    table: CountedTable, records: Records, places: Sequence[Scope]
) -> pd.DataFrame:
    """Count a table that is no crossing, one territory after the other.

    Raises
    ------
    SettingsError
        A function of the service's gives everywhere what it gives for the whole service.
    """
    frames = [_computed(table, records, place) for place in places]
    if table.spec.own and not table.from_others and _are_alike(frames):
        raise SettingsError(
            "La fonction rend les mêmes chiffres pour le service et pour chaque commune.",
            expected="les chiffres de portee.territory",
            todo='lister par population.listed(donnees, portee), ou déclarer scope="service"',
        )
    names = [place.territory for place in places]
    sizes = [*map(len, frames)]
    together = pd.concat(frames, ignore_index=True)
    return together.assign(territoire=as_texts(np.repeat(names, sizes)))


def _are_alike(frames: Sequence[pd.DataFrame]) -> bool:
    """Say whether all territories have the figures of the first, and it has any."""
    whole, *others = (frame[["ligne", "colonne", "valeur"]] for frame in frames)
    if not others or not whole["valeur"].gt(0).any():
        return False
    return all(frame.equals(whole) for frame in others)


def _computed(table: CountedTable, records: Records, scope: Scope) -> pd.DataFrame:
    """Count a table for one territory; of one that has the year before, its cells of this year in that year as well."""
    now = table.compute(entered(records, scope), scope)
    if not table.spec.with_previous_year:
        return now
    before = scope.before
    then = table.compute(entered(records, before), before)
    then = then[_cells(then).isin(_cells(now))]
    both = now.assign(annee=scope.year), then.assign(annee=before.year)
    return pd.concat(both, ignore_index=True)


def _cells(figures: pd.DataFrame) -> pd.MultiIndex:
    """Give line and column of each figure."""
    return pd.MultiIndex.from_frame(figures[["ligne", "colonne"]])


def _addressed(spec: TableSpec, counted: pd.DataFrame, year: int) -> pd.DataFrame:
    """Give figures the columns of ``indicateurs.csv``."""
    counted["indicateur"] = pd.Series(spec.id, index=counted.index, dtype="str")
    if not spec.with_previous_year:
        counted["annee"] = year
    return counted[[*CSV_COLUMNS]].astype({"annee": "int64"})


def _cut(figures: pd.DataFrame, places: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Cut the figures of all territories, which follow one another, into those of each."""
    sizes = Counter(figures["territoire"])
    ends = accumulate((sizes[name] for name in places), initial=0)
    for begun, end in pairwise(ends):
        yield figures.iloc[begun:end].reset_index(drop=True)


def _worded(
    table: CountedTable, figures: pd.DataFrame, records: Records, scope: Scope
) -> TableData:
    """Put words around the figures of a territory: those of lines and columns, of cells, notes."""
    texts = table.texts(records, scope) if table.texts else no_texts()
    rows = _rows(table, figures, texts, records, scope)
    columns = _columns(table, figures, texts, records, scope)
    notes = _notes(table, bool(rows), records, scope)
    year = scope.year
    place = scope.territory
    return TableData(table.spec, year, place, rows, columns, figures, texts, notes)


def _rows(
    table: CountedTable,
    figures: pd.DataFrame,
    texts: pd.DataFrame,
    records: Records,
    scope: Scope,
) -> tuple[Row, ...]:
    """List the lines: those of figures, those of texts alone, notes last."""
    words = table.row_labels(records, scope)
    kinds: dict[str, Kind] = {TOTAL: "total"}
    if table.crossing:
        kinds |= table.crossing.row_kinds(scope.service)
    kinds |= dict.fromkeys(table.spec.lines.groups, "sous_total")
    kinds |= dict.fromkeys(table.text_rows, "note")
    written = texts["ligne"].tolist()
    codes = dict.fromkeys([*figures["ligne"].tolist(), *written])
    order = sorted(codes, key=lambda code: code in table.text_rows)
    return tuple(Row(code, label_of(code, words), kinds.get(code, "corps")) for code in order)


def _columns(
    table: CountedTable,
    figures: pd.DataFrame,
    texts: pd.DataFrame,
    records: Records,
    scope: Scope,
) -> tuple[Col, ...]:
    """List the columns: those of texts, then those of figures."""
    words = table.column_labels(records, scope)
    named = {*texts["colonne"].tolist()}
    kinds: dict[str, Kind] = {code: "texte" for code in table.text_columns if code in named}
    for code in figures["colonne"].tolist():
        kinds.setdefault(code, "total" if code == TOTAL else "nombre")
    return tuple(Col(code, label_of(code, words), kind) for code, kind in kinds.items())


def _notes(table: CountedTable, has_lines: bool, records: Records, scope: Scope) -> tuple[str, ...]:
    """Say which tables of the records are lacking, and what the table says of itself; or that it has no line."""
    lacking = [name for name in table.spec.tables if name not in records.present]
    if not (lacking or has_lines):
        return (store.NO_ROW.format(annee=scope.year),)
    notes = (f"{_why_lacking(name, records, scope)} : {store.UNKNOWN}" for name in lacking)
    return (*notes, *table.notes(records, scope))


def _why_lacking(name: str, records: Records, scope: Scope) -> str:
    """Say why a table of the records tells nothing of a year."""
    named = f"a table « {TABLE_WORDS.get(name, name)} »"
    if name in records.not_entered:
        return f"Rien n'est saisi pour {scope.year} dans l{named}"
    return f"L{named} n'est pas fournie"


STRUCTURE = (
    "lines",
    "columns",
    "measures",
    "persons",
    "residents",
    "population",
    "additive",
    "apart",
    "balances",
    "newcomers",
    "parts",
    "weekly",
)
"""What links a table with others: of the edition to share, that of the package's table."""


def _structured(spec: TableSpec, ours: TableSpec) -> TableSpec:
    """Say of a table in the service's words what links the package's."""
    return replace(spec, **{name: getattr(ours, name) for name in STRUCTURE})


class Counts(Store):
    """Figures of records, each table counted once, for every territory, when it is first asked for.

    Parameters
    ----------
    years_reported
        Those of the reports.
    ours
        Tables of the notebook of counts, of which more may be declared.
    added
        Those of the service's notebook of indicators: one of a name of ours takes its place.
    cells
        Cells of the service's notebooks that declare tables.

    Attributes
    ----------
    notebook, written
        The notebook that runs, where one does; by table, its cell, as it was saved.
    others
        All that the service declares, where these are the tables of the edition to share.
    of_own_cells
        Whether the cells that run are those of the service's notebook of indicators.
    is_declaring
        Whether the notebook of counts still declares its tables: what the service works out of them waits.
    """

    def __init__(
        self,
        records: Records,
        service: Service,
        years_reported: tuple[int, ...],
        ours: dict[str, CountedTable],
        added: Mapping[str, CountedTable] = NONE,
        cells: Mapping[str, str] = NONE,
    ) -> None:
        self.records = records
        self.service = service
        self.years_reported = years_reported
        self.is_exact = True
        self.reported = max(years_reported, default=0)
        self.ours = ours
        self.added = added
        self.cells = cells
        self.notebook: Path | None = None
        self.written: Mapping[str, CodeCell] = NONE
        self.others: Mapping[str, CountedTable] | None = None
        self.of_own_cells = self.is_declaring = False
        self._counted: dict[tuple[str, int], Mapping[str, TableData]] = {}
        self._tables = {}

    @cached_property
    def indicators(self) -> Mapping[str, CountedTable]:
        """Every table that is declared."""
        every = {**self.ours, **self.added}
        if self.is_declaring:
            every = {id: table for id, table in every.items() if not self._waits(table)}
        return bound({id: marked(table) for id, table in every.items()})

    def _waits(self, table: CountedTable) -> bool:
        """Whether a table of the service's own is worked out of others, which may not be declared yet."""
        return table.from_others is not None and table.id in self.added

    def _all_is_declared(self) -> None:
        """Take what the service works out of the tables, now that all are declared."""
        if self.is_declaring:
            self.is_declaring = False
            self._forget("")

    def to_share(self) -> Counts:
        """Give what the edition to share is made from: where the service has other bands alone, the package's table."""
        if self.others is not None or self._counts_as_the_package():
            return self
        ours = package_tables()
        written = {**self.ours, **self.added}
        shared = dict[str, CountedTable]()
        for id, counted in self.indicators.items():
            if counted.spec.alike:
                shared[id] = ours[id]
            elif not counted.spec.own:
                shared[id] = written[id]
        made = Counts(self.records, self.service, self.years_reported, shared, cells=self.cells)
        made.others = self.indicators
        for (id, year), tables in self._counted.items():
            if not self.indicators[id].spec.own:
                made._counted[id, year] = tables
        return made

    def _counts_as_the_package(self) -> bool:
        """Whether it has the package's tables, and no other, each crossing the same."""
        ours = package_tables()
        if ours.keys() != self.indicators.keys():
            return False
        every = self.indicators.items()
        return all(
            not table.spec.own and table.crossing == ours[id].crossing for id, table in every
        )

    @cached_property
    def declared(self) -> Declarations:
        """What is said of them.

        Whoever attacks knows what links all the tables of the package, those too that the service took out: so does
        the edition to share, in the service's words.
        """
        if self.others is None:
            return declarations(self.indicators, self.service, self.cells)
        declared = declarations({**self.others, **self.indicators}, self.service, self.cells)
        ours = our_links(self.service)
        shared: dict[str, TableSpec] = {}
        for id, counted in self.indicators.items():
            shared[id] = _structured(counted.spec, ours.tables[id])
        every = (*ours.all, *self._added_links(self.others))
        links = replace(ours, tables={**ours.tables, **shared}, all=every)
        return replace(declared, tables={**declared.tables, **shared}, links=links)

    def _added_links(self, every: Mapping[str, CountedTable]) -> Iterator[Link]:
        """List the links that cells add between tables that are shared."""
        shared = {id for id, table in every.items() if not table.spec.own}
        for link in added(every, self.service):
            if link.tables <= shared:
                yield link

    @cached_property
    def _marker(self) -> Mapping[str, Any]:
        recorded = list[tuple[str, int]]()
        places = dict[str, str]()
        for year in self._years:
            whole = self._whole(year)
            recorded += [(id, year) for id in self.indicators if self.is_recorded(id, whole)]
            actions = things(self.records, whole, "actions")
            places |= dict(zip(actions["id_action"], actions["territoire"], strict=True))
        marked = marker(
            exact=True,
            years=years_of(self.records),
            recorded=recorded,
            origins=dict.fromkeys(self._years, store.COUNTED),
            places=places,
        )
        within = [year for year in sorted(self.years_reported) if self._within_dates(year)]
        return {**marked, "silenced": [*map(asdict, self.records.silenced)], "within_dates": within}

    @cached_property
    def _years(self) -> tuple[int, ...]:
        return tuple(sorted({*years_of(self.records), *self.years_reported}))

    def _whole(self, year: int) -> Scope:
        return Scope(year, SERVICE, self.service)

    def take(self, table: CountedTable) -> TableData | None:
        """Count a table that a cell declares, and show the service's; a cell run twice replaces its own.

        Where a cell of the service's notebook takes its place, that one is shown. None where the service keeps nothing
        of it, or works it out of tables that are not declared yet.
        """
        table = self._defined(table)
        if self.of_own_cells:
            self.added = {**self.added, table.id: table}
        else:
            self.ours[table.id] = table
        self._forget(table.id)
        if table.id not in self.indicators:
            return None
        counted = {year: self.every_place(table.id, year) for year in self._years}
        shown = counted[self.reported].get(SERVICE)
        if shown is None:
            return None
        missing = "" if table.spec.definition else UNDEFINED
        return replace(shown, how=missing + self._how(table))

    def _defined(self, table: CountedTable) -> CountedTable:
        """Give a declared table the text above its cell, as the notebook was last saved; none where it was not.

        SettingsError: nothing stands above it.
        """
        cell = self.written.get(table.id)
        if self.notebook and not (cell and cell.definition):
            self.written = _cells_by_table(self.notebook)  # which may be saved again since
            cell = self.written.get(table.id)
        if cell is None:
            return table
        if not cell.definition:
            raise declaration.undefined(table.id, cell.place)
        return table.declared(definition=cell.definition)

    def _forget(self, id: str) -> None:
        """Forget what was counted of a table, and what was said of all."""
        for kept in ("indicators", "declared", "_marker"):
            self.__dict__.pop(kept, None)
        self._tables.clear()
        for key in [key for key in self._counted if key[0] == id]:
            del self._counted[key]

    def _how(self, table: CountedTable) -> str:
        """Say in HTML how a table is counted: from how many rows in the year of the report, or by which function."""
        whole = self._whole(self.reported)
        if table.crossing is None:
            counted = self.indicators[table.id]
            return explained(counted.compute) or explained(counted.texts or counted.compute)
        if not self.is_recorded(table.id, whole):
            return ""
        population = table.crossing.population
        rows = population.listed(entered(self.records, whole), whole)
        persons = f", jeunes distincts : {rows['id_jeune'].nunique()}" if "id_jeune" in rows else ""
        return f"<p>{population.word_of_rows} en {whole.year} : {len(rows)}{persons}.</p>"

    def own(self) -> pd.DataFrame:
        """Count the tables of the service's notebook of indicators; columns of ``indicateurs.csv``."""
        self._all_is_declared()
        frames = [counted.figures for counted in self._every_table(self.added).values()]
        if not frames:
            return pd.DataFrame(columns=[*CSV_COLUMNS])
        return pd.concat(frames, ignore_index=True)

    def _every_table(self, ids: Iterable[str]) -> Mapping[Key, TableData]:
        """Count tables for every year, the latest first, and territory."""
        tables: dict[Key, TableData] = {}
        for id, year in product(ids, reversed(self._years)):
            for place, data in self.every_place(id, year).items():
                tables[id, year, place] = data
        return tables

    def write(self, directory: str | None) -> str:
        """Write the figures for the notebooks of the report; nothing where the notebook is run by hand, without any."""
        self._all_is_declared()
        tables = self._every_table(self.indicators)
        said = f"{len(tables)} tableaux comptés, années {', '.join(map(str, self._years))}"
        if not directory:
            return f"{said} ; rien n'est écrit"
        self._check_definitions()
        listed = {year: self.alerts(self._whole(year)) for year in self.years_reported}
        write_store(Path(directory), tables, self.declared, self._marker, listed)
        if (shared := self.to_share()) is not self:
            shared.write(f"{directory}/{TO_SHARE}")
        return said

    def _check_definitions(self) -> None:
        """Refuse a table whose name no cell has in plain words, and that nothing defines; SettingsError."""
        for id, counted in self.indicators.items():
            if not counted.spec.definition:
                raise declaration.undefined(id, self.cells.get(id, ""))

    def every_place(self, id: str, year: int) -> Mapping[str, TableData]:
        """Count a table of a year, for every territory at once."""
        if (id, year) not in self._counted:
            counted = self._count(id, year).items()
            self._counted[id, year] = {place: self._noted(id, data) for place, data in counted}
        return self._counted[id, year]

    def _count(self, id: str, year: int) -> Mapping[str, TableData]:
        """Count a table of a year; SettingsError names the cell where what the service wrote fails."""
        if id not in self.indicators:
            self.declared.find(id)  # which says what is near
        table = self.indicators[id]
        try:
            return count_table(table, self.records, self._whole(year))
        except Exception as error:
            if not table.spec.own:
                raise
            what = "La fonction qui compte ce tableau a échoué."
            cell = self.cells.get(id, f"tableau « {id} »")
            raise told(error, what, cell, f"« {id} », {year}") from error

    def _noted(self, id: str, data: TableData) -> TableData:
        """Say under a table of ours that the service has defined it otherwise."""
        ours = package_tables().get(id)
        now = (self.others or self.indicators)[id]
        if ours is None:
            return data
        is_ours = not now.spec.own and now.spec.title == ours.spec.title
        if is_ours and now.crossing == ours.crossing:
            return data
        where = ELSEWHERE if self.others and now.spec.own else ""
        return replace(data, notes=(*data.notes, REDEFINED.format(where)))

    def _table(self, indicator: str, scope: Scope) -> TableData | None:
        return self.every_place(indicator, scope.year).get(scope.territory)

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether each table of the records that it needs has a row of the year, or none by the settings."""
        needed = self.indicators[indicator].spec.tables
        return all(is_kept(self.records, table, scope) for table in needed)

    def rows_by_cell(self, indicator: str, scope: Scope) -> None:
        """Give none: a table is counted whole."""

    def alerts(self, scope: Scope) -> pd.DataFrame:
        """List the follow-ups to look at again."""
        return populations.alerts(entered(self.records, scope), self._whole(scope.year))

    def _within_dates(self, year: int) -> bool:
        """Say whether no issue or referral of a year is noted on a PAEI that was not active in it."""
        whole = self._whole(year)
        plans = paei(self.records, whole)
        idle = plans.loc[~plans["actif"], "id_suivi"]
        tables = declaration.ISSUES_AND_REFERRALS
        noted = (of_year(self.records, whole, table)["id_suivi"] for table in tables)
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


def open_counting(source: str = "", params: str = "", years: str | int = "") -> Counts:
    """Open the records to count them; the tables that cells declare afterwards are counted from them.

    ``source`` and ``params`` are those of the project file where they are empty; ``years`` those of the reports, as
    « 2022, 2023 », the latest by default. UsageError, SettingsError, DataError: there is no such source, years are
    written otherwise, settings or records break their contract, or a cell of the service's notebook of tables fails.
    """
    places = opened_by(source, params)
    notebook = counting_notebook(places.notebooks)
    added = cells.read_tables(places.notebooks / cells.OWN)
    opened = _opened(places.source, places.params, years)
    written = _cells_by_table(notebook)
    places_of_own = dict(added.cells)
    if notebook.parent != OURS:
        places_of_own = {id: cell.place for id, cell in written.items()} | places_of_own
    counts = Counts(*opened, {}, added.tables, places_of_own)
    counts.notebook = notebook
    counts.written = written
    counts.is_declaring = True
    session.opened(counts)
    return counts


def _cells_by_table(notebook: Path) -> Mapping[str, CodeCell]:
    """Give the cell of a notebook that declares each table."""
    return {id: cell for cell in declaring_cells(notebook) for id in cell.tables}


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
    """Open the records, with the settings of the service, and say which years are reported."""
    written = [year.strip() for year in str(years or "").split(",")]
    if years and not all(re.fullmatch(r"\d{4}", year) for year in written):
        expected = 'years = "2022, 2023"'
        raise UsageError("Ces années ne se lisent pas.", expected=expected, got=repr(years))
    service = load_service(params)
    # A store holds what was accepted.
    accepted = None if is_store(Path(source)) else read_expected(params)
    records = open_records(source, service, accepted)
    if years:
        return records, service, tuple(map(int, written))
    extracted = accepted.extraction if accepted else None
    latest = latest_of(records, extracted) or max(years_begun(params), default=0)
    return records, service, (latest or latest_year(records),)  # which says what is missing


def _open_for_own_cells() -> Counts:
    """Open the records of the project for a notebook that opens none: the service's own indicators."""
    places = opened_by("", "")
    opened = _opened(places.source, places.params, "")
    counts = counts_of(*opened, places.notebooks)
    counts.of_own_cells = True
    counts.notebook = places.notebooks / cells.OWN
    return counts


session.opens_by(_open_for_own_cells)

"""A table that was counted: its figures, the words of its lines and columns, the texts printed in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate, pairwise
from typing import Literal

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import Declared, Indicator, Kind
from rlpipeline.figures.labels import TABLE_WORDS, TOTAL, label_of
from rlpipeline.figures.population import entered
from rlpipeline.figures.scope import SERVICE, Scope, territories
from rlpipeline.figures.tidy import no_texts
from rlpipeline.records.frames import Records

NO_ROW = "Rien de noté pour {}."
UNKNOWN = "ses chiffres sont non communiqués (nc)."
FIGURE = ("ligne", "colonne", "valeur", "etat")
CSV_COLUMNS = ("indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat")


@dataclass(frozen=True)
class Row:
    """A line of a table; one of kind ``note`` holds texts only."""

    code: str
    label: str
    kind: Kind = "corps"


@dataclass(frozen=True)
class Col:
    """A column of a table; one of kind ``texte`` holds texts only."""

    code: str
    label: str
    kind: Literal["nombre", "total", "texte"] = "nombre"


@dataclass(frozen=True)
class TableData:
    """Everything that a table says, without any presentation.

    Parameters
    ----------
    figures
        The columns of ``indicateurs.csv``, one row per figure. ``diagnostics`` also has those of the year before: a
        cell is known by ``annee, ligne, colonne``, and :attr:`current` holds those of the year alone.
    texts
        ligne, colonne, texte: words to print in a cell, under its figure where it has one.
    notes
        French sentences to print under the table: what the source lacks.
    vintages
        Of which years its values are, where each has its own.
    """

    of: Declared
    year: int
    territory: str
    rows: tuple[Row, ...]
    columns: tuple[Col, ...]
    figures: pd.DataFrame
    texts: pd.DataFrame
    notes: tuple[str, ...] = ()
    vintages: str = ""

    @property
    def id(self) -> str:
        """Name in ``indicateurs.csv``."""
        return self.of.id

    @property
    def title(self) -> str:
        """Caption."""
        return self.of.title

    @property
    def unit(self) -> str:
        """What it counts, in French."""
        return self.of.unit

    @property
    def current(self) -> pd.DataFrame:
        """Figures of the year reported on, one row per cell."""
        return self.figures[self.figures["annee"] == self.year]

    def _repr_html_(self) -> str:
        columns, current = [column for column in self.columns if column.kind != "texte"], self.current
        known, figures = current["valeur"].notna(), [current[name].tolist() for name in FIGURE]
        cells = {
            (line, column): f"{value:g}" if is_known else state
            for line, column, value, state, is_known in zip(*figures, known, strict=True)
        }
        place = "ensemble du service" if self.territory == SERVICE else self.territory
        head = "".join(f"<th>{escape(column.label)}</th>" for column in columns)
        body = "".join(
            f"<tr><th>{escape(row.label)}</th>"
            + "".join(f"<td>{escape(cells.get((row.code, column.code), ''))}</td>" for column in columns)
            + "</tr>"
            for row in self.rows
        )
        caption = f"<caption>{escape(f'{self.title} ({place}, {self.year})')}</caption>"
        return f"<table>{caption}<thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"


def count_table(indicator: Indicator, records: Records, whole: Scope, territory: str = "") -> Mapping[str, TableData]:
    """Count one table of a year, of every territory or of one.

    Returns
    -------
    Tables by territory, the service first; one about the service alone has that one, one that does not exist none.
    """
    places = _places(indicator, records, whole, territory)
    return _counted(indicator, records, places) if places else {}


def _counted(indicator: Indicator, records: Records, places: Sequence[Scope]) -> dict[str, TableData]:
    """Count a table of a year in some territories: the service first, or one alone."""
    known, crossing, year = entered(records, places[0]), indicator.crossing, places[0].year
    names = [of.territory for of in places]
    if crossing:
        counted = crossing.count(known, places[0], names)
        sizes = counted["territoire"].value_counts(sort=False)
        parts = [int(sizes.get(name, 0)) for name in names]  # a variable of the settings may have no code
    else:
        scopes = [(of, replace(of, year=year - 1)) if indicator.with_previous_year else (of,) for of in places]
        frames = [_with_former([indicator.compute(entered(records, of), of) for of in both]) for both in scopes]
        parts = [len(frame) for frame in frames]
        counted = pd.concat(frames, ignore_index=True)
        counted["territoire"] = pd.Series(np.repeat(names, parts), index=counted.index, dtype="str")
    counted["indicateur"] = pd.Series(indicator.id, index=counted.index, dtype="str")
    before = counted["annee"] if indicator.with_previous_year else pd.Series(0, index=counted.index, dtype="int64")
    counted["annee"] = year - before
    figures, ends = counted[[*CSV_COLUMNS]], [0, *accumulate(parts)]
    return {
        of.territory: _worded(indicator, figures.iloc[begun:end].reset_index(drop=True), known, of)
        for of, (begun, end) in zip(places, pairwise(ends), strict=True)
    }


def _with_former(years: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the figures of the year before under those of the year, of the same cells."""
    if len(years) == 1:
        return years[0]
    now, then = years
    cells = [pd.MultiIndex.from_frame(figures[["ligne", "colonne"]]) for figures in years]
    return pd.concat([now.assign(annee=0), then[cells[1].isin(cells[0])].assign(annee=1)], ignore_index=True)


def rows_counted(
    indicator: Indicator, records: Records, whole: Scope, territory: str = ""
) -> Mapping[str, Mapping[str, int | None]]:
    """Give the number of rows counted of each table of the records by territory, None for one that is absent."""
    known, places = entered(records, whole), _places(indicator, records, whole, territory)
    if places and indicator.crossing:
        evidence = indicator.crossing.population.evidence(known, places[0])
        counts = {table: {SERVICE: len(rows), **rows.value_counts()} for table, rows in evidence.items()}
        used = {
            of.territory: {table: int(of_table.get(of.territory, 0)) for table, of_table in counts.items()}
            for of in places
        }
    else:
        used = {of.territory: {**indicator.used(known, of)} for of in places}
    return {
        place: {table: number if table in records.present else None for table, number in of_place.items()}
        for place, of_place in used.items()
    }


def _places(indicator: Indicator, records: Records, whole: Scope, territory: str) -> list[Scope]:
    if indicator.when and not indicator.when(records, whole.service):
        return []
    names = [territory] if territory else [SERVICE, *territories(whole.service)]
    places = (replace(whole, territory=name) for name in names)
    return [place for place in places if indicator.concerns(place)]


def table_data(indicator: Indicator, records: Records, scope: Scope) -> TableData:
    """Count a table for one territory; UsageError where it is about the service alone and a smaller one is asked."""
    indicator.check_concerns(scope)
    return _counted(indicator, records, [scope])[scope.territory]


def _worded(indicator: Indicator, computed: pd.DataFrame, records: Records, scope: Scope) -> TableData:
    """Put the words of an indicator around its figures."""
    words = indicator.texts(records, scope) if indicator.texts else no_texts()
    row_words, column_words = indicator.row_labels(records, scope), indicator.column_labels(records, scope)
    kinds: dict[str, Kind] = {
        TOTAL: "total",
        **(indicator.crossing.row_kinds(scope.service) if indicator.crossing else {}),
        **dict.fromkeys(indicator.groups, "sous_total"),
        **dict.fromkeys(indicator.text_rows, "note"),
    }
    written, named = words["ligne"].tolist(), {*words["colonne"].tolist()}
    noted = [code for code in indicator.text_rows if code in written]  # after the figures
    lines = [*(code for code in dict.fromkeys([*computed["ligne"].tolist(), *written]) if code not in noted), *noted]
    of_words = [Col(code, label_of(code, column_words), "texte") for code in indicator.text_columns if code in named]
    codes = dict.fromkeys(computed["colonne"].tolist())
    columns = [Col(code, label_of(code, column_words), "total" if code == TOTAL else "nombre") for code in codes]
    return TableData(
        of=indicator,
        year=scope.year,
        territory=scope.territory,
        rows=tuple(Row(code, label_of(code, row_words), kinds.get(code, "corps")) for code in lines),
        columns=(*of_words, *columns),
        figures=computed,
        texts=words,
        notes=_notes(indicator, bool(lines), records, scope),
        vintages=indicator.vintages(records, scope) if indicator.vintages else "",
    )


def _notes(indicator: Indicator, says: bool, records: Records, scope: Scope) -> tuple[str, ...]:
    """Say what the source lacks, then what the indicator itself has to say."""
    absent = [table for table in indicator.tables if table not in records.present]
    if not absent and not says:
        return (NO_ROW.format(scope.year),)
    why = {
        True: f"Rien n'est saisi pour {scope.year} dans la table « {{}} » : {UNKNOWN}",
        False: f"La table « {{}} » n'est pas fournie : {UNKNOWN}",
    }
    lacks = (why[table in records.not_entered].format(TABLE_WORDS.get(table, table)) for table in absent)
    return (*lacks, *indicator.notes(records, scope))


def is_about_source(note: str) -> bool:
    """Say whether a note tells what the source lacks, and nothing of the figures themselves."""
    return note.endswith(UNKNOWN) or note.startswith(NO_ROW.partition("{")[0])

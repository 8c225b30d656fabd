"""A table that was counted: its figures, the words of its lines and columns, the texts printed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import pandas as pd

from rlpipeline.figures.declaration import Declared, Indicator, Kind
from rlpipeline.figures.labels import TABLE_WORDS, TOTAL, label_of
from rlpipeline.figures.population import entered
from rlpipeline.figures.scope import SERVICE, Scope, territories
from rlpipeline.figures.tidy import no_texts
from rlpipeline.records.frames import Records

NO_ROW = "Rien de noté pour {}."
UNKNOWN = "ses chiffres sont non communiqués (nc)."
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
        lines = {row.code: row.label for row in self.rows}
        columns = {column.code: column.label for column in self.columns}
        current = self.current
        cells = current["valeur"].map("{:g}".format).where(current["valeur"].notna(), current["etat"])
        grid = current.assign(cell=cells).pivot(index="ligne", columns="colonne", values="cell")
        shown = grid.reindex(index=[*lines], columns=[code for code in columns if code in grid]).fillna("")
        place = "ensemble du service" if self.territory == SERVICE else self.territory
        caption = escape(f"{self.title} ({place}, {self.year})")
        html = shown.rename(index=lines, columns=columns).rename_axis(index=None, columns=None).to_html(border=0)
        return html.replace(">", f"><caption>{caption}</caption>", 1)


def count_table(indicator: Indicator, records: Records, whole: Scope, territory: str = "") -> Mapping[str, TableData]:
    """Count one table of a year, of every territory or of one.

    Returns
    -------
    Tables by territory, the service first; one about the service alone has that one, one that does not exist none.
    """
    places, known = _places(indicator, records, whole, territory), entered(records, whole)
    if not (places and indicator.crossing):
        return {of.territory: table_data(indicator, records, of) for of in places}
    names = [of.territory for of in places]
    figures = _identified(indicator.crossing.count(known, places[0], names), indicator.id, whole.year)
    parts = dict(iter(figures.groupby("territoire", sort=False))) if len(names) > 1 else {names[0]: figures}
    nothing = figures.iloc[:0]  # a variable of the settings may have no code
    return {
        of.territory: _worded(indicator, parts.get(of.territory, nothing).reset_index(drop=True), known, of)
        for of in places
    }


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

    def computed(of: Scope) -> pd.DataFrame:
        figures = indicator.compute(entered(records, of), of)
        place = pd.Series(of.territory, index=figures.index, dtype="str")
        return _identified(figures.assign(territoire=place), indicator.id, of.year)

    now = computed(scope)
    if indicator.with_previous_year:
        then = computed(replace(scope, year=scope.year - 1))
        cells = [pd.MultiIndex.from_frame(figures[["ligne", "colonne"]]) for figures in (now, then)]
        now = pd.concat([now, then[cells[1].isin(cells[0])]], ignore_index=True)
    return _worded(indicator, now, entered(records, scope), scope)


def _identified(computed: pd.DataFrame, id: str, year: int) -> pd.DataFrame:
    named = pd.Series(id, index=computed.index, dtype="str")
    return computed.assign(indicateur=named, annee=pd.Series(year, index=computed.index, dtype="int64"))[[*CSV_COLUMNS]]


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
    written, named = [*words["ligne"]], {*words["colonne"]}
    noted = [code for code in indicator.text_rows if code in written]  # after the figures
    lines = [*(code for code in dict.fromkeys([*computed["ligne"], *written]) if code not in noted), *noted]
    of_words = [Col(code, label_of(code, column_words), "texte") for code in indicator.text_columns if code in named]
    codes = dict.fromkeys(computed["colonne"])
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

"""A table that was counted: its figures, the words of its lines and columns, the texts printed in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate, pairwise
from typing import Literal

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import SERVICE, Declared, Indicator, Kind, Scope, territories
from rlpipeline.figures.labels import TABLE_WORDS, TOTAL, label_of
from rlpipeline.figures.population import entered
from rlpipeline.figures.tidy import WITHOUT_VALUE, no_texts
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

    ``figures`` has the columns of ``indicateurs.csv``; ``diagnostics`` also has those of the year before, so that a
    cell is known by ``annee, ligne, colonne``. ``texts`` (ligne, colonne, texte) are words to print in a cell,
    ``notes`` French sentences to print under the table.
    """

    of: Declared
    year: int
    territory: str
    rows: tuple[Row, ...]
    columns: tuple[Col, ...]
    figures: pd.DataFrame
    texts: pd.DataFrame
    notes: tuple[str, ...] = ()

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
        place = "ensemble du service" if self.territory == SERVICE else self.territory
        columns = [column for column in self.columns if column.kind != "texte"]
        figures = zip(*(self.current[name].tolist() for name in ("ligne", "colonne", "valeur", "etat")), strict=True)
        cells = {
            (line, column): state if state in WITHOUT_VALUE else f"{value:g}" for line, column, value, state in figures
        }
        lines = [(row.label, [cells.get((row.code, column.code), "") for column in columns]) for row in self.rows]
        head = "".join(f"<th>{escape(column.label)}</th>" for column in columns)
        written = ((escape(label), "".join(f"<td>{escape(cell)}</td>" for cell in of_line)) for label, of_line in lines)
        body = "".join(f"<tr><th>{label}</th>{of_line}</tr>" for label, of_line in written)
        caption = f"<caption>{escape(f'{self.title} ({place}, {self.year})')}</caption>"
        return f"<table>{caption}<thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"


def count_table(indicator: Indicator, records: Records, whole: Scope) -> Mapping[str, TableData]:
    """Count one table of a year for every territory, the service first: none where the table does not exist."""
    places, known = _places(indicator, records, whole), entered(records, whole)
    if not places:
        return {}
    names = [of.territory for of in places]
    if indicator.crossing:
        counted = indicator.crossing.count(known, whole, names)
    else:
        frames = [_computed(indicator, records, of) for of in places]
        territory = np.repeat(names, [len(frame) for frame in frames])
        counted = pd.concat(frames, ignore_index=True).assign(territoire=pd.Series(territory, dtype="str"))
    counted["indicateur"] = pd.Series(indicator.id, index=counted.index, dtype="str")
    counted["annee"] = counted["annee"] if indicator.with_previous_year else whole.year
    figures, sizes = counted[[*CSV_COLUMNS]].astype({"annee": "int64"}), Counter(counted["territoire"])
    ends = [0, *accumulate(sizes[name] for name in names)]
    parts = [figures.iloc[begun:end].reset_index(drop=True) for begun, end in pairwise(ends)]
    return {of.territory: _worded(indicator, part, known, of) for of, part in zip(places, parts, strict=True)}


def _computed(indicator: Indicator, records: Records, scope: Scope) -> pd.DataFrame:
    """Count one territory; the figures of the year before, of the same cells, are under those of the year."""
    now = indicator.compute(entered(records, scope), scope)
    if not indicator.with_previous_year:
        return now
    then = indicator.compute(entered(records, scope.before), scope.before)
    cells = [pd.MultiIndex.from_frame(figures[["ligne", "colonne"]]) for figures in (now, then)]
    both = now.assign(annee=scope.year), then[cells[1].isin(cells[0])].assign(annee=scope.year - 1)
    return pd.concat(both, ignore_index=True)


def _places(indicator: Indicator, records: Records, whole: Scope) -> list[Scope]:
    if indicator.when and not indicator.when(records, whole.service):
        return []
    parts = [replace(whole, territory=name) for name in territories(whole.service)]
    return [whole, *(part for part in parts if indicator.concerns(part))]


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

"""What a table shows: its figures, the words of its lines and columns, and the texts printed in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from rlpipeline.errors import UsageError
from rlpipeline.figures.entered import entered
from rlpipeline.figures.indicator import Indicator, Kind
from rlpipeline.figures.labels import TABLE_WORDS, TOTAL, label_of
from rlpipeline.figures.registry import find_indicator
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.words import no_texts
from rlpipeline.records.frames import Records

NO_ROW = "Rien de noté pour {}."
UNKNOWN = "ses chiffres sont non communiqués (nc)."
COUNTED_OTHERWISE = "Compté par le service à sa façon (calcul.ipynb), et non selon la définition donnée."
CSV_COLUMNS = ("indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat")
ColumnKind = Literal["nombre", "total", "texte"]


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
    kind: ColumnKind = "nombre"


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
    """

    id: str
    title: str
    section: str
    unit: str
    definition: str
    source: str
    denominator: str
    year: int
    territory: str
    rows: tuple[Row, ...]
    columns: tuple[Col, ...]
    figures: pd.DataFrame
    texts: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def current(self) -> pd.DataFrame:
        """Figures of the year reported on, one row per cell."""
        return self.figures[self.figures["annee"] == self.year]


def figures(id: str | Indicator, records: Records, scope: Scope) -> pd.DataFrame:
    """Compute an indicator for a year and a territory.

    Parameters
    ----------
    id
        Its name in the registry, or the indicator itself.

    Returns
    -------
    indicateur, annee, territoire, ligne, colonne, valeur (float64), unite, etat: one row per figure in display
    order, zeros included. valeur is NaN where etat is ``nc``, ``masque`` or ``vide``. Where the indicator shows the
    year before too, its figures in the same cells follow, with that ``annee``.

    Raises
    ------
    UsageError
        The indicator is unknown, or exists for the service alone and a smaller territory is asked.
    """
    indicator = find_indicator(id) if isinstance(id, str) else id
    check_concerns(indicator, scope)
    now = _identified(indicator, records, scope)
    if not indicator.with_previous_year:
        return now
    then = _identified(indicator, records, replace(scope, year=scope.year - 1))
    return pd.concat([now, then[_cells(then).isin(_cells(now))]], ignore_index=True)


def check_concerns(indicator: Indicator, scope: Scope) -> None:
    """Refuse an indicator about the whole service where a smaller territory is asked.

    Raises
    ------
    UsageError
        It is one of these.
    """
    if not indicator.concerns(scope):
        raise UsageError(
            f"L'indicateur « {indicator.id} » n'existe que pour l'ensemble du service.",
            got=f"territoire {scope.territory}",
            todo="le demander pour le territoire « service »",
        )


def _cells(computed: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(computed[["ligne", "colonne"]])


def _identified(indicator: Indicator, records: Records, scope: Scope) -> pd.DataFrame:
    computed = indicator.compute(entered(records, scope), scope)
    return computed.assign(
        indicateur=pd.Series(indicator.id, index=computed.index, dtype="str"),
        annee=pd.Series(scope.year, index=computed.index, dtype="int64"),
        territoire=pd.Series(scope.territory, index=computed.index, dtype="str"),
    )[list(CSV_COLUMNS)]


def table_data(id: str | Indicator, records: Records, scope: Scope) -> TableData:
    """Compute an indicator with the words around its figures.

    Raises
    ------
    UsageError
        As :func:`figures`.
    """
    indicator = find_indicator(id) if isinstance(id, str) else id
    return table_of(indicator, figures(indicator, records, scope), entered(records, scope), scope)


def table_of(indicator: Indicator, computed: pd.DataFrame, records: Records, scope: Scope) -> TableData:
    """Put the words of an indicator around its figures."""
    words = indicator.texts(records, scope) if indicator.texts else no_texts()
    row_words, column_words = indicator.row_labels(records, scope), indicator.column_labels(records, scope)
    kinds: dict[str, Kind] = {
        TOTAL: "total",
        **indicator.row_kinds(scope),
        **dict.fromkeys(indicator.groups, "sous_total"),
        **dict.fromkeys(indicator.text_rows, "note"),
    }
    return TableData(
        id=indicator.id,
        title=indicator.title,
        section=indicator.section,
        unit=indicator.unit,
        definition=indicator.definition,
        source=indicator.source,
        denominator=indicator.denominator,
        year=scope.year,
        territory=scope.territory,
        rows=tuple(
            Row(code, label_of(code, row_words), kinds.get(code, "corps"))
            for code in _row_codes(indicator, computed, words)
        ),
        columns=tuple(
            Col(code, label_of(code, column_words), _column_kind(indicator, code))
            for code in _column_codes(indicator, computed, words)
        ),
        figures=computed,
        texts=words,
        notes=_notes(indicator, computed, words, records, scope),
    )


def _row_codes(indicator: Indicator, computed: pd.DataFrame, words: pd.DataFrame) -> list[str]:
    """List the lines: those of the figures, those that have words only, the notes that are written."""
    written = [*words["ligne"]]
    noted = [code for code in indicator.text_rows if code in written]
    return [*(code for code in dict.fromkeys([*computed["ligne"], *written]) if code not in noted), *noted]


def _column_codes(indicator: Indicator, computed: pd.DataFrame, words: pd.DataFrame) -> list[str]:
    """List the columns: those of words, where there are any, then those of the figures."""
    written = set(words["colonne"])
    return [*(code for code in indicator.text_columns if code in written), *dict.fromkeys(computed["colonne"])]


def _column_kind(indicator: Indicator, code: str) -> ColumnKind:
    if code in indicator.text_columns:
        return "texte"
    return "total" if code == TOTAL else "nombre"


def _notes(
    indicator: Indicator, computed: pd.DataFrame, words: pd.DataFrame, records: Records, scope: Scope
) -> tuple[str, ...]:
    """Say what the source lacks, then what the indicator itself has to say."""
    absent = [table for table in indicator.tables if table not in records.present]
    missing = tuple(_unknown(records, table, scope) for table in absent)
    if not absent and computed.empty and words.empty:
        return (NO_ROW.format(scope.year),)
    return missing + indicator.notes(records, scope)


def is_about_source(note: str) -> bool:
    """Say whether a note tells what the source lacks or who counted, and nothing of the figures themselves."""
    return note == COUNTED_OTHERWISE or note.endswith(UNKNOWN) or note.startswith(NO_ROW.partition("{")[0])


def _unknown(records: Records, table: str, scope: Scope) -> str:
    """Say why what a table counts is not known."""
    name = TABLE_WORDS.get(table, table)
    why = (
        f"Rien n'est saisi pour {scope.year} dans la table « {name} »"
        if table in records.not_entered
        else f"La table « {name} » n'est pas fournie"
    )
    return f"{why} : {UNKNOWN}"

"""What the declaration of an indicator holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import pandas as pd

from rlpipeline.declared import Link
from rlpipeline.figures.labels import LABELS
from rlpipeline.figures.scope import Scope
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

if TYPE_CHECKING:  # a crossing makes an indicator
    from rlpipeline.figures.crossing import Crossing

Kind = Literal["corps", "famille", "sous_total", "total", "note"]
Labels = Callable[[Records, Scope], Mapping[str, str]]
Used = Callable[[Records, Scope], Mapping[str, int]]

# Units in which a small number could let a young person be recognised (disclosure.md).
PROTECTED_UNITS = frozenset(
    {
        "jeunes",
        "accompagnements",
        "orientations",
        "demandes",
        "suivis",
        "problematiques_relevees",
        "personnes",
        "presences",
        "familles",
    }
)
FEW_PERSONS = "il porte sur peu de personnes et est réservé au service"
WOULD_BE_EXACT = "il reprendrait des nombres exacts que cette édition arrondit"


def usual_labels(records: Records, scope: Scope) -> Mapping[str, str]:
    """Give the words for codes that mean the same everywhere."""
    return LABELS


def nothing_used(records: Records, scope: Scope) -> Mapping[str, int]:
    """Say that nothing is known of the rows used."""
    return {}


def rows_of_year(table: str) -> Used:
    """Make a function that counts the rows of a table for the year, where all of them are kept."""
    return lambda records, scope: {table: int((records[table]["annee"] == scope.year).sum())}


def labelled(words: Mapping[str, str]) -> Labels:
    """Make a labels function of words that do not depend on the records."""
    merged = MappingProxyType({**LABELS, **words})
    return lambda records, scope: merged


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a table is shown, where that does not follow from its lines and columns.

    Parameters
    ----------
    tab
        Name of its sheet in the workbook; by default the beginning of its title.
    chart
        Kind of the chart that answers its question; empty where none is drawn unless it is asked for.
    drawn
        What the totals of its lines are about, where its title names its columns too.
    in_order
        Whether its lines are in an order that says something.
    one_scale
        Whether its chart has one scale in every portrait.
    slopes
        Whether the report draws its lines from the year before to the year as well.
    summary
        Column that sums it up, where that is neither a total nor the first.
    side_by_side
        Whether its columns are equals (territories, marks), so that each cell has its own year before.
    by_place
        Whether its lines or columns are communes, or are each of one.
    """

    tab: str = ""
    chart: str = ""
    drawn: str = ""
    in_order: bool = False
    one_scale: bool = False
    slopes: bool = False
    summary: str = ""
    side_by_side: bool = False
    by_place: bool = False


PLAIN = Look()


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One table of the report: what it counts, and how.

    Parameters
    ----------
    id, title, section
        Name in ``indicateurs.csv``, caption, place in the printed report (``III.2``, ``annexe``…).
    definition, denominator, source, unit
        French sentences of the method annex; ``denominator`` is empty where nothing is divided.
    tables
        Tables of the records without which its figures are ``nc``.
    scope
        ``service`` where it has no meaning for a commune, else ``both``.
    additive
        Whether communes + hors + sans_commune = service holds cell by cell.
    not_additive
        Columns of an additive indicator for which it does not hold.
    protected
        Whether it counts persons; the figures concerned are those in one of ``PROTECTED_UNITS``.
    compute
        Figures of a scope: ligne, colonne, valeur, unite, etat, one row per figure in display order.
    row_labels, column_labels, row_kinds
        Words and kinds of the codes of both axes; a line without a kind is ``corps``, ``total`` is a total.
    groups
        Lines that are the sum of those before them.
    texts
        Words printed in the table: ligne, colonne, texte.
    text_columns, text_rows
        Codes of the columns (before the figures) and lines (after them) that hold words only.
    notes
        Sentences to print under the table, beside those about missing tables.
    with_previous_year
        Whether the figures of the year before are shown beside, under their own ``annee``.
    filter
        Which rows of the records are kept, in French words with ``{annee}``, ``{avant}`` (the year before) and the
        place: ``{residents}`` (of persons), ``{lieu}`` (of things), ``{quartiers}``,
        ``{territoires}`` (of values).
    used
        Number of rows kept, by table of the records.
    crossing
        What the table crosses, where it is declared so: the rest follows from it (:func:`.crossing.crossed`).
    when
        Says of the records and the service whether the table exists at all; None where it always does. One that does
        not exist leaves no trace.
    vintages
        Years of the values, where each has one of its own: « de 2013 à 2021 », empty where no value is known.
    axes
        Names of the variables of the lines and of the columns of a table that is no crossing; empty where it has none.
    parts
        Columns of percentages of a table that is no crossing, each with the column that they share out.
    distinct
        Columns of a table that is no crossing whose total line counts each person once, whatever the lines they are on.
    balances
        Lines that count those who come minus those who go, and may be negative.
    links
        What links its figures to others, or to one another, and does not follow from what tables cross.
    not_shared
        Why the edition to share leaves it out; empty where it is shared, protected.
    shares_words
        Whether the edition to share prints its words.
    look
        How it is shown.
    """

    id: str
    title: str
    section: str
    definition: str
    unit: str
    source: str
    tables: tuple[str, ...]
    scope: Literal["service", "both"]
    additive: bool
    protected: bool
    compute: Callable[[Records, Scope], pd.DataFrame]
    denominator: str = ""
    not_additive: frozenset[str] = frozenset()
    row_labels: Labels = usual_labels
    column_labels: Labels = usual_labels
    row_kinds: Callable[[Scope], Mapping[str, Kind]] = field(default=lambda scope: {})
    groups: tuple[str, ...] = ()
    texts: Callable[[Records, Scope], pd.DataFrame] | None = None
    text_columns: tuple[str, ...] = ()
    text_rows: tuple[str, ...] = ()
    notes: Callable[[Records, Scope], tuple[str, ...]] = field(default=lambda records, scope: ())
    with_previous_year: bool = False
    filter: str = ""
    used: Used = nothing_used
    vintages: Callable[[Records, Scope], str] | None = None
    crossing: Crossing | None = None
    axes: tuple[str, str] = ("", "")
    parts: Mapping[str, str] = field(default_factory=dict)
    distinct: tuple[str, ...] = ()
    balances: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    when: Callable[[Records, Service], bool] | None = None
    not_shared: str = ""
    shares_words: bool = True
    look: Look = PLAIN

    def exists(self, records: Records, service: Service) -> bool:
        """Say whether the table exists, given what the records and the settings hold."""
        return self.when is None or self.when(records, service)

    def concerns(self, scope: Scope) -> bool:
        """Say whether the indicator exists for a territory."""
        return self.scope == "both" or scope.is_service

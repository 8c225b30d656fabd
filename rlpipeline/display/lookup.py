"""The figures that may be quoted, of the year and of those before: counted, or printed (``<year>/publie.csv``)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from itertools import starmap
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pandas as pd

from rlpipeline.display.cells import Observations, Reference, figures_by_cell
from rlpipeline.errors import SettingsError, UsageError, nearest
from rlpipeline.figures import (
    CSV_COLUMNS,
    PROTECTED_UNITS,
    SERVICE,
    Declarations,
    Scope,
    Store,
    territories,
)
from rlpipeline.figures.declaration import cell_of_ours
from rlpipeline.figures.labels import LABELS
from rlpipeline.observations import Observation
from rlpipeline.records.frames import Memory
from rlpipeline.records.tabular import text_rows
from rlpipeline.settings.models import Settings
from rlpipeline.states import MASQUE, NC, OK, PARTIEL, UNCERTAIN, VIDE, WITH_NUMBER

CALCULE, PUBLIE = "calculé", "publié"
"""Origins of a former figure: counted from the records, or copied from a printed report."""
NATURES: Mapping[str, str] = {
    "definition": "de définition",
    "perimetre": "de périmètre",
    "source": "de source",
}
STATES = (OK, NC, PARTIEL, VIDE, MASQUE)
"""Those of a figure that was printed."""
ADDRESS = ("indicateur", "territoire", "ligne", "colonne")
"""What tells a figure of a year."""
PLUS = "+"
"""Between the codes of lines that are quoted as one figure, their sum."""
NOT_SHARED = Observation(math.nan, "", MASQUE)
Cells = Mapping[tuple[str, str], Observation]
Fault = tuple[str, str, Iterable[str]]
"""What is wrong, what is written, what was expected."""


@dataclass(frozen=True)
class Former:
    """The figures of a table for the year before.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv``.
    origin
        ``calculé``, or ``publié`` for figures copied from a printed report.
    reason
        Why they are not comparable; empty where they are.
    names
        Words for the lines that only the year before had.
    rare
        Codes that a table shows only where someone is counted there: elsewhere they are zero.
    """

    year: int
    figures: pd.DataFrame
    origin: str = CALCULE
    reason: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    rare: frozenset[str] = frozenset()

    @cached_property
    def by_cell(self) -> Mapping[tuple[str, str], Observation]:
        """Figures by (ligne, colonne)."""
        return figures_by_cell(self.figures)

    def at(self, line: str, column: str) -> Observation:
        """Give one figure; what was not counted then is not applicable, or zero for a code that is rarely shown."""
        figure = self.by_cell.get((line, column))
        if figure is not None:
            return figure
        if self.origin == PUBLIE:
            return Observation(math.nan, "", NC, column=column)
        if {line, column} & self.rare:
            return Observation(0.0, "", OK, column=column)
        return Observation(math.nan, "", VIDE, column=column)


def incomparable(settings: Settings, indicator: str, since: int, origin: str) -> str:
    """Say why, by ``rapport.yml``, the figures of a former year are not comparable; empty where they are."""
    reasons = list[tuple[str, str]]()
    for rupture in settings.report.ruptures:
        is_since = since < (rupture.annee or settings.year)
        if is_since and indicator in rupture.indicateurs:
            reasons.append((rupture.nature, rupture.raison))
    if origin == PUBLIE and indicator not in settings.report.publies_comparables:
        printed = f"chiffre publié dans le rapport imprimé de {since}, non recalculé"
        reasons.append(("source", printed))
    return " ".join(starmap(_changed, reasons))


def _changed(nature: str, why: str) -> str:
    """Say what changed, and why."""
    return f"changement {NATURES[nature]}, {why.strip().rstrip('.')}."


def check_comparability(settings: Settings, indicators: Collection[str]) -> None:
    """Hold what ``rapport.yml`` declares against the indicators that there are.

    Raises SettingsError: it names an indicator that does not exist; the message gives the nearest.
    """
    report = settings.report
    named = {
        f"ruptures.{rank}.indicateurs": rupture.indicateurs
        for rank, rupture in enumerate(report.ruptures)
    }
    named["publies_comparables"] = report.publies_comparables
    for key, names in named.items():
        unknown = next((name for name in names if name not in indicators), None)
        if unknown is not None:
            raise SettingsError(
                "Indicateur inconnu dans les paramètres de l'année.",
                where=f"{settings.report_path}, {key}",
                got=unknown,
                todo=f"écrire {nearest(unknown, indicators)}, s'il s'agit de lui",
            )


def read_printed(settings: Settings, year: int, declared: Declarations) -> pd.DataFrame:
    """Read the printed figures of a year that the edition may show; as :func:`read_published`.

    In the edition to share, those that count no persons: a report printed before may hold small numbers, and what was
    released of persons comes from the ledger alone.
    """
    printed = read_published(settings.published_path(year), year, declared)
    if settings.edition != "diffusion" or printed.empty:
        return printed
    counting = printed["indicateur"].map(lambda name: declared.ours[name].persons)
    of_persons = counting & printed["unite"].isin(PROTECTED_UNITS)
    return printed[~of_persons].reset_index(drop=True)


def read_published(path: Path, year: int, declared: Declarations) -> pd.DataFrame:
    """Read the printed figures of a year, from CSV as a service saves it; decimal point or comma.

    Gives columns of ``indicateurs.csv``, one row per figure in the order of the file; no row where there is no file.
    Raises SettingsError: the file lacks a column, or a line is not a figure of that year; with the line.
    """
    rows = [*_figures(path, year, declared)] if path.is_file() else []
    frame = pd.DataFrame(rows, columns=list(CSV_COLUMNS))
    words = {name: "str" for name in CSV_COLUMNS if name not in {"annee", "valeur"}}
    return frame.astype({**words, "annee": "int64", "valeur": "float64"})


def _figures(path: Path, year: int, declared: Declarations) -> Iterator[tuple[object, ...]]:
    """Read each figure of a file, one a line. Raises SettingsError, with the line of what is wrong."""
    rows, seen = text_rows(path), dict[tuple[str, ...], int]()
    line, header = next(rows, (1, None))
    names = _stripped(header)
    if sorted(names) != sorted(CSV_COLUMNS):
        what = "Les colonnes des chiffres publiés ne vont pas."
        raise _wrong(path, line, what, ", ".join(names), CSV_COLUMNS)
    for line, read in rows:
        written = _stripped(read)
        if read is not None and not any(written):
            continue
        if len(written) != len(names):
            what = "Une ligne n'a pas le bon nombre de cellules."
            raise _wrong(path, line, what, str(len(written)))
        row = dict(zip(names, written, strict=True))
        id, *_ = address = tuple(row[name] for name in ADDRESS)
        if address in seen:
            what = "Un chiffre publié est écrit deux fois."
            raise _wrong(path, line, what, f"déjà à la ligne {seen[address]}")
        seen[address] = line
        if id not in declared.ours and cell_of_ours(id):
            continue  # the service took the table out, or counts it otherwise: what was printed is of another
        if fault := _fault(row, year, declared):
            raise _wrong(path, line, *fault)
        measured = _value(row), row["unite"], row["etat"]
        yield (id, year, *address[1:], *measured)


def _stripped(cells: Sequence[object] | None) -> list[str]:
    return [str(cell or "").strip() for cell in cells or ()]


def _wrong(
    path: Path, line: int, what: str, got: str, expected: Iterable[str] = ()
) -> SettingsError:
    """Tell what is wrong in a line of printed figures."""
    where, listed = f"{path}, ligne {line}", ", ".join(expected) or None
    return SettingsError(what, where, listed, got, "corriger cette ligne")


def _fault(row: Mapping[str, str], year: int, declared: Declarations) -> Fault | None:
    """Say what is wrong with a printed figure; None where nothing is."""
    id = row["indicateur"]
    if id not in declared.ours:
        near = f"le plus proche est « {nearest(id, declared.ours)} »"
        return "Indicateur inconnu.", id, [near]
    if row["annee"] != str(year):
        return "Un chiffre publié est d'une autre année.", row["annee"], [str(year)]
    if row["etat"] not in STATES:
        return "État inconnu.", row["etat"], STATES
    empty = [name for name in (*ADDRESS[1:], "unite") if not row[name]]
    if empty:
        return f"La cellule {empty[0]} est vide.", "rien", ()
    if row["etat"] in WITH_NUMBER and not math.isfinite(_value(row)):
        return "La valeur d'un chiffre publié n'est pas un nombre.", row["valeur"] or "rien", ()
    return None


def _value(row: Mapping[str, str]) -> float:
    """Give the number of a printed figure, NaN where it has none."""
    return _number(row["valeur"]) if row["etat"] in WITH_NUMBER else math.nan


def _number(written: str) -> float:
    try:
        return float("".join(written.split()).replace(",", "."))
    except ValueError:
        return math.nan


P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Memory)


def remembered(method: Callable[Concatenate[M, P], T]) -> Callable[Concatenate[M, P], T]:
    """Have a method work out once what is asked of it again."""

    @wraps(method)
    def asked(self: M, /, *of: P.args, **named: P.kwargs) -> T:
        key = method.__name__, *of, *named.values()
        return self.once(key, lambda: method(self, *of, **named))

    return asked


@dataclass(frozen=True)
class Lookup(Memory):
    """Figures of a source by reference, those of a year and of the years before, each table computed once.

    What the edition to share does not have is masked, where the exact edition may have it.
    """

    source: Store
    settings: Settings

    def _scope(self, year: int, territory: str) -> Scope:
        return Scope(year, territory, self.settings.service)

    @property
    def shared(self) -> bool:
        """Whether they are of the edition to share."""
        return self.settings.edition == "diffusion"

    @remembered
    def table(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """Compute the figures of a table (columns of ``indicateurs.csv``), or take them as computed before."""
        return self.source.figures(indicator, self._scope(year, territory))

    def keep(self, figures: pd.DataFrame, indicator: str, year: int, territory: str) -> None:
        """Take the figures of a table that someone else computed."""
        self.once(("table", indicator, year, territory), lambda: figures)

    def of_year(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """As :meth:`table`, the figures of one year; those of the year before may be in the table of the year."""
        of = self.settings.year if self._beside(indicator, year) else year
        table = self.table(indicator, of, territory)
        return table[table["annee"] == year]

    def _beside(self, indicator: str, year: int) -> bool:
        """Whether a table of the report's year shows a year as well: the one before, in the same cells."""
        is_beside = self.source.declared.find(indicator).with_previous_year
        return is_beside and year == self.settings.year - 1

    @remembered
    def past(self, indicator: str, year: int, territory: str) -> tuple[pd.DataFrame, str]:
        """Give the figures of a year before: counted from the records where there is a number, else as printed.

        Gives columns of ``indicateurs.csv`` and the origin of them all. No row where neither is known: a zero is a
        count where the service kept the table that year.
        """
        counted = self._counted(indicator, year, territory)
        printed = self._printed(year)
        printed = printed[printed["indicateur"] == indicator]
        printed = printed[printed["territoire"] == territory]
        if printed.empty or counted["valeur"].notna().any():
            return counted, CALCULE
        return printed, PUBLIE

    @remembered
    def _printed(self, year: int) -> pd.DataFrame:
        return read_printed(self.settings, year, self.source.declared)

    def _counted(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """Count the figures of a year before; no row where the service did not keep the table then.

        Where situations were first noted the year after, nobody was in any: a growth from 0 would be none. A table that
        shows both years is that of the later one: nothing but zeros says nothing of the former.
        """
        is_beside = self._beside(indicator, year)
        if not is_beside and year not in self.source.years:
            return self.table(indicator, self.settings.year, territory).iloc[:0]
        counted = self.of_year(indicator, year, territory)
        numbers = counted["valeur"].dropna()
        says_itself = is_beside and numbers.any()
        if numbers.empty or says_itself:
            return counted
        is_kept = self.source.is_recorded(indicator, self._scope(year, territory))
        return counted if is_kept else counted.iloc[:0]

    def former(self, indicator: str, territory: str) -> Former | None:
        """Give the year before of a table.

        Gives None where nothing is known of it. No figure where every value is one that the year itself shows.
        """
        year = self.settings.year - 1
        if not self.says_something(indicator, year, territory):
            return None
        table, origin = self.past(indicator, year, territory)
        if self.source.declared.find(indicator).dated and origin == CALCULE:
            table = self._of_another_vintage(table, indicator, year, territory)
        names = self._names_of_former_lines(table, indicator, year, territory)
        reason = incomparable(self.settings, indicator, year, origin)
        figures = table.reset_index(drop=True)
        return Former(year, figures, origin, reason, names, self.source.rare)

    def _of_another_vintage(
        self, table: pd.DataFrame, indicator: str, year: int, territory: str
    ) -> pd.DataFrame:
        """Leave out the values of the same vintage as the year's, which is their text: they are not those of a year."""
        cells = pd.MultiIndex.from_frame(table[["ligne", "colonne"]])

        def texts_of(year: int) -> pd.Series:
            texts = self.source.texts(indicator, self._scope(year, territory))
            return texts.set_index(["ligne", "colonne"])["texte"].reindex(cells)

        now, then = texts_of(self.settings.year), texts_of(year)
        is_another = then.notna() & (then != now)
        return table.loc[[*is_another]]

    def _names_of_former_lines(
        self, table: pd.DataFrame, indicator: str, year: int, territory: str
    ) -> Mapping[str, str]:
        """Give the words of the lines that only the year before had."""
        now = self.table(indicator, self.settings.year, territory)
        alone = {*table["ligne"]} - {*now["ligne"]}
        if not alone:
            return {}
        words = self.source.line_names(indicator, self._scope(year, territory))
        return {line: words[line] for line in alone if line in words}

    @remembered
    def says_something(self, indicator: str, year: int, territory: str) -> bool:
        """Say whether a table has a number for a year before."""
        figures, _ = self.past(indicator, year, territory)
        return bool(figures["valeur"].notna().any())

    def compared(self, indicator: str, year: int, territory: str) -> bool:
        """Say whether a table has a number for a year before, and may be compared with it."""
        of = indicator, year, territory
        return self.says_something(*of) and self.comparable(*of)

    def comparable(self, indicator: str, year: int, territory: str) -> bool:
        """Say whether a table may be compared with a year before."""
        _, origin = self.past(indicator, year, territory)
        return not incomparable(self.settings, indicator, year, origin)

    def cell(self, reference: Reference) -> Observation:
        """Give one figure.

        Gives state nc for a year before that neither the records nor a printed report hold, or in which the line did
        not exist; masque for what the edition to share leaves out. Raises SettingsError: the indicator, line, column or
        territory does not exist; the message names the nearest.
        """
        now = self._of_this_year(reference)
        if now is None:
            return NOT_SHARED
        if reference.cell in now:
            return self._of_its_year(reference)
        if PLUS in reference.ligne:
            lines = reference.ligne.split(PLUS)
            return _sum([self.cell(replace(reference, ligne=line)) for line in lines])
        codes = {"ligne": {line for line, _ in now}}
        codes["colonne"] = {column for _, column in now}
        if self.shared and (not now or self._may_be_left_out(reference, codes)):
            return NOT_SHARED
        self._check(reference, codes)
        return self._of_its_year(reference)

    def _of_its_year(self, reference: Reference) -> Observation:
        """Give a figure that there may be; zero where a code that is not always shown is not."""
        place = reference.cell
        cells, is_counted = self._cells(reference.indicator, reference.year, reference.territory)
        if place in cells:
            return cells[place]
        if is_counted and {*place} & self.source.rare:
            return Observation(0.0, "", OK)
        return Observation(math.nan, "", NC)

    def _of_this_year(self, reference: Reference) -> Cells | None:
        """Give the cells of the table in the year of the report; None where the edition to share has not the table.

        Raises
        ------
        SettingsError
            There is no such table or territory.
        """
        where = reference.territory
        try:
            cells, _ = self._cells(reference.indicator, self.settings.year, where)
        except UsageError as error:
            of = self.source.declared.tables.get(reference.indicator)
            there = where in (SERVICE, *territories(self.settings.service))
            if self.shared and of and there and of.concerns(where):
                return None
            told = {"expected": error.expected, "got": error.got, "todo": error.todo}
            raise SettingsError(error.what, **told) from error
        return cells

    @remembered
    def known(self, path: tuple[str, str, str], year: int, territory: str) -> Observation | None:
        """Give a figure by table, line and column; None where there is no such one, or the service counts others."""

        try:
            cell = self.cell(Reference(*path, year, territory))
        except SettingsError:
            return None
        return cell if path[0] in self.source.declared.counted_as_ours else None

    def _check(self, of: Reference, codes: Mapping[str, set[str]]) -> None:
        """Raise SettingsError: a table has no such line or column; the message gives the nearest."""
        for side, code in of.sides.items():
            if code not in codes[side] | self.source.rare:
                raise self._no_such_code(of.indicator, side, code, codes[side])

    def _no_such_code(
        self, indicator: str, side: str, code: str, codes: Collection[str]
    ) -> SettingsError:
        near = nearest(code, codes)
        expected = "une table qui a des lignes cette année-là"
        if near:
            expected = f"le plus proche est « {near} »"
        what = f"L'indicateur « {indicator} » n'a pas de {side} « {code} » en {self.settings.year}."
        where = self.source.declared.cells.get(indicator)
        todo = f"donner une {side} de ce tableau, que déclare {where}" if where else None
        return SettingsError(what, expected=expected, todo=todo)

    def _may_be_left_out(self, of: Reference, codes: Mapping[str, set[str]]) -> bool:
        """Whether a line and a column are codes of the service or of ours: the edition to share may lack them."""
        families = self.settings.service.problematiques
        issues = (issue.code for family in families for issue in family.codes)
        every = {*LABELS, *(family.code for family in families), *issues}
        return all(code in codes[side] | every for side, code in of.sides.items())

    @remembered
    def _cells(self, indicator: str, year: int, territory: str) -> tuple[Cells, bool]:
        """Give the cells of a table in a year, and whether they are counted, so that what it lacks is zero."""

        if year == self.settings.year:
            return self._cells_of_this_year(indicator, territory), not self.shared
        table, origin = self.past(indicator, year, territory)
        is_counted = origin == CALCULE and not table.empty
        return _first_by_cell(table, year), is_counted and not self.shared

    def _cells_of_this_year(self, indicator: str, territory: str) -> Cells:
        """Give the cells of a table, each made when it is asked for where the store has its rows."""
        year = self.settings.year
        rows = self.source.rows_by_cell(indicator, self._scope(year, territory))
        if rows is not None:
            return Observations(rows)
        return _first_by_cell(self.table(indicator, year, territory), year)


def _first_by_cell(table: pd.DataFrame, year: int) -> Cells:
    """Give the figures of a year by line and column: the first, where there are two."""
    return figures_by_cell(table[table["annee"] == year].iloc[::-1])


def _sum(cells: list[Observation]) -> Observation:
    """Add figures that are exact; one that is not makes the sum what it is, and a rounded one makes it uncertain."""
    states = [UNCERTAIN if cell.is_rounded else cell.state for cell in cells]
    weakest = (state for state in (MASQUE, NC, UNCERTAIN, PARTIEL, VIDE) if state in states)
    state = next(weakest, OK)
    total = sum(cell.value for cell in cells) if state in {OK, PARTIEL} else math.nan
    return Observation(total, cells[0].unit, state)

"""Arithmetic of tables: totals, shares, changes, margins. What most lines bear out is the table's own rule."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, permutations
from typing import NamedTuple

import numpy as np

from rlpipeline.checks.printed.transcription import (
    INCLUDED,
    SEVERAL,
    Certitude,
    Flags,
    Misprint,
    Numbers,
    PrintedTable,
    fold,
)

FEWEST = 3  # lines that must bear out a rule that no label states
CLOSE = 0.03  # relative gap between the totals of two tables that may be of one population
ENDS = {"total", "sous-total"}
TOTALS = ("total_colonne", "total_ligne")
HALF = 0.51  # of the last decimal: how far a rounded number may be
A_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
Parts = tuple[int, ...]


def check_totals(tables: Sequence[PrintedTable]) -> Iterator[Misprint]:
    """Tell totals that are not the sum of their lines, are left blank, or follow another rule than their neighbours."""
    for view in _views(tables):
        for row, role in enumerate(view.roles):
            if role in ENDS:
                yield from _Total(view, row).findings()


def _views(tables: Iterable[PrintedTable]) -> Iterator[PrintedTable]:
    """Give each table, then with its rows and columns exchanged, save those whose lines overlap."""
    for table in tables:
        if not SEVERAL.search(fold(table.title)):
            yield from (table, table.transposed)


@dataclass(frozen=True)
class _Total:
    """A line of totals, and all that it may add up, read in every way."""

    view: PrintedTable
    row: int

    def findings(self) -> Iterator[Misprint]:
        """Tell the totals that do not follow the rule that most of the line bears out."""
        usual = max(self.readings, key=self._likelihood, default=())
        if not self.fitting or self._is_year_alone(usual):
            return
        misfits = [column for column, fits in self.readings[usual].items() if not fits]
        sure: Certitude = "certain" if len(self.fitting) > len(misfits) else "probable"
        for column in misfits:
            yield from self._misfit(column, usual, sure)

    @cached_property
    def readings(self) -> Mapping[Parts, Mapping[int, bool]]:
        """Of each reading, whether each column that can be judged fits it."""
        return {parts: _read(self.view, self.row, parts) for parts in _parts(self.view, self.row)}

    @cached_property
    def fitting(self) -> frozenset[int]:
        """The columns that fit one reading or another."""
        every = (reading.items() for reading in self.readings.values())
        return frozenset(column for column, fits in chain.from_iterable(every) if fits)

    def _likelihood(self, parts: Parts) -> tuple[bool, int]:
        """Rank a reading: families are not added to persons unless the title says so; then by what bears it out."""
        in_persons = all(self.view.roles[part] != "autre unité" for part in parts)
        is_included = INCLUDED.search(fold(self.view.title)) is not None
        return is_included or in_persons, sum(self.readings[parts].values())

    def _is_year_alone(self, usual: Parts) -> bool:
        """Whether a line is called by its year, and no total as far as most of it says."""
        is_year = self.view.rows[self.row].lower().startswith("année")
        return is_year and len(self.fitting) * 2 < len(self.readings[usual])

    def _misfit(self, column: int, usual: Parts, sure: Certitude) -> Iterator[Misprint]:
        view = self.view
        printed = self.view.texts[self.row, column]
        if not printed:
            if len(self.fitting) < 2:
                return
            kind = "total_absent"
            words = "Le total n'est pas imprimé alors qu'il se calcule"
        elif column in self.fitting:
            kind = "regle_de_total"
            words = "Ce total n'ajoute pas ce que les autres ajoutent"
            sure = "probable"
        elif _borne_out_across(view, self.row, column):
            return  # one of its parts is wrong, and told as a total of the other direction
        else:
            kind = TOTALS[view.turned]
            words = "Le total ne fait pas la somme"
        parts = [value for value in view.values[list(usual), column] if value > 0]
        added = " + ".join(map(shown, parts))
        total = sum(parts)
        message = f"{words} : {added} = {shown(total)}, imprimé {printed or 'rien'}."
        yield _finding(view, self.row, column, (kind, sure), total, message)


def _parts(view: PrintedTable, row: int) -> set[Parts]:
    """Give the lines that a total may add up: its group, all before it, sub-totals and what follows them, or below."""
    numbered = ~np.isnan(view.values).all(axis=1) | (view.texts == "").all(axis=1)
    before = [int(index) for index in np.flatnonzero(numbered[:row])]
    posts = _of_role(view, before, "poste")
    subtotals = _of_role(view, before, "sous-total")
    ends = [index for index in range(row) if view.roles[index] in ENDS]
    group = _after(ends, posts)
    all_units = tuple(sorted(posts + _of_role(view, before, "autre unité")))
    rest = _after(subtotals, group) if subtotals else ()
    readings = [group, posts, subtotals + rest, all_units]
    if not posts:
        readings.append(_of_role(view, range(row + 1, len(view.rows)), "poste"))
    return {parts for parts in readings if len(parts) > 1}


def _after(ends: Sequence[int], rows: Parts) -> Parts:
    """Keep the rows that follow the last of some others."""
    return tuple(row for row in rows if not ends or row > ends[-1])


def _of_role(view: PrintedTable, rows: Iterable[int], role: str) -> Parts:
    return tuple(index for index in rows if view.roles[index] == role)


def _read(view: PrintedTable, row: int, parts: Parts) -> dict[int, bool]:
    """Say of each column that can be judged whether a total is the sum of parts, as far as decimals go."""
    sums = _sums(view, parts)
    totals = view.values[row]
    decimals = np.max(view.decimals[[row, *parts]], axis=0)
    margins = np.where(decimals > 0, HALF * len(parts) * 10.0**-decimals, 0.01)
    judged = np.flatnonzero((sums != 0) & ~_is_unjudged(view, row, parts, totals <= sums))
    fits = abs(totals - sums) <= margins
    return {int(column): bool(fits[column]) for column in judged}


def _is_unjudged(view: PrintedTable, row: int, parts: Parts, within: Flags) -> Flags:
    """Say of each column whether nothing can be said of its total: words, parts not printed, shares, ranks."""
    values = view.values[list(parts)]
    texts = view.texts[list(parts)]
    roles = np.array(view.transposed.roles)
    is_missing = np.isnan(values) & ((texts != "") | (roles == "total"))
    unknown = is_missing.any(axis=0) & ~within
    worded = (view.texts[row] != "") & np.isnan(view.values[row])
    others = np.isin(roles, ["dérivée", "à part"]) | view.transposed.in_percent
    unjudged: Flags = unknown | worded | others
    return unjudged


def _sums(view: PrintedTable, parts: Parts) -> Numbers:
    sums: Numbers = np.nansum(view.values[list(parts)], axis=0)
    return sums


def _borne_out_across(view: PrintedTable, row: int, column: int) -> bool:
    """Whether a total is that of its column in the other direction."""
    across = view.transposed
    if across.roles[column] not in ENDS:
        return False
    sums = [_sums(across, parts)[row] for parts in _parts(across, column)]
    return any(abs(view.values[row, column] - added) < 0.01 for added in sums)


def check_derived(tables: Sequence[PrintedTable]) -> Iterator[Misprint]:
    """Tell shares, changes and gaps that do not follow from the cells beside them as those of other lines do."""
    for view in chain.from_iterable((table, table.transposed) for table in tables):
        for column, role in enumerate(view.transposed.roles):
            shares = view.shares[:, column]
            if (~np.isnan(shares)).sum() >= FEWEST:
                yield from _derived(view, column, shares, [column])
            elif role == "dérivée" or view.transposed.in_percent[column]:
                others = [other for other in range(len(view.columns)) if other != column]
                yield from _derived(view, column, view.values[:, column], others)


class _Rule(NamedTuple):
    """How a column may be worked out, and how many different values bear that out."""

    words: str
    computed: Numbers
    telling: int
    misfits: Flags


def _derived(
    view: PrintedTable, column: int, printed: Numbers, sources: list[int]
) -> Iterator[Misprint]:
    """Tell what does not follow the rule that most different values of a column bear out."""
    rule = _best_rule(view, column, printed, sources)
    if rule is None:
        return
    for row in np.flatnonzero(rule.misfits).tolist():
        computed = rule.computed[row]
        step = 10.0 ** -view.decimals[row, column]
        text = shown(computed, max(int(view.decimals[row, column]), 1))
        # less may have been made to add up to 100
        is_far = abs(printed[row] - computed) > 1.6 * step
        is_alone = rule.telling > FEWEST * rule.misfits.sum()
        here = f"ici ce calcul donne {text}, imprimé {view.texts[row, column]}"
        message = f"Les autres valeurs sont {rule.words} ; {here}."
        sure: Certitude = "certain" if is_far and is_alone else "probable"
        yield _finding(view, row, column, ("pourcentage", sure), text, message)


def _best_rule(
    view: PrintedTable, column: int, printed: Numbers, sources: list[int]
) -> _Rule | None:
    """Give the first of the rules that most different values bear out, and few lines deny; None where none is."""
    posts = np.array([role != "total" for role in view.roles])
    margins = HALF * 10.0 ** -view.decimals[:, column]
    best: _Rule | None = None
    for words, computed in _formulas(view, sources, view.columns[column]):
        gaps = np.abs(printed - computed)
        fits = posts & (gaps <= margins)
        misfits = posts & (gaps > margins)
        telling = len({*printed[fits]} - {0.0})
        most_telling = best.telling if best else FEWEST - 1
        if telling > most_telling and misfits.sum() * 3 <= fits.sum() * 2:
            best = _Rule(words, computed, telling, misfits)
    return best


def _formulas(view: PrintedTable, sources: list[int], header: str) -> Iterator[tuple[str, Numbers]]:
    """Give every way in which a column may be worked out from others, with words."""
    with np.errstate(divide="ignore", invalid="ignore"):
        for source in sources:
            values = view.values[:, source]
            label = f"« {view.columns[source]} »"
            yield f"la part de {label} dans sa colonne", 100 * values / _whole(view, values)
            for number in re.findall(r"\d{2,}", header):
                yield f"la part de {label} dans {number}", 100 * values / int(number)
        for first, second in permutations(sources, 2):
            before = view.values[:, first]
            after = view.values[:, second]
            names = f"de « {view.columns[first]} » à « {view.columns[second]} »"
            yield f"l'évolution {names}", 100 * (after - before) / before
            yield f"l'écart {names}", after - before
            for factor in (1, 100, 1000):
                yield f"le rapport {names}, pour {factor}", factor * after / before


def _whole(view: PrintedTable, values: Numbers) -> float:
    """Give the last total of a column, or the sum of its lines."""
    totals = [row for row, role in enumerate(view.roles) if role == "total"]
    posts = np.array([role == "poste" for role in view.roles])
    if totals:
        return float(values[totals[-1]])
    return float(np.nansum(values[posts]))


class _Margin(NamedTuple):
    """The total line of a table, and where each of its columns is, by a name that tables share."""

    view: PrintedTable
    row: int
    columns: Mapping[str, int]

    def values(self, labels: Iterable[str]) -> list[float]:
        return [self.view.values[self.row, self.columns[label]] for label in labels]


def check_margins(tables: Sequence[PrintedTable]) -> Iterator[Misprint]:
    """Tell each margin that most tables with the same labels and nearly the same total contradict."""
    groups: dict[tuple[str, ...], list[_Margin]] = defaultdict(list)
    for margin in filter(None, map(_margin, _views(tables))):
        groups[tuple(sorted(margin.columns))].append(margin)
    for labels, margins in groups.items():
        near = _of_one_population(labels, margins)
        if len(near) > 1:
            for label in labels:
                yield from _contradicted(label, near)


def _margin(view: PrintedTable) -> _Margin | None:
    """Give the totals of a table that has one line of them, all known, and columns that are no years."""
    totals = [row for row, role in enumerate(view.roles) if role == "total"]
    posts = [index for index, role in enumerate(view.transposed.roles) if role == "poste"]
    if len(totals) != 1 or len(posts) < 2 or any(map(A_YEAR.search, view.columns)):
        return None
    [row] = totals
    if np.isnan(view.values[row, posts]).any():
        return None
    columns = {_key(view.columns[index]): index for index in posts}
    return _Margin(view, row, columns)


def _of_one_population(labels: Sequence[str], margins: Sequence[_Margin]) -> list[_Margin]:
    """Give the tables whose total is near the usual one."""
    sums = np.array([np.sum(margin.values(labels)) for margin in margins])
    usual = float(np.median(sums))
    is_near = np.abs(sums - usual) <= max(2.0, CLOSE * usual)
    return [margin for margin, near in zip(margins, is_near, strict=True) if near]


def _contradicted(label: str, margins: Sequence[_Margin]) -> Iterator[Misprint]:
    """Tell the tables that have another number of a label than most."""
    values = [margin.values([label])[0] for margin in margins]
    [(agreed, _)] = Counter(values).most_common(1)
    pairs = [*zip(values, margins, strict=True)]
    others = sorted({margin.view.path for value, margin in pairs if value == agreed})
    elsewhere = f"{shown(agreed)} dans {', '.join(others)}"
    for value, (view, row, columns) in pairs:
        if value == agreed:
            continue
        column = columns[label]
        here = f"« {view.columns[column]} » : {view.texts[row, column]} ici"
        message = f"Une même population a des effectifs différents pour {here}, {elsewhere}."
        yield _finding(view, row, column, ("marge", "probable"), agreed, message)


def _key(label: str) -> str:
    telling = re.sub(r"\b(?:de|a|et|ans?|les|des)\b|[-–—/]", " ", fold(label))
    return " ".join(telling.split())


def shown(value: float, decimals: int = 4) -> str:
    """Write a number as a French report prints it."""
    text = f"{value:,.{decimals}f}".rstrip("0").rstrip(".")
    return text.replace(",", "\u202f").replace(".", ",")


def _finding(
    view: PrintedTable,
    row: int,
    column: int,
    kind: tuple[str, Certitude],
    computed: float | str,
    message: str,
) -> Misprint:
    path, line, place = view.place(row, column)
    written = computed if isinstance(computed, str) else shown(computed)
    return Misprint(*kind, path, line, place, str(view.texts[row, column]), written, message)

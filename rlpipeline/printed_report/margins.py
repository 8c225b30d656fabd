"""Margins of tables of one population: the same age bands, the same communes, printed with different totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell, shown
from rlpipeline.printed_report.compositions import foreign
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table
from rlpipeline.printed_report.scopes import counted_by, of_table

CLOSE = 0.03
"""Relative gap between the totals of two tables that may be of one population."""
EVENTS = ("particip", "presen", "contact", "passag", "rencontr", "action", "seanc")
"""Stems of titles that count events, in which a person comes several times."""


@dataclass(frozen=True)
class Margin:
    """Totals of a table along one of its axes.

    Parameters
    ----------
    table
        Turned so that the axis is made of its columns.
    values
        Value by key of the axis, ``total`` for the whole.
    lines
        The column each value is printed in.
    row
        The printed total row, ``None`` where the values are sums.
    sums
        The same, added up from the lines, whatever is printed.
    """

    table: Table
    values: dict[str, float]
    lines: dict[str, Line]
    row: Line | None
    sums: dict[str, float]

    @property
    def axis(self) -> frozenset[str]:
        """Keys of the axis."""
        return frozenset(self.values) - {"total"}

    def cell(self, key: str) -> Cell | None:
        """The printed cell of a value, ``None`` where it was added up."""
        return self.table.cell(self.row, self.lines[key]) if self.row and key in self.lines else None


def margins(report: Report) -> tuple[Margin, ...]:
    """All the margins of all the tables, those of several answers left out."""
    candidates: list[Margin | None] = []
    for table in report.tables:
        if not table.several_answers:
            candidates += [margin(table), margin(table.transposed)]
    return tuple(entry for entry in candidates if entry)


def margin(table: Table) -> Margin | None:
    """Totals of the columns of a table, ``None`` where they mean nothing (units mixed, one column, no figure)."""
    whole = table.transposed.total
    columns = [column for column in table.columns if column.role == "poste" or column == whole]
    keys = {column.key if column.role == "poste" else "total": column for column in columns}
    if len(keys.keys() - {"total"}) < 2 or any(labels.year(column.label) for column in columns):
        return None
    parts = [row for row in table.rows if row.adds and not foreign(table, row)]
    sums = {key: _sum(table, parts, column) for key, column in keys.items()}
    row = table.total or (parts[0] if len(parts) == 1 else None)
    printed = {key: table.cell(row, column).value for key, column in keys.items()} if row else {}
    values = {
        key: value
        for key in keys
        if (value := printed.get(key) if printed.get(key) is not None else sums[key]) is not None
    }
    if any("%" in table.cell(part, column).unit for part in parts for column in columns) or len(values) < 3:
        return None
    if "total" not in values:
        values["total"] = sum(values.values())
    complete_sums = {key: value for key, value in sums.items() if value is not None}
    return Margin(table, values, keys, row, complete_sums)


def _sum(table: Table, parts: list[Line], column: Line) -> float | None:
    cells = [table.cell(part, column) for part in parts]
    if any(cell.mark or cell.words for cell in cells) or not any(cell.value is not None for cell in cells):
        return None
    return round(sum(cell.value or 0.0 for cell in cells), 6)


def populations(report: Report) -> tuple[tuple[tuple[Margin, ...], bool], ...]:
    """Groups of margins of one axis and one population, and whether the population is declared."""
    groups: list[tuple[tuple[Margin, ...], bool]] = []
    left = list(margins(report))
    while left:
        first, *others = left
        group, declared = [first], False
        for other in others:
            same_population = _declared(report, first.table, other.table)
            if (
                first.table.name != other.table.name
                and first.axis == other.axis
                and (same_population or _alike(first, other))
            ):
                group.append(other)
                declared |= same_population
        left = [entry for entry in left if not any(entry is member for member in group)]
        groups.append((tuple(group), declared))
    return tuple(groups)


def _declared(report: Report, first: Table, second: Table) -> bool:
    if first.declared.population and first.declared.population == second.declared.population:
        return first.declared.annee == second.declared.annee
    return any({first.name, second.name} <= set(names) for names in report.relations.memes_populations)


def _alike(first: Margin, second: Margin) -> bool:
    """Whether the figures say that two tables are of one population: close totals, most values equal."""
    if first.table.declared.population and second.table.declared.population:
        return False
    if first.table.declared.annee != second.table.declared.annee or _titled_apart(first.table, second.table):
        return False
    totals = (first.values["total"], second.values["total"])
    if min(totals) < 5 or abs(totals[0] - totals[1]) > max(2.0, CLOSE * max(totals)):
        return False
    equal = sum(first.values[key] == second.values[key] for key in first.axis)
    close = sum(abs(first.values[key] - second.values[key]) <= max(1.0, 0.1 * first.values[key]) for key in first.axis)
    return equal * 2 >= len(first.axis) or (totals[0] == totals[1] and close == len(first.axis))


def _titled_apart(first: Table, second: Table) -> bool:
    """Whether the titles name different years or count different things."""
    years = [{stem for stem in labels.stems(table.title) if labels.year(stem)} for table in (first, second)]
    units = [table.declared.unite or labels.unit(table.title) for table in (first, second)]
    people = [unit.removesuffix("s") in labels.PEOPLE or not unit for unit in units]
    return (all(years) and years[0] != years[1]) or (units[0] != units[1] and not all(people) and all(units))


def check_margins(report: Report) -> Iterator[Finding]:
    """Tell every margin that the other tables of its population contradict."""
    for group, declared in populations(report):
        for key in sorted(group[0].axis | {"total"}, key=str):
            entries = [entry for entry in group if key in entry.values]
            if len({entry.values[key] for entry in entries}) > 1:
                yield from _differing(entries, key, declared)
    yield from _grand_totals(report)
    yield from _of_the_years(report)


def _differing(group: list[Margin], key: str, declared: bool) -> Iterator[Finding]:
    counts = Counter(entry.values[key] for entry in group)
    (agreed, times), *rest = counts.most_common()
    if times == rest[0][1]:
        agreed = next(
            (entry.values[key] for entry in group if entry.sums.get(key, entry.values[key]) == entry.values[key]),
            agreed,
        )
    witnesses = [entry for entry in group if entry.values[key] == agreed]
    for entry in group:
        value = entry.values[key]
        if value == agreed or entry.sums.get(key) == agreed:
            continue  # a total that its own lines refute is told as a wrong total
        yield _finding(entry, key, witnesses, declared)


def _finding(entry: Margin, key: str, witnesses: list[Margin], declared: bool) -> Finding:
    column = entry.lines.get(key)
    cell = entry.cell(key)
    value, agreed = entry.values[key], witnesses[0].values[key]
    printed = cell.text if cell and cell.value is not None else shown(value)
    others = ", ".join(f"« {witness.table.heading} » ({witness.table.name})" for witness in witnesses)
    how = "imprimé" if cell else "en ajoutant les lignes"
    calcul = f"{printed} ici ({how}), {shown(agreed)} dans {others}"
    label = column.label if column else "Total"
    message = f"Une même population a des effectifs différents pour « {label} » : {calcul}."
    scopes = [of_table(table) for table in (entry.table, *(witness.table for witness in witnesses))]
    certitude = judge(True, *(() if declared else scopes))
    return finding_at(entry.table.at(entry.row, column, text=printed), "marge", certitude, message, calcul, agreed)


def _of_the_years(report: Report) -> Iterator[Finding]:
    """The year reported on in a table of years against the total of the table that counts the same thing."""
    for table in report.tables:
        for view in (table, table.transposed):
            of_the_year = [row for row in view.rows if row.years == {report.year}]
            for column in view.columns if len(of_the_year) == 1 and len(view.rows) > 1 and not view.total else ():
                cell, counted = view.cell(of_the_year[0], column), frozenset(labels.stems(column.label))
                wholes = [
                    (other, printed)
                    for other in report.tables
                    if other != table and counted and counted_by(other) == counted and other.own_years <= {report.year}
                    if other.total and other.transposed.total
                    if (printed := other.cell(other.total, other.transposed.total)).value is not None
                ]
                values = {printed.value for _, printed in wholes}
                if cell.value is not None and len(values) == 1 and cell.value not in values:
                    other, printed = wholes[0]
                    calcul = f"{cell.text} ici, {printed.text} dans « {other.heading} » ({other.name})"
                    message = f"« {column.label} » a deux valeurs pour {report.year} : {calcul}."
                    spot = view.at(of_the_year[0], column)
                    yield finding_at(spot, "marge", judge(False), message, calcul, printed.text)


def _grand_totals(report: Report) -> Iterator[Finding]:
    """Totals of tables declared to be of one population, whatever their axes."""
    whole = {entry.table.name: entry for entry in reversed(margins(report)) if "total" in entry.lines and entry.row}
    compared: set[tuple[str, str]] = set()
    for first, second in combinations(whole.values(), 2):
        pair = (first.table.name, second.table.name)
        if pair in compared or first.axis == second.axis or not _declared(report, first.table, second.table):
            continue
        compared.add(pair)
        if first.values["total"] != second.values["total"] and "total" in first.sums and "total" in second.sums:
            later, earlier = (first, second) if first.sums["total"] != first.values["total"] else (second, first)
            if later.sums["total"] != earlier.values["total"]:
                yield _finding(later, "total", [earlier], declared=True)

"""Parts printed larger than their whole: « dont » lines, cells above their cohort, declared parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.compositions import foreign
from rlpipeline.printed_report.finding import Certitude, Finding, finding_at, judge
from rlpipeline.printed_report.margins import EVENTS, Margin, margins, populations
from rlpipeline.printed_report.model import Line, Report, Table
from rlpipeline.printed_report.scopes import of_lines, of_table

Groups = tuple[tuple[tuple[Margin, ...], bool], ...]

EXTREMES = (
    (re.compile(r"\bplus jeunes?\b"), "plus age"),
    (re.compile(r"\bminimum\b"), "maximum"),
    (re.compile(r"\bmini?\b"), "max"),
    (re.compile(r"\bplus (?:bas|petit|faible)\b"), "plus haut"),
)
"""How a label names the lowest, and how the label of the highest differs."""
NARROWER = re.compile(r"^ (?:de \d|ages?\b|agees?\b|dont\b|de moins|mineur|majeur|fille|garcon|nouveaux|scolaris)")
"""What a label adds to that of its whole."""
MEASURED = frozenset(
    {"heure", "euro", "etp", "seance", "jour", "presence", "passage", "participation", "contact", "partenaire"}
)
"""Units of tables that do not count persons."""


def check_cohorts(report: Report) -> Iterator[Finding]:
    """Check the « dont » lines, the tables of several answers a person, and columns narrower than another."""
    groups = populations(report)
    for table in report.tables:
        for view in (table, table.transposed):
            yield from _parts(view)
            yield from _extremes(view)
            yield from _narrower(view)
        yield from _answers(report, table, groups)
    for group, _ in groups:
        yield from _beside(group)


def _extremes(table: Table) -> Iterator[Finding]:
    """A lowest printed above its highest: « âge du plus jeune », « âge du plus âgé »."""
    for low in table.columns:
        for pattern, other in EXTREMES:
            if pattern.search(labels.fold(low.label)):
                key = pattern.sub(other, labels.fold(low.label))
                for high in (column for column in table.columns if labels.fold(column.label) == key):
                    for row in table.rows:
                        part, whole = table.cell(row, low), table.cell(row, high)
                        if part.value is not None and whole.value is not None and part.value > whole.value:
                            where = f"« {high.label} » ({whole.text})"
                            yield _finding(table, (row, low), whole.value, where, judge(True))


def _narrower(table: Table) -> Iterator[Finding]:
    """« Habitants de 10 à 25 ans » above « Habitants », in a table where nearly all the lines are below."""
    for part in table.columns:
        wholes = [other for other in table.columns if NARROWER.match(_after_label(part, other))]
        for whole in wholes if len(wholes) == 1 else ():
            rows = [
                row for row in table.rows if None not in (table.cell(row, whole).value, table.cell(row, part).value)
            ]
            above = [row for row in rows if (table.cell(row, part).value or 0) > (table.cell(row, whole).value or 0)]
            if len(above) * 3 <= len(rows) and {whole.role, part.role} == {"poste"}:
                for row in above:
                    cell = table.cell(row, whole)
                    where = f"« {whole.label} » ({cell.text})"
                    yield _finding(table, (row, part), cell.value or 0.0, where, judge(False))


def _after_label(part: Line, whole: Line) -> str:
    """What a label adds to another, empty where it does not begin with it."""
    longer, shorter = labels.fold(part.label), labels.fold(whole.label)
    return longer.removeprefix(shorter) if shorter and longer.startswith(shorter) else ""


def _beside(group: tuple[Margin, ...]) -> Iterator[Finding]:
    """Cells of a table above the number of persons that the other tables of its population agree on."""
    for key in group[0].axis:
        values = [entry.values[key] for entry in group]
        agreed = max(set(values), key=values.count)
        witness = next(entry for entry in group if entry.values[key] == agreed)
        for entry in group:
            if values.count(agreed) < 2 or entry.values[key] == agreed:
                continue
            for row in entry.table.rows:
                cell = entry.table.cell(row, entry.lines[key])
                if row.adds and cell.value is not None and cell.value > agreed:
                    where = f"les effectifs de « {witness.table.heading} »"
                    certitude = judge(True, of_table(entry.table), of_table(witness.table))
                    yield _finding(entry.table, (row, entry.lines[key]), agreed, where, certitude)


def _parts(table: Table) -> Iterator[Finding]:
    """« Dont » rows above the row that they are taken from."""
    for row in table.rows:
        before = [other for other in table.rows[: row.index] if other.role in {"poste", "total", "sous_total"}]
        wholes = [other for other in before if other.years == row.years] or [line for line in before if not line.years]
        whole = wholes[-1] if wholes else None
        if row.role != "dont" or whole is None:
            continue
        for column in table.columns:
            part, base = table.cell(row, column), table.cell(whole, column)
            if part.value is not None and base.value is not None and part.unit == base.unit and part.value > base.value:
                where = f"« {whole.label} » ({base.text})"
                certitude = judge(True, of_lines(table, [row]), of_lines(table, [whole]))
                yield _finding(table, (row, column), base.value, where, certitude)


def _finding(table: Table, place: tuple[Line, Line], whole: float, where: str, certitude: Certitude) -> Finding:
    calcul = f"{table.cell(*place).text} > {shown(whole)}"
    message = f"Une partie dépasse l'ensemble dont elle est tirée, {where} : {calcul}."
    return finding_at(table.at(*place), "cohorte", certitude, message, calcul, whole)


def _answers(report: Report, table: Table, groups: Groups) -> Iterator[Finding]:
    """Cells of a table of persons above the number of persons of their column."""
    for view in (table, table.transposed):
        cohort, declared = _cohort(report, view, groups)
        if cohort is None:
            continue
        for row in view.rows:
            of_its_year = row.years == (cohort.row.years if cohort.row else frozenset())
            if row.adds and of_its_year and not foreign(view, row):
                yield from _above(view, row, cohort, declared)


def _above(table: Table, row: Line, cohort: Margin, declared: bool) -> Iterator[Finding]:
    where = f"les effectifs de « {cohort.table.heading} »"
    for column in table.columns:
        key = "total" if column.role == "total" else column.key
        cell = table.cell(row, column)
        whole = cohort.values.get(key)
        if cell.value is not None and whole is not None and not cell.unit and cell.value > whole:
            yield _finding(table, (row, column), whole, where, judge(declared))


def _cohort(report: Report, table: Table, grouped: Groups) -> tuple[Margin | None, bool]:
    """The margin that bounds the cells of a table along its columns, and whether it is declared to."""
    axis = {column.key for column in table.columns if column.role == "poste"}
    groups = [group for group, _ in grouped if group[0].axis == axis]
    candidates = [entry for group in sorted(groups, key=len, reverse=True) for entry in group]
    others = [entry for entry in candidates if entry.table.name != table.name]
    if not others or len(axis) < 2:
        return None, False
    population = table.declared.population
    of_population = [entry for entry in others if population and entry.table.declared.population == population]
    if of_population:
        return (
            (of_population[0], True)
            if table.declared.unite.removesuffix("s") in {*labels.PEOPLE, ""}
            else (None, False)
        )
    like = [entry for entry in others if _about_the_same(table, entry.table)]
    own = next((entry for entry in margins(report) if entry.table.name == table.name and entry.axis == axis), None)
    several = table.several_answers or (own and like and own.values["total"] > 1.5 * like[0].values["total"])
    return (like[0], False) if like and several and not population else (None, False)


def _about_the_same(table: Table, other: Table) -> bool:
    """Whether two titles are about the same persons, not about events."""
    if any(labels.unit(entry.title or entry.corner) in MEASURED for entry in (table, other)):
        return False
    titles = [f"{entry.title} {entry.corner}" for entry in (table, other)]
    texts = titles if all(title.strip() for title in titles) else [entry.subject for entry in (table, other)]
    words = [set(labels.stems(text)) - {"jeun", "ag", "sex"} for text in texts]
    events = any(word.startswith(EVENTS) for title_words in words for word in title_words)
    return not events and bool(words[0] & words[1])

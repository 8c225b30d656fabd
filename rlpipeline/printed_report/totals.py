"""Wrong totals, totals left blank, totals whose rule changes from column to column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown, sum_shown
from rlpipeline.printed_report.compositions import TOTALS, Composition, Sum, composition, foreign, members, with_line
from rlpipeline.printed_report.finding import Certitude, Finding, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table
from rlpipeline.printed_report.scopes import of_lines

MEASURES = frozenset({"euros", "€", "k€", "etp", "heures", "jours"})
INCLUDED = re.compile(
    r"\b(?:ensemble|total|totaux)\b.*"
    r"\b(?:reuni\w*|compren\w*|compri\w*|compt\w*|ajout\w*|inclu\w*)\b(?! hors)(?!.*\b(?:hors|sans)\b)"
)
"""A title that says that the total adds the other unit."""
COMMUNICATED_ONLY = re.compile(r"\bhors n\.? ?c|\bsans les n\.? ?c|\brenseignee?s?\b|\bconnue?s?\b")
"""A total that says that it leaves the unknown out."""
SURE_HINT = 3
"""Values below this explain a gap by chance."""
ONCE = ("compte une fois", "comptent une fois", "compte qu'une", "distinct", "different", "au moins une fois")
"""Words by which a title says that a total counts persons once."""


def check_totals(report: Report) -> Iterator[Finding]:
    """Check every total of every table, rows then columns."""
    for table in report.tables:
        for view in (table, table.transposed):
            for total in view.rows:
                if total.role in TOTALS or (total.role != "membre" and members(view, total)):
                    yield from _check(view, total)


def _check(table: Table, total: Line) -> Iterator[Finding]:
    reading = composition(table, total)
    if reading is None:
        return
    adopted: set[int] = set()
    for alien in table.rows[: total.index]:
        if foreign(table, alien):
            mixed = with_line(table, reading, alien)
            yield from _rule(table, reading, mixed, alien)
            adopted |= {entry.column.index for entry in mixed.checked if entry.fits}
    for entry in reading.sums:
        if entry.total.value is None:
            yield from _absent(table, reading, entry)
        elif entry.column.index not in adopted and _wrong(table, reading, entry):
            line = _thousandfold(table, reading, entry)
            yield _other_scale(table, line, entry) if line else _finding(table, reading, entry)


def _thousandfold(table: Table, reading: Composition, entry: Sum) -> Line | None:
    """The one line that, a thousand times smaller or larger, makes the total right: euros among thousands of euros."""
    margin = 0.5 * len(entry.values) * 10**-entry.decimals if entry.decimals else 0.5
    for line in reading.parts:
        value = table.cell(line, entry.column).value
        for scaled in (1000 * (value or 0.0), (value or 0.0) / 1000):
            if value and abs(scaled) > 2 * margin and abs(entry.gap + value - scaled) <= margin:
                return line
    return None


def _other_scale(table: Table, line: Line, entry: Sum) -> Finding:
    cell = table.cell(line, entry.column)
    right = round((cell.value or 0.0) + entry.gap, entry.decimals)
    calcul = f"avec {shown(right)} au lieu de {cell.text}, le total imprimé ({entry.total.text}) est juste"
    message = f"Cette valeur est mille fois trop grande ou trop petite pour sa colonne : {calcul}."
    return finding_at(table.at(line, entry.column), "unites_melangees", judge(True), message, calcul, right)


def _wrong(table: Table, reading: Composition, entry: Sum) -> bool:
    """Whether a gap is to be told: not where an unknown part could fill it, nor where persons count once."""
    if entry.fits or not entry.values:
        return False
    if (
        entry.unknown
        and entry.gap > 0
        and not COMMUNICATED_ONLY.search(labels.fold(f"{reading.total.label} {table.title}"))
    ):
        return False
    fewer = entry.gap < 0
    once = _counts_once(table, entry.column) or reading.total.role == "distincts"
    if fewer and once and not reading.partition:
        return False
    if (reading.fitting == 0 and fewer and table.several_answers) or _follows(table, reading, entry):
        return False
    return bool(any(entry.values) or entry.total.value)


def _follows(table: Table, reading: Composition, entry: Sum) -> bool:
    """Whether the gap of a grand total only follows from a wrong total that is told by itself."""
    across = composition(table.transposed, entry.column) if entry.column.role in TOTALS else None
    if across is None:
        return False
    right = {
        crossed.column.index: crossed.computed for crossed in across.sums if not crossed.unknown and not crossed.fits
    }
    cells = [right.get(part.index, table.cell(part, entry.column).value or 0.0) for part in reading.parts]
    return bool(right) and abs(sum(cells) - (entry.total.value or 0.0)) < 1e-6


def _counts_once(table: Table, column: Line) -> bool:
    title = labels.fold(table.title)
    people = column.unit in {"jeune", "personne", "usager", ""} and column.role == "poste"
    return people and any(words in title for words in ONCE)


def _certainty(table: Table, reading: Composition, entry: Sum) -> Certitude:
    """Proved where other columns bear the reading out, or where the parts cannot overlap."""
    measured = entry.total.unit in MEASURES or entry.column.unit in {"euro", "etp", "heure"}
    borne_out = reading.fitting and reading.fitting * 2 >= reading.missing
    proved = not entry.rounded and (borne_out or reading.partition or measured)
    return judge(bool(proved), of_lines(table, [reading.total]), of_lines(table, reading.parts))


def _finding(table: Table, reading: Composition, entry: Sum) -> Finding:
    calcul = f"{sum_shown(entry.values)}, imprimé {entry.total.text}"
    kind = "total_ligne" if table.turned else "total_colonne"
    hint = _hint(table, reading, entry)
    message = f"Le total ne fait pas la somme : {calcul} (écart {shown(entry.gap)}){hint}."
    certitude = _certainty(table, reading, entry)
    return finding_at(table.at(reading.total, entry.column), kind, certitude, message, calcul, entry.computed)


def _hint(table: Table, reading: Composition, entry: Sum) -> str:
    """What would explain the gap, where something does."""
    digits = [sorted(shown(value).replace(" ", "")) for value in (entry.total.value or 0, entry.computed)]
    if digits[0] == digits[1]:
        return " ; deux chiffres semblent intervertis"
    for line in table.rows:
        value = table.cell(line, entry.column).value
        if (
            line != reading.total
            and value
            and value >= SURE_HINT
            and abs(value - entry.gap) < 1e-6
            and line.role != "texte"
        ):
            return f" ; « {line.label} » ({shown(value)}) semble comptée deux fois"
        if line in reading.parts and value and value >= SURE_HINT and abs(value + entry.gap) < 1e-6:
            return f" ; « {line.label} » ({shown(value)}) semble oubliée"
    return ""


def _absent(table: Table, reading: Composition, entry: Sum) -> Iterator[Finding]:
    if entry.unknown or not any(entry.values):
        return
    sum_text = sum_shown(entry.values)
    message = f"Le total n'est pas imprimé alors qu'il se calcule : {sum_text}."
    certitude = judge(True, of_lines(table, [reading.total]), of_lines(table, reading.parts))
    yield finding_at(
        table.at(reading.total, entry.column), "total_absent", certitude, message, sum_text, entry.computed
    )


def _rule(table: Table, plain: Composition, mixed: Composition, alien: Line) -> Iterator[Finding]:
    """Columns whose total adds another unit, and whether others leave it out."""
    without = {entry.column.index: entry for entry in plain.checked}
    adding = [entry for entry in mixed.checked if entry.fits and table.cell(alien, entry.column).value]
    leaving = [
        entry for index, entry in without.items() if entry.fits and table.cell(alien, table.columns[index]).value
    ]
    included = bool(INCLUDED.search(labels.fold(table.title)))
    for entry in () if included else adding:
        yield _mixed(table, mixed.total, alien, entry, leaving)
    if leaving and (included or len(adding) > len(leaving)):
        for entry in leaving:
            yield _odd_one(table, mixed.total, alien, entry, adding)


def _mixed(table: Table, total: Line, alien: Line, entry: Sum, leaving: list[Sum]) -> Finding:
    families = table.cell(alien, entry.column).value or 0.0
    own = round((entry.total.value or 0.0) - families, 6)
    arithmetic = f"{shown(own)} + {shown(families)} = {entry.total.text}"
    others = ", ".join(f"« {other.column.label} »" for other in leaving[:3])
    changes = f" ; d'autres totaux du tableau ne les comptent pas ({others})" if leaving else ""
    kind = "regle_de_total" if leaving else "unites_melangees"
    certitude = judge(bool(leaving) or "famille" not in labels.fold(table.title))
    message = (
        f"Le total ajoute « {alien.label} » ({shown(families)}) à {shown(own)}, une autre unité : "
        f"{arithmetic}{changes}."
    )
    return finding_at(table.at(total, entry.column), kind, certitude, message, arithmetic, own)


def _odd_one(table: Table, total: Line, alien: Line, entry: Sum, adding: list[Sum]) -> Finding:
    families = table.cell(alien, entry.column).value or 0.0
    others = ", ".join(f"« {other.column.label} »" for other in adding[:3])
    without = sum_shown(entry.values)
    message = (
        f"La règle du total change : ici {without} sans « {alien.label} » ({shown(families)}), que comptent {others}."
    )
    right = entry.computed + families
    return finding_at(table.at(total, entry.column), "regle_de_total", judge(True), message, without, right)

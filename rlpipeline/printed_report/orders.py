"""What the prose says of order: which line is first, which is before another, which grows, held against the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.combined import spelt_lines
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.links import ANYONE, label_stems, named, spelt
from rlpipeline.printed_report.model import Line, Report, Sentence, Table
from rlpipeline.printed_report.scopes import counted_by
from rlpipeline.printed_report.statements import ELSEWHERE, FUTURE

QUALITY = r"(?:nombreu\w+|grande?|fort\w*|important\w*|eleve\w*|haute?|frequent\w*|cite\w*|represente\w*|peuple\w*)"
SMALLNESS = r"(?:peu nombreu\w+|rares?|petite?|faibles?|basse?|moindre|peuple\w*)"
FIRST = re.compile(
    rf"\b(?:le |la |les )?plus {QUALITY}|\ble plus d(?:e |')|\ben (?:tete|premier|premiere position)\b"
    r"|\b(?:au |le |la )?premi(?:er|ere) (?:rang|place|position)|\bpalme\b"
    r"|\bdevance\w* (?:toute?s|tous) |\bnulle part\b"
)
LAST = re.compile(
    rf"\b(?:le |la |les )?(?:plus {SMALLNESS}|moins {QUALITY})|\ble moins d(?:e |')|\ben dernier|\bferme\w* la marche"
    r"|\b(?:au |le |la )?derni(?:er|ere) (?:rang|place|position)"
)
ALL = re.compile(r"\b(?:le|la|les|en|au|aux|du|palme|nulle part|ferme\w*)\b")
"""A superlative rather than « des filles plus nombreuses »."""
AHEAD = re.compile(rf"\b(?:devant|devance\w*|depass\w+|plus d(?:e |')|plus {QUALITY}|davantage)\b|\bplus d'")
BEHIND = re.compile(rf"\b(?:derriere|moins d(?:e |')|moins {QUALITY}|plus {SMALLNESS})\b|\bmoins d'")
UP = re.compile(
    r"\b(?:progress|augment|crois|croit|hauss|grimp|gagn|mont(?:e|ent|ait|ee?s?)\b|bondi|envol|renforc)\w*"
    r"|\bplus (?:nombreu|d(?:e |')|frequent|eleve)|\bdavantage d"
)
DOWN = re.compile(
    r"\b(?:recul|baiss|diminu|chut|flech|regress|perd(?:ent|u|us)?\b|decroi|descend|repli)\w*"
    r"|\bmoins (?:nombreu|d(?:e |')|frequent|eleve)|\bplus rares?\b|\brarefi"
)
OVER_TIME = re.compile(
    r"\b(?:sur|en) un an\b|\bun an (?:plus tot|avant|auparavant)|\bil y a un an\b|\bl'an (?:passe|dernier|d'avant)"
    r"|\bl'annee (?:passee|derniere|d'avant|precedente)|\bqu'en (?:19|20)\d\d|\bpar rapport a (?:(?:19|20)\d\d|l')"
)
MOVES = re.compile(r"\b(?:progress|augment|crois|hauss|recul|baiss|diminu|chut)\w*")
MANY = re.compile(r"\bmajorit\w+")
FEW = re.compile(r"\bminorit\w+")
NOT = re.compile(r"\bne\b|\bn'|\bsauf\b|\bmoins vite\b|\bpeu\b(?! nombreu)|\bpas\b|\bhors\b|\bsans\b|\bautant\b")
PARTIAL = re.compile(
    r"\bsemestre|\btrimestre|(?<!nulle )\bpart\b|\btaux\b|%|\bproportion|\ben moyenne\b|\bparmi\b|\bchaque\b"
)
"""Words by which an order is that of shares, or of a part of the year or of the persons."""


def check_orders(report: Report) -> Iterator[Finding]:
    """Check « le plus de contacts », « A devant B », « les filles sont majoritaires », « les entretiens reculent »."""
    for sentence in report.sentences:
        folded = labels.fold(sentence.text)
        if (
            NOT.search(folded.partition("nulle part")[0])
            or ELSEWHERE.search(folded)
            or FUTURE.search(folded)
            or PARTIAL.search(folded)
        ):
            continue
        beside = [table for table in report.tables if table.name == sentence.table]
        others = [table for table in report.tables if not table.own_years or report.year in {None, *table.own_years}]
        for check, tables in product((_moves, _pair, _extreme, _majority), (beside, others)):
            views = [view for table in tables for view in (table, table.transposed)]
            findings = list(check(report, views, sentence, folded))
            if findings:
                yield from (finding for finding in findings[:1] if finding and all(findings))
                break


def _lines(table: Table, folded: str) -> list[Line]:
    """Rows that a sentence spells out, in its order."""
    return [row for row in spelt_lines(table, folded) if label_stems(row.label) and not row.years]


def _column(table: Table, folded: str, rows: list[Line]) -> Line | None:
    """The column that a sentence names; the total where it speaks of all that the table counts."""
    own = {word for row in rows for word in labels.stems(row.label)}
    words = [word for word in labels.stems(folded) if word not in own]
    columns = [column for column in table.columns if column.role in {"poste", "total"} and not column.years]
    meant = [column for column in columns if column.role == "poste" and named(column, words)]
    if len(meant) == 1:
        return meant[0]
    counted = counted_by(table) - ANYONE
    speaks = bool(counted) and all(any(labels.same_stem(word, other) for other in words) for word in counted)
    whole = [column for column in columns if column.role == "total"] or (columns if len(columns) == 1 else [])
    return whole[-1] if whole and not meant and speaks else None


_Verdicts = Iterator[Finding | None]
"""A finding for each table that refutes what is said, ``None`` for each that bears it out."""


def _extreme(report: Report, views: Sequence[Table], sentence: Sentence, folded: str) -> _Verdicts:
    """The line said to be first, or last, against the one that is."""
    last = LAST.search(folded)
    cue = last or FIRST.search(folded)
    if cue is None or not ALL.search(cue[0]) or re.search(r"\bdeuxieme|\bsecond|\btroisieme|\bdes plus\b", folded):
        return
    for table in views:
        rows = _lines(table, folded)
        column = _column(table, folded, rows) if rows else None
        posts = [row for row in table.rows if row.adds and label_stems(row.label)]
        unlike = (table.total is None and table.transposed.total is not None) or len({row.unit for row in posts}) > 1
        if column is None or unlike or (len(rows) > 1 and not re.search(r"\bdevant\b|, suivi", folded)):
            continue
        values = {row: value for row in posts if (value := table.cell(row, column).value) is not None}
        if len(values) > 1 and rows[0] in values:
            best = (min if last else max)(values, key=lambda row: values[row])
            right = values[best] == values[rows[0]]
            yield None if right else _refuted(sentence, table, column, (rows[0], best))


def _pair(report: Report, views: Sequence[Table], sentence: Sentence, folded: str) -> _Verdicts:
    """« A compte plus de jeunes que B »: the first of two lines named against the second."""
    behind = BEHIND.search(folded)
    cue = behind or AHEAD.search(folded)
    if cue is None:
        return
    for table in views:
        rows = _lines(table, folded)
        between = folded[spelt(rows[0], folded) : spelt(rows[1], folded)] if len(rows) == 2 else ""
        compared = cue[0].startswith(("dev", "dep", "derr")) or re.search(r"\bqu(?:e|'|')", between)
        if len(rows) != 2 or not compared or re.search(r"\d", between):
            continue
        column = _crossed(table, folded) or _column(table, folded, rows)
        cells = [table.cell(row, column).value for row in rows] if column else []
        if cells and None not in cells and cells[0] != cells[1]:
            right = ((cells[0] or 0) > (cells[1] or 0)) != bool(behind)
            yield None if right or column is None else _refuted(sentence, table, column, (rows[0], rows[1]))


def _crossed(table: Table, folded: str) -> Line | None:
    """The one line of the other axis that a sentence spells out."""
    lines = _lines(table.transposed, folded)
    return lines[0] if len(lines) == 1 else None


def _majority(report: Report, views: Sequence[Table], sentence: Sentence, folded: str) -> _Verdicts:
    """« Les filles sont majoritaires »: one sex against the other."""
    few = FEW.search(folded)
    if not few and not MANY.search(folded):
        return
    for table in views:
        rows = [row for row in table.rows if row.key in {"filles", "garcons"}]
        meant = [row for row in rows if row in _lines(table, folded)]
        column = _crossed(table, folded) or (_column(table, folded, rows) if not _places(report, folded) else None)
        if len(rows) != 2 or len(meant) != 1 or column is None:
            continue
        other = rows[1 - rows.index(meant[0])]
        cells = [table.cell(row, column).value for row in (meant[0], other)]
        if None not in cells and cells[0] != cells[1]:
            right = ((cells[0] or 0) > (cells[1] or 0)) != bool(few)
            yield None if right else _refuted(sentence, table, column, (meant[0], other))


def _places(report: Report, folded: str) -> bool:
    """Whether a sentence spells out a line, other than a sex, of any table."""
    lines = (line for table in report.tables for view in (table, table.transposed) for line in _lines(view, folded))
    return any(line.key not in {"filles", "garcons"} for line in lines)


def _moves(report: Report, views: Sequence[Table], sentence: Sentence, folded: str) -> _Verdicts:
    """A line said to grow, or to fall, against its last two years or its printed change."""
    up, down = UP.search(folded), DOWN.search(folded)
    if bool(up) == bool(down) or not (OVER_TIME.search(folded) or MOVES.search(folded)):
        return
    for table in views:
        for row in [row for row in table.rows if label_stems(row.label) and named(row, labels.stems(folded))]:
            change = _change(report, table, row)
            if change and len(_named_too(table, folded)) == 1 and change[0]:
                right = (change[0] > 0) == bool(up)
                yield None if right else _finding(sentence, table.place(row, change[1]), row.label, change[2])


def _named_too(table: Table, folded: str) -> list[Line]:
    return [row for row in table.rows if label_stems(row.label) and named(row, labels.stems(folded))]


def _change(report: Report, table: Table, row: Line) -> tuple[float, Line, str] | None:
    """How a line moved from the year before to the year of the report, where, and as printed."""
    changes = [column for column in table.columns if column.role == "evolution"]
    if len(changes) == 1 and (cell := table.cell(row, changes[0])).value is not None:
        return cell.value, changes[0], cell.text
    by_year = {min(column.years): column for column in table.columns if len(column.years) == 1}
    last = report.year or max(by_year, default=0)
    if len(by_year) < 2 or not {last, last - 1} <= set(by_year):
        return None
    old, new = (table.cell(row, by_year[year]) for year in (last - 1, last))
    if old.value is None or new.value is None:
        return None
    return new.value - old.value, by_year[last], f"{old.text} puis {new.text}"


def _refuted(sentence: Sentence, table: Table, column: Line, rows: tuple[Line, Line]) -> Finding:
    values = ", ".join(f"« {row.label} » : {shown(table.cell(row, column).value or 0.0)}" for row in rows)
    return _finding(sentence, table.place(rows[1], column), rows[0].label, values)


def _finding(sentence: Sentence, where: str, printed: str, calcul: str) -> Finding:
    message = f"Le texte dit « {sentence.text} » ; {where} dit le contraire ({calcul})."
    return finding_at(sentence.at(printed), "prose_tableau", judge(False), message, calcul, calcul)

"""What the prose says without a number: which line is first, which grows, held against the table beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.links import label_stems, named
from rlpipeline.printed_report.model import Line, Report, Sentence, Table

MOST = re.compile(
    r"^(?P<who>.{3,60}?) (?:compte(?:nt)?|a|ont|accueille(?:nt)?|reunit|reunissent)"
    r" le plus grand nombre d(?:e |')(?P<what>[^,.;:]+)"
)
MOVES = re.compile(
    r"\bl[ea]s? (?P<what>[^,.;:]{3,50}?) (?:a |ont )?"
    r"(?:(?P<up>progress|augment|croiss|hauss)|(?P<down>recul|baiss|diminu|chut))\w*"
)
NOT = re.compile(r"\bne\b|\bn'|\bsauf\b|\bmoins vite\b|\bpeu\b|\bpas\b")


def check_claims(report: Report) -> Iterator[Finding]:
    """Check the sentences beside a table: « compte le plus grand nombre de », « les contacts progressent »."""
    for sentence in report.sentences:
        table = report.by_name.get(sentence.table)
        folded = labels.fold(sentence.text)
        if table is None or NOT.search(folded):
            continue
        if found := MOST.match(folded):
            yield from _first(table, sentence, found["who"], found["what"])
        for found in MOVES.finditer(folded):
            yield from _moves(table, sentence, found["what"], 1 if found["up"] else -1)


def _only(lines: list[Line]) -> Line | None:
    return lines[0] if len(lines) == 1 else None


def _first(table: Table, sentence: Sentence, who: str, what: str) -> Iterator[Finding]:
    """The line said to be first against the one that is, in the column named or in the total."""
    rows = [row for row in table.rows if row.adds and label_stems(row.label)]
    said = _only([row for row in rows if named(row, labels.stems(who))])
    columns = [column for column in table.columns if column.role in {"poste", "total"}]
    column = _only([entry for entry in columns if named(entry, labels.stems(what))])
    column = column or _only([entry for entry in columns if entry.role == "total"])
    if said is None or column is None:
        return
    values = {row: value for row in rows if (value := table.cell(row, column).value) is not None}
    best = max(values, key=lambda row: values[row], default=said)
    if said in values and values[best] > values[said]:
        calcul = f"« {best.label} » : {shown(values[best])}, « {said.label} » : {shown(values[said])}"
        yield _finding(sentence, table.place(best, column), said.label, best.label, calcul)


def _moves(table: Table, sentence: Sentence, what: str, sign: int) -> Iterator[Finding]:
    """A line said to grow, or to fall, against the sign of its change."""
    for view in (table, table.transposed):
        row = _only([row for row in view.rows if label_stems(row.label) and named(row, labels.stems(what))])
        change = _only([column for column in view.columns if column.role == "evolution"])
        if row and change and len(labels.stems(what)) == len(label_stems(row.label)):
            cell = view.cell(row, change)
            if cell.value is not None and cell.value * sign < 0:
                yield _finding(sentence, view.place(row, change), what, cell.text, f"« {row.label} » : {cell.text}")
            return


def _finding(sentence: Sentence, where: str, printed: str, computed: str, calcul: str) -> Finding:
    message = f"Le texte dit « {sentence.text} » ; {where} dit le contraire ({calcul})."
    return finding_at(sentence.at(printed), "prose_tableau", judge(False), message, calcul, computed)

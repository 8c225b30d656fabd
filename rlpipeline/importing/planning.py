"""What is decided of every column and word of an export: what is sure, what was decided before, what must be asked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from rlpipeline.importing.blocks import Block
from rlpipeline.importing.cells import TICKS, are_ticks
from rlpipeline.importing.complements import Complements, recent_years
from rlpipeline.importing.fitting import LOGBOOK, MANY, Context, names_each_row
from rlpipeline.importing.meanings import MONTH_FIRST, Meanings, order_of_dates
from rlpipeline.importing.proposal import EMPTY_COLUMN, NO_PLACE, Proposal
from rlpipeline.importing.proposing import NOTHING, Proposals, everywhere, note_identifiers, propose
from rlpipeline.importing.questions import (
    ABOUT,
    CHANGED,
    INFERRED,
    LEFT_OUT,
    NO,
    STOP,
    YES,
    Asking,
    Choice,
    Question,
    come_back,
    decision_words,
    described,
    sample_of_nobody,
)
from rlpipeline.importing.rules import (
    FILLED,
    IGNORED,
    LEFT,
    ORDER_OF,
    REFUSED,
    ImportRules,
    TableRule,
    Target,
    is_left_out,
    rule_for,
    shared,
    target,
    targets_of,
)
from rlpipeline.importing.several_tables import lacks_educator, of_educators, repeated
from rlpipeline.importing.slots import said_by, slot_in
from rlpipeline.importing.words import PERSON, code_within
from rlpipeline.records.labels import words_of
from rlpipeline.records.names import nearest
from rlpipeline.records.tables import table_named
from rlpipeline.settings.models import Service

FEW_MARKS = 0.5
ALIKE = 0.4
"""Of the headers that two tables share, for a column of both to be one question."""
_BY_NAME = ("un nom", "une adresse")
"""What is refused for a word of its header alone, which may mean something else."""


@dataclass(frozen=True)
class TablePlan:
    """What is decided of one exported table.

    Parameters
    ----------
    block, rule
        The table, and what its columns fill.
    seen_before
        Whether the same layout was decided before.
    months_first
        Columns whose dates are written month first.
    inferred
        Columns that nobody named so, and what their reading rests on.
    translated
        Columns to their words that stand for codes of another name, which nobody was asked about.
    """

    block: Block
    rule: TableRule
    seen_before: bool
    months_first: frozenset[str] = frozenset()
    inferred: Mapping[str, str] = field(default_factory=dict)
    translated: Mapping[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def targets(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Give each column that fills something, and what."""
        for header, decision in self.rule.colonnes.items():
            texts = (decision,) if isinstance(decision, str) else decision
            if not is_left_out(texts[0]) and header in self.block.header:
                yield header, texts


@dataclass(frozen=True)
class Plan:
    """What is decided, and what is asked.

    Parameters
    ----------
    tables
        One an exported table.
    values
        ``table.colonne`` to words and their codes, as people said.
    questions
        Nothing can be written while there are some.
    changes
        How the layout differs from the last time, in French.
    every
        A question for every column and every word, for whoever wants it read otherwise; what is decided comes first.
    """

    tables: tuple[TablePlan, ...]
    values: Mapping[str, Mapping[str, str]]
    questions: tuple[Question, ...]
    changes: tuple[str, ...] = ()
    every: tuple[Question, ...] = ()


def name_of(blocks: Sequence[Block], block: Block) -> str:
    """The name of a table, or of the first of those of the same layout, which are asked about once."""
    return next(one.name for one in blocks if {*one.header} == {*block.header})


def about_key(name: str) -> str:
    """The key of the question what a table is about."""
    return f"tableau | {name}"


def recognise(blocks: Sequence[Block], service: Service, answers: Mapping[str, str]) -> list[Proposals]:
    """Recognise the columns, in two passes: identifiers recognised in one table are known in the others.

    Parameters
    ----------
    answers
        Among them, what a table is about.
    """
    context = Context(service, _shared_keys(blocks))
    alike = [_together(blocks, one) for one in blocks]
    said = {one: answers.get(about_key(name_of(blocks, one)), "") for one in dict.fromkeys(alike)}
    for block, family in said.items():
        note_identifiers(block, propose(block, context, family).columns, context)
    proposals = {block: propose(block, context, family) for block, family in said.items()}
    return [proposals[block] for block in alike]


def _shared_keys(blocks: Sequence[Block]) -> frozenset[str]:
    """Headers of codes that name each row of one table and come back in tables of another layout: « NUMJ »."""
    shared = set()
    for block in blocks:
        others = {h for other in blocks if {*other.header} != {*block.header} for h in other.header}
        for header in others & {*block.header}:
            texts = block.column(header)
            if names_each_row(texts) and all(re.fullmatch(r"(?=.*\d)[\w.-]{3,}", text) for text in texts):
                shared.add(header)
    return frozenset(shared)


def _together(blocks: Sequence[Block], one: Block) -> Block:
    """The tables of the same layout as one: a sheet a year, a file a commune."""
    same = [block for block in blocks if {*block.header} == {*one.header}]
    if len(same) < 2:
        return one
    header = same[0].header
    rows = tuple(tuple(row[b.header.index(h)] for h in header) for b in same for row in b.rows)
    return replace(same[0], rows=rows, lines=tuple(range(len(rows))), left_out=(), damaged=())


def make_plan(
    recognised: Sequence[tuple[Block, Proposals]], service: Service, rules: ImportRules, answers: Mapping[str, str]
) -> Plan:
    """Decide all that can be decided.

    Parameters
    ----------
    recognised
        Each table, and what its columns most likely fill.
    rules
        What was decided at former imports.
    answers
        Key of each question to its answer.
    """
    blocks, proposals = [one for one, _ in recognised], [one for _, one in recognised]
    return _Planning(blocks, proposals, service, rules, Asking(answers)).plan()


@dataclass
class _Planning:
    blocks: Sequence[Block]
    proposals: Sequence[Proposals]
    service: Service
    rules: ImportRules
    asking: Asking
    changes: list[str] = field(default_factory=list)
    same: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    every: dict[str, Question] = field(default_factory=dict)

    def plan(self) -> Plan:
        decided = [self._columns(*pair) for pair in zip(self.blocks, self.proposals, strict=True)]
        repeated(self.blocks, decided, self.asking)
        educators = of_educators(self.blocks, decided, self.rules, self.service, self.asking)
        recent = recent_years(self.blocks) or [str(date.today().year - 1), str(date.today().year)]
        tables = []
        for block, one, columns in zip(self.blocks, self.proposals, decided, strict=True):
            rule, name = rule_for(self.rules, block.sheet, block.header), self._name(block)
            complements = dict(rule.complements) if rule else {}
            alike = [other for other in self.blocks if {*other.header} == {*block.header}]
            lacks = Complements(
                block, name, columns, complements, one.main, recent, self.service, self.asking, alike=alike
            )
            if not any(q.key.startswith(f"colonne | {name} |") for q in self.asking.asked.values()):
                complements |= lacks.all()
            complements |= lacks.units()
            complements |= lacks.several()
            complements |= lacks.below(
                self.same.setdefault(("dessous", tuple(lacks.often_empty())), f"dessous | {name}")
            )
            if educators and lacks_educator(columns):
                complements["suivis.educateur"] = educators
            orders = order_of_dates(name, block, columns, complements, self.asking)
            complements |= {f"{ORDER_OF}{header}": order for header, order in orders.items()}
            months = frozenset(header for header, order in orders.items() if order == MONTH_FIRST)
            written = {header: texts[0] if len(texts) == 1 else texts for header, texts in columns.items()}
            new_rule = TableRule(fichier=block.file, feuille=block.sheet, colonnes=written, complements=complements)
            inferred = {h: p.why for h, p in one.columns.items() if p.why and columns[h] == p.decision}
            tables.append(TablePlan(block, new_rule, rule is not None, months, {} if rule else inferred))
        meanings = self._meanings(tables)
        values, every = meanings.values(), (*self.every.values(), *meanings.known.values())
        return Plan(tuple(tables), values, self.asking.questions(), tuple(self.changes), every)

    def _name(self, block: Block) -> str:
        return name_of(self.blocks, block)

    def _meanings(self, tables: Sequence[TablePlan]) -> Meanings:
        meanings = Meanings(self.service, self.asking, self.rules.valeurs)
        for table in tables:
            for header, texts in table.targets():
                for one in map(target, texts):
                    if one.table != PERSON and one.column:
                        words = meanings.note(self._name(table.block), header, table.block.column(header), one)
                        table.translated[header].update(words)
        return meanings

    # Columns.

    def _columns(self, block: Block, proposals: Proposals) -> dict[str, tuple[str, ...]]:
        rule = rule_for(self.rules, block.sheet, block.header)
        before = {h: (d,) if isinstance(d, str) else tuple(d) for h, d in rule.colonnes.items()} if rule else {}
        if rule is None and self._stays_hidden(block, proposals):
            return dict.fromkeys(block.header, (f"{IGNORED}feuille masquée",))
        if rule is None and proposals.families:
            self._about(block, proposals)
        gone = [header for header in before if header not in block.header]
        columns: dict[str, tuple[str, ...]] = {}
        for header in block.header:
            one = proposals.columns[header]
            key = self._column_key(block, one)
            if key in self.asking.answers:
                columns[header] = self._as_answered(block, proposals, one, self.asking.answers[key])
            elif header in before:
                columns[header] = before[header]
            elif rule:
                columns[header] = self._new_column(block, one, key, before, gone)
            else:
                columns[header] = self._proposed(block, one, key)
            self.every.setdefault(key, self._of_column(block, one, key, first=" + ".join(columns[header])))
        for header in gone:
            self._gone_column(block, header, before[header])
        return _of_a_logbook(columns)

    def _about(self, block: Block, proposals: Proposals) -> None:
        """Ask what a table is about, where its columns go with several tables of the records."""
        choices = [Choice(one, f"{one} ({table_named(one).label.lower()})") for one in proposals.families]
        others = [t for t in ("jeunes", "actions") if t not in proposals.families]
        choices += [Choice(one, f"{one} ({table_named(one).label.lower()})") for one in others]
        choices.append(Choice("logbook", "presences et temps (qui était là, qui est passé)"))
        nothing = Choice(NOTHING, "rien de ce que le rapport compte : laisser ce tableau de côté")
        choices.insert(0 if proposals.nothing else len(choices), nothing)
        name = self._name(block)
        headers = ", ".join(f"« {header} »" for header in block.header[:6])
        self.asking.ask(
            about_key(name), name, f"de quoi parle ce tableau ({headers}…) ?", choices, ABOUT, f"{headers}…"
        )

    def _stays_hidden(self, block: Block, proposals: Proposals) -> bool:
        """Whether a hidden sheet that could fill something is left out, or it is asked."""
        if not block.hidden or all(is_left_out(one.decision[0]) for one in proposals.columns.values()):
            return False
        answer = self.asking.ask(
            f"masquée | {self._name(block)}",
            self._name(block),
            f"le classeur masque cette feuille de {len(block.rows)} lignes. La reprendre ?",
            [Choice(NO, "non : la laisser de côté"), Choice(YES, "oui : la reprendre comme les autres")],
            ABOUT,
        )
        return answer != YES

    def _column_key(self, block: Block, one: Proposal) -> str:
        """The key of a column's question: columns read alike, of tables nearly alike, are asked about once."""
        like = next(other.name for other in self.blocks if shared(other.header, block.header) >= ALIKE)
        alike = (one.family or one.header, (like, *(() if one.family else one.decision)))
        return self.same.setdefault(alike, f"colonne | {self._name(block)} | {one.header}")

    def _proposed(self, block: Block, one: Proposal, key: str) -> tuple[str, ...]:
        """What a column fills by itself; what is inferred, and what is left out, is shown to whoever is there."""
        if is_left_out(one.decision[0]) and not one.why:
            if self._may_have_a_place(block, one):
                self.asking.put(self._of_column(block, one, key, LEFT_OUT))
        elif one.why:
            self.asking.put(self._of_column(block, one, key))
        return one.decision

    def _may_have_a_place(self, block: Block, one: Proposal) -> bool:
        """Whether a column that is left out may be wrongly so: neither empty nor full of personal data."""
        if one.decision[0] == f"{IGNORED}{EMPTY_COLUMN}" or not any(block.column(one.header)):
            return False
        if not one.decision[0].startswith(REFUSED):
            return True
        return one.decision[0].removeprefix(REFUSED) in _BY_NAME and come_back(block.column(one.header))

    def _of_column(
        self, block: Block, one: Proposal, key: str, kind: str = INFERRED, text: str = "", first: str = ""
    ) -> Question:
        """What a column fills: what is proposed first, then what fits less, then any column of the records."""
        decision = " + ".join(one.decision)
        nothing = decision if is_left_out(decision) else f"{IGNORED}{NO_PLACE}"
        marked = _mark(block.column(one.header)) if is_left_out(decision) else ""
        offered = dict.fromkeys(filter(None, (first, decision, *one.others[:4], nothing, marked and f"{LEFT}{marked}")))
        sample = "" if PERSON in decision else sample_of_nobody(block.column(one.header), one.decision)
        about = f"« {one.header} »{sample}"
        if one.family:
            members = sum(p.family == one.family for pair in self.proposals for p in pair.columns.values())
            others = "l'autre colonne semblable" if members == 2 else f"les {members - 1} autres colonnes semblables"
            about = f"« {one.header} » et {others}" if members > 1 else about
        why = f", d'après {one.why}" if one.why else ""
        return Question(
            key,
            kind,
            self._name(block),
            text or f"que contient {about}{why} ?",
            tuple(described(offer) for offer in offered),
            text or f"{about}{why}",
            of_column=True,
        )

    def _as_answered(self, block: Block, proposals: Proposals, one: Proposal, answer: str) -> tuple[str, ...]:
        """What somebody said that a column fills, with what its own header says of it."""
        if is_left_out(answer):
            return (answer if " : " in answer else f"{IGNORED}vous l'avez dit",)
        if answer == " + ".join(one.decision):
            return one.decision
        parts = [target(part.strip()) for part in answer.split(" + ")]
        if one.family and not is_left_out(one.decision[0]):  # each of them keeps what its own header says
            slot = target(one.decision[0]).slot
            parts = [replace(part, slot=slot_in(part, slot)) for part in parts]
        elif one.family:
            parts = [replace(part, slot=tuple(said for said in part.slot if said[0] != "annee")) for part in parts]
        parts = [place for part in parts for place in everywhere(part, proposals.active)]
        return tuple(str(self._ticked(block, one.header, said_by(one.header, part, block.year))) for part in parts)

    def _ticked(self, block: Block, header: str, one: Target) -> Target:
        """Ask what a tick means, in the place of one of several codes: a tick is none of them."""
        place = one.table, one.column
        values = [text for text in block.column(header) if text]
        if place not in MANY or not are_ticks(values):
            return one
        codes = words_of(table_named(one.table).column(one.column), self.service)
        likely = code_within(header, place, codes)
        code = self.asking.ask(
            f"case | {self._name(block)} | {header}",
            self._name(block),
            f"que dit une case cochée de « {header} » ?",
            [Choice(code, f"{code} ({codes[code]})") for code in sorted(codes, key=lambda code: code != likely)],
            INFERRED,
        )
        return Target(one.table, "", ((one.column, code or next(iter(codes))), *one.slot))

    def _new_column(
        self, block: Block, one: Proposal, key: str, before: Mapping[str, tuple[str, ...]], gone: Sequence[str]
    ) -> tuple[str, ...]:
        """A column that was not there the last time is asked about, even where its name says all."""
        near = nearest(one.header, gone)
        renamed = near or next((h for h in gone if {*before[h]} & {*one.decision}), None)
        text = f"la colonne « {one.header} » est nouvelle"
        text += f", « {renamed} » n'y est plus : est-ce la même ?" if renamed else " : que contient-elle ?"
        self._changed(f"{block.name} : colonne nouvelle, « {one.header} »")
        first = " + ".join(before[renamed]) if renamed else ""
        self.asking.put(self._of_column(block, one, key, CHANGED, text, first))
        return one.decision

    def _gone_column(self, block: Block, header: str, decision: tuple[str, ...]) -> None:
        self._changed(f"{block.name} : la colonne « {header} » n'y est plus")
        if is_left_out(decision[0]):
            return
        self.asking.ask(
            f"disparue | {self._name(block)} | {header}",
            self._name(block),
            f"« {header} », qui remplissait {decision_words(' + '.join(decision))}, n'y est plus.",
            [Choice("continuer", "continuer sans elle"), Choice(STOP, "arrêter, pour revoir l'export")],
            CHANGED,
        )

    def _changed(self, text: str) -> None:
        if text not in self.changes:
            self.changes.append(text)


def _of_a_logbook(columns: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Give the day and the place to what was done and to whom was met, where the same rows say both."""
    filled = {str(one) for decision in columns.values() for one in targets_of(decision)}
    if not {*LOGBOOK} <= {one.partition(".")[0] for one in filled}:
        return columns
    both = ([f"{table}.{what}" for table in LOGBOOK] for what in ("date", "commune"))
    lacking = {one: pair for pair in both for one in pair if len(filled & {*pair}) == 1}
    return {h: tuple(lacking.get(d[0], d)) if len(d) == 1 else d for h, d in columns.items()}


def _mark(texts: Sequence[str]) -> str:
    """What marks some rows of a column: a tick, or a day in few of them; empty where nothing does."""
    filled = [text for text in texts if text]
    if are_ticks(filled):
        return next(text for text in filled if text.casefold() in TICKS)
    alike = len({*filled}) == 1 or all(re.match(r"\d", text) for text in filled)
    return FILLED if filled and alike and len(filled) <= FEW_MARKS * len(texts) else ""

"""What is decided of every column and word of an export: what is sure, what was decided before, what must be asked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby

from rlpipeline.importing.cells import AGE, UNDATED, Asked, CellReader, month_first
from rlpipeline.importing.proposing import (
    NO_PLACE,
    PEOPLE,
    Context,
    Proposal,
    Proposals,
    note_identifiers,
    propose,
)
from rlpipeline.importing.pseudonyms import identifier_key, name_key, perhaps_several, persons_in
from rlpipeline.importing.reading import Block, on_one_line
from rlpipeline.importing.rules import (
    AGE_IN,
    BELOW,
    EARLIEST,
    FILLED,
    IGNORED,
    LATEST_YEAR,
    LEAVE_ROW,
    LEFT,
    LINES,
    OF_FILE,
    OF_YEAR,
    ONE,
    ORDER_OF,
    SEVERAL_IN,
    YEAR_OF,
    ImportRules,
    TableRule,
    Target,
    is_left_out,
    rule_for,
    target,
    targets_of,
)
from rlpipeline.importing.words import PERSON, meaning, own_word, telling_words
from rlpipeline.records.labels import words_of
from rlpipeline.records.names import nearest
from rlpipeline.records.schema import Column
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service

MOST_ASKED = 20
"""Unknown words of one column whose meaning is asked; of more of them, whether to leave all empty."""
LEFT_OUT = "Ces colonnes ne sont pas reconnues et ne rempliront rien. L'une d'elles dit-elle ce que le rapport compte ?"
STOP, MONTH_FIRST = "arrêter", "mois d'abord"
YES, NO = "oui", "non"
UNKNOWN = "NR"
"""The code of what is not known, where a column has one."""
OFTEN_EMPTY = 0.15
"""From this part of empty cells on, they most likely say what is above."""
ALL_EMPTY = "(toutes)"
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


@dataclass(frozen=True)
class Choice:
    """An answer, and the words that say it."""

    answer: str
    label: str


@dataclass(frozen=True)
class Question:
    """What only a person can say.

    Parameters
    ----------
    key
        Its name in a file of answers.
    text
        The question, in French.
    choices
        The answers proposed; the first is the default.
    together
        What is asked of all the words of one column at once, or of all the columns left out; empty for a question by
        itself.
    item
        What it is about among those asked together.
    """

    key: str
    text: str
    choices: tuple[Choice, ...]
    together: str = ""
    item: str = ""


def asked_together(questions: Iterable[Question]) -> list[list[Question]]:
    """Give the questions as people are asked them: the words of one column are one."""
    return [list(group) for _, group in groupby(questions, lambda one: one.together or one.key)]


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
    """

    block: Block
    rule: TableRule
    seen_before: bool
    months_first: frozenset[str] = frozenset()

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
    """

    tables: tuple[TablePlan, ...]
    values: Mapping[str, Mapping[str, str]]
    questions: tuple[Question, ...]
    changes: tuple[str, ...] = ()


def recognise(blocks: Sequence[Block], service: Service) -> list[Proposals]:
    """Recognise the columns, in two passes: identifiers recognised in one table are known in the others."""
    context = Context(service)
    alike = [_together(blocks, one) for one in blocks]
    for block in dict.fromkeys(alike):
        note_identifiers(block, propose(block, context).columns, context)
    proposals = {block: propose(block, context) for block in dict.fromkeys(alike)}
    return [proposals[block] for block in alike]


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
    return _Planning(blocks, proposals, service, rules, answers).plan()


@dataclass
class _Planning:
    blocks: Sequence[Block]
    proposals: Sequence[Proposals]
    service: Service
    rules: ImportRules
    answers: Mapping[str, str]
    questions: dict[str, Question] = field(default_factory=dict)
    reviewed: dict[str, Question] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    dated: dict[str, str] = field(default_factory=dict)
    same: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def plan(self) -> Plan:
        decided = [self._columns(*pair) for pair in zip(self.blocks, self.proposals, strict=True)]
        self._once(decided)
        of_educators = self._of_educators(decided)
        tables = []
        for block, one, columns in zip(self.blocks, self.proposals, decided, strict=True):
            rule = rule_for(self.rules, block.sheet, block.header)
            complements = dict(rule.complements) if rule else {}
            undecided = {(f"{IGNORED}à décider",)} & {*columns.values()}
            if not undecided and not any(key.startswith(f"colonne | {self._name(block)} |") for key in self.reviewed):
                complements |= self._complements(block, columns, complements, one.main)
            complements |= self._several(block, columns, complements, one.main)
            complements |= self._below(block, columns, complements)
            if of_educators and _lacks_educator(columns):
                complements["suivis.educateur"] = OF_FILE
            orders = dict(self._months(block, columns, complements))
            complements |= {f"{ORDER_OF}{header}": order for header, order in orders.items()}
            months = frozenset(header for header, order in orders.items() if order == MONTH_FIRST)
            written = {header: texts[0] if len(texts) == 1 else texts for header, texts in columns.items()}
            new_rule = TableRule(fichier=block.file, feuille=block.sheet, colonnes=written, complements=complements)
            tables.append(TablePlan(block, new_rule, rule is not None, months))
        values = self._values(tables)
        questions = (*self.questions.values(), *self.reviewed.values())
        return Plan(tuple(tables), values, questions, tuple(self.changes))

    def _ask(self, key: str, text: str, choices: Sequence[Choice], together: str = "", item: str = "") -> str | None:
        """The answer, None while there is none; an answer of no choice is one typed by hand."""
        if key in self.answers:
            return self.answers[key]
        asked = self.reviewed if together == LEFT_OUT else self.questions
        asked[key] = Question(key, text, tuple(choices), together, item)
        return None

    def _name(self, block: Block) -> str:
        """The name of a table, or of the first of those of the same layout, which are asked about once."""
        return next(one.name for one in self.blocks if {*one.header} == {*block.header})

    def _columns(self, block: Block, proposals: Proposals) -> dict[str, tuple[str, ...]]:
        rule = rule_for(self.rules, block.sheet, block.header)
        before = {h: (d,) if isinstance(d, str) else tuple(d) for h, d in rule.colonnes.items()} if rule else {}
        if rule is None and self._stays_hidden(block, proposals):
            return dict.fromkeys(block.header, (f"{IGNORED}feuille masquée",))
        gone = [header for header in before if header not in block.header]
        columns: dict[str, tuple[str, ...]] = {}
        for header in block.header:
            if header in before:
                columns[header] = before[header]
            elif rule:
                columns[header] = self._new_column(block, proposals.columns[header], before, gone)
            else:
                columns[header] = self._asked_column(block, proposals.columns[header])
                if columns[header] == (f"{IGNORED}{NO_PLACE}",) and any(block.column(header)):
                    columns[header] = self._reviewed_column(block, proposals, header)
        for header in gone:
            self._gone_column(block, header, before[header])
        return columns

    def _stays_hidden(self, block: Block, proposals: Proposals) -> bool:
        """Whether a hidden sheet that could fill something is left out, or it is asked."""
        if not block.hidden or all(is_left_out(one.decision[0]) for one in proposals.columns.values()):
            return False
        answer = self._ask(
            f"masquée | {self._name(block)}",
            f"{self._name(block)} : le classeur masque cette feuille de {len(block.rows)} lignes. La reprendre ?",
            [Choice(NO, "non : la laisser de côté"), Choice(YES, "oui : la reprendre comme les autres")],
        )
        return answer != YES

    def _asked_column(self, block: Block, one: Proposal, text: str = "", first: str = "") -> tuple[str, ...]:
        key = self._column_key(block, one)
        if one.sure and not text and key not in self.answers:
            return one.decision
        offered = dict.fromkeys([*([first] if first else []), " + ".join(one.decision), *one.others[:4]])
        if not any(offer.startswith(IGNORED) for offer in offered):
            offered[f"{IGNORED}{NO_PLACE}"] = None
        personal = any(choice.startswith(PERSON) for choice in (*one.decision, *one.others))
        sample = "" if personal else ", ".join(f"« {value} »" for value in _sample(block.column(one.header)))
        asked = text or f"{self._name(block)} : que contient la colonne « {one.header} » ?"
        answer = self._ask(
            key,
            f"{asked}{f' (par exemple {sample})' if sample else ''}",
            [Choice(offer, _described(offer)) for offer in offered],
        )
        if answer is None:
            return (f"{IGNORED}à décider",)
        if is_left_out(answer):
            return (answer if " : " in answer else f"{IGNORED}vous l'avez dit",)
        return tuple(str(target(part.strip())) for part in answer.split(" + "))

    def _column_key(self, block: Block, one: Proposal) -> str:
        """The key of a column's question: columns of one name that seem to say the same are asked about once."""
        return self.same.setdefault((one.header, one.decision), f"colonne | {self._name(block)} | {one.header}")

    def _reviewed_column(self, block: Block, proposals: Proposals, header: str) -> tuple[str, ...]:
        """A column that nothing recognises is shown with all those left out, and may be given its place."""
        filled = {text for one in proposals.columns.values() for text in one.decision}
        filled |= {f"{t.table}.{t.column}" for one in proposals.columns.values() for t in targets_of(one.decision)}
        tables = dict.fromkeys([*proposals.active, *(PEOPLE if proposals.main in PEOPLE else ())])
        columns = ((name, column.name) for name in tables for column in table_named(name).columns)
        places = [f"{name}.{column}" for name, column in columns if column != "id_jeune"]
        free = [one for one in (*proposals.columns[header].others, *places) if one not in filled]
        offered = dict.fromkeys([f"{IGNORED}{NO_PLACE}", *free])
        sample = _sample_of_nobody(block.column(header))
        answer = self._ask(
            self._column_key(block, proposals.columns[header]),
            f"{self._name(block)} : que contient la colonne « {header} »{sample} ?",
            [Choice(one, _described(one) if not is_left_out(one) else "laissée de côté") for one in offered],
            LEFT_OUT,
            f"« {header} »{sample}",
        )
        if answer is None or is_left_out(answer):
            return (answer or f"{IGNORED}{NO_PLACE}",)
        return tuple(str(target(part.strip())) for part in answer.split(" + "))

    def _new_column(
        self, block: Block, one: Proposal, before: Mapping[str, tuple[str, ...]], gone: Sequence[str]
    ) -> tuple[str, ...]:
        """A column that was not there the last time is asked about, even where its name says all."""
        near = nearest(one.header, gone)
        renamed = near or next((h for h in gone if set(before[h]) & set(one.decision)), None)
        text = f"{block.name} : la colonne « {one.header} » est nouvelle"
        text += f", « {renamed} » n'y est plus : est-ce la même ?" if renamed else " : que contient-elle ?"
        self._changed(f"{block.name} : colonne nouvelle, « {one.header} »")
        return self._asked_column(block, one, text, " + ".join(before[renamed]) if renamed else "")

    def _gone_column(self, block: Block, header: str, decision: tuple[str, ...]) -> None:
        self._changed(f"{block.name} : la colonne « {header} » n'y est plus")
        if is_left_out(decision[0]):
            return
        self._ask(
            f"disparue | {self._name(block)} | {header}",
            f"{block.name} : « {header} », qui remplissait {_described(' + '.join(decision))}, n'y est plus.",
            [Choice("continuer", "continuer sans elle"), Choice(STOP, "arrêter, pour revoir l'export")],
        )

    def _changed(self, text: str) -> None:
        if text not in self.changes:
            self.changes.append(text)

    def _once(self, decided: Sequence[dict[str, tuple[str, ...]]]) -> None:
        """What one table says of young people is not taken again from another that says less of the same."""
        counts = [sum(t.table == "jeunes" for d in columns.values() for t in targets_of(d)) for columns in decided]
        persons = [_persons(block, columns) for block, columns in zip(self.blocks, decided, strict=True)]
        home = max(range(len(counts)), key=lambda place: (counts[place], len(persons[place])), default=0)
        there = {str(t) for decision in decided[home].values() for t in targets_of(decision) if t.table == "jeunes"}
        for place, columns in enumerate(decided):
            if counts[place] == counts[home] or len(persons[place] & persons[home]) < 0.9 * len(persons[place]):
                continue
            for header, decision in columns.items():
                rest = tuple(text for text in decision if text not in there)
                if len(rest) < len(decision):
                    columns[header] = rest or (f"{IGNORED}déjà donnée par {self.blocks[home].name}",)

    def _of_educators(self, decided: Sequence[Mapping[str, tuple[str, ...]]]) -> bool:
        """Whether each file is that of the educator whose name it has, where no column says who it is."""
        if any(one.complements.get("suivis.educateur") == OF_FILE for one in self.rules.tableaux):
            return True
        files = {block.file for block, columns in zip(self.blocks, decided, strict=True) if _lacks_educator(columns)}
        names = [own_word(stem_of(file), map(stem_of, files - {file})) for file in sorted(files)]
        if len(names) < 2 or not all(names):
            return False
        answer = self._ask(
            "éducateurs | fichiers",
            f"Aucune colonne ne dit l'éducateur. Chaque fichier est-il celui d'un éducateur : {', '.join(names)} ?",
            [Choice(YES, "oui : l'écrire à chaque suivi"), Choice(NO, "non")],
        )
        return answer == YES

    # What no column says.

    def _complements(
        self, block: Block, columns: Mapping[str, tuple[str, ...]], before: Mapping[str, str], main: str
    ) -> dict[str, str]:
        filled = [t for decision in columns.values() for t in targets_of(decision) if t.table != PERSON]
        tables = [
            name
            for name in TABLE_NAMES
            if any(one.table == name and one.column not in ("id_suivi", "id_action") for one in filled)
            and _is_filled(name, filled, main)
        ]
        complements: dict[str, str] = {}
        for name in tables:
            covered = {one.column for one in filled if one.table == name} | {
                c for one in filled if one.table == name for c, _ in one.slot
            }
            for column in table_named(name).columns:
                place = f"{name}.{column.name}"
                if column.name in covered:
                    continue
                value = self._complement(block, name, column, columns, before.get(place))
                if value is not None:
                    complements[place] = value
        for header, decision in columns.items():
            for one in targets_of(decision):
                kind = "" if one.table == PERSON or not one.column else table_named(one.table).column(one.column).kind
                if kind in ("date", "birth"):
                    value = self._undated(block, header) if kind == "date" else self._aged(block, header)
                    if value is not None:
                        complements[f"{one.table}.{one.column}"] = value
        complements |= self._first_contacts(block, columns, before)
        said = any(str(one) == "actions.seances" for one in filled)
        if "actions" in tables and not said and self._sessions(block, columns):
            how = before.get("actions.seances") or self._asked_sessions(block)
            complements |= {"actions.seances": how} if how else {}
        return complements

    def _aged(self, block: Block, header: str) -> str | None:
        """The year in which young people had the ages of a column; None where it holds births, or while it is asked."""
        filled = [text for text in block.column(header) if text]
        if sum(bool(AGE.fullmatch(text)) for text in filled) <= 0.5 * len(filled):
            return None
        named = re.search(r"(?:\b20|/)(\d\d)\b(?!/)", header)
        year = f"20{named[1]}" if named else self._around(block, table_named("situations").column("annee"))
        year = year or self._ask(
            f"âges | {self._name(block)} | {header}",
            f"{self._name(block)} : à la fin de quelle année sont les âges de « {header} » ?",
            [Choice(one, one) for one in self._recent()],
        )
        return None if year is None else f"{AGE_IN}{year}"

    def _recent(self) -> list[str]:
        """The years that the exports speak of, the latest first."""
        years = {year for one in self.blocks for row in one.rows for text in row for year in _YEAR.findall(text)}
        return sorted(years, reverse=True)[:4] or [str(date.today().year - 1), str(date.today().year)]

    def _undated(self, block: Block, header: str) -> str | None:
        """The year of days that say none; None where all say it, or while it is asked."""
        if not any(UNDATED.fullmatch(text) for text in block.column(header)):
            return None
        year = self._around(block, table_named("situations").column("annee"))
        if year is None:
            year = self._ask(
                f"dates | {self._name(block)} | {header}",
                f"{self._name(block)} : de quelle année sont les dates de « {header} », qui n'en disent pas ?",
                [Choice(one, one) for one in self._recent()],
            )
        return None if year is None else f"{OF_YEAR}{year}"

    def _first_contacts(
        self, block: Block, columns: Mapping[str, tuple[str, ...]], before: Mapping[str, str]
    ) -> dict[str, str]:
        """What to write where the day of the first contact, which the records require, is empty or cannot be read."""
        place = "jeunes.premier_contact"
        if place in before:
            return {place: before[place]}
        reader = CellReader(
            ("jeunes", "premier_contact"), table_named("jeunes").column("premier_contact"), self.service, {}
        )
        for header in (h for h, decision in columns.items() if place in decision):
            read = [reader.read(text) if text else "" for text in block.column(header)]
            lacking = sum(not isinstance(one, str) or not one for one in read)
            if not lacking:
                break
            answer = self._ask(
                f"complément | {self._name(block)} | {place}",
                f"{self._name(block)} : « {header} » n'a pas de date lisible sur {lacking} des {len(read)} lignes, et "
                "les données en demandent une. Qu'y écrire ?",
                [
                    Choice("", "laisser vide : corriger l'export, ou « check » la demandera"),
                    Choice(EARLIEST, "la date du premier suivi de chacun"),
                ],
            )
            return {place: answer} if answer is not None else {}
        return {}

    def _asked_sessions(self, block: Block) -> str | None:
        return self._ask(
            f"complément | {self._name(block)} | actions.seances",
            f"{self._name(block)} : le même titre revient à plusieurs dates. Chaque ligne est-elle une séance ?",
            [
                Choice(LINES, "oui : réunir celles de même titre, commune et année, et les compter"),
                Choice(ONE, "non : chaque ligne est une action"),
            ],
        )

    def _sessions(self, block: Block, columns: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether a line is a session: its action comes back on others."""
        names = [h for h, d in columns.items() if {"actions.id_action", "actions.libelle"} & set(d)]
        dated = any("actions.annee" in d and _dated(block.column(h)) for h, d in columns.items())
        seen = Counter(tuple(block.column(h)[row] for h in names) for row in range(len(block.rows)))
        return dated and bool(names) and max(seen.values(), default=0) > 1

    def _complement(
        self, block: Block, table: str, column: Column, columns: Mapping[str, tuple[str, ...]], before: str | None
    ) -> str | None:
        """What is written in every row: what the sheet or the file says today, what was decided, what is answered."""
        if column.kind in ("year", "commune"):
            around = self._around(block, column)
            if around is not None:
                return around
        if before is not None and not (column.kind == "year" and _YEAR.fullmatch(before)):
            return before
        if column.nullable or column.kind in ("identifier", "text", "number", "birth", "territory"):
            return None
        if column.kind == "code" and (code := self._code_around(block, table, column)):
            return code
        choices = list(self._offers(block, table, column, columns))
        if not choices:
            return None
        if column.kind == "year":
            table = self.dated.setdefault(self._name(block), table)  # one year is that of all that the rows say
        label = table_named(table).label.lower()
        return self._ask(
            f"complément | {self._name(block)} | {table}.{column.name}",
            f"{self._name(block)} : aucune colonne ne dit « {column.name} » ({column.note}) des lignes de « {label} ». "
            "Que faut-il écrire partout ?",
            choices,
        )

    def _around(self, block: Block, column: Column) -> str | None:
        """The year or the commune that the sheet, the title or the file names."""
        for text in (block.sheet, block.title, block.file.rpartition(".")[0]):
            if column.kind == "year":
                years: set[str] = {*_YEAR.findall(text)}
                if len(years) == 1:
                    return years.pop()
            else:
                words = {*telling_words(text)}
                own = [one.code for one in self.service.communes if set(telling_words(one.nom)) <= words]
                if len(own) == 1:
                    return own[0]
        if column.kind == "commune" and column.required and len(self.service.communes) == 1:
            return self.service.communes[0].code
        return None

    def _code_around(self, block: Block, table: str, column: Column) -> str | None:
        codes = words_of(column, self.service)
        names = (block.sheet, block.title, block.file.rpartition(".")[0])
        return next(
            (code for text in names if text and (code := meaning(text, (table, column.name), codes).code)), None
        )

    def _offers(
        self, block: Block, table: str, column: Column, columns: Mapping[str, tuple[str, ...]]
    ) -> Iterator[Choice]:
        if column.kind == "code":
            met = any(one.table == "presences" for decision in columns.values() for one in targets_of(decision))
            first = {
                "activite": "presence_sociale" if met else None,
                "sexe": "NR",
                "unite": "presences" if self._sessions(block, columns) else "personnes",
            }.get(column.name)
            codes = words_of(column, self.service)
            for code in sorted(codes, key=lambda one: one != first):
                yield Choice(code, f"{code} ({codes[code]})")
        elif column.kind == "commune":
            yield from (Choice(one.code, f"{one.code} ({one.nom})") for one in self.service.communes)
        elif column.kind == "year":
            yield from self._years(block, columns)
        elif (table, column.name) == ("jeunes", "premier_contact"):
            yield Choice(EARLIEST, "la date du premier suivi de chacun")
        else:
            return
        yield Choice("", "laisser vide, et « check » le dira")

    def _years(self, block: Block, columns: Mapping[str, tuple[str, ...]]) -> Iterator[Choice]:
        """The latest year of the dates, then the year of each date column."""
        dated = dated_columns(columns)
        slots = {value for d in columns.values() for t in targets_of(d) for name, value in t.slot if name == "annee"}
        years = {str(year) for year in years_of(block, dated, self.service)} | slots
        if years:
            yield Choice(LATEST_YEAR, f"{max(years)}, la dernière année des dates (à chaque export, la sienne)")
        yield from (Choice(year, year) for year in sorted(years or self._recent(), reverse=True)[:3])
        yield from (Choice(f"{YEAR_OF}{h}", f"l'année de « {h} », ligne par ligne") for h in dated[:4])

    def _several(
        self, block: Block, columns: Mapping[str, tuple[str, ...]], before: Mapping[str, str], main: str
    ) -> dict[str, str]:
        """Whether the cells of a column name several young people, where some may: each has a row then."""
        answers = {}
        for header in (h for h, decision in columns.items() if {*decision} & (ONE_PERSON | {EDUCATOR})):
            texts = block.column(header)
            surely = any(len(persons_in(text)) > 1 for text in texts) or _come_back(texts)
            place = f"{SEVERAL_IN}{header}"
            if place in before or not (surely or any(map(perhaps_several, texts))):
                continue
            if surely and main == "presences":
                answers[place] = YES
                continue
            likely = surely or any(text.count(",") > 1 for text in texts)
            hours = ", avec les mêmes heures" if EDUCATOR in columns[header] else ""
            choices = [
                Choice(YES, f"oui : une ligne chacun{hours}"),
                Choice(NO, "non : chaque case en désigne un seul"),
            ]
            answer = self._ask(
                f"plusieurs | {self._name(block)} | {header}",
                f"{self._name(block)} : des cases de « {header} » ont une virgule, un point-virgule ou « et ». "
                "Désignent-elles plusieurs personnes ?",
                choices if likely else choices[::-1],
            )
            answers |= {place: answer} if answer is not None else {}
        return answers

    def _below(self, block: Block, columns: Mapping[str, tuple[str, ...]], before: Mapping[str, str]) -> dict[str, str]:
        """Whether cells are empty because they say what the cell above says, where what they say is required."""
        empty = {}
        for header, decision in columns.items():
            wanted = any(one.table == PERSON or (one.column and _is_wanted(one)) for one in targets_of(decision))
            texts = block.column(header)
            if wanted and texts and texts[0] and not all(texts) and f"{BELOW}{header}" not in before:
                empty[header] = sum(not text for text in texts) / len(texts)
        if not empty:
            return {}
        choices = [Choice(YES, "oui : la même chose"), Choice(NO, "non : on ne sait pas")]
        answer = self._ask(
            self.same.setdefault(("dessous", tuple(empty)), f"dessous | {self._name(block)}"),
            f"{self._name(block)} : des cases de {', '.join(f'« {h} »' for h in empty)} sont vides. Disent-elles la "
            "même chose que la case au-dessus ?",
            choices if max(empty.values()) >= OFTEN_EMPTY else choices[::-1],
        )
        return {} if answer is None else {f"{BELOW}{header}": answer for header in empty}

    # What words mean.

    def _months(
        self, block: Block, columns: Mapping[str, tuple[str, ...]], before: Mapping[str, str]
    ) -> Iterator[tuple[str, str]]:
        """Whether days or months come first, where it was decided or is asked; the next export may not show it."""
        for header, decision in columns.items():
            kinds = {
                table_named(t.table).column(t.column).kind
                for t in targets_of(decision)
                if t.table != PERSON and t.column
            }
            order = before.get(f"{ORDER_OF}{header}")
            if order is None and kinds & {"date", "birth"} and month_first(block.column(header)):
                order = self._ask(
                    f"ordre | {self._name(block)} | {header}",
                    f"{self._name(block)} : les dates de « {header} » semblent écrites mois d'abord. Le sont-elles ?",
                    [Choice(MONTH_FIRST, "oui, le mois d'abord"), Choice("jour d'abord", "non, le jour d'abord")],
                )
            if order is not None:
                yield header, order

    def _values(self, tables: Sequence[TablePlan]) -> Mapping[str, Mapping[str, str]]:
        values: dict[str, dict[str, str]] = defaultdict(dict)
        for place, words in self.rules.valeurs.items():
            values[place].update(words)
        unknown: dict[str, dict[str, Asked]] = defaultdict(dict)
        columns: dict[str, str] = {}
        for table in tables:
            for header, texts in table.targets():
                for text in texts:
                    one = target(text)
                    if one.table != PERSON and one.column:
                        place = f"{one.table}.{one.column}"
                        asked = self._unknown(table, header, one.table, one.column, values[place])
                        unknown[place].update(asked)
                        if asked:
                            columns.setdefault(place, f"{self._name(table.block)}, colonne « {header} »")
        for place, words_of_place in unknown.items():
            values[place].update(self._asked_words(place, words_of_place, columns.get(place, "")))
        return {place: words for place, words in values.items() if words}

    def _unknown(
        self, table: TablePlan, header: str, name: str, column: str, meanings: Mapping[str, str]
    ) -> Mapping[str, Asked]:
        reader = CellReader((name, column), table_named(name).column(column), self.service, meanings)
        unknown: dict[str, Asked] = {}
        for text in dict.fromkeys(filter(None, table.block.column(header))):
            for part in parts_of(text, reader):
                read = reader.read(part)
                if isinstance(read, Asked):
                    unknown[part.replace("\n", " ")] = read
        return unknown

    def _asked_words(self, place: str, words: Mapping[str, Asked], where: str) -> Mapping[str, str]:
        table, _, name = place.partition(".")
        column = table_named(table).column(name)
        if len(words) > MOST_ASKED:
            listed = ", ".join(f"« {word} »" for word in list(words)[:12])
            answer = self._ask(
                f"valeurs | {place} | {ALL_EMPTY}",
                f"{where} : {len(words)} mots ne disent rien de « {place} » ({column.note}) : {listed}… "
                "Les laisser vides ?",
                [
                    Choice("", "oui, les laisser vides ; chacun est nommé"),
                    Choice(STOP, "non : arrêter, pour les écrire dans import.yml"),
                ],
            )
            return dict.fromkeys(words, "") if answer == "" else {}
        meanings = {}
        for word, asked in words.items():
            answer = self._ask(
                f"valeur | {place} | {word}",
                f"{where} : que veut dire « {word} », dans « {place} » ({column.note}) ?",
                list(self._meanings(column, asked)),
                f"{where} : que veulent dire ces mots, dans « {place} » ({column.note}) ?",
                f"« {word} »",
            )
            if answer is not None:
                meanings[word] = answer
        return meanings

    def _meanings(self, column: Column, asked: Asked) -> Iterator[Choice]:
        if column.kind in ("commune", "territory"):
            codes: Mapping[str, str] = {one.code: one.nom for one in self.service.communes} | {
                "hors": "hors des communes du service"
            }
        else:
            codes = words_of(column, self.service)
        likely = asked.nearest or (UNKNOWN if UNKNOWN in codes else None)
        nothing = Choice("", "laisser vide" if column.nullable else "laisser vide, et « check » la demandera")
        if likely is None:
            yield nothing
        for code in sorted(codes, key=lambda one: one != likely):
            yield Choice(code, f"{code} ({codes[code]})")
        if likely is not None and UNKNOWN not in codes:
            yield nothing
        if not column.nullable and column.kind == "code":
            yield Choice(LEAVE_ROW, "laisser de côté les lignes qui l'ont")


def parts_of(text: str, reader: CellReader) -> list[str]:
    """The words of a cell that holds several, « Addiction ; Logement »; the cell itself where it holds one."""
    if reader.place not in MANY or isinstance(reader.read(text), str):
        return [text]
    return [part.strip() for part in re.split(r"[;,|+\n]|(?<=\w)\s*/\s*(?=\w)", text) if part.strip()] or [text]


EDUCATOR = "temps.educateur"
ONE_PERSON = frozenset(f"{PERSON}.{what}" for what in ("identifiant", "nom_complet", "nom"))
MANY = (("problematiques", "problematique"), ("co_accompagnements", "partenaire"), ("orientations", "domaine"))
"""Columns whose cell may hold several codes, each a row."""


def stem_of(file: str) -> str:
    """Give the name of a file without its ending."""
    return file.rpartition(".")[0]


def _lacks_educator(columns: Mapping[str, tuple[str, ...]]) -> bool:
    filled = [one for decision in columns.values() for one in targets_of(decision) if one.table == "suivis"]
    return bool(filled) and not any(one.column == "educateur" for one in filled)


def _is_wanted(one: Target) -> bool:
    column = table_named(one.table).column(one.column)
    return one.table not in PEOPLE and not column.nullable and column.kind not in ("number", "date")


def _come_back(texts: Sequence[str]) -> bool:
    """Whether what commas separate comes back in other cells: « Karim, Solène », « Solène »."""
    parts = Counter(part.strip() for text in {*texts} for part in text.split(","))
    return any("," in text for text in texts) and sum(n > 1 for n in parts.values()) > len(parts) / 2


def _persons(block: Block, columns: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Whom the rows of a table are about, by their identifier, else by their name."""
    by_target = {text: header for header, decision in columns.items() for text in decision}
    if "personne.identifiant" in by_target:
        return {identifier_key(text) for text in block.column(by_target["personne.identifiant"]) if text}
    names = [by_target[text] for text in by_target if text.startswith("personne.")]
    return {name_key(*texts) for texts in zip(*map(block.column, names), strict=True)} if names else set()


def dated_columns(columns: Mapping[str, str | tuple[str, ...]]) -> list[str]:
    """The columns that hold the days of what was done: neither births nor first contacts."""
    dated = []
    for header, decision in columns.items():
        own = [t for t in targets_of(decision) if t.table not in (PERSON, "jeunes") and t.column]
        if "date" in {table_named(one.table).column(one.column).kind for one in own}:
            dated.append(header)
    return dated


def years_of(block: Block, headers: Sequence[str], service: Service) -> set[int]:
    """The years of the days of some columns."""
    reader = CellReader(("suivis", "date_debut"), table_named("suivis").column("date_debut"), service, {})
    read = (reader.read(text) for h in headers if h in block.header for text in set(block.column(h)) if text)
    return {int(day[:4]) for day in read if isinstance(day, str) and day}


def _is_filled(table: str, filled: Sequence[object], main: str) -> bool:
    """Whether what no column says of a table is worth asking: its rows begin here."""
    return table != "jeunes" or main == "jeunes" or sum(getattr(one, "table", "") == "jeunes" for one in filled) >= 3


def _dated(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    return bool(filled) and not all(_YEAR.fullmatch(text) for text in filled)


def _sample(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, on_one_line(texts))))[:4]


def _sample_of_nobody(texts: Sequence[str]) -> str:
    """Some cells, where they come back or have no letter: others might be names."""
    filled = [text for text in on_one_line(texts) if text]
    again = 2 * len({*filled}) <= len(filled) or not any(re.search(r"[^\W\d_]{2}", text) for text in filled)
    return f" (par exemple {', '.join(f'« {one} »' for one in _sample(filled)[:3])})" if again else ""


def _described(offer: str) -> str:
    """An answer in words."""
    if is_left_out(offer):
        if offer.startswith(LEFT):
            if offer == f"{LEFT}{FILLED}":
                return "laisser de côté les lignes où elle est remplie"
            return f"laisser de côté les lignes où elle dit « {offer.removeprefix(LEFT)} »"
        return f"rien, la laisser de côté ({offer.partition(' : ')[2] or 'ignorée'})"
    return " et ".join(_target_words(part.strip()) for part in offer.split(" + "))


def _target_words(text: str) -> str:
    one = target(text)
    if one.table == PERSON:
        words = {"identifiant": "l'identifiant du jeune", "nom": "le nom du jeune", "prenom": "le prénom du jeune"}
        return f"{text} ({words.get(one.column, 'le nom et le prénom du jeune')}, remplacé par un pseudonyme)"
    table = table_named(one.table)
    return f"{text} ({table.label}{f' : {table.column(one.column).note}' if one.column else ''})"

"""Questions answered: in a terminal, from a file of answers, or in a notebook; the same plan behind them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.importing.blocks import Block
from rlpipeline.importing.filled import Filled
from rlpipeline.importing.filling import fill
from rlpipeline.importing.lookups import with_words
from rlpipeline.importing.planning import Plan, about_key, make_plan, recognise
from rlpipeline.importing.proposing import Proposals
from rlpipeline.importing.pseudonyms import KEY, Pseudonyms, read_key
from rlpipeline.importing.questions import STOP, Question, by_kind, by_place, every_column
from rlpipeline.importing.reading import Read, read_exports
from rlpipeline.importing.rules import FILE, LOOKUP, ImportRules, TableRule, read_rules, rules_text, with_tables
from rlpipeline.importing.telling import counted
from rlpipeline.importing.writing import Written, refuse_database, write
from rlpipeline.records.tables import TABLE_NAMES, TABLES
from rlpipeline.settings import strict_yaml
from rlpipeline.settings.models import Service
from rlpipeline.settings.project import Project


@dataclass
class Import:
    """An import under way: the exports read, what was decided before, and the answers so far.

    Parameters
    ----------
    service, rules
        The settings, and what former imports decided.
    read
        The exports.
    answers
        Key of a question to its answer.
    """

    service: Service
    rules: ImportRules
    read: Read
    answers: dict[str, str]
    _recognised: tuple[Mapping[str, str], list[Proposals]] | None = None

    def recognised(self) -> list[tuple[Block, Proposals]]:
        """Each table, and what its columns most likely fill, made anew where somebody said what a table is about."""
        about = {key: answer for key, answer in self.answers.items() if key.startswith(about_key(""))}
        if self._recognised is None or self._recognised[0] != about:
            self._recognised = about, recognise(self.tables[0], self.service, about)
        return list(zip(self.tables[0], self._recognised[1], strict=True))

    @cached_property
    def tables(self) -> tuple[list[Block], dict[str, dict[str, str]]]:
        """The tables that hold records, keys replaced by their words, and how those columns are read."""
        return with_words(self.read.blocks)

    @property
    def aside(self) -> list[str]:
        """What gives no rows: files that are not read, and lists whose words stand in the place of their codes."""
        lists = [f"{one.name}, {counted(len(one.rows), 'ligne')}" for one in self._lists]
        read_as = "Lu comme une liste de codes, que ses mots remplacent"
        return [*(f"Pas lu : {one}" for one in self.read.unread), *(f"{read_as} : {one}" for one in lists)]

    @property
    def _lists(self) -> list[Block]:
        left = {block.place for block in self.tables[0]}
        return [one for one in self.read.blocks if one.place not in left]

    def plan(self) -> Plan:
        """Decide all that the answers allow.

        Raises
        ------
        UsageError
            An answer asks to stop.
        SettingsError
            An answer names no column of the records.
        """
        stopped = next((key for key, answer in self.answers.items() if answer == STOP), None)
        if stopped:
            raise UsageError("Import arrêté, comme demandé : rien n'est écrit.", where=stopped)
        return make_plan(self.recognised(), self.service, self.rules, self.answers)

    def fill(self, plan: Plan, key: bytes) -> Filled:
        """Give the rows of the records."""
        return fill(plan, self.service, Pseudonyms(key), self.rules)

    def decided(self, plan: Plan) -> ImportRules:
        """Give the rules to keep for the next export."""
        lookups = [
            TableRule(fichier=one.file, feuille=one.sheet, colonnes=dict.fromkeys(one.header, f"{LOOKUP}mots de clés"))
            for one in self._lists
        ]
        return with_tables(self.rules, [*(one.rule for one in plan.tables), *lookups], plan.values)


def open_import(
    places: Sequence[Path], service: Service, root: Path, answers: Mapping[str, str], source: Path | None = None
) -> Import:
    """Read the exports, and what was decided before.

    Parameters
    ----------
    source
        Where the service's records are, which no export is.

    Raises
    ------
    UsageError, DataError, SettingsError
        Files are missing or damaged; ``import.yml`` breaks its model; records were imported whose key is lost.
    """
    rules = read_rules(root)
    if rules.tableaux and read_key(root) is None:
        raise SettingsError(
            "La clé des pseudonymes n'est plus là : chaque jeune changerait de pseudonyme.",
            where=str(root / KEY),
            expected="le fichier écrit au premier import",
            todo=f"le reprendre d'une sauvegarde ; s'il est perdu, effacer {FILE} et les données, et tout importer",
        )
    return Import(service, rules, read_exports(places, source), dict(answers))


def answered(under_way: Import, ask: Callable[[Sequence[Question]], Mapping[str, str]] | None) -> Plan:
    """Ask until nothing is left to ask; without anyone to ask, give the plan with its questions."""
    plan = under_way.plan()
    while plan.questions and ask is not None:
        under_way.answers.update(ask(by_kind(plan.questions)[0]))  # what comes next depends on it
        plan = under_way.plan()
    return plan


def finish(under_way: Import, plan: Plan, project: Project, now: datetime) -> tuple[Filled, Written]:
    """Write the tables and the rules.

    Raises
    ------
    UsageError, ToolError, DataError, SettingsError
        As ``writing.write``; the key cannot be read.
    """
    refuse_database(project)
    key = read_key(project.root, create=True)
    assert key is not None
    filled = under_way.fill(plan, key)
    if not any(filled.tables.values()):
        raise UsageError(
            "Rien de ces fichiers ne remplit les données : rien n'est écrit.",
            expected=f"au moins l'une des tables {', '.join(table.name for table in TABLES)}",
            todo="revoir les réponses, ou donner d'autres fichiers",
        )
    rules = rules_text(under_way.decided(plan))
    return filled, write(filled, project, under_way.service, rules, now)


def ask_in_terminal(
    questions: Sequence[Question], read: Callable[[str], str], write_line: Callable[[str], object]
) -> Mapping[str, str]:
    """Show questions of one kind, with what each would be answered; Enter accepts all, a number changes one."""
    write_line(f"\n{questions[0].kind}\n")
    if len(questions) == 1:
        return {questions[0].key: _one_answer(questions[0], read, write_line)}
    places = by_place(questions)
    listed = [one for several in places.values() for one in several]
    answers = {one.key: one.choices[0].answer for one in listed}
    ranks = itertools.count(1)
    for where, several in places.items():
        write_line(f"  {where}\n" if where else "")
        for one in several:
            write_line(_line(next(ranks), one, answers))
    prompt = "Entrée pour tout accepter, ou le numéro de ce qui est à changer : "
    while typed := read(prompt).strip():
        if rank := _rank(typed, len(listed), write_line):
            one = listed[rank - 1]
            answers[one.key] = _one_answer(one, read, write_line)
            write_line(_line(rank, one, answers))
            prompt = "Entrée si tout le reste est juste, ou un autre numéro : "
    return answers


def _line(rank: int, one: Question, answers: Mapping[str, str]) -> str:
    return f"  {rank:>3}. {one.item or one.text} → {one.label_of(answers[one.key])}\n"


def reread_in_terminal(
    plan: Plan, read: Callable[[str], str], write_line: Callable[[str], object]
) -> Mapping[str, str]:
    """Let any column or word be read otherwise, however sure its reading was; empty once nothing is to change."""
    listed: Sequence[Question] = ()
    prompt = "Une colonne ou un mot à lire autrement ? Son nom, ou Entrée pour importer : "
    while typed := read(prompt).strip():
        named = [one for one in plan.every if typed.casefold() in one.key.rpartition(" | ")[2].casefold()]
        if typed.isdecimal() and 1 <= int(typed) <= len(listed):
            named = [listed[int(typed) - 1]]
        if len(named) == 1:
            return {named[0].key: _one_answer(named[0], read, write_line)}
        listed = named or plan.every
        lines = "".join(f"  {rank}. {one.where}, {one.item}\n" for rank, one in enumerate(listed, 1))
        write_line(f"{'Plusieurs ont ce nom' if named else 'Rien ne porte ce nom'} :\n{lines}")
        prompt = "Son numéro, un autre nom, ou Entrée pour importer : "
    return {}


def _one_answer(question: Question, read: Callable[[str], str], write_line: Callable[[str], object]) -> str:
    write_line(f"\n{question.alone}\n")
    for rank, choice in enumerate(question.choices, 1):
        write_line(f"  {rank}. {choice.label}{' (par défaut)' if rank == 1 else ''}\n")
    if question.of_column:
        write_line("  Ou une autre colonne des données : un mot de son nom, « quartier » par exemple.\n")
    while True:
        typed = read("Votre choix : ").strip()
        if question.of_column and typed and not typed.isdecimal():
            near = [one for one in every_column() if typed.casefold() in one.label.casefold()]
            short = "" if typed in TABLE_NAMES else typed
            exact = [one.answer for one in near if one.answer in (typed, f"{one.answer.partition('.')[0]}.{short}")]
            if len(exact) == 1 or len(near) == 1:
                return exact[0] if len(exact) == 1 else near[0].answer
            listed = "".join(f"  {one.label}\n" for one in near)
            write_line(f"Écrire l'un de ces noms en entier :\n{listed}" if near else "Aucune colonne n'a ce mot.\n")
            continue
        rank = _rank(typed, len(question.choices), write_line) if typed else 1
        if rank:
            return question.choices[rank - 1].answer


def _rank(typed: str, last: int, write_line: Callable[[str], object]) -> int:
    """The number typed; 0 where it is none of those shown."""
    if typed.isdecimal() and 1 <= int(typed) <= last:
        return int(typed)
    write_line(f"Un nombre de 1 à {last}, ou Entrée.\n")
    return 0


def read_answers(path: Path) -> Mapping[str, str]:
    """Read a file of answers, as ``import`` prints it.

    Raises
    ------
    SettingsError
        It is not YAML, or holds something else than texts.
    """
    try:
        values = strict_yaml.parse(path.read_text(encoding="utf-8-sig")) or {}
    except OSError as error:
        raise SettingsError("Fichier de réponses illisible.", str(path), got=error.strerror) from error
    except Exception as error:
        raise SettingsError(
            "Le fichier de réponses n'est pas du YAML correct.",
            str(path),
            todo="le reprendre tel qu'« import » l'affiche",
        ) from error
    if not isinstance(values, dict):
        raise SettingsError(
            "Le fichier de réponses ne contient pas de clés.", str(path), expected='des lignes "question": "réponse"'
        )
    return {str(key): "" if value is None else str(value) for key, value in values.items()}

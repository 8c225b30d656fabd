"""What only a person can say: questions, the answers so far, and how those of one kind are asked together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rlpipeline.importing.blocks import on_one_line
from rlpipeline.importing.fitting import kind_of
from rlpipeline.importing.rules import FILLED, LEFT, REFUSED, is_left_out, target, targets_of
from rlpipeline.importing.words import PERSON
from rlpipeline.records.tables import TABLES, table_named

STOP = "arrêter"
YES, NO = "oui", "non"
ABOUT = "De quoi parlent ces tableaux ?"
CHANGED = "Cet export n'est plus fait comme le précédent."
INFERRED = "Ces lectures sont déduites : aucune colonne ne les dit sous ce nom. Sont-elles justes ?"
LEFT_OUT = "Ces colonnes ne rempliront rien. L'une d'elles dit-elle ce que le rapport compte ?"
MISSING = "Voici ce que les colonnes ne disent pas, et ce qui sera supposé. Est-ce juste ?"
WORDS = "Que veulent dire ces mots ?"
KINDS = (ABOUT, CHANGED, INFERRED, LEFT_OUT, MISSING, WORDS)
"""Of questions, in the order in which they are asked: those of a kind together, which Enter accepts all at once."""


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
    kind
        One of ``KINDS``.
    where
        The table that it is about, or the column of words; empty where it is about several.
    text
        The question, in French.
    choices
        The answers proposed; the first is the default.
    item
        What it is about among those of its kind and place; the question itself where it is empty.
    of_column
        Whether any column of the records is an answer, besides the choices.
    """

    key: str
    kind: str
    where: str
    text: str
    choices: tuple[Choice, ...]
    item: str = ""
    of_column: bool = False

    @property
    def alone(self) -> str:
        """The question where nothing stands above it."""
        return f"{self.where} : {self.text}" if self.where else self.text[:1].upper() + self.text[1:]

    def label_of(self, answer: str) -> str:
        """Say an answer."""
        return next((one.label for one in self.every_choice() if one.answer == answer), answer)

    def every_choice(self) -> tuple[Choice, ...]:
        """The answers proposed, then every other column of the records."""
        if not self.of_column:
            return self.choices
        offered = {choice.answer for choice in self.choices}
        return (*self.choices, *(one for one in every_column() if one.answer not in offered))


def every_column() -> Iterator[Choice]:
    """What a column of an export may fill: what names a young person, then every column of every table."""
    for what in ("identifiant", "nom", "prenom", "nom_complet"):
        yield described(f"{PERSON}.{what}")
    for table in TABLES:
        yield from (described(f"{table.name}.{name}") for name in table.column_names if name != "id_jeune")


def by_kind(questions: Iterable[Question]) -> list[list[Question]]:
    """Give the questions as people are asked them, those of a kind together."""
    return [list(group) for _, group in groupby(questions, lambda one: one.kind)]


def by_place(questions: Sequence[Question]) -> dict[str, list[Question]]:
    """Give questions of one kind by what they are about."""
    places: dict[str, list[Question]] = {}
    for one in questions:
        places.setdefault(one.where, []).append(one)
    return places


@dataclass
class Asking:
    """The answers so far, and what is still to ask."""

    answers: Mapping[str, str]
    asked: dict[str, Question] = field(default_factory=dict)

    def ask(
        self, key: str, where: str, text: str, choices: Sequence[Choice], kind: str = MISSING, item: str = ""
    ) -> str | None:
        """Give the answer; None while there is none."""
        return self.put(Question(key, kind, where, text, tuple(choices), item))

    def put(self, question: Question) -> str | None:
        """Ask a question; what is asked again under the same key is the same question."""
        if question.key in self.answers:
            return self.answers[question.key]
        self.asked.setdefault(question.key, question)
        return None

    def questions(self) -> tuple[Question, ...]:
        """What is left to ask; while it is not sure what a table is about, nothing else."""
        first = [one for one in self.asked.values() if one.kind == ABOUT]
        return tuple(first or sorted(self.asked.values(), key=lambda one: KINDS.index(one.kind)))


def described(answer: str) -> Choice:
    """Say what a column would fill, or why it is left out."""
    return Choice(answer, decision_words(answer))


def decision_words(decision: str) -> str:
    """Give a decision in words."""
    if not is_left_out(decision):
        return " et ".join(_target_words(part.strip()) for part in decision.split(" + "))
    if not decision.startswith(LEFT):
        return f"rien, la laisser de côté ({decision.partition(' : ')[2] or 'ignorée'})"
    if decision == f"{LEFT}{FILLED}":
        return "laisser de côté les lignes où elle est remplie"
    return f"laisser de côté les lignes où elle dit « {decision.removeprefix(LEFT)} »"


def _target_words(text: str) -> str:
    one = target(text)
    if one.table == PERSON:
        words = {"identifiant": "l'identifiant du jeune", "nom": "le nom du jeune", "prenom": "le prénom du jeune"}
        return f"{text} ({words.get(one.column, 'le nom et le prénom du jeune')}, remplacé par un pseudonyme)"
    table = table_named(one.table)
    return f"{text} ({table.label}{f' : {table.column(one.column).note}' if one.column else ''})"


def come_back(texts: Sequence[str]) -> bool:
    """Whether cells say the same few things again."""
    filled = [text for text in texts if text]
    return 2 * len({*filled}) <= len(filled)


def sample_of_nobody(texts: Sequence[str], decision: tuple[str, ...]) -> str:
    """Show some cells, where they come back or have no letter: others might be names."""
    filled = [text for text in on_one_line(texts) if text]
    typed = any(kind_of((one.table, one.column)) not in ("", "text", "identifier") for one in targets_of(decision))
    bare = not any(re.search(r"[^\W\d_]{2}", text) for text in filled)
    if decision[0].startswith(REFUSED) or not filled or not (typed or bare or come_back(filled)):
        return ""
    return f" (par exemple {', '.join(f'« {one} »' for one in list(dict.fromkeys(filled))[:3])})"

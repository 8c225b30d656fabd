"""What the words of an export mean, and whether days or months come first in its dates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rlpipeline.importing.blocks import Block
from rlpipeline.importing.cells import UNKNOWN, Asked, CellReader, month_first
from rlpipeline.importing.fitting import MANY, kind_of
from rlpipeline.importing.questions import STOP, WORDS, Asking, Choice, Question
from rlpipeline.importing.rules import LEAVE_ROW, ORDER_OF, Target, targets_of
from rlpipeline.records.labels import words_of
from rlpipeline.records.schema import Column
from rlpipeline.records.tables import table_named
from rlpipeline.settings.models import Service

MOST_ASKED = 20
"""Unknown words of one column whose meaning is asked; of more of them, whether to leave all empty."""
MONTH_FIRST = "mois d'abord"
ALL_EMPTY = "(toutes)"


def parts_of(text: str, reader: CellReader) -> list[str]:
    """The words of a cell that holds several, « Addiction ; Logement »; the cell itself where it holds one."""
    if reader.place not in MANY or isinstance(reader.read(text), str):
        return [text]
    between = r";#?|[|\n]" if re.search(r"[;|\n]", text) else r"[,+]|(?<=\w)\s*/\s*(?=\w)"
    return [part.strip() for part in re.split(between, text) if part.strip()] or [text]


def order_of_dates(
    name: str, block: Block, columns: Mapping[str, tuple[str, ...]], before: Mapping[str, str], asking: Asking
) -> dict[str, str]:
    """Whether days or months come first in each column, where it was decided or is asked.

    A table whose dates show the month first in one column is asked about once for all that do not show the contrary;
    the next export may not show it.
    """
    dated = [h for h, decision in columns.items() if any(_is_day(one) for one in targets_of(decision))]
    orders = {h: before[f"{ORDER_OF}{h}"] for h in dated if f"{ORDER_OF}{h}" in before}
    shown = {h: month_first(block.column(h)) for h in dated if h not in orders}
    if not any(shown.values()):
        return orders
    several = [h for h, first in shown.items() if first is not False]
    headers = ", ".join(f"« {header} »" for header in several)
    answer = asking.ask(
        f"ordre | {name} | {several[0]}",
        name,
        f"les dates de {headers} semblent écrites mois d'abord. Le sont-elles ?",
        [Choice(MONTH_FIRST, "oui, le mois d'abord"), Choice("jour d'abord", "non, le jour d'abord")],
    )
    return orders | (dict.fromkeys(several, answer) if answer is not None else {})


def _is_day(one: Target) -> bool:
    return kind_of((one.table, one.column)) in ("date", "birth")


@dataclass
class Meanings:
    """The words of every column that holds codes or communes, and what somebody said that they mean.

    Parameters
    ----------
    decided
        ``table.colonne`` to words and their codes, as former imports had them.
    known
        A question for each word whose code is known, for whoever wants it read otherwise.
    """

    service: Service
    asking: Asking
    decided: Mapping[str, Mapping[str, str]]
    known: dict[str, Question] = field(default_factory=dict)
    _otherwise: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    _unknown: dict[str, dict[str, Asked]] = field(default_factory=lambda: defaultdict(dict))
    _where: dict[str, str] = field(default_factory=dict)
    _first: dict[tuple[str, str], str] = field(default_factory=dict)
    _alike: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def note(self, name: str, header: str, texts: Sequence[str], one: Target) -> Mapping[str, str]:
        """Note the words of a column that nothing says the meaning of; give those translated, with their codes."""
        place = f"{one.table}.{one.column}"
        if kind_of((one.table, one.column)) == "commune":  # one column may say where several things were
            first = self._first.setdefault((name, header), place)
            self._alike[first][place] = None
            place = first
        reader = self._reader(one)
        words = [part for text in dict.fromkeys(filter(None, texts)) for part in parts_of(text, reader)]
        asked = {word.replace("\n", " "): read for word in words if isinstance(read := reader.read(word), Asked)}
        self._unknown[place].update(asked)
        where = f"{name}, colonne « {header} », qui remplit « {place} » ({reader.column.note})"
        if asked:
            self._where.setdefault(place, where)
        translated = {}
        for word in words:
            code = reader.read(word)
            if isinstance(code, str) and (word in reader.answers or reader.translates(word, code)):
                question = self._question(place, where, word, code)
                self.known.setdefault(question.key, question)
                if question.key in self.asking.answers:
                    self._otherwise[place][word] = self.asking.answers[question.key]
                elif word not in reader.answers:
                    translated[word] = code
        return translated

    def _reader(self, one: Target) -> CellReader:
        place = one.table, one.column
        decided = self.decided.get(".".join(place), {})
        return CellReader(place, table_named(one.table).column(one.column), self.service, decided)

    def values(self) -> Mapping[str, Mapping[str, str]]:
        """Give ``table.colonne`` to its words and their codes, as people said today or before."""
        values = {place: dict(words) for place, words in self.decided.items()}
        for place in dict.fromkeys([*self._unknown, *self._otherwise]):
            answers = {**self._answers(place, self._unknown[place]), **self._otherwise[place]}
            for one in (place, *self._alike[place]):
                values.setdefault(one, {}).update(answers)
        return {place: words for place, words in values.items() if words}

    def _answers(self, place: str, words: Mapping[str, Asked]) -> Mapping[str, str]:
        where = self._where.get(place, "")
        if len(words) > MOST_ASKED:
            listed = ", ".join(f"« {word} »" for word in list(words)[:12])
            answer = self.asking.ask(
                f"valeurs | {place} | {ALL_EMPTY}",
                where,
                f"{len(words)} mots n'en disent rien : {listed}… Les laisser vides ?",
                [
                    Choice("", "oui, les laisser vides ; chacun est nommé"),
                    Choice(STOP, "non : arrêter, pour les écrire dans import.yml"),
                ],
                WORDS,
            )
            return dict.fromkeys(words, "") if answer == "" else {}
        meanings = {}
        for word, asked in words.items():
            answer = self.asking.put(self._question(place, where, word, asked.nearest))
            if answer is not None:
                meanings[word] = answer
        return meanings

    def _question(self, place: str, where: str, word: str, likely: str | None) -> Question:
        table, _, name = place.partition(".")
        choices = tuple(self._choices(table_named(table).column(name), likely))
        return Question(
            f"valeur | {place} | {word}", WORDS, where, f"que veut dire « {word} » ?", choices, f"« {word} »"
        )

    def _choices(self, column: Column, likely: str | None) -> Iterator[Choice]:
        if column.kind in ("commune", "territory"):
            codes: Mapping[str, str] = {one.code: one.nom for one in self.service.communes} | {
                "hors": "hors des communes du service"
            }
        else:
            codes = words_of(column, self.service)
        likely = likely or (UNKNOWN if UNKNOWN in codes else None)
        nothing = Choice("", "laisser vide" if column.nullable else "laisser vide, et « check » la demandera")
        if likely is None:
            yield nothing
        for code in sorted(codes, key=lambda one: one != likely):
            yield Choice(code, f"{code} ({codes[code]})")
        if likely is not None and UNKNOWN not in codes:
            yield nothing
        if not column.nullable and column.kind == "code":
            yield Choice(LEAVE_ROW, "laisser de côté les lignes qui l'ont")

"""What somebody is shown of the edition to share, what is asked, and what is noted of the answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from rlpipeline.pipeline.proofreading import (
    LEFT_OUT,
    OTHER,
    READ,
    TEXT,
    Passage,
    note_readings,
    read_proofread,
)

PROMPT = "[l] lu   [r] réécrire   [n] ne pas diffuser   (suivi de numéros : n 2 ; sans numéro : tout)   [q] arrêter > "
FIRST = "À regarder d'abord"
AS_IT_IS, REWRITTEN, OMITTED, STOP = "l", "r", "n", "q"
"""What may be answered of passages: read as they are, to be rewritten, to be left out; and to stop."""


class ReadingDialogue:
    """Who reads, and what is shown and noted; without a name, nothing is."""

    def __init__(self, params: Path, year: int, name: str, threshold: int) -> None:
        self._params, self._year, self._name, self._threshold = params, year, name, threshold
        self._proofread = read_proofread(params, year, create=bool(name))
        self._built_again = False
        self._decided = set[tuple[str, str]]()

    def list_all(self, unread: Sequence[Passage]) -> None:
        """Show what is left, and ask nothing."""
        for title, group in self._groups(unread):
            sys.stdout.write(f"{title}\n")
            for passage in group:
                self._show(passage)

    def ask_all(self, unread: Sequence[Passage]) -> None:
        """Ask of each group until nothing of it is left, or the reader stops; each answer is noted at once."""
        for title, group in self._groups(unread):
            if not self._ask_group(title, group):
                return
        if self._built_again:
            sys.stdout.write(
                "Refaire le rapport avec « rlpipeline build », puis relire ce qui aura changé.\n"
            )

    def _ask_group(self, title: str, group: Sequence[Passage]) -> bool:
        """Ask of a group until nothing of it is left; False where the reader stops."""
        left = [passage for passage in group if passage.place_and_words not in self._decided]
        while left:
            sys.stdout.write(f"\n{title}\n")
            for rank, passage in enumerate(left, 1):
                self._show(passage, rank)
            word, numbers = _asked()
            if word == STOP:
                return False
            if not _is_understood(word, numbers, len(left)):
                sys.stdout.write("Réponse non comprise.\n")
                continue
            some = [left[int(rank) - 1] for rank in numbers] or left
            self._decide(word, some)
            left = [passage for passage in left if passage not in some]
        return True

    def _decide(self, word: str, some: Sequence[Passage]) -> None:
        """Note an answer about some passages: one that is not read as it is changes where it is written."""
        if word == REWRITTEN:
            self._tell_place("À réécrire", {passage: self._below(passage) for passage in some})
        else:
            fixed = [passage for passage in some if word != AS_IT_IS and passage.kind == OTHER]
            self._tell_place("À retirer là où c'est écrit", dict.fromkeys(fixed, 0))
            noted = [passage for passage in some if passage not in fixed]
            decision = READ if word == AS_IT_IS else LEFT_OUT
            note_readings(self._params, self._year, noted, decision, self._name)
        self._built_again |= word != AS_IT_IS
        self._decided |= {passage.place_and_words for passage in some}

    def _tell_place(self, what: str, below: Mapping[Passage, int]) -> None:
        """Say where passages are written, so many lines below their first."""
        for passage, lines in below.items():
            sys.stdout.write(f"{what} : {passage.place(self._params, self._year, lines)}\n")

    def _groups(self, unread: Sequence[Passage]) -> Iterator[tuple[str, list[Passage]]]:
        """Give what is suspicious one by one, then the rest by section."""
        first = [passage for passage in unread if passage.suspicions(self._threshold)]
        for rank, passage in enumerate(first, 1):
            yield f"{FIRST} ({rank} sur {len(first)}) – {passage.section}", [passage]
        rest = [passage for passage in unread if passage not in first]
        for section, group in groupby(rest, key=lambda passage: passage.section):
            yield section, [*group]

    def _below(self, passage: Passage) -> int:
        """How many lines below the first of a text its first suspicious words are."""
        found = passage.suspicions(self._threshold) if passage.kind == TEXT else []
        return passage.text[: found[0].start].count("\n") if found else 0

    def _show(self, passage: Passage, rank: int = 0) -> None:
        """Write a passage with its place; what is suspicious stands between marks, and why under it."""
        found, text = passage.suspicions(self._threshold), passage.text
        for span in reversed(found):
            text = f"{text[: span.start]}>>{text[span.start : span.end]}<<{text[span.end :]}"
        former = self._proofread.changed(passage)
        changed = (
            f" (changé depuis sa lecture du {former.le:%d/%m/%Y} par {former.par})"
            if former
            else ""
        )
        number = f"{rank}. " if rank else ""
        place = passage.place(self._params, self._year, self._below(passage))
        lines = [f"  {number}{place}{changed}", *(f"      {line}" for line in text.splitlines())]
        if passage.of_records:
            lines = [f"  {number}{place.partition(', colonne ')[2]} : {text}"]
        if found:
            lines.append(f"      ({', '.join(dict.fromkeys(span.words for span in found))})")
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _asked() -> tuple[str, list[str]]:
    """Ask what becomes of passages: a word, and the numbers that it is about, all of them when there is none."""
    try:
        word, *numbers = input(PROMPT).split() or [""]
    except EOFError:
        return STOP, []
    return word, numbers


def _is_understood(word: str, numbers: Sequence[str], most: int) -> bool:
    """Whether an answer says what becomes of passages that were shown."""
    numbered = all(rank.isdecimal() and 0 < int(rank) <= most for rank in numbers)
    return word in (AS_IT_IS, REWRITTEN, OMITTED) and numbered

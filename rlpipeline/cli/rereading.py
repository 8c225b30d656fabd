"""What somebody is shown of the edition to share, what is asked, and what is noted of the answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
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


class Reader:
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
            left = [passage for passage in group if passage.place_and_words not in self._decided]
            while left:
                sys.stdout.write(f"\n{title}\n")
                for rank, passage in enumerate(left, 1):
                    self._show(passage, rank)
                try:
                    word, *numbers = input(PROMPT).split() or [""]
                except EOFError:
                    return
                if word == "q":
                    return
                if word in {*"lrn"} and all(
                    rank.isdecimal() and 0 < int(rank) <= len(left) for rank in numbers
                ):
                    some = [left[int(rank) - 1] for rank in numbers] or left
                    self._decide(word, some)
                    left = [passage for passage in left if passage not in some]
                else:
                    sys.stdout.write("Réponse non comprise.\n")
        if self._built_again:
            sys.stdout.write(
                "Refaire le rapport avec « rlpipeline build », puis relire ce qui aura changé.\n"
            )

    def _decide(self, word: str, some: Sequence[Passage]) -> None:
        """Note an answer about some passages: one that is not read as it is changes where it is written."""
        fixed = [
            passage for passage in some if word == "r" or (word == "n" and passage.kind == OTHER)
        ]
        for passage in fixed:
            below = self._below(passage) if word == "r" else 0
            what = "À réécrire" if word == "r" else "À retirer là où c'est écrit"
            sys.stdout.write(f"{what} : {passage.place(self._params, self._year, below)}\n")
        if word != "r":
            noted = [passage for passage in some if passage not in fixed]
            note_readings(
                self._params, self._year, noted, READ if word == "l" else LEFT_OUT, self._name
            )
        self._built_again |= word != "l"
        self._decided |= {passage.place_and_words for passage in some}

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

"""What somebody is shown of the edition to share, what is asked, and what is noted of the answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rlpipeline.pipeline.proofreading import (
    CELL,
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
    """Who reads, and what is shown and noted."""

    def __init__(self, params: Path, year: int, name: str, threshold: int) -> None:
        self._params, self._year, self._name, self._threshold = params, year, name, threshold
        self._proofread = read_proofread(params, year, create=bool(name))
        self._built_again = False
        self._decided_texts = set[str]()

    def list_all(self, unread: Sequence[Passage]) -> None:
        """Show what is left, and ask nothing."""
        for title, group in self._groups(unread):
            sys.stdout.write(f"{title}\n")
            for passage in group:
                self._show(passage)

    def ask_all(self, unread: Sequence[Passage]) -> None:
        """Ask of each group until nothing of it is left, or the reader stops; each answer is noted at once."""
        for title, group in self._groups(unread):
            left = [one for one in group if one.text not in self._decided_texts]
            while left:
                sys.stdout.write(f"\n{title}\n")
                for rank, passage in enumerate(left, 1):
                    self._show(passage, rank)
                try:
                    answer = input(PROMPT).split()
                except EOFError:
                    return
                if answer[:1] == ["q"]:
                    return
                left = self._decided(left, answer)
        if self._built_again:
            sys.stdout.write("Refaire le rapport avec « rlpipeline build », puis relire ce qui aura changé.\n")

    def _decided(self, left: list[Passage], answer: list[str]) -> list[Passage]:
        """Note an answer about some of the passages shown; give those that are left."""
        word, numbers = "".join(answer[:1]), answer[1:]
        if word not in ("l", "r", "n") or not all(one.isdecimal() and 0 < int(one) <= len(left) for one in numbers):
            sys.stdout.write("Réponse non comprise.\n")
            return left
        some = [left[int(one) - 1] for one in numbers] or left
        if word == "l":
            note_readings(self._params, self._year, some, READ, self._name)
        elif word == "n":
            fixed = [one for one in some if one.kind == OTHER]
            for one in fixed:
                sys.stdout.write(f"À retirer là où c'est écrit : {one.place(self._params, self._year)}\n")
            note_readings(self._params, self._year, [one for one in some if one not in fixed], LEFT_OUT, self._name)
            self._built_again = True
        else:
            for one in some:
                sys.stdout.write(f"À réécrire : {one.place(self._params, self._year, self._below(one))}\n")
            self._built_again = True
        self._decided_texts |= {one.text for one in some}
        return [one for one in left if one not in some]

    def _groups(self, unread: Sequence[Passage]) -> Iterator[tuple[str, list[Passage]]]:
        """Give what is suspicious one by one, then the rest by section."""
        first = [one for one in unread if one.suspicions(self._threshold)]
        for rank, one in enumerate(first, 1):
            yield f"{FIRST} ({rank} sur {len(first)}) – {one.section}", [one]
        rest = [one for one in unread if one not in first]
        for section, group in groupby(rest, key=lambda one: one.section):
            yield section, [*group]

    def _below(self, passage: Passage) -> int:
        """How many lines below the first of a text its first suspicious words are."""
        found = passage.suspicions(self._threshold) if passage.kind == TEXT else []
        return passage.text[: found[0].start].count("\n") if found else 0

    def _show(self, passage: Passage, rank: int = 0) -> None:
        """Write a passage with its place; what is suspicious stands between marks, and why under it."""
        found, text = passage.suspicions(self._threshold), passage.text
        for one in reversed(found):
            text = f"{text[: one.start]}>>{text[one.start : one.end]}<<{text[one.end :]}"
        former = self._proofread.changed(passage)
        changed = f" (changé depuis sa lecture du {former.le:%d/%m/%Y} par {former.par})" if former else ""
        number = f"{rank}. " if rank else ""
        place = passage.place(self._params, self._year, self._below(passage))
        lines = [f"  {number}{place}{changed}", *(f"      {line}" for line in text.splitlines())]
        if passage.kind == CELL:
            lines = [f"  {number}{place.partition(', colonne ')[2]} : {text}"]
        if found:
            lines.append(f"      ({', '.join(dict.fromkeys(one.words for one in found))})")
        sys.stdout.writelines(f"{line}\n" for line in lines)

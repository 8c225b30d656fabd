"""One unit more or less in a published figure is noticed, at its place, whatever the form of the figure.

Slow: it alone shows that no kind of place in any file is left out of the audit.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from zlib import crc32

import pytest

from rlpipeline.checks.addresses import check_addresses
from rlpipeline.checks.audit import Context
from rlpipeline.checks.model import Discrepancy
from rlpipeline.checks.published import read_publication
from tests.checks.numbers_published import READERS, Number, changed, read_numbers, with_changes
from tests.conftest import YEAR

STRIDE = 2
"""Numbers of one batch are this far apart, so that none stands beside another that is changed."""
ALONE = 3
_WORD = re.compile(r"\d[\d\u202f]*(?:[.,]\d+)*|[^\W\d_]+")

HELD = frozenset(
    {"tableau", "données de graphique", "chiffre lié", "bundle", "classeur", "parquet (ecart)"}
)
"""Forms of a figure that the values of the files of figures are held against, and nothing else: changed at once."""
OF_FILES = (
    "csv (annee)",
    "csv (valeur)",
    "parquet (annee)",
    "parquet (valeur)",
    "parquet (valeur_precedente)",
)
"""Those of the files of figures, which are held against each other: one of them is changed in each line."""
LEAST = 95
"""Percent of the figures of each form that are told by their address."""

pytestmark = pytest.mark.slow
Change = tuple[Number, str]
Batch = Mapping[Path, Sequence[Change]]


class Workshop:
    """A copy of the publication, of links, in which some numbers are changed, then checked as a build does."""

    def __init__(self, directory: Path, place: Path, asked: Context) -> None:
        self.directory, self.copy, self.asked = directory, place, asked
        for path in directory.rglob("*"):
            copy = place / path.relative_to(directory)
            copy.mkdir(parents=True, exist_ok=True) if path.is_dir() else copy.symlink_to(path)
        published = (path for path in sorted(directory.rglob("*")) if path.suffix in READERS)
        self.contents = {
            path: read_numbers(path) for path in published if path.name != "audit.html"
        }

    @property
    def numbers(self) -> Iterator[tuple[Path, Number]]:
        for path, content in self.contents.items():
            yield from ((path, number) for number in content.numbers)

    def findings(self, batch: Batch) -> list[Discrepancy]:
        """What copies of figures say of one another; the arithmetic has tests of its own."""
        for path, changes in batch.items():
            copy = self.copy / path.relative_to(self.directory)
            copy.unlink()
            copy.write_bytes(with_changes(path, self.contents[path], changes))
        try:
            tests = check_addresses(read_publication(self.copy, YEAR), self.asked.former)
            return [test for test in tests if isinstance(test, Discrepancy)]
        finally:
            for path in batch:
                copy = self.copy / path.relative_to(self.directory)
                copy.unlink()
                copy.symlink_to(path)

    def survivors(self, batch: Batch) -> list[tuple[Path, Change]]:
        """Changes that no finding names with its file, its place and the number."""
        told = Told(self.findings(batch))
        return [
            (path, change)
            for path, changes in batch.items()
            for change in changes
            if not told.names(change, path.relative_to(self.directory).as_posix())
        ]

    def told_survivor(self, path: Path, change: Change) -> str:
        number, words = change
        text = self.contents[path].strings[number.string]
        around = text[max(0, number.start - 60) : number.end + 30]
        return f"{path.name} ({number.kind}) {number.words} → {words} : …{around}… {number.hints}"


class Told:
    """What findings say of each file; a place is looked for once, however many numbers stand there."""

    def __init__(self, findings: Iterable[Discrepancy]) -> None:
        self._with_word: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = defaultdict(list)
        self._at: dict[tuple[str, tuple[str, ...]], list[frozenset[str]]] = {}
        for finding in findings:
            second = finding.second.where if finding.second else ""
            text = (
                f"{finding.first.where} | {second} | {finding.first_value} | {finding.second_value}"
            )
            words = frozenset(_WORD.findall(text))
            files = {finding.first.file, *([finding.second.file] if finding.second else [])}
            for file, word in product(files, words):
                self._with_word[file, word].append((text, words))

    def names(self, change: Change, file: str) -> bool:
        """Whether a finding says the number as changed; or as it was, where the line and column are said."""
        number, words = change
        if number.hints:
            return any(
                words in said or number.words in said for said in self._said_at(file, number.hints)
            )
        return (file, words) in self._with_word

    def _said_at(self, file: str, hints: tuple[str, ...]) -> list[frozenset[str]]:
        """Words of each text that says a place, sought among those that have its rarest word."""
        if (file, hints) not in self._at:
            named = (
                self._with_word.get((file, word), [])
                for hint in hints
                for word in _WORD.findall(hint)
            )
            texts = min(named, key=len)
            self._at[file, hints] = [
                words for text, words in texts if all(hint in text for hint in hints)
            ]
        return self._at[file, hints]


def one_digit(workshop: Workshop) -> Iterator[Batch]:
    """Every other number that is shown, one up; then, in each line of the files of figures, one of them, one down.

    Each number is changed by one of its last digit: what notices a tenth notices a unit. None goes up where another
    goes down, since two lines would only change places.
    """
    shown: dict[Path, list[Change]] = {}
    for rank, (path, content) in enumerate(workshop.contents.items()):
        held = [number for number in content.numbers if number.kind in HELD][
            rank % STRIDE :: STRIDE
        ]
        shown |= {path: [(number, changed(number.words, 1)) for number in held]} if held else {}
    yield shown
    stored: dict[Path, list[Change]] = defaultdict(list)
    for path, number in workshop.numbers:
        if number.kind == OF_FILES[crc32(str(number.hints).encode()) % len(OF_FILES)]:
            stored[path].append((number, changed(number.words, -1)))
    yield stored


def swaps(workshop: Workshop) -> Iterator[Batch]:
    """Neighbours of one form, the first with the number of the other: every other pair, so that none stands beside."""
    batch: dict[Path, list[Change]] = defaultdict(list)
    for path, content in workshop.contents.items():
        shown = [number for number in content.numbers if number.kind in HELD]
        for one, other in [*zip(shown[::2], shown[1::2], strict=False)][::STRIDE]:
            if one.kind == other.kind and one.words != other.words:
                batch[path] += [(one, other.words), (other, one.words)]
    yield batch


@pytest.fixture(scope="module")
def workshop(
    demonstration: Path, asked: Context, tmp_path_factory: pytest.TempPathFactory
) -> Workshop:
    return Workshop(demonstration, tmp_path_factory.mktemp("mutants"), asked)


def test_numbers_of_every_kind_of_file_are_found(workshop: Workshop) -> None:
    assert {path.suffix for path, _ in workshop.numbers} == set(READERS)
    assert {number.kind for _, number in workshop.numbers} == HELD | {*OF_FILES}


@pytest.mark.parametrize(
    "changes", [one_digit, swaps], ids=["one digit", "two in the place of each other"]
)
def test_figures_changed_are_noticed(
    workshop: Workshop,
    changes: Callable[[Workshop], Iterator[Batch]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    made: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    alive: list[str] = []
    for batch in changes(workshop):
        survivors = workshop.survivors(batch)
        made.update(
            f"{path.suffix} {number.kind}"
            for path, changes in batch.items()
            for number, _ in changes
        )
        lost.update(f"{path.suffix} {number.kind}" for path, (number, _) in survivors)
        alive += [workshop.told_survivor(path, change) for path, change in survivors]
    lines = [f"{form} : {made[form] - lost[form]} sur {made[form]}" for form in sorted(made)]
    whole = f"Taux : {100 * (made.total() - lost.total()) / made.total():.2f} % de {made.total()}"
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join([*lines, whole]) + "\n")
    assert min(100 * (made[form] - lost[form]) / made[form] for form in made) >= LEAST, alive[:40]


def test_numbers_changed_alone_are_noticed(workshop: Workshop) -> None:
    """Numbers taken at random, each with a run of its own: what batches find is not due to the others."""
    chance, alive = random.Random(4), []
    forms: dict[str, list[tuple[Path, Number]]] = defaultdict(list)
    for path, number in workshop.numbers:
        forms[f"{path.suffix} {number.kind}"].append((path, number))
    for name in chance.choices(sorted(forms), k=ALONE):
        path, number = chance.choice(forms[name])
        survivors = workshop.survivors(
            {path: [(number, changed(number.words, chance.choice([1, -1])))]}
        )
        alive += [workshop.told_survivor(*survivor) for survivor in survivors]
    assert alive == []

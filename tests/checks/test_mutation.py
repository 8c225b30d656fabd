"""One unit more or less in a published figure is noticed, at its place; what is not looked at is told by its form.

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

import pytest

from rlpipeline.checks.addresses import check_addresses
from rlpipeline.checks.audit import Context
from rlpipeline.checks.findings import Finding
from rlpipeline.checks.reading import read_publication
from tests.checks.numbers_of_pages import Content, Number, changed
from tests.checks.numbers_published import READERS, read_numbers, with_changes
from tests.conftest import YEAR

STRIDE = 2
"""Numbers of one batch are this far apart, so that none stands beside another that is changed."""
ALONE = 6
_WORD = re.compile(r"\d[\d\u202f]*(?:[.,]\d+)*|[^\W\d_]+")

LOOKED_AT = frozenset(
    {"tableau", "données de graphique", "chiffre lié", "bundle", "classeur", "csv (valeur)", "csv (annee)"}
    | {"parquet (valeur)", "parquet (annee)", "parquet (valeur_precedente)", "parquet (ecart)"}
)
"""Forms of a figure that have an address; of the others, words of ours, the digests of the manifest alone tell."""
LEAST = 95
"""Percent of the figures of each form that are told by their address."""
PAGES = (".html", ".ipynb")

pytestmark = pytest.mark.slow
Change = tuple[Number, str]
Batch = Mapping[Path, Sequence[Change]]


def published_files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.suffix in READERS and path.name != "audit.html")


def clone(directory: Path, place: Path) -> Path:
    """The publication with links in the place of files."""
    for path in directory.rglob("*"):
        copy = place / path.relative_to(directory)
        copy.mkdir(parents=True, exist_ok=True) if path.is_dir() else copy.symlink_to(path)
    return place


class Workshop:
    """A copy of the publication in which some numbers are changed, then checked part after part as a build does."""

    def __init__(self, directory: Path, place: Path, asked: Context) -> None:
        self.directory, self.copy, self.asked = directory, clone(directory, place), asked
        self.contents = {path: read_numbers(path) for path in published_files(directory)}

    def findings(self, batch: Batch) -> list[Finding]:
        """What copies of figures say of one another; the arithmetic has tests of its own."""
        for path, changes in batch.items():
            copy = self.copy / path.relative_to(self.directory)
            copy.unlink()
            copy.write_bytes(with_changes(path, self.contents[path], changes))
        try:
            tests = check_addresses(read_publication(self.copy, YEAR), self.asked.former)
            return [test for test in tests if isinstance(test, Finding)]
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


class Told:
    """What findings say of each file; a place is looked for once, however many numbers stand there."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._with_word: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = defaultdict(list)
        self._at: dict[tuple[str, tuple[str, ...]], list[frozenset[str]]] = {}
        for finding in findings:
            second = finding.second.where if finding.second else ""
            text = f"{finding.first.where} | {second} | {finding.first_value} | {finding.second_value}"
            words = frozenset(_WORD.findall(text))
            files = {finding.first.file, *([finding.second.file] if finding.second else [])}
            for file, word in product(files, words):
                self._with_word[file, word].append((text, words))

    def names(self, change: Change, file: str) -> bool:
        """Whether a finding says the number as changed; or as it was, where the line and column are said."""
        number, words = change
        if number.hints:
            return any(words in said or number.words in said for said in self._said_at(file, number.hints))
        return (file, words) in self._with_word

    def _said_at(self, file: str, hints: tuple[str, ...]) -> list[frozenset[str]]:
        """Words of each text that says a place, sought among those that have its rarest word."""
        if (file, hints) not in self._at:
            named = (self._with_word.get((file, word), []) for hint in hints for word in _WORD.findall(hint))
            texts = min(named, key=len)
            self._at[file, hints] = [words for text, words in texts if all(hint in text for hint in hints)]
        return self._at[file, hints]


def together(path: Path, kind: str) -> str:
    """Name what may be changed at once: all forms of pages, which the store alone is held against; else one form."""
    return path.suffix if path.suffix in PAGES else f"{path.suffix} {kind}"


def batches(workshop: Workshop) -> Iterator[Batch]:
    """Every other number of every file, those of one form at once.

    Each number is changed by one of its last digit: what notices a tenth notices a unit. Up in some batches, down in
    the others, since a year up and another down would only have two lines change places.
    """
    groups = sorted({together(path, number.kind) for path, number in every_number(workshop)})
    for start, group in enumerate(groups):
        batch: dict[Path, list[Change]] = {}
        for rank, (path, content) in enumerate(workshop.contents.items()):
            own = [
                number
                for number in content.numbers
                if number.kind in LOOKED_AT and together(path, number.kind) == group
            ]
            asked = own[(start + rank) % STRIDE :: STRIDE]
            if asked:
                batch[path] = [(number, changed(number.words, (-1) ** start)) for number in asked]
        if batch:
            yield batch


def every_number(workshop: Workshop) -> Iterator[tuple[Path, Number]]:
    for path, content in workshop.contents.items():
        yield from ((path, number) for number in content.numbers if number.kind in LOOKED_AT)


def told_apart(workshop: Workshop) -> Counter[str]:
    """Numbers of every form that is not looked at."""
    every = (number for content in workshop.contents.values() for number in content.numbers)
    return Counter(number.kind for number in every if number.kind not in LOOKED_AT)


def kill(workshop: Workshop, made_of: Iterable[Batch]) -> tuple[str, Mapping[str, float], list[str]]:
    """Change numbers; give the rates in words, in percent by form, and what survives."""
    made: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    alive: list[str] = []
    for batch in made_of:
        survivors = workshop.survivors(batch)
        made.update(f"{path.suffix} {number.kind}" for path, changes in batch.items() for number, _ in changes)
        lost.update(f"{path.suffix} {number.kind}" for path, (number, _) in survivors)
        alive += [told_survivor(path, workshop.contents[path], change) for path, change in survivors]
    rates = {form: 100 * (made[form] - lost[form]) / made[form] for form in made}
    lines = [f"{form} : {made[form] - lost[form]} sur {made[form]}" for form in sorted(made)]
    whole = f"Taux : {100 * (made.total() - lost.total()) / made.total():.2f} % de {made.total()}"
    apart = ", ".join(f"{form} {count}" for form, count in sorted(told_apart(workshop).items()))
    return "\n".join([*lines, whole, f"Sans adresse : {apart}"]), rates, alive


def told_survivor(path: Path, content: Content, change: Change) -> str:
    number, words = change
    text = content.strings[number.string]
    around = text[max(0, number.start - 60) : number.end + 30]
    return f"{path.name} ({number.kind}) {number.words} → {words} : …{around}… {number.hints or number.near}"


@pytest.fixture(scope="module")
def workshop(demonstration: Path, asked: Context, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(demonstration, tmp_path_factory.mktemp("mutants"), asked)


def test_an_unchanged_publication_has_no_finding(workshop: Workshop) -> None:
    assert workshop.findings({}) == []


def test_numbers_of_every_kind_of_file_are_found(workshop: Workshop) -> None:
    assert {path.suffix for path, _ in every_number(workshop)} == set(READERS)
    assert {number.kind for _, number in every_number(workshop)} == LOOKED_AT


def alone(workshop: Workshop, times: int) -> list[str]:
    """Change numbers taken at random, each with a run of its own: what batches find is not due to the others."""
    chance = random.Random(4)
    forms: dict[str, list[tuple[Path, Number]]] = defaultdict(list)
    for path, number in every_number(workshop):
        forms[f"{path.suffix} {number.kind}"].append((path, number))
    alive = []
    for name in chance.choices(sorted(forms), k=times):
        path, number = chance.choice(forms[name])
        change = (number, changed(number.words, chance.choice([1, -1])))
        alive += [told_survivor(path, workshop.contents[path], one) for _, one in workshop.survivors({path: [change]})]
    return alive


def swaps(workshop: Workshop) -> Iterator[Batch]:
    """Neighbours of one form, the first with the number of the other: every other pair, so that none stands beside."""
    pairs: dict[str, list[tuple[Path, Number, Number]]] = defaultdict(list)
    for path, content in workshop.contents.items():
        own = [number for number in content.numbers if number.kind in LOOKED_AT]
        for one, other in zip(own[::2], own[1::2], strict=False):
            if one.kind == other.kind and one.words != other.words:
                pairs[together(path, one.kind)].append((path, one, other))
    for _, found in sorted(pairs.items(), key=lambda one: one[0]):
        batch: dict[Path, list[Change]] = defaultdict(list)
        for path, one, other in found[::STRIDE]:
            batch[path] += [(one, other.words), (other, one.words)]
        yield batch


@pytest.mark.parametrize("changes", [batches, swaps], ids=["one digit", "two in the place of each other"])
def test_figures_changed_are_noticed(
    workshop: Workshop, changes: Callable[[Workshop], Iterator[Batch]], capsys: pytest.CaptureFixture[str]
) -> None:
    words, rates, alive = kill(workshop, changes(workshop))
    with capsys.disabled():
        sys.stdout.write(f"\n{words}\n")
    assert min(rates.values()) >= LEAST, alive[:40]


def test_many_numbers_changed_alone_are_noticed(workshop: Workshop) -> None:
    assert alone(workshop, ALONE) == []

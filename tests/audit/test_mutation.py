"""One unit more or less in any published number is noticed, at its place.

Slow: it alone shows that no kind of place in any file is left out of the audit.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest

from rlpipeline.audit.examination import Context
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Cut, cut_publication
from tests.audit.numbers_of_pages import Content, Number, changed
from tests.audit.numbers_published import READERS, read_numbers, with_changes
from tests.audit.words import Checked, check_place, findings_of
from tests.conftest import YEAR

STRIDE = 2
"""Numbers of one batch are this far apart, so that none stands beside another that is changed."""
ALONE = 6
_WORD = re.compile(r"\d[\d\u202f]*(?:[.,]\d+)*|[^\W\d_]+")

APART = frozenset({"bundle", "bundle (mots)", "texte brut", "Markdown", "classeur", "classeur (mots)"})
"""Forms of a figure other than HTML; CSV columns count with the rest of their file."""

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
        self.cut = cut_publication(directory, YEAR)
        self.parts = {one: check_place(self.cut, asked, one) for one in self.cut.places.all}

    def findings(self, batch: Batch) -> list[Finding]:
        """What copies of figures, and words around them, say of one another; the arithmetic has tests of its own."""
        for path, changes in batch.items():
            copy = self.copy / path.relative_to(self.directory)
            copy.unlink()
            copy.write_bytes(with_changes(path, self.contents[path], changes))
        try:
            cut = cut_publication(self.copy, YEAR)
            changed = {path.relative_to(self.directory).as_posix() for path in batch}
            return [*findings_of(cut, self._checked(cut, changed), self.asked)]
        finally:
            for path in batch:
                copy = self.copy / path.relative_to(self.directory)
                copy.unlink()
                copy.symlink_to(path)

    def _checked(self, cut: Cut, changed: set[str]) -> Iterator[Checked]:
        """Each part; one that can know nothing of the change is not checked again."""
        for place, checked in self.parts.items():
            notebooks = cut.notebooks["service"] if checked.figures.borrowed else ()
            files = {*cut.pages[place], *cut.notebooks[place], *notebooks}
            lines = [(cut.marks(place), self.cut.marks(place))]
            lines += [(cut.mark(*table), self.cut.mark(*table)) for table in checked.figures.tables]
            same = not files & changed and all(now == before for now, before in lines)
            yield checked if same else check_place(cut, self.asked, place)

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
        texts = self._with_word.get((file, words), ())
        return any(not number.near or set(number.near) & said for _, said in texts)

    def _said_at(self, file: str, hints: tuple[str, ...]) -> list[frozenset[str]]:
        """Words of each text that says a place, sought among those that have its rarest word."""
        if (file, hints) not in self._at:
            named = (self._with_word.get((file, word), []) for hint in hints for word in _WORD.findall(hint))
            texts = min(named, key=len)
            self._at[file, hints] = [words for text, words in texts if all(hint in text for hint in hints)]
        return self._at[file, hints]


def batches(workshop: Workshop) -> Iterator[tuple[str, Batch]]:
    """Numbers of one group of copies, of every file at once; those of other groups hold against them.

    Each number is changed by one of its last digit: what notices a tenth notices a unit. Up in some batches, down in
    the others, since a year up and another down would only have two lines change places.
    """
    groups = sorted({(path.suffix, group_of(number)) for path, number in every_number(workshop)})
    for (suffix, group), start in product(groups, range(STRIDE)):
        batch: dict[Path, list[Change]] = {}
        for rank, (path, content) in enumerate(workshop.contents.items()):
            own = [number for number in content.numbers if (path.suffix, group_of(number)) == (suffix, group)]
            asked = own[(start + rank) % STRIDE :: STRIDE]
            if asked:
                batch[path] = [(number, changed(number.words, (-1) ** start)) for number in asked]
        if batch:
            yield f"{suffix} {group}", batch


def every_number(workshop: Workshop) -> Iterator[tuple[Path, Number]]:
    yield from ((path, number) for path, content in workshop.contents.items() for number in content.numbers)


def group_of(number: Number) -> str:
    """Copies that are changed together: all that a page or a notebook's HTML shows, or one form of a figure."""
    return number.kind if number.kind in APART else "HTML"


def goes_unnoticed(workshop: Workshop, path: Path, changes: list[Change]) -> bool:
    """Whether nothing tells of changes by themselves: a batch may have changed every copy of a text alike."""
    return len(workshop.survivors({path: changes})) == len(changes)


def kill(workshop: Workshop) -> tuple[str, list[str]]:
    """Change numbers; give the rate, by what shows the number, and what survives."""
    made: Counter[str] = Counter()
    alive: list[tuple[Path, Change]] = []
    for _, batch in batches(workshop):
        survivors = workshop.survivors(batch)
        alive += [(path, one) for path, one in survivors if goes_unnoticed(workshop, path, [one])]
        made.update(f"{path.suffix} {number.kind}" for path, changes in batch.items() for number, _ in changes)
    lost = Counter(f"{path.suffix} {number.kind}" for path, (number, _) in alive)
    left_out = sum((content.left_out for content in workshop.contents.values()), Counter[str]())
    return tell(made, lost, left_out), [told_survivor(path, workshop.contents[path], change) for path, change in alive]


def tell(made: Counter[str], lost: Counter[str], left_out: Counter[str]) -> str:
    lines = [f"{kind} : {made[kind] - lost[kind]} sur {made[kind]}" for kind in sorted(made)]
    rate = 100 * (made.total() - lost.total()) / made.total()
    out = ", ".join(f"{reason} {count}" for reason, count in sorted(left_out.items()) if count)
    return "\n".join([*lines, f"Taux : {rate:.2f} % de {made.total()}", f"Laissés de côté : {out}"])


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


def alone(workshop: Workshop, times: int) -> list[str]:
    """Change numbers taken at random, each with a run of its own: what batches find is not due to the others."""
    chance = random.Random(4)
    groups: dict[str, list[tuple[Path, Number]]] = defaultdict(list)
    for path, number in every_number(workshop):
        groups[f"{path.suffix} {number.kind}"].append((path, number))
    alive = []
    for name in chance.choices(sorted(groups), k=times):
        path, number = chance.choice(groups[name])
        change = (number, changed(number.words, chance.choice([1, -1])))
        alive += [
            told_survivor(path, workshop.contents[path], one) for path, one in workshop.survivors({path: [change]})
        ]
    return alive


def swaps(workshop: Workshop) -> Iterator[tuple[str, Batch]]:
    """Neighbours of one kind, each in the place of the other: every other pair, so that none stands beside another."""
    pairs: dict[tuple[str, str], list[tuple[Path, Number, Number]]] = defaultdict(list)
    for path, content in workshop.contents.items():
        for one, other in zip(content.numbers[::2], content.numbers[1::2], strict=False):
            if group_of(one) == group_of(other) and one.kind == other.kind and one.words != other.words:
                pairs[path.suffix, group_of(one)].append((path, one, other))
    for (suffix, group), found in sorted(pairs.items(), key=lambda one: one[0]):
        batch: dict[Path, list[Change]] = defaultdict(list)
        for path, one, other in found[::STRIDE]:
            batch[path] += [(one, other.words), (other, one.words)]
        yield f"{suffix} {group}", batch


def swapped(workshop: Workshop) -> tuple[str, list[str]]:
    """Put numbers in each other's place; give the rate, by what shows them, and the pairs of which nothing is told."""
    made: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    alive = []
    for _, batch in swaps(workshop):
        survivors = {id(change) for _, change in workshop.survivors(batch)}
        for path, changes in batch.items():
            for first, second in zip(changes[::2], changes[1::2], strict=True):
                made[f"{path.suffix} {first[0].kind}"] += 1
                if {id(first), id(second)} <= survivors and goes_unnoticed(workshop, path, [first, second]):
                    lost[f"{path.suffix} {first[0].kind}"] += 1
                    alive.append(told_survivor(path, workshop.contents[path], first))
    return tell(made, lost, Counter()), alive


def test_numbers_in_the_place_of_each_other_are_noticed(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    rate, alive = swapped(workshop)
    with capsys.disabled():
        sys.stdout.write(f"\nChiffres échangés\n{rate}\n")
    assert alive == []


def test_every_number_of_every_file_changed_is_noticed(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    rate, alive = kill(workshop)
    with capsys.disabled():
        sys.stdout.write(f"\n{rate}\n")
    assert alive == []


def test_many_numbers_changed_alone_are_noticed(workshop: Workshop) -> None:
    assert alone(workshop, ALONE) == []

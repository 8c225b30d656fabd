"""Numbers of the prose that another sentence contradicts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.counted import PEOPLE
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.model import Report, Sentence
from rlpipeline.printed_report.statements import Statement, statements

FEWEST_LETTERS = 5
PARTIAL = re.compile(
    r"\bdont\b|\bautres?\b|\bnouve|\bsupplementaire|\bd'entre eux|\bparmi\b|\bchacun|\bchaque\b|\bentre \w+ et\b"
)
OFTEN = re.compile(r"\bpar (?:semaine|mois|an|jour)\b")
FOUNDED = re.compile(
    r"\b(?:(?:est |fut |a ete )?(?:nee?|creee?|fondee?)|existe|depuis sa (?:creation|fondation|naissance))"
    r"(?: (?:en|depuis)|, en) (?P<year>(?:19|20)\d\d)\b"
)
OURS = re.compile(r"\b(?:le|du|notre|l'|de l')\s?(?:service|association)\b|\bdepuis sa creation\b")
ACTIVITY = PEOPLE | frozenset(
    labels.stems(
        "séance présence participation rencontre sortie atelier réunion passage jour journée heure adhérent bénévole"
        " participant membre stagiaire parent famille"
    )
)
"""What each action, or each team, has its own number of."""
ALIKE = 0.5
"""Part of the words in common from which two sentences say the same thing."""


def check_prose_against_prose(report: Report) -> Iterator[Finding]:
    """Tell the things counted twice by the prose, with two numbers."""
    yield from _foundings(report)
    known = _counted_by_tables(report)
    by_unit: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements(report, future=True):
        if (
            statement.unit
            and not statement.relative
            and not statement.inherited
            and len(statement.unit) >= FEWEST_LETTERS - 1
            and not statement.approximate
        ):
            by_unit[statement.unit].append(statement)
    for stated in by_unit.values():
        values = {statement.value for statement in stated}
        rare = (
            not any(labels.fold(entry.number.unit).rstrip("sx") in known for entry in stated)
            and len({entry.sentence.text for entry in stated}) == 2
        )
        for first, second in combinations(stated, 2):
            if (
                first.value == second.value
                or first.sentence.text == second.sentence.text
                or not _comparable(first, second)
            ):
                continue
            apart = first.unit in ACTIVITY
            if (rare and len(values) == 2 and not apart) or _alike(first, second):
                yield _finding(first, second)


def _foundings(report: Report) -> Iterator[Finding]:
    """Years in which the service is said to be born, when they differ from the first one said."""
    said: list[tuple[str, Sentence]] = []
    for sentence in report.sentences:
        folded = labels.fold(sentence.text)
        found = FOUNDED.search(folded)
        if found and OURS.search(folded):
            said.append((found["year"], sentence))
    for year, sentence in said[1:]:
        first, other = said[0]
        if year != first:
            yield _contradicted(sentence, year, other, first)


def _counted_by_tables(report: Report) -> frozenset[str]:
    texts = [
        text
        for table in report.tables
        for text in (table.title, table.corner, *(line.label for line in (*table.rows, *table.columns)))
    ]
    return frozenset(word.rstrip("sx") for text in texts for word in re.findall(r"[a-z]+", labels.fold(text)))


def _comparable(first: Statement, second: Statement) -> bool:
    """Whether two sentences may count one thing: no year, no place, no quoted name, no part tells them apart."""
    if first.years != second.years and first.years and second.years:
        return False
    often = [OFTEN.findall(labels.fold(_around(entry))) for entry in (first, second)]
    if often[0] != often[1] or any(PARTIAL.search(labels.fold(_around(entry))) for entry in (first, second)):
        return False
    smaller = min(first, second, key=lambda entry: entry.value)
    if smaller.number.start == 0:
        return False  # « Trois éducateurs ont été formés »: some of them
    names = [_names(entry) for entry in (first, second)]
    return not (names[0] - names[1] and names[1] - names[0])


def _around(statement: Statement) -> str:
    """The number with the words just before and after it, to the end of the clause."""
    text = statement.sentence.text
    return (
        text[max(0, statement.number.start - 25) : statement.number.end]
        + re.split("[,;:.]", text[statement.number.end :])[0][:30]
    )


def _names(statement: Statement) -> set[str]:
    """Proper nouns and quoted names of a sentence."""
    text = statement.sentence.text
    inside = re.findall(r"(?<=[\w,;:'’] )[A-ZÉÈ][\w-]+|(?<=['’])[A-ZÉÈ][\w-]+", text)
    return {labels.fold(name) for name in (*inside, *re.findall(r"«\s*([^»]+?)\s*»", text))}


def _alike(first: Statement, second: Statement) -> bool:
    words = [set(entry.clause) - {entry.unit} for entry in (first, second)]
    common = words[0] & words[1]
    return len(common) >= 2 and len(common) >= ALIKE * len(words[0] | words[1])


def _finding(first: Statement, second: Statement) -> Finding:
    printed, other = (f"{entry.number.words} {entry.number.unit}" for entry in (second, first))
    return _contradicted(second.sentence, printed, first.sentence, other)


def _contradicted(sentence: Sentence, printed: str, other: Sentence, said: str) -> Finding:
    message = (
        f"Deux phrases se contredisent : « {sentence.text} » et « {other.text} » ({other.path}, ligne {other.line})."
    )
    calcul = f"« {printed} » ici, « {said} » dans {other.path}"
    return finding_at(sentence.at(printed), "prose_prose", judge(False), message, calcul, said)

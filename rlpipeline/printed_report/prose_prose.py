"""Numbers of the prose that their own sentence, or another, contradicts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.counted import PEOPLE
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.model import Report, Sentence
from rlpipeline.printed_report.statements import Statement, statements
from rlpipeline.prose.french_numbers import find_numbers

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
MOST_PAIRS = 2
"""Pairs of sentences beyond which they are the entries of a log, outing after outing."""
ALIKE = 0.5
"""Part of the words in common from which two sentences say the same thing."""


def check_prose_against_prose(report: Report) -> Iterator[Finding]:
    """Tell the things counted twice by the prose, with two numbers."""
    yield from _foundings(report)
    table_units = _counted_by_tables(report)
    by_unit: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements(report, future=True):
        named = len(statement.unit) >= FEWEST_LETTERS - 1 and not statement.inherited
        if named and not statement.relative and not statement.approximate:
            by_unit[statement.unit].append(statement)
    for unit, stated in by_unit.items():
        counted = unit in ACTIVITY or any(
            labels.fold(entry.number.unit).rstrip("sx") in table_units for entry in stated
        )
        twice = len({entry.sentence.text for entry in stated}) == len({entry.value for entry in stated}) == 2
        pairs = [pair for pair in combinations(stated, 2) if _differ(*pair)]
        alike = [pair for pair in pairs if (twice and not counted) or _alike(*pair)]
        if len(alike) <= MOST_PAIRS:
            yield from (_finding(first, second) for first, second in alike)


def _differ(first: Statement, second: Statement) -> bool:
    """Whether two sentences may count one thing and give two numbers."""
    return first.value != second.value and first.sentence.text != second.sentence.text and _comparable(first, second)


def _foundings(report: Report) -> Iterator[Finding]:
    """Years in which the service is said to be born, when they differ from the first one said."""
    foundings: list[tuple[str, Sentence]] = []
    for sentence in report.sentences:
        folded = labels.fold(sentence.text)
        match = FOUNDED.search(folded)
        if match and OURS.search(folded):
            foundings.append((match["year"], sentence))
    for year, sentence in foundings[1:]:
        first, other = foundings[0]
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


def _contradicted(sentence: Sentence, printed: str, other: Sentence, expected: str) -> Finding:
    message = (
        f"Deux phrases se contredisent : « {sentence.text} » et « {other.text} » ({other.path}, ligne {other.line})."
    )
    calcul = f"« {printed} » ici, « {expected} » dans {other.path}"
    return finding_at(sentence.at(printed), "prose_prose", judge(False), message, calcul, expected)


THAT_IS = re.compile(
    r"\bsoit (?:une? )?(?P<change>hausse|baisse|augmentation|diminution|recul|progression)?[^,;]{0,12}$"
)
OUT_OF = re.compile(r"\b(?:sur|parmi)\b(?: l[ea]s?| nos| ces)?\s*$")
AGAINST = re.compile(r"\bcontre\s*$")
ALL_OF_THEM = re.compile(r"[:(]|\bsoit\b")
"""What says that the numbers after it are all of the one before."""
LISTED = re.compile(
    r"^ (?:[a-zéèêàç'’-]+ ){0,7}?[a-zéèêàç'’-]+ ?(?::|\(|,)\s*(?P<items>[A-ZÀ-Ý][^:;.()]*[^:;.()\s])\s*(?:[.;)]|$)"
)
"""After a number, the names that it counts: « quatre communes : A, B, C et D »."""
NAME = re.compile(r"^(?:l[ea]s? |l['’])?[A-ZÀ-Ý][\w'’-]*(?:[ -](?:d[eu]s?|la|les?|l|sur|en|[A-ZÀ-Ý])[\w'’-]*)*$")
LONGEST_LIST = 20
FALLS = {"baisse", "diminution", "recul"}


def check_arithmetic(report: Report) -> Iterator[Finding]:
    """Check the shares and the changes that a sentence gives beside their two terms."""
    by_sentence: dict[Sentence, list[Statement]] = {}
    for statement in statements(report):
        by_sentence.setdefault(statement.sentence, []).append(statement)
    for stated in by_sentence.values():
        for place, statement in enumerate(stated):
            match = THAT_IS.search(_before(statement))
            if place > 1 and statement.number.kind == "pourcentage" and match and not statement.approximate:
                yield from _checked(stated[place - 2 : place], statement, match["change"])
        yield from _sexes(stated)
    for sentence in report.sentences:
        yield from _lists(sentence)


def _lists(sentence: Sentence) -> Iterator[Finding]:
    """« Quatre communes : A, B et C »: how many are told against how many are named."""
    for number in find_numbers(sentence.text):
        match = LISTED.match(sentence.text[number.end :])
        if number.kind != "nombre" or not match or not number.value or number.value % 1 or number.value > LONGEST_LIST:
            continue
        items = re.split(r",| et | ainsi que ", match["items"])
        named = all(NAME.match(item.strip()) for item in items)
        if len(items) > 1 and named and len(items) != number.value:
            calcul = f"{len(items)} sont nommés : {' ; '.join(item.strip() for item in items)}"
            message = f"Le nombre annoncé n'est pas celui de la liste : « {sentence.text} » ({calcul})."
            yield finding_at(sentence.at(number.words), "prose_prose", judge(False), message, calcul, str(len(items)))


def _before(statement: Statement) -> str:
    """What comes just before a number."""
    return labels.fold(statement.sentence.text[: statement.number.start])[-60:] + " "


def _checked(terms: list[Statement], statement: Statement, change: str | None) -> Iterator[Finding]:
    """Hold a percentage against the two counts before it."""
    if any(term.relative or term.approximate or not term.value for term in terms):
        return
    first, second = terms
    if AGAINST.search(_before(second)):
        new, old = first.value, second.value
        sign = -1 if change in FALLS else 1
        growth = 100 * (new - old) / old
        expected = [sign * growth] if change else [abs(growth), 100 * new / old]
        division = f"({shown(new)} - {shown(old)}) / {shown(old)}"
    elif wholes := [term.value for term in terms if OUT_OF.search(_before(term))]:
        part = min(first.value, second.value)
        expected = [100 * part / wholes[0]] if wholes[0] != part else []
        division = f"{shown(part)} / {shown(wholes[0])}"
    else:
        return
    if expected and not any(statement.agrees(value) for value in expected):
        yield _wrong_share(statement, division, expected[0])


def _sexes(stated: list[Statement]) -> Iterator[Finding]:
    """« 87 jeunes : 39 filles et 46 garçons » whose two parts do not make the whole."""
    for whole, first, second in zip(stated, stated[1:], stated[2:], strict=False):
        sexes = {labels.canonical(part.number.unit) for part in (first, second)}
        between = whole.sentence.text[whole.number.end : first.number.start]
        parts = first.value + second.value
        if sexes == {"filles", "garcons"} and ALL_OF_THEM.search(between) and whole.value not in {parts, 0}:
            calcul = f"{shown(first.value)} + {shown(second.value)} = {shown(parts)}, imprimé {whole.number.words}"
            message = f"Les filles et les garçons ne font pas l'ensemble : {calcul} (« {whole.sentence.text} »)."
            spot = whole.sentence.at(whole.number.words)
            yield finding_at(spot, "prose_prose", judge(False), message, calcul, shown(parts))


def _wrong_share(statement: Statement, division: str, value: float) -> Finding:
    sentence, computed = statement.sentence, f"{shown(value, max(statement.decimals, 1))} %"
    message = (
        f"Le pourcentage n'est pas celui des nombres de la phrase : « {sentence.text} » ; {division} = {computed}."
    )
    calcul = f"{division} = {computed}"
    return finding_at(sentence.at(statement.number.words), "pourcentage", judge(True), message, calcul, computed)

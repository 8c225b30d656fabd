"""Sentences whose own numbers disagree: « 39 filles sur 87, soit 48 % », « 87 contre 81, soit une hausse de 9 % »."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.model import Report, Sentence
from rlpipeline.printed_report.statements import Statement, statements
from rlpipeline.prose.french_numbers import find_numbers

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
            told = THAT_IS.search(_before(statement))
            if place > 1 and statement.number.kind == "pourcentage" and told and not statement.approximate:
                yield from _checked(stated[place - 2 : place], statement, told["change"])
        yield from _sexes(stated)
    for sentence in report.sentences:
        yield from _lists(sentence)


def _lists(sentence: Sentence) -> Iterator[Finding]:
    """« Quatre communes : A, B et C »: how many are told against how many are named."""
    for number in find_numbers(sentence.text):
        found = LISTED.match(sentence.text[number.end :])
        if number.kind != "nombre" or not found or not number.value or number.value % 1 or number.value > LONGEST_LIST:
            continue
        items = re.split(r",| et | ainsi que ", found["items"])
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
        yield _finding(statement, division, expected[0])


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


def _finding(statement: Statement, division: str, value: float) -> Finding:
    sentence, computed = statement.sentence, f"{shown(value, max(statement.decimals, 1))} %"
    message = (
        f"Le pourcentage n'est pas celui des nombres de la phrase : « {sentence.text} » ; {division} = {computed}."
    )
    calcul = f"{division} = {computed}"
    return finding_at(sentence.at(statement.number.words), "pourcentage", judge(True), message, calcul, computed)

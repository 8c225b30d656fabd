"""Dates that cannot be: ends before their start, days that do not exist, things that happen after the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rlpipeline.printed_report.finding import Certitude, Finding, finding_at, judge
from rlpipeline.printed_report.labels import fold
from rlpipeline.printed_report.model import Report, Sentence, Table
from rlpipeline.prose.french_numbers import find_numbers
from rlpipeline.prose.number_kinds import WEEKDAYS

MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
    "decembre",
)  # fmt: skip
MONTH = "|".join(MONTHS)
DAY = "|".join(WEEKDAYS)
DATE = re.compile(
    rf"\b(?:(?P<weekday>{DAY}),? (?:le )?)?"
    rf"(?:(?P<day>\d{{1,2}})(?:er)? )?(?P<month>{MONTH})(?: (?P<year>(?:19|20)\d\d))?\b"
)
NUMERIC = re.compile(r"\b(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>(?:19|20)\d\d)\b")
BOUND = rf"(?:(?:{DAY}) )?(?:\d{{1,2}}(?:er)? )?(?:{MONTH})(?: \d{{4}})?|\d{{1,2}}/\d{{1,2}}/\d{{4}}"
RANGE = re.compile(rf"\b(?:du|de|d'|entre l[ea]|entre)\s*(?P<start>{BOUND}) (?:au|a|et le|et) (?P<end>{BOUND})")
SAME_MONTH = re.compile(
    rf"\b(?:du|entre le) (?P<start>\d{{1,2}})(?:er)? (?:au|et le) (?P<end>\d{{1,2}})(?:er)? (?:{MONTH})\b"
)
YEARS = re.compile(r"\b(?:de |periode |projets? |sur )?(?P<start>(?:19|20)\d\d)(?:-| a | au )(?P<end>(?:19|20)\d\d)\b")
HOURS = re.compile(
    r"\bde (?P<start>\d{1,2}) ?h ?(?P<start_minutes>\d\d)? ?a (?P<end>\d{1,2}) ?h ?(?P<end_minutes>\d\d)?\b"
)
ADOPTED = re.compile(r"\bvalid|\badopt|\barret[ee]|\bapprouv|\btransmi")
REPORT = re.compile(r"\brapport\b")
SINCE = re.compile(r"\bdepuis\b|\ba ete\b|\bont ete\b|\bs'est\b|\bse sont\b|\bavait\b|\bavons\b|\ba eu\b|\bont eu\b")
START = re.compile(r"(?:date (?:de |d')?)?(?:debut|du\b|ouverture|entree|depart|demarrage)")
END = re.compile(r"(?:date (?:de |d')?)?(?:fin\b|au\b|fermeture|sortie|cloture|retour)")
WITHIN = r"(?: \w+){0,2}? (?:dans|sur|de|pendant|durant|au cours de) l'annee\b(?! scolaire)| (?:par|chaque) an\b"
MOST = (
    (re.compile(rf" semaines?(?:{WITHIN})"), 53),
    (re.compile(rf" mois(?:{WITHIN})"), 12),
    (re.compile(rf" jours?(?:{WITHIN})"), 366),
    (re.compile(r" (?:jours?|soirs?|matins?|apres-midi) (?:par|de la|chaque|sur la) semaine\b"), 7),
    (re.compile(r" heures? (?:par jour|de la journee)\b"), 24),
    (re.compile(r" jours? (?:par|du|dans le) mois\b"), 31),
)
"""What follows a number of weeks, months, days or hours, and the most that there can be."""
WEEK = re.compile(r"\bsemaine (?:n ?[°o] ?)?(\d{2,3})\b(?! ?(?:jeunes|heures|h\b))")
NIGHT = 20
"""Hour from which opening hours may end after midnight."""


@dataclass(frozen=True)
class Mention:
    """A date as written, with the first and the last day that it can be."""

    words: str
    start: date
    end: date
    position: int


def check_dates(report: Report) -> Iterator[Finding]:
    """Check the dates of the prose against themselves, the year of the report and the day it was adopted."""
    adopted = _adopted(report)
    year = report.year
    early = bool(adopted and year and adopted[0].end <= date(year, 12, 31))
    for table in report.tables:
        yield from _rows(table)
        yield from _days_of_cells(table)
    for sentence in report.sentences:
        folded = fold(sentence.text)
        yield from _ranges(sentence, folded)
        yield from _impossible(sentence, folded)
        yield from _too_many(sentence)
        yield from _lasting(sentence, folded)
        if adopted and not early:
            yield from _after(sentence, folded, adopted[0])
    if adopted and early:
        mention, sentence = adopted
        why = f"un rapport sur {year} ne peut être validé avant la fin de {year}"
        yield _finding(sentence, mention.words, why, judge(False), "Le rapport est daté d'avant la fin de son année")


def _rows(table: Table) -> Iterator[Finding]:
    """Rows of a table that end before they start."""
    start = next((column for column in table.columns if START.match(fold(column.label))), None)
    end = next((column for column in table.columns if END.match(fold(column.label))), None)
    if start is None or end is None:
        return
    for row in table.rows:
        first, last = table.cell(row, start), table.cell(row, end)
        days = [mentions[0] for cell in (first, last) if (mentions := _mentions(fold(cell.text)))]
        if len(days) == 2 and days[0].start > days[1].end:
            words = f"{first.text} ; {last.text}"
            message = f"« {row.label} » finit le {last.text}, avant d'avoir commencé le {first.text}."
            yield finding_at(table.at(row, end, text=words), "dates", judge(True), message, "la fin précède le début")


def _days_of_cells(table: Table) -> Iterator[Finding]:
    """Cells that print a day that no calendar has."""
    for row in table.rows:
        for column in table.columns:
            cell = table.cell(row, column)
            for words in _no_days(fold(cell.text)):
                message = f"Ce jour n'existe pas : « {cell.text} »."
                yield finding_at(table.at(row, column), "dates", judge(True), message, f"« {words} » n'existe pas")


def _no_days(folded: str) -> Iterator[str]:
    """Days of a text that no calendar has; of a day without year, those that no year has."""
    for match in DATE.finditer(folded):
        month = MONTHS.index(match["month"]) + 1
        if match["day"] and _day(int(match["year"] or 2024), month, int(match["day"])) is None:
            yield match[0]
    for match in NUMERIC.finditer(folded):
        if _day(int(match["year"]), int(match["month"]), int(match["day"])) is None:
            yield match[0]


def _lasting(sentence: Sentence, folded: str) -> Iterator[Finding]:
    """Days counted beside their first and their last: all of them, or without the last, or those worked."""
    match = re.search(SAME_MONTH.pattern, folded)
    counted = [number for number in find_numbers(sentence.text) if fold(number.unit) in {"jour", "jours"}]
    if not match or len(counted) != 1 or counted[0].value is None or len(SAME_MONTH.findall(folded)) > 1:
        return
    days = int(match["end"]) - int(match["start"]) + 1
    if not days * 5 // 7 - 1 <= counted[0].value <= days and days > 0:
        words = f"{counted[0].words} {counted[0].unit}"
        why = f"« {match[0]} » en compte {days} au plus"
        yield _finding(sentence, words, why, judge(False), "La durée n'est pas celle des dates")


def _too_many(sentence: Sentence) -> Iterator[Finding]:
    """More weeks, months or days than a year or a week has."""
    for match in WEEK.finditer(fold(sentence.text)):
        if int(match[1]) > 53:
            yield _finding(
                sentence, match[0], "une année a 53 semaines au plus", judge(True), "Cette semaine n'existe pas"
            )
    for number in find_numbers(sentence.text):
        after = " " + fold(sentence.text[number.end :])
        for pattern, most in MOST:
            if number.value is not None and number.value > most and pattern.match(after):
                words = f"{number.words} {number.unit}".strip()
                why = f"il n'y en a que {most} au plus"
                yield _finding(sentence, words, why, judge(True), "Durée impossible")


def _adopted(report: Report) -> tuple[Mention, Sentence] | None:
    """The day the report itself was adopted, and where it is said."""
    for sentence in report.sentences:
        folded = fold(sentence.text)
        about = REPORT.search(folded) or REPORT.search(fold(sentence.before)) or folded.startswith("date de validation")
        mentions = [mention for mention in _mentions(folded) if mention.start == mention.end]
        if about and ADOPTED.search(folded) and mentions:
            return mentions[0], sentence
    return None


def _mentions(folded: str) -> tuple[Mention, ...]:
    mentions = []
    for match in DATE.finditer(folded):
        if not match["year"]:
            continue
        year, month = int(match["year"]), MONTHS.index(match["month"]) + 1
        first = _day(year, month, int(match["day"] or 1))
        if first:
            last = first if match["day"] else _last(year, month)
            mentions.append(Mention(match[0], first, last, match.start()))
    for match in NUMERIC.finditer(folded):
        if day := _day(int(match["year"]), int(match["month"]), int(match["day"])):
            mentions.append(Mention(match[0], day, day, match.start()))
    return tuple(mentions)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _last(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _ranges(sentence: Sentence, folded: str) -> Iterator[Finding]:
    for match in RANGE.finditer(folded):
        start, end = (_parsed(match[side], match["end"]) for side in ("start", "end"))
        if start and end and start > end:
            yield _finding(sentence, match[0], "la fin précède le début", judge(True), "Période à l'envers")
    for match in SAME_MONTH.finditer(folded):
        if int(match["start"]) > int(match["end"]):
            yield _finding(sentence, match[0], "la fin précède le début", judge(True), "Période à l'envers")
    for match in YEARS.finditer(folded):
        if match["start"] > match["end"]:
            yield _finding(sentence, match[0].strip(), "la fin précède le début", judge(True), "Période à l'envers")
    for match in HOURS.finditer(folded):
        start_minutes, end_minutes = (
            int(match[side]) * 60 + int(match[f"{side}_minutes"] or 0) for side in ("start", "end")
        )
        if start_minutes > end_minutes and int(match["start"]) < NIGHT and int(match["end"]) > 3:
            yield _finding(sentence, match[0], "la fin précède le début", judge(True), "Horaires à l'envers")


def _parsed(words: str, other: str) -> date | None:
    """A bound of a range; its year may be that of the other bound, its day may be missing."""
    if numeric := NUMERIC.fullmatch(words):
        return _day(int(numeric["year"]), int(numeric["month"]), int(numeric["day"]))
    match, last = DATE.search(words), DATE.search(other)
    if not match:
        return None
    own_year, other_year = match["year"], last["year"] if last else None
    if not own_year and not other_year:
        return None  # « d'octobre à juin »: a school year
    if not own_year and not match["day"]:
        return None
    return _day(int(own_year or other_year or 0), MONTHS.index(match["month"]) + 1, int(match["day"] or 1))


def _impossible(sentence: Sentence, folded: str) -> Iterator[Finding]:
    """Days that no calendar has, and days of the week that are another."""
    for match in DATE.finditer(folded):
        if not match["day"]:
            continue
        month = MONTHS.index(match["month"]) + 1
        day = _day(int(match["year"] or 2024), month, int(match["day"]))
        if day and match["weekday"] and match["year"] and WEEKDAYS[day.weekday()] != match["weekday"]:
            true = f"le {match['day']} {match['month']} {match['year']} était un {WEEKDAYS[day.weekday()]}"
            yield _finding(sentence, match[0], true, judge(True), "Le jour de la semaine n'est pas celui de la date")
    for words in _no_days(folded):
        yield _finding(sentence, words, "aucun calendrier ne l'a", judge(True), "Ce jour n'existe pas")


def _after(sentence: Sentence, folded: str, adopted: Mention) -> Iterator[Finding]:
    """Things told as past that come after the report was adopted."""
    for mention in _mentions(folded):
        before = folded[max(0, mention.position - 60) : mention.position]
        if mention.start > adopted.end and SINCE.search(before) and not re.search(r"\bsera|\bseront|\bprev", before):
            why = f"le rapport a été validé le {adopted.words}, avant « {mention.words} »"
            yield _finding(
                sentence, mention.words, why, judge(True), "Un fait passé est daté d'après la validation du rapport"
            )


def _finding(sentence: Sentence, folded: str, why: str, certitude: Certitude, what: str) -> Finding:
    start = fold(sentence.text).find(folded)
    words = (
        sentence.text[start : start + len(folded)]
        if start >= 0 and fold(sentence.text[start : start + len(folded)]) == folded
        else folded
    )
    message = f"{what} : « {words} » ({why}) dans « {sentence.text} »."
    return finding_at(sentence.at(words), "dates", certitude, message, why)

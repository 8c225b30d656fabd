"""Numbers stated by the prose, each with the words that say what it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.model import Report, Sentence
from rlpipeline.prose.french_numbers import COUNTING, Number, find_numbers
from rlpipeline.prose.number_kinds import WEEKDAY

CLAUSE = re.compile(r"[,;:()«»–]| dont | contre | pour | et | mais | tandis que | alors que | puis ")
APPROXIMATE = re.compile(
    r"\b(?:environ|pres d(?:es?|u|')|presque|quelque|autour de|approximativement|a peine"
    r"|un peu (?:plus|moins) d(?:es?|u|')|de l'ordre d\w+)\s*(?:l[ea] |l'|un |une )?$"
)
AT_LEAST = re.compile(r"\b(?:plus de|au moins|au-dela de|plus d'|depasse\w*)\s*(?:l[ea] |l'|un |une )?$")
AT_MOST = re.compile(r"\b(?:moins de|moins d'|au plus|pas plus de|au maximum|jusqu'a)\s*(?:l[ea] |l'|un |une )?$")
ELSEWHERE = re.compile(
    r"\bdepartementa|\bdepartement (?:compt|declar)|\bdu departement\b|\bnationa|\bregiona|\bfrance\b|\bobservatoire\b"
    r"|\bautres services\b|\binsee\b"
    r"|\bservices du|\bhypothese\b|\bailleurs\b|\bmoyenne des\b|\bestim"
)
"""Words by which a sentence speaks of others, or guesses."""
FUTURE = re.compile(
    r"\bvise\b|\bobjectif|\bprevu|\bprevoi|\b(?:sera|seront|aura|auront)\b|\bpar rapport a (?!l'an|(?:19|20)\d\d)"
)
TREND = re.compile(
    r"\bhausse|\baugment|\bbaisse|\brecul|\bprogress|\bdiminu|\bevolution|\bcrois|\bchut|\bgrimp|\bflech|\bgagn|\bperd|\bregress|\bbond"
)
AVERAGE = re.compile(
    r"\bmoyen(?:ne)?s?\b"
    r"|\b(?:par|chaque|pour une) (?:seance|semaine|jour|mois|soir|sortie|action|atelier|chantier|rencontre|jeune)\b"
)
PRONOUN = re.compile(r"(?:ils?|elles?|celui-ci|celle-ci|ceux-ci|il y|cette action|ce chantier|ce sejour)\b")
FREQUENCY = re.compile(rf"\b(?:{WEEKDAY}|(?:jour|soir|soiree|semaine|week-end|mois|annee|fois|heure)s?) sur \w+")
"""« Un samedi sur quatre »: how often, not which part."""
OF_A_UNIT = re.compile(r"^\s*(?:d'|de |du )(?:temps|poste|heure|journee|etp|siecle|finale)\b")
"""« Un quart de temps plein »: a measure, not which part."""
DIFFERENCE = re.compile(
    r"^(?:\s+(?:[^\W\d_]+|€|k€)){0,4}?\s+(?:de (?:plus|moins)\b(?! de\b)|au[- ]dess(?:us|ous)|en dessous)"
)
"""« Six de plus qu'au 1er janvier »: a difference, not a count."""
APART = re.compile(
    r"\b(?:inferieur|superieur|depass|exced|ecart|economi|difference|surcout|gagne|perd|vari)\w*\b"
    r"[^.;\d]{0,60}\b(?:de|d'|a) $"
)
"""« Inférieur au budget voté de 300 € », « l'écart est de 300 € »: the same, told before the number."""
CLOCK = re.compile(
    r"(?:\b(?:a|avant|apres|vers|des|jusqu'a|entre|dure\w*|pendant|durant|toutes les)"
    rf"|\b{WEEKDAY}\b.*,) $"
)
"""Before hours that are those of a clock, or of how long each thing lasts."""
DAYS = re.compile(r"\b(?:du|entre le) \d{1,2}(?:er)?\b.{0,15}?\b(?:au|et le) \d{1,2}\b")
"""Days told beside their first and their last are of the calendar."""
BASE = re.compile(r"10?0(?:\s?000)?|1\s?000")
"""« Pour 1 000 habitants »: what a rate is counted for."""
COMPARED = re.compile(r"\bde (?:plus|moins) qu")
BY = re.compile(r"\bd(?:e |')$")
MINUTES = re.compile(r"^\s*(?:heures? )?(?:et )?(\d{1,2}) ?min")
RANGE = re.compile(r"\bentre (?:\S+ et )?$")
MOVING = re.compile(
    r"\bpass(?:e|ent|ait|aient|ees?)\b|\bevolu|\bhausse|\baugment|\bbaiss|\brecul|\bprogress|\bdiminu|\bchut|\ball(?:e|ee|es|ees)\b"
)
TO = re.compile(r"^ a \d")
MOVING_TO = re.compile(r"^[^,;:.]*? à \d")
FROM = re.compile(r"(?P<low>\d+) a $")
TIME_UNITS = re.compile(r"mois|ans?|annees?|semaines?|jour|minutes?|siecle|decennies|places?")
RATE = re.compile(r"\bpour (?:100|1 ?000|10 ?000)\b(?! ?(?:€|euros))")
MOST_NUMBERS = 10
"""Numbers beyond which a sentence is a table written out, whose clauses do not say what each counts."""
NEAR_YEAR = re.compile(r"^[^.;:]{0,32}?\ben ((?:19|20)\d\d)\b")
PERIOD = re.compile(r"\b(20\d\d) ?[-–/] ?(?:20)?(\d\d)\b(?! ?[-–/])")
"""A year that is no calendar year: « campagne 2023-2024 »."""
SHORT_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")


@dataclass(frozen=True)
class Statement:
    """A number of the prose, ready to be held against the tables.

    Parameters
    ----------
    sentence, number
        Where and what.
    clause, whole, wide
        Stems of the clause, of the sentence, of the sentence before and the heading.
    years
        Years that the number may be of, empty where none is told.
    approximate
        ``""``, ``environ``, ``plus`` or ``moins``.
    trend, near_trend, average
        Whether the clause, then the sentence, tells a change; whether the clause tells a mean.
    names
        Stems of the proper nouns of the clause.
    difference
        Whether the number is how much more or fewer: « recule de 44 heures ».
    others
        Values of the other numbers of the sentence.
    inherited
        Whether the noun counted is that of the number before it.
    moving
        Whether the number is one of the two of a change, « passe de 284 à 298 », whose moments are not told.
    year
        Year of the report.
    beside
        Stems of the nouns that the other numbers of the sentence count.
    """

    sentence: Sentence
    number: Number
    clause: tuple[str, ...]
    whole: tuple[str, ...]
    wide: tuple[str, ...]
    years: frozenset[int]
    approximate: str
    trend: bool
    average: bool
    near_trend: bool = False
    difference: bool = False
    others: frozenset[float] = frozenset()
    inherited: bool = False
    moving: bool = False
    names: frozenset[str] = frozenset()
    year: int | None = None
    beside: frozenset[str] = frozenset()

    @property
    def value(self) -> float:
        """Its value, a percentage for a fraction."""
        value = abs(self.number.value or 0.0)
        return 100 * value if self.number.kind == "fraction" else value

    @property
    def period(self) -> str:
        """The two years of a period that is no calendar year, as « 2023-24 », ``""`` if none."""
        return period(self.sentence.text)

    @property
    def relative(self) -> bool:
        """Whether it is a share rather than a count."""
        return self.number.kind in {"pourcentage", "fraction"}

    @property
    def decimals(self) -> int:
        """Digits written after the comma."""
        return (
            len(re.split("[,.]", self.number.words.rstrip(" %"))[1]) if re.search(r"\d[,.]\d", self.number.words) else 0
        )

    @property
    def pronoun(self) -> bool:
        """Whether the sentence speaks of what the one before named."""
        return bool(PRONOUN.match(labels.fold(self.sentence.text)))

    @property
    def unit(self) -> str:
        """Stem of the noun counted."""
        return labels.stem(self.number.unit) if len(self.number.unit) > 1 else self.number.unit

    def agrees(self, value: float) -> bool:
        """Whether a value computed from a table is the one stated, as exactly as it is stated."""
        gap = self.value - value
        if self.approximate == "environ" or self.number.words.lower().endswith(("aine", "aines")):
            return abs(gap) <= max(0.12 * abs(value), 5 if self.relative else 1)
        if self.approximate == "plus":
            return value >= self.value and gap >= -max(0.25 * value, 5)
        if self.approximate == "moins":
            return value <= self.value and gap <= max(0.25 * value, 5)
        if self.number.kind == "fraction":
            return abs(gap) <= 2
        if self.relative:
            return abs(gap) <= 0.5 * 10**-self.decimals + 1e-6 or (not self.decimals and abs(gap) < 1)
        return (
            abs(gap) <= 0.5 * 10**-self.decimals
            if self.decimals
            else abs(gap) < 1e-6 or (abs(value % 1) > 0 and abs(gap) < 0.5)
        )


def period(text: str) -> str:
    """The two years of a period that is no calendar year, as « 2023-24 », ``""`` if a text names none."""
    match = PERIOD.search(text)
    return f"{match[1]}-{match[2]}" if match else ""


def statements(report: Report, future: bool = False) -> Iterator[Statement]:
    """All the numbers of the prose that count something of this report; those told in the future too if asked."""
    for sentence in (*report.sentences, *_headings(report)):
        folded = labels.fold(sentence.text)
        if ELSEWHERE.search(folded) or (not future and FUTURE.search(folded)):
            continue
        numbers = find_numbers(sentence.text)
        if len(numbers) > MOST_NUMBERS:
            continue
        unit = ""
        for number in numbers:
            if number.kind not in COUNTING or number.value is None or TIME_UNITS.fullmatch(labels.fold(number.unit)):
                continue
            if _measures(sentence.text, number):
                continue
            noun = _noun(number)
            inherited = number.kind == "nombre" and not noun and bool(unit)
            unit = noun or unit
            in_range = _in_a_range(sentence.text, number)
            moving = in_range and bool(MOVING.search(labels.fold(sentence.text)))
            if moving or not in_range:
                whole = _statement(sentence, number, numbers)
                named = replace(_with_minutes(sentence.text, number), unit=unit if inherited else noun)
                yield replace(whole, number=named, inherited=inherited, moving=moving, year=report.year)


def _in_a_range(text: str, number: Number) -> bool:
    """Whether a number is a bound, or a guess: « entre 20 et 30 », « de 284 à 298 »."""
    before, after = labels.fold(text[: number.start]) + " ", " " + labels.fold(text[number.end :])
    low = FROM.search(before)
    around = labels.fold(text[max(0, number.start - 25) : number.end + 12])
    return bool(RANGE.search(before) or "estim" in around or TO.match(after) or (low and not labels.year(low["low"])))


def _noun(number: Number) -> str:
    """The noun counted: « k€ » is euros, and « Quarante-huit évoquent » names none."""
    if not number.unit and "€" in number.words:
        return "€"
    verb = number.unit.endswith("ent") and (number.value or 0) >= 2
    return "" if verb else number.unit


def _with_minutes(text: str, number: Number) -> Number:
    """« 44 heures et 30 minutes » is one number."""
    match = MINUTES.match(labels.fold(text[number.end :])) if labels.fold(number.unit).startswith("heure") else None
    return replace(number, value=(number.value or 0.0) + int(match[1]) / 60) if match else number


def _measures(text: str, number: Number) -> bool:
    """Whether a number tells how often, which measure, or how much more, rather than how many or which part."""
    after = _after(text, number)
    if number.kind == "fraction":
        return bool(FREQUENCY.search(labels.fold(number.words)) or OF_A_UNIT.match(after))
    if BASE.fullmatch(number.words) and re.search(r"\b(?:pour|sur) $", labels.fold(text[: number.start]) + " "):
        return True
    if number.unit.startswith("jour") and DAYS.search(labels.fold(text)):
        return True
    clock = labels.fold(number.unit) in {"heure", "heures"} and (number.value or 0) <= 24
    return bool(clock and CLOCK.search(labels.fold(text[: number.start]) + " "))


def _after(text: str, number: Number) -> str:
    """What follows a number, folded, its first space kept."""
    return (" " if text[number.end : number.end + 1] == " " else "") + labels.fold(text[number.end :])


def _headings(report: Report) -> Iterator[Sentence]:
    for document in report.documents:
        for block in document.blocks:
            if block.level:
                text = re.sub(r"^\s*(?:[IVX]+|\d+(?:\.\d+)*|[a-z])\s*[.)]?\s+", "", block.text)
                yield Sentence(text, block.line, document.path, (block.text,))


def _statement(sentence: Sentence, number: Number, numbers: tuple[Number, ...]) -> Statement:
    text = sentence.text
    marks = list(CLAUSE.finditer(text, 0, number.start))
    if marks and (marks[-1][0] == "(" or (marks[-1][0] == ":" and not number.unit)):
        del marks[-1]  # « les collégiens (61 % des jeunes) », « Jeunes suivis : 61 »: what it follows is what it counts
    start = marks[-1].end() if marks else 0
    end = min((match.start() for match in CLAUSE.finditer(text, number.end)), default=len(text))
    before = labels.fold(text[: number.start])[-40:] + (" " if text[: number.start].endswith(" ") else "")
    approximate = next(
        (
            name
            for name, pattern in (("environ", APPROXIMATE), ("plus", AT_LEAST), ("moins", AT_MOST))
            if pattern.search(before.strip() + " ")
        ),
        "",
    )
    clause = labels.fold(text[start:end])
    own = _stems(text, (start, end), number, numbers)
    beside = _counted_beside(own, number, numbers)
    return Statement(
        sentence,
        number,
        own,
        tuple(word for word in _stems(text, (0, compared(text, number)), number, numbers) if word not in beside),
        labels.stems(f"{sentence.before} {sentence.section[-1] if sentence.section else ''}"),
        _years(text, number, numbers),
        approximate,
        bool(TREND.search(clause)),
        bool(AVERAGE.search(clause) or RATE.search(labels.fold(text))),
        bool(TREND.search(labels.fold(text))),
        beside=beside,
        difference=_is_difference(text, number, before),
        others=frozenset(other.value for other in numbers if other is not number and other.value is not None),
        names=frozenset(
            stem
            for name in re.findall(r"(?<!^)\b[A-ZÉÈ][a-zéèêëàâîïôûüç'’-]+[^\W\d_]*", text[start:end])
            for stem in labels.stems(name)
        ),
    )


def _is_difference(text: str, number: Number, before: str) -> bool:
    """Whether a number tells how much more or fewer: « recule de 44 heures », « six de plus », not « de 431 à 418 »."""
    by = TREND.search(labels.fold(text)) and BY.search(before) and not MOVING_TO.search(text[number.end :])
    apart = DIFFERENCE.match(_after(text, number)) or APART.search(labels.fold(text[: number.start]) + " ")
    signed = number.kind == "nombre" and re.search(r"[:(,] ?[-+−±] ?$", text[: number.start])
    return bool(by or signed or number.words[0] in "+−-") or (number.kind == "nombre" and bool(apart))


def compared(text: str, number: Number) -> int:
    """Where a sentence turns to what it compares with: « 20 de moins que le budget voté »."""
    match = COMPARED.search(text, number.end)
    return match.start() if match else len(text)


def _counted_beside(own: tuple[str, ...], number: Number, numbers: tuple[Number, ...]) -> frozenset[str]:
    """Stems of the nouns that the other numbers of a sentence count, « 23 filles », and this one does not."""
    if number.kind != "nombre" or not number.unit:
        return frozenset()
    return frozenset(labels.stem(other.unit) for other in numbers if other is not number and other.unit) - set(own)


def _stems(text: str, span: tuple[int, int], number: Number, numbers: tuple[Number, ...]) -> tuple[str, ...]:
    """Stems of a part of a sentence: the number itself left out, others in digits, age bands by their bounds."""
    parts: list[str] = []
    position = span[0]
    ages: list[str] = []
    for other in numbers:
        if other.start < span[0] or other.end > span[1]:
            continue
        parts.append(text[position : other.start])
        position = other.end
        if other is number:
            continue
        if other.kind == "age":
            ages += _age(text, other)
        parts.append(
            str(int(other.value)) if other.value is not None and other.value == int(other.value) else other.words
        )
    parts.append(text[position : span[1]])
    return (*labels.stems(" ".join(parts)), *ages)


def _age(text: str, number: Number) -> list[str]:
    around = labels.fold(text[max(0, number.start - 12) : number.end + 12])
    digits = re.findall(r"\d+", number.words)[:1]
    matches = [match for match in labels.AGE.finditer(around) if any(digit in match[0] for digit in digits)]
    return [key for match in matches[:1] if (key := labels.canonical(match[0].strip())).startswith("age")]


def _years(text: str, number: Number, numbers: tuple[Number, ...]) -> frozenset[int]:
    """Years that a number may be of: the one that follows at once, else those before it, else those of the sentence."""
    following = next((other for other in numbers if other.start >= number.end and other.kind in COUNTING), None)
    after = text[number.end : following.start if following else len(text)]
    if near := NEAR_YEAR.search(labels.fold(after)):
        return frozenset({int(near[1])})
    years = SHORT_YEAR.findall(text[: number.start])[-1:] or SHORT_YEAR.findall(after)
    return frozenset(int(year) for year in years)

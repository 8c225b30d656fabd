"""One cell of an export as the records write it: dates, numbers, communes, codes; never a guess."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rlpipeline.importing.ages import age_band
from rlpipeline.importing.words import VOCABULARIES, Meaning, Place, meaning, synonyms, value_key
from rlpipeline.records.communes import OUTSIDE_LABEL, names_around, read_commune, read_territory
from rlpipeline.records.dates import Unread, read_birth, read_date, read_year
from rlpipeline.records.labels import words_of
from rlpipeline.records.official_communes import by_code, by_postal_code
from rlpipeline.records.parsing import read_number
from rlpipeline.records.schema import OUTSIDE, Column
from rlpipeline.settings.communes import name_key, plain
from rlpipeline.settings.models import Service

_UNSAID = """- -- --- — – / ? na nr nsp n.s.p. n.r. vide inconnu inconnue nc n/c n.c."""
_NOTHING = """so s.o. s/o néant aucun aucune"""
UNSAID = frozenset(map(value_key, (*_UNSAID.split(), "non renseigné", "non renseignée", "non communiqué")))
"""Words that say that nothing is known."""
EMPTY = UNSAID | frozenset(map(value_key, (*_NOTHING.split(), "sans objet", "en cours")))
"""Those, and words that say that there is nothing, or that nothing has ended: a status may be « en cours »."""
_MONTHS = ("janv", "fevr", "mars", "avri", "mai", "juin", "juil", "aout", "sept", "octo", "nove", "dece")
_NUMERIC = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{2}|\d{4})(?:[T ,à]*\d{1,2}[:h]\d{2}(?::\d{2})?)?")
_WRITTEN = re.compile(r"(?:[a-z]+\.? )?(\d{1,2})(?:er)?[ -]([a-z]+)\.?[ -](\d{2}|\d{4})")
_COMPACT = re.compile(r"(19|20)(\d{2})(\d{2})(\d{2})")
_YEAR_ALONE = re.compile(r"((?:19|20)\d\d)0000")
_SERIAL = re.compile(r"([34]\d{4})(?:\.\d+)?")
_HOURS = re.compile(r"(\d{1,3})\s*(?:h|heures?|:)\s*(\d{1,2})?\s*(?:min|mn|m)?(?::00)?", re.IGNORECASE)
_MINUTES = re.compile(r"(\d{1,3})\s*(?:min|mn|minutes?)", re.IGNORECASE)
_UNITS = re.compile(r"\s*(?:€|euros?|eur|heures?|h|jours?|j|etp|%|séances?|jeunes?|pers(?:onnes)?\.?)$", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*%")
IN_MINUTES = re.compile(r"\b(?:min|mn|minutes?)\b", re.IGNORECASE)
_POSTAL = re.compile(r"\(?\b(\d{5})\b\)?")
_EPOCH = date(1899, 12, 30)
AGE = re.compile(r"(\d{1,2})(?:\.0+)?(?: ?ans?)?", re.IGNORECASE)
UNDATED = re.compile(r"(\d{1,2})(?:[/.-](\d{1,2})|(?:er)? ([^\W\d]{3,9})\.?)?")
"""A day without its year, « 04/01 » or « 4 janvier », or without its month, which the sheet says."""
MANY_HOURS = 15
"""From this median on, numbers of hours of one entry are rather minutes."""
TICKS = frozenset(("x", "oui", "o", "1", "vrai", "true", "yes", "✓", "✔", "v", "ok", "coché", "1.0"))
NOT_TICKS = frozenset(("", "non", "n", "0", "faux", "false", "no", "-", "0.0", "nsp", "ne sait pas", "?"))


PRESENT = TICKS | {"p", "présent", "présente"}
ABSENT = NOT_TICKS | {"a", "abs", "abs.", "absent", "absente", "e", "exc", "exc.", "excusé", "excusée"}


def are_attendance(texts: Iterable[str]) -> bool:
    """Whether cells say that somebody was there or not, but for a total."""
    said = [text.casefold() for text in texts if text]
    return sum(text in PRESENT | ABSENT for text in said) >= 0.8 * len(said) and any(text in PRESENT for text in said)


def are_ticks(texts: Iterable[str]) -> bool:
    """Whether cells say yes or nothing but yes and no."""
    said = {text.casefold() for text in texts}
    return said <= TICKS | NOT_TICKS and bool(said & TICKS)


def are_durations(texts: Sequence[str]) -> bool:
    """Whether cells are hours and minutes, « 2h30 » or « 02:30 », rather than numbers or times of the day."""
    lasting = [text for text in texts if _HOURS.fullmatch(text)]
    return len(lasting) >= max(1, 0.8 * len(texts)) and all((time_of(text) or 0) < EARLIEST_HOUR for text in lasting)


UNKNOWN = "NR"
"""The code of what is not known, where a column has one."""


@dataclass(frozen=True)
class Asked:
    """A word whose code somebody must say, and the likeliest."""

    nearest: str | None = None


Read = str | Unread | Asked


@dataclass(frozen=True)
class CellReader:
    """What reads the cells of a column.

    Parameters
    ----------
    place, column
        Where the cells go.
    answers
        Words to codes, as people said.
    month_first
        Whether dates of the column are written month first.
    year
        The latest year of the export: on two digits, a later one is of the century before.
    undated
        Year and month of the days that say neither.
    aged
        Year at whose end the ages of a column are, that stand for births.
    in_minutes
        Whether the header says that hours are given in minutes.
    suggests
        Whether to look for the likeliest code of a word that is not known.
    """

    place: Place
    column: Column
    service: Service
    answers: Mapping[str, str]
    month_first: bool = False
    year: int = 2100
    undated: tuple[int, int] | None = None
    aged: int | None = None
    suggests: bool = True
    in_minutes: bool = False

    def read(self, text: str) -> Read:
        """Give the cell as the records write it; empty where it says that nothing is known."""
        text = text.replace("\n", " ")
        text = "NA" if text.casefold() in ("n/a", "n.a.") else text  # whose key is that of « N », no
        if text in self.answers:
            return self.answers[text]
        readers = {
            "code": self._code,
            "flag": self._code,
            "commune": self._commune,
            "territory": self._territory,
            "date": self._date,
            "birth": self._birth,
            "year": self._year,
            "number": self._number,
        }
        read = readers.get(self.column.kind)
        if not text or read is None:
            return "" if value_key(text) in EMPTY and self.column.kind == "text" else text
        return read(text)

    def translates(self, text: str, code: str) -> bool:
        """Whether a word stands for a code of another name, and nobody said so."""
        place = self.column.kind == "commune"
        if text in self.answers or not code or (code != OUTSIDE if place else self.column.kind not in ("code", "flag")):
            return False
        label = OUTSIDE_LABEL if place else words_of(self.column, self.service).get(code, code)
        return value_key(text) not in (value_key(code), value_key(label))

    def _code(self, text: str) -> Read:
        meant: Meaning = meaning(text, self.place, words_of(self.column, self.service), self.suggests)
        if meant.code is None and VOCABULARIES.get(self.place) == "age":
            band = age_band(text)
            meant = Meaning(band) if band in words_of(self.column, self.service) else meant
        if meant.code is not None:
            return meant.code
        empty = value_key(text) in (EMPTY if self.column.nullable else UNSAID)
        if not empty:
            return Asked(meant.nearest)
        return UNKNOWN if UNKNOWN in self.column.codes else ""

    def _commune(self, text: str) -> Read:
        read = read_commune(text, self.service, suggests=False)
        if not isinstance(read, Unread):
            return Asked(self._own_namesake(text) or OUTSIDE) if self._has_a_namesake(text, read) else read
        if value_key(text) in EMPTY:
            return ""
        if value_key(text) in {value_key(word) for word in synonyms()["valeurs"]["hors"]}:
            return OUTSIDE
        postal = _POSTAL.search(text)
        bare = _POSTAL.sub(" ", text).strip(" -,()")
        bare = re.sub(r"\(\s*\d{0,3}\s*\)?|\bcedex\b.*$|^ville de |^commune de ", "", bare, flags=re.IGNORECASE).strip(
            " -,"
        )
        again = read_commune(bare, self.service, suggests=False) if bare else read
        if not isinstance(again, Unread):
            return again
        places = by_postal_code().get(postal[1], ()) if postal else ()
        named = [one.code for one in places if name_key(one.name).startswith(name_key(bare))]
        if len(named) == 1:
            return named[0]
        own = [code for code in named if code in self.service.commune_codes]
        return Asked(own[0] if len(own) == 1 else self._nearest_commune(bare or text) if self.suggests else None)

    def _has_a_namesake(self, text: str, code: str) -> bool:
        """Whether a name of a commune elsewhere is a part of another's, near the service: « Port », « Le Port »."""
        one, own = by_code().get(code), self.service.departement
        if one is None or one.departement == own or text[:1].isdigit() or code in self.service.commune_codes:
            return False
        return any(_is_part(name_key(text), name) for name in names_around(own))

    def _own_namesake(self, text: str) -> str | None:
        """The one commune of the service of whose name a name is a part."""
        own = [one.code for one in self.service.communes if _is_part(name_key(text), name_key(one.nom))]
        return own[0] if len(own) == 1 else None

    def _nearest_commune(self, text: str) -> str | None:
        names = {value_key(one.nom): one.code for one in self.service.communes}
        near = difflib.get_close_matches(value_key(text), list(names), 1, 0.7)
        return names[near[0]] if near else None

    def _territory(self, text: str) -> Read:
        read = read_territory(text, self.service, suggests=False)
        return read if not isinstance(read, Unread) else Asked()

    def _date(self, text: str) -> Read:
        return self._some_date(text, birth=False)

    def _birth(self, text: str) -> Read:
        return self._some_date(text, birth=True)

    def _some_date(self, text: str, birth: bool) -> Read:
        if value_key(text) in EMPTY or re.fullmatch(r"0+", text):
            return ""
        if birth and (year := _YEAR_ALONE.fullmatch(text)):
            return year[1]
        if self.aged and (age := AGE.fullmatch(text)):
            return str(self.aged - int(age[1]))
        read = read_birth(text) if birth else read_date(text)
        if isinstance(read, int):
            return str(read)
        slashes = _NUMERIC.fullmatch(text)
        if isinstance(read, date) and not (self.month_first and slashes):
            return read.isoformat()
        unread = read if isinstance(read, Unread) else Unread("E102", "cette date n'existe pas")
        return self._otherwise_written(text) or unread

    def _otherwise_written(self, text: str) -> str | None:
        """A day in one of the ways that the records do not take; None where it is not one."""
        year, month, day = self._parts(text) or (0, 0, 0)
        if year < 100:
            year += 2000 if 2000 + year <= self.year + 1 else 1900
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return None

    def _parts(self, text: str) -> tuple[int, int, int] | None:
        if match := _NUMERIC.fullmatch(text):
            first, second, year = (int(part) for part in match.groups())
            return (year, first, second) if self.month_first else (year, second, first)
        if self.undated and (match := UNDATED.fullmatch(text)):
            month = int(match[2]) if match[2] else month_named(match[3]) if match[3] else self.undated[1]
            return (self.undated[0], month, int(match[1])) if month else None
        if match := _COMPACT.fullmatch(text):
            return int(match[1] + match[2]), int(match[3]), int(match[4])
        if match := _SERIAL.fullmatch(text):
            day = _EPOCH + timedelta(days=int(match[1]))
            return day.year, day.month, day.day
        if match := _WRITTEN.fullmatch(_plain(text)):
            month = month_named(match[2])
            return (int(match[3]), month, int(match[1])) if month else None
        return None

    def _year(self, text: str) -> Read:
        """A year, that of a date, or the second of a school year's."""
        read = read_year(text)
        if not isinstance(read, Unread):
            return str(read)
        day = self._some_date(text, birth=False)
        return day[:4] if isinstance(day, str) else read

    def _number(self, text: str) -> Read:
        if value_key(text) in EMPTY:
            return "NC" if value_key(text) == "NC" else ""
        bare = _UNITS.sub("", text).strip()
        converted = self._converted(text)
        if converted is not None:
            return _decimal(converted)
        if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", bare):
            bare = bare.replace(".", "").replace(",", ".")
        elif re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+", bare):
            bare = bare.replace(",", "")
        elif re.fullmatch(r"\d{1,3}[.,]\d{3}", bare) and (self.column.whole or self.column.name == "montant_eur"):
            return Unread("E101", "milliers ou décimales : les deux se lisent")
        read = read_number(bare, self.column)
        if isinstance(read, Unread):
            return read
        return "NC" if read != read else _decimal(read)  # noqa: PLR0124 - not a number

    def _converted(self, text: str) -> float | None:
        """Hours and minutes as hours, a percentage of a post as a part of it; None for a plain number."""
        if self.column.name.startswith("etp") and (part := _PERCENT.fullmatch(text)):
            return float(part[1].replace(",", ".")) / 100
        if self.column.name != "heures":
            return None
        if (match := _HOURS.fullmatch(text)) and (match[2] or not text.strip().isdigit()):
            return int(match[1]) + int(match[2] or 0) / 60
        minutes = _MINUTES.fullmatch(text) or (self.in_minutes and re.fullmatch(r"(\d{1,4})", text))
        return int(minutes[1]) / 60 if minutes else None


def _decimal(value: float) -> str:
    return f"{round(value, 6):.6f}".rstrip("0").rstrip(".")


def summed(one: str, other: str) -> str:
    """Add two numbers as the records write them; what is not communicated adds nothing."""
    if not one or one == "NC":
        return other
    if other == "NC":
        return one
    return f"{float(one) + float(other):.6f}".rstrip("0").rstrip(".")


def _plain(text: str) -> str:
    return plain(text).lower()


def in_minutes(header: str, texts: Iterable[str]) -> bool:
    """Whether plain numbers of a column of hours are those of minutes, and its header does not say so."""
    numbers = sorted(int(text) for text in texts if re.fullmatch(r"\d{1,3}", text))
    large = len(numbers) > 2 and numbers[len(numbers) // 2] >= MANY_HOURS
    return large and not IN_MINUTES.search(header) and not re.search(r"\bh(?:eures?)?\b", header, re.IGNORECASE)


_TIME = re.compile(r"(\d{1,2})\s*(?:h|:)\s*(\d{2})?(?::00)?", re.IGNORECASE)
EARLIEST_HOUR, NOON = 6, 12


def _is_part(name: str, of: str) -> bool:
    return of.startswith(f"{name} ") or of.endswith(f" {name}")


def time_of(text: str) -> float | None:
    """Give a time of the day in hours; None where a cell is none."""
    match = _TIME.fullmatch(text)
    return int(match[1]) + int(match[2] or 0) / 60 if match and int(match[1]) < 24 else None


def are_moments(texts: Sequence[str], said: bool) -> bool:
    """Whether one column says when something was rather than how long: no work lasts half a day.

    Parameters
    ----------
    said
        Whether its header speaks of a beginning or of an end, which may be at night.
    """
    times = [time for text in texts if (time := time_of(text)) is not None]
    by_day = max(times, default=0) > NOON and min(times) >= EARLIEST_HOUR
    return len(times) > 0.8 * len(texts) and (by_day or (said and max(times) >= EARLIEST_HOUR))


def are_times(*columns: Sequence[str]) -> bool:
    """Whether two columns say when something began and ended, not how long two things were."""
    if len(columns) != 2:
        return False
    pairs = [(time_of(one), time_of(other)) for one, other in zip(*columns, strict=True) if one or other]
    times = [(one, other) for one, other in pairs if one is not None and other is not None]
    begun = any(all(pair[of] >= EARLIEST_HOUR for pair in times) for of in (0, 1))
    return len(times) > 0.8 * len(pairs) and begun


def begin_last(starts: Sequence[str], ends: Sequence[str]) -> bool:
    """Whether the second of two columns of times says when things began: the hours between are fewer so."""
    both = [(a, b) for one, other in zip(starts, ends, strict=True) if (a := time_of(one)) and (b := time_of(other))]
    return sum((end - start) % 24 for start, end in both) > sum((start - end) % 24 for start, end in both)


def hours_between(start: str, end: str) -> str:
    """Give the hours from a time of the day to another, past midnight too; empty where one is none."""
    first, last = time_of(start), time_of(end)
    return "" if first is None or last is None else _decimal((last - first) % 24)


def month_named(word: str) -> int:
    """Give the rank of a month by its name, or the first letters of it; 0 where it is none."""
    short = _plain(word)
    ranks = (rank for rank, name in enumerate(_MONTHS, 1) if short[:4] == name[: len(short[:4])])
    return next(ranks, 0) if len(short) >= (4 if short.startswith("jui") else 3) else 0


_QUARTER = re.compile(r"\b([1-4]) ?(?:er|e|ere|eme|nd|nde)? ?(?:trim(?:estre)?|sem(?:estre)?)\b\.?|\b[ts]([1-4])\b")
_MONTH = re.compile(r"(?P<name>[a-z]{3,9})\.?(?:[ '/-]+(?P<of>\d{2}|20\d\d))?|(?P<rank>\d{1,2})[/-](?P<year>20\d\d)")


def month_of(header: str) -> tuple[int, int]:
    """Give the year, 0 where it is not said, and the month that a header is, « janv-23 »; 0, 0 where it is none."""
    match = _MONTH.fullmatch(_plain(header).strip())
    month = (month_named(match["name"]) if match["name"] else int(match["rank"])) if match else 0
    if not match or not 1 <= month <= 12:
        return 0, 0
    year = int(match["of"] or match["year"] or 0)
    return (year + 2000 if 0 < year < 100 else year), month


def without_quarter(header: str) -> str | None:
    """Give what a header says beside a quarter or half of the year; None where it names none."""
    text = _plain(header)
    return _QUARTER.sub(" ", text).strip(" .-–") if _QUARTER.search(text) else None


def month_first(texts: Iterable[str]) -> bool | None:
    """Whether dates are written month first: True, False, None where nothing tells; both at once is day first."""
    orders: Counter[bool] = Counter()
    for text in texts:
        match = _NUMERIC.fullmatch(text)
        if match and int(match[1]) > 12:
            orders[False] += 1
        elif match and int(match[2]) > 12:
            orders[True] += 1
    if not orders:
        return None
    return orders[True] > 0 and not orders[False]

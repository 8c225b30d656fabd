"""What a line of an export may be, where its columns may go, the French words of both; one cell read as a value."""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from rlpipeline.characters import UNSEEN, unaccented
from rlpipeline.importing import FRENCH
from rlpipeline.records.communes import OUTSIDE_LABEL, by_code, read_commune, read_territory
from rlpipeline.records.names import codes_by_label, label_key
from rlpipeline.records.reading import (
    NOT_COMMUNICATED,
    SHEET_EPOCH,
    read_date,
    read_number,
    words_of,
)
from rlpipeline.records.tables import OUTSIDE, TABLES, Column, Unread, table_named
from rlpipeline.records.tabular import text_of
from rlpipeline.settings.models import Service

LEFT, NOTHING, SESSION = "ne pas reprendre", "rien", "une séance"
OF_LINE = "ligne"  # in the place of a table: what a column says of the line whole, whatever tables it fills
TICKED = " : la case est cochée"
CODED = ("code", "flag", "commune", "territory", "tick")
REPEATED = "suivis"  # of which a line may say several rows one beside the other
RESOLVED = ("jeunes", "actions")  # whose rows are joined
KINDS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(tables) for kind, tables in FRENCH["genres"].items()
}
"""What a line is, to the tables that it may fill, the one that it is about first."""
PERSON = ("id_jeune", "nom", "prenom", "nom_complet")
TICKS = frozenset({"x", "✓", "✔", "oui", "vrai", "true"})
DAY_FIRST, MONTH_FIRST = FRENCH["listes"]["jour et mois"]
HOURS, MINUTES, _, AGE = FRENCH["listes"]["unité"]
MONTHS: Mapping[str, int] = {
    name: rank for rank, names in enumerate(FRENCH["mois"], 1) for name in names.split()
}
_UNSEEN = re.compile(f"[{UNSEEN}]")
_RANK, _LAST_DIGIT = re.compile(r"n° ?(\d)"), re.compile(r"\s(?:n° ?)?(\d)$")
_LEADING_DAY = re.compile(r"(?:lun|mar|mer|jeu|ven|sam|dim)\w*\.?\s+", re.IGNORECASE)
_SHORT = re.compile(
    r"(?<![\d/.-])(\d\d?)[/.-](\d\d?)(?:[/.-](\d{4}|\d\d))?(?![/.-]?\d)(?:[ T]\d\d?(:\d\d){1,2})?"
)
_WORDY = re.compile(r"(?<!\d)(\d{1,2})(?:er)?\s+([a-z]+)\.?(?:\s+(\d{4}))?")
_DURATION = re.compile(r"(?:(\d+)\s*h(?:eures?)?\s*)?(?:(\d{1,3})\s*(?:min(?:utes?)?|mn|['′])?)?")
_DECIMAL_HOURS = re.compile(r"(\d+[.,]\d+)\s*h(?:eures?)?")
_COLONS = re.compile(r"(\d+):(\d{2})(?::\d{2})?")
_AGE = re.compile(r"(\d{1,2})(?:\.0+)?(?: ?ans)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
BARE_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])(?:er)?")
"""A day without its month and year: no one date is what it means on every line."""
_BANDS = ((11, "moins_11"), (15, "11_14"), (19, "15_18"), (22, "19_21"))


class Target(NamedTuple):
    """Where a column goes, by its ``label`` in the workbook, of which ``short`` is the end. ``kind`` is that of the
    records, « person » for who a line is about, « tick » for what only says that there is a row. A cell of one that
    ``is_several`` may hold several answers, each a row."""

    table: str
    column: str
    label: str
    short: str
    kind: str
    is_asked: bool
    is_several: bool = False


def _every_target() -> Iterator[Target]:
    for name, (label, _) in FRENCH["ligne"].items():
        kind = "year" if name == "annee" else "person" if name in PERSON else "identifier"
        yield Target(OF_LINE, name, label, label, kind, False, name in PERSON)
    for table in TABLES:
        for column in (c for c in table.columns if c.kind != "identifier" and c.name != "annee"):
            noted = re.split(r"[,;:(]", column.note)[0].strip()
            name, asked = f"{table.name}.{column.name}", column.required and not column.nullable
            short = FRENCH["colonnes"].get(name) or noted
            label, several = (
                f"{FRENCH['tables'].get(table.name, table.name)} — {short}",
                name in FRENCH["plusieurs"],
            )
            yield Target(table.name, column.name, label, short, column.kind, asked, several)


TARGETS: Mapping[str, Target] = {target.label: target for target in _every_target()}
TARGET_OF: Mapping[tuple[str, str], Target] = {(t.table, t.column): t for t in TARGETS.values()}


@cache
def targets_of_kind(kind: str) -> tuple[Target, ...]:
    """Where the columns of such lines may go, the line first."""
    held = {column for name in KINDS[kind] for column in table_named(name).column_names}
    held = held | {*PERSON} if "id_jeune" in held else held - {*PERSON}
    of_line = (t for t in TARGETS.values() if t.table == OF_LINE and t.column in held)
    return (*of_line, *(t for name in KINDS[kind] for t in TARGETS.values() if t.table == name))


@cache
def _keys(target: Target) -> frozenset[str]:
    of_line = target.table == OF_LINE
    written = (
        FRENCH["ligne"][target.column][1] if of_line else FRENCH["en-têtes"].get(target.column, "")
    )
    words = (
        target.column.replace("_", " "),
        target.label.rpartition(" — ")[2],
        *written.split(", "),
    )
    return frozenset(label_key(word) for word in words) - {""}


def targets_named(header: str, kind: str) -> Iterator[tuple[Target, str]]:
    """The targets that a header names exactly, and its rank there: « Suivi 2 » names what « Suivi » does, « n° 2 »."""
    rank = _LAST_DIGIT.search(header)
    for target in targets_of_kind(kind):
        counted = rank if target.table == REPEATED else None
        words = _LAST_DIGIT.sub("", header) if counted else header
        if {label_key(words), label_key(words.rpartition(" / ")[2])} & _keys(target):
            yield target, f"n° {counted[1]}" if counted else ""


def words_for(target: Target, service: Service) -> Mapping[str, str]:
    """Code to its French words, for what may stand in the column; empty where any text may."""
    if target.kind == "tick":
        return {"oui": "Oui", "non": "Non"}
    if target.kind in ("code", "flag"):
        return words_of(table_named(target.table).column(target.column), service)
    communes = {commune.code: commune.nom for commune in service.communes}
    if target.kind == "territory":
        return {
            **communes,
            **{place.code: place.nom for place in (service.epci, *service.qpv) if place},
        }
    return {**communes, OUTSIDE: OUTSIDE_LABEL} if target.kind == "commune" else {}


def code_of(text: str, target: Target, service: Service) -> str | None:
    """The code that a word of the vocabulary means; None where it means none or several."""
    if target.kind in ("commune", "territory"):
        read_place = read_commune if target.kind == "commune" else read_territory
        read = read_place(re.sub(r"\s*\(\d{2,5}\)$", "", text), service, suggests=False)
        return None if isinstance(read, Unread) else read
    if target.kind == "tick" and text.strip().casefold() in TICKS:
        return "oui"
    meant = codes_by_label(words_for(target, service)).get(label_key(text), ())
    return meant[0] if len(meant) == 1 else None


def word_of(code: str, target: Target, service: Service) -> str:
    """The French words of a code."""
    return words_for(target, service).get(code, by_code()[code].name if code in by_code() else code)


class Said(NamedTuple):
    """What a header says by itself: the rank of a repeated group, and columns of the records with their codes."""

    rank: int = 0
    values: tuple[tuple[str, str], ...] = ()


def said(text: str, target: Target, service: Service, year: int | None) -> Said | None:
    """Read what « l'en-tête dit » holds; None where a part of it means nothing for that table."""
    rank, values = 0, dict[str, str]()
    own = [other for other in TARGETS.values() if other.table == target.table != OF_LINE]
    names = table_named(target.table).column_names if own else ()
    for part in filter(None, (part.strip() for part in text.split(";"))):
        if match := _RANK.fullmatch(part):
            rank = int(match[1])
        elif "annee" in names and re.fullmatch(r"(?:19|20)\d\d", part):
            values["annee"] = part
        elif "date" in names and (day := read_day(_LEADING_DAY.sub("", part), DAY_FIRST, year)):
            values["date"] = day.isoformat()
        else:
            coded = (
                (t, code_of(part, t, service))
                for t in own
                if t.kind in ("code", "commune", "territory")
            )
            meant = [
                (t.column, code) for t, code in coded if code and code in words_for(t, service)
            ]
            meant += [
                (t.column, "oui")
                for t in own
                if t.kind == "flag" and label_key(part) == label_key(t.short)
            ]
            if len(meant) != 1:
                return None
            values |= meant
    return Said(rank, tuple(sorted(values.items())))


def sayings(target: Target, service: Service) -> Sequence[str]:
    """What the header of a column that goes there may say, for the drop-down."""
    ranks = [f"n° {rank}" for rank in (1, 2, 3, 4)] if target.table == REPEATED else []
    own = [
        target,
        *(other for other in TARGETS.values() if other.table == target.table and other != target),
    ]
    coded = (words_for(other, service) for other in own if other.kind in ("code", "territory"))
    return [
        *ranks,
        *(word for words in coded for word in words.values()),
        *(o.short for o in own if o.kind == "flag"),
    ]


# One cell, read by what the workbook says of its column.


def text(cell: object) -> str:
    """The cell as one line of text, without what nobody sees; empty where it is."""
    plain = text_of(cell) or ""
    plain = plain if plain.isascii() else unicodedata.normalize("NFC", _UNSEEN.sub("", plain))
    return " ".join(plain.split())


def read_day(cell: object, order: str, year: int | None, within: bool = False) -> date | None:
    """A day, None where it is not one for sure. ``order`` is that of days written with numbers, ``year`` that of days
    without one; ``within`` allows other words around it, as in a heading."""
    if isinstance(cell, datetime | date):
        return cell.date() if isinstance(cell, datetime) else cell
    words = text(cell)
    if isinstance(cell, int | float) or re.fullmatch(r"[2-6]\d{4}(?:\.0+)?", words):
        serial = float(words or 0)
        return SHEET_EPOCH + timedelta(days=int(serial)) if 20_000 < serial < 70_000 else None
    read = read_date(words) if order != MONTH_FIRST or words[4:5] == "-" else None
    if isinstance(read, date):
        return read
    if match := _SHORT.search(words) if within else _SHORT.fullmatch(words):
        first, second = int(match[1]), int(match[2])
        return _day(match[3], year, *((first, second) if order == MONTH_FIRST else (second, first)))
    match = _WORDY.search(unaccented(words)) if within else _WORDY.fullmatch(unaccented(words))
    return (
        _day(match[3], year, MONTHS[match[2]], int(match[1]))
        if match and match[2] in MONTHS
        else None
    )


def _day(written: str | None, year: int | None, month: int, day: int) -> date | None:
    if written:
        century = 1900 if len(written) == 2 and 2000 + int(written) > date.today().year else 2000
        year = int(written) + century * (len(written) == 2)
    try:
        return date(year, month, day) if year else None
    except ValueError:
        return None


def value_of(
    cell: object, target: Target, order: str, unit: str, year: int | None, within: bool
) -> str | None:
    """What a cell says, as the records write it; None where nobody can be sure, or it is a code. An age is that of the
    end of the year."""
    words = text(cell)
    age = _AGE.fullmatch(words) if unit == AGE else None
    if target.kind in CODED:
        bands = (band for limit, band in _BANDS if age and int(age[1]) < limit)
        return next(bands, "plus_21") if age and target.column == "tranche_age" else None
    if target.kind == "birth" and unit == AGE:
        return str(year - int(age[1])) if age and year else None
    if target.kind == "birth" and re.fullmatch(r"(?:19|20)\d\d(?:\.0+)?", words):
        return words[:4]
    if target.kind == "number":
        odd = {"valeur": "", "heures": "%€"}.get(
            target.column, "%"
        )  # « 20 % » of a post is 0.2, « 1,234 » is unsure
        unsure = any(sign in words for sign in odd) or bool(
            isinstance(cell, str) and _THOUSANDS.fullmatch(words)
        )
        number = (
            None
            if unsure
            else read_hours(cell, unit)
            if target.column == "heures"
            else _amount(cell)
        )
        said = text_of(round(number, 4)) if number is not None else words.upper()
        column = table_named(target.table).column(target.column)
        known = number is not None or words.casefold() == NOT_COMMUNICATED
        return said if known and not isinstance(read_number(said or "", column), Unread) else None
    day = read_day(
        cell, order, year if target.kind == "date" else None, within and target.kind != "birth"
    )
    if target.kind == "year":
        number = _amount(cell)
        return (
            str(day.year)
            if day
            else text_of(int(number))
            if number and 1900 < number < 2100
            else None
        )
    return day.isoformat() if day else None


def read_hours(cell: object, unit: str) -> float | None:
    """Hours and decimals; « 2h30 » and times of a spreadsheet are durations whatever the unit."""
    if isinstance(cell, timedelta):
        return cell.total_seconds() / 3600
    words = text(cell).casefold()
    if decimal := _DECIMAL_HOURS.fullmatch(words):
        return _amount(decimal[1])
    match = _COLONS.fullmatch(words) or (None if words.isdecimal() else _DURATION.fullmatch(words))
    if match and (match[1] or match[2]):
        wrong = match[1] and int(match[2] or 0) > 59
        return None if wrong else int(match[1] or 0) + int(match[2] or 0) / 60
    number = _amount(words)
    if number is None or unit == HOURS or not unit:
        return number
    whole = int(number)
    return (
        number / 60 if unit == MINUTES else whole + round((number - whole) * 100) / 60
    )  # 1.30 is an hour and a half


def _amount(cell: object) -> float | None:
    words = re.sub(r"\s*(?:€|eur(?:os)?|%)$", "", text(cell), flags=re.IGNORECASE)
    read = read_number(words, Column("nombre", "number"))
    return None if isinstance(read, Unread) or math.isnan(read) else read

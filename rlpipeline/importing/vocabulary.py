"""What a line of an export may be, where its columns may go, the French words of both.

Then one cell, read by the answers about its column.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from rlpipeline.characters import UNSEEN, unaccented
from rlpipeline.importing import FRENCH
from rlpipeline.records.communes import OUTSIDE_LABEL, by_code, read_commune, read_territory
from rlpipeline.records.names import codes_by_label, label_key, simplified
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


class Order(StrEnum):
    """What comes first where day and month are both numbers."""

    DAY_FIRST = "jour/mois"
    MONTH_FIRST = "mois/jour"


class Unit(StrEnum):
    """Of a number: hours, minutes, hours with minutes after the point, an age."""

    HOURS = "h"
    MINUTES = "min"
    CLOCK = "h:mm"
    AGE = "âge"


class Blank(StrEnum):
    """What an empty cell means."""

    NOTED = "rien n'est noté"
    ZERO = "zéro"
    NOTHING = "rien"
    ABOVE = "comme au-dessus"


class WhereRead(StrEnum):
    """Where the year or the commune of a table is read, unless it is written there."""

    COLUMN = "une colonne"
    HEADING = "un titre au-dessus des lignes"
    NOWHERE = "sans objet"


class Sign(StrEnum):
    """What parts the answers that one cell holds."""

    LIST = ";#"
    SEMICOLON = ";"
    COMMA = ","
    SLASH = "/"
    BAR = "|"
    PLUS = "+"
    AND = " et "
    LINE_BREAK = "à la ligne"
    NONE = "aucun"

    @property
    def mark(self) -> str:
        """What stands in a cell; empty where nothing parts it."""
        marks = {Sign.LINE_BREAK: "\n", Sign.NONE: ""}
        return marks.get(self, self.value)


class Together(StrEnum):
    """Whose the hours are where a cell names several educators."""

    EACH = "chacun toutes les heures"
    SHARED = "les heures partagées"
    ONE = "un seul nom"


class Same(StrEnum):
    """Whether two mentions are about one person or action."""

    ONE = "le même"
    TWO = "deux"


class Keep(StrEnum):
    """Which of several values of one person is kept."""

    FIRST = "la première valeur"
    LAST = "la dernière valeur"
    OLDEST = "la plus ancienne"
    NONE = "laisser vide"


class Seen(StrEnum):
    """Whether somebody has read a row."""

    YES = "oui"


class Doubtful(StrEnum):
    """What becomes of lines that somebody hid, struck out or copied."""

    TAKE = "les reprendre"
    LEAVE = "les écarter"


class Meaning(StrEnum):
    """What a word may mean beside the codes of its column."""

    BLANK = "laisser vide"
    LEAVE_LINE = "écarter la ligne"
    FIRST_DAY = "le premier jour"
    ONE_BY_ONE = "mot par mot"
    LEAVE_ROW = "écarter de cette table"
    TWICE = "oui, deux fois"


LEFT, NOTHING = "ne pas reprendre", "rien"
YOUNG, SESSION = "un jeune", "une séance"
EMPTY_CELL = "(case vide)"
OF_LINE = "ligne"
"""In the place of a table: what a column says of the whole line, whatever tables it fills."""
TICKED = " : la case est cochée"
CODED = ("code", "flag", "commune", "territory", "tick")
REPEATED = "suivis"
"""The table of which a line may say several rows one beside the other."""
RESOLVED = ("jeunes", "actions")
"""Tables whose rows are joined."""
KINDS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(tables) for kind, tables in FRENCH["genres"].items()
}
"""What a line is, to the tables that it may fill, the one that it is about first."""
PERSON = ("id_jeune", "nom", "prenom", "nom_complet")
TICKS = frozenset({"x", "✓", "✔", "oui", "vrai", "true"})
MONTHS: Mapping[str, int] = {
    name: rank for rank, names in enumerate(FRENCH["mois"], 1) for name in names.split()
}
FIRST_YEARS = [int(year) for year in FRENCH["années sûres"]]
"""The first of a day that is sure, and of one of birth."""
_NOTHINGS = frozenset(FRENCH["vides"])
YEAR = re.compile(r"(?:19|20)\d\d")
BARE_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])(?:er)?")
"""A day without its month and year: no one date is what it means on every line."""
_UNSEEN = re.compile(f"[{UNSEEN}]")
_RANK, _LAST_DIGIT = re.compile(r"n° ?(\d)"), re.compile(r"\s(?:n° ?)?(\d)$")
_WEEKDAY = re.compile(
    r"^(?:la )?sem(?:aine|\.)? du (?=\d)"
    r"|^(?:le )?(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?:lun|mar|mer|jeu|ven|sam|dim))"
    r"\.?,? (?=\d)|^le (?=\d)"
)
_HOUR = r"\d{1,2}\s?[h:]\s?(?:\d\d)?(?::\d\d)?(?:\.\d+)?"
_AT = re.compile(rf"(?<=\d),?\s+(?:a |de )?{_HOUR}(?:\s?(?:-|a)\s?{_HOUR})?$")
"""An hour after a day."""
_SHORT = re.compile(
    r"(?<![\d/.-])(\d\d?)[/.-](\d\d?)(?:[/.-](\d{4}|\d\d))?(?![/.-]?\d)(?:[ T]\d\d?(:\d\d){1,2})?"
)
_WORDY = re.compile(r"(?<!\d)(\d{1,2})(?:er)?[ -]([a-z]+)\.?(?:[ -](\d{4}|\d\d(?=$|[,;)])))?")
_MONTH_FIRST = re.compile(r"([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_MONTH_OF_YEAR = re.compile(
    r"(?:([a-z]+)\.? |(\d{1,2})[/.-])?((?:19|20)\d\d|(?<=[a-z] )\d\d|(?<=[a-z]\. )\d\d)"
)
_MONTH = re.compile(r"([a-z]+|\d{1,2})\.?[ /-]?((?:19|20)\d\d)?")
_STAMP = re.compile(
    r"(?:(\d{4})[/-](\d\d?)[/-](\d\d?)|(\d\d?)[/.-](\d\d?)[/.-](\d{4}))\D+\d\d?\s?[h:]\s?\d\d"
)
_SERIAL = re.compile(r"[2-6]\d{4}(?:\.0+)?")
_COMPACT = re.compile(r"((?:19|20)\d\d)[/.]?(0[1-9]|1[0-2])[/.]?(0[1-9]|[12]\d|3[01])")
_DURATION = re.compile(r"(?:(\d+)\s*h(?:eures?)?\s*)?(?:(\d{1,3})\s*(?:min(?:utes?)?|mn|['′])?)?")
_DECIMAL_HOURS = re.compile(r"(\d+[.,]\d+)\s*h(?:eures?)?")
_COLONS = re.compile(r"(\d+):(\d{2})(?::00)?")
_AGE = re.compile(r"(\d{1,2})(?:\.0+)?(?: ?ans)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_CURRENCY = re.compile(r"\s*(?:€|eur(?:os)?|%)$", re.IGNORECASE)
_NAMES = re.compile(r"\s*(?:[/;&+|\n]|(?<!\w)et(?!\w))\s*", re.IGNORECASE)
_PLACES = re.compile(r"\s*(?:[,;/()]|(?<=\s)[–—-](?=\s))\s*")
"""What parts the names of educators, or a place and its commune."""
_POSTAL = re.compile(
    r"(?:(\d{5})[\s,-]+)?([^\W\d].*?)(?:[\s,-]+(\d{5})|\s*\(\d{2,5}\))?(?:\s+cedex(?:\s\d+)?)?",
    re.IGNORECASE,
)
_BANDS = ((11, "moins_11"), (15, "11_14"), (19, "15_18"), (22, "19_21"))
_ODD_SIGNS = {"valeur": "", "heures": "%€"}
"""Signs that make a number unsure, by column; « 20 % » of a post is 0.2, and stands for others."""


class Target(NamedTuple):
    """Where a column goes.

    Attributes
    ----------
    table, column
        Of the records; ``OF_LINE`` is the table of what is said of the whole line.
    label, short
        Its name in the workbook, and the end of that.
    kind
        That of the records, « person » for who a line is about, « tick » for what only says that
        there is a row.
    is_asked, is_several
        Whether the records need it; whether one cell may hold several answers, each a row.
    """

    table: str
    column: str
    label: str
    short: str
    kind: str
    is_asked: bool
    is_several: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """Its table and column."""
        return self.table, self.column

    def is_named(self, name: str) -> bool:
        """Whether a name is its label, or the end of that."""
        return label_key(name) in map(label_key, (self.label, self.short, self.column))


_KINDS_OF_LINE = {"annee": "year", "mois": "month"}


def _line_targets() -> Iterator[Target]:
    """What a column may say of the whole line."""
    for name, (label, _) in FRENCH["ligne"].items():
        is_person = name in PERSON
        kind = "person" if is_person else _KINDS_OF_LINE.get(name, "identifier")
        yield Target(OF_LINE, name, label, label, kind, False, is_person)


def _record_targets() -> Iterator[Target]:
    """The columns of the records that a column may fill; years and keys are of the line."""
    for table in TABLES:
        title = FRENCH["tables"].get(table.name, table.name)
        for column in table.columns:
            if column.kind == "identifier" or column.name == "annee":
                continue
            name = f"{table.name}.{column.name}"
            short = FRENCH["colonnes"].get(name) or re.split(r"[,;:(]", column.note)[0].strip()
            is_asked = column.required and not column.nullable
            label, is_several = f"{title} — {short}", name in FRENCH["plusieurs"]
            yield Target(table.name, column.name, label, short, column.kind, is_asked, is_several)


TARGETS: Mapping[str, Target] = {
    target.label: target for target in (*_line_targets(), *_record_targets())
}
TARGET_OF: Mapping[tuple[str, str], Target] = {target.place: target for target in TARGETS.values()}
YEAR_OF_LINE = (OF_LINE, "annee")
DATING = (YEAR_OF_LINE, (OF_LINE, "mois"))
"""What dates a line, so that its days may be written without month and year."""


@cache
def targets_of_kind(kind: str) -> tuple[Target, ...]:
    """Where the columns of such lines may go, the line first."""
    held = {column for name in KINDS[kind] for column in table_named(name).column_names}
    held -= {*PERSON} - {"id_jeune"}
    if "id_jeune" in held:
        held |= {*PERSON}
    if held & {"date", "date_debut"}:
        held |= {"mois"}
    of_line = (target for target in targets_of_table(OF_LINE) if target.column in held)
    return (*of_line, *(target for name in KINDS[kind] for target in targets_of_table(name)))


@cache
def targets_of_table(name: str) -> tuple[Target, ...]:
    """The columns of a table of the records that a column may fill."""
    return tuple(target for target in TARGETS.values() if target.table == name)


@cache
def _keys(target: Target) -> frozenset[str]:
    """The headers that name a target, comparable."""
    if target.table == OF_LINE:
        written = FRENCH["ligne"][target.column][1]
    else:
        written = FRENCH["en-têtes"].get(target.column, "")
    label = target.label.rpartition(" — ")[2]
    headers = (target.column.replace("_", " "), label, *written.split(", "))
    return frozenset(map(label_key, headers)) - {""}


def targets_named(header: str, kind: str) -> Iterator[tuple[Target, str]]:
    """The targets that a header names exactly, and its rank there.

    « Suivi 2 » names what « Suivi » does, « n° 2 ».
    """
    rank = _LAST_DIGIT.search(header)
    for target in targets_of_kind(kind):
        counted = None
        if target.table == REPEATED:
            counted = rank
        name = header
        if counted:
            name = _LAST_DIGIT.sub("", header)
        names = {label_key(name), label_key(name.rpartition(" / ")[2])}
        if names & _keys(target):
            yield target, f"n° {counted[1]}" if counted else ""


@dataclass(frozen=True)
class Codes:
    """The codes of a service and their French words, both ways."""

    service: Service
    _known: dict[tuple[Target, str], str | None] = field(default_factory=dict, repr=False)

    def all_of(self, target: Target) -> Mapping[str, str]:
        """Code to its word, for what the column may hold; empty where any text may."""
        if target.kind == "tick":
            return {"oui": "Oui", "non": "Non"}
        if target.kind in ("code", "flag"):
            return words_of(table_named(target.table).column(target.column), self.service)
        communes = self.service.commune_names
        if target.kind == "commune":
            return communes | {OUTSIDE: OUTSIDE_LABEL}
        if target.kind != "territory":
            return {}
        epci = self.service.epci
        bodies = {}
        if epci:
            bodies = {epci.code: epci.nom}
        return communes | bodies | {place.code: place.nom for place in self.service.qpv}

    def code(self, target: Target, text: str) -> str | None:
        """The code that a word of the vocabulary means; None where it means none or several."""
        key = target, text
        if key not in self._known:
            self._known[key] = self._looked_up(target, text)
        return self._known[key]

    def _looked_up(self, target: Target, text: str) -> str | None:
        if target.kind in ("commune", "territory"):
            return self._place(target, text)
        if target.kind == "tick" and text.strip().casefold() in TICKS:
            return "oui"
        meant = codes_by_label(self.all_of(target)).get(label_key(text), ())
        if meant:
            if len(meant) == 1:
                return meant[0]
            return None
        known = _synonyms(target.column if target.kind == "code" else target.kind)
        code = known.get(unaccented(text.strip()))
        if code in self.all_of(target):
            return code
        return None

    def _place(self, target: Target, text: str) -> str | None:
        """The code of a commune or a territory, beside a place too."""
        parts = []
        if target.kind == "commune":
            parts = places_in(text)
        codes = {part: self._territory(target, part) for part in parts}
        known = [code for code in codes.values() if code]
        ours = [code for code in known if code in self.service.commune_codes] or known
        of_part = None
        if len(parts) > 1 and len({*ours}) == 1:
            of_part = ours[0]
        return self._territory(target, text) or of_part

    def _territory(self, target: Target, text: str) -> str | None:
        """The code of a commune or a territory; None where its postal code is another's."""
        read_place = read_territory
        if target.kind == "commune":
            read_place = read_commune
        postal, name = _without_postal(text)
        read = read_place(name, self.service, suggests=False)
        if isinstance(read, Unread):
            return None
        official = by_code().get(read)
        is_there = not postal or not official or postal in (read, *official.postal.split())
        if is_there:
            return read
        return None

    def without_commune(self, target: Target, text: str) -> str:
        """A place without the commune that is written beside it; the whole where there is none."""
        commune = TARGET_OF["jeunes", "commune"]
        code, parts = self.code(commune, text), places_in(text)
        others = [part for part in parts if self._territory(commune, part) != code]
        if len(parts) == len(others):
            return text
        is_commune = target.column == "quartier" and not others
        if is_commune:
            return ""
        return ", ".join(others) or text

    def unsaid(self, text: str, values: Iterable[tuple[Target, str]]) -> str:
        """The words of a cell that none of its values says; none of one that is all its words.

        A word that is asked about is said whole; a place that is more than its commune,
        « Vernouillet (Tabellionne) », is not.
        """
        written = _words(text)
        left = {*written}
        for target, value in values:
            left -= self._said(text, written, target, value)
        kept = [word for word in written if word in left and (word.isdigit() or len(word) > 2)]
        return " ".join(kept)

    def _said(self, text: str, written: Sequence[str], target: Target, value: str) -> Set[str]:
        """The words of a cell that one of its values says."""
        if target.kind in ("date", "birth"):
            is_one_number = bool(_SERIAL.fullmatch(text) or _COMPACT.fullmatch(text))
            if is_one_number:
                return {*written}
            return words_of_day(value)
        if target.kind == "text":
            return {*_words(value)}
        is_place = target.kind in ("commune", "territory")
        found = {*_words(self.word(target, value))} if is_place else set[str]()
        if found.isdisjoint(written):
            return {*written}
        return found | {word for word in written if word.isdigit()}

    def word(self, target: Target, code: str) -> str:
        """The French word of a code."""
        official = by_code().get(code)
        return self.all_of(target).get(code, official.name if official else code)

    def sayings(self, target: Target) -> Sequence[str]:
        """What the header of a column that goes there may say, for the drop-down."""
        ranks = []
        if target.table == REPEATED:
            ranks = [f"n° {rank}" for rank in (1, 2, 3, 4)]
        others = [other for other in targets_of_table(target.table) if other != target]
        found = ranks
        for other in (target, *others):
            if other.kind in ("code", "territory"):
                found += self.all_of(other).values()
        return found + [other.short for other in (target, *others) if other.kind == "flag"]

    def meanings(self, target: Target, words: Sequence[str], is_of_form: bool) -> list[str]:
        """What words of a column that goes there may mean: each of these answers is followed."""
        found = [*self.all_of(target).values()]
        if target.kind in ("date", "birth") and all(map(first_day, words)):
            found.append(Meaning.FIRST_DAY)
        if target.kind == "tick":
            found.append(Meaning.TWICE)
        elif target.kind in CODED and target.table != OF_LINE:
            found.append(Meaning.LEAVE_ROW)
        if is_of_form:
            found.append(Meaning.ONE_BY_ONE)
        return [*found, Meaning.BLANK, Meaning.LEAVE_LINE]

    def header_says(self, text: str, target: Target, year: int | None) -> "HeaderSays | None":
        """Read « l'en-tête dit »; None where a part of it means nothing for that table."""
        rank, values = 0, dict[str, str]()
        for part in parts_of(text):
            if "=" in part:
                stated = self._stated(part, target)
                if not stated:
                    return None
                values |= stated
                continue
            match = _RANK.fullmatch(part)
            if match:
                rank = int(match[1])
                continue
            meant = self._meant(part, target, year)
            if len(meant) != 1:
                return None
            values |= meant
        return HeaderSays(rank, tuple(sorted(values.items())))

    def _stated(self, part: str, target: Target) -> Mapping[str, str]:
        """The column that « éducateur = Awa » names, with its value; nothing where there is none."""
        name, _, value = map(str.strip, part.partition("="))
        for other in targets_of_table(target.table):
            if label_key(name) == label_key(other.short):
                code = self.code(other, value) if other.kind in CODED else value
                if code:
                    return {other.column: code}
                return {}
        return {}

    def _meant(self, part: str, target: Target, year: int | None) -> Sequence[tuple[str, str]]:
        """The columns that a part of what a header says may fill, with its code in each."""
        if target.table == OF_LINE:
            return []
        names = table_named(target.table).column_names
        if "annee" in names and YEAR.fullmatch(part):
            return [("annee", part)]
        day = None
        if "date" in names:
            day = read_day(part, Manner(year=year))
        if day:
            return [("date", day.isoformat())]
        found = []
        for other in targets_of_table(target.table):
            if other.kind == "flag" and label_key(part) == label_key(other.short):
                found.append((other.column, "oui"))
            if other.kind not in ("code", "commune", "territory"):
                continue
            code = self.code(other, part)
            if code in self.all_of(other):
                found.append((other.column, str(code)))
        return found


def _words(text: str) -> list[str]:
    """The words of a text, comparable, little ones left out."""
    return label_key(text).split()


def places_in(text: str) -> list[str]:
    """The parts of a cell that may be a place and its commune, in either order."""
    return [part for part in _PLACES.split(text) if part]


def names_in(cell: object) -> list[str]:
    """The names of educators that a cell holds, each once."""
    written = text_of(cell) or ""
    parts = [*filter(None, map(plain_text, _NAMES.split(written)))]
    if len(parts) < 2:
        parts = [*filter(None, map(plain_text, written.split(",")))]
    return [*dict.fromkeys(parts)]


def _without_postal(text: str) -> tuple[str, str]:
    """The postal code beside the name of a commune, and the name: « 62220 Carvin »."""
    match = _POSTAL.fullmatch(text.strip())
    if match:
        return (match[1] or match[3] or "", match[2])
    return ("", text)


@cache
def _synonyms(name: str) -> Mapping[str, str]:
    """Words that everybody reads as a code, of a column or of a kind."""
    codes = FRENCH["synonymes"].get(name, {})
    return {unaccented(word): code for code, words in codes.items() for word in words.split(", ")}


class HeaderSays(NamedTuple):
    """What a header says: the rank of a repeated group, columns of the records with codes."""

    rank: int = 0
    values: tuple[tuple[str, str], ...] = ()


# One cell, read by what the workbook says of its column.


class Manner(NamedTuple):
    """How cells are read.

    Attributes
    ----------
    order
        Of day and month, where both are numbers.
    unit
        Of numbers.
    year, month
        Those of days without one, and of ages, which are those of its end.
    within
        Whether other words may stand around a day, as in a heading.
    is_typed
        Whether a person typed it: then a day may be later than today.
    """

    order: Order = Order.DAY_FIRST
    unit: Unit | None = None
    year: int | None = None
    month: int | None = None
    within: bool = False
    is_typed: bool = False


def plain_text(cell: object) -> str:
    """The cell as one line of text, without what nobody sees; empty where it says nothing."""
    plain = text_of(cell) or ""
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", _UNSEEN.sub("", plain))
    line = " ".join(plain.split())
    if line.casefold() in _NOTHINGS:
        return ""
    return line


def plain_texts(cells: Iterable[object]) -> list[str]:
    """Each cell as one line of text."""
    return [plain_text(cell) for cell in cells]


def is_filled(cell: object) -> bool:
    """Whether a cell holds something."""
    return bool(plain_text(cell))


def filled_cells(cells: Iterable[object]) -> list[object]:
    """The cells that hold something."""
    return [cell for cell in cells if is_filled(cell)]


def identifier_key(cell: object) -> str:
    """A number, or another identifier, in one way, whatever a spreadsheet made of it."""
    return simplified(re.sub(r"(?<=\d)\.0+$", "", plain_text(cell)))


def parts_of(answer: str) -> list[str]:
    """The answers that are parted by « ; »."""
    return [part.strip() for part in answer.split(";") if part.strip()]


def read_day(cell: object, manner: Manner) -> date | None:
    """A day; None where it is not one for sure."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = plain_text(cell)
    compact = _COMPACT.fullmatch(written.removesuffix(".0"))
    if compact:
        return _day(compact[1], None, int(compact[2]), int(compact[3]))
    plain = _AT.sub("", _WEEKDAY.sub("", unaccented(written)))
    if manner.month and not manner.within and BARE_DAY.fullmatch(plain):
        return _day(None, manner.year, manner.month, int(plain.removesuffix("er")))
    if isinstance(cell, int | float) or _SERIAL.fullmatch(written):
        return _day_of_sheet(float(written or 0))
    is_swapped = manner.order == Order.MONTH_FIRST and written[4:5] != "-"
    day = None if is_swapped else read_date(written)
    return day if isinstance(day, date) else _short_day(written, plain, manner)


def _day_of_sheet(serial: float) -> date | None:
    """The day that a spreadsheet counts so; None where it is no day of ours."""
    if 20_000 < serial < 70_000:
        return SHEET_EPOCH + timedelta(days=int(serial))
    return None


def _short_day(written: str, plain: str, manner: Manner) -> date | None:
    """A day of any form that the records do not read: « 3/4/24 », « lundi 3 mars 24 à 14h »."""
    if manner.within:
        match, wordy = _SHORT.search(written), _WORDY.search(unaccented(written))
    else:
        match, wordy = _SHORT.fullmatch(plain), _WORDY.fullmatch(plain)
    if match:
        day, month = int(match[1]), int(match[2])
        if manner.order == Order.MONTH_FIRST:
            day, month = month, day
        return _day(match[3], manner.year, month, day)
    if wordy and wordy[2] in MONTHS:
        return _day(wordy[3], manner.year, MONTHS[wordy[2]], int(wordy[1]))
    english = _MONTH_FIRST.fullmatch(unaccented(written))
    if english and english[1] in MONTHS:
        return _day(english[3], None, MONTHS[english[1]], int(english[2]))
    return None


def _day(written: str | None, year: int | None, month: int, day: int) -> date | None:
    """The day of a year of two or four digits, else of the other one; None where there is none."""
    if written:
        year = int(written)
        if len(written) == 2:
            year += 1900 if 2000 + year > date.today().year else 2000
    try:
        if year:
            return date(year, month, day)
        return None
    except ValueError:
        return None


def read_stamp(cell: object) -> date | None:
    """The day of a time stamp; None where a cell has no hour."""
    match = _STAMP.match(plain_text(cell))
    if not match:
        return None
    return _day(match[1] or match[6], None, int(match[2] or match[5]), int(match[3] or match[4]))


def words_of_day(day: str) -> set[str]:
    """The numbers and words that a person may write for a day, a month or a year."""
    year, month, number = [*map(int, day.split("-")), 0, 0][:3]
    names = {name for name, rank in MONTHS.items() if rank == month}
    numbers = {str(part) for part in (year, year % 100, month, number)}
    return numbers | names | {*FRENCH["mots d'une date"]}


def form_of(text: str) -> str:
    """The form of a word that nobody can read: « mars 2024 » is « mois 9999 »."""
    plain = re.sub(r"[a-z]+", lambda word: _month_or(word[0]), unaccented(text))
    return re.sub(r"\d+", lambda digits: "9999" if len(digits[0]) == 4 else "9", plain)


def _month_or(word: str) -> str:
    if word in MONTHS:
        return "mois"
    return word


def first_day(text: str) -> str | None:
    """The first day of a month of a year, or of a year; None where a text says neither."""
    match = _MONTH_OF_YEAR.fullmatch(unaccented(text))
    if not match:
        return None
    month = int(match[2] or MONTHS.get(match[1] or "janvier", 0))
    day = _day(match[3], None, month, 1)
    is_guessed = len(match[3]) == 2 and day is not None and day.year < FIRST_YEARS[0]
    if is_guessed:  # « mai 31 »
        return None
    if day:
        return day.isoformat()
    return None


def read_value(cell: object, target: Target, manner: Manner) -> str | None:
    """What a cell says, as the records write it; None where nobody can be sure, or it is a code."""
    if target.kind in CODED:
        is_age = manner.unit == Unit.AGE or "ans" in plain_text(cell)
        if is_age and target.column == "tranche_age":
            return _band(cell)
        return None
    readers = {"birth": _birth, "year": _year, "date": _date, "month": _month}
    if target.kind in readers:
        return readers[target.kind](cell, manner)
    if target.kind == "number":
        return _number(cell, target, manner)
    written = plain_text(cell)
    if written in FRENCH["sans texte"]:
        return ""
    return written


def _band(cell: object) -> str | None:
    age = _age(cell)
    if age is None:
        return None
    return next((band for limit, band in _BANDS if age < limit), "plus_21")


def _age(cell: object) -> int | None:
    """The age that a cell is; None where it is none, or that of nobody whom a service meets."""
    match = _AGE.fullmatch(plain_text(cell))
    least, most = FRENCH["âges sûrs"]
    age = int(match[1]) if match else -1
    if int(least) <= age <= int(most):
        return age
    return None


def _birth(cell: object, manner: Manner) -> str | None:
    written = plain_text(cell)
    age = _age(cell)
    if age is not None and (manner.unit == Unit.AGE or "ans" in written):
        if manner.year:
            return str(manner.year - age)
        return None
    if re.fullmatch(r"(?:19|20)\d\d(?:\.0+)?", written):
        return written[:4]
    day = read_day(cell, manner._replace(year=None, within=False))
    return _sure_day(day, FIRST_YEARS[1], manner)


def _sure_day(day: date | None, first: int, manner: Manner) -> str | None:
    """A day as the records write it; None where it is long ago or to come, unless it was typed."""
    if day is None:
        return None
    is_sure = manner.is_typed or (first <= day.year and day <= date.today())
    if is_sure:
        return day.isoformat()
    return None


def _date(cell: object, manner: Manner) -> str | None:
    return _sure_day(read_day(cell, manner), FIRST_YEARS[0], manner)


def _year(cell: object, manner: Manner) -> str | None:
    day, number = read_day(cell, manner._replace(year=None)), _amount(cell)
    if day:
        return str(day.year)
    if number and 1900 < number < 2100:
        return text_of(int(number))
    return None


def _month(cell: object, manner: Manner) -> str | None:
    """The month of a line, with its year where it says one: « janvier 2025 », « Janv. », « 3 »."""
    day = read_day(cell, manner._replace(year=None))
    if day:
        return f"{day:%Y-%m}"
    match = _MONTH.fullmatch(unaccented(plain_text(cell)))
    month = 0
    if match:
        month = MONTHS.get(match[1], 0)
    if match and match[1].isdigit():
        month = int(match[1])
    if match and 0 < month < 13:
        return f"{match[2] or ''}-{month:02}"
    return None


def _number(cell: object, target: Target, manner: Manner) -> str | None:
    written = plain_text(cell)
    if any(sign in written for sign in _ODD_SIGNS.get(target.column, "%")):
        return None
    if isinstance(cell, str) and _THOUSANDS.fullmatch(written):
        return None  # « 1,234 »
    if written.casefold() == NOT_COMMUNICATED:
        return written.upper()
    is_hours = target.column == "heures"
    number = read_hours(cell, manner.unit) if is_hours else _amount(cell)
    value = None
    if number is not None:
        value = text_of(round(number, 4))
    column = table_named(target.table).column(target.column)
    if isinstance(read_number(value or "", column), Unread):
        return None
    return value


def read_hours(cell: object, unit: Unit | None) -> float | None:
    """Hours and decimals; « 2h30 » and times of a spreadsheet are durations whatever the unit."""
    if isinstance(cell, timedelta):
        return cell.total_seconds() / 3600
    written = plain_text(cell).casefold()
    decimal = _DECIMAL_HOURS.fullmatch(written)
    if decimal:
        return _amount(decimal[1])
    match = _COLONS.fullmatch(written)
    if not match and not written.isdecimal():
        match = _DURATION.fullmatch(written)
    if match and (match[1] or match[2]):
        return _of_clock(match[1], match[2])
    number = _amount(written)
    if number is None:
        return None
    return _in_hours(number, unit)


def _of_clock(hours: str | None, minutes: str | None) -> float | None:
    """Hours and minutes as hours; None where there are more minutes than an hour has."""
    left = int(minutes or 0)
    if hours and left > 59:
        return None
    return int(hours or 0) + left / 60


def _in_hours(number: float, unit: Unit | None) -> float:
    """A bare number of a unit, in hours."""
    if unit == Unit.MINUTES:
        return number / 60
    if unit != Unit.CLOCK:
        return number
    whole = int(number)
    return whole + round((number - whole) * 100) / 60  # 1.30 is an hour and a half


def _amount(cell: object) -> float | None:
    read = read_number(_CURRENCY.sub("", plain_text(cell)), Column("nombre", "number"))
    if isinstance(read, Unread) or math.isnan(read):
        return None
    return read

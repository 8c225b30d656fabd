"""Columns whose header says a part of what their cells hold: an age, a code, a status, a year, a month, a rank."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rlpipeline.importing.ages import age_band
from rlpipeline.importing.blocks import JOINED, LINKED, group_and_name
from rlpipeline.importing.cells import (
    EMPTY,
    NOT_TICKS,
    TICKS,
    CellReader,
    are_attendance,
    are_durations,
    month_of,
    without_quarter,
)
from rlpipeline.importing.fitting import NAMED, PLAUSIBLE, SURE, Fitting, kind_of
from rlpipeline.importing.rules import Target
from rlpipeline.importing.words import (
    IGNORED,
    PERSON,
    Place,
    code_in,
    code_within,
    likeness,
    meaning,
    telling_words,
    value_key,
)
from rlpipeline.records.labels import words_of
from rlpipeline.records.tables import TABLES, table_named

MEASURED: Mapping[Place, Place] = {
    ("financements", "financeur"): ("financements", "montant_eur"),
    ("personnel", "poste"): ("personnel", "etp"),
    ("instances", "instance"): ("instances", "participations"),
    (PERSON, "identifiant"): ("situations", "situation"),
    (PERSON, "nom_complet"): ("situations", "situation"),
}
"""What a column whose name is a year alone holds, where another column names what it is about."""
PERIODIC: tuple[Place, ...] = (("temps", "heures"), ("instances", "participations"), ("actions", "seances"))
"""What numbers by month or by quarter most likely are."""


_WEEKDAY = re.compile(r"^(?:lun|mar|mer|jeu|ven|sam|dim)[a-z]*\.?\s+", re.IGNORECASE)
STATUSES = table_named("suivis").column("statut")


@dataclass(frozen=True)
class Slot:
    """What a column that says a part of its cells fills.

    Parameters
    ----------
    target
        The table, the column, and what the header says.
    family
        Its name for people, and that of the others that are read alike; empty where the header leaves no doubt.
    """

    target: Target
    family: str = ""


@dataclass
class Slots(Fitting):
    """The columns of a table whose header says a part of what their cells hold.

    Parameters
    ----------
    perhaps
        Ticked boxes whose header holds the words of a code, and others.
    """

    perhaps: dict[str, Target] = field(default_factory=dict)

    def slots(self) -> dict[str, Slot]:
        """Give what each such column fills."""
        slots: dict[str, Slot] = {}
        for family in (
            self._ages(),
            self._coded(),
            self._by_status(),
            self._by_period(),
            self._by_day(),
            self._by_educator(),
            self._noted(),
            self._ranked(),
            self._by_year(),
        ):
            members = {header: one for header, one in family if header not in slots}
            if len(members) > 1 or any("annee" in dict(one.target.slot) for one in members.values()):
                slots |= members
        return slots

    def _ages(self) -> Iterator[tuple[str, Slot]]:
        for header in self.block.header:
            band = age_band(header)
            if band and self._numeric(header) and not re.search(r"\b(?:total|moyenne)\b", header, re.IGNORECASE):
                yield header, Slot(Target("participations", "nombre", (("public", band),)))

    def _numeric(self, header: str) -> bool:
        values = self.values(header)
        numbers = [text for text in values if re.fullmatch(r"[\d\s.,]+|NC|nc|-", text)]
        return len(numbers) >= 0.7 * len(values)

    def _coded(self) -> Iterator[tuple[str, Slot]]:
        """Columns named by codes: hours by activity, ticks by issue or by partner."""
        families: dict[str, dict[str, Target]] = defaultdict(dict)
        for header in self.block.header:
            values = self.values(header)
            ticks = bool(values) and share(text.casefold() in TICKS | NOT_TICKS for text in values) >= 0.7
            for place, content, measured in (
                (("problematiques", "problematique"), ticks, ""),
                (("co_accompagnements", "partenaire"), ticks, ""),
                (("jeunes", "sexe"), ticks and not any(map(str.isdigit, values)), ""),
                (("temps", "activite"), self._hours(values), "heures"),
            ):
                code = self._code(header, place) if content else None
                if code:
                    families[place[0]][header] = Target(place[0], measured, ((place[1], code),))
                elif ticks and content and place[0] != "jeunes":
                    self._ticked(header, place, [group_and_name(one)[0] for one in families[place[0]]])
        given: set[str] = set()
        for members in sorted(families.values(), key=len, reverse=True):
            if len(members) > 1:
                yield from ((header, Slot(one)) for header, one in members.items() if header not in given)
                given |= {*members}

    def _ticked(self, header: str, place: Place, groups: Sequence[str]) -> None:
        """Note what a ticked box may be: its name holds that of a code, or is near it, under the group of others."""
        codes = words_of(table_named(place[0]).column(place[1]), self.context.service)
        group, name = group_and_name(header)
        code = code_within(name, place, codes) or (meaning(name, place, codes).nearest if group in groups else None)
        initials = (meaning(word, place, codes, nearest=False).code for word in re.findall(r"\b[A-Z]{2,4}\b", name))
        code = code or next(filter(None, initials), None)
        year = re.search(r"\b(20\d\d)\b", header)
        if code:
            dated = (("annee", year[1]),) if year else ()
            self.perhaps.setdefault(header, Target(place[0], "", ((place[1], code), *dated)))

    def _code(self, header: str, place: Place) -> str | None:
        """The code that a header is, or the last part of it."""
        codes = words_of(table_named(place[0]).column(place[1]), self.context.service)
        return code_in(group_and_name(header)[1], place, codes) or code_in(header, place, codes)

    def _by_status(self) -> Iterator[tuple[str, Slot]]:
        """Columns whose header says the status of a follow-up: « Début PAEI », or « ASEP – Fin »."""
        for header in self.block.header:
            code, (group, name) = status_in(header), group_and_name(header)
            if code is None:
                continue
            rest = re.sub(rf"\b{code}\b", " ", header, flags=re.IGNORECASE)
            column, score = self._column_of("suivis", name if group else rest)
            if column not in ("", "statut") and self.fit(("suivis", column), self.values(header)) >= 0.9:
                one = Target("suivis", column, (("statut", code),))
                yield header, Slot(one, "" if score >= NAMED else header)

    def _hours(self, values: Sequence[str]) -> bool:
        reader = CellReader(("temps", "heures"), table_named("temps").column("heures"), self.context.service, {})
        return not values or share(isinstance(reader.read(text), str) for text in values) >= 0.7

    def _ranked(self) -> Iterator[tuple[str, Slot]]:
        """Columns that differ by a number: a second follow-up, a third referral on the same line."""
        groups: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
        for header in self.block.header:
            rank, words = _rank(header)
            if rank:
                groups[words][rank] = header
        plain = {telling_words(header): header for header in self.block.header if not _rank(header)[0]}
        for words, members in groups.items():
            first = plain.get(words)
            if first and "1" not in members:
                members["1"] = first
            if len(members) < 2:
                continue
            placed = self._repeated(words, list(members.values()))
            if placed is not None:
                place, score = placed
                family = "" if score >= NAMED else min(members.values(), key=self.block.header.index)
                for rank, header in sorted(members.items()):
                    yield header, Slot(Target(*place, (("", rank),)), family)

    def _repeated(self, words: tuple[str, ...], headers: Sequence[str]) -> tuple[Place, float] | None:
        """The column that a repeated group fills, recognised by its name without the rank, then by its cells."""
        values = [text for header in headers for text in self.values(header)]
        tables = ("suivis", "orientations", "situations", "problematiques", "co_accompagnements")
        named = likeness(" ".join(words))
        scored = {
            place: score * self.fit(place, values) + (0.1 if place[0] == "suivis" else 0.0)
            for place, score in named.items()
            if place[0] in tables
        }
        for table in tables:
            singular = table.rstrip("s")
            if any(word.startswith(singular[:6]) for word in words):
                scored |= {place: score + 0.3 for place, score in scored.items() if place[0] == table}
        best = max(scored, key=lambda place: scored[place], default=None)
        return (best, named[best]) if best and scored[best] >= PLAUSIBLE else None

    def _by_year(self) -> Iterator[tuple[str, Slot]]:
        """Columns that differ by a year."""
        for header in self.block.header:
            match = re.search(r"\b(20\d\d)\b", header)
            if not match:
                continue
            rest = re.sub(r"\b20\d\d\b", " ", header).replace(JOINED, " ")
            place = self._of_a_year(rest, header)
            if place:
                family = "" if likeness(rest).get(place, 0.0) >= NAMED else header
                yield header, Slot(Target(*place, (("annee", match[1]),)), family)

    def _of_a_year(self, rest: str, header: str) -> Place | None:
        """What a column of one year holds, by the rest of its name; where there is no rest, by the other columns."""
        values = self.values(header)
        if telling_words(rest):
            dated = [t.name for t in TABLES if "annee" in t.column_names]
            again = self.again(header)
            scored = {p: s * self.fit(p, values, again) for p, s in likeness(rest).items() if p[0] in dated}
            best = max(scored, key=lambda place: scored[place], default=None)
            return best if best and scored[best] >= 0.7 else None
        for named, place in MEASURED.items():
            there = any(likeness(header).get(named, 0.0) >= SURE for header in self.block.header)
            if there and values and self.readable(place, values) >= 0.6:
                return place
        return None

    def _by_period(self) -> Iterator[tuple[str, Slot]]:
        """Numbers by month or by quarter: hours of a month have its first day, other numbers add up."""
        alone: dict[str, tuple[int, int]] = {}
        for header in filter(self._numeric, self.block.header):
            rest = without_quarter(header)
            if rest and month_of(rest)[1]:  # « 1er semestre – Janv. »
                alone[header] = month_of(rest)
            elif rest:
                numbers = {p: s for p, s in likeness(rest).items() if p[0] not in (PERSON, IGNORED)}
                numbers = {p: s for p, s in numbers.items() if kind_of(p) == "number"}
                best = max(numbers, key=lambda place: numbers[place] + self.hints.get(place[0], 0.0), default=None)
                if best and numbers[best] >= SURE:
                    yield header, Slot(Target(*best))
            elif rest == "" or month_of(header)[1]:
                alone[header] = month_of(header)
        table, column = max(PERIODIC, key=lambda place: self.weight((place[0],), {})) if len(alone) > 1 else ("", "")
        around, family = self.block.year, next(iter(alone), "")
        for header, (year, month) in alone.items() if table else ():
            if table != "temps":
                yield header, Slot(Target(table, column), family)
            elif month and (year or around):
                dated = (("date", f"{year or around}-{month:02}-01"),)
                yield header, Slot(Target(table, column, dated), family)

    def _by_day(self) -> Iterator[tuple[str, Slot]]:
        """Days, under which cells say who was there: a sheet of attendance."""
        days = {header: self._day(header) for header in self.block.header}
        there = [header for header, day in days.items() if day and are_attendance(self.block.column(header))]
        for header in there if len(there) > 2 else ():
            yield header, Slot(Target("presences", "", (("date", days[header]),)), there[0])

    def _by_educator(self) -> Iterator[tuple[str, Slot]]:
        """Durations under names that are no columns, « 2h30 » under « YC »: the hours of each educator on a day."""
        named = {place for header in self.block.header for place, score in likeness(header).items() if score >= SURE}
        if ("temps", "date") not in named or ("temps", "heures") in named:
            return
        lasting = [header for header in self.block.header if self._lasts(header)]
        for header in lasting:
            yield header, Slot(Target("temps", "heures", (("educateur", group_and_name(header)[1]),)), lasting[0])

    def _lasts(self, header: str) -> bool:
        """Whether a column has durations, or numbers under « Heures », and a name that is no column's."""
        group, name = group_and_name(header)
        if max(likeness(name).values(), default=0.0) >= PLAUSIBLE and not re.fullmatch("[A-Z]{2,3}", name):
            return False  # « NB » is not a number here
        values = self.values(header)
        return are_durations(values) or ("heure" in telling_words(group) and bool(values) and self._hours(values))

    def _day(self, header: str) -> str:
        """The day that a header is, « mer. 10/01 »; empty where it is none."""
        undated = (self.block.year, 0) if self.block.year else None
        column = table_named("presences").column("date")
        reader = CellReader(("presences", "date"), column, self.context.service, {}, undated=undated)
        read = reader.read(_WEEKDAY.sub("", header))
        return read if isinstance(read, str) and read[:1].isdigit() else ""

    def _noted(self) -> Iterator[tuple[str, Slot]]:
        """Notes from 1 to 5, an indicator a column, where the sheet is an assessment."""
        for header in self.block.header if self.hints.get("diagnostics") else ():
            values = self.values(header)
            notes = [text for text in values if re.fullmatch(r"[1-5]", text)]
            words = [text for text in values if text not in notes and value_key(text) not in EMPTY]
            if notes and not words and not re.search(r"[\[\],=]", header):
                yield header, Slot(Target("diagnostics", "note", (("indicateur", header),)))

    def _column_of(self, table: str, name: str) -> tuple[str, float]:
        """The column of a table that a name is most like, and how much; none below 0.6."""
        scored = {place[1]: score for place, score in likeness(name).items() if place[0] == table}
        best = max(scored, key=lambda one: scored[one], default="")
        return (best, scored[best]) if best and scored[best] >= 0.6 else ("", 0.0)


def status_in(header: str) -> str | None:
    """Give the status of a follow-up that a header names, or its group: « Début PAEI », « ASEP – Fin »."""
    words, group = telling_words(header), group_and_name(header)[0]
    status = {code for code in STATUSES.codes if code.lower() in words}
    if len(status) == 1:
        return status.pop()
    return code_in(group, ("suivis", "statut"), STATUSES.words) if group else None


def said_by(header: str, one: Target, around: int = 0) -> Target:
    """Add to a target what a header says by itself, a year, a month or an age, where nothing else says it."""
    names = () if one.table == PERSON else table_named(one.table).column_names
    said = dict(one.slot)
    years, (year, month) = {*re.findall(r"\b20\d\d\b", header)}, month_of(header)
    more = {"annee": years.pop() if len(years) == 1 else "", "public": age_band(header) or ""}
    more["statut"] = status_in(header) or ""
    more["date"] = f"{year or around}-{month:02}-01" if month and (year or around) else ""
    more = {name: text for name, text in more.items() if text and name in names and name not in (one.column, *said)}
    return replace(one, slot=(*one.slot, *more.items()))


def slot_in(part: Target, slot: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Give what of a slot another table can hold."""
    if part.table == PERSON:
        return ()
    return tuple((name, value) for name, value in slot if not name or name in table_named(part.table).column_names)


def share(answers: Iterable[bool]) -> float:
    """Which part of the answers is yes."""
    given = list(answers)
    return sum(given) / max(1, len(given))


def _rank(header: str) -> tuple[str, tuple[str, ...]]:
    """The rank in a header, from 1 to 9, and its other words; none where there is not one."""
    text = re.sub(r"\b([1-9])(?:er|ère|re|e|ème|nd|nde)\b", r" \1 ", re.sub(f"{JOINED}|{LINKED}|_", " ", header))
    text = re.sub(r"n°\s*(?=[1-9]\b)", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=[A-Za-zé])([1-9])\b", r" \1 ", text)
    ranks = re.findall(r"(?<!\d)(?<![/-])\b([1-9])\b(?![/-])(?!\d)", text)
    if len(ranks) != 1:
        return "", telling_words(header)
    return ranks[0], telling_words(re.sub(rf"\(?\b{ranks[0]}\b\)?", " ", text))

"""What may be a finding of the year, declared: the figure, its words; and how a change of it is told from chance.

Young people followed in a year are mostly those of the year before: two counts of them are not independent, so what is
tested is who came and who left. All tests are exact and two-sided.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, fsum, lgamma, log, log1p
from typing import Literal, NamedTuple

from pydantic import TypeAdapter

from rlpipeline.display.lookup import Lookup
from rlpipeline.figures.labels import AGES, NOUVEAUX, TOTAL
from rlpipeline.observations import Observation, compare
from rlpipeline.settings.strict_yaml import packaged
from rlpipeline.states import ARRONDI, OK

Kind = Literal["flux", "stock", "part"]
"""What happened in the year; those counted at a time, most of whom were there the year before; their share."""
Path = tuple[str, str, str]
RATES = "taux_communes"
"""Table of the young people followed for a thousand inhabitants."""


@dataclass(frozen=True)
class Subject:
    """A figure whose change from the year before may be a finding.

    Parameters
    ----------
    path
        Table, line and column; several lines that add up are joined by « + ».
    noun
        What is counted, singular and plural; of a share, its whole.
    what
        Of a share, what is said of its members: a verb, singular and plural, and its object.
    theme
        Two findings of one theme do not stand together in the headline.
    weight
        What the size of a change is multiplied by when findings are ranked.
    headline
        Of a share, what follows the words of a ``rise`` or a ``fall``; of a count, what follows « plus » or « moins »
        where that is not what is counted.
    whole
        Line and column of the same table, or table, line and column, of which a share is a part.
    moved
        Line of the table ``mouvements`` that says who came and who left, if not « table/line ».
    under, detail
        Finding that this one is told with, if both are found; what is then told.
    lines
        Lines of its table of which the one that holds most of it is told, with the words of each.
    includes
        Young people followed who are some of those counted, which is told.
    outcomes
        Of what is worth saying whatever it was the year before, lines of its table that make the whole, with the words
        of each, which the edition to share says without reasons.
    reasons
        Table that counts the same by reason.
    """

    id: str
    kind: Kind
    path: Path
    noun: tuple[str, str]
    theme: str
    weight: float = 1.0
    headline: str = ""
    rise: str = "une plus grande part"
    fall: str = "une moindre part"
    whole: tuple[str, ...] = (TOTAL, TOTAL)
    moved: str = ""
    what: tuple[str, str, str] = ("", "", "")
    since: str = "en {{ annee(-1) }}"
    under: str = ""
    detail: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    includes: Path | None = None
    outcomes: tuple[tuple[str, str, str], ...] = ()
    reasons: str = ""

    @property
    def of_whole(self) -> Path:
        """Table, line and column of which a share is a part."""
        *table, line, column = self.whole
        return (table[0] if table else self.path[0], line, column)

    @property
    def group(self) -> str:
        """Line of the table ``mouvements`` that says who came and who left."""
        return self.moved or f"{self.path[0]}/{self.path[1]}"


@dataclass(frozen=True)
class Members:
    """Those whom a table counts by sex and age: their shares are subjects.

    Parameters
    ----------
    shares_of
        The table.
    members
        What they are called, in the plural.
    weight, of_girls
        Weights of the shares of ages, and of girls.
    where
        What follows their age in a headline.
    public
        What is younger, or older.
    """

    shares_of: str
    members: str
    weight: float
    of_girls: float
    where: str = ""
    public: str = "un public"

    def subjects(self) -> Iterator[Subject]:
        """Give the shares of the youngest, of each band of ages and of girls."""
        plural = "s" if self.public.startswith("des ") else ""
        young = self._share("moins_15", "moins_11+11_14", TOTAL, ("a", "ont", "moins de 15 ans"))
        yield replace(
            young,
            headline=self.where,
            rise=f"{self.public} plus jeune{plural}",
            fall=f"{self.public} plus âgé{plural}",
            moved=f"{self.shares_of}/moins_15",
        )
        for age in AGES:
            yield self._of_age(age, young.id)
        girls = self._share("filles", TOTAL, "F", ("est une fille", "sont des filles", ""))
        headline = f" de filles{self.where}"
        moved = f"{self.shares_of}/F"
        yield replace(girls, weight=self.of_girls, headline=headline, moved=moved)

    def _share(self, name: str, line: str, column: str, what: tuple[str, str, str]) -> Subject:
        """Give the share of a line and column of the table."""
        path = self.shares_of, line, column
        noun = self.members, self.members
        id = f"{self.shares_of}_{name}"
        return Subject(id, "part", path, noun, "public", self.weight, what=what)

    def _of_age(self, age: str, under: str) -> Subject:
        """Give the share of a band of ages, told with that of the youngest."""
        said = _of_age(age)
        object = said if age[0].isdigit() else said.removeprefix("de ")
        share = self._share(age, age, TOTAL, ("a", "ont", object))
        headline = f" de {_band(age)}{self.where}"
        detail = self._passing(age) if age == "15_18" else ""
        return replace(share, headline=headline, under=under, detail=detail)

    def _passing(self, age: str) -> str:
        """Say from how many to how many those of an age pass, as a text does."""
        call = f'"{self.shares_of}", "{age}", "{TOTAL}"'
        then, now = f"{{{{ chiffre({call}, decalage=-1) }}}}", f"{{{{ chiffre({call}) }}}}"
        return f"les {_band(age)} passent de {then} à {now}"


def _band(age: str) -> str:
    open_bands = {"moins_11": "moins de 11 ans", "plus_21": "plus de 21 ans"}
    return open_bands.get(age) or f"{age.replace('_', '-')} ans"


def _of_age(age: str) -> str:
    return f"de {_band(age).replace('-', ' à ')}"


def _subjects() -> Iterator[Subject]:
    """Read the list: a subject, or those whose shares are."""
    entries = TypeAdapter(list[Members | Subject])
    for entry in entries.validate_python(packaged("display/subjects.yml")):
        yield from entry.subjects() if isinstance(entry, Members) else [entry]


SUBJECTS: tuple[Subject, ...] = tuple(_subjects())
"""In the order in which equals are told."""
BESIDE = ("accompagnes_moins_15", "clotures", "travail_de_rue", "ouverts", "refus")
"""What a territory says beside the year before, after its findings: what was done, then what was asked."""
PERSONS = ("accompagnes", "travail_de_rue", "presence_sociale")
"""What its headline counts: the first of these tables that counts somebody."""
MOVEMENTS = "mouvements"
COLUMNS_OF_MOVEMENTS = ("entrants", "sortants", "hors_entrants", "hors_sortants")
"""Of those who came into a group and left it, then of those outside of it."""
CHANCE = 0.002
"""Largest chance at which a change is a finding: a service where nothing changed then has one in 1 to 6 % of years."""
FEWEST, LEAST, LEAST_PART = 10, 5, 0.25
"""Least of the larger of two counts; least difference; least part of the former count that it is."""
WHOLE, POINTS = 40, 10.0
"""Least whole of a share in both years; least difference of shares."""
RELIABLE = 6.0
"""Chances smaller than ten to the minus this count for no more."""
KNOWN = frozenset({OK, ARRONDI})
UNLIKELY = 0.01
"""Chance below which a change of a table is marked; a finding of the first page asks for far less."""
ROUNDING = 1e-7
"""Difference of logarithms that tells nothing: two ways are as unlikely."""
COUNTED = frozenset({"jeunes", "accompagnements", "orientations", "demandes", "suivis"})
"""Units whose counts vary by chance as that rule supposes; hours, money or attendances do not."""


class Change(NamedTuple):
    """A change that is a finding, and what is told with it."""

    subject: Subject
    folded: tuple[Subject, ...]


class Movements(NamedTuple):
    """Those who came into a group of young people and left it; the same of those outside of it."""

    came: int
    left: int
    came_outside: int
    left_outside: int

    @property
    def chance(self) -> float:
        """Chance that those who came belong to the group as often as those who left."""
        return of_shares((self.came, self.came_outside), (self.left, self.left_outside))


Part = tuple[int, int]
"""A part and its whole."""


@dataclass(frozen=True)
class Changes:
    """The figures of a territory beside those of the year before; ``retired``: ids of what is no finding here."""

    lookup: Lookup
    year: int
    territory: str
    retired: Collection[str] = ()

    def of(self, subjects: Sequence[Subject]) -> Iterator[Change]:
        """Give the changes that are findings, the first in rank first; each with those that say the same."""
        scored = [subject for subject in subjects if subject.id not in self.retired]
        scores = {subject.id: self._score(subject) for subject in scored}
        changed = [subject for subject in scored if scores[subject.id]]
        alone = [subject for subject in changed if not scores.get(subject.under)]
        for subject in sorted(alone, key=lambda subject: -scores[subject.id]):
            folded = (other for other in changed if other.under == subject.id)
            yield Change(subject, tuple(folded))

    def _score(self, subject: Subject) -> float:
        """Give the size of a change by how far it is from chance; 0 of what is no finding."""
        size = self._size_of_share(subject) if subject.kind == "part" else self._size(subject)
        chance = self.chance(subject) if size else None
        if chance is None or chance >= CHANCE:
            return 0.0
        distance = min(-math.log10(max(chance, 1e-12)), RELIABLE)
        return subject.weight * size * distance

    def _size(self, subject: Subject) -> float:
        """Give the size of a change of counts; 0 of a small one."""
        first, last = self._counts(subject) or (0, 0)
        least = max(LEAST, LEAST_PART * first)
        if max(first, last) < FEWEST or abs(last - first) < least:
            return 0.0
        return abs(math.log(max(last, 1) / max(first, 1)))

    def _counts(self, subject: Subject) -> tuple[int, int] | None:
        """Give the year before and the year, as near as their rounding allows; None where one is not known."""
        then, now = self.two_years(subject.path)
        if not (now and then and now.state in KNOWN and self.comparable(subject.path)):
            return None
        if not compare(now, then).is_told:
            return None
        return nearest((then.value, then.slack), (now.value, now.slack))

    def _size_of_share(self, subject: Subject) -> float:
        """Give the size of a change of shares; 0 of a small one, or of a few."""
        shares = self._shares(subject)
        if shares is None:
            return 0.0
        (first, then), (last, now) = shares
        if min(now, then) < WHOLE or max(first, last) < FEWEST:
            return 0.0
        before, year = first / then, last / now
        if abs(year - before) < POINTS / 100:
            return 0.0
        return abs(_angle(year) - _angle(before))

    def _shares(self, subject: Subject) -> tuple[Part, Part] | None:
        """Give part and whole of the year before, and of the year; None where one is not known exactly."""
        both = subject.path, subject.of_whole
        places = [(path, year) for year in (self.year - 1, self.year) for path in both]
        exact = self._exact(places)
        if exact is None or not all(map(self.comparable, both)):
            return None
        first, then, last, now = exact
        return ((first, then), (last, now)) if then and now else None

    def chance(self, subject: Subject) -> float | None:
        """Give the chance that a change as large is due to chance alone; None where it cannot be told."""
        if subject.kind == "flux":
            counts = self._counts(subject)
            return of_counts(*counts) if counts else None
        moved = self._movements(subject.group)
        if subject.kind == "stock":
            return of_counts(moved.came, moved.left) if moved else None
        shares = self._shares(subject)
        if shares is None:
            return None
        moved = moved or self._newcomers(subject, *shares)
        return moved.chance if moved else None

    def _movements(self, group: str) -> Movements | None:
        """Give who came and who left, where it is known exactly."""
        places = [((MOVEMENTS, group, column), self.year) for column in COLUMNS_OF_MOVEMENTS]
        moved = self._exact(places)
        return Movements(*moved) if moved else None

    def _newcomers(self, subject: Subject, before: Part, year: Part) -> Movements | None:
        """As the movements, in the edition to share, which has none: from those who are new, of a group of ages.

        Who comes back is neither new nor, then, among those who left: both are as many too few.
        """
        table, line, column = subject.path
        places = [((table, place, NOUVEAUX), self.year) for place in (line, TOTAL)]
        new = self._exact(places)
        if not self.lookup.shared or column != TOTAL or new is None:
            return None
        came, every_came = new
        left = before[0] + came - year[0]
        every_left = before[1] + every_came - year[1]
        moved = Movements(came, left, every_came - came, every_left - left)
        return moved if min(moved) >= 0 else None

    def cell(self, path: Path, year: int | None = None) -> Observation | None:
        """Give a figure, by default of the year; None where there is none that is counted as ours."""
        return self.lookup.known(path, year or self.year, self.territory)

    def two_years(self, path: Path) -> tuple[Observation | None, Observation | None]:
        """Give a figure of the year before, and of the year."""
        return self.cell(path, self.year - 1), self.cell(path)

    def known(self, path: Path) -> Observation | None:
        """Give a figure of the year that is exact or rounded."""
        cell = self.cell(path)
        return cell if cell and cell.state in KNOWN else None

    def _exact(self, places: Sequence[tuple[Path, int]]) -> list[int] | None:
        cells = [self.cell(path, year) for path, year in places]
        exact = [round(cell.value) for cell in cells if cell and cell.state == OK]
        return exact if len(exact) == len(cells) else None

    def comparable(self, path: Path) -> bool:
        """Say whether the figures of both years are known and may be compared."""
        then, now = self.two_years(path)
        if not (now and then and now.is_number and then.state in KNOWN):
            return False
        return self.lookup.compared(path[0], self.year - 1, self.territory)

    def is_exact(self, path: Path) -> bool:
        """Say whether both are exact."""
        return all(cell and cell.state == OK for cell in self.two_years(path))


def nearest(then: tuple[float, float], now: tuple[float, float]) -> tuple[int, int]:
    """Give two figures, each with its slack, as near to each other as rounding allows: what is said of them is true."""
    sign = 1 if now[0] > then[0] else -1
    first = then[0] + sign * then[1]
    last = now[0] - sign * now[1]
    is_still_moved = sign * (last - first) > 0
    return round(first), round(last if is_still_moved else first)


def of_counts(first: int, second: int) -> float:
    """Test two counts that share nobody, which are equally likely to be the larger: p of the conditional binomial test.

    They are what happened in each of two years; or those who came and those who left.
    """
    every = first + second
    as_few = range(min(first, second) + 1)
    chances = (exp(_ways(every, number) - every * log(2)) for number in as_few)
    return min(1.0, 2 * fsum(chances))


def of_shares(came: tuple[int, int], left: tuple[int, int]) -> float:
    """Test whether those who came belong to a group as often as those who left: p of Fisher's test.

    Both are those in the group, and those outside of it.
    """
    inside, newcomers = came[0] + left[0], sum(came)
    every = newcomers + sum(left)
    outside = every - inside
    fewest, most = max(0, newcomers - outside), min(newcomers, inside)
    ways = list[float]()
    for number in range(fewest, most + 1):
        ways.append(_ways(inside, number) + _ways(outside, newcomers - number))
    return _as_unlikely(ways, came[0] - fewest, _ways(every, newcomers))


def of_part(seen: int, every: int, part: float) -> float:
    """Test whether a part (between 0 and 1, neither) of those counted is the one expected: p of the binomial test."""
    inside, outside = log(part), log1p(-part)
    ways = list[float]()
    for some in range(every + 1):
        chance = some * inside
        ways.append(_ways(every, some) + chance + (every - some) * outside)
    return _as_unlikely(ways, seen, 0.0)


def _ways(every: int, some: int) -> float:
    """Give the logarithm of the ways to choose some among all: as numbers, those of 30,000 people take minutes."""
    return lgamma(every + 1) - lgamma(some + 1) - lgamma(every - some + 1)


def _as_unlikely(ways: Sequence[float], seen: int, every: float) -> float:
    """Add the chances of what is as unlikely as what was seen, or more, from logarithms."""
    chances = (exp(way - every) for way in ways if way <= ways[seen] + ROUNDING)
    return min(1.0, fsum(chances))


def _angle(share: float) -> float:
    """Give a share as an angle: differences of angles are as large whatever the share is."""
    part = min(max(share, 0.0), 1.0)
    return 2 * math.asin(math.sqrt(part))

"""What may be a finding of the year, declared: the figure, its words; and how a change of it is told from chance.

Young people followed in a year are mostly those of the year before: two counts of them are not independent, so what is
tested is who came and who left. All tests are exact and two-sided.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import exp, fsum, lgamma, log, log1p
from typing import Literal, NamedTuple

from rlpipeline.display.lookup import Lookup
from rlpipeline.figures.labels import AGES, AU_MOINS_UN, NOUVEAUX, TOTAL
from rlpipeline.observations import Observation, compare
from rlpipeline.states import ARRONDI, OK

Kind = Literal["flux", "stock", "part"]
"""What happened in the year; those counted at a time, most of whom were there the year before; their share."""
Path = tuple[str, str, str]
RATES = "taux_communes"
"""Table of the young people followed for a thousand inhabitants."""
FOLLOWED, MET, SEEN = (
    "jeunes accompagnés",
    "jeunes rencontrés en travail de rue",
    "jeunes rencontrés en présence sociale",
)


@dataclass(frozen=True)
class Subject:
    """A figure whose change from the year before may be a finding.

    ``path``: table, line and column; several lines that add up are joined by « + ». ``noun``, ``what``: what is
    counted, singular and plural; of a share, its whole, then what is said of its members: a verb, singular and plural,
    and its object. ``theme``: two findings of one theme do not stand together in the headline. ``weight``: what the
    size of a change is multiplied by when findings are ranked. ``headline``: of a share, what follows the words of a
    ``rise`` or a ``fall``; of a count, what follows « plus » or « moins » where that is not what is counted.
    ``whole``: line and column of the same table, or table, line and column, of which a share is a part. ``moved``: line
    of the table ``mouvements`` that says who came and who left, if not « table/line ». ``under``, ``detail``: finding
    that this one is told with, if both are found; what is then told. ``lines``: lines of its table of which the one
    that holds most of it is told, with the words of each. ``includes``: young people followed who are some of those
    counted, which is told. ``outcomes``, ``reasons``: of what is worth saying whatever it was the year before, lines of
    its table that make the whole, with the words of each, which the edition to share says without reasons; table that
    counts the same by reason.
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


def _band(age: str) -> str:
    open_bands = {"moins_11": "moins de 11 ans", "plus_21": "plus de 21 ans"}
    return open_bands.get(age) or f"{age.replace('_', '-')} ans"


def _of_age(age: str) -> str:
    return f"de {_band(age).replace('-', ' à ')}"


def _shares(
    table: str,
    members: str,
    weight: float,
    of_girls: float,
    where: str = "",
    public: str = "un public",
) -> tuple[Subject, ...]:
    plural = "s" if public.startswith("des ") else ""
    noun = (members, members)
    young = Subject(
        f"{table}_moins_15", "part", (table, "moins_11+11_14", TOTAL), noun, "public", weight, where,
        rise=f"{public} plus jeune{plural}", fall=f"{public} plus âgé{plural}", moved=f"{table}/moins_15",
        what=("a", "ont", "moins de 15 ans"),
    )  # fmt: skip
    ages = []
    for age in AGES:
        call, said = f'"{table}", "{age}", "{TOTAL}"', _of_age(age)
        passing = f"les {_band(age)} passent de {{{{ chiffre({call}, decalage=-1) }}}} à {{{{ chiffre({call}) }}}}"
        one = Subject(
            f"{table}_{age}", "part", (table, age, TOTAL), noun, "public", weight, f" de {_band(age)}{where}",
            what=("a", "ont", said if age[0].isdigit() else said.removeprefix("de ")),
            under=young.id, detail=passing if age == "15_18" else "",
        )  # fmt: skip
        ages.append(one)
    girls = Subject(
        f"{table}_filles", "part", (table, TOTAL, "F"), noun, "public", of_girls, f" de filles{where}",
        moved=f"{table}/F", what=("est une fille", "sont des filles", ""),
    )  # fmt: skip
    return young, *ages, girls


def _situation(code: str, singular: str, plural: str, words: str) -> Subject:
    path, noun = ("situations", code, TOTAL), (FOLLOWED, FOLLOWED)
    what = (singular, plural, "")
    return Subject(
        f"situations_{code}", "part", path, noun, "situations", headline=f" {words}", what=what
    )


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "clotures", "flux", ("clotures", TOTAL, "nombre"), ("accompagnement clos", "accompagnements clos"), "parcours",
        1.3, lines=(("amelioration_situation", "pour amélioration de la situation"),),
    ),
    Subject(
        "ameliorations", "flux", ("clotures", "amelioration_situation", "nombre"),
        (
            "accompagnement clos pour amélioration de la situation",
            "accompagnements clos pour amélioration de la situation",
        ),
        "parcours", under="clotures",
    ),
    Subject(
        "ouverts", "stock", ("flux_paei", "ouverts_31_decembre", "nombre"),
        ("accompagnement en cours au 31 décembre", "accompagnements en cours au 31 décembre"), "parcours", 1.2,
        "d'accompagnements en cours", since="un an plus tôt",
    ),
    Subject(
        "accompagnes", "stock", ("accompagnes", TOTAL, TOTAL), ("jeune accompagné", FOLLOWED), "parcours", 1.5,
    ),
    Subject(
        "nouveaux", "flux", ("accompagnes", TOTAL, NOUVEAUX),
        ("jeune accompagné pour la première fois", "jeunes accompagnés pour la première fois"), "parcours",
    ),
    *_shares("accompagnes", FOLLOWED, 1.5, 1.2, public="des jeunes accompagnés"),
    _situation("descolarise", "est déscolarisé", "sont déscolarisés", "de jeunes déscolarisés"),
    _situation("recherche_emploi", "cherche un emploi", "cherchent un emploi", "de jeunes en recherche d'emploi"),
    _situation("activite_professionnelle", "travaille", "travaillent", "de jeunes au travail"),
    _situation("formation", "est en formation", "sont en formation", "de jeunes en formation"),
    Subject(
        "co_accompagnements", "part", ("co_accompagnements", AU_MOINS_UN, "jeunes"), (FOLLOWED, FOLLOWED),
        "partenaires", headline=" de suivis partagés", rise="davantage", fall="moins",
        whole=("accompagnes", TOTAL, TOTAL), what=("l'est avec un autre service", "le sont avec un autre service", ""),
    ),
    Subject(
        "orientations", "flux", ("orientations", TOTAL, "nombre"),
        ("orientation vers un partenaire", "orientations vers un partenaire"), "partenaires", 0.8,
    ),
    Subject(
        "demandes", "flux", ("demandes", TOTAL, TOTAL), ("demande d'accompagnement", "demandes d'accompagnement"),
        "demandes",
    ),
    Subject(
        "refus", "flux", ("demandes", "refusee", TOTAL),
        ("demande restée sans suite", "demandes restées sans suite"), "demandes",
        under="demandes", reasons="motifs_refus",
        outcomes=(
            ("acceptee", "acceptée", "acceptées"),
            ("refusee", "refusée par le service ou la famille", "refusées par le service ou la famille"),
            ("reorientee", "réorientée", "réorientées"),
            ("en_attente", "en attente", "en attente"),
        ),
    ),
    Subject(
        "travail_de_rue", "stock", ("travail_de_rue", TOTAL, TOTAL), ("jeune rencontré en travail de rue", MET), "rue",
        lines=tuple((age, _of_age(age)) for age in AGES), includes=("accompagnes", TOTAL, TOTAL),
    ),
    Subject(
        "contacts", "flux", ("travail_de_rue", TOTAL, NOUVEAUX),
        ("premier contact en travail de rue", "premiers contacts en travail de rue"), "rue", 0.8,
    ),
    *_shares("travail_de_rue", MET, 0.8, 0.8, " en travail de rue"),
    Subject(
        "presence_sociale", "stock", ("presence_sociale", TOTAL, TOTAL), ("jeune rencontré en présence sociale", SEEN),
        "presence", 0.8,
    ),
    *_shares("presence_sociale", SEEN, 0.4, 0.4, " en présence sociale"),
)  # fmt: skip
"""In the order in which equals are told."""
BESIDE = ("accompagnes_moins_15", "clotures", "travail_de_rue", "ouverts", "refus")
"""What a territory says beside the year before, after its findings: what was done, then what was asked."""
PERSONS = ("accompagnes", "travail_de_rue", "presence_sociale")
"""What its headline counts: the first of these tables that counts somebody."""
MOVEMENTS = "mouvements"
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


@dataclass(frozen=True)
class Changes:
    """The figures of a territory beside those of the year before; ``retired``: ids of what is no finding here."""

    lookup: Lookup
    year: int
    territory: str
    retired: Collection[str] = ()

    def of(self, subjects: Sequence[Subject]) -> Iterator[Change]:
        """Give the changes that are findings, the first in rank first; each with those that say the same."""
        scores = {
            subject.id: self._score(subject)
            for subject in subjects
            if subject.id not in self.retired
        }
        changed = [subject for subject in subjects if scores.get(subject.id)]
        ids = {subject.id for subject in changed}
        alone = [subject for subject in changed if subject.under not in ids]
        for subject in sorted(alone, key=lambda subject: -scores[subject.id]):
            yield Change(subject, tuple(other for other in changed if other.under == subject.id))

    def _score(self, subject: Subject) -> float:
        # Its size by how far it is from chance; 0 of what is no finding.
        size = self._size_of_share(subject) if subject.kind == "part" else self._size(subject)
        chance = self.chance(subject) if size else None
        if chance is None or chance >= CHANCE:
            return 0.0
        return subject.weight * size * min(-math.log10(max(chance, 1e-12)), RELIABLE)

    def _size(self, subject: Subject) -> float:
        first, last = self._counts(subject) or (0, 0)
        if max(first, last) < FEWEST or abs(last - first) < max(LEAST, LEAST_PART * first):
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
        shares = self._shares(subject)
        if shares is None:
            return 0.0
        (first, then), (last, now) = shares
        if (
            min(now, then) < WHOLE
            or max(first, last) < FEWEST
            or abs(last / now - first / then) < POINTS / 100
        ):
            return 0.0
        angles = [
            2 * math.asin(math.sqrt(min(max(share, 0.0), 1.0)))
            for share in (last / now, first / then)
        ]
        return abs(angles[0] - angles[1])

    def _shares(self, subject: Subject) -> tuple[tuple[int, int], tuple[int, int]] | None:
        whole, years = subject.of_whole, (self.year - 1, self.year)
        exact = self._exact([(path, year) for year in years for path in (subject.path, whole)])
        if exact is None or not (self.comparable(subject.path) and self.comparable(whole)):
            return None
        first, then, last, now = exact
        return ((first, then), (last, now)) if then and now else None

    def chance(self, subject: Subject) -> float | None:
        """Give the chance that a change as large is due to chance alone; None where it cannot be told."""
        if subject.kind == "flux":
            counts = self._counts(subject)
            return of_counts(*counts) if counts else None
        # Entrants and leavers of a group, then those outside of it.
        columns = ("entrants", "sortants", "hors_entrants", "hors_sortants")
        moved = self._exact([((MOVEMENTS, subject.group, column), self.year) for column in columns])
        if subject.kind == "stock":
            return of_counts(moved[0], moved[1]) if moved else None
        shares = self._shares(subject)
        moved = moved or (self._newcomers(subject, *shares) if shares else None)
        return of_shares((moved[0], moved[2]), (moved[1], moved[3])) if moved and shares else None

    def _newcomers(
        self, subject: Subject, before: tuple[int, int], year: tuple[int, int]
    ) -> list[int] | None:
        """As the movements, in the edition to share, which has none: from those who are new, of a group of ages.

        Who comes back is neither new nor, then, among those who left: both are as many too few.
        """
        table, line, column = subject.path
        new = self._exact([((table, place, NOUVEAUX), self.year) for place in (line, TOTAL)])
        if not self.lookup.shared or column != TOTAL or new is None:
            return None
        (came, every), left = (
            new,
            [first + some - last for first, some, last in zip(before, new, year, strict=True)],
        )
        moved = [came, left[0], every - came, left[1] - left[0]]
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
        known = now and now.is_number and then and then.state in KNOWN
        return bool(known) and self.lookup.compared(path[0], self.year - 1, self.territory)

    def is_exact(self, path: Path) -> bool:
        """Say whether both are exact."""
        return all(cell and cell.state == OK for cell in self.two_years(path))


def nearest(then: tuple[float, float], now: tuple[float, float]) -> tuple[int, int]:
    """Give two figures, each with its slack, as near to each other as rounding allows: what is said of them is true."""
    sign = 1 if now[0] > then[0] else -1
    first, last = then[0] + sign * then[1], now[0] - sign * now[1]
    return round(first), round(last if sign * (last - first) > 0 else first)


def of_counts(first: int, second: int) -> float:
    """Test two counts that share nobody, which are equally likely to be the larger: p of the conditional binomial test.

    They are what happened in each of two years; or those who came and those who left.
    """
    every, least = first + second, min(first, second)
    return min(
        1.0, 2 * fsum(exp(_ways(every, number) - every * log(2)) for number in range(least + 1))
    )


def of_shares(came: tuple[int, int], left: tuple[int, int]) -> float:
    """Test whether those who came belong to a group as often as those who left: p of Fisher's test.

    Both are those in the group, and those outside of it.
    """
    inside, newcomers, every = came[0] + left[0], sum(came), sum(came) + sum(left)
    fewest, most = max(0, newcomers + inside - every), min(newcomers, inside)
    numbers = range(fewest, most + 1)
    ways = [_ways(inside, number) + _ways(every - inside, newcomers - number) for number in numbers]
    return _as_unlikely(ways, came[0] - fewest, _ways(every, newcomers))


def of_part(seen: int, every: int, part: float) -> float:
    """Test whether a part (between 0 and 1, neither) of those counted is the one expected: p of the binomial test."""
    ways = [
        _ways(every, some) + some * log(part) + (every - some) * log1p(-part)
        for some in range(every + 1)
    ]
    return _as_unlikely(ways, seen, 0.0)


def _ways(every: int, some: int) -> float:
    # The logarithm of the ways to choose some among all: as numbers, those of 30,000 people take minutes.
    return lgamma(every + 1) - lgamma(some + 1) - lgamma(every - some + 1)


def _as_unlikely(ways: Sequence[float], seen: int, every: float) -> float:
    # The chances of what is as unlikely as what was seen, or more, from logarithms.
    return min(1.0, fsum(exp(way - every) for way in ways if way <= ways[seen] + ROUNDING))

"""Links that nobody declared, among the shared figures of 2,000 random services: ``python -m benchmarks.links``.

Two years of each service are counted. Every declared row must hold in all of them. What holds in all those of any size
between two or three figures, ``A ≤ B`` or ``A + B = C``, and does not follow from the rows, is a link to declare or
chance. A service is the sum of its young people: what holds in any records holds in a service of one or two, some
tables of which are empty, and sixty of these are counted at once. Chance seldom does: what is left there, counted 25
times at least, has its reason in ``REASONS``, or is listed. « A is not zero, hence B is not » is looked for in these
services, and in each place of those of any size, where what is the service's alone does not hold. To be run again when
a table is declared, or crosses something else; what is counted is kept, to go on from.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from rlpipeline.attack.system import Bools, Box, Contradiction, Floats, LinearSystem
from rlpipeline.declared import SERVICE, FigureKey
from rlpipeline.links import (
    SANS_COMMUNE,
    TOTAL,
    Constraint,
    Tables,
    constraints,
    constraints_between_years,
)
from rlpipeline.settings.models import Commune
from tests.figures import random_records
from tests.figures.factory import SERVICE as SETTINGS
from tests.links.random_figures import (
    CLASSES,
    LINKS,
    YEAR,
    Values,
    always,
    constraints_and_counts,
    counted,
    is_broken,
    services,
)

MOST = 1e4
"""More than any figure of these services."""
CHUNK, COMMUNES = 50, 60
"""Services counted at once: those of random size, and those of one or two, each in a commune of its own."""
SINCE, KEPT, OF_ONE_YEAR = 2018, (0.0, 0.05, 0.3, 1.0), 0.3
"""Of services of one or two: first year of their dates, shares of a table's rows that are left, and how often those of
one year alone are."""
TIMES, OFTEN = 25, 40
"""Services of one or two that must count a figure for what holds of it there to be no chance, for a zero often."""
REASONS = (
    (
        r"^demandes/\S+ ≤ demandes/",
        "demandes de deux années ou lieux : le tirage en donne à qui n'a personne",
    ),
    (
        r"^flux_paei/\S+31_dec\S+ ≤ flux_paei/\S+1er_j|^flux_paei/\S+1er_j\S+ ≤ flux_paei/\S+31_dec",
        "déclaré, en général",
    ),
    (
        r"^problematiques\w*/(\d+)/\S+ ≤ accompagnes/\1/",
        "déclaré, pour ce qui est dans les dates du suivi",
    ),
    (r"^durees/\S+1?2\S+_mois\S*/\S+ ≤ flux_paei/", "déclaré en deux liens, dont l'un en général"),
    (r"^(anciennete_contact|durees)/", "le tirage n'a aucune date avant 2021"),
    (
        r"^(clotures|flux_paei)/\S+ ≤ accompagnes/",
        "un jeune peut finir plusieurs accompagnements dans l'année",
    ),
    (
        r"^accompagnes/2022/\S+/nouveaux ≤ ",
        "le tirage suit l'année d'après presque chacun, d'autres âges le démentent",
    ),
    (r" ≤ travail_de_rue/", "le tirage rencontre presque chacun, d'une année ou l'autre"),
)
"""What is left, by its words, and why it is no link to declare."""


class Candidate(NamedTuple):
    """``Σ parts ≤ whole``, ``=`` where there are two parts, or the first is zero where the whole is."""

    parts: tuple[FigureKey, ...]
    whole: FigureKey
    zero: bool = False

    def __str__(self) -> str:
        sign = "⇒" if self.zero else "=" if len(self.parts) > 1 else "≤"
        return f"{' + '.join(map(named, self.parts))} {sign} {named(self.whole)}"


Counted = tuple[Values, Sequence[str]]
"""Figures of two years of a service, and the rows that do not hold there."""


def of_services(first: int) -> Iterator[Counted]:
    """Count services of any size, each apart."""
    for seed, records in enumerate(services(CHUNK, first), first):
        every, known = constraints_and_counts(records)
        yield known, _broken(every, known, seed)


def _broken(every: Iterable[Constraint], known: Values, seed: int) -> list[str]:
    return [f"{seed} : {_equation(row)}" for row in every if always(row) and is_broken(row, known)]


def _equation(row: Constraint) -> str:
    return f"{' '.join(f'{factor:+g} {named(key)}' for key, factor in row.terms)} ({row.kind}, {row.why})"


def named(key: FigureKey) -> str:
    """Name a figure."""
    return "/".join(map(str, key))


def counts_of(
    name: str, asked: int, at_once: int, count: Callable[[int], Iterable[Counted]], kept: Path
) -> pd.DataFrame:
    """Count the figures of services, one line a service, one column a figure; a code not shown is a zero."""
    every: list[Counted] = []
    for first in range(0, asked, at_once):
        path = kept / f"{name}{first:05}.pkl"
        if not path.exists():
            pd.to_pickle([*count(first)], path)
        every += pd.read_pickle(path)
    for broken in (line for _, lines in every for line in lines):
        print("ne tient pas :", broken)
    return pd.DataFrame([known for known, _ in every]).fillna(0.0)


def of_communes(first: int) -> Iterator[Counted]:
    """Count services of one or two young people, each in a commune of its own, as if each were the whole."""
    codes = [f"62{number:03}" for number in range(1, COMMUNES + 1)]
    asked = {name: getattr(SETTINGS, name) for name in type(SETTINGS).model_fields}
    communes = tuple(Commune(code=code, nom=code) for code in codes)
    service = type(SETTINGS)(**{**asked, "communes": communes, "qpv": ()})
    frames: dict[str, list[pd.DataFrame]] = {}
    for rank, code in enumerate(codes):
        random_records.COMMUNES, draw = (code,), np.random.default_rng(first + rank)
        records = random_records.random_records(
            200_000 + first + rank, persons=1 + rank % 2, since=SINCE, ended=rank % 4 < 2
        )
        for name, frame in records.frames.items():
            kept = np.ones(len(frame), dtype=bool)
            if name != "jeunes":
                kept = draw.random(len(frame)) < draw.choice(KEPT)
            if draw.random() < OF_ONE_YEAR:
                kept &= _is_of(frame, draw.choice((YEAR - 1, YEAR)))
            ids = {
                id: frame[id].map(f"{rank}-{{}}".format, "ignore")
                for id in frame
                if str(id).startswith("id_")
            }
            frames.setdefault(name, []).append(frame.assign(**ids).astype(frame.dtypes)[kept])
    joined = replace(
        records, frames={name: pd.concat(each, ignore_index=True) for name, each in frames.items()}
    )
    known: dict[str, dict[FigureKey, float]] = {code: {} for code in codes}
    cells: dict[str, dict[FigureKey, bool]] = {code: {} for code in codes}
    for year in (YEAR - 1, YEAR):
        tables, values = counted(joined, year, service, codes)
        for key, there in tables.cells.items():
            cells[key.territoire][key._replace(territoire=SERVICE)] = there
        for key, value in values.items():
            known[key.territoire][key._replace(territoire=SERVICE)] = value
    for rank, code in enumerate(codes):
        both = Tables(LINKS, cells[code], CLASSES)
        of_year = Tables(
            LINKS,
            {key: there for key, there in both.cells.items() if key.annee == YEAR},
            both.classes,
        )
        yield (
            known[code],
            _broken(
                [*constraints(of_year, ()), *constraints_between_years(both)],
                known[code],
                200_000 + first + rank,
            ),
        )


def _is_of(frame: pd.DataFrame, year: int) -> Bools:
    """Say which rows are of a year: all, in a table whose rows are not of one."""
    if "annee" in frame:
        return np.asarray(frame["annee"] == year)
    if "date" in frame:
        return np.asarray(pd.to_datetime(frame["date"]).dt.year == year)
    return np.ones(len(frame), dtype=bool)


def system_of(
    keys: Sequence[FigureKey], kept: Callable[[Constraint], bool] = always
) -> LinearSystem:
    """Compile the rows between all figures of both years, those of them that are kept."""
    tables = Tables(LINKS, dict.fromkeys(keys, True), CLASSES)
    every = [*constraints_between_years(tables)]
    for year in (YEAR, YEAR - 1):
        of_year = {key: True for key in keys if key.annee == year}
        every += constraints(replace(tables, cells=of_year), SETTINGS.commune_codes)
    return LinearSystem.of(keys, filter(kept, every))


class Implied:
    """What follows from rows."""

    def __init__(self, system: LinearSystem) -> None:
        equal, above, below = (
            np.flatnonzero(np.isfinite(side))
            for side in (system.most + system.least, system.most, system.least)
        )
        self._system = system
        self._rows = csr_array(vstack([system.matrix[above], -system.matrix[below]]))
        self._bounds = np.concatenate([system.most[above], -system.least[below]])
        dense = system.matrix[equal].toarray()
        _, sizes, right = np.linalg.svd(dense, full_matrices=False)
        self._span = right[sizes > 1e-9]
        self._below = self._closed()

    def _closed(self) -> Bools:
        """Say of each pair of unknowns whether the first is a part of a part … of the second."""
        size = self._system.size
        reached = np.eye(size, dtype=bool)
        matrix = self._system.matrix
        for line in range(matrix.shape[0]):
            span = slice(matrix.indptr[line], matrix.indptr[line + 1])
            places, factors = matrix.indices[span], matrix.data[span]
            wholes = places[factors < 0]
            if len(wholes) == 1 and self._system.most[line] == 0:
                reached[places[factors > 0], wholes[0]] = True
        while True:
            further = reached | (reached.astype(np.float32) @ reached.astype(np.float32) > 0)
            if (further == reached).all():
                return np.asarray(reached)
            reached = further

    def at_most(self, part: int, whole: int) -> bool:
        """Whether the rows say that a figure is at most another."""
        if self._below[part, whole]:
            return True
        price = np.zeros(self._system.size)
        price[part], price[whole] = -1.0, 1.0
        solved = linprog(price, self._rows, self._bounds, bounds=(0, MOST), method="highs")
        return bool(solved.status == 0 and solved.fun > -0.5)

    def nothing(self, thing: int, person: int) -> bool:
        """Whether the rows say that a figure is zero where another is."""
        low, high = self._system.low.copy(), np.full(self._system.size, MOST)
        low[thing], high[person] = 1.0, 0.0
        try:
            self._system.narrowed(Box(low, high))
        except Contradiction:
            return True
        return False

    def zero(self, factors: Floats) -> bool:
        """Whether the rows say that a sum is zero."""
        return bool(np.abs(factors - self._span.T @ (self._span @ factors)).max() < 1e-6)


def undeclared(counts: pd.DataFrame) -> Iterator[Candidate]:
    """List the relations between two or three figures that hold throughout and do not follow from the rows."""
    keys = [
        key
        for key in map(FigureKey._make, counts.columns)
        if counts[tuple(key)].any() and not _own(key)
    ]
    system = system_of(keys)
    first = {system.index[key]: key for key in reversed(keys)}
    places = [*first]
    values = counts[[tuple(first[place]) for place in places]].to_numpy("float64")
    implied = Implied(system)
    for one, place in enumerate(places):
        for other in np.flatnonzero((values[:, [one]] <= values).all(axis=0)):
            if other != one and not implied.at_most(place, places[other]):
                yield Candidate((first[place],), first[places[other]])
    draw = np.random.default_rng(0)
    marks = (values.T @ draw.integers(1, 2**40, len(values))).astype(np.int64)
    whole_of = {int(mark): at for at, mark in enumerate(marks)}
    for one in range(len(places)):
        for other in range(one, len(places)):
            whole = whole_of.get(int(marks[one] + marks[other]))
            if whole is None or not (values[:, one] + values[:, other] == values[:, whole]).all():
                continue
            factors = np.zeros(system.size)
            for at, factor in ((one, 1.0), (other, 1.0), (whole, -1.0)):
                factors[places[at]] += factor
            if not implied.zero(factors):
                yield Candidate((first[places[one]], first[places[other]]), first[places[whole]])


def unsaid(counts: pd.DataFrame, times: int) -> Iterator[Candidate]:
    """List the figures, counted some times, that are zero wherever another is, which does not follow from the rows."""
    every = (FigureKey._make(key) for key in counts.columns)
    keys = [key for key in every if counts[key].any() and not _own(key)]
    is_there = counts[keys].to_numpy() > 0
    alone = is_there.T.astype(np.float32) @ (~is_there).astype(np.float32)
    system = system_of(keys, lambda row: row.link is None or row.link.holds != "suppose")
    implied, found = Implied(system), set[tuple[int, int]]()
    often = is_there.sum(axis=0) >= times
    for one, other in zip(*np.nonzero((alone == 0) & often[:, None]), strict=True):
        thing, person = keys[one], keys[other]
        places = system.index[thing], system.index[person]
        if places not in found and not implied.nothing(*places):
            found.add(places)
            yield Candidate((thing,), person, zero=True)


def of_places(counts: pd.DataFrame) -> pd.DataFrame:
    """Give the figures of each place of each service a line of their own, as if they were all of one commune."""
    keys = [FigureKey._make(key) for key in counts.columns]
    places = {key.territoire for key in keys} - {SERVICE, SANS_COMMUNE}
    by_place = []
    for place in sorted(places):
        own = [key for key in keys if key.territoire == place]
        renamed = [key._replace(territoire=SETTINGS.commune_codes[0]) for key in own]
        of_place = counts[own]
        of_place.columns = pd.Index(renamed, tupleize_cols=False)
        by_place.append(of_place)
    return pd.concat(by_place, ignore_index=True).fillna(0.0)


def _own(key: FigureKey) -> bool:
    """Say whether a figure is about one action, which no other service has."""
    return key.indicateur in LINKS.actions and key.colonne != TOTAL


def judged(found: Sequence[Candidate], alone: pd.DataFrame) -> Iterator[tuple[Candidate, str]]:
    """Say of each candidate what makes it no link to declare; nothing where nothing does."""
    columns: Mapping[FigureKey, Floats] = {
        FigureKey._make(key): alone[key].to_numpy("float64") for key in alone
    }
    for candidate in found:
        parts, keys = candidate.parts, [_of_one(key) for key in (*candidate.parts, candidate.whole)]
        values = [columns.get(key, np.zeros(len(alone))) for key in keys]
        left = np.sum(values[:-1], axis=0)
        if _denied(candidate, left, values[-1]):
            yield candidate, "un service d'un ou deux jeunes le dément"
        elif (len(keys) == 2 and keys[0] == keys[1]) or _place(candidate.whole) not in (
            SERVICE,
            *map(_place, parts),
        ):
            yield (
                candidate,
                "d'un autre lieu, où le tirage met plus de jeunes, et qui peut n'avoir personne",
            )
        elif (left > 0).sum() < TIMES:
            yield candidate, "compté dans trop peu de services d'un ou deux jeunes"
        else:
            yield candidate, reason_of(candidate)


def _denied(candidate: Candidate, left: Floats, whole: Floats) -> bool:
    """Say whether some service has figures that a candidate does not hold for."""
    if candidate.zero:
        return bool(((left > 0) & (whole == 0)).any())
    return bool(((left != whole) if len(candidate.parts) > 1 else (left > whole)).any())


def reason_of(candidate: Candidate) -> str:
    """Give the reason for which a relation is no link to declare, if one is written."""
    return next((why for words, why in REASONS if re.search(words, str(candidate))), "")


def _place(key: FigureKey) -> str:
    return key.ligne if key.indicateur == "communes" else key.territoire


def _of_one(key: FigureKey) -> FigureKey:
    """Give the figure of a service of one commune, which is that of the commune, or of its line."""
    if key.indicateur == "communes":
        return key._replace(indicateur="accompagnes", ligne=key.colonne, colonne=TOTAL)
    return key._replace(territoire=SERVICE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=600, help="services of 3 to 40 young people")
    parser.add_argument(
        "--alone", type=int, default=1440, help="services of one or two young people"
    )
    parser.add_argument(
        "--kept", type=Path, required=True, help="folder of what is counted, and taken up again"
    )
    options = parser.parse_args()
    options.kept.mkdir(exist_ok=True)
    counts = counts_of("", options.sets, CHUNK, of_services, options.kept)
    alone = counts_of("one-", options.alone, COMMUNES, of_communes, options.kept)
    verdicts = [
        *judged(
            [*undeclared(counts), *unsaid(alone, OFTEN), *unsaid(of_places(counts), OFTEN)], alone
        )
    ]
    print(*(f"à déclarer ? {candidate}" for candidate, why in verdicts if not why), sep="\n")
    for why, count in Counter(why for _, why in verdicts).most_common():
        print(f"{count:6} {why or 'que rien ne déclare'}")
    print(
        f"{len(counts)} services, {len(alone)} d'un ou deux jeunes, {len(verdicts)} relations qui ne se déduisent pas"
    )


if __name__ == "__main__":
    main()

"""Who differs between the records now and those that a release was counted from, by private keyed digests.

``params/diffusions/<year>-jeunes.json``, written by ``share`` with the first release of a year and in no package, has a
line a young person of the year: keyed digests of the identifier, of the rows that count for the year, of the territory.
Who has no identifier has a line without one. Those that ``forget`` took out leave their territory alone.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.execution.output_folder import disk_errors_in_french, write_whole
from rlpipeline.figures import HORS, SANS_COMMUNE, SERVICE
from rlpipeline.importing.people import Pseudonyms
from rlpipeline.protection.again import Again
from rlpipeline.protection.releases import Release
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import TABLES, Contract, birth_year_name, table_named
from rlpipeline.settings.models import Service

LENGTH = 24
"""Hexadecimal digits that are kept of a digest."""
APART = "\x1f"
END, REASON = "date_fin", "motif_cloture"
"""The end of a follow-up and its reason, which a year does not know yet where they are later."""


@dataclass(frozen=True)
class Person:
    """Somebody of a year: where, and what the rows of each table say that counts; no identifier where there is none."""

    who: str
    place: str
    rows: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Digests:
    """What the file holds: see the module. ``mark`` tells the key that it was made with."""

    mark: str
    tables: tuple[str, ...]
    persons: Mapping[str, tuple[str, str]]
    others: Counter[tuple[str, str]]
    forgotten: tuple[str, ...] = ()

    def written(self) -> str:
        """Write it, a person a line, in an order that says nothing."""
        content: dict[str, Sequence[object]] = {
            "cle": [self.mark],
            "tables": [*self.tables],
            "jeunes": sorted([who, *line] for who, line in self.persons.items()),
            "sans_identifiant": sorted([*line] for line in self.others.elements()),
            "oublies": sorted(self.forgotten),
        }
        blocks = list[str]()
        for name, lines in content.items():
            each = ",\n".join(json.dumps(line) for line in lines)
            blocks.append(f'"{name}": [\n{each}\n]')
        return "{" + ",\n".join(blocks) + "}\n"


def digests_path(ledger: Path, year: int) -> Path:
    """The file of a year, beside its releases."""
    return ledger / f"{year}-jeunes.json"


def read_digests(path: Path) -> Digests | None:
    """Read it again; None where there is none. Raises SettingsError: it is damaged."""
    if not path.is_file():
        return None
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise SettingsError(
            "Les empreintes d'une diffusion ne se lisent pas.",
            where=str(path),
            expected="ce que « rlpipeline share » a écrit",
            todo="rétablir le fichier tel qu'il était ; à défaut, le supprimer : les chiffres de jeunes de cette "
            "année resteront tels que diffusés",
        ) from error


def _parsed(content: Mapping[str, Any]) -> Digests:
    """Give what the file holds, from its JSON."""
    persons = {who: (rows, place) for who, rows, place in content["jeunes"]}
    others = Counter((rows, place) for rows, place in content["sans_identifiant"])
    (mark,), tables, forgotten = content["cle"], content["tables"], content["oublies"]
    return Digests(mark, tuple(tables), persons, others, tuple(forgotten))


def persons_of(records: Records, year: int, service: Service) -> list[Person]:
    """List those whom the figures of a year count, with what the contract says that counts."""
    communes = frozenset(service.commune_codes)
    return [*_named(records, year, communes), *_unnamed(records, year, communes)]


def digested(
    persons: Sequence[Person], year: int, key: bytes, tables: Sequence[str] = ()
) -> Digests:
    """Digest the rows of persons, those of some tables alone where tables are given."""
    digest = partial(_digest, key, year)
    kept = tables or sorted({table for person in persons for table in person.rows})
    named = dict[str, tuple[str, str]]()
    others = Counter[tuple[str, str]]()
    for person in persons:
        said = [f"{table}{APART}{row}" for table in kept for row in person.rows.get(table, ())]
        if not said:
            continue
        line = digest("lignes", person.who, *said), digest("territoire", person.place)
        if person.who:
            named[digest("jeune", person.who)] = line
        else:
            others[line] += 1
    return Digests(Pseudonyms(key).digest("diffusion")[:LENGTH], tuple(kept), named, others)


@dataclass(frozen=True)
class Differing:
    """How many differ in all, and of each territory, before or after."""

    number: int
    places: Counter[str]


def differing(before: Digests, now: Digests) -> Differing:
    """Count who differs: another line, no line any more, a new one; forgotten ones do."""
    number = len(before.forgotten)
    places = Counter(before.forgotten)
    for who in before.persons.keys() | now.persons.keys():
        lines = [line for line in (before.persons.get(who), now.persons.get(who)) if line]
        if len({*lines}) > 1 or len(lines) == 1:
            number += 1
            places.update({place for _, place in lines})
    gone = before.others - now.others
    come = now.others - before.others
    without = _by_place(gone)
    with_more = _by_place(come)
    places.update(without | with_more)  # of a row that changed one is gone and one has come
    return Differing(number + max(gone.total(), come.total()), places)


def _by_place(lines: Counter[tuple[str, str]]) -> Counter[str]:
    places = Counter[str]()
    for (_, place), times in lines.items():
        places[place] += times
    return places


def again_of(
    released: Sequence[Release],
    ledger: Path,
    year: int,
    persons: Sequence[Person],
    service: Service,
    key: bytes | None,
) -> Again | None:
    """Say how a year is published again, None where it was never released.

    Parameters
    ----------
    key
        The private key of the project; without it, or with another, nobody can count who differs.
    """
    releases = [release for release in released if release.year == year]
    if not releases:
        return None
    release = releases[-1]
    found = _corrected(ledger, year, persons, key)
    if found is None:
        return Again(release)
    enough = int(release.rules["seuil"])
    if found.number < enough:
        return Again(release, found.number)
    places = _places_by_digest(key or b"", year, service)
    many = [digest for digest, count in found.places.items() if count >= enough]
    withdrawn = {places.get(digest, SERVICE) for digest in many}  # a commune may have left
    return Again(release, found.number, frozenset({SERVICE, *withdrawn}))


def _corrected(
    ledger: Path, year: int, persons: Sequence[Person], key: bytes | None
) -> Differing | None:
    """Count whose rows differ from what the last release kept of them; None where nobody can."""
    before = read_digests(digests_path(ledger, year))
    if before is None or not key:
        return None
    now = digested(persons, year, key, before.tables)
    return differing(before, now) if before.mark == now.mark else None


def _places_by_digest(key: bytes, year: int, service: Service) -> dict[str, str]:
    """Give where young people may be, by the digest that a line has of it."""
    places = (HORS, SANS_COMMUNE, *service.commune_codes)
    return {_digest(key, year, "territoire", place): place for place in places}


def _digest(key: bytes, year: int, *parts: str) -> str:
    return Pseudonyms(key).digest(APART.join(("diffusion", str(year), *parts)))[:LENGTH]


def forget(ledger: Path, who: str, key: bytes) -> tuple[Path, ...]:
    """Take the line of a young person out of every year: one more differs there. Give the files."""
    changed = list[Path]()
    for path in sorted(ledger.glob("[0-9][0-9][0-9][0-9]-jeunes.json")):
        digests = read_digests(path)
        name = _digest(key, int(path.name[:4]), "jeune", who)
        if digests is None or name not in digests.persons:
            continue
        left = {other: line for other, line in digests.persons.items() if other != name}
        place = digests.persons[name][1]
        without = replace(digests, persons=left, forgotten=(*digests.forgotten, place))
        with disk_errors_in_french(path):
            changed.append(write_whole(path, without.written(), 0o644))
    return tuple(changed)


def _compared_columns(table: Contract) -> list[str]:
    """List the columns whose cells make the digest: codes, dates and numbers; of a birth the year, which makes an age.

    Those that say what is true on the day of the export change by themselves, and a number of persons is a line each
    (:func:`_unnamed`): both are left out.
    """
    kept = (
        column
        for column in table.columns
        if column.kind not in ("text", "identifier") and not column.moves and not column.of_persons
    )
    return [
        birth_year_name(column.name) if column.kind == "birth" else column.name for column in kept
    ]


def _texts(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Write the cells of each row as one text."""
    written = []
    for name in columns:
        cells = frame[name]
        if pd.api.types.is_datetime64_any_dtype(cells):
            cells = cells.dt.strftime("%Y-%m-%d")
        filled = cells.astype("object").where(cells.notna(), "")
        written.append([f"{name}={cell}" for cell in filled])
    return [APART.join(row) for row in zip(*written, strict=True)]


def _of_year(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """Keep the rows of a table that count for a year; a follow-up that ends later is under way."""
    if END in frame:
        begun: pd.DataFrame = frame[frame["date_debut"].dt.year <= year]
        later = begun[END].dt.year > year
        return begun.assign(**{name: begun[name].mask(later) for name in (END, REASON)})
    years = frame["annee"] if "annee" in frame else frame["date"].dt.year
    of_year: pd.DataFrame = frame.loc[years.eq(year).to_numpy()]
    return of_year


def _place(commune: object, communes: frozenset[str]) -> str:
    if not isinstance(commune, str) or not commune:
        return SANS_COMMUNE
    return commune if commune in communes else HORS


def _named(records: Records, year: int, communes: frozenset[str]) -> Iterator[Person]:
    """List the young people with an identifier: met, followed or written of in the year."""
    jeunes = records["jeunes"].set_index("id_jeune")
    suivis = records["suivis"]
    of_follow_up = dict(zip(suivis["id_suivi"], suivis["id_jeune"], strict=True))
    rows = defaultdict[str, dict[str, list[str]]](lambda: defaultdict(list))
    there = {*jeunes.index[jeunes["premier_contact"].dt.year == year]}
    for table in TABLES:
        if table.name == "jeunes" or not table.about_young_people:
            continue
        frame = _of_year(records[table.name], year)
        if "id_jeune" in frame:
            ids = frame["id_jeune"].tolist()
        elif "id_suivi" in frame:
            ids = [of_follow_up.get(follow_up, "") for follow_up in frame["id_suivi"]]
        else:
            continue
        for who, text in zip(ids, _texts(frame, _compared_columns(table)), strict=True):
            rows[who][table.name].append(text)
        there |= _active(frame, ids, year)
    situations = _of_year(records["situations"], year).set_index("id_jeune")["commune"].dropna()
    lives = {**jeunes["commune"].to_dict(), **situations.to_dict()}
    own_cells = _texts(jeunes, _compared_columns(table_named("jeunes")))
    texts = dict(zip(jeunes.index, own_cells, strict=True))
    for who in sorted(there & texts.keys()):
        told = {name: tuple(sorted(each)) for name, each in rows[who].items()}
        own = (f"{texts[who]}{APART}commune={lives[who]}",)
        yield Person(who, _place(lives[who], communes), {"jeunes": own, **told})


def _active(frame: pd.DataFrame, ids: Sequence[str], year: int) -> set[str]:
    """List whose rows are of the year: an earlier follow-up is not."""
    if END not in frame:
        return {*ids}
    under_way = frame[END].isna() | (frame[END].dt.year >= year)
    return {who for who, is_active in zip(ids, under_way, strict=True) if is_active}


def _unnamed(records: Records, year: int, communes: frozenset[str]) -> Iterator[Person]:
    """List those without an identifier: a row each, or as many as a number counts."""
    for table in TABLES:
        counts = [column.name for column in table.columns if column.of_persons]
        has_name = {"id_jeune", "id_suivi"} & {*table.column_names}
        if not counts and (has_name or not table.about_young_people):
            continue
        frame, columns = _with_what_it_refers_to(records, table)
        rows = _of_year(frame, year)
        places = rows["commune"] if "commune" in rows else [None] * len(rows)
        texts = zip(_texts(rows, columns), places, strict=True)
        if not counts:
            for text, place in texts:
                yield Person("", _place(place, communes), {table.name: (text,)})
            continue
        times = rows[counts[0]].fillna(0).astype(int)
        for (text, place), number in zip(texts, times, strict=True):
            for rank in range(number):
                numbered = f"{text}{APART}{rank}"
                yield Person("", _place(place, communes), {table.name: (numbered,)})


def _with_what_it_refers_to(records: Records, table: Contract) -> tuple[pd.DataFrame, list[str]]:
    """Give a table beside the rows that it refers to, and the columns of both that are compared."""
    frame = records[table.name]
    columns = _compared_columns(table)
    for reference in table.references:
        other = table_named(reference.table)
        more = [name for name in _compared_columns(other) if name not in columns]
        referred = records[other.name][[reference.target, *more]]
        frame = frame.merge(referred, left_on=reference.column, right_on=reference.target)
        columns = [*columns, *more, reference.column]
    return frame, columns

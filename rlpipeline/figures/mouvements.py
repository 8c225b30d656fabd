"""V.2: who came and who left since the year before, in each group that is counted: what tells a change from chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import FEW_PERSONS, Indicator
from rlpipeline.figures.entered import is_recorded
from rlpipeline.figures.labels import AGES, AU_MOINS_UN, LABELS, PARTENAIRES, SEXES, SITUATIONS, TOTAL
from rlpipeline.figures.population import active, follow_ups, open_plans, people
from rlpipeline.figures.populations import issues, met, shared
from rlpipeline.figures.scope import SERVICE, Scope
from rlpipeline.figures.tidy import NC, OK, Bools, Floats, tidy
from rlpipeline.records.frames import Records, among
from rlpipeline.settings.models import Service

COLUMNS = {
    "entrants": "Entrants",
    "sortants": "Sortants",
    "hors_entrants": "Entrants hors de ce groupe",
    "hors_sortants": "Sortants hors de ce groupe",
}
_YOUNGER = {"moins_15": ("moins_11", "11_14")}


@dataclass(frozen=True)
class Stock:
    """Those whom a table counts in a year, and its groups of them.

    Parameters
    ----------
    members
        Rows of a year, with their ``territoire``, one a member.
    member
        Column that names the member.
    needs
        Tables of the records that must have rows of both years.
    """

    title: str
    member: str
    unit: str
    needs: tuple[str, ...]
    members: Callable[[Records, Scope], pd.DataFrame]


@dataclass(frozen=True)
class Group:
    """A line of the table: some members of a stock.

    Parameters
    ----------
    line
        Table and line of the report that count them, as ``accompagnes/11_14``.
    within
        Says which of the members are in the group.
    needs
        Tables of the records that must have rows of both years, beside those of the stock.
    """

    line: str
    title: str
    stock: Stock
    within: Callable[[pd.DataFrame, Records, Scope], pd.Series[bool]]
    needs: tuple[str, ...] = ()


def _met(records: Records, scope: Scope) -> pd.DataFrame:
    return met(records, scope).drop_duplicates("id_jeune")


def _column(name: str) -> Callable[[Records, Scope], pd.DataFrame]:
    def members(records: Records, scope: Scope) -> pd.DataFrame:
        everyone = people(records, scope)
        return everyone[everyone[name]]

    return members


ACCOMPANIED = Stock("Jeunes accompagnés", "id_jeune", "jeunes", ("suivis",), _column("accompagne"))
FOLLOWED = Stock("Jeunes rencontrés en travail de rue", "id_jeune", "jeunes", ("suivis",), _column("suivi_actif"))
MET = Stock("Jeunes rencontrés en présence sociale", "id_jeune", "jeunes", ("presences",), _met)
OPEN = Stock("PAEI en cours au 31 décembre", "id_suivi", "accompagnements", ("suivis",), open_plans)


def _coded(column: str, *codes: str) -> Callable[[pd.DataFrame, Records, Scope], pd.Series[bool]]:
    return lambda members, records, scope: members[column].isin(codes)


def _noted(
    rows: Callable[[Records, Scope], pd.DataFrame], column: str = "", code: str = ""
) -> Callable[[pd.DataFrame, Records, Scope], pd.Series[bool]]:
    """Say which members something of the year was noted about."""

    def within(members: pd.DataFrame, records: Records, scope: Scope) -> pd.Series[bool]:
        key = (rows.__name__, scope.year, scope.service.commune_codes)
        noted = records.once(key, lambda: rows(records, scope))
        return among(members["id_jeune"], noted.loc[noted[column] == code, "id_jeune"] if code else noted["id_jeune"])

    return within


def groups(service: Service) -> Iterator[Group]:
    """List the lines, in order: each stock, then its groups."""
    for table, stock in (("accompagnes", ACCOMPANIED), ("travail_de_rue", FOLLOWED), ("presence_sociale", MET)):
        yield Group(f"{table}/{TOTAL}", stock.title, stock, lambda members, records, scope: members["id_jeune"].notna())
        for code, ages in {**_YOUNGER, **{age: (age,) for age in AGES}}.items():
            yield Group(f"{table}/{code}", _words(code), stock, _coded("tranche_age", *ages))
        for sex in SEXES:
            yield Group(f"{table}/{sex}", _words(sex), stock, _coded("sexe", sex))
        if table == "accompagnes":
            yield from _of_accompanied(service)
    yield Group(
        "flux_paei/ouverts_31_decembre", OPEN.title, OPEN, lambda members, records, scope: members["id_suivi"].notna()
    )


def _of_accompanied(service: Service) -> Iterator[Group]:
    for situation in SITUATIONS:
        within = _coded("situation", situation)
        yield Group(f"situations/{situation}", SITUATIONS[situation], ACCOMPANIED, within, ("situations",))
    noted = ("co_accompagnements",)
    yield Group(f"co_accompagnements/{AU_MOINS_UN}", LABELS[AU_MOINS_UN], ACCOMPANIED, _noted(shared), noted)
    for partner in PARTENAIRES:
        within = _noted(shared, "partenaire", partner)
        yield Group(f"co_accompagnements/{partner}", f"Avec : {PARTENAIRES[partner]}", ACCOMPANIED, within, noted)
    for family in service.problematiques:
        within = _noted(issues, "famille", family.code)
        line = f"problematiques_jeunes/{family.code}"
        yield Group(line, f"Problématiques : {family.libelle}", ACCOMPANIED, within, ("problematiques",))


def _words(code: str) -> str:
    return "Moins de 15 ans" if code in _YOUNGER else LABELS[code]


def mouvements(records: Records, scope: Scope) -> pd.DataFrame:
    """Count entrants and leavers of each group, and those outside of it; columns of :func:`.tidy.tidy`."""
    every = [*groups(scope.service)]
    lines = tuple(one.line for one in every)
    key = ("mouvements", scope.year, scope.service.commune_codes, lines)
    counted = records.once(key, lambda: _counted(records, scope, every))
    values = counted.get(scope.territory, np.zeros((len(lines), len(COLUMNS))))
    states = [[OK if _is_recorded(one, records, scope) else NC] for one in every]
    units = np.array([[one.stock.unit] for one in every], dtype=object)
    return tidy(lines, [*COLUMNS], values, units, np.array(states, dtype=object))


def _is_recorded(group: Group, records: Records, scope: Scope) -> bool:
    """Say whether the service kept in both years what the group is counted from."""
    years = (scope, replace(scope, year=scope.year - 1))
    needs = (*group.stock.needs, *group.needs)
    return all(
        table in records.present and (is_recorded(records, table, year) or table in scope.service.annee_vide)
        for table in needs
        for year in years
    )


def _counted(records: Records, scope: Scope, every: Sequence[Group]) -> Mapping[str, Floats]:
    """Count for every territory at once: an array of lines by columns each. Who moves leaves one and enters another."""
    whole = replace(scope, territory=SERVICE)
    counts: dict[str, Floats] = {}
    for stock in dict.fromkeys(one.stock for one in every):
        lines = [place for place, one in enumerate(every) if one.stock is stock]
        of_stock = [every[place] for place in lines]
        years = [_members(stock, of_stock, records, one) for one in (whole, replace(whole, year=scope.year - 1))]
        together = [replace(one, places=pd.Series(SERVICE, index=one.places.index, dtype="str")) for one in years]
        for members in (years, together):
            for place, counted in _moved(*members).items():
                counts.setdefault(place, np.zeros((len(every), len(COLUMNS))))[lines] = counted
    return counts


@dataclass(frozen=True)
class _Members:
    """Members of a stock in a year: who, where, and in which of its groups (members by groups)."""

    ids: pd.Series[str]
    places: pd.Series[str]
    within: Bools

    @property
    def keys(self) -> pd.Index[str]:
        """Who is where."""
        return pd.Index(self.places + "/" + self.ids)


def _members(stock: Stock, of_stock: Sequence[Group], records: Records, scope: Scope) -> _Members:
    rows = stock.members(records, scope).dropna(subset=["territoire"])
    within = [one.within(rows, records, scope).to_numpy(dtype=bool) for one in of_stock]
    return _Members(rows[stock.member], rows["territoire"], np.column_stack(within))


def _moved(now: _Members, before: _Members) -> Mapping[str, Floats]:
    """Count by territory who is in a group, or out of it, in one year alone: groups by ``COLUMNS``."""
    years = now, before
    everyone = now.keys.union(before.keys)
    inside = [np.zeros((len(everyone), now.within.shape[1]), dtype=bool) for _ in years]
    outside = [one.copy() for one in inside]
    for year, is_in, is_out in zip(years, inside, outside, strict=True):
        rows = everyone.get_indexer(year.keys)
        is_in[rows], is_out[rows] = year.within, ~year.within
    changes = [group[year] & ~group[1 - year] for group in (inside, outside) for year in (0, 1)]
    numbers, places = pd.factorize(pd.Index([key.partition("/")[0] for key in everyone], dtype="str"))
    counted = np.zeros((len(places), now.within.shape[1], len(COLUMNS)))
    np.add.at(counted, numbers, np.stack(changes, axis=2))
    return dict(zip(map(str, places), counted, strict=True))


def _used(records: Records, scope: Scope) -> dict[str, int]:
    """Count the follow-ups active in either year, and their young people, by where they live in the later one."""
    plans = follow_ups(records, scope)
    either = plans[active(plans, replace(scope, year=scope.year - 1).first_day, scope.last_day)]
    return {"jeunes": either["id_jeune"].nunique(), "suivis": len(either)}


MOUVEMENTS = partial(
    Indicator,
    not_shared=FEW_PERSONS,
    unit="jeunes, accompagnements",
    source="données du service (jeunes, suivis, situations, présences, problématiques et co-accompagnements)",
    tables=("jeunes", "suivis"),
    scope="both",
    additive=False,
    protected=True,
    compute=mouvements,
    row_labels=lambda records, scope: {one.line: one.title for one in groups(scope.service)},
    column_labels=lambda records, scope: COLUMNS,
    filter="jeunes rencontrés ou suivis en {annee} ou en {avant}, {residents}",
    used=_used,
)

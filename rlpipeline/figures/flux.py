"""V.1 to V.3: what came in and went out during the year, and since the year before, in each group that is counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from rlpipeline import french
from rlpipeline.declared import TableSpec
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.declaration import (
    FEW_PERSONS,
    SERVICE,
    Frames,
    Scope,
    in_year,
    is_kept,
    labelled,
)
from rlpipeline.figures.labels import (
    AGE_LASTS,
    AGES,
    AU_MOINS_UN,
    LABELS,
    PARTENAIRES,
    SEXES,
    SITUATIONS,
    TOTAL,
    WORDS,
)
from rlpipeline.figures.populations import (
    accompagnes,
    co_accompagnements,
    open_plans,
    paei,
    people,
    problematiques,
    rencontres,
    suivis,
    yearly,
)
from rlpipeline.figures.tidy import Floats, Positions, positions, tidy
from rlpipeline.records.frames import Records, among
from rlpipeline.records.tables import MOTIFS_DE_CLOTURE
from rlpipeline.settings.models import Service
from rlpipeline.states import NC, OK

OPENED, BEGUN, FIRST = "ouverts_1er_janvier", "commences", "dont_premiers"
MOVED, CLOSED = "demenagements", "ouverts_31_decembre"
FLOW_LINES = (OPENED, BEGUN, FIRST, MOVED, *MOTIFS_DE_CLOTURE, CLOSED)
FLOW_WORDS = {
    code: f"Terminés (−) : {words[0].lower()}{words[1:]}"
    for code, words in MOTIFS_DE_CLOTURE.items()
}
MONTHS = {f"{number:02d}": name.capitalize() for number, name in enumerate(french.MONTHS, start=1)}
NEW: Mapping[str, str] = WORDS["flux_nouveaux"]


@yearly
def _steps(records: Records, scope: Scope) -> pd.DataFrame:
    """List what each line of the flow counts, one row a PAEI or a young person: ligne, territoire."""
    plans, everyone = paei(records, scope), people(records, scope)
    opened = open_plans(records, scope.before)  # where their young people lived then
    begun = plans[in_year(plans["date_debut"], scope.year)]
    first = everyone[everyone["nouveau"]]
    ended = plans[in_year(plans["date_fin"], scope.year)]
    ended = ended[ended["motif_cloture"].isin([*MOTIFS_DE_CLOTURE])]
    lines = (
        opened.assign(ligne=OPENED),
        begun.assign(ligne=BEGUN),
        first.assign(ligne=FIRST),
        ended.assign(ligne=ended["motif_cloture"]),
        open_plans(records, scope).assign(ligne=CLOSED),
    )
    return pd.concat([rows[["territoire", "ligne"]] for rows in lines])


def _flow(records: Records, scope: Scope) -> pd.DataFrame:
    """Chaque PAEI compte sur les lignes de son mouvement ; les changements de commune ferment le compte."""
    counts = Counter(_steps(records, scope)["ligne"])
    ended = sum(counts[code] for code in MOTIFS_DE_CLOTURE)
    counts[MOVED] = counts[CLOSED] + ended - counts[BEGUN] - counts[OPENED]
    numbers = [[counts[line]] for line in FLOW_LINES]
    return tidy(FLOW_LINES, ("nombre",), numbers, "accompagnements")


def _by_month(records: Records, scope: Scope) -> pd.DataFrame:
    """Les nouveaux jeunes, rangés par le mois de leur premier PAEI, ou de leur premier contact."""
    everyone = people(records, scope)
    first_plans = paei(records, scope).groupby("id_jeune")["date_debut"].min()
    contacts = _first_contacts(records)
    new = everyone.loc[everyone["nouveau"], "id_jeune"]
    met = everyone.loc[everyone["suivi_actif"] & everyone["contact_nouveau"], "id_jeune"]
    by_month = np.column_stack([_months_of(first_plans, new), _months_of(contacts, met)])
    with_total = np.vstack([by_month, by_month.sum(axis=0)])
    return tidy((*MONTHS, TOTAL), [*NEW], with_total, "jeunes")


def _first_contacts(records: Records) -> pd.Series[pd.Timestamp]:
    """Give the day of the first contact with each young person."""

    def listed() -> pd.Series[pd.Timestamp]:
        days: pd.Series[pd.Timestamp] = records["jeunes"].set_index("id_jeune")["premier_contact"]
        return days

    return records.once(("contacts",), listed)


def _months_of(days: pd.Series[pd.Timestamp], who: pd.Series[str]) -> Positions:
    """Count some young people by the month of their day."""
    months = days.reindex(who).dt.month.astype("int64")
    return np.bincount(months, minlength=len(MONTHS) + 1)[1:]


NOUVEAUX_PAR_MOIS = CountedTable(
    spec=TableSpec(
        not_shared=FEW_PERSONS,
        unit="jeunes",
        source="données du service (jeunes et suivis)",
        tables=("jeunes", "suivis"),
        additive=True,
        persons=True,
        residents=True,
    ),
    compute=_by_month,
    row_labels=labelled({**MONTHS, **NEW}),
    column_labels=labelled({**MONTHS, **NEW}),
)
FLUX_PAEI = CountedTable(
    spec=TableSpec(
        unit="accompagnements",
        source="données du service (suivis, jeunes et situations)",
        tables=("jeunes", "suivis"),
        additive=True,
        persons=True,
        residents=True,
        balances=(MOVED,),
    ),
    compute=_flow,
    row_labels=labelled(FLOW_WORDS),
)


class Stock(NamedTuple):
    """A table of young people: its title, their rows, the table of the records that these need."""

    title: str
    listed: Frames
    needs: str


STOCKS: Mapping[str, Stock] = {
    "accompagnes": Stock("Jeunes accompagnés", accompagnes.listed, "suivis"),
    "travail_de_rue": Stock("Jeunes rencontrés en travail de rue", suivis.listed, "suivis"),
    "presence_sociale": Stock(
        "Jeunes rencontrés en présence sociale", rencontres.listed, "presences"
    ),
}
OPEN = f"flux_paei/{CLOSED}"
"""The group of the PAEI that are open: its members are no young people."""
MOVES: Mapping[str, str] = WORDS["mouvements"]
UNDER_15 = "moins_15"
YOUNG = [code for code, last in AGE_LASTS.items() if last < 15]
"""The bands of ages that it unites."""
CAME_ALONE, CAME_WITHIN, LEFT_ALONE, LEFT_WITHIN = range(4)
"""Who is in a group in one year alone: new to the whole as well, or in it both years; gone from both, or one."""


class ComparedGroup(NamedTuple):
    """A group whose members are compared: its title, the group that it is a part of, the tables that tell of it."""

    title: str
    whole: str
    needs: tuple[str, ...]


def _groups(service: Service) -> Mapping[str, ComparedGroup]:
    """List the groups: each stock, its ages and sexes; what is noted of those accompanied; the PAEI that are open."""
    classes = {UNDER_15: "Moins de 15 ans", **{code: LABELS[code] for code in AGES}, **SEXES}
    groups: dict[str, ComparedGroup] = {}
    for name, stock in STOCKS.items():
        whole = f"{name}/{TOTAL}"
        groups[whole] = ComparedGroup(stock.title, whole, (stock.needs,))
        for code, title in classes.items():
            groups[f"{name}/{code}"] = ComparedGroup(title, whole, (stock.needs,))
        if name == "accompagnes":
            groups |= _noted_groups(whole, stock, service)
    return {**groups, OPEN: ComparedGroup("PAEI en cours au 31 décembre", OPEN, ("suivis",))}


def _noted_groups(whole: str, stock: Stock, service: Service) -> Mapping[str, ComparedGroup]:
    """List the groups of what is noted of young people: their situation, other services, families of issues."""
    families = {of.code: f"Problématiques : {of.libelle}" for of in service.problematiques}
    partners = {code: f"Avec : {words}" for code, words in PARTENAIRES.items()}
    partners = {AU_MOINS_UN: LABELS[AU_MOINS_UN], **partners}
    noted = {
        "situations": ("situations", SITUATIONS),
        "co_accompagnements": ("co_accompagnements", partners),
        "problematiques_jeunes": ("problematiques", families),
    }
    groups: dict[str, ComparedGroup] = {}
    for name, (table, words) in noted.items():
        for code, title in words.items():
            groups[f"{name}/{code}"] = ComparedGroup(title, whole, (stock.needs, table))
    return groups


def _members(records: Records, scope: Scope) -> pd.DataFrame:
    """List who is in each group in a year, one row a member and group: territoire, membre, ligne, total."""
    plans = open_plans(records, scope).rename(columns={"id_suivi": "id_jeune", "id_jeune": "jeune"})
    listed = [_in_group(OPEN, plans, OPEN)]
    for name, stock in STOCKS.items():
        whole, members = f"{name}/{TOTAL}", stock.listed(records, scope).drop_duplicates("id_jeune")
        young = members[members["tranche_age"].isin(YOUNG)]
        listed.append(_in_group(whole, members, whole))
        listed.append(_in_group(whole, young, f"{name}/{UNDER_15}"))
        listed += [
            _in_group(whole, members, f"{name}/" + members[column])
            for column in ("tranche_age", "sexe")
        ]
        if name == "accompagnes":
            listed += _members_noted(whole, members, records, scope)
    return pd.concat(listed)


def _members_noted(
    whole: str, members: pd.DataFrame, records: Records, scope: Scope
) -> list[pd.DataFrame]:
    """List who is in each group of what is noted of young people."""
    shared = co_accompagnements.listed(records, scope)
    issues = problematiques.listed(records, scope).drop_duplicates(["id_jeune", "famille"])
    issues = issues[among(issues["id_jeune"], members["id_jeune"])]
    once = shared.drop_duplicates("id_jeune")
    noted = (
        (members, "situations/" + members["situation"]),
        (once, f"co_accompagnements/{AU_MOINS_UN}"),
        (shared, "co_accompagnements/" + shared["partenaire"]),
        (issues, "problematiques_jeunes/" + issues["famille"]),
    )
    return [_in_group(whole, rows, group) for rows, group in noted]


def _in_group(whole: str, rows: pd.DataFrame, group: pd.Series[str] | str) -> pd.DataFrame:
    """Put rows in a group, or each in one, of a whole."""
    members = rows[["territoire", "id_jeune"]].rename(columns={"id_jeune": "membre"})
    return members.assign(ligne=group, total=whole)


def _moves(records: Records, whole: Scope, groups: Sequence[str]) -> Mapping[str, Floats]:
    """Count who moved, by territory: for each group those of ``CAME_ALONE`` to ``LEFT_WITHIN``."""
    years = [_members(records, scope) for scope in (whole, whole.before)]
    years = [members[members["ligne"].isin(groups)] for members in years]
    every = pd.concat(years, ignore_index=True)
    is_before = np.repeat((0, 1), [len(members) for members in years])
    places, names = pd.factorize(every["territoire"])
    by_place = _moved(every, groups, places, is_before)
    everywhere = _moved(every, groups, np.zeros_like(places), is_before)
    moves = dict(zip(map(str, names), by_place, strict=False))
    return {**moves, SERVICE: everywhere[0]}


def _moved(
    every: pd.DataFrame, groups: Sequence[str], place: Positions, is_before: Positions
) -> Floats:
    """Count places × groups × moves: who is in a group, at a place, in one year and not in the other."""
    group, whole = (positions(every[column], groups) for column in ("ligne", "total"))
    member, members = pd.factorize(every["membre"])
    who = (place * len(members) + member) * len(groups)  # at a place: those who move are two
    both_years = pd.Series(who + group).duplicated(keep=False).to_numpy()
    stayed = (who + group)[both_years & (group == whole)]
    is_within = np.isin(who + whole, stayed)
    places = int(place.max(initial=0)) + 1
    shape = (places, len(groups), len(MOVES))
    cell = np.ravel_multi_index((place, group, 2 * is_before + is_within), shape)
    counts = np.bincount(cell[~both_years], minlength=math.prod(shape))
    return counts.reshape(shape).astype("float64")


def _movements(records: Records, scope: Scope) -> pd.DataFrame:
    """Les membres de chaque groupe, une année et l'autre : qui est dans l'une et non dans l'autre."""
    groups = _groups(scope.service)
    key = ("mouvements", scope.year, scope.service.commune_codes, *groups)
    moved = records.once(key, lambda: _moves(records, scope.whole, [*groups]))
    nobody = np.zeros((len(groups), len(MOVES)))
    counts = moved.get(scope.territory, nobody)
    wholes = pd.Series([group.whole for group in groups.values()])
    of_whole = counts[positions(wholes, [*groups])]
    came = counts[:, CAME_ALONE] + counts[:, CAME_WITHIN]
    left = counts[:, LEFT_ALONE] + counts[:, LEFT_WITHIN]
    came_beside = of_whole[:, CAME_ALONE] - counts[:, CAME_ALONE] + counts[:, LEFT_WITHIN]
    left_beside = of_whole[:, LEFT_ALONE] - counts[:, LEFT_ALONE] + counts[:, CAME_WITHIN]
    values = np.column_stack([came, left, came_beside, left_beside])
    states = np.array([[_state(group, records, scope)] for group in groups.values()], object)
    units = np.full((len(groups), 1), "jeunes", object)
    units[[*groups].index(OPEN)] = "accompagnements"
    return tidy([*groups], [*MOVES], values, units, states)


def _state(group: ComparedGroup, records: Records, scope: Scope) -> str:
    """Say whether the service kept what tells of a group, in both years."""
    for table, year in product(group.needs, (scope, scope.before)):
        if table not in records.present or not is_kept(records, table, year):
            return NC
    return OK


MOUVEMENTS = CountedTable(
    spec=TableSpec(
        not_shared=FEW_PERSONS,
        unit="jeunes, accompagnements",
        source="données du service (jeunes, suivis, situations, présences, problématiques et co-accompagnements)",
        tables=("jeunes", "suivis"),
        persons=True,
        residents=True,
    ),
    compute=_movements,
    row_labels=lambda records, scope: {
        code: group.title for code, group in _groups(scope.service).items()
    },
    column_labels=lambda records, scope: MOVES,
)

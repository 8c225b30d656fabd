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
    plans = paei(records, scope)
    everyone = people(records, scope)
    opened = open_plans(records, scope.before)  # where their young people lived then
    begun = plans[in_year(plans["date_debut"], scope.year)]
    first = everyone[everyone["nouveau"]]
    ended = plans[in_year(plans["date_fin"], scope.year)]
    ended = ended[ended["motif_cloture"].isin([*MOTIFS_DE_CLOTURE])]
    closed = open_plans(records, scope)
    steps = {OPENED: opened, BEGUN: begun, FIRST: first, CLOSED: closed}
    counted = [rows.assign(ligne=line) for line, rows in steps.items()]
    counted.append(ended.assign(ligne=ended["motif_cloture"]))
    return pd.concat(counted)[["territoire", "ligne"]]


def _flow(records: Records, scope: Scope) -> pd.DataFrame:
    """Chaque PAEI compte sur les lignes de son mouvement ; les changements de commune ferment le compte."""
    counts = Counter(_steps(records, scope)["ligne"])
    ended = sum(counts[code] for code in MOTIFS_DE_CLOTURE)
    entered = counts[OPENED] + counts[BEGUN]
    counts[MOVED] = counts[CLOSED] + ended - entered
    numbers = [[counts[line]] for line in FLOW_LINES]
    return tidy(FLOW_LINES, ("nombre",), numbers, "accompagnements")


def _by_month(records: Records, scope: Scope) -> pd.DataFrame:
    """Les nouveaux jeunes, rangés par le mois de leur premier PAEI, ou de leur premier contact."""
    everyone = people(records, scope)
    plans = paei(records, scope)
    first_days = plans.groupby("id_jeune")["date_debut"].min()
    contacts = _first_contacts(records)
    is_met = everyone["suivi_actif"] & everyone["contact_nouveau"]
    begun = _months(first_days, everyone[everyone["nouveau"]])
    met = _months(contacts, everyone[is_met])
    by_month = np.column_stack([begun, met])
    with_total = np.vstack([by_month, by_month.sum(axis=0)])
    return tidy((*MONTHS, TOTAL), [*NEW], with_total, "jeunes")


def _first_contacts(records: Records) -> pd.Series[pd.Timestamp]:
    """Give the day of the first contact with each young person: listed once for all territories."""

    def listed() -> pd.Series[pd.Timestamp]:
        days: pd.Series[pd.Timestamp] = records["jeunes"].set_index("id_jeune")["premier_contact"]
        return days

    return records.once(("contacts",), listed)


def _months(days: pd.Series[pd.Timestamp], who: pd.DataFrame) -> Positions:
    """Count some young people by the month of their day."""
    months = days.reindex(who["id_jeune"]).dt.month
    by_month = np.bincount(months.astype("int64"), minlength=len(MONTHS) + 1)
    return by_month[1:]


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
ISSUES = "problematiques_jeunes"
"""The groups of those of whom an issue is noted: the table that counts them."""
UNDER_15 = "moins_15"
YOUNG = [code for code, last in AGE_LASTS.items() if last < 15]
"""The bands of ages that it unites."""


class ComparedGroup(NamedTuple):
    """A group whose members are compared: its title, the group that it is a part of, the tables that tell of it."""

    title: str
    whole: str
    needs: tuple[str, ...]


def _groups(service: Service) -> Mapping[str, ComparedGroup]:
    """List the groups: each stock, its ages and sexes; what is noted of those accompanied; the PAEI that are open."""
    classes = {UNDER_15: "Moins de 15 ans", **AGES, **SEXES}
    groups: dict[str, ComparedGroup] = {}
    for name, stock in STOCKS.items():
        whole = f"{name}/{TOTAL}"
        titles = {TOTAL: stock.title, **classes}
        for code, title in titles.items():
            groups[f"{name}/{code}"] = ComparedGroup(title, whole, (stock.needs,))
        if name == "accompagnes":
            groups |= _noted_groups(whole, service)
    groups[OPEN] = ComparedGroup("PAEI en cours au 31 décembre", OPEN, ("suivis",))
    return groups


def _noted_groups(whole: str, service: Service) -> Mapping[str, ComparedGroup]:
    """List the groups of what is noted of young people: their situation, other services, families of issues."""
    families = {of.code: f"Problématiques : {of.libelle}" for of in service.problematiques}
    partners = {code: f"Avec : {words}" for code, words in PARTENAIRES.items()}
    partners = {AU_MOINS_UN: LABELS[AU_MOINS_UN], **partners}
    noted = {"situations": SITUATIONS, "co_accompagnements": partners, ISSUES: families}
    groups: dict[str, ComparedGroup] = {}
    for name, words in noted.items():
        needs = ("suivis", name.removesuffix("_jeunes"))
        for code, title in words.items():
            groups[f"{name}/{code}"] = ComparedGroup(title, whole, needs)
    return groups


def _members(records: Records, scope: Scope) -> pd.DataFrame:
    """List who is in each group in a year, one row a member and group: territoire, membre, ligne, total."""
    plans = open_plans(records, scope)
    listed = [_in_group(OPEN, plans, OPEN, "id_suivi")]
    for name, stock in STOCKS.items():
        whole = f"{name}/{TOTAL}"
        members = stock.listed(records, scope).drop_duplicates("id_jeune")
        young = members[members["tranche_age"].isin(YOUNG)]
        listed.append(_in_group(whole, members, whole))
        listed.append(_in_group(whole, young, f"{name}/{UNDER_15}"))
        for column in ("tranche_age", "sexe"):
            groups = f"{name}/" + members[column]
            listed.append(_in_group(whole, members, groups))
        if name == "accompagnes":
            listed += _members_noted(whole, members, records, scope)
    return pd.concat(listed)


def _members_noted(
    whole: str, members: pd.DataFrame, records: Records, scope: Scope
) -> list[pd.DataFrame]:
    """List who is in each group of what is noted of young people."""
    shared = co_accompagnements.listed(records, scope)
    once = shared.drop_duplicates("id_jeune")
    issues = problematiques.listed(records, scope)
    issues = issues.drop_duplicates(["id_jeune", "famille"])
    issues = issues[among(issues["id_jeune"], members["id_jeune"])]
    return [
        _in_group(whole, members, "situations/" + members["situation"]),
        _in_group(whole, once, f"co_accompagnements/{AU_MOINS_UN}"),
        _in_group(whole, shared, "co_accompagnements/" + shared["partenaire"]),
        _in_group(whole, issues, f"{ISSUES}/" + issues["famille"]),
    ]


def _in_group(
    whole: str, rows: pd.DataFrame, group: pd.Series[str] | str, member: str = "id_jeune"
) -> pd.DataFrame:
    """Put rows in a group, or each in one, of a whole; a column says which member each is."""
    listed = rows[["territoire"]]
    return listed.assign(membre=rows[member], ligne=group, total=whole)


def _moves(records: Records, whole: Scope, groups: Sequence[str]) -> Mapping[str, Floats]:
    """Count who is in a group in one year alone, by territory: for each group four numbers.

    Those who came, new to the whole as well, or in it both years; those who left, gone from both, or from the group.
    """
    now = _members(records, whole).assign(avant=0)
    then = _members(records, whole.before).assign(avant=1)
    every = pd.concat([now, then], ignore_index=True)
    every = every[every["ligne"].isin(groups)]
    places, names = pd.factorize(every["territoire"])
    by_place = _moved(every, groups, places)
    [everywhere] = _moved(every, groups, np.zeros_like(places))
    moves = dict(zip(map(str, names), by_place, strict=False))
    return {**moves, SERVICE: everywhere}


def _moved(every: pd.DataFrame, groups: Sequence[str], place: Positions) -> Floats:
    """Count places × groups × moves: who is in a group, at a place, in one year and not in the other."""
    group = positions(every["ligne"], groups)
    whole = positions(every["total"], groups)
    member, members = pd.factorize(every["membre"])
    who = (place * len(members) + member) * len(groups)  # at a place: those who move are two
    in_group = pd.Series(who + group)
    in_both_years = in_group.duplicated(keep=False)
    is_within = np.isin(who + whole, in_group[in_both_years])
    move = 2 * every["avant"].to_numpy() + is_within
    places = int(place.max(initial=0)) + 1
    shape = (places, len(groups), len(MOVES))
    cell = np.ravel_multi_index((place, group, move), shape)
    counts = np.bincount(cell[~in_both_years], minlength=math.prod(shape))
    return counts.reshape(shape).astype("float64")


def _movements(records: Records, scope: Scope) -> pd.DataFrame:
    """Les membres de chaque groupe, une année et l'autre : qui est dans l'une et non dans l'autre."""
    groups = _groups(scope.service)
    key = ("mouvements", scope.year, scope.service.commune_codes, *groups)
    codes = [*groups]
    moved = records.once(key, lambda: _moves(records, scope.whole, codes))
    nobody = np.zeros((len(codes), len(MOVES)))
    counts = moved.get(scope.territory, nobody)
    wholes = [codes.index(group.whole) for group in groups.values()]
    came_alone, came_within, left_alone, left_within = counts.T
    whole_came, _, whole_left, _ = counts[wholes].T
    came_beside = whole_came - came_alone + left_within
    left_beside = whole_left - left_alone + came_within
    came = came_alone + came_within
    left = left_alone + left_within
    values = np.column_stack([came, left, came_beside, left_beside])
    states = [[_state(group, records, scope)] for group in groups.values()]
    units = np.full((len(codes), 1), "jeunes", object)
    units[codes.index(OPEN)] = "accompagnements"
    return tidy(codes, [*MOVES], values, units, np.array(states, object))


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

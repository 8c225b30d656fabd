"""V.1 to V.3: what came in and went out during the year, and since the year before, in each group that is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from rlpipeline.declared import Link, stated
from rlpipeline.figures.declaration import FEW_PERSONS, SERVICE, Frames, Indicator, Scope, labelled
from rlpipeline.figures.labels import AGES, ANCIENNETES, AU_MOINS_UN, LABELS, PARTENAIRES, SEXES, SITUATIONS, TOTAL
from rlpipeline.figures.population import in_year, is_kept, open_plans, paei, people, yearly
from rlpipeline.figures.populations import co_accompagnements, problematiques, rencontres
from rlpipeline.figures.tidy import NC, OK, Bools, Floats, Positions, tidy
from rlpipeline.records.frames import Records, places_among
from rlpipeline.records.labels import MOTIFS_DE_CLOTURE
from rlpipeline.settings.models import Service

OPENED, BEGUN, FIRST = "ouverts_1er_janvier", "commences", "dont_premiers"
MOVED, CLOSED = "demenagements", "ouverts_31_decembre"
FLOW_LINES = (OPENED, BEGUN, FIRST, MOVED, *MOTIFS_DE_CLOTURE, CLOSED)
FLOW_WORDS = {code: f"Terminés (−) : {words[0].lower()}{words[1:]}" for code, words in MOTIFS_DE_CLOTURE.items()}
NAMES = "Janvier Février Mars Avril Mai Juin Juillet Août Septembre Octobre Novembre Décembre"
MONTHS = {f"{number:02d}": name for number, name in enumerate(NAMES.split(), start=1)}
NEW = {
    "accompagnes": "Accompagnés pour la première fois",
    "travail_de_rue": "Rencontrés pour la première fois en travail de rue",
}


@yearly
def _steps(records: Records, scope: Scope) -> pd.DataFrame:
    plans, everyone = paei(records, scope), people(records, scope)
    ended = plans[in_year(plans["date_fin"], scope.year)]
    listed = {
        OPENED: open_plans(records, scope.before),  # where their young people lived then
        BEGUN: plans[in_year(plans["date_debut"], scope.year)],
        FIRST: everyone[everyone["nouveau"]],
        **{code: ended[ended["motif_cloture"] == code] for code in MOTIFS_DE_CLOTURE},
        CLOSED: open_plans(records, scope),
    }
    return pd.concat([rows[["territoire"]].assign(ligne=line) for line, rows in listed.items()])


def _flow(records: Records, scope: Scope) -> pd.DataFrame:
    counts = Counter(_steps(records, scope)["ligne"])
    ended = sum(counts[code] for code in MOTIFS_DE_CLOTURE)
    counts[MOVED] = counts[CLOSED] + ended - counts[BEGUN] - counts[OPENED]
    return tidy(FLOW_LINES, ("nombre",), [[counts[line]] for line in FLOW_LINES], "accompagnements")


def _by_month(records: Records, scope: Scope) -> pd.DataFrame:
    everyone = people(records, scope)
    plans = paei(records, scope).groupby("id_jeune")["date_debut"].min()
    contacts = records.once(("contacts",), lambda: records["jeunes"].set_index("id_jeune")["premier_contact"])
    new = everyone.loc[everyone["nouveau"], "id_jeune"]
    met = everyone.loc[everyone["suivi_actif"] & everyone["contact_nouveau"], "id_jeune"]
    days = (plans.reindex(new), contacts.reindex(met))
    counts = np.column_stack([np.bincount(of.dt.month.astype("int64"), minlength=13)[1:] for of in days])
    return tidy((*MONTHS, TOTAL), [*NEW], np.vstack([counts, counts.sum(axis=0)]), "jeunes")


def _at(line: str, when: str = "") -> str:
    return f"flux_paei({line}, nombre){when}"


def _long(age: str) -> str:
    return f"durees(12_23_mois, {age}) + durees(24_mois_plus, {age})"


def _new(line: str, table: str) -> str:
    return f"nouveaux_par_mois({line}, {table})"


_BEFORE = _at(CLOSED, "@avant")
_ENDINGS = " + ".join(_at(code) for code in (*MOTIFS_DE_CLOTURE, CLOSED))
_FIRST_YEAR = f"anciennete_contact({next(iter(ANCIENNETES))}, total)"
_YOUNGEST = next(iter(AGES))
FLOW_LINKS: tuple[Link, ...] = (
    stated(
        f"cohorte flux: {_at(OPENED)} + {_at(BEGUN)} + {_at(MOVED)} = {_ENDINGS}",
        "ce qui est en cours, commence ou arrive se termine ou reste en cours",
    ),
    stated(
        "cohorte clotures: flux_paei(*motif, nombre) = clotures(*motif, nombre)",
        "ces tableaux comptent les mêmes sorties",
    ),
    stated(
        f"cohorte accompagnes: {_at(FIRST)} = accompagnes(total, nouveaux)",
        "un nouveau jeune accompagné commence son premier PAEI dans l'année",
    ),
    stated(f"cohorte flux_paei: {_at(FIRST)} <= {_at(BEGUN)}", "un premier PAEI a commencé dans l'année"),
    stated(
        f"cohorte accompagnes_du_flux service: accompagnes(total, total) <= {_at(OPENED)} + {_at(BEGUN)}",
        "un jeune accompagné l'était au 1er janvier, ou l'est par un PAEI commencé dans l'année",
    ),
    stated(
        f"cohorte accompagnes_du_flux_finis: accompagnes(total, total) <= {_ENDINGS}",
        "un jeune accompagné l'est encore au 31 décembre, ou ne l'est plus",
    ),
    stated(
        f"cohorte contacts_de_l_annee suppose: {_FIRST_YEAR} <= accompagnes(total, nouveaux)",
        "qui est connu depuis moins d'un an n'était pas accompagné avant",
    ),
    stated(
        f"cohorte rencontres_de_l_annee suppose: {_FIRST_YEAR} <= travail_de_rue(total, nouveaux)",
        "qui est connu depuis moins d'un an et accompagné est nouveau en travail de rue",
    ),
    stated(
        # Someone may have two PAEI at once.
        f"stock_flux revenus suppose service: accompagnes(total, nouveaux) + {_BEFORE} <= accompagnes(total, total)",
        "qui était accompagné au 31 décembre précédent, ou est nouveau, est accompagné",
    ),
    stated(
        # The year before may be printed, or released before a correction.
        f"stock_flux flux_precedent en_general service: {_at(OPENED)} = {_BEFORE}",
        "ce qui est en cours au 1er janvier l'était au 31 décembre",
    ),
    stated(
        f"cohorte durees_des_nouveaux service: {_long('*age')} + accompagnes(*age, nouveaux)"
        " <= accompagnes(*age, total)",
        "qui est nouveau dans l'année n'est pas accompagné depuis un an",
    ),
    stated(
        f"stock_flux durees_des_plus_jeunes service: {_long(_YOUNGEST)} <= accompagnes({_YOUNGEST}, total)@avant",
        "qui est accompagné depuis un an l'était l'année précédente, plus jeune",
    ),
    stated(
        f"stock_flux durees_ouvertes service: {_long(TOTAL)} <= {_BEFORE}",
        "un accompagnement d'un an ou plus était en cours au 31 décembre précédent",
    ),
)
MONTHLY_LINKS = tuple(
    link
    for table in NEW
    for link in (
        stated(
            f"cohorte mois: {' + '.join(_new(month, table) for month in MONTHS)} = {_new(TOTAL, table)}",
            "les mois font l'année",
        ),
        stated(
            f"cohorte {table}: {_new(TOTAL, table)} = {table}(total, nouveaux)",
            "ces tableaux comptent les mêmes nouveaux",
        ),
    )
)
NOUVEAUX_PAR_MOIS = partial(
    Indicator,
    not_shared=FEW_PERSONS,
    unit="jeunes",
    source="données du service (jeunes et suivis)",
    tables=("jeunes", "suivis"),
    additive=True,
    protected=True,
    compute=_by_month,
    row_labels=labelled({**MONTHS, **NEW}),
    column_labels=labelled({**MONTHS, **NEW}),
    filter="jeunes ayant un suivi actif en {annee}, {residents}",
    links=MONTHLY_LINKS,
)
FLUX_PAEI = partial(
    Indicator,
    unit="accompagnements",
    source="données du service (suivis, jeunes et situations)",
    tables=("jeunes", "suivis"),
    additive=True,
    protected=True,
    compute=_flow,
    row_labels=labelled(FLOW_WORDS),
    balances=(MOVED,),
    links=FLOW_LINKS,
    filter="suivis PAEI actifs en {annee} ou en cours au 31 décembre {avant}, {residents}",
)

MOVES = {
    "entrants": "Entrants",
    "sortants": "Sortants",
    "hors_entrants": "Entrants hors de ce groupe",
    "hors_sortants": "Sortants hors de ce groupe",
}


class _Group(NamedTuple):
    """A line of the entrants and leavers: some of those whom a table counts in a year, its stock.

    ``stock`` gives rows of a year, one a member, or those whose ``flag`` holds. ``noted`` gives those that name the
    group's, by their codes in a column, where these are not the stock's own. Tables that it ``needs`` must have rows of
    both years.
    """

    line: str
    title: str
    stock: Frames
    flag: str
    needs: tuple[str, ...]
    noted: Frames | None = None
    column: str = ""
    codes: tuple[str, ...] = ()

    @property
    def member(self) -> str:
        return "id_suivi" if self.stock is open_plans else "id_jeune"

    def members(self, records: Records, scope: Scope) -> pd.DataFrame:
        rows = self.stock(records, scope)
        return (rows[rows[self.flag]] if self.flag else rows).drop_duplicates(self.member)


def _groups(service: Service) -> Iterator[_Group]:
    ages = {"moins_15": ("moins_11", "11_14"), **{age: (age,) for age in AGES}}
    for table, title, stock, flag, needs in (
        ("accompagnes", "Jeunes accompagnés", people, "accompagne", ("suivis",)),
        ("travail_de_rue", "Jeunes rencontrés en travail de rue", people, "suivi_actif", ("suivis",)),
        ("presence_sociale", "Jeunes rencontrés en présence sociale", rencontres.rows, "", ("presences",)),
    ):
        of_stock = partial(_Group, stock=stock, flag=flag)
        yield of_stock(f"{table}/{TOTAL}", title, needs=needs)
        for code, codes in ages.items():
            words = "Moins de 15 ans" if code == "moins_15" else LABELS[code]
            yield of_stock(f"{table}/{code}", words, needs=needs, column="tranche_age", codes=codes)
        for code in SEXES:
            yield of_stock(f"{table}/{code}", SEXES[code], needs=needs, column="sexe", codes=(code,))
        if table != "accompagnes":
            continue
        for code, words in SITUATIONS.items():
            both = (*needs, "situations")
            yield of_stock(f"situations/{code}", words, needs=both, column="situation", codes=(code,))
        shared = partial(of_stock, needs=(*needs, "co_accompagnements"), noted=co_accompagnements.rows)
        yield shared(f"co_accompagnements/{AU_MOINS_UN}", LABELS[AU_MOINS_UN])
        for code, partner in PARTENAIRES.items():
            yield shared(f"co_accompagnements/{code}", f"Avec : {partner}", column="partenaire", codes=(code,))
        issues = partial(of_stock, needs=(*needs, "problematiques"), noted=problematiques.rows, column="famille")
        for family in service.problematiques:
            words = f"Problématiques : {family.libelle}"
            yield issues(f"problematiques_jeunes/{family.code}", words, codes=(family.code,))
    yield _Group(f"flux_paei/{CLOSED}", "PAEI en cours au 31 décembre", open_plans, "", ("suivis",))


def _movements(records: Records, scope: Scope) -> pd.DataFrame:
    every = [*_groups(scope.service)]
    lines = tuple(group.line for group in every)
    key = ("mouvements", scope.year, scope.service.commune_codes, lines)
    counted = records.once(key, lambda: _moves(records, replace(scope, territory=SERVICE), every))
    values = counted.get(scope.territory, np.zeros((len(lines), len(MOVES))))

    def is_known(group: _Group) -> bool:
        both = product(group.needs, (scope, scope.before))
        return all(table in records.present and is_kept(records, table, of) for table, of in both)

    states = np.array([[OK if is_known(group) else NC] for group in every], dtype=object)
    units = [["accompagnements" if group.stock is open_plans else "jeunes"] for group in every]
    return tidy(lines, [*MOVES], values, np.array(units, dtype=object), states)


def _moves(records: Records, whole: Scope, every: Sequence[_Group]) -> Mapping[str, Floats]:
    """Count for every territory at once: groups by ``MOVES``. Who moves leaves one and enters another."""
    counts: dict[str, Floats] = {}
    for stock, flag in dict.fromkeys((group.stock, group.flag) for group in every):
        lines = [place for place, group in enumerate(every) if (group.stock, group.flag) == (stock, flag)]
        of_stock, member = [every[place] for place in lines], every[lines[0]].member
        scopes = (whole, whole.before)
        members = [of_stock[0].members(records, scope).dropna(subset=["territoire"]) for scope in scopes]
        inside = [_within(of_stock, of[member], records, scope) for of, scope in zip(members, scopes, strict=True)]
        ids, known = pd.factorize(pd.concat([of[member] for of in members]))
        places, names = pd.factorize(pd.concat([of["territoire"] for of in members]))
        for where, named in ((places, names), (np.zeros_like(places), [SERVICE])):
            moved = _moved(np.split(where * len(known) + ids, [len(members[0])]), inside, len(known), len(named))
            for place, of_place in zip(named, moved, strict=True):
                counts.setdefault(str(place), np.zeros((len(every), len(MOVES))))[lines] = of_place
    return counts


def _within(of_stock: Sequence[_Group], ids: pd.Series[str], records: Records, scope: Scope) -> Bools:
    """Say which members are in which groups, of which some rows name them: members by groups."""
    inside, known = np.zeros((len(ids), len(of_stock)), dtype=bool), dict[object, tuple[pd.DataFrame, Positions]]()
    for place, group in enumerate(of_stock):
        if group.noted not in known:
            rows = (group.noted or group.members)(records, scope)
            known[group.noted] = rows, places_among(rows[group.member], ids)
        rows, members = known[group.noted]
        of_group = np.isin(rows[group.column].to_numpy(dtype=object), group.codes) if group.column else members >= 0
        inside[members[of_group & (members >= 0)], place] = True
    return inside


def _moved(keys: Sequence[Positions], inside: Sequence[Bools], size: int, places: int) -> Floats:
    """Count who is in a group, or out of it, in one year alone, this one first: places by groups by ``MOVES``.

    ``keys`` number who is where, ``inside`` says in which groups (members by groups).
    """
    everyone = np.union1d(*keys)
    there = np.zeros((2, 2, len(everyone), inside[0].shape[1]), dtype=bool)  # in or out, year, who, group
    for year in (0, 1):
        rows = np.searchsorted(everyone, keys[year])
        there[0, year, rows], there[1, year, rows] = inside[year], ~inside[year]
    changes = np.stack([of[year] & ~of[1 - year] for of in there for year in (0, 1)], axis=2)
    counted = np.zeros((places, *changes.shape[1:]))
    np.add.at(counted, everyone // max(size, 1), changes)
    return counted


MOUVEMENTS = partial(
    Indicator,
    not_shared=FEW_PERSONS,
    unit="jeunes, accompagnements",
    source="données du service (jeunes, suivis, situations, présences, problématiques et co-accompagnements)",
    tables=("jeunes", "suivis"),
    protected=True,
    compute=_movements,
    row_labels=lambda records, scope: {group.line: group.title for group in _groups(scope.service)},
    column_labels=lambda records, scope: MOVES,
    filter="jeunes rencontrés ou suivis en {annee} ou en {avant}, {residents}",
)

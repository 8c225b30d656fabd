"""V.1 to V.3: what came in and went out during the year, and since the year before, in each group that is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
    AGES,
    AU_MOINS_UN,
    LABELS,
    PARTENAIRES,
    SEXES,
    SITUATIONS,
    TOTAL,
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
from rlpipeline.figures.tidy import Floats, positions, tidy
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
    """Chaque PAEI compte sur les lignes de son mouvement ; les changements de commune ferment le compte."""
    counts = Counter(_steps(records, scope)["ligne"])
    ended = sum(counts[code] for code in MOTIFS_DE_CLOTURE)
    counts[MOVED] = counts[CLOSED] + ended - counts[BEGUN] - counts[OPENED]
    return tidy(FLOW_LINES, ("nombre",), [[counts[line]] for line in FLOW_LINES], "accompagnements")


def _by_month(records: Records, scope: Scope) -> pd.DataFrame:
    """Les nouveaux jeunes, rangés par le mois de leur premier PAEI, ou de leur premier contact."""
    everyone = people(records, scope)
    plans = paei(records, scope).groupby("id_jeune")["date_debut"].min()
    contacts = records.once(
        ("contacts",), lambda: records["jeunes"].set_index("id_jeune")["premier_contact"]
    )
    new = everyone.loc[everyone["nouveau"], "id_jeune"]
    met = everyone.loc[everyone["suivi_actif"] & everyone["contact_nouveau"], "id_jeune"]
    days = (plans.reindex(new), contacts.reindex(met))
    counts = np.column_stack(
        [np.bincount(of.dt.month.astype("int64"), minlength=13)[1:] for of in days]
    )
    return tidy((*MONTHS, TOTAL), [*NEW], np.vstack([counts, counts.sum(axis=0)]), "jeunes")


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

STOCKS: Mapping[str, tuple[str, Frames, str]] = {
    "accompagnes": ("Jeunes accompagnés", accompagnes.listed, "suivis"),
    "travail_de_rue": ("Jeunes rencontrés en travail de rue", suivis.listed, "suivis"),
    "presence_sociale": ("Jeunes rencontrés en présence sociale", rencontres.listed, "presences"),
}
"""Title of each table of young people, their rows and the table of the records that these need."""
OPEN = f"flux_paei/{CLOSED}"
MOVES = {
    "entrants": "Entrants",
    "sortants": "Sortants",
    "hors_entrants": "Entrants hors de ce groupe",
    "hors_sortants": "Sortants hors de ce groupe",
}


class _Line(NamedTuple):
    title: str
    total: str
    needs: tuple[str, ...]


def _lines(service: Service) -> Mapping[str, _Line]:
    classes = {"moins_15": "Moins de 15 ans", **{code: LABELS[code] for code in AGES}, **SEXES}
    partners = {code: f"Avec : {words}" for code, words in PARTENAIRES.items()}
    beside: dict[str, tuple[str, Mapping[str, str]]] = {
        "situations": ("situations", SITUATIONS),
        "co_accompagnements": (
            "co_accompagnements",
            {AU_MOINS_UN: LABELS[AU_MOINS_UN], **partners},
        ),
        "problematiques_jeunes": (
            "problematiques",
            {
                family.code: f"Problématiques : {family.libelle}"
                for family in service.problematiques
            },
        ),
    }
    lines: dict[str, _Line] = {}
    for stock, (title, _, table) in STOCKS.items():
        total = f"{stock}/{TOTAL}"
        lines |= {
            f"{stock}/{code}": _Line(of, total, (table,))
            for code, of in {TOTAL: title, **classes}.items()
        }
        for name, (noted, words) in beside.items() if stock == "accompagnes" else ():
            lines |= {
                f"{name}/{code}": _Line(of, total, (table, noted)) for code, of in words.items()
            }
    return {**lines, OPEN: _Line("PAEI en cours au 31 décembre", OPEN, ("suivis",))}


def _members(records: Records, scope: Scope) -> pd.DataFrame:
    plans = open_plans(records, scope).rename(columns={"id_suivi": "id_jeune", "id_jeune": "jeune"})
    listed: list[tuple[str, pd.DataFrame, pd.Series[str] | str]] = [(OPEN, plans, OPEN)]
    for stock, (_, rows, _) in STOCKS.items():
        total, members = f"{stock}/{TOTAL}", rows(records, scope).drop_duplicates("id_jeune")
        young = members[members["tranche_age"].isin(("moins_11", "11_14"))]
        listed += [(total, members, total), (total, young, f"{stock}/moins_15")]
        listed += [
            (total, members, f"{stock}/" + members[column]) for column in ("tranche_age", "sexe")
        ]
        if stock == "accompagnes":
            shared, noted = (
                of.listed(records, scope) for of in (co_accompagnements, problematiques)
            )
            once, noted = (
                shared.drop_duplicates("id_jeune"),
                noted.drop_duplicates(["id_jeune", "famille"]),
            )
            noted = noted[among(noted["id_jeune"], members["id_jeune"])]
            listed += [
                (total, members, "situations/" + members["situation"]),
                (total, once, f"co_accompagnements/{AU_MOINS_UN}"),
                (total, shared, "co_accompagnements/" + shared["partenaire"]),
                (total, noted, "problematiques_jeunes/" + noted["famille"]),
            ]
    places, ids = (
        pd.concat([rows[of] for _, rows, _ in listed]) for of in ("territoire", "id_jeune")
    )
    lines = np.concatenate(
        [np.full(len(rows), of) if isinstance(of, str) else of.to_numpy() for _, rows, of in listed]
    )
    totals = np.repeat([total for total, _, _ in listed], [len(rows) for _, rows, _ in listed])
    return pd.DataFrame(
        {"territoire": places.to_numpy(), "membre": ids.to_numpy(), "ligne": lines, "total": totals}
    )


def _moves(records: Records, whole: Scope, lines: Sequence[str]) -> Mapping[str, Floats]:
    years = [_members(records, of) for of in (whole, whole.before)]
    years = [of[of["ligne"].isin(lines)] for of in years]
    every, size = pd.concat(years, ignore_index=True), len(lines)
    year = np.repeat((0, 1), [len(of) for of in years])
    line, total = (positions(every[of], lines) for of in ("ligne", "total"))
    (who, ids), (places, names) = (pd.factorize(every[of]) for of in ("membre", "territoire"))
    counts: dict[str, Floats] = {}
    for place, named in ((places, names), (np.zeros_like(places), [SERVICE])):
        stock = (place * len(ids) + who) * size
        both = pd.Series(stock + line).duplicated(keep=False).to_numpy()
        stays = np.isin(stock + total, (stock + line)[both & (line == total)])
        cell = ((place * size + line) * 2 + year) * 2 + stays
        # by line, who came alone, came within the stock, went alone, went within it
        moved = np.bincount(cell[~both], minlength=len(named) * size * 4).reshape(
            len(named), size, 4
        )
        counts |= dict(zip(map(str, named), moved.astype("float64"), strict=True))
    return counts


def _movements(records: Records, scope: Scope) -> pd.DataFrame:
    """Les membres de chaque groupe, une année et l'autre : qui est dans l'une et non dans l'autre."""
    lines, whole = _lines(scope.service), replace(scope, territory=SERVICE)
    key = ("mouvements", scope.year, scope.service.commune_codes, *lines)
    moved = records.once(key, lambda: _moves(records, whole, [*lines]))
    counts = moved.get(scope.territory, np.zeros((len(lines), 4)))
    stock = counts[positions(pd.Series([line.total for line in lines.values()]), [*lines])]
    new, gained, gone, lost = counts.T
    values = np.column_stack(
        [new + gained, gone + lost, stock[:, 0] - new + lost, stock[:, 2] - gone + gained]
    )

    def is_known(line: _Line) -> bool:
        both = product(line.needs, (scope, scope.before))
        return all(table in records.present and is_kept(records, table, of) for table, of in both)

    states = [[OK if is_known(line) else NC] for line in lines.values()]
    units = [["accompagnements" if line == OPEN else "jeunes"] for line in lines]
    return tidy(
        [*lines], [*MOVES], values, np.array(units, dtype=object), np.array(states, dtype=object)
    )


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
        code: line.title for code, line in _lines(scope.service).items()
    },
    column_labels=lambda records, scope: MOVES,
)

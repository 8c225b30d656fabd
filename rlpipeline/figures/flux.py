"""V.1 and V.3: what came in and went out during the year, and what became of those followed the year before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.declared import Cells, Each, Link
from rlpipeline.figures.declaration import FEW_PERSONS, Indicator, labelled
from rlpipeline.figures.labels import AGES, ANCIENNETES, MOTIFS_DE_CLOTURE, NOUVEAUX, TOTAL
from rlpipeline.figures.population import in_year, open_plans, paei, people
from rlpipeline.figures.scope import SERVICE, Scope
from rlpipeline.figures.tidy import tidy
from rlpipeline.records.frames import Records

OPENED, CLOSED, BEGUN, FIRST, MOVED = (
    "ouverts_1er_janvier",
    "ouverts_31_decembre",
    "commences",
    "dont_premiers",
    "demenagements",
)
CHANGED = "changement_statut"
FRESH = next(iter(ANCIENNETES))
"""Class of those first met less than a year ago."""
_ALL_ENDED = "termines"
FLOW_LINES = (OPENED, BEGUN, FIRST, MOVED, *MOTIFS_DE_CLOTURE, CLOSED)
_ENDED = {code: f"Terminés (−) : {words[0].lower()}{words[1:]}" for code, words in MOTIFS_DE_CLOTURE.items()}
MONTHS: Mapping[str, str] = {
    "01": "Janvier",
    "02": "Février",
    "03": "Mars",
    "04": "Avril",
    "05": "Mai",
    "06": "Juin",
    "07": "Juillet",
    "08": "Août",
    "09": "Septembre",
    "10": "Octobre",
    "11": "Novembre",
    "12": "Décembre",
    "accompagnes": "Accompagnés pour la première fois",
    "travail_de_rue": "Rencontrés pour la première fois en travail de rue",
}


def flux_paei(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the PAEI open on 1 January, begun, moved, ended by reason, and open on 31 December.

    Notes
    -----
    Those open on 1 January are open on 31 December of the year before, where their young people lived then; all else is
    where they live on 31 December of the year.
    """
    key = ("flux_paei", scope.year, scope.service.commune_codes)
    counted = records.once(key, lambda: _flows(records, replace(scope, territory=SERVICE)))
    of_place = counted.get(scope.territory, {})
    return tidy(FLOW_LINES, ("nombre",), [[of_place.get(line, 0)] for line in FLOW_LINES], "accompagnements")


def _flows(records: Records, scope: Scope) -> Mapping[str, Mapping[str, int]]:
    """Count the flow of every territory at once: line to number, by territory."""
    plans, everyone = paei(records, scope), people(records, scope)
    ended = plans[in_year(plans["date_fin"], scope.year)]
    listed = {
        OPENED: open_plans(records, replace(scope, year=scope.year - 1)),
        BEGUN: plans[in_year(plans["date_debut"], scope.year)],
        FIRST: everyone[everyone["nouveau"]],
        _ALL_ENDED: ended,
        **{code: ended[ended["motif_cloture"] == code] for code in MOTIFS_DE_CLOTURE},
        CLOSED: open_plans(records, scope),
    }
    counts = pd.DataFrame({line: rows["territoire"].value_counts() for line, rows in listed.items()})
    counts.loc[SERVICE] = {line: len(rows) for line, rows in listed.items()}
    counts = counts.fillna(0).astype("int64")
    counts[MOVED] = counts[CLOSED] + counts[_ALL_ENDED] - counts[BEGUN] - counts[OPENED]
    return {str(place): {line: int(of_place[line]) for line in FLOW_LINES} for place, of_place in counts.iterrows()}


def nouveaux_par_mois(records: Records, scope: Scope) -> pd.DataFrame:
    """Count those first accompanied, and those first met among those followed, by month."""
    everyone = people(records, scope)
    plans = paei(records, scope).groupby("id_jeune")["date_debut"].min()
    contacts = records.once(("contacts",), lambda: records["jeunes"].set_index("id_jeune")["premier_contact"])
    new = everyone.loc[everyone["nouveau"], "id_jeune"]
    met = everyone.loc[everyone["suivi_actif"] & everyone["contact_nouveau"], "id_jeune"]
    days = (plans.reindex(new), contacts.reindex(met))
    counts = [np.bincount(one.dt.month.astype("int64"), minlength=13)[1:] for one in days]
    columns = np.column_stack(counts)
    lines = (*(f"{month:02d}" for month in range(1, 13)), TOTAL)
    return tidy(lines, ("accompagnes", "travail_de_rue"), np.vstack([columns, columns.sum(axis=0)]), "jeunes")


YOUNGEST = next(iter(AGES))


def _flow(line: str, before: int = 0) -> Cells:
    return Cells("flux_paei", line, "nombre", before=before)


_FLOW = (
    Link(
        "cohorte",
        "flux",
        (_flow(OPENED), _flow(BEGUN), _flow(MOVED)),
        "=",
        (*(_flow(code) for code in MOTIFS_DE_CLOTURE), _flow(CLOSED)),
        "ce qui est en cours, commence ou arrive se termine ou reste en cours",
    ),
    Link(
        "cohorte",
        "clotures",
        (Cells("flux_paei", Each("motif"), "nombre"),),
        "=",
        (Cells("clotures", Each("motif"), "nombre"),),
        "ces tableaux comptent les mêmes sorties",
    ),
    Link(
        "cohorte",
        "accompagnes",
        (_flow(FIRST),),
        "=",
        (Cells("accompagnes", TOTAL, NOUVEAUX),),
        "un nouveau jeune accompagné commence son premier PAEI dans l'année",
    ),
    Link("cohorte", "flux_paei", (_flow(FIRST),), "<=", (_flow(BEGUN),), "un premier PAEI a commencé dans l'année"),
    Link(
        "cohorte",
        "accompagnes_du_flux",
        (Cells("accompagnes", TOTAL, TOTAL),),
        "<=",
        (_flow(OPENED), _flow(BEGUN)),
        "un jeune accompagné l'était au 1er janvier, ou l'est par un PAEI commencé dans l'année",
        service=True,
    ),
    Link(
        "cohorte",
        "accompagnes_du_flux_finis",
        (Cells("accompagnes", TOTAL, TOTAL),),
        "<=",
        (*(_flow(code) for code in MOTIFS_DE_CLOTURE), _flow(CLOSED)),
        "un jeune accompagné l'est encore au 31 décembre, ou ne l'est plus",
    ),
    Link(
        "cohorte",
        "contacts_de_l_annee",
        (Cells("anciennete_contact", FRESH, TOTAL),),
        "<=",
        (Cells("accompagnes", TOTAL, NOUVEAUX),),
        "qui est connu depuis moins d'un an n'était pas accompagné avant",
        holds="suppose",
    ),
    Link(
        "cohorte",
        "rencontres_de_l_annee",
        (Cells("anciennete_contact", FRESH, TOTAL),),
        "<=",
        (Cells("travail_de_rue", TOTAL, NOUVEAUX),),
        "qui est connu depuis moins d'un an et accompagné est nouveau en travail de rue",
        holds="suppose",
    ),
    Link(
        "stock_flux",
        "revenus",
        (Cells("accompagnes", TOTAL, NOUVEAUX), _flow(CLOSED, before=1)),
        "<=",
        (Cells("accompagnes", TOTAL, TOTAL),),
        "qui était accompagné au 31 décembre précédent, ou est nouveau, est accompagné",
        holds="suppose",  # one may have two PAEI at once
        service=True,
    ),
    Link(
        "stock_flux",
        "flux_precedent",
        (_flow(OPENED),),
        "=",
        (_flow(CLOSED, before=1),),
        "ce qui est en cours au 1er janvier l'était au 31 décembre",
        holds="en_general",  # the year before may be printed, or released before a correction
        service=True,
    ),
    Link(
        "cohorte",
        "durees_des_nouveaux",
        (
            Cells("durees", "12_23_mois", Each("age")),
            Cells("durees", "24_mois_plus", Each("age")),
            Cells("accompagnes", Each("age"), NOUVEAUX),
        ),
        "<=",
        (Cells("accompagnes", Each("age"), TOTAL),),
        "qui est nouveau dans l'année n'est pas accompagné depuis un an",
        service=True,
    ),
    Link(
        "stock_flux",
        "durees_des_plus_jeunes",
        (Cells("durees", "12_23_mois", YOUNGEST), Cells("durees", "24_mois_plus", YOUNGEST)),
        "<=",
        (Cells("accompagnes", YOUNGEST, TOTAL, before=1),),
        "qui est accompagné depuis un an l'était l'année précédente, plus jeune",
        service=True,
    ),
    Link(
        "stock_flux",
        "durees_ouvertes",
        (Cells("durees", "12_23_mois", TOTAL), Cells("durees", "24_mois_plus", TOTAL)),
        "<=",
        (_flow(CLOSED, before=1),),
        "un accompagnement d'un an ou plus était en cours au 31 décembre précédent",
        service=True,
    ),
)
_MONTHLY = tuple(
    link
    for table in ("accompagnes", "travail_de_rue")
    for link in (
        Link(
            "cohorte",
            "mois",
            tuple(Cells("nouveaux_par_mois", f"{month:02d}", table) for month in range(1, 13)),
            "=",
            (Cells("nouveaux_par_mois", TOTAL, table),),
            "les mois font l'année",
        ),
        Link(
            "cohorte",
            table,
            (Cells("nouveaux_par_mois", TOTAL, table),),
            "=",
            (Cells(table, TOTAL, NOUVEAUX),),
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
    scope="both",
    additive=True,
    protected=True,
    compute=nouveaux_par_mois,
    row_labels=labelled(MONTHS),
    column_labels=labelled(MONTHS),
    filter="jeunes ayant un suivi actif en {annee}, {residents}",
    used=lambda records, scope: {"jeunes": int(people(records, scope)["suivi_actif"].sum())},
    links=_MONTHLY,
)
FLUX_PAEI = partial(
    Indicator,
    unit="accompagnements",
    source="données du service (suivis, jeunes et situations)",
    tables=("jeunes", "suivis"),
    scope="both",
    additive=True,
    protected=True,
    compute=flux_paei,
    row_labels=labelled(_ENDED),
    balances=(MOVED,),
    links=_FLOW,
    filter="suivis PAEI actifs en {annee} ou en cours au 31 décembre {avant}, {residents}",
    used=lambda records, scope: {"suivis": int(paei(records, scope)["actif"].sum())},
)

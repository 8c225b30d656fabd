"""V.1 and V.3: what came in and went out during the year, and what became of those followed the year before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from rlpipeline.declared import Cells, Each, Link
from rlpipeline.figures.crossing import Crossing, crossed, persons
from rlpipeline.figures.entered import is_recorded
from rlpipeline.figures.indicator import FEW_PERSONS, Indicator, Look, labelled
from rlpipeline.figures.labels import AGES, ANCIENNETES, LABELS, MOTIFS_DE_CLOTURE, NON_RENSEIGNEE, NOUVEAUX, TOTAL
from rlpipeline.figures.population import Population, in_year, open_plans, paei, people
from rlpipeline.figures.scope import SERVICE, Scope
from rlpipeline.figures.tidy import tidy
from rlpipeline.figures.variables import Variable, coded
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

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
GONE = "plus_suivi"


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


def cohort(records: Records, scope: Scope) -> pd.DataFrame:
    """List those accompanied the year before, where they lived then.

    Returns
    -------
    The columns of :func:`~.population.people` of that year, groupe (of their situation then, missing where none is
    noted), apres (that of the year, or ``plus_suivi``), motif_cloture (last reason for which a PAEI
    ended, of those alone).
    """
    before, whole = replace(scope, year=scope.year - 1), replace(scope, territory=SERVICE)
    group_of = {code: group.code for group in scope.service.situations_groupees for code in group.situations}
    then = people(records, before)
    then = then[then["accompagne"]].reset_index(drop=True)
    after = people(records, whole).set_index("id_jeune").reindex(then["id_jeune"]).reset_index(drop=True)
    plans = paei(records, whole)
    ended = plans[plans["date_fin"] < scope.first_day].sort_values(["date_fin", "id_suivi"])
    reasons = ended.drop_duplicates("id_jeune", keep="last").set_index("id_jeune")["motif_cloture"]
    followed = after["accompagne"].astype(bool)
    return then.assign(
        groupe=then["situation"].map(group_of).astype("str"),
        apres=after["situation"].map(group_of).astype("str").fillna(NON_RENSEIGNEE).where(followed, GONE),
        motif_cloture=reasons.reindex(then["id_jeune"]).reset_index(drop=True).where(~followed),
    )


def gone(records: Records, scope: Scope) -> pd.DataFrame:
    """List those of the cohort who are followed no more."""
    everyone = cohort(records, scope)
    return everyone[everyone["apres"] == GONE]


def _both_years(records: Records, scope: Scope) -> bool:
    return all(is_recorded(records, "situations", one) for one in (scope, replace(scope, year=scope.year - 1)))


def _group_words(service: Service) -> Mapping[str, str]:
    return {**LABELS, **{group.code: group.libelle for group in service.situations_groupees}}


def _groups(service: Service) -> tuple[str, ...]:
    return tuple(group.code for group in service.situations_groupees)


COHORT = Population(
    id="accompagnes_annee_precedente",
    title="jeunes accompagnés l'année précédente",
    table="situations",
    needs=("jeunes", "suivis", "situations"),
    rows=cohort,
    filter="jeunes ayant un PAEI actif en {avant}, {residents}, et leur situation en {annee}",
    source="données du service (jeunes, suivis et situations)",
    notes=lambda records, scope: ("En lignes, la situation d'il y a un an ; en colonnes, celle de cette année.",),
    countable=_both_years,
)
NO_MORE = Population(
    id="plus_suivis",
    title="jeunes accompagnés l'année précédente et plus suivis",
    table="suivis",
    needs=("jeunes", "suivis"),
    rows=gone,
    filter="jeunes ayant un PAEI actif en {avant} et aucun en {annee}, {residents}",
    source="données du service (jeunes et suivis)",
)
_BEFORE = Variable(
    id="groupe",
    title="groupe de situations de l'année précédente",
    column="groupe",
    codes=_groups,
    rare=NON_RENSEIGNEE,
    words=_group_words,
    one_each=True,
)
_AFTER = Variable(
    id="apres",
    title="groupe de situations de l'année",
    column="apres",
    codes=lambda service: (*_groups(service), NON_RENSEIGNEE, GONE),
    words=_group_words,
    one_each=True,
)
_LAST_REASON = coded("dernier_motif", "motif de la dernière clôture", "motif_cloture", MOTIFS_DE_CLOTURE, one_each=True)


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

INDICATORS = (
    Indicator(
        id="nouveaux_par_mois",
        look=Look(tab="Nouveaux, mois par mois"),
        not_shared=FEW_PERSONS,
        title="Nouveaux jeunes, mois par mois",
        section="V.1",
        definition=(
            "Jeunes dont le premier PAEI a commencé dans l'année, selon le mois où il a commencé, et jeunes rencontrés "
            "en travail de rue dont le premier contact est de l'année, selon le mois de ce contact."
        ),
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
    ),
    Indicator(
        id="flux_paei",
        look=Look(tab="Flux de l’année"),
        title="Accompagnements (PAEI) : du 1er janvier au 31 décembre",
        section="V.3",
        definition=(
            "PAEI en cours au 1er janvier (commencés avant, et pas encore terminés), commencés dans l'année, terminés "
            "dans l'année par motif, et en cours au 31 décembre (actifs ce jour-là sans se terminer ce jour-là). En "
            "cours au 1er janvier + commencés + changements de commune − terminés = en cours au 31 décembre. Un PAEI "
            "qui commence et finit dans l'année compte dans les deux. Les premiers PAEI font partie des PAEI "
            "commencés. Commune : celle de résidence au 31 décembre de l'année ; au 1er janvier, celle du 31 décembre "
            "précédent, d'où la ligne des changements de commune, nulle pour l'ensemble du service."
        ),
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
    ),
    crossed(
        Crossing(population=COHORT, lines=_BEFORE, columns=_AFTER, measures=(persons(),)),
        id="devenir",
        look=Look(tab="Un an plus tard"),
        not_shared="d'une année à l'autre, il dirait ce qu'est devenu tel ou tel jeune",
        title="Situation un an plus tard des jeunes accompagnés l'année précédente",
        section="V.3",
        definition=(
            "Jeunes accompagnés l'année précédente, dans la commune où ils vivaient alors : leur situation d'alors (en "
            "lignes) et celle de cette année (en colonnes). Plus suivis : aucun PAEI actif cette année. Les jeunes "
            "qui vont mieux quittent souvent l'accompagnement : ceux qui restent ne ressemblent pas à ceux qui sont "
            "partis, et le tableau ne dit rien des causes. Le passage de l'école au collège tient à l'âge. Les groupes "
            "de situations sont choisis par le service."
        ),
    ),
    crossed(
        Crossing(population=NO_MORE, lines=_LAST_REASON, measures=(persons(TOTAL),)),
        id="plus_suivis",
        look=Look(tab="Plus suivis"),
        not_shared=FEW_PERSONS,
        title="Jeunes accompagnés l'année précédente et plus suivis, selon le motif de leur dernière clôture",
        section="V.3",
        definition=(
            "Jeunes accompagnés l'année précédente, sans PAEI actif cette année, dans la commune où ils vivaient "
            "alors, selon le motif de leur dernière clôture : ils ne sont pas perdus de vue."
        ),
        links=(
            Link(
                "cohorte",
                "devenir",
                (Cells("plus_suivis", TOTAL, TOTAL),),
                "=",
                (Cells("devenir", TOTAL, GONE),),
                "ces tableaux comptent les mêmes jeunes plus suivis",
            ),
        ),
    ),
)

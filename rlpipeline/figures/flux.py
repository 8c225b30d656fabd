"""V.1 and V.3: what came in and went out during the year, and what became of those followed the year before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from rlpipeline.figures.entered import is_recorded
from rlpipeline.figures.indicator import Indicator, Kind, labelled
from rlpipeline.figures.labels import MOTIFS_DE_CLOTURE, NON_RENSEIGNEE, TOTAL, label_of
from rlpipeline.figures.population import in_year, open_plans, paei, people
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tidy import NC, OK, positions, tidy
from rlpipeline.records.frames import Records, among

OPENED, CLOSED, BEGUN, FIRST, MOVED = (
    "ouverts_1er_janvier",
    "ouverts_31_decembre",
    "commences",
    "dont_premiers",
    "demenagements",
)
CHANGED = "changement_statut"
FLOW_WORDS: Mapping[str, str] = {
    OPENED: "Ouverts au 1er janvier",
    BEGUN: "+ Commencés dans l'année",
    FIRST: "dont premier PAEI du jeune",
    MOVED: "± Changements de commune (arrivées moins départs)",
    **{code: f"− Terminés : {words[0].lower()}{words[1:]}" for code, words in MOTIFS_DE_CLOTURE.items()},
    CLOSED: "= Ouverts au 31 décembre",
    "nombre": "Nombre",
}
FLOW_LINES = tuple(code for code in FLOW_WORDS if code != "nombre")
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
_ENDED = {f"dont_{code}": words for code, words in MOTIFS_DE_CLOTURE.items()}


def flux_paei(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the PAEI open on 1 January, begun, moved, ended by reason, and open on 31 December.

    Notes
    -----
    Those open on 1 January are open on 31 December of the year before, where their young people lived then; all else is
    where they live on 31 December of the year.
    """
    plans = paei(records, scope)
    before = open_plans(records, replace(scope, year=scope.year - 1))
    begun = plans[in_year(plans["date_debut"], scope.year)]
    ended = plans[in_year(plans["date_fin"], scope.year)]
    everyone = people(records, scope)
    still = open_plans(records, scope)
    arrived = len(still) + len(ended) - len(begun) - len(before)
    counts = {
        OPENED: len(before),
        BEGUN: len(begun),
        FIRST: int(everyone["nouveau"].sum()),
        MOVED: arrived,
        **{code: int((ended["motif_cloture"] == code).sum()) for code in MOTIFS_DE_CLOTURE},
        CLOSED: len(still),
    }
    return tidy(FLOW_LINES, ("nombre",), [[counts[code]] for code in FLOW_LINES], "accompagnements")


def _flow_kinds(scope: Scope) -> Mapping[str, Kind]:
    return {CLOSED: "total"}


def devenir(records: Records, scope: Scope) -> pd.DataFrame:
    """Cross the groups of situations of those accompanied the year before with those of the year."""
    before, rows = replace(scope, year=scope.year - 1), [*_groups(scope), NON_RENSEIGNEE, TOTAL]
    columns = [*_groups(scope), NON_RENSEIGNEE, GONE, *_ENDED, TOTAL]
    cohort = _cohort(records, before)
    line = positions(cohort["groupe"], rows)
    counted = np.zeros((len(rows), len(columns)))
    for codes in (cohort["apres"], cohort["motif"], pd.Series(TOTAL, index=cohort.index, dtype="str")):
        column = positions(codes, columns)
        np.add.at(counted, (line[column >= 0], column[column >= 0]), 1)
    counted[-1] = counted[:-1].sum(axis=0)
    unsaid = rows.index(NON_RENSEIGNEE), columns.index(NON_RENSEIGNEE)
    shown = np.array([place for place in range(len(rows)) if place != unsaid[0] or counted[place].any()])
    wide = np.array([place for place in range(len(columns)) if place != unsaid[1] or counted[:, place].any()])
    known = [is_recorded(records, "situations", year) for year in (before, scope)]
    state = OK if "situations" in records.present and all(known) else NC
    lines, codes_shown = [rows[place] for place in shown], [columns[place] for place in wide]
    return tidy(lines, codes_shown, counted[shown][:, wide], "jeunes", state)


def _groups(scope: Scope) -> list[str]:
    return [group.code for group in scope.service.situations_groupees]


def _cohort(records: Records, before: Scope) -> pd.DataFrame:
    """List those accompanied in a year, where they lived then.

    Returns
    -------
    id_jeune, groupe (of their situation of that year), apres (that of the next year, or ``plus_suivi``), motif (code of
    the column of the last reason for which a PAEI of those ended; missing for those still followed).
    """
    next_year = replace(before, year=before.year + 1, territory="service")
    group_of = {code: group.code for group in before.service.situations_groupees for code in group.situations}
    cohort = people(records, before)[lambda frame: frame["accompagne"]]
    after = people(records, next_year).set_index("id_jeune").reindex(cohort["id_jeune"]).reset_index()
    followed = after["accompagne"].to_numpy(dtype=bool)
    plans = paei(records, next_year)
    ended = plans[plans["date_fin"] < next_year.first_day].sort_values(["date_fin", "id_suivi"])
    last = ended.drop_duplicates("id_jeune", keep="last").set_index("id_jeune")["motif_cloture"]
    reasons = "dont_" + last.reindex(cohort["id_jeune"]).reset_index(drop=True)
    return pd.DataFrame(
        {
            "id_jeune": cohort["id_jeune"].to_numpy(),
            "groupe": cohort["situation"].map(group_of).fillna(NON_RENSEIGNEE).to_numpy(),
            "apres": after["situation"].map(group_of).fillna(NON_RENSEIGNEE).where(followed, GONE),
            "motif": reasons.where(~followed).astype("str"),
        }
    )


def _becoming_words(records: Records, scope: Scope) -> Mapping[str, str]:
    groups = {group.code: group.libelle for group in scope.service.situations_groupees}
    words = {code: f"dont : {text[0].lower()}{text[1:]}" for code, text in _ENDED.items()}
    return {**groups, NON_RENSEIGNEE: label_of(NON_RENSEIGNEE), GONE: "Plus suivi", **words, TOTAL: label_of(TOTAL)}


def _becoming_used(records: Records, scope: Scope) -> dict[str, int]:
    cohort = _cohort(records, replace(scope, year=scope.year - 1))
    noted = records["situations"]
    either = noted[noted["annee"].isin([scope.year, scope.year - 1])]
    return {"jeunes": len(cohort), "situations": int(among(either["id_jeune"], cohort["id_jeune"]).sum())}


def nouveaux_par_mois(records: Records, scope: Scope) -> pd.DataFrame:
    """Count those first accompanied, and those first met among those followed, by month."""
    everyone = people(records, scope)
    plans = paei(records, scope).groupby("id_jeune")["date_debut"].min()
    contacts = records["jeunes"].set_index("id_jeune")["premier_contact"]
    new = everyone.loc[everyone["nouveau"], "id_jeune"]
    met = everyone.loc[everyone["suivi_actif"] & everyone["contact_nouveau"], "id_jeune"]
    days = (plans.reindex(new), contacts.reindex(met))
    counts = [np.bincount(one.dt.month.astype("int64"), minlength=13)[1:] for one in days]
    columns = np.column_stack(counts)
    lines = (*(f"{month:02d}" for month in range(1, 13)), TOTAL)
    return tidy(lines, ("accompagnes", "travail_de_rue"), np.vstack([columns, columns.sum(axis=0)]), "jeunes")


INDICATORS = (
    Indicator(
        id="nouveaux_par_mois",
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
    ),
    Indicator(
        id="flux_paei",
        title="Accompagnements (PAEI) : du 1er janvier au 31 décembre",
        section="V.3",
        definition=(
            "PAEI ouverts au 1er janvier (commencés avant et non terminés avant), commencés et terminés dans l'année, "
            "par motif, et ouverts au 31 décembre (actifs ce jour-là et non terminés ce jour-là). Ouverts au 1er "
            "janvier + commencés + changements de commune − terminés = ouverts au 31 décembre. Un PAEI qui commence "
            "et finit dans l'année compte dans les deux. Le premier PAEI d'un jeune est un « dont ». Commune : celle "
            "de résidence au 31 décembre de l'année ; au 1er janvier, celle du 31 décembre précédent, d'où la ligne "
            "des changements de commune, nulle pour l'ensemble du service."
        ),
        unit="accompagnements",
        source="données du service (suivis, jeunes et situations)",
        tables=("jeunes", "suivis"),
        scope="both",
        additive=True,
        protected=True,
        compute=flux_paei,
        row_labels=labelled(FLOW_WORDS),
        column_labels=labelled(FLOW_WORDS),
        row_kinds=_flow_kinds,
        filter="suivis PAEI actifs en {annee} ou ouverts au 31 décembre {avant}, {residents}",
        used=lambda records, scope: {"suivis": int(paei(records, scope)["actif"].sum())},
    ),
    Indicator(
        id="devenir",
        title="Situation un an plus tard des jeunes accompagnés l'année précédente",
        section="V.3",
        definition=(
            "Jeunes accompagnés l'année précédente, dans la commune où ils vivaient alors : leur situation d'alors (en "
            "lignes) et celle de cette année (en colonnes). Plus suivi : aucun PAEI actif cette année ; les colonnes "
            "« dont » donnent le motif de leur dernière clôture. Qui va mieux quitte souvent l'accompagnement : ceux "
            "qui restent ne ressemblent pas à ceux qui sont partis, et le tableau ne dit rien des causes. Le passage "
            "de l'école au collège est affaire d'âge. Les groupes de situations sont choisis par le service."
        ),
        unit="jeunes",
        source="données du service (jeunes, suivis et situations)",
        tables=("jeunes", "suivis", "situations"),
        scope="both",
        additive=True,
        protected=True,
        compute=devenir,
        row_labels=_becoming_words,
        column_labels=_becoming_words,
        filter="jeunes ayant un PAEI actif en {avant}, {residents}",
        used=_becoming_used,
    ),
)

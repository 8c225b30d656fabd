"""IV, V and VI: the means of the service, its educators, its networks and partners."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.declared import stated
from rlpipeline.figures.crossing import is_noted
from rlpipeline.figures.declaration import FEW_PERSONS, Indicator, Labels, Words, labelled
from rlpipeline.figures.labels import NON_RENSEIGNE, POSTES, TOTAL, in_printed_order, label_of, natural_key
from rlpipeline.figures.population import active_plans, things
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tidy import (
    NC,
    OK,
    line_texts,
    no_figures,
    not_communicated,
    parts_of_whole,
    qualified,
    sums,
    tidy,
    unlike_codes,
)
from rlpipeline.records.frames import Records
from rlpipeline.records.labels import CATEGORIES

ETP_COLUMNS = ("etp", "etp_departement", "etp_communes")
NETWORK_COLUMNS = ("jeunes", "journees", "heures")


def _of_year(table: str, records: Records, scope: Scope) -> pd.DataFrame:
    rows = records[table]
    return rows[rows["annee"] == scope.year].reset_index(drop=True)


def personnel(records: Records, scope: Scope) -> pd.DataFrame:
    """Add the full-time equivalents by post, by category and for the service."""
    if "personnel" not in records.present:
        return not_communicated((*CATEGORIES, TOTAL), ETP_COLUMNS, "etp")
    posts = _posts(records, scope)
    names = [posts.loc[posts["categorie"] == category, "ligne"].unique() for category in CATEGORIES]
    listed = zip(names, CATEGORIES, strict=True)
    lines = [line for of, category in listed for line in (*in_printed_order(of, POSTES), category)]
    table = sums(posts[[*ETP_COLUMNS]], [*lines, TOTAL], posts["ligne"], posts["categorie"], TOTAL)
    return tidy((*lines, TOTAL), ETP_COLUMNS, table.values, "etp", table.states)


def _posts(records: Records, scope: Scope) -> pd.DataFrame:
    """List the rows of the year with the name of their line."""
    posts = _of_year("personnel", records, scope)
    pairs = posts[["poste", "categorie"]].drop_duplicates()
    named = pairs.assign(ligne=qualified(pairs["poste"], pairs["categorie"], (*CATEGORIES, TOTAL)))
    return posts.merge(named, on=["poste", "categorie"], how="left")


def _post_texts(records: Records, scope: Scope) -> pd.DataFrame:
    posts = _posts(records, scope)
    return line_texts(posts, posts["ligne"], ("precision",))


def _post_words(records: Records, scope: Scope) -> Words:
    subtotals = {code: f"Sous-total : {words}" for code, words in CATEGORIES.items()}
    posts = _posts(records, scope)
    return dict(zip(posts["ligne"], posts["poste"], strict=True)) | subtotals | {TOTAL: label_of(TOTAL)}


PERSONNEL = partial(
    Indicator,
    shares_words=False,
    unit="ETP",
    source="données du service (personnel)",
    tables=("personnel",),
    scope="service",
    compute=personnel,
    row_labels=_post_words,
    groups=tuple(CATEGORIES),
    texts=_post_texts,
    text_columns=("precision",),
    filter="postes de {annee}",
    used=lambda records, scope: {"personnel": len(_of_year("personnel", records, scope))},
    axes=("poste", ""),
    links=(
        stated(
            "cohorte",
            "etp",
            "personnel(*poste, etp_departement) + personnel(*poste, etp_communes) <= personnel(*poste, etp)",
            "les postes financés par le Département et par les communes font partie de l'ensemble",
            holds="en_general",
        ),
    ),
)


def par_educateur(records: Records, scope: Scope) -> pd.DataFrame:
    """Count the young people followed by each educator, and add the hours; the total counts each of them once."""
    plans, entries = active_plans(records, scope), things(records, "temps", scope)
    followed = plans.assign(educateur=_educators(plans)).drop_duplicates(["educateur", "id_jeune"])
    worked = _educators(entries)
    codes = {*followed["educateur"], *worked}
    lines = sorted(codes, key=lambda code: (code == NON_RENSEIGNE, natural_key(code)))
    persons = followed["educateur"].value_counts().reindex(lines, fill_value=0).to_list()
    time = sums(entries[["heures"]], [*lines, TOTAL], worked, TOTAL)
    values = np.column_stack([[*persons, plans["id_jeune"].nunique()], time.values[:, 0]])
    states = np.full(values.shape, OK, dtype=object)
    states[:, 1] = time.states[:, 0] if "temps" in records.present else NC
    return tidy([*lines, TOTAL], ("jeunes", "heures"), values, ("jeunes", "heures"), states)


def _educators(rows: pd.DataFrame) -> pd.Series[str]:
    return unlike_codes(rows["educateur"], (TOTAL, NON_RENSEIGNE)).fillna(NON_RENSEIGNE)


PAR_EDUCATEUR = partial(
    Indicator,
    not_shared=FEW_PERSONS,
    unit="jeunes, heures",
    source="données du service (suivis, jeunes et temps de travail)",
    tables=("jeunes", "suivis", "temps"),
    additive=True,
    protected=True,
    compute=par_educateur,
    row_labels=labelled({}),
    filter="suivis PAEI actifs en {annee}, {residents}, et saisies datées de {annee}, {lieu}",
    used=lambda records, scope: {
        "suivis": len(active_plans(records, scope)),
        "temps": len(things(records, "temps", scope)),
    },
    when=is_noted("suivis", "educateur"),
    axes=("educateur", ""),
    distinct=("jeunes",),
    links=(
        stated(
            "cohorte",
            "accompagnes",
            "par_educateur(total, jeunes) = accompagnes(total, total)",
            "ces tableaux comptent les mêmes jeunes accompagnés",
        ),
        stated(
            "cohorte",
            "temps_activite",
            "par_educateur(total, heures) = temps_activite(total, heures)",
            "ces tableaux comptent les mêmes heures",
        ),
    ),
)


def partner_texts(records: Records, scope: Scope) -> pd.DataFrame:
    """List the informal partners and their domain."""
    partners = _of_year("partenaires", records, scope)
    words = line_texts(partners, partners["nom"], ("domaine",))
    return words.sort_values("ligne", key=lambda names: names.map(natural_key), ignore_index=True)


PARTENAIRES = partial(
    Indicator,
    unit="",
    source="données du service (partenaires)",
    tables=("partenaires",),
    scope="service",
    compute=lambda records, scope: no_figures(),
    row_labels=lambda records, scope: {name: name for name in records["partenaires"]["nom"]},
    texts=partner_texts,
    text_columns=("domaine",),
    filter="partenaires informels de {annee}",
    used=lambda records, scope: {"partenaires": len(_of_year("partenaires", records, scope))},
)


def financements(records: Records, scope: Scope) -> pd.DataFrame:
    """Add the amounts by funder, and give the part of each."""
    columns, units = ("montant_eur", "part"), ("euros", "%")
    if "financements" not in records.present:
        return not_communicated((TOTAL,), columns, units)
    funding, names = _named("financements", "financeur", records, scope)
    lines = [*sorted(names.unique(), key=natural_key), TOTAL]
    euros = sums(funding[["montant_eur"]], lines, names, TOTAL)
    part = parts_of_whole(euros)
    values, states = np.hstack([euros.values, part.values]), np.hstack([euros.states, part.states])
    return tidy(lines, columns, values, units, states)


def instances(records: Records, scope: Scope) -> pd.DataFrame:
    """Add the participations of the service in each territorial body."""
    if "instances" not in records.present:
        return not_communicated((TOTAL,), ("participations",), "participations")
    bodies, names = _named("instances", "instance", records, scope)
    lines = [*sorted(names.unique(), key=natural_key), TOTAL]
    table = sums(bodies[["participations"]], lines, names, TOTAL)
    return tidy(lines, ("participations",), table.values, "participations", table.states)


def reseaux(records: Records, scope: Scope) -> pd.DataFrame:
    """Give the young people, days and hours of each network or agreement."""
    networks = _networks(records, scope)
    lines = sorted(networks["ligne"].unique(), key=natural_key)
    table = sums(networks[[*NETWORK_COLUMNS]], lines, networks["ligne"])
    return tidy(lines, NETWORK_COLUMNS, table.values, ("jeunes", "jours", "heures"), table.states)


def _networks(records: Records, scope: Scope) -> pd.DataFrame:
    networks = _of_year("reseaux", records, scope)
    return networks.assign(ligne=qualified(networks["nom"], networks["objet"]))


def _named(table: str, column: str, records: Records, scope: Scope) -> tuple[pd.DataFrame, pd.Series[str]]:
    rows = _of_year(table, records, scope)
    return rows, unlike_codes(rows[column], (TOTAL,))


def _names(table: str, column: str) -> Labels:
    return lambda records, scope: (
        {name: name for name in _named(table, column, records, scope)[1]} | {TOTAL: label_of(TOTAL)}
    )


def _named_texts(table: str, column: str, words: str, records: Records, scope: Scope) -> pd.DataFrame:
    rows, names = _named(table, column, records, scope)
    return line_texts(rows, names, (words,))


def _network_texts(records: Records, scope: Scope) -> pd.DataFrame:
    networks = _networks(records, scope)
    return line_texts(networks, networks["ligne"], ("objet", "modalites", "formalise"))


def _network_words(records: Records, scope: Scope) -> Words:
    networks = _networks(records, scope)
    return dict(zip(networks["ligne"], networks["nom"], strict=True))


FINANCEMENTS = partial(
    Indicator,
    unit="euros, %",
    source="données du service (financements)",
    tables=("financements",),
    scope="service",
    compute=financements,
    row_labels=_names("financements", "financeur"),
    texts=partial(_named_texts, "financements", "financeur", "objet"),
    text_columns=("objet",),
    filter="financements de {annee}",
    used=lambda records, scope: {"financements": len(_of_year("financements", records, scope))},
    axes=("financeur", ""),
    parts={"part": "montant_eur"},
)
RESEAUX = partial(
    Indicator,
    unit="jeunes, jours, heures",
    source="données du service (réseaux)",
    tables=("reseaux",),
    scope="service",
    protected=True,
    compute=reseaux,
    row_labels=_network_words,
    texts=_network_texts,
    text_columns=("objet", "modalites", "formalise"),
    filter="réseaux et conventions de {annee}",
    used=lambda records, scope: {"reseaux": len(_of_year("reseaux", records, scope))},
    axes=("reseau", ""),
)
INSTANCES = partial(
    Indicator,
    unit="participations",
    source="données du service (instances)",
    tables=("instances",),
    scope="service",
    compute=instances,
    row_labels=_names("instances", "instance"),
    texts=partial(_named_texts, "instances", "instance", "champ"),
    text_columns=("champ",),
    filter="instances de {annee}",
    used=lambda records, scope: {"instances": len(_of_year("instances", records, scope))},
)

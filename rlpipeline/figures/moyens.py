"""IV, V and VI: the means of the service, its educators, its networks and partners."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from rlpipeline.declared import stated
from rlpipeline.figures.crossing import is_noted
from rlpipeline.figures.declaration import FEW_PERSONS, Indicator, Words, labelled
from rlpipeline.figures.labels import NON_RENSEIGNE, POSTES, TOTAL, in_printed_order, label_of, natural_key
from rlpipeline.figures.population import active_plans, of_year, things
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tidy import (
    NC,
    OK,
    line_texts,
    no_figures,
    not_communicated,
    qualified,
    sums,
    tidy,
    unlike_codes,
)
from rlpipeline.records.frames import Records
from rlpipeline.records.labels import CATEGORIES

ETP_COLUMNS = ("etp", "etp_departement", "etp_communes")


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
    posts = of_year("personnel", records, scope)
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
    used=lambda records, scope: {"personnel": len(of_year("personnel", records, scope))},
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
    partners = of_year("partenaires", records, scope)
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
    used=lambda records, scope: {"partenaires": len(of_year("partenaires", records, scope))},
)

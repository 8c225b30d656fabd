"""IV, V and VI: the means of the service, its educators, its networks and partners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from rlpipeline.characters import natural_key
from rlpipeline.declared import Axis, TableSpec
from rlpipeline.figures.crossing import CountedTable, is_noted, persons
from rlpipeline.figures.declaration import FEW_PERSONS, Scope, labelled
from rlpipeline.figures.labels import NON_RENSEIGNE, POSTES, TOTAL, in_printed_order, label_of
from rlpipeline.figures.populations import accompagnes, of_year, things
from rlpipeline.figures.tidy import (
    in_natural_order,
    line_texts,
    qualified,
    sums,
    tidy,
    unlike_codes,
)
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import CATEGORIES
from rlpipeline.states import NC, OK

ETP_COLUMNS = ("etp", "etp_departement", "etp_communes")


def _personnel(records: Records, scope: Scope) -> pd.DataFrame:
    """Les équivalents temps plein, additionnés par poste, par catégorie et en tout."""
    if "personnel" not in records.present:
        return tidy((*CATEGORIES, TOTAL), ETP_COLUMNS, np.nan, "etp", NC)
    posts = _posts(records, scope)
    lines = list[str]()
    for category in CATEGORIES:
        of_category = posts.loc[posts["categorie"] == category, "ligne"].unique()
        lines += [*in_printed_order(of_category, POSTES), category]
    lines.append(TOTAL)
    counts_for = posts["ligne"], posts["categorie"], TOTAL
    table = sums(posts[[*ETP_COLUMNS]], lines, *counts_for)
    return tidy(lines, ETP_COLUMNS, table.values, "etp", table.states)


def _posts(records: Records, scope: Scope) -> pd.DataFrame:
    """List the posts of a year, each with the ``ligne`` that it counts for."""
    posts = of_year(records, scope, "personnel")
    pairs = posts[["poste", "categorie"]].drop_duplicates()
    lines = qualified(pairs["poste"], pairs["categorie"], (*CATEGORIES, TOTAL))
    named = pairs.assign(ligne=lines)
    return posts.merge(named, on=["poste", "categorie"], how="left")


def _names_of_posts(records: Records, scope: Scope) -> dict[str, str]:
    """Name the lines: posts, then the sub-total of each category."""
    posts = _posts(records, scope)
    named = dict(zip(posts["ligne"], posts["poste"], strict=True))
    for code, words in CATEGORIES.items():
        named[code] = f"Sous-total : {words}"
    return {**named, TOTAL: label_of(TOTAL)}


PERSONNEL = CountedTable(
    spec=TableSpec(
        shares_words=False,
        unit="ETP",
        source="données du service (personnel)",
        tables=("personnel",),
        scope="service",
        lines=Axis(variable="poste", groups=tuple(CATEGORIES)),
    ),
    compute=_personnel,
    row_labels=_names_of_posts,
    texts=lambda records, scope: line_texts(_posts(records, scope), "ligne", ("precision",)),
    text_columns=("precision",),
)


def _by_educator(records: Records, scope: Scope) -> pd.DataFrame:
    """Par éducateur, les jeunes distincts de ses PAEI et la somme de ses heures."""
    plans = accompagnes.listed(records, scope)
    entries = things(records, scope, "temps")
    named = plans.assign(educateur=_educators(plans))
    followed = named.drop_duplicates(["educateur", "id_jeune"])["educateur"]
    worked = _educators(entries)
    lines = [*sorted({*followed, *worked}, key=_place_of_educator), TOTAL]
    persons = followed.value_counts().reindex(lines, fill_value=0)
    persons[TOTAL] = plans["id_jeune"].nunique()
    time = sums(entries[["heures"]], lines, worked, TOTAL)
    values = np.column_stack([persons, time.values])
    states = np.full(values.shape, OK, dtype=object)
    states[:, [1]] = time.states
    if "temps" not in records.present:
        states[:, 1] = NC
    columns = units = ("jeunes", "heures")
    return tidy(lines, columns, values, units, states)


def _place_of_educator(code: str) -> tuple[bool, object]:
    """Order educators by their codes, those without one last."""
    return code == NON_RENSEIGNE, natural_key(code)


def _educators(rows: pd.DataFrame) -> pd.Series[str]:
    """Give the code of the educator of each row."""
    return unlike_codes(rows["educateur"], (TOTAL, NON_RENSEIGNE)).fillna(NON_RENSEIGNE)


PAR_EDUCATEUR = CountedTable(
    spec=TableSpec(
        not_shared=FEW_PERSONS,
        unit="jeunes, heures",
        source="données du service (suivis, jeunes et temps de travail)",
        tables=("jeunes", "suivis", "temps"),
        additive=True,
        persons=True,
        residents=True,
        lines=Axis(variable="educateur", total=TOTAL),
        measures=(replace(persons("jeunes"), total="reunion"),),
    ),
    compute=_by_educator,
    row_labels=labelled({}),
    when=is_noted("suivis", "educateur"),
)


def _partners(records: Records, scope: Scope) -> pd.DataFrame:
    """Les partenaires de l'année, et le domaine de chacun."""
    words = line_texts(of_year(records, scope, "partenaires"), "nom", ("domaine",))
    return in_natural_order(words, "ligne")


PARTENAIRES = CountedTable(
    spec=TableSpec(
        unit="", source="données du service (partenaires)", tables=("partenaires",), scope="service"
    ),
    row_labels=lambda records, scope: {name: name for name in records["partenaires"]["nom"]},
    texts=_partners,
    text_columns=("domaine",),
)

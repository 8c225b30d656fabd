"""IV: the means of the service: posts and funding."""

from __future__ import annotations

from functools import partial

import pandas as pd

from rlpipeline.declared import Cells, Each, Link
from rlpipeline.figures.declaration import Indicator, rows_of_year
from rlpipeline.figures.labels import CATEGORIES, POSTES, TOTAL, in_printed_order, label_of, natural_key
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.sums import beside, parts_of_whole, stacked, sums, total_of
from rlpipeline.figures.tidy import not_communicated, tidy
from rlpipeline.figures.words import line_texts, qualified, unlike_codes
from rlpipeline.records.frames import Records

ETP_COLUMNS = ("etp", "etp_departement", "etp_communes")


def personnel(records: Records, scope: Scope) -> pd.DataFrame:
    """Add the full-time equivalents by post, by category and for the service."""
    if "personnel" not in records.present:
        return not_communicated((*CATEGORIES, TOTAL), ETP_COLUMNS, "etp")
    posts = _posts(records, scope)
    lines = [line for category in CATEGORIES for line in (*_posts_of(posts, category), category)]
    amounts = posts[list(ETP_COLUMNS)]
    # Each row counts on two lines: its post's and its category's.
    twice = pd.concat([amounts, amounts], ignore_index=True)
    keys = pd.concat([posts["ligne"], posts["categorie"]], ignore_index=True)
    table = stacked(sums(twice, keys, lines), total_of(amounts))
    return tidy((*lines, TOTAL), ETP_COLUMNS, table.values, "etp", table.states)


def _posts(records: Records, scope: Scope) -> pd.DataFrame:
    """List the rows of the year with the name of their line."""
    posts = records["personnel"]
    of_year = posts[posts["annee"] == scope.year].reset_index(drop=True)
    pairs = of_year[["poste", "categorie"]].drop_duplicates()
    named = pairs.assign(ligne=qualified(pairs["poste"], pairs["categorie"], (*CATEGORIES, TOTAL)))
    return of_year.merge(named, on=["poste", "categorie"], how="left")


def _posts_of(posts: pd.DataFrame, category: str) -> list[str]:
    return in_printed_order(posts.loc[posts["categorie"] == category, "ligne"].unique(), POSTES)


def _post_texts(records: Records, scope: Scope) -> pd.DataFrame:
    posts = _posts(records, scope)
    return line_texts(posts, posts["ligne"], ("precision",))


def _post_labels(records: Records, scope: Scope) -> dict[str, str]:
    subtotals = {code: f"Sous-total : {words}" for code, words in CATEGORIES.items()}
    posts = _posts(records, scope)
    return dict(zip(posts["ligne"], posts["poste"], strict=True)) | subtotals | {TOTAL: label_of(TOTAL)}


def financements(records: Records, scope: Scope) -> pd.DataFrame:
    """Add the amounts by funder, and give the part of each."""
    columns, units = ("montant_eur", "part"), ("euros", "%")
    if "financements" not in records.present:
        return not_communicated((TOTAL,), columns, units)
    funding = _funding(records, scope)
    funders = sorted(funding["financeur"].unique(), key=natural_key)
    amounts = funding[["montant_eur"]]
    euros = stacked(sums(amounts, funding["financeur"], funders), total_of(amounts))
    table = beside(euros, parts_of_whole(euros))
    return tidy((*funders, TOTAL), columns, table.values, units, table.states)


def _funding(records: Records, scope: Scope) -> pd.DataFrame:
    funding = records["financements"]
    of_year = funding[funding["annee"] == scope.year]
    return of_year.assign(financeur=unlike_codes(of_year["financeur"], (TOTAL,)))


def _funding_texts(records: Records, scope: Scope) -> pd.DataFrame:
    funding = _funding(records, scope)
    return line_texts(funding, funding["financeur"], ("objet",))


def _funding_labels(records: Records, scope: Scope) -> dict[str, str]:
    return {name: name for name in _funding(records, scope)["financeur"]} | {TOTAL: label_of(TOTAL)}


_POST = Each("poste")
_FUNDED = Link(
    "cohorte",
    "etp",
    (Cells("personnel", _POST, "etp_departement"), Cells("personnel", _POST, "etp_communes")),
    "<=",
    (Cells("personnel", _POST, "etp"),),
    "les postes financés par le Département et par les communes font partie de l'ensemble",
    holds="en_general",
)

PERSONNEL = partial(
    Indicator,
    shares_words=False,
    unit="ETP",
    source="données du service (personnel)",
    tables=("personnel",),
    scope="service",
    additive=False,
    protected=False,
    compute=personnel,
    row_labels=_post_labels,
    groups=tuple(CATEGORIES),
    texts=_post_texts,
    text_columns=("precision",),
    filter="postes de {annee}",
    used=rows_of_year("personnel"),
    axes=("poste", ""),
    links=(_FUNDED,),
)
FINANCEMENTS = partial(
    Indicator,
    unit="euros, %",
    source="données du service (financements)",
    tables=("financements",),
    scope="service",
    additive=False,
    protected=False,
    compute=financements,
    row_labels=_funding_labels,
    texts=_funding_texts,
    text_columns=("objet",),
    filter="financements de {annee}",
    used=rows_of_year("financements"),
    axes=("financeur", ""),
    parts={"part": "montant_eur"},
)

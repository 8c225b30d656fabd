"""Which tables and cells are shared at all, and the store of the edition to share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rlpipeline.declared import RATE, FigureKey, Links
from rlpipeline.figures import PROTECTED_UNITS, SERVICE, Declarations, TableData
from rlpipeline.figures.labels import NON_RENSEIGNEE, NOUVEAUX, TOTAL
from rlpipeline.figures.store import COUNTED, FIGURE_COLUMNS, RELEASED, Key, marker
from rlpipeline.figures.tidy import MASQUE, NC, OK, no_texts
from rlpipeline.protection.classes import KEY, WORDS, sensitive_families, wider_classes, with_classes_of
from rlpipeline.settings.models import Disclosure, Service

if TYPE_CHECKING:  # who shows protected figures loads no solver
    from rlpipeline.protection.protection import Protected

STOCK = "ouverts_31_decembre"
"""The line of the flow of the year that is shared of each territory."""
FEW_BASES = 4
"""Bases that the total of a split of a territory must reach for its parts to be shown."""
PARTLY: Mapping[str, str] = WORDS["partiels"]
"""What is said of tables of which some lines only are shared."""
ONE_DIMENSION = ("situations", "presence_sociale")
"""Tables of the service that are not crossed; those of a territory never are."""
CROSSED_TABLES = ("accompagnes", "travail_de_rue", "durees", "demandes", "problematiques", "problematiques_jeunes")
MEASURED = (TOTAL, "nombre", "jeunes")
"""Columns whose total is small where few persons are split."""
OF_PERSONS = ("problematiques_jeunes", "co_accompagnements")
"""Tables of persons by subject: the sensitive ones are left out."""
LEFT_OUT = "Ce tableau n'est pas diffusé : "


def shared_cells(figures: pd.DataFrame, settings: Disclosure, service: Service, declared: Declarations) -> pd.DataFrame:
    """Keep the figures that may be shared, exact or rounded, before classes are joined.

    The situation that is not known has a line of zeros where nobody is counted in it. With one commune there is no
    portrait: what is about persons of one territory is left out. Where the total of a table of a territory is small,
    it is all that is kept: rounded parts would mislead.
    """
    whole = _with_unknown_situation(figures)
    keys = [*map(FigureKey, *(whole[name].tolist() for name in KEY))]
    valued = zip(keys, whole["valeur"], strict=True)
    few = {key[:3] for key, value in valued if 0 <= value < few_of(key, declared.links, settings.base)}
    of_total = whole["ligne"].eq(TOTAL) & whole["colonne"].isin((*MEASURED, NOUVEAUX))
    every = whole[of_total | np.array([key[:3] not in few for key in keys], bool)].reset_index(drop=True)
    sensitive = sensitive_families(settings, service)
    of_sensitive = {code.code for family in sensitive for code in family.codes}
    codes = {code.code for family in service.problematiques for code in family.codes}
    table, line, column = every["indicateur"], every["ligne"], every["colonne"]
    of_one = every["territoire"].ne(SERVICE)
    on_total = column.eq(TOTAL)
    by_sex = [id for id, of in declared.about_persons.items() if of.columns == "sexe"]
    margin = on_total | (line.eq(TOTAL) & table.isin(by_sex))
    crossed = table.isin(CROSSED_TABLES)
    issues = table.eq("problematiques") & line.isin(codes)
    shared = (
        ~table.isin(declared.not_shared)
        & (table.ne("orientations") | line.eq(TOTAL))
        & (table.ne("flux_paei") | line.eq(STOCK) | ~of_one)
        & ~(table.isin(OF_PERSONS) & line.isin(settings.sensibles))
        & (~issues | (on_total & ~of_one & ~line.isin(of_sensitive)))
        & (margin | ~(table.isin(ONE_DIMENSION) | (crossed & of_one)))
    )
    if len(service.communes) == 1:
        shared &= ~(of_one & table.isin(declared.about_persons) & every["unite"].isin(PROTECTED_UNITS))
    return every[shared].reset_index(drop=True)


def _with_unknown_situation(figures: pd.DataFrame) -> pd.DataFrame:
    """Add a line of zeros before the total, where some line has a number: its presence would say someone is counted."""
    numbered, line = figures["indicateur"].eq("situations") & figures["etat"].ne(NC), figures["ligne"]
    told = figures.loc[numbered & line.ne(TOTAL), "territoire"]
    there = figures.loc[figures["indicateur"].eq("situations") & line.eq(NON_RENSEIGNEE), "territoire"]
    without = figures["territoire"].isin(told) & ~figures["territoire"].isin(there)
    totals = figures[numbered & line.eq(TOTAL) & without]
    zeros = totals.assign(ligne=NON_RENSEIGNEE, valeur=0.0, etat=OK)
    order = np.concatenate([figures.index.to_numpy() * 2.0, totals.index.to_numpy() * 2.0 - 1])
    return pd.concat([figures, zeros]).iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def few_of(key: FigureKey, links: Links, base: int) -> int:
    """Give the least total of a territory's table that shows its lines, for such a total; 0 for the others."""
    of_lines = key.indicateur in links.split and key.ligne == TOTAL and key.colonne in MEASURED
    return FEW_BASES * base if of_lines and key.territoire != SERVICE else 0


def without_rates_of_rounded(figures: pd.DataFrame, links: Links) -> pd.DataFrame:
    """Mask the rates of counts that are not published exactly: they would give them back."""
    hidden = pd.Series(False, index=figures.index)
    for link in (link for link in links.all if link.sign == RATE):
        rate, counted = link.left[0], link.right[0]
        of_count = figures["indicateur"].eq(counted.table) & figures["etat"].eq(OK)
        of_count &= figures["ligne"].eq(str(counted.line)) & figures["colonne"].eq(str(counted.column))
        exact = figures.loc[of_count, ["annee", "territoire"]].itertuples(index=False, name=None)
        known = pd.MultiIndex.from_frame(figures[["annee", "ligne"]]).isin([*exact])
        hidden |= figures["indicateur"].eq(rate.table) & figures["colonne"].eq(str(rate.column)) & ~known
    hidden &= figures["etat"].eq(OK)
    return figures.assign(valeur=figures["valeur"].mask(hidden), etat=figures["etat"].mask(hidden, MASQUE))


def shared_store(
    protected: Protected,
    tables: Mapping[tuple[str, str], TableData],
    links: Links,
    released: pd.DataFrame,
    places: Mapping[str, str],
    is_recorded: Callable[[str, int], bool],
) -> tuple[Mapping[Key, TableData], Mapping[str, Any]]:
    """Give the tables of the edition to share, and what its store answers beside them: no number of rows, no list.

    The words of the exact tables of the year are kept, none of their figures is. One without a figure to share is not
    given, unless it holds words only or was left out for a reason, which is its first note. Beside them stands the last
    figure released of each cell for other years.
    """
    slices = dict(list(protected.figures.groupby(["indicateur", "territoire"], sort=False)))
    shown: dict[Key, TableData] = {}
    year = max((data.year for data in tables.values()), default=0)
    for (id, place), data in tables.items():
        figures, reason = slices.get((id, place), protected.figures.iloc[:0]), protected.left_out.get((id, place))
        if not figures.empty or data.figures.empty or reason is not None:
            wider = wider_classes(id, protected.classes, links)
            table = with_classes_of(data, figures.reset_index(drop=True), wider, protected.words)
            notes = () if reason is None else (f"{LEFT_OUT}{reason}.",)
            shown[id, year, place] = replace(table, notes=(*notes, *table.notes))
    of_others = released.loc[released["annee"] != year, list(FIGURE_COLUMNS)]
    for (indicator, before, territory), figures in of_others.groupby(["indicateur", "annee", "territoire"], sort=False):
        id, then, place = str(indicator), int(str(before)), str(territory)
        if (id, year, place) in shown:
            alone, no_words = figures.reset_index(drop=True), no_texts()
            shown[id, then, place] = replace(shown[id, year, place], year=then, figures=alone, texts=no_words, notes=())
    recorded = [pair for pair in {key[:2] for key in shown} if pair[1] != year and is_recorded(*pair)]
    years = sorted({int(one) for one in released["annee"]})
    origins = {**dict.fromkeys(years, RELEASED), year: COUNTED}
    return shown, marker(exact=False, years=years, recorded=recorded, origins=origins, places=places)

"""Which cells of the tables are shared at all: fewer crossings, nothing of one sensitive subject, no alert."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rlpipeline.figures import PROTECTED_UNITS, SERVICE
from rlpipeline.figures.labels import NON_RENSEIGNEE, TOTAL
from rlpipeline.figures.tidy import NC, OK
from rlpipeline.protection.classes import SEXED_TABLES, sensitive_families
from rlpipeline.protection.unknowns import ACTION_TABLES, PROTECTED
from rlpipeline.settings.models import Disclosure, Service

_FEW = "il porte sur peu de personnes et est réservé au service"
_EXACT = "il reprendrait des nombres exacts que cette édition arrondit"
NOT_SHARED: Mapping[str, str] = {
    "alertes": _FEW,
    "mouvements": _FEW,
    "nouveaux_par_mois": _FEW,
    "par_educateur": _FEW,
    "moins_de_18": "avec les tranches d'âge, il dirait combien de jeunes ont un âge précis",
    "devenir": "d'une année à l'autre, il dirait ce qu'est devenu tel ou tel jeune",
    "plus_suivis": _FEW,
    "origine_contact": _FEW,
    "qpv": _FEW,
    "taux_communes": _EXACT,
    "objectifs": _EXACT,
}
"""Tables that are left out of the edition to share, and why."""
STOCK = "ouverts_31_decembre"
"""The line of the flow of the year that is shared."""
PARTLY: Mapping[str, str] = {
    "flux_paei": "Le détail du flux n'est pas diffusé : il donnerait de petits nombres par soustraction."
}
"""What is said of tables of which some lines only are shared."""
ONE_DIMENSION = ("situations", "presence_sociale")
"""Tables of the service that are not crossed; those of a territory never are."""
CROSSED = ("accompagnes", "travail_de_rue", "durees", "demandes", "problematiques", "problematiques_jeunes")
OF_PERSONS = ("problematiques_jeunes", "co_accompagnements")
"""Tables of persons by subject: the sensitive ones are left out."""


def shared_cells(figures: pd.DataFrame, settings: Disclosure, service: Service) -> pd.DataFrame:
    """Keep the figures that may be shared, exact or rounded.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv``, of every table and territory, before classes are joined.

    Returns
    -------
    The same without what is not shared; the situation that is not known has a line of zeros where nobody is counted in
    it. With one commune there is no portrait: what is about persons of one territory is left out.
    """
    whole = _with_line(figures, "situations", NON_RENSEIGNEE)
    sensitive = sensitive_families(settings, service)
    of_sensitive = {code.code for family in sensitive for code in family.codes}
    codes = {code.code for family in service.problematiques for code in family.codes}
    table, line, column = whole["indicateur"], whole["ligne"], whole["colonne"]
    of_one = whole["territoire"].ne(SERVICE)
    on_total = column.eq(TOTAL)
    margin = on_total | (line.eq(TOTAL) & table.isin(SEXED_TABLES))
    crossed = table.isin(CROSSED)
    issues = table.eq("problematiques") & line.isin(codes)
    shared = (
        ~table.isin(NOT_SHARED)
        & (table.ne("orientations") | line.eq(TOTAL))
        & (table.ne("flux_paei") | line.eq(STOCK))  # its other lines give small ones back by subtraction
        & ~(table.isin(OF_PERSONS) & line.isin(settings.sensibles))
        & (~issues | (on_total & ~of_one & ~line.isin(of_sensitive)))
        & (margin | ~(table.isin(ONE_DIMENSION) | (crossed & of_one)))
    )
    if len(service.communes) == 1:
        shared &= ~(of_one & table.isin(PROTECTED) & whole["unite"].isin(PROTECTED_UNITS))
    return whole[shared].reset_index(drop=True)


def _with_line(figures: pd.DataFrame, indicator_id: str, line: str) -> pd.DataFrame:
    """Add a line of zeros before the total, where it is not: its presence would say that someone is counted."""
    of_table = figures["indicateur"].eq(indicator_id)
    there = figures.loc[of_table & figures["ligne"].eq(line), "territoire"]
    totals = figures[
        of_table & figures["ligne"].eq(TOTAL) & figures["etat"].ne(NC) & ~figures["territoire"].isin(there)
    ]
    zeros = totals.assign(ligne=line, valeur=0.0, etat=OK)
    order = np.concatenate([figures.index.to_numpy() * 2.0, totals.index.to_numpy() * 2.0 - 1])
    return pd.concat([figures, zeros]).iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def is_crossed(indicator_id: str, line: str, column: str, families: frozenset[str]) -> bool:
    """Say whether a cell of the service is crossed in two dimensions, hence no margin."""
    if indicator_id in ACTION_TABLES:
        return line != TOTAL
    if indicator_id == "problematiques" and line not in families:
        return False
    return indicator_id in CROSSED and TOTAL not in (line, column) and column != "nouveaux"

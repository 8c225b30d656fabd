"""Which cells of the tables are shared at all: fewer crossings, nothing of one sensitive subject, no alert."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rlpipeline.disclosure.classes import SEXED_TABLES, sensitive_families
from rlpipeline.disclosure.unknowns import ACTION_TABLES, Exact
from rlpipeline.indicators import SERVICE, find_indicator
from rlpipeline.indicators.labels import NON_RENSEIGNEE, TOTAL
from rlpipeline.indicators.tidy import NC
from rlpipeline.params import Disclosure, Service

NOT_SHARED: Mapping[str, str] = {"alertes": "suivis de quelques personnes, pour le service"}
"""Tables that are left out of the edition to share, and why."""
ONE_DIMENSION = ("situations", "presence_sociale")
"""Tables of the service that are not crossed; those of a territory never are."""
CROSSED = ("accompagnes", "travail_de_rue", "durees", "demandes", "problematiques", "problematiques_jeunes")
OF_PERSONS = ("problematiques_jeunes", "co_accompagnements")
"""Tables of persons by subject: the sensitive ones are left out."""


def shared_cells(exact: Exact, settings: Disclosure, service: Service) -> dict[tuple[str, str], pd.DataFrame]:
    """Keep the cells that may be shared, exact or rounded.

    Parameters
    ----------
    exact
        Columns of ``indicateurs.csv``, before classes are joined, for each indicator and territory.

    Returns
    -------
    The same without the tables that are not shared. With one commune there is no portrait: what is about persons of one
    territory is left out.
    """
    alone = len(service.communes) == 1
    return {
        key: kept
        for key, figures in exact.items()
        if key[0] not in NOT_SHARED
        for frame in (_with_line(figures, NON_RENSEIGNEE) if key[0] == "situations" else figures,)
        for kept in (frame[_shared(*key, frame, settings, service, alone)],)
        if frame.empty or not kept.empty
    }


def _shared(
    indicator_id: str, territory: str, frame: pd.DataFrame, settings: Disclosure, service: Service, alone: bool
) -> pd.Series[bool]:
    everything = pd.Series(True, index=frame.index)
    of_one = territory != SERVICE
    if alone and of_one:
        return ~find_indicator(indicator_id).protected_figures(frame)
    sensitive = sensitive_families(settings, service)
    families = {family.code for family in service.problematiques}
    codes = {code.code for family in service.problematiques for code in family.codes}
    by_sex = indicator_id in SEXED_TABLES
    on_total = frame["colonne"].eq(TOTAL) | (frame["ligne"].eq(TOTAL) & by_sex)
    if indicator_id in OF_PERSONS:
        everything &= ~frame["ligne"].isin({family.code for family in sensitive})
    if indicator_id == "orientations":
        return frame["ligne"].eq(TOTAL)
    if indicator_id == "problematiques":
        shown = set() if of_one else codes - {code.code for family in sensitive for code in family.codes}
        everything &= frame["ligne"].isin({*families, TOTAL}) | (frame["ligne"].isin(shown) & on_total)
    if indicator_id in ONE_DIMENSION or (of_one and indicator_id in CROSSED):
        everything &= on_total
    return everything


def _with_line(frame: pd.DataFrame, line: str) -> pd.DataFrame:
    """Add a line of zeros before the total, where it is not: its presence would say that someone is counted."""
    if frame.empty or line in set(frame["ligne"]) or (frame["etat"] == NC).all():
        return frame
    last = frame["ligne"] == frame["ligne"].iloc[-1]
    zeros = frame[last].assign(ligne=line, valeur=0.0, etat="ok")
    return pd.concat([frame[~last], zeros.astype(frame.dtypes.to_dict()), frame[last]], ignore_index=True)


def is_crossed(indicator_id: str, line: str, column: str, families: frozenset[str]) -> bool:
    """Say whether a cell of the service is crossed in two dimensions, hence no margin."""
    if indicator_id in ACTION_TABLES:
        return line != TOTAL
    if indicator_id == "problematiques" and line not in families:
        return False
    return indicator_id in CROSSED and TOTAL not in (line, column) and column != "nouveaux"

"""VI: networks and agreements, territorial bodies, informal partners."""

from __future__ import annotations

from functools import partial

import pandas as pd

from rlpipeline.figures.declaration import Indicator, rows_of_year
from rlpipeline.figures.labels import TOTAL, label_of, natural_key
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.sums import stacked, sums, total_of
from rlpipeline.figures.tidy import no_figures, not_communicated, tidy
from rlpipeline.figures.words import line_texts, qualified, unlike_codes
from rlpipeline.records.frames import Records

NETWORK_COLUMNS = ("jeunes", "journees", "heures")
NETWORK_UNITS = ("jeunes", "jours", "heures")


def reseaux(records: Records, scope: Scope) -> pd.DataFrame:
    """Give the young people, days and hours of each network or agreement."""
    networks = _networks(records, scope)
    lines = sorted(networks["ligne"].unique(), key=natural_key)
    table = sums(networks[list(NETWORK_COLUMNS)], networks["ligne"], lines)
    return tidy(lines, NETWORK_COLUMNS, table.values, NETWORK_UNITS, table.states)


def _networks(records: Records, scope: Scope) -> pd.DataFrame:
    networks = records["reseaux"]
    of_year = networks[networks["annee"] == scope.year]
    return of_year.assign(ligne=qualified(of_year["nom"], of_year["objet"]))


def _network_texts(records: Records, scope: Scope) -> pd.DataFrame:
    networks = _networks(records, scope)
    return line_texts(networks, networks["ligne"], ("objet", "modalites", "formalise"))


def _network_labels(records: Records, scope: Scope) -> dict[str, str]:
    networks = _networks(records, scope)
    return dict(zip(networks["ligne"], networks["nom"], strict=True))


def instances(records: Records, scope: Scope) -> pd.DataFrame:
    """Add the participations of the service in each territorial body."""
    if "instances" not in records.present:
        return not_communicated((TOTAL,), ("participations",), "participations")
    bodies = _bodies(records, scope)
    names = sorted(bodies["instance"].unique(), key=natural_key)
    number = bodies[["participations"]]
    table = stacked(sums(number, bodies["instance"], names), total_of(number))
    return tidy((*names, TOTAL), ("participations",), table.values, "participations", table.states)


def _bodies(records: Records, scope: Scope) -> pd.DataFrame:
    bodies = records["instances"]
    of_year = bodies[bodies["annee"] == scope.year]
    return of_year.assign(instance=unlike_codes(of_year["instance"], (TOTAL,)))


def _body_texts(records: Records, scope: Scope) -> pd.DataFrame:
    bodies = _bodies(records, scope)
    return line_texts(bodies, bodies["instance"], ("champ",))


def _body_labels(records: Records, scope: Scope) -> dict[str, str]:
    return {name: name for name in _bodies(records, scope)["instance"]} | {TOTAL: label_of(TOTAL)}


def partenaires(records: Records, scope: Scope) -> pd.DataFrame:
    """Give no figure: the informal partners are words."""
    return no_figures()


def _partner_texts(records: Records, scope: Scope) -> pd.DataFrame:
    partners = records["partenaires"]
    of_year = partners[partners["annee"] == scope.year]
    words = line_texts(of_year, of_year["nom"], ("domaine",))
    return words.sort_values("ligne", key=lambda names: names.map(natural_key), ignore_index=True)


def _partner_labels(records: Records, scope: Scope) -> dict[str, str]:
    return {name: name for name in records["partenaires"]["nom"]}


RESEAUX = partial(
    Indicator,
    unit="jeunes, jours, heures",
    source="données du service (réseaux)",
    tables=("reseaux",),
    scope="service",
    additive=False,
    protected=True,
    compute=reseaux,
    row_labels=_network_labels,
    texts=_network_texts,
    text_columns=("objet", "modalites", "formalise"),
    filter="réseaux et conventions de {annee}",
    used=rows_of_year("reseaux"),
    axes=("reseau", ""),
)
INSTANCES = partial(
    Indicator,
    unit="participations",
    source="données du service (instances)",
    tables=("instances",),
    scope="service",
    additive=False,
    protected=False,
    compute=instances,
    row_labels=_body_labels,
    texts=_body_texts,
    text_columns=("champ",),
    filter="instances de {annee}",
    used=rows_of_year("instances"),
)
PARTENAIRES = partial(
    Indicator,
    unit="",
    source="données du service (partenaires)",
    tables=("partenaires",),
    scope="service",
    additive=False,
    protected=False,
    compute=partenaires,
    row_labels=_partner_labels,
    texts=_partner_texts,
    text_columns=("domaine",),
    filter="partenaires informels de {annee}",
    used=rows_of_year("partenaires"),
)

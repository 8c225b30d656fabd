"""III.2, V.2 and annexes: the values of the territories, communes beside one another, notes of the assessments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rlpipeline.characters import natural_key
from rlpipeline.declared import TableSpec
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.declaration import SANS_COMMUNE, Scope, labelled
from rlpipeline.figures.labels import (
    LABELS,
    PRINTED_NAMES,
    SOCIO_ECONOMIQUES,
    WORDS,
    in_printed_order,
    label_of,
)
from rlpipeline.figures.populations import people, things, yearly
from rlpipeline.figures.tidy import (
    Floats,
    Objects,
    Positions,
    Sums,
    no_figures,
    positions,
    sums,
    texts,
    tidy,
)
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from rlpipeline.states import NC, OK, VIDE

TYPES = ("epci", "qpv", "commune")
POPULATION = SOCIO_ECONOMIQUES[0]
RATES: Mapping[str, str] = WORDS["taux"]
UNITS_OF_RATES = ("habitants", "‰", "‰", "heures")


def _side_by_side(records: Records, scope: Scope) -> pd.DataFrame:
    """Par territoire et indicateur, la valeur du dernier millésime connu l'année du rapport."""
    latest = _latest_values(records, scope)
    if latest.empty:
        return no_figures()
    lines = in_printed_order(latest["indicateur"].unique(), SOCIO_ECONOMIQUES)
    columns = _in_report_order(latest, scope.service)
    at = positions(latest["indicateur"], lines), positions(latest["territoire"], columns)
    shape = (len(lines), len(columns))
    usual = latest.drop_duplicates("indicateur").set_index("indicateur")
    by_line = usual.loc[lines, ["unite"]].to_numpy(dtype=object)
    units = np.tile(by_line, len(columns))
    values = np.full(shape, np.nan)
    values[at] = latest["valeur"]
    units[at] = latest["unite"]
    return tidy(lines, columns, values, units, _known(values))


def _known(values: Floats) -> Objects:
    """Give the state of numbers: what is missing is not communicated."""
    return np.where(np.isnan(values), NC, OK).astype(object)


def _in_report_order(latest: pd.DataFrame, service: Service) -> list[str]:
    """Order territories by their kind, then as the settings do, others by their code."""
    named = [*_names(service)]
    kinds = dict(zip(latest["territoire"], latest["type"], strict=True))

    def place(code: str) -> tuple[int, int, object, str]:
        kind = TYPES.index(kinds[code])
        rank = named.index(code) if code in named else len(named)
        return kind, rank, natural_key(code), code

    return sorted(kinds, key=place)


def _vintages(records: Records, scope: Scope) -> pd.DataFrame:
    """Write of which year and source each value is."""
    latest = _latest_values(records, scope)
    words = latest["millesime"].astype("str") + ", " + latest["source"]
    return texts(latest["indicateur"], latest["territoire"], words)


def _latest_values(records: Records, scope: Scope) -> pd.DataFrame:
    """List the last known value of each indicator, of the territories that a scope shows."""

    def latest() -> pd.DataFrame:
        values = records["territoires"]
        values = values[values["millesime"] <= scope.year]
        ordered = values.sort_values(["territoire", "indicateur", "millesime"])
        last = ordered.drop_duplicates(["territoire", "indicateur"], keep="last")
        return last.reset_index(drop=True)

    every = records.once(("latest_values", scope.year), latest)
    if scope.is_service:
        return every
    if scope.territory not in scope.service.commune_codes:
        return every.iloc[:0]
    districts = [qpv.code for qpv in scope.service.qpv if qpv.commune == scope.territory]
    is_there = every["territoire"].isin([scope.territory, *districts])
    shown = every[is_there | (every["type"] == "epci")]
    return shown.reset_index(drop=True)


def _names(service: Service) -> dict[str, str]:
    """Name the territories of a service, in the order of the report."""
    epci = {service.epci.code: service.epci.nom} if service.epci else {}
    qpv = {district.code: district.nom for district in service.qpv}
    communes = service.commune_names
    return epci | qpv | communes


SOCIO_ECONOMIQUE = CountedTable(
    spec=TableSpec(
        unit="selon l'indicateur",
        source="donnée avec chaque valeur",
        tables=("territoires",),
        dated=True,
    ),
    compute=_side_by_side,
    row_labels=lambda records, scope: {
        name: PRINTED_NAMES.get(name, name) for name in _latest_values(records, scope)["indicateur"]
    },
    column_labels=lambda records, scope: {
        **dict(_latest_values(records, scope)[["territoire", "libelle"]].to_numpy().tolist()),
        **_names(scope.service),
    },
    texts=_vintages,
)


def _rates(records: Records, scope: Scope) -> pd.DataFrame:
    """Les jeunes de chaque commune, pour mille de ses habitants ; les heures qui y sont passées."""
    lines = [*scope.service.commune_codes, SANS_COMMUNE]
    everyone = people(records, scope)
    inhabitants = _inhabitants(_latest_values(records, scope)).reindex(lines[:-1])
    values = np.full((len(lines), len(RATES)), np.nan)
    values[:-1, 0] = inhabitants
    for column, flag in enumerate(("accompagne", "suivi_actif"), start=1):
        places = everyone.loc[everyone[flag], "territoire"].value_counts()
        counts = places.reindex(lines[:-1], fill_value=0)
        values[:-1, column] = np.round(1000 * counts / inhabitants, 1)
    states = _known(values)
    states[-1] = VIDE
    if "temps" in records.present:
        time = _hours(records, scope, lines)
        values[:, [-1]], states[:, [-1]] = time
    rates = tidy(lines, [*RATES], values, UNITS_OF_RATES, states)
    if values[-1, -1] > 0:  # hours of no commune
        return rates
    return rates[rates["ligne"] != SANS_COMMUNE]


def _hours(records: Records, scope: Scope, lines: Sequence[str]) -> Sums:
    """Add the hours of each territory."""
    entries = things(records, scope, "temps")
    return sums(entries[["heures"]], lines, entries["territoire"])


def _inhabitants(values: pd.DataFrame) -> pd.Series[float]:
    """Give how many live in each commune of which that is known."""
    of_communes = values[values["type"] == "commune"]
    populations = of_communes[of_communes["indicateur"] == POPULATION]
    numbers: pd.Series[float] = populations.set_index("territoire")["valeur"]
    return numbers[numbers > 0]


TAUX_COMMUNES = CountedTable(
    spec=TableSpec(
        unit="pour 1 000 habitants, heures",
        source="données du service (jeunes, suivis, temps de travail et territoires)",
        tables=("jeunes", "suivis", "territoires"),
        scope="service",
        residents=True,
    ),
    compute=_rates,
    row_labels=lambda records, scope: {
        **LABELS,
        **scope.service.commune_names,
    },
    column_labels=labelled(RATES),
    when=lambda records, service: bool(
        _inhabitants(records["territoires"]).index.isin(service.commune_codes).any()
    ),
)


def _assessed(records: Records, scope: Scope) -> pd.DataFrame:
    """Les notes de l'année, par quartier et par indicateur ; vide où rien n'est suivi."""
    now, then = _notes(records, scope), _notes(records, scope.before)
    if now.empty and then.empty:
        return no_figures()
    both = pd.concat([now, then])
    lines = _districts_in_order(both, scope.service)
    columns = sorted(both["indicateur"].unique(), key=natural_key)
    known = now if "diagnostics" in records.present else then
    shape = (len(lines), len(columns))
    notes = np.full(shape, np.nan)
    is_noted = np.zeros(shape, dtype=bool)
    notes[_cells(now, lines, columns)] = now["note"]
    is_noted[_cells(known, lines, columns)] = True
    states = _known(notes)
    states[np.isnan(notes) & ~is_noted] = VIDE
    return tidy(lines, columns, notes, "note", states)


def _cells(
    notes: pd.DataFrame, lines: Sequence[str], columns: Sequence[str]
) -> tuple[Positions, Positions]:
    """Place notes in the table."""
    return positions(notes["ligne"], lines), positions(notes["indicateur"], columns)


def _districts_in_order(notes: pd.DataFrame, service: Service) -> list[str]:
    """Order districts by their commune as the settings do, then by their names."""
    known = service.commune_codes
    names = zip(notes["commune"], notes["quartier"], strict=True)
    names_of = dict(zip(notes["ligne"], names, strict=True))

    def place(line: str) -> tuple[int, object, object, str]:
        commune, district = names_of[line]
        rank = known.index(commune) if commune in known else len(known)
        return rank, natural_key(commune), natural_key(district), line

    return sorted(names_of, key=place)


@yearly
def _notes(records: Records, scope: Scope) -> pd.DataFrame:
    """List the notes of a year, each with the ``ligne`` of its district."""
    notes = things(records, scope, "diagnostics")
    return notes.assign(ligne=notes["commune"] + "/" + notes["quartier"])


def _districts(records: Records, scope: Scope) -> dict[str, str]:
    """Name each district after its commune."""

    def named() -> dict[str, str]:
        communes = scope.service.commune_names
        names = dict[str, str]()
        for code, district in {
            *records["diagnostics"][["commune", "quartier"]].itertuples(index=False)
        }:
            commune = communes.get(code, label_of(code))
            names[f"{code}/{district}"] = f"{commune} – {district}"
        return names

    return records.once(("districts", scope.service.communes), named)


DIAGNOSTICS = CountedTable(
    spec=TableSpec(
        shares_words=False,
        unit="note (1 à 5)",
        source="données du service (diagnostics)",
        tables=("diagnostics",),
        with_previous_year=True,
    ),
    compute=_assessed,
    row_labels=_districts,
    texts=lambda records, scope: texts(
        *(_notes(records, scope)[of] for of in ("ligne", "indicateur", "commentaire"))
    ),
    notes=lambda records, scope: tuple(
        f"Échelle des notes : {said.strip().rstrip('.')}."
        for said in [scope.service.echelle_diagnostics]
        if said
    ),
)

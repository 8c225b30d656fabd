"""Small records made by hand: rows as keyword arguments, everything else as the contract fills it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.figures import Scope
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import TABLE_NAMES, TABLES, Contract, sorted_frame
from rlpipeline.settings.models import Code, Commune, Epci, Family, Qpv, Service
from tests.declared import figures

CARVIN, OIGNIES, LENS = "62215", "62637", "62498"

SERVICE = Service(
    nom="Service d'essai",
    departement="62",
    communes=(Commune(code=CARVIN, nom="Carvin"), Commune(code=OIGNIES, nom="Oignies")),
    epci=Epci(code="246200299", nom="CA Hénin-Carvin"),
    qpv=(
        Qpv(code="QP062001", nom="Centre", commune=CARVIN),
        Qpv(code="QP062002", nom="Justice", commune=OIGNIES),
    ),
    problematiques=(
        Family(
            code="sociales",
            libelle="Sociales",
            codes=(
                Code(code="logement", libelle="Logement"),
                Code(code="autonomie_loisirs", libelle="Loisirs"),
            ),
        ),
        Family(
            code="mobilite",
            libelle="Mobilité",
            codes=(Code(code="freins_mobilite", libelle="Freins"),),
        ),
    ),
)

Rows = Sequence[Mapping[str, Any]]


def make_records(absent: Sequence[str] = (), **tables: Rows) -> Records:
    """Records with the rows given; every other table is there without rows, save the absent ones."""
    frames = {
        table.name: _frame(table, tables[table.name])
        if tables.get(table.name)
        else _empty(table).copy()
        for table in TABLES
    }
    return Records(frames, frozenset(TABLE_NAMES) - set(absent))


@cache
def _empty(table: Contract) -> pd.DataFrame:
    return _frame(table, ())


def _frame(table: Contract, rows: Rows) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(table.dtypes))
    if "en_ligne" in frame:
        frame["en_ligne"] = frame["en_ligne"].eq(True)
    typed = pd.DataFrame({name: _typed(frame[name], dtype) for name, dtype in table.dtypes.items()})
    return sorted_frame(typed, table)


def _typed(column: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    if dtype == np.dtype("datetime64[us]"):
        return pd.to_datetime(column).astype(dtype)
    if dtype == np.dtype("float64"):
        return pd.to_numeric(column).astype(dtype)
    return column.astype(dtype)


def jeune(
    id_jeune: str,
    naissance: str | int | None = "2010-06-15",
    sexe: str = "F",
    commune: str = CARVIN,
    contact: str = "2020-01-01",
) -> dict[str, Any]:
    """Young person; ``naissance`` is a date, a year alone, or unknown."""
    day = naissance if isinstance(naissance, str) else None
    return {
        "id_jeune": id_jeune,
        "sexe": sexe,
        "date_naissance": day,
        "annee_naissance": int(day[:4]) if day else naissance,
        "commune": commune,
        "premier_contact": contact,
    }


def suivi(
    id_suivi: str,
    id_jeune: str,
    debut: str = "2023-02-01",
    fin: str | None = None,
    statut: str = "PAEI",
    motif: str | None = None,
) -> dict[str, Any]:
    """Follow-up; one that is ended has a reason."""
    return {
        "id_suivi": id_suivi,
        "id_jeune": id_jeune,
        "statut": statut,
        "date_debut": debut,
        "date_fin": fin,
        "motif_cloture": motif or ("orientation" if fin else None),
    }


def population(code: str, value: float | None, millesime: int = 2020) -> dict[str, object]:
    """Inhabitants of a commune."""
    return {
        "territoire": code,
        "libelle": code,
        "type": "commune",
        "indicateur": "Population globale",
        "valeur": value,
        "unite": "habitants",
        "millesime": millesime,
        "source": "INSEE",
    }


def scope(territory: str = "service", year: int = 2023) -> Scope:
    return Scope(year, territory, SERVICE)


def cells(
    indicator_id: str, records: Records, territory: str = "service", year: int = 2023
) -> dict[tuple[str, str], float | str | tuple[str, float]]:
    """Every cell of the year: its value, ``("partiel", value)``, or its state where it has no value."""
    found = figures(indicator_id, records, scope(territory, year))
    current = found[found["annee"] == year]
    return {
        (line, column): _cell(value, state)
        for line, column, value, state in zip(
            current["ligne"], current["colonne"], current["valeur"], current["etat"], strict=True
        )
    }


def _cell(value: float, state: str) -> float | str | tuple[str, float]:
    if state == "ok":
        return value
    return state if np.isnan(value) else (state, value)


def column(name: str, table: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    """Cells of one column, in the order of the table."""
    return {code: value for (code, name_found), value in table.items() if name_found == name}

"""The files of the demonstration: one CSV a table, the settings, and what it is, in French."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

from rlpipeline.demo.calendar import iso
from rlpipeline.demo.given import given_text
from rlpipeline.demo.territory import Territory
from rlpipeline.records.tables import TABLES

RENAMED = {"debut": "date_debut", "fin": "date_fin", "motif": "motif_cloture"}
# Order of the rows where the first columns of the file are not the one that reads best.
SORTED_BY = {"jeunes": ["id_jeune"], "suivis": ["id_suivi"]}
UNSORTED = frozenset({"actions", "participations", "personnel", "financements", "reseaux", "instances", "partenaires"})


def write_source(tables: Mapping[str, pd.DataFrame], directory: Path) -> None:
    """Write ``<table>.csv`` for every table: UTF-8, comma, ISO dates, decimal points, the same bytes anywhere."""
    directory.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        name, columns = table.name, [column.name for column in table.columns]
        frame = _as_text(name, tables[name], columns)
        if name not in UNSORTED:
            frame = frame.sort_values(SORTED_BY.get(name, columns), kind="stable")
        (directory / f"{name}.csv").write_bytes(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def write_settings(territory: Territory, years: tuple[int, ...], directory: Path) -> None:
    """Write ``service.yml`` and one ``<year>/rapport.yml`` a year."""
    directory.mkdir(parents=True, exist_ok=True)
    service = jinja2.Template(given_text("service.yml.j2"), keep_trailing_newline=True, trim_blocks=True).render(
        territory=territory
    )
    _write(directory / "service.yml", service)
    for year in years:
        (directory / str(year)).mkdir(exist_ok=True)
        title = f"Rapport d'activité de l'année {year} du {territory.nom}"
        report = f'titre: "{title}"\nstatut: brouillon\ndonnees_arretees_au: {year + 1}-01-31\n'
        _write(directory / str(year) / "rapport.yml", report)


def write_readme(territory: Territory, years: tuple[int, ...], directory: Path) -> None:
    """Write ``LISEZMOI.md``: nobody in the records exists, and how they were made."""
    text = given_text("lisezmoi.md").replace("{communes}", str(len(territory.codes)))
    _write(directory / "LISEZMOI.md", text.replace("{annees}", ", ".join(str(year) for year in years)))


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _as_text(name: str, frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    if name == "jeunes":
        frame = frame.assign(date_naissance=_birth(frame))
    if name == "suivis":
        frame = frame.rename(columns=RENAMED)
    texts = {column: _text(frame[column]) if column in frame else "" for column in columns}
    text = pd.DataFrame(texts, index=frame.index)
    return text.replace({"nombre": {"": "NC"}}) if name == "participations" else text


def _birth(frame: pd.DataFrame) -> np.ndarray:
    """The date, else the year, else nothing."""
    year = frame["annee_naissance"].astype(str).where(frame["annee_naissance"] > 0, "").to_numpy(dtype=object)
    return np.where(frame["naissance"].isna(), year, iso(frame["naissance"].to_numpy("M8[D]")))


def _text(column: pd.Series) -> np.ndarray:
    if column.dtype.kind == "M":
        return iso(column.to_numpy("M8[D]"))
    if column.dtype.kind == "b":
        return np.where(column, "oui", "non")
    if column.dtype.kind == "f":
        return column.map({value: _number(value) for value in column.unique()}, na_action=None).to_numpy(dtype=object)
    return column.astype(object).where(column.notna(), "").to_numpy()


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value == int(value) else repr(float(value))

"""Every table of the records from the people and the years, and the files: one CSV a table, settings, what it is."""

from __future__ import annotations

from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

from rlpipeline.demo import service_year
from rlpipeline.demo.given import Array, Rng, Tables, Territory, fictitious_territory, given_text
from rlpipeline.demo.people import Population, followed, simulate
from rlpipeline.records.tables import CRENEAUX, ORIGINES, TABLES

RENAMED = {"debut": "date_debut", "fin": "date_fin", "motif": "motif_cloture"}
# Order of the rows where the first columns of the file are not the one that reads best.
SORTED_BY = {"jeunes": ["id_jeune"], "suivis": ["id_suivi"]}
UNSORTED = frozenset({"actions", "participations", "personnel", "financements", "reseaux", "instances", "partenaires"})


def build_tables(territory: Territory, years: tuple[int, ...], seed: int) -> Tables:
    """All tables of the records of a made-up service.

    The same seed gives the same tables; a theme draws from a generator of its own, so that a change in one leaves
    the others as they were.
    """
    streams = (np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(32))
    population = simulate(next(streams), territory.codes, years[0], years[-1])
    tables = _people_tables(next(streams), population, territory)
    tables |= followed(streams, population, territory, years)
    rng = next(streams)
    tables |= service_year.actions(rng, territory, years)
    tables["temps"] = service_year.time_entries(rng, territory, years)
    tables |= service_year.yearly_tables(next(streams), territory, years)
    tables["territoires"] = service_year.territories(next(streams), territory, years[0])
    tables["diagnostics"] = service_year.diagnostics(next(streams), territory, years)
    tables["demandes"] = service_year.requests(next(streams), population, territory, years)
    _add_optional_columns(next(streams), tables, territory)
    people = _numbered("J", population.contacts)
    follow_ups = _numbered("S", population.suivis["debut"].to_numpy("M8[D]"))
    for frame in tables.values():
        if "personne" in frame:
            frame["id_jeune"] = people[frame["personne"].to_numpy()]
        if "suivi" in frame:
            frame["id_suivi"] = follow_ups[frame["suivi"].to_numpy()]
    return tables


def _people_tables(rng: Rng, population: Population, territory: Territory) -> Tables:
    jeunes, suivis, team = population.jeunes, population.suivis, territory.educators
    spare = sorted({code for codes in team.values() for code in codes})
    codes = [team.get(code, spare) for code in population.communes[suivis["personne"].to_numpy()]]
    educateur = _one_of_each(codes, rng.integers(0, 10**6, len(suivis)))
    ranks = rng.integers(0, 10**6, len(jeunes))
    quartier = _one_of_each([territory.quartiers.get(code, ("",)) for code in population.communes], ranks)
    return {
        "jeunes": jeunes.reset_index(names="personne").assign(quartier=np.where(ranks % 20 > 0, quartier, "")),
        "suivis": suivis.reset_index(names="suivi").assign(educateur=educateur),
    }


def _one_of_each(choices: list[tuple[str, ...] | list[str]], ranks: np.ndarray) -> list[str]:
    return [names[int(rank) % len(names)] for names, rank in zip(choices, ranks, strict=True)]


def _add_optional_columns(rng: Rng, tables: Tables, territory: Territory) -> None:
    people, entries = tables["jeunes"], tables["temps"]
    districts = np.isin(people["commune"], [commune for _, _, commune in territory.qpv])
    people["origine"] = rng.choice([*ORIGINES, ""], len(people))
    people["qpv"] = np.where(districts & (rng.random(len(people)) < 0.5), "oui", "non")
    entries["creneau"] = rng.choice([*CRENEAUX, ""], len(entries))


def _numbered(letter: str, days: Array) -> Array:
    width = max(4, len(str(len(days))))
    rank = np.empty(len(days), dtype=np.int64)
    rank[np.argsort(days, kind="stable")] = np.arange(1, len(days) + 1)
    return np.array([f"{letter}{number:0{width}d}" for number in rank.tolist()], dtype=object)


def write_demo(out: Path, communes: int = 3, years: tuple[int, ...] = (2021, 2022, 2023), seed: int = 2023) -> None:
    """Write a made-up service: same arguments, same bytes. UsageError beyond a thousand communes.

    ``out/source``: ``<table>.csv`` for every table, UTF-8, comma, ISO dates, decimal points, and ``LISEZMOI.md``:
    nobody in the records exists; ``out/params``: ``service.yml`` and one ``<year>/rapport.yml`` a year.
    """
    years, territory = tuple(sorted(set(years))), fictitious_territory(communes, seed)
    tables, files = build_tables(territory, years, seed), dict[str, str]()
    for table in TABLES:
        name, columns = table.name, [column.name for column in table.columns]
        frame = _as_text(name, tables[name], columns)
        if name not in UNSORTED:
            frame = frame.sort_values(SORTED_BY.get(name, columns), kind="stable")
        files[f"source/{name}.csv"] = frame.to_csv(index=False, lineterminator="\n")
    read_me = given_text("lisezmoi.md").replace("{communes}", str(len(territory.codes)))
    files["source/LISEZMOI.md"] = read_me.replace("{annees}", ", ".join(map(str, years)))
    template = jinja2.Template(given_text("service.yml.j2"), keep_trailing_newline=True, trim_blocks=True)
    files["params/service.yml"] = template.render(territory=territory)
    for year in years:
        title = f"Rapport d'activité de l'année {year} du {territory.nom}"
        report = f'titre: "{title}"\nstatut: brouillon\ndonnees_arretees_au: {year + 1}-01-31\n'
        files[f"params/{year}/rapport.yml"] = report
    for path, text in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(text.encode("utf-8"))


def _as_text(name: str, frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    if name == "jeunes":  # the date of birth, else the year, else nothing
        year = frame["annee_naissance"].astype(str).where(frame["annee_naissance"] > 0, "").to_numpy(dtype=object)
        frame = frame.assign(date_naissance=np.where(frame["naissance"].isna(), year, _text(frame["naissance"])))
    if name == "suivis":
        frame = frame.rename(columns=RENAMED)
    texts = {column: _text(frame[column]) if column in frame else "" for column in columns}
    text = pd.DataFrame(texts, index=frame.index)
    return text.replace({"nombre": {"": "NC"}}) if name == "participations" else text


def _text(column: pd.Series) -> np.ndarray:
    if column.dtype.kind == "M":
        days = column.to_numpy("M8[D]")
        return np.where(np.isnat(days), "", np.datetime_as_string(days).astype(object))
    if column.dtype.kind == "b":
        return np.where(column, "oui", "non")
    if column.dtype.kind == "f":
        values = column.dropna().unique().tolist()
        known = {value: str(int(value)) if value == int(value) else repr(value) for value in values}
        return column.map(known).astype(object).where(column.notna(), "").to_numpy()
    return column.astype(object).where(column.notna(), "").to_numpy()

"""Every table of the records from the people and what the service does in its years, and the files.

There is one CSV file a table, the settings, and what it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

from rlpipeline.demo.people import (
    AGES,
    COMMUNES,
    Array,
    Population,
    Rng,
    Tables,
    Territory,
    about,
    band_of,
    fictitious_territory,
    followed,
    given_table,
    given_text,
    last_day,
    simulate,
    working_days,
)
from rlpipeline.records.tables import CRENEAUX, ORIGINES, TABLES

USUAL_ENTRY = 8  # half-hours of working time: entries are drawn around it
LONGEST_DAY, ONLINE_HOURS = 10, 52
OWN_SHARE = {"formation": 1.0, "ecrits_professionnels": 0.6, "partenariat": 0.25}
"""Activities that the service does for itself, in whole or in part."""
REQUESTS_PER_COMMUNE = {"refusee": 4.5, "reorientee": 3.0, "en_attente": 2.0}
# By column, the lowest share of the given number that a year has, and what it is rounded to.
SPREAD = {
    "montant_eur": (0.92, 50.0), "participations": (0.7, 1.0), "jeunes": (0.7, 1.0), "journees": (0.7, 1.0),
    "heures": (0.7, 1.0),
}  # fmt: skip
PUBLICS = (*AGES, "familles")
SHORT = {
    "developpement_social_local": "DSL",
    "parentalite": "PAR",
    "partenariale": "PART",
    "action_collective": "COL",
}


def time_entries(rng: Rng, territory: Territory, years: tuple[int, ...]) -> pd.DataFrame:
    """Dated entries whose hours add up to those of each year, commune and activity.

    One entry of the first year has no hours: they were not communicated, where there are several years.
    """
    everyone = sorted({code for codes in territory.educators.values() for code in codes})
    parts = [
        _entries(
            rng,
            year,
            commune,
            activite,
            half_hours,
            territory.educators.get(commune, tuple(everyone)),
        )
        for year in years
        for commune, activite, half_hours in _budgets(rng, territory)
    ]
    for year in years:  # one hour a week on social networks, counted in travail de rue
        days = working_days(year)
        dates = days[np.linspace(0, len(days) - 1, ONLINE_HOURS).astype(np.int64)]
        parts.append(_worked(dates, everyone[0], "", "travail_de_rue", 1.0, online=True))
    frame = pd.concat(parts, ignore_index=True)
    if len(years) > 1:
        frame.loc[frame.index[frame["activite"] == "partenariat"][:1], "heures"] = np.nan
    return frame.assign(date=_days_with_room(frame))


def _worked(
    dates: Array, educators: object, commune: str, activite: str, hours: object, online: bool
) -> pd.DataFrame:
    where = {"commune": commune, "activite": activite, "heures": hours, "en_ligne": online}
    return pd.DataFrame({"date": dates, "educateur": educators, **where})


def _budgets(rng: Rng, territory: Territory) -> Iterator[tuple[str, str, int]]:
    weights = rng.uniform(0.6, 1.4, len(territory.codes))
    scale = len(territory.codes) / COMMUNES
    for activite, hours in given_table("heures").itertuples(index=False):
        total = round(2 * float(hours) * scale * rng.uniform(0.93, 1.04))
        total -= 2 * ONLINE_HOURS if activite == "travail_de_rue" else 0
        own = round(total * OWN_SHARE.get(activite, 0.0))
        shares = np.floor((total - own) * weights / weights.sum()).astype(np.int64)
        yield "", activite, own
        shares[0] += total - own - int(shares.sum())
        yield from (
            (code, activite, int(share))
            for code, share in zip(territory.codes, shares, strict=True)
        )


def _entries(
    rng: Rng, year: int, commune: str, activite: str, half_hours: int, team: tuple[str, ...]
) -> pd.DataFrame:
    count = -(-half_hours // USUAL_ENTRY)
    least = USUAL_ENTRY // 2 if count > 1 else 0
    # Whole numbers only: a draw from a distribution could differ by a hair from one machine to another.
    more = np.bincount(rng.integers(0, max(count, 1), half_hours - count * least), minlength=count)[
        :count
    ]
    dates = rng.choice(working_days(year), count)
    educators = rng.choice(np.array(team, dtype=object), count)
    return _worked(dates, educators, commune, activite, (least + more) / 2, online=False)


def _days_with_room(entries: pd.DataFrame) -> Array:
    days: Array = entries["date"].to_numpy("M8[D]")
    calendars = {year: working_days(year) for year in entries["date"].dt.year.unique()}
    worked: dict[tuple[str, np.datetime64], float] = defaultdict(float)
    for row, (educator, hours) in enumerate(
        zip(entries["educateur"], entries["heures"].fillna(0), strict=True)
    ):
        calendar = calendars[int(str(days[row])[:4])]
        first = int(np.searchsorted(calendar, days[row]))
        coming = (calendar[(first + later) % len(calendar)] for later in range(len(calendar)))
        days[row] = next(
            (day for day in coming if worked[educator, day] + hours <= LONGEST_DAY), days[row]
        )
        worked[educator, days[row]] += hours
    return days


def actions(rng: Rng, territory: Territory, years: tuple[int, ...]) -> Tables:
    """Group actions of each commune and year, and who took part: the tables ``actions`` and ``participations``."""
    base = given_table("actions_fictives")
    shares = base["categorie"].map({"action_collective": 0.6}).fillna(0.25).to_numpy()
    means = base[list(PUBLICS)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    held, attended = [], []
    for year, code in product(years, territory.codes):
        chosen = np.flatnonzero(rng.random(len(base)) < shares)
        rows = base.iloc[chosen]
        ids = [
            f"A{year}-{code}-{SHORT[name]}{rank + 1}" for rank, name in enumerate(rows["categorie"])
        ]
        is_dsl = (rows["categorie"] == "developpement_social_local").to_numpy()
        held.append(
            rows[["categorie", "libelle", "unite"]].assign(
                id_action=ids,
                annee=year,
                commune=code,
                seances=pd.to_numeric(rows["seances"]).to_numpy(),
                nb_partenaires=np.where(is_dsl, rng.integers(3, 17, len(rows)), np.nan),
                financements=np.where(is_dsl, "PV/Bailleurs", ""),
            )
        )
        counts = np.rint(means[chosen] * rng.uniform(0.3, 1.4, (len(rows), 1)))
        publics = np.tile(np.array(PUBLICS, dtype=object), len(ids))
        each = {
            "id_action": np.repeat(np.array(ids, dtype=object), len(PUBLICS)),
            "public": publics,
        }
        attended.append(pd.DataFrame({**each, "nombre": counts.ravel()}))
    return {
        "actions": pd.concat(held, ignore_index=True),
        "participations": pd.concat(attended, ignore_index=True),
    }


def yearly_tables(rng: Rng, territory: Territory, years: tuple[int, ...]) -> Tables:
    """Tables personnel, financements, reseaux, instances, partenaires, to the size of the service."""
    tables, scale = {}, len(territory.codes) / COMMUNES
    for name in ("personnel", "financements", "reseaux", "instances", "partenaires"):
        base = given_table(name)
        if "usage" in base:
            base = base[base["usage"].isin({"tous", "fictif"})].drop(columns="usage")
        for column in ("etp", "montant_eur"):
            if column in base:
                base[column] = (pd.to_numeric(base[column]) * scale).round(2)
        parts = [base.assign(annee=year) for year in years]
        for part, column in product(parts, [column for column in SPREAD if column in base]):
            low, step = SPREAD[column]
            values = pd.to_numeric(part[column]).to_numpy(dtype=np.float64)
            part[column] = step * np.rint(values * rng.uniform(low, 1.05, len(values)) / step)
        tables[name] = pd.concat(parts, ignore_index=True)
    return tables


def territories(rng: Rng, territory: Territory, first: int) -> pd.DataFrame:
    """Made-up socio-economic values, of a vintage two years before the first."""
    base = given_table("territoires").assign(valeur=lambda rows: pd.to_numeric(rows["valeur"]))
    kinds = {kind: base[base["type"] == kind] for kind in ("epci", "qpv")}
    kinds["commune"] = base[base["territoire"] == "62215"]
    places = [
        (*territory.epci, "epci"),
        *((code, name, "commune") for code, name in territory.communes),
    ]
    places += [(code, name, "qpv") for code, name, _ in territory.qpv]
    rows = [kinds[kind].assign(territoire=code, libelle=name) for code, name, kind in places]
    frame = pd.concat(rows, ignore_index=True)
    values = frame["valeur"].to_numpy() * rng.uniform(0.6, 1.5, len(frame))
    near = np.where(frame["unite"] == "%", np.round(np.minimum(values, 95.0), 1), np.rint(values))
    return frame.assign(valeur=near, source="valeur fictive de démonstration", millesime=first - 2)


def diagnostics(rng: Rng, territory: Territory, years: tuple[int, ...]) -> pd.DataFrame:
    """Notes from 1 to 5 of every neighbourhood, a few not given; they drift from one year to the next."""
    named = [(code, name) for code in territory.codes for name in territory.quartiers[code]]
    grid = pd.DataFrame(named, columns=["commune", "quartier"]).merge(
        given_table("diagnostics"), how="cross"
    )
    note = grid.pop("niveau").astype(float).to_numpy() + rng.integers(-1, 2, len(grid))
    parts = []
    for year in years:
        note = np.clip(note + rng.choice([-1, 0, 0, 1], len(grid)), 1, 5)
        given = np.where(rng.random(len(grid)) < 0.03, np.nan, note)
        comment = np.where(np.isnan(given), "Non évalué cette année", "")
        parts.append(grid.assign(annee=year, note=given, commentaire=comment))
    return pd.concat(parts, ignore_index=True)


def requests(
    rng: Rng, population: Population, territory: Territory, years: tuple[int, ...]
) -> pd.DataFrame:
    """Requests for a follow-up: one for each PAEI that begins, and those refused, sent elsewhere or waiting."""
    texts = given_table("demandes").groupby("champ", sort=False)["valeur"].agg(list)
    paei = population.suivis[population.suivis["statut"] == "PAEI"]
    parts = []
    for year in years:
        begun = paei[paei["debut"].dt.year == year]
        people = begun["personne"].to_numpy()
        asked = begun["debut"].to_numpy("M8[D]") - rng.integers(0, 25, len(begun)).astype("m8[D]")
        day = np.maximum(asked, np.datetime64(str(year), "D"))
        band = np.array(AGES, dtype=object)[band_of(population.ages(people, year))]
        where = population.communes[people]
        parts.append(
            pd.DataFrame({"date": day, "commune": where, "tranche_age": band, "suite": "acceptee"})
        )
    for year, (suite, mean) in product(years, REQUESTS_PER_COMMUNE.items()):
        commune = np.repeat(
            np.array(territory.codes, dtype=object), about(rng, np.full(len(territory.codes), mean))
        )
        late = 120 if suite == "en_attente" else 365
        band = rng.choice(
            np.array([*AGES, ""], dtype=object), len(commune), p=(0.2, 0.5, 0.14, 0.08, 0.05, 0.03)
        )
        day = last_day(year) - rng.integers(0, late, len(commune)).astype("m8[D]")
        parts.append(
            pd.DataFrame({"date": day, "commune": commune, "tranche_age": band, "suite": suite})
        )
    frame = pd.concat(parts, ignore_index=True)
    frame["origine"] = rng.choice(np.array(texts["origine"], dtype=object), len(frame))
    frame["motif"] = ""
    for suite in ("refusee", "reorientee"):
        rows = frame["suite"] == suite
        frame.loc[rows, "motif"] = rng.choice(
            np.array(texts[f"motif_{suite}"], dtype=object), int(rows.sum())
        )
    return frame


RENAMED = {"debut": "date_debut", "fin": "date_fin", "motif": "motif_cloture"}
# Order of the rows where the first columns of the file are not the one that reads best.
SORTED_BY = {"jeunes": ["id_jeune"], "suivis": ["id_suivi"]}
UNSORTED = frozenset(
    {
        "actions",
        "participations",
        "personnel",
        "financements",
        "reseaux",
        "instances",
        "partenaires",
    }
)


def build_tables(territory: Territory, years: tuple[int, ...], seed: int) -> Tables:
    """All tables of the records of a made-up service.

    The same seed gives the same tables; a theme draws from a generator of its own, so that a change in one leaves
    the others as they were.
    """
    streams = (
        np.random.Generator(np.random.PCG64(child))
        for child in np.random.SeedSequence(seed).spawn(32)
    )
    population = simulate(next(streams), territory.codes, years[0], years[-1])
    tables = _people_tables(next(streams), population, territory)
    tables |= followed(streams, population, territory, years)
    rng = next(streams)
    tables |= actions(rng, territory, years)
    tables["temps"] = time_entries(rng, territory, years)
    tables |= yearly_tables(next(streams), territory, years)
    tables["territoires"] = territories(next(streams), territory, years[0])
    tables["diagnostics"] = diagnostics(next(streams), territory, years)
    tables["demandes"] = requests(next(streams), population, territory, years)
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
    quartier = _one_of_each(
        [territory.quartiers.get(code, ("",)) for code in population.communes], ranks
    )
    return {
        "jeunes": jeunes.reset_index(names="personne").assign(
            quartier=np.where(ranks % 20 > 0, quartier, "")
        ),
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


def write_demo(
    out: Path, communes: int = 3, years: tuple[int, ...] = (2021, 2022, 2023), seed: int = 2023
) -> None:
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
    template = jinja2.Template(
        given_text("service.yml.j2"), keep_trailing_newline=True, trim_blocks=True
    )
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
        year = (
            frame["annee_naissance"]
            .astype(str)
            .where(frame["annee_naissance"] > 0, "")
            .to_numpy(dtype=object)
        )
        frame = frame.assign(
            date_naissance=np.where(frame["naissance"].isna(), year, _text(frame["naissance"]))
        )
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

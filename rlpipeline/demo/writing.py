"""Every table of the records from the people and what the service does in its years, and the files.

There is one CSV file a table, the settings, and what it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

from rlpipeline.demo.people import (
    AGES,
    COMMUNES,
    Array,
    Caseload,
    Rng,
    Tables,
    Territory,
    about,
    band_of,
    fictitious_territory,
    first_day,
    followed,
    generator,
    given_table,
    given_text,
    happens,
    last_day,
    simulate,
    some_days,
    some_of,
    stacked,
    working_days,
)
from rlpipeline.records.tables import CRENEAUX, ORIGINES, TABLES, Contract

USUAL_ENTRY = 8  # half-hours of working time: entries are drawn around it
LONGEST_DAY, ONLINE_HOURS = 10, 52
OWN_SHARE = {"formation": 1.0, "ecrits_professionnels": 0.6, "partenariat": 0.25}
"""Activities that the service does for itself, in whole or in part."""
REQUESTS_PER_COMMUNE = {"refusee": 4.5, "reorientee": 3.0, "en_attente": 2.0}
SHARES_OF_REQUESTS = (0.2, 0.5, 0.14, 0.08, 0.05, 0.03)
"""Of each band of ages, then of those whose age is not known."""
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
    parts = list[pd.DataFrame]()
    for year in years:
        budgets = _budgets(rng, territory)
        parts += [_entries(rng, year, territory, budget) for budget in budgets]
    educator = territory.everyone[0]
    parts += [_online(year, educator) for year in years]
    frame = stacked(parts)
    if len(years) > 1:
        first = frame.index[frame["activite"] == "partenariat"][:1]
        frame.loc[first, "heures"] = np.nan
    return frame.assign(date=_days_with_room(frame))


@dataclass(frozen=True)
class Budget:
    """What a year has for an activity, in half-hours, in a commune; in none, for the service itself."""

    commune: str
    activite: str
    half_hours: int


def _budgets(rng: Rng, territory: Territory) -> Iterator[Budget]:
    """Share the hours of a year between the service and its communes."""
    weights = rng.uniform(0.6, 1.4, len(territory.codes))
    scale = len(territory.codes) / COMMUNES
    for activite, hours in given_table("heures").itertuples(index=False):
        more_or_less = rng.uniform(0.93, 1.04)
        total = round(2 * float(hours) * scale * more_or_less)
        if activite == "travail_de_rue":
            total -= 2 * ONLINE_HOURS
        own = round(total * OWN_SHARE.get(activite, 0.0))
        yield Budget("", activite, own)
        shared = total - own
        exact = shared * weights / weights.sum()
        shares = np.floor(exact).astype(np.int64)
        shares[0] += shared - int(shares.sum())
        for code, share in zip(territory.codes, shares, strict=True):
            yield Budget(code, activite, int(share))


def _entries(rng: Rng, year: int, territory: Territory, budget: Budget) -> pd.DataFrame:
    """Draw the entries of an activity, about as long as each other."""
    half_hours = budget.half_hours
    many = -(-half_hours // USUAL_ENTRY)
    least = USUAL_ENTRY // 2 if many > 1 else 0
    # Whole numbers only: a draw from a distribution could differ by a hair from one machine to another.
    spare = half_hours - many * least
    placed = rng.integers(0, max(many, 1), spare)
    more = np.bincount(placed, minlength=many)[:many]
    days = rng.choice(working_days(year), many)
    frame = pd.DataFrame({"date": days})
    team = territory.educators.get(budget.commune, territory.everyone)
    frame["educateur"] = some_of(rng, team, frame)
    frame["commune"] = budget.commune
    frame["activite"] = budget.activite
    return frame.assign(heures=(least + more) / 2, en_ligne=False)


def _online(year: int, educator: str) -> pd.DataFrame:
    """Give one hour a week on social networks, counted in travail de rue."""
    days = working_days(year)
    evenly = np.linspace(0, len(days) - 1, ONLINE_HOURS)
    ranks = evenly.astype(np.int64)
    frame = pd.DataFrame({"date": days[ranks], "educateur": educator, "commune": ""})
    return frame.assign(activite="travail_de_rue", heures=1.0, en_ligne=True)


def _days_with_room(entries: pd.DataFrame) -> Array:
    """Move entries to the next day on which whoever worked has time left."""
    years = entries["date"].dt.year.unique()
    calendars = {year: working_days(year) for year in years}
    worked: dict[tuple[str, np.datetime64], float] = defaultdict(float)
    days: Array = entries["date"].to_numpy("M8[D]")
    hours_worked = entries["heures"].fillna(0)
    whose = zip(entries["educateur"], hours_worked, strict=True)
    for row, (educator, hours) in enumerate(whose):
        calendar = calendars[int(str(days[row])[:4])]
        first = int(np.searchsorted(calendar, days[row]))
        for day in chain(calendar[first:], calendar[:first]):
            if worked[educator, day] + hours <= LONGEST_DAY:
                days[row] = day
                break
        worked[educator, days[row]] += hours
    return days


def actions(rng: Rng, territory: Territory, years: tuple[int, ...]) -> Tables:
    """Group actions of each commune and year, and who took part: the tables ``actions`` and ``participations``."""
    given = given_table("actions_fictives")
    shares = given["categorie"].map({"action_collective": 0.6}).fillna(0.25)
    held: list[pd.DataFrame] = []
    attended: list[pd.DataFrame] = []
    for year, commune in product(years, territory.codes):
        rows = given[happens(rng, shares, given)]
        of_commune = _held(rng, rows, year, commune)
        held.append(of_commune)
        attended.append(_attended(rng, rows, of_commune["id_action"]))
    return {"actions": stacked(held), "participations": stacked(attended)}


def _held(rng: Rng, rows: pd.DataFrame, year: int, commune: str) -> pd.DataFrame:
    """Give the actions of a commune and year; those of local development have partners and funding."""
    named = enumerate(rows["categorie"], start=1)
    ids = [f"A{year}-{commune}-{SHORT[name]}{rank}" for rank, name in named]
    frame = rows[["categorie", "libelle", "unite"]].assign(id_action=ids, annee=year)
    is_local = frame["categorie"] == "developpement_social_local"
    partners = rng.integers(3, 17, len(rows))
    frame["commune"] = commune
    frame["seances"] = pd.to_numeric(rows["seances"])
    frame["nb_partenaires"] = np.where(is_local, partners, np.nan)
    return frame.assign(financements=np.where(is_local, "PV/Bailleurs", ""))


def _attended(rng: Rng, rows: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """Draw how many of each public took part in actions, around the numbers given."""
    numbers = rows[[*PUBLICS]].apply(pd.to_numeric, errors="coerce")
    means = numbers.to_numpy(dtype=np.float64)
    times = rng.uniform(0.3, 1.4, (len(rows), 1))
    counts = np.rint(means * times)
    repeated = ids.repeat(len(PUBLICS))
    frame = pd.DataFrame({"id_action": repeated})
    frame["public"] = [*PUBLICS] * len(rows)
    return frame.assign(nombre=counts.ravel())


def yearly_tables(rng: Rng, territory: Territory, years: tuple[int, ...]) -> Tables:
    """Tables personnel, financements, reseaux, instances, partenaires, to the size of the service."""
    tables, scale = Tables(), len(territory.codes) / COMMUNES
    for name in ("personnel", "financements", "reseaux", "instances", "partenaires"):
        given = _given_to_scale(name, scale)
        of_years = [given.assign(annee=year) for year in years]
        parts = [_spread(rng, rows) for rows in of_years]
        tables[name] = stacked(parts)
    return tables


def _given_to_scale(name: str, scale: float) -> pd.DataFrame:
    """Read the rows of a file that are for made-up services, posts and amounts to their size."""
    given = given_table(name)
    if "usage" in given:
        is_for_made_up = given["usage"].isin({"tous", "fictif"})
        given = given[is_for_made_up].drop(columns="usage")
    for column in given.columns.intersection(["etp", "montant_eur"]):
        numbers = pd.to_numeric(given[column])
        given[column] = (numbers * scale).round(2)
    return given


def _spread(rng: Rng, rows: pd.DataFrame) -> pd.DataFrame:
    """Draw the numbers of a year around those given."""
    for column, (low, step) in SPREAD.items():
        if column in rows:
            numbers = pd.to_numeric(rows[column])
            values = numbers.to_numpy(dtype=np.float64)
            drawn = values * rng.uniform(low, 1.05, len(values))
            rows[column] = step * np.rint(drawn / step)
    return rows


def territories(rng: Rng, territory: Territory, first: int) -> pd.DataFrame:
    """Made-up socio-economic values, of a vintage two years before the first."""
    given = given_table("territoires")
    given = given.assign(valeur=pd.to_numeric(given["valeur"]))
    of_commune = given[given["territoire"] == "62215"]
    of_district = given[given["type"] == "qpv"]
    around = given[given["type"] == "epci"]
    districts = [district[:2] for district in territory.qpv]
    places = [(around, *territory.epci)]
    places += [(of_commune, *commune) for commune in territory.communes]
    places += [(of_district, *district) for district in districts]
    rows = [like.assign(territoire=code, libelle=name) for like, code, name in places]
    frame = stacked(rows)
    times = rng.uniform(0.6, 1.5, len(frame))
    values = frame["valeur"].to_numpy() * times
    shares = np.round(np.minimum(values, 95.0), 1)
    is_share = frame["unite"] == "%"
    near = np.where(is_share, shares, np.rint(values))
    return frame.assign(valeur=near, source="valeur fictive de démonstration", millesime=first - 2)


def diagnostics(rng: Rng, territory: Territory, years: tuple[int, ...]) -> pd.DataFrame:
    """Notes from 1 to 5 of every neighbourhood, a few not given; they drift from one year to the next."""
    named = pd.Series(territory.quartiers, name="quartier").explode()
    grid = named.rename_axis("commune").reset_index()
    grid = grid.merge(given_table("diagnostics"), how="cross")
    level = grid.pop("niveau").astype(float).to_numpy()
    note = level + rng.integers(-1, 2, len(grid))
    parts = []
    for year in years:
        drift = rng.choice([-1, 0, 0, 1], len(grid))
        note = np.clip(note + drift, 1, 5)
        is_missing = happens(rng, 0.03, grid)
        given = np.where(is_missing, np.nan, note)
        comment = np.where(np.isnan(given), "Non évalué cette année", "")
        of_year = grid.assign(annee=year, note=given)
        parts.append(of_year.assign(commentaire=comment))
    return stacked(parts)


def requests(
    rng: Rng, population: Caseload, territory: Territory, years: tuple[int, ...]
) -> pd.DataFrame:
    """Requests for a follow-up: one for each PAEI that begins, and those refused, sent elsewhere or waiting."""
    fields = given_table("demandes").groupby("champ", sort=False)
    texts = fields["valeur"].agg(list)
    parts = [_accepted(rng, population, year) for year in years]
    for year, suite in product(years, REQUESTS_PER_COMMUNE):
        parts.append(_others(rng, territory, year, suite))
    frame = stacked(parts)
    frame["origine"] = some_of(rng, texts["origine"], frame)
    frame["motif"] = ""
    for suite in ("refusee", "reorientee"):
        rows = frame["suite"] == suite
        reasons = some_of(rng, texts[f"motif_{suite}"], frame[rows])
        frame.loc[rows, "motif"] = reasons
    return frame


def _accepted(rng: Rng, population: Caseload, year: int) -> pd.DataFrame:
    """Give a request for each PAEI that begins, some days before it, in the same year."""
    suivis = population.suivis
    of_year = suivis[suivis["debut"].dt.year == year]
    begun = of_year[of_year["statut"] == "PAEI"]
    people = begun["personne"].to_numpy()
    before = some_days(rng, 0, 25, begun)
    asked = begun["debut"].to_numpy("M8[D]") - before
    asked = np.maximum(asked, first_day(year))
    frame = pd.DataFrame({"date": asked})
    frame["commune"] = population.communes[people]
    bands = band_of(population.ages(people, year))
    frame["tranche_age"] = np.array(AGES, dtype=object)[bands]
    return frame.assign(suite="acceptee")


def _others(rng: Rng, territory: Territory, year: int, suite: str) -> pd.DataFrame:
    """Draw the requests of a year that were not accepted; those that wait are of its last months."""
    codes = np.array(territory.codes, dtype=object)
    means = np.full(len(codes), REQUESTS_PER_COMMUNE[suite])
    counts = about(rng, means)
    communes = np.repeat(codes, counts)
    frame = pd.DataFrame({"commune": communes})
    frame["tranche_age"] = some_of(rng, [*AGES, ""], frame, SHARES_OF_REQUESTS)
    late = 120 if suite == "en_attente" else 365
    date = last_day(year) - some_days(rng, 0, late, frame)
    return frame.assign(date=date, suite=suite)


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
    seeds = np.random.SeedSequence(seed).spawn(32)
    streams = map(generator, seeds)
    first, last = years[0], years[-1]
    population = simulate(next(streams), territory.codes, first, last)
    tables = _people_tables(next(streams), population, territory)
    tables |= followed(streams, population, territory, years)
    rng = next(streams)
    tables |= actions(rng, territory, years)
    tables["temps"] = time_entries(rng, territory, years)
    tables |= yearly_tables(next(streams), territory, years)
    tables["territoires"] = territories(next(streams), territory, first)
    tables["diagnostics"] = diagnostics(next(streams), territory, years)
    tables["demandes"] = requests(next(streams), population, territory, years)
    _add_optional_columns(next(streams), tables, territory)
    begun = population.suivis["debut"].to_numpy("M8[D]")
    _identify(tables, "personne", "id_jeune", _numbered("J", population.contacts))
    _identify(tables, "suivi", "id_suivi", _numbered("S", begun))
    return tables


def _identify(tables: Tables, ranks: str, column: str, ids: Array) -> None:
    """Write the identifiers of rows that have a rank."""
    for frame in tables.values():
        if ranks in frame:
            frame[column] = ids[frame[ranks].to_numpy()]


def _people_tables(rng: Rng, population: Caseload, territory: Territory) -> Tables:
    """Give the young people with a neighbourhood, save one in twenty, and the follow-ups with an educator."""
    jeunes, suivis = population.jeunes, population.suivis
    homes = population.communes[suivis["personne"].to_numpy()]
    teams = [territory.educators.get(code, territory.everyone) for code in homes]
    turns = rng.integers(0, 10**6, len(suivis))
    educateur = _one_of_each(teams, turns)
    ranks = rng.integers(0, 10**6, len(jeunes))
    there = [territory.quartiers.get(code, ("",)) for code in population.communes]
    homes_of_all = _one_of_each(there, ranks)
    quartier = np.where(ranks % 20 > 0, homes_of_all, "")
    jeunes = jeunes.reset_index(names="personne").assign(quartier=quartier)
    suivis = suivis.reset_index(names="suivi").assign(educateur=educateur)
    return {"jeunes": jeunes, "suivis": suivis}


def _one_of_each(choices: Sequence[Sequence[str]], ranks: Array) -> list[str]:
    """Give of each choice the one at a rank, counted round and round."""
    drawn = zip(choices, ranks, strict=True)
    return [names[int(rank) % len(names)] for names, rank in drawn]


def _add_optional_columns(rng: Rng, tables: Tables, territory: Territory) -> None:
    """Draw what a service may leave out: how it met somebody, who lives in a district, when hours were worked."""
    people, entries = tables["jeunes"], tables["temps"]
    with_district = [commune for _, _, commune in territory.qpv]
    people["origine"] = some_of(rng, [*ORIGINES, ""], people)
    is_near = people["commune"].isin(with_district)
    lives_there = is_near & happens(rng, 0.5, people)
    people["qpv"] = np.where(lives_there, "oui", "non")
    entries["creneau"] = some_of(rng, [*CRENEAUX, ""], entries)


def _numbered(letter: str, days: Array) -> Array:
    """Give identifiers in the order of days."""
    width = max(4, len(str(len(days))))
    ranks = pd.Series(days).rank(method="first").astype(int)
    names = [f"{letter}{rank:0{width}d}" for rank in ranks]
    return np.array(names, dtype=object)


def write_demo(
    out: Path, communes: int = 3, years: tuple[int, ...] = (2021, 2022, 2023), seed: int = 2023
) -> None:
    """Write a made-up service: same arguments, same bytes. UsageError beyond a thousand communes.

    ``out/source``: ``<table>.csv`` for every table, UTF-8, comma, ISO dates, decimal points, and ``LISEZMOI.md``:
    nobody in the records exists; ``out/params``: ``service.yml`` and one ``<year>/rapport.yml`` a year.
    """
    years = tuple(sorted({*years}))
    territory = fictitious_territory(communes, seed)
    tables = build_tables(territory, years, seed)
    files = {f"source/{table.name}.csv": _csv(table, tables[table.name]) for table in TABLES}
    read_me = given_text("lisezmoi.md")
    read_me = read_me.replace("{communes}", str(len(territory.codes)))
    listed = ", ".join(map(str, years))
    files["source/LISEZMOI.md"] = read_me.replace("{annees}", listed)
    written = given_text("service.yml.j2")
    template = jinja2.Template(written, keep_trailing_newline=True, trim_blocks=True)
    files["params/service.yml"] = template.render(territory=territory)
    for year in years:
        title = f"Rapport d'activité de l'année {year} du {territory.nom}"
        report = f'titre: "{title}"\nstatut: brouillon\ndonnees_arretees_au: {year + 1}-01-31\n'
        files[f"params/{year}/rapport.yml"] = report
    for path, text in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(text.encode("utf-8"))


def _csv(table: Contract, frame: pd.DataFrame) -> str:
    """Write a table as its file."""
    name = table.name
    columns = [column.name for column in table.columns]
    if name == "jeunes":  # the date of birth, else the year, else nothing
        born = _text(frame["annee_naissance"].replace(0, np.nan))
        full = _text(frame["naissance"])
        known = np.where(full == "", born, full)
        frame = frame.assign(date_naissance=known)
    if name == "suivis":
        frame = frame.rename(columns=RENAMED)
    there = [column for column in columns if column in frame]
    texts = {column: _text(frame[column]) for column in there}
    text = pd.DataFrame(texts, index=frame.index)
    text = text.reindex(columns=columns, fill_value="")
    if name == "participations":
        text = text.replace({"nombre": {"": "NC"}})
    if name not in UNSORTED:
        text = text.sort_values(SORTED_BY.get(name, columns), kind="stable")
    return text.to_csv(index=False, lineterminator="\n")


def _text(column: pd.Series) -> Array:
    """Write the values of a column as a file has them, nothing where one is missing."""
    if column.dtype.kind == "b":
        return np.where(column, "oui", "non")
    if column.dtype.kind == "M":
        written = column.dt.strftime("%Y-%m-%d")
    elif column.dtype.kind == "f":
        written = column.map("{:.15g}".format, na_action="ignore")
    else:
        written = column
    text = written.astype(object).where(column.notna(), "")
    return np.asarray(text)

"""Faults of data entry as services make them, drawn without the rules, and the code that is told of each.

Each is what is done to rows of a folder of records, read as rows of text, changed and written back.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

Row = dict[str, str]
Thing = TypeVar("Thing")

# The column that dates the rows of a table, where it is not `annee`.
WHEN = {"jeunes": "premier_contact", "suivis": "date_debut", "territoires": "millesime"}
WHEN |= dict.fromkeys(("orientations", "presences", "temps", "demandes"), "date")
OF_FOLLOWUPS = ("problematiques", "orientations")
OF_PEOPLE = ("situations", "co_accompagnements", "presences")


class NotHereError(Exception):
    """The source is too small for this change: one commune, no such row."""


class Source:
    """The tables of a folder of CSV files; `year` is the latest, `previous` the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tables, self.columns = (
            folder,
            dict[str, list[Row]](),
            dict[str, list[str]](),
        )
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                self.tables[path.stem] = list(reader)
                self.columns[path.stem] = list(reader.fieldnames or [])
        self._before = {table: [dict(row) for row in rows] for table, rows in self.tables.items()}
        self.year = max(row["date"][:4] for row in self.tables["temps"])
        self.previous = str(int(self.year) - 1)

    def communes(self, least: int = 2) -> list[str]:
        return filled(sorted({row["commune"] for row in self.tables["temps"]} - {""}), least)

    def dated(self, table: str, row: Row) -> str:
        return row[WHEN.get(table, "annee")]

    def of(self, table: str, year: str = "", **values: str) -> list[Row]:
        """The rows of a table in a year (the latest, unless said) that have these values; never none."""
        year, rows = year or self.year, self.tables[table]
        if table == "participations":
            actions = {row["id_action"] for row in self.of("actions", year)}
            rows = [row for row in rows if row["id_action"] in actions]
        else:
            rows = [row for row in rows if self.dated(table, row).startswith(year)]
        return filled(
            [row for row in rows if all(row[column] == value for column, value in values.items())]
        )

    def remove(self, table: str, removed: list[Row]) -> None:
        """Take rows out, and the rows of other tables that are about them."""
        gone = {id(row) for row in removed}
        self.tables[table] = [row for row in self.tables[table] if id(row) not in gone]
        about = {
            "jeunes": ("suivis", *OF_PEOPLE),
            "suivis": OF_FOLLOWUPS,
            "actions": ("participations",),
        }
        key = self.columns[table][0]
        keys = {row[key] for row in removed}
        for other in about.get(table, ()):
            self.remove(other, [row for row in self.tables[other] if row[key] in keys])

    def next_id(self, table: str) -> str:
        """The identifier that follows the last of jeunes or suivis."""
        key = self.columns[table][0]
        return f"{key[3].upper()}{max(int(row[key][1:]) for row in self.tables[table]) + 1:04d}"

    def copy_people(self, people: list[Row], change: Callable[[Row], Row]) -> None:
        """Other persons with all that is written of these; `change` gives the cells of jeunes that differ."""
        ids, cases = dict[str, str](), dict[str, str]()
        for row in people:
            ids[row["id_jeune"]] = self.next_id("jeunes")
            self.tables["jeunes"].append(row | change(row) | {"id_jeune": ids[row["id_jeune"]]})
        for row in [row for row in self.tables["suivis"] if row["id_jeune"] in ids]:
            cases[row["id_suivi"]] = self.next_id("suivis")
            self.tables["suivis"].append(
                row | {"id_suivi": cases[row["id_suivi"]], "id_jeune": ids[row["id_jeune"]]}
            )
        for tables, key, known in ((OF_FOLLOWUPS, "id_suivi", cases), (OF_PEOPLE, "id_jeune", ids)):
            for table in tables:
                rows = self.tables[table]
                rows += [row | {key: known[row[key]]} for row in rows if row[key] in known]

    def save(self) -> frozenset[str]:
        """Write the tables that changed, and name them."""
        changed = frozenset(
            table for table, rows in self.tables.items() if rows != self._before[table]
        )
        for table in changed:
            with (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, self.columns[table], lineterminator="\n")
                writer.writeheader()
                writer.writerows(self.tables[table])
        return changed


def filled(things: list[Thing], least: int = 1) -> list[Thing]:
    if len(things) < least:
        raise NotHereError
    return things


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def in_year(day: str, year: str) -> str:
    return year + day[4:].replace("-02-29", "-02-28")


def some(draw: Random, rows: list[Row], share: float, least: int = 3) -> list[Row]:
    """A share of the rows, at least so many, in their order."""
    kept = min(len(rows), max(least, round(share * len(rows))))
    return [rows[place] for place in sorted(draw.sample(range(len(rows)), kept))]


def any_of(draw: Random, rows: list[Row], column: str) -> list[Row]:
    """All the rows that share one value of a column, drawn among those it has."""
    value = draw.choice(sorted({row[column] for row in rows if row[column]}))
    return [row for row in rows if row[column] == value]


Pick = Callable[[Source, Random], list[Row]]
Change = Callable[[Source, Random], None]


# The rows that a fault touches: always of the latest year
def year_of(table: str, **values: str) -> Pick:
    return lambda source, draw: source.of(table, **values)


def one_of(table: str, column: str) -> Pick:
    return lambda source, draw: any_of(draw, source.of(table), column)


def where(pick: Pick, test: Callable[[Row], bool]) -> Pick:
    return lambda source, draw: filled([row for row in pick(source, draw) if test(row)])


def having(pick: Pick, column: str) -> Pick:
    return where(pick, lambda row: row[column] != "")


def all_of(table: str) -> Pick:
    return lambda source, draw: filled(source.tables[table])


def part(pick: Pick, share: float, least: int = 3) -> Pick:
    return lambda source, draw: some(draw, pick(source, draw), share, least)


def months(pick: Pick, first: int, last: int) -> Pick:
    """The rows of these months, both in; by the date that stands first in the row of a young person or a day."""

    def picked(source: Source, draw: Random) -> list[Row]:
        rows = pick(source, draw)
        column = next(
            column for column in ("date", "premier_contact", "date_debut") if column in rows[0]
        )
        return filled([row for row in rows if first <= int(row[column][5:7]) <= last])

    return picked


def month(pick: Pick) -> Pick:
    def picked(source: Source, draw: Random) -> list[Row]:
        drawn = draw.randint(2, 11)
        return months(pick, drawn, drawn)(source, draw)

    return picked


def closed(source: Source, draw: Random) -> list[Row]:
    return filled(
        [row for row in source.tables["suivis"] if row["date_fin"].startswith(source.year)]
    )


# What a fault does to them
def put(pick: Pick, **cells: str | Callable[[Row], str]) -> Change:
    """Write cells of every row; "*" is the first row's that has one (filled down), {year} the latest year."""

    def change(source: Source, draw: Random) -> None:
        rows = pick(source, draw)
        for column, cell in cells.items():
            first = next((row[column] for row in rows if row.get(column)), "")
            for row in filled([row for row in rows if column in row]):
                row[column] = (
                    cell(row)
                    if callable(cell)
                    else first
                    if cell == "*"
                    else cell.format(year=source.year)
                )

    return change


def first_commune(pick: Pick) -> Change:
    return lambda source, draw: put(pick, commune=source.communes()[0])(source, draw)


def scaled(pick: Pick, factor: float, column: str) -> Change:
    return put(
        pick, **{column: lambda row: number(float(row[column]) * factor) if row[column] else ""}
    )


def swapped(pick: Pick, left: str, right: str) -> Change:
    def change(source: Source, draw: Random) -> None:
        for row in pick(source, draw):
            row[left], row[right] = row[right], row[left]

    return change


def doubled(table: str, pick: Pick, **cells: Callable[[Row], str]) -> Change:
    """The same rows once more at the end of the table, with these cells otherwise."""

    def change(source: Source, draw: Random) -> None:
        copies = [
            row | {column: cell(row) for column, cell in cells.items()}
            for row in pick(source, draw)
        ]
        source.tables[table] += copies

    return change


def missing(table: str, pick: Pick) -> Change:
    return lambda source, draw: source.remove(table, pick(source, draw))


def two_exchanged(pick: Pick) -> Change:
    """The communes that have the most and the fewest of the rows take each other's."""

    def change(source: Source, draw: Random) -> None:
        rows = pick(source, draw)
        most = sorted(
            source.communes(), key=lambda commune: sum(row["commune"] == commune for row in rows)
        )
        other = {most[0]: most[-1], most[-1]: most[0]}
        put(
            lambda source, draw: rows, commune=lambda row: other.get(row["commune"], row["commune"])
        )(source, draw)

    return change


# The cells it writes


def moved(column: str, years: int) -> Callable[[Row], str]:
    """The date or the year of a row, so many years later."""
    return lambda row: in_year(row[column], str(int(row[column][:4]) + years))


# The catalogue
@dataclass(frozen=True)
class Fault:
    """What is done to a source, and the code that must be told of it."""

    code: str
    description: str
    change: Change


def plant(wrong: Fault, folder: Path, seed: int) -> frozenset[str] | None:
    """Plant a fault in a folder: the tables that changed, None where the source is too small to have it."""
    source = Source(folder)
    try:
        wrong.change(source, Random(f"{wrong.description} {seed}"))
    except NotHereError:
        return None
    return source.save() or None


def march_for_april(source: Source, draw: Random) -> None:
    source.remove("temps", months(time, 4, 4)(source, draw))
    march = where(months(time, 3, 3), lambda row: row["date"][8:] != "31")
    doubled("temps", march, date=lambda row: row["date"].replace("-03-", "-04-"))(source, draw)


def another_status(source: Source, draw: Random) -> None:
    people = {row["id_jeune"]: row for row in source.tables["jeunes"]}
    known = {row["id_jeune"] for row in source.tables["suivis"] if row["statut"] != "PAEI"}
    for row in where(year_of("suivis", statut="PAEI"), lambda row: row["id_jeune"] in known)(
        source, draw
    ):
        copy = people[row["id_jeune"]] | {
            "id_jeune": source.next_id("jeunes"),
            "premier_contact": row["date_debut"],
        }
        source.tables["jeunes"].append(copy)
        row["id_jeune"] = copy["id_jeune"]


def a_day_after_leaving(source: Source, draw: Random) -> None:
    rows = one_educator(source, draw)
    source.remove("temps", [row for row in rows if "-02-28" < row["date"][4:] != "-09-15"])
    source.tables["temps"].append(rows[0] | {"date": f"{source.year}-09-15"})


time, one_educator = year_of("temps"), one_of("temps", "educateur")
new, started = year_of("jeunes"), year_of("suivis")
present, asked = year_of("presences"), year_of("demandes")
situated, noted = year_of("situations"), year_of("problematiques")
acted, counted = year_of("actions"), year_of("participations")
money, networks, bodies = year_of("financements"), year_of("reseaux"), year_of("instances")
full_births = where(new, lambda row: len(row["date_naissance"]) == 10)
begun_by_june = where(closed, lambda row: row["date_debut"] < row["date_fin"][:4] + "-06-30")
known_before = where(all_of("jeunes"), lambda row: row["premier_contact"] < "2023")

FAULTS = [
    Fault(code, description, change)
    for code, faults in {
        "P306": {
            "temps : une activité exportée en minutes": scaled(
                one_of("temps", "activite"), 60, "heures"
            )
        },
        "Q307": {
            "temps : un éducateur compte en jours": scaled(one_educator, 1 / 7, "heures"),
            "temps : un mois de l'équipe divisé par dix": scaled(month(time), 0.1, "heures"),
            "participations : l'année tapée pour un nombre": put(
                part(counted, 0, 1), nombre="{year}"
            ),
            "financements : montants en milliers d'euros": scaled(money, 0.001, "montant_eur"),
            "réseaux : heures en minutes": scaled(networks, 60, "heures"),
        },
        "Q611": {
            "jeunes : une naissance recopiée sur un mois": put(month(new), date_naissance="*"),
            "jeunes : premier contact des anciens à l'import": put(
                known_before, premier_contact="{year}-01-02"
            ),
            "suivis : toutes les clôtures au 30 juin": put(begun_by_june, date_fin="{year}-06-30"),
            "demandes : toutes saisies le 31 décembre": put(asked, date="{year}-12-31"),
        },
        "Q313": {
            "temps : une activité filtrée à l'export": missing(
                "temps", one_of("temps", "activite")
            ),
            "temps : « en ligne » coché toute l'année": put(time, en_ligne="oui"),
            "temps : tous dans la première commune": first_commune(time),
            "jeunes : tous les nouveaux dans la première commune": first_commune(new),
            "jeunes : sexe NR pour tous les nouveaux": put(new, sexe="NR"),
            "jeunes : un quartier recopié sur tous les nouveaux": put(new, quartier="*"),
            "suivis : tous les nouveaux en ACCROCHE": put(
                started, statut="ACCROCHE", motif_cloture=""
            ),
            "suivis : tous les nouveaux à l'éducateur qui saisit": put(started, educateur="*"),
            "situations : « école primaire » pour tous": put(situated, situation="ecole_primaire"),
            "problématiques : la même pour toute l'année": put(noted, problematique="*"),
            "demandes : les acceptées filtrées": missing(
                "demandes", year_of("demandes", suite="acceptee")
            ),
            "demandes : toutes « en attente »": put(asked, suite="en_attente"),
            "partenaires : un domaine recopié vers le bas": put(
                year_of("partenaires"), domaine="*"
            ),
            "diagnostics : 3 partout": put(year_of("diagnostics"), note="3"),
        },
        "P314": {
            "actions : séances et jours échangés": swapped(acted, "seances", "jours"),
            "demandes : origine et motif échangés": swapped(asked, "origine", "motif"),
            "réseaux : jeunes et heures échangés": swapped(networks, "jeunes", "heures"),
            "instances : instance et champ échangés": swapped(bodies, "instance", "champ"),
        },
        "Q315": {"temps : deux communes échangées": two_exchanged(time)},
        "Q407": {"jeunes : le passage en PAEI a créé une seconde personne": another_status},
        "Q408": {"temps : un jour d'un éducateur longtemps après son départ": a_day_after_leaving},
        "Q503": {
            "temps : un mois de l'équipe jamais importé": missing("temps", month(time)),
            "temps : le fichier s'arrête en octobre": missing("temps", months(time, 10, 12)),
            "temps : janvier daté de l'année d'avant": put(
                months(time, 1, 1), date=moved("date", -1)
            ),
            "présences : la fin de l'année n'est pas saisie": missing(
                "presences", months(present, 9, 12)
            ),
            "suivis : rien de commencé après septembre": missing("suivis", months(started, 10, 12)),
        },
        "Q607": {
            "jeunes : 40 % des nouveaux nés un 1er janvier": put(
                part(full_births, 0.4),
                date_naissance=lambda row: row["date_naissance"][:4] + "-01-01",
            ),
        },
        "P504": {"temps : la feuille de mars collée pour avril": march_for_april},
    }.items()
    for description, change in faults.items()
]

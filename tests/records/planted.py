"""Services of the demonstration moved to real communes, and the faults to plant in them that ``check`` tells."""

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rlpipeline.demo import write_demo

Tables = dict[str, list[dict[str, str]]]
Plant = Callable[[Tables, Random], int | None]
"""What changes the tables and gives the place of the row at fault, None where it is several."""
REAL = ("62215", "44184", "59512")
"""Carvin, Saint-Nazaire, Roubaix: communes with a postal code of their own."""
POSTAL = "62220"
"""Carvin's, and the INSEE code of another commune."""
YEAR = "2023"


@dataclass(frozen=True)
class Fault:
    """A kind of fault: the code that must be told, in a table."""

    name: str
    table: str
    code: str
    plant: Plant


def service_of(folder: Path, communes: int, seed: int) -> Tables:
    """Write a service's settings in ``folder/params`` and give its tables."""
    write_demo(folder, communes, (2022, 2023), seed)
    tables = moved(folder)
    shutil.rmtree(folder / "source")
    return tables


def moved(folder: Path) -> Tables:
    """Move the settings of a service of at most three communes to real ones, and give its tables, moved too."""
    settings = folder / "params/service.yml"
    text = settings.read_text("utf-8")
    codes = sorted(
        {
            row["commune"]
            for row in rows_of(folder / "source/jeunes.csv")
            if row["commune"] != "hors"
        }
    )
    tables = {path.stem: rows_of(path) for path in sorted((folder / "source").glob("*.csv"))}
    for old, new in zip(codes, REAL, strict=False):
        text = text.replace(f'"{old}"', f'"{new}"')
        for row in (row for rows in tables.values() for row in rows):
            row.update({name: new for name in ("commune", "territoire") if row.get(name) == old})
    settings.write_text(text, encoding="utf-8")
    return tables


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


def write_tables(tables: Tables, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return str(folder)


def copied(tables: Tables) -> Tables:
    return {name: [dict(row) for row in rows] for name, rows in tables.items()}


def add(tables: Tables, table: str, **cells: str) -> int:
    """Add a row like the last; the place of it."""
    tables[table].append(tables[table][-1] | cells)
    return len(tables[table]) - 1


def some(tables: Tables, table: str, draw: Random, **asked: str) -> int:
    """The place of a row where these columns hold these values; where a value is « * », anything."""
    fits = [
        place
        for place, row in enumerate(tables[table])
        if all(row[name] and value in ("*", row[name]) for name, value in asked.items())
    ]
    return draw.choice(fits)


WITHIN = "Total|TOTAL|Sous-total|Ensemble|TOTAL GÉNÉRAL|Total :|S/total|Total 2023|total|S.-T.|Récapitulatif|Ens."
ANYWHERE = ("Total", "TOTAL", "total")


def total(table: str, column: str, *labels: str) -> Fault:
    def plant(tables: Tables, draw: Random) -> int:
        # Other columns that tell rows apart stay those of a real row.
        return add(tables, table, **{column: draw.choice(labels or WITHIN.split("|"))})

    return Fault(f"total dans {table}.{column}", table, "E205", plant)


def cell(table: str, code: str, column: str, *values: str, **asked: str) -> Fault:
    """A value in a cell of some row."""

    def plant(tables: Tables, draw: Random) -> int:
        place = some(tables, table, draw, **(asked or {column: "*"}))
        tables[table][place][column] = draw.choice(values)
        return place

    return Fault(f"{code} : {values[0]} dans {table}.{column}", table, code, plant)


def twice(table: str) -> Fault:
    """One row entered twice."""

    def plant(tables: Tables, draw: Random) -> int:
        tables[table].append(dict(draw.choice(tables[table])))
        return len(tables[table]) - 1

    return Fault(f"ligne de {table} entrée deux fois", table, "P405", plant)


def pasted(table: str, identifier: str | None = None) -> Fault:
    """The whole table a second time, under other identifiers."""

    def plant(tables: Tables, draw: Random) -> None:
        other = {} if identifier is None else {identifier: "bis"}
        rows = tables[table]
        tables[table] = rows + [
            row | {name: f"{row[name]}-{mark}" for name, mark in other.items()} for row in rows
        ]

    return Fault(f"{table} collée deux fois", table, "P405", plant)


def respelt(table: str, column: str, *ways: Callable[[str], str]) -> Fault:
    """A name written otherwise in one row, where it stands in others too."""

    def plant(tables: Tables, draw: Random) -> int:
        names = [row[column] for row in tables[table]]
        often = [place for place, name in enumerate(names) if name and names.count(name) > 1]
        way, place = draw.choice(ways), draw.choice(often)
        changed = way(names[place])
        tables[table][place][column] = (
            changed if changed != names[place] else names[place].upper() + " "
        )
        if tables[table][place][column].strip() == names[place]:
            tables[table][place][column] = names[place].lower()
        return place

    return Fault(f"{table}.{column} écrit autrement", table, "P402", plant)


def _spaced(name: str) -> str:
    return name.replace("-", " ") if "-" in name else f"{name}."


def _short(name: str) -> str:
    """EDU-0001 as EDU-1, without zeros."""
    return name.replace("-0", "-").replace("-0", "-").replace("-0", "-")


def _kinds() -> Iterator[Fault]:
    for table, column in (
        *(
            ("financements", "financeur"),
            ("financements", "objet"),
            ("personnel", "poste"),
            ("instances", "instance"),
        ),
        *(
            ("instances", "champ"),
            ("reseaux", "nom"),
            ("partenaires", "nom"),
            ("actions", "libelle"),
        ),
        *(
            ("temps", "educateur"),
            ("presences", "lieu"),
            ("suivis", "educateur"),
            ("orientations", "partenaire"),
        ),
        *(
            ("demandes", "origine"),
            ("jeunes", "quartier"),
            ("diagnostics", "quartier"),
            ("territoires", "libelle"),
        ),
    ):
        yield total(table, column)
    for table, column in (
        *(
            ("actions", "commune"),
            ("temps", "commune"),
            ("demandes", "commune"),
            ("presences", "commune"),
        ),
        *(
            ("jeunes", "id_jeune"),
            ("jeunes", "commune"),
            ("suivis", "id_suivi"),
            ("situations", "situation"),
        ),
        *(
            ("participations", "public"),
            ("co_accompagnements", "partenaire"),
            ("problematiques", "problematique"),
        ),
        *(("financements", "annee"), ("temps", "date"), ("personnel", "categorie")),
    ):
        yield total(table, column, *ANYWHERE)
    yield total("personnel", "poste", "Total éducatif", "Sous-total direction")
    yield cell("jeunes", "P301", "date_naissance", "1970-05-17", "1955")
    for table, column in (("jeunes", "premier_contact"), ("suivis", "date_debut"), ("temps", "date"),
                          ("presences", "date"), ("demandes", "date"), ("orientations", "date")):  # fmt: skip
        ongoing = {"date_fin": ""} if table == "suivis" else {}
        yield (
            cell(table, "P302", column, "2062-03-04", "2032-11-30")
            if not ongoing
            else _future_follow_up()
        )
        yield cell(table, "P303", column, "1923-03-04", "1981-01-02")
    yield cell("temps", "P304", "heures", "35", "27,5")
    for table in (
        "financements",
        "personnel",
        "actions",
        "situations",
        "instances",
        "partenaires",
        "diagnostics",
    ):
        yield cell(table, "P308", "annee", "2062", "2032", annee=YEAR)
    yield from (
        twice(table)
        for table in ("financements", "instances", "reseaux", "partenaires", "presences")
    )
    for table in ("personnel", "demandes", "orientations", "temps", "problematiques"):
        yield pasted(table)
    yield from (pasted(*one) for one in (("jeunes", "id_jeune"), ("suivis", "id_suivi")))
    yield cell("financements", "P308", "annee", "2013", annee=YEAR)
    yield cell("financements", "P311", "montant_eur", "107.750", "7.500")
    yield cell("personnel", "P309", "etp_departement", "9,5", etp="*")
    yield cell("territoires", "P310", "valeur", "204", "-3", unite="%")
    yield from (
        cell(table, "E302", "educateur", "Sophie", "Martin Sophie") for table in ("temps", "suivis")
    )
    for table in ("temps", "suivis"):
        yield respelt(table, "educateur", str.lower, _short, _spaced)
    for table, column in (("financements", "financeur"), ("partenaires", "nom"), ("jeunes", "quartier"),
                          ("instances", "instance"), ("reseaux", "nom"), ("diagnostics", "quartier"),
                          ("orientations", "partenaire"), ("presences", "lieu")):  # fmt: skip
        yield respelt(table, column, str.upper, str.lower, _spaced)

    for table in ("jeunes", "temps", "demandes", "actions", "presences", "diagnostics"):
        yield _postal_code(table)
        yield cell(table, "E103", "commune", "44999", "44600", "Saint-Denis")
    for hours in ("2 h", "7h", "3,5 h", "1h05", "99999999999999999999"):
        yield cell("temps", "E106" if hours.isdigit() else "E101", "heures", hours)


def _postal_code(table: str) -> Fault:
    """The postal code of a commune in the place of its INSEE code."""

    def plant(tables: Tables, draw: Random) -> int:
        place = some(tables, table, draw, commune=REAL[0])
        tables[table][place]["commune"] = POSTAL
        return place

    return Fault(f"code postal dans {table}.commune", table, "P211", plant)


def _future_follow_up() -> Fault:
    def plant(tables: Tables, draw: Random) -> int:
        place = draw.choice(
            [place for place, row in enumerate(tables["suivis"]) if not row["date_fin"]]
        )
        tables["suivis"][place]["date_debut"] = "2062-03-04"
        return place

    return Fault("suivi à venir", "suivis", "P302", plant)


FAULTS = tuple(_kinds())

"""Services of the demonstration moved to real communes, and the faults to plant in them that ``check`` tells."""

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from rlpipeline.demo import write_demo
from rlpipeline.settings.models import default_problematiques

Row = dict[str, str]
Tables = dict[str, list[Row]]
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


def whole(name: str, table: str, code: str, change: Callable[[Tables, Random], object]) -> Fault:
    """A fault of many rows, told once."""

    def plant(tables: Tables, draw: Random) -> None:
        change(tables, draw)

    return Fault(name, table, code, plant)


def of_year(tables: Tables, table: str, column: str = "date", year: str = YEAR) -> list[Row]:
    return [row for row in tables[table] if row[column].startswith(year)]


def later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def _first_educator(tables: Tables) -> str:
    return min(row["educateur"] for row in tables["temps"])


def _month_again(days: int) -> Callable[[Tables, Random], None]:
    def change(tables: Tables, draw: Random) -> None:
        name = _first_educator(tables)
        march = of_year(tables, "temps", year=f"{YEAR}-03")
        rows = [row for row in march if row["educateur"] == name]
        tables["temps"] += [row | {"date": later(row["date"], days)} for row in rows]

    return change


def _year_again(tables: Tables, draw: Random) -> None:
    before = of_year(tables, "situations", "annee", "2022")
    tables["situations"] = before + [row | {"annee": YEAR} for row in before]


def _absence(tables: Tables, draw: Random) -> None:
    name, months = _first_educator(tables), (f"{YEAR}-04", f"{YEAR}-05", f"{YEAR}-06")
    tables["temps"] = [
        row
        for row in tables["temps"]
        if row["educateur"] != name or not row["date"].startswith(months)
    ]


def _departure(tables: Tables, draw: Random) -> None:
    name = _first_educator(tables)
    tables["temps"] = [
        row for row in tables["temps"] if row["educateur"] != name or row["date"] < f"{YEAR}-05"
    ]


def _stopped(tables: Tables, draw: Random) -> None:
    until = f"{YEAR}-01-31"
    for table in ("temps", "presences", "demandes", "orientations"):
        tables[table] = [row for row in tables[table] if row["date"] <= until]
    tables["jeunes"] = [row for row in tables["jeunes"] if row["premier_contact"] <= until]
    known = {row["id_jeune"] for row in tables["jeunes"]}
    rows = [row for row in tables["suivis"] if row["date_debut"] <= until]
    tables["suivis"] = [row for row in rows if row["id_jeune"] in known]
    for row in tables["suivis"]:
        if row["date_fin"] > until:
            row |= {"date_fin": "", "motif_cloture": ""}
    kept = {row["id_suivi"] for row in tables["suivis"]}
    for table, column, owned in (
        ("situations", "id_jeune", known), ("co_accompagnements", "id_jeune", known),
        ("presences", "id_jeune", known), ("problematiques", "id_suivi", kept),
        ("orientations", "id_suivi", kept),
    ):  # fmt: skip
        tables[table] = [row for row in tables[table] if row[column] in owned]


def filled_down(table: str, column: str, rows: int) -> Callable[[Tables, Random], None]:
    """The cell of a row that is not 0 copied on the rows below it, in the middle of the table."""

    def change(tables: Tables, draw: Random) -> None:
        start = len(tables[table]) // 3
        while tables[table][start][column] == "0":
            start += 1
        for row in tables[table][start : start + rows]:
            row[column] = tables[table][start][column]

    return change


def _a_day_too_early(tables: Tables, draw: Random) -> None:
    for row in tables["temps"]:
        row["date"] = later(row["date"], -1)


def _none_ended(tables: Tables, draw: Random) -> None:
    for row in tables["suivis"]:
        row |= {"date_fin": "", "motif_cloture": ""}


def _one_sex(tables: Tables, draw: Random) -> None:
    for row in tables["jeunes"]:
        row["sexe"] = "G" if row["sexe"] == "F" else row["sexe"]


def _only_open(tables: Tables, draw: Random) -> None:
    tables["presences"] = tables["presences"][:1]
    tables["suivis"] = [row for row in tables["suivis"] if not row["date_fin"]]
    kept = {row["id_suivi"] for row in tables["suivis"]}
    for table in ("problematiques", "orientations"):
        tables[table] = [row for row in tables[table] if row["id_suivi"] in kept]


def a_row_down(table: str, column: str) -> Callable[[Tables, Random], None]:
    """A column of the year pasted one row too low."""

    def change(tables: Tables, draw: Random) -> None:
        rows = of_year(tables, table, "annee")
        cells = [row[column] for row in rows]
        for row, cell in zip(rows, ["", *cells], strict=False):
            row[column] = cell

    return change


def _at_age(row: Row) -> str:
    age = int(YEAR) - int(row["date_naissance"][:4])
    names = {11: "ecole_primaire", 15: "college", 19: "lycee_general"}
    return next((name for least, name in names.items() if age < least), "recherche_emploi")


def _next_code(tables: Tables, draw: Random) -> None:
    codes = [code.code for family in default_problematiques() for code in family.codes]
    for row in of_year(tables, "problematiques", "annee"):
        row["problematique"] = codes[(codes.index(row["problematique"]) + 1) % len(codes)]


def _all_ended(tables: Tables, draw: Random) -> None:
    name, day = _first_educator(tables), f"{YEAR}-03-31"
    rows = [row for row in tables["suivis"] if row["educateur"] == name and not row["date_fin"]]
    rows = [row for row in rows if row["date_debut"] < day]
    for row in rows:
        row |= {"date_fin": day, "motif_cloture": "difficulte_mobilisation"}
    begun = {"date_debut": f"{YEAR}-04-15", "date_fin": "", "motif_cloture": ""}
    tables["suivis"] += [row | begun | {"id_suivi": f"{row['id_suivi']}-b"} for row in rows]


def _open_on_wednesdays(tables: Tables) -> None:
    """Drop-ins of one day a week: what a fault of dates is seen by."""
    for row in tables["presences"]:
        day = date.fromisoformat(row["date"])
        row["date"] = (day + timedelta(2 - day.weekday())).isoformat()


def _day_and_month(tables: Tables, draw: Random) -> None:
    _open_on_wednesdays(tables)
    for row in of_year(tables, "presences"):
        year, month, day = row["date"].split("-")
        row["date"] = f"{year}-{day}-{month}" if int(day) <= 12 else row["date"]


def _referrals_of_one(tables: Tables, draw: Random) -> None:
    """Every educator refers, and the export of the year has one alone."""
    suivis = {row["id_suivi"]: row for row in tables["suivis"] if row["statut"] == "PAEI"}
    years = {row["id_suivi"]: row["annee"] for row in tables["problematiques"]}
    noted = [(id, year) for id, year in years.items() if id in suivis]
    kept = _first_educator(tables)
    tables["orientations"] = [
        {"id_suivi": id, "date": f"{year}-12-01", "domaine": "loisirs", "partenaire": ""}
        for id, year in noted
        if year != YEAR or suivis[id]["educateur"] == kept
    ]


def _january_by_habit(tables: Tables, draw: Random) -> None:
    for row in of_year(tables, "presences"):
        if row["date"] < f"{YEAR}-03":
            row["date"] = f"2022{row['date'][4:]}"


def _closed_in_spring(tables: Tables, draw: Random) -> None:
    """Nothing from the middle of a month to that of another."""
    closed = (f"{YEAR}-03-14", f"{YEAR}-06-17")
    rows = tables["temps"]
    tables["temps"] = [row for row in rows if not closed[0] < row["date"] < closed[1]]


def _month_imported_twice(tables: Tables, draw: Random) -> None:
    again = [row for row in tables["temps"] if row["date"].startswith(f"{YEAR}-04")]
    tables["temps"] += copied({"temps": again})["temps"]


def _sheet_forgotten(tables: Tables, draw: Random) -> None:
    """No follow-up of the young people of a commune is in the export."""
    gone = {row["id_jeune"] for row in tables["jeunes"] if row["commune"] == REAL[1]}
    tables["suivis"] = [row for row in tables["suivis"] if row["id_jeune"] not in gone]
    kept = {row["id_suivi"] for row in tables["suivis"]}
    for table in ("problematiques", "orientations"):
        tables[table] = [row for row in tables[table] if row["id_suivi"] in kept]


def cut_short(table: str) -> Callable[[Tables, Random], None]:
    """Four rows in five of the year are not in the export."""

    def change(tables: Tables, draw: Random) -> None:
        rows = of_year(tables, table, "annee")
        lost = {id(row) for row in rows[len(rows) // 5 :]}
        tables[table] = [row for row in tables[table] if id(row) not in lost]

    return change


def by_default(table: str, column: str, when: str) -> Callable[[Tables, Random], None]:
    """One value for all rows of the year: that of the first."""

    def change(tables: Tables, draw: Random) -> None:
        rows = of_year(tables, table, when)
        for row in rows:
            row[column] = rows[0][column]

    return change


def _more_than_half(tables: Tables, draw: Random) -> None:
    """Two rows in three of a year have one value, here and there."""
    rows = of_year(tables, "problematiques", "annee")
    for row in draw.sample(rows, 2 * len(rows) // 3):
        row["problematique"] = rows[0]["problematique"]


def _activity_of_one(tables: Tables, draw: Random) -> None:
    """From May on, an educator's activity is that of the form."""
    name = _first_educator(tables)
    for row in of_year(tables, "temps"):
        if row["date"] >= f"{YEAR}-05" and row["educateur"] == name:
            row["activite"] = "travail_de_rue"


def _reasons_by_default(tables: Tables, draw: Random) -> None:
    for row in tables["suivis"]:
        if row["date_fin"].startswith(YEAR) and row["motif_cloture"]:
            row["motif_cloture"] = "difficulte_mobilisation"


def _posts_left_in(tables: Tables, draw: Random) -> None:
    """The posts of the year are there with those that left."""
    rows = of_year(tables, "personnel", "annee")
    more = [row | {"poste": f"{row['poste']} sortant"} for row in rows]
    tables["personnel"] += [row for row in more if row["categorie"] == "educatif"]


def _first_met_at_import(tables: Tables, draw: Random) -> None:
    for row in tables["jeunes"][::4]:
        row["premier_contact"] = f"{YEAR}-01-09"


def _births_sorted_in_part(tables: Tables, draw: Random) -> None:
    rows = tables["jeunes"][10:40]
    births = sorted(row["date_naissance"] for row in rows)
    for row, born in zip(rows, births, strict=True):
        row["date_naissance"] = born


def _one_sheet_for_two(tables: Tables, draw: Random) -> None:
    """The figures of a commune under the name of another too."""
    first, second = REAL[:2]
    rows = [row for row in tables["territoires"] if row["territoire"] != second]
    copies = [row | {"territoire": second} for row in rows if row["territoire"] == first]
    tables["territoires"] = rows + copies


def _a_day_too_early_of_one(tables: Tables, draw: Random) -> None:
    name = tables["temps"][0]["educateur"]
    for row in of_year(tables, "temps"):
        if row["educateur"] == name:
            row["date"] = later(row["date"], -1)


def _referrals_multiplied(tables: Tables, draw: Random) -> None:
    """Two contacts of each partner in the table that the export is joined to."""
    tables["orientations"] += [{**row} for row in of_year(tables, "orientations")]


def _of_whole_services() -> Iterator[Fault]:
    """Faults that change most of a service: each is planted alone."""
    yield whole("mois recopié le lendemain", "temps", "Q505", _month_again(1))
    yield whole("mois recopié la semaine d'après", "temps", "Q505", _month_again(7))
    yield whole("situations de l'année d'avant", "situations", "Q506", _year_again)
    yield whole("éducateur absent", "temps", "Q601", _absence)
    yield whole("éducateur parti", "suivis", "Q604", _departure)
    yield whole("export arrêté un jour", "temps", "Q510", _stopped)
    yield whole(
        "activité recopiée vers le bas", "temps", "Q317", filled_down("temps", "activite", 90)
    )
    yield whole("sexe recopié vers le bas", "jeunes", "Q317", filled_down("jeunes", "sexe", 90))
    yield whole("dates d'un jour trop tôt", "temps", "Q330", _a_day_too_early)
    yield whole("aucun suivi terminé", "suivis", "Q508", _none_ended)
    yield whole("suivis en cours seuls", "suivis", "Q509", _only_open)
    yield whole("colonne une ligne plus bas", "personnel", "P321", a_row_down("personnel", "etp"))
    yield whole("codes décalés dans la liste", "problematiques", "P325", _next_code)
    yield whole("suivis clos d'un bloc", "suivis", "Q329", _all_ended)
    yield whole("jour et mois inversés", "presences", "Q330", _day_and_month)
    yield whole("orientations d'un seul éducateur", "orientations", "Q605", _referrals_of_one)
    yield whole("janvier daté de l'année d'avant", "presences", "Q606", _january_by_habit)
    yield whole("fermeture au printemps", "temps", "Q503", _closed_in_spring)
    yield whole("un seul sexe", "jeunes", "Q602", _one_sex)
    yield whole("mois importé deux fois", "temps", "P405", _month_imported_twice)
    yield whole("suivis d'une commune oubliés", "suivis", "Q509", _sheet_forgotten)
    yield whole("situations coupées", "situations", "Q605", cut_short("situations"))
    yield whole("problématiques coupées", "problematiques", "Q605", cut_short("problematiques"))
    default = by_default("situations", "situation", "annee")
    yield whole("situation par défaut", "situations", "Q313", default)
    yield whole("code mis par défaut", "problematiques", "Q313", _more_than_half)
    yield whole("activité par défaut d'un éducateur", "temps", "Q317", _activity_of_one)
    yield whole("motif par défaut", "suivis", "Q313", _reasons_by_default)
    yield whole("postes restés", "personnel", "Q610", _posts_left_in)
    yield whole("date de l'import", "jeunes", "Q611", _first_met_at_import)
    yield whole("naissances triées en partie", "jeunes", "Q331", _births_sorted_in_part)
    yield whole("une feuille pour deux communes", "territoires", "P323", _one_sheet_for_two)
    yield whole("un éducateur à l'heure universelle", "temps", "Q330", _a_day_too_early_of_one)
    yield whole("orientations multipliées", "orientations", "P405", _referrals_multiplied)
    filled = filled_down("participations", "nombre", 30)
    yield whole("participants recopiés vers le bas", "participations", "Q317", filled)


WHOLE = tuple(_of_whole_services())
FAULTS = tuple(_kinds())

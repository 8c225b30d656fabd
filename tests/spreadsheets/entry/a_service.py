"""Two years of a made-up service of two communes, as its analyst types them in the entry workbook."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TypeAlias

Cell: TypeAlias = str | int | float | date | None
Rows: TypeAlias = list[list[Cell]]

YEARS = (2023, 2024)
CARVIN, OIGNIES = "62215", "62637"
YOUNG = 40
ACTIVITIES = ("travail_de_rue", "presence_sociale", "accompagnement_individuel", "action_collective", "partenariat")
SITUATIONS = ("college", "lycee_general", "lycee_professionnel", "descolarise", "recherche_emploi", "formation")
ISSUES = ("difficultes_educatives", "socialisation", "logement", "absenteisme", "inscription_insertion", "isolement")
DOMAINS = ("sociale_educative", "medicale", "scolaire_professionnelle", "juridique", "loisirs", "autres")
PARTNERS = ("education_nationale", "sante", "mission_locale", "ase")
BANDS = ("11_14", "15_18", "19_21", "familles")


def two_years() -> dict[str, Rows]:
    """Table name to its rows, cells in the order of the table's columns."""
    dice = Random(7)
    return {**_followed(dice), **_activity(dice), **_service(), **_territory(dice)}


def _followed(dice: Random) -> dict[str, Rows]:
    """The young people, their follow-ups and what is noted of them."""
    tables: dict[str, Rows] = {
        name: [] for name in ("jeunes", "suivis", "situations", "problematiques", "orientations", "co_accompagnements")
    }
    for number in range(1, YOUNG + 1):
        young, follow = f"J-{number:03}", f"S-{number:03}"
        first = date(2022, 9, 1) + timedelta(days=dice.randrange(700))
        born: Cell = f"15/0{dice.randrange(1, 10)}/{2024 - dice.randrange(12, 23)}" if number % 9 else 2007
        home = (CARVIN, CARVIN, OIGNIES, OIGNIES, "hors")[dice.randrange(5)]
        tables["jeunes"].append([young, "FG"[dice.randrange(2)], born, home, None, first])
        end = first + timedelta(days=dice.randrange(60, 400))
        ended = end < date(2024, 12, 31)
        status = ("PAEI", "PAEI", "PAEI", "ASEP", "ACCROCHE")[number % 5]
        reason = "orientation" if ended and status == "PAEI" else None
        educator = f"EDU-0{1 + number % 3}"
        tables["suivis"].append([follow, young, status, first, end if ended else None, reason, educator])
        last = min(end.year, 2024)
        for year in range(max(first.year, 2023), last + 1):
            tables["situations"].append([young, year, dice.choice(SITUATIONS), None])
            tables["problematiques"] += [[follow, year, code] for code in dice.sample(ISSUES, 2)]
            tables["co_accompagnements"].append([young, year, dice.choice(PARTNERS)])
        tables["orientations"].append([follow, first + timedelta(days=20), dice.choice(DOMAINS), None])
    return tables


def _activity(dice: Random) -> dict[str, Rows]:
    """What the team did: meetings, hours, group actions, requests."""
    tables: dict[str, Rows] = {name: [] for name in ("presences", "temps", "actions", "participations", "demandes")}
    for year in YEARS:
        for week in range(40):
            day = date(year, 1, 9) + timedelta(weeks=week)
            home = (CARVIN, OIGNIES)[week % 2]
            for young in dice.sample(range(1, YOUNG + 1), 2):
                tables["presences"].append([day, home, "Local du service", f"J-{young:03}"])
            hours: Cell = 2.5 + week % 3
            tables["temps"].append([day, f"EDU-0{1 + week % 3}", home, ACTIVITIES[week % 5], hours, "non"])
        tables["temps"].append([date(year, 3, 4), "EDU-02", None, "formation", "NC", None])
        for number, home in enumerate((CARVIN, OIGNIES, None), start=1):
            action, kind = f"A-{year}-{number}", ("action_collective", "parentalite", "partenariale")[number - 1]
            title = ("Chantier éducatif d'été", "Café des parents", "Forum des métiers")[number - 1]
            tables["actions"].append([action, year, home, kind, title, 6, 3, "CAF ; Ville", 2, None, "personnes"])
            tables["participations"] += [[action, band, 3 + dice.randrange(9)] for band in BANDS]
        for month in range(1, 9):
            tables["demandes"].append(
                [date(year, month, 12), (CARVIN, OIGNIES)[month % 2], "15_18", "Collège", "acceptee", None]
            )
    return tables


def _service() -> dict[str, Rows]:
    """What the service is: its posts, funders, networks and partners."""
    tables: dict[str, Rows] = {
        name: [] for name in ("personnel", "financements", "reseaux", "instances", "partenaires")
    }
    for year in YEARS:
        tables["personnel"].append([year, "direction_administration", "Chef de service", 1, 1, 0, None])
        tables["personnel"].append([year, "educatif", "Éducateur spécialisé", 3, 2, 1, None])
        tables["financements"].append([year, "Département du Pas-de-Calais", 180000, None])
        tables["financements"].append([year, "Communes", 60000.5, None])
        tables["reseaux"].append([year, "Réseau jeunesse", "Échanges", None, "oui", 12, 4, 10])
        tables["instances"].append([year, "CLSPD", "Prévention", 3])
        tables["partenaires"].append([year, "Centre social", "Loisirs"])
    return tables


def _territory(dice: Random) -> dict[str, Rows]:
    """What surrounds it: official figures, and the shared assessment of one neighbourhood."""
    names = ((CARVIN, "Carvin"), (OIGNIES, "Oignies"))
    figures: Rows = [
        [code, name, "commune", "population", 9000 + dice.randrange(9000), "habitants", 2021, "Insee"]
        for code, name in names
    ]
    notes: Rows = [[year, CARVIN, "Cité Saint-Éloi", "Logement", 3, None] for year in YEARS]
    return {"territoires": figures, "diagnostics": notes}


def texts(year: int) -> dict[str, str]:
    """What the analyst writes in three sections, every figure bound."""
    return {
        "edito": f'En {year}, l\'équipe a accompagné {{{{ chiffre("accompagnes", "total", "total") }}}} jeunes.\n',
        "accompagnes": 'Leur nombre est {{ tendance("accompagnes", "total", "total") }}.\n',
        "situations": 'Les collégiens en sont {{ part("situations", "college", "total") }}.\n',
    }

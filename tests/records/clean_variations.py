"""What happens in a service and is true: irregularities of clean records of which nobody should be warned."""

from collections.abc import Callable
from random import Random

from tests.records import blind_faults as entry
from tests.records.blind_faults import Change, Fault, Row, Source, having, part, put, some, year_of

born = having(year_of("jeunes"), "date_naissance")
_EVENT = {
    "moins_11": "62",
    "11_14": "118",
    "15_18": "81",
    "19_21": "24",
    "plus_21": "15",
    "familles": "47",
}


def before(source: Source, table: str) -> list[Row]:
    """The rows of the years before the latest."""
    return [row for row in source.tables[table] if source.dated(table, row) < source.year]


def fewer(share: float, *tables: str, past: bool = False) -> Change:
    """A share of the rows is not there: of the latest year, or of the years before it."""

    def change(source: Source, draw: Random) -> None:
        for table in tables:
            source.remove(
                table, some(draw, before(source, table) if past else source.of(table), share, 0)
            )

    return change


def another(table: str, **cells: str) -> Change:
    """One more row of the year, with these cells."""
    return lambda source, draw: source.tables[table].append(source.of(table)[0] | cells)


def new_commune(source: Source, draw: Random) -> None:
    commune = draw.choice(source.communes())
    for table in ("jeunes", "actions", "temps", "presences", "demandes", "diagnostics"):
        source.remove(table, [row for row in before(source, table) if row["commune"] == commune])


def summer(source: Source, draw: Random) -> None:
    for table in ("temps", "presences", "demandes"):
        rows = source.tables[table]
        source.remove(table, [row for row in rows if "08-01" <= row["date"][5:] <= "08-25"])


def new_educator(source: Source, draw: Random) -> None:
    names = entry.filled(sorted({row["educateur"] for row in source.tables["temps"]}), 2)
    name, *others = draw.sample(names, len(names))
    mine = [row for row in source.tables["temps"] if row["educateur"] == name]
    source.remove("temps", [row for row in mine if row["date"] < f"{source.year}-05-02"])
    for row in source.tables["suivis"]:
        if row["educateur"] == name and row["date_debut"] < f"{source.year}-05-02":
            row["educateur"] = draw.choice(others)


def big_event(source: Source, draw: Random) -> None:
    row = dict.fromkeys(source.columns["actions"], "") | {
        "id_action": f"A{source.year}-FETE",
        "annee": source.year,
    }
    row |= {
        "commune": draw.choice(source.communes(1)),
        "categorie": "developpement_social_local",
        "jours": "1",
    }
    source.tables["actions"].append(row | {"libelle": "Fête de fin d'année", "unite": "personnes"})
    for public, count in _EVENT.items():
        source.tables["participations"].append(
            {"id_action": row["id_action"], "public": public, "nombre": count}
        )


def few_people(source: Source, draw: Random) -> None:
    commune = draw.choice(source.communes())
    people = [row for row in source.tables["jeunes"] if row["commune"] == commune]
    source.remove("jeunes", draw.sample(people, max(0, len(people) - 4)))
    for table in ("temps", "demandes"):
        source.remove(
            table, some(draw, [r for r in source.tables[table] if r["commune"] == commune], 0.9)
        )


def relatives(
    source: Source, draw: Random, people: list[Row], change: Callable[[Row], Row]
) -> None:
    """Other persons first met with these, whose follow-ups end otherwise and of whom half as much is written."""
    own = {
        table: len(source.tables[table])
        for table in ("suivis", *entry.OF_FOLLOWUPS, *entry.OF_PEOPLE)
    }
    source.copy_people(people, change)
    for row in source.tables["suivis"][own.pop("suivis") :]:
        row["date_fin"] = row["date_fin"] and max(
            row["date_debut"], entry.later(row["date_fin"], -draw.randint(1, 20))
        )
    for table, size in own.items():
        source.remove(table, some(draw, source.tables[table][size:], 0.5, 0))


def twins(source: Source, draw: Random) -> None:
    full = [row for row in born(source, draw) if len(row["date_naissance"]) == 10]
    relatives(source, draw, some(draw, full, 0), lambda row: {"sexe": draw.choice("FG")})


def siblings(source: Source, draw: Random) -> None:
    def younger(row: Row) -> Row:
        return {
            "date_naissance": entry.in_year(
                row["date_naissance"], str(int(row["date_naissance"][:4]) + 3)
            )
        }

    teens = [
        row for row in born(source, draw) if row["date_naissance"] < str(int(source.year) - 13)
    ]
    relatives(
        source,
        draw,
        some(draw, [row for row in teens if len(row["date_naissance"]) == 10], 0, 4),
        younger,
    )


def school_class(source: Source, draw: Random) -> None:
    model = year_of("jeunes")(source, draw)[0] | {
        "commune": draw.choice(source.communes(1)),
        "quartier": "",
    }
    for _ in range(20):
        birth = f"{int(source.year) - draw.choice((13, 14))}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
        person = {
            "id_jeune": source.next_id("jeunes"),
            "sexe": draw.choice("FG"),
            "date_naissance": birth,
        }
        source.tables["jeunes"].append(model | person | {"premier_contact": f"{source.year}-03-14"})


def camp(source: Source, draw: Random) -> None:
    names = sorted({row["educateur"] for row in source.of("temps")})[:2]
    days = [f"{source.year}-07-{day:02d}" for day in range(8, 13)]
    away = {"activite": "action_collective", "heures": "12", "en_ligne": "non"}
    source.remove(
        "temps",
        [row for row in source.of("temps") if row["date"] in days and row["educateur"] in names],
    )
    for day in days:
        source.tables["temps"] += [
            source.of("temps")[0] | away | {"date": day, "educateur": name} for name in names
        ]


def school_end(source: Source, draw: Random) -> None:
    rows = [row for row in entry.closed(source, draw) if row["date_debut"] < f"{source.year}-07-01"]
    for row in some(draw, rows, 0.3):
        row["date_fin"] = f"{source.year}-07-{draw.randint(1, 5):02d}"


CHANGES: dict[str, Change] = {
    "une commune ouverte cette année : rien d'elle avant": new_commune,
    "une fermeture du 1er au 25 août, tous les ans": summer,
    "un éducateur arrivé en mai : ni heures ni suivis avant": new_educator,
    "un arrêt de quatre mois": entry.missing(
        "temps", entry.months(entry.one_of("temps", "educateur"), 3, 6)
    ),
    "une fête de quartier de 300 participants": big_event,
    "40 % de plus que les années d'avant": fewer(
        0.286, "jeunes", "temps", "demandes", "actions", past=True
    ),
    "une année calme, 35 % de moins": fewer(
        0.35, "jeunes", "temps", "presences", "demandes", "actions"
    ),
    "une année de reconstruction : trois actions sur quatre en moins": fewer(0.75, "actions"),
    "une commune de quatre jeunes, où l'on va peu": few_people,
    "trois fois des jumeaux, suivis ensemble": twins,
    "quatre fratries connues le même jour": siblings,
    "une classe de vingt jeunes connue le même jour": school_class,
    "la première année du diagnostic": fewer(1, "diagnostics", past=True),
    "la première année des demandes et des présences": fewer(1, "demandes", "presences", past=True),
    "un séjour de cinq jours, douze heures par jour, deux éducateurs": camp,
    "trois clôtures sur dix la première semaine de juillet": school_end,
    "un financeur nouveau et exceptionnel": another(
        "financements", financeur="Fondation", montant_eur="45000"
    ),
    "deux recrutements": another("personnel", categorie="educatif", poste="Médiateur", etp="2"),
    "un quart de la rue en ligne": put(
        part(year_of("temps", activite="travail_de_rue"), 0.25), en_ligne="oui"
    ),
    "un projet de filles : 4 garçons sur 10 de moins": put(
        part(year_of("jeunes", sexe="G"), 0.4), sexe="F"
    ),
    "un nouveau sur dix de naissance inconnue": put(
        part(year_of("jeunes"), 0.1), date_naissance=""
    ),
}
VARIATIONS = [Fault("", description, change) for description, change in CHANGES.items()]

"""A sheet a month."""

import datetime as dt

from made_up_service import (
    BANDS,
    EDUCATORS,
    GIRONDE,
    KINDS,
    LABELS,
    LOIRE,
    MONTHS,
    PHONE,
    SEINE,
    SEX_LETTERS,
    any_day,
    commune_words,
    people,
    person_cells,
    record_person,
)
from writing_layouts import Bad, Column, Layout, Raw, Sheet


def monthly_attendance_by_name() -> Layout:
    about = """Cahier de permanences des éducateurs, en xlsx : une feuille par mois, la liste des jeunes devant.
Date et lieu sont écrits une fois par permanence (cellules fusionnées), sans année : elle est dans le titre.
Les jeunes y sont par leur nom, écrit un peu autrement d'une feuille à l'autre (casse, espaces)."""
    layout = Layout("12-mois-permanences", about, "feuilles mensuelles", communes=GIRONDE, annee=2023)
    file, key = "Permanences 2023.xlsx", {"key": ["Nom", "Prénom"]}
    youths = Sheet(
        layout,
        file,
        "Jeunes",
        [
            Column("name", "Nom", "jeunes.id_jeune", rule=key),
            Column("first", "Prénom", "jeunes.id_jeune", rule=key),
            Column("sex", "S.", "jeunes.sexe", SEX_LETTERS),
            Column("birth", "DDN", "jeunes.date_naissance", dates=("date", "fr")),
            Column("commune", "Cne", "jeunes.commune", commune_words(GIRONDE)),
            Column("contact", "Vu la\n1re fois", "jeunes.premier_contact", dates=("date",)),
            Column("mother", "Tél. mère", PHONE),
        ],
    )
    group = people(layout.rng, 24, GIRONDE)
    group[2].birth = Bad("2009 ?", "année incertaine")
    for person in group:
        cells = person_cells(person)
        del cells["id"], cells["district"]
        youths.line(**cells, mother=person.phone)
        record_person(layout, person, district=False)
    for month, word in enumerate(MONTHS, start=1):
        sheet = Sheet(
            layout,
            file,
            word,
            [
                Column("day", "Date", "presences.date", dates=("jour",)),
                Column("place", "Lieu", "presences.lieu"),
                Column("commune", "Ville", "presences.commune", commune_words(GIRONDE)),
                Column("name", "Nom", "presences.id_jeune", rule=key),
                Column("first", "Prénom", "presences.id_jeune", rule=key),
            ],
            [f"PERMANENCES – {word.upper()} 2023", ""],
        )
        for number in (4, 11, 18, 25)[:3]:
            day, place, commune = (
                dt.date(2023, month, number),
                layout.rng.choice(("MJC", "Gymnase")),
                layout.rng.choice(GIRONDE),
            )
            present = layout.rng.sample(group, layout.rng.randrange(2, 6))
            for person in present:
                sheet.line(
                    day=day,
                    place=place,
                    commune=commune,
                    name=layout.rng.choice((person.name, person.name.upper())),
                    first=person.first,
                )
                layout.record("presences", date=day, commune=commune, lieu=place, id_jeune=person.id)
            for column in ("day", "place", "commune"):
                sheet.merge_down(column, len(present))
        sheet.other("total", "Total passages", None, None, len(sheet.grid.rows) - 3)
        layout.constant("presences.date (année)", "titre de la feuille", sheet=word, value=2023)
    layout.ask("« 04/01 » : de quelle année ?", 2023, column="Date")
    layout.ask("Un jeune est-il reconnu par ses nom et prénom ?", "oui", sheet="Jeunes", column="Nom")
    layout.ask("« M » dans « S. » : garçon ?", "G", sheet="Jeunes", column="S.")
    return layout


def monthly_sessions_by_age_and_sex() -> Layout:
    about = """Tableau mensuel des animations d'un club, en ods : une ligne par séance, comptée par âge et par sexe.
Les en-têtes sont sur deux lignes (la tranche au-dessus de F et G) ; total de ligne à droite, total du mois en bas.
Chaque séance est une action ; ce sont des présences, une séance sans comptage reste vide."""
    layout = Layout("13-mois-seances-age-sexe", about, "feuilles mensuelles", held_out=True, communes=SEINE, annee=2023)
    heads = {
        "moins_11": "< 11 ans",
        "11_14": "11-14 ans",
        "15_18": "15-18 ans",
        "19_21": "19-21 ans",
        "plus_21": "> 21 ans",
    }
    number = 0
    for month, word in enumerate(MONTHS[:3], start=1):
        sheet = Sheet(
            layout,
            "Animations.ods",
            f"{word} 23",
            [
                Column(
                    "day", "Date", "actions.annee", dates=("date", "fr"), rule={"actions.annee": "année de la date"}
                ),
                Column("label", "Animation", "actions.libelle"),
                Column("kind", "Type", "actions.categorie", KINDS),
                Column("commune", "Ville", "actions.commune", commune_words(SEINE)),
                *(
                    Column(
                        f"{band}{sex}",
                        (head, sex),
                        "participations.nombre",
                        rule={"participations.public": band, "sum_over": "F, G"},
                    )
                    for band, head in heads.items()
                    for sex in ("F", "G")
                ),
                Column("total", "Total", "ignored: total de la ligne"),
            ],
            [f"Animations de {word.lower()} 2023", ""],
        )
        for _ in range(9):
            number += 1
            day = any_day(layout.rng, dt.date(2023, month, 1), dt.date(2023, month, 28))
            label, kind = layout.rng.choice(LABELS), layout.rng.choice(list(KINDS))
            commune = layout.rng.choice(SEINE)
            counts: dict[str, object] = {}
            if number % 7:
                counts = {f"{band}{sex}": layout.rng.choice((0, 0, 1, 2, 4)) for band in BANDS for sex in ("F", "G")}
            total = sum(counts.values()) if counts else None
            if number == 12:
                counts["15_18F"] = Bad("bcp", "ce n'est pas un nombre")
            sheet.line(day=day, label=label, kind=kind, commune=commune, total=total, **counts)
            action = f"A{number:02}"
            layout.record(
                "actions",
                id_action=action,
                annee=2023,
                commune=commune,
                categorie=kind,
                libelle=label,
                unite="presences",
            )
            for band in BANDS:
                pair = [counts.get(f"{band}{sex}") for sex in ("F", "G")]
                known = all(isinstance(count, int) for count in pair)
                layout.record("participations", id_action=action, public=band, nombre=sum(pair) if known else None)
        sheet.total("Total du mois")
    layout.constant("actions.unite", "réponse", value="presences")
    layout.ask("Ces nombres sont-ils des personnes ou des présences ?", "presences", column="11-14 ans / F")
    layout.ask("Chaque ligne est-elle une action ?", "oui", column="Animation")
    layout.ask("Filles et garçons s'ajoutent-ils dans leur tranche ?", "oui", column="11-14 ans / F")
    layout.ask("« DSL » : quelle catégorie ?", "developpement_social_local", column="Type")
    return layout


def monthly_time_grid() -> Layout:
    about = """Feuilles de temps, en xlsx : une par mois, une ligne par jour et éducateur, une colonne par activité.
Une case vide veut dire qu'il n'y en a pas eu ; les heures sont des nombres, ou « 2h30 » ; totaux à droite et en bas.
Les éducateurs y sont par leur prénom et leur nom."""
    layout = Layout("14-mois-temps", about, "feuilles mensuelles", held_out=True, communes=LOIRE, annee=2023)
    names = {"SM": "Solène Maurin", "KD": "Karim Delourme", "JPL": "Jean-Paul Lestienne"}
    heads = {
        "travail_de_rue": "Trav. de rue",
        "presence_sociale": "Prés. sociale",
        "accompagnement_individuel": "Acc. indiv.",
        "action_collective": "Act. coll.",
        "ecrits_professionnels": "Écrits",
        "partenariat": "Partenariat",
    }
    for month, word in enumerate(MONTHS[:3], start=1):
        sheet = Sheet(
            layout,
            "Temps 2023.xlsx",
            word,
            [
                Column("day", "Jour", "temps.date", dates=("date",)),
                Column("who", "Éducateur", "temps.educateur", {initials: (name,) for initials, name in names.items()}),
                Column("commune", "Secteur", "temps.commune", commune_words(LOIRE)),
                *(
                    Column(code, ("Heures", head), "temps.heures", rule={"temps.activite": code, "empty": "no record"})
                    for code, head in heads.items()
                ),
                Column("total", ("Heures", "Total"), "ignored: total de la ligne"),
                Column("km", "Km", "ignored: aucune table"),
            ],
            [f"FEUILLE DE TEMPS – {word.upper()} 2023"],
        )
        for place in range(14):
            day, who = dt.date(2023, month, 2 + 2 * (place // 2)), layout.rng.choice(EDUCATORS)
            commune, shown, total = layout.rng.choice((*LOIRE, None)), {}, 0.0
            for code in layout.rng.sample(list(heads), layout.rng.randrange(1, 4)):
                hours: object = layout.rng.choice((1, 1.5, 2, 3.25, 2.5))
                total += hours
                shown[code] = Raw("2h30") if hours == 2.5 else hours
                if month == 2 and place == 6:
                    hours = shown[code] = Bad("matinée", "durée qui n'est pas un nombre")
                layout.record("temps", date=day, educateur=who, commune=commune, activite=code, heures=hours)
            sheet.line(day=day, who=who, commune=commune, **shown, total=total, km=layout.rng.choice((None, 12, 40)))
        sheet.total("TOTAL")
    layout.ask("« 2h30 » vaut-il 2,5 heures ?", "oui", column="Heures / Trav. de rue")
    layout.ask("Une case vide est-elle une absence d'activité ?", "oui", column="Heures / Trav. de rue")
    return layout


LAYOUTS = (monthly_attendance_by_name, monthly_sessions_by_age_and_sex, monthly_time_grid)

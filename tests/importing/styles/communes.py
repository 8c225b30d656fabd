"""A file or a sheet a commune."""

import datetime as dt

from made_up_service import (
    ADDRESS,
    BAND_WORDS,
    BANDS,
    COMMUNES,
    GIRONDE,
    NORD,
    OUTCOME_WORDS,
    REASON_WORDS,
    REMARKS,
    RHONE,
    SEX_LETTERS,
    SEX_WORDS,
    STATUS_WORDS,
    FollowUp,
    Person,
    any_day,
    follow_up_cells,
    people,
    person_cells,
    record_follow_up,
    record_person,
)
from writing_layouts import Bad, Column, Layout, Sheet


def one_paei(person: Person) -> FollowUp | None:
    return next((one for one in person.follow_ups if one.status == "PAEI"), None)


def a_file_a_commune() -> Layout:
    about = """Trois antennes, trois ordinateurs : un CSV par commune, que son nom de fichier seul nomme.
Mêmes renseignements, mais ni les mêmes en-têtes, ni le même ordre, ni le même encodage, ni le même séparateur.
Les numéros sont propres au service ; une antenne écrit « Garçon », une autre « H », la troisième « M »."""
    layout = Layout("18-communes-csv", about, "un fichier par commune", communes=NORD[:3], annee=2023)
    forms = {
        "carvin.csv": (
            "62215",
            ";",
            "cp1252",
            SEX_WORDS,
            ("fr",),
            ("N°", "Sexe", "Date de naissance", "Quartier", "1er contact", "Début PAEI", "Fin PAEI", "Motif"),
        ),
        "Oignies_2023.csv": (
            "62637",
            ",",
            "utf-8",
            {"F": ("F",), "G": ("H",), "NR": ("-",)},
            ("iso",),
            ("Num.", "Genre", "Naissance", "Qtier", "Prem. contact", "PAEI du", "PAEI au", "Motif clôture"),
        ),
        "export libercourt.csv": (
            "62907",
            "\t",
            "utf-8-sig",
            SEX_LETTERS,
            ("long", "fr"),
            ("Identifiant", "Sx", "Né(e) le", "Secteur", "Contact initial", "Entrée", "Sortie", "Motif sortie"),
        ),
    }
    for place, (file, (commune, separator, encoding, sex, dates, heads)) in enumerate(forms.items()):
        layout.csv_form(separator, encoding, file)
        columns = [
            Column("id", heads[0], "jeunes.id_jeune suivis.id_jeune"),
            Column("sex", heads[1], "jeunes.sexe", sex),
            Column("birth", heads[2], "jeunes.date_naissance", dates=dates),
            Column("district", heads[3], "jeunes.quartier"),
            Column("contact", heads[4], "jeunes.premier_contact", dates=dates),
            Column("start", heads[5], "suivis.date_debut", dates=dates, rule={"suivis.statut": "PAEI"}),
            Column("end", heads[6], "suivis.date_fin", dates=dates),
            Column("reason", heads[7], "suivis.motif_cloture", REASON_WORDS),
        ]
        if place == 1:
            columns = [columns[0], *columns[4:], *columns[1:4]]
        title = ["Antenne de Libercourt", ""] if place == 2 else []
        sheet = Sheet(layout, file, None, columns, title)
        group = people(layout.rng, 18, (commune,), first_id=100 * (place + 1))
        group[place + 3].birth = Bad(("12/2008", "2007-00-00", "3 févier 200")[place], "date incomplète ou illisible")
        for person in group:
            one = one_paei(person)
            cells = {
                key: value for key, value in person_cells(person).items() if key in {column.key for column in columns}
            }
            sheet.line(**cells, **({"start": one.start, "end": one.end, "reason": one.reason} if one else {}))
            record_person(layout, person)
            if one:
                record_follow_up(layout, person, one)
        sheet.other("total", "Total", str(len(group)))
        layout.constant("jeunes.commune", "nom du fichier", file=file, value=commune)
    layout.constant("suivis.statut", "en-tête « PAEI »", value="PAEI")
    layout.ask("Chaque fichier est-il celui de la commune de son nom ?", "oui", file="carvin.csv")
    layout.ask("Entrée, Sortie : sont-ce les dates d'un PAEI ?", "PAEI", file="export libercourt.csv", column="Entrée")
    layout.ask("« Secteur » : le quartier ?", "jeunes.quartier", file="export libercourt.csv", column="Secteur")
    layout.ask("« - » : quel sexe ?", "NR", file="Oignies_2023.csv", column="Genre")
    return layout


def a_workbook_a_commune() -> Layout:
    about = """Un classeur xlsx par commune, rempli par l'éducateur du secteur : demandes, présences.
La commune est dans le nom du fichier et dans le titre ; les titres n'ont pas tous le même nombre de lignes.
Les présences nomment le jeune par son numéro, le lieu n'est écrit qu'à sa première ligne (fusion)."""
    layout = Layout("19-communes-classeurs", about, "un fichier par commune", held_out=True, communes=RHONE, annee=2023)
    for place, commune in enumerate(RHONE):
        name = COMMUNES[commune][0]
        file = f"Secteur {name} 2023.xlsx"
        requests = Sheet(
            layout,
            file,
            "Demandes",
            [
                Column("day", "Dt demande", "demandes.date", dates=("date", "fr")),
                Column("band", "Tr. d'âge", "demandes.tranche_age", BAND_WORDS),
                Column("origin", "Qui demande", "demandes.origine"),
                Column("outcome", "Décision", "demandes.suite", OUTCOME_WORDS),
                Column("answered", "Rép. le", "ignored: date de la réponse", dates=("date",)),
                Column("empty", "", "ignored: colonne vide"),
                Column("tel", "Coordonnées", "refused: téléphone ou adresse électronique"),
            ],
            [f"SECTEUR {name.upper()}", "Demandes reçues"][: place + 1] if place else [],
        )
        for number in range(12):
            day: object = any_day(layout.rng, dt.date(2023, 1, 9), dt.date(2023, 12, 15))
            answered = day + dt.timedelta(days=9)
            band = layout.rng.choice((*BANDS, None))
            if (place, number) == (1, 4):
                day = Bad("printemps", "date imprécise")
            outcome = layout.rng.choice(list(OUTCOME_WORDS))
            origin = layout.rng.choice(("Collège", "Parents", "ASE", None))
            tel = layout.rng.choice(("06 39 98 11 22", "parent@exemple.fr", None))
            requests.line(day=day, band=band, origin=origin, outcome=outcome, answered=answered, tel=tel)
            layout.record("demandes", date=day, commune=commune, tranche_age=band, origine=origin, suite=outcome)
        requests.other("total", "Total", 12)
        presences = Sheet(
            layout,
            file,
            "Présences",
            [
                Column("day", "Date", "presences.date", dates=("date",)),
                Column("place", "Lieu", "presences.lieu"),
                Column("who", "N° jeune", "presences.id_jeune"),
                Column("note", "Remarque", REMARKS),
            ],
            ["Présence sociale", ""],
        )
        for week in range(4):
            day, where = dt.date(2023, 3, 1 + 7 * week), layout.rng.choice(("Collège", "Parc", "Gare"))
            present = layout.rng.sample(range(1, 30), layout.rng.randrange(2, 6))
            for number in present:
                presences.line(
                    day=day,
                    place=where,
                    who=f"{'VSB'[place]}{number:03}",
                    note=layout.rng.choice((None, "avec son frère")),
                )
                layout.record("presences", date=day, commune=commune, lieu=where, id_jeune=f"{'VSB'[place]}{number:03}")
            for column in ("day", "place"):
                presences.merge_down(column, len(present))
        for field in ("demandes.commune", "presences.commune"):
            layout.constant(field, "nom du fichier", file=file, value=commune)
    layout.ask("Chaque classeur est-il celui de la commune de son nom ?", "oui")
    layout.ask("« Dt demande » ou « Rép. le » : la date de la demande ?", "Dt demande", sheet="Demandes")
    layout.ask("« en cours » : quelle suite ?", "en_attente", sheet="Demandes", column="Décision")
    return layout


def a_sheet_a_commune() -> Layout:
    about = """Chef de service, sous LibreOffice : un classeur ods, une feuille par commune, l'équipe, un récapitulatif.
Mêmes colonnes partout ; la feuille nomme la commune, parfois abrégée ; noms et prénoms, pas de numéro.
Un jeune qui a changé de commune est sur deux feuilles : la contradiction est à dire, pas à trancher."""
    layout = Layout("20-communes-onglets", about, "un fichier par commune", held_out=True, communes=GIRONDE, annee=2023)
    file, key = "Suivis par commune.ods", {"key": ["NOM et prénom", "DDN"]}
    mover = people(layout.rng, 1, GIRONDE)[0]
    mover.name, mover.follow_ups = "Ostrevand", []
    layout.record(
        "jeunes",
        id_jeune="mover",
        sexe=mover.sex,
        date_naissance=mover.birth,
        commune=None,
        premier_contact=mover.contact,
    )
    for place, (commune, title) in enumerate(zip(GIRONDE, ("Cenon", "LORMONT (33)", "Floirac"), strict=True)):
        sheet = Sheet(
            layout,
            file,
            title,
            [
                Column("name", "NOM et prénom", "jeunes.id_jeune suivis.id_jeune", rule=key),
                Column("sex", "Sexe", "jeunes.sexe", {"F": ("F",), "G": ("G",), "NR": ("NR",)}),
                Column("birth", "DDN", "jeunes.date_naissance jeunes.id_jeune suivis.id_jeune", dates=("date", "fr")),
                Column("contact", "Date 1er contact", "jeunes.premier_contact", dates=("date",)),
                Column("status", "Type suivi", "suivis.statut", STATUS_WORDS),
                Column("start", "Dt déb.", "suivis.date_debut", dates=("date", "long")),
                Column("end", "Dt fin", "suivis.date_fin", dates=("date",)),
                Column("reason", "Motif", "suivis.motif_cloture", REASON_WORDS),
                Column("address", "Adr.", ADDRESS),
            ],
            [title, "Suivis 2023"],
        )
        group = people(layout.rng, 13, (commune,), first_id=100 * (place + 1))
        for person in [*group, *([mover] if place < 2 else [])]:
            cells = {
                "sex": person.sex,
                "birth": person.birth,
                "contact": person.contact,
                "address": "12 allée des Pins",
            }
            for one in person.follow_ups or [FollowUp("", "", None, None, None, "")]:
                sheet.line(name=f"{person.name.upper()} {person.first}", **cells, **follow_up_cells(one))
                if one.id:
                    record_follow_up(layout, person, one)
            if person is not mover:
                record_person(layout, person, district=False)
        if place < 2:
            layout.unreadable.append(
                sheet.where(len(sheet.grid.rows))
                | {
                    "column": None,
                    "header": None,
                    "value": title,
                    "why": "un même jeune dans deux communes (nom de la feuille)",
                }
            )
        sheet.other("total", "Total", None, None, None, None, None, None, 13)
        layout.constant("jeunes.commune", "nom de la feuille", sheet=title, value=commune)
    team = Sheet(
        layout,
        file,
        "Équipe",
        [
            Column("year", "Année", "personnel.annee"),
            Column(
                "kind",
                "Catégorie",
                "personnel.categorie",
                {
                    "direction_administration": ("Direction",),
                    "educatif": ("Éducatif",),
                    "services_generaux": ("Services généraux",),
                },
            ),
            Column("post", "Fonction", "personnel.poste"),
            Column("name", "Nom du salarié", "refused: nom d'un salarié"),
            Column("fte", "ETP", "personnel.etp"),
        ],
        ["Équipe au 31/12"],
    )
    for year in (2022, 2023):
        for kind, post, fte in (
            ("direction_administration", "Chef de service", 1),
            ("educatif", "Éducateur spécialisé", 3.5),
            ("educatif", "Moniteur-éducateur", 0.8),
            ("services_generaux", "Agent d'entretien", 0.2),
        ):
            team.line(year=year, kind=kind, post=post, name=layout.rng.choice(("A. Perrault", "B. Naïm")), fte=fte)
            layout.record("personnel", annee=year, categorie=kind, poste=post, etp=fte)
        team.other("total", f"Total {year}", None, None, None, 5.5)
    layout.free_sheet(
        file, "Récap", "totaux de l'année", [["Récapitulatif"], ["Commune", "Suivis"], ["Cenon", 21], ["Total", 58]]
    )
    layout.ask("Chaque feuille est-elle celle de la commune de son nom ?", "oui")
    layout.ask(
        "Un jeune est-il une même personne quand nom, prénom et naissance sont les mêmes ?",
        "oui",
        column="NOM et prénom",
    )
    layout.ask("« Direction » : quelle catégorie ?", "direction_administration", sheet="Équipe", column="Catégorie")
    return layout


LAYOUTS = (a_file_a_commune, a_workbook_a_commune, a_sheet_a_commune)

"""The association's own wide spreadsheet."""

import datetime as dt

from made_up_service import (
    LILLE,
    MAIL,
    NORD,
    PHONE,
    REASON_WORDS,
    REMARKS,
    RHONE,
    SEINE,
    SEX_WORDS,
    SITUATION_WORDS,
    SITUATIONS,
    STATUS_WORDS,
    commune_words,
    follow_up_cells,
    people,
    person_cells,
    record_follow_up,
    record_person,
)
from writing_layouts import Bad, Column, Layout, Sheet


def wide_follow_ups(
    sheet_words: tuple[str, str, str, str], *, number: int, two_lines: bool, dates: tuple[str, ...]
) -> list[Column]:
    """Give the columns of `number` follow-ups side by side."""
    columns = []
    status, start, end, reason = sheet_words
    for rank in range(1, number + 1):
        group = f"Suivi n°{rank}"
        for key, word, field in (
            ("status", status, "statut"),
            ("start", start, "date_debut"),
            ("end", end, "date_fin"),
            ("reason", reason, "motif_cloture"),
        ):
            words = {"status": STATUS_WORDS, "reason": REASON_WORDS}.get(key, {})
            header = (group, word) if two_lines else f"{word} {rank}"
            columns.append(Column(f"{key}{rank}", header, f"suivis.{field}", words, dates, {"group": rank}))
    return columns


def wide_with_names() -> Layout:
    about = """L'association elle-même, sous Excel depuis dix ans : une ligne par jeune, trois suivis côte à côte.
Ni numéro de jeune ni numéro de suivi, deux homonymes que seule la naissance distingue, dates de toutes les formes.
Un titre, une colonne vide, des téléphones, des observations, un total en bas."""
    layout = Layout("08-tableur-large", about, "tableur large", communes=NORD, annee=2023)
    key = {"key": ["NOM", "Prénom", "Né(e) le"]}
    sheet = Sheet(
        layout,
        "Tableau de suivi.xlsx",
        "Feuil1",
        [
            Column("name", "NOM", "jeunes.id_jeune suivis.id_jeune", rule=key),
            Column("first", "Prénom", "jeunes.id_jeune suivis.id_jeune", rule=key),
            Column("sex", "F/G", "jeunes.sexe", {"F": ("F", "Fille"), "G": ("G", "Garçon"), "NR": ("?", "NSP")}),
            Column(
                "birth",
                "Né(e) le",
                "jeunes.date_naissance jeunes.id_jeune suivis.id_jeune",
                dates=("date", "fr", "court"),
            ),
            Column("commune", "Ville", "jeunes.commune", commune_words(NORD)),
            Column("district", "Quart.", "jeunes.quartier"),
            Column("phone", "Tél.", PHONE),
            Column("empty", "", "ignored: colonne vide"),
            Column("contact", "1er contact", "jeunes.premier_contact", dates=("date", "long", "serie")),
            *wide_follow_ups(
                ("Suivi", "Déb.", "Fin", "Motif"), number=3, two_lines=False, dates=("date", "fr", "long")
            ),
            Column("remarks", "Obs.", REMARKS),
        ],
        ["TABLEAU DE SUIVI DES JEUNES – 2023", ["màj le", dt.date(2024, 1, 9)]],
    )
    group = people(layout.rng, 34, NORD, most=3)
    group[1].name, group[1].first = group[0].name, group[0].first
    group[1].sex = group[0].sex
    ended = next(one for person in group for one in person.follow_ups if one.status == "ASEP" and one.end)
    ended.end = Bad("été 2023", "date imprécise")
    group[15].contact = Bad("31/06/2022", "ce jour n'existe pas")
    for person in group:
        cells = person_cells(person)
        del cells["id"]
        for rank, one in enumerate(person.follow_ups, start=1):
            cells |= follow_up_cells(one, str(rank))
            record_follow_up(layout, person, one)
        sheet.line(**cells, phone=person.phone, remarks=layout.rng.choice((None, None, "voir avec le collège")))
        record_person(layout, person)
    sheet.other("ligne vide")
    sheet.other("total", "Total", f"{len(group)} jeunes")
    layout.ask("Deux lignes de même nom et de naissance différente sont-elles deux jeunes ?", "oui", column="NOM")
    layout.ask("« ? » dans F/G : quel code ?", "NR", column="F/G")
    layout.ask("Suivi 1, 2, 3 : un suivi par groupe de colonnes ?", "oui", column="Suivi 1")
    return layout


def wide_with_ages() -> Layout:
    about = """Un autre tableur d'équipe (ods) : une ligne par jeune, « Suivi n°1 », « n°2 » sur deux lignes d'en-têtes.
L'âge au 31 décembre tient lieu de naissance ; l'identifiant est un surnom de dossier (lettres et chiffre).
Une feuille de jeunes en cours, une d'archives, mêmes colonnes dans un autre ordre."""
    layout = Layout("09-tableur-large-ages", about, "tableur large", held_out=True, communes=LILLE, annee=2023)
    first = [
        Column("id", "Dossier", "jeunes.id_jeune suivis.id_jeune"),
        Column("mail", "E-mail", MAIL),
        Column("sex", "Sexe", "jeunes.sexe", {"F": ("F", "f"), "G": ("H", "h"), "NR": ("NSP",)}),
        Column("age", "Âge (31/12/23)", "jeunes.date_naissance", rule={"year_of_birth": "2023 - âge"}),
        Column("commune", "Cne", "jeunes.commune", commune_words((*LILLE, "hors"))),
        Column("contact", "Connu\ndepuis le", "jeunes.premier_contact", dates=("long", "date")),
    ]
    words = ("Statut", "du", "au", "motif fin")
    current = Sheet(
        layout,
        "suivi_equipe.ods",
        "En cours",
        [
            *first,
            *wide_follow_ups(words, number=2, two_lines=True, dates=("date",)),
            Column("driver", "Permis", "ignored: aucune table"),
        ],
        ["Équipe de rue", ""],
    )
    again = [Column(one.key, one.header, one.use, one.words, one.dates, one.rule) for one in (first[0], *first[2:])]
    archives = Sheet(
        layout,
        "suivi_equipe.ods",
        "Archives",
        [
            again[0],
            *wide_follow_ups(words, number=2, two_lines=True, dates=("fr", "date")),
            *again[1:],
        ],
    )
    for place, person in enumerate(people(layout.rng, 36, (*LILLE, *LILLE, *LILLE, "hors"))):
        person.id = f"{person.name[:3].upper().replace(' ', '').replace(chr(39), '')}{place + 11}"
        age: object = 2023 - person.birth.year
        year: object = person.birth.year
        if place in {4, 19}:
            age, year = Bad("15/16", "deux âges"), ""
        cells = {
            key: value for key, value in person_cells(person).items() if key in {"id", "sex", "commune", "contact"}
        }
        for rank, one in enumerate(person.follow_ups, start=1):
            cells |= follow_up_cells(one, str(rank))
            record_follow_up(layout, person, one)
        if any(one.end is None for one in person.follow_ups):
            current.line(**cells, age=age, mail=person.mail, driver=layout.rng.choice(("Oui", "Non", "NSP")))
        else:
            archives.line(**cells, age=f"{age} ans" if isinstance(age, int) else age)
        record_person(layout, person, district=False, birth=year)
    current.other("total", "Nb de jeunes", len(current.grid.rows) - 4)
    layout.ask("L'âge est-il celui du 31 décembre 2023 ?", "oui", column="Âge (31/12/23)")
    layout.ask("« Connu depuis le » est-il le premier contact ?", "oui", column="Connu depuis le")
    return layout


def wide_with_yearly_columns() -> Layout:
    about = """Une association sans tableur partagé : le CSV d'un formulaire en ligne, une ligne par jeune.
La situation a une colonne par année ; la ville au 31 décembre 2022 est à part ; années de naissance à deux chiffres.
Un jeune est saisi deux fois (deux éducateurs), à l'identique sauf des espaces."""
    layout = Layout("10-tableur-situations", about, "tableur large", held_out=True, communes=SEINE, annee=2023)
    file = "suivi individuel.csv"
    layout.csv_form(";", "utf-8-sig", file)
    who = "jeunes.id_jeune suivis.id_jeune situations.id_jeune co_accompagnements.id_jeune"
    sheet = Sheet(
        layout,
        file,
        None,
        [
            Column("stamp", "Horodateur", "ignored: date de la saisie", dates=("horodate",)),
            Column("id", "Code du jeune", who),
            Column("sex", "C'est…", "jeunes.sexe", {"F": ("une fille",), "G": ("un garçon",), "NR": ("ne sait pas",)}),
            Column("birth", "Dt naiss.", "jeunes.date_naissance", dates=("court",)),
            Column("commune", "Ville aujourd'hui", "jeunes.commune", commune_words(SEINE)),
            Column(
                "before",
                "Ville au 31/12/2022",
                "situations.commune",
                commune_words(SEINE),
                rule={"situations.annee": 2022},
            ),
            Column("contact", "Rencontré la 1re fois le", "jeunes.premier_contact", dates=("fr",)),
            *(
                Column(
                    f"sit{year}",
                    f"Sit. {year}",
                    "situations.situation",
                    SITUATION_WORDS,
                    rule={"situations.annee": year},
                )
                for year in (2022, 2023)
            ),
            Column("start", "PAEI signé le", "suivis.date_debut", rule={"suivis.statut": "PAEI"}),
            Column("end", "PAEI fini le", "suivis.date_fin"),
            Column("reason", "Raison de la fin", "suivis.motif_cloture", REASON_WORDS),
            Column(
                "ase",
                "Suivi aussi par l'ASE en 2023",
                "co_accompagnements.partenaire",
                {True: ("Oui",), False: ("Non", "NSP")},
                rule={"when_ticked": "ase", "co_accompagnements.annee": 2023},
            ),
        ],
    )
    group = people(layout.rng, 34, SEINE)
    group[10].birth = Bad("03/13/09", "treize n'est pas un mois")
    for place, person in enumerate(group):
        situations = {year: layout.rng.choice((*SITUATIONS, None)) for year in (2022, 2023)}
        before = layout.rng.choice((None, None, *SEINE)) if situations[2022] else None
        one = next((one for one in person.follow_ups if one.status == "PAEI"), None)
        ticked = layout.rng.choice((True, False, None))
        cells = {
            key: value
            for key, value in person_cells(person).items()
            if key in {"id", "sex", "birth", "commune", "contact"}
        }
        cells |= {f"sit{year}": situation for year, situation in situations.items()}
        cells |= {"before": before, "ase": ticked}
        if one:
            cells |= {"start": one.start, "end": one.end, "reason": one.reason}
            record_follow_up(layout, person, one)
        for _ in range(2 if place == 6 else 1):
            sheet.line(**cells, stamp=dt.date(2024, 1, 8))
        record_person(layout, person, district=False)
        for year, situation in situations.items():
            if situation:
                layout.record(
                    "situations",
                    id_jeune=person.id,
                    annee=year,
                    situation=situation,
                    commune=before if year == 2022 else None,
                )
        if ticked:
            layout.record("co_accompagnements", id_jeune=person.id, annee=2023, partenaire="ase")
    layout.constant("suivis.statut", "en-tête « PAEI »", value="PAEI")
    layout.ask("Quel est le statut des suivis ?", "PAEI", column="PAEI signé le")
    layout.ask(
        "« Horodateur » ou « Rencontré la 1re fois le » : le premier contact ?",
        "Rencontré la 1re fois le",
        column="Horodateur",
    )
    layout.ask(
        "« Suivi aussi par l'ASE » : Oui seul vaut un co-accompagnement ?",
        "oui",
        column="Suivi aussi par l'ASE en 2023",
    )
    return layout


def a_sheet_a_year() -> Layout:
    about = """Grande association : le classeur du rapport d'activité, une feuille par année, mêmes colonnes.
Un jeune suivi deux ans est sur deux feuilles, avec le même PAEI ; situation et problématiques sont de l'année.
Années de naissance seules, « Pb 1 » et « Pb 2 », une ligne de total, la feuille « Listes » des menus déroulants."""
    layout = Layout("11-tableur-annees", about, "tableur large", communes=RHONE, annee=2023)
    issue_words = {
        "absenteisme": ("Absentéisme",),
        "rupture_scolaire": ("Rupture scol.",),
        "logement": ("Logement",),
        "isolement": ("Isolement",),
        "addiction": ("Addiction",),
    }
    file = "Rapport activité - jeunes.xlsx"
    group = people(layout.rng, 80, RHONE)
    for year in (2022, 2023):
        rule = {"problematiques.annee": year}
        sheet = Sheet(
            layout,
            file,
            str(year),
            [
                Column("id", "N° jeune", "jeunes.id_jeune suivis.id_jeune situations.id_jeune"),
                Column("sex", "Sexe", "jeunes.sexe", SEX_WORDS),
                Column("birth", "Année naiss.", "jeunes.date_naissance"),
                Column("commune", "Commune", "jeunes.commune", commune_words(RHONE)),
                Column("contact", "1er contact", "jeunes.premier_contact", dates=("date",)),
                Column(
                    "situation", "Situation", "situations.situation", SITUATION_WORDS, rule={"situations.annee": year}
                ),
                Column("issue1", "Pb 1", "problematiques.problematique", issue_words, rule=rule),
                Column("issue2", "Pb 2", "problematiques.problematique", issue_words, rule=rule),
                Column("start", "Début PAEI", "suivis.date_debut", dates=("date",), rule={"suivis.statut": "PAEI"}),
                Column("end", "Fin PAEI", "suivis.date_fin", dates=("date",)),
                Column("reason", "Motif", "suivis.motif_cloture", REASON_WORDS),
            ],
            [f"Jeunes accompagnés en {year}", ""],
        )
        for person in group:
            one = next((one for one in person.follow_ups if one.status == "PAEI"), None)
            if one is None or one.start.year > year or (one.end and one.end.year < year):
                continue
            birth: object = person.birth.year
            if person.id in {"0006", "0012", "0018"}:
                birth = Bad("2008 ou 2009", "deux années")
            situation = layout.rng.choice(SITUATIONS)
            issues = [*layout.rng.sample(list(issue_words), layout.rng.randrange(3)), None, None][:2]
            cells = {
                key: value for key, value in person_cells(person).items() if key in {"id", "sex", "commune", "contact"}
            }
            cells |= {
                "start": one.start,
                "end": one.end,
                "reason": one.reason,
                "issue1": issues[0],
                "issue2": issues[1],
            }
            sheet.line(**cells, birth=birth, situation=situation)
            record_person(layout, person, district=False, birth="" if isinstance(birth, Bad) else birth)
            record_follow_up(layout, person, one)
            layout.record("situations", id_jeune=person.id, annee=year, situation=situation)
            for issue in filter(None, issues):
                layout.record("problematiques", id_suivi=one.id, annee=year, problematique=issue)
        sheet.other("total", "TOTAL", None, None, None, None, None, None, None, None, None, len(sheet.grid.rows) - 3)
        for field in ("situations.annee", "problematiques.annee"):
            layout.constant(field, "nom de la feuille", sheet=str(year), value=year)
    layout.free_sheet(
        file, "Listes", "menus déroulants", [["Sexe", "Motif"], ["Fille", "Déménagement"], ["Garçon", ""]]
    )
    layout.constant("suivis.statut", "en-tête « PAEI »", value="PAEI")
    layout.ask("Quel est le statut des suivis ?", "PAEI", column="Début PAEI")
    layout.ask("« Pb 1 » et « Pb 2 » sont-ils des problématiques ?", "oui", column="Pb 1")
    return layout


LAYOUTS = (wide_with_names, wide_with_ages, wide_with_yearly_columns, a_sheet_a_year)

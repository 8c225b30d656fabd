"""A software with codes."""

import datetime as dt

from made_up_service import (
    EDUCATORS,
    LOIRE,
    MAIL,
    NORD,
    PERSONAL_NAME,
    PHONE,
    REASON_WORDS,
    STATUS_WORDS,
    any_day,
    commune_words,
    follow_up_cells,
    people,
    person_cells,
    record_follow_up,
    record_person,
)
from writing_layouts import Bad, Column, Layout, Sheet


def software_with_codes() -> Layout:
    about = """Logiciel de suivi acheté par l'association : un export CSV par écran, Windows-1252, point-virgule.
Tout y est codé (1/2/9, P/S/A, RO, DM…), les en-têtes sont en capitales abrégées, sans accent.
Une ligne « Total » finit chaque fichier ; noms, téléphone et lieu de naissance sont exportés avec le reste."""
    layout = Layout("01-logiciel-codes", about, "logiciel à codes", communes=NORD, annee=2023)
    layout.csv_form(";", "cp1252", "usagers.csv", "suivis.csv")
    sex = {"F": (2,), "G": (1,), "NR": (9,)}
    users = Sheet(
        layout,
        "usagers.csv",
        None,
        [
            Column("id", "NUM_USAG", "jeunes.id_jeune"),
            Column("name", "NOM", PERSONAL_NAME),
            Column("first", "PRENOM", PERSONAL_NAME),
            Column("sex", "SX", "jeunes.sexe", sex),
            Column("birth", "DT_NAIS", "jeunes.date_naissance"),
            Column("born_in", "LIEU_NAIS", "refused: lieu de naissance"),
            Column("commune", "CNE", "jeunes.commune", commune_words(NORD)),
            Column("district", "QRT", "jeunes.quartier"),
            Column("contact", "DT_CTC1", "jeunes.premier_contact"),
            Column("file", "DT_CREA", "ignored: date de création de la fiche"),
            Column("phone", "TEL_PORT", PHONE),
        ],
    )
    follow_ups = Sheet(
        layout,
        "suivis.csv",
        None,
        [
            Column("id", "NUM_SUIVI", "suivis.id_suivi"),
            Column("who", "NUM_USAG", "suivis.id_jeune"),
            Column("status", "TYP", "suivis.statut", {"PAEI": ("P",), "ASEP": ("S",), "ACCROCHE": ("A",)}),
            Column("start", "DT_DEB", "suivis.date_debut"),
            Column("end", "DT_FIN", "suivis.date_fin"),
            Column(
                "reason",
                "MOTIF_FIN",
                "suivis.motif_cloture",
                {
                    "orientation": ("RO",),
                    "difficulte_mobilisation": ("DM",),
                    "changement_territoire": ("CT",),
                    "amelioration_situation": ("AS",),
                    "changement_statut": ("CS",),
                },
            ),
            Column("educator", "REF", "suivis.educateur"),
            Column("export", "DT_EXPORT", "ignored: date de l'export"),
        ],
    )
    group = people(layout.rng, 42, NORD)
    group[5].birth = Bad("30/02/2008", "ce jour n'existe pas")
    group[11].birth = Bad("??/06/2007", "jour inconnu")
    group[20].birth = None
    for person in group:
        created = person.contact + dt.timedelta(days=layout.rng.randrange(1, 40))
        users.line(**person_cells(person), born_in="LENS", file=created, phone=person.phone)
        record_person(layout, person)
        for one in person.follow_ups:
            cells = follow_up_cells(one) | {"id": one.id, "who": person.id, "educator": one.educator}
            follow_ups.line(**cells, export=dt.date(2024, 1, 15))
            record_follow_up(layout, person, one, educator=True)
    users.other("total", "Total", len(group))
    follow_ups.other("total", "Total", len(layout.truth["suivis"]))
    layout.ask(
        "DT_CTC1 ou DT_CREA : quelle date est le premier contact ?", "DT_CTC1", file="usagers.csv", column="DT_CTC1"
    )
    layout.ask("SX : que veulent dire 1, 2 et 9 ?", {1: "G", 2: "F", 9: "NR"}, file="usagers.csv", column="SX")
    layout.ask(
        "TYP : que veulent dire P, S et A ?",
        {"P": "PAEI", "S": "ASEP", "A": "ACCROCHE"},
        file="suivis.csv",
        column="TYP",
    )
    answer = dict(follow_ups.columns[5].seen)
    layout.ask("MOTIF_FIN : que veulent dire RO, DM, CT, AS et CS ?", answer, file="suivis.csv", column="MOTIF_FIN")
    return layout


def software_with_codes_and_labels() -> Layout:
    about = """Autre logiciel, en ligne : export par tabulations, UTF-8, le code et souvent son libellé côte à côte.
Chaque fichier commence par deux lignes (titre, date d'édition) ; dates ISO.
Problématiques et orientations sont des fichiers à part, reliés par le numéro de mesure."""
    layout = Layout("02-logiciel-codes-libelles", about, "logiciel à codes", held_out=True, communes=LOIRE, annee=2023)
    files = ("beneficiaires.csv", "mesures.csv", "thematiques.csv", "orientations.csv")
    layout.csv_form("\t", "utf-8", *files)
    title = ["Suivi'Jeunes – extraction", "Édité le 2024-01-15", ""]
    youths = Sheet(
        layout,
        files[0],
        None,
        [
            Column("id", "Id. bénéf.", "jeunes.id_jeune"),
            Column("mail", "Courriel", MAIL),
            Column("sex", "Genre", "jeunes.sexe", {"F": ("F",), "G": ("H",), "NR": ("NSP",)}),
            Column("birth", "Dt naiss.", "jeunes.date_naissance", dates=("iso",)),
            Column("commune", "Cne rés.", "jeunes.commune", commune_words((*LOIRE, "hors"))),
            Column("contact", "1er contact", "jeunes.premier_contact", dates=("iso",)),
            Column("changed", "Modifié le", "ignored: date technique", dates=("iso",)),
        ],
        title,
    )
    measures = Sheet(
        layout,
        files[1],
        None,
        [
            Column("id", "N° mesure", "suivis.id_suivi"),
            Column("who", "Id. bénéf.", "suivis.id_jeune"),
            Column("code", "Cod. nature", "ignored: le libellé d'à côté dit la même chose"),
            Column("status", "Nature", "suivis.statut", STATUS_WORDS),
            Column("start", "Début", "suivis.date_debut", dates=("iso",)),
            Column("end", "Fin", "suivis.date_fin", dates=("iso",)),
            Column("code_end", "Cod. fin", "ignored: le libellé d'à côté dit la même chose"),
            Column("reason", "Motif fin", "suivis.motif_cloture", REASON_WORDS),
        ],
        title,
    )
    issues = Sheet(
        layout,
        files[2],
        None,
        [
            Column("who", "N° mesure", "problematiques.id_suivi"),
            Column("year", "Exercice", "problematiques.annee"),
            Column(
                "issue",
                "Thématique",
                "problematiques.problematique",
                {
                    "absenteisme": ("Absentéisme",),
                    "logement": ("Logement",),
                    "addiction": ("Addictions",),
                    "freins_mobilite": ("Freins à la mobilité",),
                    "mal_etre": ("Mal-être",),
                },
            ),
        ],
        title,
    )
    referrals = Sheet(
        layout,
        files[3],
        None,
        [
            Column("who", "N° mesure", "orientations.id_suivi"),
            Column("day", "Le", "orientations.date", dates=("iso",)),
            Column(
                "field",
                "Dom.",
                "orientations.domaine",
                {
                    "sociale_educative": ("SE",),
                    "medicale": ("MED",),
                    "scolaire_professionnelle": ("SP",),
                    "juridique": ("JUR",),
                    "loisirs": ("LOI",),
                    "autres": ("AUT",),
                },
            ),
            Column("partner", "Vers", "orientations.partenaire"),
        ],
        title,
    )
    group = people(layout.rng, 30, (*LOIRE, *LOIRE, "hors"))
    group[3].birth = Bad("2O08-05-12", "la lettre O à la place d'un zéro")
    for person in group:
        youths.line(
            **{
                key: value
                for key, value in person_cells(person).items()
                if key in {"id", "sex", "birth", "commune", "contact"}
            },
            mail=person.mail,
            changed=dt.date(2023, 12, 4),
        )
        record_person(layout, person, district=False)
        for one in person.follow_ups:
            codes = {"code": one.status[:2], "code_end": one.reason[:3].upper() if one.reason else None}
            measures.line(id=one.id, who=person.id, **follow_up_cells(one), **codes)
            record_follow_up(layout, person, one)
            for issue in layout.rng.sample(list(issues.columns[2].words), layout.rng.randrange(3)):
                issues.line(who=one.id, year=one.start.year, issue=issue)
                layout.record("problematiques", id_suivi=one.id, annee=one.start.year, problematique=issue)
            if layout.rng.random() < 0.5:
                field = layout.rng.choice(list(referrals.columns[2].words))
                partner = layout.rng.choice(("CMP", "Mission locale", "CIO", "PMI", None))
                referrals.line(who=one.id, day=one.start, field=field, partner=partner)
                layout.record("orientations", id_suivi=one.id, date=one.start, domaine=field, partenaire=partner)
    answer = dict(referrals.columns[2].seen)
    layout.ask("« Dom. » : que veulent dire ces codes ?", answer, file=files[3], column="Dom.")
    layout.ask("« 1er contact » ou « Modifié le » ?", "1er contact", file=files[0], column="1er contact")
    return layout


ACTIVITY_CODES = {
    "travail_de_rue": ("TR",),
    "presence_sociale": ("PS",),
    "accompagnement_individuel": ("AI",),
    "action_collective": ("AC",),
    "formation": ("FORM",),
    "ecrits_professionnels": ("ECRITS",),
    "partenariat": ("PARTEN",),
}


def software_time_entries() -> Layout:
    about = """Relevé d'heures du logiciel, en xlsx : trois lignes de titre, les dates en nombres d'Excel sans format.
Les lignes sont rangées par intervenant, un sous-total après chacun et un total général à la fin.
L'activité est un code (TR, PS, AI…), une commune vide veut dire « pas de commune »."""
    layout = Layout("03-logiciel-temps", about, "logiciel à codes", communes=NORD, annee=2023)
    sheet = Sheet(
        layout,
        "Releve_temps_2023.xlsx",
        "Export",
        [
            Column("day", "Date", "temps.date", dates=("serie",)),
            Column("educator", "Interv.", "temps.educateur"),
            Column("activity", "Cod. act.", "temps.activite", ACTIVITY_CODES),
            Column("commune", "Cne", "temps.commune", commune_words(NORD)),
            Column("hours", "Nb. h", "temps.heures"),
            Column("online", "En ligne (O/N)", "temps.en_ligne", {"oui": ("O",), "non": ("N",)}),
            Column("comment", "Commentaire", "ignored: texte libre"),
            Column("empty", "", "ignored: colonne vide"),
        ],
        ["Relevé des temps", "Période : du 01/01/2023 au 31/03/2023", ""],
    )
    general = 0.0
    for educator in EDUCATORS:
        total = 0.0
        days = sorted(any_day(layout.rng, dt.date(2023, 1, 2), dt.date(2023, 3, 31)) for _ in range(16))
        for place, day in enumerate(days):
            hours: object = layout.rng.choice((1, 1.5, 2, 2.75, 3, 4, None))
            if educator == "KD" and place == 4:
                hours = Bad("2h env.", "durée qui n'est pas un nombre")
            if educator == "JPL" and place == 9:
                hours = Bad("1 ou 2", "deux durées")
            total += hours if isinstance(hours, int | float) else 0
            activity = layout.rng.choice(list(ACTIVITY_CODES))
            commune = layout.rng.choice((*NORD, None))
            online = layout.rng.choice(("oui", "non", "non"))
            comment = layout.rng.choice((None, None, "avec la Mission locale"))
            sheet.line(
                day=day,
                educator=educator,
                activity=activity,
                commune=commune,
                hours=hours,
                online=online,
                comment=comment,
            )
            layout.record(
                "temps", date=day, educateur=educator, commune=commune, activite=activity, heures=hours, en_ligne=online
            )
        general += total
        sheet.other("sous-total", f"Sous-total {educator}", None, None, None, total)
    sheet.other("total", "TOTAL GÉNÉRAL", None, None, None, general)
    layout.ask(
        "« Cod. act. » : que veulent dire ces codes ?", dict(sheet.columns[2].seen), sheet="Export", column="Cod. act."
    )
    return layout


LAYOUTS = (software_with_codes, software_with_codes_and_labels, software_time_entries)

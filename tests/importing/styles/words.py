"""A software with words, and headers on two lines."""

import datetime as dt

from made_up_service import (
    ADDRESS,
    BAND_WORDS,
    BANDS,
    GIRONDE,
    KINDS,
    LABELS,
    LOIRE,
    OUTCOME_WORDS,
    PERSONAL_NAME,
    REASON_WORDS,
    RHONE,
    SEINE,
    SEX_WORDS,
    SITUATION_WORDS,
    SITUATIONS,
    STATUS_WORDS,
    any_day,
    commune_words,
    follow_up_cells,
    people,
    person_cells,
    record_follow_up,
    record_person,
)
from writing_layouts import Bad, Column, Layout, Raw, Sheet


def words_on_two_lines() -> Layout:
    about = """Logiciel de l'action sociale : « liste des accompagnements », xlsx, en-têtes sur deux lignes fusionnées.
Une ligne par suivi : un jeune qui en a deux y est deux fois, son nom parfois écrit autrement.
Statuts et motifs en toutes lettres ; aucun numéro de jeune ni de suivi."""
    layout = Layout("04-mots-deux-lignes", about, "logiciel à mots", communes=RHONE, annee=2023)
    key = {"key": ["Nom", "Prénom", "Né(e) le"]}
    reasons = REASON_WORDS | {
        "orientation": ("Relais vers un partenaire",),
        "changement_territoire": ("Départ du territoire",),
    }
    sheet = Sheet(
        layout,
        "Liste des accompagnements.xlsx",
        "Accompagnements",
        [
            Column("name", ("Identité", "Nom"), "jeunes.id_jeune suivis.id_jeune", rule=key),
            Column("first", ("Identité", "Prénom"), "jeunes.id_jeune suivis.id_jeune", rule=key),
            Column(
                "sex",
                ("Identité", "Sexe"),
                "jeunes.sexe",
                {"F": ("Féminin",), "G": ("Masculin",), "NR": ("Non renseigné",)},
            ),
            Column(
                "birth",
                ("Identité", "Né(e) le"),
                "jeunes.date_naissance jeunes.id_jeune suivis.id_jeune",
                dates=("date",),
            ),
            Column("street", ("Domicile", "Adresse"), ADDRESS),
            Column("commune", ("Domicile", "Commune"), "jeunes.commune", commune_words(RHONE)),
            Column("district", ("Domicile", "Quartier"), "jeunes.quartier"),
            Column("contact", "Premier contact", "jeunes.premier_contact", dates=("date",)),
            Column("status", ("Suivi", "Nature"), "suivis.statut", STATUS_WORDS),
            Column("start", ("Suivi", "Début"), "suivis.date_debut", dates=("date",)),
            Column("end", ("Suivi", "Fin"), "suivis.date_fin", dates=("date",)),
            Column("reason", ("Suivi", "Motif de sortie"), "suivis.motif_cloture", reasons),
            Column("educator", "Référent", "suivis.educateur"),
        ],
        ["Liste des accompagnements", "Service de prévention – édité le 12/01/2024", ""],
    )
    group = people(layout.rng, 30, RHONE, most=3)
    group[8].contact = Bad("courant 2021", "date imprécise")
    conflict = next(person for person in group if len(person.follow_ups) > 1)
    for person in group:
        for rank, one in enumerate(person.follow_ups):
            cells = person_cells(person)
            del cells["id"]
            if rank and layout.rng.random() < 0.5:
                cells["name"] = person.name
            if person is conflict:
                cells["district"] = Bad(
                    ("Les Tilleuls", "Centre", "La Plaine")[rank], "deux quartiers pour un même jeune"
                )
            street = f"{layout.rng.randrange(1, 90)} rue des Peupliers"
            sheet.line(**cells, **follow_up_cells(one), street=street, educator=one.educator)
            record_follow_up(layout, person, one, educator=True)
        if person is conflict:
            person.district = ""
        record_person(layout, person)
    sheet.other("total", None, None, None, None, None, None, None, "Nombre de suivis :", len(layout.truth["suivis"]))
    layout.ask(
        "Un jeune est-il une même personne quand nom, prénom et naissance sont les mêmes ?",
        "oui",
        column="Identité / Nom",
    )
    layout.ask("« Relais vers un partenaire » : quel motif ?", "orientation", column="Suivi / Motif de sortie")
    layout.ask("« Départ du territoire » : quel motif ?", "changement_territoire", column="Suivi / Motif de sortie")
    return layout


ISSUES_TICKED = {"Absent.": "absenteisme", "Addiction": "addiction", "Logt": "logement", "Mal-être": "mal_etre"}
PARTNERS_TICKED = {"Éduc. nat.": "education_nationale", "Miss. loc.": "mission_locale", "ASE": "ase", "Santé": "sante"}


def yearly_review_with_ticks() -> Layout:
    about = """Module « bilan annuel » d'un logiciel, en xlsx : une ligne par jeune en PAEI, en-têtes sur deux lignes.
Problématiques et partenaires sont des colonnes à cocher (x, X, oui) ; un âge tient lieu de date de naissance.
L'année n'est que dans le titre ; le nom entier est dans une seule colonne, à côté du numéro."""
    layout = Layout("05-mots-bilan-coches", about, "logiciel à mots", held_out=True, communes=GIRONDE, annee=2023)
    tick = {True: ("x", "X", "oui"), False: ("non",)}
    sheet = Sheet(
        layout,
        "Bilan annuel 2023.xlsx",
        "Bilan",
        [
            Column(
                "id", ("Jeune", "N°"), "jeunes.id_jeune suivis.id_jeune situations.id_jeune co_accompagnements.id_jeune"
            ),
            Column("name", ("Jeune", "Nom Prénom"), PERSONAL_NAME),
            Column("sex", ("Jeune", "Sexe"), "jeunes.sexe", SEX_WORDS),
            Column(
                "age", ("Jeune", "Âge au 31/12/2023"), "jeunes.date_naissance", rule={"year_of_birth": "2023 - âge"}
            ),
            Column("commune", ("Jeune", "Cne"), "jeunes.commune", commune_words(GIRONDE)),
            Column("contact", "Premier contact", "jeunes.premier_contact", dates=("date", "long")),
            Column(
                "start", ("PAEI", "Depuis le"), "suivis.date_debut", dates=("date",), rule={"suivis.statut": "PAEI"}
            ),
            Column("end", ("PAEI", "Terminé le"), "suivis.date_fin", dates=("date",)),
            Column("reason", ("PAEI", "Pourquoi"), "suivis.motif_cloture", REASON_WORDS),
            Column("situation", "Situation au 31/12", "situations.situation", SITUATION_WORDS),
            *(
                Column(code, ("Problématiques", word), "problematiques.problematique", tick, rule={"when_ticked": code})
                for word, code in ISSUES_TICKED.items()
            ),
            *(
                Column(
                    code, ("Co-accompagnement", word), "co_accompagnements.partenaire", tick, rule={"when_ticked": code}
                )
                for word, code in PARTNERS_TICKED.items()
            ),
        ],
        ["Bilan annuel des accompagnements – année 2023", ""],
    )
    for person in people(layout.rng, 120, GIRONDE):
        one = next(
            (one for one in person.follow_ups if one.status == "PAEI" and (not one.end or one.end.year == 2023)), None
        )
        if one is None:
            continue
        situation = layout.rng.choice(SITUATIONS)
        ticks = {
            code: layout.rng.choice((True, False, None, None))
            for code in (*ISSUES_TICKED.values(), *PARTNERS_TICKED.values())
        }
        cells = {
            key: value for key, value in person_cells(person).items() if key in {"id", "sex", "commune", "contact"}
        }
        age: object = 2023 - person.birth.year
        year: object = person.birth.year
        if person.id.endswith("7"):
            age, year = Bad("ado", "ce n'est pas un âge"), None
        sheet.line(
            **cells,
            name=f"{person.name.upper()} {person.first}",
            age=f"{age} ans" if age == 17 else age,
            start=one.start,
            end=one.end,
            reason=one.reason,
            situation=situation,
            **ticks,
        )
        record_person(layout, person, district=False, birth=year or "")
        record_follow_up(layout, person, one)
        layout.record("situations", id_jeune=person.id, annee=2023, situation=situation)
        for code in ISSUES_TICKED.values():
            if ticks[code]:
                layout.record("problematiques", id_suivi=one.id, annee=2023, problematique=code)
        for code in PARTNERS_TICKED.values():
            if ticks[code]:
                layout.record("co_accompagnements", id_jeune=person.id, annee=2023, partenaire=code)
    sheet.other("total", "Total", f"{len(layout.truth['jeunes'])} jeunes")
    year = "l'année du titre"
    for field in ("situations.annee", "problematiques.annee", "co_accompagnements.annee"):
        layout.constant(field, f"titre : {year}", value=2023)
    layout.constant("suivis.statut", "en-tête « PAEI »", value="PAEI")
    layout.ask("De quelle année sont situations, problématiques et partenaires ?", 2023, sheet="Bilan")
    layout.ask("Quel est le statut des suivis ?", "PAEI", sheet="Bilan", column="PAEI / Depuis le")
    layout.ask("L'âge est-il celui du 31 décembre 2023 ?", "oui", sheet="Bilan", column="Jeune / Âge au 31/12/2023")
    return layout


def requests_and_funders() -> Layout:
    about = """Secrétariat du service (ods) : une feuille de demandes, une de financeurs, une de consignes.
Deux dates par demande (reçue, traitée), des tranches d'âge écrites de plusieurs façons.
Les financeurs ont une colonne par année ; les en-têtes des demandes sont sur deux lignes."""
    layout = Layout("06-mots-demandes", about, "logiciel à mots", communes=SEINE, annee=2023)
    file = "Demandes et financements.ods"
    notes = [["Consignes"], ["Une ligne par demande."], ["Ne rien effacer."]]
    layout.free_sheet(file, "Lisez-moi", "consignes, aucune donnée", notes)
    sheet = Sheet(
        layout,
        file,
        "Demandes",
        [
            Column("number", "N°", "ignored: numéro de ligne"),
            Column("received", ("Dates", "Reçue le"), "demandes.date", dates=("date", "long", "fr")),
            Column("handled", ("Dates", "Traitée le"), "ignored: date de la réponse", dates=("date",)),
            Column("name", ("Jeune", "Nom"), PERSONAL_NAME),
            Column("band", ("Jeune", "Âge"), "demandes.tranche_age", BAND_WORDS),
            Column("commune", "Secteur", "demandes.commune", commune_words(SEINE)),
            Column("origin", "Orienté par", "demandes.origine"),
            Column("outcome", ("Réponse", "Suite"), "demandes.suite", OUTCOME_WORDS),
            Column("reason", ("Réponse", "Motif"), "demandes.motif"),
        ],
        ["Demandes d'accompagnement 2023", ""],
    )
    for number, person in enumerate(people(layout.rng, 38, SEINE), start=1):
        day: object = any_day(layout.rng, dt.date(2023, 1, 3), dt.date(2023, 12, 20))
        handled = day + dt.timedelta(days=layout.rng.randrange(2, 30))
        band: object = layout.rng.choice((*BANDS, None))
        if number == 9:
            day = Bad("rentrée", "date imprécise")
        if number == 23:
            band = Bad("14-16", "à cheval sur deux tranches")
        outcome = layout.rng.choice(list(OUTCOME_WORDS))
        origin = layout.rng.choice(("Collège", "Famille", "Mairie", "le jeune lui-même", None))
        reason = layout.rng.choice(("hors secteur", "équipe complète")) if outcome == "refusee" else None
        sheet.line(
            number=number,
            received=day,
            handled=handled,
            name=person.name,
            band=band,
            commune=person.commune,
            origin=origin,
            outcome=outcome,
            reason=reason,
        )
        layout.record(
            "demandes", date=day, commune=person.commune, tranche_age=band, origine=origin, suite=outcome, motif=reason
        )
    sheet.other("total", "TOTAL", "38 demandes")
    funders = Sheet(
        layout,
        file,
        "Financeurs",
        [
            Column("funder", "Financeur", "financements.financeur"),
            Column("2022", "2022", "financements.montant_eur", rule={"financements.annee": 2022}),
            Column("2023", "2023", "financements.montant_eur", rule={"financements.annee": 2023}),
            Column("change", "Évol.", "ignored: calculée"),
        ],
        ["Financements (en €)"],
    )
    sums = {2022: 0, 2023: 0}
    for funder, *amounts in (
        ("Département", 412000, 420500),
        ("Communes", 61000, 61000),
        ("CAF", None, 8200),
        ("ARS", 5000, 0),
    ):
        funders.line(
            funder=funder,
            change="+ 2 %",
            **{str(year): amount for year, amount in zip((2022, 2023), amounts, strict=True)},
        )
        for year, amount in zip((2022, 2023), amounts, strict=True):
            sums[year] += amount or 0
            layout.record("financements", annee=year, financeur=funder, montant_eur=amount)
    funders.other("total", "Total", sums[2022], sums[2023])
    layout.ask("« Reçue le » ou « Traitée le » : la date de la demande ?", "Dates / Reçue le", sheet="Demandes")
    layout.ask("« en cours » : quelle suite ?", "en_attente", sheet="Demandes", column="Réponse / Suite")
    layout.ask("Les colonnes 2022 et 2023 sont-elles des montants par année ?", "oui", sheet="Financeurs")
    return layout


def actions_and_public() -> Layout:
    about = """Bilan des actions d'un logiciel de projets, en xlsx : deux lignes d'en-têtes, les publics en colonnes.
Un intertitre par année, des lignes vides, un total à la fin ; NC ou rien quand on ne sait pas.
Aucun numéro d'action ; l'unité (personnes ou présences) est une colonne."""
    layout = Layout("07-mots-actions", about, "logiciel à mots", held_out=True, communes=LOIRE, annee=2023)
    publics = {
        "- 11 ans": "moins_11",
        "11-14": "11_14",
        "15-18": "15_18",
        "19-21": "19_21",
        "+ 21 ans": "plus_21",
        "Familles": "familles",
    }
    sheet = Sheet(
        layout,
        "bilan_actions.xlsx",
        "Actions",
        [
            Column("label", ("Action", "Intitulé"), "actions.libelle"),
            Column("kind", ("Action", "Type"), "actions.categorie", KINDS),
            Column("commune", ("Action", "Cne"), "actions.commune", commune_words(LOIRE)),
            Column("year", ("Action", "Année"), "actions.annee"),
            Column("sessions", ("Volume", "Nb séances"), "actions.seances"),
            Column("days", ("Volume", "Nb. j."), "actions.jours"),
            Column("partners", ("Partenaires", "Lesquels"), "actions.partenaires"),
            Column("how_many", ("Partenaires", "Nombre"), "actions.nb_partenaires"),
            Column("funding", "Financement", "actions.financements"),
            *(
                Column(code, ("Public touché", word), "participations.nombre", rule={"participations.public": code})
                for word, code in publics.items()
            ),
            Column("total", ("Public touché", "Total"), "ignored: total de la ligne"),
            Column(
                "unit", "Compté en", "actions.unite", {"personnes": ("personnes", "pers."), "presences": ("présences",)}
            ),
        ],
        ["BILAN DES ACTIONS", ""],
    )
    number = 0
    for year in (2022, 2023):
        sheet.other("intertitre", f"Année {year}")
        for label in layout.rng.sample(LABELS, 9):
            number += 1
            about_it = {
                "kind": layout.rng.choice(list(KINDS)),
                "commune": layout.rng.choice((*LOIRE, None)),
                "sessions": layout.rng.randrange(1, 12),
                "days": layout.rng.choice((None, 1, 5)),
                "partners": layout.rng.choice((None, "Mairie, collège", "Centre social")),
                "how_many": layout.rng.choice((None, 1, 2)),
                "funding": layout.rng.choice((None, "Cité éducative")),
                "unit": layout.rng.choice(("personnes", "presences")),
            }
            counts: dict[str, object] = {code: layout.rng.choice((0, 2, 3, 5, 8, None)) for code in publics.values()}
            shown = {
                code: Raw("NC") if count is None and layout.rng.random() < 0.3 else count
                for code, count in counts.items()
            }
            if number in {4, 13}:
                counts["15_18"] = shown["15_18"] = Bad("une dizaine", "ce n'est pas un nombre")
            people_seen = sum(count for code, count in counts.items() if isinstance(count, int) and code != "familles")
            sheet.line(label=label, year=year, total=people_seen, **about_it, **shown)
            layout.record(
                "actions",
                id_action=f"A{number:02}",
                annee=year,
                commune=about_it["commune"],
                categorie=about_it["kind"],
                libelle=label,
                seances=about_it["sessions"],
                jours=about_it["days"],
                partenaires=about_it["partners"],
                nb_partenaires=about_it["how_many"],
                financements=about_it["funding"],
                unite=about_it["unit"],
            )
            for code, count in counts.items():
                layout.record("participations", id_action=f"A{number:02}", public=code, nombre=count)
        sheet.other("ligne vide")
    sheet.total("TOTAL", "year")
    layout.ask("« DSL » : quelle catégorie ?", "developpement_social_local", sheet="Actions", column="Action / Type")
    return layout


LAYOUTS = (words_on_two_lines, yearly_review_with_ticks, requests_and_funders, actions_and_public)

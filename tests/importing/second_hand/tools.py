"""Online forms, whose headers are questions; a board with a card a young person."""

import datetime as dt

from made_up_service import any_day, people, record_follow_up, record_person
from writing_layouts import Bad, Column, Layout, Raw, Sheet

from second_hand.people import as_spoken, of_the_year

HERBLAIN, REZE, ORVAULT = "44162", "44143", "44114"


def form() -> Layout:
    communes = (HERBLAIN, REZE, ORVAULT)
    layout = Layout(
        "23-formulaires-questions",
        "Deux formulaires en ligne que l'équipe remplit sur son téléphone, « Demande » et « Retour de sortie ».\n"
        "L'horodatage vient d'abord, les en-têtes sont les questions posées ; "
        "plusieurs éducateurs se cochent dans une cellule,\nséparés par des virgules ; la durée s'écrit comme on veut.",
        "formulaire en ligne",
        communes=list(communes),
        annee=2023,
    )
    rng = layout.rng
    requests, outings = "Demande d'accompagnement (réponses).xlsx", "Retour de sortie (réponses).csv"
    layout.csv_form(",", "utf-8", outings)
    names = {HERBLAIN: ("Saint-Herblain",), REZE: ("Rezé",), ORVAULT: ("Orvault",)}
    outcomes = {
        "acceptee": ("Oui, on démarre",),
        "refusee": ("Non",),
        "reorientee": ("Non, on passe la main à un autre service",),
        "en_attente": ("À voir en équipe",),
    }
    sheet = Sheet(
        layout,
        requests,
        "Réponses au formulaire 1",
        [
            Column("stamp", "Horodateur", "ignored: moment de la réponse"),
            Column("mail", "Adresse e-mail", "ignored: adresse de l'éducateur qui répond"),
            Column("day", "Quand la demande nous est-elle arrivée ?", "demandes.date", dates=("date",)),
            Column("origin", "Qui a appelé ou est venu nous voir ?", "demandes.origine"),
            Column("first", "Prénom ou surnom du jeune", "refused: prénom d'un jeune"),
            Column(
                "band",
                "Quel âge a-t-il (elle) ?",
                "demandes.tranche_age",
                {
                    "moins_11": ("Pas encore 11 ans",),
                    "11_14": ("Entre 11 et 14 ans",),
                    "15_18": ("Entre 15 et 18 ans",),
                    "19_21": ("Entre 19 et 21 ans",),
                    "plus_21": ("Plus que ça",),
                },
            ),
            Column("commune", "Où habite-t-il (elle) ?", "demandes.commune", names | {"hors": ("Autre ville",)}),
            Column("outcome", "On donne suite ?", "demandes.suite", outcomes),
            Column("why", "Si c'est non, pourquoi ?", "demandes.motif"),
        ],
    )
    for day in sorted(any_day(rng, dt.date(2023, 1, 5), dt.date(2023, 12, 18)) for _ in range(28)):
        origin = rng.choice(("CPE du collège", "La maman", "Assistante sociale du CDS", "Un copain à lui", "Bailleur"))
        band = rng.choice(("moins_11", "11_14", "11_14", "15_18", "15_18", "19_21", "plus_21", None))
        commune, outcome = rng.choice((*communes, *communes, "hors")), rng.choice(list(outcomes))
        why = rng.choice(("Hors de nos quartiers", "Déjà suivi par l'AEMO")) if outcome in {"refusee"} else None
        sheet.line(
            stamp=Raw(dt.datetime.combine(day, dt.time(9)) + dt.timedelta(minutes=rng.randrange(4000))),
            mail=rng.choice(("equipe.nord@exemple.fr", "equipe.sud@exemple.fr")),
            day=day,
            origin=Raw(origin),
            first=rng.choice(("Ilyès", "Maëva", "Nolan", "Aminata", "Sacha", "Djibril", "Lola (la sœur de Nolan)")),
            band=band,
            commune=commune,
            outcome=outcome,
            why=Raw(why),
        )
        layout.record("demandes", date=day, commune=commune, tranche_age=band, origine=origin, suite=outcome, motif=why)
    activities = {
        "travail_de_rue": ("Tournée à pied dans le quartier",),
        "presence_sociale": ("Devant le collège / le lycée", "Permanence au local"),
    }
    moments = {"journee": ("Dans l'après-midi",), "soiree": ("En soirée",), "week_end": ("Samedi ou dimanche",)}
    sheet = Sheet(
        layout,
        outings,
        None,
        [
            Column("stamp", "Horodateur", "ignored: moment de la réponse"),
            Column("day", "C'était quel jour ?", "temps.date"),
            Column("who", "Qui était de sortie ?", "temps.educateur", rule={"separated_by": ","}),
            Column("where", "Dans quelle ville ?", "temps.commune", names),
            Column("what", "Qu'avez-vous fait ?", "temps.activite", activities),
            Column("moment", "À quel moment ?", "temps.creneau", moments),
            Column("long", "Combien de temps êtes-vous restés ?", "temps.heures", rule={"each": "temps.educateur"}),
            Column(
                "online",
                "Était-ce sur les réseaux (Insta, Snap) ?",
                "temps.en_ligne",
                {"oui": ("Oui",), "non": ("Non",)},
            ),
            Column("met", "Environ combien de jeunes vus ?", "ignored: nombre de jeunes vus, sans identité"),
            Column("word", "Quelque chose à raconter ?", "ignored: texte libre"),
        ],
    )
    for day in sorted(any_day(rng, dt.date(2023, 1, 9), dt.date(2023, 12, 20)) for _ in range(46)):
        who = rng.sample(("Karim", "Solène", "Youna"), rng.choice((1, 2, 2, 3)))
        where, what, hours = rng.choice(communes), rng.choice(list(activities)), rng.choice((1, 1.5, 2, 2.5, 3))
        moment = "week_end" if day.weekday() >= 5 else rng.choice(("journee", "soiree"))
        online = rng.choice(("non",) * 6 + ("oui",))
        stamp = f"{day:%Y/%m/%d} {rng.randrange(1, 12)}:{rng.randrange(60):02}:{rng.randrange(60):02} PM UTC+1"
        sheet.line(
            stamp=Raw(stamp),
            day=day,
            who=Raw(", ".join(who)),
            where=where,
            what=what,
            moment=moment,
            long=Raw(as_spoken(rng, hours)),
            online=online,
            met=rng.choice((3, 5, 8, 12, None)),
            word=rng.choice((None, None, "ambiance tendue près du city", "calme, il pleuvait")),
        )
        for one in who:
            layout.record(
                "temps",
                date=day,
                educateur=one,
                commune=where,
                activite=what,
                heures=hours,
                en_ligne=online,
                creneau=moment,
            )
    layout.ask(
        "« On donne suite ? » : que veulent dire les réponses ?",
        {words[0]: code for code, words in outcomes.items()},
        file=requests,
    )
    layout.ask("« Quel âge a-t-il (elle) ? » : « Plus que ça » ?", {"Plus que ça": "plus_21"}, file=requests)
    layout.ask(
        "« Qu'avez-vous fait ? » : que veulent dire les réponses ?",
        {word: code for code, words in activities.items() for word in words},
        file=outings,
    )
    layout.ask("Plusieurs éducateurs dans une cellule : la durée est-elle celle de chacun ?", "oui", file=outings)
    return layout


def board() -> Layout:
    communes = ("38151", "38421", "38169")
    layout = Layout(
        "24-kanban-cartes",
        "Une petite équipe suit ses jeunes sur un tableau à cartes : une carte un jeune, une liste l'étape.\n"
        "L'export CSV est en anglais, les champs ajoutés sont en français ; les étiquettes (avec leur couleur) sont\n"
        "plusieurs dans une cellule, et les cartes de l'équipe (courses, réunions) sont au milieu.",
        "tableau à cartes",
        communes=list(communes),
        annee=2023,
    )
    layout.stray_spaces = 0
    rng = layout.rng
    file = "jeunes 2023 - board export.csv"
    layout.csv_form(",", "utf-8", file)
    labels = {
        "logement": "Logement (yellow)",
        "absenteisme": "Absences répétées (red)",
        "rupture_scolaire": "Décrochage (red_dark)",
        "acces_droits_demarches": "Papiers & droits (blue)",
        "consommation_excessive": "Conso (black)",
        "mal_etre": "Moral (purple)",
        "gestion_relations_familiales": "Famille (orange)",
        "inscription_insertion": "Mission loc / France Travail (sky)",
        "procedure_juridique": "Justice (lime)",
    }
    columns = {
        "ACCROCHE": ("👋 Accroche",),
        "PAEI": ("En PAEI", "PAEI terminé"),
        "ASEP": ("Coup de main (ASEP)",),
    }
    reasons = {
        "orientation": ("on a passé le relais",),
        "difficulte_mobilisation": ("ne vient plus",),
        "changement_territoire": ("parti ailleurs",),
        "amelioration_situation": ("ça va mieux",),
        "changement_statut": ("change d'étape",),
    }
    sheet = Sheet(
        layout,
        file,
        None,
        [
            Column("id", "Card ID", "jeunes.id_jeune suivis.id_jeune"),
            Column("name", "Card Name", "refused: prénom et initiale d'un jeune"),
            Column("url", "Card URL", "ignored: adresse de la carte"),
            Column("text", "Card Description", "refused: texte libre sur un jeune"),
            Column(
                "labels",
                "Labels",
                "problematiques.problematique",
                rule={"separated_by": ","},
                seen={word: code for code, word in labels.items()},
            ),
            Column("members", "Members", "suivis.educateur"),
            Column("due", "Due Date", "ignored: échéance de la carte", dates=("instant_utc",)),
            Column("files", "Attachment Count", "ignored: nombre de pièces jointes"),
            Column("moved", "Last Activity Date", "ignored: dernier changement", dates=("instant_utc",)),
            Column("list", "List Name", "suivis.statut", rule={"leave_out_when": "Équipe / à faire"}),
            Column("board", "Board Name", "ignored: nom du tableau"),
            Column("archived", "Archived", "ignored: carte rangée"),
            Column("sex", "Genre", "jeunes.sexe", {"F": ("elle",), "G": ("il",), "NR": ("iel",)}),
            Column("birth", "DDN", "jeunes.date_naissance", dates=("court",)),
            Column(
                "commune",
                "Ville",
                "jeunes.commune",
                {"38151": ("Échirolles", "Echirolles"), "38421": ("SMH", "St Martin d'Hères"), "38169": ("Fontaine",)},
            ),
            Column("contact", "1ère fois qu'on l'a vu", "jeunes.premier_contact", dates=("instant_utc",)),
            Column("start", "Début", "suivis.date_debut", dates=("instant_utc",)),
            Column("end", "Fin", "suivis.date_fin", dates=("instant_utc",)),
            Column("reason", "Pourquoi c'est fini", "suivis.motif_cloture", reasons),
        ],
    )
    statuses = sheet.columns[9]
    for place, person in enumerate(of_the_year(people(rng, 74, communes))):
        (one,) = person.follow_ups
        person.id = f"{rng.getrandbits(96):024x}"
        word = columns["PAEI"][1 if one.end else 0] if one.status == "PAEI" else columns[one.status][0]
        statuses.seen[word] = one.status
        issues = rng.sample(list(labels), rng.choice((0, 1, 1, 2, 3)))
        person.birth = Bad("début 2008", "date approximative") if place == 9 else person.birth
        one.educator = rng.choice(("Malika Roustan (malikar)", "Tugdual Fercoq (tugdual)"))
        sheet.line(
            id=person.id,
            name=f"{person.first} {person.name[0]}.",
            url=f"https://tableau.exemple/c/{rng.getrandbits(40):x}",
            text=rng.choice((None, "voit sa grand-mère le week-end", "à appeler après 17h")),
            labels=Raw(", ".join(labels[issue] for issue in issues)),
            members=Raw(one.educator),
            due=any_day(rng, dt.date(2024, 1, 8), dt.date(2024, 3, 1)) if one.end is None else None,
            files=rng.randrange(3),
            moved=any_day(rng, dt.date(2023, 9, 1), dt.date(2023, 12, 30)),
            list=Raw(word),
            board="Jeunes",
            archived="true" if one.end else "false",
            sex=person.sex,
            birth=person.birth,
            commune=person.commune,
            contact=person.contact,
            start=one.start,
            end=one.end,
            reason=one.reason,
        )
        record_person(layout, person, district=False)
        record_follow_up(layout, person, one, educator=True)
        for issue in issues:
            layout.record("problematiques", id_suivi=one.id, annee=2023, problematique=issue)
        if place in {6, 21, 30}:
            sheet.line(
                id=f"{rng.getrandbits(96):024x}",
                name={6: "Racheter du café", 21: "Préparer la réunion du 12", 30: "CR du comité de pilotage"}[place],
                members=Raw("Malika Roustan (malikar)"),
                moved=any_day(rng, dt.date(2023, 9, 1), dt.date(2023, 12, 30)),
                list=Raw("Équipe / à faire"),
                board="Jeunes",
                archived="false",
                files=0,
            )
            sheet.leave_out("carte de l'équipe, aucun jeune")
    layout.constant("problematiques.annee", "réponse : aucune colonne ne la dit", file=file, value=2023)
    layout.ask("Labels : quelle problématique est chaque étiquette ?", {v: k for k, v in labels.items()}, file=file)
    layout.ask("De quelle année sont les problématiques (Labels) ?", 2023, file=file)
    layout.ask(
        "List Name : que veut dire chaque colonne du tableau ?",
        {word: code for code, words in columns.items() for word in words} | {"Équipe / à faire": "laisser la ligne"},
        file=file,
    )
    layout.ask("Pourquoi c'est fini : quel motif ?", {w[0]: code for code, w in reasons.items()}, file=file)
    return layout


LAYOUTS = (form, board)

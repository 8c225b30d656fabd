"""Exports of tools: an application of a vendor, a département's old system, a form, a kanban board, FileMaker."""

import datetime as dt
from collections.abc import Collection
from random import Random
from uuid import UUID

from made_up_service import Person, any_day, people, record_follow_up, record_person
from writing_layouts import Bad, Column, Layout, Raw, Sheet

COLOMIERS, BLAGNAC = "31149", "31069"
ROUVRAY, ELBEUF = "76575", "76231"
HERBLAIN, REZE, ORVAULT = "44162", "44143", "44114"
DISTRICTS = ("Val d'Aran", "En Jacca", "Les Ramassiers", "Le Perget")


def uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def of_the_year(persons: list[Person]) -> list[Person]:
    """Keep who was followed in 2023, with the last follow-up alone."""
    lasts = [(person, person.follow_ups[-1:]) for person in persons]
    for person, last in lasts:
        person.follow_ups = last
    return [person for person, last in lasts if last and (last[0].end is None or last[0].end >= dt.date(2023, 1, 1))]


def occupation(rng: Random, birth: dt.date, codes: Collection[str], year: int) -> str:
    """Choose what somebody born then may do in a year, of the codes given."""
    ages = {
        "college": (0, 15),
        "lycee_general": (15, 18),
        "lycee_professionnel": (15, 19),
        "descolarise": (14, 18),
        "etudes_superieures": (18, 99),
    }
    fit = [code for code in codes if ages.get(code, (17, 99))[0] <= year - birth.year <= ages.get(code, (17, 99))[1]]
    return rng.choice(fit)


# ---------------------------------------------------------------- 21


def application() -> Layout:
    communes = (COLOMIERS, BLAGNAC)
    layout = Layout(
        "21-appli-camelcase",
        "Application web d'un éditeur : l'association a demandé « une extraction de la base », un CSV par table.\n"
        "Noms de champs du développeur, énumérations en capitales, dates-heures, UUID ; "
        "les lignes effacées dans l'écran restent,\navec leur date d'effacement ; noms, téléphone et courriel suivent.",
        "application web",
        communes=list(communes),
        annee=2023,
    )
    layout.stray_spaces = 0
    rng = layout.rng
    files = ("beneficiaires.csv", "accompagnements.csv", "relais.csv")
    layout.csv_form(",", "utf-8", *files)
    persons = people(rng, 34, communes)
    for person in persons:
        person.id = uuid(rng)
        person.district = rng.choice(DISTRICTS)
        for one in person.follow_ups:
            one.id = uuid(rng)
    young = Sheet(
        layout,
        files[0],
        None,
        [
            Column("id", "uuid", "jeunes.id_jeune"),
            Column("name", "nomNaissance", "refused: nom d'un jeune"),
            Column("first", "prenomUsage", "refused: prénom d'un jeune"),
            Column(
                "sex",
                "genre",
                "jeunes.sexe",
                {"F": ("FEMININ",), "G": ("MASCULIN",), "NR": ("NON_PRECISE",)},
            ),
            Column("birth", "dateNaissance", "jeunes.date_naissance", dates=("instant",)),
            Column("commune", "communeResidenceInsee", "jeunes.commune"),
            Column("district", "quartierLibelle", "jeunes.quartier"),
            Column("contact", "premiereRencontreLe", "jeunes.premier_contact", dates=("instant",)),
            Column("phone", "telephonePortable", "refused: téléphone"),
            Column("mail", "courriel", "refused: adresse électronique"),
            Column("consent", "consentementDonnees", "ignored: accord du jeune pour la tenue de sa fiche"),
            Column("made", "creeLe", "ignored: date de création de la fiche", dates=("instant",)),
        ],
    )
    for person in persons:
        if rng.random() < 0.06:
            person.birth = None
        young.line(
            id=person.id,
            name=person.name,
            first=person.first,
            sex=person.sex,
            birth=person.birth,
            commune=person.commune,
            district=person.district,
            contact=person.contact,
            phone=person.phone,
            mail=person.mail if rng.random() < 0.4 else None,
            consent=rng.choice(("true", "true", "false")),
            made=any_day(rng, dt.date(2023, 10, 1), dt.date(2023, 12, 20)),
        )
        record_person(layout, person)
    supports = Sheet(
        layout,
        files[1],
        None,
        [
            Column("id", "uuid", "suivis.id_suivi"),
            Column("person", "beneficiaireUuid", "suivis.id_jeune"),
            Column(
                "status",
                "typeAccompagnement",
                "suivis.statut",
                {
                    "PAEI": ("PROJET_INDIVIDUALISE",),
                    "ASEP": ("SOUTIEN_PONCTUEL",),
                    "ACCROCHE": ("PRISE_DE_CONTACT",),
                },
            ),
            Column("start", "ouvertLe", "suivis.date_debut", dates=("instant",)),
            Column("end", "clotureLe", "suivis.date_fin", dates=("instant",)),
            Column(
                "reason",
                "motifCloture",
                "suivis.motif_cloture",
                {
                    "orientation": ("RELAIS_PARTENAIRE",),
                    "difficulte_mobilisation": ("NON_ADHESION",),
                    "changement_territoire": ("DEMENAGEMENT",),
                    "amelioration_situation": ("OBJECTIFS_ATTEINTS",),
                    "changement_statut": ("BASCULE_AUTRE_TYPE",),
                },
            ),
            Column("educator", "referentLogin", "suivis.educateur"),
            Column("changed", "modifieLe", "ignored: date de modification", dates=("instant",)),
            Column(
                "deleted",
                "supprimeLe",
                "ignored: date d'effacement de la ligne",
                dates=("instant",),
                rule={"leave_out_when": "filled"},
            ),
        ],
    )
    logins = {"SM": "s.maillard", "KD": "k.dahmani", "JPL": "jp.lescure"}
    for person in persons:
        for one in person.follow_ups:
            one.educator = logins[one.educator]
            cells = {
                "person": person.id,
                "status": one.status,
                "start": one.start,
                "end": one.end,
                "reason": one.reason,
                "educator": one.educator,
                "changed": any_day(rng, dt.date(2023, 10, 1), dt.date(2023, 12, 20)),
            }
            if rng.random() < 0.06:
                supports.line(id=uuid(rng), **cells, deleted=any_day(rng, dt.date(2023, 10, 1), dt.date(2023, 12, 20)))
                supports.leave_out("ligne effacée dans l'application")
            supports.line(id=one.id, **cells)
            record_follow_up(layout, person, one, educator=True)
    referrals(layout, files[2], persons)
    layout.ask(
        "typeAccompagnement : que veulent dire SOUTIEN_PONCTUEL, PROJET_INDIVIDUALISE et PRISE_DE_CONTACT ?",
        {"SOUTIEN_PONCTUEL": "ASEP", "PROJET_INDIVIDUALISE": "PAEI", "PRISE_DE_CONTACT": "ACCROCHE"},
        file=files[1],
        column="typeAccompagnement",
    )
    layout.ask(
        "motifCloture : que veut dire NON_ADHESION, OBJECTIFS_ATTEINTS, BASCULE_AUTRE_TYPE… ?",
        {
            "NON_ADHESION": "difficulte_mobilisation",
            "OBJECTIFS_ATTEINTS": "amelioration_situation",
            "BASCULE_AUTRE_TYPE": "changement_statut",
            "RELAIS_PARTENAIRE": "orientation",
            "DEMENAGEMENT": "changement_territoire",
        },
        file=files[1],
        column="motifCloture",
    )
    layout.ask(
        "domaineRelais : que veulent dire INSERTION_SCOLARITE, CULTURE_SPORT… ?",
        {"INSERTION_SCOLARITE": "scolaire_professionnelle", "CULTURE_SPORT": "loisirs"},
        file=files[2],
        column="domaineRelais",
    )
    return layout


def referrals(layout: Layout, file: str, persons: list[Person]) -> None:
    rng = layout.rng
    sheet = Sheet(
        layout,
        file,
        None,
        [
            Column("id", "uuid", "ignored: identifiant de la ligne"),
            Column("follow_up", "accompagnementUuid", "orientations.id_suivi"),
            Column("day", "dateRelais", "orientations.date", dates=("instant",)),
            Column(
                "domain",
                "domaineRelais",
                "orientations.domaine",
                {
                    "sociale_educative": ("SOCIAL_EDUCATIF",),
                    "medicale": ("SANTE",),
                    "scolaire_professionnelle": ("INSERTION_SCOLARITE",),
                    "juridique": ("JUSTICE",),
                    "loisirs": ("CULTURE_SPORT",),
                    "autres": ("AUTRE",),
                },
            ),
            Column("partner", "structureAccueil", "orientations.partenaire"),
            Column("comment", "commentaire", "refused: texte libre sur un jeune"),
        ],
    )
    partners = {
        "sociale_educative": "Maison des solidarités",
        "medicale": "Maison des adolescents",
        "scolaire_professionnelle": "Mission locale",
        "juridique": "Point-justice",
        "loisirs": "MJC",
        "autres": None,
    }
    for person in persons:
        for one in person.follow_ups:
            if one.status == "PAEI" and rng.random() < 0.8:
                domain = rng.choice(list(partners))
                day = any_day(rng, one.start, one.end or dt.date(2023, 12, 31))
                comment = rng.choice((None, "accompagné au 1er rdv, à rappeler", "n'y est pas allée seule"))
                sheet.line(
                    id=uuid(rng),
                    follow_up=one.id,
                    day=day,
                    domain=domain,
                    partner=partners[domain],
                    comment=comment,
                )
                layout.record("orientations", id_suivi=one.id, date=day, domaine=domain, partenaire=partners[domain])


# ---------------------------------------------------------------- 22


def old_system() -> Layout:
    communes = (ROUVRAY, ELBEUF)
    layout = Layout(
        "22-departement-huit-lettres",
        "Vieux système du département (« infocentre ») : noms de huit lettres en capitales, dates AAAAMMJJ,\n"
        "00000000 : pas de date, 20070000 : seule l'année est connue ; le jeune est répété à chaque suivi.\n"
        "Les libellés de tous les codes sont dans un second fichier, avec le nom de leur nomenclature.",
        "système du département",
        communes=list(communes),
        annee=2023,
    )
    layout.stray_spaces = 0
    rng = layout.rng
    files = ("SUIVPREV.csv", "LIBELLES.csv")
    layout.csv_form(";", "cp1252", *files)
    statuses = {"PAEI": ("01",), "ASEP": ("02",), "ACCROCHE": ("03",)}
    reasons = {
        "orientation": ("10",),
        "amelioration_situation": ("20",),
        "changement_territoire": ("30",),
        "difficulte_mobilisation": ("40",),
        "changement_statut": ("90",),
    }
    sheet = Sheet(
        layout,
        files[0],
        None,
        [
            Column("person", "NUDOSUSA", "jeunes.id_jeune suivis.id_jeune"),
            Column("initials", "INITUSAG", "refused: initiales d'un jeune"),
            Column("sex", "CDSEXUSA", "jeunes.sexe", {"G": ("1",), "F": ("2",), "NR": ("0",)}),
            Column("birth", "DTNAIUSA", "jeunes.date_naissance", dates=("compact",)),
            Column("commune", "CDINSRES", "jeunes.commune"),
            Column("district", "LBQUARES", "jeunes.quartier"),
            Column("contact", "DTPRECON", "jeunes.premier_contact", dates=("compact",)),
            Column("id", "NUSUIVIE", "suivis.id_suivi"),
            Column("status", "CDNATSUI", "suivis.statut", statuses, rule={"through": "LIBELLES.csv, NATSUI"}),
            Column("start", "DTDEBSUI", "suivis.date_debut", dates=("compact",)),
            Column("end", "DTFINSUI", "suivis.date_fin", dates=("compact",)),
            Column("reason", "CDMOTFIN", "suivis.motif_cloture", reasons, rule={"through": "LIBELLES.csv, MOTFIN"}),
            Column("educator", "CDEDUREF", "suivis.educateur"),
            Column("changed", "DTMAJFIC", "ignored: date de mise à jour", dates=("compact",)),
        ],
    )
    districts = ("CHATEAU BLANC", "HARTMANN", "MADRILLET", "PUCHOT")
    lines = 0
    for place, person in enumerate(people(rng, 32, communes)):
        person.id, person.district = f"{7600120 + 7 * place:08}", rng.choice(districts)
        birth: object = person.birth
        if place in {5, 19}:
            assert isinstance(person.birth, dt.date)
            birth, person.birth = person.birth.year, None
        unread = Bad("20090231", "ce jour n'existe pas") if place == 11 else None
        for rank, one in enumerate(person.follow_ups):
            shown: object = Raw(f"{birth}0000") if isinstance(birth, int) else unread or birth
            one.id, one.educator = f"{person.id}{rank + 1:02}", {"SM": "E07", "KD": "E12", "JPL": "E31"}[one.educator]
            sheet.line(
                person=person.id,
                initials=(person.first[0] + person.name[0]).replace("É", "E"),
                sex=person.sex,
                birth=shown,
                commune=person.commune,
                district=Raw(f"{person.district:<20}"),
                contact=person.contact,
                id=one.id,
                status=one.status,
                start=one.start,
                end=one.end or Raw("00000000"),
                reason=one.reason or Raw("00"),
                educator=one.educator,
                changed=dt.date(2024, 1, 8),
            )
            lines += 1
            record_follow_up(layout, person, one, educator=True)
        record_person(layout, person, birth=unread or birth)
    sheet.other("fin du fichier", "FIN DE FICHIER", None, f"{lines:06}")
    labels = Sheet(
        layout,
        files[1],
        None,
        [
            Column("table", "CDNOMENC", "lookup: nomenclature du code"),
            Column("code", "CDVALEUR", "lookup: code"),
            Column("label", "LBVALEUR", "lookup: libellé du code"),
        ],
    )
    for table, code, label in (
        ("NATSUI", "01", "PROJET D ACCOMPAGNEMENT EDUCATIF (PAEI)"),
        ("NATSUI", "02", "ACCOMPAGNEMENT SOCIO EDUCATIF PONCTUEL"),
        ("NATSUI", "03", "PHASE D ACCROCHE"),
        ("MOTFIN", "00", "SANS OBJET"),
        ("MOTFIN", "10", "RELAIS AUTRE SERVICE"),
        ("MOTFIN", "20", "AMELIORATION"),
        ("MOTFIN", "30", "DEPART DU TERRITOIRE"),
        ("MOTFIN", "40", "RUPTURE DU LIEN"),
        ("MOTFIN", "90", "CHANGEMENT DE NATURE DU SUIVI"),
    ):
        labels.line(table=Raw(table), code=Raw(code), label=Raw(label))
    layout.ask("CDSEXUSA : que veulent dire 1, 2 et 0 ?", {"1": "G", "2": "F", "0": "NR"}, file=files[0])
    layout.ask(
        "CDMOTFIN : que veulent dire RELAIS AUTRE SERVICE, RUPTURE DU LIEN… ?",
        {
            "10": "orientation",
            "20": "amelioration_situation",
            "30": "changement_territoire",
            "40": "difficulte_mobilisation",
            "90": "changement_statut",
        },
        file=files[0],
    )
    return layout


# ---------------------------------------------------------------- 23


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


def as_spoken(rng: Random, hours: float) -> str:
    """Write hours as people do: 1h30, 1:30, 1,5…"""
    whole, minutes = divmod(round(hours * 60), 60)
    forms = [
        f"{whole}h{minutes:02}" if minutes else f"{whole}h",
        f"{whole}:{minutes:02}",
        f"{hours:g}".replace(".", ","),
    ]
    return rng.choice([*forms, f"{whole} h {minutes:02}" if minutes else f"{whole} heure{'s' * (whole > 1)}"])


# ---------------------------------------------------------------- 24


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


# ---------------------------------------------------------------- 25


def portals() -> Layout:
    communes = ("37122", "37233")
    layout = Layout(
        "25-fiches-rubriques-liees",
        "Base FileMaker faite par un ancien éducateur, exportée en .xlsx depuis la fiche du jeune.\n"
        "Les rubriques liées (Suivis::, Annees::) donnent une ligne chacune, côte à côte ; la fiche n'est écrite que\n"
        "sur la première de ses lignes. Rubriques de calcul et de traçage (z_) au milieu.",
        "base FileMaker",
        communes=list(communes),
        annee=2023,
    )
    rng = layout.rng
    situations = {
        "college": ("au collège",),
        "lycee_general": ("lycée G ou T",),
        "lycee_professionnel": ("LP ou CFA",),
        "descolarise": ("plus d'école",),
        "recherche_emploi": ("cherche du boulot",),
        "activite_professionnelle": ("travaille",),
    }
    reasons = {
        "orientation": ("passage de relais",),
        "difficulte_mobilisation": ("perdu de vue",),
        "changement_territoire": ("a déménagé",),
        "amelioration_situation": ("n'a plus besoin de nous",),
        "changement_statut": ("autre type de suivi",),
    }
    file = "Fiches jeunes.xlsx"
    sheet = Sheet(
        layout,
        file,
        "Fiches jeunes",
        [
            Column("person", "_pk_Fiche", "jeunes.id_jeune suivis.id_jeune situations.id_jeune"),
            Column("civility", "Civilité", "jeunes.sexe", {"F": ("Mlle", "Mme"), "G": ("M.",), "NR": ("?",)}),
            Column("name", "Identité", "refused: nom d'un jeune"),
            Column("birth", "Né(e) le", "jeunes.date_naissance", dates=("fr", "fr", "point")),
            Column("age", "c_Age", "ignored: âge calculé de la date de naissance"),
            Column(
                "commune",
                "Ville_hab",
                "jeunes.commune",
                {"37122": ("Joué-lès-Tours", "JOUE LES TOURS"), "37233": ("St-Pierre-des-Corps", "St Pierre des C.")},
            ),
            Column("district", "Quartier_hab", "jeunes.quartier"),
            Column("contact", "Rencontré(e) le", "jeunes.premier_contact", dates=("fr", "point")),
            Column("id", "Suivis::_pk_Suivi", "suivis.id_suivi"),
            Column(
                "status",
                "Suivis::Nature",
                "suivis.statut",
                {"PAEI": ("PAEI",), "ASEP": ("ASEP",), "ACCROCHE": ("Accroche",)},
            ),
            Column("start", "Suivis::Du", "suivis.date_debut", dates=("fr", "point")),
            Column("end", "Suivis::Au", "suivis.date_fin", dates=("fr", "point")),
            Column("reason", "Suivis::Fin_Cause", "suivis.motif_cloture", reasons),
            Column("educator", "Suivis::Educ", "suivis.educateur"),
            Column("year", "Annees::Millesime", "situations.annee"),
            Column("situation", "Annees::Que_fait_il", "situations.situation", situations),
            Column("by", "z_modif_par", "ignored: qui a modifié la fiche"),
            Column("changed", "z_modif_le", "ignored: date de modification"),
        ],
    )
    for place, person in enumerate(people(rng, 24, communes, most=3)):
        person.id, person.district = str(1041 + 3 * place), rng.choice(("La Rabière", "Morier", "La Rabaterie"))
        years = rng.choice(((2023,), (2022, 2023), (2022, 2023), (2021, 2022, 2023), ()))
        assert isinstance(person.birth, dt.date)
        told = [(year, occupation(rng, person.birth, situations, year)) for year in years]
        for line in range(max(len(person.follow_ups), len(told))):
            cells: dict[str, object] = {}
            if line == 0:
                cells = {
                    "person": int(person.id),
                    "civility": person.sex,
                    "name": f"{person.name.upper()} {person.first}",
                    "birth": person.birth,
                    "age": 2023 - person.birth.year,
                    "commune": person.commune,
                    "district": person.district,
                    "contact": person.contact,
                    "by": rng.choice(("Accueil", "Admin")),
                    "changed": dt.date(2023, 12, rng.randint(1, 22)),
                }
            if line < len(person.follow_ups):
                one = person.follow_ups[line]
                one.id, one.educator = f"{int(person.id) * 10 + line}", rng.choice(("Rozenn", "Abdel", "Pauline"))
                cells |= {"id": int(one.id), "status": one.status, "start": one.start, "end": one.end}
                cells |= {"reason": one.reason, "educator": one.educator}
                record_follow_up(layout, person, one, educator=True)
            if line < len(told):
                cells |= {"year": told[line][0], "situation": told[line][1]}
                layout.record("situations", id_jeune=person.id, annee=told[line][0], situation=told[line][1])
            sheet.line(**cells)
        record_person(layout, person)
    layout.ask("Suivis::Fin_Cause : quel motif ?", {words[0]: code for code, words in reasons.items()}, file=file)
    layout.ask(
        "Annees::Que_fait_il : quelle situation ?",
        {words[0]: code for code, words in situations.items()},
        file=file,
    )
    return layout


LAYOUTS = (application, old_system, form, board, portals)

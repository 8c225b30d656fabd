"""An application of a vendor, dumped table by table; FileMaker, with linked records side by side."""

import datetime as dt
from random import Random
from uuid import UUID

from made_up_service import Person, any_day, people, record_follow_up, record_person
from writing_layouts import Column, Layout, Sheet

from second_hand.people import occupation

COLOMIERS, BLAGNAC = "31149", "31069"
DISTRICTS = ("Val d'Aran", "En Jacca", "Les Ramassiers", "Le Perget")


def uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


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


LAYOUTS = (application, portals)

"""The contract of the records: every table, in the order of the documentation."""

from __future__ import annotations

from rlpipeline.records import labels
from rlpipeline.records.schema import Column, Reference, Table
from rlpipeline.records.schema_columns import (
    DAY,
    JEUNE,
    SUIVI,
    TO_JEUNE,
    TO_SUIVI,
    YEAR,
    amount,
    count,
    figure,
    held,
    may,
    must,
)

YOUNG_PEOPLE = (
    Table(
        "jeunes",
        "Jeunes connus du service",
        (
            JEUNE,
            must("sexe", "code", "F, G, ou NR si non renseigné", words=labels.SEXES),
            held(
                "date_naissance", "birth", "date de naissance, ou année seule ; vide si inconnue", example="17/05/2008"
            ),
            must("commune", "commune", "code INSEE de la commune de résidence au jour de l'export, ou hors"),
            may("quartier", "text", "quartier de résidence", example="Centre-ville"),
            must("premier_contact", "date", "date du premier contact avec le service"),
            may("origine", "code", "comment le premier contact s'est fait", words=labels.ORIGINES),
            may("qpv", "code", "oui si le jeune vit dans un quartier prioritaire, sinon non", words=labels.OUI_NON),
        ),
        key=("id_jeune",),
        required=True,
        about_young_people=True,
        note="une ligne par jeune connu du service",
    ),
    Table(
        "suivis",
        "Périodes de suivi",
        (
            SUIVI,
            JEUNE,
            must("statut", "code", "statut du suivi", words=labels.STATUTS),
            must("date_debut", "date", "premier jour du suivi"),
            held("date_fin", "date", "dernier jour du suivi ; vide s'il est en cours"),
            held(
                "motif_cloture",
                "code",
                "motif de fin, obligatoire quand un PAEI est terminé",
                words=labels.MOTIFS_DE_CLOTURE,
            ),
            may("educateur", "text", "code de l'éducateur, jamais son nom", example="EDU-01"),
        ),
        key=("id_suivi",),
        references=(TO_JEUNE,),
        required=True,
        about_young_people=True,
        note="une ligne par période de suivi sous un même statut",
    ),
    Table(
        "situations",
        "Situation de chaque jeune, chaque année",
        (
            JEUNE,
            YEAR,
            must(
                "situation",
                "code",
                "situation scolaire ou professionnelle",
                words=labels.SITUATIONS,
            ),
            may("commune", "commune", "résidence au 31 décembre de l'année, si elle était autre qu'aujourd'hui"),
        ),
        key=("id_jeune", "annee"),
        references=(TO_JEUNE,),
        about_young_people=True,
        note="une ligne par jeune et par année",
    ),
    Table(
        "problematiques",
        "Problématiques relevées dans les suivis",
        (SUIVI, YEAR, must("problematique", "code", "code de la liste des paramètres du service")),
        references=(TO_SUIVI,),
        about_young_people=True,
        note="une ligne par problématique relevée dans un suivi et une année",
    ),
    Table(
        "orientations",
        "Orientations vers un partenaire",
        (
            SUIVI,
            DAY,
            must(
                "domaine",
                "code",
                "domaine du partenaire",
                words=labels.DOMAINES,
            ),
            may(
                "partenaire", "text", "nom du partenaire, jamais celui d'une personne", example="Maison des adolescents"
            ),
        ),
        references=(TO_SUIVI,),
        about_young_people=True,
        note="une ligne par orientation",
    ),
    Table(
        "co_accompagnements",
        "Accompagnements partagés avec un autre service",
        (
            JEUNE,
            YEAR,
            must(
                "partenaire",
                "code",
                "service partenaire",
                words=labels.PARTENAIRES,
            ),
        ),
        key=("id_jeune", "annee", "partenaire"),
        references=(TO_JEUNE,),
        about_young_people=True,
        note="une ligne par jeune, année et service partenaire",
    ),
    Table(
        "presences",
        "Jeunes rencontrés en présence sociale",
        (
            DAY,
            must("commune", "commune", "code INSEE de la commune de la rencontre"),
            may("lieu", "text", "lieu de la rencontre", example="Salle du quartier"),
            JEUNE,
        ),
        references=(TO_JEUNE,),
        about_young_people=True,
        note="une ligne par jeune et par rencontre",
    ),
)

ACTIVITY = (
    Table(
        "temps",
        "Temps de travail des éducateurs",
        (
            DAY,
            must("educateur", "text", "code de l'éducateur", example="EDU-01"),
            may("commune", "commune", "code INSEE ; vide pour le temps du service entier"),
            must(
                "activite",
                "code",
                "activité",
                words=labels.ACTIVITES,
            ),
            amount("heures", "durée en heures, par exemple 1,5 pour une heure et demie", required=True),
            may("en_ligne", "flag", "oui pour le travail sur les réseaux sociaux, sinon non ou vide"),
            may("creneau", "code", "moment de la journée ou de la semaine", words=labels.CRENEAUX),
        ),
        note="une ligne par temps de travail",
    ),
    Table(
        "actions",
        "Actions collectives",
        (
            must("id_action", "identifier", "identifiant de l'action", example="A-001"),
            YEAR,
            held("commune", "commune", "code INSEE ; vide pour une action du service entier"),
            must(
                "categorie",
                "code",
                "catégorie de l'action",
                words=labels.CATEGORIES_D_ACTION,
            ),
            must("libelle", "text", "titre de l'action", example="Chantier éducatif"),
            count("seances", "nombre de séances"),
            amount("jours", "nombre de jours"),
            may("partenaires", "text", "noms des partenaires", example="Ville, bailleur"),
            count("nb_partenaires", "nombre de partenaires"),
            may("financements", "text", "financements de l'action", example="Politique de la ville"),
            must("unite", "code", "ce que comptent les participations", words=labels.UNITES_D_ACTION),
        ),
        key=("id_action",),
        note="une ligne par action",
    ),
    Table(
        "participations",
        "Publics des actions",
        (
            must("id_action", "identifier", "identifiant de l'action", example="A-001"),
            must("public", "code", "tranche d'âge ou familles", words=labels.PUBLICS),
            count("nombre", "nombre ; NC s'il n'est pas communiqué", required=True),
        ),
        key=("id_action", "public"),
        references=(Reference("id_action", "actions", "id_action"),),
        note="une ligne par action et par public",
    ),
    Table(
        "demandes",
        "Demandes d'accompagnement individuel",
        (
            DAY,
            must("commune", "commune", "code INSEE de la commune concernée"),
            may("tranche_age", "code", "tranche d'âge", words=labels.AGES),
            may("origine", "text", "origine de la demande, jamais le nom d'une personne", example="Collège"),
            must(
                "suite",
                "code",
                "suite donnée",
                words=labels.SUITES,
            ),
            may("motif", "text", "motif de la suite donnée", example="Hors secteur"),
        ),
        about_young_people=True,
        note="une ligne par demande",
    ),
)

SERVICE = (
    Table(
        "personnel",
        "Postes du service",
        (
            YEAR,
            must(
                "categorie",
                "code",
                "catégorie du poste",
                words=labels.CATEGORIES,
            ),
            must("poste", "text", "intitulé du poste, jamais le nom d'une personne", example="Éducateur spécialisé"),
            amount("etp", "équivalent temps plein", required=True),
            amount("etp_departement", "part financée par le département"),
            amount("etp_communes", "part financée par les communes"),
            may("precision", "text", "précision", example="Contrat d'apprentissage"),
        ),
        note="une ligne par poste et par année",
    ),
    Table(
        "financements",
        "Financements du service",
        (
            YEAR,
            must("financeur", "text", "nom du financeur", example="Département"),
            figure("montant_eur", "montant en euros", "350000"),
            may("objet", "text", "objet du financement", example="Dotation de fonctionnement"),
        ),
        note="une ligne par financeur et par année",
    ),
    Table(
        "reseaux",
        "Réseaux et conventions",
        (
            YEAR,
            must("nom", "text", "nom du réseau ou de la convention", example="Les collèges"),
            must("objet", "text", "objet", example="Mesures de responsabilisation"),
            may("modalites", "text", "modalités", example="Accueil à la journée"),
            may("formalise", "text", "cadre formalisé : convention, charte…", example="Convention"),
            count("jeunes", "nombre de jeunes"),
            amount("journees", "nombre de journées"),
            amount("heures", "nombre d'heures"),
        ),
        note="une ligne par réseau et par année",
    ),
    Table(
        "instances",
        "Instances territoriales",
        (
            YEAR,
            must("instance", "text", "nom de l'instance", example="CLSPD"),
            must("champ", "text", "champ de l'instance", example="Prévention"),
            count("participations", "nombre de participations du service", required=True),
        ),
        note="une ligne par instance et par année",
    ),
    Table(
        "partenaires",
        "Partenaires informels",
        (
            YEAR,
            must("nom", "text", "nom du partenaire, jamais celui d'une personne", example="Mission locale"),
            must("domaine", "text", "domaine", example="Insertion"),
        ),
        note="une ligne par partenaire et par année",
    ),
)

TERRITORY = (
    Table(
        "territoires",
        "Indicateurs socio-économiques",
        (
            must("territoire", "territory", "code INSEE, SIREN de l'EPCI ou code du QPV"),
            must("libelle", "text", "nom du territoire", example="Nom de la commune"),
            must("type", "code", "nature du territoire", words=labels.TYPES_DE_TERRITOIRE),
            must("indicateur", "text", "nom de l'indicateur", example="Part de logements sociaux"),
            figure("valeur", "valeur ; NC si elle est inconnue", "38,7"),
            must("unite", "text", "unité de la valeur", example="%"),
            must("millesime", "year", "année à laquelle la valeur se rapporte"),
            must("source", "text", "source", example="Insee"),
        ),
        key=("territoire", "indicateur", "millesime"),
        note="une ligne par territoire, indicateur et millésime",
    ),
    Table(
        "diagnostics",
        "Diagnostic de territoire partagé",
        (
            YEAR,
            must("commune", "commune", "code INSEE"),
            must("quartier", "text", "nom du quartier", example="Centre-ville"),
            must("indicateur", "text", "nom de l'indicateur", example="Cadre de vie"),
            Column("note", "number", required=True, minimum=1, maximum=5, note="note de 1 à 5", example="3"),
            may("commentaire", "text", "commentaire", example="En progrès"),
        ),
        key=("annee", "commune", "quartier", "indicateur"),
        note="une ligne par année, quartier et indicateur",
    ),
)

TABLES: tuple[Table, ...] = (*YOUNG_PEOPLE, *ACTIVITY, *SERVICE, *TERRITORY)
TABLE_NAMES: tuple[str, ...] = tuple(table.name for table in TABLES)


def table_named(name: str) -> Table:
    """The table of the contract that has that name."""
    return next(table for table in TABLES if table.name == name)

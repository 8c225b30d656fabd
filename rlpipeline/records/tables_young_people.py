"""The tables about young people: nothing in them may identify one."""

from __future__ import annotations

from rlpipeline.records import labels
from rlpipeline.records.schema import Table
from rlpipeline.records.schema_columns import DAY, JEUNE, SUIVI, TO_JEUNE, TO_SUIVI, YEAR, held, may, must

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

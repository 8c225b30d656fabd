"""The tables about what the service does."""

from __future__ import annotations

from rlpipeline.records import labels
from rlpipeline.records.schema import Reference, Table
from rlpipeline.records.schema_columns import DAY, YEAR, amount, count, held, may, must

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

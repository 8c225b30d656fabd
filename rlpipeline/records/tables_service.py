"""The tables about the service itself and its territory."""

from __future__ import annotations

from rlpipeline.records import labels
from rlpipeline.records.schema import Column, Table
from rlpipeline.records.schema_columns import YEAR, amount, count, figure, may, must

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

"""Records without a fault, of every table, and the same with every fault that a cell or a row can have."""

import csv
import io
from collections.abc import Iterable
from copy import deepcopy

from rlpipeline.records.findings import Finding
from tests.records.writers import Cell

Sheets = dict[str, list[list[Cell]]]

_TEXT = """\
jeunes
id_jeune,sexe,date_naissance,commune,quartier,premier_contact
J1,F,17/05/2008,62215,Cité Saint-Éloi,2022-02-01
J2,G,2006,2A004,,01/03/2023
J3,NR,,hors,,2023-04-01

suivis
id_suivi,id_jeune,statut,date_debut,date_fin,motif_cloture,educateur
S1,J1,PAEI,2022-03-01,2023-06-30,orientation,EDU-01
S2,J2,ASEP,2023-03-02,,,EDU-02
S3,J3,ACCROCHE,2023-05-01,2023-05-01,,

situations
id_jeune,annee,situation,commune
J1,2022,college,62637
J1,2023,lycee_general,

problematiques
id_suivi,annee,problematique
S1,2022,logement
S1,2023,logement
S1,2023,logement

orientations
id_suivi,date,domaine,partenaire
S1,2023-01-15,medicale,Maison des adolescents
S1,2023-06-30,juridique,

co_accompagnements
id_jeune,annee,partenaire
J1,2023,sante
J1,2023,ase

presences
date,commune,lieu,id_jeune
2023-02-03,62215,Centre Jean Jaurès,J1
2023-02-04,62215,Centre Jean Jaurès,J1

temps
date,educateur,commune,activite,heures,en_ligne
2023-01-09,EDU-01,62215,travail_de_rue,"2,5",OUI
09/01/2023,EDU-02,,formation,NC,non
2023-01-10,EDU-02,,formation,,

actions
id_action,annee,commune,categorie,libelle,seances,jours,partenaires,nb_partenaires,financements,unite
A1,2023,62215,action_collective,Chantier « été »,10,"2,5",CAF ; Ville,2,,personnes
A2,2023,,partenariale,"Forum
des métiers",nc,,,,,presences

participations
id_action,public,nombre
A1,11_14,12
A1,familles,Nc
A2,plus_21,1 055

demandes
date,commune,tranche_age,origine,suite,motif
2023-09-01,62215,15_18,collège,acceptee,
2023-09-02,hors,,,refusee,hors secteur

personnel
annee,categorie,poste,etp,etp_departement,etp_communes,precision
2023,educatif,Éducateur spécialisé,1,"0,8",0.2,

financements
annee,financeur,montant_eur,objet
2023,Département,"1 055,50",fonctionnement
2023,Ville,-12,trop perçu

reseaux
annee,nom,objet,modalites,formalise,jeunes,journees,heures
2023,REAAP,parentalité,,oui,3,1.5,12

instances
annee,instance,champ,participations
2023,CLSPD,prévention,4

partenaires
annee,nom,domaine
2023,Mission locale,insertion

territoires
territoire,libelle,type,indicateur,valeur,unite,millesime,source
62215,Carvin,commune,population,17685,habitants,2020,Insee
246200299,CA Hénin-Carvin,epci,chômage,NC,%,2021,Insee
QP062044,Le Centre,qpv,pauvreté,"45,5",%,2020,Insee

diagnostics
annee,commune,quartier,indicateur,note,commentaire
2022,62215,Centre,cadre de vie,2,
2023,62215,Centre,cadre de vie,"3,5",en hausse
"""

_SAMPLE: Sheets = {
    name: [[*row] for row in csv.reader(io.StringIO(rows))]
    for name, _, rows in (block.partition("\n") for block in _TEXT.split("\n\n"))
}

_FAULTY_ROWS: Sheets = {
    "jeunes": [
        ["J4", "X", "31/04/2008", "1004", "", "2023-17-05"],
        ["J5", "", "12/31/2008", "Carvins", "", "17/05/23"],
        ["J1", "F", "2008-02-30", "62215", "12 rue des Lilas", ""],
        ["Kevin DURAND", "G", "45063", "NC", "06 12 34 56 78", "2023-01-01"],
    ],
    "suivis": [
        ["S4", "J1", "PAEI", "2023-05-02", "2023-05-01", "orientation", ""],
        ["S5", "J1", "PAEI", "2023-05-02", "2023-06-01", "", "prenom.nom@exemple.fr"],
        ["S6", "J99", "PEAI", "bientôt", "", "autre", ""],
    ],
    "situations": [["J1", "2023", "college", ""], ["J1", "23", "collégien", ""]],
    "problematiques": [
        ["S1", "2021", "logement"],
        ["S1", "2023", "sociales"],
        ["S99", "2023", "NC"],
    ],
    "orientations": [
        ["S1", "2023-07-01", "loisirs", ""],
        ["S1", "2023-01-15", "loisirs", "Mme Dupont"],
    ],
    "co_accompagnements": [["J1", "2023", "sante"]],
    "presences": [["2023-02-03", "62215", "", "J98"]],
    "temps": [
        ["2023-01-09", "", "", "formation", "2h30", "peut-être"],
        ["2023-01-09", "E", "", "rue", "-1", ""],
    ],
    "actions": [
        ["A1", "2023", "", "action_collective", "", "1,5", "#REF!", "", "dix", "", "personnes"]
    ],
    "participations": [["A1", "11_14", "5"], ["A9", "11-15", "1.055,5"]],
    "demandes": [["2023-09-01", "62215", "adultes", "", "", ""]],
    "personnel": [["2023", "educatif", "\ufffducateur", "1", "", "", ""]],
    "financements": [["2023", "Ville", "12 €", ""]],
    "territoires": [
        ["62215", "Carvin", "commune", "population", "1", "habitants", "2020", "Insee"]
    ],
    "diagnostics": [["2023", "62215", "Centre", "cadre de vie", "6", "x" * 33_000]],
}


def sample(*names: str) -> Sheets:
    """Records that break nothing: every table, or these alone with the two that a service must have."""
    asked = {"jeunes", "suivis", *names} if names else _SAMPLE.keys()
    return {name: deepcopy(rows) for name, rows in _SAMPLE.items() if name in asked}


def without_absences(findings: Iterable[Finding]) -> list[Finding]:
    """Findings, but for the tables that a part of the sample does not have."""
    return [item for item in findings if item.code != "I001"]


def faulty() -> Sheets:
    """The same, followed by rows that break everything a row can."""
    tables = sample()
    for name, rows in _FAULTY_ROWS.items():
        tables[name] += deepcopy(rows)
    return tables

"""Sentences without a linked figure beside tables that name what they speak of: false ones and true ones.

The tables: issues noted, 2022 then 2023 (NOTED), networks (NETWORKS; 0 the year before is none), actions of 2023
(ACTIONS), of which some had the same name in 2022 (ALREADY).
"""

from __future__ import annotations

NOTED = {
    "Harcèlement": (14, 10),
    "Logement": (8, 12),
    "Addictions": (20, 20),
    "Décrochage scolaire": (30, 18),
    "Mal-être": (16, 25),
    "Difficultés éducatives": (40, 41),
}
NETWORKS = {"MDS": (9, 9), "ADAE": (12, 17), "Mission locale": (0, 6), "Sauvegarde du Nord": (7, 3)}
ACTIONS = (
    "Artistreet Libercourt",
    "Futsal",
    "Boxe éducative",
    "Chantier commissariat",
    "Jardin partagé",
)
ALREADY = ("Futsal", "Chantier commissariat")

FALSE = (
    "Nous avons eu davantage de sollicitations en lien avec le harcèlement.",
    "Les situations de harcèlement sont de plus en plus nombreuses.",
    "Les demandes liées au logement sont en baisse.",
    "Le nombre de jeunes en difficulté de logement est stable.",
    "Les addictions ont beaucoup augmenté.",
    "Le décrochage scolaire augmente.",
    "Le nombre de décrochages scolaires reste stable.",
    "Moins de jeunes que l'année précédente expriment un mal-être.",
    "Les difficultés éducatives ont doublé.",
    "Les accueils avec la MDS sont en augmentation.",
    "Les mesures de l'ADAE sont de moins en moins nombreuses.",
    "Un nouveau conventionnement s'est fait avec la MDS.",
    "Une nouvelle convention lie le service à la Sauvegarde du Nord.",
    "L'accueil avec l'ADAE a été mis en place en septembre 2023.",
    "L'action Artistreet, proposée depuis trois ans, s'arrête.",
    "La boxe éducative, menée depuis cinq ans, attire du monde.",
    "La boxe éducative est proposée depuis 2021.",
    "Un nouveau projet Futsal a vu le jour.",
    "La Mission locale, reconduite depuis quatre ans, accueille en stage.",
)
TRUE = (
    "Nous avons eu moins de sollicitations que l'année précédente en lien avec le harcèlement.",
    "Les situations de harcèlement sont moins nombreuses.",
    "Les problèmes de logement augmentent.",
    "Le nombre d'addictions relevées reste stable.",
    "Le décrochage scolaire recule nettement.",
    "Le mal-être est en hausse chez les plus jeunes.",
    "Le nombre de difficultés éducatives est stable.",
    "Les mesures confiées par l'ADAE sont en augmentation.",
    "Les jeunes reçus avec la Sauvegarde du Nord sont moins nombreux.",
    "La convention avec la Mission locale est effective depuis juin 2023.",
    "L'accueil avec l'ADAE a été mis en place en septembre 2020.",
    "Une nouvelle action, Artistreet, a réuni les habitants de Libercourt.",
    "Le Futsal, proposé depuis trois ans, réunit les quartiers.",
    "Le jardin partagé a été créé en mars 2023.",
    "Une nouvelle action remplacera le Futsal.",
    "Le harcèlement reste une préoccupation des collèges.",
    "La prévention du harcèlement est menée avec davantage de moyens.",
    "Les critères sont de plus en plus restrictifs pour le logement.",
    "De nouveaux éducateurs ont rejoint l'équipe du Futsal.",
    "Un jeune en décrochage scolaire progresse vite avec un emploi stable.",
)
FALSE_ALARMS: frozenset[str] = frozenset()
MISSED = frozenset(
    {
        "L'action Artistreet, proposée depuis trois ans, s'arrête.",  # half of « Artistreet Libercourt »
        "Le nombre de jeunes en difficulté de logement est stable.",  # « un logement stable » is no trend
    }
)

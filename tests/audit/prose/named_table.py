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
ACTIONS = ("Artistreet Libercourt", "Futsal", "Boxe éducative", "Chantier commissariat", "Jardin partagé")
ALREADY = ("Futsal", "Chantier commissariat")

FALSE = (
    "Nous avons eu davantage de sollicitations en lien avec le harcèlement.",
    "Le harcèlement est en forte hausse.",
    "Les situations de harcèlement sont de plus en plus nombreuses.",
    "Le nombre de situations de harcèlement reste stable.",
    "Les demandes liées au logement sont en baisse.",
    "Les problèmes de logement diminuent.",
    "Le nombre de jeunes en difficulté de logement est stable.",
    "Les addictions sont en hausse chez les jeunes.",
    "Les addictions ont beaucoup augmenté.",
    "De plus en plus de jeunes sont touchés par les addictions.",
    "Le décrochage scolaire augmente.",
    "Davantage de jeunes sont en décrochage scolaire.",
    "Le nombre de décrochages scolaires reste stable.",
    "Le mal-être est en baisse.",
    "Moins de jeunes que l'année précédente expriment un mal-être.",
    "Les difficultés éducatives sont en baisse.",
    "Les difficultés éducatives ont doublé.",
    "La MDS oriente davantage de jeunes.",
    "Les accueils avec la MDS sont en augmentation.",
    "Les mesures confiées par l'ADAE sont en baisse.",
    "Les mesures de l'ADAE sont de moins en moins nombreuses.",
    "Les jeunes reçus avec la Sauvegarde du Nord sont plus nombreux que l'an dernier.",
    "Un nouveau conventionnement s'est fait avec la MDS.",
    "La convention avec l'ADAE, effective depuis juin 2023, donne satisfaction.",
    "Une nouvelle convention lie le service à la Sauvegarde du Nord.",
    "Le partenariat avec la MDS, créé en 2023, s'installe.",
    "L'accueil avec l'ADAE a été mis en place en septembre 2023.",
    "L'action Artistreet, proposée depuis trois ans, s'arrête.",
    "La boxe éducative, menée depuis cinq ans, attire du monde.",
    "Le jardin partagé, animé depuis plusieurs années, est un lieu de rencontre.",
    "La boxe éducative est proposée depuis 2021.",
    "Une nouvelle action, le chantier commissariat, a débuté.",
    "Un nouveau projet Futsal a vu le jour.",
    "Le Futsal, lancé en 2023, réunit les quartiers.",
    "La Mission locale, reconduite depuis quatre ans, accueille en stage.",
)
TRUE = (
    "Nous avons eu moins de sollicitations que l'année précédente en lien avec le harcèlement.",
    "Le harcèlement est en baisse.",
    "Les situations de harcèlement sont moins nombreuses.",
    "Les demandes liées au logement sont en hausse.",
    "Les problèmes de logement augmentent.",
    "Davantage de jeunes ont des difficultés de logement.",
    "Le nombre d'addictions relevées reste stable.",
    "Les addictions n'ont pas augmenté.",
    "Le décrochage scolaire recule nettement.",
    "Le décrochage scolaire a diminué.",
    "Le mal-être est en hausse chez les plus jeunes.",
    "De plus en plus de jeunes expriment un mal-être.",
    "Le nombre de difficultés éducatives est stable.",
    "La MDS oriente un nombre stable de jeunes.",
    "Les mesures confiées par l'ADAE sont en augmentation.",
    "Les mesures de l'ADAE sont plus nombreuses.",
    "Les jeunes reçus avec la Sauvegarde du Nord sont moins nombreux.",
    "Un nouveau conventionnement s'est fait avec la Mission locale.",
    "La convention avec la Mission locale est effective depuis juin 2023.",
    "La convention avec la MDS, signée en 2021, se poursuit.",
    "L'accueil avec l'ADAE a été mis en place en septembre 2020.",
    "L'action Artistreet est une nouveauté appréciée.",
    "Une nouvelle action, Artistreet, a réuni les habitants de Libercourt.",
    "La boxe éducative, lancée en 2023, attire du monde.",
    "Le Futsal, proposé depuis trois ans, réunit les quartiers.",
    "Le chantier commissariat, mené depuis 2021, continue.",
    "Le jardin partagé a été créé en mars 2023.",
    "Il y aura un nouveau projet Futsal l'an prochain.",
    "Une nouvelle action remplacera le Futsal.",
    "Le service prévoit de nouvelles actions avec la MDS.",
    "Le harcèlement reste une préoccupation des collèges.",
    "Nous souhaitons augmenter les accueils avec la MDS.",
    "La prévention du harcèlement est menée avec davantage de moyens.",
    "Les collèges sont de plus en plus demandeurs.",
    "Les critères sont de plus en plus restrictifs pour le logement.",
    "Le travail avec l'ADAE est de mieux en mieux identifié.",
    "De nouveaux éducateurs ont rejoint l'équipe du Futsal.",
    "Les parents du Futsal s'investissent depuis deux ans.",
    "Un jeune en décrochage scolaire progresse vite avec un emploi stable.",
    "Le nombre de jeunes a augmenté ; le harcèlement inquiète les familles.",
)
FALSE_ALARMS: frozenset[str] = frozenset()
MISSED = frozenset(
    {
        "L'action Artistreet, proposée depuis trois ans, s'arrête.",  # half of « Artistreet Libercourt »
        "Le nombre de jeunes en difficulté de logement est stable.",  # « un logement stable » is no trend
    }
)

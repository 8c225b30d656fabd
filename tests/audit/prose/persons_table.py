"""Sentences that tell of few young people, and sentences that do not.

The scanner was mended on them: its rates here are not those of sentences that it has not seen.

[[words]] is a bound figure, ((words)) a value typed with its reason.
"""

from __future__ import annotations

TELLING: tuple[str, ...] = (
    # Small numbers of persons.
    "Trois jeunes ont été orientés vers la mission locale.",
    "Le service a suivi [[2 jeunes]] à Carvin.",
    "Nous avons reçu 4 filles et 12 garçons.",
    "Parmi les jeunes rencontrés, deux sont sortis du système scolaire.",
    "Trois d'entre eux sont des jeunes déscolarisés.",
    "Un ou deux adolescents restent sans solution.",
    "Les deux jeunes concernés ont été reçus par le directeur.",
    "Quatre nouveaux accompagnements ont commencé en mars.",
    "Deux mesures de réparation pénale ont été menées.",
    "Quatre familles ont été relogées.",
    "Un couple de jeunes vit dans une voiture.",
    # One person.
    "Une jeune de 24 ans a obtenu son permis.",
    "L'une d'elles a repris ses études.",
    "Kevin, 15 ans, ne va plus au collège.",
    "Un garçon exclu du collège Vinci a été accueilli pendant une semaine.",
    "Un jeune est suivi depuis septembre par la PJJ.",
    "Le cas d'un jeune de Libercourt l'illustre.",
    "Les jeunes sont nombreux, dont une fille placée.",
    "Un mineur a été incarcéré en juin.",
    "L'un des jeunes a participé au jury.",
    "Cet adolescent avait rompu tout lien avec sa famille.",
    "Une maman est venue demander de l'aide pour son fils.",
    "Un jeune majeur sortant de l'ASE a bénéficié d'un logement.",
)

GENERAL: tuple[str, ...] = (
    "Un jeune peut demander à être reçu sans rendez-vous.",
    "Pour un jeune, l'éducateur est souvent un premier repère.",
    "Parfois un jeune change plusieurs fois de type d'accompagnement selon ses besoins.",
    "Le jeune peut revenir par la suite.",
    "Le service a accompagné [[114 jeunes]], dont [[51]] nouveaux.",
    "Les TIG : [[0 jeune accueilli]] en 2023.",
    "Un jeune sur trois vit dans un quartier prioritaire.",
    "Une part masquée des jeunes vit à Carvin.",
    "Quatre éducateurs spécialisés interviennent depuis mai 2023.",
    "Nous avons mis en place ((deux)) journées « temps forts ».",
    "10 jeunes ont participé aux 4 séances.",
    "Cela reste un vecteur pour travailler avec les jeunes : ((deux)) axes ressortent.",
    "Nous intervenons dans 3 quartiers auprès des jeunes.",
    "Lorsqu'un jeune est exclu du collège, le service l'accueille.",
    "Si une jeune fille le demande, elle est reçue par une éducatrice.",
    "Le service accompagne des jeunes de moins de 18 ans.",
    "Une fille ou un garçon peut participer.",
    "Prendre soin du jeune et travailler avec sa famille.",
    "Le jeune public est accueilli le mercredi.",
    "Tout fait susceptible de mettre en danger un mineur est transmis.",
    "Un petit film a été réalisé ; il est visible sur le site.",
    "L'équipe a rencontré les jeunes devant les collèges.",
    "L'un des partenaires a quitté le réseau.",
    "Trois séances ont été menées avec les élèves.",
    "Article 2 : le mineur est entendu.",
    "L'action 2 s'adresse aux familles.",
    "Une dizaine de jeunes ont participé au séjour.",
    "Deux personnes de l'équipe ont été formées.",
    "Le directeur a présenté le rapport aux familles.",
    "Deux demandes de subvention ont été déposées.",
    "Un jeune ne vient jamais seul par hasard.",
    "Le jeune a le droit d'être accompagné.",
    "Cette jeune association organise un tournoi.",
    "La commune compte une jeune population.",
    "Le réseau Ados réunit les professionnels de la jeunesse.",
)

"""What a sentence's numbers are, as its reader would say: (sentence, [(words, kind, value, unit)])."""

from __future__ import annotations

Expected = list[tuple[str, str, float | None, str]]

DIGITS: list[tuple[str, Expected]] = [
    ("Le service a accompagné 114 jeunes.", [("114", "nombre", 114, "jeunes")]),
    ("Il y a 17\u202f399 habitants à Carvin.", [("17\u202f399", "nombre", 17399, "habitants")]),
    ("Soit 1055.50 h de travail.", [("1055.50", "nombre", 1055.5, "h")]),
    ("L'équipe compte 4,5 ETP.", [("4,5", "nombre", 4.5, "ETP")]),
    ("17 jeunes sur 21 jours", [("17", "nombre", 17, "jeunes"), ("21", "nombre", 21, "jours")]),
    ("Le temps est de l'ordre d'1 heure par semaine.", [("1", "nombre", 1, "heure")]),
    ("Un budget de 1,5 million d'euros.", [("1,5 million", "nombre", 1.5e6, "euros")]),
    ("Entre 1 à 2 ans de suivi", [("1", "nombre", 1, ""), ("2", "nombre", 2, "ans")]),
    ("L'écart est de −3 jeunes.", [("−3", "nombre", -3, "jeunes")]),
    ("**74 JEUNES** co-accompagnés", [("74", "nombre", 74, "JEUNES")]),
    ("Carvin (12), Oignies (37) et Libercourt (29)", [
        ("12", "nombre", 12, ""), ("37", "nombre", 37, ""), ("29", "nombre", 29, "")]),
    ("Une action proposée depuis 3 ans.", [("3", "nombre", 3, "ans")]),
    ("Sur Carvin, 3 jeunes.", [("3", "nombre", 3, "jeunes")]),
]  # fmt: skip

WORDS: list[tuple[str, Expected]] = [
    ("Quatre éducateurs spécialisés interviennent.", [("Quatre", "nombre", 4, "éducateurs")]),
    ("Vingt-et-un jeunes sont venus.", [("Vingt-et-un", "nombre", 21, "jeunes")]),
    ("vingt-deux familles", [("vingt-deux", "nombre", 22, "familles")]),
    ("quatre vingt dix séances", [("quatre vingt dix", "nombre", 90, "séances")]),
    ("cent vingt-trois jeunes", [("cent vingt-trois", "nombre", 123, "jeunes")]),
    ("mille deux cent trois heures", [("mille deux cent trois", "nombre", 1203, "heures")]),
    ("Zéro demande en TIG.", [("Zéro", "nombre", 0, "demande")]),
    ("Un seul jeune est venu, une seule fois.", [
        ("Un seul", "nombre", 1, "jeune"), ("une seule", "nombre", 1, "fois")]),
    ("Deux grands axes se dégagent.", [("Deux", "nombre", 2, "axes")]),
    ("deux ou trois éducateurs", [("deux", "nombre", 2, ""), ("trois", "nombre", 3, "éducateurs")]),
    ("une dizaine de jeunes", [("une dizaine", "nombre", 10, "jeunes")]),
    ("trois dizaines de familles", [("trois dizaines", "nombre", 30, "familles")]),
    ("une demi-douzaine de sorties", [("une demi-douzaine", "nombre", 6, "sorties")]),
    ("la quinzaine de la parentalité", []),
    ("un millier de personnes", [("un millier", "nombre", 1000, "personnes")]),
    ("des locaux remis à neuf", []),
    ("un à un, deux par deux, tous les deux", []),
    ("un deux-roues et un mille-feuille", []),
    ("Les uns et les autres, d'une part, l'un d'eux", []),
    ("Un ou plusieurs partenaires", []),
]  # fmt: skip

PARTS: list[tuple[str, Expected]] = [
    ("16,78 % du temps", [("16,78 %", "pourcentage", 16.78, "temps")]),
    ("70\u00a0% des jeunes", [("70\u00a0%", "pourcentage", 70, "jeunes")]),
    ("de 4 à 5 % des heures", [("4", "pourcentage", 4, ""), ("5 %", "pourcentage", 5, "heures")]),
    ("+12 % sur un an", [("+12 %", "pourcentage", 12, "")]),
    ("un tiers", [("un tiers", "fraction", 1 / 3, "")]),
    ("les trois quarts des séances", [("trois quarts", "fraction", 0.75, "séances")]),
    ("un tiers-lieu, un tiers de confiance, des tiers", []),
    ("plus de la moitié d'entre eux", [("la moitié", "fraction", 0.5, "")]),
    ("un dixième du temps", [("un dixième", "fraction", 0.1, "temps")]),
    ("Les demandes ont doublé.", [("doublé", "fraction", 2, "")]),
    ("un sur trois", [("un sur trois", "fraction", 1 / 3, "")]),
    ("3 jeunes sur 10 sont des filles", [("3 jeunes sur 10", "fraction", 0.3, "")]),
    ("3/4 des jeunes", [("3/4", "fraction", 0.75, "jeunes")]),
]  # fmt: skip

OTHERS: list[tuple[str, Expected]] = [
    ("le 18 avril 2024", [("18 avril 2024", "date", None, "")]),
    ("les 12 et 13 mars", [("12 et 13 mars", "date", None, "")]),
    ("19/03/1962 et 2023-06-30", [("19/03/1962", "date", None, ""), ("2023-06-30", "date", None, "")]),
    ("le mardi 12", [("12", "date", None, "")]),
    ("en 2023 les jeunes", [("2023", "annee", 2023, "")]),
    ("l'année scolaire 2022/2023 ou 2022-23", [("2022/2023", "annee", None, ""), ("2022-23", "annee", None, "")]),
    ("depuis deux mille vingt-trois", [("deux mille vingt-trois", "annee", 2023, "")]),
    ("articles L121-2, L121-6 et L221-1", [("articles L121-2, L121-6 et L221-1", "article", None, "")]),
    ("la loi n° 2002-2 du 2 janvier 2002", [
        ("loi n° 2002-2", "article", None, ""), ("2 janvier 2002", "date", None, "")]),
    ("l'ordonnance de 1945", [("1945", "article", None, "")]),
    ("visées au 2° de l'article", [("2°", "article", None, "")]),
    ("l'intégration des 6èmes", [("6èmes", "niveau", None, "")]),
    ("le retard scolaire en 3^{ème}", [("3^{ème}", "niveau", None, "")]),
    ("une classe de troisième, en sixième", [("troisième", "niveau", None, ""), ("sixième", "niveau", None, "")]),
    ("19 rue du 19 mars 1962 62590 OIGNIES", [
        ("19 rue", "adresse", None, ""), ("19 mars 1962", "date", None, ""), ("62590", "adresse", None, "")]),
    ("12 bis, avenue Foch", [("12 bis, avenue", "adresse", None, "")]),
    ("Téléphone : 03.21.00.00.00 ou 0321000000", [
        ("03.21.00.00.00", "telephone", None, ""), ("0321000000", "telephone", None, "")]),
    ("De 9h00 à 12h30 et de 13 h 30 à 17 h", [
        ("9h00", "heure", None, ""), ("12h30", "heure", None, ""), ("13 h 30", "heure", None, ""),
        ("17 h", "heure", None, "")]),
    ("une réunion à 14 heures", [("14 heures", "heure", None, "")]),
    ("pendant 1 h 30 par séance", [("1", "nombre", 1, "h"), ("30", "nombre", 30, "")]),
    ("les 11-15 ans et les 16-18", [("11-15", "age", None, ""), ("16-18", "age", None, "")]),
    ("plus de vingt et un ans", [("plus de vingt et un ans", "age", 21, "")]),
    ("un enfant âgé de 3 ans", [("3 ans", "age", 3, "")]),
    ("plus de 2 ans", [("2", "nombre", 2, "ans")]),
    ("en premier lieu, puis une deuxième phase", [("premier", "rang", None, ""), ("deuxième", "rang", None, "")]),
    ("les trois premiers mois", [("trois", "nombre", 3, "mois"), ("premiers", "rang", None, "")]),
    ("« 12 jeunes » ont été vus", [("12", "nombre", 12, "jeunes")]),
    ("le Réseau 62, réunions", [("62", "nom", 62, "")]),
    ("L'équipe Amont en suit 46 et l'équipe Aval 38.", [("46", "nombre", 46, ""), ("38", "nombre", 38, "")]),
    ("Un quart ont entre 18 et 20 ans.", [("Un quart", "fraction", 0.25, ""), ("18 et 20 ans", "age", None, "")]),
    ("voir page 12 et annexe 2", [("12", "reference", None, ""), ("2", "reference", None, "")]),
    ("1. Cadre législatif", [("1.", "reference", None, "")]),
]  # fmt: skip

CASES = [*DIGITS, *WORDS, *PARTS, *OTHERS]

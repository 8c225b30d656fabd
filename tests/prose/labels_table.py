"""Cells of the records as services type them: what is said of few young people, and ordinary labels."""

TELLING = (
    ("reseaux", "objet", "Accueil d'une jeune de 24 ans enceinte"),
    ("diagnostics", "commentaire", "Un jeune de 16 ans y deale"),
    ("diagnostics", "commentaire", "Deux frères squattent la cage d'escalier du bâtiment C"),
    ("reseaux", "modalites", "Hébergement d'urgence pour une mineure en fugue"),
    ("reseaux", "nom", "Convention TIG pour Yanis"),
    ("reseaux", "formalise", "Convention signée avec la mère du jeune"),
    ("actions", "libelle", "Chantier avec 3 jeunes de Carvin"),
    ("actions", "partenaires", "PJJ (pour Kevin, sorti de prison en mars)"),
    ("actions", "financements", "Aide de la CAF pour une jeune mère"),
    ("actions", "libelle", "Sortie avec trois familles relogées"),
    ("partenaires", "nom", "Famille D. (suivi commun)"),
    ("partenaires", "domaine", "Placement d'un enfant de 8 ans"),
    ("instances", "champ", "Situation d'un élève exclu en janvier"),
    ("instances", "instance", "Réunion pour la jeune Inès"),
    ("personnel", "poste", "Apprentie (jeune de 19 ans suivie par le service)"),
    ("personnel", "precision", "Remplace Sofiane, ancien jeune du quartier"),
    ("financements", "financeur", "Don des parents d'une jeune accompagnée"),
    ("financements", "objet", "Permis de conduire d'un jeune du quartier"),
    ("demandes", "origine", "Mère d'une collégienne agressée"),
    ("demandes", "motif", "Déjà suivie à l'ASE avec sa sœur"),
    ("demandes", "motif", "17 ans, enceinte, hébergée chez une tante"),
    ("presences", "lieu", "Chez la grand-mère de Mehdi"),
    ("jeunes", "quartier", "Foyer, après son placement"),
    ("orientations", "partenaire", "Psychologue de la jeune hospitalisée"),
    ("diagnostics", "commentaire", "Elle dort dans sa voiture depuis l'été"),
    ("diagnostics", "commentaire", "2 mineurs isolés vivent dans le parking"),
    ("diagnostics", "commentaire", "Le fils du gardien a été agressé"),
    ("diagnostics", "quartier", "Tour B (une famille à l'hôtel)"),
    ("reseaux", "objet", "Suivi de K. B., 15 ans"),
    ("reseaux", "modalites", "2 jeunes accueillis à la journée"),
    ("diagnostics", "commentaire", "Un adolescent dort dans le hall"),
    ("diagnostics", "commentaire", "Tentative de suicide d'une lycéenne au printemps"),
    ("actions", "libelle", "Séjour de rupture pour un mineur incarcéré"),
    ("demandes", "motif", "Le jeune refuse, son père est d'accord"),
    ("reseaux", "objet", "Mineure enceinte"),
    ("actions", "partenaires", "Avocat de Bilal"),
)
"""Table, column and cell."""


def _listed(cells: str) -> tuple[str, ...]:
    return tuple(" ".join(cell.split()) for cell in cells.split("·"))


ORDINARY = _listed("""
Département · Département du Pas-de-Calais · Conseil départemental 62 · Communes · Ville de Carvin ·
CAF du Pas-de-Calais · Politique de la ville · Contrat de ville 2024-2030 · État – FIPD · FIPDR · MILDECA ·
ARS Hauts-de-France · DRAC · Région · Fonds social européen (FSE+) · Fondation de France · Fondation Abbé Pierre ·
Bailleurs sociaux · Maisons & Cités · SIA Habitat · TotalEnergies · Autofinancement · Taxe d'apprentissage ·
Dotation de fonctionnement · Prestation de service jeunes · REAAP · Ville Vie Vacances (VVV) · Quartiers d'été ·
Cité éducative · 1 jeune, 1 solution · Un jeune, un mentor · Une famille, un toit · Subvention de 3 communes ·
Participation des familles · Mécénat de 2 entreprises · Appels à projets · Dons et legs ·
Contrat local d'accompagnement à la scolarité · DILCRAH · ANCT · Conseil régional – Pass'Sport · Caisse d'Épargne ·
Fonds d'aide aux jeunes (FAJ) · Bourse BAFA · Ensemble pour nos quartiers · Fondation Orange · Rotary Club · DDETS ·
Agence nationale du sport · Prime d'apprentissage · Les collèges · Collège Jean Moulin · Collège Louis Pasteur ·
Lycée Condorcet · Collège Debussy Courrières · 4 Mesures d'exclusion · Mesures de responsabilisation ·
Accueil à la journée · TIG éducatif · Jeunes en attente de solutions · Accueil de jeunes en stage ·
Accueil des élèves exclus temporairement · Convention tripartite · Charte partenariale · Convention n° 3 ·
Réseau parentalité 62 · Promeneurs du Net · Maison des adolescents · Point accueil écoute jeunes · Point Info Famille
· Maison des familles · Espace Nelson Mandela · Centre social Rosa Parks · Centre social Vachala ·
Mission locale Hénin-Carvin · PJJ – UEMO de Lens · ADAE 62 · AFEJI · La Sauvegarde du Nord ·
Protocole de lutte contre le décrochage · PSAD · MLDS · Programme de réussite éducative · Un chez-soi d'abord ·
Service civique · Service d'accueil de jour pour mineurs non accompagnés · Mineurs non accompagnés ·
Accueil provisoire jeune majeur · Contrat jeune majeur · Carte jeune · Point relais · Accueil parents-enfants ·
Lieu d'accueil enfants-parents · Journée des droits de l'enfant · Relais petite enfance · Protection de l'enfance ·
Accompagner les jeunes vers l'emploi · Recevoir un jeune en stage de 3e · Accueil d'un jeune en service civique ·
Permanence d'une demi-journée par semaine · 2 demi-journées par mois · Deux éducateurs référents · 3 réunions par an ·
Oui · Non · En cours · Convention signée le 3 juin 2023 · Convention 2022-2025 · Chantier éducatif n° 3 ·
Chantier éducatif · Chantier commissariat AAP PV · Schdong – prévention harcèlement ·
Prévention – débat écrans/harcèlement · Ateliers composteurs · Sorties · Actions mobilité et tourisme de mémoire ·
Prévention routière · Ateliers brico de rue · Ateliers pâtisseries · Prévention vélo · Séjour itinérant ·
Des livres à soi · Futsal · Tournoi de foot à 5 · Estime de soi 6èmes · CT vélos · Fête des 10 ans ·
Les 20 ans du club · Groupe 15-18 ans · Atelier 11/14 ans · Séjour 16-25 ans · Club ados · Groupe filles ·
Atelier jeunes filles · Cuisine de rue · Pieds d'immeuble · Fête des voisins · Fête du quartier des 400 ·
Vacances familles · Séjour répit parental · Du rêve à la réalité · Café des parents · École des parents ·
Atelier mères-filles · Sortie pères-fils · Semaine de la petite enfance · Un été au quartier · Un livre, un jeune ·
Ma 2e famille · Journée nationale du harcèlement · Forum des métiers · Intégration 6èmes · Zen Day · Funny Games ·
Forum ado · Journées UFOSTREET · Bien bouger Courrières · Artistreet Libercourt · Boxe éducative ·
Musculation 2 fois par semaine · Théâtre forum « Et si c'était toi ? » · Concert de fin d'année · Fresque de la tour B
· Jardin partagé (2 parcelles) · Séjour ski 2023 · Camp à Stella-Plage · Raid des 3 caps · Les 3 collèges ·
Course des 10 km · Permis citoyen · Code de la route · Prévention des conduites à risque ·
Éducation à la vie affective · Planning familial · Prévention du suicide · Prévention des grossesses précoces ·
Lutte contre la prostitution des mineurs · Accueil de la fratrie · Maraude sociale · Soirée de la jeunesse ·
Rencontre avec un auteur · Chantier d'insertion : 4 semaines · Formation PSC1 (10 places) · Ciné-débat « La Haine » ·
Projet vidéo « Elles » · Tournoi Thierry Henry · Challenge Martin Luther King · Associations caritatives ·
Jonctions avec le Secours populaire et la Croix-Rouge · ILTV, 9/9 bis, Escapade, Louvre-Lens, musées… ·
UFOLEP : actions, projets · Demandes de renseignements liés au logement · Actions en commun (uniquement Libercourt) ·
Bailleurs sociaux (SIA, M&C, PDC Habitat…) · Orientations, rencontres, réunions ·
Lien avec les conseillers et le coach jeunesse · CCAS · MDS de Carvin · Gendarmerie · Police municipale ·
Conseils citoyens · Cabinet du docteur Martin · Pharmacie Lefebvre · Garage Thomas · Salle Marcel Cerdan ·
Stade Léo Lagrange · Restaurants du cœur · Emmaüs · Secours catholique · France Travail · Épicerie solidaire ·
Crèche Les P'tits Loups · Bailleur : 2 logements relais · CSAPA Le Square · CMP enfants · CMPP ·
Foyer de jeunes travailleurs · Résidence Anne Frank · École Jules Ferry · Gymnase Jesse Owens · Familles rurales ·
UDAF 62 · Parrainage d'enfants · Tribunal pour enfants · Juge des enfants · Brigade des mineurs ·
Aide sociale à l'enfance · Conseil municipal des jeunes · Comité du Rotois · TADAO · Médiateurs · CIDFF ·
Maison de la parentalité · CLS · CLSPD · CISPD CAHC · CLSPD – groupe 2 · GPDS · Cellule de veille · Comité de pilotage
· Groupe de travail jeunesse · Prévention · Tranquillité publique · Décrochage scolaire ·
Équipe pluridisciplinaire de soutien · Commission d'attribution du fonds d'aide aux jeunes · CESCE des 4 collèges ·
Cellule de suivi des situations complexes · Directeur · Chef de service éducatif · Éducatrice spécialisée ·
2 éducateurs spécialisés · Moniteur éducateur · Apprenti · Apprentie monitrice-éducatrice · Stagiaire ES 3e année ·
Conseillère en économie sociale et familiale · Secrétaire-comptable · Entretien, nettoyage · Psychologue ·
Aides éducateurs accompagnants scolaires · Contrat d'apprentissage · CDD de remplacement · En arrêt depuis mars ·
Temps partiel (80 %) · Médiateur adulte-relais · Poste vacant 3 mois · Technicienne de l'intervention sociale ·
Centre-ville · Quartier des 400 · Les Platanes · Pont de Grès · Cité de la Justice · La Haute Voie · Cité des 100 ·
Tour 3 · Place de la République · City-stade · Salle du quartier · Devant le collège · Local jeunes ·
Parvis de la gare · Les Deux Caps · Résidence les 3 Fontaines · Cité Saint-Paul · Square des Enfants · Rue des Sœurs ·
Bois de l'Homme Mort · Cité du Moulin · Non évalué cette année · En progrès · En recul par rapport à 2022 ·
Nuisances le soir, deux-roues · Peu de jeunes dehors l'hiver · Fermeture du local jeunes en juin ·
Présence des jeunes dans l'espace public · Accès aux droits et aux services · Il manque des bancs ·
Il y a 2 aires de jeux · Elle reste à rénover · Le city-stade a été rénové · Le bailleur a refait 3 halls ·
Beaucoup de familles monoparentales · Les jeunes y sont nombreux · Deux épiceries ont fermé · Trafic visible en soirée
· Collège · Collège (CPE) · Assistante sociale scolaire · Famille · Parent · Le jeune lui-même · La mère · Les parents
· Jeune · Un proche · ASE · Mairie · Hors secteur · Hors missions · File complète · Refus de la famille ·
Âge (plus de 25 ans) · Moins de 11 ans · Déjà suivi par un autre service · Relève du soin ·
Orienté vers la mission locale · Demande retirée · Le jeune ne souhaite pas d'accompagnement ·
Pas de place avant septembre · Familles monoparentales · Part des 15-24 ans sans emploi · Ménages d'une personne ·
Taux de pauvreté · Population de moins de 25 ans
""")
"""Funders, networks, actions, partners, bodies, posts, neighbourhoods, comments, origins and reasons of requests."""


REPORTED_TELLING = _listed("""
M. Dupont · Mme Dupont, mère isolée · Monsieur Martin, exclu du collège · Mlle Traoré · Mohamed B. · Hébergé chez Mme
L. · Ado de 15 ans · 16 ans, sans papiers · Garçon autiste, 12 ans · Né en 2007, primo-arrivant · Un lycéen poignardé
place Stalingrad · Accompagnement d'un mineur vers la MDPH · Mineur non accompagné malien, arrivé en janvier · TIG de
35 h pour un majeur condamné · Sortie ASE d'un jeune majeur · Jeune atteint de drépanocytose · Un habitant du bât. C
incarcéré · Retour d'incarcération d'un habitant du bât. C · Seul détenu du quartier · Un toxicomane squatte le hall ·
Famille rom expulsée · A fugué deux fois · exclu définitivement du collège pour couteau · Apprenti reconnu travailleur
handicapé, 19 ans
""")
"""What a tester found missing."""

REPORTED_ORDINARY = _listed("""
M. le Préfet · Mme la Maire · Atelier avec M. le principal · Groupe 15-18 ans · Fête des 10 ans · moins de 12 ans ·
Chantier 16 ans et plus · Mineurs non accompagnés · Jeunes majeurs · Contrat jeune majeur · Travailleur handicapé · 1
jeune 1 solution · Insertion d'un jeune en difficulté
""")
"""What a tester asked to leave alone."""

HELD_OUT_TELLING = _listed("""
M. Ben Salah, expulsé de son logement · Mme K. · Rdv avec Mme Fontaine et son fils · MONSIEUR DURAND · Mlle S.
(hébergée) · Nadia R., suivie par l'ASE · Collégienne de 13 ans en fugue · 14 ans, déscolarisé · 19 ans sans domicile
· Fils de M. Roche · Jeune femme voilée de 18 ans · Née le 12/03/2008 · Un mineur tabassé devant le collège · Une
locataire retrouvée morte · Ancien détenu hébergé par sa sœur · Un voisin menace les jeunes · Famille kosovare sans
papiers · Jeune en attente de jugement · Défenestré du 4e étage · A perdu son père en mars · Mis à la porte par ses
parents · Hospitalisée à Lens depuis juin · Achat de lunettes pour un collégien · Avance du permis d'un jeune ·
Accompagnement d'une mineure au CPEF · Jeune épileptique · Adolescent transgenre · Seul élève exclu du collège Vinci ·
Un SDF vit dans la cave · Le cas de M. Nowak · Convocation d'un jeune au tribunal · Handicapé, 20 ans
""")
HELD_OUT_ORDINARY = _listed("""
M. le procureur · Mme la directrice du CCAS · Mme Lefebvre, principale du collège · M. Durand (CPE) · Monsieur le
Président · Prix M. Curie · Rue M. Berthelot · Mesdames les élues · Les 11 ans et plus · 11/17 ans · 16-25 ans, hors
scolarité · Public : 12-15 ans · Jeunes de 18 ans à 25 ans · Fonds pour un habitat durable · Une famille, une langue ·
Un jeune, un métier · Accompagnement d'un groupe vers l'emploi · Accompagnement d'un projet · Orientation des jeunes
vers la MLDS · Sortie au Louvre-Lens · Sortie d'un journal de quartier · Retour d'expérience · Retour à l'emploi ·
Départ en vacances · Frais de déplacement · Achat de matériel · Achat d'un barnum pour une fête · Aide aux devoirs ·
Aide à la mobilité · Aide pour un permis · Don d'un ordinateur · Financement d'un poste · Prêt d'une salle pour une
réunion · Seul partenaire du quartier · Seule structure ouverte le soir · Placé auprès du CCAS · A repris en septembre
· A été renouvelée · A été agrandi · Né d'un besoin · Projet né en 2020 · Exclus · Exclusion · Hébergement d'urgence ·
Habitant du quartier · Habitants · Locataires · Conseil de locataires · Résidents du foyer · Voisins · Une résidence
rénovée · Un quartier rénové · Un hall dégradé · Un été animé · Un voisinage apaisé · Un public éloigné de l'emploi ·
Un espace fermé · Une salle prêtée · Un bailleur engagé · Un adulte relais recruté · Une habitante bénévole · Un
habitant élu au conseil citoyen · Homme et femme, égalité · Femmes victimes de violences · Journée de la femme · SDF
et sans-abri · Accueil de jour des sans-abri · Maraude auprès des SDF · Réfugiés · MNA · Service MNA · Dealers au pied
des tours · Trafic · Consommateurs · Travail auprès de la personne détenue · Plan A · Lot M. 3 · Salle M. Lebas ·
Chantier jeune majeur · Logement jeune travailleur · Jeune public · Jeune création · Mineur · Majeur · 16 ans et demi
à 21 ans · 3 ans, reconductible · Convention 3 ans · 1 an · Un parent sur deux · Famille monoparentale · Famille
élargie · Un jeune diplômé sur trois · Mission jeune citoyen engagé · Élève allophone : dispositif UPE2A · Enfant
placé : protocole · Adolescent en difficulté · Un ancien principal à la retraite · Une mère au foyer
""")
"""Written once the third round of rules was: they found 25 of the 32, and accused 3 of the others."""
LAST_TELLING = _listed("""
Mme Ouedraogo et ses enfants · Monsieur R., SDF · Jeune majeur sans ressources · 15 ans, exclue du collège Vinci · Né
à Alger en 2006 · Mère de 3 enfants, expulsée · Un élève hospitalisé d'office · Un gamin de 9 ans livré à lui-même ·
Sortie de prison de Karim · Billet de train pour une mineure · Fille de la gardienne agressée · Interpellé en novembre
· A tenté de se suicider · Hébergé par une tante · Adolescente sourde et muette · Un ancien détenu revient au quartier
· Famille albanaise à la rue · Julie M. · Collégien harcelé par sa classe · M. et Mme Dubois · Fils aîné de la famille
· Accompagnement d'un jeune à Pôle emploi · Un habitant séropositif · Lycéenne enceinte de 5 mois · Dealer du bâtiment
B · Jeune sous OQTF · Un père violent · Amende d'un jeune majeur · Audience d'un mineur le 4 mai · Seule candidate au
BAFA, 17 ans
""")
LAST_ORDINARY = _listed("""
Mme la proviseure · M. le commissaire divisionnaire · Mme Petit (assistante sociale) · Docteur Martin · Maître Leroy ·
Lycée Mme de Staël · Centre Mme Curie · 18 ans et + · + de 16 ans · De 12 à 17 ans · 12-17 ans, mixte · Ados (11-14
ans) · Jeunes (dès 16 ans) · Anniversaire : 30 ans · 25 ans de prévention · Séjour 11 ans - 15 ans · Atelier de 3
heures · Un élève, un tuteur · Une heure, un métier · Sortie à la mer · Sortie du dispositif · Sortie de confinement ·
Retour de colonie · Retour au collège · Aide à l'installation d'une association · Achat d'un four à pizza · Colis de
Noël · Don du sang · Prêt de vélos · Financement d'un séjour pour un groupe · Place pour un concert · A débuté en
janvier · A été signée en 2021 · A été menée avec la CAF · Exclu du champ · Placée en liste d'attente · Condamnation
de caves · Expulsions locatives · Interpellations en hausse · Hébergement · Hébergé par la ville (local) · Un bénévole
formé · Un partenaire engagé · Un terrain occupé · Un quartier isolé · Une jeunesse oubliée · Un parc fermé la nuit ·
Une association disparue · Un chantier terminé · Un poste perdu · Un projet relancé · Homme, femme : mode d'emploi ·
Voisins vigilants · Locataires du 3 · Habitant-expert · Résident · Majeur protégé : procédure · Élèves absents ·
Parents d'élèves · Parent solo · Famille d'accueil · Famille recomposée · Jeune aidant · Jeune sapeur-pompier · Jeunes
sous main de justice · Mineurs sous protection · Accueil d'un volontaire · Suivi d'un projet · Départ d'une éducatrice
· Arrivée d'un médiateur · Départ d'un bailleur · Orientation d'un public · Conduite à risque · Conduite accompagnée
pour un permis · Visite d'un lycée · Transport d'un groupe · Née de la rue · Collectif né en 2020 · Plan B · Tour M. ·
Bat. C · Hall D. · Groupe A. · Vitamine D · Maraude auprès des SDF du quartier
""")
"""Written after that: the rules found 21 of the 30, and accused 2 of the others."""

MISSED = frozenset({"Défenestré du 4e étage", "Seule candidate au BAFA, 17 ans"})
FALSE_ALARMS = frozenset({"Enfant placé : protocole", "Une mère au foyer"})

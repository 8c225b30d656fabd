"""Sheets that people keep: a pivot of hours, a logbook, a file an educator, hidden codes, a département's form."""

import datetime as dt
from collections.abc import Mapping, Sequence

from made_up_service import Person, any_day, people, record_follow_up, record_person
from writing_layouts import Bad, Column, Layout, Raw, Sheet

from second_hand.software import as_spoken, occupation

SCHILTIGHEIM, BISCHEIM = "67447", "67043"
VITROLLES, MARIGNANE, PORT = "13117", "13054", "13077"
MUREAUX, TRAPPES = "78440", "78621"
METZ, WOIPPY = "57463", "57751"
BEZIERS, LUNEL = "34032", "34145"
MONTHS = ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc")
BANDS = {"moins_11": "- de 11", "11_14": "11 à 14", "15_18": "15 à 18", "19_21": "19 à 21", "plus_21": "22 et plus"}


# ---------------------------------------------------------------- 26


def pivot() -> Layout:
    layout = Layout(
        "26-compta-mois-en-colonnes",
        "Classeur de la comptable : les heures par matricule, section analytique et site, un mois par colonne,\n"
        "tiré d'un tableau croisé (matricule écrit une fois, sous-totaux, cumul) ; les produits par financeur,\n"
        "réalisés et budget côte à côte ; les effectifs au 31 décembre, avec le nom des titulaires.",
        "classeur de comptabilité",
        communes=[SCHILTIGHEIM, BISCHEIM],
        annee=2023,
    )
    file = "Analytique 2023.xlsx"
    hours_by_month(layout, file)
    income(layout, file)
    posts(layout, file)
    layout.free_sheet(file, "Feuil4", "brouillon", [["à voir avec le CAC"], [None, "FONJEP ?"], [None, 7164]])
    return layout


def hours_by_month(layout: Layout, file: str) -> None:
    rng = layout.rng
    sections = {
        "6110": ("travail_de_rue", "Rue et maraudes"),
        "6120": ("presence_sociale", "Permanences et abords d'établissements"),
        "6210": ("accompagnement_individuel", "Suivis individuels"),
        "6310": ("action_collective", "Chantiers, séjours, ateliers"),
        "6410": ("partenariat", "Réunions extérieures"),
        "6430": ("ecrits_professionnels", "Rapports et notes"),
    }
    months = [
        Column(
            f"m{place}",
            f"{month}-23",
            "temps.heures",
            rule={"temps.date": f"2023-{place:02}-01"},
        )
        for place, month in enumerate(MONTHS, start=1)
    ]
    sheet = Sheet(
        layout,
        file,
        "Heures",
        [
            Column("who", "Matricule", "temps.educateur", rule={"written_once": True}),
            Column("code", "Section", "ignored: code de la section, dont le libellé est à côté"),
            Column(
                "what",
                "Libellé section",
                "temps.activite",
                {code: (word,) for code, word in sections.values()},
                rule={"leave_out_when": "Congés, maladie"},
            ),
            Column(
                "where",
                "Site",
                "temps.commune",
                {SCHILTIGHEIM: ("Schiltigheim",), BISCHEIM: ("Bischheim",), "": ("Siège",)},
            ),
            *months,
            Column("sum", "Cumul", "ignored: total de la ligne"),
        ],
        title=["Les Passerelles – exercice 2023", "Heures par section analytique (source : paie)", ""],
    )
    for who in ("M014", "M022", "M031"):
        first, sums = True, [0.0] * 12
        rows = [
            (code, section[0], where)
            for code, section in sections.items()
            for where in ((SCHILTIGHEIM, BISCHEIM) if code < "6400" else ("",))
            if rng.random() < 0.85
        ]
        for code, activity, where in [*rows, ("9000", None, "")]:
            hours = [None if rng.random() < 0.2 else rng.randrange(8, 120) / 4 for _ in MONTHS]
            name = who if first else None
            cells = {f"m{place}": value for place, value in enumerate(hours, start=1)}
            what = activity if activity else Raw("Congés, maladie")
            total = sum(value or 0 for value in hours)
            sheet.line(who=name, code=int(code), what=what, where=where, **cells, sum=total)
            first, sums = False, [before + (value or 0) for before, value in zip(sums, hours, strict=True)]
            if not activity:
                sheet.leave_out("congés : aucune activité")
                continue
            for month, value in enumerate(hours, start=1):
                if value is not None:
                    day = dt.date(2023, month, 1)
                    layout.record(
                        "temps", date=day, educateur=who, commune=where or None, activite=activity, heures=value
                    )
        sheet.other("total", f"Total {who}", None, None, None, *sums, sum(sums))
    layout.ask(
        "Libellé section : quelle activité est chaque section, et que faire des congés ?",
        {word: code for code, word in sections.values()} | {"Congés, maladie": "laisser la ligne"},
        file=file,
        sheet="Heures",
    )
    layout.ask("Un mois par colonne : quelle date écrire ?", "le premier du mois", file=file, sheet="Heures")
    layout.ask("Site : « Siège » est-il une commune ?", "non : le service entier", file=file, sheet="Heures")


def income(layout: Layout, file: str) -> None:
    sheet = Sheet(
        layout,
        file,
        "Produits",
        [
            Column("account", "Compte", "ignored: numéro de compte"),
            Column("funder", "Tiers", "financements.financeur"),
            Column("purpose", "Affectation", "financements.objet"),
            Column("y2022", "Réalisé 2022", "financements.montant_eur", rule={"financements.annee": 2022}),
            Column("y2023", "Réalisé 2023", "financements.montant_eur", rule={"financements.annee": 2023}),
            Column("y2024", "BP 2024", "ignored: budget prévisionnel"),
        ],
    )
    for account, funder, purpose, before, now in (
        (741100, "Collectivité européenne d'Alsace", "Dotation globale", 512300, 521480.5),
        (741200, "Ville de Schiltigheim", "Convention triennale", 64000, 64000),
        (741200, "Ville de Bischheim", "Convention triennale", 38500, 40000),
        (741300, "État", "Politique de la ville", 12000, Bad("notif. en attente", "le montant n'est pas connu")),
        (741400, "CAF du Bas-Rhin", "Parentalité", None, 6500),
        (741500, "Bailleur Alsabitat", "Chantiers", 4200, 3850.75),
    ):
        sheet.line(
            account=account,
            funder=Raw(funder),
            purpose=Raw(purpose),
            y2022=before,
            y2023=now,
            y2024=now if isinstance(now, int) else None,
        )
        for year, amount in ((2022, before), (2023, now)):
            if amount is not None and not isinstance(amount, Bad):
                layout.record("financements", annee=year, financeur=funder, montant_eur=amount, objet=purpose)
    sheet.total("Total produits")


def posts(layout: Layout, file: str) -> None:
    fields = {
        "direction_administration": ("Encadrement et gestion",),
        "educatif": ("Terrain",),
        "paramedical": ("Psy",),
        "services_generaux": ("Entretien",),
    }
    sheet = Sheet(
        layout,
        file,
        "Effectifs",
        [
            Column("field", "Filière", "personnel.categorie", fields),
            Column("post", "Emploi", "personnel.poste"),
            Column("name", "Titulaire", "refused: nom d'un salarié"),
            Column("etp", "ETP", "personnel.etp"),
            Column("county", "dt CeA", "personnel.etp_departement"),
            Column("towns", "dt villes", "personnel.etp_communes"),
            Column("note", "Obs.", "personnel.precision"),
        ],
        title=["Effectifs au 31/12/2023"],
    )
    for field, post, name, county, towns, note in (
        ("direction_administration", "Directrice", "Mme Orsatelli", 1, 0, None),
        ("direction_administration", "Chef de service", "M. Kadi-Roques", 1, 0, None),
        ("direction_administration", "Comptable", "Mme Lindauer", 0.5, 0, "mutualisée avec le foyer"),
        ("educatif", "Éducateur spécialisé", "M014, M022", 1.5, 0.5, None),
        ("educatif", "Moniteur-éducateur", "M031", 0.8, 0.2, "mi-temps thérapeutique jusqu'en juin"),
        ("paramedical", "Psychologue", "Mme Haas-Belkacem", 0.25, 0, None),
        ("services_generaux", "Agent d'entretien", "société extérieure", 0.15, 0, None),
    ):
        total = round(county + towns, 2)
        sheet.line(
            field=field,
            post=Raw(post),
            name=Raw(name),
            etp=total,
            county=county,
            towns=towns,
            note=Raw(note),
        )
        layout.record(
            "personnel",
            annee=2023,
            categorie=field,
            poste=post,
            etp=total,
            etp_departement=county,
            etp_communes=towns,
            precision=note,
        )
    sheet.total("Total")
    layout.constant("personnel.annee", "titre de la feuille", file=file, sheet="Effectifs", value=2023)
    layout.ask(
        "Filière : quelle catégorie est « Encadrement et gestion », « Terrain », « Psy », « Entretien » ?",
        {words[0]: code for code, words in fields.items()},
        file=file,
        sheet="Effectifs",
    )


# ---------------------------------------------------------------- 27


def logbook() -> Layout:
    layout = Layout(
        "27-cahier-de-bord",
        "Cahier de bord des permanences, un onglet par trimestre, tenu par qui ferme le local.\n"
        "Les jeunes présents sont dans une seule cellule, par leur prénom et une initiale (« ; », « et ») ;\n"
        "années à deux chiffres, durées écrites comme on parle, récit libre à côté des nombres.",
        "cahier de bord",
        communes=[VITROLLES, MARIGNANE, PORT],
        annee=2023,
    )
    rng, file = layout.rng, "Cahier de bord permanences 2023.ods"
    names = {VITROLLES: ("Vitrolles",), MARIGNANE: ("Marignane", "MARIGNANE"), PORT: ("Port de Bouc", "PdB")}
    places = {VITROLLES: "Les Pins, local", MARIGNANE: "City stade", PORT: "Tassy, pied du T3"}
    everyone = {f"{one.first} {one.name[0]}.": one for one in people(rng, 22, list(names))}
    whole = list(everyone)
    for quarter, name in enumerate(("1er trimestre", "2e trimestre", "4e trimestre")):
        sheet = Sheet(
            layout,
            file,
            name,
            [
                Column("day", "Quand", "presences.date temps.date", dates=("court", "court", "fr")),
                Column("town", "Secteur", "presences.commune temps.commune", names),
                Column("place", "Lieu de la permanence", "presences.lieu"),
                Column("who", "Éducs", "temps.educateur", rule={"separated_by": "+ et /"}),
                Column("long", "Durée", "temps.heures", rule={"each": "temps.educateur"}),
                Column("present", "Qui est passé", "presences.id_jeune", rule={"separated_by": "; et"}),
                Column("number", "Nb", "ignored: nombre de jeunes de la cellule précédente, et des passages"),
                Column("story", "Ce qui s'est dit / à retenir", "refused: texte libre sur des jeunes"),
            ],
            title=[f"Permanences – {name} 2023"],
        )
        first = dt.date(2023, (1, 4, 10)[quarter], 3)
        for day in sorted(any_day(rng, first, first + dt.timedelta(days=80)) for _ in range(14)):
            logbook_line(layout, sheet, day, rng.choice(list(names)), places, whole)
    layout.constant("temps.activite", "réponse : aucune colonne ne la dit", file=file, value="presence_sociale")
    layout.ask("Quelle activité sont les heures du cahier ?", "presence_sociale", file=file)
    layout.ask("Plusieurs éducateurs dans une cellule : la durée est-elle celle de chacun ?", "oui", file=file)
    layout.ask("« Qui est passé » : un prénom suivi d'une initiale est-il toujours le même jeune ?", "oui", file=file)
    return layout


def logbook_line(
    layout: Layout, sheet: Sheet, day: dt.date, town: str, places: Mapping[str, str], everyone: Sequence[str]
) -> None:
    rng = layout.rng
    present: list[str] = rng.sample(everyone, rng.choice((0, 1, 2, 3, 4, 5)))
    who = rng.sample(("Jo", "Karima", "Stéphane"), rng.choice((1, 2, 2)))
    hours = rng.choice((1, 1.5, 2, 2.5))
    written: object = Raw(spoken_list(present, rng.choice((" ; ", "; ")), rng.choice((" et ", None))))
    extra = 0
    if not present:
        written, extra = rng.choice(
            ((Raw("personne"), 0), (Bad("une dizaine de petits, pas les noms", "aucun jeune n'est nommé"), 10))
        )
    sheet.line(
        day=day,
        town=town,
        place=Raw(places[town]),
        who=Raw(rng.choice((" + ", " et ", "/")).join(who)),
        long=Raw(as_spoken(rng, hours)),
        present=written,
        number=len(present) + extra,
        story=rng.choice(
            (
                None,
                "parlé du stage, 2 CV à refaire",
                "RAS, match à la télé",
                "grosse dispute, voir avec le collège",
                "la médiatrice est passée à 17h30",
            )
        ),
    )
    for one in present:
        layout.record("presences", date=day, commune=town, lieu=places[town], id_jeune=one)
    for one in who:
        layout.record("temps", date=day, educateur=one, commune=town, activite="presence_sociale", heures=hours)


def spoken_list(names: Sequence[str], between: str, last: str | None) -> str:
    if len(names) < 2 or last is None:
        return between.join(names)
    return between.join(names[:-1]) + last + names[-1]


# ---------------------------------------------------------------- 28

STAGES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Karima": {"PAEI": ("PAEI",), "ASEP": ("ASEP",), "ACCROCHE": ("en accroche",)},
    "Joël": {"PAEI": ("3-PAEI",), "ASEP": ("2-ASEP",), "ACCROCHE": ("1-accroche",)},
    "Sofia": {"PAEI": ("Suivi PAEI",), "ASEP": ("Soutien léger",), "ACCROCHE": ("Accroche",)},
}
ENDS = {
    "orientation": ("relais ML, CMP…",),
    "difficulte_mobilisation": ("plus de nouvelles",),
    "changement_territoire": ("déménagé",),
    "amelioration_situation": ("ok, autonome",),
    "changement_statut": ("passe à une autre étape",),
}
DOES = {
    "college": ("collège",),
    "lycee_general": ("lycée gal",),
    "lycee_professionnel": ("lycée pro / CAP",),
    "descolarise": ("rien (déscol.)",),
    "recherche_emploi": ("cherche emploi",),
    "activite_professionnelle": ("bosse",),
}


def file_an_educator() -> Layout:
    layout = Layout(
        "28-un-classeur-par-educateur",
        "Chaque éducateur tient « ses jeunes » dans son classeur, parti du même modèle et arrangé depuis :\n"
        "autre ordre, autres mots, deux lignes d'en-tête chez l'une ; cellules fusionnées quand un jeune a eu\n"
        "plusieurs étapes, ✓ ou rien pour les partenaires ; l'éducateur n'est que dans le nom du fichier.",
        "un classeur par éducateur",
        communes=[MUREAUX, TRAPPES],
        annee=2023,
    )
    own_sheet(layout, "Karima", "Mes jeunes - Karima.xlsx", "jeunes", {}, ())
    own_sheet(
        layout,
        "Joël",
        "suivis Joël 2023.xlsx",
        "Feuil1",
        {"ref": "n° perso", "sex": "sexe", "birth": "date naiss.", "town": "ville", "met": "1er RDV / rencontre"},
        ("ref", "town", "district", "sex", "birth", "met", "situation", "stage", "since"),
    )
    own_sheet(layout, "Sofia", "Sofia_file active.xlsx", "2023", None, ())
    for person, file in (
        ("Karima", "Mes jeunes - Karima.xlsx"),
        ("Joël", "suivis Joël 2023.xlsx"),
        ("Sofia", "Sofia_file active.xlsx"),
    ):
        layout.constant("suivis.educateur", "nom du fichier", file=file, value=person)
        layout.constant("co_accompagnements.annee", "réponse", file=file, value=2023)
    layout.constant("situations.annee", "réponse", file="Sofia_file active.xlsx", value=2023)
    layout.ask("De quel éducateur est chaque fichier ?", ["Karima", "Joël", "Sofia"])
    layout.ask("De quelle année sont les ✓ des partenaires, et l'activité chez Sofia ?", 2023)
    layout.ask("Étape : que veut dire « Soutien léger » ?", {"Soutien léger": "ASEP"}, file="Sofia_file active.xlsx")
    layout.ask("Pourquoi l'arrêt : quel motif ?", {words[0]: code for code, words in ENDS.items()})
    layout.ask("Ce que fait le jeune : quelle situation ?", {words[0]: code for code, words in DOES.items()})
    return layout


def own_columns(owner: str, renamed: Mapping[str, str] | None) -> list[Column]:
    partners = {
        "ase": "ASE",
        "mission_locale": "Miss. loc.",
        "education_nationale": "Éduc. nat.",
        "sante": "Santé (CMP, MDA…)",
    }
    ids = "jeunes.id_jeune suivis.id_jeune situations.id_jeune co_accompagnements.id_jeune"
    does = "en 2023 il/elle fait quoi" if renamed is not None else "Fait quoi"
    columns = [
        Column("ref", "réf.", ids),
        Column("nick", "prénom", "refused: prénom d'un jeune"),
        Column("sex", "F/G", "jeunes.sexe", {"F": ("F",), "G": ("G",), "NR": ("-",)}),
        Column("birth", "DDN", "jeunes.date_naissance", dates=("date",)),
        Column(
            "town",
            "habite à",
            "jeunes.commune",
            {MUREAUX: ("Les Mureaux", "Mureaux (les)"), TRAPPES: ("Trappes", "TRAPPES")},
        ),
        Column("district", "cité", "jeunes.quartier"),
        Column("met", "vu la 1re fois le", "jeunes.premier_contact", dates=("date",)),
        Column("stage", "étape", "suivis.statut", STAGES[owner]),
        Column("since", "depuis le", "suivis.date_debut", dates=("date",)),
        Column("until", "jusqu'au", "suivis.date_fin", dates=("date",)),
        Column("why", "pourquoi l'arrêt", "suivis.motif_cloture", ENDS),
        Column(
            "situation",
            does,
            "situations.situation",
            DOES,
            rule={"situations.annee": 2023} if renamed is not None else {},
        ),
        *(
            Column(partner, word, "co_accompagnements.partenaire", rule={"when_ticked": partner})
            for partner, word in partners.items()
        ),
    ]
    for column in columns:
        if renamed:
            column.header = renamed.get(column.key, column.header)
        elif renamed is None:
            group = "Avec qui on travaille" if column.key in partners else "Parcours"
            if column.key in {"ref", "nick", "sex", "birth", "town", "district", "met"}:
                group = "Le jeune"
            assert isinstance(column.header, str)
            column.header = (group, column.header)
    return columns


def own_sheet(
    layout: Layout, owner: str, file: str, name: str, renamed: Mapping[str, str] | None, order: Sequence[str]
) -> None:
    columns = own_columns(owner, renamed)
    if order:
        columns.sort(key=lambda column: order.index(column.key) if column.key in order else len(order))
    sheet = Sheet(layout, file, name, columns)
    rng = layout.rng
    once = ["ref", "nick", "sex", "birth", "town", "district", "met", "situation"]
    once += ["ase", "mission_locale", "education_nationale", "sante"]
    for place, person in enumerate(people(rng, 15, (MUREAUX, TRAPPES), most=3), start=1):
        person.id = f"{owner[0]}-{place:02}"
        person.district = rng.choice(("La Vigne Blanche", "Les Musiciens", "Les Merisiers", "Square Camus"))
        assert isinstance(person.birth, dt.date)
        does = occupation(rng, person.birth, DOES, 2023) if rng.random() < 0.85 else None
        if place == 7:
            person.birth = Bad(f"{person.birth.year} ou {person.birth.year + 1}", "l'année n'est pas sûre")
        ticked = [partner for partner in once[-4:] if rng.random() < 0.25]
        cells: dict[str, object] = {
            "ref": person.id,
            "nick": person.first,
            "sex": person.sex,
            "birth": person.birth,
            "town": person.commune,
            "district": person.district,
            "met": person.contact,
            "situation": does,
        } | dict.fromkeys(ticked, Raw("✓"))
        for rank, one in enumerate(person.follow_ups):
            one.id, one.educator = f"{person.id}/{rank + 1}", owner
            shown = cells if rank == 0 else {}
            sheet.line(**shown, stage=one.status, since=one.start, until=one.end, why=one.reason)
            record_follow_up(layout, person, one, educator=True)
        for key in once:
            sheet.merge_down(key, len(person.follow_ups))
        record_person(layout, person)
        if does:
            layout.record("situations", id_jeune=person.id, annee=2023, situation=does)
        for partner in ticked:
            layout.record("co_accompagnements", id_jeune=person.id, annee=2023, partenaire=partner)


# ---------------------------------------------------------------- 29


def hidden_codes() -> Layout:
    layout = Layout(
        "29-actions-codes-caches",
        "Tableau des actions collectives, fait par une coordinatrice à l'aise avec Excel : une feuille cachée\n"
        "tient la liste des codes, les séances sont comptées par trimestre, des intertitres séparent les familles\n"
        "d'actions ; à côté, les instances suivies par trimestre et les partenaires, avec leurs contacts.",
        "tableau avec liste de codes",
        communes=[METZ, WOIPPY],
        annee=2023,
    )
    file = "Actions 2023 VF2.xlsx"
    kinds = {
        "action_collective": ("AC", "Action avec un groupe de jeunes"),
        "developpement_social_local": ("VQ", "Vie de quartier, DSL"),
        "parentalite": ("PP", "Avec et pour les parents"),
        "partenariale": ("PART", "Projet porté avec des partenaires"),
    }
    actions(layout, file, {code: (word,) for code, (word, _) in kinds.items()})
    codes = Sheet(
        layout,
        file,
        "Codes",
        [Column("code", "Type", "lookup: code"), Column("label", "Libellé", "lookup: libellé du code")],
    )
    for word, label in kinds.values():
        codes.line(code=Raw(word), label=Raw(label))
    codes.grid.hidden = True
    bodies(layout, file)
    for name, annee in (("actions", 2023), ("instances", 2023), ("partenaires", 2023)):
        layout.constant(f"{name}.annee", "nom du fichier", file=file, value=annee)
    layout.ask("Type : que veulent dire AC, VQ, PP et PART ?", {word: code for code, (word, _) in kinds.items()})
    layout.ask("Compté en : têtes et passages ?", {"têtes": "personnes", "passages": "presences"}, file=file)
    layout.ask("Séances : une colonne par trimestre, faut-il les ajouter ?", "oui", file=file)
    return layout


def actions(layout: Layout, file: str, kinds: Mapping[str, Sequence[str]]) -> None:
    rng = layout.rng
    quarters = [f"Séances {name} trim." for name in ("1er", "2e", "3e", "4e")]
    sheet = Sheet(
        layout,
        file,
        "Actions",
        [
            Column("id", "N°", "actions.id_action participations.id_action"),
            Column("kind", "Type", "actions.categorie", kinds, rule={"through": "Codes"}),
            Column("label", "Nom de l'action", "actions.libelle"),
            Column("town", "Ville", "actions.commune", {METZ: ("Metz",), WOIPPY: ("Woippy",), "": ("Les deux",)}),
            *(
                Column(f"q{place}", name, "actions.seances", rule={"sum_over": quarters})
                for place, name in enumerate(quarters)
            ),
            Column("days", "Jours (séjour)", "actions.jours"),
            Column("with", "Avec qui", "actions.partenaires"),
            Column("paid", "Payé par", "actions.financements"),
            Column("cost", "Coût €", "ignored: coût de l'action"),
            *(
                Column(band, word, "participations.nombre", rule={"participations.public": band})
                for band, word in BANDS.items()
            ),
            Column("parents", "Parents", "participations.nombre", rule={"participations.public": "familles"}),
            Column("unit", "Compté en", "actions.unite", {"personnes": ("têtes",), "presences": ("passages",)}),
            Column("review", "Bilan fait", "ignored: bilan rédigé ou non"),
        ],
        title=["Actions collectives 2023", ""],
    )
    labels = {
        "action_collective": (
            "Boxe éducative",
            "Week-end vélo",
            "Studio son",
            "Repeindre le hall du 12",
            "Code de la route",
        ),
        "developpement_social_local": ("Pieds d'immeuble d'été", "Repas des voisins", "Marché solidaire"),
        "parentalite": ("Le thé des mamans", "Papa aussi"),
        "partenariale": ("Forum jobs d'été", "Prévention routière avec le lycée"),
    }
    number = 0
    for kind, names in labels.items():
        sheet.other(
            "intertitre", {"action_collective": "GROUPES", "developpement_social_local": "QUARTIER"}.get(kind, "AUTRES")
        )
        for name in names:
            number += 1
            town = rng.choice((METZ, WOIPPY, WOIPPY, ""))
            sessions = [rng.choice((None, 1, 2, 4, 6)) for _ in quarters]
            days = rng.choice((2, 3)) if "Week-end" in name else None
            partner = rng.choice(("MJC Borny", "Bailleur, ville", "CMSEA", None))
            paid = rng.choice(("VVV", "Politique de la ville", "fonds propres", None))
            public: dict[str, object] = {band: rng.choice((None, None, 3, 5, 8, 11)) for band in BANDS}
            public["parents"] = rng.randint(3, 14) if kind == "parentalite" else None
            unit = rng.choice(("personnes", "presences"))
            sheet.line(
                id=number,
                kind=kind,
                label=Raw(name),
                town=town,
                **{f"q{place}": value for place, value in enumerate(sessions)},
                days=days,
                **{"with": Raw(partner)},
                paid=Raw(paid),
                cost=rng.choice((None, 150, 420, 1260)),
                **public,
                unit=unit,
                review=rng.choice(("✓", None)),
            )
            held = [value for value in sessions if value is not None]
            layout.record(
                "actions",
                id_action=number,
                annee=2023,
                commune=town or None,
                categorie=kind,
                libelle=name,
                seances=sum(held) if held else None,
                jours=days,
                partenaires=partner,
                financements=paid,
                unite=unit,
            )
            for band, count in public.items():
                if count is not None:
                    whom = "familles" if band == "parents" else band
                    layout.record("participations", id_action=number, public=whom, nombre=count)
    sheet.total("TOTAL", "id")


def bodies(layout: Layout, file: str) -> None:
    rng = layout.rng
    quarters = ["1er trim.", "2e trim.", "3e trim.", "4e trim."]
    sheet = Sheet(
        layout,
        file,
        "Instances",
        [
            Column("name", "Où on siège", "instances.instance"),
            Column("field", "Thème", "instances.champ"),
            *(
                Column(f"q{place}", name, "instances.participations", rule={"sum_over": quarters})
                for place, name in enumerate(quarters)
            ),
        ],
        title=["Réunions d'instances – nombre de fois où l'équipe y était"],
    )
    for name, field in (
        ("CLSPD plénier", "Sécurité, prévention"),
        ("Cellule de veille Borny", "Situations de jeunes"),
        ("PRE Woippy", "Réussite éducative"),
        ("Comité cité éducative", "Scolarité"),
        ("Conseil citoyen", "Politique de la ville"),
    ):
        times = [rng.choice((None, 1, 1, 2, 3)) for _ in quarters]
        sheet.line(name=Raw(name), field=Raw(field), **{f"q{place}": value for place, value in enumerate(times)})
        there = [value for value in times if value is not None]
        layout.record("instances", annee=2023, instance=name, champ=field, participations=sum(there) if there else None)
    sheet = Sheet(
        layout,
        file,
        "Carnet partenaires",
        [
            Column("name", "Structure", "partenaires.nom"),
            Column("field", "Domaine d'intervention", "partenaires.domaine"),
            Column("contact", "Notre interlocuteur", "refused: nom d'une personne"),
            Column("phone", "Tél.", "refused: téléphone"),
        ],
    )
    for name, field, contact in (
        ("Épicerie sociale Le Panier", "Aide alimentaire", "Mme Weissrock"),
        ("Club de foot de Woippy", "Sport", "Moussa, entraîneur"),
        ("Pharmacie du Pontiffroy", "Santé", None),
        ("Boxing club messin", "Sport", "M. Terrazzoni"),
        ("Bibliothèque de Borny", "Culture", "Anne-Lise Kuntzel"),
    ):
        sheet.line(name=Raw(name), field=Raw(field), contact=Raw(contact), phone=f"03 87 00 {rng.randrange(10, 99)} 12")
        layout.record("partenaires", annee=2023, nom=name, domaine=field)


# ---------------------------------------------------------------- 30


def county_form() -> Layout:
    layout = Layout(
        "30-annexe-du-departement",
        "Annexe annuelle imposée par le département : titres, colonnes numérotées sous les en-têtes, notes en bas.\n"
        "Une ligne par jeune et par prise en charge, sans nom (numéro d'ordre), année de naissance seule, O/N ;\n"
        "un onglet de diagnostic partagé, un indicateur par colonne, noté de 1 à 5.",
        "annexe du département",
        communes=[BEZIERS, LUNEL],
        annee=2023,
    )
    file = "Annexe 4 - Prévention spécialisée 2023.xlsx"
    layout.free_sheet(
        file,
        "Notice",
        "mode d'emploi",
        [["Annexe 4"], ["À retourner avant le 15 février 2024"], ["Ne pas modifier la structure du fichier"]],
    )
    active_file(layout, file)
    diagnosis(layout, file)
    return layout


def active_file(layout: Layout, file: str) -> None:
    natures = {
        "PAEI": ("Accompagnement éducatif avec projet",),
        "ASEP": ("Accompagnement éducatif ponctuel",),
        "ACCROCHE": ("Prise de contact",),
    }
    exits = {
        "orientation": ("Relais vers le droit commun",),
        "difficulte_mobilisation": ("Interruption du fait du jeune",),
        "changement_territoire": ("Départ du secteur",),
        "amelioration_situation": ("Situation stabilisée",),
        "changement_statut": ("Autre prise en charge par le service",),
    }
    origins = {
        "travail_de_rue": ("Aller-vers",),
        "college": ("Établissement scolaire",),
        "famille": ("Parents",),
        "pair": ("Bouche-à-oreille",),
        "partenaire": ("Service social, MDS",),
        "autre": ("Autre",),
    }
    situations = {
        "college": ("Scolarisé - collège",),
        "lycee_general": ("Scolarisé - LGT",),
        "lycee_professionnel": ("Scolarisé - LP",),
        "etudes_superieures": ("Scolarisé - supérieur",),
        "descolarise": ("Sorti du système scolaire, sans solution",),
        "recherche_emploi": ("Demandeur d'emploi",),
        "formation": ("Stagiaire de la formation professionnelle",),
        "activite_professionnelle": ("Salarié ou apprenti",),
    }
    sheet = Sheet(
        layout,
        file,
        "File active",
        [
            Column("order", "N° d'ordre", "jeunes.id_jeune suivis.id_jeune situations.id_jeune"),
            Column("sex", "Sexe (M/F)", "jeunes.sexe", {"G": ("M",), "F": ("F",), "NR": ("NC",)}),
            Column("birth", "Année de naissance", "jeunes.date_naissance"),
            Column("town", "Commune de résidence (code INSEE)", "jeunes.commune"),
            Column("qpv", "Réside en QPV (O/N)", "jeunes.qpv", {"oui": ("O",), "non": ("N",)}),
            Column("entry", "Entrée dans la file active", "jeunes.premier_contact", dates=("date",)),
            Column("origin", "Orienté par", "jeunes.origine", origins),
            Column("nature", "Nature de la prise en charge", "suivis.statut", natures),
            Column("start", "Début de prise en charge", "suivis.date_debut", dates=("date",)),
            Column("end", "Fin de prise en charge", "suivis.date_fin", dates=("date",)),
            Column("exit", "Motif de sortie", "suivis.motif_cloture", exits),
            Column("months", "Durée (mois)", "ignored: calculée des deux dates"),
            Column("situation", "Situation au 31/12/2023", "situations.situation", situations),
        ],
        title=["ANNEXE 4 – TABLEAU DE LA FILE ACTIVE", "Organisme : Trait d'union – exercice 2023", ""],
    )
    sheet.other("numéros des colonnes", *(f"({place})" for place in range(1, 14)))
    rng = layout.rng
    for place, person in enumerate(people(rng, 36, (BEZIERS, LUNEL)), start=1):
        active_person(layout, sheet, place, person, (list(origins), list(situations)))
    sheet.other("note", "(3) Quatre chiffres.")
    sheet.other("note", "(5) Quartier prioritaire de la politique de la ville ; vérifier sur le site officiel.")
    layout.constant("situations.annee", "en-tête", file=file, sheet="File active", value=2023)
    for question, words in (
        ("Nature de la prise en charge : quel statut ?", natures),
        ("Motif de sortie : quel motif ?", exits),
        ("Orienté par : quelle origine ?", origins),
        ("Situation au 31/12/2023 : quelle situation ?", situations),
    ):
        layout.ask(question, {one[0]: code for code, one in words.items()}, file=file, sheet="File active")


def active_person(
    layout: Layout, sheet: Sheet, place: int, person: Person, words: tuple[Sequence[str], Sequence[str]]
) -> None:
    rng = layout.rng
    person.id = str(place)
    assert isinstance(person.birth, dt.date)
    birth, qpv = person.birth.year, rng.choice(("oui", "oui", "non"))
    origin, situation = rng.choice(words[0]), occupation(rng, person.birth, words[1], 2023)
    doubt = place in {5, 11} and len(person.follow_ups) > 1
    for rank, one in enumerate(person.follow_ups):
        one.id = f"{place}-{rank + 1}"
        shown: object = Bad(birth + rank, "deux années de naissance pour le même jeune") if doubt else birth
        sheet.line(
            order=place,
            sex=person.sex,
            birth=shown,
            town=int(person.commune),
            qpv=qpv,
            entry=person.contact,
            origin=origin,
            nature=one.status,
            start=one.start,
            end=one.end,
            exit=one.reason,
            months=round(((one.end or dt.date(2023, 12, 31)) - one.start).days / 30.4),
            situation=situation,
        )
        record_follow_up(layout, person, one)
    layout.record(
        "jeunes",
        id_jeune=person.id,
        sexe=person.sex,
        date_naissance=None if doubt else birth,
        commune=person.commune,
        premier_contact=person.contact,
        origine=origin,
        qpv=qpv,
    )
    layout.record("situations", id_jeune=person.id, annee=2023, situation=situation)


def diagnosis(layout: Layout, file: str) -> None:
    rng = layout.rng
    indicators = ("Logement", "Mobilité", "Services publics", "Tranquillité", "Vie associative", "Offre de loisirs")
    sheet = Sheet(
        layout,
        file,
        "Diagnostic partagé",
        [
            Column("town", "Commune", "diagnostics.commune", {BEZIERS: ("Béziers",), LUNEL: ("Lunel",)}),
            Column("district", "Quartier d'intervention", "diagnostics.quartier"),
            *(
                Column(f"i{place}", name, "diagnostics.note", rule={"diagnostics.indicateur": name})
                for place, name in enumerate(indicators)
            ),
            Column("who", "Évalué avec", "ignored: qui a participé à l'évaluation"),
        ],
        title=["DIAGNOSTIC PARTAGÉ – ANNÉE 2023 (1 = très insuffisant, 5 = très satisfaisant)"],
    )
    for town, districts in ((BEZIERS, ("Iranget", "La Devèze", "Centre ancien")), (LUNEL, ("Abrivados", "Centre"))):
        for rank, district in enumerate(districts):
            notes = [rng.choice((1, 2, 3, 3, 4, 5, None)) for _ in indicators]
            sheet.line(
                town=town if rank == 0 else None,
                district=Raw(district),
                **{f"i{place}": Raw("s.o.") if note is None else note for place, note in enumerate(notes)},
                who=rng.choice(("habitants, bailleur", "conseil citoyen", "équipe seule")),
            )
            for name, note in zip(indicators, notes, strict=True):
                if note is not None:
                    layout.record(
                        "diagnostics", annee=2023, commune=town, quartier=district, indicateur=name, note=note
                    )
        sheet.merge_down("town", len(districts))
    layout.constant("diagnostics.annee", "titre de la feuille", file=file, sheet="Diagnostic partagé", value=2023)


LAYOUTS = (pivot, logbook, file_an_educator, hidden_codes, county_form)

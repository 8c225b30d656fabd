"""One workbook an educator, each in their own way; group actions with hidden codes."""

import datetime as dt
from collections.abc import Mapping, Sequence

from made_up_service import people, record_follow_up, record_person
from writing_layouts import Bad, Column, Layout, Raw, Sheet

from second_hand.people import occupation

MUREAUX, TRAPPES = "78440", "78621"
METZ, WOIPPY = "57463", "57751"
BANDS = {"moins_11": "- de 11", "11_14": "11 à 14", "15_18": "15 à 18", "19_21": "19 à 21", "plus_21": "22 et plus"}


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


LAYOUTS = (file_an_educator, hidden_codes)

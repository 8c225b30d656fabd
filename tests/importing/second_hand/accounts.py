"""An accountant's pivot of hours; a logbook of who came to the drop-in."""

import datetime as dt
from collections.abc import Mapping, Sequence

from made_up_service import any_day, people
from writing_layouts import Bad, Column, Layout, Raw, Sheet

from second_hand.people import as_spoken

SCHILTIGHEIM, BISCHEIM = "67447", "67043"
MONTHS = ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc")
VITROLLES, MARIGNANE, PORT = "13117", "13054", "13077"


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


LAYOUTS = (pivot, logbook)

"""Make layouts 31 to 40: `python tests/importing/make_layouts_of_third_hand.py [FOLDER]`. The same bytes each time.

Ten associations of ten départements, written by a third hand that had read neither the import nor the other layouts.
`third_hand.yml` holds their columns, words and questions; this script, what stands in the lines.
`layouts/third.yml` says of each what `layouts.yml` says of the first twenty. Every person and number is invented.
"""

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import yaml
from writing_layouts import Bad, Column, Layout, Raw, Sheet, write_yaml

DECLARED = yaml.safe_load(Path(__file__).with_name("third_hand.yml").read_text(encoding="utf-8"))
YEAR = 2024
LAST_DAY = dt.date(YEAR, 12, 31)
FIRST_NAMES = {
    "F": ("Inaya", "Lou", "Maëlys", "Océane", "Kadiatou", "Élise", "Sirine", "Romane", "Jade", "Assia"),
    "G": ("Noé", "Ilyès", "Théo", "Mamadou", "Loïc", "Enzo", "Kaïs", "Rayan", "Mattéo", "Issa"),
}
LAST_NAMES = ("Varnoux", "Belkassi", "Trémelin", "Dacoury", "Pasquerol", "Sidémé", "Houvrard", "Lestrin", "Koumaré")
STATUSES = ("PAEI", "PAEI", "ASEP", "ACCROCHE")
REASONS = ("orientation", "difficulte_mobilisation", "changement_territoire", "amelioration_situation")


@dataclass
class Youth:
    id_jeune: str
    nom: str
    prenom: str
    sexe: str
    date_naissance: Any
    commune: str
    quartier: str
    premier_contact: dt.date
    telephone: str


@dataclass
class FollowUp:
    id_suivi: str
    id_jeune: str
    statut: str
    date_debut: dt.date
    date_fin: dt.date | None
    motif_cloture: str | None
    educateur: str


def declared(name: str) -> Layout:
    """A layout without lines, as `third_hand.yml` declares it."""
    said = DECLARED[name]
    layout = Layout(name, said["about"], said["style"], held_out=True, communes=said["communes"], annee=YEAR)
    layout.constants += said["constants"]
    layout.questions += said["questions"]
    return layout


def sheet_of(layout: Layout, file: str, name: str | None = None, title: Sequence[str] = (), *, like: str = "") -> Sheet:
    """A sheet with its header; `like` is its place in the declaration where that is not its name."""
    columns = []
    for said in DECLARED[layout.name]["sheets"][like or name or file]:
        header, codes = said["header"], said.get("words", {})
        as_lists = {code: word if isinstance(word, list) else [word] for code, word in codes.items()}
        heading = tuple(header) if isinstance(header, list) else header
        columns.append(Column(**said | {"header": heading, "words": as_lists}))
    return Sheet(layout, file, name, columns, title)


def words(sheet: Sheet, key: str) -> dict[str, Sequence[object]]:
    """The words of each code of a column."""
    return dict(next(column.words for column in sheet.columns if column.key == key))


def a_day(rng: Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=rng.randint(0, (last - first).days))


def working_days(rng: Random, number: int, month: int | None = None) -> list[dt.date]:
    first, last = dt.date(YEAR, month or 1, 1), dt.date(YEAR, month or 12, 28)
    days = [first + dt.timedelta(days=rank) for rank in range((last - first).days + 1)]
    return sorted(rng.sample([day for day in days if day.weekday() < 5], number))


def youths(rng: Random, number: int, places: Mapping[str, Sequence[str]], form: str = "{}") -> list[Youth]:
    """`places` gives the districts of each commune; no two young people have the same name."""
    names = [(last, first, sex) for sex in "FG" for first in FIRST_NAMES[sex] for last in LAST_NAMES]
    made = []
    for rank, (last, first, sex) in enumerate(rng.sample(names, number), start=1):
        commune = rng.choice(list(places))
        made.append(
            Youth(
                form.format(rank),
                last,
                first,
                sex if rng.random() > 0.05 else "NR",
                a_day(rng, dt.date(2002, 1, 1), dt.date(2013, 12, 31)),
                commune,
                rng.choice(places[commune]),
                a_day(rng, dt.date(2022, 1, 10), dt.date(YEAR, 6, 30)),
                f"06 39 98 {rng.randint(10, 99)} {rng.randint(10, 99)}",
            )
        )
    return made


def follow_ups(
    rng: Random, young: Sequence[Youth], team: Sequence[str], form: str = "S{}", most: int = 2
) -> list[FollowUp]:
    """One or two periods for each: the second begins after the end of the first."""
    made: list[FollowUp] = []
    for one in young:
        start = one.premier_contact + dt.timedelta(days=rng.randint(0, 60))
        for _ in range(rng.randint(1, most)):
            end = start + dt.timedelta(days=rng.randint(40, 400))
            if most == 1:  # a list of the year's young people holds no period that ended before it
                end = max(end, a_day(rng, dt.date(YEAR, 1, 8), dt.date(YEAR, 5, 31)))
            ended = end <= LAST_DAY
            reason = rng.choice(REASONS) if ended else None
            made.append(
                FollowUp(
                    form.format(len(made) + 1),
                    one.id_jeune,
                    rng.choice(STATUSES),
                    start,
                    end if ended else None,
                    reason,
                    rng.choice(team),
                )
            )
            start = end + dt.timedelta(days=rng.randint(5, 40))
            if start > LAST_DAY:
                break
    return made


def hours(minutes: int) -> float:
    return minutes // 60 if minutes % 60 == 0 else minutes / 60


def cells(sheet: Sheet, *records: object) -> dict[str, object]:
    """The cells of a line: each column whose key is a field of one of the records."""
    return {
        column.key: getattr(record, column.key)
        for record in records
        for column in sheet.columns
        if hasattr(record, column.key)
    }


def record(layout: Layout, table: str, columns: str, *records: object, **values: object) -> None:
    """Add to the truth the columns of a record that the export holds; `values` are added to them."""
    found = {name: getattr(one, name) for name in columns.split() for one in records if hasattr(one, name)}
    layout.record(table, **{**found, **values})


def tick(sheet: Sheet, key: str, codes: Sequence[str], separator: str) -> Raw:
    """The words of several codes in one cell."""
    column = next(column for column in sheet.columns if column.key == key)
    ticked = [str(sheet.layout.rng.choice(column.words[code])) for code in codes]
    column.seen.update(zip(ticked, codes, strict=True))
    return Raw(separator.join(ticked))


def exports_by_table() -> Layout:
    layout = declared("31-export-par-table")
    layout.stray_spaces = 0
    files = ("beneficiaires.csv", "accompagnements.csv", "orientations.csv", "actes.csv")
    layout.csv_form(";", "utf-8-sig", *files)
    people = sheet_of(layout, files[0])
    rng, team = layout.rng, ("Perrine Galloux", "Yacine Morvelle", "Tiphaine Roussac")
    districts = {
        "44143": ("Château", "Pont-Rousseau"),
        "44020": ("La Neustrie", "Les Couëts"),
        "44190": ("Le Douet",),
    }
    young = youths(rng, 34, districts, "BEN-{:05}")
    young[7].date_naissance = Bad("29/02/2007", "ce jour n'existe pas")
    codes = {"44143": "44400", "44020": "44340", "44190": "44230"}
    for one in young:
        entered = one.premier_contact + dt.timedelta(days=rng.randint(1, 20))
        people.line(
            **cells(people, one),
            code_postal=codes[one.commune],
            cree_le=entered,
            cree_par=rng.choice(("pgalloux", "admin")),
        )
        record(layout, "jeunes", "id_jeune sexe date_naissance commune quartier premier_contact", one)
    periods = sheet_of(layout, files[1])
    suivis = follow_ups(rng, young, team, "ACC-{:05}")
    for period in suivis:
        periods.line(**cells(periods, period), etat="Clos" if period.date_fin else "En cours")
        record(layout, "suivis", "id_suivi id_jeune statut date_debut date_fin motif_cloture educateur", period)
    relays = sheet_of(layout, files[2])
    structures = {
        "sociale_educative": "Espace départemental des solidarités",
        "medicale": "Maison des ados",
        "scolaire_professionnelle": "Mission locale",
        "juridique": "Maison de la justice",
        "loisirs": "MJC",
    }
    for period in rng.sample(suivis, 20):
        field = rng.choice(list(structures))
        values = {
            "id_suivi": period.id_suivi,
            "date": period.date_debut + dt.timedelta(days=rng.randint(3, 35)),
            "domaine": field,
            "partenaire": structures[field],
        }
        relays.line(**values, suite=rng.choice(("Oui", "Non")))
        layout.record("orientations", **values)
    acts = sheet_of(layout, files[3])
    for day in working_days(rng, 45):
        minutes = rng.choice((30, 45, 60, 90, 120, 150))
        values = {
            "date": day,
            "educateur": rng.choice(team),
            "activite": rng.choice(list(words(acts, "activite"))),
            "commune": rng.choice(list(codes)),
        }
        acts.line(**values, minutes=minutes)
        layout.record("temps", **values, heures=hours(minutes))
    return layout


def diary_of_months() -> Layout:
    layout = declared("32-agenda-par-mois")
    rng, file = layout.rng, "Agenda Nadège 2024.xlsx"
    days = ("lun", "mar", "mer", "jeu", "ven")
    for month, name in ((1, "Janvier"), (2, "Février"), (3, "Mars"), (4, "Avril"), (5, "Mai")):
        sheet = sheet_of(layout, file, name, [f"Agenda de Nadège B. – {name.lower()} {YEAR}", ""], like="mois")
        minutes = 0
        for day in working_days(rng, 10, month):
            start, length = rng.choice((9, 10, 14, 16, 17)), rng.choice((45, 60, 90, 120, 150, 180))
            minutes += length
            end = start * 60 + length
            spent: object = f"{length} min" if length < 60 else f"{length // 60}h{length % 60 or ''}"
            if length == 120 and month == 3 and not layout.unreadable:
                spent = Bad("2h ou 3h", "deux durées")
            online = "oui" if rng.random() < 0.15 else "non"
            values = {
                "date": day,
                "commune": rng.choice(("33249", "33119", "33167")),
                "activite": rng.choice(list(words(sheet, "activite"))),
                "en_ligne": online,
            }
            sheet.line(
                **values,
                jour=days[day.weekday()],
                debut=f"{start}h",
                fin=f"{end // 60}h{end % 60:02}",
                duree=spent,
                remarque=rng.choice((None, None, "pluie", "avec la stagiaire", "annulé puis repris")),
            )
            layout.record(
                "temps", **values, educateur="Nadège B.", heures=spent if isinstance(spent, Bad) else hours(length)
            )
        sheet.other("total", "Total du mois", None, None, None, f"{minutes // 60}h{minutes % 60:02}")
    return layout


def form_of_the_county() -> Layout:
    layout = declared("33-annexe-file-active")
    rng, file, name = layout.rng, "Annexe3_file_active_2024.xlsx", "FILE ACTIVE"
    sheet = sheet_of(
        layout,
        file,
        name,
        [
            "DÉPARTEMENT – PRÉVENTION SPÉCIALISÉE",
            f"Annexe 3 : file active – exercice {YEAR}",
            "Association : Le Passage",
            "",
        ],
    )
    towns = {"69256": "Vaulx-en-Velin", "69029": "Bron", "69259": "Vénissieux"}
    young = youths(rng, 40, dict.fromkeys(towns, ("",)), "VX{:03}")
    for one, period in zip(young, follow_ups(rng, young, ("",), most=1), strict=True):
        year_of_birth = one.date_naissance.year
        qpv, origin = rng.choice(("oui", "oui", "non")), rng.choice(list(words(sheet, "origine")))
        likely = ("college", "college", "college", "descolarise")
        if year_of_birth < 2009:
            likely = ("lycee_general", "lycee_professionnel", "descolarise", "recherche_emploi")
        if year_of_birth < 2006:
            likely = ("etudes_superieures", "recherche_emploi", "formation", "activite_professionnelle")
        situation = rng.choice(likely)
        noted = rng.sample(list(words(sheet, "p1")), rng.choice((1, 1, 2)))
        sheet.line(
            **cells(sheet, one, period),
            naissance=year_of_birth,
            libelle=towns[one.commune],
            qpv=qpv,
            origine=origin,
            situation=situation,
            p1=noted[0],
            p2=noted[1] if len(noted) > 1 else None,
            controle="OK",
        )
        record(
            layout,
            "jeunes",
            "id_jeune sexe commune premier_contact",
            one,
            date_naissance=year_of_birth,
            origine=origin,
            qpv=qpv,
        )
        record(layout, "suivis", "id_suivi id_jeune statut date_debut date_fin motif_cloture", period)
        record(layout, "situations", "id_jeune", one, annee=YEAR, situation=situation)
        for issue in noted:
            record(layout, "problematiques", "id_suivi", period, annee=YEAR, problematique=issue)
    sheet.other("total", "TOTAL", len(young))
    layout.free_sheet(
        file,
        "Notice",
        "mode d'emploi du formulaire",
        [
            ["Notice de remplissage"],
            ["Nature de l'accompagnement"],
            ["1", "accompagnement éducatif individualisé"],
            ["2", "accompagnement ponctuel"],
            ["3", "accroche"],
            ["À retourner avant le 28 février"],
        ],
    )
    return layout


def register_of_actions() -> Layout:
    layout = declared("34-registre-des-actions")
    rng, file, name = layout.rng, "Registre actions.xlsx", "Actions 2024"
    bands = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
    sheet = sheet_of(layout, file, name, [f"Club de prévention La Passerelle – registre des actions {YEAR}"])
    titles = {
        "action_collective": (
            "Chantier peinture",
            "Séjour Vercors",
            "Sortie lac",
            "Tournoi de futsal",
            "Chantier jardin",
        ),
        "developpement_social_local": ("Fête de quartier", "Repas des voisins", "Fresque du hall B"),
        "parentalite": ("Café des parents", "Sortie en famille"),
        "partenariale": ("Forum jobs d'été", "Atelier slam au collège", "Journée sans écran"),
    }
    for rank in range(1, 21):
        kind = rng.choice(list(words(sheet, "categorie")))
        values = {
            "id_action": f"A{rank:02}",
            "commune": rng.choice(("38151", "38421")),
            "categorie": kind,
            "libelle": rng.choice(titles[kind]),
            "seances": rng.choice((1, 2, 4, 6, 10)),
            "jours": rng.choice((1, 1, 2, 5)),
            "partenaires": rng.choice(("Collège, MJC", "Bailleur", "Centre social", None)),
            "financements": rng.choice(("Contrat de ville", "VVV", "Fonds propres")),
        }
        numbers = {f"{code}{letter}": rng.choice((None, 0, 1, 2, 3, 5, 8)) for code in bands for letter in "GF"}
        parents: Any = rng.choice((None, 0, 2, 6)) if kind != "parentalite" else rng.randint(4, 12)
        if rank == 9:
            parents = Bad("une dizaine", "pas un nombre")
        known = [number for number in (*numbers.values(), parents) if isinstance(number, int)]
        sheet.line(
            **values,
            **numbers,
            familles=parents,
            periode=rng.choice(("avril", "été", "Toussaint", "toute l'année")),
            total=sum(known),
            bilan=rng.choice((None, "à refaire", "peu de filles", "bonne ambiance")),
        )
        layout.record("actions", **values, annee=YEAR, unite="personnes")
        for code in bands:
            pair = [number for letter in "GF" if (number := numbers[f"{code}{letter}"]) is not None]
            layout.record("participations", id_action=f"A{rank:02}", public=code, nombre=sum(pair) if pair else None)
        layout.record("participations", id_action=f"A{rank:02}", public="familles", nombre=parents)
    sheet.total("TOTAL")
    return layout


def book_of_the_office() -> Layout:
    layout = declared("35-secretariat-cellules-fusionnees")
    file = "Annexes bilan.ods"
    posts = sheet_of(layout, file, "Personnel", [f"Tableau des effectifs au 31/12/{YEAR}", ""])
    staff: dict[str, Any] = {
        "direction_administration": (
            ("Directrice", 1, 1, 0),
            ("Chef de service", 1, 0.8, 0.2),
            ("Secrétaire", 0.5, 0.5, 0),
        ),
        "educatif": (
            ("Éducatrice spécialisée", 1, 1, 0),
            ("Éducateur spécialisé", 1, 0.5, 0.5),
            ("Moniteur éducateur", 0.8, 0.8, 0),
            ("Animatrice", 0.5, 0, 0.5),
        ),
        "services_generaux": (("Agente d'entretien", 0.25, 0.25, 0),),
        "paramedical": (("Psychologue", 0.3, 0.3, 0),),
    }
    notes = {"Moniteur éducateur": "en CDD jusqu'en juin", "Chef de service": "mi-temps thérapeutique en mars"}
    totals = [0.0, 0.0, 0.0]
    for category, lines in staff.items():
        for post, *parts in lines:
            values: dict[str, Any] = {"categorie": category, "poste": post, "precision": notes.get(post)}
            values |= dict(zip(("etp", "etp_departement", "etp_communes"), parts, strict=True))
            posts.line(**values)
            layout.record("personnel", annee=YEAR, **values)
        posts.merge_down("categorie", len(lines))
        sums = [round(sum(line[place] for line in lines), 2) for place in (1, 2, 3)]
        totals = [round(one + other, 2) for one, other in zip(totals, sums, strict=True)]
        if len(lines) > 1:
            posts.other("sous-total", "Sous-total", None, *sums)
    posts.other("total", "TOTAL GÉNÉRAL", None, *totals)
    money = sheet_of(layout, file, "Financeurs", ["Subventions et participations", ""])
    for funder, purpose, *amounts in (
        ("Conseil départemental", "Fonctionnement", 412000, 418500, 420000),
        ("Ville d'Hérouville-Saint-Clair", "Fonctionnement", 38000, 38000, 38000),
        ("Ville d'Ifs", "Fonctionnement", 12500, 13200, 13200),
        ("État – politique de la ville", "Chantiers éducatifs", 18000, 21500, 20000),
        ("CAF", "Parentalité", None, 6000, 6000),
        ("Fondation privée", "Séjours", 4500, Bad("à confirmer", "pas un montant"), None),
        ("Bailleur social", "Fresques", 2250.5, 1800, None),
    ):
        money.line(financeur=funder, objet=purpose, **dict(zip(("y2023", "y2024", "y2025"), amounts, strict=True)))
        for year, amount in zip((2023, 2024), amounts, strict=False):
            layout.record("financements", annee=year, financeur=funder, montant_eur=amount, objet=purpose)
    money.total("Total")
    bodies = sheet_of(layout, file, "Réunions", [f"Instances territoriales {YEAR}"])
    for field, lines_ in {
        "Sécurité et prévention": (("CLSPD", 3), ("Cellule de veille", 9)),
        "Éducation": (("Programme de réussite éducative", 6), ("Cité éducative", 4), ("GPDS du collège", 5)),
        "Politique de la ville": (("Comité de pilotage", 2),),
    }.items():
        for body, times in lines_:
            bodies.line(
                champ=field, instance=body, participations=times, qui=layout.rng.choice(("Directrice", "Équipe"))
            )
            layout.record("instances", annee=YEAR, instance=body, champ=field, participations=times)
        bodies.merge_down("champ", len(lines_))
    bodies.total("Total")
    friends = sheet_of(layout, file, "Partenaires", [f"Partenaires sans convention – année {YEAR}"])
    for partner, purpose, contact in (
        ("Centre social", "Sorties, soirées jeux", "Mme Orvelin 02 61 91 20 11"),
        ("Mission locale", "Ateliers CV", "M. Astoual 02 61 91 20 12"),
        ("Restos du cœur", "Aide alimentaire", None),
        ("Club de boxe", "Initiations", "M. Pradelle 06 39 98 14 22"),
    ):
        friends.line(nom=partner, domaine=purpose, contact=contact)
        layout.record("partenaires", annee=YEAR, nom=partner, domaine=purpose)
    return layout


def a_line_a_period() -> Layout:
    layout = declared("36-csv-une-ligne-par-suivi")
    layout.stray_spaces = 0.03
    rng, file = layout.rng, "file active.csv"
    layout.csv_form(";", "cp1252", file)
    sheet = sheet_of(layout, file)
    districts = {
        "16374": ("Champ de Manœuvre",),
        "16015": ("Basseau", "Ma Campagne"),
        "16291": ("Le Centre", "Villement"),
    }
    young = youths(rng, 26, districts, "J{}")
    for one in young:
        one.nom = one.nom.upper()
    young[4].date_naissance = Bad("31/11/08", "ce jour n'existe pas")
    by_name = {one.id_jeune: one for one in young}
    for period in follow_ups(rng, young, ("Solène", "Karim", "Jean-Marc")):
        one = by_name[period.id_jeune]
        sheet.line(
            **cells(sheet, one, period),
            parent=f"{rng.choice(('Mme', 'M.'))} {one.nom}",
            entretiens=rng.randint(1, 30),
        )
        record(layout, "jeunes", "id_jeune sexe date_naissance commune quartier premier_contact", one)
        record(layout, "suivis", "id_suivi id_jeune statut date_debut date_fin motif_cloture educateur", period)
    sheet.other("compte", f"Nombre de jeunes : {len(young)}")
    return layout


def keys_and_code_tables() -> Layout:
    layout = declared("37-cles-et-tables-de-codes")
    layout.stray_spaces = 0
    rng = layout.rng
    districts = {"76681": ("Trianon",), "76575": ("Château Blanc", "Hartmann"), "76231": ("Puchot",)}
    people = sheet_of(layout, "TB_PERSONNE.csv")
    young = youths(rng, 32, districts, "{}")
    for rank, one in enumerate(young):
        one.id_jeune = str(4200 + 3 * rank)
        removed = rank in (5, 19)
        people.line(
            **cells(people, one),
            uuid=f"{rng.getrandbits(32):08x}-{rng.getrandbits(16):04x}",
            supprime=int(removed),
            maj=a_day(rng, dt.date(2025, 1, 2), dt.date(2025, 1, 20)),
        )
        if removed:
            people.leave_out("fiche supprimée")
        else:
            record(layout, "jeunes", "id_jeune sexe date_naissance commune quartier premier_contact", one)
    alive = [one for rank, one in enumerate(young) if rank not in (5, 19)]
    periods = sheet_of(layout, "TB_MESURE.csv")
    for period in follow_ups(rng, alive, list(words(periods, "educateur")), "{}"):
        period.id_suivi = str(9000 + 2 * int(period.id_suivi))
        periods.line(**cells(periods, period), maj=dt.date(2025, 1, 20))
        record(layout, "suivis", "id_suivi id_jeune statut date_debut date_fin motif_cloture educateur", period)
    meetings = sheet_of(layout, "TB_RENCONTRE.csv")
    for rank, day in enumerate(working_days(rng, 40)):
        values = {
            "date": day,
            "commune": rng.choice(list(districts)),
            "lieu": rng.choice(list(words(meetings, "lieu"))),
            "id_jeune": rng.choice(alive).id_jeune,
        }
        meetings.line(**values, numero=70010 + rank)
        layout.record("presences", **values)
    town_names = {"76681": "SOTTEVILLE-LES-ROUEN", "76575": "SAINT-ETIENNE-DU-ROUVRAY", "76231": "ELBEUF"}
    words_of = {
        "PAEI": "Projet d'accompagnement éducatif individualisé",
        "ASEP": "Soutien éducatif ponctuel",
        "ACCROCHE": "Approche",
        "orientation": "Orientation",
        "difficulte_mobilisation": "Rupture du lien",
        "changement_territoire": "Changement de résidence",
        "amelioration_situation": "Situation améliorée",
        "F": "Femme",
        "G": "Homme",
        "NR": "Indéterminé",
    }
    for name, source, key in (
        ("REF_GENRE", people, "sexe"),
        ("REF_QUARTIER", people, "quartier"),
        ("REF_TYPE_MESURE", periods, "statut"),
        ("REF_MOTIF_SORTIE", periods, "motif_cloture"),
        ("REF_LIEU", meetings, "lieu"),
        ("TB_AGENT", periods, "educateur"),
    ):
        codes = sheet_of(layout, f"{name}.csv")
        for code, (number,) in words(source, key).items():
            codes.line(code=number, words=words_of.get(code, code))
    codes = sheet_of(layout, "REF_COMMUNE.csv")
    for code, (number,) in words(people, "commune").items():
        codes.line(code=number, insee=code, words=town_names[code])
    layout.csv_form(",", "utf-8", *layout.grids)
    return layout


def shared_form() -> Layout:
    layout = declared("38-formulaire-en-ligne")
    layout.stray_spaces = 0
    rng, file, name = layout.rng, "Bilan de fin d'année (réponses).xlsx", "Réponses au formulaire 1"
    sheet = sheet_of(layout, file, name)
    partners, issues = words(sheet, "partenaires"), words(sheet, "problematiques")
    for rank in range(1, 31):
        youth, period = f"EV{rank:03}", f"EV{rank:03}-{rng.choice((1, 1, 2))}"
        situation = rng.choice(list(words(sheet, "situation")))
        commune = rng.choice((None, None, None, None, "91228", "91521"))
        helpers, noted = rng.sample(list(partners), rng.randint(0, 3)), rng.sample(list(issues), rng.randint(1, 3))
        sheet.line(
            horodateur=f"{rng.randint(6, 24):02}/01/2025 {rng.randint(9, 18)}:{rng.randint(10, 59)}:07",
            courriel=rng.choice(("i.bardel@example.org", "t.solvane@example.org", "m.kerouze@example.org")),
            annee=YEAR,
            id_jeune=youth,
            id_suivi=period,
            situation=situation,
            commune=commune,
            partenaires=tick(sheet, "partenaires", helpers, ";"),
            problematiques=tick(sheet, "problematiques", noted, ";"),
            note=rng.randint(1, 5),
            mot=rng.choice((None, None, "à revoir en mars", "belle année")),
        )
        layout.record("situations", id_jeune=youth, annee=YEAR, situation=situation, commune=commune)
        for code in helpers:
            layout.record("co_accompagnements", id_jeune=youth, annee=YEAR, partenaire=code)
        for code in noted:
            layout.record("problematiques", id_suivi=period, annee=YEAR, problematique=code)
    return layout


def street_diary() -> Layout:
    layout = declared("39-carnet-de-rue")
    rng, file = layout.rng, "Carnet de rue 2024.xlsx"
    rounds = sheet_of(layout, file, "Tournées", [f"Carnet de rue {YEAR}"])
    team = ("Sam", "Inès", "Baptiste")
    for day in working_days(rng, 36):
        start, length = rng.choice((960, 990, 1020, 1080)), rng.choice((90, 120, 150, 180))
        commune, walkers = rng.choice(list(words(rounds, "commune"))), sorted(rng.sample(team, rng.choice((1, 2, 2))))
        met = [rng.randint(0, 12) for _ in range(3)]
        clock = [f"{minute // 60}h{minute % 60:02}" for minute in (start, start + length)]
        rounds.line(
            date=day,
            commune=commune,
            lieu=rng.choice(("city-stade", "arrêt de tram, parc", "halls rue basse")),
            debut=clock[0],
            fin=clock[1],
            equipe=" + ".join(walkers),
            **dict(zip(("n1", "n2", "n3"), met, strict=True)),
            filles=rng.randint(0, sum(met) // 2),
            ambiance=rng.choice((None, "calme", "tendu", "beaucoup de monde")),
        )
        for walker in walkers:
            layout.record(
                "temps", date=day, educateur=walker, commune=commune, activite="travail_de_rue", heures=hours(length)
            )
    rounds.total("Total")
    listed = sheet_of(layout, file, "Jeunes suivis", [f"Jeunes suivis en {YEAR}"])
    young = youths(rng, 22, {"67447": ("Marais", "Écrivains"), "67043": ("Ried", "Guirbaden")}, "J{}")
    for one, period in zip(young, follow_ups(rng, young, team, most=1), strict=True):
        age = YEAR - one.date_naissance.year
        listed.line(**cells(listed, one, period), surnom=f"{one.prenom} {one.nom[:2]}.", age=age)
        record(
            layout,
            "jeunes",
            "id_jeune sexe commune quartier premier_contact",
            one,
            date_naissance=YEAR - age,
        )
        record(layout, "suivis", "id_suivi id_jeune statut date_debut date_fin motif_cloture educateur", period)
    return layout


def small_workbook() -> Layout:
    layout = declared("40-petit-tableur")
    rng, file = layout.rng, "suivi equipe.xlsx"
    people = sheet_of(layout, file, "jeunes")
    young = youths(rng, 28, {"13056": ("Paradis Saint-Roch", "Canto-Perdrix"), "13063": ("La Maille", "Mercure")}, "{}")
    young[11].date_naissance = Bad("2008 ou 2009", "deux années")
    young[3].commune, young[3].quartier = "hors", ""
    for one in young:
        people.line(
            **cells(people, one) | {"id_jeune": int(one.id_jeune)},
            initiales=f"{one.prenom[0]}{one.nom[0]}",
            taille=rng.choice(("S", "M", "L", None)),
        )
        record(layout, "jeunes", "id_jeune sexe date_naissance commune quartier premier_contact", one)
    opened = sheet_of(layout, file, "permanences")
    for day in working_days(rng, 18):
        values: dict[str, Any] = {
            "date": day,
            "commune": rng.choice(("13056", "13063")),
            "lieu": rng.choice(("Local", "Maison de quartier", "Gymnase")),
        }
        present = sorted(int(one.id_jeune) for one in rng.sample(young, rng.randint(2, 6)))
        opened.line(
            **values, presents=" - ".join(map(str, present)), nombre=len(present), tenue=rng.choice(("Lila", "Hugo"))
        )
        for number in present:
            layout.record("presences", **values, id_jeune=str(number))
    opened.total("TOTAL")
    asked = sheet_of(layout, file, "demandes")
    for day in working_days(rng, 24):
        answer = rng.choice(("acceptee", "acceptee", "refusee", "reorientee", "en_attente"))
        values = {
            "date": day,
            "origine": rng.choice(("Collège", "Famille", "Jeune", "CCAS", "Assistante sociale")),
            "commune": rng.choice(("13056", "13063")),
            "tranche_age": rng.choice(("moins_11", "11_14", "15_18", "19_21", "plus_21", None)),
            "suite": answer,
            "motif": rng.choice(("plus de place", "trop loin")) if answer == "refusee" else None,
        }
        asked.line(**values, repondu=None if answer == "en_attente" else day + dt.timedelta(days=rng.randint(1, 9)))
        layout.record("demandes", **values)
    return layout


LAYOUTS = (
    exports_by_table,
    diary_of_months,
    form_of_the_county,
    register_of_actions,
    book_of_the_office,
    a_line_a_period,
    keys_and_code_tables,
    shared_form,
    street_diary,
    small_workbook,
)


def main(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    layouts = [build() for build in LAYOUTS]
    for layout in layouts:
        layout.write(root)
    write_yaml(root / "third.yml", {layout.name: layout.settings for layout in layouts})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "layouts")

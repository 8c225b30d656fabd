"""Make layouts 41 to 50 again, the same bytes each time.

`python tests/importing/make_layouts_of_fourth_hand.py [FOLDER]`

Ten associations of ten départements, by a hand that had read neither the import nor the forty others, only how
they are measured. `layouts/fourth.yml` says of each what `layouts.yml` says of the first twenty. Every person and
number is invented.
"""

import datetime as dt
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from writing_layouts import DATE_FORMATS, LINES_OF_CSV, Bad, Column, Layout, Raw, Sheet, write_yaml

YEAR = 2024
DATE_FORMATS["tiret"] = "%d-%m-%Y"
LINES_OF_CSV["utf-16"] = "\r\n"
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août")
BANDS = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
NAMES = (
    "Aubrespin", "Belkhodri", "Corvazier", "Dramécourt", "El Yazghi", "Fontarelle", "Grimonprat", "Hocquelet",
    "Imbaudat",
    "Jaouannic", "Koumbassi", "Le Bihannec", "Mazourel", "N'Goumbé", "Ouazzamir", "Pelletreau", "Rigaudias", "Sahnouli",
    "Toussicart", "Vercambray", "Wozniczak", "Zitounelle",
)  # fmt: skip
GIRLS = ("Assia", "Clémence", "Djeneba", "Emma", "Hélène", "Kenza", "Lou-Ann", "Manon", "Océane", "Soumaya")
BOYS = ("Adama", "Brahim", "Corentin", "Dylan", "Ewen", "Farès", "Gaëtan", "Ibrahima", "Jordan", "Lucas")
AGES = {
    "ecole_primaire": (0, 10), "college": (11, 14), "lycee_general": (15, 18), "lycee_professionnel": (15, 18),
    "etudes_superieures": (19, 25), "descolarise": (15, 17), "recherche_emploi": (18, 25), "formation": (16, 25),
    "activite_professionnelle": (18, 25),
}  # fmt: skip
QUARTIERS = ("Grand Ensemble", "Les Ormes", "Gare", "Vieux bourg")
REASONS = ("orientation", "difficulte_mobilisation", "changement_territoire", "amelioration_situation")
NAME = "refused: nom d'un jeune ; l'identifiant du dossier suffit"
REMARKS = "refused: texte libre sur un jeune"
PERSON = "jeunes.id_jeune suivis.id_jeune"


@dataclass
class Period:
    """A follow-up under one status."""

    id: str
    status: str
    start: dt.date
    end: dt.date | Bad | None
    reason: str | None
    educator: str


@dataclass
class Young:
    """A young person who does not exist."""

    id: str
    name: str
    first: str
    sex: str
    birth: dt.date
    commune: str
    quartier: str
    contact: dt.date
    situation: str = ""
    periods: list[Period] = field(default_factory=list)


def day_between(rng: Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=rng.randrange((last - first).days + 1))


def young_people(
    rng: Random, number: int, communes: Sequence[str], situations: Sequence[str], educators: Sequence[str]
) -> Iterator[Young]:
    """Give young people of different names, with one to three follow-ups, the last of which was active in the year."""
    pairs = rng.sample([(name, first) for name in NAMES for first in GIRLS + BOYS], number)
    for place, (name, first) in enumerate(pairs, start=1):
        one = Young(
            f"{place:03}",
            name,
            first,
            "F" if first in GIRLS else "G",
            day_between(rng, dt.date(2003, 1, 1), dt.date(2014, 12, 31)),
            rng.choice(communes),
            rng.choice(QUARTIERS),
            dt.date.min,
        )
        one.situation = situation_in(rng, one, YEAR, situations)
        while not one.periods or not active_in_year(one.periods[-1]):
            one.contact = day_between(rng, dt.date(2022, 3, 1), dt.date(YEAR, 10, 15))
            one.periods = list(periods(rng, one, rng.choice(educators)))
        yield one


def situation_in(rng: Random, one: Young, year: int, situations: Sequence[str]) -> str:
    age = year - one.birth.year
    return rng.choice([code for code in situations if AGES[code][0] <= age <= AGES[code][1]] or [""])


def active_in_year(period: Period) -> bool:
    return not isinstance(period.end, dt.date) or period.end.year >= YEAR


def periods(rng: Random, one: Young, educator: str) -> Iterator[Period]:
    statuses = rng.choice((("ACCROCHE",), ("ACCROCHE", "PAEI"), ("ASEP",), ("PAEI",), ("ACCROCHE", "ASEP", "PAEI")))
    start = one.contact + dt.timedelta(days=rng.randrange(0, 12))
    for rank, status in enumerate(statuses, start=1):
        end: dt.date | None = start + dt.timedelta(days=rng.randrange(25, 300))
        end = end if end and end <= dt.date(YEAR, 12, 20) else None
        reason = rng.choice(REASONS) if end and status == "PAEI" else None
        yield Period(f"{one.id}-{rank}", status, start, end, reason, educator)
        if end is None:
            break
        start = end + dt.timedelta(days=1)


def record_young(layout: Layout, one: Young, *, birth: object = "", **more: object) -> None:
    layout.record(
        "jeunes",
        id_jeune=one.id,
        sexe=one.sex,
        date_naissance=one.birth if birth == "" else birth,
        commune=one.commune,
        **more,
        premier_contact=one.contact,
    )


def record_period(layout: Layout, one: Young, period: Period, *, educator: bool = True) -> None:
    layout.record(
        "suivis",
        id_suivi=period.id,
        id_jeune=one.id,
        statut=period.status,
        date_debut=period.start,
        date_fin=period.end,
        motif_cloture=period.reason,
        **({"educateur": period.educator} if educator else {}),
    )


def words(**said: str) -> dict[Any, Sequence[object]]:
    """Give the words of a code, several separated by bars."""
    return {code.strip("_"): text.split("|") for code, text in said.items()}


def ask_words(layout: Layout, sheet: Sheet, *keys: str) -> None:
    """Note the question on the words of each column, with those that stand in it."""
    for column in sheet.columns:
        if column.key in keys:
            about = {"file": sheet.file} | ({"sheet": sheet.sheet} if sheet.sheet else {}) | {"column": column.heading}
            layout.ask(f"{column.heading} : que veut dire chaque mot ?", dict(column.seen), **about)


def working_days(rng: Random, number: int, last: dt.date) -> list[dt.date]:
    days = [dt.date(YEAR, 1, 8) + dt.timedelta(days=one) for one in range((last - dt.date(YEAR, 1, 8)).days)]
    return sorted(rng.sample([day for day in days if day.weekday() < 5], number))


def dossiers_and_stages() -> Layout:
    layout = Layout(
        "41-dossiers-et-etapes",
        "Logiciel « dossier éducatif » d'une association du Loiret : un CSV par écran, cp1252, « sep=; » en tête.\n"
        "Un dossier par jeune, une étape par période, des thèmes et des relais rattachés aux étapes.\n"
        "Civilité au lieu du sexe, dates à tirets, O/N ; adresse et lieu de naissance sortent avec le reste.",
        "logiciel, un écran par fichier",
        held_out=True,
        communes=["45234", "45285", "45147"],
        annee=YEAR,
    )
    layout.stray_spaces = 0
    rng = layout.rng
    tiret = ("tiret",)
    towns = words(_45234="ORLEANS|Orléans La Source", _45285="ST JEAN DE LA RUELLE", _45147="FLEURY LES AUBRAIS")
    origins = words(
        travail_de_rue="Rue", presence_sociale="Local", college="Collège", famille="Parents", pair="Copains"
    )
    files = [f"{name}.csv" for name in ("dossiers", "etapes", "themes", "relais")]
    layout.csv_form(";", "cp1252", *files)
    people = Sheet(layout, files[0], None, [
        Column("id", "N° dossier", "jeunes.id_jeune"),
        Column("civil", "Civilité", "jeunes.sexe", words(F="Mme|Mlle", G="M.", NR="-")),
        Column("name", "Nom", NAME),
        Column("first", "Prénom", NAME),
        Column("birth", "Né(e) le", "jeunes.date_naissance", dates=tiret),
        Column("born", "Né(e) à", "refused: lieu de naissance"),
        Column("street", "Adresse", "refused: adresse"),
        Column("post", "CP", "ignored: code postal ; la ville suffit"),
        Column("town", "Ville", "jeunes.commune", towns),
        Column("quartier", "Quartier", "jeunes.quartier"),
        Column("qpv", "QPV O/N", "jeunes.qpv", words(oui="O", non="N")),
        Column("contact", "Rencontré(e) le", "jeunes.premier_contact", dates=tiret),
        Column("by", "Rencontré(e) par", "jeunes.origine", origins),
        Column("state", "Fiche", "ignored: état de la fiche dans le logiciel"),
    ], ["sep="])  # fmt: skip
    stages = Sheet(layout, files[1], None, [
        Column("id", "N° étape", "suivis.id_suivi"),
        Column("young", "N° dossier", "suivis.id_jeune"),
        Column("status", "Étape", "suivis.statut", words(
            ACCROCHE="Création du lien", ASEP="Soutien ponctuel", PAEI="Engagement éducatif")),
        Column("start", "Du", "suivis.date_debut", dates=tiret),
        Column("end", "Au", "suivis.date_fin", dates=tiret),
        Column("reason", "Sorti(e) pour", "suivis.motif_cloture", words(
            orientation="Relais passé", difficulte_mobilisation="Perdu de vue / ne vient plus",
            changement_territoire="A quitté le secteur", amelioration_situation="Objectifs atteints")),
        Column("educator", "Intervenant", "suivis.educateur"),
        Column("days", "Durée (j)", "ignored: durée calculée"),
        Column("typed", "Saisi le", "ignored: date de saisie", dates=tiret),
    ], ["sep="])  # fmt: skip
    themes = Sheet(layout, files[2], None, [
        Column("stage", "N° étape", "problematiques.id_suivi"),
        Column("year", "Exercice", "problematiques.annee"),
        Column("theme", "Thème abordé", "problematiques.problematique", words(
            absenteisme="Absentéisme scolaire", rupture_scolaire="Décrochage",
                gestion_relations_familiales="Relations familiales",
            logement="Logement / hébergement", acces_droits_demarches="Papiers et démarches", addiction="Addictions",
            inscription_insertion="Inscription ML / France Travail", freins_mobilite="Mobilité", mal_etre="Mal-être")),
        Column("rank", "Ordre", "ignored: ordre d'affichage"),
    ], ["sep="])  # fmt: skip
    handed = Sheet(layout, files[3], None, [
        Column("date", "Relais du", "orientations.date", dates=tiret),
        Column("stage", "N° étape", "orientations.id_suivi"),
        Column("domain", "Champ", "orientations.domaine", words(
            sociale_educative="Social", medicale="Santé", scolaire_professionnelle="École - emploi", juridique="Droit",
            loisirs="Sport & culture", autres="Divers")),
        Column("partner", "Vers qui", "orientations.partenaire"),
        Column("done", "Abouti O/N", "ignored: suite du relais"),
    ], ["sep="])  # fmt: skip
    partners = {"sociale_educative": "MDD", "medicale": "MDA", "scolaire_professionnelle": "CIO", "juridique": "PAD"}
    for one in young_people(rng, 34, ("45234", "45285", "45147"), (), ("CAB", "LTH", "MSO")):
        one.id = f"D{one.id}"
        if rng.random() < 0.06:
            one.sex = "NR"
        origin, zone = rng.choice((*origins, None)), rng.choice(("oui", "non", "non"))
        birth: dt.date | Bad = Bad("00-00-0000", "date inconnue") if one.id == "D019" else one.birth
        people.line(
            id=one.id, civil=one.sex, name=one.name.upper(), first=one.first, birth=birth, born="Orléans",
                town=one.commune,
            street=f"{rng.randint(1, 80)} rue des Peupliers", post={"45234": 45000, "45285": 45140,
                "45147": 45400}[one.commune],
            quartier=one.quartier, qpv=zone, contact=one.contact, by=origin, state=rng.choice(("Active", "Archivée")),
        )  # fmt: skip
        record_young(layout, one, birth=birth, quartier=one.quartier, qpv=zone, origine=origin)
        for period in one.periods:
            period.id = f"E{period.id}"
            last = period.end if isinstance(period.end, dt.date) else dt.date(YEAR, 12, 31)
            stages.line(
                id=period.id, young=one.id, status=period.status, start=period.start, end=period.end,
                    reason=period.reason,
                educator=period.educator, days=(last - period.start).days, typed=period.start + dt.timedelta(days=4),
            )  # fmt: skip
            record_period(layout, one, period)
            if period.status == "ACCROCHE":
                continue
            for rank, theme in enumerate(rng.sample(list(themes.columns[2].words), rng.randint(0, 2)), start=1):
                themes.line(stage=period.id, year=period.start.year, theme=theme, rank=rank)
                layout.record("problematiques", id_suivi=period.id, annee=period.start.year, problematique=theme)
            if rng.random() < 0.5:
                date, domain = day_between(rng, period.start, last), rng.choice(list(handed.columns[2].words))
                partner = partners.get(str(domain))
                handed.line(date=date, stage=period.id, domain=domain, partner=partner, done=rng.choice("ON"))
                layout.record("orientations", id_suivi=period.id, date=date, domaine=domain, partenaire=partner)
    ask_words(layout, people, "civil", "by")
    ask_words(layout, stages, "status", "reason")
    ask_words(layout, themes, "theme")
    ask_words(layout, handed, "domain")
    return layout


def a_sheet_a_sector() -> Layout:
    layout = Layout(
        "42-file-active-par-secteur",
        "Classeur d'une équipe du Haut-Rhin : une feuille par secteur, qui est une commune, tenu à la main.\n"
        "Un jeune par bloc : son nom n'est écrit qu'une fois, chaque mesure a sa ligne ; « idem » pour le référent.\n"
        "Âge au 31/12, pas d'identifiant ; en bas, un total et une note.",
        "classeur d'équipe, une feuille par secteur",
        held_out=True,
        communes=["68224", "68376", "68154"],
        annee=YEAR,
    )
    rng, file = layout.rng, "FA secteurs 2024 au 31-12.xlsx"
    said = words(
        ecole_primaire="CM2", college="clg|collège", lycee_professionnel="lycée pro|LP", lycee_general="LGT",
            descolarise="déscolarisé·e",
        recherche_emploi="cherche un emploi", formation="en formation", activite_professionnelle="travaille",
    )  # fmt: skip
    once = {"written_once": True}
    people = list(young_people(rng, 33, ("68224", "68376", "68154"), list(said), ("Malika", "Thibaut", "Rose-Marie")))
    for code, name in (("68224", "MULHOUSE"), ("68376", "Wittenheim"), ("68154", "Illzach")):
        sheet = Sheet(layout, file, name, [
            Column("rank", "N°", "ignored: rang dans la feuille"),
            Column("name", "NOM Prénom", f"{PERSON} situations.id_jeune", rule=once | {"key": ["NOM Prénom"]}),
            Column("sex", "H/F", "jeunes.sexe", words(F="F", G="H"), rule=once),
            Column("age", "Âge", "jeunes.date_naissance", rule={"year_of_birth": YEAR}),
            Column("contact", "Connu depuis", "jeunes.premier_contact", dates=("date", "date", "fr"), rule=once),
            Column("now", "Fait quoi ?", "situations.situation", said),
            Column("status", "Mesure", "suivis.statut", words(
                ACCROCHE="lien", ASEP="coup de pouce", PAEI="suivi contractualisé|suivi contract.")),
            Column("start", "Début", "suivis.date_debut", dates=("date", "date", "court")),
            Column("end", "Fin", "suivis.date_fin", dates=("date", "date", "court")),
            Column("reason", "Pourquoi fini", "suivis.motif_cloture", words(
                orientation="passé à un partenaire", difficulte_mobilisation="n'accroche plus",
                changement_territoire="déménagé|a déménagé", amelioration_situation="va mieux")),
            Column("educator", "Réf.", "suivis.educateur"),
            Column("note", "À savoir", REMARKS),
        ], [f"FILE ACTIVE – secteur {name.title()}", "mise à jour : 31/12/2024", ""])  # fmt: skip
        layout.constant("jeunes.commune", "nom de la feuille", file=file, sheet=name, value=code)
        above = ""
        sector = [one for one in people if one.commune == code]
        for place, one in enumerate(sector, start=1):
            birth: int | Bad = one.birth.year
            if code == "68224" and place == 4:
                age = YEAR - one.birth.year
                birth = Bad(f"{age} ou {age + 1}", "deux âges")
            record_young(layout, one, birth=birth)
            layout.record("situations", id_jeune=one.id, annee=YEAR, situation=one.situation)
            first = {
                "rank": place, "name": f"{one.name.upper()} {one.first}", "sex": one.sex, "now": one.situation,
                "age": birth if isinstance(birth, Bad) else YEAR - birth, "contact": one.contact,
                "note": rng.choice((None, None, "mère à rappeler", "voir PJJ ?")),
            }  # fmt: skip
            for period in one.periods:
                educator: object = Raw("idem") if above == period.educator and rng.random() < 0.4 else period.educator
                sheet.line(
                    **first, status=period.status, start=period.start, reason=period.reason, educator=educator,
                    end=Raw("en cours") if period.end is None and rng.random() < 0.4 else period.end,
                )  # fmt: skip
                record_period(layout, one, period)
                above, first = period.educator, {}
            sheet.merge_down("name", len(one.periods))
        sheet.other("ligne vide")
        sheet.other("total", None, f"TOTAL : {len(sector)} jeunes")
        if code == "68154":
            sheet.other("note", "Relu en équipe le 9 janvier.")
        if code == "68224":
            ask_words(layout, sheet, "now", "status", "reason")
    layout.constant("situations.annee", "titre : mise à jour", value=YEAR)
    layout.ask("Une ligne sans nom est-elle une autre mesure du jeune d'au-dessus ?", "oui", column="NOM Prénom")
    layout.ask("Âge : est-ce l'âge au 31 décembre 2024 ?", "oui", column="Âge")
    layout.ask("Réf. : « idem » reprend-il la ligne d'au-dessus ?", "oui", column="Réf.")
    layout.ask("Chaque feuille est-elle la commune des jeunes ?", "oui", file=file)
    return layout


def street_log() -> Layout:
    layout = Layout(
        "43-journal-de-bord-rue",
        "Journal de bord du travail de rue d'une équipe d'Ille-et-Vilaine, en .ods, une ligne par sortie.\n"
        "Le jour en toutes lettres et sans année (elle est dans le titre), une durée « 2h30 », un binôme par sortie.\n"
        "Le nom du mois sépare les lignes, un total d'heures finit chaque mois ; les jeunes croisés sont comptés.",
        "journal de bord de rue",
        held_out=True,
        communes=["35238", "35281"],
        annee=YEAR,
    )
    rng, file = layout.rng, "Journal de bord TR 2024.ods"
    sheet = Sheet(layout, file, "TR 2024", [
        Column("day", "Jour", "temps.date", rule={"year": "celle du titre"}),
        Column("when", "Créneau", "ignored: heures de début et de fin ; la durée les compte"),
        Column("hours", "Durée", "temps.heures", rule={"each": True}),
        Column("pair", "Binôme", "temps.educateur", rule={"separated_by": "/"}),
        Column("town", "Commune", "temps.commune", words(_35238="Rennes", _35281="St Jacques|St-Jacques-de-la-Lande")),
        Column("places", "Lieux", "ignored: parcours"),
        Column("seen", "Jeunes croisés", "ignored: nombre de jeunes vus, dont on ne sait qui"),
        Column("girls", "dont filles", "ignored: nombre de filles vues, dont on ne sait qui"),
        Column("online", "Présence en ligne (O/N)", "temps.en_ligne", words(oui="O", non="N")),
        Column("note", "Ambiance / à reprendre", REMARKS),
    ], ["JOURNAL DE BORD – TRAVAIL DE RUE – ANNÉE 2024", ""])  # fmt: skip
    layout.constant("temps.activite", "titre", file=file, value="travail_de_rue")
    layout.constant("temps.date (année)", "titre", file=file, value=YEAR)
    layout.free_sheet(file, "Mode d'emploi", "mode d'emploi", [
        ["Une ligne par sortie"], ["Écrire la durée de la sortie, pas celle du binôme"], ["Pas de nom de jeune, merci"],
    ])  # fmt: skip
    month, minutes = 0, 0
    for place, day in enumerate(working_days(rng, 38, dt.date(YEAR, 6, 30))):
        if day.month != month:
            if month:
                sheet.other("total du mois", f"Total {MONTHS[month - 1]}", None, f"{minutes // 60}h{minutes % 60:02}")
            sheet.other("nom du mois", MONTHS[day.month - 1].upper())
            month, minutes = day.month, 0
        length = rng.choice((90, 120, 150, 180, 210))
        hours: object = (
            f"{length // 60}h{length % 60:02}" if length % 60 else rng.choice(("{}h", "{} h")).format(length // 60)
        )
        if place == 15:
            hours = Bad("?", "durée inconnue")
        else:
            minutes += length
        begins = rng.choice((14, 15, 16, 17))
        ends = begins * 60 + length
        team = rng.sample(("Katell", "Moussa", "Gwenn", "Sarah"), rng.choice((1, 2, 2, 2)))
        town, online = rng.choice(("35238", "35238", "35281", None)), rng.choice(("oui", "non", "non", None))
        seen = rng.randint(0, 22)
        when = f"{begins}h-{ends // 60}h" + (f"{ends % 60:02}" if ends % 60 else "")
        sheet.line(
            day=f"{DAYS[day.weekday()]} {'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]}",
            when=None if place == 15 else when,
            hours=hours, pair=rng.choice((" / ", "/")).join(team), town=town, online=online,
            places=rng.choice(("city stade, arrêt de bus", "dalle puis collège", "parc", "idem")), seen=seen,
            girls=seen // 3 if seen else None, note=rng.choice((None, "calme", "pluie, personne",
                "tension devant le hall 4")),
        )  # fmt: skip
        for educator in team:
            layout.record(
                "temps", date=day, educateur=educator, commune=town, activite="travail_de_rue",
                heures=None if isinstance(hours, Bad) else length / 60, en_ligne=online,
            )  # fmt: skip
    sheet.other("total du mois", f"Total {MONTHS[month - 1]}", None, f"{minutes // 60}h{minutes % 60:02}")
    layout.ask("Quelle activité sont ces lignes ?", "travail_de_rue", file=file)
    layout.ask("Durée : celle de chacun du binôme, ou de tous ensemble ?", "de chacun", file=file, column="Durée")
    layout.ask("Binôme : plusieurs éducateurs séparés par « / » ?", "oui", file=file, column="Binôme")
    layout.ask("Jour : l'année est-elle celle du titre ?", YEAR, file=file, column="Jour")
    return layout


def county_board() -> Layout:
    layout = Layout(
        "44-tableau-de-bord-departement",
        "Tableau de bord que le Val-d'Oise donne à remplir : une ligne par accompagnement, en-têtes groupés.\n"
        "Tout est codé (1/2, 1/0, AAAAMMJJ, code INSEE) ; les codes sont dans une feuille « Nomenclature ».\n"
        "Problématiques et services en cases à cocher ; pas de nom, mais un commentaire.",
        "tableau de bord du département",
        held_out=True,
        communes=["95585", "95268", "95680"],
        annee=YEAR,
    )
    layout.stray_spaces = 0
    rng, file = layout.rng, "TDB_PS_2024_association.xlsx"
    natures = {"ACCROCHE": (1,), "ASEP": (2,), "PAEI": (3,)}
    ends = {
        "amelioration_situation": ("A",),
        "orientation": ("B",),
        "difficulte_mobilisation": ("C",),
        "changement_territoire": ("D",),
    }
    situations = {
        "ecole_primaire": (10,), "college": (11,), "lycee_general": (12,), "lycee_professionnel": (13,),
        "etudes_superieures": (14,),
        "descolarise": (20,), "recherche_emploi": (30,), "formation": (31,), "activite_professionnelle": (32,),
    }  # fmt: skip
    issues = {
        "absenteisme": "Absentéisme", "rupture_scolaire": "Rupture scolaire",
        "gestion_relations_familiales": "Relations familiales",
        "logement": "Logement", "acces_droits_demarches": "Accès aux droits", "conduite_a_risque": "Conduites à risque",
    }  # fmt: skip
    services = {
        "ase": "ASE",
        "education_nationale": "Éd. nationale",
        "mission_locale": "Mission locale",
        "sante": "Santé / psy",
    }
    everywhere = f"{PERSON} situations.id_jeune co_accompagnements.id_jeune"
    ticked = [
        *(Column(code, ("Problématiques repérées (1 = oui)", said), "problematiques.problematique",
            rule={"when_ticked": code})
          for code, said in issues.items()),
        *(Column(code, ("Autres services présents (1 = oui)", said), "co_accompagnements.partenaire",
            rule={"when_ticked": code})
          for code, said in services.items()),
    ]  # fmt: skip
    sheet = Sheet(layout, file, "Saisie", [
        Column("id", ("Bénéficiaire", "Code anonyme"), everywhere),
        Column("sex", ("Bénéficiaire", "Sexe (1 : masc. 2 : fém.)"), "jeunes.sexe", {"G": (1,), "F": (2,)}),
        Column("birth", ("Bénéficiaire", "Année naiss."), "jeunes.date_naissance"),
        Column("town", ("Bénéficiaire", "INSEE résidence"), "jeunes.commune"),
        Column("qpv", ("Bénéficiaire", "Rés. QPV"), "jeunes.qpv", {"oui": (1,), "non": (0,)}),
        Column("contact", ("Bénéficiaire", "1er contact"), "jeunes.premier_contact", dates=("compact",)),
        Column("now", ("Bénéficiaire", "Sit. au 31/12"), "situations.situation", situations),
        Column("nature", ("Accompagnement", "Nature"), "suivis.statut", natures),
        Column("start", ("Accompagnement", "Ouverture"), "suivis.date_debut", dates=("compact",)),
        Column("end", ("Accompagnement", "Clôture"), "suivis.date_fin", dates=("compact",)),
        Column("reason", ("Accompagnement", "Motif clôture"), "suivis.motif_cloture", ends),
        *ticked,
        Column("note", "Commentaire (facultatif)", REMARKS),
    ], ["Département du Val-d'Oise – Direction de l'enfance",
        "Prévention spécialisée – tableau de bord – exercice 2024",
        "À retourner avant le 31 janvier 2025"])  # fmt: skip
    for table in ("situations", "problematiques", "co_accompagnements"):
        layout.constant(f"{table}.annee", "titre : exercice 2024", file=file, value=YEAR)
    for one in young_people(rng, 36, ("95585", "95268", "95680"), list(situations), ("",)):
        one.id = f"PS95-{one.id}"
        zone, present = rng.choice(("oui", "non")), rng.sample(list(services), rng.choice((0, 0, 1, 2)))
        record_young(layout, one, birth=one.birth.year, qpv=zone)
        layout.record("situations", id_jeune=one.id, annee=YEAR, situation=one.situation)
        for service in present:
            layout.record("co_accompagnements", id_jeune=one.id, annee=YEAR, partenaire=service)
        for period in filter(active_in_year, one.periods):
            noted = [] if period.status == "ACCROCHE" else rng.sample(list(issues), rng.randint(0, 2))
            sheet.line(
                id=one.id, sex=one.sex, birth=one.birth.year, town=int(one.commune), qpv=zone, contact=one.contact,
                now=one.situation, nature=period.status, start=period.start, end=period.end, reason=period.reason,
                note=rng.choice((None, None, None, "placement en cours")), **dict.fromkeys([*noted, *present], 1),
            )  # fmt: skip
            record_period(layout, one, period, educator=False)
            for issue in noted:
                layout.record("problematiques", id_suivi=period.id, annee=YEAR, problematique=issue)
    sheet.other("note", "Total contrôlé par le service : oui")
    codes = Sheet(layout, file, "Nomenclature", [
        Column("list", "Rubrique", "lookup: en-tête de la colonne codée"),
        Column("code", "Code", "lookup: code"),
        Column("label", "Libellé", "lookup: mot du code"),
    ])  # fmt: skip
    said: dict[str, dict[object, str]] = {
        "Nature": {1: "Prise de contact", 2: "Soutien éducatif de courte durée", 3: "Projet individualisé signé"},
        "Motif clôture": {"A": "Évolution favorable", "B": "Orientation", "C": "Non-adhésion du jeune",
        "D": "Départ du territoire"},
        "Sit. au 31/12": {
            10: "École élémentaire", 11: "Collège", 12: "Lycée général ou techno.", 13: "Lycée professionnel",
            14: "Enseignement supérieur", 20: "Déscolarisation", 30: "Recherche d'emploi", 31: "Formation",
                32: "Emploi",
        },
    }  # fmt: skip
    for rubric, labels in said.items():
        for code, label in labels.items():
            codes.line(list=rubric, code=code, label=label)
    ask_words(layout, sheet, "nature", "reason", "now")
    layout.ask(
        "Nomenclature : sont-ce les mots des codes de la feuille Saisie ?", "oui", file=file, sheet="Nomenclature"
    )
    return layout


def review_of_actions() -> Layout:
    layout = Layout(
        "45-bilan-actions-et-chantiers",
        "Bilan d'un club de prévention du Gard : une ligne par action, une seconde feuille pour les chantiers.\n"
        "Participants par âge sous un en-tête groupé, avec leur total ; « NC » où l'on n'a pas compté.\n"
        "Les chantiers ont d'autres tranches (16-18, 22-25) et des colonnes de paie dont le rapport n'a que faire.",
        "bilan annuel d'actions",
        held_out=True,
        communes=["30189", "30007"],
        annee=YEAR,
    )
    rng, file = layout.rng, "Bilan actions 2024 VF.xlsx"
    group = "Participants (personnes différentes)"
    towns = words(_30189="Nîmes|NIMES", _30007="Alès")
    number = "participations.nombre"
    bands = dict(
        zip((*BANDS, "familles"), ("- 11 ans", "11 à 14", "15 à 18", "19 à 21", "+ 21 ans", "Familles"), strict=True)
    )
    sheet = Sheet(layout, file, "Actions collectives", [
        Column("label", "Intitulé", "actions.libelle"),
        Column("kind", "Objectif convention", "actions.categorie", words(
            action_collective="Obj. 2 – groupes de jeunes", developpement_social_local="Obj. 3 – vie du quartier",
            parentalite="Obj. 4 – parents", partenariale="Obj. 5 – avec les partenaires")),
        Column("town", "Site", "actions.commune", towns),
        Column("when", "Période", "ignored: période, sans usage"),
        Column("times", "Nb rencontres", "actions.seances"),
        Column("days", "Nb jours", "actions.jours"),
        *(Column(code, (group, said), number, rule={"participations.public": code}) for code, said in bands.items()),
        Column("sum", (group, "Total"), "ignored: total des tranches"),
        Column("partners", "Avec", "actions.partenaires"),
        Column("money", "Financé par", "actions.financements"),
        Column("review", "Bilan (++ / + / -)", "ignored: appréciation"),
    ], ["Bilan des actions – année 2024", "Équipe Costières-Cévennes", ""])  # fmt: skip
    labels = {
        "action_collective": ("Cuisine du monde", "Boxe éducative", "Séjour voile", "Court-métrage", "Hip-hop",
        "Bivouac", "Atelier vélo"),
        "developpement_social_local": ("Nettoyage du parc", "Repas de rue", "Carnaval", "Tournoi inter-quartiers"),
        "parentalite": ("Goûter des mamans", "Parents-ados"),
        "partenariale": ("Forum jobs d'été", "Prévention écrans", "Radio collège"),
    }  # fmt: skip
    actions = [(kind, label) for kind, some in labels.items() for label in some]
    rng.shuffle(actions)
    for place, (kind, label) in enumerate(actions, start=1):
        town, times = rng.choice(("30189", "30007", "30007", None)), rng.randint(1, 20)
        days, partners = rng.choice((None, 1, 3)), rng.choice((None, "centre social", "collège, mairie", "MLJ"))
        money = rng.choice((None, "Contrat de ville", "CAF"))
        counts: dict[str, object] = {code: rng.choice((None, 0, rng.randint(1, 14))) for code in bands}
        total = sum(one for one in counts.values() if isinstance(one, int))
        cells: dict[str, object] = dict(counts)
        if place in (6, 15):
            counts["familles"], cells["familles"] = None, Raw("NC")
        if place == 9:
            cells["15_18"] = counts["15_18"] = Bad("une dizaine", "nombre approché")
        sheet.line(
            label=label, kind=kind, town=town, when=rng.choice(("vacances de Pâques", "toute l'année", "juin")),
                times=times,
            days=days, sum=total, partners=partners, money=money, review=rng.choice(("++", "+", "-")), **cells,
        )  # fmt: skip
        action = f"A{place:02}"
        layout.record(
            "actions", id_action=action, annee=YEAR, commune=town, categorie=kind, libelle=label, seances=times,
            jours=days,
            partenaires=partners, financements=money, unite="personnes",
        )  # fmt: skip
        for public, count in counts.items():
            if count is not None:
                layout.record("participations", id_action=action, public=public, nombre=count)
    sheet.total("TOTAL")
    sheet.other("note", "NC : fréquentation non comptée ce jour-là")
    works = Sheet(layout, file, "Chantiers éducatifs", [
        Column("label", "Chantier", "actions.libelle"),
        Column("client", "Donneur d'ordre", "actions.partenaires"),
        Column("town", "Ville", "actions.commune", towns),
        Column("when", "Du / au", "ignored: dates du chantier"),
        Column("days", "Durée (jours)", "actions.jours"),
        Column("15_18", "16-18 ans", number, rule={"participations.public": "15_18"}),
        Column("19_21", "19-21 ans", number, rule={"participations.public": "19_21"}),
        Column("plus_21", "22-25 ans", number, rule={"participations.public": "plus_21"}),
        Column("girls", "dont filles", "ignored: déjà dans les tranches"),
        Column("hours", "H payées / jeune", "ignored: paie"),
        Column("pay", "Coût salarial (€)", "ignored: paie"),
    ], ["Chantiers éducatifs 2024", ""])  # fmt: skip
    layout.constant(
        "actions.categorie", "nom de la feuille", file=file, sheet="Chantiers éducatifs", value="action_collective"
    )
    layout.constant("actions.annee", "titre", file=file, value=YEAR)
    layout.constant("actions.unite", "en-tête : personnes différentes", file=file, value="personnes")
    for place, label in enumerate((
        "Peinture hall B", "Débroussaillage", "Montage scène", "Peinture école", "Jardin du CCAS", "Déménagement EHPAD",
        "Bancs de la place",
    ), start=21):  # fmt: skip
        town, days, client = (
            rng.choice(("30189", "30007")),
            rng.randint(2, 10),
            rng.choice(("Bailleur", "Mairie", "Agglo")),
        )
        made = {code: rng.choice((None, *range(1, 6))) for code in BANDS[2:]}
        begins = day_between(rng, dt.date(YEAR, 2, 12), dt.date(YEAR, 10, 20))
        works.line(
            label=label, client=client, town=town, days=days, girls=rng.choice((0, 1)), hours=days * 5,
                pay=days * 5 * 12,
            when=f"{begins:%d/%m} au {begins + dt.timedelta(days=days):%d/%m}", **made,
        )  # fmt: skip
        layout.record(
            "actions", id_action=f"A{place}", annee=YEAR, commune=town, categorie="action_collective", libelle=label,
            seances=None,
            jours=days, partenaires=client, financements=None, unite="personnes",
        )  # fmt: skip
        for public, one in made.items():
            if one is not None:
                layout.record("participations", id_action=f"A{place}", public=public, nombre=one)
    works.total("Total chantiers")
    ask_words(layout, sheet, "kind")
    layout.ask("Chaque ligne est-elle une action ?", "oui", file=file)
    layout.ask("Les nombres sont-ils des personnes ou des présences ?", "personnes", file=file)
    layout.ask(
        "Quelle catégorie d'action sont les chantiers ?", "action_collective", file=file, sheet="Chantiers éducatifs"
    )
    layout.ask("16-18 ans et 22-25 ans : quelles tranches ?", {"16-18 ans": "15_18", "22-25 ans": "plus_21"}, file=file)
    return layout


def attendance_sheets() -> Layout:
    layout = Layout(
        "46-feuilles-de-presence",
        "Feuilles de présence, deux locaux du Maine-et-Loire, en .ods : un jeune par ligne, un mercredi par colonne.\n"
        "P, p ou A dans les cases ; prénom et initiale pour tout nom, année de naissance, ville où le jeune habite.\n"
        "Un total à droite, un total en bas ; la feuille est celle du local, qui dit la commune.",
        "feuilles de présence",
        held_out=True,
        communes=["49353", "49246", "49007"],
        annee=YEAR,
    )
    rng, file = layout.rng, "Présences mercredis T1 2024.ods"
    days = [dt.date(YEAR, 1, 10) + dt.timedelta(weeks=week) for week in range(11)]
    towns = words(_49353="Trélazé", _49246="Ponts de Cé|Les Ponts-de-Cé", _49007="Angers", hors="Brissac")
    people = list(young_people(rng, 40, ("49353", "49246", "49007", "hors"), (), ("",)))
    for name, place, members in (("Trélazé", "49353", people[:22]), ("Ponts-de-Cé", "49246", people[22:])):
        sheet = Sheet(layout, file, name, [
            Column("who", "Prénom", "jeunes.id_jeune presences.id_jeune", rule={"key": ["Prénom"]}),
            Column("sex", "G/F", "jeunes.sexe", words(F="f|F", G="g|G")),
            Column("birth", "Né en", "jeunes.date_naissance"),
            Column("town", "Habite à", "jeunes.commune", towns),
            Column("contact", "1ère venue", "jeunes.premier_contact", dates=("fr", "court", "date")),
            *(Column(day.isoformat(), f"mer. {day:%d/%m}", "presences.date", words(oui="P|P|p", non="A"),
                     rule={"when_ticked": day.isoformat()}) for day in days),
            Column("sum", "Nb", "ignored: nombre de venues"),
        ], [f"PERMANENCE DU MERCREDI – {name.upper()}", "1er trimestre 2024 – P = présent, A = absent excusé",
            ""])  # fmt: skip
        layout.constant("presences.commune", "nom de la feuille", file=file, sheet=name, value=place)
        for one in members:
            one.id = f"{one.first} {one.name[:2]}."
            one.contact = day_between(rng, dt.date(2022, 9, 7), dt.date(YEAR, 1, 9))
            came: dict[str, str | None] = {day.isoformat(): rng.choice(("oui", "non", None, None)) for day in days}
            present = [day for day, cell in came.items() if cell == "oui"]
            sheet.line(
                who=one.id,
                sex=one.sex,
                birth=one.birth.year,
                town=one.commune,
                contact=one.contact,
                sum=len(present),
                **came,
            )
            record_young(layout, one, birth=one.birth.year)
            for day in present:
                layout.record("presences", date=day, commune=place, id_jeune=one.id)
        lines = sheet.grid.rows[-len(members) :]
        sheet.other(
            "total",
            "Présents",
            *[None] * 4,
            *(sum(row[5 + at] in ("P", "P ", "p", "p ") for row in lines) for at in range(11)),
        )
        sheet.other("note", "Le 14/02 : fermé dès 16 h (panne de chauffage)")
    layout.ask("Chaque colonne « mer. … » est-elle un jour de présence de 2024 ?", "oui", file=file)
    layout.ask("P et A : présent et absent ?", {"P": "oui", "A": "non"}, file=file)
    layout.ask("Chaque feuille est-elle la commune des présences ?", "oui", file=file)
    layout.ask("Prénom et initiale suffisent-ils à dire qui est qui ?", "oui", file=file, column="Prénom")
    return layout


def accounts_and_posts() -> Layout:
    layout = Layout(
        "47-compte-et-effectifs",
        "Classeur d'un directeur de Moselle pour son conseil : produits, effectifs, conventions, instances.\n"
        "Comptes en lignes avec sous-totaux, budget et réalisé, montants en nombres ou en texte, avec « € ».\n"
        "Les salariés sont nommés ; des virgules dans des cellules de texte.",
        "classeur de direction",
        held_out=True,
        communes=["57227", "57058", "57660"],
        annee=YEAR,
    )
    rng, file = layout.rng, "CA 2024 - annexes chiffrées.xlsx"
    money = Sheet(layout, file, "Produits", [
        Column("account", "Cpte", "ignored: numéro de compte"),
        Column("funder", "Libellé", "financements.financeur"),
        Column("object", "Affectation", "financements.objet"),
        Column("budget", "BP 2024", "ignored: budget prévu ; le réalisé compte"),
        Column("paid", "Réalisé 2024", "financements.montant_eur"),
        Column("gap", "Écart", "ignored: différence du réalisé et du budget"),
    ], ["Compte administratif 2024 – produits", "(montants en euros)", ""])  # fmt: skip
    accounts = {
        "73 – Dotations": (("Département de la Moselle", "Fonctionnement"), ("Département de la Moselle",
        "Poste de nuit")),
        "74 – Subventions": (
            ("Ville de Forbach", "Fonctionnement"), ("Ville de Behren", "Fonctionnement"), ("Ville de Stiring-Wendel",
                "Fonctionnement"),
            ("CAF", "Parentalité"), ("DDETS", "Contrat de ville, chantiers"), ("FIPD", "Prévention de la délinquance"),
                ("ARS", "Santé des jeunes"),
        ),
        "75 – Autres produits": (("Fondation d'un bailleur", "Chantiers"), ("Dons", None), ("Mécénat local",
        "Séjour d'été")),
    }  # fmt: skip
    grand = 0
    for account, funders in accounts.items():
        money.other("titre du compte", account)
        below = 0
        for rank, (funder, purpose) in enumerate(funders):
            amount = rng.randrange(1_500, 90_000, 250) * (6 if account.startswith("73") and not rank else 1)
            amount = rng.randrange(400, 3_000) if funder == "Dons" else amount
            budget = amount + rng.choice((0, 0, -500, 1_000))
            typed: object = amount
            if funder in ("CAF", "DDETS", "Dons"):
                typed = f"{amount:,}".replace(",", " ") + ",00 €"
            if funder == "ARS":
                typed = Bad("notifié, non versé", "pas de montant")
            gap = None if isinstance(typed, Bad) else amount - budget
            money.line(
                account=f"{account[:2]}{rank + 1}", funder=funder, object=purpose, budget=budget, paid=typed, gap=gap
            )
            layout.record(
                "financements",
                annee=YEAR,
                financeur=funder,
                montant_eur=None if isinstance(typed, Bad) else amount,
                objet=purpose,
            )
            below += 0 if isinstance(typed, Bad) else amount
        money.other("sous-total", None, f"Sous-total {account[:2]}", None, None, below)
        grand += below
    money.other("total", None, "TOTAL DES PRODUITS", None, None, grand)
    posts = Sheet(layout, file, "Effectifs", [
        Column("post", "Emploi", "personnel.poste"),
        Column("name", "Titulaire", "refused: nom d'un salarié"),
        Column("kind", "Filière CC66", "personnel.categorie", words(
            direction_administration="Direction, secrétariat", services_generaux="Entretien", educatif="Éducative",
            paramedical="Psy.", autres="Apprentis, autres")),
        Column("index", "Indice", "ignored: indice de paie"),
        Column("full", "ETP au 31/12", "personnel.etp"),
        Column("county", "dont CD57", "personnel.etp_departement"),
        Column("towns", "dont villes", "personnel.etp_communes"),
        Column("more", "Précisions", "personnel.precision"),
    ], ["Tableau des effectifs au 31 décembre 2024", ""])  # fmt: skip
    for post, kind, full, county, more in (
        ("Directeur", "direction_administration", 1.0, 1.0, None), ("Secrétaire comptable", "direction_administration",
            0.8, 0.5, None),
        ("Chef de service", "educatif", 1.0, 1.0, None), ("Éducateur spécialisé", "educatif", 1.0, 1.0,
            "secteur Forbach"),
        ("Éducatrice spécialisée", "educatif", 1.0, 0.5, "secteur Behren"), ("Moniteur-éducateur", "educatif", 0.75,
            0.75, None),
        ("Animatrice", "educatif", 0.5, 0.0, "CDD, fin en juin 2025"), ("Psychologue", "paramedical", 0.2, 0.2,
            "analyse de la pratique"),
        ("Agent d'entretien", "services_generaux", 0.25, 0.25, None), ("Apprentie ES", "autres", 1.0, 0.0, "2e année"),
    ):  # fmt: skip
        posts.line(
            post=post, name=f"{rng.choice(GIRLS + BOYS)} {rng.choice(NAMES)}", kind=kind, index=rng.randrange(390, 800),
            full=full, county=Raw(f"{county:.2f}".replace(".", ",")), towns=round(full - county, 2), more=more,
        )  # fmt: skip
        layout.record(
            "personnel", annee=YEAR, categorie=kind, poste=post, etp=full, etp_departement=county,
            etp_communes=round(full - county, 2), precision=more,
        )  # fmt: skip
    posts.other("total", "TOTAL", None, None, None, 7.5)
    agreements = Sheet(layout, file, "Conventions", [
        Column("name", "Partenaire conventionné", "reseaux.nom"),
        Column("object", "Pour quoi faire", "reseaux.objet"),
        Column("how", "Comment", "reseaux.modalites"),
        Column("form", "Cadre", "reseaux.formalise"),
        Column("young", "Jeunes concernés", "reseaux.jeunes"),
        Column("days", "Journées", "reseaux.journees"),
        Column("hours", "Heures éduc.", "reseaux.heures"),
    ], ["Réseaux et conventions – 2024", ""])  # fmt: skip
    for name, purpose, how, form in (
        ("Collèges de Forbach", "Exclus temporaires", "accueil de jour, sur appel", "convention 2022-2025"), ("PJJ",
            "Réparations", "au cas par cas", "charte"),
        ("Lycée professionnel", "Décrocheurs", None, "non écrit"), ("Hôpital", "Cellule écoute jeunes",
            "un vendredi sur deux", "convention"),
        ("Bailleur social", "Chantiers", "deux par an", "convention"),
    ):  # fmt: skip
        counts = [rng.choice((None, rng.randint(2, 40))) for _ in range(3)]
        agreements.line(name=name, object=purpose, how=how, form=form, young=counts[0], days=counts[1], hours=counts[2])
        layout.record(
            "reseaux", annee=YEAR, nom=name, objet=purpose, modalites=how, formalise=form, jeunes=counts[0],
            journees=counts[1],
            heures=counts[2],
        )  # fmt: skip
    bodies = Sheet(layout, file, "Instances", [
        Column("body", "Réunion", "instances.instance"),
        Column("field", "Thématique", "instances.champ"),
        Column("who", "Représentant", "ignored: qui y va"),
        Column("times", "Nb de fois", "instances.participations"),
    ], ["Participation aux instances – 2024", ""])  # fmt: skip
    for body, theme in (
        ("CLSPD", "Sécurité"), ("Cellule de veille", "Scolarité"), ("PRE", "Réussite éducative"), ("CLSM",
            "Santé mentale"),
        ("Conseil citoyen", "Politique de la ville"), ("GUSP", "Cadre de vie"),
    ):  # fmt: skip
        times = rng.choice((None, 1, 2, 4, 11))
        bodies.line(body=body, field=theme, who=rng.choice(("directeur", "chef de service")), times=times)
        layout.record("instances", annee=YEAR, instance=body, champ=theme, participations=times)
    for table in ("financements", "personnel", "reseaux", "instances"):
        layout.constant(f"{table}.annee", "titre de la feuille", file=file, value=YEAR)
    ask_words(layout, posts, "kind")
    layout.ask("BP 2024 ou Réalisé 2024 : quel montant ?", "Réalisé 2024", file=file, sheet="Produits")
    return layout


def register_of_requests() -> Layout:
    layout = Layout(
        "48-registre-des-sollicitations",
        "Registre des sollicitations d'un service de Haute-Vienne : formulaire en ligne, puis CSV à virgules.\n"
        "Un horodateur à la seconde (celui de la saisie) et une date de la demande ; des réponses en phrases.\n"
        "Personne à rappeler, téléphone, précisions libres sur plusieurs lignes dans une case ; des lignes vides.",
        "registre par formulaire",
        held_out=True,
        communes=["87085", "87114"],
        annee=YEAR,
    )
    rng, file = layout.rng, "Registre des sollicitations - réponses.csv"
    layout.csv_form(",", "utf-8", file)
    sheet = Sheet(layout, file, None, [
        Column("stamp", "Horodateur", "ignored: heure de la saisie ; la demande a sa date"),
        Column("date", "Date de la demande", "demandes.date", dates=("fr", "fr", "fr", "iso")),
        Column("from", "Qui nous sollicite ?", "demandes.origine"),
        Column("call", "Personne à rappeler", "refused: nom d'une personne"),
        Column("phone", "Tél.", "refused: téléphone"),
        Column("age", "Le jeune a…", "demandes.tranche_age", words(
            moins_11="moins de 11 ans", _11_14="11, 12, 13 ou 14 ans", _15_18="entre 15 et 18 ans",
                _19_21="19 à 21 ans",
            plus_21="22 ans ou plus")),
        Column("town", "… et habite", "demandes.commune", words(_87085="Limoges", _87114="Panazol", hors="Ailleurs")),
        Column("more", "Précisions", REMARKS),
        Column("answer", "Décision en réunion d'équipe", "demandes.suite", words(
            acceptee="On y va|on y va", refusee="On ne donne pas suite", reorientee="On passe le relais",
                en_attente="À revoir")),
        Column("why", "Si non, pourquoi", "demandes.motif"),
        Column("closed", "Répondu le", "ignored: date de la réponse"),
    ])  # fmt: skip
    for place, date in enumerate(working_days(rng, 41, dt.date(YEAR, 12, 18))):
        answer = rng.choice(("acceptee", "acceptee", "refusee", "reorientee", "en_attente"))
        asked: dt.date | Bad = Bad("30/02/2024", "ce jour n'existe pas") if place == 17 else date
        values = {
            "age": rng.choice((*BANDS, None)),
            "from": rng.choice(("Assistante sociale du collège", "La famille", "Le jeune lui-même", "MDD", "Mairie")),
            "town": rng.choice(("87085", "87085", "87114", "hors")),
            "why": rng.choice(("liste d'attente", "hors de notre secteur", "déjà suivi ailleurs"))
            if answer == "refusee"
            else None,
        }
        typed = date + dt.timedelta(days=rng.randint(0, 6))
        sheet.line(
            **values, date=asked, answer=answer,
                stamp=f"{typed:%d/%m/%Y} {rng.randint(8, 18):02}:{rng.randrange(60):02}:{rng.randrange(60):02}",
            call=f"Mme {rng.choice(NAMES)}", phone=f"06 39 98 {rng.randrange(100):02} {rng.randrange(100):02}",
            more=rng.choice((None, "ne sort plus,\nne répond plus au collège", "« à voir vite », dit la CPE")),
            closed=None if answer == "en_attente" else f"{typed + dt.timedelta(days=7):%d/%m/%Y}",
        )  # fmt: skip
        layout.record(
            "demandes", date=asked, commune=values["town"], tranche_age=values["age"], origine=values["from"],
            suite=answer,
            motif=values["why"],
        )  # fmt: skip
        if place in (11, 26):
            sheet.other("ligne vide")
    ask_words(layout, sheet, "age", "answer", "town")
    layout.ask("Horodateur ou Date de la demande : quelle date ?", "Date de la demande", file=file)
    return layout


def a_line_a_young_person() -> Layout:
    layout = Layout(
        "49-une-ligne-par-jeune",
        "Tableur d'une équipe du Doubs, en .ods : une ligne par jeune, un groupe de colonnes par statut.\n"
        "Situation à la fin de deux années, services présents ensemble dans une case (« ASE + ML »).\n"
        "Dates en vraies dates, avec des points ou en toutes lettres ; « en cours », « ? », un mois sans jour.",
        "tableur, une ligne par jeune",
        held_out=True,
        communes=["25388", "25031", "25057"],
        annee=YEAR,
    )
    rng, file = layout.rng, "Suivi jeunes Pays de Montbéliard.ods"
    said = words(
        ecole_primaire="Primaire", college="Collège|collégien", lycee_professionnel="Lycée pro.",
            lycee_general="Lycée gén.", etudes_superieures="Fac / BTS",
        descolarise="Sorti de l'école", recherche_emploi="Rech. emploi", formation="Stage ou formation",
        activite_professionnelle="CDD, CDI, intérim",
    )  # fmt: skip
    dates = ("date", "date", "point", "long")
    everywhere = f"{PERSON} situations.id_jeune co_accompagnements.id_jeune"
    columns = [
        Column("id", "Matricule", everywhere),
        Column("initials", "Init.", "refused: initiales d'un jeune ; le matricule suffit"),
        Column("sex", "Sexe", "jeunes.sexe", words(F="fille", G="gars")),
        Column("birth", "DDN", "jeunes.date_naissance", dates=("date", "point")),
        Column("town", "Domicile", "jeunes.commune", words(
            _25388="Montbéliard|MONTBELIARD", _25031="Audincourt", _25057="Bethoncourt|Béthoncourt")),
        Column("contact", "1re rencontre", "jeunes.premier_contact", dates=dates),
    ]  # fmt: skip
    for status, begins, ends in (("ACCROCHE", "début", "fin"), ("ASEP", "du", "au"), ("PAEI", "signé le", "fini le")):
        rule = {"suivis.statut": status}
        columns.append(
            Column(
                f"{status}_start",
                (status.title() if status == "ACCROCHE" else status, begins),
                "suivis.date_debut",
                dates=dates,
                rule=rule,
            )
        )
        columns.append(
            Column(
                f"{status}_end",
                (status.title() if status == "ACCROCHE" else status, ends),
                "suivis.date_fin",
                dates=dates,
                rule=rule,
            )
        )
    columns += [
        Column("reason", ("PAEI", "raison"), "suivis.motif_cloture", words(
            orientation="relais", difficulte_mobilisation="lâche l'affaire", changement_territoire="parti ailleurs",
            amelioration_situation="c'est bon pour lui/elle"), rule={"suivis.statut": "PAEI"}),
        Column("educator", "Éduc.", "suivis.educateur", rule={"of": "toutes les périodes de la ligne"}),
        Column("before", ("Où en est-il/elle ?", "fin 2023"), "situations.situation", said, rule={"annee": 2023}),
        Column("now", ("Où en est-il/elle ?", "fin 2024"), "situations.situation", said, rule={"annee": YEAR}),
        Column("services", "Suivi(e) aussi par (2024)", "co_accompagnements.partenaire", rule={"separated_by": "+"}),
        Column("note", "Divers", REMARKS),
    ]  # fmt: skip
    sheet = Sheet(layout, file, "Jeunes", columns, ["Suivi des jeunes – équipe du Pays de Montbéliard – 2024", ""])
    unclear = False
    services = {"ase": "ASE", "mission_locale": "ML", "education_nationale": "Collège/lycée", "sante": "CMP"}
    layout.constant("co_accompagnements.annee", "en-tête", file=file, value=YEAR)
    for place, one in enumerate(
        young_people(rng, 37, ("25388", "25031", "25057"), list(said), ("Farida", "Benoît")), start=1
    ):
        one.id = f"M-{100 + place}"
        cells: dict[str, object] = {}
        for period in one.periods:
            if place > 9 and period is one.periods[-1] and period.status != "PAEI" and period.end and not unclear:
                period.end, unclear = Bad(f"{period.end:%m/%Y}", "pas de jour"), True
            cells[f"{period.status}_start"] = period.start
            cells[f"{period.status}_end"] = Raw("en cours") if period.end is None and rng.random() < 0.5 else period.end
            cells["reason"] = period.reason if period.status == "PAEI" else None
            record_period(layout, one, period)
        before = (
            situation_in(rng, one, YEAR - 1, list(said)) if one.contact.year < YEAR and rng.random() < 0.8 else None
        )
        present = rng.sample(list(services), rng.choice((0, 0, 1, 1, 2, 3)))
        birth: dt.date | Bad = Bad("31/06/2008", "ce jour n'existe pas") if place == 21 else one.birth
        sheet.line(
            id=one.id, initials=one.first[0] + one.name[0], sex=one.sex, birth=birth, town=one.commune,
                contact=one.contact,
            educator=one.periods[0].educator, before=before, now=Raw("?") if place == 30 else one.situation,
            services=" + ".join(services[code] for code in present) or None,
            note=rng.choice((None, None, "permis ?", "copain de la bande du stade")), **cells,
        )  # fmt: skip
        record_young(layout, one, birth=birth)
        if before:
            layout.record("situations", id_jeune=one.id, annee=2023, situation=before)
        if place != 30:
            layout.record("situations", id_jeune=one.id, annee=YEAR, situation=one.situation)
        for code in present:
            layout.record("co_accompagnements", id_jeune=one.id, annee=YEAR, partenaire=code)
        if place in (12, 25):
            sheet.other("ligne vide")
    sheet.columns[-2].seen |= {text: code for code, text in services.items()}
    sheet.other("note", "Jeunes vus une seule fois : voir le cahier")
    ask_words(layout, sheet, "reason", "now", "services")
    layout.ask("Chaque groupe de dates est-il un suivi du statut de l'en-tête ?", "oui", file=file)
    layout.ask("Suivi(e) aussi par : plusieurs services séparés par « + » ?", "oui", file=file)
    return layout


def record_of_activity() -> Layout:
    layout = Layout(
        "50-releve-d-activite",
        "Relevé d'activité d'une association du Vaucluse, sorti d'un outil de requêtes : tabulations, UTF-16.\n"
        "Une ligne par intervention, en minutes ; les congés y sont aussi, le siège tient lieu de commune.\n"
        "Nom de l'agent à côté de son matricule ; « Promeneurs du Net » dit le travail en ligne.",
        "relevé d'un outil de requêtes",
        held_out=True,
        communes=["84007", "84092", "84129"],
        annee=YEAR,
    )
    layout.stray_spaces = 0
    rng, file = layout.rng, "REL_ACTIVITE_2024.csv"
    layout.csv_form("\t", "utf-16", file)
    kinds = words(
        travail_de_rue="Immersion quartier", presence_sociale="Accueil libre au local",
            accompagnement_individuel="RDV et démarches jeune",
        action_collective="Animation de groupe", formation="Formation - GAP", ecrits_professionnels="Bureau",
            partenariat="Réunion partenaires",
    )  # fmt: skip
    towns: Mapping[object, Sequence[object]] = {
        **words(_84007="AVIGNON", _84092="LE PONTET", _84129="SORGUES"),
        None: ("SIEGE",),
    }
    sheet = Sheet(layout, file, None, [
        Column("id", "Id. ligne", "ignored: numéro de la ligne dans l'outil"),
        Column("agent", "Matricule", "temps.educateur"),
        Column("name", "Agent", "refused: nom d'un éducateur ; le matricule suffit"),
        Column("week", "Sem.", "ignored: semaine, que la date dit"),
        Column("date", "Date interv.", "temps.date", dates=("instant",)),
        Column("minutes", "Durée (min)", "temps.heures", rule={"unit": "minutes"}),
        Column("kind", "Nature interv.", "temps.activite", kinds, rule={"leave_out_when": "Congés"}),
        Column("town", "Lieu interv.", "temps.commune", towns),
        Column("moment", "Plage", "temps.creneau", words(journee="Jour", soiree="Soir", nuit="Nuit", week_end="WE")),
        Column("online", "Promeneurs du Net", "temps.en_ligne", words(oui="VRAI", non="FAUX")),
        Column("valid", "Validé chef sce", "ignored: validation"),
    ], ["Relevé d'activité des agents", "Période : 01/01/2024 - 30/06/2024", ""])  # fmt: skip
    agents = {"A017": "AUBRESPIN C.", "A022": "MAZOUREL D.", "A031": "TOUSSICART L."}
    for place, date in enumerate(working_days(rng, 54, dt.date(YEAR, 6, 28)), start=1):
        agent, minutes = rng.choice(list(agents)), rng.choice((30, 45, 60, 90, 120, 195))
        common = {
            "id": 8800 + place, "agent": agent, "name": agents[agent], "week": date.isocalendar().week, "date": date,
            "valid": rng.choice(("VRAI", "FAUX")),
        }  # fmt: skip
        if place % 13 == 0:
            sheet.line(**common, minutes=420, kind=Raw("Congés"), town=Raw("SIEGE"), moment="journee", online="non")
            sheet.leave_out("congés")
            continue
        kind = rng.choice(list(kinds))
        town = None if kind in ("ecrits_professionnels", "formation") else rng.choice(("84007", "84092", "84129"))
        moment = rng.choice(("journee", "journee", "soiree", "nuit"))
        online = "oui" if kind == "travail_de_rue" and rng.random() < 0.4 else "non"
        sheet.line(**common, minutes=minutes, kind=kind, town=town, moment=moment, online=online)
        layout.record(
            "temps",
            date=date,
            educateur=agent,
            commune=town,
            activite=kind,
            heures=minutes / 60,
            en_ligne=online,
            creneau=moment,
        )
    sheet.other("compte", "Nombre de lignes : 54")
    ask_words(layout, sheet, "kind", "moment")
    layout.ask("SIEGE : quelle commune ?", "aucune : le temps du service entier", file=file, column="Lieu interv.")
    layout.ask("Congés : lignes à laisser ?", "oui", file=file, column="Nature interv.")
    return layout


LAYOUTS = (
    dossiers_and_stages,
    a_sheet_a_sector,
    street_log,
    county_board,
    review_of_actions,
    attendance_sheets,
    accounts_and_posts,
    register_of_requests,
    a_line_a_young_person,
    record_of_activity,
)


def main(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    layouts = [build() for build in LAYOUTS]
    for layout in layouts:
        layout.write(root)
    for file in (
        root / layouts[0].name / "files"
    ).iterdir():  # as the software writes it, without the separators of a table
        text = file.read_bytes()
        file.write_bytes(b"sep=;" + text[text.index(b"\r\n") :])
    write_yaml(root / "fourth.yml", {layout.name: layout.settings for layout in layouts})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "layouts")

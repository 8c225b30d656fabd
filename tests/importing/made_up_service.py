"""Young people who do not exist, their follow-ups, and the words with which exports say their codes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from writing_layouts import Bad, Layout

LAST_DAY = dt.date(2023, 12, 31)
NAMES = (
    "Abrivard",
    "Bellonte",
    "Cazelles",
    "Dervaux",
    "Estrabaud",
    "Ferrachi",
    "Guillonnet",
    "Haddouche",
    "Izambert",
    "Jolivard",
    "Kerzanet",
    "Lamourec",
    "M'Barki",
    "Nivollet",
    "Oudjani",
    "Pétrement",
    "Quesnoit",
    "Rouvelac",
    "Saint-Avre",
    "Tifrani",
    "Urbanski",
    "Vandaele-Roy",
    "Wattelin",
    "Yildirak",
    "Zerrouat",
    "Le Goustan",
    "Diarrassou",
    "Da Conceiçao",
)
GIRLS = (
    "Léa",
    "Inès",
    "Maëlys",
    "Chloé",
    "Yasmina",
    "Anaïs",
    "Fatou",
    "Zoé",
    "Noémie",
    "Éloïse",
    "Marie-Lou",
    "Samira",
)
BOYS = ("Enzo", "Théo", "Mehdi", "Loïc", "Noé", "Kévin", "Issa", "Jean-Baptiste", "Raphaël", "Yanis", "Timéo", "Bilal")
COMMUNES: Mapping[str, Sequence[str]] = {
    "62215": ("Carvin", "CARVIN", "Carvin (62)"),
    "62637": ("Oignies", "OIGNIES"),
    "62907": ("Libercourt", "LIBERCOURT"),
    "62427": ("Hénin-Beaumont", "HENIN BEAUMONT", "Henin Bt"),
    "42218": ("Saint-Étienne", "ST ETIENNE", "St-Etienne (42)"),
    "42095": ("Firminy", "FIRMINY"),
    "42044": ("Le Chambon-Feugerolles", "CHAMBON FEUGEROLLES"),
    "69259": ("Vénissieux", "VENISSIEUX", "Vénissieux (69)"),
    "69199": ("Saint-Fons", "ST FONS", "St-Fons"),
    "69029": ("Bron", "BRON"),
    "33119": ("Cenon", "CENON"),
    "33249": ("Lormont", "LORMONT", "Lormont (33)"),
    "33167": ("Floirac", "FLOIRAC"),
    "93010": ("Bondy", "BONDY", "Bondy (93)"),
    "93005": ("Aulnay-sous-Bois", "AULNAY SOUS BOIS", "Aulnay s/ Bois"),
    "93053": ("Noisy-le-Sec", "NOISY LE SEC"),
    "59512": ("Roubaix", "ROUBAIX"),
    "59650": ("Wattrelos", "WATTRELOS", "Wattrelos (59)"),
    "hors": ("Hors secteur",),
}
NORD, LOIRE, RHONE = ("62215", "62637", "62907", "62427"), ("42218", "42095", "42044"), ("69259", "69199", "69029")
GIRONDE, SEINE, LILLE = ("33119", "33249", "33167"), ("93010", "93005", "93053"), ("59512", "59650")
QUARTIERS = ("Les Tilleuls", "Cité du Moulin", "Centre", "La Plaine", "Le Parc")
EDUCATORS = ("SM", "KD", "JPL")
BANDS = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
SITUATIONS = (
    "college",
    "lycee_general",
    "lycee_professionnel",
    "etudes_superieures",
    "descolarise",
    "recherche_emploi",
    "formation",
    "activite_professionnelle",
)

SEX_WORDS = {"F": ("Fille",), "G": ("Garçon",), "NR": ("NSP",)}
SEX_LETTERS = {"F": ("F",), "G": ("M",), "NR": ("NR",)}
STATUS_WORDS = {"PAEI": ("PAEI", "Accompagnement (PAEI)"), "ASEP": ("ASEP",), "ACCROCHE": ("Accroche", "accroche")}
REASON_WORDS = {
    "orientation": ("Orientation vers un partenaire",),
    "difficulte_mobilisation": ("Difficulté à se mobiliser",),
    "changement_territoire": ("Déménagement",),
    "amelioration_situation": ("Amélioration de la situation",),
    "changement_statut": ("Changement de statut",),
}
SITUATION_WORDS = {
    "college": ("Collégien", "Collège"),
    "lycee_general": ("Lycée général", "Lycée gén."),
    "lycee_professionnel": ("Lycée pro", "Lycée professionnel"),
    "etudes_superieures": ("Études sup.",),
    "descolarise": ("Déscolarisé", "déscolarisée"),
    "recherche_emploi": ("Recherche d'emploi", "En recherche d’emploi"),
    "formation": ("En formation",),
    "activite_professionnelle": ("En emploi",),
}

BAND_WORDS = {
    "moins_11": ("moins de 11 ans", "- 11 ans"),
    "11_14": ("11-14 ans", "11/14"),
    "15_18": ("15-18 ans", "15 à 18 ans"),
    "19_21": ("19-21 ans",),
    "plus_21": ("plus de 21 ans", "21 et +"),
}
OUTCOME_WORDS = {
    "acceptee": ("Acceptée",),
    "refusee": ("Refusée", "refus"),
    "reorientee": ("Réorientée",),
    "en_attente": ("En attente", "en cours"),
}
KINDS = {
    "action_collective": ("Action collective",),
    "developpement_social_local": ("Développement social local", "DSL"),
    "parentalite": ("Parentalité", "Soutien à la parentalité"),
    "partenariale": ("Action partenariale",),
}
LABELS = (
    "Atelier cuisine",
    "Chantier éducatif",
    "Sortie à la mer",
    "Tournoi de futsal",
    "Café des parents",
    "Fête de quartier",
    "Débat écrans",
    "Séjour nature",
    "Atelier CV",
    "Jardin partagé",
    "Ciné-débat",
    "Fresque du collège",
)
PERSONAL_NAME = "refused: nom d'un jeune ; l'identifiant du dossier suffit"
PHONE, MAIL, ADDRESS = "refused: téléphone", "refused: adresse électronique", "refused: adresse"
REMARKS = "refused: texte libre sur un jeune"
MONTHS = ("Janvier", "Février", "Mars", "Avril")


@dataclass
class FollowUp:
    """A period under one status."""

    id: str
    status: str
    start: dt.date
    end: dt.date | Bad | None
    reason: str | None
    educator: str


@dataclass
class Person:
    """A young person who does not exist."""

    id: str
    name: str
    first: str
    sex: str
    birth: dt.date | Bad | None
    commune: str
    district: str
    contact: dt.date | Bad
    phone: str
    follow_ups: list[FollowUp] = field(default_factory=list)

    @property
    def mail(self) -> str:
        return f"{self.first[0]}.{self.name}@exemple.fr".lower().replace(" ", "").replace("'", "")


def any_day(rng: Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=rng.randrange((last - first).days + 1))


def people(rng: Random, number: int, communes: Sequence[str], *, most: int = 2, first_id: int = 1) -> list[Person]:
    """Give young people, no two of the same name, with one to `most` follow-ups each."""
    pairs = [(name, first) for name in NAMES for first in (*GIRLS, *BOYS)]
    made = []
    for place, (name, first) in enumerate(rng.sample(pairs, number)):
        sex = "NR" if rng.random() < 0.06 else "F" if first in GIRLS else "G"
        person = Person(
            id=f"{first_id + place:04}",
            name=name,
            first=first,
            sex=sex,
            birth=any_day(rng, dt.date(2002, 1, 1), dt.date(2012, 12, 31)),
            commune=rng.choice(list(communes)),
            district=rng.choice(QUARTIERS),
            contact=any_day(rng, dt.date(2020, 1, 6), dt.date(2023, 9, 29)),
            phone=f"06 39 98 {rng.randrange(100):02} {rng.randrange(100):02}",
        )
        person.follow_ups = follow_ups(rng, person, rng.randint(1, most))
        made.append(person)
    return made


def follow_ups(rng: Random, person: Person, number: int) -> list[FollowUp]:
    """Follow each other, an open one being the last."""
    made: list[FollowUp] = []
    start = person.contact
    assert isinstance(start, dt.date)
    for rank in range(number):
        start += dt.timedelta(days=rng.randrange(3, 60))
        end: dt.date | None = start + dt.timedelta(days=rng.randrange(20, 420))
        if start > LAST_DAY:
            break
        if end is None or end > LAST_DAY:
            end = None
        status = "ACCROCHE" if rank == 0 and number > 1 else rng.choice(("PAEI", "PAEI", "PAEI", "ASEP"))
        reason = rng.choice(list(REASON_WORDS)) if end and status == "PAEI" else None
        made.append(FollowUp(f"S{person.id}{rank + 1}", status, start, end, reason, rng.choice(EDUCATORS)))
        if end is None:
            break
        start = end
    return made


def commune_words(communes: Sequence[str], *, plain: bool = False) -> dict[str, Sequence[str]]:
    """Give how exports write communes; `plain`: their names, and nothing else."""
    return {code: COMMUNES[code][:1] if plain else COMMUNES[code] for code in communes}


def record_person(layout: Layout, person: Person, *, district: bool = True, birth: object = None) -> None:
    """Write a young person in the truth. `birth` replaces the date where the export holds less."""
    layout.record(
        "jeunes",
        id_jeune=person.id,
        sexe=person.sex,
        date_naissance=birth if birth is not None else person.birth,
        commune=person.commune,
        **({"quartier": person.district} if district else {}),
        premier_contact=person.contact,
    )


def record_follow_up(layout: Layout, person: Person, one: FollowUp, *, educator: bool = False) -> None:
    """Write a follow-up in the truth."""
    layout.record(
        "suivis",
        id_suivi=one.id,
        id_jeune=person.id,
        statut=one.status,
        date_debut=one.start,
        date_fin=one.end,
        motif_cloture=one.reason,
        **({"educateur": one.educator} if educator else {}),
    )


def person_cells(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name.upper(),
        "first": person.first,
        "sex": person.sex,
        "birth": person.birth,
        "commune": person.commune,
        "district": person.district,
        "contact": person.contact,
    }


def follow_up_cells(one: FollowUp, rank: str = "") -> dict[str, object]:
    return {f"status{rank}": one.status, f"start{rank}": one.start, f"end{rank}": one.end, f"reason{rank}": one.reason}

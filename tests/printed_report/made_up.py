"""Reports made up at random: true tables, and sentences of four hands, some false and some that only look so.

The sentences were written before the rules were mended for them. Two hands (``note`` and ``recit``) served to mend;
nobody reads what is missed of the other two (``fiche`` and ``oral``), which say what the audit is worth on a new report.
"""

# ruff: noqa: E501 - a sentence is read whole
from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

HANDS = ("note", "recit", "fiche", "oral")
TOWNS = ("Marsolles", "Vaucey", "Brémont-le-Haut", "Lisières", "Cordebois", "Haute-Fosse", "Targence", "Pontrieu")
PLACES = ("les Tilleuls", "la Sablière", "le Parc", "les Coteaux")
AGES = ("10-12 ans", "13-15 ans", "16-17 ans", "18-20 ans", "21-25 ans")
NEEDS = ("Logement", "Santé", "Insertion professionnelle", "Conflit familial", "Démarches administratives", "Justice")
COSTS = ("Salaires", "Carburant", "Loyers", "Assurances", "Formation du personnel")
OUTCOMES = ("Emploi", "Apprentissage", "Retour à l'école", "Service civique", "Déménagement")
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre")
UNITS = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
]
TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}

Slots = dict[str, object]
Facts = tuple[Slots, Slots]
"""What a sentence says that is right, then what it says that is wrong."""


def in_words(number: int) -> str:
    """A whole number in French words, below a thousand."""
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        head = "cent" if hundreds == 1 else f"{UNITS[hundreds]} cent"
        return f"{head} {in_words(rest)}" if rest else f"{head}{'s' if hundreds > 1 else ''}"
    if number < 17:
        return UNITS[number]
    if number < 20:
        return f"dix-{UNITS[number - 10]}"
    base = max(ten for ten in TENS if ten <= number)
    rest = number - base
    if not rest:
        return TENS[base] + ("s" if base == 80 else "")
    joint = " et " if rest in {1, 11} and base != 80 else "-"
    return f"{TENS[base]}{joint}{in_words(rest)}"


def french(number: float, digits: int = 0) -> str:
    return f"{number:,.{digits}f}".replace(",", " ").replace(".", ",")


def wrong_number(draw: random.Random, number: int) -> int:
    """Two digits swapped, else one unit to a fifth away."""
    digits = list(str(number))
    if len(digits) > 1 and digits[-1] != digits[-2] and digits[-2:] != ["0"] and draw.random() < 0.5:
        digits[-2:] = digits[:-3:-1]
        if digits[0] != "0":
            return int("".join(digits))
    gap = draw.randint(1, max(2, number // 5))
    return number + (gap if draw.random() < 0.5 or number <= gap else -gap)


@dataclass
class World:
    """Figures of a service in a year, all in agreement."""

    draw: random.Random
    year: int = 0
    towns: list[str] = field(default_factory=list)
    girls: dict[str, int] = field(default_factory=dict)
    boys: dict[str, int] = field(default_factory=dict)
    by_age: dict[str, tuple[int, int]] = field(default_factory=dict)
    needs: dict[str, int] = field(default_factory=dict)
    street: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    years: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    budget: dict[str, tuple[int, int]] = field(default_factory=dict)
    outcomes: dict[str, tuple[int, int]] = field(default_factory=dict)
    context: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    camps: dict[str, tuple[date, int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        draw = self.draw
        self.year = draw.choice((2021, 2022, 2024))
        self.towns = draw.sample(TOWNS, 5)
        sizes = draw.sample(range(24, 96), 5)
        self.girls = {town: round(size * draw.uniform(0.3, 0.46)) for town, size in zip(self.towns, sizes, strict=True)}
        self.boys = {town: size - self.girls[town] for town, size in zip(self.towns, sizes, strict=True)}
        self.by_age = self._ages()
        self.needs = dict(zip(NEEDS, draw.sample(range(20, self.total * 2 // 3), 6), strict=True))
        for town in self.towns:
            outings = draw.randint(40, 190)
            self.street[town] = (outings, outings * 2 + draw.randint(5, 60), outings * draw.randint(5, 13) + 7)
            people = draw.randint(4000, 24000)
            self.context[town] = (people, round(people * draw.uniform(0.14, 0.22)), draw.randint(81, 249) / 10)
        for place, year in enumerate(range(self.year - 4, self.year + 1)):
            last = place == 4
            seen = self.total if last else draw.choice([n for n in range(150, 420) if n != self.total])
            outings = sum(entry[0] for entry in self.street.values()) if last else draw.randint(380, 700)
            self.years[year] = (seen, draw.randint(900, 2400), outings)
        for cost in COSTS:
            planned = draw.randint(40, 900) * 100
            self.budget[cost] = (planned, planned + draw.choice((-1, 1)) * draw.randint(120, 3900))
        for outcome, (before, now) in zip(
            OUTCOMES, zip(*(draw.sample(range(11, 60), 5),) * 2, strict=True), strict=True
        ):
            self.outcomes[outcome] = (before, now + draw.choice((-7, -4, 5, 9, 12)))
        for place in draw.sample(TOWNS, 3):
            start = date(self.year, draw.randint(2, 10), draw.randint(1, 25))
            start -= timedelta(start.weekday())
            self.camps[place] = (start, draw.randint(3, 5), draw.randint(6, 12))

    def _ages(self) -> dict[str, tuple[int, int]]:
        shares = [(0.12, 0.11), (0.27, 0.24), (0.25, 0.29), (0.21, 0.2)]
        girls, boys = sum(self.girls.values()), sum(self.boys.values())
        found = {
            age: (round(girls * first), round(boys * second))
            for age, (first, second) in zip(AGES, shares, strict=False)
        }
        rest = [whole - sum(pair[sex] for pair in found.values()) for sex, whole in enumerate((girls, boys))]
        return {**found, AGES[-1]: (rest[0], rest[1])}

    def seen(self, town: str) -> int:
        return self.girls[town] + self.boys[town]

    @property
    def total(self) -> int:
        return sum(self.girls.values()) + sum(self.boys.values())

    def tables(self) -> dict[str, list[list[str]]]:
        """The tables, as printed, by the stem of their file."""
        girls, boys = sum(self.girls.values()), sum(self.boys.values())
        streets = [sum(entry[place] for entry in self.street.values()) for place in range(3)]
        costs = [sum(entry[place] for entry in self.budget.values()) for place in range(2)]
        ends = [sum(entry[place] for entry in self.outcomes.values()) for place in range(2)]
        return {
            "t1_lieux": [
                [f"Jeunes suivis en {self.year} selon le lieu et le sexe"],
                ["Lieu", "Filles", "Garçons", "Ensemble"],
                *([town, *map(str, (self.girls[town], self.boys[town], self.seen(town)))] for town in self.towns),
                ["Ensemble", str(girls), str(boys), str(self.total)],
            ],
            "t2_ages": [
                [f"Jeunes suivis en {self.year} selon l'âge et le sexe"],
                ["Âge", "Filles", "Garçons", "Ensemble", "Part (%)"],
                *(
                    [age, str(one), str(two), str(one + two), french(100 * (one + two) / self.total, 1)]
                    for age, (one, two) in self.by_age.items()
                ),
                ["Ensemble", str(girls), str(boys), str(self.total), "100,0"],
            ],
            "t3_besoins": [
                ["Besoins repérés (plusieurs réponses possibles)"],
                ["Besoin", "Jeunes concernés", f"% des {self.total} jeunes"],
                *([need, str(count), french(100 * count / self.total, 1)] for need, count in self.needs.items()),
            ],
            "t4_rue": [
                [f"La présence dans la rue en {self.year}"],
                ["Lieu", "Sorties", "Heures", "Contacts", "Contacts par sortie"],
                *([town, *map(french, entry), french(entry[2] / entry[0], 1)] for town, entry in self.street.items()),
                ["Ensemble", *map(french, streets), french(streets[2] / streets[0], 1)],
            ],
            "t5_annees": [
                ["Cinq ans d'activité"],
                ["Année", "Jeunes suivis", "Entretiens", "Sorties"],
                *([str(year), *map(french, entry)] for year, entry in self.years.items()),
            ],
            "t6_comptes": [
                [f"Les dépenses de {self.year}, en euros"],
                ["Poste", "Budget voté", "Réalisé", "Écart"],
                *(
                    [cost, french(planned), french(spent), french(spent - planned)]
                    for cost, (planned, spent) in self.budget.items()
                ),
                ["Total", french(costs[0]), french(costs[1]), french(costs[1] - costs[0])],
            ],
            "t7_issues": [
                ["Ce que deviennent les jeunes à la fin du suivi"],
                ["Issue", str(self.year - 1), str(self.year), "Évolution (%)"],
                *(
                    [name, str(before), str(now), french(100 * (now - before) / before, 1)]
                    for name, (before, now) in self.outcomes.items()
                ),
                ["Ensemble", str(ends[0]), str(ends[1]), french(100 * (ends[1] - ends[0]) / ends[0], 1)],
            ],
            "t8_contexte": [
                ["Le territoire en quelques chiffres"],
                ["Commune", "Habitants", "Habitants de 10 à 25 ans", "Taux de chômage (%)"],
                *(
                    [town, french(people), french(young), french(rate, 1)]
                    for town, (people, young, rate) in self.context.items()
                ),
            ],
            "t9_chantiers": [
                [f"Les chantiers de {self.year}"],
                ["Lieu du chantier", "Début", "Fin", "Jours", "Participants"],
                *(
                    [town, f"{start:%d/%m/%Y}", f"{start + timedelta(days - 1):%d/%m/%Y}", str(days), str(crew)]
                    for town, (start, days, crew) in self.camps.items()
                ),
                [
                    "Total",
                    "",
                    "",
                    str(sum(c[1] for c in self.camps.values())),
                    str(sum(c[2] for c in self.camps.values())),
                ],
            ],
        }


def _one(world: World, right: Slots, number: int, **more: object) -> Facts:
    """Facts whose one number is wrong."""
    shared = {**right, **more}
    return {**shared, "n": number}, {**shared, "n": wrong_number(world.draw, number)}


def _share(world: World, right: Slots, share: float, digits: int = 0) -> Facts:
    gap = world.draw.choice((-1, 1)) * world.draw.uniform(4, 11)
    wrong = share + gap if share + gap > 2 else share - gap
    return {**right, "p": french(share, digits)}, {**right, "p": french(wrong, digits)}


def of_a_town(world: World) -> Facts:
    town = world.draw.choice(world.towns)
    return _one(world, {"lieu": town}, world.seen(town))


def girls_of_a_town(world: World) -> Facts:
    town = world.draw.choice(world.towns)
    return _one(world, {"lieu": town}, world.girls[town])


def in_all(world: World) -> Facts:
    return _one(world, {}, world.total)


def share_of_a_town(world: World) -> Facts:
    town = world.draw.choice(world.towns)
    return _share(world, {"lieu": town}, 100 * world.seen(town) / world.total)


def share_of_an_age(world: World) -> Facts:
    age = world.draw.choice(AGES[:4])
    return _share(world, {"age": age}, 100 * sum(world.by_age[age]) / world.total, 1)


def less_than_half(world: World) -> Facts:
    town = world.draw.choice(world.towns)
    return {"lieu": town, "up": False}, {"lieu": town, "up": True}


def first_of_the_street(world: World) -> Facts:
    order = sorted(world.towns, key=lambda town: -world.street[town][2])
    return {"lieu": order[0]}, {"lieu": world.draw.choice(order[1:])}


def last_in_size(world: World) -> Facts:
    order = sorted(world.towns, key=world.seen)
    return {"lieu": order[0]}, {"lieu": world.draw.choice(order[1:])}


def one_before_another(world: World) -> Facts:
    more, less = sorted(world.draw.sample(world.towns, 2), key=lambda town: -world.seen(town))
    return {"lieu": more, "autre": less}, {"lieu": less, "autre": more}


def from_to(world: World) -> Facts:
    name = world.draw.choice(OUTCOMES)
    before, now = world.outcomes[name]
    right: Slots = {"issue": name.lower(), "m": before, "n": now}
    return right, {**right, world.draw.choice("mn"): wrong_number(world.draw, now if now > 9 else 10)}


def direction(world: World) -> Facts:
    now, before = world.years[world.year], world.years[world.year - 1]
    return {"up": now[1] > before[1]}, {"up": now[1] <= before[1]}


def rate_of_change(world: World) -> Facts:
    name = world.draw.choice(OUTCOMES)
    before, now = world.outcomes[name]
    change = 100 * (now - before) / before
    right, wrong = _share(world, {"issue": name.lower(), "up": now > before}, abs(change), 1)
    return right, wrong


def year_before(world: World) -> Facts:
    return _one(world, {"avant": world.year - 1, "total": world.total}, world.years[world.year - 1][0])


def how_many_more(world: World) -> Facts:
    gap = world.total - world.years[world.year - 1][0]
    return _one(world, {"up": gap > 0, "avant": world.year - 1}, abs(gap) or 1)


def two_towns(world: World) -> Facts:
    one, two = world.draw.sample(world.towns, 2)
    return _one(world, {"lieu": one, "autre": two}, world.seen(one) + world.seen(two))


def mean_of_outings(world: World) -> Facts:
    town = world.draw.choice(world.towns)
    mean = world.street[town][2] / world.street[town][0]
    return {"lieu": town, "p": french(mean, 1)}, {"lieu": town, "p": french(mean + world.draw.choice((-1.7, 2.4)), 1)}


def two_parts(world: World) -> Facts:
    girls, boys = sum(world.girls.values()), sum(world.boys.values())
    right: Slots = {"total": world.total, "n": girls, "m": boys}
    return right, {**right, "n": wrong_number(world.draw, girls)}


def overspent(world: World) -> Facts:
    cost = world.draw.choice(COSTS)
    planned, spent = world.budget[cost]
    right: Slots = {"poste": cost.lower(), "n": french(abs(spent - planned)), "up": spent > planned}
    return right, {**right, "n": french(wrong_number(world.draw, abs(spent - planned)))}


def spent(world: World) -> Facts:
    cost = world.draw.choice(COSTS)
    amount = world.budget[cost][1]
    right: Slots = {"poste": cost.lower(), "n": french(amount)}
    return right, {**right, "n": french(wrong_number(world.draw, amount))}


def share_of_a_need(world: World) -> Facts:
    need = world.draw.choice(NEEDS)
    return _share(world, {"besoin": need.lower()}, 100 * world.needs[need] / world.total)


def of_a_need(world: World) -> Facts:
    need = world.draw.choice(NEEDS)
    return _one(world, {"besoin": need.lower()}, world.needs[need])


def unemployed(world: World) -> Facts:
    town = world.draw.choice(world.towns)
    return _share(world, {"lieu": town}, world.context[town][2], 1)


def day_of_the_week(world: World) -> Facts:
    when = date(world.year, world.draw.randint(2, 10), world.draw.randint(2, 28))
    right: Slots = {"quand": f"{when.day} {MONTHS[when.month - 1]} {when.year}", "jour": DAYS[when.weekday()]}
    return right, {**right, "jour": DAYS[(when.weekday() + world.draw.randint(1, 6)) % 7]}


def how_long(world: World) -> Facts:
    days = world.draw.randint(3, 9)
    first = world.draw.randint(2, 18)
    right: Slots = {"de": first, "a": first + days - 1, "mois": world.draw.choice(MONTHS[2:9]), "n": days}
    return right, {**right, "n": days + 11}


def a_list(world: World) -> Facts:
    names = world.draw.sample(world.towns, 4)
    right: Slots = {"noms": f"{', '.join(names[:-1])} et {names[-1]}", "n": in_words(4)}
    return right, {**right, "n": in_words(world.draw.choice((3, 5, 6)))}


def twice_told(world: World) -> Facts:
    return {"n": in_words(7)}, {"n": in_words(world.draw.choice((6, 8, 9)))}


def shares_of_both(world: World) -> Facts:
    share = round(100 * sum(world.girls.values()) / world.total)
    return {"p": share, "q": 100 - share}, {"p": share, "q": 100 - share + world.draw.choice((-7, 8, 12))}


def hours_or_outings(world: World) -> Facts:
    town = world.draw.choice(world.towns)
    return {"lieu": town, "n": world.street[town][1]}, {"lieu": town, "n": world.street[town][0]}


Hands = dict[str, tuple[str, ...]]
CLAIMS: tuple[tuple[str, Callable[[World], Facts], Hands], ...] = (
    ("effectif d'un lieu", of_a_town, {
        "note": ("Le nombre de jeunes suivis à {lieu} s'établit à {n}.", "{n} jeunes ont été suivis à {lieu}."),
        "recit": ("À {lieu}, nous avons fait un bout de chemin avec {n} jeunes suivis.", "{lieu} n'est pas en reste, avec ses {n} jeunes suivis."),
        "fiche": ("{lieu} : {n} jeunes suivis.", "Jeunes suivis à {lieu} : {n}."),
        "oral": ("On a suivi {n:mots} jeunes à {lieu}.", "Sur {lieu}, ça fait {n:mots} jeunes suivis."),
    }),
    ("filles d'un lieu", girls_of_a_town, {
        "note": ("{n} filles sont suivies à {lieu}.", "À {lieu}, le service suit {n} filles."),
        "recit": ("Parmi les suivis de {lieu}, {n} sont des filles.", "Les filles sont {n} à {lieu}."),
        "fiche": ("{lieu} : dont {n} filles.", "Filles suivies à {lieu} : {n}."),
        "oral": ("Les filles, à {lieu}, on en suit {n:mots}.", "À {lieu} on compte {n:mots} filles."),
    }),
    ("ensemble", in_all, {
        "note": ("Au total, {n} jeunes ont été suivis.", "L'effectif des jeunes suivis atteint {n}."),
        "recit": ("Derrière ces pages, il y a {n} jeunes suivis par nos équipes.", "Nous avons suivi {n} jeunes cette année."),
        "fiche": ("Total des jeunes suivis : {n}.", "{n} jeunes suivis sur l'ensemble des lieux."),
        "oral": ("En tout on a suivi {n:mots} jeunes.", "Au final, {n:mots} jeunes suivis, tous lieux confondus."),
    }),
    ("part d'un lieu", share_of_a_town, {
        "note": ("{lieu} représente {p} % des jeunes suivis.", "{p} % des jeunes suivis le sont à {lieu}."),
        "recit": ("{lieu} pèse pour {p} % des jeunes que nous suivons.", "C'est à {lieu} que se trouvent {p} % des jeunes suivis."),
        "fiche": ("{lieu} : {p} % des jeunes suivis.", "Part de {lieu} dans les jeunes suivis : {p} %."),
        "oral": ("{lieu}, c'est {p} pour cent des jeunes suivis.", "Les jeunes de {lieu} font {p} % des suivis."),
    }),
    ("part d'un âge", share_of_an_age, {
        "note": ("Les {age} représentent {p} % des jeunes suivis.", "La part des {age} parmi les jeunes suivis est de {p} %."),
        "recit": ("Les {age} forment {p} % de ceux que nous suivons.", "Avec {p} % des jeunes suivis, les {age} tiennent leur place."),
        "fiche": ("{age} : {p} % des jeunes suivis.", "Part des {age} : {p} %."),
        "oral": ("Côté âge, les {age} ça fait {p} % des jeunes suivis.", "Les {age}, {p} pour cent du public."),
    }),
    ("moitié", less_than_half, {
        "note": ("Les filles constituent [plus|moins] de la moitié des jeunes suivis à {lieu}.", "À {lieu}, les filles sont [majoritaires|minoritaires]."),
        "recit": ("À {lieu}, les filles sont [plus|moins] nombreuses que les garçons.", "Les filles font [plus|moins] de la moitié du public de {lieu}."),
        "fiche": ("{lieu} : [majorité|minorité] de filles.", "{lieu} : [plus|moins] de filles que de garçons."),
        "oral": ("À {lieu}, on voit [plus|moins] de filles que de garçons.", "Les filles, c'est [plus|moins] de la moitié des jeunes de {lieu}."),
    }),
    ("premier", first_of_the_street, {
        "note": ("{lieu} enregistre le nombre de contacts le plus élevé.", "C'est à {lieu} que les contacts sont les plus nombreux."),
        "recit": ("Nulle part les contacts ne sont aussi nombreux qu'à {lieu}.", "La palme des contacts revient à {lieu}."),
        "fiche": ("Contacts : {lieu} en tête.", "Le plus de contacts : {lieu}."),
        "oral": ("Là où on a le plus de contacts, c'est {lieu}.", "{lieu} arrive en premier pour les contacts."),
    }),
    ("dernier", last_in_size, {
        "note": ("{lieu} est la commune qui compte le moins de jeunes suivis.", "Le plus faible effectif de jeunes suivis est celui de {lieu}."),
        "recit": ("C'est à {lieu} que nous suivons le moins de jeunes.", "{lieu} ferme la marche pour le nombre de jeunes suivis."),
        "fiche": ("Jeunes suivis : {lieu} en dernier.", "Le moins de jeunes suivis : {lieu}."),
        "oral": ("L'endroit où on suit le moins de jeunes, c'est {lieu}.", "{lieu} arrive en dernier pour les jeunes suivis."),
    }),
    ("l'un devant l'autre", one_before_another, {
        "note": ("{lieu} compte davantage de jeunes suivis que {autre}.", "{autre} compte moins de jeunes suivis que {lieu}."),
        "recit": ("Pour les jeunes suivis, {lieu} passe devant {autre}.", "Les jeunes suivis sont plus nombreux à {lieu} qu'à {autre}."),
        "fiche": ("Jeunes suivis : {lieu} devant {autre}.", "Plus de jeunes suivis à {lieu} qu'à {autre}."),
        "oral": ("On suit plus de jeunes à {lieu} qu'à {autre}.", "{autre}, on y suit moins de jeunes qu'à {lieu}."),
    }),
    ("de tant à tant", from_to, {
        "note": ("Les issues vers « {issue} » passent de {m} à {n}.", "L'issue « {issue} » concerne {n} jeunes, contre {m} l'année précédente."),
        "recit": ("La sortie par « {issue} » est allée de {m} à {n} en un an.", "« {issue} » : {n} jeunes, quand ils étaient {m} un an plus tôt."),
        "fiche": ("Issue « {issue} » : {n} (année précédente : {m}).", "Issue « {issue} » : {m} puis {n}."),
        "oral": ("Pour « {issue} », on est à {n:mots}, et l'an d'avant à {m:mots}.", "L'issue « {issue} », on passe de {m:mots} à {n:mots}."),
    }),
    ("sens", direction, {
        "note": ("Le nombre d'entretiens est en [hausse|baisse] par rapport à l'année précédente.", "Les entretiens [augmentent|diminuent] sur un an."),
        "recit": ("Nous avons mené [plus|moins] d'entretiens que l'année d'avant.", "Les entretiens se font plus [nombreux|rares] qu'il y a un an."),
        "fiche": ("Entretiens : en [hausse|baisse] sur un an.", "[Hausse|Recul] des entretiens sur un an."),
        "oral": ("Les entretiens, ça [monte|descend] par rapport à l'an passé.", "On a fait [plus|moins] d'entretiens que l'an passé."),
    }),
    ("taux d'évolution", rate_of_change, {
        "note": ("L'issue « {issue} » [progresse|recule] de {p} % en un an.", "L'évolution de l'issue « {issue} » est de [+|-]{p} %."),
        "recit": ("En un an, l'issue « {issue} » [gagne|perd] {p} %.", "L'issue « {issue} » [grimpe|fléchit] de {p} %."),
        "fiche": ("Issue « {issue} » : [+|-]{p} %.", "Issue « {issue} » : [hausse|baisse] de {p} %."),
        "oral": ("L'issue « {issue} », elle a [pris|perdu] {p} %.", "Pour l'issue « {issue} », {p} % de [plus|moins]."),
    }),
    ("année d'avant", year_before, {
        "note": ("Le service a suivi {total} jeunes, contre {n} en {avant}.", "En {avant}, {n} jeunes étaient suivis."),
        "recit": ("Les jeunes suivis étaient {n} en {avant}.", "Nous suivions {n} jeunes en {avant}."),
        "fiche": ("Jeunes suivis : {total} ({n} en {avant}).", "Rappel {avant} : {n} jeunes suivis."),
        "oral": ("En {avant} on suivait {n:mots} jeunes.", "Des jeunes suivis, en {avant}, il y en avait {n:mots}."),
    }),
    ("tant de plus", how_many_more, {
        "note": ("Le nombre de jeunes suivis [augmente|diminue] de {n} par rapport à {avant}.", "{n} jeunes suivis de [plus|moins] qu'en {avant}."),
        "recit": ("Nous suivons {n} jeunes de [plus|moins] qu'en {avant}.", "Ce sont {n} jeunes suivis de [plus|moins] qu'un an auparavant."),
        "fiche": ("Jeunes suivis : [+|-] {n} sur un an.", "{n} jeunes suivis de [plus|moins] qu'en {avant}."),
        "oral": ("Ça fait {n:mots} jeunes suivis de [plus|moins] qu'en {avant}.", "On suit {n:mots} jeunes de [plus|moins] que l'an passé."),
    }),
    ("deux lieux", two_towns, {
        "note": ("{lieu} et {autre} regroupent {n} jeunes suivis.", "Les jeunes suivis à {lieu} et {autre} sont au nombre de {n}."),
        "recit": ("À elles deux, {lieu} et {autre} réunissent {n} jeunes suivis.", "Entre {lieu} et {autre}, {n} jeunes sont suivis."),
        "fiche": ("{lieu} + {autre} : {n} jeunes suivis.", "{lieu} et {autre} : {n} jeunes suivis."),
        "oral": ("{lieu} plus {autre}, on arrive à {n:mots} jeunes suivis.", "{lieu} et {autre} ensemble, ça fait {n:mots} jeunes suivis."),
    }),
    ("moyenne", mean_of_outings, {
        "note": ("À {lieu}, chaque sortie donne lieu à {p} contacts en moyenne.", "Le nombre moyen de contacts par sortie est de {p} à {lieu}."),
        "recit": ("Une sortie à {lieu}, c'est en moyenne {p} contacts.", "À {lieu}, nous nouons {p} contacts par sortie."),
        "fiche": ("{lieu} : {p} contacts par sortie.", "Contacts par sortie à {lieu} : {p}."),
        "oral": ("En moyenne, à {lieu}, {p} contacts à chaque sortie.", "À {lieu} on a {p} contacts par sortie."),
    }),
    ("deux parties", two_parts, {
        "note": ("{total} jeunes sont suivis : {n} filles et {m} garçons.", "Les {total} jeunes suivis se répartissent en {n} filles et {m} garçons."),
        "recit": ("Ils sont {total}, {n} filles et {m} garçons.", "Sur {total} jeunes suivis, {n} sont des filles et {m} des garçons."),
        "fiche": ("Jeunes suivis : {total} ({n} F, {m} G).", "{total} jeunes suivis, dont {n} filles et {m} garçons."),
        "oral": ("{total} jeunes suivis, c'est {n} filles et {m} garçons.", "On a {n} filles et {m} garçons, donc {total} jeunes."),
    }),
    ("écart de budget", overspent, {
        "note": ("Le poste « {poste} » [dépasse le budget voté|est inférieur au budget voté] de {n} €.", "Sur le poste « {poste} », l'écart au budget voté est de {n} euros."),
        "recit": ("Le poste « {poste} » nous a coûté {n} € de [plus|moins] que le budget voté.", "Le poste « {poste} » s'écarte de {n} € du budget voté."),
        "fiche": ("Poste « {poste} » : [dépassement|économie] de {n} €.", "Écart sur le poste « {poste} » : {n} €."),
        "oral": ("Le poste « {poste} », c'est {n} euros de [plus|moins] que ce qui était voté.", "Sur le poste « {poste} », on est à {n} euros [au-dessus|en dessous] du budget voté."),
    }),
    ("dépense", spent, {
        "note": ("Les dépenses réalisées au titre du poste « {poste} » s'élèvent à {n} €.", "Le poste « {poste} » a été réalisé à hauteur de {n} euros."),
        "recit": ("Le poste « {poste} » a absorbé {n} €.", "Nous avons dépensé {n} € pour le poste « {poste} »."),
        "fiche": ("Poste « {poste} », réalisé : {n} €.", "Réalisé « {poste} » : {n} €."),
        "oral": ("Le poste « {poste} », ça nous a coûté {n} euros.", "Pour le poste « {poste} », {n} euros dépensés."),
    }),
    ("part d'un besoin", share_of_a_need, {
        "note": ("Le besoin « {besoin} » concerne {p} % des jeunes.", "{p} % des jeunes expriment un besoin « {besoin} »."),
        "recit": ("Le besoin « {besoin} » revient chez {p} % des jeunes.", "Pour {p} % des jeunes, le besoin « {besoin} » se fait sentir."),
        "fiche": ("Besoin « {besoin} » : {p} % des jeunes.", "{p} % des jeunes : besoin « {besoin} »."),
        "oral": ("Le besoin « {besoin} », c'est {p} % des jeunes.", "{p} % des jeunes nous parlent du besoin « {besoin} »."),
    }),
    ("effectif d'un besoin", of_a_need, {
        "note": ("Le besoin « {besoin} » a été repéré chez {n} jeunes.", "{n} jeunes sont concernés par le besoin « {besoin} »."),
        "recit": ("Le besoin « {besoin} » revient dans la bouche de {n} jeunes.", "Avec {n} jeunes, nous avons parlé du besoin « {besoin} »."),
        "fiche": ("Besoin « {besoin} » : {n} jeunes.", "Jeunes concernés par le besoin « {besoin} » : {n}."),
        "oral": ("Le besoin « {besoin} », ça touche {n:mots} jeunes.", "Y a {n:mots} jeunes concernés par le besoin « {besoin} »."),
    }),
    ("chômage", unemployed, {
        "note": ("Le taux de chômage de {lieu} s'élève à {p} %.", "À {lieu}, {p} % des actifs sont au chômage."),
        "recit": ("Le chômage touche {p} % des actifs de {lieu}.", "{lieu} vit avec un taux de chômage de {p} %."),
        "fiche": ("{lieu} : taux de chômage de {p} %.", "Chômage à {lieu} : {p} %."),
        "oral": ("Le chômage à {lieu}, on est à {p} %.", "{p} % de chômage à {lieu}."),
    }),
    ("jour de la semaine", day_of_the_week, {
        "note": ("Le comité de pilotage s'est réuni le {jour} {quand}.", "La convention a été signée le {jour} {quand}."),
        "recit": ("Ce {jour} {quand}, il pleuvait sur le terrain de foot.", "Tout a commencé un {jour}, le {quand}."),
        "fiche": ("Comité de pilotage : {jour} {quand}.", "Réunion du {jour} {quand}."),
        "oral": ("On s'est vus le {jour} {quand}.", "La fête, c'était {jour} {quand}."),
    }),
    ("durée", how_long, {
        "note": ("Le séjour s'est déroulé du {de} au {a} {mois}, soit {n} jours.", "D'une durée de {n} jours, le camp a eu lieu du {de} au {a} {mois}."),
        "recit": ("Du {de} au {a} {mois}, {n} jours durant, ils ont campé.", "Ils sont partis {n} jours, du {de} au {a} {mois}."),
        "fiche": ("Séjour du {de} au {a} {mois} ({n} jours).", "Séjour : {n} jours, du {de} au {a} {mois}."),
        "oral": ("On est partis {n} jours, du {de} au {a} {mois}.", "Du {de} au {a} {mois}, ça a fait {n} jours."),
    }),
    ("liste", a_list, {
        "note": ("{n} communes ont signé la convention : {noms}.", "La convention lie {n} communes ({noms})."),
        "recit": ("Nos pas nous mènent dans {n} communes : {noms}.", "{n} communes nous ont ouvert leurs portes, {noms}."),
        "fiche": ("Signataires : {n} communes ({noms}).", "{n} communes : {noms}."),
        "oral": ("On travaille avec {n} communes : {noms}.", "Y a {n} communes, {noms}."),
    }),
    ("deux fois dit", twice_told, {
        "note": ("Le service emploie {n} éducateurs.", "L'effectif est de {n} éducateurs."),
        "recit": ("Nous sommes {n} éducateurs.", "Nos {n} éducateurs se relaient."),
        "fiche": ("Équipe : {n} éducateurs.", "{n} éducateurs en poste."),
        "oral": ("On est {n} éducateurs.", "Dans l'équipe, on est {n} éducateurs."),
    }),
    ("deux parts", shares_of_both, {
        "note": ("Le public se compose de {p} % de filles et de {q} % de garçons.", "Les filles représentent {p} % du public et les garçons {q} %."),
        "recit": ("{p} % de filles, {q} % de garçons : voilà notre public.", "Si {p} % du public sont des filles, {q} % sont des garçons."),
        "fiche": ("Public : {p} % de filles, {q} % de garçons.", "Filles {p} %, garçons {q} %."),
        "oral": ("C'est {p} % de filles et {q} % de garçons.", "Les filles {p} %, les garçons {q} %."),
    }),
    ("heures", hours_or_outings, {
        "note": ("{n} heures ont été passées dans la rue à {lieu}.", "À {lieu}, la présence dans la rue représente {n} heures."),
        "recit": ("Nous avons arpenté {lieu} pendant {n} heures.", "{n} heures à battre le pavé de {lieu}, cela use."),
        "fiche": ("{lieu} : {n} heures dans la rue.", "Heures de rue à {lieu} : {n}."),
        "oral": ("À {lieu}, on a fait {n:mots} heures de rue.", "{n:mots} heures de rue à {lieu}."),
    }),
)  # fmt: skip


def _traps(world: World, hand: str) -> list[str]:
    """Sentences that are true, or that no table speaks of, and that look false."""
    draw = world.draw
    town, place, need, age = draw.choice(world.towns), draw.choice(PLACES), draw.choice(NEEDS), draw.choice(AGES[1:4])
    seen = world.seen(town)
    part = draw.randint(3, max(4, seen // 2))
    girls = sum(world.girls.values())
    answers = french(100 * world.needs[need] / sum(world.needs.values()))
    of_girls = french(100 * world.by_age[age][0] / girls, 1)
    older = world.year - 3
    spring = draw.randint(30, world.street[town][2] - 20)
    without = world.total - seen
    rate = french(draw.randint(260, 480) / 10, 1)
    people = draw.randint(21, 79)
    by_hand = {
        "note": (
            f"{people} % de la population de {town} réside en quartier prioritaire.",
            f"Parmi les filles suivies, {of_girls} % ont {age}.",
            f"Le besoin « {need.lower()} » totalise {answers} % des réponses.",
            f"Au premier semestre, {spring} contacts ont été noués à {town}.",
            f"À {town}, {part} jeunes suivis bénéficient d'un contrat d'accueil.",
            f"Hors {town}, le service suit {without} jeunes.",
            f"Le taux de chômage des moins de 25 ans de {town} atteint {rate} %.",
            f"En {older}, le service suivait {world.years[older][0]} jeunes.",
            f"L'objectif fixé par le Département était de {world.total + 37} jeunes suivis.",
        ),
        "recit": (
            f"À {town}, dans la cité que l'on appelle {place}, le chômage touche {rate} % des actifs.",
            f"Nous avions commencé l'année avec {part} jeunes suivis à {town}.",
            f"Chez les filles, {of_girls} % ont {age}.",
            f"{people} % de ses habitants ont moins de trente ans : {town} est une ville jeune.",
            f"Au séjour de printemps, {part} jeunes de {town} étaient du voyage.",
            f"Sans {town}, nous ne suivrions que {without} jeunes.",
            f"Près de {round(world.total, -1)} jeunes suivis, c'est beaucoup pour nos épaules.",
            f"Les {part} jeunes suivis que nous avons emmenés à la mer venaient de {town}.",
        ),
        "fiche": (
            f"{town}, {place} : {rate} % de chômage.",
            f"Filles de {age} : {of_girls} % des filles suivies.",
            f"« {need} » : {answers} % des réponses.",
            f"{town}, 1er trimestre : {spring} contacts.",
            f"{town} : {part} jeunes suivis sous main de justice.",
            f"Total hors {town} : {without} jeunes suivis.",
            f"Jeunes suivis depuis plus d'un an à {town} : {part}.",
            f"Objectif : {world.total + 37} jeunes suivis.",
        ),
        "oral": (
            f"Aux immeubles {place.removeprefix('les ')}, à {town}, le chômage c'est plutôt {rate} %.",
            f"Chez les filles, les {age}, c'est {of_girls} %.",
            f"Sur l'été, à {town}, on a eu {spring} contacts.",
            f"À {town}, y en a {in_words(part)} qu'on suit depuis longtemps.",
            f"Si on enlève {town}, on suit {in_words(without)} jeunes.",
            f"Dans sa population, {town} a {people} % de locataires.",
            f"On voudrait suivre {in_words(world.total + 37)} jeunes l'an prochain.",
            f"On en a accompagné {in_words(part)} au tribunal, des jeunes de {town}.",
        ),
    }
    return list(by_hand[hand])


@dataclass(frozen=True)
class Sentence:
    """A sentence of a made-up report: its family, its text, whether what it says is false."""

    family: str
    text: str
    wrong: bool


def _written(template: str, slots: Slots) -> str:
    """A template filled in, « [plus|moins] » chosen by the slot ``up``."""
    chosen = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda found: found[1 if slots.get("up") else 2], template)

    def filled(found: re.Match[str]) -> str:
        value = slots[found[1]]
        return in_words(int(str(value))) if found[2] else str(value)

    text = re.sub(r"\{(\w+)(:mots)?\}", filled, chosen)
    return text[0].upper() + text[1:]


@dataclass(frozen=True)
class MadeUp:
    """A report as files, and its sentences."""

    files: dict[str, str]
    sentences: tuple[Sentence, ...]


def _csv(rows: list[list[str]]) -> str:
    return "\n".join(";".join(row) for row in rows) + "\n"


def made_up(seed: int, hand: str) -> MadeUp:
    """A report whose tables are right: half the sentences are false, and traps stand among them."""
    draw = random.Random(f"{hand} {seed}")
    world = World(draw)
    sentences = []
    for family, facts, hands in CLAIMS:
        for template in hands[hand]:
            right, wrong = facts(world)
            if family == "deux fois dit":
                continue
            false = draw.random() < 0.5
            sentences.append(Sentence(family, _written(template, wrong if false else right), false))
    sentences += [Sentence("piège", text, False) for text in _traps(world, hand)]
    draw.shuffle(sentences)
    first, second = CLAIMS[-3][2][hand]
    (right, wrong), false = twice_told(world), draw.random() < 0.5
    told = [_written(first, right), _written(second, wrong if false else right)]
    sentences = [Sentence("deux fois dit", told[0], False), *sentences, Sentence("deux fois dit", told[1], false)]
    files = {f"{name}.csv": _csv(rows) for name, rows in world.tables().items()}
    places = "\n\n".join(f"[tableau : {name}]" for name in files)
    pages = "\n\n".join(sentence.text for sentence in sentences)
    files["rapport.md"] = (
        f"# Rapport d'activité {world.year}\n\n## Les tableaux\n\n{places}\n\n## Le texte\n\n{pages}\n"
    )
    return MadeUp(files, tuple(sentences))


@dataclass(frozen=True)
class WrongCell:
    """A cell of a made-up report that is wrong: its table, its row, and what is printed there."""

    family: str
    table: str
    row: str
    printed: str


def made_up_tables(seed: int) -> tuple[dict[str, str], tuple[WrongCell, ...]]:
    """A report without sentences, with one wrong cell a table."""
    draw = random.Random(f"tableaux {seed}")
    world = World(draw)
    tables = world.tables()
    wrong: list[WrongCell] = []

    def spoil(family: str, table: str, row: int, column: int, printed: str) -> None:
        rows = tables[table]
        rows[row][column] = printed
        wrong.append(WrongCell(family, table, rows[row][0], printed))

    def number(table: str, row: int, column: int) -> str:
        return french(wrong_number(draw, int(tables[table][row][column].replace(" ", ""))))

    line = draw.randint(2, 6)
    if draw.random() < 0.5:
        spoil("total d'une ligne", "t1_lieux", line, 3, number("t1_lieux", line, 3))
    else:
        column = draw.randint(1, 3)
        spoil("total d'une colonne", "t1_lieux", 7, column, number("t1_lieux", 7, column))
    share = float(tables["t2_ages"][line][4].replace(",", "."))
    spoil("part", "t2_ages", line, 4, french(share + draw.choice((-2.7, 3.1)), 1))
    share = float(tables["t3_besoins"][line][2].replace(",", "."))
    spoil("part d'un besoin", "t3_besoins", line, 2, french(share + draw.choice((-3.6, 5.4)), 1))
    ratio = float(tables["t4_rue"][line][4].replace(",", "."))
    spoil("rapport", "t4_rue", line, 4, french(ratio + draw.choice((-1.3, 1.8)), 1))
    spoil("dernière année", "t5_annees", 6, 1, number("t5_annees", 6, 1))
    gap = int(tables["t6_comptes"][line][3].replace(" ", ""))
    spoil("écart", "t6_comptes", line, 3, french(gap + draw.choice((-90, 110, 180))))
    change = float(tables["t7_issues"][line][3].replace(",", "."))
    spoil("évolution", "t7_issues", line, 3, french(change + draw.choice((-6.4, 8.2)), 1))
    young = tables["t8_contexte"][line]
    spoil("partie et tout", "t8_contexte", line, 2, french(int(young[1].replace(" ", "")) + 340))
    start = draw.randint(2, 4)
    first, last = tables["t9_chantiers"][start][1:3]
    if draw.random() < 0.5:
        spoil(
            "fin avant le début",
            "t9_chantiers",
            start,
            2,
            f"{int(first[:2]) - 1:02}{first[2:]}" if first[:2] != "01" else "30/02" + first[5:],
        )
    else:
        spoil("jour qui n'existe pas", "t9_chantiers", start, 2, "31/06" + last[5:])
    page = "\n\n".join([f"# Rapport d'activité {world.year}", *(f"[tableau : {name}]" for name in tables)])
    return {f"{name}.csv": _csv(rows) for name, rows in tables.items()} | {"rapport.md": f"{page}\n"}, tuple(wrong)


def write(files: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")

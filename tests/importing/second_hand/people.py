"""What several of the exports need: who was followed in the year, what people do, how they write hours."""

import datetime as dt
from collections.abc import Collection
from random import Random

from made_up_service import Person


def of_the_year(persons: list[Person]) -> list[Person]:
    """Keep who was followed in 2023, with the last follow-up alone."""
    lasts = [(person, person.follow_ups[-1:]) for person in persons]
    for person, last in lasts:
        person.follow_ups = last
    return [person for person, last in lasts if last and (last[0].end is None or last[0].end >= dt.date(2023, 1, 1))]


def occupation(rng: Random, birth: dt.date, codes: Collection[str], year: int) -> str:
    """Choose what somebody born then may do in a year, of the codes given."""
    ages = {
        "college": (0, 15),
        "lycee_general": (15, 18),
        "lycee_professionnel": (15, 19),
        "descolarise": (14, 18),
        "etudes_superieures": (18, 99),
    }
    fit = [code for code in codes if ages.get(code, (17, 99))[0] <= year - birth.year <= ages.get(code, (17, 99))[1]]
    return rng.choice(fit)


def as_spoken(rng: Random, hours: float) -> str:
    """Write hours as people do: 1h30, 1:30, 1,5…"""
    whole, minutes = divmod(round(hours * 60), 60)
    forms = [
        f"{whole}h{minutes:02}" if minutes else f"{whole}h",
        f"{whole}:{minutes:02}",
        f"{hours:g}".replace(".", ","),
    ]
    return rng.choice([*forms, f"{whole} h {minutes:02}" if minutes else f"{whole} heure{'s' * (whole > 1)}"])

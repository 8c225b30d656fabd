"""Which commune stands apart from the others: young people followed for its inhabitants, more or fewer than by chance.

It is said above the table of the rates and on the first page of that commune; without figures in the edition to share,
where « 1,0 jeune » would read as one person, and there where all the rates are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rlpipeline.display import chances
from rlpipeline.display.bound import Reference
from rlpipeline.display.lookup import Lookup
from rlpipeline.errors import SettingsError
from rlpipeline.figures import SERVICE
from rlpipeline.figures.labels import TOTAL
from rlpipeline.figures.tidy import OK

TABLE, COLUMN, INHABITANTS = "taux_communes", "accompagnes", "habitants"


@dataclass(frozen=True)
class Rate:
    """Young people followed in a commune, its inhabitants, and the rate that the table shows."""

    persons: int
    inhabitants: int
    shown: float


def apart(lookup: Lookup, chance: float, fewest: int, least_part: float) -> tuple[str, str]:
    """Say the rate of the commune that chance explains least, beside the lowest and the highest of the others.

    Parameters
    ----------
    chance
        Largest chance of one commune; of several, each has its part of it.
    fewest, least_part
        Least of the persons followed and of those expected; least difference between both, as a part of the second.

    Returns
    -------
    Code of the commune, and what is said of it, whose figures are expressions; empty where none is apart, lower or
    higher than all the others.
    """
    rates = _rates(lookup)
    if len(rates) < 2:
        return "", ""
    found, every = [], rates.values()
    all_persons, all_inhabitants = sum(one.persons for one in every), sum(one.inhabitants for one in every)
    lowest, next_lowest, *_ = ordered = sorted(one.shown for one in every)
    highest, next_highest = ordered[-1], ordered[-2]
    for code, rate in rates.items():
        persons, inhabitants = all_persons - rate.persons, all_inhabitants - rate.inhabitants
        below = rate.shown == lowest < next_lowest
        above = rate.shown == highest > next_highest
        if not (below or above) or not persons:
            continue
        expected = persons * rate.inhabitants / inhabitants
        large = max(rate.persons, expected) >= fewest and abs(rate.persons - expected) >= least_part * expected
        likely = chances.of_part(
            rate.persons, rate.persons + persons, rate.inhabitants / (rate.inhabitants + inhabitants)
        )
        if large and likely < chance / len(rates):
            found.append((likely, code))
    if not found:
        return "", ""
    code = min(found)[1]
    return code, _compared(code, rates) if lookup.shared else _words(code, rates)


def _rates(lookup: Lookup) -> Mapping[str, Rate]:
    """Give the rates of the communes whose inhabitants are known, in the order of the settings.

    Returns
    -------
    None of them in the edition to share where one is not exact: what is said compares with all.
    """
    rates = {}
    for code in lookup.service.commune_codes:
        places = (
            Reference("communes", code, TOTAL, lookup.year, SERVICE),
            Reference(TABLE, code, INHABITANTS, lookup.year, SERVICE),
            Reference(TABLE, code, COLUMN, lookup.year, SERVICE),
        )
        try:
            cells = [lookup.cell(place) for place in places]
        except SettingsError:
            continue
        if lookup.shared and any(cell.etat != OK for cell in cells):
            return {}
        if all(cell.etat == OK for cell in cells):
            persons, inhabitants, shown = (cell.valeur for cell in cells)
            rates[code] = Rate(round(persons), round(inhabitants), shown)
    return rates


def _words(code: str, rates: Mapping[str, Rate]) -> str:
    others = sorted((one.shown, other) for other, one in rates.items() if other != code)
    said = f'{{{{ accord({_figure(code)}, "jeune accompagné", "jeunes accompagnés") }}}}'
    low, high = (f"{{{{ {_figure(other)} }}}}" for other in (others[0][1], others[-1][1]))
    between = f"contre {low}" if others[0][0] == others[-1][0] else f"contre {low} à {high}"
    return f"{said} pour mille habitants, {between} {_elsewhere(rates)}"


def _compared(code: str, rates: Mapping[str, Rate]) -> str:
    fewer = rates[code].shown == min(one.shown for one in rates.values())
    return f"{'moins' if fewer else 'plus'} de jeunes accompagnés pour mille habitants que {_elsewhere(rates)}"


def _elsewhere(rates: Mapping[str, Rate]) -> str:
    return "dans l'autre commune" if len(rates) == 2 else "dans les autres communes"


def _figure(code: str) -> str:
    return f'chiffre("{TABLE}", "{code}", "{COLUMN}", territoire="{SERVICE}", decimales=1)'

"""How far a figure moved since another year, for the trends that texts type by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from rlpipeline.audit.prose.scan import EvolutionOf
from rlpipeline.audit.published import Figure, FigureKey

Find = Callable[[FigureKey], Figure | None]


def movement_by(find: Find) -> EvolutionOf:
    """Make the function that tells how far the figure of a bound span moved.

    Parameters
    ----------
    find
        Gives a figure of any year.

    Returns
    -------
    EvolutionOf
        Percent of the former value, points for a percentage; None where a figure is not wholly known, or was zero.
    """

    def moved(attributes: Mapping[str, str]) -> float | None:
        year = attributes.get("data-annee", "")
        if not year.isdigit() or attributes.get("data-comparable") == "non":
            return None
        since = attributes.get("data-depuis") or str(int(year) - 1)
        now, then = (_value(attributes, int(one), find) for one in (year, since))
        return None if now is None or then is None else _movement(now, then)

    return moved


def _movement(now: tuple[float, str], then: tuple[float, str]) -> float | None:
    if now[1] == "%":
        return now[0] - then[0]
    return 100 * (now[0] - then[0]) / abs(then[0]) if then[0] else None


def _value(attributes: Mapping[str, str], year: int, find: Find) -> tuple[float, str] | None:
    """Value and unit in a year; the percentage where the span is a part of something."""
    figure = _figure(attributes.get("data-ref", ""), attributes, year, find)
    if figure is None or figure.valeur is None or figure.etat != "ok":
        return None
    if "data-sur" not in attributes:
        return figure.valeur, figure.unite
    whole = _figure(attributes["data-sur"], attributes, year, find)
    if whole is None or whole.etat != "ok" or not whole.valeur:
        return None
    return 100 * figure.valeur / whole.valeur, "%"


def _figure(path: str, attributes: Mapping[str, str], year: int, find: Find) -> Figure | None:
    parts = [unquote(part) for part in path.split("/")]
    if len(parts) != 3:
        return None
    return find(FigureKey(parts[0], year, attributes.get("data-territoire", "service"), parts[1], parts[2]))

"""How far a figure moved since another year, for the trends that texts type by hand."""

from __future__ import annotations

from collections.abc import Mapping

from rlpipeline.audit.prose.scan import EvolutionOf
from rlpipeline.published import Figure, FigureKey
from rlpipeline.published.figures import Find, adding
from rlpipeline.published.page import reference_of

NUMBERS = frozenset({"ok", "arrondi"})
_Value = tuple[float, str, float]
"""Number, unit, most by which the exact one may differ."""


def movement_by(find: Find) -> EvolutionOf:
    """Make the function that tells how far the figure of a bound span moved.

    Parameters
    ----------
    find
        Gives a figure of any year.

    Returns
    -------
    EvolutionOf
        Percent of the former value, points for a percentage; None where a figure is not wholly known, or was zero, or
        where rounding alone could explain what moved.
    """

    def moved(attributes: Mapping[str, str]) -> float | None:
        year = attributes.get("data-annee", "")
        if not year.isdigit() or attributes.get("data-comparable") == "non":
            return None
        since = attributes.get("data-depuis") or str(int(year) - 1)
        now, then = (_value(attributes, int(one), adding(find)) for one in (year, since))
        return None if now is None or then is None else _movement(now, then)

    return moved


def _movement(now: _Value, then: _Value) -> float | None:
    if 0 < now[2] + then[2] >= abs(now[0] - then[0]):
        return None  # rounding alone could explain it
    if now[1] == "%":
        return now[0] - then[0]
    return 100 * (now[0] - then[0]) / abs(then[0]) if then[0] else None


def _value(attributes: Mapping[str, str], year: int, find: Find) -> _Value | None:
    """Value in a year; the percentage where the span is a part of something."""
    figure = _figure(attributes.get("data-ref", ""), attributes, year, find)
    if figure is None or figure.valeur is None or figure.etat not in NUMBERS:
        return None
    if "data-sur" not in attributes:
        return figure.valeur, figure.unite, figure.marge
    whole = _figure(attributes["data-sur"], attributes, year, find)
    if whole is None or whole.etat not in NUMBERS or not whole.valeur:
        return None
    margin = 100 * (figure.marge + whole.marge * figure.valeur / whole.valeur) / max(whole.valeur - whole.marge, 1)
    return 100 * figure.valeur / whole.valeur, "%", margin


def _figure(path: str, attributes: Mapping[str, str], year: int, find: Find) -> Figure | None:
    parts = reference_of(path)
    if parts is None:
        return None
    return find(FigureKey(parts[0], year, attributes.get("data-territoire", "service"), parts[1], parts[2]))

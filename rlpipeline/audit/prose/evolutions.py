"""How far the figure behind a ``span.rl-chiffre`` moved, from the published values of two years."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from rlpipeline.audit.prose.scan import EvolutionOf

ValueOf = Callable[[str, str, str, str, int], tuple[float, str] | None]
"""Value and unit of (indicator, line, column, territory, year); None unless wholly known."""


def evolution_between_years(value_of: ValueOf) -> EvolutionOf:
    """Build what ``scan_page`` asks: the evolution of a bound figure since ``data-depuis``, by default the year before.

    Returns
    -------
    A function of the data-* of a span: percent of the former value, points where the figure is a percentage (or a
    part), None where one of the two years is not known or the former value is zero.
    """

    def evolution_of(reference: Mapping[str, str]) -> float | None:
        year = reference.get("data-annee", "")
        if not year.isdigit():
            return None
        since = int(reference.get("data-depuis") or int(year) - 1)
        now, then = _figure(value_of, reference, int(year)), _figure(value_of, reference, since)
        if now is None or then is None:
            return None
        if now[1] == "%":
            return now[0] - then[0]
        return 100 * (now[0] - then[0]) / then[0] if then[0] else None

    return evolution_of


def _figure(value_of: ValueOf, reference: Mapping[str, str], year: int) -> tuple[float, str] | None:
    path, territory = _path(reference.get("data-ref", "")), reference.get("data-territoire", "service")
    if path is None:
        return None
    figure = value_of(*path, territory, year)
    if figure is None or reference.get("data-fonction") != "part":
        return figure
    over = _path(reference.get("data-sur", "")) or (path[0], "total", path[2])
    whole = value_of(*over, territory, year)
    return None if whole is None or not whole[0] else (100 * figure[0] / whole[0], "%")


def _path(written: str) -> tuple[str, str, str] | None:
    """Indicator, line and column of ``id/ligne/colonne``, where a slash inside a name is written %2F."""
    parts = [unquote(part) for part in written.split("/")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None

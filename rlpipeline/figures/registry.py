"""The registry: the indicators of every theme, in the order of the report.

To add an indicator: declare its :class:`~rlpipeline.figures.indicator.Indicator` in the module of its
theme, in that module's ``INDICATORS``. Figures, tables, method annex and tests all take it from here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from itertools import chain
from types import MappingProxyType

from rlpipeline.errors import UsageError
from rlpipeline.figures import (
    accompagnement,
    accompagnes,
    actions,
    convention,
    diagnostics,
    flux,
    mouvements,
    moyens,
    partenariat,
    rencontres,
    temps,
    territoires,
)
from rlpipeline.figures.convention import objectives
from rlpipeline.figures.indicator import Indicator, Look

THEMES = (
    territoires,
    moyens,
    temps,
    rencontres,
    accompagnes,
    convention,
    mouvements,
    flux,
    accompagnement,
    actions,
    partenariat,
    diagnostics,
)


def by_id(indicators: Iterable[Indicator]) -> Mapping[str, Indicator]:
    """Index indicators by their id, in the order given.

    Raises
    ------
    ValueError
        Two have the same id.
    """
    listed = tuple(indicators)
    index = {indicator.id: indicator for indicator in listed}
    if len(index) < len(listed):
        ids = [indicator.id for indicator in listed]
        raise ValueError(f"indicator declared twice: {sorted({one for one in ids if ids.count(one) > 1})}")
    return MappingProxyType(index)


_COUNTED = by_id(chain.from_iterable(theme.INDICATORS for theme in THEMES))
REGISTRY: Mapping[str, Indicator] = by_id(
    sorted([*_COUNTED.values(), objectives(_COUNTED)], key=lambda indicator: indicator.section)  # as they are printed
)

LOOKS: Mapping[str, Look] = {id: one.look for id, one in REGISTRY.items()}
"""How each table is shown."""
ACTION_TABLES = frozenset(id for id, indicator in REGISTRY.items() if indicator.axes == ("public", "action"))
"""Tables whose columns are actions, each of one commune and of one year."""


def find_indicator(indicator_id: str, indicators: Mapping[str, Indicator] | None = None) -> Indicator:
    """Look an indicator up, in the registry unless another is given.

    Raises
    ------
    UsageError
        There is none of that name; the message gives the nearest.
    """
    choices = REGISTRY if indicators is None else indicators
    if indicator_id in choices:
        return choices[indicator_id]
    near = difflib.get_close_matches(indicator_id, choices, n=1, cutoff=0)
    raise UsageError(
        f"Indicateur inconnu : {indicator_id!r}.",
        expected=", ".join(choices),
        todo=f"le plus proche est « {near[0]} »",
    )

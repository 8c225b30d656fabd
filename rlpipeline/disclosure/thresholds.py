"""Which numbers are too small to be shown, and which figures the reader would miss least."""

from __future__ import annotations

import difflib

import numpy as np

from rlpipeline.disclosure.unknowns import Bools, Floats, Registry, Unknown
from rlpipeline.errors import SettingsError
from rlpipeline.indicators.labels import AU_MOINS_UN, TOTAL
from rlpipeline.params import Disclosure, Service

ZERO_PRICE = 400.0
"""Of masking a zero: many are plain to anyone (no adult at primary school), so they hide nothing."""
GRAND_TOTAL_PRICE = 600.0
"""Of masking the number that a report is first opened for: many inner figures go before it."""
MARGIN_PRICE, TERRITORY_PRICE, INNER_PRICE = 8.0, 4.0, 2.0


def thresholds(registry: Registry, settings: Disclosure, service: Service) -> Floats:
    """Give the least number that may be shown exactly, for each unknown: a zero may, 1 to threshold − 1 may not.

    Raises
    ------
    SettingsError
        ``sensibles`` names a family of issues that the service does not have.
    """
    codes = sensitive_codes(settings, service)
    sensitive = [any(code in codes for _, code in one.filters) for one in registry.unknowns]
    return np.where(np.array(sensitive, dtype=bool), settings.seuil_sensible, settings.seuil).astype("float64")


def sensitive_codes(settings: Disclosure, service: Service) -> frozenset[str]:
    """List the sensitive families and their codes; a partner of that name (health) is as sensitive, family or not."""
    families = {family.code: family for family in service.problematiques}
    unknown = [name for name in settings.sensibles if name not in families]
    if unknown and settings.sensibles != Disclosure().sensibles:
        near = difflib.get_close_matches(unknown[0], families, n=1, cutoff=0)
        raise SettingsError(
            f"« {unknown[0]} » n'est pas une famille de problématiques du service.",
            where="service.yml, diffusion, sensibles",
            expected=", ".join(families),
            todo=f"la plus proche est « {near[0]} »",
        )
    chosen = [families[name] for name in settings.sensibles if name in families]
    codes = {one.code for family in chosen for one in family.codes}
    return frozenset({*settings.sensibles, *codes})


def prices(registry: Registry) -> Floats:
    """Say what masking each unknown would cost the reader: small and inner cells least, totals most.

    Returns
    -------
    Whole numbers, so that sums are compared exactly.
    """
    values = np.round(4 * np.log2(1 + registry.values))
    rank = np.array([_rank(one) for one in registry.unknowns], dtype="float64")
    territory = np.where(registry.of_service, 0.0, TERRITORY_PRICE)
    return np.where(registry.values == 0, ZERO_PRICE, INNER_PRICE + rank + territory + values)


def _rank(unknown: Unknown) -> float:
    codes = [code for _, code in unknown.filters]
    totals = sum(code in (TOTAL, AU_MOINS_UN) for code in codes)
    if totals == len(codes):
        return GRAND_TOTAL_PRICE
    margin = totals > 0 or len(codes) == 1
    return MARGIN_PRICE if margin else 0.0


def primary(registry: Registry, threshold: Floats) -> Bools:
    """Say which unknowns are too small to be shown: zero is published."""
    return np.asarray((registry.values > 0) & (registry.values < threshold))

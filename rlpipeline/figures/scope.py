"""What a count is about: a year, a territory, a service."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import pandas as pd

from rlpipeline.errors import UsageError
from rlpipeline.settings.models import Service

SERVICE, HORS, SANS_COMMUNE = "service", "hors", "sans_commune"


@dataclass(frozen=True)
class Scope:
    """Year and territory of a count.

    ``territory`` is the INSEE code of one of the service's communes, ``service``, ``hors`` (outside of them) or
    ``sans_commune`` (actions, requests and time of the service itself); UsageError where it is none of these.
    """

    year: int
    territory: str
    service: Service

    def __post_init__(self) -> None:
        """Refuse a territory that the service does not have, which would count zero everywhere."""
        if self.territory not in (SERVICE, HORS, SANS_COMMUNE) and self.territory not in self.service.commune_codes:
            codes = (SERVICE, *territories(self.service))
            near = difflib.get_close_matches(self.territory, codes, n=1, cutoff=0)
            raise UsageError(
                f"Territoire inconnu : {self.territory!r}.",
                expected=", ".join(codes),
                todo=f"le plus proche est « {near[0]} »",
            )

    @property
    def first_day(self) -> pd.Timestamp:
        """1 January of the year."""
        return pd.Timestamp(self.year, 1, 1)

    @property
    def last_day(self) -> pd.Timestamp:
        """31 December of the year."""
        return pd.Timestamp(self.year, 12, 31)

    @property
    def is_service(self) -> bool:
        """Whether the whole service is counted."""
        return self.territory == SERVICE


def territories(service: Service) -> tuple[str, ...]:
    """List the parts of the service: its communes in report order, then ``hors`` and ``sans_commune``."""
    return (*service.commune_codes, HORS, SANS_COMMUNE)


def territory_of_people(commune: pd.Series[str], codes: tuple[str, ...]) -> pd.Series[str]:
    """Give the territory of young people from their commune of residence: its code, ``hors`` for any other."""
    return commune.where(commune.isin(codes), HORS)


def territory_of_things(commune: pd.Series[str], codes: tuple[str, ...]) -> pd.Series[str]:
    """Give the same of actions, requests and time entries; ``sans_commune`` where the commune is empty."""
    return territory_of_people(commune, codes).mask(commune.isna(), SANS_COMMUNE)

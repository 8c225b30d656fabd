"""A publication in parts: the service's pages and notebooks, then those of each commune, each with its figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rlpipeline.published.model import Bundle

SERVICE = "service"
NOTEBOOKS = "notebooks/"


def territory_of(file: str) -> str:
    """The territory of a page or a notebook: « communes/62215-carvin.html » is 62215's."""
    if file.startswith(NOTEBOOKS):
        return file.split("/")[1]
    return SERVICE if "/" not in file else file.rpartition("/")[2].partition("-")[0]


@dataclass(frozen=True)
class Places:
    """The territories that have a part of their own, the service first; the others are the service's."""

    all: tuple[str, ...]

    @classmethod
    def of(cls, files: Iterable[str]) -> Places:
        """Those of the pages and notebooks."""
        found = {territory_of(file) for file in files}
        return cls((SERVICE, *sorted(found - {SERVICE})))

    def owner(self, territory: str) -> str:
        """The part that has the figures of a territory."""
        return territory if territory in self._known else SERVICE

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.all)


def borrowed(of_service: Sequence[Bundle], own: Sequence[Bundle], wanted: Iterable[str]) -> tuple[Bundle, ...]:
    """The service's tables for the figures of a territory whose chapters do not show them."""
    missing = set(wanted) - {bundle.id for bundle in own}
    return tuple(bundle for bundle in of_service if bundle.id in missing)

"""Whether a year may be compared with a former one, and what a text says where it may not."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps

from rlpipeline.display.prose import WORDED, Bound, Cell, Prose
from rlpipeline.errors import SettingsError
from rlpipeline.settings.models import ReportSettings, Rupture, Settings

CALCULE, PUBLIE = "calculé", "publié"
"""Origins of a former figure: counted from the records, or copied from a printed report."""
NATURES: Mapping[str, str] = {"definition": "de définition", "perimetre": "de périmètre", "source": "de source"}


@dataclass(frozen=True)
class Comparability:
    """What the settings of a year say of the years before it.

    Parameters
    ----------
    trusted
        Indicators whose printed figures were counted as they are now.
    """

    year: int
    ruptures: tuple[Rupture, ...] = ()
    trusted: frozenset[str] = frozenset()

    def reason(self, indicator: str, since: int, origin: str) -> str:
        """Say why the figures of a former year are not comparable; empty where they are."""
        return " ".join(self._reasons(indicator, since, origin))

    def _reasons(self, indicator: str, since: int, origin: str) -> Iterator[str]:
        for rupture in self.ruptures:
            first = self.year if rupture.annee is None else rupture.annee
            if indicator in rupture.indicateurs and since < first:
                yield _words(rupture.nature, rupture.raison)
        if origin == PUBLIE and indicator not in self.trusted:
            yield _words("source", f"chiffre publié dans le rapport imprimé de {since}, non recalculé")


def _words(nature: str, reason: str) -> str:
    return f"changement {NATURES[nature]}, {reason.strip().rstrip('.')}."


def comparability_of(settings: Settings) -> Comparability:
    """Read what ``rapport.yml`` declares."""
    report = settings.report
    return Comparability(settings.year, report.ruptures, frozenset(report.publies_comparables))


def check_comparability(settings: Settings, indicators: Collection[str]) -> None:
    """Hold what ``rapport.yml`` declares against the indicators that there are.

    Raises
    ------
    SettingsError
        It names an indicator that does not exist; the message gives the nearest.
    """
    for key, name in _named(settings.report):
        if name not in indicators:
            near = difflib.get_close_matches(name, indicators, n=1, cutoff=0)[0]
            raise SettingsError(
                "Indicateur inconnu dans les paramètres de l'année.",
                where=f"{settings.report_path}, {key}",
                got=name,
                todo=f"écrire {near}, s'il s'agit de lui",
            )


def _named(report: ReportSettings) -> Iterator[tuple[str, str]]:
    for index, rupture in enumerate(report.ruptures):
        yield from ((f"ruptures.{index}.indicateurs", name) for name in rupture.indicateurs)
    yield from (("publies_comparables", name) for name in report.publies_comparables)


def _always(indicator: str, since: int, territory: str) -> bool:
    return True


@dataclass(frozen=True)
class ComparedProse(Prose):
    """The functions of a text, which do not compare what is not comparable.

    Parameters
    ----------
    comparable
        Whether an indicator may be compared with a former year, for a territory.
    """

    comparable: Callable[[str, int, str], bool] = field(default=_always)

    @property
    def functions(self) -> Mapping[str, Callable[..., Bound]]:
        """What a text may call, by name."""
        compared = {name: self._decent(getattr(self, name)) for name in ("evolution", *sorted(WORDED))}
        return {**super().functions, **compared}

    def _decent(self, function: Callable[..., Bound]) -> Callable[..., Bound]:
        """Say « non comparable à 2022 », or the author's own words, where that is so."""

        @wraps(function)
        def compare(*args: object, **options: object) -> Bound:
            bound = function(*args, **options)
            since = bound.how["depuis"]
            if not isinstance(since, int) or self._may_compare(bound, since):
                return bound
            words = str(bound.how.get("sinon") or f"non comparable à {since}")
            unknown = Cell(math.nan, bound.cell.unite if bound.cell else "", "nc")
            return replace(bound, words=words, cell=unknown, how={**bound.how, "comparable": "non"})

        return compare

    def _may_compare(self, bound: Bound, since: int) -> bool:
        of = bound.reference
        if of is None:
            return True
        whole = str(bound.how.get("sur") or "").partition("/")[0]  # a part compares its whole too
        return all(self.comparable(name, since, of.territory) for name in {of.indicator, whole or of.indicator})

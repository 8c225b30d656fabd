"""The official communes, with their intercommunal bodies and départements: found by code, name or postal code."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rlpipeline.settings.communes import name_key
from rlpipeline.settings.models import Commune

VINTAGE = 2026
"""Year on whose first day the list holds."""

_ARTICLE = re.compile(r"^(?:LE|LA|LES|L) | \(?(?:LE|LA|LES|L)\)?$")


@dataclass(frozen=True)
class OfficialCommune:
    """A commune of the list: its INSEE code, its name, the SIREN of its EPCI and its postal codes, parted by spaces."""

    code: str
    name: str
    epci: str
    postal: str = ""

    @property
    def departement(self) -> str:
        """Number of its département."""
        return departement_of(self.code)

    @property
    def region(self) -> str:
        """Name of its region; that of the collectivity itself overseas."""
        return _departements().get(self.departement, ("", self.departement))[1]

    @property
    def settled(self) -> Commune:
        """The commune as the settings hold it."""
        return Commune(code=self.code, nom=self.name)


def departement_of(code: str) -> str:
    """Number of the département of an INSEE code."""
    return code[: 3 if code.startswith(("97", "98")) else 2]


def departement_name(number: str) -> str:
    """Name of a département; its number where it has none."""
    return _departements().get(number, (number, ""))[0]


@cache
def official_communes() -> tuple[OfficialCommune, ...]:
    """Every commune, by code; the arrondissements of Paris, Lyon and Marseille are among them."""
    return tuple(OfficialCommune(*row) for row in _rows("communes.csv"))


@cache
def by_code() -> Mapping[str, OfficialCommune]:
    """INSEE code to commune."""
    return {one.code: one for one in official_communes()}


@cache
def whole_of() -> Mapping[str, str]:
    """Code of a former, delegated or associated commune, or of an arrondissement, to that of its present commune."""
    return {code: whole for code, _, whole in _rows("parts.csv")}


@cache
def by_postal_code() -> Mapping[str, tuple[OfficialCommune, ...]]:
    """Postal code to its communes."""
    return _grouped((postal, one) for one in official_communes() for postal in one.postal.split())


def communes_named(name: str) -> tuple[OfficialCommune, ...]:
    """The communes that bear a name: present ones, else those that hold a part or a former commune of that name.

    Case, accents, hyphens, and ways to shorten « Saint » and « sur » make no difference, nor does a missing article
    where no commune bears the name without it.
    """
    key = name_key(name)
    by_name, by_name_of_part, by_name_without_article = _names()
    return by_name.get(key) or by_name_of_part.get(key) or by_name_without_article.get(_ARTICLE.sub("", key), ())


@cache
def _names() -> tuple[Mapping[str, tuple[OfficialCommune, ...]], ...]:
    named = [(name_key(commune.name), commune) for commune in official_communes()]
    of_parts = ((name_key(name), by_code()[whole]) for _, name, whole in _rows("parts.csv") if name)
    return _grouped(named), _grouped(of_parts), _grouped((_ARTICLE.sub("", key), commune) for key, commune in named)


def _grouped(pairs: Iterable[tuple[str, OfficialCommune]]) -> Mapping[str, tuple[OfficialCommune, ...]]:
    groups: dict[str, dict[OfficialCommune, None]] = defaultdict(dict)
    for key, one in pairs:
        groups[key][one] = None
    return {key: tuple(group) for key, group in groups.items()}


@cache
def epci_names() -> Mapping[str, str]:
    """SIREN of an intercommunal body to its name."""
    return {row[0]: row[1] for row in _rows("epci.csv")}


@cache
def _departements() -> Mapping[str, tuple[str, str]]:
    """Number of a département to its name and region."""
    return {code: (name, region) for code, name, region in _rows("departements.csv")}


def _rows(name: str) -> Iterator[list[str]]:
    source = resources.files("rlpipeline.records").joinpath("data", name)
    rows = csv.reader(source.read_text(encoding="utf-8").splitlines())
    next(rows)
    yield from rows

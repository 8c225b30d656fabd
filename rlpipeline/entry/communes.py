"""The communes of France and their intercommunal bodies: found by code or by name, without a network."""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rlpipeline.errors import UsageError
from rlpipeline.params import Commune, Epci

VINTAGE = 2026
"""Year on whose first day the list holds."""

SHOWN = 8
_LIGATURES = str.maketrans({"Œ": "OE", "Æ": "AE", "-": " ", "'": " ", "’": " "})


@dataclass(frozen=True)
class OfficialCommune:
    """A commune of the list.

    Parameters
    ----------
    code, name
        INSEE code and name.
    epci
        SIREN of its intercommunal body, empty where it has none.
    """

    code: str
    name: str
    epci: str

    @property
    def departement(self) -> str:
        """Number of its département."""
        return self.code[: 3 if self.code.startswith(("97", "98")) else 2]

    @property
    def region(self) -> str:
        """Name of its region; that of the collectivity itself overseas."""
        return _departements().get(self.departement, ("", self.departement))[1]

    @property
    def settled(self) -> Commune:
        """The commune as the settings hold it."""
        return Commune(code=self.code, nom=self.name)


@cache
def official_communes() -> tuple[OfficialCommune, ...]:
    """Every commune, by code; the arrondissements of Paris, Lyon and Marseille are among them."""
    return tuple(OfficialCommune(*row) for row in _rows("communes.csv"))


@cache
def _epci_names() -> dict[str, str]:
    return {row[0]: row[1] for row in _rows("epci.csv")}


@cache
def _departements() -> dict[str, tuple[str, str]]:
    """Number of a département to its name and region."""
    return {code: (name, region) for code, name, region in _rows("departements.csv")}


def communes_around(codes: Sequence[str]) -> tuple[OfficialCommune, ...]:
    """The communes of the regions of these; all of France where none of them is in the list."""
    regions = {one.region for one in official_communes() if one.code in codes}
    return tuple(one for one in official_communes() if not regions or one.region in regions)


def _rows(name: str) -> Iterator[list[str]]:
    source = resources.files("rlpipeline.entry").joinpath("data", name)
    rows = csv.reader(source.read_text(encoding="utf-8").splitlines())
    next(rows)
    yield from rows


def plain(name: str) -> str:
    """The name in capitals, without accents or hyphens, as people type it to look it up."""
    decomposed = unicodedata.normalize("NFKD", name.upper().translate(_LIGATURES))
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def find_communes(words: Sequence[str], departement: str | None = None) -> tuple[OfficialCommune, ...]:
    """The communes of these codes or names, once each, in the order given.

    Parameters
    ----------
    departement
        Where several communes bear a name, those of this département are meant; else of that of the others.

    Raises
    ------
    UsageError
        A word is neither a code nor a name, or several communes bear the name.
    """
    candidates = [_candidates(word) for word in words]
    sure = {several[0].departement for several in candidates if len(several) == 1}
    around = departement or (sure.pop() if len(sure) == 1 else None)
    chosen = [_only(word, several, around) for word, several in zip(words, candidates, strict=True)]
    return tuple(dict.fromkeys(chosen))


def _candidates(word: str) -> list[OfficialCommune]:
    """What the word may mean, never nothing."""
    wanted = plain(word)
    found = [one for one in official_communes() if one.code == word.strip().upper()]
    found = found or [one for one in official_communes() if plain(one.name) == wanted]
    if found:
        return found
    near = [one for one in official_communes() if wanted and wanted in plain(one.name)]
    near = near or _alike(wanted)
    raise UsageError(
        "Cette commune n'est pas dans la liste officielle.",
        where="--commune",
        expected='un code INSEE (62215) ou un nom entier (Carvin, "Évin-Malmaison")',
        got=f"« {word} »",
        todo=f"choisir parmi {_listed(near)}" if near else "corriger le nom ; un code postal n'est pas un code INSEE",
    )


def _alike(wanted: str) -> list[OfficialCommune]:
    """The communes whose names resemble this one, the nearest first."""
    names = sorted({plain(one.name) for one in official_communes()})
    rank = {name: place for place, name in enumerate(difflib.get_close_matches(wanted, names, SHOWN))}
    found = [one for one in official_communes() if plain(one.name) in rank]
    return sorted(found, key=lambda one: rank[plain(one.name)])


def _only(word: str, several: Sequence[OfficialCommune], departement: str | None) -> OfficialCommune:
    here = [one for one in several if one.departement == departement] or several
    if len(here) == 1:
        return here[0]
    raise UsageError(
        f"{len(here)} communes portent ce nom.",
        where="--commune",
        got=f"« {word} »",
        todo=f"donner le code de la bonne, ou --departement : {_listed(here)}",
    )


def _listed(communes: Sequence[OfficialCommune]) -> str:
    shown = ", ".join(f"{one.name} ({one.code})" for one in communes[:SHOWN])
    return shown + (f"… et {len(communes) - SHOWN} autres" if len(communes) > SHOWN else "")


def epci_of(communes: Sequence[OfficialCommune]) -> Epci | None:
    """The intercommunal body that all the communes belong to, None where they share none."""
    codes = {one.epci for one in communes}
    code = codes.pop() if len(codes) == 1 else ""
    return Epci(code=code, nom=_epci_names()[code]) if code else None

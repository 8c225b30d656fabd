"""The place of a row: the code of a commune or its name, ``hors``, an intercommunal body, a priority neighbourhood."""

import csv
import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from rlpipeline import french
from rlpipeline.characters import name_key
from rlpipeline.records.names import label_key
from rlpipeline.records.tables import OUTSIDE, Unread, said
from rlpipeline.settings.models import Commune, Epci, Qpv, Service

VINTAGE = 2026  # year on whose first day the official list holds
OUTSIDE_LABEL = "Hors des communes du service"
SHOWN = 8
LENGTH = 5  # of a code
_ARTICLE = re.compile(r"^(?:LE|LA|LES|L) | \(?(?:LE|LA|LES|L)\)?$")
_INSEE = re.compile(r"(?:0[1-9]|[1-8]\d|9[0-5]|97|98|99|2[AB])\d{3}", re.ASCII)
_SIREN_OR_QPV = re.compile(r"\d{9}|Q[NP][0-9A-Z]{6}", re.ASCII)
_SHORT_INSEE = re.compile(r"[1-9]\d{3}", re.ASCII)


class OfficialCommune(NamedTuple):
    """A commune of the list: its INSEE code, its name, the SIREN of its EPCI and its postal codes, parted by spaces."""

    code: str
    name: str
    epci: str
    postal: str = ""

    @property
    def departement(self) -> str:
        """Number of its département."""
        return self.code[: 3 if self.code.startswith(("97", "98")) else 2]

    @property
    def region(self) -> str:
        """Name of its region; that of the collectivity itself overseas."""
        return _departements().get(self.departement, ("", self.departement))[1]


@cache
def _rows(name: str) -> list[list[str]]:
    source = resources.files("rlpipeline.records").joinpath("data", name)
    return [*csv.reader(source.read_text(encoding="utf-8").splitlines())][1:]


@cache
def official_communes() -> tuple[OfficialCommune, ...]:
    """Every commune, by code; the arrondissements of Paris, Lyon and Marseille are among them."""
    return tuple(OfficialCommune(*row) for row in _rows("communes.csv"))


@cache
def by_code() -> Mapping[str, OfficialCommune]:
    """INSEE code to commune."""
    return {commune.code: commune for commune in official_communes()}


@cache
def _wholes() -> Mapping[str, str]:
    return {
        code: whole for code, _, whole in _rows("parts.csv")
    }  # of what is, or was, a part of a commune


@cache
def epci_names() -> Mapping[str, str]:
    """SIREN of an intercommunal body to its name."""
    return {siren: name for siren, name, *_ in _rows("epci.csv")}


@cache
def _departements() -> Mapping[str, tuple[str, str]]:
    return {code: (name, region) for code, name, region in _rows("departements.csv")}


def communes_named(name: str) -> tuple[OfficialCommune, ...]:
    """The communes that bear a name, else hold a part or a former one of that name, else bear it after an article."""
    key = name_key(name)
    named, of_parts, bare = _names()
    return named.get(key) or of_parts.get(key) or bare.get(_ARTICLE.sub("", key), ())


@cache
def _names() -> tuple[Mapping[str, tuple[OfficialCommune, ...]], ...]:
    named = [(name_key(commune.name), commune) for commune in official_communes()]
    of_parts = [(name_key(name), by_code()[whole]) for _, name, whole in _rows("parts.csv") if name]
    every: tuple[dict[str, tuple[OfficialCommune, ...]], ...] = ({}, {}, {})
    bare = [(_ARTICLE.sub("", key), commune) for key, commune in named]
    for groups, pairs in zip(every, (named, of_parts, bare), strict=True):
        for key, commune in dict.fromkeys(pairs):
            groups[key] = (*groups.get(key, ()), commune)
    return every


def read_commune(text: str, service: Service, suggests: bool = True) -> str | Unread:
    """The INSEE code of a commune written so or by its name, the service's own first, or ``hors``. To look for the
    nearest name of one that is not known, as it ``suggests``, is long."""
    if label_key(text) in (label_key(OUTSIDE), label_key(OUTSIDE_LABEL)):
        return OUTSIDE
    expected = "code INSEE (62215, 2A004) ou nom de commune, ou hors, attendu"
    return _read_place(text, service, expected, suggests, "E103 outside")


def read_territory(text: str, service: Service, suggests: bool = True) -> str | Unread:
    """The code or the name of a commune (INSEE), of an EPCI (SIREN) or of a priority neighbourhood (QPV)."""
    code = text.upper().removesuffix(".0")  # as of a column of numbers
    if _SIREN_OR_QPV.fullmatch(code):
        return code
    own: list[Commune | Qpv | Epci] = [*service.communes, *service.qpv]
    if service.epci:
        own.append(service.epci)
    named = [place.code for place in own if name_key(place.nom) == name_key(text)]
    if len(named) == 1:
        return named[0]
    if named:
        return Unread.of("E103 territories", codes=", ".join(named))
    expected = "code INSEE (62215), SIREN d'un EPCI (246200299), code d'un QPV (QP062044) ou nom de l'un d'eux attendu"
    return _read_place(text, service, expected, suggests, "E103")


def _read_place(
    text: str, service: Service, expected: str, suggests: bool, unknown: str
) -> str | Unread:
    """The code of a commune by its code or its name. ``unknown`` is the sentence of a name that
    none is near to, ``suggests`` whether the nearest is looked for."""
    code = text.upper().removesuffix(".0")
    if code in service.commune_codes:
        return code
    if _INSEE.fullmatch(code):
        return code if code in by_code() or code in _wholes() else _no_commune(code, service)
    if _SHORT_INSEE.fullmatch(code):
        return Unread.of("E104", code=code)
    found = _named(text, service)
    if len(found) == 1:
        return found[0].code
    if found:
        return Unread.of("E103 namesakes", number=len(found), listed=_listed(found))
    near = _nearest_name(name_key(text), service) if suggests else None
    hint = f", le plus proche est « {near} »" if near else ""
    return Unread.of("E103" if near else unknown, expected=f"{expected}{hint}")


def _named(text: str, service: Service) -> Sequence[OfficialCommune]:
    """The communes of a name: the service's own where it has some, else all."""
    key = name_key(text)
    own = [commune for commune in service.communes if name_key(commune.nom) == key]
    if len(own) == 1:
        return [OfficialCommune(own[0].code, own[0].nom, "")]
    every = communes_named(text)
    return [commune for commune in every if commune.code in service.commune_codes] or every


def _nearest_name(key: str, service: Service) -> str | None:
    """The name of the commune of the service, or of its département, that is written most alike."""
    every = official_communes()
    around = (commune for commune in every if commune.departement == service.departement)
    spelt = {name_key(commune.name): commune.name for commune in around}
    spelt |= {name_key(commune.nom): commune.nom for commune in service.communes}
    near = _nearest(key, spelt)
    return spelt[near] if near else None


def _no_commune(code: str, service: Service) -> Unread:
    """What is said of a code that is no commune's: that of a post office, or what it is near to."""
    places = [commune for commune in official_communes() if code in commune.postal]
    if places:
        own = [commune for commune in places if commune.code in service.commune_codes] or places
        return Unread.of("E103 postal", code=code, of=french.de(_listed(own)))
    return Unread.of("E103 none", code=code, hint=_hint_of_code(code, service))


def _hint_of_code(code: str, service: Service) -> str:
    """The commune of the service, else of the département, whose code is nearest."""
    departement = OfficialCommune(code, "", "").departement
    every = official_communes()
    around = {place.code: place.name for place in every if place.departement == departement}
    own = service.commune_names
    near = _nearest(code, own) or _nearest(code, around)
    if near is None:
        return "hors de France, écrire hors"
    return f"le plus proche est « {near} » ({(around | own)[near]})"


def _nearest(word: str, words: Collection[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, words, 1, 0.75)), None)


def _listed(communes: Sequence[OfficialCommune]) -> str:
    """Communes with their codes and départements; of many, the first and how many others."""
    named = [f"{commune.name} ({commune.code}, {_departement_of(commune)})" for commune in communes]
    more = f"… et {len(named) - SHOWN} autres" if len(named) > SHOWN else ""
    return ", ".join(named[:SHOWN]) + more


def _departement_of(commune: OfficialCommune) -> str:
    """The name of its département, its number where it has none."""
    return _departements().get(commune.departement, (commune.departement,))[0]


def doubtful(code: str, service: Service) -> str | None:
    """Why the code of a commune outside the service may stand for one of the service's; None where it cannot."""
    if code in (*service.commune_codes, OUTSIDE) or len(code) != LENGTH:
        return None
    for own in service.communes:
        what = _may_be(code, own)
        if what:
            name = f" {french.de(by_code()[code].name)}" if code in by_code() else ""
            return said("P211", code=code, of=name, what=what, own=own.code)
    return None


def _may_be(code: str, own: Commune) -> str | None:
    """Why a code may stand for a commune of the service: a postal code, a part of it or its whole."""
    wholes, official = _wholes(), by_code().get(own.code)
    if official and code in official.postal.split():
        return f"est aussi le code postal {french.de(own.nom)}"
    if own.code == wholes.get(code):
        return f"désigne une partie ou une ancienne commune {french.de(own.nom)}"
    if code == wholes.get(own.code):
        return f"désigne l'ensemble dont {own.nom} est une partie"
    return None

"""The place of a row: the code of a commune or its name, ``hors``, an intercommunal body, a priority neighbourhood."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from functools import cache

from rlpipeline.records import official_communes as official
from rlpipeline.records.dates import Unread
from rlpipeline.records.labels import label_key
from rlpipeline.records.official_communes import OfficialCommune
from rlpipeline.records.schema import OUTSIDE
from rlpipeline.settings.communes import elides, name_key
from rlpipeline.settings.models import Service

OUTSIDE_LABEL = "Hors des communes du service"
SHOWN = 8
_INSEE = re.compile(r"(?:0[1-9]|[1-8]\d|9[0-5]|97|98|99|2[AB])\d{3}", re.ASCII)
_SIREN = re.compile(r"\d{9}", re.ASCII)
_QPV = re.compile(r"Q[NP][0-9A-Z]{6}", re.ASCII)
_WHOLE = re.compile(r"(\d+)\.0+", re.ASCII)
_SHORT_INSEE = re.compile(r"[1-9]\d{3}", re.ASCII)


def read_commune(text: str, service: Service, suggests: bool = True) -> str | Unread:
    """The INSEE code of a commune written so or by its name, or ``hors``.

    A name that several communes bear is the service's own. Looking for the nearest name of one that is not known, to
    suggest it, is long.
    """
    if label_key(text) in (label_key(OUTSIDE), label_key(OUTSIDE_LABEL)):
        return OUTSIDE
    expected = "code INSEE (62215, 2A004) ou nom de commune, ou hors, attendu"
    read = _read_place(text, service, expected, suggests)
    if isinstance(read, Unread) and read.message.startswith(f"{expected} ;"):
        return Unread(read.code, f"{expected} ; sans domicile, ou d'une commune à l'étranger : écrire hors.")
    return read


def read_territory(text: str, service: Service, suggests: bool = True) -> str | Unread:
    """The code or the name of a commune (INSEE), of an EPCI (SIREN) or of a priority neighbourhood (QPV)."""
    code = _unfloated(text).upper()
    if _SIREN.fullmatch(code) or _QPV.fullmatch(code):
        return code
    places = [(one.code, one.nom) for one in service.communes] + [(one.code, one.nom) for one in service.qpv]
    places += [(service.epci.code, service.epci.nom)] if service.epci else []
    named = [code for code, name in places if name_key(name) == name_key(text)]
    if len(named) == 1:
        return named[0]
    if named:
        return Unread("E103", f"plusieurs territoires du service portent ce nom ; écrire le code ({', '.join(named)}).")
    expected = "code INSEE (62215), SIREN d'un EPCI (246200299), code d'un QPV (QP062044) ou nom de l'un d'eux attendu"
    return _read_place(text, service, expected, suggests)


def _read_place(text: str, service: Service, expected: str, suggests: bool) -> str | Unread:
    code = _unfloated(text).upper()
    if code in service.commune_codes:
        return code
    if _INSEE.fullmatch(code):
        return code if code in official.by_code() or code in official.whole_of() else _no_commune(code, service)
    if _SHORT_INSEE.fullmatch(code):
        return Unread(
            "E104",
            f"code à quatre chiffres : soit « 0{code} », dont un tableur a ôté le zéro, soit un code dont il manque le "
            f"dernier chiffre (« {code}0 » à « {code}9 ») ; écrire les cinq chiffres dans une cellule au format texte.",
        )
    return _named(text, service, expected, suggests)


def _no_commune(code: str, service: Service) -> Unread:
    """Why the code is none, with what it may stand for."""
    places = official.by_postal_code().get(code, ())
    if places:
        own = [one for one in places if one.code in service.commune_codes] or places
        return Unread(
            "E103",
            f"« {code} » n'est le code INSEE d'aucune commune : c'est un code postal, celui {_of(_listed(own))} ; "
            "écrire le code INSEE ou le nom de la commune.",
        )
    communes = {commune.code: commune.name for commune in official.official_communes()}
    around = [other for other in communes if official.departement_of(other) == official.departement_of(code)]
    near = _nearest(code, service.commune_codes) or _nearest(code, around)
    names = communes | {commune.code: commune.nom for commune in service.communes}
    hint = f"le plus proche est « {near} » ({names[near]})" if near else "hors de France, écrire hors"
    return Unread("E103", f"« {code} » n'est le code d'aucune commune, présente ou ancienne ; {hint}.")


def _nearest(word: str, words: Collection[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, words, 1, 0.75)), None)


def _named(text: str, service: Service, expected: str, suggests: bool) -> str | Unread:
    key = name_key(text)
    own = [one.code for one in service.communes if name_key(one.nom) == key]
    if len(own) == 1:
        return own[0]
    several = official.communes_named(text)
    here = [one for one in several if one.code in service.commune_codes] or several
    if len(here) == 1:
        return here[0].code
    if several:
        return Unread("E103", f"{len(here)} communes portent ce nom ; écrire le code INSEE : {_listed(here)}.")
    spelt = {**names_around(service.departement), **{name_key(one.nom): one.nom for one in service.communes}}
    near = _nearest(key, spelt) if suggests else None
    hint = f", le plus proche est « {spelt[near]} »" if near else ""
    return Unread("E103", f"{expected}{hint} ; corriger la cellule.")


@cache
def names_around(departement: str) -> dict[str, str]:
    """Give the keys of the names of a département's communes, to the names."""
    around = (one.name for one in official.official_communes() if one.departement == departement)
    return {name_key(name): name for name in around}


def _listed(communes: Sequence[OfficialCommune]) -> str:
    departements = (official.departement_name(commune.departement) for commune in communes)
    named = [f"{commune.name} ({commune.code}, {of})" for commune, of in zip(communes, departements, strict=True)]
    return ", ".join(named[:SHOWN]) + (f"… et {len(named) - SHOWN} autres" if len(named) > SHOWN else "")


def _of(name: str) -> str:
    return f"d'{name}" if elides(name) else f"de {name}"


def _unfloated(text: str) -> str:
    match = _WHOLE.fullmatch(text)
    return match.group(1) if match else text


def doubtful(code: str, service: Service) -> str | None:
    """Why the code of a commune outside the service may stand for one of the service's; None where it cannot.

    It is the postal code of one of the service's, or that of a part of it, or of what it is a part of.
    """
    if code in service.commune_codes or code == OUTSIDE or len(code) != len("62215"):
        return None
    communes, whole_of = official.by_code(), official.whole_of()
    for own in service.communes:
        if own.code in communes and code in communes[own.code].postal.split():
            what = f"est aussi le code postal {_of(own.nom)}"
        elif own.code == whole_of.get(code):
            what = f"désigne une partie ou une ancienne commune {_of(own.nom)}"
        elif code == whole_of.get(own.code):
            what = f"désigne l'ensemble dont {own.nom} est une partie"
        else:
            continue
        name = f" {_of(communes[code].name)}" if code in communes else ""
        return (
            f"Le code {code}{name}, hors des communes du service, {what} ({own.code}) : écrire {own.code} s'il s'agit "
            "d'elle ; sinon l'accepter dans plausibilite.yml."
        )
    return None

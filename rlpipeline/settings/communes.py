"""Names of communes, however they are typed; the commune of the service that is meant."""

import difflib
import re
from functools import cache
from importlib import resources

from rlpipeline.characters import unaccented
from rlpipeline.errors import UsageError
from rlpipeline.settings.models import Service

_HYPHENS = str.maketrans("-'’", "   ")
_SHORTENED = {"ST": "SAINT", "STE": "SAINTE"}
_BESIDE = re.compile(r"(?<=[ /])S/ *| ?/S ")
_ARRONDISSEMENT = re.compile(r"(PARIS|LYON|MARSEILLE) 0?(\d{1,2}) ?(?:ER|E|EME|ND|NDE)?(?: ARR(?:ONDISSEMENT)?\.?)?")


def plain(name: str) -> str:
    """The name in capitals, without accents or hyphens, as people type it to look it up."""
    return " ".join(unaccented(name.translate(_HYPHENS)).upper().split())


def name_key(name: str) -> str:
    """The same for « St-Nazaire » and « Saint Nazaire », « Paris 12e » and « Paris 12e Arrondissement »."""
    words = _BESIDE.sub(" SUR ", plain(name)).split()
    key = " ".join(_SHORTENED.get(word.rstrip("."), word) for word in words)
    part = _ARRONDISSEMENT.fullmatch(key)
    return f"{part[1]} {part[2]}" if part else key


def elides(name: str) -> bool:
    """Whether « de » is elided before a name: « d'Oignies », « d'Hénin-Beaumont », but « de Harnes »."""
    first = plain(name)[:1]
    return first in {*"AEIOUY"} or (first == "H" and name not in _with_aspirated_h())


@cache
def _with_aspirated_h() -> frozenset[str]:
    listed = resources.files("rlpipeline.settings").joinpath("h_aspires.txt").read_text(encoding="utf-8")
    return frozenset(listed.splitlines())


def own_commune(given: str | float, service: Service) -> str:
    """Give the INSEE code of a commune of the service, from its code, as a number too, or its name; else UsageError."""
    text = f"{given:05.0f}" if isinstance(given, int | float) else str(given).strip()
    if text.upper() in service.commune_codes:
        return text.upper()
    own = {name_key(commune.nom): commune for commune in service.communes}
    if name_key(text) in own:
        return own[name_key(text)].code
    near = difflib.get_close_matches(name_key(text), own, 1)
    raise UsageError(
        "Cette commune n'est pas de celles du service.",
        expected=", ".join(f"{commune.nom} ({commune.code})" for commune in service.communes),
        got=text,
        todo=f"écrire « {own[near[0]].nom} »" if near else "donner le nom ou le code de l'une d'elles",
    )

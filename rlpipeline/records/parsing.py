"""One cell read by the nature of its column: codes, places, numbers, oui/non."""

from __future__ import annotations

import difflib
import math
import re

from rlpipeline.records.dates import Unread
from rlpipeline.records.names import simplified
from rlpipeline.records.schema import Column
from rlpipeline.records.schema_columns import OUTSIDE

INSEE = re.compile(r"(?:0[1-9]|[1-8]\d|9[0-5]|97|98|99|2[AB])\d{3}", re.ASCII)
_SIREN = re.compile(r"\d{9}", re.ASCII)
_QPV = re.compile(r"Q[NP][0-9A-Z]{6}", re.ASCII)
_WHOLE = re.compile(r"(\d+)\.0+", re.ASCII)
_SHORT_INSEE = re.compile(r"[1-9]\d{3}", re.ASCII)
# \s holds every space that a keyboard or a spreadsheet puts between thousands, the narrow no-break one included.
_NUMBER = re.compile(r"([-+−]?)(\d+|\d{1,3}(?:\s\d{3})+)(?:[.,](\d+))?")
NOT_COMMUNICATED = "nc"
MAX_LISTED = 12


def read_number(text: str, column: Column) -> float | Unread:
    """A decimal number, NaN for NC.

    Notes
    -----
    Decimals follow a point or a comma; thousands may be parted by any one space.
    """
    if text.casefold() == NOT_COMMUNICATED:
        return math.nan
    found = _NUMBER.fullmatch(text)
    if not found or not _only_spaces_beyond_ascii(text):
        return Unread("E101", _number_hint(text))
    sign, whole, decimals = found.groups()
    value = float(f"{''.join(whole.split())}.{decimals or 0}")
    return _within_bounds(-value if sign in ("-", "−") and value else value, column)


def _only_spaces_beyond_ascii(text: str) -> bool:
    return all(char.isascii() or char.isspace() or char == "−" for char in text)


def _within_bounds(value: float, column: Column) -> float | Unread:
    low, high = column.minimum, column.maximum
    if not math.isfinite(value):
        return Unread("E106", "nombre trop grand pour être vrai ; corriger la cellule.")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"au moins {low:g}" if high is None else f"entre {low:g} et {high:g}"
        return Unread("E106", f"nombre attendu : {bounds} ; corriger la cellule, ou la vider si le nombre est inconnu.")
    if column.whole and not value.is_integer():
        return Unread("E106", "nombre entier attendu : cette colonne compte ; corriger la cellule.")
    return value


def _number_hint(text: str) -> str:
    expected = "nombre attendu comme 1055,5 ou 1 055,5, ou NC ; "
    if re.search(r"\d\s*[hH:]\s*\d{2}", text):
        return f"{expected}écrire une durée en heures et dixièmes (1,5 pour 1 h 30)."
    if re.search(r"[%€]|eur", text, re.IGNORECASE):
        return f"{expected}écrire le nombre sans son unité."
    if re.search(r"\d[.,]\d{3}[.,]\d", text):
        return f"{expected}séparer les milliers par une espace ou par rien."
    return f"{expected}corriger la cellule, ou la vider si le nombre est inconnu."


def read_flag(text: str) -> bool | Unread:
    """``oui`` or ``non``, in any case."""
    answers = {"oui": True, "non": False}
    if text.casefold() in answers:
        return answers[text.casefold()]
    return Unread("E101", "oui ou non attendu ; corriger la cellule.")


def read_code(text: str, codes: tuple[str, ...], families: tuple[str, ...] = ()) -> str | Unread:
    """One of the codes of the column."""
    if text in codes:
        return text
    if text in families:
        return Unread("E103", f"« {text} » est une famille ; choisir l'une des problématiques de cette famille.")
    if text.casefold() == NOT_COMMUNICATED:
        return Unread("E103", f"NC ne s'écrit que dans une colonne de nombres ; {_expected_codes(text, codes)}.")
    return Unread("E103", f"{_expected_codes(text, codes)} ; corriger la cellule.")


def _expected_codes(text: str, codes: tuple[str, ...]) -> str:
    alike = {simplified(code): code for code in codes}
    near = difflib.get_close_matches(simplified(text), list(alike), n=1, cutoff=0.6)
    listed = (
        f"code attendu parmi {', '.join(codes)}" if len(codes) <= MAX_LISTED else "code attendu de la liste du service"
    )
    return f"{listed}{f', le plus proche est « {alike[near[0]]} »' if near else ''}"


def read_commune(text: str) -> str | Unread:
    """An INSEE code of five characters, or ``hors``; ``62215.0`` is the code that a tool made a number of."""
    code = _unfloated(text)
    if code == OUTSIDE or INSEE.fullmatch(code):
        return code
    if _SHORT_INSEE.fullmatch(code):
        return _lost_zero(code)
    return Unread("E103", "code INSEE de cinq caractères attendu (62215, 2A004), ou hors ; corriger la cellule.")


def read_territory(text: str) -> str | Unread:
    """The code of a commune (INSEE), of an EPCI (SIREN) or of a priority neighbourhood (QPV)."""
    code = _unfloated(text)
    if INSEE.fullmatch(code) or _SIREN.fullmatch(code) or _QPV.fullmatch(code):
        return code
    if _SHORT_INSEE.fullmatch(code):
        return _lost_zero(code)
    return Unread(
        "E103",
        "code INSEE (62215), SIREN d'un EPCI (246200299) ou code d'un QPV (QP062044) attendu ; corriger la cellule.",
    )


def _lost_zero(code: str) -> Unread:
    return Unread(
        "E104",
        f"code à quatre chiffres : soit « 0{code} », dont un tableur a ôté le zéro, soit un code dont il manque "
        f"le dernier chiffre (« {code}0 » à « {code}9 ») ; écrire les cinq chiffres dans une cellule au format texte.",
    )


def _unfloated(text: str) -> str:
    found = _WHOLE.fullmatch(text)
    return found.group(1) if found else text

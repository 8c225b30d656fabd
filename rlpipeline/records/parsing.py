"""One cell read by the nature of its column: codes, numbers, oui/non."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from rlpipeline.records.dates import Unread
from rlpipeline.records.labels import codes_by_label, label_key
from rlpipeline.records.names import simplified
from rlpipeline.records.schema import Column

# \s holds every space that a keyboard or a spreadsheet puts between thousands, the narrow no-break one included.
_NUMBER = re.compile(r"([-+−]?)(\d+|\d{1,3}(?:\s\d{3})+)(?:[.,](\d+))?")
NOT_COMMUNICATED = "nc"
MAX_LISTED, MAX_EXPLAINED = 12, 4
_DURATION = re.compile(r"\d\s*(?:h|heures?|min|mn|:\s*\d)", re.IGNORECASE)
_NONE: Mapping[str, str] = MappingProxyType({})


def read_number(text: str, column: Column) -> float | Unread:
    """A decimal number, NaN for NC; decimals follow a point or a comma, any one space may part thousands."""
    if text.casefold() == NOT_COMMUNICATED:
        return math.nan
    match = _NUMBER.fullmatch(text)
    if not match or not all(char.isascii() or char.isspace() or char == "−" for char in text):
        return Unread("E101", _number_hint(text))
    sign, whole, decimals = match.groups()
    value = float(f"{''.join(whole.split())}.{decimals or 0}")
    return _within_bounds(-value if sign in ("-", "−") and value else value, column)


def _within_bounds(value: float, column: Column) -> float | Unread:
    low, high = column.minimum, column.maximum
    if not math.isfinite(value):
        return Unread("E106", "nombre trop grand pour être vrai ; corriger la cellule.")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"au moins {low:g}" if high is None else f"entre {written(low or 0)} et {written(high)}"
        return Unread("E106", f"nombre attendu : {bounds} ; corriger la cellule, ou la vider si le nombre est inconnu.")
    if column.whole and not value.is_integer():
        return Unread("E106", "nombre entier attendu ; corriger la cellule.")
    return value


def written(bound: float) -> str:
    """A bound as it is written in French: « 10 000 »."""
    return f"{bound:,.10g}".replace(",", "\u202f").replace(".", ",")


def _number_hint(text: str) -> str:
    expected = "nombre attendu comme 1055,5 ou 1 055,5, ou NC ; "
    if _DURATION.search(text):
        return f"{expected}écrire une durée en heures et dixièmes, sans « h » (1,5 pour 1 h 30)."
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


def read_code(text: str, words: Mapping[str, str], families: Mapping[str, str] = _NONE) -> str | Unread:
    """One of the codes of the column, written so or by its French words; a family of several is refused."""
    if text in words:
        return text
    meant = codes_by_label(words).get(label_key(text), ())
    if len(meant) == 1:
        return meant[0]
    if meant:
        choices = ", ".join(f"« {code} » ({words[code]})" for code in meant)
        return Unread("E103", f"« {text} » peut vouloir dire {choices} ; écrire le code de l'un d'eux.")
    if label_key(text) in codes_by_label(families):
        return Unread("E103", f"« {text} » est une famille ; choisir l'une des problématiques de cette famille.")
    if text.casefold() == NOT_COMMUNICATED:
        return Unread("E103", f"NC ne s'écrit que dans une colonne de nombres ; {_expected_codes(text, words)}.")
    return Unread("E103", f"{_expected_codes(text, words)} ; corriger la cellule.")


def _expected_codes(text: str, words: Mapping[str, str]) -> str:
    alike = {simplified(name): code for code, label in words.items() for name in (label, code)}
    near = difflib.get_close_matches(simplified(text), list(alike), n=1, cutoff=0.6)
    choices = [f"{code} ({label})" if len(words) <= MAX_EXPLAINED else code for code, label in words.items()]
    listed = (
        f"code attendu parmi {', '.join(choices)}"
        if len(words) <= MAX_LISTED
        else "code attendu de la liste du service"
    )
    return f"{listed}{f', le plus proche est « {alike[near[0]]} »' if near else ''}"

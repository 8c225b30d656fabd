"""The kinds of values that the command line takes; each raises ArgumentTypeError with a French message."""

from __future__ import annotations

import argparse
import re


def year(text: str) -> int:
    """Read a year of four digits."""
    if not re.fullmatch(r"\d{4}", text):
        raise argparse.ArgumentTypeError(f"année à quatre chiffres attendue, « {text} » trouvé")
    return int(text)


def departement(text: str) -> str:
    """Read the number of a département."""
    if not re.fullmatch(r"\d{2}|2[AB]|\d{3}", text):
        raise argparse.ArgumentTypeError(f"numéro de département attendu (62, 2A, 974), « {text} » trouvé")
    return text


def positive(text: str) -> int:
    """Read a whole number greater than zero."""
    if not re.fullmatch(r"[1-9]\d{0,4}", text):
        raise argparse.ArgumentTypeError(f"nombre entier positif attendu, « {text} » trouvé")
    return int(text)


def port(text: str) -> int:
    """Read the number of a port that anyone may listen to."""
    if not re.fullmatch(r"\d{4,5}", text) or not 1024 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"nombre de 1024 à 65535 attendu, « {text} » trouvé")
    return int(text)

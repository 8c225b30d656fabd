"""The ways to declare a column of the contract, and the columns that several tables share."""

from __future__ import annotations

from typing import Any

from rlpipeline.records.schema import Column, Kind, Reference

OUTSIDE = "hors"
FIRST_YEAR, LAST_YEAR = 1900, 2100
MOST_COUNTED, LONGEST, LARGEST = 1_000_000, 10_000, 10_000_000_000
"""Beyond these no count, no number of hours, days or posts of one row and no other number can be true."""


def must(name: str, kind: Kind, note: str, **more: Any) -> Column:
    """Column that must exist, without an empty cell."""
    return Column(name, kind, required=True, nullable=False, note=note, **more)


def held(name: str, kind: Kind, note: str, **more: Any) -> Column:
    """Column that must exist, whose cells may be empty."""
    return Column(name, kind, required=True, note=note, **more)


def may(name: str, kind: Kind, note: str, **more: Any) -> Column:
    """Column that may be left out."""
    return Column(name, kind, note=note, **more)


def count(name: str, note: str, required: bool = False) -> Column:
    """A number of things that cannot be cut; empty or NC where it was not communicated."""
    return Column(name, "number", required=required, minimum=0, maximum=MOST_COUNTED, whole=True, note=note)


def amount(name: str, note: str, required: bool = False) -> Column:
    """A time or a part of a post, that cannot be negative; empty or NC where it was not communicated."""
    return Column(name, "number", required=required, minimum=0, maximum=LONGEST, note=note)


def figure(name: str, note: str, example: str) -> Column:
    """A number of any unit and sign; empty or NC where it is not known."""
    return Column(name, "number", required=True, minimum=-LARGEST, maximum=LARGEST, note=note, example=example)


YEAR = must("annee", "year", "année, par exemple 2023")
DAY = must("date", "date", "jour/mois/année")
JEUNE = must("id_jeune", "identifier", "pseudonyme du jeune, jamais son nom", example="J-001")
SUIVI = must("id_suivi", "identifier", "identifiant du suivi", example="S-001")
TO_JEUNE = Reference("id_jeune", "jeunes", "id_jeune")
TO_SUIVI = Reference("id_suivi", "suivis", "id_suivi")

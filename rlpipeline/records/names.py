"""Names of tables and columns as people write them, matched with those of the contract."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.tables import TABLE_NAMES

INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")


def simplified(name: str) -> str:
    """The name without case, accents, invisible characters, and with ``_`` for what separates words."""
    plain = unicodedata.normalize("NFKD", INVISIBLE.sub("", name))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[\s_\-]+", "_", plain.strip()).casefold()


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name that looks most like this one, None where none does."""
    matches = difflib.get_close_matches(simplified(name), list(names), n=1, cutoff=0.6)
    return matches[0] if matches else None


@dataclass(frozen=True)
class Matched:
    """Names of the contract to the names as written, and what was found on the way."""

    names: Mapping[str, str]
    findings: tuple[Finding, ...]


def match_tables(written: Sequence[str], what: str) -> Matched:
    """Match file, sheet or table names with the contract.

    Parameters
    ----------
    written
        Names in the source, without extension.
    what
        What bears the name, in French with its article: « le fichier ».
    """
    names: dict[str, str] = {}
    findings: list[Finding] = []
    for name in sorted(written, key=lambda item: item not in TABLE_NAMES):
        table = simplified(name)
        if table not in TABLE_NAMES:
            findings.append(_unknown(name, what))
        elif table in names:
            findings.append(twice(table, name, names[table], what))
        else:
            names[table] = name
            if name != table:
                findings.append(renamed(table, name, table, what))
    return Matched(names, tuple(findings))


def renamed(table: str, written: str, expected: str, what: str, line: int | None = None) -> Finding:
    """The warning on a name that differs from the contract by its writing only."""
    message = f"{what} « {written} » est lu comme « {expected} » ; l'écrire exactement ainsi."
    return finding("A004", table, message, line, expected if line else None, written)


def _unknown(name: str, what: str) -> Finding:
    near = nearest(name, TABLE_NAMES)
    hint = f"le renommer « {near} » s'il s'agit de cette table" if near else "rien à faire s'il sert à autre chose"
    return finding("A001", name, f"{what} « {name} » n'est pas lu : aucune table n'a ce nom ; {hint}.")


def twice(table: str, name: str, first: str, what: str) -> Finding:
    """The error on two names that stand for one table."""
    message = f"{what} « {name} » et « {first} » donnent la même table ; n'en garder qu'un."
    return finding("E009", table, message, valeur=name)

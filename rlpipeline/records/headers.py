"""The headers of a table matched with the columns of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.names import nearest, renamed, simplified
from rlpipeline.records.personal import personal_header
from rlpipeline.records.schema import Table


@dataclass(frozen=True)
class Headers:
    """Where each column stands.

    Parameters
    ----------
    known
        Column of the contract to its position.
    unknown
        Positions of the other columns that hold something.
    personal
        Among them, those whose header already speaks of personal data.
    findings
        What was found.
    """

    known: Mapping[str, int]
    unknown: tuple[int, ...]
    personal: frozenset[int]
    findings: tuple[Finding, ...]


def match_headers(table: Table, header: tuple[str, ...], filled: tuple[bool, ...], line: int | None) -> Headers:
    """Match headers with the contract.

    Parameters
    ----------
    table, header
        The contract and the headers as written.
    filled
        Whether each column holds something under its header.
    line
        Line of the headers, None in a database.
    """
    known: dict[str, int] = {}
    unknown: list[int] = []
    personal: set[int] = set()
    findings: list[Finding] = []
    # A header written exactly comes before one that only looks like it.
    for position in sorted(range(len(header)), key=lambda index: header[index] not in table.column_names):
        name, written = simplified(header[position]), header[position]
        if name in known:
            findings.append(_repeated(table, name, written, line))
        elif name in table.column_names:
            known[name] = position
            if written != name:
                findings.append(renamed(table.name, written, name, "L'en-tête", line))
        elif not name:
            findings += [_nameless(table, position, line)] if filled[position] else []
        else:
            unknown.append(position)
            item = _unknown(table, written, line)
            findings.append(item)
            personal |= {position} if item.is_error else set()
    findings += _missing(table, known, line)
    return Headers(known, tuple(unknown), frozenset(personal), tuple(findings))


def _repeated(table: Table, name: str, written: str, line: int | None) -> Finding:
    message = f"L'en-tête « {name} » est présent deux fois ; renommer ou retirer l'une des deux colonnes."
    return finding("E008", table.name, message, line, name, written)


def _nameless(table: Table, position: int, line: int | None) -> Finding:
    message = f"La colonne n° {position + 1} contient des valeurs mais n'a pas d'en-tête ; la nommer ou la vider."
    return finding("E008", table.name, message, line)


def _unknown(table: Table, written: str, line: int | None) -> Finding:
    looks_like = personal_header(written) if table.about_young_people else None
    if looks_like:
        message = f"La colonne semble contenir {looks_like} ; la retirer : cette table parle de jeunes."
        return finding("E301", table.name, message, line, written)
    near = nearest(written, table.column_names)
    hint = f"la renommer « {near} » s'il s'agit de cette colonne" if near else "la retirer si elle ne sert à rien"
    return finding("A002", table.name, f"Colonne inconnue, elle n'est pas lue ; {hint}.", line, written)


def _missing(table: Table, known: Mapping[str, int], line: int | None) -> Iterator[Finding]:
    for column in table.columns:
        if column.required and column.name not in known:
            message = f"Colonne obligatoire absente ({column.note}) ; l'ajouter avec l'en-tête « {column.name} »."
            yield finding("E002", table.name, message, line, column.name)

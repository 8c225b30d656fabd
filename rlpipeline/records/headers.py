"""The headers of a table matched with the columns of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.names import nearest, renamed, simplified
from rlpipeline.records.personal import personal_header
from rlpipeline.records.schema import Table

MAX_RENAMED = 12


@dataclass(frozen=True)
class Headers:
    """Where each column stands.

    Parameters
    ----------
    positions
        Column of the contract to its position.
    unknown
        Positions of the other columns that hold something.
    personal
        Among them, those whose header already speaks of personal data.
    findings
        What was found.
    """

    positions: Mapping[str, int]
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
    positions: dict[str, int] = {}
    unknown: list[int] = []
    personal: set[int] = set()
    findings: list[Finding] = []
    # A header written exactly comes before one that only looks like it.
    for position in sorted(range(len(header)), key=lambda index: header[index] not in table.column_names):
        name, written = simplified(header[position]), header[position]
        if name in positions:
            findings.append(_repeated(table, name, written, line))
        elif name in table.column_names:
            positions[name] = position
            if written != name:
                findings.append(renamed(table.name, written, name, "L'en-tête", line))
        elif not name:
            findings += [_nameless(table, position, line)] if filled[position] else []
        else:
            unknown.append(position)
            if item := _personal(table, written, line):
                findings.append(item)
                personal.add(position)
    findings += _unknown(table, [header[position] for position in unknown if position not in personal], line)
    findings += _missing(table, positions, line)
    return Headers(positions, tuple(unknown), frozenset(personal), tuple(findings))


def _repeated(table: Table, name: str, written: str, line: int | None) -> Finding:
    message = f"L'en-tête « {name} » est présent deux fois ; renommer ou retirer l'une des deux colonnes."
    return finding("E008", table.name, message, line, name, written)


def _nameless(table: Table, position: int, line: int | None) -> Finding:
    message = f"La colonne n° {position + 1} contient des valeurs mais n'a pas d'en-tête ; la nommer ou la vider."
    return finding("E008", table.name, message, line)


def _personal(table: Table, written: str, line: int | None) -> Finding | None:
    """Why the header already speaks of personal data."""
    looks_like = personal_header(written) if table.about_young_people else None
    if looks_like is None:
        return None
    message = f"La colonne semble contenir {looks_like} ; la retirer : cette table parle de jeunes."
    return finding("E301", table.name, message, line, written)


def _unknown(table: Table, written: Sequence[str], line: int | None) -> Iterator[Finding]:
    """One finding for all the columns that are not read."""
    if not written:
        return
    near = {name: nearest(name, table.column_names) for name in written}
    renaming = [f"renommer « {name} » en « {meant} »" for name, meant in near.items() if meant]
    hints = [*renaming[:MAX_RENAMED], *(["…"] if len(renaming) > MAX_RENAMED else [])]
    if len(written) == 1:
        hint = f"la {hints[0]} s'il s'agit de cette colonne" if hints else "la retirer si elle ne sert à rien"
        message = f"Colonne inconnue, elle n'est pas lue ; {hint}."
    else:
        hint = f" ; {', '.join(hints)} s'il s'agit de ces colonnes" if hints else ""
        message = f"{len(written)} colonnes inconnues, non lues{hint} ; retirer celles qui ne servent à rien."
    yield finding("A002", table.name, message, line, ", ".join(written))


def _missing(table: Table, positions: Mapping[str, int], line: int | None) -> Iterator[Finding]:
    for column in table.columns:
        if column.required and column.name not in positions:
            message = f"Colonne obligatoire absente ({column.note}) ; l'ajouter avec l'en-tête « {column.name} »."
            yield finding("E002", table.name, message, line, column.name)

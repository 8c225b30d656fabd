"""What is chosen in the drop-downs: the words of the codes, one block a column, to which they refer by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rlpipeline.records.columns import reader
from rlpipeline.records.communes import OUTSIDE_LABEL
from rlpipeline.records.labels import words_of
from rlpipeline.records.schema_columns import OUTSIDE
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry.columns import Place, places


@dataclass(frozen=True)
class CodeList:
    """The codes of one or several columns.

    Parameters
    ----------
    name
        Of the range, in the workbook.
    used_in
        The columns, as « table, colonne ».
    codes
        Code to its words.
    choices
        What is proposed for each code, in the same order: its words, or the code where they could mean another.
    """

    name: str
    used_in: tuple[str, ...]
    codes: Mapping[str, str]
    choices: tuple[str, ...]


def code_lists(service: Service) -> tuple[CodeList, ...]:
    """Every list, in the order of the contract."""
    lists: dict[str, CodeList] = {}
    for place in (place for table in TABLES for place in places(table)):
        codes = _codes(place, service)
        if codes is None:
            continue
        known = lists.get(place.list_name)
        used_in = (*(known.used_in if known else ()), f"{place.table.name}, {place.column.name}")
        lists[place.list_name] = CodeList(place.list_name, used_in, codes, _choices(place, codes, service))
    return tuple(lists.values())


def _codes(place: Place, service: Service) -> Mapping[str, str] | None:
    """The codes of a column, None where it has none."""
    if place.column.kind == "commune":
        return {**{one.code: one.nom for one in service.communes}, OUTSIDE: OUTSIDE_LABEL}
    if place.column.kind == "territory":
        return dict(_territories(service)) or {"62215": "(à compléter : aucune commune dans service.yml)"}
    return words_of(place.column, service) if place.column.kind in ("code", "flag") else None


def _choices(place: Place, codes: Mapping[str, str], service: Service) -> tuple[str, ...]:
    """The words that the records' reading takes for their code."""
    read = reader(place.column, service)
    if place.column.kind == "flag" or read is None:
        return tuple(codes.values())
    return tuple(words if read(words) == code else code for code, words in codes.items())


def _territories(service: Service) -> Iterator[tuple[str, str]]:
    yield from ((one.code, one.nom) for one in service.communes)
    if service.epci:
        yield service.epci.code, service.epci.nom
    yield from ((one.code, one.nom) for one in service.qpv)

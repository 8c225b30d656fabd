"""What the page leaves out of a table: communes beyond a dozen, lines and columns that a cell does not ask for.

A thousand columns, or a thousand tables, are read by nobody. Beyond a dozen communes the service's report shows those
where most young people are followed; the bundles carry every figure, hence ``indicateurs.csv`` and ``tableaux.xlsx``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd

from rlpipeline.display import french
from rlpipeline.figures import Col, Row, TableData
from rlpipeline.settings.models import Service

MOST_COMMUNES = 12
"""Communes beside one another; up to as many, all are shown."""
BY_COMMUNE = "actions"
"""Table that is cut by commune: one a commune that is shown."""
TOTALS, WORDS = frozenset({"total", "sous_total"}), frozenset({"note", "texte"})
"""Kinds of lines and columns that count those before, and of those that have no figure."""


@dataclass(frozen=True)
class LeftOut:
    """Lines and columns that the page does not show, by code, and the sentences that say so.

    Parameters
    ----------
    asked
        Sentence of the page alone, where a cell asks for some of them.
    """

    rows: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    note: str = ""
    asked: str = ""

    def to_json(self) -> Mapping[str, list[str]]:
        """Values for the bundle."""
        return {"lignes": sorted(self.rows), "colonnes": sorted(self.columns)}


NOTHING = LeftOut()


def largest(followed: pd.DataFrame, service: Service) -> tuple[str, ...]:
    """Choose the communes to show.

    Parameters
    ----------
    followed
        Figures of the table ``communes`` of the service, as the edition gives them.

    Returns
    -------
    All of them up to a dozen, else those with most young people followed, in report order.
    """
    codes = service.commune_codes
    if len(codes) <= MOST_COMMUNES:
        return codes
    totals = followed[followed["colonne"] == "total"].set_index("ligne")["valeur"]
    ranked = totals.reindex(list(codes)).fillna(-1).sort_values(ascending=False, kind="stable")
    largest = set(ranked.index[:MOST_COMMUNES])
    return tuple(code for code in codes if code in largest)


def left_out(
    data: TableData, service: Service, shown: tuple[str, ...], places: Callable[[], Mapping[str, str]]
) -> LeftOut:
    """Say what the page leaves out of a table of the service.

    Parameters
    ----------
    shown
        The communes to show.
    places
        Gives the territory of each action.
    """
    others = {*service.commune_codes} - {*shown}
    if not others or not data.of.look.by_place:
        return NOTHING
    place_of = _place(data.id, service, places() if data.of.of_actions else {})
    rows, columns = (
        _of_others([one.code for one in side], place_of, others, cut=data.id == BY_COMMUNE)
        for side in (data.rows, data.columns)
    )
    return LeftOut(rows, columns, _note(len(shown), len(service.communes))) if rows or columns else NOTHING


def _of_others(codes: Sequence[str], place_of: Callable[[str], str], others: set[str], cut: bool) -> frozenset[str]:
    """List what is of other communes; nothing where there are few lines or columns, or no others, unless it is cut."""
    left = frozenset(code for code in codes if place_of(code) in others)
    few = len(codes) <= MOST_COMMUNES or len(left) == len(codes)
    return frozenset() if few and not cut else left


def _place(id: str, service: Service, places: Mapping[str, str]) -> Callable[[str], str]:
    """Give the commune that a line or a column of a table is about, by its code."""
    if id == "diagnostics":
        return lambda code: code.partition("/")[0]
    if id == "socio_economique":
        places = {district.code: district.commune for district in service.qpv}
    return lambda code: places.get(code, code)


def _note(shown: int, communes: int) -> str:
    return (
        f"Les {shown} communes où le plus de jeunes sont accompagnés, sur {french.number(communes)} ; les autres sont "
        "aussi dans tableaux.xlsx et indicateurs.csv, et chacune a son portrait."
    )


One = TypeVar("One", Row, Col)


def asked(data: TableData, left: LeftOut, lines: Sequence[str], columns: Sequence[str]) -> tuple[TableData, LeftOut]:
    """Put the lines and columns that are asked for first, in that order, and leave the others out.

    Parameters
    ----------
    left
        What the page leaves out whatever is asked.
    lines, columns
        Codes; none of the table's asks for all.
    """
    rows, other_rows = _in_order(data.rows, lines)
    shown, other_columns = _in_order(data.columns, columns)
    said = _asked_note(
        {"lignes": other_rows, "colonnes": other_columns},
        _counts(data.rows, other_rows) or _counts(data.columns, other_columns),
    )
    hidden = frozenset(row.code for row in other_rows), frozenset(column.code for column in other_columns)
    left = replace(left, rows=left.rows | hidden[0], columns=left.columns | hidden[1], asked=said)
    return replace(data, rows=(*rows, *other_rows), columns=(*shown, *other_columns)), left


def _in_order(every: Sequence[One], codes: Sequence[str]) -> tuple[list[One], list[One]]:
    """Part the lines or columns of a table: those of the codes, in their order, and the others."""
    by_code = {one.code: one for one in every}
    first = [by_code[code] for code in dict.fromkeys(codes) if code in by_code] or list(every)
    return first, [one for one in every if one not in first]


def _counts(every: Sequence[Row] | Sequence[Col], hidden: Sequence[Row | Col]) -> bool:
    """Say whether a total that is shown counts what is not: a family what follows it, another what precedes it."""
    family, left = False, False
    for one in every:
        if one.kind == "famille":
            family = one not in hidden
        if one.kind in TOTALS and one not in hidden and left:
            return True
        if one in hidden and one.kind not in WORDS:
            left = True
            if family:
                return True
    return False


def _asked_note(hidden: Mapping[str, Sequence[Row | Col]], counted: bool) -> str:
    what = french.listing([side for side, others in hidden.items() if others])
    others = "les autres, que les totaux comptent aussi," if counted else "les autres"
    return (
        f"Ce tableau ne montre pas toutes ses {what} : {others} sont dans tableaux.xlsx et indicateurs.csv."
        if what
        else ""
    )


def some(words: Sequence[str], left: LeftOut) -> str:
    """List names; where a table leaves communes out, a dozen at most and how many others."""
    if left == NOTHING or len(words) <= MOST_COMMUNES:
        return french.listing(words)
    others = len(words) - MOST_COMMUNES
    return f"{', '.join(words[:MOST_COMMUNES])} et {french.number(others)} {'autres' if others > 1 else 'autre'}"


def names(words: Sequence[str]) -> str:
    """List names; beyond a dozen, say how many communes they are."""
    return french.listing(words) if len(words) <= MOST_COMMUNES else f"{french.number(len(words))} communes"

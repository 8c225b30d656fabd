"""Wider classes, as the data dictionary of a publication tells them: which codes they unite, in which tables."""

from __future__ import annotations

from collections.abc import Iterable

from rlpipeline.published.dictionary import Classes
from rlpipeline.published.links import Links

UNITED = "_ou_"
"""What joins the codes of a wider class that has no code of its own."""
SUBJECTS = frozenset({"famille", "problematique"})
"""Axes of wider classes that are lines of one variable."""


def united(code: str) -> frozenset[str]:
    """List the codes that a class unites; a code that unites none stands for itself."""
    return frozenset(code.split(UNITED))


def covers(codes: Iterable[str], wanted: frozenset[str]) -> bool:
    """Say whether classes unite all of some codes."""
    return wanted == frozenset().union(*(united(code) for code in codes))


def spelled(classes: Classes, links: Links, indicator: str, code: str, *, line: bool) -> str:
    """Write the code of a wider class as the codes that it unites; another code as it is."""
    for axis, of_axis in classes.items():
        if code in of_axis and _has(links, indicator, axis, line):
            return UNITED.join(of_axis[code])
    return code


def _has(links: Links, indicator: str, axis: str, line: bool) -> bool:
    """Say whether the lines, or the columns, of a table are classes of an axis."""
    table = links.tables.get(indicator)
    if table is None:
        return False
    if table.of_actions:
        return line and axis == "age"
    own = table.lines if line else table.columns
    return axis == own or {axis, own} <= SUBJECTS

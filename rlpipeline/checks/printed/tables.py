"""Arithmetic of tables: totals, shares, changes, margins. What most lines bear out is the table's own rule."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np

from rlpipeline.checks.printed.reading import (
    INCLUDED,
    SEVERAL,
    Certitude,
    Finding,
    Numbers,
    Table,
    fold,
)

FEWEST = 3  # lines that must bear out a rule that no label states
CLOSE = 0.03  # relative gap between the totals of two tables that may be of one population
ENDS = {"total", "sous-total"}
TOTALS = ("total_colonne", "total_ligne")
Parts = tuple[int, ...]


def check_totals(tables: Sequence[Table]) -> Iterator[Finding]:
    """Tell totals that are not the sum of their lines, are left blank, or follow another rule than their neighbours."""
    for table in tables:
        for view in (table, table.transposed) if not SEVERAL.search(fold(table.title)) else ():
            for row, role in enumerate(view.roles):
                if role in ENDS:
                    yield from _total(view, row)


def _total(view: Table, row: int) -> Iterator[Finding]:
    readings = {parts: _read(view, row, parts) for parts in _parts(view, row)}
    whole = INCLUDED.search(fold(view.title)) is not None
    persons = {
        parts: whole or all(view.roles[part] != "autre unité" for part in parts)
        for parts in readings
    }
    usual = max(
        readings, key=lambda parts: (persons[parts], sum(readings[parts].values())), default=()
    )
    fitting = {column for fits in readings.values() for column, fit in fits.items() if fit}
    if not fitting or (
        view.rows[row].lower().startswith("année") and len(fitting) * 2 < len(readings[usual])
    ):
        return
    misfits = [column for column, fit in readings[usual].items() if not fit]
    sure: Certitude = "certain" if len(fitting) > len(misfits) else "probable"
    for column in misfits:
        printed, kind = view.texts[row, column], (TOTALS[view.turned], sure)
        words = "Le total ne fait pas la somme"
        if not printed:
            kind, words = (
                ("total_absent", sure),
                "Le total n'est pas imprimé alors qu'il se calcule",
            )
        elif column in fitting:
            kind, words = (
                ("regle_de_total", "probable"),
                "Ce total n'ajoute pas ce que les autres ajoutent",
            )
        elif _borne_out_across(view, row, column):
            continue  # one of its parts is wrong, and told as a total of the other direction
        if printed or len(fitting) > 1:
            parts = [view.values[part, column] for part in usual if view.values[part, column] > 0]
            message = f"{words} : {' + '.join(map(shown, parts))} = {shown(sum(parts))}, imprimé {printed or 'rien'}."
            yield _finding(view, row, column, kind, sum(parts), message)


def _parts(view: Table, row: int) -> set[Parts]:
    numbered = ~np.isnan(view.values).all(axis=1) | (view.texts == "").all(axis=1)
    before = [index for index in range(row) if numbered[index]]
    by_role = {
        role: [index for index in before if view.roles[index] == role] for role in view.roles
    }
    posts, subtotals = by_role.get("poste", []), by_role.get("sous-total", [])
    ends = [index for index in range(row) if view.roles[index] in ENDS]
    group = [index for index in posts if not ends or index > ends[-1]]
    loose = [index for index in group if subtotals and index > subtotals[-1]]
    all_units = sorted(posts + by_role.get("autre unité", []))
    below = (
        [index for index in range(row + 1, len(view.rows)) if view.roles[index] == "poste"]
        if not posts
        else []
    )
    return {
        tuple(parts)
        for parts in (group, posts, subtotals + loose, all_units, below)
        if len(parts) > 1
    }


def _read(view: Table, row: int, parts: Parts) -> dict[int, bool]:
    values, texts = view.values[list(parts)], view.texts[list(parts)]
    sums, totals = _sums(view, parts), view.values[row]
    decimals = np.max(view.decimals[[row, *parts]], axis=0)
    margins = np.where(decimals > 0, 0.51 * len(parts) * 10.0**-decimals, 0.01)
    roles = np.array(view.transposed.roles)
    unknown = (np.isnan(values) & ((texts != "") | (roles == "total"))).any(axis=0) & ~(
        totals <= sums
    )
    worded = (view.texts[row] != "") & np.isnan(totals)
    judged = (sums != 0) & ~(
        unknown | worded | np.isin(roles, ["dérivée", "à part"]) | view.transposed.in_percent
    )
    return {
        int(column): bool(abs(totals - sums)[column] <= margins[column])
        for column in np.flatnonzero(judged)
    }


def _sums(view: Table, parts: Parts) -> Numbers:
    return np.asarray(np.nansum(view.values[list(parts)], axis=0))


def _borne_out_across(view: Table, row: int, column: int) -> bool:
    across = view.transposed
    sums = (
        [_sums(across, parts)[row] for parts in _parts(across, column)]
        if across.roles[column] in ENDS
        else []
    )
    return any(abs(view.values[row, column] - sum_) < 0.01 for sum_ in sums)


def check_derived(tables: Sequence[Table]) -> Iterator[Finding]:
    """Tell shares, changes and gaps that do not follow from the cells beside them as those of other lines do."""
    for table in tables:
        for view in (table, table.transposed):
            for column in range(len(view.columns)):
                others = [other for other in range(len(view.columns)) if other != column]
                if (~np.isnan(view.shares[:, column])).sum() >= FEWEST:
                    yield from _derived(view, column, view.shares[:, column], [column])
                elif (
                    view.transposed.roles[column] == "dérivée" or view.transposed.in_percent[column]
                ):
                    yield from _derived(view, column, view.values[:, column], others)


def _derived(view: Table, column: int, printed: Numbers, sources: list[int]) -> Iterator[Finding]:
    posts = np.array([role != "total" for role in view.roles])
    decimals, best = view.decimals[:, column], (FEWEST - 1, np.zeros(len(posts), bool), "", printed)
    for words, computed in _formulas(view, sources, view.columns[column]):
        gaps = np.abs(printed - computed)
        fits, misfits = (
            posts & (gaps <= 0.51 * 10.0**-decimals),
            posts & (gaps > 0.51 * 10.0**-decimals),
        )
        telling = len({value for value in printed[fits] if value})
        if telling > best[0] and misfits.sum() * 3 <= fits.sum() * 2:
            best = telling, misfits, words, computed
    telling, misfits, words, computed = best
    for row in np.flatnonzero(misfits):
        gap, text = (
            abs(printed[row] - computed[row]),
            shown(computed[row], max(int(decimals[row]), 1)),
        )
        alone = (
            telling > FEWEST * misfits.sum() and gap > 1.6 * 10.0 ** -decimals[row]
        )  # less: made to add up to 100
        message = f"Les autres valeurs sont {words} ; ici ce calcul donne {text}, imprimé {view.texts[row, column]}."
        yield _finding(
            view,
            int(row),
            column,
            ("pourcentage", "certain" if alone else "probable"),
            text,
            message,
        )


def _formulas(view: Table, sources: list[int], header: str) -> Iterator[tuple[str, Numbers]]:
    posts = np.array([role == "poste" for role in view.roles])
    total = next(
        (row for row in reversed(range(len(view.rows))) if view.roles[row] == "total"), None
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        for source in sources:
            values, label = view.values[:, source], f"« {view.columns[source]} »"
            whole = np.nansum(values[posts]) if total is None else values[total]
            yield f"la part de {label} dans sa colonne", 100 * values / whole
            for number in re.findall(r"\d{2,}", header):
                yield f"la part de {label} dans {number}", 100 * values / int(number)
        for first, second in permutations(sources, 2):
            before, after = view.values[:, first], view.values[:, second]
            names = f"de « {view.columns[first]} » à « {view.columns[second]} »"
            yield f"l'évolution {names}", 100 * (after - before) / before
            yield f"l'écart {names}", after - before
            for factor in (1, 100, 1000):
                yield f"le rapport {names}, pour {factor}", factor * after / before


def check_margins(tables: Sequence[Table]) -> Iterator[Finding]:
    """Tell each margin that most tables with the same labels and nearly the same total contradict."""
    groups: dict[tuple[str, ...], list[tuple[Table, int, dict[str, int]]]] = defaultdict(list)
    for view in [
        view
        for table in tables
        if not SEVERAL.search(fold(table.title))
        for view in (table, table.transposed)
    ]:
        totals = [row for row, role in enumerate(view.roles) if role == "total"]
        posts = [index for index, role in enumerate(view.transposed.roles) if role == "poste"]
        dated = any(re.search(r"\b(?:19|20)\d\d\b", label) for label in view.columns)
        if (
            len(totals) == 1
            and len(posts) > 1
            and not dated
            and not np.isnan(view.values[totals[0], posts]).any()
        ):
            labelled = {_key(view.columns[index]): index for index in posts}
            groups[tuple(sorted(labelled))].append((view, totals[0], labelled))
    for labels, members in groups.items():
        margins = np.array(
            [
                [view.values[row, columns[label]] for label in labels]
                for view, row, columns in members
            ]
        )
        usual = float(np.median(margins.sum(axis=1)))
        near = np.flatnonzero(np.abs(margins.sum(axis=1) - usual) <= max(2.0, CLOSE * usual))
        for label, column in zip(labels, margins.T, strict=True) if len(near) > 1 else ():
            agreed = Counter(column[near]).most_common(1)[0][0]
            others = sorted({members[of][0].path for of in near if column[of] == agreed})
            for view, row, columns in [members[of] for of in near if column[of] != agreed]:
                name, printed = view.columns[columns[label]], view.texts[row, columns[label]]
                words = f"« {name} » : {printed} ici, {shown(agreed)} dans {', '.join(others)}"
                message = f"Une même population a des effectifs différents pour {words}."
                yield _finding(view, row, columns[label], ("marge", "probable"), agreed, message)


def _key(label: str) -> str:
    return " ".join(re.sub(r"\b(?:de|a|et|ans?|les|des)\b|[-–—/]", " ", fold(label)).split())


def shown(value: float, decimals: int = 4) -> str:
    """Write a number as a French report prints it."""
    text = f"{value:,.{decimals}f}".rstrip("0").rstrip(".")
    return text.replace(",", "\u202f").replace(".", ",")


def _finding(
    view: Table,
    row: int,
    column: int,
    kind: tuple[str, Certitude],
    computed: float | str,
    message: str,
) -> Finding:
    path, line, place = view.place(row, column)
    written = computed if isinstance(computed, str) else shown(computed)
    return Finding(*kind, path, line, place, str(view.texts[row, column]), written, message)

"""The figures of the tables that a report shows, taken from the store that its chapters opened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import pandas as pd

from rlpipeline.display.laid_out import WITHOUT_PAGE, LaidOut
from rlpipeline.figures import CSV_COLUMNS, Scope, Store, TableData
from rlpipeline.figures.tidy import ARRONDI
from rlpipeline.processes import each_territory
from rlpipeline.publication.carried import ShownTable
from rlpipeline.publication.figures import KEY, Figures, Label, Table, figures_of
from rlpipeline.settings.models import Settings, load_settings

NOW, BEFORE = {"compare": "bool"}, {"origine": "str", "rupture": "str"}
"""Columns of the figures of the year and of the year before, beside those of ``indicateurs.csv`` and ``base``."""


def gather(directory: Path, settings: Settings, shown: Sequence[ShownTable], jobs: int | None = None) -> Figures:
    """Give the figures of tables, in the order in which chapters show them, beside those of the year before.

    ``directory``: the store, exact or protected; ``jobs``: as ``each_territory``. Raises UsageError: it has no such
    table.
    """
    groups = [[*tables] for _, tables in groupby(dict.fromkeys(shown), lambda table: table[1:])]
    tables: dict[str, Table] = {}
    gathered = [*each_territory(partial(_gather, directory, settings), groups, jobs)]
    for table in (table for of_place, _, _ in gathered for table in of_place):
        tables.setdefault(table.id, table).add(table)
    every = _joined([figures for _, figures, _ in gathered], NOW)
    if (repeated := every.duplicated(KEY)).any():  # actions are with the service's, then in their portrait
        every["compare"] = every.groupby(KEY)["compare"].transform("any")
        every = every[~repeated]
    names = {commune.code: commune.nom for commune in settings.service.communes}
    return figures_of(every, _joined([former for _, _, former in gathered], BEFORE), tables, names)


def _gather(
    directory: Path, settings: Settings, shown: Sequence[ShownTable]
) -> tuple[list[Table], pd.DataFrame, pd.DataFrame]:
    """What the store has of tables of one year and territory."""
    _, year, territory = shown[0]
    if year != settings.year:  # a chapter may show another year
        edition = {"edition": settings.edition}
        settings = load_settings(settings.directory, year).model_copy(update=edition)
    scope = Scope(year, territory, settings.service)
    laid = LaidOut(Store(directory), settings, scope)
    tables, now, then = list[Table](), list[pd.DataFrame](), list[pd.DataFrame]()
    for id, *_ in shown:
        layout = laid.layout(id, scope)
        data, before = layout.data, layout.before
        words = data.title, data.of.definition, data.of.source, data.unit, data.of.look.tab
        lines = {row.code: Label(row.code, row.label, row.kind) for row in data.rows}
        columns = {column.code: Label(column.code, column.label, column.kind) for column in data.columns}
        texts = {(line, column): text for line, column, text in data.texts.to_numpy()}
        tables.append(Table(id, *words, not layout.is_shared, lines, columns, {territory: texts} if texts else {}))
        compare = before is not None and not before.figures.empty
        now.append(data.figures.assign(compare=compare))
        if scope.is_service:
            now.append(_without_page(laid, data).assign(compare=False))
        if before is not None:
            then.append(before.figures.assign(annee=year, origine=before.origin, rupture=before.reason))
    figures = _joined(now, NOW)
    return tables, figures.assign(compare=figures["compare"] & (figures["annee"] == year)), _joined(then, BEFORE)


def _without_page(laid: LaidOut, data: TableData) -> pd.DataFrame:
    """Figures told with the service's: of territories without a page; of actions, each again for its territory."""
    if data.of.of_actions:
        return data.figures.assign(territoire=data.figures["colonne"].map(laid.source.territories_of_actions()))
    others = WITHOUT_PAGE if data.of.scope == "both" else ()
    every = [laid.lookup.table(data.id, laid.scope.year, place) for place in others]
    return pd.concat([data.figures.iloc[:0], *every])


def _joined(frames: Sequence[pd.DataFrame], more: dict[str, str]) -> pd.DataFrame:
    types = {**dict.fromkeys(CSV_COLUMNS, "str"), "annee": "int64", "valeur": "float64", "base": "float64", **more}
    every = pd.concat([pd.DataFrame(columns=[*types]).astype(types), *frames], ignore_index=True)[[*types]]
    return every.assign(base=every["base"].where(every["etat"] == ARRONDI, 0))

"""The table of the service's actions seen commune by commune: each action belongs to one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from rlpipeline.display import table_text, tables
from rlpipeline.display.laid_out import WITHOUT_PAGE, LaidOut
from rlpipeline.display.sections import written
from rlpipeline.display.shown import Shown
from rlpipeline.display.tables import Layout
from rlpipeline.display.years import Former
from rlpipeline.figures import TableData


def shown(laid: LaidOut, whole: Layout, page: Layout) -> Shown:
    """Show the table of each commune, then of what has none, each followed by its text.

    Parameters
    ----------
    page
        The table with the lines and columns to show.
    """
    communes = laid.settings.service.commune_codes
    territory_of = laid.source.territories_of_actions(communes)
    order = (*communes, *WITHOUT_PAGE)
    parts = [
        Layout(
            data,
            laid.place(data.territory),
            former_of(whole.before, territory_of, data.territory),
            left_out=page.left_out,
        )
        for data in split(page.data, territory_of, (*laid.communes, *WITHOUT_PAGE))
    ]
    parts = [part for part in parts if part.data.columns or part.data.territory not in WITHOUT_PAGE]
    html = "".join(_part(laid, part) for part in parts) + _about_all(page)
    plain = [whole] if whole.data.columns else parts  # without an action, one sentence a commune, as in HTML
    words = "\n".join(table_text.to_text(one) for one in plain)
    figures = published(whole.data.figures, territory_of, order)
    return Shown(html, words, tables.MIME, tables.bundle(replace(page, data=whole.data), figures, parts))


def _part(laid: LaidOut, part: Layout) -> str:
    table = tables.to_html(part, definition=False) if part.seen.columns or not part.data.columns else ""
    territory = part.data.territory
    words = None if territory in WITHOUT_PAGE else written(laid, f"{part.data.id}-{territory}", territory)
    return table + (words.html if words else "")


def _about_all(whole: Layout) -> str:
    """Set apart from the last table what is said of all of them."""
    return f'<div class="rl-ensemble">{tables.definition_note(whole)}</div>'


def split(data: TableData, territory_of: Mapping[str, str], territories: Iterable[str]) -> Iterator[TableData]:
    """Cut a table whose columns are actions into one per territory, without counting anything again.

    Parameters
    ----------
    data
        Table of the whole service.
    territory_of
        Territory of each column.

    Returns
    -------
    One table per territory, in their order; one without an action has no column. Notes stay with the whole.
    """
    figures = dict(list(data.figures.groupby(data.figures["colonne"].map(territory_of))))
    texts = dict(list(data.texts.groupby(data.texts["colonne"].map(territory_of))))
    for territory in territories:
        own = texts.get(territory, data.texts.iloc[:0])
        written = set(own["ligne"])
        yield replace(
            data,
            territory=territory,
            rows=tuple(row for row in data.rows if row.kind != "note" or row.code in written),
            columns=tuple(column for column in data.columns if territory_of[column.code] == territory),
            figures=figures.get(territory, data.figures.iloc[:0]).assign(territoire=territory),
            texts=own,
            notes=(),
        )


def former_of(former: Former | None, territory_of: Mapping[str, str], territory: str) -> Former | None:
    """Keep the year before of one territory; None where it had nothing."""
    if former is None:
        return None
    own = former.figures[former.figures["colonne"].map(territory_of) == territory]
    return None if own.empty else replace(former, figures=own.assign(territoire=territory))


def published(figures: pd.DataFrame, territory_of: Mapping[str, str], territories: Sequence[str]) -> pd.DataFrame:
    """Give the figures of the service, then those of each territory.

    Returns
    -------
    Columns of ``indicateurs.csv``; each figure twice, for the service and for the territory of its action.
    """
    own = figures.assign(territoire=figures["colonne"].map(territory_of).astype("str"))
    rank = {territory: position for position, territory in enumerate(territories)}
    ordered = own.sort_values("territoire", key=lambda names: names.map(rank), kind="stable")
    return pd.concat([figures, ordered], ignore_index=True)

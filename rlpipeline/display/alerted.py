"""The follow-ups to be looked at again: how many, and their list for the service alone (``alertes.csv``)."""

from __future__ import annotations

import pandas as pd

from rlpipeline.display import french
from rlpipeline.display.shown import FILE_MIME, Shown


def shown(listed: pd.DataFrame) -> Shown:
    """Say how many there are; the bundle has the lines of the file."""
    rows = listed.astype(object).where(listed.notna(), None)
    bundle = {
        "name": "alertes.csv",
        "columns": list(listed.columns),
        "rows": [[_plain(value) for value in row] for row in rows.itertuples(index=False)],
    }
    html, plain = notice(len(listed))
    return Shown(html, plain, FILE_MIME, bundle)


def notice(number: int) -> tuple[str, str]:
    """Say how many follow-ups are listed in ``alertes.csv``, in HTML and in plain text."""
    if number == 0:
        words = "Aucun suivi n'est à réexaminer."
        return f'<p class="rl-vide">{words}</p>', words
    listed = french.count(number, "suivi est à réexaminer", "suivis sont à réexaminer")
    words = f"{listed}{french.NBSP}; leur liste par éducateur est dans le fichier alertes.csv, réservé au service."
    return f'<p class="rl-note">{words}</p>', words


def _plain(value: object) -> object:
    """Write dates as in the records; numbers and words stay."""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value

"""The words of the records that a table prints: names of lines, texts in cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import pandas as pd

from rlpipeline.figures.labels import natural_key


def texts(lines: Iterable[str], columns: Iterable[str], words: Iterable[object]) -> pd.DataFrame:
    """Write the words that a table prints and that are no figures.

    Returns
    -------
    Columns ligne, colonne, texte (str), one row per text; missing and empty ones are left out.
    """
    frame = pd.DataFrame({"ligne": [*lines], "colonne": [*columns], "texte": [*words]}, dtype="str")
    return frame[frame["texte"].notna() & (frame["texte"] != "")].reset_index(drop=True)


@cache
def no_texts() -> pd.DataFrame:
    """The texts of a table without any."""
    return texts((), (), ())


def joined(words: pd.Series[str], lines: pd.Series[str]) -> pd.Series[str]:
    """Put the words of each line together.

    Returns
    -------
    Series indexed by line: the different words, in natural order, between semicolons. A line without words is left out.
    """
    written = words.dropna()
    return written.groupby(lines).agg(lambda some: " ; ".join(sorted(set(some), key=natural_key))).astype("str")


def line_texts(frame: pd.DataFrame, lines: pd.Series[str], columns: Sequence[str]) -> pd.DataFrame:
    """Write the columns of words of the records as texts of a table.

    Returns
    -------
    As :func:`texts`, one row per line and column with words.
    """
    words = [joined(frame[column], lines).rename("texte").rename_axis("ligne").reset_index() for column in columns]
    stacked_words = pd.concat([some.assign(colonne=column) for some, column in zip(words, columns, strict=True)])
    return texts(stacked_words["ligne"], stacked_words["colonne"], stacked_words["texte"])


def qualified(names: pd.Series[str], qualifiers: pd.Series[str], reserved: Iterable[str] = ()) -> pd.Series[str]:
    """Name lines after what they are about.

    Returns
    -------
    Series of names; ``name/qualifier`` where the name comes twice, or is a code of the table.
    """
    ambiguous = names.duplicated(keep=False) | names.isin([*reserved])
    return names.mask(ambiguous, names + "/" + qualifiers)


def unlike_codes(names: pd.Series[str], codes: Iterable[str]) -> pd.Series[str]:
    """Tell names apart from the codes of the table's own lines.

    Returns
    -------
    Series of names; « nom » follows the one that is a code (a funder called ``total``).
    """
    return names.mask(names.isin([*codes]), names + " (nom)")

"""Fewer, wider classes before protection, and classes whose mere presence would tell something."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pandas as pd

from rlpipeline.disclosure.unknowns import ACTION_TABLES, Exact
from rlpipeline.disclosure.wider_words import wider_words
from rlpipeline.errors import SettingsError
from rlpipeline.indicators import Col, Row, TableData, label_of
from rlpipeline.indicators.labels import AGE_INCONNU, AGES, DUREES, NON_RENSEIGNEE, SITUATIONS
from rlpipeline.indicators.sums import sum_states
from rlpipeline.indicators.tidy import NC, WITHOUT_VALUE

JOIN = "_ou_"
SEXED_TABLES = ("accompagnes", "travail_de_rue", "presence_sociale")
AGED_TABLES = ("situations", "communes", "problematiques", "problematiques_jeunes", "durees", "demandes")
AXES: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "age": (tuple(AGES), frozenset({*SEXED_TABLES, *AGED_TABLES, *ACTION_TABLES})),
    "duree": (tuple(DUREES), frozenset({"durees"})),
    "situation": (tuple(SITUATIONS), frozenset({"situations"})),
}
"""What can be grouped: the classes, and the tables that use them."""
Regrouped = Mapping[str, Sequence[Sequence[str]]]


def wider_code(codes: Iterable[str]) -> str:
    """Name a wider class after those it joins."""
    return JOIN.join(codes)


def wider_classes(indicator_id: str, regrouped: Regrouped) -> dict[str, str]:
    """Give the wider class of each class of a table that has one.

    Raises
    ------
    SettingsError
        There is no such axis or class, or a class comes twice.
    """
    found: dict[str, str] = {}
    for axis, groups in regrouped.items():
        known, tables = AXES.get(axis, ((), frozenset[str]()))
        named = [code for group in groups for code in group]
        wrong = [code for code in named if code not in known or named.count(code) > 1]
        if axis not in AXES or wrong:
            raise _wrong_class(axis, wrong)
        if indicator_id in tables:
            found |= {code: wider_code(group) for group in groups for code in group}
    return found


def _wrong_class(axis: str, wrong: Sequence[str]) -> SettingsError:
    if axis not in AXES:
        return SettingsError(
            f"On ne sait pas regrouper « {axis} ».",
            where="service.yml, diffusion, regroupements",
            expected=", ".join(AXES),
        )
    near = difflib.get_close_matches(wrong[0], AXES[axis][0], n=1, cutoff=0)
    return SettingsError(
        f"« {wrong[0]} » n'est pas une classe de « {axis} », ou y vient deux fois.",
        where="service.yml, diffusion, regroupements",
        expected=", ".join(AXES[axis][0]),
        todo=f"la plus proche est « {near[0]} »",
    )


def regroup(exact: Exact, regrouped: Regrouped) -> dict[tuple[str, str], pd.DataFrame]:
    """Join classes in every table that uses them, and show every rare class.

    Returns
    -------
    Columns of ``indicateurs.csv``, one row per figure, for each indicator and territory.
    """
    joined = dict(exact)
    for indicator_id in dict.fromkeys(name for name, _ in exact):
        keys = [key for key, frame in exact.items() if key[0] == indicator_id and not frame.empty]
        wider = wider_classes(indicator_id, regrouped)
        if wider and keys:
            joined |= zip(keys, _joined([exact[key] for key in keys], wider), strict=True)
    return {key: with_rare_classes(key[0], frame) for key, frame in joined.items()}


def _joined(frames: Sequence[pd.DataFrame], wider: Mapping[str, str]) -> list[pd.DataFrame]:
    """Join the classes of the same table of every territory at once."""
    table = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    whole = pd.concat(frames, ignore_index=True)
    renamed = whole.assign(
        table=table,
        ligne=whole["ligne"].replace(wider),
        colonne=whole["colonne"].replace(wider),
        known=~whole["etat"].isin(WITHOUT_VALUE),
    )
    grouped = renamed.groupby(
        ["table", "indicateur", "annee", "territoire", "ligne", "colonne", "unite"], sort=False, as_index=False
    ).agg(
        known=("known", "sum"),
        rows=("known", "size"),
        etat=("etat", "first"),
        states=("etat", "nunique"),
        valeur=("valeur", "sum"),
        numbers=("valeur", "count"),
    )
    grouped["valeur"] = grouped["valeur"].where(grouped["numbers"] > 0)
    mixed = grouped["states"] != 1
    grouped["etat"] = grouped["etat"].mask(
        mixed, pd.Series(sum_states(grouped["known"], grouped["rows"]), index=grouped.index)
    )
    grouped["valeur"] = grouped["valeur"].where(~grouped["etat"].isin(WITHOUT_VALUE))
    ends = np.searchsorted(grouped["table"].to_numpy(), np.arange(len(frames) + 1)).tolist()
    kept = grouped[list(whole.columns)]
    return [kept.iloc[start:end].reset_index(drop=True) for start, end in pairwise(ends)]


def rare_classes(indicator_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the rare lines and columns of a table, which the exact edition shows only where someone is counted."""
    if indicator_id in SEXED_TABLES:
        return (AGE_INCONNU,), ("NR",)
    lines = (NON_RENSEIGNEE,) if indicator_id == "situations" else ()
    return lines, (AGE_INCONNU,) if indicator_id in AGED_TABLES else ()


def with_rare_classes(indicator_id: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Add the rare lines and columns as zeros where they are not: their presence would say that someone is counted."""
    rare_lines, rare_columns = rare_classes(indicator_id)
    if frame.empty or not (rare_lines or rare_columns) or (frame["etat"] == NC).all():
        return frame
    lines = list(dict.fromkeys([*frame["ligne"], *rare_lines]))
    columns = list(dict.fromkeys([*frame["colonne"], *rare_columns]))
    shown = set(zip(frame["ligne"], frame["colonne"], strict=True))
    missing = [(line, column) for line in lines for column in columns if (line, column) not in shown]
    if not missing:
        return frame
    added = pd.DataFrame(missing, columns=["ligne", "colonne"])
    silent = set(frame["ligne"]) - set(frame.loc[frame["etat"] != NC, "ligne"])
    nc = added["ligne"].isin(silent)
    zeros = added.assign(
        indicateur=frame["indicateur"].iloc[0],
        annee=frame["annee"].iloc[0],
        territoire=frame["territoire"].iloc[0],
        unite=frame["unite"].iloc[0],
        etat=np.where(nc, NC, "ok"),
        valeur=np.where(nc, np.nan, 0.0),
    )[list(frame.columns)]
    whole = pd.concat([frame, zeros.astype(frame.dtypes.to_dict())], ignore_index=True)
    line_order, column_order = _before_total(lines, rare_lines), _before_total(columns, rare_columns)
    by_line = [line_order.index(code) for code in whole["ligne"]]
    by_column = [column_order.index(code) for code in whole["colonne"]]
    return whole.iloc[np.lexsort((by_column, by_line))].reset_index(drop=True)


def _before_total(codes: Sequence[str], rare: Sequence[str]) -> list[str]:
    """Put the rare classes where the exact edition has them: before the total."""
    others = [code for code in codes if code not in rare]
    place = others.index("total") if "total" in others else len(others)
    return [*others[:place], *rare, *others[place:]]


def with_classes_of(data: TableData, figures: pd.DataFrame, regrouped: Regrouped) -> TableData:
    """Give a table the figures of the edition to share, and the lines and columns these have.

    Returns
    -------
    The table; a wider class is named by its range, or by the words of those it joins.
    """
    wider = wider_classes(data.id, regrouped)
    rare_lines, rare_columns = rare_classes(data.id)
    lines, columns = set(figures["ligne"]), set(figures["colonne"])
    texts = data.texts.assign(ligne=data.texts["ligne"].replace(wider), colonne=data.texts["colonne"].replace(wider))
    rows = [
        replace(row, code=code, label=class_words(code, {r.code: r.label for r in data.rows}))
        for row, code in _renamed(data.rows, wider)
    ]
    cols = [
        replace(col, code=code, label=class_words(code, {c.code: c.label for c in data.columns}))
        for col, code in _renamed(data.columns, wider)
    ]
    rows += [Row(code, label_of(code)) for code in rare_lines if code in lines - {row.code for row in rows}]
    cols += [Col(code, label_of(code)) for code in rare_columns if code in columns - {col.code for col in cols}]
    row_order = _before_total([row.code for row in rows], rare_lines)
    col_order = _before_total([col.code for col in cols], rare_columns)
    return replace(
        data,
        rows=tuple(sorted(rows, key=lambda row: row_order.index(row.code))) if rare_lines else tuple(rows),
        columns=tuple(sorted(cols, key=lambda col: col_order.index(col.code))) if rare_columns else tuple(cols),
        figures=figures,
        texts=texts.drop_duplicates(["ligne", "colonne"], ignore_index=True),
    )


T = TypeVar("T", Row, Col)


def _renamed(items: Sequence[T], wider: Mapping[str, str]) -> list[tuple[T, str]]:
    """Pair each line or column with its wider code, once."""
    found: dict[str, T] = {}
    for item in items:
        found.setdefault(wider.get(item.code, item.code), item)
    return [(item, code) for code, item in found.items()]


def class_words(code: str, labels: Mapping[str, str]) -> str:
    """Name a class, wider or not.

    Parameters
    ----------
    labels
        Words of classes where they are not the usual ones.
    """
    parts = code.split(JOIN)
    if code in labels or len(parts) == 1:
        return labels.get(code) or label_of(code)
    return wider_words(parts, {part: labels.get(part, label_of(part)) for part in parts})

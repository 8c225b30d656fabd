"""What may be shared, its store, and the ledger: what was released before, with the rules published beside it.

One CSV file a release, ``<year>-NN.csv``: the columns of ``indicateurs.csv`` and the base of each rounded figure.
Beside it, ``<year>-NN.json`` says when it was shared, whether it was recalled, and the rules that its
``datapackage.json`` gave.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.attack.publications import PublishedFigures
from rlpipeline.declared import Links
from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS, PROTECTED_UNITS, TableData
from rlpipeline.figures.store import COUNTED, FIGURE_COLUMNS, RELEASED, Key, marker
from rlpipeline.figures.tidy import no_texts
from rlpipeline.links import Classes
from rlpipeline.protection.classes import KEY, LEFT_OUT, wider_classes, with_classes_of
from rlpipeline.settings.models import Disclosure
from rlpipeline.states import ARRONDI, MASQUE

LEDGER_COLUMNS = (*CSV_COLUMNS, "base")
LINE = ["indicateur", "territoire", "ligne"]
CELL = [*LINE, "annee", "colonne"]
THEN = "_then"
NUMBERS = {"annee": "int64", "valeur": "float64", "base": "int64"}
NARROW = "il porte sur trop peu de personnes pour que l'arrondi les protège"


@dataclass(frozen=True, kw_only=True)
class Protected(PublishedFigures):
    """What may be shared.

    Words are those of the wider classes. Left out are tables (indicator, territory) without figures about persons, and
    why. Loops are times that the attack asked for more.
    """

    words: Mapping[str, str]
    left_out: Mapping[tuple[str, str], str]
    followed_only: bool
    loops: int = 0

    @property
    def narrow(self) -> list[tuple[str, str]]:
        """Tables left out for what they count, not for what they are."""
        return [table for table, reason in self.left_out.items() if reason == NARROW]


@dataclass(frozen=True, kw_only=True)
class Release(PublishedFigures):
    """One file of the ledger, named by year and number (2023-01), and what its package said.

    Shared and recalled are days, as 2024-03-01; the second is empty where it stands.
    """

    path: Path
    shared: str
    recalled: str = ""
    rules: Mapping[str, Any] = field(compare=False)

    @property
    def year(self) -> int:
        """Year of the report."""
        return int(self.name[:4])


def read_releases(directory: Path) -> list[Release]:
    """Read a ledger, oldest first, with what was recalled: others have it. SettingsError: a file is not as written."""
    if not directory.is_dir():
        return []
    releases = map(_read, directory.glob("*.csv"))
    return sorted(releases, key=lambda release: (release.shared, release.name))


def last_released(releases: Sequence[Release]) -> pd.DataFrame:
    """Give the last released figure of each cell; columns as of :class:`Release`."""
    nothing = pd.DataFrame(columns=list(LEDGER_COLUMNS))
    tables = [release.figures for release in releases] or [_typed(nothing)]
    return pd.concat(tables).drop_duplicates(KEY, keep="last", ignore_index=True)


def says_the_same(released: pd.DataFrame, figures: pd.DataFrame, links: Links) -> bool:
    """Say whether figures about persons are those released, or withdrawn."""
    asked = figures["unite"].isin(PROTECTED_UNITS)
    asked &= figures["indicateur"].isin(links.persons)
    counted = figures[asked & figures["etat"].ne(MASQUE)]
    both = counted.merge(released, on=KEY, suffixes=("", THEN))
    columns = ("etat", "base", "valeur")
    return all(_agree(both[name], both[f"{name}{THEN}"]) for name in columns)


def _agree(one: pd.Series[Any], other: pd.Series[Any]) -> bool:
    """Whether two columns are the same, without a number in the same rows."""
    neither = one.isna() & other.isna()
    return bool((one.eq(other) | neither).all())


def written(figures: pd.DataFrame) -> str:
    """Write figures as a file of the ledger has them: integers without decimals, the same bytes everywhere."""
    values = ["" if np.isnan(value) else f"{value:.15g}" for value in figures["valeur"]]
    numbers = pd.Series(values, index=figures.index, dtype="str")
    table = figures[list(LEDGER_COLUMNS)].assign(valeur=numbers)
    return str(table.to_csv(index=False, lineterminator="\n"))


def _read(path: Path) -> Release:
    """Read a release and what lies beside it."""
    beside = path.with_suffix(".json")
    try:
        content = json.loads(beside.read_text(encoding="utf-8"))
        table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
        figures = _typed(table)
        rules = content["arrondi"]
        return Release(
            path.stem,
            figures,
            rules["classes"],
            released=True,
            path=path,
            rules=rules,
            shared=str(content["partagee"]),
            recalled=str(content.get("retiree", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        columns = ", ".join(LEDGER_COLUMNS)
        raise SettingsError(
            "Une diffusion du registre ne se lit pas.",
            where=f"{path}, {beside.name}",
            expected=f"ce que « rlpipeline share » a écrit : {columns} ; la date et les règles",
            todo="rétablir les deux fichiers tels qu'ils étaient",
        ) from error


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of the ledger their types."""
    types = {**dict.fromkeys(LEDGER_COLUMNS, "str"), **NUMBERS}
    numbers = table.assign(valeur=pd.to_numeric(table["valeur"]))
    return numbers[list(LEDGER_COLUMNS)].astype(types)


def public_rules(
    figures: pd.DataFrame,
    rules: Disclosure,
    classes: Classes,
    left_out: Iterable[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Tell the rounding, the thresholds and the wider classes, which the method annex prints, as values for JSON.

    ``autres`` are the rounded figures whose base is another: a whole line where all of it has that base, else (with
    ``annee`` and ``colonne``) each figure. ``laisses``, where there are some, are tables of too few persons.
    """
    base = rules.base
    others = _other_bases(figures, base)
    public: dict[str, Any] = {"base": base, "largeur": base - 1, "autres": others}
    public |= {"seuil": rules.seuil, "seuil_sensible": rules.seuil_sensible}
    public |= {"sensibles": [*rules.sensibles], "classes": classes}
    if tables := [[*table] for table in left_out]:
        public["laisses"] = tables
    return public


def _other_bases(figures: pd.DataFrame, base: int) -> list[dict[Hashable, Any]]:
    """List the rounded figures whose base is another, line by line where all of it has that base."""
    rounded = figures[figures["etat"] == ARRONDI]
    is_alike = rounded.groupby(LINE)["base"].transform("nunique").eq(1)
    is_other = rounded["base"].ne(base)
    lines = rounded.loc[is_other & is_alike, [*LINE, "base"]].drop_duplicates()
    cells = rounded.loc[is_other & ~is_alike, [*CELL, "base"]].drop_duplicates()
    return [*lines.to_dict("records"), *cells.to_dict("records")]


def with_bases(figures: pd.DataFrame, rules: Mapping[str, Any]) -> pd.DataFrame:
    """Give each figure its base, as the rules published beside it tell it; 0 where it is not rounded."""
    base = pd.Series(int(rules["base"]), index=figures.index)
    for other in rules["autres"]:
        concerned = pd.Series(True, index=figures.index)
        for name in set(CELL).intersection(other):
            concerned &= figures[name].eq(other[name])
        base = base.mask(concerned, other["base"])
    of_rounded = base.where(figures["etat"] == ARRONDI, 0)
    return figures.assign(base=of_rounded.astype("int64"))


def shared_store(
    protected: Protected,
    tables: Mapping[tuple[str, str], TableData],
    links: Links,
    released: pd.DataFrame,
    places: Mapping[str, str],
    is_recorded: Callable[[str, int], bool],
) -> tuple[Mapping[Key, TableData], Mapping[str, Any]]:
    """Give the tables of the edition to share, and what its store answers beside them: no number of rows, no list.

    The words of the exact tables of the year are kept, none of their figures is. One without a figure to share is not
    given, unless it holds words only or was left out for a reason, which is its first note. Beside them stands the last
    figure released of each cell for other years.
    """
    year = max((data.year for data in tables.values()), default=0)
    shown = _shown(protected, tables, links)
    for (id, before, place), figures in _released_of_others(released, year):
        now = shown.get((id, year, place))
        is_left_out = (id, place) in protected.left_out
        if now is not None and not (now.figures.empty and is_left_out):
            shown[id, before, place] = _alone(now, before, figures)
    of_others = {(id, other) for id, other, _ in shown if other != year}
    recorded = [pair for pair in of_others if is_recorded(*pair)]
    years = sorted({*released["annee"].tolist()})
    origins = {**dict.fromkeys(years, RELEASED), year: COUNTED}
    beside = marker(exact=False, years=years, recorded=recorded, origins=origins, places=places)
    return shown, beside


def _shown(
    protected: Protected, tables: Mapping[tuple[str, str], TableData], links: Links
) -> dict[Key, TableData]:
    """Give the tables of the year that have figures to share, words only, or a reason to be left out."""
    by_table = protected.figures.groupby(["indicateur", "territoire"], sort=False)
    slices = dict([*by_table])
    nothing = protected.figures.iloc[:0]
    shown: dict[Key, TableData] = {}
    for (id, place), data in tables.items():
        figures = slices.get((id, place), nothing).reset_index(drop=True)
        reason = protected.left_out.get((id, place))
        if figures.empty and not data.figures.empty and reason is None:
            continue
        wider = wider_classes(id, protected.classes, links)
        table = with_classes_of(data, figures, wider, protected.words)
        if reason is not None:
            table = replace(table, notes=(f"{LEFT_OUT}{reason}.", *table.notes))
        shown[id, data.year, place] = table
    return shown


def _released_of_others(released: pd.DataFrame, year: int) -> Iterator[tuple[Key, pd.DataFrame]]:
    """Give the figures released of other years, table by table."""
    of_others = released.loc[released["annee"] != year, list(FIGURE_COLUMNS)]
    by_table = of_others.groupby(["indicateur", "annee", "territoire"], sort=False)
    for (indicator, before, territory), figures in by_table:
        year_before = int(str(before))
        key = str(indicator), year_before, str(territory)
        yield key, figures.reset_index(drop=True)


def _alone(table: TableData, year: int, figures: pd.DataFrame) -> TableData:
    """Give figures the form of a table, without its words."""
    return replace(table, year=year, figures=figures, texts=no_texts(), notes=())

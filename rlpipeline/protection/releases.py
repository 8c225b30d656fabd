"""What may be shared, its store, and the ledger: what was released before, with the rules published beside it.

One CSV file a release, ``<year>-NN.csv``: the columns of ``indicateurs.csv`` and the base of each rounded figure.
Beside it, ``<year>-NN.json`` says when it was shared, whether it was recalled, and the rules that its
``datapackage.json`` gave.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.attack.publications import Publication
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
NARROW = "il porte sur trop peu de personnes pour que l'arrondi les protège"


@dataclass(frozen=True, kw_only=True)
class Protected(Publication):
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
class Release(Publication):
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
    releases = [_read(path) for path in directory.glob("*.csv")] if directory.is_dir() else []
    return sorted(releases, key=lambda one: (one.shared, one.name))


def last_released(releases: Sequence[Release]) -> pd.DataFrame:
    """Give the last released figure of each cell; columns as of :class:`Release`."""
    tables = [one.figures for one in releases] or [
        _typed(pd.DataFrame(columns=list(LEDGER_COLUMNS)))
    ]
    return pd.concat(tables).drop_duplicates(KEY, keep="last", ignore_index=True)


def says_the_same(released: pd.DataFrame, figures: pd.DataFrame, links: Links) -> bool:
    """Say whether figures about persons are those released, or withdrawn."""
    counted = figures[figures["indicateur"].isin(links.persons) & figures["etat"].ne(MASQUE)]
    both = counted[counted["unite"].isin(PROTECTED_UNITS)].merge(
        released, on=KEY, suffixes=("", "_then")
    )
    same = both["etat"].eq(both["etat_then"]) & both["base"].eq(both["base_then"])
    return bool((same & both["valeur"].fillna(-1).eq(both["valeur_then"].fillna(-1))).all())


def written(figures: pd.DataFrame) -> str:
    """Write figures as a file of the ledger has them: integers without decimals, the same bytes everywhere."""
    values = ["" if np.isnan(value) else f"{value:.15g}" for value in figures["valeur"]]
    table = figures[list(LEDGER_COLUMNS)].assign(
        valeur=pd.Series(values, index=figures.index, dtype="str")
    )
    return str(table.to_csv(index=False, lineterminator="\n"))


def _read(path: Path) -> Release:
    beside = path.with_suffix(".json")
    try:
        content = json.loads(beside.read_text(encoding="utf-8"))
        days = {"shared": str(content["partagee"]), "recalled": str(content.get("retiree", ""))}
        figures, rules = (
            pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8"),
            content["arrondi"],
        )
        return Release(
            path.stem,
            _typed(figures),
            rules["classes"],
            released=True,
            path=path,
            rules=rules,
            **days,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            "Une diffusion du registre ne se lit pas.",
            where=f"{path}, {beside.name}",
            expected=f"ce que « rlpipeline share » a écrit : {', '.join(LEDGER_COLUMNS)} ; la date et les règles",
            todo="rétablir les deux fichiers tels qu'ils étaient",
        ) from error


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    types = dict.fromkeys(CSV_COLUMNS, "str") | {
        "annee": "int64",
        "valeur": "float64",
        "base": "int64",
    }
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
    rounded = figures[figures["etat"] == ARRONDI]
    alike, other = (
        rounded.groupby(LINE)["base"].transform("nunique").eq(1),
        rounded["base"].ne(rules.base),
    )
    named = ((LINE, rounded[other & alike]), (CELL, rounded[other & ~alike]))
    return {
        "base": rules.base,
        "largeur": rules.base - 1,
        "autres": [
            one
            for names, some in named
            for one in some[[*names, "base"]].drop_duplicates().to_dict("records")
        ],
        "seuil": rules.seuil,
        "seuil_sensible": rules.seuil_sensible,
        "sensibles": [*rules.sensibles],
        "classes": classes,
        **({"laisses": tables} if (tables := [[*table] for table in left_out]) else {}),
    }


def with_bases(figures: pd.DataFrame, rules: Mapping[str, Any]) -> pd.DataFrame:
    """Give each figure its base, as the rules published beside it tell it; 0 where it is not rounded."""
    base = pd.Series(int(rules["base"]), index=figures.index)
    for other in rules["autres"]:
        named = [name for name in CELL if name in other]
        concerned = (figures[named] == pd.Series({name: other[name] for name in named})).all(axis=1)
        base = base.mask(concerned, other["base"])
    return figures.assign(base=base.where(figures["etat"] == ARRONDI, 0).astype("int64"))


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
    slices = dict(list(protected.figures.groupby(["indicateur", "territoire"], sort=False)))
    shown: dict[Key, TableData] = {}
    year = max((data.year for data in tables.values()), default=0)
    for (id, place), data in tables.items():
        figures, reason = (
            slices.get((id, place), protected.figures.iloc[:0]),
            protected.left_out.get((id, place)),
        )
        if not figures.empty or data.figures.empty or reason is not None:
            wider = wider_classes(id, protected.classes, links)
            table = with_classes_of(data, figures.reset_index(drop=True), wider, protected.words)
            notes = () if reason is None else (f"{LEFT_OUT}{reason}.",)
            shown[id, year, place] = replace(table, notes=(*notes, *table.notes))
    of_others = released.loc[released["annee"] != year, list(FIGURE_COLUMNS)]
    for (indicator, before, territory), figures in of_others.groupby(
        ["indicateur", "annee", "territoire"], sort=False
    ):
        id, then, place = str(indicator), int(str(before)), str(territory)
        now = shown.get((id, year, place))
        if now is not None and not (now.figures.empty and (id, place) in protected.left_out):
            alone, no_words = figures.reset_index(drop=True), no_texts()
            shown[id, then, place] = replace(
                now, year=then, figures=alone, texts=no_words, notes=()
            )
    recorded = [
        pair for pair in {key[:2] for key in shown} if pair[1] != year and is_recorded(*pair)
    ]
    years = sorted({int(one) for one in released["annee"]})
    origins = {**dict.fromkeys(years, RELEASED), year: COUNTED}
    return shown, marker(
        exact=False, years=years, recorded=recorded, origins=origins, places=places
    )

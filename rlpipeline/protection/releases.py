"""The ledger: what was released before, as it was published, with the rules published beside it.

One CSV file a release, ``<year>-NN.csv``: the columns of ``indicateurs.csv`` and the base of each rounded figure.
Beside it, ``<year>-NN.json`` says when it was shared, whether it was recalled, and the rules that its
``datapackage.json`` gave.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.errors import SettingsError
from rlpipeline.figures import CSV_COLUMNS
from rlpipeline.figures.tidy import ARRONDI
from rlpipeline.protection.classes import KEY, Classes, spelled
from rlpipeline.settings.models import Disclosure

LEDGER_COLUMNS = (*CSV_COLUMNS, "base")
LINE = ["indicateur", "territoire", "ligne"]
CELL = [*LINE, "annee", "colonne"]


@dataclass(frozen=True)
class Release:
    """One file of the ledger: columns of ``indicateurs.csv`` and ``base`` (0 where exact), and what its package said.

    Shared and recalled are days, as 2024-03-01; the second is empty where it stands.
    """

    path: Path
    figures: pd.DataFrame = field(repr=False, compare=False)
    shared: str
    recalled: str
    rules: Mapping[str, Any] = field(compare=False)

    @property
    def name(self) -> str:
        """Year and number: 2023-01."""
        return self.path.stem

    @property
    def year(self) -> int:
        """Year of the report."""
        return int(self.name[:4])


@dataclass(frozen=True)
class Releases:
    """Every release, oldest first, those recalled included; the last of a cell counts."""

    each: tuple[Release, ...] = ()

    @cached_property
    def figures(self) -> pd.DataFrame:
        """Figures of every release, oldest first; columns as of :class:`Release`."""
        tables = [one.figures for one in self.each]
        return pd.concat(tables, ignore_index=True) if tables else _typed(pd.DataFrame(columns=list(LEDGER_COLUMNS)))

    @property
    def last(self) -> pd.DataFrame:
        """The last released figure of each cell."""
        return self.figures.drop_duplicates(KEY, keep="last", ignore_index=True)

    @property
    def standing(self) -> Releases:
        """Those that were not recalled."""
        return Releases(tuple(one for one in self.each if not one.recalled))


def list_releases(directory: Path) -> list[Release]:
    """List the releases of a ledger, oldest first, those recalled included: others have them."""
    releases = [_read(path) for path in directory.glob("*.csv")] if directory.is_dir() else []
    return sorted(releases, key=lambda one: (one.shared, one.name))


def read_releases(directory: Path) -> Releases:
    """Read a ledger. Raises as :func:`list_releases`."""
    return Releases(tuple(list_releases(directory)))


def written(figures: pd.DataFrame) -> str:
    """Write figures as a file of the ledger has them: integers without decimals, the same bytes everywhere."""
    values = [
        "" if np.isnan(value) else str(int(value)) if value % 1 == 0 else repr(float(value))
        for value in figures["valeur"]
    ]
    table = figures[list(LEDGER_COLUMNS)].assign(valeur=pd.Series(values, index=figures.index, dtype="str"))
    return str(table.to_csv(index=False, lineterminator="\n"))


def _read(path: Path) -> Release:
    beside = path.with_suffix(".json")
    try:
        content = json.loads(beside.read_text(encoding="utf-8"))
        said = str(content["partagee"]), str(content.get("retiree", "")), {**content["arrondi"]}
        return Release(path, _typed(pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")), *said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            "Une diffusion du registre ne se lit pas.",
            where=f"{path}, {beside.name}",
            expected=f"ce que « rlpipeline share » a écrit : {', '.join(LEDGER_COLUMNS)} ; la date et les règles",
            todo="rétablir les deux fichiers tels qu'ils étaient",
        ) from error


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    types = dict.fromkeys(CSV_COLUMNS, "str") | {"annee": "int64", "valeur": "float64", "base": "int64"}
    numbers = table.assign(valeur=pd.to_numeric(table["valeur"]))
    return numbers[list(LEDGER_COLUMNS)].astype(types)


def public_rules(
    figures: pd.DataFrame, rules: Disclosure, classes: Classes, left_out: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Tell the rounding, the thresholds and the wider classes, which the method annex prints, as values for JSON.

    ``autres`` are the rounded figures whose base is another: a whole line where all of it has that base, else (with
    ``annee`` and ``colonne``) each figure. ``laisses``, where there are some, are tables of too few persons.
    """
    return {
        "base": rules.base,
        "largeur": rules.base - 1,
        "autres": [*_others(figures, rules.base)],
        "seuil": rules.seuil,
        "seuil_sensible": rules.seuil_sensible,
        "sensibles": [*rules.sensibles],
        "classes": spelled(classes),
        **({"laisses": tables} if (tables := [[*table] for table in left_out]) else {}),
    }


def _others(figures: pd.DataFrame, base: int) -> Iterator[dict[str, Any]]:
    rounded = figures[figures["etat"] == ARRONDI]
    for _, line in rounded[rounded.groupby(LINE)["base"].transform("max").ne(base)].groupby(LINE, sort=False):
        named = LINE if line["base"].nunique() == 1 else CELL
        others = line[line["base"] != base][[*named, "base"]].drop_duplicates()
        yield from ({str(name): value for name, value in one.items()} for one in others.to_dict("records"))


def with_bases(figures: pd.DataFrame, rules: Mapping[str, Any]) -> pd.DataFrame:
    """Give each figure its base, as the rules published beside it tell it; 0 where it is not rounded."""
    base = pd.Series(int(rules["base"]), index=figures.index)
    for other in rules["autres"]:
        named = [name for name in CELL if name in other]
        concerned = (figures[named] == pd.Series({name: other[name] for name in named})).all(axis=1)
        base = base.mask(concerned, other["base"])
    return figures.assign(base=base.where(figures["etat"] == ARRONDI, 0).astype("int64"))

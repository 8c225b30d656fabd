"""What is published of the rules of the edition to share, beside its figures: the key ``arrondi`` of a data package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from rlpipeline.figures.tidy import ARRONDI
from rlpipeline.protection.classes import Classes
from rlpipeline.settings.models import Disclosure

LINE = ["indicateur", "territoire", "ligne"]
CELL = [*LINE, "annee", "colonne"]


def public_rules(figures: pd.DataFrame, rules: Disclosure, classes: Classes) -> dict[str, Any]:
    """Tell the rounding, the thresholds and the wider classes, all of which the method annex prints.

    Parameters
    ----------
    figures
        Columns of ``indicateurs.csv`` and ``base``.

    Returns
    -------
    Values for JSON. ``autres`` are the figures of state ``arrondi`` whose base is another: a whole line where all of it
    has that base, else (with ``annee`` and ``colonne``) each figure.
    """
    return {
        "base": rules.base,
        "largeur": rules.base - 1,
        "autres": [*_others(figures, rules.base)],
        "seuil": rules.seuil,
        "seuil_sensible": rules.seuil_sensible,
        "sensibles": [*rules.sensibles],
        "classes": {axis: {code: [*one.codes] for code, one in named.items()} for axis, named in classes.items()},
    }


def _others(figures: pd.DataFrame, base: int) -> Iterator[dict[str, Any]]:
    rounded = figures[figures["etat"] == ARRONDI]
    for _, line in rounded[rounded.groupby(LINE)["base"].transform("max").ne(base)].groupby(LINE, sort=False):
        named = LINE if line["base"].nunique() == 1 else CELL
        others = line[line["base"] != base][[*named, "base"]].drop_duplicates()
        yield from ({str(name): value for name, value in one.items()} for one in others.to_dict("records"))


def with_bases(figures: pd.DataFrame, rules: Mapping[str, Any] | None) -> pd.DataFrame:
    """Give each figure its base, as the rules published beside it tell it; 0 where it is not rounded."""
    if rules is None:
        return figures.assign(base=0)
    base = pd.Series(int(rules["base"]), index=figures.index)
    for other in rules["autres"]:
        named = [name for name in CELL if name in other]
        concerned = (figures[named] == pd.Series({name: other[name] for name in named})).all(axis=1)
        base = base.mask(concerned, other["base"])
    return figures.assign(base=base.where(figures["etat"] == ARRONDI, 0).astype("int64"))
